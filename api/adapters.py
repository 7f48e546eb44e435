"""Wire ↔ domain, both directions: queries in, answers and records out, labels resolved."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, TypeVar, cast

from api.language import Lang
from api.schemas import (
    HistoryEntryBody,
    LimitBody,
    MatchBody,
    MatchRequest,
    MatchResponse,
    NamedRecord,
    OfferKind,
    ProvenanceBody,
    ReasonBody,
    Remark,
    StoredBody,
    UnderstandingBody,
    UnderstoodBody,
)
from api.schemas_imports import CountsBody, ImportBody, IssueBody, SheetBody
from api.schemas_serving import GenerationBody
from api.schemas_unmet import LackingBody
from catalog.errors import Bilingual, InvalidRecord
from catalog.records import Label, Record, Reference, Size
from catalog.stored import HistoryEntry, Provenance, Stored
from catalog.taxonomy import Taxonomy
from catalog.tree import Tree
from matcher.types import Answer, Match, MatchQuery, Reason, Understood

if TYPE_CHECKING:
    # Only names in annotations: a match on the command line must not load the import of files.
    from catalog.columns import RowIssue
    from catalog.importing import Counts, ImportReport
    from matcher.index.generation import GenerationInfo

R = TypeVar("R", bound=Record)
Render = Callable[[Reason, str], str]


def match_query(body: MatchRequest) -> MatchQuery:
    """The query that a request asks."""
    return MatchQuery(
        text=body.text,
        sectors=tuple(body.sectors),
        scenarios=tuple(body.scenarios),
        functions=tuple(body.functions),
        budget_cny=body.budget_cny,
        deploy_days=body.deploy_days,
        size=body.size,
        target_level=body.target_level,
        technologies=tuple(dict.fromkeys(body.technologies)),
        refused_technologies=tuple(dict.fromkeys(body.refused_technologies)),
        payments=tuple(dict.fromkeys(body.payments)),
        city=body.city,
        must=frozenset(body.must),
        kinds=tuple(dict.fromkeys(body.kinds)),
        limit=body.limit,
        demonstration=body.demonstration,
        ignore=frozenset(body.ignore),
    )


def match_response(
    answer: Answer, lang: Lang, taxonomy: Taxonomy, render: Render, record: bool = False
) -> MatchResponse:
    """An answer with its reasons rendered in ``lang``; ``record`` says that an unmet need is kept."""
    lacking = answer.lacking
    kept = (Reason("recorded"),) if record and lacking is not None and lacking.demand else ()

    def reasons(found: tuple[Reason, ...]) -> list[ReasonBody]:
        return [ReasonBody(code=one.code, text=render(one, lang), data=one.data) for one in found]

    def offers(found: tuple[Match, ...]) -> list[MatchBody]:
        return [_match(one, reasons) for one in found]

    return MatchResponse(
        generation=answer.generation,
        sequence=answer.sequence,
        understanding=UnderstandingBody(
            lang=answer.understanding.lang,
            sectors=[understood_body(o, taxonomy.sectors) for o in answer.understanding.sectors],
            scenarios=[
                understood_body(o, taxonomy.scenarios) for o in answer.understanding.scenarios
            ],
            functions=[
                understood_body(o, taxonomy.functions) for o in answer.understanding.functions
            ],
            unresolved=list(answer.understanding.unresolved),
            unserved=round(answer.understanding.unserved, 4),
            limits=[LimitBody(**asdict(limit)) for limit in answer.understanding.limits],
        ),
        solutions=offers(answer.solutions),
        providers=offers(answer.providers),
        cases=offers(answer.cases),
        unserved=answer.unserved,
        lacking=LackingBody(**asdict(lacking)) if lacking else None,
        nearest=_match(answer.nearest, reasons) if answer.nearest else None,
        notes=reasons((*answer.notes, *kept)),
        considered=answer.considered,
        timings_ms={step: round(spent, 3) for step, spent in answer.timings_ms.items()},
    )


def _match(found: Match, reasons: Callable[[tuple[Reason, ...]], list[ReasonBody]]) -> MatchBody:
    # From the dictionary: quick, and what only other kinds of records have is missing in it.
    record: Record = found.record
    fields: dict[str, Any] = record.__dict__
    return MatchBody(
        rank=found.rank,
        kind=cast("OfferKind", found.kind),
        id=found.id,
        name=fields["name"],
        provider=_named(fields.get("provider")),
        description=fields.get("description", ""),
        score=round(found.score, 6),
        grade=found.grade,
        signals=found.signals,
        reasons=reasons(found.reasons),
        misfits=reasons(found.misfits),
        unknowns=reasons(found.unknowns),
        evidence=list(found.evidence),
        # The size of a case is that of its enterprise; a provider's own is never shown as one it serves.
        sizes=list(fields.get("sizes", ())) or _case_size(found, fields.get("size")),
        sectors=list(fields.get("sectors", ())),
        scenarios=list(fields.get("scenarios", ())),
        packages=list(fields.get("packages", ())),
        technologies=list(fields.get("technologies", ())),
        effects=list(fields.get("effects", ())),
        values=list(fields.get("values", ())),
        cost_cny=fields.get("cost_cny"),
        duration_days=fields.get("duration_days"),
        level_before=fields.get("level_before"),
        level_after=fields.get("level_after"),
        source_url=record.source_url,
        demonstration=record.demonstration,
    )


def _case_size(found: Match, size: Size | None) -> list[Size]:
    return [size] if found.kind == "case" and size is not None else []


def _named(reference: Reference | None) -> NamedRecord | None:
    return NamedRecord(name=reference.name, id=reference.id) if reference else None


def understood_body(found: Understood, tree: Tree) -> UnderstoodBody:
    """A node of the understanding as it travels."""
    name = tree[found.code].name
    return UnderstoodBody(
        code=found.code,
        name=name.zh,
        name_en=name.en,
        confidence=round(found.confidence, 4),
        words=found.words,
        given=found.given,
    )


def provenance_body(found: Provenance) -> ProvenanceBody:
    """Provenance as it travels."""
    return ProvenanceBody.model_validate(found, from_attributes=True)


def stored_body(
    stored: Stored, action: str | None = None, warnings: list[Remark] | None = None
) -> StoredBody[Any]:
    """A stored record as it travels, with what a write did and what deserves a look."""
    return StoredBody[Any].model_validate(
        {
            "id": stored.id,
            "kind": stored.record.kind,
            "status": stored.status,
            "sequence": stored.sequence,
            "created_at": stored.created_at,
            "updated_at": stored.updated_at,
            "provenance": provenance_body(stored.provenance),
            "record": stored.record,
            "action": action,
            "warnings": warnings or [],
        }
    )


def history_entry_body(entry: HistoryEntry) -> HistoryEntryBody[Any]:
    """One change as it travels."""
    return HistoryEntryBody[Any](
        sequence=entry.sequence,
        action=entry.action,
        at=entry.at,
        by=entry.by,
        provenance=provenance_body(entry.provenance),
        record=entry.record,
    )


def resolved(record: R, taxonomy: Taxonomy, city: str | None) -> tuple[R, list[Remark]]:
    """``record`` with its labels resolved, and a remark for each that means no known node.

    Nodes that came with a label stay as they are.

    Raises:
        InvalidRecord: a given node is not in the taxonomy, or a figure is no finite number.
    """
    _check_figures(record)
    changes: dict[str, tuple[Label, ...]] = {}
    remarks: list[Remark] = []
    city = getattr(record, "city", None) or city
    for field, tree in (("sectors", taxonomy.sectors), ("scenarios", taxonomy.scenarios)):
        labels: tuple[Label, ...] = getattr(record, field, ())
        found = []
        for place, label in enumerate(labels):
            where = f"{field}.{place}"
            for node in label.nodes:
                if node not in tree:
                    raise InvalidRecord(
                        Bilingual(f"没有分类代码 {node}", f"there is no taxonomy code {node}"),
                        Bilingual(
                            "请用 qingzhun resolve 或 /v1/taxonomy 查询",
                            "look codes up with qingzhun resolve or at /v1/taxonomy",
                        ),
                        field=f"{where}.nodes",
                    )
            one, problem = _resolved(label, field, taxonomy, city)
            found.append(one)
            if problem is not None:
                remarks.append(
                    Remark(
                        field=where,
                        value=label.label,
                        message=problem.zh,
                        message_en=problem.en,
                    )
                )
        if labels:
            changes[field] = tuple(found)
    for code in getattr(record, "scenario_levels", {}):
        if code not in taxonomy.scenarios:
            raise InvalidRecord(
                Bilingual(f"没有场景代码 {code}", f"there is no scenario code {code}"),
                Bilingual(
                    "请用 /v1/taxonomy/scenarios 查询", "look it up at /v1/taxonomy/scenarios"
                ),
                field="scenario_levels",
            )
    return record.model_copy(update=changes), remarks


def _check_figures(record: Record) -> None:
    """Python reads NaN and Infinity in JSON; as facts they mean nothing."""
    for place, effect in enumerate(getattr(record, "effects", ())):
        for name in ("before", "after"):
            if not math.isfinite(getattr(effect, name) or 0.0):
                raise InvalidRecord(
                    Bilingual("应为有限的数", "this must be a finite number"),
                    field=f"effects.{place}.{name}",
                )


def _resolved(
    label: Label, field: str, taxonomy: Taxonomy, city: str | None
) -> tuple[Label, Bilingual | None]:
    problem_of = (
        taxonomy.sector_code_problem if field == "sectors" else taxonomy.scenario_code_problem
    )
    wrong = problem_of(label.label)
    if label.nodes:
        return label, wrong
    if field == "sectors":
        found = taxonomy.sector_label(label.label, city)
    else:
        found = taxonomy.scenario_label(label.label, label.level, city)
    if found.nodes:
        return found, wrong
    unknown = Bilingual(
        "标签未能对应到分类，已原样保留", "the label means no known node; it is kept as it is"
    )
    return found, wrong or unknown


def subtree(tree: Tree, code: str | None, field: str) -> frozenset[str]:
    """``code`` and everything below it; empty for ``None``.

    Raises:
        InvalidRecord: there is no such code.
    """
    if code is None:
        return frozenset()
    if code not in tree:
        raise InvalidRecord(
            Bilingual(f"没有分类代码 {code}", f"there is no taxonomy code {code}"),
            Bilingual(
                "请用 qingzhun resolve 或 /v1/taxonomy 查询",
                "look codes up with qingzhun resolve or at /v1/taxonomy",
            ),
            field=field,
        )
    return tree.subtree(code)


def issue_body(issue: RowIssue) -> IssueBody:
    """One finding of an import as it travels."""
    return IssueBody(
        severity=issue.severity,
        file=issue.file,
        sheet=issue.sheet,
        row=issue.row,
        column=issue.column,
        value=issue.value,
        message=issue.message.zh,
        message_en=issue.message.en,
        expected=issue.expected.zh,
        expected_en=issue.expected.en,
    )


def import_body(identity: str, report: ImportReport, building: bool) -> ImportBody:
    """The report of an import as it travels."""
    return ImportBody(
        id=identity,
        dry_run=report.dry_run,
        city=report.city,
        sequence=report.sequence,
        total=_counts(report.total()),
        named_providers=report.named_providers,
        sheets=[
            SheetBody(
                file=sheet.file,
                sheet=sheet.sheet,
                rows=sheet.rows,
                counts={kind: _counts(counts) for kind, counts in sheet.counts.items()},
                named_providers=sheet.named_providers,
                skipped=sheet.skipped.zh if sheet.skipped else None,
                skipped_en=sheet.skipped.en if sheet.skipped else None,
            )
            for sheet in report.sheets
        ],
        issues=[issue_body(issue) for issue in report.issues],
        building=building,
    )


def _counts(counts: Counts) -> CountsBody:
    return CountsBody.model_validate(counts, from_attributes=True)


def generation_body(info: GenerationInfo) -> GenerationBody:
    """A generation as it travels."""
    return GenerationBody.model_validate(info, from_attributes=True)
