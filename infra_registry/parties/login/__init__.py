"""Log-in: who is behind a password, a session cookie or an API token; limits on guessing.

Cookies and tokens are 256 random bits; the database holds their SHA-256 only. Attempts are counted
before the password is looked at, so that parallel guesses cannot outrun the count.
"""

import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Connection

from infra_registry import limits
from infra_registry.access import ANONYMOUS, SERVICE, Actor, Permission, Role, RoleGrant, allows
from infra_registry.db import Database
from infra_registry.errors import Fault, Invalid, Limited, RegistryError
from infra_registry.limits import Limit
from infra_registry.parties import passwords
from infra_registry.parties.login import store

IDLE_S = 30 * 60
LIFE_S = 12 * 3600
PENDING_S = 10 * 60  # between password and second factor
TOUCH_S = 60
# An account must wait 60 s after five failures from one address, twice as long after every five more.
ACCOUNT_FAILURES = Limit(
    "login_account",
    most=5,
    within=timedelta(days=1),
    first_wait=timedelta(seconds=60),
    longest_wait=timedelta(hours=1),
)
ADDRESS_FAILURES = Limit("login_address", most=10, within=timedelta(minutes=5))
# Typing one's own password again: no address to go by, and nobody else waits for it.
OWN_FAILURES = Limit(
    "own_password",
    most=5,
    within=timedelta(days=1),
    first_wait=timedelta(seconds=60),
    longest_wait=timedelta(hours=1),
)
TOKEN_MARK = "irt_"  # noqa: S105  what every API token begins with, so that leaks can be searched for

OPEN_TO_ALL = frozenset(item.value for item in Permission if allows(ANONYMOUS, item))

Clock = Callable[[], datetime]


class NotLoggedIn(RegistryError):
    """Log-in name and password do not fit together; which of the two is not said."""

    status = 401


@dataclass(frozen=True, slots=True)
class Account:
    """A signed-in user: the actor, the language, whether the password must be changed first, whether a second
    factor is asked for at log-in, whether the identity provider was asked instead of the password, and whether it
    vouched for a second factor."""

    actor: Actor
    login: str
    locale: str
    must_change: bool
    has_factor: bool = False
    by_provider: bool = False
    vouched: bool = False


@dataclass(frozen=True, slots=True)
class Proven:
    """Who somebody is at the identity provider, and whether it vouches for a second factor."""

    issuer: str
    subject: str
    vouched: bool = False


def utc_now() -> datetime:
    """The current time in UTC; replaced by tests."""
    return datetime.now(UTC)


def digest(secret: str) -> bytes:
    """SHA-256 of a cookie or a token, as the database keeps it."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()


def log_in(
    database: Database, login: str, password: str, *, address: str, clock: Clock = utc_now
) -> tuple[str, Account]:
    """Check the password and begin a session: its new cookie and the account.

    Where the account has a second factor the session opens nothing: ``account_of_pending`` alone knows it.
    Raises NotLoggedIn ``login.wrong``, or ``login.handed_ended`` where a handed-over password was right and is too old,
    or Limited ``login.limited`` with ``retry_after_s``.
    """
    login = login.strip().lower()[:120]
    attempts = _admit(database, login, address, clock())
    with database.use_case(SERVICE) as connection:
        row = store.by_login(connection, login)
    active = row is not None and row.active
    fits = passwords.verify(row.password_hash if active else None, password)
    ended = fits and row.handed_until is not None and row.handed_until < clock()
    with database.use_case(SERVICE) as connection:
        if not fits or ended:
            ref = str(row.id) if row else _unknown(connection, login, clock())
            store.note(connection, "login_failed", ref)
        else:
            limits.succeed(connection, attempts)
            store.note(connection, "login_password" if row.has_factor else "login", str(row.id))
    if not fits or ended:
        raise NotLoggedIn("login.handed_ended" if ended else "login.wrong")
    account = _account(row)
    return begin_session(database, row.id, pending=account.has_factor), account


def log_in_by_provider(database: Database, proven: Proven) -> tuple[str, Account]:
    """Begin a session of the account that is bound to who the identity provider says this is: as ``log_in`` does.

    Raises NotLoggedIn ``openid.unbound`` with ``subject`` where no active account is.
    """
    with database.use_case(SERVICE) as connection:
        row = store.by_subject(connection, proven.issuer, proven.subject)
        if row is None or not row.active:
            store.note(connection, "login_failed", digest(f"{proven.issuer} {proven.subject}").hex()[:16])
        else:
            pending = row.has_factor and not proven.vouched
            store.note(connection, "login_provider" if pending else "login", str(row.id))
    if row is None or not row.active:
        raise NotLoggedIn("openid.unbound", subject=proven.subject)
    cookie = begin_session(database, row.id, pending=pending, by_provider=True, vouched=proven.vouched)
    return cookie, _account(row, by_provider=True, vouched=proven.vouched)


def confirm_password(
    database: Database, user_id: int, password: str, *, field: str, clock: Clock = utc_now
) -> None:
    """Make sure that who is signed in knows the password of the account, before something that lasts.

    Raises Invalid at ``field``, or Limited ``password.limited`` after too many guesses. Counted in transactions of its
    own, so that nothing rolled back later forgets a guess.
    """
    own = digest(f"own:{user_id}")
    with database.use_case(SERVICE) as connection:
        guess = limits.admit(connection, OWN_FAILURES, own, clock(), refusal="password.limited")
        row = store.by_id(connection, user_id)
    if not passwords.verify(row.password_hash if row else None, password):
        raise Invalid([Fault(field, None, "password.old_wrong")])
    with database.use_case(SERVICE) as connection:
        limits.succeed(connection, [guess])


def begin_session(
    database: Database,
    user_id: int,
    *,
    pending: bool = False,
    by_provider: bool = False,
    vouched: bool = False,
) -> str:
    """A new session of an account that was just checked: its cookie.

    ``pending``: the second factor is still to come. ``by_provider``: no password was used, so a handed-over one need
    not be changed first. ``vouched``: the provider asked for a second factor.
    """
    cookie = secrets.token_urlsafe(32)
    life_s = PENDING_S if pending else LIFE_S
    kind = {"pending": pending, "by_provider": by_provider, "vouched": vouched}
    with database.use_case(SERVICE) as connection:
        store.begin_session(connection, digest(cookie), user_id=user_id, life_s=life_s, **kind)
    return cookie


def pass_pending(database: Database, cookie: str, user_id: int) -> str:
    """The second factor was right: the pending session ends, a whole one begins with a cookie of its own."""
    with database.use_case(SERVICE) as connection:
        by_provider = store.end_session(connection, digest(cookie))
        store.note(connection, "login", str(user_id))
    return begin_session(database, user_id, by_provider=by_provider)


def account_of_pending(database: Database, cookie: str) -> Account | None:
    """Whose password was right a few minutes ago and whose second factor is still to come; or None."""
    with database.use_case(SERVICE) as connection:
        row = store.by_session(connection, digest(cookie), idle_s=PENDING_S, pending=True)
    return _account(row, by_provider=row.by_provider) if row is not None else None


def log_out(database: Database, cookie: str) -> None:
    """End the session now."""
    with database.use_case(SERVICE) as connection:
        store.end_session(connection, digest(cookie))


def account_of_session(database: Database, cookie: str) -> Account | None:
    """Who holds the cookie; None when it is unknown, ended, idle too long, or the account is disabled."""
    if not 20 <= len(cookie) <= 100:
        return None
    key = digest(cookie)
    with database.use_case(SERVICE) as connection:
        row = store.by_session(connection, key, idle_s=IDLE_S)
        if row is not None and not row.replica and utc_now() - row.seen_at > timedelta(seconds=TOUCH_S):
            store.touch_session(connection, key)
    return _account(row, by_provider=row.by_provider, vouched=row.vouched) if row is not None else None


def account_of_token(database: Database, token: str) -> Account | None:
    """Who holds the API token, limited to its scopes; None when it is unknown, ended or revoked."""
    if not token.startswith(TOKEN_MARK) or len(token) > 100:
        return None
    with database.use_case(SERVICE) as connection:
        row = store.by_token(connection, digest(token))
        if row is not None and not row.replica:
            store.touch_token(connection, row.token_id)
    if row is None:
        return None
    scopes = frozenset(row.scopes) | OPEN_TO_ALL
    return _account(row, scopes=scopes)


def actor_of(database: Database, login: str) -> Actor:
    """The actor of an active account by log-in name, for commands run on a user's behalf."""
    with database.use_case(SERVICE) as connection:
        account = store.by_login(connection, login.strip().lower())
    if account is None or not account.active:
        raise RegistryError("user.unknown", login=login)
    return _account(account).actor


def _admit(database: Database, login: str, address: str, now: datetime) -> list[UUID]:
    """Count the attempt, or raise Limited; one after another per account and address. Ids of what was counted."""
    tried = ((ACCOUNT_FAILURES, f"{address} {login}"), (ADDRESS_FAILURES, address))
    with database.use_case(SERVICE) as connection:
        counted = [(limit, limits.mark(connection, limit.label, value, now)) for limit, value in tried]
        limits.take_turns(connection, (key for _, key in counted))
        wait = max(limits.wait_s(connection, limit, key, now) for limit, key in counted)
        if wait:
            store.note(connection, "login_limited", _unknown(connection, login, now))
        ids = [] if wait else [limits.count(connection, limit, key, now) for limit, key in counted]
    if wait:
        raise Limited("login.limited", retry_after_s=wait)
    return ids


def _unknown(connection: Connection, login: str, now: datetime) -> str:
    """What stands for a typed name in the audit: the same within a day, not to be guessed once its key is gone."""
    return limits.mark(connection, "audited_name", login, now).hex()[:16]


def _account(
    row: Any, scopes: frozenset[str] | None = None, *, by_provider: bool = False, vouched: bool = False
) -> Account:
    actor = Actor(
        user_id=row.id,
        party_id=row.party_id or 0,
        name=row.name,
        roles=frozenset(RoleGrant(Role(role), area) for role, area in row.roles),
        grants_mark=row.grants_mark,
        scopes=scopes,
    )
    must_change = row.handed_until is not None and not by_provider
    return Account(actor, row.login, row.locale, must_change, row.has_factor, by_provider, vouched)
