"""Technologies that a need asks for or refuses: read, held against what is listed, and corrected."""

from __future__ import annotations

from typing import Any

import pytest

from catalog.records import Solution
from catalog.technologies import TECHNOLOGIES, technology_tag
from matcher.errors import InvalidNeed
from matcher.index.columns import technology_bits
from matcher.limits.technology import technologies
from matcher.types import Constraint, Match, MatchQuery
from matcher.wishes import with_limits
from tests.conftest import Built


def said(text: str) -> set[tuple[Any, bool, bool]]:
    return {(one.value, one.refused, one.hard) for one in technologies(text)}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("想用RFID管仓库", {("RFID", False, False)}),
        ("必须用5G", {("5G", False, True)}),
        ("不想上云,要排产", {("cloud", True, False)}),
        ("坚决不上云", {("cloud", True, True)}),
        ("数据不能出厂", {("cloud", True, True)}),
        ("要本地部署的MES", {("cloud", True, False)}),
        ("AI就算了,来个机器视觉查划痕", {("AI", True, False), ("machine_vision", False, False)}),
        ("no cloud please, need stock control", {("cloud", True, False)}),
        ("must run on our own server", {("cloud", True, True)}),
        ("nada de nube, queremos inventario", {("cloud", True, False)}),
    ],
)
def test_what_is_asked_for_and_what_is_refused(text: str, expected: Any) -> None:
    assert said(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "要不要上云",
        "我们没有5G",
        "we have no RFID",
        "RFID已经用了",
        "un ERP que no necesite servidor propio",
        "不要本地部署",
        "现在的AI不行,误判多",
    ],
)
def test_a_question_and_what_there_is_say_nothing(text: str) -> None:
    assert said(text) == set()


def test_what_is_only_spoken_of_moves_nothing() -> None:
    (one,) = technologies("RFID标签老掉")
    assert one.confidence < 0.9
    query = MatchQuery("RFID标签老掉")
    assert with_limits(query, [one]) == query


def test_what_a_need_sets_aside_refuses_a_technology() -> None:
    query = with_limits(MatchQuery("不让上云，仓库找不着料"), ())
    assert query.refused_technologies == ("cloud",) and query.must == {Constraint.WITHOUT}
    whole = MatchQuery("不让上云，仓库找不着料", ignore=frozenset(["aside"]))
    assert with_limits(whole, ()) == whole


@pytest.mark.parametrize(
    "given",
    [
        {"refused_technologies": ("AI",)},
        {"technologies": ("cloud",)},
        {"ignore": frozenset([Constraint.TECHNOLOGY])},
    ],
)
def test_what_the_caller_says_wins(given: Any) -> None:
    query = MatchQuery("不要上云，仓库找不着料", **given)
    assert with_limits(query, ()) == query


def test_asked_for_here_and_refused_there_says_nothing() -> None:
    limits = [*technologies("想上云"), *technologies("不要上云")]
    query = MatchQuery("想上云")
    assert with_limits(query, limits) == query


@pytest.mark.parametrize(
    ("said_so", "tag"),
    [("云计算", "cloud"), ("ＡＩ", "AI"), ("Edge computing", "edge"), ("区块链", "区块链")],
)
def test_a_technology_by_its_name(said_so: str, tag: str) -> None:
    assert technology_tag(said_so) == tag


def test_bits() -> None:
    every = [technology_bits([tag]) for tag in TECHNOLOGIES]
    assert len(set(every)) == len(every) and technology_bits(TECHNOLOGIES) == sum(every)
    assert technology_bits(["区块链"]) == technology_bits(["区块链", "链"]) == 1 << 15


class TestAnswers:
    """On the tiny catalogue, with three offers of the same words laid over it."""

    @pytest.fixture
    def offers(self, built: Built) -> Built:
        """The same offer without technologies, with the cloud, and with RFID."""
        with built.store.writing("test") as writer:
            for name, tags in (("甲", ()), ("乙", ("cloud", "IoT")), ("丙", ("RFID",))):
                text = "库位管理 找料 仓库"
                writer.put(Solution(name=name, description=text, technologies=tags))
        return built

    def found(self, built: Built, **asked: Any) -> dict[str, Match]:
        answer = built.matcher.match(MatchQuery("仓库找料", limit=100, **asked))
        return {one.record.name: one for one in answer.solutions}

    def test_reasons_misfits_and_unknowns(self, offers: Built) -> None:
        found = self.found(offers, technologies=("RFID",), refused_technologies=("cloud",))
        codes = {
            name: {
                sort: [one.code for one in getattr(found[name], sort) if "techn" in one.code]
                for sort in ("reasons", "misfits", "unknowns")
            }
            for name in "甲乙丙"
        }
        assert codes["甲"] == {"reasons": [], "misfits": [], "unknowns": ["technology_unknown"]}
        assert codes["乙"]["misfits"] == ["technology_no", "technology_refused"]
        assert codes["丙"]["reasons"] == ["technology_yes", "technology_avoided"]
        assert found["丙"].score > found["甲"].score > found["乙"].score

    @pytest.mark.parametrize(
        ("must", "left"), [("technology", {"甲", "丙"}), ("without", {"甲", "丙"})]
    )
    def test_a_hard_limit_drops_a_known_no(self, offers: Built, must: str, left: set[str]) -> None:
        asked = {"technologies": ("RFID",), "refused_technologies": ("cloud",)}
        found = self.found(offers, must=frozenset([Constraint(must)]), **asked)
        assert found.keys() & {"甲", "乙", "丙"} == left

    @pytest.mark.parametrize(
        ("asked", "field"),
        [
            ({"technologies": ("区块链",)}, "technologies"),
            ({"refused_technologies": ("cloud",), "technologies": ("cloud",)}, None),
            ({"must": frozenset([Constraint.WITHOUT])}, "must"),
        ],
    )
    def test_what_makes_no_sense_is_refused(self, tiny: Built, asked: Any, field: Any) -> None:
        with pytest.raises(InvalidNeed) as refused:
            self.found(tiny, **asked)
        assert refused.value.field == (field or "refused_technologies")
