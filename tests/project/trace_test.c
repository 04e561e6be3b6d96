/* The calls that look into views: lineage through the graph, and why two fingerprints are equal. In: small projects. Out: statuses of wrong calls, and that each
 * allocation may fail. What they say is in tests/cli. */
#include "project_test.h"

static place shop(void) {
	place p = place_new();
	place_write(&p, "belvedere.yaml", "name: shop\nsources: {raw.t: {location: t, columns: {a: BIGINT, b: BIGINT, s: \"STRUCT<k BIGINT>\"}}}\n");
	place_write(&p, "views/one.sql", "CREATE VIEW main.one AS SELECT a, sum(b) AS b, max(s.k) AS k FROM raw.t WHERE b BETWEEN 1 AND 5 GROUP BY a");
	place_write(&p, "views/two.sql", "CREATE VIEW main.two AS SELECT x.a, y.k FROM one AS x JOIN one AS y ON x.a = y.b");
	assert_int_equal(place_open(&p), BV_OK);
	return p;
}

static bv_tree *read_tree(const char *sql) {
	bv_tree **trees, *t;
	size_t n;
	assert_int_equal(bv_parse(sql, strlen(sql), NULL, "t.sql", &trees, &n, NULL), BV_OK);
	assert_int_equal(n, 1);
	t = trees[0];
	bv_trees_free(trees, 0);
	return t;
}

static void wrong_calls(void **state) {
	(void)state;
	place p = shop();
	char *json = NULL;
	bv_explain_side view = BV_EXPLAIN_SIDE_INIT, none = BV_EXPLAIN_SIDE_INIT, both = BV_EXPLAIN_SIDE_INIT, small = BV_EXPLAIN_SIDE_INIT;
	bv_tree *t = read_tree("SELECT 1 AS a");
	view.view = both.view = small.view = "one";
	both.tree = t;
	small.size = sizeof(size_t);
	assert_int_equal(bv_explain_fingerprint(NULL, &view, &view, &json, p.d), BV_MISUSE);
	assert_int_equal(bv_explain_fingerprint(p.s, &view, NULL, &json, p.d), BV_MISUSE);
	assert_int_equal(bv_explain_fingerprint(p.s, &none, &view, &json, p.d), BV_MISUSE);
	assert_int_equal(bv_explain_fingerprint(p.s, &view, &both, &json, p.d), BV_MISUSE);
	assert_int_equal(bv_explain_fingerprint(p.s, &view, &small, &json, p.d), BV_MISUSE);
	assert_int_equal(bv_explain_fingerprint(p.s, &view, &view, &json, NULL), BV_MISUSE);
	assert_int_equal(bv_project_lineage(NULL, "one", NULL, &json, p.d), BV_MISUSE);
	assert_int_equal(bv_project_lineage(p.s, NULL, NULL, &json, p.d), BV_MISUSE);
	assert_int_equal(bv_project_lineage(p.s, "one", NULL, &json, NULL), BV_MISUSE);
	assert_null(json);
	/* Nobody has to take the answer. */
	assert_int_equal(bv_project_lineage(p.s, "one", NULL, NULL, p.d), BV_OK);
	assert_int_equal(bv_explain_fingerprint(p.s, &view, &view, NULL, p.d), BV_OK);
	bv_session_cancel(p.s);
	assert_int_equal(bv_project_lineage(p.s, "two", NULL, &json, p.d), BV_CANCELLED);
	assert_null(json);
	bv_tree_free(t);
	place_free(&p);
}

/* A program without a project: views that it made itself. */
static void without_a_project(void **state) {
	(void)state;
	bv_session_options o = BV_SESSION_OPTIONS_INIT;
	o.engine = "none";
	bv_session *s = NULL;
	bv_diagnostics *d = bv_diagnostics_new();
	assert_int_equal(bv_session_open(&o, &s, d), BV_OK);
	bv_tree *t = read_tree("SELECT column1 AS a FROM (VALUES (1), (2))"), *u = read_tree("SELECT a + 1 AS b FROM v WHERE a > 1");
	assert_int_equal(bv_view_create(s, "main.v", t, NULL, d), BV_OK);
	assert_int_equal(bv_view_create(s, "main.w", u, NULL, d), BV_OK);
	char *json = NULL;
	bv_lineage_options down = BV_LINEAGE_OPTIONS_INIT;
	down.downstream = true;
	assert_int_equal(bv_project_lineage(s, "v.a", &down, &json, d), BV_OK);
	assert_non_null(strstr(json, "{\"from\":[\"main.v\",\"a\"],\"path\":\"\",\"to\":[\"main.w\",\"b\"],\"roles\":[\"projection\"]},{\"from\":[\"main.v\",\"a\"],\"path\":\"\",\"to\":[\"main.w\",null],\"roles\":[\"filter\"]}"));
	bv_text_free(json);
	bv_explain_side a = BV_EXPLAIN_SIDE_INIT, b = BV_EXPLAIN_SIDE_INIT;
	a.view = "w";
	b.tree = u;
	assert_int_equal(bv_explain_fingerprint(s, &a, &b, &json, d), BV_OK);
	assert_non_null(strstr(json, "{\"equal\":true,"));
	bv_text_free(json);
	bv_tree_free(t);
	bv_tree_free(u);
	bv_session_close(s);
	bv_diagnostics_free(d);
}

static void each_allocation_may_fail(void **state) {
	(void)state;
	place p = shop();
	bv_tree *t = read_tree("SELECT a, sum(b) AS b, max(s.k) AS k FROM raw.t JOIN (VALUES (1)) AS v ON a = column1 WHERE b BETWEEN 1 AND 6 GROUP BY 1 ORDER BY 2 LIMIT 3");
	bv_explain_side a = BV_EXPLAIN_SIDE_INIT, b = BV_EXPLAIN_SIDE_INIT, c = BV_EXPLAIN_SIDE_INIT;
	a.view = "one";
	b.tree = t;
	c.view = "two";
	c.policy = "{\"max_distance\":7}";
	bv_lineage_options down = BV_LINEAGE_OPTIONS_INIT;
	down.downstream = true;
	/* Compiled before, so that it is the calls themselves that fail. */
	assert_int_equal(bv_project_lineage(p.s, "two", NULL, NULL, p.d), BV_OK);
	for (int call = 0; call < 4; call++) {
		char *whole = NULL;
		/* n == 0: none fails. An answer is whole, or there is none. Some allocations may be done without, so one success is not the end. */
		bv_status st = BV_NOMEM;
		for (long n = 0, good = 0; good < 40; n++, good = st == BV_OK ? good + 1 : 0) {
			char *json = NULL;
			bv_diagnostics *d = bv_diagnostics_new();
			bv__alloc_fail_at(n);
			st = call == 0 ? bv_project_lineage(p.s, "two", NULL, &json, d) : call == 1 ? bv_project_lineage(p.s, "raw.t.b", &down, &json, d) :
				call == 2 ? bv_explain_fingerprint(p.s, &a, &b, &json, d) : bv_explain_fingerprint(p.s, &a, &c, &json, d);
			bv__alloc_fail_at(0);
			assert_true((json != NULL) == (st == BV_OK));
			if (n == 0) {
				whole = json;
				json = NULL;
			} else if (json) {
				assert_string_equal(json, whole);
			}
			assert_true(n < 100000);
			bv_text_free(json);
			bv_diagnostics_free(d);
		}
		bv_text_free(whole);
	}
	bv_tree_free(t);
	place_free(&p);
}

int main(void) {
	const struct CMUnitTest tests[] = {cmocka_unit_test(wrong_calls), cmocka_unit_test(without_a_project), cmocka_unit_test(each_allocation_may_fail)};
	return cmocka_run_group_tests_name("trace", tests, NULL, NULL);
}
