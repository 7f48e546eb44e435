"""One transaction of writes: upsert by identity, change, retire, restore; each one in the history."""

from __future__ import annotations

import secrets
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from catalog.errors import Bilingual, InvalidRecord, RecordConflict, UnknownRecord
from catalog.identity import keys_of, name_key
from catalog.records import RECORD_TYPES, Case, Kind, Listing, Need, Provider, Record, Reference, Solution
from catalog.schema import ChangeRow, KeyRow, NodeRow, RecordRow
from catalog.stored import Change, Provenance

_RECORD = RecordRow.__table__
_KEY = KeyRow.__table__
_NODE = NodeRow.__table__
_CHANGE = ChangeRow.__table__


class Writer:
    """Writes inside one transaction of `catalog.store.Store.writing`."""

    def __init__(self, connection: Connection, by: str, now: datetime):
        self._connection = connection
        self._by = by
        self._now = now

    def find(self, record: Record, city: str | None = None) -> str | None:
        """Id of the record that ``record`` is the same as, or ``None``."""
        for key in keys_of(self._referring(record, create=False), city):
            found = self._id_of(key)
            if found is not None:
                return found
        return None

    def put(
        self, record: Record, provenance: Provenance | None = None, city: str | None = None
    ) -> Change:
        """Insert ``record``, or complete the record that it is the same as.

        Facts that ``record`` leaves open stay as they are: an unknown never erases a known fact. A
        provider that is only named is created as a record of its own.

        Raises:
            InvalidRecord: a listing names a solution that is not there.
        """
        record = self._referring(record, create=True)
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
            InvalidRecord: the kinds differ.
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
                    Bilingual("请修改名称或编码，或改那一条记录", "change name or code, or that record"),
                    field="name",
                )
        self._connection.execute(_KEY.delete().where(_KEY.c.record_id == record_id))
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
        sequence = self._log(record_id, row.kind, action, row.body, Provenance(by=self._by))
        self._connection.execute(
            _RECORD.update()
            .where(_RECORD.c.id == record_id)
            .values(status=status, sequence=sequence, updated_at=self._now)
        )
        return Change(record_id, action, sequence)

    def _complete(
        self, record_id: str, record: Record, keys: tuple[str, ...], provenance: Provenance
    ) -> Change:
        row = self._row(record_id, None)
        body = {**row.body, **_body(record)}
        for missing in set(keys) - {key for key in keys if self._id_of(key)}:
            self._connection.execute(_KEY.insert(), {"key": missing, "record_id": record_id})
        if body == row.body:
            return Change(record_id, "unchanged", row.sequence)
        merged = RECORD_TYPES[Kind(row.kind)].model_validate(body)
        return self._write(record_id, merged, (), "updated", provenance, row=row)

    def _write(
        self,
        record_id: str,
        record: Record,
        keys: tuple[str, ...],
        action: str,
        provenance: Provenance,
        row: Any = None,
    ) -> Change:
        body = _body(record)
        sequence = self._log(record_id, record.kind, action, body, provenance)
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
            "provenance": asdict(provenance),
        }
        if row is None:
            created = {"id": record_id, "status": "active", "created_at": self._now}
            self._connection.execute(_RECORD.insert(), {**values, **created})
        else:
            if action == "updated" and row.provenance.get("city") and not provenance.city:
                values["provenance"] = {**asdict(provenance), "city": row.provenance["city"]}
            self._connection.execute(
                _RECORD.update().where(_RECORD.c.id == record_id).values(**values)
            )
            self._connection.execute(_NODE.delete().where(_NODE.c.record_id == record_id))
        if keys:
            rows = [{"key": key, "record_id": record_id} for key in dict.fromkeys(keys)]
            self._connection.execute(_KEY.insert(), rows)
        nodes = [
            {"record_id": record_id, "facet": facet, "node": node}
            for facet, field in (("sector", "sectors"), ("scenario", "scenarios"))
            for node in {n for label in getattr(record, field, ()) for n in label.nodes}
        ]
        if nodes:
            self._connection.execute(_NODE.insert(), nodes)
        return Change(record_id, action, sequence)

    def _log(
        self, record_id: str, kind: str, action: str, body: dict[str, Any], provenance: Provenance
    ) -> int:
        result = self._connection.execute(
            _CHANGE.insert().returning(_CHANGE.c.sequence),
            {
                "record_id": record_id,
                "kind": str(kind),
                "action": action,
                "at": self._now,
                "by": self._by,
                "body": body,
                "provenance": asdict(provenance),
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
            solution = self._resolved(Kind.SOLUTION, record.solution, "", False)
            if create and solution.id is None:
                raise InvalidRecord(
                    Bilingual(
                        f"找不到解决方案 {record.solution.name}",
                        f"there is no solution {record.solution.name}",
                    ),
                    field="solution",
                )
            record = record.model_copy(update={"solution": solution})
        if isinstance(record, Need) and record.enterprise:
            enterprise = self._resolved(Kind.ENTERPRISE, record.enterprise, "", False)
            record = record.model_copy(update={"enterprise": enterprise})
        return record

    def _resolved(self, kind: Kind, named: Reference, provider: str, create: bool) -> Reference:
        if named.id is not None:
            row = self._row(named.id, None)
            if row.kind != str(kind):
                raise InvalidRecord(
                    Bilingual(f"{named.id} 不是 {kind}", f"{named.id} is not a {kind}"),
                    field=str(kind),
                )
            return Reference(name=named.name, id=named.id)
        found = self._id_of(name_key(kind, named.name, provider))
        if found is None and create:
            found = self.put(Provider(name=named.name)).id
        return Reference(name=named.name, id=found)

    def _id_of(self, key: str) -> str | None:
        return self._connection.scalar(select(_KEY.c.record_id).where(_KEY.c.key == key))

    def _row(self, record_id: str, expected_sequence: int | None) -> Any:
        row = self._connection.execute(select(_RECORD).where(_RECORD.c.id == record_id)).first()
        if row is None:
            raise UnknownRecord(
                Bilingual(f"没有编号为 {record_id} 的记录", f"there is no record with id {record_id}"),
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


def _reference_id(record: Record, field: str) -> str | None:
    value = getattr(record, field, None)
    return value.id if isinstance(value, Reference) else None
