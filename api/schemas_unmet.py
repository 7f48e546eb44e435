"""Wire models of unmet needs and of the lexicon."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import BaseModel

from api.schemas_imports import IssueBody
from api.schemas_taxonomy import NodeBody


class UnmetNeedBody(BaseModel):
    """A need that nothing served, without personal data. ``nearest`` is the offer that missed least."""

    id: int
    at: datetime
    city: str | None
    lang: str
    sectors: list[NodeBody]
    scenarios: list[NodeBody]
    text: str
    reason: str
    nearest: str | None
    generation: str


class UnmetNeedsBody(BaseModel):
    """One page of unmet needs, newest first; ``next_cursor`` is null on the last one."""

    needs: list[UnmetNeedBody]
    next_cursor: str | None


class UnmetCellBody(BaseModel):
    """How often one division lacks one scenario; null where the needs did not tell it."""

    sector: NodeBody | None
    scenario: NodeBody | None
    count: int
    latest: datetime


class UnmetSummaryBody(BaseModel):
    """What providers are asked to develop, the most wanted first; the cells add up to ``total``."""

    total: int
    cells: list[UnmetCellBody]


class LexiconTermBody(BaseModel):
    """A word that was added; ``city`` is null for everybody's."""

    id: int
    term: str
    lang: str
    kind: Literal["sector", "scenario"]
    codes: list[str]
    city: str | None
    note: str
    at: datetime
    by: str


class LexiconBody(BaseModel):
    """One page of added words. ``serving`` is the version, shipped words included, in use now."""

    terms: list[LexiconTermBody]
    next_cursor: str | None
    serving: str


class LexiconImportBody(BaseModel):
    """What became of a file; with ``issues`` nothing of it was kept."""

    kept: bool
    rows: int
    created: int
    updated: int
    unchanged: int
    issues: list[IssueBody]
