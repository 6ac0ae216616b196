-- The standing a reader needs to be told of a duty or an opening, kept in step with the publication tables.

-- What shows all of these fields of a publication row; a field it does not name is of class P3.
CREATE OR REPLACE FUNCTION standing_of(publication bigint, names text[]) RETURNS smallint LANGUAGE sql STABLE AS $$
  SELECT coalesce(max(CASE coalesce(f.access_class, 'P3') WHEN 'P0' THEN 1 WHEN 'P1' THEN 1 WHEN 'P2' THEN 2
    WHEN 'P4' THEN 4 ELSE 3 END), 1)::smallint
  FROM unnest(names) AS n(field) LEFT JOIN publication_field f
    ON f.publication_id = publication AND f.field = n.field $$;

-- Duties of an area tell of the WiFi zones that reach it, so of their fields and of where they are. Works and
-- agreements have no published fields: who sees them is told of their duties.
CREATE OR REPLACE FUNCTION standing_needed(sort text, subject bigint, names text[]) RETURNS smallint
LANGUAGE plpgsql STABLE AS $$
BEGIN
  IF names = '{}' THEN RETURN 1; END IF;
  IF sort = 'area' THEN
    RETURN (SELECT greatest(standing_of(p.id, names), CASE p.access_class WHEN 'P1' THEN 1 ELSE 4 END)
      FROM key_area k JOIN publication p ON p.id = publication_for(k.city_id, 'wifi_zone') WHERE k.id = subject);
  END IF;
  RETURN coalesce((SELECT standing_of(a.publication_id, names) FROM asset a WHERE sort = 'asset' AND a.id = subject), 3);
END $$;

-- Anew for these assets, whatever their duties and openings rest on.
CREATE OR REPLACE FUNCTION refresh_needs(ids bigint[]) RETURNS void LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
DECLARE differing integer;
BEGIN
  WITH kept AS MATERIALIZED (SELECT d.id, a.publication_id, d.fields, d.needs FROM duty_current d
      JOIN asset a ON a.id = d.asset_id WHERE d.asset_id = ANY (ids)),
  alike AS MATERIALIZED (SELECT k.*, standing_of(k.publication_id, k.fields) AS right_needs
    FROM (SELECT DISTINCT publication_id, fields FROM kept) k)
  UPDATE duty_current d SET needs = s.right_needs FROM kept k JOIN alike s USING (publication_id, fields)
  WHERE d.id = k.id AND d.needs <> s.right_needs;
  WITH kept AS MATERIALIZED (SELECT o.asset_id, a.publication_id, o.fields, o.needs FROM opening_current o
      JOIN asset a ON a.id = o.asset_id WHERE o.asset_id = ANY (ids)),
  alike AS MATERIALIZED (SELECT k.*, standing_of(k.publication_id, k.fields) AS right_needs
    FROM (SELECT DISTINCT publication_id, fields FROM kept) k)
  UPDATE opening_current o SET needs = s.right_needs FROM kept k JOIN alike s USING (publication_id, fields)
  WHERE o.asset_id = k.asset_id AND o.needs <> s.right_needs;
  GET DIAGNOSTICS differing = ROW_COUNT;
  IF differing > 0 THEN
    INSERT INTO layer_change (layer, mark) VALUES ('opening', (random() * 1e15)::bigint + 1);
  END IF;
END $$;

-- What the openings of these assets rest on, each list joined by commas.
CREATE OR REPLACE FUNCTION opening_rests(ids bigint[], names text[]) RETURNS void LANGUAGE sql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
  UPDATE opening_current o SET fields = n.fields, needs = 4
  FROM (SELECT u.id, string_to_array(u.fields, ',') AS fields FROM unnest(ids, names) AS u(id, fields)) n
  WHERE o.asset_id = n.id AND o.fields <> n.fields $$;

DO $$ DECLARE f text; BEGIN
  FOREACH f IN ARRAY ARRAY['refresh_needs(bigint[])', 'opening_rests(bigint[], text[])'] LOOP
    EXECUTE format('REVOKE ALL ON FUNCTION %s FROM PUBLIC', f);
    EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO registry_service', f);
  END LOOP;
END $$;

-- A changed publication table, or another one for an asset, counts in the transaction that changes it.
CREATE OR REPLACE FUNCTION needs_follow() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
DECLARE ids bigint[];
BEGIN
  IF TG_TABLE_NAME = 'asset' THEN
    SELECT array_agg(n.id) INTO ids FROM changed n JOIN was o ON o.id = n.id WHERE n.publication_id <> o.publication_id;
  ELSE
    IF TG_TABLE_NAME = 'publication_field' THEN
      SELECT array_agg(a.id) INTO ids FROM asset a WHERE a.publication_id IN (SELECT publication_id FROM changed);
    END IF;
    UPDATE duty_current d SET needs = n.needs
    FROM (SELECT id, standing_needed('area', key_area_id, fields) AS needs FROM duty_current
          WHERE key_area_id IS NOT NULL) n
    WHERE d.id = n.id AND d.needs <> n.needs;
  END IF;
  IF ids IS NOT NULL THEN PERFORM refresh_needs(ids); END IF;
  RETURN NULL;
END $$;
DO $$ DECLARE t text; act text; BEGIN
  FOREACH t IN ARRAY ARRAY['publication', 'publication_field', 'asset'] LOOP
    FOREACH act IN ARRAY ARRAY['INSERT', 'UPDATE', 'DELETE'] LOOP
      CONTINUE WHEN t = 'asset' AND act <> 'UPDATE';
      EXECUTE format('DROP TRIGGER IF EXISTS needs_%s ON %I', lower(act), t);
      EXECUTE format('CREATE TRIGGER needs_%s AFTER %s ON %I REFERENCING %s FOR EACH STATEMENT
        EXECUTE FUNCTION needs_follow()', lower(act), act, t, CASE WHEN t = 'asset'
        THEN 'OLD TABLE AS was NEW TABLE AS changed' WHEN act = 'DELETE' THEN 'OLD TABLE AS changed'
        ELSE 'NEW TABLE AS changed' END);
    END LOOP;
  END LOOP;
END $$;
