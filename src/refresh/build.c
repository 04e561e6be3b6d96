/* Builds one view. In: its plan, a catalogue. Out: one commit to its table, with the certificate of what it was computed from; or nothing but
 * diagnostics. The commit goes through only on the version that the plan saw, so neither a retry nor another writer can make it twice. */
#include <jansson.h>

#include "refresh/run.h"

/* Targets keep their log for a year, and so their certificates, unless the view says otherwise. */
#define LOG_RETENTION "interval 365 days"

/* ---- requests ---- */

static void put_properties(const bv_view *v, bv_json *j) {
	bool retention = false;
	bv__json_key(j, "properties");
	bv__json_open(j, '{');
	bv__json_key(j, "belvedere.kind");
	bv__json_z(j, "view");
	for (uint32_t i = 0; i < v->nproperties; i++) {
		if (!bv__str_is(v->properties[2 * i], "belvedere.kind")) {
			bv__json_key_str(j, v->properties[2 * i]);
			bv__json_str(j, v->properties[2 * i + 1]);
		}
		retention |= bv__str_is(v->properties[2 * i], "delta.logRetentionDuration");
	}
	if (!retention) {
		bv__json_key(j, "delta.logRetentionDuration");
		bv__json_z(j, LOG_RETENTION);
	}
	bv__json_close(j, '}');
}

/* Every column is named, so that a comment that is gone is taken away. */
static void put_comments(const bv_view *v, const bv_schema_t *stored, bv_json *j) {
	bv__json_key(j, "comment");
	bv__json_str(j, v->comment);
	bv__json_key(j, "column_comments");
	bv__json_open(j, '{');
	for (uint32_t i = 0; i < stored->n; i++) {
		bv__json_key_str(j, stored->v[i].name);
		bv__json_str(j, i < v->columns.n && v->column_comments ? v->column_comments[i] : BV_STR(""));
	}
	bv__json_close(j, '}');
}

/* What write and alter have in common. */
static void put_commit(const bv_run_view *r, const bv_schema_t *stored, const bv_certificate *c, bv_json *j) {
	const bv_view_plan *p = r->plan;
	bv__json_key(j, "location");
	bv__json_str(j, p->view->location);
	bv__json_key(j, "expected_version");
	if (p->exists) {
		bv__json_int(j, p->version);
	} else {
		bv__json_null(j);
	}
	bv__json_key(j, "app");
	bv__json_str(j, p->view->name);
	bv__json_key(j, "app_version");
	bv__json_int(j, p->refresh);
	put_properties(p->view, j);
	put_comments(p->view, stored, j);
	bv_buf text = BV_BUF_INIT;
	bv__certificate_json(c, &text);
	bv__json_key(j, "metadata");
	bv__json_open(j, '{');
	bv__json_key(j, "belvedere");
	bv__json_raw(j, bv__buf_view(&text));
	bv__json_close(j, '}');
	j->out->failed |= text.failed;
	bv__buf_free(&text);
}

static void write_request(const bv_run_view *r, const bv_schema_t *written, const bv_certificate *c, bv_buf *out) {
	const bv_view *v = r->plan->view;
	bv_json j = bv__json(out);
	bv__json_open(&j, '{');
	put_commit(r, written, c, &j);
	bv__json_key(&j, "mode");
	bv__json_z(&j, r->plan->exists ? "overwrite" : "create");
	bv__json_key(&j, "partition_by");
	bv__json_open(&j, '[');
	for (uint32_t i = 0; i < v->partition_by.n; i++) {
		bv__json_str(&j, v->partition_by.v[i]);
	}
	bv__json_close(&j, ']');
	bv__json_key(&j, "column_nullable");
	bv__json_open(&j, '{');
	for (uint32_t i = 0; i < written->n; i++) {
		bv__json_key_str(&j, written->v[i].name);
		bv__json_bool(&j, written->v[i].nullable);
	}
	bv__json_close(&j, '}');
	if (r->plan->keeps_data) {
		bv__json_key(&j, "data_change");
		bv__json_bool(&j, false);
	}
	bv__json_close(&j, '}');
}

/* ---- certificates ---- */

/* Inputs that were built in this run have the version that their commit gave the pin. */
static bool fill_inputs(bv_build *b, const bv_run_view *r, bv_arena *a, bv_certificate *c) {
	const bv_view_plan *p = r->plan;
	c->inputs = BV_NEWN(a, bv_certificate_input, p->inputs.n + 1);
	for (uint32_t i = 0; c->inputs && i < p->inputs.n; i++) {
		bv_certificate_input in = p->inputs.v[i];
		const bv_pin *pin = in.version.n ? NULL : bv__map_get(&b->binder.plan->pin_by_name, in.name);
		c->inputs[c->ninputs++] = pin ? (bv_certificate_input){in.name, pin->table_id, pin->version} : in;
	}
	return c->inputs != NULL;
}

/* rows_out is what the write counts: the engine puts it in for the -1. */
static bool make_certificate(bv_build *b, const bv_run_view *r, const bv_view_artifact *art, const bv_schema_t *written, bv_arena *a, bv_certificate *c) {
	const bv_view_plan *p = r->plan;
	bv_buf contract = BV_BUF_INIT;
	bv__schema_json(written, &contract);
	*c = (bv_certificate){.view = p->view->name, .ast_fingerprint = bv__arena_strz(a, art->ast_fingerprint), .policy_hash = bv__arena_strz(a, art->policy_hash),
		.storage_hash = bv__arena_strz(a, p->view->storage_hash), .plain = p->plain.v, .nplain = p->plain.n, .volatile_functions = art->volatile_functions,
		.nvolatile = art->nvolatile, .strategy = bv__str(r->strategy), .rows_in = r->rows_in, .rows_out = -1, .refresh = p->refresh, .engine = b->engine,
		.contract = bv__arena_str(a, bv__buf_view(&contract))};
	/* What changes no row tells of the rows' own commit. */
	c->output_version = p->keeps_data ? p->certificate.output_version : p->exists ? p->version + 1 : 0;
	if (p->storage_only) {
		c->rows_in = p->certificate.rows_in;
		c->rows_out = p->certificate.rows_out;
		c->contract = p->certificate.contract;
	}
	bool ok = !contract.failed && fill_inputs(b, r, a, c) && !bv__arena_failed(a);
	bv__buf_free(&contract);
	return ok;
}

/* ---- the commit ---- */

static void failed(bv_build *b, bv_run_view *r, bv_engine_error *e, bv_code code, const bv_view_artifact *located) {
	r->starved = strncmp(e->cls, "resources", sizeof e->cls) == 0;
	bv_str what = r->plan->view->name; /* NUL-terminated: names are the arena's */
	pthread_mutex_lock(&b->s->lock);
	uint32_t before = r->said->items.n;
	bv__engine_diag(b->s, r->said, e, code, located, what.p);
	if (r->said->items.n > before) {
		bv_diagnostic *at = &r->said->items.v[before];
		/* An error that is only about rows has no place: then it is the view's. */
		at->span = at->span.file ? at->span : r->plan->view->span;
		if (at->code == BV_E_CONFLICT && at->hint.n == 0) {
			bv__diag_hint(r->said, at, "run again: the next plan sees what was written");
		}
	}
	pthread_mutex_unlock(&b->s->lock);
	b->s->api->error_free(e);
}

/* Of a view that was built in this run: what its readers' certificates name and read. */
static bool move_pin(bv_build *b, const bv_run_view *r, const char *id) {
	bv_pin *pin = bv__map_get(&b->binder.plan->pin_by_name, r->plan->view->name);
	if (!pin || r->plan->keeps_data) {
		return true;
	}
	bv_str table_id = bv__arena_strz(b->a, id), version = bv__arena_printf(b->a, "%lld", (long long)r->output_version);
	if (table_id.n == 0 || version.n == 0) {
		return false;
	}
	pin->exists = true;
	pin->table_id = table_id;
	pin->version = version;
	pin->read = r->output_version;
	return true;
}

/* The answer of write and alter: what the table is now, for the summary, the registry and the readers. */
static bool committed(bv_build *b, bv_run_view *r, bv_certificate *c, const bv_engine_text *answer) {
	json_t *o = answer->p ? json_loadb(answer->p, answer->n, 0, NULL) : NULL;
	const json_t *version = json_object_get(o, "version"), *rows = json_object_get(o, "rows"), *id = json_object_get(o, "id");
	bool ok = json_is_integer(version) && json_string_length(id) > 0;
	bv_session *s = b->s;
	pthread_mutex_lock(&s->lock);
	if (!ok) {
		bv__diag(r->said, BV_E_INTERNAL, r->plan->view->span, BV_STR_FMT ": the engine's answer to a commit cannot be read", BV_STR_ARG(r->plan->view->name));
	} else {
		r->output_version = (int64_t)json_integer_value(version);
		if (!r->plan->storage_only) {
			c->rows_out = json_is_integer(rows) ? (int64_t)json_integer_value(rows) : -1;
		}
		r->rows_out = c->rows_out;
		bv_buf text = BV_BUF_INIT;
		bv__certificate_json(c, &text);
		r->certificate = text.failed ? BV_STR("") : bv__arena_str(b->a, bv__buf_view(&text));
		bv__buf_free(&text);
		/* The commit holds it too: where the registry cannot be written, the next plan reads the log. */
		bv_diagnostics *quiet = bv_diagnostics_new();
		if (s->registry && (!quiet || !bv__registry_put_certificate(s->registry, c, quiet))) {
			bv__session_log(s, 2, "the certificate of " BV_STR_FMT " is in its table's log only", BV_STR_ARG(r->plan->view->name));
		}
		bv_diagnostics_free(quiet);
		/* The table stands, but its readers cannot say what they read. */
		ok = move_pin(b, r, json_string_value(id)) || (bv__nomem(r->said), false);
	}
	pthread_mutex_unlock(&s->lock);
	json_decref(o);
	return ok;
}

typedef struct progress {
	bv_run_log *log;
	const bv_run_view *view;
} progress;

static void on_progress(void *ctx, uint64_t rows, uint64_t bytes) {
	const progress *p = ctx;
	bv__run_log_progress(p->log, p->view, rows, bytes);
}

static bool alter(bv_build *b, bv_run_view *r, const bv_view_query *q, bv_arena *a) {
	bv_certificate c;
	bv_buf request = BV_BUF_INIT;
	r->strategy = "metadata";
	bool ok = make_certificate(b, r, q->artifact, &q->contract.stored, a, &c);
	bv_json j = bv__json(&request);
	bv__json_open(&j, '{');
	if (ok) {
		put_commit(r, &q->contract.stored, &c, &j);
	}
	bv__json_close(&j, '}');
	bv_engine_text answer = {0};
	bv_engine_error err = {0};
	if (!ok || request.failed) {
		(void)bv__nomem(r->said);
		ok = false;
	} else if (b->s->api->alter(b->s->engine, request.p, &answer, &err) != 0) {
		failed(b, r, &err, BV_E_WRITE, NULL);
		ok = false;
	} else {
		r->rows_in = c.rows_in;
		ok = committed(b, r, &c, &answer);
		b->s->api->text_free(&answer);
	}
	bv__buf_free(&request);
	return ok;
}

static bool write_plan(bv_build *b, bv_run_view *r, const bv_view_query *q, bv_engine_plan *plan, const bv_schema_t *engine, bv_arena *a) {
	const bv_schema_t *stored = &q->contract.stored;
	bv_schema_t written = {BV_NEWN(a, bv_field, stored->n + 1), stored->n};
	bv_certificate c;
	bv_buf request = BV_BUF_INIT;
	/* A column is NOT NULL where both the lane and the engine say so. */
	for (uint32_t i = 0; written.v && i < stored->n; i++) {
		written.v[i] = stored->v[i];
		written.v[i].nullable |= engine->v[i].nullable;
	}
	r->strategy = r->plan->keeps_data ? "layout" : "full";
	bool ok = written.v && make_certificate(b, r, q->artifact, &written, a, &c);
	if (ok) {
		write_request(r, &written, &c, &request);
	}
	bv_engine_text answer = {0};
	bv_engine_error err = {0};
	progress p = {b->log, r};
	if (!ok || request.failed) {
		(void)bv__nomem(r->said);
		ok = false;
	} else if (b->s->api->write(plan, request.p, &b->s->cancel, on_progress, &p, &answer, &err) != 0) {
		failed(b, r, &err, BV_E_EXECUTION, &q->located);
		ok = false;
	} else {
		ok = committed(b, r, &c, &answer);
		b->s->api->text_free(&answer);
	}
	bv__buf_free(&request);
	return ok;
}

static bool plan_and_write(bv_build *b, bv_run_view *r, const bv_view_query *q, bv_arena *a) {
	const bv_view *v = r->plan->view;
	bv_engine_plan *plan = NULL;
	struct ArrowSchema arrow = {0};
	bv_engine_error err = {0};
	bv_schema_t engine = {0};
	if (b->s->api->plan(b->binder.catalog, q->payload.p, q->payload.n, "{}", &plan, &arrow, &err) != 0) {
		failed(b, r, &err, BV_E_ENGINE_PLAN, &q->located);
		return false;
	}
	bool ok = bv__engine_schema(a, &arrow, v->name, v->span, &q->schema, q->parity, &engine, r->said) && write_plan(b, r, q, plan, &engine, a);
	b->s->api->plan_free(plan);
	return ok;
}

/* Under the session's lock: the tree is whole and the one that was planned, and all that it reads is in the catalogue. */
static bool prepare(bv_build *b, bv_run_view *r, bv_view_query *q, bv_arena *a) {
	bv_view *v = r->plan->view;
	bool metadata = r->plan->storage_only;
	pthread_mutex_lock(&b->s->lock);
	bool ok = metadata ? bv__session_compile(b->s, v, r->said) : bv__view_ready(b->s, v, r->said);
	if (ok && strcmp(v->artifact->ast_fingerprint, r->plan->ast_fingerprint) != 0) {
		bv_diagnostic *e = bv__diag(r->said, BV_E_CHANGED_MEANWHILE, v->span, "view " BV_STR_FMT " became another one after the run was planned", BV_STR_ARG(v->name));
		bv__diag_hint(r->said, e, "run again");
		ok = false;
	}
	if (ok && metadata) {
		*q = (bv_view_query){.own_payload = BV_BUF_INIT, .own_spans = BV_BUF_INIT, .artifact = v->artifact, .contract = v->contract};
	} else {
		ok = ok && bv__bind_inputs(&b->binder, v->artifact, r->said) && bv__view_query(a, v, true, q, r->said);
		r->rows_in = ok ? bv__bound_rows(&b->binder, r->plan) : -1;
	}
	v->users += ok;
	pthread_mutex_unlock(&b->s->lock);
	return ok;
}

static bool build(bv_build *b, bv_run_view *r, bv_arena *a) {
	bv_view_query q;
	if (!prepare(b, r, &q, a)) {
		return false;
	}
	bool ok = r->plan->storage_only ? alter(b, r, &q, a) : plan_and_write(b, r, &q, a);
	bv__view_query_free(&q);
	pthread_mutex_lock(&b->s->lock);
	r->plan->view->users--;
	bv__view_done(b->s, r->plan->view);
	pthread_mutex_unlock(&b->s->lock);
	return ok;
}

bool bv__build_view(bv_build *b, bv_run_view *r) {
	double from = bv__os_monotonic();
	bv_session *s = b->s;
	bv_arena *a = bv__arena_new();
	bv_diagnostics_free(r->said); /* of an attempt before */
	r->starved = false;
	pthread_mutex_lock(&s->lock);
	r->said = bv__diag_session(s);
	pthread_mutex_unlock(&s->lock);
	bool ok = a && r->said && build(b, r, a);
	if (!ok) {
		r->strategy = NULL;
		r->rows_in = -1;
		if (r->said && r->said->errors == 0) {
			(void)bv__nomem(r->said); /* whatever else goes wrong is said */
		}
	}
	bv__arena_free(a);
	r->seconds += bv__os_monotonic() - from;
	return ok;
}
