"""SQL of erasure: which cases are due by rule, who proposed it, and its approval."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, text

WISH = "wish"  # stands where else the key of a rule does
_SINCE = "(SELECT max(e.at) FROM case_event e WHERE e.case_id = f.id)"


def mark_due(connection: Connection, rule: str, states: Sequence[str], days: int) -> int:
    """Name the rule on cases whose last step is so old and which no rule names yet; how many."""
    query = text(
        f"""UPDATE case_file f SET erasure_rule = :rule
        WHERE f.erased_at IS NULL AND f.erasure_rule IS NULL AND f.state = ANY (:states)
          AND {_SINCE} < now() - make_interval(days => :days)"""
    )
    return connection.execute(query, {"rule": rule, "states": list(states), "days": days}).rowcount


def wish(connection: Connection, case_id: int) -> bool:
    """Keep that the reporter wants it erased, in place of a rule; False where that is kept already or it is erased."""
    query = text(
        """UPDATE case_file SET erasure_rule = :wish
        WHERE id = :case AND erased_at IS NULL AND erasure_rule IS DISTINCT FROM :wish"""
    )
    return connection.execute(query, {"case": case_id, "wish": WISH}).rowcount == 1


def archive(connection: Connection, states: Sequence[str], days: int) -> int:
    """Erase identities of cases in these states whose last step is so old; how many cases."""
    query = text("SELECT archive_cases(:states, :days)")
    return int(connection.scalar(query, {"states": list(states), "days": days}) or 0)


def erased(connection: Connection) -> Sequence[Any]:
    """Numbers of cases that were erased in whole, or of which the story stays."""
    query = text(
        """SELECT number, erased_at IS NULL AS story_stays FROM case_file
        WHERE erased_at IS NOT NULL OR identity_erased_on IS NOT NULL"""
    )
    return connection.execute(query).all()


def due(connection: Connection, limit: int) -> Sequence[Any]:
    """Cases a rule names and that are not erased, those proposed first; ``mine``: proposed by the reader."""
    query = text(
        f"""SELECT f.number, f.state, f.erasure_rule AS rule, {_SINCE} AS since,
          f.erasure_by IS NOT NULL AS proposed, coalesce(f.erasure_by = my_user(), false) AS mine
        FROM case_file f WHERE f.erasure_rule IS NOT NULL AND f.erased_at IS NULL
        ORDER BY f.erasure_by IS NULL, since, f.number LIMIT :limit"""
    )
    return connection.execute(query, {"limit": limit}).all()


def propose(connection: Connection, number: str, user_id: int) -> bool:
    """Keep who proposes; False where the case is not due or somebody proposed before."""
    query = text(
        """UPDATE case_file SET erasure_by = :user WHERE number = :number AND erased_at IS NULL
        AND erasure_rule IS NOT NULL AND erasure_by IS NULL"""
    )
    return connection.execute(query, {"number": number, "user": user_id}).rowcount == 1


def withdraw(connection: Connection, number: str) -> bool:
    """Take a proposal back; False where there is none."""
    query = text(
        "UPDATE case_file SET erasure_by = NULL WHERE number = :number AND erased_at IS NULL "
        "AND erasure_by IS NOT NULL"
    )
    return connection.execute(query, {"number": number}).rowcount == 1


def approve(connection: Connection, number: str) -> bool:
    """Erase what somebody else proposed; the database refuses every other case by False."""
    return bool(connection.scalar(text("SELECT approve_erasure(:number)"), {"number": number}))
