"""SQL of campaigns: whom to write to, letters and their buildings, how far each letter has come."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, text

from infra_registry.db.aliases import current
from infra_registry.duties.letters.campaign_tables import campaign, letter, letter_asset

# How far a letter has come, from its own dates: the furthest counts.
STATE = """CASE WHEN l.answered_at IS NOT NULL THEN 'answered' WHEN l.claimed_at IS NOT NULL THEN 'claimed'
  WHEN l.returned_at IS NOT NULL THEN 'returned' WHEN l.delivered_at IS NOT NULL THEN 'delivered'
  WHEN l.sent_at IS NOT NULL THEN 'sent' ELSE 'made' END"""
_OPEN_ELSEWHERE = """EXISTS (SELECT 1 FROM letter_asset x JOIN letter xl ON xl.id = x.letter_id
  JOIN campaign xc ON xc.id = xl.campaign_id
  WHERE x.asset_id = o.asset_id AND xc.closed_at IS NULL AND (x.answer IS NULL OR x.answer = 'later'))"""
_CANDIDATES = f"""
SELECT o.asset_id, o.controller_id, a.sample, {_OPEN_ELSEWHERE} AS elsewhere
FROM opening_seen o JOIN asset a ON a.id = o.asset_id
LEFT JOIN asset_public_building b ON b.asset_id = a.id
WHERE o.city_id = :city AND a.status <> 'retired' AND a.kind IN ('public_building', 'pole')
  AND o.state = ANY (:states)
  AND (CAST(:rulebook AS text) IS NULL
    OR (o.rulebook = :rulebook AND o.clause = :clause AND o.standing = ANY (:standings)))
  AND (CAST(:kind AS text) IS NULL OR a.kind = :kind)
  AND (CAST(:venue AS text) IS NULL OR b.venue = :venue)
  AND (CAST(:district AS text) IS NULL OR EXISTS (SELECT 1 FROM asset_area aa JOIN area d ON d.id = aa.area_id
    WHERE aa.asset_id = a.id AND aa.level = 'exact' AND d.code = :district AND d.parent_id = o.city_id))"""
_LETTER_COLUMNS = f"""
SELECT l.id, l.code, l.channel, l.party_id, l.made_at, l.sent_at,
  area_day((SELECT c.city_id FROM campaign c WHERE c.id = l.campaign_id), l.sent_at) AS sent_on,
  l.delivered_at, l.returned_at, l.claimed_at,
  l.answered_at, l.reminded_at, l.reminders, l.respondent, l.token_ends_at, l.token_used_at, {STATE} AS state,
  p.code AS party_code, p.name AS party, p.name_en AS party_en, p.contact AS party_contact,
  coalesce(n.buildings, 0) AS buildings, coalesce(n.answered, 0) AS answered, coalesce(n.later, 0) AS later,
  coalesce(n.not_ours, 0) AS not_ours
FROM letter l JOIN party p ON p.id = l.party_id
LEFT JOIN LATERAL (SELECT count(*) AS buildings, count(x.answer) FILTER (WHERE x.answer <> 'later') AS answered,
    count(*) FILTER (WHERE x.answer = 'later') AS later, count(*) FILTER (WHERE x.answer = 'not_ours') AS not_ours
  FROM letter_asset x WHERE x.letter_id = l.id) n ON true"""
_CAMPAIGN_COLUMNS = """
SELECT c.*, a.code AS city_code, a.name AS city, a.name_en AS city_en, u.letters, u.sent, u.delivered, u.returned,
  u.claimed, u.answered, u.buildings, u.buildings_answered, u.reminders
FROM campaign c JOIN area a ON a.id = c.city_id
LEFT JOIN LATERAL (SELECT count(*) AS letters, count(l.sent_at) AS sent, count(l.delivered_at) AS delivered,
    count(l.returned_at) AS returned, count(l.claimed_at) AS claimed, count(l.answered_at) AS answered,
    coalesce(sum(l.reminders), 0) AS reminders, coalesce(sum(n.buildings), 0) AS buildings,
    coalesce(sum(n.answered), 0) AS buildings_answered
  FROM letter l LEFT JOIN LATERAL (SELECT count(*) AS buildings,
      count(x.answer) FILTER (WHERE x.answer <> 'later') AS answered
    FROM letter_asset x WHERE x.letter_id = l.id) n ON true
  WHERE l.campaign_id = c.id) u ON true"""


def city(connection: Connection, code: str) -> Any | None:
    """A city with its own code and those of the areas around it."""
    return connection.execute(
        text("""
        WITH RECURSIVE up AS (
          SELECT a.id, a.code, a.parent_id FROM area a WHERE a.code = :code AND a.level = 'city'
          UNION ALL SELECT p.id, p.code, p.parent_id FROM area p JOIN up ON up.parent_id = p.id)
        SELECT c.id, c.id AS city_id, c.code, c.name, c.name_en, (SELECT array_agg(up.code) FROM up) AS codes
        FROM area c WHERE c.code = :code AND c.level = 'city'"""),
        {"code": code},
    ).one_or_none()


def candidates(connection: Connection, values: Mapping[str, Any]) -> Sequence[Any]:
    """Buildings a campaign would ask about, each with its controlling body, where one is known."""
    return connection.execute(text(_CANDIDATES), dict(values)).all()


def parties(connection: Connection, ids: Iterable[int]) -> dict[int, Any]:
    """Organisations by id."""
    rows = connection.execute(
        text("SELECT id, code, name, name_en, contact FROM party WHERE id = ANY (:ids)"), {"ids": list(ids)}
    )
    return {row.id: row for row in rows}


def add(
    connection: Connection, values: Mapping[str, Any], letters: Mapping[int, tuple[str, Sequence[int]]]
) -> None:
    """Add a campaign; ``letters``: by party a number and the buildings it is about."""
    me = connection.scalar(text("SELECT nullif(my_user(), 0)"))
    key = connection.scalar(insert(campaign).values(**values, made_by=me).returning(campaign.c.id))
    rows = [{"campaign_id": key, "party_id": party, "code": code} for party, (code, _) in letters.items()]
    ids = {
        row.party_id: row.id
        for row in connection.execute(insert(letter).returning(letter.c.id, letter.c.party_id), rows)
    }
    connection.execute(
        insert(letter_asset),
        [
            {"letter_id": ids[party], "asset_id": asset}
            for party, (_, assets) in letters.items()
            for asset in assets
        ],
    )


def campaigns(connection: Connection, city_code: str | None = None) -> Sequence[Any]:
    """Campaigns of the cities this reader regulates with their progress, newest first."""
    return connection.execute(
        text(
            f"{_CAMPAIGN_COLUMNS} WHERE CAST(:city AS text) IS NULL OR a.code = :city "
            "ORDER BY c.made_at DESC, c.id DESC LIMIT 500"
        ),
        {"city": city_code},
    ).all()


def by_code(connection: Connection, code: str) -> Any | None:
    """One campaign with its progress."""
    query = text(f"{_CAMPAIGN_COLUMNS} WHERE c.code = :code")
    return connection.execute(query, {"code": current(connection, code, "campaign")}).one_or_none()


def lock(connection: Connection, campaign_id: int) -> None:
    """Let one transaction at a time change the letters of a campaign."""
    connection.execute(text("SELECT 1 FROM campaign WHERE id = :id FOR UPDATE"), {"id": campaign_id})


def letters(
    connection: Connection, campaign_id: int, *, state: str | None = None, codes: Sequence[str] | None = None
) -> Sequence[Any]:
    """Letters of a campaign by the name of their owner; of one state, or those of these numbers."""
    return connection.execute(
        text(
            f"SELECT * FROM ({_LETTER_COLUMNS} WHERE l.campaign_id = :campaign "
            "AND (CAST(:codes AS text[]) IS NULL OR l.code = ANY (:codes))) z "
            "WHERE CAST(:state AS text) IS NULL OR z.state = :state ORDER BY z.party, z.code"
        ),
        {"campaign": campaign_id, "codes": None if codes is None else list(codes), "state": state},
    ).all()


def buildings(connection: Connection, letter_ids: Sequence[int]) -> dict[int, list[Any]]:
    """Buildings of letters by letter, with what the register holds of them and what was answered; ``moved``: by now
    another body controls it."""
    rows = connection.execute(
        text("""
        SELECT x.letter_id, x.asset_id, x.answer, x.said, x.later_on, x.answered_at, x.draft, a.code, a.kind, a.name,
          a.name_en, a.address, a.status, o.state, o.standing, e.code AS event, e.act, e.ground,
          e.rulebook AS event_book, e.clause AS event_clause, e.evidence, e.person, e.wanted,
          coalesce(a.controller_id, a.owner_id) IS DISTINCT FROM l.party_id AS moved
        FROM letter_asset x JOIN letter l ON l.id = x.letter_id JOIN asset a ON a.id = x.asset_id
        LEFT JOIN opening_seen o ON o.asset_id = x.asset_id
        LEFT JOIN opening_event e ON e.id = x.event_id
        WHERE x.letter_id = ANY (:ids) ORDER BY x.letter_id, a.name, a.code"""),
        {"ids": list(letter_ids)},
    )
    by_letter: dict[int, list[Any]] = {key: [] for key in letter_ids}
    for row in rows:
        by_letter[row.letter_id].append(row)
    return by_letter


def issue(connection: Connection, rows: Sequence[Mapping[str, Any]], *, reminder: bool) -> None:
    """Give letters a new link each (``id``, ``digest``, ``ends``, ``channel``); whatever opened them before, ends."""
    more = ", reminders = reminders + 1, reminded_at = now()" if reminder else ""
    connection.execute(
        text(f"""
        UPDATE letter SET token_digest = :digest, token_ends_at = :ends, token_used_at = NULL, channel = :channel,
          session_digest = NULL, session_ends_at = NULL, return_digest = NULL, sent_at = coalesce(sent_at, now()),
          returned_at = NULL{more} WHERE id = :id"""),
        [dict(row) for row in rows],
    )


def mark(connection: Connection, ids: Sequence[int], state: str, at: datetime) -> None:
    """Mark letters as delivered or returned; one takes the place of the other."""
    ours, other = {
        "delivered": ("delivered_at", "returned_at"),
        "returned": ("returned_at", "delivered_at"),
    }[state]
    connection.execute(
        text(f"UPDATE letter SET {ours} = :at, {other} = NULL WHERE id = ANY (:ids)"),
        {"ids": list(ids), "at": at},
    )


def close(connection: Connection, campaign_id: int) -> None:
    """Close a campaign; its letters open no more."""
    connection.execute(text("UPDATE campaign SET closed_at = now() WHERE id = :id"), {"id": campaign_id})
    connection.execute(
        text("UPDATE letter SET session_digest = NULL, session_ends_at = NULL WHERE campaign_id = :id"),
        {"id": campaign_id},
    )
