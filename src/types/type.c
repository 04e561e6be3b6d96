/* Types as values: making, comparing, copying, asking. Comes in: parts. Goes out: immutable types, those without parameters static. */
#include "types/internal.h"

#define PLAIN(x) [x] = {.id = x, .zone = {"", 0}}
static const bv_type plain[] = {
	PLAIN(BV_T_NULL), PLAIN(BV_T_BOOL), PLAIN(BV_T_INT8), PLAIN(BV_T_INT16), PLAIN(BV_T_INT32), PLAIN(BV_T_INT64), PLAIN(BV_T_UINT8), PLAIN(BV_T_UINT16),
	PLAIN(BV_T_UINT32), PLAIN(BV_T_UINT64), PLAIN(BV_T_FLOAT16), PLAIN(BV_T_FLOAT32), PLAIN(BV_T_FLOAT64), PLAIN(BV_T_UTF8), PLAIN(BV_T_LARGE_UTF8),
	PLAIN(BV_T_UTF8_VIEW), PLAIN(BV_T_BINARY), PLAIN(BV_T_LARGE_BINARY), PLAIN(BV_T_BINARY_VIEW), PLAIN(BV_T_DATE32), PLAIN(BV_T_DATE64),
	PLAIN(BV_T_INTERVAL_YEAR_MONTH), PLAIN(BV_T_INTERVAL_DAY_TIME), PLAIN(BV_T_INTERVAL_MONTH_DAY_NANO),
};

const bv_type *bv__type(bv_type_id id) { return (unsigned)id > BV_T_RUN_END || bv__type_is_parametric((uint8_t)id) ? NULL : &plain[id]; }

const bv_type *bv__type_make(bv_arena *a, bv_type t) {
	bv_type *p = BV_NEW(a, bv_type);
	if (!p) return NULL;
	*p = t;
	if (!p->zone.p) p->zone = BV_STR("");
	return p;
}

const bv_type *bv__type_make1(bv_arena *a, bv_type t, bv_field child) {
	bv_field *f = child.type ? BV_NEW(a, bv_field) : NULL;
	if (!f) return NULL;
	*f = child;
	t.children = f;
	t.nchildren = 1;
	return bv__type_make(a, t);
}

const bv_type *bv__type_decimal_of(bv_arena *a, bv_type_id id, uint8_t precision, int8_t scale) {
	return bv__type_make(a, (bv_type){.id = (uint8_t)id, .precision = precision, .scale = scale});
}

const bv_type *bv__type_decimal(bv_arena *a, unsigned precision, int scale) {
	return bv__type_decimal_of(a, precision > 38 ? BV_T_DECIMAL256 : BV_T_DECIMAL128, (uint8_t)precision, (int8_t)scale);
}

const bv_type *bv__type_timestamp(bv_arena *a, bv_time_unit unit, bv_str zone) {
	return bv__type_make(a, (bv_type){.id = BV_T_TIMESTAMP, .unit = (uint8_t)unit, .zone = bv__arena_str(a, zone)});
}

const bv_type *bv__type_time(bv_arena *a, bv_time_unit unit) {
	return bv__type_make(a, (bv_type){.id = unit <= BV_UNIT_MS ? BV_T_TIME32 : BV_T_TIME64, .unit = (uint8_t)unit});
}

const bv_type *bv__type_duration(bv_arena *a, bv_time_unit unit) { return bv__type_make(a, (bv_type){.id = BV_T_DURATION, .unit = (uint8_t)unit}); }

const bv_type *bv__type_list(bv_arena *a, const bv_type *element, bool nullable) {
	return bv__type_make1(a, (bv_type){.id = BV_T_LIST}, (bv_field){.name = BV_STR("item"), .type = element, .nullable = nullable});
}

const bv_type *bv__type_struct(bv_arena *a, const bv_field *fields, uint32_t n) {
	bv_field *copy = BV_NEWN(a, bv_field, n);
	if (!copy) return NULL;
	if (n) memcpy(copy, fields, sizeof *copy * n);
	return bv__type_make(a, (bv_type){.id = BV_T_STRUCT, .nchildren = n, .children = copy});
}

const bv_type *bv__type_dictionary(bv_arena *a, const bv_type *key, const bv_type *value) {
	bv_field *f = key && value ? BV_NEWN(a, bv_field, 2) : NULL;
	if (!f) return NULL;
	f[0] = (bv_field){.name = BV_STR("key"), .type = key, .nullable = true};
	f[1] = (bv_field){.name = BV_STR("value"), .type = value, .nullable = true};
	return bv__type_make(a, (bv_type){.id = BV_T_DICTIONARY, .nchildren = 2, .children = f});
}

const bv_type *bv__type_map(bv_arena *a, const bv_type *key, const bv_type *value) {
	const bv_field kv[2] = {{.name = BV_STR("key"), .type = key, .nullable = false}, {.name = BV_STR("value"), .type = value, .nullable = true}};
	const bv_type *entries = key && value ? bv__type_struct(a, kv, 2) : NULL;
	return bv__type_make1(a, (bv_type){.id = BV_T_MAP}, (bv_field){.name = BV_STR("entries"), .type = entries, .nullable = false});
}

/* ---- comparing ---- */

enum { NAMES = 1, NULLS = 2, LOGICAL = 4 };

/* What strings and binaries are up to their encoding; other types are themselves. */
static const bv_type *decoded(const bv_type *t) {
	for (unsigned i = 0; t->id == BV_T_DICTIONARY && i < BV_TYPE_DEPTH; i++) {
		const bv_type *v = t->children[1].type;
		if (!bv__type_is_string(v) && !bv__type_is_binary(v) && v->id != BV_T_DICTIONARY) break;
		t = v;
	}
	return bv__type_is_string(t) ? &plain[BV_T_UTF8] : bv__type_is_binary(t) ? &plain[BV_T_BINARY] : t;
}

static bool same(const bv_type *a, const bv_type *b, unsigned how, unsigned depth) {
	if (a == b) return a != NULL;
	if (!a || !b || depth > BV_TYPE_DEPTH) return false;
	if (how & LOGICAL) {
		a = decoded(a);
		b = decoded(b);
	}
	if (a->id != b->id || a->unit != b->unit || a->precision != b->precision || a->scale != b->scale || a->size != b->size || a->nchildren != b->nchildren) return false;
	if (a->id == BV_T_TIMESTAMP && !bv__str_eq(a->zone, b->zone)) return false;
	if ((a->id == BV_T_MAP || a->id == BV_T_UNION) && a->flag != b->flag) return false;
	if (a->id == BV_T_UNION && a->nchildren && memcmp(a->ids, b->ids, a->nchildren) != 0) return false;
	/* A dictionary's children are types, not fields. The children of lists, maps and their entries have names by convention only. */
	bool fields = a->id != BV_T_DICTIONARY;
	bool names = fields && (how & NAMES) && !((how & LOGICAL) && (bv__type_is_list(a) || a->id == BV_T_MAP || a->id == BV_T_RUN_END));
	for (uint32_t i = 0; i < a->nchildren; i++) {
		const bv_field *x = &a->children[i], *y = &b->children[i];
		if (names && !bv__str_eq(x->name, y->name)) return false;
		if (fields && (how & NULLS) && x->nullable != y->nullable) return false;
		if ((how & LOGICAL) && a->id == BV_T_MAP) { /* key and value are called differently by different writers */
			const bv_type *p = x->type, *q = y->type;
			if (p->nchildren != 2 || q->nchildren != 2) return false;
			if (!same(p->children[0].type, q->children[0].type, how, depth + 2) || !same(p->children[1].type, q->children[1].type, how, depth + 2)) return false;
			continue;
		}
		if (!same(x->type, y->type, how, depth + 1)) return false;
	}
	return true;
}

bool bv__type_equal(const bv_type *a, const bv_type *b) { return same(a, b, NAMES | NULLS, 0); }
bool bv__type_same_logical(const bv_type *a, const bv_type *b) { return same(a, b, NAMES | LOGICAL, 0); }
bool bv__type_same_shape(const bv_type *a, const bv_type *b) { return same(a, b, NULLS, 0); }

/* ---- copying ---- */

bool bv__metadata_copy(bv_arena *a, const bv_field *from, bv_field *to) {
	to->metadata = NULL;
	to->nmetadata = 0;
	if (!from->nmetadata || !from->metadata) return true;
	bv_str *m = BV_NEWN(a, bv_str, (size_t)from->nmetadata * 2);
	if (!m) return false;
	for (uint32_t i = 0; i < from->nmetadata * 2; i++) m[i] = bv__arena_str(a, from->metadata[i]);
	to->metadata = m;
	to->nmetadata = from->nmetadata;
	return true;
}

static const bv_type *copy(bv_arena *a, const bv_type *t, unsigned depth, uint32_t *left) {
	if (!t) return NULL;
	if (!bv__type_is_parametric(t->id)) return &plain[t->id];
	if (depth > BV_TYPE_DEPTH || *left <= t->nchildren) return NULL;
	*left -= t->nchildren + 1;
	bv_type *c = BV_NEW(a, bv_type);
	bv_field *f = BV_NEWN(a, bv_field, t->nchildren);
	if (!c || !f) return NULL;
	*c = *t;
	c->zone = bv__arena_str(a, t->zone.n ? t->zone : BV_STR(""));
	c->children = f;
	if (t->ids) {
		int8_t *ids = BV_NEWN(a, int8_t, t->nchildren);
		if (!ids) return NULL;
		memcpy(ids, t->ids, t->nchildren);
		c->ids = ids;
	}
	for (uint32_t i = 0; i < t->nchildren; i++) {
		f[i].name = bv__arena_str(a, t->children[i].name);
		f[i].nullable = t->children[i].nullable;
		f[i].type = copy(a, t->children[i].type, depth + 1, left);
		if (!f[i].type || !bv__metadata_copy(a, &t->children[i], &f[i])) return NULL;
	}
	return c;
}

const bv_type *bv__type_copy(bv_arena *a, const bv_type *t) {
	uint32_t left = BV_TYPE_NODES;
	return copy(a, t, 0, &left);
}

/* ---- asking ---- */

bool bv__type_is_float(const bv_type *t) { return t->id >= BV_T_FLOAT16 && t->id <= BV_T_FLOAT64; }
bool bv__type_is_integer(const bv_type *t) { return t && t->id >= BV_T_INT8 && t->id <= BV_T_UINT64; }
bool bv__type_is_fraction(const bv_type *t) { return bv__type_is_float(t) || bv__type_is_decimal(t); }
bool bv__type_is_decimal(const bv_type *t) { return t && t->id >= BV_T_DECIMAL32 && t->id <= BV_T_DECIMAL256; }
bool bv__type_is_numeric(const bv_type *t) { return t && t->id >= BV_T_INT8 && t->id <= BV_T_DECIMAL256; }
bool bv__type_is_string(const bv_type *t) { return t && t->id >= BV_T_UTF8 && t->id <= BV_T_UTF8_VIEW; }
bool bv__type_is_temporal(const bv_type *t) { return t && t->id >= BV_T_DATE32 && t->id <= BV_T_INTERVAL_MONTH_DAY_NANO; }
