"""Signing in and out."""

from urllib.parse import urlencode

from flask import flash, redirect, request
from flask.typing import ResponseReturnValue

from infra_registry.demo import people
from infra_registry.errors import Invalid, Limited, RegistryError
from infra_registry.parties import factors, login
from infra_registry.parties.users import store
from web.site import openid, session
from web.site.context import current_actor, database, render, settings, t, use_case
from web.site.errors import Problem, messages, problem_of
from web.site.routing import PUBLIC, Feature
from web.site.security import signing_key

feature = Feature("sign_in", __name__)
PENDING = "pending"  # the cookie between password and second factor
FEW_CODES = 3


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
        return _refused(target, name, error)
    return _enter(cookie, account, target)


@feature.get("/login/openid", permission=PUBLIC)
def to_provider() -> ResponseReturnValue:
    """Go to the city's identity provider."""
    target = safe_next(request.args.get("next"))
    # A session begins by one's own act.
    if request.headers.get("Sec-Fetch-Site") in ("cross-site", "same-site"):
        return redirect(f"/login?{urlencode({'next': target})}", 303)
    try:
        return openid.begin(target)
    except (login.NotLoggedIn, openid.Silent) as error:
        return _refused(target, "", error)


@feature.get("/login/openid/back", permission=PUBLIC)
def from_provider() -> ResponseReturnValue:
    """Come back from it: begin a session of the account that is bound to who it says this is."""
    target = "/"
    try:
        proven, target = openid.end()
        cookie, account = login.log_in_by_provider(database(), proven)
    except (login.NotLoggedIn, openid.Silent) as error:
        return _refused(target, "", error)
    return _enter(cookie, account, safe_next(target))


def _refused(target: str, name: str, error: RegistryError) -> ResponseReturnValue:
    """The log-in form again, with why it did not succeed."""
    problem = problem_of(error)
    headers = {"Retry-After": str(problem.retry_after_s)} if problem.retry_after_s else {}
    return _page(target, name, problem), problem.status, headers


def _enter(cookie: str, account: login.Account, target: str) -> ResponseReturnValue:
    """Where who is known goes on: to the second factor, to a new password, or to the page that was wanted."""
    if account.has_factor and not account.vouched:
        response = redirect(f"/login/code?{urlencode({'next': target})}", 303)
        session.set_cookie(response, PENDING, cookie, max_age=login.PENDING_S)
        return response
    response = redirect("/account#password" if account.must_change else target, 303)
    session.begin(response, cookie)
    return response


@feature.get("/login/code", permission=PUBLIC)
def code_form() -> ResponseReturnValue:
    """The form for the second factor, for who has just given his password."""
    target = safe_next(request.args.get("next"))
    if login.account_of_pending(database(), session.read_cookie(PENDING)) is None:
        return redirect("/login", 303)
    return render("account/log_in_code.html", next=target, errors={})


@feature.post("/login/code", permission=PUBLIC)
def check_code() -> ResponseReturnValue:
    """Check the code; begin the session with a new cookie."""
    target, pending = safe_next(request.form.get("next")), session.read_cookie(PENDING)
    account = login.account_of_pending(database(), pending)
    if account is None:
        return redirect("/login", 303)
    user_id = account.actor.user_id
    try:
        factors.check(database(), signing_key(settings()), user_id, request.form.get("code", ""))
    except (Invalid, Limited) as refused:
        wait = refused.params.get("retry_after_s")
        page = render("account/log_in_code.html", next=target, errors=messages(refused, at="code"))
        return page, refused.status, {"Retry-After": str(wait)} if wait else {}
    factor = factors.of_user(database(), user_id)
    if factor is not None and factor.codes_left <= FEW_CODES:
        flash(t("factor.few_left", count=factor.codes_left), "warning")
    response = redirect("/account#password" if account.must_change else target, 303)
    session.begin(response, login.pass_pending(database(), pending, user_id))
    response.delete_cookie(
        session.cookie_name(PENDING), path="/", secure=settings().production, httponly=True
    )
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
        provider=settings().openid,
        samples=samples,
        sample_password=people().password,
    )
