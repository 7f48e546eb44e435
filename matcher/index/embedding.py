"""Vectors of texts, each encoded once: kept in the store by vector space, side and content hash."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from contextlib import nullcontext, suppress
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from catalog.errors import StoreUnavailable
from catalog.kept import kept_vectors
from catalog.store import LOCK_SECONDS, Store
from matcher.encoder import Encoder

Vectors = NDArray[np.float32]
Progress = Callable[[int, int], None]
Side = Literal["need", "offer"]
_DIGEST_BYTES = 32
_DIGEST = f"S{_DIGEST_BYTES}"
ENCODED_AT_ONCE = 256
"""Texts encoded between two writes: what a killed build loses at most."""
_READ_AT_ONCE = 2_000
_HURRY_SECONDS = 0.2


def embed(
    store: Store,
    encoder: Encoder,
    side: Side,
    texts: Sequence[str],
    progress: Progress | None = None,
    hurry: bool = False,
) -> Vectors:
    """Unit vectors of ``texts``, float32 of shape ``(len(texts), dimension)``.

    Texts that the store has seen on this side of this vector space are not encoded again; new
    vectors are kept chunk by chunk, so that a build that was killed goes on where it stopped. Beside
    the result only a chunk of vectors is in memory. In a ``hurry``, when an answer waits, vectors
    are not kept while an import holds the store's lock.

    Raises:
        StoreUnavailable: the store cannot be read or, but for a hurry, written.
    """
    space, kept = space_of(encoder.space, side), kept_vectors(store)
    vectors = np.empty((len(texts), encoder.dimension), dtype=np.float32)
    if not texts:
        return vectors
    digests = np.fromiter(map(digest_of, texts), dtype=_DIGEST, count=len(texts))
    unique, first, same = np.unique(digests, return_index=True, return_inverse=True)
    missing: list[int] = []
    for start in range(0, len(unique), _READ_AT_ONCE):
        keys = [hexadecimal(one) for one in unique[start : start + _READ_AT_ONCE]]
        known = kept.found(space, keys)
        for row, key in zip(first[start : start + len(keys)].tolist(), keys, strict=True):
            if key in known:
                vectors[row] = np.frombuffer(known[key], dtype=np.float32)
            else:
                missing.append(row)
    # Texts of like length are encoded together: padding is work.
    missing.sort(key=lambda row: len(texts[row]))
    encode = encoder.encode_needs if side == "need" else encoder.encode_offers
    for start in range(0, len(missing), ENCODED_AT_ONCE):
        rows = missing[start : start + ENCODED_AT_ONCE]
        encoded = np.asarray(encode([texts[row] for row in rows]), dtype=np.float32)
        fresh = {
            hexadecimal(digests[row]): one.tobytes() for row, one in zip(rows, encoded, strict=True)
        }
        with suppress(StoreUnavailable) if hurry else nullcontext():
            kept.keep(space, fresh, _HURRY_SECONDS if hurry else LOCK_SECONDS)
        vectors[rows] = encoded
        if progress is not None:
            progress(start + len(rows), len(missing))
    repeated = np.flatnonzero(first[same] != np.arange(len(texts)))
    vectors[repeated] = vectors[first[same[repeated]]]
    return vectors


def space_of(space: str, side: Side) -> str:
    """The name under which the store keeps vectors of one side of a vector space."""
    return f"{space}/{side}"


def digest_of(text: str) -> bytes:
    """The hash by which a text is known again: 32 bytes."""
    return hashlib.sha256(text.encode()).digest()


def hexadecimal(digest: bytes) -> str:
    """A digest as the store knows it; numpy takes zeros off the end of fixed-width bytes."""
    return digest.ljust(_DIGEST_BYTES, b"\0").hex()


def unit(vectors: Vectors) -> Vectors:
    """``vectors`` scaled to length 1; a zero vector stays zero."""
    lengths = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return np.asarray(vectors / np.maximum(lengths, 1e-12), dtype=np.float32)
