"""Fixed broadband by building: what is on record in a city, by district, and what the law of the place says."""

from typing import Any

from flask import Response, request
from flask.typing import ResponseReturnValue

from infra_registry.access import Permission
from infra_registry.areas import ground_store
from infra_registry.areas.ground_store import day_of
from infra_registry.coverage.evidence import broadband_store
from infra_registry.coverage.evidence.broadband_store import BuildingFilter
from infra_registry.coverage.evidence.settings import broadband_statements
from infra_registry.db import Connection
from infra_registry.duties.inforce.law import law
from infra_registry.duties.judging.area_law import area_codes, stating
from infra_registry.duties.key_lists import key_areas
from web.coverage.evidence_views import crumbs
from web.site import paging
from web.site.context import named, render, t, use_case
from web.site.frame import chosen_code
from web.site.routing import Feature

feature = Feature("broadband", __name__)
READ = Permission.COVERAGE_READ


@feature.get("/coverage/broadband", permission=READ)
def buildings() -> ResponseReturnValue:
    """Fixed broadband by building in one city."""
    code = chosen_code()
    with use_case() as connection:
        cities = ground_store.cities(connection)
        if not code:
            return render(
                "evidence/broadband.html", city=None, cities=cities, crumbs=[(t("broadband.heading"), None)]
            )
        city = key_areas.find_city(connection, code)
        filters = _buildings(connection, city.id)
        rows = broadband_store.by_district(connection, filters)
        listed = broadband_store.buildings(connection, filters)
        matched = broadband_store.count(connection, filters)
        areas = area_codes(connection, city.id)
        fixed_law = stating(law(connection), areas, broadband_statements(), filters.on)
    return render(
        "evidence/broadband.html",
        city=city,
        cities=cities,
        filters=filters,
        rows=rows,
        total={name: sum(row[name] for row in rows) for name in broadband_store.COUNTS},
        listed=listed,
        matched=matched,
        fixed_law=fixed_law,
        kinds=broadband_store.KINDS,
        pages=paging.pages(filters.page, broadband_store.PAGE, len(listed), matched),
        crumbs=crumbs((t("broadband.heading"), None)),
    )


@feature.get("/coverage/broadband.csv", permission=READ)
def buildings_csv() -> Response:
    """The list of buildings as a file, with the filters of the page."""
    with use_case(timeout_ms=60_000) as connection:
        city = key_areas.find_city(connection, request.args.get("area", ""))
        listed = broadband_store.buildings(connection, _buildings(connection, city.id), limit=100_000)
    header = [t(f"broadband.{name}") for name in ("building", "kind", "district", "operators")]
    rows = (
        (row["name"] or row["code"], t(f"kind.{row['kind']}"), row["district_name"] or "", _operators(row))
        for row in listed
    )
    return paging.as_csv(f"broadband-{city.code}.csv", header, rows)


def _operators(row: dict[str, Any]) -> str:
    seen = (t("broadband.seen", operator=named(o), on=o["on"], basis=o["basis"]) for o in row["operators"])
    return "; ".join(seen) or t("broadband.none_known")


def _buildings(connection: Connection, city_id: int) -> BuildingFilter:
    args = request.args
    kind, shown = args.get("kind"), args.get("shown")
    return BuildingFilter(
        city_id,
        day_of(connection, city_id),
        kind if kind in broadband_store.KINDS else None,
        args.get("district") or None,
        shown if shown in broadband_store.SHOWN else None,
        paging.page_number("form.invalid"),
    )
