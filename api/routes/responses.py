"""The problem responses that a route declares in the OpenAPI document."""

from __future__ import annotations

from typing import Any

from api.errors import MEDIA_TYPE
from api.schemas import Problem

_SAID = {
    400: "The body cannot be read",
    404: "There is no such thing",
    409: "Another record holds the name or code",
    412: "The record changed since the given ETag",
    413: "The request is too large",
    422: "A field or the content is not valid",
    500: "The work could not be finished",
    503: "Not ready: no generation, no model, or the store is locked",
}


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Problem details for these statuses, as FastAPI's ``responses``."""
    schema = {"$ref": f"#/components/schemas/{Problem.__name__}"}
    return {
        status: {
            "description": _SAID[status],
            "content": {MEDIA_TYPE: {"schema": schema}},
        }
        for status in statuses
    }
