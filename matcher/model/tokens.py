"""Texts to token ids: the XLM-R Unigram vocabulary, and the part of it that most texts need.

A Unigram piece can only be cut from a text that holds all its characters. So a text of common
characters (Chinese, Latin with western accents, Greek, signs) has the same cut under the 120,000
pieces made of such characters as under all 250,000: the small vocabulary is loaded at once, the
whole one with the first text that holds another character. The ids are those of the whole one.
"""

from __future__ import annotations

import dataclasses
import re
import threading
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers, processors

from matcher.model.fetch import damaged
from matcher.model.names import COMMON_IDS, COMMON_TOKENIZER, MAX_TOKENS, ONNX_TOKENIZER
from matcher.model.weights import Weights

Ids = NDArray[np.int64]
_NEVER = -1000.0
_COMMON = (
    "\\t\\n\\r -~\\u00a0-\\u00a7\\u00a9-\\u00ae\\u00b0-\\u00b3\\u00b5-\\u00b7\\u00b9-\\u00ff"  # Latin-1
    "\\u0391-\\u03a1\\u03a3-\\u03c9"  # Greek
    "\\u2010-\\u2016\\u2018-\\u203d\\u2040-\\u205e\\u2070\\u2074-\\u208e\\u20ac"  # punctuation
    "\\u2103\\u2109\\u2116\\u2121\\u2122\\u2126\\u2150-\\u2188\\u2190-\\u22ff"  # signs, arrows, maths
    "\\u2460-\\u24ff\\u2500-\\u25ff\\u2605-\\u2606\\u2581"  # numbers in circles, shapes
    "\\u3000-\\u3029\\u3030\\u3220-\\u3243\\u3280-\\u32b0\\u3371-\\u33df"  # Chinese punctuation
    "\\u3400-\\u4dbf\\u4e00-\\u9fff\\ufe30-\\ufe44\\uff01-\\uff5e\\uffe0-\\uffe2\\uffe5"
)
"""Characters whose normal form (NFKC) again holds such characters only; none of them combines."""
_OTHER = re.compile(f"[^{_COMMON}]")


def is_common(text: str) -> bool:
    """Whether ``text`` holds common characters only."""
    return _OTHER.search(text) is None


def build_tokenizer(weights: Weights) -> Tokenizer:
    """The XLM-R Unigram tokenizer, ``<s> … </s>``; nothing is cut off.

    Typed ``</s>`` stays text: the special pieces are kept out of reach of the Unigram search, and
    special tokens in the text are not recognised.
    """
    special = _special(weights)
    pieces = [
        (piece, _NEVER if i in special else score)
        for i, (piece, score) in enumerate(weights.pieces)
    ]
    tokenizer = Tokenizer(models.Unigram(pieces, unk_id=weights.unk, byte_fallback=False))
    tokenizer.normalizer = normalizers.Sequence(
        [normalizers.Nmt(), normalizers.NFKC(), normalizers.Replace(Regex(" {2,}"), " ")]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="always")
    bos, eos = pieces[weights.bos][0], pieces[weights.eos][0]
    tokenizer.post_processor = processors.TemplateProcessing(
        single=f"{bos} $A {eos}",
        special_tokens=[(bos, weights.bos), (eos, weights.eos)],
    )
    return tokenizer


def write_tokenizers(weights: Weights, directory: Path) -> None:
    """Write the whole vocabulary, its common part, and the whole one's ids of that part."""
    special = _special(weights)
    kept = [i for i, (piece, _) in enumerate(weights.pieces) if i in special or is_common(piece)]
    place = {old: new for new, old in enumerate(kept)}
    common = dataclasses.replace(
        weights,
        pieces=[weights.pieces[i] for i in kept],
        bos=place[weights.bos],
        eos=place[weights.eos],
        pad=place[weights.pad],
        unk=place[weights.unk],
    )
    for name, part in ((ONNX_TOKENIZER, weights), (COMMON_TOKENIZER, common)):
        tokenizer = build_tokenizer(part)
        tokenizer.enable_truncation(MAX_TOKENS)
        tokenizer.save(str(directory / name), pretty=False)
    np.save(directory / COMMON_IDS, np.array(kept, dtype=np.int64))


def _special(weights: Weights) -> set[int]:
    return {weights.bos, weights.eos, weights.pad, weights.unk, len(weights.pieces) - 1}


class TokenReader:
    """Texts to ids of the whole vocabulary, at most 512 a text. Thread-safe."""

    def __init__(self, directory: Path):
        """Load the common part of the vocabulary from ``directory``.

        Raises:
            ModelCorrupt: a file of it cannot be read.
        """
        self._whole_path = directory / ONNX_TOKENIZER
        self._common = _loaded(directory / COMMON_TOKENIZER)
        ids = directory / COMMON_IDS
        try:
            self._ids: Ids = np.load(ids, allow_pickle=False)
        except (OSError, ValueError, EOFError) as error:
            raise damaged(ids) from error
        if self._ids.shape != (self._common.get_vocab_size(),):
            raise damaged(ids)
        self._whole: Tokenizer | None = None
        self._loading = threading.Lock()

    def read(self, texts: Sequence[str]) -> list[Ids]:
        """Ids of each text, ``<s>`` first and ``</s>`` last.

        Raises:
            ModelCorrupt: the whole vocabulary is needed for the first time and cannot be read.
        """
        if all(map(is_common, texts)):
            return [self._ids[one.ids] for one in self._common.encode_batch_fast(list(texts))]
        return [
            self._ids[self._common.encode(text).ids]
            if is_common(text)
            else np.array(self._whole_vocabulary().encode(text).ids, dtype=np.int64)
            for text in texts
        ]

    def _whole_vocabulary(self) -> Tokenizer:
        with self._loading:
            if self._whole is None:
                self._whole = _loaded(self._whole_path)
            return self._whole


def _loaded(path: Path) -> Tokenizer:
    try:
        tokenizer = Tokenizer.from_file(str(path))
    except Exception as error:  # the library has no narrower type
        raise damaged(path) from error
    tokenizer.encode_special_tokens = True
    return tokenizer


def padded(sequences: Sequence[Ids]) -> dict[str, Ids]:
    """What the network reads of ``sequences``, the longest of them first: ids and mask, by name."""
    shape = (len(sequences), len(sequences[0]))
    ids, mask = np.ones(shape, dtype=np.int64), np.zeros(shape, dtype=np.int64)
    for row, sequence in enumerate(sequences):
        ids[row, : len(sequence)] = sequence
        mask[row, : len(sequence)] = 1
    return {"input_ids": ids, "attention_mask": mask}
