"""One's own account: name, language, password, tokens, sessions, and what one's roles permit."""

from datetime import UTC, datetime

from flask import flash, redirect, request
from flask.typing import ResponseReturnValue

from infra_registry.access import PERMISSIONS, Permission, allows
from infra_registry.errors import Invalid, Limited, NotFound, RegistryError
from infra_registry.formats import whole
from infra_registry.parties import factors, grants, login, ties, tokens, users
from infra_registry.parties import store as parties
from infra_registry.parties.factors import lost
from infra_registry.parties.users import store
from infra_registry.parties.users.store import User
from web.site import session
from web.site.context import current_actor, database, render, t, use_case
from web.site.errors import messages
from web.site.replies import done
from web.site.routing import Feature

feature = Feature("account", __name__)
OWN = Permission.ACCOUNT


@feature.get("/account", permission=OWN)
def show() -> ResponseReturnValue:
    """The whole account on one page."""
    return _page()


@feature.post("/account", permission=OWN)
def change() -> ResponseReturnValue:
    """Change name and language."""
    chosen = request.form.get("locale", "")
    try:
        with use_case() as connection:
            users.change_own(connection, current_actor(), name=request.form.get("name", ""), locale=chosen)
    except Invalid as refused:
        return _page(refused), 422
    flash(t("account.saved"))
    response = redirect("/account", 303)
    session.set_cookie(response, "lang", chosen, max_age=31_536_000)
    return response


@feature.post("/account/password", permission=OWN)
def password() -> ResponseReturnValue:
    """Change the password, ending other sessions and tokens where that is ticked; this session gets a new cookie."""
    form, ending = request.form, request.form.getlist("ending")
    try:
        if form.get("new", "") != form.get("again", ""):
            raise users.unequal()
        _confirm(form.get("old", ""), "old")
        with use_case() as connection:
            users.change_password(connection, _me(connection), form.get("new", ""), ending=ending)
    except (Invalid, Limited) as refused:
        return _refused(refused, "old")
    flash(t("account.password_changed"))
    response = redirect("/account", 303)
    session.renew(response)
    return response


@feature.post("/account/tokens", permission=OWN)
def make_token() -> ResponseReturnValue:
    """Make a token and show it, this once; who makes it proves that he knows the password."""
    form = request.form
    try:
        _confirm(form.get("token_password", ""), "token_password")
        with use_case() as connection:
            token = tokens.make(
                connection,
                current_actor(),
                name=form.get("token_name", ""),
                scopes=form.getlist("scopes"),
                days=whole(form.get("days"), 99_999) or 0,
            )
    except (Invalid, Limited) as refused:
        return _refused(refused, "token_password")
    return _page(token=token), 201


@feature.post("/account/tokens/<int:token_id>/revoke", permission=OWN)
def revoke_token(token_id: int) -> ResponseReturnValue:
    """Revoke a token."""
    if token_id > 2**62:
        raise NotFound("thing.missing")
    with use_case() as connection:
        tokens.revoke(connection, current_actor(), token_id)
    return done(t("account.token_revoked"), "/account#tokens")


@feature.post("/account/interests", permission=OWN)
def declare() -> ResponseReturnValue:
    """Declare an interest in an organisation, whose cases and grants are then left to others."""
    form = request.form
    try:
        with use_case() as connection:
            party, reason = form.get("interest_party", ""), form.get("interest_reason", "")
            ties.declare(connection, current_actor(), party, reason)
    except Invalid as refused:
        return _page(refused), 422
    return done(t("tie.declared"), "/account#interests")


@feature.post("/account/sessions/end", permission=OWN)
def end_sessions() -> ResponseReturnValue:
    """End all sessions but this one."""
    with use_case() as connection:
        store.end_sessions(
            connection, current_actor().user_id, but=login.digest(session.read_cookie("session"))
        )
    return done(t("account.sessions_ended"), "/account#sessions")


def _confirm(password: str, field: str) -> None:
    login.confirm_password(database(), current_actor().user_id, password, field=field)


def _refused(refused: RegistryError, at: str) -> ResponseReturnValue:
    wait = refused.params.get("retry_after_s")
    return _page(refused, at=at), refused.status, {"Retry-After": str(wait)} if wait else {}


def _page(refused: RegistryError | None = None, token: str = "", at: str = "") -> str:
    actor = current_actor()
    with use_case() as connection:
        context = {
            "user": _me(connection),
            "tokens": tokens.live(connection, actor.user_id),
            "sessions": store.sessions(connection, actor.user_id),
            "grants": grants.of_party(connection, actor),
            "interests": ties.of_user(connection, actor.user_id),
            "parties": parties.choices(connection),
            "resets": lost.listed(connection, user_id=actor.user_id),
        }
    return render(
        "account/show.html",
        **context,
        factor=factors.of_user(database(), actor.user_id),
        errors=messages(refused, at=at),
        sent=request.form if refused else {},
        token=token,
        this_session=login.digest(session.read_cookie("session")),
        permitted=[
            item for item in PERMISSIONS if item is not Permission.PUBLIC_READ and allows(actor, item)
        ],
        grantable=tokens.grantable(actor),
        now=datetime.now(UTC),
    )


def _me(connection: object) -> User:
    user = store.by_id(connection, current_actor().user_id)  # type: ignore[arg-type]
    if user is None:
        raise NotFound("thing.missing")
    return user
