"""Wrong usage of the command line is told in Chinese and English."""

from __future__ import annotations

import re

import pytest
from typer.testing import CliRunner

from api.cli import app


@pytest.mark.parametrize(
    ("arguments", "zh", "en"),
    [
        (["match"], "缺少参数 TEXT", "Missing argument 'TEXT'"),
        (["match", "--foo"], "没有 --foo", "No such option: --foo"),
        (["matsch", "x"], "没有 matsch，是不是", "No such command 'matsch'"),
        (["match", "换模慢", "--limit", "x"], "--limit 的值不对：应为数字", "Invalid value"),
        (["lexicon", "list", "--limit", "9999"], "应不大于 1000", "less than or equal to 1000"),
        (["lexicon", "remove", "0"], "应不小于 1", "greater than or equal to 1"),
        (["match", "a", "b"], "多出的参数：b", "unexpected extra argument"),
        (["match", "a", "--budget"], "选项 --budget 要有值", "requires an argument"),
        (["generations", "nonsense"], "nonsense", "nonsense"),
    ],
)
def test_wrong_usage_is_told_in_both_languages(arguments: list[str], zh: str, en: str) -> None:
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 2
    chinese, english = result.stderr.splitlines()[:2]
    assert zh in chinese and en in english
    assert not re.search(r"Missing|No such|Invalid|should|unexpected|requires", chinese)
