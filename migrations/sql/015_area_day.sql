-- The legal day of an instant in an area, by the area's time zone; without an area, in the zone of the register
-- (DEFAULT_ZONE of infra_registry.config). Inlined, with the rights of the reader.
CREATE OR REPLACE FUNCTION area_day(of_area bigint, instant timestamptz DEFAULT now()) RETURNS date
LANGUAGE sql STABLE AS $$
  SELECT (instant AT TIME ZONE coalesce((SELECT a.time_zone FROM area a WHERE a.id = of_area), 'Asia/Shanghai'))::date $$;
