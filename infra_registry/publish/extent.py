"""Where the map opens and whose hues it shows: the extent of an area, and the parties that operate something."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row, text

from infra_registry.publish.spatial import Box

MOST_OPERATORS = 30


def of_area(connection: Connection, code: str | None) -> Box | None:
    """The box of an area's boundary, or of all cities without a code; None when no boundary is registered."""
    row = connection.execute(
        text("""
        SELECT ST_XMin(e), ST_YMin(e), ST_XMax(e), ST_YMax(e) FROM (
          SELECT ST_Extent(b.geom) AS e FROM area_boundary b JOIN area a ON a.id = b.area_id
          WHERE b.valid_until IS NULL AND (a.code = :code OR (:code IS NULL AND a.level = 'city'))) AS found"""),
        {"code": code},
    ).one()
    return None if row[0] is None else Box(*row)


def operators(connection: Connection) -> Sequence[Row[Any]]:
    """Parties that operate a registered asset: code, name, English name; in a stable order."""
    return connection.execute(
        text("""
        SELECT p.code, p.name, p.name_en FROM party p
        WHERE EXISTS (SELECT 1 FROM asset a WHERE a.operator_id = p.id) ORDER BY p.id LIMIT :most"""),
        {"most": MOST_OPERATORS},
    ).all()
