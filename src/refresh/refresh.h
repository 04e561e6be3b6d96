/* refresh: what is stale and why (plan), the refresh itself (run), resume after a crash, load, query. */
#ifndef BV_REFRESH_H
#define BV_REFRESH_H

#include "project/project.h"

typedef enum bv_action { BV_ACTION_SKIP, BV_ACTION_BUILD, BV_ACTION_BLOCKED } bv_action;
typedef struct bv_reason {
	const char *code; /* interface.md */
	bv_str detail;
} bv_reason;
typedef struct bv_view_plan {
	bv_view *view;
	bv_action action;
	bool selected;
	bool storage_only;      /* only comments or properties differ: a metadata commit */
	BV_VEC(bv_reason) reasons;
	bool exists;            /* target */
	int64_t version;        /* target's, -1: none */
	int64_t data_version;
	bool has_certificate;
	bv_certificate certificate;
	BV_VEC(bv_certificate_input) inputs; /* pinned versions of the datasets it reads, sorted by name */
} bv_view_plan;
typedef struct bv_plan {
	bv_arena *arena;
	bv_graph graph;
	BV_VEC(bv_view_plan) views; /* materialised views in topological order */
	BV_VEC(bv_recorded_view) orphans;
} bv_plan;
BV_NODISCARD bool bv__plan_make(bv_session *s, const bv_run_options *o, bv_arena *a, bv_plan *out, bv_diagnostics *d);
void bv__plan_json(const bv_plan *p, bv_buf *out);

#endif
