"""Key public areas: the list of a city with its map, a new list from a file, the undoing of one."""

from datetime import date
from typing import Any

from flask import Response, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from infra_registry.access import Permission, allows
from infra_registry.areas import ground_store
from infra_registry.areas.ground_store import day_of
from infra_registry.config import today
from infra_registry.coverage.wifi import wifi_state
from infra_registry.duties.inforce.law import law
from infra_registry.duties.key_lists import key_area_reading, key_area_store, key_areas
from infra_registry.duties.key_lists.key_area_reading import CAPS
from infra_registry.errors import Fault, Invalid, RegistryError
from infra_registry.formats import day
from infra_registry.formats.crs import OFFERED
from web.site import paging
from web.site.context import current_actor, locale, named, render, t, use_case
from web.site.frame import chosen_code
from web.site.replies import done, sent_file
from web.site.routing import Feature

feature = Feature("key_areas", __name__)
READ, LOAD = Permission.COVERAGE_READ, Permission.KEY_AREA_LOAD
MOST_FINDINGS = 500


@feature.get("/wifi/key-areas", permission=READ)
def index() -> ResponseReturnValue:
    """The list of a city that holds on a day, and every list before and after it."""
    on = _day(request.args.get("on", ""))
    code = chosen_code()
    if not code:
        return redirect("/wifi?area=", 303)
    with use_case() as connection:
        city = key_areas.find_city(connection, code)
        on = on or day_of(connection, city.id)
        lists = key_area_store.lists(connection, city.id, on)
        in_force = law(connection)
        wifi_law = wifi_state.law_of(connection, in_force, city.id, on)
        areas = wifi_state.key_areas(connection, in_force, city.id, on)
    points = [[float(item.row.lon), float(item.row.lat)] for item in areas]
    return render(
        "duties/key_areas.html",
        city=city,
        day=on,
        lists=lists,
        listed=next((item for item in lists if item.holds), None),
        wifi_law=wifi_law,
        areas=areas,
        shape={"type": "MultiPoint", "coordinates": points} if points else None,
        may_load=_may(city),
        crumbs=[
            (t("wifi.title"), "/wifi?area="),
            (named(city), f"/wifi?area={city.code}"),
            (t("key_area.title"), None),
        ],
    )


@feature.get("/wifi/key-areas/import", permission=LOAD)
def new() -> ResponseReturnValue:
    """The form for a list."""
    return _form({"area": chosen_code()}, {}, 200)


@feature.post("/wifi/key-areas", permission=LOAD, max_bytes=CAPS.max_bytes + (1 << 20))
def receive() -> ResponseReturnValue:
    """Load a list, or check it; the form again with every finding when it cannot be."""
    sent = {name: request.form.get(name, "").strip() for name in ("area", "crs", "crs_other", "dry_run")}
    file = sent_file()
    errors = {} if file else {"file": t("imports.no_file")}
    errors |= {} if sent["area"] else {"area": t("frame.choose")}
    if errors or file is None:
        return _form(sent, errors, 422)
    content = file.stream.read(CAPS.max_bytes + 1)
    crs, dry_run = sent["crs_other"] or sent["crs"] or None, sent["dry_run"] == "1"
    try:
        with use_case(timeout_ms=60_000) as connection:
            loaded = key_areas.load_file(
                connection,
                current_actor(),
                sent["area"],
                (content, file.filename or "list.csv"),
                crs=crs,
                dry_run=dry_run,
            )
    except RegistryError as refused:
        if refused.status == 403:
            raise
        field = {"crs.unknown": "crs_other", "key_area.no_city": "area"}.get(refused.code, "file")
        return _form(sent, {field: t(refused.code, **refused.params)}, refused.status)
    if not loaded.written:
        return _form(sent, {}, 422 if loaded.faulty else 200, loaded)
    title = loaded.issued.title if loaded.issued else ""
    flash(t("key_area.loaded", count=loaded.areas, title=title), "done")
    if loaded.ended:
        flash(t("key_area.ended", title=loaded.ended[0], day=loaded.ended[1].isoformat()), "done")
    return redirect(url_for("key_areas.index", area=sent["area"]), 303)


@feature.post("/wifi/key-areas/undo", permission=LOAD)
def undo() -> ResponseReturnValue:
    """Take a list away; the one before it holds again."""
    code, on = request.form.get("area", ""), _day(request.form.get("issued_on", "")) or today()
    with use_case() as connection:
        gone = key_areas.undo(connection, current_actor(), code, on)
    return done(t("key_area.undone", count=gone, day=on.isoformat()), url_for("key_areas.index", area=code))


@feature.get("/wifi/key-areas/template.csv", permission=READ)
def template() -> Response:
    """A list to fill in, with two rows that would be taken."""
    heads, *rows = key_area_reading.template(locale())
    return paging.as_csv("key-areas.csv", heads, rows)


def _form(
    sent: dict[str, str], errors: dict[str, str], status: int, loaded: Any = None
) -> ResponseReturnValue:
    with use_case() as connection:
        cities = ground_store.cities(connection)
    mine = [(city.code, named(city)) for city in cities if _may(city)]
    page = render(
        "duties/key_areas_import.html",
        sent=sent,
        errors=errors,
        loaded=loaded,
        most=MOST_FINDINGS,
        cities=mine,
        systems=[(code, code) for code in OFFERED],
        cap_mb=CAPS.max_bytes >> 20,
        max_rows=CAPS.max_rows,
        crumbs=[(t("wifi.title"), "/wifi?area="), (t("key_area.new"), None)],
    )
    return page, status


def _day(text: str) -> date | None:
    written = day(text[:10])
    if text and written is None:
        raise Invalid([Fault("on", text[:20], "field.not_date", "2026-01-31")], "query.invalid")
    return written


def _may(city: Any) -> bool:
    return allows(current_actor(), LOAD, city)
