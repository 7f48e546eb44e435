"""A run of `matcher.bulk.job` in a process that a test kills: data directory, output, pause."""

from __future__ import annotations

import sys
from pathlib import Path

from tests.bulk_runs import killable

if __name__ == "__main__":
    killable(Path(sys.argv[1]), Path(sys.argv[2]), float(sys.argv[3]) if sys.argv[3:] else 0.5)
