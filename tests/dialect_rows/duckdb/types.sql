-- dialect: duckdb. What types come of mixing others; small and wide numbers; Booleans; order and comparison of all kinds.
SELECT id, sm / 2, sm // 2, sm % 3 FROM big WHERE id <> 3 ORDER BY id
SELECT id, f::FLOAT * 2, f::FLOAT + 1 FROM t ORDER BY id
SELECT id, f::FLOAT / 3 FROM t ORDER BY id
SELECT id, round(f::FLOAT), abs(f::FLOAT) FROM t ORDER BY id
SELECT id, f::FLOAT = f, f::FLOAT > 0.1 FROM t ORDER BY id
SELECT id, a::UTINYINT FROM t WHERE a >= 0 ORDER BY id
SELECT id, -(a::SMALLINT), a::TINYINT * 2 FROM t WHERE a BETWEEN -10 AND 10 ORDER BY id
SELECT ok < TRUE, ok = FALSE, ok <> ok, ok >= FALSE FROM t ORDER BY id
SELECT id FROM t ORDER BY ok, id
SELECT id FROM t ORDER BY ok DESC, a DESC, id
SELECT max(ok), min(ok), bool_and(a > 0), bool_or(a > 50), count(ok) FROM t
SELECT ok AND a > 0, ok OR a > 0, NOT ok, ok IS NULL FROM t ORDER BY id
SELECT coalesce(a, b, 0), coalesce(m, a), coalesce(f, a), coalesce(s, 'none') FROM t ORDER BY id
SELECT a FROM t WHERE id < 4 UNION ALL SELECT f FROM t WHERE id < 4
SELECT a FROM t WHERE id < 4 UNION SELECT b FROM t WHERE id < 4 ORDER BY 1
SELECT m FROM t WHERE id < 4 UNION ALL SELECT f FROM t WHERE id < 4
SELECT d FROM t WHERE id < 4 UNION ALL SELECT ts FROM t WHERE id < 4
SELECT a FROM t WHERE id < 3 UNION ALL SELECT s FROM t WHERE id < 3
SELECT x FROM (VALUES (1), (2.5), (NULL)) v(x)
SELECT x FROM (VALUES (1), ('2')) v(x)
SELECT CASE WHEN id = 1 THEN a WHEN id = 2 THEN f ELSE NULL END FROM t ORDER BY id
SELECT CASE WHEN id = 1 THEN m ELSE f END FROM t ORDER BY id
SELECT CASE WHEN id = 1 THEN a ELSE 'x' END FROM t ORDER BY id
SELECT greatest(a, m), least(a, f), greatest(d, ts) FROM t ORDER BY id
SELECT a IN (7.0, 3), a IN (7.5), m IN (1.25, 2.5), f IN (1.5, 2) FROM t ORDER BY id
SELECT a = 7.0, a > 2.5, a = 7.5, m = 1.25::DOUBLE, m > f FROM t ORDER BY id
SELECT a BETWEEN 1.5 AND 7.5, m BETWEEN 0 AND 2, f BETWEEN -1 AND 1 FROM t ORDER BY id
SELECT id FROM t WHERE s > 'apple' ORDER BY id
SELECT id FROM t WHERE s BETWEEN 'a' AND 'b' ORDER BY id
SELECT id FROM t WHERE d IN ('2024-01-31', '1970-01-01') ORDER BY id
SELECT id FROM t WHERE d IN (DATE '2024-01-31') OR ts = '1970-01-01' ORDER BY id
SELECT t.id FROM t JOIN u ON t.a = u.k * 1.0 ORDER BY 1
SELECT t.id FROM t JOIN u ON t.f = u.id ORDER BY 1
SELECT t.id FROM t JOIN u ON t.m = u.id ORDER BY 1
SELECT t.id FROM t JOIN t t2 ON t.d = t2.ts ORDER BY 1
SELECT 7 = 7.0, 7 = 7.0::DOUBLE, 0.1 + 0.2 = 0.3, 0.1::DOUBLE + 0.2::DOUBLE = 0.3::DOUBLE
SELECT 1 / 3.0, 2.0 / 3, 1.0 / 3.0, 10 / 2.5
SELECT 0.1 + 0.2, 0.1 * 0.1, 1.10 - 0.1, 100 * 1.05, 1.5 * 2
SELECT 5 % 3.5, 5.5 % 2, -5.5 % 2
SELECT 1e0 + 1, 1.0 + 1e0, 3 + 0.5
SELECT sum(0.1) FROM t
SELECT sum(a * 1.5), avg(a * 1.5), max(a * 1.5) FROM t
SELECT sum(a) * 1.0 / count(*) FROM t
SELECT sum(a) / sum(b), sum(m) / sum(a), avg(a) / 2 FROM t
SELECT count(*) * 100.0 / 7, count(*) / 4 FROM t
SELECT round(sum(m) / 3, 2), round(avg(a), 1), round(100.0 * 2 / 3, 2) FROM t
SELECT min(a) + max(m), max(f) - min(a) FROM t
SELECT sum(CASE WHEN ok THEN 1 ELSE 0 END), sum(CASE WHEN ok THEN a END), avg(CASE WHEN ok THEN 1.0 ELSE 0 END) FROM t
SELECT median(n) FROM p WHERE n IS NOT NULL AND n < 8
SELECT median(w) FROM u
SELECT quantile_cont(w, 0.3) FROM u
SELECT g, array_agg(n ORDER BY n DESC), list(day ORDER BY day) FROM p GROUP BY g ORDER BY g
SELECT g, string_agg(n::VARCHAR, '+' ORDER BY n) FROM p GROUP BY g ORDER BY g
SELECT string_agg(v, ',' ORDER BY id DESC) FILTER (WHERE v <> 'x') FROM u
SELECT string_agg(v ORDER BY id) FROM u
SELECT string_agg(x, ',') FROM e
SELECT first(n ORDER BY day), last(n ORDER BY day DESC) FROM p WHERE g = 'b' AND day IS NOT NULL
SELECT first(n ORDER BY id) FROM (SELECT NULL::INT AS n, 1 AS id UNION ALL SELECT 5, 2)
SELECT arg_max(g, n), arg_min(g, n) FROM p WHERE n NOT IN (5)
SELECT max_by(n, day) FROM p WHERE g = 'b'
SELECT any_value(n ORDER BY day) FROM (SELECT NULL::INT AS n, 1 AS day UNION ALL SELECT 5, 2)
SELECT bit_and(a), bit_or(b), bit_xor(a) FROM t WHERE a > 0
SELECT count(DISTINCT a), sum(DISTINCT a), avg(DISTINCT a), count(DISTINCT f) FROM t
SELECT count(DISTINCT a), sum(m) FROM t
SELECT b, count(DISTINCT a) AS x, sum(m) AS y, max(f) FROM t GROUP BY b ORDER BY b
SELECT count(DISTINCT s), min(DISTINCT s) FROM t
SELECT a, count(*) FROM t GROUP BY a HAVING a IS NULL OR count(*) > 1 ORDER BY a
SELECT sum(a) FROM t HAVING sum(a) > 1000
SELECT sum(a) FROM t GROUP BY ()
SELECT a % 3, sum(b) FROM t GROUP BY a % 3 ORDER BY 1
SELECT upper(left(s, 1)) AS c, count(*) FROM t GROUP BY 1 ORDER BY 1
SELECT date_trunc('year', d) AS y, count(*) FROM t GROUP BY y ORDER BY y
SELECT year(d) AS y, sum(m) FROM t GROUP BY y ORDER BY y
SELECT extract(month FROM ts) AS m2, count(*) FROM t GROUP BY ALL ORDER BY ALL
SELECT (SELECT count(*) FROM u WHERE u.k = t.a AND u.w > t.id) FROM t ORDER BY id
SELECT id, (SELECT u.v FROM u WHERE u.k = t.a ORDER BY u.id LIMIT 1) FROM t ORDER BY id
SELECT id FROM t WHERE a = (SELECT min(k) FROM u) OR id IN (SELECT id FROM u WHERE v = 'y') ORDER BY id
SELECT id FROM t WHERE (SELECT max(w) FROM u WHERE k = t.a) > 20 ORDER BY id
SELECT id, a > ALL (SELECT k FROM u WHERE k < 5), a = ANY (SELECT k FROM u) FROM t ORDER BY id
SELECT id, a IN (SELECT k FROM u), a NOT IN (SELECT k FROM u), a IN (SELECT n FROM e) FROM t ORDER BY id
SELECT * FROM (SELECT id, a FROM t ORDER BY id LIMIT 3) ORDER BY id DESC
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
SELECT id FROM u QUALIFY dense_rank() OVER (ORDER BY k) <= 2 ORDER BY id
SELECT s, s[1] = 'a', length(s) > 4 FROM t WHERE s IS NOT NULL ORDER BY id
SELECT trim(E'\t a \n'), ltrim('  a'), rtrim('a  ')
SELECT replace(s, 'p', ''), translate(s, 'ap', 'x'), reverse(s) FROM t ORDER BY id
SELECT s LIKE '%\_%', s LIKE '%!_%' ESCAPE '!', s ILIKE '%APP%', s NOT ILIKE 'a%' FROM t ORDER BY id
SELECT regexp_replace(s, '[aeiou]', '*', 'g'), regexp_extract(s, '([a-z])([a-z]+)', 2), regexp_matches(s, '^[A-Z]') FROM t ORDER BY id
SELECT concat(s, a, m, d, ok) FROM t ORDER BY id
SELECT s || a, s || m, s || d FROM t ORDER BY id
SELECT s || ok FROM t ORDER BY id
SELECT lower(s) = s, upper(s) = s, s = 'APPLE', lower(s) = 'apple' FROM t ORDER BY id
SELECT left(s, 3), right(s, 2), lpad(s, 8, '*'), rpad(s, 3, '-') FROM t ORDER BY id
SELECT split_part(s, 'p', 1), split_part(s, 'p', 2), strpos(s, 'p'), position('p' IN s) FROM t ORDER BY id
SELECT d - INTERVAL 1 YEAR, d + INTERVAL '2 weeks', ts + INTERVAL '1 day 2 hours' FROM t ORDER BY id
SELECT ts - ts, ts - TIMESTAMP '2024-01-01 00:00:00', d - d FROM t ORDER BY id
SELECT extract(day FROM ts - TIMESTAMP '2024-01-01') FROM t ORDER BY id
SELECT date_part('hour', ts), date_part('doy', d), dayofweek(d), isodow(d), week(d) FROM t ORDER BY id
SELECT strftime(ts, '%Y%m%d'), strftime(d, '%a %b %d'), strftime(ts, '%I:%M %p') FROM t ORDER BY id
SELECT ts::DATE = d, ts >= d, d + 1 > ts FROM t ORDER BY id
SELECT make_date(2024, 2, id::INT + 20) FROM t WHERE id < 9 ORDER BY id
SELECT epoch(ts), date_diff('day', d, DATE '2024-12-31'), date_diff('month', d, ts) FROM t ORDER BY id
SELECT last_day(d), monthname(d), dayname(d) FROM t ORDER BY id
SELECT id, EXTRACT(HOUR FROM ts - TIMESTAMP '2024-01-01') FROM t ORDER BY id
SELECT EXTRACT(HOUR FROM INTERVAL '27 hours'), EXTRACT(MINUTE FROM INTERVAL '90 minutes')
SELECT EXTRACT(MONTH FROM INTERVAL '14 months'), EXTRACT(YEAR FROM INTERVAL '14 months')
SELECT id, d - DATE '2024-01-01' > 10, (d - DATE '2020-01-01') * 2 FROM t ORDER BY id
SELECT id, f / f, f / (a * 1e0), 0e0 / 0, 1e0 / 0 FROM t ORDER BY id
SELECT id, f / f > 1, f / f = f / f FROM t ORDER BY id
SELECT id FROM t ORDER BY f / f, id
SELECT f / f, count(*) FROM t GROUP BY 1 ORDER BY 1
SELECT id, f::FLOAT / f::FLOAT, f::FLOAT / a, f::FLOAT / 1.5 FROM t ORDER BY id
SELECT id, greatest(f / f, 1), least(f / f, 1) FROM t ORDER BY id
SELECT id, ceil(f) / floor(f), a / f FROM t ORDER BY id
SELECT id, x IN (-x, 0), x IN (-0.0), x NOT IN (x + 0) FROM fl WHERE id NOT IN (1, 8) ORDER BY id
SELECT floor(0.1)::VARCHAR, ceil(0.25), round(0.55)::VARCHAR, trunc(0.9)::VARCHAR, ceil(m)::VARCHAR FROM t
SELECT id, floor(m) * 2, round(m) / 2, ceil(m) + 0.5 FROM t ORDER BY id
SELECT id, d + sign(a)::INT FROM t ORDER BY id
SELECT id, f::FLOAT * 1.5, f::FLOAT + 0.5, f::FLOAT > 0.1, f::FLOAT - a FROM t ORDER BY id
SELECT id, f // 2 FROM t ORDER BY id
SELECT id, m // 1 FROM t ORDER BY id
SELECT coalesce(floor(m), 0.5), least(round(m), m), greatest(ceil(m), 0.25) FROM t ORDER BY id
SELECT id, xor(a, a), xor(a, b) FROM t ORDER BY id
SELECT id, 1 / trunc(f), trunc(f) FROM t ORDER BY id
SELECT d + hour(ts)::INT FROM t ORDER BY id
SELECT id, -(a & b), -(a | 1) FROM t ORDER BY id
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
SELECT round(v, 1), round(v, -1) FROM (VALUES ('inf'::DOUBLE), ('nan'), (NULL), (1234.56), (-25)) x(v)
SELECT round(v, 1), round(v, -1) FROM (VALUES ('inf'::FLOAT), ('nan'), (NULL), (3.4e38), (16777216)) x(v)
SELECT round(1234.5678::DOUBLE, 1 + 1)
SELECT substr('hello', -1, -1), substr('hello', 4, -2)
SELECT char_length([1, 2, 3]), character_length('äb'), len([1])
SELECT concat([1], NULL, [2, 3])
SELECT list_concat([1], NULL::INT[], [2]), list_concat([1], NULL::INT[]), list_concat(NULL::INT[], NULL::INT[])
SELECT x || y FROM (VALUES ([1], [2]), (NULL, [2]), ([1], NULL), ([], [3])) v(x, y)
SELECT [1, NULL] < [1, 2]
SELECT TRY_CAST(1 AS DATE), TRY_CAST(5 AS TIMESTAMP), TRY_CAST(7 AS BLOB)
SELECT TRY_CAST(v AS INTEGER) FROM (VALUES (' 12 '), ('-1.5'), ('2.5'), ('abc'), ('99999999999'), (''), ('12a'), (NULL)) x(v)
SELECT TRY_CAST(v AS INTEGER) FROM (VALUES ('1e3')) x(v)
SELECT TRY_CAST('12a' AS INTEGER), TRY_CAST('7' AS BIGINT), TRY_CAST('x' AS DOUBLE), TRY_CAST('2.50' AS DECIMAL(4, 1)), TRY_CAST('on' AS BOOLEAN), TRY_CAST('yes' AS BOOLEAN)
SELECT TRY_CAST(v AS DATE), TRY_CAST(v AS TIMESTAMP) FROM (VALUES ('2024-02-29'), ('2023-02-29'), ('x'), (NULL)) x(v)
SELECT TRY_CAST('20240229' AS DATE)
SELECT 1.5::FLOAT % 0.01, 7 % 0::FLOAT, 7.5 % 0::DOUBLE, 7 % 0, 7.5 % 0
SELECT 0.1::FLOAT = 0.1, 0.1::FLOAT IN (0.1, 2), 0.1::DOUBLE = 0.1::FLOAT
SELECT INTERVAL '1.5 weeks'
SELECT INTERVAL '1.5 days', INTERVAL '2 weeks 1.5 hours'
SELECT TIMESTAMP '2024-02-29 10:00:00+02'
SELECT CAST(v AS TIMESTAMP) FROM (VALUES ('2024-02-29 10:00:00+02'), ('2024-02-29 10:00:00'), ('2024-02-29'), ('2024-02-29 10:00:00.5Z')) x(v)
SELECT CAST(ts AS TIMESTAMP_S) FROM t
SELECT to_timestamp(99999999999), to_timestamp(1700000000.123456), to_timestamp(-1.5)
SELECT CAST(s AS VARCHAR[]) FROM t
SELECT * FROM (VALUES (1.5::DOUBLE), (2.25), (NULL)) x(v)
SELECT * FROM (VALUES (1.5::FLOAT), (2.25)) x(v)
SELECT 1.5::FLOAT UNION ALL SELECT 2.25
SELECT id FROM t WHERE f IN (SELECT m FROM t) ORDER BY id
SELECT id FROM t WHERE m NOT IN (SELECT f FROM t WHERE f IS NOT NULL) ORDER BY id
SELECT X'0aB', b'01', x''
SELECT 0x1d, 1_000, 1.5_0
SELECT CASE WHEN true THEN '12' ELSE 7 END
SELECT nullif(1, 0.0::double), nullif(1.5, 2.5::double), nullif(1, 1.0), nullif('12', 7)
SELECT fmod(7, -2), fmod(-7, 2), fmod(-7, -2), fmod(7.5, 2), fmod(1, 0)
SELECT trunc(a, 1), trunc(m, 1) FROM t ORDER BY id
