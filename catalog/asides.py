"""Rows of a table that are no records: titles, group rows, notes, totals, footers."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from catalog.columns import Column
from catalog.quantities import read_date

_NOTE = re.compile(
    r"(?:注|备注|说明|填表说明|填报说明|合计|总计|小计|共计|制表|审核|附[注件]?)(?:$|[\s:：、0-9一（(])"
)
_TOTAL = re.compile(r"(?:合计|总计|小计|共计)(?:$|[\s:：（(])")
_FOOTER = re.compile(
    r"(?:填表|填报|制表|编制|报送|上报|审核|审批|复核|经办|联系|负责|统计|分管|主管|单位负责)"
    r"(?:人|单位|部门|日期|时间|电话|方式|领导)+(?:[（(][^）)]*[）)]|签字|签名|盖章)*\s*(?:$|[:：])"
    r"|(?:日期|时间|电话|签字|盖章)\s*[:：]|第\s*[0-9]+\s*页|共\s*[0-9]+\s*[页项条个家]"
)
_NUMERAL = r"[（(]?[一二三四五六七八九十]{1,3}[）)]?"
_GROUP = re.compile(
    rf"第[一二三四五六七八九十0-9]+[类章节批]|第[一二三四五六七八九十0-9]+部分|{_NUMERAL}[、.．:：\s]"
    r"|[（(][一二三四五六七八九十]{1,3}[）)]"
    r"|[0-9]{0,2}[、.．]?[^，。；,;]{1,16}(?:类别?|部分|板块|环节|领域|方向)(?:[（(].*)?$"
)

Body = Sequence[tuple[int, list[str]]]


def asides(
    body: Body, columns: Sequence[Column], titles: Collection[int], fuller: bool = False
) -> dict[int, str]:
    """The rows of ``body`` that are no records: by number, what they say.

    ``titles`` are the rows whose only cell is a title by its place. A heading such as 一、研发设计类
    is one only above a fuller row, which may stand below ``body``: needs may be numbered as well.
    """
    found: dict[int, str] = {}
    for number, texts in reversed(body):
        filled = [text for text in texts if text]
        if not filled or len(columns) < 2:
            continue
        group = _is_group(texts, filled, columns)
        if _is_aside(filled, number in titles) or (group and fuller):
            found[number] = "；".join(filled)
        elif not group:
            fuller = len(filled) > 1
    return found


def _is_aside(filled: list[str], titled: bool) -> bool:
    first = filled[0]
    if _TOTAL.match(first) or _FOOTER.match(first) or all(_NOTE.match(text) for text in filled):
        return True
    return len(filled) == 1 and (titled or read_date(first) is not None)


def _is_group(texts: list[str], filled: list[str], columns: Sequence[Column]) -> bool:
    """Whether the first cell alone is filled, with a heading, or a numeral and the cell beside it."""
    first = columns[0]
    if first.index >= len(texts) or not texts[first.index]:
        return False
    if len(filled) == 2 and first.field == "number":
        return bool(re.fullmatch(_NUMERAL, filled[0]))
    return len(filled) == 1 and bool(_GROUP.match(filled[0]))
