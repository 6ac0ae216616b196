-- What the triggers of asset_place would have written row by row, in whole sets.
INSERT INTO asset_place (asset_id, level, geom, cell, precision_m, kind, status, code, name, owner_id, operator_id,
                         city_id, publication_id, access_class)
SELECT p.asset_id, l.level, s.geom, place_cell(s.geom), shown_width_m(s.geom, blur_zoom(l.level, ST_YMax(p.geom))), p.kind, p.status,
       p.code, p.name, p.owner_id, p.operator_id, p.city_id, p.publication_id, p.access_class
FROM asset_place_exact p, unnest(class_levels(p.access_class)) AS l(level),
     LATERAL (SELECT blur(p.geom, l.level) AS geom OFFSET 0) AS s
ORDER BY p.asset_id;

INSERT INTO asset_area (asset_id, level, area_id)
SELECT DISTINCT p.asset_id, p.level, b.area_id FROM asset_place p JOIN area_boundary b
  ON b.valid_until IS NULL AND b.geom && p.geom AND ST_Intersects(b.geom, p.geom);

-- Counts from the bottom up: the finest cells from the rows, each coarser zoom from the next finer one.
INSERT INTO place_count (zoom, x, y, hidden, city_id, owner_id, operator_id, publication_id, kind, status, n)
SELECT 14, tile_x(ST_X(q.c), 14), tile_y(ST_Y(q.c), 14), q.hidden, q.city_id, CASE WHEN q.hidden THEN q.owner_id END,
       q.operator_id, q.publication_id, q.kind, q.status, count(*)
FROM (SELECT *, ST_PointOnSurface(geom) AS c, access_class IN ('P0', 'P4') AS hidden
      FROM asset_place WHERE counted(level, access_class)) AS q
GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10;
DO $$ BEGIN
  FOR z IN REVERSE 13 .. 4 LOOP
    INSERT INTO place_count (zoom, x, y, hidden, city_id, owner_id, operator_id, publication_id, kind, status, n)
    SELECT z, x >> 1, y >> 1, hidden, city_id, owner_id, operator_id, publication_id, kind, status, sum(n)
    FROM place_count WHERE zoom = z + 1 GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10;
  END LOOP;
END $$;
INSERT INTO place_total (zoom, x, y, hidden, city_id, owner_id, operator_id, kind, n)
SELECT zoom, x, y, hidden, CASE WHEN hidden THEN city_id END, owner_id, CASE WHEN hidden THEN operator_id END, kind, sum(n)
FROM place_count GROUP BY 1, 2, 3, 4, 5, 6, 7, 8;
INSERT INTO layer_change (layer, mark) VALUES ('assets', 1), ('areas', 1);
