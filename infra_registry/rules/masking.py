"""Which published fields a clause rests on, and what of the law is told to a reader who is not shown all of them.

A duty rests on every fact its clause asks about, and so on their fields: whether it stands, is kept or lacks
something would tell them. This is the one rule; the database keeps its result beside each stored duty.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from infra_registry.rules.engine import DutySubject
from infra_registry.rules.facts import FACTS, Origin
from infra_registry.rules.model import Check, Clause, SubjectKind
from infra_registry.rules.narrowing import asked_facts

UNDECLARED = "*"  # the field of a fact nobody declared: no publication table names it, which makes it hidden
ZONE = "wifi_zone"  # the kind of the assets that facts of an area are read from


def fields_of(fact: str, kind: str | None) -> tuple[str, ...]:
    """The published fields of an asset of a kind that a fact rests on; with no kind only those of every kind."""
    spec = FACTS.get(fact)
    if spec is None:
        return (UNDECLARED,)
    if isinstance(spec.basis, Origin):
        return ()
    split = [name.rpartition(".") for name in spec.basis]
    return tuple(field for of, _, field in split if of in ("", kind))


def kind_of(subject: DutySubject) -> str | None:
    """The kind of asset the facts of a subject are fields of; None for works and agreements."""
    kind = subject.facts.get("kind") if subject.kind is SubjectKind.ASSET else None
    return ZONE if subject.kind is SubjectKind.AREA else kind


def rests_on(clauses: Iterable[Clause], kind: str | None) -> tuple[str, ...]:
    """The published fields that duties of these clauses rest on, in order."""
    return tuple(sorted({field for fact in asked_facts(clauses) for field in fields_of(fact, kind)}))


@dataclass(frozen=True, slots=True)
class Sight:
    """What one reader is shown of one asset: ``shows`` says whether a published field is, ``keeper`` whether he is
    its owner, its operator or the regulator of its city."""

    kind: str | None
    shows: Callable[[str], bool]
    keeper: bool

    def fact(self, name: str) -> bool:
        """Whether what rests on a fact may be told."""
        return all(map(self.shows, fields_of(name, self.kind)))

    def clause(self, clause: Clause) -> bool:
        """Whether standing, kept and missing of a duty may be told."""
        return all(map(self.shows, rests_on((clause,), self.kind)))

    def test(self, test: Check) -> bool:
        """Whether the truth of a condition may be told by itself: the facts of a file are for keepers."""
        if test.fact:
            return self.fact(test.fact) and (self.keeper or FACTS[test.fact].basis is not Origin.FILE)
        return all(map(self.test, test.parts))

    def subject(self, subject: DutySubject) -> DutySubject:
        """The subject with no more facts than what may be told: all judged by it is alike for alike shown fields."""
        return replace(
            subject, facts={name: value for name, value in subject.facts.items() if self.fact(name)}
        )
