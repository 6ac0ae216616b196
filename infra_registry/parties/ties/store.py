"""Rows of declared interests, and the parties a reader is tied to."""

from typing import Any

from sqlalchemy import Connection, text


def names(connection: Connection) -> list[str]:
    """Names, in either language, of the parties the actor is tied to."""
    query = "SELECT unnest(array_remove(ARRAY[name, name_en], NULL)) FROM party WHERE id = ANY (my_ties())"
    return list(connection.scalars(text(query)))


def area_names(connection: Connection) -> list[str]:
    """Names of the cities and districts of the register, without what kind of area they are."""
    query = r"""SELECT DISTINCT regexp_replace(unnest(array_remove(ARRAY[name, name_en], NULL)), '(市|区|县)$', '')
      FROM area WHERE level IN ('city', 'district')"""
    return list(connection.scalars(text(query)))


def tied(connection: Connection, party_id: int) -> bool:
    """True when the actor is tied to the party."""
    return bool(connection.scalar(text("SELECT :party = ANY (my_ties())"), {"party": party_id}))


def listed(connection: Connection, user_id: int) -> list[Any]:
    """``id``, party's ``code`` and ``name``, ``reason`` and ``declared_at`` of the interests of an account."""
    query = """SELECT i.id, p.code, p.name, i.reason, i.declared_at
      FROM party_interest i JOIN party p ON p.id = i.party_id
      WHERE i.user_id = :user AND i.ended_at IS NULL ORDER BY p.name"""
    return list(connection.execute(text(query), {"user": user_id}))


def add(connection: Connection, user_id: int, party_id: int, reason: str) -> bool:
    """Declare an interest; False where it stands already."""
    query = """INSERT INTO party_interest (user_id, party_id, reason) VALUES (:user, :party, :reason)
      ON CONFLICT (user_id, party_id) WHERE ended_at IS NULL DO NOTHING"""
    values = {"user": user_id, "party": party_id, "reason": reason}
    return bool(connection.execute(text(query), values).rowcount)


def end(connection: Connection, interest_id: int, user_id: int) -> bool:
    """End an interest of an account; False where there is none the actor may end."""
    query = (
        "UPDATE party_interest SET ended_at = now() WHERE id = :id AND user_id = :user AND ended_at IS NULL"
    )
    return bool(connection.execute(text(query), {"id": interest_id, "user": user_id}).rowcount)
