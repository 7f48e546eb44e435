"""Texts to unit vectors: the `Encoder` protocol, the ONNX model that serves, and any other model."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from catalog.errors import Bilingual
from matcher.errors import ModelMissing
from matcher.model.fetch import SPACE, damaged
from matcher.model.names import ONNX_MODEL, PASSAGE_PROMPT, QUERY_PROMPT
from matcher.model.tokens import Ids, TokenReader, padded

Vectors = NDArray[np.float32]
Progress = Callable[[int, int], None]
_BATCH_TOKENS = 512
"""Tokens in one batch, padding included: small enough for the cache of one core."""


class Encoder(Protocol):
    """Two sides of one vector space. Vectors are L2-normalised float32, one row a text."""

    @property
    def space(self) -> str:
        """Identity of the vector space: vectors of two spaces are never compared."""
        ...

    @property
    def dimension(self) -> int:
        """Length of a vector."""
        ...

    def encode_needs(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        """Vectors of needs, shape ``(len(texts), dimension)``."""
        ...

    def encode_offers(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        """Vectors of offers, shape ``(len(texts), dimension)``."""
        ...


class PreparedNeed:
    """A need that is tokens already; the network runs when `vector` is first asked for. Thread-safe."""

    def __init__(self, run: Callable[[], Vectors]):
        self._run = run
        self._vector: Vectors | None = None
        # Of its own: `cached_property` has one lock for all needs, which would be encoded by turns.
        self._lock = threading.Lock()

    @property
    def encoded(self) -> bool:
        """Whether `vector` is known already."""
        return self._vector is not None

    @property
    def vector(self) -> Vectors:
        """The unit vector of the need, shape ``(dimension,)``."""
        with self._lock:
            if self._vector is None:
                self._vector = np.asarray(self._run(), dtype=np.float32)
            return self._vector


@runtime_checkable
class Preparing(Protocol):
    """An encoder whose work is in two parts: the network runs without holding up other threads."""

    def prepared(self, text: str) -> PreparedNeed:
        """``text`` as tokens, to be encoded as `Encoder.encode_needs` would."""
        ...


def prepared(encoder: Encoder, text: str) -> PreparedNeed:
    """``text`` prepared by ``encoder``, or to be encoded as a whole when its vector is asked for."""
    if isinstance(encoder, Preparing):
        return encoder.prepared(text)
    return PreparedNeed(lambda: encoder.encode_needs([text])[0])


class OnnxEncoder:
    """The offline model through onnxruntime and tokenizers, without torch. Thread-safe.

    Each run of the network takes one thread; batches of many texts run beside each other. A text's vector
    is the same alone and in a batch, but for what rounding to bytes makes of the last bits of float32: a
    cosine of 0.9999 or more.
    """

    def __init__(self, directory: Path, threads: int = 2):
        """Load the model in ``directory`` (see `matcher.model.fetch.ensure_model`).

        ``threads`` is how many batches run beside each other.

        Raises:
            ModelMissing: there is no model in ``directory``.
            ModelCorrupt: a file of it cannot be read.
        """
        model = directory / ONNX_MODEL
        if not model.is_file():
            raise ModelMissing(
                Bilingual(
                    f"{directory} 里没有 ONNX 模型", f"there is no ONNX export in {directory}"
                ),
                Bilingual("请运行 qingzhun model fetch", "run qingzhun model fetch"),
            )
        try:
            self._session = network_session(model)
        except Exception as error:
            raise damaged(model) from error
        self._reader = TokenReader(directory)
        self._dimension = int(self._session.get_outputs()[0].shape[1])
        self._threads = threads

    @property
    def space(self) -> str:
        """Identity of the vector space."""
        return SPACE

    @property
    def dimension(self) -> int:
        """Length of a vector."""
        return self._dimension

    def encode_needs(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        """Vectors of needs, shape ``(len(texts), dimension)``."""
        return self._encode([QUERY_PROMPT + text for text in texts], progress)

    def prepared(self, text: str) -> PreparedNeed:
        """``text`` as tokens, to be encoded when its vector is asked for."""
        ids = self._reader.read([QUERY_PROMPT + text])
        return PreparedNeed(lambda: self._run(ids)[0])

    def encode_offers(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        """Vectors of offers, shape ``(len(texts), dimension)``."""
        return self._encode([PASSAGE_PROMPT + text for text in texts], progress)

    def _encode(self, texts: list[str], progress: Progress | None) -> Vectors:
        vectors = np.empty((len(texts), self._dimension), dtype=np.float32)
        ids = self._reader.read(texts)
        groups = batches([len(one) for one in ids], _BATCH_TOKENS)
        done = 0
        with ExitStack() as stack:
            run: Callable[..., Iterable[Vectors]] = map
            if len(groups) > 1:
                pool = ThreadPoolExecutor(self._threads)
                stack.callback(pool.shutdown, cancel_futures=True)
                run = pool.map
            runs = run(self._run, ([ids[row] for row in rows] for rows in groups))
            for rows, found in zip(groups, runs, strict=True):
                vectors[rows] = found
                done += len(rows)
                if progress is not None:
                    progress(done, len(texts))
        return vectors

    def _run(self, sequences: list[Ids]) -> Vectors:
        """The vectors of ``sequences``, the longest of them first."""
        found: Vectors = self._session.run(None, padded(sequences))[0]
        return found


def network_session(model: Path | bytes) -> Any:
    """The network in the file ``model``, or in its bytes, as it serves: one thread a run."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    # A second thread would wait for the first at each of 200 small nodes: within a match it gains nothing.
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    # The graph is fused as it was written; more fusion would bring the slow layer norm back.
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC
    options.log_severity_level = 4
    given = model if isinstance(model, bytes) else str(model)
    return onnxruntime.InferenceSession(given, options, providers=["CPUExecutionProvider"])


class SentenceTransformerEncoder:
    """Any sentence-transformers model: a local directory, or a name that the local cache holds.

    On the converted model's directory the float32 reference of what serves. Never asks a hub.
    """

    def __init__(self, name: str, space: str | None = None):
        """Load ``name``; ``space`` is its identity when it is not the name itself.

        Raises:
            ModelMissing: the model is not on this machine.
        """
        from sentence_transformers import SentenceTransformer

        try:
            self._model: Any = SentenceTransformer(name, device="cpu", local_files_only=True)
        except (OSError, ValueError) as error:
            raise ModelMissing(
                Bilingual(f"本机没有模型 {name}", f"the model {name} is not on this machine"),
                Bilingual("请给出本地目录", "name a local directory"),
            ) from error
        self._space = space or f"st-{name}"
        self._lock = threading.Lock()

    @property
    def space(self) -> str:
        """Identity of the vector space."""
        return self._space

    @property
    def dimension(self) -> int:
        """Length of a vector."""
        return int(self._model.get_embedding_dimension())

    def encode_needs(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        """Vectors of needs, shape ``(len(texts), dimension)``."""
        return self._run(self._model.encode_query, texts, progress)

    def encode_offers(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        """Vectors of offers, shape ``(len(texts), dimension)``."""
        return self._run(self._model.encode_document, texts, progress)

    def _run(self, encode: Any, texts: Sequence[str], progress: Progress | None) -> Vectors:
        with self._lock:
            vectors = encode(list(texts), normalize_embeddings=True, show_progress_bar=False)
        if progress is not None:
            progress(len(texts), len(texts))
        return np.asarray(vectors, dtype=np.float32).reshape(len(texts), self.dimension)


def batches(lengths: Sequence[int], tokens: int) -> list[list[int]]:
    """Rows grouped by length, longest first, each group within ``tokens`` when padded.

    A row less than half as long as its group's longest opens a group: padding would cost more.

    >>> batches([5, 9, 4], tokens=18)
    [[1, 0], [2]]
    """
    order = sorted(range(len(lengths)), key=lambda row: -lengths[row])
    groups: list[list[int]] = []
    for row in order:
        longest = lengths[groups[-1][0]] if groups else 0
        if groups and (len(groups[-1]) + 1) * longest <= tokens and 2 * lengths[row] >= longest:
            groups[-1].append(row)
        else:
            groups.append([row])
    return groups
