"""Wire models of the taxonomy. ``name`` is Chinese, ``name_en`` English."""

from __future__ import annotations

from pydantic import BaseModel


class NodeBody(BaseModel):
    """A node by code and name."""

    code: str
    name: str
    name_en: str


class SectorBody(NodeBody):
    """A sector: section, division, group or class, with its ancestors, nearest first."""

    level: str
    parent: str | None
    key_sector: bool
    ancestors: list[NodeBody]
    has_children: bool
    children: list[SectorBody]


class SectorsBody(BaseModel):
    """Sectors, as a tree or as one level of it."""

    sectors: list[SectorBody]


class LevelBody(BaseModel):
    """What one level (1-4) of a scenario means."""

    level: int
    name: str
    name_en: str
    meaning: str
    meaning_en: str


class ScenarioBody(NodeBody):
    """A scenario; ``indicators`` are those that a smart-manufacturing one is tied to."""

    parent: str | None
    kind: str
    tools: str
    tools_en: str
    levels: list[LevelBody]
    indicators: list[str]


class ScenariosBody(BaseModel):
    """Every scenario node."""

    scenarios: list[ScenarioBody]


class FunctionBody(NodeBody):
    """What a product does, one layer below a scenario."""

    scenario: str | None


class FunctionsBody(BaseModel):
    """Functions in order of their code."""

    functions: list[FunctionBody]


class CityAliasBody(BaseModel):
    """A sector as a city publishes it."""

    city: str
    alias: str
    alias_en: str
    codes: list[str]
    source: str


class CitiesBody(BaseModel):
    """Names of the cities."""

    aliases: list[CityAliasBody]


class ResolutionBody(NodeBody):
    """A node that a label may mean; ``matched`` is the term that led there."""

    confidence: float
    matched: str
    by: str


class ResolutionsBody(BaseModel):
    """What a label may mean. ``problem`` tells a wrong code or one of the 2011 edition."""

    label: str
    facet: str
    resolutions: list[ResolutionBody]
    problem: str | None
    problem_en: str | None
