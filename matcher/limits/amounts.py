"""Amounts of money as people say them (三五万, 200k RMB, 80.000 yuanes), with where they stand."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal

from catalog.records import MAX_MONEY_CNY
from matcher.expressions import Expression, Match
from matcher.limits.numbers import HAN_NUMBER, HUNDREDS, NUMBER, PAIR, WORD_NUMBER, figure
from matcher.limits.phrases import pattern
from matcher.limits.said import Said

_FORMAL = str.maketrans("壹贰叁肆伍陆柒捌玖拾佰仟萬", "一二三四五六七八九十百千万")
_SCALES = {
    name: 10 ** int(zeros)
    for name, zeros in re.findall(
        r"(\S+)=(\d)",
        "亿=8 个亿=8 千万=7 百万=6 十万=5 万=4 w=4 个w=4 个=4 达不溜=4 个达不溜=4 wan=4 千=3 百=2 k=3"
        " thousand=3 thou=3 grand=3 mil=3 million=6 millón=6 millon=6 millones=6 m=6"
        " lucas=3 lakh=5 lakhs=5 crore=7 crores=7 ten-thousand=4",
    )
}
_SCALE = (
    r"个?亿|千万|百万|十万|万|千|百|个?达不溜|个(?=以[内里上下]|之内|左右|上下|封顶|打住|到头|到顶|就|我|咱|能|可以|行|够|的?预算|来做|来搞|去做|出来|吧|$|[,。;])"
    r"|(?:thousand|thou|ten-thousand|lakhs?|crores?|lucas|millones|million|millón|millon|mil|grand|wan|个?w|k|m)(?![a-zà-ÿ0-9])"
)
CURRENCY = (
    r"块大洋|块钱|块|元人民币|元|圆|人民币|人仔|蚊人仔|蚊"
    r"|(?:rmb|cny|yuanes|yuan|yuans|renminbi|kuais?)(?![a-z])"
)
_GLUED = "usd|eur|gbp|aud|cad|sgd|hkd|twd|jpy|krw|inr|mxn|brl|thb|vnd|myr|php|idr"
"""Codes that stand before a sum without a space (SGD20k)."""
_SOME = {"小": Decimal(5), "大": Decimal(9)}  # 小几万, 大几万
_AMOUNT = Expression(
    rf"(?P<sign>¥|￥|(?<![a-z])(?:rmb|cny)|人民币)?\s*(?P<small>小(?=[几十百]|[一二两三四五六七八九]万)|大(?=几[十百千万]))?(?<![0-9{HAN_NUMBER}])(?<![0-9][.,](?=[0-9]))"
    rf"(?(sign)|(?:(?<![a-z])|(?<=\b(?:{_GLUED}))))"
    rf"(?:(?P<low>{NUMBER})\s*(?P<lowscale>{_SCALE})?\s*(?:{CURRENCY})?\s*(?:-|~|—|–|到|至|\bto\b|\ba\b|(?<=万)(?=[一二两三四五六七八九]万))\s*)?"
    rf"(?P<n>{NUMBER}|几(?=[十百千万])|[万千](?=把[块元])|万(?=儿?八千)|千(?=儿?八百)"
    rf"|{WORD_NUMBER}(?=\s*(?:de )?(?:thousand|thou\b|grand|million|mil\b|mill[oó]n|wan\b|yuan|rmb|k\b|lucas"
    r"|(?:a|per) month|al mes))"
    rf"|mil(?= yuan| (?:{HUNDREDS})\b)|(?<=\bmil )(?:{HUNDREDS})\b|mill[oó]n(?= y medio))"
    rf"\s*(?:de )?(?P<scale>{_SCALE})?(?P<half>\s*\by medio(?= de|[,.;]| y[ua]| rmb|$))?"
    r"(?P<more>多|来|余|几|把|儿?八[千百])?"
    r"(?P<scale2>十万|百万|千万|万|亿|个?达不溜|个?w(?![a-z]))?"
    rf"(?P<tail>(?<=[万w千])[1-9](?![0-9a-z%]|[.,][0-9]))?"
    rf"\s*(?:de )?(?P<unit>{CURRENCY})?"
)


_INDIAN = Expression("lakh|crore")
"""Who counts so and names no other money counts rupees."""
_OWN = Expression(rf"\s*\(?\s*(?:in )?(?:{CURRENCY})")
_LEAST_FOREIGN = 1_000
"""Of any money; less is the price of a part, nothing that was meant as a budget."""


def amounts(text: str) -> list[Said]:
    """The amounts that may be money, of a range the higher. Foreign money and counts are left out."""
    found: list[Said] = []
    text = _plain(text)
    for match, value in _sums(text):
        end = match.start() + len(match[0].rstrip())
        unit = bool(match["sign"] or match["unit"])
        han = set(match["n"]) & set("千万亿")
        slang = match["scale"] == "个"  # 预算二十个
        scaled = not slang and bool(match["scale"] or match["scale2"] or han) and value >= 1000
        if _abroad(text, match) or (not unit and pattern("counted").match(text, end)):
            continue
        blurred = match["low"] or match["more"] or match["small"] or PAIR.search(match["n"])
        start = match.start() + len(match[0]) - len(match[0].lstrip())
        said = Said(start, end, value, bool(blurred), unit or scaled)
        whole = found[-1] if found else None
        if whole and not text[whole.end : start].strip():
            thousands = text[: whole.end].lower().endswith("mil") and 100 <= value < 1000
            if (
                thousands or whole.value >= 10**6 > value
            ):  # quince mil quinientos, un millón cien mil
                found[-1] = Said(
                    whole.start, end, whole.value + value, whole.blurred, whole.money or unit
                )
                continue
        found.append(said)
    return found


def foreign_sums(text: str) -> tuple[str, ...]:
    """The sums of foreign money in ``text`` (normalised), as they are written (150 mil pesos).

    What may be a thing as well (30k soles, 八千刀) is a sum where the text speaks of a budget.
    """
    sure, budget = pattern("foreign"), pattern("budget_named").search(text)
    if not any(told.search(text) for told in (sure, pattern("foreign_word"), _INDIAN)):
        return ()
    found = (
        _abroad(text, match)
        for match, value in _sums(_plain(text))
        if value >= _LEAST_FOREIGN and match["scale"] != "个"
    )
    return tuple(dict.fromkeys(one for one in found if one and (budget or sure.search(one))))


def _plain(text: str) -> str:
    return re.sub("[参叁](?=[拾佰仟万十百千])", "三", text).translate(_FORMAL)


def _sums(text: str) -> Iterator[tuple[Match, int]]:
    for match in _AMOUNT.finditer(text):
        value = _amount(match)
        bare = match["n"][0] in "万亿" and not match["more"]  # 万一
        if value is not None and not bare and value <= MAX_MONEY_CNY:
            yield match, value


def _abroad(text: str, match: Match) -> str:
    """The sum with the foreign money that it is told in; empty where it is none."""
    start, stop = match.start(), match.end()
    ahead = text[max(0, start - 12) : start]
    for use in ("foreign", "foreign_word"):
        if after := pattern(use, r"\s*").match(text, stop):
            return text[start : after.end()].strip()
        if use == "foreign" and (before := pattern(use, tail=r"\s*$").search(ahead)):
            return f"{before[0]}{match[0]}".strip()
    own = match["sign"] or match["unit"] or _OWN.match(text, stop)
    indian = _INDIAN.match(match["scale"] or "")
    return match[0].strip() if indian and not own else ""


def _amount(match: Match) -> int | None:
    said = match["n"]
    said = {"mil": "1000", "millón": "1000000", "millon": "1000000"}.get(said.lower(), said)
    number = _SOME.get(match["small"] or "") if said == "几" else figure(said)
    if number is None:
        return None
    if match["more"] == "几" and number % 10 == 0 and number % 100:  # 十几万, 二十几万
        number += 5
    if match["half"]:  # un millón y medio, millón y medio
        number += Decimal("0.5") if match["scale"] else number / 2
    number *= _SCALES.get((match["scale"] or "").lower(), 1) * _SCALES.get(
        (match["scale2"] or "").lower(), 1
    )
    if match["low"] and match["low"].endswith("万"):  # 十万八万
        number = max(number, figure(match["low"]) or number)
    if match["tail"]:
        step = {"千": 100}.get(said[-1] if not match["scale"] else match["scale"], 1000)
        number += int(match["tail"]) * step
    return int(number)
