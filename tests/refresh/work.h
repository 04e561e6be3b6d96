/* The tables in memory, with an engine that also plans, writes, loads and removes: it derives schemas by the lane over the payload that it is given and
 * the names that are bound in the catalogue, so what was not bound cannot be planned. It keeps every request, fails where a test asks for it, and can
 * hold writes until some of them are under way at once. */
#ifndef BV_WORK_H
#define BV_WORK_H

#include <errno.h>
#include <sys/stat.h>
#include <time.h>

#include "tables.h"

/* What goes wrong: an entry, where its request or payload holds `text`. */
typedef struct fault {
	const char *op, *text, *cls, *message;
	int times;          /* so often */
	const char *at;     /* the error points at the payload's first element that holds this; NULL: at none */
	bool beside;        /* only while another write is under way */
} fault;

static struct {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	struct {
		const char *op;
		char *json;
	} said[2048];
	uint32_t n;
	fault faults[4];
	int running, most;      /* writes under way now, and at most at any time */
	int together;           /* a write waits until so many of them have begun */
	int began;
	int slow_ms;            /* a write takes at least so long, and looks at the cancel flag */
	int64_t rows;           /* that a write writes */
	const char *answer;     /* of a commit, where it is not the right one */
	const char *file_schema;/* of files that are loaded */
	const char *derived;    /* schema that every plan and view has, where it is not the lane's */
	char *kept_payload[64], *kept_schema[64]; /* schemas of payloads seen before, where `keep` */
	uint32_t kept;
	bool keep;
	int catalogs, plans, streams; /* that were made and not given back */
	bv_session *session;    /* whose functions and policy the lane takes */
} work = {.lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER};

struct bv_engine_catalog {
	bv_arena *arena;
	bv_map tables; /* name -> schema as JSON */
};

struct bv_engine_plan {
	char *schema, *payload;
};

/* ---- requests and faults ---- */

static void note(const char *op, const char *json) {
	assert_true(work.n < BV_COUNT(work.said));
	work.said[work.n].op = op;
	work.said[work.n++].json = strdup(json);
}

/* The i-th request of a kind, or NULL. */
static const char *request(const char *op, uint32_t i) {
	for (uint32_t k = 0; k < work.n; k++) {
		if (strcmp(work.said[k].op, op) == 0 && i-- == 0) {
			return work.said[k].json;
		}
	}
	return NULL;
}

static uint32_t requests(const char *op) {
	uint32_t n = 0;
	while (request(op, n)) {
		n++;
	}
	return n;
}

static void forget_requests(void) {
	while (work.n) {
		free(work.said[--work.n].json);
	}
}

static void fail_next(const char *op, const char *text, const char *cls, const char *message) {
	for (size_t i = 0; i < BV_COUNT(work.faults); i++) {
		if (work.faults[i].times == 0) {
			work.faults[i] = (fault){.op = op, .text = text, .cls = cls, .message = message, .times = 1};
			return;
		}
	}
	fail();
}

static int64_t element_with(const char *payload, const char *text) {
	json_t *list = json_loads(payload, 0, NULL);
	int64_t out = -1;
	for (size_t i = 0; out < 0 && i < json_array_size(list); i++) {
		char *one = json_dumps(json_array_get(list, i), JSON_COMPACT);
		out = strstr(one, text) ? (int64_t)i : -1;
		free(one);
	}
	json_decref(list);
	return out;
}

/* The caller holds the lock. */
static bool faulty(const char *op, const char *text, const char *payload, bv_engine_error *err) {
	for (size_t i = 0; i < BV_COUNT(work.faults); i++) {
		fault *f = &work.faults[i];
		if (f->times && strcmp(f->op, op) == 0 && strstr(text, f->text) && (!f->beside || work.running > 1)) {
			f->times--;
			fake_fail(f->cls, f->message, err);
			err->element = f->at && payload ? element_with(payload, f->at) : -1;
			return true;
		}
	}
	return false;
}

/* ---- catalogues ---- */

static int work_catalog_open(bv_engine *e, bv_engine_catalog **out, bv_engine_error *err) {
	(void)e;
	pthread_mutex_lock(&work.lock);
	bool bad = faulty("catalog_open", "", NULL, err);
	work.catalogs += !bad;
	pthread_mutex_unlock(&work.lock);
	if (bad) {
		return 1;
	}
	bv_engine_catalog *c = malloc(sizeof *c);
	c->arena = bv__arena_new();
	if (!c->arena) {
		free(c);
		work.catalogs--;
		return fake_fail("internal", "out of memory", err);
	}
	bv__map_init(&c->tables, c->arena);
	*out = c;
	return 0;
}

static void work_catalog_close(bv_engine_catalog *c) {
	bv__arena_free(c->arena);
	free(c);
	work.catalogs--;
}

/* ["main","t"] -> main.t */
static bv_str name_text(bv_arena *a, const json_t *parts) {
	bv_buf b = BV_BUF_INIT;
	for (size_t i = 0; i < json_array_size(parts); i++) {
		bv__buf_printf(&b, "%s%s", i ? "." : "", json_string_value(json_array_get(parts, i)));
	}
	bv_str out = bv__arena_str(a, bv__buf_view(&b));
	bv__buf_free(&b);
	return out;
}

static bool bind_name(bv_engine_catalog *c, const json_t *name, const char *schema) {
	bv_str text = name_text(c->arena, name);
	char *copy = bv__arena_alloc(c->arena, strlen(schema) + 1);
	if (copy) {
		memcpy(copy, schema, strlen(schema) + 1);
	}
	return copy && text.n && bv__map_put(&c->tables, text, copy);
}

static int work_dataset(bv_engine_catalog *c, const char *text, struct ArrowSchema *schema, bv_engine_text *info, bv_engine_error *err) {
	json_t *o = json_loads(text, 0, NULL);
	pthread_mutex_lock(&work.lock);
	note("dataset", text);
	const fake_table *t = fake_at(bv__str(json_string_value(json_object_get(o, "location"))));
	int rc = faulty("dataset", text, NULL, err);
	if (!rc && (!t || !(t->exists || t->files))) {
		rc = fake_fail("not_found", "there is no table", err);
	}
	if (!rc && (!bind_name(c, json_object_get(o, "name"), t->schema) || (schema && !fake_schema(t->schema, schema)))) {
		rc = fake_fail("internal", "out of memory", err);
	}
	if (!rc && info) {
		bv_buf b = BV_BUF_INIT;
		if (t->files) {
			bv__buf_printf(&b, "{\"version\":\"%s\",\"files\":1,\"bytes\":1}", t->files);
		} else {
			bv__buf_printf(&b, "{\"exists\":true,\"version\":%lld,\"rows\":%lld}", (long long)t->version, (long long)t->rows);
		}
		fake_text(&b, info);
	}
	pthread_mutex_unlock(&work.lock);
	json_decref(o);
	return rc;
}

static int work_delta_state(bv_engine *e, const char *text, bv_engine_text *out, struct ArrowSchema *schema, bv_engine_error *err) {
	pthread_mutex_lock(&work.lock);
	int rc = faulty("delta_state", text, NULL, err) ? 1 : fake_delta_state(e, text, out, schema, err);
	pthread_mutex_unlock(&work.lock);
	return rc;
}

/* ---- plans ---- */

static bv_lookup work_lookup(void *ctx, bv_arena *a, const bv_path *path, bv_table_info *out, bv_diagnostics *d, bv_span span) {
	(void)d;
	(void)span;
	const bv_engine_catalog *c = ctx;
	bv_str name = bv__full_name(a, path);
	const char *schema = bv__map_get(&c->tables, name);
	if (!schema || !bv__schema_from_json(a, bv__str(schema), &out->schema)) {
		return BV_NOT_FOUND;
	}
	out->path = *path;
	out->key = name;
	out->types_known = true;
	return BV_FOUND;
}

/* The lane over a governed tree: it is one already, so this checks it and types it. */
static char *derive(bv_engine_catalog *c, const char *payload, size_t n, bv_engine_error *err) {
	for (uint32_t i = 0; work.keep && i < work.kept; i++) {
		if (strlen(work.kept_payload[i]) == n && memcmp(work.kept_payload[i], payload, n) == 0) {
			return strdup(work.kept_schema[i]);
		}
	}
	bv_arena *a = bv__arena_new();
	bv_diagnostics *d = bv_diagnostics_new();
	bv_view_artifact *art = NULL;
	char *out = NULL;
	if (a && d) {
		bv_node *root = bv__payload_read(a, bv__strn(payload, n), 0, d);
		bv_lane_context cx = {.dialect = bv__datafusion, .functions = work.session->functions, .policy = work.session->project.policy, .table = work_lookup, .ctx = c};
		if (root && bv__lane_run(&cx, root, &art, d)) {
			bv_buf b = BV_BUF_INIT;
			bv__schema_json(&art->schema, &b);
			out = bv__buf_detach(&b);
		}
	}
	if (out && work.keep && work.kept < BV_COUNT(work.kept_schema)) {
		work.kept_payload[work.kept] = strndup(payload, n);
		work.kept_schema[work.kept++] = strdup(out);
	}
	if (!out) {
		fake_fail("plan", d && d->items.n ? bv__arena_str(a, d->items.v[0].message).p : "out of memory", err);
	}
	bv__artifact_free(art);
	bv_diagnostics_free(d);
	bv__arena_free(a);
	return out;
}

static int work_view(bv_engine_catalog *c, const char *name, const char *payload, size_t n, struct ArrowSchema *schema, bv_engine_error *err) {
	json_t *parts = json_loads(name, 0, NULL);
	pthread_mutex_lock(&work.lock);
	note("view", name);
	char *text = faulty("view", name, payload, err) ? NULL : derive(c, payload, n, err);
	bool ok = text != NULL;
	if (ok && (!bind_name(c, parts, text) || !fake_schema(work.derived ? work.derived : text, schema))) {
		fake_fail("internal", "out of memory", err);
		ok = false;
	}
	pthread_mutex_unlock(&work.lock);
	json_decref(parts);
	free(text);
	return !ok;
}

static int work_table(bv_engine_catalog *c, const char *name, const struct ArrowSchema *schema, int (*open)(void *, struct ArrowArrayStream *), void (*drop)(void *), void *ctx,
	bv_engine_error *err) {
	(void)ctx;
	bv_buf b = BV_BUF_INIT;
	bv_schema_t s;
	json_t *parts = json_loads(name, 0, NULL);
	pthread_mutex_lock(&work.lock);
	note("table", name);
	assert_true(open && !drop); /* the session gives the host's context back */
	bool ok = bv__schema_import(c->arena, schema, &s);
	bv__schema_json(&s, &b);
	ok = ok && !b.failed && bind_name(c, parts, b.p);
	int rc = faulty("table", name, NULL, err) ? 1 : ok ? 0 : fake_fail("internal", "out of memory", err);
	pthread_mutex_unlock(&work.lock);
	bv__buf_free(&b);
	json_decref(parts);
	return rc;
}

static int new_plan(char *schema, const char *payload, size_t n, bv_engine_plan **out, struct ArrowSchema *arrow, bv_engine_error *err) {
	if (!fake_schema(work.derived ? work.derived : schema, arrow)) {
		free(schema);
		return fake_fail("internal", "out of memory", err);
	}
	*out = malloc(sizeof **out);
	**out = (bv_engine_plan){schema, strndup(payload, n)};
	work.plans++;
	return 0;
}

static int work_plan(bv_engine_catalog *c, const char *payload, size_t n, const char *options, bv_engine_plan **out, struct ArrowSchema *schema, bv_engine_error *err) {
	pthread_mutex_lock(&work.lock);
	note("plan", payload);
	note("plan options", options);
	char *text = faulty("plan", payload, payload, err) ? NULL : derive(c, payload, n, err);
	int rc = text ? new_plan(text, payload, n, out, schema, err) : 1;
	pthread_mutex_unlock(&work.lock);
	return rc;
}

static void work_plan_free(bv_engine_plan *p) {
	pthread_mutex_lock(&work.lock);
	work.plans--;
	pthread_mutex_unlock(&work.lock);
	free(p->schema);
	free(p->payload);
	free(p);
}

/* A stream without rows. */
static int stream_schema(struct ArrowArrayStream *s, struct ArrowSchema *out) {
	return fake_schema(s->private_data, out) ? 0 : ENOMEM;
}

static int stream_next(struct ArrowArrayStream *s, struct ArrowArray *out) {
	(void)s;
	memset(out, 0, sizeof *out);
	return 0;
}

static const char *stream_error(struct ArrowArrayStream *s) {
	(void)s;
	return NULL;
}

static void stream_release(struct ArrowArrayStream *s) {
	free(s->private_data);
	s->release = NULL;
	work.streams--;
}

static int work_execute(bv_engine_plan *p, bv_engine_cancel *cancel, struct ArrowArrayStream *out, bv_engine_error *err) {
	assert_ptr_equal(cancel, &work.session->cancel);
	pthread_mutex_lock(&work.lock);
	note("execute", p->payload);
	int rc = faulty("execute", p->payload, p->payload, err);
	work.streams += !rc;
	pthread_mutex_unlock(&work.lock);
	if (!rc) {
		*out = (struct ArrowArrayStream){.get_schema = stream_schema, .get_next = stream_next, .get_last_error = stream_error, .release = stream_release,
			.private_data = strdup(p->schema)};
	}
	return rc;
}

/* ---- commits ---- */

static char *keep_text(const char *z) {
	static char *kept[4096];
	static uint32_t n;
	assert_true(n < BV_COUNT(kept));
	return kept[n++] = strdup(z); /* reachable until the end: tables point at it */
}

/* The schema of a table with these columns, as a scan returns it. */
static char *scanned(const char *schema, const json_t *nullable) {
	bv_arena *a = bv__arena_new();
	bv_schema_t s;
	char *out = NULL;
	if (a && bv__schema_from_json(a, bv__str(schema), &s)) {
		for (uint32_t i = 0; i < s.n; i++) {
			bool cast;
			const json_t *null = json_object_get(nullable, s.v[i].name.p);
			const bv_type *stored = bv__type_stored(a, s.v[i].type, &cast);
			s.v[i].type = stored ? bv__type_scanned(a, stored) : NULL;
			s.v[i].nullable = null ? json_is_true(null) : s.v[i].nullable;
		}
		bv_buf b = BV_BUF_INIT;
		bv__schema_json(&s, &b);
		char *text = bv__arena_failed(a) ? NULL : bv__buf_detach(&b);
		out = text ? keep_text(text) : NULL;
		bv__buf_free(&b);
		free(text);
	}
	bv__arena_free(a);
	return out;
}

static const char *text_at(const json_t *o, const char *key) {
	return json_string_value(json_object_get(o, key));
}

/* The caller holds the lock. */
static int commit(const json_t *o, const char *schema, int64_t rows, bv_engine_text *out, bv_engine_error *err) {
	const char *location = text_at(o, "location"), *mode = text_at(o, "mode");
	const json_t *expected = json_object_get(o, "expected_version"), *metadata = json_object_get(o, "metadata"), *properties = json_object_get(o, "properties");
	json_t *certificate = json_object_get(metadata, "belvedere");
	fake_table *t = fake_at(bv__str(location));
	t = t ? t : table(keep_text(location));
	if (json_is_null(expected) ? t->exists : !t->exists || json_integer_value(expected) != t->version) {
		return fake_fail("conflict", "the table has another version", err);
	}
	char *columns = schema ? scanned(schema, json_object_get(o, "column_nullable")) : NULL;
	if (schema && !columns) {
		return fake_fail("internal", "out of memory", err);
	}
	if (!t->exists) {
		t->id = keep_text(location);
		t->version = -1;
		t->kind = NULL;
	}
	t->exists = true;
	t->version++;
	if (schema) {
		t->schema = mode && strcmp(mode, "append") == 0 && t->version > 0 ? t->schema : columns;
		t->data_version = json_is_false(json_object_get(o, "data_change")) ? t->data_version : t->version;
		t->rows = rows;
		const json_t *partitions = json_object_get(o, "partition_by");
		static bv_str names[64];
		static uint32_t used;
		assert_true(used + json_array_size(partitions) <= BV_COUNT(names));
		t->partition_by = (bv_names){.v = &names[used], .n = (uint32_t)json_array_size(partitions)};
		for (size_t i = 0; i < json_array_size(partitions); i++) {
			names[used++] = bv__str(keep_text(json_string_value(json_array_get(partitions, i))));
		}
	}
	if (json_object_get(properties, "belvedere.kind")) {
		t->kind = keep_text(text_at(properties, "belvedere.kind"));
	}
	if (certificate) {
		if (json_integer_value(json_object_get(certificate, "rows_out")) == -1) {
			json_object_set_new(certificate, "rows_out", json_integer(rows));
		}
		char *text = json_dumps(certificate, JSON_COMPACT);
		t->certificate = bv__str(keep_text(text));
		t->certificate_version = t->version;
		free(text);
	}
	if (text_at(o, "app")) {
		json_t *txn = json_object();
		json_object_set(txn, text_at(o, "app"), json_object_get(o, "app_version"));
		char *text = json_dumps(txn, JSON_COMPACT);
		t->txn = keep_text(text);
		free(text);
		json_decref(txn);
	}
	char text[512];
	snprintf(text, sizeof text, "{\"version\":%lld,\"rows\":%lld,\"files\":1,\"bytes\":1,\"id\":\"%s\"}", (long long)t->version, (long long)rows, t->id);
	out->p = strdup(work.answer ? work.answer : text);
	out->n = strlen(out->p);
	return 0;
}

/* The table whose place ends so, where there is one. */
static inline const fake_table *made(const char *where) {
	for (uint32_t i = 0; i < fake.n; i++) {
		if (fake.v[i].exists && bv__str_ends(bv__str(fake.v[i].place), where)) {
			return &fake.v[i];
		}
	}
	return NULL;
}

static void pause_ms(int ms) {
	struct timespec t = {ms / 1000, (ms % 1000) * 1000000L};
	nanosleep(&t, NULL);
}

static int work_write(bv_engine_plan *p, const char *text, bv_engine_cancel *cancel, bv_engine_progress progress, void *progress_ctx, bv_engine_text *out, bv_engine_error *err) {
	json_t *o = json_loads(text, 0, NULL);
	assert_non_null(o);
	pthread_mutex_lock(&work.lock);
	note("write", text);
	work.running++;
	work.began++;
	work.most = work.running > work.most ? work.running : work.most;
	pthread_cond_broadcast(&work.changed);
	struct timespec until;
	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += 5;
	while (work.began < work.together && pthread_cond_timedwait(&work.changed, &work.lock, &until) == 0) {
	}
	int rc = faulty("write", text, p->payload, err);
	pthread_mutex_unlock(&work.lock);
	bool cancelled = false;
	for (int ms = 0; !rc && ms < work.slow_ms && !cancelled; ms += 2) {
		pause_ms(2);
		cancelled = __atomic_load_n(&cancel->flag, __ATOMIC_RELAXED) != 0;
	}
	if (progress) {
		progress(progress_ctx, 1, 10);
	}
	pthread_mutex_lock(&work.lock);
	rc = rc ? rc : cancelled ? fake_fail("cancelled", "cancelled", err) : commit(o, p->schema, work.rows, out, err);
	work.running--;
	pthread_mutex_unlock(&work.lock);
	json_decref(o);
	return rc;
}

static int work_alter(bv_engine *e, const char *text, bv_engine_text *out, bv_engine_error *err) {
	(void)e;
	json_t *o = json_loads(text, 0, NULL);
	assert_non_null(o);
	pthread_mutex_lock(&work.lock);
	note("alter", text);
	int rc = faulty("alter", text, NULL, err) ? 1 : commit(o, NULL, 0, out, err);
	pthread_mutex_unlock(&work.lock);
	json_decref(o);
	return rc;
}

static int work_scan_files(bv_engine_catalog *c, const char *text, const struct ArrowSchema *wanted, bv_engine_plan **out, struct ArrowSchema *schema, bv_engine_error *err) {
	pthread_mutex_lock(&work.lock);
	note("scan_files", text);
	int rc = faulty("scan_files", text, NULL, err);
	bv_buf b = BV_BUF_INIT;
	if (!rc && wanted) {
		bv_arena *a = bv__arena_new();
		bv_schema_t s;
		if (a && bv__schema_import(a, wanted, &s)) {
			bv__schema_json(&s, &b);
		}
		bv__arena_free(a);
	} else if (!rc) {
		bv__buf_z(&b, work.file_schema);
	}
	if (!rc) {
		note("wanted", wanted ? b.p : "");
		rc = b.n && !b.failed ? new_plan(strdup(b.p), "", 0, out, schema, err) : fake_fail("internal", "out of memory", err);
	}
	bv__buf_free(&b);
	pthread_mutex_unlock(&work.lock);
	(void)c;
	return rc;
}

static int work_remove(bv_engine *e, const char *text, bv_engine_error *err) {
	(void)e;
	json_t *o = json_loads(text, 0, NULL);
	pthread_mutex_lock(&work.lock);
	note("remove", text);
	fake_table *t = fake_at(bv__str(text_at(o, "location")));
	int rc = faulty("remove", text, NULL, err) ? 1 : t && t->exists ? 0 : fake_fail("not_found", "there is no table", err);
	if (!rc) {
		t->exists = false;
	}
	pthread_mutex_unlock(&work.lock);
	json_decref(o);
	return rc;
}

static const bv_engine_api work_api = {.size = sizeof(bv_engine_api), .abi = BV_ENGINE_ABI, .describe = fake_describe, .close = fake_close, .catalog_open = work_catalog_open,
	.catalog_close = work_catalog_close, .delta_state = work_delta_state, .dataset = work_dataset, .table = work_table, .view = work_view, .plan = work_plan,
	.plan_free = work_plan_free, .execute = work_execute, .write = work_write, .alter = work_alter, .scan_files = work_scan_files, .remove = work_remove,
	.text_free = fake_text_free, .error_free = fake_error_free};

/* ---- places ---- */

#define SOURCE_COLUMNS "[{\"name\":\"k\",\"type\":\"Int64\",\"nullable\":true},{\"name\":\"s\",\"type\":\"Utf8View\",\"nullable\":true}]"

static void work_reset(void) {
	forget_requests();
	for (uint32_t i = 0; i < work.kept; i++) {
		free(work.kept_payload[i]);
		free(work.kept_schema[i]);
	}
	memset(work.faults, 0, sizeof work.faults);
	work.running = work.most = work.together = work.began = work.slow_ms = 0;
	work.rows = 7;
	work.kept = 0;
	work.catalogs = work.plans = work.streams = 0;
	work.keep = false;
	work.answer = work.derived = NULL;
	work.file_schema = SOURCE_COLUMNS;
	fake.n = 0;
	fake.engine = "{\"name\":\"fake\",\"version\":\"1\"}";
}

static void make_source(const char *where, int64_t rows) {
	fake_table *t = table(where);
	*t = (fake_table){.place = where, .exists = true, .id = where, .version = 3, .data_version = 3, .schema = SOURCE_COLUMNS, .certificate = BV_STR(""), .rows = rows};
}

/* A new session over the place; what was said before is forgotten. */
static void work_open(place *p) {
	static char handle;
	bv_engine_error err;
	bv_diagnostics_clear(p->d);
	if (place_open(p) != BV_OK) {
		show_all(p);
		fail();
	}
	p->s->api = &work_api;
	p->s->engine = (bv_engine *)(void *)&handle;
	work.session = p->s;
	assert_int_equal(work_catalog_open(p->s->engine, &p->s->catalog, &err), 0);
	forget_requests();
}

/* Everything that the engine gave out came back. */
static void work_close(place *p) {
	assert_int_equal(work.plans, 0);
	assert_int_equal(work.streams, 0);
	assert_int_equal(work.catalogs, 1);
	place_free(p);
	assert_int_equal(work.catalogs, 0);
}

#define YAML "name: t\nengine: {threads: 4}\nsources:\n  raw.a: {location: data/a}\n  raw.b: {location: data/b}\n"

/* raw.a -> staging.a (table) -> main.p (plain) -> main.m (table) -> main.z (table); raw.b -> main.p. */
static inline place chain(void) {
	work_reset();
	make_source("data/a", 10);
	make_source("data/b", 5);
	place p = place_new();
	place_write(&p, "belvedere.yaml", YAML);
	place_write(&p, "views/staging/a.sql", "SELECT k, s FROM raw.a");
	place_write(&p, "views/p.sql", "CREATE VIEW p AS SELECT a.k, b.s FROM staging.a AS a CROSS JOIN raw.b AS b");
	place_write(&p, "views/m.sql", "SELECT k, s FROM p");
	place_write(&p, "views/z.sql", "SELECT k, s FROM m");
	work_open(&p);
	return p;
}

/* Four tables that read one source each and nothing of one another. */
static inline place four(void) {
	work_reset();
	make_source("data/a", 10);
	make_source("data/b", 5);
	place p = place_new();
	place_write(&p, "belvedere.yaml", YAML);
	place_write(&p, "views/a.sql", "SELECT k FROM raw.a");
	place_write(&p, "views/b.sql", "SELECT k FROM raw.b");
	place_write(&p, "views/c.sql", "SELECT s FROM raw.a");
	place_write(&p, "views/d.sql", "SELECT s FROM raw.b");
	work_open(&p);
	return p;
}

#define assert_diagnostics(p, ...) assert_diagnostics_(p, __LINE__, (const char *const[]){__VA_ARGS__, NULL})
/* Does a text begin so? One * stands for any text. */
static bool begins(const char *text, const char *want) {
	const char *star = strchr(want, '*');
	size_t n = star ? (size_t)(star - want) : strlen(want);
	return strncmp(text, want, n) == 0 && (!star || strstr(text + n, star + 1));
}

static void assert_diagnostics_(place *p, int line, const char *const *want) {
	uint32_t n = 0;
	while (want[n] && n < p->d->items.n && begins(said(p, n), want[n])) {
		n++;
	}
	if (want[n] || n < p->d->items.n) {
		show_all(p);
		print_error("line %d: these are not the diagnostics that are expected\n", line);
		fail();
	}
}

#endif
