/* Runs. In: a small project, tables in memory, and what goes wrong. Out: which views are written, in which order and with which requests; what a run says,
 * logs and leaves behind. */
#include "work.h"

#include <pthread.h>

/* ---- what a run came to ---- */

/* Runs, and gives the views as lines: "name status strategy in>out vN", then the reasons of those that were not built; last "pruned …". */
static const char *run_text(place *p, const bv_run_options *o, bv_status want) {
	char *json = NULL;
	bv_diagnostics_clear(p->d);
	bv_status st = bv_project_run(p->s, o, &json, p->d);
	if (st != want) {
		show_all(p);
		assert_int_equal(st, want);
	}
	if (!json) {
		return "no run";
	}
	json_t *r = json_loads(json, 0, NULL), *v;
	assert_non_null(r);
	bv_text_free(json);
	bv_buf b = BV_BUF_INIT;
	size_t i, k;
	json_array_foreach(json_object_get(r, "views"), i, v) {
		const json_t *in = json_object_get(v, "rows_in"), *out = json_object_get(v, "rows_out"), *version = json_object_get(v, "output_version");
		bv__buf_printf(&b, "%s%s %s", i ? "\n" : "", text_at(v, "name"), text_at(v, "status"));
		if (text_at(v, "strategy")) {
			bv__buf_printf(&b, " %s", text_at(v, "strategy"));
		}
		if (json_is_integer(in) || json_is_integer(out)) {
			bv__buf_printf(&b, " %lld>%lld", json_is_integer(in) ? json_integer_value(in) : -1, json_is_integer(out) ? json_integer_value(out) : -1);
		}
		if (json_is_integer(version)) {
			bv__buf_printf(&b, " v%lld", json_integer_value(version));
		}
		assert_true(json_is_null(json_object_get(v, "certificate")) == (strcmp(text_at(v, "status"), "built") != 0));
		const json_t *reason, *reasons = json_object_get(v, "reasons");
		json_array_foreach(reasons, k, reason) {
			if (strcmp(text_at(v, "status"), "built") != 0) {
				bv__buf_printf(&b, " %s(%s)", text_at(reason, "code"), text_at(reason, "detail"));
			}
		}
	}
	json_array_foreach(json_object_get(r, "pruned"), i, v) {
		bv__buf_printf(&b, "\npruned %s", json_string_value(v));
	}
	json_decref(r);
	const char *text = bv__arena_str(p->arena, bv__buf_view(&b)).p;
	bv__buf_free(&b);
	return text;
}

#define assert_run(p, o, status, text)                        \
	do {                                                      \
		const char *run_is = run_text((p), (o), (status));    \
		if (strcmp(run_is, (text)) != 0) {                    \
			show_all(p);                                      \
		}                                                     \
		assert_string_equal(run_is, (text));                  \
	} while (0)

/* Key of a certificate in the registry: "refresh vN strategy in>out input@id:version … | plain". */
static const char *certificate_of(place *p, const char *view) {
	bv_certificate c;
	if (!bv__registry_get_certificate(p->s->registry, p->arena, bv__str(view), &c, p->d)) {
		return "none";
	}
	bv_buf b = BV_BUF_INIT;
	bv__buf_printf(&b, "%lld v%lld " BV_STR_FMT " %lld>%lld", (long long)c.refresh, (long long)c.output_version, BV_STR_ARG(c.strategy), (long long)c.rows_in, (long long)c.rows_out);
	for (uint32_t i = 0; i < c.ninputs; i++) {
		bv_str id = c.inputs[i].table_id;
		while (memchr(id.p, '/', id.n) && !bv__str_starts(id, "data/") && !bv__str_starts(id, "warehouse/")) { /* the place is in a folder of the test's own */
			id.p++;
			id.n--;
		}
		bv__buf_printf(&b, " " BV_STR_FMT "@" BV_STR_FMT ":" BV_STR_FMT, BV_STR_ARG(c.inputs[i].name), BV_STR_ARG(id), BV_STR_ARG(c.inputs[i].version));
	}
	for (uint32_t i = 0; i < c.nplain; i++) {
		bv__buf_printf(&b, " | %.*s", (int)(strchr(c.plain[i].p, '=') - c.plain[i].p), c.plain[i].p);
	}
	const char *text = bv__arena_str(p->arena, bv__buf_view(&b)).p;
	bv__buf_free(&b);
	return text;
}

/* Names of the tables that were written, in order. */
static const char *written(place *p) {
	bv_buf b = BV_BUF_INIT;
	for (uint32_t i = 0; request("write", i); i++) {
		json_t *o = json_loads(request("write", i), 0, NULL);
		bv__buf_printf(&b, "%s%s", i ? " " : "", text_at(o, "app"));
		json_decref(o);
	}
	const char *text = bv__arena_str(p->arena, bv__buf_view(&b)).p;
	bv__buf_free(&b);
	return text;
}

/* A copy of text with every occurrence of `what` replaced. */
static const char *replaced(place *p, const char *text, const char *what, const char *with) {
	bv_buf b = BV_BUF_INIT;
	for (const char *at; (at = strstr(text, what)); text = at + strlen(what)) {
		bv__buf_add(&b, text, (size_t)(at - text));
		bv__buf_z(&b, with);
	}
	bv__buf_z(&b, text);
	const char *out = bv__arena_str(p->arena, bv__buf_view(&b)).p;
	bv__buf_free(&b);
	return out;
}

/* Without what differs from run to run: the folder, keys, times. */
static const char *plain_text(place *p, const char *text, const char *view) {
	const bv_view *v = bv__session_view(p->s, bv__str(view));
	text = replaced(p, text, p->dir.p, "DIR");
	if (v && v->artifact) {
		text = replaced(p, text, v->artifact->ast_fingerprint, "AST");
		text = replaced(p, text, v->artifact->policy_hash, "POLICY");
		text = replaced(p, text, v->storage_hash, "STORAGE");
	}
	const bv_view *plain = bv__session_view(p->s, BV_STR("main.p"));
	text = plain && plain->artifact ? replaced(p, text, plain->artifact->ast_fingerprint, "PLAIN") : text;
	bv_buf b = BV_BUF_INIT;
	while (*text) {
		const char *from = strstr(text, "\"seconds\":");
		if (!from) {
			break;
		}
		bv__buf_add(&b, text, (size_t)(from - text));
		bv__buf_z(&b, "\"seconds\":S");
		text = from + strlen("\"seconds\":");
		text += strspn(text, "0123456789.e-+");
	}
	bv__buf_z(&b, text);
	const char *out = bv__arena_str(p->arena, bv__buf_view(&b)).p;
	bv__buf_free(&b);
	return out;
}

#define FIRST "staging.a built full 10>7 v0\nmain.m built full 12>7 v0\nmain.z built full 7>7 v0"
#define NOTHING "staging.a skipped\nmain.m skipped\nmain.z skipped"

static place built_chain(void) {
	place p = chain();
	bv_run_options o = BV_RUN_OPTIONS_INIT;
	assert_run(&p, &o, BV_OK, FIRST);
	forget_requests();
	return p;
}

/* ---- building ---- */

static void first_and_second(void **state) {
	(void)state;
	place p = chain();
	bv_run_options o = BV_RUN_OPTIONS_INIT;
	assert_run(&p, &o, BV_OK, FIRST);
	assert_int_equal(p.d->items.n, 0);
	assert_string_equal(written(&p), "staging.a main.m main.z");
	/* What is built hands its version to its readers, through plain views. */
	assert_string_equal(certificate_of(&p, "staging.a"), "1 v0 full 10>7 raw.a@data/a:3");
	assert_string_equal(certificate_of(&p, "main.m"), "1 v0 full 12>7 raw.b@data/b:3 staging.a@warehouse/staging/a:0 | main.p");
	assert_string_equal(certificate_of(&p, "main.z"), "1 v0 full 7>7 main.m@warehouse/main/m:0");
	assert_string_equal(plain_text(&p, request("write", 1), "main.m"),
		"{\"location\":\"DIR/warehouse/main/m\",\"expected_version\":null,\"app\":\"main.m\",\"app_version\":1,"
		"\"properties\":{\"belvedere.kind\":\"view\",\"delta.logRetentionDuration\":\"interval 365 days\"},\"comment\":\"\",\"column_comments\":{\"k\":\"\",\"s\":\"\"},"
		"\"metadata\":{\"belvedere\":{\"view\":\"main.m\",\"ast_fingerprint\":\"AST\",\"policy_hash\":\"POLICY\",\"storage_hash\":\"STORAGE\","
		"\"inputs\":[{\"name\":\"raw.b\",\"table_id\":\"data/b\",\"version\":\"3\"},{\"name\":\"staging.a\",\"table_id\":\"DIR/warehouse/staging/a\",\"version\":\"0\"}],"
		"\"plain\":[\"main.p=PLAIN\"],\"volatile\":[],\"strategy\":\"full\",\"rows_in\":12,\"rows_out\":-1,\"output_version\":0,\"refresh\":1,\"engine\":\"fake 1\","
		"\"contract\":[{\"name\":\"k\",\"type\":\"Int64\",\"nullable\":true},{\"name\":\"s\",\"type\":\"Utf8\",\"nullable\":true}]}},"
		"\"mode\":\"create\",\"partition_by\":[],\"column_nullable\":{\"k\":true,\"s\":true}}");
	assert_string_equal(request("plan options", 0), "{}");
	/* A table is read at one version in the whole run, also the newest one of what was just built. */
	bool at_0 = false;
	for (uint32_t i = 0; request("dataset", i); i++) {
		const char *text = plain_text(&p, request("dataset", i), "");
		at_0 |= strcmp(text, "{\"name\":[\"staging\",\"a\"],\"format\":\"delta\",\"location\":\"DIR/warehouse/staging/a\",\"version\":0,\"options\":{}}") == 0;
		assert_true(!strstr(text, "raw") || strstr(text, "\"version\":3"));
	}
	assert_true(at_0);
	assert_int_equal(requests("dataset"), 4); /* each once */
	assert_int_equal(requests("view"), 1);
	/* And now there is nothing to do, in this session, in another one, and without the registry. */
	for (int round = 0; round < 3; round++) {
		forget_requests();
		assert_run(&p, &o, BV_OK, NOTHING);
		assert_int_equal(work.n, 0);
		if (round == 1) {
			bv_session_close(p.s);
			p.s = NULL;
			assert_true(bv__os_remove(bv__path_join(p.arena, p.dir, BV_STR(".belvedere/registry.db")).p));
		}
		work_open(&p);
	}
	work_close(&p);
}

/* The public JSON, byte for byte. */
static void result(void **state) {
	(void)state;
	place p = chain();
	bv_run_options o = BV_RUN_OPTIONS_INIT;
	const char *a[] = {"staging.a"};
	char *json = NULL;
	o.selection = (bv_selection){a, 1, NULL, 0};
	assert_int_equal(bv_project_run(p.s, &o, &json, p.d), BV_OK);
	json_t *r = json_loads(json, 0, NULL);
	assert_string_equal(replaced(&p, plain_text(&p, json, "staging.a"), text_at(r, "run"), "RUN"),
		"{\"views\":[{\"name\":\"staging.a\",\"status\":\"built\",\"strategy\":\"full\",\"rows_in\":10,\"rows_out\":7,\"output_version\":0,\"seconds\":S,"
		"\"certificate\":{\"view\":\"staging.a\",\"ast_fingerprint\":\"AST\",\"policy_hash\":\"POLICY\",\"storage_hash\":\"STORAGE\","
		"\"inputs\":[{\"name\":\"raw.a\",\"table_id\":\"data/a\",\"version\":\"3\"}],\"plain\":[],\"volatile\":[],\"strategy\":\"full\",\"rows_in\":10,\"rows_out\":7,"
		"\"output_version\":0,\"refresh\":1,\"engine\":\"fake 1\",\"contract\":[{\"name\":\"k\",\"type\":\"Int64\",\"nullable\":true},{\"name\":\"s\",\"type\":\"Utf8\",\"nullable\":true}]},"
		"\"reasons\":[{\"code\":\"never_built\",\"detail\":\"\"}]}],\"pruned\":[],\"run\":\"RUN\"}");
	json_decref(r);
	bv_text_free(json);
	assert_int_equal(bv_project_run(p.s, &o, &json, p.d), BV_OK);
	r = json_loads(json, 0, NULL);
	assert_string_equal(replaced(&p, plain_text(&p, json, "staging.a"), text_at(r, "run"), "RUN"),
		"{\"views\":[{\"name\":\"staging.a\",\"status\":\"skipped\",\"strategy\":null,\"rows_in\":null,\"rows_out\":null,\"output_version\":null,\"seconds\":S,\"certificate\":null,"
		"\"reasons\":[]}],\"pruned\":[],\"run\":\"RUN\"}");
	json_decref(r);
	bv_text_free(json);
	/* Nobody has to want it. */
	assert_int_equal(bv_project_run(p.s, NULL, NULL, p.d), BV_OK);
	assert_int_equal(bv_project_run(NULL, NULL, NULL, p.d), BV_MISUSE);
	assert_int_equal(bv_project_run(p.s, &o, &json, NULL), BV_MISUSE);
	o.size = 0;
	assert_int_equal(bv_project_run(p.s, &o, &json, p.d), BV_MISUSE);
	work_close(&p);
}

static void only_what_is_stale(void **state) {
	(void)state;
	place p = built_chain();
	bv_run_options o = BV_RUN_OPTIONS_INIT;
	fake_table *b = table("data/b");
	b->data_version = ++b->version;
	b->version++; /* files moved since */
	work.rows = 8;
	assert_run(&p, &o, BV_OK, "staging.a skipped\nmain.m built full 12>8 v1\nmain.z built full 8>8 v1");
	assert_string_equal(certificate_of(&p, "main.m"), "2 v1 full 12>8 raw.b@data/b:4 staging.a@warehouse/staging/a:0 | main.p");
	assert_string_equal(certificate_of(&p, "main.z"), "2 v1 full 8>8 main.m@warehouse/main/m:1");
	assert_non_null(strstr(request("write", 0), "\"expected_version\":0,\"app\":\"main.m\",\"app_version\":2,"));
	assert_non_null(strstr(request("write", 0), "\"mode\":\"overwrite\""));
	/* The newest version is read, the one that changed data is in the certificate. */
	bool read = false;
	for (uint32_t i = 0; request("dataset", i); i++) {
		read |= strstr(request("dataset", i), "data/b\",\"version\":5") != NULL;
	}
	assert_true(read);
	assert_run(&p, &o, BV_OK, NOTHING);
	o.full_refresh = true;
	assert_run(&p, &o, BV_OK, "staging.a built full 10>8 v1\nmain.m built full 13>8 v2\nmain.z built full 8>8 v2");
	work_close(&p);
}

/* Of what is not selected the table is read as it is. */
static void selections(void **state) {
	(void)state;
	place p = chain();
	bv_run_options o = BV_RUN_OPTIONS_INIT;
	const char *z[] = {"z"}, *to_m[] = {"+m"};
	o.selection = (bv_selection){z, 1, NULL, 0};
	assert_run(&p, &o, BV_FAILED, "main.z blocked upstream_blocked(main.m was never built and is not selected)");
	assert_diagnostics(&p, "BV5002 * view main.z cannot be built: main.m was never built and is not selected | select it too: --select +main.z");
	o.selection = (bv_selection){to_m, 1, NULL, 0};
	assert_run(&p, &o, BV_OK, "staging.a built full 10>7 v0\nmain.m built full 12>7 v0");
	table("data/a")->data_version = ++table("data/a")->version;
	o.selection = (bv_selection){z, 1, NULL, 0};
	assert_run(&p, &o, BV_OK, "main.z built full 7>7 v0");
	assert_string_equal(certificate_of(&p, "main.z"), "1 v0 full 7>7 main.m@warehouse/main/m:0");
	/* It is blocked by something that no other error tells of. */
	table("main/m")->data_version = ++table("main/m")->version;
	assert_run(&p, &o, BV_FAILED, "main.z blocked upstream_blocked(main.m)");
	assert_diagnostics(&p, "BV5003 * view main.m: version 1 was written by another client; the last refresh wrote version 0 | --full-refresh");
	/* Once, whoever reads it. */
	place_write(&p, "views/y.sql", "SELECT k FROM m");
	work_open(&p);
	o.selection = (bv_selection){(const char *[]){"z", "y"}, 2, NULL, 0};
	assert_run(&p, &o, BV_FAILED, "main.y blocked upstream_blocked(main.m)\nmain.z blocked upstream_blocked(main.m)");
	assert_diagnostics(&p, "BV5003 * view main.m: ");
	o.selection = (bv_selection){(const char *[]){"nothing"}, 1, NULL, 0};
	assert_run(&p, &o, BV_FAILED, "no run");
	assert_diagnostics(&p, "BV3014 ");
	work_close(&p);
}

typedef struct told {
	pthread_mutex_t lock;
	int inside, at_once, events;
	char text[4096];
} told;

static void hear(void *ctx, const char *json) {
	told *t = ctx;
	/* One at a time: nobody else is inside. */
	t->at_once |= __atomic_add_fetch(&t->inside, 1, __ATOMIC_SEQ_CST) != 1;
	pause_ms(1);
	json_t *o = json_loads(json, 0, NULL);
	assert_non_null(o);
	size_t n = strlen(t->text);
	snprintf(t->text + n, sizeof t->text - n, "%s%s %s%s%s", n ? "\n" : "", text_at(o, "event"), text_at(o, "name"), text_at(o, "status") ? " " : "", text_at(o, "status") ? text_at(o, "status") : "");
	json_decref(o);
	t->events++;
	__atomic_sub_fetch(&t->inside, 1, __ATOMIC_SEQ_CST);
}

static void in_parallel(void **state) {
	(void)state;
	place p = four();
	told t = {.inside = 0};
	bv_run_options o = BV_RUN_OPTIONS_INIT;
	o.progress = hear;
	o.progress_ctx = &t;
	work.together = 4;
	assert_run(&p, &o, BV_OK, "main.a built full 10>7 v0\nmain.c built full 10>7 v0\nmain.b built full 5>7 v0\nmain.d built full 5>7 v0");
	assert_int_equal(work.most, 4);
	assert_false(t.at_once);
	assert_int_equal(t.events, 12); /* started, progress, finished */
	/* No more at once than the project has threads. */
	place_write(&p, "belvedere.yaml", "name: t\nengine: {threads: 2}\nsources:\n  raw.a: {location: data/a}\n  raw.b: {location: data/b}\n");
	work_open(&p);
	work.most = work.began = 0;
	work.together = 2;
	o.full_refresh = true;
	run_text(&p, &o, BV_OK);
	assert_int_equal(work.most, 2);
	work_close(&p);
}

static void events(void **state) {
	(void)state;
	place p = built_chain();
	told t = {.inside = 0};
	bv_run_options o = BV_RUN_OPTIONS_INIT;
	o.progress = hear;
	o.progress_ctx = &t;
	table("data/b")->data_version = ++table("data/b")->version;
	fail_next("write", "main/z", "execution", "no");
	assert_run(&p, &o, BV_FAILED, "staging.a skipped\nmain.m built full 12>7 v1\nmain.z failed upstream_stale(main.m)");
	assert_string_equal(t.text, "finished staging.a skipped\nstarted main.m\nprogress main.m\nfinished main.m built\nstarted main.z\nprogress main.z\nfinished main.z failed");
	work_close(&p);
}

/* ---- changes of no row ---- */

static void storage(void **state) {
	(void)state;
	place p = built_chain();
	bv_run_options o = BV_RUN_OPTIONS_INIT;
	place_write(&p, "views/m.sql", "CREATE MATERIALIZED VIEW m (k COMMENT 'key', s) COMMENT 'of m' WITH (properties = ('team' = 'x', 'delta.logRetentionDuration' = 'interval 7 days')) AS SELECT k, s FROM p");
	work_open(&p);
	assert_run(&p, &o, BV_OK, "staging.a skipped\nmain.m built metadata 12>7 v1\nmain.z skipped");
	assert_int_equal(requests("write") + requests("plan") + requests("view"), 0);
	assert_string_equal(plain_text(&p, request("alter", 0), "main.m"),
		"{\"location\":\"DIR/warehouse/main/m\",\"expected_version\":0,\"app\":\"main.m\",\"app_version\":2,"
		"\"properties\":{\"belvedere.kind\":\"view\",\"delta.logRetentionDuration\":\"interval 7 days\",\"team\":\"x\"},\"comment\":\"of m\",\"column_comments\":{\"k\":\"key\",\"s\":\"\"},"
		"\"metadata\":{\"belvedere\":{\"view\":\"main.m\",\"ast_fingerprint\":\"AST\",\"policy_hash\":\"POLICY\",\"storage_hash\":\"STORAGE\","
		"\"inputs\":[{\"name\":\"raw.b\",\"table_id\":\"data/b\",\"version\":\"3\"},{\"name\":\"staging.a\",\"table_id\":\"DIR/warehouse/staging/a\",\"version\":\"0\"}],"
		"\"plain\":[\"main.p=PLAIN\"],\"volatile\":[],\"strategy\":\"metadata\",\"rows_in\":12,\"rows_out\":7,\"output_version\":0,\"refresh\":2,\"engine\":\"fake 1\","
		"\"contract\":[{\"name\":\"k\",\"type\":\"Int64\",\"nullable\":true},{\"name\":\"s\",\"type\":\"Utf8\",\"nullable\":true}]}}}");
	assert_string_equal(certificate_of(&p, "main.m"), "2 v0 metadata 12>7 raw.b@data/b:3 staging.a@warehouse/staging/a:0 | main.p");
	assert_run(&p, &o, BV_OK, NOTHING);
	/* Another partitioning: the same rows again, which is no new data for readers. */
	forget_requests();
	place_write(&p, "views/m.sql", "CREATE MATERIALIZED VIEW m WITH (partition_by = ('k')) AS SELECT k, s FROM p");
	work_open(&p);
	assert_run(&p, &o, BV_OK, "staging.a skipped\nmain.m built layout 12>7 v2\nmain.z skipped");
	assert_int_equal(requests("alter"), 0);
	assert_non_null(strstr(request("write", 0), "\"mode\":\"overwrite\",\"partition_by\":[\"k\"],\"column_nullable\":{\"k\":true,\"s\":true},\"data_change\":false}"));
	assert_string_equal(certificate_of(&p, "main.m"), "3 v0 layout 12>7 raw.b@data/b:3 staging.a@warehouse/staging/a:0 | main.p");
	work_open(&p);
	assert_run(&p, &o, BV_OK, NOTHING);
	/* A reader that is built at the same time neither waits for it nor reads what it writes, and does not mind where it fails. */
	place_write(&p, "views/m.sql", "SELECT k, s FROM p");
	place_write(&p, "views/z.sql", "SELECT k, s FROM m WHERE k > 1");
	work_open(&p);
	fail_next("write", "\"app\":\"main.m\"", "io", "disk full");
	assert_run(&p, &o, BV_FAILED, "staging.a skipped\nmain.m failed storage_changed(another partitioning)\nmain.z built full 7>7 v1");
	assert_diagnostics(&p, "BV4005 * main.m: disk full");
	assert_string_equal(certificate_of(&p, "main.z"), "2 v1 full 7>7 main.m@warehouse/main/m:0");
	work_close(&p);
}

/* ---- what goes wrong ---- */

/* raw.a -> main.a -> main.b -> main.c; raw.b -> main.x -> main.y. */
static place two_chains(void) {
	place p = four();
	place_write(&p, "views/b.sql", "SELECT k FROM a");
	place_write(&p, "views/c.sql", "SELECT k FROM b");
	place_write(&p, "views/d.sql", "SELECT k FROM raw.b");
	place_write(&p, "views/e.sql", "SELECT k\nFROM d");
	work_open(&p);
	return p;
}

static void failures(void **state) {
	(void)state;
	place p = two_chains();
	bv_run_options o = BV_RUN_OPTIONS_INIT;
	fail_next("write", "main/a", "execution", "division by zero");
	work.faults[0].at = "\"name\":\"k\"";
	assert_run(&p, &o, BV_FAILED, "main.a failed never_built()\nmain.b blocked upstream_blocked(main.a)\nmain.c blocked upstream_blocked(main.b)\n"
		"main.d built full 5>7 v0\nmain.e built full 7>7 v0");
	/* The engine names an element of the payload, the message the place in the file. */
	assert_diagnostics(&p, "BV4005 1:8-1:9 main.a: division by zero");
	assert_true(bv__str_ends(p.d->sources.v[p.d->items.v[0].span.file].name, "views/a.sql"));
	/* The next run does what is left. */
	forget_requests();
	assert_run(&p, &o, BV_OK, "main.a built full 10>7 v0\nmain.b built full 7>7 v0\nmain.c built full 7>7 v0\nmain.d skipped\nmain.e skipped");
	assert_string_equal(written(&p), "main.a main.b main.c");
	/* Every way in which the engine says no. */
	static const struct {
		const char *op, *cls, *want;
		const char *sql;
	} cases[] = {
		{"write", "conflict", "BV4013 1:1-* main.e: no | run again", NULL},
		{"write", "foreign", "BV4014 1:1-* main.e: no", NULL},
		{"write", "io", "BV4005 1:1-* main.e: no", NULL},
		{"write", "resources", "BV4006 1:1-* main.e: no", NULL},
		{"write", "invalid_data", "BV4005 1:1-* main.e: no", NULL},
		{"plan", "plan", "BV4004 2:6-2:7 main.e: no", NULL},
		{"dataset", "io", "BV4010 1:1-* the table of view main.d: no", NULL},
		{"alter", "io", "BV4012 1:1-* main.e: no", "CREATE MATERIALIZED VIEW e COMMENT 'x' AS SELECT k\nFROM d"},
	};
	for (size_t i = 0; i < BV_COUNT(cases); i++) {
		bool alter = cases[i].sql != NULL;
		table("data/b")->data_version = table("data/b")->version += !alter;
		if (alter) {
			place_write(&p, "views/e.sql", cases[i].sql);
			work_open(&p);
		}
		fail_next(cases[i].op, strcmp(cases[i].op, "plan") == 0 ? "\"path\":[\"main\",\"d\"]" : strcmp(cases[i].op, "dataset") == 0 ? "main/d" : "main/e", cases[i].cls, "no");
		work.faults[0].at = strcmp(cases[i].op, "plan") == 0 ? "\"kind\":\"table\"" : NULL;
		run_text(&p, &o, BV_FAILED);
		assert_diagnostics(&p, cases[i].want);
		run_text(&p, &o, BV_OK);
	}
	work_close(&p);
}

static void fail_fast(void **state) {
	(void)state;
	place p = two_chains();
	bv_run_options o = BV_RUN_OPTIONS_INIT;
	o.fail_fast = true;
	p.s->project.threads = 1;
	fail_next("write", "main/a", "execution", "no");
	assert_run(&p, &o, BV_FAILED, "main.a failed never_built()\nmain.b blocked upstream_blocked(main.a)\nmain.c blocked upstream_blocked(main.b)\n"
		"main.d skipped never_built()\nmain.e skipped never_built()");
	assert_string_equal(written(&p), "main.a");
	/* What is under way then is finished. */
	work_open(&p);
	work.together = 2;
	work.began = 0;
	work.slow_ms = 60;
	fail_next("write", "main/a", "execution", "no");
	assert_run(&p, &o, BV_FAILED, "main.a failed never_built()\nmain.b blocked upstream_blocked(main.a)\nmain.c blocked upstream_blocked(main.b)\n"
		"main.d built full 5>7 v0\nmain.e skipped never_built()");
	work_close(&p);
}

static void starved(void **state) {
	(void)state;
	place p = four();
	told t = {.inside = 0};
	bv_run_options o = BV_RUN_OPTIONS_INIT;
	o.progress = hear;
	o.progress_ctx = &t;
	/* Beside the others it has not enough memory, alone it has. */
	work.together = 4;
	work.faults[0] = (fault){.op = "write", .text = "main/a", .cls = "resources", .message = "memory", .times = 100, .beside = true};
	work.faults[1] = (fault){.op = "write", .text = "main/b", .cls = "resources", .message = "memory", .times = 100, .beside = true};
	const char *all = "main.a built full 10>7 v0\nmain.c built full 10>7 v0\nmain.b built full 5>7 v0\nmain.d built full 5>7 v0";
	/* Which of the two comes while the other one is there is the threads' affair; each is built at last. */
	assert_run(&p, &o, BV_OK, all);
	assert_int_equal(p.d->items.n, 0);
	assert_true(requests("write") > 4);
	int started = 0;
	for (const char *at = t.text; (at = strstr(at, "started")); at++) {
		started++;
	}
	assert_int_equal(started, 4); /* said once */
	/* Alone it is not enough either. */
	work_open(&p);
	work.together = work.began = 0;
	o.full_refresh = true;
	p.s->project.threads = 1;
	memset(work.faults, 0, sizeof work.faults);
	work.faults[0] = (fault){.op = "write", .text = "main/a", .cls = "resources", .message = "memory", .times = 100};
	assert_run(&p, &o, BV_FAILED, "main.a failed forced(--full-refresh)\nmain.c built full 10>7 v1\nmain.b built full 5>7 v1\nmain.d built full 5>7 v1");
	assert_diagnostics(&p, "BV4006 * main.a: memory");
	assert_int_equal(work.faults[0].times, 99); /* nobody was beside it */
	/* The run ends before its second turn. */
	work_open(&p);
	work.together = 4;
	work.began = 0;
	work.faults[0] = (fault){.op = "write", .text = "main/a", .cls = "resources", .message = "memory", .times = 100, .beside = true};
	o.fail_fast = true;
	fail_next("write", "main/b", "execution", "no");
	const char *text = run_text(&p, &o, BV_FAILED);
	assert_non_null(strstr(text, "main.a failed"));
	assert_non_null(strstr(text, "main.b failed"));
	assert_diagnostics(&p, "BV4006 * main.a: memory", "BV4005 * main.b: no");
	work_close(&p);
}

/* ---- stopping ---- */

static void *cancel_soon(void *ctx) {
	place *p = ctx;
	pthread_mutex_lock(&work.lock);
	while (work.began < 2) {
		pthread_cond_wait(&work.changed, &work.lock);
	}
	pthread_mutex_unlock(&work.lock);
	pause_ms(5);
	bv_session_cancel(p->s);
	return NULL;
}

static void cancelled(void **state) {
	(void)state;
	place p = two_chains();
	bv_run_options o = BV_RUN_OPTIONS_INIT;
	pthread_t other;
	work.slow_ms = 3000;
	assert_int_equal(pthread_create(&other, NULL, cancel_soon, &p), 0);
	double from = bv__os_monotonic();
	assert_run(&p, &o, BV_CANCELLED, "main.a failed never_built()\nmain.b skipped never_built()\nmain.c skipped never_built()\nmain.d failed never_built()\nmain.e skipped never_built()");
	assert_true(bv__os_monotonic() - from < 2.0);
	pthread_join(other, NULL);
	assert_diagnostics(&p, "BV4007 * main.a: cancelled", "BV4007 * main.d: cancelled");
	assert_true(!made("main/a") && !made("main/d"));
	/* The session stays so; another one goes on. */
	assert_int_equal(bv_project_run(p.s, &o, NULL, p.d), BV_CANCELLED);
	work.slow_ms = 0;
	work_open(&p);
	assert_run(&p, &o, BV_OK, "main.a built full 10>7 v0\nmain.b built full 7>7 v0\nmain.c built full 7>7 v0\nmain.d built full 5>7 v0\nmain.e built full 7>7 v0");
	assert_true(made("main/a") && made("main/e"));
	work_close(&p);
}

static void *let_go(void *ctx) {
	pause_ms(80);
	bv__os_unlock(*(int *)ctx);
	return NULL;
}

static void *cancel_later(void *ctx) {
	pause_ms(80);
	bv_session_cancel(ctx);
	return NULL;
}

static void locks(void **state) {
	(void)state;
	place p = chain();
	bv_run_options o = BV_RUN_OPTIONS_INIT;
	bv_str path = bv__path_join(p.arena, p.dir, BV_STR(".belvedere/lock")), busy;
	int err = 0, fd = bv__os_lock(p.arena, path.p, BV_STR("process 4711"), &busy, &err);
	assert_true(fd >= 0);
	assert_run(&p, &o, BV_FAILED, "no run");
	assert_diagnostics(&p, "BV3012 - another run is at work in this project: process 4711 | --wait waits until it has ended");
	pthread_t other;
	o.wait = true;
	assert_int_equal(pthread_create(&other, NULL, let_go, &fd), 0);
	assert_run(&p, &o, BV_OK, FIRST);
	pthread_join(other, NULL);
	/* The lock was given back. */
	fd = bv__os_lock(p.arena, path.p, BV_STR("process 4711"), &busy, &err);
	assert_true(fd >= 0);
	/* Who waits can be stopped. */
	assert_int_equal(pthread_create(&other, NULL, cancel_later, p.s), 0);
	assert_run(&p, &o, BV_CANCELLED, "no run");
	assert_int_equal(p.d->items.n, 0);
	pthread_join(other, NULL);
	bv__os_unlock(fd);
	/* No folder, no lock. */
	work_open(&p);
	assert_true(bv__os_remove(path.p));
	assert_int_equal(mkdir(path.p, 0700), 0);
	assert_run(&p, &o, BV_FAILED, "no run");
	assert_diagnostics(&p, "BV3011 - ");
	rmdir(path.p);
	work_close(&p);
}

/* ---- blocked ---- */

static void blocked(void **state) {
	(void)state;
	place p = built_chain();
	bv_run_options o = BV_RUN_OPTIONS_INIT;
	/* Another client wrote. */
	table("main/m")->data_version = ++table("main/m")->version;
	assert_run(&p, &o, BV_FAILED, "staging.a skipped\nmain.m blocked target_changed(version 1 was written by another client; the last refresh wrote version 0)\nmain.z blocked upstream_blocked(main.m)");
	assert_diagnostics(&p, "BV5003 * view main.m: version 1 was written by another client; the last refresh wrote version 0 | --full-refresh writes the table anew");
	assert_int_equal(requests("write"), 0);
	o.full_refresh = true;
	assert_run(&p, &o, BV_OK, "staging.a built full 10>7 v1\nmain.m built full 12>7 v2\nmain.z built full 7>7 v1");
	/* A table that is none of ours is not written, whatever is asked for. */
	table("main/z")->kind = NULL;
	table("main/z")->certificate = BV_STR("");
	const char *text = run_text(&p, &o, BV_FAILED);
	assert_non_null(strstr(text, "main.z blocked target_changed("));
	assert_diagnostics(&p, "BV4014 * view main.z: ");
	assert_non_null(strstr(said(&p, 0), "| give the view another name, or move the table away"));
	table("main/z")->exists = false;
	/* An invalid view blocks its readers; its own error says why, once. */
	o.full_refresh = false;
	place_write(&p, "views/p.sql", "CREATE VIEW p AS SELECT a.nope AS k, b.s FROM staging.a AS a CROSS JOIN raw.b AS b");
	work_open(&p);
	assert_run(&p, &o, BV_FAILED, "main.m blocked upstream_blocked(main.p)\nmain.z blocked upstream_blocked(main.m)\nstaging.a skipped");
	assert_diagnostics(&p, "BV2002 1:");
	/* A source that is gone. */
	place_write(&p, "views/p.sql", "CREATE VIEW p AS SELECT a.k, b.s FROM staging.a AS a CROSS JOIN raw.b AS b");
	work_open(&p);
	run_text(&p, &o, BV_OK);
	table("data/b")->failure = "the log is broken";
	assert_run(&p, &o, BV_FAILED, "staging.a skipped\nmain.m blocked invalid(source raw.b: the log is broken)\nmain.z blocked upstream_blocked(main.m)");
	assert_diagnostics(&p, "BV4010 5:3-5:8 source raw.b: the log is broken");
	work_close(&p);
}

static void contracts(void **state) {
	(void)state;
	place p = built_chain();
	bv_run_options o = BV_RUN_OPTIONS_INIT;
	place_write(&p, "views/m.sql", "SELECT k, k + 1 AS t FROM p");
	place_write(&p, "views/z.sql", "SELECT k FROM m");
	work_open(&p);
	assert_run(&p, &o, BV_FAILED, "staging.a skipped\nmain.m blocked contract_refused(column s is removed)\nmain.z blocked upstream_blocked(main.m)");
	assert_diagnostics(&p, "BV5004 * view main.m would break its readers: column s is removed | --allow-breaking lets the change through");
	o.allow_breaking = true;
	assert_run(&p, &o, BV_OK, "staging.a skipped\nmain.m built full 12>7 v1\nmain.z built full 7>7 v1");
	work_close(&p);
}

/* The engine and the lane must derive the same schema, or nothing is written. */
static void parity(void **state) {
	(void)state;
	static const struct {
		const char *derived, *want;
		bool built;
	} cases[] = {
		{"[{\"name\":\"k\",\"type\":\"Int32\",\"nullable\":true},{\"name\":\"s\",\"type\":\"Utf8View\",\"nullable\":true}]",
			"BV4008 * staging.a, column 1: the lane derives k Int64, the engine k Int32", false},
		{"[{\"name\":\"k\",\"type\":\"Int64\",\"nullable\":true},{\"name\":\"t\",\"type\":\"Utf8View\",\"nullable\":true}]",
			"BV4008 * staging.a, column 2: the lane derives s Utf8View, the engine t Utf8View", false},
		{"[{\"name\":\"k\",\"type\":\"Int64\",\"nullable\":true}]", "BV4008 * staging.a: the lane derives 2 columns, the engine 1", false},
		{"[{\"name\":\"k\",\"type\":\"Int64\",\"nullable\":false},{\"name\":\"s\",\"type\":\"Utf8View\",\"nullable\":true}]",
			"BV4008 * staging.a, column k: the engine derives it NOT NULL; its answer holds", true},
	};
	for (size_t i = 0; i < BV_COUNT(cases); i++) {
		place p = chain();
		bv_run_options o = BV_RUN_OPTIONS_INIT;
		const char *a[] = {"staging.a"};
		o.selection = (bv_selection){a, 1, NULL, 0};
		work.derived = cases[i].derived;
		run_text(&p, &o, cases[i].built ? BV_OK : BV_FAILED);
		assert_diagnostics(&p, cases[i].want);
		assert_int_equal(requests("write"), cases[i].built);
		/* Of a plain view, too. */
		work.derived = NULL;
		o = (bv_run_options)BV_RUN_OPTIONS_INIT;
		run_text(&p, &o, BV_OK);
		work.derived = cases[i].derived;
		o.full_refresh = true;
		const char *m[] = {"m"};
		o.selection = (bv_selection){m, 1, NULL, 0};
		run_text(&p, &o, cases[i].built ? BV_OK : BV_FAILED);
		assert_true(p.d->items.n > 0 && strstr(said(&p, 0), "view main.p"));
		work_close(&p);
	}
}

/* A column is NOT NULL where both the lane and the engine say so: in the table and in the certificate. */
static void not_null(void **state) {
	(void)state;
	static const char *const columns[] = {"[{\"name\":\"k\",\"type\":\"Int64\",\"nullable\":false}]", "[{\"name\":\"k\",\"type\":\"Int64\",\"nullable\":true}]"};
	for (int lane = 0; lane < 2; lane++) {
		for (int engine = 0; engine < 2; engine++) {
			place p = four();
			bv_run_options o = BV_RUN_OPTIONS_INIT;
			const char *a[] = {"a"};
			o.selection = (bv_selection){a, 1, NULL, 0};
			table("data/a")->schema = columns[lane];
			place_write(&p, "views/c.sql", "SELECT k AS s FROM raw.a");
			work_open(&p);
			work.derived = columns[engine];
			run_text(&p, &o, BV_OK);
			assert_int_equal(p.d->items.n, lane != engine); /* a warning */
			const char *both = lane || engine ? "\"column_nullable\":{\"k\":true}" : "\"column_nullable\":{\"k\":false}";
			assert_non_null(strstr(request("write", 0), both));
			assert_non_null(strstr(request("write", 0), lane || engine ? "\"contract\":[{\"name\":\"k\",\"type\":\"Int64\",\"nullable\":true}]"
				: "\"contract\":[{\"name\":\"k\",\"type\":\"Int64\",\"nullable\":false}]"));
			work_close(&p);
		}
	}
}

static void answers(void **state) {
	(void)state;
	static const char *const bad[] = {"", "no", "[]", "{\"version\":\"1\",\"id\":\"x\"}", "{\"version\":1}", "{\"version\":1,\"id\":\"\"}"};
	for (size_t i = 0; i < BV_COUNT(bad); i++) {
		place p = chain();
		bv_run_options o = BV_RUN_OPTIONS_INIT;
		const char *to_m[] = {"+m"};
		o.selection = (bv_selection){to_m, 1, NULL, 0};
		work.answer = bad[i];
		assert_run(&p, &o, BV_FAILED, "staging.a failed never_built()\nmain.m blocked upstream_blocked(staging.a)");
		assert_diagnostics(&p, "BV9001 * staging.a: the engine's answer to a commit cannot be read");
		/* The commit was made, and its certificate is in the log. */
		work.answer = NULL;
		work_open(&p);
		assert_run(&p, &o, BV_OK, "staging.a skipped\nmain.m built full 12>7 v0");
		work_close(&p);
	}
	place p = chain();
	bv_run_options o = BV_RUN_OPTIONS_INIT;
	fail_next("catalog_open", "", "internal", "no catalogue");
	assert_run(&p, &o, BV_FAILED, "staging.a skipped never_built()\nmain.m skipped never_built()\nmain.z skipped never_built()");
	assert_diagnostics(&p, "BV4003 - no catalogue");
	/* What cannot be bound beforehand is tried again by who needs it. */
	fail_next("dataset", "data/a", "io", "a hiccup");
	assert_run(&p, &o, BV_OK, FIRST);
	p.s->api = NULL;
	assert_run(&p, &o, BV_FAILED, "no run");
	assert_diagnostics(&p, "BV4001 - ");
	p.s->api = &work_api;
	work_close(&p);
}

/* ---- orphans ---- */

static void orphans(void **state) {
	(void)state;
	place p = built_chain();
	bv_run_options o = BV_RUN_OPTIONS_INIT;
	assert_true(bv__os_remove(bv__path_join(p.arena, p.dir, BV_STR("views/z.sql")).p));
	work_open(&p);
	assert_run(&p, &o, BV_OK, "staging.a skipped\nmain.m skipped");
	assert_int_equal(requests("remove"), 0);
	o.prune = true;
	fail_next("remove", "main/z", "io", "it is busy");
	assert_run(&p, &o, BV_FAILED, "staging.a skipped\nmain.m skipped");
	assert_diagnostics(&p, "BV4012 - the table of main.z cannot be removed: it is busy");
	assert_string_not_equal(certificate_of(&p, "main.z"), "none");
	assert_run(&p, &o, BV_OK, "staging.a skipped\nmain.m skipped\npruned main.z");
	assert_string_equal(plain_text(&p, request("remove", 1), ""), "{\"location\":\"DIR/warehouse/main/z\"}");
	assert_string_equal(certificate_of(&p, "main.z"), "none");
	assert_run(&p, &o, BV_OK, "staging.a skipped\nmain.m skipped");
	/* One that is plain now has no table to keep. */
	place_write(&p, "views/m.sql", "CREATE VIEW m AS SELECT k, s FROM p");
	work_open(&p);
	assert_run(&p, &o, BV_OK, "staging.a skipped\npruned main.m");
	work_close(&p);
}

/* ---- the log ---- */

static const char *newest_log(place *p, uint32_t *count) {
	bv_str *files = NULL, text;
	uint32_t n = 0;
	int err = 0;
	bv_str dir = bv__path_join(p->arena, p->dir, BV_STR(".belvedere/runs"));
	assert_true(bv__os_list(p->arena, dir.p, ".jsonl", &files, &n, &err));
	*count = n;
	assert_true(n > 0 && bv__os_read_file(p->arena, bv__path_join(p->arena, dir, files[n - 1]).p, 1 << 20, &text, &err));
	return text.p;
}

/* "event name status" a line; each is JSON with a time. */
static const char *log_lines(place *p, const char *text) {
	bv_buf b = BV_BUF_INIT;
	for (const char *end; (end = strchr(text, '\n')); text = end + 1) {
		json_t *o = json_loadb(text, (size_t)(end - text), 0, NULL);
		assert_non_null(o);
		const char *at = text_at(o, "at"), *name = text_at(o, "name"), *status = text_at(o, "status");
		assert_true(at && strlen(at) == strlen("2024-02-29T12:00:00.123456Z") && at[strlen(at) - 1] == 'Z');
		bv__buf_printf(&b, "%s%s%s%s%s%s", b.n ? "\n" : "", text_at(o, "event"), name ? " " : "", name ? name : "", status ? " " : "", status ? status : "");
		const json_t *said_here = json_object_get(o, "diagnostics");
		if (json_array_size(said_here)) {
			bv__buf_printf(&b, " %s", text_at(json_array_get(said_here, 0), "code"));
		}
		json_decref(o);
	}
	assert_int_equal(*text, '\0');
	const char *out = bv__arena_str(p->arena, bv__buf_view(&b)).p;
	bv__buf_free(&b);
	return out;
}

static void logs(void **state) {
	(void)state;
	place p = chain();
	bv_run_options o = BV_RUN_OPTIONS_INIT;
	uint32_t n = 0;
	fail_next("write", "main/m", "execution", "no");
	run_text(&p, &o, BV_FAILED);
	assert_string_equal(log_lines(&p, newest_log(&p, &n)), "run_started\nstarted staging.a\nfinished staging.a built\nstarted main.m\nfinished main.m failed BV4005\n"
		"finished main.z blocked\nrun_finished failed");
	assert_int_equal(n, 1);
	run_text(&p, &o, BV_OK);
	assert_string_equal(log_lines(&p, newest_log(&p, &n)), "run_started\nfinished staging.a skipped\nstarted main.m\nfinished main.m built\nstarted main.z\nfinished main.z built\nrun_finished ok");
	/* A run that finds nothing to do is one, too. */
	run_text(&p, &o, BV_OK);
	assert_string_equal(log_lines(&p, newest_log(&p, &n)), "run_started\nfinished staging.a skipped\nfinished main.m skipped\nfinished main.z skipped\nrun_finished ok");
	assert_int_equal(n, 3);
	/* The newest fifty are kept, whatever their names; older ones sort before. */
	for (int i = 0; i < 60; i++) {
		char name[64];
		snprintf(name, sizeof name, ".belvedere/runs/20200101T0000%02d.000000Z-1.jsonl", i);
		place_write(&p, name, "{}\n");
	}
	run_text(&p, &o, BV_OK);
	newest_log(&p, &n);
	assert_int_equal(n, 50);
	assert_false(bv__os_exists(bv__path_join(p.arena, p.dir, BV_STR(".belvedere/runs/20200101T000013.000000Z-1.jsonl")).p));
	assert_true(bv__os_exists(bv__path_join(p.arena, p.dir, BV_STR(".belvedere/runs/20200101T000014.000000Z-1.jsonl")).p));
	/* A stopped run says so. */
	o.full_refresh = true;
	bv_session_cancel(p.s);
	run_text(&p, &o, BV_CANCELLED);
	assert_string_equal(log_lines(&p, newest_log(&p, &n)), "run_started\nfinished staging.a skipped\nfinished main.m skipped\nfinished main.z skipped\nrun_finished cancelled");
	/* A log that cannot be written stops no run. */
	work_open(&p);
	o.full_refresh = false;
	bv_str *files = NULL;
	int err = 0;
	bv_str dir = bv__path_join(p.arena, p.dir, BV_STR(".belvedere/runs"));
	assert_true(bv__os_list(p.arena, dir.p, "", &files, &n, &err));
	for (uint32_t i = 0; i < n; i++) {
		bv__os_remove(bv__path_join(p.arena, dir, files[i]).p);
	}
	assert_int_equal(rmdir(dir.p), 0);
	place_write(&p, ".belvedere/runs", "a file");
	assert_run(&p, &o, BV_OK, NOTHING);
	work_close(&p);
}

/* ---- other inputs, many views, changes in between ---- */

static int host_open(void *ctx, struct ArrowArrayStream *out) {
	(void)ctx;
	(void)out;
	return 5;
}

static void other_inputs(void **state) {
	(void)state;
	work_reset();
	place p = place_new();
	bv_run_options o = BV_RUN_OPTIONS_INIT;
	make_source("data/f", 4);
	table("data/f")->exists = false;
	table("data/f")->files = "0123";
	place_write(&p, "belvedere.yaml", "name: t\nsources:\n  raw.f: {location: data/f, format: parquet}\n");
	place_write(&p, "views/v.sql", "SELECT f.k, h.s FROM raw.f AS f CROSS JOIN h");
	work_open(&p);
	bv_arena *a = bv__arena_new();
	bv_schema_t schema;
	struct ArrowSchema arrow;
	assert_true(bv__schema_from_json(a, BV_STR(SOURCE_COLUMNS), &schema));
	assert_true(bv__schema_export(&schema, &arrow));
	bv_table_source host = {.size = sizeof host, .schema = &arrow, .version = "v1", .open = host_open};
	assert_int_equal(bv_table_register(p.s, "h", &host, p.d), BV_OK);
	arrow.release(&arrow);
	bv__arena_free(a);
	forget_requests();
	fail_next("table", "main", "internal", "no host");
	run_text(&p, &o, BV_FAILED);
	assert_diagnostics(&p, "BV4010 - table main.h: no host");
	assert_run(&p, &o, BV_OK, "main.v built full -1>7 v0");
	assert_string_equal(certificate_of(&p, "main.v"), "1 v0 full -1>7 main.h@host:main.h:v1 raw.f@data/f:0123");
	assert_string_equal(request("table", 1), "[\"main\",\"h\"]");
	assert_run(&p, &o, BV_OK, "main.v skipped");
	work_close(&p);
}

/* Trees of many views are let go and read again; the results are the same. */
static void lean(void **state) {
	(void)state;
	place p = chain();
	bv_run_options o = BV_RUN_OPTIONS_INIT;
	char *json = NULL;
	assert_int_equal(bv_project_plan(p.s, &o, &json, p.d), BV_OK);
	bv_text_free(json);
	p.s->lean = true;
	const bv_view *plain = bv__session_view(p.s, BV_STR("main.p")), *m = bv__session_view(p.s, BV_STR("main.m"));
	assert_non_null(m->artifact->ast);
	assert_run(&p, &o, BV_OK, FIRST);
	assert_null(m->artifact->ast);
	assert_null(plain->artifact->ast);
	assert_int_equal(m->users, 0);
	table("data/a")->data_version = ++table("data/a")->version;
	assert_run(&p, &o, BV_OK, "staging.a built full 10>7 v1\nmain.m built full 12>7 v1\nmain.z built full 7>7 v1");
	assert_null(m->artifact->ast);
	/* One that cannot be compiled again. */
	table("data/a")->data_version = ++table("data/a")->version;
	fail_next("view", "p", "plan", "no");
	run_text(&p, &o, BV_FAILED);
	assert_diagnostics(&p, "BV4004 - view main.p: no");
	work_close(&p);
}

typedef struct meddler {
	place *p;
	const char *schema; /* that raw.b then has */
	bool done;
} meddler;

/* When the first view is under way, a table that another one reads becomes a different one. */
static void meddle(void *ctx, const char *json) {
	meddler *m = ctx;
	if (!m->done && strstr(json, "\"event\":\"started\"")) {
		m->done = true;
		table("data/b")->schema = m->schema;
		pthread_mutex_lock(&m->p->s->lock);
		bv__dataset_changed(m->p->s, BV_STR("raw.b"));
		pthread_mutex_unlock(&m->p->s->lock);
	}
}

static void changed_meanwhile(void **state) {
	(void)state;
	place p = chain();
	place_write(&p, "views/m.sql", "SELECT k, s || 'x' AS s FROM p");
	place_write(&p, "views/p.sql", "CREATE VIEW p AS SELECT a.k, b.s FROM staging.a AS a CROSS JOIN raw.b AS b WHERE b.s BETWEEN '1' AND '2'");
	work_open(&p);
	meddler m = {.p = &p, .schema = "[{\"name\":\"k\",\"type\":\"Int64\",\"nullable\":true},{\"name\":\"s\",\"type\":\"Int64\",\"nullable\":true}]"};
	bv_run_options o = BV_RUN_OPTIONS_INIT;
	o.progress = meddle;
	o.progress_ctx = &m;
	const char *text = run_text(&p, &o, BV_FAILED);
	assert_true(m.done);
	assert_non_null(strstr(text, "main.m failed"));
	assert_int_equal(requests("write"), 1); /* staging.a, which has nothing to do with it */
	place_free(&p);
	work.catalogs = work.plans = 0;
}

/* A view that became another one is not written under the certificate that was planned. */
static void another_view(void **state) {
	(void)state;
	place p = four();
	place_write(&p, "views/w.sql", "SELECT * FROM raw.b");
	work_open(&p);
	p.s->project.threads = 1;
	meddler m = {.p = &p, .schema = "[{\"name\":\"k\",\"type\":\"Int64\",\"nullable\":true},{\"name\":\"s\",\"type\":\"Utf8View\",\"nullable\":true},{\"name\":\"more\",\"type\":\"Int64\",\"nullable\":true}]"};
	bv_run_options o = BV_RUN_OPTIONS_INIT;
	o.progress = meddle;
	o.progress_ctx = &m;
	const char *text = run_text(&p, &o, BV_FAILED);
	assert_true(m.done);
	assert_non_null(strstr(text, "main.w failed never_built()"));
	assert_diagnostics(&p, "BV5010 1:1-* view main.w became another one after the run was planned | run again");
	assert_null(made("main/w"));
	o.progress = NULL;
	bv_diagnostics_clear(p.d);
	work_open(&p);
	assert_run(&p, &o, BV_OK, "main.a skipped\nmain.c skipped\nmain.b skipped\nmain.d skipped\nmain.w built full 5>7 v0");
	work_close(&p);
}

/* ---- memory ---- */

/* The n-th allocation fails, for many n: nothing crashes or leaks, what was not said to be built is not, and the next run makes it whole. */
static void exhausted(void **state) {
	(void)state;
	place p = chain();
	bv_run_options o = BV_RUN_OPTIONS_INIT;
	o.full_refresh = true;
	work.keep = true;
	assert_run(&p, &o, BV_OK, FIRST);
	for (int threads = 1; threads <= 2; threads++) {
		p.s->project.threads = (uint32_t)threads;
		uint32_t fine = 0, failed = 0;
		for (long n = 1; fine < 3 && n < 100000; n += threads == 1 ? 1 + n / 60 : 1 + n / 8) {
			char *json = NULL;
			forget_requests();
			bv_diagnostics_clear(p.d);
			bv__alloc_fail_at(n);
			bv_status st = bv_project_run(p.s, &o, &json, p.d);
			bv__alloc_fail_at(0);
			if (st == BV_OK) {
				assert_non_null(json);
				assert_true(bv_diagnostics_errors(p.d) == 0);
				fine++;
			} else {
				failed++;
				if (bv_diagnostics_errors(p.d) == 0) {
					fail_msg("allocation %ld: status %d, and nothing is said", n, st);
				}
			}
			bv_text_free(json);
			assert_int_equal(work.plans, 0);
			assert_int_equal(work.catalogs, 1);
			assert_int_equal(work.running, 0);
			assert_int_equal(pthread_mutex_trylock(&p.s->lock), 0);
			pthread_mutex_unlock(&p.s->lock);
		}
		assert_true(failed > 10 && fine == 3);
	}
	o.full_refresh = false;
	work_open(&p);
	run_text(&p, &o, BV_OK);
	assert_run(&p, &o, BV_OK, NOTHING);
	work_close(&p);
}

static void no_project(void **state) {
	(void)state;
	bv_diagnostics *d = bv_diagnostics_new();
	bv_session_options so = BV_SESSION_OPTIONS_INIT;
	bv_session *s = NULL;
	so.engine = "none";
	assert_int_equal(bv_session_open(&so, &s, d), BV_OK);
	assert_int_equal(bv_project_run(s, NULL, NULL, d), BV_FAILED);
	assert_int_equal(d->items.v[0].code, BV_E_PROJECT_MISSING);
	bv_session_close(s);
	bv_diagnostics_free(d);
}

int main(void) {
	const struct CMUnitTest tests[] = {cmocka_unit_test(first_and_second), cmocka_unit_test(result), cmocka_unit_test(only_what_is_stale), cmocka_unit_test(selections),
		cmocka_unit_test(in_parallel), cmocka_unit_test(events), cmocka_unit_test(storage), cmocka_unit_test(failures), cmocka_unit_test(fail_fast), cmocka_unit_test(starved),
		cmocka_unit_test(cancelled), cmocka_unit_test(locks), cmocka_unit_test(blocked), cmocka_unit_test(contracts), cmocka_unit_test(parity), cmocka_unit_test(not_null), cmocka_unit_test(answers),
		cmocka_unit_test(orphans), cmocka_unit_test(logs), cmocka_unit_test(other_inputs), cmocka_unit_test(lean), cmocka_unit_test(changed_meanwhile), cmocka_unit_test(another_view),
		cmocka_unit_test(exhausted), cmocka_unit_test(no_project)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
