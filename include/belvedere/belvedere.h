/* Belvedere: compiles and runs view pipelines over Delta Lake.
 *
 * The library never prints, exits, changes directory or installs signal handlers. Sessions may be shared by threads; builders,
 * streams and diagnostics belong to one thread at a time. Each argument is one of four: *borrows* (the caller keeps it and it need
 * live only for the call), *copies*, *consumes* (the callee owns it now, also on failure), *transfers* (the caller owns the result).
 * Unless said otherwise arguments are borrowed and `out` is not touched on failure. Texts are UTF-8. */
#ifndef BELVEDERE_H
#define BELVEDERE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define BV_VERSION_MAJOR 0
#define BV_VERSION_MINOR 1
#define BV_VERSION_PATCH 0

#if defined(__GNUC__)
#define BV_API __attribute__((visibility("default")))
#else
#define BV_API
#endif

/* ---- Arrow C Data and Stream interface (https://arrow.apache.org/docs/format/CDataInterface.html) ---- */

#ifndef ARROW_C_DATA_INTERFACE
#define ARROW_C_DATA_INTERFACE
#define ARROW_FLAG_DICTIONARY_ORDERED 1
#define ARROW_FLAG_NULLABLE 2
#define ARROW_FLAG_MAP_KEYS_SORTED 4
struct ArrowSchema {
	const char *format;
	const char *name;
	const char *metadata;
	int64_t flags;
	int64_t n_children;
	struct ArrowSchema **children;
	struct ArrowSchema *dictionary;
	void (*release)(struct ArrowSchema *);
	void *private_data;
};
struct ArrowArray {
	int64_t length;
	int64_t null_count;
	int64_t offset;
	int64_t n_buffers;
	int64_t n_children;
	const void **buffers;
	struct ArrowArray **children;
	struct ArrowArray *dictionary;
	void (*release)(struct ArrowArray *);
	void *private_data;
};
#endif
#ifndef ARROW_C_STREAM_INTERFACE
#define ARROW_C_STREAM_INTERFACE
struct ArrowArrayStream {
	int (*get_schema)(struct ArrowArrayStream *, struct ArrowSchema *out);
	int (*get_next)(struct ArrowArrayStream *, struct ArrowArray *out);
	const char *(*get_last_error)(struct ArrowArrayStream *);
	void (*release)(struct ArrowArrayStream *);
	void *private_data;
};
#endif

/* ---- status and diagnostics ---- */

typedef enum bv_status {
	BV_OK = 0,
	BV_FAILED = 1,    /* diagnostics say what */
	BV_NOMEM = 2,     /* out of memory */
	BV_CANCELLED = 3, /* bv_session_cancel */
	BV_MISUSE = 4     /* wrong call: NULL where something is needed, a handle in the wrong state */
} bv_status;

/* "0.1.0"; static. */
BV_API const char *bv_version(void);

/* A list of diagnostics: code, severity, span, message, hint, notes. Errors and warnings of every call that it is passed to pile up. */
typedef struct bv_diagnostics bv_diagnostics;
BV_API bv_diagnostics *bv_diagnostics_new(void); /* NULL when out of memory */
BV_API void bv_diagnostics_free(bv_diagnostics *);
BV_API void bv_diagnostics_clear(bv_diagnostics *);
BV_API size_t bv_diagnostics_count(const bv_diagnostics *);
BV_API size_t bv_diagnostics_errors(const bv_diagnostics *);
/* A JSON array of {"code","severity","message","hint","file","line","column","end_line","end_column","notes"}; lines and columns from 1,
 * columns in code points, null where unknown. severity: NULL for all, or "error", "warning". Transfers (bv_text_free); NULL when out of memory. */
BV_API char *bv_diagnostics_json(const bv_diagnostics *, const char *severity);
/* For people: code, file:line:column, the line, a caret, hint and notes. Transfers (bv_text_free). */
BV_API char *bv_diagnostics_text(const bv_diagnostics *, bool color);
/* The page of a code ("BV1001" or "1001"), NULL when there is no such code. Transfers. */
BV_API char *bv_explain(const char *code);
BV_API void bv_text_free(char *text);

/* ---- statements and trees ---- */

/* One parsed statement with its own memory; immutable. */
typedef struct bv_tree bv_tree;

/* Reads all statements of a text. dialect: NULL is "datafusion". file: name for diagnostics, may be NULL. All errors of the text
 * are reported in one pass. *trees: array of *n trees; transfers (bv_trees_free). */
BV_API bv_status bv_parse(const char *sql, size_t n, const char *dialect, const char *file, bv_tree ***trees, size_t *count, bv_diagnostics *);
BV_API void bv_trees_free(bv_tree **trees, size_t count);
BV_API void bv_tree_free(bv_tree *);
BV_API bv_status bv_tree_from_payload(const char *json, size_t n, bv_tree **out, bv_diagnostics *);
/* Reads a query of SQLGlot: the JSON of the list that sqlglot.serde.dump gives (30.x), for example of an expression that Ibis compiled for DataFusion. *out
 * (transfers). What it does not know is refused: the diagnostic names the element by its place in the list, its class and the argument. */
BV_API bv_status bv_tree_from_sqlglot(const char *json, size_t n, bv_tree **out, bv_diagnostics *);
BV_API const char *bv_tree_kind(const bv_tree *); /* wire name of the root; lives as long as the tree */
/* Canonical JSON; transfers (bv_text_free). */
BV_API char *bv_tree_payload(const bv_tree *);
/* SHA-256 of the payload, 64 hex digits and a NUL. */
BV_API void bv_tree_fingerprint(const bv_tree *, char out[65]);
/* Text in a dialect, for people and for other engines; pretty: many lines, with the comments of a parsed text. NULL with a diagnostic where the dialect cannot say it. Transfers. */
BV_API char *bv_tree_sql(const bv_tree *, const char *dialect, bool pretty, bv_diagnostics *);
/* Indented tree for people. Transfers. */
BV_API char *bv_tree_text(const bv_tree *);

/* ---- sessions ---- */

typedef struct bv_session bv_session;

typedef struct bv_session_options {
	size_t size;          /* sizeof(bv_session_options) */
	const char *project;  /* directory with belvedere.yaml (or one below it); NULL: no project, an empty session */
	const char *engine;   /* "datafusion", "none", "auto" (where it is found) or a path; NULL is "auto" */
	bool search_upwards;  /* look for the project in the directories above too */
	void (*log)(void *ctx, int level, const char *line); /* may be NULL; level: 0 debug, 1 info, 2 warning */
	void *log_ctx;
} bv_session_options;
#define BV_SESSION_OPTIONS_INIT {sizeof(bv_session_options), NULL, NULL, false, NULL, NULL}

BV_API bv_status bv_session_open(const bv_session_options *, bv_session **out, bv_diagnostics *);
BV_API void bv_session_close(bv_session *);
/* Stops what runs in the session as soon as possible; callable from any thread and from a signal handler. The session stays cancelled: what would run
 * in it next is cancelled too. */
BV_API void bv_session_cancel(bv_session *);
/* {"version","project","engine":{"name","version",…} or null,"snapshot":{"functions","hash"},…}. Transfers. */
BV_API char *bv_session_info(bv_session *);

/* bv_parse by a template mode: what is written in {{ }}, {% %}, {# #}, ${ } and, in postgres, :name, is refused, becomes parameters, or is rendered with the
 * variables by the session's engine. Spans point into the text as it is given. */
typedef struct bv_parse_options {
	size_t size;
	const char *dialect;   /* NULL: the session's */
	const char *file;      /* name for diagnostics, may be NULL */
	const char *policy;    /* as that of bv_compile_options: its "templates" and "variables"; NULL: the session's */
} bv_parse_options;
#define BV_PARSE_OPTIONS_INIT {sizeof(bv_parse_options), NULL, NULL, NULL}
BV_API bv_status bv_session_parse(bv_session *, const char *sql, size_t n, const bv_parse_options *, bv_tree ***trees, size_t *count, bv_diagnostics *);
/* All statements of a text in the house layout, comments kept, in the dialect that the text is written in: that of the `dialect` option of its
 * CREATE VIEW, else `dialect`, else the session's (which may be NULL), else "datafusion". It never changes what the text says: that is read again
 * and compared. A text that cannot be read, or whose dialect is only read and never written, is refused with diagnostics. Transfers *out. */
BV_API bv_status bv_format(bv_session *, const char *sql, size_t n, const char *dialect, const char *file, char **out, bv_diagnostics *);

/* ---- compiling ---- */

/* Tables for a compile without a project: {"t":{"c":"BIGINT","d":{"type":"DATE","nullable":false}},"db.t":{…}}. */
typedef struct bv_schema bv_schema;
BV_API bv_status bv_schema_from_json(const char *json, size_t n, const char *dialect, bv_schema **out, bv_diagnostics *);
BV_API void bv_schema_free(bv_schema *);

typedef struct bv_compile_options {
	size_t size;
	const char *dialect;      /* read dialect of the tree; NULL is "datafusion" */
	const bv_schema *schema;  /* NULL: the session's catalogue */
	const char *last_stage;   /* run through this stage only; NULL: all */
	const char *policy;       /* JSON object as belvedere.yaml's policy, also with "variables": what placeholders mean; NULL: the session's */
	bool trace;
	const char *name;         /* name for diagnostics; may be NULL */
	bool columns;             /* bv_artifact_columns is wanted */
} bv_compile_options;
#define BV_COMPILE_OPTIONS_INIT {sizeof(bv_compile_options), NULL, NULL, NULL, NULL, false, NULL, false}

/* The one way from a tree to something that can be registered or run. */
typedef struct bv_artifact bv_artifact;
BV_API bv_status bv_compile_policy(bv_session *, const bv_tree *, const bv_compile_options *, bv_artifact **out, bv_diagnostics *);
BV_API void bv_artifact_free(bv_artifact *);
/* Each returns NULL where the stage that makes it did not run. Texts live as long as the artifact. */
BV_API const char *bv_artifact_payload(const bv_artifact *);
BV_API const char *bv_artifact_fingerprint(const bv_artifact *);
BV_API const char *bv_artifact_policy_hash(const bv_artifact *);
BV_API const char *bv_artifact_schema(const bv_artifact *);    /* [{"name","type","nullable"}] */
BV_API const char *bv_artifact_lineage(const bv_artifact *);   /* {column:[[table,column],…]} */
/* {"columns":[{"name","hash","uses":[{"table","column","path","roles":[…]}]}],"rows":[…]}: for each output its hash (null where there is no fingerprint) and
 * the columns that it comes from; `rows`: those that decide the rows, whichever outputs are looked at. Roles: projection, filter, join, group, order, window. */
BV_API const char *bv_artifact_columns(const bv_artifact *);
BV_API const char *bv_artifact_functions(const bv_artifact *); /* sorted names */
/* What each stage did: [{"stage","changed","rules":[{"rule","why","line","column","end_line","end_column","before","after"}],"tree","sql"}]. A rule rewrote `before`, as the
 * text has it, to `after` (null: nothing stands there any more). */
BV_API const char *bv_artifact_trace(const bv_artifact *);
BV_API const bv_tree *bv_artifact_tree(const bv_artifact *);   /* the governed tree; borrowed */
/* The names of the lane's stages in order, a NULL at the end; static. */
BV_API const char *const *bv_stages(void);

/* Why two queries do or do not share a fingerprint. A side is a view of the project or a tree, one of them.
 * *json: {"equal","provisional","a":{"name","file","ast_fingerprint","policy_hash"},"b":{…},"policy":[{"option","a","b"}],"equal_after","rules":[…],"differences":[{"path","note",
 * "a":{"kind","sql","file","line","column","end_line","end_column","source_line"},"b":…}],"more"}. Equal: the trees are one after the stage equal_after ("read": as they were read), and
 * `rules` are the rewrites, as in bv_artifact_trace with "side" and "stage", that one side alone did. Not: where the governed trees part, a or b null where it has nothing there;
 * relations of b are called as in a; `more` counts those that are left out. provisional: a type is unknown, so there is no fingerprint yet. */
typedef struct bv_explain_side {
	size_t size;
	const char *view;    /* its name; or */
	const bv_tree *tree;
	const char *policy;  /* JSON object as belvedere.yaml's policy; NULL: the session's */
} bv_explain_side;
#define BV_EXPLAIN_SIDE_INIT {sizeof(bv_explain_side), NULL, NULL, NULL}
BV_API bv_status bv_explain_fingerprint(bv_session *, const bv_explain_side *a, const bv_explain_side *b, char **json, bv_diagnostics *);

/* Adds or replaces a view of the session: the only way to register one. The tree is a query or a create_view; it goes through the
 * lane here. name: dotted, NULL takes it from create_view. */
typedef struct bv_view_options {
	size_t size;
	bool overwrite;
	bool materialized;   /* for a tree that is a bare query */
	const char *dialect; /* read dialect */
} bv_view_options;
#define BV_VIEW_OPTIONS_INIT {sizeof(bv_view_options), false, false, NULL}
BV_API bv_status bv_view_create(bv_session *, const char *name, const bv_tree *, const bv_view_options *, bv_diagnostics *);

/* A table of the host's own: its schema (copied), a version that changes when the data does, and a callback that gives a fresh stream for
 * each scan, called from any thread. drop(ctx) is called when the session no longer needs it. */
typedef struct bv_table_source {
	size_t size;
	const struct ArrowSchema *schema;
	const char *version;
	int (*open)(void *ctx, struct ArrowArrayStream *out); /* 0 or an errno */
	void (*drop)(void *ctx);                              /* may be NULL */
	void *ctx;
} bv_table_source;
BV_API bv_status bv_table_register(bv_session *, const char *name, const bv_table_source *, bv_diagnostics *);
/* A table at a location: {"name","format":"delta|parquet|csv|json","location","options":{}}. *schema_json: [{"name","type","nullable"}]; transfers. */
BV_API bv_status bv_dataset_register(bv_session *, const char *request_json, char **schema_json, bv_diagnostics *);

/* ---- building a tree without SQL ---- */

/* A relational builder. Every call returns a new handle that belongs to the builder; NULL arguments and errors are sticky until
 * bv_builder_finish. Names are exact. */
typedef struct bv_builder bv_builder;
typedef struct bv_rel bv_rel;
typedef struct bv_expr bv_expr;
BV_API bv_builder *bv_builder_new(void);
BV_API void bv_builder_free(bv_builder *);
BV_API bv_rel *bv_rel_table(bv_builder *, const char *name, const char *alias); /* alias may be NULL */
BV_API bv_rel *bv_rel_filter(bv_builder *, bv_rel *, bv_expr *condition);
BV_API bv_rel *bv_rel_project(bv_builder *, bv_rel *, bv_expr *const *exprs, const char *const *names, size_t n);
/* kind: "inner", "left", "right", "full", "cross"; on is NULL for cross. */
BV_API bv_rel *bv_rel_join(bv_builder *, bv_rel *left, bv_rel *right, const char *kind, bv_expr *on);
BV_API bv_rel *bv_rel_aggregate(bv_builder *, bv_rel *, bv_expr *const *keys, const char *const *key_names, size_t nkeys,
	bv_expr *const *values, const char *const *value_names, size_t nvalues);
BV_API bv_rel *bv_rel_order(bv_builder *, bv_rel *, bv_expr *const *keys, const bool *descending, size_t n);
BV_API bv_rel *bv_rel_limit(bv_builder *, bv_rel *, int64_t limit, int64_t offset); /* limit < 0: none */
BV_API bv_expr *bv_expr_column(bv_builder *, const char *relation, const char *name); /* relation may be NULL */
BV_API bv_expr *bv_expr_null(bv_builder *);
BV_API bv_expr *bv_expr_bool(bv_builder *, bool);
BV_API bv_expr *bv_expr_int(bv_builder *, int64_t);
BV_API bv_expr *bv_expr_number(bv_builder *, const char *text); /* "1.50" */
BV_API bv_expr *bv_expr_string(bv_builder *, const char *);
/* op: "+", "-", "*", "/", "%", "=", "<>", "<", "<=", ">", ">=", "||", "and", "or", "like". */
BV_API bv_expr *bv_expr_binary(bv_builder *, const char *op, bv_expr *, bv_expr *);
BV_API bv_expr *bv_expr_not(bv_builder *, bv_expr *);
BV_API bv_expr *bv_expr_is_null(bv_builder *, bv_expr *);
BV_API bv_expr *bv_expr_cast(bv_builder *, bv_expr *, const char *type); /* DataFusion's SQL type */
BV_API bv_expr *bv_expr_call(bv_builder *, const char *function, bv_expr *const *args, size_t n);
/* Transfers the tree; the builder can be freed. */
BV_API bv_status bv_builder_finish(bv_builder *, bv_rel *, bv_tree **out, bv_diagnostics *);

/* ---- projects: compile, plan, run ---- */

typedef struct bv_selection {
	const char *const *select;  /* selectors; n == 0: all */
	size_t nselect;
	const char *const *exclude;
	size_t nexclude;
} bv_selection;

typedef struct bv_run_options {
	size_t size;
	bv_selection selection;
	bool full_refresh;
	bool allow_breaking;
	bool fail_fast;
	bool prune;
	bool wait;
	/* Progress: one JSON object an event, {"event":"started|finished|progress",…}; called from any thread, one at a time. May be NULL. */
	void (*progress)(void *ctx, const char *json);
	void *progress_ctx;
} bv_run_options;
#define BV_RUN_OPTIONS_INIT {sizeof(bv_run_options), {NULL, 0, NULL, 0}, false, false, false, false, false, NULL, NULL}

/* Writes a project that runs into `directory`. */
BV_API bv_status bv_project_init(const char *directory, const char *name, bv_diagnostics *);
typedef struct bv_project_compile_options {
	size_t size;
	bv_selection selection;
	bool changes; /* list the views only that this call compiled, or that are invalid */
} bv_project_compile_options;
#define BV_PROJECT_COMPILE_OPTIONS_INIT {sizeof(bv_project_compile_options), {NULL, 0, NULL, 0}, false}
/* Compiles every view; lists all, or the selected. What the registry knows of unchanged views is taken from there. options may be NULL. *json:
 * {"views":[{"name","file","materialized","valid","unchanged","ast_fingerprint","policy_hash","columns","seconds"}],"compiled","unchanged","invalid"}; the
 * counts are of all that were selected, `compiled` holds the unchanged ones too. */
BV_API bv_status bv_project_compile(bv_session *, const bv_project_compile_options *options, char **json, bv_diagnostics *);
/* What a run would do, as interface.md's plan. */
BV_API bv_status bv_project_plan(bv_session *, const bv_run_options *, char **json, bv_diagnostics *);
/* Refreshes what is stale. *json: {"views":[{"name","status","strategy","rows_in","rows_out","output_version","seconds","certificate","reasons"}],"pruned","run"};
 * also given when views failed or the run was stopped, whatever the status: where a run began. */
BV_API bv_status bv_project_run(bv_session *, const bv_run_options *, char **json, bv_diagnostics *);
/* The derived graph: {"nodes":[{"name","kind","materialized",…}],"edges":[[from,to],…],"order":[…]}. */
BV_API bv_status bv_project_graph(bv_session *, const bv_selection *, char **json, bv_diagnostics *);
/* One view: {"name","file","materialized","artifact":{…},"tree","sql","schema","stored_schema","contract","lineage","certificate",…}. */
BV_API bv_status bv_project_show(bv_session *, const char *name, char **json, bv_diagnostics *);
/* Columns through the graph of views. name: a view or source, or one column of it (`a.b.c`; a name with a dot stands in quotes); what is a table's name is taken for
 * that. Upstream: all that it comes from, down to the sources; downstream: all that comes from it.
 * *json: {"name","column","direction":"upstream|downstream","nodes":[{"table","column","kind":"source|view|materialized","steps","more"}],
 * "edges":[{"from":[table,column],"path","to":[table,column],"roles":[…]}]}. column null: the rows of the table, which filters, joins and groups decide; the rows of a
 * view hang on the rows of what it reads (role `rows`). path leads into a nested column of `from`. more: it goes on past the depth. Given also where some views are invalid, with BV_FAILED. */
typedef struct bv_lineage_options {
	size_t size;
	bool downstream;
	int64_t depth; /* so many steps from view to view; < 0: all */
} bv_lineage_options;
#define BV_LINEAGE_OPTIONS_INIT {sizeof(bv_lineage_options), false, -1}
BV_API bv_status bv_project_lineage(bv_session *, const char *name, const bv_lineage_options *, char **json, bv_diagnostics *);
/* Project valid, engine loads, function and schema parity: {"checks":[{"name","ok","detail"}],…}. */
BV_API bv_status bv_project_check(bv_session *, char **json, bv_diagnostics *);
/* The function snapshot: all, or one by name. */
BV_API bv_status bv_functions(bv_session *, const char *name, char **json, bv_diagnostics *);

/* Loads files into a Delta table below the warehouse. request: {"table","files":[…],"mode":"create|append|overwrite","schema":"a BIGINT, …",
 * "delimiter","null","header":true}. *json: {"table","rows","version","schema"}. */
BV_API bv_status bv_load(bv_session *, const char *request_json, char **json, bv_diagnostics *);

/* ---- queries ---- */

typedef struct bv_query_options {
	size_t size;
	const char *dialect;
	bool fresh;     /* compute stale and unbuilt ancestors from the current files, without writing */
	int64_t limit;  /* < 0: none */
	bool arrow_native; /* the engine's own types: views and dictionaries too; false: plain strings, no dictionaries */
	const char *policy; /* as that of bv_compile_options */
} bv_query_options;
#define BV_QUERY_OPTIONS_INIT {sizeof(bv_query_options), NULL, false, -1, false, NULL}

/* Runs a query through the lane. The stream is pulled; it ends early when the session is cancelled. Transfers: call out->release. */
BV_API bv_status bv_query(bv_session *, const bv_tree *, const bv_query_options *, struct ArrowArrayStream *out, bv_diagnostics *);
/* The same for a registered view by name. */
BV_API bv_status bv_query_view(bv_session *, const char *name, const bv_query_options *, struct ArrowArrayStream *out, bv_diagnostics *);
/* SQL text by the engine's own parser and planner: only with the baseline engine library, else a diagnostic. */
BV_API bv_status bv_query_baseline(bv_session *, const char *sql, struct ArrowArrayStream *out, bv_diagnostics *);
/* The engine's text of a type, e.g. "Timestamp(µs)", from a schema of one column. Transfers. */
BV_API char *bv_arrow_type_text(const struct ArrowSchema *);

#ifdef __cplusplus
}
#endif
#endif
