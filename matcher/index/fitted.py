"""What is fitted to shipped texts in one vector space: the needs' means, their maps, the classifiers.

For the offline model the result is shipped (``data/fitted-<space>.npz``), so that no build encodes the
thousands of sentences again; for any other model it is computed at the first build.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from catalog.functions import shipped_functions
from catalog.store import Store
from catalog.wording import normalised
from matcher.config import Constants
from matcher.encoder import Encoder
from matcher.index.centring import (
    centre_needs,
    fit_map,
    offers_mean,
    reference_needs,
    translated_needs,
)
from matcher.index.embedding import embed, unit
from matcher.shipped import shipped_file, shipped_for
from matcher.understanding.functions import need_examples, offer_examples
from matcher.understanding.groups import group_needs, requests
from matcher.understanding.reading import (
    NONE,
    Classifier,
    Example,
    fit_classifier,
    shipped_examples,
)
from matcher.understanding.unserved import PENALTY, WIDTH, UnservedReader, fit_unserved

FACETS = ("sector", "scenario", "function", "offer_function")
"""Classifiers of needs, and the one that tells the functions of an offer."""
_SOURCES = (
    "reference_needs.csv",
    "translated_needs.csv",
    "sector_examples.csv",
    "scenario_examples.csv",
    "offer_examples.csv",
    "pair_examples.csv",
    "request_examples.csv",
)

Vectors = NDArray[np.float32]
Encode = Callable[[list[str]], Vectors]


@dataclass(frozen=True, slots=True)
class Fitted:
    """What is fitted in one vector space.

    ``means`` of needs are by language, as are ``maps`` of those other than Chinese; ``classifiers`` are by
    facet; ``unserved`` tells the needs that nothing serves.
    """

    means: dict[str, Vectors]
    maps: dict[str, Vectors]
    classifiers: dict[str, Classifier]
    unserved: UnservedReader


def fitted_for(store: Store, encoder: Encoder, constants: Constants) -> Fitted:
    """What is fitted for the encoder's space: shipped when it is up to date, else computed.

    Vectors of a computed one are kept in ``store``.
    """
    shipped = _path(encoder.space)
    if shipped.is_file():
        with np.load(shipped, allow_pickle=False) as arrays:
            if str(arrays["key"]) == source_key(encoder.space, constants):
                return _read({name: arrays[name] for name in arrays.files})
    return fit_texts(
        lambda texts: embed(store, encoder, "need", texts),
        lambda texts: embed(store, encoder, "offer", texts),
        constants,
    )


def fit_texts(encode_needs: Encode, encode_offers: Encode, constants: Constants) -> Fitted:
    """Means and classifiers of the shipped sentences, and of the shipped texts of offers."""
    means = {
        lang: encode_needs(texts).mean(axis=0, dtype=np.float64).astype(np.float32)
        for lang, texts in reference_needs().items()
    }
    maps = _fit_maps(means, encode_needs)
    functions = constants.function_reading
    classes = tuple(node.code for node in shipped_functions())
    sides = {
        "sector": (shipped_examples("sector"), constants.sector_reading.ridge, None),
        "scenario": (_learned("scenario"), constants.scenario_reading.ridge, None),
        "function": (_learned("function"), functions.need_ridge, classes),
    }
    rows = {
        facet: _centred(means, maps, examples, encode_needs)
        for facet, (examples, *_) in sides.items()
    }
    classifiers = {
        facet: fit_classifier(examples, rows[facet], ridge, known)
        for facet, (examples, ridge, known) in sides.items()
    }
    none = np.array([example.codes[0] == NONE for example in sides["scenario"][0]])
    unserved = fit_unserved(rows["scenario"], none)
    offers = offer_examples()
    vectors = encode_offers([example.text for example in offers])
    # Centred on their own mean, as a catalogue's offers are on the catalogue's.
    classifiers["offer_function"] = fit_classifier(
        offers,
        unit(vectors - offers_mean(vectors)),
        functions.offer_ridge,
        classes,
    )
    return Fitted(means, maps, classifiers, unserved)


def _learned(facet: str) -> tuple[Example, ...]:
    """The needs that the classifier of ``facet``, scenario or function, learns from."""
    written = need_examples() if facet == "function" else shipped_examples(facet)
    return (*written, *group_needs(facet), *requests(facet))


def _centred(
    means: dict[str, Vectors],
    maps: dict[str, Vectors],
    examples: Sequence[Example],
    encode_needs: Encode,
) -> Vectors:
    vectors = encode_needs([normalised(example.text) for example in examples])
    return np.vstack(
        [
            centre_needs(means, vector, example.lang, maps)
            for vector, example in zip(vectors, examples, strict=True)
        ]
    )


def _fit_maps(means: dict[str, Vectors], encode_needs: Encode) -> dict[str, Vectors]:
    said = translated_needs()
    centred = {
        lang: centre_needs(means, encode_needs([normalised(one[lang]) for one in said]), lang)
        for lang in means
    }
    return {lang: fit_map(rows, centred["zh"]) for lang, rows in centred.items() if lang != "zh"}


def fitted_sentences() -> Iterator[str]:
    """Every text that `fit_texts` encodes as a need; they are read when they are asked for."""
    yield from chain.from_iterable(reference_needs().values())
    for one in translated_needs():
        yield from map(normalised, one.values())
    # What `_learned` adds to the needs with functions is the same for both facets.
    for example in (*shipped_examples("sector"), *_learned("scenario"), *need_examples()):
        yield normalised(example.text)


def fitted_offers() -> list[str]:
    """The texts of offers that `fit_texts` encodes."""
    return [example.text for example in offer_examples()]


def ship(fitted: Fitted, space: str, constants: Constants) -> Path:
    """Write what was fitted into the package, to be shipped; gives the file."""
    arrays: dict[str, NDArray[np.generic]] = {
        "key": np.array(source_key(space, constants)),
        **{f"mean_{lang}": vector for lang, vector in fitted.means.items()},
        **{f"map_{lang}": turn for lang, turn in fitted.maps.items()},
    }
    for facet, classifier in fitted.classifiers.items():
        arrays[f"{facet}_codes"] = np.array(classifier.codes)
        arrays[f"{facet}_weights"] = classifier.weights
        arrays[f"{facet}_prior"] = classifier.prior
    arrays |= {f"unserved_{name}": array for name, array in fitted.unserved.arrays().items()}
    path = _path(space)
    with path.open("wb") as file:
        np.savez_compressed(file, allow_pickle=False, **arrays)
    return path


def source_key(space: str, constants: Constants) -> str:
    """A hash of all that the fit depends on: space, sentences, what regularises."""
    digest = hashlib.sha256(space.encode())
    for name in _SOURCES:
        digest.update(shipped_file(name).read_bytes())
    functions = constants.function_reading
    chosen = (
        constants.sector_reading.ridge,
        constants.scenario_reading.ridge,
        functions.need_ridge,
        functions.offer_ridge,
        WIDTH,
        PENALTY,
    )
    digest.update(" ".join(map(str, chosen)).encode())
    return digest.hexdigest()


def _path(space: str) -> Path:
    return shipped_for(space, "fitted-{}.npz")


def _read(arrays: dict[str, NDArray[np.generic]]) -> Fitted:
    means, maps = (
        {
            name.removeprefix(kind): np.asarray(array, dtype=np.float32)
            for name, array in arrays.items()
            if name.startswith(kind)
        }
        for kind in ("mean_", "map_")
    )
    classifiers = {
        facet: Classifier(
            codes=tuple(str(code) for code in arrays[f"{facet}_codes"]),
            weights=np.asarray(arrays[f"{facet}_weights"], dtype=np.float32),
            prior=np.asarray(arrays[f"{facet}_prior"], dtype=np.float32),
        )
        for facet in FACETS
    }
    unserved = {
        name.removeprefix("unserved_"): array
        for name, array in arrays.items()
        if name.startswith("unserved_")
    }
    return Fitted(means, maps, classifiers, UnservedReader.of(unserved))
