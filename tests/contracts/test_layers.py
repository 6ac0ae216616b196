"""Who may import whom, which modules are pure, where SQL may stand, how long a file or function may grow."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from infra_registry import resources

ROOT = Path(__file__).resolve().parents[2]
LAYERS = (
    ("web", "cli"),
    ("demo",),
    ("cases",),
    ("reports",),
    ("coverage", "publish", "exchange"),
    ("duties",),
    ("assets",),
    ("areas", "parties", "rules"),
    ("audit", "jobs", "files", "formats", "documents", "limits"),
    ("db", "access", "cluster"),
    ("config", "errors", "words", "resources", "codes", "logs"),
)
RANK = {name: rank for rank, names in enumerate(LAYERS) for name in names}
# Inside coverage; ``compiling`` stands below all of them.
COVERAGE_LAYERS = (
    ("evidence_map",),
    ("radio",),
    ("evidence",),
    ("wifi", "remedies", "paths"),
    ("demand", "gaps", "siting"),
    ("grids",),
    ("propagation",),
    ("runs",),
    ("compiling",),
)
COVERAGE_RANK = {name: rank for rank, names in enumerate(COVERAGE_LAYERS) for name in names}
# The command line starts the web server by its module; config may raise errors.
ALLOWED = {("cli", "web"), ("config", "errors")}
PURE = (
    "assets/kinds.py",
    "assets/kind_fields.py",
    "assets/fields.py",
    "cases/moves.py",
    "access",
    "publish/symbols.py",
    "publish/query.py",
    "publish/spatial.py",
    "exchange/mapping.py",
    "coverage/radio/layers.py",
    "coverage/runs/published.py",
    "coverage/radio/results.py",
    "coverage/paths/asking.py",
    "coverage/paths/picture.py",
    "coverage/propagation/antenna.py",
    "coverage/propagation/budget.py",
    "coverage/propagation/clearance.py",
    "coverage/propagation/free_space.py",
    "coverage/propagation/indoor.py",
    "coverage/propagation/limits.py",
    "coverage/propagation/model.py",
    "coverage/propagation/scenario.py",
    "coverage/propagation/site_general.py",
    "coverage/propagation/street.py",
    "coverage/propagation/terrain.py",
    "coverage/propagation/tr38901.py",
    "coverage/propagation/wifi.py",
    "coverage/gaps",
    "coverage/siting",
    "coverage/demand/basis.py",
    "coverage/demand/findings.py",
    "coverage/demand/lines.py",
    "coverage/demand/spreading.py",
    "coverage/evidence/comparing_fields.py",
    "coverage/evidence/fusion.py",
    "coverage/evidence/gridding.py",
    "coverage/evidence/moves.py",
    "coverage/wifi/reach.py",
    "rules",
)
NO_IO = {"sqlalchemy", "psycopg", "flask", "requests", "urllib", "socket", "subprocess", "httpx", "open"}
SQL_PACKAGES = ("publish/", "audit/", "jobs/", "db/", "cluster/")
DATABASE = ("sqlalchemy", "geoalchemy2", "alembic", "psycopg")
WEB = ("flask", "apiflask", "werkzeug")
FILE_CEILING, FUNCTION_CEILING = 300, 40
FORBIDDEN_NAMES = ("utils", "helpers", "common", "base", "manager", "misc")


def sources(within: str = "") -> Iterator[tuple[str, ast.Module]]:
    """Every file, or those whose path below infra_registry begins so, parsed."""
    for top in ("infra_registry", "web"):
        for path in sorted((ROOT / top).rglob("*.py")):
            name = str(path.relative_to(ROOT))
            if name.removeprefix("infra_registry/").startswith(within) and "node_modules" not in path.parts:
                yield name, ast.parse(path.read_text("utf-8"))


def package_of(name: str) -> str | None:
    parts = name.split(".")
    if parts[0] == "web":
        return "web"
    return parts[1] if parts[0] == "infra_registry" and len(parts) > 1 else None


def imported(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def test_each_package_imports_only_what_stands_below_it() -> None:
    wrong = []
    for path, tree in sources():
        mine = package_of(path.removesuffix(".py").replace("/", "."))
        for name in imported(tree):
            other = package_of(name)
            if mine is None or other is None or mine == other or other not in RANK:
                continue
            if RANK[other] <= RANK[mine] and (mine, other) not in ALLOWED:
                wrong.append(f"{path}: {mine} imports {other}")
    assert wrong == []


def test_each_part_of_coverage_imports_only_what_stands_below_it() -> None:
    wrong = []
    for path, tree in sources():
        mine = path.removesuffix(".py").split("/")[2:3]
        if not path.startswith("infra_registry/coverage/") or mine == ["__init__"]:
            continue
        for name in imported(tree):
            parts = name.split(".")
            if parts[:2] != ["infra_registry", "coverage"] or len(parts) < 3 or parts[2] == mine[0]:
                continue
            if COVERAGE_RANK[parts[2]] <= COVERAGE_RANK[mine[0]]:
                wrong.append(f"{path}: {mine[0]} imports {parts[2]}")
    assert wrong == []


def test_only_areas_reads_the_table_of_boundaries() -> None:
    assert [
        path
        for path, _ in sources()
        if not path.startswith("infra_registry/areas/")
        and "area_boundary" in (ROOT / path).read_text("utf-8")
    ] == []


def test_every_package_has_its_layer() -> None:
    found = {
        path.name.removesuffix(".py")
        for path in (ROOT / "infra_registry").iterdir()
        if path.name not in ("__init__.py", "__pycache__", "py.typed")
    }
    assert found <= set(RANK)


@pytest.mark.parametrize("pure", PURE)
def test_pure_modules_do_no_io(pure: str) -> None:
    for path, tree in sources(pure):
        touched = {name.split(".")[0] for name in imported(tree)} & NO_IO
        calls = {
            node.func.id
            for node in ast.walk(tree)
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
        } & NO_IO
        assert not touched | calls, path


def test_web_never_imports_sqlalchemy() -> None:
    assert [
        path
        for path, tree in sources()
        if path.startswith("web/") and any(name.split(".")[0] in DATABASE for name in imported(tree))
    ] == []


def test_the_domain_knows_nothing_of_flask() -> None:
    assert [
        path
        for path, tree in sources()
        if path.startswith("infra_registry/") and any(name.split(".")[0] in WEB for name in imported(tree))
    ] == []


def test_sql_stands_in_stores() -> None:
    """``text(…)`` and statement makers of SQLAlchemy are only called where SQL belongs."""
    makers = {"text", "select", "insert", "update", "delete"}
    wrong = []
    for path, tree in sources():
        inside = path.removeprefix("infra_registry/")
        if path.startswith("web/") or inside.startswith(SQL_PACKAGES) or "store" in path or "tables" in path:
            continue
        names = {
            alias.asname or alias.name
            for node in ast.walk(tree)
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("sqlalchemy")
            for alias in node.names
        }
        if names & makers:
            wrong.append(path)
    # Loads reference data inside a migration; looks at the database from outside.
    assert set(wrong) <= {"infra_registry/assets/reference.py", "infra_registry/cli/doctor.py"}


def test_files_and_functions_stay_short() -> None:
    long = []
    for path, tree in sources():
        lines = len((ROOT / path).read_text("utf-8").splitlines())
        if lines > FILE_CEILING:
            long.append(f"{path}: {lines} lines")
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                length = (node.end_lineno or node.lineno) - node.lineno + 1
                if length > FUNCTION_CEILING:
                    long.append(f"{path}: {node.name} {length} lines")
    assert long == []


def test_no_module_is_named_for_nothing() -> None:
    assert [path for path, _ in sources() if Path(path).stem in FORBIDDEN_NAMES] == []


def test_every_module_and_public_function_says_what_it_is_for() -> None:
    bare = []
    for path, tree in sources():
        if not ast.get_docstring(tree):
            bare.append(path)
        for node in tree.body:
            if (
                isinstance(node, ast.FunctionDef | ast.ClassDef)
                and not node.name.startswith("_")
                and not ast.get_docstring(node)
            ):
                bare.append(f"{path}: {node.name}")
    assert bare == []


def test_only_one_module_works_out_where_shipped_files_lie() -> None:
    """Elsewhere ``__file__`` serves a module to reach itself and what lies in its own folder."""
    climb = re.compile(r"__file__.*\.(parents|parent\b.*\.parent)\b")
    assert [
        f"{path}:{node.lineno}"
        for path, tree in sources()
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and climb.search(ast.unparse(node))
    ] == []


def test_shipped_files_lie_beside_the_code() -> None:
    for folder in ("data", "migrations", "web"):
        assert getattr(resources, folder.upper()) == ROOT / folder


def test_fixtures_are_not_imported_and_no_folder_of_tests_lacks_its_own() -> None:
    """pytest finds fixtures in ``conftest.py``; an import of one needs a waiver of the linter."""
    folders = {path.parent for path in (ROOT / "tests").rglob("test_*.py")}
    assert [str(folder) for folder in folders if not (folder / "conftest.py").is_file()] == []
    waiver = re.compile(r"# noqa: [^\n(]*F(401|811)\b")
    files = sorted((ROOT / "tests").rglob("*.py"))
    assert [path.name for path in files if waiver.search(path.read_text("utf-8"))] == []
    fixed = re.compile(r"^@pytest\.fixture", re.MULTILINE)
    assert [
        path.name
        for path in files
        if not path.name.startswith("test_")
        and path.name != "conftest.py"
        and fixed.search(path.read_text("utf-8"))
    ] == []
