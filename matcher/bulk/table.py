"""The parts of a run as one table: Parquet for machines, a workbook for people."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from catalog.errors import Bilingual
from catalog.records import Kind
from catalog.report import written_cell
from catalog.taxonomy import Taxonomy
from matcher.answers.compared import APART, compared
from matcher.bulk.lists import NOT_ASKED, NOTHING, Status
from matcher.bulk.parts import Part
from matcher.bulk.phrases import render_row
from matcher.calibration import GRADES
from matcher.closeness import scenario_closeness, sector_closeness
from matcher.index.columns import KINDS
from matcher.index.snapshot import Snapshot

MOST_ROWS = 1_048_575
"""Rows of a sheet, the header left out."""
COLUMNS: dict[str, Bilingual] = {
    "need": Bilingual("需求编号", "need"),
    "text": Bilingual("需求", "text"),
    "enterprise": Bilingual("企业", "enterprise"),
    "city": Bilingual("城市", "city"),
    "status": Bilingual("结果", "status"),
    "kind": Bilingual("类型", "kind"),
    "place": Bilingual("名次", "place"),
    "offer": Bilingual("编号", "offer"),
    "name": Bilingual("名称", "name"),
    "provider": Bilingual("服务商", "provider"),
    "grade": Bilingual("评级", "grade"),
    "score": Bilingual("得分", "score"),
    "sector": Bilingual("行业接近度", "sector"),
    "scenario": Bilingual("场景接近度", "scenario"),
    "budget": Bilingual("预算", "budget"),
    "days": Bilingual("期限", "days"),
    "reasons": Bilingual("理由", "reasons"),
    "misfits": Bilingual("不符之处", "misfits"),
    "remark": Bilingual("说明", "remark"),
}
"""Columns of the output: the name in Parquet, and what heads the column of a workbook."""
_STATUS = {
    Status.MATCHED: Bilingual("已匹配", "matched"),
    Status.UNSERVED: Bilingual("没有合适方案", "unserved"),
    Status.EXCLUDED: Bilingual("硬性条件下没有结果", "nothing meets the hard limits"),
    Status.REFUSED: Bilingual("无法读取", "refused"),
    Status.SCARCE: Bilingual("只有沾边的", "scarce"),
}
_KINDS = {
    Kind.SOLUTION: Bilingual("解决方案", "solution"),
    Kind.PROVIDER: Bilingual("服务商", "provider"),
    Kind.CASE: Bilingual("样板案例", "case"),
}
_GRADES = {
    "weak": Bilingual("较弱", "weak"),
    "partly": Bilingual("沾边", "partly"),
    "good": Bilingual("合适", "good"),
    "solves": Bilingual("能解决", "solves"),
}
_FITS = {
    -1: Bilingual("不符", "no"),
    0: Bilingual("未公布", "unknown"),
    1: Bilingual("符合", "yes"),
}
_NEAREST = Bilingual("最接近的一条", "the nearest miss")
_NODES = 1 << 12
"""More than a facet has nodes, so that a pair of them fits one number."""
_SCHEMA = pa.schema(
    [
        (
            name,
            pa.int16()
            if name == "place"
            else pa.float64()
            if name in ("score", "sector", "scenario")
            else pa.string(),
        )
        for name in COLUMNS
    ]
)


@dataclass(frozen=True, slots=True)
class Offers:
    """Ids, names and names of the providers of all rows of a snapshot."""

    ids: tuple[str, ...]
    names: tuple[str, ...]
    providers: tuple[str | None, ...]

    @classmethod
    def of(cls, snapshot: Snapshot, names_of: Callable[[Iterable[str]], dict[str, str]]) -> Offers:
        """Those of ``snapshot``; ``names_of`` gives the names of records by id."""
        known = names_of(snapshot.ids)
        names = tuple(known.get(identity, "") for identity in snapshot.ids)
        owners = snapshot.provider_row.tolist()
        return cls(snapshot.ids, names, tuple(names[at] if at >= 0 else None for at in owners))


class Tables:
    """Turns parts into tables in one language."""

    def __init__(self, offers: Offers, taxonomy: Taxonomy, lang: str):
        self._offers = offers
        self._lang = lang
        self._apart = "；" if lang == "zh" else "; "
        self._taxonomy = taxonomy
        self._sectors = sector_closeness(taxonomy)
        self._scenarios = scenario_closeness(taxonomy)
        self._phrase = cache(self._phrased)

    def table(self, part: Part) -> pa.Table:
        """One row for each listed offer, and one for each need that has none."""
        listed, status = part.told.listed, part.told.status
        silent = np.setdiff1d(np.arange(len(status)), listed["need"])
        need = np.concatenate([listed["need"], silent]).astype(np.int32)
        # Where in ``listed`` each line is; nowhere for a need without an offer.
        at = np.concatenate([np.arange(len(listed)), np.full(len(silent), NOTHING)])
        order = np.argsort(need, kind="stable")
        need, at = need[order], at[order]
        empty = at == NOTHING
        lines = listed[at] if len(listed) else np.zeros(len(at), dtype=listed.dtype)
        missed = (lines["place"] == 0) & ~empty
        rows, of_line = np.unique(lines["row"], return_inverse=True)
        said = [None if one is None else one.in_language(self._lang) for one in part.told.remarks]
        nearest = _NEAREST.in_language(self._lang)
        remarks = [
            *said,
            *(nearest if one is None else f"{nearest}{self._apart}{one}" for one in said),
        ]
        columns = {
            "need": _worded([one[0] for one in part.needs], need),
            "text": _worded([one[1] for one in part.needs], need),
            "enterprise": _worded([one[2] for one in part.needs], need),
            "city": _worded([one[3] for one in part.needs], need),
            "status": _worded(self._words(_STATUS.values()), status[need]),
            "kind": _worded(self._words(_KINDS[kind] for kind in KINDS), lines["kind"], empty),
            "place": pa.array(lines["place"], mask=empty | missed),
            "offer": _worded([self._offers.ids[row] for row in rows], of_line, empty),
            "name": _worded([self._offers.names[row] for row in rows], of_line, empty),
            "provider": _worded([self._offers.providers[row] for row in rows], of_line, empty),
            "grade": _worded(
                self._words(_GRADES[grade] for grade in GRADES),
                lines["grade"],
                empty | (lines["grade"] == NOTHING),
            ),
            "score": pa.array(lines["score"], mask=empty),
            "sector": pa.array(_shortened(lines["sector"]), mask=empty),
            "scenario": pa.array(_shortened(lines["scenario"]), mask=empty),
            "budget": self._fits(lines["budget"], empty),
            "days": self._fits(lines["days"], empty),
            **self._reasons(lines, empty),
            "remark": _worded(remarks, need + missed * len(said)),
        }
        return pa.table(columns).cast(_SCHEMA)

    def _words(self, texts: Iterable[Bilingual]) -> list[str]:
        return [text.in_language(self._lang) for text in texts]

    def _fits(self, fits: NDArray[np.int8], empty: NDArray[np.bool_]) -> pa.Array:
        return _worded(self._words(_FITS.values()), fits + 1, empty | (fits == NOT_ASKED))

    def _reasons(
        self, lines: NDArray[np.void], empty: NDArray[np.bool_]
    ) -> dict[str, pa.StringArray]:
        """What speaks for and what against each line."""
        told: dict[str, list[Any]] = {"reasons": [], "misfits": []}
        for facet in ("scenario", "sector"):
            needs, offers = lines[f"{facet}_need"].astype(np.int32), lines[f"{facet}_offer"]
            pairs = np.where(empty | (needs == NOTHING), NOTHING, needs * _NODES + offers)
            distinct, of_line = np.unique(pairs, return_inverse=True)
            phrases = [self._phrase(facet, pair) for pair in distinct.tolist()]
            for name, fits in (("reasons", True), ("misfits", False)):
                words = [said if said_fits is fits else "" for said, said_fits in phrases]
                told[name].append(pa.array(words, type=pa.string()).take(pa.array(of_line)))
        # Joined with nothing for what is missing: pyarrow loses lines where all is missing.
        apart = self._apart
        joined = {
            name: pc.utf8_trim(pc.binary_join_element_wise(*both, apart), characters=apart)
            for name, both in told.items()
        }
        return {
            name: pc.if_else(pc.equal(texts, ""), pa.scalar(None, pa.string()), texts)
            for name, texts in joined.items()
        }

    def _phrased(self, facet: str, pair: int) -> tuple[str, bool | None]:
        """A sentence on two nodes, and whether it speaks for the offer; nothing for no nodes."""
        if pair == NOTHING:
            return "", None
        need, offer = divmod(pair, _NODES)
        sector = facet == "sector"
        table = self._sectors if sector else self._scenarios
        tree = self._taxonomy.sectors if sector else self._taxonomy.scenarios
        asked, offered = tree[table.codes[need]], tree[table.codes[offer]]
        reason = compared(facet, asked, offered, table.table.item(need, offer))
        return render_row(reason, self._lang), reason.code not in APART


def write_parquet(parts: Iterable[Part], tables: Tables, path: Path) -> int:
    """Write every part to ``path``, one row group each; gives the number of rows."""
    rows = 0
    with pq.ParquetWriter(path, _SCHEMA, compression="zstd") as writer:
        for part in parts:
            table = tables.table(part)
            writer.write_table(table)
            rows += table.num_rows
    return rows


def write_workbook(parts: Iterable[Part], tables: Tables, path: Path) -> int:
    """Write every part to a workbook of one sheet; gives the number of rows."""
    import openpyxl

    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("匹配 matches")
    sheet.append([str(title) for title in COLUMNS.values()])
    rows = 0
    for part in parts:
        for line in _lines(tables.table(part)):
            sheet.append([written_cell(sheet, value) for value in line])
            rows += 1
    book.save(path)
    return rows


def _lines(table: pa.Table) -> Iterator[tuple[Any, ...]]:
    return zip(*(table.column(name).to_pylist() for name in COLUMNS), strict=True)


def _worded(
    words: Sequence[str | None], places: NDArray[Any], empty: NDArray[np.bool_] | None = None
) -> pa.DictionaryArray:
    """The word at each of ``places``; none where ``empty``."""
    return pa.DictionaryArray.from_arrays(
        pa.array(places.astype(np.int32), mask=empty), pa.array(words, type=pa.string())
    )


def _shortened(closeness: NDArray[np.float32]) -> NDArray[np.float64]:
    return np.asarray(np.round(closeness.astype(np.float64), 4), dtype=np.float64)
