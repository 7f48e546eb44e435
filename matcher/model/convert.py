"""Convert the weights to a sentence-transformers directory and the ONNX files that serve, beside it.

Runs once per machine. Only the sentence-transformers directory, which nothing but comparisons and
fine-tuning needs, is written with torch.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import numpy as np

from matcher.model.graph import vector_graph
from matcher.model.names import MAX_TOKENS, ONNX_MODEL, PASSAGE_PROMPT, QUERY_PROMPT
from matcher.model.quantization import shipped_scales
from matcher.model.tokens import build_tokenizer, write_tokenizers
from matcher.model.weights import Weights

BERT_NAMES = {
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "aln": "attention.output.LayerNorm",
    "fi": "intermediate.dense",
    "fo": "output.dense",
    "oln": "output.LayerNorm",
}
"""Parts of a layer: their names in the file, and in ``transformers.BertLayer``."""


def write_sentence_transformer(weights: Weights, directory: Path) -> None:
    """Write ``directory`` so that ``SentenceTransformer(directory)`` loads it without a network."""
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import Normalize, Pooling, Transformer
    from transformers import PreTrainedTokenizerFast

    plain = directory / "transformers"
    bert = bert_model(weights)
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
    """Write what serves: the network in bytes as one ONNX file, and its tokenizers."""
    (directory / "onnx").mkdir(parents=True, exist_ok=True)
    (directory / ONNX_MODEL).write_bytes(
        vector_graph(weights, shipped_scales()).SerializeToString()
    )
    write_tokenizers(weights, directory)


def bert_model(weights: Weights) -> Any:
    """``weights`` as a ``transformers.BertModel`` without a pooler, in evaluation mode."""
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
    hidden = weights.hidden
    tensors = {name: tensor.values() for name, tensor in weights.tensors.items()}
    state = {
        "embeddings.word_embeddings.weight": tensors["emb.word"].reshape(-1, hidden),
        "embeddings.position_embeddings.weight": tensors["emb.pos"].reshape(-1, hidden),
        "embeddings.token_type_embeddings.weight": tensors["emb.type"].reshape(-1, hidden),
        "embeddings.LayerNorm.weight": tensors["emb.ln.w"],
        "embeddings.LayerNorm.bias": tensors["emb.ln.b"],
    }
    for layer in range(weights.layers):
        for short, name in BERT_NAMES.items():
            weight = tensors[f"l{layer}.{short}.w"]
            bias = tensors[f"l{layer}.{short}.b"]
            if not short.endswith("ln"):
                weight = weight.reshape(bias.size, -1)
            state[f"encoder.layer.{layer}.{name}.weight"] = weight
            state[f"encoder.layer.{layer}.{name}.bias"] = bias
    return state
