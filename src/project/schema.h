/* Tables given with a request instead of a project: what bv_schema_from_json reads, and the lane's lookup over it. */
#ifndef BV_SCHEMA_H
#define BV_SCHEMA_H

#include "project/project.h"
#include "scope/scope.h"

typedef struct bv_schema_table {
	bv_str key;   /* as the request spells it: lineage prints it */
	bv_path path; /* full path */
	bv_schema_t schema;
	bv_str *columns; /* as the request spells them */
	const bv_column_index *index;
} bv_schema_table;

struct bv_schema {
	bv_arena *arena;
	BV_VEC(bv_schema_table) tables;
	bv_map spelled; /* bv__schema_spelling's key -> bv_str *, of columns whose stored name is another one */
};

/* Callbacks of a lane context; ctx is the bv_schema. */
bv_lookup bv__schema_lookup(void *ctx, bv_arena *a, const bv_path *path, bv_table_info *out, bv_diagnostics *d, bv_span span);
/* A table's key and a column as the request spells them, from the full stored path and name. */
bv_str bv__schema_table_key(const bv_schema *s, const bv_path *path);
bv_str bv__schema_spelling(const bv_schema *s, bv_str key, bv_str column);
/* Lineage in the request's own spelling of columns. False: out of memory. */
BV_NODISCARD bool bv__schema_spell(const bv_schema *s, bv_arena *a, bv_lineage *l);
void bv__schema_candidates(void *ctx, bv_arena *a, bv_str **names, uint32_t *n);

#endif
