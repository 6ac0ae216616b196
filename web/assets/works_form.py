"""Works as a form and on their page: text as it was sent into values, the duties of works, their place on a map."""

import json
from collections.abc import Mapping
from typing import Any

import shapely
from shapely.geometry.base import BaseGeometry

from infra_registry.access import SERVICE
from infra_registry.assets.projects import Project
from infra_registry.db import Connection
from infra_registry.db.connection import acting_as
from infra_registry.duties.judging import asking, duty_words
from infra_registry.errors import Fault, Invalid
from infra_registry.rules.engine import Standing
from infra_registry.rules.model import SubjectKind
from web.assets import asset_form as values
from web.assets.asset_form import NOT_DRAWN, drawn
from web.site.context import locale
from web.site.errors import messages

STATED = {"true": True, "false": False}
SHOWN = (
    Standing.BINDS,
    Standing.CONDITIONS_NOT_SHOWN,
    Standing.SCOPE_NOT_SHOWN,
    Standing.ENCOURAGED,
    Standing.DRAFT,
)


def project(connection: Connection, form: Mapping[str, str]) -> Project:
    """New works from a form; Invalid names every wrong value."""
    changed, place = change(connection, form, needed=True)
    if place is None:
        raise Invalid([Fault("place", "", "works.need_place", "116.5871,35.4153")])
    return Project(geometry=place, **changed)


def change(
    connection: Connection, form: Mapping[str, str], *, needed: bool = False
) -> tuple[dict[str, Any], BaseGeometry | None]:
    """What a form says about works, and where they are; None where the place is left as it was."""
    faults: list[Fault] = []
    columns: dict[str, Any] = {
        "name": form.get("name", "").strip(),
        "name_en": form.get("name_en", "").strip() or None,
        "work_kind": form.get("work_kind", ""),
        "funding": form.get("funding", "") or "not_stated",
        "setting": form.get("setting", "") or None,
        "designated": STATED.get(form.get("designated", "")),
        "in_town": STATED.get(form.get("in_town", "")),
        "builds": list(built(form)) or None,
        "starts_on": values.day(form, "starts_on", faults),
        "ends_on": values.day(form, "ends_on", faults),
        "builder_id": values.party(connection, form, "builder", faults),
    }
    place_text = form.get("place", "").strip()
    shape_drawn = _drawn(place_text, line=form.get("as_line") == "1") if place_text else None
    if (place_text or needed) and shape_drawn is None:
        faults.append(Fault("place", place_text[:40], "works.need_place", "116.5871,35.4153"))
    values.refuse(faults)
    return columns, shape_drawn


def built(form: Mapping[str, Any]) -> tuple[str, ...]:
    """Kinds of infrastructure a form names."""
    listed = form.getlist("builds") if hasattr(form, "getlist") else form.get("builds") or ()
    return tuple(str(kind) for kind in listed)[:20]


def as_form(row: Any) -> dict[str, Any]:
    """Works as the fields of their form."""

    stated = {None: "", True: "true", False: "false"}
    return {
        **{name: getattr(row, name) for name in ("name", "name_en", "work_kind", "funding", "version")},
        **{name: getattr(row, name) or "" for name in ("setting", "starts_on", "ends_on")},
        **{name: stated[getattr(row, name)] for name in ("designated", "in_town")},
        "builder": row.builder_code or "",
        "builds": row.builds or (),
    }


def place(row: Any) -> dict[str, Any]:
    """The place of works as GeoJSON, for the small map."""
    geojson: dict[str, Any] = json.loads(row.geojson)
    return geojson


def duties(connection: Connection, in_force: Any, code: str, on: Any) -> list[dict[str, Any]]:
    """What the law asks of works, ready to be shown."""
    with acting_as(connection, SERVICE):
        answer = asking.of(connection, in_force, SubjectKind.PROJECT, code, on)
    return [
        {
            "duty": duty,
            "state": duty_words.state(duty, locale()),
            "missing": duty_words.missing(duty, locale()),
        }
        for duty in answer.duties
        if duty.standing in SHOWN
    ]


def messages_of(error: Invalid) -> dict[str, str]:
    """Messages by field of the form."""
    return {name.removesuffix("_id"): text for name, text in messages(error).items()}


def _drawn(text: str, *, line: bool) -> BaseGeometry | None:
    """A line or area from points or GeoJSON; None when it is neither, crosses itself or leaves the earth."""
    two_points = sum(1 for row in text.splitlines() if row.strip()) == 2
    try:
        geometry = shapely.force_2d(drawn(text, closed=not (line or two_points)))
    except NOT_DRAWN:
        return None
    west, south, east, north = geometry.bounds if not geometry.is_empty else (999.0,) * 4
    inside = -180 <= west <= east <= 180 and -90 <= south <= north <= 90
    return (
        geometry if inside and geometry.is_valid and shapely.get_num_coordinates(geometry) < 10_000 else None
    )
