"""What an answer says about the need: what of its text was set aside, its city, whether it told a problem."""

from __future__ import annotations

import re
from collections.abc import Iterator

from catalog.resolve import ACCEPTED
from catalog.taxonomy import Taxonomy
from catalog.tree import Tree
from catalog.wording import units
from matcher.index.listings import CityView
from matcher.limits import foreign_sums
from matcher.types import ASIDE, Constraint, MatchQuery, Reason, Understanding, Understood
from matcher.understanding.asked import Asked, letters

_FEW_WORDS = 6
_PAIN = re.compile(
    r"[停坏慢乱错漏丢堵超缺差贵]|不(?:准|齐|够|清|出|上|到|住|平|均|良)|没人|靠人|人工|手工|找不|查不|算不|系统|软件"
)
"""What goes wrong or is wanted: the words of a problem, whatever it is."""
_SUMS = 3
_SURELY = 0.75
"""A trade alone is read as a scenario with half of it at most; a product's name (AI问数) with more."""
_FIRM = re.compile(
    r"我们?|咱们?|是|一家|做|搞|的|工厂|厂|企业|公司|加工|行业|制造|生产|作坊|小|老|民营"
    r"|\b(?:we|i|are|is|an?|the|make|makers?|factory|plant|company|industry|manufactur\w+|small|workshop"
    r"|somos|una?|fábrica|empresa|taller|industria|hacemos|de)\b",
    re.IGNORECASE,
)
"""What a text that tells a trade and nothing else has beside the trade."""
_MAKER = re.compile(
    r"(?:我们?|咱们?|俺们?|本)?(?:家|厂|公司)?(?:就|专门|主要)?(?:是|在)?(?:一家|一个|个)?(?:专门|主要)?"
    r"(?:做|造|生产|加工|织|开|搞)[㐀-鿿]{1,8}(?:的|厂)(?:小?(?:工厂|厂|企业|公司|作坊|老板))?"
    r"(?:[,，\s]*(?:在|位于)[㐀-鿿]{2,6})?"
    r"|(?:we|i) (?:make|produce|manufacture|build) (?:[a-z-]+ ?){1,3}"
    r"|(?:hacemos|fabricamos|producimos) (?:[a-zà-ÿ-]+ ?){1,3}",
    re.IGNORECASE,
)
"""A text that tells what somebody makes, where no dictionary knows the thing."""
_SURE_TRADE = 0.5
_WORD_LETTERS = 6
"""A text of no more letters is a word or a code, whose language is nobody's."""


def set_aside(need: Asked, understanding: Understanding) -> Iterator[Reason]:
    """What of the text was not read as a need, and why; a clause that tells a limit was read as one."""
    if need.personal:
        yield Reason("personal")
    if need.ordered:
        yield Reason("orders")
    limits = [one.words for one in understanding.limits]
    if aside := [one for one in need.aside if not any(words in one for words in limits)]:
        yield Reason(ASIDE, {"clauses": "；".join(aside)})
    if need.quoted:
        yield Reason("focused", {"clauses": " … ".join(need.quoted)})
    if need.brands:
        names, zh, en = zip(*need.brands, strict=True)
        yield Reason(
            "brands",
            {
                "names": ", ".join(names),
                "kinds_zh": "、".join(dict.fromkeys(zh)),
                "kinds_en": ", ".join(dict.fromkeys(en)),
            },
        )
    if understanding.lang == "other" and letters(need.text) > _WORD_LETTERS:
        yield Reason("language")


def foreign_budget(need: Asked, query: MatchQuery) -> Iterator[Reason]:
    """That sums of foreign money were not read, where ``query`` has no budget without them."""
    if query.budget_cny is not None or Constraint.BUDGET in query.ignore:
        return
    if sums := foreign_sums(need.text):
        yield Reason("foreign_money", {"words": "、".join(sums[:_SUMS])})


def approximate(understanding: Understanding, taxonomy: Taxonomy) -> Iterator[Reason]:
    """What given labels were taken as that no wording is close to (卖空气的)."""
    for given, tree in (
        (understanding.sectors, taxonomy.sectors),
        (understanding.scenarios, taxonomy.scenarios),
    ):
        surest: dict[str, Understood] = {}
        for one in given:  # the surest first
            if one.given:
                surest.setdefault(one.words, one)
        for label, one in surest.items():
            if one.confidence < ACCEPTED:
                name = tree[one.code].name
                data = {"label": label, "name_zh": name.zh, "name_en": name.en}
                yield Reason("approximate", data)


def about_city(query: MatchQuery, view: CityView | None) -> Reason | None:
    """That the asked city lists nothing that is valid today, and what came of it."""
    if query.city is None or view is None or view.lists:
        return None
    code = "lapsed_city" if view.has_catalogue else "unlisted_city"
    must = "_must" if Constraint.CITY in query.must else ""
    return Reason(f"{code}{must}", {"city": query.city})


def only_a_trade(text: str, understanding: Understanding) -> bool:
    """Whether ``text`` names a trade and nothing that is wanted (五金加工厂, 我们是做童装的, a foundry)."""
    sectors = understanding.sectors
    if sectors and sectors[0].confidence >= _SURE_TRADE and _MAKER.fullmatch(text.strip(" .。!！")):
        return not _PAIN.search(text)
    trades = [one.words for one in sectors if one.words]
    for words in trades:
        text = text.replace(words, " ")
    return bool(trades) and not letters(_FIRM.sub(" ", text))


def bare(need: Asked, understanding: Understanding, scenarios: Tree) -> bool:
    """Whether a few words alone (a trade, a complaint) were read as a scenario that they do not name."""
    if len(units(need.text)) > _FEW_WORDS or _PAIN.search(need.text):
        return False
    if any(one.given or one.words for one in understanding.scenarios):
        return False
    if understanding.scenarios[0].confidence >= _SURELY:
        return False
    first = scenarios[understanding.scenarios[0].code].name
    return need.text.casefold() not in f"{first.zh} {first.en}".casefold()
