/* `check`: is the project valid, does the engine load, are its functions those that the kept snapshot describes, and does it derive the same
 * schema for every view as the lane does? Nothing is read of any table and nothing is written: each dataset is stood for by an empty table of its
 * schema, each materialised view by one of its scanned schema. */
#include <stdlib.h>

#include "project/project.h"

/* ---- a stream without rows ---- */

typedef struct empty_table {
	const bv_schema_t *schema;
} empty_table;

static int empty_schema(struct ArrowArrayStream *stream, struct ArrowSchema *out) {
	const empty_table *t = stream->private_data;
	return bv__schema_export(t->schema, out) ? 0 : 12; /* ENOMEM */
}

static int empty_next(struct ArrowArrayStream *stream, struct ArrowArray *out) {
	(void)stream;
	memset(out, 0, sizeof *out); /* released: the end */
	return 0;
}

static const char *empty_error(struct ArrowArrayStream *stream) {
	(void)stream;
	return NULL;
}

static void empty_release(struct ArrowArrayStream *stream) {
	stream->release = NULL;
}

static int empty_open(void *ctx, struct ArrowArrayStream *out) {
	*out = (struct ArrowArrayStream){empty_schema, empty_next, empty_error, empty_release, ctx};
	return 0;
}

/* ---- the report ---- */

typedef struct report {
	bv_json json;
	bool ok;
} report;

BV_PRINTF(4, 5) static void line(report *r, const char *name, bool ok, const char *fmt, ...) {
	va_list ap;
	va_start(ap, fmt);
	char text[1024];
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	size_t n = strlen(text);
	while (n && bv__utf8_invalid(text, n) < n) {
		n--; /* cut in the middle of a character */
	}
	bv__json_open(&r->json, '{');
	bv__json_key(&r->json, "name");
	bv__json_z(&r->json, name);
	bv__json_key(&r->json, "ok");
	bv__json_bool(&r->json, ok);
	bv__json_key(&r->json, "detail");
	bv__json_str(&r->json, (bv_str){text, (uint32_t)n});
	bv__json_close(&r->json, '}');
	r->ok &= ok;
}

static bool stand_in(bv_session *s, bv_engine_catalog *catalog, const bv_path *path, const bv_schema_t *schema, bv_arena *a, bv_diagnostics *d, bv_str name) {
	empty_table *t = BV_NEW(a, empty_table);
	struct ArrowSchema arrow = {0};
	if (!t || !bv__schema_export(schema, &arrow)) {
		(void)bv__nomem(d);
		return false;
	}
	t->schema = schema;
	bv_buf b = BV_BUF_INIT;
	bv_engine_error err = {0};
	bv__path_json(path, &b);
	int rc = s->api->table(catalog, b.p, &arrow, empty_open, NULL, t, &err);
	bv__buf_free(&b);
	if (arrow.release) {
		arrow.release(&arrow);
	}
	if (rc != 0) {
		bv_str what = bv__arena_printf(a, "table " BV_STR_FMT, BV_STR_ARG(name));
		bv__engine_diag(s, d, &err, BV_E_ENGINE, NULL, what.p);
		s->api->error_free(&err);
	}
	return rc == 0;
}

bool bv__schema_parity(bv_str what, bv_span span, const bv_schema_t *lane, const bv_schema_t *engine, bv_parity how, bv_arena *a, bv_diagnostics *d) {
	if (lane->n != engine->n) {
		bv__diag(d, BV_E_PARITY, span, BV_STR_FMT ": the lane derives %u columns, the engine %u", BV_STR_ARG(what), lane->n, engine->n);
		return false;
	}
	bool ok = true;
	for (uint32_t i = 0; i < lane->n; i++) {
		const bv_field *x = &lane->v[i], *y = &engine->v[i];
		if (!x->type) {
			continue; /* unknown without the engine, and said so */
		}
		if (!bv__str_eq(x->name, y->name) || !y->type || !(how != BV_PARITY_EXACT ? bv__type_same_logical(x->type, y->type) : bv__type_equal(x->type, y->type))) {
			bv_str p = bv__type_str(a, x->type), q = y->type ? bv__type_str(a, y->type) : BV_STR("unknown");
			bv__diag(d, BV_E_PARITY, span, BV_STR_FMT ", column %u: the lane derives " BV_STR_FMT " " BV_STR_FMT ", the engine " BV_STR_FMT " " BV_STR_FMT,
				BV_STR_ARG(what), i + 1, BV_STR_ARG(x->name), BV_STR_ARG(p), BV_STR_ARG(y->name), BV_STR_ARG(q));
			ok = false;
		} else if (x->nullable != y->nullable && how != BV_PARITY_ROWS) {
			bv__warn(d, BV_E_PARITY, span, BV_STR_FMT ", column " BV_STR_FMT ": the engine derives it %s; its answer holds", BV_STR_ARG(what), BV_STR_ARG(x->name),
				y->nullable ? "nullable" : "NOT NULL");
		}
	}
	return ok;
}

static bool view_parity(bv_session *s, bv_engine_catalog *catalog, bv_view *v, bv_arena *a, bv_diagnostics *d) {
	if (!bv__view_ready(s, v, d)) {
		return false;
	}
	struct ArrowSchema arrow = {0};
	bv_engine_error err = {0};
	bv_buf b = BV_BUF_INIT;
	bv__path_json(&v->path, &b);
	int rc = s->api->view(catalog, b.p, v->artifact->payload.p, v->artifact->payload.n, &arrow, &err);
	bv__buf_free(&b);
	if (rc != 0) {
		bv_str what = bv__arena_printf(a, "view " BV_STR_FMT, BV_STR_ARG(v->name));
		bv__engine_diag(s, d, &err, BV_E_ENGINE_PLAN, v->artifact, what.p);
		s->api->error_free(&err);
		return false;
	}
	bv_schema_t engine = {0};
	bool ok = arrow.release && bv__schema_import(a, &arrow, &engine) && bv__schema_parity(bv__arena_printf(a, "view " BV_STR_FMT, BV_STR_ARG(v->name)), v->span, &v->artifact->schema, &engine, BV_PARITY_EXACT, a, d);
	if (arrow.release) {
		arrow.release(&arrow);
	}
	return ok;
}

static void check_parity(bv_session *s, const bv_graph *g, report *r, bv_diagnostics *d) {
	bv_arena *a = bv__arena_new();
	bv_engine_catalog *catalog = NULL;
	bv_engine_error err = {0};
	if (!a || s->api->catalog_open(s->engine, &catalog, &err) != 0) {
		bv__engine_diag(s, d, &err, BV_E_ENGINE, NULL, "schema parity");
		s->api->error_free(&err);
		line(r, "schema_parity", false, "the engine opens no catalogue");
		bv__arena_free(a);
		return;
	}
	bv_diagnostics *local = bv__diag_session(s);
	uint32_t checked = 0, wrong = 0;
	for (uint32_t i = 0; i < s->datasets.n; i++) {
		const bv_dataset *ds = s->datasets.v[i];
		if (ds->schema_known && !stand_in(s, catalog, &ds->path, &ds->schema, a, local, ds->name)) {
			wrong++;
		}
	}
	for (uint32_t i = 0; i < g->n; i++) {
		bv_view *v = bv__session_view(s, g->v[g->order[i]].name);
		if (!v || v->state != BV_VIEW_COMPILED) {
			continue;
		}
		checked++;
		bool fine = view_parity(s, catalog, v, a, local);
		/* Readers of a materialised view see its table, not its query. */
		fine = fine && (!v->materialized || stand_in(s, catalog, &v->path, &v->contract.scanned, a, local, v->name));
		wrong += !fine;
	}
	bv__diag_forward(local, d);
	s->api->catalog_close(catalog);
	bv__arena_free(a);
	line(r, "schema_parity", wrong == 0, "%u views checked, %u differ", checked, wrong);
}

static void check_functions(bv_session *s, report *r, bv_diagnostics *d) {
	bv_functions_t *kept = bv__functions_kept(d);
	if (!kept) {
		line(r, "functions", false, "the kept snapshot cannot be read");
		return;
	}
	if (bv__str_eq(bv__functions_hash(kept), bv__functions_hash(s->functions))) {
		line(r, "functions", true, "%u functions, as the kept snapshot says", bv__functions_count(s->functions));
	} else {
		uint32_t missing = 0, changed = 0;
		for (uint32_t i = 0; i < bv__functions_count(kept); i++) {
			const bv_function *f = bv__functions_at(kept, i), *is = bv__functions_find(s->functions, f->name, (int)f->kind);
			missing += is == NULL;
			changed += is && !bv__str_eq(is->hash, f->hash);
		}
		/* The engine's own snapshot is what is compiled against, so this is worth knowing and no error. */
		bv_diagnostic *w = bv__warn(d, BV_E_SNAPSHOT_DRIFT, BV_NO_SPAN, "the engine's functions are not those of the kept snapshot: %u are missing, %u differ", missing, changed);
		bv__diag_hint(d, w, "views that use such a function have another fingerprint without the engine");
		line(r, "functions", true, "%u functions; the kept snapshot differs: %u missing, %u changed", bv__functions_count(s->functions), missing, changed);
	}
	bv__functions_free(kept);
}

bv_status bv_project_check(bv_session *s, char **json, bv_diagnostics *d) {
	if (!s) {
		return BV_MISUSE;
	}
	bv_buf b = BV_BUF_INIT;
	report r = {bv__json(&b), true};
	pthread_mutex_lock(&s->lock);
	bv__json_open(&r.json, '{');
	bv__json_key(&r.json, "checks");
	bv__json_open(&r.json, '[');
	bv_graph graph = {0};
	bool valid = bv__session_compile_all(s, false, &graph, d);
	uint32_t invalid = 0;
	for (uint32_t i = 0; i < s->views.n; i++) {
		invalid += s->views.v[i]->state != BV_VIEW_COMPILED;
	}
	line(&r, "project", valid, "%u views, %u sources, %u views invalid%s", s->views.n, s->datasets.n, invalid, s->views_bad ? ", and files that hold no view" : "");
	if (s->engine) {
		line(&r, "engine", true, "%s", s->api->describe());
		check_functions(s, &r, d);
		check_parity(s, &graph, &r, d);
	} else {
		line(&r, "engine", true, "none: functions come from the kept snapshot, schemas are not compared");
	}
	bv__json_close(&r.json, ']');
	bv__json_key(&r.json, "ok");
	bv__json_bool(&r.json, r.ok);
	bv__json_close(&r.json, '}');
	pthread_mutex_unlock(&s->lock);
	char *text = bv__buf_detach(&b);
	if (!text) {
		return bv__nomem(d);
	}
	if (json) {
		*json = text;
	} else {
		bv_text_free(text);
	}
	return r.ok ? BV_OK : BV_FAILED;
}
