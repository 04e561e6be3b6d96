-- dialect: postgres. What types come of mixing others; small and wide numbers; Booleans; order and comparison of all kinds.
SELECT id, sm / 2, sm % 3 FROM big WHERE id <> 3 ORDER BY id
SELECT ok < TRUE, ok = FALSE, ok <> ok, ok >= FALSE FROM t ORDER BY id
SELECT id FROM t ORDER BY ok, id
SELECT id FROM t ORDER BY ok DESC, a DESC, id
SELECT ok AND a > 0, ok OR a > 0, NOT ok, ok IS NULL FROM t ORDER BY id
SELECT coalesce(a, b, 0), coalesce(m, a), coalesce(f, a), coalesce(s, 'none') FROM t ORDER BY id
SELECT a FROM t WHERE id < 4 UNION ALL SELECT f FROM t WHERE id < 4
SELECT a FROM t WHERE id < 4 UNION SELECT b FROM t WHERE id < 4 ORDER BY 1
SELECT m FROM t WHERE id < 4 UNION ALL SELECT f FROM t WHERE id < 4
SELECT d FROM t WHERE id < 4 UNION ALL SELECT ts FROM t WHERE id < 4
SELECT x FROM (VALUES (1), (2.5), (NULL)) v(x)
SELECT CASE WHEN id = 1 THEN a WHEN id = 2 THEN f ELSE NULL END FROM t ORDER BY id
SELECT CASE WHEN id = 1 THEN m ELSE f END FROM t ORDER BY id
SELECT greatest(a, m), least(a, f), greatest(d, ts) FROM t ORDER BY id
SELECT a IN (7.0, 3), a IN (7.5), m IN (1.25, 2.5), f IN (1.5, 2) FROM t ORDER BY id
SELECT a = 7.0, a > 2.5, a = 7.5, m = 1.25::float8, m > f FROM t ORDER BY id
SELECT a BETWEEN 1.5 AND 7.5, m BETWEEN 0 AND 2, f BETWEEN -1 AND 1 FROM t ORDER BY id
SELECT id FROM t WHERE s > 'apple' ORDER BY id
SELECT id FROM t WHERE s BETWEEN 'a' AND 'b' ORDER BY id
SELECT id FROM t WHERE d IN ('2024-01-31', '1970-01-01') ORDER BY id
SELECT id FROM t WHERE d IN (DATE '2024-01-31') OR ts = '1970-01-01' ORDER BY id
SELECT t.id FROM t JOIN u ON t.a = u.k * 1.0 ORDER BY 1
SELECT t.id FROM t JOIN u ON t.f = u.id ORDER BY 1
SELECT t.id FROM t JOIN u ON t.m = u.id ORDER BY 1
SELECT t.id FROM t JOIN t t2 ON t.d = t2.ts ORDER BY 1
SELECT 7 = 7.0, 7 = 7.0::float8, 0.1 + 0.2 = 0.3, 0.1::float8 + 0.2::float8 = 0.3::float8
-- ~
SELECT 1 / 3.0, 2.0 / 3, 1.0 / 3.0, 10 / 2.5
SELECT 0.1 + 0.2, 0.1 * 0.1, 1.10 - 0.1, 100 * 1.05, 1.5 * 2
SELECT 5 % 3.5, 5.5 % 2, -5.5 % 2
SELECT 1e0 + 1, 1.0 + 1e0, 3 + 0.5
SELECT sum(0.1) FROM t
SELECT sum(a) * 1.0 / count(*) FROM t
-- ~
SELECT sum(a) / sum(b), sum(m) / sum(a), avg(a) / 2 FROM t
SELECT count(*) * 100.0 / 7, count(*) / 4 FROM t
SELECT round(sum(m) / 3, 2), round(avg(a), 1), round(100.0 * 2 / 3, 2) FROM t
SELECT min(a) + max(m), max(f) - min(a) FROM t
SELECT sum(CASE WHEN ok THEN 1 ELSE 0 END), sum(CASE WHEN ok THEN a END), avg(CASE WHEN ok THEN 1.0 ELSE 0 END) FROM t
SELECT g, string_agg(n::VARCHAR, '+' ORDER BY n) FROM p GROUP BY g ORDER BY g
SELECT string_agg(v, ',' ORDER BY id DESC) FILTER (WHERE v <> 'x') FROM u
SELECT bit_and(a), bit_or(b), bit_xor(a) FROM t WHERE a > 0
SELECT count(DISTINCT a), sum(DISTINCT a), avg(DISTINCT a), count(DISTINCT f) FROM t
SELECT count(DISTINCT a), sum(m) FROM t
SELECT b, count(DISTINCT a) AS x, sum(m) AS y, max(f) FROM t GROUP BY b ORDER BY b
SELECT a, count(*) FROM t GROUP BY a HAVING a IS NULL OR count(*) > 1 ORDER BY a
SELECT sum(a) FROM t HAVING sum(a) > 1000
SELECT sum(a) FROM t GROUP BY ()
SELECT a % 3, sum(b) FROM t GROUP BY a % 3 ORDER BY 1
SELECT upper(left(s, 1)) AS c, count(*) FROM t GROUP BY 1 ORDER BY 1
SELECT date_trunc('year', d) AS y, count(*) FROM t GROUP BY y ORDER BY y
SELECT (SELECT count(*) FROM u WHERE u.k = t.a AND u.w > t.id) FROM t ORDER BY id
SELECT id, (SELECT u.v FROM u WHERE u.k = t.a ORDER BY u.id LIMIT 1) FROM t ORDER BY id
SELECT id FROM t WHERE a = (SELECT min(k) FROM u) OR id IN (SELECT id FROM u WHERE v = 'y') ORDER BY id
SELECT id FROM t WHERE (SELECT max(w) FROM u WHERE k = t.a) > 20 ORDER BY id
SELECT id, a > ALL (SELECT k FROM u WHERE k < 5), a = ANY (SELECT k FROM u) FROM t ORDER BY id
SELECT id, a IN (SELECT k FROM u), a NOT IN (SELECT k FROM u), a IN (SELECT n FROM e) FROM t ORDER BY id
SELECT id FROM t WHERE EXISTS (SELECT 1 FROM u WHERE u.k = t.a AND u.id <> t.id) ORDER BY id
WITH x AS (SELECT 1 AS a), y AS (SELECT a + 1 AS a FROM x) SELECT x.a, y.a FROM x, y
WITH t AS (SELECT 1 AS id) SELECT id FROM t
WITH RECURSIVE r AS (SELECT 1 AS n, 'a' AS s UNION ALL SELECT n + 1, s || 'b' FROM r WHERE n < 4) SELECT * FROM r ORDER BY n
SELECT a.id, b.id FROM u a LEFT JOIN u b ON a.w = b.w AND a.id <> b.id ORDER BY 1, 2
SELECT a.id FROM u a LEFT JOIN u b ON a.id = b.id AND b.v = 'x' WHERE b.id IS NULL ORDER BY 1
SELECT u.id, t.id FROM u JOIN t ON u.k = t.a AND t.ok ORDER BY 1, 2
SELECT u.*, e.* FROM u LEFT JOIN e ON u.id = e.id ORDER BY 1
SELECT COUNT(*) FROM u LEFT JOIN e USING (id)
SELECT u.id FROM u CROSS JOIN e
SELECT l.id, r.id FROM u l FULL JOIN u r ON l.k = r.w ORDER BY 1, 2
SELECT v, sum(w) FROM u WHERE k > 0 GROUP BY v HAVING sum(w) > 5 ORDER BY sum(w) DESC, v
SELECT v, rank() OVER (ORDER BY sum(w) DESC) FROM u GROUP BY v ORDER BY 2, 1
SELECT id, sum(w) OVER (PARTITION BY v ORDER BY id ROWS UNBOUNDED PRECEDING) FROM u ORDER BY id
SELECT id, w - lag(w) OVER (ORDER BY id) AS d FROM u ORDER BY id
SELECT id, count(w) OVER (ORDER BY k RANGE UNBOUNDED PRECEDING), max(w) OVER (ORDER BY k DESC) FROM u ORDER BY id
SELECT id, first_value(v) OVER (PARTITION BY k ORDER BY w DESC), last_value(v) OVER (PARTITION BY k ORDER BY id ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) FROM u ORDER BY id
SELECT id, avg(w) OVER (ORDER BY id ROWS BETWEEN 2 PRECEDING AND CURRENT ROW) FROM u ORDER BY id
SELECT trim(E'\t a \n'), ltrim('  a'), rtrim('a  ')
SELECT replace(s, 'p', ''), translate(s, 'ap', 'x'), reverse(s) FROM t ORDER BY id
SELECT concat(s, a, m, d, ok) FROM t ORDER BY id
SELECT s || a, s || m, s || d FROM t ORDER BY id
SELECT s || ok FROM t ORDER BY id
SELECT left(s, 3), right(s, 2), lpad(s, 8, '*'), rpad(s, 3, '-') FROM t ORDER BY id
SELECT split_part(s, 'p', 1), split_part(s, 'p', 2), strpos(s, 'p'), position('p' IN s) FROM t ORDER BY id
SELECT d - INTERVAL '1 year', d + INTERVAL '2 weeks', ts + INTERVAL '1 day 2 hours' FROM t ORDER BY id
SELECT ts - ts, ts - TIMESTAMP '2024-01-01 00:00:00', d - d FROM t ORDER BY id
SELECT extract(day FROM ts - TIMESTAMP '2024-01-01') FROM t ORDER BY id
SELECT ts::DATE = d, ts >= d, d + 1 > ts FROM t ORDER BY id
SELECT id, f::real * 2, f::real + 1, f::real / 3 FROM t ORDER BY id
SELECT id, round(m * 1.5, 1), m::int, (m * 100)::int FROM t ORDER BY id
SELECT id, f::numeric(10, 2), round(f::numeric, 1) FROM t WHERE abs(f) < 1e9 ORDER BY id
SELECT round(avg(f)::numeric, 2), round(sum(f)::numeric, 1) FROM t WHERE f < 1e9
SELECT x FROM (VALUES (1), (2.5), (NULL)) v(x)
SELECT a::numeric / 4, a / 4.0, a / 4 FROM t ORDER BY id
SELECT a::numeric % 4, -7.5 % 2 FROM t ORDER BY id
SELECT sum(n)::numeric / 3, sum(n) / 3, count(*)::numeric / 3 FROM p
SELECT CASE WHEN sum(w) > 0 THEN round(100.0 * sum(id) / sum(w), 1) END FROM u
SELECT 1.0 * 5 / 2, 5 * 1.0 / 2, 5 / 2 * 1.0, 7::float8 / 2
SELECT (a / 2.0)::int, round(a / 2.0), trunc(a / 2.0), floor(a / 2.0) FROM t ORDER BY id
SELECT power(2, 0.5::float8), power(a, 2), sqrt(abs(a)) FROM t ORDER BY id
-- ~
SELECT exp(ln(5)), ln(2::float8), log(1000) FROM e RIGHT JOIN (SELECT 1 AS id) o USING (id)
SELECT s ~ 'p+', s ~* '^A', s !~ '[0-9]', s ~ '^\s' FROM t ORDER BY id
SELECT s ~ '(apple|banana)', s SIMILAR TO '(a|A)%' FROM t ORDER BY id
SELECT E'a\nb' ~ 'a.b', E'a\nb' ~ 'a$'
SELECT regexp_replace(s, '[aeiou]', '*', 'g'), regexp_replace(s, '^(.)(.)', '\2\1') FROM t ORDER BY id
SELECT regexp_replace('abcabc', 'b|bc', 'x', 'g')
SELECT regexp_match(s, '([a-z])([a-z]+)') FROM t ORDER BY id
SELECT to_char(d, 'DD.MM.YYYY'), to_char(ts, 'HH24:MI:SS.MS'), to_char(d, 'YYYY-"Q"Q') FROM t ORDER BY id
SELECT to_char(d, 'DD.MM.YYYY'), to_char(ts, 'HH24:MI:SS.MS'), to_char(ts, 'YYYYMMDD') FROM t ORDER BY id
SELECT EXTRACT(DAY FROM d) * 2, EXTRACT(HOUR FROM ts) + 0.5, EXTRACT(DOW FROM d)::int FROM t ORDER BY id
SELECT date_part('year', d) = 2024, date_part('month', d)::int FROM t ORDER BY id
SELECT ts AT TIME ZONE 'UTC', (ts AT TIME ZONE 'UTC') AT TIME ZONE 'America/New_York' FROM t ORDER BY id
SELECT ts AT TIME ZONE 'America/New_York' FROM t ORDER BY id
SELECT d + 7, d - 7, d + id, current_date - current_date FROM t ORDER BY id
SELECT bool_and(a > 0), bool_or(a > 50), every(b > 0) FROM t
SELECT concat(s, a, m, d) FROM t ORDER BY id
SELECT concat(s, ok), concat_ws('|', s, a, NULL, m) FROM t ORDER BY id
SELECT count(DISTINCT (a, b)) FROM t
SELECT a, array_agg(id ORDER BY id DESC) FROM t GROUP BY a ORDER BY a
SELECT array_agg(DISTINCT k ORDER BY k) FROM u
SELECT string_agg(DISTINCT v, ',' ORDER BY v) FROM u
SELECT percentile_cont(0.25) WITHIN GROUP (ORDER BY w) FROM u
SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY f) FROM t
SELECT lpad(a::text, 5, '0'), to_char(id, 'FM000') FROM t ORDER BY id
SELECT lpad(a::text, 5, '0'), rpad(s, 3), left(s, -1) FROM t ORDER BY id
SELECT md5(s), length(md5(s)) FROM t ORDER BY id
SELECT id FROM t WHERE d - DATE '2024-01-01' > 10 ORDER BY id
SELECT id FROM t WHERE ts > now() - INTERVAL '1 day' ORDER BY id
SELECT id FROM t WHERE ts::date = '2024-01-31' ORDER BY id
SELECT id, sum(m) OVER (PARTITION BY b ORDER BY id) / 2 FROM t ORDER BY id
SELECT id, m - avg(m) OVER () > 0, round(avg(m) OVER (PARTITION BY b), 2) FROM t ORDER BY id
SELECT id, ratio FROM (SELECT id, 1.0 * w / sum(w) OVER () AS ratio FROM u) q WHERE ratio > 0.1 ORDER BY id
SELECT id, EXTRACT(HOUR FROM ts - TIMESTAMP '2024-01-01') FROM t ORDER BY id
SELECT EXTRACT(HOUR FROM INTERVAL '27 hours'), EXTRACT(MINUTE FROM INTERVAL '90 minutes')
SELECT EXTRACT(MONTH FROM INTERVAL '14 months'), EXTRACT(YEAR FROM INTERVAL '14 months')
SELECT id, d - DATE '2024-01-01' > 10, (d - DATE '2020-01-01') * 2 FROM t ORDER BY id
SELECT id, x IN (-x, 0), x IN (-0.0), x NOT IN (x + 0) FROM fl WHERE id NOT IN (1, 8) ORDER BY id
SELECT floor(0.1)::text, ceil(0.25), round(0.55)::text, trunc(0.9)::text, ceil(m)::text FROM t
SELECT id, floor(m) * 2, round(m) * 1.5, ceil(m) + 0.5 FROM t ORDER BY id
SELECT id, d + (d - DATE '2024-01-01') FROM t ORDER BY id
SELECT avg(10.0 * b), avg(m * 1.5), avg(a * 0.25) FROM t
SELECT id, ceil(f) / NULLIF(floor(f), 0), a / NULLIF(f, 0) FROM t ORDER BY id
SELECT coalesce(floor(m), 0.5), least(round(m), m), greatest(ceil(m), 0.25) FROM t ORDER BY id
SELECT id, a # a, a # b FROM t ORDER BY id
SELECT (m / 3)::text FROM t
SELECT round(m / 3, 2)::text, (m * 1.5)::text, (m + 1)::text, (sum(m) OVER ())::text FROM t ORDER BY id
SELECT coalesce(m, 0.5)::text FROM t
SELECT q::text FROM (SELECT m / 3 AS q FROM t) x
SELECT 'P' AS k, TRUE AS l, count(*) FROM t GROUP BY 1, 2
SELECT id, -(a & b), -(a | 1), -(a << 1) FROM t ORDER BY id
SELECT -3 AS k, count(*) FROM t GROUP BY 1 ORDER BY 1
SELECT id, round(m, 1) = m, least(round(m, 1), m), nullif(round(m, 1), m), round(m, 1) > 1.25 FROM t ORDER BY id
SELECT id, round(m, 3), round(m, 2), round(m, 0), round(-m, 1), round(m * 1.115, 2) FROM t ORDER BY id
SELECT id FROM t WHERE round(m, 1) <= 0.0 ORDER BY id
SELECT id FROM t WHERE CAST(m AS DECIMAL(10, 1)) <= 0.0 ORDER BY id
SELECT id FROM t WHERE CAST(m AS DECIMAL(10, 1)) = 1.3 ORDER BY id
SELECT id FROM t WHERE CAST(m AS INT) = 1 ORDER BY id
SELECT id FROM t WHERE CAST(f AS INT) = 2 ORDER BY id
SELECT id FROM t WHERE round(m) = 1 OR floor(m) = -2 ORDER BY id
SELECT id FROM t WHERE CAST(ts AS DATE) >= DATE '2024-02-29' ORDER BY id
SELECT id FROM t WHERE CAST(a AS BIGINT) = 7 AND CAST(b AS SMALLINT) = 2 ORDER BY id
SELECT 1.123456789012::numeric, 5::numeric, NULL::numeric, '1.250'::numeric, m::numeric FROM t
SELECT id, round(f::numeric, 2), round(a::numeric / 3, 4) FROM t ORDER BY id
SELECT f::numeric FROM t
SELECT s::numeric FROM t
SELECT a::numeric::text FROM t
SELECT sum(a::numeric), avg(a::numeric) FROM t
SELECT B'0101', X'1f'
SELECT '0101'::bit, 5::bit(8), get_bit(B'0101011000100', 10)
SELECT 1e1000
SELECT ts::timestamp(0) FROM t
SELECT ts::timestamp(1) FROM t
SELECT '23:59:59.9999999'::time
SELECT make_date(-44, 3, 15)
SELECT make_date(2024, 2, 29)
SELECT to_timestamp(99999999999), to_timestamp(1700000000.123456), to_timestamp(-1.5::float8), to_timestamp(a) FROM t
SELECT TIMESTAMP '2024-02-29 10:00:00+02'
SELECT CAST(v AS TIMESTAMP) FROM (VALUES ('2024-02-29 10:00:00+02'), ('2024-02-29 10:00:00'), ('2024-02-29'), ('2024-02-29 10:00:00.5Z')) x(v)
SELECT INTERVAL '1.5 months', INTERVAL '1.5 weeks'
SELECT ARRAY[1, NULL] < ARRAY[1, 2]
SELECT concat(ARRAY[1])
SELECT * FROM (VALUES (1.5::float8), (2.25), (NULL)) x(v)
SELECT * FROM (VALUES (1.5::real), (2.25)) x(v)
SELECT 1.5::real UNION ALL SELECT 2.25
SELECT coalesce(1.5::real, m), CASE WHEN id = 1 THEN m ELSE 1.5::real END FROM t WHERE id < 3 ORDER BY id
SELECT 0.1::real = 0.1, 0.1::real IN (0.1, 2), 0.1::float8 = 0.1
SELECT id FROM t WHERE f IN (SELECT m FROM t) ORDER BY id
SELECT id FROM t WHERE m NOT IN (SELECT f FROM t WHERE f IS NOT NULL) ORDER BY id
SELECT 1.5e300::float8, 1.005::numeric::numeric(9, 2)
SELECT '\101'::"char", 'ab'::"char"
SELECT CASE WHEN true THEN '12' ELSE 7 END
SELECT sign(-2.5), sign(0.0), sign(-2), sign(m) FROM t ORDER BY id
