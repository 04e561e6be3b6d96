/* Queries: SELECT, set operations, VALUES, WITH, and what follows a body. */
#include "ingress/sqlglot.h"

bool sg_is_query(const sg_element *e) { return sg_is(e, "Select") || sg_is(e, "Subquery") || sg_is(e, "Union") || sg_is(e, "Intersect") || sg_is(e, "Except") || sg_is(e, "Values"); }

/* ---- projections ---- */

bv_node *sg_projection(sg_reader *r, sg_element *e)
{
	bv_str alias = BV_STR("");
	bv_names columns = {0};
	/* These keep their name themselves. */
	if ((sg_is(e, "Subquery") || sg_is(e, "Unnest")) && sg_arg(e, "alias")) {
		bv_node *n = sg_alias(r, e, &alias, &columns) ? sg_expr(r, e) : NULL;
		if (n && (!alias.n || columns.n)) {
			sg_wrong(r, e, BV_E_FOREIGN, "a projection has one name");
			return NULL;
		}
		return n ? bv__alias(r->a, n, alias) : NULL;
	}
	if (!sg_is(e, "Alias"))
		return sg_is(e, "Star") || sg_is(e, "Column") ? sg_any(r, e) : sg_expr(r, e);
	bv_ast_alias *n = BV_MAKE(r->a, ALIAS, alias, sg_span(r, e));
	sg_element *name = n ? sg_need(r, e, "alias") : NULL;
	if (!name || !(n->name = sg_name(r, name)).n || !(n->operand = sg_expr_of(r, e, "this")))
		return NULL;
	return sg_done(r, e) ? &n->head : NULL;
}

/* ---- GROUP BY ---- */

/* (a, b), (a), a or () as one set */
static bv_node *grouping_set(sg_reader *r, sg_element *e)
{
	if (sg_is(e, "Rollup") || sg_is(e, "Cube") || sg_is(e, "GroupingSets")) {
		sg_wrong(r, e, BV_E_NOT_SUPPORTED, "groupings inside each other are not supported");
		return NULL;
	}
	bv_ast_row *row = BV_MAKE(r->a, ROW, row, sg_span(r, e));
	bv_node *n = row ? sg_expr(r, e) : NULL;
	if (!n || n->kind == BV_ROW)
		return n;
	row->items = bv__list_of(r->a, &n, 1);
	return &row->head;
}

/* GROUPING SETS, ROLLUP or CUBE */
static bv_node *grouping(sg_reader *r, sg_element *e)
{
	bv_ast_grouping *g = BV_MAKE(r->a, GROUPING, grouping, sg_span(r, e));
	bv_node_vec v = {0};
	if (!g)
		return NULL;
	g->form = sg_is(e, "Rollup") ? BV_grouping_kind_rollup : sg_is(e, "Cube") ? BV_grouping_kind_cube : BV_grouping_kind_sets;
	for (sg_element *c = sg_items(e, "expressions"); c; c = sg_next(c)) {
		bv_node *n = grouping_set(r, c);
		if (!n || !BV_PUSH(r->a, &v, n))
			return NULL;
	}
	g->sets = bv__list_done(v);
	return sg_done(r, e) ? &g->head : NULL;
}

static bool is_grouping(const sg_element *e) { return sg_is(e, "GroupingSets") || sg_is(e, "Rollup") || sg_is(e, "Cube"); }

/* GROUP BY a, b WITH ROLLUP: the sets are the expressions */
static bool with_rollup(sg_reader *r, const sg_element *e, bv_node_vec *v, bv_grouping_kind form)
{
	bv_ast_grouping *g = BV_MAKE(r->a, GROUPING, grouping, sg_span(r, e));
	bv_node_vec sets = {0};
	for (uint32_t i = 0; g && i < v->n; i++) {
		bv_ast_row *row = BV_MAKE(r->a, ROW, row, v->v[i]->span);
		if (!row || !BV_PUSH(r->a, &sets, &row->head))
			return false;
		row->items = bv__list_of(r->a, &v->v[i], 1);
	}
	if (!g)
		return false;
	g->form = (uint8_t)form;
	g->sets = bv__list_done(sets);
	v->n = 0;
	return BV_PUSH(r->a, v, &g->head);
}

static bool group_by(sg_reader *r, sg_element *e, bv_ast_select *s)
{
	static const char *const suffixes[] = {"grouping_sets", "cube", "rollup"};
	bv_node_vec v = {0};
	if (!sg_is(e, "Group"))
		return sg_wrong(r, e, BV_E_FOREIGN, "a Group is wanted here");
	if (sg_said_false(e, "all"))
		return sg_wrong(r, e, BV_E_NOT_SUPPORTED, "GROUP BY DISTINCT is not supported");
	s->group_by_all = sg_arg(e, "all") != NULL;
	for (sg_element *c = sg_items(e, "expressions"); c; c = sg_next(c)) {
		bv_node *n = is_grouping(c) ? grouping(r, c) : sg_expr(r, c);
		if (n && sg_is(c, "Tuple") && n->kind == BV_ROW && !BV_AS(row, n)->items.n) {
			/* GROUP BY (): one group of everything. */
			bv_ast_grouping *g = BV_MAKE(r->a, GROUPING, grouping, sg_span(r, c));
			if (!g)
				return false;
			g->sets = bv__list_of(r->a, &n, 1);
			n = &g->head;
		}
		if (!n || !BV_PUSH(r->a, &v, n))
			return false;
	}
	for (unsigned i = 0; i < BV_COUNT(suffixes); i++)
		for (sg_element *c = sg_items(e, suffixes[i]); c; c = sg_next(c)) {
			/* Without expressions of its own: WITH ROLLUP, WITH CUBE. */
			if (i > 0 && v.n && (c->kind == SG_TRUE || (is_grouping(c) && !sg_items(c, "expressions")))) {
				if (!with_rollup(r, c, &v, i == 1 ? BV_grouping_kind_cube : BV_grouping_kind_rollup))
					return false;
				continue;
			}
			bv_node *n = is_grouping(c) ? grouping(r, c) : NULL;
			if (!n)
				return r->failed ? false : sg_wrong(r, e, BV_E_FOREIGN, "\"%s\" is no list of sets", suffixes[i]);
			if (!BV_PUSH(r->a, &v, n))
				return false;
		}
	s->group_by = bv__list_done(v);
	if (!v.n && !s->group_by_all)
		return sg_done(r, e) && sg_wrong(r, e, BV_E_FOREIGN, "GROUP BY has no expression");
	return sg_done(r, e);
}

/* ---- SELECT ---- */

/* One-argument clauses: Where(this), Having(this), Qualify(this) */
static bool condition(sg_reader *r, sg_element *e, const char *key, const char *cls, bv_node **out)
{
	sg_element *c = sg_arg(e, key);
	if (!c)
		return true;
	if (!sg_is(c, cls))
		return sg_wrong(r, c, BV_E_FOREIGN, "a %s is wanted here", cls);
	return (*out = sg_expr_of(r, c, "this")) && sg_done(r, c);
}

/* DISTINCT, DISTINCT ON (…) */
static bool distinct(sg_reader *r, sg_element *e, bv_ast_select *s)
{
	sg_element *d = sg_arg(e, "distinct");
	if (!d)
		return true;
	if (!sg_is(d, "Distinct"))
		return sg_wrong(r, d, BV_E_FOREIGN, "a Distinct is wanted here");
	sg_element *on = sg_arg(d, "on");
	if (!on) {
		s->distinct = true;
		return sg_done(r, d);
	}
	bv_node_vec v = {0};
	if (sg_is(on, "Tuple") ? !sg_exprs(r, on, "expressions", &v) || !sg_done(r, on) : !BV_PUSH(r->a, &v, sg_expr(r, on)))
		return false;
	if (!v.n || !v.v[0])
		return r->failed ? false : sg_wrong(r, d, BV_E_FOREIGN, "DISTINCT ON has no expression");
	s->distinct_on = bv__list_done(v);
	return sg_done(r, d);
}

static bool windows(sg_reader *r, sg_element *e, bv_ast_select *s)
{
	bv_node_vec v = {0};
	for (sg_element *c = sg_items(e, "windows"); c; c = sg_next(c)) {
		bv_ast_named_window *w = BV_MAKE(r->a, NAMED_WINDOW, named_window, sg_span(r, c));
		if (!sg_is(c, "Window"))
			return sg_wrong(r, c, BV_E_FOREIGN, "a Window is wanted here");
		sg_element *name = w ? sg_need(r, c, "this") : NULL;
		if (!name || !(w->name = sg_name(r, name)).n || !(w->window = sg_window(r, c)) || !sg_done(r, c) || !BV_PUSH(r->a, &v, &w->head))
			return false;
	}
	s->windows = bv__list_done(v);
	return true;
}

static bool from(sg_reader *r, sg_element *e, bv_ast_select *s)
{
	bv_node_vec v = {0};
	sg_element *f = sg_arg(e, "from_");
	if (f) {
		if (!sg_is(f, "From"))
			return sg_wrong(r, f, BV_E_FOREIGN, "a From is wanted here");
		sg_element *first = sg_need(r, f, "this");
		bv_node *n = first ? sg_relation(r, first) : NULL;
		if (!n || !BV_PUSH(r->a, &v, n) || !sg_done(r, f))
			return false;
	}
	if (!sg_joins(r, e, &v))
		return false;
	s->from = bv__list_done(v);
	return true;
}

static bv_node *select_body(sg_reader *r, sg_element *e)
{
	bv_ast_select *s = BV_MAKE(r->a, SELECT, select, sg_span(r, e));
	bv_node_vec v = {0};
	if (!s)
		return NULL;
	for (sg_element *c = sg_items(e, "expressions"); c; c = sg_next(c)) {
		bv_node *n = sg_projection(r, c);
		if (!n || !BV_PUSH(r->a, &v, n))
			return NULL;
	}
	s->projections = bv__list_done(v);
	sg_element *group;
	bool ok = distinct(r, e, s) && from(r, e, s) && condition(r, e, "where", "Where", &s->where) && (!(group = sg_arg(e, "group")) || group_by(r, group, s)) &&
		condition(r, e, "having", "Having", &s->having) && windows(r, e, s) && condition(r, e, "qualify", "Qualify", &s->qualify);
	return ok ? &s->head : NULL;
}

/* ---- VALUES, set operations ---- */

static bv_node *values_body(sg_reader *r, sg_element *e)
{
	bv_ast_values *n = BV_MAKE(r->a, VALUES, values, sg_span(r, e));
	bv_node_vec v = {0};
	for (sg_element *c = sg_items(e, "expressions"); n && c; c = sg_next(c)) {
		bv_ast_row *row = BV_MAKE(r->a, ROW, row, sg_span(r, c));
		bv_node_vec items = {0};
		bool tuple = sg_is(c, "Tuple");
		if (!row || (tuple ? !sg_exprs(r, c, "expressions", &items) || !sg_done(r, c) : !BV_PUSH(r->a, &items, sg_expr(r, c))) || r->failed || !BV_PUSH(r->a, &v, &row->head))
			return NULL;
		row->items = bv__list_done(items);
	}
	if (!n)
		return NULL;
	if (!v.n) {
		sg_wrong(r, e, BV_E_FOREIGN, "VALUES has no row");
		return NULL;
	}
	n->rows = bv__list_done(v);
	return &n->head;
}

/* A query that says nothing but its body is its body. */
static bv_node *unwrapped(bv_node *n)
{
	const bv_ast_query *q = BV_AS(query, n);
	return q->ctes.n || q->order_by.n || q->order_by_all || q->limit || q->offset ? n : q->body;
}

static bv_node *operand(sg_reader *r, sg_element *e, const char *key)
{
	sg_element *c = sg_need(r, e, key);
	bv_node *q = c ? sg_query(r, c) : NULL;
	return q ? unwrapped(q) : NULL;
}

static bv_node *set_body(sg_reader *r, sg_element *e)
{
	bv_ast_set_operation *n = BV_MAKE(r->a, SET_OPERATION, set_operation, sg_span(r, e));
	if (!n)
		return NULL;
	n->op = sg_is(e, "Union") ? BV_set_kind_union : sg_is(e, "Intersect") ? BV_set_kind_intersect : BV_set_kind_except;
	n->all = sg_said_false(e, "distinct");
	sg_arg(e, "distinct");
	n->by_name = sg_arg(e, "by_name") != NULL;
	return (n->left = operand(r, e, "this")) && (n->right = operand(r, e, "expression")) ? &n->head : NULL;
}

/* ---- WITH, ORDER BY, LIMIT ---- */

static bool ctes(sg_reader *r, sg_element *e, bv_ast_query *q)
{
	sg_element *with = sg_arg(e, "with_");
	bv_node_vec v = {0};
	if (!with)
		return true;
	if (!sg_is(with, "With"))
		return sg_wrong(r, with, BV_E_FOREIGN, "a With is wanted here");
	q->recursive = sg_arg(with, "recursive") != NULL;
	for (sg_element *c = sg_items(with, "expressions"); c; c = sg_next(c)) {
		bv_ast_cte *n = BV_MAKE(r->a, CTE, cte, sg_span(r, c));
		if (!sg_is(c, "CTE"))
			return sg_wrong(r, c, BV_E_FOREIGN, "a CTE is wanted here");
		sg_element *query = n ? sg_need(r, c, "this") : NULL;
		if (!query || !sg_alias(r, c, &n->name, &n->columns))
			return false;
		if (!n->name.n)
			return sg_wrong(r, c, BV_E_FOREIGN, "a CTE needs a name");
		/* A hint to the planner; it changes no result. */
		sg_ignore(c, "materialized");
		if (!(n->query = sg_query(r, query)) || !sg_done(r, c) || !BV_PUSH(r->a, &v, &n->head))
			return false;
	}
	q->ctes = bv__list_done(v);
	return sg_done(r, with);
}

/* The count of LIMIT, FETCH or OFFSET; NULL and ALL are no limit. */
static bool count(sg_reader *r, sg_element *e, const char *key, bv_node **out)
{
	sg_element *c = sg_arg(e, key);
	if (c && c->kind != SG_NODE) {
		/* Ibis' builder may leave a plain number. */
		if (c->kind != SG_NUMBER)
			return sg_wrong(r, e, BV_E_FOREIGN, "\"%s\" is no number of rows", key);
		*out = sg_make_number(r, c, bv__arena_str(r->a, c->text).p);
		return *out != NULL;
	}
	if (sg_is(c, "Var")) {
		bv_str word = sg_word(r, e, key);
		return !r->failed && (bv__str_ieq(word, BV_STR("ALL")) || sg_wrong(r, e, BV_E_FOREIGN, "`" BV_STR_FMT "` is no number of rows", BV_STR_ARG(word)));
	}
	if (c && !(*out = sg_expr(r, c)))
		return false;
	if (*out && (*out)->kind == BV_NULL_LITERAL)
		*out = NULL;
	return true;
}

static bool limit(sg_reader *r, sg_element *e, bv_ast_query *q)
{
	sg_element *l = sg_arg(e, "limit"), *o = sg_arg(e, "offset");
	if (l) {
		if (sg_is(l, "Fetch")) {
			sg_element *options = sg_arg(l, "limit_options");
			if (options)
				sg_ignore(options, "rows");
			if ((options && !sg_done(r, options)) || !count(r, l, "count", &q->limit))
				return false;
			sg_ignore(l, "direction");
			if (!q->limit)
				q->limit = sg_make_number(r, l, "1");
			q->fetch = true;
		} else if (!sg_is(l, "Limit")) {
			return sg_wrong(r, l, BV_E_FOREIGN, "a Limit is wanted here");
		} else if (!count(r, l, "expression", &q->limit) || !count(r, l, "offset", &q->offset)) {
			return false;
		}
		if (!sg_done(r, l))
			return false;
	}
	if (!o)
		return true;
	if (!sg_is(o, "Offset") || q->offset)
		return sg_wrong(r, o, BV_E_FOREIGN, "one Offset is wanted here");
	return count(r, o, "expression", &q->offset) && sg_done(r, o);
}

static bool tail(sg_reader *r, sg_element *e, bv_ast_query *q)
{
	sg_element *order = sg_arg(e, "order");
	if (order) {
		if (!sg_is(order, "Order"))
			return sg_wrong(r, order, BV_E_FOREIGN, "an Order is wanted here");
		if (!sg_order(r, order, &q->order_by) || !sg_done(r, order))
			return false;
	}
	return ctes(r, e, q) && limit(r, e, q) && sg_done(r, e);
}

/* ---- any query ---- */

bv_node *sg_query(sg_reader *r, sg_element *e)
{
	e = sg_bare(r, e);
	if (!e)
		return NULL;
	if (!sg_is_query(e)) {
		sg_wrong(r, e, e->parent ? BV_E_FOREIGN : BV_E_STATEMENT, "a query is wanted here");
		return NULL;
	}
	/* A query and its body are two levels. */
	if ((r->depth += 2) > BV_DEPTH_MAX) {
		r->depth -= 2;
		sg_wrong(r, e, BV_E_DEPTH, "nested more than %d deep", BV_DEPTH_MAX);
		return NULL;
	}
	bv_ast_query *q = BV_MAKE(r->a, QUERY, query, sg_span(r, e));
	bv_node *body = NULL;
	if (!q)
		body = NULL;
	else if (sg_is(e, "Select"))
		body = select_body(r, e);
	else if (sg_is(e, "Values"))
		body = values_body(r, e);
	else if (sg_is(e, "Subquery"))
		body = operand(r, e, "this");
	else
		body = set_body(r, e);
	r->depth -= 2;
	if (!body)
		return NULL;
	q->body = body;
	if (!tail(r, e, q))
		return NULL;
	/* ((SELECT …)): the inner query is the query. */
	return body->kind == BV_QUERY && unwrapped(&q->head) == body ? body : &q->head;
}
