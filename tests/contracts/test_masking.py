"""Each fact the law asks about declares the published fields it rests on, and these are fields there are."""

import ast
import tomllib
from pathlib import Path

import pytest

from infra_registry.assets.kinds import KINDS, Kind
from infra_registry.assets.reference import COMMON, PUBLICATION, field_names
from infra_registry.rules import masking
from infra_registry.rules.facts import FACTS, FactSpec, Origin
from infra_registry.rules.masking import Sight
from infra_registry.rules.model import SubjectKind
from tests import shipped

ROOT = Path(__file__).resolve().parents[2]
# Files that write the ledger of opening or watch over it; every reader gets it from the view that masks it.
LEDGER_WRITERS = {"infra_registry/duties/tables.py", "infra_registry/duties/answers/ledger_store.py"}


@pytest.mark.parametrize("fact", sorted(FACTS))
def test_what_a_fact_rests_on_are_published_fields(fact: str) -> None:
    basis = FACTS[fact].basis
    if isinstance(basis, Origin):
        return
    assert basis, "a fact without a field says in which record it is kept"
    default = tomllib.loads((PUBLICATION / "default.toml").read_text("utf-8"))
    for name in basis:
        kind, _, field = name.rpartition(".")
        if kind:
            assert field in field_names(Kind(kind)), name
            assert field in default["kind"][kind]["fields"] | default["common"]["fields"], name
        else:
            assert field in COMMON, name
            assert field in default["common"]["fields"], name


def test_a_fact_cannot_be_declared_without_saying_what_it_rests_on() -> None:
    with pytest.raises(TypeError):
        FactSpec("new", frozenset(), FACTS["kind"].type)  # type: ignore[call-arg]


@pytest.mark.parametrize("fact", sorted(FACTS))
def test_a_fact_named_like_a_field_rests_on_it_in_every_kind_that_has_it(fact: str) -> None:
    spec = FACTS[fact]
    if SubjectKind.ASSET not in spec.subjects:
        return
    for kind in Kind:
        if fact in {field.name for field in KINDS[kind].fields} and fact != "setting":
            assert fact in masking.fields_of(fact, kind.value), kind


def test_the_facts_of_assets_are_read_from_the_fields_they_declare() -> None:
    """Every column of a kind's own table that facts are read from is declared by some fact."""
    source = (ROOT / "infra_registry/duties/judging/fact_store.py").read_text("utf-8")
    declared = {name for spec in FACTS.values() if not isinstance(spec.basis, Origin) for name in spec.basis}
    for kind in Kind:
        for field in KINDS[kind].fields:
            if f"{kind.value}.{field.name}" in source:
                assert f"{kind.value}.{field.name}" in declared


def test_an_unknown_fact_is_hidden() -> None:
    assert masking.fields_of("nobody_declared_this", "pole") == (masking.UNDECLARED,)
    assert masking.UNDECLARED not in {name for kind in Kind for name in field_names(kind)}
    sight = Sight("pole", lambda field: field in field_names(Kind.POLE), keeper=False)
    assert not sight.fact("nobody_declared_this")
    assert sight.fact("pole_use")


def test_every_clause_of_the_shipped_law_rests_on_declared_fields() -> None:
    clauses = [clause for book in shipped.rulebooks() for clause in book.clauses]
    for kind in Kind:
        assert masking.UNDECLARED not in masking.rests_on(clauses, kind.value)
    assert "use" in masking.rests_on(clauses, "pole")
    assert "use" not in masking.rests_on(clauses, "public_building")


def test_the_ledger_of_opening_is_read_through_its_mask() -> None:
    readers = set()
    for top in ("infra_registry", "web"):
        for path in (ROOT / top).rglob("*.py"):
            texts = [
                node.value
                for node in ast.walk(ast.parse(path.read_text("utf-8")))
                if isinstance(node, ast.Constant) and isinstance(node.value, str)
            ]
            if any("FROM opening_current" in text or "JOIN opening_current" in text for text in texts):
                readers.add(path.relative_to(ROOT).as_posix())
    assert readers <= LEDGER_WRITERS
