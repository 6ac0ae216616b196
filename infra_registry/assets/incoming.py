"""Values from a form or the interface, with parties and hosts named by code, made into a draft or a change."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

import shapely
from shapely.geometry.base import BaseGeometry
from sqlalchemy import Connection

from infra_registry.access import Actor
from infra_registry.assets import store
from infra_registry.assets.draft import MAX_VERTICES, Draft
from infra_registry.assets.edit import Change
from infra_registry.assets.kinds import Kind, Status
from infra_registry.errors import Fault, Invalid
from infra_registry.parties import store as parties

PLAIN = ("name", "name_en", "address", "owner_ref")
NAMED = {"owner": "owner_id", "operator": "operator_id", "host": "host_id", "controller": "controller_id"}
GEOMETRY_TYPES = ("Point", "LineString", "MultiLineString", "Polygon", "MultiPolygon")


def draft(connection: Connection, actor: Actor, values: Mapping[str, Any]) -> Draft:
    """A draft from named values; the actor's party owns it when no owner is named. Raises Invalid."""
    named = _named(connection, values)
    if "owner" not in values and actor.party_id:
        named["owner_id"] = actor.party_id
    new_draft = Draft(
        Kind(values["kind"]),
        str(values["name"]).strip(),
        geometry(values["geometry"]),
        Status(values.get("status") or Status.IN_USE),
        dict(values.get("fields_") or {}),
        name_en=values.get("name_en") or None,
        address=values.get("address") or None,
        owner_ref=values.get("owner_ref") or None,
    )
    return replace(new_draft, **named)  # type: ignore[arg-type]


def change(connection: Connection, values: Mapping[str, Any]) -> Change:
    """A change from named values; only what is named changes. Raises Invalid."""
    columns = {name: values[name] for name in PLAIN if name in values} | _named(connection, values)
    shape = geometry(values["geometry"]) if values.get("geometry") else None
    day = values.get("valid_from")
    return Change(columns, dict(values.get("fields_") or {}), shape, day if isinstance(day, date) else None)


def geometry(value: Any) -> BaseGeometry:
    """A shapely geometry from GeoJSON in EPSG:4326; raises Invalid ``geometry.*``."""
    if not isinstance(value, dict) or value.get("type") not in GEOMETRY_TYPES:
        type_name = value.get("type") if isinstance(value, dict) else value
        raise Invalid([Fault("geometry", str(type_name)[:60], "geometry.type", " | ".join(GEOMETRY_TYPES))])
    if _numbers(value.get("coordinates")) > 3 * MAX_VERTICES:
        raise Invalid([Fault("geometry", value["type"], "geometry.too_many", str(MAX_VERTICES))])
    try:
        shape: BaseGeometry = shapely.force_2d(shapely.geometry.shape(value))
    except (ValueError, TypeError, KeyError, AttributeError, IndexError, shapely.GEOSException) as error:
        example = '{"type": "Point", "coordinates": [116.58, 35.41]}'
        raise Invalid([Fault("geometry", value["type"], "geometry.coordinates", example)]) from error
    return shape


def _numbers(coordinates: Any) -> int:
    """How many numbers a nest of coordinates holds; walked without recursion, so depth cannot hurt."""
    total, waiting = 0, [coordinates]
    while waiting:
        item = waiting.pop()
        if isinstance(item, list):
            waiting.extend(item)
        else:
            total += 1
    return total


def _named(connection: Connection, values: Mapping[str, Any]) -> dict[str, int | None]:
    resolved: dict[str, int | None] = {}
    faults: list[Fault] = []
    for name, column in NAMED.items():
        if name not in values:
            continue
        code = values[name]
        if not code:
            resolved[column] = None
            continue
        ids = store.ids_of(connection, [code]) if name == "host" else parties.ids_of(connection, [code])
        if code in ids:
            resolved[column] = ids[code]
        else:
            faults.append(
                Fault(name, str(code)[:60], f"field.no_{'asset' if name == 'host' else 'party'}", "T-…")
            )
    if faults:
        raise Invalid(faults)
    return resolved
