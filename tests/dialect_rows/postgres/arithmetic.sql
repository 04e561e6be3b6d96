-- dialect: postgres. Division, signs, overflow, precision, what rounds how.
SELECT id, a / 2, a % 4 FROM t ORDER BY id
SELECT id, a / NULLIF(b, 0) FROM t ORDER BY id
SELECT id, a % NULLIF(b, 0) FROM t ORDER BY id
SELECT 7 / 2
SELECT -7 / 2
SELECT 7 % -4
SELECT -7 % 4
SELECT div(7, 2)
SELECT mod(7, -3)
SELECT 1 / 0
SELECT 1 % 0
SELECT 1.0 / 0
SELECT id, f / 2 FROM t ORDER BY id
SELECT id, f / f FROM t WHERE f <> 0 ORDER BY id
SELECT f / 0 FROM t
-- ~
SELECT id, m / 3 FROM t ORDER BY id
SELECT id, m % 2 FROM t ORDER BY id
SELECT id, m * 2, m + 1, m - 0.5, m * m FROM t ORDER BY id
SELECT id, m * 1.5 FROM t ORDER BY id
SELECT 1.5
SELECT 1.50
SELECT 1.5 + 1
SELECT 1.5 * 2.25
SELECT 2.5 - 0.05
SELECT 10.0 / 4
-- ~
SELECT 1.0 / 3
SELECT 3 / 2.0
SELECT 1.5e0
SELECT 1e3
SELECT .5
SELECT 2 ^ 3
SELECT 2 ^ 0.5
SELECT 2 ^ 3 ^ 2
SELECT 2::float8 ^ 3
SELECT 2::float8 ^ 0.5
SELECT power(2::float8, 3)
SELECT power(2, 3)
SELECT -2 ^ 2
SELECT 5 & 3
SELECT 5 | 3
SELECT 5 # 3
SELECT ~5
SELECT 1 << 4
SELECT 16 >> 2
SELECT @ -5
SELECT |/ 16.0::float8
-- ~
SELECT ||/ 27.0::float8
SELECT id, a & 3, a | 8, a # 1 FROM t ORDER BY id
SELECT id, -a, +a, - -a FROM t ORDER BY id
SELECT id, abs(a) FROM t ORDER BY id
SELECT id, abs(f) FROM t ORDER BY id
SELECT id, abs(m) FROM t ORDER BY id
SELECT id, sign(f) FROM t ORDER BY id
SELECT sign(a) FROM t ORDER BY id
SELECT id, round(f) FROM t ORDER BY id
SELECT id, ceil(f) FROM t ORDER BY id
SELECT id, floor(f) FROM t ORDER BY id
SELECT id, trunc(f) FROM t ORDER BY id
SELECT id, round(m) FROM t ORDER BY id
SELECT id, round(m, 1) FROM t ORDER BY id
SELECT id, round(m, 0) FROM t ORDER BY id
SELECT id, round(m, -1) FROM t ORDER BY id
SELECT round(2.5)
SELECT round(3.5)
SELECT round(-2.5)
SELECT round(0.5)
SELECT round(1234.567, -2)
SELECT round(1.005, 2)
SELECT round(2.5::float8)
SELECT round(3.5::float8)
SELECT round(-2.5::float8)
SELECT round(0.5::float8)
SELECT round(f) FROM t ORDER BY id
SELECT id, round(a) FROM t ORDER BY id
SELECT id, ceil(m) FROM t ORDER BY id
SELECT id, floor(m) FROM t ORDER BY id
SELECT id, trunc(m) FROM t ORDER BY id
SELECT id, trunc(m, 1) FROM t ORDER BY id
SELECT ceil(1.2)
SELECT floor(-1.2)
SELECT trunc(-1.7)
SELECT ceiling(1.2)
SELECT ceil(a), floor(a) FROM t ORDER BY id
SELECT id, f + 1, f * 2, f - 0.5 FROM t ORDER BY id
SELECT id, f + m, f * m FROM t ORDER BY id
SELECT id, a + b, a * b, a - b FROM t ORDER BY id
SELECT id, i + 1 FROM big WHERE id <> 1 ORDER BY id
SELECT i + 1 FROM big WHERE id = 1
SELECT n + 1 FROM big WHERE id = 1
SELECT n * 2 FROM big WHERE id = 1
SELECT sm + 1::smallint FROM big WHERE id = 2
SELECT -i FROM big WHERE id = 3
SELECT 9223372036854775807 + 1
SELECT 2147483647 + 1
SELECT 9223372036854775808
SELECT 12345678901234567890123456789012345678.5
-- ~
SELECT id, sqrt(abs(f)) FROM t ORDER BY id
-- ~
SELECT id, cbrt(f) FROM t ORDER BY id
SELECT sqrt(2)
SELECT exp(1)
SELECT ln(10)
SELECT log(100)
SELECT log(2, 8)
-- ~
SELECT sqrt(2::float8)
-- ~
SELECT exp(1::float8)
-- ~
SELECT ln(10::float8)
-- ~
SELECT log(100::float8)
-- ~
SELECT log10(1000::float8)
SELECT pi()
SELECT degrees(pi())
SELECT radians(180::float8)
-- ~
SELECT sin(1)
-- ~
SELECT cos(1)
-- ~
SELECT tan(1)
-- ~
SELECT asin(1)
-- ~
SELECT acos(1)
-- ~
SELECT atan(1)
-- ~
SELECT atan2(1, 2)
-- ~
SELECT cot(1)
SELECT gcd(12, 18)
SELECT lcm(4, 6)
SELECT factorial(5)
SELECT greatest(1, 2, NULL)
SELECT least(1, NULL, 2)
SELECT greatest(NULL, NULL)
SELECT id, greatest(a, b) FROM t ORDER BY id
SELECT id, least(a, b) FROM t ORDER BY id
SELECT greatest(1, 2.5)
SELECT least('b', 'a')
SELECT id, x = x, x > 1, x < 1, x = 'nan'::float8 FROM fl ORDER BY id
SELECT id FROM fl ORDER BY x, id
SELECT id FROM fl ORDER BY x DESC, id
SELECT x, count(*) FROM fl GROUP BY x ORDER BY x
SELECT DISTINCT x FROM fl ORDER BY x
SELECT min(x), max(x) FROM fl
SELECT id, -x, x * 1 FROM fl ORDER BY id
SELECT sqrt(x) FROM fl WHERE id = 9
SELECT ln(0::float8)
SELECT ln(-1::float8)
SELECT id, a::float8 / 3 FROM t ORDER BY id
SELECT id, CAST(a AS NUMERIC(10, 3)) / 2 FROM t ORDER BY id
SELECT 5::smallint / 2::smallint
SELECT 1::real / 3::real
SELECT id, (a + 1) * 2 FROM t ORDER BY id
SELECT id, a + 1 * 2 FROM t ORDER BY id
SELECT id, -(a + b) FROM t ORDER BY id
SELECT id, a - (b - 1) FROM t ORDER BY id
SELECT id, (a * 2) / 3 FROM t ORDER BY id
SELECT 1 - 2 - 3
SELECT 1 - (2 - 3)
SELECT 8 / 4 / 2
SELECT 8 / (4 / 2)
SELECT 2 * 3 % 4
SELECT 2 * (3 % 4)
SELECT width_bucket(5.0::float8, 0::float8, 10::float8, 5)
SELECT scale(1.50)
SELECT trim_scale(1.50)
SELECT min_scale(1.50)
SELECT sum(a) / count(*), sum(b) / count(*) FROM t
-- ~
SELECT 100.0 * a / 3 FROM t ORDER BY id
SELECT avg(a) * 2, round(avg(a), 2), round(avg(m), 2) FROM t
SELECT a * 1.0 FROM t ORDER BY id
SELECT a * 0.1::float8 FROM t ORDER BY id
SELECT 5 / 2 * 2
SELECT 5 / (2 * 1.0::float8)
SELECT id FROM fl WHERE x = 0 ORDER BY id
SELECT id FROM fl WHERE x < 0 ORDER BY id
SELECT id FROM fl WHERE x >= 0.0 ORDER BY id
SELECT id FROM fl WHERE x IN (0.0, 1.0) ORDER BY id
SELECT id FROM fl WHERE x BETWEEN 0 AND 1 ORDER BY id
SELECT x.id, y.id FROM fl x JOIN fl y ON x.x = y.x ORDER BY 1, 2
SELECT x.id, y.id FROM fl x JOIN fl y ON x.x < y.x ORDER BY 1, 2
SELECT id FROM fl WHERE x IN (SELECT x FROM fl WHERE id = 5) ORDER BY id
SELECT x.id, y.id FROM fl x JOIN fl y USING (x) ORDER BY 1, 2
SELECT id FROM fl WHERE x IS DISTINCT FROM 0.0 ORDER BY id
SELECT id, CASE x WHEN 0.0 THEN 'zero' ELSE 'other' END FROM fl ORDER BY id
SELECT id, nullif(x, 0.0) IS NULL FROM fl ORDER BY id
SELECT id, greatest(x, 0.5), least(x, 0.5) FROM fl ORDER BY id
SELECT count(DISTINCT x) FROM fl
SELECT id, count(*) OVER (PARTITION BY x), row_number() OVER (PARTITION BY x ORDER BY id) FROM fl ORDER BY id
SELECT id, f::REAL FROM t ORDER BY id
SELECT id, f / 3 FROM t ORDER BY id
SELECT id FROM fl WHERE x > 0.0 ORDER BY id
SELECT id, CASE WHEN id > 2 THEN x ELSE 0.5 END FROM fl ORDER BY id
SELECT id FROM fl WHERE x NOT IN (0.5, 1.0) ORDER BY id
SELECT id FROM t WHERE f BETWEEN 0.5 AND 2.5 ORDER BY id
SELECT id, x + 0.5, x * 0.5 FROM fl ORDER BY id
-- ~
SELECT acosh(2::float8), asinh(1::float8), atanh(0.5::float8), cosh(1::float8), sinh(1::float8), tanh(1::float8)
SELECT random() BETWEEN 0 AND 1
-- ~
SELECT sin(0.1::real), cos(1.5::real), tan(0.5::real), atan(1.5::real), sinh(0.1::real), degrees(1.5::real), radians(1.5::real), atan2(0.1::real, 2), cbrt(1.5::real)
SELECT ceil(1.5::real), floor(-1.5::real), trunc(-1.5::real), round(2.5::real), sign(-1.5::real)
SELECT id, sign(x) FROM fl ORDER BY id
SELECT coalesce(TIMESTAMPTZ '2024-01-31 10:20:30+00', DATE '2000-01-01')
