-- Who is asking: readers of the settings a use case makes for its transaction.
-- Policies call them inside a scalar subselect, so that each runs once per statement.

CREATE OR REPLACE FUNCTION my_user() RETURNS bigint LANGUAGE sql STABLE PARALLEL SAFE AS
$$ SELECT coalesce(nullif(current_setting('registry.user', true), ''), '0')::bigint $$;

CREATE OR REPLACE FUNCTION my_party() RETURNS bigint LANGUAGE sql STABLE PARALLEL SAFE AS
$$ SELECT coalesce(nullif(current_setting('registry.party', true), ''), '0')::bigint $$;

CREATE OR REPLACE FUNCTION my_roles() RETURNS text[] LANGUAGE sql STABLE PARALLEL SAFE AS
$$ SELECT string_to_array(coalesce(current_setting('registry.roles', true), ''), ',') $$;

CREATE OR REPLACE FUNCTION i_am(role text) RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE AS
$$ SELECT role = ANY (my_roles()) $$;

CREATE OR REPLACE FUNCTION regulates_all() RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE AS
$$ SELECT coalesce(current_setting('registry.regulated', true), '') = '*' $$;

CREATE OR REPLACE FUNCTION regulated_cities() RETURNS bigint[] LANGUAGE sql STABLE PARALLEL SAFE AS
$$ SELECT CASE WHEN coalesce(current_setting('registry.regulated', true), '') IN ('', '*') THEN '{}'::bigint[]
               ELSE string_to_array(current_setting('registry.regulated', true), ',')::bigint[] END $$;

-- Live grants of my party.
CREATE OR REPLACE FUNCTION my_grants() RETURNS bigint[] LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS
$$ SELECT coalesce(array_agg(g.id), '{}') FROM place_grant g
   WHERE g.party_id = my_party() AND my_party() <> 0 AND g.revoked_at IS NULL
     AND now() >= g.starts_at AND now() < g.ends_at $$;

-- Assets a live grant of my party opens; the end of a grant counts from the next statement on.
CREATE OR REPLACE FUNCTION granted_assets() RETURNS SETOF bigint LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = public, pg_temp AS
$$ SELECT ga.asset_id FROM place_grant g JOIN place_grant_asset ga ON ga.grant_id = g.id
   WHERE g.party_id = my_party() AND my_party() <> 0 AND g.revoked_at IS NULL
     AND now() >= g.starts_at AND now() < g.ends_at $$;
