"""What is wrong with an input that pydantic refused, field by field, in Chinese and English."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from catalog.errors import Bilingual

_SAID = {
    "missing": Bilingual("缺少此项", "this field is required"),
    "extra_forbidden": Bilingual("没有这个字段", "there is no such field"),
    "json_invalid": Bilingual("不是有效的 JSON", "this is not valid JSON"),
    "string_type": Bilingual("应为文字", "this must be a text"),
    "string_unicode": Bilingual("含有无效的 Unicode 字符", "this holds invalid Unicode"),
    "string_too_short": Bilingual(
        "至少需要 {min_length} 个字符", "this needs at least {min_length} characters"
    ),
    "string_too_long": Bilingual(
        "最多 {max_length} 个字符", "this may have at most {max_length} characters"
    ),
    "string_pattern_mismatch": Bilingual("格式应为 {pattern}", "this must match {pattern}"),
    "too_long": Bilingual("最多 {max_length} 项", "this may have at most {max_length} items"),
    "too_short": Bilingual("至少 {min_length} 项", "this needs at least {min_length} items"),
    "enum": Bilingual("只能是：{expected}", "this must be one of: {expected}"),
    "literal_error": Bilingual("只能是：{expected}", "this must be one of: {expected}"),
    "union_tag_invalid": Bilingual(
        "只能是：{expected_tags}", "this must be one of: {expected_tags}"
    ),
    "greater_than_equal": Bilingual("不能小于 {ge}", "this may not be below {ge}"),
    "less_than_equal": Bilingual("不能大于 {le}", "this may not be above {le}"),
    "finite_number": Bilingual("应为有限的数", "this must be a finite number"),
}
_FAMILIES = (
    ("int_", Bilingual("应为整数", "this must be a whole number")),
    ("float_", Bilingual("应为数字", "this must be a number")),
    ("bool_", Bilingual("应为 true 或 false", "this must be true or false")),
    ("date_", Bilingual("应为日期，如 2026-05-20", "this must be a date such as 2026-05-20")),
    ("list_", Bilingual("应为列表", "this must be a list")),
    ("tuple_", Bilingual("应为列表", "this must be a list")),
    ("set_", Bilingual("应为列表", "this must be a list")),
    ("frozen_set_", Bilingual("应为列表", "this must be a list")),
    ("dict_", Bilingual("应为 JSON 对象", "this must be a JSON object")),
    ("mapping_", Bilingual("应为 JSON 对象", "this must be a JSON object")),
    ("model_", Bilingual("应为 JSON 对象", "this must be a JSON object")),
)
_OTHER = Bilingual("取值无效", "this value is not valid")
_MEMBER = re.compile(r"<\w+\.\w+: ('[^']*')>")
"""A member of an enumeration as Python shows it: only its value is said."""
_SOURCES = ("body", "query", "path", "header", "cookie")


def field_of(location: Iterable[Any]) -> str:
    """The field as the caller wrote it, such as ``packages.0.price_cny``.

    >>> field_of(("body", "packages", 0, "price_cny"))
    'packages.0.price_cny'
    """
    parts = [str(part) for part in location]
    if parts and parts[0] in _SOURCES:
        parts = parts[1:] or parts[:1]
    return printable(".".join(parts))


def said(error: Mapping[str, Any]) -> Bilingual:
    """One refusal of pydantic as a sentence in both languages."""
    kind = str(error.get("type", ""))
    context = {
        key: _MEMBER.sub(r"\1", str(value)) for key, value in (error.get("ctx") or {}).items()
    }
    text = _SAID.get(kind)
    if kind == "value_error":
        text = _split(str(error.get("ctx", {}).get("error", "")))
    if text is None:
        text = next((text for start, text in _FAMILIES if kind.startswith(start)), _OTHER)
    chinese = {
        key: value.replace("', '", "'、'").replace("' or '", "' 或 '")
        for key, value in context.items()
    }
    try:
        return Bilingual(
            printable(text.zh.format_map(chinese)), printable(text.en.format_map(context))
        )
    except (KeyError, ValueError, IndexError):
        return Bilingual(printable(text.zh), printable(text.en))


def printable(text: str) -> str:
    """``text`` without the lone surrogates that UTF-8 cannot carry."""
    return text.encode("utf-8", "replace").decode()


def _split(text: str) -> Bilingual | None:
    """Both halves of a message written as ``中文 / English``; ``None`` for any other."""
    chinese, slash, english = text.partition(" / ")
    return Bilingual(chinese, english) if slash else None
