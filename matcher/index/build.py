"""Build a generation from the store: texts, vectors, lexical index, columns, means."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path

from filelock import FileLock, Timeout

from catalog.errors import NOTHING, Bilingual, StoreUnavailable
from catalog.records import Case, Kind, Need, Record, Reference
from catalog.store import Store
from catalog.stored import Stored
from catalog.taxonomy import Taxonomy
from matcher import text
from matcher.config import shipped_constants
from matcher.encoder import Encoder
from matcher.errors import BuildFailed, BuildRunning
from matcher.index.analyzer import VERSION, Analyzer
from matcher.index.centring import Means, Vectors, offers_mean
from matcher.index.columns import KINDS, make_columns
from matcher.index.embedding import embed
from matcher.index.fitted import Fitted, fitted_for, source_key
from matcher.index.generation import (
    FORMAT,
    Generation,
    GenerationInfo,
    list_generations,
    write_generation,
)
from matcher.index.lexical import LexicalIndex
from matcher.index.pruning import prune_kept
from matcher.needs.build import NeedParts, read_codes, write_needs
from matcher.needs.kept import KeptMeanings
from matcher.needs.reading import NeedReader
from matcher.needs.space import NeedSpace
from matcher.understanding.function_words import trade_words, word_table
from matcher.understanding.functions import FunctionParts, FunctionReader
from matcher.understanding.meant import MeaningReader
from matcher.understanding.reading import ReaderParts, node_index, shipped_examples

Progress = Callable[[str, int, int], None]
_LOCK = "build.lock"
_LOCK_SECONDS = 600.0
_CHECK_DISK = Bilingual("请检查磁盘空间后重试", "check the disk space and try again")


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
        StoreUnavailable: the data directory can only be read.
    """
    store.check_writable()
    report = progress or (lambda step, done, total: None)
    with _building(data, wait):
        # The sequence is read first: a change that comes while we read is laid over later.
        sequence = store.sequence()
        offers = list(store.iterate(*KINDS))
        analyzer = shipped_analyzer(taxonomy)
        texts = [text.offer_text(stored.record) for stored in offers]
        raw = embed(store, encoder, "offer", texts, lambda d, n: report("offers", d, n))
        constants = shipped_constants()
        fitted = fitted_for(store, encoder, constants)
        means = Means(needs=fitted.means, offers=offers_mean(raw), maps=fitted.maps)
        report("lexical", 0, 1)
        tokens = analyzer.vocabulary(texts)
        lexical = LexicalIndex.build(tokens)
        report("lexical", 1, 1)
        vectors = centred(means, raw, texts)
        functions = build_functions(fitted, taxonomy, analyzer)
        function_reader = FunctionReader(functions, constants.function_reading)
        parts = Generation(
            info=GenerationInfo("", sequence, "", len(offers), 0, encoder.space),
            offer_ids=tuple(stored.id for stored in offers),
            offer_names=tuple(stored.record.name for stored in offers),
            provider_ids=tuple(linked_id(stored.record, "provider") for stored in offers),
            solution_ids=tuple(linked_id(stored.record, "solution") for stored in offers),
            offers=vectors,
            offer_functions=function_reader.offers(tokens, vectors),
            columns=make_columns(offers, taxonomy, cases_by_solution(offers)),
            lexical=lexical,
            means=means,
            readers=build_readers(fitted, taxonomy, analyzer),
            unserved=fitted.unserved,
            functions=functions,
            constants=constants,
        )
        words = {word: number for number, word in enumerate(sorted(set().union(*tokens)))}
        reader = MeaningReader.of(parts, taxonomy, analyzer)
        kept = KeptMeanings(store, parts, encoder.space, taxonomy, reader)
        sector_codes, scenario_codes = read_codes(parts.readers)
        needs = NeedParts(
            store=store,
            encoder=encoder,
            taxonomy=taxonomy,
            means=means,
            reader=NeedReader(taxonomy, reader, kept),
            space=NeedSpace(
                taxonomy, constants, sector_codes, scenario_codes, parts.offer_functions
            ),
            sector_codes=sector_codes,
            scenario_codes=scenario_codes,
            words=words,
        )
        versions = {
            "template": str(text.TEMPLATE),
            "analyzer": analyzer.version,
            "lexicon": taxonomy.lexicon,
            "made_with": made_with(encoder.space),
        }

        def write(directory: Path) -> int:
            count = write_needs(directory, needs, lambda d, n: report("needs", d, n))
            report("write", 0, 1)
            return count

        built_at = now().isoformat(timespec="seconds")
        info = write_generation(data, parts, versions, built_at, write)
        report("write", 1, 1)
        # The generation serves already: what cannot be forgotten now will be at the next build.
        with suppress(StoreUnavailable):
            said = (
                text.need_text(one.record)
                for one in store.iterate(Kind.NEED)
                if isinstance(one.record, Need)
            )
            prune_kept(store, data, encoder.space, kept.version, texts, said)
        return info


def made_with(space: str) -> str:
    """What a build depends on besides the store, the words of its taxonomy and the model, as a digest.

    A generation built by an earlier version has another one: the same records would be read otherwise now.
    """
    constants = shipped_constants()
    said = [FORMAT, text.TEMPLATE, VERSION, constants.as_dict(), source_key(space, constants)]
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()[:16]


def shipped_analyzer(taxonomy: Taxonomy) -> Analyzer:
    """The analyzer with the taxonomy's shipped terms as words: the same one for the same words.

    Added terms are no words of it: a generation must stay readable when somebody adds a term.
    """
    return _analyzer_of(tuple(term.text for term in taxonomy.words))


_analyzer_of = lru_cache(maxsize=2)(Analyzer)


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

    A city's own terms are no words of a node for everybody: `matcher.understanding.reading` finds them
    in the text.
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
            fitted.classifiers[facet],
            node_index(fitted.classifiers[facet].codes, shipped_examples(facet), known, analyzer),
        )
        for facet, known in terms.items()
    }


def build_functions(fitted: Fitted, taxonomy: Taxonomy, analyzer: Analyzer) -> FunctionParts:
    """What functions are read with: the classifiers of either side, and the words of each."""
    needs, offers = fitted.classifiers["function"], fitted.classifiers["offer_function"]
    words = word_table(needs.codes, analyzer, trade_words(taxonomy))
    return FunctionParts(needs.codes, needs, offers, words)


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
    """One build at a time; a full disk is told as `BuildFailed`, and what serves stays as it is."""
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
        why, cure = Bilingual(str(error), str(error)), _CHECK_DISK
        if isinstance(error, StoreUnavailable):
            why, cure = error.message, error.hint
        serves = any(one.current for one in list_generations(data))
        stays = (
            Bilingual("原来的索引仍在使用；", "the one before still serves; ")
            if serves
            else NOTHING
        )
        raise BuildFailed(
            Bilingual(f"索引没有建成：{why.zh}", f"the generation was not built: {why.en}"),
            Bilingual(stays.zh + cure.zh, stays.en + cure.en),
        ) from error
