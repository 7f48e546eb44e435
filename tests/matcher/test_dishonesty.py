"""A declared flag of serious dishonesty is told, with its source, and moves nothing."""

from __future__ import annotations

from catalog.records import Provider
from catalog.stored import Provenance
from matcher.answers.explain import render
from matcher.types import Match, MatchQuery
from tests.conftest import Built
from tests.matcher.conftest import codes, everything

NEED = "换模慢，设备老停机查不出原因"
OF_THE_PROVIDER = {"海岳智造科技有限公司", "设备联网看板", "快速换模管理", "塑料件厂停机减少三成"}


def seen(built: Built) -> dict[str, Match]:
    answer = built.matcher.match(MatchQuery(text=NEED, limit=50))
    return {match.record.name: match for match in everything(answer)}


def declare(built: Built, listed: bool) -> None:
    record = Provider(name="海岳智造科技有限公司", serious_dishonesty_listed=listed)
    with built.store.writing("test") as writer:
        writer.put(record, Provenance(by="test", file="名单.xlsx"))


def test_the_flag_is_told_of_the_provider_and_its_offers(built: Built) -> None:
    before = seen(built)
    declare(built, True)
    after = seen(built)
    assert {name for name, match in after.items() if "dishonesty" in codes(match)} == (
        OF_THE_PROVIDER
    )
    (why,) = (one for one in after["设备联网看板"].misfits if one.code == "dishonesty")
    assert "海岳智造科技有限公司" in render(why) and "名单.xlsx" in render(why, "en")
    order = {name: (match.rank, match.score) for name, match in after.items()}
    assert order == {name: (match.rank, match.score) for name, match in before.items()}


def test_a_flag_that_is_taken_back_is_told_no_more(built: Built) -> None:
    declare(built, True)
    declare(built, False)
    assert not any("dishonesty" in codes(match) for match in seen(built).values())


def test_a_provider_that_was_retired_keeps_its_flag(built: Built) -> None:
    declare(built, True)
    provider = seen(built)["海岳智造科技有限公司"].id
    with built.store.writing("test") as writer:
        writer.retire(provider)
    after = seen(built)
    assert "海岳智造科技有限公司" not in after
    assert "dishonesty" in codes(after["设备联网看板"])


def test_a_flag_is_kept_in_the_generation(built: Built) -> None:
    declare(built, True)
    flagged = {name for name, match in seen(built).items() if "dishonesty" in codes(match)}
    built.build()
    assert built.matcher.reload()
    assert {name for name, one in seen(built).items() if "dishonesty" in codes(one)} == flagged
