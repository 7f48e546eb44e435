"""Wire models of unmet needs and of the lexicon."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import BaseModel

from api.schemas_imports import IssueBody
from api.schemas_taxonomy import NodeBody


class LackingBody(BaseModel):
    """Why a need is not served.

    ``lack``: no digital offer serves it, nothing is there for it, or what is there only touches it.
    ``within`` all offers, those of the city (a must), or what meets other hard limits. ``scenario`` is what
    nothing has, ``node`` the same or a function below it.
    """

    lack: Literal["not_digital", "nothing", "scarce"]
    within: Literal["catalogue", "city", "limits"]
    scenario: str | None
    node: str | None


class UnmetNeedBody(BaseModel):
    """A need that nothing served, without personal data. ``nearest`` is the offer that missed least.

    ``cause`` and ``within`` are ``lack`` and ``within`` of its answer; ``need_id`` is the stored need that it
    is, null for a question.
    """

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
    cause: Literal["not_digital", "nothing", "scarce"]
    within: Literal["catalogue", "city"]
    need_id: str | None


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
    """What providers are asked to develop, the most wanted first; the cells add up to ``total``.

    ``not_digital`` counts the needs that no digital offer serves, which are in no cell.
    """

    total: int
    cells: list[UnmetCellBody]
    not_digital: int


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
