"""How the packages stand to each other, read from their source: direction, weight, size, errors."""

from __future__ import annotations

import ast
import inspect
import re
from pathlib import Path
from types import ModuleType

import pytest

import catalog.errors
import matcher.errors

ROOT = Path(__file__).parents[1]
PACKAGES = ("catalog", "matcher", "api")
MODULES = [path for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py"))]
HEAVY = {"torch", "sentence_transformers", "transformers"}
LEARNING = ("matcher/measure/adapt.py", "matcher/measure/adapt_network.py")
"""Modules that only the command loads which teaches the encoder."""
MOST_LINES = 400


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def imported(path: Path, top_level_only: bool = False) -> set[str]:
    """Full names of the modules that ``path`` imports."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    inside = {
        child
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        for child in ast.walk(node)
    }
    found: set[str] = set()
    for node in ast.walk(tree):
        if top_level_only and node in inside:
            continue
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            found.add(node.module or "")
    return found


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_imports_go_one_way(path: Path) -> None:
    package = path.relative_to(ROOT).parts[0]
    above = PACKAGES[PACKAGES.index(package) + 1 :]
    tops = {name.split(".")[0] for name in imported(path)}
    assert tops.isdisjoint(above)
    assert tops.isdisjoint({"tests", "bench", "scripts"})


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_nothing_heavy_is_imported_with_a_module(path: Path) -> None:
    found = imported(path, top_level_only=True)
    if name_of(path) not in LEARNING:
        assert {name.split(".")[0] for name in found}.isdisjoint(HEAVY)
        assert found.isdisjoint(name.removesuffix(".py").replace("/", ".") for name in LEARNING)


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_modules_stay_readable(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= MOST_LINES


def test_web_framework_stays_in_api() -> None:
    for path in MODULES:
        if path.relative_to(ROOT).parts[0] != "api":
            tops = {name.split(".")[0] for name in imported(path)}
            assert tops.isdisjoint({"fastapi", "starlette", "typer", "uvicorn"}), path


def test_vectors_stay_out_of_the_catalogue() -> None:
    for path in (ROOT / "catalog").rglob("*.py"):
        tops = {name.split(".")[0] for name in imported(path)}
        assert tops.isdisjoint({"faiss", "numpy", "bm25s", "onnxruntime"}), path


@pytest.mark.parametrize(
    ("module", "root"),
    [(catalog.errors, "CatalogError"), (matcher.errors, "MatcherError")],
    ids=["catalog", "matcher"],
)
def test_error_trees(module: ModuleType, root: str) -> None:
    base = getattr(module, root)
    errors = [
        one for _, one in inspect.getmembers(module, inspect.isclass) if issubclass(one, Exception)
    ]
    assert all(issubclass(one, base) for one in errors)
    codes = [one.__dict__.get("code") for one in errors]
    assert None not in codes and len(set(codes)) == len(codes)
    for one in errors:
        assert one.code == re.sub(r"(?<!^)(?=[A-Z])", "_", one.__name__).lower()
    drawn = set(
        re.findall(
            r"^(?:[├└]── )?([A-Z]\w+Error|[A-Z][A-Za-z]+)(?:\s{2,}|$)", module.__doc__ or "", re.M
        )
    )
    assert drawn == {one.__name__ for one in errors}


@pytest.mark.parametrize("path", [p for p in MODULES if "tests" not in p.parts], ids=name_of)
def test_errors_are_raised_in_both_languages(path: Path) -> None:
    """An error of the trees is always given a ``Bilingual``, or a value that is one."""
    names = {
        name
        for module in (catalog.errors, matcher.errors)
        for name, one in inspect.getmembers(module, inspect.isclass)
        if issubclass(one, Exception)
    }
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        called = isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
        if called and node.func.id in names:
            assert node.args, f"{path}:{node.lineno} says nothing"
            assert not isinstance(node.args[0], ast.Constant | ast.JoinedStr), node.lineno
