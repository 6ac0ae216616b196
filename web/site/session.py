"""The actor of a request: from the cookie of a log-in session or the bearer token of a program."""

from flask import Flask, Request, current_app, g, request
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface
from werkzeug.wrappers import Response

from infra_registry.access import ANONYMOUS, Actor
from infra_registry.errors import RegistryError
from infra_registry.parties import login


class NotAuthenticated(RegistryError):
    """Nobody is signed in, or the token does not count (any more)."""

    status = 401


class Notices(SecureCookieSessionInterface):
    """Flask's cookie of one-time notices; where none came there is no signature to check, nor a signer to make."""

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        """What the cookie holds, empty without one."""
        if self.get_cookie_name(app) not in request.cookies and app.secret_key:
            return self.session_class()
        return super().open_session(app, request)


def cookie_name(name: str) -> str:
    """Cookies of production carry the prefix that binds them to this host and to TLS."""
    return f"__Host-{name}" if current_app.config["SECURE_COOKIES"] else name


def set_cookie(response: Response, name: str, value: str, *, max_age: int | None = None) -> None:
    """A cookie that scripts cannot read and other sites cannot send with a write."""
    response.set_cookie(
        cookie_name(name),
        value,
        max_age=max_age,
        path="/",
        secure=current_app.config["SECURE_COOKIES"],
        httponly=True,
        samesite="Lax",
    )


def read_cookie(name: str) -> str:
    """The cookie's value, or nothing."""
    return request.cookies.get(cookie_name(name), "")


def identify() -> None:
    """Find the account behind the request; a bearer token that does not count is refused, not ignored."""
    database = current_app.extensions["registry.database"]
    authorization = request.headers.get("Authorization", "")
    if authorization:
        kind, _, token = authorization.partition(" ")
        account = login.account_of_token(database, token.strip()) if kind.lower() == "bearer" else None
        if account is None:
            raise NotAuthenticated("token.refused")
        g.account, g.by_token = account, True
        return
    cookie = read_cookie("session")
    if cookie:
        g.account = login.account_of_session(database, cookie)


def actor() -> Actor:
    """The actor of this request."""
    account = g.get("account")
    return account.actor if account is not None else ANONYMOUS


def must_change_first() -> bool:
    """True while a handed-over password was not replaced: nothing but the account is open until then."""
    account = g.get("account")
    if account is None or not account.must_change or g.get("by_token"):
        return False
    return request.blueprint not in ("account", "sign_in", "health")


def begin(response: Response, cookie: str) -> None:
    """Hand out the new cookie; the one that came with the request, if any, ends."""
    old = read_cookie("session")
    if old:
        login.log_out(current_app.extensions["registry.database"], old)
    set_cookie(response, "session", cookie, max_age=login.LIFE_S)


def renew(response: Response) -> None:
    """Give the same account a new cookie; the old one ends."""
    account = g.account
    begin(response, login.begin_session(current_app.extensions["registry.database"], account.actor.user_id))


def end(response: Response) -> None:
    """Log out: the session ends in the database, the cookie in the browser."""
    cookie = read_cookie("session")
    if cookie:
        login.log_out(current_app.extensions["registry.database"], cookie)
    response.delete_cookie(
        cookie_name("session"), path="/", secure=current_app.config["SECURE_COOKIES"], httponly=True
    )
