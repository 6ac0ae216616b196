-- Taking sample data away again. Only rows marked as samples go; what something real refers to stays and is counted.

CREATE OR REPLACE FUNCTION remove_samples() RETURNS jsonb LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
DECLARE ids bigint[]; row_id bigint; gone jsonb := '{}'; n bigint; kept bigint := 0;
BEGIN
  SELECT coalesce(array_agg(id), '{}') INTO ids FROM asset WHERE sample AND NOT EXISTS (
    SELECT 1 FROM asset h WHERE h.host_id = asset.id AND NOT h.sample);
  -- Analyses that rest on sample assets rest on nothing once these are gone.
  WITH gone_run AS (DELETE FROM coverage_run r WHERE EXISTS (
    SELECT 1 FROM coverage_gap g WHERE g.run_id = r.id AND g.asset_id = ANY (ids))
    OR coalesce((r.summary #>> '{key_areas,list,sample}')::boolean, false)
    OR (r.ended_at IS NULL AND EXISTS (
      SELECT 1 FROM asset_area m WHERE m.area_id = r.area_id AND m.asset_id = ANY (ids)))
    OR (r.method = 'radio' AND (coalesce((r.summary -> 'internal' ->> 'samples')::boolean, false)
      OR EXISTS (SELECT 1 FROM remedy m WHERE m.run_id IN (r.id, r.same_as_id) AND m.asset_id = ANY (ids))
      OR EXISTS (SELECT 1 FROM remedy m JOIN project j ON j.id = m.project_id
                 WHERE m.run_id IN (r.id, r.same_as_id) AND j.sample)))
    RETURNING r.job_id)
  UPDATE job j SET cancel_asked = true, state = CASE j.state WHEN 'waiting' THEN 'cancelled' ELSE j.state END,
    ended_at = CASE j.state WHEN 'waiting' THEN now() END
    FROM gone_run g WHERE j.id = g.job_id AND j.state IN ('waiting', 'running');
  DELETE FROM agreement WHERE asset_id = ANY (ids) AND sample;
  UPDATE asset SET host_id = NULL, project_id = NULL WHERE id = ANY (ids)
    AND (host_id IS NOT NULL OR project_id IS NOT NULL);
  UPDATE allocation SET tenant_asset_id = NULL, agreement_id = NULL WHERE tenant_asset_id = ANY (ids);
  DELETE FROM duct_end WHERE asset_id = ANY (ids);
  SELECT array_agg(x) INTO ids FROM unnest(ids) AS x WHERE NOT EXISTS (SELECT 1 FROM agreement g WHERE g.asset_id = x)
    AND NOT EXISTS (SELECT 1 FROM case_file c WHERE c.asset_id = x)
    AND NOT EXISTS (SELECT 1 FROM duct_end e WHERE x IN (e.from_chamber_id, e.to_chamber_id));
  DELETE FROM asset WHERE id = ANY (ids);
  GET DIAGNOSTICS n = ROW_COUNT;
  gone := gone || jsonb_build_object('assets', n);
  DELETE FROM coverage_claim WHERE sample;  -- challenges go with their claim
  DELETE FROM coverage_measurement WHERE sample;
  DELETE FROM key_area WHERE sample;
  DELETE FROM campaign WHERE sample;
  -- A target set by the samples says so itself.
  DELETE FROM opening_target WHERE note LIKE '示例数据%';
  DELETE FROM project p WHERE sample AND NOT EXISTS (SELECT 1 FROM asset a WHERE a.project_id = p.id);
  GET DIAGNOSTICS n = ROW_COUNT;
  gone := gone || jsonb_build_object('projects', n);
  DELETE FROM inhabited i USING source s WHERE s.id = i.source_id AND s.sample;
  GET DIAGNOSTICS n = ROW_COUNT;
  gone := gone || jsonb_build_object('inhabited', n);
  n := 0;
  FOR row_id IN SELECT id FROM user_account WHERE sample ORDER BY id LOOP
    BEGIN DELETE FROM user_account WHERE id = row_id; n := n + 1;
    EXCEPTION WHEN foreign_key_violation THEN
      UPDATE user_account SET active = false WHERE id = row_id; kept := kept + 1;
    END;
  END LOOP;
  gone := gone || jsonb_build_object('accounts', n);
  n := 0;
  FOR row_id IN SELECT id FROM party WHERE sample ORDER BY id LOOP
    BEGIN DELETE FROM party WHERE id = row_id; n := n + 1;
    EXCEPTION WHEN foreign_key_violation THEN kept := kept + 1;
    END;
  END LOOP;
  FOR row_id IN SELECT a.id FROM area a JOIN source s ON s.id = a.source_id WHERE s.sample AND a.scheme = 'zone' LOOP
    BEGIN DELETE FROM area WHERE id = row_id;
    EXCEPTION WHEN foreign_key_violation THEN kept := kept + 1;
    END;
  END LOOP;
  FOR row_id IN SELECT id FROM source WHERE sample ORDER BY id LOOP
    BEGIN DELETE FROM source WHERE id = row_id;
    EXCEPTION WHEN foreign_key_violation THEN NULL;  -- rough outlines stay while they are the boundary
    END;
  END LOOP;
  RETURN gone || jsonb_build_object('parties', n, 'kept', kept + (SELECT count(*) FROM asset WHERE sample));
END $$;

REVOKE ALL ON FUNCTION remove_samples() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION remove_samples() TO registry_service;
