"""Errors as problem details (RFC 9457): the only place that knows status codes.

Every `CatalogError` and `MatcherError` has a row in `PROBLEMS`; whatever else goes wrong is an
``internal_error`` without details. ``title`` and ``detail`` follow ``Accept-Language``; ``message``
and ``hint`` are always Chinese, ``message_en`` and ``hint_en`` always English.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping, Sequence
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from api.language import preferred, spoken
from api.validation import field_of, printable, said
from catalog.errors import NOTHING, Bilingual, CatalogError
from matcher.errors import MatcherError

MEDIA_TYPE = "application/problem+json"
logger = logging.getLogger("qingzhun.api")

PROBLEMS: dict[str, tuple[int, Bilingual]] = {
    "invalid_record": (422, Bilingual("记录无效", "Invalid record")),
    "unknown_record": (404, Bilingual("没有这条记录", "Unknown record")),
    "record_conflict": (409, Bilingual("记录冲突", "Record conflict")),
    "record_changed": (412, Bilingual("记录已被改动", "Record changed meanwhile")),
    "unreadable_file": (422, Bilingual("文件无法读取", "Unreadable file")),
    "unknown_node": (404, Bilingual("没有这个分类代码", "Unknown taxonomy code")),
    "store_unavailable": (503, Bilingual("数据库暂不可用", "Store unavailable")),
    "catalog_error": (500, Bilingual("目录出错", "Catalogue error")),
    "invalid_need": (422, Bilingual("需求无法读取", "Invalid need")),
    "model_missing": (503, Bilingual("缺少模型", "Model missing")),
    "model_corrupt": (503, Bilingual("模型损坏", "Model corrupt")),
    "no_generation": (503, Bilingual("还没有建立索引", "No generation yet")),
    "unknown_generation": (404, Bilingual("没有这一代索引", "Unknown generation")),
    "generation_corrupt": (503, Bilingual("索引损坏", "Generation corrupt")),
    "model_mismatch": (503, Bilingual("索引与模型不符", "Model mismatch")),
    "build_failed": (500, Bilingual("建立索引失败", "Build failed")),
    "bulk_stopped": (500, Bilingual("批量匹配中断", "Bulk match stopped")),
    "build_running": (503, Bilingual("正在建立索引", "Build running")),
    "invalid_judgments": (422, Bilingual("评判数据无效", "Invalid judgments")),
    "matcher_error": (500, Bilingual("匹配出错", "Matcher error")),
    "invalid_request": (422, Bilingual("请求无效", "Invalid request")),
    "malformed_body": (400, Bilingual("请求体无法解析", "Malformed body")),
    "not_found": (404, Bilingual("没有这个地址", "Not found")),
    "method_not_allowed": (405, Bilingual("不支持这种方法", "Method not allowed")),
    "too_large": (413, Bilingual("请求过大", "Request too large")),
    "http_error": (400, Bilingual("请求出错", "Request error")),
    "internal_error": (500, Bilingual("服务器内部错误", "Internal error")),
}
"""``code`` → status and title. The table in ``docs/http.md`` is checked against it."""

_HTTP = {
    400: (
        "malformed_body",
        Bilingual("请求体无法解析", "the body cannot be read"),
        Bilingual("请检查 JSON 或表单的写法与编码", "check how the JSON or form is written"),
    ),
    404: (
        "not_found",
        Bilingual("没有这个地址", "there is nothing at this address"),
        Bilingual("接口一览见 /docs", "all addresses are listed at /docs"),
    ),
    405: (
        "method_not_allowed",
        Bilingual("这个地址不支持该方法", "this address does not take that method"),
        Bilingual("接口一览见 /docs", "all addresses are listed at /docs"),
    ),
    413: (
        "too_large",
        Bilingual("请求超过大小上限", "the request is larger than allowed"),
        Bilingual(
            "请分成几次发送，或调高 QINGZHUN_MAX_UPLOAD_MB、QINGZHUN_MAX_BODY_KB",
            "send it in parts, or raise QINGZHUN_MAX_UPLOAD_MB or QINGZHUN_MAX_BODY_KB",
        ),
    ),
}


def problem(
    code: str,
    message: Bilingual,
    accept_language: str | None,
    *,
    hint: Bilingual = NOTHING,
    field: str | None = None,
    errors: Sequence[Mapping[str, str]] = (),
    status: int | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """The response for one problem."""
    usual, title = PROBLEMS[code]
    lang = preferred(accept_language)
    body: dict[str, Any] = {
        "type": f"urn:qingzhun:problem:{code}",
        "title": title.in_language(lang),
        "status": status or usual,
        "detail": printable(message.in_language(lang)),
        "code": code,
        "message": printable(message.zh),
        "message_en": printable(message.en),
        "hint": printable(hint.zh),
        "hint_en": printable(hint.en),
        "field": field,
    }
    if errors:
        body["errors"] = list(errors)
    return Response(
        json.dumps(body, ensure_ascii=False).encode(),
        status_code=status or usual,
        headers={**spoken(lang), **(headers or {})},
        media_type=MEDIA_TYPE,
    )


def internal_problem(accept_language: str | None) -> Response:
    """The response when the fault is ours: no details, they are in the log."""
    return problem(
        "internal_error",
        Bilingual("服务器出了错", "the server failed"),
        accept_language,
        hint=Bilingual("请稍后再试，并告知管理员", "try again later and tell the operator"),
    )


def too_large(accept_language: str | None) -> Response:
    """The response to a body above the limit."""
    code, message, hint = _HTTP[413]
    return problem(code, message, accept_language, hint=hint)


def install(app: FastAPI) -> None:
    """Let ``app`` answer every error with a problem."""
    app.add_exception_handler(CatalogError, _domain)
    app.add_exception_handler(MatcherError, _domain)
    app.add_exception_handler(RequestValidationError, _validation)
    app.add_exception_handler(HTTPException, _http)


def _code_of(error: CatalogError | MatcherError) -> str:
    if error.code == "record_conflict" and error.field == "sequence":
        return "record_changed"
    if error.code == "no_generation" and error.field == "generation":
        return "unknown_generation"
    return error.code


async def _domain(request: Request, error: Exception) -> Response:
    assert isinstance(error, CatalogError | MatcherError)
    code = _code_of(error)
    if PROBLEMS[code][0] >= 500:
        logger.warning("problem %s on %s", code, request.method)
    return problem(code, error.message, _language(request), hint=error.hint, field=error.field)


async def _validation(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    if any(one.get("type") == "json_invalid" for one in error.errors()):
        code, message, hint = _HTTP[400]
        return problem(code, message, _language(request), hint=hint)
    return invalid(error.errors(), _language(request))


def invalid(errors: Sequence[Any], accept_language: str | None) -> Response:
    """The response that names every refused field; the first one is in ``message``."""
    listed = [
        {"field": field_of(one.get("loc", ())), "message": text.zh, "message_en": text.en}
        for one in errors
        for text in (said(one),)
    ]
    first = listed[0]
    more = len(listed) - 1
    message = Bilingual(
        f"{first['field']}：{first['message']}" + (f"（另有 {more} 处）" if more else ""),
        f"{first['field']}: {first['message_en']}" + (f" (and {more} more)" if more else ""),
    )
    hint = Bilingual("字段说明见 /docs", "the fields are described at /docs")
    return problem(
        "invalid_request", message, accept_language, hint=hint, field=first["field"], errors=listed
    )


async def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    other = Bilingual("请求出错", "the request failed")
    code, message, hint = _HTTP.get(error.status_code, ("http_error", other, NOTHING))
    return problem(
        code,
        message,
        _language(request),
        hint=hint,
        status=error.status_code,
        headers=error.headers,
    )


def _language(request: Request) -> str | None:
    return request.headers.get("accept-language")
