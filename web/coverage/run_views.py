"""Runs of every method: listed, followed, cancelled, published. Free WiFi: a new run, its list and its tiles."""

from datetime import UTC, datetime
from typing import Any

from flask import Response, redirect, request, url_for
from flask.typing import ResponseReturnValue

from infra_registry import jobs
from infra_registry.access import Permission
from infra_registry.areas import store as areas
from infra_registry.areas.ground_store import day_of
from infra_registry.assets.kinds import VENUES
from infra_registry.coverage.radio.question import METHOD
from infra_registry.coverage.runs import life
from infra_registry.coverage.runs import store as run_store
from infra_registry.coverage.wifi import store
from infra_registry.coverage.wifi.defaults import wifi as defaults
from infra_registry.coverage.wifi.law_lookup import families, of_wifi
from infra_registry.coverage.wifi.run_life import WIFI, Question
from infra_registry.coverage.wifi.store import GapFilter
from infra_registry.coverage.wifi.summary import KINDS
from infra_registry.errors import Conflict, Fault, Invalid, NotFound, RegistryError
from infra_registry.publish import tiles
from infra_registry.reports.wifi import export
from infra_registry.reports.wifi.consequences import follows, rests_in_words
from infra_registry.resources import VENDOR
from web.coverage import radio_form, radio_views
from web.map.tile_views import answer
from web.site import replies
from web.site.context import current_actor, locale, render, settings, t, use_case
from web.site.errors import messages
from web.site.pace import pace
from web.site.paging import page_number, pages
from web.site.routing import Feature

feature = Feature("coverage", __name__)
READ, RUN = Permission.COVERAGE_READ, Permission.COVERAGE_RUN
TYPES = {"csv": "text/csv", "geojson": "application/geo+json", "html": "text/html"}


@feature.get("/coverage", permission=READ)
def index() -> ResponseReturnValue:
    """The runs this reader may see."""
    with use_case() as connection:
        runs = [
            run if run["ended_at"] else run | {"job": run_store.progress(connection, run)}
            for run in run_store.runs(connection)
        ]
    crumbs = [(t("coverage.heading"), None)]
    return render("coverage/index.html", runs=runs, samples_allowed=not settings().production, crumbs=crumbs)


@feature.get("/coverage/new", permission=RUN)
def new() -> ResponseReturnValue:
    """The form of a new run."""
    chosen: dict[str, Any] = {"area": request.args.get("area", ""), "reach_m": defaults().default_reach_m}
    with use_case() as connection:
        area = areas.find(connection, chosen["area"]) if chosen["area"] else None
        listed = families(connection, area.id, day_of(connection, area.id)) if area else defaults().families
    return _form(chosen | {"families": list(listed)}, {}, 200)


@feature.post("/coverage", permission=RUN)
def start() -> ResponseReturnValue:
    """Ask for a run; the form again with what is wrong when it cannot be."""
    form = request.form
    sent = {
        "area": form.get("area", ""),
        "reach_m": form.get("reach_m", ""),
        "families": form.getlist("families"),
    }
    try:
        question = _question(sent)
        with use_case() as connection:
            code, _ = life.ask(connection, current_actor(), WIFI, question)
    except Invalid as error:
        return _form(sent, messages(error), 422)
    except RegistryError as error:
        if error.status not in (404, 409):
            raise
        return _form(sent, {"area": t(error.code, **error.params)}, error.status)
    return replies.done(t("coverage.started", code=code), url_for("coverage.show", code=code))


@feature.get("/coverage/<code>", permission=READ)
def show(code: str) -> ResponseReturnValue:
    """One run: how far it is, what it found, what follows."""
    selection = _filter()
    with use_case() as connection:
        run = run_store.run(connection, code)
        if run["method"] == METHOD:
            return radio_views.overview(connection, run, run_store.progress(connection, run))
        gaps = store.gaps(connection, run["id"], selection)
        matched = store.count(connection, run["id"], selection)
        job = run_store.progress(connection, run)
        may_publish = life.may_publish(connection, current_actor(), run)
        law = of_wifi(connection, run["area_id"], run["as_of"])
    filters = {name: getattr(selection, name) for name in ("kind", "family", "district", "sort")}
    return render(
        "coverage/run.html",
        run=run,
        filters=selection,
        gaps=gaps,
        matched=matched,
        job=job,
        may_publish=may_publish,
        pages=pages(selection.page, store.PAGE, len(gaps), matched),
        csv_href=url_for("coverage.download", code=code, suffix="csv", **filters),
        crumbs=[(t("coverage.heading"), url_for("coverage.index")), (code, None)],
        follows=follows(run["summary"], law, locale()) if run["summary"] else None,
        rests=rests_in_words(run, locale()) if run["summary"] else None,
    )


@feature.get("/coverage/<code>/progress", permission=READ)
def progress(code: str) -> ResponseReturnValue:
    """The bar of a run, fetched again and again; when it has ended, the page is loaded anew."""
    with use_case() as connection:
        run = run_store.run(connection, code)
        job = run_store.progress(connection, run)
    speed = job and pace(job, request.args, datetime.now(UTC))
    return replies.progress("coverage/progress.html", job, run=run, pace=speed)


@feature.post("/coverage/<code>/cancel", permission=RUN)
def cancel(code: str) -> ResponseReturnValue:
    """Ask for the end of a run that is being computed."""
    with use_case() as connection:
        job = run_store.job_code(connection, run_store.run(connection, code)["job_id"])
        if job:
            jobs.cancel(connection, job)
    return redirect(url_for("coverage.show", code=code), 303)


@feature.post("/coverage/<code>/publish", permission=RUN)
def publish(code: str) -> ResponseReturnValue:
    """Open a run to everyone, or take it back."""
    public = request.form.get("public") == "1"
    with use_case() as connection:
        life.publish(connection, current_actor(), code, public=public)
    message = t("coverage.published" if public else "coverage.unpublished", code=code)
    return replies.done(message, url_for("coverage.show", code=code))


@feature.get("/coverage/<code>/gaps.<any(csv, geojson, html):suffix>", permission=READ)
def download(code: str, suffix: str) -> ResponseReturnValue:
    """The gaps as a file: CSV with the list's filters, GeoJSON or an offline map of all of them."""
    with use_case(timeout_ms=60_000) as connection:
        run = run_store.run(connection, code)
        if run["method"] == METHOD:
            raise NotFound("coverage.no_run", run=code)
        if run["summary"] is None:
            raise Conflict("coverage.not_ended", run=code)
        if suffix == "csv":
            content = export.to_csv(connection, run, _filter(), locale())
        else:
            content = export.WRITERS[f".{suffix}"](connection, run, locale(), VENDOR)
    return replies.attachment(content, f"{code}.{suffix}", TYPES[suffix])


@feature.get("/tiles/gaps/<z>/<x>/<y>.mvt", permission=READ)
def gap_tile(z: str, x: str, y: str) -> Response:
    """Gaps of the run named in the query, for the map."""
    tile, code = tiles.parse_tile(z, x, y), request.args.get("run", "")
    with use_case() as connection:
        run = run_store.run(connection, code)
    address = f"gaps|{tile}|{run['id']}|{run['ended_at']}|{run['public']}"
    return answer("assets", address, lambda connection: store.tile(connection, code, *tile))


def _form(sent: dict[str, Any], errors: dict[str, str], status: int) -> ResponseReturnValue:
    with use_case() as connection:
        areas_to_choose = radio_form.areas_offered(connection)
    crumbs = [(t("coverage.heading"), url_for("coverage.index")), (t("coverage.new"), None)]
    page = render(
        "coverage/new.html",
        sent=sent,
        errors=errors,
        areas_offered=areas_to_choose,
        venues=VENUES,
        bounds=defaults(),
        crumbs=crumbs,
    )
    return page, status


def _question(sent: dict[str, Any]) -> Question:
    try:
        reach_m = float(sent["reach_m"]) if sent["reach_m"].strip() else None
    except ValueError as error:
        raise Invalid([Fault("reach_m", sent["reach_m"][:40], "field.not_number", "200")]) from error
    if not sent["area"]:
        raise Invalid([Fault("area", "", "field.required", "")])
    return Question(sent["area"], reach_m, sent["families"])


def _filter() -> GapFilter:
    """Filters of the list from the address; what makes no sense is left out, a page that is none is refused."""
    args = request.args
    kind, sort = args.get("kind"), args.get("sort", "people").lstrip("-")
    return GapFilter(
        kind if kind in KINDS else None,
        args.get("family") if args.get("family") in VENUES else None,
        args.get("district") or None,
        sort if sort in store.SORTS else "people",
        page_number("audit.fault.page"),
    )
