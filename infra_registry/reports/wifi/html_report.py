"""The report of a run: an offline map of its gaps and zones, the figures by district, what follows, every gap."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from shapely.geometry import mapping
from sqlalchemy import Connection

from infra_registry import words
from infra_registry.areas import store as areas
from infra_registry.coverage.runs import store as run_store
from infra_registry.coverage.wifi import input_store, store
from infra_registry.coverage.wifi.input_store import KEY_AREA
from infra_registry.coverage.wifi.law_lookup import of_wifi
from infra_registry.coverage.wifi.store import GapFilter
from infra_registry.documents import (
    MAX_FEATURES,
    Feature,
    Layer,
    Meta,
    Outline,
    Symbol,
    map_html,
)
from infra_registry.reports.map_notes import OUTLINE_ZOOM
from infra_registry.reports.wifi.consequences import in_words
from infra_registry.reports.wifi.tables import by_district, gap_cell, gap_label

_INK, _ZONE = "#1b2a33", "#0b5d66"
# Gaps are hollow and hatched, so that one is never taken for a filled spot; a zone is a ring with a core.
_HATCH = '<path d="M6 18L18 6M4 14L14 4M10 20L20 10" stroke="#1b2a33" stroke-width="1.2"/>'
_SQUARE = f'<path d="M4 4H20V20H4Z" fill="#fff" stroke="{_INK}" stroke-width="2"'
_RING = '<circle cx="12" cy="12" r="{}" fill="#fff" stroke="{}" stroke-width="2"/>'


def _symbol(body: str, line: str = _INK, fill: str = "#ffffff", dash: str | None = None) -> Symbol:
    svg = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24" width="20" height="20">{body}</svg>'
    return Symbol(svg, line, fill, dash=dash)


ZONE = _symbol(_RING.format(10, _ZONE) + f'<circle cx="12" cy="12" r="5" fill="{_ZONE}"/>', _ZONE, _ZONE)
SYMBOLS = {
    "venue": _symbol(f"{_SQUARE}/>{_HATCH}"),
    "inhabited": _symbol(_RING.format(9, _INK) + _HATCH),
    # An area, not a place: its outline is dashed, as a government drew it.
    KEY_AREA: _symbol(f'{_SQUARE} stroke-dasharray="4 3"/>', dash="6 4"),
}
HEADS = {
    "venue": ("venue", "district_name", "nearest_m", "address"),
    "inhabited": ("people", "district_name", "nearest_m", "address"),
    KEY_AREA: ("share", "zones_in_reach", "district_name", "nearest_m"),
}


def html(connection: Connection, run: Mapping[str, Any], locale: str, vendor: Path) -> str:
    """One HTML file that opens from disk; RegistryError ``documents.too_many`` above 10,000 features."""
    shapes = store.geometries(connection, run["id"])
    gaps = store.gaps(connection, run["id"], GapFilter(), limit=MAX_FEATURES + 1)
    layers = [
        *(
            _gap_layer(kind, [gap for gap in gaps if gap["gap_kind"] == kind], shapes, locale)
            for kind in ("venue", "inhabited", KEY_AREA)
        ),
        _zones(connection, run, locale),
    ]
    name = words.name_of(run, locale, "area_name")
    title = words.say(locale, "coverage.run_heading", area=name)
    shown = tuple(layer for layer in layers if layer.features)
    return map_html(
        title,
        shown,
        locale,
        _meta(connection, run, name, locale),
        vendor=vendor,
        tables=by_district(run["summary"], locale),
    )


def _gap_layer(kind: str, gaps: Iterable[Mapping[str, Any]], shapes: Mapping[int, Any], locale: str) -> Layer:
    symbol, columns = SYMBOLS[kind], HEADS[kind]
    features = tuple(
        Feature(
            gap_label(gap, locale),
            mapping(shapes[gap["ordinal"]]),
            symbol,
            tuple(gap_cell(gap, column, locale) for column in columns),
        )
        for gap in gaps
    )
    heads = tuple(words.say(locale, f"coverage.column.{column}") for column in columns)
    return Layer(words.say(locale, f"coverage.gaps_of.{kind}"), heads, features)


def _zones(connection: Connection, run: Mapping[str, Any], locale: str) -> Layer:
    features = tuple(
        Feature(zone.code, mapping(zone.geom), ZONE, ("" if zone.reach_m is None else f"{zone.reach_m:g}",))
        for zone in input_store.zones(connection, run["area_id"], run["as_of"]).free
    )
    return Layer(words.say(locale, "coverage.zones"), (words.say(locale, "field.reach_m"),), features)


def _meta(connection: Connection, run: Mapping[str, Any], name: str, locale: str) -> Meta:
    law = of_wifi(connection, run["area_id"], run["as_of"])
    notes = tuple(in_words(run, law, locale))
    boundary = areas.boundary(connection, run["area_id"], zoom=OUTLINE_ZOOM)
    outlines = (Outline(name, boundary.geometry),) if boundary else ()
    sources = (words.say(locale, "coverage.run", code=run["code"]),)
    keyed = run["summary"].get("key_areas")
    sample = run_store.has_sample(connection, run["area_id"]) or bool(keyed and keyed["list"]["sample"])
    return Meta(as_of=run["as_of"], sample=sample, notes=notes, outlines=outlines, sources=sources)
