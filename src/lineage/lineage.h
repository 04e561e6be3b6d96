/* lineage: which source columns an output column's value is made of (value lineage). */
#ifndef BV_LINEAGE_H
#define BV_LINEAGE_H

#include "ast/ast.h"

typedef struct bv_source_column {
	bv_str table; /* the catalogue's full name, dotted; or the key given by the lookup */
	bv_str column;
} bv_source_column;
typedef struct bv_column_lineage {
	bv_str output;
	bv_source_column *v; /* sorted, unique */
	uint32_t n;
} bv_column_lineage;
typedef struct bv_lineage {
	bv_column_lineage *v; /* by output name, first appearance; equal names share one entry with the union */
	uint32_t n;
} bv_lineage;

/* Names a table as the reader knows it (the key in `schema`); NULL: its dotted path. */
typedef bv_str (*bv_table_key)(void *ctx, const bv_path *path);
/* Of a governed query. False when out of memory. */
BV_NODISCARD bool bv__lineage(bv_arena *a, const bv_node *query, bv_table_key key, void *ctx, bv_lineage *out);
void bv__lineage_json(const bv_lineage *l, bv_buf *out);

#endif
