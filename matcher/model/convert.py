"""Convert the weights to a sentence-transformers directory and an ONNX export beside it.

Runs once per machine; it is the only place that needs torch and sentence-transformers.
"""

from __future__ import annotations

import shutil
import warnings
from pathlib import Path
from typing import Any

import numpy as np
from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers, processors

from matcher.model.names import (
    MAX_TOKENS,
    ONNX_MODEL,
    ONNX_TOKENIZER,
    PASSAGE_PROMPT,
    QUERY_PROMPT,
)
from matcher.model.weights import Weights

_NEVER = -1000.0
_BERT_NAMES = {
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "aln": "attention.output.LayerNorm",
    "fi": "intermediate.dense",
    "fo": "output.dense",
    "oln": "output.LayerNorm",
}


def build_tokenizer(weights: Weights) -> Tokenizer:
    """The XLM-R Unigram tokenizer, ``<s> … </s>``, cut at 512 tokens.

    Typed ``</s>`` stays text: the special pieces are kept out of reach of the Unigram search, and
    special tokens in the text are not recognised.
    """
    special = {weights.bos, weights.eos, weights.pad, weights.unk, len(weights.pieces) - 1}
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


def write_sentence_transformer(weights: Weights, directory: Path) -> None:
    """Write ``directory`` so that ``SentenceTransformer(directory)`` loads it without a network."""
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import Normalize, Pooling, Transformer
    from transformers import PreTrainedTokenizerFast

    plain = directory / "transformers"
    bert = _bert(weights)
    bert.save_pretrained(plain)
    tokenizer = PreTrainedTokenizerFast(  # type: ignore[no-untyped-call]
        tokenizer_object=build_tokenizer(weights),
        bos_token=weights.pieces[weights.bos][0],
        cls_token=weights.pieces[weights.bos][0],
        eos_token=weights.pieces[weights.eos][0],
        sep_token=weights.pieces[weights.eos][0],
        pad_token=weights.pieces[weights.pad][0],
        unk_token=weights.pieces[weights.unk][0],
        model_max_length=MAX_TOKENS,
        split_special_tokens=True,
    )
    tokenizer.save_pretrained(plain)
    transformer = Transformer(
        str(plain), max_seq_length=MAX_TOKENS, model_kwargs={"add_pooling_layer": False}
    )
    model = SentenceTransformer(
        modules=[transformer, Pooling(weights.hidden, pooling_mode="mean"), Normalize()],
        prompts={"query": QUERY_PROMPT, "document": PASSAGE_PROMPT},
    )
    model.save(str(directory))
    shutil.rmtree(plain)
    for path in directory.rglob("*"):
        path.chmod(0o755 if path.is_dir() else 0o644)


def write_onnx(weights: Weights, directory: Path) -> None:
    """Write the export with pooling and L2 norm inside: token ids and mask in, unit vectors out."""
    import torch

    class SentenceVectors(torch.nn.Module):
        def __init__(self, bert: Any):
            super().__init__()
            self.bert = bert

        def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> torch.Tensor:
            hidden = self.bert(input_ids=input_ids, attention_mask=attention_mask)[0]
            mask = attention_mask.unsqueeze(-1).to(hidden.dtype)
            pooled = (hidden * mask).sum(1) / mask.sum(1).clamp(min=1e-9)
            return torch.nn.functional.normalize(pooled, dim=1)

    (directory / "onnx").mkdir(parents=True, exist_ok=True)
    module = SentenceVectors(_bert(weights)).eval()
    # Two tensors: an export of one tensor given twice would merge the inputs.
    sample = (
        torch.full((2, 8), weights.unk, dtype=torch.int64),
        torch.ones((2, 8), dtype=torch.int64),
    )
    batch = torch.export.Dim("batch", min=1, max=1024)
    tokens = torch.export.Dim("tokens", min=2, max=MAX_TOKENS)
    shape = {0: batch, 1: tokens}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            module,
            sample,
            str(directory / ONNX_MODEL),
            dynamo=True,
            input_names=["input_ids", "attention_mask"],
            output_names=["vectors"],
            dynamic_shapes=(shape, shape),
            external_data=False,
            verbose=False,
        )
    tokenizer = build_tokenizer(weights)
    tokenizer.enable_truncation(MAX_TOKENS)
    tokenizer.save(str(directory / ONNX_TOKENIZER))


def _bert(weights: Weights) -> Any:
    import torch
    from transformers import BertConfig, BertModel

    config = BertConfig(
        vocab_size=weights.vocabulary,
        hidden_size=weights.hidden,
        num_hidden_layers=weights.layers,
        num_attention_heads=weights.heads,
        intermediate_size=weights.intermediate,
        max_position_embeddings=weights.positions,
        type_vocab_size=weights.types,
        layer_norm_eps=weights.epsilon,
        pad_token_id=weights.pad,
    )
    model = BertModel(config, add_pooling_layer=False)
    state = {
        name: torch.from_numpy(np.ascontiguousarray(values))
        for name, values in _state(weights).items()
    }
    model.load_state_dict(state, strict=True)
    return model.eval()  # type: ignore[no-untyped-call]


def _state(weights: Weights) -> dict[str, Any]:
    """Tensors under the names and in the shapes of ``transformers.BertModel``."""
    tensors, hidden = weights.tensors, weights.hidden
    state = {
        "embeddings.word_embeddings.weight": tensors["emb.word"].reshape(-1, hidden),
        "embeddings.position_embeddings.weight": tensors["emb.pos"].reshape(-1, hidden),
        "embeddings.token_type_embeddings.weight": tensors["emb.type"].reshape(-1, hidden),
        "embeddings.LayerNorm.weight": tensors["emb.ln.w"],
        "embeddings.LayerNorm.bias": tensors["emb.ln.b"],
    }
    for layer in range(weights.layers):
        for short, name in _BERT_NAMES.items():
            weight = tensors[f"l{layer}.{short}.w"]
            bias = tensors[f"l{layer}.{short}.b"]
            if not short.endswith("ln"):
                weight = weight.reshape(bias.size, -1)
            state[f"encoder.layer.{layer}.{name}.weight"] = weight
            state[f"encoder.layer.{layer}.{name}.bias"] = bias
    return state
