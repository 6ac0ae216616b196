"""What the house does in one place each, and how often it may do it anywhere else."""

import ast
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
WORD = re.compile(r"\w+")
READ_BY_TOOLS = (".py", ".html", ".sql", ".toml", ".js", ".sh")
REGISTERED = re.compile(
    r"\b(feature|periodic|task|command|group|registry|actors_from|check)\b|\.(get|post|put|patch|delete|route)\b"
)


def sources(*tops: str) -> Iterator[tuple[str, str]]:
    """Path and text of every module below the folders."""
    for top in tops or ("infra_registry", "web"):
        for path in sorted((ROOT / top).rglob("*.py")):
            if "node_modules" in path.parts:
                continue
            yield str(path.relative_to(ROOT)), path.read_text("utf-8")


def templates() -> Iterator[tuple[str, str]]:
    """Path and text of every template."""
    for path in sorted((ROOT / "web").glob("*/templates/**/*.html")):
        yield str(path.relative_to(ROOT)), path.read_text("utf-8")


# What is written, where it may stand.
HOMES = {
    r'"page"[^\n]*\bint\(|int\([^\n]*"page"|request\.\w+\.get\("page"': {"web/site/paging.py"},
    r"\.isdigit\(\)|\.isdecimal\(\)": {
        "infra_registry/formats/numbers.py",
        "infra_registry/config.py",  # stands below the files
        "infra_registry/cluster/tuning.py",
        "infra_registry/areas/geocn.py",  # a code, no number
        "infra_registry/parties/uscc.py",
        "infra_registry/publish/duty_desk.py",
    },
    r"\.code, [^\n]*expected=\w+\.expected": set(),
    r'replace\("%", "\\\\': {"infra_registry/db/connection.py"},
    r"if_none_match\.contains": {"web/site/copies.py"},
    r"^import tomllib": {
        "infra_registry/resources.py",
        "infra_registry/rules/node.py",
        "infra_registry/words/__init__.py",  # stands beside the resources
    },
    r"20037508|asinh\(|arcsinh\(|[. (]sinh\(": {"infra_registry/formats/mercator.py"},
    r'unicodedata\.normalize\("NFKD"': {"infra_registry/formats/headers.py"},
    # What a spreadsheet would run is disarmed where tables are written.
    r"\bcsv\.(writer|DictWriter)\b|\b(to_excel|write_excel)\(": {"infra_registry/formats/writing.py"},
    r"connection: Any": None,
}


@pytest.mark.parametrize("pattern", HOMES)
def test_it_is_written_in_its_home_alone(pattern: str) -> None:
    homes = HOMES[pattern]
    tops = ("web",) if homes is None else ("infra_registry", "web")
    found = {path for path, text in sources(*tops) if re.search(pattern, text, re.MULTILINE)}
    assert found == (homes or set())


def test_names_are_chosen_by_language_in_one_function() -> None:
    chosen = re.compile(r"_en\b[\w\"'\])]* (if|or)\b[^\n]*(locale|english)")
    wrong = [
        path
        for path, text in (*sources(), *templates())
        if chosen.search(re.sub(r"groupby\([^)]*\)", "", text))
        and path != "infra_registry/duties/dates/clocks.py"  # two names, both needed
    ]
    assert wrong == []


def test_few_modules_lie_loose_at_the_root_of_the_web() -> None:
    assert len([path for path in (ROOT / "web").glob("*.py") if path.stem != "__init__"]) <= 6


def test_templates_are_given_no_modules() -> None:
    wrong = []
    for path, text in sources("web"):
        tree = ast.parse(text)
        modules = {
            alias.asname or alias.name
            for node in ast.walk(tree)
            if isinstance(node, ast.ImportFrom) and node.module
            for alias in node.names
            if (ROOT / node.module.replace(".", "/") / f"{alias.name}.py").exists()
        }
        wrong += [
            f"{path}:{node.value.lineno}"
            for node in ast.walk(tree)
            if isinstance(node, ast.keyword | ast.AnnAssign)
            if isinstance(node.value, ast.Name) and node.value.id in modules
        ]
    assert wrong == []


def test_no_method_is_called_by_tests_alone() -> None:
    """A name that stands nowhere but where it is defined; other names are those of ``test_loose_names``."""
    words: Counter[str] = Counter()
    for top in ("infra_registry", "web", "scripts", "migrations"):
        for path in (ROOT / top).rglob("*"):
            if path.suffix in READ_BY_TOOLS and not {"node_modules", "vendor"} & set(path.parts):
                words.update(WORD.findall(path.read_text("utf-8")))
    defined = Counter(
        node.name
        for _, text in sources()
        for node in _methods(ast.parse(text))
        if not node.name.startswith("_")
        and not any(REGISTERED.search(ast.unparse(decorator)) for decorator in node.decorator_list)
    )
    assert {name for name, times in defined.items() if words[name] <= times} == set()


def _methods(tree: ast.Module) -> Iterator[ast.FunctionDef]:
    """Methods, without those of classes that a library's class may ask for."""
    for node in tree.body:
        if isinstance(node, ast.ClassDef) and not node.bases:
            yield from (inner for inner in node.body if isinstance(inner, ast.FunctionDef))
