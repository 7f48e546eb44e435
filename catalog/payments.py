"""How an offer is paid for, as its packages publish it and needs ask for it, by tag."""

from __future__ import annotations

from collections.abc import Iterable

from catalog.errors import Bilingual
from catalog.identity import folded
from catalog.records import Package, PriceModel
from catalog.words import VALUES

PAYMENTS = {
    "one_off": Bilingual("一次性付清", "one-off payment"),
    "yearly": Bilingual("按年付", "yearly payment"),
    "monthly": Bilingual("按月付", "monthly payment"),
    "free": Bilingual("免费", "free"),
    "shared_savings": Bilingual("按效果分成", "shared savings"),
}
"""Names by tag. The order is that of the bits of `matcher.index.columns`: new ones go last."""
FREE = "free"
"""Who pays nothing pays neither at once nor every month: it suits whoever asks for another way."""
RECURRING = ("yearly", "monthly")

_MODELS = {
    PriceModel.ONE_OFF: "one_off",
    PriceModel.YEARLY: "yearly",
    PriceModel.MONTHLY: "monthly",
    PriceModel.PER_USER_MONTH: "monthly",
    PriceModel.FREE: FREE,
    PriceModel.SHARED_SAVINGS: "shared_savings",
}
_TAGS = {folded(name): (tag,) for tag, both in PAYMENTS.items() for name in (both.zh, both.en)} | {
    folded(name): RECURRING for name in ("订阅", "订阅制", "租用", "subscription")
}


def payment_of(package: Package) -> str | None:
    """How ``package`` is paid for; ``None`` where nobody says, as of a price that is negotiable."""
    return _MODELS.get(package.price_model) if package.price_model is not None else None


def paid_so(packages: Iterable[Package], payments: Iterable[str]) -> tuple[Package, ...]:
    """Those of ``packages`` that are free or paid in one of ``payments``.

    All of them where none is, or no way to pay is asked for.
    """
    packages, wanted = tuple(packages), {FREE, *payments}
    found = tuple(one for one in packages if payment_of(one) in wanted)
    return found if found and wanted != {FREE} else packages


def payment_tags(said: str) -> tuple[str, ...]:
    """The tags that a way to pay has, by tag, name or published word; else ``said`` itself.

    >>> payment_tags("买断"), payment_tags("subscription"), payment_tags("贝壳")
    (('one_off',), ('yearly', 'monthly'), ('贝壳',))
    """
    model = VALUES["price_model"].get(folded(said))
    tag = _MODELS.get(PriceModel(model)) if model is not None else None
    return (tag,) if tag is not None else _TAGS.get(folded(said), (said,))
