"""Cells of sectors and scenarios → labels, each resolved once for an import."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import Any, Protocol

from catalog.errors import Bilingual
from catalog.records import Label

_LEVEL_SUFFIX = re.compile(r"^(.+?)\s*[（(\[](?:L?([1-4])级?|([一二三四])级)[)）\]]$", re.DOTALL)
_SEPARATORS = frozenset("；;、，,/／|｜\n\r")
_OPENING, _CLOSING = "（([【「《“", "）)]】」》”"


class Names(Protocol):
    """What the validation asks of the taxonomy (`catalog.taxonomy.Taxonomy`)."""

    def sector_label(self, text: str, city: str | None = None) -> Label:
        """``text`` beside its sectors; no nodes when it is not resolved."""

    def scenario_label(self, text: str, level: int | None = None, city: str | None = None) -> Label:
        """``text`` beside its scenarios; no nodes when it is not resolved."""

    def sector_code_problem(self, text: str) -> Bilingual | None:
        """What is wrong with a sector code in ``text``."""


class LabelReader:
    """Labels by the names of the taxonomy and of ``city``.

    ``whole_names`` are official names that contain a separator (计算机、通信和…) and stay whole.
    """

    def __init__(self, names: Names, whole_names: Iterable[str] = (), city: str | None = None):
        self._names = names
        self._whole = tuple(sorted(whole_names, key=len, reverse=True))
        self._city = city
        self._known: dict[tuple[str, str], tuple[Label, Bilingual | None]] = {}

    def split(self, facet: str, text: str) -> list[Any]:
        """The labels in a cell, as texts or as objects with the level written behind them."""
        if (items := json_list(text)) is not None:
            return items
        pieces: list[Any] = list(split_labels(text, self._whole))
        if facet == "scenarios":
            pieces = [_with_level(piece) for piece in pieces]
        return pieces

    def resolve(self, facet: str, text: str) -> tuple[Label, Bilingual | None]:
        """The label of ``text``, and what is wrong with it: a bad code, or a name nobody knows."""
        key = (facet, text)
        if key not in self._known:
            self._known[key] = self._resolved(facet, text)
        return self._known[key]

    def _resolved(self, facet: str, text: str) -> tuple[Label, Bilingual | None]:
        if facet == "sectors":
            label = self._names.sector_label(text, self._city)
            problem, what = self._names.sector_code_problem(text), Bilingual("行业", "sector")
        else:
            label = self._names.scenario_label(text, city=self._city)
            problem, what = None, Bilingual("场景", "scenario")
        if problem is None and not label.nodes:
            zh, en = f"不认得的{what.zh}，已保留原文", f"an unknown {what.en}, kept as text"
            problem = Bilingual(zh, en)
        return label, problem


def json_list(text: str) -> list[Any] | None:
    """The list that ``text`` is in JSON, as an export writes what separators would break."""
    if not text.startswith("["):
        return None
    try:
        items = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return items if isinstance(items, list) else None


def split_labels(text: str, whole_names: Iterable[str] = ()) -> tuple[str, ...]:
    """The labels in a cell: split at ；;、，,/| and line ends, not in brackets or whole names."""
    for name in whole_names:
        if name in text:
            text = text.replace(name, "".join(_masked(char) for char in name))
    depth, low = 0, 0
    for char in text:
        depth += (char in _OPENING) - (char in _CLOSING)
        low = min(low, depth)
    guarded = depth == 0 and low == 0
    pieces, start, depth = [], 0, 0
    for at, char in enumerate(text):
        depth += (char in _OPENING) - (char in _CLOSING)
        if char in _SEPARATORS and not (guarded and depth):
            pieces.append(text[start:at])
            start = at + 1
    pieces.append(text[start:])
    found = [_unwrapped("".join(_masked(char, -1) for char in piece).strip()) for piece in pieces]
    return tuple(dict.fromkeys(piece for piece in found if piece))


def _masked(char: str, way: int = 1) -> str:
    """Separators of a whole name moved to a private area and back."""
    code = ord(char)
    if way > 0:
        return chr(0xF0000 + code) if char in _SEPARATORS else char
    return chr(code - 0xF0000) if 0xF0000 <= code < 0x100000 else char


def _unwrapped(piece: str) -> str:
    if piece[:1] == "「" and piece.find("」") == len(piece) - 1:
        return piece[1:-1].strip()
    return piece


def _with_level(piece: str) -> Any:
    found = _LEVEL_SUFFIX.match(piece)
    if not found:
        return piece
    return {"label": found[1], "level": int(found[2] or "一二三四".index(found[3]) + 1)}
