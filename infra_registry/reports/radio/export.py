"""Files of a radio run: CSV, GeoJSON, GeoPackage, GeoTIFF, offline map, PDF.

Everything is read under the rights of the connection's actor: the regulator of the area gets the edition he asks for,
everybody else the public one of a public run. There are rasters of the internal edition only.
"""

import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, count, islice, takewhile
from pathlib import Path
from typing import Any

from shapely.geometry import mapping
from sqlalchemy import Connection

from infra_registry import audit, config, files
from infra_registry.coverage.radio.result import class_grid, document_store
from infra_registry.coverage.radio.result import store as result_store
from infra_registry.coverage.radio.result.store import RadioGapFilter, RemedyFilter
from infra_registry.documents import MAX_FEATURES
from infra_registry.errors import Conflict, Fault, Invalid, NotFound
from infra_registry.files import Folder
from infra_registry.formats import write_csv, write_geojson
from infra_registry.reports.radio import html_report, pdf, wording
from infra_registry.reports.radio.columns import (
    GAP_FIELDS,
    PLACE,
    REMEDY_FIELDS,
    gap_cells,
    heads,
    remedy_cells,
    remedy_values,
)
from infra_registry.reports.radio.run_summary import RunReport, Style, gather, largest_budget_set
from infra_registry.reports.run_facts import edition_facts

CHUNK = 2000
MOST_CLASS_CELLS = 400  # of a side, where the ground of each class is written as outlines
WGS84 = "EPSG:4326"
CLASS_FIELDS = ("operator", "technology", "signal_class", "cell_m")
GAPS, REMEDIES = "gaps", "remedies"


@dataclass(frozen=True, slots=True)
class Selection:
    """What of a run is written: the edition (None: the reader's own), the list of a CSV, the layer of a raster."""

    edition: str | None = None
    rows: str = GAPS
    operator: str = wording.ANY
    technology: str = wording.ANY


@dataclass(frozen=True, slots=True)
class Source:
    """A run to be written for one reader."""

    connection: Connection
    run: Mapping[str, Any]
    edition: str
    locale: str
    style: Style
    selection: Selection

    @property
    def scope(self) -> tuple[Connection, Mapping[str, Any], str]:
        """Connection, run and edition: the first arguments of every function that reads results."""
        return self.connection, self.run, self.edition


def write(
    connection: Connection,
    run: Mapping[str, Any],
    target: Path,
    *,
    style: Style,
    locale: str,
    selection: Selection,
) -> None:
    """Write an ended run to a file by its ending.

    Raises Invalid for an ending nobody writes, Conflict ``coverage.not_ended``, NotFound for a raster this reader may
    not have. What of the internal edition leaves the register is recorded.
    """
    suffix = target.suffix.lower()
    writer = WRITERS.get(suffix)
    if writer is None:
        expected = " ".join(WRITERS)
        raise Invalid([Fault("to", target.suffix or target.name, "radio_doc.export_type", expected)])
    if run["summary"] is None:
        raise Conflict("coverage.not_ended", run=run["code"])
    edition = result_store.edition_of(run, selection.edition)
    writer(Source(connection, run, edition, locale, style, selection), target)
    if edition == result_store.INTERNAL:
        audit.note(
            connection, "export", "coverage_run", ref=run["code"], facts={"type": suffix, "edition": edition}
        )


def raster(connection: Connection, run: Mapping[str, Any], operator: str, technology: str) -> Path:
    """The stored GeoTIFF of a layer of the internal edition; NotFound for who does not regulate the area."""
    if not run["whole"]:
        raise NotFound("coverage.no_run", run=run["code"])
    row = result_store.layer(connection, run, result_store.INTERNAL, operator, technology)
    return files.path_of(config.load().files_dir, Folder.RASTERS, row["raster_digest"] or "")


def all_gaps(source: Source) -> Iterator[dict[str, Any]]:
    """Every gap by rank, read page by page."""
    filters = (RadioGapFilter(sort="ordinal", page=page) for page in count(1))
    pages = (result_store.gaps(*source.scope, gap_filter, limit=CHUNK) for gap_filter in filters)
    return chain.from_iterable(takewhile(bool, pages))


def all_remedies(source: Source) -> Iterator[dict[str, Any]]:
    """Every remedy by rank in the reader's language, read page by page; ``geom`` as this reader may have it."""
    largest = largest_budget_set(result_store.sets(*source.scope))
    chosen = set(largest["chosen"]) if largest else set()
    filters = (RemedyFilter(page=page) for page in count(1))
    pages = (result_store.remedies(*source.scope, remedy_filter, limit=CHUNK) for remedy_filter in filters)
    for row in chain.from_iterable(takewhile(bool, pages)):
        yield remedy_values(row, source.locale, chosen=row["ordinal"] in chosen)


def _csv(source: Source, target: Path) -> None:
    names: tuple[str, ...] = GAP_FIELDS
    rows = (gap_cells(row, source.locale) for row in all_gaps(source))
    if source.selection.rows == REMEDIES:
        names = REMEDY_FIELDS
        rows = (remedy_cells(row, source.locale) for row in all_remedies(source))
    with target.open("w", encoding="utf-8", newline="") as out:
        write_csv(out, heads((*names, *PLACE), source.locale), rows)


def _geojson(source: Source, target: Path) -> None:
    about = {"run": edition_facts(source.run, source.edition), "left_out": _left_out(source)}
    with target.open("w", encoding="utf-8", newline="") as out:
        write_geojson(out, _features(source), about=about)


def _features(source: Source) -> Iterator[dict[str, Any]]:
    for row, outline in _shaped_gaps(source):
        yield _feature("gap", row, GAP_FIELDS, outline)
    for row in islice(all_remedies(source), MAX_FEATURES):
        yield _feature("remedy", row, REMEDY_FIELDS, row["geom"])


def _feature(kind: str, row: Mapping[str, Any], names: Sequence[str], geometry: Any) -> dict[str, Any]:
    return {
        "type": "Feature",
        "id": f"{kind}-{row['ordinal']}",
        "geometry": geometry and mapping(geometry),
        "properties": {"feature": kind} | {name: row[name] for name in names},
    }


def _shaped_gaps(source: Source) -> Iterator[tuple[dict[str, Any], Any]]:
    """Gaps with their outlines, as many as a file holds."""
    rows = islice(all_gaps(source), MAX_FEATURES)
    while chunk := list(islice(rows, CHUNK)):
        ordinals = [row["ordinal"] for row in chunk]
        shapes = document_store.gap_shapes(*source.scope, ordinals)
        yield from ((row, shapes[row["ordinal"]]) for row in chunk)


def _left_out(source: Source) -> dict[str, int]:
    """How many gaps and remedies a file with shapes does not hold."""
    counts = {
        GAPS: result_store.count_gaps(*source.scope, RadioGapFilter()),
        REMEDIES: result_store.count_remedies(*source.scope, RemedyFilter()),
    }
    return {name: max(0, total - MAX_FEATURES) for name, total in counts.items()}


def _gpkg(source: Source, target: Path) -> None:
    import geopandas
    import pandas
    import pyogrio

    target.unlink(missing_ok=True)
    gaps = [({name: row[name] for name in GAP_FIELDS}, outline) for row, outline in _shaped_gaps(source)]
    remedies = [
        ({name: row[name] for name in REMEDY_FIELDS}, row["geom"] and row["geom"].centroid)
        for row in islice(all_remedies(source), MAX_FEATURES)
    ]
    for layer, rows, names, kind in (
        (GAPS, gaps, GAP_FIELDS, "MultiPolygon"),
        (REMEDIES, remedies, REMEDY_FIELDS, "Point"),
        ("classes", _class_rows(source), CLASS_FIELDS, "MultiPolygon"),
    ):
        frame = geopandas.GeoDataFrame(
            pandas.DataFrame([row for row, _ in rows], columns=list(names)),
            geometry=[outline for _, outline in rows],
            crs=WGS84,
        )
        pyogrio.write_dataframe(frame, target, layer=layer, driver="GPKG", geometry_type=kind)
    facts = edition_facts(source.run, source.edition) | {"left_out": _left_out(source)}
    texts = {name: str(value) for name, value in facts.items() if name != "summary"}
    about = pandas.DataFrame({"item": list(texts), "value": list(texts.values())})
    pyogrio.write_dataframe(about, target, layer="about", driver="GPKG")


def _class_rows(source: Source) -> list[tuple[dict[str, Any], Any]]:
    """The ground of each class, layer by layer."""
    rows = []
    for layer in result_store.layers(*source.scope):
        grid = class_grid.grid_of(source.connection, source.edition, layer, most=MOST_CLASS_CELLS)
        for number, outline in (class_grid.outlines(grid) if grid else {}).items():
            row = {name: layer[name] for name in ("operator", "technology")}
            row |= {"signal_class": number, "cell_m": round(grid.cell_m, 1) if grid else None}
            rows.append((row, outline))
    return rows


def _tif(source: Source, target: Path) -> None:
    selection = source.selection
    shutil.copyfile(raster(source.connection, source.run, selection.operator, selection.technology), target)


def _html(source: Source, target: Path) -> None:
    target.write_text(html_report.html(_summary(source)), "utf-8", newline="")


def _pdf(source: Source, target: Path) -> None:
    target.write_bytes(pdf.pdf(_summary(source)))


def _summary(source: Source) -> RunReport:
    return gather(source.connection, source.run, source.locale, source.style, source.edition)


Writer = Callable[[Source, Path], None]
WRITERS: dict[str, Writer] = {
    ".csv": _csv, ".geojson": _geojson, ".gpkg": _gpkg, ".html": _html, ".pdf": _pdf, ".tif": _tif,
}  # fmt: skip
