/* delta_state: what a Delta table's log says, asked of the engine or remembered. */
#ifndef BV_PROJECT_DELTA_STATE_H
#define BV_PROJECT_DELTA_STATE_H

#include "project/project.h"

typedef struct bv_delta_state {
	bv_buf facts;  /* JSON, as engine.h's delta_state gives it */
	bv_buf schema; /* JSON, as bv__schema_json; empty where there is no table, or its schema cannot be read */
	bv_buf key;
	bool learnt;   /* not remembered yet */
	bool oom;      /* memory ran out on the way: neither the state nor an error says anything */
} bv_delta_state;
/* Any thread. 0, or non-zero with *err filled in. Free the state in both cases, and look at `oom` first. */
int bv__delta_ask(const bv_session *s, bv_str location, bool certificates, bv_delta_state *out, bv_engine_error *err);
/* Keeps what was learnt; what cannot be kept is asked again the next time. */
void bv__delta_remember(bv_session *s, const bv_delta_state *v, bv_diagnostics *d);
void bv__delta_state_free(bv_delta_state *v);

#endif
