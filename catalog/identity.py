"""When two records are the same record (DESIGN §3, Identity).

A record is the same when city and declared code agree, else when NFKC name and provider agree.
Running numbers (序号) are never a code. Each rule yields a key; the store keeps keys unique.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata

from catalog.records import Case, Enterprise, Listing, Need, Record, Solution
from catalog.wording import city_name

_SPACE = re.compile(r"\s+")


def folded(text: str) -> str:
    """``text`` as names are compared: NFKC, case folded, without white space.

    >>> folded("ＭＥＳ 系统")
    'mes系统'
    """
    return _SPACE.sub("", unicodedata.normalize("NFKC", text).casefold())


def keys_of(record: Record, city: str | None = None) -> tuple[str, ...]:
    """The keys under which ``record`` is found again, strongest first.

    ``city`` is the owner of the declared code; national files have none.
    """
    keys = []
    if isinstance(record, Listing):
        return (_key(record.kind, "listing", record.city, record.solution.id or ""),)
    if isinstance(record, Enterprise) and record.credit_code:
        keys.append(_key(record.kind, "credit", record.credit_code))
    if record.code:
        keys.append(_key(record.kind, "code", city_name(city or ""), record.code))
    if isinstance(record, Need):
        owner = record.enterprise.name if record.enterprise else ""
        keys.append(_key(record.kind, "text", record.text, owner, record.city or ""))
    else:
        keys.append(name_key(record.kind, record.name, _provider(record)))
    return tuple(keys)


def name_key(kind: str, name: str, provider: str = "") -> str:
    """The key of a record known only by its name (and provider)."""
    return _key(kind, "name", name, provider)


def _provider(record: Record) -> str:
    if isinstance(record, Solution | Case) and record.provider:
        return record.provider.name
    return ""


def _key(kind: str, rule: str, *parts: str) -> str:
    text = "|".join((kind, rule, *(folded(part) for part in parts)))
    if len(text) <= 300:
        return text
    return f"{kind}|{rule}|{hashlib.sha256(text.encode()).hexdigest()}"
