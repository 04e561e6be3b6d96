/* Can values of one type be cast to another at all: the cast kernel's own table (arrow-cast 59, can_cast_types), row by row in its order. */
#include "types/internal.h"

/* Structs are tried by name and by position, unions member by member: a hostile pair of types could make that exponential. */
typedef struct casting {
	uint32_t steps;
} casting;

static bool can(casting *c, const bv_type *from, const bv_type *to, unsigned depth);

static bool is_nested(const bv_type *t) { return t->id >= BV_T_LIST && t->id != BV_T_DICTIONARY; }
static bool is_integer_or_float(const bv_type *t) { return bv__type_is_integer(t) || bv__type_is_float(t); }
static bool is_decimal(const bv_type *t) { return bv__type_is_decimal(t); }

static bool same_family(const bv_type *a, const bv_type *b) {
	return (bv__type_is_string(a) && bv__type_is_string(b)) || (bv__type_is_binary(a) && bv__type_is_binary(b)) || (bv__type_is_signed(a) && bv__type_is_signed(b)) ||
		(bv__type_is_integer(a) && bv__type_is_integer(b) && !bv__type_is_signed(a) && !bv__type_is_signed(b)) || (bv__type_is_float(a) && bv__type_is_float(b));
}

static bool from_union(casting *c, const bv_type *from, const bv_type *to, unsigned depth) {
	for (uint32_t i = 0; i < from->nchildren; i++)
		if (bv__type_equal(from->children[i].type, to) || same_family(from->children[i].type, to)) return true;
	for (uint32_t i = 0; i < from->nchildren && !is_nested(to); i++)
		if (can(c, from->children[i].type, to, depth + 1)) return true;
	return false;
}

static bool structs(casting *c, const bv_type *from, const bv_type *to, unsigned depth) {
	if (from->nchildren != to->nchildren) return false;
	bool in_order = true, by_name = true;
	for (uint32_t i = 0; i < to->nchildren; i++) in_order = in_order && bv__str_eq(from->children[i].name, to->children[i].name);
	for (uint32_t i = 0; i < to->nchildren && !in_order && by_name; i++) {
		uint32_t k = 0;
		while (k < from->nchildren && !bv__str_eq(from->children[k].name, to->children[i].name)) k++;
		by_name = k < from->nchildren && can(c, from->children[k].type, to->children[i].type, depth + 1);
	}
	if (!in_order && by_name) return true;
	for (uint32_t i = 0; i < to->nchildren; i++)
		if (!can(c, from->children[i].type, to->children[i].type, depth + 1)) return false;
	return true;
}

static bool temporal(const bv_type *from, const bv_type *to) {
	uint8_t f = from->id, t = to->id;
	if (f == BV_T_INT32 && (bv__type_is_date(to) || t == BV_T_TIME32)) return true;
	if ((f == BV_T_DATE32 || f == BV_T_TIME32 || f == BV_T_DATE64) && (t == BV_T_INT32 || t == BV_T_INT64)) return true;
	if (f == BV_T_INT64 && (bv__type_is_date(to) || t == BV_T_TIME64)) return true;
	if (f == BV_T_TIME64 && t == BV_T_INT64) return true;
	if ((bv__type_is_date(from) && bv__type_is_date(to)) || (bv__type_is_time(from) && bv__type_is_time(to))) return true;
	if (f == BV_T_TIMESTAMP && bv__type_is_numeric(to)) return true;
	if (t == BV_T_TIMESTAMP && (bv__type_is_numeric(from) || bv__type_is_date(from))) return true;
	if (f == BV_T_TIMESTAMP && (t == BV_T_TIMESTAMP || bv__type_is_date(to) || bv__type_is_time(to))) return true;
	if (t == BV_T_DURATION && (bv__type_is_numeric(from) || f == BV_T_DURATION)) return true;
	if (f == BV_T_DURATION && bv__type_is_numeric(to)) return true;
	if (bv__type_is_interval(from) && t == BV_T_INT64) return f != BV_T_INTERVAL_MONTH_DAY_NANO;
	if (f == BV_T_INT32 && bv__type_is_interval(to)) return t == BV_T_INTERVAL_YEAR_MONTH;
	if (t == BV_T_INTERVAL_MONTH_DAY_NANO) return f == BV_T_DURATION || bv__type_is_interval(from);
	return f == BV_T_INTERVAL_MONTH_DAY_NANO && t == BV_T_DURATION;
}

static bool can(casting *c, const bv_type *from, const bv_type *to, unsigned depth) {
	if (!from || !to || depth > BV_TYPE_DEPTH || !c->steps) return false;
	c->steps--;
	if (bv__type_equal(from, to) || from->id == BV_T_NULL) return true;
	uint8_t f = from->id, t = to->id;
	bool list = bv__type_is_list(from) && f != BV_T_FIXED_LIST, to_list = bv__type_is_list(to) && t != BV_T_FIXED_LIST;
	if (f == BV_T_DICTIONARY) return can(c, from->children[1].type, t == BV_T_DICTIONARY ? to->children[1].type : to, depth + 1);
	if (f == BV_T_UNION) return from_union(c, from, to, depth);
	if (t == BV_T_UNION) return false;
	if (f == BV_T_RUN_END) return can(c, from->children[1].type, to, depth + 1);
	if (t == BV_T_RUN_END || t == BV_T_DICTIONARY) return can(c, from, to->children[1].type, depth + 1);
	if ((list || f == BV_T_FIXED_LIST) && to_list) return can(c, from->children[0].type, to->children[0].type, depth + 1);
	if (list && bv__type_is_string(to)) return can(c, from->children[0].type, to, depth + 1);
	if (list && t == BV_T_FIXED_LIST) return can(c, from->children[0].type, to->children[0].type, depth + 1);
	if (f == BV_T_FIXED_LIST && t == BV_T_FIXED_LIST && from->size == to->size) return can(c, from->children[0].type, to->children[0].type, depth + 1);
	if (to_list || (t == BV_T_FIXED_LIST && to->size == 1)) return can(c, from, to->children[0].type, depth + 1);
	if (f == BV_T_FIXED_LIST && from->size == 1) return can(c, from->children[0].type, to, depth + 1);
	if (f == BV_T_MAP && t == BV_T_MAP && from->flag == to->flag) {
		const bv_type *a = from->children[0].type, *b = to->children[0].type;
		return can(c, a->children[0].type, b->children[0].type, depth + 2) && can(c, a->children[1].type, b->children[1].type, depth + 2);
	}
	if (is_decimal(from) && is_decimal(to)) return true;
	if (is_integer_or_float(from) && is_decimal(to)) return true;
	if (is_decimal(from) && (is_integer_or_float(to) || t == BV_T_NULL || bv__type_is_string(to))) return true;
	if (bv__type_is_string(from) && is_decimal(to)) return true;
	if (f == BV_T_STRUCT && t == BV_T_STRUCT) return structs(c, from, to, depth);
	if (f == BV_T_STRUCT || t == BV_T_STRUCT) return false;
	if (t == BV_T_BOOL) return is_integer_or_float(from) || bv__type_is_string(from);
	if (f == BV_T_BOOL) return is_integer_or_float(to) || bv__type_is_string(to);
	if ((f == BV_T_BINARY || f == BV_T_LARGE_BINARY) && (bv__type_is_binary(to) || bv__type_is_string(to) || t == BV_T_FIXED_BINARY)) return true;
	if (f == BV_T_FIXED_BINARY && bv__type_is_binary(to)) return true;
	if (bv__type_is_string(from) && (bv__type_is_binary(to) || bv__type_is_string(to) || bv__type_is_date(to) || bv__type_is_time(to) || t == BV_T_TIMESTAMP || bv__type_is_interval(to)))
		return true;
	if (f == BV_T_BINARY_VIEW && (bv__type_is_binary(to) || bv__type_is_string(to))) return true;
	if (bv__type_is_string(from)) return bv__type_is_numeric(to);
	if (bv__type_is_string(to)) return bv__type_is_numeric(from) || bv__type_is_temporal(from);
	if (t == BV_T_BINARY || t == BV_T_LARGE_BINARY) return bv__type_is_integer(from);
	if (is_integer_or_float(from) && is_integer_or_float(to)) return true;
	return temporal(from, to);
}

bool bv__type_can_cast(const bv_type *from, const bv_type *to) {
	casting c = {1u << 20};
	return can(&c, from, to, 0);
}
