"""SQL of gates: the works behind an asset, relocations and alterations, and facts recorded past a shut gate."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ARRAY, Connection, Text, bindparam, insert, select, text

from infra_registry.assets.ledger_tables import project
from infra_registry.assets.tables import asset
from infra_registry.db.aliases import current
from infra_registry.duties.steps.gate_tables import asset_act

_UNSHOWN = """
WITH told AS (
  SELECT 'asset' AS kind, a.code, a.name, a.name_en, a.city_id, a.id AS asset_id, NULL::bigint AS project_id,
    e.new_status AS step, g.gate, e.valid_on AS done_on, e.reason, e.recorded_at
  FROM status_event e JOIN asset a ON a.id = e.asset_id CROSS JOIN LATERAL unnest(e.shut_gates) AS g(gate)
  WHERE e.shut_gates IS NOT NULL AND sees_whole(a.owner_id, a.operator_id, a.city_id)
  UNION ALL
  SELECT 'asset', a.code, a.name, a.name_en, a.city_id, a.id, NULL, x.act, g.gate, x.done_on, x.reason, x.recorded_at
  FROM asset_act x JOIN asset a ON a.id = x.asset_id CROSS JOIN LATERAL unnest(x.shut_gates) AS g(gate)
  WHERE x.shut_gates IS NOT NULL AND sees_whole(a.owner_id, a.operator_id, a.city_id)
  UNION ALL
  SELECT 'project', p.code, p.name, p.name_en, p.city_id, NULL, p.id, w.act, g.gate, w.done_on, w.basis, w.recorded_at
  FROM project_act w JOIN project p ON p.id = w.project_id CROSS JOIN LATERAL unnest(w.shut_gates) AS g(gate)
  WHERE w.shut_gates IS NOT NULL AND sees_whole(p.builder_id, NULL, p.city_id)
    AND w.takes_back_id IS NULL AND NOT EXISTS (SELECT 1 FROM project_act t WHERE t.takes_back_id = w.id)),
standing AS (
  SELECT * FROM told t WHERE NOT EXISTS (
    SELECT 1 FROM duty_current d WHERE (d.asset_id = t.asset_id OR d.project_id = t.project_id)
      AND d.rulebook || '/' || d.clause = t.gate AND d.kept = 'kept')),
-- Plant nobody moved here step by step: imported or registered as in use.
found AS (
  SELECT 'asset' AS kind, a.code, a.name, a.name_en, a.city_id, a.id AS asset_id, NULL::bigint AS project_id,
    a.status AS step, d.rulebook || '/' || d.clause AS gate, NULL::date AS done_on, NULL::text AS reason, d.computed_at
  FROM duty_current d JOIN asset a ON a.id = d.asset_id
  WHERE d.rulebook || '/' || d.clause = ANY (:gates) AND d.standing = 'binds' AND d.kept IN ('not_shown', 'broken')
    AND NOT d.by_reference AND a.status = 'in_use' AND sees_whole(a.owner_id, a.operator_id, a.city_id)
    AND NOT EXISTS (SELECT 1 FROM standing s WHERE s.asset_id = a.id AND s.gate = d.rulebook || '/' || d.clause)),
every AS (SELECT * FROM standing UNION ALL SELECT * FROM found)
SELECT e.kind, e.code, e.name, e.name_en, c.code AS city, c.name AS city_name, c.name_en AS city_name_en, e.step,
  split_part(e.gate, '/', 1) AS book, split_part(e.gate, '/', 2) AS clause, e.done_on, e.reason,
  count(*) OVER () AS total
FROM every e LEFT JOIN area c ON c.id = e.city_id WHERE :city = '' OR c.code = :city
ORDER BY e.done_on DESC NULLS LAST, e.code, e.gate OFFSET :skip LIMIT :many
"""


@dataclass(frozen=True, slots=True)
class Unshown:
    """A fact that stands past a shut gate. ``done_on`` None: the register found it, nobody recorded a move."""

    kind: str
    code: str
    name: str
    name_en: str | None
    city: str | None
    city_name: str | None
    city_name_en: str | None
    step: str
    book: str
    clause: str
    done_on: date | None
    reason: str | None


def works_of(connection: Connection, asset_id: int) -> str | None:
    """The code of the works an asset belongs to."""
    joined = asset.join(project, project.c.id == asset.c.project_id)
    code: str | None = connection.scalar(
        select(project.c.code).select_from(joined).where(asset.c.id == asset_id)
    )
    return code


def add_act(connection: Connection, values: Mapping[str, Any]) -> int:
    """Record a relocation or alteration."""
    me = connection.scalar(text("SELECT nullif(my_user(), 0)"))
    statement = insert(asset_act).values(**values, recorded_by=me).returning(asset_act.c.id)
    return int(connection.scalar(statement) or 0)


def acts_of(connection: Connection, asset_id: int) -> Sequence[Any]:
    """Relocations and alterations of an asset, newest first; only for those who keep it."""
    joined = asset_act.outerjoin(project, project.c.id == asset_act.c.project_id)
    return connection.execute(
        select(asset_act, project.c.code.label("works"))
        .select_from(joined)
        .where(asset_act.c.asset_id == asset_id)
        .order_by(asset_act.c.done_on.desc(), asset_act.c.id.desc())
    ).all()


def project_id(connection: Connection, code: str) -> int | None:
    """The id of works by code."""
    today = current(connection, code, "works")
    key: int | None = connection.scalar(select(project.c.id).where(project.c.code == today))
    return key


def unshown(
    connection: Connection, in_use: Sequence[str], city: str, skip: int, many: int
) -> tuple[list[Unshown], int]:
    """A page of what stands past a shut gate, and how many there are."""
    statement = text(_UNSHOWN).bindparams(bindparam("gates", list(in_use), type_=ARRAY(Text)))
    rows = connection.execute(statement, {"city": city, "skip": skip, "many": many}).all()
    return [Unshown(*row[:-1]) for row in rows], int(rows[0].total) if rows else 0


def moved_on(connection: Connection, asset_id: int) -> date | None:
    """The day of the last move of an asset's status; None when it only has the one it was registered with."""
    day: date | None = connection.scalar(
        text("SELECT max(valid_on) FROM status_event WHERE asset_id = :asset AND old_status IS NOT NULL"),
        {"asset": asset_id},
    )
    return day
