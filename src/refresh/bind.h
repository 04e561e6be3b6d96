/* bind: what the names in governed trees mean to a catalogue of the engine. */
#ifndef BV_REFRESH_BIND_H
#define BV_REFRESH_BIND_H

#include "refresh/refresh.h"

/* Tables and plain views are put into the catalogue when something that reads them is about to be planned. The caller holds the session's lock. */
typedef struct bv_binder {
	bv_session *s;
	bv_engine_catalog *catalog;
	bv_arena *a;
	const bv_plan *plan; /* its pins say which version is read; NULL, or a table without a pin: the newest */
	bool fresh;          /* views that the plan would build are computed in place of their tables */
	bv_map bound;        /* name -> int64_t *: rows of the table, -1 where they are not known or where it is a view */
} bv_binder;

void bv__binder_init(bv_binder *b, bv_session *s, bv_engine_catalog *catalog, bv_arena *a, const bv_plan *plan);
/* All pinned tables at once, asking in parallel. What fails is tried again, and said, by whoever needs it. */
void bv__bind_pins(bv_binder *b);
/* All that the artifact's tree reads, through plain views. */
BV_NODISCARD bool bv__bind_inputs(bv_binder *b, const bv_view_artifact *of, bv_diagnostics *d);
/* Rows of the tables that a view's certificate names as inputs; -1 where one is not known. */
int64_t bv__bound_rows(const bv_binder *b, const bv_view_plan *p);

/* The query that makes a view's table, as payload with its spans: its own, or under the casts that the contract asks for. */
typedef struct bv_stored_query {
	bv_buf own_payload, own_spans; /* empty where the view's own serve */
	bv_str payload;
	bv_view_artifact located; /* for bv__engine_diag: the view's name, the payload's spans */
} bv_stored_query;
BV_NODISCARD bool bv__stored_query(bv_arena *a, const bv_view *v, bv_stored_query *out, bv_diagnostics *d);
void bv__stored_query_free(bv_stored_query *q);

#endif
