"""Numbers, amounts and periods as people say them (三五万, 一个半月, 80.000), with where they stand.

The phrases around them (预算, 以内, under) are data: ``data/limit_phrases.csv`` with the columns
``use`` (what a phrase tells), ``lang``, ``pattern`` (a regular expression without groups that capture) and
``value`` (tag of a technology, dates of a festival).
"""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal
from functools import cache
from importlib.resources import files

from catalog.records import MAX_DAYS, MAX_MONEY_CNY

HAN_NUMBER = "零〇一二两俩仨三四五六七八九十百千万亿"
_DIGITS = {
    **{c: i for i, c in enumerate("零一二三四五六七八九")},
    "〇": 0,
    "两": 2,
    "俩": 2,
    "仨": 3,
}
_UNITS = {"十": 10, "百": 100, "千": 1000}
_PAIR = re.compile(r"([一二两三四五六七八])([二两三四五六七八九])(?=[十百千万亿]|$)")
_FIGURES = r"[0-9]{1,12}(?:[.,][0-9]{1,9}){0,4}"
_WORDS = {
    **{"a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7},
    **{"eight": 8, "nine": 9, "ten": 10, "eleven": 11, "twelve": 12, "fifteen": 15, "eighteen": 18},
    **{"twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70},
    **{"eighty": 80, "ninety": 90, "hundred": 100, "half": Decimal("0.5"), "couple": 2},
    **{"un": 1, "una": 1, "uno": 1, "dos": 2, "tres": 3, "cuatro": 4, "cinco": 5, "seis": 6},
    **{"siete": 7, "ocho": 8, "nueve": 9, "diez": 10, "doce": 12, "quince": 15, "veinte": 20},
    **{"treinta": 30, "cuarenta": 40, "cincuenta": 50, "sesenta": 60, "setenta": 70},
    **{"ochenta": 80, "noventa": 90, "cien": 100, "ciento": 100, "doscientos": 200},
    **{"trescientos": 300, "cuatrocientos": 400, "quinientos": 500, "medio": Decimal("0.5")},
}
_WORD = rf"(?:couple of|{'|'.join(sorted(_WORDS, key=len, reverse=True))})"
WORD_NUMBER = rf"\b{_WORD}(?:(?:[ -]| y | and | of )(?:a )?{_WORD}){{0,3}}\b"
_SCALES = {
    **{"亿": 10**8, "千万": 10**7, "百万": 10**6, "十万": 10**5, "万": 10**4, "w": 10**4},
    **{"千": 1000, "百": 100, "k": 1000, "thousand": 1000, "mil": 1000, "grand": 1000},
    **{"million": 10**6, "millón": 10**6, "millon": 10**6, "millones": 10**6},
    **{"mil millones": 10**9, "m": 10**6},
}
_SCALE = (
    r"亿|千万|百万|十万|万|千|百"
    r"|(?:thousand|millones|million|millón|millon|mil millones|mil|grand|w|k|m)(?![a-zà-ÿ0-9])"
)
CURRENCY = r"块钱|块|元|圆|人民币|(?:rmb|cny|yuanes|yuan|renminbi|kuai)(?![a-z])"
_NUMBER = rf"(?:{_FIGURES}|[{HAN_NUMBER}]{{1,16}}(?:点[零一二三四五六七八九]{{1,4}})?)"
_AMOUNT = re.compile(
    rf"(?P<sign>¥|￥|(?<![a-z])(?:rmb|cny)|人民币)?\s*(?P<small>小(?=[几十百]))?(?<![0-9a-z.,{HAN_NUMBER}])"
    rf"(?:(?P<low>{_NUMBER})\s*(?P<lowscale>{_SCALE})?\s*(?:{CURRENCY})?\s*(?:-|~|—|–|到|至|\bto\b|\ba\b)\s*)?"
    rf"(?P<n>{_NUMBER}|几(?=[十百千万])|{WORD_NUMBER}(?=\s*(?:thousand|million|mil\b|mill[oó]n|yuan|rmb)))"
    rf"\s*(?P<scale>{_SCALE})?(?P<more>多|来|余|几)?(?P<scale2>十万|百万|千万|万|亿)?"
    rf"(?P<tail>(?<=[万w千])[1-9](?![0-9.,a-z%]))?"
    rf"\s*(?:de )?(?P<unit>{CURRENCY})?",
    re.IGNORECASE,
)
_FOREIGN = re.compile(
    r"\s*(?:美[元金刀]|欧元|英镑|日[元圆]|港[元币]|台币|新台币|韩元|[$€£]|(?:us )?dollars?|d[óo]lares"
    r"|(?:usd|us\$|eur|euros?|gbp|hkd|twd|jpy)(?![a-z]))",
    re.IGNORECASE,
)
_COUNTED = re.compile(
    r"[个件台只条米吨斤克公双套箱卷片根张人家户次度瓦伏升平方转点步棵亩头笔辆间颗种股份行字天级像分小秒"
    r"号名位匹瓶袋桶盒粒支枚块(?!钱)座层批班包批品把组组棵口筐车盘亿美欧港日英%％℃°]"
)
_PERIOD_ZH = re.compile(
    r"(?P<ten>十天半个?月)"
    rf"|(?<![0-9.,{HAN_NUMBER}第上每前后去近])"
    rf"(?P<half>[大小]?半)(?P<halfunit>年|个月|个?季度)(?P<end>)"
    rf"|(?<![0-9.,第{HAN_NUMBER}每])"
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
    r"(?<![0-9.,a-zà-ÿ])(?:(?P<low>[0-9]{1,4}|\b(?:one|two|three|four|five|six|dos|tres|cuatro|cinco)\b)"
    r"\s*(?:-|–|to|or|a|o)\s*)?"
    rf"(?P<n>[0-9]{{1,4}}(?:\.[0-9])?|{WORD_NUMBER})(?:[ -](?P<half>and a half))?[ -]*"
    rf"(?P<unit>{'|'.join(f'(?P<u{i}>{p})' for i, (p, _) in enumerate(_UNITS_LATIN))})(?![a-zà-ÿ])"
    r"(?P<tail> y medi[oa]| and a half)?",
    re.IGNORECASE,
)
_HALF = {"年": 360}
"""Half a year is six months of 30 days."""
_DAYS_OF = {"周": 7, "星期": 7, "礼拜": 7, "月": 30, "季度": 90, "年": 365}
_BOUNDARY = re.compile(
    r"[。;；!！?？\n、()（）…，：]|,(?![0-9]{3}(?![0-9]))|\.(?![0-9])|:(?![0-9])|——"
)


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
    unit: bool = False


def amounts(text: str) -> list[Said]:
    """The amounts that may be money, of a range the higher. Foreign money and counts are left out."""
    found = []
    for match in _AMOUNT.finditer(text):
        value = _amount(match)
        end = match.start() + len(match[0].rstrip())
        if value is None or value > MAX_MONEY_CNY or _FOREIGN.match(text, match.end()):
            continue
        if text[match.start() - 1 : match.start()] in ("$", "€", "£") and match.start():
            continue
        unit = bool(match["sign"] or match["unit"])
        han = set(match["n"]) & set("千万亿")
        scaled = bool(match["scale"] or match["scale2"] or han) and value >= 1000
        if not unit and _COUNTED.match(text, end):
            continue
        blurred = bool(match["low"] or match["more"] or match["small"]) or bool(
            _PAIR.search(match["n"])
        )
        start = match.start() + len(match[0]) - len(match[0].lstrip())
        found.append(Said(start, end, value, blurred, unit or scaled, unit))
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
            total += Decimal(_WORDS.get(word, 0))
    return total or None


def clause(text: str, start: int, end: int, width: int = 48) -> tuple[str, str]:
    """What stands before and after ``start:end`` in the same clause, at most ``width`` characters."""
    before, after = text[max(0, start - width) : start], text[end : end + width]
    cut = max((boundary.end() for boundary in _BOUNDARY.finditer(before)), default=0)
    stop = _BOUNDARY.search(after)
    return before[cut:], after[: stop.start()] if stop else after


@cache
def phrases(use: str, lang: str = "") -> str:
    """The phrases of one use as one pattern, those of ``lang`` or of all."""
    found = [row["pattern"] for row in rows(use) if not lang or row["lang"] == lang]
    return rf"(?:{'|'.join(found)})"


@cache
def rows(use: str) -> tuple[dict[str, str], ...]:
    """The rows of one use."""
    text = files("matcher").joinpath("data", "limit_phrases.csv").read_text(encoding="utf-8")
    return tuple(row for row in csv.DictReader(text.splitlines()) if row["use"] == use)


def _amount(match: re.Match[str]) -> int | None:
    said = match["n"]
    number = Decimal(5) if said == "几" and match["small"] else figure(said)
    if number is None:
        return None
    number *= _SCALES.get((match["scale"] or "").lower(), 1)
    if match["scale2"]:
        number *= _SCALES[match["scale2"]]
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


_MONTHS = {
    **{"january": 1, "february": 2, "march": 3, "april": 4, "may": 5, "june": 6, "july": 7, "august": 8},
    **{"september": 9, "october": 10, "november": 11, "december": 12, "enero": 1, "febrero": 2},
    **{"marzo": 3, "abril": 4, "mayo": 5, "junio": 6, "julio": 7, "agosto": 8, "septiembre": 9},
    **{"octubre": 10, "noviembre": 11, "diciembre": 12},
}
_MONTH_PARTS = {"初": 10, "上旬": 10, "中": 20, "中旬": 20, "份": 31, "底": 31, "末": 31, "下旬": 31}
_MONTH_LATIN = "|".join(_MONTHS)


@cache
def _calendar() -> tuple[re.Pattern[str], re.Pattern[str]]:
    festivals = "|".join(f"(?P<f{i}>{row['pattern']})" for i, row in enumerate(rows("festival")))
    limit = f"(?P<before>{either('deadline_after')})?"
    han = (
        r"(?<![去上每到半几多0-9零一二两三四五六七八九十百])(?:(?P<year>今年|本年|明年|来年|后年|20[0-9]{2}年)的?)?"
        rf"(?:{festivals}|(?P<ny>年关?(?=[之以]?前))|(?P<end>年(?:底|末|终|内|之内))"
        r"|(?P<m>1[0-2]|[1-9]|十[一二]?|[一二三四五六七八九])月(?:(?P<d>[0-9]{1,2}|[一二三四五六七八九十]{1,3})[日号]|(?P<part>初|上旬|中旬|中|份|底|末|下旬))?"
        r"|(?P<rel>下个?月|这个?月|本月|当月|月(?=[底末][之以]?[前内]))(?P<relpart>初|中|底|末)?"
        r"|(?P<week>下个?(?:周|星期)|本周|这周)(?:末|内)?|(?P<quarter>本季度|这个?季度|季度(?=末))末?|(?P<half>[上下]半年))"
        rf"\s*{limit}"
    )
    months = rf"(?P<m>{_MONTH_LATIN})"
    year = r"(?: (?:de |of )?(?P<y>20[0-9]{2}))?"
    latin = (
        rf"(?<![a-zà-ÿ])(?P<lead>{either('deadline_lead')})\s+(?:the |el |la )?(?:que (?:se )?(?:acabe|termine) )?"
        r"(?:(?P<end>end of|finales de|final de|fin de|fines de|mid-?)?\s*(?:the |el |this |este )?)"
        rf"(?:(?P<yearend>year(?:[ -]end)?|año)|(?P<next>next month|el próximo mes|próximo mes)|(?P<month>month|mes)|(?P<quarter>quarter|trimestre)"
        rf"|(?P<d>[0-9]{{1,2}})(?:st|nd|rd|th)?(?: of| de)? {months.replace('<m>', '<m2>')}{year.replace('<y>', '<y2>')}"
        rf"|{months}(?: (?P<d3>[0-9]{{1,2}})(?:st|nd|rd|th)?(?![0-9]))?{year}|{festivals})(?![a-zà-ÿ])"
    )
    return re.compile(han, re.IGNORECASE), re.compile(latin, re.IGNORECASE)
