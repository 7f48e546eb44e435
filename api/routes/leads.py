"""GET /v1/solutions/{id}/leads and /v1/providers/{id}/leads: the needs that an offer could serve."""

from __future__ import annotations

import time
from typing import Annotated

from fastapi import APIRouter, Query, Response

from api.adapters_leads import lead_query, leads_response
from api.assembly import ServingMatcher
from api.deps import LangDep, RuntimeDep
from api.language import Lang, spoken
from api.routes.records import PLURALS, Id
from api.routes.responses import problems
from api.runtime import Runtime
from api.schemas_leads import LeadsRequest, LeadsResponse
from catalog.records import Kind

router = APIRouter(prefix="/v1", tags=["leads"])
Asked = Annotated[LeadsRequest, Query()]


@router.get(
    f"/{PLURALS[Kind.SOLUTION]}/{{id}}/leads",
    responses=problems(404, 422, 503),
    summary="Needs that a solution could serve",
)
async def solution_leads(
    solution_id: Id, asked: Asked, running: RuntimeDep, lang: LangDep, response: Response
) -> LeadsResponse:
    """The stored needs that this solution could serve, by the score that a match of the need gives it.

    Needs whose hard limits it breaks are left out. No personal data; enterprises are named only with
    their consent.
    """
    lang = asked.lang or lang
    response.headers.update(spoken(lang))
    return await _leads(running, solution_id, Kind.SOLUTION, asked, lang)


@router.get(
    f"/{PLURALS[Kind.PROVIDER]}/{{id}}/leads",
    responses=problems(404, 422, 503),
    summary="Needs that a provider could serve",
)
async def provider_leads(
    provider_id: Id, asked: Asked, running: RuntimeDep, lang: LangDep, response: Response
) -> LeadsResponse:
    """The stored needs that this provider could serve with one of its offers, or by its own text.

    Each lead names the offer that it is for.
    """
    lang = asked.lang or lang
    response.headers.update(spoken(lang))
    return await _leads(running, provider_id, Kind.PROVIDER, asked, lang)


async def _leads(
    running: Runtime, offer: str, kind: Kind, asked: LeadsRequest, lang: Lang
) -> LeadsResponse:
    query = lead_query(offer, asked, running.taxonomy, kind)
    started = time.perf_counter()

    def work(matcher: ServingMatcher) -> LeadsResponse:
        answer = matcher.leads(query)
        return leads_response(offer, answer, lang, running.taxonomy, running.engine.render_lead)

    response = await running.matching(work)
    response.timings_ms["total"] = round((time.perf_counter() - started) * 1000, 3)
    return response
