"""Free WiFi as the law asks for it: cities side by side, one city with its gaps, and each table as a file."""

from flask import Response, request
from flask.typing import ResponseReturnValue

from infra_registry.access import Permission
from infra_registry.areas import ground_store
from infra_registry.areas.ground_store import day_of
from infra_registry.coverage.wifi import wifi_state, zone_store
from infra_registry.duties.inforce.law import law
from infra_registry.duties.key_lists import key_area_store, key_areas
from infra_registry.reports.wifi import city_lists
from infra_registry.reports.wifi.consequences import of_law
from web.site import paging
from web.site.context import locale, named, render, t, use_case
from web.site.frame import chosen_code
from web.site.routing import Feature

feature = Feature("wifi", __name__)
READ = Permission.COVERAGE_READ


@feature.get("/wifi", permission=READ)
def index() -> ResponseReturnValue:
    """One city, when one is chosen; else all cities."""
    chosen = chosen_code()
    return _city(chosen) if chosen else _cities()


def _cities() -> ResponseReturnValue:
    rows = []
    with use_case() as connection:
        in_force = law(connection)
        for city in ground_store.cities(connection):
            on = day_of(connection, city.id)
            wifi_law = wifi_state.law_of(connection, in_force, city.id, on)
            filters = wifi_state.zone_filter(city.id, wifi_law)
            listed = key_area_store.lists(connection, city.id, on)
            rows.append(
                {
                    "city": city,
                    "said": wifi_law,
                    "list": next((item for item in listed if item.holds), None),
                    "zones": zone_store.figures(connection, filters),
                }
            )
    return render("wifi/index.html", rows=rows, crumbs=[(t("wifi.title"), None)])


def _city(code: str) -> ResponseReturnValue:
    with use_case() as connection:
        in_force, city = law(connection), key_areas.find_city(connection, code)
        on = day_of(connection, city.id)
        wifi_law = wifi_state.law_of(connection, in_force, city.id, on)
        facts = wifi_state.security_facts(wifi_law)
        filters = _filter(city.id, wifi_law)
        zones = zone_store.zones(connection, filters)
        matched = zone_store.count(connection, filters)
        figures = zone_store.figures(connection, filters)
        quality = {by: wifi_state.quality(connection, wifi_law, city.id, by) for by in ("district", "family")}
        lists = key_area_store.lists(connection, city.id, on)
        areas = wifi_state.key_areas(connection, in_force, city.id, on)
    return render(
        "wifi/city.html",
        city=city,
        wifi_law=wifi_law,
        sentences=of_law(wifi_law.duties, locale()),
        facts=facts,
        filters=filters,
        zones=zones,
        matched=matched,
        figures=figures,
        quality=quality,
        areas=areas,
        listed=next((item for item in lists if item.holds), None),
        log_days=filters.log_days[0],
        pages=paging.pages(filters.page, zone_store.PAGE, len(zones), matched),
        crumbs=[(t("wifi.title"), "/wifi?area="), (named(city), None)],
    )


@feature.get("/wifi/zones.csv", permission=READ)
def zones_csv() -> Response:
    """Zones in use with what is shown about their security, as filtered."""
    with use_case(timeout_ms=60_000) as connection:
        city = key_areas.find_city(connection, request.args.get("area", ""))
        wifi_law = wifi_state.law_of(connection, law(connection), city.id, day_of(connection, city.id))
        filters = _filter(city.id, wifi_law)
        heads, rows = city_lists.zone_table(zone_store.zones(connection, filters, limit=None), locale())
    return paging.as_csv(f"wifi-zones-{city.code}.csv", heads, rows)


@feature.get("/wifi/areas.csv", permission=READ)
def areas_csv() -> Response:
    """The key public areas of the list that holds, with what the register knows of free zones there."""
    with use_case() as connection:
        city = key_areas.find_city(connection, request.args.get("area", ""))
        areas = wifi_state.key_areas(connection, law(connection), city.id, day_of(connection, city.id))
    heads, rows = city_lists.area_table(areas, locale())
    return paging.as_csv(f"wifi-areas-{city.code}.csv", heads, rows)


@feature.get("/wifi/quality.csv", permission=READ)
def quality_csv() -> Response:
    """What was measured in venues, by district and family."""
    with use_case(timeout_ms=60_000) as connection:
        city = key_areas.find_city(connection, request.args.get("area", ""))
        wifi_law = wifi_state.law_of(connection, law(connection), city.id, day_of(connection, city.id))
        quality = wifi_state.quality(connection, wifi_law, city.id, "both")
    heads, rows = city_lists.quality_table(quality, locale())
    return paging.as_csv(f"wifi-quality-{city.code}.csv", heads, rows)


def _filter(city_id: int, wifi_law: wifi_state.WifiLaw) -> zone_store.ZoneFilter:
    """The filter of zones from the address; a fact that is none is left out, a page that is none refused."""
    args = request.args
    lacking = args.get("lacking", "")
    return wifi_state.zone_filter(
        city_id,
        wifi_law,
        lacking=lacking if lacking in zone_store.FACTS else None,
        every=lacking == "all",
        district=(args.get("district") or "")[:20].replace("\0", "") or None,
        page=paging.page_number("audit.fault.page"),
    )
