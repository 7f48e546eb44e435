"""Whether the server answers matches, and its metrics."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST

from api.deps import RuntimeDep
from api.metrics import Metrics
from api.routes.responses import problems
from api.schemas_serving import HealthBody, ModelBody
from api.settings import VERSION

router = APIRouter(tags=["health"])


@router.head("/v1/health", include_in_schema=False)
@router.get("/v1/health", responses=problems(503), summary="Readiness and what serves")
def health(running: RuntimeDep) -> HealthBody:
    """Always 200 when the store can be read: `ready` tells whether matches are answered."""
    # Read first: an answer that no build runs then shows what the last one brought.
    building = running.is_building
    matcher, encoder, problem = running.matcher, running.encoder, running.problem
    return HealthBody(
        ready=matcher is not None,
        version=VERSION,
        generation=matcher.generation if matcher else None,
        sequence=running.store.sequence(),
        generation_sequence=matcher.sequence if matcher else None,
        building=building,
        counts=running.store.counts(),
        model=ModelBody(space=encoder.space, dimension=encoder.dimension) if encoder else None,
        problem=problem.message.zh if problem else None,
        problem_code=problem.code if problem else None,
        problem_en=problem.message.en if problem else None,
        hint=problem.hint.zh if problem else None,
        hint_en=problem.hint.en if problem else None,
    )


@router.get(
    "/metrics",
    response_class=Response,
    responses={200: {"content": {"text/plain": {}}, "description": "Prometheus metrics"}},
    summary="Metrics for Prometheus",
)
def metrics(request: Request, running: RuntimeDep) -> Response:
    """Requests and latency by route template, and the generation that serves."""
    found = request.app.state.metrics
    assert isinstance(found, Metrics)
    matcher = running.matcher
    text = found.exposition(matcher.generation if matcher else None, running.store.sequence())
    return Response(text, media_type=CONTENT_TYPE_LATEST)
