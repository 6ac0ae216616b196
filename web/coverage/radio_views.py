"""A run of mobile coverage: its figures by layer, its gaps, its remedies, the chosen sets; each with its map."""

from collections.abc import Mapping
from typing import Any

from flask import Response, url_for
from flask.typing import ResponseReturnValue

from infra_registry.access import Permission
from infra_registry.coverage.radio.limits import limits
from infra_registry.coverage.radio.result import page_store
from infra_registry.coverage.radio.result import store as result_store
from infra_registry.coverage.radio.result.store import RadioGapFilter, RemedyFilter
from infra_registry.coverage.radio.run import may_publish
from infra_registry.coverage.radio.tables import CANDIDATE_KINDS
from infra_registry.coverage.remedies import area_law, sentences
from infra_registry.coverage.runs import store as run_store
from infra_registry.db import Connection
from infra_registry.errors import Conflict
from infra_registry.reports.radio import wording
from web.coverage import radio_page
from web.coverage.radio_page import Seen
from web.coverage.radio_sets import sets_in_words
from web.site.context import current_actor, locale, named, render, t, url_with, use_case
from web.site.paging import as_csv, pages
from web.site.routing import Feature

feature = Feature("radio", __name__)
READ = Permission.COVERAGE_READ
DOWNLOADS = ("pdf", "html", "csv", "geojson", "gpkg")
GAP_COLUMNS = (
    "ordinal",
    "operator",
    "technology",
    "district",
    "people",
    "area_m2",
    "venues",
    "road_m",
    "compared",
    "earlier_people",
    "earlier_area_m2",
    "lon",
    "lat",
)
MOST_CSV = 10_000


def overview(connection: Connection, run: dict[str, Any], job: Any) -> ResponseReturnValue:
    """The page of a run: waiting, or its figures by layer with the map."""
    if run["summary"] is None:
        return render("radio/waiting.html", run=run, job=job, crumbs=crumbs(run))
    found = radio_page.seen(connection, run)
    counts = page_store.gap_counts(connection, run, found.edition)
    counted = {
        "gaps": result_store.count_gaps(connection, run, found.edition, RadioGapFilter()),
        "remedies": result_store.count_remedies(connection, run, found.edition, RemedyFilter()),
    }
    return render(
        "radio/show.html",
        **shared(connection, found, "overview"),
        job=job,
        matrix=radio_page.matrix(found, counts),
        classes=radio_page.class_rows(found),
        layer_gaps=counts.get((found.layer["operator"], found.layer["technology"]), {"all": 0}),
        serving=page_store.operators_by_quads(
            connection, run, found.layer["technology"], limits().served_class
        ),
        counted=counted,
        compared_with=run_store.code_of(connection, run["compared_with_id"]),
        same_as=run_store.code_of(connection, run["same_as_id"]),
        may_publish=may_publish(connection, current_actor(), run),
        left_out=radio_page.left_out(found.summary),
        threshold=radio_page.threshold_words(found.summary["threshold"], internal=found.internal),
        downloads=(*DOWNLOADS, "tif") if run["whole"] else DOWNLOADS,
    )


@feature.get("/coverage/<code>/gaps", permission=READ)
def gaps(code: str) -> ResponseReturnValue:
    """The gaps of a run by filters, beside their map."""
    wanted = radio_page.gap_filter()
    with use_case() as connection:
        found = opened(connection, code)
        rows = result_store.gaps(connection, found.run, found.edition, wanted)
        matched = result_store.count_gaps(connection, found.run, found.edition, wanted)
        page = shared(connection, found, "gaps")
    return render(
        "radio/gaps.html",
        **page,
        rows=rows,
        wanted=wanted,
        matched=matched,
        csv=url_with(page=None).replace("/gaps", "/gap-list.csv", 1),
        pages=pages(wanted.page, result_store.PAGE, len(rows), matched),
    )


@feature.get("/coverage/<code>/gap-list.csv", permission=READ)
def gaps_csv(code: str) -> Response:
    """The gaps of the list's filters as CSV."""
    with use_case() as connection:
        found = opened(connection, code)
        wanted = radio_page.gap_filter()
        rows = result_store.gaps(connection, found.run, found.edition, wanted, limit=MOST_CSV)
    heads = [t(f"radio_page.column.{name}") for name in GAP_COLUMNS]
    told = ([radio_page.plain(row, name) for name in GAP_COLUMNS] for row in rows)
    return as_csv(f"{code}-gaps.csv", heads, told)


@feature.get("/coverage/<code>/gaps/<int:ordinal>", permission=READ)
def gap(code: str, ordinal: int) -> ResponseReturnValue:
    """One gap: who lives there, what became of it, what could serve it and what stands in the way."""
    with use_case() as connection:
        found = opened(connection, code)
        one = page_store.gap(connection, found.run, found.edition, ordinal)
        found = radio_page.looking_at(found, one["operator"], one["technology"])
        wanted = RemedyFilter(gap=ordinal)
        remedies = result_store.remedies(connection, found.run, found.edition, wanted)
        matched = result_store.count_remedies(connection, found.run, found.edition, wanted)
        page = shared(connection, found, "gaps")
    gains = {row["ordinal"]: next(x for x in row["gaps"] if x["ordinal"] == ordinal) for row in remedies}
    kinds = {kind: rank for rank, kind in enumerate(CANDIDATE_KINDS)}
    remedies.sort(
        key=lambda row: (kinds[row["candidate_kind"]], -(gains[row["ordinal"]]["people_gained"] or 0))
    )
    page["map"] |= {
        "box": one["box"],
        "style": radio_page.style_of(found, one["operator"], one["technology"], remedies=True),
    }
    page["crumbs"] = [
        *crumbs(found.run)[:-1],
        (code, url_for("coverage.show", code=code)),
        (t("radio_page.gaps"), url_for("radio.gaps", code=code)),
        (t("radio_page.gap", ordinal=ordinal), None),
    ]
    shown = [told(row) for row in remedies]
    return render("radio/gap.html", **page, gap=one, remedies=shown, matched=matched, gains=gains)


@feature.get("/coverage/<code>/remedies", permission=READ)
def remedies(code: str) -> ResponseReturnValue:
    """What could serve the gaps: shared hosts first, each with its duty and what stands in its way."""
    wanted = radio_page.remedy_filter()
    with use_case() as connection:
        found = opened(connection, code)
        rows = result_store.remedies(connection, found.run, found.edition, wanted)
        matched = result_store.count_remedies(connection, found.run, found.edition, wanted)
        page = shared(connection, found, "remedies")
    return render(
        "radio/remedies.html",
        **page,
        rows=[told(row) for row in rows],
        wanted=wanted,
        matched=matched,
        facts=found.summary["remedies"] or {},
        obstacles=radio_page.SHOWN_OBSTACLES,
        pages=pages(wanted.page, result_store.PAGE, len(rows), matched),
    )


@feature.get("/coverage/<code>/sets", permission=READ)
def sets(code: str) -> ResponseReturnValue:
    """The chosen sets for each budget and target, with what is proven of them."""
    with use_case() as connection:
        found = opened(connection, code)
        rows = result_store.sets(connection, found.run, found.edition)
        ordinals = {number for row in rows for number in row["chosen"]}
        most = max(ordinals, default=0)
        everything = result_store.remedies(connection, found.run, found.edition, RemedyFilter(), limit=most)
        page = shared(connection, found, "sets")
    named = {row["ordinal"]: told(row) for row in everything if row["ordinal"] in ordinals}
    facts = found.summary["remedies"] or {}
    return render("radio/sets.html", **page, sets=sets_in_words(rows, facts), named=named, facts=facts)


def opened(connection: Connection, code: str) -> Seen:
    """An ended run of mobile coverage; Conflict while it is computed."""
    run = result_store.radio_run(connection, code)
    if run["summary"] is None:
        raise Conflict("coverage.not_ended", run=code)
    return radio_page.seen(connection, run)


def shared(connection: Connection, found: Seen, here: str) -> dict[str, Any]:
    """What every page of a run shows."""
    return {
        "run": found.run,
        "seen": found,
        "here": here,
        "map": radio_page.map_of(connection, found, here),
        "operators": radio_page.operators(found),
        "technologies": radio_page.technologies(found),
        "operator_name": lambda row: radio_page.name_of(found, row["operator"]),
        "technology_name": radio_page.technology_name,
        "who_lacks": lambda gap: radio_page.who_lacks(found, gap),
        "radio_share": radio_page.served_share,
        "ranges": radio_page.ranges(found),
        "law_held": area_law.held(connection, found.run["area_id"], found.run["as_of"]),
        "crumbs": crumbs(found.run)
        if here == "overview"
        else [
            *crumbs(found.run)[:-1],
            (found.run["code"], url_for("coverage.show", code=found.run["code"])),
            (t(f"radio_page.{here}"), None),
        ],
    }


def told(row: dict[str, Any]) -> dict[str, Any]:
    """A remedy with its obstacles, what would lift them, and its duty in the reader's words."""
    language = locale()
    said = [(sentences.obstacle(one, language), sentences.lifting(one, language)) for one in row["obstacles"]]
    duty = row["duty"]
    cited = duty and duty["citation"]["en" if language == "en" else "zh"]
    return row | {
        "said": said,
        "cited": cited,
        "barred": wording.barred_by(row),
        "name": named(row, "asset_name") or named(row, "project_name"),
        "owner": named(row, "owner"),
    }


def crumbs(run: Mapping[str, Any]) -> list[tuple[str, str | None]]:
    """The way to a run."""
    return [(t("coverage.heading"), url_for("coverage.index")), (run["code"], None)]
