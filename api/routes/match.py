"""POST /v1/match: a need in, ranked and explained offers out."""

from __future__ import annotations

import time
from typing import Annotated

from fastapi import APIRouter, Query, Response

from api.adapters import match_query, match_response
from api.assembly import ServingMatcher
from api.deps import LangDep, RuntimeDep
from api.language import spoken
from api.routes.responses import problems
from api.schemas import MatchRequest, MatchResponse

router = APIRouter(prefix="/v1/match", tags=["match"])


@router.post(
    "", response_model=MatchResponse, responses=problems(400, 413, 422, 503), summary="Match a need"
)
async def match(
    body: MatchRequest,
    running: RuntimeDep,
    lang: LangDep,
    record: Annotated[
        bool, Query(description="false: only try, keep no record of a need that nothing serves.")
    ] = True,
) -> Response:
    """Ranked solutions, providers and cases for a need, each with its reasons.

    A constraint is a wish unless `must` names it. The score orders the list; it is no percentage.
    """
    query = match_query(body)
    lang = body.lang or lang
    started = time.perf_counter()

    def work(matcher: ServingMatcher) -> str:
        answer = matcher.match(query)
        if record:
            running.recorder.soon(running.store, query, answer)
        response = match_response(answer, lang, running.taxonomy, running.engine.render, record)
        response.timings_ms["total"] = round((time.perf_counter() - started) * 1000, 3)
        return response.model_dump_json()

    # `work` writes the JSON in its own thread: the event loop has other requests to serve.
    content = await running.matching(work)
    return Response(content, headers=spoken(lang), media_type="application/json")
