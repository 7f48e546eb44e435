"""Numbers as people say them: 二十八万, 一万五, 三五万, 80.000, fifty."""

from __future__ import annotations

import re
from decimal import Decimal

from catalog.numerals import higher

HAN_NUMBER = "零〇一二两俩仨三四五六七八九十百千万亿廿卅"
_DIGITS = dict(
    zip("零〇一二两俩仨三四五六七八九", (0, 0, 1, 2, 2, 2, 3, *range(3, 10)), strict=True)
)
_TENS = {"廿": 20, "卅": 30}
_UNITS = {"十": 10, "百": 100, "千": 1000}
PAIR = re.compile(r"([一二两三四五六七八])([二两三四五六七八九])(?=[十百千万亿]|$)")
_FIGURES = (
    r"(?:[1-9][0-9]{0,2}(?:(?:['’][0-9]{3})+|(?: [0-9]{3})* [0-9]00)(?![0-9])"  # 340'000, 90 000
    r"|[0-9]{1,12}(?:[.,][0-9]{1,9}){0,4})"
)
_WORDS = {
    word: Decimal(value)
    for word, value in re.findall(
        r"(\S+)=(\S+)",
        "a=1 an=1 one=1 two=2 three=3 four=4 five=5 six=6 seven=7 eight=8 nine=9 ten=10 eleven=11"
        " twelve=12 thirteen=13 fourteen=14 fifteen=15 sixteen=16 seventeen=17 eighteen=18 nineteen=19"
        " twenty=20 thirty=30 forty=40 fifty=50 sixty=60 seventy=70"
        " eighty=80 ninety=90 hundred=100 half=.5 quarter=.25 couple=2 un=1 una=1 uno=1 dos=2 tres=3 cuatro=4"
        " cinco=5 seis=6 siete=7 ocho=8 nueve=9 diez=10 doce=12 trece=13 catorce=14 quince=15 dieciséis=16"
        " diecisiete=17 dieciocho=18 diecinueve=19 veinte=20"
        " veintiún=21 veintiuno=21 veintidós=22 veintitrés=23 veinticuatro=24 veinticinco=25 veintiséis=26"
        " dieciseis=16 veintiun=21 veintidos=22 veintitres=23 veintiseis=26"
        " veintisiete=27 veintiocho=28 veintinueve=29 treinta=30"
        " cuarenta=40 cincuenta=50 sesenta=60 setenta=70 ochenta=80 noventa=90 cien=100 ciento=100"
        " doscientos=200 trescientos=300 cuatrocientos=400 quinientos=500 cuarto=.25 par=2 seiscientos=600"
        " setecientos=700 ochocientos=800 novecientos=900 medio=.5",
    )
}
HUNDREDS = "cien(?:to)?|(?:dos|tres|cuatro|seis|sete|ocho|nove)cientos|quinientos"
"""What follows a thousand in Spanish: quince mil quinientos."""
_WORD = rf"(?:couple of|par de|{'|'.join(sorted(_WORDS, key=len, reverse=True))})"
WORD_NUMBER = rf"\b{_WORD}(?:(?:[ -]| y | and | of )(?:a )?{_WORD}){{0,3}}\b"
NUMBER = (
    rf"(?:{_FIGURES}|[{HAN_NUMBER}]{{0,14}}[百千万亿][1-9一二三四五六七八九]?(?=一(?:年|个?月|台|套|次|单|条|间|家|口价|分|毛))"
    rf"|[{HAN_NUMBER}]{{0,14}}[千万](?=(?:[一两二三四五六七八九十]|十[一二])个半?(?:月|季度))"
    rf"|[{HAN_NUMBER}]{{1,16}}(?:点[零一二三四五六七八九]{{1,4}})?)"
)


def figure(text: str) -> Decimal | None:
    """The number that ``text`` is: 二十八万, 一万五, 三五万 (of both the higher), 80.000, fifty."""
    text = text.strip().lower()
    if not text:
        return None
    if text[0].isascii() and text[0].isdigit():
        return _grouped(text)
    if text[0] in HAN_NUMBER:
        whole, _, fraction = text.partition("点")
        number = _han(whole)
        digits = "".join(str(_DIGITS.get(c, "")) for c in fraction)
        return None if number is None else number + (Decimal(f"0.{digits}") if digits else 0)
    total = Decimal(0)
    for word in re.split(r"[ -]+", re.sub(r"^an? (?=[a-zà-ÿ])", "", text)):
        if word == "hundred" and total:
            total *= 100
        elif word in ("couple", "par", "cuarto"):
            total = _WORDS[word]
        elif word not in ("a", "an") or not total:
            value = _WORDS.get(word, Decimal(0))
            ranged = (
                10 <= value < 100 and total % 100 >= 20
            )  # setenta y noventa: of both the higher
            total = value if ranged else total + value
    return total or None


def _han(text: str) -> Decimal | None:
    text = PAIR.sub(higher, text)
    total = section = digit = 0
    last, zero, run = 1, False, 0
    for char in text:
        if char in _DIGITS:
            digit, zero, run = _DIGITS[char], zero or char in "零〇", run + 1
            if run > 1 and not zero:
                return None
            continue
        run = 0
        if char in _TENS:
            section, last = section + _TENS[char], 10
        elif char in _UNITS:
            section += (digit or 1) * _UNITS[char]
            last, zero = _UNITS[char], False
        else:
            scale = 10**4 if char == "万" else 10**8
            total = (
                (total + section + digit or 1) * scale
                if scale > last
                else (total + section + digit) * scale
            )
            section, last, zero = 0, scale, False
        digit = 0
    if digit and last >= 100 and not zero:
        digit *= last // 10
    return Decimal(total + section + digit)


def _grouped(text: str) -> Decimal | None:
    text = re.sub("[ '’]", "", text)
    if re.fullmatch(r"[0-9]{1,3}(?:,[0-9]{2,3})*,[0-9]{3}(?:\.[0-9]+)?", text):  # 2,40,000 as well
        return Decimal(text.replace(",", ""))
    if re.fullmatch(r"[1-9][0-9]{0,2}(?:\.[0-9]{3})+(?:,[0-9]+)?", text):
        return Decimal(text.replace(".", "").replace(",", "."))
    if re.fullmatch(r"[0-9]+(?:[.,][0-9]+)?", text):
        return Decimal(text.replace(",", "."))
    return None
