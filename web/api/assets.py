"""Assets of every kind over the JSON interface: list with filters, detail, create, update against a version."""

import json
from collections.abc import Mapping
from typing import Any

from apiflask import Schema, fields
from apiflask.validators import OneOf
from flask import Response, request

from infra_registry.access import Permission
from infra_registry.assets import consents, incoming
from infra_registry.assets.consent_store import Consent
from infra_registry.assets.kinds import Kind, Status
from infra_registry.duties.steps.status import Step, move
from infra_registry.errors import Fault, Invalid
from infra_registry.publish import assets as publish
from infra_registry.publish import record
from infra_registry.publish.query import PARAMETERS, parse_query
from web.api import Body, plain
from web.api.conditional import required_version, tag
from web.api.consents import WAITS
from web.api.consents import reply as consent_reply
from web.api.idempotent import idempotent
from web.site import session
from web.site.context import current_actor, url_with, use_case
from web.site.routing import PUBLIC, ApiFeature

feature = ApiFeature("api_assets", __name__, url_prefix="/api/v1", tag="assets")
GEOJSON = "application/geo+json"


class ListQuery(Schema):
    """Filters, order and page of a list of assets."""

    bbox = fields.String(metadata={"description": "west,south,east,north in degrees (EPSG:4326)"})
    kind = fields.String(metadata={"description": "kinds, separated by commas"})
    status = fields.String(metadata={"description": "statuses, separated by commas"})
    operator = fields.String(metadata={"description": "party codes, or none for not stated"})
    owner = fields.String(metadata={"description": "party codes, or none for not stated"})
    area = fields.String(metadata={"description": "code of a city or district"})
    q = fields.String(metadata={"description": "text in name, address or code"})
    host = fields.String(
        metadata={"description": "code of the host; of what stands on it, the assets you see exactly"}
    )
    batch = fields.String(metadata={"description": "code of an import; of its assets, those you see exactly"})
    sample = fields.String(metadata={"description": "true or false"})
    lone_host = fields.String(
        metadata={
            "description": "true: of what you see whole, what stands on the only public host of a kind in its cell"
        }
    )
    sort = fields.String(metadata={"description": "code, name, kind, status or changed_at"})
    order = fields.String(metadata={"description": "asc or desc"})
    limit = fields.String(metadata={"description": "1 to 1000, 50 when not given"})
    cursor = fields.String(metadata={"description": "the mark of the page before"})
    near = fields.String(metadata={"description": "lon,lat: nearest first, by the place that is shown"})


class AssetIn(Body):
    """An asset to be registered. ``geometry`` is GeoJSON in EPSG:4326; ``fields`` are those of the kind."""

    kind = fields.String(required=True, validate=OneOf([kind.value for kind in Kind]))
    name = fields.String(required=True)
    name_en = fields.String(allow_none=True)
    address = fields.String(allow_none=True)
    status = fields.String(
        validate=OneOf([status.value for status in Status]), load_default=Status.IN_USE.value
    )
    owner = fields.String(
        allow_none=True, metadata={"description": "party code; your own party when not given"}
    )
    operator = fields.String(allow_none=True)
    controller = fields.String(allow_none=True)
    host = fields.String(allow_none=True, metadata={"description": "code of the asset it stands on"})
    owner_ref = fields.String(allow_none=True)
    geometry = fields.Dict(required=True)
    fields_ = fields.Dict(data_key="fields", load_default=dict)


class AssetChange(Body):
    """What to change of an asset; what is not named stays."""

    name = fields.String()
    name_en = fields.String(allow_none=True)
    address = fields.String(allow_none=True)
    status = fields.String(validate=OneOf([status.value for status in Status]))
    reason = fields.String(metadata={"description": "why the status moves"})
    works = fields.String(metadata={"description": "code of the works the move belongs to"})
    as_fact = fields.Boolean(
        metadata={
            "description": "record a move that has happened although a gate of the law is shut (wants a reason)"
        }
    )
    owner = fields.String(allow_none=True)
    operator = fields.String(allow_none=True)
    controller = fields.String(allow_none=True)
    host = fields.String(allow_none=True)
    owner_ref = fields.String(allow_none=True)
    valid_from = fields.Date(
        metadata={"description": "the day from which this is true; today when not given"}
    )
    geometry = fields.Dict()
    fields_ = fields.Dict(data_key="fields", load_default=dict)


@feature.get("/assets", permission=PUBLIC)
@feature.input(ListQuery, location="query", validation=False)
@feature.doc(summary="List assets at your level of precision", responses={200: "A GeoJSON FeatureCollection"})
def listed(query_data: Mapping[str, Any]) -> Response:  # noqa: ARG001 the schema only describes; parse_query reads
    """Assets as a GeoJSON FeatureCollection with ``numberMatched`` and a ``next`` link."""
    query = parse_query(
        {name: ",".join(request.args.getlist(name)) for name in request.args if name in PARAMETERS}
    )
    with use_case(timeout_ms=10_000) as connection:
        page = publish.search(connection, current_actor(), query)
    following = None
    if page.cursor:
        following = url_with(cursor=page.cursor)
    return collection(
        [feature_of(item) for item in page.items],
        numberMatched=page.matched,
        numberMatchedIsCapped=page.capped,
        numberReturned=len(page.items),
        next=following,
    )


@feature.get("/assets/<code>", permission=PUBLIC)
@feature.doc(summary="One asset at your level of precision", responses={200: "A GeoJSON Feature"})
def one(code: str) -> Response:
    """The asset with the fields of its kind; what is hidden from this reader is named in ``hidden``.

    Host and ends are null where there is none that this reader is shown exactly."""
    with use_case() as connection:
        asset = record.detail(connection, current_actor(), code)
    return answer(asset, 200)


@feature.post("/assets", permission=Permission.ASSET_CREATE)
@feature.input(AssetIn)
@feature.doc(summary="Register an asset", responses={201: "The registered asset", 202: WAITS})
@idempotent
def create(json_data: dict[str, Any]) -> Response:
    """Register one asset; 201 with its address, or 422 naming every wrong value.

    202 when it names another party as owner, operator or controller: it is registered once that party consents."""
    with use_case() as connection:
        actor = current_actor()
        entered = consents.enter(connection, actor, incoming.draft(connection, actor, json_data))
        if isinstance(entered, Consent):
            return consent_reply(entered)
        asset = record.detail(connection, actor, entered.code)
    return answer(asset, 201)


@feature.patch("/assets/<code>", permission=Permission.ASSET_EDIT)
@feature.input(AssetChange)
@feature.doc(
    summary="Change an asset",
    responses={200: "The changed asset", 202: WAITS, 412: "It was changed since", 428: "If-Match is missing"},
)
@idempotent
def change(code: str, json_data: dict[str, Any]) -> Response:
    """Change an asset against the version in ``If-Match``.

    202 when another party is named, or no longer named, as owner, operator or controller: nothing changes until it
    consents."""
    version = required_version(code)
    with use_case() as connection:
        actor = current_actor()
        status, reason, works = (json_data.pop(name, None) for name in ("status", "reason", "works"))
        as_fact = json_data.pop("as_fact", False)
        values = incoming.change(connection, json_data)
        if values.columns or values.fields or values.geometry is not None or status is None:
            changed = consents.change(connection, actor, code, version, values)
            if isinstance(changed, Consent):
                if status is not None:
                    raise Invalid([Fault("status", status, "consent.apart")])
                return consent_reply(changed)
            version = changed
        if status is not None:
            step = Step(values.valid_from, reason or "", works or "", as_fact)
            move(connection, actor, code, version, Status(status), step)
        before = record.detail(connection, actor, code)
    return answer(before, 200)


def feature_of(item: publish.Item) -> dict[str, Any]:
    """A GeoJSON Feature of an asset as this reader sees it."""
    code = item.values["code"]
    shown = {key: plain(value) for key, value in item.values.items()}
    return {
        "type": "Feature",
        "id": code,
        "geometry": item.geometry,
        "properties": {
            **shown,
            "operator": item.values["operator_code"],
            "operator_name": item.values["operator"],
            "label": item.label,
            "hidden": list(item.hidden),
            "href": f"/assets/{code}",
        },
    }


def collection(features: list[dict[str, Any]], **members: Any) -> Response:
    """A GeoJSON FeatureCollection."""
    body = json.dumps(
        {"type": "FeatureCollection", "features": features, **members}, ensure_ascii=False, allow_nan=False
    )
    return Response(body, mimetype=GEOJSON, headers={"Cache-Control": "private, no-cache"})


def answer(asset: record.Record, status: int) -> Response:
    """An asset as its reader sees it, with its version as ETag; one who only writes gets the version alone."""
    code = asset.item.values["code"]
    version: int | None = asset.version
    if session.reads_back():
        document, version = _document(asset), asset.shown_version
    else:
        properties = {"version": asset.version, "href": f"/assets/{code}"}
        document = {"type": "Feature", "id": code, "geometry": None, "properties": properties}
    response = Response(json.dumps(document, ensure_ascii=False, allow_nan=False), status, mimetype=GEOJSON)
    response.headers["Cache-Control"] = "private, no-cache"
    response.set_etag(tag(version, current_actor(), response.get_data()))
    if status == 201:
        response.headers["Location"] = f"/api/v1/assets/{code}"
    return response


def _document(asset: record.Record) -> dict[str, Any]:
    document = feature_of(asset.item)
    document["properties"] |= {key: plain(value) for key, value in asset.more.items()}
    document["properties"] |= {"version": asset.shown_version, "hidden": list(asset.hidden)}
    document["properties"]["fields"] = {key: plain(value) for key, value in asset.fields.items()}
    document["properties"]["cells"] = [{k: plain(v) for k, v in cell.items()} for cell in asset.cells]
    document["properties"]["ends"] = asset.ends
    document["properties"]["operators"] = list(asset.operators)
    document["properties"]["operators_count"] = asset.operators_count
    return document
