"""The HTTP application: `create_app` puts routes, errors, middleware and the runtime together."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from fastapi import FastAPI
from fastapi_offline import FastAPIOffline

from api import errors
from api.assembly import Engine, shipped_engine
from api.metrics import Metrics
from api.middleware import Observed
from api.routes import generations, health, imports, leads, lexicon, match, records, taxonomy, unmet
from api.runtime import Runtime
from api.schemas import Problem
from api.settings import VERSION, Settings
from catalog.records import Kind

_ABOUT = """\
Matches the needs of small manufacturers with fitting digital solutions, providers and cases.
中小制造企业数字化需求与“小快轻准”方案、服务商、样板案例的匹配。

Errors are problem details (RFC 9457) with `code`, `message`, `hint` in Chinese and English.
"""


def create_app(
    settings: Settings | None = None, engine: Callable[[], Engine] = shipped_engine
) -> FastAPI:
    """The application. Store and model are opened when it starts, off the event loop.

    Parameters:
        settings: what the process is told; read from the environment when left out.
        engine: makes the matcher's functions; tests pass another one.
    """
    settings = settings or Settings()
    metrics = Metrics()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        runtime = Runtime(settings, engine)
        await runtime.start()
        app.state.runtime = runtime
        try:
            yield
        finally:
            await runtime.stop()

    # Its OpenAPI page carries its own scripts: nothing is fetched from outside.
    app = FastAPIOffline(
        title="Qingzhun 轻准", version=VERSION, description=_ABOUT, lifespan=lifespan
    )
    app.state.metrics = metrics
    app.add_middleware(Observed, settings=settings, metrics=metrics)
    errors.install(app)
    for module in (match, leads, unmet, imports, taxonomy, lexicon, generations, health):
        app.include_router(module.router)
    for kind in Kind:
        app.include_router(records.router_of(kind))
    _describe_problems(app)
    return app


def _describe_problems(app: FastAPI) -> None:
    """Put the problem schema, which no route returns as a model, into the OpenAPI document."""
    generate = app.openapi

    def openapi() -> dict[str, object]:
        document = generate()
        schema = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
        schemas = document.setdefault("components", {}).setdefault("schemas", {})
        schemas.update(schema.pop("$defs", {}))
        schemas[Problem.__name__] = schema
        return document

    app.openapi = openapi  # type: ignore[method-assign]
