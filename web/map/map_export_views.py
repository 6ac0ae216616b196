"""The list as one offline HTML map, at the reader's own level."""

from pathlib import Path

from flask import Response, current_app, request

from infra_registry.config import today
from infra_registry.publish.query import parse_query
from infra_registry.reports.map_document import offline_map
from web.site.context import current_actor, locale, use_case
from web.site.routing import PUBLIC, Feature

feature = Feature("map_export", __name__)


@feature.get("/map/export", permission=PUBLIC)
def export() -> Response:
    """What the list shows under the same filters; a file to keep."""
    query = parse_query(request.args.to_dict(), strict=False)
    vendor = Path(str(current_app.static_folder)) / "vendor"
    with use_case() as connection:
        document = offline_map(connection, current_actor(), query, locale=locale(), vendor=vendor)
    response = Response(document.html, mimetype="text/html")
    name = f"infra-registry-{query.area or 'map'}-{today().isoformat()}.html"
    response.headers["Content-Disposition"] = f'attachment; filename="{_plain(name)}"'
    response.headers["Cache-Control"] = "private, no-store"
    return response


def _plain(name: str) -> str:
    return "".join(c if c.isascii() and (c.isalnum() or c in "-.") else "-" for c in name)
