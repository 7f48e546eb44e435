"""What the words of needs mean, kept in the store: an unchanged need is read once, as it is encoded once.

Reading a need costs more than half of what it costs to compare it with 50,000 offers. What is kept
belongs to one version of all that reads needs, and is left alone when that changes; `matcher.index.pruning`
forgets it.
Of a need that names a date the limits are read anew: they are others on another day (`Meant.on`).
"""

from __future__ import annotations

import hashlib
import json
import zlib
from collections.abc import Iterable, Mapping
from contextlib import suppress
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from catalog.errors import StoreUnavailable
from catalog.kept import kept_readings
from catalog.store import Store
from catalog.taxonomy import Taxonomy
from matcher import text as texts
from matcher.index.analyzer import Analyzer
from matcher.index.embedding import digest_of
from matcher.index.parts import Generation
from matcher.limits import ReadLimit
from matcher.shipped import shipped_file
from matcher.types import Understanding, Understood
from matcher.understanding.glossary import NeedWords
from matcher.understanding.meant import MeaningReader, Meant
from matcher.understanding.understander import Meaning

_VERSION = 13
"""Raised with each change of the code that reads needs."""
_READ_WITH = (
    *("clause_weights.csv", "glossary.csv", "limit_phrases.csv", "limit_weights.csv"),
    *("machine_users.csv", "story_weights.npz", "told_weights.csv", "trade_words.csv"),
)
"""Data of the package that is used as it is; the rest is in the generation."""
_DIGITS = 16
_HURRY_SECONDS = 0.2
_ENTRY = np.dtype([("place", np.uint16), ("share", np.float32)])


class KeptMeanings:
    """What is kept of the meaning of needs as one reader reads them.

    ``version`` changes with anything that the reader reads with.
    """

    def __init__(
        self,
        store: Store,
        generation: Generation,
        space: str,
        taxonomy: Taxonomy,
        reader: MeaningReader,
    ):
        """``reader`` is of ``generation``, ``space`` the encoder's."""
        self.version = _reading_version(generation, space, taxonomy, reader.analyzer)
        self._kept = kept_readings(store)
        self._codes = reader.understander.codes
        self._functions = len(reader.functions.codes)

    def found(self, needs: Iterable[str]) -> dict[str, Meant]:
        """What the texts of ``needs`` (normalised) mean, of those that are known."""
        texts_by_key = {digest_of(text).hex(): text for text in needs}
        found = self._kept.found(self.version, list(texts_by_key))
        return {texts_by_key[key]: self._unpacked(body) for key, body in found.items()}

    def keep(self, meanings: Mapping[str, Meant]) -> None:
        """Keep what texts mean; not now when somebody else writes: it can be read again."""
        packed = {
            digest_of(text).hex(): _packed(meant.lasting(text)) for text, meant in meanings.items()
        }
        with suppress(StoreUnavailable):
            self._kept.keep(self.version, packed, _HURRY_SECONDS)

    def _unpacked(self, body: bytes) -> Meant:
        head, rest = zlib.decompress(body).split(b"\0", 1)
        words, plain, limits, dated, lang, sectors, scenarios, none, functions, pains = json.loads(
            head
        )
        said = _words(*words)
        sizes = [len(codes) for codes in self._codes]
        shares = np.frombuffer(rest, np.float32, sum(sizes))
        strongest = np.frombuffer(rest, _ENTRY, offset=shares.nbytes)
        all_functions = np.zeros(self._functions, dtype=np.float32)
        all_functions[strongest["place"]] = strongest["share"]
        return Meant(
            words=said,
            plain=_words(*plain) if plain else said,
            limits=tuple(ReadLimit(*one) for one in limits),
            understanding=Understanding(
                lang=lang,
                sectors=_understood(sectors),
                scenarios=_understood(scenarios),
                unserved=none,
                functions=_understood(functions),
                pains=tuple(pains),
            ),
            sectors=_meaning(self._codes[0], shares[: sizes[0]]),
            scenarios=_meaning(self._codes[1], shares[sizes[0] :]),
            functions=all_functions,
            dated=dated,
        )


def _reading_version(
    generation: Generation, space: str, taxonomy: Taxonomy, analyzer: Analyzer
) -> str:
    """A hash of all that the reading of a need's words depends on besides the need.

    Of the generation its constants, means, readers and words of functions count, none of which depends on
    its offers.
    """
    said = [_VERSION, space, texts.TEMPLATE, analyzer.version, _data_version()]
    said += [taxonomy.lexicon, generation.constants.as_dict()]
    digest = hashlib.sha256(json.dumps(said, sort_keys=True).encode())
    for by_lang in (generation.means.needs, generation.means.maps):
        for lang, array in sorted(by_lang.items()):
            digest.update(lang.encode() + array.tobytes())
    readers, functions = generation.readers, generation.functions
    for classifier in (*(readers[facet].classifier for facet in sorted(readers)), functions.needs):
        digest.update(classifier.weights.tobytes())
        digest.update(classifier.prior.tobytes())
    for array in generation.unserved.arrays().values():
        digest.update(array.tobytes())
    digest.update("".join(functions.words.rows).encode())
    digest.update(functions.words.table.data)
    return digest.hexdigest()[:_DIGITS]


@cache
def _data_version() -> str:
    digest = hashlib.sha256()
    for name in _READ_WITH:
        digest.update(shipped_file(name).read_bytes())
    return digest.hexdigest()


def _packed(meant: Meant) -> bytes:
    """``meant`` as bytes: its words as JSON, a zero, its numbers as they lie in memory; compressed."""
    understanding = meant.understanding
    head = [
        _fields(meant.words),
        None if meant.plain == meant.words else _fields(meant.plain),
        [
            [one.field, one.value, one.hard, one.words, one.confidence, one.refused]
            for one in meant.limits
        ],
        meant.dated,
        understanding.lang,
        *(
            [[one.code, one.confidence, one.words] for one in told]
            for told in (understanding.sectors, understanding.scenarios)
        ),
        understanding.unserved,
        [[one.code, one.confidence, one.words] for one in understanding.functions],
        understanding.pains,
    ]
    shares = [*meant.sectors.weights.values(), *meant.scenarios.weights.values()]
    places = np.flatnonzero(meant.functions)
    strongest = np.zeros(len(places), dtype=_ENTRY)
    strongest["place"], strongest["share"] = places, meant.functions[places]
    numbers = np.array(shares, dtype=np.float32).tobytes() + strongest.tobytes()
    return zlib.compress(json.dumps(head, ensure_ascii=False).encode() + b"\0" + numbers, 1)


def _fields(words: NeedWords) -> list[Any]:
    # In most languages the tokens are those of the text alone: they are kept once.
    tokens = words.tokens if words.tokens != words.own else None
    return [words.own, tokens, words.said, words.known, words.chinese, words.gloss, words.whole]


def _words(own: list[str], tokens: list[str] | None, *rest: Any) -> NeedWords:
    said, known, chinese, gloss, whole = rest
    every = tuple(own if tokens is None else tokens)
    return NeedWords(tuple(own), every, said, known, chinese, gloss, tuple(whole))


def _understood(told: list[list[Any]]) -> tuple[Understood, ...]:
    return tuple(Understood(code, confidence, words, False) for code, confidence, words in told)


def _meaning(codes: tuple[str, ...], shares: NDArray[np.float32]) -> Meaning:
    return Meaning(dict(zip(codes, shares.tolist(), strict=True)), given=False)
