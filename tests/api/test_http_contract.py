"""The OpenAPI document is kept: no request makes the server fail or answer outside of it."""

from __future__ import annotations

from typing import Any

import pytest
import schemathesis
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from api.app import create_app
from api.settings import Settings

CHECKS = [
    not_a_server_error,
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
]
BOUNDED = settings(
    max_examples=8,
    derandomize=True,
    deadline=None,
    database=None,
    phases=(Phase.generate,),
    suppress_health_check=list(HealthCheck),
)


@pytest.mark.slow
@pytest.mark.parametrize(
    "part", ["match", "import", "taxonomy", "lexicon", "generations", "needs", "cases"]
)
def test_every_operation_keeps_to_its_description(filled: Settings, fake: Any, part: str) -> None:
    app = create_app(filled, fake.engine)
    tried = 0
    with TestClient(app):
        schema = schemathesis.openapi.from_asgi("/openapi.json", app)
        for found in schema.get_all_operations():
            operation = found.ok()
            if part not in operation.path:
                continue
            tried += 1

            @BOUNDED
            @given(case=operation.as_strategy())
            def keeps(case: Any) -> None:
                response = case.call()
                case.validate_response(response, checks=CHECKS)

            keeps()
    assert tried


def test_the_document_is_complete(client: TestClient) -> None:
    document = client.get("/openapi.json").json()
    assert "Problem" in document["components"]["schemas"]
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            assert operation["summary"] and operation.get("description"), (method, path)
            for status, response in operation["responses"].items():
                if int(status) >= 400:
                    types = list(response["content"])
                    assert types == ["application/problem+json"], (method, path, status)
