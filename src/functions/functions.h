/* functions: the function snapshot (what the engine can run) as a catalogue: lookup, aliases, return types.
 *
 * The snapshot is JSON made by the engine: {"engine":"datafusion","version":"55.2.0","functions":[{"name","aliases":[…],"kind":"scalar|aggregate|window|table|higher_order",
 * "signatures":["substr(str: String, start_pos: Int64)"],"parameters":["str",…],"volatility":"immutable|stable|volatile","null_handling":"propagate|custom|…","async":false,
 * "documentation":{"description","syntax","example","arguments":[[name,text],…]} or null,"hash":"<sha256 of name, kind, signature, volatility, null handling, version>"}]}, sorted by kind and
 * name. A copy lies in functions/snapshot.json with the return types that were probed (functions/probes.json), so that the lane works without an engine. */
#ifndef BV_FUNCTIONS_H
#define BV_FUNCTIONS_H

#include "types/types.h"
#include "engine/engine.h"

typedef enum bv_function_kind { BV_FN_SCALAR, BV_FN_AGGREGATE, BV_FN_WINDOW, BV_FN_TABLE, BV_FN_HIGHER_ORDER, BV_FN_KIND_COUNT } bv_function_kind;
typedef enum bv_volatility { BV_IMMUTABLE, BV_STABLE, BV_VOLATILE } bv_volatility;

typedef struct bv_function {
	bv_str name; /* canonical, lower case */
	bv_function_kind kind;
	bv_volatility volatility;
	bv_str hash; /* of the snapshot entry */
	bv_str json; /* the whole entry, for `functions NAME` */
} bv_function;

/* Immutable once loaded, but for the memo of probes, which has a lock of its own: shared by threads. */
typedef struct bv_functions_t bv_functions_t;

/* The kept copy, built into the library. */
bv_functions_t *bv__functions_kept(bv_diagnostics *d);
/* From an engine. The memo starts with the kept probes whose entry hash is the same. */
bv_functions_t *bv__functions_from_engine(const bv_engine_api *api, bv_engine *engine, bv_diagnostics *d);
void bv__functions_free(bv_functions_t *);
/* Reads the snapshot where that was not done; whoever asks for a function does so first. A project of which nothing has to be compiled never asks. */
void bv__functions_need(const bv_functions_t *);
bv_str bv__functions_hash(const bv_functions_t *); /* hash of the whole snapshot */
uint32_t bv__functions_count(const bv_functions_t *);
const bv_function *bv__functions_at(const bv_functions_t *, uint32_t i); /* sorted by kind, name */
/* By name or alias, any ASCII case; kind: the one wanted, or -1 for the first of scalar, aggregate, window, higher_order, table. */
const bv_function *bv__functions_find(const bv_functions_t *, bv_str name, int kind);
bv_str bv__functions_nearest(const bv_functions_t *, bv_str name); /* for "did you mean" */

typedef struct bv_probe_result {
	const bv_type *type; /* lives as long as the functions */
	bool nullable;
	bv_str error; /* the engine refuses these arguments: its reason; type is NULL */
	bool oom;     /* it is not known for want of memory */
} bv_probe_result;
/* Return type for these argument types (and constants: constants[i].p NULL when not constant). First the memo, then the engine; false when neither knows. */
bool bv__functions_probe(bv_functions_t *, const bv_function *f, const bv_field *args, uint32_t nargs, const bv_str *constants, bv_probe_result *out);
/* Probes made since load, as JSON lines to keep: the registry's memo, and tools/keep_probes. */
void bv__functions_new_probes(bv_functions_t *, bv_buf *out);
void bv__functions_add_probes(bv_functions_t *, bv_str json_lines);

#endif
