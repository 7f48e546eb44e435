"""Numbers, amounts and periods as people say them (三五万, 一个半月, 80.000), with where they stand.

The phrases around them (预算, 以内, under) are data: ``data/limit_phrases.csv`` with the columns
``use`` (what a phrase tells), ``lang``, ``pattern`` (a regular expression whose only groups that capture are
named) and ``value`` (tag of a technology, class of size, dates of a festival, a sum for little money).
"""

from __future__ import annotations

import csv
import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_CEILING, Decimal
from functools import cache
from importlib.resources import files

from catalog.records import MAX_DAYS, MAX_MONEY_CNY

HAN_NUMBER = "零〇一二两俩仨三四五六七八九十百千万亿"
_DIGITS = dict(
    zip("零〇一二两俩仨三四五六七八九", (0, 0, 1, 2, 2, 2, 3, *range(3, 10)), strict=True)
)
_UNITS = {"十": 10, "百": 100, "千": 1000}
_FORMAL = str.maketrans("壹贰叁肆伍陆柒捌玖拾佰仟萬", "一二三四五六七八九十百千万")
_PAIR = re.compile(r"([一二两三四五六七八])([二两三四五六七八九])(?=[十百千万亿]|$)")
_FIGURES = r"[0-9]{1,12}(?:[.,][0-9]{1,9}){0,4}"
_WORDS = {
    word: Decimal(value)
    for word, value in re.findall(
        r"(\S+)=(\S+)",
        "a=1 an=1 one=1 two=2 three=3 four=4 five=5 six=6 seven=7 eight=8 nine=9 ten=10 eleven=11"
        " twelve=12 fifteen=15 eighteen=18 twenty=20 thirty=30 forty=40 fifty=50 sixty=60 seventy=70"
        " eighty=80 ninety=90 hundred=100 half=.5 couple=2 un=1 una=1 uno=1 dos=2 tres=3 cuatro=4"
        " cinco=5 seis=6 siete=7 ocho=8 nueve=9 diez=10 doce=12 quince=15 veinte=20 treinta=30"
        " cuarenta=40 cincuenta=50 sesenta=60 setenta=70 ochenta=80 noventa=90 cien=100 ciento=100"
        " doscientos=200 trescientos=300 cuatrocientos=400 quinientos=500 medio=.5",
    )
}
_WORD = rf"(?:couple of|{'|'.join(sorted(_WORDS, key=len, reverse=True))})"
WORD_NUMBER = rf"\b{_WORD}(?:(?:[ -]| y | and | of )(?:a )?{_WORD}){{0,3}}\b"
_SCALES = {
    name: 10 ** int(zeros)
    for name, zeros in re.findall(
        r"(\S+)=(\d)",
        "亿=8 个亿=8 千万=7 百万=6 十万=5 万=4 w=4 千=3 百=2 k=3 thousand=3 grand=3 mil=3 million=6"
        " millón=6 millon=6 millones=6 m=6",
    )
}
_SCALE = (
    r"个?亿|千万|百万|十万|万|千|百"
    r"|(?:thousand|millones|million|millón|millon|mil|grand|w|k|m)(?![a-zà-ÿ0-9])"
)
CURRENCY = r"块钱|块|元|圆|人民币|(?:rmb|cny|yuanes|yuan|renminbi|kuai)(?![a-z])"
_NUMBER = (
    rf"(?:{_FIGURES}|[{HAN_NUMBER}]{{0,14}}[百千万亿](?=一(?:年|个?月|台|套|次|单))"
    rf"|[{HAN_NUMBER}]{{1,16}}(?:点[零一二三四五六七八九]{{1,4}})?)"
)
_AMOUNT = re.compile(
    rf"(?P<sign>¥|￥|(?<![a-z])(?:rmb|cny)|人民币)?\s*(?P<small>小(?=[几十百]|[一二两三四五六七八九]万))?(?<![0-9{HAN_NUMBER}])(?<![0-9][.,])(?(sign)|(?<![a-z]))"
    rf"(?:(?P<low>{_NUMBER})\s*(?P<lowscale>{_SCALE})?\s*(?:{CURRENCY})?\s*(?:-|~|—|–|到|至|\bto\b|\ba\b)\s*)?"
    rf"(?P<n>{_NUMBER}|几(?=[十百千万])|[万千](?=把(?:块|元))|{WORD_NUMBER}(?=\s*(?:thousand|million|mil\b|mill[oó]n|yuan|rmb)))"
    rf"\s*(?P<scale>{_SCALE})?(?P<more>多|来|余|几|把)?(?P<scale2>十万|百万|千万|万|亿)?"
    rf"(?P<tail>(?<=[万w千])[1-9](?![0-9.,a-z%]))?"
    rf"\s*(?:de )?(?P<unit>{CURRENCY})?",
    re.IGNORECASE,
)
_PERIOD_ZH = re.compile(
    r"(?P<ten>十天半个?月)"
    rf"|(?<![0-9第上每前后去近])(?<![0-9][.,])(?<![零〇一二两三四五六七八九])"
    rf"(?P<half>[大小]?半)(?P<halfunit>年|个月|个?季度)(?P<end>)"
    rf"|(?<![0-9第{HAN_NUMBER}每])(?<![0-9][.,])"
    rf"(?:(?P<low>{_NUMBER})\s*(?:个?(?:月|周|天|年))?\s*(?:-|~|—|–|到|至)\s*)?"
    rf"(?:(?P<n>{_NUMBER})(?P<more>多|来|余)?\s*(?P<plus>个半|个多|个把|来个|多个|个)?|(?P<about>个把))\s*"
    r"(?P<unit>工作日|自然日|天|日(?=内|之内|以内)|周|星期|礼拜|月|季度|年(?!产|底|末|初|代|度|前))"
    r"(?P<tail>半(?!夜))?",
)
_UNITS_LATIN = (
    ("working days?|business days?|calendar days?|days?|d[íi]as?(?: hábiles| laborables)?", 1),
    ("weeks?|wks?|semanas?", 7),
    ("months?|mes(?:es)?", 30),
    ("quarters?|trimestres?", 90),
    ("years?|años?", 365),
    ("quincenas?", 15),
)
_PERIOD_LATIN = re.compile(
    r"(?<![0-9a-zà-ÿ])(?<![0-9][.,])(?:(?P<low>[0-9]{1,4}|\b(?:one|two|three|four|five|six|dos|tres|cuatro|cinco)\b)"
    r"\s*(?:-|–|to|or|a|o)\s*)?"
    rf"(?P<n>[0-9]{{1,4}}(?:\.[0-9])?|{WORD_NUMBER})(?:[ -](?P<half>and a half))?[ -]*"
    rf"(?P<unit>{'|'.join(f'(?P<u{i}>{p})' for i, (p, _) in enumerate(_UNITS_LATIN))})(?![a-zà-ÿ])"
    r"(?P<tail> y medi[oa]| and a half)?",
    re.IGNORECASE,
)
_HALF = {"年": 360}  # half a year is six months of 30 days
_DAYS_OF = {"周": 7, "星期": 7, "礼拜": 7, "月": 30, "季度": 90, "年": 365}


@dataclass(frozen=True, slots=True)
class Said:
    """A number as it stands at ``start:end``; ``blurred`` when a range or a word blurs it.

    ``money`` tells that a currency or a scale makes it look like money (万, k, 块).
    """

    start: int
    end: int
    value: int
    blurred: bool
    money: bool = True


def amounts(text: str) -> list[Said]:
    """The amounts that may be money, of a range the higher. Foreign money and counts are left out."""
    found = []
    text = text.translate(_FORMAL)
    for match in _AMOUNT.finditer(text):
        value = _amount(match)
        end = match.start() + len(match[0].rstrip())
        if value is None or value > MAX_MONEY_CNY or text[max(0, match.start() - 1)] in "$€£":
            continue
        unit = bool(match["sign"] or match["unit"])
        han = set(match["n"]) & set("千万亿")
        scaled = bool(match["scale"] or match["scale2"] or han) and value >= 1000
        other = pattern("foreign", r"\s*").match(text, match.end())
        if other or (not unit and pattern("counted").match(text, end)):
            continue
        blurred = match["low"] or match["more"] or match["small"] or _PAIR.search(match["n"])
        start = match.start() + len(match[0]) - len(match[0].lstrip())
        found.append(Said(start, end, value, bool(blurred), unit or scaled))
    return found


def periods(text: str) -> list[Said]:
    """The periods in ``text`` in days, rounded up, of a range the longer; hours are left out."""
    found = []
    for match in _PERIOD_ZH.finditer(text):
        days = _days(match)
        if days is not None and 0 < days <= MAX_DAYS:
            blurred = bool(match["low"] or match["ten"] or match["about"] or match["more"])
            found.append(Said(match.start(), match.end(), days, blurred))
    for match in _PERIOD_LATIN.finditer(text):
        number = figure(match["n"])
        if number is None:
            continue
        by = next(by for i, (_, by) in enumerate(_UNITS_LATIN) if match[f"u{i}"])
        half = Decimal("0.5") if match["half"] or match["tail"] else Decimal(0)
        days = _up((number + half) * by) if number != Decimal("0.5") or by < 365 else 180
        if 0 < days <= MAX_DAYS:
            found.append(Said(match.start(), match.end(), days, bool(match["low"])))
    return found


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
    for word in re.split(r"[ -]+", text):
        if word == "hundred" and total:
            total *= 100
        elif word == "couple":
            total = Decimal(2)
        elif word not in ("a", "an") or not total:
            total += _WORDS.get(word, 0)
    return total or None


@cache
def rows(use: str) -> tuple[dict[str, str], ...]:
    """The rows of one use."""
    return tuple(row for row in _all_rows() if row["use"] == use)


@cache
def _all_rows() -> tuple[dict[str, str], ...]:
    text = files("matcher").joinpath("data", "limit_phrases.csv").read_text(encoding="utf-8")
    return tuple(csv.DictReader(text.splitlines()))


def _amount(match: re.Match[str]) -> int | None:
    said = match["n"]
    number = Decimal(5) if said == "几" and match["small"] else figure(said)
    if number is None:
        return None
    number *= _SCALES.get((match["scale"] or "").lower(), 1) * _SCALES.get(match["scale2"] or "", 1)
    if match["tail"]:
        step = {"千": 100}.get(said[-1] if not match["scale"] else match["scale"], 1000)
        number += int(match["tail"]) * step
    return int(number)


def _han(text: str) -> Decimal | None:
    text = _PAIR.sub(lambda pair: pair[2] if _follows(pair) else pair[0], text)
    total = section = digit = 0
    last, zero, run = 1, False, 0
    for char in text:
        if char in _DIGITS:
            digit, zero, run = _DIGITS[char], zero or char in "零〇", run + 1
            if run > 1 and not zero:
                return None
            continue
        run = 0
        if char in _UNITS:
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


def _follows(pair: re.Match[str]) -> bool:
    low, high = _DIGITS[pair[1]], _DIGITS[pair[2]]
    return high == low + 1 or (low, high) == (3, 5)


def _grouped(text: str) -> Decimal | None:
    if re.fullmatch(r"[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]+)?", text):
        return Decimal(text.replace(",", ""))
    if re.fullmatch(r"[1-9][0-9]{0,2}(?:\.[0-9]{3})+(?:,[0-9]+)?", text):
        return Decimal(text.replace(".", "").replace(",", "."))
    if re.fullmatch(r"[0-9]+(?:[.,][0-9]+)?", text):
        return Decimal(text.replace(",", "."))
    return None


def _days(match: re.Match[str]) -> int | None:
    if match["ten"]:
        return 15
    if match["half"]:
        return 180 if match["halfunit"] == "年" else 15 if match["halfunit"] == "个月" else 45
    unit = match["unit"]
    said = match["n"] or "一"
    number = figure(said)
    if number is None or (unit == "年" and number >= 100):
        return None
    if unit == "月" and not (match["plus"] or match["about"] or said[-1] in "俩仨"):
        return None
    by = _DAYS_OF.get(unit, 1)
    half = match["plus"] == "个半" or match["tail"]
    return _up(number * by) + (_up(Decimal(_HALF.get(unit, by)) / 2) if half else 0)


def _up(number: Decimal) -> int:
    return int(number.to_integral_value(ROUND_CEILING))


@cache
def pattern(use: str, lead: str = "", tail: str = "") -> re.Pattern[str]:
    """The phrases of one use, compiled, between ``lead`` and ``tail``."""
    return re.compile(f"{lead}{either(use)}{tail}", re.IGNORECASE)


@cache
def either(use: str) -> str:
    """The phrases of one use as one alternative; the Latin ones stand as whole words."""
    han = "|".join(row["pattern"] for row in rows(use) if row["lang"] == "zh")
    latin = "|".join(row["pattern"] for row in rows(use) if row["lang"] != "zh")
    whole = rf"(?<![a-zà-ÿ])(?:{latin})(?![a-zà-ÿ])"
    return f"(?:{han}|{whole})" if han and latin else f"(?:{han or whole})"


_MONTHS = re.findall(
    r"\w+",
    "january february march april may june july august september october november december"
    " enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
)
_MONTH_PARTS = dict.fromkeys(("底", "末", "下旬", "份"), 31) | {
    "初": 10,
    "上旬": 10,
    "中": 20,
    "中旬": 20,
}
_MONTH_LATIN = "|".join(_MONTHS)


@cache
def _calendar() -> tuple[re.Pattern[str], ...]:
    festivals = "|".join(f"(?P<f{i}>{row['pattern']})" for i, row in enumerate(rows("festival")))
    filled = {"FESTIVALS": festivals, "MONTHS": "|".join(_MONTHS)}
    filled |= {"BEFORE": either("deadline_after"), "LEAD": either("deadline_lead")}
    made = []
    for row in rows("calendar"):
        text = re.sub("|".join(filled), lambda name: filled[name[0]], row["pattern"])
        made.append(re.compile(text, re.IGNORECASE))
    return tuple(made)


def deadlines(text: str, today: date) -> list[Said]:
    """The days until the dates in ``text`` (年底前, before June); ``blurred`` without a word for before."""
    han, latin = _calendar()
    found, dates = [], [(match, _han_date) for match in han.finditer(text)]
    for match, read in dates + [(match, _latin_date) for match in latin.finditer(text)]:
        try:
            last = read(match, today)
        except ValueError:  # 31 February
            continue
        if last is not None and (days := (last - today).days) <= MAX_DAYS and last >= today:
            loose = read is _han_date and not match["before"]
            found.append(Said(match.start(), match.end(), max(days, 1), loose))
    return found


def _han_date(match: re.Match[str], today: date) -> date | None:
    told = match["year"]
    year = {"今年": 0, "本年": 0, "明年": 1, "来年": 1, "后年": 2}.get(told or "")
    exact = None if not told else today.year + year if year is not None else int(told[:4])
    if festival := _festival(match, today, exact):
        return festival
    if match["ny"]:
        return _next_festival(rows("festival")[0]["value"], today, None)
    if match["end"]:
        return date(exact or today.year, 12, 31)
    if match["half"]:
        return _coming(today, exact, *((6, 30) if match["half"][0] == "上" else (12, 31)))
    if match["quarter"]:
        return _month_end(today.year, (today.month + 2) // 3 * 3)
    if match["week"]:
        return today + timedelta(6 - today.weekday() + (7 if match["week"][0] == "下" else 0))
    if match["rel"]:
        month = today.month + (match["rel"][0] == "下")
        last = _month_end(today.year + month // 13, (month - 1) % 12 + 1)
        return last.replace(day=min(last.day, _MONTH_PARTS.get(match["relpart"] or "", 31)))
    return _han_month(match, today, exact)


def _han_month(match: re.Match[str], today: date, exact: int | None) -> date | None:
    month, day = figure(match["m"] or ""), figure(match["d"] or "")
    if month is None:
        return None
    part = match["part"] or ("" if (match["before"] or "").endswith("前") else "底")
    if day is None:
        last = _month_end(exact or today.year, int(month)).day
        day = Decimal(min(last, _MONTH_PARTS.get(part, 1)))
    return _coming(today, exact, int(month), int(day))


def _latin_date(match: re.Match[str], today: date) -> date | None:
    festival, end = _festival(match, today, None), (match["end"] or "").lower()
    if festival or match["yearend"]:
        return festival or date(today.year, 12, 31)
    if match["next"] or match["month"]:
        month = today.month + bool(match["next"])
        return _month_end(today.year + month // 13, (month - 1) % 12 + 1)
    if match["quarter"]:
        return _month_end(today.year, (today.month + 2) // 3 * 3)
    name = (match["m"] or match["m2"] or "").lower()
    if not name:  # a festival beyond those listed
        return None
    month = _MONTHS.index(name) % 12 + 1
    told = match["y"] or match["y2"]
    exact = int(told) if told else None
    if said := match["d"] or match["d3"]:
        return _coming(today, exact, month, int(said))
    if end.startswith("mid"):
        return _coming(today, exact, month, 15)
    if not end and match["lead"].lower() in ("before", "prior to", "antes de", "antes del"):
        return _coming(today, exact, month, 1)
    return _coming(today, exact, month, _month_end(exact or today.year, month).day)


def _festival(match: re.Match[str], today: date, exact: int | None) -> date | None:
    for index, row in enumerate(rows("festival")):
        if match[f"f{index}"]:
            return _next_festival(row["value"], today, exact)
    return None


def _next_festival(days: str, today: date, exact: int | None) -> date | None:
    if len(days) == 5:
        return _coming(today, exact, int(days[:2]), int(days[3:]))
    coming = (date.fromisoformat(day) for day in days.split())
    return next((d for d in coming if d >= today and exact in (None, d.year)), None)


def _coming(today: date, exact: int | None, month: int, day: int) -> date:
    if exact is None and (month, day) < (today.month, today.day):
        exact = today.year + 1
    return date(exact or today.year, month, day)


def _month_end(year: int, month: int) -> date:
    return date(year, month, monthrange(year, month)[1])
