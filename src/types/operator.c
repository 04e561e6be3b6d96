/* Result types of infix operators. Comes in: an operator and the types of its operands. Goes out: the type that DataFusion 55 derives, NULL where it refuses.
 *
 * The engine derives in steps, and so does this file: the rewrites of its planners (lists, power); the signature (BinaryTypeCoercer), with the
 * results of Arrow's wrapping arithmetic kernels (arrow-arith, numeric.rs); the casts that the analyzer then needs (coerce_binary_op); and the signature again. */
#include "types/internal.h"

typedef struct signature {
	const bv_type *left, *right; /* what the operands are cast to */
	const bv_type *result;
} signature;

static bool is(const bv_type *t, bv_type_id id) { return t->id == id; }
static bool both(const bv_type *l, const bv_type *r, bv_type_id id) { return l->id == id && r->id == id; }
static bool is_plus_minus(bv_binary_op op) { return op == BV_binary_op_add || op == BV_binary_op_subtract; }
static bool is_time_unit(const bv_type *t) { return bv__type_is_interval(t) || is(t, BV_T_DURATION); }

/* ---- Arrow's kernels ---- */

static int8_t saturated(int v) { return (int8_t)(v > INT8_MAX ? INT8_MAX : v < INT8_MIN ? INT8_MIN : v); }

static const bv_type *valid_decimal(bv_coercion *c, uint8_t id, uint8_t precision, int8_t scale) {
	uint8_t most = bv__decimal_digits(id);
	if (precision > most) precision = most;
	if (precision == 0 || scale > (int8_t)most || (scale > 0 && scale > (int8_t)precision)) return NULL;
	return bv__type_decimal_of(c->arena, (bv_type_id)id, precision, scale);
}

/* Hive's rules. Rust counts in eight bits here, and so do we. */
static const bv_type *decimal_result(bv_coercion *c, bv_binary_op op, const bv_type *l, const bv_type *r) {
	int8_t p1 = (int8_t)l->precision, s1 = l->scale, p2 = (int8_t)r->precision, s2 = r->scale, s = s1 > s2 ? s1 : s2;
	int8_t d1 = (int8_t)(p1 - s1), d2 = (int8_t)(p2 - s2);
	int most = bv__decimal_digits(l->id);
	switch (op) {
	case BV_binary_op_add:
	case BV_binary_op_subtract: {
		uint8_t precision = (uint8_t)saturated(s + (d1 > d2 ? d1 : d2));
		/* Rescaling multiplies by a power of ten that must be a value of the type. */
		if (s - s1 > most || s - s2 > most) return NULL;
		return valid_decimal(c, l->id, (uint8_t)(precision == UINT8_MAX ? precision : precision + 1), s);
	}
	case BV_binary_op_multiply: {
		int precision = l->precision + r->precision + 1, scale = saturated(s1 + s2);
		if (scale > most) return NULL;
		return valid_decimal(c, l->id, (uint8_t)(precision > UINT8_MAX ? UINT8_MAX : precision), (int8_t)scale);
	}
	case BV_binary_op_divide: {
		int scale = saturated(s1 + 4);
		if (scale > most) scale = most;
		int8_t power = (int8_t)(scale - s1 + s2);
		if (power > most || -power > most) return NULL;
		return valid_decimal(c, l->id, (uint8_t)saturated(power + p1), (int8_t)scale);
	}
	default:
		return valid_decimal(c, l->id, (uint8_t)saturated(s + (d1 < d2 ? d1 : d2)), s);
	}
}

/* Result of the kernel for operands of exactly these types. */
static const bv_type *kernel(bv_coercion *c, bv_binary_op op, const bv_type *l, const bv_type *r) {
	if (l->id == r->id && (bv__type_is_integer(l) || bv__type_is_float(l))) return l;
	if (l->id == r->id && bv__type_is_decimal(l)) return decimal_result(c, op, l, r);
	if (is(l, BV_T_TIMESTAMP)) {
		if (op == BV_binary_op_subtract && is(r, BV_T_TIMESTAMP) && l->unit == r->unit) return bv__type_duration(c->arena, (bv_time_unit)l->unit);
		if (!is_plus_minus(op) || !is_time_unit(r)) return NULL;
		return bv__type_is_interval(r) || l->unit == r->unit ? l : NULL;
	}
	if (both(l, r, BV_T_DURATION) && l->unit == r->unit) return is_plus_minus(op) ? l : NULL;
	if (bv__type_is_interval(l) && l->id == r->id) return is_plus_minus(op) ? l : NULL;
	if (bv__type_is_date(l)) {
		if (op == BV_binary_op_subtract && l->id == r->id) return bv__type_duration(c->arena, is(l, BV_T_DATE32) ? BV_UNIT_S : BV_UNIT_MS);
		return is_plus_minus(op) && bv__type_is_interval(r) ? l : NULL;
	}
	if (op == BV_binary_op_add && is_time_unit(l) && (bv__type_is_date(r) || is(r, BV_T_TIMESTAMP))) return kernel(c, op, r, l);
	return NULL;
}

/* ---- arithmetic ---- */

/* Operand types for dates and times beside numbers and each other. */
static bool temporal_math(bv_coercion *c, const bv_type *l, const bv_type *r, signature *s) {
	const bv_type *mdn = bv__type(BV_T_INTERVAL_MONTH_DAY_NANO);
	*s = (signature){l, r, NULL};
	if (bv__type_is_date(l) && bv__type_is_integer(r)) s->right = mdn;
	else if (bv__type_is_integer(l) && bv__type_is_date(r)) s->left = mdn;
	else if ((bv__type_is_date(l) && bv__type_is_time(r)) || (bv__type_is_time(l) && bv__type_is_date(r))) {
		const bv_type *instant = bv__type_timestamp(c->arena, BV_UNIT_NS, BV_STR("")), *length = bv__type_duration(c->arena, BV_UNIT_NS);
		*s = bv__type_is_date(l) ? (signature){instant, length, NULL} : (signature){length, instant, NULL};
	} else if (is(l, BV_T_TIMESTAMP) && is(r, BV_T_DURATION)) s->right = bv__type_duration(c->arena, (bv_time_unit)l->unit);
	else if (is(l, BV_T_DURATION) && is(r, BV_T_TIMESTAMP)) s->left = bv__type_duration(c->arena, (bv_time_unit)r->unit);
	else if ((bv__type_is_time(l) && (bv__type_is_time(r) || bv__type_is_interval(r))) || (bv__type_is_interval(l) && bv__type_is_time(r)) ||
			 (bv__type_is_interval(l) && (bv__type_is_integer(r) || bv__type_is_float(r))) || ((bv__type_is_integer(l) || bv__type_is_float(l)) && bv__type_is_interval(r)))
		*s = (signature){mdn, mdn, NULL};
	else return false;
	return s->left && s->right;
}

static const bv_type *value_of(const bv_type *t) {
	for (unsigned i = 0; (is(t, BV_T_DICTIONARY) || is(t, BV_T_RUN_END)) && i < BV_TYPE_DEPTH; i++) t = t->children[1].type;
	return t;
}

/* Encoded operands count as their values, one level as the engine's test of them does. */
static const bv_type *unwrapped(const bv_type *t) { return is(t, BV_T_DICTIONARY) || is(t, BV_T_RUN_END) ? t->children[1].type : t; }

static bool math_decimal(bv_coercion *c, const bv_type *l, const bv_type *r, signature *s) {
	l = value_of(l);
	r = value_of(r);
	*s = (signature){l, r, NULL};
	if (is(l, BV_T_NULL) && bv__type_is_decimal(r)) s->left = r;
	else if (bv__type_is_decimal(l) && is(r, BV_T_NULL)) s->right = l;
	else if (bv__type_is_decimal(l) && bv__type_is_decimal(r)) {
		if (l->id != r->id) s->left = s->right = bv__decimal_cross(c, l, r);
	} else if (bv__type_is_decimal(l) && bv__type_is_integer(r)) s->right = bv__decimal_for(c, l->id, r);
	else if (bv__type_is_integer(l) && bv__type_is_decimal(r)) s->left = bv__decimal_for(c, r->id, l);
	else return false;
	return s->left && s->right;
}

static bool both_numeric(const bv_type *l, const bv_type *r) {
	if (is(r, BV_T_NULL)) return bv__type_is_numeric(l);
	if (is(l, BV_T_NULL)) return bv__type_is_numeric(r);
	/* A dictionary beside a run-end encoded type is not taken. */
	if ((is(l, BV_T_DICTIONARY) && is(r, BV_T_RUN_END)) || (is(l, BV_T_RUN_END) && is(r, BV_T_DICTIONARY))) return false;
	return bv__type_is_numeric(unwrapped(l)) && bv__type_is_numeric(unwrapped(r));
}

static bool arithmetic(bv_coercion *c, bv_binary_op op, const bv_type *l, const bv_type *r, signature *s) {
	bool minus = op == BV_binary_op_subtract;
	if (minus && l->id == r->id && bv__type_is_date(l)) {
		*s = (signature){l, r, bv__type(BV_T_INT64)}; /* days */
		return true;
	}
	/* A time of day stays one; an interval less a time is none. */
	const bv_type *mdn = bv__type(BV_T_INTERVAL_MONTH_DAY_NANO);
	if (is_plus_minus(op) && bv__type_is_time(l) && bv__type_is_interval(r)) {
		*s = (signature){l, mdn, l};
		return true;
	}
	if (op == BV_binary_op_add && bv__type_is_interval(l) && bv__type_is_time(r)) {
		*s = (signature){mdn, r, r};
		return true;
	}
	const bv_type *t = kernel(c, op, l, r);
	if (t) {
		*s = (signature){l, r, t};
		return true;
	}
	if (temporal_math(c, l, r, s)) return (s->result = kernel(c, op, s->left, s->right)) != NULL;
	if ((t = bv__coerce_temporal_strict(c, l, r))) {
		*s = (signature){t, t, kernel(c, op, t, t)};
		return s->result != NULL;
	}
	if (math_decimal(c, l, r, s)) return (s->result = kernel(c, op, s->left, s->right)) != NULL;
	t = both_numeric(l, r) ? bv__coerce_number(c, unwrapped(l), unwrapped(r)) : NULL;
	*s = (signature){t, t, t};
	return t != NULL;
}

/* ---- bits ---- */

static const bv_type *bitwise(const bv_type *l, const bv_type *r) {
	if (!both_numeric(l, r)) return NULL;
	if (bv__type_equal(l, r) && (bv__type_is_integer(l) || (is(l, BV_T_DICTIONARY) && bv__type_is_integer(l->children[1].type)))) return l;
#define E(x) (is(l, x) || is(r, x))
	bool i8 = E(BV_T_INT8), i16 = E(BV_T_INT16), i32 = E(BV_T_INT32), u8 = E(BV_T_UINT8), u16 = E(BV_T_UINT16), u32 = E(BV_T_UINT32);
	bv_type_id id = E(BV_T_UINT64) ? BV_T_UINT64
		: E(BV_T_INT64) || (u32 && (i8 || i16 || i32)) ? BV_T_INT64
		: i32 || (u16 && (i16 || i8)) ? BV_T_INT32
		: u32 ? BV_T_UINT32
		: i16 || (i8 && u8) ? BV_T_INT16
		: u16 ? BV_T_UINT16
		: i8 ? BV_T_INT8
		: u8 ? BV_T_UINT8
			 : BV_T_NULL;
#undef E
	return id == BV_T_NULL ? NULL : bv__type(id);
}

/* ---- concatenation ---- */

static bool concat(bv_coercion *c, const bv_type *l, const bv_type *r, signature *s) {
	const bv_type *t = bv__coerce_string(c, l, r);
	bool lb = bv__type_is_binary(l) || is(l, BV_T_FIXED_BINARY), rb = bv__type_is_binary(r) || is(r, BV_T_FIXED_BINARY);
	if (!t && both(l, r, BV_T_FIXED_BINARY)) {
		if (l->size > INT32_MAX - r->size) return false;
		*s = (signature){l, r, bv__type_make(c->arena, (bv_type){.id = BV_T_FIXED_BINARY, .size = l->size + r->size})};
		return s->result != NULL;
	}
	if (!t && lb && rb) {
		const bv_type *plain = bv__type(BV_T_BINARY);
		t = bv__coerce_binary(c, is(l, BV_T_FIXED_BINARY) ? plain : l, is(r, BV_T_FIXED_BINARY) ? plain : r);
	} else if (!t) {
		static const bv_type_id order[] = {BV_T_UTF8_VIEW, BV_T_UTF8, BV_T_LARGE_UTF8};
		for (unsigned i = 0; i < BV_COUNT(order); i++)
			if (is(l, order[i]) || is(r, order[i])) {
				const bv_type *string = bv__type(order[i]);
				t = bv__type_can_cast(is(l, order[i]) ? r : l, string) ? string : NULL;
				break;
			}
		if (!t && both(l, r, BV_T_DICTIONARY)) t = bv__coerce_string(c, l->children[1].type, r->children[1].type);
	}
	*s = (signature){t, t, t};
	return t != NULL;
}

static unsigned dimensions(const bv_type *t) {
	unsigned n = 0;
	for (; bv__type_is_list(t) && n < BV_TYPE_DEPTH; t = t->children[0].type) n++;
	return n;
}

/* May an argument of one type be given where a function takes the other (coerced_from)? Narrower than a cast. */
static bool fits(const bv_type *into, const bv_type *from, unsigned depth) {
	if (depth > BV_TYPE_DEPTH) return false;
	if (bv__type_equal(into, from)) return true;
	if (is(from, BV_T_DICTIONARY) && fits(into, from->children[1].type, depth + 1)) return true;
	if (is(into, BV_T_DICTIONARY) && fits(into->children[1].type, from, depth + 1)) return true;
	bool is_signed = bv__type_is_signed(from);
	if (bv__type_is_signed(into) && (is_signed || bv__type_is_integer(from)))
		return is_signed ? from->id <= into->id : from->id - BV_T_UINT8 < into->id - BV_T_INT8;
	if (bv__type_is_integer(into) && bv__type_is_integer(from)) return !is_signed && from->id <= into->id;
	if (bv__type_is_float(into) && bv__type_is_integer(from)) return !is(into, BV_T_FLOAT16) || is(from, BV_T_INT8) || is(from, BV_T_INT16) || is(from, BV_T_UINT8) || is(from, BV_T_UINT16);
	if (bv__type_is_float(into) && bv__type_is_float(from)) return from->id <= into->id;
	if (is(into, BV_T_FLOAT64) && bv__type_is_decimal(from)) return true;
	if (is(into, BV_T_TIMESTAMP) && into->unit == BV_UNIT_NS && !into->zone.n)
		if ((is(from, BV_T_TIMESTAMP) && !from->zone.n) || bv__type_is_date(from) || bv__type_is_string(from)) return true;
	if (bv__type_is_interval(into) && bv__type_is_string(from)) return true;
	if (bv__type_is_string(into)) return true;
	if (is(into, BV_T_BINARY_VIEW) && (is(from, BV_T_BINARY) || is(from, BV_T_LARGE_BINARY))) return true;
	if (is(into, BV_T_NULL) || is(from, BV_T_NULL)) return bv__type_can_cast(from, into);
	if (bv__type_is_list(into) && !is(into, BV_T_FIXED_LIST)) {
		const bv_type *base = from;
		for (unsigned i = 0; bv__type_is_list(base) && i < BV_TYPE_DEPTH; i++) base = base->children[0].type;
		return (is(into, BV_T_LIST) && is(from, BV_T_FIXED_LIST)) || is(base, BV_T_NULL) || dimensions(into) == dimensions(from);
	}
	if (is(into, BV_T_TIMESTAMP) && into->zone.n)
		return is(from, BV_T_TIMESTAMP) || is(from, BV_T_DATE32) || is(from, BV_T_UTF8) || is(from, BV_T_LARGE_UTF8);
	return false;
}

/* Only these go into array_concat; the other list types are refused there. */
static bool is_plain_list(const bv_type *t) { return is(t, BV_T_LIST) || is(t, BV_T_FIXED_LIST) || is(t, BV_T_LARGE_LIST); }

/* list || list is array_concat, list || element array_append, element || list array_prepend. */
static const bv_type *concat_lists(bv_coercion *c, const bv_type *l, const bv_type *r) {
	unsigned ln = dimensions(l), rn = dimensions(r);
	if (ln == rn) {
		const bv_type *x = l, *y = r;
		if (!is_plain_list(l) || !is_plain_list(r)) return NULL;
		for (unsigned i = 0; i < ln; i++) {
			x = x->children[0].type;
			y = y->children[0].type;
		}
		const bv_type *t = bv__coerce_resolution(c, x, y);
		for (unsigned i = 1; i < ln && t; i++) t = bv__type_list(c->arena, t, true);
		bool large = is(l, BV_T_LARGE_LIST) || is(r, BV_T_LARGE_LIST);
		return t ? bv__type_make1(c->arena, (bv_type){.id = large ? BV_T_LARGE_LIST : BV_T_LIST}, (bv_field){.name = BV_STR("item"), .type = t, .nullable = true}) : NULL;
	}
	const bv_type *array = ln > rn ? l : r, *element = ln > rn ? r : l;
	const bv_type *inner = array->children[0].type, *t = ln > rn ? bv__coerce_resolution(c, inner, element) : bv__coerce_resolution(c, element, inner);
	if (!t || !fits(t, element, 0)) return NULL;
	bool large = is(array, BV_T_LARGE_LIST) || is(array, BV_T_LARGE_LIST_VIEW);
	/* The element may be NULL, so the list's elements may. */
	const bv_type *list = bv__type_make1(c->arena, (bv_type){.id = large ? BV_T_LARGE_LIST : BV_T_LIST},
		(bv_field){.name = is_plain_list(array) ? array->children[0].name : BV_STR("item"), .type = t, .nullable = true});
	return list && fits(list, array, 0) ? list : NULL;
}

/* array_has_all: the elements have a common type. Two lists of fixed length are not cast, so theirs is the same already. */
static const bv_type *contains_all(bv_coercion *c, const bv_type *l, const bv_type *r) {
	const bv_type *x = l->children[0].type, *y = r->children[0].type, *t = bv__coerce_resolution(c, x, y);
	if (!t || (both(l, r, BV_T_FIXED_LIST) && !(bv__type_equal(x, t) && bv__type_equal(y, t)))) return NULL;
	return bv__type(BV_T_BOOL);
}

/* ---- all together ---- */

static bool uniform(signature *s, const bv_type *operands, const bv_type *result) {
	*s = (signature){operands, operands, result};
	return operands != NULL;
}

static bool sign(bv_coercion *c, bv_binary_op op, const bv_type *l, const bv_type *r, signature *s) {
	const bv_type *boolean = bv__type(BV_T_BOOL), *t;
	switch (op) {
	case BV_binary_op_add:
	case BV_binary_op_subtract:
	case BV_binary_op_multiply:
	case BV_binary_op_divide:
	case BV_binary_op_modulo:
		return arithmetic(c, op, l, r, s);
	case BV_binary_op_eq:
	case BV_binary_op_ne:
	case BV_binary_op_lt:
	case BV_binary_op_le:
	case BV_binary_op_gt:
	case BV_binary_op_ge:
	case BV_binary_op_is_distinct_from:
	case BV_binary_op_is_not_distinct_from:
		return uniform(s, bv__coerce_comparison(c, l, r), boolean);
	case BV_binary_op_regex_match:
	case BV_binary_op_regex_match_i:
	case BV_binary_op_not_regex_match:
	case BV_binary_op_not_regex_match_i:
		return uniform(s, bv__coerce_regex(c, l, r), boolean);
	case BV_binary_op_bit_and:
	case BV_binary_op_bit_or:
	case BV_binary_op_bit_xor:
	case BV_binary_op_shift_left:
	case BV_binary_op_shift_right:
		t = bitwise(l, r);
		return uniform(s, t, t);
	case BV_binary_op_concat:
		return concat(c, l, r, s);
	case BV_binary_op_contains:
	case BV_binary_op_contained_by:
		return uniform(s, bv__type_same_shape(l, r) ? l : bv__coerce_like(c, l, r), boolean);
	case BV_binary_op_at_at:
		return uniform(s, bv__coerce_like(c, l, r), boolean);
	default: /* integer and true division are the lane's to make explicit; the rest has no meaning in the engine */
		return false;
	}
}

static bool is_arithmetic(bv_binary_op op) { return op <= BV_binary_op_modulo; }

/* What the analyzer does where no cast leads to the operand's type: numbers of days, and times, become intervals and durations. */
static bool converts(bv_binary_op op, const bv_type *from, const bv_type *to, const bv_type *other) {
	if (bv__type_can_cast(from, to)) return true;
	if (!is_plus_minus(op)) return false;
	if (bv__type_is_integer(from)) return is(to, BV_T_INTERVAL_MONTH_DAY_NANO) && bv__type_is_date(other);
	if (!bv__type_is_time(from)) return false;
	return (is(to, BV_T_DURATION) && to->unit == BV_UNIT_NS && is(other, BV_T_TIMESTAMP) && other->unit == BV_UNIT_NS && !other->zone.n) ||
		(is(to, BV_T_INTERVAL_MONTH_DAY_NANO) && is(other, BV_T_INTERVAL_MONTH_DAY_NANO));
}

const bv_type *bv__type_binary(bv_arena *a, bv_binary_op op, const bv_type *left, const bv_type *right) {
	bv_coercion c = {a, 0};
	signature s;
	if (!left || !right) return NULL;
	if (op == BV_binary_op_power) {
		const bv_type *l = value_of(left), *r = value_of(right);
		bool numbers = (bv__type_is_numeric(l) || is(l, BV_T_NULL)) && (bv__type_is_numeric(r) || is(r, BV_T_NULL));
		return numbers ? bv__type(BV_T_FLOAT64) : NULL;
	}
	bool l_list = bv__type_is_list(left), r_list = bv__type_is_list(right);
	if (op == BV_binary_op_concat && (l_list || r_list)) return concat_lists(&c, left, right);
	if ((op == BV_binary_op_contains || op == BV_binary_op_contained_by) && l_list && r_list)
		return op == BV_binary_op_contains ? contains_all(&c, left, right) : contains_all(&c, right, left);
	if (is_arithmetic(op) && both(left, right, BV_T_NULL)) return bv__type(BV_T_INT64);
	const bv_type *l = left, *r = right;
	if (is(left, BV_T_NULL) || is(right, BV_T_NULL)) {
		l = r = is(left, BV_T_NULL) ? right : left;
		if (is_arithmetic(op) && !bv__type_is_temporal(l)) return kernel(&c, op, l, l);
	}
	if (!sign(&c, op, l, r, &s)) return NULL;
	if (!converts(op, left, s.left, s.right) || !converts(op, right, s.right, s.left)) return NULL;
	/* Once the operands are cast the type is derived anew: UInt64 + Int64 is a sum of two Decimal128(20, 0), which has 21 digits. */
	signature again;
	return sign(&c, op, s.left, s.right, &again) ? again.result : NULL;
}

/* ---- literals ---- */

const bv_type *bv__type_number(bv_str text) {
	uint32_t i = 0;
	bool minus = text.n && text.p[0] == '-', integer = true, big = false;
	unsigned digits = 0, exponent = 0;
	uint64_t v = 0;
	bool point = false, e = false;
	for (i = minus; i < text.n; i++) {
		char ch = text.p[i];
		if (ch == '_') continue;
		if (ch >= '0' && ch <= '9') {
			if (e) exponent++;
			else digits++;
			unsigned d = (unsigned)(ch - '0');
			if (v > (UINT64_MAX - d) / 10) big = true;
			else v = v * 10 + d;
			continue;
		}
		integer = false;
		if (ch == '.' && !point && !e) point = true;
		else if ((ch == 'e' || ch == 'E') && !e && digits) {
			e = true;
			if (i + 1 < text.n && (text.p[i + 1] == '+' || text.p[i + 1] == '-')) i++;
		} else return NULL;
	}
	if (!digits || (e && !exponent)) return NULL;
	if (!integer || big) return bv__type(BV_T_FLOAT64);
	if (v <= (uint64_t)INT64_MAX + minus) return bv__type(BV_T_INT64);
	return bv__type(minus ? BV_T_FLOAT64 : BV_T_UINT64);
}
