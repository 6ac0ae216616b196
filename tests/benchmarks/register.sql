-- A register of 1,000,000 synthetic assets around five cities, written set-wise with triggers off; what the
-- triggers would derive is built afterwards with the product's own functions (and compared on a sample).
SELECT setseed(0.20261122);

CREATE TEMP TABLE city (n integer, code text, name text, lon double precision, lat double precision, upto double precision);
INSERT INTO city VALUES (1, '370800', '济宁', 116.587, 35.415, 0.25), (2, '360600', '鹰潭', 117.030, 28.240, 0.37),
  (3, '510100', '成都', 104.066, 30.573, 0.70), (4, '220200', '吉林', 126.550, 43.840, 0.85),
  (5, '640100', '银川', 106.230, 38.487, 1.01);
-- 70 % public points, 20 % for seekers, 9 % inside grants only, 1 % withheld (half of the rooms).
CREATE TEMP TABLE share (kind text, letter text, line boolean, upto double precision);
INSERT INTO share VALUES ('pole', 'P', false, 0.36), ('tower', 'T', false, 0.44), ('wifi_zone', 'W', false, 0.50),
  ('public_building', 'G', false, 0.62), ('premises', 'E', false, 0.70), ('base_station', 'B', false, 0.90),
  ('chamber', 'C', false, 0.94), ('duct', 'D', true, 0.965), ('cable', 'L', true, 0.98), ('room', 'R', false, 1.01);

INSERT INTO area (scheme, code, name, level) SELECT 'gb2260', code, name || '市', 'city' FROM city;
INSERT INTO area_boundary (area_id, geom)
SELECT a.id, ST_Multi(ST_MakeEnvelope(c.lon - 1, c.lat - 1, c.lon + 1, c.lat + 1, 4326))
FROM city c JOIN area a ON a.code = c.code;
INSERT INTO party (code, name, kind)
SELECT 'BENCH' || lpad(i::text, 2, '0'), '基准单位' || i, 'carrier' FROM generate_series(1, 51) AS i;

CREATE TEMP TABLE drawn AS
SELECT i, (SELECT min(c.n) FROM city c WHERE r.u1 < c.upto) AS city,
       (SELECT s.kind FROM share s WHERE r.u2 < s.upto ORDER BY s.upto LIMIT 1) AS kind,
       CASE WHEN u3 < 0.2 THEN 0.1 ELSE 0.25 END * sqrt(least(-2 * ln(1 - u4), 12)) AS away, 2 * pi() * u5 AS turn,
       u6, u7, 1 + floor(u7 * 50)::bigint AS owner_no, 1 + floor(u6 * 50)::bigint AS operator_no
FROM (SELECT i, random() AS u1, random() AS u2, random() AS u3, random() AS u4, random() AS u5, random() AS u6,
             random() AS u7 FROM generate_series(1, :count) AS i OFFSET 0) AS r;
ANALYZE drawn;

-- Codes: a bijection of the number, so unique, in the product's alphabet and in no order.
CREATE FUNCTION pg_temp.code_of(letter text, i bigint) RETURNS text LANGUAGE sql IMMUTABLE AS $$
  SELECT letter || '-' || string_agg(substr('0123456789ABCDEFGHJKMNPQRSTVWXYZ',
    ((i * 3141592653589 % 1125899906842624) >> (5 * k) & 31)::integer + 1, 1), '' ORDER BY k) FROM generate_series(0, 9) AS k $$;

INSERT INTO asset (id, code, kind, name, status, owner_id, operator_id, city_id, publication_id, access_class,
                   withheld_reason, withheld_review_on, owner_ref, sample)
OVERRIDING SYSTEM VALUE
SELECT d.i, pg_temp.code_of(s.letter, d.i), d.kind, c.name || d.kind || d.i,
       (ARRAY['planned', 'building', 'accepted', 'idle', 'in_use'])[least(5, 1 + floor(d.u7 * 25))::integer],
       owner.id, operator.id, a.id, p.id, h.access_class,
       CASE WHEN h.access_class = 'P4' THEN 'benchmark' END, CASE WHEN h.access_class = 'P4' THEN date '2030-01-01' END,
       'bench-' || d.i, true
FROM drawn d JOIN city c ON c.n = d.city JOIN area a ON a.code = c.code JOIN share s ON s.kind = d.kind
JOIN publication p ON p.kind = d.kind AND p.area_id IS NULL
JOIN party owner ON owner.code = 'BENCH' || lpad(d.owner_no::text, 2, '0')
LEFT JOIN party operator ON operator.code = 'BENCH' || lpad(d.operator_no::text, 2, '0') AND d.u7 > 0.1,
LATERAL (SELECT CASE WHEN d.kind = 'room' AND d.u6 < 0.5 THEN 'P4' ELSE p.access_class END AS access_class) AS h
ORDER BY d.i;
SELECT setval(pg_get_serial_sequence('asset', 'id'), (SELECT max(id) FROM asset));

INSERT INTO asset_place (asset_id, level, geom, cell, precision_m, kind, status, code, name, owner_id, operator_id,
                         city_id, publication_id, access_class)
SELECT a.id, 'exact', g.geom, place_cell(g.geom), 0, a.kind, a.status, a.code, a.name, a.owner_id, a.operator_id,
       a.city_id, a.publication_id, a.access_class
FROM drawn d JOIN city c ON c.n = d.city JOIN share s ON s.kind = d.kind JOIN asset a ON a.id = d.i,
LATERAL (SELECT c.lon + d.away * cos(d.turn) AS lon, c.lat + 0.8 * d.away * sin(d.turn) AS lat OFFSET 0) AS at,
LATERAL (SELECT ST_SetSRID(CASE WHEN s.line THEN ST_MakeLine(ARRAY[ST_MakePoint(at.lon, at.lat),
           ST_MakePoint(at.lon + 0.001 * (0.2 + d.u6), at.lat + 0.0005),
           ST_MakePoint(at.lon + 0.002, at.lat + 0.002 * (d.u7 - 0.5))])
         ELSE ST_MakePoint(at.lon, at.lat) END, 4326) AS geom OFFSET 0) AS g
ORDER BY a.id;
ANALYZE asset, asset_place;

-- Details: one row per asset in the table of its kind.
INSERT INTO asset_pole (asset_id, use, height_m) SELECT i, 'street_light', 6 + u6 * 6 FROM drawn WHERE kind = 'pole';
INSERT INTO asset_tower (asset_id, structure_type, height_m) SELECT i, 'monopole', 20 + u6 * 40 FROM drawn WHERE kind = 'tower';
INSERT INTO asset_wifi_zone (asset_id, ssid, free, reach_m) SELECT i, 'free-' || i, true, 50 FROM drawn WHERE kind = 'wifi_zone';
INSERT INTO asset_public_building (asset_id, form, venue) SELECT i, 'building', 'school' FROM drawn WHERE kind = 'public_building';
INSERT INTO asset_premises (asset_id, premises_type, household_count) SELECT i, 'residential', 50 + u6 * 900 FROM drawn WHERE kind = 'premises';
INSERT INTO asset_base_station (asset_id) SELECT i FROM drawn WHERE kind = 'base_station';
INSERT INTO asset_chamber (asset_id, chamber_type) SELECT i, 'manhole' FROM drawn WHERE kind = 'chamber';
INSERT INTO asset_duct (asset_id, bore_count) SELECT i, 4 FROM drawn WHERE kind = 'duct';
INSERT INTO asset_cable (asset_id, laying) SELECT i, 'buried' FROM drawn WHERE kind = 'cable';
INSERT INTO asset_room (asset_id, rack_count) SELECT i, 12 FROM drawn WHERE kind = 'room';
