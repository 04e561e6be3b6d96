/* total: which expressions can be evaluated at any place, any number of times, without anyone seeing it. In: a typed tree; out: yes or no.
 *
 * An expression is total when it cannot fail on any values of its columns' types, calls nothing volatile, and contains only such expressions.
 * AND, OR and CASE short-circuit and the engine filters between terms, so only terms that are all total may change places, be dropped as
 * equal to another, or be written twice. The list of what is total is positive: what is not known to be total is not.
 *
 *   columns, literals, aggregates and windows (computed before the expression that holds them, whatever stands beside them)
 *   comparisons, LIKE, IN, BETWEEN, IS, CASE     where the casts that coercion adds cannot fail: numbers to wider ones, anything to strings,
 *                                                literals whose text is a value of the type
 *   + - * of integers and floats (they wrap), / and % of floats or by a literal other than zero; of decimals where 38 digits hold every result
 *   dates, and timestamps in more than nanoseconds, with an interval written out of at most 1000 years: they are taken to lie within 200,000
 *                                                years, for beyond the engine cannot even show them. Of nanoseconds, which end in 2262, only
 *                                                what lies near now: literals, now()
 *   floats computed of decimals, as decimals     where their digits fit: a decimal is taken to lie below a hundred trillion there
 *   functions of a list; casts to wider types and to strings; TRY_CAST
 *   subqueries                                   but for the comparison that they stand in: the engine computes them as joins or beforehand, whatever
 *                                                else a condition says, so what fails inside fails wherever the term stands */
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
bool bv__is_moment_text(bv_str t, bool timestamp)
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

static unsigned digits_of(const bv_type *integer)
{
	static const uint8_t digits[] = {3, 5, 10, 19};
	return integer->id == BV_T_UINT64 ? 20 : digits[(integer->id - BV_T_INT8) & 3];
}

/* 12, 12.50: the digits on both sides of the point, without zeros that say nothing. */
static bool plain_digits(bv_str t, uint32_t *before, uint32_t *behind)
{
	uint32_t i = 0, first;
	while (i < t.n && t.p[i] == '0')
		i++;
	for (first = i; i < t.n && t.p[i] >= '0' && t.p[i] <= '9'; i++)
		;
	*before = i - first;
	*behind = 0;
	if (i < t.n && t.p[i] == '.')
		*behind = t.n - ++i;
	for (; i < t.n; i++)
		if (t.p[i] < '0' || t.p[i] > '9')
			return false;
	return t.n > 0 && t.p[t.n - 1] != '.';
}

/* A number written out, as a number or as text, that is a value of the type. */
static bool literal_fits(const bv_node *n, const bv_type *to)
{
	bool negative = n->kind == BV_UNARY && BV_AS(unary, n)->op == BV_unary_op_negate;
	n = negative ? BV_AS(unary, n)->operand : n;
	bv_str t = n->kind == BV_NUMBER ? BV_AS(number, n)->text : n->kind == BV_STRING && !negative ? BV_AS(string, n)->text : (bv_str){"", 0};
	uint32_t before, behind;
	if (n->kind == BV_STRING && t.n && t.p[0] == '-') {
		negative = true;
		t.p++, t.n--;
	}
	if (is_float(to) && (bv__str_ieq(t, BV_STR("nan")) || bv__str_ieq(t, BV_STR("inf"))))
		return true;
	if (!plain_digits(t, &before, &behind))
		return false;
	if (bv__type_is_decimal(to))
		return (int)behind <= to->scale && (int)before <= to->precision - to->scale;
	return is_float(to) ? to->id == BV_T_FLOAT64 && before < 300 : is_int(to) && !behind && before < digits_of(to) && (!negative || is_signed(to));
}

static bool is_near_now(bv_lane_state *st, const bv_node *n);

/* Digits before the point of a float that was computed of decimals and literals, and so is finite; or 99. */
static unsigned float_digits(const bv_node *n)
{
	uint32_t before, behind;
	if (!n->type)
		return 99;
	if (bv__type_is_decimal(n->type)) {
		int digits = n->type->precision - n->type->scale;
		return digits < 0 ? 0 : digits > 14 ? 14 : (unsigned)digits;
	}
	if (is_int(n->type) && n->kind != BV_NUMBER)
		return digits_of(n->type);
	switch (n->kind) {
	case BV_NUMBER:
		return plain_digits(BV_AS(number, n)->text, &before, &behind) ? before : 99;
	case BV_CAST:
		return float_digits(BV_AS(cast, n)->operand);
	case BV_UNARY:
		return float_digits(BV_AS(unary, n)->operand);
	case BV_SCALAR_QUERY: {
		const bv_node *body = BV_AS(query, BV_AS(scalar_query, n)->query)->body;
		return body->kind == BV_SELECT ? float_digits(BV_AS(alias, BV_AS(select, body)->projections.v[0])->operand) : 99;
	}
	case BV_BINARY: {
		const bv_ast_binary *b = BV_AS(binary, n);
		unsigned l = float_digits(b->left), r = float_digits(b->right);
		if (b->op == BV_binary_op_multiply)
			return l + r;
		if (b->op == BV_binary_op_add || b->op == BV_binary_op_subtract)
			return (l > r ? l : r) + 1;
		return b->op == BV_binary_op_divide && b->right->kind == BV_NUMBER && r > 0 ? l : 99;
	}
	default:
		return 99;
	}
}

static bool is_utc(const bv_type *timestamp) { return !timestamp->zone.n || bv__str_is(timestamp->zone, "UTC") || bv__str_is(timestamp->zone, "+00:00"); }

/* A cast from one type to the other that succeeds for every value. */
static bool cast_is_total(bv_lane_state *st, const bv_node *from, const bv_type *to)
{
	const bv_type *t = from->type;
	if (!t || !to)
		return false;
	if (t->id == BV_T_NULL || bv__type_same_logical(t, to))
		return true;
	if (bv__type_is_string(to))
		return t->id < BV_T_LIST && t->id != BV_T_BINARY && t->id != BV_T_LARGE_BINARY && t->id != BV_T_BINARY_VIEW && t->id != BV_T_FIXED_BINARY;
	if (literal_fits(from, to))
		return true;
	if (is_float(t) && bv__type_is_decimal(to))
		return (int)float_digits(from) <= to->precision - to->scale;
	if (is_int(t) && is_int(to))
		return is_signed(t) == is_signed(to) ? int_bits(to) >= int_bits(t) : is_signed(to) && int_bits(to) > int_bits(t);
	if (is_int(t) && bv__type_is_decimal(to))
		return to->precision - to->scale >= (int)digits_of(t);
	if (bv__type_is_decimal(t) && bv__type_is_decimal(to))
		return to->scale >= t->scale && to->precision - to->scale >= t->precision - t->scale;
	if (bv__type_is_numeric(t) && (to->id == BV_T_FLOAT64 || (is_float(to) && !is_float(t)) || (is_float(t) && is_float(to) && to->id >= t->id)))
		return true;
	if (from->kind == BV_STRING && to->id == BV_T_DATE32)
		return bv__is_moment_text(BV_AS(string, from)->text, false);
	if (from->kind == BV_STRING && to->id == BV_T_TIMESTAMP)
		return bv__is_moment_text(BV_AS(string, from)->text, true);
	if (to->id == BV_T_DATE32)
		return t->id == BV_T_TIMESTAMP;
	if (to->id != BV_T_TIMESTAMP || (t->id != BV_T_DATE32 && t->id != BV_T_TIMESTAMP))
		return false;
	if (!is_utc(to) || (t->id == BV_T_TIMESTAMP && !is_utc(t)))
		return false;
	return to->unit != BV_UNIT_NS || (t->id == BV_T_TIMESTAMP && t->unit == BV_UNIT_NS) || is_near_now(st, from);
}

/* A column of a coarser unit beside the text of a whole second: the engine brings the text to the column's unit, not the column to nanoseconds. */
static bool is_unwrapped(const bv_node *n, const bv_node *other, const bv_type *common)
{
	if (n->type->id != BV_T_TIMESTAMP || common->id != BV_T_TIMESTAMP || n->type->unit >= common->unit || !is_utc(n->type) || !is_utc(common))
		return false;
	while (other->kind == BV_CAST && other->type && other->type->id == BV_T_TIMESTAMP)
		other = BV_AS(cast, other)->operand;
	return other->kind == BV_STRING && bv__is_moment_text(BV_AS(string, other)->text, true);
}

/* The operand of a comparison can be brought to the type that the comparison is made in. */
static bool compares_as(bv_lane_state *st, const bv_node *n, const bv_node *other, const bv_type *common) { return cast_is_total(st, n, common) || is_unwrapped(n, other, common); }

/* Both sides of a comparison can be brought to its type. *common (may be NULL): that type. */
static bool comparable(bv_lane_state *st, const bv_node *a, const bv_node *b, const bv_type **common)
{
	if (!a->type || !b->type)
		return false;
	const bv_type *t = bv__type_equal(a->type, b->type) ? a->type : bv__type_comparison(st->arena, a->type, b->type);
	if (common)
		*common = t;
	return t && compares_as(st, a, b, t) && compares_as(st, b, a, t);
}

/* A literal number other than zero, or a decimal written as the text of one; for integers it is not -1, whose quotient can overflow: that one is a unary minus. */
bool bv__is_divisor(const bv_node *n)
{
	if (n->kind == BV_CAST && n->type && bv__type_is_decimal(n->type) && BV_AS(cast, n)->operand->kind == BV_STRING && literal_fits(BV_AS(cast, n)->operand, n->type))
		n = BV_AS(cast, n)->operand;
	else if (n->kind != BV_NUMBER)
		return false;
	bv_str t = n->kind == BV_NUMBER ? BV_AS(number, n)->text : BV_AS(string, n)->text;
	for (uint32_t i = 0; i < t.n && t.p[i] != 'e' && t.p[i] != 'E'; i++)
		if (t.p[i] >= '1' && t.p[i] <= '9')
			return true;
	return false;
}

/* ---- dates with intervals ---- */

/* An interval, or a number of days, written out, of at most so many years. */
static bool is_interval_within(bv_lane_state *st, const bv_node *n, int years)
{
	bv_interval_value v;
	if (n->kind == BV_NUMBER && n->type && is_int(n->type))
		return BV_AS(number, n)->text.n < 6; /* days */
	if (n->kind == BV_CAST && BV_AS(cast, n)->operand->kind == BV_STRING && n->type && n->type->id == BV_T_INTERVAL_MONTH_DAY_NANO) {
		if (!bv__interval_parse(BV_AS(string, BV_AS(cast, n)->operand)->text, &v))
			return false;
	} else if (n->kind != BV_INTERVAL || !bv__interval_of(st->arena, BV_AS(interval, n), false, &v)) {
		return false;
	}
	int64_t year = INT64_C(366) * 24 * 3600 * 1000000000, most = INT64_MAX / year < years ? INT64_MAX : year * years;
	return v.months <= 12 * years && v.months >= -12 * years && v.days <= 366 * years && v.days >= -366 * years && v.nanos <= most && v.nanos >= -most;
}

static bool is_date_sum(const bv_ast_binary *b) { return (b->op == BV_binary_op_add || b->op == BV_binary_op_subtract) && b->head.type && (b->head.type->id == BV_T_DATE32 || b->head.type->id == BV_T_TIMESTAMP); }

/* A date or a timestamp within 1700 and 2200: written out, now, or so with an interval of at most twenty years. */
static bool is_near_now(bv_lane_state *st, const bv_node *n)
{
	if (n->kind == BV_CAST) {
		const bv_node *of = BV_AS(cast, n)->operand;
		return of->kind == BV_STRING ? n->type && (n->type->id == BV_T_DATE32 || n->type->id == BV_T_TIMESTAMP) && bv__is_moment_text(BV_AS(string, of)->text, true) : is_near_now(st, of);
	}
	if (n->kind == BV_CALL) {
		const bv_function *f = bv__call_function(st, BV_AS(call, n));
		return f && (bv__str_is(f->name, "now") || bv__str_is(f->name, "current_date"));
	}
	if (n->kind != BV_BINARY || !is_date_sum(BV_AS(binary, n)))
		return false;
	const bv_node *l = BV_AS(binary, n)->left, *r = BV_AS(binary, n)->right;
	return (is_near_now(st, l) && is_interval_within(st, r, 20)) || (is_near_now(st, r) && is_interval_within(st, l, 20));
}

/* A date or timestamp with an interval. */
static bool total_date_sum(bv_lane_state *st, const bv_ast_binary *b)
{
	const bv_node *moment = b->left, *interval = b->right;
	if (moment->type->id != BV_T_DATE32 && moment->type->id != BV_T_TIMESTAMP) {
		moment = b->right;
		interval = b->left;
	}
	const bv_type *t = moment->type;
	if (!bv__type_equal(t, b->head.type) || (t->id == BV_T_TIMESTAMP && !is_utc(t)))
		return false;
	if (t->id == BV_T_TIMESTAMP && t->unit == BV_UNIT_NS)
		return is_near_now(st, &b->head);
	return is_interval_within(st, interval, 1000);
}

/* ---- decimals ---- */

/* Digits that the unscaled value can have, and how many of them stand behind the point. */
static unsigned decimal_digits(const bv_node *n, int *scale)
{
	const bv_type *t = n->type;
	uint32_t before, behind;
	*scale = bv__type_is_decimal(t) ? t->scale : 0;
	if (n->kind == BV_UNARY && BV_AS(unary, n)->op == BV_unary_op_negate)
		return decimal_digits(BV_AS(unary, n)->operand, scale);
	if (n->kind == BV_NUMBER && plain_digits(BV_AS(number, n)->text, &before, &behind) && !behind)
		return before;
	if (n->kind == BV_BINARY && bv__type_is_decimal(t)) {
		const bv_ast_binary *b = BV_AS(binary, n);
		int ls, rs;
		unsigned l = decimal_digits(b->left, &ls), r = decimal_digits(b->right, &rs);
		*scale = t->scale;
		if (b->op == BV_binary_op_multiply)
			return l + r;
		if (b->op == BV_binary_op_add || b->op == BV_binary_op_subtract) {
			l += (unsigned)(*scale - ls);
			r += (unsigned)(*scale - rs);
			return (l > r ? l : r) + 1;
		}
	}
	return is_int(t) ? digits_of(t) : t->precision;
}

/* The engine computes in 128 bits, which hold 38 digits, and fails where they do not. */
static bool total_decimal(const bv_ast_binary *b)
{
	const bv_type *l = b->left->type, *r = b->right->type, *t = b->head.type;
	if (t->id != BV_T_DECIMAL128 || (!bv__type_is_decimal(l) && !is_int(l)) || (!bv__type_is_decimal(r) && !is_int(r)))
		return false;
	int ls, rs;
	unsigned digits = decimal_digits(b->left, &ls);
	(void)decimal_digits(b->right, &rs);
	if (ls < 0 || rs < 0)
		return false;
	if (b->op == BV_binary_op_divide)
		return bv__is_divisor(b->right) && t->scale >= ls && digits + (unsigned)(t->scale - ls + rs) <= 38;
	int ignored;
	return b->op != BV_binary_op_modulo && decimal_digits(&b->head, &ignored) <= 38;
}

static bool all_total(bv_lane_state *st, const bv_list *l)
{
	for (uint32_t i = 0; i < l->n; i++)
		if (!bv__is_total(st, l->v[i]))
			return false;
	return true;
}

/* A pattern written out that is one for certain: letters, digits, points, stars behind them, anchors at the ends. */
static bool is_plain_regex(const bv_node *n)
{
	bv_str t = n->kind == BV_STRING ? BV_AS(string, n)->text : (bv_str){"", 0};
	for (uint32_t i = 0; i < t.n; i++) {
		char c = t.p[i];
		bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == ' ' || c == '_' || c == '-' || c == '.';
		bool star = (c == '*' || c == '+') && i && t.p[i - 1] != '^' && t.p[i - 1] != '*' && t.p[i - 1] != '+';
		if (!plain && !star && !(c == '^' && !i) && !(c == '$' && i + 1 == t.n))
			return false;
	}
	return t.n > 0;
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
		return bv__type_is_string(t) && cast_is_total(st, b->left, t) && cast_is_total(st, b->right, t);
	case BV_binary_op_add:
	case BV_binary_op_subtract:
		if (is_date_sum(b))
			return total_date_sum(st, b);
		if (l->id == BV_T_DATE32 && r->id == BV_T_DATE32)
			return true;
		/* fall through */
	case BV_binary_op_multiply:
		return ((is_int(t) || is_float(t)) && cast_is_total(st, b->left, t) && cast_is_total(st, b->right, t)) || total_decimal(b);
	case BV_binary_op_divide:
	case BV_binary_op_modulo:
		return ((is_float(t) || (is_int(t) && bv__is_divisor(b->right))) && cast_is_total(st, b->left, t) && cast_is_total(st, b->right, t)) || total_decimal(b);
	case BV_binary_op_bit_and:
	case BV_binary_op_bit_or:
	case BV_binary_op_bit_xor:
		return is_int(t) && cast_is_total(st, b->left, t) && cast_is_total(st, b->right, t);
	case BV_binary_op_regex_match:
	case BV_binary_op_regex_match_i:
	case BV_binary_op_not_regex_match:
	case BV_binary_op_not_regex_match_i:
		return bv__type_is_string(l) && is_plain_regex(b->right);
	default:
		return false;
	}
}

/* Functions that give a value for all values of these kinds of arguments: s string-like (anything is cast to one), f float, d float or decimal, n number
 * (cast to a float), t temporal, a any that is cast to the result's type, c any that compares with the first, e an element, l list, i integer literal that is
 * not negative, p one that is positive, = literal text, r plain pattern, o any, ! none. The last kind repeats. */
static const struct {
	const char *name, *args;
} total_functions[] = {
	{"lower", "s"}, {"upper", "s"}, {"btrim", "s"}, {"ltrim", "s"}, {"rtrim", "s"}, {"reverse", "s"}, {"initcap", "s"}, {"ascii", "s"}, {"character_length", "s"}, {"octet_length", "s"},
	{"bit_length", "s"}, {"concat", "s"}, {"concat_ws", "s"}, {"starts_with", "s"}, {"ends_with", "s"}, {"contains", "s"}, {"strpos", "s"}, {"replace", "s"}, {"translate", "s"},
	{"substr", "si"}, {"left", "si"}, {"right", "si"}, {"split_part", "ssp"}, {"md5", "s"}, {"levenshtein", "s"}, {"regexp_like", "sr!"}, {"coalesce", "a"}, {"nullif", "ac"}, {"nvl", "a"},
	{"greatest", "a"}, {"least", "a"}, {"isnan", "f"}, {"iszero", "f"}, {"nanvl", "f"}, {"abs", "d"}, {"ceil", "f"}, {"floor", "f"}, {"trunc", "f"}, {"round", "fi"}, {"sqrt", "n"}, {"cbrt", "n"},
	{"exp", "n"}, {"ln", "n"}, {"log2", "n"}, {"log10", "n"}, {"sin", "n"}, {"cos", "n"}, {"tan", "n"}, {"asin", "n"}, {"acos", "n"}, {"atan", "n"}, {"atan2", "n"}, {"degrees", "n"},
	{"radians", "n"}, {"power", "f"}, {"signum", "f"}, {"date_part", "=t"}, {"get_field", "o="}, {"array_length", "l"}, {"cardinality", "l"}, {"empty", "l"}, {"array_has", "le"}, {"now", ""},
	{"current_date", ""},
};

static bool argument_fits(bv_lane_state *st, const bv_ast_call *call, uint32_t i, char kind)
{
	const bv_list *args = &call->args;
	const bv_node *n = args->v[i];
	if (!n->type)
		return false;
	switch (kind) {
	case 's':
		return n->type->id < BV_T_BINARY || bv__type_is_string(n->type);
	case 'f':
		return is_float(n->type);
	case 'd':
		return is_float(n->type) || bv__type_is_decimal(n->type);
	case 'n':
		return is_int(n->type) || is_float(n->type);
	case 't':
		return n->type->id == BV_T_DATE32 || n->type->id == BV_T_TIMESTAMP;
	case 'a':
		return call->head.type && cast_is_total(st, n, call->head.type);
	case 'c':
		return comparable(st, args->v[0], n, NULL);
	case 'e':
		return args->v[0]->type->nchildren == 1 && bv__type_same_logical(args->v[0]->type->children[0].type, n->type);
	case 'l':
		return n->type->id == BV_T_LIST || n->type->id == BV_T_LARGE_LIST || n->type->id == BV_T_FIXED_LIST;
	case 'i':
		return n->kind == BV_NUMBER && is_int(n->type);
	case 'p':
		return n->kind == BV_NUMBER && is_int(n->type) && bv__is_divisor(n);
	case 'r':
		return is_plain_regex(n);
	case 'o':
		return true;
	case '!':
		return false;
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
			if (!*kind || !argument_fits(st, c, k, *kind))
				return false;
			if (kind[1])
				kind++;
		}
		return true;
	}
	return false;
}

/* ---- subqueries ---- */

/* The engine makes joins of the subqueries of a condition, or runs them before it: what they compute, and whether that fails, does not hang on the terms
 * beside them. Only what a volatile call gives must not be dropped as equal to another. Asked of a subquery by everything around it: the answer, which no
 * later rule changes, is kept in its mark. */
static bool total_query(bv_lane_state *st, const bv_node *n)
{
	bv_node *keep = (bv_node *)n;
	if (!(keep->mark & (BV_MARK_TOTAL | BV_MARK_NOT_TOTAL)))
		keep->mark |= bv__is_volatile(st, n) ? BV_MARK_NOT_TOTAL : BV_MARK_TOTAL;
	return keep->mark & BV_MARK_TOTAL;
}

/* Comparing with the one output of the query casts nothing that could fail. */
static bool comparable_output(bv_lane_state *st, const bv_node *operand, const bv_node *query)
{
	const bv_node *body = query->kind == BV_QUERY ? BV_AS(query, query)->body : query;
	if (body->kind == BV_QUERY)
		return comparable_output(st, operand, body);
	if (body->kind != BV_SELECT)
		return false;
	const bv_list *p = &BV_AS(select, body)->projections;
	return p->n == 1 && comparable(st, operand, BV_AS(alias, p->v[0])->operand, NULL);
}

/* ---- expressions ---- */

/* BETWEEN brings all three to one type, that of the two that the operand and each bound would come to, and becomes two comparisons in it. */
static bool total_between(bv_lane_state *st, const bv_ast_between *b, const bv_type **low, const bv_type **high, const bv_type **both)
{
	const bv_type *l = NULL, *h = NULL;
	if (!comparable(st, b->operand, b->low, &l) || !comparable(st, b->operand, b->high, &h))
		return false;
	const bv_type *t = bv__type_equal(l, h) ? l : bv__type_comparison(st->arena, l, h);
	if (!t || !compares_as(st, b->operand, b->low, t) || !compares_as(st, b->operand, b->high, t) || !cast_is_total(st, b->low, t) || !cast_is_total(st, b->high, t))
		return false;
	if (low) {
		*low = l;
		*high = h;
		*both = t;
	}
	return true;
}

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
		return u->op == BV_unary_op_not ? t->id == BV_T_BOOL || t->id == BV_T_NULL : u->op == BV_unary_op_negate && (is_float(t) || is_signed(t) || bv__type_is_decimal(t));
	}
	case BV_IS:
		return bv__is_total(st, BV_AS(is, n)->operand);
	case BV_BINARY:
		return total_binary(st, BV_AS(binary, n));
	case BV_BETWEEN: {
		const bv_ast_between *b = BV_AS(between, n);
		return bv__is_total(st, b->operand) && bv__is_total(st, b->low) && bv__is_total(st, b->high) && total_between(st, b, NULL, NULL, NULL);
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
		if ((c->operand && !bv__is_total(st, c->operand)) || (c->otherwise && (!bv__is_total(st, c->otherwise) || !cast_is_total(st, c->otherwise, n->type))))
			return false;
		for (uint32_t i = 0; i < c->whens.n; i++) {
			const bv_ast_when *w = BV_AS(when, c->whens.v[i]);
			if (!bv__is_total(st, w->condition) || !bv__is_total(st, w->result) || !cast_is_total(st, w->result, n->type) || (c->operand && !comparable(st, c->operand, w->condition, NULL)))
				return false;
		}
		return true;
	}
	case BV_CAST: {
		const bv_ast_cast *c = BV_AS(cast, n);
		return bv__is_total(st, c->operand) && (c->form == BV_cast_kind_try_cast || cast_is_total(st, c->operand, n->type));
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
		return comparable_output(st, q->operand, q->query);
	}
	case BV_SCALAR_QUERY:
		return total_query(st, BV_AS(scalar_query, n)->query);
	case BV_INTERVAL:
		return is_interval_within(st, n, 10000);
	case BV_INDEX: {
		const bv_ast_index *x = BV_AS(index, n);
		const bv_type *t = x->operand->type, *i = x->index->type;
		return t && i && (t->id == BV_T_LIST || t->id == BV_T_LARGE_LIST) && is_int(i) && is_signed(i) && bv__is_total(st, x->operand) && bv__is_total(st, x->index);
	}
	default:
		return false;
	}
}

bool bv__is_pure_predicate(bv_lane_state *st, const bv_node *n)
{
	return (!n->type || n->type->id == BV_T_BOOL || n->type->id == BV_T_NULL) && bv__is_total(st, n);
}

/* A cast that keeps the order of values and makes no two of them one. */
static bool cast_is_exact(const bv_node *from, const bv_type *to)
{
	const bv_type *t = from->type;
	if (bv__type_same_logical(t, to) || t->id == BV_T_NULL)
		return true;
	if (is_int(t) && (is_int(to) || bv__type_is_decimal(to)))
		return true; /* of integers: it has succeeded */
	if (bv__type_is_decimal(t) && bv__type_is_decimal(to))
		return to->scale >= t->scale;
	if (to->id == BV_T_TIMESTAMP)
		return t->id == BV_T_DATE32 || (t->id == BV_T_TIMESTAMP && t->unit <= to->unit);
	if (to->id != BV_T_FLOAT64)
		return is_float(t) && is_float(to) && to->id >= t->id;
	if (is_float(t) || (is_int(t) && int_bits(t) <= 32) || (bv__type_is_decimal(t) && t->precision <= 15 && t->scale <= 15))
		return true;
	uint32_t before, behind;
	return from->kind == BV_NUMBER && plain_digits(BV_AS(number, from)->text, &before, &behind) && before + behind <= 15;
}

bool bv__same_comparison(bv_lane_state *st, const bv_ast_between *b)
{
	const bv_type *low, *high, *both;
	if (!total_between(st, b, &low, &high, &both))
		return false;
	return (bv__type_same_logical(low, both) || (cast_is_exact(b->operand, low) && cast_is_exact(b->low, low) && cast_is_exact(b->operand, both) && cast_is_exact(b->low, both))) &&
		(bv__type_same_logical(high, both) || (cast_is_exact(b->operand, high) && cast_is_exact(b->high, high) && cast_is_exact(b->operand, both) && cast_is_exact(b->high, both)));
}
