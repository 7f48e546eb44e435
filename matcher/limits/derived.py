"""Sums that a need leaves to be worked out: so much a machine, what several put in, half of a price."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from decimal import Decimal
from fractions import Fraction
from itertools import chain

from matcher.limits.numbers import HAN_NUMBER, WORD_NUMBER, figure
from matcher.limits.said import Said

_NUMBER = rf"(?:[0-9]{{1,3}}|[{HAN_NUMBER}]{{1,3}})"
_KINDS = "台机|台|栋|间|条|口|个|家|次|套|张|人|份|副|辆|线|座|层|块"
_EACH_BEFORE = re.compile(
    rf"(?<![{HAN_NUMBER}0-9])(?:每|一|单)(?P<kind>{_KINDS})(?!月|季)(?P<noun>[^0-9,，。;；]{{0,8}})$"
)
_EACH_AFTER = re.compile(rf"\s*(?:一|/|每)(?P<kind>{_KINDS})(?![月季])")
_TIMES = "months?|mes(?:es)?|years?|años?|quarters?|trimestres?|weeks?|semanas?|days?|días?|head"
_OF_ONE = rf"(?!(?:{_TIMES})\b)(?P<kind>[a-zà-ÿ]{{4,12}})(?: (?P<noun>[a-zà-ÿ]{{4,12}}))?"
_ONE_OF = (
    r"(?:each|every)(?: one)? (?:of )?(?:our|the|my|these|those) "
    rf"(?P<count>[0-9]{{1,3}}|{WORD_NUMBER})\b"
)
EACH_LATIN = rf"\s*(?:for )?(?:{_ONE_OF}|(?:an?|one|per|each|every|por cada|por|cada) {_OF_ONE})"
_EACH_LATIN = re.compile(
    r"(?: monthly| mensual(?:es)?| (?:a|per|each) (?:month|year)| (?:al|por|cada) (?:mes|año)| yearly)?"
    rf"(?:{EACH_LATIN}"
    r"|\s*(?:each|cada un[oa]),? (?:for|por|para)(?: the| las?| los)? (?P<many>[0-9]{1,3})\b)",
    re.IGNORECASE,
)
_EACH_LATIN_BEFORE = re.compile(
    rf"\b(?:{_ONE_OF}|(?:per|each|every|por cada|cada) {_OF_ONE})\b[^,.;]{{0,32}}$"
    r"|(?<![0-9.,])(?P<many>[0-9]{1,3}) ?[x×*] ?$",
    re.IGNORECASE,
)
_SHARED = re.compile(r"(?:各|一人|每人|人均)[^0-9,，。;；]{0,5}$")
_PARTNERS = re.compile(
    rf"(?:股东|合伙人|兄弟|姐妹)(?P<n>{_NUMBER})个|(?P<m>{_NUMBER})[个位]?(?:股东|合伙人|兄弟|姐妹|人)"
)
_PUT_IN = re.compile(
    "[出拿贴掏投添加凑摊]|家|我|他|她|再|另|"
    r"\b(?:puts?|chips?|adds?|mine|plus|another|from|y yo|pone|pongo|aporta|otros?|más|and|fee)\b",
    re.IGNORECASE,
)
_NO_SUM = re.compile(
    "[。;；!！?？罚赔亏欠报到至砍减不想]|工资|\\bor\\b|\\bbut\\b|\\bpero\\b", re.IGNORECASE
)
_BETWEEN = 30
_SHARE = re.compile(
    rf"(?P<half>(?:的|那笔钱?|款)?一半|\bhalf (?:of |that|what|as)|\bla mitad\b)"
    rf"|(?P<under>{_NUMBER})分之(?P<over>{_NUMBER})"
    r"|(?<![0-9一二三四五六七八九十])(?P<tenths>[一二两三四五六七八九])成(?![本品绩为立功果都熟员])"
    rf"|的(?P<times>{_NUMBER})倍"
    r"|\b(?:a|one|la|un)(?: |-)(?P<part>third|quarter|fifth|tenth|tercera parte|tercio|cuarta parte|cuarto"
    r"|quinta parte|décima parte)\b",
    re.IGNORECASE,
)
_PARTS = {"third": 3, "terc": 3, "quarter": 4, "cuart": 4, "fifth": 5, "quint": 5, "tenth": 10}
_PARTS |= {"décima": 10}
_NEAR, _NEXT = 80, 12


def derived(
    text: str, prices: Sequence[tuple[Said, int]], sums: Sequence[tuple[Said, int]]
) -> Iterator[tuple[str, Said, int]]:
    """Each sum that is worked out from amounts: how (each, sum, share), where it stands, CNY in a year.

    Both hold amounts with what they are in a year: ``prices`` also small ones, as of one machine, ``sums``
    only those that may be a budget themselves.
    """
    for said, value in prices:
        if count := _count(text, said):
            yield "each", said, value * count
    yield from _added(text, sums)
    yield from _shares(text, sums)


def _count(text: str, said: Said) -> int | None:
    """How many there are of what an amount is the price of one."""
    ahead, after = text[max(0, said.start - 40) : said.start], text[said.end : said.end + 30]
    before = ahead[-16:]
    if _SHARED.search(before):
        partners = _PARTNERS.search(text)
        return _whole(partners["n"] or partners["m"]) if partners else 2
    if one := _EACH_BEFORE.search(before) or _EACH_AFTER.match(after):
        return _told_of(text, said, one["kind"][0], one.groupdict().get("noun") or "")
    latin = (_EACH_LATIN.match(after), _EACH_LATIN_BEFORE.search(ahead))
    for one in filter(None, latin):
        if count := _whole(one["count"] or one["many"] or ""):
            return count
    named = (one[name] for one in latin if one for name in ("kind", "noun"))
    for kind in filter(None, named):
        stem = re.escape(kind[:5].lower())
        many = rf"(?P<n>[0-9]{{1,3}}|{WORD_NUMBER})(?: [a-zà-ÿ]+)?? {stem}[a-zà-ÿ]*s?\b"
        told = re.finditer(many, text, re.IGNORECASE)
        found = (one["n"] for one in told if not said.start <= one.start() < said.end)
        if count := next(filter(None, map(_whole, found)), None):
            return count
    return None


def _told_of(text: str, said: Said, kind: str, noun: str) -> int | None:
    """How many of a kind ``text`` tells: those of the same name, else the next ones after the amount."""
    told = re.compile(
        rf"(?<![每第])(?P<n>{_NUMBER})[多来]?条?{kind}(?!月|季|数)(?=(?P<noun>.{{0,2}}))"
    )
    found = [
        (one, count)
        for one in told.finditer(text)
        if not said.start <= one.start() < said.end and (count := _whole(one["n"]))
    ]
    named = (count for one, count in found if noun and noun.startswith(one["noun"]))
    after = (count for one, count in found if 0 <= one.start() - said.end < _NEXT)
    return next(chain(named, after, (count for _, count in found)), None)


def _whole(told: str) -> int | None:
    number = figure(told)
    return int(number) if number and number >= 2 else None


def _added(text: str, sums: Sequence[tuple[Said, int]]) -> Iterator[tuple[str, Said, int]]:
    """The runs of amounts that several give, or that one gives in parts, each with its sum."""
    run: list[tuple[Said, int]] = []
    for one in sums:
        between = text[run[-1][0].end : one[0].start] if run else ""
        parts = run and len(between) <= _BETWEEN and _PUT_IN.search(between)
        if parts and not _NO_SUM.search(between):
            run.append(one)
            continue
        if len(run) > 1:
            yield _sum(run)
        run = [one]
    if len(run) > 1:
        yield _sum(run)


def _sum(run: list[tuple[Said, int]]) -> tuple[str, Said, int]:
    first, last = run[0][0], run[-1][0]
    total = sum(value for _, value in run)
    return "sum", Said(first.start, last.end, total, first.blurred or last.blurred), total


def _shares(text: str, sums: Sequence[tuple[Said, int]]) -> Iterator[tuple[str, Said, int]]:
    """What is told as a share of another sum: of the last one before it, else of the next."""
    for match in _SHARE.finditer(text):
        before = [
            value for said, value in sums if match.start() - _NEAR <= said.end <= match.start()
        ]
        after = [value for said, value in sums if match.end() <= said.start <= match.end() + 30]
        of = before[-1] if before else after[0] if after else None
        part = _part(match)
        if of and part:
            value = int(of * part)
            yield "share", Said(match.start(), match.end(), value, False), value


def _part(match: re.Match[str]) -> Fraction | None:
    if match["half"]:
        return Fraction(1, 2)
    if match["tenths"]:
        return Fraction(figure(match["tenths"]) or 0) / 10
    if match["part"]:
        name = match["part"].lower()
        return Fraction(1, next(by for stem, by in _PARTS.items() if name.startswith(stem)))
    if match["times"]:
        return Fraction(figure(match["times"]) or Decimal(0))
    under, over = figure(match["under"]), figure(match["over"])
    return Fraction(over) / Fraction(under) if under and over else None
