-- Whose duties have to be computed anew: every write that can change a fact leaves a mark, whoever writes.

GRANT SELECT, INSERT, UPDATE, DELETE ON duty_stale TO registry_service;
CREATE POLICY served ON duty_stale FOR ALL TO registry_service USING (true) WITH CHECK (true);

-- Rows changed: which column names the subject, and which kind of subject it is.
CREATE OR REPLACE FUNCTION duty_marked() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
BEGIN
  EXECUTE format('INSERT INTO duty_stale (%1$I) SELECT DISTINCT %2$I FROM changed WHERE %2$I IS NOT NULL',
                 TG_ARGV[0], TG_ARGV[1]);
  RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION ensure_duty_marks(tab text, subject text, col text, acts text[]) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE act text;
BEGIN
  FOREACH act IN ARRAY acts LOOP
    EXECUTE format('DROP TRIGGER IF EXISTS duty_%s_%s ON public.%I', lower(act), subject, tab);
    EXECUTE format('CREATE TRIGGER duty_%s_%s AFTER %s ON public.%I REFERENCING %s TABLE AS changed
                    FOR EACH STATEMENT EXECUTE FUNCTION duty_marked(%L, %L)', lower(act), subject, act, tab,
                   CASE act WHEN 'DELETE' THEN 'OLD' ELSE 'NEW' END, subject, col);
  END LOOP;
END $$;

DO $$ DECLARE t text; BEGIN
  PERFORM ensure_duty_marks('asset', 'asset_id', 'id', ARRAY['INSERT', 'UPDATE']);
  -- Detail rows come with their asset; after that only changes tell something new.
  FOREACH t IN ARRAY ARRAY['asset_tower', 'asset_base_station', 'asset_duct', 'asset_chamber', 'asset_cable',
      'asset_pole', 'asset_room', 'asset_wifi_zone', 'asset_public_building', 'asset_premises'] LOOP
    PERFORM ensure_duty_marks(t, 'asset_id', 'asset_id', ARRAY['UPDATE']);
  END LOOP;
  FOREACH t IN ARRAY ARRAY['capacity_unit', 'presence', 'status_event'] LOOP
    PERFORM ensure_duty_marks(t, 'asset_id', 'asset_id', ARRAY['UPDATE', 'DELETE']);
  END LOOP;
  FOREACH t IN ARRAY ARRAY['capacity_unit', 'presence'] LOOP
    PERFORM ensure_duty_marks(t, 'asset_id', 'asset_id', ARRAY['INSERT']);
  END LOOP;
  PERFORM ensure_duty_marks('opening_event', 'asset_id', 'asset_id', ARRAY['INSERT', 'UPDATE', 'DELETE']);
  FOREACH t IN ARRAY ARRAY['asset_id', 'project_id', 'agreement_id', 'key_area_id'] LOOP
    PERFORM ensure_duty_marks('evidence', t, t, ARRAY['INSERT', 'UPDATE', 'DELETE']);
  END LOOP;
  PERFORM ensure_duty_marks('agreement', 'agreement_id', 'id', ARRAY['INSERT', 'UPDATE']);
  PERFORM ensure_duty_marks('project', 'project_id', 'id', ARRAY['INSERT', 'UPDATE']);
  PERFORM ensure_duty_marks('project_act', 'project_id', 'project_id', ARRAY['INSERT', 'UPDATE', 'DELETE']);
  PERFORM ensure_duty_marks('key_area', 'key_area_id', 'id', ARRAY['INSERT', 'UPDATE']);
END $$;

-- A move of status is recorded beside the asset's own change; the first one comes with a new asset.
CREATE OR REPLACE FUNCTION duty_marked_status() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
BEGIN
  INSERT INTO duty_stale (asset_id) SELECT DISTINCT asset_id FROM changed WHERE old_status IS NOT NULL;
  RETURN NULL;
END $$;
DROP TRIGGER IF EXISTS duty_moved ON status_event;
CREATE TRIGGER duty_moved AFTER INSERT ON status_event REFERENCING NEW TABLE AS changed
  FOR EACH STATEMENT EXECUTE FUNCTION duty_marked_status();

-- Who holds a unit says who shares its asset.
CREATE OR REPLACE FUNCTION duty_marked_units() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
BEGIN
  INSERT INTO duty_stale (asset_id) SELECT DISTINCT u.asset_id FROM changed c JOIN capacity_unit u ON u.id = c.unit_id;
  RETURN NULL;
END $$;
DROP TRIGGER IF EXISTS duty_insert_unit ON allocation;
CREATE TRIGGER duty_insert_unit AFTER INSERT ON allocation REFERENCING NEW TABLE AS changed
  FOR EACH STATEMENT EXECUTE FUNCTION duty_marked_units();
DROP TRIGGER IF EXISTS duty_update_unit ON allocation;
CREATE TRIGGER duty_update_unit AFTER UPDATE ON allocation REFERENCING NEW TABLE AS changed
  FOR EACH STATEMENT EXECUTE FUNCTION duty_marked_units();
DROP TRIGGER IF EXISTS duty_delete_unit ON allocation;
CREATE TRIGGER duty_delete_unit AFTER DELETE ON allocation REFERENCING OLD TABLE AS changed
  FOR EACH STATEMENT EXECUTE FUNCTION duty_marked_units();

-- What stood on a host counts there; where a WiFi zone stood, key areas may have lost it. New rows are followed when
-- they are computed, so only what an asset was before has to be marked here.
CREATE OR REPLACE FUNCTION duty_marked_ties() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
BEGIN
  INSERT INTO duty_stale (asset_id) SELECT DISTINCT host_id FROM was WHERE host_id IS NOT NULL;
  INSERT INTO duty_stale (project_id) SELECT DISTINCT project_id FROM was WHERE project_id IS NOT NULL;
  INSERT INTO duty_stale (key_area_id) SELECT k.id FROM key_area k
    WHERE k.city_id IN (SELECT city_id FROM was WHERE kind = 'wifi_zone');
  RETURN NULL;
END $$;
DROP TRIGGER IF EXISTS duty_was_update ON asset;
CREATE TRIGGER duty_was_update AFTER UPDATE ON asset REFERENCING OLD TABLE AS was
  FOR EACH STATEMENT EXECUTE FUNCTION duty_marked_ties();
DROP TRIGGER IF EXISTS duty_was_delete ON asset;
CREATE TRIGGER duty_was_delete AFTER DELETE ON asset REFERENCING OLD TABLE AS was
  FOR EACH STATEMENT EXECUTE FUNCTION duty_marked_ties();

-- Areas: what lies in them is marked when membership is derived anew or an area gets another code, name or parent.
CREATE OR REPLACE FUNCTION duty_marked_members() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
BEGIN
  INSERT INTO duty_stale (asset_id) SELECT DISTINCT asset_id FROM changed WHERE level = 'exact';
  RETURN NULL;
END $$;
DROP TRIGGER IF EXISTS duty_insert_member ON asset_area;
CREATE TRIGGER duty_insert_member AFTER INSERT ON asset_area REFERENCING NEW TABLE AS changed
  FOR EACH STATEMENT EXECUTE FUNCTION duty_marked_members();
DROP TRIGGER IF EXISTS duty_delete_member ON asset_area;
CREATE TRIGGER duty_delete_member AFTER DELETE ON asset_area REFERENCING OLD TABLE AS changed
  FOR EACH STATEMENT EXECUTE FUNCTION duty_marked_members();

CREATE OR REPLACE FUNCTION duty_marked_areas() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
DECLARE moved bigint[];
BEGIN
  WITH RECURSIVE touched AS (
    SELECT n.id FROM changed n JOIN was o ON o.id = n.id
    WHERE ROW(n.scheme, n.code, n.name, n.level, n.parent_id) IS DISTINCT FROM ROW(o.scheme, o.code, o.name, o.level, o.parent_id)
    UNION SELECT a.id FROM area a JOIN touched t ON a.parent_id = t.id)
  SELECT array_agg(id) INTO moved FROM touched;
  IF moved IS NULL THEN RETURN NULL; END IF;
  INSERT INTO duty_stale (asset_id) SELECT DISTINCT asset_id FROM asset_area
    WHERE level = 'exact' AND area_id = ANY (moved) UNION SELECT id FROM asset WHERE city_id = ANY (moved);
  INSERT INTO duty_stale (project_id) SELECT id FROM project WHERE city_id = ANY (moved);
  INSERT INTO duty_stale (key_area_id) SELECT id FROM key_area WHERE city_id = ANY (moved);
  RETURN NULL;
END $$;
DROP TRIGGER IF EXISTS duty_areas ON area;
CREATE TRIGGER duty_areas AFTER UPDATE ON area REFERENCING OLD TABLE AS was NEW TABLE AS changed
  FOR EACH STATEMENT EXECUTE FUNCTION duty_marked_areas();

-- Works and key areas have no stored membership: those a drawn or vanished boundary touches.
CREATE OR REPLACE FUNCTION duty_marked_shapes() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
BEGIN
  INSERT INTO duty_stale (project_id) SELECT DISTINCT p.id FROM changed c JOIN project p ON p.geom && c.geom;
  INSERT INTO duty_stale (key_area_id) SELECT DISTINCT k.id FROM changed c JOIN key_area k ON k.geom && c.geom;
  RETURN NULL;
END $$;
DROP TRIGGER IF EXISTS duty_insert_shape ON area_boundary;
CREATE TRIGGER duty_insert_shape AFTER INSERT ON area_boundary REFERENCING NEW TABLE AS changed
  FOR EACH STATEMENT EXECUTE FUNCTION duty_marked_shapes();
DROP TRIGGER IF EXISTS duty_update_shape ON area_boundary;
CREATE TRIGGER duty_update_shape AFTER UPDATE ON area_boundary REFERENCING OLD TABLE AS changed
  FOR EACH STATEMENT EXECUTE FUNCTION duty_marked_shapes();
DROP TRIGGER IF EXISTS duty_delete_shape ON area_boundary;
CREATE TRIGGER duty_delete_shape AFTER DELETE ON area_boundary REFERENCING OLD TABLE AS changed
  FOR EACH STATEMENT EXECUTE FUNCTION duty_marked_shapes();

-- What sort of organisation somebody is decides whom a clause means.
CREATE OR REPLACE FUNCTION duty_marked_parties() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
DECLARE other bigint[];
BEGIN
  SELECT array_agg(n.id) INTO other FROM changed n JOIN was o ON o.id = n.id WHERE n.kind <> o.kind;
  IF other IS NULL THEN RETURN NULL; END IF;
  INSERT INTO duty_stale (asset_id) SELECT id FROM asset WHERE owner_id = ANY (other) OR operator_id = ANY (other)
    OR controller_id = ANY (other) UNION SELECT host_id FROM asset WHERE operator_id = ANY (other) AND host_id IS NOT NULL
    UNION SELECT asset_id FROM presence WHERE party_id = ANY (other)
    UNION SELECT u.asset_id FROM allocation l JOIN capacity_unit u ON u.id = l.unit_id WHERE l.holder_id = ANY (other);
  INSERT INTO duty_stale (agreement_id) SELECT id FROM agreement WHERE grantor_id = ANY (other) OR grantee_id = ANY (other);
  INSERT INTO duty_stale (project_id) SELECT id FROM project WHERE builder_id = ANY (other);
  RETURN NULL;
END $$;
DROP TRIGGER IF EXISTS duty_parties ON party;
CREATE TRIGGER duty_parties AFTER UPDATE ON party REFERENCING OLD TABLE AS was NEW TABLE AS changed
  FOR EACH STATEMENT EXECUTE FUNCTION duty_marked_parties();

-- Whether this reader is shown a field of an asset he sees: the publication table as row security would apply it.
CREATE OR REPLACE FUNCTION field_shown(publication bigint, wanted text, asset bigint, owner bigint, operator bigint,
                                       city bigint) RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT CASE coalesce((SELECT f.access_class FROM publication_field f
                        WHERE f.publication_id = publication AND f.field = wanted), 'P3')
    WHEN 'P0' THEN true WHEN 'P1' THEN true
    WHEN 'P4' THEN sees_whole(owner, operator, city)
    WHEN 'P2' THEN i_am('seeker') OR sees_whole(owner, operator, city) OR asset IN (SELECT granted_assets())
    ELSE sees_whole(owner, operator, city) OR asset IN (SELECT granted_assets()) END $$;
