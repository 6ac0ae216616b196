-- Pools: cells that hold several public hosts, where a publication table asks for them (``min_hosts``).
--
-- The places of public hosts alone decide, which everybody is shown. A cell of the quad hierarchy is a pool when of every
-- kind of host in it, less those in smaller pools, there are enough or none. An asset is shown in the smallest pool round
-- it, whatever it stands on. Wider cells that others are shown follow from the pool, so two readers know no more together.
-- Pools are drawn once, before the first asset is shown in them, and stay: whoever keeps yesterday's answer would learn
-- from a pool that was split where the asset is. A new host joins the pool it stands in.

-- The zoom of the smallest pool round a place; NULL where none was drawn.
CREATE OR REPLACE FUNCTION pool_zoom(home bigint, of_kind text, spot geometry) RETURNS integer
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT max(z) FROM generate_series(0, 18) AS z JOIN host_pool h ON h.city_id = home AND h.kind = of_kind AND h.zoom = z
    AND h.x = tile_x(ST_X(spot), z) AND h.y = tile_y(ST_Y(spot), z) $$;

-- The zoom of the cell a place is shown in at a level: the usual one, or that of its pool where this is wider.
CREATE OR REPLACE FUNCTION shown_zoom(publication bigint, home bigint, of_kind text, level text, shape geometry)
RETURNS integer LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT CASE WHEN b.min_hosts = 1 OR ST_Dimension(shape) > 0 THEN blur_zoom(level, ST_YMax(shape))
    ELSE least(blur_zoom(level, ST_YMax(shape)), pool_zoom(home, of_kind, shape)) END
  FROM publication b WHERE b.id = publication $$;

-- The hosts of a city as everybody sees them. Kinds of which there are too few in all are left out: nothing could hide
-- an asset that stands on them, and the regulator is told.
CREATE OR REPLACE FUNCTION public_hosts(home bigint, enough integer) RETURNS TABLE (kind text, spot geometry)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT s.kind, s.spot FROM (
    SELECT p.kind, ST_PointOnSurface(p.geom) AS spot, count(*) OVER (PARTITION BY p.kind) AS total FROM asset_place p
    WHERE p.level = 'exact' AND p.access_class = 'P1' AND p.status <> 'retired' AND p.city_id = home
      AND p.kind IN ('tower', 'chamber', 'pole', 'room', 'public_building', 'premises')) AS s
  WHERE s.total >= enough $$;

-- Draw the pools of a kind in a city. Cells that are not full go into the next wider one, up to the one round the city;
-- where too few are left there, other pools are given up for it, those with the kinds that are short, the widest first.
CREATE OR REPLACE FUNCTION draw_pools(home bigint, of_kind text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE enough integer; root record; gone record; short text[];
BEGIN
  SELECT min_hosts INTO enough FROM publication WHERE id = publication_for(home, of_kind);
  IF enough < 2 OR EXISTS (SELECT 1 FROM host_pool h WHERE h.city_id = home AND h.kind = of_kind) THEN RETURN; END IF;
  PERFORM pg_advisory_xact_lock(7305102, home::integer);  -- and again: somebody else may just have drawn them
  IF EXISTS (SELECT 1 FROM host_pool h WHERE h.city_id = home AND h.kind = of_kind) THEN RETURN; END IF;
  SELECT z AS zoom, tile_x(ST_XMin(b.shape), z) AS x, tile_y(ST_YMax(b.shape), z) AS y INTO root
  FROM (SELECT ST_Extent(geom)::geometry AS shape FROM area_boundary WHERE area_id = home AND valid_until IS NULL) AS b,
       generate_series(14, 0, -1) AS z
  WHERE tile_x(ST_XMin(b.shape), z) = tile_x(ST_XMax(b.shape), z) AND tile_y(ST_YMin(b.shape), z) = tile_y(ST_YMax(b.shape), z)
  ORDER BY z DESC LIMIT 1;
  IF root IS NULL THEN RETURN; END IF;
  FOR z IN REVERSE 18..root.zoom + 1 LOOP
    INSERT INTO host_pool (city_id, kind, zoom, x, y)
    SELECT home, of_kind, z, s.x, s.y FROM (
      SELECT tile_x(ST_X(h.spot), z) AS x, tile_y(ST_Y(h.spot), z) AS y, count(*) AS n FROM public_hosts(home, enough) AS h
      WHERE pool_zoom(home, of_kind, h.spot) IS NULL GROUP BY 1, 2, h.kind) AS s
    GROUP BY s.x, s.y HAVING min(s.n) >= enough;
  END LOOP;
  INSERT INTO host_pool (city_id, kind, zoom, x, y) VALUES (home, of_kind, root.zoom, root.x, root.y);
  LOOP
    SELECT array_agg(s.kind) INTO short FROM (
      SELECT h.kind FROM public_hosts(home, enough) AS h WHERE pool_zoom(home, of_kind, h.spot) = root.zoom
      GROUP BY h.kind HAVING count(*) < enough) AS s;
    EXIT WHEN short IS NULL;
    SELECT z AS zoom, tile_x(ST_X(h.spot), z) AS x, tile_y(ST_Y(h.spot), z) AS y INTO gone
    FROM public_hosts(home, enough) AS h, pool_zoom(home, of_kind, h.spot) AS z
    WHERE h.kind = ANY (short) AND z > root.zoom ORDER BY 1, 2, 3 LIMIT 1;
    DELETE FROM host_pool p WHERE p.city_id = home AND p.kind = of_kind AND p.zoom = gone.zoom AND p.x = gone.x AND p.y = gone.y;
  END LOOP;
END $$;

-- Where a pool is shown: the middle of its cell, or a point of the city in it where the middle lies outside the city.
CREATE OR REPLACE FUNCTION pool_spot(home bigint, zoom integer, spot geometry) RETURNS geometry
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT coalesce((
    SELECT ST_PointOnSurface(ST_Intersection(b.geom, c.box)) FROM area_boundary b
    WHERE b.area_id = home AND b.valid_until IS NULL AND NOT ST_Intersects(b.geom, ST_Centroid(c.box))
      AND ST_Intersects(b.geom, c.box) LIMIT 1), c.middle)
  FROM (SELECT tile_box(t.x, t.y, zoom) AS box, ST_SetSRID(ST_MakePoint(tile_lon(t.x + 0.5, zoom), tile_lat(t.y + 0.5, zoom)), 4326)
          AS middle FROM (SELECT tile_x(ST_X(spot), zoom) AS x, tile_y(ST_Y(spot), zoom) AS y) AS t) AS c $$;

-- The pools of a kind in these cities are drawn anew, now.
CREATE OR REPLACE FUNCTION redraw_pools(cities bigint[], of_kind text) RETURNS void LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
BEGIN
  DELETE FROM host_pool WHERE city_id = ANY (cities) AND kind = of_kind;
  PERFORM derive_places(array_agg(a.id)) FROM asset a WHERE a.city_id = ANY (cities) AND a.kind = of_kind
    AND a.access_class IN ('P2', 'P3') HAVING count(*) > 0;
END $$;
REVOKE ALL ON FUNCTION public_hosts(bigint, integer), draw_pools(bigint, text), redraw_pools(bigint[], text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION redraw_pools(bigint[], text) TO registry_service;
