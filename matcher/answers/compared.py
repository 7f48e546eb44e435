"""How an offer's sector or scenario stands to the one that a need asks for, as a reason."""

from __future__ import annotations

from catalog.taxonomy import ROOT
from catalog.tree import Node
from matcher.closeness import NEIGHBOUR_DIVISION
from matcher.types import Reason

APART = frozenset(["sector_elsewhere", "scenario_other"])
"""Codes of the reasons that speak against an offer."""
RELATED = 0.3
"""Closeness from which on another scenario is called a related one."""


def compared(
    facet: str,
    need: Node,
    offer: Node,
    closeness: float,
    level: int | None = None,
    given: bool = True,
) -> Reason:
    """The reason for two nodes of ``facet``, scenario or sector, of this closeness (0-1).

    ``level`` is the one that the offer reaches in the scenario, where it tells one; ``given`` is false where
    ``need`` was read from words.
    """
    closeness = round(closeness, 2)
    if facet == "scenario":
        code = _scenario_code(closeness, level)
    else:
        code = _sector_code(need.code, offer.code, closeness)
    return Reason(
        code,
        {
            "closeness": closeness,
            "need": need.code,
            "need_zh": need.name.zh,
            "need_en": need.name.en,
            "offer": offer.code,
            "offer_zh": offer.name.zh,
            "offer_en": offer.name.en,
            "level": level,
            "given": given,
        },
    )


def _scenario_code(closeness: float, level: int | None) -> str:
    if closeness == 1.0:
        return "scenario_same" if level is None else "scenario_same_level"
    return "scenario_related" if closeness >= RELATED else "scenario_other"


def _sector_code(need: str, offer: str, closeness: float) -> str:
    if need == offer:
        return "sector_same"
    if offer == ROOT:
        return "sector_cross"
    if need.startswith(offer):
        return "sector_covers"
    if offer.startswith(need):
        return "sector_within"
    if need[:4] == offer[:4]:
        return "sector_group"
    if need[:3] == offer[:3]:
        return "sector_division"
    return "sector_neighbour" if closeness >= NEIGHBOUR_DIVISION else "sector_elsewhere"
