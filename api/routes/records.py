"""Records of the six kinds: list, look up, create, replace, change, retire, restore, history."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from typing import Annotated, Any, Literal, TypeVar

from fastapi import APIRouter, Body, Depends, Header, Path, Query, Response
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError

from api.adapters import history_entry_body, resolved, stored_body, subtree
from api.deps import PrincipalDep, StoreDep, TaxonomyDep
from api.routes.responses import problems
from api.schemas import HistoryBody, PageBody, Remark, StoredBody
from catalog.errors import Bilingual, InvalidRecord
from catalog.records import RECORD_TYPES, Kind, Record
from catalog.store import RecordFilter, Store, unknown
from catalog.stored import Provenance, Stored

PLURALS = {
    Kind.PROVIDER: "providers",
    Kind.SOLUTION: "solutions",
    Kind.CASE: "cases",
    Kind.LISTING: "listings",
    Kind.ENTERPRISE: "enterprises",
    Kind.NEED: "needs",
}
Id = Annotated[str, Path(alias="id", min_length=1, max_length=40, description="Id of the record.")]
City = Annotated[
    str | None,
    Query(min_length=1, max_length=300, description="City that owns the declared code."),
]
Code = Annotated[str | None, Query(max_length=20, description="A code; its subtree counts too.")]
Other = Annotated[str | None, Query(max_length=40)]
_ETAG = {"ETag": {"description": "Sequence of the record", "schema": {"type": "string"}}}
_TAGGED: dict[int | str, dict[str, Any]] = {200: {"headers": _ETAG}}
F = TypeVar("F", bound=Callable[..., Any])


def expected_sequence(
    if_match: Annotated[
        str | None, Header(max_length=100, description="ETag of the record as it was read.")
    ] = None,
) -> int | None:
    """The sequence that ``If-Match`` asks for; ``None`` without it and for ``*``.

    A tag that this server never gave matches nothing.
    """
    if if_match is None or if_match.strip() == "*":
        return None
    tag = if_match.strip().removeprefix("W/").strip('"')
    return int(tag) if tag.isascii() and tag.isdigit() and len(tag) < 18 else -1


def record_filter(
    taxonomy: TaxonomyDep,
    sector: Code = None,
    scenario: Code = None,
    city: Annotated[str | None, Query(max_length=300)] = None,
    status: Literal["active", "retired", "all"] = "active",
    provider_id: Other = None,
    solution_id: Other = None,
    enterprise_id: Other = None,
    q: Annotated[str | None, Query(max_length=300, description="Part of the name.")] = None,
) -> RecordFilter:
    """The filter that a list's query parameters describe."""
    return RecordFilter(
        status=None if status == "all" else status,
        city=city,
        provider_id=provider_id,
        solution_id=solution_id,
        enterprise_id=enterprise_id,
        sectors=subtree(taxonomy.sectors, sector, "sector"),
        scenarios=subtree(taxonomy.scenarios, scenario, "scenario"),
        name_contains=q,
    )


FilterDep = Annotated[RecordFilter, Depends(record_filter)]
ExpectedDep = Annotated[int | None, Depends(expected_sequence)]


@cache
def router_of(kind: Kind) -> APIRouter:
    """The addresses of one kind, with that kind's fields in the OpenAPI document; made once."""
    record_type = RECORD_TYPES[kind]
    plural = PLURALS[kind]
    router = APIRouter(prefix=f"/v1/{plural}", tags=[plural])
    one: Any = StoredBody.__class_getitem__(record_type)
    page_body: Any = PageBody.__class_getitem__(record_type)
    history_body: Any = HistoryBody.__class_getitem__(record_type)

    def described(verb: str, *statuses: int, model: Any = one) -> dict[str, Any]:
        return {
            "response_model": model,
            "responses": {**problems(422, 503, *statuses), **(_TAGGED if model is one else {})},
            "operation_id": f"{verb}_{plural}",
            "summary": f"{verb.capitalize()} {plural}",
        }

    def taking_record(function: F) -> F:
        # The body's type is known only here, at run time, one per kind.
        function.__annotations__["body"] = Annotated[record_type, Body()]
        return function

    @router.get("", **described("list", model=page_body))
    def list_records(
        store: StoreDep,
        where: FilterDep,
        cursor: Annotated[str | None, Query(max_length=200)] = None,
        limit: Annotated[int, Query(ge=1, le=100)] = 50,
    ) -> Any:
        """Records in order of id, with the cursor of the next page."""
        page = store.page(kind, where, cursor, limit)
        records = [stored_body(stored) for stored in page.records]
        return PageBody[Any](records=records, next_cursor=page.next_cursor)

    created = described("create", 400, 404, 409, 413)
    created["responses"][200] = {"model": one, **_TAGGED[200]}

    @router.post("", status_code=201, **created)
    @taking_record
    def create(
        body: Any,
        store: StoreDep,
        taxonomy: TaxonomyDep,
        who: PrincipalDep,
        response: Response,
        city: City = None,
    ) -> Any:
        """A new record (201), or the record that it is the same as, completed (200)."""
        record, remarks = resolved(body, taxonomy, city)
        with store.writing(who.name) as writer:
            change = writer.put(record, Provenance(by=who.name, city=city), city)
        response.status_code = 201 if change.action == "created" else 200
        return _sent(response, store.get(change.id), change.action, remarks)

    @router.get("/{id}", **described("read", 404))
    def read(record_id: Id, store: StoreDep, response: Response) -> Any:
        """One record, retired ones too. Its ETag is its sequence."""
        return _sent(response, _of_kind(store, record_id, kind))

    @router.put("/{id}", **described("replace", 400, 404, 409, 412, 413))
    @taking_record
    def replace(
        record_id: Id,
        body: Any,
        store: StoreDep,
        taxonomy: TaxonomyDep,
        who: PrincipalDep,
        expected: ExpectedDep,
        response: Response,
    ) -> Any:
        """The record replaced as a whole: what is left out becomes unknown."""
        current = _of_kind(store, record_id, kind)
        record, remarks = resolved(body, taxonomy, current.provenance.city)
        with store.writing(who.name) as writer:
            change = writer.replace(record_id, record, expected)
        return _sent(response, store.get(record_id), change.action, remarks)

    @router.patch("/{id}", **described("change", 400, 404, 409, 412, 413))
    def change_some(
        record_id: Id,
        body: Annotated[dict[str, Any], Body(description="Fields to change; null: unknown.")],
        store: StoreDep,
        taxonomy: TaxonomyDep,
        who: PrincipalDep,
        expected: ExpectedDep,
        response: Response,
    ) -> Any:
        """Some fields changed, the others kept. A list is replaced as a whole."""
        current = _of_kind(store, record_id, kind)
        changed = _patched(current.record, body)
        record, remarks = resolved(changed, taxonomy, current.provenance.city)
        with store.writing(who.name) as writer:
            # What was read is what is changed: a change in between is a conflict, never lost.
            sequence = current.sequence if expected is None else expected
            change = writer.replace(record_id, record, sequence)
        return _sent(response, store.get(record_id), change.action, remarks)

    @router.post("/{id}/retire", **described("retire", 404, 412))
    def retire(
        record_id: Id, store: StoreDep, who: PrincipalDep, expected: ExpectedDep, response: Response
    ) -> Any:
        """The record taken out of every answer; it stays in the store."""
        _of_kind(store, record_id, kind)
        with store.writing(who.name) as writer:
            change = writer.retire(record_id, expected)
        return _sent(response, store.get(record_id), change.action)

    @router.post("/{id}/restore", **described("restore", 404, 412))
    def restore(
        record_id: Id, store: StoreDep, who: PrincipalDep, expected: ExpectedDep, response: Response
    ) -> Any:
        """A retired record brought back."""
        _of_kind(store, record_id, kind)
        with store.writing(who.name) as writer:
            change = writer.restore(record_id, expected)
        return _sent(response, store.get(record_id), change.action)

    @router.get("/{id}/history", **described("history", 404, model=history_body))
    def history(record_id: Id, store: StoreDep) -> Any:
        """Every change of the record, oldest first, with who made it."""
        _of_kind(store, record_id, kind)
        entries = [history_entry_body(entry) for entry in store.history(record_id)]
        return HistoryBody[Any](id=record_id, entries=entries)

    return router


def _of_kind(store: Store, record_id: str, kind: Kind) -> Stored:
    stored = store.get(record_id)
    if stored.record.kind != kind:
        raise unknown(record_id)
    return stored


def _patched(record: Record, changes: dict[str, Any]) -> Record:
    """``record`` with top-level fields changed; ``None`` takes a fact away (RFC 7396)."""
    if changes.get("kind", record.kind) != record.kind:
        raise InvalidRecord(
            Bilingual(
                f"记录类型是 {record.kind}，不能更改", f"the kind is {record.kind} and stays"
            ),
            field="kind",
        )
    merged = {**record.model_dump(mode="json", exclude_defaults=True), **changes}
    known = {field: value for field, value in merged.items() if value is not None}
    try:
        return type(record).model_validate(known)
    except ValidationError as error:
        raise RequestValidationError(error.errors()) from error


def _sent(
    response: Response, stored: Stored, action: str | None = None, remarks: Sequence[Remark] = ()
) -> StoredBody[Any]:
    response.headers["ETag"] = f'"{stored.sequence}"'
    remarks = list(remarks)
    if action == "updated" and stored.status == "retired":
        remarks.append(
            Remark(
                field="status",
                value="retired",
                message="这条记录已停用，不参与匹配；需要时请恢复",
                message_en="the record is retired and matches nothing; restore it if needed",
            )
        )
    return stored_body(stored, action, remarks)
