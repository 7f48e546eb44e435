"""Every environment variable, in one place: prefix ``QINGZHUN_``, bounded, read once.

Nothing else in the three packages reads the environment; everything below gets values.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

VERSION = "0.1.0"
LogLevel = Literal["critical", "error", "warning", "info", "debug"]


class Settings(BaseSettings):
    """What a process may be told: where the data lies, which model serves, how it is reached."""

    model_config = SettingsConfigDict(
        env_prefix="QINGZHUN_", env_ignore_empty=True, extra="ignore", frozen=True
    )

    data: Path = Field(
        default=Path("data"), description="Data directory: the store, its lock and the generations."
    )
    database_url: str | None = Field(
        default=None,
        description="SQLAlchemy URL of another database; without it SQLite in the data directory.",
    )
    model_cache: Path = Field(
        default=Path("~/.cache/qingzhun/models"),
        description="Where the converted offline model is kept, outside the data directory.",
    )
    model: str | None = Field(
        default=None,
        description="A sentence-transformers name or directory instead of the offline model.",
    )
    model_wheel: Path | None = Field(
        default=None,
        description="A copy of the model's wheel on disk, for machines without a package index.",
    )
    threads: int = Field(default=2, ge=1, le=64, description="Batches encoded beside each other.")
    match_workers: int = Field(
        default=2,
        ge=1,
        le=32,
        description="Matches computed at the same time; more wait in a queue.",
    )
    compact_rows: int = Field(
        default=2_000,
        ge=0,
        le=1_000_000,
        description="Changed records after which the server builds anew in the background; 0: never.",
    )
    host: str = Field(
        default="127.0.0.1", min_length=1, description="Address that `serve` listens on."
    )
    port: int = Field(default=8000, ge=1, le=65_535, description="Port that `serve` listens on.")
    log_level: LogLevel = Field(
        default="info", description="Least important message that is logged."
    )
    max_upload_mb: int = Field(
        default=50,
        ge=1,
        le=500,
        description="Largest upload to /v1/imports, all files together, in MB.",
    )
    max_body_kb: int = Field(
        default=1_024,
        ge=64,
        le=65_536,
        description="Largest JSON body of any other request, in KB.",
    )

    @property
    def model_cache_directory(self) -> Path:
        """The model cache with ``~`` resolved."""
        return self.model_cache.expanduser()
