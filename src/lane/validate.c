/* validate: what the shape of a query may not be. In: a bound tree; out: the same tree, or every fault of it: aggregates and windows in
 * clauses that have none, columns that are neither grouped nor aggregated, kinds that cannot be run yet. */
#include "lane/lane_internal.h"

typedef struct check_ctx {
	bv_lane_state *st;
	const char *clause; /* for messages; NULL: aggregates and windows are allowed */
	bool no_window;     /* aggregates are, windows are not */
	bool in_aggregate, in_window;
} check_ctx;

static void check_query(bv_lane_state *st, bv_ast_query *q);
static void check_expr(check_ctx cx, bv_node *n);

static bv_walk check_child(bv_node *n, bv_node *parent, void *ctx)
{
	(void)parent;
	check_expr(*(check_ctx *)ctx, n);
	return BV_WALK_CONTINUE;
}

static void refuse_kind(bv_lane_state *st, const bv_node *n)
{
	bv__diag(st->d, BV_E_NOT_SUPPORTED, n->span, "%s is read, but cannot be run yet", bv__nodes[n->kind].doc);
}

/* What is read, but means something that no stage has made explicit. */
static void refuse_field(bv_lane_state *st, const bv_node *n, const bv_field_desc *f)
{
	if (f->doc[0])
		bv__diag(st->d, BV_E_NOT_SUPPORTED, n->span, "`%s` of %s is read, but cannot be run yet: %s", f->name, bv__nodes[n->kind].name, f->doc);
	else
		bv__diag(st->d, BV_E_NOT_SUPPORTED, n->span, "`%s` of %s is read, but cannot be run yet", f->name, bv__nodes[n->kind].name);
}

static bv_walk check_fields(bv_node *n, bv_node *parent, void *ctx)
{
	bv_lane_state *st = ctx;
	if (!bv__nodes[n->kind].governed) {
		refuse_kind(st, n);
		return BV_WALK_PRUNE;
	}
	/* Where an index counts from is for annotate to settle, which knows whether it is one of a list; how many digits NUMERIC has, too. */
	bool numeric = n->kind == BV_TYPE && parent && parent->kind == BV_CAST && bv__is_numeric(BV_AS(type, n)) && bv__has_meanings(st);
	const bv_field_desc *f = n->kind == BV_INDEX || numeric ? NULL : bv__governed_fault(n);
	if (f) {
		refuse_field(st, n, f);
	} else if (n->kind == BV_IS && BV_AS(is, n)->test > BV_is_test_unknown) {
		bv__diag(st->d, BV_E_NOT_SUPPORTED, n->span, "IS %s is read, but cannot be run yet", bv__enum_name(BV_IS, "test", BV_AS(is, n)->test));
	} else if (n->kind == BV_INTERVAL && BV_AS(interval, n)->unit > BV_interval_unit_nanosecond) {
		bv__diag(st->d, BV_E_NOT_SUPPORTED, n->span, "an interval of %s is read, but cannot be run yet", bv__enum_name(BV_INTERVAL, "unit", BV_AS(interval, n)->unit));
	}
	return BV_WALK_CONTINUE;
}

/* unnest makes rows of a list: it may stand in a SELECT list, and not inside what works on whole groups of rows. */
static void check_unnest(check_ctx cx, const bv_ast_call *c)
{
	if ((!cx.clause || strcmp(cx.clause, "GROUP BY") == 0) && !cx.no_window && !cx.in_aggregate && !cx.in_window)
		return;
	bv_diagnostic *e = bv__diag(cx.st->d, BV_E_AGGREGATE, c->head.span, "unnest is not allowed in %s", cx.in_window ? "a window function" : cx.in_aggregate ? "an aggregate function" : cx.clause ? cx.clause : "HAVING");
	bv__diag_hint(cx.st->d, e, "unnest in a SELECT list of a subquery, or in FROM");
}

static void check_call(check_ctx cx, bv_ast_call *c)
{
	bv_lane_state *st = cx.st;
	bv_str name = c->name.v[c->name.n - 1];
	const bv_function *f = bv__call_function(st, c);
	bool aggregate = f && f->kind == BV_FN_AGGREGATE && !c->over;
	if (!f && bv__calls_unnest(c))
		check_unnest(cx, c);
	if (c->over) {
		if (cx.clause || cx.no_window)
			bv__diag(st->d, BV_E_AGGREGATE, c->head.span, "window functions are not allowed in %s", cx.clause ? cx.clause : "HAVING");
		else if (cx.in_window || cx.in_aggregate)
			bv__diag(st->d, BV_E_AGGREGATE, c->head.span, "a window function cannot stand inside another window or aggregate function");
		check_ctx in = cx;
		in.in_window = true;
		for (uint32_t i = 0; i < c->args.n; i++)
			check_expr(in, c->args.v[i]);
		if (c->filter)
			check_expr(in, c->filter);
		check_expr(in, c->over);
		return;
	}
	if (f && f->kind == BV_FN_WINDOW) {
		bv_diagnostic *e = bv__diag(st->d, BV_E_AGGREGATE, c->head.span, "`" BV_STR_FMT "` is a window function", BV_STR_ARG(f->name));
		bv__diag_hint(st->d, e, "add OVER (…)");
	} else if (aggregate) {
		if (cx.clause) {
			bv_diagnostic *e = bv__diag(st->d, BV_E_AGGREGATE, c->head.span, "aggregate functions are not allowed in %s", cx.clause);
			if (strcmp(cx.clause, "WHERE") == 0)
				bv__diag_hint(st->d, e, "filter groups with HAVING");
		} else if (cx.in_aggregate) {
			bv__diag(st->d, BV_E_AGGREGATE, c->head.span, "aggregate functions cannot be nested");
		}
		cx.in_aggregate = true;
	} else if (c->filter || c->distinct || c->within_group.n || c->order_by.n || c->nulls) {
		bv__diag(st->d, BV_E_AGGREGATE, c->head.span, "`" BV_STR_FMT "` is no aggregate: DISTINCT, ORDER BY, FILTER, WITHIN GROUP and IGNORE NULLS do not apply", BV_STR_ARG(name));
	}
	bv__children(&c->head, check_child, &cx);
}

static void check_expr(check_ctx cx, bv_node *n)
{
	if (n->kind == BV_QUERY) {
		check_query(cx.st, BV_AS(query, n));
		return;
	}
	if (n->kind == BV_CALL)
		check_call(cx, BV_AS(call, n));
	else
		bv__children(n, check_child, &cx);
}

/* ---- grouping ---- */

typedef struct group_ctx {
	bv_lane_state *st;
	BV_VEC(const bv_node *) keys;
	BV_VEC(bv_str) aliases; /* of the relations of this select */
	const char *clause;
} group_ctx;

static void add_aliases(bv_lane_state *st, const bv_node *r, group_ctx *g)
{
	switch (r->kind) {
	case BV_TABLE:
		(void)BV_PUSH(st->arena, &g->aliases, BV_AS(table, r)->alias);
		break;
	case BV_DERIVED:
		(void)BV_PUSH(st->arena, &g->aliases, BV_AS(derived, r)->alias);
		break;
	case BV_UNNEST:
		(void)BV_PUSH(st->arena, &g->aliases, BV_AS(unnest, r)->alias);
		break;
	case BV_TABLE_FUNCTION:
		(void)BV_PUSH(st->arena, &g->aliases, BV_AS(table_function, r)->alias);
		break;
	case BV_JOIN:
		add_aliases(st, BV_AS(join, r)->left, g);
		add_aliases(st, BV_AS(join, r)->right, g);
		break;
	default:
		break;
	}
}

static bv_walk check_grouped(bv_node *n, bv_node *parent, void *ctx)
{
	(void)parent;
	group_ctx *g = ctx;
	for (uint32_t i = 0; i < g->keys.n; i++)
		if (n->kind == g->keys.v[i]->kind && bv__same_expr(g->st, n, g->keys.v[i]))
			return BV_WALK_PRUNE;
	if (n->kind == BV_CALL && !BV_AS(call, n)->over) {
		const bv_function *f = bv__call_function(g->st, BV_AS(call, n));
		if (f && f->kind == BV_FN_AGGREGATE)
			return BV_WALK_PRUNE;
	}
	if (n->kind != BV_COLUMN || BV_AS(column, n)->path.n < 2)
		return BV_WALK_CONTINUE;
	bv_str alias = BV_AS(column, n)->path.v[0];
	for (uint32_t i = 0; i < g->aliases.n; i++)
		if (bv__str_eq(g->aliases.v[i], alias)) {
			const bv_relation *r = bv__map_get(&g->st->relations, alias);
			bv_str name = r ? bv__visible_name(r, BV_AS(column, n)->path.v[1]) : BV_AS(column, n)->path.v[1];
			bv_diagnostic *e = bv__diag(g->st->d, BV_E_AGGREGATE, n->span, "column `" BV_STR_FMT "` is neither grouped nor aggregated in %s", BV_STR_ARG(name), g->clause);
			bv__diag_hint(g->st->d, e, g->keys.n ? "add it to GROUP BY, or aggregate it: min(" BV_STR_FMT ")" : "add GROUP BY, or aggregate it: min(" BV_STR_FMT ")", BV_STR_ARG(name));
			break;
		}
	return BV_WALK_CONTINUE;
}

static void check_groups(bv_lane_state *st, bv_ast_select *s, bv_ast_query *q)
{
	bool aggregated = s->group_by.n || s->having;
	for (uint32_t i = 0; i < s->projections.n && !aggregated; i++)
		aggregated = bv__has_aggregate(st, s->projections.v[i]);
	for (uint32_t i = 0; q && i < q->order_by.n && !aggregated; i++)
		aggregated = bv__has_aggregate(st, q->order_by.v[i]);
	if (!aggregated)
		return;
	group_ctx g = {.st = st};
	for (uint32_t i = 0; i < s->group_by.n; i++) {
		bv_node *k = s->group_by.v[i];
		if (k->kind != BV_GROUPING) {
			(void)BV_PUSH(st->arena, &g.keys, k);
			continue;
		}
		bv_list *sets = &BV_AS(grouping, k)->sets;
		for (uint32_t m = 0; m < sets->n; m++) {
			if (sets->v[m]->kind != BV_ROW) {
				(void)BV_PUSH(st->arena, &g.keys, sets->v[m]);
				continue;
			}
			bv_list *items = &BV_AS(row, sets->v[m])->items;
			for (uint32_t x = 0; x < items->n; x++)
				(void)BV_PUSH(st->arena, &g.keys, items->v[x]);
		}
	}
	if (s->from.n)
		add_aliases(st, s->from.v[0], &g);
	g.clause = "SELECT";
	for (uint32_t i = 0; i < s->projections.n; i++)
		bv__walk(s->projections.v[i], check_grouped, &g);
	g.clause = "HAVING";
	if (s->having)
		bv__walk(s->having, check_grouped, &g);
	g.clause = "ORDER BY";
	for (uint32_t i = 0; q && i < q->order_by.n; i++)
		bv__walk(q->order_by.v[i], check_grouped, &g);
}

/* ---- queries ---- */

static void check_relation(bv_lane_state *st, bv_node *r)
{
	check_ctx cx = {.st = st};
	switch (r->kind) {
	case BV_TABLE:
		break;
	case BV_DERIVED:
		check_query(st, BV_AS(query, BV_AS(derived, r)->query));
		break;
	case BV_JOIN: {
		bv_ast_join *j = BV_AS(join, r);
		check_relation(st, j->left);
		check_relation(st, j->right);
		cx.clause = "ON";
		if (j->on)
			check_expr(cx, j->on);
		break;
	}
	case BV_UNNEST:
	case BV_TABLE_FUNCTION:
		cx.clause = "FROM";
		bv__children(r, check_child, &cx);
		break;
	default:
		refuse_kind(st, r);
		break;
	}
}

static void check_select(bv_lane_state *st, bv_ast_select *s, bv_ast_query *q)
{
	check_ctx cx = {.st = st};
	uint32_t before = st->d->errors;
	for (uint32_t i = 0; i < s->from.n; i++)
		check_relation(st, s->from.v[i]);
	for (uint32_t i = 0; i < s->projections.n; i++)
		check_expr(cx, s->projections.v[i]);
	cx.clause = "WHERE";
	if (s->where)
		check_expr(cx, s->where);
	cx.clause = "GROUP BY";
	for (uint32_t i = 0; i < s->group_by.n; i++)
		check_expr(cx, s->group_by.v[i]);
	cx.clause = NULL;
	cx.no_window = true;
	if (s->having)
		check_expr(cx, s->having);
	cx.no_window = false;
	for (uint32_t i = 0; q && i < q->order_by.n; i++)
		check_expr(cx, q->order_by.v[i]);
	if (s->distinct)
		for (uint32_t i = 0; q && i < q->order_by.n; i++) {
			const bv_node *e = BV_AS(order_item, q->order_by.v[i])->operand;
			bool selected = e->kind == BV_COLUMN && BV_AS(column, e)->path.n == 1;
			for (uint32_t k = 0; k < s->projections.n && !selected; k++)
				selected = bv__same_expr(st, BV_AS(alias, s->projections.v[k])->operand, e);
			if (!selected)
				bv__diag(st->d, BV_E_AGGREGATE, e->span, "with SELECT DISTINCT, ORDER BY may only use what is selected");
		}
	if (st->d->errors == before)
		check_groups(st, s, q);
}

static void check_body(bv_lane_state *st, bv_node *b, bv_ast_query *q)
{
	check_ctx cx = {.st = st, .clause = "VALUES"};
	switch (b->kind) {
	case BV_SELECT:
		check_select(st, BV_AS(select, b), q);
		return;
	case BV_SET_OPERATION:
		check_body(st, BV_AS(set_operation, b)->left, NULL);
		check_body(st, BV_AS(set_operation, b)->right, NULL);
		break;
	case BV_VALUES:
		bv__children(b, check_child, &cx);
		break;
	case BV_QUERY:
		check_query(st, BV_AS(query, b));
		break;
	default:
		refuse_kind(st, b);
		return;
	}
	cx.clause = "ORDER BY of a set operation";
	for (uint32_t i = 0; q && i < q->order_by.n; i++)
		check_expr(cx, q->order_by.v[i]);
}

static void check_query(bv_lane_state *st, bv_ast_query *q)
{
	for (uint32_t i = 0; i < q->ctes.n; i++)
		check_query(st, BV_AS(query, BV_AS(cte, q->ctes.v[i])->query));
	check_body(st, q->body, q);
	check_ctx cx = {.st = st, .clause = "LIMIT"};
	if (q->limit)
		check_expr(cx, q->limit);
	if (q->offset)
		check_expr(cx, q->offset);
}

bool bv__lane_validate(bv_lane_state *st)
{
	uint32_t before = st->d->errors;
	bv__walk(st->tree, check_fields, st);
	if (st->d->errors == before)
		check_query(st, BV_AS(query, st->tree));
	return st->d->errors == before;
}
