"""Towns under different rulebooks, with a holder, a carrier and a regulator: the ground of tests about the law."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from geoalchemy2.shape import from_shape
from shapely.geometry import LineString, MultiPolygon, Point, box
from sqlalchemy import insert

from infra_registry import codes
from infra_registry.access import Actor, Role, RoleGrant
from infra_registry.areas.tables import area, area_boundary
from infra_registry.assets.draft import Draft
from infra_registry.assets.kinds import Kind, Status
from infra_registry.assets.projects import Act, Project, add
from infra_registry.assets.register import register
from infra_registry.parties.tables import party, user_account, user_role

# Town → area code and the west of its square: five under a rulebook, one where no instrument speaks.
TOWNS = {
    "jining": ("370800", 116.0),
    "yingtan": ("360600", 117.0),
    "chengdu": ("510100", 104.0),
    "jilin": ("220200", 126.0),
    "yinchuan": ("640100", 106.0),
    "nowhere": ("999900", 90.0),
}
SOUTH = 30.0


@dataclass(frozen=True)
class Towns:
    """Ids of cities and parties; actors: ``holder``, ``rival``, ``carrier``, ``other_carrier``, ``regulator``."""

    cities: dict[str, int]
    parties: dict[str, int]
    actors: dict[str, Actor]


def settle(connection) -> Towns:
    """Make the towns, four organisations and their people; the regulator is Yinchuan's and Jilin's and Yingtan's."""
    parties = {
        name: connection.scalar(
            insert(party).values(code=name, name=f"{name}单位", kind=kind).returning(party.c.id)
        )
        for name, kind in (
            ("holder", "public_body"),
            ("rival", "public_body"),
            ("carrier", "carrier"),
            ("other_carrier", "carrier"),
        )
    }
    cities = {}
    for name, (code, west) in TOWNS.items():
        cities[name] = connection.scalar(
            insert(area)
            .values(scheme="gb2260", code=code, name=f"{name}市", level="city")
            .returning(area.c.id)
        )
        square = MultiPolygon([box(west, SOUTH, west + 0.5, SOUTH + 0.5)])
        connection.execute(insert(area_boundary).values(area_id=cities[name], geom=from_shape(square, 4326)))
    editor = (Role.OWNER_EDITOR, None)
    carrier = ((Role.CARRIER_EDITOR, None), (Role.SEEKER, None))
    watched = tuple((Role.REGULATOR, cities[name]) for name in TOWNS if name != "chengdu")
    actors = {
        "holder": user(connection, "holder", parties["holder"], editor),
        "rival": user(connection, "rival", parties["rival"], editor),
        "carrier": user(connection, "carrier", parties["carrier"], *carrier),
        "other_carrier": user(connection, "other_carrier", parties["other_carrier"], *carrier),
        "regulator": user(connection, "regulator", None, *watched),
    }
    return Towns(cities, parties, actors)


def user(connection, name: str, party_id: int | None, *roles: tuple[Role, int | None]) -> Actor:
    """A person with roles."""
    key = connection.scalar(
        insert(user_account)
        .values(login=name, name=name, password_hash="-", party_id=party_id)
        .returning(user_account.c.id)
    )
    for role, city in roles:
        connection.execute(insert(user_role).values(user_id=key, role=role.value, area_id=city))
    return Actor(key, party_id or 0, name, frozenset(RoleGrant(role, city) for role, city in roles))


def place(town: str, n: int = 0) -> Point:
    """The n-th place of a town."""
    return Point(TOWNS[town][1] + 0.05 + 0.003 * (n % 100), SOUTH + 0.05 + 0.003 * (n // 100))


def building(connection, towns: Towns, town: str, n: int = 0, **values) -> str:
    """A hall that every rulebook with a duty of opening means; its code."""
    fields = {
        "form": "building",
        "venue": "sports_venue",
        "controller_type": "state_organ",
        "funding": "government",
    }
    spot = values.pop("geometry", place(town, n))
    own = {
        "owner_id": towns.parties["holder"],
        "controller_id": towns.parties["holder"],
        "access_class": "P1",
        "valid_from": date(2015, 1, 1),
        "fields": fields | values.pop("fields", {}),
    }
    draft = Draft(Kind.PUBLIC_BUILDING, f"{town}体育馆{n}", spot, **(own | values))
    return register(connection, [draft])[0].code


def plant(connection, towns: Towns, town: str, kind: Kind = Kind.TOWER, **values) -> str:
    """Plant of the carrier; its code."""
    own: dict[str, Any] = {
        "owner_id": towns.parties["carrier"],
        "status": Status.BUILDING,
        "valid_from": date(2026, 1, 5),
    }
    spot = place(town)
    shape = LineString([spot, Point(spot.x + 0.002, spot.y)]) if kind in (Kind.DUCT, Kind.CABLE) else spot
    return register(connection, [Draft(kind, f"{town}{kind}", shape, **(own | values))])[0].code


def works(connection, towns: Towns, town: str, acts: tuple[str, ...] = (), **values) -> tuple[int, str]:
    """Works of the carrier with acts done on 2026-06-01; id and code."""
    own: dict[str, Any] = {
        "builder_id": towns.parties["carrier"],
        "work_kind": "new",
        "starts_on": date(2026, 3, 1),
    }
    code = codes.new("works")
    shape = {"geometry": place(town).buffer(0.001)}
    project = Project(f"{town}工程", code=code, **(own | shape | values))
    done = [Act(act, date(2026, 6, 1), "验收单第3号") for act in acts]
    return add(connection, project, done), code
