"""Signing in and out, and one's own account."""

from flask import redirect, request
from flask.typing import ResponseReturnValue

from infra_registry.access import Permission
from infra_registry.parties import login
from web import session
from web.context import current_actor, database, render, settings, use_case
from web.errors import problem_of
from web.routing import PUBLIC, Feature

feature = Feature("account", __name__)


def safe_next(text: str | None) -> str:
    """A return address on this site; anything else leads home."""
    if not text or not text.startswith("/") or text[1:2] in ("/", "\\") or not text.isprintable():
        return "/"
    return text


@feature.get("/login", permission=PUBLIC)
def log_in() -> ResponseReturnValue:
    """The log-in form."""
    if current_actor().is_authenticated:
        return redirect(safe_next(request.args.get("next")), 303)
    return render("account/log_in.html", next=safe_next(request.args.get("next")), login="", samples=())


@feature.post("/login", permission=PUBLIC)
def check_in() -> ResponseReturnValue:
    """Check name and password; begin a session with a new cookie."""
    name, target = request.form.get("login", ""), safe_next(request.form.get("next"))
    try:
        cookie, account = login.log_in(
            database(), name, request.form.get("password", ""), address=request.remote_addr or ""
        )
    except (login.NotLoggedIn, login.Limited) as error:
        problem = problem_of(error)
        page = render("account/log_in.html", next=target, login=name[:120], problem=problem, samples=())
        headers = {"Retry-After": str(problem.retry_after_s)} if problem.retry_after_s else {}
        return page, problem.status, headers
    response = redirect("/account?change=1" if account.must_change else target, 303)
    session.begin(response, cookie)
    return response


@feature.post("/logout", permission=PUBLIC)
def log_out() -> ResponseReturnValue:
    """End the session, here and in the database."""
    response = redirect("/", 303)
    session.end(response)
    return response
