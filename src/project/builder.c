/* The relational builder: tables, filters, projections, joins, aggregates, order and limit become a tree as a parser would have read it, so that
 * it goes through the same lane. Names are exact. The first wrong call is remembered and reported by bv_builder_finish.
 *
 * A relation is kept open as long as one SELECT block can take the next step in; then it is closed into a derived table. Closing a single table
 * keeps its alias; closing a join gives it a new one, so columns of its parts are then found by name alone. */
#include <stdlib.h>

#include "project/project.h"

struct bv_builder {
	bv_arena *arena;
	const char *wrong; /* first misuse; static text */
	bv_diagnostics *types; /* what was wrong with a type's text */
	unsigned aliases;
};

struct bv_rel {
	/* open: the parts of a SELECT without projections */
	bv_node *from;
	bv_node *where;
	bv_str alias; /* one relation: its alias; empty: several */
	/* closed: a whole query */
	bv_ast_query *query;
};

/* A bv_expr is a node. */
static bv_node *node_of(bv_expr *e) {
	return (bv_node *)(void *)e;
}

static bv_expr *expr_of(bv_builder *b, bv_node *n) {
	if (!n && b && !b->wrong) {
		b->wrong = "out of memory";
	}
	return (bv_expr *)(void *)n;
}

static void *wrong(bv_builder *b, const char *what) {
	if (b && !b->wrong) {
		b->wrong = what;
	}
	return NULL;
}

bv_builder *bv_builder_new(void) {
	bv_builder *b = bv__heap_alloc(sizeof *b);
	if (!b) {
		return NULL;
	}
	*b = (bv_builder){.arena = bv__arena_new(), .types = bv_diagnostics_new()};
	if (!b->arena || !b->types) {
		bv_builder_free(b);
		return NULL;
	}
	return b;
}

void bv_builder_free(bv_builder *b) {
	if (b) {
		bv__arena_free(b->arena);
		bv_diagnostics_free(b->types);
		bv__heap_free(b);
	}
}

/* ---- relations ---- */

static bv_rel *rel_new(bv_builder *b) {
	bv_rel *r = BV_NEW(b->arena, bv_rel);
	return r ? r : wrong(b, "out of memory");
}

/* A text of the caller's; every one is UTF-8, or the payload would be none. */
static bv_str copy(bv_builder *b, const char *z) {
	if (bv__utf8_invalid(z, strlen(z)) < strlen(z)) {
		(void)wrong(b, "a name or text is not UTF-8");
		return BV_STR("");
	}
	return bv__arena_strz(b->arena, z);
}

static bv_str fresh_alias(bv_builder *b) {
	return bv__arena_printf(b->arena, "r%u", ++b->aliases);
}

bv_rel *bv_rel_table(bv_builder *b, const char *name, const char *alias) {
	if (!b || !name) {
		return wrong(b, "bv_rel_table: no name");
	}
	bv_path path;
	bv_rel *r = rel_new(b);
	bv_ast_table *t = BV_MAKE(b->arena, TABLE, table, BV_NO_SPAN);
	if (!r || !t) {
		return wrong(b, "out of memory");
	}
	if (!bv__exact_path(b->arena, copy(b, name), &path)) {
		return wrong(b, "bv_rel_table: a name has one to three parts");
	}
	t->path = path;
	t->alias = alias ? copy(b, alias) : BV_STR("");
	r->from = &t->head;
	r->alias = alias ? t->alias : path.v[path.n - 1];
	return r;
}

static bv_node *star(bv_builder *b) {
	return bv__node_new(b->arena, BV_STAR, BV_NO_SPAN);
}

/* SELECT items FROM … WHERE …; the relation is open. */
static bv_ast_select *select_of(bv_builder *b, const bv_rel *r, bv_list items) {
	bv_ast_select *s = BV_MAKE(b->arena, SELECT, select, BV_NO_SPAN);
	if (!s) {
		return wrong(b, "out of memory");
	}
	bv_node *from = r->from;
	s->from = bv__list_of(b->arena, &from, 1);
	s->where = r->where;
	s->projections = items;
	return s;
}

static bv_rel *closed(bv_builder *b, bv_node *body) {
	bv_rel *r = rel_new(b);
	bv_ast_query *q = BV_MAKE(b->arena, QUERY, query, BV_NO_SPAN);
	if (!r || !q || !body) {
		return wrong(b, "out of memory");
	}
	q->body = body;
	r->query = q;
	r->alias = BV_STR("");
	return r;
}

/* The relation as a whole query: SELECT * where it is still open. */
static bv_rel *close_rel(bv_builder *b, const bv_rel *r) {
	if (r->query) {
		bv_rel *same = rel_new(b);
		if (same) {
			*same = *r;
			same->query = BV_AS(query, bv__node_copy(b->arena, &r->query->head));
		}
		return same && same->query ? same : wrong(b, "out of memory");
	}
	bv_node *item = star(b);
	bv_ast_select *s = item ? select_of(b, r, bv__list_of(b->arena, &item, 1)) : NULL;
	bv_rel *out = s ? closed(b, &s->head) : NULL;
	if (out) {
		out->alias = r->alias;
	}
	return out;
}

/* The relation as something that a SELECT can read: open, without a filter of its own if `bare`. */
static bv_rel *open_rel(bv_builder *b, const bv_rel *r, bool bare) {
	if (!r->query && !(bare && r->where)) {
		bv_rel *same = rel_new(b);
		if (same) {
			*same = *r;
		}
		return same;
	}
	bv_rel *whole = close_rel(b, r), *out = rel_new(b);
	bv_ast_derived *d = BV_MAKE(b->arena, DERIVED, derived, BV_NO_SPAN);
	if (!whole || !out || !d) {
		return wrong(b, "out of memory");
	}
	d->query = &whole->query->head;
	d->alias = r->alias.n ? r->alias : fresh_alias(b);
	out->from = &d->head;
	out->alias = d->alias;
	return out;
}

bv_rel *bv_rel_filter(bv_builder *b, bv_rel *r, bv_expr *condition) {
	if (!b || !r || !condition) {
		return wrong(b, "bv_rel_filter: NULL");
	}
	bv_rel *out = open_rel(b, r, false);
	if (out) {
		out->where = bv__and(b->arena, out->where, node_of(condition));
	}
	return out;
}

static bv_list aliases(bv_builder *b, bv_expr *const *exprs, const char *const *names, size_t n, bool *ok) {
	bv_node_vec v = {0};
	for (size_t i = 0; *ok && i < n; i++) {
		*ok = exprs && names && exprs[i] && names[i] && BV_PUSH(b->arena, &v, bv__alias(b->arena, node_of(exprs[i]), copy(b, names[i])));
	}
	return bv__list_done(v);
}

bv_rel *bv_rel_project(bv_builder *b, bv_rel *r, bv_expr *const *exprs, const char *const *names, size_t n) {
	bool ok = b && r && n > 0;
	bv_list items = ok ? aliases(b, exprs, names, n, &ok) : (bv_list){0};
	bv_rel *in = ok ? open_rel(b, r, false) : NULL;
	if (!in) {
		return wrong(b, "bv_rel_project: each column needs an expression and a name");
	}
	bv_ast_select *s = select_of(b, in, items);
	return s ? closed(b, &s->head) : NULL;
}

bv_rel *bv_rel_join(bv_builder *b, bv_rel *left, bv_rel *right, const char *kind, bv_expr *on) {
	static const struct {
		const char *name;
		bv_join_type type;
		bool keep_left, keep_right; /* a filter on that side may be applied after the join */
	} kinds[] = {{"inner", BV_join_type_inner, true, true}, {"left", BV_join_type_left, true, false}, {"right", BV_join_type_right, false, true},
		{"full", BV_join_type_full, false, false}, {"cross", BV_join_type_cross, true, true}};
	if (!b || !left || !right || !kind) {
		return wrong(b, "bv_rel_join: NULL");
	}
	for (size_t i = 0; i < BV_COUNT(kinds); i++) {
		if (strcmp(kinds[i].name, kind) != 0) {
			continue;
		}
		if ((kinds[i].type == BV_join_type_cross) != (on == NULL)) {
			return wrong(b, "bv_rel_join: every join but a cross join needs a condition");
		}
		bv_rel *l = open_rel(b, left, !kinds[i].keep_left), *r = open_rel(b, right, !kinds[i].keep_right), *out = rel_new(b);
		bv_ast_join *j = BV_MAKE(b->arena, JOIN, join, BV_NO_SPAN);
		if (!l || !r || !out || !j) {
			return wrong(b, "out of memory");
		}
		j->type = (uint8_t)kinds[i].type;
		j->left = l->from;
		j->right = r->from;
		j->on = on ? node_of(on) : NULL;
		out->from = &j->head;
		out->where = bv__and(b->arena, l->where, r->where);
		out->alias = BV_STR("");
		return out;
	}
	return wrong(b, "bv_rel_join: kind is inner, left, right, full or cross");
}

bv_rel *bv_rel_aggregate(bv_builder *b, bv_rel *r, bv_expr *const *keys, const char *const *key_names, size_t nkeys, bv_expr *const *values,
	const char *const *value_names, size_t nvalues) {
	bool ok = b && r && nkeys + nvalues > 0;
	bv_list first = ok ? aliases(b, keys, key_names, nkeys, &ok) : (bv_list){0};
	bv_list second = ok ? aliases(b, values, value_names, nvalues, &ok) : (bv_list){0};
	bv_rel *in = ok ? open_rel(b, r, false) : NULL;
	if (!in) {
		return wrong(b, "bv_rel_aggregate: each column needs an expression and a name");
	}
	bv_node_vec items = {0}, groups = {0};
	for (uint32_t i = 0; i < first.n; i++) {
		ok = ok && BV_PUSH(b->arena, &items, first.v[i]) && BV_PUSH(b->arena, &groups, BV_AS(alias, first.v[i])->operand);
	}
	for (uint32_t i = 0; i < second.n; i++) {
		ok = ok && BV_PUSH(b->arena, &items, second.v[i]);
	}
	bv_ast_select *s = ok ? select_of(b, in, bv__list_done(items)) : NULL;
	if (!s) {
		return wrong(b, "out of memory");
	}
	s->group_by = bv__list_done(groups);
	return closed(b, &s->head);
}

bv_rel *bv_rel_order(bv_builder *b, bv_rel *r, bv_expr *const *keys, const bool *descending, size_t n) {
	if (!b || !r || !keys || n == 0) {
		return wrong(b, "bv_rel_order: no keys");
	}
	/* Rows that were cut off stay cut off: an order over a limit is an order of another query. */
	bv_rel *in = r->query && (r->query->limit || r->query->offset) ? open_rel(b, r, false) : r;
	bv_rel *out = in ? close_rel(b, in) : NULL;
	bv_node_vec items = {0};
	for (size_t i = 0; out && i < n; i++) {
		bv_ast_order_item *item = BV_MAKE(b->arena, ORDER_ITEM, order_item, BV_NO_SPAN);
		if (!keys[i] || !item) {
			return wrong(b, "bv_rel_order: NULL");
		}
		item->operand = node_of(keys[i]);
		item->descending = descending && descending[i];
		if (!BV_PUSH(b->arena, &items, &item->head)) {
			return wrong(b, "out of memory");
		}
	}
	if (out) {
		out->query->order_by = bv__list_done(items);
	}
	return out;
}

bv_rel *bv_rel_limit(bv_builder *b, bv_rel *r, int64_t limit, int64_t offset) {
	if (!b || !r || offset < 0) {
		return wrong(b, "bv_rel_limit: NULL, or an offset below zero");
	}
	bv_rel *in = r->query && (r->query->limit || r->query->offset) ? open_rel(b, r, false) : r;
	bv_rel *out = in ? close_rel(b, in) : NULL;
	if (out && limit >= 0) {
		out->query->limit = bv__number(b->arena, BV_NO_SPAN, limit);
	}
	if (out && offset > 0) {
		out->query->offset = bv__number(b->arena, BV_NO_SPAN, offset);
	}
	return out;
}

/* ---- expressions ---- */

bv_expr *bv_expr_column(bv_builder *b, const char *relation, const char *name) {
	if (!b || !name) {
		return wrong(b, "bv_expr_column: no name");
	}
	return expr_of(b, bv__column(b->arena, BV_NO_SPAN, relation ? copy(b, relation) : BV_STR(""), copy(b, name)));
}

bv_expr *bv_expr_null(bv_builder *b) {
	return b ? expr_of(b, bv__node_new(b->arena, BV_NULL_LITERAL, BV_NO_SPAN)) : NULL;
}

bv_expr *bv_expr_bool(bv_builder *b, bool value) {
	bv_ast_boolean *n = b ? BV_MAKE(b->arena, BOOLEAN, boolean, BV_NO_SPAN) : NULL;
	if (n) {
		n->value = value;
	}
	return expr_of(b, n ? &n->head : NULL);
}

static bv_expr *number(bv_builder *b, bv_str text) {
	bool negative = text.n > 0 && text.p[0] == '-';
	bv_ast_number *n = BV_MAKE(b->arena, NUMBER, number, BV_NO_SPAN);
	if (!n) {
		return wrong(b, "out of memory");
	}
	n->text = negative ? (bv_str){text.p + 1, text.n - 1} : text;
	if (!negative) {
		return expr_of(b, &n->head);
	}
	bv_ast_unary *u = BV_MAKE(b->arena, UNARY, unary, BV_NO_SPAN);
	if (u) {
		u->op = BV_unary_op_negate;
		u->operand = &n->head;
	}
	return expr_of(b, u ? &u->head : NULL);
}

bv_expr *bv_expr_int(bv_builder *b, int64_t value) {
	return b ? number(b, bv__arena_printf(b->arena, "%lld", (long long)value)) : NULL;
}

bv_expr *bv_expr_number(bv_builder *b, const char *text) {
	if (!b || !text) {
		return wrong(b, "bv_expr_number: NULL");
	}
	/* [-] digits [. digits] [e [+-] digits] */
	const char *p = text + (text[0] == '-');
	unsigned digits = 0, exponent = 0;
	for (; *p >= '0' && *p <= '9'; p++) {
		digits++;
	}
	if (*p == '.') {
		for (p++; *p >= '0' && *p <= '9'; p++) {
			digits++;
		}
	}
	bool ok = digits > 0;
	if (ok && (*p == 'e' || *p == 'E')) {
		p += 1 + (p[1] == '-' || p[1] == '+');
		for (; *p >= '0' && *p <= '9'; p++) {
			exponent++;
		}
		ok = exponent > 0;
	}
	if (!ok || *p) {
		return wrong(b, "bv_expr_number: not a number");
	}
	return number(b, copy(b, text));
}

bv_expr *bv_expr_string(bv_builder *b, const char *text) {
	if (!b || !text) {
		return wrong(b, "bv_expr_string: NULL");
	}
	return expr_of(b, bv__string(b->arena, BV_NO_SPAN, copy(b, text)));
}

static bv_expr *logical(bv_builder *b, bv_kind kind, bv_node *l, bv_node *r) {
	if (kind == BV_AND) {
		return expr_of(b, bv__and(b->arena, l, r));
	}
	bv_node_vec v = {0};
	bv_node *sides[2] = {l, r};
	for (int i = 0; i < 2; i++) {
		if (sides[i]->kind == BV_OR) {
			const bv_list *t = &BV_AS(or, sides[i])->terms;
			for (uint32_t k = 0; k < t->n; k++) {
				if (!BV_PUSH(b->arena, &v, t->v[k])) {
					return wrong(b, "out of memory");
				}
			}
		} else if (!BV_PUSH(b->arena, &v, sides[i])) {
			return wrong(b, "out of memory");
		}
	}
	bv_ast_or *o = BV_MAKE(b->arena, OR, or, BV_NO_SPAN);
	if (o) {
		o->terms = bv__list_done(v);
	}
	return expr_of(b, o ? &o->head : NULL);
}

bv_expr *bv_expr_binary(bv_builder *b, const char *op, bv_expr *left, bv_expr *right) {
	static const struct {
		const char *name;
		bv_binary_op op;
	} ops[] = {{"+", BV_binary_op_add}, {"-", BV_binary_op_subtract}, {"*", BV_binary_op_multiply}, {"/", BV_binary_op_divide}, {"%", BV_binary_op_modulo},
		{"=", BV_binary_op_eq}, {"<>", BV_binary_op_ne}, {"<", BV_binary_op_lt}, {"<=", BV_binary_op_le}, {">", BV_binary_op_gt}, {">=", BV_binary_op_ge},
		{"||", BV_binary_op_concat}};
	if (!b || !op || !left || !right) {
		return wrong(b, "bv_expr_binary: NULL");
	}
	bv_node *l = node_of(left), *r = node_of(right);
	if (strcmp(op, "and") == 0 || strcmp(op, "or") == 0) {
		return logical(b, op[0] == 'a' ? BV_AND : BV_OR, l, r);
	}
	if (strcmp(op, "like") == 0) {
		bv_ast_like *n = BV_MAKE(b->arena, LIKE, like, BV_NO_SPAN);
		if (n) {
			n->operand = l;
			n->pattern = r;
		}
		return expr_of(b, n ? &n->head : NULL);
	}
	for (size_t i = 0; i < BV_COUNT(ops); i++) {
		if (strcmp(ops[i].name, op) == 0) {
			bv_ast_binary *n = BV_MAKE(b->arena, BINARY, binary, BV_NO_SPAN);
			if (n) {
				n->op = (uint8_t)ops[i].op;
				n->left = l;
				n->right = r;
			}
			return expr_of(b, n ? &n->head : NULL);
		}
	}
	return wrong(b, "bv_expr_binary: unknown operator");
}

bv_expr *bv_expr_not(bv_builder *b, bv_expr *e) {
	bv_ast_unary *n = b && e ? BV_MAKE(b->arena, UNARY, unary, BV_NO_SPAN) : wrong(b, "bv_expr_not: NULL");
	if (n) {
		n->op = BV_unary_op_not;
		n->operand = node_of(e);
	}
	return expr_of(b, n ? &n->head : NULL);
}

bv_expr *bv_expr_is_null(bv_builder *b, bv_expr *e) {
	bv_ast_is *n = b && e ? BV_MAKE(b->arena, IS, is, BV_NO_SPAN) : wrong(b, "bv_expr_is_null: NULL");
	if (n) {
		n->test = BV_is_test_null;
		n->operand = node_of(e);
	}
	return expr_of(b, n ? &n->head : NULL);
}

bv_expr *bv_expr_cast(bv_builder *b, bv_expr *e, const char *type) {
	if (!b || !e || !type) {
		return wrong(b, "bv_expr_cast: NULL");
	}
	bv_str text = copy(b, type);
	bv_node *t = bv__sql_parse_type(b->arena, text, bv__diag_source(b->types, BV_STR(""), text), bv__datafusion, b->types);
	if (!t) {
		return wrong(b, "bv_expr_cast: not a type");
	}
	bv_ast_cast *n = BV_MAKE(b->arena, CAST, cast, BV_NO_SPAN);
	if (n) {
		n->operand = node_of(e);
		n->type = t;
	}
	return expr_of(b, n ? &n->head : NULL);
}

bv_expr *bv_expr_call(bv_builder *b, const char *function, bv_expr *const *args, size_t n) {
	if (!b || !function || !function[0] || (n && !args)) {
		return wrong(b, "bv_expr_call: NULL");
	}
	for (size_t i = 0; i < n; i++) {
		if (!args[i]) {
			return wrong(b, "bv_expr_call: an argument is NULL");
		}
	}
	bv_node **v = BV_NEWN(b->arena, bv_node *, n + 1);
	for (size_t i = 0; v && i < n; i++) {
		v[i] = node_of(args[i]);
	}
	return expr_of(b, v ? bv__call(b->arena, BV_NO_SPAN, copy(b, function).p, v, (uint32_t)n) : NULL);
}

/* ---- finish ---- */

static bv_walk no_span(bv_node *n, bv_node *parent, void *ctx) {
	(void)parent;
	(void)ctx;
	n->span = BV_NO_SPAN; /* a type's span points into its own text, which no tree keeps */
	return BV_WALK_CONTINUE;
}

bv_status bv_builder_finish(bv_builder *b, bv_rel *r, bv_tree **out, bv_diagnostics *d) {
	if (!b || !out) {
		return BV_MISUSE;
	}
	if (!r) {
		(void)wrong(b, "bv_builder_finish: no relation");
	}
	bv_rel *whole = r && !b->wrong ? close_rel(b, r) : NULL;
	if (bv__arena_failed(b->arena)) {
		return bv__nomem(d);
	}
	if (b->wrong) {
		bv_diagnostic *e = bv__diag(d, BV_E_BUILDER, BV_NO_SPAN, "%s", b->wrong);
		if (b->types->items.n) {
			bv__diag_hint(d, e, BV_STR_FMT, BV_STR_ARG(b->types->items.v[0].message));
		}
		return BV_FAILED;
	}
	if (whole && !bv__tree_within(&whole->query->head)) {
		bv_diagnostic *e = bv__diag(d, BV_E_DEPTH, BV_NO_SPAN, "the tree nests deeper than %d, or has more than %u nodes", BV_DEPTH_MAX, BV_NODES_MAX);
		bv__diag_hint(d, e, "an expression that is used again in itself doubles the tree");
		return BV_FAILED;
	}
	bv_arena *a = bv__arena_new();
	bv_tree *t = a ? BV_NEW(a, bv_tree) : NULL;
	bv_node *root = t && whole ? bv__tree_copy(a, &whole->query->head) : NULL;
	if (!root || bv__arena_failed(a)) {
		bv__arena_free(a);
		return bv__nomem(d);
	}
	(void)bv__walk(root, no_span, NULL);
	*t = (bv_tree){a, root, bv__datafusion, {BV_STR(""), BV_STR("")}, NULL};
	*out = t;
	return BV_OK;
}
