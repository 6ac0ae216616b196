"""Reading asset forms: text as it was sent into geometry, ids and values, with every fault on its field."""

import json
from collections.abc import Mapping
from datetime import date
from math import isfinite
from typing import Any

import shapely
from shapely.geometry import LineString, Point, Polygon, shape
from shapely.geometry.base import BaseGeometry

from infra_registry import formats
from infra_registry.assets import store
from infra_registry.assets.kinds import KINDS, Kind, Shape
from infra_registry.db import Connection
from infra_registry.errors import Fault, Invalid
from infra_registry.parties import store as parties
from infra_registry.publish.record import Record
from web.site.context import current_actor

MAX_POINTS_TEXT = 2_000_000
PARTIES = ("owner", "operator", "controller")
PLAIN = ("name", "name_en", "address", "owner_ref")
NOT_DRAWN = (ValueError, TypeError, KeyError, AttributeError, RecursionError, shapely.errors.ShapelyError)


def geometry(kind: Kind, form: Mapping[str, str], faults: list[Fault]) -> BaseGeometry | None:
    """The place a form states: an outline or line where there is one, else the point; None with a fault."""
    points = (form.get("outline_points") or form.get("points") or "").strip()
    named = "points" if KINDS[kind].shape is Shape.LINE else "outline"
    if points and KINDS[kind].shape is not Shape.POINT:
        try:
            return drawn(points, closed=named == "outline")
        except NOT_DRAWN:
            faults.append(Fault(named, points[:40], "geometry.coordinates", "116.5871,35.4153"))
            return None
    if KINDS[kind].shape is Shape.LINE:
        faults.append(Fault("points", "", "geometry.coordinates", "116.5871,35.4153"))
        return None
    lon = number(form, "lon", (-180, 180), faults, "field.not_number")
    lat = number(form, "lat", (-90, 90), faults, "field.not_number")
    return Point(lon, lat) if lon is not None and lat is not None else None


def place_text(geometry: Mapping[str, Any] | None) -> dict[str, str]:
    """A GeoJSON geometry as the fields of a form."""
    if not geometry:
        return {}
    if geometry["type"] == "Point":
        return {"lon": f"{geometry['coordinates'][0]:.7f}", "lat": f"{geometry['coordinates'][1]:.7f}"}
    name = "points" if "Line" in geometry["type"] else "outline_points"
    simple = geometry["type"] == "LineString" or (
        geometry["type"] == "Polygon" and len(geometry["coordinates"]) == 1
    )
    if not simple:
        return {name: json.dumps(geometry)}
    ring = geometry["coordinates"] if geometry["type"] == "LineString" else geometry["coordinates"][0][:-1]
    return {name: "\n".join(f"{point[0]:.7f},{point[1]:.7f}" for point in ring)}


def columns(connection: Connection, form: Mapping[str, str], faults: list[Fault]) -> dict[str, Any]:
    """Own columns of an asset: names, address, parties and host by their codes."""
    values: dict[str, Any] = {name: form.get(name, "").strip() or None for name in PLAIN}
    values |= {f"{role}_id": party(connection, form, role, faults) for role in PARTIES}
    host = form.get("host", "").strip().upper()
    values["host_id"] = store.ids_of(connection, [host]).get(host) if host else None
    if host and values["host_id"] is None:
        faults.append(Fault("host", host[:60], "field.no_asset", ""))
    if not values["name"] or len(values["name"]) > 200:
        faults.append(Fault("name", (values["name"] or "")[:60], "field.required", "1 … 200"))
    faults += [
        Fault(name, values[name][:60], "field.too_long", "0 … 200")
        for name in ("name_en", "address", "owner_ref")
        if values[name] and (len(values[name]) > 200 or not values[name].isprintable())
    ]
    return values


def party(
    connection: Connection, form: Mapping[str, str], name: str, faults: list[Fault], *, required: bool = False
) -> int | None:
    """The id of the organisation whose code a form holds; None when it is empty."""
    code = form.get(name, "").strip()
    party_id = parties.ids_of(connection, [code]).get(code) if code else None
    if code and party_id is None:
        faults.append(Fault(name, code[:60], "field.no_party", ""))
    if required and not code:
        faults.append(Fault(name, "", "field.required", ""))
    return party_id


def own_party(connection: Connection) -> str:
    """The code of the actor's own organisation; empty without one."""
    own = current_actor().party_id
    return next((party.code for party in parties.choices(connection) if party.id == own), "")


def fields(kind: Kind, form: Mapping[str, str]) -> dict[str, str]:
    """Fields of the kind as they were sent."""
    return {field.name: form.get(f"v_{field.name}", "") for field in KINDS[kind].fields}


def day(form: Mapping[str, str], name: str, faults: list[Fault], *, required: bool = False) -> date | None:
    """A date of a form; None when it is empty."""
    text = form.get(name, "").strip()
    if not text:
        if required:
            faults.append(Fault(name, "", "field.required", "2026-01-31"))
        return None
    written = formats.day(text)
    if written is None:
        faults.append(Fault(name, text[:40], "field.not_date", "2026-01-31"))
    elif not 1900 <= written.year <= 2200:
        faults.append(Fault(name, text[:40], "field.out_of_range", "1900 … 2200"))
    return written


def number(
    form: Mapping[str, str],
    name: str,
    bounds: tuple[float, float],
    faults: list[Fault],
    code: str = "field.out_of_range",
) -> float | None:
    """A finite number of a form within bounds; None with a fault of this code."""
    text = form.get(name, "").strip()
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if not (isfinite(value) and bounds[0] <= value <= bounds[1]):
        faults.append(Fault(name, text[:40], code, f"{bounds[0]:g} … {bounds[1]:g}"))
        return None
    return value


def refuse(faults: list[Fault]) -> None:
    """Raise Invalid when there is a fault."""
    if faults:
        raise Invalid(faults)


def as_form(record: Record) -> dict[str, str]:
    """A record as the fields of its form, so that what is registered stands in it."""
    values, more = record.item.values, record.more
    plain = {name: values.get(name) for name in ("name", "name_en", "address")}
    plain |= {"owner": values.get("owner_code"), "operator": values.get("operator_code")}
    plain |= {"controller": more.get("controller_code")}
    plain |= {name: more.get(name) for name in ("host", "owner_ref")}
    return {
        **{name: value or "" for name, value in plain.items()},
        **{f"v_{name}": _text(value) for name, value in record.fields.items()},
        **place_text(record.item.geometry),
        "version": str(record.version),
    }


def same_place(record: Record, place: BaseGeometry) -> bool:
    """True when the form's place is the registered one, to a centimetre."""
    return bool(shapely.equals_exact(shape(record.item.geometry), place, tolerance=1e-7))


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:g}" if isinstance(value, float) and abs(value) < 1e6 else str(value)


def drawn(text: str, *, closed: bool) -> BaseGeometry:
    """A line or area from "longitude,latitude" lines or GeoJSON; one of ``NOT_DRAWN`` when it is neither."""
    if len(text) > MAX_POINTS_TEXT:
        raise ValueError("too long")
    if text.startswith("{"):
        geometry: BaseGeometry = shape(json.loads(text, parse_constant=_no_constant))
        return geometry
    points = []
    for line in text.splitlines():
        if line.strip():
            lon, lat = (float(part) for part in line.replace("，", ",").split(","))
            points.append((lon, lat))
    return Polygon(points) if closed else LineString(points)


def _no_constant(text: str) -> float:
    raise ValueError(text)
