"""Needs that nothing served: the list, and what a city may ask providers to develop."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query

from api.adapters import subtree
from api.adapters_unmet import summary_body, unmet_body
from api.deps import StoreDep, TaxonomyDep
from api.routes.responses import problems
from api.schemas_unmet import UnmetNeedsBody, UnmetSummaryBody
from catalog.unmet import list_unmet, summary

router = APIRouter(prefix="/v1/unmet-needs", tags=["unmet-needs"])
Code = Annotated[str | None, Query(max_length=20, description="A code; its subtree counts too.")]
Nodes = tuple[frozenset[str], frozenset[str]]


def asked_nodes(taxonomy: TaxonomyDep, sector: Code = None, scenario: Code = None) -> Nodes:
    """The codes below ``sector`` and below ``scenario``; empty sets leave them open."""
    return (
        subtree(taxonomy.sectors, sector, "sector"),
        subtree(taxonomy.scenarios, scenario, "scenario"),
    )


City = Annotated[str | None, Query(max_length=300)]
NodesDep = Annotated[Nodes, Depends(asked_nodes)]


@router.get("", responses=problems(422, 503), summary="Needs that nothing served")
def unmet_needs(
    store: StoreDep,
    taxonomy: TaxonomyDep,
    nodes: NodesDep,
    city: City = None,
    cursor: Annotated[str | None, Query(max_length=200)] = None,
    limit: Annotated[int, Query(ge=1, le=100)] = 50,
    cause: Literal["not_digital", "nothing", "scarce"] | None = None,
) -> UnmetNeedsBody:
    """Newest first, without personal data; the same question of a city counts once a day."""
    return unmet_body(list_unmet(store, city, *nodes, cursor, limit, cause), taxonomy)


@router.get("/summary", responses=problems(422, 503), summary="Unmet needs by sector and scenario")
def unmet_summary(
    store: StoreDep, taxonomy: TaxonomyDep, nodes: NodesDep, city: City = None
) -> UnmetSummaryBody:
    """Counts by division and scenario: what to ask providers to develop.

    A stored need counts once; what no digital offer serves is counted apart.
    """
    return summary_body(summary(store, city, *nodes), taxonomy)
