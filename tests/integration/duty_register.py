"""A small city with something for every sort of duty, and a rulebook of its own for tests of facts and duties."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from geoalchemy2.shape import from_shape
from shapely.geometry import LineString, MultiPolygon, Point, box
from shapely.geometry.base import BaseGeometry
from sqlalchemy import Connection, insert

from infra_registry.areas.tables import area, area_boundary
from infra_registry.assets import ledger_store
from infra_registry.assets.draft import Draft
from infra_registry.assets.kinds import Kind, Status
from infra_registry.assets.register import register
from infra_registry.duties.tables import evidence, key_area
from infra_registry.parties.tables import party
from infra_registry.rules import reading
from infra_registry.rules.model import Rulebook

WEST, SOUTH = 116.5, 35.3
DAY = date(2026, 11, 22)
CITY_CODE, OTHER_CODE, ZONE_NAME = "990100", "990200", "示例高新区"


@dataclass(frozen=True)
class Books:
    """Rulebooks as the law holds them."""

    books: tuple[Rulebook, ...]


@dataclass(frozen=True)
class Town:
    """Ids of areas and parties by name."""

    areas: dict[str, int]
    parties: dict[str, int]


def town(connection: Connection) -> Town:
    """A province with two cities side by side; the first has a district and a zone in its south."""
    areas: dict[str, int] = {}
    for name, code, level, parent, shape in (
        ("province", "990000", "province", None, None),
        ("city", CITY_CODE, "city", "province", box(WEST, SOUTH, WEST + 0.2, SOUTH + 0.2)),
        ("other", OTHER_CODE, "city", "province", box(WEST + 0.2, SOUTH, WEST + 0.4, SOUTH + 0.2)),
        ("district", "990102", "district", "city", box(WEST, SOUTH, WEST + 0.1, SOUTH + 0.2)),
        ("zone", "Z1", "zone", "city", box(WEST, SOUTH, WEST + 0.05, SOUTH + 0.05)),
    ):
        areas[name] = connection.scalar(
            insert(area)
            .values(
                scheme="zone" if level == "zone" else "gb2260",
                code=code,
                name=ZONE_NAME if level == "zone" else f"示例{name}",
                level=level,
                parent_id=areas.get(parent or ""),
            )
            .returning(area.c.id)
        )
        if shape is not None:
            connection.execute(
                insert(area_boundary).values(
                    area_id=areas[name], geom=from_shape(MultiPolygon([shape]), 4326)
                )
            )
    parties = {
        name: connection.scalar(
            insert(party).values(code=name.upper(), name=f"{name} 有限公司", kind=kind).returning(party.c.id)
        )
        for name, kind in (
            ("one", "carrier"), ("two", "carrier"), ("tower", "tower_company"), ("school", "public_body"),
            ("keeper", "property_manager"), ("maker", "developer"),
        )
    }  # fmt: skip
    return Town(areas, parties)


def place(kind: Kind, x: float, y: float) -> BaseGeometry:
    """A place in the town, in thousandths of a degree from its corner."""
    lon, lat = WEST + x / 1000, SOUTH + y / 1000
    if kind in (Kind.CABLE, Kind.DUCT):
        return LineString([(lon, lat), (lon + 0.002, lat)])
    return Point(lon, lat)


def add(
    connection: Connection,
    kind: Kind,
    at: tuple[float, float] = (150, 100),
    *,
    fields: dict[str, Any] | None = None,
    status: Status = Status.IN_USE,
    **more: Any,
) -> tuple[int, str]:
    """Register one asset; its id and code."""
    draft = Draft(
        kind, f"{kind} {at[0]:g} {at[1]:g}", place(kind, *at), fields=fields or {}, status=status, **more
    )
    made = register(connection, [draft])[0]
    return made.id, made.code


def works(connection: Connection, city_id: int, acts: Sequence[tuple[str, date]] = (), **values: Any) -> int:
    """Register works; the id."""
    shape = from_shape(box(WEST + 0.15, SOUTH + 0.1, WEST + 0.151, SOUTH + 0.101), 4326)
    plain = {"code": "W-1", "name": "示例工程", "work_kind": "new", "city_id": city_id, "geom": shape}
    done = [{"act": act, "done_on": on, "basis": "test file"} for act, on in acts]
    return ledger_store.add_project(connection, plain | values, done)


def show(connection: Connection, fact: str, holds: bool | None, on: date, **subject: int) -> None:
    """Record evidence."""
    connection.execute(
        insert(evidence).values(fact=fact, holds=holds, basis="test file", known_on=on, **subject)
    )


def list_area(connection: Connection, city_id: int, shape: BaseGeometry, **values: Any) -> int:
    """Put a key area on a government's list; the id."""
    plain = {
        "code": "K-1",
        "city_id": city_id,
        "name": "示例广场",
        "geom": from_shape(shape, 4326),
        "list_title": "示例名单",
        "issued_by": "示例市政府",
        "issued_on": date(2020, 1, 1),
    }
    key: int = connection.scalar(insert(key_area).values(**plain | values).returning(key_area.c.id))
    return key


HEAD = """
[instrument]
key = "{key}"
title = {{ zh = "示例条例", en = "Sample regulation" }}
short = {{ zh = "示例", en = "Sample" }}
kind = "local_regulation"
force = "{force}"
areas = {areas}
in_force_from = {since}
last_checked = 2026-11-21
mark = "V"
"""
CLAUSE = """
[[clause]]
key = "{key}"
article = "{key}"
modality = "{modality}"
title = {{ zh = "示例", en = "Sample" }}
statement = {{ zh = "示例要求。", en = "A sample." }}
subject = "{subject}"
addressee = {addressee}
effect = "{effect}"
{tests}
"""
BUILDING = 'when = { fact = "kind", is = "public_building" }'


def clause(
    key: str,
    tests: str = BUILDING,
    *,
    subject: str = "asset",
    modality: str = "shall",
    effect: str = "inform",
    addressee: str = '["controller"]',
) -> str:
    """The text of one clause."""
    return CLAUSE.format(
        key=key, tests=tests, subject=subject, modality=modality, effect=effect, addressee=addressee
    )


def book(
    key: str,
    *clauses: str,
    areas: str = f'["{CITY_CODE}"]',
    since: str = "2020-01-01",
    force: str = "in_force",
    more: str = "",
) -> Rulebook:
    """A rulebook read from text, as every rulebook is."""
    head = HEAD.format(key=key, force=force, areas=areas, since=since)
    return reading.read(f"{key}.toml", head + "".join(clauses) + more, frozenset())
