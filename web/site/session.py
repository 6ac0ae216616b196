"""The actor of a request: from the cookie of a log-in session or the bearer token of a program."""

from flask import Flask, Request, current_app, g, request
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface
from werkzeug.wrappers import Response

from infra_registry.access import ANONYMOUS, Actor, Permission, reads_as_owner
from infra_registry.errors import Forbidden, RegistryError
from infra_registry.parties import factors, login

# What is open before a handed-over password was replaced.
BEFORE_PASSWORD = frozenset({"account.show", "account.change", "account.password"})


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
    return account.actor if account is not None and not g.get("narrowed") else ANONYMOUS


def reads_back() -> bool:
    """True where the answer to a write may show what was written, as its writer sees it."""
    return reads_as_owner(actor(), Permission.PUBLIC_READ)


def narrow(permission: Permission) -> None:
    """Let a token without a scope to read act as the public where only reading is asked.

    Raises Forbidden ``token.no_reading`` for a page that is there to write and shows what its writer sees.
    """
    account = g.get("account")
    if account is None or reads_as_owner(account.actor, permission):
        return
    if permission.value in login.OPEN_TO_ALL:
        g.narrowed = True
    elif request.method in ("GET", "HEAD"):
        raise Forbidden("token.no_reading")


def first_duty() -> str | None:
    """The address that comes before every other: a handed-over password is replaced, a required factor set up.

    Raises Forbidden ``token.no_factor`` for a token of an account that lacks the factor: a token is no way round it.
    """
    account = g.get("account")
    if account is None or request.blueprint in ("sign_in", "health"):
        return None
    if account.must_change and not g.get("by_token"):
        return None if request.endpoint in BEFORE_PASSWORD else "/account#password"
    if account.has_factor or account.vouched or not factor_required() or request.blueprint == "factor":
        return None
    if g.get("by_token"):
        raise Forbidden("token.no_factor")
    return "/account/factor"


def factor_required() -> bool:
    """True when this user cannot do without a second factor: some roles in production, nobody in development."""
    production: bool = current_app.extensions["registry.settings"].production
    return production and factors.required_of(actor())


def begin(response: Response, cookie: str) -> None:
    """Hand out the new cookie; the one that came with the request, if any, ends."""
    old = read_cookie("session")
    if old:
        login.log_out(current_app.extensions["registry.database"], old)
    set_cookie(response, "session", cookie, max_age=login.LIFE_S)


def renew(response: Response) -> None:
    """Give the same account a new cookie; the old one ends."""
    account = g.account
    database, user_id = current_app.extensions["registry.database"], account.actor.user_id
    kind = {"by_provider": account.by_provider, "vouched": account.vouched}
    begin(response, login.begin_session(database, user_id, **kind))


def end(response: Response) -> None:
    """Log out: the session ends in the database, the cookie in the browser."""
    cookie = read_cookie("session")
    if cookie:
        login.log_out(current_app.extensions["registry.database"], cookie)
    response.delete_cookie(
        cookie_name("session"), path="/", secure=current_app.config["SECURE_COOKIES"], httponly=True
    )
