"""What a query must be before it is matched: a text, limits that make sense, musts with values."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from catalog.errors import Bilingual
from catalog.payments import PAYMENTS
from catalog.records import MAX_DAYS, MAX_MONEY_CNY, MAX_TEXT
from catalog.technologies import TECHNOLOGIES
from catalog.wording import normalised
from matcher.errors import InvalidNeed
from matcher.limits import ReadLimit, without_limits
from matcher.types import ASIDE, Constraint, MatchQuery
from matcher.understanding.asked import FEWEST_LETTERS, Asked, asked, letters
from matcher.understanding.courtesies import only_courtesies

_CODE = re.compile(r"[sm]\d{1,2}-\d{1,3}|c\d{2,4}", re.IGNORECASE)
_DESCRIBE = Bilingual(
    "请用一句话描述问题，例如：换模慢，设备老停机",
    "describe the problem in a sentence, e.g. changeovers are slow",
)
_BOUNDED = (
    ("budget_cny", MAX_MONEY_CNY, Bilingual("预算（元）", "the budget in CNY")),
    ("deploy_days", MAX_DAYS, Bilingual("期限（天）", "the time in days")),
)
ASKED = {
    Constraint.BUDGET: "budget_cny",
    Constraint.DAYS: "deploy_days",
    Constraint.SIZE: "size",
    Constraint.SECTOR: "sectors",
    Constraint.SCENARIO: "scenarios",
    Constraint.CITY: "city",
    Constraint.LEVEL: "target_level",
    Constraint.TECHNOLOGY: "technologies",
    Constraint.WITHOUT: "refused_technologies",
    Constraint.PAYMENT: "payments",
}
"""The field of a query that gives each constraint its value."""
_GIVEN = frozenset({Constraint.SECTOR, Constraint.SCENARIO, Constraint.CITY})
"""What a must has a given value of; that of the others may be told in the words."""
TECHNOLOGY = (Constraint.TECHNOLOGY, Constraint.WITHOUT)
_TAGS = {
    **dict.fromkeys(TECHNOLOGY, (TECHNOLOGIES, Bilingual("技术", "technology"))),
    Constraint.PAYMENT: (PAYMENTS, Bilingual("付费方式", "way to pay")),
}
"""The tags that a constraint may have, and what they are."""


def checked_text(query: MatchQuery) -> str:
    """The need's text as it is encoded and read, normalised: of a long message without its background.

    Raises:
        InvalidNeed: it is blank or too long, a limit makes no sense, or a must has no value that words tell.
    """
    if len(query.text) > MAX_TEXT:
        raise InvalidNeed(
            Bilingual(f"需求超过 {MAX_TEXT} 字", f"the need is longer than {MAX_TEXT} characters"),
            Bilingual("请写重点", "keep to the point"),
            field="text",
        )
    need = asked(query.text, ASIDE in query.ignore)
    if _CODE.fullmatch(need.text):
        raise InvalidNeed(
            Bilingual(f"只写了代码 {need.text}", f"there is only the code {need.text}"),
            Bilingual(
                "代码请写在 scenarios / sectors（--scenario、--sector），并请用一句话描述问题",
                "give codes as scenarios or sectors (--scenario, --sector) and describe the problem",
            ),
            field="text",
        )
    if letters(need.text) < FEWEST_LETTERS or only_courtesies(need.text):
        raise InvalidNeed(_nothing_asked(query.text, need), _DESCRIBE, field="text")
    for field, most, name in _BOUNDED:
        value = getattr(query, field)
        if value is not None and not 0 < value <= most:
            raise InvalidNeed(
                Bilingual(
                    f"{name.zh}为 {value}，应在 1 到 {most:,} 之间",
                    f"{name.en} is {value}, it should be 1 to {most:,}",
                ),
                field=field,
            )
    if query.limit < 0:
        raise InvalidNeed(
            Bilingual("limit 不能为负", "limit must not be negative"),
            field="limit",
        )
    if query.target_level is not None and query.target_level not in (1, 2, 3, 4):
        raise InvalidNeed(
            Bilingual("目标等级应为 1 到 4", "the target level should be 1 to 4"),
            field="target_level",
        )
    _check_tags(query)
    _check_values(query, query.must & _GIVEN)
    return need.need


def whole_text(query: MatchQuery) -> str:
    """All that ``query`` asks for, normalised: what limits are read from."""
    return asked(query.text, ASIDE in query.ignore).text


def check_musts(query: MatchQuery) -> None:
    """Refuse a hard limit whose value is neither given nor read; ``query`` has what was read.

    Raises:
        InvalidNeed: a must has no value.
    """
    _check_values(query, query.must)


def _check_values(query: MatchQuery, musts: Collection[Constraint]) -> None:
    for must in sorted(musts):
        value = getattr(query, ASKED[must])
        if value in (None, ()) or (isinstance(value, str) and not value.strip()):
            raise InvalidNeed(
                Bilingual(
                    f"{must} 设为硬性条件，但没有给出它的值",
                    f"{must} is a hard limit, but has no value",
                ),
                Bilingual("请给出值，或去掉这个硬性条件", "give a value or drop the limit"),
                field="must",
            )


def _check_tags(query: MatchQuery) -> None:
    for constraint, (known, what) in _TAGS.items():
        for tag in getattr(query, ASKED[constraint]):
            if tag not in known:
                raise InvalidNeed(
                    Bilingual(f"没有{what.zh} {tag}", f"there is no {what.en} {tag}"),
                    Bilingual(
                        "其中之一：" + "、".join(f"{n.zh} {t}" for t, n in known.items()),
                        f"one of: {', '.join(known)}",
                    ),
                    field=ASKED[constraint],
                )
    both = "、".join(tag for tag in query.technologies if tag in query.refused_technologies)
    if both:
        raise InvalidNeed(
            Bilingual(f"既要又不要：{both}", f"asked for and refused at once: {both}"),
            field=ASKED[Constraint.WITHOUT],
        )


def _nothing_asked(text: str, need: Asked) -> Bilingual:
    if not normalised(text):
        return Bilingual("需求是空的", "the need is empty")
    if need.ordered:
        return Bilingual(
            "文字只当作需求来读，其中的指令不起作用，此外没有写需求",
            "the text is read as a need only; instructions in it do nothing, and no need is left",
        )
    if need.personal:
        return Bilingual(
            "只有联系方式或证件号，没有写需求", "there is contact data only and no need"
        )
    if only_courtesies(need.text):
        return Bilingual("只有问候，没有写需求", "there is a greeting only and no need")
    return Bilingual(
        "没有读到需求：只有数字、符号、链接或单个字",
        "no need was found: only figures, signs, links or a single letter",
    )


def check_beside(query: MatchQuery, text: str, limits: Sequence[ReadLimit]) -> None:
    """Refuse a need whose ``text`` holds nothing beside its limits (20万以内) and comes without a label.

    Raises:
        InvalidNeed: the text tells limits and nothing else, and no sector or scenario is given.
    """
    if not limits or query.sectors or query.scenarios:
        return
    if letters(without_limits(text, limits)) < FEWEST_LETTERS:
        raise InvalidNeed(
            Bilingual(
                "只说了预算、时间、付费方式或企业情况，没说要解决什么问题",
                "only a budget, a time, how to pay or the size of the firm is told, no problem to solve",
            ),
            _DESCRIBE,
            field="text",
        )
