"""What is fitted to shipped sentences in one vector space: the needs' means and the classifiers.

For the offline model the result is shipped (``data/fitted-<space>.npz``), so that no build encodes the
thousands of sentences again; for any other model it is computed at the first build.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from catalog.store import Store
from catalog.wording import normalised
from matcher.centring import centre_needs, reference_needs
from matcher.config import Constants
from matcher.embedding import embed
from matcher.encoder import Encoder
from matcher.reading import Classifier, fit_classifier, shipped_examples

FACETS = ("sector", "scenario")
_SOURCES = ("reference_needs.csv", "sector_examples.csv", "scenario_examples.csv")

Vectors = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Fitted:
    """Mean vector of needs by language, and the classifier of each facet."""

    means: dict[str, Vectors]
    classifiers: dict[str, Classifier]


def fitted_for(store: Store, encoder: Encoder, constants: Constants) -> Fitted:
    """What is fitted for the encoder's space: shipped when it is up to date, else computed.

    Vectors of a computed one are kept in ``store``.
    """
    shipped = _path(encoder.space)
    if shipped.is_file():
        with np.load(shipped, allow_pickle=False) as arrays:
            if str(arrays["key"]) == source_key(encoder.space, constants):
                return _read({name: arrays[name] for name in arrays.files})
    return fit_sentences(lambda texts: embed(store, encoder, "need", texts), constants)


def fit_sentences(encode: Callable[[list[str]], Vectors], constants: Constants) -> Fitted:
    """Means and classifiers of the shipped sentences, encoded as needs by ``encode``."""
    means = {
        lang: encode(texts).mean(axis=0, dtype=np.float64).astype(np.float32)
        for lang, texts in reference_needs().items()
    }
    classifiers = {}
    for facet in FACETS:
        examples = shipped_examples(facet)
        vectors = encode([normalised(example.text) for example in examples])
        centred = np.vstack(
            [
                centre_needs(means, vector, example.lang)
                for vector, example in zip(vectors, examples, strict=True)
            ]
        )
        ridge = getattr(constants, f"{facet}_reading").ridge
        classifiers[facet] = fit_classifier(examples, centred, ridge)
    return Fitted(means, classifiers)


def fitted_sentences() -> list[str]:
    """Every text that `fit_sentences` has encoded."""
    texts = [text for texts in reference_needs().values() for text in texts]
    return texts + [normalised(one.text) for facet in FACETS for one in shipped_examples(facet)]


def ship(fitted: Fitted, space: str, constants: Constants) -> Path:
    """Write what was fitted into the package, to be shipped; gives the file."""
    arrays: dict[str, NDArray[np.generic]] = {
        "key": np.array(source_key(space, constants)),
        **{f"mean_{lang}": vector for lang, vector in fitted.means.items()},
    }
    for facet, classifier in fitted.classifiers.items():
        arrays[f"{facet}_codes"] = np.array(classifier.codes)
        arrays[f"{facet}_weights"] = classifier.weights
        arrays[f"{facet}_prior"] = classifier.prior
    path = _path(space)
    with path.open("wb") as file:
        np.savez_compressed(file, allow_pickle=False, **arrays)
    return path


def source_key(space: str, constants: Constants) -> str:
    """A hash of all that the fit depends on: space, sentences, ridge."""
    digest = hashlib.sha256(space.encode())
    for name in _SOURCES:
        digest.update(files("matcher").joinpath("data", name).read_bytes())
    digest.update(f"{constants.sector_reading.ridge} {constants.scenario_reading.ridge}".encode())
    return digest.hexdigest()


def _path(space: str) -> Path:
    name = "".join(character if character.isalnum() else "-" for character in space)
    return Path(str(files("matcher").joinpath("data", f"fitted-{name}.npz")))


def _read(arrays: dict[str, NDArray[np.generic]]) -> Fitted:
    means = {
        name.removeprefix("mean_"): np.asarray(vector, dtype=np.float32)
        for name, vector in arrays.items()
        if name.startswith("mean_")
    }
    classifiers = {
        facet: Classifier(
            codes=tuple(str(code) for code in arrays[f"{facet}_codes"]),
            weights=np.asarray(arrays[f"{facet}_weights"], dtype=np.float32),
            prior=np.asarray(arrays[f"{facet}_prior"], dtype=np.float32),
        )
        for facet in FACETS
    }
    return Fitted(means, classifiers)
