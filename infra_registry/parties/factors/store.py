"""Rows of second factors: one for an account, with its codes. Run as the service."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection, text

from infra_registry.parties.tables import HELD


def read(connection: Connection, user_id: int) -> Any:
    """``sealed_secret``, ``last_step``, ``made_at``, ``confirmed_at`` and ``codes_left`` of an account, or None."""
    query = """SELECT f.sealed_secret, f.last_step, f.made_at, f.confirmed_at,
        (SELECT count(*) FROM factor_code c WHERE c.user_id = f.user_id AND c.used_at IS NULL) AS codes_left
      FROM second_factor f WHERE f.user_id = :user"""
    return connection.execute(text(query), {"user": user_id}).one_or_none()


def lacking(connection: Connection, roles: Iterable[str]) -> int:
    """How many active accounts hold one of the roles now and have no confirmed factor."""
    query = f"""SELECT count(*) FROM user_account u
      WHERE u.active
        AND EXISTS (SELECT FROM user_role r WHERE r.user_id = u.id AND {HELD} AND r.role = ANY(:roles))
        AND NOT EXISTS (SELECT FROM second_factor f WHERE f.user_id = u.id AND f.confirmed_at IS NOT NULL)"""
    return int(connection.scalar(text(query), {"roles": list(roles)}) or 0)


def begin(connection: Connection, user_id: int, sealed_secret: bytes | None) -> None:
    """A new factor, not confirmed yet, in place of what there was."""
    remove(connection, user_id)
    query = "INSERT INTO second_factor (user_id, sealed_secret) VALUES (:user, :sealed)"
    connection.execute(text(query), {"user": user_id, "sealed": sealed_secret})


def remove(connection: Connection, user_id: int) -> bool:
    """Take factor and codes away; False without any."""
    query = text("DELETE FROM second_factor WHERE user_id = :user")
    return bool(connection.execute(query, {"user": user_id}).rowcount)


def confirm(connection: Connection, user_id: int) -> None:
    """From now on the factor is asked for."""
    query = text("UPDATE second_factor SET confirmed_at = now() WHERE user_id = :user")
    connection.execute(query, {"user": user_id})


def accept_step(connection: Connection, user_id: int, step: int) -> bool:
    """Note the time step of a code; False when it, or a later one, was accepted before."""
    query = "UPDATE second_factor SET last_step = :step WHERE user_id = :user AND last_step < :step"
    return bool(connection.execute(text(query), {"user": user_id, "step": step}).rowcount)


def replace_codes(connection: Connection, user_id: int, hashes: list[str]) -> None:
    """These codes, numbered from 1, in place of all before."""
    connection.execute(text("DELETE FROM factor_code WHERE user_id = :user"), {"user": user_id})
    query = "INSERT INTO factor_code (user_id, number, code_hash) VALUES (:user, :number, :hash)"
    rows = [{"user": user_id, "number": number, "hash": item} for number, item in enumerate(hashes, 1)]
    connection.execute(text(query), rows)


def code_hash(connection: Connection, user_id: int, number: int) -> str | None:
    """The hash of a code that was not used yet."""
    query = "SELECT code_hash FROM factor_code WHERE user_id = :user AND number = :number AND used_at IS NULL"
    kept: str | None = connection.scalar(text(query), {"user": user_id, "number": number})
    return kept


def use_code(connection: Connection, user_id: int, number: int) -> bool:
    """Note that a code was used now; False when it was used before."""
    query = """UPDATE factor_code SET used_at = now()
      WHERE user_id = :user AND number = :number AND used_at IS NULL"""
    return bool(connection.execute(text(query), {"user": user_id, "number": number}).rowcount)
