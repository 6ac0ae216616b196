"""``duty_current``: what the law asks of every subject today, kept for lists, maps and counts.

Its rows equal the answer of ``asking.of``; clauses that do not bind a subject are not stored. A rebuild reads facts in
chunks, judges alike subjects once, and writes only the rows that differ. Rebuilding one rulebook looks only at
subjects it can reach by area and by kind, and touches only its own rows.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import astuple, dataclass, field, replace
from datetime import date
from typing import Any

from sqlalchemy import Connection

from infra_registry.duties.judging import projection_store as store
from infra_registry.duties.judging import reach_store
from infra_registry.duties.judging.addressees import addressed
from infra_registry.duties.judging.asking import LOADERS, Lawful
from infra_registry.duties.judging.facts import SubjectFacts
from infra_registry.duties.judging.projection_store import Line
from infra_registry.duties.judging.reach_store import Scope
from infra_registry.rules import masking
from infra_registry.rules.engine import Duty, ask
from infra_registry.rules.facts import KINDS
from infra_registry.rules.model import Effect, Rulebook, SubjectKind
from infra_registry.rules.narrowing import asked_facts, may_bind, narrowed

CHUNK = 2000
OPENING = "open"
MOST_ALIKE = 50_000
Progress = Callable[[int, int], None]


def silent(_: int, __: int) -> None:
    """A progress report that goes nowhere."""


@dataclass(frozen=True, slots=True)
class Tally:
    """Subjects looked at, and rows written, left as they were, and taken away."""

    subjects: int = 0
    written: int = 0
    kept: int = 0
    removed: int = 0

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(*map(sum, zip(astuple(self), astuple(other), strict=True)))


@dataclass(slots=True)
class _Sort:
    """Subjects of one kind in the same areas: the clauses that can bind them and the facts these ask about."""

    books: tuple[Rulebook, ...]
    facts: tuple[str, ...]
    rests_on: dict[
        str, tuple[str, ...]
    ]  # clause (rulebook/key) → published fields; "open": of all about opening
    judged: dict[tuple[Any, ...], tuple[Duty, ...]] = field(default_factory=dict)


@dataclass(slots=True)
class Judge:
    """Asks the law about many subjects on one day; subjects alike in everything asked about are judged once."""

    books: tuple[Rulebook, ...]
    on: date
    sorts: dict[tuple[Any, ...], _Sort] = field(default_factory=dict)

    def duties(self, item: SubjectFacts) -> tuple[Duty, ...]:
        """The duties of a subject, equal to those of ``engine.ask``; computed once for subjects with equal facts."""
        subject = item.subject
        sort = self._sort(item)
        alike = tuple(subject.facts.get(name) for name in sort.facts)
        duties = sort.judged.get(alike)
        if duties is None:
            duties = ask(sort.books, subject, self.on).duties
            if len(sort.judged) >= MOST_ALIKE:
                sort.judged.clear()
            sort.judged[alike] = duties
        return duties

    def _sort(self, item: SubjectFacts) -> _Sort:
        subject = item.subject
        kind = subject.facts.get("kind") if subject.kind is SubjectKind.ASSET else None
        key = (subject.kind, kind, subject.areas)
        if key not in self.sorts:
            of_kind = {"kind": kind} if kind else {}
            books = narrowed(self.books, subject.kind, subject.areas, of_kind, self.on)
            self.sorts[key] = _sort_of(books, masking.kind_of(subject))
        return self.sorts[key]

    def rests_on(self, item: SubjectFacts, duty: Duty | None = None) -> str:
        """The published fields a duty rests on, joined by commas; with no duty: all that could be about opening."""
        name = OPENING if duty is None else "/".join(duty.citation)
        return ",".join(self._sort(item).rests_on[name])


def _sort_of(books: tuple[Rulebook, ...], kind: str | None) -> _Sort:
    clauses = {f"{book.key}/{clause.key}": clause for book in books for clause in book.clauses}
    fields = {name: masking.rests_on((clause,), kind) for name, clause in clauses.items()}
    fields[OPENING] = masking.rests_on((c for c in clauses.values() if c.effect is Effect.OPEN), kind)
    return _Sort(books, asked_facts(clauses.values()), fields)


@dataclass(slots=True)
class Judges:
    """Judges by some rulebooks for each legal day; ``on`` None: each subject on what is today where it lies.

    What an opening rests on is asked of all rulebooks in force, whichever are computed anew.
    """

    books: tuple[Rulebook, ...]
    in_force: tuple[Rulebook, ...]
    on: date | None = None
    by_day: dict[tuple[date, bool], Judge] = field(default_factory=dict)

    def of(self, day: date, *, every: bool = False) -> Judge:
        """The judge of a day by the chosen rulebooks, or by ``every`` one in force."""
        every = every or self.books == self.in_force
        key = (day, every)
        if key not in self.by_day:
            self.by_day[key] = Judge(self.in_force if every else self.books, day)
        return self.by_day[key]


@dataclass(frozen=True, slots=True)
class Step:
    """A few subjects of one kind to be computed together; ``books`` None: all rulebooks."""

    kind: SubjectKind
    ids: tuple[int, ...]
    books: tuple[str, ...] | None = None


def judges_of(law: Lawful, books: Sequence[str] | None = None, on: date | None = None) -> Judges:
    """Judges by some rulebooks, or by all."""
    return Judges(_chosen(law, books), tuple(law.books), on)


def steps(
    connection: Connection, law: Lawful, *, books: Sequence[str] | None = None, city_id: int | None = None
) -> Iterator[Step]:
    """What a rebuild has to look at: subjects a rulebook can reach, and those that have rows of it now."""
    meant = _chosen(law, books)
    names = None if books is None else tuple(books)
    areas = reach_store.inside(connection, meant)
    for kind in LOADERS:
        reachable = any(clause.subject is kind for book in meant for clause in book.clauses)
        scope = Scope(areas if reachable else (), city_id, asset_kinds(meant), names)
        yield from _cut(kind, reach_store.ids(connection, kind, scope), names)


def catch_up(connection: Connection, law: Lawful, *, most: int = CHUNK) -> Tally | None:
    """Take up to ``most`` marks and compute the subjects they name, with those a change of them touches.

    All in the caller's transaction, as the product; None when there was no mark.
    """
    stale = reach_store.take_stale(connection, most)
    if stale is None:
        return None
    store.lock(connection)
    judges, tally = judges_of(law), Tally()
    for kind, ids in reach_store.touched(connection, stale).items():
        for step in _cut(kind, ids, None):
            tally += compute(connection, judges, step, follow=True)
    return tally


def compute(connection: Connection, judges: Judges, step: Step, *, follow: bool = False) -> Tally:
    """Judge the subjects of a step and write what differs; with ``follow`` the ledger of opening looks again too."""
    days = {judges.on: step.ids} if judges.on else reach_store.by_today(connection, step.kind, step.ids)
    parts = [(day, replace(step, ids=ids)) for day, ids in days.items()]
    return sum((_compute(connection, judges, day, part, follow=follow) for day, part in parts), Tally())


def _compute(connection: Connection, judges: Judges, day: date, step: Step, *, follow: bool) -> Tally:
    judge, opening_judge = judges.of(day), judges.of(day, every=True)
    subjects = LOADERS[step.kind](connection, list(step.ids), day)
    current = {line for subject in subjects for line in lines(judge, subject)}
    stored = store.stored(connection, step.kind, step.ids, step.books)
    fresh, stale = current - stored.keys(), stored.keys() - current
    store.remove(connection, [stored[line] for line in stale])
    store.write(connection, step.kind, sorted(fresh, key=_place), day)
    if step.kind is SubjectKind.ASSET:
        opens = {line.subject_id for line in (*fresh, *stale) if line.effect == Effect.OPEN}
        store.follow_opening(connection, sorted(opens | set(step.ids) if follow else opens))
        store.follow_masks(connection, {subject.id: opening_judge.rests_on(subject) for subject in subjects})
    return Tally(len(step.ids), len(fresh), len(current) - len(fresh), len(stale))


def lines(judge: Judge, item: SubjectFacts) -> Iterator[Line]:
    """The rows of one subject."""
    for duty in judge.duties(item):
        to = addressed(duty.clause.addressee, item.holders)
        yield Line(
            item.id,
            item.city_id,
            duty.book.key,
            duty.clause.key,
            duty.clause.effect.value,
            duty.clause.modality.value,
            duty.standing.value,
            duty.kept.value,
            duty.by_reference,
            to.word,
            to.party,
            ",".join(map(str, to.parties)),
            ",".join(duty.missing),
            duty.book.digest,
            judge.rests_on(item, duty),
        )


def _place(line: Line) -> tuple[int, str, str]:
    return line.subject_id, line.rulebook, line.clause


def _chosen(law: Lawful, books: Sequence[str] | None) -> tuple[Rulebook, ...]:
    return tuple(book for book in law.books if books is None or book.key in books)


def asset_kinds(books: Iterable[Rulebook]) -> tuple[str, ...]:
    """The kinds of asset some clause can bind."""
    clauses = [clause for book in books for clause in book.clauses]
    return tuple(
        kind for kind in KINDS if any(may_bind(c, SubjectKind.ASSET, {"kind": kind}) for c in clauses)
    )


def _cut(kind: SubjectKind, ids: Sequence[int], books: tuple[str, ...] | None) -> Iterator[Step]:
    for start in range(0, len(ids), CHUNK):
        yield Step(kind, tuple(ids[start : start + CHUNK]), books)
