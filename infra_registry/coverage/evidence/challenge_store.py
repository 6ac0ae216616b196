"""SQL of challenges: filed, moved against the version that was read, with events that are only ever added."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import Connection, func, insert, text, update

from infra_registry.coverage.evidence.tables import coverage_challenge, coverage_challenge_event
from infra_registry.db.aliases import ASSETS, current
from infra_registry.errors import NotFound

PAGE = 50

_CHALLENGE = """SELECT h.id, h.code, h.reason, h.detail, h.seen_on, h.state, h.evidence_digest, h.evidence_name,
    h.version, h.sample, h.filed_at, h.ended_at, h.user_id, h.party_id, q.name AS filer_name,
    q.name_en AS filer_name_en, area_day(a.id, coalesce(h.ended_at, now())) - area_day(a.id, h.filed_at) AS days,
    ST_X(ST_PointOnSurface(h.geom)) AS lon, ST_Y(ST_PointOnSurface(h.geom)) AS lat, GeometryType(h.geom) AS shape,
    c.code AS claim, c.technology, c.environment, c.operator_id, p.code AS operator, p.name AS operator_name,
    p.name_en AS operator_name_en, a.id AS area_id, a.name AS area_name, a.name_en AS area_name_en,
    coalesce(CASE WHEN a.level = 'city' THEN a.id END, a.parent_id, a.id) AS city_id
  FROM coverage_challenge h JOIN coverage_claim c ON c.id = h.claim_id JOIN party p ON p.id = c.operator_id
    JOIN area a ON a.id = c.area_id LEFT JOIN party q ON q.id = h.party_id"""
_WHERE = """WHERE (CAST(:state AS text) IS NULL OR h.state = :state)
    AND (CAST(:operator AS text) IS NULL OR p.code = :operator)
    AND (CAST(:claim AS text) IS NULL OR c.code = :claim)"""


@dataclass(frozen=True, slots=True)
class ChallengeFilter:
    """Which challenges: state, operator by code, claim by code."""

    state: str | None = None
    operator: str | None = None
    claim: str | None = None
    page: int = 1


def place(
    connection: Connection,
    claim_id: int,
    *,
    point: tuple[float, float] | None = None,
    area_id: int | None = None,
) -> Any:
    """The disputed shape (WKB): a point (degrees), a part of the claim by area id, else the whole claim.

    None when the area has no boundary in common with the claim.
    """
    if point:
        query = text("SELECT ST_AsBinary(ST_SetSRID(ST_MakePoint(:lon, :lat), 4326))")
        return connection.scalar(query, {"lon": point[0], "lat": point[1]})
    if area_id:
        query = text("""SELECT ST_AsBinary(s.geom) FROM (
            SELECT ST_CollectionExtract(ST_Intersection(c.geom, b.geom), 3) AS geom
            FROM coverage_claim c, area_outline_now() b
            WHERE c.id = :claim AND b.area_id = :area) AS s WHERE NOT ST_IsEmpty(s.geom)""")
        return connection.scalar(query, {"claim": claim_id, "area": area_id})
    return connection.scalar(
        text("SELECT ST_AsBinary(geom) FROM coverage_claim WHERE id = :id"), {"id": claim_id}
    )


def add(connection: Connection, values: Mapping[str, Any], shape: Any) -> int:
    """File a challenge with its shape (WKB); its id."""
    user, party = func.nullif(func.my_user(), 0), func.nullif(func.my_party(), 0)
    query = (
        insert(coverage_challenge)
        .values(user_id=user, party_id=party, geom=func.ST_GeomFromWKB(bytes(shape), 4326), **values)
        .returning(coverage_challenge.c.id)
    )
    return int(connection.scalars(query).one())


def add_event(connection: Connection, challenge_id: int, state: str, note: str | None) -> None:
    """Add a step; nothing changes or deletes one."""
    values = {"challenge_id": challenge_id, "state": state, "note": note or None}
    connection.execute(
        insert(coverage_challenge_event).values(**values, user_id=func.nullif(func.my_user(), 0))
    )


def move(connection: Connection, code: str, version: int, state: str, *, over: bool) -> int | None:
    """Set the state on the version that was read; the id, or None when somebody else was quicker."""
    table = coverage_challenge
    changes: dict[str, Any] = {"state": state, "version": version + 1}
    if over:
        changes["ended_at"] = func.now()
    query = (
        update(table)
        .where(table.c.code == code, table.c.version == version)
        .values(**changes)
        .returning(table.c.id)
    )
    new_version: int | None = connection.execute(query).scalar_one_or_none()
    return new_version


def challenge(connection: Connection, code: str) -> dict[str, Any]:
    """One challenge; NotFound ``claims.no_challenge`` when there is none for this reader."""
    query = text(_CHALLENGE + " WHERE h.code = :code")
    row = connection.execute(query, {"code": code}).mappings().one_or_none()
    if row is None:
        raise NotFound("claims.no_challenge", code=code[:40])
    return dict(row)


def challenges(
    connection: Connection, challenge_filter: ChallengeFilter, *, limit: int = PAGE
) -> list[dict[str, Any]]:
    """A page of challenges this reader may see, newest first."""
    query = text(f"{_CHALLENGE} {_WHERE} ORDER BY h.filed_at DESC, h.code LIMIT :limit OFFSET :skip")
    values = asdict(challenge_filter) | {"limit": limit, "skip": (challenge_filter.page - 1) * limit}
    return [dict(row) for row in connection.execute(query, values).mappings()]


def count(connection: Connection, challenge_filter: ChallengeFilter) -> int:
    """How many challenges the filter leaves."""
    query = text(f"""SELECT count(*) FROM coverage_challenge h JOIN coverage_claim c ON c.id = h.claim_id
        JOIN party p ON p.id = c.operator_id {_WHERE}""")
    return int(connection.scalar(query, asdict(challenge_filter)) or 0)


def events(connection: Connection, challenge_id: int) -> list[dict[str, Any]]:
    """The steps of a challenge, oldest first: state, note, time."""
    query = text("""SELECT state, note, happened_at FROM coverage_challenge_event
        WHERE challenge_id = :id ORDER BY id""")
    return [dict(row) for row in connection.execute(query, {"id": challenge_id}).mappings()]


def shapes(connection: Connection, criteria: Mapping[str, Any]) -> list[Any]:
    """State and shape (WKB) of challenges on claims, this reader's; ``criteria`` as of ``claim_store.shapes``."""
    query = text("""SELECT h.state, ST_AsBinary(h.geom) AS geom, GeometryType(h.geom) = 'POINT' AS point
      FROM coverage_challenge h JOIN coverage_claim c ON c.id = h.claim_id JOIN party p ON p.id = c.operator_id
      WHERE h.geom && ST_MakeEnvelope(:west, :south, :east, :north, 4326)
        AND (CAST(:operator AS text) IS NULL OR p.code = :operator)
        AND (CAST(:technology AS text) IS NULL OR c.technology = :technology)
        AND c.environment = :environment AND h.seen_on <= :on AND h.state <> 'withdrawn'
        AND (c.ended_on IS NULL OR c.ended_on > :on) ORDER BY h.code""")
    return list(connection.execute(query, dict(criteria)))


def place_of(connection: Connection, asset: str) -> tuple[float, float] | None:
    """Where an asset is shown to this reader (degrees); None when he sees none of this code."""
    query = text("""SELECT ST_X(ST_PointOnSurface(geom)) AS lon, ST_Y(ST_PointOnSurface(geom)) AS lat
        FROM asset_place WHERE code = :code LIMIT 1""")
    row = connection.execute(query, {"code": current(connection, asset, *ASSETS)}).one_or_none()
    return (row.lon, row.lat) if row is not None else None
