"""SQL of answers by letter, run as the product itself: who opens a letter, what he writes, what he sends."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, text

_LETTER = """
SELECT l.id, l.code, l.party_id, l.token_ends_at, l.token_used_at, l.session_ends_at, l.return_digest, l.answered_at,
  l.respondent, l.claimed_at, c.code AS campaign, c.title, c.rulebook, c.clause, c.sender, c.contact, c.words,
  c.answer_by, c.closed_at, c.sample, area_day(c.city_id) AS today,
  p.code AS party_code, p.name AS party, p.name_en AS party_en,
  a.name AS city, a.name_en AS city_en, (SELECT count(*) FROM letter_asset x WHERE x.letter_id = l.id) AS buildings
FROM letter l JOIN campaign c ON c.id = l.campaign_id JOIN party p ON p.id = l.party_id JOIN area a ON a.id = c.city_id
"""
_KEYS = {"link": "l.token_digest", "session": "l.session_digest", "number": "l.code"}


def letter(connection: Connection, by: str, value: str, *, lock: bool = False) -> Any | None:
    """The letter of a link's digest, a session's digest or a number."""
    tail = " FOR UPDATE OF l" if lock else ""
    return connection.execute(
        text(f"{_LETTER} WHERE {_KEYS[by]} = :value{tail}"), {"value": value}
    ).one_or_none()


def claim(connection: Connection, letter_id: int, *, session: str, ends: datetime, code: str) -> None:
    """Use a link up and begin its session and return code, both kept as digests."""
    connection.execute(
        text("""
        UPDATE letter SET token_used_at = now(), claimed_at = coalesce(claimed_at, now()), session_digest = :session,
          session_ends_at = :ends, return_digest = :code WHERE id = :id"""),
        {"id": letter_id, "session": session, "ends": ends, "code": code},
    )


def begin_session(connection: Connection, letter_id: int, *, session: str, ends: datetime) -> None:
    """Begin a session of a letter in place of the one before."""
    connection.execute(
        text("UPDATE letter SET session_digest = :session, session_ends_at = :ends WHERE id = :id"),
        {"id": letter_id, "session": session, "ends": ends},
    )


def prolong(connection: Connection, letter_id: int, ends: datetime) -> None:
    """Prolong the session of a letter to a new end."""
    connection.execute(
        text("UPDATE letter SET session_ends_at = :ends WHERE id = :id"), {"id": letter_id, "ends": ends}
    )


def end_session(connection: Connection, letter_id: int) -> None:
    """End the session of a letter; its return code stays valid."""
    connection.execute(
        text("UPDATE letter SET session_digest = NULL, session_ends_at = NULL WHERE id = :id"),
        {"id": letter_id},
    )


def save(connection: Connection, letter_id: int, drafts: Mapping[int, str | None]) -> None:
    """Keep what is written so far (JSON by asset) where nothing final was sent; what is the same is not written."""
    if drafts:
        connection.execute(
            text("""
            UPDATE letter_asset SET draft = CAST(:draft AS jsonb) WHERE letter_id = :letter AND asset_id = :asset
              AND (answer IS NULL OR answer = 'later') AND draft IS DISTINCT FROM CAST(:draft AS jsonb)"""),
            [{"letter": letter_id, "asset": key, "draft": draft} for key, draft in drafts.items()],
        )


def answer(connection: Connection, letter_id: int, rows: Sequence[Mapping[str, Any]]) -> None:
    """Final answers (``asset``, ``answer``, ``said``, ``later``, ``event`` code); the draft is done with."""
    connection.execute(
        text("""
        UPDATE letter_asset SET answer = :answer, said = :said, later_on = :later, answered_at = now(), draft = NULL,
          event_id = (SELECT e.id FROM opening_event e WHERE e.code = :event)
        WHERE letter_id = :letter AND asset_id = :asset"""),
        [{"letter": letter_id, **row} for row in rows],
    )


def answered(connection: Connection, letter_id: int, respondent: str) -> None:
    """Note who answered; the letter is answered when no building of it is without a final answer."""
    connection.execute(
        text("""
        UPDATE letter SET respondent = :who, answered_at = CASE WHEN NOT EXISTS (
            SELECT 1 FROM letter_asset x WHERE x.letter_id = letter.id AND (x.answer IS NULL OR x.answer = 'later'))
          THEN now() END WHERE id = :id"""),
        {"id": letter_id, "who": respondent},
    )
