"""The network as a graph, on weights of toy size: float32 against torch, bytes against float32."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pytest
from typer.testing import CliRunner

from api.cli import app
from matcher.measure.activations import likeness, measured_scales, sampled
from matcher.measure.pairs import Examples
from matcher.model import quantization
from matcher.model.fetch import SPACE
from matcher.model.graph import vector_graph
from matcher.model.products import WEIGHT_TOP, integers
from matcher.model.quantization import Scales, quantization_id, ship_scales, shipped_scales
from matcher.model.tokens import Ids, padded
from matcher.model.weights import Tensor, Weights
from matcher.understanding.groups import Group

HIDDEN, INNER, LAYERS, WORDS, POSITIONS = 64, 96, 3, 60, 40
_OUTLIER = 25.0


def toy_weights() -> Weights:
    """Three layers of random weights; one channel of the hidden states lies far above the others."""
    dice = np.random.default_rng(5)

    def drawn(*shape: int) -> Tensor:
        return Tensor.of(dice.normal(0, 0.2, shape).astype(np.float32))

    tensors = {"emb.pos": drawn(POSITIONS, HIDDEN), "emb.type": drawn(2, HIDDEN)}
    blocks = dice.integers(0, 256, (WORDS * HIDDEN // 32, 18), dtype=np.uint8)
    blocks[:, :2] = np.array([0.1], dtype="<f2").view(np.uint8)
    tensors["emb.word"] = Tensor(dtype=1, elements=WORDS * HIDDEN, raw=blocks.reshape(-1))
    tensors |= _norm("emb.ln", dice)
    for layer in range(LAYERS):
        at = f"l{layer}"
        for name, outputs, inputs in (
            *((part, HIDDEN, HIDDEN) for part in ("q", "k", "v", "ao")),
            ("fi", INNER, HIDDEN),
            ("fo", HIDDEN, INNER),
        ):
            tensors[f"{at}.{name}.w"] = drawn(outputs, inputs)
            tensors[f"{at}.{name}.b"] = drawn(outputs)
        tensors |= _norm(f"{at}.aln", dice) | _norm(f"{at}.oln", dice)
    return Weights(
        hidden=HIDDEN,
        layers=LAYERS,
        heads=2,
        intermediate=INNER,
        vocabulary=WORDS,
        positions=POSITIONS,
        types=2,
        epsilon=1e-12,
        pieces=[],
        bos=0,
        eos=2,
        pad=1,
        unk=3,
        tensors=tensors,
    )


def _norm(name: str, dice: np.random.Generator) -> dict[str, Tensor]:
    gain = dice.normal(1, 0.1, HIDDEN).astype(np.float32)
    gain[7] = _OUTLIER
    shift = dice.normal(0, 0.1, HIDDEN).astype(np.float32)
    return {f"{name}.w": Tensor.of(gain), f"{name}.b": Tensor.of(shift)}


class Letters:
    """A token for each letter."""

    def read(self, texts: list[str]) -> list[Ids]:
        return [
            np.array([4 + ord(letter) % 50 for letter in text], dtype=np.int64) for text in texts
        ]


TEXTS = ["换模慢，设备老停机", "查", "漏检错检退货，" * 5, "要查每台机器开了多久", "缺料停线"] * 3
READER: Any = Letters()


@pytest.fixture(scope="module")
def weights() -> Weights:
    return toy_weights()


@pytest.fixture(scope="module")
def scales(weights: Weights) -> dict[str, Scales]:
    return measured_scales(weights, READER, TEXTS, lambda *_: None)


def vectors(weights: Weights, scales: dict[str, Scales] | None, ids: list[Ids]) -> Any:
    model = vector_graph(weights, scales).SerializeToString()
    session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
    return session.run(None, padded(ids))[0]


class TestFloats:
    def test_it_is_the_network_of_torch(self, weights: Weights) -> None:
        import torch

        from matcher.model.convert import bert_model

        (ids,) = READER.read(["换模慢，设备老停机"])
        with torch.no_grad():
            hidden = bert_model(weights)(torch.from_numpy(ids[None]))[0][0]
        wanted = torch.nn.functional.normalize(hidden.mean(dim=0), dim=0).numpy()
        np.testing.assert_allclose(vectors(weights, None, [ids])[0], wanted, atol=1e-5)


class TestBytes:
    def test_vectors_are_near_those_of_float32(
        self, weights: Weights, scales: dict[str, Scales]
    ) -> None:
        for ids in READER.read([*TEXTS[:5], "从没量过的一句话：要便宜"]):
            one, other = (vectors(weights, kind, [ids])[0] for kind in (None, scales))
            assert 0.995 < one @ other < 1 and np.linalg.norm(other) == pytest.approx(1, abs=1e-5)

    def test_without_factors_one_channel_drowns_the_others(
        self, weights: Weights, scales: dict[str, Scales]
    ) -> None:
        even = {
            name: Scales(np.ones_like(one.factors), np.float32((one.factors * one.step).max()))
            for name, one in scales.items()
        }
        found = [likeness(weights, kind, READER, TEXTS).median for kind in (scales, even)]
        assert found[0] > found[1]

    def test_a_vector_does_not_depend_on_its_batch(
        self, weights: Weights, scales: dict[str, Scales]
    ) -> None:
        read = sorted(READER.read(TEXTS[:5]), key=len, reverse=True)
        together = vectors(weights, scales, read)
        for ids, row in zip(read, together, strict=True):
            assert row @ vectors(weights, scales, [ids])[0] > 0.9999
        assert likeness(weights, scales, READER, TEXTS).alone > 0.9999

    def test_no_sum_of_two_products_leaves_sixteen_bits(self) -> None:
        matrix = np.random.default_rng(0).normal(size=(8, 5)).astype(np.float32)
        matrix[:, 3] = 0
        codes, scale = integers(matrix)
        assert np.abs(codes).max() == WEIGHT_TOP and 2 * 255 * WEIGHT_TOP < 2**15
        assert np.abs(codes * scale - matrix).max() <= scale.max() / 2 + 1e-7


class TestMeasured:
    def test_scales_hold_what_was_read(self, weights: Weights, scales: dict[str, Scales]) -> None:
        assert set(scales) == {
            f"l{n}.{part}" for n in range(LAYERS) for part in ("qkv", "ao", "fi")
        }
        # The channel that lies far above the others is divided by more.
        assert scales["l1.qkv"].factors[7] > 2 * np.median(scales["l1.qkv"].factors)
        assert all(one.step > 0 and (one.factors > 0).all() for one in scales.values())

    def test_the_same_texts_are_drawn_each_time(self) -> None:
        groups = [Group("S1-1a", "en", f"需{n}", f"need {n}", "a", "b", "c") for n in range(20)]
        examples = Examples([], groups, [])
        found = sampled(examples, 10)
        assert found == sampled(examples, 10) and len(set(found)) == 10
        assert all(text.startswith(("query: ", "passage: ")) for text in found)


class TestShipped:
    def test_what_is_read_is_what_was_written(
        self, elsewhere: None, scales: dict[str, Scales]
    ) -> None:
        first = ship_scales(scales).read_bytes()
        named = quantization_id()
        for name, one in shipped_scales().items():
            np.testing.assert_array_equal(one.factors, scales[name].factors)
            assert one.step == scales[name].step
        assert ship_scales(scales).read_bytes() == first and quantization_id() == named
        ship_scales(scales | {"l0.ao": Scales(scales["l0.ao"].factors, np.float32(0.5))})
        assert quantization_id() != named

    def test_the_space_is_named_after_them(self) -> None:
        assert SPACE.endswith(quantization_id())
        assert len(shipped_scales()) == 12 * 3

    def test_the_command_shows_what_bytes_cost_and_ships_them(
        self, elsewhere: None, weights: Weights, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        groups = [Group("S1-1a", "en", f"要{n}", f"need {n}", "治", "记账", "卖") for n in range(9)]
        stand_ins: dict[str, Any] = {
            "matcher.model.fetch.cached_model": lambda _: Path(),
            "matcher.model.fetch.published_weights": lambda *_: weights,
            "matcher.model.adaptation.shipped_changes": dict,
            "matcher.model.tokens.TokenReader": lambda _: READER,
            "matcher.measure.pairs.shipped_pairs": lambda: (Examples([], groups[:8]),) * 2,
        }
        for name, stand_in in stand_ins.items():
            monkeypatch.setattr(name, stand_in)
        shown = CliRunner().invoke(app, ["tune-quantization"])
        assert shown.exit_code == 0, shown.output
        assert "float32 ~ bytes" in shown.output and not quantization.quantization_file().exists()
        assert CliRunner().invoke(app, ["tune-quantization", "--write"]).exit_code == 0
        assert len(shipped_scales()) == LAYERS * 3
