"""The needs of a generation, on disk and searched from an offer's side.

Large arrays stay memory-mapped: a process that asks for no leads reads none of them. Rows are in order
of id. ``words.json`` numbers the words of the offers: a need's other words score nothing.
"""

from __future__ import annotations

import json
import mmap
from collections.abc import Sequence
from dataclasses import dataclass, fields
from functools import cached_property
from pathlib import Path
from typing import Any

import faiss
import numpy as np
from numpy.typing import NDArray

from matcher.needs.columns import NeedColumns, concatenated

Vectors = NDArray[np.float32]
Rows = NDArray[np.int64]
Mask = NDArray[np.bool_]

IDS, VECTORS, SHARES = "ids.npy", "vectors.npy", "shares.npy"
TOKENS, STARTS, COLUMNS = "tokens.npy", "starts.npy", "column-{}.npy"
_GATHERED = 2_048
"""Rows read between two times that pages are given back: the system maps 64 KB around each."""
_TOKENS_A_ROW = 32
WORDS, ABOUT, INDEX = "words.json", "about.json", "index.faiss"


@dataclass(frozen=True, slots=True)
class NeedRows:
    """Some needs with all that scores them, one row a need.

    ``vectors`` are centred, of length 1. ``shares`` are those of the sectors and of the scenarios read
    from the words, then those of the functions. ``tokens[starts[i]:starts[i + 1]]`` are the numbers of the
    words of need ``i``.
    """

    vectors: Vectors
    shares: NDArray[np.float16]
    tokens: NDArray[np.int32]
    starts: NDArray[np.int64]
    columns: NeedColumns

    def __len__(self) -> int:
        return len(self.columns)

    def taken(self, rows: Rows) -> NeedRows:
        """These rows alone, in this order."""
        places, starts = _spans(self.starts, rows)
        return NeedRows(
            self.vectors[rows],
            self.shares[rows],
            self.tokens[places],
            starts,
            self.columns.taken(rows),
        )


def joined(parts: Sequence[NeedRows]) -> NeedRows:
    """The rows of ``parts`` one after the other."""
    ends = np.cumsum([0, *(len(part.tokens) for part in parts)])
    starts = [part.starts[:-1] + end for part, end in zip(parts, ends, strict=False)]
    return NeedRows(
        vectors=np.concatenate([part.vectors for part in parts]),
        shares=np.concatenate([part.shares for part in parts]),
        tokens=np.concatenate([part.tokens for part in parts]),
        starts=np.concatenate([*starts, ends[-1:]]).astype(np.int64),
        columns=concatenated([part.columns for part in parts]),
    )


def _spans(starts: NDArray[np.int64], rows: Rows) -> tuple[Rows, NDArray[np.int64]]:
    """Where the tokens of ``rows`` stand, one row after the other, and where each row starts then."""
    first = starts[rows]
    lengths = starts[rows + 1] - first
    ends = np.cumsum(lengths)
    # Position among the tokens of this choice + how far its row lies from there.
    places = np.arange(lengths.sum()) + np.repeat(first - (ends - lengths), lengths)
    return places, np.concatenate([[0], ends]).astype(np.int64)


class NeedIndex:
    """The needs in the directory that `matcher.needs.build` wrote."""

    def __init__(self, directory: Path):
        """Open ``directory``; vectors, shares and tokens are read when a row is asked for.

        Raises:
            OSError, ValueError, KeyError: a file is missing or is not what it should be.
        """
        self._directory = directory
        about = json.loads((directory / ABOUT).read_text(encoding="utf-8"))
        self.sector_codes: tuple[str, ...] = tuple(about["sectors"])
        self.scenario_codes: tuple[str, ...] = tuple(about["scenarios"])
        self._maps: dict[str, mmap.mmap] = {}
        self.columns = NeedColumns(
            **{
                field.name: self._mapped(COLUMNS.format(field.name))
                for field in fields(NeedColumns)
            }
        )
        self._ids = self._mapped(IDS)
        self._vectors: Vectors = self._mapped(VECTORS)
        self._shares = self._mapped(SHARES)
        self._tokens = self._mapped(TOKENS)
        self._starts = self._mapped(STARTS)

    def __len__(self) -> int:
        return len(self.columns)

    def id_of(self, row: int) -> str:
        """The id of the need in ``row``."""
        return bytes(self._ids[row]).decode()

    def rows_of(self, ids: Sequence[str]) -> Rows:
        """The rows of those of ``ids`` that are here."""
        if not len(self._ids) or not ids:
            return np.empty(0, dtype=np.int64)
        # Longer than any id here: it would be cut when it is compared.
        wanted = [one.encode() for one in ids if len(one) <= self._ids.dtype.itemsize]
        asked = np.array(sorted(wanted), dtype=self._ids.dtype)
        places = np.minimum(np.searchsorted(self._ids, asked), len(self._ids) - 1)
        return np.asarray(places[self._ids[places] == asked], dtype=np.int64)

    @cached_property
    def words(self) -> dict[str, int]:
        """The number of each word of the offers."""
        found: list[str] = json.loads((self._directory / WORDS).read_text(encoding="utf-8"))
        return {word: number for number, word in enumerate(found)}

    @cached_property
    def _index(self) -> Any:
        path = self._directory / INDEX
        return faiss.read_index(str(path)) if path.is_file() else None

    @property
    def approximate(self) -> bool:
        """Whether `nearest` can be asked: only many needs have an index."""
        return (self._directory / INDEX).is_file()

    def nearest(self, vectors: Vectors, limit: int, passing: Mask) -> Rows:
        """The rows in ``passing`` nearest to any of ``vectors``: the best ``limit`` of each, nearly.

        ``vectors`` are those of `matcher.needs.space`; inner products are by 8-bit numbers.
        """
        bitmap = np.packbits(passing, bitorder="little")
        selector = faiss.IDSelectorBitmap(len(passing), faiss.swig_ptr(bitmap))
        parameters = faiss.SearchParameters(sel=selector)  # type: ignore[call-arg]
        _, rows = self._index.search(np.ascontiguousarray(vectors), limit, params=parameters)
        return np.asarray(np.unique(rows[rows >= 0]), dtype=np.int64)

    def shares(self, rows: Rows) -> NDArray[np.float16]:
        """The shares of these rows."""
        return np.asarray(self._gathered(SHARES, self._shares, rows))

    def rows(self, rows: Rows) -> NeedRows:
        """These rows, copied into memory."""
        places, starts = _spans(self._starts, rows)
        found = NeedRows(
            vectors=self._gathered(VECTORS, self._vectors, rows),
            shares=self.shares(rows),
            tokens=self._gathered(TOKENS, self._tokens, places),
            starts=starts,
            columns=self.columns.taken(rows),
        )
        self._give_back(*self._maps)
        return found

    def _gathered(self, name: str, array: NDArray[Any], rows: Rows) -> NDArray[Any]:
        found = np.empty((len(rows), *array.shape[1:]), dtype=array.dtype)
        step = _GATHERED if array.ndim > 1 else _TOKENS_A_ROW * _GATHERED
        for start in range(0, len(rows), step):
            found[start : start + step] = array[rows[start : start + step]]
            self._give_back(name)
        return found

    def _mapped(self, name: str) -> NDArray[Any]:
        array = np.load(self._directory / name, mmap_mode="r", allow_pickle=False)
        self._maps[name] = array._mmap
        return np.asarray(array)

    def _give_back(self, *names: str) -> None:
        """Take the pages that were read out of this process' memory; the system's cache has them."""
        if hasattr(mmap, "MADV_DONTNEED"):
            for name in names:
                self._maps[name].madvise(mmap.MADV_DONTNEED)


def numbered(tokens: Sequence[Sequence[str]], words: dict[str, int]) -> tuple[Any, Any]:
    """``tokens`` of several needs as numbers, one after the other, and where each need starts."""
    known = [[words[token] for token in one if token in words] for one in tokens]
    starts = np.cumsum([0, *map(len, known)]).astype(np.int64)
    return np.array([number for one in known for number in one], dtype=np.int32), starts
