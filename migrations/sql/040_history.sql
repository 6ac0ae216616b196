-- History: statement triggers copy the rows that a change replaces; the application adds no history itself.

CREATE SCHEMA IF NOT EXISTS history;

CREATE OR REPLACE FUNCTION keep_history() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
DECLARE names text;
BEGIN
  SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) INTO names FROM pg_attribute
  WHERE attrelid = TG_RELID AND attnum > 0 AND NOT attisdropped;
  EXECUTE format('INSERT INTO history.%I (%s, gone_at, gone_by) SELECT %s, now(), my_user() FROM old_rows',
                 TG_TABLE_NAME, names, names);
  RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION ensure_history(tab text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE col record;
BEGIN
  EXECUTE format('CREATE TABLE IF NOT EXISTS history.%I (LIKE public.%I)', tab, tab);
  EXECUTE format('ALTER TABLE history.%I ADD COLUMN IF NOT EXISTS gone_at timestamptz NOT NULL', tab);
  EXECUTE format('ALTER TABLE history.%I ADD COLUMN IF NOT EXISTS gone_by bigint NOT NULL', tab);
  FOR col IN SELECT a.attname, format_type(a.atttypid, a.atttypmod) AS kind FROM pg_attribute a
             WHERE a.attrelid = ('public.' || quote_ident(tab))::regclass AND a.attnum > 0 AND NOT a.attisdropped LOOP
    EXECUTE format('ALTER TABLE history.%I ADD COLUMN IF NOT EXISTS %I %s', tab, col.attname, col.kind);
    EXECUTE format('ALTER TABLE history.%I ALTER COLUMN %I DROP NOT NULL', tab, col.attname);
  END LOOP;
  EXECUTE format('DROP TRIGGER IF EXISTS kept_update ON public.%I', tab);
  EXECUTE format('CREATE TRIGGER kept_update AFTER UPDATE ON public.%I REFERENCING OLD TABLE AS old_rows
                  FOR EACH STATEMENT EXECUTE FUNCTION keep_history()', tab);
  EXECUTE format('DROP TRIGGER IF EXISTS kept_delete ON public.%I', tab);
  EXECUTE format('CREATE TRIGGER kept_delete AFTER DELETE ON public.%I REFERENCING OLD TABLE AS old_rows
                  FOR EACH STATEMENT EXECUTE FUNCTION keep_history()', tab);
END $$;

SELECT ensure_history(t) FROM unnest(ARRAY['asset', 'asset_place', 'cell', 'duct_end', 'capacity_unit', 'allocation',
  'presence', 'agreement', 'project', 'party', 'area', 'asset_tower', 'asset_base_station', 'asset_duct',
  'asset_chamber', 'asset_cable', 'asset_pole', 'asset_room', 'asset_wifi_zone', 'asset_public_building',
  'asset_premises', 'place_grant', 'publication', 'publication_field', 'key_area', 'opening_target']) AS t;

CREATE INDEX IF NOT EXISTS ix_history_asset_id ON history.asset (id, gone_at);
CREATE INDEX IF NOT EXISTS ix_history_asset_place_asset ON history.asset_place (asset_id, gone_at);
CREATE INDEX IF NOT EXISTS ix_history_allocation_unit ON history.allocation (unit_id, gone_at);
