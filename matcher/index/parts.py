"""What a generation holds, and its files: arrays and JSON in one directory, nothing pickled."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from matcher.config import Constants
from matcher.index.centring import Means
from matcher.index.columns import Columns
from matcher.index.lexical import LexicalIndex
from matcher.index.scan import SCANNED_ROWS, Scan, write_scan
from matcher.understanding.functions import FunctionParts, WordTable
from matcher.understanding.reading import Classifier, ReaderParts
from matcher.understanding.unserved import UnservedReader

Vectors = NDArray[np.float32]
_SCAN = "scan.onnx"
_UNSERVED_SCAN = "unserved.onnx"


@dataclass(frozen=True, slots=True)
class GenerationInfo:
    """One generation: what it was built from and how large it is.

    ``lexicon`` is the version of the terms it was built with, ``made_with`` what else it depends on
    (`matcher.index.build.made_with`); both are empty when it does not say.
    """

    id: str
    sequence: int
    built_at: str
    offers: int
    needs: int
    space: str
    current: bool = False
    lexicon: str = ""
    made_with: str = ""


@dataclass(frozen=True, slots=True)
class Generation:
    """A loaded generation. Offer vectors are centred unit vectors, shape ``(offers, dimension)``.

    ``offer_functions`` has the shares of functions of each offer as unit vectors, shape ``(offers,
    functions)``, column by column in memory (`matcher.understanding.functions.weighed`).
    ``offer_ids[i]`` belongs to row ``i``, whose name is ``offer_names[i]`` and whose provider and
    solution are ``provider_ids[i]`` and ``solution_ids[i]`` (empty when there is none). ``scan`` is
    there for a catalogue that is large enough. Its needs stay on disk: `open_needs`.
    """

    info: GenerationInfo
    offer_ids: tuple[str, ...]
    offer_names: tuple[str, ...]
    provider_ids: tuple[str, ...]
    solution_ids: tuple[str, ...]
    offers: Vectors
    offer_functions: Vectors
    columns: Columns
    lexical: LexicalIndex
    means: Means
    readers: dict[str, ReaderParts]
    unserved: UnservedReader
    functions: FunctionParts
    constants: Constants
    scan: Scan | None = None


def write_parts(work: Path, parts: Generation) -> None:
    """Write all but the needs of a generation into ``work``, and have the disk keep it."""
    np.save(work / "offers.npy", parts.offers, allow_pickle=False)
    if len(parts.offers) >= SCANNED_ROWS:
        write_scan(work / _SCAN, parts.offers)
    functions = np.asfortranarray(parts.offer_functions)
    np.save(work / "offer_functions.npy", functions, allow_pickle=False)
    _save_arrays(work / "columns.npz", parts.columns.arrays())
    means = {f"needs_{lang}": vector for lang, vector in parts.means.needs.items()}
    maps = {f"map_{lang}": turn for lang, turn in parts.means.maps.items()}
    _save_arrays(work / "means.npz", {"offers": parts.means.offers, **means, **maps})
    ids = {
        "offers": parts.offer_ids,
        "names": parts.offer_names,
        "providers": parts.provider_ids,
        "solutions": parts.solution_ids,
        "classes": {facet: one.classifier.codes for facet, one in parts.readers.items()},
        "functions": parts.functions.codes,
        "function_words": tuple(parts.functions.words.rows),
    }
    (work / "ids.json").write_text(json.dumps(ids, ensure_ascii=False), encoding="utf-8")
    parts.lexical.save(work / "lexical")
    for facet, reader in parts.readers.items():
        reader.index.save(work / f"{facet}-words")
        _save_arrays(
            work / f"{facet}-classifier.npz",
            {"weights": reader.classifier.weights, "prior": reader.classifier.prior},
        )
    _save_arrays(work / "unserved.npz", parts.unserved.arrays())
    write_scan(work / _UNSERVED_SCAN, parts.unserved.vectors)
    _save_arrays(work / "functions.npz", _function_arrays(parts.functions))
    for path in work.rglob("*"):
        if path.is_file():
            with path.open("rb") as file:
                os.fsync(file.fileno())


def _function_arrays(functions: FunctionParts) -> dict[str, NDArray[Any]]:
    # One score in eighty is not 0: as a whole the table was four fifths of a small generation.
    table = functions.words.table.ravel()
    places = np.flatnonzero(table)
    return {
        "needs_weights": functions.needs.weights,
        "needs_prior": functions.needs.prior,
        "offers_weights": functions.offers.weights,
        "offers_prior": functions.offers.prior,
        "places": places.astype(np.int32),
        "scores": table[places],
        "idf": functions.words.idf,
    }


def _read_functions(directory: Path, ids: dict[str, Any]) -> FunctionParts:
    codes = tuple(ids["functions"])
    with np.load(directory / "functions.npz", allow_pickle=False) as arrays:
        rows = {word: row for row, word in enumerate(ids["function_words"])}
        table = np.zeros((len(rows), len(codes)), dtype=np.float32)
        table.ravel()[arrays["places"]] = arrays["scores"]
        return FunctionParts(
            codes,
            Classifier(codes, arrays["needs_weights"], arrays["needs_prior"]),
            Classifier(codes, arrays["offers_weights"], arrays["offers_prior"]),
            WordTable(rows, table, arrays["idf"]),
        )


def _save_arrays(path: Path, arrays: Mapping[str, NDArray[Any]]) -> None:
    np.savez(path, allow_pickle=False, **arrays)


def read_parts(directory: Path, info: GenerationInfo, constants: dict[str, Any]) -> Generation:
    """What `write_parts` wrote into ``directory``, with what the manifest tells.

    Raises:
        OSError, ValueError, KeyError: a file is missing or is not what it should be.
    """
    ids = json.loads((directory / "ids.json").read_text(encoding="utf-8"))
    with np.load(directory / "columns.npz", allow_pickle=False) as arrays:
        columns = Columns(**dict(arrays.items()))
    with np.load(directory / "means.npz", allow_pickle=False) as arrays:
        needs = {k.removeprefix("needs_"): v for k, v in arrays.items() if k.startswith("needs_")}
        maps = {k.removeprefix("map_"): v for k, v in arrays.items() if k.startswith("map_")}
        means = Means(needs=needs, offers=arrays["offers"], maps=maps)
    readers = {}
    for facet, codes in ids["classes"].items():
        with np.load(directory / f"{facet}-classifier.npz", allow_pickle=False) as arrays:
            classifier = Classifier(tuple(codes), arrays["weights"], arrays["prior"])
        readers[facet] = ReaderParts(classifier, LexicalIndex.load(directory / f"{facet}-words"))
    with np.load(directory / "unserved.npz", allow_pickle=False) as arrays:
        unserved = UnservedReader.of(arrays, Scan(directory / _UNSERVED_SCAN))
    return Generation(
        info=info,
        offer_ids=tuple(ids["offers"]),
        offer_names=tuple(ids["names"]),
        provider_ids=tuple(ids["providers"]),
        solution_ids=tuple(ids["solutions"]),
        offers=np.load(directory / "offers.npy", allow_pickle=False),
        # One that an earlier build wrote lies row by row.
        offer_functions=np.asfortranarray(
            np.load(directory / "offer_functions.npy", allow_pickle=False)
        ),
        columns=columns,
        lexical=LexicalIndex.load(directory / "lexical"),
        means=means,
        readers=readers,
        unserved=unserved,
        functions=_read_functions(directory, ids),
        constants=Constants.from_dict(constants),
        scan=Scan(directory / _SCAN) if (directory / _SCAN).exists() else None,
    )
