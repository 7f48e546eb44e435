"""One spelling of characters, and the units that words are made of."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.wording import city_name, normalised, units


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


@given(
    st.text(st.characters() | st.sampled_from("，；：（）！？％设ab１\u0301\u0338\t "), max_size=80)
)
def test_punctuation_that_is_replaced_first_is_that_of_nfkc(text: str) -> None:
    assert normalised(text) == normalised(unicodedata.normalize("NFKC", text))


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


@pytest.mark.parametrize(
    ("told", "name"),
    [
        *(("宁波市", "宁波"), ("宁波", "宁波"), ("寧波市", "宁波"), (" 宁波 市", "宁波")),
        *(
            ("浙江省宁波市", "宁波"),
            ("广西壮族自治区柳州市", "柳州"),
            ("津市", "津市"),
            ("津市市", "津市"),
        ),
        *(("Ningbo City", "Ningbo"), ("重庆涪陵", "重庆涪陵"), ("", "")),
    ],
)
def test_one_spelling_of_a_city(told: str, name: str) -> None:
    assert city_name(told) == name
    assert city_name(name) == name
