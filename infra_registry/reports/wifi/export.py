"""Files of a free-WiFi run: GeoJSON, CSV, offline map."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from itertools import chain, count, takewhile
from pathlib import Path
from typing import Any

import shapely
from sqlalchemy import Connection

from infra_registry import words
from infra_registry.coverage.wifi import store
from infra_registry.coverage.wifi.store import GapFilter
from infra_registry.formats import csv_lines
from infra_registry.reports.run_facts import summary_facts
from infra_registry.reports.wifi import html_report
from infra_registry.reports.wifi.tables import gap_cell

CHUNK = 2000
COLUMNS = ("ordinal", "gap_kind", "venue", "people", "nearest_m", "district", "district_name", "asset", "asset_name",
           "address", "lon", "lat", "key_area", "key_area_name", "zones_in_reach", "share")  # fmt: skip


def all_gaps(connection: Connection, run_id: int, gap_filter: GapFilter) -> Iterator[Mapping[str, Any]]:
    """Every gap the filter leaves, read page by page."""
    filters = (replace(gap_filter, page=page) for page in count(1))
    pages = (store.gaps(connection, run_id, page_filter, limit=CHUNK) for page_filter in filters)
    return chain.from_iterable(takewhile(bool, pages))


def to_csv(connection: Connection, run: Mapping[str, Any], gap_filter: GapFilter, locale: str) -> str:
    """The gaps as CSV with a byte order mark; headings and codes in the reader's language."""
    rows = []
    for row in all_gaps(connection, run["id"], gap_filter):
        shown = dict(row) | {name: gap_cell(row, name, locale) for name in ("gap_kind", "venue")}
        rows.append([shown[name] for name in COLUMNS])
    return "".join(csv_lines([words.say(locale, f"coverage.column.{name}") for name in COLUMNS], rows))


def to_geojson(connection: Connection, run: Mapping[str, Any]) -> str:
    """The run and its gaps as one FeatureCollection in EPSG:4326."""
    shapes = store.geometries(connection, run["id"])
    features = [
        {
            "type": "Feature",
            "id": row["ordinal"],
            "geometry": json.loads(shapely.to_geojson(shapes[row["ordinal"]])),
            "properties": {name: row[name] for name in COLUMNS if name not in ("lon", "lat")},
        }
        for row in all_gaps(connection, run["id"], GapFilter())
    ]
    return json.dumps(
        {"type": "FeatureCollection", "run": summary_facts(run), "features": features},
        ensure_ascii=False,
        allow_nan=False,
    )


Writer = Callable[[Connection, Mapping[str, Any], str, Path], str]
WRITERS: dict[str, Writer] = {
    ".csv": lambda connection, run, locale, _: to_csv(connection, run, GapFilter(), locale),
    ".geojson": lambda connection, run, _, __: to_geojson(connection, run),
    ".html": html_report.html,
}
