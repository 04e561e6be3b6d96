/* run: what its files share: a view of a run, its build, what is told while it goes on. */
#ifndef BV_REFRESH_RUN_H
#define BV_REFRESH_RUN_H

#include "refresh/bind.h"

typedef enum bv_run_status { BV_RUN_WAITING, BV_RUN_RUNNING, BV_RUN_BUILT, BV_RUN_SKIPPED, BV_RUN_FAILED, BV_RUN_BLOCKED } bv_run_status;

/* A view of a run. `waits`, `readers` and `status` belong to the run's lock, the rest to the thread that builds the view. */
typedef struct bv_run_view {
	bv_view_plan *plan;
	bv_run_status status;
	uint32_t waits;               /* views that are built first */
	BV_VEC(struct bv_run_view *) readers; /* views that wait for this one */
	bv_str blocked_by;            /* the view that failed */
	const char *strategy;         /* "full", "layout" (the same rows written anew), "metadata"; NULL: nothing was done */
	int64_t rows_in, rows_out, output_version; /* -1: not known */
	double seconds;
	bv_str certificate;           /* JSON; empty: none */
	bool starved;                 /* its last attempt failed because memory ran out */
	bool told;                    /* what is wrong with its table has been said */
	bv_diagnostics *said;         /* over the session's sources; NULL: nothing */
} bv_run_view;

/* run_log.c: events go to the host's callback, one at a time, and all but progress to .belvedere/runs/<id>.jsonl. */
typedef struct bv_run_log {
	bv_session *s;
	const bv_run_options *o;
	pthread_mutex_t lock;
	bv_str path; /* empty: none can be written */
	bv_str id;
} bv_run_log;
BV_NODISCARD bool bv__run_log_open(bv_run_log *log, bv_session *s, const bv_run_options *o, bv_arena *a);
/* First and last line of every log. */
void bv__run_log_begin(bv_run_log *log, uint32_t builds);
void bv__run_log_started(bv_run_log *log, const bv_run_view *v);
void bv__run_log_progress(bv_run_log *log, const bv_run_view *v, uint64_t rows, uint64_t bytes);
/* Once for each view of the run, whatever it came to. */
void bv__run_log_finished(bv_run_log *log, const bv_run_view *v);
void bv__run_log_end(bv_run_log *log, const char *status, double seconds);
void bv__run_log_close(bv_run_log *log);
const char *bv__run_status_name(bv_run_status s);
/* The line of a view in the summary, as members of an open object. */
void bv__run_view_json(const bv_run_view *v, bv_json *j);

/* build.c: one view, from its tree to the commit. */
typedef struct bv_build {
	bv_session *s;
	bv_binder binder; /* under the session's lock */
	bv_str engine;    /* as in certificates */
	bv_arena *a;      /* the run's; under the session's lock */
	bv_run_log *log;
} bv_build;
/* Any thread, different views at once. False: nothing was committed, v->said says why. What it built its readers can bind. */
BV_NODISCARD bool bv__build_view(bv_build *b, bv_run_view *v);

#endif
