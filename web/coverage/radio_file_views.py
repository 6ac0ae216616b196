"""Files of a run of mobile coverage: tables, shapes, offline map, PDF, and the raster for who regulates the area."""

import tempfile
from pathlib import Path

from flask import Response, request, send_file

from infra_registry import audit
from infra_registry.access import Permission
from infra_registry.coverage.radio.result import store as result_store
from infra_registry.errors import Conflict
from infra_registry.publish.coverage_layers import CLASS_COLOURS
from infra_registry.reports.radio import export
from infra_registry.reports.radio.export import GAPS, REMEDIES, Selection
from infra_registry.reports.radio.run_summary import Style
from infra_registry.resources import VENDOR
from web.site.context import locale, use_case
from web.site.replies import attachment
from web.site.routing import Feature

feature = Feature("radio_files", __name__)
TIMEOUT_MS = 120_000
STYLE = Style(VENDOR, CLASS_COLOURS)
TYPES = {
    "csv": "text/csv",
    "geojson": "application/geo+json",
    "gpkg": "application/geopackage+sqlite3",
    "html": "text/html",
    "pdf": "application/pdf",
}


@feature.get(
    "/coverage/<code>/radio.<any(csv, gpkg, geojson, html, pdf):suffix>", permission=Permission.COVERAGE_READ
)
def download(code: str, suffix: str) -> Response:
    """A run as a file at the reader's level; a regulator may ask for the public edition, a CSV for remedies."""
    rows = REMEDIES if request.args.get("of") == REMEDIES else GAPS
    selection = Selection(edition=request.args.get("edition"), rows=rows)
    with tempfile.TemporaryDirectory() as folder, use_case(timeout_ms=TIMEOUT_MS) as connection:
        run = result_store.radio_run(connection, code)
        target = Path(folder) / f"file.{suffix}"
        export.write(connection, run, target, style=STYLE, locale=locale(), selection=selection)
        content = target.read_bytes()
    name = f"{run['code']}-{rows}.csv" if suffix == "csv" else f"{run['code']}.{suffix}"
    return attachment(content, name, TYPES[suffix], private=True)


@feature.get("/coverage/<code>/radio.tif", permission=Permission.COVERAGE_READ)
def raster(code: str) -> Response:
    """The GeoTIFF of a layer: of the internal edition alone, so nobody else finds one."""
    operator, technology = request.args.get("operator", "any"), request.args.get("technology", "any")
    with use_case() as connection:
        run = result_store.radio_run(connection, code)
        if run["summary"] is None:
            raise Conflict("coverage.not_ended", run=code)
        path = export.raster(connection, run, operator, technology)
        audit.note(connection, "export", "coverage_run", ref=run["code"], facts={"type": ".tif"})
    response = send_file(path, mimetype="image/tiff")
    response.headers["Content-Disposition"] = f'attachment; filename="{run["code"]}.tif"'
    response.headers["Cache-Control"] = "private, no-store"
    return response
