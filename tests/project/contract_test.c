/* Contracts: stored schemas, the casts that lead to them, and what a change of them breaks. */
#include "project_test.h"

typedef struct made {
	place p;
	bv_view_artifact art;
	bv_contract c;
} made;

/* An artifact as if the lane had compiled `SELECT t.<name> AS <name>, … FROM t`, from "name type[!], …" (!: NOT NULL). */
static void make(made *m, const char *const (*columns)[2], uint32_t n) {
	bv_arena *a = m->p.arena;
	bv_field *f = BV_NEWN(a, bv_field, n);
	bv_node_vec items = {0};
	for (uint32_t i = 0; i < n; i++) {
		bv_str type = bv__str(columns[i][1]);
		bool not_null = bv__str_ends(type, "!");
		type.n -= not_null;
		uint32_t file = bv__diag_source(m->p.d, BV_STR(""), type);
		f[i] = (bv_field){bv__str(columns[i][0]), bv__type_parse(a, type, bv__datafusion, file, m->p.d), !not_null, NULL, 0};
		if (!f[i].type) {
			show_all(&m->p);
			fail();
		}
		bv_node *c = bv__column(a, BV_NO_SPAN, BV_STR("t"), f[i].name);
		c->type = f[i].type;
		c->nullable = f[i].nullable;
		assert_true(BV_PUSH(a, &items, bv__alias(a, c, f[i].name)));
	}
	bv_ast_query *q = BV_MAKE(a, QUERY, query, BV_NO_SPAN);
	bv_ast_select *s = BV_MAKE(a, SELECT, select, BV_NO_SPAN);
	bv_ast_table *t = BV_MAKE(a, TABLE, table, BV_NO_SPAN);
	bv_str path[2] = {BV_STR("main"), BV_STR("t")};
	t->path = bv__path_of(a, path, 2);
	t->alias = BV_STR("t");
	bv_node *from = &t->head;
	s->from = bv__list_of(a, &from, 1);
	s->projections = bv__list_done(items);
	q->body = &s->head;
	m->art = (bv_view_artifact){.ast = &q->head, .has_schema = true, .schema = {f, n}};
}

static void stored_types(void **state) {
	(void)state;
	made m = {.p = place_new()};
	static const char *const columns[][2] = {{"a", "UInt8!"}, {"b", "UInt32"}, {"c", "UInt64"}, {"d", "TIMESTAMP"}, {"e", "VARCHAR"}, {"f", "BIGINT"}};
	make(&m, columns, BV_COUNT(columns));
	assert_true(bv__contract_derive(m.p.arena, &m.art, &m.c, BV_NO_SPAN, m.p.d));
	assert_true(m.c.cast);
	static const char *const stored[] = {"Int16", "Int64", "Int64", "Timestamp(µs)", "Utf8", "Int64"};
	for (size_t i = 0; i < BV_COUNT(stored); i++) {
		assert_str(bv__type_str(m.p.arena, m.c.stored.v[i].type), stored[i]);
	}
	assert_str(bv__type_str(m.p.arena, m.c.scanned.v[4].type), "Utf8View");
	assert_false(m.c.stored.v[0].nullable);
	const bv_node *q = bv__contract_stored_query(m.p.arena, m.art.ast, &m.c);
	assert_ptr_not_equal(q, m.art.ast);
	bv_buf sql = BV_BUF_INIT;
	assert_true(bv__sql_generate(q, bv__datafusion, false, &sql, m.p.d));
	assert_non_null(strstr(sql.p, "IS NOT DISTINCT FROM"));
	assert_non_null(strstr(sql.p, "column d cannot be stored"));
	assert_null(strstr(sql.p, "column c cannot be stored")); /* a plain cast fails by itself */
	bv__buf_free(&sql);
	/* In place of its table: the same casts, and then what a scan would give. */
	const bv_node *scan = bv__contract_scanned_query(m.p.arena, m.art.ast, &m.c);
	assert_true(bv__sql_generate(scan, bv__datafusion, false, &sql, m.p.d));
	assert_non_null(strstr(sql.p, "column d cannot be stored"));
	for (uint32_t i = 0; i < m.c.scanned.n; i++) {
		const bv_node *column = BV_AS(select, BV_AS(query, scan)->body)->projections.v[i];
		assert_true(bv__type_equal(column->type, m.c.scanned.v[i].type));
		assert_true(column->nullable == m.c.scanned.v[i].nullable);
	}
	bv__buf_free(&sql);
	/* A governed tree like any other: it writes and reads back. */
	bv_buf json = BV_BUF_INIT;
	bv__payload_write(q, &json, NULL);
	uint32_t file = bv__diag_source(m.p.d, BV_STR("p"), bv__buf_view(&json));
	bv_node *back = bv__payload_read(m.p.arena, bv__buf_view(&json), file, m.p.d);
	assert_non_null(back);
	assert_true(bv__tree_equal(q, back));
	bv__buf_free(&json);
	place_free(&m.p);
}

static void nothing_to_cast(void **state) {
	(void)state;
	made m = {.p = place_new()};
	static const char *const columns[][2] = {{"a", "BIGINT"}, {"b", "VARCHAR"}, {"c", "DECIMAL(10, 2)"}};
	make(&m, columns, BV_COUNT(columns));
	assert_true(bv__contract_derive(m.p.arena, &m.art, &m.c, BV_NO_SPAN, m.p.d));
	assert_false(m.c.cast);
	assert_ptr_equal(bv__contract_stored_query(m.p.arena, m.art.ast, &m.c), m.art.ast);
	assert_ptr_equal(bv__contract_scanned_query(m.p.arena, m.art.ast, &m.c), m.art.ast); /* these are what a scan gives */
	struct ArrowSchema arrow = {0};
	assert_true(bv__contract_export(m.p.arena, &m.c, &arrow));
	assert_string_equal(arrow.format, "+s");
	assert_int_equal(arrow.n_children, 3);
	assert_non_null(arrow.metadata);
	arrow.release(&arrow);
	place_free(&m.p);
}

static void refused(void **state) {
	(void)state;
	static const struct {
		const char *columns[2][2];
		bv_code code;
	} cases[] = {
		{{{"a", "BIGINT"}, {"b", "INTERVAL"}}, BV_E_STORED_TYPE},
		{{{"a", "BIGINT"}, {"count(*)", "BIGINT"}}, BV_E_OUTPUT_NAME},
		{{{"a", "BIGINT"}, {"", "BIGINT"}}, BV_E_OUTPUT_NAME},
		{{{"a", "BIGINT"}, {"a", "BIGINT"}}, BV_E_OUTPUT_NAME},
		{{{"a", "BIGINT"}, {"A", "BIGINT"}}, BV_E_OUTPUT_NAME},
		{{{"a", "BIGINT"}, {"b", "STRUCT<\"x y\" BIGINT>"}}, BV_E_OUTPUT_NAME},
	};
	for (size_t i = 0; i < BV_COUNT(cases); i++) {
		made m = {.p = place_new()};
		make(&m, cases[i].columns, 2);
		assert_false(bv__contract_derive(m.p.arena, &m.art, &m.c, BV_NO_SPAN, m.p.d));
		assert_int_equal(m.p.d->items.n, 1);
		assert_int_equal(m.p.d->items.v[0].code, cases[i].code);
		place_free(&m.p);
	}
}

static void check_diff(const char *const (*before)[2], uint32_t nb, const char *const (*after)[2], uint32_t na, const char *want) {
	made x = {.p = place_new()}, y = {.p = place_new()};
	make(&x, before, nb);
	make(&y, after, na);
	bv_contract_change *v = NULL;
	uint32_t n = 0;
	assert_true(bv__contract_diff(x.p.arena, &x.art.schema, &y.art.schema, &v, &n));
	bv_buf b = BV_BUF_INIT;
	for (uint32_t i = 0; i < n; i++) {
		bv__buf_printf(&b, "%s%s" BV_STR_FMT " " BV_STR_FMT, i ? "; " : "", v[i].breaking ? "!" : "", BV_STR_ARG(v[i].kind), BV_STR_ARG(v[i].column));
	}
	assert_string_equal(b.p, want);
	bv__buf_free(&b);
	place_free(&x.p);
	place_free(&y.p);
}

static void diffs(void **state) {
	(void)state;
	static const char *const base[][2] = {{"a", "BIGINT"}, {"b", "VARCHAR"}, {"s", "STRUCT<x BIGINT, y BIGINT>"}};
	static const char *const added[][2] = {{"a", "BIGINT!"}, {"b", "Utf8"}, {"s", "STRUCT<x BIGINT, y BIGINT, z DATE>"}, {"c", "DATE"}};
	static const char *const broken[][2] = {{"b", "VARCHAR"}, {"a", "INT"}, {"s", "STRUCT<x BIGINT>"}};
	static const char *const fewer[][2] = {{"a", "BIGINT"}};
	check_diff(base, 3, base, 3, "");
	check_diff(base, 3, added, 4, "nullability a; added s.z; added c");
	check_diff(added, 4, base, 3, "!nullability a; !removed s.z; !removed c");
	check_diff(base, 3, broken, 3, "!type a; !order b; !removed s.y");
	check_diff(base, 3, fewer, 1, "!removed b; !removed s");
}

int main(void) {
	const struct CMUnitTest tests[] = {cmocka_unit_test(stored_types), cmocka_unit_test(nothing_to_cast), cmocka_unit_test(refused), cmocka_unit_test(diffs)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
