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

/* Nobody looks at its tree for now: of very many views only the keys stay in memory. The caller holds the session's lock. */
void bv__view_done(bv_session *s, bv_view *v);

/* A view's query as payload with its spans: its own, or under the casts that the contract asks for. What it points into lives as long as the session, also
 * where the view is compiled anew meanwhile, but not longer than bv__view_shrink lets it. */
typedef struct bv_view_query {
	bv_buf own_payload, own_spans; /* empty where the view's own serve */
	bv_str payload;
	const bv_view_artifact *artifact;
	bv_contract contract;     /* of a materialised view */
	bv_schema_t schema;       /* what the engine must derive */
	bv_parity parity;         /* how exactly */
	bv_view_artifact located; /* for bv__engine_diag: the view's name, the payload's spans */
} bv_view_query;
/* as_table: what its table is made of; else what a reader sees where there is none. The caller holds the session's lock, the view is whole. */
BV_NODISCARD bool bv__view_query(bv_arena *a, const bv_view *v, bool as_table, bv_view_query *out, bv_diagnostics *d);
void bv__view_query_free(bv_view_query *q);
/* The engine's schema, which is released, against the lane's. False: diagnosed. */
BV_NODISCARD bool bv__engine_schema(bv_arena *a, struct ArrowSchema *arrow, bv_str what, bv_span span, const bv_schema_t *lane, bv_parity how, bv_schema_t *out, bv_diagnostics *d);

#endif
