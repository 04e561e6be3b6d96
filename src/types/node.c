/* Type nodes to types and back. Comes in: nodes with the names of sql/type_names.def. Goes out: what the engine makes of such a node, and the node that names a type. */
#include "types/internal.h"

typedef struct reading {
	bv_arena *a;
	bv_diagnostics *d;
	bool written; /* a schema somebody wrote: NOT NULL of children counts. In a query the engine takes every child as nullable */
} reading;

static const struct {
	const char *name;
	uint8_t id;
} plain_nodes[] = {
	{"null", BV_T_NULL}, {"boolean", BV_T_BOOL}, {"int8", BV_T_INT8}, {"int16", BV_T_INT16}, {"int32", BV_T_INT32}, {"int64", BV_T_INT64}, {"uint8", BV_T_UINT8},
	{"uint16", BV_T_UINT16}, {"uint32", BV_T_UINT32}, {"uint64", BV_T_UINT64}, {"float16", BV_T_FLOAT16}, {"float32", BV_T_FLOAT32}, {"float64", BV_T_FLOAT64},
	{"string", BV_T_UTF8_VIEW}, {"utf8", BV_T_UTF8}, {"large_utf8", BV_T_LARGE_UTF8}, {"utf8_view", BV_T_UTF8_VIEW}, {"binary", BV_T_BINARY},
	{"large_binary", BV_T_LARGE_BINARY}, {"binary_view", BV_T_BINARY_VIEW}, {"date", BV_T_DATE32}, {"date64", BV_T_DATE64},
	{"interval", BV_T_INTERVAL_MONTH_DAY_NANO}, {"interval_year_month", BV_T_INTERVAL_YEAR_MONTH}, {"interval_day_time", BV_T_INTERVAL_DAY_TIME},
}, shaped_nodes[] = {
	{"decimal", BV_T_DECIMAL128}, {"decimal32", BV_T_DECIMAL32}, {"decimal64", BV_T_DECIMAL64}, {"decimal256", BV_T_DECIMAL256}, {"time", BV_T_TIME64},
	{"timestamp", BV_T_TIMESTAMP}, {"duration", BV_T_DURATION}, {"list", BV_T_LIST}, {"large_list", BV_T_LARGE_LIST}, {"list_view", BV_T_LIST_VIEW},
	{"large_list_view", BV_T_LARGE_LIST_VIEW}, {"fixed_list", BV_T_FIXED_LIST}, {"fixed_binary", BV_T_FIXED_BINARY}, {"struct", BV_T_STRUCT},
	{"map", BV_T_MAP}, {"dictionary", BV_T_DICTIONARY},
};

static const bv_type *wrong(reading *r, const bv_ast_type *n, const char *why) {
	bv__diag(r->d, BV_E_TYPE_NAME, n->head.span, "type " BV_STR_FMT ": %s", BV_STR_ARG(n->name), why);
	return NULL;
}

/* A number within bounds; `absent` where the node does not say. */
static bool number(bv_str s, long min, long max, long absent, long *out) {
	*out = absent;
	if (!s.n) return true;
	bool minus = s.p[0] == '-';
	long v = 0;
	if (s.n > 11u + minus || s.n == minus) return false;
	for (uint32_t i = minus; i < s.n; i++) {
		if (s.p[i] < '0' || s.p[i] > '9') return false;
		v = v * 10 + (s.p[i] - '0');
	}
	*out = minus ? -v : v;
	return *out >= min && *out <= max;
}

static const bv_type *read(reading *r, const bv_node *node, unsigned depth);

/* The i-th child. */
static bool child(reading *r, const bv_ast_type *n, uint32_t i, bv_str name, bv_field *f, unsigned depth) {
	const bv_node *c = n->fields.v[i];
	if (!c || c->kind != BV_TYPE_FIELD) {
		wrong(r, n, "a child is no type");
		return false;
	}
	*f = (bv_field){.name = name, .type = read(r, ((const bv_ast_type_field *)c)->type, depth + 1), .nullable = !r->written || c->nullable};
	return f->type != NULL;
}

static const bv_type *decimal(reading *r, const bv_ast_type *n, uint8_t id) {
	long precision, scale;
	if (!number(n->precision, 1, 76, 38, &precision) || !number(n->scale, -128, 127, n->precision.n ? 0 : 10, &scale))
		return wrong(r, n, "precision or scale is out of range");
	if (id == BV_T_DECIMAL128 && precision > 38) id = BV_T_DECIMAL256;
	if (precision > bv__decimal_digits(id)) return wrong(r, n, "more digits than the type has");
	if (scale > precision) return wrong(r, n, "more digits after the point than in all");
	return bv__type_decimal_of(r->a, (bv_type_id)id, (uint8_t)precision, (int8_t)scale);
}

static const bv_type *shaped(reading *r, const bv_ast_type *n, uint8_t id, unsigned depth) {
	bv_type t = {.id = id};
	bv_field f;
	long v;
	uint32_t want = bv__type_is_list(&t) ? 1 : id == BV_T_MAP || id == BV_T_DICTIONARY ? 2 : id == BV_T_STRUCT ? n->fields.n : 0;
	if (n->fields.n != want) return wrong(r, n, want == 0 ? "has no child types" : want == 1 ? "needs the type of its elements" : "needs the types of key and value");
	switch (id) {
	case BV_T_TIME64:
	case BV_T_TIMESTAMP:
	case BV_T_DURATION:
		if (!number(n->precision, 0, 9, 9, &v) || v % 3) return wrong(r, n, "there are 0, 3, 6 and 9 fractional digits");
		if (id == BV_T_TIMESTAMP) return bv__type_timestamp(r->a, (bv_time_unit)(v / 3), n->zone.n ? n->zone : BV_STR(""));
		return id == BV_T_TIME64 ? bv__type_time(r->a, (bv_time_unit)(v / 3)) : bv__type_duration(r->a, (bv_time_unit)(v / 3));
	case BV_T_FIXED_BINARY:
	case BV_T_FIXED_LIST:
		if (!n->precision.n || !number(n->precision, 0, INT32_MAX, 0, &v)) return wrong(r, n, "needs a length");
		t.size = (int32_t)v;
		if (id == BV_T_FIXED_BINARY) return bv__type_make(r->a, t);
		return child(r, n, 0, BV_STR("item"), &f, depth) ? bv__type_make1(r->a, t, f) : NULL;
	case BV_T_LIST:
	case BV_T_LARGE_LIST:
	case BV_T_LIST_VIEW:
	case BV_T_LARGE_LIST_VIEW:
		return child(r, n, 0, BV_STR("item"), &f, depth) ? bv__type_make1(r->a, t, f) : NULL;
	case BV_T_STRUCT: {
		bv_field *fields = BV_NEWN(r->a, bv_field, want);
		if (!fields) return NULL;
		for (uint32_t i = 0; i < want; i++) {
			const bv_node *c = n->fields.v[i];
			bv_str name = c && c->kind == BV_TYPE_FIELD ? ((const bv_ast_type_field *)c)->name : BV_STR("");
			if (!name.n) name = bv__arena_printf(r->a, "c%u", i);
			if (!child(r, n, i, bv__arena_str(r->a, name), &fields[i], depth)) return NULL;
		}
		t.children = fields;
		t.nchildren = want;
		return bv__type_make(r->a, t);
	}
	case BV_T_MAP: {
		bv_field kv[2];
		if (!child(r, n, 0, BV_STR("key"), &kv[0], depth) || !child(r, n, 1, BV_STR("value"), &kv[1], depth)) return NULL;
		kv[0].nullable = false;
		return bv__type_make1(r->a, t, (bv_field){.name = BV_STR("entries"), .type = bv__type_struct(r->a, kv, 2), .nullable = false});
	}
	default: {
		bv_field key, value;
		if (!child(r, n, 0, BV_STR("key"), &key, depth) || !child(r, n, 1, BV_STR("value"), &value, depth)) return NULL;
		if (!bv__type_is_integer(key.type)) return wrong(r, n, "the key is an integer");
		return bv__type_dictionary(r->a, key.type, value.type);
	}
	}
}

static const bv_type *read(reading *r, const bv_node *node, unsigned depth) {
	if (!node || node->kind != BV_TYPE) {
		bv__diag(r->d, BV_E_TYPE_NAME, node ? node->span : BV_NO_SPAN, "a type is expected");
		return NULL;
	}
	const bv_ast_type *n = (const bv_ast_type *)node;
	if (depth > BV_DEPTH_MAX) {
		bv__diag(r->d, BV_E_DEPTH, node->span, "the type is nested too deeply");
		return NULL;
	}
	for (unsigned i = 0; i < BV_COUNT(plain_nodes); i++)
		if (bv__str_is(n->name, plain_nodes[i].name)) return bv__type((bv_type_id)plain_nodes[i].id);
	for (unsigned i = 0; i < BV_COUNT(shaped_nodes); i++)
		if (bv__str_is(n->name, shaped_nodes[i].name)) {
			uint8_t id = shaped_nodes[i].id;
			return id <= BV_T_DECIMAL256 ? decimal(r, n, id) : shaped(r, n, id, depth);
		}
	bv__diag(r->d, BV_E_TYPE_NAME, node->span, "the engine has no type `" BV_STR_FMT "`", BV_STR_ARG(n->name));
	return NULL;
}

const bv_type *bv__type_from_node(bv_arena *a, const bv_node *type_node, bv_diagnostics *d) {
	reading r = {a, d, false};
	return read(&r, type_node, 0);
}

const bv_type *bv__type_parse(bv_arena *a, bv_str text, const bv_dialect *dialect, uint32_t file, bv_diagnostics *d) {
	const bv_type *t = bv__type_read_arrow(a, text);
	if (t) return t;
	reading r = {a, d, true};
	bv_node *n = bv__sql_parse_type(a, text, file, dialect, d);
	return n ? read(&r, n, 0) : NULL;
}

/* ---- to nodes ---- */

static bv_node *node_of(bv_arena *a, bv_span span, const bv_type *t, unsigned depth) {
	/* The tree has no names for unions, run-end encoding and maps with sorted keys. */
	if (!t || depth > BV_TYPE_DEPTH || t->id == BV_T_UNION || t->id == BV_T_RUN_END || (t->id == BV_T_MAP && t->flag)) return NULL;
	bv_ast_type *n = BV_MAKE(a, TYPE, type, span);
	if (!n) return NULL;
	if (t->id == BV_T_TIME32) n->name = BV_STR("time");
	for (unsigned i = 0; i < BV_COUNT(plain_nodes) && !n->name.n; i++)
		if (plain_nodes[i].id == t->id) n->name = bv__str(plain_nodes[i].name); /* Utf8View is `string`, the first */
	for (unsigned i = 0; i < BV_COUNT(shaped_nodes) && !n->name.n; i++)
		if (shaped_nodes[i].id == t->id) n->name = bv__str(shaped_nodes[i].name);
	if (bv__type_is_decimal(t)) {
		if (t->id == BV_T_DECIMAL256 && t->precision > 38) n->name = BV_STR("decimal256");
		n->precision = bv__arena_printf(a, "%u", t->precision);
		n->scale = bv__arena_printf(a, "%d", t->scale);
	} else if (t->id == BV_T_FIXED_BINARY || t->id == BV_T_FIXED_LIST) {
		n->precision = bv__arena_printf(a, "%d", t->size);
	} else if (t->id >= BV_T_TIME32 && t->id <= BV_T_DURATION) {
		if (t->unit != BV_UNIT_NS) n->precision = bv__arena_printf(a, "%u", t->unit * 3u);
		if (t->zone.n) n->zone = bv__arena_str(a, t->zone);
	}
	const bv_field *from = t->children;
	uint32_t count = t->nchildren;
	if (t->id == BV_T_MAP) {
		from = t->children[0].type->children;
		count = 2;
	}
	bv_node_vec fields = {0};
	for (uint32_t i = 0; i < count; i++) {
		bv_ast_type_field *f = BV_MAKE(a, TYPE_FIELD, type_field, span);
		if (!f || !(f->type = node_of(a, span, from[i].type, depth + 1))) return NULL;
		f->head.nullable = from[i].nullable;
		if (t->id == BV_T_STRUCT) f->name = bv__arena_str(a, from[i].name);
		if (!BV_PUSH(a, &fields, &f->head)) return NULL;
	}
	n->fields = bv__list_done(fields);
	return &n->head;
}

bv_node *bv__type_to_node(bv_arena *a, bv_span span, const bv_type *t) { return node_of(a, span, t, 0); }
