"""Names inside a converted model's directory, and the prompts that the model was trained with."""

from __future__ import annotations

MAX_TOKENS = 512
QUERY_PROMPT = "query: "
PASSAGE_PROMPT = "passage: "
ONNX_MODEL = "onnx/model.onnx"
ONNX_TOKENIZER = "onnx/tokenizer.json"
COMMON_TOKENIZER = "onnx/tokenizer-common.json"
COMMON_IDS = "onnx/tokenizer-common-ids.npy"
