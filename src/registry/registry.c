/* The registry file. In: artifacts, certificates, schemas, probes. Out: the same, by name. Statements are prepared once; a lock makes one
 * handle usable by many threads, and a transaction holds it until it ends, so that what one thread records is one unit. */
#include "registry/registry.h"

#include <pthread.h>
#include <sqlite3.h>
#include <stdlib.h>

#define REGISTRY_VERSION 3
#define SOURCE_COLUMNS 10
extern const char bv__registry_schema[], bv__registry_schema_2[], bv__registry_schema_3[];

/* One row a statement: its name here and its text. */
#define STATEMENTS(X) \
	X(PUT_ARTIFACT, "INSERT INTO artifact VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT DO UPDATE SET columns = ?8 WHERE columns <> ?8") \
	X(PUT_VIEW, "INSERT INTO view VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT (name) DO UPDATE SET ast_fingerprint = ?2, " \
		"policy_hash = ?3, materialized = ?4, location = ?5, stored_schema = ?6, storage_hash = ?7, spans = ?8 " \
		"WHERE (ast_fingerprint, policy_hash, materialized, location, stored_schema, storage_hash, spans) IS NOT (?2, ?3, ?4, ?5, ?6, ?7, ?8)") \
	X(DROP_UNUSED, "DELETE FROM artifact WHERE NOT EXISTS (SELECT 1 FROM view v WHERE v.ast_fingerprint = artifact.ast_fingerprint " \
		"AND v.policy_hash = artifact.policy_hash)") \
	X(GET_ARTIFACT, "SELECT a.ast_fingerprint, a.policy_hash, a.payload, a.schema, a.lineage, a.functions, a.inputs, a.columns FROM view v " \
		"JOIN artifact a USING (ast_fingerprint, policy_hash) WHERE v.name = ?1") \
	X(DROP_OTHER_SOURCES, "DELETE FROM source WHERE view = ?1 AND seen <> '' AND (ast_fingerprint, policy_hash) IS NOT (?2, ?3)") \
	X(PUT_SOURCE, "INSERT OR REPLACE INTO source VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)") \
	X(PUT_COMPILED, "INSERT OR REPLACE INTO compiled VALUES (?1, ?2, ?3, ?4)") \
	X(PUT_STAMP, "UPDATE source SET stamp = ?2 WHERE file = ?1") \
	X(DROP_SOURCE, "DELETE FROM source WHERE file = ?1") \
	X(SOURCES, "SELECT * FROM source WHERE setting = ?1 ORDER BY file") \
	X(GET_COMPILED, "SELECT head, schema, body FROM compiled WHERE file = ?1") \
	X(PUT_CERTIFICATE, "INSERT OR REPLACE INTO certificate VALUES (?1, ?2, ?3)") \
	X(TRIM_CERTIFICATES, "DELETE FROM certificate WHERE view = ?1 AND refresh <= ?2 - 100") \
	X(GET_CERTIFICATE, "SELECT json FROM certificate WHERE view = ?1 ORDER BY refresh DESC LIMIT 1") \
	X(RECORDED, "SELECT v.name, v.location, EXISTS (SELECT 1 FROM certificate c WHERE c.view = v.name) FROM view v UNION ALL " \
		"SELECT DISTINCT c.view, '', 1 FROM certificate c WHERE NOT EXISTS (SELECT 1 FROM view v WHERE v.name = c.view) ORDER BY 1") \
	X(FORGET_VIEW, "DELETE FROM view WHERE name = ?1") \
	X(FORGET_SOURCES, "DELETE FROM source WHERE view = ?1") \
	X(FORGET_CERTIFICATES, "DELETE FROM certificate WHERE view = ?1") \
	X(PUT_SCHEMA, "INSERT INTO dataset VALUES (?1, ?2, ?3) ON CONFLICT (name) DO UPDATE SET location = ?2, schema = ?3 " \
		"WHERE (location, schema) IS NOT (?2, ?3)") \
	X(GET_SCHEMA, "SELECT location, schema FROM dataset WHERE name = ?1") \
	X(PUT_STATE, "INSERT OR REPLACE INTO state VALUES (?1, ?2, ?3)") \
	X(GET_STATE, "SELECT facts, schema FROM state WHERE key = ?1") \
	X(PUT_PROBE, "INSERT INTO probe VALUES (?1) ON CONFLICT DO NOTHING") \
	X(GET_PROBES, "SELECT line FROM probe ORDER BY line") \
	X(BEGIN, "BEGIN IMMEDIATE") \
	X(COMMIT, "COMMIT") \
	X(ROLLBACK, "ROLLBACK")

enum {
#define X(name, text) S_##name,
	STATEMENTS(X)
#undef X
	S_COUNT
};
static const char *const statement_text[] = {
#define X(name, text) text,
	STATEMENTS(X)
#undef X
};

struct bv_registry {
	sqlite3 *db;
	sqlite3_stmt *s[S_COUNT];
	pthread_mutex_t lock; /* recursive: a transaction holds it over its calls */
	char *path;
	bool broken;  /* a call inside the transaction failed: it is rolled back */
};

static bool fail(bv_registry *r, bv_diagnostics *d, const char *what) {
	r->broken = true;
	int rc = sqlite3_errcode(r->db);
	if (rc == SQLITE_NOMEM) {
		(void)bv__nomem(d);
		return false;
	}
	bv_diagnostic *e = bv__diag(d, BV_E_REGISTRY, BV_NO_SPAN, "%s: cannot %s: %s", r->path, what, sqlite3_errmsg(r->db));
	if (rc == SQLITE_CORRUPT || rc == SQLITE_NOTADB || rc == SQLITE_SCHEMA || rc == SQLITE_ERROR || rc == SQLITE_MISMATCH) {
		bv__diag_hint(d, e, "the registry is a cache: remove the file, and it is made again from the project and the Delta logs");
	} else if (rc == SQLITE_BUSY || rc == SQLITE_LOCKED) {
		bv__diag_hint(d, e, "another process is writing it; try again");
	}
	return false;
}

static void set_text(sqlite3_stmt *s, int i, bv_str v) {
	sqlite3_bind_text(s, i, v.p ? v.p : "", (int)v.n, SQLITE_STATIC);
}

/* Runs a statement that gives no row; it is reset and unbound whatever happens. */
static bool run(bv_registry *r, int which, bv_diagnostics *d, const char *what) {
	sqlite3_stmt *s = r->s[which];
	int rc = sqlite3_step(s);
	bool ok = rc == SQLITE_DONE;
	if (!ok) {
		fail(r, d, what);
	}
	sqlite3_reset(s);
	sqlite3_clear_bindings(s);
	return ok;
}

static bv_str column(bv_arena *a, sqlite3_stmt *s, int i) {
	const char *p = (const char *)sqlite3_column_text(s, i);
	int n = sqlite3_column_bytes(s, i);
	return bv__arena_str(a, (bv_str){p ? p : "", p ? (uint32_t)n : 0});
}

/* ---- opening ---- */

static int user_version(sqlite3 *db, int *out) {
	sqlite3_stmt *s = NULL;
	int rc = sqlite3_prepare_v2(db, "PRAGMA user_version", -1, &s, NULL);
	if (rc == SQLITE_OK) {
		rc = sqlite3_step(s);
		if (rc == SQLITE_ROW) {
			*out = sqlite3_column_int(s, 0);
			rc = SQLITE_OK;
		}
	}
	sqlite3_finalize(s);
	return rc;
}

/* Step i brings version i to i + 1. A step is never changed once released: a new version is a new step. */
static bool migrate(bv_registry *r, bv_diagnostics *d) {
	const char *const steps[REGISTRY_VERSION] = {bv__registry_schema, bv__registry_schema_2, bv__registry_schema_3};
	int version = 0;
	if (user_version(r->db, &version) != SQLITE_OK) {
		return fail(r, d, "open the registry");
	}
	if (version == REGISTRY_VERSION) {
		return true;
	}
	if (sqlite3_exec(r->db, "BEGIN IMMEDIATE", NULL, NULL, NULL) != SQLITE_OK) {
		return fail(r, d, "write the registry");
	}
	/* Read again inside the transaction: another process may have made the tables meanwhile. */
	bool ok = user_version(r->db, &version) == SQLITE_OK;
	if (ok && version > REGISTRY_VERSION) {
		bv_diagnostic *e = bv__diag(d, BV_E_REGISTRY, BV_NO_SPAN, "%s: written by a newer version of Belvedere (format %d, this one reads up to %d)",
			r->path, version, REGISTRY_VERSION);
		bv__diag_hint(d, e, "use that version, or remove the file: it is made again from the project and the Delta logs");
		sqlite3_exec(r->db, "ROLLBACK", NULL, NULL, NULL);
		return false;
	}
	for (; ok && version < REGISTRY_VERSION; version++) {
		ok = version >= 0 && sqlite3_exec(r->db, steps[version], NULL, NULL, NULL) == SQLITE_OK;
	}
	char text[48];
	snprintf(text, sizeof text, "PRAGMA user_version = %d", REGISTRY_VERSION);
	ok = ok && sqlite3_exec(r->db, text, NULL, NULL, NULL) == SQLITE_OK && sqlite3_exec(r->db, "COMMIT", NULL, NULL, NULL) == SQLITE_OK;
	if (!ok) {
		fail(r, d, "make the registry's tables");
		sqlite3_exec(r->db, "ROLLBACK", NULL, NULL, NULL);
	}
	return ok;
}

bv_registry *bv__registry_open(const char *path, bv_diagnostics *d) {
	bv_registry *r = calloc(1, sizeof *r);
	size_t n = strlen(path);
	char *copy = malloc(n + 1);
	if (!r || !copy) {
		free(r);
		free(copy);
		(void)bv__nomem(d);
		return NULL;
	}
	memcpy(copy, path, n + 1);
	r->path = copy;
	pthread_mutexattr_t attr;
	pthread_mutexattr_init(&attr);
	pthread_mutexattr_settype(&attr, PTHREAD_MUTEX_RECURSIVE);
	pthread_mutex_init(&r->lock, &attr);
	pthread_mutexattr_destroy(&attr);
	bool ok = sqlite3_open_v2(path, &r->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, NULL) == SQLITE_OK;
	if (ok) {
		sqlite3_extended_result_codes(r->db, 0);
		sqlite3_busy_timeout(r->db, 10000);
		/* What a small run wrote stays in the log until there is more of it: to empty it each time is to wait for the disk each time. */
		sqlite3_db_config(r->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
		/* An artifact is longer than a page of the usual size, and many are written at once: larger pages and a longer log are written more quickly. */
		/* NORMAL: a lost last transaction after a power cut costs a look into the Delta logs, no more. */
		ok = sqlite3_exec(r->db, "PRAGMA page_size = 8192; PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 8000; PRAGMA synchronous = NORMAL; PRAGMA trusted_schema = OFF; PRAGMA foreign_keys = ON", NULL, NULL, NULL) == SQLITE_OK;
	}
	if (!ok) {
		fail(r, d, "open the registry");
	}
	ok = ok && migrate(r, d);
	for (int i = 0; ok && i < S_COUNT; i++) {
		if (sqlite3_prepare_v3(r->db, statement_text[i], -1, SQLITE_PREPARE_PERSISTENT, &r->s[i], NULL) != SQLITE_OK) {
			ok = fail(r, d, "read the registry's tables");
		}
	}
	if (!ok) {
		bv__registry_close(r);
		return NULL;
	}
	r->broken = false;
	return r;
}

void bv__registry_close(bv_registry *r) {
	if (!r) {
		return;
	}
	for (int i = 0; i < S_COUNT; i++) {
		sqlite3_finalize(r->s[i]);
	}
	sqlite3_close(r->db);
	pthread_mutex_destroy(&r->lock);
	free(r->path);
	free(r);
}

/* ---- transactions ---- */

bool bv__registry_begin(bv_registry *r, bv_diagnostics *d) {
	pthread_mutex_lock(&r->lock);
	if (!run(r, S_BEGIN, d, "write the registry")) {
		pthread_mutex_unlock(&r->lock);
		return false;
	}
	r->broken = false;
	return true;
}

bool bv__registry_commit(bv_registry *r, bv_diagnostics *d) {
	bool ok = !r->broken && run(r, S_COMMIT, d, "write the registry");
	if (!ok) {
		/* The failed call has been diagnosed; an automatic rollback of SQLite's makes this one fail, which changes nothing. */
		sqlite3_step(r->s[S_ROLLBACK]);
		sqlite3_reset(r->s[S_ROLLBACK]);
	}
	pthread_mutex_unlock(&r->lock);
	return ok;
}

/* ---- artifacts ---- */

bool bv__registry_put_artifact(bv_registry *r, const bv_view_artifact *v, bool materialized, bv_str location, bv_str stored_schema_json,
	bv_str storage_hash, bv_diagnostics *d) {
	if (v->ast_fingerprint[0] == '\0' || !v->has_schema || !v->has_lineage) {
		return true; /* provisional: never recorded */
	}
	bv_buf schema = BV_BUF_INIT, lineage = BV_BUF_INIT, functions = BV_BUF_INIT, inputs = BV_BUF_INIT, columns = BV_BUF_INIT, spans = BV_BUF_INIT;
	bv__schema_json(&v->schema, &schema);
	bv__lineage_json(&v->lineage, &lineage);
	bv_json j = bv__json(&functions);
	bv__json_open(&j, '[');
	for (uint32_t i = 0; i < v->nfunctions; i++) {
		bv__json_open(&j, '[');
		bv__json_str(&j, v->functions[i]);
		bv__json_str(&j, v->function_hashes ? v->function_hashes[i] : BV_STR(""));
		bv__json_close(&j, ']');
	}
	bv__json_close(&j, ']');
	j = bv__json(&inputs);
	bv__json_open(&j, '[');
	for (uint32_t i = 0; i < v->ninputs; i++) {
		bv__json_str(&j, v->inputs[i].name);
	}
	bv__json_close(&j, ']');
	j = bv__json(&columns);
	bv__artifact_columns_json(v, &j);
	for (uint32_t i = 0; i < v->nspans; i++) {
		const uint32_t pair[2] = {v->spans[i].start, v->spans[i].end};
		for (int k = 0; k < 2; k++) {
			for (int shift = 0; shift < 32; shift += 8) {
				bv__buf_ch(&spans, (char)(pair[k] >> shift & 0xff));
			}
		}
	}
	bool ok = !(schema.failed || lineage.failed || functions.failed || inputs.failed || columns.failed || spans.failed);
	if (!ok) {
		(void)bv__nomem(d);
	}
	pthread_mutex_lock(&r->lock);
	if (ok) {
		sqlite3_stmt *s = r->s[S_PUT_ARTIFACT];
		set_text(s, 1, bv__str(v->ast_fingerprint));
		set_text(s, 2, bv__str(v->policy_hash));
		set_text(s, 3, v->payload);
		set_text(s, 4, bv__buf_view(&schema));
		set_text(s, 5, bv__buf_view(&lineage));
		set_text(s, 6, bv__buf_view(&functions));
		set_text(s, 7, bv__buf_view(&inputs));
		set_text(s, 8, bv__buf_view(&columns));
		ok = run(r, S_PUT_ARTIFACT, d, "record an artifact");
	}
	if (ok) {
		sqlite3_stmt *s = r->s[S_PUT_VIEW];
		set_text(s, 1, v->name);
		set_text(s, 2, bv__str(v->ast_fingerprint));
		set_text(s, 3, bv__str(v->policy_hash));
		sqlite3_bind_int(s, 4, materialized);
		set_text(s, 5, location);
		set_text(s, 6, stored_schema_json);
		set_text(s, 7, storage_hash);
		sqlite3_bind_blob(s, 8, spans.p, (int)spans.n, SQLITE_STATIC);
		ok = run(r, S_PUT_VIEW, d, "record a view");
	}
	if (ok) {
		sqlite3_stmt *s = r->s[S_DROP_OTHER_SOURCES];
		set_text(s, 1, v->name);
		set_text(s, 2, bv__str(v->ast_fingerprint));
		set_text(s, 3, bv__str(v->policy_hash));
		ok = run(r, S_DROP_OTHER_SOURCES, d, "record a view");
	}
	pthread_mutex_unlock(&r->lock);
	bv__buf_free(&schema);
	bv__buf_free(&lineage);
	bv__buf_free(&functions);
	bv__buf_free(&inputs);
	bv__buf_free(&columns);
	bv__buf_free(&spans);
	return ok;
}

/* Asks for one row; give(row) reads it. False when there is none. */
static bool one_row(bv_registry *r, int which, bv_str key, bv_diagnostics *d, void (*give)(sqlite3_stmt *, void *), void *ctx) {
	pthread_mutex_lock(&r->lock);
	sqlite3_stmt *s = r->s[which];
	set_text(s, 1, key);
	int rc = sqlite3_step(s);
	if (rc == SQLITE_ROW) {
		give(s, ctx);
	} else if (rc != SQLITE_DONE && d) {
		fail(r, d, "read the registry");
	}
	sqlite3_reset(s);
	sqlite3_clear_bindings(s);
	pthread_mutex_unlock(&r->lock);
	return rc == SQLITE_ROW;
}

typedef struct row_out {
	bv_arena *arena;
	bv_str name;
	bv_str v[2];
	bool failed;
} row_out;

/* As bv__artifact_json writes it; function hashes are left to the payload, which holds them at each call. */
static void give_artifact(sqlite3_stmt *s, void *ctx) {
	row_out *o = ctx;
	bv_buf b = BV_BUF_INIT;
	bv_json j = bv__json(&b);
	bv__json_open(&j, '{');
	bv__json_key(&j, "name");
	bv__json_str(&j, o->name);
	static const char *const keys[] = {"ast_fingerprint", "policy_hash", "payload", "schema", "lineage", "required_udfs", "inputs", "columns"};
	for (int i = 0; i < 8; i++) {
		bv__json_key(&j, keys[i]);
		bv_str v = column(o->arena, s, i);
		if (i < 2) {
			bv__json_str(&j, v);
		} else {
			bv__json_raw(&j, v);
		}
	}
	bv__json_close(&j, '}');
	o->v[0] = bv__arena_str(o->arena, bv__buf_view(&b));
	o->failed = b.failed;
	bv__buf_free(&b);
}

bool bv__registry_get_artifact_json(bv_registry *r, bv_arena *a, bv_str name, bv_str *json, bv_diagnostics *d) {
	row_out o = {.arena = a, .name = name};
	if (!one_row(r, S_GET_ARTIFACT, name, d, give_artifact, &o) || o.failed) {
		return false;
	}
	*json = o.v[0];
	return true;
}

/* ---- view files ---- */

/* A statement without rows whose parameters are texts. */
static bool run_texts(bv_registry *r, int which, const bv_str *v, int n, bv_diagnostics *d, const char *what) {
	pthread_mutex_lock(&r->lock);
	for (int i = 0; i < n; i++) {
		set_text(r->s[which], i + 1, v[i]);
	}
	bool ok = run(r, which, d, what);
	pthread_mutex_unlock(&r->lock);
	return ok;
}

bool bv__registry_put_source(bv_registry *r, const bv_source_row *row, const bv_compiled_row *compiled, bv_diagnostics *d) {
	const bv_str v[SOURCE_COLUMNS] = {row->file, row->view, row->ast_fingerprint, row->policy_hash, row->text_hash, row->setting, row->stamp, row->seen, row->brief,
		row->inputs};
	bool ok = run_texts(r, S_PUT_SOURCE, v, SOURCE_COLUMNS, d, "record a view file");
	if (ok && compiled) {
		const bv_str c[] = {row->file, compiled->head, compiled->schema, compiled->body};
		ok = run_texts(r, S_PUT_COMPILED, c, 4, d, "record a view file");
	}
	return ok;
}

bool bv__registry_put_stamp(bv_registry *r, bv_str file, bv_str stamp, bv_diagnostics *d) {
	return run_texts(r, S_PUT_STAMP, (const bv_str[]){file, stamp}, 2, d, "record a view file");
}

bool bv__registry_drop_source(bv_registry *r, bv_str file, bv_diagnostics *d) {
	return run_texts(r, S_DROP_SOURCE, &file, 1, d, "record a view file");
}

bool bv__registry_sources(bv_registry *r, bv_arena *a, bv_str setting, bv_source_row **out, uint32_t *n, bv_diagnostics *d) {
	BV_VEC(bv_source_row) v = {0};
	pthread_mutex_lock(&r->lock);
	sqlite3_stmt *s = r->s[S_SOURCES];
	set_text(s, 1, setting);
	int rc = SQLITE_DONE;
	bool ok = true;
	bv_str c[SOURCE_COLUMNS] = {{NULL, 0}};
	while (ok && (rc = sqlite3_step(s)) == SQLITE_ROW) {
		for (int i = 0; i < SOURCE_COLUMNS; i++) {
			const char *p = (const char *)sqlite3_column_text(s, i);
			bv_str text = {p ? p : "", p ? (uint32_t)sqlite3_column_bytes(s, i) : 0};
			/* The policy, the setting and much of the rest are the last row's. */
			c[i] = bv__str_eq(text, c[i]) ? c[i] : bv__arena_str(a, text);
		}
		ok = BV_PUSH(a, &v, ((bv_source_row){c[0], c[1], c[2], c[3], c[4], c[5], c[6], c[7], c[8], c[9]}));
	}
	if (!ok) {
		(void)bv__nomem(d);
	} else if (rc != SQLITE_DONE) {
		ok = fail(r, d, "read the registry");
	}
	sqlite3_reset(s);
	sqlite3_clear_bindings(s);
	pthread_mutex_unlock(&r->lock);
	if (ok) {
		*out = v.v;
		*n = v.n;
	}
	return ok;
}

typedef struct compiled_out {
	bv_arena *arena;
	bv_compiled_row *row;
} compiled_out;

static void give_compiled(sqlite3_stmt *s, void *ctx) {
	const compiled_out *o = ctx;
	*o->row = (bv_compiled_row){column(o->arena, s, 0), column(o->arena, s, 1), column(o->arena, s, 2)};
}

bool bv__registry_get_compiled(bv_registry *r, bv_arena *a, bv_str file, bv_compiled_row *out) {
	compiled_out o = {a, out};
	return one_row(r, S_GET_COMPILED, file, NULL, give_compiled, &o);
}

/* ---- certificates ---- */

bool bv__registry_put_certificate(bv_registry *r, const bv_certificate *c, bv_diagnostics *d) {
	bv_buf b = BV_BUF_INIT;
	bv__certificate_json(c, &b);
	if (b.failed) {
		bv__buf_free(&b);
		(void)bv__nomem(d);
		return false;
	}
	pthread_mutex_lock(&r->lock);
	sqlite3_stmt *s = r->s[S_PUT_CERTIFICATE];
	set_text(s, 1, c->view);
	sqlite3_bind_int64(s, 2, c->refresh);
	set_text(s, 3, bv__buf_view(&b));
	bool ok = run(r, S_PUT_CERTIFICATE, d, "record a certificate");
	if (ok) {
		s = r->s[S_TRIM_CERTIFICATES];
		set_text(s, 1, c->view);
		sqlite3_bind_int64(s, 2, c->refresh);
		ok = run(r, S_TRIM_CERTIFICATES, d, "trim certificates");
	}
	pthread_mutex_unlock(&r->lock);
	bv__buf_free(&b);
	return ok;
}

static void give_first(sqlite3_stmt *s, void *ctx) {
	row_out *o = ctx;
	o->v[0] = column(o->arena, s, 0);
}

bool bv__registry_get_certificate(bv_registry *r, bv_arena *a, bv_str view, bv_certificate *out, bv_diagnostics *d) {
	row_out o = {.arena = a};
	return one_row(r, S_GET_CERTIFICATE, view, d, give_first, &o) && bv__certificate_from_json(a, o.v[0], out);
}

/* ---- recorded views ---- */

bool bv__registry_recorded(bv_registry *r, bv_arena *a, bv_recorded_view **out, uint32_t *n, bv_diagnostics *d) {
	BV_VEC(bv_recorded_view) v = {0};
	pthread_mutex_lock(&r->lock);
	sqlite3_stmt *s = r->s[S_RECORDED];
	int rc;
	bool ok = true;
	while (ok && (rc = sqlite3_step(s)) == SQLITE_ROW) {
		ok = BV_PUSH(a, &v, ((bv_recorded_view){column(a, s, 0), column(a, s, 1), sqlite3_column_int(s, 2) != 0}));
	}
	if (!ok) {
		(void)bv__nomem(d);
	} else if (rc != SQLITE_DONE) {
		ok = fail(r, d, "read the registry");
	}
	sqlite3_reset(s);
	pthread_mutex_unlock(&r->lock);
	if (ok) {
		*out = v.v;
		*n = v.n;
	}
	return ok;
}

bool bv__registry_forget(bv_registry *r, bv_str view, bv_diagnostics *d) {
	static const int which[] = {S_FORGET_VIEW, S_FORGET_SOURCES, S_FORGET_CERTIFICATES};
	pthread_mutex_lock(&r->lock);
	bool ok = true;
	for (size_t i = 0; ok && i < BV_COUNT(which); i++) {
		set_text(r->s[which[i]], 1, view);
		ok = run(r, which[i], d, "forget a view");
	}
	ok = ok && run(r, S_DROP_UNUSED, d, "forget a view");
	pthread_mutex_unlock(&r->lock);
	return ok;
}

/* ---- datasets and probes ---- */

bool bv__registry_put_schema(bv_registry *r, bv_str dataset, bv_str location, bv_str schema_json, bv_diagnostics *d) {
	pthread_mutex_lock(&r->lock);
	sqlite3_stmt *s = r->s[S_PUT_SCHEMA];
	set_text(s, 1, dataset);
	set_text(s, 2, location);
	set_text(s, 3, schema_json);
	bool ok = run(r, S_PUT_SCHEMA, d, "record a schema");
	pthread_mutex_unlock(&r->lock);
	return ok;
}

static void give_two(sqlite3_stmt *s, void *ctx) {
	row_out *o = ctx;
	o->v[0] = column(o->arena, s, 0);
	o->v[1] = column(o->arena, s, 1);
}

bool bv__registry_get_schema(bv_registry *r, bv_arena *a, bv_str dataset, bv_str *location, bv_str *schema_json) {
	row_out o = {.arena = a};
	if (!one_row(r, S_GET_SCHEMA, dataset, NULL, give_two, &o)) {
		return false;
	}
	*location = o.v[0];
	*schema_json = o.v[1];
	return true;
}

bool bv__registry_put_state(bv_registry *r, bv_str key, bv_str facts, bv_str schema_json, bv_diagnostics *d) {
	pthread_mutex_lock(&r->lock);
	sqlite3_stmt *s = r->s[S_PUT_STATE];
	set_text(s, 1, key);
	set_text(s, 2, facts);
	set_text(s, 3, schema_json);
	bool ok = run(r, S_PUT_STATE, d, "record the state of a table");
	pthread_mutex_unlock(&r->lock);
	return ok;
}

bool bv__registry_get_state(bv_registry *r, bv_arena *a, bv_str key, bv_str *facts, bv_str *schema_json) {
	row_out o = {.arena = a};
	if (!one_row(r, S_GET_STATE, key, NULL, give_two, &o)) {
		return false;
	}
	*facts = o.v[0];
	*schema_json = o.v[1];
	return true;
}

bool bv__registry_put_probes(bv_registry *r, bv_str lines, bv_diagnostics *d) {
	pthread_mutex_lock(&r->lock);
	bool ok = true;
	for (uint32_t at = 0; ok && at < lines.n;) {
		const char *nl = memchr(lines.p + at, '\n', lines.n - at);
		uint32_t end = nl ? (uint32_t)(nl - lines.p) : lines.n;
		if (end > at) {
			set_text(r->s[S_PUT_PROBE], 1, (bv_str){lines.p + at, end - at});
			ok = run(r, S_PUT_PROBE, d, "record a probe");
		}
		at = end + 1;
	}
	pthread_mutex_unlock(&r->lock);
	return ok;
}

bool bv__registry_get_probes(bv_registry *r, bv_arena *a, bv_str *json_lines) {
	bv_buf b = BV_BUF_INIT;
	pthread_mutex_lock(&r->lock);
	sqlite3_stmt *s = r->s[S_GET_PROBES];
	int rc;
	while ((rc = sqlite3_step(s)) == SQLITE_ROW) {
		bv__buf_add(&b, sqlite3_column_text(s, 0), (size_t)sqlite3_column_bytes(s, 0));
		bv__buf_ch(&b, '\n');
	}
	sqlite3_reset(s);
	pthread_mutex_unlock(&r->lock);
	bool ok = rc == SQLITE_DONE && !b.failed;
	if (ok) {
		*json_lines = bv__arena_str(a, bv__buf_view(&b));
	}
	bv__buf_free(&b);
	return ok && !bv__arena_failed(a);
}
