/* transforms: the syntactic rules, which need no bound names. In: a tree as read; out: the same query in fewer forms.
 *
 *   named windows   OVER w, OVER (w ORDER BY …)  -> the definition inlined. Precondition: the window exists, and does not repeat a clause.
 *   comma joins     FROM a, b JOIN c             -> FROM a CROSS JOIN (b JOIN c): a comma binds weaker than JOIN.
 *   parentheses     (query) without clauses of its own -> query
 *
 * The rules that need names (QUALIFY, DISTINCT ON, USING, NATURAL, ordinals, RIGHT joins, CTEs to the top) run inside qualify. */
#include "lane/lane_internal.h"

static bv_ast_named_window *find_window(bv_ast_select *s, bv_str name)
{
	for (uint32_t i = 0; i < s->windows.n; i++) {
		bv_ast_named_window *w = BV_AS(named_window, s->windows.v[i]);
		if (bv__str_ieq(w->name, name))
			return w;
	}
	return NULL;
}

typedef struct inline_ctx {
	bv_lane_state *st;
	bv_ast_select *select;
} inline_ctx;

/* Merges the named definition into `w`; follows chains with a budget, so that a cycle ends. */
static void inline_window(inline_ctx *cx, bv_ast_window *w, unsigned depth)
{
	if (!w->base.n)
		return;
	bv_lane_state *st = cx->st;
	bv_ast_named_window *def = find_window(cx->select, w->base);
	if (!def || depth > 32) {
		bv__diag(st->d, BV_E_AGGREGATE, w->head.span, def ? "window `" BV_STR_FMT "` is defined by itself" : "there is no window `" BV_STR_FMT "` in this SELECT", BV_STR_ARG(w->base));
		w->base = (bv_str){"", 0};
		return;
	}
	bv_ast_window *from = BV_AS(window, bv__tree_share(st->arena, def->window));
	if (!from)
		return;
	inline_window(cx, from, depth + 1);
	if ((w->partition_by.n && from->partition_by.n) || (w->order_by.n && from->order_by.n))
		bv__diag(st->d, BV_E_AGGREGATE, w->head.span, "window `" BV_STR_FMT "` has this clause already", BV_STR_ARG(w->base));
	if (!w->partition_by.n)
		w->partition_by = from->partition_by;
	if (!w->order_by.n)
		w->order_by = from->order_by;
	if (!w->frame)
		w->frame = from->frame;
	w->base = (bv_str){"", 0};
	bv__rule(st, BV_RULE_WINDOW, w->head.span, &w->head);
}

static bv_walk visit_window(bv_node *n, bv_node *parent, void *ctx)
{
	(void)parent;
	if (bv__is_query(n))
		return BV_WALK_PRUNE;
	if (n->kind == BV_WINDOW)
		inline_window(ctx, BV_AS(window, n), 0);
	return BV_WALK_CONTINUE;
}

static void rule_windows(bv_lane_state *st, bv_ast_query *q)
{
	if (!q->body || q->body->kind != BV_SELECT)
		return;
	bv_ast_select *s = BV_AS(select, q->body);
	inline_ctx cx = {st, s};
	for (uint32_t i = 0; i < s->projections.n; i++)
		bv__walk(s->projections.v[i], visit_window, &cx);
	if (s->qualify)
		bv__walk(s->qualify, visit_window, &cx);
	for (uint32_t i = 0; i < s->distinct_on.n; i++)
		bv__walk(s->distinct_on.v[i], visit_window, &cx);
	for (uint32_t i = 0; i < q->order_by.n; i++)
		bv__walk(q->order_by.v[i], visit_window, &cx);
	for (uint32_t i = 1; i < s->windows.n; i++) {
		bv_ast_named_window *w = BV_AS(named_window, s->windows.v[i]);
		if (&w->head != &find_window(s, w->name)->head)
			bv__diag(st->d, BV_E_AGGREGATE, w->head.span, "window `" BV_STR_FMT "` is defined twice", BV_STR_ARG(w->name));
	}
	s->windows = (bv_list){0};
}

static void rule_commas(bv_lane_state *st, bv_ast_select *s)
{
	if (s->from.n < 2)
		return;
	bv_node *left = s->from.v[0];
	for (uint32_t i = 1; i < s->from.n; i++) {
		bv_ast_join *j = BV_MAKE(st->arena, JOIN, join, s->from.v[i]->span);
		if (!j)
			return;
		j->type = BV_join_type_cross;
		j->left = left;
		j->right = s->from.v[i];
		left = &j->head;
	}
	bv_span span = s->from.v[0]->span;
	span.end = s->from.v[s->from.n - 1]->span.end;
	s->from = bv__list_of(st->arena, &left, 1);
	bv__rule(st, BV_RULE_COMMA, span, left);
}

static bool bare(const bv_ast_query *q)
{
	return !q->ctes.n && !q->order_by.n && !q->order_by_all && !q->limit && !q->offset;
}

/* A set operation's operands and a query's body are queries only where they carry clauses of their own. */
static bv_node *strip(bv_lane_state *st, bv_node *n)
{
	const bv_node *was = n;
	while (n && n->kind == BV_QUERY && bare(BV_AS(query, n)))
		n = BV_AS(query, n)->body;
	if (n != was)
		bv__rule(st, BV_RULE_PARENTHESES, was->span, n);
	return n;
}

static void unwrap(bv_lane_state *st, bv_node *n)
{
	if (n->kind == BV_QUERY) {
		bv_ast_query *q = BV_AS(query, n);
		q->body = strip(st, q->body);
		/* ((query ORDER BY …)): the inner clauses become the outer's where the outer has none. */
		while (q->body->kind == BV_QUERY && bare(q)) {
			bv_ast_query *in = BV_AS(query, q->body);
			bv_span span = q->head.span;
			*q = *in;
			q->head.span = span;
			q->body = strip(st, q->body);
			bv__rule(st, BV_RULE_PARENTHESES, span, &q->head);
		}
	} else if (n->kind == BV_SET_OPERATION) {
		bv_ast_set_operation *o = BV_AS(set_operation, n);
		o->left = strip(st, o->left);
		o->right = strip(st, o->right);
	}
}

static bv_walk visit_parentheses(bv_node *n, bv_node *parent, void *ctx)
{
	(void)parent;
	unwrap(ctx, n);
	return BV_WALK_CONTINUE;
}

void bv__lane_unwrap(bv_lane_state *st) { bv__walk(st->tree, visit_parentheses, st); }

static bv_walk visit(bv_node *n, bv_node *parent, void *ctx)
{
	(void)parent;
	bv_lane_state *st = ctx;
	switch (n->kind) {
	case BV_QUERY:
		unwrap(st, n);
		rule_windows(st, BV_AS(query, n));
		break;
	case BV_SET_OPERATION:
		unwrap(st, n);
		break;
	case BV_SELECT: {
		/* Windows of a SELECT that is no query's body (an operand of a set operation). */
		bv_ast_select *s = BV_AS(select, n);
		if (s->windows.n) {
			bv_ast_query q = {.body = n};
			rule_windows(st, &q);
		}
		rule_commas(st, s);
		break;
	}
	default:
		break;
	}
	return BV_WALK_CONTINUE;
}

bool bv__lane_transforms(bv_lane_state *st)
{
	uint32_t before = st->d->errors;
	bv__walk(st->tree, visit, st);
	return st->d->errors == before && !bv__arena_failed(st->arena);
}
