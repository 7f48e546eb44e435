"""Which of the two languages an answer is written in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

Lang = Literal["zh", "en"]
_MAX_PARTS = 20
_WORD_LETTERS = 5


def preferred(accept_language: str | None) -> Lang:
    """The language that an ``Accept-Language`` header prefers; Chinese when it names neither.

    >>> preferred("en-GB,en;q=0.9,zh;q=0.8")
    'en'
    >>> preferred("fr")
    'zh'
    """
    return named(accept_language) or "zh"


def of_need(lang: str, text: str) -> Lang:
    """The language to answer a need in that was read as ``lang``: Chinese, or else English.

    A word of a few letters (ERP) is a word of every language, and is answered in Chinese.

    >>> of_need("es", "el inventario no cuadra"), of_need("zh", "仓库乱"), of_need("en", "WMS")
    ('en', 'zh', 'zh')
    """
    word = sum(map(str.isalpha, text)) <= _WORD_LETTERS and text.isascii()
    return "zh" if lang == "zh" or word else "en"


def named(accept_language: str | None) -> Lang | None:
    """The language that an ``Accept-Language`` header prefers; ``None`` when it names neither."""
    best: Lang | None = None
    highest = 0.0
    for part in (accept_language or "").split(",")[:_MAX_PARTS]:
        tag, _, weight = part.strip().partition(";")
        quality = _quality(weight)
        if quality <= highest:
            continue
        primary = tag.strip().lower().split("-")[0]
        if primary == "zh":
            best, highest = "zh", quality
        elif primary == "en":
            best, highest = "en", quality
    return best


def spoken(lang: Lang) -> Mapping[str, str]:
    """The headers of an answer in ``lang``, which another caller may get in the other language."""
    return {"Content-Language": lang, "Vary": "Accept-Language"}


def _quality(weight: str) -> float:
    name, _, value = weight.strip().partition("=")
    if name.strip() != "q":
        return 1.0
    try:
        return min(max(float(value), 0.0), 1.0)
    except ValueError:
        return 0.0
