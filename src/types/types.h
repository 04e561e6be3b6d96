/* types: Arrow types (nested), schemas, coercion, type nodes to Arrow and back. Types are immutable; scalars without parameters are static
 * singletons, others live in an arena. Compare with bv__type_equal. */
#ifndef BV_TYPES_H
#define BV_TYPES_H

#include "sql/sql.h"

typedef enum bv_type_id {
	BV_T_NULL, BV_T_BOOL, BV_T_INT8, BV_T_INT16, BV_T_INT32, BV_T_INT64, BV_T_UINT8, BV_T_UINT16, BV_T_UINT32, BV_T_UINT64,
	BV_T_FLOAT16, BV_T_FLOAT32, BV_T_FLOAT64, BV_T_DECIMAL32, BV_T_DECIMAL64, BV_T_DECIMAL128, BV_T_DECIMAL256,
	BV_T_UTF8, BV_T_LARGE_UTF8, BV_T_UTF8_VIEW, BV_T_BINARY, BV_T_LARGE_BINARY, BV_T_BINARY_VIEW, BV_T_FIXED_BINARY,
	BV_T_DATE32, BV_T_DATE64, BV_T_TIME32, BV_T_TIME64, BV_T_TIMESTAMP, BV_T_DURATION,
	BV_T_INTERVAL_YEAR_MONTH, BV_T_INTERVAL_DAY_TIME, BV_T_INTERVAL_MONTH_DAY_NANO,
	BV_T_LIST, BV_T_LARGE_LIST, BV_T_FIXED_LIST, BV_T_LIST_VIEW, BV_T_LARGE_LIST_VIEW, BV_T_STRUCT, BV_T_MAP, BV_T_DICTIONARY, BV_T_UNION, BV_T_RUN_END
} bv_type_id;

typedef enum bv_time_unit { BV_UNIT_S, BV_UNIT_MS, BV_UNIT_US, BV_UNIT_NS } bv_time_unit;

/* A named, typed column or child. `metadata`: pairs key, value (may be NULL). */
typedef struct bv_field {
	bv_str name;
	const bv_type *type;
	bool nullable;
	bv_str *metadata;
	uint32_t nmetadata; /* pairs */
} bv_field;

struct bv_type {
	uint8_t id;        /* bv_type_id */
	uint8_t unit;      /* bv_time_unit */
	uint8_t precision; /* decimals */
	int8_t scale;
	bool flag;         /* map: keys sorted; dictionary: ordered; union: dense */
	int32_t size;      /* fixed binary and fixed list */
	bv_str zone;       /* timestamp: empty = none */
	/* list: element; struct and union: fields; map: one child "entries", a struct of key and value; dictionary: key, value; run_end: run ends, values */
	uint32_t nchildren;
	const bv_field *children;
	const int8_t *ids; /* union: the type id of each child; elsewhere NULL */
};

typedef struct bv_schema_t {
	bv_field *v;
	uint32_t n;
} bv_schema_t;

const bv_type *bv__type(bv_type_id id); /* parameterless singleton (float, string, …); NULL for parametric ids */
const bv_type *bv__type_decimal(bv_arena *a, unsigned precision, int scale); /* Decimal128, or 256 past 38 digits */
const bv_type *bv__type_timestamp(bv_arena *a, bv_time_unit unit, bv_str zone);
const bv_type *bv__type_time(bv_arena *a, bv_time_unit unit); /* Time32 to milliseconds, Time64 past them */
const bv_type *bv__type_duration(bv_arena *a, bv_time_unit unit);
const bv_type *bv__type_dictionary(bv_arena *a, const bv_type *key, const bv_type *value);
const bv_type *bv__type_map(bv_arena *a, const bv_type *key, const bv_type *value); /* children "entries", "key", "value", as DataFusion makes them */
const bv_type *bv__type_list(bv_arena *a, const bv_type *element, bool nullable); /* child name "item", as DataFusion makes it */
const bv_type *bv__type_struct(bv_arena *a, const bv_field *fields, uint32_t n);
bool bv__type_equal(const bv_type *a, const bv_type *b); /* names and nullability of children count; metadata does not */
/* Equal up to the string and binary encodings (Utf8, LargeUtf8, Utf8View and dictionaries of them are one type) and children's nullability and list child names. */
bool bv__type_same_logical(const bv_type *a, const bv_type *b);
const bv_type *bv__type_copy(bv_arena *a, const bv_type *t);
bool bv__type_is_integer(const bv_type *t);
bool bv__type_is_float(const bv_type *t);
bool bv__type_is_numeric(const bv_type *t); /* integer, float, decimal */
bool bv__type_is_string(const bv_type *t);
bool bv__type_is_temporal(const bv_type *t);
bool bv__type_is_decimal(const bv_type *t);
/* As the engine's arrow_typeof prints it. */
void bv__type_text(const bv_type *t, bv_buf *out);
bv_str bv__type_str(bv_arena *a, const bv_type *t);
/* Reads such a text, or any SQL type of the dialect; NULL with a diagnostic otherwise. */
const bv_type *bv__type_parse(bv_arena *a, bv_str text, const bv_dialect *dialect, uint32_t file, bv_diagnostics *d);

/* Type node -> Arrow type as DataFusion 55 plans that SQL type (VARCHAR is Utf8View, TIMESTAMP is nanoseconds); NULL with a diagnostic. */
const bv_type *bv__type_from_node(bv_arena *a, const bv_node *type_node, bv_diagnostics *d);
/* The node that names this type exactly (type.name = "utf8", "timestamp", …). */
bv_node *bv__type_to_node(bv_arena *a, bv_span span, const bv_type *t);

/* Arrow C Data Interface. Import copies and leaves `s` alone; NULL when the format is not known. */
const bv_type *bv__type_import(bv_arena *a, const struct ArrowSchema *s);
bool bv__field_import(bv_arena *a, const struct ArrowSchema *s, bv_field *out);
bool bv__schema_import(bv_arena *a, const struct ArrowSchema *s, bv_schema_t *out); /* a struct schema */
/* Export transfers: the caller calls out->release. */
BV_NODISCARD bool bv__field_export(const bv_field *f, struct ArrowSchema *out);
BV_NODISCARD bool bv__schema_export(const bv_schema_t *s, struct ArrowSchema *out);
/* [{"name","type","nullable"}], type as text. */
void bv__schema_json(const bv_schema_t *s, bv_buf *out);
/* Reads that. */
BV_NODISCARD bool bv__schema_from_json(bv_arena *a, bv_str json, bv_schema_t *out);
/* Names, order and logical types; not whether columns may be NULL. */
bool bv__schema_same_logical(const bv_schema_t *a, const bv_schema_t *b);
/* The first field that has exactly this name; else, where insensitive, the first that has it without case. *matches (may be NULL): how many have it so. */
const bv_field *bv__schema_find(const bv_schema_t *s, bv_str name, bool insensitive, uint32_t *matches);

/* Result type of `left op right` as DataFusion 55 derives it; NULL when it has none. */
const bv_type *bv__type_binary(bv_arena *a, bv_binary_op op, const bv_type *left, const bv_type *right);
/* The type two branches (CASE, COALESCE, UNION, IN, VALUES) come to, each by DataFusion's own rule for it; NULL when there is none. */
const bv_type *bv__type_union(bv_arena *a, const bv_type *left, const bv_type *right);      /* set operations: a number beside a string becomes a string */
const bv_type *bv__type_values(bv_arena *a, const bv_type *left, const bv_type *right);     /* VALUES, COALESCE, elements of ARRAY and MAP: it stays a number */
const bv_type *bv__type_comparison(bv_arena *a, const bv_type *left, const bv_type *right); /* =, <, IN, BETWEEN */
const bv_type *bv__type_case(bv_arena *a, const bv_type *left, const bv_type *right);       /* CASE results */
const bv_type *bv__type_like(bv_arena *a, const bv_type *left, const bv_type *right);       /* the common type of operand and pattern of LIKE, ILIKE */
const bv_type *bv__type_regex(bv_arena *a, const bv_type *left, const bv_type *right);      /* of SIMILAR TO, ~ */
/* Can the engine cast values of one type to the other at all? */
bool bv__type_can_cast(const bv_type *from, const bv_type *to);
/* Type of a numeric literal: Int64, UInt64 past it, Float64 with point or exponent. */
const bv_type *bv__type_number(bv_str text);

/* Stored (Delta) form of a query type: unsigned widened, timestamps in µs, views and dictionaries as plain strings; NULL where Delta has
 * no such type. *cast says whether a checked cast is needed (views to plain strings are not). */
const bv_type *bv__type_stored(bv_arena *a, const bv_type *t, bool *cast);
/* How a Delta scan with the scan profile returns a stored type (strings as views, timestamps in µs, "UTC"). */
const bv_type *bv__type_scanned(bv_arena *a, const bv_type *stored);

#endif
