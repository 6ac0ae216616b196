"""Box queries under the rules against the hand-written predicate that returns the same rows without them."""

import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import psycopg
from sqlalchemy import Connection, create_engine, text

from infra_registry.access import ANONYMOUS, Actor
from infra_registry.cluster import Addresses
from infra_registry.db import Database
from infra_registry.db.connection import sqlalchemy_url
from infra_registry.db.migrate import mark_leakproof
from infra_registry.publish import masks as publication
from infra_registry.publish.spatial import Box, condition
from tests.benchmarks.register import readers

SELECT = (
    "SELECT p.asset_id, p.code, p.kind, p.status, p.name, p.operator_id, p.level, p.precision_m, p.geom "
    "FROM asset_place p"
)
RUNS = 40
Question = tuple[Connection, str, dict[str, Any]]
CENTRE = (116.587, 35.415)
GRANTED = "SELECT asset_id FROM place_grant_asset WHERE grant_id = (SELECT id FROM place_grant WHERE code = 'BENCH-G')"
# What one would write who knows the reader and needs no row security.
BY_HAND = {
    "anonymous": "(p.level = 'exact' AND p.access_class = 'P1' "
    "OR p.level = 'cell' AND p.access_class IN ('P2', 'P3'))",
    "seeker": "(p.level = 'exact' AND p.access_class = 'P1' OR p.level = 'hundred' AND p.access_class = 'P2' "
    "OR p.level = 'cell' AND p.access_class = 'P3')",
    "grant holder": f"(p.level = 'exact' AND (p.access_class = 'P1' OR p.access_class <> 'P4' "
    f"AND p.asset_id IN ({GRANTED})) "
    f"OR p.level = 'hundred' AND p.access_class = 'P2' AND NOT p.asset_id IN ({GRANTED}) "
    f"OR p.level = 'cell' AND p.access_class = 'P3' AND NOT p.asset_id IN ({GRANTED}))",
}


@dataclass(frozen=True, slots=True)
class Compared:
    """One reader and size: hits, milliseconds with rules, by hand, and with rules over integer cells."""

    reader: str
    hits: int
    ruled_ms: float
    by_hand_ms: float
    cells_ms: float

    @property
    def ratio(self) -> float:
        """With rules against by hand."""
        return self.ruled_ms / self.by_hand_ms

    @property
    def cell_ratio(self) -> float:
        """With rules and without the leakproof mark against by hand."""
        return self.cells_ms / self.by_hand_ms


def measure(target: Addresses, say: Callable[[str], None]) -> list[Compared]:
    """Every reader at about 500 and about 5,000 hits."""
    made = []
    actors: dict[str, Actor] = {"anonymous": ANONYMOUS, **readers(target)}
    for wanted in (500, 5_000):
        box = _box_of(target, wanted)
        for name, actor in actors.items():
            one = _compare(target, name, actor, box)
            say(
                f"box, {name}, {one.hits} hits: {one.ruled_ms:.1f} against {one.by_hand_ms:.1f} ms: "
                f"{one.ratio:.2f} × (integer cells {one.cell_ratio:.2f} ×)"
            )
            made.append(one)
    return made


def _box_of(target: Addresses, wanted: int) -> Box:
    """A box around the centre of Jining in which the public finds about this many."""
    low, high = 0.0, 0.5
    with _owner(target) as connection:
        for _ in range(14):
            half = (low + high) / 2
            where, values = condition(_around(half), leakproof=True)
            query = f"SELECT count(*) FROM asset_place p WHERE {BY_HAND['anonymous']} AND {where}"
            found = connection.scalar(text(query), values) or 0
            low, high = (low, half) if found > wanted else (half, high)
    return _around(high)


def _around(half: float) -> Box:
    lon, lat = CENTRE[0] + 0.02, CENTRE[1] + 0.02
    return Box(lon - half, lat - half, lon + half, lat + half)


def _compare(target: Addresses, name: str, actor: Actor, box: Box) -> Compared:
    with _reader(target, actor) as ruled, _owner(target) as plain:
        masks = publication.load(ruled, actor)
        levels = f"p.level IN {masks.levels_sql()}"
        by_box, values = condition(box, leakproof=True)
        first = (ruled, f"{SELECT} WHERE {levels} AND {by_box}", values)
        second = (plain, f"{SELECT} WHERE {by_box} AND {BY_HAND[name]}", values)
        rows = _ids(first)
        if rows != _ids(second):
            raise SystemExit(f"box, {name}: the queries return different rows")
        times: tuple[list[float], list[float]] = ([], [])
        for _ in range(RUNS):
            times[0].append(_seconds(first))
            times[1].append(_seconds(second))
    with _without_mark(target), _reader(target, actor) as ruled:
        by_cell, values = condition(box, leakproof=False)
        third = (ruled, f"{SELECT} WHERE {levels} AND {by_cell}", values)
        if rows != _ids(third):
            raise SystemExit(f"box, {name}: integer cells find other rows")
        cells = [_seconds(third) for _ in range(RUNS)]
    ruled_ms, by_hand_ms, cells_ms = (statistics.median(one) * 1000 for one in (*times, cells))
    return Compared(name, len(rows), ruled_ms, by_hand_ms, cells_ms)


def _ids(query: Question) -> list[int]:
    connection, sql, values = query
    return sorted(row.asset_id for row in connection.execute(text(sql), values))


def _seconds(query: Question) -> float:
    connection, sql, values = query
    began = time.perf_counter()
    connection.execute(text(sql), values).all()
    return time.perf_counter() - began


@contextmanager
def _reader(target: Addresses, actor: Actor) -> Iterator[Connection]:
    database = Database(target.app)
    try:
        with database.use_case(actor) as connection:
            yield connection
    finally:
        database.dispose()


@contextmanager
def _owner(target: Addresses) -> Iterator[Connection]:
    engine = create_engine(sqlalchemy_url(target.owner))
    try:
        with engine.connect() as connection:
            yield connection
    finally:
        engine.dispose()


@contextmanager
def _without_mark(target: Addresses) -> Iterator[None]:
    """Row security as where no superuser could mark the spatial operator as leakproof."""
    with psycopg.connect(target.superuser or "", autocommit=True) as link:
        link.execute("ALTER FUNCTION geometry_overlaps(geometry, geometry) NOT LEAKPROOF")
        try:
            yield
        finally:
            mark_leakproof(link)
