"""A run of mobile coverage: its figures by layer, its gaps, its remedies, the chosen sets; each with its map."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from flask import Response, url_for
from flask.typing import ResponseReturnValue

from infra_registry.access import Permission
from infra_registry.coverage.radio.limits import limits
from infra_registry.coverage.radio.result import page_store
from infra_registry.coverage.radio.result import store as result_store
from infra_registry.coverage.radio.result.store import RadioGapFilter, RemedyFilter
from infra_registry.coverage.radio.tables import CANDIDATE_KINDS
from infra_registry.coverage.remedies.record import has_law
from infra_registry.coverage.runs import store as run_store
from infra_registry.coverage.runs.life import may_publish
from infra_registry.db import Connection
from infra_registry.errors import Conflict
from infra_registry.reports.radio import columns, wording
from infra_registry.reports.radio.chosen_sets import chosen_sets, compared
from web.coverage import radio_page
from web.coverage.radio_page import RunView
from web.site.context import current_actor, locale, render, t, url_with, use_case
from web.site.paging import as_csv, pages
from web.site.routing import Feature

feature = Feature("radio", __name__)
READ = Permission.COVERAGE_READ
DOWNLOADS = ("pdf", "html", "csv", "geojson", "gpkg")
MOST_CSV = 10_000


def overview(connection: Connection, run: dict[str, Any], job: Any) -> ResponseReturnValue:
    """The page of a run: waiting, or its figures by layer with the map."""
    if run["summary"] is None:
        return render("radio/waiting.html", run=run, job=job, crumbs=crumbs(run))
    view = radio_page.run_view(connection, run)
    counts = page_store.gap_counts(connection, run, view.edition)
    counted = {
        "gaps": result_store.count_gaps(connection, run, view.edition, RadioGapFilter()),
        "remedies": result_store.count_remedies(connection, run, view.edition, RemedyFilter()),
    }
    return render(
        "radio/show.html",
        **shared(connection, view, "overview"),
        job=job,
        matrix=radio_page.matrix(view, counts),
        classes=radio_page.class_rows(view),
        layer_gaps=counts.get((view.layer["operator"], view.layer["technology"]), {"all": 0}),
        serving=page_store.operators_by_quads(
            connection, run, view.layer["technology"], limits().served_class
        ),
        counted=counted,
        compared_with=run_store.code_of(connection, run["compared_with_id"]),
        same_as=run_store.code_of(connection, run["same_as_id"]),
        may_publish=may_publish(connection, current_actor(), run),
        share=wording.served_share(view.layer["stats"]),
        districts=radio_page.district_rows(view),
        rests=wording.rests_on(view.summary, locale()),
        threshold=wording.threshold(view.summary["threshold"], locale(), internal=view.internal),
        downloads=(*DOWNLOADS, "tif") if run["whole"] else DOWNLOADS,
    )


@feature.get("/coverage/<code>/gaps", permission=READ)
def gaps(code: str) -> ResponseReturnValue:
    """The gaps of a run by filters, beside their map."""
    filters = radio_page.gap_filter()
    with use_case() as connection:
        view = opened(connection, code)
        rows = result_store.gaps(connection, view.run, view.edition, filters)
        matched = result_store.count_gaps(connection, view.run, view.edition, filters)
        page = shared(connection, view, "gaps")
    return render(
        "radio/gaps.html",
        **page,
        rows=[radio_page.gap_words(view, row) for row in rows],
        filters=filters,
        matched=matched,
        csv=url_with(page=None).replace("/gaps", "/gap-list.csv", 1),
        pages=pages(filters.page, result_store.PAGE, len(rows), matched),
    )


@feature.get("/coverage/<code>/gap-list.csv", permission=READ)
def gaps_csv(code: str) -> Response:
    """The gaps of the list's filters as CSV."""
    with use_case() as connection:
        view = opened(connection, code)
        filters = radio_page.gap_filter()
        rows = result_store.gaps(connection, view.run, view.edition, filters, limit=MOST_CSV)
    heads = columns.heads((*columns.GAP_FIELDS, *columns.PLACE), locale())
    return as_csv(f"{code}-gaps.csv", heads, (columns.gap_cells(row, locale()) for row in rows))


@feature.get("/coverage/<code>/gaps/<int:ordinal>", permission=READ)
def gap(code: str, ordinal: int) -> ResponseReturnValue:
    """One gap: who lives there, what became of it, what could serve it and what stands in the way."""
    with use_case() as connection:
        view = opened(connection, code)
        gap_row = page_store.gap(connection, view.run, view.edition, ordinal)
        # Map and legend show the layer of the gap, where the run has it.
        layer = view.named.get((gap_row["operator"], gap_row["technology"]), view.layer)
        view = replace(view, layer=layer)
        filters = RemedyFilter(gap=ordinal)
        remedies = result_store.remedies(connection, view.run, view.edition, filters)
        matched = result_store.count_remedies(connection, view.run, view.edition, filters)
        page = shared(connection, view, "gaps")
    gains = {row["ordinal"]: next(x for x in row["gaps"] if x["ordinal"] == ordinal) for row in remedies}
    kinds = {kind: rank for rank, kind in enumerate(CANDIDATE_KINDS)}
    remedies.sort(
        key=lambda row: (kinds[row["candidate_kind"]], -(gains[row["ordinal"]]["people_gained"] or 0))
    )
    page["map"] |= {
        "box": gap_row["box"],
        "style": radio_page.style_of(view, gap_row["operator"], gap_row["technology"], remedies=True),
    }
    way = (t("radio_page.gaps"), url_for("radio.gaps", code=code))
    page["crumbs"] = crumbs(view.run, way, (t("radio_page.gap", ordinal=ordinal), None))
    shown = [radio_page.remedy_words(row) for row in remedies]
    return render(
        "radio/gap.html",
        **page,
        gap=radio_page.gap_words(view, gap_row),
        remedies=shown,
        matched=matched,
        gains=gains,
    )


@feature.get("/coverage/<code>/remedies", permission=READ)
def remedies(code: str) -> ResponseReturnValue:
    """What could serve the gaps: shared hosts first, each with its duty and what stands in its way."""
    filters = radio_page.remedy_filter()
    with use_case() as connection:
        view = opened(connection, code)
        rows = result_store.remedies(connection, view.run, view.edition, filters)
        matched = result_store.count_remedies(connection, view.run, view.edition, filters)
        page = shared(connection, view, "remedies")
    return render(
        "radio/remedies.html",
        **page,
        rows=[radio_page.remedy_words(row) for row in rows],
        filters=filters,
        matched=matched,
        facts=view.summary["remedies"] or {},
        obstacles=radio_page.SHOWN_OBSTACLES,
        pages=pages(filters.page, result_store.PAGE, len(rows), matched),
    )


@feature.get("/coverage/<code>/sets", permission=READ)
def sets(code: str) -> ResponseReturnValue:
    """The chosen sets for each budget and target, with what is proven of them."""
    with use_case() as connection:
        view = opened(connection, code)
        rows = result_store.sets(connection, view.run, view.edition)
        ordinals = {number for row in rows for number in row["chosen"]}
        most = max(ordinals, default=0)
        everything = result_store.remedies(connection, view.run, view.edition, RemedyFilter(), limit=most)
        page = shared(connection, view, "sets")
    named = {row["ordinal"]: radio_page.remedy_words(row) for row in everything if row["ordinal"] in ordinals}
    facts = view.summary["remedies"] or {}
    listed = chosen_sets(rows, facts, locale())
    notes = compared(facts, locale())
    return render("radio/sets.html", **page, sets=listed, named=named, notes=notes)


def opened(connection: Connection, code: str) -> RunView:
    """An ended run of mobile coverage; Conflict while it is computed."""
    run = result_store.radio_run(connection, code)
    if run["summary"] is None:
        raise Conflict("coverage.not_ended", run=code)
    return radio_page.run_view(connection, run)


def shared(connection: Connection, view: RunView, here: str) -> dict[str, Any]:
    """What every page of a run shows."""
    return {
        "run": view.run,
        "seen": view,
        "here": here,
        "map": radio_page.map_of(connection, view, here),
        "operators": radio_page.operators(view),
        "technologies": radio_page.technologies(view),
        "layer": {
            "operator": wording.operator(view.layer, locale()),
            "technology": wording.technology(view.layer["technology"], locale()),
        },
        "ranges": wording.levels(view.layer["technology"], internal=view.internal),
        "law_held": has_law(connection, view.run["area_id"], view.run["as_of"]),
        "crumbs": crumbs(view.run, *(() if here == "overview" else ((t(f"radio_page.{here}"), None),))),
    }


def crumbs(run: Mapping[str, Any], *below: tuple[str, str | None]) -> list[tuple[str, str | None]]:
    """The way to a run, or to a page below it."""
    address = url_for("coverage.show", code=run["code"]) if below else None
    return [(t("coverage.heading"), url_for("coverage.index")), (run["code"], address), *below]
