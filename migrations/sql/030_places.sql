-- Keeping places, areas, grants and low-zoom counts in step with assets, whoever writes.

CREATE OR REPLACE FUNCTION city_at(shown geometry) RETURNS bigint LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = public, pg_temp AS $$
  SELECT a.id FROM area_boundary b JOIN area a ON a.id = b.area_id
  WHERE a.level = 'city' AND b.valid_until IS NULL
    AND b.geom && shown AND ST_Intersects(b.geom, ST_PointOnSurface(shown))
  ORDER BY a.scheme, a.code LIMIT 1 $$;

-- The publication row for a kind in a city: its own, else the default one of the kind.
CREATE OR REPLACE FUNCTION publication_for(city bigint, wanted text) RETURNS bigint LANGUAGE sql STABLE AS $$
  SELECT id FROM publication WHERE kind = wanted AND (area_id = city OR area_id IS NULL)
  ORDER BY area_id NULLS LAST LIMIT 1 $$;

-- Blurred rows, area membership and grants of the given assets, from their exact places.
CREATE OR REPLACE FUNCTION derive_places(ids bigint[]) RETURNS void LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM draw_pools(c.city_id, c.kind) FROM (
    SELECT DISTINCT p.city_id, p.kind FROM asset_place p JOIN publication b ON b.id = p.publication_id
    WHERE p.asset_id = ANY (ids) AND p.level = 'exact' AND p.access_class IN ('P2', 'P3') AND p.city_id IS NOT NULL
      AND b.min_hosts > 1 ORDER BY 1, 2) AS c;
  DELETE FROM asset_place WHERE asset_id = ANY (ids) AND level <> 'exact';
  INSERT INTO asset_place (asset_id, level, geom, cell, precision_m, kind, status, code, name, owner_id, operator_id,
                           city_id, publication_id, access_class)
  SELECT p.asset_id, l.level, s.geom, place_cell(s.geom), shown_width_m(s.geom, z.zoom), p.kind, p.status,
         p.code, p.name, p.owner_id, p.operator_id, p.city_id, p.publication_id, p.access_class
  FROM asset_place p JOIN publication b ON b.id = p.publication_id
  CROSS JOIN LATERAL unnest(class_levels(p.access_class)) AS l(level)
  CROSS JOIN LATERAL (SELECT blur_zoom(l.level, ST_YMax(p.geom)) AS zoom) AS u
  CROSS JOIN LATERAL (SELECT CASE WHEN b.min_hosts = 1 THEN u.zoom
    ELSE shown_zoom(b.id, p.city_id, p.kind, l.level, p.geom) END AS zoom OFFSET 0) AS z
  CROSS JOIN LATERAL (SELECT CASE WHEN z.zoom < u.zoom THEN pool_spot(p.city_id, z.zoom, p.geom)
    ELSE blur(p.geom, l.level) END AS geom OFFSET 0) AS s
  WHERE p.asset_id = ANY (ids) AND p.level = 'exact';
  DELETE FROM asset_area WHERE asset_id = ANY (ids);
  INSERT INTO asset_area (asset_id, level, area_id)
  SELECT DISTINCT p.asset_id, p.level, b.area_id FROM asset_place p JOIN area_boundary b
    ON b.valid_until IS NULL AND b.geom && p.geom AND ST_Intersects(b.geom, p.geom)
  WHERE p.asset_id = ANY (ids);
  DELETE FROM place_grant_asset WHERE asset_id = ANY (ids);
  INSERT INTO place_grant_asset (grant_id, asset_id)
  SELECT g.id, p.asset_id FROM asset_place p JOIN place_grant g
    ON g.geom && p.geom AND ST_CoveredBy(p.geom, g.geom)
  WHERE p.asset_id = ANY (ids) AND p.level = 'exact' AND g.ends_at > now() AND g.revoked_at IS NULL;
END $$;

CREATE OR REPLACE FUNCTION on_place_written() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
DECLARE ids bigint[];
BEGIN
  SELECT array_agg(asset_id) INTO ids FROM written WHERE level = 'exact';
  IF ids IS NOT NULL THEN PERFORM derive_places(ids); END IF;
  RETURN NULL;
END $$;

-- An asset that moves may come to lie in another city, with another regulator and another publication table.
CREATE OR REPLACE FUNCTION on_place_changed() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
DECLARE moved bigint[]; others bigint[];
BEGIN
  SELECT array_agg(n.asset_id) FILTER (WHERE o.geom::bytea <> n.geom::bytea),
         array_agg(n.asset_id) FILTER (WHERE o.geom::bytea = n.geom::bytea) INTO moved, others
  FROM written n JOIN replaced o ON o.asset_id = n.asset_id AND o.level = n.level WHERE n.level = 'exact';
  IF others IS NOT NULL THEN PERFORM derive_places(others); END IF;
  IF moved IS NOT NULL THEN PERFORM rehome_assets(moved); END IF;
  RETURN NULL;
END $$;

-- An asset's own columns are repeated beside its exact place for tiles and policies; this keeps them equal.
CREATE OR REPLACE FUNCTION on_asset_changed() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
BEGIN
  UPDATE asset_place p SET kind = n.kind, status = n.status, code = n.code, name = n.name, owner_id = n.owner_id,
    operator_id = n.operator_id, city_id = n.city_id, publication_id = n.publication_id, access_class = n.access_class
  FROM after_rows n WHERE p.asset_id = n.id AND p.level = 'exact'
    AND ROW(n.kind, n.status, n.code, n.name, n.owner_id, n.operator_id, n.city_id, n.publication_id, n.access_class)
        IS DISTINCT FROM
        ROW(p.kind, p.status, p.code, p.name, p.owner_id, p.operator_id, p.city_id, p.publication_id, p.access_class);
  RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION on_grant_written() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
BEGIN
  DELETE FROM place_grant_asset WHERE grant_id = NEW.id;
  IF NEW.revoked_at IS NULL THEN
    INSERT INTO place_grant_asset (grant_id, asset_id)
    SELECT NEW.id, p.asset_id FROM asset_place p
    WHERE p.level = 'exact' AND p.geom && NEW.geom AND ST_CoveredBy(p.geom, NEW.geom);
  END IF;
  RETURN NULL;
END $$;

-- After boundaries changed: city, publication row and default class of the assets in question, then their areas.
-- A class that somebody set (it differs from the default of its publication row) stays; so does what is withheld.
CREATE OR REPLACE FUNCTION rehome_assets(ids bigint[]) RETURNS void LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
BEGIN
  UPDATE asset a SET city_id = n.city_id, publication_id = n.publication_id, access_class = n.access_class,
    version = a.version + 1, changed_at = now()
  FROM (SELECT h.id, h.city_id, new_p.id AS publication_id,
               CASE WHEN h.access_class = old_p.access_class AND h.access_class <> 'P4' THEN new_p.access_class
                    ELSE h.access_class END AS access_class
        FROM (SELECT b.id, b.kind, b.access_class, b.publication_id, city_at(p.geom) AS city_id
              FROM asset b JOIN asset_place p ON p.asset_id = b.id AND p.level = 'exact' WHERE b.id = ANY (ids) OFFSET 0) AS h
        JOIN publication old_p ON old_p.id = h.publication_id
        JOIN publication new_p ON new_p.id = publication_for(h.city_id, h.kind)) AS n
  WHERE a.id = n.id AND ROW(a.city_id, a.publication_id, a.access_class)
        IS DISTINCT FROM ROW(n.city_id, n.publication_id, n.access_class);
  PERFORM derive_places(ids);
END $$;
REVOKE ALL ON FUNCTION rehome_assets(bigint[]) FROM PUBLIC;

CREATE OR REPLACE FUNCTION on_boundary_written() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
DECLARE ids bigint[];
BEGIN
  -- A city that grows beyond the widest of its pools has them drawn anew: outside them nothing would be hidden.
  DELETE FROM host_pool h USING changed_shapes b WHERE h.city_id = b.area_id AND NOT EXISTS (SELECT 1 FROM host_pool r
    WHERE r.city_id = h.city_id AND r.kind = h.kind AND ST_Covers(tile_box(r.x, r.y, r.zoom), b.geom));
  SELECT array_agg(DISTINCT p.asset_id) INTO ids FROM changed_shapes b
    JOIN asset_place p ON p.geom && b.geom AND ST_Intersects(p.geom, b.geom);
  IF ids IS NOT NULL THEN PERFORM rehome_assets(ids); END IF;
  RETURN NULL;
END $$;

-- A publication table that arrives after the assets of its city re-homes them, whatever came first.
CREATE OR REPLACE FUNCTION on_publication_written() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
DECLARE ids bigint[];
BEGIN
  DELETE FROM host_pool h USING new_rows n WHERE h.city_id = n.area_id AND h.kind = n.kind;
  SELECT array_agg(a.id) INTO ids FROM new_rows n JOIN asset a ON a.city_id = n.area_id AND a.kind = n.kind;
  IF ids IS NOT NULL THEN PERFORM rehome_assets(ids); END IF;
  RETURN NULL;
END $$;
DROP TRIGGER IF EXISTS rehomed ON publication;
CREATE TRIGGER rehomed AFTER INSERT ON publication REFERENCING NEW TABLE AS new_rows
  FOR EACH STATEMENT EXECUTE FUNCTION on_publication_written();

-- A table that asks for another number of hosts draws the pools of its cities anew.
CREATE OR REPLACE FUNCTION on_min_hosts_changed() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM redraw_pools(s.cities, s.kind) FROM (
    SELECT n.kind, array_agg(c.id) AS cities FROM after_rows n JOIN before_rows o ON o.id = n.id AND o.min_hosts <> n.min_hosts
    JOIN area c ON c.level = 'city' AND publication_for(c.id, n.kind) = n.id GROUP BY n.kind) AS s;
  RETURN NULL;
END $$;
DROP TRIGGER IF EXISTS pools_drawn ON publication;
CREATE TRIGGER pools_drawn AFTER UPDATE ON publication REFERENCING OLD TABLE AS before_rows NEW TABLE AS after_rows
  FOR EACH STATEMENT EXECUTE FUNCTION on_min_hosts_changed();

-- The part of an asset every low-zoom map counts: the row the public sees, or a hidden one for those who may.
CREATE OR REPLACE FUNCTION counted(level text, access_class text) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
$$ SELECT CASE WHEN access_class IN ('P2', 'P3') THEN level = 'cell' ELSE level = 'exact' END $$;

-- Counts are signed steps, only ever inserted, so that writers do not queue behind one busy row; a job sums them.
CREATE OR REPLACE FUNCTION on_places_counted() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
DECLARE steps text := CASE TG_OP
  WHEN 'INSERT' THEN 'SELECT *, 1 AS step FROM new_rows'
  WHEN 'DELETE' THEN 'SELECT *, -1 AS step FROM old_rows'
  ELSE 'SELECT *, 1 AS step FROM new_rows UNION ALL SELECT *, -1 FROM old_rows' END;
BEGIN
  EXECUTE format($q$
    WITH summed AS (
      SELECT z AS zoom, s.x >> (14 - z) AS x, s.y >> (14 - z) AS y, s.hidden, s.city_id, s.owner_id, s.operator_id,
             s.publication_id, s.kind, s.status, sum(s.step) AS n
      FROM generate_series(4, 14) AS z, (
        SELECT tile_x(ST_X(q.c), 14) AS x, tile_y(ST_Y(q.c), 14) AS y, q.access_class IN ('P0', 'P4') AS hidden,
               q.city_id, CASE WHEN q.access_class IN ('P0', 'P4') THEN q.owner_id END AS owner_id, q.operator_id,
               q.publication_id, q.kind, q.status, q.step
        FROM (SELECT *, ST_PointOnSurface(geom) AS c FROM (%s) AS t WHERE counted(t.level, t.access_class)) AS q) AS s
      GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 HAVING sum(s.step) <> 0),
    fine AS (
      INSERT INTO place_count (zoom, x, y, hidden, city_id, owner_id, operator_id, publication_id, kind, status, n)
      SELECT * FROM summed)
    INSERT INTO place_total (zoom, x, y, hidden, city_id, owner_id, operator_id, kind, n)
    SELECT zoom, x, y, hidden, CASE WHEN hidden THEN city_id END, owner_id, CASE WHEN hidden THEN operator_id END,
           kind, sum(n) FROM summed
    GROUP BY 1, 2, 3, 4, 5, 6, 7, 8 HAVING sum(n) <> 0 $q$, steps);
  INSERT INTO layer_change (layer, mark) VALUES ('assets', (random() * 1e15)::bigint + 1);
  RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION compact_counts() RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
DECLARE kept bigint;
BEGIN
  IF NOT pg_try_advisory_xact_lock(7305101) THEN RETURN -1; END IF;
  WITH gone AS (DELETE FROM place_count RETURNING *)
  INSERT INTO place_count (zoom, x, y, hidden, city_id, owner_id, operator_id, publication_id, kind, status, n)
  SELECT zoom, x, y, hidden, city_id, owner_id, operator_id, publication_id, kind, status, sum(n) FROM gone
  GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 HAVING sum(n) <> 0;
  GET DIAGNOSTICS kept = ROW_COUNT;
  WITH gone AS (DELETE FROM place_total RETURNING *)
  INSERT INTO place_total (zoom, x, y, hidden, city_id, owner_id, operator_id, kind, n)
  SELECT zoom, x, y, hidden, city_id, owner_id, operator_id, kind, sum(n) FROM gone
  GROUP BY 1, 2, 3, 4, 5, 6, 7, 8 HAVING sum(n) <> 0;
  WITH gone AS (DELETE FROM layer_change RETURNING *)
  INSERT INTO layer_change (layer, mark) SELECT layer, sum(mark) FROM gone GROUP BY layer;
  RETURN kept;
END $$;

CREATE OR REPLACE FUNCTION layer_touched() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
BEGIN
  INSERT INTO layer_change (layer, mark) VALUES (TG_ARGV[0], (random() * 1e15)::bigint + 1);
  RETURN NULL;
END $$;

DROP TRIGGER IF EXISTS placed_insert ON asset_place;
CREATE TRIGGER placed_insert AFTER INSERT ON asset_place REFERENCING NEW TABLE AS written
  FOR EACH STATEMENT EXECUTE FUNCTION on_place_written();
DROP TRIGGER IF EXISTS placed_update ON asset_place;
CREATE TRIGGER placed_update AFTER UPDATE ON asset_place REFERENCING OLD TABLE AS replaced NEW TABLE AS written
  FOR EACH STATEMENT EXECUTE FUNCTION on_place_changed();
DROP TRIGGER IF EXISTS counted_insert ON asset_place;
CREATE TRIGGER counted_insert AFTER INSERT ON asset_place REFERENCING NEW TABLE AS new_rows
  FOR EACH STATEMENT EXECUTE FUNCTION on_places_counted();
DROP TRIGGER IF EXISTS counted_delete ON asset_place;
CREATE TRIGGER counted_delete AFTER DELETE ON asset_place REFERENCING OLD TABLE AS old_rows
  FOR EACH STATEMENT EXECUTE FUNCTION on_places_counted();
DROP TRIGGER IF EXISTS counted_update ON asset_place;
CREATE TRIGGER counted_update AFTER UPDATE ON asset_place REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
  FOR EACH STATEMENT EXECUTE FUNCTION on_places_counted();
DROP TRIGGER IF EXISTS asset_repeated ON asset;
CREATE TRIGGER asset_repeated AFTER UPDATE ON asset REFERENCING NEW TABLE AS after_rows
  FOR EACH STATEMENT EXECUTE FUNCTION on_asset_changed();
DROP TRIGGER IF EXISTS grant_covers ON place_grant;
CREATE TRIGGER grant_covers AFTER INSERT OR UPDATE ON place_grant
  FOR EACH ROW EXECUTE FUNCTION on_grant_written();
DROP TRIGGER IF EXISTS rehomed_insert ON area_boundary;
CREATE TRIGGER rehomed_insert AFTER INSERT ON area_boundary REFERENCING NEW TABLE AS changed_shapes
  FOR EACH STATEMENT EXECUTE FUNCTION on_boundary_written();
DROP TRIGGER IF EXISTS rehomed_update ON area_boundary;
CREATE TRIGGER rehomed_update AFTER UPDATE ON area_boundary REFERENCING OLD TABLE AS changed_shapes
  FOR EACH STATEMENT EXECUTE FUNCTION on_boundary_written();
DROP TRIGGER IF EXISTS rehomed_delete ON area_boundary;
CREATE TRIGGER rehomed_delete AFTER DELETE ON area_boundary REFERENCING OLD TABLE AS changed_shapes
  FOR EACH STATEMENT EXECUTE FUNCTION on_boundary_written();
DROP TRIGGER IF EXISTS areas_touched ON area_boundary;
CREATE TRIGGER areas_touched AFTER INSERT OR UPDATE OR DELETE ON area_boundary
  FOR EACH STATEMENT EXECUTE FUNCTION layer_touched('areas');

-- What is published of a field is part of every answer: the table has a version of its own, from the first day on.
DO $$ DECLARE t text; BEGIN
  FOREACH t IN ARRAY ARRAY['publication', 'publication_field'] LOOP
    EXECUTE format('DROP TRIGGER IF EXISTS publication_touched ON %I', t);
    EXECUTE format($q$CREATE TRIGGER publication_touched AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON %I
                   FOR EACH STATEMENT EXECUTE FUNCTION layer_touched('publication')$q$, t);
  END LOOP;
END $$;
INSERT INTO layer_change (layer, mark) SELECT 'publication', (random() * 1e15)::bigint + 1
WHERE NOT EXISTS (SELECT 1 FROM layer_change WHERE layer = 'publication');
