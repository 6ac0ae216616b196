-- Old codes: an alias is shown to whoever is shown the thing itself, so it never tells that something hidden exists.

GRANT SELECT ON code_alias TO registry_public, registry_member, registry_service;
CREATE POLICY seen ON code_alias FOR SELECT TO registry_public USING (CASE
  WHEN thing IN ('room', 'cable') THEN EXISTS (SELECT 1 FROM asset t WHERE t.code = code_alias.code)
  WHEN thing = 'run' THEN EXISTS (SELECT 1 FROM coverage_run t WHERE t.code = code_alias.code)
  WHEN thing = 'claim' THEN EXISTS (SELECT 1 FROM coverage_claim t WHERE t.code = code_alias.code)
  ELSE false END);
CREATE POLICY seen_member ON code_alias FOR SELECT TO registry_member USING (CASE
  WHEN (SELECT i_am('auditor')) THEN true  -- reads the codes in the audit as well
  WHEN thing IN ('room', 'cable') THEN EXISTS (SELECT 1 FROM asset t WHERE t.code = code_alias.code)
  WHEN thing = 'run' THEN EXISTS (SELECT 1 FROM coverage_run t WHERE t.code = code_alias.code)
  WHEN thing = 'claim' THEN EXISTS (SELECT 1 FROM coverage_claim t WHERE t.code = code_alias.code)
  WHEN thing = 'works' THEN EXISTS (SELECT 1 FROM project t WHERE t.code = code_alias.code)
  WHEN thing = 'job' THEN EXISTS (SELECT 1 FROM job t WHERE t.code = code_alias.code)
  WHEN thing = 'campaign' THEN EXISTS (SELECT 1 FROM campaign t WHERE t.code = code_alias.code)
  WHEN thing = 'grant' THEN EXISTS (SELECT 1 FROM place_grant t WHERE t.code = code_alias.code)
  ELSE false END);
CREATE POLICY served ON code_alias FOR SELECT TO registry_service USING (true);
