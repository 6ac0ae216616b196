"""SQL of one place: where an asset stands, for a reader who sees it exactly."""

from sqlalchemy import Connection, text

from infra_registry.db.aliases import ASSETS, current
from infra_registry.errors import Forbidden, NotFound

_PLACE = text("""SELECT p.level, p.precision_m, ST_X(s.at) AS lon, ST_Y(s.at) AS lat
  FROM asset_place p, LATERAL (SELECT ST_PointOnSurface(p.geom) AS at) AS s WHERE p.code = :code""")


def exact_place(connection: Connection, code: str) -> tuple[float, float]:
    """Longitude and latitude of an asset as this reader may see it.

    Raises NotFound ``path.no_asset`` (none, or none for him) and Forbidden ``path.not_exact`` where he sees it blurred:
    a profile from a blurred place would be of another path.
    """
    row = connection.execute(_PLACE, {"code": current(connection, code, *ASSETS)}).one_or_none()
    if row is None:
        raise NotFound("path.no_asset", asset=code[:40])
    if row.level != "exact":
        raise Forbidden("path.not_exact", asset=code, m=int(row.precision_m or 0))
    return float(row.lon), float(row.lat)
