"""Blurred assets that blurring does not hide: theirs is the only public host in the cell that everybody is shown."""

from infra_registry.assets.kinds import KINDS
from infra_registry.publish.masks import WHOLE, Masks

_HOSTS = ", ".join(f"'{kind}'" for kind, spec in KINDS.items() if spec.host)
_PUBLIC = "o.level = 'exact' AND o.access_class = 'P1'"
_CELL = "blur_zoom('cell', ST_Y(p.geom))"
_CELL_BOX = f"tile_box(tile_x(ST_X(p.geom), {_CELL}), tile_y(ST_Y(p.geom), {_CELL}), {_CELL})"


def condition(masks: Masks) -> str:
    """SQL that place row ``p`` of asset ``a`` is such a one and this reader sees it whole, so is told nothing new."""
    return f"""(p.level = 'exact' AND p.access_class IN ('P2', 'P3') AND {masks.standing_sql()} = {WHOLE}
      AND ST_Dimension(p.geom) = 0
      AND EXISTS (SELECT 1 FROM asset_place o WHERE o.asset_id = a.host_id AND {_PUBLIC})
      AND NOT EXISTS (SELECT 1 FROM asset_place o WHERE {_PUBLIC} AND o.kind IN ({_HOSTS})
        AND o.status <> 'retired' AND o.asset_id <> a.host_id AND o.geom && {_CELL_BOX}))"""
