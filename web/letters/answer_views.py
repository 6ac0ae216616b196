"""Answering a letter without an account: open the link, fill one table for many buildings, check, send.

Opening the address shows a page and changes nothing, so that a mail scanner that looks at it uses nothing up; the
button on it claims the link, once. What follows hangs on a cookie bound to this letter alone.
"""

from datetime import timedelta
from typing import Any

from flask import flash, make_response, redirect, request
from flask.typing import ResponseReturnValue

from infra_registry.access import Permission
from infra_registry.cases import filing
from infra_registry.db import Connection
from infra_registry.duties.inforce.law import law
from infra_registry.duties.letters import answer_table, answering
from infra_registry.duties.letters.answering import SESSION, Claimed, LinkState
from infra_registry.errors import Conflict, Invalid
from infra_registry.limits import Limit
from web.letters import answer_forms as forms
from web.site.context import named, render, t, use_case
from web.site.errors import messages
from web.site.paging import nearest_page
from web.site.routing import Feature
from web.site.session import cookie_name, read_cookie, set_cookie

feature = Feature("answer", __name__)
ANSWER = Permission.CAMPAIGN_ANSWER
COOKIE = "letter"
TRIES = Limit("letter", most=30, within=timedelta(minutes=15))
GONE = 410


@feature.get("/answer/<link>", permission=ANSWER)
def look(link: str) -> ResponseReturnValue:
    """The page of a link with the button that opens the letter; looking changes nothing."""
    with use_case(service=True) as connection:
        outcome = answering.look(connection, link)
    return _link_page(outcome, link)


@feature.post("/answer/<link>", permission=ANSWER)
def claim(link: str) -> ResponseReturnValue:
    """Open the letter by the number on it, once; the code to come back with is shown here and never again."""
    _limit()
    number = request.form.get("number", "")[:80]
    try:
        with use_case(service=True) as connection:
            claimed = answering.claim(connection, link, number)
    except Invalid as error:
        with use_case(service=True) as connection:
            outcome = answering.look(connection, link)
        return _link_page(outcome, link, messages(error), number)
    if not isinstance(claimed, Claimed):
        return _link_page(claimed, link)
    response = make_response(render("answer/opened.html", letter=claimed.letter, code=claimed.return_code))
    set_cookie(response, COOKIE, claimed.session, max_age=int(SESSION.total_seconds()))
    return response


@feature.get("/answer", permission=ANSWER)
def table() -> ResponseReturnValue:
    """The table of the letter this browser has opened, or how to come back."""
    with use_case(service=True) as connection:
        letter = answering.letter_of(connection, read_cookie(COOKIE))
        if letter is None:
            return render("answer/return.html", number="", errors={})
        rows = answer_table.table(connection, law(connection), letter)
    checked = messages(Invalid(answer_table.faults(rows))) if request.args.get("check") == "1" else {}
    number = nearest_page(forms.pages(rows))
    shown = rows[(number - 1) * forms.PER_PAGE : number * forms.PER_PAGE]
    here = {row.code: named(row.building) for row in shown}
    errors = {field: message for field, message in checked.items() if field.partition(".")[0] in here}
    return render(
        "answer/table.html",
        letter=letter,
        rows=rows,
        shown=shown,
        number=number,
        pages=forms.pages(rows),
        grounds=list({ground.key: ground for row in rows for ground in row.grounds}.values()),
        choices=forms.all_choices(rows),
        errors=errors,
        summary={field: _at(here, field, message) for field, message in errors.items()},
        left=sum(1 for row in rows if row.building.answer is None and not row.answer),
    )


@feature.post("/answer/return", permission=ANSWER)
def come_back() -> ResponseReturnValue:
    """A new session by the letter's number and the code shown when it was opened."""
    _limit()
    number = request.form.get("number", "")[:80]
    with use_case(service=True) as connection:
        session = answering.come_back(connection, number, request.form.get("code", ""))
    if session is None:
        return render("answer/return.html", number=number, errors={"number": t("answer.wrong")}), 422
    response = make_response(redirect("/answer", 303))
    set_cookie(response, COOKIE, session, max_age=int(SESSION.total_seconds()))
    return response


@feature.post("/answer/save", permission=ANSWER)
def save() -> ResponseReturnValue:
    """Keep what is written, then do what the button says."""
    go = request.form.get("go", "")
    with use_case(service=True) as connection:
        letter = _letter(connection)
        answer_table.save(connection, letter, forms.drafts())
        filled = (
            answer_table.fill(connection, law(connection), letter, forms.same()) if go == "fill" else None
        )
        if go == "leave":
            answering.leave(connection, letter)
    number = nearest_page()
    if go == "leave":
        response = make_response(render("answer/left.html", letter=letter))
        response.delete_cookie(cookie_name(COOKIE), path="/")
        return response
    if go == "check":
        response = make_response(redirect("/answer/check", 303))
    else:
        number += {"next": 1, "previous": -1}.get(go, 0)
        if filled is not None:
            flash(t("answer.filled", count=filled[0], skipped=filled[1]))
        response = make_response(redirect(f"/answer?page={max(1, number)}", 303))
    set_cookie(response, COOKIE, read_cookie(COOKIE), max_age=int(SESSION.total_seconds()))
    return response


@feature.get("/answer/check", permission=ANSWER)
def check() -> ResponseReturnValue:
    """Everything written, building by building, before it is sent."""
    return _check({}, "")


@feature.post("/answer/send", permission=ANSWER)
def send() -> ResponseReturnValue:
    """Send what is written; sent again it sends nothing twice."""
    who = request.form.get("respondent", "")[:200]
    try:
        with use_case(service=True, timeout_ms=60_000) as connection:
            answer_table.send(connection, law(connection), _letter(connection), who)
    except Invalid as error:
        return _check(messages(error), who)
    return redirect("/answer/receipt", 303)


@feature.get("/answer/receipt", permission=ANSWER)
def receipt() -> ResponseReturnValue:
    """What was sent from this letter, to be kept."""
    with use_case(service=True) as connection:
        letter = answering.letter_of(connection, read_cookie(COOKIE))
        if letter is None:
            return redirect("/answer", 303)
        rows = answer_table.table(connection, law(connection), letter)
        sent_answers = answer_table.receipt(connection, letter)
    return render("answer/receipt.html", letter=letter, rows=rows, receipt=sent_answers)


@feature.get("/answer/save", permission=ANSWER)
@feature.get("/answer/send", permission=ANSWER)
@feature.get("/answer/return", permission=ANSWER)
def back() -> ResponseReturnValue:
    """The address of an answer, opened by hand: the table."""
    return redirect("/answer", 303)


def _check(errors: dict[str, str], who: str) -> ResponseReturnValue:
    with use_case(service=True) as connection:
        letter = answering.letter_of(connection, read_cookie(COOKIE))
        if letter is None:
            return redirect("/answer", 303)
        rows = answer_table.table(connection, law(connection), letter)
    wrong = messages(Invalid(answer_table.faults(rows))) | errors
    page = render(
        "answer/check.html",
        letter=letter,
        ready=[row for row in rows if row.answer and not row.done],
        blank=sum(1 for row in rows if row.building.answer is None and not row.answer),
        errors=wrong,
        places=forms.page_of(rows),
        names={row.code: named(row.building) for row in rows},
        who=who or letter.respondent or "",
    )
    return page, Invalid.status if errors else 200


def _at(names: dict[str, str], field: str, message: str) -> str:
    code = field.partition(".")[0]
    return t("answer.fault_at", name=names[code], code=code, said=message)


def _link_page(
    outcome: Any, link: str, errors: dict[str, str] | None = None, number: str = ""
) -> ResponseReturnValue:
    ready = Invalid.status if errors else 200
    status = {LinkState.READY: ready, LinkState.UNKNOWN: 404}.get(outcome.state, GONE)
    page = render(
        "answer/link.html",
        outcome=outcome,
        link=link,
        letter=outcome.letter,
        errors=errors or {},
        number=number,
    )
    return page, status


def _letter(connection: Connection) -> Any:
    letter = answering.letter_of(connection, read_cookie(COOKIE), writing=True)
    if letter is None:
        raise Conflict("answer.session_over")
    return letter


def _limit() -> None:
    """Count a try in a transaction of its own, so that it counts even if the request fails."""
    with use_case(service=True) as connection:
        filing.limit(connection, TRIES, request.remote_addr or "")
