"""Unified social credit codes (GB 32100-2015): 18 characters, of which the last checks the others."""

from __future__ import annotations

import re

from catalog.errors import Bilingual
from catalog.identity import folded

_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_WEIGHTS = tuple(pow(3, place, 31) for place in range(17))


def written_out(text: str) -> str:
    """The code in ``text`` in half-width capitals, without spaces and dashes."""
    return re.sub(r"[-‐‑–—]", "", folded(text)).upper()


def code_problem(code: str) -> Bilingual | None:
    """What is wrong with a code of `written_out`; ``None`` for one that may be right."""
    if len(code) != 18:
        return Bilingual(f"应为 18 位，这里有 {len(code)} 位", f"18 characters, not {len(code)}")
    odd = "".join(sorted(set(code) - set(_ALPHABET)))
    if odd:
        return Bilingual(f"不会出现的字符：{odd}", f"characters that no code has: {odd}")
    total = sum(
        weight * _ALPHABET.index(char) for weight, char in zip(_WEIGHTS, code, strict=False)
    )
    if _ALPHABET[-total % 31] != code[-1]:
        return Bilingual("校验位不符，请核对", "the check digit does not fit: look the code up")
    return None
