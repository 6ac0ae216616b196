"""A hundred at once for one bore: one wins. A hundred at once for one roof: it is never over-allocated."""

import shutil
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from threading import Barrier

import psycopg
import pytest
from shapely.geometry import LineString, Point
from sqlalchemy import insert, text

from infra_registry.access import SERVICE, Actor, Role, RoleGrant
from infra_registry.assets import capacity
from infra_registry.assets.capacity import Allocation
from infra_registry.assets.draft import Draft
from infra_registry.assets.kinds import Kind
from infra_registry.assets.register import register
from infra_registry.cluster import SUPERUSER, Cluster, cluster_addresses
from infra_registry.db import Database, migrate
from infra_registry.errors import Conflict
from infra_registry.parties.tables import party, user_account
from tests.server import scratch

CALLERS = 100
WANTED_M2 = 30.0
ROOF_M2 = 1000.0


@pytest.fixture(scope="module")
def crowded() -> Iterator[Database]:
    """A register on a server that lets a hundred callers in at the same time."""
    directory = scratch("registry-race-")
    cluster = Cluster(directory, fast=True)
    try:
        cluster.up()
        with psycopg.connect(cluster.url(SUPERUSER, "postgres"), autocommit=True) as connection:
            connection.execute(f"ALTER SYSTEM SET max_connections = {CALLERS + 20}")
        cluster.down()
        cluster.up()
        addresses = cluster_addresses(cluster)
        migrate(addresses.owner, addresses.superuser)
        database = Database(addresses.app, pool_size=CALLERS)
        yield database
        database.dispose()
    finally:
        cluster.destroy()
        shutil.rmtree(directory, ignore_errors=True)


@pytest.fixture(scope="module")
def editor(crowded: Database) -> Actor:
    """An editor of the party that owns everything here."""
    with crowded.use_case(SERVICE) as connection:
        owner = connection.scalar(
            insert(party).values(code="OWNER", name="owner", kind="carrier").returning(party.c.id)
        )
        user = connection.scalar(
            insert(user_account)
            .values(login="editor", name="editor", password_hash="-", party_id=owner)
            .returning(user_account.c.id)
        )
    return Actor(user or 0, owner or 0, "editor", frozenset({RoleGrant(Role.CARRIER_EDITOR)}))


def unit(
    database: Database, editor: Actor, draft: Draft, unit_kind: str, quantity_m2: float | None = None
) -> int:
    """One unit of a freshly registered asset of the editor's party."""
    with database.use_case(editor) as connection:
        made = register(connection, [draft])[0]
        return capacity.add_units(connection, made.id, unit_kind, quantity_m2=quantity_m2)[0]


def rush(database: Database, editor: Actor, wanted: list[Allocation]) -> Counter[str]:
    """All callers at once, each in a transaction that was open before the first of them asked; the outcomes."""
    ready = Barrier(len(wanted), timeout=60)

    def call(item: Allocation) -> str:
        try:
            with database.use_case(editor, timeout_ms=60_000) as connection:
                ready.wait()
                capacity.allocate(connection, editor, item)
        except Conflict as error:
            return error.code
        return "won"

    with ThreadPoolExecutor(len(wanted)) as pool:
        return Counter(pool.map(call, wanted))


def test_one_of_a_hundred_gets_the_bore(crowded: Database, editor: Actor) -> None:
    duct = Draft(
        Kind.DUCT, "one bore", LineString([(116.5, 35.4), (116.51, 35.41)]), owner_id=editor.party_id
    )
    bore = unit(crowded, editor, duct, "bore")
    wanted = [
        Allocation(bore, "reserved", date(2026, 1, 1 + i % 20), holder_stated=f"caller {i}")
        for i in range(CALLERS)
    ]
    assert rush(crowded, editor, wanted) == {"won": 1, "capacity.taken": CALLERS - 1}
    with crowded.use_case(SERVICE) as connection:
        live = connection.scalar(
            text("SELECT count(*) FROM allocation WHERE unit_id = :unit AND state <> 'released'"),
            {"unit": bore},
        )
    assert live == 1


def test_a_hundred_never_take_more_roof_than_there_is(crowded: Database, editor: Actor) -> None:
    building = Draft(Kind.PUBLIC_BUILDING, "one roof", Point(116.5, 35.4), owner_id=editor.party_id)
    roof = unit(crowded, editor, building, "roof_area", ROOF_M2)
    wanted = [
        Allocation(roof, "used", date(2026, 1, 1), holder_stated=f"caller {i}", quantity_m2=WANTED_M2)
        for i in range(CALLERS)
    ]
    fitting = int(ROOF_M2 // WANTED_M2)
    assert rush(crowded, editor, wanted) == {"won": fitting, "capacity.taken": CALLERS - fitting}
    with crowded.use_case(SERVICE) as connection:
        taken = connection.scalar(
            text("SELECT sum(quantity_m2) FROM allocation WHERE unit_id = :unit AND state <> 'released'"),
            {"unit": roof},
        )
    assert taken == fitting * WANTED_M2
