-- The web-mercator quad grid: blurring of places, and an integer cell that needs no leakproof operator.

CREATE OR REPLACE FUNCTION tile_x(lon double precision, zoom integer) RETURNS bigint
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
$$ SELECT least((1::bigint << zoom) - 1, greatest(0, floor((lon + 180) / 360 * (1::bigint << zoom))::bigint)) $$;

CREATE OR REPLACE FUNCTION tile_y(lat double precision, zoom integer) RETURNS bigint
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
$$ SELECT least((1::bigint << zoom) - 1, greatest(0, floor(
     (1 - asinh(tan(radians(least(85.0511, greatest(-85.0511, lat))))) / pi()) / 2 * (1::bigint << zoom))::bigint)) $$;

CREATE OR REPLACE FUNCTION tile_lon(x double precision, zoom integer) RETURNS double precision
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT x / (1::bigint << zoom) * 360 - 180 $$;

CREATE OR REPLACE FUNCTION tile_lat(y double precision, zoom integer) RETURNS double precision
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
$$ SELECT degrees(atan(sinh(pi() * (1 - 2 * y / (1::bigint << zoom))))) $$;

CREATE OR REPLACE FUNCTION tile_box(x bigint, y bigint, zoom integer) RETURNS geometry
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
$$ SELECT ST_MakeEnvelope(tile_lon(x, zoom), tile_lat(y + 1, zoom), tile_lon(x + 1, zoom), tile_lat(y, zoom), 4326) $$;

CREATE OR REPLACE FUNCTION spread_bits(v bigint) RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
$$ SELECT (d | (d << 1)) & x'55555555'::bigint FROM (
     SELECT (c | (c << 2)) & x'33333333'::bigint AS d FROM (
       SELECT (b | (b << 4)) & x'0F0F0F0F'::bigint AS c FROM (
         SELECT (v | (v << 8)) & x'00FF00FF'::bigint AS b) AS s1) AS s2) AS s3 $$;

-- Cell id: the quad path left-justified to 14 steps, then the zoom. Everything inside a cell lies in one
-- contiguous range of ids, which a btree serves and row security lets through.
CREATE OR REPLACE FUNCTION cell_id(x bigint, y bigint, zoom integer) RETURNS bigint
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
$$ SELECT ((((spread_bits(y) << 1) | spread_bits(x)) << (2 * (14 - zoom))) << 4) | zoom $$;

CREATE OR REPLACE FUNCTION place_cell(geom geometry) RETURNS bigint LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
  x1 bigint := tile_x(ST_XMin(geom), 14); x2 bigint := tile_x(ST_XMax(geom), 14);
  y1 bigint := tile_y(ST_YMax(geom), 14); y2 bigint := tile_y(ST_YMin(geom), 14);
  zoom integer := 14;
BEGIN
  WHILE x1 <> x2 OR y1 <> y2 LOOP
    x1 := x1 >> 1; x2 := x2 >> 1; y1 := y1 >> 1; y2 := y2 >> 1; zoom := zoom - 1;
  END LOOP;
  RETURN cell_id(x1, y1, zoom);
END $$;

-- 100 m: at zoom 18 a cell is 152 m at the equator and 100 m at 48.9°; beyond that the next wider one.
CREATE OR REPLACE FUNCTION blur_zoom(level text, lat double precision) RETURNS integer
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
$$ SELECT CASE WHEN level = 'cell' THEN 15 WHEN abs(lat) < 48.9 THEN 18 ELSE 17 END $$;

-- How wide the cells are that are shown: measured on the shown geometry, so that it tells nothing of the exact one.
CREATE OR REPLACE FUNCTION shown_width_m(shown geometry, zoom integer) RETURNS integer
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
$$ SELECT ceil(40075016.686 * cos(radians(ST_YMax(shown))) / (1::bigint << zoom))::integer $$;

CREATE OR REPLACE FUNCTION cells_touched(geom geometry, zoom integer) RETURNS geometry
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
  x1 bigint := tile_x(ST_XMin(geom), zoom); x2 bigint := tile_x(ST_XMax(geom), zoom);
  y1 bigint := tile_y(ST_YMax(geom), zoom); y2 bigint := tile_y(ST_YMin(geom), zoom);
  shown geometry;
BEGIN
  IF (x2 - x1 + 1) * (y2 - y1 + 1) <= 4096 THEN
    SELECT ST_Union(tile_box(x, y, zoom)) INTO shown
    FROM generate_series(x1, x2) AS x, generate_series(y1, y2) AS y WHERE ST_Intersects(tile_box(x, y, zoom), geom);
  ELSE  -- a long line: walk it in quarter cells instead of testing every cell of its box
    SELECT ST_Union(tile_box(x, y, zoom)) INTO shown FROM (
      SELECT DISTINCT tile_x(ST_X(p.geom), zoom) AS x, tile_y(ST_Y(p.geom), zoom) AS y
      FROM ST_DumpPoints(ST_Segmentize(geom, 90.0 / (1::bigint << zoom))) AS p) AS walked;
  END IF;
  RETURN ST_Multi(shown);
END $$;

-- The geometry a reader of this level is shown: a point becomes its cell's centre, a line or area its cells.
CREATE OR REPLACE FUNCTION blur(geom geometry, level text) RETURNS geometry
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT CASE
    WHEN level = 'exact' THEN geom
    WHEN GeometryType(geom) = 'POINT' THEN ST_SetSRID(ST_MakePoint(
      tile_lon(tile_x(ST_X(geom), blur_zoom(level, ST_Y(geom))) + 0.5, blur_zoom(level, ST_Y(geom))),
      tile_lat(tile_y(ST_Y(geom), blur_zoom(level, ST_Y(geom))) + 0.5, blur_zoom(level, ST_Y(geom)))), 4326)
    ELSE cells_touched(geom, blur_zoom(level, ST_YMax(geom))) END $$;

-- Levels some reader of this class may get; the rows of asset_place that must exist.
CREATE OR REPLACE FUNCTION class_levels(access_class text) RETURNS text[] LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
$$ SELECT CASE access_class WHEN 'P2' THEN ARRAY['hundred', 'cell'] WHEN 'P3' THEN ARRAY['cell']
               ELSE ARRAY[]::text[] END $$;
