"""What the store holds comes back as it was, whatever the record."""

from __future__ import annotations

import json

import pytest
from pydantic import ValidationError

from catalog.bodies import as_json, record_of
from catalog.records import Enterprise, Kind, Record, Solution
from catalog.store import Store


def test_every_record_comes_back_from_the_store_as_it_was(
    store: Store, tiny_catalogue: tuple[Record, ...]
) -> None:
    city = Enterprise(name="试点", city="浙江省宁波市", scenario_levels={"S3-4": 2})
    with store.writing("test") as writer:
        ids = [writer.put(record).id for record in (*tiny_catalogue, city)]
    quick, checked = store.records(ids), store.get_many(ids)
    assert [quick[one] for one in ids] == [checked[one].record for one in ids]
    assert [type(quick[one]) for one in ids] == [type(checked[one].record) for one in ids]


def test_chinese_is_held_as_it_is() -> None:
    assert as_json({"name": "换模"}) == '{"name":"换模"}'
    assert as_json("a\udcb5b").isascii() and json.loads(as_json("a\udcb5b")) == "a\udcb5b"


def test_what_is_no_body_is_refused() -> None:
    with pytest.raises(ValidationError):
        record_of(Kind.SOLUTION, '{"kind":"solution"}')
    with pytest.raises(ValidationError):
        record_of(Kind.SOLUTION, Solution(name="x").model_dump_json()[:-1])
