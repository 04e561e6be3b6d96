/* Relations: what stands behind FROM and JOIN. */
#include "ingress/sqlglot.h"

/* alias [(columns)]: a TableAlias, an Identifier or a text */
bool sg_alias(sg_reader *r, sg_element *e, bv_str *alias, bv_names *columns)
{
	sg_element *a = sg_arg(e, "alias");
	if (!a)
		return true;
	if (!sg_is(a, "TableAlias"))
		return (*alias = sg_name(r, a)).n > 0;
	sg_element *name = sg_arg(a, "this");
	if (name && !(*alias = sg_name(r, name)).n)
		return false;
	*columns = sg_names(r, a, "columns");
	/* SQLGlot makes up a name for columns without one. */
	if (!name && columns->n)
		*alias = bv__arena_printf(r->a, "_t%u", r->made_up++);
	return !r->failed && sg_done(r, a);
}

static bv_node *derived(sg_reader *r, sg_element *e, bv_node *query, bool lateral)
{
	bv_ast_derived *d = query ? BV_MAKE(r->a, DERIVED, derived, sg_span(r, e)) : NULL;
	if (!d || !sg_alias(r, e, &d->alias, &d->columns))
		return NULL;
	d->query = query;
	d->lateral = lateral;
	return &d->head;
}

/* (a JOIN b) AS c is (SELECT * FROM a JOIN b) AS c */
static bv_node *select_all(sg_reader *r, sg_element *e, bv_node *relation)
{
	bv_ast_select *s = relation ? BV_MAKE(r->a, SELECT, select, sg_span(r, e)) : NULL;
	bv_ast_query *q = s ? BV_MAKE(r->a, QUERY, query, sg_span(r, e)) : NULL;
	bv_node *star = q ? bv__node_new(r->a, BV_STAR, sg_span(r, e)) : NULL;
	if (!star)
		return NULL;
	s->projections = bv__list_of(r->a, &star, 1);
	s->from = bv__list_of(r->a, &relation, 1);
	q->body = &s->head;
	return &q->head;
}

/* f(x) as a relation, with the alias of `e` */
static bv_node *table_function(sg_reader *r, sg_element *e, sg_element *function, bool lateral)
{
	bv_ast_table_function *n = BV_MAKE(r->a, TABLE_FUNCTION, table_function, sg_span(r, e));
	bv_node *c = n ? sg_any(r, function) : NULL;
	if (!c)
		return NULL;
	const bv_ast_call *call = BV_AS(call, c);
	if (c->kind != BV_CALL || call->distinct || call->order_by.n || call->within_group.n || call->filter || call->nulls || call->over) {
		sg_wrong(r, function, BV_E_FOREIGN, "this is no table function");
		return NULL;
	}
	n->name = call->name;
	n->args = call->args;
	n->lateral = lateral;
	n->ordinality = sg_arg(e, "ordinality") != NULL;
	return sg_alias(r, e, &n->alias, &n->columns) ? &n->head : NULL;
}

static bv_node *table(sg_reader *r, sg_element *e)
{
	static const char *const keys[] = {"catalog", "db"};
	bv_str parts[3];
	uint32_t n = 0;
	sg_element *name = sg_need(r, e, "this");
	if (!name)
		return NULL;
	if (name->kind == SG_NODE && !sg_is(name, "Identifier"))
		return table_function(r, e, name, false);
	for (unsigned i = 0; i < BV_COUNT(keys); i++) {
		sg_element *part = sg_arg(e, keys[i]);
		if (part && !(parts[n++] = sg_name(r, part)).n)
			return NULL;
	}
	if (!(parts[n++] = sg_name(r, name)).n)
		return NULL;
	bv_ast_table *t = BV_MAKE(r->a, TABLE, table, sg_span(r, e));
	if (!t)
		return NULL;
	t->path = bv__path_of(r->a, parts, n);
	return sg_alias(r, e, &t->alias, &t->columns) ? &t->head : NULL;
}

/* UNNEST(list, …) [WITH ORDINALITY]: `offset` is a flag, or names the column of the ordinals */
static bv_node *unnest(sg_reader *r, sg_element *e)
{
	bv_ast_unnest *n = BV_MAKE(r->a, UNNEST, unnest, sg_span(r, e));
	bv_node_vec v = {0};
	if (!n || !sg_exprs(r, e, "expressions", &v) || !sg_alias(r, e, &n->alias, &n->columns))
		return NULL;
	if (!v.n) {
		sg_wrong(r, e, BV_E_FOREIGN, "nothing is unnested");
		return NULL;
	}
	n->args = bv__list_done(v);
	sg_element *offset = sg_arg(e, "offset");
	n->ordinality = offset != NULL;
	if (offset && offset->kind == SG_NODE) {
		bv_str name = sg_name(r, offset);
		bv_str *all = name.n ? BV_NEWN(r->a, bv_str, n->columns.n + 1) : NULL;
		if (!all)
			return NULL;
		if (n->columns.n)
			memcpy(all, n->columns.v, n->columns.n * sizeof *all);
		all[n->columns.n] = name;
		n->columns = (bv_names){all, n->columns.n + 1, 0};
	}
	sg_ignore(e, "explode_array");
	return &n->head;
}

/* LATERAL (query), LATERAL f(x) */
static bv_node *lateral(sg_reader *r, sg_element *e)
{
	sg_element *inner = sg_need(r, e, "this");
	if (!inner)
		return NULL;
	if (sg_said_false(e, "cross_apply")) {
		sg_wrong(r, e, BV_E_NOT_SUPPORTED, "OUTER APPLY is not supported");
		return NULL;
	}
	if (sg_is_query(inner))
		return derived(r, e, sg_query(r, inner), true);
	if (!sg_is(inner, "Unnest"))
		return table_function(r, e, inner, true);
	bv_node *n = unnest(r, inner);
	bv_ast_unnest *u = n ? BV_AS(unnest, n) : NULL;
	bv_names columns = {0};
	if (!u || !sg_done(r, inner))
		return NULL;
	if (sg_arg(e, "ordinality"))
		u->ordinality = true;
	if (!u->alias.n && !sg_alias(r, e, &u->alias, &columns)) /* else a second alias is refused as unread */
		return NULL;
	if (columns.n) {
		bv_str *all = BV_NEWN(r->a, bv_str, columns.n + u->columns.n);
		if (!all)
			return NULL;
		memcpy(all, columns.v, columns.n * sizeof *all);
		if (u->columns.n)
			memcpy(all + columns.n, u->columns.v, u->columns.n * sizeof *all);
		u->columns = (bv_names){all, columns.n + u->columns.n, 0};
	}
	return n;
}

/* (query) AS t, (a JOIN b) [AS t] */
static bv_node *subquery(sg_reader *r, sg_element *e)
{
	sg_element *inner = sg_need(r, e, "this");
	inner = inner ? sg_bare(r, inner) : NULL;
	if (!inner)
		return NULL;
	if (!sg_is_query(inner)) {
		bv_node *n = sg_relation(r, inner);
		return n && sg_arg(e, "alias") ? derived(r, e, select_all(r, e, n), false) : n;
	}
	/* What follows the parentheses, ORDER BY and LIMIT, has no place behind a relation. */
	return derived(r, e, sg_query(r, inner), false);
}

bv_node *sg_relation(sg_reader *r, sg_element *e)
{
	e = sg_bare(r, e);
	if (!e)
		return NULL;
	if (++r->depth > BV_DEPTH_MAX) {
		r->depth--;
		sg_wrong(r, e, BV_E_DEPTH, "nested more than %d deep", BV_DEPTH_MAX);
		return NULL;
	}
	bv_node *n = NULL;
	bv_node_vec joined = {0};
	if (sg_is(e, "Table"))
		n = table(r, e);
	else if (sg_is(e, "Identifier")) {
		/* A bare name, as Ibis has it for a CTE in places. */
		bv_str name = sg_name(r, e);
		bv_ast_table *t = name.n ? BV_MAKE(r->a, TABLE, table, sg_span(r, e)) : NULL;
		if (t) {
			t->path = bv__path_of(r->a, &name, 1);
			n = &t->head;
		}
	}
	else if (sg_is(e, "Subquery"))
		n = subquery(r, e);
	else if (sg_is(e, "Unnest"))
		n = unnest(r, e);
	else if (sg_is(e, "Lateral"))
		n = lateral(r, e);
	else if (sg_is(e, "Values")) {
		/* The alias is the relation's, the rest the query's. */
		bv_str alias = BV_STR("");
		bv_names columns = {0};
		bv_node *query = sg_alias(r, e, &alias, &columns) ? sg_query(r, e) : NULL;
		bv_ast_derived *d = query ? BV_MAKE(r->a, DERIVED, derived, sg_span(r, e)) : NULL;
		if (d) {
			d->query = query;
			d->alias = alias;
			d->columns = columns;
			n = &d->head;
		}
	} else
		sg_wrong(r, e, BV_E_FOREIGN, "this is no relation");
	/* Joins inside the parentheses of a relation. */
	if (n && (!BV_PUSH(r->a, &joined, n) || !sg_joins(r, e, &joined)))
		n = NULL;
	if (n && joined.n != 1) {
		sg_wrong(r, e, BV_E_FOREIGN, "a comma join inside a relation");
		n = NULL;
	}
	r->depth--;
	return n && sg_done(r, e) ? joined.v[0] : NULL;
}

/* ---- joins ---- */

static const struct {
	const char *side, *kind;
	uint8_t type;
} join_types[] = {
	{"", "", BV_join_type_inner}, {"", "INNER", BV_join_type_inner}, {"", "CROSS", BV_join_type_cross},
	{"LEFT", "", BV_join_type_left}, {"LEFT", "OUTER", BV_join_type_left}, {"RIGHT", "", BV_join_type_right}, {"RIGHT", "OUTER", BV_join_type_right},
	{"FULL", "", BV_join_type_full}, {"FULL", "OUTER", BV_join_type_full},
	{"", "SEMI", BV_join_type_left_semi}, {"LEFT", "SEMI", BV_join_type_left_semi}, {"RIGHT", "SEMI", BV_join_type_right_semi},
	{"", "ANTI", BV_join_type_left_anti}, {"LEFT", "ANTI", BV_join_type_left_anti}, {"RIGHT", "ANTI", BV_join_type_right_anti},
};

/* One join onto the last relation; a join without any word or condition is a comma. */
static bool join(sg_reader *r, sg_element *e, bv_node_vec *from)
{
	if (sg_is(e, "Lateral"))
		return sg_wrong(r, e, BV_E_NOT_SUPPORTED, "LATERAL VIEW is not supported");
	if (!sg_is(e, "Join"))
		return sg_wrong(r, e, BV_E_FOREIGN, "a Join is wanted here");
	bv_str method = sg_word(r, e, "method"), side = sg_word(r, e, "side"), kind = sg_word(r, e, "kind");
	sg_element *right = r->failed ? NULL : sg_need(r, e, "this"), *on = sg_arg(e, "on");
	if (!right)
		return false;
	bool natural = bv__str_ieq(method, BV_STR("NATURAL")), asof = bv__str_ieq(method, BV_STR("ASOF"));
	unsigned i = 0;
	while (i < BV_COUNT(join_types) && !(bv__str_ieq(side, bv__str(join_types[i].side)) && bv__str_ieq(kind, bv__str(join_types[i].kind))))
		i++;
	if (i == BV_COUNT(join_types) || (method.n && !natural && !asof) || (asof && join_types[i].type != BV_join_type_inner))
		return sg_wrong(r, e, BV_E_NOT_SUPPORTED, BV_STR_FMT "%s" BV_STR_FMT "%s" BV_STR_FMT "%sJOIN is not supported", BV_STR_ARG(method), method.n ? " " : "", BV_STR_ARG(side), side.n ? " " : "", BV_STR_ARG(kind), kind.n ? " " : "");
	bv_node *n = sg_relation(r, right);
	bv_names using = n ? sg_names(r, e, "using") : (bv_names){0};
	if (!n || r->failed)
		return false;
	if (!method.n && !side.n && !kind.n && !on && !using.n)
		return sg_done(r, e) && BV_PUSH(r->a, from, n);
	bv_ast_join *j = BV_MAKE(r->a, JOIN, join, sg_span(r, e));
	if (!j)
		return false;
	if (!from->n)
		return sg_wrong(r, e, BV_E_FOREIGN, "there is nothing to join with");
	j->type = asof ? BV_join_type_asof : join_types[i].type;
	j->natural = natural;
	j->left = from->v[from->n - 1];
	j->right = n;
	j->using = using;
	if (on && !(j->on = sg_expr(r, on)))
		return false;
	from->v[from->n - 1] = &j->head;
	return sg_done(r, e);
}

bool sg_joins(sg_reader *r, sg_element *e, bv_node_vec *from)
{
	for (sg_element *c = sg_items(e, "joins"); c; c = sg_next(c))
		if (!join(r, c, from))
			return false;
	return true;
}
