"""Whether a need tells a trade, or only things and pains of every trade."""

from __future__ import annotations

import json
from contextlib import nullcontext
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from api.cli import app
from catalog.resolve import Term
from catalog.wording import normalised, units
from matcher.measure import told as fitting
from matcher.understanding.reading import Read
from matcher.understanding.told import BIAS, alike, evidence_of, told, told_weights, trade_words

ROOT = Path(__file__).parents[2]
LOCKS = Term("挂锁", ("C335",), 1.0, "alias")
EVERYDAY = Term("锅炉", ("C341",), 1.0, "alias", weak=True)


def read(*terms: Term, score: float = 0.8) -> Read:
    """What is read where ``terms`` stand in a text: the division of the first has ``score``."""
    codes = tuple(dict.fromkeys(code for one in terms for code in (one.codes[0][:3], *one.codes)))
    scores = np.zeros(max(len(codes), 2), np.float32)
    scores[:1] = score
    return Read(codes or ("C33", "C34"), scores, {}, tuple((one.text, one) for one in terms), 0.6)


def likely(text: str, *terms: Term, score: float = 0.8) -> float:
    return told(read(*terms, score=score), text, units(text), 3)


@pytest.mark.parametrize("text", ["挂锁", "我们做挂锁的", "挂锁厂，80人"])
def test_who_says_nothing_but_a_trade_tells_it(text: str) -> None:
    assert likely(text, LOCKS) == 1.0


def test_a_cry_without_words_of_a_trade_tells_none() -> None:
    assert likely("派工") < 0.05 and likely("图纸版本乱") < 0.1


def test_a_thing_that_is_made_is_told_sooner_than_one_that_is_named() -> None:
    named = likely("挂锁发错货", LOCKS)
    assert named < likely("做挂锁的，老发错货", LOCKS)
    assert likely("锅炉费气", EVERYDAY) < named


def test_evidence_by_hand() -> None:
    evidence = evidence_of(read(LOCKS, score=0.5), "挂锁厂仓库乱", units("挂锁厂仓库乱"), 3)
    assert evidence == {
        "score": 0.5,
        "strongest": 0.6,
        "alike": alike("挂锁"),
        "everyday": 0.0,
        "made": 1.0,
        "length": pytest.approx(np.log(7)),
    }
    assert evidence_of(read(EVERYDAY), "锅炉费气", units("锅炉费气"), 3)["everyday"] == 1.0


@pytest.mark.parametrize(
    ("text", "made"),
    [("we make padlocks", 1.0), ("padlocks get lost", 0.0), ("卖挂锁", 1.0), ("挂锁丢了", 0.0)],
)
def test_words_of_makers(text: str, made: float) -> None:
    assert evidence_of(read(LOCKS), text, units(text), 3)["made"] == made


def test_what_every_trade_buys_stands_beside_other_trades() -> None:
    assert alike("彩钢瓦") < 0.2 < 0.5 < alike("染缸")
    assert alike("没有这个词") == trade_words()[""]


def test_weights_are_those_of_the_evidence() -> None:
    names = evidence_of(read(LOCKS), "挂锁", units("挂锁"), 3).keys()
    assert told_weights().keys() == {BIAS, *names}


def test_no_example_is_a_judged_need() -> None:
    examples = dict(fitting.told_examples())
    lines = (ROOT / "judgments" / "queries.jsonl").read_text(encoding="utf-8").splitlines()
    assert not examples.keys() & {normalised(json.loads(line)["text"]) for line in lines}
    assert 300 < sum(examples.values()) < len(examples) - 300


def test_the_fit_finds_what_tells() -> None:
    evidence = [{"score": 0.1 * n, "length": float(n % 3)} for n in range(40)]
    weights, auc = fitting.fit_weights(evidence, [n >= 20 for n in range(40)])
    assert auc > 0.95 and weights["score"] > 0 > weights[BIAS]


def test_the_command_shows_the_fit_and_ships(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    evidence = [{"score": 0.1 * n} for n in range(40)]
    monkeypatch.setattr(fitting, "seen", lambda bench: (evidence, [n >= 20 for n in range(40)]))
    monkeypatch.setattr(fitting, "fit_words", lambda taxonomy: {"": 0.5, "挂锁": 0.75})
    monkeypatch.setattr(fitting, "shipped_file", lambda name: tmp_path / name)
    monkeypatch.setattr("api.assembly.load_encoder", lambda settings: None)
    monkeypatch.setattr("matcher.measure.evaluate.opened_bench", lambda *_: nullcontext())
    shown = CliRunner().invoke(app, ["tune-told", str(tmp_path)])
    assert shown.exit_code == 0 and "score" in shown.stdout
    assert not list(tmp_path.iterdir())
    assert CliRunner().invoke(app, ["tune-told", str(tmp_path), "--write"]).exit_code == 0
    assert (tmp_path / "trade_words.csv").read_text(encoding="utf-8").endswith("挂锁,0.75\n")
    assert (tmp_path / "told_weights.csv").is_file()
