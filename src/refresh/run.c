/* A run. In: a plan. Out: each stale view written with one commit that carries its certificate, ready views in parallel; what each of them came to, as
 * JSON. A view that fails blocks its readers and nothing else. Nothing is kept in memory that a crash could lose: the next plan reads the logs. */
#include "refresh/run.h"

typedef struct run {
	bv_session *s;
	const bv_run_options *o;
	bv_arena *a;
	bv_plan plan;
	bv_run_log log;
	bv_build build;
	bv_run_view *views; /* one a view of the plan, same order */
	bv_map by_name;     /* name -> bv_run_view * */
	pthread_mutex_t lock; /* of what follows, and of the views' status */
	pthread_cond_t changed;
	uint32_t running, begun;
	bool stopped;   /* no view begins any more */
	BV_VEC(bv_str) pruned;
} run;

/* ---- what waits for what ---- */

static bool builds(const bv_run_view *v) {
	return v->plan->selected && v->plan->action == BV_ACTION_BUILD;
}

/* Readers of a view that is written wait for it; those of a view whose rows stay do not. */
static bool link_views(run *r) {
	bool ok = true;
	for (uint32_t i = 0; ok && i < r->plan.views.n; i++) {
		bv_run_view *v = &r->views[i];
		for (uint32_t k = 0; ok && builds(v) && k < v->plan->inputs.n; k++) {
			bv_run_view *in = bv__map_get(&r->by_name, v->plan->inputs.v[k].name);
			if (in && builds(in) && !in->plan->keeps_data) {
				v->waits++;
				ok = BV_PUSH(r->a, &in->readers, v);
			}
		}
	}
	return ok;
}

static bool make_views(run *r) {
	r->views = BV_NEWN(r->a, bv_run_view, r->plan.views.n + 1);
	bv__map_init(&r->by_name, r->a);
	bool ok = r->views != NULL;
	for (uint32_t i = 0; ok && i < r->plan.views.n; i++) {
		bv_run_view *v = &r->views[i];
		*v = (bv_run_view){.plan = &r->plan.views.v[i], .blocked_by = BV_STR(""), .rows_in = -1, .rows_out = -1, .output_version = -1, .certificate = BV_STR("")};
		v->status = v->plan->action == BV_ACTION_BUILD ? BV_RUN_WAITING : v->plan->action == BV_ACTION_BLOCKED ? BV_RUN_BLOCKED : BV_RUN_SKIPPED;
		ok = bv__map_put(&r->by_name, v->plan->view->name, v);
	}
	return ok && link_views(r);
}

/* ---- errors of blocked views ---- */

/* What stands in the way of its table, once. */
static void say_target(bv_run_view *v, bv_str detail, bv_diagnostics *d) {
	const bv_view *view = v->plan->view;
	if (v->told) {
		return;
	}
	v->told = true;
	bv_diagnostic *e = bv__diag(d, v->plan->foreign ? BV_E_FOREIGN_TABLE : BV_E_TARGET_CHANGED, view->span, "view " BV_STR_FMT ": " BV_STR_FMT, BV_STR_ARG(view->name),
		BV_STR_ARG(detail));
	bv__diag_hint(d, e, v->plan->foreign ? "give the view another name, or move the table away"
		: "--full-refresh writes the table anew; what the other client wrote then stands in its older versions only");
}

/* What a plan only notes is an error of a run. Invalid views and unreadable tables have been said, and readers of a blocked view have it from there. */
static void say_blocked(run *r, bv_run_view *v, bv_diagnostics *d) {
	const bv_view_plan *p = v->plan;
	bv_str name = p->view->name;
	for (uint32_t k = 0; p->action == BV_ACTION_BLOCKED && k < p->reasons.n; k++) {
		const char *code = p->reasons.v[k].code;
		bv_str detail = p->reasons.v[k].detail;
		if (strcmp(code, "target_changed") == 0) {
			say_target(v, detail, d);
		} else if (strcmp(code, "contract_refused") == 0) {
			bv_diagnostic *e = bv__diag(d, BV_E_CONTRACT, p->view->span, "view " BV_STR_FMT " would break its readers: " BV_STR_FMT, BV_STR_ARG(name), BV_STR_ARG(detail));
			bv__diag_hint(d, e, "--allow-breaking lets the change through");
		} else if (strcmp(code, "upstream_blocked") == 0 && !bv__session_view(r->s, detail)) {
			/* It is not selected, and has no table that could be read. */
			bv_diagnostic *e = bv__diag(d, BV_E_UPSTREAM, p->view->span, "view " BV_STR_FMT " cannot be built: " BV_STR_FMT, BV_STR_ARG(name), BV_STR_ARG(detail));
			bv__diag_hint(d, e, "select it too: --select +" BV_STR_FMT, BV_STR_ARG(name));
		} else if (strcmp(code, "upstream_blocked") == 0) {
			/* Not selected, so nobody else tells. */
			bv_run_view *up = bv__map_get(&r->by_name, detail);
			for (uint32_t m = 0; up && !up->plan->selected && m < up->plan->reasons.n; m++) {
				if (strcmp(up->plan->reasons.v[m].code, "target_changed") == 0) {
					say_target(up, up->plan->reasons.v[m].detail, d);
				}
			}
		}
	}
}

/* ---- workers ---- */

/* No view begins any more. */
static bool stops(const run *r) {
	return r->stopped || bv__cancelled(r->s);
}

/* The first in topological order that may begin: a starved one only when nothing runs and all that is ready is starved too. So it has all memory to itself:
 * until it ends, nothing else becomes ready. */
static bv_run_view *next_view(run *r) {
	if (stops(r)) {
		return NULL;
	}
	bv_run_view *starved = NULL;
	for (uint32_t i = 0; i < r->plan.views.n; i++) {
		bv_run_view *v = &r->views[i];
		if (!builds(v) || v->status != BV_RUN_WAITING || v->waits) {
			continue;
		}
		if (!v->starved) {
			return v;
		}
		starved = starved ? starved : v;
	}
	return r->running == 0 ? starved : NULL;
}

static bool work_left(const run *r) {
	for (uint32_t i = 0; !stops(r) && i < r->plan.views.n; i++) {
		if (builds(&r->views[i]) && (r->views[i].status == BV_RUN_WAITING || r->views[i].status == BV_RUN_RUNNING)) {
			return true;
		}
	}
	return false;
}

/* Everything that reads it, at any distance. */
static void block_readers(run *r, bv_run_view *of) {
	bv_arena *a = bv__arena_new();
	BV_VEC(bv_run_view *) todo = {0};
	bool ok = a && BV_PUSH(a, &todo, of);
	for (uint32_t at = 0; ok && at < todo.n; at++) {
		for (uint32_t k = 0; ok && k < todo.v[at]->readers.n; k++) {
			bv_run_view *v = todo.v[at]->readers.v[k];
			if (v->status == BV_RUN_WAITING) {
				v->status = BV_RUN_BLOCKED;
				v->blocked_by = todo.v[at]->plan->view->name;
				bv__run_log_finished(&r->log, v);
				ok = BV_PUSH(a, &todo, v);
			}
		}
	}
	r->stopped |= !ok; /* out of memory: what waits will never be ready */
	bv__arena_free(a);
}

/* shared: another view was built at the same time. */
static void finish_view(run *r, bv_run_view *v, bool ok, bool shared) {
	r->running--;
	if (!ok && v->starved && shared && !stops(r)) {
		v->status = BV_RUN_WAITING;
		pthread_cond_broadcast(&r->changed);
		return;
	}
	v->status = ok ? BV_RUN_BUILT : BV_RUN_FAILED;
	bv__run_log_finished(&r->log, v);
	if (!ok && !bv__cancelled(r->s)) {
		block_readers(r, v);
		r->stopped |= r->o->fail_fast;
	}
	for (uint32_t k = 0; ok && k < v->readers.n; k++) {
		v->readers.v[k]->waits--;
	}
	pthread_cond_broadcast(&r->changed);
}

static void work(void *ctx, uint32_t i) {
	(void)i;
	run *r = ctx;
	pthread_mutex_lock(&r->lock);
	while (work_left(r)) {
		bv_run_view *v = next_view(r);
		if (!v) {
			if (r->running == 0) {
				break; /* nothing can become ready any more */
			}
			pthread_cond_wait(&r->changed, &r->lock);
			continue;
		}
		bool again = v->starved, shared = r->running > 0;
		uint32_t number = ++r->begun;
		v->status = BV_RUN_RUNNING;
		r->running++;
		if (!again) {
			bv__run_log_started(&r->log, v);
		}
		pthread_mutex_unlock(&r->lock);
		bool ok = bv__build_view(&r->build, v);
		pthread_mutex_lock(&r->lock);
		/* A view that runs out of memory beside another one gets it once more, alone. */
		shared |= r->begun != number;
		finish_view(r, v, ok, shared && !again);
	}
	pthread_cond_broadcast(&r->changed);
	pthread_mutex_unlock(&r->lock);
}

/* ---- orphans ---- */

static bool remove_table(run *r, const bv_orphan *o, bv_diagnostics *d) {
	bv_buf request = BV_BUF_INIT;
	bv_engine_error err = {0};
	bv_json j = bv__json(&request);
	bv__json_open(&j, '{');
	bv__json_key(&j, "location");
	bv__json_str(&j, o->location);
	bv__json_close(&j, '}');
	bool oom = request.failed, ok = !oom && r->s->api->remove(r->s->engine, request.p, &err) == 0;
	bv__buf_free(&request);
	if (oom) {
		(void)bv__nomem(d);
	} else if (!ok) {
		bv_str what = bv__arena_printf(r->a, "the table of " BV_STR_FMT " cannot be removed", BV_STR_ARG(o->name));
		bv__engine_diag(r->s, d, &err, BV_E_WRITE, NULL, what.p);
		r->s->api->error_free(&err);
	}
	return ok;
}

/* One that is read by a view which does not compile is removed too: the table is of no use to it. */
static bool prune(run *r, bv_diagnostics *d) {
	bool ok = true;
	for (uint32_t i = 0; i < r->plan.orphans.n && !bv__cancelled(r->s); i++) {
		const bv_orphan *o = &r->plan.orphans.v[i];
		if (o->location.n == 0) {
			continue;
		}
		if (!remove_table(r, o, d)) {
			ok = false;
			continue;
		}
		if (!BV_PUSH(r->a, &r->pruned, o->name)) {
			(void)bv__nomem(d);
			ok = false;
		}
		ok &= !r->s->registry || bv__registry_forget(r->s->registry, o->name, d);
	}
	return ok;
}

/* ---- the run ---- */

static bool build_views(run *r, uint32_t n, bv_diagnostics *d) {
	bv_engine_error err = {0};
	bv_engine_catalog *catalog = NULL;
	bv_session *s = r->s;
	if (s->api->catalog_open(s->engine, &catalog, &err) != 0) {
		bv__engine_diag(s, d, &err, BV_E_ENGINE, NULL, NULL);
		s->api->error_free(&err);
		return false;
	}
	r->build = (bv_build){.s = s, .engine = bv__engine_text(s, r->a), .a = r->a, .log = &r->log};
	bv__binder_init(&r->build.binder, s, catalog, r->a, &r->plan);
	pthread_mutex_lock(&s->lock);
	bv__bind_pins(&r->build.binder);
	pthread_mutex_unlock(&s->lock);
	pthread_mutex_init(&r->lock, NULL);
	pthread_cond_init(&r->changed, NULL);
	bv__parallel(s, n, 1, work, r);
	pthread_cond_destroy(&r->changed);
	pthread_mutex_destroy(&r->lock);
	s->api->catalog_close(catalog);
	bool ok = true;
	for (uint32_t i = 0; i < r->plan.views.n; i++) {
		bv_run_view *v = &r->views[i];
		if (builds(v) && v->status == BV_RUN_WAITING) {
			/* The run ended before its turn; one that waited for memory has had a turn. */
			v->status = v->starved ? BV_RUN_FAILED : BV_RUN_SKIPPED;
			bv__run_log_finished(&r->log, v);
			ok = false;
		}
		ok &= !builds(v) || v->status == BV_RUN_BUILT;
	}
	return ok;
}

static void result_json(const run *r, bv_buf *out) {
	bv_json j = bv__json(out);
	bv__json_open(&j, '{');
	bv__json_key(&j, "views");
	bv__json_open(&j, '[');
	for (uint32_t i = 0; i < r->plan.views.n; i++) {
		if (r->views[i].plan->selected) {
			bv__json_open(&j, '{');
			bv__run_view_json(&r->views[i], &j);
			bv__json_close(&j, '}');
		}
	}
	bv__json_close(&j, ']');
	bv__json_key(&j, "pruned");
	bv__json_open(&j, '[');
	for (uint32_t i = 0; i < r->pruned.n; i++) {
		bv__json_str(&j, r->pruned.v[i]);
	}
	bv__json_close(&j, ']');
	bv__json_key(&j, "run");
	bv__json_str(&j, r->log.id);
	bv__json_close(&j, '}');
}

/* What was said of each view, in the order of the plan, whatever the order in which they ran. */
static void forward_said(run *r, bv_diagnostics *d) {
	for (uint32_t i = 0; i < r->plan.views.n; i++) {
		bv_run_view *v = &r->views[i];
		if (v->said) {
			bv__diag_forward(v->said, d);
			v->said = NULL;
		} else if (v->status == BV_RUN_FAILED) {
			(void)bv__nomem(d); /* not even that could be said */
		}
	}
}

static bool say_all_blocked(run *r, bv_diagnostics *d) {
	pthread_mutex_lock(&r->s->lock);
	bv_diagnostics *local = bv__diag_session(r->s);
	for (uint32_t i = 0; local && i < r->plan.views.n; i++) {
		if (r->views[i].plan->selected) {
			say_blocked(r, &r->views[i], local);
		}
	}
	pthread_mutex_unlock(&r->s->lock);
	if (!local) {
		(void)bv__nomem(d);
		return false;
	}
	bv__diag_forward(local, d);
	return true;
}

/* The views are made. */
static bool run_planned(run *r, bv_diagnostics *d) {
	double from = bv__os_monotonic();
	uint32_t n = 0;
	for (uint32_t i = 0; i < r->plan.views.n; i++) {
		n += builds(&r->views[i]);
	}
	bv__run_log_begin(&r->log, n);
	bool ok = say_all_blocked(r, d);
	for (uint32_t i = 0; i < r->plan.views.n; i++) {
		const bv_run_view *v = &r->views[i];
		if (v->plan->selected && !builds(v)) {
			ok &= v->status != BV_RUN_BLOCKED;
			bv__run_log_finished(&r->log, v);
		}
	}
	if (n) {
		ok &= build_views(r, n, d);
		forward_said(r, d);
	}
	if (r->o->prune) {
		ok &= prune(r, d);
	}
	bv__run_log_end(&r->log, bv__cancelled(r->s) ? "cancelled" : ok ? "ok" : "failed", bv__os_monotonic() - from);
	return ok;
}

/* How often the one that waits looks whether the other one has ended, in seconds. It looks instead of sleeping in the system, so that a cancelled run ends. */
#define LOOK_AGAIN 0.05

static int take_lock(bv_session *s, bool wait, bv_diagnostics *d) {
	bv_arena *a = NULL;
	bool told = false;
	for (;;) {
		bv__arena_free(a);
		a = bv__arena_new();
		bv_str path = a ? bv__path_join(a, s->project.root, BV_STR(".belvedere/lock")) : BV_STR(""), busy = BV_STR("");
		bv_str holder = a ? bv__arena_printf(a, "process %lld", (long long)bv__os_pid()) : BV_STR("");
		if (path.n == 0 || holder.n == 0) {
			bv__arena_free(a);
			(void)bv__nomem(d);
			return -1;
		}
		int err = 0, fd = bv__os_lock(a, path.p, holder, &busy, &err);
		busy = busy.n ? busy : BV_STR("a process that has not said its number yet");
		if (fd == -1 && wait) {
			if (!told) {
				bv__session_log(s, 1, "waiting for another run: " BV_STR_FMT, BV_STR_ARG(busy));
				told = true;
			}
			if (!bv__cancelled(s)) {
				bv__os_sleep(LOOK_AGAIN);
				continue;
			}
		} else if (fd == -1) {
			bv_diagnostic *e = bv__diag(d, BV_E_LOCKED, BV_NO_SPAN, "another run is at work in this project: " BV_STR_FMT, BV_STR_ARG(busy));
			bv__diag_hint(d, e, "--wait waits until it has ended");
		} else if (fd < 0) {
			bv__diag(d, BV_E_FILE, BV_NO_SPAN, BV_STR_FMT ": cannot be locked: %s", BV_STR_ARG(path), strerror(err));
		}
		bv__arena_free(a);
		return fd;
	}
}

bv_status bv_project_run(bv_session *s, const bv_run_options *options, char **json, bv_diagnostics *d) {
	bv_run_options o = BV_RUN_OPTIONS_INIT;
	if (!s || !d || (options && options->size < sizeof(size_t))) {
		return BV_MISUSE;
	}
	if (options) {
		memcpy(&o, options, options->size < sizeof o ? options->size : sizeof o);
	}
	if (s->project.root.n == 0) {
		bv_diagnostic *e = bv__diag(d, BV_E_PROJECT_MISSING, BV_NO_SPAN, "a run needs a project");
		bv__diag_hint(d, e, "open the session with the project's directory");
		return BV_FAILED;
	}
	run r = {.s = s, .o = &o, .a = bv__arena_new()};
	if (!r.a) {
		return bv__nomem(d);
	}
	uint32_t errors = d->errors;
	int lock = take_lock(s, o.wait, d);
	bool ok = lock >= 0 && bv__plan_make(s, &o, r.a, &r.plan, d), made = ok;
	if (made) {
		made = make_views(&r) && bv__run_log_open(&r.log, s, &o, r.a);
		ok = made ? run_planned(&r, d) : (bv__nomem(d), false);
	}
	bv_buf b = BV_BUF_INIT;
	if (made && json) {
		result_json(&r, &b);
		char *text = bv__buf_detach(&b);
		if (text) {
			*json = text;
		} else {
			(void)bv__nomem(d);
		}
	}
	if (made) {
		bv__run_log_close(&r.log);
	}
	bv__os_unlock(lock);
	bv__arena_free(r.a);
	return d->oom ? BV_NOMEM : bv__cancelled(s) ? BV_CANCELLED : ok && d->errors == errors ? BV_OK : BV_FAILED;
}
