"""The ledger of opening: each building, venue, pole, road and piece of land with its duty and its last word.

``opening_current`` is a projection the database keeps in step; everything is counted and listed under the reader's
row security. Days to answer are held against the area's own target, which is never law.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection

from infra_registry.access import Actor, Permission, PermissionSubject, require
from infra_registry.duties.answers import ledger_query
from infra_registry.duties.answers import ledger_store as store
from infra_registry.duties.answers.ledger_query import Query
from infra_registry.errors import Fault, Invalid

MOST_ROWS = 200
COLUMNS = (
    "code",
    "name",
    "kind",
    "city",
    "body",
    "state",
    "since",
    "ground",
    "rulebook",
    "clause",
    "standing",
    "asked_on",
    "answered_on",
    "answer_days",
    "target_days",
)
_COUNTED = (
    "total",
    "meant",
    "open",
    "open_meant",
    "offered",
    "refused",
    "declined",
    "exempt",
    "unanswered",
    "late",
    "not_asked",
    "answered",
    "over_target",
)
_CODED = {"city": "city_code", "body": "body_code"}


@dataclass(frozen=True, slots=True)
class Page:
    """One page of the ledger with the number of all rows."""

    rows: Sequence[Any]
    total: int


@dataclass(frozen=True, slots=True)
class Figure:
    """Counts of a city or controlling body. ``meant``: an instrument asks for opening, binding or yet to be shown.

    ``share_open`` is the share of these that are open; None where none is. ``median_days`` (to the last answer) stands
    beside ``target_days``, the area's own and not law.
    """

    key: str | None
    name: str | None
    name_en: str | None
    counts: Mapping[str, int]
    grounds: tuple[tuple[str, str, str, int], ...]
    median_days: float | None
    target_days: int | None
    oldest: date | None

    @property
    def share_open(self) -> float | None:
        """Open among those an instrument asks for."""
        meant = self.counts["meant"]
        return self.counts["open_meant"] / meant if meant else None


def search(connection: Connection, query: Query) -> Page:
    """A page of the ledger at the reader's level."""
    where = ledger_query.where(query)
    limit = min(query.limit, MOST_ROWS)
    place = ((query.page - 1) * limit, limit)
    listed = store.rows(connection, where, query.sort, descending=query.descending, page=place)
    return Page(listed, store.count(connection, where))


def rows(connection: Connection, query: Query) -> Iterator[Any]:
    """Every row of the ledger by code, whatever page is asked for."""
    yield from store.stream(connection, ledger_query.where(query))


def table(connection: Connection, query: Query) -> Iterator[tuple[Any, ...]]:
    """Rows for CSV in the order of ``COLUMNS``, codes and dates as they are; what is hidden is empty."""
    for row in rows(connection, query):
        yield tuple(getattr(row, _CODED.get(name, name)) for name in COLUMNS)


def figures(connection: Connection, query: Query, by: str = "city") -> list[Figure]:
    """Figures per ``city`` or controlling ``body`` of what this reader sees."""
    where = ledger_query.where(query)
    grounds: dict[str | None, list[tuple[str, str, str, int]]] = {}
    for row in store.grounds(connection, where, by):
        grounds.setdefault(row.key, []).append((row.rulebook, row.clause, row.ground, row.n))
    result = []
    for row in store.figures(connection, where, by):
        key = getattr(row, f"{by}_code")
        result.append(
            Figure(
                key,
                getattr(row, by),
                getattr(row, f"{by}_en"),
                {name: int(getattr(row, name)) for name in _COUNTED},
                tuple(grounds.get(key, ())),
                None if row.median_days is None else float(row.median_days),
                getattr(row, "target_days", None),
                row.oldest,
            )
        )
    return result


def states(connection: Connection, query: Query) -> dict[str, int]:
    """How many rows stand in each state."""
    return store.states(connection, ledger_query.where(query))


def rebuild(connection: Connection, *, city_id: int | None = None, on: date | None = None) -> int:
    """The whole ledger, or a city's, from events, duties and targets; how many rows differed. Run as the service.

    Wanted once a day, since a request turns from "asked" to "no answer" when the area's target passes.
    """
    return store.refresh(connection, store.population(connection, city_id), on)


def set_target(connection: Connection, actor: Actor, city_id: int, days: int | None, note: str = "") -> None:
    """Set an area's own target for answers in days, or drop it with None; its regulator only."""
    require(actor, Permission.TARGET_SET, PermissionSubject(city_id=city_id))
    faults = []
    if days is not None and not 1 <= days <= 366:
        faults.append(Fault("days", days, "field.out_of_range", "1 … 366"))
    if len(note) > 300:
        faults.append(Fault("note", note[:40], "field.too_long", "0 … 300"))
    if faults:
        raise Invalid(faults)
    store.set_target(connection, city_id, days, note.strip() or None)
