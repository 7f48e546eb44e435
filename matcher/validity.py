"""Whether an offer, or a city's listing of one, is in its time on a day, and what is said when it is not."""

from __future__ import annotations

from datetime import date

from catalog.records import Listing, Solution
from matcher.types import Reason


def out_of_time(offer: Solution | Listing, today: date) -> Reason | None:
    """Why ``offer`` is not valid ``today``; ``None`` when it is, or when nothing was said of it.

    A listing says so for its city alone: elsewhere the solution is as valid as before.
    """
    of, data = ("listing_", {"city": offer.city}) if isinstance(offer, Listing) else ("", {})
    if offer.valid_until is not None and offer.valid_until < today:
        return Reason(f"{of}expired", {**data, "until": offer.valid_until.isoformat()})
    if offer.valid_from is not None and offer.valid_from > today:
        return Reason(f"{of}not_yet", {**data, "since": offer.valid_from.isoformat()})
    return None
