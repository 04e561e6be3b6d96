/* Queries. In: a small project, tables in memory. Out: which tables a query reads at which version, what is computed in their place, warnings and errors,
 * and their places in the query's text. Nothing is ever written. */
#include "work.h"

static bv_tree *parse(place *p, const char *sql) {
	bv_tree **trees = NULL, *tree;
	size_t n = 0;
	if (bv_parse(sql, strlen(sql), "datafusion", "q.sql", &trees, &n, p->d) != BV_OK || n != 1) {
		show_all(p);
		fail();
	}
	tree = trees[0];
	trees[0] = NULL;
	bv_trees_free(trees, n);
	return tree;
}

/* Runs it, and forgets what was said and asked before. */
static void query(place *p, const char *sql, const bv_query_options *o, bv_status want) {
	struct ArrowArrayStream out = {0};
	bv_diagnostics_clear(p->d);
	forget_requests();
	bv_tree *tree = parse(p, sql);
	bv_status st = bv_query(p->s, tree, o, &out, p->d);
	bv_tree_free(tree);
	if (st != want) {
		show_all(p);
		assert_int_equal(st, want);
	}
	assert_true((st == BV_OK) == (out.release != NULL));
	if (out.release) {
		struct ArrowSchema schema;
		assert_int_equal(out.get_schema(&out, &schema), 0);
		schema.release(&schema);
		out.release(&out);
	}
	assert_int_equal(requests("write") + requests("alter") + requests("remove"), 0);
}

static void query_view(place *p, const char *name, const bv_query_options *o, bv_status want) {
	struct ArrowArrayStream out = {0};
	bv_diagnostics_clear(p->d);
	forget_requests();
	bv_status st = bv_query_view(p->s, name, o, &out, p->d);
	if (st != want) {
		show_all(p);
		assert_int_equal(st, want);
	}
	if (out.release) {
		out.release(&out);
	}
	assert_int_equal(requests("write") + requests("alter") + requests("remove"), 0);
}

/* The catalogue as it was filled: "dataset name@version" and "view name", in order. */
static const char *bound_text(place *p) {
	bv_buf b = BV_BUF_INIT;
	for (uint32_t i = 0; i < work.n; i++) {
		json_t *o = json_loads(work.said[i].json, JSON_DECODE_ANY, NULL);
		if (strcmp(work.said[i].op, "dataset") == 0) {
			bv_str name = name_text(p->arena, json_object_get(o, "name"));
			const json_t *version = json_object_get(o, "version");
			bv__buf_printf(&b, "%s" BV_STR_FMT "@%lld", b.n ? " " : "", BV_STR_ARG(name), version ? json_integer_value(version) : -1LL);
		} else if (strcmp(work.said[i].op, "view") == 0) {
			bv_str name = name_text(p->arena, o);
			bv__buf_printf(&b, "%s" BV_STR_FMT, b.n ? " " : "", BV_STR_ARG(name));
		}
		json_decref(o);
	}
	const char *text = bv__arena_str(p->arena, bv__buf_view(&b)).p;
	bv__buf_free(&b);
	return text;
}

static place built(void) {
	place p = chain();
	bv_run_options o = BV_RUN_OPTIONS_INIT;
	assert_int_equal(bv_project_run(p.s, &o, NULL, p.d), BV_OK);
	return p;
}

static const bv_query_options plain = BV_QUERY_OPTIONS_INIT;

/* ---- what is read ---- */

static void as_built(void **state) {
	(void)state;
	place p = chain();
	bv_query_options fresh = BV_QUERY_OPTIONS_INIT;
	fresh.fresh = true;
	/* Nothing is there yet; sources are, and plain views over them. */
	query(&p, "SELECT k FROM z", &plain, BV_FAILED);
	assert_diagnostics(&p, "BV5005 - view main.z was never built | `belvedere run` builds it; --fresh computes it without writing");
	query(&p, "SELECT count(*) AS n FROM raw.a", &plain, BV_OK);
	assert_string_equal(bound_text(&p), "raw.a@-1");
	query(&p, "SELECT k FROM p", &plain, BV_FAILED);
	assert_diagnostics(&p, "BV5005 - view staging.a was never built");
	query(&p, "SELECT 1 AS one", &plain, BV_OK);
	assert_int_equal(requests("dataset"), 0);
	/* Two at once are two errors. */
	query(&p, "SELECT m.k FROM m JOIN z ON m.k = z.k", &plain, BV_FAILED);
	assert_diagnostics(&p, "BV5005 - view main.m was never built", "BV5005 - view main.z was never built");
	/* All of it computed, from what the sources hold now. */
	query(&p, "SELECT k FROM z", &fresh, BV_OK);
	assert_int_equal(p.d->items.n, 0);
	assert_string_equal(bound_text(&p), "raw.b@3 raw.a@3 staging.a main.p main.m main.z");
	place_free(&p);

	p = built();
	query(&p, "SELECT k FROM z", &plain, BV_OK);
	assert_int_equal(p.d->items.n, 0);
	assert_string_equal(bound_text(&p), "main.z@0");
	assert_string_equal(request("plan options", 0), "{\"plain\":true}");
	query(&p, "SELECT k FROM p", &plain, BV_OK);
	assert_string_equal(bound_text(&p), "raw.b@-1 staging.a@0 main.p");
	bv_query_options native = BV_QUERY_OPTIONS_INIT;
	native.arrow_native = true;
	query(&p, "SELECT k FROM z", &native, BV_OK);
	assert_string_equal(request("plan options", 0), "{}");
	work_close(&p);
}

static void stale(void **state) {
	(void)state;
	place p = built();
	bv_query_options fresh = BV_QUERY_OPTIONS_INIT;
	fresh.fresh = true;
	table("data/b")->data_version = ++table("data/b")->version;
	query(&p, "SELECT k FROM z", &plain, BV_OK);
	assert_diagnostics(&p, "BV5006 - view main.z is stale and is read as it was last built (upstream_stale: main.m) | `belvedere run` refreshes it; --fresh computes it without writing");
	assert_int_equal(p.d->errors, 0);
	assert_string_equal(bound_text(&p), "main.z@0");
	query(&p, "SELECT k FROM m", &plain, BV_OK);
	assert_diagnostics(&p, "BV5006 - view main.m is stale and is read as it was last built (input_moved: raw.b: version 3 -> 4)");
	/* What is not stale is read, the rest is computed. */
	query(&p, "SELECT k FROM z", &fresh, BV_OK);
	assert_int_equal(p.d->items.n, 0);
	assert_string_equal(bound_text(&p), "raw.b@4 staging.a@0 main.p main.m main.z");
	query(&p, "SELECT k FROM staging.a", &fresh, BV_OK);
	assert_string_equal(bound_text(&p), "staging.a@0");
	/* The next query reads the table again. */
	query(&p, "SELECT k FROM z", &plain, BV_OK);
	assert_string_equal(bound_text(&p), "main.z@0");
	/* Another partitioning or comment makes no row stale. */
	table("data/b")->data_version = 3;
	place_write(&p, "views/z.sql", "CREATE MATERIALIZED VIEW z COMMENT 'x' WITH (partition_by = ('k')) AS SELECT k, s FROM m");
	work_open(&p);
	query(&p, "SELECT k FROM z", &plain, BV_OK);
	assert_int_equal(p.d->items.n, 0);
	query(&p, "SELECT k FROM z", &fresh, BV_OK);
	assert_string_equal(bound_text(&p), "main.z@0");
	work_close(&p);
}

/* In place of a table a view gives exactly the types that its readers were compiled against: plain strings become views again, unsigned numbers signed ones. */
static void computed_types(void **state) {
	(void)state;
	work_reset();
	make_source("data/a", 1);
	table("data/a")->schema = "[{\"name\":\"u\",\"type\":\"UInt32\",\"nullable\":true},{\"name\":\"t\",\"type\":\"Timestamp(ns)\",\"nullable\":true}]";
	place p = place_new();
	place_write(&p, "belvedere.yaml", "name: t\nsources:\n  raw.a: {location: data/a}\n");
	place_write(&p, "views/v.sql", "SELECT u, t, 'x' AS s FROM raw.a");
	place_write(&p, "views/w.sql", "SELECT u, t, s FROM v");
	work_open(&p);
	bv_query_options o = BV_QUERY_OPTIONS_INIT;
	o.fresh = o.arrow_native = true;
	query(&p, "SELECT u, t, s FROM w", &o, BV_OK);
	assert_int_equal(p.d->items.n, 0);
	assert_string_equal(bound_text(&p), "raw.a@3 main.v main.w");
	const char *schema = bv__map_get(&p.s->catalog->tables, BV_STR("main.v"));
	assert_string_equal(schema, "[{\"name\":\"u\",\"type\":\"Int64\",\"nullable\":true},{\"name\":\"t\",\"type\":\"Timestamp(µs)\",\"nullable\":true},{\"name\":\"s\",\"type\":\"Utf8View\",\"nullable\":false}]");
	assert_string_equal(bv__map_get(&p.s->catalog->tables, BV_STR("main.w")), schema);
	work_close(&p);
}

/* Who wrote a table, or whether its readers would break, is no matter of a query that computes it. */
static void targets(void **state) {
	(void)state;
	place p = built();
	bv_query_options fresh = BV_QUERY_OPTIONS_INIT;
	fresh.fresh = true;
	table("main/m")->data_version = ++table("main/m")->version;
	query(&p, "SELECT k FROM m", &plain, BV_OK);
	assert_diagnostics(&p, "BV5006 - view main.m is stale and is read as it was last built (target_changed: version 1 was written by another client");
	query(&p, "SELECT k FROM z", &fresh, BV_OK);
	assert_string_equal(bound_text(&p), "raw.b@3 staging.a@0 main.p main.m main.z");
	/* A table that is none of ours is not the view. */
	table("main/m")->kind = NULL;
	table("main/m")->certificate = BV_STR("");
	query(&p, "SELECT k FROM m", &plain, BV_FAILED);
	assert_diagnostics(&p, "BV5005 - view main.m was never built: *holds a Delta table that Belvedere did not make as a view; it is never written | --fresh computes it without writing");
	query(&p, "SELECT k FROM m", &fresh, BV_OK);
	/* A log that cannot be read. */
	table("main/m")->failure = "the log is broken";
	query(&p, "SELECT k FROM m", &plain, BV_FAILED);
	assert_diagnostics(&p, "BV4010 - view main.m cannot be read (invalid: its table: the log is broken)");
	query(&p, "SELECT k FROM m", &fresh, BV_FAILED);
	assert_diagnostics(&p, "BV5002 - view main.m cannot be computed (invalid: its table: the log is broken)");
	table("main/m")->failure = NULL;
	/* What the view now is would break its readers: here there are none. */
	place_write(&p, "views/z.sql", "SELECT k FROM m");
	work_open(&p);
	query(&p, "SELECT k FROM z", &fresh, BV_OK);
	/* A source that is gone. */
	table("data/b")->failure = "gone";
	query(&p, "SELECT k FROM z", &fresh, BV_FAILED);
	assert_true(p.d->errors > 0);
	table("data/b")->failure = NULL;
	work_close(&p);
}

/* A name that no selector could be written for is a name like any other. */
static void odd_names(void **state) {
	(void)state;
	place p = chain();
	place_write(&p, "views/odd.sql", "CREATE MATERIALIZED VIEW \"my, +view:1\" AS SELECT k FROM raw.a");
	work_open(&p);
	bv_query_options fresh = BV_QUERY_OPTIONS_INIT;
	fresh.fresh = true;
	query(&p, "SELECT k FROM \"my, +view:1\"", &plain, BV_FAILED);
	assert_diagnostics(&p, "BV5005 - view main.my, +view:1 was never built");
	query(&p, "SELECT k FROM \"my, +view:1\"", &fresh, BV_OK);
	assert_string_equal(bound_text(&p), "raw.a@3 main.my, +view:1");
	/* A cycle elsewhere: tables can still be read, nothing can be computed. */
	assert_int_equal(bv_project_run(p.s, NULL, NULL, p.d), BV_OK);
	place_write(&p, "views/x.sql", "SELECT k FROM y");
	place_write(&p, "views/y.sql", "SELECT k FROM x");
	work_open(&p);
	query(&p, "SELECT k FROM z", &plain, BV_OK);
	work_close(&p);
}

/* ---- limits ---- */

static int64_t limit_in_plan(void) {
	json_t *list = json_loads(request("plan", 0), 0, NULL);
	int64_t out = -1;
	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *node = json_array_get(list, i);
		const char *as = text_at(node, "as");
		if (as && strcmp(as, "limit") == 0 && json_integer_value(json_object_get(node, "in")) == 1) {
			out = strtoll(text_at(node, "text"), NULL, 10);
		}
	}
	json_decref(list);
	return out;
}

static void limits(void **state) {
	(void)state;
	place p = chain();
	static const struct {
		const char *sql;
		int64_t limit, want;
	} cases[] = {
		{"SELECT k FROM raw.a", -1, -1}, {"SELECT k FROM raw.a", 0, 0}, {"SELECT k FROM raw.a ORDER BY k", 5, 5}, {"SELECT k FROM raw.a LIMIT 3", -1, 3},
		{"SELECT k FROM raw.a LIMIT 3", 5, 3}, {"SELECT k FROM raw.a LIMIT 3 OFFSET 1", 2, 2}, {"SELECT k FROM raw.a LIMIT 10", 9, 9}, {"SELECT k FROM raw.a LIMIT 4", 5, 4}, {"SELECT k FROM raw.a LIMIT 99999999999", 9, 9},
		{"SELECT k FROM raw.a UNION ALL SELECT k FROM raw.b", 4, 4}, {"SELECT k FROM (SELECT k FROM raw.a LIMIT 2) AS t", 7, 7},
	};
	for (size_t i = 0; i < BV_COUNT(cases); i++) {
		bv_query_options o = BV_QUERY_OPTIONS_INIT;
		o.limit = cases[i].limit;
		query(&p, cases[i].sql, &o, BV_OK);
		assert_int_equal(limit_in_plan(), cases[i].want);
		assert_true((cases[i].want < 0) == (strstr(request("plan", 0), "\"as\":\"limit\"") == NULL));
	}
	bv_query_options o = BV_QUERY_OPTIONS_INIT;
	o.limit = 5;
	query(&p, "SELECT k FROM raw.a LIMIT 1 + 2", &o, BV_FAILED);
	assert_diagnostics(&p, "BV* 1:27-1:32 a limit cannot be put on a query whose own LIMIT is an expression | write the limit into the query");
	assert_int_equal(requests("plan"), 0);
	o.limit = -1;
	query(&p, "SELECT k FROM raw.a LIMIT 1 + 2", &o, BV_OK);
	work_close(&p);
}

/* ---- by name ---- */

static void by_name(void **state) {
	(void)state;
	place p = built();
	bv_query_options o = BV_QUERY_OPTIONS_INIT;
	query_view(&p, "z", &o, BV_OK);
	assert_string_equal(bound_text(&p), "main.z@0");
	query_view(&p, "main.z", &o, BV_OK);
	query_view(&p, "\"staging\".a", &o, BV_OK);
	assert_string_equal(bound_text(&p), "staging.a@0");
	query_view(&p, "p", &o, BV_OK);
	assert_string_equal(bound_text(&p), "raw.b@-1 staging.a@0 main.p");
	o.limit = 2;
	query_view(&p, "z", &o, BV_OK);
	assert_int_equal(limit_in_plan(), 2);
	o.fresh = true;
	table("data/b")->data_version = ++table("data/b")->version;
	query_view(&p, "z", &o, BV_OK);
	assert_string_equal(bound_text(&p), "raw.b@4 staging.a@0 main.p main.m main.z");
	o = (bv_query_options)BV_QUERY_OPTIONS_INIT;
	query_view(&p, "z", &o, BV_OK);
	assert_diagnostics(&p, "BV5006 - view main.z is stale");
	query_view(&p, "stagin.a", &o, BV_FAILED);
	assert_diagnostics(&p, "BV2001 - no view is named stagin.a | did you mean staging.a?");
	query_view(&p, "zz", &o, BV_FAILED); /* one part is main.<it> */
	assert_diagnostics(&p, "BV2001 - no view is named main.zz | did you mean main.z?");
	query_view(&p, "raw.a", &o, BV_FAILED); /* a source */
	assert_diagnostics(&p, "BV2001 - no view is named raw.a");
	query_view(&p, "a.b.c.d", &o, BV_FAILED);
	assert_diagnostics(&p, "BV2001 - no view is named a.b.c.d");
	query_view(&p, "", &o, BV_FAILED);
	assert_diagnostics(&p, "BV2001 - no view is named ");
	/* A file that cannot be read is no matter of another view, but of a name that is not found. */
	place_write(&p, "views/bad.sql", "SELECT FROM WHERE");
	work_open(&p);
	query_view(&p, "staging.a", &o, BV_OK);
	assert_int_equal(p.d->items.n, 0);
	query_view(&p, "bad", &o, BV_FAILED);
	assert_true(p.d->errors > 0 && bv__str_ends(p.d->sources.v[p.d->items.v[0].span.file].name, "views/bad.sql"));
	place_write(&p, "views/bad.sql", "SELECT nope FROM raw.a");
	work_open(&p);
	query_view(&p, "bad", &o, BV_FAILED);
	assert_diagnostics(&p, "BV2002 1:8-1:12 ");
	work_close(&p);
}

/* ---- what goes wrong ---- */

static void failures(void **state) {
	(void)state;
	place p = chain();
	const char *sql = "SELECT k,\n  s\nFROM raw.a";
	/* The engine names an element of what it was given; the message shows it in the query, also under a limit. */
	for (int64_t limit = -1; limit <= 3; limit += 4) {
		bv_query_options o = BV_QUERY_OPTIONS_INIT;
		o.limit = limit;
		fail_next("plan", "", "plan", "no such thing");
		work.faults[0].at = "\"path\":[\"t1\",\"s\"]";
		query(&p, sql, &o, BV_FAILED);
		assert_diagnostics(&p, "BV4004 2:3-2:4 no such thing");
		assert_str(p.d->sources.v[p.d->items.v[0].span.file].name, "q.sql");
		fail_next("execute", "", "execution", "boom");
		work.faults[0].at = "\"kind\":\"table\"";
		query(&p, sql, &o, BV_FAILED);
		assert_diagnostics(&p, "BV4005 3:6-3:11 boom");
		fail_next("execute", "", "resources", "memory");
		query(&p, sql, &o, BV_FAILED);
		assert_diagnostics(&p, "BV4006 - memory");
	}
	/* A plain view's part points into the view's file. */
	bv_query_options fresh = BV_QUERY_OPTIONS_INIT;
	fresh.fresh = true;
	fail_next("view", "\"p\"", "plan", "no join");
	work.faults[0].at = "\"kind\":\"join\"";
	query(&p, "SELECT k FROM p", &fresh, BV_FAILED);
	assert_diagnostics(&p, "BV4004 1:* view main.p: no join");
	assert_true(bv__str_ends(p.d->sources.v[p.d->items.v[0].span.file].name, "views/p.sql"));
	/* Tables that went away, or changed, after they were compiled against. */
	fail_next("dataset", "data/a", "not_found", "it is gone");
	query(&p, "SELECT k FROM raw.a", &plain, BV_FAILED);
	assert_diagnostics(&p, "BV4010 4:3-4:8 source raw.a: it is gone");
	table("data/a")->schema = "[{\"name\":\"k\",\"type\":\"Utf8\",\"nullable\":true},{\"name\":\"s\",\"type\":\"Utf8\",\"nullable\":true}]";
	query(&p, "SELECT k FROM raw.a", &plain, BV_FAILED);
	assert_diagnostics(&p, "BV3016 4:3-4:8 the columns of raw.a have changed since what reads it was compiled | compile again");
	table("data/a")->schema = SOURCE_COLUMNS;
	/* The engine derives something else. */
	work.derived = "[{\"name\":\"k\",\"type\":\"Int32\",\"nullable\":true}]";
	query(&p, "SELECT k FROM raw.a", &plain, BV_FAILED);
	assert_diagnostics(&p, "BV4008 - query, column 1: the lane derives k Int64, the engine k Int32");
	assert_int_equal(requests("execute"), 0);
	work.derived = NULL;
	/* Its own errors, and wrong use. */
	query(&p, "SELECT nope FROM raw.a", &plain, BV_FAILED);
	assert_diagnostics(&p, "BV2002 1:8-1:12 ");
	struct ArrowArrayStream out = {0};
	bv_tree *tree = parse(&p, sql);
	bv_query_options o = BV_QUERY_OPTIONS_INIT;
	o.dialect = "klingon";
	bv_diagnostics_clear(p.d);
	assert_int_equal(bv_query(p.s, tree, &o, &out, p.d), BV_FAILED);
	assert_diagnostics(&p, "BV* - unknown dialect \"klingon\"");
	o.size = 1;
	assert_int_equal(bv_query(p.s, tree, &o, &out, p.d), BV_MISUSE);
	assert_int_equal(bv_query(p.s, NULL, NULL, &out, p.d), BV_MISUSE);
	assert_int_equal(bv_query_view(p.s, NULL, NULL, &out, p.d), BV_MISUSE);
	assert_int_equal(bv_query_baseline(p.s, NULL, &out, p.d), BV_MISUSE);
	bv_diagnostics_clear(p.d);
	assert_int_equal(bv_query_baseline(p.s, "SELECT 1", &out, p.d), BV_FAILED);
	assert_diagnostics(&p, "BV* - this engine does not run SQL text by itself");
	bv_diagnostics_clear(p.d);
	p.s->api = NULL;
	assert_int_equal(bv_query(p.s, tree, NULL, &out, p.d), BV_FAILED);
	assert_int_equal(bv_query_view(p.s, "z", NULL, &out, p.d), BV_FAILED);
	assert_diagnostics(&p, "BV4001 - ", "BV4001 - ");
	p.s->api = &work_api;
	bv_tree_free(tree);
	assert_null(out.release);
	work_close(&p);
}

static void exhausted(void **state) {
	(void)state;
	place p = built();
	bv_query_options o = BV_QUERY_OPTIONS_INIT;
	o.fresh = true;
	o.limit = 3;
	table("data/b")->data_version = ++table("data/b")->version;
	p.s->project.threads = 1;
	work.keep = true;
	query(&p, "SELECT k, s FROM z", &o, BV_OK);
	bv_tree *tree = parse(&p, "SELECT k, s FROM z");
	uint32_t fine = 0, failed = 0;
	for (long n = 1; fine < 3 && n < 100000; n += 1 + n / 100) {
		struct ArrowArrayStream out = {0};
		bv_diagnostics_clear(p.d);
		forget_requests();
		bv__alloc_fail_at(n);
		bv_status st = n % 2 ? bv_query(p.s, tree, &o, &out, p.d) : bv_query_view(p.s, "z", &o, &out, p.d);
		bv__alloc_fail_at(0);
		fine += st == BV_OK;
		failed += st != BV_OK;
		if (st != BV_OK && bv_diagnostics_errors(p.d) == 0) {
			fail_msg("allocation %ld: status %d, and nothing is said", n, st);
		}
		assert_true((st == BV_OK) == (out.release != NULL));
		if (out.release) {
			out.release(&out);
		}
		assert_int_equal(work.plans, 0);
	}
	bv_tree_free(tree);
	assert_true(failed > 10 && fine == 3);
	query(&p, "SELECT k, s FROM z", &o, BV_OK);
	assert_int_equal(p.d->items.n, 0);
	work_close(&p);
}

int main(void) {
	const struct CMUnitTest tests[] = {cmocka_unit_test(as_built), cmocka_unit_test(stale), cmocka_unit_test(computed_types), cmocka_unit_test(targets), cmocka_unit_test(odd_names),
		cmocka_unit_test(limits), cmocka_unit_test(by_name), cmocka_unit_test(failures), cmocka_unit_test(exhausted)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
