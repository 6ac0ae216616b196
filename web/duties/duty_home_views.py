"""Duties from where one stands: what the law asks of a holder, what one may ask for, several places at once."""

from dataclasses import replace
from typing import Any

from flask import request
from flask.typing import ResponseReturnValue

from infra_registry.access import Permission
from infra_registry.duties.answers import ledger, opening
from infra_registry.duties.answers.ledger_query import Query
from infra_registry.duties.answers.opening_checks import Act
from infra_registry.duties.inforce.law import law
from infra_registry.errors import Invalid
from infra_registry.publish import duty_desk
from infra_registry.publish.state_layers import STATES
from web.duties import duty_list
from web.site.context import address, current_actor, fault_text, render, t, use_case
from web.site.frame import asked_area
from web.site.paging import page_number, pages
from web.site.replies import done
from web.site.routing import Feature

feature = Feature("duty_homes", __name__)
PAGE = 50


@feature.get("/duties/mine", permission=Permission.ACCOUNT)
def mine() -> ResponseReturnValue:
    """Buildings of the reader's organisation with the next step of each, open requests, letters."""
    actor, number = current_actor(), page_number("audit.fault.page")
    with use_case(timeout_ms=15_000) as connection:
        in_force = law(connection)
        code = duty_desk.party_code(connection, actor)
        query = Query(body=code, page=number, limit=PAGE) if code else None
        page = ledger.search(connection, query) if query else None
        counted = ledger.states(connection, Query(body=code)) if code else {}
        names = duty_list.names(connection, in_force, "")
        letters = duty_desk.letters(connection, actor)
    href = [
        (s, counted[s], f"/duties/opening?body={code}&state={s}")
        for s in STATES["openings"]
        if counted.get(s)
    ]
    return render(
        "duties/mine.html",
        page=page if page and page.total else None,
        states=href,
        names=names,
        letters=letters,
        next_step=next_step,
        party=code,
        pages=pages(number, PAGE, len(page.rows), page.total) if page else None,
        crumbs=[(t("frame.nav.duties"), "/duties"), (t("duty_pages.mine"), None)],
    )


def next_step(row: Any) -> str:
    """What a holder does next about a place: the last part of the message key."""
    if row.state in ("asked", "no_answer"):
        return "late" if row.state == "no_answer" else "answer"
    if row.state in ("open", "exempt", "refused", "declined"):
        return "none"
    if row.state == "offered":
        return "serve"
    by_standing = {"binds": "open", "conditions_not_shown": "show", "scope_not_shown": "complete"}
    return by_standing.get(row.standing or "", "free")


@feature.get("/duties/ask", permission=Permission.OPENING_ASK)
def askable() -> ResponseReturnValue:
    """Places one may ask for here: obliged or offered, by district, not yet asked by one's own organisation."""
    return _ask({}, "")


@feature.post("/duties/ask", permission=Permission.OPENING_ASK)
def ask() -> ResponseReturnValue:
    """Ask for several places in one step, all or none."""
    codes, request_text = request.form.getlist("asset"), request.form.get("wanted", "")
    if not codes:
        return _ask({"asset": t("duty_pages.ask_nothing")}, request_text), 422
    try:
        with use_case() as connection:
            requests = opening.record(
                connection,
                law(connection),
                current_actor(),
                [Act(code, "asked", wanted=request_text) for code in codes],
            )
    except Invalid as error:
        wrong = {}
        for fault in error.faults:
            field = fault.field.rsplit(".", 1)[-1]
            wrong[field if field == "wanted" else "asset"] = fault_text(replace(fault, field=field))
        return _ask(wrong, request_text), 422
    return done(t("duty_pages.asked", count=len(requests)), "/duties/ask")


def _ask(errors: dict[str, str], request_text: str) -> str:
    number = page_number("audit.fault.page")
    city, district = asked_area()[:20], request.args.get("district", "")[:20]
    with use_case(timeout_ms=15_000) as connection:
        names = duty_list.names(connection, law(connection), city)
        page = ledger.search(connection, duty_desk.askable(city, district if city else "", number))
    return render(
        "duties/ask.html",
        page=page,
        names=names,
        city=city,
        district=district,
        errors=errors,
        request_text=request_text,
        chosen=request.form.getlist("asset"),
        address=address,
        pages=pages(number, PAGE, len(page.rows), page.total),
        crumbs=[(t("frame.nav.duties"), "/duties"), (t("duty_pages.ask"), None)],
    )
