"""Results of an analysis are worded in one place: page, paper and terminal call ``reports`` and hold no twin of it."""

import ast
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
VOICE, CALLERS = "infra_registry/reports", ("web", "infra_registry/cli")
# Where results of analyses are shown; elsewhere an equal name is another thing's.
ANALYSES = (
    "web/coverage", "infra_registry/cli/coverage", "infra_registry/cli/sites", "infra_registry/cli/evidence",
)  # fmt: skip
# Functions of the web and the command line that repeated one of the reports, by what they were called.
TWINS = {
    "operator_name": "operator",
    "technology_name": "technology",
    "who_lacks": "lacks",
    "threshold_words": "threshold",
    "ranges": "levels",
    "left_out": "rests_on",
    "served_share": "served_share",
    "plain": "gap_cells",
    "sets_in_words": "chosen_sets",
    "set_line": "set_lines",
    "describe": "run_facts",
}
LEAST_STATEMENTS = 3


def modules(*tops: str) -> Iterator[tuple[str, ast.Module]]:
    for top in tops:
        for path in sorted((ROOT / top).rglob("*.py")):
            if "node_modules" not in path.parts:
                yield str(path.relative_to(ROOT)), ast.parse(path.read_text("utf-8"))


def functions(tree: ast.Module) -> Iterator[ast.FunctionDef]:
    return (node for node in tree.body if isinstance(node, ast.FunctionDef))


def public_of_reports() -> set[str]:
    return {
        function.name
        for _, tree in modules(VOICE)
        for function in functions(tree)
        if not function.name.startswith("_")
    }


def shown() -> Iterator[tuple[str, ast.FunctionDef]]:
    """Functions of pages and commands that show results of analyses."""
    return (
        (path, function)
        for path, tree in modules(*CALLERS)
        if path.startswith(ANALYSES)
        for function in functions(tree)
    )


class Blind(ast.NodeTransformer):
    """Replaces the names of parameters and local values, by their order, so that equal bodies are equal."""

    def __init__(self, function: ast.FunctionDef) -> None:
        local = [
            node.arg if isinstance(node, ast.arg) else node.id
            for node in ast.walk(function)
            if isinstance(node, ast.arg) or (isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store))
        ]
        self.names = {name: f"v{place}" for place, name in enumerate(dict.fromkeys(local))}

    def visit_Name(self, node: ast.Name) -> ast.Name:
        return ast.Name(self.names.get(node.id, node.id), node.ctx)

    def visit_arg(self, node: ast.arg) -> ast.arg:
        return ast.arg(self.names.get(node.arg, node.arg))


def body_of(function: ast.FunctionDef) -> str | None:
    """The body without docstring and names; None for one that is too short to be called a copy."""
    statements = function.body[1:] if ast.get_docstring(function) else function.body
    count = sum(isinstance(node, ast.stmt) for item in statements for node in ast.walk(item))
    if count < LEAST_STATEMENTS:
        return None
    blind = Blind(function)
    return "\n".join(ast.dump(blind.visit(item)) for item in statements)


def test_no_function_of_page_or_command_is_named_like_one_of_the_reports() -> None:
    """Views and commands, which are decorated, may bear the name of what they show."""
    ours = public_of_reports()
    assert [
        f"{path}: {function.name}"
        for path, function in shown()
        if function.name in ours and not function.decorator_list
    ] == []


@pytest.mark.parametrize(("twin", "voice"), TWINS.items())
def test_what_stood_twice_stands_in_the_reports_alone(twin: str, voice: str) -> None:
    assert voice in public_of_reports()
    assert [path for path, function in shown() if function.name == twin] == []


def test_no_body_stands_in_two_modules() -> None:
    places = defaultdict(list)
    for path, tree in modules(VOICE, *CALLERS):
        for function in functions(tree):
            body = body_of(function)
            if body is not None:
                places[body].append(f"{path}: {function.name}")
    assert [names for names in places.values() if len(names) > 1] == []


def test_templates_of_coverage_get_values() -> None:
    """No module and no function of ours is handed to a template, by name or by lambda."""
    wrong = []
    for path, tree in modules("web/coverage"):
        bound = {function.name for function in functions(tree)} | {
            alias.asname or alias.name
            for node in tree.body
            if isinstance(node, ast.ImportFrom)
            for alias in node.names
        }
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "render":
                wrong += [
                    f"{path}: {value.id if isinstance(value, ast.Name) else 'lambda'}"
                    for value in (keyword.value for keyword in node.keywords)
                    if isinstance(value, ast.Lambda)
                    or (isinstance(value, ast.Name) and value.id in bound and not value.id.isupper())
                ]
            if isinstance(node, ast.Dict):
                wrong += [f"{path}: lambda" for value in node.values if isinstance(value, ast.Lambda)]
    assert wrong == []
