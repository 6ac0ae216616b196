"""Map tiles of a run of mobile coverage: classes as pictures for its regulators, as published cells for everyone."""

from typing import Any
from urllib.parse import urlencode

from flask import Response, request

from infra_registry import files
from infra_registry.access import Permission
from infra_registry.coverage.radio.result import class_tiles
from infra_registry.coverage.radio.result import store as result_store
from infra_registry.coverage.radio.result import tile_store as result_tile_store
from infra_registry.coverage.radio.result.store import INTERNAL, PUBLIC
from infra_registry.db import Connection
from infra_registry.errors import NotFound
from infra_registry.files import Folder
from infra_registry.publish import tiles
from infra_registry.publish.coverage_layers import CLASS_COLOURS, Coverage
from infra_registry.publish.style import coverage_style
from infra_registry.publish.symbols import Theme
from web.map.tile_views import answer
from web.site import copies
from web.site.context import locale, settings, use_case
from web.site.replies import own_json
from web.site.routing import Feature

feature = Feature("radio_tiles", __name__)
READ = Permission.COVERAGE_READ
PLACE = "{z}/{x}/{y}"
PNG_VERSION = "1"


@feature.get("/coverage/<code>/style.json", permission=READ)
def style(code: str) -> Response:
    """The style of the map beside a run: the layer that is looked at, gaps, and remedies where they are listed."""
    theme: Theme = "dark" if request.args.get("theme") == "dark" else "light"
    with use_case() as connection:
        run = result_store.radio_run(connection, code)
        edition = result_store.edition_of(run, request.args.get("edition"))
        layer = layer_of(connection, run, edition, request.args.get("layer", ""))
    pictures = edition == INTERNAL
    base = f"/tiles/coverage/{code}"
    query = _query(edition, "operator", "technology")
    coverage = Coverage(
        f"{base}/{layer['ordinal']}/{PLACE}.{'png' if pictures else 'mvt'}",
        f"{base}/gaps/{PLACE}.mvt{query}",
        f"{base}/remedies/{PLACE}.mvt{_of_remedies(edition)}" if request.args.get("remedies") else None,
        pictures=pictures,
    )
    return own_json(coverage_style(coverage, locale=locale(), theme=theme))


@feature.get("/tiles/coverage/<code>/<int:layer>/<z>/<x>/<y>.png", permission=READ)
def picture(code: str, layer: int, z: str, x: str, y: str) -> Response:
    """Classes cell by cell, for regulators of the area alone: the internal edition has no other readers."""
    tile = tiles.parse_tile(z, x, y)
    with use_case() as connection:
        run = result_store.radio_run(connection, code)
        if not run["whole"]:
            raise NotFound("coverage.no_run", run=code)
        digest = layer_of(connection, run, INTERNAL, str(layer))["raster_digest"] or ""

    def drawn() -> Response:
        path = files.path_of(settings().files_dir, Folder.RASTERS, digest)
        content = class_tiles.class_tile(path, tile, CLASS_COLOURS)
        return Response(content or class_tiles.clear(), mimetype="image/png")

    return copies.answer(f"{digest}|{tile}|{PNG_VERSION}", drawn)


@feature.get("/tiles/coverage/<code>/<int:layer>/<z>/<x>/<y>.mvt", permission=READ)
def classes(code: str, layer: int, z: str, x: str, y: str) -> Response:
    """Published classes of a layer of the public edition."""
    tile = tiles.parse_tile(z, x, y)
    with use_case() as connection:
        run = result_store.radio_run(connection, code)
        layer_row = layer_of(connection, run, PUBLIC, str(layer))
    return answer(
        "areas",
        _address("classes", run, f"{layer_row['id']}|{tile}"),
        lambda connection: result_tile_store.class_tile(connection, run, layer_row["id"], tile),
    )


@feature.get("/tiles/coverage/<code>/gaps/<z>/<x>/<y>.mvt", permission=READ)
def gaps(code: str, z: str, x: str, y: str) -> Response:
    """Gaps of one layer or all, in the edition this reader gets."""
    tile = tiles.parse_tile(z, x, y)
    with use_case() as connection:
        run = result_store.radio_run(connection, code)
    edition = result_store.edition_of(run, request.args.get("edition"))
    filters = (request.args.get("operator") or None, request.args.get("technology") or None)
    return answer(
        "areas",
        _address("radio-gaps", run, f"{edition}|{filters}|{tile}"),
        lambda connection: result_tile_store.gap_tile(connection, run, edition, tile, layer=filters),
    )


@feature.get("/tiles/coverage/<code>/remedies/<z>/<x>/<y>.mvt", permission=READ)
def remedies(code: str, z: str, x: str, y: str) -> Response:
    """Remedies where this reader sees them: hosts at his level, works and new sites where they are drawn."""
    tile = tiles.parse_tile(z, x, y)
    with use_case() as connection:
        run = result_store.radio_run(connection, code)
    edition = result_store.edition_of(run, request.args.get("edition"))
    technology = request.args.get("technology") or None
    return answer(
        "assets",
        _address("remedies", run, f"{edition}|{technology}|{tile}"),
        lambda connection: result_tile_store.remedy_tile(
            connection, run, edition, tile, technology=technology
        ),
    )


def layer_of(connection: Connection, run: dict[str, Any], edition: str, ordinal: str) -> dict[str, Any]:
    """The layer of a run in an edition by its number; raises NotFound."""
    for row in result_store.layers(connection, run, edition):
        if str(row["ordinal"]) == ordinal:
            return row
    raise NotFound("radio.no_layer", run=run["code"], operator=ordinal[:20], technology="")


def _address(kind: str, run: dict[str, Any], more: str) -> str:
    return f"{kind}|{run['id']}|{run['ended_at']}|{run['public']}|{run['whole']}|{more}"


def _of_remedies(edition: str) -> str:
    """Remedies are of one technology or of all; the union of technologies means all."""
    return (
        "?" + urlencode({"edition": edition})
        if request.args.get("technology") == "any"
        else _query(edition, "technology")
    )


def _query(edition: str, *names: str) -> str:
    """The filters of the page on the address of a tile; addresses keep their {z}/{x}/{y}."""
    args = {"edition": edition, **{name: request.args[name] for name in names if request.args.get(name)}}
    return "?" + urlencode(args)
