/* verify: proves that a tree is a governed tree, after every lane, also in release. A tree that fails is a defect of the stage that made it,
 * said by name, and is never registered. */
#include "lane/lane_internal.h"

typedef struct verify_ctx {
	const char *fault;
	const bv_node *at;
	bool typed;
} verify_ctx;

static const char *fault_of(const bv_node *n, bool typed)
{
	if (!bv__nodes[n->kind].governed)
		return "a kind that only trees as read may hold";
	if (bv__governed_fault(n))
		return "a field that only trees as read may hold";
	switch (n->kind) {
	case BV_QUERY:
		return BV_AS(query, n)->order_by_all ? "ORDER BY ALL" : NULL;
	case BV_SELECT: {
		const bv_ast_select *s = BV_AS(select, n);
		if (s->qualify)
			return "QUALIFY";
		if (s->distinct_on.n)
			return "DISTINCT ON";
		if (s->group_by_all)
			return "GROUP BY ALL";
		if (s->windows.n)
			return "a named window";
		if (s->from.n > 1)
			return "a comma join";
		for (uint32_t i = 0; i < s->projections.n; i++) {
			if (s->projections.v[i]->kind != BV_ALIAS)
				return "a projection without a name";
			if (typed && !s->projections.v[i]->type)
				return "a projection without a type";
		}
		for (uint32_t i = 0; i < s->group_by.n; i++)
			if (s->group_by.v[i]->kind == BV_NUMBER)
				return "a position in GROUP BY";
		return NULL;
	}
	case BV_ORDER_ITEM:
		return BV_AS(order_item, n)->operand->kind == BV_NUMBER ? "a position in ORDER BY" : NULL;
	case BV_SET_OPERATION:
		return BV_AS(set_operation, n)->by_name ? "BY NAME" : NULL;
	case BV_JOIN: {
		const bv_ast_join *j = BV_AS(join, n);
		if (j->natural || j->using.n)
			return "NATURAL or USING";
		if (j->type == BV_join_type_right || j->type == BV_join_type_right_semi || j->type == BV_join_type_right_anti || j->type == BV_join_type_asof)
			return "a kind of join that is rewritten";
		return NULL;
	}
	case BV_TABLE:
		return BV_AS(table, n)->alias.n && !BV_AS(table, n)->columns.n ? NULL : "a relation without its own alias";
	case BV_DERIVED:
		return BV_AS(derived, n)->alias.n && !BV_AS(derived, n)->columns.n ? NULL : "a relation without its own alias";
	case BV_WINDOW:
		return BV_AS(window, n)->base.n ? "a named window" : NULL;
	case BV_COLUMN:
		return BV_AS(column, n)->path.n > 2 || BV_AS(column, n)->path.insensitive ? "an unbound name" : NULL;
	default:
		return NULL;
	}
}

static bv_walk visit(bv_node *n, bv_node *parent, void *ctx)
{
	verify_ctx *v = ctx;
	(void)parent;
	const char *fault = fault_of(n, v->typed);
	if (fault) {
		v->fault = fault;
		v->at = n;
		return BV_WALK_STOP;
	}
	return BV_WALK_CONTINUE;
}

bool bv__lane_verify(const bv_node *tree, const char *stage, bool typed, bv_diagnostics *d)
{
	verify_ctx v = {.typed = typed};
	bv__walk((bv_node *)tree, visit, &v);
	if (tree->kind != BV_QUERY) {
		v.fault = "no query at its root";
		v.at = tree;
	}
	if (v.fault)
		bv__diag(d, BV_E_INTERNAL, v.at->span, "after `%s` the tree still holds %s", stage, v.fault);
	return !v.fault;
}
