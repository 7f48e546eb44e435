"""What a need lacks in the catalogue: told from how it reads, and from the best that is there for it.

Two bounds of the calibration say below which odds the best offer is too unlikely to be good; the higher one
counts where the need surely asks for a scenario that nothing seen has (docs/decisions/0023-gaps.md).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from catalog.records import Kind
from catalog.taxonomy import Taxonomy
from catalog.tree import Node
from matcher.answers.remarks import only_a_trade
from matcher.calibration import Calibration, says_enough
from matcher.closeness import scenario_closeness
from matcher.ranking import Rows
from matcher.scored import SEEN, Scored
from matcher.types import Constraint, Lack, Lacking, Reason

SURELY = 0.5
"""Confidence from which on a scenario or a function is surely asked for; agreed, not fitted."""
_HAS = 0.65
"""Closeness from which on an offer has a scenario: its own, or one that is all but the same."""
_DOES = 0.3
"""Cosine of functions from which on an offer may do what is asked."""
_EVEN = 0.0
"""Log-odds of an offer that is as likely good as not: above, it is graded good."""


def unserved(scored: Scored, calibration: Calibration | None) -> bool:
    """Whether the need reads like one that no digital offer serves; never without a calibration."""
    # A scenario that the caller names is served or not by what is there, not by how it reads.
    if calibration is None or scored.given[1]:
        return False
    likeness = scored.understanding.unserved
    if not calibration.serves_nothing(likeness) or not says_enough(scored.text):
        return False
    return not only_a_trade(scored.text, scored.understanding)


def lacking(
    scored: Scored,
    calibration: Calibration | None,
    taxonomy: Taxonomy,
    listed: Mapping[Kind, Rows] | None = None,
) -> Lacking | None:
    """What the need lacks in what passes its hard limits; ``None`` when it is served, or nobody can tell.

    ``listed`` are the rows that its answer lists, where they are known.
    """
    if calibration is None:
        return None
    if unserved(scored, calibration):
        return Lacking(Lack.NOT_DIGITAL)
    rows = seen(scored, taxonomy, listed)
    if not len(rows):
        return None
    best = calibration.likeliest(scored.features(rows))
    if best >= _EVEN or only_a_trade(scored.text, scored.understanding):
        return None
    missing = next(missed(scored, rows, taxonomy), None)
    if missing is None:
        if best >= calibration.nothing_below or not says_enough(scored.text):
            return None
        return Lacking(Lack.NOTHING, _within(scored, None, taxonomy))
    whole = missing.code in taxonomy.scenarios
    bound = calibration.lacking_below if whole else calibration.nothing_below
    lack = Lack.NOTHING if best < bound else Lack.SCARCE
    scenario = missing.code if whole else missing.parent
    return Lacking(lack, _within(scored, scenario, taxonomy), scenario, missing.code)


def seen(scored: Scored, taxonomy: Taxonomy, listed: Mapping[Kind, Rows] | None = None) -> Rows:
    """The rows that `lacking` judges by: the first few of each kind, however many are listed."""
    if listed is None or scored.query.limit < SEEN:
        listed = scored.listed(SEEN, taxonomy)
    return np.concatenate([rows[:SEEN] for rows in listed.values()])


def missed(scored: Scored, rows: Rows, taxonomy: Taxonomy) -> Iterator[Node]:
    """The scenario, and the function, that the need surely asks for and that none of ``rows`` has."""
    understanding, snapshot = scored.understanding, scored.snapshot
    asked = [one.code for one in understanding.scenarios if one.confidence >= SURELY]
    does = scored.ranked.function[rows] >= _DOES
    if asked:
        table, nodes = scenario_closeness(taxonomy), snapshot.columns.scenarios[rows]
        near = table.table[[table.index[code] for code in asked]].max(axis=0)
        near[table.unknown] = 0.0
        # What no scenario was published of may have it if it does what is asked.
        unknown = (nodes == table.unknown).all(axis=1)
        if not ((near[nodes].max(axis=1) >= _HAS) | (unknown & does)).any():
            yield taxonomy.scenarios[asked[0]]
    for one in understanding.functions:
        node = taxonomy.functions[one.code]
        # A scenario that was given says which functions are meant.
        if one.confidence >= SURELY and (node.parent in asked or not scored.given[1]):
            if not does.any():
                yield node
            return


def told(lacking: Lacking, city: str | None, taxonomy: Taxonomy) -> Reason:
    """The note that tells it."""
    if lacking.lack == Lack.NOT_DIGITAL:
        return Reason("unserved")
    within = {
        "catalogue": ("目录里", "the catalogue"),
        "city": (f"{city}的目录里", f"the catalogue of {city}"),
        "limits": ("满足硬性条件的方案里", "what meets the hard limits"),
    }[lacking.within]
    data = {"within_zh": within[0], "within_en": within[1]}
    if lacking.node is not None:
        tree = taxonomy.scenarios if lacking.node in taxonomy.scenarios else taxonomy.functions
        name = tree[lacking.node].name
        data |= {"code": lacking.node, "name_zh": name.zh, "name_en": name.en}
    return Reason(_NOTES[lacking.lack, lacking.node is not None], data)


_NOTES = {
    (Lack.NOTHING, False): "nothing",
    (Lack.NOTHING, True): "nothing_for",
    (Lack.SCARCE, True): "scarce",
}


def _within(scored: Scored, scenario: str | None, taxonomy: Taxonomy) -> str:
    """Where it lacks: in the catalogue, in the city's, or only in what meets the other hard limits."""
    query, fits = scored.query, scored.ranked.fitted.fits
    limits = [fits[one] for one in query.must - {Constraint.CITY} if one in fits]
    if any((fit < 0).any() for fit in limits) and not _nowhere(scored, scenario, taxonomy):
        return "limits"
    return "city" if Constraint.CITY in query.must else "catalogue"


def _nowhere(scored: Scored, scenario: str | None, taxonomy: Taxonomy) -> bool:
    """Whether no offer at all has ``scenario``, whatever limits it meets."""
    if scenario is None:
        return False
    snapshot = scored.snapshot
    column = scenario_closeness(taxonomy).index[scenario]
    return not (snapshot.columns.scenarios[snapshot.active] == column).any()
