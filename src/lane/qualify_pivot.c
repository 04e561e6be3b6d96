/* qualify, PIVOT and UNPIVOT: in: such a relation as read; out: a derived table that the engine can run.
 *
 *   PIVOT    -> SELECT groups, aggregate FILTER (WHERE column = value) AS name, … FROM input GROUP BY groups. The groups are what GROUP BY says,
 *               else every column of the input that neither an aggregate nor FOR uses. Names, and what an aggregate is that no row fits:
 *
 *                 duckdb               value, or value_alias with an alias; the aggregate of no rows (count: 0)
 *                 spark, databricks    value, or value_alias of several aggregates; NULL
 *                 bigquery             value, or alias_value with an alias; the aggregate of no rows
 *                 snowflake            the value as it is written, quotes too; NULL
 *
 *               Refused: values that are not written out (ANY, a subquery, none at all: the columns would depend on the data), NULL among them,
 *               several aggregates without aliases, whose names each engine writes in its own way.
 *   UNPIVOT  -> SELECT others, unnest(['c', 'd']) AS name, unnest([c, d]) AS value FROM input, in step; then, unless INCLUDE NULLS, the rows
 *               whose values are not all NULL. The engine brings the values to one type, or refuses. */
#include "lane/qualify.h"

typedef BV_VEC(bv_str) str_vec;

static bool is_dialect(const bv_lane_state *st, const char *name) { return strcmp(bv__dialect_name(st->cx->dialect), name) == 0; }
static bool is_spark(const bv_lane_state *st) { return is_dialect(st, "spark") || is_dialect(st, "databricks") || is_dialect(st, "generic"); }

/* A derived table over `in`'s relations with these columns. */
static bv_node *derived(bv_lane_state *st, bv_scope *s, bv_node *from, bv_node_vec columns, const str_vec *names, bv_list group_by, bv_str alias, const bv_names *renamed, bv_span span, bv_relation **out)
{
	bv_ast_select *in = BV_MAKE(st->arena, SELECT, select, span);
	bv_ast_query *q = BV_MAKE(st->arena, QUERY, query, span);
	bv_ast_derived *d = BV_MAKE(st->arena, DERIVED, derived, span);
	bv_relation *r = BV_NEW(st->arena, bv_relation);
	bv_node **projections = BV_NEWN(st->arena, bv_node *, columns.n + 1);
	if (!in || !q || !d || !r || !projections)
		return NULL;
	*r = (bv_relation){.alias = alias, .display = alias, .explicit_alias = true, .n = columns.n, .names = BV_NEWN(st->arena, bv_str, columns.n + 1), .actual = BV_NEWN(st->arena, bv_str, columns.n + 1)};
	if (!r->names || !r->actual)
		return NULL;
	for (uint32_t i = 0; i < columns.n; i++) {
		r->names[i] = names->v[i];
		r->actual[i] = bv__positional_name(st, i);
		projections[i] = bv__alias(st->arena, columns.v[i], r->actual[i]);
	}
	if (renamed && !bv__rename_columns(st, r, renamed, span))
		return NULL;
	in->projections = (bv_list){projections, columns.n};
	in->from = bv__list_of(st->arena, &from, 1);
	in->group_by = group_by;
	q->body = &in->head;
	d->query = &q->head;
	d->alias = bv__new_alias(st, r);
	if (s && !bv__add_relation(st, s, r, span))
		return NULL;
	if (out)
		*out = r;
	return &d->head;
}

/* ---- what is used ---- */

typedef struct use_ctx {
	bv_lane_state *st;
	BV_VEC(const bv_ast_column *) columns;
} use_ctx;

static bv_walk visit_use(bv_node *n, bv_node *parent, void *ctx)
{
	(void)parent;
	use_ctx *u = ctx;
	if (n->kind == BV_COLUMN && BV_AS(column, n)->path.n == 2)
		(void)BV_PUSH(u->st->arena, &u->columns, BV_AS(column, n));
	return BV_WALK_CONTINUE;
}

static bool is_used(const use_ctx *u, bv_node *visible)
{
	use_ctx own = {.st = u->st};
	bv__walk(visible, visit_use, &own);
	for (uint32_t i = 0; i < own.columns.n; i++)
		for (uint32_t k = 0; k < u->columns.n; k++)
			if (bv__tree_equal(&own.columns.v[i]->head, &u->columns.v[k]->head))
				return true;
	return false;
}

/* The columns of SELECT * that are not used: their expressions and names. */
static void others(bv_lane_state *st, const bv_scope *in, const use_ctx *u, bv_node_vec *columns, str_vec *names, bv_span span)
{
	for (uint32_t i = 0; i < in->star.n; i++) {
		const bv_visible *v = &in->visible.v[in->star.v[i] - in->base];
		if (v->hidden)
			continue;
		bv_node *e = bv__visible_expr(st, v, span);
		if (is_used(u, e))
			continue;
		(void)BV_PUSH(st->arena, columns, e);
		(void)BV_PUSH(st->arena, names, v->name);
	}
}

/* ---- PIVOT ---- */

typedef struct pivot_ctx {
	bv_lane_state *st;
	const bv_ast_pivot *p;
	bv_list aggregates; /* bound */
	bv_node_vec *columns;
	str_vec *names;
	bool failed;
} pivot_ctx;

/* The text of a literal value in a column's name; n == 0: it is none. */
static bv_str value_text(const bv_lane_state *st, const bv_node *n)
{
	bool minus = n->kind == BV_UNARY && BV_AS(unary, n)->op == BV_unary_op_negate;
	if (minus)
		n = BV_AS(unary, n)->operand;
	if (n->kind == BV_CAST)
		n = BV_AS(cast, n)->operand;
	switch (n->kind) {
	case BV_STRING:
		return is_dialect(st, "snowflake") ? bv__arena_printf(st->arena, "'" BV_STR_FMT "'", BV_STR_ARG(BV_AS(string, n)->text)) : BV_AS(string, n)->text;
	case BV_NUMBER:
		return bv__arena_printf(st->arena, "%s" BV_STR_FMT, minus ? "-" : "", BV_STR_ARG(BV_AS(number, n)->text));
	case BV_BOOLEAN:
		return BV_AS(boolean, n)->value ? BV_STR("true") : BV_STR("false");
	default:
		return (bv_str){"", 0};
	}
}

static bool is_identifier(bv_str s)
{
	for (uint32_t i = 0; i < s.n; i++) {
		char c = s.p[i];
		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (i && c >= '0' && c <= '9')))
			return false;
	}
	return s.n > 0;
}

typedef struct filter_ctx {
	bv_lane_state *st;
	const bv_node *condition;
	bool null_without_rows;
} filter_ctx;

/* Each aggregate call gets the condition as its filter. */
static bv_node *filtered(void *ctx, bv_node *n)
{
	filter_ctx *f = ctx;
	bv_lane_state *st = f->st;
	if (bv__is_query(n))
		return n;
	const bv_function *fn = n->kind == BV_CALL && !BV_AS(call, n)->over ? bv__call_function(st, BV_AS(call, n)) : NULL;
	if (!fn || fn->kind != BV_FN_AGGREGATE) {
		bv__lane_children(n, filtered, ctx);
		return n;
	}
	bv_ast_call *c = BV_AS(call, n);
	c->filter = bv__and(st->arena, bv__tree_share(st->arena, f->condition), c->filter);
	static const char *const null_already[] = {"sum", "min", "max", "avg", "first_value", "last_value", "stddev", "stddev_pop", "var", "var_pop", "median", "bool_and", "bool_or"};
	for (unsigned i = 0; i < BV_COUNT(null_already); i++)
		if (bv__str_is(fn->name, null_already[i]))
			return n;
	if (!f->null_without_rows)
		return n;
	/* CASE WHEN count(1) FILTER (…) > 0 THEN aggregate END */
	bv_node *one = bv__number(st->arena, n->span, 1), *count = bv__call(st->arena, n->span, "count", &one, 1);
	bv_ast_binary *some = BV_MAKE(st->arena, BINARY, binary, n->span);
	bv_ast_when *w = BV_MAKE(st->arena, WHEN, when, n->span);
	bv_ast_case *out = BV_MAKE(st->arena, CASE, case, n->span);
	if (!count || !some || !w || !out)
		return n;
	BV_AS(call, count)->filter = bv__tree_share(st->arena, f->condition);
	some->op = BV_binary_op_gt;
	some->left = count;
	some->right = bv__number(st->arena, n->span, 0);
	w->condition = &some->head;
	w->result = n;
	bv_node *when = &w->head;
	out->whens = bv__list_of(st->arena, &when, 1);
	return &out->head;
}

static bool column_name(pivot_ctx *cx, bv_str value, const bv_node *aggregate, bv_str *out)
{
	bv_lane_state *st = cx->st;
	bv_str alias = aggregate->kind == BV_ALIAS ? BV_AS(alias, aggregate)->name : (bv_str){"", 0};
	bool several = cx->aggregates.n > 1;
	if (several && !alias.n) {
		bv_diagnostic *e = bv__diag(st->d, BV_E_NOT_SUPPORTED, aggregate->span, "of several aggregates in PIVOT each needs a name");
		bv__diag_hint(st->d, e, "add AS");
		return false;
	}
	if (is_dialect(st, "bigquery")) {
		if (!is_identifier(value)) {
			bv_diagnostic *e = bv__diag(st->d, BV_E_NOT_SUPPORTED, aggregate->span, "`" BV_STR_FMT "` cannot be the name of a column of PIVOT", BV_STR_ARG(value));
			bv__diag_hint(st->d, e, "give the value a name with AS");
			return false;
		}
		*out = alias.n ? bv__arena_printf(st->arena, BV_STR_FMT "_" BV_STR_FMT, BV_STR_ARG(alias), BV_STR_ARG(value)) : value;
	} else if (is_spark(st) ? several : alias.n > 0) {
		*out = bv__arena_printf(st->arena, BV_STR_FMT "_" BV_STR_FMT, BV_STR_ARG(value), BV_STR_ARG(alias));
	} else {
		*out = value;
	}
	return true;
}

static bv_node *equals(bv_lane_state *st, bv_node *left, bv_node *right)
{
	bv_ast_binary *b = BV_MAKE(st->arena, BINARY, binary, right->span);
	if (!b)
		return NULL;
	b->op = BV_binary_op_eq;
	b->left = bv__tree_share(st->arena, left);
	b->right = bv__tree_share(st->arena, right);
	return &b->head;
}

/* The columns of one combination of values, and of those below it. */
static void combinations(pivot_ctx *cx, uint32_t at, bv_node *condition, bv_str name)
{
	bv_lane_state *st = cx->st;
	if (at == cx->p->on.n) {
		filter_ctx f = {st, condition, is_spark(st) || is_dialect(st, "snowflake")};
		for (uint32_t i = 0; i < cx->aggregates.n && !cx->failed; i++) {
			bv_node *a = cx->aggregates.v[i];
			bv_str full;
			if (!column_name(cx, name, a, &full)) {
				cx->failed = true;
				return;
			}
			bv_node *e = filtered(&f, bv__tree_share(st->arena, a->kind == BV_ALIAS ? BV_AS(alias, a)->operand : a));
			if (cx->p->fallback) {
				bv_node *args[2] = {e, bv__tree_share(st->arena, cx->p->fallback)};
				e = bv__call(st->arena, e->span, "coalesce", args, 2);
			}
			(void)BV_PUSH(st->arena, cx->columns, e);
			(void)BV_PUSH(st->arena, cx->names, full);
		}
		return;
	}
	const bv_ast_pivot_column *c = BV_AS(pivot_column, cx->p->on.v[at]);
	const bv_list *operands = c->operand->kind == BV_ROW ? &BV_AS(row, c->operand)->items : NULL;
	for (uint32_t i = 0; i < c->values.n && !cx->failed; i++) {
		bv_node *v = c->values.v[i];
		bv_str own = v->kind == BV_ALIAS ? BV_AS(alias, v)->name : (bv_str){"", 0};
		if (v->kind == BV_ALIAS)
			v = BV_AS(alias, v)->operand;
		const bv_list *parts = operands && v->kind == BV_ROW ? &BV_AS(row, v)->items : NULL;
		if (operands && (!parts || parts->n != operands->n)) {
			bv__diag(st->d, BV_E_SET_COLUMNS, v->span, "PIVOT over %u columns needs %u values here", operands->n, operands->n);
			cx->failed = true;
			return;
		}
		bv_node *both = condition ? bv__tree_share(st->arena, condition) : NULL;
		bv_str text = {"", 0};
		for (uint32_t k = 0; k < (operands ? operands->n : 1); k++) {
			bv_node *value = operands ? parts->v[k] : v;
			bv_str one = value_text(st, value);
			if (value->kind == BV_NULL_LITERAL || (!one.n && value->kind != BV_STRING)) {
				bv__diag(st->d, BV_E_NOT_SUPPORTED, value->span, value->kind == BV_NULL_LITERAL ? "NULL as a value of PIVOT is not supported" : "a value of PIVOT must be a literal");
				cx->failed = true;
				return;
			}
			text = k ? bv__arena_printf(st->arena, BV_STR_FMT "_" BV_STR_FMT, BV_STR_ARG(text), BV_STR_ARG(one)) : one;
			both = bv__and(st->arena, both, equals(st, operands ? operands->v[k] : c->operand, value));
		}
		if (own.n)
			text = own;
		combinations(cx, at + 1, both, at ? bv__arena_printf(st->arena, BV_STR_FMT "_" BV_STR_FMT, BV_STR_ARG(name), BV_STR_ARG(text)) : text);
	}
}

static bv_node *bind_pivot(bv_lane_state *st, bv_scope *s, bv_ast_pivot *p)
{
	bv_span span = p->head.span;
	bv_scope in = {.parent = s->parent};
	uint32_t before = st->d->errors;
	bv_node *from = bv__bind_relation(st, &in, p->input);
	if (!from)
		return NULL;
	use_ctx used = {.st = st};
	if (!p->aggregates.n) {
		bv__diag(st->d, BV_E_NOT_SUPPORTED, span, "PIVOT without an aggregate is not supported");
		return NULL;
	}
	for (uint32_t i = 0; i < p->aggregates.n; i++) {
		bv_node **a = p->aggregates.v[i]->kind == BV_ALIAS ? &BV_AS(alias, p->aggregates.v[i])->operand : &p->aggregates.v[i];
		*a = bv__bind_expr(st, &in, *a);
		if (st->d->errors == before && !bv__has_aggregate(st, *a))
			bv__diag(st->d, BV_E_AGGREGATE, (*a)->span, "PIVOT needs an aggregate here");
		bv__walk(*a, visit_use, &used);
	}
	for (uint32_t i = 0; i < p->on.n; i++) {
		bv_ast_pivot_column *c = BV_AS(pivot_column, p->on.v[i]);
		if (c->query || !c->values.n) {
			bv_diagnostic *e = bv__diag(st->d, BV_E_NOT_SUPPORTED, c->head.span, "PIVOT needs its values written out: else its columns depend on the data");
			bv__diag_hint(st->d, e, "IN (value, …)");
			return NULL;
		}
		c->operand = bv__bind_expr(st, &in, c->operand);
		bv__walk(c->operand, visit_use, &used);
	}
	bv_node_vec columns = {0};
	str_vec names = {0};
	if (p->grouped) {
		for (uint32_t i = 0; i < p->group_by.n; i++) {
			bv_node *g = p->group_by.v[i];
			bv_str name = g->kind == BV_COLUMN ? BV_AS(column, g)->path.v[BV_AS(column, g)->path.n - 1] : (bv_str){"", 0};
			g = bv__bind_expr(st, &in, g);
			(void)BV_PUSH(st->arena, &columns, g);
			(void)BV_PUSH(st->arena, &names, name.n ? name : bv__output_name(st, g));
		}
	} else {
		others(st, &in, &used, &columns, &names, span);
	}
	if (p->fallback)
		p->fallback = bv__bind_expr(st, &in, p->fallback);
	if (st->d->errors != before)
		return NULL;
	bv_node_vec keys = {0};
	for (uint32_t i = 0; i < columns.n; i++)
		(void)BV_PUSH(st->arena, &keys, bv__copy_expr(st, columns.v[i]));
	pivot_ctx cx = {st, p, p->aggregates, &columns, &names, false};
	combinations(&cx, 0, NULL, (bv_str){"", 0});
	if (cx.failed)
		return NULL;
	return derived(st, s, from, columns, &names, bv__list_done(keys), p->alias, &p->columns, span, NULL);
}

/* ---- UNPIVOT ---- */

static bv_node *array_of(bv_lane_state *st, bv_node_vec items, bv_span span)
{
	bv_ast_array *a = BV_MAKE(st->arena, ARRAY, array, span);
	if (!a)
		return NULL;
	a->items = bv__list_done(items);
	bv_node *arg = &a->head;
	return bv__call(st->arena, span, "unnest", &arg, 1);
}

static bv_node *bind_unpivot(bv_lane_state *st, bv_scope *s, bv_ast_unpivot *p)
{
	bv_span span = p->head.span;
	bv_scope in = {.parent = s->parent};
	uint32_t before = st->d->errors, width = p->values.n ? p->values.n : 1;
	bv_node *from = bv__bind_relation(st, &in, p->input);
	if (!from)
		return NULL;
	/* What becomes rows: a label, and `width` columns each. */
	bv_node_vec labels = {0}, *values = BV_NEWN(st->arena, bv_node_vec, width);
	use_ctx used = {.st = st};
	if (!values)
		return NULL;
	for (uint32_t i = 0; i < p->columns.n; i++) {
		bv_node *c = p->columns.v[i];
		bv_str label = c->kind == BV_ALIAS ? BV_AS(alias, c)->name : (bv_str){"", 0};
		bool given = label.n > 0;
		if (given)
			c = BV_AS(alias, c)->operand;
		if (c->kind == BV_STAR && width == 1 && !label.n && !BV_AS(star, c)->qualifier.n && !BV_AS(star, c)->exclude.n && !BV_AS(star, c)->replace.n && !BV_AS(star, c)->rename.n && !BV_AS(star, c)->like.n) {
			for (uint32_t k = 0; k < in.star.n; k++) {
				const bv_visible *v = &in.visible.v[in.star.v[k] - in.base];
				if (v->hidden)
					continue;
				bv_node *e = bv__visible_expr(st, v, span);
				(void)BV_PUSH(st->arena, &labels, bv__string(st->arena, span, v->name));
				(void)BV_PUSH(st->arena, &values[0], e);
				bv__walk(e, visit_use, &used);
			}
			continue;
		}
		bv_list one = {&c, 1}, *parts = c->kind == BV_ROW ? &BV_AS(row, c)->items : &one;
		if (parts->n != width) {
			bv__diag(st->d, BV_E_SET_COLUMNS, c->span, "UNPIVOT into %u columns needs %u columns here", width, width);
			return NULL;
		}
		for (uint32_t k = 0; k < width; k++) {
			bv_node *x = parts->v[k];
			if (x->kind != BV_COLUMN) {
				bv__diag(st->d, BV_E_NOT_SUPPORTED, x->span, "UNPIVOT of something that is no column is not supported");
				return NULL;
			}
			bv_str read = BV_AS(column, x)->path.v[BV_AS(column, x)->path.n - 1];
			bv_node *e = bv__bind_expr(st, &in, x);
			const bv_relation *r = e->kind == BV_COLUMN && BV_AS(column, e)->path.n == 2 ? bv__map_get(&st->relations, BV_AS(column, e)->path.v[0]) : NULL;
			if (r)
				read = bv__visible_name(r, BV_AS(column, e)->path.v[1]);
			if (!given)
				label = k ? bv__arena_printf(st->arena, BV_STR_FMT "_" BV_STR_FMT, BV_STR_ARG(label), BV_STR_ARG(read)) : read;
			(void)BV_PUSH(st->arena, &values[k], e);
			bv__walk(e, visit_use, &used);
		}
		(void)BV_PUSH(st->arena, &labels, bv__string(st->arena, c->span, label));
	}
	if (st->d->errors != before)
		return NULL;
	bv_node_vec columns = {0};
	str_vec names = {0};
	others(st, &in, &used, &columns, &names, span);
	uint32_t first_value = 0;
	bool values_first = is_dialect(st, "bigquery");
	for (int round = 0; round < 2; round++) {
		if ((round == 0) == values_first) {
			first_value = columns.n;
			for (uint32_t k = 0; k < width; k++) {
				(void)BV_PUSH(st->arena, &columns, array_of(st, values[k], span));
				(void)BV_PUSH(st->arena, &names, p->values.n ? p->values.v[k] : BV_STR("value"));
			}
		} else {
			(void)BV_PUSH(st->arena, &columns, array_of(st, labels, span));
			(void)BV_PUSH(st->arena, &names, p->name.n ? p->name : BV_STR("name"));
		}
	}
	if (bv__arena_failed(st->arena))
		return NULL;
	if (p->include_nulls)
		return derived(st, s, from, columns, &names, (bv_list){0}, p->alias, &p->column_aliases, span, NULL);
	/* The rows whose values are not all NULL, of that. */
	bv_relation *r = NULL;
	bv_node *all = derived(st, NULL, from, columns, &names, (bv_list){0}, (bv_str){"", 0}, NULL, span, &r);
	if (!all)
		return NULL;
	bv_node_vec again = {0}, some = {0};
	for (uint32_t i = 0; i < r->n; i++)
		(void)BV_PUSH(st->arena, &again, bv__column(st->arena, span, r->governed, r->actual[i]));
	for (uint32_t k = 0; k < width; k++) {
		bv_ast_is *is = BV_MAKE(st->arena, IS, is, span);
		if (!is)
			return NULL;
		is->negated = true;
		is->operand = bv__column(st->arena, span, r->governed, r->actual[first_value + k]);
		(void)BV_PUSH(st->arena, &some, &is->head);
	}
	bv_node *where = some.v[0];
	if (some.n > 1) {
		where = bv__node_new(st->arena, BV_OR, span);
		if (!where)
			return NULL;
		BV_AS(or, where)->terms = bv__list_done(some);
	}
	bv_node *out = derived(st, s, all, again, &names, (bv_list){0}, p->alias, &p->column_aliases, span, NULL);
	if (out)
		BV_AS(select, BV_AS(query, BV_AS(derived, out)->query)->body)->where = where;
	return out;
}

bv_node *bv__bind_pivot(bv_lane_state *st, bv_scope *s, bv_node *n)
{
	bool pivot = n->kind == BV_PIVOT;
	bv_span span = n->span;
	bv_node *out = pivot ? bind_pivot(st, s, BV_AS(pivot, n)) : bind_unpivot(st, s, BV_AS(unpivot, n));
	if (out)
		bv__rule(st, pivot ? BV_RULE_PIVOT : BV_RULE_UNPIVOT, span, out);
	return out;
}
