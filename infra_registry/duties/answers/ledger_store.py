"""SQL of the ledger of opening: rows as a reader may see them, counts, days to answer, the rebuild."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection, text

from infra_registry.assets.store import field_shown

CHUNK = 5000
# Row security leaves the rows whose exact place the reader sees. A field the publication table keeps from him is
# neither shown nor filtered, sorted or grouped by.
ROWS = f"""
SELECT o.asset_id, a.code, a.kind, a.status, a.sample, o.state, o.standing, o.rulebook, o.clause, o.ground, o.since,
  o.told, o.asked_on, area_day(o.city_id) - o.asked_on AS waited_days, o.answered_on, o.answer_days,
  city.code AS city_code, city.name AS city, city.name_en AS city_en,
  t.days AS target_days, {field_shown("name")} AS named,
  CASE WHEN {field_shown("name")} THEN a.name END AS name,
  CASE WHEN {field_shown("name")} THEN a.name_en END AS name_en,
  CASE WHEN {field_shown("venue")} THEN b.venue END AS venue, CASE WHEN {field_shown("form")} THEN b.form END AS form,
  body.code AS body_code, body.name AS body, body.name_en AS body_en
FROM opening_seen o JOIN asset a ON a.id = o.asset_id
LEFT JOIN area city ON city.id = o.city_id
LEFT JOIN opening_target t ON t.city_id = o.city_id
LEFT JOIN asset_public_building b ON b.asset_id = a.id
LEFT JOIN party body ON body.id = o.controller_id
  AND CASE WHEN a.controller_id IS NULL THEN {field_shown("owner")} ELSE {field_shown("controller")} END
"""
_STATES = "'no_answer', 'asked', 'refused', 'declined', 'offered', 'open', 'exempt', 'not_asked'"
ORDERS = {
    "code": "code",
    "name": "name",
    "state": f"array_position(ARRAY[{_STATES}], state)",
    "since": "since",
    "asked_on": "asked_on",
    "answer_days": "answer_days",
    "body": "body",
}


@dataclass(frozen=True, slots=True)
class Where:
    """Filters of the ledger as SQL over the rows a reader sees, with their bound values."""

    sql: str
    values: dict[str, Any]


def rows(
    connection: Connection, where: Where, order: str, *, descending: bool, page: tuple[int, int]
) -> Sequence[Any]:
    """A page (offset, limit) of the ledger."""
    way = "DESC NULLS LAST" if descending else "ASC NULLS LAST"
    return connection.execute(
        text(
            f"SELECT * FROM ({ROWS}) l WHERE {where.sql} ORDER BY {ORDERS[order]} {way}, code "
            "OFFSET :skip LIMIT :many"
        ),
        {**where.values, "skip": page[0], "many": page[1]},
    ).all()


def stream(connection: Connection, where: Where) -> Iterator[Any]:
    """Every row of the ledger by code, read as it is sent."""
    sql = text(f"SELECT * FROM ({ROWS}) l WHERE {where.sql} ORDER BY code")
    yield from connection.execute(sql, where.values, execution_options={"yield_per": 1000})


def by_asset(connection: Connection, asset_id: int) -> Any | None:
    """The row of one asset."""
    return connection.execute(
        text(f"SELECT * FROM ({ROWS}) l WHERE asset_id = :id"), {"id": asset_id}
    ).one_or_none()


def count(connection: Connection, where: Where) -> int:
    """How many rows a filter leaves."""
    total = connection.scalar(text(f"SELECT count(*) FROM ({ROWS}) l WHERE {where.sql}"), where.values)
    return int(total or 0)


def states(connection: Connection, where: Where) -> dict[str, int]:
    """How many rows a filter leaves by state."""
    grouped = connection.execute(
        text(f"SELECT state, count(*) AS n FROM ({ROWS}) l WHERE {where.sql} GROUP BY 1"), where.values
    )
    return {row.state: row.n for row in grouped}


def figures(connection: Connection, where: Where, by: str) -> Sequence[Any]:
    """Counts per city (``city``) or controlling body (``body``), by state and ground, with days to answer."""
    keys = {"city": "city_code, city, city_en, target_days", "body": "body_code, body, body_en"}[by]
    return connection.execute(
        text(f"""
        SELECT {keys}, count(*) AS total,
          count(*) FILTER (WHERE standing IN ('binds', 'conditions_not_shown', 'scope_not_shown')) AS meant,
          count(*) FILTER (WHERE state = 'open') AS open,
          count(*) FILTER (WHERE state = 'open' AND standing IN ('binds', 'conditions_not_shown', 'scope_not_shown'))
            AS open_meant,
          count(*) FILTER (WHERE state = 'offered') AS offered, count(*) FILTER (WHERE state = 'refused') AS refused,
          count(*) FILTER (WHERE state = 'declined') AS declined, count(*) FILTER (WHERE state = 'exempt') AS exempt,
          count(*) FILTER (WHERE asked_on IS NOT NULL) AS unanswered,
          count(*) FILTER (WHERE state = 'no_answer') AS late,
          count(*) FILTER (WHERE state = 'not_asked') AS not_asked,
          percentile_cont(0.5) WITHIN GROUP (ORDER BY answer_days) AS median_days, count(answer_days) AS answered,
          count(*) FILTER (WHERE answer_days > target_days) AS over_target, min(asked_on) AS oldest
        FROM ({ROWS}) l WHERE {where.sql} GROUP BY {keys} ORDER BY {keys}"""),
        where.values,
    ).all()


def grounds(connection: Connection, where: Where, by: str) -> Sequence[Any]:
    """Refusals and exemptions by ground, per city or controlling body."""
    key = {"city": "city_code", "body": "body_code"}[by]
    return connection.execute(
        text(
            f"SELECT {key} AS key, rulebook, clause, ground, count(*) AS n FROM ({ROWS}) l "
            f"WHERE {where.sql} AND ground IS NOT NULL GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 5 DESC, 4"
        ),
        where.values,
    ).all()


def refresh(connection: Connection, ids: Sequence[int], on: date | None) -> int:
    """Bring the ledger of these assets in step; how many rows changed. Run as the product itself."""
    return sum(
        connection.scalar(
            text("SELECT opening_refresh(cast(:ids AS bigint[]), :day)"),
            {"ids": list(ids[start : start + CHUNK]), "day": on},
        )
        or 0
        for start in range(0, len(ids), CHUNK)
    )


def population(connection: Connection, city_id: int | None) -> list[int]:
    """Assets that stand in the ledger or belong there; of one city or all."""
    within = "AND a.city_id = :city" if city_id else ""
    ids = connection.scalars(
        text(f"""
        SELECT a.id FROM asset a WHERE (a.kind IN ('public_building', 'pole')
          OR EXISTS (SELECT 1 FROM opening_current o WHERE o.asset_id = a.id)
          OR EXISTS (SELECT 1 FROM opening_event e WHERE e.asset_id = a.id)
          OR EXISTS (SELECT 1 FROM duty_current d WHERE d.asset_id = a.id AND d.effect = 'open')) {within}
        ORDER BY a.id"""),
        {"city": city_id} if city_id else {},
    )
    return list(ids)


def set_target(connection: Connection, city_id: int, days: int | None, note: str | None) -> None:
    """Set or (None) drop the area's own target for answers."""
    if days is None:
        connection.execute(text("DELETE FROM opening_target WHERE city_id = :city"), {"city": city_id})
        return
    connection.execute(
        text("""
        INSERT INTO opening_target (city_id, days, note, set_by) VALUES (:city, :days, :note, nullif(my_user(), 0))
        ON CONFLICT (city_id) DO UPDATE SET days = excluded.days, note = excluded.note, set_by = excluded.set_by,
          set_at = now()"""),
        {"city": city_id, "days": days, "note": note},
    )


def target(connection: Connection, city_id: int) -> Any | None:
    """The area's own target."""
    return connection.execute(
        text("SELECT days, note, set_at FROM opening_target WHERE city_id = :city"), {"city": city_id}
    ).one_or_none()
