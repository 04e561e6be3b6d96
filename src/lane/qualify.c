/* qualify, queries: binds a query bottom-up. In: a tree after transforms; out: a tree in which every table has the catalogue's full name and
 * an alias of its own, every column is [alias, stored name], every projection has a name, and these rules are done, each where its names
 * are known:
 *
 *   CTEs           -> the top level, as w1, w2, … in order of definition. A correlated one is refused, an unused one dropped.
 *   stars          -> columns, with EXCLUDE, REPLACE, RENAME and name patterns.
 *   ordinals, ALL  -> the expressions (GROUP BY) or the outputs (ORDER BY) that they stand for.
 *   aliases        -> copies of their expressions. WHERE, GROUP BY, HAVING (each where the dialect sees aliases there), QUALIFY: a column
 *                     wins. ORDER BY: the output wins, in expressions too unless the dialect says otherwise.
 *   QUALIFY        -> a derived table that computes the windows as hidden columns, filtered outside (a condition with a subquery is computed
 *                     inside as a whole). Then DISTINCT, ORDER BY and LIMIT apply, as they did; what ORDER BY needs travels as hidden columns.
 *   DISTINCT ON    -> row_number() OVER (PARTITION BY … ORDER BY …) = 1 in the same way. Precondition: the leading ORDER BY items are the
 *                     expressions of ON.
 *   ORDER BY       -> what it needs travels as hidden columns of a derived table too where an input column that it uses has the name of an
 *                     output, for the engine takes the two for one.
 *   BY NAME        -> both sides with the columns of both, NULL where a side has none. */
#include "lane/qualify.h"

static bool is_ordinal(const bv_node *n)
{
	if (n->kind != BV_NUMBER)
		return false;
	bv_str t = BV_AS(number, n)->text;
	for (uint32_t i = 0; i < t.n; i++)
		if (t.p[i] < '0' || t.p[i] > '9')
			return false;
	return t.n > 0;
}

static bool ordinal_value(bv_lane_state *st, const bv_node *n, uint32_t count, uint32_t *out)
{
	bv_str t = BV_AS(number, n)->text;
	uint64_t v = 0;
	for (uint32_t i = 0; i < t.n && v < UINT32_MAX; i++)
		v = v * 10 + (uint64_t)(t.p[i] - '0');
	if (v < 1 || v > count) {
		bv__diag(st->d, BV_E_ORDINAL, n->span, "position " BV_STR_FMT " is not in the select list, which has %u", BV_STR_ARG(t), count);
		return false;
	}
	*out = (uint32_t)v - 1;
	return true;
}

/* ---- select lists ---- */

typedef BV_VEC(bv_output) output_vec;

/* SQL LIKE over a name: % any run, _ one character. */
static bool like(bv_str s, bv_str p, bool insensitive)
{
	uint32_t si = 0, pi = 0, star_p = UINT32_MAX, star_s = 0;
	while (si < s.n) {
		char a = s.p[si], b = pi < p.n ? p.p[pi] : 0;
		if (insensitive) {
			a = a >= 'A' && a <= 'Z' ? (char)(a + 32) : a;
			b = b >= 'A' && b <= 'Z' ? (char)(b + 32) : b;
		}
		if (pi < p.n && p.p[pi] == '%') {
			star_p = pi++;
			star_s = si;
		} else if (pi < p.n && (p.p[pi] == '_' || a == b)) {
			si++;
			pi++;
		} else if (star_p != UINT32_MAX) {
			pi = star_p + 1;
			si = ++star_s;
		} else {
			return false;
		}
	}
	while (pi < p.n && p.p[pi] == '%')
		pi++;
	return pi == p.n;
}

static bool names_have(const bv_names *l, bv_str name, bool *used)
{
	for (int round = 0; round < 2; round++)
		for (uint32_t i = 0; i < l->n; i++)
			if (round ? (i < 32 && ((l->insensitive >> i) & 1) && bv__str_ieq(l->v[i], name)) : bv__str_eq(l->v[i], name)) {
				used[i] = true;
				return true;
			}
	return false;
}

/* The alias of a REPLACE or RENAME list for a column, or NULL. RENAME holds the column as its operand. */
static bv_ast_alias *star_item(const bv_list *l, bv_str column, bool rename, bool insensitive, bool *used)
{
	for (uint32_t i = 0; i < l->n; i++) {
		bv_ast_alias *a = BV_AS(alias, l->v[i]);
		bv_str name = a->name;
		if (rename) {
			if (a->operand->kind != BV_COLUMN)
				continue;
			name = BV_AS(column, a->operand)->path.v[BV_AS(column, a->operand)->path.n - 1];
		}
		if (bv__str_eq(name, column) || (insensitive && bv__str_ieq(name, column))) {
			used[i] = true;
			return a;
		}
	}
	return NULL;
}

static void report_unused(bv_lane_state *st, bv_span span, const bool *used, const bv_names *names, const bv_list *items, const char *clause)
{
	uint32_t n = names ? names->n : items->n;
	for (uint32_t i = 0; i < n; i++)
		if (!used[i]) {
			bv_str name = names ? names->v[i] : BV_AS(alias, items->v[i])->name;
			bv__diag(st->d, BV_E_COLUMN_UNKNOWN, span, "%s: `*` has no column `" BV_STR_FMT "`", clause, BV_STR_ARG(name));
		}
}

/* The relation that DataFusion writes before a column. */
static bv_str shown_relation(bv_lane_state *st, const bv_node *e)
{
	e = bv__under_plus(e);
	const bv_relation *r = e->kind == BV_COLUMN && BV_AS(column, e)->path.n == 2 ? bv__map_get(&st->relations, BV_AS(column, e)->path.v[0]) : NULL;
	return r ? bv__display_of(r, BV_AS(column, e)->path.v[1]) : (bv_str){"", 0};
}

static void expand_star(bv_lane_state *st, bv_scope *s, bv_ast_star *star, output_vec *outputs)
{
	bv_span span = star->head.span;
	bv_relation *only = NULL;
	if (star->qualifier.n) {
		const bv_path *q = &star->qualifier;
		for (bv_scope *x = s; x && !only; x = x->parent) {
			if (q->n == 1) {
				unsigned n = bv__scope_relation(x, q->v[0], q->insensitive & 1, &only);
				if (n > 1) {
					bv__diag(st->d, BV_E_COLUMN_AMBIGUOUS, span, "relation `" BV_STR_FMT "` is ambiguous", BV_STR_ARG(q->v[0]));
					return;
				}
			} else {
				only = bv__scope_relation_path(x, q->v, q->n, q->insensitive);
			}
			if (x == s && only)
				break;
		}
		if (!only) {
			if (!s->broken)
				bv__diag(st->d, BV_E_COLUMN_UNKNOWN, span, "there is no relation `" BV_STR_FMT "` here", BV_STR_ARG(bv__dotted(st->arena, q)));
			return;
		}
	} else if (!s->relations.n) {
		if (!s->broken)
			bv__diag(st->d, BV_E_COLUMN_UNKNOWN, span, "`*` needs a FROM");
		return;
	}
	bool *x_used = BV_NEWN(st->arena, bool, star->exclude.n + 1), *p_used = BV_NEWN(st->arena, bool, star->replace.n + 1),
		 *n_used = BV_NEWN(st->arena, bool, star->rename.n + 1);
	if (!x_used || !p_used || !n_used)
		return;
	bool insensitive = !bv__dialect_folds(st->cx->dialect);
	uint32_t count = only ? only->n : s->star.n, before = outputs->n;
	for (uint32_t i = 0; i < (only ? 1 : s->relations.n); i++)
		if (only ? only->partial : s->relations.v[i]->partial) {
			bv_diagnostic *e = bv__diag(st->d, BV_E_NOT_SUPPORTED, span, "`*` over flatten is not supported: only its columns index and value are there");
			bv__diag_hint(st->d, e, "name the columns");
			return;
		}
	for (uint32_t i = 0; i < count; i++) {
		bv_visible one, *v;
		if (only) { /* x.* keeps what USING merged */
			one = (bv_visible){.name = only->names[i], .rel = only, .col = i};
			v = &one;
		} else {
			v = &s->visible.v[s->star.v[i] - s->base];
			if (v->hidden)
				continue;
		}
		if (star->like.n && like(v->name, star->like, star->ilike) == star->not_like)
			continue;
		if (star->exclude.n && names_have(&star->exclude, v->name, x_used))
			continue;
		bv_ast_alias *rename = star_item(&star->rename, v->name, true, insensitive, n_used);
		bv_ast_alias *replace = star_item(&star->replace, v->name, false, insensitive, p_used);
		bv_output o = {.name = rename ? rename->name : v->name};
		o.expr = replace ? bv__bind_expr(st, s, bv__tree_share(st->arena, replace->operand)) : bv__visible_expr(st, v, span);
		if (!replace && !rename)
			o.display = shown_relation(st, o.expr);
		(void)BV_PUSH(st->arena, outputs, o);
	}
	bv_node_vec made = {0};
	for (uint32_t i = before; i < outputs->n && st->cx->rule; i++)
		(void)BV_PUSH(st->arena, &made, outputs->v[i].expr);
	bv__rule_list(st, BV_RULE_STAR, span, made.v, made.n);
	if (s->broken)
		return;
	report_unused(st, span, x_used, &star->exclude, NULL, "EXCLUDE");
	report_unused(st, span, p_used, NULL, &star->replace, "REPLACE");
	report_unused(st, span, n_used, NULL, &star->rename, "RENAME");
}

static void bind_projections(bv_lane_state *st, bv_scope *s, bv_ast_select *sel, output_vec *outputs)
{
	bool lateral = bv__lateral_aliases(st);
	for (uint32_t i = 0; i < sel->projections.n; i++) {
		bv_node *p = sel->projections.v[i];
		if (p->kind == BV_STAR) {
			expand_star(st, s, BV_AS(star, p), outputs);
			continue;
		}
		if (lateral) {
			s->outputs = outputs->v;
			s->noutputs = outputs->n;
			s->alias_mode = BV_ALIAS_AFTER_COLUMNS;
		}
		bv_output o = {0};
		bv_node *e = p->kind == BV_ALIAS ? BV_AS(alias, p)->operand : p;
		bv_str read = e->kind == BV_COLUMN ? BV_AS(column, e)->path.v[BV_AS(column, e)->path.n - 1] : (bv_str){"", 0};
		uint32_t before = st->d->errors;
		o.expr = bv__bind_expr(st, s, e);
		if (p->kind == BV_ALIAS) {
			o.name = BV_AS(alias, p)->name;
		} else if (st->d->errors != before) {
			o.name = read;
		} else if (o.display = shown_relation(st, o.expr), bv__under_plus(o.expr)->kind == BV_COLUMN && BV_AS(column, bv__under_plus(o.expr))->path.n == 2) {
			const bv_ast_column *c = BV_AS(column, bv__under_plus(o.expr));
			const bv_relation *r = bv__map_get(&st->relations, c->path.v[0]);
			o.name = r ? bv__visible_name(r, c->path.v[1]) : read;
		} else if (read.n && o.expr->kind != BV_FIELD) {
			o.name = read; /* a merged column, or an alias */
		} else {
			o.name = bv__output_name(st, o.expr);
		}
		(void)BV_PUSH(st->arena, outputs, o);
		s->alias_mode = BV_ALIAS_NONE;
	}
	if (!outputs->n && !s->broken && !st->d->errors)
		bv__diag(st->d, BV_E_SET_COLUMNS, sel->head.span, "the select list has no columns");
}

static void name_outputs(bv_lane_state *st, output_vec *outputs, bool top, bv_span span)
{
	const bv_names *given = top ? st->cx->output_names : NULL;
	if (given && given->n != outputs->n) {
		bv_diagnostic *e = bv__diag(st->d, BV_E_VIEW_COLUMNS, span, "the view names %u columns, its query has %u", given->n, outputs->n);
		bv__diag_hint(st->d, e, "name all columns of the query, in order");
	}
	for (uint32_t i = 0; i < outputs->n; i++) {
		bv_output *o = &outputs->v[i];
		o->actual = !top ? bv__positional_name(st, i) : given && i < given->n ? given->v[i] : o->name;
	}
}

/* ---- GROUP BY ---- */

/* DataFusion reads a bare number in GROUP BY as a position, also where it came from an alias. */
static bv_node *not_a_position(bv_lane_state *st, bv_node *n)
{
	if (!n || !is_ordinal(n))
		return n;
	bv_ast_cast *c = BV_MAKE(st->arena, CAST, cast, n->span);
	if (!c)
		return n;
	c->operand = n;
	const bv_type *t = bv__type_number(BV_AS(number, n)->text);
	c->type = bv__type_to_node(st->arena, n->span, t);
	return &c->head;
}

static bv_node *bind_group_item(bv_lane_state *st, bv_scope *s, bv_node *n, const output_vec *outputs)
{
	if (is_ordinal(n)) {
		uint32_t i;
		if (!ordinal_value(st, n, outputs->n, &i))
			return n;
		if (bv__has_aggregate(st, outputs->v[i].expr) || bv__has_window(outputs->v[i].expr))
			bv__diag(st->d, BV_E_AGGREGATE, n->span, "position %u is an aggregate or a window: it cannot be grouped by", i + 1);
		bv__rule(st, BV_RULE_POSITION, n->span, outputs->v[i].expr);
		return not_a_position(st, bv__copy_expr(st, outputs->v[i].expr));
	}
	return not_a_position(st, bv__bind_expr(st, s, n));
}

static void bind_group_by(bv_lane_state *st, bv_scope *s, bv_ast_select *sel, const output_vec *outputs)
{
	s->alias_mode = bv__group_aliases(st) ? BV_ALIAS_AFTER_COLUMNS : BV_ALIAS_NONE;
	if (sel->group_by_all) {
		bv_node_vec keys = {0};
		for (uint32_t i = 0; i < outputs->n; i++) {
			bv_node *e = outputs->v[i].expr;
			if (!bv__has_aggregate(st, e) && !bv__has_window(e))
				(void)BV_PUSH(st->arena, &keys, not_a_position(st, bv__copy_expr(st, e)));
		}
		sel->group_by = bv__list_done(keys);
		bv__rule_list(st, BV_RULE_ALL, sel->head.span, keys.v, keys.n);
		sel->group_by_all = false;
		s->alias_mode = BV_ALIAS_NONE;
		return;
	}
	for (uint32_t i = 0; i < sel->group_by.n; i++) {
		bv_node *g = sel->group_by.v[i];
		if (g->kind != BV_GROUPING) {
			sel->group_by.v[i] = bind_group_item(st, s, g, outputs);
			continue;
		}
		bv_list *sets = &BV_AS(grouping, g)->sets;
		for (uint32_t k = 0; k < sets->n; k++) {
			if (sets->v[k]->kind != BV_ROW) {
				sets->v[k] = bind_group_item(st, s, sets->v[k], outputs);
				continue;
			}
			bv_list *items = &BV_AS(row, sets->v[k])->items;
			for (uint32_t m = 0; m < items->n; m++)
				items->v[m] = bind_group_item(st, s, items->v[m], outputs);
		}
	}
	s->alias_mode = BV_ALIAS_NONE;
}

/* ---- ORDER BY ---- */

static bv_node *output_ref(bv_lane_state *st, const output_vec *outputs, uint32_t i, bv_span span)
{
	const bv_output *o = &outputs->v[i];
	if (o->expr)
		for (uint32_t k = 0; k < outputs->n; k++)
			if (k != i && bv__str_eq(outputs->v[k].actual, o->actual))
				return bv__copy_expr(st, o->expr);
	return bv__column(st->arena, span, (bv_str){"", 0}, o->actual);
}

/* scope NULL: only outputs can be named (set operations, VALUES). With DISTINCT ON an alias counts only as a whole item. */
static void bind_order_by(bv_lane_state *st, bv_scope *s, bv_ast_query *q, const output_vec *outputs, bool distinct_on)
{
	if (q->order_by_all) {
		bv_node_vec items = {0};
		for (uint32_t i = 0; i < outputs->n; i++) {
			bv_ast_order_item *o = BV_MAKE(st->arena, ORDER_ITEM, order_item, q->head.span);
			if (!o)
				return;
			if (q->order_by.n) { /* its direction */
				o->descending = BV_AS(order_item, q->order_by.v[0])->descending;
				o->nulls = BV_AS(order_item, q->order_by.v[0])->nulls;
			}
			o->operand = output_ref(st, outputs, i, q->head.span);
			(void)BV_PUSH(st->arena, &items, &o->head);
		}
		q->order_by = bv__list_done(items);
		bv__rule_list(st, BV_RULE_ALL, q->head.span, items.v, items.n);
		q->order_by_all = false;
		return;
	}
	s->outputs = outputs->v;
	s->noutputs = outputs->n;
	s->output_refs = true;
	for (uint32_t i = 0; i < q->order_by.n; i++) {
		bv_ast_order_item *o = BV_AS(order_item, q->order_by.v[i]);
		if (is_ordinal(o->operand)) {
			uint32_t at;
			bv_span span = o->operand->span;
			if (ordinal_value(st, o->operand, outputs->n, &at)) {
				o->operand = output_ref(st, outputs, at, span);
				bv__rule(st, BV_RULE_POSITION, span, o->operand);
			}
			continue;
		}
		bool whole = o->operand->kind == BV_COLUMN;
		s->alias_mode = whole || (bv__order_alias_inside(st) && !distinct_on) ? BV_ALIAS_BEFORE_COLUMNS : BV_ALIAS_AFTER_COLUMNS;
		o->operand = bv__bind_expr(st, s, o->operand);
		if (o->operand->kind == BV_COLUMN && BV_AS(column, o->operand)->path.n == 1)
			continue;
		for (uint32_t k = 0; k < outputs->n; k++)
			if (outputs->v[k].expr && bv__same_expr(st, outputs->v[k].expr, o->operand) && !bv__is_volatile(st, o->operand)) {
				o->operand = output_ref(st, outputs, k, o->operand->span);
				break;
			}
	}
	s->alias_mode = BV_ALIAS_NONE;
	s->output_refs = false;
}

/* ---- QUALIFY and DISTINCT ON ---- */

/* Output references become copies of what they refer to. */
typedef struct substitute_ctx {
	bv_lane_state *st;
	const output_vec *outputs;
} substitute_ctx;

static bv_node *substitute(void *ctx, bv_node *n)
{
	substitute_ctx *cx = ctx;
	if (n->kind == BV_COLUMN && BV_AS(column, n)->path.n == 1) {
		for (uint32_t i = 0; i < cx->outputs->n; i++)
			if (bv__str_eq(cx->outputs->v[i].actual, BV_AS(column, n)->path.v[0]) && cx->outputs->v[i].expr)
				return bv__copy_expr(cx->st, cx->outputs->v[i].expr);
		return n;
	}
	if (n->kind == BV_LAMBDA) /* one-part names in it are its own */
		return n;
	if (!bv__is_query(n))
		bv__lane_children(n, substitute, ctx);
	return n;
}

static bool names_output(const output_vec *outputs, bv_str name)
{
	for (uint32_t i = 0; i < outputs->n; i++)
		if (bv__str_eq(outputs->v[i].actual, name))
			return true;
	return false;
}

/* Moves the whole select into a derived table. Its outputs, `hidden` and `cond` (may be NULL) are columns of it; *hidden[i] and cond become
 * references; the select keeps DISTINCT and filters on cond. */
static void push_down(bv_lane_state *st, bv_ast_select *s, output_vec *outputs, bv_node ***hidden, uint32_t nhidden, bv_node *cond)
{
	bv_span span = s->head.span;
	bv_ast_select *in = BV_MAKE(st->arena, SELECT, select, span);
	bv_ast_query *q = BV_MAKE(st->arena, QUERY, query, span);
	bv_ast_derived *d = BV_MAKE(st->arena, DERIVED, derived, span);
	bv_relation *r = BV_NEW(st->arena, bv_relation);
	uint32_t n = outputs->n + nhidden + (cond != NULL);
	bv_node **projections = BV_NEWN(st->arena, bv_node *, n);
	if (!in || !q || !d || !r || !projections)
		return;
	r->n = n;
	r->names = BV_NEWN(st->arena, bv_str, n);
	r->actual = BV_NEWN(st->arena, bv_str, n);
	if (!r->names || !r->actual)
		return;
	*in = *s;
	in->distinct = false;
	in->distinct_on = (bv_list){0};
	in->qualify = NULL;
	bv__new_alias(st, r);
	for (uint32_t i = 0; i < n; i++) {
		bv_node *e = i < outputs->n ? outputs->v[i].expr : i < outputs->n + nhidden ? *hidden[i - outputs->n] : cond;
		r->actual[i] = bv__positional_name(st, i);
		r->names[i] = i < outputs->n ? outputs->v[i].name : r->actual[i];
		projections[i] = bv__alias(st->arena, e, r->actual[i]);
		bv_node *ref = bv__column(st->arena, e->span, r->governed, r->actual[i]);
		if (i < outputs->n)
			outputs->v[i].expr = ref;
		else if (i < outputs->n + nhidden)
			*hidden[i - outputs->n] = ref;
		else
			cond = ref;
	}
	in->projections = (bv_list){projections, n};
	q->body = &in->head;
	d->query = &q->head;
	d->alias = r->governed;
	bool distinct = s->distinct;
	bv_list on = s->distinct_on;
	*s = (bv_ast_select){.head = s->head};
	s->distinct = distinct;
	s->distinct_on = on;
	bv_node *from = &d->head;
	s->from = bv__list_of(st->arena, &from, 1);
	s->where = cond;
}

typedef BV_VEC(bv_node **) hidden_vec;

static bool is_output_ref(const bv_node *n)
{
	return n->kind == BV_COLUMN && BV_AS(column, n)->path.n == 1;
}

static void collect_order(bv_lane_state *st, bv_ast_query *q, const output_vec *outputs, hidden_vec *hidden)
{
	substitute_ctx cx = {st, outputs};
	for (uint32_t i = 0; q && i < q->order_by.n; i++) {
		bv_ast_order_item *o = BV_AS(order_item, q->order_by.v[i]);
		if (is_output_ref(o->operand))
			continue;
		o->operand = substitute(&cx, o->operand);
		(void)BV_PUSH(st->arena, hidden, &o->operand);
	}
}

/* What of a condition the derived table computes: its windows, and the aggregates, keys and columns beside them. */
typedef struct parts_ctx {
	bv_lane_state *st;
	const bv_ast_select *select;
	BV_VEC(bv_node **) slots;
} parts_ctx;

static bool is_key(bv_lane_state *st, const bv_list *keys, const bv_node *n)
{
	for (uint32_t i = 0; i < keys->n; i++) {
		const bv_node *k = keys->v[i];
		if (k->kind == BV_GROUPING ? is_key(st, &BV_AS(grouping, k)->sets, n) : k->kind == BV_ROW ? is_key(st, &BV_AS(row, k)->items, n) : bv__same_expr(st, k, n))
			return true;
	}
	return false;
}

static void collect_parts(parts_ctx *cx, bv_node **at)
{
	bv_node *n = *at;
	if (n->kind == BV_TYPE || n->kind == BV_LAMBDA)
		return;
	const bv_function *f = n->kind == BV_CALL ? bv__call_function(cx->st, BV_AS(call, n)) : NULL;
	if (n->kind == BV_COLUMN || (n->kind == BV_CALL && (BV_AS(call, n)->over || (f && f->kind == BV_FN_AGGREGATE))) || is_key(cx->st, &cx->select->group_by, n)) {
		(void)BV_PUSH(cx->st->arena, &cx->slots, at);
		return;
	}
	for (const bv_kid *k = bv__kids[n->kind]; k->offset; k++) {
		void *child = (char *)n + k->offset;
		if (!k->list && *(bv_node **)child)
			collect_parts(cx, child);
		for (uint32_t i = 0; k->list && i < ((bv_list *)child)->n; i++)
			collect_parts(cx, &((bv_list *)child)->v[i]);
	}
}

/* The expression of which the slot holds another copy: an output's, or that of a slot before it. */
static bv_node *const *computed(bv_lane_state *st, const output_vec *outputs, bv_node **const *slots, uint32_t n, const bv_node *e)
{
	for (uint32_t i = 0; i < outputs->n; i++)
		if (outputs->v[i].expr && bv__same_expr(st, outputs->v[i].expr, e))
			return &outputs->v[i].expr;
	for (uint32_t i = 0; i < n; i++)
		if (bv__same_expr(st, *slots[i], e))
			return slots[i];
	return NULL;
}

static void rule_qualify(bv_lane_state *st, bv_ast_query *q, bv_ast_select *s, output_vec *outputs)
{
	hidden_vec hidden = {0};
	for (uint32_t i = 0; i < s->distinct_on.n; i++)
		(void)BV_PUSH(st->arena, &hidden, &s->distinct_on.v[i]);
	uint32_t on = hidden.n;
	collect_order(st, q, outputs, &hidden);
	if (s->distinct && hidden.n > on)
		bv__diag(st->d, BV_E_AGGREGATE, (*hidden.v[on])->span, "with SELECT DISTINCT, ORDER BY may only use what is selected");
	bv_node *cond = s->qualify;
	s->qualify = NULL;
	bv_span span = cond->span;
	/* A subquery of the condition may read what only the inside sees: then the whole condition is computed there. */
	bool inside = bv__has_subquery(st, cond) || bv__is_volatile(st, cond);
	parts_ctx parts = {.st = st, .select = s};
	if (!inside)
		collect_parts(&parts, &cond);
	bv_node *const **same = BV_NEWN(st->arena, bv_node *const *, parts.slots.n + 1);
	if (!same)
		return;
	for (uint32_t i = 0; i < parts.slots.n; i++) {
		same[i] = computed(st, outputs, parts.slots.v, i, *parts.slots.v[i]);
		if (!same[i])
			(void)BV_PUSH(st->arena, &hidden, parts.slots.v[i]);
	}
	uint32_t others = hidden.n;
	for (uint32_t i = 0; i < parts.slots.n; i++)
		others -= !same[i];
	push_down(st, s, outputs, hidden.v, hidden.n, inside ? cond : NULL);
	if (st->d->errors || !s->from.n)
		return;
	bv_list *computed_there = &BV_AS(select, BV_AS(query, BV_AS(derived, s->from.v[0])->query)->body)->projections;
	for (uint32_t i = outputs->n + others; i < outputs->n + hidden.n; i++)
		computed_there->v[i]->mark |= BV_MARK_PART;
	for (uint32_t i = 0; i < parts.slots.n; i++)
		if (same[i])
			*parts.slots.v[i] = bv__copy_expr(st, *same[i]);
	if (!inside)
		s->where = cond;
	bv__rule_list(st, BV_RULE_QUALIFY, span, s->from.v, s->from.n);
}

static void rule_distinct_on(bv_lane_state *st, bv_ast_query *q, bv_ast_select *s, output_vec *outputs)
{
	bv_span span = s->head.span;
	substitute_ctx cx = {st, outputs};
	bv_ast_window *w = BV_MAKE(st->arena, WINDOW, window, span);
	if (!w)
		return;
	for (uint32_t i = 0; bv__has_meanings(st) && i < outputs->n; i++)
		if (outputs->v[i].expr && bv__has_unnest(st, outputs->v[i].expr)) { /* there it makes the rows of which one stays, here those of the one that stayed */
			bv_diagnostic *x = bv__diag(st->d, BV_E_NOT_SUPPORTED, outputs->v[i].expr->span, "DISTINCT ON beside what makes rows in SELECT is not supported");
			bv__diag_hint(st->d, x, "make the rows in a subquery, or in FROM");
			return;
		}
	uint32_t norder = q ? q->order_by.n : 0;
	for (uint32_t i = 0; i < norder && i < s->distinct_on.n; i++) {
		bv_node *e = substitute(&cx, bv__copy_expr(st, BV_AS(order_item, q->order_by.v[i])->operand));
		bool match = false;
		for (uint32_t k = 0; k < s->distinct_on.n && !match; k++)
			match = bv__same_expr(st, e, s->distinct_on.v[k]);
		if (!match) {
			bv_diagnostic *x = bv__diag(st->d, BV_E_AGGREGATE, q->order_by.v[i]->span, "the first items of ORDER BY must be the expressions of DISTINCT ON");
			bv__diag_hint(st->d, x, "order by them first, then by what decides which row stays");
			return;
		}
	}
	w->partition_by = bv__list_of(st->arena, s->distinct_on.v, s->distinct_on.n);
	w->head.mark |= BV_MARK_DISTINCT_ON;
	bv_node_vec keys = {0};
	for (uint32_t i = 0; i < norder; i++) {
		bv_node *copy = bv__copy_expr(st, q->order_by.v[i]);
		if (!copy)
			return;
		BV_AS(order_item, copy)->operand = substitute(&cx, BV_AS(order_item, copy)->operand);
		(void)BV_PUSH(st->arena, &keys, copy);
	}
	w->order_by = bv__list_done(keys);
	bv_node *rn = bv__call(st->arena, span, "row_number", NULL, 0);
	bv_ast_binary *eq = BV_MAKE(st->arena, BINARY, binary, span);
	if (!rn || !eq)
		return;
	BV_AS(call, rn)->over = &w->head;
	hidden_vec hidden = {0};
	collect_order(st, q, outputs, &hidden);
	s->distinct_on = (bv_list){0};
	push_down(st, s, outputs, hidden.v, hidden.n, rn);
	eq->op = BV_binary_op_eq;
	eq->left = s->where;
	eq->right = bv__number(st->arena, span, 1);
	s->where = &eq->head;
	bv__rule_list(st, BV_RULE_DISTINCT_ON, span, s->from.v, s->from.n);
}

/* ORDER BY may use an input column that has the name of an output: SELECT -a AS b FROM x ORDER BY x.b. The engine cannot. */
typedef struct clash_ctx {
	bv_lane_state *st;
	const output_vec *outputs;
	bool found;
} clash_ctx;

static bv_walk visit_clash(bv_node *n, bv_node *parent, void *ctx)
{
	(void)parent;
	clash_ctx *c = ctx;
	if (n->kind != BV_COLUMN || BV_AS(column, n)->path.n != 2 || !names_output(c->outputs, BV_AS(column, n)->path.v[1]))
		return BV_WALK_CONTINUE;
	/* Of other relations the names are ours to choose. */
	const bv_relation *r = bv__map_get(&c->st->relations, BV_AS(column, n)->path.v[0]);
	if (r && !r->table.n && !bv__str_starts(BV_AS(column, n)->path.v[1], "column"))
		return BV_WALK_CONTINUE;
	c->found = true;
	return BV_WALK_STOP;
}

static void rule_order(bv_lane_state *st, bv_ast_query *q, bv_ast_select *s, output_vec *outputs)
{
	clash_ctx c = {st, outputs, false};
	for (uint32_t i = 0; i < q->order_by.n && !c.found; i++)
		bv__walk(q->order_by.v[i], visit_clash, &c);
	if (!c.found || s->distinct)
		return;
	hidden_vec hidden = {0};
	collect_order(st, q, outputs, &hidden);
	push_down(st, s, outputs, hidden.v, hidden.n, NULL);
	bv__rule_list(st, BV_RULE_ORDER_COLUMN, q->order_by.v[0]->span, s->from.v, s->from.n);
}

/* ---- select ---- */

static void bind_select(bv_lane_state *st, bv_ast_query *q, bv_ast_select *s, bv_scope *outer, bool top, bv_bound *out)
{
	bv_scope scope = {.parent = outer};
	if (s->from.n) {
		bv_node *from = bv__bind_relation(st, &scope, s->from.v[0]);
		if (from)
			s->from.v[0] = from;
	}
	bool where_aliases = bv__where_aliases(st);
	if (s->where && !where_aliases)
		s->where = bv__bind_expr(st, &scope, s->where);
	output_vec outputs = {0};
	bind_projections(st, &scope, s, &outputs);
	name_outputs(st, &outputs, top, s->head.span);
	scope.outputs = outputs.v;
	scope.noutputs = outputs.n;
	scope.alias_mode = BV_ALIAS_AFTER_COLUMNS;
	scope.output_refs = false;
	if (s->where && where_aliases)
		s->where = bv__bind_expr(st, &scope, s->where);
	if (s->group_by.n || s->group_by_all)
		bind_group_by(st, &scope, s, &outputs);
	scope.alias_mode = bv__having_aliases(st) ? BV_ALIAS_AFTER_COLUMNS : BV_ALIAS_NONE;
	if (s->having)
		s->having = bv__bind_expr(st, &scope, s->having);
	scope.alias_mode = BV_ALIAS_AFTER_COLUMNS;
	if (s->qualify)
		s->qualify = bv__bind_expr(st, &scope, s->qualify);
	for (uint32_t i = 0; i < s->distinct_on.n; i++) {
		uint32_t at;
		/* As in ORDER BY: by itself an alias comes first. */
		scope.alias_mode = s->distinct_on.v[i]->kind == BV_COLUMN ? BV_ALIAS_BEFORE_COLUMNS : BV_ALIAS_AFTER_COLUMNS;
		if (!is_ordinal(s->distinct_on.v[i]))
			s->distinct_on.v[i] = bv__bind_expr(st, &scope, s->distinct_on.v[i]);
		else if (ordinal_value(st, s->distinct_on.v[i], outputs.n, &at))
			s->distinct_on.v[i] = bv__copy_expr(st, outputs.v[at].expr);
	}
	scope.alias_mode = BV_ALIAS_NONE;
	if (q && (q->order_by.n || q->order_by_all))
		bind_order_by(st, &scope, q, &outputs, s->distinct_on.n > 0);
	if (s->qualify && !st->d->errors) {
		bool window = bv__has_window(s->qualify);
		if (!window) {
			bv_diagnostic *e = bv__diag(st->d, BV_E_QUALIFY_CLAUSE, s->qualify->span, "QUALIFY has no window function");
			bv__diag_hint(st->d, e, "filter rows with WHERE, groups with HAVING");
		} else {
			rule_qualify(st, q, s, &outputs);
		}
	}
	if (s->distinct_on.n && !st->d->errors)
		rule_distinct_on(st, q, s, &outputs);
	if (top && q && q->order_by.n && !st->d->errors)
		rule_order(st, q, s, &outputs);
	bv_node **projections = BV_NEWN(st->arena, bv_node *, outputs.n + 1);
	out->names = BV_NEWN(st->arena, bv_str, outputs.n + 1);
	out->actual = BV_NEWN(st->arena, bv_str, outputs.n + 1);
	out->displays = BV_NEWN(st->arena, bv_str, outputs.n + 1);
	if (!projections || !out->names || !out->actual || !out->displays)
		return;
	out->n = outputs.n;
	for (uint32_t i = 0; i < outputs.n; i++) {
		projections[i] = bv__alias(st->arena, outputs.v[i].expr, outputs.v[i].actual);
		out->names[i] = outputs.v[i].name;
		out->actual[i] = outputs.v[i].actual;
		out->displays[i] = outputs.v[i].display;
	}
	s->projections = (bv_list){projections, outputs.n};
	if (!top)
		bv__rule_list(st, BV_RULE_INNER_NAMES, s->head.span, projections, outputs.n);
}

/* ---- bodies ---- */

static void bind_body(bv_lane_state *st, bv_ast_query *q, bv_node **body, bv_scope *outer, bool top, bv_bound *out);

static void bind_values(bv_lane_state *st, bv_node **body, bv_scope *outer, bool top, bv_bound *out)
{
	bv_ast_values *v = BV_AS(values, *body);
	uint32_t n = BV_AS(row, v->rows.v[0])->items.n;
	for (uint32_t i = 0; i < v->rows.n; i++) {
		bv_ast_row *r = BV_AS(row, v->rows.v[i]);
		if (r->items.n != n)
			bv__diag(st->d, BV_E_SET_COLUMNS, r->head.span, "this row has %u values, the first has %u", r->items.n, n);
		for (uint32_t k = 0; k < r->items.n; k++)
			r->items.v[k] = bv__bind_expr(st, outer, r->items.v[k]);
	}
	const char *d = bv__dialect_name(st->cx->dialect);
	bool from0 = strcmp(d, "duckdb") == 0, spark = strcmp(d, "spark") == 0 || strcmp(d, "databricks") == 0, trino = strcmp(d, "trino") == 0;
	out->n = n;
	out->names = BV_NEWN(st->arena, bv_str, n + 1);
	out->actual = BV_NEWN(st->arena, bv_str, n + 1);
	if (!out->names || !out->actual)
		return;
	bool renamed = false;
	for (uint32_t i = 0; i < n; i++) {
		out->actual[i] = bv__arena_printf(st->arena, "column%u", i + 1);
		out->names[i] = from0 ? bv__arena_printf(st->arena, "col%u", i) : spark ? bv__arena_printf(st->arena, "col%u", i + 1) : trino ? bv__arena_printf(st->arena, "_col%u", i) : out->actual[i];
		renamed = renamed || !bv__str_eq(out->names[i], out->actual[i]);
	}
	if (!top || (!st->cx->output_names && !renamed))
		return;
	/* The rows keep the engine's names; the query's own come from a SELECT around them. */
	output_vec outputs = {0};
	bv_relation *r = BV_NEW(st->arena, bv_relation);
	bv_ast_query *q = BV_MAKE(st->arena, QUERY, query, v->head.span);
	bv_ast_derived *derived = BV_MAKE(st->arena, DERIVED, derived, v->head.span);
	bv_ast_select *s = BV_MAKE(st->arena, SELECT, select, v->head.span);
	bv_node **projections = BV_NEWN(st->arena, bv_node *, n);
	if (!r || !q || !derived || !s || !projections)
		return;
	*r = (bv_relation){.n = n, .names = out->names, .actual = out->actual};
	q->body = &v->head;
	derived->query = &q->head;
	derived->alias = bv__new_alias(st, r);
	bv_node *from = &derived->head;
	s->from = bv__list_of(st->arena, &from, 1);
	for (uint32_t i = 0; i < n; i++)
		(void)BV_PUSH(st->arena, &outputs, ((bv_output){.name = out->names[i], .expr = bv__column(st->arena, v->head.span, r->governed, out->actual[i])}));
	name_outputs(st, &outputs, true, v->head.span);
	bv_str *actual = BV_NEWN(st->arena, bv_str, n + 1);
	if (!actual)
		return;
	for (uint32_t i = 0; i < outputs.n; i++) {
		actual[i] = outputs.v[i].actual;
		projections[i] = bv__alias(st->arena, outputs.v[i].expr, actual[i]);
	}
	r->actual = out->actual;
	out->actual = actual;
	s->projections = (bv_list){projections, n};
	*body = &s->head;
}

/* SELECT columns FROM (body): places[i] is the column that output i takes, UINT32_MAX for NULL. */
static bv_node *rearranged(bv_lane_state *st, bv_node *body, const bv_bound *b, const uint32_t *places, const bv_str *names, uint32_t n)
{
	bv_span span = body->span;
	bv_relation *r = BV_NEW(st->arena, bv_relation);
	bv_ast_query *q = BV_MAKE(st->arena, QUERY, query, span);
	bv_ast_derived *d = BV_MAKE(st->arena, DERIVED, derived, span);
	bv_ast_select *s = BV_MAKE(st->arena, SELECT, select, span);
	bv_node **projections = BV_NEWN(st->arena, bv_node *, n + 1);
	if (!r || !q || !d || !s || !projections)
		return body;
	*r = (bv_relation){.n = b->n, .names = b->names, .actual = b->actual};
	q->body = body;
	d->query = &q->head;
	d->alias = bv__new_alias(st, r);
	bv_node *from = &d->head;
	s->from = bv__list_of(st->arena, &from, 1);
	for (uint32_t i = 0; i < n; i++) {
		bv_node *e = places[i] == UINT32_MAX ? bv__node_new(st->arena, BV_NULL_LITERAL, span) : bv__column(st->arena, span, r->governed, b->actual[places[i]]);
		projections[i] = bv__alias(st->arena, e, names[i]);
	}
	s->projections = (bv_list){projections, n};
	return &s->head;
}

static uint32_t place_of(bv_lane_state *st, const bv_bound *b, bv_str name, bv_span span)
{
	uint32_t at = UINT32_MAX;
	for (uint32_t i = 0; i < b->n; i++)
		if (bv__str_eq(b->names[i], name)) {
			if (at != UINT32_MAX)
				bv__diag(st->d, BV_E_COLUMN_AMBIGUOUS, span, "BY NAME: column `" BV_STR_FMT "` is there twice on one side", BV_STR_ARG(name));
			at = i;
		}
	return at;
}

static void by_name(bv_lane_state *st, bv_ast_set_operation *o, const bv_bound *l, const bv_bound *r, bool top, bv_bound *out)
{
	bv_span span = o->head.span;
	uint32_t cap = l->n + r->n;
	bv_str *names = BV_NEWN(st->arena, bv_str, cap + 1), *actual = BV_NEWN(st->arena, bv_str, cap + 1), *inner = BV_NEWN(st->arena, bv_str, cap + 1);
	uint32_t *lp = BV_NEWN(st->arena, uint32_t, cap + 1), *rp = BV_NEWN(st->arena, uint32_t, cap + 1);
	if (!names || !actual || !inner || !lp || !rp)
		return;
	uint32_t n = 0;
	for (uint32_t i = 0; i < l->n; i++, n++) {
		names[n] = l->names[i];
		lp[n] = i;
		(void)place_of(st, l, names[n], span);
		rp[n] = place_of(st, r, names[n], span);
	}
	for (uint32_t i = 0; i < r->n; i++)
		if (place_of(st, l, r->names[i], span) == UINT32_MAX) {
			names[n] = r->names[i];
			lp[n] = UINT32_MAX;
			rp[n++] = i;
		}
	for (uint32_t i = 0; i < n; i++) {
		inner[i] = bv__positional_name(st, i);
		actual[i] = top ? names[i] : inner[i]; /* a set operation takes its names from the left */
	}
	o->left = rearranged(st, o->left, l, lp, actual, n);
	o->right = rearranged(st, o->right, r, rp, inner, n);
	o->by_name = false;
	bv__rule(st, BV_RULE_BY_NAME, span, &o->head);
	*out = (bv_bound){names, actual, n, NULL};
}

static void bind_set_operation(bv_lane_state *st, bv_ast_set_operation *o, bv_scope *outer, bool top, bv_bound *out)
{
	bv_bound l = {0}, r = {0};
	uint32_t before = st->d->errors;
	bind_body(st, NULL, &o->left, outer, top && !o->by_name, &l);
	bind_body(st, NULL, &o->right, outer, false, &r);
	*out = l;
	out->displays = NULL;
	if (st->d->errors != before)
		return;
	if (o->by_name) {
		by_name(st, o, &l, &r, top, out);
		return;
	}
	if (l.n != r.n)
		bv__diag(st->d, BV_E_SET_COLUMNS, o->head.span, "the left side of the set operation has %u columns, the right side has %u", l.n, r.n);
}

static void bind_body(bv_lane_state *st, bv_ast_query *q, bv_node **body, bv_scope *outer, bool top, bv_bound *out)
{
	bv_node *b = *body;
	if (b->kind == BV_SELECT) {
		bind_select(st, q, BV_AS(select, b), outer, top, out);
		return;
	}
	switch (b->kind) {
	case BV_SET_OPERATION:
		if (bv__has_meanings(st) && BV_AS(set_operation, b)->all && BV_AS(set_operation, b)->op != BV_set_kind_union) {
			bv_diagnostic *e = bv__diag(st->d, BV_E_NOT_SUPPORTED, b->span, "%s ALL counts how often a row is on either side; the engine does not", BV_AS(set_operation, b)->op == BV_set_kind_except ? "EXCEPT" : "INTERSECT");
			bv__diag_hint(st->d, e, "number equal rows with row_number() and leave out ALL");
		}
		bind_set_operation(st, BV_AS(set_operation, b), outer, top, out);
		break;
	case BV_VALUES:
		bind_values(st, body, outer, top, out);
		break;
	case BV_QUERY:
		bv__bind_query(st, BV_AS(query, b), outer, top, out);
		break;
	default:
		bv__diag(st->d, BV_E_NOT_SUPPORTED, b->span, "%s is read, but cannot be run yet", bv__nodes[b->kind].doc);
		return;
	}
	if (!q || (!q->order_by.n && !q->order_by_all))
		return;
	/* Only the outputs have names here. */
	output_vec outputs = {0};
	for (uint32_t i = 0; i < out->n; i++)
		(void)BV_PUSH(st->arena, &outputs, ((bv_output){.name = out->names[i], .actual = out->actual[i]}));
	bv_scope only = {.parent = outer};
	bind_order_by(st, &only, q, &outputs, false);
}

/* ---- CTEs ---- */

typedef struct mention_ctx {
	bv_str name;
	bool found;
} mention_ctx;

static bv_walk visit_mention(bv_node *n, bv_node *parent, void *ctx)
{
	(void)parent;
	mention_ctx *m = ctx;
	if (n->kind != BV_TABLE || BV_AS(table, n)->path.n != 1 || !bv__str_ieq(BV_AS(table, n)->path.v[0], m->name))
		return BV_WALK_CONTINUE;
	m->found = true;
	return BV_WALK_STOP;
}

static void bind_cte(bv_lane_state *st, bv_scope *scope, bv_ast_cte *c, bool recursive)
{
	bool insensitive = !bv__dialect_folds(st->cx->dialect);
	for (uint32_t i = 0; i < scope->ctes.n; i++)
		if (bv__str_eq(scope->ctes.v[i]->name, c->name)) {
			bv__diag(st->d, BV_E_NAME_DUPLICATE, c->head.span, "two CTEs of this WITH are called `" BV_STR_FMT "`", BV_STR_ARG(c->name));
			return;
		}
	bv_cte_binding *b = BV_NEW(st->arena, bv_cte_binding);
	if (!b)
		return;
	b->name = c->name;
	b->insensitive = insensitive;
	bv_ast_query *q = BV_AS(query, c->query);
	bv_scope in = {.parent = scope, .barrier = true};
	bv_bound out = {0};
	uint32_t before = st->d->errors;
	mention_ctx m = {c->name, false};
	if (recursive)
		bv__walk(c->query, visit_mention, &m);
	if (m.found) {
		if (q->body->kind != BV_SET_OPERATION || BV_AS(set_operation, q->body)->op != BV_set_kind_union || q->ctes.n || q->limit || q->offset) {
			bv__diag(st->d, BV_E_NOT_SUPPORTED, c->head.span, "a recursive CTE is `start UNION [ALL] step`, without WITH or LIMIT of its own");
			scope->broken = true;
			b->unknown = true;
			(void)BV_PUSH(st->arena, &scope->ctes, b);
			return;
		}
		q->order_by = (bv_list){0}; /* a table has no order */
		q->order_by_all = false;
		bv_ast_set_operation *o = BV_AS(set_operation, q->body);
		bind_body(st, NULL, &o->left, &in, false, &out);
		if (st->d->errors != before)
			return;
	} else {
		bv__bind_query(st, q, &in, false, &out);
		if (st->d->errors != before) {
			scope->broken = true;
		}
	}
	b->n = out.n;
	b->actual = out.actual;
	b->names = BV_NEWN(st->arena, bv_str, out.n + 1);
	if (!b->names)
		return;
	bool each = c->columns.n && strcmp(bv__dialect_name(st->cx->dialect), "datafusion") == 0;
	if ((c->columns.n > out.n || (each && c->columns.n < out.n)) && st->d->errors == before)
		bv__diag(st->d, BV_E_SET_COLUMNS, c->head.span, "CTE `" BV_STR_FMT "` names %u columns, its query has %u", BV_STR_ARG(c->name), c->columns.n, out.n);
	for (uint32_t i = 0; i < out.n; i++)
		b->names[i] = i < c->columns.n ? c->columns.v[i] : out.names[i];
	if (!c->columns.n)
		bv__unlike_names(st, b->names, out.n);
	b->governed = bv__arena_numbered(st->arena, 'w', ++st->hoisted);
	(void)BV_PUSH(st->arena, &scope->ctes, b);
	if (m.found) {
		bv_ast_set_operation *o = BV_AS(set_operation, q->body);
		bv_bound step = {0};
		bind_body(st, NULL, &o->right, &in, false, &step);
		if (st->d->errors == before && step.n != out.n)
			bv__diag(st->d, BV_E_SET_COLUMNS, o->head.span, "the start of the recursion has %u columns, its step has %u", out.n, step.n);
		st->recursive = true;
	}
	bv_ast_cte *g = BV_MAKE(st->arena, CTE, cte, c->head.span);
	if (!g)
		return;
	g->name = b->governed;
	g->query = c->query;
	bv__rule(st, BV_RULE_CTE, c->head.span, &g->head);
	(void)BV_PUSH(st->arena, &st->ctes, &g->head);
	(void)BV_PUSH(st->arena, &st->bindings, b);
}

void bv__bind_query(bv_lane_state *st, bv_ast_query *q, bv_scope *outer, bool top, bv_bound *out)
{
	bv_scope with = {.parent = outer};
	for (uint32_t i = 0; i < q->ctes.n; i++)
		bind_cte(st, &with, BV_AS(cte, q->ctes.v[i]), q->recursive);
	q->ctes = (bv_list){0};
	q->recursive = false;
	bind_body(st, q, &q->body, &with, top, out);
	bv_scope none = {.parent = &with, .barrier = true};
	if (q->limit)
		q->limit = bv__bind_expr(st, &none, q->limit);
	if (q->offset)
		q->offset = bv__bind_expr(st, &none, q->offset);
}

/* ---- the stage ---- */

typedef struct used_ctx {
	bv_lane_state *st;
	bool *used;
} used_ctx;

static bv_walk visit_used(bv_node *n, bv_node *parent, void *ctx)
{
	(void)parent;
	used_ctx *u = ctx;
	if (n->kind == BV_TABLE && BV_AS(table, n)->path.n == 1)
		for (uint32_t i = 0; i < u->st->bindings.n; i++)
			if (bv__str_eq(u->st->bindings.v[i]->governed, BV_AS(table, n)->path.v[0]))
				u->used[i] = true;
	return BV_WALK_CONTINUE;
}

bool bv__lane_qualify(bv_lane_state *st)
{
	uint32_t before = st->d->errors;
	bv_bound out = {0};
	bv_ast_query *q = BV_AS(query, st->tree);
	bv__bind_query(st, q, NULL, true, &out);
	if (st->d->errors != before || bv__arena_failed(st->arena))
		return false;
	for (uint32_t i = 0; i < out.n; i++)
		(void)BV_PUSH(st->arena, &st->output_names, out.actual[i]);
	used_ctx u = {st, BV_NEWN(st->arena, bool, st->ctes.n + 1)};
	if (!u.used)
		return false;
	if (st->ctes.n)
		bv__walk(st->tree, visit_used, &u);
	for (uint32_t i = st->ctes.n; i-- > 0;)
		if (u.used[i])
			bv__walk(st->ctes.v[i], visit_used, &u);
	bv_node_vec kept = {0};
	for (uint32_t i = 0; i < st->ctes.n; i++)
		if (u.used[i])
			(void)BV_PUSH(st->arena, &kept, st->ctes.v[i]);
		else
			bv__rule(st, BV_RULE_UNUSED_CTE, st->ctes.v[i]->span, NULL);
	q->ctes = bv__list_done(kept);
	q->recursive = st->recursive && kept.n;
	bv__lane_unwrap(st);
	bv__lane_spell(st);
	return !bv__arena_failed(st->arena);
}
