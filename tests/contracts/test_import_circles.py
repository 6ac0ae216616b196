"""No module imports itself by way of others."""

import ast
from graphlib import CycleError, TopologicalSorter

from tests.contracts.test_layers import sources


def imports() -> dict[str, set[str]]:
    """Every module with the modules it imports anywhere in its text: inside functions and for types too."""
    trees = {path.removesuffix(".py").removesuffix("/__init__").replace("/", "."): t for path, t in sources()}
    graph = {}
    for name, tree in trees.items():
        nodes = list(ast.walk(tree))
        named = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
        for node in nodes:
            if isinstance(node, ast.ImportFrom) and node.module:
                modules = {f"{node.module}.{alias.name}" for alias in node.names}
                named |= {module if module in trees else node.module for module in modules}
        graph[name] = (named & trees.keys()) - {name}
    return graph


def test_no_modules_import_each_other_in_a_circle() -> None:
    try:
        TopologicalSorter(imports()).prepare()
    except CycleError as error:
        raise AssertionError(" → ".join(error.args[1])) from error
