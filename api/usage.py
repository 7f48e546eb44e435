"""Wrong usage of the command line: what Typer says of it in Chinese, options for fields of HTTP."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

_SAID = tuple(
    (re.compile(pattern, re.DOTALL), zh)
    for pattern, zh in (
        (r"Missing argument '?(.*?)'?\.?", "缺少参数 {0}"),
        (r"Missing option '?(.*?)'?\.?", "缺少选项 {0}"),
        (r"Missing command\.?", "缺少命令"),
        (
            r"No such (?:option:|command) '?([^'\s]+?)'?\.? \(?Did you mean(?: one of)?:? (.+?)\?\)?",
            "没有 {0}，是不是 {1}？",
        ),
        (r"No such (?:option:|command) '?(.*?)'?\.?(?: \(Possible options: (.+)\))?", "没有 {0}"),
        (
            r"Got unexpected extra arguments?(?:\(s\))? \((.*)\)",
            "多出的参数：{0}；带空格的文字请加引号",
        ),
        (r"Option '?(.*?)'? requires (?:an argument|\d+ arguments)\.?", "选项 {0} 要有值"),
        (r"Option '?(.*?)'? does not take a value\.?", "选项 {0} 不带值"),
        (r"Invalid value for '?(.*?)'?: (.*)", "{0} 的值不对：{1}"),
        (r"Invalid value: (.*)", "值不对：{0}"),
        (r"Input should be a valid (?:integer|number).*", "应为数字"),
        (r"Input should be greater than or equal to (\S+)", "应不小于 {0}"),
        (r"Input should be less than or equal to (\S+)", "应不大于 {0}"),
        (r"Input should be (.*)", "应为 {0}"),
        (r"(?:File|Directory|Path) '?(.*?)'? does not exist\.?", "{0} 不存在"),
        (r"(.*) is not one of (.*)", "{0} 应为其中之一：{1}"),
    )
)
_OPTIONS = {
    "text": "TEXT",
    "sectors": "--sector",
    "scenarios": "--scenario",
    "functions": "--function",
    "kinds": "--kind",
    "budget_cny": "--budget",
    "budget_from": "--budget-from",
    "deploy_days": "--days",
    "target_level": "--level",
    "technologies": "--technology",
    "refused_technologies": "--without",
    "payments": "--payment",
} | {
    name: f"--{name}"
    for name in ("sector", "scenario", "size", "city", "must", "ignore", "limit", "lang", "since")
}
"""Fields of the requests that commands make, by what was typed for them."""


def option_of(location: Iterable[Any]) -> str | None:
    """The option that was typed for a refused field; ``None`` for a field that has none.

    >>> option_of(("scenarios", 0))
    '--scenario'
    """
    return _OPTIONS.get(str(next(iter(location), "")))


def usage_in_chinese(text: str) -> str:
    """``text`` of a usage error in Chinese, as far as it is known; else as it is."""
    for pattern, zh in _SAID:
        found = pattern.fullmatch(text.strip())
        if found:
            return zh.format(*(usage_in_chinese(part or "") for part in found.groups()))
    return text
