/* annotate: the type and nullability of every expression, as DataFusion 55 plans them (ExprSchemable and its type coercion). In: a bound,
 * valid tree; out: the same tree with node->type and node->nullable set, and the schema of the query; divisions that the engine does not have
 * become its own (division.c), for what they mean hangs on the types. What only the engine knows (return
 * types that are rules in code) is asked through the functions' memo; where nobody knows, the type stays NULL, with a warning. */
#include <stdlib.h>

#include "lane/lane_internal.h"

/* Columns of a relation or CTE by name. */
typedef struct rel_types {
	bv_schema_t schema;
	const bv_column_index *index;
} rel_types;

typedef struct lambda_frame {
	const struct lambda_frame *up;
	const bv_names *names;
	const bv_type **types;
} lambda_frame;

typedef struct annotate_ctx {
	bv_lane_state *st;
	bv_map *relations; /* governed alias -> rel_types * */
	bv_map *ctes;      /* governed name -> rel_types * */
	const bv_schema_t *outputs; /* for ORDER BY */
	const lambda_frame *lambdas;
	const bv_list *rollup; /* keys of GROUPING SETS: nullable wherever they stand */
} annotate_ctx;

static bv_node *typed(annotate_ctx *cx, bv_node *n);
static void annotate_query(annotate_ctx *cx, bv_ast_query *q, bv_schema_t *out);

static void set(bv_node *n, const bv_type *t, bool nullable)
{
	n->type = t;
	n->nullable = nullable;
}

static bv_str type_text(bv_lane_state *st, const bv_type *t) { return t ? bv__type_str(st->arena, t) : BV_STR("an unknown type"); }

/* index: of the names, where there is one. */
static rel_types *make_rel(bv_lane_state *st, const bv_field *v, uint32_t n, const bv_column_index *index)
{
	rel_types *r = BV_NEW(st->arena, rel_types);
	if (!r)
		return NULL;
	r->schema.v = BV_NEWN(st->arena, bv_field, n + 1);
	if (!r->schema.v)
		return NULL;
	r->schema.n = n;
	if (n)
		memcpy(r->schema.v, v, n * sizeof *v);
	r->index = index ? index : bv__column_index(st->arena, &r->schema.v->name, sizeof *v, n);
	return r->index ? r : NULL;
}

static void unknown(annotate_ctx *cx) { cx->st->unknown_types = true; }

/* ---- calls ---- */

/* Functions whose return type depends on the value of a constant argument, not only on types. */
static bool needs_constants(bv_str name)
{
	static const char *const have[] = {"arrow_cast", "arrow_try_cast", "date_part", "from_unixtime", "get_field", "named_struct", "round", "union_extract", "with_metadata"};
	for (unsigned i = 0; i < BV_COUNT(have); i++)
		if (bv__str_is(name, have[i]))
			return true;
	return false;
}

/* The text of a constant; of a cast to an integer type too, for the planner folds it before the function sees it. */
static bv_str constant_text(bv_lane_state *st, const bv_node *n)
{
	switch (n->kind) {
	case BV_STRING:
		return BV_AS(string, n)->text.p ? BV_AS(string, n)->text : BV_STR("");
	case BV_NUMBER:
		return BV_AS(number, n)->text;
	case BV_BOOLEAN:
		return BV_AS(boolean, n)->value ? BV_STR("true") : BV_STR("false");
	case BV_UNARY: {
		const bv_node *x = BV_AS(unary, n)->operand;
		bv_str t = BV_AS(unary, n)->op == BV_unary_op_negate && x->type && bv__type_is_numeric(x->type) ? constant_text(st, x) : (bv_str){NULL, 0};
		return !t.p ? t : t.n && t.p[0] == '-' ? (bv_str){t.p + 1, t.n - 1} : bv__arena_printf(st->arena, "-" BV_STR_FMT, BV_STR_ARG(t));
	}
	case BV_CAST: {
		const bv_node *x = BV_AS(cast, n)->operand;
		return n->type && bv__type_is_integer(n->type) && x->type && bv__type_is_integer(x->type) ? constant_text(st, x) : (bv_str){NULL, 0};
	}
	default:
		return (bv_str){NULL, 0};
	}
}

static const bv_type *element_of(const bv_type *t)
{
	if (!t)
		return NULL;
	switch (t->id) {
	case BV_T_LIST:
	case BV_T_LARGE_LIST:
	case BV_T_FIXED_LIST:
	case BV_T_LIST_VIEW:
	case BV_T_LARGE_LIST_VIEW:
		return t->children[0].type;
	default:
		return NULL;
	}
}

/* What the list functions make of views and of lists of fixed length. */
static const bv_type *plain_list(bv_arena *a, const bv_type *t)
{
	if (!t || (t->id != BV_T_FIXED_LIST && t->id != BV_T_LIST_VIEW && t->id != BV_T_LARGE_LIST_VIEW))
		return t;
	bv_type *out = BV_NEW(a, bv_type);
	if (!out)
		return NULL;
	*out = *t;
	out->id = t->id == BV_T_LARGE_LIST_VIEW ? BV_T_LARGE_LIST : BV_T_LIST;
	out->size = 0;
	return out;
}

static void typed_lambda(annotate_ctx *cx, bv_ast_lambda *l, const bv_type *element)
{
	const bv_type **types = BV_NEWN(cx->st->arena, const bv_type *, l->params.n + 1);
	if (!types)
		return;
	for (uint32_t i = 0; i < l->params.n; i++)
		types[i] = i == 0 ? element : bv__type(BV_T_INT64); /* a second parameter is the place */
	lambda_frame f = {cx->lambdas, &l->params, types};
	annotate_ctx in = *cx;
	in.lambdas = &f;
	l->body = typed(&in, l->body);
	set(&l->head, l->body->type, l->body->nullable);
}

static void typed_higher_order(annotate_ctx *cx, bv_ast_call *c, const bv_function *f)
{
	const bv_type *element = NULL;
	bv_ast_lambda *lambda = NULL;
	for (uint32_t i = 0; i < c->args.n; i++)
		if (c->args.v[i]->kind != BV_LAMBDA) {
			c->args.v[i] = typed(cx, c->args.v[i]);
			if (i == 0)
				element = element_of(c->args.v[i]->type);
		}
	for (uint32_t i = 0; i < c->args.n; i++)
		if (c->args.v[i]->kind == BV_LAMBDA)
			typed_lambda(cx, lambda = BV_AS(lambda, c->args.v[i]), element);
	if (!c->args.n || !c->args.v[0]->type || !lambda) {
		unknown(cx);
		return;
	}
	const bv_node *list = c->args.v[0];
	if (!element) {
		bv__diag(cx->st->d, BV_E_TYPE, list->span, "`" BV_STR_FMT "` needs a list, this is " BV_STR_FMT, BV_STR_ARG(f->name), BV_STR_ARG(type_text(cx->st, list->type)));
		return;
	}
	if (bv__str_is(f->name, "array_any_match"))
		set(&c->head, bv__type(BV_T_BOOL), true);
	else if (bv__str_is(f->name, "array_filter"))
		set(&c->head, plain_list(cx->st->arena, list->type), list->nullable);
	else if (bv__str_is(f->name, "array_first"))
		set(&c->head, element, true);
	else if (bv__str_is(f->name, "array_transform") && lambda->body->type)
		set(&c->head, bv__type_list(cx->st->arena, lambda->body->type, lambda->body->nullable), list->nullable);
	else
		unknown(cx);
}

static void typed_call(annotate_ctx *cx, bv_ast_call *c)
{
	bv_lane_state *st = cx->st;
	const bv_function *f = bv__call_function(st, c);
	if (f && f->kind == BV_FN_HIGHER_ORDER) {
		typed_higher_order(cx, c, f);
		return;
	}
	bool all = true;
	for (uint32_t i = 0; i < c->args.n; i++) {
		c->args.v[i] = typed(cx, c->args.v[i]);
		all = all && c->args.v[i]->type;
	}
	for (uint32_t i = 0; i < c->order_by.n; i++)
		c->order_by.v[i] = typed(cx, c->order_by.v[i]);
	for (uint32_t i = 0; i < c->within_group.n; i++)
		c->within_group.v[i] = typed(cx, c->within_group.v[i]);
	if (c->filter)
		c->filter = typed(cx, c->filter);
	if (c->over)
		c->over = typed(cx, c->over);
	if (!f) { /* unnest in a select list; or a dialect's name for nothing that the engine has, which was said */
		if (bv__calls_unnest(c) && c->args.n == 1 && c->args.v[0]->type) {
			const bv_type *e = element_of(c->args.v[0]->type);
			if (e)
				set(&c->head, e, true);
			else
				bv__diag(st->d, BV_E_TYPE, c->head.span, "unnest in SELECT needs a list, this is " BV_STR_FMT, BV_STR_ARG(type_text(st, c->args.v[0]->type)));
		}
		return;
	}
	if (!all) {
		unknown(cx);
		return;
	}
	/* WITHIN GROUP: the ordered expressions are the leading arguments. */
	uint32_t n = c->args.n + c->within_group.n;
	bv_field *args = BV_NEWN(st->arena, bv_field, n + 1);
	bv_str *constants = BV_NEWN(st->arena, bv_str, n + 1);
	if (!args || !constants)
		return;
	bool with_constants = needs_constants(f->name);
	for (uint32_t i = 0; i < n; i++) {
		const bv_node *a = i < c->within_group.n ? BV_AS(order_item, c->within_group.v[i])->operand : c->args.v[i - c->within_group.n];
		if (!a->type) {
			unknown(cx);
			return;
		}
		args[i] = (bv_field){.name = bv__arena_numbered(st->arena, 'a', i), .type = a->type, .nullable = a->nullable};
		constants[i] = with_constants ? constant_text(st, a) : (bv_str){NULL, 0};
	}
	bv_function as = *f;
	if (c->over)
		as.kind = BV_FN_WINDOW;
	bv_probe_result r = {0};
	if (!bv__functions_probe(st->cx->functions, &as, args, n, constants, &r)) {
		if (r.oom) {
			bv__lane_nomem(st);
			return;
		}
		unknown(cx);
		bv_diagnostic *w = bv__warn(st->d, BV_E_TYPE_UNKNOWN, c->head.span, "the type that `" BV_STR_FMT "` returns is not known without the engine", BV_STR_ARG(f->name));
		bv__diag_hint(st->d, w, "the view compiles, but has no fingerprint; cast the call, or compile with the engine");
		return;
	}
	if (!r.type) {
		bv__diag(st->d, BV_E_TYPE, c->head.span, "`" BV_STR_FMT "` refuses these arguments: " BV_STR_FMT, BV_STR_ARG(f->name), BV_STR_ARG(r.error));
		return;
	}
	set(&c->head, r.type, r.nullable);
}

/* ---- expressions ---- */

static void typed_column(annotate_ctx *cx, bv_ast_column *c)
{
	bv_str name = c->path.v[c->path.n - 1];
	if (c->path.n == 1) {
		for (const lambda_frame *l = cx->lambdas; l; l = l->up)
			for (uint32_t i = 0; i < l->names->n; i++)
				if (bv__str_eq(l->names->v[i], name)) {
					set(&c->head, l->types[i], true);
					return;
				}
		for (uint32_t i = 0; cx->outputs && i < cx->outputs->n; i++)
			if (bv__str_eq(cx->outputs->v[i].name, name)) {
				set(&c->head, cx->outputs->v[i].type, cx->outputs->v[i].nullable);
				return;
			}
		unknown(cx);
		return;
	}
	const rel_types *r = bv__map_get(cx->relations, c->path.v[0]);
	uint32_t at = r ? bv__column_exact(r->index, &r->schema.v->name, sizeof *r->schema.v, r->schema.n, name) : 0;
	if (!at) {
		bv__diag(cx->st->d, BV_E_INTERNAL, c->head.span, "a bound column has no type: " BV_STR_FMT "." BV_STR_FMT, BV_STR_ARG(c->path.v[0]), BV_STR_ARG(name));
		return;
	}
	const bv_field *f = &r->schema.v[at - 1];
	set(&c->head, f->type, f->nullable);
	if (!f->type)
		unknown(cx);
}

static const char *const operators[] = {"+", "-", "*", "/", "%", "DIV", "^", "||", "=", "<>", "<", "<=", ">", ">=", "IS DISTINCT FROM", "IS NOT DISTINCT FROM", "&", "|", "#", "<<", ">>",
	"~", "~*", "!~", "!~*", "@>", "<@", "->", "->>", "#>", "#>>", "#-", "@@", "@?", "?", "?&", "?|", "/"};

/* An integer literal 0, or a cast of it to a decimal. */
static bool is_zero(const bv_node *n)
{
	for (;;) {
		if (n->kind == BV_CAST && BV_AS(cast, n)->form == BV_cast_kind_cast && bv__type_is_decimal(n->type))
			n = BV_AS(cast, n)->operand;
		else if (n->kind == BV_UNARY && BV_AS(unary, n)->op == BV_unary_op_negate)
			n = BV_AS(unary, n)->operand;
		else
			break;
	}
	bv_str text = n->kind == BV_NUMBER && bv__type_is_integer(n->type) ? BV_AS(number, n)->text : BV_STR("");
	for (uint32_t i = 0; i < text.n; i++)
		if (text.p[i] != '0')
			return false;
	return text.n > 0;
}

const bv_node *bv__deciding_zero(const bv_ast_binary *b)
{
	if (is_zero(b->right) && !b->left->nullable)
		return b->right;
	return is_zero(b->left) && !b->right->nullable ? b->left : NULL;
}

/* The engine's optimiser puts the 0 in the place of a decimal's product with it, where the other side is not NULL, and so gives the product the type of the 0.
 * The lane does so itself (canonicalise.c), for the engine does it after it has taken the other type for certain. */
static const bv_type *product(annotate_ctx *cx, const bv_ast_binary *b, const bv_type *t)
{
	const bv_node *zero = bv__deciding_zero(b);
	if (!zero)
		return t;
	return bv__type_is_decimal(zero->type) ? zero->type : bv__type_decimal(cx->st->arena, 20, 0);
}

static void typed_binary(annotate_ctx *cx, bv_ast_binary *b)
{
	b->left = typed(cx, b->left);
	b->right = typed(cx, b->right);
	if (b->left->type && b->right->type && !bv__engine_division(cx->st, b))
		return;
	if (!b->left->type || !b->right->type) {
		bool comparison = b->op >= BV_binary_op_eq && b->op <= BV_binary_op_is_not_distinct_from;
		if (comparison)
			set(&b->head, bv__type(BV_T_BOOL), b->left->nullable || b->right->nullable);
		unknown(cx);
		return;
	}
	const bv_type *t = bv__type_binary(cx->st->arena, b->op, b->left->type, b->right->type);
	if (!t) {
		bv_diagnostic *e = bv__diag(cx->st->d, BV_E_TYPE, b->head.span, "`%s` has no meaning for " BV_STR_FMT " and " BV_STR_FMT, operators[b->op], BV_STR_ARG(type_text(cx->st, b->left->type)),
			BV_STR_ARG(type_text(cx->st, b->right->type)));
		bv__diag_note(cx->st->d, e, b->left->span, "this is " BV_STR_FMT, BV_STR_ARG(type_text(cx->st, b->left->type)));
		bv__diag_note(cx->st->d, e, b->right->span, "this is " BV_STR_FMT, BV_STR_ARG(type_text(cx->st, b->right->type)));
		bv__diag_hint(cx->st->d, e, "cast one side");
		return;
	}
	if (b->op == BV_binary_op_multiply && t->id == BV_T_DECIMAL128)
		t = product(cx, b, t);
	set(&b->head, t, b->left->nullable || b->right->nullable);
}

/* Is `e` certainly not NULL where `when` is true: `WHEN e IS NOT NULL THEN e`, or a comparison with e. */
static bool guards(const bv_node *when, const bv_node *e)
{
	switch (when->kind) {
	case BV_AND: {
		const bv_list *l = &BV_AS(and, when)->terms;
		for (uint32_t i = 0; i < l->n; i++)
			if (guards(l->v[i], e))
				return true;
		return false;
	}
	case BV_OR: {
		const bv_list *l = &BV_AS(or, when)->terms;
		for (uint32_t i = 0; i < l->n; i++)
			if (!guards(l->v[i], e))
				return false;
		return true;
	}
	case BV_IS:
		return BV_AS(is, when)->test == BV_is_test_null && BV_AS(is, when)->negated && bv__tree_equal(BV_AS(is, when)->operand, e);
	case BV_UNARY: {
		const bv_ast_unary *u = BV_AS(unary, when);
		return u->op == BV_unary_op_not && u->operand->kind == BV_IS && BV_AS(is, u->operand)->test == BV_is_test_null && !BV_AS(is, u->operand)->negated &&
			bv__tree_equal(BV_AS(is, u->operand)->operand, e);
	}
	default:
		return false;
	}
}

static void typed_case(annotate_ctx *cx, bv_ast_case *c)
{
	bv_lane_state *st = cx->st;
	const bv_type *t = NULL;
	bool nullable = c->otherwise == NULL, known = true;
	if (c->operand)
		c->operand = typed(cx, c->operand);
	for (uint32_t i = 0; i < c->whens.n; i++) {
		bv_ast_when *w = BV_AS(when, c->whens.v[i]);
		w->condition = typed(cx, w->condition);
		w->result = typed(cx, w->result);
		set(&w->head, w->result->type, w->result->nullable);
	}
	if (c->otherwise)
		c->otherwise = typed(cx, c->otherwise);
	/* ELSE first, as the engine does it: the first type gives a struct the order of its fields. */
	for (uint32_t i = 0; i <= c->whens.n; i++) {
		const bv_ast_when *w = i ? BV_AS(when, c->whens.v[i - 1]) : NULL;
		const bv_node *r = w ? w->result : c->otherwise;
		if (!r)
			continue;
		nullable = nullable || (r->nullable && (!w || c->operand || !guards(w->condition, r)));
		if (!r->type) {
			known = false;
			continue;
		}
		const bv_type *both = !t ? r->type : bv__type_case(st->arena, t, r->type);
		if (!both) {
			bv_diagnostic *e = bv__diag(st->d, BV_E_TYPE, r->span, "the results of CASE have no common type: " BV_STR_FMT " and " BV_STR_FMT, BV_STR_ARG(type_text(st, t)), BV_STR_ARG(type_text(st, r->type)));
			bv__diag_hint(st->d, e, "cast the results to one type");
			return;
		}
		t = both;
	}
	if (known)
		set(&c->head, t, nullable);
	else
		unknown(cx);
}

static bv_node *typed_child(void *ctx, bv_node *n) { return typed(ctx, n); }

static void typed_subquery(annotate_ctx *cx, bv_node *q, bv_schema_t *out)
{
	annotate_ctx in = *cx;
	in.outputs = NULL;
	in.rollup = NULL;
	annotate_query(&in, BV_AS(query, q), out);
}

/* A subquery in an expression. */
static void beside_float(annotate_ctx *cx, bv_node **operand, bv_node *query, bv_field *column);

static void typed_operand(annotate_ctx *cx, bv_node *q, bv_schema_t *out)
{
	cx->st->subqueries = true;
	typed_subquery(cx, q, out);
}

static const bv_type *list_of_items(annotate_ctx *cx, bv_list *items, bool *known)
{
	const bv_type *t = NULL;
	for (uint32_t i = 0; i < items->n; i++) {
		items->v[i] = typed(cx, items->v[i]);
		if (!items->v[i]->type) {
			*known = false;
			continue;
		}
		const bv_type *both = !t ? items->v[i]->type : bv__type_values(cx->st->arena, t, items->v[i]->type);
		if (!both) {
			bv__diag(cx->st->d, BV_E_TYPE, items->v[i]->span, "the elements have no common type: " BV_STR_FMT " and " BV_STR_FMT, BV_STR_ARG(type_text(cx->st, t)), BV_STR_ARG(type_text(cx->st, items->v[i]->type)));
			*known = false;
			return NULL;
		}
		t = both;
	}
	return t;
}

static void typed_field(annotate_ctx *cx, bv_ast_field *f)
{
	bv_lane_state *st = cx->st;
	f->operand = typed(cx, f->operand);
	const bv_type *t = f->operand->type;
	if (!t) {
		unknown(cx);
		return;
	}
	if (t->id == BV_T_MAP) {
		set(&f->head, t->children[0].type->children[1].type, true);
		return;
	}
	if (t->id != BV_T_STRUCT) {
		bv__diag(st->d, BV_E_COLUMN_UNKNOWN, f->head.span, "`" BV_STR_FMT "` is a field of no struct: the value is " BV_STR_FMT, BV_STR_ARG(f->name), BV_STR_ARG(type_text(st, t)));
		return;
	}
	const bv_field *found = NULL;
	for (int round = 0; round < 2 && !found; round++)
		for (uint32_t i = 0; i < t->nchildren && !found; i++)
			if (round ? !bv__dialect_folds(st->cx->dialect) && bv__str_ieq(t->children[i].name, f->name) : bv__str_eq(t->children[i].name, f->name))
				found = &t->children[i];
	if (!found) {
		BV_VEC(bv_str) names = {0};
		for (uint32_t i = 0; i < t->nchildren; i++)
			(void)BV_PUSH(st->arena, &names, t->children[i].name);
		bv_diagnostic *e = bv__diag(st->d, BV_E_COLUMN_UNKNOWN, f->head.span, "the struct has no field `" BV_STR_FMT "`", BV_STR_ARG(f->name));
		bv_str near = bv__did_you_mean(f->name, names.v, names.n);
		if (near.n)
			bv__diag_hint(st->d, e, "did you mean `" BV_STR_FMT "`?", BV_STR_ARG(near));
		return;
	}
	f->name = found->name;
	set(&f->head, found->type, f->operand->nullable || found->nullable);
}

static bool is_natural(bv_str text)
{
	for (uint32_t i = 0; i < text.n; i++)
		if (text.p[i] < '0' || text.p[i] > '9')
			return false;
	return text.n > 0 && text.n < 18;
}

/* An index from 0 becomes one from 1; below 0 there is nothing, and the engine would count from the end. */
static void count_from_one(annotate_ctx *cx, bv_ast_index *x)
{
	bv_lane_state *st = cx->st;
	bv_node *i = x->index;
	bv_span span = i->span;
	if (i->kind == BV_NUMBER && is_natural(BV_AS(number, i)->text)) {
		x->index = bv__number(st->arena, span, strtoll(BV_AS(number, i)->text.p, NULL, 10) + 1);
	} else if (bv__is_volatile(st, i)) {
		bv__diag(st->d, BV_E_NOT_SUPPORTED, span, "an index that counts from 0 and changes by itself is not supported");
		return;
	} else {
		bv_ast_binary *more = BV_MAKE(st->arena, BINARY, binary, span), *least = BV_MAKE(st->arena, BINARY, binary, span);
		bv_ast_when *w = BV_MAKE(st->arena, WHEN, when, span);
		bv_ast_case *c = BV_MAKE(st->arena, CASE, case, span);
		if (!more || !least || !w || !c)
			return;
		more->op = BV_binary_op_add;
		more->left = i;
		more->right = bv__number(st->arena, span, 1);
		least->op = BV_binary_op_ge;
		least->left = bv__copy_expr(st, i);
		least->right = bv__number(st->arena, span, 0);
		w->condition = &least->head;
		w->result = &more->head;
		bv_node *arm = &w->head;
		c->whens = bv__list_of(st->arena, &arm, 1);
		x->index = &c->head;
	}
	x->index = x->index ? typed(cx, x->index) : i;
	x->from_zero = false;
}

static void typed_index(annotate_ctx *cx, bv_ast_index *x)
{
	x->operand = typed(cx, x->operand);
	x->index = typed(cx, x->index);
	const bv_type *t = x->operand->type;
	if (!t) {
		x->from_zero = false; /* it is never run */
		unknown(cx);
		return;
	}
	if (element_of(t)) {
		if (x->from_zero)
			count_from_one(cx, x);
		set(&x->head, element_of(t), true);
	} else if (t->id == BV_T_MAP) {
		x->from_zero = false;
		set(&x->head, t->children[0].type->children[1].type, true);
	} else if (t->id == BV_T_STRUCT && x->index->kind == BV_STRING) {
		for (uint32_t i = 0; i < t->nchildren; i++)
			if (bv__str_eq(t->children[i].name, BV_AS(string, x->index)->text)) {
				set(&x->head, t->children[i].type, x->operand->nullable || t->children[i].nullable);
				return;
			}
		bv__diag(cx->st->d, BV_E_COLUMN_UNKNOWN, x->index->span, "the struct has no field `" BV_STR_FMT "`", BV_STR_ARG(BV_AS(string, x->index)->text));
	} else {
		bv__diag(cx->st->d, BV_E_TYPE, x->head.span, "`[]` needs a list, a map or a struct, this is " BV_STR_FMT, BV_STR_ARG(type_text(cx->st, t)));
	}
}

static void typed_in_list(annotate_ctx *cx, bv_ast_in_list *l)
{
	l->operand = typed(cx, l->operand);
	bool nullable = l->operand->nullable;
	for (uint32_t i = 0; i < l->items.n; i++) {
		l->items.v[i] = typed(cx, l->items.v[i]);
		nullable = nullable || (i < 5 && l->items.v[i]->nullable); /* DataFusion looks at six expressions */
		const bv_type *a = l->operand->type, *b = l->items.v[i]->type;
		if (a && b && a->id != BV_T_STRUCT && !bv__type_comparison(cx->st->arena, a, b))
			bv__diag(cx->st->d, BV_E_TYPE, l->items.v[i]->span, "IN cannot compare " BV_STR_FMT " with " BV_STR_FMT, BV_STR_ARG(type_text(cx->st, a)), BV_STR_ARG(type_text(cx->st, b)));
	}
	set(&l->head, bv__type(BV_T_BOOL), nullable || l->items.n + 1 > 6);
}

/* DISTINCT ON takes 0.0 and -0.0 for one value, as grouping does; PARTITION BY, which orders, tells them apart. x + 0.0 is one zero for both. */
static void one_zero(bv_lane_state *st, bv_ast_window *w)
{
	for (uint32_t i = 0; i < w->partition_by.n; i++) {
		bv_node *key = w->partition_by.v[i], *zero = key->type && bv__type_is_float(key->type) ? bv__number(st->arena, key->span, 0) : NULL;
		bv_ast_binary *sum = zero ? BV_MAKE(st->arena, BINARY, binary, key->span) : NULL;
		if (!sum)
			continue;
		set(zero, bv__type(BV_T_INT64), false);
		sum->op = BV_binary_op_add;
		sum->left = key;
		sum->right = bv__cast_to(st, zero, key->type);
		set(&sum->head, key->type, key->nullable);
		w->partition_by.v[i] = &sum->head;
	}
}

static void typed_here(annotate_ctx *cx, bv_node *n)
{
	bv_lane_state *st = cx->st;
	bv_schema_t sub = {0};
	switch (n->kind) {
	case BV_COLUMN:
		typed_column(cx, BV_AS(column, n));
		return;
	case BV_NULL_LITERAL:
		set(n, bv__type(BV_T_NULL), true);
		return;
	case BV_BOOLEAN:
		set(n, bv__type(BV_T_BOOL), false);
		return;
	case BV_NUMBER: {
		const bv_type *t = bv__type_number(BV_AS(number, n)->text);
		set(n, t ? t : bv__type(BV_T_FLOAT64), false);
		return;
	}
	case BV_STRING:
		set(n, bv__type(BV_T_UTF8), false);
		return;
	case BV_BINARY_LITERAL:
		set(n, bv__type(BV_T_BINARY), false);
		return;
	case BV_INTERVAL:
		BV_AS(interval, n)->value = typed(cx, BV_AS(interval, n)->value);
		set(n, bv__type(BV_T_INTERVAL_MONTH_DAY_NANO), BV_AS(interval, n)->value->nullable);
		return;
	case BV_ALIAS:
		BV_AS(alias, n)->operand = typed(cx, BV_AS(alias, n)->operand);
		set(n, BV_AS(alias, n)->operand->type, BV_AS(alias, n)->operand->nullable);
		return;
	case BV_ORDER_ITEM:
		BV_AS(order_item, n)->operand = typed(cx, BV_AS(order_item, n)->operand);
		set(n, BV_AS(order_item, n)->operand->type, BV_AS(order_item, n)->operand->nullable);
		return;
	case BV_NAMED_ARG:
		BV_AS(named_arg, n)->value = typed(cx, BV_AS(named_arg, n)->value);
		set(n, BV_AS(named_arg, n)->value->type, BV_AS(named_arg, n)->value->nullable);
		return;
	case BV_CALL:
		typed_call(cx, BV_AS(call, n));
		return;
	case BV_BINARY:
		typed_binary(cx, BV_AS(binary, n));
		return;
	case BV_CASE:
		typed_case(cx, BV_AS(case, n));
		return;
	case BV_FIELD:
		typed_field(cx, BV_AS(field, n));
		return;
	case BV_INDEX:
		typed_index(cx, BV_AS(index, n));
		return;
	case BV_IN_LIST:
		typed_in_list(cx, BV_AS(in_list, n));
		return;
	case BV_SLICE:
		bv__lane_children(n, typed_child, cx);
		set(n, plain_list(st->arena, BV_AS(slice, n)->operand->type), true);
		return;
	case BV_UNARY: {
		bv_ast_unary *u = BV_AS(unary, n);
		u->operand = typed(cx, u->operand);
		const bv_type *t = u->operand->type;
		if (u->op == BV_unary_op_negate && u->operand->kind == BV_NUMBER) /* the literal is negative: i64, else a float */
			t = bv__type_number(bv__arena_printf(st->arena, "-" BV_STR_FMT, BV_STR_ARG(BV_AS(number, u->operand)->text)));
		if (u->op == BV_unary_op_not)
			t = bv__type(BV_T_BOOL);
		set(n, t, u->operand->nullable);
		return;
	}
	case BV_AND:
	case BV_OR: {
		const bv_list *l = &BV_AS(and, n)->terms;
		bool nullable = false;
		for (uint32_t i = 0; i < l->n; i++) {
			l->v[i] = typed(cx, l->v[i]);
			nullable = nullable || l->v[i]->nullable;
			if (l->v[i]->type && l->v[i]->type->id != BV_T_BOOL && l->v[i]->type->id != BV_T_NULL)
				bv__diag(st->d, BV_E_TYPE, l->v[i]->span, "%s needs conditions, this is " BV_STR_FMT, n->kind == BV_AND ? "AND" : "OR", BV_STR_ARG(type_text(st, l->v[i]->type)));
		}
		set(n, bv__type(BV_T_BOOL), nullable);
		return;
	}
	case BV_IS:
		bv__lane_children(n, typed_child, cx);
		set(n, bv__type(BV_T_BOOL), false);
		return;
	case BV_BETWEEN: {
		bv_ast_between *b = BV_AS(between, n);
		bv__lane_children(n, typed_child, cx);
		const bv_node *bounds[2] = {b->low, b->high};
		for (int i = 0; i < 2; i++)
			if (b->operand->type && bounds[i]->type && !bv__type_comparison(st->arena, b->operand->type, bounds[i]->type))
				bv__diag(st->d, BV_E_TYPE, bounds[i]->span, "BETWEEN cannot compare " BV_STR_FMT " with " BV_STR_FMT, BV_STR_ARG(type_text(st, b->operand->type)), BV_STR_ARG(type_text(st, bounds[i]->type)));
		set(n, bv__type(BV_T_BOOL), b->operand->nullable || b->low->nullable || b->high->nullable);
		return;
	}
	case BV_LIKE:
		bv__lane_children(n, typed_child, cx);
		set(n, bv__type(BV_T_BOOL), BV_AS(like, n)->operand->nullable || BV_AS(like, n)->pattern->nullable);
		return;
	case BV_IN_QUERY: {
		bv_ast_in_query *q = BV_AS(in_query, n);
		q->operand = typed(cx, q->operand);
		typed_operand(cx, q->query, &sub);
		if (sub.n == 1)
			beside_float(cx, &q->operand, q->query, &sub.v[0]);
		if (sub.n == 1 && q->operand->type && sub.v[0].type && q->operand->kind != BV_ROW && !bv__type_comparison(st->arena, q->operand->type, sub.v[0].type))
			bv__diag(st->d, BV_E_TYPE, n->span, "IN cannot compare " BV_STR_FMT " with " BV_STR_FMT, BV_STR_ARG(type_text(st, q->operand->type)), BV_STR_ARG(type_text(st, sub.v[0].type)));
		set(n, bv__type(BV_T_BOOL), q->operand->nullable || (sub.n && sub.v[0].nullable));
		return;
	}
	case BV_EXISTS:
		typed_operand(cx, BV_AS(exists, n)->query, &sub);
		set(n, bv__type(BV_T_BOOL), false);
		return;
	case BV_SCALAR_QUERY:
		typed_operand(cx, BV_AS(scalar_query, n)->query, &sub);
		if (sub.n)
			set(n, sub.v[0].type, true); /* no row is NULL */
		if (sub.n && !sub.v[0].type)
			unknown(cx);
		return;
	case BV_QUANTIFIED: {
		bv_ast_quantified *q = BV_AS(quantified, n);
		q->left = typed(cx, q->left);
		if (q->right->kind == BV_QUERY) {
			typed_operand(cx, q->right, &sub);
			if (sub.n == 1)
				beside_float(cx, &q->left, q->right, &sub.v[0]);
		} else
			q->right = typed(cx, q->right);
		set(n, bv__type(BV_T_BOOL), true);
		return;
	}
	case BV_CAST: {
		bv_ast_cast *c = BV_AS(cast, n);
		c->operand = typed(cx, c->operand);
		const bv_type *t = bv__type_from_node(st->arena, c->type, st->d);
		set(n, t, c->form == BV_cast_kind_try_cast || c->operand->nullable);
		return;
	}
	case BV_AT_TIME_ZONE: {
		bv_ast_at_time_zone *z = BV_AS(at_time_zone, n);
		z->operand = typed(cx, z->operand);
		z->zone = typed(cx, z->zone);
		if (z->zone->kind != BV_STRING) {
			bv__diag(st->d, BV_E_NOT_SUPPORTED, z->zone->span, "AT TIME ZONE needs the zone as a string literal");
			return;
		}
		set(n, bv__type_timestamp(st->arena, BV_UNIT_NS, BV_AS(string, z->zone)->text), z->operand->nullable);
		return;
	}
	case BV_ARRAY: {
		bool known = true;
		bv_list *items = &BV_AS(array, n)->items;
		const bv_type *t = list_of_items(cx, items, &known);
		if (!known)
			unknown(cx);
		else
			set(n, bv__type_list(st->arena, items->n ? t : bv__type(BV_T_NULL), true), true);
		return;
	}
	case BV_STRUCT:
	case BV_ROW: {
		bv_list *items = n->kind == BV_STRUCT ? &BV_AS(struct, n)->fields : &BV_AS(row, n)->items;
		bv_field *fields = BV_NEWN(st->arena, bv_field, items->n + 1);
		bool known = fields != NULL;
		for (uint32_t i = 0; i < items->n && fields; i++) {
			bv_node *e = items->v[i] = typed(cx, items->v[i]);
			known = known && e->type;
			fields[i] = (bv_field){.name = e->kind == BV_ALIAS ? BV_AS(alias, e)->name : bv__arena_printf(st->arena, "c%u", i), .type = e->type, .nullable = true};
		}
		if (known)
			set(n, bv__type_struct(st->arena, fields, items->n), true); /* the engine takes the result of any such call for nullable */
		else
			unknown(cx);
		return;
	}
	case BV_MAP: {
		bv_ast_map *m = BV_AS(map, n);
		bool known = true;
		const bv_type *k = list_of_items(cx, &m->keys, &known), *v = list_of_items(cx, &m->items, &known);
		if (!known) {
			unknown(cx);
			return;
		}
		k = k ? k : bv__type(BV_T_NULL);
		v = v ? v : bv__type(BV_T_NULL);
		bv_field *kv = BV_NEWN(st->arena, bv_field, 2), *entries = BV_NEW(st->arena, bv_field);
		bv_type *t = BV_NEW(st->arena, bv_type);
		if (!kv || !entries || !t)
			return;
		kv[0] = (bv_field){.name = BV_STR("key"), .type = k, .nullable = false};
		kv[1] = (bv_field){.name = BV_STR("value"), .type = v, .nullable = true};
		*entries = (bv_field){.name = BV_STR("entries"), .type = bv__type_struct(st->arena, kv, 2), .nullable = false};
		*t = (bv_type){.id = BV_T_MAP, .nchildren = 1, .children = entries};
		set(n, t, true);
		return;
	}
	case BV_TYPE:
	case BV_TYPE_FIELD:
		return;
	default: /* windows, frames, grouping, rows of them: no value of their own */
		bv__lane_children(n, typed_child, cx);
		if (n->kind == BV_WINDOW && n->mark & BV_MARK_DISTINCT_ON)
			one_zero(st, BV_AS(window, n));
		return;
	}
}

/* Kinds that a dialect may mean otherwise. Lambdas are typed by the list that they are called over. */
static bool can_mean(const bv_node *n)
{
	if (n->kind == BV_CALL)
		for (uint32_t i = 0; i < BV_AS(call, n)->args.n; i++)
			if (BV_AS(call, n)->args.v[i]->kind == BV_LAMBDA)
				return false;
	if (n->kind == BV_SLICE || n->kind == BV_INDEX || n->kind == BV_BETWEEN || n->kind == BV_CASE || n->kind == BV_UNARY || n->kind == BV_INTERVAL || n->kind == BV_IS)
		return true;
	return n->kind == BV_CALL || n->kind == BV_CAST || n->kind == BV_BINARY || n->kind == BV_LIKE || n->kind == BV_AT_TIME_ZONE || n->kind == BV_IN_LIST || n->kind == BV_NUMBER || n->kind == BV_ORDER_ITEM || n->kind == BV_WINDOW || (n->kind == BV_QUANTIFIED && BV_AS(quantified, n)->right->kind != BV_QUERY);
}

/* The node, typed; or what it means in the engine's words (meaning.c). */
static bv_node *typed(annotate_ctx *cx, bv_node *n)
{
	if (n->mark & BV_MARK_TYPED)
		return n;
	if (cx->st->dialect_means && !(n->mark & BV_MARK_ENGINE) && can_mean(n)) {
		bv__lane_children(n, typed_child, cx);
		bv_node *meant = bv__meant(cx->st, n);
		if (meant != n && !(meant->mark & BV_MARK_ENGINE))
			return typed(cx, meant); /* in the dialect's words again; or an operand, which is typed */
		n = meant;
	}
	typed_here(cx, n);
	n->mark |= BV_MARK_TYPED;
	for (uint32_t i = 0; cx->rollup && i < cx->rollup->n; i++)
		if (n->kind == cx->rollup->v[i]->kind && bv__tree_equal(n, cx->rollup->v[i]))
			n->nullable = true;
	return n;
}

/* IN (query), = ANY (query), and what negates them. */
static bool is_in_query(const bv_node *n, bool *negated)
{
	if (n->kind == BV_UNARY && BV_AS(unary, n)->op == BV_unary_op_not && is_in_query(BV_AS(unary, n)->operand, negated)) {
		*negated = !*negated;
		return true;
	}
	const bv_ast_quantified *q = n->kind == BV_QUANTIFIED && BV_AS(quantified, n)->right->kind == BV_QUERY ? BV_AS(quantified, n) : NULL;
	*negated = q ? q->op == BV_binary_op_ne : n->kind == BV_IN_QUERY && BV_AS(in_query, n)->negated;
	return n->kind == BV_IN_QUERY || (q && (q->op == BV_binary_op_eq ? q->quantifier == BV_quantifier_any : q->op == BV_binary_op_ne && q->quantifier == BV_quantifier_all));
}

static bv_walk visit_in_query(bv_node *n, bv_node *parent, void *ctx)
{
	(void)parent;
	annotate_ctx *cx = ctx;
	bool negated;
	if (n->kind == BV_QUERY)
		return BV_WALK_PRUNE;
	if (n->kind == BV_UNARY || !is_in_query(n, &negated) || !n->nullable)
		return BV_WALK_CONTINUE;
	bv_diagnostic *e = bv__diag(cx->st->d, BV_E_NOT_SUPPORTED, n->span, "this IN may be NULL, which the engine takes for FALSE here");
	bv__diag_hint(cx->st->d, e, "leave the NULLs out of both sides (IS NOT NULL, coalesce), or use EXISTS");
	return BV_WALK_PRUNE;
}

/* The engine knows of no NULL that IN (query) gives: it runs as it should where NULL comes to FALSE, as a term of the condition, and NOT IN as one of AND alone. */
static void check_in_queries(annotate_ctx *cx, bv_node *n, bool ands)
{
	if (n->kind == BV_AND || n->kind == BV_OR) {
		const bv_list *terms = n->kind == BV_AND ? &BV_AS(and, n)->terms : &BV_AS(or, n)->terms;
		for (uint32_t i = 0; i < terms->n; i++)
			check_in_queries(cx, terms->v[i], ands && n->kind == BV_AND);
		return;
	}
	bool negated;
	if (is_in_query(n, &negated) && (ands || !negated))
		return;
	bv__walk(n, visit_in_query, cx);
}

static void condition(annotate_ctx *cx, bv_node **slot, const char *clause)
{
	const bv_node *n = *slot = typed(cx, *slot);
	if (cx->st->dialect_means)
		check_in_queries(cx, *slot, true);
	if (n->type && n->type->id != BV_T_BOOL && n->type->id != BV_T_NULL)
		bv__diag(cx->st->d, BV_E_TYPE, n->span, "%s needs a condition, this is " BV_STR_FMT, clause, BV_STR_ARG(type_text(cx->st, n->type)));
}

/* ---- relations ---- */

static void set_nullable(annotate_ctx *cx, const bv_node *r)
{
	bv_str alias = {"", 0};
	switch (r->kind) {
	case BV_TABLE:
		alias = BV_AS(table, r)->alias;
		break;
	case BV_DERIVED:
		alias = BV_AS(derived, r)->alias;
		break;
	case BV_UNNEST:
		alias = BV_AS(unnest, r)->alias;
		break;
	case BV_TABLE_FUNCTION:
		alias = BV_AS(table_function, r)->alias;
		break;
	case BV_JOIN:
		set_nullable(cx, BV_AS(join, r)->left);
		set_nullable(cx, BV_AS(join, r)->right);
		return;
	default:
		return;
	}
	rel_types *t = bv__map_get(cx->relations, alias);
	for (uint32_t i = 0; t && i < t->schema.n; i++)
		t->schema.v[i].nullable = true;
}

static void annotate_relation(annotate_ctx *cx, bv_node *r)
{
	bv_lane_state *st = cx->st;
	bv_schema_t schema = {0};
	const bv_column_index *index = NULL;
	bv_str alias;
	switch (r->kind) {
	case BV_TABLE: {
		bv_ast_table *t = BV_AS(table, r);
		alias = t->alias;
		if (t->path.n == 1) {
			const rel_types *w = bv__map_get(cx->ctes, t->path.v[0]);
			if (w) {
				schema = w->schema;
				index = w->index;
			}
		} else {
			const bv_table_info *info = bv__map_get(&st->tables, bv__table_key(st->arena, &t->path));
			if (info) {
				schema = info->schema;
				index = info->index;
			}
		}
		break;
	}
	case BV_DERIVED:
		alias = BV_AS(derived, r)->alias;
		typed_subquery(cx, BV_AS(derived, r)->query, &schema);
		break;
	case BV_JOIN: {
		bv_ast_join *j = BV_AS(join, r);
		annotate_relation(cx, j->left);
		annotate_relation(cx, j->right);
		if (j->on)
			condition(cx, &j->on, "ON");
		if (j->type == BV_join_type_left || j->type == BV_join_type_full)
			set_nullable(cx, j->right);
		if (j->type == BV_join_type_full)
			set_nullable(cx, j->left);
		return;
	}
	case BV_UNNEST: {
		bv_ast_unnest *u = BV_AS(unnest, r);
		alias = u->alias;
		schema.v = BV_NEWN(st->arena, bv_field, u->args.n + 1);
		schema.n = u->args.n;
		for (uint32_t i = 0; schema.v && i < u->args.n; i++) {
			u->args.v[i] = typed(cx, u->args.v[i]);
			const bv_type *t = u->args.v[i]->type, *e = element_of(t);
			if (t && !e)
				bv__diag(st->d, BV_E_TYPE, u->args.v[i]->span, "UNNEST needs a list, this is " BV_STR_FMT, BV_STR_ARG(type_text(st, t)));
			schema.v[i] = (bv_field){.name = u->columns.v[i], .type = e, .nullable = true};
		}
		break;
	}
	case BV_TABLE_FUNCTION: {
		bv_ast_table_function *f = BV_AS(table_function, r);
		alias = f->alias;
		bv__lane_children(r, typed_child, cx);
		const bv_type *t = f->args.n ? f->args.v[0]->type : NULL;
		if (t && t->id == BV_T_TIMESTAMP && t->unit != BV_UNIT_NS && st->dialect_means) { /* the engine takes no others */
			t = bv__type_timestamp(st->arena, BV_UNIT_NS, t->zone);
			for (uint32_t i = 0; i < f->args.n && i < 2; i++)
				f->args.v[i] = bv__cast_to(st, f->args.v[i], t);
		}
		if (t && t->id == BV_T_DATE32 && strcmp(bv__dialect_name(st->cx->dialect), "postgres") == 0) {
			bv_diagnostic *e = bv__diag(st->d, BV_E_NOT_SUPPORTED, r->span, "over dates this gives timestamps with a zone in PostgreSQL");
			bv__diag_hint(st->d, e, "cast the bounds to TIMESTAMP");
		}
		if (t && t->id == BV_T_DATE32)
			t = bv__type_timestamp(st->arena, BV_UNIT_NS, (bv_str){"", 0});
		else if (t && t->id != BV_T_TIMESTAMP)
			t = bv__type(BV_T_INT64);
		schema.v = BV_NEW(st->arena, bv_field);
		schema.n = schema.v ? 1 : 0;
		if (schema.v)
			schema.v[0] = (bv_field){.name = BV_STR("c1"), .type = t, .nullable = false};
		break;
	}
	default:
		return;
	}
	rel_types *rel = make_rel(st, schema.v, schema.n, index);
	if (rel)
		bv__map_put(cx->relations, alias, rel);
}

/* ---- queries ---- */

static bool list_rollup_keys(bv_lane_state *st, bv_ast_select *s, bv_list *out)
{
	bv_node_vec keys = {0};
	bool any = false;
	for (uint32_t i = 0; i < s->group_by.n; i++)
		any = any || s->group_by.v[i]->kind == BV_GROUPING;
	if (!any)
		return false;
	for (uint32_t i = 0; i < s->group_by.n; i++) {
		if (s->group_by.v[i]->kind != BV_GROUPING) {
			(void)BV_PUSH(st->arena, &keys, s->group_by.v[i]);
			continue;
		}
		const bv_list *sets = &BV_AS(grouping, s->group_by.v[i])->sets;
		for (uint32_t k = 0; k < sets->n; k++) {
			if (sets->v[k]->kind != BV_ROW) {
				(void)BV_PUSH(st->arena, &keys, sets->v[k]);
				continue;
			}
			for (uint32_t m = 0; m < BV_AS(row, sets->v[k])->items.n; m++)
				(void)BV_PUSH(st->arena, &keys, BV_AS(row, sets->v[k])->items.v[m]);
		}
	}
	*out = bv__list_done(keys);
	return true;
}

static void annotate_select(annotate_ctx *outer, bv_ast_select *s, bv_schema_t *out)
{
	annotate_ctx cx = *outer;
	bv_lane_state *st = cx.st;
	cx.outputs = NULL;
	cx.rollup = NULL;
	for (uint32_t i = 0; i < s->from.n; i++)
		annotate_relation(&cx, s->from.v[i]);
	if (s->where)
		condition(&cx, &s->where, "WHERE");
	for (uint32_t i = 0; i < s->group_by.n; i++)
		s->group_by.v[i] = typed(&cx, s->group_by.v[i]);
	bv_list rollup = {0};
	if (list_rollup_keys(st, s, &rollup))
		cx.rollup = &rollup;
	out->n = s->projections.n;
	out->v = BV_NEWN(st->arena, bv_field, out->n + 1);
	if (!out->v)
		return;
	for (uint32_t i = 0; i < out->n; i++) {
		bv_ast_alias *p = BV_AS(alias, s->projections.v[i]);
		(void)typed(&cx, &p->head);
		if (!p->head.type)
			unknown(&cx);
		out->v[i] = (bv_field){.name = p->name, .type = p->head.type, .nullable = p->head.nullable};
	}
	if (s->having)
		condition(&cx, &s->having, "HAVING");
}

/* A union has what both sides are cast to; INTERSECT and EXCEPT are joins, which give the left side as it is. */
static void unify(annotate_ctx *cx, const bv_node *o, const bv_schema_t *l, const bv_schema_t *r, bool is_union, bv_schema_t *out)
{
	bv_lane_state *st = cx->st;
	out->n = l->n;
	out->v = BV_NEWN(st->arena, bv_field, l->n + 1);
	if (!out->v)
		return;
	for (uint32_t i = 0; i < l->n && i < r->n; i++) {
		const bv_type *t = NULL;
		if (l->v[i].type && r->v[i].type) {
			t = is_union ? bv__type_union(st->arena, l->v[i].type, r->v[i].type) : bv__type_comparison(st->arena, l->v[i].type, r->v[i].type) ? l->v[i].type : NULL;
			if (!t) {
				bv_diagnostic *e = bv__diag(st->d, BV_E_TYPE, o->span, "column %u of the set operation is " BV_STR_FMT " on the left and " BV_STR_FMT " on the right", i + 1,
					BV_STR_ARG(type_text(st, l->v[i].type)), BV_STR_ARG(type_text(st, r->v[i].type)));
				bv__diag_hint(st->d, e, "cast one side");
			}
		} else {
			unknown(cx);
		}
		out->v[i] = (bv_field){.name = l->v[i].name, .type = t, .nullable = l->v[i].nullable || (is_union && r->v[i].nullable)};
	}
}

/* Column i of a query, or of what stands on a side of a set operation, becomes the float t. */
static void column_as_float(bv_lane_state *st, bv_node *b, uint32_t i, bv_field *field, const bv_type *t)
{
	field->type = t;
	switch (b->kind) {
	case BV_SELECT: {
		bv_ast_alias *p = BV_AS(alias, BV_AS(select, b)->projections.v[i]);
		p->operand = p->operand->type ? bv__cast_to(st, p->operand, t) : p->operand;
		p->head.type = t;
		return;
	}
	case BV_QUERY:
		column_as_float(st, BV_AS(query, b)->body, i, field, t);
		return;
	case BV_SET_OPERATION:
		column_as_float(st, BV_AS(set_operation, b)->left, i, field, t);
		column_as_float(st, BV_AS(set_operation, b)->right, i, field, t);
		return;
	case BV_VALUES:
		for (uint32_t k = 0; k < BV_AS(values, b)->rows.n; k++) {
			bv_node **slot = &BV_AS(row, BV_AS(values, b)->rows.v[k])->items.v[i];
			*slot = (*slot)->type ? bv__cast_to(st, *slot, t) : *slot;
		}
		return;
	default:
		return;
	}
}

/* A value that is looked for in a query: a decimal beside floats is one of them. */
static void beside_float(annotate_ctx *cx, bv_node **operand, bv_node *query, bv_field *column)
{
	const bv_type *l = (*operand)->type, *r = column->type;
	if (!cx->st->dialect_means || !l || !r)
		return;
	if (bv__type_is_decimal(l) && bv__type_is_float(r))
		*operand = bv__cast_to(cx->st, *operand, r);
	else if (bv__type_is_float(l) && bv__type_is_decimal(r))
		column_as_float(cx->st, query, 0, column, l);
}

/* So it is in a column of VALUES. */
static void values_as_floats(bv_lane_state *st, const bv_list *rows, uint32_t k)
{
	const bv_type *t = NULL;
	for (uint32_t i = 0; st->dialect_means && i < rows->n && k < BV_AS(row, rows->v[i])->items.n; i++) {
		const bv_type *e = BV_AS(row, rows->v[i])->items.v[k]->type;
		if (e && bv__type_is_float(e) && (!t || e->id == BV_T_FLOAT64))
			t = e;
	}
	for (uint32_t i = 0; t && i < rows->n && k < BV_AS(row, rows->v[i])->items.n; i++) {
		bv_node **slot = &BV_AS(row, rows->v[i])->items.v[k];
		if ((*slot)->type && bv__type_is_decimal((*slot)->type))
			*slot = bv__cast_to(st, *slot, t);
	}
}

static void annotate_body(annotate_ctx *cx, bv_node *b, bv_schema_t *out)
{
	bv_lane_state *st = cx->st;
	switch (b->kind) {
	case BV_SELECT:
		annotate_select(cx, BV_AS(select, b), out);
		return;
	case BV_SET_OPERATION: {
		bv_schema_t l = {0}, r = {0};
		annotate_body(cx, BV_AS(set_operation, b)->left, &l);
		annotate_body(cx, BV_AS(set_operation, b)->right, &r);
		for (uint32_t i = 0; st->dialect_means && i < l.n && i < r.n; i++)
			if (l.v[i].type && r.v[i].type && bv__type_is_decimal(l.v[i].type) != bv__type_is_decimal(r.v[i].type)) { /* a float beside a decimal stays one */
				if (bv__type_is_float(r.v[i].type))
					column_as_float(st, BV_AS(set_operation, b)->left, i, &l.v[i], r.v[i].type);
				else if (bv__type_is_float(l.v[i].type))
					column_as_float(st, BV_AS(set_operation, b)->right, i, &r.v[i], l.v[i].type);
			}
		for (uint32_t i = 0; st->dialect_means && i < l.n && i < r.n; i++)
			if (l.v[i].type && r.v[i].type && bv__columns_apart(st, l.v[i].type, r.v[i].type)) {
				bv_diagnostic *e = bv__diag(st->d, BV_E_NOT_SUPPORTED, b->span, "column %u of both sides is of types that this dialect makes one of otherwise than the engine does", i + 1);
				bv__diag_hint(st->d, e, "cast it on one side");
			}
		unify(cx, b, &l, &r, BV_AS(set_operation, b)->op == BV_set_kind_union, out);
		return;
	}
	case BV_QUERY:
		annotate_query(cx, BV_AS(query, b), out);
		return;
	case BV_VALUES: {
		const bv_list *rows = &BV_AS(values, b)->rows;
		uint32_t n = BV_AS(row, rows->v[0])->items.n;
		out->n = n;
		out->v = BV_NEWN(st->arena, bv_field, n + 1);
		if (!out->v)
			return;
		for (uint32_t k = 0; k < n; k++) {
			const bv_type *t = NULL;
			bool known = true, nullable = false;
			for (uint32_t i = 0; i < rows->n && k < BV_AS(row, rows->v[i])->items.n; i++)
				BV_AS(row, rows->v[i])->items.v[k] = typed(cx, BV_AS(row, rows->v[i])->items.v[k]);
			values_as_floats(st, rows, k);
			for (uint32_t i = 0; i < rows->n && k < BV_AS(row, rows->v[i])->items.n; i++) {
				const bv_node *e = BV_AS(row, rows->v[i])->items.v[k];
				known = known && e->type;
				nullable = nullable || e->nullable;
				if (!e->type)
					continue;
				const bv_type *both = !t ? e->type : bv__type_values(st->arena, t, e->type);
				if (!both) {
					bv__diag(st->d, BV_E_TYPE, e->span, "column %u of VALUES is " BV_STR_FMT " above and " BV_STR_FMT " here", k + 1, BV_STR_ARG(type_text(st, t)), BV_STR_ARG(type_text(st, e->type)));
					known = false;
					break;
				}
				t = both;
			}
			if (!known)
				unknown(cx);
			out->v[k] = (bv_field){.name = bv__arena_printf(st->arena, "column%u", k + 1), .type = known ? t : NULL, .nullable = nullable || !known};
		}
		return;
	}
	default:
		return;
	}
}

static void annotate_query(annotate_ctx *outer, bv_ast_query *q, bv_schema_t *out)
{
	annotate_ctx cx = *outer;
	bv_lane_state *st = cx.st;
	for (uint32_t i = 0; i < q->ctes.n; i++) {
		bv_ast_cte *c = BV_AS(cte, q->ctes.v[i]);
		bv_ast_query *cq = BV_AS(query, c->query);
		bv_schema_t schema = {0};
		if (q->recursive && cq->body->kind == BV_SET_OPERATION) {
			/* The step reads the start's schema, in which everything is nullable. */
			bv_ast_set_operation *o = BV_AS(set_operation, cq->body);
			bv_schema_t start = {0}, step = {0};
			annotate_body(&cx, o->left, &start);
			for (uint32_t k = 0; k < start.n; k++)
				start.v[k].nullable = true;
			rel_types *work = make_rel(st, start.v, start.n, NULL);
			if (work)
				bv__map_put(cx.ctes, c->name, work);
			annotate_body(&cx, o->right, &step);
			schema = start;
			schema.v = BV_NEWN(st->arena, bv_field, start.n + 1);
			for (uint32_t k = 0; schema.v && k < start.n; k++) {
				schema.v[k] = start.v[k];
				schema.v[k].nullable = start.v[k].nullable || (k < step.n && step.v[k].nullable);
			}
			bv_schema_t ordered = schema;
			annotate_ctx in = cx;
			in.outputs = &ordered;
			for (uint32_t k = 0; k < cq->order_by.n; k++)
				cq->order_by.v[k] = typed(&in, cq->order_by.v[k]);
		} else {
			annotate_query(&cx, cq, &schema);
		}
		rel_types *r = make_rel(st, schema.v, schema.n, NULL);
		if (r)
			bv__map_put(cx.ctes, c->name, r);
	}
	annotate_body(&cx, q->body, out);
	annotate_ctx in = cx;
	in.outputs = out;
	for (uint32_t i = 0; i < q->order_by.n; i++)
		q->order_by.v[i] = typed(&in, q->order_by.v[i]);
	if (q->limit)
		q->limit = typed(&in, q->limit);
	if (q->offset)
		q->offset = typed(&in, q->offset);
}

bool bv__lane_annotate(bv_lane_state *st)
{
	uint32_t before = st->d->errors;
	bv_map relations, ctes;
	bv__map_init(&relations, st->arena);
	bv__map_init(&ctes, st->arena);
	annotate_ctx cx = {.st = st, .relations = &relations, .ctes = &ctes};
	st->unknown_types = false;
	st->dialect_means = bv__has_meanings(st);
	annotate_query(&cx, BV_AS(query, st->tree), &st->schema);
	st->typed = true;
	return st->d->errors == before && !bv__arena_failed(st->arena);
}
