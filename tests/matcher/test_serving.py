"""Which generation serves: the newest that is whole, swapped while running, rolled back when asked."""

from __future__ import annotations

from pathlib import Path

import pytest

from matcher.engine import Matcher
from matcher.errors import GenerationCorrupt, ModelMismatch, NoGeneration
from matcher.index.generation import (
    KEPT,
    current_id,
    generations_directory,
    list_generations,
    rollback,
)
from tests.conftest import Built
from tests.matcher.conftest import QUERY, add, ids


def test_nothing_built_yet(built: Built, tmp_path: Path) -> None:
    with pytest.raises(NoGeneration):
        Matcher.open(built.store, tmp_path / "elsewhere", built.encoder, built.taxonomy)
    with pytest.raises(NoGeneration):
        rollback(built.data, "g0000000-deadbeef", built.encoder.space)
    assert current_id(built.data) == built.info.id


def test_reload_swaps(built: Built) -> None:
    identity = add(built, "换模停机助手")
    assert built.matcher.reload() is False
    assert identity in ids(built.matcher.match(QUERY))
    assert built.matcher.later_rows == 1
    after = built.build()
    assert built.matcher.reload() is True and built.matcher.reload() is False
    assert (built.matcher.generation, built.matcher.later_rows) == (after.id, 0)
    assert identity in ids(built.matcher.match(QUERY))


def test_a_damaged_newer_one_leaves_the_older_serving(built: Built) -> None:
    identity = add(built, "换模停机助手")
    after = built.build()
    (generations_directory(built.data) / after.id / "columns.npz").write_bytes(b"x")
    with pytest.raises(GenerationCorrupt):
        built.matcher.reload()
    answer = built.matcher.match(QUERY)
    assert answer.generation == built.info.id and identity in ids(answer)


def test_rollback_serves_the_older_with_later_changes(built: Built) -> None:
    identity = add(built, "换模停机助手")
    after = built.build()
    info = rollback(built.data, built.info.id, built.encoder.space)
    assert info.id == current_id(built.data) == built.info.id
    served = built.open()
    assert served.later_rows == 1 and identity in ids(served.match(QUERY))
    marks = {one.id: one.current for one in list_generations(built.data)}
    assert marks == {built.info.id: True, after.id: False}


@pytest.mark.parametrize("damaged", ["columns.npz", "needs/vectors.npy", "manifest.json"])
def test_rollback_to_a_damaged_one_leaves_the_current(built: Built, damaged: str) -> None:
    add(built, "换模停机助手")
    after = built.build()
    file = generations_directory(built.data) / built.info.id / damaged
    assert file.is_file()
    file.write_bytes(b"x")
    with pytest.raises(GenerationCorrupt):
        rollback(built.data, built.info.id, built.encoder.space)
    assert current_id(built.data) == after.id


def test_rollback_to_one_of_another_model_leaves_the_current(built: Built) -> None:
    add(built, "换模停机助手")
    after = built.build()
    with pytest.raises(ModelMismatch):
        rollback(built.data, built.info.id, "other-space")
    assert current_id(built.data) == after.id


def test_only_a_few_are_kept(built: Built) -> None:
    made = [built.info.id]
    for number in range(KEPT + 1):
        add(built, f"新产品{number}")
        made.append(built.build().id)
    assert [info.id for info in list_generations(built.data)] == made[-KEPT:]
    assert current_id(built.data) == made[-1]
    directories = [one for one in generations_directory(built.data).iterdir() if one.is_dir()]
    assert len(directories) == KEPT
