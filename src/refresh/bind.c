/* Binding. In: an artifact, a plan's pins. Out: an engine's catalogue that holds what the artifact's tree names: tables at their pinned version, plain
 * views as plans over them. Each name is bound once: what a run builds first is bound when its first reader comes, at the version that its commit gave the pin. */
#include "refresh/bind.h"

#include <jansson.h>

void bv__binder_init(bv_binder *b, bv_session *s, bv_engine_catalog *catalog, bv_arena *a, const bv_plan *plan) {
	*b = (bv_binder){.s = s, .catalog = catalog, .a = a, .plan = plan};
	bv__map_init(&b->bound, a);
}

static bool bound(bv_binder *b, bv_str name, int64_t rows) {
	int64_t *at = BV_NEW(b->a, int64_t);
	if (!at) {
		return false;
	}
	*at = rows;
	return bv__map_put(&b->bound, name, at);
}

static const bv_pin *pin_of(const bv_binder *b, bv_str name) {
	return b->plan ? bv__map_get(&b->plan->pin_by_name, name) : NULL;
}

/* The plan would build it, so its table is not what the view means now. */
static bool computed(const bv_binder *b, const bv_view *v) {
	const bv_view_plan *p = b->fresh && v->materialized && b->plan ? bv__map_get(&b->plan->view_by_name, v->name) : NULL;
	return !v->materialized || (p && p->action == BV_ACTION_BUILD && !p->keeps_data);
}

/* ---- tables ---- */

/* The table of a materialised view, as a dataset. */
static bv_dataset target_of(const bv_view *v) {
	return (bv_dataset){.name = v->name, .path = v->path, .format = BV_STR("delta"), .location = v->location, .options_json = BV_STR("{}"), .schema = v->contract.scanned,
		.schema_known = true, .span = v->span};
}

typedef struct answer {
	bv_dataset dataset;
	bv_buf request;
	int rc;
	struct ArrowSchema schema;
	bv_engine_text info;
	bv_engine_error error;
} answer;

static void ask(bv_binder *b, answer *x) {
	x->rc = b->s->api->dataset(b->catalog, x->request.p, &x->schema, &x->info, &x->error);
}

static void answer_free(bv_binder *b, answer *x) {
	if (x->schema.release) {
		x->schema.release(&x->schema);
	}
	if (x->info.p) {
		b->s->api->text_free(&x->info);
	}
	if (x->rc != 0) {
		b->s->api->error_free(&x->error);
	}
	bv__buf_free(&x->request);
}

/* d may be NULL: nothing is said. */
static bool accept(bv_binder *b, answer *x, bv_diagnostics *d) {
	const bv_dataset *ds = &x->dataset;
	if (x->rc != 0) {
		bv_str what = bv__arena_printf(b->a, "%s " BV_STR_FMT, bv__session_view(b->s, ds->name) ? "the table of view" : "source", BV_STR_ARG(ds->name));
		uint32_t before = d ? d->items.n : 0;
		bv__engine_diag(b->s, d, &x->error, BV_E_DATASET, NULL, what.p);
		if (d && d->items.n > before) {
			d->items.v[before].span = ds->span;
		}
		return false;
	}
	bv_schema_t now = {0};
	bool read = x->schema.release && bv__schema_import(b->a, &x->schema, &now);
	if (bv__arena_failed(b->a)) {
		(void)bv__nomem(d);
		return false;
	}
	/* The columns that readers were compiled against must be the table's. */
	if (!read || !bv__schema_same_logical(&ds->schema, &now)) {
		bv_diagnostic *e = bv__diag(d, BV_E_SOURCE_SCHEMA, ds->span, "the columns of " BV_STR_FMT " have changed since what reads it was compiled", BV_STR_ARG(ds->name));
		bv__diag_hint(d, e, "compile again: a new session reads the new columns");
		return false;
	}
	json_t *o = x->info.p ? json_loadb(x->info.p, x->info.n, 0, NULL) : NULL;
	const json_t *rows = json_object_get(o, "rows");
	bool ok = bound(b, ds->name, json_is_integer(rows) ? (int64_t)json_integer_value(rows) : -1);
	json_decref(o);
	return ok || (bv__nomem(d), false);
}

static bool bind_host(bv_binder *b, const bv_dataset *ds, bv_diagnostics *d) {
	struct ArrowSchema arrow = {0};
	if (!bv__schema_export(&ds->schema, &arrow)) {
		(void)bv__nomem(d);
		return false;
	}
	bv_buf name = BV_BUF_INIT;
	bv_engine_error err = {0};
	bv__path_json(&ds->path, &name);
	bool oom = name.failed;
	/* The session gives the host's context back, when it closes. */
	int rc = oom ? 0 : b->s->api->table(b->catalog, name.p, &arrow, ds->host->open, NULL, ds->host->ctx, &err);
	bv__buf_free(&name);
	if (arrow.release) {
		arrow.release(&arrow);
	}
	if (rc != 0) {
		bv_str what = bv__arena_printf(b->a, "table " BV_STR_FMT, BV_STR_ARG(ds->name));
		bv__engine_diag(b->s, d, &err, BV_E_DATASET, NULL, what.p);
		b->s->api->error_free(&err);
		return false;
	}
	return (!oom && bound(b, ds->name, -1)) || (bv__nomem(d), false);
}

static bool bind_table(bv_binder *b, const bv_dataset *ds, bv_diagnostics *d) {
	if (ds->host) {
		return bind_host(b, ds, d);
	}
	const bv_pin *pin = pin_of(b, ds->name);
	answer x = {.dataset = *ds, .request = BV_BUF_INIT};
	bv__dataset_request(ds, pin ? pin->read : -1, &x.request);
	bool ok = !x.request.failed;
	if (ok) {
		ask(b, &x);
		ok = accept(b, &x, d);
	} else {
		(void)bv__nomem(d);
	}
	answer_free(b, &x);
	return ok;
}

typedef struct answers {
	bv_binder *b;
	answer *v;
} answers;

static void ask_one(void *ctx, uint32_t i) {
	const answers *all = ctx;
	ask(all->b, &all->v[i]);
}

void bv__bind_pins(bv_binder *b) {
	answer *v = b->plan ? BV_NEWN(b->a, answer, b->plan->pins.n + 1) : NULL;
	uint32_t n = 0;
	for (uint32_t i = 0; v && i < b->plan->pins.n; i++) {
		const bv_pin *pin = &b->plan->pins.v[i];
		if (!pin->exists || pin->version.n == 0 || (pin->dataset && pin->dataset->host)) {
			continue;
		}
		v[n] = (answer){.dataset = pin->dataset ? *pin->dataset : target_of(pin->view), .request = BV_BUF_INIT};
		bv__dataset_request(&v[n].dataset, pin->read, &v[n].request);
		if (v[n].request.failed) {
			bv__buf_free(&v[n].request);
		} else {
			n++;
		}
	}
	answers all = {b, v};
	bv__parallel(b->s, n, 1, ask_one, &all);
	for (uint32_t i = 0; i < n; i++) {
		(void)accept(b, &v[i], NULL);
		answer_free(b, &v[i]);
	}
}

/* ---- views ---- */

bool bv__view_query(bv_arena *a, const bv_view *v, bool as_table, bv_view_query *out, bv_diagnostics *d) {
	const bv_view_artifact *art = v->artifact;
	*out = (bv_view_query){.own_payload = BV_BUF_INIT, .own_spans = BV_BUF_INIT, .payload = art->payload, .artifact = art, .schema = art->schema,
		.located = {.name = v->name, .spans = art->spans, .nspans = art->nspans}};
	const bv_node *query = art->ast;
	if (v->materialized) {
		out->contract = v->contract;
		query = as_table ? bv__contract_stored_query(a, query, &v->contract) : bv__contract_scanned_query(a, query, &v->contract);
	}
	if (query && query != art->ast) {
		bv__payload_write(query, &out->own_payload, &out->own_spans);
		out->payload = bv__buf_view(&out->own_payload);
		out->located.spans = (bv_span *)(void *)out->own_spans.p;
		out->located.nspans = (uint32_t)(out->own_spans.n / sizeof(bv_span));
		out->schema = as_table ? v->contract.stored : v->contract.scanned;
		out->parity = as_table ? BV_PARITY_STORED : BV_PARITY_EXACT;
	}
	if (!query || out->own_payload.failed || out->own_spans.failed || bv__arena_failed(a)) {
		bv__view_query_free(out);
		(void)bv__nomem(d);
		return false;
	}
	return true;
}

void bv__view_query_free(bv_view_query *q) {
	bv__buf_free(&q->own_payload);
	bv__buf_free(&q->own_spans);
}

bool bv__engine_schema(bv_arena *a, struct ArrowSchema *arrow, bv_str what, bv_span span, const bv_schema_t *lane, bv_parity how, bv_schema_t *out, bv_diagnostics *d) {
	bool read = arrow->release && bv__schema_import(a, arrow, out);
	if (arrow->release) {
		arrow->release(arrow);
	}
	if (bv__arena_failed(a)) {
		(void)bv__nomem(d);
		return false;
	}
	if (!read) {
		bv__diag(d, BV_E_PARITY, span, BV_STR_FMT ": the schema that the engine derives cannot be read", BV_STR_ARG(what));
		return false;
	}
	return bv__schema_parity(what, span, lane, out, how, a, d);
}

static bool bind_view(bv_binder *b, bv_view *v, bv_diagnostics *d) {
	bv_view_query q;
	if (!bv__view_query(b->a, v, false, &q, d)) {
		return false;
	}
	struct ArrowSchema arrow = {0};
	bv_engine_error err = {0};
	bv_buf name = BV_BUF_INIT;
	bv_schema_t engine;
	bv_str what = bv__arena_printf(b->a, "view " BV_STR_FMT, BV_STR_ARG(v->name));
	bool ok = false;
	bv__path_json(&v->path, &name);
	if (name.failed) {
		(void)bv__nomem(d);
	} else if (b->s->api->view(b->catalog, name.p, q.payload.p, q.payload.n, &arrow, &err) != 0) {
		bv__engine_diag(b->s, d, &err, BV_E_ENGINE_PLAN, &q.located, what.p);
		b->s->api->error_free(&err);
	} else {
		ok = bv__engine_schema(b->a, &arrow, what, v->span, &q.schema, b->fresh ? BV_PARITY_ROWS : q.parity, &engine, d) && (bound(b, v->name, -1) || (bv__nomem(d), false));
	}
	bv__buf_free(&name);
	bv__view_query_free(&q);
	return ok;
}

typedef struct frame {
	bv_view *view; /* NULL: the one that is about to be planned */
	const bv_view_artifact *of;
	uint32_t next;
} frame;

/* Depth first with a stack of its own: chains of plain views may be long. */
bool bv__bind_inputs(bv_binder *b, const bv_view_artifact *of, bv_diagnostics *d) {
	BV_VEC(frame) stack = {0};
	bool ok = BV_PUSH(b->a, &stack, ((frame){NULL, of, 0}));
	while (ok && stack.n) {
		frame *f = &stack.v[stack.n - 1];
		if (f->next == f->of->ninputs) {
			ok = !f->view || bind_view(b, f->view, d);
			if (f->view) {
				bv__view_done(b->s, f->view);
			}
			stack.n--;
			continue;
		}
		const bv_input *in = &f->of->inputs[f->next++];
		if (bv__map_get(&b->bound, in->name)) {
			continue;
		}
		bv_view *v = bv__session_view(b->s, in->name);
		if (v && computed(b, v)) {
			ok = bv__view_ready(b->s, v, d) && BV_PUSH(b->a, &stack, ((frame){v, v->artifact, 0}));
			continue;
		}
		const bv_dataset *known = v ? NULL : bv__map_get(&b->s->dataset_by_name, in->name);
		bv_dataset target = v ? target_of(v) : (bv_dataset){0};
		if (v || (known && !(known->registered && b->catalog == b->s->catalog))) {
			ok = bind_table(b, v ? &target : known, d);
		}
	}
	if (!ok && d->errors == 0) {
		(void)bv__nomem(d);
	}
	return ok;
}

void bv__view_done(bv_session *s, bv_view *v) {
	if (s->lean && v->users == 0 && v->head.n && v->artifact && v->artifact->ast) {
		(void)!bv__view_shrink(v); /* where memory is short it stays whole */
	}
}

int64_t bv__bound_rows(const bv_binder *b, const bv_view_plan *p) {
	int64_t sum = 0;
	for (uint32_t i = 0; i < p->inputs.n; i++) {
		const int64_t *rows = bv__map_get(&b->bound, p->inputs.v[i].name);
		if (!rows || *rows < 0) {
			return -1;
		}
		sum += *rows;
	}
	return sum;
}
