"""A small register with every kind, class and tie, for tests of what may be read."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from geoalchemy2.shape import from_shape
from shapely.geometry import LineString, MultiPolygon, Point, Polygon, box
from sqlalchemy import insert

from infra_registry.access import ANONYMOUS, SERVICE, Actor, Role, RoleGrant
from infra_registry.areas.tables import area, area_boundary
from infra_registry.assets.draft import Draft
from infra_registry.assets.kinds import KINDS, Kind, Shape
from infra_registry.assets.register import register
from infra_registry.config import today
from infra_registry.db import Database
from infra_registry.parties.tables import party, place_grant, user_account, user_role

WEST, SOUTH = 116.5, 35.3
CITY = box(WEST - 0.1, SOUTH - 0.1, WEST + 0.4, SOUTH + 0.4)
GRANTED = box(WEST, SOUTH, WEST + 0.06, SOUTH + 0.3)
CLASSES = ("P0", "P1", "P2", "P3", "P4")
FIELDS: dict[Kind, dict[str, Any]] = {
    Kind.DUCT: {"bore_count": 4, "cover_depth_m": 1.2},
    Kind.TOWER: {"height_m": 45, "remaining_load_kn": 3.5},
    Kind.PUBLIC_BUILDING: {"venue": "hospital", "security_ground": "SECRETGROUND"},
}


@dataclass(frozen=True)
class Filled:
    """What was registered: actors by name, exact geometry, owner and class by code."""

    actors: dict[str, Actor]
    drafts: dict[str, Draft]
    parties: dict[str, int]
    city_id: int
    grant_id: int


def shape_of(kind: Kind, lon: float, lat: float):
    """A geometry of the kind's family near a place."""
    if KINDS[kind].shape is Shape.LINE:
        return LineString([(lon, lat), (lon + 0.004, lat + 0.003), (lon + 0.013, lat + 0.002)])
    if KINDS[kind].shape is Shape.POINT_OR_AREA and kind is Kind.PREMISES:
        return Polygon([(lon, lat), (lon + 0.002, lat), (lon + 0.002, lat + 0.002), (lon, lat)])
    return Point(lon, lat)


def fill(database: Database) -> Filled:
    """Register each kind in each class, inside and outside the granted area, for two owners."""
    with database.use_case(SERVICE) as connection:
        parties = {
            name: connection.scalar(
                insert(party).values(code=name, name=f"{name} party", kind="carrier").returning(party.c.id)
            )
            for name in ("owner", "rival", "guest")
        }
        city_id = connection.scalar(
            insert(area)
            .values(scheme="gb2260", code="370800", name="示例市", level="city")
            .returning(area.c.id)
        )
        connection.execute(
            insert(area_boundary).values(area_id=city_id, geom=from_shape(MultiPolygon([CITY]), 4326))
        )
        drafts = _drafts(parties)
        made = register(connection, drafts)
        now = datetime.now(UTC)
        grant_id = connection.scalar(
            insert(place_grant)
            .values(
                code="G1",
                party_id=parties["guest"],
                purpose="school fibre",
                starts_at=now - timedelta(days=1),
                ends_at=now + timedelta(days=1),
                geom=from_shape(MultiPolygon([GRANTED]), 4326),
            )
            .returning(place_grant.c.id)
        )
        actors = {"anonymous": ANONYMOUS} | {
            name: _user(connection, name, parties.get(who), roles, city_id)
            for name, who, roles in (
                ("seeker", None, (Role.SEEKER,)),
                ("grantee", "guest", (Role.SEEKER,)),
                ("carrier_editor", "owner", (Role.CARRIER_EDITOR, Role.SEEKER)),
                ("owner_editor", "rival", (Role.OWNER_EDITOR,)),
                ("regulator", None, (Role.REGULATOR,)),
                ("case_handler", None, (Role.CASE_HANDLER,)),
                ("auditor", None, (Role.AUDITOR,)),
                ("system_admin", None, (Role.SYSTEM_ADMIN,)),
                ("security_admin", None, (Role.SECURITY_ADMIN,)),
            )
        }
    by_code = {item.code: draft for item, draft in zip(made, drafts, strict=True)}
    return Filled(actors, by_code, parties, city_id, grant_id)


def _drafts(parties: dict[str, int]) -> list[Draft]:
    drafts = []
    for i, kind in enumerate(Kind):
        for j, access in enumerate(CLASSES):
            for k, owner in enumerate(("owner", "rival")):
                lon = WEST + 0.003 + 0.012 * j + 0.1 * k + i * 0.0007
                lat = SOUTH + 0.02 * i + 0.0031 * j
                withheld: dict[str, Any] = {
                    "withheld_reason": "named by the owner",
                    "withheld_review_on": today() + timedelta(days=90),
                }
                drafts.append(
                    Draft(
                        kind,
                        f"NAME-{kind}-{access}-{owner}",
                        shape_of(kind, lon, lat),
                        fields=FIELDS.get(kind, {}),
                        owner_id=parties[owner],
                        operator_id=parties[owner],
                        access_class=access,
                        address=f"ADDRESS-{kind}-{access}-{owner}",
                        owner_ref=f"REF-{kind}-{access}-{owner}",
                        **(withheld if access == "P4" else {}),
                    )
                )
    return drafts


def _user(connection, name: str, party_id: int | None, roles: tuple[Role, ...], city_id: int) -> Actor:
    user_id = connection.scalar(
        insert(user_account)
        .values(login=name, name=name, password_hash="-", party_id=party_id)
        .returning(user_account.c.id)
    )
    area_id = city_id if Role.REGULATOR in roles else None
    for role in roles:
        connection.execute(insert(user_role).values(user_id=user_id, role=role.value, area_id=area_id))
    return Actor(user_id, party_id or 0, name, frozenset(RoleGrant(role, area_id) for role in roles))


def standing(filled: Filled, who: str, draft: Draft) -> int:
    """What the rules say, written a second time in Python: 4 whole, 3 granted, 2 seeker, 1 public."""
    actor = filled.actors[who]
    if who == "regulator" or (actor.party_id and actor.party_id in (draft.owner_id, draft.operator_id)):
        return 4
    if who == "grantee" and draft.geometry.covered_by(GRANTED):
        return 3
    return 2 if actor.has(Role.SEEKER) else 1


def level(filled: Filled, who: str, draft: Draft) -> str | None:
    """The level this reader must be shown an asset at; None when he must not see it."""
    mine, access = standing(filled, who, draft), draft.access_class
    if mine == 4 or access == "P1" or (mine == 3 and access != "P4"):
        return "exact"
    if access in ("P0", "P4"):
        return None
    return "hundred" if access == "P2" and mine == 2 else "cell"
