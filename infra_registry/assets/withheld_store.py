"""SQL of withheld assets: the regulator's list of them, what is to be reviewed, the class of before."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, text

REVIEW_SOON_DAYS = 14
# Withheld assets ``a`` of the cities the reader is regulator of.
OF_MY_CITIES = """a.access_class = 'P4' AND ((SELECT regulates_all())
  OR coalesce(a.city_id = ANY ((SELECT regulated_cities())::bigint[]), false))"""
TO_REVIEW = f"{OF_MY_CITIES} AND a.withheld_review_on <= area_day(a.city_id) + {REVIEW_SOON_DAYS}"

_LISTED = f"""
SELECT a.code, a.kind, a.name, a.name_en, a.version, a.withheld_reason AS reason, a.withheld_review_on AS review_on,
       c.code AS city_code, c.name AS city, c.name_en AS city_en, coalesce(h.gone_at, a.recorded_at) AS since,
       withheld_by(coalesce(h.gone_by, a.recorded_by)) AS by_whom,
       a.withheld_review_on < area_day(a.city_id) AS overdue,
       a.withheld_review_on <= area_day(a.city_id) + {REVIEW_SOON_DAYS} AS soon, count(*) OVER () AS total
FROM asset a LEFT JOIN area c ON c.id = a.city_id LEFT JOIN LATERAL (
  SELECT gone_at, gone_by FROM history.asset WHERE id = a.id AND access_class <> 'P4'
  ORDER BY gone_at DESC, version DESC LIMIT 1) AS h ON true
WHERE {OF_MY_CITIES} AND (:city = '' OR c.code = :city)
ORDER BY a.withheld_review_on, a.code LIMIT :limit OFFSET :offset
"""
# As when an asset changes its city: a class that somebody set stays, the default of before becomes that of today.
_BEFORE = """
SELECT coalesce((SELECT CASE WHEN h.access_class = p.access_class THEN n.access_class ELSE h.access_class END
  FROM history.asset h JOIN publication p ON p.id = h.publication_id WHERE h.id = a.id AND h.access_class <> 'P4'
  ORDER BY h.gone_at DESC, h.version DESC LIMIT 1), n.access_class)
FROM asset a JOIN publication n ON n.id = a.publication_id WHERE a.id = :id
"""


def listed(connection: Connection, city: str = "", *, limit: int, offset: int = 0) -> Sequence[Any]:
    """What is withheld in the reader's cities (or one of them, by code), the earliest review first.

    ``since`` and ``by_whom`` are of the withholding, not of a later change of its reason; ``total`` counts all rows.
    """
    return connection.execute(text(_LISTED), {"city": city, "limit": limit, "offset": offset}).all()


def class_before(connection: Connection, asset_id: int) -> str:
    """The access class an asset takes when it is withheld no longer."""
    return str(connection.scalar(text(_BEFORE), {"id": asset_id}))
