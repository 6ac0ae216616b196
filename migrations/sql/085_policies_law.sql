-- Row security of the law: documents, evidence, duties, answers about opening, targets, clocks, campaigns.

DO $$ DECLARE t text; BEGIN
  FOREACH t IN ARRAY ARRAY['law_document', 'key_area', 'evidence', 'duty_current', 'opening_event', 'opening_current',
      'opening_target', 'clock', 'campaign', 'letter', 'letter_asset', 'asset_act'] LOOP
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO registry_service', t);
    EXECUTE format('CREATE POLICY served ON %I FOR ALL TO registry_service USING (true) WITH CHECK (true)', t);
  END LOOP;
  FOREACH t IN ARRAY ARRAY['key_area', 'opening_target'] LOOP
    EXECUTE format('GRANT SELECT ON %I TO registry_public, registry_member', t);
    EXECUTE format('CREATE POLICY readable ON %I FOR SELECT USING (true)', t);
    EXECUTE format('GRANT INSERT, UPDATE, DELETE ON %I TO registry_member', t);
    EXECUTE format($p$CREATE POLICY kept ON %I FOR ALL TO registry_member
      USING (regulates_area(city_id)) WITH CHECK (regulates_area(city_id))$p$, t);
  END LOOP;
END $$;

-- What is in force is for everyone; what is proposed for those who decide on it, and nobody decides on his own.
CREATE OR REPLACE FUNCTION keeps_law() RETURNS boolean LANGUAGE sql STABLE AS
$$ SELECT regulates_all() OR cardinality(regulated_cities()) > 0 OR i_am('system_admin') $$;
-- Who put a file forward or decided on it, by name: for those who decide, and of nobody else.
CREATE OR REPLACE FUNCTION law_person(person bigint) RETURNS text LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = public, pg_temp AS
$$ SELECT u.name FROM user_account u WHERE u.id = person AND keeps_law()
   AND EXISTS (SELECT 1 FROM law_document d WHERE person IN (d.proposed_by, d.decided_by)) $$;
GRANT SELECT ON law_document TO registry_public, registry_member;
GRANT INSERT, UPDATE ON law_document TO registry_member;
CREATE POLICY in_force ON law_document FOR SELECT USING (state IN ('in_force', 'replaced'));
CREATE POLICY kept ON law_document FOR SELECT TO registry_member USING (keeps_law());
CREATE POLICY proposed ON law_document FOR INSERT TO registry_member
  WITH CHECK (keeps_law() AND state = 'proposed' AND proposed_by = my_user() AND decided_by IS NULL);
-- Approving also marks the document that is replaced; the table's CHECK keeps the two persons apart.
CREATE POLICY decided ON law_document FOR UPDATE TO registry_member
  USING ((regulates_all() OR i_am('system_admin')) AND state IN ('proposed', 'in_force'))
  WITH CHECK (regulates_all() OR i_am('system_admin'));

-- Whether the reader sees a subject of the law: an asset at its exact place, works, an agreement, a key area.
-- One branch runs, so that the public is not asked for rights on tables it never reads.
CREATE OR REPLACE FUNCTION sees_subject(asset bigint, project bigint, agreement bigint, area bigint) RETURNS boolean
LANGUAGE plpgsql STABLE AS $$
BEGIN
  IF asset IS NOT NULL THEN
    RETURN EXISTS (SELECT 1 FROM asset_place p WHERE p.asset_id = sees_subject.asset AND p.level = 'exact');
  ELSIF area IS NOT NULL THEN
    RETURN EXISTS (SELECT 1 FROM key_area k WHERE k.id = area);
  ELSIF current_setting('role', true) = 'registry_public' THEN RETURN false;
  ELSIF project IS NOT NULL THEN
    RETURN EXISTS (SELECT 1 FROM project w WHERE w.id = sees_subject.project);
  END IF;
  RETURN EXISTS (SELECT 1 FROM agreement g WHERE g.id = sees_subject.agreement);
END $$;
-- Whether the reader keeps it: its owner, operator or controlling body as an editor, its builder, the regulator of
-- its city.
CREATE OR REPLACE FUNCTION keeps_subject(asset bigint, project bigint, agreement bigint, area bigint) RETURNS boolean
LANGUAGE sql STABLE AS $$
  SELECT CASE WHEN asset IS NOT NULL THEN EXISTS (
                SELECT 1 FROM asset a WHERE a.id = asset
                  AND (may_edit(a.owner_id, a.operator_id, a.city_id) OR may_edit(a.controller_id, NULL, a.city_id)))
              WHEN project IS NOT NULL THEN EXISTS (
                SELECT 1 FROM project w WHERE w.id = project AND may_edit(w.builder_id, NULL, w.city_id))
              WHEN agreement IS NOT NULL THEN EXISTS (
                SELECT 1 FROM agreement g JOIN asset a ON a.id = g.asset_id
                WHERE g.id = agreement AND may_edit(a.owner_id, a.operator_id, a.city_id))
              ELSE EXISTS (SELECT 1 FROM key_area k WHERE k.id = area AND regulates_area(k.city_id)) END $$;

GRANT SELECT, INSERT ON evidence TO registry_member;
CREATE POLICY kept ON evidence FOR SELECT TO registry_member
  USING (keeps_subject(asset_id, project_id, agreement_id, key_area_id));
CREATE POLICY shown ON evidence FOR INSERT TO registry_member
  WITH CHECK (keeps_subject(asset_id, project_id, agreement_id, key_area_id) AND recorded_by = my_user());

-- Duties of agreements and works are for those who see these; the public reads those of what it sees exactly.
-- Projections are written by the product alone: whatever changes a fact asks the service to compute anew.
GRANT SELECT ON duty_current, opening_current TO registry_public, registry_member;
GRANT SELECT ON project, agreement TO registry_public;  -- named in lists of duties; without a policy it finds none
-- A duty tells the published fields it rests on (rules/masking.py): "needs" is the standing that shows them all.
-- 4: owner, operator, regulator of the city; 3: inside a live grant; 2: a seeker; 1: anyone.
CREATE OR REPLACE FUNCTION my_standing() RETURNS integer LANGUAGE sql STABLE AS $$
  SELECT CASE WHEN current_setting('role', true) = 'registry_service' OR regulates_all() THEN 4
    WHEN i_am('seeker') THEN 2 ELSE 1 END $$;
CREATE OR REPLACE FUNCTION tied_to(subject bigint, needs integer) RETURNS boolean LANGUAGE plpgsql STABLE AS $$
BEGIN
  RETURN EXISTS (SELECT 1 FROM asset a WHERE a.id = subject AND (sees_whole(a.owner_id, a.operator_id, a.city_id)
    OR (needs <= 3 AND a.id IN (SELECT granted_assets()))));
END $$;
-- Whether the reader is told of a duty that was not stored: of this subject, where it needs this standing.
CREATE OR REPLACE FUNCTION told_of(sort text, subject bigint, needs integer) RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT sees_subject(CASE sort WHEN 'asset' THEN subject END, CASE sort WHEN 'project' THEN subject END,
      CASE sort WHEN 'agreement' THEN subject END, CASE sort WHEN 'area' THEN subject END)
    AND (needs <= my_standing() OR CASE sort WHEN 'asset' THEN tied_to(subject, needs) WHEN 'area' THEN EXISTS (
        SELECT 1 FROM key_area k WHERE k.id = subject AND regulates_area(k.city_id)) ELSE true END) $$;
CREATE POLICY seen ON duty_current FOR SELECT TO registry_public
  USING (needs <= 1 AND (key_area_id IS NOT NULL OR EXISTS (
      SELECT 1 FROM asset_place p WHERE p.asset_id = duty_current.asset_id AND p.level = 'exact')));
CREATE POLICY seen_member ON duty_current FOR SELECT TO registry_member
  USING ((asset_id IS NOT NULL AND EXISTS (
      SELECT 1 FROM asset_place p WHERE p.asset_id = duty_current.asset_id AND p.level = 'exact')
      AND (needs <= (SELECT my_standing()) OR tied_to(asset_id, needs)))
    OR (key_area_id IS NOT NULL AND (needs <= (SELECT my_standing()) OR regulates_area(city_id)))
    OR (asset_id IS NULL AND key_area_id IS NULL AND sees_subject(NULL, project_id, agreement_id, NULL)));
CREATE POLICY seen ON opening_current FOR SELECT USING (EXISTS (
  SELECT 1 FROM asset_place p WHERE p.asset_id = opening_current.asset_id AND p.level = 'exact'));

-- Answers: the two parties, those who keep the building, regulators. Everyone else reads the state they lead to.
-- Who asked takes his request back, who keeps the asset his answer, the regulator an exemption.
CREATE OR REPLACE FUNCTION may_take_back(event bigint, subject bigint) RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT EXISTS (SELECT 1 FROM opening_event e JOIN asset a ON a.id = e.asset_id
    WHERE e.id = event AND e.asset_id = subject AND CASE e.act WHEN 'asked' THEN my_party() <> 0 AND e.asker_id = my_party()
      WHEN 'exempted' THEN regulates_area(a.city_id) ELSE keeps_subject(e.asset_id, NULL, NULL, NULL) END) $$;
GRANT SELECT, INSERT ON opening_event TO registry_member;
CREATE POLICY seen ON opening_event FOR SELECT TO registry_member
  USING ((my_party() <> 0 AND asker_id = my_party()) OR keeps_subject(asset_id, NULL, NULL, NULL));
CREATE POLICY asked ON opening_event FOR INSERT TO registry_member WITH CHECK (
  recorded_by = my_user() AND CASE WHEN act = 'asked'
    THEN my_party() <> 0 AND asker_id = my_party() AND sees_subject(asset_id, NULL, NULL, NULL)
    -- An exemption is the regulator's to record, and his to take back: the holder cannot exempt himself.
    WHEN act = 'exempted' THEN EXISTS (SELECT 1 FROM asset a WHERE a.id = asset_id AND regulates_area(a.city_id))
    WHEN act = 'withdrawn' THEN may_take_back(answers_id, asset_id)
    ELSE keeps_subject(asset_id, NULL, NULL, NULL) END);

-- Relocations and alterations: for those who keep the asset.
GRANT SELECT, INSERT ON asset_act TO registry_member;
CREATE POLICY seen ON asset_act FOR SELECT TO registry_member USING (keeps_subject(asset_id, NULL, NULL, NULL));
CREATE POLICY done ON asset_act FOR INSERT TO registry_member
  WITH CHECK (keeps_subject(asset_id, NULL, NULL, NULL) AND recorded_by = my_user());

GRANT SELECT, INSERT, UPDATE ON clock TO registry_member;
CREATE POLICY seen ON clock FOR ALL TO registry_member USING (
  EXISTS (SELECT 1 FROM opening_event o WHERE o.id = opening_event_id)
  OR EXISTS (SELECT 1 FROM case_file f WHERE f.id = case_id));

GRANT SELECT, INSERT, UPDATE ON campaign, letter, letter_asset TO registry_member;
CREATE POLICY kept ON campaign FOR ALL TO registry_member
  USING (regulates_area(city_id)) WITH CHECK (regulates_area(city_id));
CREATE POLICY kept ON letter FOR ALL TO registry_member
  USING (EXISTS (SELECT 1 FROM campaign c WHERE c.id = campaign_id AND regulates_area(c.city_id)))
  WITH CHECK (EXISTS (SELECT 1 FROM campaign c WHERE c.id = campaign_id AND regulates_area(c.city_id)));
CREATE POLICY own ON letter FOR SELECT TO registry_member USING (my_party() <> 0 AND party_id = my_party());
-- Its owner reads his letter; what he answers comes by the link, through the product.
CREATE POLICY kept ON letter_asset FOR ALL TO registry_member
  USING (EXISTS (SELECT 1 FROM letter l JOIN campaign c ON c.id = l.campaign_id
    WHERE l.id = letter_id AND regulates_area(c.city_id)))
  WITH CHECK (EXISTS (SELECT 1 FROM letter l JOIN campaign c ON c.id = l.campaign_id
    WHERE l.id = letter_id AND regulates_area(c.city_id)));
CREATE POLICY own ON letter_asset FOR SELECT TO registry_member
  USING (EXISTS (SELECT 1 FROM letter l WHERE l.id = letter_id AND my_party() <> 0 AND l.party_id = my_party()));
