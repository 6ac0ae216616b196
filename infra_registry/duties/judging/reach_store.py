"""SQL of what the law can reach: subjects by code, by the areas a rulebook holds in, and by what a change touches."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection, text

from infra_registry.db.aliases import ASSETS, current
from infra_registry.rules.engine import EVERYWHERE
from infra_registry.rules.model import Rulebook, SubjectKind

TABLES: Mapping[SubjectKind, str] = {
    SubjectKind.ASSET: "asset",
    SubjectKind.PROJECT: "project",
    SubjectKind.AGREEMENT: "agreement",
    SubjectKind.AREA: "key_area",
}
COLUMNS: Mapping[SubjectKind, str] = {kind: f"{table}_id" for kind, table in TABLES.items()}
MOST_CODE = 80
_SEEN = {
    kind: text(
        f"SELECT sees_subject({', '.join('s.id' if one is kind else 'NULL' for one in TABLES)}) "
        f"FROM {table} s WHERE s.code = :code"
    )
    for kind, table in TABLES.items()
}
_TOLD = text("""
SELECT told_of(:kind, n.id, standing_needed(:kind, n.id, string_to_array(n.fields, ',')))
FROM unnest(CAST(:ids AS bigint[]), CAST(:fields AS text[])) WITH ORDINALITY AS n(id, fields, place) ORDER BY n.place
""")
# Areas named by code, zones by code or name, and everything below them.
_INSIDE = text("""
WITH RECURSIVE inside AS (
  SELECT id FROM area WHERE (CASE WHEN scheme = 'foreign' THEN 'foreign:' ELSE '' END || code) = ANY (:names)
    OR (level = 'zone' AND name = ANY (:names))
  UNION SELECT a.id FROM area a JOIN inside i ON a.parent_id = i.id)
SELECT id FROM inside
""")
_BELOW = text("""
WITH RECURSIVE inside AS (
  SELECT id FROM area WHERE id = :id UNION SELECT a.id FROM area a JOIN inside i ON a.parent_id = i.id)
SELECT id FROM inside
""")
_MEMBER = """(a.city_id = ANY (:areas) OR EXISTS (
  SELECT 1 FROM asset_area m WHERE m.asset_id = a.id AND m.level = 'exact' AND m.area_id = ANY (:areas)))"""
_SHAPE = """(s.city_id = ANY (:areas) OR EXISTS (SELECT 1 FROM area_outline_now() b WHERE b.area_id = ANY (:areas)
  AND b.geom && s.geom AND ST_Intersects(b.geom, s.geom)))"""
_BY_AREA = {
    SubjectKind.ASSET: _MEMBER.replace("a.", "s.", 1).replace("= a.id", "= s.id"),
    SubjectKind.AGREEMENT: f"EXISTS (SELECT 1 FROM asset a WHERE a.id = s.asset_id AND {_MEMBER})",
    SubjectKind.PROJECT: _SHAPE,
    SubjectKind.AREA: _SHAPE,
}
_BY_CITY = {SubjectKind.AGREEMENT: "s.asset_id IN (SELECT id FROM asset WHERE city_id = :city)"}
_TODAY = {
    kind: text(f"""
SELECT area_day({"a" if kind is SubjectKind.AGREEMENT else "s"}.city_id) AS day, array_agg(i.id ORDER BY i.id) AS ids
FROM unnest(CAST(:ids AS bigint[])) AS i(id) LEFT JOIN {table} s ON s.id = i.id
{"LEFT JOIN asset a ON a.id = s.asset_id" if kind is SubjectKind.AGREEMENT else ""} GROUP BY 1 ORDER BY 1
""")
    for kind, table in TABLES.items()
}
_TAKE = text("""
DELETE FROM duty_stale WHERE id IN (SELECT id FROM duty_stale ORDER BY id LIMIT :most FOR UPDATE SKIP LOCKED)
RETURNING asset_id, project_id, agreement_id, key_area_id
""")
# What else a change of these assets and works touches.
_TOUCHED = {
    SubjectKind.ASSET: """SELECT host_id FROM asset WHERE id = ANY (:assets) AND host_id IS NOT NULL
      UNION SELECT id FROM asset WHERE project_id = ANY (:projects)""",
    SubjectKind.PROJECT: "SELECT project_id FROM asset WHERE id = ANY (:assets) AND project_id IS NOT NULL",
    SubjectKind.AGREEMENT: "SELECT id FROM agreement WHERE asset_id = ANY (:assets)",
    SubjectKind.AREA: """SELECT id FROM key_area WHERE city_id IN (
      SELECT city_id FROM asset WHERE id = ANY (:assets) AND kind = 'wifi_zone')""",
}


@dataclass(frozen=True, slots=True)
class Scope:
    """Which subjects of a kind are meant: those in some areas (None: everywhere) and of some kinds of asset, with
    those that have rows of some rulebooks (None: any) now; all of one city, where one is named."""

    areas: Sequence[int] | None = None
    city_id: int | None = None
    asset_kinds: Sequence[str] | None = None
    books: Sequence[str] | None = None


def id_of(connection: Connection, kind: SubjectKind, code: str) -> int | None:
    """The inside id of a subject by its code; None when there is none, or no such code can be."""
    if not _possible(kind, code):
        return None
    query = text(f"SELECT id FROM {TABLES[kind]} WHERE code = :code")
    key: int | None = connection.scalar(query, {"code": subject_code(connection, kind, code)})
    return key


def seen(connection: Connection, kind: SubjectKind, code: str) -> bool:
    """Whether this reader may know the subject exactly."""
    if not _possible(kind, code):
        return False
    return bool(connection.scalar(_SEEN[kind], {"code": subject_code(connection, kind, code)}))


def subject_code(connection: Connection, kind: SubjectKind, code: str) -> str:
    """Today's code of a subject named by an old or today's code."""
    things = {SubjectKind.ASSET: ASSETS, SubjectKind.PROJECT: ("works",)}
    return current(connection, code, *things.get(kind, ()))


def shown(
    connection: Connection, kind: SubjectKind, ids: Sequence[int], fields: Sequence[str] | None = None
) -> list[bool]:
    """Of each subject, whether this reader is told of a duty that rests on published fields (joined by commas);
    without ``fields`` whether he may know the subject exactly."""
    bound = {"kind": kind.value, "ids": list(ids), "fields": list(fields or [""] * len(ids))}
    return list(connection.scalars(_TOLD, bound))


def _possible(kind: SubjectKind, code: str) -> bool:
    return kind in TABLES and code.isprintable() and len(code) <= MOST_CODE


def inside(connection: Connection, books: Iterable[Rulebook]) -> tuple[int, ...] | None:
    """The areas in which one of the books may hold; None: everywhere."""
    names: set[str] = set()
    for book in books:
        if EVERYWHERE in book.instrument.areas:
            return None
        names |= {*book.instrument.areas, *(name for z in book.zones for name in (z.code, z.name.zh))}
    return tuple(connection.scalars(_INSIDE, {"names": sorted(names - {""})}))


def below(connection: Connection, area_id: int) -> tuple[int, ...]:
    """An area with all areas below it."""
    return tuple(connection.scalars(_BELOW, {"id": area_id}))


def lying_in(connection: Connection, kind: SubjectKind, areas: Sequence[int]) -> list[int]:
    """Ids of the subjects that lie in one of the areas, whether they have rows or not."""
    sql = text(f"SELECT s.id FROM {TABLES[kind]} s WHERE {_BY_AREA[kind]} ORDER BY s.id")
    return list(connection.scalars(sql, {"areas": list(areas)}))


def ids(connection: Connection, kind: SubjectKind, scope: Scope) -> list[int]:
    """Ids of the subjects in a scope, in order."""
    meant: list[str] = []
    bound: dict[str, Any] = {}
    if scope.areas is not None:
        meant.append(_BY_AREA[kind])
        bound["areas"] = list(scope.areas)
    if scope.asset_kinds is not None and kind is SubjectKind.ASSET:
        meant.append("s.kind = ANY (:kinds)")
        bound["kinds"] = list(scope.asset_kinds)
    column = COLUMNS[kind]
    has_rows = f"s.id IN (SELECT d.{column} FROM duty_current d WHERE d.{column} IS NOT NULL"
    if scope.books is not None:
        has_rows += " AND d.rulebook = ANY (:books)"
        bound["books"] = list(scope.books)
    where = f"(({' AND '.join(meant) or 'true'}) OR {has_rows}))"
    if scope.city_id is not None:
        where += " AND " + _BY_CITY.get(kind, "s.city_id = :city")
        bound["city"] = scope.city_id
    return list(
        connection.scalars(text(f"SELECT s.id FROM {TABLES[kind]} s WHERE {where} ORDER BY s.id"), bound)
    )


def by_today(connection: Connection, kind: SubjectKind, ids: Sequence[int]) -> dict[date, tuple[int, ...]]:
    """These ids by the legal day that is today where their subjects lie."""
    return {row.day: tuple(row.ids) for row in connection.execute(_TODAY[kind], {"ids": list(ids)})}


def take_stale(connection: Connection, most: int) -> dict[SubjectKind, set[int]] | None:
    """Take marks off in the caller's transaction; the subjects they name, None when there was no mark."""
    rows = connection.execute(_TAKE, {"most": most}).all()
    if not rows:
        return None
    return {
        kind: {value for row in rows if (value := getattr(row, column)) is not None}
        for kind, column in COLUMNS.items()
    }


def touched(connection: Connection, subjects: Mapping[SubjectKind, set[int]]) -> dict[SubjectKind, list[int]]:
    """The subjects with those a change of them touches: hosts, assets of works, agreements, key areas near zones."""
    named = {"assets": SubjectKind.ASSET, "projects": SubjectKind.PROJECT}
    subjects_touched = {}
    for kind, sql in _TOUCHED.items():
        bound = {name: sorted(subjects.get(of, ())) for name, of in named.items() if f":{name}" in sql}
        subjects_touched[kind] = sorted({*subjects.get(kind, ()), *connection.scalars(text(sql), bound)})
    return subjects_touched
