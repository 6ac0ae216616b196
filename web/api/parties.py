"""Organisations over the JSON interface: list, read, create, update against a version."""

from typing import Any

from apiflask import Schema, fields
from apiflask.validators import OneOf
from flask import Response, json, url_for
from flask.typing import ResponseReturnValue
from marshmallow.validate import Length, Range

from infra_registry.access import Permission
from infra_registry.parties import record, store
from infra_registry.parties.store import Party
from infra_registry.parties.tables import PARTY_KINDS
from web.api import Body
from web.api.conditional import PreconditionFailed, required_version
from web.api.idempotent import idempotent
from web.site.context import current_actor, use_case
from web.site.routing import ApiFeature

feature = ApiFeature("api_parties", __name__, url_prefix="/api/v1", tag="parties")
READ, EDIT = Permission.PARTY_READ, Permission.PARTY_EDIT


class ListQuery(Schema):
    """Filters, order and page of a list of organisations."""

    q = fields.String(
        load_default="", validate=Length(max=100), metadata={"description": "text in name or code"}
    )
    kind = fields.String(load_default="", validate=OneOf(("", *PARTY_KINDS)))
    sort = fields.String(
        load_default="name",
        validate=OneOf([f"{sign}{name}" for name in store.SORTS for sign in ("", "-")]),
        metadata={"description": "a field; - before it for descending"},
    )
    limit = fields.Integer(load_default=50, validate=Range(1, 1000))
    offset = fields.Integer(load_default=0, validate=Range(0, 1_000_000))


class PartyIn(Body):
    """An organisation as it is entered or changed; the credit code's check character is verified."""

    name = fields.String(required=True)
    name_en = fields.String(allow_none=True)
    kind = fields.String(required=True, validate=OneOf(PARTY_KINDS))
    uscc = fields.String(allow_none=True, metadata={"description": "18 characters (GB 32100-2015)"})
    country = fields.String(load_default="CN")
    contact = fields.String(
        allow_none=True, metadata={"description": "an office's contact, never a person's"}
    )


class PartyOut(Schema):
    """An organisation."""

    code = fields.String()
    name = fields.String()
    name_en = fields.String(allow_none=True)
    kind = fields.String()
    uscc = fields.String(allow_none=True)
    country = fields.String()
    contact = fields.String(allow_none=True)
    sample = fields.Boolean()
    version = fields.Integer()


@feature.get("/parties", permission=READ)
@feature.input(ListQuery, location="query")
@feature.doc(summary="List organisations", responses={200: "parties, total, next"})
def listed(query_data: dict[str, Any]) -> ResponseReturnValue:
    """Organisations, a page of them, with the total and the address of the next page."""
    filters = {"words": query_data["q"], "kind": query_data["kind"]}
    limit, offset = query_data["limit"], query_data["offset"]
    with use_case() as connection:
        total = store.count(connection, **filters)
        parties = store.page(connection, **filters, order=query_data["sort"], limit=limit, offset=offset)
    more = offset + len(parties) < total
    following = url_for("api_parties.listed", **{**query_data, "offset": offset + limit}) if more else None
    return {"parties": [plain(item) for item in parties], "total": total, "next": following}


@feature.get("/parties/<code>", permission=READ)
@feature.output(PartyOut)
@feature.doc(summary="One organisation", responses={404: "Unknown"})
def one(code: str) -> ResponseReturnValue:
    """One organisation; its ETag names the version a change has to name."""
    with use_case() as connection:
        party = record.read(connection, code)
    return _answer(party, 200)


@feature.post("/parties", permission=EDIT)
@feature.input(PartyIn)
@feature.output(PartyOut, status_code=201)
@feature.doc(summary="Enter an organisation")
@idempotent
def create(json_data: dict[str, Any]) -> ResponseReturnValue:
    """Enter an organisation; 201 with its address."""
    with use_case() as connection:
        code = record.create(connection, current_actor(), json_data)
        party = record.read(connection, code)
    return _answer(party, 201)


@feature.put("/parties/<code>", permission=EDIT)
@feature.input(PartyIn)
@feature.output(PartyOut)
@feature.doc(summary="Change an organisation", responses={412: "Stale", 428: "If-Match is missing"})
@idempotent
def change(code: str, json_data: dict[str, Any]) -> ResponseReturnValue:
    """Replace what is registered of an organisation, from the version in ``If-Match``."""
    version = required_version(code)
    with use_case() as connection:
        if record.read(connection, code).version != version:
            raise PreconditionFailed("request.if_match_stale", code=code)
        record.change(connection, current_actor(), code, json_data, version=version)
        before = record.read(connection, code)
    return _answer(before, 200)


def plain(item: Party) -> dict[str, Any]:
    """An organisation as JSON."""
    return {name: getattr(item, name) for name in store.COLUMNS}


def _answer(party: Party, status: int) -> Response:
    response = Response(json.dumps(plain(party)), status, mimetype="application/json")
    response.headers["ETag"] = f'"{party.version}"'
    if status == 201:
        response.headers["Location"] = url_for("api_parties.one", code=party.code)
    return response
