"""What a proposed file would change: which duties appear, vanish or change standing, which open due dates move.

The same subjects are asked twice, under what is in force and under what is proposed, about the clauses that differ.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields, replace
from datetime import date
from typing import Any

from sqlalchemy import Connection

from infra_registry.duties.inforce import recounting
from infra_registry.duties.inforce.law import Law
from infra_registry.duties.inforce.law_file import Read
from infra_registry.duties.judging import facts, subject_store
from infra_registry.rules.engine import Standing, ask
from infra_registry.rules.model import Clause, Rulebook, SubjectKind
from infra_registry.rules.narrowing import may_bind

EXAMPLES = 20
CHUNK = 2000
WAYS = ("appear", "vanish", "move")
Report = Callable[[int, int], None]
_FACTS = {
    SubjectKind.ASSET: facts.of_assets,
    SubjectKind.PROJECT: facts.of_projects,
    SubjectKind.AGREEMENT: facts.of_agreements,
    SubjectKind.AREA: facts.of_key_areas,
}


@dataclass(frozen=True, slots=True)
class Change:
    """A clause that differs: which of its parts, in the book that is in force (``old``) and the proposed one."""

    key: str
    old: Clause | None
    new: Clause | None

    @property
    def way(self) -> str:
        """added, removed or changed."""
        return "added" if self.old is None else "removed" if self.new is None else "changed"

    @property
    def parts(self) -> tuple[str, ...]:
        """Names of the parts that differ."""
        if self.old is None or self.new is None:
            return ()
        return tuple(f.name for f in fields(Clause) if getattr(self.old, f.name) != getattr(self.new, f.name))


def preview(
    connection: Connection, now: Law, proposed: Law, read: Read, *, on: date, report: Report | None = None
) -> dict[str, Any]:
    """What would change on a day, as JSON values. To be read as the product itself: it sees every subject."""
    result: dict[str, Any] = {
        "kind": read.kind,
        "on": on.isoformat(),
        "clauses": [],
        "instrument": [],
        "asked": 0,
    }
    old = next((stamp for stamp in now.sources if (stamp.kind, stamp.key) == (read.kind, read.key)), None)
    result["against"] = old.digest if old else None
    if isinstance(read.content, Rulebook):
        before = next((book for book in now.books if book.key == read.key), None)
        result |= _of_book(connection, before, read.content, on, report)
    result["clocks"] = [move.as_json() for move in recounting.moves(connection, proposed)]
    return result


def changes(before: Rulebook | None, after: Rulebook) -> tuple[Change, ...]:
    """Clauses that differ between two versions of a book, in the order of the new one, removed ones last."""
    olds = {clause.key: clause for clause in before.clauses} if before else {}
    news = {clause.key: clause for clause in after.clauses}
    keys = [*news, *(key for key in olds if key not in news)]
    return tuple(Change(k, olds.get(k), news.get(k)) for k in keys if olds.get(k) != news.get(k))


def instrument_parts(before: Rulebook | None, after: Rulebook) -> tuple[str, ...]:
    """Names of the parts of the instrument, or of what stands around its clauses, that differ."""
    if before is None:
        return ()
    old, new = before.instrument, after.instrument
    parts = [f.name for f in fields(old) if getattr(old, f.name) != getattr(new, f.name)]
    around = ("authorities", "zones", "not_modelled", "not_held")
    return (*parts, *(name for name in around if getattr(before, name) != getattr(after, name)))


def _of_book(
    connection: Connection, before: Rulebook | None, after: Rulebook, on: date, report: Report | None
) -> dict[str, Any]:
    differing = changes(before, after)
    parts = instrument_parts(before, after)
    whole = before is None or bool(
        {"force", "areas", "in_force_from", "in_force_until", "kind", "zones"} & set(parts)
    )
    keys = {clause.key for book in (before, after) if book for clause in book.clauses}
    asked_about = keys if whole else {change.key for change in differing}
    tally = _Tally()
    count = _ask_all(connection, _only(before, asked_about), _only(after, asked_about), tally, on, report)
    listed = [
        {
            "clause": change.key,
            "way": change.way,
            "parts": list(change.parts),
            "title": _title(change.new or change.old),
            **tally.of(change.key),
        }
        for change in differing
    ]
    same = asked_about - {change.key for change in differing}
    listed += [
        {"clause": key, "way": "same", "parts": [], "title": _title(after.clause(key)), **tally.of(key)}
        for key in (clause.key for clause in after.clauses)
        if key in same and tally.touched(key)
    ]
    return {"clauses": listed, "instrument": list(parts), "asked": count}


def _title(clause: Clause | None) -> dict[str, str]:
    return {"zh": clause.title.zh, "en": clause.title.en} if clause else {"zh": "", "en": ""}


def _only(book: Rulebook | None, keys: set[str]) -> Rulebook | None:
    return replace(book, clauses=tuple(c for c in book.clauses if c.key in keys)) if book else None


class _Tally:
    """Counts and examples per clause and way."""

    def __init__(self) -> None:
        self.counts: dict[str, dict[str, int]] = {}
        self.examples: dict[str, dict[str, list[Any]]] = {}

    def add(self, clause: str, way: str, example: Any) -> None:
        counts = self.counts.setdefault(clause, dict.fromkeys(WAYS, 0))
        counts[way] += 1
        if counts[way] <= EXAMPLES:
            self.examples.setdefault(clause, {name: [] for name in WAYS})[way].append(example)

    def touched(self, clause: str) -> bool:
        return clause in self.counts

    def of(self, clause: str) -> dict[str, Any]:
        counts = self.counts.get(clause, dict.fromkeys(WAYS, 0))
        return {**counts, "examples": self.examples.get(clause, {name: [] for name in WAYS})}


def _ask_all(
    connection: Connection,
    before: Rulebook | None,
    after: Rulebook | None,
    tally: _Tally,
    on: date,
    report: Report | None,
) -> int:
    books = [book for book in (before, after) if book and book.clauses]
    work = [(kind, ids) for kind in _FACTS for ids in _ids(connection, books, kind)]
    total, done = sum(len(ids) for _, ids in work), 0
    for kind, ids in work:
        for subject in _FACTS[kind](connection, ids, on):
            old, new = (
                {} if book is None else _standings(book, subject.subject, on) for book in (before, after)
            )
            for clause in old.keys() | new.keys():
                _compare(tally, clause, subject.code, old.get(clause), new.get(clause))
        done += len(ids)
        if report:
            report(done, total)
    return done


def _ids(connection: Connection, books: list[Rulebook], kind: SubjectKind) -> Iterator[list[int]]:
    if not any(clause.subject is kind for book in books for clause in book.clauses):
        return
    kinds = tuple(
        asset_kind
        for asset_kind in subject_store.ASSET_KINDS
        if any(may_bind(c, kind, {"kind": asset_kind}) for book in books for c in book.clauses)
    )
    codes = {code for book in books for code in book.instrument.areas}
    codes |= {zone.code for book in books for zone in book.zones if zone.code}
    names = {zone.name.zh for book in books for zone in book.zones}
    ids = subject_store.ids(connection, kind, codes=codes, names=names, asset_kinds=kinds)
    for first in range(0, len(ids), CHUNK):
        yield ids[first : first + CHUNK]


def _standings(book: Rulebook, subject: Any, on: date) -> dict[str, tuple[str, str]]:
    answer = ask([book], subject, on)
    return {duty.clause.key: (duty.standing.value, duty.kept.value) for duty in answer.duties}


def _compare(
    tally: _Tally, clause: str, code: str, old: tuple[str, str] | None, new: tuple[str, str] | None
) -> None:
    if old == new:
        return
    silent = (Standing.NOT_BOUND.value, "")
    way = "appear" if old is None else "vanish" if new is None else "move"
    tally.add(clause, way, {"code": code, "old": list(old or silent), "new": list(new or silent)})
