"""Cases for their handlers: the list, one case, the identity of its reporter, its moves, and map tiles."""

from typing import Any

from flask import Response, redirect, request
from flask.typing import ResponseReturnValue

from infra_registry import audit
from infra_registry.access import Permission
from infra_registry.cases import choice_store, desk_store, erasure, handling, keys, points
from infra_registry.cases.codes import REASONS
from infra_registry.cases.moves import STATES
from infra_registry.errors import Conflict, Fault, Invalid
from infra_registry.formats import whole
from infra_registry.publish.tiles import parse_tile
from web.map.tile_views import TILE_TYPE
from web.site.clock import local
from web.site.context import (
    current_actor,
    fault_text,
    locale,
    named,
    render,
    sent_version,
    settings,
    t,
    use_case,
)
from web.site.paging import as_csv, page_number, pages
from web.site.replies import done
from web.site.routing import Feature

feature = Feature("cases", __name__)
READ = Permission.CASE_READ
PER_PAGE = 50
COLUMNS = ("number", "state", "reason", "district", "place", "accused", "received")


@feature.get("/cases", permission=READ)
def listing() -> ResponseReturnValue:
    """The cases this handler may see: filtered, sorted, paged, or as CSV."""
    filters, page = _filters(), page_number("cases.fault.filter")
    if request.args.get("format") == "csv":
        return _csv(filters)
    with use_case() as connection:
        rows, total = desk_store.rows(connection, filters, limit=PER_PAGE, offset=(page - 1) * PER_PAGE)
        states, districts = desk_store.counts(connection), choice_store.districts(connection)
    return render(
        "cases/list.html",
        local=local,
        rows=rows,
        filters=filters,
        states=states,
        districts=districts,
        reasons=REASONS,
        ages=desk_store.AGES,
        pages=pages(page, PER_PAGE, len(rows), total),
    )


@feature.get("/cases/<number>", permission=READ)
def case(number: str) -> ResponseReturnValue:
    """One case: facts, accused, place, story, way, and what can be done next."""
    return _page(number)


@feature.post("/cases/<number>/identity", permission=Permission.CASE_IDENTITY)
def identity(number: str) -> ResponseReturnValue:
    """Who reported, after an explicit wish that is recorded."""
    with use_case() as connection:
        reporter = handling.read_identity(connection, keys.load(settings()), current_actor(), number)
    return _page(number, identity=reporter or handling.Identity("", ""))


@feature.post("/cases/<number>/move", permission=Permission.CASE_MOVE)
def move(number: str) -> ResponseReturnValue:
    """Move the case on; a move that cannot be made shows the case with the reason why."""
    form = request.form
    try:
        request_move = handling.MoveRequest(
            form.get("move", ""), _version(), form.get("reason", ""), form.get("said", "")
        )
        with use_case() as connection:
            state = handling.move_case(
                connection, keys.load(settings()), current_actor(), number, request_move
            )
    except Invalid as error:
        errors = {f"{request_move.move}-{fault.field}": fault_text(fault) for fault in error.faults}
        return _page(number, errors=errors, sent_move=request_move), error.status
    except Conflict as error:
        return _page(number, errors={"move": _shut(error)}), error.status
    return done(t("cases.moved", number=number, state=t(f"cases.state.{state}")), f"/cases/{number}")


@feature.get("/cases/<number>/identity", permission=READ)
@feature.get("/cases/<number>/move", permission=READ)
def back(number: str) -> ResponseReturnValue:
    """The address of an answer, opened by hand: the case."""
    return redirect(f"/cases/{number}", 303)


@feature.get("/tiles/cases/<z>/<x>/<y>.mvt", permission=READ)
def tile(z: str, x: str, y: str) -> Response:
    """Cases on the handlers' map; never kept by a cache."""
    with use_case(timeout_ms=10_000) as connection:
        content = points.tile(connection, keys.load(settings()), current_actor(), parse_tile(z, x, y))
    response = Response(content, 200 if content else 204, mimetype=TILE_TYPE)
    response.headers["Cache-Control"] = "private, no-store"
    return response


def _page(number: str, **more: Any) -> str:
    with use_case() as connection:
        case = handling.read_case(connection, keys.load(settings()), current_actor(), number)
    basis = erasure.identity_rule().basis(locale())
    shown: dict[str, Any] = {
        "identity": None,
        "identity_basis": basis,
        "errors": {},
        "sent_move": None,
        **more,
    }
    return render("cases/case.html", local=local, case=case, facts=case.facts, **shown)


def _filters() -> desk_store.CaseFilter:
    texts = {name: request.args.get(name, "").strip() or None for name in ("state", "reason", "district")}
    age, sort = request.args.get("older_than", "").strip(), request.args.get("sort", "") or "-received"
    days = whole(age, 9999)
    if age and days is None:
        raise Invalid(
            [Fault("older_than", age[:20], "cases.fault.filter", ", ".join(map(str, desk_store.AGES)))]
        )
    return desk_store.CaseFilter(**texts, older_than=days, sort=sort)


def _csv(filters: desk_store.CaseFilter) -> Response:
    with use_case() as connection:
        rows, total = desk_store.rows(connection, filters, limit=10_000)
        audit.note(connection, "export", "case_file", count=len(rows), facts={"total": total})
    lines = (
        (
            row.number,
            t(f"cases.state.{row.state}"),
            t(f"report.reason.{row.reason}"),
            named(row, "district") or named(row, "city"),
            row.asset,
            "; ".join(row.accused),
            row.received_at.isoformat(timespec="minutes"),
        )
        for row in rows
    )
    return as_csv("cases.csv", [t(f"cases.{name}") for name in COLUMNS], lines)


def _version() -> int:
    version = sent_version()
    if version is None:
        raise Conflict("cases.fault.version", value=request.form.get("version", "")[:20])
    return version


def _shut(error: Conflict) -> str:
    words = dict(error.params)
    if error.code == "cases.move_shut":
        joined = (", " if locale() == "en" else "、").join(
            t(f"cases.move.{name}") for name in words["allowed"]
        )
        reasoned = words["move"] in ("check", "accept", "not_accept")
        words["allowed"] = joined or t("report.check.none")
        words["move"] = t(f"cases.move.{words['move']}") if reasoned else words["move"]
        words["state"] = t(f"cases.state.{words['state']}") if words["state"] in STATES else words["state"]
    return t(error.code, **words)
