"""Wire models of what serves: generations, and whether matches are answered."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, Field

from api.schemas import Wire


class GenerationBody(BaseModel):
    """One generation: what it was built from and how large it is."""

    id: str
    sequence: int
    built_at: datetime
    offers: int
    needs: int
    space: str
    current: bool


class GenerationsBody(BaseModel):
    """The generations on disk, newest last, and whether a build runs."""

    generations: list[GenerationBody]
    building: bool


class BuildingBody(BaseModel):
    """A build was started and goes on in the background."""

    building: Literal[True] = True


class RollbackRequest(Wire):
    """The generation to serve again."""

    generation: Annotated[str, Field(max_length=60, pattern=r"^g[0-9]{7,20}-[0-9a-f]{8}$")]


class ModelBody(BaseModel):
    """The loaded model."""

    space: str
    dimension: int


class HealthBody(BaseModel):
    """Whether matches are answered, and by what; ``problem`` says why not."""

    ready: bool
    version: str
    generation: str | None
    sequence: int
    generation_sequence: int | None
    building: bool
    counts: dict[str, int]
    model: ModelBody | None
    problem: str | None
    problem_code: str | None
    problem_en: str | None
    hint: str | None
    hint_en: str | None
