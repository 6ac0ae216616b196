"""Public functions, classes and constants of modules that nothing but tests refers to.

A reference is resolved to the module that defines the name, through the imports of packages that only pass it on. So a
method, a local name or a function of another module that is called alike does not count, and neither does ``__all__``.
"""

import ast
import re
from collections.abc import Iterator, Mapping
from functools import cached_property

import pytest

from tests.contracts.test_one_of_each import REGISTERED, sources

# Each with the reason why nothing in the product refers to it.
EXCEPTIONS = {
    "infra_registry.cases.handling.erase_case": "the only way to erase a case; no command offers it yet",
    "infra_registry.cli.main": "named as the program in pyproject.toml",
    "web.gunicorn.child_exit": "gunicorn calls it by this name",
}
DOTTED = re.compile(r"\w+(\.\w+)*[.:]\w+")  # how a server is told what to load: web.wsgi:app
SCOPES = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda


class Module:
    """The syntax of one module: what it imports, defines and refers to."""

    def __init__(self, name: str, text: str) -> None:
        self.name, self.tree = name, ast.parse(text)

    @cached_property
    def imports(self) -> dict[str, str]:
        """What each imported name stands for, as ``module.name``."""
        names: dict[str, str] = {}
        for node in ast.walk(self.tree):
            if isinstance(node, ast.ImportFrom):
                names |= {alias.asname or alias.name: f"{node.module}.{alias.name}" for alias in node.names}
            elif isinstance(node, ast.Import):
                names |= {alias.asname or alias.name.split(".")[0]: alias.name for alias in node.names}
        return names

    def defined(self) -> Iterator[str]:
        """Public names of the module, without what a decorator or SQLAlchemy's metadata registers."""
        for node in self.tree.body:
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                registered = any(REGISTERED.search(ast.unparse(one)) for one in node.decorator_list)
                names = [] if registered else [node.name]
            elif isinstance(node, ast.Assign | ast.AnnAssign):
                table = isinstance(node.value, ast.Call) and ast.unparse(node.value.func) == "Table"
                targets = node.targets if isinstance(node, ast.Assign) else [node.target]
                names = (
                    [] if table else [n.id for t in targets for n in ast.walk(t) if isinstance(n, ast.Name)]
                )
            else:
                continue
            yield from (f"{self.name}.{name}" for name in names if not name.startswith("_"))

    def references(self) -> Iterator[str]:
        """Dotted names the module refers to, as its own imports have them; no definition's to itself."""
        for node in self.tree.body:
            if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__":
                continue
            own = f"{self.name}.{getattr(node, 'name', '')}"
            yield from (name for name in self._inside(node, frozenset()) if name != own)

    def _inside(self, node: ast.AST, local: frozenset[str]) -> Iterator[str]:
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and node.id not in local:
            yield self.imports.get(node.id, f"{self.name}.{node.id}")
        if isinstance(node, ast.Attribute):
            first, _, rest = ast.unparse(node).partition(".")
            if first in self.imports and first not in local:
                yield f"{self.imports[first]}.{rest}"
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and DOTTED.fullmatch(node.value):
            yield node.value.replace(":", ".")
        body = node.body if isinstance(node, SCOPES) else []
        inner = local | _bound(node) if isinstance(node, SCOPES) else local
        for child in ast.iter_child_nodes(node):
            in_body = child is body or (isinstance(body, list) and child in body)
            yield from self._inside(child, inner if in_body else local)


def _bound(scope: SCOPES) -> set[str]:
    """Parameters of a function and the names it assigns."""
    arguments = {node.arg for node in ast.walk(scope.args) if isinstance(node, ast.arg)}
    body = scope.body if isinstance(scope.body, list) else [scope.body]
    nodes = (node for part in body for node in ast.walk(part))
    return arguments | {n.id for n in nodes if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}


def loose(texts: Mapping[str, str], *, of: tuple[str, ...] = ("infra_registry", "web")) -> set[str]:
    """Names that modules of some packages define and no module refers to; ``texts`` by module name."""
    modules = {name: Module(name, text) for name, text in texts.items()}

    def home(dotted: str) -> str:
        """The name where it is defined; imports are followed once each."""
        passed: set[str] = set()
        while dotted not in passed:
            passed.add(dotted)
            module, _, name = dotted.rpartition(".")
            if module in modules:
                dotted = modules[module].imports.get(name, dotted)
        return dotted

    used = set()
    for module in modules.values():
        for dotted in module.references():
            first, _, rest = home(dotted).rpartition(".")
            used.add(home(f"{first if first in modules else home(first)}.{rest}"))
    named = {
        name for module in modules.values() if module.name.split(".")[0] in of for name in module.defined()
    }
    return named - used


def test_nothing_is_referred_to_by_tests_alone() -> None:
    texts = {
        path.removesuffix(".py").removesuffix("/__init__").replace("/", "."): text
        for path, text in sources("infra_registry", "web", "scripts", "migrations")
    }
    assert loose(texts) == set(EXCEPTIONS)


USES = {
    "from web.a import name\nname()": False,
    "from web import a\na.name()": False,
    "from web import a as b\nb.name()": False,
    "from web import pack\npack.name()": False,
    "from web.pack import name as other\nshown = [other]": False,
    "def _go():\n    from web.a import name\n    return name": False,
    "options = ['--load', 'web.a:name']": False,
    "from web.pack import name\n__all__ = ['name']": True,
    "from web.a import name as name": True,
    "def _go(row):\n    return row.name": True,
    "def _name():\n    name = 1\n    return name": True,
    "from web.a import name\n_sort = lambda name: name": True,
    "from web.other import name\nname()": True,
}


@pytest.mark.parametrize("text", USES)
@pytest.mark.parametrize("definition", ["def name(): return name()", "name = 1", "class name: pass"])
def test_a_reference_is_told_from_a_name_that_is_alike(definition: str, text: str) -> None:
    texts = {"web.a": definition, "web.pack": "from web.a import name\n__all__ = ['name']", "web.user": text}
    assert ("web.a.name" in loose(texts)) == USES[text]


@pytest.mark.parametrize(
    "text", ["@feature.get('/')\ndef name(): ...", "name = Table('x', metadata)", "_name = 1"]
)
def test_what_is_registered_or_private_is_not_loose(text: str) -> None:
    assert loose({"web.a": text}) == set()
