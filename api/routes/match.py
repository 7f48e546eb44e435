"""POST /v1/match: a need in, ranked and explained offers out."""

from __future__ import annotations

import time
from typing import Annotated

from fastapi import APIRouter, Query

from api.adapters import match_query, match_response
from api.assembly import ServingMatcher
from api.deps import LangDep, RuntimeDep
from api.routes.responses import problems
from api.schemas import MatchRequest, MatchResponse

router = APIRouter(prefix="/v1/match", tags=["match"])


@router.post("", responses=problems(400, 413, 422, 503), summary="Match a need")
async def match(
    body: MatchRequest,
    running: RuntimeDep,
    lang: LangDep,
    record: Annotated[
        bool, Query(description="false: only try, keep no record of a need that nothing serves.")
    ] = True,
) -> MatchResponse:
    """Ranked solutions, providers and cases for a need, each with its reasons.

    A constraint is a wish unless `must` names it. The score orders the list; it is no percentage.
    """
    query = match_query(body)
    started = time.perf_counter()

    def work(matcher: ServingMatcher) -> MatchResponse:
        answer = matcher.match(query)
        if record:
            running.recorder.soon(running.store, query, answer)
        return match_response(
            answer, body.lang or lang, running.taxonomy, running.engine.render, record
        )

    response = await running.matching(work)
    response.timings_ms["total"] = round((time.perf_counter() - started) * 1000, 3)
    return response
