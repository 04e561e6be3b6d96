/* What several stages of the lane need to ask of a tree. */
#include "lane/lane_internal.h"

bool bv__lane_children(bv_node *node, bv_child_fn fn, void *ctx)
{
	for (const bv_kid *k = bv__kids[node->kind]; k->offset; k++) {
		void *at = (char *)node + k->offset;
		if (!k->list) {
			bv_node **c = at;
			if (*c && !(*c = fn(ctx, *c)))
				return false;
		} else {
			bv_list *l = at;
			for (uint32_t i = 0; i < l->n; i++)
				if (!(l->v[i] = fn(ctx, l->v[i])))
					return false;
		}
	}
	return true;
}

const bv_rule_desc bv__rules[BV_RULE_COUNT_ALL] = {
#define BV_RULE(name, title, why) {title, why},
#include "lane/rules.def"
#undef BV_RULE
};

void bv__rule_list(bv_lane_state *st, bv_rule rule, bv_span span, bv_node *const *after, uint32_t n)
{
	if (n == 1) {
		bv__rule(st, rule, span, after[0]);
		return;
	}
	bv_ast_row *row = st->cx->rule ? BV_MAKE(st->arena, ROW, row, span) : NULL;
	if (!row)
		return;
	row->items = (bv_list){(bv_node **)(uintptr_t)after, n};
	bv__rule(st, rule, span, &row->head);
}

bool bv__is_query(const bv_node *n) { return n->kind == BV_QUERY || n->kind == BV_SELECT || n->kind == BV_SET_OPERATION || n->kind == BV_VALUES; }

const bv_function *bv__call_function(const bv_lane_state *st, const bv_ast_call *c)
{
	bv_str name = c->name.v[c->name.n - 1];
	const bv_function *f = NULL;
	if (c->over) {
		f = bv__functions_find(st->cx->functions, name, BV_FN_WINDOW);
		if (!f)
			f = bv__functions_find(st->cx->functions, name, BV_FN_AGGREGATE);
		return f;
	}
	for (uint32_t i = 0; i < c->args.n; i++)
		if (c->args.v[i]->kind == BV_LAMBDA)
			return bv__functions_find(st->cx->functions, name, BV_FN_HIGHER_ORDER);
	static const int order[] = {BV_FN_SCALAR, BV_FN_AGGREGATE, BV_FN_WINDOW, BV_FN_HIGHER_ORDER};
	for (unsigned i = 0; i < BV_COUNT(order) && !f; i++)
		f = bv__functions_find(st->cx->functions, name, order[i]);
	return f;
}

typedef struct find_ctx {
	const bv_lane_state *st;
	bool found;
} find_ctx;

static bv_walk find_aggregate(bv_node *n, bv_node *parent, void *ctx)
{
	(void)parent;
	find_ctx *f = ctx;
	if (bv__is_query(n))
		return BV_WALK_PRUNE;
	if (n->kind == BV_CALL && !BV_AS(call, n)->over) {
		const bv_function *fn = bv__call_function(f->st, BV_AS(call, n));
		if (fn && fn->kind == BV_FN_AGGREGATE) {
			f->found = true;
			return BV_WALK_STOP;
		}
	}
	return BV_WALK_CONTINUE;
}

bool bv__has_aggregate(const bv_lane_state *st, const bv_node *n)
{
	find_ctx f = {st, false};
	bv__walk((bv_node *)n, find_aggregate, &f);
	return f.found;
}

static bv_walk find_window(bv_node *n, bv_node *parent, void *ctx)
{
	(void)parent;
	if (bv__is_query(n))
		return BV_WALK_PRUNE;
	if (n->kind == BV_CALL && BV_AS(call, n)->over) {
		*(bool *)ctx = true;
		return BV_WALK_STOP;
	}
	return BV_WALK_CONTINUE;
}

bool bv__has_window(const bv_node *n)
{
	bool found = false;
	bv__walk((bv_node *)n, find_window, &found);
	return found;
}

static bv_walk find_query(bv_node *n, bv_node *parent, void *ctx)
{
	(void)parent;
	if (bv__is_query(n)) {
		*(bool *)ctx = true;
		return BV_WALK_STOP;
	}
	return BV_WALK_CONTINUE;
}

bool bv__has_subquery(const bv_lane_state *st, const bv_node *n)
{
	if (st->typed && !st->subqueries)
		return false;
	bool found = false;
	bv__walk((bv_node *)n, find_query, &found);
	return found;
}

bool bv__relations_below(const bv_lane_state *st, const bv_node *n)
{
	switch (n->kind) {
	case BV_QUERY:
	case BV_SELECT:
	case BV_SET_OPERATION:
	case BV_CTE:
	case BV_JOIN:
	case BV_DERIVED:
		return true;
	default:
		return !st->typed || st->subqueries;
	}
}

bool bv__calls_unnest(const bv_ast_call *c) { return c->name.n == 1 && (bv__str_ieq(c->name.v[0], BV_STR("unnest")) || bv__str_ieq(c->name.v[0], BV_STR("unnest_outer"))); }

static bv_walk find_unnest(bv_node *n, bv_node *parent, void *ctx)
{
	(void)parent;
	find_ctx *f = ctx;
	if (bv__is_query(n))
		return BV_WALK_PRUNE;
	if (n->kind != BV_CALL || !bv__calls_unnest(BV_AS(call, n)) || bv__call_function(f->st, BV_AS(call, n)))
		return BV_WALK_CONTINUE;
	f->found = true;
	return BV_WALK_STOP;
}

bool bv__has_unnest(const bv_lane_state *st, const bv_node *n)
{
	find_ctx f = {st, false};
	bv__walk((bv_node *)n, find_unnest, &f);
	return f.found;
}

typedef struct volatile_ctx {
	const bv_lane_state *st;
	bool found;
} volatile_ctx;

static bv_walk visit_volatile(bv_node *n, bv_node *parent, void *ctx)
{
	(void)parent;
	volatile_ctx *v = ctx;
	const bv_function *f = n->kind == BV_CALL ? bv__call_function(v->st, BV_AS(call, n)) : NULL;
	if (!f || f->volatility != BV_VOLATILE)
		return BV_WALK_CONTINUE;
	v->found = true;
	return BV_WALK_STOP;
}

bool bv__is_volatile(const bv_lane_state *st, const bv_node *n)
{
	volatile_ctx v = {st, false};
	bv__walk((bv_node *)n, visit_volatile, &v);
	return v.found;
}

bv_str *bv__relation_alias(bv_node *n)
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

static bv_walk rename_relation(bv_node *n, bv_node *parent, void *ctx)
{
	(void)parent;
	bv_str *alias = bv__relation_alias(n);
	if (n->kind == BV_COLUMN && BV_AS(column, n)->path.n == 2)
		alias = &BV_AS(column, n)->path.v[0];
	const bv_str *name = alias ? bv__map_get(ctx, *alias) : NULL;
	if (name)
		*alias = *name;
	return BV_WALK_CONTINUE;
}

void bv__rename_relations(bv_node *n, bv_map *names) { bv__walk(n, rename_relation, names); }

bv_str bv__dotted(bv_arena *a, const bv_path *p)
{
	size_t n = 0;
	for (uint32_t i = 0; i < p->n; i++)
		n += p->v[i].n + 1;
	char *out = bv__arena_alloc(a, n + 1);
	if (!out)
		return (bv_str){"", 0};
	size_t at = 0;
	for (uint32_t i = 0; i < p->n; i++) {
		if (i)
			out[at++] = '.';
		memcpy(out + at, p->v[i].p, p->v[i].n);
		at += p->v[i].n;
	}
	return (bv_str){out, (uint32_t)at};
}

bv_str bv__table_key(bv_arena *a, const bv_path *path)
{
	size_t room = 1;
	for (uint32_t i = 0; i < path->n; i++)
		room += 2 * (size_t)path->v[i].n + 3;
	char *out = bv__arena_alloc(a, room), *at = out;
	for (uint32_t i = 0; out && i < path->n; i++) {
		bv_str part = path->v[i];
		bool quoted = memchr(part.p, '.', part.n) || memchr(part.p, '"', part.n);
		if (i)
			*at++ = '.';
		if (quoted)
			*at++ = '"';
		for (uint32_t k = 0; k < part.n; k++) {
			if (part.p[k] == '"')
				*at++ = '"';
			*at++ = part.p[k];
		}
		if (quoted)
			*at++ = '"';
	}
	return out ? (bv_str){out, (uint32_t)(at - out)} : (bv_str){"", 0};
}

bv_node *bv__not(bv_lane_state *st, bv_node *n)
{
	bv_ast_unary *u = BV_MAKE(st->arena, UNARY, unary, n->span);
	if (!u)
		return n;
	u->op = BV_unary_op_not;
	u->operand = n;
	u->head.type = bv__type(BV_T_BOOL);
	u->head.nullable = n->nullable;
	return &u->head;
}

bv_node *bv__cast_to(bv_lane_state *st, bv_node *n, const bv_type *t)
{
	if (bv__type_equal(n->type, t))
		return n;
	bv_ast_cast *c = BV_MAKE(st->arena, CAST, cast, n->span);
	if (!c)
		return n;
	c->operand = n;
	c->type = bv__type_to_node(st->arena, n->span, t);
	c->head.type = t;
	c->head.nullable = n->nullable;
	return &c->head;
}
