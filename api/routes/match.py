"""POST /v1/match: a need in, ranked and explained offers out."""

from __future__ import annotations

import time
from typing import Annotated

from fastapi import APIRouter, Query, Response

from api.adapters import match_query, match_response
from api.assembly import ServingMatcher
from api.deps import NamedLangDep, RuntimeDep
from api.language import Lang, of_need, spoken
from api.routes.responses import problems
from api.schemas import MatchRequest, MatchResponse

router = APIRouter(prefix="/v1/match", tags=["match"])


@router.post(
    "", response_model=MatchResponse, responses=problems(400, 413, 422, 503), summary="Match a need"
)
async def match(
    body: MatchRequest,
    running: RuntimeDep,
    named: NamedLangDep,
    record: Annotated[
        bool, Query(description="false: only try, keep no record of a need that nothing serves.")
    ] = True,
) -> Response:
    """Ranked solutions, providers and cases for a need, each with its reasons.

    A constraint is a wish unless `must` names it. The score orders the list; it is no percentage. Reasons
    are in `lang`, or in what Accept-Language prefers of zh and en, or in the language of the need.
    """
    query = match_query(body)
    started = time.perf_counter()

    def work(matcher: ServingMatcher) -> tuple[str, Lang]:
        answer = matcher.match(query)
        lang = body.lang or named or of_need(answer.understanding.lang, query.text)
        if record:
            running.recorder.soon(running.store, query, answer)
        response = match_response(answer, lang, running.taxonomy, running.engine.render, record)
        response.timings_ms["total"] = round((time.perf_counter() - started) * 1000, 3)
        return response.model_dump_json(), lang

    # `work` writes the JSON in its own thread: the event loop has other requests to serve.
    content, lang = await running.matching(work)
    return Response(content, headers=spoken(lang), media_type="application/json")
