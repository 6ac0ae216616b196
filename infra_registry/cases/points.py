"""Where a reporter put the report: sealed under the case's own key, opened for its handlers alone."""

from collections.abc import Iterable
from contextlib import suppress
from typing import Any

from sqlalchemy import Connection

from infra_registry import audit
from infra_registry.access import Actor, Permission, require
from infra_registry.cases import desk_store, store
from infra_registry.cases.keys import Keys, seal, unseal
from infra_registry.errors import RegistryError

Point = tuple[float, float]


def seal_point(key: bytes, number: str, point: Point | None) -> bytes:
    """Longitude and latitude in degrees, encrypted; no point looks like one."""
    lon, lat = point or (None, None)
    return seal(key, {"lon": lon, "lat": lat}, bound_to=f"point:{number}")


def open_point(key: bytes, number: str, sealed: bytes | None) -> Point | None:
    """The point behind ``seal_point``; None where none was given or none is kept."""
    if not sealed:
        return None
    content = unseal(key, sealed, bound_to=f"point:{number}")
    return None if content["lon"] is None else (content["lon"], content["lat"])


def tile(connection: Connection, keys: Keys, actor: Actor, place: tuple[int, int, int]) -> bytes:
    """The vector tile (zoom, column, row) of this handler's cases with a point, empty where there is none.

    Points are opened to draw it, which is audited as one reading with their count. A case that the operator's key
    does not open is left out; its page says so.
    """
    require(actor, Permission.CASE_READ)
    spots = list(_opened(keys, desk_store.sealed_points(connection)))
    if not spots:
        return b""
    audit.note(connection, "read", "case_file", count=len(spots), facts={"what": "points"})
    return desk_store.tile(connection, spots, *place)


def _opened(keys: Keys, rows: Iterable[Any]) -> Iterable[tuple[Any, Point]]:
    for row in rows:
        with suppress(RegistryError):
            point = open_point(keys.unwrap(row.number, row.wrapped_key), row.number, row.sealed_point)
            if point is not None:
                yield row, point


def seal_open_points(connection: Connection, keys: Keys) -> tuple[int, int]:
    """As the service: seal points that releases before 0.3 kept in the open; how many now are, how many cannot be.

    A point stays open where the operator's key does not open its case.
    """
    done, shut = 0, 0
    for row in store.open_points(connection):
        try:
            key = keys.unwrap(row.number, row.wrapped_key)
        except RegistryError:
            shut += 1
            continue
        store.close_point(connection, row.id, seal_point(key, row.number, (row.lon, row.lat)))
        done += 1
    return done, shut
