"""Withholding an asset over the JSON interface, and publishing it again."""

from typing import Any

from apiflask import fields
from flask import Response

from infra_registry.access import Permission
from infra_registry.assets import withholding
from infra_registry.publish import record
from web.api import Body
from web.api.assets import answer
from web.api.conditional import required_version
from web.api.idempotent import idempotent
from web.site.context import current_actor, use_case
from web.site.routing import ApiFeature

feature = ApiFeature("api_withholding", __name__, url_prefix="/api/v1", tag="assets")
ANSWERS = {200: "The asset", 409: "It was changed since", 428: "If-Match is missing"}


class WithholdingIn(Body):
    """Why an asset is withheld, and when that is looked at again."""

    reason = fields.String(required=True, metadata={"description": "10 to 500 characters"})
    review_on = fields.Date(required=True, metadata={"description": "after today, at most 366 days ahead"})


@feature.put("/assets/<code>/withholding", permission=Permission.WITHHOLD)
@feature.input(WithholdingIn)
@feature.doc(summary="Withhold an asset from everybody, or change reason and review", responses=ANSWERS)
@idempotent
def withhold(code: str, json_data: dict[str, Any]) -> Response:
    """Withhold against the version in ``If-Match``; for regulators of the city."""
    version = required_version(code)
    with use_case() as connection:
        withholding.withhold(connection, current_actor(), code, version, **json_data)
        asset = record.detail(connection, current_actor(), code)
    return answer(asset, 200)


@feature.delete("/assets/<code>/withholding", permission=Permission.WITHHOLD)
@feature.doc(summary="Publish a withheld asset again, in its class of before", responses=ANSWERS)
@idempotent
def release(code: str) -> Response:
    """End a withholding against the version in ``If-Match``; for regulators of the city."""
    version = required_version(code)
    with use_case() as connection:
        withholding.release(connection, current_actor(), code, version)
        asset = record.detail(connection, current_actor(), code)
    return answer(asset, 200)
