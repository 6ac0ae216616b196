"""A small city of two districts with stations of two operators, people, hosts and venues, for radio runs."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from geoalchemy2.shape import from_shape
from shapely import from_wkb
from shapely.geometry import MultiPolygon, Point, box
from sqlalchemy import Connection, insert, text

from infra_registry import jobs
from infra_registry.access import SERVICE, Actor, Role, RoleGrant
from infra_registry.areas.tables import area, area_boundary, inhabited
from infra_registry.assets.draft import Draft
from infra_registry.assets.kinds import Kind
from infra_registry.assets.register import register
from infra_registry.assets.tables import cell
from infra_registry.config import today
from infra_registry.coverage.radio.question import Question
from infra_registry.coverage.radio.run import RADIO
from infra_registry.coverage.runs import life
from infra_registry.db import Database
from infra_registry.parties.tables import party, user_account, user_role

CODE = "T1"
LON, LAT = 116.60, 35.40
WIDE, HIGH = 0.08, 0.05  # about 7.3 × 5.5 km


@dataclass(frozen=True)
class Station:
    """A base station to be registered: place, operator (name of a party or None), cells, class."""

    name: str
    lon: float
    lat: float
    operator: str | None = "east"
    cells: tuple[dict[str, Any], ...] = ({"technology": "4g"},)
    access_class: str | None = None
    stated: str | None = None


@dataclass(frozen=True)
class Town:
    """The city, its districts, parties by name and who regulates it."""

    id: int
    west: int
    east: int
    parties: dict[str, int]
    regulator: Actor
    stranger: Actor
    stations: dict[str, int] = field(default_factory=dict)


STATIONS = (
    Station(
        "A",
        LON - 0.030,
        LAT,
        "east",
        ({"technology": "4g", "azimuth_deg": 90, "tilt_deg": 3, "eirp_dbm": 50},),
    ),
    Station("B", LON - 0.028, LAT + 0.01, "west", ({"technology": "4g"}, {"technology": "5g"})),
)


def make_town(database: Database, stations: tuple[Station, ...] = STATIONS, *, people: bool = True) -> Town:
    """The city with stations; ``people`` False: nobody is known to live there."""
    with database.use_case(SERVICE) as connection:
        parties = {name: _party(connection, name) for name in ("east", "west", "owner")}
        outline = (LON - WIDE / 2, LAT - HIGH / 2, LON + WIDE / 2, LAT + HIGH / 2)
        city = _area(connection, CODE, "city", outline, None)
        west = _area(connection, "T1W", "district", (outline[0], outline[1], LON, outline[3]), city)
        east = _area(connection, "T1E", "district", (LON, outline[1], outline[2], outline[3]), city)
        other = _area(connection, "T2", "city", (10, 10, 11, 11), None)
        town = Town(
            city,
            west,
            east,
            parties,
            _regulator(connection, "reg", city),
            _regulator(connection, "far", other),
        )
        _hosts(connection, parties["owner"])
        add_stations(connection, town, stations)
        if people:
            for lon, lat, count in (
                (-0.03, 0.0, 900),
                (0.03, 0.002, 400),
                (0.033, -0.015, 60),
                (0.01, 0.02, 3),
            ):
                connection.execute(
                    insert(inhabited).values(
                        area_id=city, people=count, geom=from_shape(Point(LON + lon, LAT + lat), 4326)
                    )
                )
    return town


def add_stations(connection: Connection, town: Town, stations: tuple[Station, ...]) -> None:
    """Register stations with their cells."""
    if not stations:
        return
    made = register(connection, [_draft(town, one) for one in stations])
    for item, one in zip(made, stations, strict=True):
        town.stations[one.name] = item.id
        connection.execute(insert(cell), [{"asset_id": item.id} | _CELL | row for row in one.cells])


def ask(database: Database, who: Actor, **more: Any) -> tuple[str, jobs.Progress]:
    """Ask for a run at 100 m and wait for its end: run and job."""
    small: dict[str, Any] = {"step_m": 100, "budgets": (1, 2), "targets": (0.5,)}
    asked = Question(CODE, **(small | more))
    with database.use_case(who) as connection:
        code, job = life.ask(connection, who, RADIO, asked)
    return code, jobs.run_now(database, job)


def done(database: Database, who: Actor, **more: Any) -> str:
    """Like ``ask``, for runs that must succeed."""
    code, ended = ask(database, who, **more)
    assert ended.state == "done", (ended.problem, ended.problem_params)
    return code


_CELL: dict[str, Any] = dict.fromkeys(
    (
        "band_low_mhz",
        "band_high_mhz",
        "azimuth_deg",
        "antenna_height_m",
        "tilt_deg",
        "eirp_dbm",
        "directivity",
    )
)


def _draft(town: Town, one: Station) -> Draft:
    withheld: dict[str, Any] = {}
    if one.access_class == "P4":
        withheld = {"withheld_reason": "a guarded place", "withheld_review_on": today() + timedelta(days=90)}
    return Draft(
        Kind.BASE_STATION,
        one.name,
        Point(one.lon, one.lat),
        operator_id=town.parties[one.operator] if one.operator else None,
        operator_stated=one.stated,
        access_class=one.access_class,
        **withheld,
    )


def _hosts(connection: Connection, owner: int) -> None:
    register(
        connection,
        [
            Draft(
                Kind.PUBLIC_BUILDING,
                "hospital",
                Point(LON + 0.031, LAT + 0.001),
                fields={"venue": "hospital", "height_m": 30},
                owner_id=owner,
                controller_id=owner,
            ),
            Draft(Kind.POLE, "pole", Point(LON + 0.02, LAT), fields={"height_m": 12}, owner_id=owner),
        ],
    )


def _party(connection: Connection, name: str) -> int:
    made: int = connection.scalars(
        insert(party).values(code=name, name=f"{name} company", kind="carrier").returning(party.c.id)
    ).one()
    return made


def _area(
    connection: Connection, code: str, level: str, outline: tuple[float, ...], parent: int | None
) -> int:
    made: int = connection.scalars(
        insert(area)
        .values(scheme="zone", code=code, name=code, level=level, parent_id=parent)
        .returning(area.c.id)
    ).one()
    geom = from_shape(MultiPolygon([box(*outline)]), 4326)
    connection.execute(insert(area_boundary).values(area_id=made, geom=geom))
    return made


def _regulator(connection: Connection, login: str, city: int) -> Actor:
    user: int = connection.scalars(
        insert(user_account).values(login=login, name=login, password_hash="-").returning(user_account.c.id)
    ).one()
    connection.execute(insert(user_role).values(user_id=user, role=Role.REGULATOR.value, area_id=city))
    return Actor(user_id=user, name=login, roles=frozenset({RoleGrant(Role.REGULATOR, city)}))


def gap_shapes(connection: Connection, code: str, edition: str) -> dict[int, Any]:
    """Shapes of a run's gaps in EPSG:4326 by ordinal."""
    rows = connection.execute(
        text("""SELECT g.ordinal, ST_AsBinary(g.geom) AS geom FROM radio_gap g
            JOIN radio_layer l ON l.id = g.layer_id JOIN coverage_run r ON r.id = l.run_id
            WHERE r.code = :code AND l.edition = :edition ORDER BY g.ordinal"""),
        {"code": code, "edition": edition},
    )
    return {row.ordinal: from_wkb(bytes(row.geom)) for row in rows}
