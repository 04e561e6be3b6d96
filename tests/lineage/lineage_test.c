/* Lineage of queries that are governed as they are written: [alias, name] everywhere. In: their text. Out: what they cost, and that each allocation may fail. */
#include "../unit/test.h"

#include "lineage/lineage.h"
#include "sql/sql.h"

static bool is_aggregate(void *ctx, const bv_ast_call *c) {
	(void)ctx;
	return bv__str_is(c->name.v[0], "sum");
}

static bv_node *read_query(bv_arena *a, bv_str text) {
	bv_diagnostics *d = bv_diagnostics_new();
	bv_list statements = {0};
	assert_true(bv__sql_parse(a, text, 1, bv__datafusion, &statements, d));
	bv_diagnostics_free(d);
	return statements.v[0];
}

/* All three answers; the bytes that they took in *used. */
static bool ask(const bv_node *query, bv_lineage *l, bv_uses *u, bv_column_hash **h, uint32_t *n, bv_arena *a) {
	return bv__lineage(a, query, NULL, NULL, l) && bv__uses(a, query, NULL, NULL, u) && bv__column_hashes(a, query, is_aggregate, NULL, h, n);
}

static size_t cost(const char *text, uint32_t *sources) {
	bv_arena *a = bv__arena_new(), *b = bv__arena_new();
	bv_lineage l;
	bv_uses u;
	bv_column_hash *h;
	uint32_t n;
	assert_true(ask(read_query(a, bv__str(text)), &l, &u, &h, &n, b));
	*sources = 0;
	for (uint32_t i = 0; i < l.n; i++) {
		*sources += l.v[i].n;
	}
	assert_int_equal(u.n, n);
	size_t used = bv__arena_used(b);
	bv__arena_free(b);
	bv__arena_free(a);
	return used;
}

/* w0 reads main.t, each next one the one before; `item` has two %u, its own number and the column's. */
static char *chain(uint32_t ctes, uint32_t columns, const char *first, const char *item, bool table) {
	bv_buf b = BV_BUF_INIT;
	for (uint32_t k = 0; k < ctes; k++) {
		bv__buf_printf(&b, "%s w%u AS (SELECT ", k ? "," : "WITH", k);
		for (uint32_t i = 1; i <= columns; i++) {
			bv__buf_z(&b, i > 1 ? ", " : "");
			for (const char *p = k ? item : first; *p; p++) {
				if (*p == '@') {
					bv__buf_printf(&b, "%u", k);
				} else if (*p == '#') {
					bv__buf_printf(&b, "%u", i);
				} else if (*p == '~') {
					bv__buf_printf(&b, "%u", columns + 1 - i);
				} else {
					bv__buf_ch(&b, *p);
				}
			}
			bv__buf_printf(&b, " AS c%u", i);
		}
		bv__buf_printf(&b, k ? " FROM w%u AS t%u" : " FROM main.t AS t0", k - 1, k);
		if (k && table) {
			bv__buf_printf(&b, " CROSS JOIN main.t AS u%u", k);
		}
		bv__buf_ch(&b, ')');
	}
	bv__buf_z(&b, " SELECT ");
	for (uint32_t i = 1; i <= columns; i++) {
		bv__buf_printf(&b, "%st%u.c%u AS o%u", i > 1 ? ", " : "", ctes, i, i);
	}
	bv__buf_printf(&b, " FROM w%u AS t%u", ctes - 1, ctes);
	return bv__buf_detach(&b);
}

typedef struct shape {
	const char *what, *first, *item;
	uint32_t ctes, columns;
	bool table;
	uint32_t sources; /* of the smaller one */
} shape;

/* Twice the query costs twice as much, give or take what grows by doubling. */
static void costs_what_it_says(void **state) {
	(void)state;
	static const shape shapes[] = {
		{"handed on", "t0.k#", "t@.c#", 40, 200, false, 200},
		{"a sum that takes up one column more each time", "t0.k0", "t@.c# + u@.k@", 300, 2, true, 600},
		{"each of two from both", "t0.k#", "t@.c# - t@.c~", 300, 2, false, 4},
		{"many, each from two", "t0.k#", "t@.c# - t@.c~", 20, 80, false, 160},
	};
	for (size_t i = 0; i < BV_COUNT(shapes); i++) {
		const shape *s = &shapes[i];
		char *one = chain(s->ctes, s->columns, s->first, s->item, s->table), *two = chain(2 * s->ctes, s->columns, s->first, s->item, s->table);
		uint32_t sources, more;
		size_t small = cost(one, &sources), large = cost(two, &more);
		if (sources != s->sources || large > 3 * small) {
			fail_msg("%s: %u sources, %zu bytes for %u CTEs, %zu for %u", s->what, sources, small, s->ctes, large, 2 * s->ctes);
		}
		bv_text_free(one);
		bv_text_free(two);
	}
}

static const char everything[] =
	"WITH RECURSIVE w1 AS (SELECT t1.s AS c1, t1.l AS c2, sum(t1.a) OVER (PARTITION BY t1.b ORDER BY t1.d) AS c3 FROM main.t AS t1 WHERE t1.f > 1), "
	"w2 AS (SELECT t2.a AS c1, t2.b AS c2 FROM main.t AS t2 UNION ALL SELECT t3.c2 AS d1, t3.c1 AS d2 FROM w2 AS t3 WHERE t3.c1 < 5) "
	"SELECT DISTINCT (t4.c1).\"a b\".c AS o1, t4.c2[1] AS o2, CASE WHEN t5.c1 = 1 THEN {'x': t4.c3, 'y': t5.c2} ELSE NULL END.x AS o3, "
	"(SELECT sum(t6.a) AS c1 FROM main.u AS t6 WHERE t6.b = t5.c1 LIMIT 1) AS o4, unnest(t4.c2) AS o5, array_transform(t4.c2, v -> v + t5.c1) AS o6, [t5.c1, 2] AS o7 "
	"FROM w1 AS t4 LEFT JOIN w2 AS t5 ON t4.c3 = t5.c1 CROSS JOIN UNNEST([1, 2]) AS t7(c1) CROSS JOIN generate_series(1, 3) AS t8(c1) "
	"CROSS JOIN (VALUES (1, 'a'), (2, 'b')) AS t9 "
	"WHERE EXISTS (SELECT 1 AS c1 FROM main.u AS t10 EXCEPT SELECT t11.a AS d1 FROM main.u AS t11) AND t9.column1 IN (SELECT t12.a AS c1 FROM main.u AS t12) "
	"ORDER BY o1, t4.c3 LIMIT 10";

static void each_allocation_may_fail(void **state) {
	(void)state;
	bv_arena *a = bv__arena_new();
	const bv_node *query = read_query(a, BV_STR(everything));
	bool ok = false;
	for (long n = 1; !ok; n++) {
		bv_lineage l;
		bv_uses u;
		bv_column_hash *h;
		uint32_t count;
		bv_arena *b = bv__arena_new();
		bv__alloc_fail_at(n);
		ok = ask(query, &l, &u, &h, &count, b);
		bv__alloc_fail_at(0);
		bv__arena_free(b);
		assert_true(n < 10000);
	}
	bv__arena_free(a);
}

/* Paths that a choice holds inside a choice, deeper than they are followed: the whole column then, and no deep recursion. */
static void deep_choices(void **state) {
	(void)state;
	bv_arena *a = bv__arena_new(), *b = bv__arena_new();
	char *text = chain(3000, 1, "t0.s", "coalesce(t@.c#, t@.c#, u@.s@)", true);
	bv_buf outer = BV_BUF_INIT;
	bv__buf_printf(&outer, "SELECT (q.o1).f AS o FROM (%s) AS q", text);
	bv_uses u;
	assert_true(bv__uses(a, read_query(b, bv__buf_view(&outer)), NULL, NULL, &u));
	assert_int_equal(u.v[0].n, 3000);
	bv__buf_free(&outer);
	bv_text_free(text);
	bv__arena_free(a);
	bv__arena_free(b);
}

int main(void) {
	const struct CMUnitTest tests[] = {cmocka_unit_test(costs_what_it_says), cmocka_unit_test(each_allocation_may_fail), cmocka_unit_test(deep_choices)};
	return cmocka_run_group_tests_name("lineage", tests, NULL, NULL);
}
