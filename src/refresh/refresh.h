/* refresh: what is stale and why (plan), the refresh itself (run), resume after a crash, load, query. */
#ifndef BV_REFRESH_H
#define BV_REFRESH_H

#include "project/project.h"

typedef enum bv_action { BV_ACTION_SKIP, BV_ACTION_BUILD, BV_ACTION_BLOCKED } bv_action;
typedef struct bv_reason {
	const char *code; /* interface.md */
	bv_str detail;
} bv_reason;

/* One version of a dataset or of a view's table, the same for all who read it in a run. */
typedef struct bv_pin {
	bv_str name;
	const bv_dataset *dataset; /* NULL: the table of `view` */
	bv_view *view;
	bool exists;
	bv_str table_id; /* as in certificates */
	bv_str version;  /* as in certificates: of the newest change of data. Empty: the view is built first */
	int64_t read;    /* Delta version to scan, -1: not Delta, or it does not exist. Newer than `version` where only files moved (the old ones may be vacuumed) */
} bv_pin;

typedef struct bv_view_plan {
	bv_view *view;
	char ast_fingerprint[65]; /* of the tree that was decided on */
	bv_action action;
	bool selected;
	bool foreign;           /* blocked: its place holds a table that is none of its own */
	bool storage_only;      /* only comments or properties differ: a metadata commit */
	bool keeps_data;        /* the build changes no row: storage_only, or another partitioning (a write with "data_change":false). Readers stay fresh */
	BV_VEC(bv_reason) reasons;
	bool exists;            /* target */
	bv_str table_id;        /* target's */
	int64_t version;        /* target's, -1: none, or not looked at */
	int64_t data_version;
	int64_t refresh;        /* number of the next refresh: above all that the registry, the log and its txn know */
	bool has_certificate;
	bv_certificate certificate;
	BV_VEC(bv_certificate_input) inputs; /* pinned versions of the datasets it reads, sorted by name; version "": of a view that is built first */
	BV_VEC(bv_str) plain;   /* keys of the plain views that it reads through, sorted, for its certificate */
} bv_view_plan;

/* A recorded view that is no longer materialised, or gone, and whose table is still there or which is still read. */
typedef struct bv_orphan {
	bv_str name;
	bv_str location; /* of the table that --prune removes; empty: there is none */
	bv_str *readers; /* views that still read it, sorted */
	uint32_t nreaders;
} bv_orphan;

typedef struct bv_plan {
	bv_arena *arena;
	bv_graph graph;
	BV_VEC(bv_view_plan) views; /* materialised views in topological order */
	bv_map view_by_name;        /* name -> bv_view_plan * */
	BV_VEC(bv_pin) pins;        /* what the selected views read, sorted by name */
	bv_map pin_by_name;         /* name -> bv_pin * */
	BV_VEC(bv_orphan) orphans;
} bv_plan;

/* False: no plan could be made. Invalid views, unreadable tables and their readers are blocked in the plan, and are errors in d too. */
BV_NODISCARD bool bv__plan_make(bv_session *s, const bv_run_options *o, bv_arena *a, bv_plan *out, bv_diagnostics *d);
/* The same for a query that reads these views: they and all that they read are selected, and since nothing is written, neither readers of a table nor who
 * wrote it last stand in the way: what another client wrote is one more reason to build. */
BV_NODISCARD bool bv__plan_reads(bv_session *s, bv_view *const *views, uint32_t n, bv_arena *a, bv_plan *out, bv_diagnostics *d);
/* "reasons":[{"code","detail"},…], as a member of an open object. */
void bv__reasons_json(const bv_reason *v, uint32_t n, bv_json *j);
void bv__plan_json(const bv_plan *p, bv_buf *out);
/* "datafusion 55.2.0", as in certificates; empty without an engine. */
bv_str bv__engine_text(bv_session *s, bv_arena *a);

#endif
