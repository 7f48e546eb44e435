"""Sectors, scenarios with levels, city names, and what a free label means."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Query

from api.deps import TaxonomyDep
from api.routes.responses import problems
from api.schemas_taxonomy import (
    CitiesBody,
    CityAliasBody,
    FunctionBody,
    FunctionsBody,
    LevelBody,
    NodeBody,
    ResolutionBody,
    ResolutionsBody,
    ScenarioBody,
    ScenariosBody,
    SectorBody,
    SectorsBody,
)
from catalog.errors import Bilingual, UnknownNode
from catalog.tree import Tree
from catalog.wording import city_name

router = APIRouter(prefix="/v1/taxonomy", tags=["taxonomy"])
_LOOK_UP = Bilingual(
    "请用 /v1/taxonomy/resolve 查询名称", "look a name up with /v1/taxonomy/resolve"
)


@router.get("/sectors", responses=problems(404, 422), summary="Sectors of GB/T 4754-2017")
def sectors(
    taxonomy: TaxonomyDep,
    parent: Annotated[
        str | None, Query(max_length=20, description="Only the nodes directly below this code.")
    ] = None,
) -> SectorsBody:
    """The whole tree, or the nodes directly below ``parent``."""
    tree = taxonomy.sectors
    if parent is not None:
        below = tree.children(tree[parent].code)
        return SectorsBody(sectors=[_sector(tree, code, deep=False) for code in below])
    return SectorsBody(sectors=[_sector(tree, code, deep=True) for code in tree.children(None)])


@router.get("/sectors/{code}", responses=problems(404, 422), summary="One sector")
def sector(code: str, taxonomy: TaxonomyDep) -> SectorBody:
    """One sector with what is directly below it; a code of 2011 says what became of it."""
    problem = taxonomy.sector_code_problem(code)
    if code not in taxonomy.sectors and problem is not None:
        raise UnknownNode(problem, _LOOK_UP, field="code")
    tree = taxonomy.sectors
    found = _sector(tree, code, deep=False)
    found.children = [_sector(tree, below, deep=False) for below in tree.children(code)]
    return found


@router.get("/scenarios", summary="Scenarios with levels and crosswalk")
def scenarios(taxonomy: TaxonomyDep) -> ScenariosBody:
    """The 23 indicators (16 scenarios) and the 40 smart-manufacturing scenarios tied to them."""
    levels: dict[str, list[LevelBody]] = {}
    for one in taxonomy.levels:
        levels.setdefault(one.scenario, []).append(
            LevelBody(
                level=one.level,
                name=one.name.zh,
                name_en=one.name.en,
                meaning=one.meaning.zh,
                meaning_en=one.meaning.en,
            )
        )
    return ScenariosBody(
        scenarios=[
            ScenarioBody(
                code=node.code,
                name=node.name.zh,
                name_en=node.name.en,
                parent=node.parent,
                kind=node.level,
                tools=node.tools.zh if node.tools else "",
                tools_en=node.tools.en if node.tools else "",
                levels=levels.get(node.code, []),
                indicators=list(taxonomy.crosswalk.get(node.code, ())),
            )
            for node in taxonomy.scenarios
        ]
    )


@router.get("/functions", responses=problems(404, 422), summary="Functions below the scenarios")
def functions(
    taxonomy: TaxonomyDep,
    scenario: Annotated[
        str | None, Query(max_length=20, description="Only the functions of this scenario.")
    ] = None,
) -> FunctionsBody:
    """What digital products do, as needs and offers are read; the engine's own layer."""
    if scenario is not None:
        taxonomy.scenarios[scenario]
    return FunctionsBody(
        functions=[
            FunctionBody(
                code=node.code, name=node.name.zh, name_en=node.name.en, scenario=node.parent
            )
            for node in taxonomy.functions
            if scenario in (None, node.parent)
        ]
    )


@router.get("/cities", responses=problems(422), summary="Sector names that cities publish")
def cities(
    taxonomy: TaxonomyDep, city: Annotated[str | None, Query(max_length=100)] = None
) -> CitiesBody:
    """Names of clusters as the pilot cities publish them, with the codes that they stand for."""
    return CitiesBody(
        aliases=[
            CityAliasBody(
                city=one.city,
                alias=one.alias.zh,
                alias_en=one.alias.en,
                codes=list(one.codes),
                source=one.source,
            )
            for one in taxonomy.cities
            if city is None or one.city == city_name(city)
        ]
    )


@router.get("/resolve", responses=problems(422), summary="What a free label means")
def resolve(
    taxonomy: TaxonomyDep,
    label: Annotated[str, Query(min_length=1, max_length=300)],
    facet: Literal["sector", "scenario"] = "sector",
    city: Annotated[str | None, Query(max_length=100)] = None,
    limit: Annotated[int, Query(ge=1, le=100)] = 3,
) -> ResolutionsBody:
    """Nodes that a label may mean, surest first; the confidence is no probability."""
    if facet == "sector":
        found, tree = taxonomy.resolve_sector(label, city, limit), taxonomy.sectors
        problem = taxonomy.sector_code_problem(label)
    else:
        found, tree = taxonomy.resolve_scenario(label, limit, city), taxonomy.scenarios
        problem = taxonomy.scenario_code_problem(label)
    return ResolutionsBody(
        label=label,
        facet=facet,
        resolutions=[
            ResolutionBody(
                code=one.code,
                name=tree[one.code].name.zh,
                name_en=tree[one.code].name.en,
                confidence=one.confidence,
                matched=one.matched,
                by=one.by,
            )
            for one in found
        ],
        problem=problem.zh if problem else None,
        problem_en=problem.en if problem else None,
    )


def _sector(tree: Tree, code: str, deep: bool) -> SectorBody:
    node = tree[code]
    below = tree.children(code)
    return SectorBody(
        code=node.code,
        name=node.name.zh,
        name_en=node.name.en,
        level=node.level,
        parent=node.parent,
        key_sector=node.key_sector,
        ancestors=[
            NodeBody(code=above, name=tree[above].name.zh, name_en=tree[above].name.en)
            for above in tree.ancestors(code)[1:]
        ],
        children=[_sector(tree, one, deep=True) for one in below] if deep else [],
        has_children=bool(below),
    )
