"""Signing in and out."""

from flask import redirect, request
from flask.typing import ResponseReturnValue

from infra_registry.demo import people
from infra_registry.errors import Limited
from infra_registry.parties import login
from infra_registry.parties.users import store
from web.site import session
from web.site.context import current_actor, database, render, settings, use_case
from web.site.errors import Problem, problem_of
from web.site.routing import PUBLIC, Feature

feature = Feature("sign_in", __name__)


def safe_next(text: str | None) -> str:
    """A return address on this site; anything else leads home."""
    if not text or not text.startswith("/") or text[1:2] in ("/", "\\") or not text.isprintable():
        return "/"
    return text


@feature.get("/login", permission=PUBLIC)
def form() -> ResponseReturnValue:
    """The log-in form."""
    target = safe_next(request.args.get("next"))
    if current_actor().is_authenticated:
        return redirect(target, 303)
    return _page(target, request.args.get("as", ""))


@feature.post("/login", permission=PUBLIC)
def check() -> ResponseReturnValue:
    """Check name and password; begin a session with a new cookie."""
    name, target = request.form.get("login", ""), safe_next(request.form.get("next"))
    try:
        cookie, account = login.log_in(
            database(), name, request.form.get("password", ""), address=request.remote_addr or ""
        )
    except (login.NotLoggedIn, Limited) as error:
        problem = problem_of(error)
        headers = {"Retry-After": str(problem.retry_after_s)} if problem.retry_after_s else {}
        return _page(target, name, problem), problem.status, headers
    response = redirect("/account#password" if account.must_change else target, 303)
    session.begin(response, cookie)
    return response


@feature.post("/logout", permission=PUBLIC)
def log_out() -> ResponseReturnValue:
    """End the session, here and in the database."""
    response = redirect("/", 303)
    session.end(response)
    return response


def _page(target: str, name: str, problem: Problem | None = None) -> str:
    samples: list[tuple[str, str]] = []
    if not settings().production:
        with use_case(service=True) as connection:
            samples = store.samples(connection)
    return render(
        "account/log_in.html",
        next=target,
        login=name[:120],
        problem=problem,
        samples=samples,
        sample_password=people().password,
    )
