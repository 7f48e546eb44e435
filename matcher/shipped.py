"""Files that are shipped in ``matcher/data``."""

from __future__ import annotations

import csv
import hashlib
from importlib.resources import files
from pathlib import Path

_ID_LENGTH = 8


def shipped_file(name: str) -> Path:
    """Where the file ``name`` lies: to be read, or written by a command that ships it."""
    return Path(str(files("matcher").joinpath("data", name)))


def shipped_for(space: str, name: str) -> Path:
    """Where the file of a vector space lies: ``name`` has braces where its name goes."""
    plain = "".join(character if character.isalnum() else "-" for character in space)
    return shipped_file(name.format(plain))


def content_id(path: Path) -> str:
    """A short hash of the file at ``path``, for names."""
    return hashlib.sha256(path.read_bytes()).hexdigest()[:_ID_LENGTH]


def shipped_rows(name: str) -> list[dict[str, str]]:
    """The rows of the CSV file ``name``, by column."""
    text = shipped_file(name).read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))
