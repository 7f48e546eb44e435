"""The command line as a process: exit codes, what is loaded, what stands on which stream."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
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


STOPPED = f"""
import sys, time
sys.path.insert(0, {str(ROOT)!r})
from tests.fakes import HashEncoder
from api import assembly
from matcher.bulk import run
assembly.load_encoder = lambda settings: HashEncoder()
run.PART = 10
settle = run._settle
run._settle = lambda *arguments: (time.sleep(0.2), settle(*arguments))
{RUN}"""


@pytest.mark.slow
@pytest.mark.parametrize("whole", [0, 2])
def test_ctrl_c_ends_a_run_and_its_processes_without_a_traceback(
    built_once: Path, tmp_path: Path, whole: int
) -> None:
    """Ctrl-C of a terminal reaches every process of the command at once.

    Pressed while the processes start, and when two parts are ``whole``.
    """
    data, out = tmp_path / "data", tmp_path / "matches.parquet"
    shutil.copytree(built_once, data)
    lines = "".join(f"换模慢，设备停机{number}次\n" for number in range(300))
    (tmp_path / "needs.csv").write_text(f"需求描述\n{lines}", encoding="utf-8")
    arguments = ["--needs", str(tmp_path / "needs.csv"), "--out", str(out), "--workers", "2"]
    process = subprocess.Popen(
        [sys.executable, "-c", STOPPED, "--data", str(data), "match-all", *arguments],
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    parts = out.with_name("matches.parquet.parts")
    for _ in range(1200):
        if len(_matching(process.pid)) >= 2 and len(list(parts.glob("[0-9]*.npz"))) >= whole:
            break
        assert process.poll() is None
        time.sleep(0.05)
    children = _matching(process.pid)
    time.sleep(0.5)  # they wait for work, or are loading what they need
    os.killpg(process.pid, signal.SIGINT)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 130, said
    assert "Traceback" not in said and "Interrupt" not in said, said
    assert "已停下 / stopped" in said and ".parts" in said and "goes on from there" in said
    assert len(list(parts.glob("[0-9]*.npz"))) >= whole and not out.exists()
    assert len(children) == 2 and not any(child.exists() for child in children)


def _matching(process: int) -> list[Path]:
    """The processes that match needs for this one."""
    paths = Path(f"/proc/{process}/task").glob("*/children")
    children = [Path(f"/proc/{child}") for path in paths for child in path.read_text().split()]
    return [child for child in children if "spawn_main" in (child / "cmdline").read_text()]
