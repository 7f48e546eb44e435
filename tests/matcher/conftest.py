"""What tests of answers, of leads and of runs over many needs share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from catalog.records import Label, Need, Record, Size, Solution
from catalog.taxonomy import Taxonomy
from matcher.bulk import run as bulk_run
from matcher.bulk.lists import match_many, texts_of
from matcher.engine import Matcher
from matcher.leads.types import LeadAnswer, LeadQuery
from matcher.model import adaptation, quantization
from matcher.query import checked_text
from matcher.types import Answer, Match, MatchQuery, Reason
from tests.conftest import Built
from tests.fakes import vector_of


@pytest.fixture
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """What is shipped for the encoder lands in a folder of the test."""
    monkeypatch.setattr(adaptation, "adaptation_file", lambda: tmp_path / "changes.npz")
    monkeypatch.setattr(quantization, "quantization_file", lambda: tmp_path / "scales.npz")
    yield
    adaptation.adaptation_id.cache_clear()
    quantization.quantization_id.cache_clear()


NEEDS = (
    Need(text="换模太慢，一天换四次", sectors=(Label(label="注塑", nodes=("C292",)),), city="苏州"),
    Need(
        text="缝制车间订单进度看不见",
        sectors=(Label(label="服装", nodes=("C18",)),),
        scenarios=(Label(label="计划排程", nodes=("S3-1",)),),
        target_level=2,
        budget_cny=600_000,
        city="绍兴",
    ),
    Need(text="划痕全靠眼睛看，预算5万以内", budget_cny=None, deploy_days=20, size=Size.SMALL),
    Need(
        text="注塑机停机查不出原因，最多两万块，年底前要用上",
        scenarios=(Label(label="设备管理", nodes=("S3-4",)),),
        demonstration=True,
    ),
    Need(text="Foundry furnaces: the electricity bill keeps growing", budget_cny=90_000),
    Need(text="食堂排队太长"),
)


@pytest.fixture
def many(built: Built) -> Built:
    """The tiny catalogue with a few needs more, laid over its generation."""
    with built.store.writing("test") as writer:
        for need in NEEDS:
            writer.put(need)
    return built


def put(built: Built, record: Record) -> str:
    with built.store.writing("test") as writer:
        return writer.put(record).id


def ask(built: Built, name: str, **filters: Any) -> LeadAnswer:
    return built.matcher.leads(LeadQuery(built.ids[name], **{"limit": 50, **filters}))


def everything(answer: Answer) -> list[Match]:
    return [*answer.solutions, *answer.providers, *answer.cases]


def codes(match: Match) -> set[str]:
    return {one.code for one in (*match.reasons, *match.misfits, *match.unknowns)}


def noted(answer: Answer) -> list[Reason]:
    """What is said of the answer besides how the need was read."""
    assert answer.notes.count(Reason("uncalibrated")) == 1
    return [one for one in answer.notes if one.code not in ("uncalibrated", "several", "vague")]


def told_of(matcher: Matcher, taxonomy: Taxonomy, queries: list[MatchQuery]) -> Any:
    vectors = np.vstack([vector_of(checked_text(query)) for query in queries])
    kept = matcher.kept_meanings()
    return match_many(
        matcher, matcher.snapshot(), taxonomy, queries, texts_of(queries), vectors, kept
    )


@pytest.fixture
def short_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Runs over many needs keep what they have done after ten of them."""
    monkeypatch.setattr(bulk_run, "PART", 10)


QUERY = MatchQuery(text="换模慢，设备老停机")


def add(built: Built, name: str) -> str:
    with built.store.writing("test") as writer:
        return writer.put(Solution(name=name, description=f"{name}，换模和停机")).id


def ids(answer: Any) -> list[str]:
    return [match.id for match in (*answer.solutions, *answer.providers, *answer.cases)]
