/* The relational builder: each tree is what its SQL would be, misuse is remembered, budgets hold. */
#include "project_test.h"

typedef struct made {
	bv_builder *b;
	bv_diagnostics *d;
} made;

static made begin(void) {
	made m = {bv_builder_new(), bv_diagnostics_new()};
	assert_non_null(m.b);
	assert_non_null(m.d);
	return m;
}

/* SHA-256 of the governed tree, over tables t(a, b, c) and u(a, x). Without an engine a return type may be unknown, and then there is no fingerprint. */
static void key(bv_session *s, const bv_tree *tree, char out[65]) {
	static const char tables[] = "{\"t\":{\"a\":\"BIGINT\",\"b\":\"VARCHAR\",\"c\":\"DOUBLE\"},\"u\":{\"a\":\"BIGINT\",\"x\":\"BIGINT\"}}";
	bv_diagnostics *d = bv_diagnostics_new();
	bv_schema *schema = NULL;
	bv_artifact *artifact = NULL;
	bv_compile_options o = BV_COMPILE_OPTIONS_INIT;
	assert_int_equal(bv_schema_from_json(tables, strlen(tables), NULL, &schema, d), BV_OK);
	o.schema = schema;
	if (bv_compile_policy(s, tree, &o, &artifact, d) != BV_OK) {
		char *text = bv_diagnostics_text(d, false);
		print_error("%s\n", text);
		bv_text_free(text);
		fail();
	}
	bv_tree_fingerprint(bv_artifact_tree(artifact), out);
	bv_artifact_free(artifact);
	bv_schema_free(schema);
	bv_diagnostics_free(d);
}

static void same_as(made *m, bv_rel *r, const char *sql) {
	bv_session *s = NULL;
	bv_session_options o = BV_SESSION_OPTIONS_INIT;
	o.engine = "none";
	assert_int_equal(bv_session_open(&o, &s, m->d), BV_OK);
	bv_tree *built = NULL, **parsed = NULL;
	size_t n = 0;
	if (bv_builder_finish(m->b, r, &built, m->d) != BV_OK || bv_parse(sql, strlen(sql), NULL, NULL, &parsed, &n, m->d) != BV_OK) {
		char *text = bv_diagnostics_text(m->d, false);
		print_error("%s\n%s\n", sql, text);
		bv_text_free(text);
		fail();
	}
	char x[65], y[65];
	key(s, built, x);
	key(s, parsed[0], y);
	if (strcmp(x, y) != 0) {
		char *text = bv_tree_sql(built, NULL, false, m->d);
		print_error("%s\n%s\n", sql, text);
		bv_text_free(text);
		fail();
	}
	bv_tree_free(built);
	bv_trees_free(parsed, n);
	bv_session_close(s);
	bv_builder_free(m->b);
	bv_diagnostics_free(m->d);
}

static void relations(void **state) {
	(void)state;
	made m = begin();
	bv_builder *b = m.b;
	bv_expr *a = bv_expr_column(b, NULL, "a");
	const char *names[] = {"k", "n"};
	bv_expr *both[] = {a, bv_expr_cast(b, bv_expr_column(b, "t", "c"), "BIGINT")};
	same_as(&m, bv_rel_project(b, bv_rel_filter(b, bv_rel_table(b, "t", NULL), bv_expr_binary(b, ">", a, bv_expr_int(b, -3))), both, names, 2),
		"SELECT a AS k, CAST(c AS BIGINT) AS n FROM t WHERE a > -3");

	m = begin();
	b = m.b;
	bv_expr *on = bv_expr_binary(b, "=", bv_expr_column(b, "l", "a"), bv_expr_column(b, "r", "a"));
	bv_expr *keys[] = {bv_expr_column(b, "l", "b")}, *values[] = {bv_expr_call(b, "sum", (bv_expr *[]){bv_expr_column(b, "r", "x")}, 1)};
	const char *key_names[] = {"b"}, *value_names[] = {"total"};
	bv_rel *joined = bv_rel_join(b, bv_rel_table(b, "t", "l"), bv_rel_table(b, "main.u", "r"), "left", on);
	bv_rel *totals = bv_rel_aggregate(b, joined, keys, key_names, 1, values, value_names, 1);
	bv_expr *order[] = {bv_expr_column(b, NULL, "total"), bv_expr_column(b, NULL, "b")};
	same_as(&m, bv_rel_limit(b, bv_rel_order(b, totals, order, (bool[]){true, false}, 2), 10, 5),
		"SELECT l.b AS b, sum(r.x) AS total FROM t AS l LEFT JOIN u AS r ON l.a = r.a GROUP BY l.b ORDER BY total DESC, b LIMIT 10 OFFSET 5");

	/* A filter over an aggregate is a filter over its rows; one below a left join's right side stays below it. */
	m = begin();
	b = m.b;
	bv_expr *g[] = {bv_expr_column(b, NULL, "a")}, *count[] = {bv_expr_call(b, "max", (bv_expr *[]){bv_expr_column(b, NULL, "x")}, 1)};
	const char *gn[] = {"a"}, *cn[] = {"m"};
	bv_rel *per = bv_rel_aggregate(b, bv_rel_filter(b, bv_rel_table(b, "u", NULL), bv_expr_is_null(b, bv_expr_column(b, NULL, "x"))), g, gn, 1, count, cn, 1);
	same_as(&m, bv_rel_filter(b, per, bv_expr_not(b, bv_expr_is_null(b, bv_expr_column(b, NULL, "m")))),
		"SELECT * FROM (SELECT a AS a, max(x) AS m FROM u WHERE x IS NULL GROUP BY a) AS q WHERE NOT m IS NULL");
	m = begin();
	b = m.b;
	bv_rel *right = bv_rel_filter(b, bv_rel_table(b, "u", NULL), bv_expr_binary(b, "=", bv_expr_column(b, NULL, "x"), bv_expr_int(b, 1)));
	on = bv_expr_binary(b, "=", bv_expr_column(b, "t", "a"), bv_expr_column(b, "u", "a"));
	bv_expr *one[] = {bv_expr_column(b, "t", "a")};
	same_as(&m, bv_rel_project(b, bv_rel_join(b, bv_rel_table(b, "t", NULL), right, "left", on), one, gn, 1),
		"SELECT t.a AS a FROM t LEFT JOIN (SELECT * FROM u WHERE x = 1) AS u ON t.a = u.a");
}

static void misuse(void **state) {
	(void)state;
	static const struct {
		int which;
		const char *says;
	} cases[] = {{0, "bv_rel_filter: NULL"}, {1, "bv_rel_join: every join but a cross join needs a condition"}, {2, "bv_rel_table: a name has one to three parts"},
		{3, "bv_expr_binary: unknown operator"}, {4, "bv_expr_number: not a number"}, {5, "bv_expr_cast: not a type"}, {6, "bv_builder_finish: no relation"},
		{7, "a name or text is not UTF-8"}, {8, "bv_rel_join: kind is inner, left, right, full or cross"}, {9, "bv_rel_limit: NULL, or an offset below zero"}};
	for (size_t i = 0; i < BV_COUNT(cases); i++) {
		made m = begin();
		bv_builder *b = m.b;
		bv_rel *t = bv_rel_table(b, "t", NULL), *r = t;
		bv_expr *e = bv_expr_int(b, 1);
		switch (cases[i].which) {
		case 0: r = bv_rel_filter(b, t, NULL); break;
		case 1: r = bv_rel_join(b, t, t, "inner", NULL); break;
		case 2: r = bv_rel_table(b, "a.b.c.d", NULL); break;
		case 3: e = bv_expr_binary(b, "**", e, e); break;
		case 4: e = bv_expr_number(b, "1e"); break;
		case 5: e = bv_expr_cast(b, e, "NO SUCH TYPE"); break;
		case 6: r = NULL; break;
		case 7: e = bv_expr_string(b, "\xff"); break;
		case 8: r = bv_rel_join(b, t, t, "outer", e); break;
		case 9: r = bv_rel_limit(b, t, 1, -1); break;
		}
		(void)e;
		/* Sticky: what follows takes NULL, and the first word stays. */
		r = r ? bv_rel_filter(b, r, bv_expr_bool(b, true)) : r;
		bv_tree *tree = NULL;
		assert_int_equal(bv_builder_finish(b, r, &tree, m.d), BV_FAILED);
		assert_null(tree);
		assert_str(m.d->items.v[0].message, cases[i].says);
		bv_builder_free(b);
		bv_diagnostics_free(m.d);
	}
}

static void budgets(void **state) {
	(void)state;
	made m = begin();
	bv_expr *deep = bv_expr_int(m.b, 1), *wide = deep;
	for (int i = 0; i < 20000; i++) {
		deep = bv_expr_not(m.b, deep);
	}
	for (int i = 0; i < 60; i++) {
		wide = bv_expr_binary(m.b, "+", wide, wide);
	}
	bv_tree *tree = NULL;
	bv_rel *t = bv_rel_table(m.b, "t", NULL);
	assert_int_equal(bv_builder_finish(m.b, bv_rel_filter(m.b, t, deep), &tree, m.d), BV_FAILED);
	assert_int_equal(m.d->items.v[0].code, BV_E_DEPTH);
	assert_int_equal(bv_builder_finish(m.b, bv_rel_filter(m.b, t, wide), &tree, m.d), BV_FAILED);
	assert_int_equal(m.d->items.v[1].code, BV_E_DEPTH);
	assert_null(tree);
	bv_builder_free(m.b);
	bv_diagnostics_free(m.d);
}

int main(void) {
	const struct CMUnitTest tests[] = {cmocka_unit_test(relations), cmocka_unit_test(misuse), cmocka_unit_test(budgets)};
	return cmocka_run_group_tests_name("builder", tests, NULL, NULL);
}
