/* nodes: the tables that nodes.def and shapes.def describe. In: kinds, names. Out: descriptions; what may stand where. */
#include "ast/ast.h"

#include <pthread.h>

/* ---- enums ---- */

#define BV_V(e, v) #v,
#define BV_ENUM(e, values) static const char *const values_##e[] = {values};
#include "ast/nodes.def"

/* ---- fields ---- */

#define FIELD(k, f, t, need, e, ne, d) \
	{.name = #f, .type = (t), .required = (need), .offset = offsetof(bv_ast_##k, f), .values = (e), .nvalues = (ne), .doc = (d), .key = ",\"" #f "\":", .key_n = sizeof(",\"" #f "\":") - 1},
#define BV_REQUIRED true
#define BV_OPTIONAL false
#define BV_NODE(K, k, governed, doc) static const bv_field_desc fields_##k[] = {
#define BV_CHILD(k, f, need, doc) FIELD(k, f, BV_F_CHILD, need, NULL, 0, doc)
#define BV_LIST(k, f, need, doc) FIELD(k, f, BV_F_LIST, need, NULL, 0, doc)
#define BV_NAME(k, f, need, doc) FIELD(k, f, BV_F_NAME, need, NULL, 0, doc)
#define BV_TEXT(k, f, need, doc) FIELD(k, f, BV_F_TEXT, need, NULL, 0, doc)
#define BV_PATH(k, f, need, doc) FIELD(k, f, BV_F_PATH, need, NULL, 0, doc)
#define BV_NAMES(k, f, need, doc) FIELD(k, f, BV_F_NAMES, need, NULL, 0, doc)
#define BV_FLAG(k, f, doc) FIELD(k, f, BV_F_FLAG, false, NULL, 0, doc)
#define BV_ENUMF(k, f, e, doc) FIELD(k, f, BV_F_ENUM, false, values_##e, BV_COUNT(values_##e), doc)
#define BV_END(k) {.name = NULL}};
#include "ast/nodes.def"

#define BV_NODE(K, k, governed, doc) static const bv_kid kids_##k[] = {
#define BV_CHILD(k, f, need, doc) {offsetof(bv_ast_##k, f), false},
#define BV_LIST(k, f, need, doc) {offsetof(bv_ast_##k, f), true},
#define BV_END(k) {0, false}};
#include "ast/nodes.def"

/* ---- nodes ---- */

#define BV_NODE(K, k, governed, doc) [BV_##K] = kids_##k,
const bv_kid *const bv__kids[BV_KIND_COUNT] = {
	[BV_KIND_NONE] = &(const bv_kid){0, false},
#include "ast/nodes.def"
};

#define BV_YES true
#define BV_NO false
#define BV_NODE(K, k, g, d) \
	[BV_##K] = {.name = #k, .doc = (d), .size = sizeof(bv_ast_##k), .governed = (g), .nfields = BV_COUNT(fields_##k) - 1, .fields = fields_##k, \
		.open = ",{\"kind\":\"" #k "\"", .open_n = sizeof(",{\"kind\":\"" #k "\"") - 1},
const bv_node_desc bv__nodes[BV_KIND_COUNT] = {
	[BV_KIND_NONE] = {.name = "none", .doc = "no node"},
#include "ast/nodes.def"
};

const char *bv__enum_name(bv_kind kind, const char *field, unsigned value) {
	const bv_node_desc *d = &bv__nodes[kind < BV_KIND_COUNT ? kind : 0];
	for (unsigned i = 0; i < d->nfields; i++)
		if (d->fields[i].values && strcmp(d->fields[i].name, field) == 0) return value < d->fields[i].nvalues ? d->fields[i].values[value] : "?";
	return "?";
}

/* ---- lookups, made once ---- */

enum { SLOTS = 256, FIELDS_MAX = 16 };
_Static_assert(BV_KIND_COUNT * 2 < SLOTS, "more kinds: more slots");

typedef enum shape {
	SHAPE_EXPR,
#define BV_SHAPE(s, wants, ...) SHAPE_##s,
#include "ast/shapes.def"
#undef BV_SHAPE
	SHAPE_COUNT
} shape;

#define BV_SHAPE(s, w, ...) [SHAPE_##s] = (w),
static const char *const wants[SHAPE_COUNT] = {
	[SHAPE_EXPR] = "an expression",
#include "ast/shapes.def"
};
#undef BV_SHAPE

static uint8_t kind_slots[SLOTS];
static bool takes[SHAPE_COUNT][BV_KIND_COUNT];
static uint8_t shapes[BV_KIND_COUNT][FIELDS_MAX];
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void set_shape(bv_kind kind, const char *field, shape s) {
	for (unsigned i = 0; i < bv__nodes[kind].nfields; i++)
		if (strcmp(bv__nodes[kind].fields[i].name, field) == 0) shapes[kind][i] = (uint8_t)s;
}

static void init(void) {
	for (unsigned k = 1; k < BV_KIND_COUNT; k++) {
		const char *name = bv__nodes[k].name;
		uint32_t i = (uint32_t)bv__hash64(name, strlen(name)) % SLOTS;
		while (kind_slots[i]) i = (i + 1) % SLOTS;
		kind_slots[i] = (uint8_t)k;
		takes[SHAPE_EXPR][k] = true;
	}
#define BV_NOT_EXPR(K) takes[SHAPE_EXPR][BV_##K] = false;
#include "ast/shapes.def"
#undef BV_NOT_EXPR
#define BV_SHAPE(s, w, ...)                                                                \
	{                                                                                      \
		static const uint8_t kinds[] = {__VA_ARGS__};                                      \
		if (strncmp(#s, "EXPR_", 5) == 0) memcpy(takes[SHAPE_##s], takes[SHAPE_EXPR], sizeof takes[0]); \
		for (unsigned i = 0; i < sizeof kinds; i++) takes[SHAPE_##s][kinds[i]] = true;     \
	}
#include "ast/shapes.def"
#undef BV_SHAPE
/* offsetof: a row that names no field does not compile. */
#define BV_TAKES(K, k, f, s)            \
	(void)offsetof(bv_ast_##k, f);      \
	set_shape(BV_##K, #f, SHAPE_##s);
#include "ast/shapes.def"
#undef BV_TAKES
}

bv_kind bv__kind_by_name(bv_str name) {
	pthread_once(&once, init);
	for (uint32_t i = (uint32_t)bv__hash64(name.p, name.n) % SLOTS; kind_slots[i]; i = (i + 1) % SLOTS)
		if (bv__str_is(name, bv__nodes[kind_slots[i]].name)) return (bv_kind)kind_slots[i];
	return BV_KIND_NONE;
}

bool bv__field_takes(bv_kind kind, unsigned field, bv_kind child) {
	pthread_once(&once, init);
	return takes[shapes[kind][field]][child];
}

const char *bv__field_wants(bv_kind kind, unsigned field) {
	pthread_once(&once, init);
	return wants[shapes[kind][field]];
}
