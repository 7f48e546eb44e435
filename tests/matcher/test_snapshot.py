"""A snapshot brought up to date change by change is the one that is taken anew."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable
from dataclasses import fields
from typing import Any

import numpy as np
import pytest

from catalog.errors import Bilingual, StoreUnavailable
from catalog.kept import KeptTexts
from catalog.records import (
    Case,
    Effect,
    Kind,
    Label,
    Package,
    Provider,
    Record,
    Reference,
    Solution,
)
from catalog.store import Store
from matcher.index.build import shipped_analyzer
from matcher.index.columns import Columns
from matcher.index.generation import load_generation
from matcher.index.overlay import take_snapshot
from matcher.index.snapshot import Snapshot
from matcher.types import MatchQuery
from tests.conftest import Built

NEEDS = ("换模慢，设备老停机查不出原因", "质检漏检", "订单进度看不见")
WORDS = ("停机", "换模", "质检", "看板", "进度", "MES")
PROVIDERS = ("海岳智造科技有限公司", "标尺质检技术有限公司", "新来的公司")
SCENARIOS = (Label(label="设备管理", nodes=("S3-4",)), Label(label="质量管理", nodes=("S3-3",)))


def taken(built: Built, before: Snapshot | None = None) -> Snapshot:
    analyzer = shipped_analyzer(built.taxonomy)
    generation = (
        before.generation
        if before
        else load_generation(built.data, built.info.id, built.encoder.space, analyzer)
    )
    return take_snapshot(generation, built.store, built.encoder, built.taxonomy, analyzer, before)


def facts(snapshot: Snapshot) -> dict[str, dict[str, Any]]:
    """What a snapshot knows of each active record, whatever its row is."""
    ids, found = snapshot.ids, {}
    size = len(snapshot.generation.offer_ids)
    for row in np.flatnonzero(snapshot.active).tolist():
        owner = int(snapshot.provider_row[row])
        later = row - size
        vectors = snapshot.index.vectors if later < 0 else snapshot.later_vectors
        found[ids[row]] = {
            "provider": ids[owner] if owner >= 0 and snapshot.active[owner] else None,
            "cases": [ids[case] for case in snapshot.cases_of.get(ids[row], ())],
            "vector": vectors[row if later < 0 else later].tolist(),
            "row": snapshot.row_of(ids[row]) == row,
            **{
                one.name: getattr(snapshot.columns, one.name)[row].tolist()
                for one in fields(Columns)
            },
        }
    return found


def scores(built: Built, snapshot: Snapshot, need: str) -> dict[str, list[float]]:
    """Dense and lexical score of each active record."""
    tokens = shipped_analyzer(built.taxonomy).tokens(need)
    dense = snapshot.dense(built.encoder.encode_needs([need])[0])
    lexical = snapshot.lexical(tokens)
    assert dense.dtype == lexical.dtype == np.float32 and len(dense) == len(snapshot.ids)
    rows = np.flatnonzero(snapshot.active).tolist()
    return {snapshot.ids[row]: [float(dense[row]), float(lexical[row])] for row in rows}


def assert_same(built: Built, one: Snapshot, other: Snapshot, words: bool = True) -> None:
    """Every fact is the same to the last bit; vectors and scores up to the rounding of float32."""
    left, right = facts(one), facts(other)
    assert left.keys() == right.keys()
    for identity, found in left.items():
        wanted = right[identity]
        assert found.pop("vector") == pytest.approx(wanted.pop("vector"), abs=1e-6)
        assert found == wanted
    for need in NEEDS if words else ():
        mine, theirs = scores(built, one, need), scores(built, other, need)
        for identity, found in mine.items():
            assert found == pytest.approx(theirs[identity], abs=1e-6)


def change(rng: random.Random, store: Store) -> None:
    """Any change: a record comes, is completed, moves, goes or comes back."""
    stored = list(store.iterate(*Kind, status=None))
    solutions = [one.record.name for one in stored if one.record.kind is Kind.SOLUTION]
    kind = rng.choice(("provider", "solution", "case", "replace", "replace", "status", "status"))
    words = "，".join(rng.sample(WORDS, 3))
    with store.writing("test") as writer:
        if kind == "status":
            one = rng.choice(stored)
            (writer.retire if one.status == "active" else writer.restore)(one.id)
        elif kind == "replace":
            one = rng.choice([one for one in stored if one.record.kind in ("solution", "case")])
            assert isinstance(one.record, Solution | Case)
            update: dict[str, Any] = rng.choice(
                (
                    {"description": words},
                    {"provider": Reference(name=rng.choice(PROVIDERS))},
                    {"provider": None},
                    {"scenarios": (rng.choice(SCENARIOS),)},
                )
            )
            if isinstance(one.record, Case) and rng.random() < 0.6:
                update = {"solution": Reference(name=rng.choice(solutions))}
            writer.replace(one.id, one.record.model_copy(update=update))
        else:
            writer.put(new(kind, rng, words, solutions))


def new(kind: str, rng: random.Random, words: str, solutions: list[str]) -> Record:
    name, provider = f"{words}{rng.randrange(1000)}", Reference(name=rng.choice(PROVIDERS))
    if kind == "provider":
        return Provider(name=rng.choice((*PROVIDERS, name)), description=words)
    if kind == "solution":
        packages = (Package(price_cny=rng.randrange(100) * 1000),)
        return Solution(name=name, provider=provider, description=words, packages=packages)
    return Case(
        name=name,
        provider=provider,
        solution=Reference(name=rng.choice(solutions)),
        description=words,
        accepted=rng.choice((True, None)),
        effects=(Effect(metric="停机", before=9, after=rng.randrange(9)),) * rng.randrange(3),
    )


@pytest.mark.parametrize("seed", range(6))
def test_change_by_change_is_as_all_at_once(built: Built, seed: int) -> None:
    rng = random.Random(seed)
    snapshot = taken(built)
    for _ in range(12):
        for _ in range(rng.choice((1, 1, 4))):
            change(rng, built.store)
        snapshot = taken(built, snapshot)
        anew = taken(built)
        assert snapshot.sequence == anew.sequence == built.store.sequence()
        assert_same(built, snapshot, anew)


@pytest.mark.parametrize("seed", range(3))
def test_a_rebuild_only_thaws_the_words(built: Built, seed: int) -> None:
    """Rebuilt, every fact of every offer is the same; idf, average length and means alone move."""
    rng = random.Random(seed)
    for _ in range(10):
        change(rng, built.store)
        built.matcher.match(MatchQuery(NEEDS[0]))
    later = built.matcher.score(MatchQuery(NEEDS[0])).snapshot
    built.build()
    built.matcher.reload()
    rebuilt = built.matcher.score(MatchQuery(NEEDS[0])).snapshot
    assert rebuilt.later_tokens == ()
    assert_same(built, later, rebuilt, words=False)


def test_an_earlier_snapshot_stays_as_it_was(built: Built) -> None:
    rng = random.Random(5)
    first = taken(built)
    change(rng, built.store)
    second = taken(built, first)
    before = facts(first), facts(second), [scores(built, one, NEEDS[0]) for one in (first, second)]
    for _ in range(20):
        change(rng, built.store)
    third = taken(built, second)
    assert before == (
        facts(first),
        facts(second),
        [scores(built, one, NEEDS[0]) for one in (first, second)],
    )
    assert third.index is first.index and third.built is first.built


def test_a_record_that_changes_often_takes_one_row(built: Built) -> None:
    identity, snapshot = built.ids["设备联网看板"], taken(built)
    record = built.store.get(identity).record
    for number in range(5):
        with built.store.writing("test") as writer:
            writer.replace(identity, record.model_copy(update={"description": f"停机{number}"}))
        snapshot = taken(built, snapshot)
    assert len(snapshot.later_tokens) == 1 and snapshot.ids.count(identity) == 2


def test_one_change_reads_and_encodes_one_record(
    built: Built, monkeypatch: pytest.MonkeyPatch
) -> None:
    with built.store.writing("test") as writer:
        for number in range(30):
            writer.put(Solution(name=f"产品{number}", description=f"第{number}号"))
    snapshot = taken(built)
    read: list[str] = []
    original: Callable[..., Any] = Store.get_many

    def counted(self: Store, ids: Iterable[str]) -> Any:
        wanted = list(ids)
        read.extend(wanted)
        return original(self, wanted)

    monkeypatch.setattr(Store, "get_many", counted)
    calls = built.encoder.calls
    with built.store.writing("test") as writer:
        identity = writer.put(Solution(name="唯一", description="唯一的变更")).id
    assert taken(built, snapshot).row_of(identity) >= 0
    assert read == [identity] and built.encoder.calls == calls + 1


def test_changes_of_other_kinds_cost_no_work(built: Built) -> None:
    snapshot = taken(built)
    with built.store.writing("test") as writer:
        writer.retire(built.ids["顺达塑料制品厂"])
    after = taken(built, snapshot)
    assert after.sequence == built.store.sequence() > snapshot.sequence
    assert after.columns is snapshot.columns and after.ids is snapshot.ids


def test_an_import_that_holds_the_lock_delays_no_answer(
    built: Built, monkeypatch: pytest.MonkeyPatch
) -> None:
    with built.store.writing("test") as writer:
        identity = writer.put(Solution(name="唯一", description="唯一的变更")).id

    def held(*_: object) -> None:
        raise StoreUnavailable(Bilingual("锁着", "locked"), Bilingual("等", "wait"))

    with monkeypatch.context() as patched:
        patched.setattr(KeptTexts, "keep", held)
        found = built.matcher.match(MatchQuery("唯一的变更"))
    assert found.solutions[0].id == identity
    calls = built.encoder.calls
    built.build()
    assert built.encoder.calls == calls + 1
