"""Text as it is compared: one spelling of characters, and the units that words are made of."""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from typing import Any

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060\ufeff]")
_WIDE = tuple(zip("，；：（）！？％", ",;:()!?%", strict=True))
"""What most Chinese texts have, which NFKC would go through character by character."""
_UNIT = re.compile(r"[a-z0-9à-öø-ÿ]+(?:[.+#&-][a-z0-9à-öø-ÿ]+)*|[\u3400-\u9fff]")
_PROVINCE = re.compile(r"^[\u3400-\u9fff]{2,8}?(?:省|自治区)(?=[\u3400-\u9fff]{2})")
_CITY = re.compile(r" ?市$|[ -]city$", re.IGNORECASE)
HAN = re.compile(r"[\u3400-\u9fff]")


def normalised(text: str) -> str:
    """``text`` with NFKC, simplified characters, no control characters and single spaces.

    >>> normalised("設備　聯網５Ｇ")
    '设备 联网5G'
    """
    for wide, narrow in _WIDE:
        text = text.replace(wide, narrow)
    text = _CONTROL.sub(" ", unicodedata.normalize("NFKC", text))
    if HAN.search(text):
        text = str(_to_simplified().convert(text))
    return " ".join(text.split())


def city_name(text: str) -> str:
    """One spelling of a city's name: no province before it, no 市 or City behind.

    >>> city_name("浙江省宁波市"), city_name("津市市"), city_name("Ningbo City")
    ('宁波', '津市', 'Ningbo')
    """
    name = _PROVINCE.sub("", normalised(text))
    short = _CITY.sub("", name)
    return short if len(short) > 1 else name


def units(text: str) -> tuple[str, ...]:
    """What the words of ``text`` are made of: Chinese characters, and Latin words in lower case.

    English plurals lose their ``s``, so that a label and a name agree.

    >>> units("PCB 线路板 Molds")
    ('pcb', '线', '路', '板', 'mold')
    """
    return tuple(_singular(unit) for unit in _UNIT.findall(normalised(text).lower()))


def _singular(unit: str) -> str:
    if len(unit) > 3 and unit.endswith("s") and not unit.endswith(("ss", "us", "is")):
        return unit[:-1]
    return unit


@cache
def _to_simplified() -> Any:
    from opencc import OpenCC

    return OpenCC("t2s")
