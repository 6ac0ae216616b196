"""Areas over the JSON interface: list with filters, one with its boundary."""

from dataclasses import asdict
from typing import Any

from apiflask import Schema, fields
from apiflask.validators import OneOf
from flask import Response, json
from marshmallow.validate import Length, Range

from infra_registry.areas import Area, Boundary, store
from infra_registry.areas.tables import LEVELS
from infra_registry.errors import Fault, Invalid
from web.api import plain
from web.site.context import url_with, use_case
from web.site.routing import PUBLIC, ApiFeature

feature = ApiFeature("api_areas", __name__, url_prefix="/api/v1", tag="areas")
GEOJSON = "application/geo+json"
HIDDEN = ("id", "parent_id")


class ListQuery(Schema):
    """Filters and page of a list of areas."""

    level = fields.String(validate=OneOf(LEVELS))
    scheme = fields.String(validate=OneOf(("gb2260", "zone", "foreign")))
    parent = fields.String(validate=Length(max=80), metadata={"description": "code of the area above"})
    q = fields.String(validate=Length(max=100), metadata={"description": "part of a name or code"})
    offset = fields.Integer(load_default=0, validate=Range(0, 1_000_000))


class OneQuery(Schema):
    """Which boundary: of which day, how fine."""

    on = fields.Date(metadata={"description": "the boundary in force on this day; now when not given"})
    zoom = fields.Integer(
        validate=Range(0, 18), metadata={"description": "thin the boundary for this map zoom"}
    )


@feature.get("/areas", permission=PUBLIC)
@feature.input(ListQuery, location="query")
@feature.doc(summary="List areas", responses={200: "areas, next"})
def listed(query_data: dict[str, Any]) -> Response:
    """Areas in the order of their codes, 500 a page."""
    words = query_data.get("q")
    if words is not None and not words.isprintable():
        raise Invalid([Fault("q", words[:60], "query.text", "1 … 100")], "query.invalid")
    with use_case() as connection:
        parent = store.needed(connection, query_data["parent"]).id if query_data.get("parent") else None
        rows = store.listed(
            connection,
            level=query_data.get("level"),
            scheme=query_data.get("scheme"),
            parent_id=parent,
            words=words,
            offset=query_data["offset"],
        )
    following = None
    if len(rows) == store.PAGE:
        following = url_with(offset=query_data["offset"] + store.PAGE)
    return _answer({"areas": [_plain(row) for row in rows], "next": following}, "application/json")


@feature.get("/areas/<code>", permission=PUBLIC)
@feature.input(OneQuery, location="query")
@feature.doc(summary="One area with its boundary", responses={200: "A GeoJSON Feature"})
def one(code: str, query_data: dict[str, Any]) -> Response:
    """The area as a GeoJSON feature; ``source`` says where the boundary comes from and what it may be called."""
    with use_case() as connection:
        area = store.needed(connection, code)
        boundary = store.boundary(connection, area.id, on=query_data.get("on"), zoom=query_data.get("zoom"))
    properties = _plain(area) | {"boundary": _provenance(boundary) if boundary else None}
    feature_of = {
        "type": "Feature",
        "id": area.code,
        "geometry": boundary.geometry if boundary else None,
        "bbox": boundary.box if boundary else None,
        "properties": properties,
    }
    return _answer(feature_of, GEOJSON)


def _plain(area: Area) -> dict[str, Any]:
    return {name: plain(value) for name, value in asdict(area).items() if name not in HIDDEN}


def _provenance(boundary: Boundary) -> dict[str, Any]:
    values = asdict(boundary)
    del values["geometry"], values["box"]
    return {name: plain(value) for name, value in values.items()} | {"approved": bool(boundary.map_approval)}


def _answer(body: dict[str, Any], mimetype: str) -> Response:
    return Response(json.dumps(body, ensure_ascii=False), mimetype=mimetype)
