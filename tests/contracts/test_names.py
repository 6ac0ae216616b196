"""Local names say what a value is: nine words that say nothing are not used in functions of more than eight lines."""

import ast
from collections.abc import Iterator

from tests.contracts.test_layers import sources

EMPTY_WORDS = {"found", "one", "made", "wanted", "asked", "told", "known", "said", "held"}
SHORT_LINES = 8


def stored(tree: ast.AST, *, inside: bool = False) -> Iterator[tuple[str, int]]:
    """Names of locals, parameters and loop variables in functions longer than eight lines, with their lines."""
    for node in ast.iter_child_nodes(tree):
        long = inside
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            long = inside or (node.end_lineno or node.lineno) - node.lineno + 1 > SHORT_LINES
        if long:
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                yield node.id, node.lineno
            elif isinstance(node, ast.arg):
                yield node.arg, node.lineno
            elif isinstance(node, ast.ExceptHandler) and node.name:
                yield node.name, node.lineno
        yield from stored(node, inside=long)


def test_no_long_function_calls_a_value_by_an_empty_word() -> None:
    wrong = [
        f"{path}:{line}: {name}"
        for path, tree in sources()
        for name, line in stored(tree)
        if name in EMPTY_WORDS
    ]
    assert wrong == []


def test_the_count_sees_parameters_locals_and_loops() -> None:
    body = "\n".join(f"    x{number} = {number}" for number in range(SHORT_LINES))
    tree = ast.parse(
        f"def long(found):\n{body}\n    for one in x0:\n        told = one\ndef short(made):\n    said = made\n"
    )
    assert {name for name, _ in stored(tree)} & EMPTY_WORDS == {"found", "one", "told"}
