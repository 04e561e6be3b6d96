/* Facts about tables and files. In: datasets and views whose targets matter. Out: what exists, at which version, who wrote it last. The engine is
 * asked in parallel, since each answer is a wait for a log or a listing; answers are read one after the other. */
#include <jansson.h>

#include "project/delta_state.h"
#include "refresh/plan.h"

typedef struct job {
	const bv_facts *facts;
	bv_buf request; /* of files */
	int rc;
	bv_engine_text text;
	struct ArrowSchema schema;
	bv_delta_state delta;
	bv_engine_error error;
} job;

typedef struct jobs {
	bv_session *s;
	job *v;
} jobs;

static bool is_delta(const bv_facts *f) {
	return !f->dataset || bv__str_is(f->dataset->format, "delta");
}

static void ask(void *ctx, uint32_t i) {
	const jobs *all = ctx;
	job *x = &all->v[i];
	const bv_dataset *ds = x->facts->dataset;
	if (is_delta(x->facts)) {
		x->rc = bv__delta_ask(all->s, ds ? ds->location : x->facts->view->location, !ds, &x->delta, &x->error);
	} else if (!ds->host) {
		x->rc = all->s->api->dataset(all->s->catalog, x->request.p, &x->schema, &x->text, &x->error);
	} /* a host's table: nobody is asked */
}

/* ---- answers ---- */

static int64_t int_of(const json_t *o, const char *key) {
	const json_t *v = json_object_get(o, key);
	return json_is_integer(v) ? (int64_t)json_integer_value(v) : -1;
}

static void read_certificate(bv_arena *a, const json_t *o, bv_facts *f) {
	const json_t *c = json_object_get(o, "certificate");
	char *text = json_is_object(c) ? json_dumps(c, JSON_COMPACT) : NULL;
	if (text) {
		/* One that cannot be read is none: the table is then rebuilt, which is always right. */
		f->has_certificate = bv__certificate_from_json(a, bv__str(text), &f->certificate);
		json_free_t release;
		json_get_alloc_funcs(NULL, &release);
		release(text);
	}
	if (f->has_certificate && f->certificate.output_version < 0) {
		f->certificate.output_version = int_of(o, "certificate_version"); /* the commit that carries it is the one that it tells of */
	}
}

static void read_delta(bv_arena *a, const json_t *o, bv_facts *f) {
	f->exists = json_is_true(json_object_get(o, "exists"));
	if (!f->exists) {
		return;
	}
	f->table_id = bv__json_text(a, json_object_get(o, "id"));
	f->version = int_of(o, "version");
	f->data_version = int_of(o, "data_version");
	f->version_text = bv__arena_printf(a, "%lld", (long long)f->data_version);
	f->kind = bv__json_text(a, json_object_get(json_object_get(o, "properties"), "belvedere.kind"));
	const json_t *columns = json_object_get(o, "partition_columns");
	f->partition_by.v = BV_NEWN(a, bv_str, json_array_size(columns) + 1);
	for (size_t i = 0; f->partition_by.v && i < json_array_size(columns); i++) {
		f->partition_by.v[f->partition_by.n++] = bv__json_text(a, json_array_get(columns, i));
	}
	if (f->view) {
		f->txn = int_of(json_object_get(o, "txn"), f->view->name.p);
		read_certificate(a, o, f);
	}
}

static void fail(bv_facts *f, bv_str error, const char *hint) {
	f->failed = true;
	f->error = error;
	f->hint = bv__str(hint);
}

static void read_answer(bv_session *s, bv_arena *a, job *x, bv_facts *f) {
	const bv_dataset *ds = f->dataset;
	if (ds && ds->host) {
		f->exists = true;
		f->table_id = bv__arena_printf(a, "host:" BV_STR_FMT, BV_STR_ARG(ds->name));
		f->version_text = bv__arena_strz(a, ds->host->version);
		return;
	}
	bv_str location = ds ? ds->location : f->view->location;
	if (x->rc != 0) {
		f->cancelled = strncmp(x->error.cls, "cancelled", sizeof x->error.cls) == 0;
		fail(f, bv__arena_strz(a, x->error.message ? x->error.message : "the engine gives no reason"), NULL);
		f->hint = bv__arena_strz(a, x->error.hint ? x->error.hint : "");
		s->api->error_free(&x->error);
		return;
	}
	bool delta = is_delta(f);
	json_t *o = delta ? json_loadb(x->delta.facts.p, x->delta.facts.n, 0, NULL) : x->text.p ? json_loadb(x->text.p, x->text.n, 0, NULL) : NULL;
	if (!json_is_object(o)) {
		fail(f, BV_STR("the engine's answer about it cannot be read"), NULL);
	} else if (!delta) {
		f->exists = true;
		f->table_id = bv__arena_printf(a, "file:" BV_STR_FMT, BV_STR_ARG(bv__kept_location(s, location)));
		f->version_text = bv__json_text(a, json_object_get(o, "version"));
	} else {
		read_delta(a, o, f);
	}
	json_decref(o);
	if (f->exists && delta && x->delta.schema.n) {
		f->has_schema = bv__schema_from_json(a, bv__buf_view(&x->delta.schema), &f->schema);
	} else if (f->exists && x->schema.release) {
		f->has_schema = bv__schema_import(a, &x->schema, &f->schema);
	}
	if (ds && !f->failed && !f->exists) {
		fail(f, bv__arena_printf(a, "there is no Delta table at " BV_STR_FMT, BV_STR_ARG(location)), "a source in another format says `format:`");
	} else if (ds && f->exists && f->has_schema && !bv__schema_same_logical(&ds->schema, &f->schema)) {
		fail(f, BV_STR("its columns have changed since the views were compiled"), "compile again: a new session reads the new columns");
	}
}

/* All that was learnt, in one transaction. */
static void remember(bv_session *s, const job *all, uint32_t n) {
	bool learnt = false;
	for (uint32_t i = 0; i < n; i++) {
		learnt |= all[i].delta.learnt;
	}
	bv_diagnostics *quiet = learnt && s->registry ? bv_diagnostics_new() : NULL;
	if (quiet && bv__registry_begin(s->registry, quiet)) {
		for (uint32_t i = 0; i < n; i++) {
			bv__delta_remember(s, &all[i].delta, quiet);
		}
		(void)!bv__registry_commit(s->registry, quiet);
	}
	bv_diagnostics_free(quiet);
}

bool bv__facts_ask(bv_session *s, bv_arena *a, bv_facts *v, uint32_t n) {
	job *all = BV_NEWN(a, job, n + 1);
	if (!all) {
		return false;
	}
	bool ok = true;
	for (uint32_t i = 0; i < n; i++) {
		v[i].version = v[i].data_version = v[i].txn = -1;
		v[i].table_id = v[i].version_text = v[i].kind = v[i].error = v[i].hint = BV_STR("");
		all[i] = (job){.facts = &v[i], .request = BV_BUF_INIT, .delta = {.facts = BV_BUF_INIT, .schema = BV_BUF_INIT, .key = BV_BUF_INIT}};
		if (!is_delta(&v[i]) && !v[i].dataset->host) {
			bv__dataset_request(v[i].dataset, -1, &all[i].request);
		}
		ok &= !all[i].request.failed;
	}
	if (ok) {
		jobs work = {s, all};
		bv__parallel(s, n, 1, ask, &work);
		remember(s, all, n);
	}
	for (uint32_t i = 0; i < n; i++) {
		ok &= !all[i].delta.oom;
	}
	for (uint32_t i = 0; i < n; i++) {
		if (ok) {
			read_answer(s, a, &all[i], &v[i]);
		}
		if (all[i].schema.release) {
			all[i].schema.release(&all[i].schema);
		}
		if (all[i].text.p) {
			s->api->text_free(&all[i].text);
		}
		bv__buf_free(&all[i].request);
		bv__delta_state_free(&all[i].delta);
	}
	return ok && !bv__arena_failed(a);
}

bv_str bv__engine_text(bv_session *s, bv_arena *a) {
	bv_str out = BV_STR("");
	json_t *o = s->api ? json_loads(s->api->describe(), 0, NULL) : NULL;
	const char *name = json_string_value(json_object_get(o, "name")), *version = json_string_value(json_object_get(o, "version"));
	if (name && version) {
		out = bv__arena_printf(a, "%s %s", name, version);
	}
	json_decref(o);
	return out;
}
