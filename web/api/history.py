"""What the register said about an asset: every version, or the one of two times (valid day, recorded instant)."""

import json
from datetime import UTC, datetime
from typing import Any

from apiflask import Schema, fields
from flask import Response

from infra_registry.access import Permission
from infra_registry.areas.ground_store import day_of
from infra_registry.assets import history
from infra_registry.assets.history import Version
from infra_registry.publish import record
from web.api import plain
from web.site.context import current_actor, must, use_case
from web.site.routing import ApiFeature

feature = ApiFeature("api_history", __name__, url_prefix="/api/v1", tag="assets")


class Times(Schema):
    """The two times; with neither, every version is listed."""

    valid = fields.Date(metadata={"description": "the day asked about; today when only recorded is given"})
    recorded = fields.AwareDateTime(
        default_timezone=UTC,
        metadata={"description": "as the register stood then; now when only valid is given"},
    )


@feature.get("/assets/<code>/history", permission=Permission.ASSET_HISTORY)
@feature.input(Times, location="query")
@feature.doc(summary="What the register said, by valid day and recorded time", responses={200: "Versions"})
def show(code: str, query_data: dict[str, Any]) -> Response:
    """Versions oldest first, or the one statement on record at ``recorded`` about the day ``valid``."""
    valid, recorded = query_data.get("valid"), query_data.get("recorded")
    with use_case() as connection:
        asset = record.detail(connection, current_actor(), code)
        must(Permission.ASSET_HISTORY, asset)
        if valid is None and recorded is None:
            versions = history.versions(connection, asset.id, asset.kind)
        else:
            valid, recorded = valid or day_of(connection, asset.city_id), recorded or datetime.now(UTC)
            versions = [history.as_of(connection, asset.id, asset.kind, valid=valid, recorded=recorded)]
    body = json.dumps(
        {"code": code, "versions": [_plain(version) for version in versions]}, ensure_ascii=False
    )
    return Response(body, mimetype="application/json", headers={"Cache-Control": "private, no-store"})


def _plain(version: Version) -> dict[str, Any]:
    inside = {"owner_id", "operator_id", "host_id"}
    return {
        **{name: plain(getattr(version, name)) for name in ("valid_from", "recorded_from", "recorded_until")},
        "values": {name: plain(value) for name, value in version.values.items() if name not in inside},
        "changed": sorted(set(version.changed) - inside),
    }
