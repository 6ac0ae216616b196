"""``python -m tests.benchmarks.duties``: duties of 10,000 and 100,000 buildings, and what one changed rulebook costs.

The engine alone judges buildings that all differ, one by one; the rebuild reads facts from the database, judges and
writes. Growth is linear when ten times the buildings take about ten times as long.
"""

import os
import platform
import random
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import psycopg

from infra_registry.access import SERVICE
from infra_registry.cluster import Addresses, Cluster, cluster_addresses
from infra_registry.config import today
from infra_registry.db import Database, migrate
from infra_registry.duties.judging import work
from infra_registry.duties.judging.projection import Tally
from infra_registry.rules.engine import DutySubject, ask
from infra_registry.rules.facts import CONTROLLERS, FORMS, FUNDING, VENUES
from infra_registry.rules.model import Rulebook, SubjectKind
from tests import shipped
from tests.integration.rebuilding import rebuild

SIZES = (10_000, 100_000)
RESULTS = Path(__file__).with_name("duties.md")
LINEAR = 1.5
Say = Callable[[str], None]
# The five cities with rulebooks, a building in each in turn; every value of every field occurs.
FILL = """
INSERT INTO area (scheme, code, name, level) SELECT 'gb2260', code, 'city ' || code, 'city'
  FROM unnest(%(codes)s::text[]) AS code;
INSERT INTO party (code, name, kind) SELECT 'P' || i, 'body ' || i, 'public_body' FROM generate_series(1, 500) i;
CREATE TEMP TABLE made AS SELECT i, (ARRAY(SELECT id FROM area ORDER BY id))[1 + i %% 5] AS city_id
  FROM generate_series(1, %(count)s) i;
INSERT INTO asset (code, kind, name, status, owner_id, controller_id, city_id, publication_id, access_class)
  SELECT 'G-' || i, 'public_building', 'building ' || i, 'in_use', (SELECT min(id) FROM party) + i %% 500,
    (SELECT min(id) FROM party) + (i * 7) %% 500, city_id,
    (SELECT id FROM publication WHERE kind = 'public_building' AND area_id IS NULL), 'P1' FROM made ORDER BY i;
INSERT INTO asset_public_building (asset_id, form, venue, controller_type, funding)
  SELECT id, (%(forms)s::text[])[1 + id %% 4], (%(venues)s::text[])[1 + id %% 14],
    (%(controllers)s::text[])[1 + id %% 5], (%(funding)s::text[])[1 + id %% 5] FROM asset;
INSERT INTO asset_place (asset_id, level, geom, cell, kind, status, code, name, owner_id, city_id, publication_id,
    access_class)
  SELECT a.id, 'exact', p.geom, place_cell(p.geom), a.kind, a.status, a.code, a.name, a.owner_id, a.city_id,
    a.publication_id, a.access_class
  FROM asset a, LATERAL (SELECT ST_SetSRID(ST_MakePoint(100 + a.id %% 1000 / 100.0, 30 + a.id / 1000 / 100.0), 4326)
    AS geom OFFSET 0) p;
INSERT INTO asset_area (asset_id, level, area_id) SELECT id, 'exact', city_id FROM asset;
INSERT INTO status_event (asset_id, new_status, valid_on) SELECT id, status, valid_from FROM asset;
INSERT INTO evidence (asset_id, fact, holds, basis, known_on)
  SELECT id, f.fact, id %% 11 > 0, 'survey', '2024-01-01' FROM asset, unnest(%(shown)s::text[]) AS f(fact)
  WHERE id %% 3 = 0;
"""


@dataclass(frozen=True)
class Measured:
    """One size: seconds of the engine alone, of the whole rebuild, of doing it again, of one changed rulebook."""

    buildings: int
    engine_s: float
    whole_s: float
    again_s: float
    one_book_s: float
    whole: Tally
    one_book: Tally
    of_book: int


def say(text: str) -> None:
    """Progress, at once."""
    print(text, flush=True)


def main() -> None:
    """Measure both sizes and write the table."""
    cluster = Cluster(Path(os.environ.get("BENCH_VAR", "var/bench")).absolute() / "duties")
    cluster.up()
    try:
        found = [measure(cluster, size) for size in SIZES]
    finally:
        cluster.down()
    text = table(found)
    RESULTS.write_text(f"# What the duties of many buildings cost\n\n{text}", "utf-8")
    say(text)


def measure(cluster: Cluster, buildings: int) -> Measured:
    """Fill a fresh register and measure."""
    addresses = _fresh(cluster, f"duties{buildings}")
    _fill(addresses, buildings)
    say(f"{buildings:,} buildings: filled")
    engine_s = _engine(buildings)
    database = Database(addresses.app)
    try:
        whole_s, whole = _timed(lambda: work.rebuild_in_steps(database))
        say(f"{buildings:,}: {whole} in {whole_s:.1f} s")
        again_s, again = _timed(lambda: work.rebuild_in_steps(database))
        assert (again.written, again.removed, again.kept) == (0, 0, whole.written), again
        one_book_s, one_book, of_book = _one_book(database)
    finally:
        database.dispose()
    return Measured(buildings, engine_s, whole_s, again_s, one_book_s, whole, one_book, of_book)


def _fresh(cluster: Cluster, name: str) -> Addresses:
    with psycopg.connect(cluster.url("registry_super", "postgres"), autocommit=True) as link:
        link.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'.encode())
    addresses = cluster_addresses(cluster, name)
    migrate(addresses.owner, addresses.superuser)
    return addresses


def _fill(addresses: Addresses, buildings: int) -> None:
    cities = sorted(
        {code for book in shipped.rulebooks() for code in book.instrument.areas if _is_city(code)}
    )
    values = {
        "codes": cities,
        "count": buildings,
        "forms": list(FORMS),
        "venues": [*VENUES, None],
        "controllers": [*CONTROLLERS, None],
        "funding": [*FUNDING, None],
        "shown": ["safety", "environment", "landscape", "normal_use"],
    }
    with psycopg.connect(addresses.superuser or "", autocommit=True) as link:
        link.execute("SET session_replication_role = replica")
        cursor = psycopg.ClientCursor(link)
        cursor.execute(FILL.encode(), values)
        link.execute("SET session_replication_role = origin")
        link.execute("VACUUM ANALYZE")


def _is_city(code: str) -> bool:
    """A code of GB/T 2260 whose third and fourth digits name a city."""
    return len(code) == 6 and code.endswith("00") and not code.endswith("0000")


def _engine(buildings: int) -> float:
    """Buildings that differ in their facts, each asked about alone, against every rulebook of the product."""
    books, on = shipped.rulebooks(), today()
    codes = sorted({code for book in books for code in book.instrument.areas} - {"*"})
    chance = random.Random(7)
    subjects = [
        DutySubject(SubjectKind.ASSET, frozenset({codes[i % len(codes)]}), _facts(chance))
        for i in range(buildings)
    ]
    began = time.perf_counter()
    duties = sum(len(ask(books, subject, on).duties) for subject in subjects)
    took = time.perf_counter() - began
    assert duties > buildings // 10
    return took


def _facts(chance: random.Random) -> dict[str, object]:
    facts: dict[str, object] = {
        "kind": "public_building",
        "status": "in_use",
        "built_on": date(1980, 1, 1) + timedelta(days=chance.randrange(16_000)),
    }
    drawn = {
        "form": FORMS,
        "venue": VENUES,
        "controller_type": CONTROLLERS,
        "funding": FUNDING,
        **dict.fromkeys(("safety", "environment", "landscape", "normal_use", "opened"), (True, False)),
    }
    return facts | {name: chance.choice(values) for name, values in drawn.items() if chance.random() < 0.8}


def _one_book(database: Database) -> tuple[float, Tally, int]:
    """One city's rulebook under another digest: its own rows are written, every other row stays, id and time too."""
    with database.use_case(SERVICE, timeout_ms=600_000) as connection:
        before = _rows(connection)
        books = shipped.rulebooks()
        mine = max(
            (book for book in books if "*" not in book.instrument.areas),
            key=lambda b: before.get(b.key, (0,))[0],
        )
        changed = _Law(tuple(replace(b, digest="0" * 64) if b.key == mine.key else b for b in books))
        took, tally = _timed(lambda: rebuild(connection, changed, books=[mine.key]))
        after = _rows(connection)
    assert {k: v for k, v in after.items() if k != mine.key} == {
        k: v for k, v in before.items() if k != mine.key
    }
    of_book = before[mine.key][0]
    assert tally.written == tally.removed == of_book
    return took, tally, of_book


@dataclass(frozen=True)
class _Law:
    books: tuple[Rulebook, ...]


def _rows(connection: object) -> dict[str, tuple[int, int, str]]:
    """Rows of each rulebook: how many, the sum of their ids, the last time one was written."""
    from sqlalchemy import Connection, text

    assert isinstance(connection, Connection)
    sql = "SELECT rulebook, count(*) AS n, sum(id) AS ids, max(computed_at)::text AS at FROM duty_current GROUP BY 1"
    return {row.rulebook: (row.n, int(row.ids), row.at) for row in connection.execute(text(sql))}


def _timed(act: Callable[[], Tally]) -> tuple[float, Tally]:
    began = time.perf_counter()
    found = act()
    return time.perf_counter() - began, found


def table(found: list[Measured]) -> str:
    """Markdown: buildings per second at each size, and how the time grew."""
    small, large = found
    lines = [
        f"{datetime.now(UTC):%Y-%m-%d}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.0f} at the end; "
        f"{platform.system()}, Python {platform.python_version()}; {len(shipped.rulebooks())} rulebooks, five cities. "
        "Read ratios, not seconds.",
        "",
        f"| what | {small.buildings:,} buildings | {large.buildings:,} buildings | growth per building (linear: 1.0) |",
        "| --- | --- | --- | --- |",
        _line("engine alone, every building different", found, lambda m: m.engine_s),
        _line("rebuild from nothing: facts, duties, rows", found, lambda m: m.whole_s),
        _line("rebuild when nothing changed", found, lambda m: m.again_s),
        _line("rebuild of one changed city rulebook", found, lambda m: m.one_book_s),
        "",
        *(
            f"{m.buildings:,} buildings: {m.whole.written:,} rows; the changed rulebook has {m.of_book:,} of them: "
            f"{m.one_book.subjects:,} subjects looked at, {m.one_book.written:,} rows written, every other row "
            "untouched (number, ids and times equal)."
            for m in found
        ),
    ]
    return "\n".join(lines) + "\n"


def _line(what: str, found: list[Measured], seconds: Callable[[Measured], float]) -> str:
    cells = [f"{m.buildings / seconds(m):,.0f} buildings/s ({seconds(m):.1f} s)" for m in found]
    small, large = found
    growth = (seconds(large) / large.buildings) / (seconds(small) / small.buildings)
    verdict = "linear" if growth <= LINEAR else "NOT LINEAR"
    return re.sub(" +", " ", f"| {what} | {cells[0]} | {cells[1]} | {growth:.2f} {verdict} |")


if __name__ == "__main__":
    main()
