/* plan: what the files of the plan share. */
#ifndef BV_REFRESH_PLAN_H
#define BV_REFRESH_PLAN_H

#include "refresh/refresh.h"

/* What is to be asked about, and what the engine said. */
typedef struct bv_facts {
	const bv_dataset *dataset; /* one of the two is set */
	const bv_view *view;
	bool failed; /* error, and maybe hint, say why */
	bool cancelled;
	bv_str error, hint;
	bool exists;
	bv_str table_id;         /* as in certificates */
	bv_str version_text;     /* as in certificates */
	int64_t version, data_version; /* Delta; -1 elsewhere */
	int64_t txn;             /* of the view's application, -1: not seen */
	bv_str kind;             /* property belvedere.kind */
	bv_names partition_by;
	bool has_schema;
	bv_schema_t schema;      /* as a scan returns it */
	bool has_certificate;    /* the newest in the log */
	bv_certificate certificate; /* output_version filled in */
} bv_facts;
/* state.c: fills in all of them, asking in parallel. False: out of memory. What cannot be read is marked failed, not diagnosed. */
BV_NODISCARD bool bv__facts_ask(bv_session *s, bv_arena *a, bv_facts *v, uint32_t n);

/* One node of the graph. */
typedef struct bv_plan_node {
	bv_view *view;             /* one of the two is set */
	const bv_dataset *dataset;
	bool selected;             /* a materialised view that is chosen */
	bool needed;               /* its facts are asked for */
	bool read;                 /* a selected view reads it */
	BV_VEC(uint32_t) reads;    /* of a selected view: nodes of datasets and materialised views, through plain views, ascending */
	BV_VEC(bv_str) plain;      /* keys of the plain views on the way, sorted */
	bv_facts *facts;           /* NULL: not asked */
	bv_view_plan *plan;        /* of a materialised view */
	bool usable;               /* of one that is not selected: its table can be read as it is */
} bv_plan_node;

typedef struct bv_planner {
	bv_session *s;
	const bv_run_options *o;
	bv_view *const *reads; /* bv__plan_reads; else NULL, and `o` selects */
	uint32_t nreads;
	bv_arena *a;
	bv_plan *plan;
	bv_plan_node *nodes; /* one a node of the graph */
	bv_diagnostics *d;   /* over the session's sources */
	bv_str engine;
	BV_VEC(bv_certificate) keep; /* certificates that the registry lacks, or holds under another policy */
} bv_planner;

/* decide.c: action and reasons of a materialised view; its parents have been decided. */
void bv__plan_decide(bv_planner *p, bv_plan_node *node);

#endif
