"""Who a provider is – name, place, ownership, size – neither stands in a text nor moves an order."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from catalog.records import Case, Kind, Need, Provider, Record, Reference, Size, Solution
from catalog.store import Store
from catalog.taxonomy import Taxonomy
from catalog.validate import Validator
from catalog.wording import normalised
from matcher.config import shipped_constants
from matcher.engine import Matcher
from matcher.index.build import build_generation
from matcher.text import offer_text
from matcher.types import MatchQuery
from tests.conftest import clock
from tests.fakes import HashEncoder, quick_build

SAMPLES = sorted((Path(__file__).parents[2] / "samples").glob("demonstration-*.jsonl"))
OWNERSHIP = ("private", "state", "foreign", "mixed", "collective")
OWNERSHIP_ZH = ("民营", "国有", "外资", "合资", "集体所有")
NEEDS = 30


@pytest.fixture(scope="module")
def samples(taxonomy: Taxonomy) -> list[Record]:
    validator, found = Validator(taxonomy), []
    for path in SAMPLES:
        for line, text in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
            record = validator.object(path.name, line, json.loads(text)).record
            assert record is not None, f"{path.name}:{line}"
            found.append(record)
    assert len(found) > 500
    return found


@pytest.fixture(scope="module")
def filled(samples: list[Record], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    store = Store.open(tmp_path_factory.mktemp("samples"))
    with store.writing("test") as writer:
        for record in sorted(samples, key=lambda one: list(Kind).index(one.kind)):
            writer.put(record)
    yield store
    store.close()


def test_no_text_says_who_the_provider_is(filled: Store) -> None:
    providers = {one.id: one.record for one in filled.iterate(Kind.PROVIDER)}
    checked = 0
    for stored in filled.iterate(Kind.SOLUTION, Kind.CASE, Kind.PROVIDER):
        record = stored.record
        reference = getattr(record, "provider", None)
        provider = (
            record
            if isinstance(record, Provider)
            else providers.get(reference.id)
            if reference
            else None
        )
        if not isinstance(provider, Provider):
            continue
        text = offer_text(record)
        assert normalised(provider.name) not in text
        name = "" if isinstance(record, Provider) else record.name
        labels = [one.label for field in ("sectors", "scenarios") for one in getattr(record, field)]
        own = normalised("。".join([name, *labels, getattr(record, "description", "")]))
        for word in (provider.registered_place, *OWNERSHIP, *OWNERSHIP_ZH):
            if word and normalised(word) in text:
                assert normalised(word) in own, (record.name, word)
        checked += 1
    assert checked > 300


def orders(store: Store, data: Path, taxonomy: Taxonomy, needs: list[str]) -> list[list[str]]:
    encoder = HashEncoder()
    # Fitted to all examples, a reader of this encoder's vectors would take minutes and tell no more.
    with quick_build(shipped_constants()):
        build_generation(store, data, encoder, taxonomy, now=clock)
    matcher = Matcher(store, data, encoder, taxonomy, clock)
    found = []
    for text in needs:
        answer = matcher.match(MatchQuery(text=text, limit=20))
        found.append([m.id for m in (*answer.solutions, *answer.providers, *answer.cases)])
        assert len(answer.providers) > 5
    return found


def test_the_order_does_not_change_with_who_the_provider_is(
    filled: Store, taxonomy: Taxonomy, tmp_path: Path
) -> None:
    needs = [one.record.text for one in filled.iterate(Kind.NEED) if isinstance(one.record, Need)]
    needs = sorted(needs)[:: max(1, len(needs) // NEEDS)][:NEEDS]
    assert len(needs) == NEEDS
    before = orders(filled, tmp_path / "before", taxonomy, needs)
    names: dict[str, tuple[str, str]] = {}
    with filled.writing("test") as writer:
        for number, stored in enumerate(list(filled.iterate(Kind.PROVIDER))):
            old = stored.record
            assert isinstance(old, Provider)
            new = f"改名第{number}号智能科技集团有限公司"
            names[stored.id] = (old.name, new)
            changed = {
                "name": new,
                "description": old.description.replace(old.name, new),
                "ownership": OWNERSHIP[(OWNERSHIP.index(old.ownership or "private") + 1) % 5],
                "registered_place": "拉萨",
                "size": Size.LARGE if old.size is not Size.LARGE else Size.MICRO,
            }
            writer.replace(stored.id, old.model_copy(update=changed))
    with filled.writing("test") as writer:
        for stored in list(filled.iterate(Kind.SOLUTION, Kind.CASE)):
            record = stored.record
            assert isinstance(record, Solution | Case)
            if record.provider is None or record.provider.id is None:
                continue
            old_name, new = names[record.provider.id]
            changed = {
                "provider": Reference(name=new, id=record.provider.id),
                "description": record.description.replace(old_name, new),
            }
            writer.replace(stored.id, record.model_copy(update=changed))
    assert len(names) > 50
    assert orders(filled, tmp_path / "after", taxonomy, needs) == before
