"""SQL of measurements: whole batches in, counts and points out."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, insert, text

from infra_registry.coverage.evidence.tables import coverage_measurement

CHUNK = 5000


def add(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> int:
    """Write measurements; each row has ``lon`` and ``lat`` beside the table's columns. How many."""
    user = connection.scalar(text("SELECT nullif(my_user(), 0)"))
    for start in range(0, len(rows), CHUNK):
        values = [
            {
                **{name: value for name, value in row.items() if name not in ("lon", "lat")},
                "geom": f"SRID=4326;POINT({row['lon']!r} {row['lat']!r})",
                "recorded_by": user,
            }
            for row in rows[start : start + CHUNK]
        ]
        connection.execute(insert(coverage_measurement), values)
    return len(rows)


def count(connection: Connection, digest: str) -> int:
    """How many measurements of a file with this digest are there for this reader."""
    query = text("SELECT count(*) FROM coverage_measurement WHERE digest = :digest")
    return int(connection.scalar(query, {"digest": digest}) or 0)


def lock(connection: Connection, digest: str) -> None:
    """Let two loads of one file come one after another."""
    connection.execute(text("SELECT pg_advisory_xact_lock(hashtextextended(:key, 72))"), {"key": digest})


def take_back(connection: Connection, digest: str) -> int:
    """Delete the measurements of a file that this user may take back; how many."""
    query = text("DELETE FROM coverage_measurement WHERE digest = :digest")
    return connection.execute(query, {"digest": digest}).rowcount


def summary(connection: Connection) -> list[dict[str, Any]]:
    """What this reader may see, counted by method, operator and technology."""
    query = text("""SELECT m.method, p.code AS operator, p.name AS operator_name, p.name_en AS operator_name_en,
        m.operator_stated, m.technology, count(*) AS measured,
        min(m.measured_on) AS earliest, max(m.measured_on) AS latest,
        avg(m.level_dbm) AS level_dbm, avg(m.down_mbps) AS down_mbps, max(m.field_v_m) AS field_v_m,
        bool_or(m.sample) AS sample
      FROM coverage_measurement m LEFT JOIN party p ON p.id = m.operator_id
      GROUP BY 1, 2, 3, 4, 5, 6 ORDER BY 1, p.name NULLS LAST, m.operator_stated NULLS LAST, 6 NULLS LAST""")
    return [dict(row) for row in connection.execute(query).mappings()]


def files(connection: Connection) -> list[dict[str, Any]]:
    """The last 20 files this reader's measurements came in, newest first, and whether he sent them himself."""
    query = text("""SELECT digest, min(recorded_at) AS recorded_at, count(*) AS measured,
        bool_and(recorded_by = my_user()) AS mine FROM coverage_measurement
      WHERE digest IS NOT NULL GROUP BY digest ORDER BY 2 DESC, 1 LIMIT 20""")
    return [dict(row) for row in connection.execute(query).mappings()]


def points(connection: Connection, criteria: Mapping[str, Any]) -> list[Any]:
    """Measurements in a box up to a day: lon, lat, level_dbm, field_v_m, down_mbps, connected.

    ``criteria``: operator (code, ``stated:…``, ``not_stated`` or None for any), technology (or None), environment, on,
    west, south, east, north.
    """
    operator = criteria["operator"]
    stated = operator.removeprefix("stated:") if operator and operator.startswith("stated:") else None
    query = text("""SELECT ST_X(m.geom) AS lon, ST_Y(m.geom) AS lat, m.level_dbm, m.field_v_m, m.down_mbps, m.connected
      FROM coverage_measurement m LEFT JOIN party p ON p.id = m.operator_id
      WHERE m.geom && ST_MakeEnvelope(:west, :south, :east, :north, 4326) AND m.environment = :environment
        AND m.measured_on <= :on AND (CAST(:technology AS text) IS NULL OR m.technology = :technology)
        AND (CAST(:operator AS text) IS NULL OR p.code = :operator OR m.operator_stated = :stated
             OR (:operator = 'not_stated' AND m.operator_id IS NULL AND m.operator_stated IS NULL))
      ORDER BY m.id""")
    return list(connection.execute(query, {**criteria, "stated": stated}))


def field_strengths(connection: Connection, digest: str | None = None) -> list[Any]:
    """Field-strength measurements (V/m): ref, lon, lat, measured_on, environment, service, band, field_v_m.

    Rows without ``service_stated`` are the whole of what was measured at that place.
    """
    query = text("""SELECT ref, ST_X(geom) AS lon, ST_Y(geom) AS lat, measured_on, environment, service_stated,
        band_low_mhz, band_high_mhz, field_v_m FROM coverage_measurement
      WHERE method = 'field_strength' AND field_v_m IS NOT NULL
        AND (CAST(:digest AS text) IS NULL OR digest = :digest)
      ORDER BY ref, service_stated NULLS FIRST, band_low_mhz, id""")
    return list(connection.execute(query, {"digest": digest}))
