-- Row security of accounts, jobs, imports, analysis, cases and the audit.

DO $$ DECLARE t text; BEGIN
  FOREACH t IN ARRAY ARRAY['user_account', 'user_role', 'login_session', 'second_factor', 'factor_code',
      'factor_reset', 'attempt', 'day_key', 'api_token', 'idempotency', 'job', 'import_batch', 'consent', 'staged_row', 'finding', 'coverage_run', 'coverage_gap', 'case_file', 'case_event',
      'accused', 'party_interest'] LOOP
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO registry_service', t);
    EXECUTE format('CREATE POLICY served ON %I FOR ALL TO registry_service USING (true) WITH CHECK (true)', t);
  END LOOP;
END $$;

-- Accounts: one's own; all for the security administrator, who can never touch his own roles.
GRANT SELECT, INSERT, UPDATE ON user_account, user_role, api_token TO registry_member;
GRANT SELECT, DELETE ON login_session TO registry_member;
CREATE POLICY own ON user_account FOR SELECT TO registry_member USING (id = my_user() OR i_am('security_admin'));
CREATE POLICY own_change ON user_account FOR UPDATE TO registry_member USING (id = my_user() OR i_am('security_admin'));
CREATE POLICY added ON user_account FOR INSERT TO registry_member WITH CHECK (i_am('security_admin'));
CREATE POLICY own ON user_role FOR SELECT TO registry_member USING (user_id = my_user() OR i_am('security_admin'));
CREATE POLICY given ON user_role FOR INSERT TO registry_member
  WITH CHECK (i_am('security_admin') AND user_id <> my_user() AND approved_by IS NULL);
-- An exception is approved by somebody else than who asked for it, and in nobody else's name.
CREATE POLICY ended ON user_role FOR UPDATE TO registry_member USING (i_am('security_admin') AND user_id <> my_user())
  WITH CHECK (i_am('security_admin') AND user_id <> my_user()
    AND (ended_at IS NOT NULL OR approved_by IS NULL OR (approved_by = my_user() AND granted_by IS DISTINCT FROM my_user())));
CREATE POLICY own ON login_session FOR ALL TO registry_member USING (user_id = my_user() OR i_am('security_admin'));
CREATE POLICY own ON api_token FOR ALL TO registry_member
  USING (user_id = my_user()) WITH CHECK (user_id = my_user());
-- The security administrator ends tokens of others and can do nothing else with them.
CREATE POLICY ended_seen ON api_token FOR SELECT TO registry_member USING (i_am('security_admin'));
CREATE POLICY ended ON api_token FOR UPDATE TO registry_member
  USING (i_am('security_admin')) WITH CHECK (i_am('security_admin') AND revoked_at IS NOT NULL);
-- Who withheld an asset, by name: for regulators, and of nobody else.
CREATE OR REPLACE FUNCTION withheld_by(person bigint) RETURNS text LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = public, pg_temp AS
$$ SELECT u.name FROM user_account u WHERE u.id = person
   AND (regulates_all() OR cardinality(regulated_cities()) > 0)
   AND EXISTS (SELECT 1 FROM user_role r WHERE r.user_id = person AND r.role = 'regulator') $$;
-- Factors are the product's alone. Their end is asked for by one security administrator and decided by another.
GRANT SELECT, INSERT, UPDATE (decided_by, decided_at, approved) ON factor_reset TO registry_member;
CREATE POLICY seen ON factor_reset FOR SELECT TO registry_member
  USING (i_am('security_admin') OR user_id = my_user());
CREATE POLICY asked ON factor_reset FOR INSERT TO registry_member
  WITH CHECK (i_am('security_admin') AND asked_by = my_user() AND user_id <> my_user() AND decided_at IS NULL);
CREATE POLICY decided ON factor_reset FOR UPDATE TO registry_member
  USING (i_am('security_admin') AND user_id <> my_user() AND decided_at IS NULL)
  WITH CHECK (decided_by = my_user() AND (NOT approved OR asked_by <> my_user()));
GRANT SELECT, INSERT, UPDATE ON idempotency TO registry_member;
CREATE POLICY own ON idempotency FOR ALL TO registry_member
  USING (actor = my_user()::text) WITH CHECK (actor = my_user()::text);

-- Jobs and imports: who asked for them, their party, and those who run the system.
GRANT SELECT, INSERT, UPDATE ON job, import_batch TO registry_member;
GRANT SELECT, INSERT, UPDATE, DELETE ON staged_row, finding TO registry_member;
CREATE POLICY own ON job FOR ALL TO registry_member
  USING (user_id = my_user() OR i_am('system_admin')) WITH CHECK (user_id = my_user());
CREATE POLICY own ON import_batch FOR ALL TO registry_member
  USING (user_id = my_user() OR (my_party() <> 0 AND party_id = my_party()) OR regulates_all())
  WITH CHECK (user_id = my_user() OR (my_party() <> 0 AND party_id = my_party()) OR regulates_all());
CREATE POLICY own ON staged_row FOR ALL TO registry_member
  USING (EXISTS (SELECT 1 FROM import_batch b WHERE b.id = batch_id));
-- What waits for a consent: those who ask, those who are asked, regulators of the city. The product alone decides it.
GRANT SELECT, INSERT ON consent TO registry_member;
CREATE POLICY seen ON consent FOR SELECT TO registry_member USING (
  asked_party = (SELECT nullif(my_party(), 0)) OR (SELECT my_party()) = ANY (parties)
  OR (SELECT regulates_all()) OR coalesce(city_id = ANY ((SELECT regulated_cities())::bigint[]), false));
CREATE POLICY asked ON consent FOR INSERT TO registry_member WITH CHECK (
  state = 'waiting' AND missing = parties AND asked_by = my_user() AND asked_party = my_party());
CREATE POLICY of_consent ON staged_row FOR SELECT TO registry_member USING (consent_id IN (SELECT id FROM consent));
CREATE POLICY own ON finding FOR ALL TO registry_member
  USING (EXISTS (SELECT 1 FROM import_batch b WHERE b.id = batch_id));

-- Analysis: internal unless a run was made public.
GRANT SELECT ON coverage_run, coverage_gap TO registry_public, registry_member;
GRANT INSERT, UPDATE ON coverage_run TO registry_member;
GRANT INSERT, DELETE ON coverage_gap TO registry_member;
CREATE OR REPLACE FUNCTION regulates_area(wanted bigint) RETURNS boolean LANGUAGE sql STABLE AS
$$ SELECT regulates_all() OR wanted = ANY (regulated_cities())
      OR EXISTS (SELECT 1 FROM area d WHERE d.id = wanted AND d.parent_id = ANY (regulated_cities())) $$;
-- A run that will be public is announced while it is computed; one that failed or was cancelled is not.
CREATE OR REPLACE FUNCTION is_computed(run_job bigint) RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = public, pg_temp AS
$$ SELECT EXISTS (SELECT 1 FROM job WHERE id = run_job AND state IN ('waiting', 'running')) $$;
CREATE POLICY open ON coverage_run FOR SELECT USING (public AND (ended_at IS NOT NULL OR is_computed(job_id)));
CREATE POLICY regulated ON coverage_run FOR ALL TO registry_member
  USING (regulates_area(area_id)) WITH CHECK (regulates_area(area_id));
-- Progress of a run: for regulators of its area; for everybody while it is announced, for the result of an ended job
-- counts what is internal.
GRANT SELECT (id, code, task, state, step, done, total, cancel_asked, problem, problem_params, result, asked_at,
  started_at, ended_at) ON job TO registry_public;
CREATE POLICY of_run ON job FOR SELECT USING (EXISTS (SELECT 1 FROM coverage_run r WHERE r.job_id = job.id
  AND (regulates_area(r.area_id) OR (r.public AND job.state IN ('waiting', 'running')))));
-- A gap names a venue: only where the reader sees that venue's exact place, whatever was published.
CREATE POLICY open ON coverage_gap FOR SELECT USING (EXISTS (SELECT 1 FROM coverage_run r WHERE r.id = run_id)
  AND (asset_id IS NULL OR EXISTS (
    SELECT 1 FROM asset_place p WHERE p.asset_id = coverage_gap.asset_id AND p.level = 'exact')));
CREATE POLICY regulated ON coverage_gap FOR ALL TO registry_member
  USING (EXISTS (SELECT 1 FROM coverage_run r WHERE r.id = run_id AND regulates_area(r.area_id)));
GRANT SELECT ON inhabited TO registry_member;
CREATE POLICY demand ON inhabited FOR SELECT TO registry_member USING (i_am('seeker') OR area_id = ANY (regulated_cities())
  OR EXISTS (SELECT 1 FROM area d WHERE d.id = area_id AND d.parent_id = ANY (regulated_cities())));

-- Cases: case handlers of the case's city, but never one whose own party is accused. The complainant's identity
-- (P5) is written by the intake and read by those handlers alone.
CREATE OR REPLACE FUNCTION handles(city bigint) RETURNS boolean LANGUAGE sql STABLE AS
$$ SELECT i_am('case_handler') AND (city IS NULL OR current_setting('registry.handled', true) = '*'
     OR city::text = ANY (string_to_array(coalesce(current_setting('registry.handled', true), ''), ','))) $$;
-- Parties the reader is tied to: his own, and those he declared an interest in.
GRANT SELECT, INSERT, UPDATE (ended_at) ON party_interest TO registry_member;
CREATE POLICY seen ON party_interest FOR SELECT TO registry_member USING (user_id = my_user() OR i_am('security_admin'));
CREATE POLICY declared ON party_interest FOR INSERT TO registry_member WITH CHECK (user_id = my_user() AND ended_at IS NULL);
CREATE POLICY ended ON party_interest FOR UPDATE TO registry_member USING (i_am('security_admin') AND user_id <> my_user());
CREATE OR REPLACE FUNCTION my_ties() RETURNS bigint[] LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = public, pg_temp AS
$$ SELECT array_remove(ARRAY[my_party()], 0)
     || ARRAY(SELECT party_id FROM party_interest WHERE user_id = my_user() AND ended_at IS NULL) $$;
CREATE OR REPLACE FUNCTION accuses_me(wanted bigint) RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = public, pg_temp AS
$$ SELECT EXISTS (SELECT 1 FROM accused a WHERE a.case_id = wanted AND a.party_id = ANY (my_ties())) $$;
CREATE OR REPLACE FUNCTION accuses_me_in(wanted text) RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = public, pg_temp AS
$$ SELECT coalesce((SELECT handles(f.city_id) AND accuses_me(f.id) FROM case_file f WHERE f.number = wanted), false) $$;

GRANT SELECT, UPDATE (state, version, assigned_to, erasure_rule, erasure_by) ON case_file TO registry_member;
GRANT SELECT, INSERT ON case_event TO registry_member;
GRANT SELECT ON accused, case_identity TO registry_member;
GRANT INSERT ON case_identity TO registry_service;
CREATE POLICY handled ON case_file FOR ALL TO registry_member USING (handles(city_id) AND NOT accuses_me(id));
-- Nobody proposes an erasure in another's name, so nobody approves his own.
CREATE POLICY own_proposal ON case_file AS RESTRICTIVE FOR UPDATE TO registry_member
  USING (true) WITH CHECK (erasure_by IS NULL OR erasure_by = my_user());
CREATE POLICY handled ON case_event FOR SELECT TO registry_member
  USING (EXISTS (SELECT 1 FROM case_file f WHERE f.id = case_id));
CREATE POLICY moved ON case_event FOR INSERT TO registry_member WITH CHECK (
  actor_id = my_user() AND actor_kind = 'handler' AND EXISTS (SELECT 1 FROM case_file f WHERE f.id = case_id));
CREATE POLICY handled ON accused FOR SELECT TO registry_member
  USING (EXISTS (SELECT 1 FROM case_file f WHERE f.id = case_id));
CREATE POLICY handled ON case_identity FOR SELECT TO registry_member
  USING (EXISTS (SELECT 1 FROM case_file f WHERE f.id = case_id));
CREATE POLICY filed ON case_identity FOR INSERT TO registry_service WITH CHECK (true);

-- Erasure: the key goes, and with it every text of the case; what is left are codes and dates for the statistics.
CREATE OR REPLACE FUNCTION erase_case(wanted text) RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
DECLARE found_id bigint;
BEGIN
  UPDATE case_file SET wrapped_key = NULL, sealed = '', sealed_point = NULL, geom = NULL, asset_id = NULL, capacity = NULL,
    happened_on = NULL, secret_hash = '', form_digest = sha256(form_digest), erased_at = now(), version = version + 1
  WHERE number = wanted AND erased_at IS NULL RETURNING id INTO found_id;
  IF found_id IS NULL THEN RETURN false; END IF;
  DELETE FROM case_identity WHERE case_id = found_id;
  UPDATE case_event SET said = NULL WHERE case_id = found_id AND said IS NOT NULL;
  RETURN true;
END $$;
CREATE OR REPLACE FUNCTION approve_erasure(wanted text) RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM 1 FROM case_file f WHERE f.number = wanted AND f.erased_at IS NULL AND f.erasure_rule IS NOT NULL
    AND my_user() <> 0 AND f.erasure_by <> my_user() AND handles(f.city_id) AND NOT accuses_me(f.id) FOR UPDATE;
  IF NOT FOUND THEN RETURN false; END IF;
  RETURN erase_case(wanted);
END $$;
-- A decided case is archived: by rule alone, its reporter's identity goes and the story stays.
CREATE OR REPLACE FUNCTION archive_cases(decided text[], days integer) RETURNS integer LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
DECLARE f record; archived integer := 0;
BEGIN
  FOR f IN SELECT c.id, c.state FROM case_file c
           WHERE c.state = ANY (decided) AND c.state IN ('accepted', 'not_accepted') AND c.erased_at IS NULL
             AND c.identity_erased_on IS NULL AND c.own_keys_since IS NOT NULL
             AND (SELECT max(e.at) FROM case_event e WHERE e.case_id = c.id AND e.actor_kind = 'handler')
               < now() - make_interval(days => days)
           FOR UPDATE OF c LOOP
    UPDATE case_file SET identity_erased_on = current_date, version = version + 1 WHERE id = f.id;
    DELETE FROM case_identity WHERE case_id = f.id;
    INSERT INTO case_event (case_id, move, old_state, new_state, actor_kind) VALUES (f.id, 'archive', f.state, f.state, 'system');
    archived := archived + 1;
  END LOOP;
  RETURN archived;
END $$;
REVOKE EXECUTE ON FUNCTION archive_cases(text[], integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION archive_cases(text[], integer) TO registry_service;
REVOKE EXECUTE ON FUNCTION approve_erasure(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION approve_erasure(text) TO registry_member;
REVOKE EXECUTE ON FUNCTION erase_case(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION erase_case(text) TO registry_service;

-- The audit is written by its own functions; auditors read it, the sealer seals it.
GRANT SELECT ON audit_event, audit_seal TO registry_member, registry_service;
GRANT INSERT ON audit_seal TO registry_service;
CREATE POLICY audited ON audit_event FOR SELECT TO registry_member USING ((SELECT i_am('auditor')));
CREATE POLICY served ON audit_event FOR SELECT TO registry_service USING (true);
CREATE POLICY audited ON audit_seal FOR SELECT TO registry_member USING ((SELECT i_am('auditor')));
CREATE POLICY served ON audit_seal FOR ALL TO registry_service USING (true) WITH CHECK (true);

DO $$ DECLARE s record; BEGIN
  FOR s IN SELECT c.oid::regclass AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
           WHERE c.relkind IN ('r', 'S') AND n.nspname = 'public' AND c.relname LIKE 'procrastinate%' LOOP
    IF (SELECT relkind FROM pg_class WHERE oid = s.name) = 'S' THEN
      EXECUTE format('GRANT USAGE ON SEQUENCE %s TO registry_app, registry_member, registry_service', s.name);
    ELSE
      EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %s TO registry_app, registry_member, registry_service', s.name);
    END IF;
  END LOOP;
END $$;

-- Which revision stands: asked at every start, before any role is taken.
GRANT SELECT ON alembic_version TO registry_app, registry_public, registry_member, registry_service;

-- Functions that run as the owner are for those who need them, not for everyone.
REVOKE ALL ON FUNCTION derive_places(bigint[]), compact_counts(), audit_note(text, text, text, integer, jsonb, bytea)
  FROM PUBLIC;
GRANT EXECUTE ON FUNCTION compact_counts() TO registry_service;
GRANT EXECUTE ON FUNCTION audit_note(text, text, text, integer, jsonb, bytea) TO registry_member, registry_service;
-- An import is named in filters of lists; whoever may not see it finds nothing.
GRANT SELECT ON import_batch TO registry_public;
