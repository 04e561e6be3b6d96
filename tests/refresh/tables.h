/* Tables in memory, as far as a plan looks at them: an engine's answers about logs and files, and a refresh that only writes its certificate. */
#ifndef BV_TABLES_H
#define BV_TABLES_H

#include "../project/project_test.h"

#include <jansson.h>

#include "refresh/refresh.h"

typedef struct fake_table {
	const char *place; /* its location ends so */
	bool exists;
	const char *id;
	int64_t version, data_version;
	const char *kind;        /* property belvedere.kind, or NULL */
	const char *schema;      /* as bv__schema_json */
	bv_str certificate;      /* empty: the log holds none */
	int64_t certificate_version;
	bv_names partition_by;
	const char *txn;         /* JSON object of applications and their versions, or NULL */
	int64_t rows;            /* -1: not known */
	const char *failure;     /* the log cannot be read */
	const char *files;       /* no Delta table, but files with this version */
} fake_table;

static struct {
	fake_table v[32];
	uint32_t n;
	const char *engine;
	int asked; /* how often any table was asked about */
} fake;

static fake_table *fake_at(bv_str location) {
	for (uint32_t i = 0; i < fake.n; i++) {
		if (bv__str_ends(location, fake.v[i].place)) {
			return &fake.v[i];
		}
	}
	return NULL;
}

static fake_table *table(const char *where) {
	for (uint32_t i = 0; i < fake.n; i++) {
		if (bv__str_ends(bv__str(fake.v[i].place), where)) {
			return &fake.v[i];
		}
	}
	assert_true(fake.n < BV_COUNT(fake.v));
	fake_table *t = &fake.v[fake.n++];
	*t = (fake_table){.place = where, .id = where, .version = -1, .data_version = -1, .certificate = BV_STR(""), .certificate_version = -1, .rows = -1};
	return t;
}

static int fake_fail(const char *cls, const char *message, bv_engine_error *err) {
	bv_buf b = BV_BUF_INIT;
	bv__buf_z(&b, message);
	snprintf(err->cls, sizeof err->cls, "%s", cls);
	err->message = bv__buf_detach(&b);
	err->element = -1;
	return 1;
}

/* False: out of memory, which a test may have asked for. */
static bool fake_schema(const char *json, struct ArrowSchema *out) {
	bv_arena *a = bv__arena_new();
	bv_schema_t schema;
	bool ok = a && bv__schema_from_json(a, bv__str(json), &schema) && bv__schema_export(&schema, out);
	bv__arena_free(a);
	return ok;
}

static void fake_text(bv_buf *b, bv_engine_text *out) {
	out->n = b->n;
	out->p = bv__buf_detach(b);
}

static int fake_delta_state(bv_engine *e, const char *request, bv_engine_text *out, struct ArrowSchema *schema, bv_engine_error *err) {
	(void)e;
	__atomic_add_fetch(&fake.asked, 1, __ATOMIC_RELAXED);
	json_t *o = json_loads(request, 0, NULL);
	const fake_table *t = fake_at(bv__str(json_string_value(json_object_get(o, "location"))));
	bool certificates = json_is_true(json_object_get(o, "certificates"));
	json_decref(o);
	if (t && t->failure) {
		return fake_fail("io", t->failure, err);
	}
	bv_buf b = BV_BUF_INIT;
	bv_json j = bv__json(&b);
	bv__json_open(&j, '{');
	bv__json_key(&j, "exists");
	bv__json_bool(&j, t && t->exists);
	if (t && t->exists) {
		bv__json_key(&j, "id");
		bv__json_z(&j, t->id);
		bv__json_key(&j, "version");
		bv__json_int(&j, t->version);
		bv__json_key(&j, "data_version");
		bv__json_int(&j, t->data_version);
		bv__json_key(&j, "properties");
		bv__json_open(&j, '{');
		if (t->kind) {
			bv__json_key(&j, "belvedere.kind");
			bv__json_z(&j, t->kind);
		}
		bv__json_close(&j, '}');
		bv__json_key(&j, "partition_columns");
		bv__json_open(&j, '[');
		for (uint32_t i = 0; i < t->partition_by.n; i++) {
			bv__json_str(&j, t->partition_by.v[i]);
		}
		bv__json_close(&j, ']');
		bv__json_key(&j, "rows");
		if (t->rows >= 0) {
			bv__json_int(&j, t->rows);
		} else {
			bv__json_null(&j);
		}
		bv__json_key(&j, "txn");
		bv__json_raw(&j, bv__str(t->txn ? t->txn : "{}"));
		bv__json_key(&j, "certificate");
		if (certificates && t->certificate.n) {
			bv__json_raw(&j, t->certificate);
			bv__json_key(&j, "certificate_version");
			bv__json_int(&j, t->certificate_version);
		} else {
			bv__json_null(&j);
		}
		if (schema && !fake_schema(t->schema, schema)) {
			bv__buf_free(&b);
			return fake_fail("internal", "out of memory", err);
		}
	}
	bv__json_close(&j, '}');
	fake_text(&b, out);
	return 0;
}

static int fake_dataset(bv_engine_catalog *c, const char *request, struct ArrowSchema *schema, bv_engine_text *info, bv_engine_error *err) {
	(void)c;
	json_t *o = json_loads(request, 0, NULL);
	const fake_table *t = fake_at(bv__str(json_string_value(json_object_get(o, "location"))));
	json_decref(o);
	if (!t || !t->files) {
		return fake_fail("not_found", "no file is there", err);
	}
	if (schema && !fake_schema(t->schema, schema)) {
		return fake_fail("internal", "out of memory", err);
	}
	if (info) {
		bv_buf b = BV_BUF_INIT;
		bv__buf_printf(&b, "{\"version\":\"%s\",\"files\":1,\"bytes\":1}", t->files);
		fake_text(&b, info);
	}
	return 0;
}

static const char *fake_describe(void) {
	return fake.engine;
}

static void fake_close(bv_engine *e) {
	(void)e;
}

static void fake_catalog_close(bv_engine_catalog *c) {
	(void)c;
}

static void fake_text_free(bv_engine_text *t) {
	bv_text_free(t->p);
	t->p = NULL;
}

static void fake_error_free(bv_engine_error *e) {
	bv_text_free(e->message);
	e->message = NULL;
}

static const bv_engine_api fake_api = {.size = sizeof(bv_engine_api), .abi = BV_ENGINE_ABI, .describe = fake_describe, .close = fake_close,
	.catalog_close = fake_catalog_close, .delta_state = fake_delta_state, .dataset = fake_dataset, .text_free = fake_text_free, .error_free = fake_error_free};

/* A new session over the place, with the tables for an engine. */
static inline void open_place(place *p) {
	static char handle;
	assert_int_equal(place_open(p), BV_OK);
	p->s->api = &fake_api;
	p->s->engine = (bv_engine *)(void *)&handle;
	p->s->catalog = (bv_engine_catalog *)(void *)&handle;
}

/* What a run would leave behind: a commit with its certificate for each view that is to be built. Returns how many there were. */
static inline uint32_t refresh(place *p, const bv_run_options *o) {
	bv_arena *a = bv__arena_new();
	bv_plan plan;
	uint32_t built = 0;
	if (!bv__plan_make(p->s, o, a, &plan, p->d)) {
		show_all(p);
		fail();
	}
	for (uint32_t i = 0; i < plan.views.n; i++) {
		bv_view_plan *v = &plan.views.v[i];
		if (!v->selected || v->action != BV_ACTION_BUILD) {
			continue;
		}
		const bv_view_artifact *artifact = v->view->artifact;
		fake_table *t = fake_at(v->view->location);
		t = t ? t : table(bv__arena_str(p->arena, v->view->location).p);
		bv_buf b = BV_BUF_INIT;
		t->version++;
		if (!t->exists) {
			t->version = 0;
		}
		t->exists = true;
		t->kind = "view";
		t->data_version = v->keeps_data ? t->data_version : t->version;
		t->certificate_version = t->version;
		t->partition_by = (bv_names){.v = BV_NEWN(p->arena, bv_str, v->view->partition_by.n + 1), .n = v->view->partition_by.n};
		for (uint32_t k = 0; k < t->partition_by.n; k++) {
			t->partition_by.v[k] = bv__arena_str(p->arena, v->view->partition_by.v[k]);
		}
		bv__schema_json(&v->view->contract.scanned, &b);
		t->schema = bv__arena_str(p->arena, bv__buf_view(&b)).p;
		bv__buf_truncate(&b, 0);
		bv__schema_json(&v->view->contract.stored, &b);
		for (uint32_t k = 0; k < v->inputs.n; k++) {
			if (v->inputs.v[k].version.n == 0) {
				const fake_table *in = fake_at(bv__session_view(p->s, v->inputs.v[k].name)->location);
				v->inputs.v[k].table_id = bv__str(in->id);
				v->inputs.v[k].version = bv__arena_printf(a, "%lld", (long long)in->data_version);
			}
		}
		bv_certificate c = {.view = v->view->name, .ast_fingerprint = bv__str(artifact->ast_fingerprint), .policy_hash = bv__str(artifact->policy_hash),
			.storage_hash = bv__str(v->view->storage_hash), .inputs = v->inputs.v, .ninputs = v->inputs.n, .plain = v->plain.v, .nplain = v->plain.n,
			.strategy = BV_STR("full"), .rows_in = -1, .rows_out = 1, .output_version = v->keeps_data ? t->data_version : -1, .refresh = v->refresh,
			.engine = bv__engine_text(p->s, a), .contract = bv__arena_str(a, bv__buf_view(&b))};
		bv__buf_truncate(&b, 0);
		bv__certificate_json(&c, &b);
		t->certificate = bv__arena_str(p->arena, bv__buf_view(&b));
		bv__buf_free(&b);
		c.output_version = t->data_version;
		assert_true(bv__registry_put_certificate(p->s->registry, &c, p->d));
		built++;
	}
	bv__arena_free(a);
	return built;
}

/* The plan as lines: "name action code(detail) …", orphans as "name orphan location readers…". */
static inline const char *plan_text(place *p, const bv_run_options *o) {
	bv_arena *a = bv__arena_new();
	bv_plan plan;
	bv_buf b = BV_BUF_INIT;
	static const char *const actions[] = {"skip", "build", "blocked"};
	bv_diagnostics_clear(p->d);
	if (!bv__plan_make(p->s, o, a, &plan, p->d)) {
		bv__buf_z(&b, "no plan");
		plan.views.n = plan.orphans.n = 0;
	}
	for (uint32_t i = 0; i < plan.views.n; i++) {
		const bv_view_plan *v = &plan.views.v[i];
		if (!v->selected) {
			continue;
		}
		bv__buf_printf(&b, "%s" BV_STR_FMT " %s", b.n ? "\n" : "", BV_STR_ARG(v->view->name), actions[v->action]);
		if (v->storage_only || v->keeps_data) {
			bv__buf_z(&b, v->storage_only ? " storage" : " layout");
		}
		for (uint32_t k = 0; k < v->reasons.n; k++) {
			bv__buf_printf(&b, " %s(" BV_STR_FMT ")", v->reasons.v[k].code, BV_STR_ARG(v->reasons.v[k].detail));
		}
	}
	for (uint32_t i = 0; i < plan.orphans.n; i++) {
		const bv_orphan *x = &plan.orphans.v[i];
		bv__buf_printf(&b, "%s" BV_STR_FMT " orphan %s", b.n ? "\n" : "", BV_STR_ARG(x->name), x->location.n ? "table" : "gone");
		for (uint32_t k = 0; k < x->nreaders; k++) {
			bv__buf_printf(&b, " " BV_STR_FMT, BV_STR_ARG(x->readers[k]));
		}
	}
	const char *out = bv__arena_str(p->arena, bv__buf_view(&b)).p;
	bv__buf_free(&b);
	bv__arena_free(a);
	return out;
}

#endif
