"""Read ``e5-small-q4.bin``: the 4-bit weights of multilingual-e5-small and its vocabulary.

Layout (DESIGN §5), little-endian: header, SentencePiece vocabulary, tensor table, tensors. A Q4_0
block of 32 weights is a float16 scale and 16 bytes; weight = (nibble - 8) x scale, low nibbles
first. Offsets count from the start of the file.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from catalog.errors import Bilingual
from matcher.errors import ModelCorrupt

MAGIC = b"E5S1"
_F32, _Q4_0 = 0, 1
_BLOCK = 32
_BLOCK_BYTES = 18


@dataclass(frozen=True, slots=True)
class Tensor:
    """One tensor as the file holds it: float32, or blocks of 32 four-bit weights with a scale."""

    dtype: int
    elements: int
    raw: NDArray[np.uint8]

    @classmethod
    def of(cls, values: NDArray[np.float32]) -> Tensor:
        """``values`` as float32."""
        return cls(
            _F32, values.size, np.ascontiguousarray(values, "<f4").reshape(-1).view(np.uint8)
        )

    def values(self) -> NDArray[np.float32]:
        """The weights, shape ``(elements,)``."""
        if self.dtype == _F32:
            return self.raw.view("<f4").astype(np.float32)
        nibbles, scales = self._blocks()
        weights = (nibbles.astype(np.float32) - 8.0) * scales[:, None]
        return weights.reshape(-1)[: self.elements]

    def packed(self) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
        """Blocks as ONNX Runtime takes them: two neighbours a byte, the first one in the low half.

        Bytes of shape ``(blocks, 16)`` and scales of shape ``(blocks,)``, of a four-bit tensor.
        """
        nibbles, scales = self._blocks()
        return np.bitwise_or(nibbles[:, 0::2], nibbles[:, 1::2] << 4, dtype=np.uint8), scales

    def _blocks(self) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
        blocks = self.raw.reshape(-1, _BLOCK_BYTES)
        scales = np.ascontiguousarray(blocks[:, :2]).view("<f2").astype(np.float32)
        halves = blocks[:, 2:]
        return np.concatenate([halves & 0x0F, halves >> 4], axis=1), scales[:, 0]


@dataclass(frozen=True, slots=True)
class Weights:
    """The network's sizes, vocabulary with scores, and tensors by their name in the file."""

    hidden: int
    layers: int
    heads: int
    intermediate: int
    vocabulary: int
    positions: int
    types: int
    epsilon: float
    pieces: list[tuple[str, float]]
    bos: int
    eos: int
    pad: int
    unk: int
    tensors: dict[str, Tensor]


class _Reader:
    def __init__(self, data: bytes):
        self.data = data
        self.at = 0

    def take(self, layout: str) -> tuple[Any, ...]:
        values = struct.unpack_from("<" + layout, self.data, self.at)
        self.at += struct.calcsize("<" + layout)
        return values

    def array(self, dtype: str, count: int) -> NDArray[Any]:
        values = np.frombuffer(self.data, dtype=dtype, count=count, offset=self.at)
        self.at += values.nbytes
        return values


def read_weights(path: Path) -> Weights:
    """The contents of the file at ``path``.

    Raises:
        ModelCorrupt: the file is not of this format or is cut short.
    """
    try:
        return _read(_Reader(path.read_bytes()))
    except (struct.error, ValueError, IndexError, KeyError) as error:
        raise ModelCorrupt(
            Bilingual(f"模型文件无法读取：{path}", f"the model file cannot be read: {path}"),
            Bilingual("请删除缓存后重新获取模型", "delete the cache and fetch the model again"),
        ) from error


def _read(file: _Reader) -> Weights:
    magic, _version = file.take("4sI")
    if magic != MAGIC:
        raise ValueError("magic")
    hidden, layers, heads, intermediate, vocabulary, positions, types = file.take("7i")
    (epsilon,) = file.take("f")
    (block,) = file.take("i")
    if block != _BLOCK:
        raise ValueError("block size")
    count, bos, eos, pad, unk = file.take("5i")
    (blob_bytes,) = file.take("Q")
    offsets = file.array("<u4", count + 1)
    scores = file.array("<f4", count)
    blob = file.data[file.at : file.at + blob_bytes]
    file.at += blob_bytes
    pieces = [(blob[offsets[i] : offsets[i + 1]].decode(), float(scores[i])) for i in range(count)]
    _, table_bytes = file.take("iI")
    file.at += table_bytes
    (tensor_count,) = file.take("i")
    tensors = {}
    for _ in range(tensor_count):
        (length,) = file.take("H")
        name = file.data[file.at : file.at + length].decode()
        file.at += length
        dtype, elements, offset, size = file.take("BIQQ")
        tensors[name] = _tensor(file.data, dtype, elements, offset, size)
    return Weights(
        hidden=hidden,
        layers=layers,
        heads=heads,
        intermediate=intermediate,
        vocabulary=vocabulary,
        positions=positions,
        types=types,
        epsilon=epsilon,
        pieces=pieces,
        bos=bos,
        eos=eos,
        pad=pad,
        unk=unk,
        tensors=tensors,
    )


def _tensor(data: bytes, dtype: int, elements: int, offset: int, size: int) -> Tensor:
    raw = np.frombuffer(data, dtype=np.uint8, count=size, offset=offset)
    expected = {_F32: elements * 4, _Q4_0: -(-elements // _BLOCK) * _BLOCK_BYTES}
    if expected.get(dtype) != size:
        raise ValueError("tensor")
    return Tensor(dtype, elements, raw)
