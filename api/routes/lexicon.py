"""Words that cities add: a CSV in, a report of every row out; their list, and taking one out."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, File, Form, Path, Query, UploadFile
from fastapi.concurrency import run_in_threadpool

from api.adapters_unmet import lexicon_body, lexicon_import_body
from api.deps import PrincipalDep, RuntimeDep, StoreDep, TaxonomyDep
from api.routes.responses import problems
from api.schemas_unmet import LexiconBody, LexiconImportBody
from catalog.lexicon import LexiconReport, import_lexicon, list_terms, remove_term

router = APIRouter(prefix="/v1/lexicon", tags=["lexicon"])


@router.post("", responses=problems(400, 413, 422, 503), summary="Add words")
async def add_words(
    running: RuntimeDep,
    who: PrincipalDep,
    file: Annotated[UploadFile, File(description="CSV: term, lang, codes, kind, city, note.")],
    city: Annotated[
        str | None, Form(max_length=300, description="Owns the rows that name no city.")
    ] = None,
) -> LexiconImportBody:
    """Keep a CSV of words as a whole, or, when a row is wrong, nothing of it.

    They are used from the next build or restart on.
    """
    data = await file.read()

    def work() -> LexiconReport:
        name = file.filename or "upload"
        own = (city or "").strip() or None
        return import_lexicon(running.store, running.taxonomy, name, data, who.name, own)

    return lexicon_import_body(await run_in_threadpool(work))


@router.delete(
    "/{id}", status_code=204, responses=problems(404, 422, 503), summary="Take a word out"
)
def remove_word(
    word_id: Annotated[int, Path(alias="id", ge=1, le=2**53, description="Id of the word.")],
    store: StoreDep,
    who: PrincipalDep,
) -> None:
    """Take one added word out. It is used until the next build or restart."""
    remove_term(store, word_id)


@router.get("", responses=problems(422, 503), summary="Added words")
def added_words(
    store: StoreDep,
    taxonomy: TaxonomyDep,
    city: Annotated[
        str | None, Query(max_length=300, description="Only this city's and everybody's.")
    ] = None,
    kind: Literal["sector", "scenario"] | None = None,
    cursor: Annotated[str | None, Query(max_length=200)] = None,
    limit: Annotated[int, Query(ge=1, le=100)] = 50,
) -> LexiconBody:
    """Words in the order in which they were added."""
    return lexicon_body(list_terms(store, city, kind, cursor, limit), taxonomy.lexicon)
