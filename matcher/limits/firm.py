"""What a need says about the firm: people, turnover, class of size, and the level it wants to reach."""

from __future__ import annotations

from collections.abc import Iterator

from catalog.records import Size
from matcher.limits.amounts import amounts
from matcher.limits.people import headcount
from matcher.limits.phrases import expression, pattern, rows_in
from matcher.limits.said import ReadLimit, clause

# National classes of industrial firms (统计上大中小微型企业划分办法 2017): people, CNY of turnover
_HEADCOUNTS = ((20, Size.MICRO), (300, Size.SMALL), (1000, Size.MEDIUM))
_REVENUES = ((3_000_000, Size.MICRO), (20_000_000, Size.SMALL), (400_000_000, Size.MEDIUM))
_LEVELS = {"一": 1, "二": 2, "三": 3, "四": 4, "one": 1, "two": 2, "three": 3, "four": 4}
_LEVELS |= {"1": 1, "2": 2, "3": 3, "4": 4, "uno": 1, "dos": 2, "tres": 3, "cuatro": 4}
_LEVELS |= {"规范": 2, "集成": 3, "协同": 4}


def sizes(text: str) -> Iterator[ReadLimit]:
    """People, turnover in CNY, and the class of size: of both the smaller class, else a named one."""
    people, turnover = headcount(text), _revenue(text)
    told = [limit for limit in (people, turnover) if limit]
    yield from told
    if told:
        classes = list(Size)
        by = [
            next((size for most, size in steps if int(limit.value) < most), Size.LARGE)
            for limit, steps in ((people, _HEADCOUNTS), (turnover, _REVENUES))
            if limit
        ]
        size = min(by, key=classes.index)
        # Agreed, not fitted: two figures tell the class better than one, people better than turnover.
        sure = 0.9 if len(told) > 1 else 0.75 if people else 0.5
        yield ReadLimit("size", size.value, False, told[0].words, sure)
        return
    for row in rows_in("size", text):
        if found := expression(row).search(text):
            # Agreed, not fitted: "small" in words is vaguer than a number of people.
            yield ReadLimit("size", row["value"], False, found[0], 0.6)
            return


def _revenue(text: str) -> ReadLimit | None:
    for row in rows_in("revenue", text):
        for found in expression(row).finditer(text):
            if value := next((said.value for said in amounts(found["n"]) if said.money), None):
                # 0.85 is agreed, not fitted.
                return ReadLimit("revenue", value, False, found[0], 0.85)
    return None


def level(text: str) -> ReadLimit | None:
    """The level (1-4) that the firm wants to reach."""
    for row in rows_in("level", text):
        for found in expression(row).finditer(text):
            before, after = clause(text, found.start(), found.end(), 12)
            if pattern("level_present").search(before + found[0]):  # 自评二级
                continue
            if not pattern("level_against").search(before + found[0] + after):
                level = _LEVELS[found["n"].lower()]
                hard = bool(pattern("must").search(before + found[0]))
                # 0.85 is agreed, not fitted.
                return ReadLimit("level", level, hard, found[0], 0.85)
    return None
