"""SQL of works: the list, one of them with its acts and assets, changes against a version."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from geoalchemy2.shape import from_shape
from shapely.geometry.base import BaseGeometry
from sqlalchemy import Connection, func, insert, select, text, update

from infra_registry.areas.tables import area
from infra_registry.assets.ledger_tables import project, project_act
from infra_registry.assets.tables import asset, asset_place
from infra_registry.db.aliases import current
from infra_registry.parties.tables import party, user_account

_ROWS = """
SELECT p.id, p.code, p.name, p.name_en, p.work_kind, p.funding, p.setting, p.starts_on, p.ends_on, p.sample,
  b.code AS builder_code, b.name AS builder, b.name_en AS builder_en, c.code AS city_code, c.name AS city,
  c.name_en AS city_en, last.act AS last_act, last.done_on AS last_on,
  count(*) OVER () AS total
FROM project p LEFT JOIN party b ON b.id = p.builder_id LEFT JOIN area c ON c.id = p.city_id
LEFT JOIN LATERAL (
  SELECT w.act, w.done_on FROM project_act w WHERE w.project_id = p.id AND w.takes_back_id IS NULL
    AND NOT EXISTS (SELECT 1 FROM project_act t WHERE t.takes_back_id = w.id)
  ORDER BY w.done_on DESC, w.id DESC LIMIT 1) last ON true
"""
ORDERS = {"code": "p.code", "name": "p.name", "starts_on": "p.starts_on", "last_on": "last.done_on"}


@dataclass(frozen=True, slots=True)
class Filters:
    """Which works to list."""

    q: str = ""
    city: str = ""
    builder: str = ""
    kind: str = ""
    sort: str = "starts_on"
    descending: bool = True
    page: int = 1
    limit: int = 50


def rows(connection: Connection, filters: Filters) -> Sequence[Any]:
    """A page of works; each row carries the number of all."""
    parts, values = ["true"], {}
    for name, sql in (
        ("city", "c.code = :city"),
        ("builder", "b.code = :builder"),
        ("kind", "p.work_kind = :kind"),
        (
            "q",
            "(p.code = upper(:q) OR strpos(lower(p.name || ' ' || coalesce(p.name_en, '')), lower(:q)) > 0)",
        ),
    ):
        if value := getattr(filters, name):
            parts.append(sql)
            values[name] = value
    way = "DESC NULLS LAST" if filters.descending else "ASC NULLS LAST"
    page: dict[str, Any] = {"skip": (filters.page - 1) * filters.limit, "many": filters.limit}
    return connection.execute(
        text(
            f"{_ROWS} WHERE {' AND '.join(parts)} ORDER BY {ORDERS[filters.sort]} {way}, p.code "
            "OFFSET :skip LIMIT :many"
        ),
        values | page,
    ).all()


def by_code(connection: Connection, code: str, *, lock: bool = False) -> Any | None:
    """Works by code, with whose they are; ``owner_id`` is the builder, as permissions ask."""
    statement = (
        select(
            project,
            project.c.builder_id.label("owner_id"),
            party.c.code.label("builder_code"),
            party.c.name.label("builder"),
            party.c.name_en.label("builder_en"),
            area.c.code.label("city_code"),
            area.c.name.label("city"),
            area.c.name_en.label("city_en"),
            func.ST_AsGeoJSON(project.c.geom, 7).label("geojson"),
        )
        .select_from(
            project.outerjoin(party, party.c.id == project.c.builder_id).outerjoin(
                area, area.c.id == project.c.city_id
            )
        )
        .where(project.c.code == current(connection, code, "works"))
    )
    return connection.execute(statement.with_for_update(of=project) if lock else statement).one_or_none()


def acts(connection: Connection, project_id: int) -> Sequence[Any]:
    """Acts of works in the order they were done, with those that were taken back and by which row."""
    taken = project_act.alias("taken")
    joined = project_act.outerjoin(taken, taken.c.takes_back_id == project_act.c.id).outerjoin(
        user_account, user_account.c.id == project_act.c.recorded_by
    )
    return connection.execute(
        select(
            project_act,
            user_account.c.name.label("recorded_name"),
            taken.c.basis.label("taken_back_why"),
            taken.c.done_on.label("taken_back_on"),
        )
        .select_from(joined)
        .where(project_act.c.project_id == project_id, project_act.c.takes_back_id.is_(None))
        .order_by(project_act.c.done_on, project_act.c.id)
    ).all()


def add_act(connection: Connection, values: Mapping[str, Any]) -> int:
    """Record an act, or the taking back of one."""
    me = connection.scalar(text("SELECT nullif(my_user(), 0)"))
    statement = insert(project_act).values(**values, recorded_by=me).returning(project_act.c.id)
    return int(connection.scalar(statement) or 0)


def assets(connection: Connection, project_id: int) -> Sequence[Any]:
    """The assets of works that this reader is shown exactly: works have an outline, which would place the others."""
    placed = asset.join(asset_place, asset_place.c.asset_id == asset.c.id)
    return connection.execute(
        select(asset.c.code, asset.c.kind, asset.c.status, asset.c.owner_id)
        .select_from(placed)
        .where(asset.c.project_id == project_id, asset_place.c.level == "exact")
        .order_by(asset.c.code)
        .limit(500)
    ).all()


def change(
    connection: Connection, key: int, values: Mapping[str, Any], geometry: BaseGeometry | None
) -> None:
    """Set columns of works, raising their version."""
    placed = {"geom": from_shape(geometry, 4326)} if geometry is not None else {}
    connection.execute(
        update(project).where(project.c.id == key).values(**values, **placed, version=project.c.version + 1)
    )


def code_of(connection: Connection, key: int) -> str:
    """The code of works by id."""
    return str(connection.scalar(select(project.c.code).where(project.c.id == key)))
