-- The one place that knows when a boundary holds: outlines in force now, and outlines of any legal day.
-- Both read with the rights of the reader and are inlined, so that spatial indexes of area_boundary serve.

CREATE OR REPLACE FUNCTION area_outline_now() RETURNS TABLE (area_id bigint, valid_from date, geom geometry)
LANGUAGE sql STABLE AS $$
  SELECT b.area_id, b.valid_from, b.geom FROM area_boundary b WHERE b.valid_until IS NULL $$;

CREATE OR REPLACE FUNCTION area_outline_on(day date) RETURNS TABLE (area_id bigint, valid_from date, geom geometry)
LANGUAGE sql STABLE AS $$
  SELECT b.area_id, b.valid_from, b.geom FROM area_boundary b
  WHERE b.valid_from <= day AND (b.valid_until IS NULL OR b.valid_until > day) $$;
