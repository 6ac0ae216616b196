"""The second factor of one's own account: an app or a sheet of codes, and new codes when they run out."""

from flask import flash, redirect, request
from flask.typing import ResponseReturnValue

from infra_registry.access import Permission
from infra_registry.errors import Forbidden, Invalid, Limited, RegistryError
from infra_registry.parties import factors, login
from infra_registry.parties.factors import lost
from infra_registry.parties.users import store
from web.site import session
from web.site.context import current_actor, database, render, settings, t, use_case
from web.site.errors import messages
from web.site.qr import drawn
from web.site.routing import Feature
from web.site.security import signing_key

feature = Feature("factor", __name__)
OWN = Permission.ACCOUNT


@feature.get("/account/factor", permission=OWN)
def show() -> ResponseReturnValue:
    """What the second factor is, and what can be done with it."""
    return _page()


@feature.post("/account/factor", permission=OWN)
def change() -> ResponseReturnValue:
    """Begin with an app or a sheet, make new codes, or do without.

    Asks for the password, and for a code where a factor is in force.
    """
    act, user_id = request.form.get("act", ""), current_actor().user_id
    try:
        _prove(act)
    except (Invalid, Limited) as refused:
        return _refused(refused, "password")
    if act == "app":
        factors.begin_app(database(), signing_key(settings()), user_id)
    elif act == "remove":
        factors.remove(database(), user_id)
        flash(t("factor.removed"))
    else:
        make = factors.begin_sheet if act == "sheet" else factors.renew_codes
        return _page(sheet=make(database(), user_id)), 201
    return redirect("/account/factor", 303)


@feature.post("/account/factor/confirm", permission=OWN)
def confirm() -> ResponseReturnValue:
    """Put the factor in force with its first code; every other session ends. Recovery codes are shown this once."""
    user_id = current_actor().user_id
    try:
        sheet = factors.confirm(database(), signing_key(settings()), user_id, request.form.get("code", ""))
    except (Invalid, Limited) as refused:
        return _refused(refused, "code")
    with use_case() as connection:
        store.end_sessions(connection, user_id, but=login.digest(session.read_cookie("session")))
    if sheet:
        return _page(sheet=sheet), 201
    flash(t("factor.in_force"))
    return redirect("/account/factor", 303)


def _acts() -> list[str]:
    """What may be done now, in the order it is offered."""
    factor = factors.of_user(database(), current_actor().user_id)
    if factor is None or factor.confirmed_at is None:
        return ["app", "sheet"]
    return ["codes", "app", "sheet"] + ([] if session.factor_required() else ["remove"])


def _prove(act: str) -> None:
    """Raise unless the act is offered, and password and (where a factor is in force) code are right."""
    user_id = current_actor().user_id
    if act not in _acts():
        raise Forbidden("access.denied")
    login.confirm_password(database(), user_id, request.form.get("password", ""), field="password")
    if "codes" in _acts():
        factors.check(database(), signing_key(settings()), user_id, request.form.get("code", ""))


def _refused(refused: RegistryError, at: str) -> ResponseReturnValue:
    wait = refused.params.get("retry_after_s")
    return _page(refused, at=at), refused.status, {"Retry-After": str(wait)} if wait else {}


def _page(refused: RegistryError | None = None, at: str = "", sheet: list[str] | None = None) -> str:
    actor, key = current_actor(), signing_key(settings())
    factor = factors.of_user(database(), actor.user_id)
    with use_case() as connection:
        user = store.by_id(connection, actor.user_id)
        resets = lost.listed(connection, user_id=actor.user_id)
    secret = factors.unconfirmed_secret(database(), key, actor.user_id)
    address = factors.app_address(secret, user.login, t("frame.product")) if secret and user else ""
    return render(
        "account/factor.html",
        factor=factor,
        login=user.login if user else "",
        sheet=sheet,
        secret=" ".join(secret[start : start + 4] for start in range(0, len(secret), 4)),
        picture=drawn(address) if address else "",
        acts=_acts(),
        required=session.factor_required(),
        resets=resets,
        errors=messages(refused, at=at),
    )
