"""Duties and openings: each list beside its map, as CSV and as an offline map, and what stands past a shut gate."""

from typing import Any

from flask import Response, request
from flask.typing import ResponseReturnValue

from infra_registry.access import Permission
from infra_registry.areas import store as areas
from infra_registry.config import today
from infra_registry.duties.answers import ledger, ledger_query
from infra_registry.duties.inforce.law import law
from infra_registry.duties.judging import current_store
from infra_registry.duties.steps import gates
from infra_registry.errors import Fault, Invalid
from infra_registry.formats import csv_lines, whole
from infra_registry.publish import state_tiles
from infra_registry.reports import opening_document
from infra_registry.resources import VENDOR
from web.duties import duty_list, no_duty_reasons, opening_page
from web.site.context import address, current_actor, locale, render, t, use_case
from web.site.frame import asked_area
from web.site.paging import page_number, pages
from web.site.replies import EXPORT_TIMEOUT_MS, attachment, csv_stream, done, exporting
from web.site.routing import Feature

feature = Feature("duties", __name__)
READ = Permission.DUTY_READ
PAGE = 50


@feature.get("/duties", permission=READ)
def index() -> ResponseReturnValue:
    """What the law asks of what this reader sees exactly: the list, its map, counts that lead on."""
    filters, order, number = (
        duty_list.duty_filter(request.args),
        duty_list.duty_order(request.args),
        page_number("audit.fault.page"),
    )
    with use_case(timeout_ms=15_000) as connection:
        in_force = law(connection)
        names = duty_list.names(connection, in_force, filters.city)
        page = current_store.listed(connection, filters, order=order, limit=PAGE, offset=(number - 1) * PAGE)
        counted = duty_list.counted(connection, filters)
        box = state_tiles.extent(connection, state_tiles.duties(filters)) if page.rows else None
        silence = (
            None
            if page.rows
            else no_duty_reasons.of(connection, in_force, filters.city, duty_list.duty_raw(filters))
        )
    return render(
        "duties/index.html",
        page=page,
        filters=filters,
        raw=duty_list.duty_raw(filters),
        order=order,
        names=names,
        address=address,
        choices=duty_list.duty_choices(),
        counted=counted,
        box=box,
        silence=silence,
        pages=pages(number, PAGE, len(page.rows), page.total),
        chips=duty_list.duty_chips(filters, names),
        crumbs=[(t("frame.nav.duties"), None)],
    )


@feature.get("/duties.csv", permission=Permission.EXPORT_RUN)
def table() -> ResponseReturnValue:
    """The list as CSV, in the codes other programs read."""
    filters = duty_list.duty_filter(request.args)
    return csv_stream(lambda connection: current_store.csv(connection, filters), "duties.csv")


@feature.get("/duties/opening", permission=READ)
def opening() -> ResponseReturnValue:
    """The ledger of opening: list, map, figures per city and controlling body."""
    raw = duty_list.opening_parameters(request.args)
    return opening_page.show(ledger_query.parse(raw, strict=False), raw)


@feature.get("/duties/opening.csv", permission=Permission.EXPORT_RUN)
def opening_table() -> ResponseReturnValue:
    """The ledger as CSV."""
    query = ledger_query.parse(duty_list.opening_parameters(request.args), strict=False)
    return csv_stream(
        lambda connection: csv_lines(ledger.COLUMNS, ledger.table(connection, query)), "openings.csv"
    )


@feature.get("/duties/opening/export", permission=READ)
def opening_export() -> Response:
    """The same view as one file that opens from disk, with its map, figures and list."""
    query = ledger_query.parse(duty_list.opening_parameters(request.args), strict=False)
    with exporting(), use_case(timeout_ms=EXPORT_TIMEOUT_MS) as connection:
        html = opening_document.offline_ledger(
            connection, law(connection), query, locale=locale(), vendor=VENDOR
        )
    return attachment(html, f"openings-{query.city or 'all'}-{today().isoformat()}.html", "text/html")


@feature.post("/duties/opening/target", permission=Permission.TARGET_SET)
def set_target() -> ResponseReturnValue:
    """Set or drop an area's own target for answers; never law."""
    code, days = request.form.get("city", "")[:20], request.form.get("days", "").strip()
    number = whole(days, 9999)
    if days and number is None:
        raise Invalid([Fault("days", days[:20], "field.out_of_range", "1 … 366")])
    with use_case() as connection:
        city = areas.needed(connection, code)
        note = request.form.get("note", "")
        ledger.set_target(connection, current_actor(), city.id, number, note)
    message = t("duty_pages.target_set" if days else "duty_pages.target_dropped")
    return done(message, address("/duties/opening", {"area": code}))


@feature.get("/duties/unshown", permission=Permission.GATE_READ)
def unshown() -> ResponseReturnValue:
    """In use, acceptance not shown, and whatever else stands past a gate that is not shown to be open."""
    number, city = page_number("audit.fault.page"), asked_area()[:20]
    with use_case(timeout_ms=15_000) as connection:
        in_force = law(connection)
        rows, total = gates.unshown(connection, in_force, city=city, page=number, limit=PAGE)
        names = duty_list.names(connection, in_force, city)
    return render(
        "duties/unshown.html",
        rows=rows,
        names=names,
        city=city,
        step=step_words,
        pages=pages(number, PAGE, len(rows), total),
        crumbs=[(t("frame.nav.duties"), "/duties"), (t("gate.list"), None)],
    )


def step_words(row: Any) -> str:
    """The step that was taken: a status reached, a move or alteration, an act of works."""
    if row.kind == "project":
        return t(f"act.{row.step}")
    return t(f"gate.step.{row.step}" if row.step in ("relocated", "altered") else f"status.{row.step}")
