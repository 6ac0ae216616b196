"""What the law asks of a subject on a day: facts in, duties out, each condition holding, not holding or not shown.

A fact nobody has shown is neither true nor false (Kleene's third value), so that silence becomes neither "no duty"
nor "breach". A breach is said only of a clause in force that orders or forbids, whose scope and conditions all hold,
and whose fulfilment is known to be missing.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from infra_registry.rules.model import (
    BINDING,
    Check,
    Clause,
    Condition,
    Force,
    InstrumentKind,
    Modality,
    NotHeld,
    Rulebook,
    SubjectKind,
)

EVERYWHERE = "*"  # in the whole country
ABROAD = "abroad"  # among the areas of what lies in no area of the country
GUIDANCE = frozenset({InstrumentKind.NOTICE, InstrumentKind.STANDARD})
Facts = Mapping[str, Any]


class Truth(StrEnum):
    """The three values of a condition."""

    HOLDS = "holds"
    FAILS = "fails"
    NOT_SHOWN = "not_shown"


class Standing(StrEnum):
    """Result of a clause for a subject, before fulfilment is tested."""

    BINDS = "binds"
    CONDITIONS_NOT_SHOWN = "conditions_not_shown"  # it is meant; whether the conditions hold is not shown
    SCOPE_NOT_SHOWN = "scope_not_shown"  # whether it is meant is not shown
    ENCOURAGED = "encouraged"
    DRAFT = "draft"  # would apply if adopted
    EXEMPT = "exempt"  # an exception holds: other law prevails
    NOT_BOUND = "not_bound"


class Kept(StrEnum):
    """Whether a duty is kept; ``UNTESTED``: the register has no test for it."""

    KEPT = "kept"
    BROKEN = "broken"
    NOT_SHOWN = "not_shown"
    UNTESTED = "untested"


@dataclass(frozen=True, slots=True)
class DutySubject:
    """What is asked about. ``areas``: codes of its city, province, districts and zones, and names of its zones."""

    kind: SubjectKind
    areas: frozenset[str]
    facts: Facts


@dataclass(frozen=True, slots=True)
class Judged:
    """A condition or exception of a clause with its value for the subject."""

    condition: Condition
    truth: Truth


@dataclass(frozen=True, slots=True)
class Duty:
    """One clause as it stands to one subject on one day."""

    book: Rulebook
    clause: Clause
    standing: Standing
    kept: Kept
    conditions: tuple[Judged, ...]
    exceptions: tuple[Judged, ...]
    missing: tuple[str, ...]
    by_reference: bool = False

    @property
    def citation(self) -> tuple[str, str]:
        """Rulebook and clause key: what a page links to."""
        return self.book.key, self.clause.key


@dataclass(frozen=True, slots=True)
class Answer:
    """Duties of a subject on a day, parts of the law that are known but not held, and which books spoke at all.

    No duties and no ``not_held``: the law the register holds is silent. ``in_force`` empty: no rulebook was in force.
    """

    duties: tuple[Duty, ...]
    not_held: tuple[tuple[Rulebook, NotHeld], ...]
    in_force: tuple[str, ...]


def ask(books: Iterable[Rulebook], subject: DutySubject, on: date, *, whole: bool = False) -> Answer:
    """What the books ask of the subject on the day; with ``whole`` also clauses that turn out not to bind it."""
    duties: list[Duty] = []
    not_held: list[tuple[Rulebook, NotHeld]] = []
    in_force: list[str] = []
    for book in books:
        reached, by_reference = reaches(book, subject.areas)
        if not reached or not alive(book, on):
            continue
        if book.instrument.force is not Force.DRAFT:
            in_force.append(book.key)
            not_held.extend((book, part) for part in book.not_held)
        for clause in book.clauses:
            if clause.subject is subject.kind and clause_alive(clause, on):
                duty = judge(book, clause, subject.facts, by_reference=by_reference)
                if whole or duty.standing is not Standing.NOT_BOUND:
                    duties.append(duty)
    return Answer(tuple(duties), tuple(not_held), tuple(in_force))


def reaches(book: Rulebook, areas: frozenset[str]) -> tuple[bool, bool]:
    """Whether a book holds in one of the areas, and whether only by reference (a zone that applies it so)."""
    codes = book.instrument.areas
    zones = [zone for zone in book.zones if zone.code in areas or zone.name.zh in areas]
    by_reference = any(zone.mode == "reference" for zone in zones)
    everywhere = EVERYWHERE in codes and ABROAD not in areas
    return everywhere or not areas.isdisjoint(codes) or bool(zones), by_reference


def alive(book: Rulebook, on: date) -> bool:
    """Whether a book is in force on a day; a draft, whether it can be shown."""
    instrument = book.instrument
    if instrument.force is Force.SUPERSEDED:
        return False
    since = instrument.in_force_from or instrument.shown_from
    begun = since is None or since <= on
    return begun and (instrument.in_force_until is None or on <= instrument.in_force_until)


def clause_alive(clause: Clause, on: date) -> bool:
    """Whether a clause is in force on a day on which its book is."""
    since, until = clause.valid_from, clause.valid_until
    return (since is None or since <= on) and (until is None or on <= until)


def judge(book: Rulebook, clause: Clause, facts: Facts, *, by_reference: bool = False) -> Duty:
    """One clause against the facts of one subject."""
    scope = _all((truth(clause.when, facts) if clause.when else Truth.HOLDS, _since(book, clause, facts)))
    conditions = tuple(Judged(item, truth(item.test, facts)) for item in clause.conditions)
    exceptions = tuple(Judged(item, truth(item.test, facts)) for item in clause.exceptions)
    standing = _standing(book, clause, scope, conditions, exceptions)
    kept = _kept(book, clause, facts, standing, by_reference)
    missing = _missing(clause, facts) if standing not in (Standing.NOT_BOUND, Standing.EXEMPT) else ()
    return Duty(book, clause, standing, kept, conditions, exceptions, missing, by_reference)


def _standing(
    book: Rulebook,
    clause: Clause,
    scope: Truth,
    conditions: tuple[Judged, ...],
    exceptions: tuple[Judged, ...],
) -> Standing:
    if scope is Truth.FAILS:
        return Standing.NOT_BOUND
    if any(item.truth is Truth.HOLDS for item in exceptions):
        return Standing.EXEMPT
    if any(item.truth is Truth.FAILS for item in conditions):
        return Standing.NOT_BOUND
    if book.instrument.force is Force.DRAFT:
        return Standing.DRAFT
    if scope is Truth.NOT_SHOWN:
        return Standing.SCOPE_NOT_SHOWN
    if clause.modality is Modality.ENCOURAGE:
        return Standing.ENCOURAGED
    if any(item.truth is Truth.NOT_SHOWN for item in conditions):
        return Standing.CONDITIONS_NOT_SHOWN
    return Standing.BINDS


def _kept(book: Rulebook, clause: Clause, facts: Facts, standing: Standing, by_reference: bool) -> Kept:
    if clause.kept_when is None or standing in (Standing.NOT_BOUND, Standing.EXEMPT, Standing.DRAFT):
        return Kept.UNTESTED
    fulfilled = truth(clause.kept_when, facts)
    if fulfilled is Truth.HOLDS:
        return Kept.KEPT
    may_break = (
        standing is Standing.BINDS
        and clause.modality in BINDING
        and book.instrument.force is Force.IN_FORCE
        and book.instrument.kind not in GUIDANCE
        and not by_reference
        and (clause.broken_when is None or truth(clause.broken_when, facts) is Truth.HOLDS)
    )
    return Kept.BROKEN if fulfilled is Truth.FAILS and may_break else Kept.NOT_SHOWN


def _since(book: Rulebook, clause: Clause, facts: Facts) -> Truth:
    """Whether the fact named by ``judged_since`` falls on or after the clause's first day; not shown without a day."""
    if clause.judged_since is None:
        return Truth.HOLDS
    first = clause.valid_from or book.instrument.in_force_from
    day = facts.get(clause.judged_since)
    if day is None:
        return Truth.NOT_SHOWN
    return Truth.HOLDS if first is None or day >= first else Truth.FAILS


def _missing(clause: Clause, facts: Facts) -> tuple[str, ...]:
    tests = [clause.when, *(c.test for c in clause.conditions), clause.kept_when]
    if clause.kept_when and truth(clause.kept_when, facts) is Truth.FAILS:
        tests.append(clause.broken_when)
    missing: dict[str, None] = {}
    if clause.judged_since and facts.get(clause.judged_since) is None:
        missing[clause.judged_since] = None
    for test in tests:
        if test is not None and truth(test, facts) is Truth.NOT_SHOWN:
            missing |= dict.fromkeys(_unknown(test, facts))
    return tuple(missing)


def _unknown(test: Check, facts: Facts) -> Iterable[str]:
    if test.fact:
        if truth(test, facts) is Truth.NOT_SHOWN:
            yield test.fact
        return
    for part in test.parts:
        if truth(part, facts) is Truth.NOT_SHOWN:  # what a part already decides needs no more evidence
            yield from _unknown(part, facts)


def truth(test: Check, facts: Facts) -> Truth:
    """Value of a check against facts in Kleene's three-valued logic."""
    if test.op == "all":
        return _all(truth(part, facts) for part in test.parts)
    if test.op == "any":
        return _opposite(_all(_opposite(truth(part, facts)) for part in test.parts))
    if test.op == "not":
        return _opposite(truth(test.parts[0], facts))
    value = facts.get(test.fact)
    if value is None:
        return Truth.NOT_SHOWN
    return _compare(test, value)


def _compare(test: Check, value: Any) -> Truth:
    if test.op == "is":
        return _of(value == test.values[0])
    if test.op == "at_least":
        return _of(value >= test.values[0])
    if test.op == "has":
        return _has(test, frozenset(value))
    if value in test.values:
        return Truth.HOLDS
    return Truth.NOT_SHOWN if test.open and value not in test.never else Truth.FAILS


def _has(test: Check, value: frozenset[Any]) -> Truth:
    """An open list leaves it "not shown" when nothing listed is there, but something that might be meant is."""
    if not value.isdisjoint(test.values):
        return Truth.HOLDS
    return Truth.NOT_SHOWN if test.open and value - frozenset(test.never) else Truth.FAILS


def _of(answer: bool) -> Truth:
    return Truth.HOLDS if answer else Truth.FAILS


def _all(parts: Iterable[Truth]) -> Truth:
    value = Truth.HOLDS
    for part in parts:
        if part is Truth.FAILS:
            return part
        if part is Truth.NOT_SHOWN:
            value = part
    return value


def _opposite(value: Truth) -> Truth:
    if value is Truth.NOT_SHOWN:
        return value
    return Truth.FAILS if value is Truth.HOLDS else Truth.HOLDS
