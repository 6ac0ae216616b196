"""Blurred assets that blurring does not hide: in the cell that everybody is shown, no other public host is of the kind
of theirs, or fewer than their publication table asks for. Hosts of other kinds do not count: whoever guesses knows that
stations mostly stand on towers.
"""

from infra_registry.publish.masks import WHOLE, Masks

_SHOWN = "shown_zoom(p.publication_id, p.city_id, p.kind, 'cell', {spot})"
_CELL = _SHOWN.format(spot="p.geom")
_CELL_BOX = f"tile_box(tile_x(ST_X(p.geom), {_CELL}), tile_y(ST_Y(p.geom), {_CELL}), {_CELL})"


def condition(masks: Masks) -> str:
    """SQL that place row ``p`` of asset ``a`` is such a one and this reader sees it whole, so is told nothing new."""
    return f"""(p.level = 'exact' AND p.access_class IN ('P2', 'P3') AND {masks.standing_sql()} = {WHOLE}
      AND ST_Dimension(p.geom) = 0 AND EXISTS (SELECT 1 FROM asset_place h
        WHERE h.asset_id = a.host_id AND h.level = 'exact' AND h.access_class = 'P1' AND NOT EXISTS (
          SELECT 1 FROM asset_place o WHERE o.level = 'exact' AND o.access_class = 'P1' AND o.kind = h.kind
            AND o.status <> 'retired' AND o.asset_id <> h.asset_id AND o.geom && {_CELL_BOX}
            AND {_SHOWN.format(spot="ST_PointOnSurface(o.geom)")} = {_CELL}
          OFFSET (SELECT greatest(min_hosts - 2, 0) FROM publication WHERE id = p.publication_id))))"""
