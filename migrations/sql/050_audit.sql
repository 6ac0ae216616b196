-- The audit: one event per writing statement with count and digest, whoever writes; nothing can be changed after.

CREATE OR REPLACE FUNCTION audit_note(what text, thing text, which text, rows_touched integer, facts jsonb,
                                      fingerprint bytea DEFAULT NULL)
RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
  -- What a reporter does is kept to the minute: the exact second would find him in the log of a proxy.
  INSERT INTO audit_event (at, actor, role, action, object, ref, row_count, digest, request, facts)
  VALUES (CASE WHEN current_setting('role', true) = 'registry_service'
            AND thing IN ('case_file', 'case_event', 'case_identity', 'accused', 'clock')
            THEN date_trunc('minute', now()) ELSE now() END, my_user()::text, coalesce(nullif(current_setting('role', true), 'none'), session_user), what, thing, which,
          rows_touched, coalesce(fingerprint, sha256(convert_to(coalesce(which, '') || coalesce(facts::text, ''),
          'UTF8'))), nullif(current_setting('registry.request', true), ''), facts) $$;

CREATE OR REPLACE FUNCTION audit_statement() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
DECLARE total integer; fingerprint bytea; one jsonb; source text := 'rows_written';
BEGIN
  EXECUTE format('SELECT count(*), sha256(convert_to(coalesce(string_agg(md5(r::text), '''' ORDER BY md5(r::text)),
                  ''''), ''UTF8'')) FROM %I r', source) INTO total, fingerprint;
  IF total = 0 THEN RETURN NULL; END IF;
  IF total = 1 THEN EXECUTE format('SELECT to_jsonb(r) FROM %I r', source) INTO one; END IF;
  PERFORM audit_note(lower(TG_OP), TG_TABLE_NAME,
                     coalesce(one ->> 'code', one ->> 'number', one ->> 'id', one ->> 'asset_id'), total, NULL,
                     fingerprint);
  RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION ensure_audit(tab text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE format('DROP TRIGGER IF EXISTS audited_insert ON public.%I', tab);
  EXECUTE format('CREATE TRIGGER audited_insert AFTER INSERT ON public.%I REFERENCING NEW TABLE AS rows_written
                  FOR EACH STATEMENT EXECUTE FUNCTION audit_statement()', tab);
  EXECUTE format('DROP TRIGGER IF EXISTS audited_update ON public.%I', tab);
  EXECUTE format('CREATE TRIGGER audited_update AFTER UPDATE ON public.%I REFERENCING NEW TABLE AS rows_written
                  FOR EACH STATEMENT EXECUTE FUNCTION audit_statement()', tab);
  EXECUTE format('DROP TRIGGER IF EXISTS audited_delete ON public.%I', tab);
  EXECUTE format('CREATE TRIGGER audited_delete AFTER DELETE ON public.%I REFERENCING OLD TABLE AS rows_written
                  FOR EACH STATEMENT EXECUTE FUNCTION audit_statement()', tab);
END $$;

-- Everything but working tables: sessions, attempts, progress, staged rows, findings, counts and derived membership.
SELECT ensure_audit(c.relname::text) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p') AND NOT c.relispartition
  AND c.relname NOT LIKE 'procrastinate%'
  AND c.relname NOT IN ('audit_event', 'audit_seal', 'login_session', 'second_factor', 'factor_code', 'attempt', 'day_key', 'idempotency', 'job',
    'staged_row', 'finding', 'place_count', 'place_total', 'host_pool', 'layer_change', 'asset_area', 'place_grant_asset', 'alembic_version',
    'duty_current', 'duty_stale', 'opening_current',
    'radio_layer', 'radio_class', 'radio_gap', 'remedy', 'remedy_gap', 'remedy_set',
    'spatial_ref_sys');

CREATE OR REPLACE FUNCTION audit_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'the audit is append-only' USING ERRCODE = 'insufficient_privilege';
END $$;

DROP TRIGGER IF EXISTS append_only ON audit_event;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_event
  FOR EACH STATEMENT EXECUTE FUNCTION audit_is_append_only();
DROP TRIGGER IF EXISTS append_only ON audit_seal;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_seal
  FOR EACH STATEMENT EXECUTE FUNCTION audit_is_append_only();
