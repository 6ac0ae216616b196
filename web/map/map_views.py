"""The live map: its page, its style, what it must know of this installation, and the list as an offline map."""

from contextlib import suppress
from typing import Any

from flask import Response, request

from infra_registry.areas import ground_store
from infra_registry.areas import store as areas
from infra_registry.config import today
from infra_registry.coverage.radio.question import METHOD as RADIO
from infra_registry.coverage.radio.result import page_store
from infra_registry.coverage.radio.result import store as result_store
from infra_registry.coverage.runs import store as run_store
from infra_registry.errors import NotFound
from infra_registry.publish import basemap, extent
from infra_registry.publish.coverage_layers import Coverage
from infra_registry.publish.query import parse_query
from infra_registry.publish.state_layers import STATES
from infra_registry.publish.style import map_style
from infra_registry.publish.symbols import Theme
from infra_registry.reports.map_document import offline_map
from infra_registry.resources import VENDOR
from web.site.context import current_actor, locale, named, render, settings, use_case
from web.site.frame import Reader, chosen_area
from web.site.replies import attachment, exporting, own_json
from web.site.routing import PUBLIC, Feature

feature = Feature("map", __name__)
BASEMAP_FIELDS = ("type", "url", "attribution", "datum", "approval_number")


@feature.get("/map", permission=PUBLIC)
def show() -> str:
    """The map with its list, filters in the address."""
    code = _coverage_run()
    with use_case() as connection:
        computing = code is None and any(run["method"] == RADIO for run in run_store.computing(connection))
    page = {"coverage": code, "computing": computing}
    return render("map.html", run=request.args.get("run"), config=_config(), **page)


@feature.get("/map/style.json", permission=PUBLIC)
def style() -> Response:
    """The style for this reader's language, theme and layers."""
    theme: Theme = "dark" if request.args.get("theme") == "dark" else "light"
    run, only = request.args.get("run", ""), request.args.get("only", "")
    code = request.args.get("coverage", "")
    document = map_style(
        locale=locale(),
        theme=theme,
        operators=[(item["code"], item["name"]) for item in _operators()],
        run=run if run.replace("-", "").isalnum() and len(run) <= 40 else None,
        cases=Reader(current_actor()).may("case.read"),
        only=only if only in STATES else None,
        coverage=_coverage(code) if code and not only else None,
    )
    return own_json(document)


@feature.get("/map/config.json", permission=PUBLIC)
def config() -> Response:
    """Basemap slot, where to open, operators with their names, what this reader may do."""
    return own_json(_config())


@feature.get("/map/export", permission=PUBLIC)
def export() -> Response:
    """What the list shows under the same filters, as one offline HTML map at the reader's own level."""
    query = parse_query(request.args.to_dict(), strict=False)
    with exporting(), use_case() as connection:
        document = offline_map(connection, current_actor(), query, locale=locale(), vendor=VENDOR)
    name = f"infra-registry-{query.area or 'map'}-{today().isoformat()}.html"
    plain = "".join(c if c.isascii() and (c.isalnum() or c in "-.") else "-" for c in name)
    return attachment(document.html, plain, "text/html", private=True)


def _coverage_run() -> str | None:
    """The public run of mobile coverage that the map can show: the one asked for, or the newest of the city."""
    code, city = request.args.get("coverage", ""), chosen_area()
    with use_case() as connection:
        if code:
            with suppress(NotFound):
                return str(result_store.radio_run(connection, code)["code"])
        return page_store.newest_public(connection, city.code if city else None)


def _coverage(code: str) -> Coverage | None:
    """Published classes and gaps of any operator and technology of a public run; None when there is no such run."""
    with use_case() as connection, suppress(NotFound):
        run = result_store.radio_run(connection, code)
        layer = result_store.layer(connection, run, result_store.PUBLIC, "any", "any")
        base = f"/tiles/coverage/{run['code']}"
        gaps = f"{base}/gaps/{{z}}/{{x}}/{{y}}.mvt?edition=public&operator=any&technology=any"
        return Coverage(
            f"{base}/{layer['ordinal']}/{{z}}/{{x}}/{{y}}.mvt",
            gaps,
            shown=False,
            page=f"/coverage/{run['code']}",
        )
    return None


def _config() -> dict[str, Any]:
    slot = basemap.read(settings().basemap_file)
    with use_case() as connection:
        box = ground_store.box(connection, code=request.args.get("area")) or ground_store.box(connection)
        districts = areas.listed(connection, level="district")
    return {
        "basemap": slot and {name: getattr(slot, name) for name in BASEMAP_FIELDS},
        "bounds": box,
        "operators": _operators(),
        "may_draw": True,
        "districts": [{"code": district.code, "name": named(district)} for district in districts],
        "may_see_cases": Reader(current_actor()).may("case.read"),
    }


def _operators() -> list[dict[str, str]]:
    with use_case() as connection:
        operators = extent.operators(connection)
    return [{"code": row.code, "name": named(row)} for row in operators]
