-- The peer's table: the rows and columns the anonymous reader gets, without row security.
DROP SCHEMA IF EXISTS bench CASCADE;
CREATE SCHEMA bench;
CREATE TABLE bench.plain AS
SELECT p.asset_id AS id, p.code, p.kind, p.status, CASE WHEN named.access_class IN ('P0', 'P1') THEN p.name END AS name,
       CASE WHEN operated.access_class IN ('P0', 'P1') THEN o.code END AS operator, p.level, p.precision_m, p.geom
FROM asset_place p LEFT JOIN party o ON o.id = p.operator_id
JOIN publication_field named ON named.publication_id = p.publication_id AND named.field = 'name'
JOIN publication_field operated ON operated.publication_id = p.publication_id AND operated.field = 'operator'
WHERE (p.level = 'exact' AND p.access_class = 'P1') OR (p.level = 'cell' AND p.access_class IN ('P2', 'P3'))
ORDER BY p.asset_id;
ALTER TABLE bench.plain ADD PRIMARY KEY (id);
CREATE INDEX ON bench.plain USING gist (geom);
ALTER SCHEMA bench OWNER TO registry_owner;
ALTER TABLE bench.plain OWNER TO registry_owner;
