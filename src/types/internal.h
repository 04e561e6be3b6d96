/* types, inside: what the files of this room share. */
#ifndef BV_TYPES_INTERNAL_H
#define BV_TYPES_INTERNAL_H

#include "types/types.h"

/* A type that comes from outside nests at most BV_DEPTH_MAX deep; views over views may add to that. Every recursion over types stops here. */
#define BV_TYPE_DEPTH (4 * BV_DEPTH_MAX)
/* Types share their parts, so a small one may have very many leaves. What copies or prints one stops here. */
#define BV_TYPE_NODES (1u << 20)
#define BV_TYPE_TEXT (8u << 20) /* bytes */

static inline bool bv__type_is_parametric(uint8_t id) {
	return (id >= BV_T_DECIMAL32 && id <= BV_T_DECIMAL256) || id == BV_T_FIXED_BINARY || (id >= BV_T_TIME32 && id <= BV_T_DURATION) || id >= BV_T_LIST;
}
static inline bool bv__type_is_list(const bv_type *t) { return t->id >= BV_T_LIST && t->id <= BV_T_LARGE_LIST_VIEW; }
static inline bool bv__type_is_signed(const bv_type *t) { return t->id >= BV_T_INT8 && t->id <= BV_T_INT64; }
static inline bool bv__type_is_interval(const bv_type *t) { return t->id >= BV_T_INTERVAL_YEAR_MONTH && t->id <= BV_T_INTERVAL_MONTH_DAY_NANO; }
static inline bool bv__type_is_date(const bv_type *t) { return t->id == BV_T_DATE32 || t->id == BV_T_DATE64; }
static inline bool bv__type_is_time(const bv_type *t) { return t->id == BV_T_TIME32 || t->id == BV_T_TIME64; }
static inline bool bv__type_is_binary(const bv_type *t) { return t->id >= BV_T_BINARY && t->id <= BV_T_BINARY_VIEW; }

/* A copy in the arena of what the caller filled in; NULL when out of memory. */
const bv_type *bv__type_make(bv_arena *a, bv_type t);
/* The same with one child (list, map), copied. */
const bv_type *bv__type_make1(bv_arena *a, bv_type t, bv_field child);
const bv_type *bv__type_decimal_of(bv_arena *a, bv_type_id id, uint8_t precision, int8_t scale);
static inline uint8_t bv__decimal_digits(uint8_t id) { return id == BV_T_DECIMAL32 ? 9 : id == BV_T_DECIMAL64 ? 18 : id == BV_T_DECIMAL128 ? 38 : 76; }
bool bv__metadata_copy(bv_arena *a, const bv_field *from, bv_field *to);
/* Arrow's way of writing a type, exactly; NULL when the text is not one. */
const bv_type *bv__type_read_arrow(bv_arena *a, bv_str text);

/* Arrow's equals_datatype: names of children do not count, whether they may be NULL does. */
bool bv__type_same_shape(const bv_type *a, const bv_type *b);

/* A common type by one of the rules; NULL: none. */
typedef struct bv_coercion {
	bv_arena *arena;
	unsigned depth;
} bv_coercion;
typedef const bv_type *(*bv_coerce_fn)(bv_coercion *c, const bv_type *l, const bv_type *r);
const bv_type *bv__coerce_comparison(bv_coercion *c, const bv_type *l, const bv_type *r);
const bv_type *bv__coerce_union(bv_coercion *c, const bv_type *l, const bv_type *r);
const bv_type *bv__coerce_resolution(bv_coercion *c, const bv_type *l, const bv_type *r); /* type_union_resolution */
const bv_type *bv__coerce_like(bv_coercion *c, const bv_type *l, const bv_type *r);
const bv_type *bv__coerce_regex(bv_coercion *c, const bv_type *l, const bv_type *r);
const bv_type *bv__coerce_string(bv_coercion *c, const bv_type *l, const bv_type *r);
const bv_type *bv__coerce_binary(bv_coercion *c, const bv_type *l, const bv_type *r);
const bv_type *bv__coerce_temporal_strict(bv_coercion *c, const bv_type *l, const bv_type *r);
const bv_type *bv__coerce_number(bv_coercion *c, const bv_type *l, const bv_type *r); /* numerical_coercion */
const bv_type *bv__decimal_cross(bv_coercion *c, const bv_type *l, const bv_type *r);
const bv_type *bv__decimal_for(bv_coercion *c, uint8_t id, const bv_type *number); /* the decimal of this width that holds an integer or float */

#endif
