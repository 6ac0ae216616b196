"""SQL of which subjects lie where a rulebook speaks: ids only, in order, of one sort."""

from collections.abc import Collection

from sqlalchemy import Connection, text

from infra_registry.assets.kinds import Kind
from infra_registry.rules.model import SubjectKind

ASSET_KINDS = tuple(kind.value for kind in Kind)
EVERYWHERE = "*"
# Areas a book names by code or zone name, with all below them.
_DOWN = """
WITH RECURSIVE down AS (
  SELECT id FROM area WHERE code = ANY (:codes) OR name = ANY (:names)
  UNION SELECT a.id FROM down JOIN area a ON a.parent_id = down.id)
"""
_IDS = {
    SubjectKind.ASSET: text(
        _DOWN
        + """SELECT a.id FROM asset a WHERE a.kind = ANY (:kinds) AND (:everywhere OR a.city_id IN (SELECT id FROM down)
          OR EXISTS (SELECT 1 FROM asset_area m WHERE m.asset_id = a.id AND m.level = 'exact'
                     AND m.area_id IN (SELECT id FROM down))) ORDER BY a.id"""
    ),
    SubjectKind.PROJECT: text(
        _DOWN
        + """SELECT w.id FROM project w WHERE :everywhere OR w.city_id IN (SELECT id FROM down) OR EXISTS (
          SELECT 1 FROM area_outline_now() b JOIN down ON down.id = b.area_id
          WHERE b.geom && w.geom AND ST_Intersects(b.geom, w.geom))
          ORDER BY w.id"""
    ),
    SubjectKind.AGREEMENT: text(
        _DOWN
        + """SELECT g.id FROM agreement g JOIN asset a ON a.id = g.asset_id
          WHERE :everywhere OR a.city_id IN (SELECT id FROM down)
          OR EXISTS (SELECT 1 FROM asset_area m WHERE m.asset_id = a.id AND m.level = 'exact'
                     AND m.area_id IN (SELECT id FROM down)) ORDER BY g.id"""
    ),
    SubjectKind.AREA: text(
        _DOWN
        + "SELECT k.id FROM key_area k WHERE :everywhere OR k.city_id IN (SELECT id FROM down) ORDER BY k.id"
    ),
}


def ids(
    connection: Connection,
    kind: SubjectKind,
    *,
    codes: Collection[str],
    names: Collection[str],
    asset_kinds: Collection[str] = ASSET_KINDS,
) -> list[int]:
    """Ids of the subjects of a sort inside the named areas and zones; ``*`` among the codes: everywhere."""
    if kind not in _IDS:
        return []
    values = {"codes": sorted(codes), "names": sorted(names), "everywhere": EVERYWHERE in codes}
    if kind is SubjectKind.ASSET:
        values["kinds"] = sorted(asset_kinds)
    return list(connection.scalars(_IDS[kind], values))
