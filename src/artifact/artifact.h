/* artifact: everything that is recorded of a governed tree, in one bundle. Keyed by {ast_fingerprint, policy_hash}. */
#ifndef BV_ARTIFACT_H
#define BV_ARTIFACT_H

#include "lineage/lineage.h"
#include "types/types.h"

typedef struct bv_input {
	bv_str name; /* dotted full name of a table or view that the tree reads */
	bv_path path;
} bv_input;

typedef struct bv_view_artifact {
	bv_arena *arena;         /* owns everything below */
	bv_str name;             /* dotted full name, empty for a bare query */
	const bv_node *ast;      /* governed tree: a query */
	bv_str payload;          /* canonical JSON */
	bv_span *spans;          /* one an element of the payload */
	uint32_t nspans;
	char ast_fingerprint[65]; /* empty: provisional (an unknown type is left), never recorded */
	char policy_hash[65];
	bool has_schema;
	bv_schema_t schema;      /* what the query returns */
	bool has_lineage;
	bv_lineage lineage;
	bv_column_hash *columns; /* one an output, where there is a fingerprint */
	uint32_t ncolumns;
	bv_str *functions;       /* required functions: canonical names, sorted */
	bv_str *function_hashes;
	uint32_t nfunctions;
	bv_str *volatile_functions; /* those of them that are stable or volatile */
	uint32_t nvolatile;
	bv_input *inputs;        /* sorted by name */
	uint32_t ninputs;
} bv_view_artifact;

void bv__artifact_free(bv_view_artifact *a);
/* {"name","ast_fingerprint","policy_hash","payload":[…],"schema":[…],"lineage":{…},"required_udfs":[…],"inputs":[…],"columns":[…]}. */
void bv__artifact_json(const bv_view_artifact *a, bv_buf *out);
/* [{"name","hash"},…]; null without a fingerprint. */
void bv__artifact_columns_json(const bv_view_artifact *a, bv_json *j);

#endif
