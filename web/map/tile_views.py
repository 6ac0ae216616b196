"""Vector tiles of assets and areas: fresh for each audience, cheap when nothing changed."""

import gzip
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from flask import Response, request

from infra_registry.access import Actor
from infra_registry.areas import tile_store as areas
from infra_registry.db import Connection
from infra_registry.duties.answers import ledger_query
from infra_registry.publish import masks, state_tiles, tiles
from infra_registry.publish.masks import Look
from infra_registry.publish.query import Query, parse_query
from web.duties import duty_list
from web.site import copies
from web.site.context import current_actor, reading
from web.site.routing import PUBLIC, Feature

feature = Feature("tiles", __name__)
TILE_TYPE = "application/vnd.mapbox-vector-tile"
TIMEOUT_MS = 10_000
GZIP_FROM = 600
FILTERS = ("kind", "status", "operator")


@feature.get("/tiles/assets/<z>/<x>/<y>.mvt", permission=PUBLIC)
def assets(z: str, x: str, y: str) -> Response:
    """Assets at the reader's level, filtered by kind, status and operator."""
    tile = tiles.parse_tile(z, x, y)
    query = _query(*(",".join(request.args.getlist(name)) for name in FILTERS))
    address = f"{tile}|{query.kinds}|{query.statuses}|{query.operators}"
    return answer_looking(
        "assets",
        address,
        lambda connection, known_look: tiles.asset_tile(
            connection, current_actor(), tile, query, known_look=known_look
        ),
    )


@lru_cache(maxsize=256)
def _query(*values: str) -> Query:
    return parse_query(dict(zip(FILTERS, values, strict=True)))


@feature.get("/tiles/areas/<z>/<x>/<y>.mvt", permission=PUBLIC)
def area_boundaries(z: str, x: str, y: str) -> Response:
    """Boundaries and label points of areas; the same for every reader."""
    tile = tiles.parse_tile(z, x, y)
    return answer("areas", str(tile), lambda connection: areas.tile(connection, *tile))


@feature.get("/tiles/openings/<z>/<x>/<y>.mvt", permission=PUBLIC)
def openings(z: str, x: str, y: str) -> Response:
    """The ledger of opening where the reader sees the exact place, under the filters of its list."""
    query = ledger_query.parse(duty_list.opening_parameters(request.args))
    return _states(tiles.parse_tile(z, x, y), state_tiles.openings(query))


@feature.get("/tiles/duties/<z>/<x>/<y>.mvt", permission=PUBLIC)
def duties(z: str, x: str, y: str) -> Response:
    """Assets by the worst that is said of their duties, under the filters of the list of duties."""
    return _states(tiles.parse_tile(z, x, y), state_tiles.duties(duty_list.duty_filter(request.args)))


def _states(tile: tiles.Tile, source: state_tiles.Source) -> Response:
    actor = current_actor()

    def make(connection: Connection, known_look: Look | None) -> tuple[Look, bytes]:
        known_look = known_look or state_tiles.look(connection, actor, source.layer)
        return known_look, state_tiles.tile(connection, actor, tile, source)

    address = f"{tile}|{source.sql}|{sorted(source.values.items())}"
    return answer_looking(source.layer, address, make, look=state_tiles.look)


def answer(layer: str, address: str, make: Callable[[Any], bytes]) -> Response:
    """A tile that is the same whatever the publication table hides; see ``answer_looking``."""

    def looking(connection: Connection, known_look: Look | None) -> tuple[Look, bytes]:
        return known_look or masks.look(connection, current_actor(), layer), make(connection)

    return answer_looking(layer, address, looking)


def answer_looking(
    layer: str,
    address: str,
    make: Callable[[Any, Any], tuple[Look, bytes]],
    *,
    look: Callable[[Any, Actor, str], Look] = masks.look,
) -> Response:
    """The tile, or 304 when the reader's copy is still good for this audience and these grants.

    ``make`` gets the look that told that a copy is out of date, or None where there was no copy to judge.
    """
    actor = current_actor()
    with reading(timeout_ms=TIMEOUT_MS) as connection:
        known_look = look(connection, actor, layer) if request.if_none_match else None
        if known_look and copies.is_good(tiles.etag(known_look, actor, address)):
            response = Response(status=304)
        else:
            known_look, content = make(connection, known_look)
            response = _packed(content)
    etag, public = tiles.etag(known_look, actor, address), not actor.is_authenticated
    return copies.tagged(response, etag, public=public, vary="Cookie, Authorization, Accept-Encoding")


def _packed(content: bytes) -> Response:
    if not content:
        return Response(status=204)
    if len(content) >= GZIP_FROM and "gzip" in request.headers.get("Accept-Encoding", ""):
        response = Response(gzip.compress(content, 4), mimetype=TILE_TYPE)
        response.headers["Content-Encoding"] = "gzip"
        return response
    return Response(content, mimetype=TILE_TYPE)
