"""Rows of requests to end a second factor; row security shows one's own, or all to the security administrator."""

from typing import Any

from sqlalchemy import Connection, text

OUTCOMES = ("remove", "sheet")
MOST_LISTED = 50


def listed(connection: Connection, *, user_id: int, undecided: bool) -> list[Any]:
    """Columns of ``lost.Reset``, newest first; ``user_id`` 0: of every account."""
    query = """SELECT r.id, u.login, r.outcome, r.reason, r.asked_by, a.login, r.asked_at, d.login, r.decided_at,
        r.approved
      FROM factor_reset r JOIN user_account u ON u.id = r.user_id
      LEFT JOIN user_account a ON a.id = r.asked_by LEFT JOIN user_account d ON d.id = r.decided_by
      WHERE (:user = 0 OR r.user_id = :user) AND (NOT :undecided OR r.decided_at IS NULL)
      ORDER BY r.id DESC LIMIT :most"""
    values = {"user": user_id, "undecided": undecided, "most": MOST_LISTED}
    return list(connection.execute(text(query), values))


def add(connection: Connection, user_id: int, asked_by: int | None, *, outcome: str, reason: str) -> None:
    """A new request, to be decided by somebody else."""
    query = """INSERT INTO factor_reset (user_id, outcome, reason, asked_by)
      VALUES (:user, :outcome, :reason, :by)"""
    connection.execute(text(query), {"user": user_id, "outcome": outcome, "reason": reason, "by": asked_by})


def decide(connection: Connection, reset_id: int, decided_by: int | None, *, approve: bool) -> bool:
    """Write down who decided, now; False when somebody had before."""
    query = """UPDATE factor_reset SET decided_by = :by, decided_at = now(), approved = :approved
      WHERE id = :id AND decided_at IS NULL"""
    values = {"by": decided_by, "approved": approve, "id": reset_id}
    return bool(connection.execute(text(query), values).rowcount)
