"""Writes the needs of a generation, in chunks: memory does not grow with their number.

Encoding and reading a need is the work: the store keeps both, the vector and what the words mean.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

import faiss
import numpy as np
from numpy.typing import NDArray

from catalog.records import Kind, Need
from catalog.store import RecordFilter, Store
from catalog.stored import Stored
from catalog.taxonomy import Taxonomy
from matcher.encoder import Encoder
from matcher.errors import InvalidNeed
from matcher.index.centring import Means, Vectors
from matcher.index.embedding import embed
from matcher.needs import index as need_index
from matcher.needs.columns import (
    NeedColumns,
    concatenated,
    make_need_columns,
    surely_read,
)
from matcher.needs.index import NeedIndex, NeedRows, numbered
from matcher.needs.reading import NeedReader, NeedText, lasting_limits, need_text
from matcher.needs.space import NeedSpace
from matcher.understanding.reading import NONE, ReaderParts
from matcher.understanding.understander import DIVISION

CHUNK = 4_096
EXACT_ROWS = 30_000
"""Up to so many needs every one is scored; for more an index finds those worth scoring."""
_TRAINED = 50_000
"""Needs that tell the index the range of each number."""
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class NeedParts:
    """What needs are read with: the parts of the generation that they belong to.

    Shares are in the order of ``sector_codes``, then of ``scenario_codes``, then of the functions.
    """

    store: Store
    encoder: Encoder
    taxonomy: Taxonomy
    means: Means
    reader: NeedReader
    space: NeedSpace
    sector_codes: tuple[str, ...]
    scenario_codes: tuple[str, ...]
    words: dict[str, int]

    @property
    def width(self) -> int:
        """How many shares a need has: of sectors, of scenarios, of functions."""
        codes = (self.sector_codes, self.scenario_codes, self.reader.functions)
        return sum(map(len, codes))


def read_codes(readers: Mapping[str, ReaderParts]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The sectors and the scenarios that needs are read into, as `Understander` reads them."""
    classes = {facet: set(parts.classifier.codes) - {NONE} for facet, parts in readers.items()}
    divisions = {code[:DIVISION] for code in classes["sector"]}
    return tuple(sorted(classes["sector"] | divisions)), tuple(sorted(classes["scenario"]))


def leads_to(stored: Stored) -> bool:
    """Whether a need may be shown to providers: it is active, and nobody refused to pass it on."""
    record = stored.record
    return isinstance(record, Need) and stored.status == "active" and record.consent is not False


def texts_of(
    needs: Sequence[Stored], taxonomy: Taxonomy
) -> tuple[tuple[Stored, ...], tuple[NeedText, ...]]:
    """Those of ``needs`` that may be shown and from which something can be read, with their texts."""
    kept: list[tuple[Stored, NeedText]] = []
    for stored in needs:
        if not leads_to(stored) or not isinstance(stored.record, Need):
            continue
        try:
            kept.append((stored, need_text(stored.record, taxonomy)))
        except InvalidNeed:
            continue
    return tuple(one for one, _ in kept), tuple(one for _, one in kept)


def vectors_of(parts: NeedParts, texts: Sequence[NeedText]) -> Vectors:
    """Centred unit vectors of the texts."""
    vectors = embed(parts.store, parts.encoder, "need", [one.text for one in texts])
    for lang in {one.lang for one in texts}:
        rows = [row for row, one in enumerate(texts) if one.lang == lang]
        vectors[rows] = parts.means.centred_needs(vectors[rows], lang)
    return vectors


def make_rows(parts: NeedParts, needs: Sequence[Stored], texts: Sequence[NeedText]) -> NeedRows:
    """The rows of ``needs``, each read once (`matcher.needs.kept`)."""
    vectors = vectors_of(parts, texts)
    shares = np.zeros((len(needs), parts.width), dtype=np.float16)
    split = len(parts.sector_codes)
    end = split + len(parts.scenario_codes)
    unserved, sectors, scenarios, tokens, known, limited = [], [], [], [], [], []
    for place, (one, meant) in enumerate(
        zip(texts, parts.reader.meanings(texts, vectors), strict=True)
    ):
        tokens.append(parts.reader.tokens(one, meant))
        known.append(meant.words.known)
        limited.append(lasting_limits(one, meant))
        corrected = parts.reader.corrected(meant, one)
        sector, scenario = corrected.sectors, corrected.scenarios
        if not sector.given:
            shares[place, :split] = [sector.weights.get(c, 0.0) for c in parts.sector_codes]
        if not scenario.given:
            shares[place, split:end] = [scenario.weights.get(c, 0.0) for c in parts.scenario_codes]
        shares[place, end:] = corrected.functions
        sure = surely_read(corrected.understanding)
        sectors.append(sure[0])
        scenarios.append(sure[1])
        unserved.append(corrected.understanding.unserved)
    numbers, starts = numbered(tokens, parts.words)
    columns = make_need_columns(needs, limited, sectors, scenarios, unserved, known, parts.taxonomy)
    return NeedRows(vectors, shares, numbers, starts, columns)


def write_needs(directory: Path, parts: NeedParts, progress: Progress) -> int:
    """Write every active need of the store into ``directory``; gives how many there are."""
    directory.mkdir()
    total = parts.store.counts()[str(Kind.NEED)]
    ids: list[str] = []
    columns: list[NeedColumns] = []
    with ExitStack() as files:

        def growing(name: str, dtype: Any, *shape: int) -> Growing:
            return files.enter_context(Growing(directory / name, np.dtype(dtype), shape))

        vectors = growing(need_index.VECTORS, np.float32, parts.encoder.dimension)
        shares = growing(need_index.SHARES, np.float16, parts.width)
        tokens, starts = growing(need_index.TOKENS, np.int32), growing(need_index.STARTS, np.int64)
        starts.add(np.zeros(1, dtype=np.int64))
        done = 0
        for page in _pages(parts.store):
            needs, texts = texts_of(page, parts.taxonomy)
            rows = make_rows(parts, needs, texts)
            vectors.add(rows.vectors)
            shares.add(rows.shares)
            starts.add(rows.starts[1:] + tokens.count)
            tokens.add(rows.tokens)
            columns.append(rows.columns)
            ids += [one.id for one in needs]
            done += len(page)
            progress(done, total)
    if not columns:
        columns.append(make_need_columns((), (), (), (), (), (), parts.taxonomy))
    for name, array in concatenated(columns).arrays().items():
        np.save(directory / need_index.COLUMNS.format(name), array, allow_pickle=False)
    np.save(directory / need_index.IDS, np.array(ids, dtype=np.bytes_), allow_pickle=False)
    words = json.dumps(list(parts.words), ensure_ascii=False)
    (directory / need_index.WORDS).write_text(words, encoding="utf-8")
    about = {"sectors": parts.sector_codes, "scenarios": parts.scenario_codes}
    (directory / need_index.ABOUT).write_text(json.dumps(about), encoding="utf-8")
    if len(ids) > EXACT_ROWS:
        write_index(directory, parts.space)
    return len(ids)


def write_index(directory: Path, space: NeedSpace) -> None:
    """Write the index over the needs in ``directory``: all of them in 8 bits a number.

    Why no lists and no graph: docs/decisions/0009-leads.md.
    """
    needs = NeedIndex(directory)
    every = max(1, len(needs) // _TRAINED)
    sample = space.needs(needs.rows(np.arange(0, len(needs), every, dtype=np.int64)))
    index = faiss.IndexScalarQuantizer(
        sample.shape[1], faiss.ScalarQuantizer.QT_8bit, faiss.METRIC_INNER_PRODUCT
    )
    index.train(sample)
    for start in range(0, len(needs), CHUNK):
        rows = np.arange(start, min(start + CHUNK, len(needs)), dtype=np.int64)
        index.add(space.needs(needs.rows(rows)))
    faiss.write_index(index, str(directory / need_index.INDEX))


class Growing:
    """An .npy file that grows row by row: its header is written again when the number is known."""

    def __init__(self, path: Path, dtype: np.dtype[Any], shape: tuple[int, ...]):
        self._path, self._dtype, self._shape = path, dtype, shape
        self.count = 0

    def __enter__(self) -> Growing:
        self._file = self._path.open("wb")
        self._write_header()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind is None:
            # numpy leaves room in the header for the number of rows to grow.
            self._file.seek(0)
            self._write_header()
        self._file.close()

    def add(self, rows: NDArray[Any]) -> None:
        """Append ``rows``."""
        self._file.write(np.ascontiguousarray(rows, dtype=self._dtype).tobytes())
        self.count += len(rows)

    def _write_header(self) -> None:
        np.lib.format.write_array_header_1_0(
            self._file,
            {
                "descr": np.lib.format.dtype_to_descr(self._dtype),
                "fortran_order": False,
                "shape": (self.count, *self._shape),
            },
        )


def _pages(store: Store) -> Iterator[tuple[Stored, ...]]:
    cursor = None
    while True:
        page = store.page(Kind.NEED, RecordFilter(), cursor, CHUNK)
        if page.records:
            yield page.records
        cursor = page.next_cursor
        if cursor is None:
            return
