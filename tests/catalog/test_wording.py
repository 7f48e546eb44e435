"""One spelling of characters, and the units that words are made of."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.wording import normalised, units


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("設備　聯網５Ｇ", "设备 联网5G"),
        ("  换\t模\n慢 ", "换 模 慢"),
        ("换\u200b模\ufeff慢", "换 模 慢"),
        ("\x00设备\x07", "设备"),
        ("２０万", "20万"),
        ("質檢😀", "质检😀"),
        ("Ｃ２９２（塑料）", "C292(塑料)"),
        ("", ""),
    ],
)
def test_normalised(text: str, expected: str) -> None:
    assert normalised(text) == expected


@given(st.text(max_size=80))
def test_normalised_twice_is_normalised_once(text: str) -> None:
    once = normalised(text)
    assert normalised(once) == once
    assert once == once.strip() and "  " not in once


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("PCB 线路板 Molds", ("pcb", "线", "路", "板", "mold")),
        ("glass process gas bus", ("glass", "process", "gas", "bus")),
        ("I/O C++ 5G-A", ("i", "o", "c", "5g-a")),
        ("fundición", ("fundición",)),
        ("，。！", ()),
    ],
)
def test_units(text: str, expected: tuple[str, ...]) -> None:
    assert units(text) == expected
