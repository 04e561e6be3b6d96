/* total: which expressions can be evaluated at any place, any number of times, without anyone seeing it. In: a typed tree; out: yes or no.
 *
 * An expression is total when it cannot fail on any values of its columns' types, calls nothing volatile, and contains only such expressions.
 * AND, OR and CASE short-circuit and the engine filters between terms, so only terms that are all total may change places, be dropped as
 * equal to another, or be written twice. The list of what is total is positive: what is not known to be total is not.
 *
 *   columns, literals, aggregates and windows (computed before the expression that holds them, whatever stands beside them)
 *   comparisons, LIKE, IN, BETWEEN, IS, CASE     where the casts that coercion adds cannot fail: numbers to wider ones, anything to strings,
 *                                                literal texts that are dates
 *   + - * of integers and floats (they wrap), / and % of floats or by a literal other than zero; not of decimals (they overflow)
 *   functions of a list; casts to wider types and to strings; TRY_CAST
 *   EXISTS, IN (query) and ungrouped aggregates as subqueries, when all inside is total and reads stored tables only */
#include "lane/lane_internal.h"

static bool is_int(const bv_type *t) { return bv__type_is_integer(t); }
static bool is_float(const bv_type *t) { return t->id >= BV_T_FLOAT16 && t->id <= BV_T_FLOAT64; }
static bool is_signed(const bv_type *t) { return t->id >= BV_T_INT8 && t->id <= BV_T_INT64; }
static unsigned int_bits(const bv_type *t) { return 8u << ((t->id - BV_T_INT8) & 3); }

static bool digits(bv_str t, uint32_t at, uint32_t n, int *out)
{
	*out = 0;
	for (uint32_t i = at; i < at + n; i++) {
		if (i >= t.n || t.p[i] < '0' || t.p[i] > '9')
			return false;
		*out = *out * 10 + (t.p[i] - '0');
	}
	return true;
}

/* YYYY-MM-DD, and for timestamps also YYYY-MM-DD HH:MM:SS, within the years that nanoseconds hold. */
static bool is_date_text(bv_str t, bool timestamp)
{
	int y, m, d, h, mi, s;
	if (t.n < 10 || !digits(t, 0, 4, &y) || t.p[4] != '-' || !digits(t, 5, 2, &m) || t.p[7] != '-' || !digits(t, 8, 2, &d))
		return false;
	static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	bool leap = (y % 4 == 0 && y % 100) || y % 400 == 0;
	if (m < 1 || m > 12 || d < 1 || d > days[m - 1] + (m == 2 && leap) || (timestamp && (y < 1700 || y > 2200)))
		return false;
	if (t.n == 10)
		return true;
	return timestamp && t.n == 19 && (t.p[10] == ' ' || t.p[10] == 'T') && digits(t, 11, 2, &h) && h < 24 && t.p[13] == ':' && digits(t, 14, 2, &mi) && mi < 60 && t.p[16] == ':' &&
		digits(t, 17, 2, &s) && s < 60;
}

/* A cast from one type to the other that succeeds for every value. */
static bool cast_is_total(const bv_node *from, const bv_type *to)
{
	const bv_type *t = from->type;
	if (!t || !to)
		return false;
	if (t->id == BV_T_NULL || bv__type_same_logical(t, to))
		return true;
	if (bv__type_is_string(to))
		return t->id < BV_T_LIST && t->id != BV_T_BINARY && t->id != BV_T_LARGE_BINARY && t->id != BV_T_BINARY_VIEW && t->id != BV_T_FIXED_BINARY;
	if (is_int(t) && is_int(to))
		return is_signed(t) == is_signed(to) ? int_bits(to) >= int_bits(t) : is_signed(to) && int_bits(to) > int_bits(t);
	if (is_int(t) && bv__type_is_decimal(to)) {
		static const int need[] = {3, 5, 10, 20};
		unsigned bits = int_bits(t);
		return to->precision - to->scale >= need[bits == 8 ? 0 : bits == 16 ? 1 : bits == 32 ? 2 : 3];
	}
	if (bv__type_is_decimal(t) && bv__type_is_decimal(to))
		return to->scale >= t->scale && to->precision - to->scale >= t->precision - t->scale;
	if (bv__type_is_numeric(t) && (to->id == BV_T_FLOAT64 || (is_float(to) && !is_float(t)) || (is_float(t) && is_float(to) && to->id >= t->id)))
		return true;
	if (from->kind == BV_STRING && to->id == BV_T_DATE32)
		return is_date_text(BV_AS(string, from)->text, false);
	if (from->kind == BV_STRING && to->id == BV_T_TIMESTAMP)
		return is_date_text(BV_AS(string, from)->text, true);
	return false;
}

/* Both sides of a comparison can be brought to its type. *common (may be NULL): that type. */
static bool comparable(bv_lane_state *st, const bv_node *a, const bv_node *b, const bv_type **common)
{
	if (!a->type || !b->type)
		return false;
	const bv_type *t = bv__type_equal(a->type, b->type) ? a->type : bv__type_comparison(st->arena, a->type, b->type);
	if (common)
		*common = t;
	return t && cast_is_total(a, t) && cast_is_total(b, t);
}

/* A literal number other than zero; for integers it is not -1, whose quotient can overflow: that one is a unary minus. */
bool bv__is_divisor(const bv_node *n)
{
	if (n->kind != BV_NUMBER)
		return false;
	bv_str t = BV_AS(number, n)->text;
	for (uint32_t i = 0; i < t.n && t.p[i] != 'e' && t.p[i] != 'E'; i++)
		if (t.p[i] >= '1' && t.p[i] <= '9')
			return true;
	return false;
}

static bool all_total(bv_lane_state *st, const bv_list *l)
{
	for (uint32_t i = 0; i < l->n; i++)
		if (!bv__is_total(st, l->v[i]))
			return false;
	return true;
}

static bool total_binary(bv_lane_state *st, const bv_ast_binary *b)
{
	if (!bv__is_total(st, b->left) || !bv__is_total(st, b->right))
		return false;
	const bv_type *l = b->left->type, *r = b->right->type, *t = b->head.type;
	if (!l || !r || !t)
		return false;
	switch (b->op) {
	case BV_binary_op_eq:
	case BV_binary_op_ne:
	case BV_binary_op_lt:
	case BV_binary_op_le:
	case BV_binary_op_gt:
	case BV_binary_op_ge:
	case BV_binary_op_is_distinct_from:
	case BV_binary_op_is_not_distinct_from:
		return comparable(st, b->left, b->right, NULL);
	case BV_binary_op_concat:
		return bv__type_is_string(t) && cast_is_total(b->left, t) && cast_is_total(b->right, t);
	case BV_binary_op_add:
	case BV_binary_op_subtract:
	case BV_binary_op_multiply:
		return (is_int(t) || is_float(t)) && cast_is_total(b->left, t) && cast_is_total(b->right, t);
	case BV_binary_op_divide:
	case BV_binary_op_modulo:
		return (is_float(t) || (is_int(t) && bv__is_divisor(b->right))) && cast_is_total(b->left, t) && cast_is_total(b->right, t);
	default:
		return false;
	}
}

/* Functions that give a value for all values of these kinds of arguments: s string-like (anything is cast to one), f float, t temporal, a any
 * (all of one type), l list, i integer literal that is not negative, = literal text. The last kind repeats. */
static const struct {
	const char *name, *args;
} total_functions[] = {
	{"lower", "s"}, {"upper", "s"}, {"btrim", "s"}, {"ltrim", "s"}, {"rtrim", "s"}, {"reverse", "s"}, {"initcap", "s"}, {"ascii", "s"}, {"character_length", "s"}, {"octet_length", "s"},
	{"bit_length", "s"}, {"concat", "s"}, {"concat_ws", "s"}, {"starts_with", "s"}, {"ends_with", "s"}, {"contains", "s"}, {"strpos", "s"}, {"replace", "s"}, {"translate", "s"},
	{"substr", "si"}, {"left", "si"}, {"right", "si"}, {"md5", "s"}, {"coalesce", "a"}, {"nullif", "a"}, {"nvl", "a"}, {"greatest", "a"}, {"least", "a"}, {"isnan", "f"}, {"iszero", "f"},
	{"nanvl", "f"}, {"abs", "f"}, {"ceil", "f"}, {"floor", "f"}, {"trunc", "f"}, {"sqrt", "f"}, {"exp", "f"}, {"ln", "f"}, {"log2", "f"}, {"log10", "f"}, {"signum", "f"}, {"date_part", "=t"},
	{"get_field", "a="}, {"array_length", "l"}, {"cardinality", "l"}, {"empty", "l"},
};

static bool argument_fits(const bv_list *args, uint32_t i, char kind)
{
	const bv_node *n = args->v[i];
	if (!n->type)
		return false;
	switch (kind) {
	case 's':
		return n->type->id < BV_T_BINARY || bv__type_is_string(n->type);
	case 'f':
		return is_float(n->type);
	case 't':
		return n->type->id == BV_T_DATE32 || n->type->id == BV_T_TIMESTAMP;
	case 'a':
		return i == 0 || n->type->id == BV_T_NULL || args->v[0]->type->id == BV_T_NULL || bv__type_same_logical(n->type, args->v[0]->type);
	case 'l':
		return n->type->id == BV_T_LIST || n->type->id == BV_T_LARGE_LIST || n->type->id == BV_T_FIXED_LIST;
	case 'i':
		return n->kind == BV_NUMBER && is_int(n->type);
	default:
		return n->kind == BV_STRING;
	}
}

static bool total_call(bv_lane_state *st, const bv_ast_call *c)
{
	const bv_function *f = bv__call_function(st, c);
	if (!f || f->volatility == BV_VOLATILE)
		return false;
	if (c->over || f->kind == BV_FN_AGGREGATE)
		return !bv__is_volatile(st, &c->head) && !bv__has_subquery(st, &c->head);
	if (f->kind != BV_FN_SCALAR || c->filter || c->order_by.n || c->within_group.n || !all_total(st, &c->args))
		return false;
	for (unsigned i = 0; i < BV_COUNT(total_functions); i++) {
		if (!bv__str_is(f->name, total_functions[i].name))
			continue;
		const char *kind = total_functions[i].args;
		for (uint32_t k = 0; k < c->args.n; k++) {
			if (!argument_fits(&c->args, k, *kind))
				return false;
			if (kind[1])
				kind++;
		}
		return true;
	}
	return false;
}

/* ---- subqueries ---- */

static bool total_relation(bv_lane_state *st, const bv_node *r);
static bool total_query(bv_lane_state *st, const bv_node *n);

static bool total_select(bv_lane_state *st, const bv_ast_select *s)
{
	for (uint32_t i = 0; i < s->from.n; i++)
		if (!total_relation(st, s->from.v[i]))
			return false;
	return all_total(st, &s->projections) && (!s->where || bv__is_total(st, s->where)) && all_total(st, &s->group_by) && (!s->having || bv__is_total(st, s->having));
}

static bool total_query_here(bv_lane_state *st, const bv_node *n)
{
	const bv_ast_query *q = BV_AS(query, n);
	if (q->ctes.n || q->body->kind != BV_SELECT || !all_total(st, &q->order_by))
		return false;
	if ((q->limit && q->limit->kind != BV_NUMBER) || (q->offset && q->offset->kind != BV_NUMBER))
		return false;
	return total_select(st, BV_AS(select, q->body));
}

/* Asked of a subquery by everything around it: the answer, which no later rule changes, is kept in its mark. */
static bool total_query(bv_lane_state *st, const bv_node *n)
{
	bv_node *keep = (bv_node *)n;
	if (!(keep->mark & (BV_MARK_TOTAL | BV_MARK_NOT_TOTAL)))
		keep->mark |= total_query_here(st, n) ? BV_MARK_TOTAL : BV_MARK_NOT_TOTAL;
	return keep->mark & BV_MARK_TOTAL;
}

static bool total_relation(bv_lane_state *st, const bv_node *r)
{
	switch (r->kind) {
	case BV_TABLE:
		return BV_AS(table, r)->path.n > 1; /* not a CTE, whose query may fail */
	case BV_DERIVED:
		return total_query(st, BV_AS(derived, r)->query);
	case BV_JOIN: {
		const bv_ast_join *j = BV_AS(join, r);
		return total_relation(st, j->left) && total_relation(st, j->right) && (!j->on || bv__is_total(st, j->on));
	}
	default:
		return false;
	}
}

/* Aggregates inside a subquery are computed only where it is: they must not overflow either. */
static bool overflows(const bv_node *e)
{
	return e->kind != BV_CALL || !e->type || bv__type_is_decimal(e->type);
}

static bool total_scalar(bv_lane_state *st, const bv_node *query)
{
	if (!total_query(st, query))
		return false;
	const bv_ast_query *q = BV_AS(query, query);
	const bv_ast_select *s = BV_AS(select, q->body);
	/* One row, whatever there is. */
	const bv_node *e = s->projections.n == 1 ? BV_AS(alias, s->projections.v[0])->operand : NULL;
	return e && !s->group_by.n && !s->having && !q->limit && !q->offset && e->kind == BV_CALL && !BV_AS(call, e)->over && bv__has_aggregate(st, e) && !overflows(e) &&
		all_total(st, &BV_AS(call, e)->args);
}

/* ---- expressions ---- */

bool bv__is_total(bv_lane_state *st, const bv_node *n)
{
	switch (n->kind) {
	case BV_COLUMN:
	case BV_NUMBER:
	case BV_STRING:
	case BV_BOOLEAN:
	case BV_NULL_LITERAL:
	case BV_BINARY_LITERAL:
		return true;
	case BV_ALIAS:
		return bv__is_total(st, BV_AS(alias, n)->operand);
	case BV_ORDER_ITEM:
		return bv__is_total(st, BV_AS(order_item, n)->operand);
	case BV_AND:
	case BV_OR:
		return all_total(st, &BV_AS(and, n)->terms);
	case BV_UNARY: {
		const bv_ast_unary *u = BV_AS(unary, n);
		const bv_type *t = u->operand->type;
		if (!bv__is_total(st, u->operand) || !t)
			return false;
		return u->op == BV_unary_op_not ? t->id == BV_T_BOOL || t->id == BV_T_NULL : u->op == BV_unary_op_negate && (is_float(t) || is_signed(t));
	}
	case BV_IS:
		return bv__is_total(st, BV_AS(is, n)->operand);
	case BV_BINARY:
		return total_binary(st, BV_AS(binary, n));
	case BV_BETWEEN: {
		const bv_ast_between *b = BV_AS(between, n);
		return bv__is_total(st, b->operand) && bv__is_total(st, b->low) && bv__is_total(st, b->high) && comparable(st, b->operand, b->low, NULL) && comparable(st, b->operand, b->high, NULL) &&
			comparable(st, b->low, b->high, NULL);
	}
	case BV_IN_LIST: {
		const bv_ast_in_list *l = BV_AS(in_list, n);
		if (!bv__is_total(st, l->operand))
			return false;
		for (uint32_t i = 0; i < l->items.n; i++)
			if (!bv__is_total(st, l->items.v[i]) || !comparable(st, l->operand, l->items.v[i], NULL))
				return false;
		return true;
	}
	case BV_LIKE: {
		const bv_ast_like *l = BV_AS(like, n);
		return l->form != BV_like_kind_similar && l->pattern->kind == BV_STRING && l->operand->type && bv__type_is_string(l->operand->type) && bv__is_total(st, l->operand);
	}
	case BV_CASE: {
		const bv_ast_case *c = BV_AS(case, n);
		if ((c->operand && !bv__is_total(st, c->operand)) || (c->otherwise && (!bv__is_total(st, c->otherwise) || !cast_is_total(c->otherwise, n->type))))
			return false;
		for (uint32_t i = 0; i < c->whens.n; i++) {
			const bv_ast_when *w = BV_AS(when, c->whens.v[i]);
			if (!bv__is_total(st, w->condition) || !bv__is_total(st, w->result) || !cast_is_total(w->result, n->type) || (c->operand && !comparable(st, c->operand, w->condition, NULL)))
				return false;
		}
		return true;
	}
	case BV_CAST: {
		const bv_ast_cast *c = BV_AS(cast, n);
		return bv__is_total(st, c->operand) && (c->form == BV_cast_kind_try_cast || cast_is_total(c->operand, n->type));
	}
	case BV_FIELD:
		return bv__is_total(st, BV_AS(field, n)->operand);
	case BV_CALL:
		return total_call(st, BV_AS(call, n));
	case BV_EXISTS:
		return total_query(st, BV_AS(exists, n)->query);
	case BV_IN_QUERY: {
		const bv_ast_in_query *q = BV_AS(in_query, n);
		if (!bv__is_total(st, q->operand) || !total_query(st, q->query))
			return false;
		const bv_ast_select *s = BV_AS(select, BV_AS(query, q->query)->body);
		return s->projections.n == 1 && comparable(st, q->operand, BV_AS(alias, s->projections.v[0])->operand, NULL);
	}
	case BV_SCALAR_QUERY:
		return total_scalar(st, BV_AS(scalar_query, n)->query);
	default:
		return false;
	}
}

bool bv__is_pure_predicate(bv_lane_state *st, const bv_node *n)
{
	return (!n->type || n->type->id == BV_T_BOOL || n->type->id == BV_T_NULL) && bv__is_total(st, n);
}

bool bv__same_comparison(bv_lane_state *st, const bv_node *operand, const bv_node *a, const bv_node *b)
{
	const bv_type *x = NULL, *y = NULL, *z = NULL;
	return comparable(st, operand, a, &x) && comparable(st, operand, b, &y) && comparable(st, a, b, &z) && bv__type_same_logical(x, y) &&
		(bv__type_same_logical(x, operand->type) || bv__type_same_logical(x, z));
}
