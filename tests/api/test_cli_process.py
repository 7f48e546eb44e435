"""The command line as a process: exit codes, what is loaded, what stands on which stream."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
HEAVY = ("torch", "sentence_transformers", "transformers", "pandas", "fastapi", "sklearn")
RUN = "from api.cli import main; main()"
LOADED = f"""
import sys
from api.cli import main
try:
    main()
finally:
    heavy = [name for name in {HEAVY!r} if name in sys.modules]
    print("HEAVY", heavy, file=sys.stderr)
"""


def run(data: Path, *arguments: str, code: str = RUN) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "QINGZHUN_DATA": str(data)}
    environment["QINGZHUN_MODEL_CACHE"] = str(data / "models")
    return subprocess.run(
        [sys.executable, "-c", code, *arguments],
        capture_output=True,
        text=True,
        env=environment,
        cwd=data,
        check=False,
        timeout=120,
    )


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["--help"], 0),
        (["--version"], 0),
        (["list", "need"], 0),
        (["list", "widgets"], 2),
        (["match"], 2),
        (["import", "nowhere.csv"], 2),
        (["match", "停机"], 1),
    ],
)
def test_exit_codes(tmp_path: Path, arguments: list[str], code: int) -> None:
    done = run(tmp_path, *arguments)
    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr
    if code:
        assert done.stdout == "" and "错误：" in done.stderr and "error: " in done.stderr


@pytest.mark.parametrize("arguments", [["--help"], ["match", "停机"], ["match", "--help"]])
def test_a_match_loads_nothing_heavy(tmp_path: Path, arguments: list[str]) -> None:
    done = run(tmp_path, *arguments, code=LOADED)
    assert "HEAVY []" in done.stderr, done.stderr


def test_a_whole_match_loads_nothing_heavy(built_once: Path) -> None:
    """On a real generation, with an encoder that needs no model."""
    code = f"""
import sys
from pathlib import Path
sys.path.insert(0, {str(ROOT)!r})
from tests.fakes import HashEncoder
from api import assembly
assembly.load_encoder = lambda settings: HashEncoder()
{LOADED}"""
    done = run(built_once, "match", "设备停机", code=code)
    assert done.returncode == 0, done.stderr
    assert "设备联网看板" in done.stdout and "HEAVY []" in done.stderr
