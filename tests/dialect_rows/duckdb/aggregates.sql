-- dialect: duckdb. Aggregates and grouping.
SELECT count(*), count(a), count(DISTINCT a), count() FROM t
SELECT sum(a), sum(b), sum(m), min(a), max(m) FROM t
SELECT avg(a), avg(b) FROM t
SELECT avg(m) FROM t
SELECT sum(f) FROM t
-- ~
SELECT avg(f), stddev(f), stddev_pop(f), variance(f), var_pop(f), stddev_samp(f), var_samp(f) FROM t WHERE f < 1e9
SELECT sum(i) FROM big
SELECT sum(n), sum(sm) FROM big
SELECT sum(i) FROM big WHERE id < 3
SELECT sum(x), avg(x), count(*), min(x), max(x) FROM e
SELECT sum(n), avg(n), count(n) FROM e
SELECT sum(ok::INT), bool_and(ok), bool_or(ok) FROM t
SELECT sum(ok) FROM t
SELECT g, sum(n), avg(n) FROM p GROUP BY g ORDER BY g
SELECT g, count(*) FROM p GROUP BY g HAVING count(*) > 1 ORDER BY g
SELECT x, count(*) FROM e GROUP BY x
SELECT median(a), median(f), median(m) FROM t
SELECT median(d) FROM t
SELECT mode(k) FROM u
SELECT quantile_cont(a, 0.5), quantile_disc(a, 0.5) FROM t
SELECT quantile_cont(a, [0.25, 0.75]) FROM t
SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY a), percentile_disc(0.5) WITHIN GROUP (ORDER BY a) FROM t
-- ~
SELECT corr(a, b), covar_pop(a, b), covar_samp(a, b) FROM t
-- ~
SELECT regr_slope(a, b), regr_intercept(a, b), regr_count(a, b), regr_r2(a, b), regr_avgx(a, b), regr_avgy(a, b) FROM t
SELECT regr_sxx(a, b), regr_syy(a, b), regr_sxy(a, b) FROM t
SELECT first(a ORDER BY id), last(a ORDER BY id), any_value(v ORDER BY id) FROM t, u WHERE t.id = u.id
SELECT first(v ORDER BY id DESC) FROM u
SELECT any_value(w ORDER BY id) FROM u WHERE k = 7
SELECT arg_max(id, a), arg_min(id, a) FROM t WHERE a <> 7 AND a <> -7
SELECT max_by(id, f), min_by(id, f) FROM t WHERE f IS NOT NULL
SELECT bit_and(a), bit_or(a), bit_xor(a) FROM t
SELECT product(a) FROM t WHERE a <> 0
SELECT list(a ORDER BY id), array_agg(s ORDER BY id) FROM t
SELECT list(x) FROM e
SELECT array_agg(v ORDER BY v NULLS FIRST, id) FROM u
SELECT list(DISTINCT k ORDER BY k) FROM u
SELECT list(k ORDER BY k DESC) FROM u
SELECT count(*) FILTER (WHERE a > 0), sum(a) FILTER (WHERE a > 1000) FROM t
SELECT count_if(a > 0), count_star() FROM t
SELECT approx_count_distinct(k) FROM u
SELECT string_agg(v, '-' ORDER BY id) FROM u
SELECT sum(DISTINCT a), count(DISTINCT (a, b)) FROM t
SELECT a, b, count(*) FROM t GROUP BY ALL ORDER BY ALL
SELECT a AS x, count(*) FROM t GROUP BY x ORDER BY x
SELECT a + 1 AS a, count(*) FROM t GROUP BY a ORDER BY 1, 2
SELECT s AS a, count(*) FROM t GROUP BY a ORDER BY a
SELECT a % 2 AS r, count(*) AS c FROM t GROUP BY 1 HAVING c > 1 ORDER BY r
SELECT g, n, count(*) FROM p GROUP BY ROLLUP (g, n) ORDER BY 1, 2, 3
SELECT g, n, count(*), grouping(g), grouping(n), grouping(g, n) FROM p GROUP BY CUBE (g, n) ORDER BY 1, 2, 3, 4, 5
SELECT g, sum(n) FROM p GROUP BY GROUPING SETS ((g), ()) ORDER BY 1 NULLS FIRST, 2
SELECT grouping_id(g, n), count(*) FROM p GROUP BY CUBE (g, n) ORDER BY 1, 2
SELECT max(a) - min(a), sum(a) / count(*), sum(a) // count(a) FROM t
SELECT sum(m) / 3, sum(m) * 2 FROM t
SELECT min(ok), max(ok) FROM t
SELECT min(l), max(l) FROM na
SELECT g, max(day), min(price) FROM p GROUP BY g ORDER BY g
SELECT skewness(a), kurtosis(a) FROM t
SELECT entropy(k), histogram(k) FROM u
SELECT fsum(f), kahan_sum(f) FROM t WHERE f < 1e9
SELECT avg(n) FILTER (WHERE g = 'a') FROM p
SELECT count(*) FROM (SELECT DISTINCT a, b FROM t)
SELECT DISTINCT a FROM t ORDER BY a
SELECT DISTINCT ON (a) a, id FROM t ORDER BY a, id DESC
SELECT DISTINCT ON (a, b) id FROM t ORDER BY a, b, id
SELECT avg(d) FROM t
SELECT sum(INTERVAL 1 DAY) FROM t
SELECT max(a, 2), min(a, 2) FROM t
SELECT geomean(n) FROM p
SELECT mad(a) FROM t
SELECT count(NULL), sum(NULL) FROM t
SELECT sum(1), sum(1.5), count(1) FROM t
SELECT avg(a) FROM t WHERE a IS NULL
SELECT b, avg(a), sum(a), count(*) FROM t GROUP BY b ORDER BY b
SELECT t.* FROM t WHERE a = (SELECT max(a) FROM t)
SELECT sum(a) OVER () FROM t ORDER BY 1
SELECT b, corr(a, f), regr_slope(f, a) FROM t GROUP BY b ORDER BY b
-- ~
SELECT b, regr_r2(f, a) FROM t GROUP BY b ORDER BY b
SELECT b, count_if(ok) FROM t GROUP BY b ORDER BY b
SELECT count_if(ok), countif(ok) FROM e, t
SELECT arg_max(s, a ORDER BY id) FROM t
