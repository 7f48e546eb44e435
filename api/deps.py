"""What routes ask for: the runtime, the store, the taxonomy, the language and the principal."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Annotated
from urllib.parse import unquote

from fastapi import Depends, Header, Request

from api.assembly import LOCAL_OPERATOR
from api.language import Lang, named, preferred
from api.runtime import Runtime
from catalog.store import Store
from catalog.taxonomy import Taxonomy

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_MAX_NAME = 100


@dataclass(frozen=True, slots=True)
class Principal:
    """Who asks. Today everybody is the local operator; accounts and roles will stand here."""

    name: str


def runtime(request: Request) -> Runtime:
    """The runtime of this application."""
    found = request.app.state.runtime
    assert isinstance(found, Runtime)
    return found


def store(running: Annotated[Runtime, Depends(runtime)]) -> Store:
    """The open store."""
    return running.store


def taxonomy(running: Annotated[Runtime, Depends(runtime)]) -> Taxonomy:
    """The taxonomy that is served, with the terms that were added."""
    return running.taxonomy


def language(accept_language: Annotated[str | None, Header(max_length=1000)] = None) -> Lang:
    """The language that the caller prefers, Chinese first."""
    return preferred(accept_language)


def named_language(
    accept_language: Annotated[str | None, Header(max_length=1000)] = None,
) -> Lang | None:
    """The language that the caller names, of those that there are."""
    return named(accept_language)


def principal(
    x_operator: Annotated[
        str | None,
        Header(
            max_length=500,
            description="Name of the person who acts, shown in the history as `by` "
            "(UTF-8 or percent-encoded). Not a proof of identity.",
        ),
    ] = None,
) -> Principal:
    """The local operator, under the name in ``X-Operator`` when there is one."""
    name = _CONTROL.sub(" ", unquote(_utf8(x_operator or ""))).strip()[:_MAX_NAME]
    return Principal(name or LOCAL_OPERATOR)


def _utf8(header: str) -> str:
    """HTTP headers arrive as Latin-1; people send UTF-8."""
    try:
        return header.encode("latin-1").decode("utf-8")
    except (UnicodeEncodeError, UnicodeDecodeError):
        return header


RuntimeDep = Annotated[Runtime, Depends(runtime)]
StoreDep = Annotated[Store, Depends(store)]
TaxonomyDep = Annotated[Taxonomy, Depends(taxonomy)]
LangDep = Annotated[Lang, Depends(language)]
NamedLangDep = Annotated[Lang | None, Depends(named_language)]
PrincipalDep = Annotated[Principal, Depends(principal)]
