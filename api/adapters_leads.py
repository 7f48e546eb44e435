"""Leads: wire ↔ domain."""

from __future__ import annotations

from collections.abc import Sequence

from api.adapters import Render, subtree, understood_body
from api.language import Lang
from api.schemas import NamedRecord, ReasonBody
from api.schemas_leads import LeadBody, LeadNeedBody, LeadOfferBody, LeadsRequest, LeadsResponse
from catalog.records import Kind
from catalog.taxonomy import Taxonomy
from matcher.leads.types import Lead, LeadAnswer, LeadQuery
from matcher.types import Reason


def lead_query(
    offer: str, asked: LeadsRequest, taxonomy: Taxonomy, kind: Kind | None = None
) -> LeadQuery:
    """The question that a request asks about ``offer``, a record of ``kind`` (``None``: any).

    Raises:
        InvalidRecord: there is no such sector or scenario.
    """
    return LeadQuery(
        offer=offer,
        kind=kind,
        sectors=subtree(taxonomy.sectors, asked.sector, "sector"),
        scenarios=subtree(taxonomy.scenarios, asked.scenario, "scenario"),
        city=asked.city,
        budget_from=asked.budget_from,
        since=asked.since,
        demonstration=asked.demonstration,
        limit=asked.limit,
    )


def leads_response(
    offer: str, answer: LeadAnswer, lang: Lang, taxonomy: Taxonomy, render: Render
) -> LeadsResponse:
    """The leads of ``offer`` with their reasons rendered in ``lang``."""

    def reasons(found: Sequence[Reason]) -> list[ReasonBody]:
        return [ReasonBody(code=one.code, text=render(one, lang), data=one.data) for one in found]

    def body(lead: Lead) -> LeadBody:
        match = lead.match
        return LeadBody(
            rank=match.rank,
            need=_need(lead, taxonomy),
            offer=LeadOfferBody(kind=match.kind, id=match.id, name=match.record.name),
            score=round(match.score, 6),
            grade=match.grade,
            serves=lead.serves,
            signals=match.signals,
            reasons=reasons(match.reasons),
            misfits=reasons(match.misfits),
            unknowns=reasons(match.unknowns),
        )

    return LeadsResponse(
        generation=answer.generation,
        sequence=answer.sequence,
        offer=LeadOfferBody(kind=answer.offer_kind, id=offer, name=answer.offer_name),
        leads=[body(lead) for lead in answer.leads],
        considered=answer.considered,
        notes=reasons(answer.notes),
        timings_ms=answer.timings_ms,
    )


def _need(lead: Lead, taxonomy: Taxonomy) -> LeadNeedBody:
    need, limits, understanding = lead.need, lead.limits, lead.understanding
    enterprise = need.enterprise if lead.enterprise is not None else None
    return LeadNeedBody.model_validate(
        {
            "id": lead.need_id,
            "text": lead.text,
            "lang": understanding.lang,
            "city": need.city,
            "enterprise": NamedRecord(name=enterprise.name, id=enterprise.id)
            if enterprise
            else None,
            "sectors": [understood_body(o, taxonomy.sectors) for o in understanding.sectors],
            "scenarios": [understood_body(o, taxonomy.scenarios) for o in understanding.scenarios],
            "budget_cny": limits.budget_cny,
            "deploy_days": limits.deploy_days,
            "size": limits.size,
            "target_level": limits.target_level,
            "technologies": list(limits.technologies),
            "refused_technologies": list(limits.refused_technologies),
            "payments": list(limits.payments),
            "must": list(limits.must),
            "updated_at": lead.updated_at,
            "demonstration": need.demonstration,
        }
    )
