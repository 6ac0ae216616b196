"""The register the benchmarks measure: built once in a private cluster of its own, then used again."""

import hashlib
import os
import time
from collections.abc import Callable
from pathlib import Path

import psycopg
from psycopg import sql

from infra_registry.access import SERVICE, Actor, Role, RoleGrant
from infra_registry.audit import seal_all
from infra_registry.cluster import Addresses, Cluster, cluster_addresses
from infra_registry.db import Database, migrate
from infra_registry.resources import MIGRATIONS

HERE = Path(__file__).parent
ASSETS = int(os.environ.get("BENCH_ASSETS", "1000000"))
GRANTED = ASSETS // 100
DATABASE = "bench"
LOADED = ("register.sql", "derived.sql", "peer.sql")
SLOW_TO_GROW = ("asset", "asset_place", "asset_place_exact", "asset_area", "place_count", "place_total")

Say = Callable[[str], None]
Link = psycopg.Connection[tuple[object, ...]]


def home() -> Path:
    """Where the benchmark's cluster lies: ``BENCH_VAR``, else below ``var``."""
    return Path(os.environ.get("BENCH_VAR", "var/bench")).absolute()


def addresses() -> Addresses:
    """Log-ins of the benchmark's database, its server started."""
    cluster = Cluster(home() / "pg")
    cluster.up()
    return cluster_addresses(cluster, DATABASE)


def rest() -> None:
    """Stop the server; the register stays for the next run."""
    Cluster(home() / "pg").down()


def ready(say: Say) -> Addresses:
    """The filled register, of this schema and these load scripts; built when it is not there yet."""
    target = addresses()
    if _built(target) == _wanted():
        migrate(target.owner, target.superuser)  # functions and policies as they are today
        say("register: used again")
        return target
    began = time.perf_counter()
    _empty(target)
    _load(target, say)
    _seal(target)
    _verify(target, say)
    _mark(target)
    say(f"register: {ASSETS:,} assets in {time.perf_counter() - began:.0f} s")
    return target


def readers(target: Addresses) -> dict[str, Actor]:
    """A registered seeker without a party, and the seeker whose party holds the grant."""
    with psycopg.connect(target.owner) as link:
        row = link.execute("SELECT id FROM party WHERE code = 'BENCH51'").fetchone()
    assert row is not None
    seeker = frozenset({RoleGrant(Role.SEEKER)})
    return {
        "seeker": Actor(1, 0, "seeker", seeker),
        "grant holder": Actor(2, int(str(row[0])), "holder", seeker),
    }


def _wanted() -> str:
    made_of = [*(HERE / name for name in LOADED), *sorted((MIGRATIONS / "versions").glob("*.py"))]
    parts = [str(ASSETS), *(path.read_text("utf-8") for path in made_of)]
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()


def _built(target: Addresses) -> str | None:
    """What the register there was made of; None where there is none, or an unfinished one."""
    with psycopg.connect(target.superuser or "", dbname="postgres") as link:
        if not link.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone():
            return None
    with psycopg.connect(target.owner) as link:
        row = link.execute("SELECT obj_description(to_regnamespace('bench'))").fetchone()
    return str(row[0]) if row and row[0] else None


def _mark(target: Addresses) -> None:
    with psycopg.connect(target.superuser or "", autocommit=True) as link:
        link.execute(sql.SQL("COMMENT ON SCHEMA bench IS {}").format(sql.Literal(_wanted())))


def _empty(target: Addresses) -> None:
    """A database from scratch: what an earlier load left would be measured too."""
    with psycopg.connect(target.superuser or "", dbname="postgres", autocommit=True) as link:
        link.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(DATABASE)))
    migrate(target.owner, target.superuser)


def _load(target: Addresses, say: Say) -> None:
    with psycopg.connect(target.superuser or "", autocommit=True) as link:
        link.execute("SET maintenance_work_mem = '512MB'")
        link.execute("SET work_mem = '256MB'")
        link.execute("SET session_replication_role = replica")  # no triggers, no foreign keys while loading
        later = _drop_indexes(link)
        _run(link, "register.sql", say)
        _run(link, "derived.sql", say)
        _timed(say, "indexes", lambda: [link.execute(statement) for statement in later])
        link.execute("SET session_replication_role = origin")
        _timed(say, "grant", lambda: _grant(link))
        _run(link, "peer.sql", say)
        link.execute("SELECT compact_counts()")  # as the worker leaves them every few minutes
        _timed(say, "vacuum analyze", lambda: link.execute("VACUUM ANALYZE"))


def _run(link: Link, name: str, say: Say) -> None:
    text = (HERE / name).read_text("utf-8").replace(":count", str(ASSETS))
    _timed(say, name, lambda: link.execute(text.encode()))


def _timed(say: Say, what: str, do: Callable[[], object]) -> None:
    began = time.perf_counter()
    do()
    say(f"  {what}: {time.perf_counter() - began:.0f} s")


def _drop_indexes(link: Link) -> list[bytes]:
    """Drop indexes no constraint needs, and say how to make them again in one go each."""
    rows = link.execute(
        """SELECT i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid) FROM pg_index i
        JOIN pg_class c ON c.oid = i.indexrelid
        WHERE i.indrelid = ANY (%s::regclass[]) AND NOT c.relispartition
          AND NOT EXISTS (SELECT 1 FROM pg_constraint k WHERE k.conindid = i.indexrelid)""",
        [list(SLOW_TO_GROW)],
    ).fetchall()
    for name, _ in rows:
        link.execute(f"DROP INDEX {name}".encode())
    return [str(made).replace(" ON ONLY ", " ON ").encode() for _, made in rows]


def _grant(link: Link) -> None:
    """A square around Jining that holds a hundredth of all assets, granted to one party; its trigger does the rest."""
    link.execute(
        """WITH near AS (SELECT greatest(abs(ST_X(ST_Centroid(geom)) - 116.587), abs(ST_Y(ST_Centroid(geom)) - 35.415))
                           AS d FROM asset_place_exact ORDER BY 1 LIMIT %s),
             half AS (SELECT max(d) AS d FROM near)
           INSERT INTO place_grant (code, party_id, purpose, geom, starts_at, ends_at)
           SELECT 'BENCH-G', p.id, 'benchmark', ST_Multi(ST_MakeEnvelope(116.587 - d, 35.415 - d, 116.587 + d,
                  35.415 + d, 4326)), now() - interval '1 day', now() + interval '10 years'
           FROM half, party p WHERE p.code = 'BENCH51'""",
        [GRANTED],
    )


def _seal(target: Addresses) -> None:
    """Seal what the load left in the audit, so that the chain has a head."""
    database = Database(target.app)
    try:
        with database.use_case(SERVICE) as connection:
            seal_all(connection)
    finally:
        database.dispose()


DERIVED = {
    "places": "SELECT asset_id, level, ST_AsEWKB(geom), cell, precision_m, access_class FROM asset_place "
    "WHERE asset_id = ANY (%(ids)s)",
    "areas": "SELECT asset_id, level, area_id FROM asset_area WHERE asset_id = ANY (%(ids)s)",
    "grants": "SELECT grant_id, asset_id FROM place_grant_asset WHERE asset_id = ANY (%(ids)s)",
    "counts": "SELECT zoom, x, y, kind, status, operator_id, hidden, sum(n) FROM place_count WHERE zoom IN (4, 9) "
    "GROUP BY 1, 2, 3, 4, 5, 6, 7 HAVING sum(n) <> 0",
    "totals": "SELECT zoom, x, y, kind, hidden, owner_id, sum(n) FROM place_total WHERE zoom IN (4, 9) "
    "GROUP BY 1, 2, 3, 4, 5, 6 HAVING sum(n) <> 0",
}


def _verify(target: Addresses, say: Say) -> None:
    """Write a sample of places again with all triggers at work: what they derive must be what is there."""
    with psycopg.connect(target.owner) as link:
        ids = [
            row[0]
            for row in link.execute(
                "SELECT asset_id FROM asset_place_exact WHERE asset_id % 1999 = 7 OR asset_id IN "
                "(SELECT asset_id FROM place_grant_asset WHERE asset_id % 97 = 7)"
            )
        ]
        before = _derived(link, ids)
        link.execute(
            "CREATE TEMP TABLE kept ON COMMIT DROP AS SELECT * FROM asset_place WHERE level = 'exact' "
            "AND asset_id = ANY (%s)",
            [ids],
        )
        link.execute("DELETE FROM asset_place WHERE asset_id = ANY (%s)", [ids])
        link.execute("INSERT INTO asset_place SELECT * FROM kept")
        after = _derived(link, ids)
        link.rollback()
    differing = [name for name in DERIVED if before[name] != after[name]]
    if differing:
        raise SystemExit(f"the load differs from what the triggers derive: {', '.join(differing)}")
    say(f"  derived rows of {len(ids):,} assets equal those of the triggers")


def _derived(link: Link, ids: list[object]) -> dict[str, list[str]]:
    return {
        name: sorted(map(repr, link.execute(query, {"ids": ids}).fetchall()))
        for name, query in DERIVED.items()
    }
