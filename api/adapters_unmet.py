"""Unmet needs and added words as they travel."""

from __future__ import annotations

from collections.abc import Iterable

from api.adapters import issue_body
from api.schemas_taxonomy import NodeBody
from api.schemas_unmet import (
    LexiconBody,
    LexiconImportBody,
    LexiconTermBody,
    UnmetCellBody,
    UnmetNeedBody,
    UnmetNeedsBody,
    UnmetSummaryBody,
)
from catalog.lexicon import LexiconPage, LexiconReport
from catalog.taxonomy import Taxonomy
from catalog.tree import Tree
from catalog.unmet import UnmetPage, UnmetSummary


def unmet_body(page: UnmetPage, taxonomy: Taxonomy) -> UnmetNeedsBody:
    """A page of unmet needs, its codes with their names."""
    return UnmetNeedsBody(
        needs=[
            UnmetNeedBody(
                id=need.id,
                at=need.at,
                city=need.city,
                lang=need.demand.lang,
                sectors=_nodes(need.demand.sectors, taxonomy.sectors),
                scenarios=_nodes(need.demand.scenarios, taxonomy.scenarios),
                text=need.text,
                reason=need.demand.reason,
                nearest=need.demand.nearest,
                generation=need.demand.generation,
                cause=need.demand.cause,
                within=need.demand.within,
                need_id=need.need_id,
            )
            for need in page.needs
        ],
        next_cursor=page.next_cursor,
    )


def summary_body(found: UnmetSummary, taxonomy: Taxonomy) -> UnmetSummaryBody:
    """A summary, its codes with their names."""
    return UnmetSummaryBody(
        total=found.total,
        not_digital=found.not_digital,
        cells=[
            UnmetCellBody(
                sector=_node(cell.sector, taxonomy.sectors) if cell.sector else None,
                scenario=_node(cell.scenario, taxonomy.scenarios) if cell.scenario else None,
                count=cell.count,
                latest=cell.latest,
            )
            for cell in found.cells
        ],
    )


def lexicon_body(page: LexiconPage, serving: str) -> LexiconBody:
    """A page of added words."""
    return LexiconBody(
        terms=[LexiconTermBody.model_validate(one, from_attributes=True) for one in page.terms],
        next_cursor=page.next_cursor,
        serving=serving,
    )


def lexicon_import_body(report: LexiconReport) -> LexiconImportBody:
    """What became of a file of words."""
    return LexiconImportBody(
        kept=report.kept,
        rows=report.rows,
        created=report.created,
        updated=report.updated,
        unchanged=report.unchanged,
        issues=[issue_body(issue) for issue in report.issues],
    )


def _nodes(codes: Iterable[str], tree: Tree) -> list[NodeBody]:
    return [_node(code, tree) for code in codes]


def _node(code: str, tree: Tree) -> NodeBody:
    """A code of an older taxonomy stays, without a name."""
    name = tree[code].name if code in tree else None
    return NodeBody(code=code, name=name.zh if name else "", name_en=name.en if name else "")
