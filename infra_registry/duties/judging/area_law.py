"""What the law in force says of a matter in an area on a day: clauses, drafts, parts not held, or silence."""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection

from infra_registry.duties.inforce.law import Law
from infra_registry.duties.judging import fact_store
from infra_registry.duties.judging.facts import codes
from infra_registry.rules.engine import EVERYWHERE, alive, clause_alive, reaches
from infra_registry.rules.model import Check, Clause, Effect, Force, NotHeld, Rulebook


@dataclass(frozen=True, slots=True)
class Cited:
    """A clause of a book; ``by_reference``: the area is a zone that applies the book only so."""

    book: Rulebook
    clause: Clause
    by_reference: bool = False

    @property
    def key(self) -> str:
        """Rulebook and clause, as forms name them."""
        return f"{self.book.key}:{self.clause.key}"


@dataclass(frozen=True, slots=True)
class Speaking:
    """What the books of an area say of a matter.

    ``clauses``: what is in force. ``drafts``: what would hold if adopted. ``not_held``: parts of the area's own books
    whose text is not held. ``local``: the area's own books in force of which a text is held; with no clause and
    nothing missing they are silent, and with none of them nothing is known of the area's own law.
    """

    clauses: tuple[Cited, ...]
    drafts: tuple[Cited, ...]
    not_held: tuple[tuple[Rulebook, NotHeld], ...]
    local: tuple[Rulebook, ...]

    @property
    def unread(self) -> bool:
        """Whether an instrument of the area is known whose text is not held: its silence cannot be told."""
        return any(book.instrument.force is Force.KNOWN_NOT_HELD for book, _ in self.not_held)

    def of(self, effect: Effect) -> tuple[Cited, ...]:
        """The clauses in force with this effect."""
        return tuple(cited for cited in self.clauses if cited.clause.effect is effect)


def area_codes(connection: Connection, area_id: int) -> frozenset[str]:
    """Codes of an area and of all areas above it, and names of zones: what rulebooks name it by."""
    return codes(fact_store.places(connection, [area_id]).get(area_id, ()))


def books_of(law: Law, areas: frozenset[str], on: date) -> Iterator[tuple[Rulebook, bool]]:
    """The books that speak in an area on a day, drafts among them, and whether only by reference."""
    for book in law.books:
        reached, by_reference = reaches(book, areas)
        if reached and alive(book, on):
            yield book, by_reference


def speaking(law: Law, areas: frozenset[str], effects: Collection[Effect], on: date) -> Speaking:
    """The clauses with one of these effects that hold in these areas on a day."""
    return _collect(law, areas, on, lambda clause: clause.effect in effects)


def stating(law: Law, areas: frozenset[str], statements: str | tuple[str, ...], on: date) -> Speaking:
    """The clauses that model rows of the manifest that begin so and hold in these areas on a day."""
    return _collect(law, areas, on, lambda clause: any(row.startswith(statements) for row in clause.rows))


def _collect(law: Law, areas: frozenset[str], on: date, fits: Callable[[Clause], bool]) -> Speaking:
    clauses: list[Cited] = []
    drafts: list[Cited] = []
    not_held: list[tuple[Rulebook, NotHeld]] = []
    local: list[Rulebook] = []
    for book, by_reference in books_of(law, areas, on):
        draft = book.instrument.force is Force.DRAFT
        cited = [
            Cited(book, clause, by_reference)
            for clause in book.clauses
            if clause_alive(clause, on) and fits(clause)
        ]
        (drafts if draft else clauses).extend(cited)
        if not draft and EVERYWHERE not in book.instrument.areas:
            not_held.extend((book, part) for part in book.not_held)
            if book.instrument.force is Force.IN_FORCE:
                local.append(book)
    return Speaking(tuple(clauses), tuple(drafts), tuple(not_held), tuple(local))


def listed_values(clause: Clause, fact: str) -> tuple[str, ...]:
    """The values of a fact a clause lists in its scope, in the order of the text; empty where it lists none."""
    listed: dict[str, None] = {}

    def walk(check: Check) -> None:
        if check.op == "in" and check.fact == fact:
            listed.update(dict.fromkeys(str(value) for value in check.values))
        if check.op != "not":
            for part in check.parts:
                walk(part)

    if clause.when is not None:
        walk(clause.when)
    return tuple(listed)
