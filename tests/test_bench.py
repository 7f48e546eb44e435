"""What the benchmark's figures stand on: drawn vectors, recall, and where the tables are written."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bench.drawn import MARK, DrawnEncoder, DrawnSpace, fitted_as
from bench.judge import exact, recall
from bench.leads import CITIES
from bench.machine import proportional_memory, resident_memory
from bench.material import demo_offers, passing
from bench.peers.harness import Material
from bench.tables import BEGIN, END, number, table, write_between
from catalog.records import Need
from catalog.taxonomy import Taxonomy
from matcher.demodata.records import DemoData
from matcher.index import build, fitted
from matcher.text import offer_text
from tests.fakes import HashEncoder


@pytest.fixture(scope="module")
def texts(taxonomy: Taxonomy) -> list[str]:
    return [offer_text(one) for one in demo_offers(taxonomy, DemoData(taxonomy, 300, 0, 1))]


def test_drawn_vectors_are_unit_the_same_again_and_near_the_true_ones(texts: list[str]) -> None:
    encoder = HashEncoder()
    known, new = texts[:250], texts[250:]
    drawn = DrawnEncoder(encoder, known, encoder.encode_offers(known))
    vectors = drawn.encode_offers(new)
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=1e-5)
    assert np.allclose(vectors[7], drawn.encode_offers([new[7]])[0], atol=1e-5)
    assert np.array_equal(drawn.encode_offers(known[:3]), encoder.encode_offers(known[:3]))
    products = vectors @ encoder.encode_offers(new).T
    own = np.diagonal(products).mean()
    assert own > (products.sum() - np.trace(products)) / (products.size - len(products))
    assert drawn.space == encoder.space + MARK


def test_a_drawn_space_encodes_no_offer() -> None:
    space = DrawnSpace(HashEncoder())
    assert len(space.encode_offers([])) == 0
    with pytest.raises(LookupError, match="1 offers"):
        space.encode_offers(["not in the store"])


def test_what_is_fitted_is_borrowed_and_given_back() -> None:
    real = fitted.fitted_for
    with fitted_as(HashEncoder()):
        assert vars(build)["fitted_for"] is not real
    assert vars(build)["fitted_for"] is real is fitted.fitted_for


@pytest.fixture
def material(tmp_path: Path) -> Material:
    """Eight offers on a line, four of them in each of two sectors; two needs at its end."""
    vectors = np.array([[1 - row / 10, row / 10] for row in range(8)], dtype=np.float32)
    np.save(tmp_path / "offers.npy", vectors)
    np.save(tmp_path / "needs.npy", np.array([[1, 0], [1, 0]], dtype=np.float32))
    offers = [{"text": str(row), "sector": "ab"[row % 2], "scenario": "s"} for row in range(8)]
    needs = [{"text": "x", "sector": "a", "scenario": "s"}] * 2
    for name, lines in (("offers", offers), ("needs", needs)):
        (tmp_path / f"{name}.jsonl").write_text("".join(json.dumps(one) + "\n" for one in lines))
    settings = {"limit": 2, "filters": {"none": [], "half": ["sector"]}}
    (tmp_path / "settings.json").write_text(json.dumps(settings))
    return Material(tmp_path)


def test_recall_counts_what_passes_and_says_what_is_short(material: Material) -> None:
    assert passing(material.offers, {"sector": "a"}).tolist() == [True, False] * 4
    answers = {"none": [[0, 1], [0, 7]], "half": [[0, 2], [0, 1]]}
    result: dict[str, Any] = {"search": {}}
    (material.directory / "answers").mkdir()
    for name, rows in answers.items():
        np.save(material.directory / "answers" / f"{name}.npy", np.array(rows))
        result["search"][name] = {"answers": f"{name}.npy"}
    found = recall(material, exact(material), result)
    # The second answer under the filter holds a row that does not pass.
    assert found == {"none": (0.75, 0.0), "half": (0.75, 0.5)}


def test_the_cities_of_filters_are_named_as_records_keep_them() -> None:
    assert [Need(text="停机", city=city).city for city in CITIES] == list(CITIES)


def test_memory_is_that_of_the_process_and_none_once_it_has_ended() -> None:
    assert 1 < proportional_memory(os.getpid()) < resident_memory() * 2
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    assert proportional_memory(ended.pid) == 0.0


def test_tables_are_written_between_the_markers_only(tmp_path: Path) -> None:
    document = tmp_path / "doc.md"
    document.write_text(f"# before\n\n{BEGIN}\nold\n{END}\n\nafter\n")
    write_between(document, table(["a", "b"], [["x", number(1234.5)]]))
    text = document.read_text()
    assert text.startswith("# before\n") and text.endswith("\nafter\n")
    assert "| x | 1,234 |" in text and "old" not in text
    write_between(document, "again")
    assert document.read_text().count("again") == 1
    document.write_text("no markers")
    with pytest.raises(ValueError, match="must hold"):
        write_between(document, "x")
    assert document.read_text() == "no markers"


@pytest.mark.parametrize(
    ("value", "digits", "said"),
    [
        (None, 1, "–"),
        (float("nan"), 1, "–"),
        (0.034, 1, "0.03"),
        (0.5, 1, "0.50"),
        (12.345, 2, "12.35"),
    ],
)
def test_numbers_have_few_digits(value: float | None, digits: int, said: str) -> None:
    assert number(value, digits) == said
