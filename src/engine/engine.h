/* The engine seam: a versioned table of functions that an engine library fills in. Hand-written; both sides test against it.
 *
 * The library exports one symbol, bv_engine_init. Data crosses as Arrow C Data and C Stream; a query crosses as its payload
 * (ast/ast.h), never as SQL text; options and facts cross as JSON. An engine is never unloaded. All entries may be called from any
 * thread unless said otherwise; a plan and a stream belong to one thread at a time. Entries return 0, or non-zero with *err filled.
 * Every entry that a library does not have answers class "unsupported". */
#ifndef BV_ENGINE_H
#define BV_ENGINE_H

#include "belvedere/belvedere.h"

#define BV_ENGINE_ABI 1u
#define BV_ENGINE_INIT_SYMBOL "bv_engine_init"

typedef struct bv_engine bv_engine;           /* runtime, memory pool, spill folder, object stores */
typedef struct bv_engine_catalog bv_engine_catalog; /* names -> datasets and views, each at a pinned version */
typedef struct bv_engine_plan bv_engine_plan; /* one planned query */

/* Text made by the engine; give it back with text_free. */
typedef struct bv_engine_text {
	char *p; /* NUL-terminated; NULL: none */
	size_t n;
} bv_engine_text;

/* Filled by a failing entry; message and hint are the engine's memory: error_free. */
typedef struct bv_engine_error {
	char cls[24]; /* plan, execution, resources, cancelled, not_found, exists, io, invalid_data, conflict, foreign, unsupported, internal */
	char *message;
	char *hint;
	int64_t element; /* payload element the error points at, -1: none */
} bv_engine_error;

/* Progress of a write or a query: called from any thread of the engine, at most ten times a second. */
typedef void (*bv_engine_progress)(void *ctx, uint64_t rows, uint64_t bytes);

/* A flag that any thread may set; entries that take one look at it often and then fail with class "cancelled". Non-zero: cancelled. */
typedef struct bv_engine_cancel {
	volatile int32_t flag;
} bv_engine_cancel;

typedef struct bv_engine_api {
	uint32_t size; /* sizeof of what the library was built with; the table only grows */
	uint32_t abi;  /* BV_ENGINE_ABI */

	/* {"name":"datafusion","version":"55.2.0","delta":"1.1.2"}; static, not freed. */
	const char *(*describe)(void);

	/* options: {"memory":bytes,"threads":n,"spill":dir,"storage":{"s3://bucket":{…}},"settings":{"datafusion.…":"…"}}; each key may be missing. */
	int (*open)(const char *options_json, bv_engine **out, bv_engine_error *err);
	void (*close)(bv_engine *); /* shuts the runtime down in the background */

	/* The function snapshot, see functions/functions.h; canonical: same engine, same bytes. */
	int (*functions)(bv_engine *, bv_engine_text *out, bv_engine_error *err);
	/* Return type of a call. request: one array argument per child of `args` (a struct schema); constants: JSON array with an element per argument:
	 * null (not a constant), or {"value":text or null} as the constant's text in its type. kind: "scalar", "aggregate", "window", "higher_order".
	 * *out gets one field (release it): type and nullability; field metadata kept. `coerced` (may be NULL) gets the struct of argument types after coercion. */
	int (*probe)(bv_engine *, const char *kind, const char *name, const struct ArrowSchema *args, const char *constants_json, struct ArrowSchema *out, struct ArrowSchema *coerced,
		bv_engine_error *err);

	/* Facts about a Delta table, read from its log. request: {"location","version":n (optional),"certificates":true (look for them)}. *out:
	 * {"exists":true,"id","version","data_version","schema_version":…,"rows":n or null,"files":n,"bytes":n,"properties":{…},"partition_columns":[…],
	 *  "txn":{app:version},"certificate":{…} or null,"certificate_version":n or null,"last_certificates":[…]}; {"exists":false} where no table is. data_version: the newest
	 * version <= version that changed data or the schema (names, types, nullability), found by reading commits backwards; where the log ends first, the oldest version
	 * that could be read. Facts of the newest version carry "head": which file committed it. A request may give "known":{"version","head"} of an earlier answer;
	 * where that commit is the newest one still, the answer is {"unchanged":true} and no log is read. schema (may be NULL): as a scan returns it. */
	int (*delta_state)(bv_engine *, const char *request_json, bv_engine_text *out, struct ArrowSchema *schema, bv_engine_error *err);

	/* ---- catalogues: one a session or a run; names are exact, dotted paths of one to three parts given as JSON arrays ---- */
	int (*catalog_open)(bv_engine *, bv_engine_catalog **out, bv_engine_error *err);
	void (*catalog_close)(bv_engine_catalog *);
	/* Registers (replaces) a dataset. request: {"name":["main","t"],"format":"delta|parquet|csv|json","location","version":n (delta, optional),"options":{…}}.
	 * *schema: as a scan returns it. *info: for delta as delta_state; for files {"version":"<hash of sorted (path, size, mtime)>","files":n,"bytes":n}. Either may be NULL. */
	int (*dataset)(bv_engine_catalog *, const char *request_json, struct ArrowSchema *schema, bv_engine_text *info, bv_engine_error *err);
	/* Registers (replaces) a host table: streams made by open(ctx, …). drop(ctx) when no longer needed. */
	int (*table)(bv_engine_catalog *, const char *name_json, const struct ArrowSchema *schema, int (*open)(void *ctx, struct ArrowArrayStream *), void (*drop)(void *ctx), void *ctx, bv_engine_error *err);
	/* Registers (replaces) a view: payload -> logical plan. *schema: what it returns (may be NULL). */
	int (*view)(bv_engine_catalog *, const char *name_json, const char *payload, size_t n, struct ArrowSchema *schema, bv_engine_error *err);
	int (*drop)(bv_engine_catalog *, const char *name_json, bv_engine_error *err);

	/* ---- plans ---- */
	/* Plans a governed query. options: {"plain":true: strings as Utf8 and no dictionaries in the result}. *schema may be NULL. */
	int (*plan)(bv_engine_catalog *, const char *payload, size_t n, const char *options_json, bv_engine_plan **out, struct ArrowSchema *schema, bv_engine_error *err);
	void (*plan_free)(bv_engine_plan *);
	/* Text of the optimised logical and the physical plan, for people. */
	int (*plan_text)(bv_engine_plan *, bv_engine_text *out, bv_engine_error *err);
	/* Starts execution; once a plan. Pull based; dropping the stream stops it. cancel (may be NULL) must outlive the stream. */
	int (*execute)(bv_engine_plan *, bv_engine_cancel *cancel, struct ArrowArrayStream *out, bv_engine_error *err);

	/* Writes a plan's rows to a Delta table: streaming, one atomic commit. Nothing is committed when it fails or is cancelled. request:
	 * {"location","mode":"create|append|overwrite","expected_version":n or null (the table must be at this version, null: must not exist; else class "conflict"),
	 *  "app":text,"app_version":n (txn action),"partition_by":[…],"properties":{…} (set at create and overwrite),"comment":text,
	 *  "column_comments":{…},"column_nullable":{name:bool},"data_change":false (the same rows laid out anew),
	 *  "metadata":{…} (into commitInfo as written; in its entry "belvedere" a "rows_out" of -1 becomes the number of rows that were written)}
	 * The schema of the table is the plan's. *out: {"version":n,"rows":n,"files":n,"bytes":n,"id":text}. */
	int (*write)(bv_engine_plan *, const char *request_json, bv_engine_cancel *cancel, bv_engine_progress progress, void *progress_ctx, bv_engine_text *out, bv_engine_error *err);
	/* A metadata commit: properties and comments. request: {"location","expected_version","properties","comment","column_comments","metadata","app","app_version"}. *out as write. */
	int (*alter)(bv_engine *, const char *request_json, bv_engine_text *out, bv_engine_error *err);
	/* Plans a scan of input files for `load`. request: {"files":[…],"format":"csv|json|parquet","options":{"header":bool,"delimiter","null","compression"}}; wanted (may be NULL): the schema to read as. */
	int (*scan_files)(bv_engine_catalog *, const char *request_json, const struct ArrowSchema *wanted, bv_engine_plan **out, struct ArrowSchema *schema, bv_engine_error *err);
	/* Removes a Delta table's folder. request: {"location"}: only where a Delta table is. */
	int (*remove)(bv_engine *, const char *request_json, bv_engine_error *err);

	/* Renders a template of Jinja with the given variables (a JSON object); no file or network access; steps, output and values are bounded. The text may
	 * call __belvedere_at(n, …), which writes nothing and looks at its other arguments' size. *out: {"places":[[n,offset],…],"text":"…"}: for each call with
	 * n > 0, in their order, how many bytes of the text were written before it. *err: its element is the line of the text, class "not_found" where something
	 * has no value or is not there, else "plan". */
	int (*render)(bv_engine *, const char *text, const char *variables_json, bv_engine_text *out, bv_engine_error *err);

	/* Peak bytes reserved in the memory pool, bytes spilled: {"peak":n,"reserved":n,"spilled":n}. */
	int (*memory)(bv_engine *, bv_engine_text *out, bv_engine_error *err);

	void (*text_free)(bv_engine_text *);
	void (*error_free)(bv_engine_error *);

	/* Only in the baseline library, NULL otherwise: SQL text by the engine's own parser and planner over the same catalogue, also DDL. */
	int (*baseline)(bv_engine_catalog *, const char *sql, bv_engine_cancel *cancel, struct ArrowArrayStream *out, bv_engine_error *err);
	/* Likewise: the schema of what the catalogue holds under a name, so that tables made by `baseline` can be compiled against; class "not_found". */
	int (*lookup)(bv_engine_catalog *, const char *name_json, struct ArrowSchema *schema, bv_engine_error *err);
} bv_engine_api;

/* The library's one symbol: the table, or NULL where it cannot serve `abi`. */
typedef const bv_engine_api *(*bv_engine_init_fn)(uint32_t abi);

#endif
