"""One spelling of a city's name in what was stored before names were normalised (宁波市 → 宁波).

Cities of records, their bodies and provenance, of unmet needs and of added words, and the keys that hold
a city. The history stays as it was written. Nothing is merged: where two records (or two words) come to
the same key, the one that holds it keeps it, else the one made first gets it. The other record keeps its
old key beside the new spelling: it is listed with its city, a later import no longer finds it, and
whoever wants one record retires the other. The other word stays as it was, as unused as it was before.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Iterator, Sequence
from typing import Any

import sqlalchemy as sa
from alembic import op

from catalog.identity import folded
from catalog.wording import city_name, normalised

revision = "0003"
down_revision = "0002"

_CHUNK = 500
_LONGEST_KEY = 300
_HASHED = re.compile(r"need\|text\|[0-9a-f]{64}")
_RECORD = sa.table(
    "record",
    sa.column("id", sa.String),
    sa.column("kind", sa.String),
    sa.column("city", sa.String),
    sa.column("created_at", sa.DateTime(timezone=True)),
    sa.column("body", sa.JSON),
    sa.column("provenance", sa.JSON),
)
_KEY = sa.table("record_key", sa.column("key", sa.String), sa.column("record_id", sa.String))
_CHANGE = sa.table(
    "change",
    sa.column("sequence", sa.Integer),
    sa.column("record_id", sa.String),
    sa.column("body", sa.JSON),
    sa.column("provenance", sa.JSON),
)
_SAID = (
    _RECORD.c.city,
    _RECORD.c.body["city"].as_string(),
    _RECORD.c.provenance["city"].as_string(),
)
_UNMET = sa.table(
    "unmet_need",
    sa.column("id", sa.Integer),
    sa.column("city", sa.String),
    sa.column("text", sa.Text),
    sa.column("fingerprint", sa.String),
)
_LEXICON = sa.table(
    "lexicon_term",
    sa.column("id", sa.Integer),
    sa.column("key", sa.String),
    sa.column("city", sa.String),
)


def upgrade() -> None:
    """Write each city as `catalog.wording.city_name` does."""
    connection = op.get_bind()
    odd = _odd_of_records(connection)
    if odd:
        _respell_records(connection, odd)
        _respell_keys(connection, {folded(one): folded(city_name(one)) for one in odd})
    _respell_unmet(connection)
    _respell_lexicon(connection)


def downgrade() -> None:
    """Leave the names: how each was spelled before is in the history only."""


def _odd_of_records(connection: sa.Connection) -> list[str]:
    """The odd spellings in records and their history: a record has the code of each importing city."""
    columns: list[Any] = [*_SAID, _CHANGE.c.body["city"].as_string()]
    columns.append(_CHANGE.c.provenance["city"].as_string())
    return sorted({one for column in columns for one in _odd(connection, column)})


def _respell_records(connection: sa.Connection, odd: list[str]) -> None:
    wanted: set[str] = set()
    for column in _SAID:
        for some in _chunks(odd):
            wanted.update(connection.scalars(sa.select(_RECORD.c.id).where(column.in_(some))))
    for some in _chunks(sorted(wanted)):
        rows = connection.execute(sa.select(_RECORD).where(_RECORD.c.id.in_(some))).all()
        values = [
            {
                "row": row.id,
                "city": city_name(row.city) if row.city else row.city,
                "body": _respelled(row.body),
                "provenance": _respelled(row.provenance),
            }
            for row in rows
        ]
        connection.execute(_RECORD.update().where(_RECORD.c.id == sa.bindparam("row")), values)


def _respell_keys(connection: sa.Connection, spelled: dict[str, str]) -> None:
    """Keys anew, ``spelled`` being what stands in keys beside what should: oldest record first."""
    anew: dict[str, tuple[str, str]] = {}
    hashed: dict[str, str] = {}
    for old, record_id in connection.execute(sa.select(_KEY.c.key, _KEY.c.record_id)):
        if _HASHED.fullmatch(old):
            hashed[old] = record_id
        elif (key := _respelled_key(old, spelled)) != old:
            anew[old] = (record_id, key)
    anew |= _respelled_hashes(connection, hashed)
    made: dict[str, Any] = {}
    for some in _chunks(sorted({record_id for record_id, _ in anew.values()})):
        query = sa.select(_RECORD.c.id, _RECORD.c.created_at).where(_RECORD.c.id.in_(some))
        made.update((row.id, row.created_at) for row in connection.execute(query))
    holder: dict[str, str] = {}
    for some in _chunks(sorted({key for _, key in anew.values()})):
        query = sa.select(_KEY).where(_KEY.c.key.in_(some))
        holder.update((row.key, row.record_id) for row in connection.execute(query))
    first_made = sorted(anew.items(), key=lambda one: (made[one[1][0]], one[1][0], one[0]))
    renamed, needless = [], []
    for old, (record_id, key) in first_made:
        if key not in holder:
            holder[key] = record_id
            renamed.append({"old": old, "key": key})
        elif holder[key] == record_id:
            needless.append({"old": old})
    this = _KEY.c.key == sa.bindparam("old")
    if renamed:
        connection.execute(_KEY.update().where(this), renamed)
    if needless:
        connection.execute(_KEY.delete().where(this), needless)


def _respelled_key(key: str, spelled: dict[str, str]) -> str:
    """``key`` with its city spelled anew: third of a listing or a code, last of a need's text."""
    kind, rule, *_ = key.split("|")
    if rule in ("code", "listing"):
        parts, place = key.split("|", 3), 2
    elif (kind, rule) == ("need", "text"):
        parts, place = key.rsplit("|", 1), 1
    else:
        return key
    parts[place] = spelled.get(parts[place], parts[place])
    return "|".join(parts)


def _respelled_hashes(
    connection: sa.Connection, hashed: dict[str, str]
) -> dict[str, tuple[str, str]]:
    """Keys of long needs, which are hashes: found again from every version of the need."""
    found: dict[str, tuple[str, str]] = {}
    for some in _chunks(sorted(set(hashed.values()))):
        query = sa.select(_CHANGE.c.record_id, _CHANGE.c.body).where(_CHANGE.c.record_id.in_(some))
        for record_id, body in connection.execute(query):
            city = body.get("city") or ""
            old, new = (_need_key(body, one) for one in (city, city_name(city)))
            if old != new and hashed.get(old) == record_id:
                found[old] = (record_id, new)
    return found


def _need_key(body: dict[str, Any], city: str) -> str:
    owner = (body.get("enterprise") or {}).get("name") or ""
    text = "|".join(("need", "text", *(folded(part) for part in (body["text"], owner, city))))
    if len(text) <= _LONGEST_KEY:
        return text
    return f"need|text|{hashlib.sha256(text.encode()).hexdigest()}"


def _respell_unmet(connection: sa.Connection) -> None:
    for some in _chunks(_odd(connection, _UNMET.c.city)):
        rows = connection.execute(sa.select(_UNMET).where(_UNMET.c.city.in_(some))).all()
        for row in rows:
            city = city_name(row.city)
            content = f"{city}\n{normalised(row.text).casefold()}"
            fingerprint = hashlib.sha256(content.encode()).hexdigest()
            values = {"city": city, "fingerprint": fingerprint}
            connection.execute(_UNMET.update().where(_UNMET.c.id == row.id).values(**values))


def _respell_lexicon(connection: sa.Connection) -> None:
    odd = _odd(connection, _LEXICON.c.city)
    query = sa.select(_LEXICON).where(_LEXICON.c.city.is_not(None)).order_by(_LEXICON.c.id)
    rows = connection.execute(query).all() if odd else []
    taken = {row.key for row in rows}
    for row in rows:
        city = city_name(row.city)
        key = row.key.replace(f"\n{row.city}\n", f"\n{city}\n", 1)
        if city == row.city or key in taken:
            continue
        taken.add(key)
        values = {"city": city, "key": key}
        connection.execute(_LEXICON.update().where(_LEXICON.c.id == row.id).values(**values))


def _odd(connection: sa.Connection, column: sa.ColumnElement[str]) -> list[str]:
    """The values of ``column`` that are spelled otherwise than they should be."""
    found = connection.scalars(sa.select(column).where(column.is_not(None)).distinct())
    return sorted(one for one in found if one and city_name(one) != one)


def _respelled(value: dict[str, Any]) -> dict[str, Any]:
    city = value.get("city")
    return {**value, "city": city_name(city)} if city else value


def _chunks(values: Collection[str]) -> Iterator[Sequence[str]]:
    some = list(values)
    for start in range(0, len(some), _CHUNK):
        yield some[start : start + _CHUNK]
