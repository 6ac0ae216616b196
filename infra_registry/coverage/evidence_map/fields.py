"""Measured field strengths of an area beside what registered stations should give there, as this reader sees both."""

from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import date
from typing import Any

import shapely
from sqlalchemy import Connection

from infra_registry.areas import ground_store
from infra_registry.coverage.evidence import measurement_store
from infra_registry.coverage.evidence.comparing_fields import Compared, Dropped, Sender, Site, compare
from infra_registry.coverage.evidence.settings import field_rules
from infra_registry.coverage.grids.caps import caps
from infra_registry.coverage.grids.frame import Frame, frame_of
from infra_registry.coverage.propagation.budget import complete, sort_out
from infra_registry.coverage.propagation.defaults import radio
from infra_registry.coverage.propagation.model import CellRow
from infra_registry.coverage.radio import input_store, inputs
from infra_registry.errors import Conflict, Fault, Invalid


def compared(connection: Connection, area_id: int, on: date, *, digest: str | None = None) -> Compared:
    """Compare every field-strength site within the area's boundary; ``digest`` keeps those of one file.

    Conflict ``fields.none`` without a site, ``fields.no_station`` without a carrier; Invalid ``fields.too_many``.
    """
    outline = ground_store.needed_outline(connection, area_id, on)
    frame = frame_of(outline, caps().most_step_m)
    sites, outside = _sites(connection, frame, outline, digest)
    if not sites:
        raise Conflict("fields.none")
    senders = _senders(connection, frame)
    if not senders:
        raise Conflict("fields.no_station")
    links, most = len(sites) * len(senders), field_rules().most_links
    if links > most:
        raise Invalid([Fault("area", f"{links:,}", "fields.too_many", f"≤ {most:,}")], "fields.too_many")
    comparison = compare(sites, senders, radio(), field_rules())
    left = tuple(Dropped(ref, part, "fields.outside") for ref in outside for part in ("bands", "whole"))
    return replace(comparison, dropped=(*left, *comparison.dropped))


def as_table(comparison: Compared) -> dict[str, Any]:
    """A comparison as JSON has it, with the settings of the model it rests on."""
    names = ("receiver_height_m", "beam_deg", "vertical_deg", "tilt_deg")
    model = {name: getattr(radio(), name) for name in names} | {"defaults": radio().digest}
    return asdict(comparison) | {"model": model}


def _sites(
    connection: Connection, frame: Frame, outline: Any, digest: str | None
) -> tuple[list[Site], list[str]]:
    """Sites within the outline; references of those beside it, within the rectangle around it."""
    beside = shapely.box(*frame.bounds_4326)
    by_site: dict[Any, list[Any]] = {}
    for row in measurement_store.field_strengths(connection, digest):
        by_site.setdefault((row.ref or "", row.lon, row.lat, row.measured_on), []).append(row)
    inside = [key for key in by_site if shapely.contains_xy(outline, key[1], key[2])]
    places = frame.points([(lon, lat) for _, lon, lat, _ in inside]).tolist()
    sites = [_site(key, by_site[key], at) for key, at in zip(inside, places, strict=True)]
    near = {key[0] for key in by_site if shapely.contains_xy(beside, key[1], key[2])}
    return sites, sorted(near - {site.ref for site in sites})


def _site(key: Any, rows: Sequence[Any], at: tuple[float, float]) -> Site:
    levels = {
        (row.band_low_mhz, row.band_high_mhz): row.field_v_m
        for row in rows
        if row.service_stated is not None and row.band_low_mhz is not None and row.band_high_mhz is not None
    }
    whole = next((row.field_v_m for row in rows if row.service_stated is None), None)
    return Site(key[0], *at, key[3], rows[0].environment, levels, whole)


def _senders(connection: Connection, frame: Frame) -> list[Sender]:
    rows = input_store.cells(connection, inputs.halo_box(frame, inputs.farthest_m())).rows
    usable = sort_out(inputs.registered(frame, rows), radio()).usable
    since = input_store.permitted(connection, sorted({cell.station for cell in usable}))
    return [Sender(complete(cell, radio()), _band(cell), since.get(cell.station)) for cell in usable]


def _band(cell: CellRow) -> tuple[float, float] | None:
    low, high = cell.band_low_mhz, cell.band_high_mhz
    return (min(low, high), max(low, high)) if low is not None and high is not None else None
