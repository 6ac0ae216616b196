"""The map of evidence over a run of mobile coverage: cells for its regulators, published quad cells for everyone."""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Any

from flask import Response, request

from infra_registry.access import Permission
from infra_registry.coverage.evidence_map import pictures as evidence_map
from infra_registry.coverage.evidence_map import store as evidence_map_store
from infra_registry.coverage.evidence_map.pictures import View
from infra_registry.coverage.radio.result import class_tiles
from infra_registry.coverage.radio.result import store as result_store
from infra_registry.coverage.radio.result.store import INTERNAL, PUBLIC
from infra_registry.db import Connection
from infra_registry.errors import NotFound
from infra_registry.publish import tiles
from infra_registry.publish.style import evidence_style
from infra_registry.publish.symbols import Theme
from web.coverage.radio_tile_views import layer_of
from web.map.tile_views import TILE_TYPE
from web.site import copies
from web.site.context import current_actor, locale, public_reading, use_case
from web.site.replies import own_json
from web.site.routing import Feature

feature = Feature("evidence_map", __name__)
READ = Permission.COVERAGE_READ
VERSION = "1"
TIMEOUT_MS = 60_000


def sight(connection: Connection, *, internal: bool) -> AbstractContextManager[Connection]:
    """The connection that reads the evidence: the regulator's own, or one of the public for the public map."""
    return nullcontext(connection) if internal else public_reading()


@feature.get("/coverage/<code>/evidence-style.json", permission=READ)
def style(code: str) -> Response:
    """The style of the map beside the evidence over a run."""
    theme: Theme = "dark" if request.args.get("theme") == "dark" else "light"
    with use_case() as connection:
        run = result_store.radio_run(connection, code)
        edition = result_store.edition_of(run, request.args.get("edition"))
        layer = layer_of(connection, run, PUBLIC, request.args.get("layer", ""))
    pictures = edition == INTERNAL
    kind = "png" if pictures else "mvt"
    address = f"/tiles/coverage/{code}/evidence/{layer['ordinal']}/{{z}}/{{x}}/{{y}}.{kind}"
    return own_json(evidence_style(address, pictures=pictures, locale=locale(), theme=theme))


@feature.get("/tiles/coverage/<code>/evidence/<int:layer>/<z>/<x>/<y>.png", permission=READ)
def picture(code: str, layer: int, z: str, x: str, y: str) -> Response:
    """What is said of each cell, for regulators of the area alone."""
    tile = tiles.parse_tile(z, x, y)
    with use_case(timeout_ms=TIMEOUT_MS) as connection:
        run = result_store.radio_run(connection, code)
        if not run["whole"]:
            raise NotFound("coverage.no_run", run=code)
        drawn = _drawn(connection, run, str(layer), internal=True)
    return _answered(
        f"{drawn.mark if drawn else code}|{tile}",
        lambda: (drawn and evidence_map.tile(drawn, tile)) or class_tiles.clear(),
        "image/png",
    )


@feature.get("/tiles/coverage/<code>/evidence/<int:layer>/<z>/<x>/<y>.mvt", permission=READ)
def cells(code: str, layer: int, z: str, x: str, y: str) -> Response:
    """Published quad cells of the evidence over a run, the same whoever asks."""
    tile = tiles.parse_tile(z, x, y)
    with use_case(timeout_ms=TIMEOUT_MS) as connection:
        run = result_store.radio_run(connection, code)
        drawn = _drawn(connection, run, str(layer), internal=False)
        return _answered(
            f"{drawn.mark if drawn else code}|{tile}",
            lambda: evidence_map_store.tile(connection, drawn.quads, tile) if drawn else b"",
            TILE_TYPE,
        )


def _drawn(
    connection: Connection, run: dict[str, Any], ordinal: str, *, internal: bool
) -> evidence_map.Drawn | None:
    actor = current_actor()
    reader = f"{actor.user_id}|{actor.audience()}" if internal else ""
    layer = layer_of(connection, run, PUBLIC, ordinal)
    with sight(connection, internal=internal) as sources:
        return evidence_map.drawn(connection, View(run, layer, sources, reader, internal))


def _answered(marks: str, make: Callable[[], bytes], mimetype: str) -> Response:
    """The tile, or 304 when the reader's copy is still good."""

    def drawn() -> Response:
        content = make()
        return Response(content, mimetype=mimetype) if content else Response(status=204)

    return copies.answer(f"{marks}|{VERSION}", drawn)
