"""Rows of API tokens; each user sees his own."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, text


@dataclass(frozen=True, slots=True)
class Token:
    """A token as its owner sees it; the token itself is nowhere."""

    id: int
    name: str
    scopes: list[str]
    made_at: datetime
    ends_at: datetime
    used_at: datetime | None


def live(connection: Connection, user_id: int) -> list[Token]:
    """Tokens that count now, newest first."""
    query = """SELECT id, name, scopes, made_at, ends_at, used_at FROM api_token
      WHERE user_id = :id AND revoked_at IS NULL AND ends_at > now() ORDER BY id DESC"""
    return [Token(*row) for row in connection.execute(text(query), {"id": user_id})]


def add(
    connection: Connection, user_id: int, digest: bytes, *, name: str, scopes: list[str], days: int
) -> int:
    """A new token; its inside id."""
    query = """INSERT INTO api_token (user_id, name, digest, scopes, ends_at)
      VALUES (:user, :name, :digest, :scopes, now() + make_interval(days => :days)) RETURNING id"""
    values = {"user": user_id, "name": name, "digest": digest, "scopes": scopes, "days": days}
    return int(connection.scalar(text(query), values) or 0)


def revoke_all(connection: Connection, user_id: int) -> None:
    """Revoke every token of an account now."""
    query = "UPDATE api_token SET revoked_at = now() WHERE user_id = :user AND revoked_at IS NULL"
    connection.execute(text(query), {"user": user_id})


def revoke(connection: Connection, user_id: int, token_id: int) -> bool:
    """Revoke now; False when there is no such live token of this user."""
    query = """UPDATE api_token SET revoked_at = now()
      WHERE id = :id AND user_id = :user AND revoked_at IS NULL"""
    return bool(connection.execute(text(query), {"id": token_id, "user": user_id}).rowcount)
