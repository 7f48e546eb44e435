"""Vectors that nothing uses are forgotten, once there are many; nothing that is used ever is."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

import matcher.index.build
from catalog.errors import Bilingual, StoreUnavailable
from catalog.kept import kept_vectors
from catalog.records import Solution
from catalog.store import Store
from matcher.index.embedding import Side, embed
from matcher.index.fitted import fitted_offers, fitted_sentences
from matcher.index.pruning import SPARE, prune_kept
from tests.conftest import Built
from tests.fakes import HashEncoder

NONE: dict[Side, int] = {"offer": 0, "need": 0}


@pytest.fixture
def encoder(quick_builds: None) -> HashEncoder:
    return HashEncoder("one")


def test_only_unused_vectors_are_forgotten(
    store: Store, encoder: HashEncoder, tmp_path: Path
) -> None:
    old = [f"旧文 {number}" for number in range(5_000)]
    offers, needs = [*old[:10], "新文", "新文"], ["停机", *old[10:12]]
    sentences, examples = list(fitted_sentences()), fitted_offers()
    for texts, side in ((old + offers + examples, "offer"), (old + needs + sentences, "need")):
        embed(store, encoder, side, texts)  # type: ignore[arg-type]
    assert prune_kept(store, tmp_path, "one", "v1", offers, needs, NONE) == 4_990 + 4_998
    assert kept_vectors(store).count("one/offer") == 11 + len(set(examples))
    assert kept_vectors(store).count("one/need") == 3 + len(set(sentences))
    encoder.calls = 0
    embed(store, encoder, "offer", [*offers, *examples])
    embed(store, encoder, "need", [*needs, *sentences])
    assert encoder.calls == 0
    assert prune_kept(store, tmp_path, "one", "v1", offers, needs, NONE) == 0


def test_a_few_unused_ones_stay(store: Store, encoder: HashEncoder, tmp_path: Path) -> None:
    embed(store, encoder, "offer", [f"文 {number}" for number in range(30)] + fitted_offers())
    allowed: dict[Side, int] = {"offer": 20, "need": 0}
    assert prune_kept(store, tmp_path, "one", "v1", ["文 1"] * 10, [], allowed) == 29
    embed(store, encoder, "offer", [f"文 {number}" for number in range(21)])
    assert prune_kept(store, tmp_path, "one", "v1", ["文 1"], [], allowed) == 0
    assert prune_kept(store, tmp_path, "one", "v1", [], []) == 0 and min(SPARE.values()) > 1_000


def test_texts_are_not_gone_through_for_a_few(
    store: Store, encoder: HashEncoder, tmp_path: Path
) -> None:
    def texts() -> Iterator[str]:
        raise AssertionError("all needs were read")
        yield

    embed(store, encoder, "need", ["停机"])
    assert prune_kept(store, tmp_path, "one", "v1", texts(), texts()) == 0


def test_spaces_stay_as_long_as_a_generation_of_theirs(built: Built) -> None:
    other = HashEncoder("other")
    embed(built.store, other, "offer", ["文"])
    assert set(kept_vectors(built.store).spaces()) == {
        "hash-64/need",
        "hash-64/offer",
        "other/offer",
    }
    prune_kept(built.store, built.data, "new", "v1", [], [])
    assert set(kept_vectors(built.store).spaces()) == {"hash-64/need", "hash-64/offer"}
    assert kept_vectors(built.store).hashes("other/offer", "", 10) == []


def test_a_build_prunes(built: Built, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("matcher.index.pruning.SPARE", NONE)
    identity = built.ids["设备联网看板"]
    with built.store.writing("test") as writer:
        writer.replace(identity, Solution(name="换了", description="全新的说明"))
    before = kept_vectors(built.store).count("hash-64/offer")
    built.build()
    assert kept_vectors(built.store).count("hash-64/offer") == before
    calls = built.encoder.calls
    built.build()
    assert built.encoder.calls == calls


def test_a_store_that_cannot_be_written_does_not_undo_the_build(
    built: Built, monkeypatch: pytest.MonkeyPatch
) -> None:
    def locked(*_: object) -> int:
        raise StoreUnavailable(Bilingual("锁着", "locked"), Bilingual("等", "wait"))

    monkeypatch.setattr(matcher.index.build, "prune_kept", locked)
    with built.store.writing("test") as writer:
        writer.retire(built.ids["设备联网看板"])
    assert built.build().id != built.info.id
