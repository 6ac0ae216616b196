"""Rows of grants of exact places. Row security shows a party its own and regulators all."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, text


@dataclass(frozen=True, slots=True)
class Grant:
    """A grant: who may see what lies wholly inside an area exactly, for what, and until when."""

    code: str
    party_code: str
    party_name: str
    purpose: str
    starts_at: datetime
    ends_at: datetime
    revoked_at: datetime | None
    live: bool
    km2: float
    assets: int
    areas: str
    mine: bool


def listed(connection: Connection, cities: str, *, party_id: int = 0, all_times: bool = False) -> list[Grant]:
    """Grants this actor may see, soonest end first; ``cities`` are those whose grants he may end (``*``: all)."""
    query = """SELECT g.code, p.code, p.name, g.purpose, g.starts_at, g.ends_at, g.revoked_at,
        g.revoked_at IS NULL AND now() >= g.starts_at AND now() < g.ends_at AS live,
        ST_Area(g.geom::geography) / 1e6 AS km2,
        (SELECT count(*) FROM place_grant_asset x WHERE x.grant_id = g.id) AS assets,
        coalesce((SELECT string_agg(a.name, '、' ORDER BY a.code) FROM area_outline_now() b
          JOIN area a ON a.id = b.area_id
          WHERE a.level = 'city' AND b.geom && g.geom AND ST_Intersects(b.geom, g.geom)), '')
        AS areas,
        CAST(:cities AS text) = '*' OR EXISTS (SELECT 1 FROM area_outline_now() b
          WHERE b.area_id::text = ANY (string_to_array(:cities, ','))
            AND b.geom && g.geom AND ST_Intersects(b.geom, ST_PointOnSurface(g.geom))) AS mine
      FROM place_grant g JOIN party p ON p.id = g.party_id
      WHERE (:party = 0 OR g.party_id = :party)
        AND (:all_times OR (g.revoked_at IS NULL AND g.ends_at > now()))
      ORDER BY g.revoked_at IS NOT NULL, g.ends_at LIMIT 500"""
    values = {"cities": cities, "party": party_id, "all_times": all_times}
    return [Grant(*row) for row in connection.execute(text(query), values)]


def districts_wkb(connection: Connection, codes: list[str]) -> bytes | None:
    """The union of the boundaries in force of areas, as WKB; None when one of them is not known."""
    query = """SELECT count(DISTINCT a.code), ST_AsBinary(ST_Multi(ST_Union(b.geom))) FROM area a
      JOIN area_outline_now() b ON b.area_id = a.id WHERE a.code = ANY (:codes)"""
    rows, wkb = connection.execute(text(query), {"codes": codes}).one()
    return bytes(wkb) if rows == len(set(codes)) and wkb is not None else None


def inside(connection: Connection, wkb: bytes, cities: str) -> Any:
    """The part of a shape inside the cities (``*``: all of it) as ``wkb``, and its share of the whole."""
    query = """WITH wanted AS (SELECT ST_Multi(ST_SetSRID(ST_GeomFromWKB(:wkb), 4326)) AS geom),
        allowed AS (SELECT CASE WHEN :cities = '*' THEN w.geom ELSE
          (SELECT ST_Multi(ST_CollectionExtract(ST_Intersection(ST_Union(b.geom), w.geom), 3)) FROM area_outline_now() b
           WHERE b.area_id::text = ANY (string_to_array(:cities, ','))
             AND b.geom && w.geom) END AS geom FROM wanted w)
      SELECT ST_AsBinary(a.geom) AS wkb, coalesce(ST_Area(a.geom), 0) / nullif(ST_Area(w.geom), 0) AS share
      FROM allowed a, wanted w"""
    return connection.execute(text(query), {"wkb": wkb, "cities": cities}).one()


def add(connection: Connection, values: dict[str, Any]) -> int:
    """A new grant, in force from now; how many assets it opens."""
    grant_id = connection.scalar(
        text("""INSERT INTO place_grant (code, party_id, purpose, geom, starts_at, ends_at, granted_by)
          VALUES (:code, :party_id, :purpose, ST_SetSRID(ST_GeomFromWKB(:wkb), 4326), now(), :ends_at, :granted_by)
          RETURNING id"""),
        values,
    )
    counted = text("SELECT count(*) FROM place_grant_asset WHERE grant_id = :id")
    return int(connection.scalar(counted, {"id": grant_id}) or 0)


def revoke(connection: Connection, code: str) -> bool:
    """End the grant now; False when it had ended or is not known."""
    query = "UPDATE place_grant SET revoked_at = now() WHERE code = :code AND revoked_at IS NULL AND ends_at > now()"
    return bool(connection.execute(text(query), {"code": code}).rowcount)
