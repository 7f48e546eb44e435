"""Generations: list, build a new one, go back to an older one."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Response

from api.adapters import generation_body
from api.deps import RuntimeDep
from api.routes.responses import problems
from api.schemas_serving import BuildingBody, GenerationBody, GenerationsBody, RollbackRequest

router = APIRouter(prefix="/v1/generations", tags=["generations"])


@router.get("", responses=problems(503), summary="List generations")
def generations(running: RuntimeDep) -> GenerationsBody:
    """The generations on disk, newest last, the current one marked."""
    building = running.is_building
    return GenerationsBody(
        generations=[generation_body(info) for info in running.generations()], building=building
    )


@router.post(
    "",
    status_code=201,
    responses={
        **problems(422, 500, 503),
        202: {"model": BuildingBody, "description": "The build goes on in the background"},
    },
    response_model=GenerationBody,
    summary="Build a generation",
)
async def build(
    running: RuntimeDep,
    wait: Annotated[bool, Query(description="false: answer at once, build on.")] = True,
) -> object:
    """A new generation of everything that is active, serving when this answers."""
    if not wait:
        running.build_soon()
        body = BuildingBody().model_dump_json()
        return Response(body, status_code=202, media_type="application/json")
    return generation_body(await running.build())


@router.post(
    "/rollback", responses=problems(400, 404, 413, 422, 503), summary="Serve an older generation"
)
async def rollback(body: RollbackRequest, running: RuntimeDep) -> GenerationsBody:
    """An older generation serves again; changes made after it are laid over it."""
    await running.rolled_back(body.generation)
    return generations(running)
