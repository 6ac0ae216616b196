"""A new asset before it is written: its values and everything that is wrong with them. Pure."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import shapely
from shapely.geometry.base import BaseGeometry

from infra_registry.assets.fields import parse
from infra_registry.assets.kinds import KINDS, Kind, Shape, Status
from infra_registry.assets.kinds import field as declared
from infra_registry.errors import Fault

# What GEOS calls the fault of a shape.
INVALID = {
    "self-intersection": "geometry.invalid.crossing",
    "ring self-intersection": "geometry.invalid.crossing",
    "hole lies outside shell": "geometry.invalid.hole",
    "holes are nested": "geometry.invalid.hole",
    "interior is disconnected": "geometry.invalid.torn",
    "nested shells": "geometry.invalid.twice",
    "duplicate rings": "geometry.invalid.twice",
    "too few points in geometry component": "geometry.invalid.points",
}
MAX_VERTICES = 100_000
LEAST_REASON, MOST_REASON = 10, 500
LONGEST_WITHHELD = timedelta(days=366)
_TYPES = {
    Shape.POINT: {"Point"},
    Shape.LINE: {"LineString", "MultiLineString"},
    Shape.POINT_OR_AREA: {"Point", "Polygon", "MultiPolygon"},
}
_EXPECTED = {Shape.POINT: "POINT", Shape.LINE: "LINESTRING", Shape.POINT_OR_AREA: "POINT | POLYGON"}


@dataclass(frozen=True, slots=True)
class SentPlace:
    """The sender's own coordinates, as text, with the datum he declared and what was found about it."""

    sent: str
    declared_crs: str
    detected_crs: str | None = None
    method: str | None = None
    error_m: float | None = None


@dataclass(frozen=True, slots=True)
class Draft:
    """An asset to be registered. ``geometry`` is in EPSG:4326; ``fields`` are those of its kind.

    ``access_class`` None takes the default of kind and city; P4 wants what ``withholding_faults`` checks.
    An owner or operator that is no registered party stays as worded in ``*_stated``; none at all is "not stated".
    """

    kind: Kind
    name: str
    geometry: BaseGeometry
    status: Status = Status.IN_USE
    fields: dict[str, Any] = field(default_factory=dict)
    name_en: str | None = None
    address: str | None = None
    owner_id: int | None = None
    operator_id: int | None = None
    controller_id: int | None = None
    owner_stated: str | None = None
    operator_stated: str | None = None
    host_id: int | None = None
    project_id: int | None = None
    source_id: int | None = None
    batch_id: int | None = None
    owner_ref: str | None = None
    weak_key: str | None = None
    access_class: str | None = None
    withheld_reason: str | None = None
    withheld_review_on: date | None = None
    valid_from: date | None = None
    sample: bool = False
    sent: SentPlace | None = None
    code: str | None = None


@dataclass(frozen=True, slots=True)
class Registered:
    """What came of a draft."""

    id: int
    code: str


def check(draft: Draft) -> list[Fault]:
    """Every fault of a draft that needs no register: name, geometry, fields of the kind."""
    faults = geometry_faults(draft.kind, draft.geometry)
    if not 1 <= len(draft.name.strip()) <= 200:
        faults.append(Fault("name", draft.name[:80], "field.required", "1 … 200"))
    for name, raw in draft.fields.items():
        try:
            spec = declared(draft.kind, name)
        except KeyError:
            allowed = " | ".join(item.name for item in KINDS[draft.kind].fields)
            faults.append(Fault(name, str(raw)[:80], "field.unknown", allowed))
            continue
        fault = parse(spec, raw)[1]
        if fault:
            faults.append(fault)
    return faults


def withholding_faults(reason: str | None, review_on: date | None, today: date) -> list[Fault]:
    """What is wrong with a withholding: the reason's length, a review after today and within a year."""
    faults, reason = [], (reason or "").strip()
    if not LEAST_REASON <= len(reason) <= MOST_REASON:
        expected = f"{LEAST_REASON} … {MOST_REASON}"
        faults.append(Fault("reason", reason[:40], "withhold.reason_length", expected))
    if review_on is None or not today < review_on <= today + LONGEST_WITHHELD:
        expected = f"{today + timedelta(days=1)} … {today + LONGEST_WITHHELD}"
        faults.append(
            Fault("review_on", review_on.isoformat() if review_on else "", "withhold.review_day", expected)
        )
    return faults


def geometry_faults(kind: Kind, geometry: BaseGeometry | None) -> list[Fault]:
    """What is wrong with a geometry in EPSG:4326 for this kind: type, emptiness, finiteness, range, validity, size."""
    expected = _EXPECTED[KINDS[kind].shape]
    if geometry is None or geometry.is_empty:
        return [Fault("geometry", None, "geometry.empty", expected)]
    shown = geometry.geom_type
    if shown not in _TYPES[KINDS[kind].shape]:
        return [Fault("geometry", shown, "geometry.type", expected)]
    coordinates = shapely.get_coordinates(geometry)
    if len(coordinates) > MAX_VERTICES:
        return [Fault("geometry", len(coordinates), "geometry.too_many", str(MAX_VERTICES))]
    (west, south), (east, north) = coordinates.min(0), coordinates.max(0)
    # A comparison with NaN is false, so NaN and infinity fall out here too.
    if not (west >= -180 and east <= 180 and south >= -90 and north <= 90):
        shown = f"{west:g} {south:g} {east:g} {north:g}"
        return [Fault("geometry", shown, "geometry.range", "-180 … 180, -90 … 90")]
    if not geometry.is_valid:
        return [_broken(geometry, expected)]
    return []


def _broken(geometry: BaseGeometry, expected: str) -> Fault:
    """Why a shape is not valid, as a code of ours, with the place GEOS names as the value."""
    reason, _, place = shapely.is_valid_reason(geometry).partition("[")
    code = INVALID.get(reason.strip().casefold(), "geometry.invalid")
    return Fault("geometry", place.rstrip("]")[:80], code, expected)
