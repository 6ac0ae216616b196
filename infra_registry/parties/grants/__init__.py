"""Grants of exact places: given and revoked by the regulator of the city, for a purpose and until a date."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import shapely
from shapely.errors import ShapelyError
from shapely.geometry import MultiPolygon, Polygon, shape
from sqlalchemy import Connection

from infra_registry import codes
from infra_registry.access import Actor, Permission, require
from infra_registry.db.aliases import current
from infra_registry.errors import Fault, Forbidden, Invalid, NotFound
from infra_registry.parties import store as parties
from infra_registry.parties import ties
from infra_registry.parties.grants import store
from infra_registry.parties.grants.store import Grant

__all__ = ["Grant", "Wanted", "give", "listed", "of_party", "revoke"]

LONGEST = timedelta(days=731)
MOST_VERTICES = 20_000
MOST_TEXT = 500_000
SLIVER = 0.999  # boundaries of districts and of their city differ by slivers


@dataclass(frozen=True, slots=True)
class GrantRequest:
    """A grant to be given. The area is that of the districts (or cities) named, or a drawn GeoJSON area."""

    party: str
    purpose: str
    ends_at: datetime | None
    areas: tuple[str, ...] = ()
    drawn: str = ""


def give(connection: Connection, actor: Actor, request: GrantRequest) -> tuple[str, int]:
    """Give the grant: its code and how many assets it opens. Raises Invalid; Forbidden outside one's cities."""
    require(actor, Permission.GRANT_GIVE)
    faults = _faults(request)
    party_id = parties.ids_of(connection, [request.party]).get(request.party)
    if party_id is None:
        faults.append(Fault("party", request.party[:40], "grant.party", "U-…"))
    wkb = None
    try:
        wkb = _drawn(request.drawn) if request.drawn else _districts(connection, request.areas)
    except Invalid as refused:
        faults += refused.faults
    if faults or wkb is None or party_id is None:
        raise Invalid(faults)
    ties.refuse_tied(connection, party_id, "grant.own_party")
    cities = "*" if actor.service else actor.regulated()
    part = store.inside(connection, wkb, cities)
    if part.wkb is None or not part.share or part.share < SLIVER:
        raise Forbidden("grant.outside")
    values = {
        "code": codes.new("grant"),
        "party_id": party_id,
        "purpose": request.purpose.strip(),
        "wkb": bytes(part.wkb),
        "ends_at": request.ends_at,
        "granted_by": actor.user_id or None,
    }
    return str(values["code"]), store.add(connection, values)


def revoke(connection: Connection, actor: Actor, code: str) -> None:
    """End a grant of one's city now; what it opened is closed with the next request."""
    require(actor, Permission.GRANT_GIVE)
    code = current(connection, code, "grant")
    grants = {grant.code: grant for grant in listed(connection, actor)}
    if code not in grants:
        raise NotFound("thing.missing")
    if not grants[code].mine:
        raise Forbidden("grant.outside")
    store.revoke(connection, code)


def listed(connection: Connection, actor: Actor, *, all_times: bool = False) -> list[Grant]:
    """Grants this actor may see: live and coming ones, or all there ever were."""
    return store.listed(connection, "*" if actor.service else actor.regulated(), all_times=all_times)


def of_party(connection: Connection, actor: Actor) -> list[Grant]:
    """Live grants of the actor's own party."""
    if not actor.party_id:
        return []
    return store.listed(connection, "", party_id=actor.party_id)


def _faults(request: GrantRequest) -> list[Fault]:
    faults = []
    if not 4 <= len(request.purpose.strip()) <= 300:
        faults.append(Fault("purpose", request.purpose[:40], "grant.purpose", "4 … 300"))
    now = datetime.now(UTC)
    if request.ends_at is None or not now < request.ends_at <= now + LONGEST:
        latest = (now + LONGEST).date().isoformat()
        faults.append(Fault("ends_on", request.ends_at, "grant.end", latest))
    return faults


def _districts(connection: Connection, codes: tuple[str, ...]) -> bytes:
    wkb = store.districts_wkb(connection, list(codes)[:200]) if codes else None
    if wkb is None:
        raise Invalid([Fault("areas", ", ".join(codes)[:80], "grant.areas")])
    return wkb


def _drawn(text: str) -> bytes:
    try:
        geometry = shape(_geometry(json.loads(text if len(text) <= MOST_TEXT else "")))
    except (ValueError, TypeError, KeyError, AttributeError, IndexError, RecursionError, ShapelyError):
        geometry = None
    if isinstance(geometry, Polygon):
        geometry = MultiPolygon([geometry])
    if not isinstance(geometry, MultiPolygon) or not _usable(geometry):
        raise Invalid([Fault("drawn", text[:80], "grant.drawn", "Polygon")])
    return bytes(shapely.to_wkb(geometry, output_dimension=2))


def _usable(value: MultiPolygon) -> bool:
    if value.is_empty or not value.is_valid or shapely.get_num_coordinates(value) > MOST_VERTICES:
        return False
    west, south, east, north = value.bounds
    return bool(-180 <= west <= east <= 180 and -90 <= south <= north <= 90)


def _geometry(value: Any) -> Any:
    if value["type"] == "FeatureCollection":
        if len(value["features"]) != 1:
            raise ValueError("one feature")
        value = value["features"][0]
    return value["geometry"] if value["type"] == "Feature" else value
