"""What a running server holds: the store, the encoder, the serving matcher, and the builds."""

from __future__ import annotations

import asyncio
import gc
import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

from api.assembly import Engine, ServingMatcher, open_store, served_taxonomy
from api.compaction import INDEXED, Compaction
from api.recording import Recorder
from api.settings import Settings
from catalog.errors import Bilingual, CatalogError
from catalog.importing import ImportReport
from catalog.store import Store
from catalog.taxonomy import Taxonomy
from matcher.encoder import Encoder
from matcher.errors import MatcherError, NoGeneration
from matcher.index.generation import GenerationInfo

T = TypeVar("T")
logger = logging.getLogger("qingzhun.api")
RELOAD_SECONDS = 5.0
_KEPT_REPORTS = 20


def _one_thread_each() -> None:
    """Answers run beside each other: waking another thread within one costs more than it saves."""
    import faiss

    faiss.omp_set_num_threads(1)


class Runtime:
    """The parts of one server process, opened by `start` and given back by `stop`.

    A missing model or a missing generation does not keep the server from starting: `problem` says
    what is wrong and every match raises it until it is cured.
    """

    def __init__(self, settings: Settings, engine: Callable[[], Engine]):
        self.settings = settings
        self.taxonomy = Taxonomy.shipped()
        self.problem: MatcherError | CatalogError | None = None
        self.reports: OrderedDict[str, ImportReport] = OrderedDict()
        self.recorder = Recorder()
        self._engine_source = engine
        self._engine: Engine | None = None
        self._store: Store | None = None
        self._encoder: Encoder | None = None
        self._matcher: ServingMatcher | None = None
        self._opening = threading.Lock()
        self._matching = ThreadPoolExecutor(settings.match_workers, "match", _one_thread_each)
        self._building = ThreadPoolExecutor(1, thread_name_prefix="build")
        self._queued = 0
        self._compaction = Compaction(settings.compact_rows)
        self._stopping = threading.Event()
        self._laid_over: tuple[tuple[str, int], int, int] = (("", -1), 0, 0)
        self._tasks: set[asyncio.Task[object]] = set()

    @property
    def store(self) -> Store:
        """The open store."""
        assert self._store is not None
        return self._store

    @property
    def engine(self) -> Engine:
        """The matcher's functions."""
        if self._engine is None:
            self._engine = self._engine_source()
        return self._engine

    @property
    def matcher(self) -> ServingMatcher | None:
        """The matcher that answers, ``None`` before the first build."""
        return self._matcher

    @property
    def encoder(self) -> Encoder | None:
        """The loaded model, ``None`` when it is missing."""
        return self._encoder

    @property
    def is_building(self) -> bool:
        """Whether a build runs or waits."""
        return self._queued > 0

    async def start(self) -> None:
        """Open the store and the model off the event loop, then watch for new generations."""
        self._store = await asyncio.to_thread(open_store, self.settings)
        await asyncio.to_thread(self._try_open)
        self._keep(asyncio.create_task(self._watch()))

    async def stop(self) -> None:
        """Let a running build end, stop a compaction, then give everything back."""
        for task in self._tasks:
            task.cancel()
        self._stopping.set()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await asyncio.to_thread(self._building.shutdown, True, cancel_futures=True)
        await asyncio.to_thread(self._matching.shutdown, True, cancel_futures=True)
        await asyncio.to_thread(self.recorder.close)
        if self._store is not None:
            self._store.close()

    async def matching(self, work: Callable[[ServingMatcher], T]) -> T:
        """What ``work`` makes of the matcher, computed in the sized executor.

        Raises:
            MatcherError: there is no model or no generation yet, or ``work`` raised it.
        """
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._matching, lambda: work(self._ready()))

    async def build(self) -> GenerationInfo:
        """A new generation, serving when this returns. Builds run one after the other.

        Raises:
            MatcherError: there is no model, or the build failed; the serving generation stays.
            StoreUnavailable: the store is locked for too long.
        """
        with self._counted():
            return await self._in_turn(self._build)

    def build_soon(self) -> None:
        """Start a build in the background; one that already waits sees the same records."""
        if self._queued < 2:
            self._keep(asyncio.create_task(self._build_quietly()))

    async def rolled_back(self, generation: str) -> None:
        """Serve ``generation`` again.

        Raises:
            MatcherError: there is no such generation, or it is damaged.
            StoreUnavailable: the data directory cannot be written.
        """
        await asyncio.to_thread(self._rollback, generation)

    def generations(self) -> Sequence[GenerationInfo]:
        """Every generation on disk."""
        return self.engine.generations(self.settings.data)

    def keep_report(self, key: str, report: ImportReport) -> None:
        """Keep the report of an import for later download; the oldest ones go."""
        self.reports[key] = report
        while len(self.reports) > _KEPT_REPORTS:
            self.reports.popitem(last=False)

    def _ready(self) -> ServingMatcher:
        if self._matcher is None:
            self._try_open()
        if self._matcher is None:
            raise self.problem or NoGeneration(Bilingual("还没有索引", "there is no generation"))
        return self._matcher

    def _try_open(self) -> None:
        with self._opening:
            if self._matcher is not None:
                return
            try:
                self.taxonomy = served_taxonomy(self.store)
                self._matcher = self._opened(self.taxonomy)
                self.problem = None
                _settle()
            except MatcherError as error:
                self.problem = error
                logger.info("not ready: %s", error.code)

    def _opened(self, taxonomy: Taxonomy) -> ServingMatcher:
        encoder = self._loaded_encoder()
        return self.engine.open(self.store, self.settings.data, encoder, taxonomy)

    def _loaded_encoder(self) -> Encoder:
        if self._encoder is None:
            self._encoder = self.engine.load_encoder(self.settings)
        return self._encoder

    def _build(self) -> GenerationInfo:
        with self._opening:
            encoder = self._loaded_encoder()
        taxonomy = served_taxonomy(self.store)
        built = self.engine.build(self.store, self.settings.data, encoder, taxonomy, None)
        logger.info("built generation %s at sequence %d", built.id, built.sequence)
        self._refresh()
        self.problem = None
        return built

    def _rollback(self, generation: str) -> None:
        self.store.check_writable()
        with self._opening:
            space = self._loaded_encoder().space
        self.engine.rollback(self.settings.data, generation, space)
        self._refresh()

    def _refresh(self) -> None:
        if self._matcher is None:
            self._try_open()
        elif self._matcher.reload():
            self._take_up_lexicon()
            _settle()

    def _take_up_lexicon(self) -> None:
        """A lexicon that changed is used from the build after the change on."""
        taxonomy = served_taxonomy(self.store)
        if taxonomy.lexicon != self.taxonomy.lexicon:
            self._matcher, self.taxonomy = self._opened(taxonomy), taxonomy

    async def _build_quietly(self) -> None:
        with self._counted():
            try:
                await self._in_turn(self._build)
            except (MatcherError, CatalogError) as error:
                # Nobody waits for this build: health and log tell of it, the generation stays.
                self.problem = error
                logger.warning("background build failed: %s", error.code)

    async def _watch(self) -> None:
        """Take up generations that another process published, and compact when it is due."""
        while True:
            await asyncio.sleep(RELOAD_SECONDS)
            try:
                if not self.is_building:
                    await asyncio.to_thread(self._refresh)
                    if await asyncio.to_thread(self._overgrown):
                        await self._compact()
            except (MatcherError, CatalogError, OSError) as error:
                logger.warning("reload failed: %s", type(error).__name__)

    def _overgrown(self) -> bool:
        """Whether so much is laid over the serving generation that a compaction is due."""
        if self._matcher is None or not self.settings.compact_rows:
            return False
        key = (self._matcher.generation, self.store.sequence())
        if key != self._laid_over[0]:
            infos = self.generations()
            current = next((info for info in infos if info.current), None)
            alike = [info for info in infos if current and info.space == current.space]
            changed = records = 0
            # Whoever went back to an older generation had a reason: the next build is theirs.
            if current is not None and alike[-1].current:
                changed = len(self.store.changed_since(current.sequence, *INDEXED))
                records = current.offers + current.needs
            self._laid_over = (key, changed, records)
        _, changed, records = self._laid_over
        return self._compaction.due(changed, records, time.monotonic())

    async def _compact(self) -> None:
        with self._counted():
            try:
                await self._in_turn(self._compact_apart)
            except (MatcherError, CatalogError) as error:
                self._compaction.failed(time.monotonic())
                self.problem = error
                logger.warning("compaction failed: %s", error.code)

    def _compact_apart(self) -> None:
        logger.info("compacting %d changed records", self._laid_over[1])
        if self.engine.compact(self.settings, self._stopping):
            self._compaction.succeeded()
            self.problem = None
            self._refresh()

    async def _in_turn(self, work: Callable[[], T]) -> T:
        """What ``work`` returns, done after the builds that wait already."""
        return await asyncio.get_running_loop().run_in_executor(self._building, work)

    @contextmanager
    def _counted(self) -> Iterator[None]:
        """Count as a build until its outcome (`matcher` or `problem`) can be seen."""
        self._queued += 1
        try:
            yield
        finally:
            self._queued -= 1

    def _keep(self, task: asyncio.Task[None]) -> None:
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _settle() -> None:
    """Keep the garbage collector off what stays: walking a large catalogue would hold up answers."""
    gc.unfreeze()  # what was spared before may have been replaced
    gc.collect()
    gc.freeze()
