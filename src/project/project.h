/* project: a directory (belvedere.yaml, view files) becomes a session: catalogue of names, compiled views, engine. Holds the public
 * bv_compile_policy, which fills the lane's context, and bv_view_create, the one way to register a view. */
#ifndef BV_PROJECT_H
#define BV_PROJECT_H

#include <pthread.h>

#include "contract/contract.h"
#include "engine/engine.h"
#include "graph/graph.h"
#include "ingress/ingress.h"
#include "lane/lane.h"

struct bv_tree {
	bv_arena *arena;
	bv_node *root;
	const bv_dialect *dialect; /* read dialect */
	bv_source source;          /* the text that its spans point into, name included; spans hold file index 1 */
	_Atomic uint32_t *users;   /* trees of one text share its arena; the last one frees it */
	bool made;                 /* of a template: the source's text is not what was parsed */
	_Atomic(char *) payload;   /* written once, by whoever asks first; then also the fingerprint costs no more than its hash */
};
void bv__tree_forget(bv_tree *t); /* frees the payload that it keeps */

/* A source: from belvedere.yaml, from the registry's memory, or found in the warehouse (belvedere.kind=source). */
typedef struct bv_dataset {
	bv_str name;          /* dotted full name */
	bv_path path;
	bv_str format;        /* delta, parquet, csv, json, host */
	bv_str location;      /* resolved: absolute path or URL */
	bv_str options_json;  /* {} */
	bool declared;        /* belvedere.yaml has columns */
	bool schema_known;
	bv_schema_t schema;   /* as a scan returns it */
	const bv_table_source *host; /* format host */
	bool registered;      /* by bv_dataset_register: in the session's catalogue, as it was then */
	bv_span span;         /* in belvedere.yaml */
} bv_dataset;

/* KNOWN: its file is as the registry says, and so is all that it reads; nothing of it is in memory but what a list of views says (bv__view_open). Only a
 * call that asks for no more than such a list leaves views so. */
typedef enum bv_view_state { BV_VIEW_NEW, BV_VIEW_KNOWN, BV_VIEW_COMPILING, BV_VIEW_COMPILED, BV_VIEW_INVALID } bv_view_state;

typedef struct bv_view {
	bv_str name;      /* dotted full name */
	bv_path path;
	bv_str file;      /* relative to the project; empty for bv_view_create */
	bv_arena *arena;  /* what the fields below point into */
	bv_arena *tree;   /* as-read tree of a view file; NULL: not parsed now. Of bv_view_create it lies in `arena` */
	const bv_node *query; /* NULL where the tree is not there: bv__view_parse */
	const bv_dialect *dialect;
	bool materialized;
	bool refresh_always;
	bv_names columns;        /* output names from the column list; n == 0: the query's own */
	bv_str *column_comments; /* one a column or NULL */
	bv_str comment;
	bv_names partition_by;
	bv_str *tags;
	uint32_t ntags;
	bv_str *properties; /* pairs */
	uint32_t nproperties;
	bv_str location;  /* of a materialised view */
	bv_span span;     /* of the view's name */
	uint32_t source;  /* file index in session->diag_sources */
	bv_view_state state;
	bv_view_artifact *artifact; /* compiled */
	bv_contract contract;       /* materialised and compiled */
	char storage_hash[65];
	bv_graph_input graph;
	double seconds;
	struct bv_view *reader;  /* while it compiles: the view that asked for it */
	uint32_t failed_in;      /* number of the call that found it invalid: its readers do not say it again */
	bv_str head;             /* JSON of what its file says beside the query; empty: not from a file, or reading it gave a warning */
	char text_hash[65];      /* SHA-256 of the file's text and, where it is a template, of the variables that it can read */
	bv_str stamp;            /* of the file, when it was listed */
	uint32_t ncolumns;       /* KNOWN: of its schema */
	bool folds;              /* KNOWN: its dialect folds names */
	bv_path *names;          /* tables that its tree names, where the tree was let go before it was compiled; NULL: not known */
	uint32_t nnames;
	const bv_source_row *row; /* what the registry knows of this very text; NULL: nothing, or it no longer holds */
	const bv_source_row *kept; /* the registry's row of the file, whether it holds or not */
	bool cached;             /* the artifact is the registry's: no tree, no payload, no spans, no lineage (bv__view_ready) */
	bool lean;               /* the same, because many views are kept: the artifact was cut down after it was recorded */
	uint32_t users;          /* calls that use its artifact without the lock: it is not cut down */
	char seen_hash[33];      /* of the schema that readers see */
	bv_diagnostics *said;    /* of its compile, until the call ends */
	BV_VEC(struct bv_view *) readers; /* while it is found what holds: who reads it */
} bv_view;

typedef struct bv_project {
	bv_str root;      /* absolute directory; empty: no project */
	bv_str name;
	bv_str warehouse; /* resolved */
	const bv_dialect *dialect;
	bool materialized; /* default */
	bv_str *tags;
	uint32_t ntags;
	uint64_t memory;   /* bytes; 0: the engine's default */
	uint32_t threads;
	bv_str spill;
	bv_str storage_json;   /* {"s3://bucket":{…}} */
	bv_str variables_json; /* {…} */
	bv_policy policy;
} bv_project;

/* A name that a row's view reads, with the hash of its schema as it was. */
typedef struct bv_row_input {
	bv_path path;
	bv_str name; /* the full one */
	bv_str seen;
} bv_row_input;
typedef struct bv_row_reads {
	bv_row_input *v;
	uint32_t n;
	bool believed;
} bv_row_reads;

struct bv_session {
	bv_arena *arena;
	bv_project project;
	bv_diagnostics *sources;    /* all source texts of the project; file indices of spans refer to it */
	BV_VEC(bv_view *) views;    /* sorted by name */
	bv_map view_by_name;
	BV_VEC(bv_view *) retired;  /* replaced by bv_view_create; kept, because readers' artifacts may point into them */
	BV_VEC(bv_dataset *) datasets;
	bv_map dataset_by_name;
	bv_functions_t *functions;
	const bv_engine_api *api;   /* NULL: no engine */
	bv_engine *engine;
	bv_engine_catalog *catalog; /* for query; run has its own */
	bv_engine_cancel cancel;
	bv_registry *registry;      /* NULL without a project */
	pthread_mutex_t lock;       /* recursive; guards views, datasets, catalogue */
	void (*log)(void *ctx, int level, const char *line);
	void *log_ctx;
	char policy_hash[65];       /* of project.policy */
	bool loaded;                /* view files were read */
	bool views_bad;             /* some of them could not be; said once, when they were read */
	bv_diagnostics *unsaid;     /* what was wrong with them, where a lookup had them read: said to whom it concerns */
	bv_str shown;               /* what people see before a project file's name: empty in the project's own directory */
	bv_view *current;           /* the view that compiles now */
	unsigned depth;             /* compiles inside compiles */
	uint32_t calls;             /* number of the outermost compile call */
	BV_VEC(bv_view *) fresh;    /* compiled, not recorded yet */
	BV_VEC(bv_view *) spoken;   /* with diagnostics that the outermost call gives, in the order of names */
	bool lean;                  /* more view files than are kept as trees */
	bv_arena *kept_rows;        /* where `rows` lie: they are read while the files are listed */
	bv_source_row *rows;        /* of the registry, for this setting, sorted by file */
	uint32_t nrows;
	bv_row_reads *row_reads;    /* of each row, where views are listed; NULL else */
	BV_VEC(bv_str) gone;        /* files of such rows that are no longer there */
	uint32_t known;             /* views in the state KNOWN */
	bool listing;               /* the call at hand needs no more than a list of views */
	char setting[65];           /* hash of all that a view file's meaning hangs on, but its text and its inputs */
	bv_map view_by_lower;       /* lower-case full name -> first such view; two of a kind: see lower_twice */
	bv_map lower_twice;
	pthread_mutex_t work;       /* while views compile in parallel: the lock of their lookups (the caller holds `lock`) */
};

/* yaml.c: reads belvedere.yaml into session->project and session->datasets. */
BV_NODISCARD bool bv__project_read_yaml(bv_session *s, bv_diagnostics *d);
/* views.c: reads all view files (once). Bad files are reported and the others are read all the same. False: there are bad ones. `list`: who asks needs
 * no more than a list of views, so files that are as the registry knows them are not opened, and stay KNOWN; a later call without it opens them. */
bool bv__project_load_views(bv_session *s, bool list, bv_diagnostics *d);
/* Opens a KNOWN view: it is NEW, with its text and its row. False: diagnosed. */
BV_NODISCARD bool bv__view_open(bv_session *s, bv_view *v, bv_diagnostics *d);
/* Sessions with more views than this keep no trees. */
#define BV_WHOLE_VIEWS_MAX 512
/* The same where it is not about all of them: a broken file is no matter of whoever looks up another name. bv__session_unsaid: but it is now, and true
 * where there was something to say. */
void bv__session_load_views(bv_session *s, bv_diagnostics *d);
bool bv__session_unsaid(bv_session *s, bv_diagnostics *d);
/* The tree of a view file, where it was not parsed or was let go. Thread-safe for different views. */
/* The dialect that a view file's text names itself, looked for before it is parsed; without one *dialect stays. False: it names none that there is. */
BV_NODISCARD bool bv__text_dialect(bv_str text, uint32_t source, const bv_dialect **dialect, bv_diagnostics *d);
BV_NODISCARD bool bv__view_parse(bv_session *s, bv_view *v, bv_diagnostics *d);
BV_NODISCARD bool bv__view_from_tree(bv_session *s, const bv_node *root, bv_str name, bv_view *out, bv_diagnostics *d);
/* text.c: a text to its statements, by the template mode. head: it may name its dialect itself. */
BV_NODISCARD bool bv__text_parse(bv_arena *a, bv_str text, uint32_t file, bool head, const bv_dialect **dialect, const bv_templates *how, bv_list *statements, bv_diagnostics *d);
bv_templates bv__session_templates(bv_session *s); /* the project's mode and variables, the session's engine */
/* catalogue.c */
bv_view *bv__session_view(const bv_session *s, bv_str full_name);
/* A source by full name: known, declared, or found at its place in the warehouse; opens it with the engine to learn its schema. NULL: none. */
bv_dataset *bv__session_dataset(bv_session *s, const bv_path *path, bv_diagnostics *d, bv_span span);
bv_str bv__full_name(bv_arena *a, const bv_path *path); /* one part: main.<it>; dotted */
bv_path bv__full_path(bv_arena *a, const bv_path *path);
bv_str bv__view_location(bv_arena *a, const bv_session *s, const bv_path *path);
/* A place as the registry keeps it: below the project it is relative, so that a copy of the project means its own tables. bv__path_join with the
 * project's root gives it back. */
bv_str bv__kept_location(const bv_session *s, bv_str location);
/* order.c: compiles a view and, first, the views it reads. False: diagnosed. Records the artifact. */
BV_NODISCARD bool bv__session_compile(bv_session *s, bv_view *v, bv_diagnostics *d);
/* The same, and the artifact is whole: tree, payload, spans, lineage. What runs or shows a view asks for it; a plan needs the keys only. */
BV_NODISCARD bool bv__view_ready(bv_session *s, bv_view *v, bv_diagnostics *d);
/* compile.c: one view through the lane, nothing of the session changed but the view. unready (may be NULL): a view that it reads is not
 * compiled; without it, such a view is compiled first. */
BV_NODISCARD bool bv__view_lane(bv_session *s, bv_view *v, bool *unready, bv_diagnostics *d);
/* The graph's view of it; what says how it is stored; what a compiled one is worth a warning for. */
BV_NODISCARD bool bv__view_graph(bv_view *v);
void bv__view_storage(bv_view *v);
void bv__view_warn(const bv_view *v, bv_diagnostics *d);
/* The lane over a query or a create_view, output names of the latter's column list included. */
BV_NODISCARD bool bv__compile_root(const bv_lane_context *cx, const bv_node *root, bv_view_artifact **out, bv_diagnostics *d);
/* Compiles all; invalid ones are diagnosed and marked, the rest goes on. Builds the graph (cycles are errors), where one is asked for. `list`: as in
 * bv__project_load_views. */
bool bv__session_compile_all(bv_session *s, bool list, bv_graph *graph, bv_diagnostics *d);
/* cache.c: what the registry knows of view files. Reads all rows once; before the files. */
BV_NODISCARD bool bv__cache_open(bv_session *s, bool list, bv_diagnostics *d);
/* A view's head (all that its file says beside the query) to and from JSON; texts are copied into v->arena. */
void bv__head_write(const bv_view *v, bv_buf *out);
BV_NODISCARD bool bv__head_read(const bv_session *s, bv_view *v, bv_str json);
/* What a row's view reads. False: the row is not to be believed. */
BV_NODISCARD bool bv__row_inputs(bv_arena *a, const bv_source_row *row, bv_row_input **out, uint32_t *n);
/* A view of a row whose file has the row's stamp, as far as a list of views goes. NULL: its file has to be opened (a compile has something to say, the row is
 * not to be believed, memory is out). */
bv_view *bv__cache_list(bv_session *s, const bv_source_row *row);
/* Of views that were listed: opens those that do not hold, because of their inputs, or because a name may mean something else now. */
BV_NODISCARD bool bv__cache_settle(bv_session *s, bool same_names, bv_diagnostics *d);
/* Gives the view the artifact that the registry's row tells of, where all that it hangs on is as it was. */
BV_NODISCARD bool bv__cache_restore(bv_session *s, bv_view *v);
/* Makes a restored artifact whole, by the registry: its tree (without types), payload and lineage. Only where the view's text is a template that nobody here
 * can render; else the text is compiled again. */
BV_NODISCARD bool bv__cache_whole(bv_session *s, bv_view *v);
/* Records it for the next time: whole, or its name only, where a compile is to be heard again. */
BV_NODISCARD bool bv__cache_put(bv_session *s, bv_view *v, bv_diagnostics *d);
BV_NODISCARD bool bv__cache_put_name(bv_session *s, const bv_view *v, bv_diagnostics *d);
/* Cuts the artifact down to what plans and readers need, and lets the tree go. */
BV_NODISCARD bool bv__view_shrink(bv_view *v);
/* Hash of the schema that readers of a compiled view, or of a dataset, see. */
void bv__view_seen(bv_view *v);
void bv__schema_hash(const bv_schema_t *schema, char out[33]);
/* A tree that is not a view (a query, or the query of a create_view) through the session's catalogue. Diagnostics point into tree->source.
 * The artifact's spans hold file index 1, as the tree's do. */
BV_NODISCARD bool bv__session_compile_tree(bv_session *s, const bv_tree *tree, const char *policy, bv_view_artifact **out, bv_diagnostics *d);
/* A request's policy: a JSON object with keys of belvedere.yaml's policy, and `variables`. NULL: the project's. */
BV_NODISCARD bool bv__policy_read(bv_arena *a, const char *json, bv_policy *p, bv_str *variables, bv_diagnostics *d);
/* The lane context over this session's catalogue. */
bv_lane_context bv__session_lane(bv_session *s, const bv_dialect *dialect);
/* The full name of a view or source that a name as people write it may mean; empty: none is near. */
bv_str bv__session_nearest(const bv_session *s, bv_arena *a, bv_str text);
/* trace.c: what the lane does to a tree, stage by stage. */
typedef struct bv_trace_event {
	bv_rule rule;
	bv_span span;  /* what was rewritten */
	bv_str after;  /* SQL of what stands there now; p NULL: nothing */
} bv_trace_event;
typedef struct bv_trace_stage {
	const char *name;
	BV_VEC(bv_trace_event) events;
	char fingerprint[65];
	bool changed;     /* it is another tree than before */
	bv_str tree, sql; /* sql.p NULL: it has no text yet */
} bv_trace_stage;
typedef struct bv_trace {
	bv_arena *a;
	bool texts; /* trees and SQL are wanted */
	char before[65];
	bv_trace_stage now;
	BV_VEC(bv_trace_stage) stages;
} bv_trace;
/* Has the lane that runs by this context tell the trace; query is the tree that it gets. */
void bv__trace_into(bv_lane_context *cx, bv_trace *t, const bv_node *query);
/* [{"stage","changed","rules":[{"rule","why","line","column","end_line","end_column","before","after"}],"tree","sql"}]. text: what the spans are of; empty: no SQL. */
void bv__trace_json(const bv_trace *t, bv_str text, bv_json *j);
void bv__trace_event_json(const bv_trace_event *e, bv_str text, bv_json *j); /* the inside of such an object */
/* Engine errors into diagnostics; spans of the artifact (may be NULL) give the place: those of a view (it has a name) point into the
 * session's sources and are carried over to d; those of a bare query are taken as they are, so d should come from bv__diag_tree. */
void bv__engine_diag(bv_session *s, bv_diagnostics *d, const bv_engine_error *e, bv_code code, const bv_view_artifact *a, const char *what);
/* False: the session has no engine, and d says why one is needed. */
BV_NODISCARD bool bv__engine_there(const bv_session *s, const char *why, bv_diagnostics *d);
/* A text of a request or an answer, copied; empty where it is none. */
struct json_t;
bv_str bv__json_text(bv_arena *a, const struct json_t *v);
/* A public call's answer: *json gets the buffer's text (json may be NULL); BV_FAILED where the call was not `ok`, whose answer is given all the same. */
bv_status bv__give_json(bv_buf *b, char **json, bool ok, bv_diagnostics *d);
/* Diagnostics over sources that exist already: the session's (spans of views, datasets), or a tree's (file index 1). Give them to the rooms
 * above, then bv__diag_forward carries what was found over to the caller's diagnostics with the sources it needs, and frees them. */
bv_diagnostics *bv__diag_session(bv_session *s);
bv_diagnostics *bv__diag_tree(const bv_tree *tree);
void bv__diag_forward(bv_diagnostics *local, bv_diagnostics *to);
/* A dotted name as people and APIs give it, exact parts, "…" around a part with dots: the full path. False: empty or too many parts, or a
 * part that is no name of a folder (a/b, ..), which a table's place needs. */
BV_NODISCARD bool bv__exact_path(bv_arena *a, bv_str text, bv_path *out);
/* What a name means here: views first, then datasets; a view that was not compiled yet is compiled first. */
bv_lookup bv__session_lookup(bv_session *s, bv_arena *a, const bv_path *path, bv_table_info *out, bv_diagnostics *d, bv_span span);
/* The same while views compile in parallel: a view that is not compiled sets *unready and is not found. */
bv_lookup bv__session_lookup_ready(bv_session *s, bv_arena *a, const bv_path *path, bv_table_info *out, bv_diagnostics *d, bv_span span, bool *unready);
/* How many views and known datasets have this full name without regard to case, and how many parts of it. */
uint32_t bv__session_same_name(const bv_session *s, bv_str full_name);
bv_schema_t bv__schema_copy(bv_arena *a, const bv_schema_t *from);
/* Schema of a dataset, learnt when it is first needed: from the engine, the registry's memory or belvedere.yaml. False: diagnosed. */
BV_NODISCARD bool bv__dataset_open(bv_session *s, bv_dataset *ds, bv_diagnostics *d, bv_span span);
/* The request for the engine's `dataset`; version < 0: the newest. */
void bv__dataset_request(const bv_dataset *ds, int64_t version, bv_buf *out);
/* A full name as the engine takes it: ["main","t"]. */
void bv__path_json(const bv_path *path, bv_buf *out);
/* The table was written: its schema is learnt anew, and what reads it is compiled again, when they are next needed. */
void bv__dataset_changed(bv_session *s, bv_str name);
/* The engine's schema against the lane's. False: another name or type, diagnosed. Another nullability is a warning. */
typedef enum bv_parity {
	BV_PARITY_EXACT,
	BV_PARITY_STORED, /* strings are one type in all their encodings */
	BV_PARITY_ROWS,   /* the same, for rows that nobody keeps: nullability is the engine's */
} bv_parity;
BV_NODISCARD bool bv__schema_parity(bv_str what, bv_span span, const bv_schema_t *lane, const bv_schema_t *engine, bv_parity how, bv_arena *a, bv_diagnostics *d);
void bv__view_free(bv_view *v);
/* A thread for fewer views costs more than it gives. */
#define VIEWS_A_THREAD 4
/* fn(ctx, i) for every i below n, on as many threads as the project allows, but no more than one for each `grain` items: what a thread costs must
 * be worth it. Returns when all are done. */
void bv__parallel(const bv_session *s, uint32_t n, uint32_t grain, void (*fn)(void *ctx, uint32_t i), void *ctx);
BV_NODISCARD bool bv__view_add(bv_session *s, bv_view *v, bool overwrite, bv_diagnostics *d);
/* bv_session_cancel was called. It stays so: nothing that a signal handler says is lost. */
static inline bool bv__cancelled(const bv_session *s) { return __atomic_load_n(&s->cancel.flag, __ATOMIC_RELAXED) != 0; }
void bv__session_log(bv_session *s, int level, const char *fmt, ...) BV_PRINTF(3, 4);

#endif
