"""A digest of the claims, measurements and challenges this reader sees: whether they have changed."""

from collections.abc import Sequence

from sqlalchemy import Connection, text

# Measurements are added and taken away, never changed; claims end; challenges change their state.
_MARK = text("""WITH box AS (SELECT ST_MakeEnvelope(:west, :south, :east, :north, 4326) AS here)
  SELECT md5(concat_ws('|',
    (SELECT string_agg(concat(c.id, ':', c.ended_on), ',' ORDER BY c.id) FROM coverage_claim c),
    (SELECT concat(count(*), ':', max(m.id), ':', sum(m.id)) FROM coverage_measurement m, box WHERE m.geom && box.here),
    (SELECT string_agg(concat(h.id, ':', h.state, ':', h.version), ',' ORDER BY h.id)
       FROM coverage_challenge h, box WHERE h.geom && box.here)))""")


def mark(connection: Connection, bounds: Sequence[float]) -> str:
    """A mark of everything this reader sees in a box (west, south, east, north in degrees); other evidence, another."""
    box = dict(zip(("west", "south", "east", "north"), bounds, strict=True))
    return str(connection.scalar(_MARK, box))
