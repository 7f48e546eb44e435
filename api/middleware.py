"""Around every request: size limit, access log, metrics, and an answer when the code fails.

The log names the route template, the status and the time, never the query, the body or the id.
"""

from __future__ import annotations

import logging
import time
import traceback

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.errors import internal_problem, too_large
from api.metrics import Metrics
from api.settings import Settings

access = logging.getLogger("qingzhun.access")
logger = logging.getLogger("qingzhun.api")
_KNOWN_METHODS = frozenset(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"])


class Observed:
    """ASGI middleware that bounds, times and counts requests, and hides tracebacks."""

    def __init__(self, app: ASGIApp, settings: Settings, metrics: Metrics):
        self._app = app
        self._metrics = metrics
        self._upload_limit = settings.max_upload_mb * 1024 * 1024
        self._body_limit = settings.max_body_kb * 1024

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        limit = self._upload_limit if scope["path"] == "/v1/imports" else self._body_limit
        status = 0
        started = time.perf_counter()

        async def sending(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            if _declared(headers) > limit:
                response = too_large(headers.get("accept-language"))
                await response(scope, receive, sending)
            else:
                await self._app(scope, _bounded(receive, limit), sending)
        except Exception as error:
            # Where, not what: the message of an error may quote the text of a need.
            where = "".join(traceback.format_tb(error.__traceback__))
            logger.error("unexpected %s\n%s", type(error).__name__, where)  # noqa: TRY400
            if status:
                raise
            await internal_problem(headers.get("accept-language"))(scope, receive, sending)
        finally:
            self._record(scope, status or 500, time.perf_counter() - started)

    def _record(self, scope: Scope, status: int, seconds: float) -> None:
        route = getattr(scope.get("route"), "path", None) or "(none)"
        method = scope["method"] if scope["method"] in _KNOWN_METHODS else "OTHER"
        self._metrics.observe(method, route, status, seconds)
        access.info("%s %s %d %.1f ms", method, route, status, seconds * 1000)


def _declared(headers: Headers) -> int:
    declared = headers.get("content-length", "")
    return int(declared) if declared.isascii() and declared.isdigit() else 0


def _bounded(receive: Receive, limit: int) -> Receive:
    """``receive`` that refuses a body above ``limit`` bytes, whatever its header declared."""
    received = 0

    async def bounded() -> Message:
        nonlocal received
        message = await receive()
        received += len(message.get("body", b""))
        if received > limit:
            raise HTTPException(413)
        return message

    return bounded
