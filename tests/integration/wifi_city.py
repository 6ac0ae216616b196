"""A small city of two districts with venues, zones and people, for everything about free WiFi."""

from dataclasses import dataclass

from geoalchemy2.shape import from_shape
from shapely.geometry import MultiPolygon, Point, box
from sqlalchemy import Connection, insert

from infra_registry.access import SERVICE, Actor, Role, RoleGrant
from infra_registry.areas.tables import area, area_boundary, inhabited
from infra_registry.assets.draft import Draft
from infra_registry.assets.kinds import Kind, Status
from infra_registry.assets.register import register
from infra_registry.coverage.runs import life
from infra_registry.coverage.runs import store as run_store
from infra_registry.coverage.runs.life import Bench
from infra_registry.coverage.wifi import store
from infra_registry.coverage.wifi.run_life import WIFI, Question
from infra_registry.coverage.wifi.store import GapFilter
from infra_registry.db import Database
from infra_registry.parties.tables import user_account
from tests.integration.quiet_runs import silent

JINING = "370800"
LON, LAT = 116.60, 35.40
STEP = 0.01  # about 900 m


@dataclass(frozen=True)
class City:
    """A city of two districts side by side, west and east of LON."""

    id: int
    west: int
    east: int
    regulator: Actor
    stranger: Actor


def add_area(
    connection: Connection,
    code: str,
    level: str,
    outline: tuple[float, ...],
    parent: int | None,
) -> int:
    made: int = connection.scalars(
        insert(area)
        .values(scheme="zone", code=code, name=code, level=level, parent_id=parent)
        .returning(area.c.id)
    ).one()
    geom = from_shape(MultiPolygon([box(*outline)]), 4326)
    connection.execute(insert(area_boundary).values(area_id=made, geom=geom))
    return made


def make_city(connection: Connection, code: str = "C1") -> City:
    """A city, of no instrument unless its code is one a shipped rulebook names."""
    outline = (LON - 0.1, LAT - 0.1, LON + 0.1, LAT + 0.1)
    whole = add_area(connection, code, "city", outline, None)
    west = add_area(connection, "C1W", "district", (outline[0], outline[1], LON, outline[3]), whole)
    east = add_area(connection, "C1E", "district", (LON, outline[1], outline[2], outline[3]), whole)
    other = add_area(connection, "C2", "city", (10, 10, 11, 11), None)
    actors = []
    for login, city in (("reg", whole), ("stranger", other)):
        user = connection.scalars(
            insert(user_account)
            .values(login=login, name=login, password_hash="-")
            .returning(user_account.c.id)
        ).one()
        actors.append(Actor(user_id=user, roles=frozenset({RoleGrant(Role.REGULATOR, city)})))
    return City(whole, west, east, *actors)


def venue(name: str, lon: float, lat: float = LAT, family: str = "hospital", **more: object) -> Draft:
    return Draft(Kind.PUBLIC_BUILDING, name, Point(lon, lat), fields={"venue": family}, **more)  # type: ignore[arg-type]


def zone(name: str, lon: float, lat: float = LAT, **fields: object) -> Draft:
    return Draft(Kind.WIFI_ZONE, name, Point(lon, lat), fields={"free": True, **fields})


def people(connection: Connection, city: City, count: int, lon: float, lat: float = LAT) -> None:
    connection.execute(
        insert(inhabited).values(area_id=city.id, people=count, geom=from_shape(Point(lon, lat), 4326))
    )


def served_city(database: Database) -> City:
    """Two served venues and one not; forty people without, one hundred with, three alone."""
    with database.use_case(SERVICE) as connection:
        made = make_city(connection)
        register(
            connection,
            [
                venue("near", LON - STEP),
                venue("reached", LON + STEP, family="university"),
                venue("far", LON + 5 * STEP),
                venue("not asked about", LON + 5 * STEP, family="park"),
                venue("planned", LON + 5 * STEP, status=Status.PLANNED),
                zone("W1", LON - STEP),
                zone("W2", LON + STEP + 0.005, reach_m=600),
                zone("paid", LON + 5 * STEP, free=False),
                zone("unstated", LON + 5 * STEP, free=None),
                Draft(Kind.WIFI_ZONE, "idle", Point(LON + 5 * STEP, LAT), Status.IDLE, fields={"free": True}),
            ],
        )
        people(connection, made, 100, LON - STEP, LAT + 0.001)
        people(connection, made, 40, LON + 5 * STEP)
        people(connection, made, 3, LON - 5 * STEP)
        people(connection, made, 999, LON + 5)
    return made


def computed(database: Database, who: Actor, asked: Question) -> str:
    """The code of a run that was begun and computed."""
    with database.use_case(who) as connection:
        code = life.begin(connection, who, WIFI, asked)
    life.compute(WIFI, Bench(database, who, silent), code)
    return code


def ask(database: Database, who: Actor, **more: object) -> str:
    return computed(database, who, Question("C1", **more))  # type: ignore[arg-type]


def gaps(
    database: Database, who: Actor, code: str, wanted: GapFilter | None = None
) -> list[tuple[object, ...]]:
    with database.use_case(who) as connection:
        run = run_store.run(connection, code)
        rows = store.gaps(connection, run["id"], wanted or GapFilter())
        assert store.count(connection, run["id"], wanted or GapFilter()) == len(rows)
        return [(row["gap_kind"], row["asset_name"], row["people"], row["district"]) for row in rows]
