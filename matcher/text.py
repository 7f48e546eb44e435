"""Text templates: what of a record is embedded and indexed. Versioned, as vectors depend on them.

A provider's name, ownership, registered place and size enter no text (DESIGN §2.7): its own name is
taken out of its offers' texts too.
"""

from __future__ import annotations

import re
from functools import lru_cache

from catalog.records import Case, Label, Need, Provider, Record, Solution
from catalog.wording import normalised
from matcher.understanding.asked import asked

TEMPLATE = 1
_LEGAL_FORM = re.compile(r"(?:股份)?有限(?:责任)?公司$|股份公司$|集团$|[(（].*[)）]$")
_SHORTEST_NAME = 3


def offer_text(record: Record) -> str:
    """The text of a solution, case or provider: name, sectors, scenarios, description."""
    if isinstance(record, Solution | Case):
        provider = record.provider.name if record.provider else ""
        parts = [
            record.name,
            _joined(record.sectors),
            _joined(record.scenarios),
            record.description,
        ]
        return _without(provider, "。".join(part for part in parts if part))
    if isinstance(record, Provider):
        parts = [_joined(record.sectors), _joined(record.scenarios), record.description]
        return _without(record.name, "。".join(part for part in parts if part))
    raise TypeError(f"{record.kind} is not an offer")


def need_text(need: Need) -> str:
    """The text of a need: its own words alone, never who wrote it, how to reach them nor background."""
    return asked(need.text).need or normalised(need.text)


def _joined(labels: tuple[Label, ...]) -> str:
    return "、".join(label.label for label in labels)


def _without(name: str, text: str) -> str:
    text = normalised(text)
    for form in _forms(name):
        text = text.replace(form, "")
    return text


@lru_cache(maxsize=4096)
def _forms(name: str) -> tuple[str, ...]:
    """A name whole and without its legal form."""
    # The whole name first: its beginning alone would leave the legal form behind.
    forms = (normalised(name), normalised(_LEGAL_FORM.sub("", name)))
    return tuple(form for form in forms if len(form) >= _SHORTEST_NAME)
