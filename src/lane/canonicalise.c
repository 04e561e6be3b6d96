/* canonicalise: one tree for one meaning. In: a typed tree; out: the same query in one spelling:
 *
 *   functions       canonical name, with the hash of the snapshot entry
 *   redundant casts CAST(x AS its own type) -> x. Precondition: the types are equal to the last child.
 *   BETWEEN         -> low <= x AND x <= high (negated: OR), where all three are columns or literals: x is read twice.
 *   comparisons     operands in order of their payload bytes, the operator turned; AND, OR and IN lists sorted, duplicates dropped.
 *                   Precondition: pure predicates (bv__is_pure_predicate): columns and literals of types whose comparison cannot fail.
 *                   Anything that can fail or short-circuit (division, casts, calls, subqueries) stays in its written order.
 *   EXISTS          SELECT list -> 1. Precondition: no aggregates, which make a row of an empty table, and no unnest, which drops rows.
 *   ON TRUE         of an inner join -> CROSS JOIN
 *   names           relations t1, t2, … and CTEs w1, w2, … in pre-order. */
#include "lane/lane_internal.h"

typedef struct canon_ctx {
	bv_lane_state *st;
} canon_ctx;

static bv_str payload_key(bv_lane_state *st, const bv_node *n)
{
	bv_buf b = BV_BUF_INIT;
	bv__payload_write(n, &b, NULL);
	bv_str out = bv__arena_str(st->arena, bv__buf_view(&b));
	bv__buf_free(&b);
	return out;
}

typedef struct keyed {
	bv_str key;
	bv_node *node;
} keyed;

static int by_key(const void *a, const void *b, void *ctx)
{
	(void)ctx;
	return bv__str_cmp(((const keyed *)a)->key, ((const keyed *)b)->key);
}

static void sort_unique(bv_lane_state *st, bv_list *l)
{
	keyed *v = BV_NEWN(st->arena, keyed, l->n + 1);
	if (!v)
		return;
	for (uint32_t i = 0; i < l->n; i++)
		v[i] = (keyed){payload_key(st, l->v[i]), l->v[i]};
	if (!bv__sort(v, l->n, sizeof *v, by_key, NULL))
		return;
	uint32_t n = 0;
	for (uint32_t i = 0; i < l->n; i++)
		if (!i || !bv__str_eq(v[i].key, v[i - 1].key))
			l->v[n++] = v[i].node;
	l->n = n;
}

/* Flattens an AND or OR; where it is pure, sorts its terms and drops equal ones. */
void bv__canonical_terms(bv_lane_state *st, bv_node **node)
{
	bv_node *n = *node;
	bv_ast_and *a = BV_AS(and, n); /* and, or: one layout */
	bv_node_vec flat = {0};
	for (uint32_t i = 0; i < a->terms.n; i++) {
		bv_node *t = a->terms.v[i];
		if (t->kind != n->kind) {
			(void)BV_PUSH(st->arena, &flat, t);
			continue;
		}
		for (uint32_t k = 0; k < BV_AS(and, t)->terms.n; k++)
			(void)BV_PUSH(st->arena, &flat, BV_AS(and, t)->terms.v[k]);
	}
	a->terms = bv__list_done(flat);
	if (!bv__is_pure_predicate(n))
		return;
	sort_unique(st, &a->terms);
	if (a->terms.n == 1)
		*node = a->terms.v[0];
}

static int turned(unsigned op)
{
	switch (op) {
	case BV_binary_op_eq:
	case BV_binary_op_ne:
	case BV_binary_op_is_distinct_from:
	case BV_binary_op_is_not_distinct_from:
		return (int)op;
	case BV_binary_op_lt:
		return BV_binary_op_gt;
	case BV_binary_op_le:
		return BV_binary_op_ge;
	case BV_binary_op_gt:
		return BV_binary_op_lt;
	case BV_binary_op_ge:
		return BV_binary_op_le;
	default:
		return -1;
	}
}

static bool is_atom(const bv_node *n)
{
	return n->kind == BV_COLUMN || n->kind == BV_NUMBER || n->kind == BV_STRING || n->kind == BV_BOOLEAN || n->kind == BV_NULL_LITERAL;
}

static bv_node *comparison(bv_lane_state *st, unsigned op, bv_node *left, bv_node *right, bv_span span)
{
	bv_ast_binary *b = BV_MAKE(st->arena, BINARY, binary, span);
	if (!b)
		return NULL;
	b->op = (uint8_t)op;
	b->left = left;
	b->right = right;
	b->head.type = bv__type(BV_T_BOOL);
	b->head.nullable = left->nullable || right->nullable;
	return &b->head;
}

/* Columns left of literals, then by payload. Only where the predicate is pure. */
static void order_operands(bv_lane_state *st, bv_ast_binary *b)
{
	int back = turned(b->op);
	if (back < 0 || !bv__is_pure_predicate(&b->head))
		return;
	bool lc = b->left->kind == BV_COLUMN, rc = b->right->kind == BV_COLUMN;
	bool swap = lc == rc ? bv__str_cmp(payload_key(st, b->left), payload_key(st, b->right)) > 0 : rc;
	if (!swap)
		return;
	bv_node *x = b->left;
	b->left = b->right;
	b->right = x;
	b->op = (uint8_t)back;
}

static bv_node *between(bv_lane_state *st, bv_ast_between *b)
{
	if (!is_atom(b->operand) || !is_atom(b->low) || !is_atom(b->high))
		return &b->head;
	bv_node *low = comparison(st, b->negated ? BV_binary_op_lt : BV_binary_op_ge, b->operand, b->low, b->head.span);
	bv_node *high = comparison(st, b->negated ? BV_binary_op_gt : BV_binary_op_le, bv__tree_copy(st->arena, b->operand), b->high, b->head.span);
	bv_node *n = bv__node_new(st->arena, b->negated ? BV_OR : BV_AND, b->head.span);
	if (!low || !high || !n)
		return &b->head;
	bv_node *terms[2] = {low, high};
	BV_AS(and, n)->terms = bv__list_of(st->arena, terms, 2);
	n->type = bv__type(BV_T_BOOL);
	n->nullable = b->head.nullable;
	order_operands(st, BV_AS(binary, low));
	order_operands(st, BV_AS(binary, high));
	return n;
}

static bool plain_number(const bv_node *n)
{
	if (n->kind != BV_NUMBER)
		return false;
	bv_str t = BV_AS(number, n)->text;
	for (uint32_t i = 0; i < t.n; i++)
		if (t.p[i] < '0' || t.p[i] > '9')
			return false;
	return true;
}

static void exists_list(bv_lane_state *st, bv_ast_query *q)
{
	if (q->body->kind != BV_SELECT)
		return;
	bv_ast_select *s = BV_AS(select, q->body);
	for (uint32_t i = 0; i < s->projections.n; i++) {
		bv_node *e = BV_AS(alias, s->projections.v[i])->operand;
		if (bv__has_aggregate(st, e))
			return;
		if (e->kind == BV_CALL && !bv__call_function(st, BV_AS(call, e)))
			return; /* unnest */
	}
	bv_node *one = bv__number(st->arena, s->head.span, 1);
	if (!one)
		return;
	one->type = bv__type(BV_T_INT64);
	bv_node *p = bv__alias(st->arena, one, BV_STR("c1"));
	if (!p)
		return;
	p->type = one->type;
	/* With OFFSET the number of distinct rows counts. */
	if (q->offset && s->distinct)
		return;
	s->projections = bv__list_of(st->arena, &p, 1);
	s->distinct = false;
	q->order_by = (bv_list){0}; /* the number of rows is all that counts */
}

static bv_node *canon(void *ctx, bv_node *n)
{
	canon_ctx *cx = ctx;
	bv_lane_state *st = cx->st;
	if (n->kind == BV_TYPE)
		return n;
	if (n->kind == BV_EXISTS)
		exists_list(st, BV_AS(query, BV_AS(exists, n)->query));
	bv__lane_children(n, canon, cx);
	switch (n->kind) {
	case BV_CALL: {
		bv_ast_call *c = BV_AS(call, n);
		const bv_function *f = bv__call_function(st, c);
		bv_str name = f ? f->name : BV_STR("unnest");
		c->name = bv__path_of(st->arena, &name, 1);
		c->entry = f ? f->hash : (bv_str){"", 0};
		return n;
	}
	case BV_CAST: {
		bv_ast_cast *c = BV_AS(cast, n);
		if (n->type && c->operand->type && bv__type_equal(n->type, c->operand->type) && !plain_number(c->operand))
			return c->operand;
		return n;
	}
	case BV_BINARY:
		order_operands(st, BV_AS(binary, n));
		return n;
	case BV_BETWEEN:
		return between(st, BV_AS(between, n));
	case BV_AND:
	case BV_OR:
		bv__canonical_terms(st, &n);
		return n;
	case BV_IN_LIST:
		if (bv__is_pure_predicate(n))
			sort_unique(st, &BV_AS(in_list, n)->items);
		return n;
	case BV_JOIN: {
		bv_ast_join *j = BV_AS(join, n);
		if (j->type == BV_join_type_inner && j->on && j->on->kind == BV_BOOLEAN && BV_AS(boolean, j->on)->value) {
			j->on = NULL;
			j->type = BV_join_type_cross;
		}
		return n;
	}
	default:
		return n;
	}
}

/* ---- names ---- */

typedef struct rename_ctx {
	bv_lane_state *st;
	bv_map names; /* old -> bv_str * */
	uint32_t n;
} rename_ctx;

static bv_str *alias_of(bv_node *n)
{
	switch (n->kind) {
	case BV_TABLE:
		return &BV_AS(table, n)->alias;
	case BV_DERIVED:
		return &BV_AS(derived, n)->alias;
	case BV_UNNEST:
		return &BV_AS(unnest, n)->alias;
	case BV_TABLE_FUNCTION:
		return &BV_AS(table_function, n)->alias;
	default:
		return NULL;
	}
}

static bv_walk number_relation(bv_node *n, bv_node *parent, void *ctx)
{
	(void)parent;
	rename_ctx *r = ctx;
	bv_str *alias = alias_of(n);
	if (alias) {
		bv_str *name = BV_NEW(r->st->arena, bv_str);
		if (name) {
			*name = bv__arena_printf(r->st->arena, "t%u", ++r->n);
			bv__map_put(&r->names, *alias, name);
		}
	}
	return BV_WALK_CONTINUE;
}

static bv_walk rename_relation(bv_node *n, bv_node *parent, void *ctx)
{
	(void)parent;
	rename_ctx *r = ctx;
	bv_str *alias = alias_of(n);
	if (n->kind == BV_COLUMN && BV_AS(column, n)->path.n == 2)
		alias = &BV_AS(column, n)->path.v[0];
	if (alias) {
		const bv_str *name = bv__map_get(&r->names, *alias);
		if (name)
			*alias = *name;
	}
	return BV_WALK_CONTINUE;
}

static bv_walk rename_cte(bv_node *n, bv_node *parent, void *ctx)
{
	(void)parent;
	rename_ctx *r = ctx;
	bv_str *at = n->kind == BV_CTE ? &BV_AS(cte, n)->name : n->kind == BV_TABLE && BV_AS(table, n)->path.n == 1 ? &BV_AS(table, n)->path.v[0] : NULL;
	if (at) {
		const bv_str *name = bv__map_get(&r->names, *at);
		if (name)
			*at = *name;
	}
	return BV_WALK_CONTINUE;
}

static void rename_all(bv_lane_state *st)
{
	rename_ctx r = {.st = st};
	bv__map_init(&r.names, st->arena);
	bv__walk(st->tree, number_relation, &r);
	bv__walk(st->tree, rename_relation, &r);
	rename_ctx w = {.st = st};
	bv__map_init(&w.names, st->arena);
	const bv_list *ctes = &BV_AS(query, st->tree)->ctes;
	for (uint32_t i = 0; i < ctes->n; i++) {
		bv_str *name = BV_NEW(st->arena, bv_str);
		if (!name)
			return;
		*name = bv__arena_printf(st->arena, "w%u", i + 1);
		bv__map_put(&w.names, BV_AS(cte, ctes->v[i])->name, name);
	}
	if (ctes->n)
		bv__walk(st->tree, rename_cte, &w);
}

bool bv__lane_canonicalise(bv_lane_state *st)
{
	canon_ctx cx = {st};
	/* First the names: the order of operands looks at them. */
	rename_all(st);
	st->tree = canon(&cx, st->tree);
	return !bv__arena_failed(st->arena);
}
