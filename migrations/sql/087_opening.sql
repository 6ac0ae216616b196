-- The ledger of opening: what follows from the events that were not taken back, kept in step with them.

-- The ledger as its reader may know it. Who is not shown what the duty rests on reads what the events alone lead to:
-- a refusal is a "no" of the holder, and an exemption says nothing. Whether he is told is worked out once for a row:
-- without OFFSET 0 the question is asked again in every column. The public is tied to nothing.
CREATE OR REPLACE VIEW opening_seen WITH (security_invoker = true) AS
SELECT o.asset_id, o.city_id, o.controller_id, o.asked_on,
  CASE WHEN m.told OR o.state <> 'exempt' THEN o.answered_on END AS answered_on,
  CASE WHEN m.told OR o.state <> 'exempt' THEN o.answer_days END AS answer_days, o.computed_at,
  CASE WHEN m.told THEN o.rulebook END AS rulebook, CASE WHEN m.told THEN o.clause END AS clause,
  CASE WHEN m.told THEN o.standing END AS standing, CASE WHEN m.told THEN o.ground END AS ground,
  CASE WHEN m.told THEN o.digest END AS digest,
  CASE WHEN m.told THEN o.state WHEN o.state = 'refused' THEN 'declined' WHEN o.state <> 'exempt' THEN o.state
    WHEN o.asked_on + t.days < area_day(o.city_id) THEN 'no_answer'
    WHEN o.asked_on IS NOT NULL THEN 'asked' ELSE 'not_asked' END AS state,
  CASE WHEN m.told OR o.state <> 'exempt' THEN o.since ELSE o.asked_on END AS since,
  m.told
FROM opening_current o LEFT JOIN opening_target t ON t.city_id = o.city_id CROSS JOIN LATERAL (
  SELECT o.needs <= (SELECT my_standing())
    OR ((SELECT current_user <> 'registry_public') AND tied_to(o.asset_id, o.needs)) AS told OFFSET 0) m
WHERE m.told OR num_nonnulls(CASE WHEN o.state <> 'exempt' THEN o.since END, o.asked_on,
    CASE WHEN o.state <> 'exempt' THEN o.answered_on END) > 0 OR EXISTS (  -- it stands here without any duty
  SELECT 1 FROM asset a WHERE a.id = o.asset_id AND a.kind IN ('public_building', 'pole'));
GRANT SELECT ON opening_seen TO registry_public, registry_member, registry_service;

CREATE OR REPLACE FUNCTION opening_live(subject bigint) RETURNS TABLE (id bigint, act text, answers_id bigint,
  asker_id bigint, done_on date, ground text) LANGUAGE sql STABLE AS $$
  SELECT e.id, e.act, e.answers_id, e.asker_id, e.done_on, e.ground FROM opening_event e
  WHERE e.asset_id = subject AND e.act <> 'withdrawn' AND NOT EXISTS (
    SELECT 1 FROM opening_event w WHERE w.answers_id = e.id AND w.act = 'withdrawn') $$;

-- Requests with the first answer after each: one that names it, or one that answers whoever asked.
CREATE OR REPLACE FUNCTION opening_requests(subject bigint) RETURNS TABLE (id bigint, asker_id bigint, done_on date,
  answered_on date, answer text) LANGUAGE sql STABLE AS $$
  SELECT r.id, r.asker_id, r.done_on, a.done_on, a.act FROM opening_live(subject) r
  LEFT JOIN LATERAL (
    SELECT l.done_on, l.act FROM opening_live(subject) l
    WHERE l.act <> 'asked' AND l.id > r.id AND l.done_on >= r.done_on
      AND (l.answers_id = r.id OR l.answers_id IS NULL)
    ORDER BY l.id LIMIT 1) a ON true
  WHERE r.act = 'asked' $$;

-- What the ledger says of these assets on a day; NULL: today, the day of each asset's city. The last word of holder or regulator stands; a request that came
-- after it and has no answer stands above an offer, a refusal and silence, never above "open" or "exempt".
CREATE OR REPLACE FUNCTION opening_of(ids bigint[], on_day date) RETURNS TABLE (asset_id bigint, city_id bigint,
  controller_id bigint, rulebook text, clause text, standing text, state text, ground text, since date, asked_on date,
  answered_on date, answer_days integer, digest text) LANGUAGE sql STABLE AS $$
  SELECT a.id, a.city_id, coalesce(a.controller_id, a.owner_id), d.rulebook, d.clause, d.standing, s.state,
    CASE WHEN s.state = w.state THEN w.ground END,
    CASE WHEN s.state IN ('asked', 'no_answer') THEN q.asked_on WHEN s.state = w.state THEN w.done_on END,
    q.asked_on, r.answered_on, r.answered_on - r.done_on, d.digest
  FROM asset a
  LEFT JOIN LATERAL (
    SELECT c.rulebook, c.clause, c.standing, c.digest FROM duty_current c
    WHERE c.asset_id = a.id AND c.effect = 'open'
    ORDER BY array_position(ARRAY['binds', 'conditions_not_shown', 'scope_not_shown', 'exempt', 'encouraged', 'draft'],
      c.standing), c.by_reference, c.rulebook, c.clause LIMIT 1) d ON true
  LEFT JOIN LATERAL (
    SELECT l.ground, l.done_on, CASE l.act WHEN 'opened' THEN 'open' WHEN 'exempted' THEN 'exempt' ELSE l.act END AS state
    FROM opening_live(a.id) l WHERE l.act <> 'asked'
    ORDER BY l.done_on DESC, l.id DESC LIMIT 1) w ON true
  LEFT JOIN LATERAL (
    SELECT min(o.done_on) AS asked_on FROM opening_requests(a.id) o WHERE o.answered_on IS NULL) q ON true
  LEFT JOIN LATERAL (
    SELECT o.done_on, o.answered_on FROM opening_requests(a.id) o WHERE o.answered_on IS NOT NULL
    ORDER BY o.answered_on DESC, o.id DESC LIMIT 1) r ON true
  LEFT JOIN opening_target t ON t.city_id = a.city_id
  CROSS JOIN LATERAL (SELECT CASE
    WHEN w.state IN ('open', 'exempt') THEN w.state
    WHEN d.standing = 'exempt' AND w.state IS NULL THEN 'exempt'
    WHEN q.asked_on + t.days < coalesce(on_day, area_day(a.city_id)) THEN 'no_answer'
    WHEN q.asked_on IS NOT NULL THEN 'asked'
    ELSE coalesce(w.state, 'not_asked') END AS state) s
  WHERE a.id = ANY (ids) AND a.status <> 'retired' AND (a.kind IN ('public_building', 'pole')
    OR d.standing IS NOT NULL OR w.state IS NOT NULL OR q.asked_on IS NOT NULL) $$;

-- Writes only the rows that differ; how many did.
CREATE OR REPLACE FUNCTION opening_refresh(ids bigint[], on_day date DEFAULT NULL)
RETURNS integer LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE differing integer;
BEGIN
  -- Whoever else writes these rows is waited for, always in the same order, and what he wrote is read afterwards:
  -- a ledger computed before he committed would put his answer out of it again.
  PERFORM 1 FROM opening_current c WHERE c.asset_id = ANY (ids) ORDER BY c.asset_id FOR UPDATE;
  WITH ledger AS MATERIALIZED (SELECT * FROM opening_of(ids, on_day) ORDER BY asset_id),
  gone AS (DELETE FROM opening_current c WHERE c.asset_id = ANY (ids)
    AND NOT EXISTS (SELECT 1 FROM ledger l WHERE l.asset_id = c.asset_id) RETURNING 1),
  put AS (INSERT INTO opening_current AS c (asset_id, city_id, controller_id, rulebook, clause, standing, state, ground,
      since, asked_on, answered_on, answer_days, digest)
    SELECT * FROM ledger
    ON CONFLICT (asset_id) DO UPDATE SET city_id = excluded.city_id, controller_id = excluded.controller_id,
      rulebook = excluded.rulebook, clause = excluded.clause, standing = excluded.standing, state = excluded.state,
      ground = excluded.ground, since = excluded.since, asked_on = excluded.asked_on,
      answered_on = excluded.answered_on, answer_days = excluded.answer_days, digest = excluded.digest,
      computed_at = now()
    WHERE (c.city_id, c.controller_id, c.rulebook, c.clause, c.standing, c.state, c.ground, c.since, c.asked_on,
        c.answered_on, c.answer_days, c.digest)
      IS DISTINCT FROM (excluded.city_id, excluded.controller_id, excluded.rulebook, excluded.clause,
        excluded.standing, excluded.state, excluded.ground, excluded.since, excluded.asked_on, excluded.answered_on,
        excluded.answer_days, excluded.digest)
    RETURNING 1)
  SELECT (SELECT count(*) FROM gone) + (SELECT count(*) FROM put) INTO differing;
  IF differing > 0 THEN
    INSERT INTO layer_change (layer, mark) VALUES ('opening', (random() * 1e15)::bigint + 1);
  END IF;
  RETURN differing;
END $$;
REVOKE ALL ON FUNCTION opening_refresh(bigint[], date) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION opening_refresh(bigint[], date) TO registry_service;

-- Whoever writes an event, an asset or a target finds the ledger in step in the same transaction; whoever computes
-- duties asks for it once they are written.
CREATE OR REPLACE FUNCTION opening_follows() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
DECLARE ids bigint[];
BEGIN
  IF TG_TABLE_NAME = 'opening_event' THEN
    SELECT array_agg(DISTINCT w.asset_id) INTO ids FROM rows_written w;
  ELSIF TG_TABLE_NAME = 'opening_target' THEN
    SELECT array_agg(c.asset_id) INTO ids FROM opening_current c
    WHERE c.asked_on IS NOT NULL AND c.city_id IN (SELECT w.city_id FROM rows_written w);
  ELSIF TG_OP = 'INSERT' THEN
    SELECT array_agg(w.id) INTO ids FROM rows_written w WHERE w.kind IN ('public_building', 'pole');
  ELSE
    SELECT array_agg(w.id) INTO ids FROM rows_written w JOIN rows_before b ON b.id = w.id
    WHERE (w.kind IN ('public_building', 'pole') OR EXISTS (SELECT 1 FROM opening_current c WHERE c.asset_id = w.id))
      AND (w.status, w.city_id, w.owner_id, w.controller_id)
        IS DISTINCT FROM (b.status, b.city_id, b.owner_id, b.controller_id);
  END IF;
  IF ids IS NOT NULL THEN PERFORM opening_refresh(ids); END IF;
  RETURN NULL;
END $$;
DO $$ DECLARE t text; BEGIN
  FOREACH t IN ARRAY ARRAY['opening_event', 'opening_target', 'asset'] LOOP
    EXECUTE format('DROP TRIGGER IF EXISTS followed_insert ON %I', t);
    EXECUTE format('CREATE TRIGGER followed_insert AFTER INSERT ON %I REFERENCING NEW TABLE AS rows_written
                    FOR EACH STATEMENT EXECUTE FUNCTION opening_follows()', t);
    EXECUTE format('DROP TRIGGER IF EXISTS followed_update ON %I', t);
    EXECUTE format('CREATE TRIGGER followed_update AFTER UPDATE ON %I
                    REFERENCING OLD TABLE AS rows_before NEW TABLE AS rows_written
                    FOR EACH STATEMENT EXECUTE FUNCTION opening_follows()', t);
    CONTINUE WHEN t IN ('opening_event', 'asset');
    EXECUTE format('DROP TRIGGER IF EXISTS followed_delete ON %I', t);
    EXECUTE format('CREATE TRIGGER followed_delete AFTER DELETE ON %I REFERENCING OLD TABLE AS rows_written
                    FOR EACH STATEMENT EXECUTE FUNCTION opening_follows()', t);
  END LOOP;
END $$;
