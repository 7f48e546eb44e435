"""One transaction of writes: upsert by identity, change, retire, restore; each one in the history."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import asdict, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, select

from catalog.errors import Bilingual, InvalidRecord, RecordConflict, UnknownRecord
from catalog.identity import folded, keys_of, name_key
from catalog.records import (
    CHECK_DATES,
    RECORD_TYPES,
    Case,
    Kind,
    Listing,
    Need,
    Provider,
    Record,
    Reference,
    Solution,
    ends_before_it_starts,
)
from catalog.schema import ChangeRow, KeyRow, NodeRow, RecordRow, table
from catalog.solution_names import SolutionNames
from catalog.stored import Change, Provenance
from catalog.wording import city_name

_RECORD = table(RecordRow)
_KEY = table(KeyRow)
_NODE = table(NodeRow)
_CHANGE = table(ChangeRow)
_ID_OF_KEY = select(_KEY.c.record_id).where(_KEY.c.key == bindparam("key"))
_ROW_OF_ID = select(_RECORD).where(_RECORD.c.id == bindparam("id"))
_ADD_RECORD, _ADD_KEY, _ADD_NODE = _RECORD.insert(), _KEY.insert(), _NODE.insert()
_ADD_CHANGE = _CHANGE.insert().returning(_CHANGE.c.sequence)


class Writer:
    """Writes inside one transaction of `catalog.store.Store.writing`.

    ``named`` are the ids of the providers created because a record only named them. Key look-ups are
    remembered: the lock of the store keeps other writers out.
    """

    def __init__(self, connection: Connection, by: str, now: datetime):
        self._connection = connection
        self._by = by
        self._now = now
        self.named: list[str] = []
        self._ids: dict[str, str | None] = {}
        self._kinds: dict[str, str] = {}
        self._solutions: SolutionNames | None = None

    def find(self, record: Record, city: str | None = None) -> str | None:
        """Id of the record that ``record`` is the same as, or ``None``."""
        for key in keys_of(self._referring(record, create=False), city):
            found = self._id_of(key)
            if found is not None:
                return found
        return None

    def city_of(self, record_id: str) -> str | None:
        """The city that owns the record with ``record_id``; ``None`` for a national one.

        Raises:
            UnknownRecord: no such record.
        """
        city: str | None = self._row(record_id, None).provenance.get("city")
        return city

    def put(
        self, record: Record, provenance: Provenance | None = None, city: str | None = None
    ) -> Change:
        """Insert ``record``, or complete the record that it is the same as.

        Facts that ``record`` leaves open stay as they are: an unknown never erases a known fact. A
        provider that is only named is created as a record of its own.

        Raises:
            InvalidRecord: a listing names a solution that is not there, is retired or one of several, or a
                validity ends before it starts.
        """
        record = self._referring(record, create=True)
        city = city_name(city) if city else None
        provenance = provenance or Provenance(by=self._by, city=city)
        keys = keys_of(record, city)
        for key in keys:
            existing = self._id_of(key)
            if existing is not None:
                return self._complete(existing, record, keys, provenance)
        record_id = f"{record.kind}-{secrets.token_hex(8)}"
        return self._write(record_id, record, keys, "created", provenance)

    def replace(
        self,
        record_id: str,
        record: Record,
        expected_sequence: int | None = None,
        city: str | None = None,
    ) -> Change:
        """Put ``record`` in the place of the one with ``record_id``.

        Raises:
            UnknownRecord: no such record.
            RecordConflict: it changed since ``expected_sequence``, or another record holds a key.
            InvalidRecord: the kinds differ, or a validity ends before it starts.
        """
        row = self._row(record_id, expected_sequence)
        if row.kind != str(record.kind):
            raise InvalidRecord(
                Bilingual(
                    f"记录类型是 {row.kind}，不能改成 {record.kind}",
                    f"the record is a {row.kind}, it cannot become a {record.kind}",
                ),
                field="kind",
            )
        record = self._referring(record, create=True)
        if _body(record) == row.body:
            return Change(record_id, "unchanged", row.sequence)
        keys = keys_of(record, city or row.provenance.get("city"))
        for key in keys:
            holder = self._id_of(key)
            if holder not in (None, record_id):
                raise RecordConflict(
                    Bilingual(
                        f"已有同名或同编码的记录 {holder}",
                        f"record {holder} already has this name or code",
                    ),
                    Bilingual(
                        "请修改名称或编码，或改那一条记录", "change name or code, or that record"
                    ),
                    field="name",
                )
        self._connection.execute(_KEY.delete().where(_KEY.c.record_id == record_id))
        self._ids.clear()
        return self._write(record_id, record, keys, "updated", Provenance(by=self._by), row=row)

    def retire(self, record_id: str, expected_sequence: int | None = None) -> Change:
        """Take a record out of every answer; it stays in the store and can be restored."""
        return self._set_status(record_id, "retired", "retired", expected_sequence)

    def restore(self, record_id: str, expected_sequence: int | None = None) -> Change:
        """Bring a retired record back."""
        return self._set_status(record_id, "active", "restored", expected_sequence)

    def _set_status(
        self, record_id: str, status: str, action: str, expected_sequence: int | None
    ) -> Change:
        row = self._row(record_id, expected_sequence)
        if row.status == status:
            return Change(record_id, "unchanged", row.sequence)
        origin = asdict(Provenance(by=self._by))
        sequence = self._log(record_id, row.kind, action, row.body, origin)
        self._connection.execute(
            _RECORD.update()
            .where(_RECORD.c.id == record_id)
            .values(status=status, sequence=sequence, updated_at=self._now)
        )
        self._solutions = None
        return Change(record_id, action, sequence)

    def _complete(
        self, record_id: str, record: Record, keys: tuple[str, ...], provenance: Provenance
    ) -> Change:
        row = self._row(record_id, None)
        body = {**row.body, **_body(record), **_still_linked(row.body, record)}
        self._add_keys(record_id, [key for key in keys if self._id_of(key) is None])
        asleep = row.status == "retired"
        if body == row.body:
            return Change(record_id, "unchanged", row.sequence, asleep)
        merged = RECORD_TYPES[Kind(row.kind)].model_validate(body)
        change = self._write(record_id, merged, (), "updated", provenance, row=row)
        return replace(change, asleep=asleep)

    def _write(
        self,
        record_id: str,
        record: Record,
        keys: tuple[str, ...],
        action: str,
        provenance: Provenance,
        row: Any = None,
    ) -> Change:
        wrong = ends_before_it_starts(record)
        if wrong is not None:
            raise InvalidRecord(wrong, CHECK_DATES, field="valid_until")
        body, origin = _body(record), asdict(provenance)
        sequence = self._log(record_id, record.kind, action, body, origin)
        values = {
            "kind": str(record.kind),
            "name": record.name,
            "city": getattr(record, "city", None),
            "provider_id": _reference_id(record, "provider"),
            "solution_id": _reference_id(record, "solution"),
            "enterprise_id": _reference_id(record, "enterprise"),
            "sequence": sequence,
            "updated_at": self._now,
            "body": body,
            "provenance": origin,
        }
        if row is None:
            created = {"id": record_id, "status": "active", "created_at": self._now}
            self._connection.execute(_ADD_RECORD, {**values, **created})
            self._kinds[record_id] = str(record.kind)
        else:
            if action == "updated" and row.provenance.get("city") and not provenance.city:
                values["provenance"] = {**origin, "city": row.provenance["city"]}
            self._connection.execute(
                _RECORD.update().where(_RECORD.c.id == record_id).values(**values)
            )
            self._connection.execute(_NODE.delete().where(_NODE.c.record_id == record_id))
        if record.kind is Kind.SOLUTION:
            self._solutions = None
        self._add_keys(record_id, keys)
        nodes = [
            {"record_id": record_id, "facet": facet, "node": node}
            for facet, field in (("sector", "sectors"), ("scenario", "scenarios"))
            for node in {n for label in getattr(record, field, ()) for n in label.nodes}
        ]
        if nodes:
            self._connection.execute(_ADD_NODE, nodes)
        return Change(record_id, action, sequence)

    def _add_keys(self, record_id: str, keys: Iterable[str]) -> None:
        rows = [{"key": key, "record_id": record_id} for key in dict.fromkeys(keys)]
        if rows:
            self._connection.execute(_ADD_KEY, rows)
            self._ids.update(dict.fromkeys(keys, record_id))

    def _log(
        self, record_id: str, kind: str, action: str, body: dict[str, Any], origin: dict[str, Any]
    ) -> int:
        result = self._connection.execute(
            _ADD_CHANGE,
            {
                "record_id": record_id,
                "kind": str(kind),
                "action": action,
                "at": self._now,
                "by": self._by,
                "body": body,
                "provenance": origin,
            },
        )
        return int(result.scalar_one())

    def _referring(self, record: Record, create: bool) -> Record:
        """``record`` with the ids of the records that it names."""
        if isinstance(record, Solution | Case) and record.provider:
            provider = self._resolved(Kind.PROVIDER, record.provider, "", create)
            record = record.model_copy(update={"provider": provider})
        if isinstance(record, Case) and record.solution:
            provider_name = record.provider.name if record.provider else ""
            solution = self._resolved(Kind.SOLUTION, record.solution, provider_name, False)
            record = record.model_copy(update={"solution": solution})
        if isinstance(record, Listing):
            record = self._listed(record, create)
        if isinstance(record, Need) and record.enterprise:
            enterprise = self._resolved(Kind.ENTERPRISE, record.enterprise, "", False)
            record = record.model_copy(update={"enterprise": enterprise})
        return record

    def _resolved(self, kind: Kind, named: Reference, provider: str, create: bool) -> Reference:
        if named.id is not None:
            if named.id not in self._kinds:
                row = self._connection.execute(_ROW_OF_ID, {"id": named.id}).first()
                self._kinds[named.id] = row.kind if row else ""
            if self._kinds[named.id] != str(kind):
                there = bool(self._kinds.pop(named.id))
                raise InvalidRecord(
                    Bilingual(f"{named.id} 不是 {kind}", f"{named.id} is not a {kind}")
                    if there
                    else Bilingual(f"没有 {kind} {named.id}", f"there is no {kind} {named.id}"),
                    Bilingual(
                        "请写列表里的编号，或只写名称", "give an id of the list, or the name alone"
                    ),
                    field=f"{kind}.id",
                )
            return Reference(name=named.name, id=named.id)
        if kind is Kind.SOLUTION and not provider:
            return Reference(name=named.name, id=self._solution_names().only(named.name))
        found = self._id_of(name_key(kind, named.name, provider))
        if found is None and create:
            found = self.put(Provider(name=named.name)).id
            self.named.append(found)
        return Reference(name=named.name, id=found)

    def _listed(self, listing: Listing, create: bool) -> Listing:
        """``listing`` with its solution's id and provider."""
        named, given = listing.solution, listing.provider
        solution = self._resolved(Kind.SOLUTION, named, given.name if given else "", False)
        if create and named.id is None:
            names = self._solution_names()
            if solution.id is None or names.is_retired(named.name, solution.id):
                raise names.not_found(solution, given)
        if solution.id is None:
            return listing.model_copy(update={"solution": solution})
        provider = self._row(solution.id, None).body.get("provider")
        told = Reference.model_validate(provider) if provider else None
        return listing.model_copy(update={"solution": solution, "provider": told})

    def _solution_names(self) -> SolutionNames:
        if self._solutions is None:
            self._solutions = SolutionNames.read(self._connection)
        return self._solutions

    def _id_of(self, key: str) -> str | None:
        if key not in self._ids:
            self._ids[key] = self._connection.scalar(_ID_OF_KEY, {"key": key})
        return self._ids[key]

    def _row(self, record_id: str, expected_sequence: int | None) -> Any:
        row = self._connection.execute(_ROW_OF_ID, {"id": record_id}).first()
        if row is None:
            raise UnknownRecord(
                Bilingual(
                    f"没有编号为 {record_id} 的记录", f"there is no record with id {record_id}"
                ),
                field="id",
            )
        if expected_sequence is not None and row.sequence != expected_sequence:
            raise RecordConflict(
                Bilingual("这条记录刚被别人改过", "the record was changed by somebody else"),
                Bilingual("请重新读取后再改", "read it again, then change it"),
                field="sequence",
            )
        return row


def _body(record: Record) -> dict[str, Any]:
    """The record as it is kept: only the facts that are known."""
    return {"kind": str(record.kind), **record.model_dump(mode="json", exclude_defaults=True)}


def _still_linked(body: dict[str, Any], record: Record) -> dict[str, Any]:
    """The links of ``body`` that ``record`` names again without knowing their ids."""
    links: dict[str, Any] = {}
    for field in ("solution", "enterprise"):
        old, new = body.get(field), getattr(record, field, None)
        if old and isinstance(new, Reference) and new.id is None:
            links |= {field: old} if folded(old["name"]) == folded(new.name) else {}
    return links


def _reference_id(record: Record, field: str) -> str | None:
    value = getattr(record, field, None)
    return value.id if isinstance(value, Reference) else None
