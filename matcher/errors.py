"""Errors of matching, one tree.

MatcherError
├── InvalidNeed        a need cannot be read: empty, too long, contradictory, unknown labels
├── ModelMissing       the model is not in the cache and may not, or cannot, be fetched
├── ModelCorrupt       a model file is not what its checksum promises
├── NoGeneration       nothing has been built yet
├── GenerationCorrupt  a generation is half-built, tampered with or of another version
├── ModelMismatch      a generation was built in another vector space
├── BuildFailed        a build could not be finished; the serving generation stays
├── BuildRunning       another build runs and did not end
├── BulkStopped        a run over many needs stopped; what it has done stays, the next one goes on
└── InvalidJudgments   a folder of judgments cannot be read

Each carries a Chinese and an English message, a stable ``code`` and a ``hint`` in both languages.
"""

from __future__ import annotations

from catalog.errors import NOTHING, Bilingual


class MatcherError(Exception):
    """What matching could not do, said in both languages."""

    code = "matcher_error"

    def __init__(self, message: Bilingual, hint: Bilingual = NOTHING, field: str | None = None):
        super().__init__(str(message))
        self.message = message
        self.hint = hint
        self.field = field


class InvalidNeed(MatcherError):
    """A need cannot be read: empty, too long, contradictory, unknown labels."""

    code = "invalid_need"


class ModelMissing(MatcherError):
    """The model is not in the cache and may not, or cannot, be fetched."""

    code = "model_missing"


class ModelCorrupt(MatcherError):
    """A model file is not what its checksum promises."""

    code = "model_corrupt"


class NoGeneration(MatcherError):
    """Nothing has been built yet."""

    code = "no_generation"


class GenerationCorrupt(MatcherError):
    """A generation is half-built, tampered with or of another version."""

    code = "generation_corrupt"


class ModelMismatch(MatcherError):
    """A generation was built in another vector space."""

    code = "model_mismatch"


class BuildFailed(MatcherError):
    """A build could not be finished; the serving generation stays."""

    code = "build_failed"


class BuildRunning(MatcherError):
    """Another build runs, and did not end while this one waited."""

    code = "build_running"


class InvalidJudgments(MatcherError):
    """A folder of judgments cannot be read."""

    code = "invalid_judgments"


class BulkStopped(MatcherError):
    """A run over many needs stopped; what it has done stays, the next one goes on."""

    code = "bulk_stopped"
