"""Rows of accounts and the roles they hold; row security shows one's own, or all to the security administrator."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, insert, select, text, update

from infra_registry.db import holding
from infra_registry.parties.tables import HELD, user_account, user_role


@dataclass(frozen=True, slots=True)
class HeldRole:
    """A role held now: everywhere, or for the city named."""

    id: int
    role: str
    area_code: str | None
    area_name: str | None
    granted_at: datetime
    reason: str | None = None  # of an exception
    ends_at: datetime | None = None
    granted_by: int | None = None
    waits: bool = False  # for the approval of a second person


@dataclass(frozen=True, slots=True)
class User:
    """An account as it is administered; never with its password's hash."""

    id: int
    login: str
    name: str
    party_code: str | None
    party_name: str | None
    locale: str
    active: bool
    sample: bool
    must_change: bool
    recorded_at: datetime
    subject: str | None
    issuer: str | None
    roles: tuple[HeldRole, ...] = ()

    @property
    def user_id(self) -> int:
        """The name permissions ask by: nobody grants roles to himself."""
        return self.id


_USERS = """SELECT u.id, u.login, u.name, p.code, p.name, u.locale, u.active, u.sample,
    u.handed_until IS NOT NULL, u.recorded_at, u.openid_subject, u.openid_issuer
  FROM user_account u LEFT JOIN party p ON p.id = u.party_id"""


def listed(connection: Connection, *, words: str = "", limit: int | None = 500) -> list[User]:
    """Accounts whose log-in, name or party holds ``words``, with their roles, by log-in."""
    query = text(f"""{_USERS} WHERE :words = '' OR u.login ILIKE :pattern OR u.name ILIKE :pattern
      OR p.name ILIKE :pattern ORDER BY u.login LIMIT :limit""")
    rows = connection.execute(query, {"words": words, "pattern": holding(words), "limit": limit}).all()
    roles = roles_of(connection, [row.id for row in rows])
    return [replace(User(*row), roles=roles.get(row.id, ())) for row in rows]


def find(connection: Connection, login: str) -> User | None:
    """One account by its log-in name."""
    row = connection.execute(text(f"{_USERS} WHERE u.login = :login"), {"login": login}).one_or_none()
    return None if row is None else replace(User(*row), roles=roles_of(connection, [row.id]).get(row.id, ()))


def holder(connection: Connection, issuer: str, subject: str) -> str | None:
    """The log-in name of the account that is bound to a subject, or None."""
    query = select(user_account.c.login).where(
        user_account.c.openid_issuer == issuer, user_account.c.openid_subject == subject
    )
    return connection.scalar(query)


def by_id(connection: Connection, user_id: int) -> User | None:
    """One account by its inside id."""
    row = connection.execute(text(f"{_USERS} WHERE u.id = :id"), {"id": user_id}).one_or_none()
    return None if row is None else replace(User(*row), roles=roles_of(connection, [row.id]).get(row.id, ()))


def roles_of(connection: Connection, ids: list[int]) -> dict[int, tuple[HeldRole, ...]]:
    """Roles held now and exceptions that wait for approval, by user."""
    rows = connection.execute(
        text(f"""SELECT r.user_id, r.id, r.role, a.code, a.name, r.granted_at, r.reason, r.ends_at, r.granted_by,
                  NOT {HELD}
                FROM user_role r LEFT JOIN area a ON a.id = r.area_id
                WHERE r.ended_at IS NULL AND (r.ends_at IS NULL OR r.ends_at > now()) AND r.user_id = ANY (:ids)
                ORDER BY r.role, a.code"""),
        {"ids": ids},
    )
    roles: dict[int, list[HeldRole]] = {}
    for user_id, *columns in rows:
        roles.setdefault(user_id, []).append(HeldRole(*columns))
    return {user_id: tuple(items) for user_id, items in roles.items()}


def samples(connection: Connection) -> list[tuple[str, str]]:
    """Log-in and name of active sample accounts. Run as the service."""
    query = select(user_account.c.login, user_account.c.name).where(
        user_account.c.sample, user_account.c.active
    )
    return [(login, name) for login, name in connection.execute(query.order_by(user_account.c.id))]


def add(connection: Connection, values: dict[str, Any]) -> int:
    """A new account; its inside id."""
    return int(connection.scalar(insert(user_account).values(values).returning(user_account.c.id)) or 0)


def change(connection: Connection, user_id: int, values: dict[str, Any]) -> bool:
    """Write columns of an account; False when there is none the actor may write."""
    done = connection.execute(update(user_account).where(user_account.c.id == user_id).values(values))
    return bool(done.rowcount)


def password_hash(connection: Connection, user_id: int) -> str | None:
    """The stored hash of one's own password."""
    return connection.scalar(select(user_account.c.password_hash).where(user_account.c.id == user_id))


def end_sessions(connection: Connection, user_id: int, *, but: bytes = b"") -> None:
    """End the sessions of an account, all or all but one."""
    connection.execute(
        text("DELETE FROM login_session WHERE user_id = :id AND digest <> :but"), {"id": user_id, "but": but}
    )


def sessions(connection: Connection, user_id: int) -> list[Any]:
    """Live sessions: digest, begin, last use."""
    query = """SELECT digest, started_at, seen_at, ends_at FROM login_session
      WHERE user_id = :id AND ends_at > now() AND NOT pending ORDER BY seen_at DESC"""
    return list(connection.execute(text(query), {"id": user_id}))


def lock(connection: Connection, user_id: int) -> None:
    """Whoever else gives this account a role waits; exceptions that have run out are ended."""
    connection.execute(text("SELECT FROM user_account WHERE id = :id FOR UPDATE"), {"id": user_id})
    query = "UPDATE user_role SET ended_at = ends_at WHERE user_id = :id AND ended_at IS NULL AND ends_at <= now()"
    connection.execute(text(query), {"id": user_id})


def give_role(connection: Connection, user_id: int, values: dict[str, Any]) -> int:
    """A role from now on, or once it is approved where ``values`` give a reason; its inside id."""
    values = {"user_id": user_id, **values}
    return int(connection.scalar(insert(user_role).values(values).returning(user_role.c.id)) or 0)


def approve_role(connection: Connection, role_id: int, by: int) -> bool:
    """The exception is in force; False where it does not wait any more."""
    query = """UPDATE user_role SET approved_by = :by
      WHERE id = :id AND reason IS NOT NULL AND approved_by IS NULL AND ended_at IS NULL AND ends_at > now()"""
    return bool(connection.execute(text(query), {"id": role_id, "by": by}).rowcount)


def end_role(connection: Connection, role_id: int) -> Any:
    """End a role now: its user and name; None when it had ended or is not the actor's to end."""
    return connection.execute(
        update(user_role)
        .where(user_role.c.id == role_id, user_role.c.ended_at.is_(None))
        .values(ended_at=func.now())
        .returning(user_role.c.user_id, user_role.c.role, user_role.c.area_id)
    ).one_or_none()


def city_id(connection: Connection, code: str) -> int | None:
    """The inside id of a city by its code."""
    query = text("SELECT id FROM area WHERE code = :code AND level = 'city'")
    key = connection.scalar(query, {"code": code})
    return None if key is None else int(key)


def note(connection: Connection, what: str, ref: str, facts: str) -> None:
    """One audit event about an account; ids and role names only."""
    connection.execute(
        text("SELECT audit_note(:what, 'user_account', :ref, 1, CAST(:facts AS jsonb))"),
        {"what": what, "ref": ref, "facts": facts},
    )
