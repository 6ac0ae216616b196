-- Roof area is a quantity: live allocations may never add up to more than there is, on any day, whoever writes.

CREATE OR REPLACE FUNCTION check_area_sum() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
DECLARE unit capacity_unit; taken double precision;
BEGIN
  SELECT * INTO unit FROM capacity_unit WHERE id = NEW.unit_id FOR UPDATE;
  IF NEW.countable = (unit.unit_kind = 'roof_area') THEN
    RAISE EXCEPTION 'a % is allocated %', unit.unit_kind, CASE WHEN unit.unit_kind = 'roof_area' THEN 'by area'
      ELSE 'whole' END USING ERRCODE = 'check_violation', CONSTRAINT = 'ck_allocation_unit_kind';
  END IF;
  IF NEW.countable OR NEW.state = 'released' THEN RETURN NEW; END IF;
  -- The sum can only peak on a day when an overlapping allocation begins.
  SELECT max(total) INTO taken FROM (
    SELECT (SELECT sum(b.quantity_m2) FROM allocation b
            WHERE b.unit_id = NEW.unit_id AND b.state <> 'released' AND b.id <> NEW.id AND b.period @> d.day) AS total
    FROM (SELECT greatest(coalesce(lower(a.period), '-infinity'), coalesce(lower(NEW.period), '-infinity')) AS day
          FROM allocation a WHERE a.unit_id = NEW.unit_id AND a.period && NEW.period
          UNION SELECT coalesce(lower(NEW.period), '-infinity')) AS d WHERE NEW.period @> d.day) AS sums;
  IF coalesce(taken, 0) + NEW.quantity_m2 > unit.quantity_m2 THEN
    RAISE EXCEPTION 'area over-allocated: % of % m2 taken', taken, unit.quantity_m2
      USING ERRCODE = 'exclusion_violation', CONSTRAINT = 'ex_allocation_area';
  END IF;
  RETURN NEW;
END $$;

DROP TRIGGER IF EXISTS area_sum ON allocation;
CREATE TRIGGER area_sum BEFORE INSERT OR UPDATE ON allocation FOR EACH ROW EXECUTE FUNCTION check_area_sum();

-- Status moves only along declared transitions; "recorded as found" (an import of a fact) starts anywhere.
CREATE OR REPLACE FUNCTION check_transition() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (SELECT 1 FROM status_transition WHERE old_status = OLD.status AND new_status = NEW.status) THEN
    RAISE EXCEPTION 'no transition from % to %', OLD.status, NEW.status
      USING ERRCODE = 'check_violation', CONSTRAINT = 'ck_asset_transition';
  END IF;
  RETURN NEW;
END $$;

DROP TRIGGER IF EXISTS transition ON asset;
CREATE TRIGGER transition BEFORE UPDATE OF status ON asset FOR EACH ROW
  WHEN (OLD.status IS DISTINCT FROM NEW.status) EXECUTE FUNCTION check_transition();
