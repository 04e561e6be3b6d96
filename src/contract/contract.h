/* contract: what a materialised view promises of its schema: query schema and stored schema, derived, never written by hand. */
#ifndef BV_CONTRACT_H
#define BV_CONTRACT_H

#include "registry/registry.h"

typedef struct bv_contract {
	bv_schema_t query;   /* what the query returns */
	bv_schema_t stored;  /* what the Delta table holds; field metadata: "comment", "belvedere.*" */
	bv_schema_t scanned; /* what a reader of the table sees */
	bool cast;           /* some column needs a checked cast */
	bv_str *metadata;    /* Arrow schema metadata, pairs: belvedere.functions, belvedere.order_by (JSON lists) */
	uint32_t nmetadata;  /* pairs */
} bv_contract;

/* Derives it; false with one diagnostic for each column that Delta cannot store or name. */
BV_NODISCARD bool bv__contract_derive(bv_arena *a, const bv_view_artifact *artifact, bv_contract *out, bv_span span, bv_diagnostics *d);
/* The query with a final projection of explicit checked casts on top where stored types differ; the query itself where none does. Governed. */
const bv_node *bv__contract_stored_query(bv_arena *a, const bv_node *query, const bv_contract *c);
/* The same rows as a scan of the table would give them, in exactly the types that readers were compiled against: what a view is that is computed in
 * place of its table. */
const bv_node *bv__contract_scanned_query(bv_arena *a, const bv_node *query, const bv_contract *c);

/* Can a column of a Delta table have this name? */
bool bv__contract_name_fits(bv_str name);

typedef struct bv_contract_change {
	bv_str column;
	bv_str kind; /* added, removed, type, nullability, order */
	bv_str before, after;
	bool breaking;
} bv_contract_change;
/* Field-level diff of stored schemas. Added columns and a nullable column that becomes NOT NULL are compatible; the rest breaks. */
BV_NODISCARD bool bv__contract_diff(bv_arena *a, const bv_schema_t *before, const bv_schema_t *after, bv_contract_change **out, uint32_t *n);
/* The stored schema as an Arrow schema with its metadata. Transfers: call out->release. */
BV_NODISCARD bool bv__contract_export(bv_arena *a, const bv_contract *c, struct ArrowSchema *out);
void bv__contract_json(const bv_contract *c, const bv_view_artifact *artifact, bv_buf *out);

#endif
