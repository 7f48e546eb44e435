"""What would be right where a value does not fit its field, in both languages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from catalog.errors import Bilingual

_EXPECTED = {
    "string_too_short": Bilingual("不能为空", "must not be empty"),
    "string_type": Bilingual("文字", "text"),
    "int": Bilingual("整数", "a whole number"),
    "float": Bilingual("数字", "a number"),
    "finite_number": Bilingual("数字", "a number"),
    "bool": Bilingual("是或否", "yes or no"),
    "date": Bilingual("如 2026-05-20", "such as 2026-05-20"),
    "model": Bilingual("JSON 对象", "a JSON object"),
    "dict": Bilingual("JSON 对象", "a JSON object"),
    "tuple": Bilingual("JSON 列表", "a JSON list"),
    "missing": Bilingual("必填", "must be given"),
    "extra_forbidden": Bilingual("没有这个字段", "there is no such field"),
}
"""By the type of a problem, or the part of it before the first underscore."""


def expected(problem: Mapping[str, Any]) -> Bilingual:
    """What the value of a problem of pydantic should be."""
    kind, bounds, value = problem["type"], problem.get("ctx", {}), problem["input"]
    if kind == "string_too_long":
        most = bounds["max_length"]
        return Bilingual(
            f"最多 {most} 字，这里有 {len(value)} 字",
            f"at most {most} characters, not {len(value)}",
        )
    if kind == "string_pattern_mismatch":
        return Bilingual(f"格式为 {bounds['pattern']}", f"of the form {bounds['pattern']}")
    if kind == "greater_than_equal":
        return Bilingual(f"不小于 {bounds['ge']:.15g}", f"at least {bounds['ge']:.15g}")
    if kind == "less_than_equal":
        return Bilingual(f"不大于 {bounds['le']:.15g}", f"at most {bounds['le']:.15g}")
    if kind in ("enum", "literal_error"):
        known = bounds["expected"].replace("'", "").replace(" or ", ", ")
        return Bilingual(f"其中之一：{known.replace(', ', '、')}", f"one of: {known}")
    if kind == "value_error":
        zh, _, en = str(bounds["error"]).partition(" / ")
        return Bilingual(zh, en or zh)
    found = _EXPECTED.get(kind) or _EXPECTED.get(kind.partition("_")[0])
    return found or Bilingual("请核对这一项", problem["msg"])
