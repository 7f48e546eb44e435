"""What the encoder learns: the examples, the fit on a network of toy size, what is shipped and added."""

from __future__ import annotations

import random
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import fields
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

from api.cli import app
from catalog.wording import normalised
from matcher.measure.judgments import read_judgments
from matcher.measure.pairs import Examples, Leaf, Said, batches, shipped_pairs, sisters
from matcher.model import adaptation
from matcher.model.adaptation import adaptation_id, adapted, ship_changes, shipped_changes
from matcher.model.fetch import SPACE
from matcher.model.weights import Tensor, Weights
from matcher.understanding.groups import Group, group_needs, shipped_groups

WORDS = ("停机", "换模", "漏油", "缺料", "返工", "断电", "毛刺", "积压")


class Words:
    """Cuts a text at its spaces; a word is a number of its own, as far as 60 go."""

    def read(self, texts: Sequence[str]) -> list[Any]:
        return [
            np.array([2 + zlib.crc32(word.encode()) % 60 for word in text.split()], dtype=np.int64)
            for text in texts
        ]


def toy_model() -> Any:
    import torch
    from transformers import BertConfig, BertModel

    torch.manual_seed(1)
    config = BertConfig(
        vocab_size=64,
        hidden_size=32,
        num_hidden_layers=7,
        num_attention_heads=2,
        intermediate_size=48,
        pad_token_id=1,
    )
    return BertModel(config, add_pooling_layer=False).eval()


def toy_network() -> Any:
    from matcher.measure.adapt_network import AdaptedNetwork

    return AdaptedNetwork(toy_model(), Words())  # type: ignore[arg-type]


def toy_examples() -> Examples:
    """What is said and what answers it share no word."""
    leaves = [
        Leaf(
            f"F{place // 2}",
            [Said(f"{word} 老 是", "zh"), Said(f"又 {word}", "zh")],
            [f"治 {word}方"],
        )
        for place, word in enumerate(WORDS)
    ]
    groups = [
        Group(
            *("S1-1a", "en", f"{word} 了", f"our {word}x"),
            *(f"治 {word}方", f"记 {word}账", f"卖 {word}单"),
        )
        for word in WORDS
    ]
    return Examples(leaves, groups, [(f"{word} 了", f"our {word}x") for word in WORDS])


class TestExamples:
    def test_what_is_kept_apart_is_not_learned(self) -> None:
        learned, apart = shipped_pairs()
        assert len(learned.leaves) > 8 * len(apart.leaves) > 0
        assert len(learned.groups) > 8 * len(apart.groups) > 0
        needs = {need.text for leaf in learned.leaves for need in leaf.needs}
        assert not needs & {need.text for leaf in apart.leaves for need in leaf.needs}
        assert not {one.need for one in learned.groups} & {one.need for one in apart.groups}
        assert all(leaf.needs and leaf.offers for leaf in (*learned.leaves, *apart.leaves))

    def test_the_needs_of_groups_are_examples_of_their_function_and_scenario(self) -> None:
        learned, apart = shipped_groups()
        of_function, of_scenario = (list(group_needs(one)) for one in ("function", "scenario"))
        assert len(of_function) == len(of_scenario) == 2 * len(learned)
        assert (of_function[0].text, of_function[1].text) == (learned[0].need, learned[0].foreign)
        for function, scenario in zip(of_function, of_scenario, strict=True):
            assert (function.text, function.lang) == (scenario.text, scenario.lang)
            assert function.codes[0].startswith(scenario.codes[0])
        assert not {one.text for one in of_function} & {group.need for group in apart}

    def test_no_judged_need_is_learned(self) -> None:
        folders = (Path("judgments"), Path("tests/data/benchmark"))
        judged = {
            normalised(need.text) for folder in folders for need in read_judgments(folder).needs
        }
        said = {
            need.text for part in shipped_pairs() for leaf in part.leaves for need in leaf.needs
        }
        said |= {
            text for part in shipped_pairs() for g in part.groups for text in (g.need, g.foreign)
        }
        assert judged and not said & judged

    def test_a_batch_has_sisters_and_no_need_twice(self) -> None:
        found = sisters(toy_examples().leaves, 8, random.Random(0))
        for batch in found:
            functions = [leaf.function for leaf, _ in batch]
            assert len(batch) == 8 and {functions.count(one) for one in functions} == {2}
        needs = [need.text for batch in found for _, need in batch]
        assert len(needs) == len(set(needs)) == 16
        assert [len(one) for one in batches(range(7), 3, random.Random(0))] == [3, 3]


class Known:
    """A network that knows each word: ``answers`` turns the word of a need to that of its offer."""

    def __init__(self, answers: dict[str, str]):
        self._answers = answers

    def prepare(self, texts: Iterable[str]) -> None:
        """Nothing to do."""

    def vectors(self, texts: Sequence[str]) -> Any:
        """One direction a word; offers that only help in part or look alike lie further off."""
        import torch

        found = torch.zeros(len(texts), len(WORDS))
        for row, text in enumerate(texts):
            word = next(word for word in WORDS if word in text)
            place = WORDS.index(self._answers[word] if text.startswith("query") else word)
            found[row, place] = 1.0
            found[row, place - 1] = 0.3 * text.endswith("账") + 0.6 * text.endswith("单")
        return torch.nn.functional.normalize(found, dim=1)


class TestFigures:
    def test_of_a_network_that_knows(self) -> None:
        from matcher.measure.adapt import Figures, figures

        right = figures(Known({word: word for word in WORDS}), toy_examples())  # type: ignore[arg-type]
        # A leaf of the toy has one offer among the five that are nearest.
        assert right == Figures(leaves=0.2, first=1.0, near=1.0, off=1.0, foreign=1.0)
        shifted = dict(zip(WORDS, (*WORDS[1:], WORDS[0]), strict=True))
        wrong = figures(Known(shifted), toy_examples())  # type: ignore[arg-type]
        assert (wrong.first, wrong.foreign) == (0.0, 0.0) and wrong.leaves < right.leaves


class TestFit:
    def test_what_lies_near_its_own_loses_less(self) -> None:
        import torch

        from matcher.measure.adapt import _contrast

        own = torch.eye(4)
        none = torch.zeros(4, 4, dtype=torch.bool)
        right, wrong = _contrast(own, own, none), _contrast(own, own.roll(1, 0), none)
        assert right < 0.01 < wrong
        # What is the same need or offer does not compete.
        twice = own[[0, 0, 1, 2]]
        same = twice @ twice.T > 0
        assert _contrast(twice, twice, same) < 0.01 < _contrast(twice, twice, none)

    def test_a_run_changes_every_product_of_the_upper_layers(self) -> None:
        from matcher.measure.adapt import Recipe, fit_changes

        seen: list[tuple[int, int]] = []

        def progress(_: str, done: int, total: int) -> None:
            seen.append((done, total))

        recipe = Recipe(leaves=2, groups=2, translations=1, batch=8)
        found = fit_changes(toy_network(), toy_examples(), 0, progress, recipe)
        assert seen == [(step, 5) for step in range(1, 6)]
        assert set(found) == {f"l6.{name}.w" for name in ("q", "k", "v", "ao", "fi", "fo")}
        for up, down in found.values():
            assert up.any() and (up.shape[1], down.shape[0]) == (16, 16)

    def test_runs_are_averaged_and_a_share_is_kept(self) -> None:
        from matcher.measure.adapt import averaged

        dice = np.random.default_rng(0)
        runs = [
            {"l6.q.w": (dice.random((4, 2), np.float32), dice.random((2, 3), np.float32))}
            for _ in range(2)
        ]
        ((up, down),) = averaged(runs, 0.5).values()
        wanted = sum(one @ other for run in runs for one, other in run.values()) / 4
        np.testing.assert_allclose(up @ down, wanted, rtol=1e-5)

    def test_vectors_do_not_depend_on_their_batch(self) -> None:
        network = toy_network()
        texts = ["query: 停机", "query: 换模 慢 得 很", "query: 漏油 了"]
        network.prepare(texts)
        together = network.vectors(texts).detach().numpy()
        for text, row in zip(texts, together, strict=True):
            alone = network.vectors([text]).detach().numpy()[0]
            assert row @ alone > 0.999 and np.linalg.norm(row) == pytest.approx(1, abs=1e-5)


class TestCommand:
    def test_it_shows_what_was_learned_and_ships_it(
        self, elsewhere: None, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        from matcher.measure import adapt

        recipe = adapt.Recipe(leaves=1, groups=1, translations=1, batch=8)
        stand_ins: dict[str, Any] = {
            "matcher.model.fetch.cached_model": lambda _: Path(),
            "matcher.model.fetch.published_weights": lambda *_: None,
            "matcher.model.convert.bert_model": lambda _: toy_model(),
            "matcher.model.tokens.TokenReader": lambda _: Words(),
            "matcher.model.adaptation.adapted": lambda weights, _: weights,
            "matcher.measure.pairs.shipped_pairs": lambda: (toy_examples(), toy_examples()),
            "matcher.measure.adapt.fit_changes": partial(adapt.fit_changes, recipe=recipe),
        }
        for name, stand_in in stand_ins.items():
            monkeypatch.setattr(name, stand_in)
        shown = CliRunner().invoke(app, ["tune-encoder"])
        assert shown.exit_code == 0, shown.output
        assert "leaves" in shown.output and not adaptation.adaptation_file().exists()
        assert CliRunner().invoke(app, ["tune-encoder", "--write"]).exit_code == 0
        up, down = shipped_changes()["l6.q.w"]
        assert up.shape == (32, 32) and down.shape == (32, 32) and up.any()


class TestShipped:
    def test_changes_are_shipped_as_they_are(self, elsewhere: None) -> None:
        up, down = np.array([[0.5], [2.0]], np.float32), np.array([[1.0, -1.0, 0.25]], np.float32)
        changes = {"l6.q.w": (up, down)}
        first = ship_changes(changes).read_bytes()
        named = adaptation_id()
        (name, pair), *others = shipped_changes().items()
        assert name == "l6.q.w" and not others
        np.testing.assert_array_equal(pair[0], up)
        np.testing.assert_array_equal(pair[1], down)
        assert ship_changes(changes).read_bytes() == first and adaptation_id() == named
        ship_changes({"l6.q.w": (2 * up, down)})
        assert adaptation_id() != named

    def test_they_are_added_to_the_weights(self) -> None:
        tensors = {name: Tensor.of(np.arange(6, dtype=np.float32)) for name in ("l6.q.w", "l6.k.w")}
        sizes = dict.fromkeys(field.name for field in fields(Weights))
        weights = Weights(**{**sizes, "tensors": tensors})  # type: ignore[arg-type]
        up, down = np.array([[1.0], [2.0]], np.float32), np.ones((1, 3), np.float32)
        found = adapted(weights, {"l6.q.w": (up, down)}).tensors
        assert found["l6.q.w"].values().tolist() == [1, 2, 3, 5, 6, 7]
        assert found["l6.k.w"] is tensors["l6.k.w"]
        assert tensors["l6.q.w"].values().tolist() == [0, 1, 2, 3, 4, 5]

    def test_the_space_is_named_after_them(self) -> None:
        assert adaptation_id() in SPACE.split("-")
        assert {name.split(".")[0] for name in shipped_changes()} == {f"l{n}" for n in range(6, 12)}
