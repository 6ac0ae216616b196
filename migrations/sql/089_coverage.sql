-- Row security of coverage: results of runs by edition, demand, claims, measurements, challenges.

DO $$ DECLARE t text; BEGIN
  FOREACH t IN ARRAY ARRAY['radio_layer', 'radio_class', 'radio_gap', 'remedy', 'remedy_gap', 'remedy_set',
      'population_zone', 'road', 'raster_source', 'coverage_claim', 'coverage_measurement', 'coverage_challenge',
      'coverage_challenge_event'] LOOP
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO registry_service', t);
    EXECUTE format('CREATE POLICY served ON %I FOR ALL TO registry_service USING (true) WITH CHECK (true)', t);
  END LOOP;
  -- Results: the regulator of the area has both editions; everyone the public one, once the run was made public.
  FOREACH t IN ARRAY ARRAY['radio_layer', 'remedy', 'remedy_set'] LOOP
    EXECUTE format('GRANT SELECT ON %I TO registry_public, registry_member', t);
    EXECUTE format('GRANT INSERT, UPDATE, DELETE ON %I TO registry_member', t);
    EXECUTE format($p$CREATE POLICY open ON %I FOR SELECT USING (edition = 'public'
      AND EXISTS (SELECT 1 FROM coverage_run r WHERE r.id = run_id AND r.public))$p$, t);
    EXECUTE format($p$CREATE POLICY regulated ON %I FOR ALL TO registry_member
      USING (EXISTS (SELECT 1 FROM coverage_run r WHERE r.id = run_id AND regulates_area(r.area_id)))
      WITH CHECK (EXISTS (SELECT 1 FROM coverage_run r WHERE r.id = run_id AND regulates_area(r.area_id)))$p$, t);
  END LOOP;
  -- What hangs on a layer is seen with its layer.
  FOREACH t IN ARRAY ARRAY['radio_class', 'radio_gap'] LOOP
    EXECUTE format('GRANT SELECT ON %I TO registry_public, registry_member', t);
    EXECUTE format('GRANT INSERT, UPDATE, DELETE ON %I TO registry_member', t);
    EXECUTE format($p$CREATE POLICY with_layer ON %I FOR SELECT
      USING (EXISTS (SELECT 1 FROM radio_layer l WHERE l.id = layer_id))$p$, t);
    EXECUTE format($p$CREATE POLICY regulated ON %I FOR ALL TO registry_member
      USING (EXISTS (SELECT 1 FROM radio_layer l JOIN coverage_run r ON r.id = l.run_id
                     WHERE l.id = layer_id AND regulates_area(r.area_id)))
      WITH CHECK (EXISTS (SELECT 1 FROM radio_layer l JOIN coverage_run r ON r.id = l.run_id
                     WHERE l.id = layer_id AND regulates_area(r.area_id)))$p$, t);
  END LOOP;
END $$;

-- A host that this reader is no longer shown exactly goes from either edition: the gaps it would close tell where it is.
CREATE POLICY shown_host ON remedy AS RESTRICTIVE FOR SELECT TO registry_public, registry_member
  USING (asset_id IS NULL OR EXISTS (
    SELECT 1 FROM asset_place p WHERE p.asset_id = remedy.asset_id AND p.level = 'exact'));

GRANT SELECT ON remedy_gap TO registry_public, registry_member;
GRANT INSERT, DELETE ON remedy_gap TO registry_member;
CREATE POLICY with_remedy ON remedy_gap FOR SELECT
  USING (EXISTS (SELECT 1 FROM remedy m WHERE m.id = remedy_id));
CREATE POLICY regulated ON remedy_gap FOR ALL TO registry_member
  USING (EXISTS (SELECT 1 FROM remedy m JOIN coverage_run r ON r.id = m.run_id
                 WHERE m.id = remedy_id AND regulates_area(r.area_id)))
  WITH CHECK (EXISTS (SELECT 1 FROM remedy m JOIN coverage_run r ON r.id = m.run_id
                 WHERE m.id = remedy_id AND regulates_area(r.area_id)));

-- A remedy as its reader may know it: what a run stored of the law is shown while the projections show him the same.
-- Who is not told of the duty today gets no duty, no citation and, of the opening that rests on it, nothing at all.
-- The place of a new site stays in the table, where places are looked for.
CREATE OR REPLACE VIEW remedy_seen WITH (security_invoker = true) AS
SELECT m.id, m.run_id, m.edition, m.ordinal, m.candidate_kind, m.asset_id, m.project_id, m.technology, m.people_gained,
  m.area_gained_m2, m.free_units, m.assumed,
  CASE WHEN t.opening THEN m.opening_state END AS opening_state, CASE WHEN t.duty THEN m.duty END AS duty,
  CASE WHEN t.opening AND t.duty THEN m.obstacles ELSE coalesce((
    SELECT jsonb_agg(CASE WHEN t.duty OR b.item #> '{params,law}' IS NULL THEN b.item
      ELSE jsonb_set(b.item, '{params,law}', '{"hidden": true}') END ORDER BY b.n)
    FROM jsonb_array_elements(m.obstacles) WITH ORDINALITY AS b(item, n)
    WHERE t.opening OR b.item ->> 'key' NOT IN ('refused', 'declined', 'exempt', 'asked', 'no_answer', 'not_asked')),
    '[]') END AS obstacles
FROM remedy m JOIN coverage_run r ON r.id = m.run_id CROSS JOIN LATERAL (
  SELECT m.asset_id IS NULL OR regulates_area(r.area_id) OR EXISTS (
      SELECT 1 FROM opening_current o WHERE o.asset_id = m.asset_id
        AND (o.needs <= (SELECT my_standing())
          OR ((SELECT current_user <> 'registry_public') AND tied_to(o.asset_id, o.needs)))) AS opening,
    coalesce(jsonb_typeof(m.duty), 'null') = 'null' OR regulates_area(r.area_id) OR EXISTS (
      SELECT 1 FROM duty_current d WHERE d.asset_id = m.asset_id
        AND d.rulebook = m.duty ->> 'rulebook' AND d.clause = m.duty ->> 'clause') AS duty OFFSET 0) t;
GRANT SELECT ON remedy_seen TO registry_public, registry_member, registry_service;

-- Demand: counts of people for seekers and the regulator, like the points of `inhabited`; roads are for everyone.
GRANT SELECT, INSERT, UPDATE, DELETE ON population_zone, road, raster_source TO registry_member;
GRANT SELECT ON road TO registry_public;
CREATE POLICY readable ON road FOR SELECT USING (true);
CREATE POLICY demand ON population_zone FOR SELECT TO registry_member USING (i_am('seeker'));
DO $$ DECLARE t text; BEGIN
  FOREACH t IN ARRAY ARRAY['inhabited', 'population_zone', 'road', 'raster_source'] LOOP
    EXECUTE format($p$CREATE POLICY kept ON %I FOR ALL TO registry_member
      USING (regulates_area(area_id)) WITH CHECK (regulates_area(area_id))$p$, t);
  END LOOP;
END $$;

-- A claim is made to be read; only its operator and the regulator write it.
GRANT SELECT ON coverage_claim TO registry_public, registry_member;
GRANT INSERT, UPDATE ON coverage_claim TO registry_member;
CREATE POLICY readable ON coverage_claim FOR SELECT USING (true);
CREATE POLICY kept ON coverage_claim FOR ALL TO registry_member
  USING (regulates_area(area_id) OR (i_am('carrier_editor') AND operator_id = my_party()))
  WITH CHECK (regulates_area(area_id) OR (i_am('carrier_editor') AND operator_id = my_party()));

-- Where somebody stood and measured: he, seekers and regulators; everyone else reads what is merged of them.
GRANT SELECT, INSERT, DELETE ON coverage_measurement TO registry_member;
GRANT SELECT ON coverage_measurement TO registry_public;  -- no policy lets it see a row
CREATE POLICY own ON coverage_measurement FOR SELECT TO registry_member USING (recorded_by = my_user());
CREATE POLICY seekers ON coverage_measurement FOR SELECT TO registry_member
  USING (i_am('seeker') OR i_am('carrier_editor') OR regulates_all() OR cardinality(regulated_cities()) > 0);
CREATE POLICY added ON coverage_measurement FOR INSERT TO registry_member
  WITH CHECK (recorded_by = my_user() AND (i_am('seeker') OR i_am('carrier_editor') OR regulates_all()
    OR cardinality(regulated_cities()) > 0));
CREATE POLICY taken_back ON coverage_measurement FOR DELETE TO registry_member
  USING (recorded_by = my_user() OR regulates_all());

-- A challenge: who filed it, the operator it is put to, the regulator of the claim's area.
CREATE OR REPLACE FUNCTION answers_claim(wanted bigint) RETURNS boolean LANGUAGE sql STABLE AS
$$ SELECT EXISTS (SELECT 1 FROM coverage_claim c WHERE c.id = wanted AND i_am('carrier_editor')
                  AND my_party() <> 0 AND c.operator_id = my_party()) $$;
CREATE OR REPLACE FUNCTION regulates_claim(wanted bigint) RETURNS boolean LANGUAGE sql STABLE AS
$$ SELECT EXISTS (SELECT 1 FROM coverage_claim c WHERE c.id = wanted AND regulates_area(c.area_id)) $$;
GRANT SELECT, INSERT, UPDATE ON coverage_challenge TO registry_member;
GRANT SELECT, INSERT ON coverage_challenge_event TO registry_member;
GRANT SELECT ON coverage_challenge, coverage_challenge_event TO registry_public;  -- no policy lets it see a row
CREATE POLICY seen ON coverage_challenge FOR SELECT TO registry_member
  USING (user_id = my_user() OR answers_claim(claim_id) OR regulates_claim(claim_id));
CREATE POLICY filed ON coverage_challenge FOR INSERT TO registry_member
  WITH CHECK (user_id = my_user() AND state = 'open');
-- Each of the three may only write the states that are his to give.
CREATE POLICY withdrawn ON coverage_challenge FOR UPDATE TO registry_member
  USING (user_id = my_user()) WITH CHECK (user_id = my_user() AND state = 'withdrawn');
CREATE POLICY answered ON coverage_challenge FOR UPDATE TO registry_member
  USING (answers_claim(claim_id)) WITH CHECK (answers_claim(claim_id) AND state IN ('conceded', 'disputed'));
CREATE POLICY settled ON coverage_challenge FOR UPDATE TO registry_member
  USING (regulates_claim(claim_id)) WITH CHECK (regulates_claim(claim_id) AND state IN ('upheld', 'rejected'));
CREATE POLICY seen ON coverage_challenge_event FOR SELECT TO registry_member
  USING (EXISTS (SELECT 1 FROM coverage_challenge h WHERE h.id = challenge_id));
CREATE POLICY added ON coverage_challenge_event FOR INSERT TO registry_member
  WITH CHECK (user_id = my_user() AND EXISTS (SELECT 1 FROM coverage_challenge h WHERE h.id = challenge_id));
