"""The handlers' list and map of cases in the database; row security decides which."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, text

from infra_registry.cases.codes import REASONS
from infra_registry.cases.moves import STATES
from infra_registry.errors import Fault, Invalid

SORTS = {"received": "f.received_at", "state": "f.state", "reason": "f.reason", "district": "d.code"}
AGES = (7, 30, 90)
MAX_LIMIT = 10_000
MAX_FEATURES = 5000


@dataclass(frozen=True, slots=True)
class CaseFilter:
    """What a handler asks for; ``older_than`` in days; ``sort`` a key of SORTS, with - for the other way."""

    state: str | None = None
    reason: str | None = None
    district: str | None = None
    older_than: int | None = None
    sort: str = "-received"

    def __post_init__(self) -> None:
        """Raise Invalid for a value that no form of ours sends."""
        faults = []
        for name, allowed in (("state", STATES), ("reason", REASONS), ("older_than", AGES)):
            value = getattr(self, name)
            if value is not None and value not in allowed:
                faults.append(
                    Fault(name, str(value)[:40], "cases.fault.filter", ", ".join(map(str, allowed)))
                )
        if self.sort.removeprefix("-") not in SORTS:
            faults.append(Fault("sort", self.sort[:40], "cases.fault.filter", ", ".join(SORTS)))
        if self.district is not None and len(self.district) > 40:
            faults.append(Fault("district", self.district[:40], "cases.fault.filter", "370811"))
        if faults:
            raise Invalid(faults)


@dataclass(frozen=True, slots=True)
class CaseRow:
    """A case in the list: codes and registered names, nothing that was written."""

    number: str
    state: str
    reason: str
    city: str | None
    city_en: str | None
    district: str | None
    district_en: str | None
    asset: str | None
    accused: tuple[str, ...]
    others: int
    received_at: datetime
    age_days: int


def rows(
    connection: Connection, filters: CaseFilter, *, limit: int = 50, offset: int = 0
) -> tuple[list[CaseRow], int]:
    """A page of cases and how many there are in all."""
    where, values = _where(filters)
    column = SORTS[filters.sort.removeprefix("-")]
    order = f"{column} {'DESC' if filters.sort.startswith('-') else 'ASC'} NULLS LAST, f.number"
    source = """case_file f LEFT JOIN area c ON c.id = f.city_id LEFT JOIN area d ON d.id = f.district_id
        LEFT JOIN asset a ON a.id = f.asset_id
        LEFT JOIN LATERAL (SELECT array_remove(array_agg(p.name ORDER BY x.ord), NULL) AS accused,
                             count(*) FILTER (WHERE x.party_id IS NULL) AS others
                           FROM accused x LEFT JOIN party p ON p.id = x.party_id WHERE x.case_id = f.id) x ON true"""
    query = f"""SELECT f.number, f.state, f.reason, c.name AS city, c.name_en AS city_en, d.name AS district,
        d.name_en AS district_en, a.name AS asset, x.accused, x.others, f.received_at,
        floor(extract(epoch FROM now() - f.received_at) / 86400)::integer AS age_days
      FROM {source} WHERE {where} ORDER BY {order} LIMIT :limit OFFSET :offset"""
    records = connection.execute(
        text(query), {**values, "limit": min(limit, MAX_LIMIT), "offset": offset}
    ).mappings()
    total = connection.scalar(text(f"SELECT count(*) FROM {source} WHERE {where}"), values)
    listed = [
        CaseRow(**{**row, "accused": tuple(row["accused"] or ()), "others": row["others"] or 0})
        for row in records
    ]
    return listed, int(total or 0)


def counts(connection: Connection) -> dict[str, int]:
    """How many cases stand in each state."""
    rows = connection.execute(text("SELECT state, count(*) AS n FROM case_file GROUP BY state")).all()
    return dict.fromkeys(STATES, 0) | {row.state: row.n for row in rows}


def sealed_points(connection: Connection) -> Sequence[Any]:
    """The newest cases with their sealed points and wrapped keys, to be drawn on a map."""
    query = text(
        """SELECT number, state, reason, wrapped_key, sealed_point FROM case_file
        WHERE wrapped_key IS NOT NULL AND sealed_point IS NOT NULL ORDER BY received_at DESC, number LIMIT :most"""
    )
    return connection.execute(query, {"most": MAX_FEATURES}).all()


def tile(
    connection: Connection, spots: Sequence[tuple[Any, tuple[float, float]]], z: int, x: int, y: int
) -> bytes:
    """The vector tile of cases at their points: layer ``cases`` with number (also as ``code``), state and reason.

    Zoom, column and row are taken as checked; features come in the order of their random numbers.
    """
    query = text(
        """SELECT ST_AsMVT(t, 'cases') FROM (
          SELECT f.number, f.number AS code, f.state, f.reason, ST_AsMVTGeom(
            ST_Transform(f.geom, 3857), ST_TileEnvelope(:z, :x, :y), 4096, 64) AS geom
          FROM (SELECT number, state, reason, ST_SetSRID(ST_MakePoint(lon, lat), 4326) AS geom
                FROM unnest(CAST(:numbers AS text[]), CAST(:states AS text[]), CAST(:reasons AS text[]),
                  CAST(:lons AS float8[]), CAST(:lats AS float8[])) AS u (number, state, reason, lon, lat)) f
          WHERE f.geom && ST_Transform(ST_TileEnvelope(:z, :x, :y, margin => 0.015625), 4326)
            AND abs(ST_Y(f.geom)) < 85.06
          ORDER BY f.number) t"""
    )
    values = {
        **{f"{name}s": [getattr(row, name) for row, _ in spots] for name in ("number", "state", "reason")},
        "lons": [lon for _, (lon, _) in spots],
        "lats": [lat for _, (_, lat) in spots],
    }
    return bytes(connection.scalar(query, {**values, "z": z, "x": x, "y": y}) or b"")


def _where(filters: CaseFilter) -> tuple[str, dict[str, Any]]:
    parts, values = ["true"], dict[str, Any]()
    for name, condition in (
        ("state", "f.state = :state"),
        ("reason", "f.reason = :reason"),
        ("district", "(d.code = :district OR c.code = :district)"),
        ("older_than", "f.received_at < now() - make_interval(days => :older_than)"),
    ):
        value = getattr(filters, name)
        if value is not None:
            parts.append(condition)
            values[name] = value
    return " AND ".join(parts), values
