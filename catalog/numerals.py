"""Text as people write numbers and days → the same text in plain figures.

Full-width characters, Chinese numerals (二十八万), scales (万, w, k), signs and words that blur.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import date
from decimal import Decimal
from typing import Literal

Problem = Literal["negative", "absurd", "unreadable", "foreign", "dated"]

CHINESE = "零〇一二两三四五六七八九十百千万亿"
NUMBER = r"[0-9]+(?:\.[0-9]+)?|\.[0-9]+"
_POWER = re.compile(rf"(?<![0-9a-z.])({NUMBER})e([+-]?[0-9]{{1,9}})(?![0-9a-z])")
"""2.5E+05: how spreadsheets write a large number to CSV."""
SCALES = {
    **{"亿": 10**8, "千万": 10**7, "百万": 10**6, "十万": 10**5, "万": 10**4, "w": 10**4},
    **{"千": 10**3, "k": 10**3, "百": 100, "million": 10**6, "mn": 10**6, "thousand": 10**3},
}
SCALE = r"亿|千万|百万|十万|万|千|百|(?:million|mn|thousand|w|k)(?![a-z])"
VAGUE = re.compile(r"[几数若][十百千万亿]|[十百千万]几|上[百千万]万?元")
_SOMEWHAT_MORE = re.compile(
    r"(?<=[0-9十百千])[来多余](?=[百千万亿]|个?(?:工作|自然)?[天日月周年元])"
)
"""十来万, 二十多天: somewhat more than the round number, which is what counts."""
FORMAL = str.maketrans("壹贰叁肆伍陆柒捌玖拾佰仟萬", "一二三四五六七八九十百千万")
"""Numerals of contracts and cheques: 壹拾万圆整."""
_SIGN_PREFIX = re.compile(r"(?:约|大约|¥|rmb|cny|人民币|价格|报价|[:\s])*")
APPROXIMATE = re.compile(
    r"约|大概|左右|上下|将近|接近|^近|[0-9十百千万]\s*(?:多|余|来)|几|≈|^~|以[内上下]|超过|不[超低]|起"
    r"|至少|最多|(?<![a-z])(?:about|approx|around|roughly|circa|up to|at least|from|over)"
)
RANGE = re.compile(r"\s*(?:-+|~+|至|到|to)\s*")
_CHINESE_PERIOD = re.compile(
    rf"(?<![{CHINESE}])[{CHINESE}]++(?=\s*个?半?\s*(?:工作|自然)?(?:[天日周月年]|星期|礼拜|季|小时))"
)
_DIGITS = "一二三四五六七八九"
_PAIR = re.compile(rf"(?<![{_DIGITS}两零〇])([{_DIGITS}两])([{_DIGITS}])(?![{_DIGITS}两零〇])")
"""三五个月, 七八天, 十五六万: two numbers as one says about how many."""
_DATE = re.compile(
    r"([0-9]{4})\s*[-/.年]\s*([0-9]{1,2})\s*[-/.月]\s*([0-9]{1,2})\s*[日号]?(?:[ t][0-9:.z+-]*)?"
)


def value_of(number: str) -> Decimal:
    """The value of a `NUMBER`; what is beyond all measure is 10 to the 19th, which no reader accepts."""
    whole = number.partition(".")[0]
    return Decimal(number[:40]) if len(whole) < 19 else Decimal(10) ** 19


def plain(text: str) -> str:
    """``text`` with half-width characters, small letters, one dash, no thousands commas, no powers."""
    text = unicodedata.normalize("NFKC", text).strip().lower()
    text = re.sub(r"[‐‑‒–—―−﹣]+", "-", text)
    text = re.sub(r"\s+", " ", re.sub(r"[〜∼～]", "~", text))
    text = re.sub(r"(?<=[0-9]),(?=[0-9]{3}(?![0-9]))", "", text)
    return _POWER.sub(_figures, text)


def _figures(found: re.Match[str]) -> str:
    power = max(-30, min(30, int(found[2])))
    return f"{Decimal(found[1][:40]).scaleb(power):f}"


def read_date(text: str) -> date | None:
    """The day in ``text`` (2026-05-20, 2026年5月20日, 2026/5/20, 20260520)."""
    body = unicodedata.normalize("NFKC", text).strip().lower()
    found = _DATE.fullmatch(body) or re.fullmatch(r"(20[0-9]{2})([0-9]{2})([0-9]{2})", body)
    if not found:
        return None
    try:
        return date(int(found[1]), int(found[2]), int(found[3]))
    except ValueError:
        return None


def higher(pair: re.Match[str]) -> str:
    """The higher one of two digits that are said together (三五, 七八, 两三); both when they never are.

    ``pair`` has each of them, 一 to 九 or 两, as a group. Needs and cells are read alike.
    """
    low, high = (_DIGITS.index(one.replace("两", "二")) for one in pair.groups())
    near = high - low == 1 or pair[0] == "三五"
    return pair[2] if near else pair[0]


def arabic(text: str, money: bool) -> str:
    """``text`` with its Chinese numerals in figures, where they count money (or time).

    Those of contracts (壹拾万) are figures too; 十来万 is the round number.
    """
    text = _SOMEWHAT_MORE.sub("", text.translate(FORMAL))

    def figures(found: re.Match[str]) -> str:
        run = _PAIR.sub(higher, found[0])
        scaled = re.search(r"[一二两三四五六七八九十百千].*[万亿]|^[十百]万", run[:20])
        counted = re.match(r"\s*(?:元|块|人(?!天|日)|家)", text[found.end() :])
        if len(run) > 20 or (money and not scaled and not counted):
            return run
        import cn2an  # compiles its patterns when it is imported: only when there is a numeral

        tail = run[-1] if "点" in run and run[-1] in "万亿" else ""
        try:
            number = cn2an.cn2an(run.removesuffix(tail), "smart")
        except (ValueError, KeyError, IndexError):
            return run
        return f"{number}{tail}"

    if not money:
        return _CHINESE_PERIOD.sub(figures, text)
    return re.sub(
        rf"(?<![0-9.{CHINESE}])(?<![0-9.] )[{CHINESE}]+(?:点[{CHINESE}]+)?", figures, text
    )


def is_negative(before: str) -> bool:
    """Whether a number is negative, by the text before it."""
    before = before.strip()
    if not before.endswith(("-", "负", "minus")):
        return False
    return _SIGN_PREFIX.fullmatch(re.sub(r"(?:-|负|minus)$", "", before)) is not None
