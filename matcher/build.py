"""Build a generation from the store: texts, vectors, lexical index, columns, means."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from filelock import FileLock, Timeout

from catalog.errors import Bilingual, StoreUnavailable
from catalog.records import Case, Kind, Need, Record, Reference
from catalog.store import Store
from catalog.stored import Stored
from catalog.taxonomy import Taxonomy
from matcher import text
from matcher.analyzer import Analyzer
from matcher.centring import Means, Vectors, offers_mean
from matcher.columns import KINDS, make_columns
from matcher.config import shipped_constants
from matcher.embedding import embed
from matcher.encoder import Encoder
from matcher.errors import BuildFailed, BuildRunning
from matcher.fitted import Fitted, fitted_for
from matcher.generation import Generation, GenerationInfo, write_generation
from matcher.language import language_of
from matcher.lexical import LexicalIndex
from matcher.pruning import prune_embeddings
from matcher.reading import ReaderParts, node_index, shipped_examples

Progress = Callable[[str, int, int], None]
_LOCK = "build.lock"
_LOCK_SECONDS = 600.0


def build_generation(
    store: Store,
    data: Path,
    encoder: Encoder,
    taxonomy: Taxonomy,
    progress: Progress | None = None,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
    wait: float = _LOCK_SECONDS,
) -> GenerationInfo:
    """Build and publish a generation of everything that is active in ``store``.

    ``progress`` is called with a step (offers, needs, lexical, write), what is done and what there is.
    ``wait`` is how many seconds it waits for another build to end.

    Raises:
        BuildFailed: the disk is full; what served before still serves.
        BuildRunning: another build does not end.
    """
    report = progress or (lambda step, done, total: None)
    with _building(data, wait):
        # The sequence is read first: a change that comes while we read is laid over later.
        sequence = store.sequence()
        offers = list(store.iterate(*KINDS))
        needs = list(store.iterate(Kind.NEED))
        analyzer = shipped_analyzer(taxonomy)
        texts = [text.offer_text(stored.record) for stored in offers]
        raw = embed(store, encoder, "offer", texts, lambda d, n: report("offers", d, n))
        constants = shipped_constants()
        fitted = fitted_for(store, encoder, constants)
        means = Means(needs=fitted.means, offers=offers_mean(raw))
        need_texts = [text.need_text(_need(stored.record)) for stored in needs]
        need_vectors = embed(store, encoder, "need", need_texts, lambda d, n: report("needs", d, n))
        for row, words in enumerate(need_texts):
            need_vectors[row] = means.centred_needs(need_vectors[row], language_of(words))
        report("lexical", 0, 1)
        lexical = LexicalIndex.build(analyzer.vocabulary(texts))
        report("lexical", 1, 1)
        parts = Generation(
            info=GenerationInfo("", sequence, "", len(offers), len(needs), encoder.space),
            offer_ids=tuple(stored.id for stored in offers),
            provider_ids=tuple(linked_id(stored.record, "provider") for stored in offers),
            solution_ids=tuple(linked_id(stored.record, "solution") for stored in offers),
            need_ids=tuple(stored.id for stored in needs),
            offers=centred(means, raw, texts),
            needs=need_vectors,
            columns=make_columns(offers, taxonomy, cases_by_solution(offers)),
            lexical=lexical,
            means=means,
            readers=build_readers(fitted, taxonomy, analyzer),
            constants=constants,
        )
        report("write", 0, 1)
        versions = {
            "template": str(text.TEMPLATE),
            "analyzer": analyzer.version,
            "lexicon": taxonomy.lexicon,
        }
        info = write_generation(data, parts, versions, now().isoformat(timespec="seconds"))
        report("write", 1, 1)
        # The generation serves already: what cannot be forgotten now is at the next build.
        with suppress(StoreUnavailable):
            prune_embeddings(store, data, encoder.space, texts, need_texts)
        return info


@cache
def shipped_analyzer(taxonomy: Taxonomy) -> Analyzer:
    """The analyzer with the taxonomy's shipped terms as words.

    Added terms are no words of it: a generation must stay readable when somebody adds a term.
    """
    return Analyzer(term.text for term in taxonomy.words)


def cases_by_solution(offers: list[Stored]) -> dict[str, list[Case]]:
    """The cases among ``offers`` under the id of their solution."""
    found: dict[str, list[Case]] = {}
    for stored in offers:
        record = stored.record
        if isinstance(record, Case) and record.solution and record.solution.id:
            found.setdefault(record.solution.id, []).append(record)
    return found


def linked_id(record: Record, field: str) -> str:
    """Id of the provider or solution that ``record`` names, empty when there is none."""
    reference = getattr(record, field, None)
    return reference.id or "" if isinstance(reference, Reference) else ""


def centred(means: Means, raw: Vectors, texts: list[str]) -> Vectors:
    """Centred offer vectors; an offer without a text is near nothing."""
    vectors = means.centred_offers(raw)
    vectors[[row for row, words in enumerate(texts) if not words]] = 0.0
    return vectors


def build_readers(fitted: Fitted, taxonomy: Taxonomy, analyzer: Analyzer) -> dict[str, ReaderParts]:
    """The readers of sectors and scenarios: their classifiers, and the words of each node.

    A city's own terms are no words of a node for everybody: `matcher.reading` finds them in the text.
    """
    terms = {
        facet: [term for term in known if term.city is None]
        for facet, known in (
            ("sector", taxonomy.sector_terms),
            ("scenario", taxonomy.scenario_terms),
        )
    }
    return {
        facet: ReaderParts(
            classifier,
            node_index(classifier.codes, shipped_examples(facet), terms[facet], analyzer),
        )
        for facet, classifier in fitted.classifiers.items()
    }


def _need(record: Record) -> Need:
    assert isinstance(record, Need)
    return record


def is_building(data: Path) -> bool:
    """Whether a build runs now, in this process or in another."""
    data.mkdir(parents=True, exist_ok=True)
    try:
        with FileLock(data / _LOCK, timeout=0):
            return False
    except Timeout:
        return True


@contextmanager
def _building(data: Path, wait: float) -> Iterator[None]:
    """One build at a time; a disk that fills up is said and leaves what serves as it is."""
    data.mkdir(parents=True, exist_ok=True)
    try:
        with FileLock(data / _LOCK, timeout=wait):
            yield
    except Timeout as error:
        raise BuildRunning(
            Bilingual("另一个建立索引的任务还没有结束", "another build has not ended yet"),
            Bilingual("请稍后再试", "try again later"),
        ) from error
    except (OSError, StoreUnavailable) as error:
        raise BuildFailed(
            Bilingual(f"索引没有建成：{error}", f"the generation was not built: {error}"),
            Bilingual(
                "原来的索引仍在使用；请检查磁盘空间后重试",
                "the one before still serves; check the disk space and try again",
            ),
        ) from error
