"""Vectors of texts, each encoded once: kept in the store by vector space, side and content hash."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from catalog.store import Store
from matcher.encoder import Encoder

Vectors = NDArray[np.float32]
Progress = Callable[[int, int], None]
Side = Literal["need", "offer"]
_CHUNK = 256
"""Texts encoded between two writes: what a killed build loses at most."""


def embed(
    store: Store,
    encoder: Encoder,
    side: Side,
    texts: Sequence[str],
    progress: Progress | None = None,
) -> Vectors:
    """Unit vectors of ``texts``, float32 of shape ``(len(texts), dimension)``.

    Texts that the store has seen on this side of this vector space are not encoded again; new
    vectors are kept chunk by chunk, so that a build that was killed goes on where it stopped.
    """
    space = f"{encoder.space}/{side}"
    hashes = [hashlib.sha256(text.encode()).hexdigest() for text in texts]
    known = store.embeddings(space, list(dict.fromkeys(hashes)))
    missing = {key: text for key, text in zip(hashes, texts, strict=True) if key not in known}
    # Texts of like length are encoded together: padding is work.
    order = sorted(missing, key=lambda key: len(missing[key]))
    encode = encoder.encode_needs if side == "need" else encoder.encode_offers
    for start in range(0, len(order), _CHUNK):
        keys = order[start : start + _CHUNK]
        vectors = encode([missing[key] for key in keys])
        fresh = {key: vector.tobytes() for key, vector in zip(keys, vectors, strict=True)}
        store.keep_embeddings(space, fresh)
        known.update(fresh)
        if progress is not None:
            progress(start + len(keys), len(order))
    if not texts:
        return np.empty((0, encoder.dimension), dtype=np.float32)
    return np.vstack([np.frombuffer(known[key], dtype=np.float32) for key in hashes])


def unit(vectors: Vectors) -> Vectors:
    """``vectors`` scaled to length 1; a zero vector stays zero."""
    lengths = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return np.asarray(vectors / np.maximum(lengths, 1e-12), dtype=np.float32)
