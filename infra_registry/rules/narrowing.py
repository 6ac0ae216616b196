"""Which clauses can concern subjects of a sort at all, so that many of them are asked about few clauses each.

Three-valued logic is monotonic: what fails while only the kind and the place of a subject are known fails whatever
else comes to be known. A clause that is left out here would have answered "not bound".
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date

from infra_registry.rules.checks import facts_in
from infra_registry.rules.engine import Facts, Truth, alive, clause_alive, reaches, truth
from infra_registry.rules.model import Clause, Rulebook, SubjectKind


def narrowed(
    books: Iterable[Rulebook], kind: SubjectKind, areas: frozenset[str], facts: Facts, on: date
) -> tuple[Rulebook, ...]:
    """The books that hold in these areas on the day, each with the clauses that can bind a subject so known."""
    kept_clauses = []
    for book in books:
        if not reaches(book, areas)[0] or not alive(book, on):
            continue
        clauses = tuple(clause for clause in book.clauses if may_bind(clause, kind, facts, on))
        if clauses:
            kept_clauses.append(replace(book, clauses=clauses))
    return tuple(kept_clauses)


def may_bind(clause: Clause, kind: SubjectKind, facts: Facts, on: date | None = None) -> bool:
    """Whether a clause is about such subjects, in force on the day (any, when none is given)."""
    if clause.subject is not kind or (on is not None and not clause_alive(clause, on)):
        return False
    return clause.when is None or truth(clause.when, facts) is not Truth.FAILS


def asked_facts(clauses: Iterable[Clause]) -> tuple[str, ...]:
    """Every fact the clauses ask about, in a fixed order: subjects alike in these are judged alike."""
    names: set[str] = set()
    for clause in clauses:
        hung = (c.test for c in (*clause.conditions, *clause.exceptions))
        tests = (clause.when, clause.kept_when, clause.broken_when, *hung)
        names |= {name for test in tests if test is not None for name in facts_in(test)}
        names |= {clause.judged_since} if clause.judged_since else set()
    return tuple(sorted(names))
