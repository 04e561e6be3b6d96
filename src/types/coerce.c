/* The common type of two: for comparisons, for set operations and CASE, for VALUES and COALESCE, for LIKE. Comes in: two types. Goes out: one, or NULL.
 *
 * This is DataFusion 55's type_coercion::binary, rule by rule and in its order: the order decides where several rules fit. Types that nobody
 * writes (Decimal32, run-end encoding, unions) follow the same rules, because scans and streams bring them. */
#include "types/internal.h"

static bool is(const bv_type *t, bv_type_id id) { return t->id == id; }
static bool either(const bv_type *l, const bv_type *r, bv_type_id id) { return l->id == id || r->id == id; }
static bool both(const bv_type *l, const bv_type *r, bv_type_id id) { return l->id == id && r->id == id; }

/* ---- numbers ---- */

const bv_type *bv__coerce_number(bv_coercion *c, const bv_type *l, const bv_type *r) {
	for (int id = BV_T_FLOAT64; id >= BV_T_FLOAT16; id--)
		if (either(l, r, (bv_type_id)id)) return bv__type((bv_type_id)id);
	bool is_signed = bv__type_is_signed(l) || bv__type_is_signed(r);
	bool small = is(l, BV_T_INT8) || is(r, BV_T_INT8) || is(l, BV_T_INT16) || is(r, BV_T_INT16);
	/* No integer holds both: a decimal does. */
	if (either(l, r, BV_T_UINT64)) return is_signed ? bv__type_decimal_of(c->arena, BV_T_DECIMAL128, 20, 0) : bv__type(BV_T_UINT64);
	if (either(l, r, BV_T_INT64) || (either(l, r, BV_T_UINT32) && is_signed)) return bv__type(BV_T_INT64);
	if (either(l, r, BV_T_UINT32)) return bv__type(BV_T_UINT32);
	if (either(l, r, BV_T_INT32) || (either(l, r, BV_T_UINT16) && small)) return bv__type(BV_T_INT32);
	if (either(l, r, BV_T_UINT16)) return bv__type(BV_T_UINT16);
	if (either(l, r, BV_T_INT16) || (either(l, r, BV_T_INT8) && either(l, r, BV_T_UINT8))) return bv__type(BV_T_INT16);
	if (either(l, r, BV_T_INT8)) return bv__type(BV_T_INT8);
	return either(l, r, BV_T_UINT8) ? bv__type(BV_T_UINT8) : NULL;
}

/* max(s1, s2) digits behind the point, max(p1 - s1, p2 - s2) before it; in the eight bits that the engine counts with. */
static void wider(const bv_type *l, const bv_type *r, uint8_t *precision, int8_t *scale) {
	int8_t s = l->scale > r->scale ? l->scale : r->scale;
	int8_t a = (int8_t)((int8_t)l->precision - l->scale), b = (int8_t)((int8_t)r->precision - r->scale);
	*precision = (uint8_t)((a > b ? a : b) + s);
	*scale = s;
}

static const bv_type *wider_decimal(bv_coercion *c, const bv_type *l, const bv_type *r) {
	uint8_t precision, most = bv__decimal_digits(l->id);
	int8_t scale;
	wider(l, r, &precision, &scale);
	return bv__type_decimal_of(c->arena, (bv_type_id)l->id, precision < most ? precision : most, scale < (int8_t)most ? scale : (int8_t)most);
}

const bv_type *bv__decimal_cross(bv_coercion *c, const bv_type *l, const bv_type *r) {
	uint8_t id = l->id > r->id ? l->id : r->id, precision;
	int8_t scale;
	wider(l, r, &precision, &scale);
	return precision <= bv__decimal_digits(id) ? bv__type_decimal_of(c->arena, (bv_type_id)id, precision, scale) : NULL;
}

const bv_type *bv__decimal_for(bv_coercion *c, uint8_t id, const bv_type *number) {
	static const struct {
		uint8_t precision, scale, least; /* the narrowest decimal that may stand for it */
	} of[] = {
		[BV_T_INT8] = {3, 0, BV_T_DECIMAL32}, [BV_T_UINT8] = {3, 0, BV_T_DECIMAL32}, [BV_T_INT16] = {5, 0, BV_T_DECIMAL32}, [BV_T_UINT16] = {5, 0, BV_T_DECIMAL32},
		[BV_T_INT32] = {10, 0, BV_T_DECIMAL64}, [BV_T_UINT32] = {10, 0, BV_T_DECIMAL64}, [BV_T_INT64] = {20, 0, BV_T_DECIMAL128}, [BV_T_UINT64] = {20, 0, BV_T_DECIMAL128},
		[BV_T_FLOAT16] = {6, 3, BV_T_DECIMAL32}, [BV_T_FLOAT32] = {14, 7, BV_T_DECIMAL64}, [BV_T_FLOAT64] = {30, 15, BV_T_DECIMAL128},
	};
	if (number->id >= BV_COUNT(of) || !of[number->id].least || id < of[number->id].least) return NULL;
	return bv__type_decimal_of(c->arena, (bv_type_id)id, of[number->id].precision, (int8_t)of[number->id].scale);
}

static const bv_type *decimal(bv_coercion *c, const bv_type *l, const bv_type *r) {
	if (bv__type_is_decimal(l) && bv__type_is_decimal(r)) return l->id == r->id ? wider_decimal(c, l, r) : bv__decimal_cross(c, l, r);
	const bv_type *d = bv__type_is_decimal(l) ? l : bv__type_is_decimal(r) ? r : NULL;
	const bv_type *other = d ? bv__decimal_for(c, d->id, d == l ? r : l) : NULL;
	return other ? wider_decimal(c, d, other) : NULL;
}

static const bv_type *numeric(bv_coercion *c, const bv_type *l, const bv_type *r) {
	if (!bv__type_is_numeric(l) || !bv__type_is_numeric(r)) return NULL;
	if (bv__type_equal(l, r)) return l;
	const bv_type *t = decimal(c, l, r);
	return t ? t : bv__coerce_number(c, l, r);
}

/* ---- strings and binaries ---- */

const bv_type *bv__coerce_string(bv_coercion *c, const bv_type *l, const bv_type *r) {
	(void)c;
	if (!bv__type_is_string(l) || !bv__type_is_string(r)) return NULL;
	return bv__type(either(l, r, BV_T_UTF8_VIEW) ? BV_T_UTF8_VIEW : either(l, r, BV_T_LARGE_UTF8) ? BV_T_LARGE_UTF8 : BV_T_UTF8);
}

const bv_type *bv__coerce_binary(bv_coercion *c, const bv_type *l, const bv_type *r) {
	(void)c;
	const bv_type *b = bv__type_is_binary(l) ? l : bv__type_is_binary(r) ? r : NULL, *other = b == l ? r : l;
	if (!b) return NULL;
	if (other->id == BV_T_FIXED_BINARY) return is(b, BV_T_LARGE_BINARY) ? NULL : b;
	if (!bv__type_is_binary(other) && !bv__type_is_string(other)) return NULL;
	if (either(l, r, BV_T_BINARY_VIEW)) return bv__type(BV_T_BINARY_VIEW);
	if (either(l, r, BV_T_LARGE_BINARY) || either(l, r, BV_T_UTF8_VIEW) || either(l, r, BV_T_LARGE_UTF8)) return bv__type(BV_T_LARGE_BINARY);
	return bv__type(BV_T_BINARY);
}

static const bv_type *binary_to_string(const bv_type *l, const bv_type *r) {
	const bv_type *b = bv__type_is_binary(l) ? l : r, *s = b == l ? r : l;
	if (!bv__type_is_binary(b) || !bv__type_is_string(s) || is(s, BV_T_UTF8_VIEW)) return NULL;
	if (is(s, BV_T_LARGE_UTF8) || is(b, BV_T_LARGE_BINARY)) return bv__type(BV_T_LARGE_UTF8);
	return bv__type(is(b, BV_T_BINARY_VIEW) ? BV_T_UTF8_VIEW : BV_T_UTF8);
}

static const bv_type *string_numeric(const bv_type *l, const bv_type *r) {
	return bv__type_is_numeric(l) && bv__type_is_string(r) ? l : bv__type_is_string(l) && bv__type_is_numeric(r) ? r : NULL;
}

static const bv_type *string_numeric_union(const bv_type *l, const bv_type *r) {
	const bv_type *number = string_numeric(l, r);
	return number ? (number == l ? r : l) : NULL;
}

/* ---- dates and times ---- */

static const bv_type *string_temporal(bv_coercion *c, const bv_type *l, const bv_type *r) {
	const bv_type *t = bv__type_is_string(l) ? r : bv__type_is_string(r) ? l : NULL;
	if (!t) return NULL;
	if (bv__type_is_date(t) || bv__type_is_time(t)) return t;
	return is(t, BV_T_TIMESTAMP) ? bv__type_timestamp(c->arena, BV_UNIT_NS, t->zone) : NULL;
}

static const bv_type *temporal(bv_coercion *c, const bv_type *l, const bv_type *r) {
	if ((bv__type_is_interval(l) || is(l, BV_T_DURATION)) && (bv__type_is_interval(r) || is(r, BV_T_DURATION))) return bv__type(BV_T_INTERVAL_MONTH_DAY_NANO);
	const bv_type *d = bv__type_is_date(l) ? l : bv__type_is_date(r) ? r : NULL, *other = d == l ? r : l;
	if (!d) return NULL;
	if (bv__type_is_integer(other)) return d;
	if (bv__type_is_date(other)) return d->id == other->id ? NULL : bv__type(BV_T_DATE64);
	return bv__type_is_time(other) || is(other, BV_T_TIMESTAMP) ? bv__type_timestamp(c->arena, BV_UNIT_NS, BV_STR("")) : NULL;
}

static const bv_type *timestamps(bv_coercion *c, const bv_type *l, const bv_type *r) {
	return bv__type_timestamp(c->arena, (bv_time_unit)(l->unit > r->unit ? l->unit : r->unit), l->zone.n ? l->zone : r->zone);
}

/* Instants compare across zones: the left zone is kept. */
static const bv_type *temporal_nonstrict(bv_coercion *c, const bv_type *l, const bv_type *r) {
	return both(l, r, BV_T_TIMESTAMP) ? timestamps(c, l, r) : temporal(c, l, r);
}

const bv_type *bv__coerce_temporal_strict(bv_coercion *c, const bv_type *l, const bv_type *r) {
	if (!both(l, r, BV_T_TIMESTAMP)) return temporal(c, l, r);
	if (l->zone.n && r->zone.n && !bv__str_eq(l->zone, r->zone)) {
		bool utc = (bv__str_is(l->zone, "UTC") && bv__str_is(r->zone, "+00:00")) || (bv__str_is(l->zone, "+00:00") && bv__str_is(r->zone, "UTC"));
		if (!utc) return NULL;
	}
	return timestamps(c, l, r);
}

/* ---- nested ---- */

static const bv_type *with_child(bv_coercion *c, bv_type shape, const bv_field *l, const bv_field *r, bv_coerce_fn fn) {
	bv_field f = *l;
	f.type = fn(c, l->type, r->type);
	f.nullable = l->nullable || r->nullable;
	shape.children = NULL;
	return f.type ? bv__type_make1(c->arena, shape, f) : NULL;
}

static const bv_type *list(bv_coercion *c, const bv_type *l, const bv_type *r, bv_coerce_fn fn) {
	for (unsigned i = 0; i < 2; i++) {
		const bv_type *t = i ? r : l;
		if (t->id != BV_T_LIST && t->id != BV_T_LARGE_LIST && t->id != BV_T_FIXED_LIST) return NULL;
	}
	bv_type shape = {.id = BV_T_LIST};
	if (both(l, r, BV_T_FIXED_LIST) && l->size == r->size) shape = (bv_type){.id = BV_T_FIXED_LIST, .size = r->size};
	else if (either(l, r, BV_T_LARGE_LIST)) shape.id = BV_T_LARGE_LIST;
	return with_child(c, shape, &l->children[0], &r->children[0], fn);
}

static const bv_field *by_name(const bv_type *t, bv_str name) {
	for (uint32_t i = 0; i < t->nchildren; i++)
		if (bv__str_eq(t->children[i].name, name)) return &t->children[i];
	return NULL;
}

/* By name where both have the same names, else by position; the left names stay. */
static const bv_type *structs(bv_coercion *c, const bv_type *l, const bv_type *r, bv_coerce_fn fn) {
	if (!both(l, r, BV_T_STRUCT) || l->nchildren != r->nchildren) return NULL;
	bool named = true;
	for (uint32_t i = 0; i < l->nchildren && named; i++) named = by_name(r, l->children[i].name) != NULL;
	bv_field *f = BV_NEWN(c->arena, bv_field, l->nchildren);
	if (!f) return NULL;
	for (uint32_t i = 0; i < l->nchildren; i++) {
		const bv_field *x = &l->children[i], *y = named ? by_name(r, x->name) : &r->children[i];
		f[i] = (bv_field){.name = x->name, .type = fn(c, x->type, y->type), .nullable = x->nullable || y->nullable};
		if (!f[i].type) return NULL;
	}
	return bv__type_make(c->arena, (bv_type){.id = BV_T_STRUCT, .nchildren = l->nchildren, .children = f});
}

static const bv_type *map(bv_coercion *c, const bv_type *l, const bv_type *r, bv_coerce_fn fn) {
	if (!both(l, r, BV_T_MAP)) return NULL;
	bv_field entries = l->children[0];
	entries.type = structs(c, l->children[0].type, r->children[0].type, fn);
	return entries.type ? bv__type_make1(c->arena, (bv_type){.id = BV_T_MAP, .flag = l->flag && r->flag}, entries) : NULL;
}

/* Dictionaries (and, with the same rule, run-end encoding): the values decide; one is kept where the other side is just its value type. */
static const bv_type *encoded(bv_coercion *c, const bv_type *l, const bv_type *r, bv_type_id id, bool keep, bv_coerce_fn fn) {
	if (!either(l, r, id)) return NULL;
	const bv_type *lv = is(l, id) ? l->children[1].type : l, *rv = is(r, id) ? r->children[1].type : r;
	if (!both(l, r, id) && keep && bv__type_equal(lv, rv)) return is(l, id) ? l : r;
	return fn(c, lv, rv);
}

static const bv_type *null_with(const bv_type *l, const bv_type *r) { return is(l, BV_T_NULL) ? r : is(r, BV_T_NULL) ? l : NULL; }

static const bv_type *unions(const bv_type *l, const bv_type *r) {
	if (!either(l, r, BV_T_UNION)) return NULL;
	const bv_type *u = is(l, BV_T_UNION) ? l : r, *other = u == l ? r : l;
	for (uint32_t i = 0; i < u->nchildren; i++)
		if (bv__type_can_cast(u->children[i].type, other)) return other;
	return NULL;
}

/* ---- the rules ---- */

#define OR(x) if (!t) t = (x)

static const bv_type *common(bv_coercion *c, const bv_type *l, const bv_type *r, bool comparison, bv_coerce_fn self) {
	if (bv__type_same_shape(l, r)) return l;
	const bv_type *t = numeric(c, l, r);
	OR(encoded(c, l, r, BV_T_DICTIONARY, true, self));
	OR(encoded(c, l, r, BV_T_RUN_END, true, self));
	OR(temporal_nonstrict(c, l, r));
	OR(bv__coerce_string(c, l, r));
	OR(list(c, l, r, self));
	OR(null_with(l, r));
	OR(comparison ? string_numeric(l, r) : string_numeric_union(l, r));
	OR(string_temporal(c, l, r));
	OR(bv__coerce_binary(c, l, r));
	OR(structs(c, l, r, self));
	OR(map(c, l, r, self));
	OR(comparison ? unions(l, r) : NULL);
	return t;
}

/* Each rule keeps its own depth. */
#define DEEPER(call)                                  \
	if (c->depth > BV_TYPE_DEPTH || !l || !r) return NULL; \
	c->depth++;                                       \
	const bv_type *out = (call);                      \
	c->depth--;                                       \
	return out

const bv_type *bv__coerce_comparison(bv_coercion *c, const bv_type *l, const bv_type *r) { DEEPER(common(c, l, r, true, bv__coerce_comparison)); }
const bv_type *bv__coerce_union(bv_coercion *c, const bv_type *l, const bv_type *r) { DEEPER(common(c, l, r, false, bv__coerce_union)); }

static const bv_type *regex_null(const bv_type *l, const bv_type *r) {
	if (both(l, r, BV_T_NULL)) return bv__type(BV_T_UTF8);
	const bv_type *t = null_with(l, r);
	return t && bv__type_is_string(t) ? t : NULL;
}

static const bv_type *like(bv_coercion *c, const bv_type *l, const bv_type *r) {
	const bv_type *t = bv__coerce_string(c, l, r);
	OR(binary_to_string(l, r));
	OR(encoded(c, l, r, BV_T_DICTIONARY, false, bv__coerce_like));
	OR(encoded(c, l, r, BV_T_RUN_END, false, bv__coerce_like));
	OR(regex_null(l, r));
	OR(null_with(l, r));
	return t;
}

const bv_type *bv__coerce_like(bv_coercion *c, const bv_type *l, const bv_type *r) { DEEPER(like(c, l, r)); }

static const bv_type *regex(bv_coercion *c, const bv_type *l, const bv_type *r) {
	const bv_type *t = bv__coerce_string(c, l, r);
	OR(encoded(c, l, r, BV_T_DICTIONARY, false, bv__coerce_regex));
	OR(encoded(c, l, r, BV_T_RUN_END, false, bv__coerce_regex));
	OR(regex_null(l, r));
	return t;
}

const bv_type *bv__coerce_regex(bv_coercion *c, const bv_type *l, const bv_type *r) { DEEPER(regex(c, l, r)); }

/* ---- VALUES, COALESCE, array elements ---- */

static const bv_type *resolution(bv_coercion *c, const bv_type *l, const bv_type *r);
static const bv_type *resolve(bv_coercion *c, const bv_type *l, const bv_type *r) { DEEPER(resolution(c, l, r)); }

/* Types by the left names, names and nullability by position. */
static const bv_type *resolved_structs(bv_coercion *c, const bv_type *l, const bv_type *r) {
	if (l->nchildren != r->nchildren) return NULL;
	bv_field *f = BV_NEWN(c->arena, bv_field, l->nchildren);
	if (!f) return NULL;
	for (uint32_t i = 0; i < l->nchildren; i++) {
		const bv_field *x = &l->children[i], *y = by_name(r, x->name);
		f[i] = (bv_field){.name = x->name, .type = y ? resolve(c, x->type, y->type) : NULL, .nullable = x->nullable || r->children[i].nullable};
		if (!f[i].type) return NULL;
	}
	return bv__type_make(c->arena, (bv_type){.id = BV_T_STRUCT, .nchildren = l->nchildren, .children = f});
}

static const bv_type *resolved_run_ends(bv_coercion *c, const bv_type *l, const bv_type *r) {
	const bv_type *ree = is(l, BV_T_RUN_END) ? l : r, *other = ree == l ? r : l;
	bv_field *f = BV_NEWN(c->arena, bv_field, 2);
	if (!f) return NULL;
	memcpy(f, ree->children, sizeof *f * 2);
	if (is(other, BV_T_RUN_END)) f[0].type = resolve(c, f[0].type, other->children[0].type);
	f[1].type = resolve(c, f[1].type, is(other, BV_T_RUN_END) ? other->children[1].type : other);
	return f[0].type && f[1].type ? bv__type_make(c->arena, (bv_type){.id = BV_T_RUN_END, .nchildren = 2, .children = f}) : NULL;
}

static const bv_type *resolution(bv_coercion *c, const bv_type *l, const bv_type *r) {
	if (bv__type_equal(l, r)) return l;
	if (both(l, r, BV_T_DICTIONARY))
		return bv__type_dictionary(c->arena, resolve(c, l->children[0].type, r->children[0].type), resolve(c, l->children[1].type, r->children[1].type));
	if (either(l, r, BV_T_DICTIONARY)) {
		const bv_type *d = is(l, BV_T_DICTIONARY) ? l : r, *value = resolve(c, d->children[1].type, d == l ? r : l);
		return value && is(value, BV_T_UTF8_VIEW) ? value : bv__type_dictionary(c->arena, d->children[0].type, value);
	}
	if (either(l, r, BV_T_RUN_END)) return resolved_run_ends(c, l, r);
	if (both(l, r, BV_T_STRUCT)) return resolved_structs(c, l, r);
	const bv_type *t = numeric(c, l, r);
	OR(list(c, l, r, resolve));
	OR(map(c, l, r, resolve));
	OR(temporal_nonstrict(c, l, r));
	OR(bv__coerce_string(c, l, r));
	OR(null_with(l, r));
	OR(string_numeric(l, r));
	OR(bv__coerce_binary(c, l, r));
	return t;
}

typedef enum category { ARRAY, BOOLEAN, NUMERIC, DATETIME, COMPOSITE, UNKNOWN, UNSUPPORTED } category;

static category category_of(const bv_type *t) {
	for (unsigned i = 0; (is(t, BV_T_DICTIONARY) || is(t, BV_T_RUN_END)) && i < BV_TYPE_DEPTH; i++) t = t->children[1].type;
	if (bv__type_is_numeric(t)) return NUMERIC;
	if (is(t, BV_T_BOOL)) return BOOLEAN;
	if (is(t, BV_T_LIST) || is(t, BV_T_FIXED_LIST) || is(t, BV_T_LARGE_LIST)) return ARRAY;
	if (bv__type_is_string(t) || is(t, BV_T_NULL)) return UNKNOWN;
	if (bv__type_is_temporal(t)) return DATETIME;
	return is(t, BV_T_MAP) || is(t, BV_T_STRUCT) || is(t, BV_T_UNION) ? COMPOSITE : UNSUPPORTED;
}

const bv_type *bv__coerce_resolution(bv_coercion *c, const bv_type *l, const bv_type *r) {
	if (!l || !r) return NULL;
	if (bv__type_equal(l, r)) return l;
	const bv_type *one = null_with(l, r);
	if (one) return category_of(one) == UNSUPPORTED ? NULL : one;
	category x = category_of(l), y = category_of(r);
	if (x == UNSUPPORTED || y == UNSUPPORTED || (x != y && x != UNKNOWN && y != UNKNOWN)) return NULL;
	return resolve(c, r, l); /* the later one stands on the left there */
}

/* ---- out ---- */

/* The plan casts both sides; where it cannot, there is no common type after all. Structs are cast by another kernel, which takes any two. */
static const bv_type *castable(const bv_type *l, const bv_type *r, const bv_type *t) {
	if (!t) return NULL;
	bool lok = (is(l, BV_T_STRUCT) && is(t, BV_T_STRUCT)) || bv__type_can_cast(l, t), rok = (is(r, BV_T_STRUCT) && is(t, BV_T_STRUCT)) || bv__type_can_cast(r, t);
	return lok && rok ? t : NULL;
}

#define RULE(name, fn)                                                                \
	const bv_type *name(bv_arena *a, const bv_type *left, const bv_type *right) {     \
		bv_coercion c = {a, 0};                                                       \
		return left && right ? castable(left, right, fn(&c, left, right)) : NULL;     \
	}
RULE(bv__type_union, bv__coerce_union)
RULE(bv__type_values, bv__coerce_resolution)
RULE(bv__type_comparison, bv__coerce_comparison)
RULE(bv__type_like, bv__coerce_like)
RULE(bv__type_regex, bv__coerce_regex)

/* CASE unifies as set operations do. */
const bv_type *bv__type_case(bv_arena *a, const bv_type *left, const bv_type *right) { return bv__type_union(a, left, right); }
