"""The HTTP server on a data directory of drawn vectors: as `qingzhun serve`, in the drawn space."""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

import uvicorn

from api.app import create_app
from api.assembly import Engine, load_encoder, shipped_engine
from api.settings import Settings
from bench.drawn import DrawnSpace, fitted_as


def main() -> None:
    """DATA PORT."""
    parser = argparse.ArgumentParser()
    parser.add_argument("data", type=Path)
    parser.add_argument("port", type=int)
    arguments = parser.parse_args()
    settings = Settings().model_copy(update={"data": arguments.data})
    encoder = load_encoder(settings)

    def engine() -> Engine:
        return replace(shipped_engine(), load_encoder=lambda _: DrawnSpace(encoder))

    with fitted_as(encoder):
        app = create_app(settings, engine)
        uvicorn.run(app, port=arguments.port, access_log=False, log_config=None)


if __name__ == "__main__":
    main()
