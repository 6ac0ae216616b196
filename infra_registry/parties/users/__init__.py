"""Accounts: made, disabled, given roles by the security administrator; password and language by their owner."""

import json
import re
import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from infra_registry.access import Actor, Permission, Role, require
from infra_registry.config import DEFAULT_ZONE
from infra_registry.errors import Conflict, Fault, Forbidden, Invalid, NotFound
from infra_registry.formats.numbers import day
from infra_registry.parties import apart, passwords
from infra_registry.parties import login as logins
from infra_registry.parties import store as parties
from infra_registry.parties.tokens import store as tokens
from infra_registry.parties.users import store
from infra_registry.parties.users.store import User
from infra_registry.words import LOCALES, Phrase

LOGIN = re.compile(r"[a-z0-9][a-z0-9._@-]{1,119}\Z")
NAME_LENGTH = 120
LEAST_REASON, MOST_REASON = 4, 400
LONGEST_EXCEPTION = timedelta(days=366)
LONGEST_SUBJECT = 255  # OpenID Connect Core 1.0, section 2
OPENID = ("openid_issuer", "openid_subject")
HANDED_LIFE = timedelta(days=3)  # of a password somebody else has seen


@dataclass(frozen=True, slots=True)
class NewUser:
    """An account to be made. Without a password one is made up, shown once, and must be changed."""

    login: str
    name: str
    party: str = ""
    locale: str = "zh-Hans"
    password: str = ""
    sample: bool = False


def create(connection: Connection, actor: Actor, new_user: NewUser) -> tuple[int, str]:
    """Make an account: its id and the password to hand over (empty when one was given). Raises Invalid."""
    require(actor, Permission.SECURITY_USERS)
    login = new_user.login.strip().lower()
    faults = _faults(new_user, login)
    party_id = parties.ids_of(connection, [new_user.party]).get(new_user.party) if new_user.party else None
    if new_user.party and party_id is None:
        faults.append(Fault("party", new_user.party[:40], "user.no_party", "U-…"))
    if not faults and store.find(connection, login) is not None:
        faults.append(Fault("login", login, "user.exists"))
    if faults:
        raise Invalid(faults)
    handed = "" if new_user.password else secrets.token_urlsafe(12)
    if new_user.password:
        passwords.check(new_user.password, (login, new_user.name))
    values = {
        "login": login,
        "name": new_user.name.strip(),
        "party_id": party_id,
        "locale": new_user.locale,
        "sample": new_user.sample,
        **_password(handed or new_user.password, handed=bool(handed)),
    }
    user_id = store.add(connection, values)
    store.note(connection, "user_made", str(user_id), "{}")
    return user_id, handed


def set_active(connection: Connection, actor: Actor, login: str, *, active: bool) -> User:
    """Disable an account and end all its sessions and tokens, or enable it again; never one's own."""
    user = find(connection, actor, login)
    if user.id == actor.user_id:
        raise Forbidden("user.not_own")
    store.change(connection, user.id, {"active": active})
    if not active:
        store.end_sessions(connection, user.id)
        tokens.revoke_all(connection, user.id)
    store.note(connection, "user_enabled" if active else "user_disabled", str(user.id), "{}")
    return user


def reset_password(connection: Connection, actor: Actor, login: str) -> str:
    """A new password to hand over, which must be changed; all sessions and tokens of the account end."""
    user = find(connection, actor, login)
    handed = secrets.token_urlsafe(12)
    store.change(connection, user.id, _password(handed, handed=True))
    store.end_sessions(connection, user.id)
    tokens.revoke_all(connection, user.id)
    store.note(connection, "password_reset", str(user.id), "{}")
    return handed


def bind(connection: Connection, actor: Actor, login: str, issuer: str, subject: str) -> None:
    """Bind an account to a subject of the identity provider, or with no subject unbind it; never one's own.

    All its sessions end. Raises Invalid for a subject that is none or that another account is bound to.
    """
    user, subject = find(connection, actor, login), subject.strip()
    if user.id == actor.user_id:
        raise Forbidden("user.own_subject")
    if len(subject) > LONGEST_SUBJECT or not subject.isprintable():
        raise Invalid([Fault("subject", subject[:40], "user.subject", f"1 … {LONGEST_SUBJECT}")])
    holder = store.holder(connection, issuer, subject)
    if holder not in (None, user.login):
        raise Invalid([Fault("subject", subject, "user.subject_taken", holder or "")])
    values = {"openid_issuer": issuer, "openid_subject": subject} if subject else dict.fromkeys(OPENID)
    store.change(connection, user.id, values)
    store.end_sessions(connection, user.id)
    facts = {"subject": logins.digest(f"{issuer} {subject}").hex()[:16]} if subject else {}
    what = "provider_bound" if subject else "provider_unbound"
    store.note(connection, what, str(user.id), json.dumps(facts))


@dataclass(frozen=True, slots=True)
class RoleException:
    """Why a role is to be held together with one that excludes it, and its last day as typed."""

    reason: str = ""
    last_day: str = ""

    def ends_at(self, now: datetime) -> datetime:
        """The end of the last day. Raises Invalid for a missing reason or a day that is not ahead within a year."""
        faults = []
        if not LEAST_REASON <= len(self.reason.strip()) <= MOST_REASON:
            faults.append(
                Fault("exception_reason", None, "user.exception_reason", f"{LEAST_REASON} … {MOST_REASON}")
            )
        last_day, first, last = day(self.last_day), now.date(), now.date() + LONGEST_EXCEPTION
        if last_day is None or not first <= last_day <= last:
            faults.append(
                Fault("exception_end", self.last_day[:20], "user.exception_end", f"{first} … {last}")
            )
        if faults or last_day is None:
            raise Invalid(faults)
        return datetime.combine(last_day + timedelta(days=1), time(), ZoneInfo(DEFAULT_ZONE))


def give_role(
    connection: Connection,
    actor: Actor,
    login: str,
    role: str,
    area: str = "",
    exception: RoleException = RoleException(),
) -> bool:
    """Give a role, everywhere or for one city; False where it waits for the approval of somebody else.

    A role that another one excludes is given by exception. Raises Invalid where that lacks reason or end, Forbidden for
    oneself, Conflict when the role is held.
    """
    user = find(connection, actor, login)
    if user.id == actor.user_id:
        raise Forbidden("access.own_roles")
    require(actor, Permission.SECURITY_ROLES, user)
    if role not in set(Role):
        code = "user.unknown_role" if role else "user.no_role"
        raise Invalid([Fault("role", role[:40], code, ", ".join(Role))])
    area_id = store.city_id(connection, area) if area else None
    if area and area_id is None:
        raise Invalid([Fault("area", area[:40], "user.no_city")])
    if any(holding.role == role and holding.area_code == (area or None) for holding in user.roles):
        raise Conflict("user.role_held", role=role, login=user.login)
    values: dict[str, Any] = {"role": role, "area_id": area_id, "granted_by": actor.user_id or None}
    store.lock(connection, user.id)
    holdings = store.roles_of(connection, [user.id]).get(user.id, ())
    excluding = apart.excluding(Role(role), {item.role for item in holdings})
    if excluding is not None:
        if not exception.reason.strip():
            raise Invalid([Fault("role", Phrase(f"role.{role}"), "user.apart", Phrase(f"role.{excluding}"))])
        ends_at = exception.ends_at(logins.utc_now())
        values |= {"reason": exception.reason.strip(), "ends_at": ends_at}
    store.give_role(connection, user.id, values)
    what = "role_given" if excluding is None else "role_exception_asked"
    store.note(connection, what, str(user.id), json.dumps({"role": role, "area": area_id}))
    return excluding is None


def approve_role(connection: Connection, actor: Actor, login: str, role_id: int) -> None:
    """Put an exception in force. Raises Forbidden for oneself and for who asked for it."""
    user = find(connection, actor, login)
    require(actor, Permission.SECURITY_ROLES, user)
    waiting = [item for item in user.roles if item.id == role_id and item.waits]
    if not waiting:
        raise NotFound("thing.missing")
    if actor.user_id in (user.id, waiting[0].granted_by):
        raise Forbidden("user.exception_second")
    if not store.approve_role(connection, role_id, actor.user_id):
        raise NotFound("thing.missing")
    store.note(connection, "role_exception_approved", str(user.id), json.dumps({"role": waiting[0].role}))


def end_role(connection: Connection, actor: Actor, login: str, role_id: int) -> None:
    """End a role now; never one's own."""
    user = find(connection, actor, login)
    if user.id == actor.user_id:
        raise Forbidden("access.own_roles")
    require(actor, Permission.SECURITY_ROLES, user)
    if role_id not in {holding.id for holding in user.roles}:
        raise NotFound("thing.missing")
    ended = store.end_role(connection, role_id)
    if ended is None:
        raise NotFound("thing.missing")
    store.note(
        connection, "role_ended", str(user.id), json.dumps({"role": ended.role, "area": ended.area_id})
    )


def find(connection: Connection, actor: Actor, login: str) -> User:
    """An account for administration. Raises NotFound ``user.unknown``."""
    require(actor, Permission.SECURITY_USERS)
    user = store.find(connection, login.strip().lower())
    if user is None:
        raise NotFound("user.unknown", login=login[:120])
    return user


def listed(connection: Connection, actor: Actor, words: str = "") -> list[User]:
    """All accounts, or those that hold the words."""
    require(actor, Permission.SECURITY_USERS)
    return store.listed(connection, words=words[:100])


def breaking(connection: Connection) -> list[str]:
    """Log-in names of active accounts that hold roles which exclude each other, without an exception."""
    names = []
    for user in store.listed(connection, limit=None):
        roles = {holding.role for holding in user.roles if holding.reason is None}
        if user.active and any(apart.excluding(Role(role), roles) for role in roles):
            names.append(user.login)
    return names


def change_own(connection: Connection, actor: Actor, *, name: str, locale: str) -> None:
    """Change one's own name and language. Raises Invalid."""
    faults = _name_faults(name)
    if locale not in LOCALES:
        faults.append(Fault("locale", locale[:20], "user.no_locale", " | ".join(LOCALES)))
    if faults:
        raise Invalid(faults)
    store.change(connection, actor.user_id, {"name": name.strip(), "locale": locale})


def _password(password: str, *, handed: bool = False) -> dict[str, Any]:
    """Columns of a password; one that is handed over ends by itself."""
    ends_at = logins.utc_now() + HANDED_LIFE if handed else None
    return {"password_hash": passwords.hash_password(password), "handed_until": ends_at}


def unequal() -> Invalid:
    """The new password was not typed the same way twice."""
    return Invalid([Fault("again", None, "password.unequal")])


def change_password(connection: Connection, user: User, new: str, *, ending: Collection[str]) -> None:
    """Give one's own account a new password, the old one having been confirmed. Raises Invalid.

    ``ending`` says what ends with the old one: ``sessions``, ``tokens``, both or neither.
    """
    passwords.check(new, (user.login, user.name, user.party_name), field="new")
    if passwords.verify(store.password_hash(connection, user.id), new):
        raise Invalid([Fault("new", None, "password.same")])
    store.change(connection, user.id, _password(new))
    if "sessions" in ending:
        store.end_sessions(connection, user.id)
    if "tokens" in ending:
        tokens.revoke_all(connection, user.id)
    store.note(connection, "password_changed", str(user.id), json.dumps({"ended": sorted(ending)}))


def _faults(value: NewUser, login: str) -> list[Fault]:
    faults = _name_faults(value.name)
    if not LOGIN.match(login):
        faults.append(Fault("login", value.login[:120], "user.login", "a–z 0–9 . _ @ -"))
    if value.locale not in LOCALES:
        faults.append(Fault("locale", value.locale[:20], "user.no_locale", " | ".join(LOCALES)))
    return faults


def _name_faults(name: str) -> list[Fault]:
    if 1 <= len(name.strip()) <= NAME_LENGTH:
        return []
    return [Fault("name", name[:40], "user.name", f"1 … {NAME_LENGTH}")]
