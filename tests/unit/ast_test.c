/* The tree: its tables, and every algorithm over them. */
#include "test.h"

static bv_arena *a;
static int setup(void **state) {
	(void)state;
	a = bv__arena_new();
	return a ? 0 : -1;
}
static int teardown(void **state) {
	(void)state;
	bv__arena_free(a);
	return 0;
}

static bv_node *col(const char *name) { return bv__column(a, BV_NO_SPAN, BV_STR("t"), bv__str(name)); }

/* select t.a as a, -5 as n from t where t.b */
static bv_ast_query *sample(void) {
	bv_ast_query *q = BV_MAKE(a, QUERY, query, ((bv_span){1, 0, 9}));
	bv_ast_select *s = BV_MAKE(a, SELECT, select, BV_NO_SPAN);
	bv_ast_table *t = BV_MAKE(a, TABLE, table, BV_NO_SPAN);
	bv_str name = BV_STR("t");
	t->path = bv__path_of(a, &name, 1);
	bv_node *from = &t->head;
	bv_node *p[2] = {bv__alias(a, col("a"), BV_STR("a")), bv__alias(a, bv__number(a, BV_NO_SPAN, -5), BV_STR("n"))};
	s->projections = bv__list_of(a, p, 2);
	s->from = bv__list_of(a, &from, 1);
	s->where = col("b");
	q->body = &s->head;
	return q;
}

static void tables(void **state) {
	(void)state;
	assert_int_equal(bv__kind_by_name(BV_STR("")), BV_KIND_NONE);
	assert_int_equal(bv__kind_by_name(BV_STR("none")), BV_KIND_NONE);
	assert_int_equal(bv__kind_by_name(BV_STR("selec")), BV_KIND_NONE);
	for (unsigned k = 1; k < BV_KIND_COUNT; k++) {
		const bv_node_desc *d = &bv__nodes[k];
		assert_int_equal(bv__kind_by_name(bv__str(d->name)), k);
		assert_true(d->size >= sizeof(bv_node));
		for (unsigned i = 0; i < d->nfields; i++) {
			const bv_field_desc *f = &d->fields[i];
			assert_true(f->offset >= sizeof(bv_node) && f->offset < d->size);
			assert_int_equal(f->values != NULL, f->type == BV_F_ENUM);
			/* Reserved words of the payload. */
			assert_string_not_equal(f->name, "kind");
			assert_string_not_equal(f->name, "in");
			assert_string_not_equal(f->name, "as");
			for (unsigned j = 0; j < i; j++) assert_string_not_equal(f->name, d->fields[j].name);
		}
	}
	assert_string_equal(bv__enum_name(BV_JOIN, "type", BV_join_type_left_semi), "left_semi");
	assert_string_equal(bv__enum_name(BV_IS, "test", BV_is_test_true), "true");
	assert_string_equal(bv__enum_name(BV_JOIN, "type", 200), "?");
	assert_string_equal(bv__enum_name(BV_JOIN, "none", 0), "?");
}

static void making(void **state) {
	(void)state;
	bv_node *n = bv__number(a, BV_NO_SPAN, INT64_MIN);
	assert_int_equal(n->kind, BV_UNARY);
	assert_str(BV_AS(number, BV_AS(unary, n)->operand)->text, "9223372036854775808");
	assert_str(BV_AS(number, bv__number(a, BV_NO_SPAN, 0))->text, "0");
	assert_str(BV_AS(string, bv__string(a, BV_NO_SPAN, BV_STR("x")))->text, "x");
	assert_non_null(BV_AS(table, bv__node_new(a, BV_TABLE, BV_NO_SPAN))->alias.p); /* a text is never NULL */
	assert_int_equal(BV_AS(column, bv__column(a, BV_NO_SPAN, BV_STR(""), BV_STR("x")))->path.n, 1);
	bv_node *x = col("x"), *y = col("y"), *z = col("z");
	assert_null(bv__and(a, NULL, NULL));
	assert_ptr_equal(bv__and(a, x, NULL), x);
	assert_ptr_equal(bv__and(a, NULL, x), x);
	bv_node *w = bv__and(a, bv__and(a, x, y), bv__and(a, z, x)); /* flat */
	assert_int_equal(BV_AS(and, w)->terms.n, 4);
	assert_ptr_equal(BV_AS(and, w)->terms.v[2], z);
	bv_node *c = bv__call(a, BV_NO_SPAN, "sum", &x, 1);
	assert_str(BV_AS(call, c)->name.v[0], "sum");
	assert_int_equal(BV_AS(call, c)->args.n, 1);
	assert_int_equal(bv__list_of(a, NULL, 0).n, 0);
}

typedef struct seen {
	uint16_t kinds[32];
	unsigned n, stop_at;
	uint16_t prune;
} seen;
static bv_walk visit(bv_node *n, bv_node *parent, void *ctx) {
	seen *s = ctx;
	assert_true(parent == NULL || parent->kind != BV_COLUMN);
	if (s->stop_at && s->n + 1 == s->stop_at) return BV_WALK_STOP;
	s->kinds[s->n++] = n->kind;
	return n->kind == s->prune ? BV_WALK_PRUNE : BV_WALK_CONTINUE;
}

static void walking(void **state) {
	(void)state;
	bv_ast_query *q = sample();
	seen s = {0};
	assert_true(bv__walk(&q->head, visit, &s));
	static const uint16_t order[] = {BV_QUERY, BV_SELECT, BV_ALIAS, BV_COLUMN, BV_ALIAS, BV_UNARY, BV_NUMBER, BV_TABLE, BV_COLUMN};
	assert_int_equal(s.n, BV_COUNT(order));
	assert_memory_equal(s.kinds, order, sizeof order);
	assert_int_equal(bv__tree_count(&q->head), BV_COUNT(order));
	s = (seen){.prune = BV_ALIAS};
	assert_true(bv__walk(&q->head, visit, &s));
	assert_int_equal(s.n, 6);
	s = (seen){.stop_at = 4};
	assert_false(bv__walk(&q->head, visit, &s));
	assert_int_equal(s.n, 3);
	s = (seen){0};
	assert_true(bv__children(q->body, visit, &s));
	assert_int_equal(s.n, 4);
	assert_true(bv__walk(NULL, visit, &s));
}

static bv_node *rename_b(bv_arena *arena, bv_node *n, void *ctx) {
	++*(unsigned *)ctx;
	if (n->kind != BV_COLUMN || !bv__str_is(BV_AS(column, n)->path.v[1], "b")) return n;
	return bv__column(arena, n->span, BV_STR("t"), BV_STR("c"));
}
static bv_walk not_aliases(bv_node *n, bv_node *parent, void *ctx) {
	(void)parent, (void)ctx;
	return n->kind == BV_ALIAS ? BV_WALK_PRUNE : BV_WALK_CONTINUE;
}

static void rewriting_shares(void **state) {
	(void)state;
	bv_ast_query *q = sample();
	bv_hash128 before = bv__tree_hash(&q->head);
	unsigned calls = 0;
	bv_ast_query *r = BV_AS(query, bv__map_tree(a, &q->head, NULL, rename_b, &calls));
	assert_int_equal(calls, 9);
	assert_ptr_not_equal(r, q);
	bv_ast_select *s = BV_AS(select, q->body), *t = BV_AS(select, r->body);
	assert_ptr_equal(s->projections.v, t->projections.v); /* untouched: shared */
	assert_str(BV_AS(column, t->where)->path.v[1], "c");
	assert_str(BV_AS(column, s->where)->path.v[1], "b"); /* the old tree is as it was */
	assert_int_equal(bv__tree_hash(&q->head).lo, before.lo);
	assert_false(bv__tree_equal(&q->head, &r->head));
	calls = 0;
	assert_ptr_equal(bv__map_tree(a, &r->head, not_aliases, rename_b, &calls), &r->head); /* nothing to do: the same tree */
	assert_int_equal(calls, 4);
	assert_null(bv__map_tree(a, NULL, NULL, rename_b, &calls));
}

static void equality_and_hash(void **state) {
	(void)state;
	bv_ast_query *q = sample(), *r = sample();
	assert_true(bv__tree_equal(&q->head, &r->head));
	assert_memory_equal(&(bv_hash128){0}, &(bv_hash128){0}, 16);
	bv_hash128 h = bv__tree_hash(&q->head), i = bv__tree_hash(&r->head);
	assert_memory_equal(&h, &i, sizeof h);
	r->head.span = BV_NO_SPAN; /* spans and annotations do not count */
	r->body->nullable = 1;
	r->body->mark = 9;
	assert_true(bv__tree_equal(&q->head, &r->head));
	i = bv__tree_hash(&r->head);
	assert_memory_equal(&h, &i, sizeof h);
	/* Each kind of field counts. */
	bv_ast_select *s = BV_AS(select, r->body);
	s->distinct = true;
	assert_false(bv__tree_equal(&q->head, &r->head));
	assert_int_not_equal(bv__tree_hash(&r->head).lo, h.lo);
	s->distinct = false;
	s->projections.n = 1;
	assert_false(bv__tree_equal(&q->head, &r->head));
	s->projections.n = 2;
	BV_AS(column, s->where)->path.insensitive = 1;
	assert_false(bv__tree_equal(&q->head, &r->head));
	assert_int_not_equal(bv__tree_hash(&r->head).lo, h.lo);
	BV_AS(column, s->where)->path.insensitive = 0;
	BV_AS(alias, s->projections.v[0])->name = BV_STR("A");
	assert_false(bv__tree_equal(&q->head, &r->head));
	assert_false(bv__tree_equal(&q->head, NULL));
	assert_true(bv__tree_equal(NULL, NULL));
}

static void copies_own_their_texts(void **state) {
	(void)state;
	bv_ast_query *q = sample();
	char text[] = "name";
	BV_AS(alias, BV_AS(select, q->body)->projections.v[0])->name = bv__str(text);
	bv_arena *other = bv__arena_new();
	bv_node *c = bv__tree_copy(other, &q->head);
	assert_true(bv__tree_equal(c, &q->head));
	assert_int_equal(c->span.end, 9); /* spans are kept */
	text[0] = 'g';
	assert_false(bv__tree_equal(c, &q->head));
	assert_null(bv__tree_copy(other, NULL));
	bv__arena_free(other);
}

/* n negations around a column. */
static bv_node *nested(unsigned n) {
	bv_node *x = col("x");
	for (unsigned i = 0; i < n; i++) {
		bv_ast_unary *u = BV_MAKE(a, UNARY, unary, BV_NO_SPAN);
		u->operand = x;
		x = &u->head;
	}
	return x;
}

static bv_node *same(bv_arena *arena, bv_node *n, void *ctx) {
	(void)arena, (void)ctx;
	return n;
}

static void depth_has_an_end(void **state) {
	(void)state;
	assert_true(bv__tree_within(nested(BV_DEPTH_MAX - 1)));
	assert_false(bv__tree_within(nested(BV_DEPTH_MAX)));
	bv_node *deep = nested(1000000), *twin = nested(1000000);
	seen s = {.prune = BV_QUERY};
	(void)s;
	assert_false(bv__tree_within(deep));
	assert_false(bv__tree_equal(deep, twin));
	assert_int_equal(bv__tree_hash(deep).lo, 0);
	bv_arena *other = bv__arena_new();
	assert_non_null(bv__tree_copy(other, deep));
	assert_true(bv__arena_failed(other));
	bv__arena_free(other);
	other = bv__arena_new();
	assert_ptr_equal(bv__map_tree(other, deep, NULL, same, NULL), deep);
	assert_true(bv__arena_failed(other));
	bv__arena_free(other);
	bv_buf b = BV_BUF_INIT;
	bv__payload_write(deep, &b, NULL);
	assert_true(b.failed);
	bv__buf_free(&b);
	bv__tree_print(deep, false, &b);
	assert_true(b.failed);
	bv__buf_free(&b);
	char h[65] = "x";
	bv__fingerprint(deep, h);
	assert_string_equal(h, "");
}

/* A tree that shares its halves doubles with each level; the budget of nodes counts what would be written. */
static void sharing_has_an_end(void **state) {
	(void)state;
	bv_node *x = col("x");
	for (unsigned i = 0; i < 60; i++) {
		bv_ast_binary *b = BV_MAKE(a, BINARY, binary, BV_NO_SPAN);
		b->left = b->right = x;
		x = &b->head;
	}
	assert_false(bv__tree_within(x));
	assert_true(bv__tree_equal(x, x));
}

static void printing(void **state) {
	(void)state;
	bv_ast_query *q = sample();
	BV_AS(table, BV_AS(select, q->body)->from.v[0])->path.insensitive = 1;
	bv_buf b = BV_BUF_INIT;
	bv__tree_print(&q->head, true, &b);
	assert_string_equal(b.p,
		"query\n"
		"  body: select\n"
		"    projections: alias name=\"a\"\n"
		"      operand: column path=t.a\n"
		"    projections: alias name=\"n\"\n"
		"      operand: unary op=negate\n"
		"        operand: number text=\"5\"\n"
		"    from: table path=t~\n"
		"    where: column path=t.b\n");
	bv__buf_free(&b);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tables), cmocka_unit_test(making), cmocka_unit_test(walking), cmocka_unit_test(rewriting_shares), cmocka_unit_test(equality_and_hash),
		cmocka_unit_test(copies_own_their_texts), cmocka_unit_test(depth_has_an_end), cmocka_unit_test(sharing_has_an_end), cmocka_unit_test(printing),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
