"""A fake engine for HTTP and command line, so that their tests need neither model nor index."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fastapi.testclient import TestClient
from typer.testing import CliRunner, Result

from api import assembly
from api.app import create_app
from api.assembly import Engine
from api.cli import app
from api.settings import Settings
from catalog.errors import Bilingual
from catalog.privacy import masked
from catalog.records import Case, Kind, Need, Package, Provider, Reference, Solution
from catalog.store import Store
from catalog.taxonomy import Taxonomy
from matcher.errors import InvalidNeed, NoGeneration
from matcher.index.generation import GenerationInfo
from matcher.leads.leads import check
from matcher.leads.types import Lead, LeadAnswer, LeadQuery, Limits
from matcher.types import (
    Answer,
    Lack,
    Lacking,
    Match,
    MatchQuery,
    Reason,
    Signals,
    Understanding,
    Understood,
)

PHRASES = {
    "scenario_same": ("场景一致：{name}", "same scenario: {name}"),
    "budget_no": ("超出预算：{cost} 元", "over budget: {cost} CNY"),
    "days_unknown": ("工期未公布", "days not published"),
    "nothing": ("没有合适的", "nothing suitable"),
    "recorded": ("需求已记录", "the need is recorded"),
}
STEPS = ("encode", "dense", "read", "understand", "fit", "rank", "explain")


def fake_render(reason: Reason, lang: str = "zh") -> str:
    return PHRASES[reason.code][0 if lang == "zh" else 1].format(**reason.data)


class FakeEncoder:
    """Unit vectors that say nothing."""

    space = "fake-space"
    dimension = 4

    def encode_needs(self, texts: Any, progress: Any = None) -> Any:
        return np.ones((len(texts), 4), dtype=np.float32) / 2

    encode_offers = encode_needs


class FakeMatcher:
    """Ranks what the store holds in order of id."""

    def __init__(self, engine: FakeEngine, store: Store, data: Path, taxonomy: Any):
        self._engine, self._store, self._data, self._taxonomy = engine, store, data, taxonomy
        self.generation = self._engine.current(data)

    @property
    def sequence(self) -> int:
        return self._store.sequence()

    def reload(self) -> bool:
        before, self.generation = self.generation, self._engine.current(self._data)
        return before != self.generation

    def match(self, query: MatchQuery) -> Answer:
        self._engine.queries.append(query)
        if not query.text.strip():
            raise InvalidNeed(
                Bilingual("需求是空的", "the need is empty"),
                Bilingual("请写一句话", "write a sentence"),
                field="text",
            )
        if self._engine.fail is not None:
            raise self._engine.fail
        if "没人能做" in query.text:
            nearest = self._matches(Kind.SOLUTION, replace(query, limit=1))
            lacking = Lacking(Lack.NOTHING, scenario="S3-4", node="S3-4")
            answer = replace(self._answer(query, {}), unserved=True, nearest=nearest[0])
            return replace(answer, lacking=lacking)
        if "只有沾边" in query.text:
            found = {kind: self._matches(kind, query) for kind in query.kinds}
            lacking = Lacking(Lack.SCARCE, scenario="S1-6", node="S1-6a")
            return replace(self._answer(query, found), lacking=lacking)
        if "没有" in query.text:
            return replace(self._answer(query, {}), notes=(Reason("nothing"),))
        found = {kind: self._matches(kind, query) for kind in query.kinds}
        return self._answer(query, found)

    def leads(self, query: LeadQuery) -> LeadAnswer:
        self._engine.lead_queries.append(query)
        if self._engine.fail is not None:
            raise self._engine.fail
        offer = self._store.get(query.offer)
        check(query, offer)
        found = MatchQuery("", kinds=(Kind.SOLUTION,), limit=1)
        needs = [one for one in self._store.iterate(Kind.NEED) if isinstance(one.record, Need)]
        leads = tuple(
            Lead(
                need_id=one.id,
                need=one.record,
                text=masked(one.record.text),
                enterprise=one.record.enterprise.name if one.record.enterprise else None,
                understanding=self._answer(found, {}).understanding,
                limits=Limits(200_000, 90, None, None, ("IoT",), (), ("one_off",), ("budget",)),
                updated_at=one.updated_at,
                match=replace(self._matches(Kind.SOLUTION, found)[0], rank=place),
            )
            for place, one in enumerate(needs[: query.limit], start=1)
            if isinstance(one.record, Need)
        )
        return LeadAnswer(
            generation=self.generation,
            sequence=self.sequence,
            offer_kind=Kind(offer.record.kind),
            offer_name=offer.record.name,
            leads=leads,
            considered=len(needs),
            notes=() if leads else (Reason("nothing"),),
            timings_ms={"find": 0.1, "score": 0.1, "explain": 0.1},
        )

    def _answer(self, query: MatchQuery, found: dict[Kind, tuple[Match, ...]]) -> Answer:
        scenarios = self._taxonomy.resolve_scenario("设备管理", 1)
        sectors = [
            Understood(one.code, one.confidence, label, True)
            for label in query.sectors
            for one in self._taxonomy.resolve_sector(label, query.city, 1)
        ]
        return Answer(
            generation=self.generation,
            sequence=self.sequence,
            understanding=Understanding(
                lang="zh",
                sectors=tuple(sectors),
                scenarios=tuple(Understood(one.code, 0.7, "停机", False) for one in scenarios),
                unresolved=("奇怪的词",),
                unserved=0.12345,
            ),
            solutions=found.get(Kind.SOLUTION, ()),
            providers=found.get(Kind.PROVIDER, ()),
            cases=found.get(Kind.CASE, ()),
            considered=sum(map(len, found.values())),
            notes=(),
            timings_ms=dict.fromkeys(STEPS, 0.1),
        )

    def _matches(self, kind: Kind, query: MatchQuery) -> tuple[Match, ...]:
        stored = list(self._store.iterate(kind))[: query.limit]
        return tuple(
            Match(
                rank=place,
                kind=kind,
                id=one.id,
                record=one.record,
                score=1.0 / place,
                signals=Signals(0.5, 0.2, 0.4, 0.1, 0.2, 0.1, 0.1, 0.2, 1.0 / place),
                reasons=(Reason("scenario_same", {"name": "设备管理"}),),
                misfits=(Reason("budget_no", {"cost": "300,000"}),),
                unknowns=(Reason("days_unknown"),),
            )
            for place, one in enumerate(stored, start=1)
        )


class FakeEngine:
    """Generations as lines of a file in the data directory."""

    def __init__(self) -> None:
        self.queries: list[MatchQuery] = []
        self.lead_queries: list[LeadQuery] = []
        self.fail: Exception | None = None
        self.version = "of this version"
        self.builds = 0

    def engine(self) -> Engine:
        return Engine(
            load_encoder=lambda settings: FakeEncoder(),
            open=self.open,
            build=self.build,
            generations=self.generations,
            made_with=lambda space: self.version,
            rollback=self.rollback,
            render=fake_render,
            render_lead=fake_render,
        )

    def open(self, store: Store, data: Path, encoder: Any, taxonomy: Any) -> FakeMatcher:
        return FakeMatcher(self, store, data, taxonomy)

    def current(self, data: Path) -> str:
        pointer = data / "fake-current"
        if not pointer.exists():
            raise NoGeneration(
                Bilingual("还没有建立索引", "no generation has been built yet"),
                Bilingual("请运行 qingzhun build", "run qingzhun build"),
            )
        return pointer.read_text()

    def build(
        self, store: Store, data: Path, encoder: Any, taxonomy: Any, progress: Any
    ) -> GenerationInfo:
        self.builds += 1
        if progress:
            progress("offers", 1, 1)
        identity = f"g{store.sequence():07d}-{self.builds:08x}"
        counts = store.counts()
        info = {
            "id": identity,
            "sequence": store.sequence(),
            "built_at": datetime.now(UTC).isoformat(),
            "offers": counts["solution"] + counts["case"] + counts["provider"],
            "needs": counts["need"],
            "space": "fake-space",
            "lexicon": taxonomy.lexicon,
            "made_with": self.version,
        }
        with (data / "fake-generations").open("a") as file:
            file.write(json.dumps(info) + "\n")
        (data / "fake-current").write_text(identity)
        return GenerationInfo(**info, current=True)

    def generations(self, data: Path) -> list[GenerationInfo]:
        path = data / "fake-generations"
        if not path.exists():
            return []
        current = self.current(data)
        infos = [json.loads(line) for line in path.read_text().splitlines()]
        return [GenerationInfo(**info, current=info["id"] == current) for info in infos]

    def rollback(self, data: Path, generation_id: str, space: str) -> None:
        if generation_id not in {info.id for info in self.generations(data)}:
            raise NoGeneration(
                Bilingual(f"没有索引代 {generation_id}", f"there is no generation {generation_id}"),
                field="generation",
            )
        (data / "fake-current").write_text(generation_id)


def solution(name: str = "设备联网看板", **fields: Any) -> Solution:
    fields.setdefault("provider", Reference(name="联机科技"))
    fields.setdefault("description", "采集机床数据，停机原因一看便知")
    fields.setdefault("packages", (Package(name="标准版", price_cny=80_000, deploy_days=30),))
    return Solution(name=name, **fields)


@pytest.fixture
def fake() -> FakeEngine:
    return FakeEngine()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data=tmp_path / "data", model_cache=tmp_path / "models", max_body_kb=128)


@pytest.fixture
def filled(settings: Settings, fake: FakeEngine) -> Settings:
    """Settings of a data directory that holds three offers and a generation."""
    store = Store.open(settings.data)
    with store.writing("test") as writer:
        writer.put(Provider(name="联机科技", description="专做机台联网"))
        writer.put(solution())
        writer.put(Case(name="停机减半", provider=Reference(name="联机科技"), cost_cny=100_000))
    fake.build(store, settings.data, None, Taxonomy.shipped(), None)
    store.close()
    return settings


@pytest.fixture
def client(settings: Settings, fake: FakeEngine) -> Iterator[TestClient]:
    """A server on an empty data directory, nothing built."""
    with TestClient(create_app(settings, fake.engine)) as client:
        yield client


@pytest.fixture
def served(filled: Settings, fake: FakeEngine) -> Iterator[TestClient]:
    """A server on the filled data directory."""
    with TestClient(create_app(filled, fake.engine)) as client:
        yield client


CSV = "产品名称,服务商,应用场景,参考价格,部署周期\n换模看板,快换科技,生产管控,5万元,2个月\n"


class Cli:
    """The command line in process, on one data directory."""

    def __init__(self, data: Path):
        self.data = data

    def __call__(self, *arguments: str, data: Path | None = None) -> Result:
        return CliRunner().invoke(app, ["--data", str(data or self.data), *arguments])

    def good(self, *arguments: str) -> str:
        result = self(*arguments)
        assert result.exit_code == 0, result.output
        return str(result.stdout)


@pytest.fixture
def cli(filled: Settings, fake: Any, monkeypatch: pytest.MonkeyPatch) -> Cli:
    monkeypatch.setattr(assembly, "shipped_engine", fake.engine)
    return Cli(filled.data)


@pytest.fixture
def catalogue(tmp_path: Path) -> Path:
    path = tmp_path / "catalogue.csv"
    path.write_text(CSV + ",无名科技,生产管控,3万,1个月\n", encoding="utf-8")
    return path


def ids(cli: Cli, kind: str) -> list[str]:
    found = json.loads(cli.good("list", kind, "--status", "all", "--json"))
    return [one["id"] for one in found["records"]]
