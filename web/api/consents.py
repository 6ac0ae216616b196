"""What waits for a party's consent, over the JSON interface: listed, answered, taken back."""

from typing import Any

from apiflask import Schema, fields
from flask import Response, json, url_for
from flask.typing import ResponseReturnValue
from marshmallow.validate import Length, Range

from infra_registry.access import Permission
from infra_registry.assets import consent_store, consents
from infra_registry.assets.consent_store import Consent
from web.api import Body
from web.api.idempotent import idempotent
from web.site.context import current_actor, use_case
from web.site.routing import ApiFeature

feature = ApiFeature("api_consents", __name__, url_prefix="/api/v1", tag="assets")
EDIT = Permission.ASSET_EDIT
WAITS = "It names another party: nothing is registered before that party consents. What waits, and for whom"
ANSWERS = {200: "The consent", 409: "It was decided before, or what it is about has changed since"}


class ListQuery(Schema):
    """Page of a list of consents."""

    limit = fields.Integer(load_default=50, validate=Range(1, 1000))
    offset = fields.Integer(load_default=0, validate=Range(0, 1_000_000))


class AnswerIn(Body):
    """An answer for one's own party; for parties without an account, by a regulator of the city."""

    agree = fields.Boolean(required=True)
    reason = fields.String(
        load_default="",
        validate=Length(max=500),
        metadata={"description": "4 to 500 characters; required to refuse and to answer for another party"},
    )


@feature.get("/consents", permission=EDIT)
@feature.input(ListQuery, location="query")
@feature.doc(summary="List what waits for your consent or for another's", responses={200: "consents, total"})
def listed(query_data: dict[str, Any]) -> ResponseReturnValue:
    """What waits first, then what was decided, newest first."""
    with use_case() as connection:
        rows = consent_store.listed(connection, **query_data)
    total = rows[0].total if rows else 0
    return {"consents": [consents.document(row) for row in rows], "total": total}


@feature.get("/consents/<code>", permission=EDIT)
@feature.doc(summary="What waits, for whom and since when", responses={200: "The consent", 404: "Unknown"})
def one(code: str) -> ResponseReturnValue:
    """One consent with the draft it is about; for the parties named, who asked, and regulators of the city."""
    with use_case() as connection:
        return reply(consent_store.read(connection, code), 200)


@feature.post("/consents/<code>/answer", permission=EDIT)
@feature.input(AnswerIn)
@feature.doc(summary="Agree, or refuse with a reason", responses=ANSWERS)
@idempotent
def answer(code: str, json_data: dict[str, Any]) -> Response:
    """Answer for your party. What all named parties have agreed to is registered at once; rows of a file by a job."""
    with use_case() as connection:
        return reply(consents.answer(connection, current_actor(), code, **json_data), 200)


@feature.delete("/consents/<code>", permission=EDIT)
@feature.doc(summary="Take back what your party asked for", responses=ANSWERS)
@idempotent
def withdraw(code: str) -> Response:
    """End it without an answer; nothing is registered."""
    with use_case() as connection:
        return reply(consents.withdraw(connection, current_actor(), code), 200)


def reply(consent: Consent, status: int = 202) -> Response:
    """A consent as JSON; 202 where it was asked for just now."""
    response = Response(json.dumps(consents.document(consent)), status, mimetype="application/json")
    response.headers["Cache-Control"] = "private, no-cache"
    if status == 202:
        response.headers["Location"] = url_for("api_consents.one", code=consent.code)
    return response
