"""Citizens report and follow a case: one question a page, nothing stored before it is sent, no cookie."""

import time
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

from flask import redirect, request
from flask.typing import ResponseReturnValue

from infra_registry.access import Permission
from infra_registry.cases import choice_store, drafts, filing, intake, keys, tracking
from infra_registry.cases.codes import CAPACITIES, CARRIER_KINDS, LASTING, NAMINGS, REASONS
from infra_registry.cases.drafts import Draft
from infra_registry.db import Connection
from infra_registry.errors import Fault, Invalid, RegistryError
from web.site.clock import local
from web.site.context import locale, render, settings, t, use_case
from web.site.errors import messages
from web.site.routing import Feature

feature = Feature("report", __name__)
FILE = Permission.REPORT_FILE
FOUND = 8
OFFERED = 300
TICKET_S = 15 * 60
PART_KINDS = ("property_manager", "developer", "owners_committee")


@feature.get("/report", permission=FILE)
def start() -> ResponseReturnValue:
    """What this is for, what to have ready, how one is protected, and where else to go."""
    return render("report/start.html", draft=drafts.close(_keys(), Draft()))


@feature.get("/report/step", permission=FILE)
@feature.get("/report/send", permission=FILE)
def begin_again() -> ResponseReturnValue:
    """A page of the form was opened by its address: it carries nothing, so begin at the beginning."""
    return redirect("/report", 303)


@feature.post("/report/step", permission=FILE)
def step() -> ResponseReturnValue:
    """Take the answers of one page and show the page asked for."""
    draft = drafts.reopen(_keys(), request.form.get("draft", ""))
    at, go = request.form.get("step", ""), request.form.get("go", "next")
    if at not in intake.STEPS:
        return _page(draft, "what")
    draft = draft.with_answers(intake.read(at, request.form.to_dict(flat=False)))
    if go == "back":
        return _page(draft, intake.STEPS[max(0, intake.STEPS.index(at) - 1)])
    if go in ("stay", "find"):
        return _page(draft, at, look=go == "find")
    if go.startswith("to-") and go[3:] in intake.STEPS:
        return _page(draft, go[3:])
    with use_case() as connection:
        wrong = filing.faults(connection, at, draft.answers)
        ready = not wrong and filing.unanswered(connection, draft.answers) is None
    if wrong:
        return _page(draft, at, wrong=wrong)
    return _page(
        draft, "check" if ready else intake.STEPS[min(intake.STEPS.index(at) + 1, len(intake.STEPS) - 1)]
    )


@feature.post("/report/send", permission=FILE)
def send() -> ResponseReturnValue:
    """File the report and show its receipt; the same form sent again gives the same receipt."""
    draft = drafts.reopen(_keys(), request.form.get("draft", ""))
    try:
        with use_case(service=True) as connection:
            receipt = filing.file_report(
                connection, _keys(), draft, locale=locale(), address=request.remote_addr or ""
            )
    except filing.Unanswered as error:
        return _page(draft, error.step, wrong=error.faults)
    return render("report/receipt.html", local=local, receipt=receipt, draft=drafts.close(_keys(), draft))


@feature.get("/track", permission=FILE)
def ask() -> ResponseReturnValue:
    """The form for number and secret of a case."""
    return render("report/track.html", number="", errors={})


@feature.post("/track", permission=FILE)
def show() -> ResponseReturnValue:
    """The case behind number and secret, or behind the ticket of a page that showed it before."""
    number, ticket = request.form.get("number", "")[:80], request.form.get("ticket", "")
    with use_case(service=True) as connection:
        if ticket:
            status = _by_ticket(connection, ticket)
        else:
            status = tracking.track(
                connection, _keys(), number, request.form.get("secret", ""), address=request.remote_addr or ""
            )
    if status is None:
        message = t("track.over" if ticket else "track.wrong")
        return render("report/track.html", number=number, errors={"number": message}), 422
    content = {"number": status.number, "began": int(time.time())}
    if ticket:
        content["began"] = drafts.unpack(_keys(), "ticket", ticket, TICKET_S)["began"]
    return _status(status, drafts.pack(_keys(), "ticket", content))


@feature.get("/track/erasure", permission=FILE)
def ask_again() -> ResponseReturnValue:
    """The address of an answer, opened by hand: it carries nothing, so ask for number and secret."""
    return redirect("/track", 303)


@feature.post("/track/erasure", permission=FILE)
def wish_erasure() -> ResponseReturnValue:
    """The reporter wants the case erased: the secret is asked once more."""
    ticket, secret = request.form.get("ticket", ""), request.form.get("secret", "")
    with use_case(service=True) as connection:
        shown = _by_ticket(connection, ticket)
        status = shown and tracking.wish_erasure(
            connection, _keys(), shown.number, secret, address=request.remote_addr or ""
        )
    if shown is None:
        return render("report/track.html", number="", errors={"number": t("track.over")}), 422
    if status is None:
        return _status(shown, ticket, {"secret": t("track.wrong")}), 422
    return _status(status, ticket)


def _status(case: tracking.Status, ticket: str, errors: Mapping[str, str] = MappingProxyType({})) -> str:
    return render("report/status.html", local=local, case=case, ticket=ticket, errors=errors)


def _page(draft: Draft, at: str, *, wrong: Sequence[Fault] = (), look: bool = False) -> ResponseReturnValue:
    errors = messages(Invalid(wrong))
    with use_case() as connection:
        offered = _offers(connection, draft.answers, at, look=look)
    page = render(
        "report/step.html",
        at=at,
        steps=intake.STEPS,
        questions={question.name: question for question in intake.QUESTIONS[at]},
        answers=draft.answers,
        errors=errors,
        draft=drafts.close(_keys(), draft),
        **offered,
    )
    return page, 422 if errors else 200


def _offers(connection: Connection, answers: intake.Answers, at: str, *, look: bool) -> dict[str, Any]:
    """Options of one page of the form, by name in its template."""
    offered: dict[str, Any] = {"reasons": REASONS, "lasting": LASTING, "namings": NAMINGS}
    offered["capacities"] = CAPACITIES
    if at in ("where", "check"):
        offered["districts"] = choice_store.districts(connection)
        offered["chosen"] = (
            choice_store.building(connection, answers["asset"]) if answers.get("asset") else None
        )
    if at == "where":
        place = answers.get("place", "")
        offered["looked"] = look
        offered["buildings"] = (
            choice_store.buildings(connection, place, FOUND) if look and len(place) >= 2 else ()
        )
    if at in ("against", "check"):
        offered["carriers"] = choice_store.parties(connection, CARRIER_KINDS, OFFERED)
    if at == "against":
        offered["parties"] = choice_store.parties(connection, PART_KINDS, OFFERED)
    return offered


def _by_ticket(connection: Connection, ticket: str) -> Any:
    try:
        content = drafts.unpack(_keys(), "ticket", ticket, TICKET_S)
    except RegistryError:
        return None
    return tracking.look_again(connection, _keys(), content["number"])


def _keys() -> keys.Keys:
    return keys.load(settings())
