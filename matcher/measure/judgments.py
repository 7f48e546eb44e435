"""A folder of judgments: catalog.jsonl, queries.jsonl, qrels.jsonl (the open benchmark's format)."""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from catalog.errors import Bilingual
from matcher.errors import InvalidJudgments

MODES = ("text", "sector", "scenario")
"""What an answer is given: the text alone, with the sector label, with sector and scenario labels."""
GRADES = (0, 1, 2, 3)
SPLITS = ("tuning", "held_out")
"""Parts that a folder may name in ``split``: what constants are fitted on, and what is only measured."""
HELD_OUT = SPLITS[1]
WRITTEN = datetime(2026, 11, 23, 4, tzinfo=UTC)
"""When the shipped needs were written: what their 年底前 counts from, on whatever day they are asked."""


@dataclass(frozen=True, slots=True)
class JudgedNeed:
    """One need with its labels; ``extra`` keeps what else its line holds (split, tags, codes)."""

    id: str
    text: str
    lang: str
    sector: str | None
    scenario: str | None
    extra: dict[str, Any]

    @property
    def split(self) -> str | None:
        """The part that the need belongs to; ``None`` in a folder without parts."""
        value = self.extra.get("split")
        return str(value) if value is not None else None

    @property
    def group(self) -> str:
        """``zh`` or ``other``, as figures are told apart."""
        return "zh" if self.lang.startswith("zh") else "other"

    def labels(self, mode: str) -> tuple[str, ...]:
        """The labels that ``mode`` adds."""
        chosen = {"text": (), "sector": (self.sector,), "scenario": (self.sector, self.scenario)}
        return tuple(label for label in chosen[mode] if label)


@dataclass(frozen=True, slots=True)
class UnjudgedNeed:
    """A need without grades: it is only known whether some digital offer may serve it."""

    text: str
    served: bool
    split: str | None


@dataclass(frozen=True, slots=True)
class Judgments:
    """Documents as they stand in the file, needs, and grades (0-3) by need and document.

    ``second`` are grades of the same kind that another judge gave to some of the pairs, unseen; they
    are compared with the first and never measured by.
    """

    documents: tuple[dict[str, Any], ...]
    needs: tuple[JudgedNeed, ...]
    grades: dict[str, dict[str, int]]
    second: dict[str, dict[str, int]] = field(default_factory=dict)
    unjudged: tuple[UnjudgedNeed, ...] = ()

    def part(self, split: str | None) -> tuple[JudgedNeed, ...]:
        """The needs of ``split``, all of them for ``None``.

        Raises:
            InvalidJudgments: no need belongs to it.
        """
        found = tuple(need for need in self.needs if split in (None, need.split))
        if not found:
            raise InvalidJudgments(
                Bilingual(f"没有 split 为 {split} 的需求", f"no need has the split {split}"),
                Bilingual("不加 --split 则评全部", "leave --split out to measure all of them"),
                field="split",
            )
        return found

    def served(self, need: JudgedNeed) -> bool:
        """Whether any document has a grade above 0 for ``need``."""
        return any(grade > 0 for grade in self.grades.get(need.id, {}).values())


def read_judgments(directory: Path) -> Judgments:
    """The judgments in ``directory``.

    Raises:
        InvalidJudgments: a file is missing, or a line is not what it should be; it is named.
    """
    documents = tuple(value for _, value in _lines(directory / "catalog.jsonl", ("id", "kind")))
    needs = []
    path = directory / "queries.jsonl"
    for line, value in _lines(path, ("id", "text")):
        if not isinstance(value["text"], str) or not value["text"].strip():
            raise _invalid(path, line, "text 应为文字", "text should be words")
        for label in ("sector", "scenario"):
            if not isinstance(value.get(label), str | None):
                raise _invalid(path, line, f"{label} 应为文字", f"{label} should be words")
        known = ("id", "text", "lang", "sector", "scenario")
        needs.append(
            JudgedNeed(
                id=str(value["id"]),
                text=str(value["text"]),
                lang=str(value.get("lang") or "zh"),
                sector=value.get("sector"),
                scenario=value.get("scenario"),
                extra={key: item for key, item in value.items() if key not in known},
            )
        )
    second, unjudged = directory / "second-judge.jsonl", directory / "unjudged.jsonl"
    return Judgments(
        documents,
        tuple(needs),
        _grades(directory / "qrels.jsonl"),
        _grades(second) if second.is_file() else {},
        _unjudged(unjudged) if unjudged.is_file() else (),
    )


def _unjudged(path: Path) -> tuple[UnjudgedNeed, ...]:
    needs = []
    for line, value in _lines(path, ("text", "served")):
        if not isinstance(value["served"], bool):
            raise _invalid(
                path, line, "served 应为 true 或 false", "served should be true or false"
            )
        needs.append(UnjudgedNeed(str(value["text"]), value["served"], value.get("split")))
    return tuple(needs)


def _grades(path: Path) -> dict[str, dict[str, int]]:
    grades: dict[str, dict[str, int]] = defaultdict(dict)
    for line, value in _lines(path, ("query_id", "doc_id", "grade")):
        if value["grade"] not in GRADES:
            raise _invalid(path, line, "grade 应为 0 到 3", "grade should be 0 to 3")
        grades[str(value["query_id"])][str(value["doc_id"])] = int(value["grade"])
    return dict(grades)


def _lines(path: Path, needed: tuple[str, ...]) -> list[tuple[int, dict[str, Any]]]:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeError) as error:
        raise InvalidJudgments(
            Bilingual(f"无法读取 {path}", f"{path} cannot be read"),
            Bilingual(
                "文件夹里应有 catalog.jsonl、queries.jsonl、qrels.jsonl",
                "the folder should hold catalog.jsonl, queries.jsonl and qrels.jsonl",
            ),
        ) from error
    found = []
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            value = json.loads(line)
        except json.JSONDecodeError as error:
            raise _invalid(path, number, "不是合法的 JSON", "not valid JSON") from error
        if not isinstance(value, dict):
            raise _invalid(path, number, "应为一个 JSON 对象", "should be a JSON object")
        missing = [key for key in needed if key not in value]
        if missing:
            names = ", ".join(missing)
            raise _invalid(path, number, f"缺少字段 {names}", f"lacks {names}")
        found.append((number, value))
    return found


def _invalid(path: Path, line: int, zh: str, en: str) -> InvalidJudgments:
    return InvalidJudgments(Bilingual(f"{path} 第 {line} 行：{zh}", f"{path} line {line}: {en}"))
