"""Generations: written once, published by one rename, checked when loaded, kept for rollback."""

from __future__ import annotations

import errno
import json
import os
import shutil
import subprocess
import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import matcher.index.generation as generation
from catalog.errors import Bilingual, StoreUnavailable
from catalog.records import Solution
from matcher.engine import Matcher
from matcher.errors import BuildFailed, GenerationCorrupt, ModelMismatch
from matcher.index.build import build_generation, made_with, shipped_analyzer
from matcher.index.generation import (
    current_id,
    generations_directory,
    list_generations,
    load_generation,
    open_needs,
)
from matcher.understanding.function_words import trade_words, word_table
from tests.conftest import NOW, Built
from tests.fakes import CONSTANTS, HashEncoder
from tests.matcher.conftest import QUERY, add, ids

ROOT = Path(__file__).parents[2]


def files_of(data: Path) -> dict[str, bytes]:
    root = generations_directory(data)
    return {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in root.rglob("*")
        if path.is_file()
    }


def load(built: Built, identity: str | None = None) -> Any:
    analyzer = shipped_analyzer(built.taxonomy)
    return load_generation(built.data, identity or built.info.id, built.encoder.space, analyzer)


class TestBuilding:
    def test_twice_the_same_gives_the_same_and_writes_nothing(self, built: Built) -> None:
        before, encoded = files_of(built.data), built.encoder.calls
        again = build_generation(
            built.store,
            built.data,
            built.encoder,
            built.taxonomy,
            now=lambda: NOW + timedelta(days=1),
        )
        assert again == built.info
        assert files_of(built.data) == before
        assert built.encoder.calls == encoded
        assert len(list_generations(built.data)) == 1

    def test_words_of_functions_are_kept_without_their_zeros(self, built: Built) -> None:
        analyzer, kept = shipped_analyzer(built.taxonomy), load(built).functions
        made = word_table(kept.codes, analyzer, trade_words(built.taxonomy))
        assert kept.words.rows == made.rows
        assert np.array_equal(kept.words.table, made.table)
        file = generations_directory(built.data) / built.info.id / "functions.npz"
        assert file.stat().st_size < made.table.nbytes / 10

    def test_it_says_what_it_was_made_with(
        self, built: Built, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (info,) = list_generations(built.data)
        space = built.encoder.space
        assert info.made_with == made_with(space) != made_with("another")
        # Sentences or constants of another version: a build is due.
        with monkeypatch.context() as patched:
            patched.setattr("matcher.index.build.source_key", lambda *_: "other sentences")
            assert made_with(space) != info.made_with
        constants = replace(CONSTANTS, function=0.2)
        monkeypatch.setattr("matcher.index.build.shipped_constants", lambda: constants)
        assert made_with(space) != info.made_with

    def test_another_process_gives_the_same(self, built: Built) -> None:
        """Nothing depends on the order of a set, which differs from process to process."""
        code = (
            "import sys; from pathlib import Path; from catalog.store import Store;"
            "from catalog.taxonomy import Taxonomy; from matcher.index.build import build_generation;"
            "from tests.fakes import HashEncoder, quick_build; data = Path(sys.argv[1]);"
            "store = Store.open(data)\n"
            "with quick_build():"
            " print(build_generation(store, data, HashEncoder(), Taxonomy.shipped()).id)"
        )
        done = subprocess.run(
            [sys.executable, "-c", code, str(built.data)],
            env={**os.environ, "PYTHONHASHSEED": "12345", "PYTHONPATH": str(ROOT)},
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=True,
        )
        assert done.stdout.strip() == built.info.id

    def test_what_it_says_of_itself(self, built: Built) -> None:
        info = built.info
        assert (info.offers, info.needs, info.space) == (11, 1, "hash-64")
        assert info.sequence == built.store.sequence()
        assert info.built_at == "2026-11-01T08:00:00+00:00"
        assert info.id.startswith(f"g{info.sequence:07d}-")
        (listed,) = list_generations(built.data)
        assert listed.current and listed.id == info.id == current_id(built.data)

    def test_an_empty_store_is_built_and_asked(self, built: Built, tmp_path: Path) -> None:
        from catalog.store import Store

        empty = Store.open(tmp_path / "empty")
        info = build_generation(empty, tmp_path / "empty", built.encoder, built.taxonomy)
        assert (info.offers, info.needs) == (0, 0)
        served = Matcher.open(empty, tmp_path / "empty", built.encoder, built.taxonomy)
        assert served.match(QUERY).considered == 0
        with empty.writing("test") as writer:
            identity = writer.put(Solution(name="换模助手")).id
        assert [match.id for match in served.match(QUERY).solutions] == [identity]
        empty.close()

    def test_progress_is_told(self, built: Built) -> None:
        add(built, "新产品")
        seen: list[tuple[str, int, int]] = []
        build_generation(
            built.store,
            built.data,
            built.encoder,
            built.taxonomy,
            lambda step, done, total: seen.append((step, done, total)),
        )
        assert ("offers", 1, 1) in seen and seen[-1] == ("write", 1, 1)

    def test_nothing_is_pickled(self, built: Built) -> None:
        directory = generations_directory(built.data) / built.info.id
        names = [path for path in directory.rglob("*") if path.is_file()]
        assert {path.suffix for path in names} <= {".npy", ".npz", ".json", ".jsonl", ".onnx"}
        for path in names:
            if path.suffix in (".npy", ".npz"):
                loaded = np.load(path, allow_pickle=False)
                arrays = loaded.values() if path.suffix == ".npz" else [loaded]
                assert all(array.dtype != object for array in arrays)
            elif path.suffix != ".onnx":
                json.loads(path.read_text(encoding="utf-8"))

    def test_a_generation_reads_back_as_it_was_written(self, built: Built) -> None:
        found = load(built)
        assert len(found.offer_ids) == len(found.columns) == len(found.offers) == 11
        assert list(found.offer_ids) == sorted(found.offer_ids)
        assert found.offers.dtype == np.float32
        assert np.linalg.norm(found.offers, axis=1) == pytest.approx(np.ones(11), abs=1e-5)
        needs = open_needs(built.data, built.info.id)
        assert len(needs) == 1 and needs.id_of(0).startswith("need-")
        assert needs.rows(np.array([0])).vectors.shape == (1, 64)
        case = found.offer_ids.index(built.ids["塑料件厂停机减少三成"])
        assert found.provider_ids[case] == built.ids["海岳智造科技有限公司"]
        assert found.solution_ids[case] == built.ids["设备联网看板"]


class Crash(BaseException):
    """The end of the process, as far as the build can see."""


class TestCrash:
    @pytest.mark.parametrize("place", ["replace", "publish", "_prune"])
    def test_between_build_and_publish_the_old_one_serves(
        self, built: Built, monkeypatch: pytest.MonkeyPatch, place: str
    ) -> None:
        add(built, "新产品")
        before = built.matcher.match(QUERY)

        def crash(*_: object) -> None:
            raise Crash

        with monkeypatch.context() as patched:
            target = generation.os if place == "replace" else generation
            patched.setattr(target, place, crash)
            with pytest.raises(Crash):
                built.build()
        published = place == "_prune"
        assert (current_id(built.data) == built.info.id) is not published
        assert built.matcher.reload() is published
        assert ids(built.matcher.match(QUERY)) == ids(before)
        after = built.build()
        assert current_id(built.data) == after.id != built.info.id
        assert leftovers(built.data) == []
        assert built.matcher.reload() is not published
        assert built.matcher.generation == after.id

    def test_what_a_killed_build_left_is_cleared_away(self, built: Built) -> None:
        root = generations_directory(built.data)
        (root / "building-999999").mkdir()
        (root / "building-999999" / "offers.npy").write_bytes(b"half")
        (root / "CURRENT.new").write_text("g-half")
        add(built, "新产品")
        assert built.open().generation == built.info.id
        after = built.build()
        assert leftovers(built.data) == [] and current_id(built.data) == after.id

    @pytest.mark.parametrize("function", ["save", "savez"])
    def test_a_full_disk(
        self, built: Built, monkeypatch: pytest.MonkeyPatch, function: str
    ) -> None:
        add(built, "新产品")
        before = files_of(built.data)

        def full(*_: object, **__: object) -> None:
            raise OSError(errno.ENOSPC, "No space left on device")

        with monkeypatch.context() as patched:
            patched.setattr(np, function, full)
            with pytest.raises(BuildFailed) as caught:
                built.build()
        assert "No space left" in caught.value.message.zh
        assert "原来的索引仍在使用" in caught.value.hint.zh
        assert files_of(built.data) == before and leftovers(built.data) == []
        assert built.matcher.reload() is False
        assert built.matcher.match(QUERY).generation == built.info.id
        assert built.build().id == current_id(built.data) != built.info.id

    def test_a_first_build_that_fails_promises_no_earlier_one(
        self, built: Built, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        shutil.rmtree(generations_directory(built.data))

        def broken(*_: object) -> None:
            raise StoreUnavailable(Bilingual("坏了", "broken"), Bilingual("恢复备份", "restore it"))

        monkeypatch.setattr(built.store, "iterate", broken)
        with pytest.raises(BuildFailed) as caught:
            built.build()
        assert caught.value.message == Bilingual(
            "索引没有建成：坏了", "the generation was not built: broken"
        )
        assert caught.value.hint == Bilingual("恢复备份", "restore it")


def leftovers(data: Path) -> list[str]:
    root = generations_directory(data)
    return [path.name for path in root.glob("building-*")] + [
        path.name for path in root.glob("*.new")
    ]


class TestTampering:
    def test_a_changed_byte_in_any_file(self, built: Built) -> None:
        directory = generations_directory(built.data) / built.info.id
        names = [path for path in directory.rglob("*") if path.is_file()]
        assert len(names) > 6

        def opened(path: Path) -> Any:
            """What reads ``path``: needs are opened only for leads."""
            needs = path.parent.name == "needs"
            return open_needs(built.data, built.info.id) if needs else load(built)

        for path in names:
            whole = path.read_bytes()
            for place in {0, len(whole) // 2, len(whole) - 1}:
                changed = bytearray(whole)
                changed[place] ^= 0x01
                path.write_bytes(bytes(changed))
                with pytest.raises(GenerationCorrupt):
                    opened(path)
            path.write_bytes(whole[: len(whole) // 2])
            with pytest.raises(GenerationCorrupt):
                opened(path)
            path.write_bytes(whole)
            opened(path)

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("constants", {"dense_weight": 1.0}),
            ("sequence", 0),
            ("offers", 3),
            ("versions", {}),
            ("versions", None),
            ("checksums", {}),
            ("format", 99),
            ("space", None),
        ],
    )
    def test_a_changed_manifest(self, built: Built, field: str, value: object) -> None:
        path = generations_directory(built.data) / built.info.id / "manifest.json"
        manifest = json.loads(path.read_text(encoding="utf-8"))
        path.write_text(json.dumps({**manifest, field: value}), encoding="utf-8")
        with pytest.raises((GenerationCorrupt, ModelMismatch)):
            load(built)
        del manifest[field]
        path.write_text(json.dumps(manifest), encoding="utf-8")
        with pytest.raises(GenerationCorrupt):
            load(built)

    def test_a_missing_manifest(self, built: Built) -> None:
        (generations_directory(built.data) / built.info.id / "manifest.json").unlink()
        with pytest.raises(GenerationCorrupt) as caught:
            built.open()
        assert caught.value.hint.zh and built.info.id in caught.value.message.en
        assert list_generations(built.data) == []

    def test_a_missing_or_additional_file(self, built: Built) -> None:
        directory = generations_directory(built.data) / built.info.id
        (directory / "extra.npy").write_bytes(b"x")
        with pytest.raises(GenerationCorrupt):
            load(built)
        (directory / "extra.npy").unlink()
        (directory / "means.npz").unlink()
        with pytest.raises(GenerationCorrupt):
            load(built)

    def test_a_build_repairs_what_was_damaged(self, built: Built) -> None:
        """The advice that comes with the error: build again."""
        (generations_directory(built.data) / built.info.id / "offers.npy").write_bytes(b"x")
        with pytest.raises(GenerationCorrupt):
            built.open()
        assert built.build().id == built.info.id
        assert built.open().match(QUERY).considered == 11

    def test_an_old_damaged_generation_is_in_nobodys_way(self, built: Built) -> None:
        (generations_directory(built.data) / built.info.id / "manifest.json").write_text("{")
        add(built, "新产品")
        after = built.build()
        assert current_id(built.data) == after.id
        assert [info.id for info in list_generations(built.data)] == [after.id]
        assert built.matcher.reload() and built.matcher.generation == after.id

    def test_another_model(self, built: Built) -> None:
        with pytest.raises(ModelMismatch) as caught:
            Matcher.open(built.store, built.data, HashEncoder("other-space"), built.taxonomy)
        assert "other-space" in caught.value.message.zh and "hash-64" in caught.value.message.en
