"""What a proposed file would change: which duties appear, vanish or change standing, which open due dates move.

The same subjects are asked twice, under what is in force and under what is proposed, about the clauses that differ.
"""

from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from datetime import date
from typing import Any

from sqlalchemy import Connection

from infra_registry.duties.inforce import recounting
from infra_registry.duties.inforce.law import Law
from infra_registry.duties.inforce.law_file import Read
from infra_registry.duties.judging import reach_store
from infra_registry.duties.judging.asking import LOADERS
from infra_registry.duties.judging.projection import CHUNK, asset_kinds
from infra_registry.duties.judging.reach_store import Scope
from infra_registry.rules.engine import DutySubject, Standing, ask
from infra_registry.rules.model import Clause, Rulebook

EXAMPLES = 20
WAYS = ("appear", "vanish", "move")
# Parts of an instrument that decide whom all of its clauses reach.
REACH = frozenset({"force", "areas", "in_force_from", "in_force_until", "kind", "zones"})
Report = Callable[[int, int], None]


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
    differing = {change.key: change for change in changes(before, after)}
    parts = instrument_parts(before, after)
    keys = {clause.key for book in (before, after) if book for clause in book.clauses}
    if before is not None and not REACH & set(parts):
        keys = set(differing)
    tally: dict[str, dict[str, Any]] = {}
    count = _ask_all(connection, _only(before, keys), _only(after, keys), tally, on, report)
    unchanged = [
        clause.key for clause in after.clauses if clause.key not in differing and clause.key in tally
    ]
    listed = [
        {
            "clause": change.key,
            "way": change.way,
            "parts": list(change.parts),
            "title": _title(change.new or change.old),
            **tally.get(change.key, _no_moves()),
        }
        for change in differing.values()
    ]
    listed += [
        {"clause": key, "way": "same", "parts": [], "title": _title(after.clause(key)), **tally[key]}
        for key in unchanged
    ]
    return {"clauses": listed, "instrument": list(parts), "asked": count}


def _title(clause: Clause | None) -> dict[str, str]:
    return {"zh": clause.title.zh, "en": clause.title.en} if clause else {"zh": "", "en": ""}


def _only(book: Rulebook | None, keys: set[str]) -> Rulebook | None:
    return replace(book, clauses=tuple(c for c in book.clauses if c.key in keys)) if book else None


def _no_moves() -> dict[str, Any]:
    """Counts of a clause by way, with at most ``EXAMPLES`` examples of each."""
    return {**dict.fromkeys(WAYS, 0), "examples": {way: [] for way in WAYS}}


def _ask_all(
    connection: Connection,
    before: Rulebook | None,
    after: Rulebook | None,
    tally: dict[str, dict[str, Any]],
    on: date,
    report: Report | None,
) -> int:
    """Ask every subject in reach under both books and count the differences in ``tally``; how many were asked."""
    books = [book for book in (before, after) if book and book.clauses]
    scope = Scope(reach_store.inside(connection, books), asset_kinds=asset_kinds(books), books=())
    concerned = {clause.subject for book in books for clause in book.clauses}
    work = {kind: reach_store.ids(connection, kind, scope) for kind in LOADERS if kind in concerned}
    total, done = sum(map(len, work.values())), 0
    for kind, ids in work.items():
        for start in range(0, len(ids), CHUNK):
            chunk = ids[start : start + CHUNK]
            for item in LOADERS[kind](connection, chunk, on):
                old, new = (_standings(book, item.subject, on) if book else {} for book in (before, after))
                for clause in old.keys() | new.keys():
                    _compare(tally, clause, item.code, old.get(clause), new.get(clause))
            done += len(chunk)
            if report:
                report(done, total)
    return done


def _standings(book: Rulebook, subject: DutySubject, on: date) -> dict[str, tuple[str, str]]:
    answer = ask([book], subject, on)
    return {duty.clause.key: (duty.standing.value, duty.kept.value) for duty in answer.duties}


def _compare(
    tally: dict[str, dict[str, Any]],
    clause: str,
    code: str,
    old: tuple[str, str] | None,
    new: tuple[str, str] | None,
) -> None:
    if old == new:
        return
    silent = (Standing.NOT_BOUND.value, "")
    way = "appear" if old is None else "vanish" if new is None else "move"
    counts = tally.setdefault(clause, _no_moves())
    counts[way] += 1
    if counts[way] <= EXAMPLES:
        example = {"code": code, "old": list(old or silent), "new": list(new or silent)}
        counts["examples"][way].append(example)
