/* What several stages of the lane need to ask of a tree. */
#include "lane/lane_internal.h"

bool bv__lane_children(bv_node *node, bv_child_fn fn, void *ctx)
{
	const bv_node_desc *nd = &bv__nodes[node->kind];
	for (unsigned i = 0; i < nd->nfields; i++) {
		const bv_field_desc *f = &nd->fields[i];
		void *at = (char *)node + f->offset;
		if (f->type == BV_F_CHILD) {
			bv_node **c = at;
			if (*c && !(*c = fn(ctx, *c)))
				return false;
		} else if (f->type == BV_F_LIST) {
			bv_list *l = at;
			for (uint32_t k = 0; k < l->n; k++)
				if (!(l->v[k] = fn(ctx, l->v[k])))
					return false;
		}
	}
	return true;
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

bool bv__has_subquery(const bv_node *n)
{
	bool found = false;
	bv__walk((bv_node *)n, find_query, &found);
	return found;
}

/* A comparison of these needs no cast that could fail at run time. */
static bool comparable(const bv_node *a, const bv_node *b)
{
	if (!a->type || !b->type)
		return false;
	if (a->type->id == BV_T_NULL || b->type->id == BV_T_NULL)
		return true;
	if (bv__type_is_numeric(a->type) && bv__type_is_numeric(b->type))
		return !bv__type_is_decimal(a->type) && !bv__type_is_decimal(b->type);
	return bv__type_same_logical(a->type, b->type);
}

static bool is_atom(const bv_node *n)
{
	return n->kind == BV_COLUMN || n->kind == BV_NUMBER || n->kind == BV_STRING || n->kind == BV_BOOLEAN || n->kind == BV_NULL_LITERAL;
}

bool bv__is_pure_predicate(const bv_node *n)
{
	switch (n->kind) {
	case BV_COLUMN:
	case BV_BOOLEAN:
	case BV_NULL_LITERAL:
		return true;
	case BV_AND:
	case BV_OR: {
		const bv_list *l = &BV_AS(and, n)->terms; /* and, or: one layout */
		for (uint32_t i = 0; i < l->n; i++)
			if (!bv__is_pure_predicate(l->v[i]))
				return false;
		return true;
	}
	case BV_UNARY:
		return BV_AS(unary, n)->op == BV_unary_op_not && bv__is_pure_predicate(BV_AS(unary, n)->operand);
	case BV_IS:
		return is_atom(BV_AS(is, n)->operand);
	case BV_BINARY: {
		const bv_ast_binary *b = BV_AS(binary, n);
		return b->op >= BV_binary_op_eq && b->op <= BV_binary_op_is_not_distinct_from && is_atom(b->left) && is_atom(b->right) && comparable(b->left, b->right);
	}
	case BV_IN_LIST: {
		const bv_ast_in_list *l = BV_AS(in_list, n);
		if (!is_atom(l->operand))
			return false;
		for (uint32_t i = 0; i < l->items.n; i++)
			if (!is_atom(l->items.v[i]) || !comparable(l->operand, l->items.v[i]))
				return false;
		return true;
	}
	default:
		return false;
	}
}

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
