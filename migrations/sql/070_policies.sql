-- Row security of every table, and what each role may touch. Re-run whole after every migration.

CREATE OR REPLACE FUNCTION may_edit(owner bigint, operator bigint, city bigint) RETURNS boolean
LANGUAGE sql STABLE AS $$
  SELECT regulates_all() OR coalesce(city = ANY (regulated_cities()), false)
      OR ((i_am('carrier_editor') OR i_am('owner_editor')) AND my_party() <> 0
          AND (coalesce(owner = my_party(), false) OR coalesce(operator = my_party(), false))) $$;

CREATE OR REPLACE FUNCTION sees_whole(owner bigint, operator bigint, city bigint) RETURNS boolean
LANGUAGE sql STABLE AS $$
  SELECT coalesce(owner = (SELECT my_party()), false) OR coalesce(operator = (SELECT my_party()), false)
      OR (SELECT regulates_all()) OR coalesce(city = ANY ((SELECT regulated_cities())::bigint[]), false) $$;

DO $$ DECLARE t record; p record; BEGIN
  FOR t IN SELECT c.oid::regclass AS name, c.relname, n.nspname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
           WHERE n.nspname IN ('public', 'history') AND c.relkind IN ('r', 'p')
             AND c.relname NOT LIKE 'procrastinate%' AND c.relname NOT IN ('spatial_ref_sys', 'alembic_version')
             AND pg_get_userbyid(c.relowner) = current_user LOOP
    EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', t.name);
    FOR p IN SELECT policyname FROM pg_policies WHERE schemaname = t.nspname AND tablename = t.relname LOOP
      EXECUTE format('DROP POLICY %I ON %s', p.policyname, t.name);
    END LOOP;
    EXECUTE format('REVOKE ALL ON %s FROM registry_public, registry_member, registry_service', t.name);
  END LOOP;
END $$;

GRANT USAGE ON SCHEMA public, history TO registry_public, registry_member, registry_service;
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
GRANT SELECT ON alembic_version TO registry_service;  -- readiness compares it with the newest revision

-- Open to read: what things are called, where areas lie, which rules of publication hold.
DO $$ DECLARE t text; BEGIN
  FOREACH t IN ARRAY ARRAY['source', 'area', 'area_boundary', 'party', 'publication', 'publication_field',
                           'status_transition', 'layer_change'] LOOP
    EXECUTE format('GRANT SELECT ON %I TO registry_public, registry_member, registry_service', t);
    EXECUTE format('CREATE POLICY readable ON %I FOR SELECT USING (true)', t);
  END LOOP;
  -- Boundaries and publication decide what a city's regulator sees, so no regulator of one city writes them.
  FOREACH t IN ARRAY ARRAY['source', 'area', 'area_boundary', 'party', 'inhabited', 'publication', 'publication_field'] LOOP
    EXECUTE format('GRANT INSERT, UPDATE, DELETE ON %I TO registry_member, registry_service', t);
    EXECUTE format($p$CREATE POLICY written ON %I FOR ALL TO registry_member
      USING (regulates_all() OR i_am('system_admin')) WITH CHECK (regulates_all() OR i_am('system_admin'))$p$, t);
    EXECUTE format('CREATE POLICY served ON %I FOR ALL TO registry_service USING (true) WITH CHECK (true)', t);
  END LOOP;
END $$;
GRANT SELECT ON inhabited TO registry_member, registry_service;
-- The directory of parties and sources is one for all; the regulator of a city adds to it too.
CREATE POLICY added ON party FOR INSERT TO registry_member WITH CHECK (cardinality(regulated_cities()) > 0);
CREATE POLICY changed ON party FOR UPDATE TO registry_member USING (cardinality(regulated_cities()) > 0);
CREATE POLICY added ON source FOR INSERT TO registry_member
  WITH CHECK (cardinality(regulated_cities()) > 0 OR i_am('carrier_editor') OR i_am('owner_editor'));

-- Assets. What the public may know of exists for all; hidden ones only for those who see them whole.
GRANT SELECT ON asset TO registry_public, registry_member, registry_service;
GRANT INSERT, UPDATE ON asset TO registry_member, registry_service;
CREATE POLICY seen ON asset FOR SELECT TO registry_public USING (access_class IN ('P1', 'P2', 'P3'));
CREATE POLICY seen_member ON asset FOR SELECT TO registry_member USING (
  access_class IN ('P1', 'P2', 'P3')
  OR coalesce(owner_id = (SELECT my_party()), false) OR coalesce(operator_id = (SELECT my_party()), false)
  OR (SELECT regulates_all()) OR coalesce(city_id = ANY ((SELECT regulated_cities())::bigint[]), false)
  OR (access_class = 'P0' AND id IN (SELECT granted_assets())));
CREATE POLICY added ON asset FOR INSERT TO registry_member WITH CHECK (may_edit(owner_id, operator_id, city_id));
CREATE POLICY changed ON asset FOR UPDATE TO registry_member
  USING (may_edit(owner_id, operator_id, city_id)) WITH CHECK (may_edit(owner_id, operator_id, city_id));
CREATE POLICY served ON asset FOR ALL TO registry_service USING (true) WITH CHECK (true);
GRANT DELETE ON asset TO registry_service;
-- Nobody writes another party's name, or takes it away: that party agrees, and the product writes. A regulator of the
-- city may. The rule stands in ``assets.edit.concerned`` as well, which knows whom to ask.
CREATE OR REPLACE FUNCTION hold_foreign_names() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE mine bigint := my_party(); pair bigint[];
BEGIN
  IF current_user <> 'registry_member' OR regulates_all() OR coalesce(NEW.city_id = ANY (regulated_cities()), false) THEN
    RETURN NEW;
  END IF;
  FOREACH pair SLICE 1 IN ARRAY ARRAY[[OLD.owner_id, NEW.owner_id], [OLD.operator_id, NEW.operator_id],
                                      [OLD.controller_id, NEW.controller_id]] LOOP
    IF pair[1] IS DISTINCT FROM pair[2] AND array_remove(array_remove(pair, NULL), mine) <> '{}' THEN
      RAISE EXCEPTION 'another party is named' USING ERRCODE = 'insufficient_privilege';
    END IF;
  END LOOP;
  RETURN NEW;
END $$;
DROP TRIGGER IF EXISTS foreign_names ON asset;
CREATE TRIGGER foreign_names BEFORE INSERT OR UPDATE OF owner_id, operator_id, controller_id ON asset
  FOR EACH ROW EXECUTE FUNCTION hold_foreign_names();

-- Places. Policies are exclusive: one row per visible asset, at this reader's level.
GRANT SELECT ON asset_place TO registry_public, registry_member, registry_service;
GRANT INSERT, UPDATE ON asset_place TO registry_member, registry_service;
GRANT DELETE ON asset_place TO registry_service;
CREATE POLICY shown ON asset_place FOR SELECT TO registry_public USING (
  (level = 'exact' AND access_class = 'P1') OR (level = 'cell' AND access_class IN ('P2', 'P3')));
-- A grant is looked up per row by index: reading all that a grant opens would cost each query as much as a big grant.
-- Who sees an asset whole gets its exact row and no other; each question about the reader stands here once, because
-- each costs a query its own look-up.
CREATE POLICY shown_member ON asset_place FOR SELECT TO registry_member USING (
  (level = 'exact' AND access_class = 'P1')
  OR (CASE level WHEN 'exact' THEN true WHEN 'hundred' THEN access_class = 'P2'
      ELSE access_class IN ('P2', 'P3') END
    AND CASE WHEN level <> 'exact' AND access_class = 'P2' THEN (level = 'hundred') = (SELECT i_am('seeker')) ELSE true END
    AND (level = 'exact') = (
      coalesce((SELECT my_party()) IN (owner_id, operator_id), false)
      OR (SELECT regulates_all()) OR coalesce(city_id = ANY ((SELECT regulated_cities())::bigint[]), false)
      OR (access_class <> 'P4' AND (SELECT my_grants() <> '{}') AND EXISTS (SELECT 1 FROM place_grant_asset ga
        WHERE ga.asset_id = asset_place.asset_id AND ga.grant_id = ANY ((SELECT my_grants())::bigint[]))))));
CREATE POLICY placed ON asset_place FOR INSERT TO registry_member
  WITH CHECK (level = 'exact' AND may_edit(owner_id, operator_id, city_id));
CREATE POLICY moved ON asset_place FOR UPDATE TO registry_member
  USING (level = 'exact' AND may_edit(owner_id, operator_id, city_id))
  WITH CHECK (level = 'exact' AND may_edit(owner_id, operator_id, city_id));
CREATE POLICY served ON asset_place FOR ALL TO registry_service USING (level = 'exact') WITH CHECK (true);

GRANT SELECT ON asset_area, place_count, place_total TO registry_public, registry_member, registry_service;
CREATE POLICY shown ON asset_area FOR SELECT USING (EXISTS (
  SELECT 1 FROM asset_place p WHERE p.asset_id = asset_area.asset_id AND p.level = asset_area.level));
CREATE POLICY counted ON place_count FOR SELECT TO registry_public USING (NOT hidden);
CREATE POLICY counted_member ON place_count FOR SELECT TO registry_member USING (NOT hidden
  OR coalesce(owner_id = (SELECT my_party()), false) OR coalesce(operator_id = (SELECT my_party()), false)
  OR (SELECT regulates_all()) OR coalesce(city_id = ANY ((SELECT regulated_cities())::bigint[]), false));
CREATE POLICY served ON place_count FOR SELECT TO registry_service USING (true);
CREATE POLICY counted ON place_total FOR SELECT TO registry_public USING (NOT hidden);
CREATE POLICY counted_member ON place_total FOR SELECT TO registry_member USING (NOT hidden
  OR coalesce(owner_id = (SELECT my_party()), false) OR coalesce(operator_id = (SELECT my_party()), false)
  OR (SELECT regulates_all()) OR coalesce(city_id = ANY ((SELECT regulated_cities())::bigint[]), false));
CREATE POLICY served ON place_total FOR SELECT TO registry_service USING (true);
GRANT SELECT ON host_pool TO registry_service;
CREATE POLICY served ON host_pool FOR SELECT TO registry_service USING (true);

-- Details and what hangs on an asset: read where the asset is seen; fields are masked by publication on the way out.
DO $$ DECLARE t text; BEGIN
  FOREACH t IN ARRAY ARRAY['asset_tower', 'asset_base_station', 'asset_duct', 'asset_chamber', 'asset_cable',
      'asset_pole', 'asset_room', 'asset_wifi_zone', 'asset_public_building', 'asset_premises', 'duct_end', 'cell'] LOOP
    EXECUTE format('GRANT SELECT ON %I TO registry_public, registry_member, registry_service', t);
    EXECUTE format('GRANT INSERT, UPDATE, DELETE ON %I TO registry_member, registry_service', t);
    EXECUTE format('CREATE POLICY seen ON %I FOR SELECT USING (EXISTS (SELECT 1 FROM asset a WHERE a.id = asset_id))', t);
    EXECUTE format($p$CREATE POLICY edited ON %I FOR ALL TO registry_member
      USING (EXISTS (SELECT 1 FROM asset a WHERE a.id = asset_id AND may_edit(a.owner_id, a.operator_id, a.city_id)))
      WITH CHECK (EXISTS (SELECT 1 FROM asset a WHERE a.id = asset_id AND may_edit(a.owner_id, a.operator_id, a.city_id)))$p$, t);
    EXECUTE format('CREATE POLICY served ON %I FOR ALL TO registry_service USING (true) WITH CHECK (true)', t);
  END LOOP;
  -- Ledgers: only where the reader sees the asset's exact place.
  FOREACH t IN ARRAY ARRAY['capacity_unit', 'presence', 'status_event'] LOOP
    EXECUTE format('GRANT SELECT ON %I TO registry_public, registry_member, registry_service', t);
    EXECUTE format('GRANT INSERT, UPDATE, DELETE ON %I TO registry_member, registry_service', t);
    EXECUTE format($p$CREATE POLICY seen ON %I FOR SELECT USING (EXISTS (
      SELECT 1 FROM asset_place p WHERE p.asset_id = %I.asset_id AND p.level = 'exact'))$p$, t, t);
    EXECUTE format($p$CREATE POLICY edited ON %I FOR ALL TO registry_member
      USING (EXISTS (SELECT 1 FROM asset a WHERE a.id = asset_id AND may_edit(a.owner_id, a.operator_id, a.city_id)))
      WITH CHECK (EXISTS (SELECT 1 FROM asset a WHERE a.id = asset_id AND may_edit(a.owner_id, a.operator_id, a.city_id)))$p$, t);
    EXECUTE format('CREATE POLICY served ON %I FOR ALL TO registry_service USING (true) WITH CHECK (true)', t);
  END LOOP;
END $$;
GRANT SELECT ON allocation TO registry_public, registry_member, registry_service;
GRANT INSERT, UPDATE ON allocation TO registry_member, registry_service;
CREATE POLICY seen ON allocation FOR SELECT USING (EXISTS (SELECT 1 FROM capacity_unit u WHERE u.id = unit_id));
CREATE POLICY own ON allocation FOR SELECT TO registry_member USING (holder_id = (SELECT my_party()));
CREATE POLICY added ON allocation FOR INSERT TO registry_member WITH CHECK (EXISTS (
  SELECT 1 FROM capacity_unit u JOIN asset a ON a.id = u.asset_id
  WHERE u.id = unit_id AND may_edit(a.owner_id, a.operator_id, a.city_id)));
CREATE POLICY changed ON allocation FOR UPDATE TO registry_member USING (EXISTS (
  SELECT 1 FROM capacity_unit u JOIN asset a ON a.id = u.asset_id
  WHERE u.id = unit_id AND may_edit(a.owner_id, a.operator_id, a.city_id)));
CREATE POLICY served ON allocation FOR ALL TO registry_service USING (true) WITH CHECK (true);

-- Terms between parties: the two of them, regulators and case handlers.
GRANT SELECT, INSERT, UPDATE ON agreement TO registry_member, registry_service;
CREATE POLICY seen ON agreement FOR SELECT TO registry_member USING (
  grantor_id = (SELECT my_party()) OR grantee_id = (SELECT my_party())
  OR (SELECT i_am('case_handler')) OR (SELECT regulates_all())
  OR EXISTS (SELECT 1 FROM asset a WHERE a.id = asset_id AND a.city_id = ANY ((SELECT regulated_cities())::bigint[])));
CREATE POLICY added ON agreement FOR INSERT TO registry_member WITH CHECK (EXISTS (
  SELECT 1 FROM asset a WHERE a.id = asset_id AND may_edit(a.owner_id, a.operator_id, a.city_id)));
CREATE POLICY changed ON agreement FOR UPDATE TO registry_member USING (EXISTS (
  SELECT 1 FROM asset a WHERE a.id = asset_id AND may_edit(a.owner_id, a.operator_id, a.city_id)));
CREATE POLICY served ON agreement FOR ALL TO registry_service USING (true) WITH CHECK (true);

-- Works: for signed-in parties, who may want to dig together.
DO $$ DECLARE t text; BEGIN
  FOREACH t IN ARRAY ARRAY['project', 'project_act'] LOOP
    EXECUTE format('GRANT SELECT, INSERT, UPDATE ON %I TO registry_member, registry_service', t);
    EXECUTE format('CREATE POLICY seen ON %I FOR SELECT TO registry_member USING (true)', t);
    EXECUTE format('CREATE POLICY served ON %I FOR ALL TO registry_service USING (true) WITH CHECK (true)', t);
  END LOOP;
END $$;
CREATE POLICY added ON project FOR INSERT TO registry_member WITH CHECK (may_edit(builder_id, NULL, city_id));
CREATE POLICY changed ON project FOR UPDATE TO registry_member USING (may_edit(builder_id, NULL, city_id));
CREATE POLICY added ON project_act FOR INSERT TO registry_member WITH CHECK (EXISTS (
  SELECT 1 FROM project p WHERE p.id = project_id AND may_edit(p.builder_id, NULL, p.city_id)));

-- The sender's own coordinates and all history: only for those who see the asset whole.
GRANT SELECT, INSERT, UPDATE ON asset_sent_place TO registry_member, registry_service;
CREATE POLICY whole ON asset_sent_place FOR ALL TO registry_member
  USING (EXISTS (SELECT 1 FROM asset a WHERE a.id = asset_id AND sees_whole(a.owner_id, a.operator_id, a.city_id)))
  WITH CHECK (EXISTS (SELECT 1 FROM asset a WHERE a.id = asset_id AND may_edit(a.owner_id, a.operator_id, a.city_id)));
CREATE POLICY served ON asset_sent_place FOR ALL TO registry_service USING (true) WITH CHECK (true);

DO $$ DECLARE t record; BEGIN
  FOR t IN SELECT c.relname,
             EXISTS (SELECT 1 FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'asset_id') AS by_asset
           FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
           WHERE n.nspname = 'history' AND c.relkind = 'r' LOOP
    EXECUTE format('GRANT SELECT ON history.%I TO registry_member, registry_service', t.relname);
    EXECUTE format('CREATE POLICY served ON history.%I FOR SELECT TO registry_service USING (true)', t.relname);
    IF t.relname = 'asset' THEN
      CREATE POLICY whole ON history.asset FOR SELECT TO registry_member USING (
        (SELECT i_am('auditor')) OR EXISTS (SELECT 1 FROM public.asset a
          WHERE a.id = history.asset.id AND sees_whole(a.owner_id, a.operator_id, a.city_id)));
    ELSIF t.by_asset THEN
      EXECUTE format($p$CREATE POLICY whole ON history.%I FOR SELECT TO registry_member USING (
        EXISTS (SELECT 1 FROM public.asset a
          WHERE a.id = asset_id AND sees_whole(a.owner_id, a.operator_id, a.city_id)))$p$, t.relname);
    ELSIF t.relname = 'allocation' THEN
      CREATE POLICY whole ON history.allocation FOR SELECT TO registry_member USING (EXISTS (
        SELECT 1 FROM public.capacity_unit u JOIN public.asset a ON a.id = u.asset_id
        WHERE u.id = unit_id AND sees_whole(a.owner_id, a.operator_id, a.city_id)));
    ELSE
      EXECUTE format('CREATE POLICY whole ON history.%I FOR SELECT TO registry_member USING ((SELECT i_am(''auditor'')) OR (SELECT regulates_all()))', t.relname);
    END IF;
  END LOOP;
END $$;

-- Grants of exact places: the party concerned and regulators.
GRANT SELECT, INSERT, UPDATE ON place_grant TO registry_member, registry_service;
GRANT SELECT ON place_grant_asset TO registry_member, registry_service;
-- A city's regulator grants inside his city; the margin is for outlines of districts drawn apart from the city's.
CREATE OR REPLACE FUNCTION in_my_cities(wanted geometry) RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT regulates_all() OR EXISTS (
    SELECT 1 FROM area_boundary b WHERE b.area_id = ANY (regulated_cities()) AND b.valid_until IS NULL
      AND b.geom && wanted AND ST_CoveredBy(wanted, ST_Buffer(b.geom, 0.001))) $$;
CREATE POLICY own ON place_grant FOR SELECT TO registry_member
  USING (party_id = (SELECT my_party()) OR in_my_cities(geom));
CREATE POLICY given ON place_grant FOR INSERT TO registry_member WITH CHECK (in_my_cities(geom));
CREATE POLICY ended ON place_grant FOR UPDATE TO registry_member USING (in_my_cities(geom));
CREATE POLICY served ON place_grant FOR ALL TO registry_service USING (true) WITH CHECK (true);
CREATE POLICY own ON place_grant_asset FOR SELECT TO registry_member USING (
  grant_id = ANY ((SELECT my_grants())::bigint[]) OR EXISTS (SELECT 1 FROM place_grant g WHERE g.id = grant_id));
CREATE POLICY served ON place_grant_asset FOR SELECT TO registry_service USING (true);
