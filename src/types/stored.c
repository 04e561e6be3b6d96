/* Query type, stored type, scanned type: what a Delta table holds for a type, and what a scan gives back for that.
 *
 * A cast is a type node, and a node says nothing about NULL inside lists, structs and map values: where one is needed, all of those may be NULL afterwards. */
#include "types/internal.h"

/* Delta's own names of children. */
static const bv_type *list_of(bv_arena *a, const bv_field *from, const bv_type *element) {
	bv_field f = {.name = BV_STR("element"), .type = element, .nullable = from->nullable};
	return bv__metadata_copy(a, from, &f) ? bv__type_make1(a, (bv_type){.id = BV_T_LIST}, f) : NULL;
}

static const bv_type *map_of(bv_arena *a, const bv_field *value, const bv_type *k, const bv_type *v) {
	const bv_field kv[2] = {{.name = BV_STR("key"), .type = k, .nullable = false}, {.name = BV_STR("value"), .type = v, .nullable = value->nullable}};
	const bv_type *entries = k && v ? bv__type_struct(a, kv, 2) : NULL;
	return bv__type_make1(a, (bv_type){.id = BV_T_MAP}, (bv_field){.name = BV_STR("key_value"), .type = entries, .nullable = false});
}

typedef const bv_type *(*child_fn)(bv_arena *a, const bv_type *t, bool *cast, unsigned depth);

static const bv_type *struct_of(bv_arena *a, const bv_type *t, child_fn child, bool *cast, unsigned depth) {
	bv_field *f = BV_NEWN(a, bv_field, t->nchildren);
	if (!f) return NULL;
	for (uint32_t i = 0; i < t->nchildren; i++) {
		f[i].name = t->children[i].name;
		f[i].nullable = t->children[i].nullable;
		f[i].type = child(a, t->children[i].type, cast, depth + 1);
		if (!f[i].type || !bv__metadata_copy(a, &t->children[i], &f[i])) return NULL;
	}
	return bv__type_make(a, (bv_type){.id = BV_T_STRUCT, .nchildren = t->nchildren, .children = f});
}

/* A Delta struct has fields, and no two of the same name in any case. */
static bool storable_names(bv_arena *a, const bv_type *t) {
	bv_map seen;
	bv__map_init(&seen, a);
	for (uint32_t i = 0; i < t->nchildren; i++) {
		bv_str name = bv__arena_lower(a, t->children[i].name);
		if (!name.n || bv__map_has(&seen, name) || !bv__map_put(&seen, name, (void *)t)) return false;
	}
	return t->nchildren > 0;
}

static bool is_utc(bv_str zone) { return bv__str_is(zone, "UTC") || bv__str_is(zone, "+00:00"); }

static const bv_type *store(bv_arena *a, const bv_type *t, bool *cast, unsigned depth) {
	if (!t || depth > BV_TYPE_DEPTH) return NULL;
	switch ((bv_type_id)t->id) {
	case BV_T_BOOL:
	case BV_T_INT8:
	case BV_T_INT16:
	case BV_T_INT32:
	case BV_T_INT64:
	case BV_T_FLOAT32:
	case BV_T_FLOAT64:
	case BV_T_DATE32:
		return bv__type((bv_type_id)t->id);
	case BV_T_UINT8:
		*cast = true;
		return bv__type(BV_T_INT16);
	case BV_T_UINT16:
		*cast = true;
		return bv__type(BV_T_INT32);
	case BV_T_UINT32:
	case BV_T_UINT64:
		*cast = true;
		return bv__type(BV_T_INT64);
	case BV_T_FLOAT16:
		*cast = true;
		return bv__type(BV_T_FLOAT32);
	case BV_T_DATE64:
		*cast = true;
		return bv__type(BV_T_DATE32);
	case BV_T_DECIMAL32:
	case BV_T_DECIMAL64:
	case BV_T_DECIMAL128: {
		/* Delta's scale is 0 to the precision: zeros before the point become digits. */
		int precision = t->precision, scale = t->scale;
		if (scale < 0) {
			precision -= scale;
			scale = 0;
		}
		if (precision < 1 || precision > 38 || scale > precision) return NULL;
		*cast |= t->id != BV_T_DECIMAL128 || t->scale < 0;
		return bv__type_decimal(a, (unsigned)precision, scale);
	}
	case BV_T_UTF8:
	case BV_T_LARGE_UTF8:
	case BV_T_UTF8_VIEW:
		return bv__type(BV_T_UTF8);
	case BV_T_FIXED_BINARY:
		*cast = true;
		return bv__type(BV_T_BINARY);
	case BV_T_BINARY:
	case BV_T_LARGE_BINARY:
	case BV_T_BINARY_VIEW:
		return bv__type(BV_T_BINARY);
	case BV_T_TIMESTAMP:
		if (t->zone.n && !is_utc(t->zone)) return NULL;
		*cast |= t->unit != BV_UNIT_US || (t->zone.n && !bv__str_is(t->zone, "UTC"));
		return bv__type_timestamp(a, BV_UNIT_US, t->zone.n ? BV_STR("UTC") : BV_STR(""));
	case BV_T_LIST:
	case BV_T_LARGE_LIST:
	case BV_T_FIXED_LIST:
	case BV_T_LIST_VIEW:
	case BV_T_LARGE_LIST_VIEW: {
		*cast |= t->id != BV_T_LIST;
		const bv_type *e = store(a, t->children[0].type, cast, depth + 1);
		return e ? list_of(a, &t->children[0], e) : NULL;
	}
	case BV_T_STRUCT:
		return storable_names(a, t) ? struct_of(a, t, store, cast, depth) : NULL;
	case BV_T_MAP: {
		const bv_field *kv = t->children[0].type->children;
		const bv_type *k = store(a, kv[0].type, cast, depth + 2);
		const bv_type *v = k ? store(a, kv[1].type, cast, depth + 2) : NULL;
		return v ? map_of(a, &kv[1], k, v) : NULL;
	}
	case BV_T_DICTIONARY: {
		const bv_type *value = t->children[1].type;
		*cast |= !bv__type_is_string(value) && !bv__type_is_binary(value);
		return store(a, value, cast, depth + 1);
	}
	case BV_T_NULL:
	case BV_T_DECIMAL256:
	case BV_T_TIME32:
	case BV_T_TIME64:
	case BV_T_DURATION:
	case BV_T_INTERVAL_YEAR_MONTH:
	case BV_T_INTERVAL_DAY_TIME:
	case BV_T_INTERVAL_MONTH_DAY_NANO:
	case BV_T_UNION:
	case BV_T_RUN_END:
		return NULL;
	}
	return NULL;
}

/* What is left of `stored` after a cast to it: children may be NULL, but for map keys. */
static const bv_type *relax(bv_arena *a, const bv_type *t, bool *cast, unsigned depth) {
	if (!t || depth > BV_TYPE_DEPTH) return NULL;
	switch (t->id) {
	case BV_T_LIST: {
		bv_field f = t->children[0];
		f.nullable = true;
		const bv_type *e = relax(a, f.type, cast, depth + 1);
		return e ? list_of(a, &f, e) : NULL;
	}
	case BV_T_STRUCT: {
		const bv_type *s = struct_of(a, t, relax, cast, depth);
		for (uint32_t i = 0; s && i < s->nchildren; i++) ((bv_field *)s->children)[i].nullable = true;
		return s;
	}
	case BV_T_MAP: {
		const bv_field *kv = t->children[0].type->children;
		bv_field value = kv[1];
		value.nullable = true;
		const bv_type *k = relax(a, kv[0].type, cast, depth + 2), *v = relax(a, value.type, cast, depth + 2);
		return map_of(a, &value, k, v);
	}
	default:
		return t;
	}
}

const bv_type *bv__type_stored(bv_arena *a, const bv_type *t, bool *cast) {
	bool need = false;
	const bv_type *s = store(a, t, &need, 0);
	if (s && need) s = relax(a, s, &need, 0);
	if (s && cast) *cast = need;
	return s;
}

/* Views for strings and binaries, also inside lists and structs; delta-rs leaves the children of maps alone. */
static const bv_type *scan(bv_arena *a, const bv_type *t, bool *cast, unsigned depth) {
	if (!t || depth > BV_TYPE_DEPTH) return NULL;
	switch (t->id) {
	case BV_T_UTF8:
	case BV_T_LARGE_UTF8:
		return bv__type(BV_T_UTF8_VIEW);
	case BV_T_BINARY:
	case BV_T_LARGE_BINARY:
		return bv__type(BV_T_BINARY_VIEW);
	case BV_T_LIST: {
		const bv_type *e = scan(a, t->children[0].type, cast, depth + 1);
		return e ? list_of(a, &t->children[0], e) : NULL;
	}
	case BV_T_STRUCT:
		return struct_of(a, t, scan, cast, depth);
	default:
		return t;
	}
}

const bv_type *bv__type_scanned(bv_arena *a, const bv_type *stored) {
	bool cast = false;
	return scan(a, stored, &cast, 0);
}
