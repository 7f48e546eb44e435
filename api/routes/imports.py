"""POST /v1/imports: files in, a report of every row out, then a build in the background."""

from __future__ import annotations

import secrets
from typing import Annotated

from fastapi import APIRouter, File, Form, Path, Query, Response, UploadFile
from fastapi.concurrency import run_in_threadpool

from api.adapters import import_body
from api.deps import PrincipalDep, RuntimeDep
from api.routes.responses import problems
from api.schemas_imports import ImportBody
from catalog.errors import Bilingual, UnknownRecord
from catalog.importing import ImportReport, import_bytes
from catalog.report import report_xlsx

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
router = APIRouter(prefix="/v1/imports", tags=["imports"])


@router.post("", responses=problems(400, 413, 422, 503), summary="Import files")
async def import_files(
    running: RuntimeDep,
    who: PrincipalDep,
    files: Annotated[
        list[UploadFile],
        File(min_length=1, max_length=20, description=".xlsx, .csv or .jsonl files"),
    ],
    city: Annotated[
        str | None, Form(max_length=300, description="The city that lists the solutions.")
    ] = None,
    dry_run: Annotated[bool, Form(description="Report the same and keep nothing.")] = False,
    build: Annotated[bool, Query(description="Build a generation in the background.")] = True,
) -> ImportBody:
    """Import files in one transaction: either every readable row is kept, or none."""
    uploads = [(file.filename or "upload", await file.read()) for file in files]

    def work() -> ImportReport:
        return import_bytes(
            running.store,
            running.taxonomy,
            uploads,
            by=who.name,
            city=(city or "").strip() or None,
            dry_run=dry_run,
        )

    report = await run_in_threadpool(work)
    identity = secrets.token_hex(8)
    running.keep_report(identity, report)
    total = report.total()
    builds = build and not dry_run and bool(total.created or total.updated)
    if builds:
        running.build_soon()
    return import_body(identity, report, builds)


@router.get(
    "/{id}/report.xlsx",
    response_class=Response,
    responses={**problems(404, 422), 200: {"content": {XLSX: {}}, "description": "A workbook"}},
    summary="Report of an import as a workbook",
)
def import_report(
    report_id: Annotated[str, Path(alias="id", max_length=40)], running: RuntimeDep
) -> Response:
    """The report of one of the last imports, as a workbook with one row for each problem."""
    report = running.reports.get(report_id)
    if report is None:
        raise UnknownRecord(
            Bilingual(f"没有导入报告 {report_id}", f"there is no import report {report_id}"),
            Bilingual("只保留最近几次导入的报告", "only the reports of the last imports are kept"),
            field="id",
        )
    headers = {"Content-Disposition": 'attachment; filename="import-report.xlsx"'}
    return Response(report_xlsx(report), media_type=XLSX, headers=headers)
