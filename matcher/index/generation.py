"""Immutable generations: a directory written once, published by one rename, checked when loaded.

Built in a temporary directory, fsynced, manifest last, pointer replaced; a crash between build and
publish leaves the serving generation as it was. Nothing is pickled.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from catalog.errors import Bilingual
from catalog.unavailable import not_written
from matcher.errors import GenerationCorrupt, ModelMismatch, NoGeneration
from matcher.index.analyzer import Analyzer
from matcher.index.parts import Generation, GenerationInfo, read_parts, write_parts
from matcher.needs.index import NeedIndex

__all__ = [
    "Generation",
    "GenerationInfo",
    "current_id",
    "generations_directory",
    "list_generations",
    "load_generation",
    "open_needs",
    "publish",
    "read_info",
    "rollback",
    "write_generation",
]

FORMAT = 8
KEPT = 3
"""Generations kept for rollback, the current one included."""
_POINTER = "CURRENT"
_MANIFEST = "manifest.json"
_NEEDS = "needs"
"""The folder that only leads read: checked when it is opened, so that a match waits for none of it."""

Vectors = NDArray[np.float32]


def generations_directory(data: Path) -> Path:
    """Where generations lie in the data directory."""
    return data / "generations"


def write_generation(
    data: Path,
    parts: Generation,
    versions: dict[str, str],
    built_at: str,
    write_needs: Callable[[Path], int],
) -> GenerationInfo:
    """Write and publish a generation; ``parts.info`` gives sequence and space, its id is made here.

    ``write_needs`` writes the needs into the folder that it is given, and tells their number.
    The id comes from the content: building the same data again gives the generation that is there.
    """
    root = generations_directory(data)
    root.mkdir(parents=True, exist_ok=True)
    for abandoned in root.glob("building-*"):
        shutil.rmtree(abandoned, ignore_errors=True)
    work = root / f"building-{os.getpid()}"
    work.mkdir()
    try:
        needs = write_needs(work / _NEEDS)
        write_parts(work, parts)
        checksums = _checksums(work)
        content = {
            "format": FORMAT,
            "sequence": parts.info.sequence,
            "space": parts.info.space,
            "offers": len(parts.offer_ids),
            "needs": needs,
            "versions": versions,
            "constants": parts.constants.as_dict(),
            "checksums": checksums,
        }
        identity = _identity(content)
        manifest = {"id": identity, "built_at": built_at, **content}
        _write_synced(work / _MANIFEST, json.dumps(manifest, ensure_ascii=False, indent=1))
        _sync_directory(work)
        target = root / identity
        if not _intact(target):
            shutil.rmtree(target, ignore_errors=True)
            os.replace(work, target)
            _sync_directory(root)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    publish(data, identity)
    _prune(data, identity)
    return read_info(data, identity)


def publish(data: Path, generation_id: str) -> None:
    """Make ``generation_id`` the current one.

    Raises:
        NoGeneration: there is no such generation.
    """
    root = _existing(data, generation_id).parent
    _write_synced(root / f"{_POINTER}.new", generation_id)
    os.replace(root / f"{_POINTER}.new", root / _POINTER)
    _sync_directory(root)


def current_id(data: Path) -> str:
    """Id of the current generation.

    Raises:
        NoGeneration: nothing has been built yet, or it is lost which one serves, or that one is.
    """
    current = _pointed(data)
    if current and (generations_directory(data) / current).is_dir():
        return current
    left = [info.id for info in list_generations(data)]
    if not current and not left:
        raise NoGeneration(
            Bilingual("还没有建立索引", "no generation has been built yet"),
            Bilingual(
                "请先导入目录，或运行 qingzhun build", "import a catalogue or run qingzhun build"
            ),
        )
    raise _lost(current, left)


def list_generations(data: Path) -> list[GenerationInfo]:
    """The generations on disk, newest last, the current one marked."""
    found = []
    for path in generations_directory(data).glob(f"g*/{_MANIFEST}"):
        # A damaged one can be neither served nor rolled back to.
        with suppress(GenerationCorrupt):
            found.append(read_info(data, path.parent.name))
    return sorted(found, key=lambda info: (info.built_at, info.id))


def rollback(data: Path, generation_id: str, space: str) -> GenerationInfo:
    """Serve an older generation again; later changes of the store are laid over it.

    ``space`` is that of the model that serves. A generation that it could not serve stays aside.

    Raises:
        NoGeneration: there is no such generation.
        GenerationCorrupt: a file is missing, cut short or changed, or the format is another.
        ModelMismatch: it was built in another vector space.
        StoreUnavailable: the data directory cannot be written.
    """
    directory = _existing(data, generation_id)
    manifest = _fitting_manifest(directory, space)
    for needs in (False, True):
        _check_files(directory, manifest, needs)
    try:
        publish(data, generation_id)
    except OSError as error:
        raise not_written(error) from error
    return read_info(data, generation_id)


def read_info(data: Path, generation_id: str) -> GenerationInfo:
    """What the manifest of a generation says, and whether it is the current one.

    Raises:
        GenerationCorrupt: the manifest is missing or cannot be read.
    """
    manifest = _manifest(generations_directory(data) / generation_id)
    return replace(_info(manifest), current=generation_id == _pointed(data))


def load_generation(data: Path, generation_id: str, space: str, analyzer: Analyzer) -> Generation:
    """Load a generation after checking every file of it.

    Raises:
        GenerationCorrupt: a file is missing, cut short or changed, or the format is another.
        ModelMismatch: it was built in another vector space.
    """
    directory = generations_directory(data) / generation_id
    manifest = _fitting_manifest(directory, space)
    if manifest["versions"]["analyzer"] != analyzer.version:
        raise _corrupt(directory, "分词版本不同", "another version of the analyzer")
    _check_files(directory, manifest, needs=False)
    try:
        return read_parts(directory, replace(_info(manifest), current=True), manifest["constants"])
    except (OSError, ValueError, KeyError) as error:
        raise _corrupt(directory, str(error), str(error)) from error


def open_needs(data: Path, generation_id: str) -> NeedIndex:
    """The needs of a generation, after checking their files.

    Raises:
        GenerationCorrupt: a file is missing, cut short or changed, or the format is another.
    """
    directory = generations_directory(data) / generation_id
    manifest = _manifest_of_this_format(directory)
    _check_files(directory, manifest, needs=True)
    try:
        return NeedIndex(directory / _NEEDS)
    except (OSError, ValueError, KeyError) as error:
        raise _corrupt(directory, str(error), str(error)) from error


def _info(manifest: dict[str, Any]) -> GenerationInfo:
    keys = ("id", "sequence", "built_at", "offers", "needs", "space")
    versions = manifest.get("versions") or {}
    said = {name: versions.get(name, "") for name in ("lexicon", "made_with")}
    return GenerationInfo(**{key: manifest[key] for key in keys}, **said)


def _identity(content: dict[str, Any]) -> str:
    digest = hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
    return f"g{content['sequence']:07d}-{digest[:8]}"


def _manifest(directory: Path) -> dict[str, Any]:
    """The manifest, whose content gives the directory its name."""
    try:
        manifest = json.loads((directory / _MANIFEST).read_text(encoding="utf-8"))
        content = {key: manifest[key] for key in manifest.keys() - {"id", "built_at"}}
        intact = _identity(content) == manifest["id"] == directory.name and manifest["built_at"]
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise _corrupt(directory, "清单缺失或损坏", "its manifest is missing or damaged") from error
    if not intact:
        raise _corrupt(directory, "清单被改动", "its manifest was changed")
    return dict(manifest)


def _manifest_of_this_format(directory: Path) -> dict[str, Any]:
    manifest = _manifest(directory)
    if manifest["format"] != FORMAT:
        raise _corrupt(directory, "格式版本不同", "another format version")
    return manifest


def _fitting_manifest(directory: Path, space: str) -> dict[str, Any]:
    """The manifest of a generation of this format that was built in ``space``."""
    manifest = _manifest_of_this_format(directory)
    if manifest["space"] != space:
        raise ModelMismatch(
            Bilingual(
                f"索引代用模型 {manifest['space']} 建立，当前模型是 {space}",
                f"the generation was built with model {manifest['space']}, the model now is {space}",
            ),
            Bilingual("请运行 qingzhun build 重新建立", "run qingzhun build to build it anew"),
        )
    return manifest


def _pointed(data: Path) -> str:
    """What the pointer says; empty when it is not there."""
    pointer = generations_directory(data) / _POINTER
    return pointer.read_text().strip() if pointer.is_file() else ""


def _lost(current: str, left: list[str]) -> NoGeneration:
    """The error that the ``current`` generation, or what tells it, is gone while others are ``left``."""
    message = Bilingual(
        f"找不到当前的索引代 {current}", f"the current generation {current} is not there"
    )
    if not current:
        message = Bilingual(
            "不知道用哪一代索引：generations/CURRENT 丢失或为空",
            "which generation serves is not known: generations/CURRENT is lost or empty",
        )
    back = f"qingzhun rollback {left[-1]}" if left else ""
    return NoGeneration(
        message,
        Bilingual(
            f"请运行 {back}，或 qingzhun build 重建" if back else "请运行 qingzhun build 重建",
            f"run {back}, or qingzhun build to build anew" if back else "run qingzhun build",
        ),
    )


def _existing(data: Path, generation_id: str) -> Path:
    """The directory of a generation that was finished."""
    directory = generations_directory(data) / generation_id
    if not (directory / _MANIFEST).is_file():
        raise NoGeneration(
            Bilingual(f"没有索引代 {generation_id}", f"there is no generation {generation_id}"),
            Bilingual("请运行 qingzhun generations 查看", "run qingzhun generations to see them"),
            field="generation",
        )
    return directory


def _intact(directory: Path) -> bool:
    try:
        return bool(_manifest(directory)["checksums"] == _checksums(directory))
    except GenerationCorrupt:
        return False


def _check_files(directory: Path, manifest: dict[str, Any], needs: bool) -> None:
    """Refuse a generation whose needs, or whose other files, are not those of its manifest."""
    promised = {
        name: digest
        for name, digest in manifest["checksums"].items()
        if name.startswith(f"{_NEEDS}/") is needs
    }
    if _checksums(directory, needs) != promised:
        raise _corrupt(directory, "文件缺失或被改动", "files are missing or were changed")


def _checksums(directory: Path, needs: bool | None = None) -> dict[str, str]:
    """Digests of the files; with ``needs`` of the folder of needs alone, or of all but that."""
    found = {}
    for path in sorted(directory.rglob("*")):
        if needs is not None and (directory / _NEEDS in path.parents) is not needs:
            continue
        if path.is_file() and path.name != _MANIFEST:
            with path.open("rb") as file:
                digest = hashlib.file_digest(file, "sha256").hexdigest()
            found[path.relative_to(directory).as_posix()] = digest
    return found


def _corrupt(directory: Path, zh: str, en: str) -> GenerationCorrupt:
    return GenerationCorrupt(
        Bilingual(f"索引代 {directory.name} 不可用：{zh}", f"generation {directory.name}: {en}"),
        Bilingual(
            "请运行 qingzhun build 重建，或 qingzhun rollback 回到上一代",
            "run qingzhun build, or qingzhun rollback to the one before",
        ),
    )


def _prune(data: Path, current: str) -> None:
    old = [info.id for info in list_generations(data) if info.id != current]
    for identity in old[: max(0, len(old) - (KEPT - 1))]:
        shutil.rmtree(generations_directory(data) / identity, ignore_errors=True)


def _write_synced(path: Path, text: str) -> None:
    with path.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())


def _sync_directory(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
