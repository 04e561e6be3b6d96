/* View files: heads, options, names, and what is wrong with them; unchanged files come from the registry. */
#include "project_test.h"

static const bv_view *view(place *p, const char *name) {
	const bv_view *v = bv__session_view(p->s, bv__str(name));
	if (!v) {
		show_all(p);
		print_error("no view %s\n", name);
		fail();
	}
	return v;
}

static bool compile(place *p) {
	bv_diagnostics_clear(p->d);
	return bv__session_compile_all(p->s, false, NULL, p->d);
}

static void reopen(place *p) {
	bv_diagnostics_clear(p->d);
	if (place_open(p) != BV_OK) {
		show_all(p);
		fail();
	}
}

static void heads(void **state) {
	(void)state;
	place p = place_new();
	place_write(&p, "belvedere.yaml", "defaults: {materialized: false, tags: [all]}\n");
	place_write(&p, "views/a.sql", "SELECT 1 AS n");
	place_write(&p, "views/x/y.sql", "-- head\nCREATE OR REPLACE MATERIALIZED VIEW Staging.\"Big One\" (a COMMENT 'first', b) COMMENT 'it''s'\n"
		"WITH (tags = ('t', 'all'), partition_by = 'a', refresh = 'always', properties = ('k' = 'v', 'a' = 3), dialect = 'duckdb') AS SELECT 1, 2 // 1");
	reopen(&p);
	assert_true(bv__project_load_views(p.s, false, p.d));
	const bv_view *a = view(&p, "main.a"), *b = view(&p, "Staging.Big One");
	assert_false(a->materialized);
	assert_str(a->file, "views/a.sql");
	assert_int_equal(a->ntags, 1);
	assert_true(b->materialized && b->refresh_always);
	assert_string_equal(bv__dialect_name(b->dialect), "duckdb");
	assert_int_equal(b->ntags, 2);
	assert_str(b->tags[0], "all");
	assert_str(b->comment, "it's");
	assert_int_equal(b->columns.n, 2);
	assert_str(b->column_comments[0], "first");
	assert_str(b->partition_by.v[0], "a");
	assert_int_equal(b->nproperties, 2);
	assert_str(b->properties[0], "a");
	assert_str(b->properties[1], "3");
	assert_true(bv__str_ends(b->location, "/warehouse/Staging/Big One"));
	place_free(&p);
}

/* Text of views/v.sql, and the start of what is said. */
static void wrong_files(void **state) {
	(void)state;
	static const struct {
		const char *text, *says;
	} cases[] = {
		{"", "BV3006 1:1-1:1 the file holds no statement"},
		{"-- nothing\n", "BV3006 1:1-1:1 the file holds no statement"},
		{"SELECT 1 AS a; SELECT 2 AS b", "BV3006 1:16-"},
		{"SELECT 1 AS", "BV1001 1:"},
		{"SELECT {{ x }}", "BV1009 1:8-1:15 template mark {{ x }} in SQL"},
		{"DROP TABLE x", "BV1006 1:1-"},
		{"CREATE VIEW a.b.c.d AS SELECT 1 AS n", "BV"},
		{"CREATE VIEW \"a/b\" AS SELECT 1 AS n", "BV3007 "},
		{"CREATE VIEW \"..\" AS SELECT 1 AS n", "BV3007 "},
		{"CREATE VIEW v WITH (tag = 'x') AS SELECT 1 AS n", "BV3009 1:21-1:30 a view has no option \"tag\" | did you mean \"tags\"?"},
		{"CREATE VIEW v WITH (tags = ('x', 'x')) AS SELECT 1 AS n", "BV3009 1:34-1:37 tags names 'x' twice"},
		{"CREATE VIEW v WITH (tags = 3) AS SELECT 1 AS n", "BV3009 1:28-1:29 tags takes"},
		{"CREATE VIEW v WITH (dialect = 'klingon') AS SELECT 1 AS n", "BV3009 1:31-1:40 unknown dialect \"klingon\""},
		{"CREATE MATERIALIZED VIEW v WITH (refresh = 'daily') AS SELECT 1 AS n", "BV3009 1:44-1:51 refresh takes 'auto' or 'always'"},
		{"CREATE MATERIALIZED VIEW v WITH (properties = ('belvedere.kind' = 'source')) AS SELECT 1 AS n", "BV3009 1:48-"},
		{"CREATE MATERIALIZED VIEW v (a, a) AS SELECT 1, 2", "BV2004 1:32-1:33 column a is named twice"},
		{"SELECT '\xff' AS a", "BV1003 1:"},
	};
	for (size_t i = 0; i < BV_COUNT(cases); i++) {
		place p = place_new();
		place_write(&p, "belvedere.yaml", "name: t\n");
		place_write(&p, "views/v.sql", cases[i].text);
		place_write(&p, "views/good.sql", "SELECT 1 AS n");
		reopen(&p);
		assert_false(compile(&p));
		const char *first = p.d->items.n ? said(&p, 0) : "nothing";
		if (strncmp(first, cases[i].says, strlen(cases[i].says)) != 0) {
			print_error("%s\n  wanted %s\n  got    %s\n", cases[i].text, cases[i].says, first);
			fail();
		}
		assert_true(view(&p, "main.good")->state == BV_VIEW_COMPILED);
		place_free(&p);
	}
}

static void same_names(void **state) {
	(void)state;
	place p = place_new();
	place_write(&p, "belvedere.yaml", "sources: {main.s: {location: s, columns: {a: INT}}}\n");
	place_write(&p, "views/a.sql", "SELECT 1 AS n");
	place_write(&p, "views/b.sql", "CREATE VIEW main.a AS SELECT 2 AS n");
	place_write(&p, "views/s.sql", "SELECT 3 AS n");
	reopen(&p);
	assert_false(compile(&p));
	assert_int_equal(p.d->items.n, 2);
	assert_string_equal(said(&p, 0), "BV3008 1:1-1:36 view main.a is defined twice");
	assert_string_equal(said(&p, 1), "BV3008 1:1-1:14 view main.s has the name of a source");
	assert_int_equal(p.d->items.v[0].notes.n, 1);
	place_free(&p);
}

/* A mark of an editor and line ends of another system are no part of a view. */
static void foreign_text(void **state) {
	(void)state;
	char fingerprint[65];
	static const char *const texts[] = {"SELECT 1 AS n,\n  'x' AS t\n", "\xef\xbb\xbfSELECT 1 AS n,\r\n  'x' AS t\r\n", "\xef\xbb\xbf" "CREATE MATERIALIZED VIEW v\r\nAS SELECT 1 AS n, 'x' AS t;\r\n"};
	for (size_t i = 0; i < BV_COUNT(texts); i++) {
		place p = place_new();
		place_write(&p, "belvedere.yaml", "name: t\r\n");
		place_write(&p, "views/v.sql", texts[i]);
		reopen(&p);
		if (!compile(&p)) {
			show_all(&p);
			fail();
		}
		const bv_view *v = view(&p, "main.v");
		if (i == 0) {
			memcpy(fingerprint, v->artifact->ast_fingerprint, sizeof fingerprint);
		}
		assert_string_equal(v->artifact->ast_fingerprint, fingerprint);
		place_free(&p);
	}
}

static uint32_t cached(const place *p) {
	uint32_t n = 0;
	for (uint32_t i = 0; i < p->s->views.n; i++) {
		n += p->s->views.v[i]->cached;
	}
	return n;
}

static void project(place *p) {
	place_write(p, "belvedere.yaml", "sources: {raw.t: {location: t, columns: {id: BIGINT, x: DOUBLE}}}\n");
	place_write(p, "views/a.sql", "SELECT id, x AS y FROM raw.t ORDER BY id");
	place_write(p, "views/b.sql", "CREATE VIEW main.b AS SELECT id, y + 1 AS z FROM a");
	place_write(p, "views/c.sql", "CREATE MATERIALIZED VIEW c (k COMMENT 'key', total) AS SELECT id, z FROM b WHERE z < 9");
	place_write(p, "views/d.sql", "SELECT id FROM raw.t WHERE x > 1");
}

/* What is not touched is not compiled; what it gives is what compiling gives. */
static void unchanged_files(void **state) {
	(void)state;
	place p = place_new();
	project(&p);
	reopen(&p);
	if (!compile(&p)) {
		show_all(&p);
		fail();
	}
	assert_int_equal(cached(&p), 0);
	char keys[4][65], storage[65];
	bv_buf contract = BV_BUF_INIT, again = BV_BUF_INIT;
	for (uint32_t i = 0; i < 4; i++) {
		memcpy(keys[i], p.s->views.v[i]->artifact->ast_fingerprint, 65);
	}
	memcpy(storage, view(&p, "main.c")->storage_hash, 65);
	bv__contract_json(&view(&p, "main.a")->contract, view(&p, "main.a")->artifact, &contract);

	reopen(&p);
	bv_graph graph = {0};
	assert_true(bv__session_compile_all(p.s, false, &graph, p.d));
	assert_int_equal(cached(&p), 4);
	for (uint32_t i = 0; i < 4; i++) {
		assert_string_equal(p.s->views.v[i]->artifact->ast_fingerprint, keys[i]);
	}
	assert_string_equal(view(&p, "main.c")->storage_hash, storage);
	assert_str(view(&p, "main.c")->column_comments[0], "key");
	bv__contract_json(&view(&p, "main.a")->contract, view(&p, "main.a")->artifact, &again);
	assert_string_equal(contract.p, again.p);
	assert_int_equal(graph.n, 5);
	bv__buf_free(&contract);
	bv__buf_free(&again);

	/* Its tree is there when it is asked for, and it is the same one. */
	bv_view *c = bv__session_view(p.s, BV_STR("main.c"));
	assert_null(c->artifact->ast);
	assert_true(bv__view_ready(p.s, c, p.d));
	assert_non_null(c->artifact->ast);
	assert_string_equal(c->artifact->ast_fingerprint, keys[2]);
	assert_true(c->artifact->payload.n > 0 && c->artifact->nspans > 0);

	/* One edited file: that view, and nothing else where its columns stay what they are. */
	place_write(&p, "views/a.sql", "SELECT id, x * 2 AS y FROM raw.t ORDER BY id");
	reopen(&p);
	assert_true(compile(&p));
	assert_int_equal(cached(&p), 3);
	assert_string_not_equal(view(&p, "main.a")->artifact->ast_fingerprint, keys[0]);
	assert_string_equal(view(&p, "main.c")->artifact->ast_fingerprint, keys[2]);

	/* Another type: its reader too, and the reader's reader where the type goes on. */
	place_write(&p, "views/a.sql", "SELECT id, CAST(x AS BIGINT) AS y FROM raw.t");
	reopen(&p);
	assert_true(compile(&p));
	assert_int_equal(cached(&p), 1);

	/* A comment changes the text: it is compiled, to the same key. */
	memcpy(keys[0], view(&p, "main.a")->artifact->ast_fingerprint, 65);
	place_write(&p, "views/a.sql", "SELECT id, /* whole */ CAST(x AS BIGINT) AS y FROM raw.t");
	reopen(&p);
	assert_true(compile(&p));
	assert_int_equal(cached(&p), 3);
	assert_string_equal(view(&p, "main.a")->artifact->ast_fingerprint, keys[0]);

	/* Another setting, or another source: all that hangs on it. */
	place_write(&p, "belvedere.yaml", "policy: {max_distance: 5}\nsources: {raw.t: {location: t, columns: {id: BIGINT, x: DOUBLE}}}\n");
	reopen(&p);
	assert_true(compile(&p));
	assert_int_equal(cached(&p), 0);
	place_write(&p, "belvedere.yaml", "policy: {max_distance: 5}\nsources: {raw.t: {location: t, columns: {id: BIGINT, x: FLOAT}}}\n");
	reopen(&p);
	assert_true(compile(&p));
	assert_int_equal(cached(&p), 2);

	/* A source that no longer has the column: its reader is told, with the place, though its file did not change. */
	place_write(&p, "belvedere.yaml", "policy: {max_distance: 5}\nsources: {raw.t: {location: t, columns: {id: BIGINT, w: FLOAT}}}\n");
	reopen(&p);
	assert_false(compile(&p));
	assert_true(strncmp(said(&p, 0), "BV2002 1:2", 10) == 0);
	place_free(&p);
}

/* Where names match without case, a second one makes the first ambiguous: the registry's word no longer holds. */
static void another_of_that_name(void **state) {
	(void)state;
	place p = place_new();
	place_write(&p, "belvedere.yaml", "dialect: duckdb\n");
	place_write(&p, "views/t.sql", "CREATE VIEW main.\"T\" AS SELECT 1 AS n");
	place_write(&p, "views/r.sql", "SELECT n FROM t");
	reopen(&p);
	if (!compile(&p)) {
		show_all(&p);
		fail();
	}
	reopen(&p);
	assert_true(compile(&p));
	assert_int_equal(cached(&p), 2);
	place_write(&p, "views/u.sql", "CREATE VIEW main.t AS SELECT 'x' AS n");
	reopen(&p);
	assert_true(compile(&p));
	assert_int_equal(cached(&p), 1);
	assert_int_equal(view(&p, "main.r")->artifact->schema.v[0].type->id == BV_T_INT64, 0);
	place_free(&p);
}

/* What is wrong is said once, in the order of names, whatever the number of threads. */
static void many_errors(void **state) {
	(void)state;
	bv_str first = BV_STR("");
	bv_arena *keep = bv__arena_new();
	for (int threads = 1; threads <= 4; threads += 3) {
		place p = place_new();
		char yaml[64];
		snprintf(yaml, sizeof yaml, "engine: {threads: %d}\n", threads);
		place_write(&p, "belvedere.yaml", yaml);
		for (int i = 0; i < 40; i++) {
			char name[32], text[96];
			snprintf(name, sizeof name, "views/v%02d.sql", i);
			snprintf(text, sizeof text, i % 4 == 0 ? "SELECT nope%d AS n" : i % 4 == 3 ? "SELECT n FROM v%02d" : "SELECT %d AS n", i % 4 == 3 ? i - 3 : i);
			place_write(&p, name, text);
		}
		reopen(&p);
		assert_false(compile(&p));
		assert_int_equal(p.d->items.n, 10);
		bv_buf all = BV_BUF_INIT;
		for (uint32_t i = 0; i < p.d->items.n; i++) {
			bv__buf_printf(&all, "%s\n", said(&p, i));
		}
		if (threads == 1) {
			first = bv__arena_str(keep, bv__buf_view(&all));
		} else {
			assert_string_equal(all.p, first.p);
		}
		bv__buf_free(&all);
		/* The next call says it again. */
		bv_diagnostics_clear(p.d);
		assert_false(bv__session_compile_all(p.s, false, NULL, p.d));
		assert_int_equal(p.d->items.n, 10);
		place_free(&p);
	}
	bv__arena_free(keep);
}

static void cycles(void **state) {
	(void)state;
	place p = place_new();
	place_write(&p, "belvedere.yaml", "name: t\n");
	place_write(&p, "views/a.sql", "SELECT n FROM c");
	place_write(&p, "views/b.sql", "SELECT n FROM a");
	place_write(&p, "views/c.sql", "SELECT n FROM b");
	place_write(&p, "views/own.sql", "SELECT n FROM own");
	place_write(&p, "views/hidden.sql", "WITH hidden AS (SELECT 1 AS n) SELECT n FROM hidden");
	reopen(&p);
	assert_false(compile(&p));
	assert_int_equal(p.d->errors, 2);
	assert_non_null(strstr(said(&p, 0), "views form a cycle: main.a -> main.c -> main.b -> main.a"));
	assert_non_null(strstr(said(&p, 1), "views form a cycle: main.own -> main.own"));
	assert_true(view(&p, "main.hidden")->state == BV_VIEW_COMPILED);
	place_free(&p);
}

/* ---- lists of views, whose files need not be opened ---- */

/* Name, fingerprint and columns of every view, as a list says it. */
static const char *list_of(place *p) {
	bv_buf b = BV_BUF_INIT;
	for (uint32_t i = 0; i < p->s->views.n; i++) {
		const bv_view *v = p->s->views.v[i];
		bool known = v->state == BV_VIEW_KNOWN, valid = known || v->state == BV_VIEW_COMPILED;
		bv_str fingerprint = known ? v->row->ast_fingerprint : valid ? bv__str(v->artifact->ast_fingerprint) : BV_STR("invalid");
		bv__buf_printf(&b, BV_STR_FMT " " BV_STR_FMT " %u %d\n", BV_STR_ARG(v->name), BV_STR_ARG(fingerprint), known ? v->ncolumns : valid ? v->artifact->schema.n : 0, v->materialized);
	}
	const char *text = bv__arena_str(p->arena, bv__buf_view(&b)).p;
	bv__buf_free(&b);
	return text;
}

/* Lists the project's views, from a new session; how many were not opened. What is listed is what a compile of the same session finds, and what a
 * session finds that knows nothing of lists. */
static uint32_t list_views(place *p, bool good) {
	bv__os_sleep(0.05); /* files that were written this moment tell nothing by their times */
	reopen(p);
	if (bv__session_compile_all(p->s, true, NULL, p->d) != good) {
		show_all(p);
		fail();
	}
	uint32_t known = p->s->known, counted = 0;
	for (uint32_t i = 0; i < p->s->views.n; i++) {
		counted += p->s->views.v[i]->state == BV_VIEW_KNOWN;
	}
	assert_int_equal(known, counted);
	const char *list = list_of(p);
	assert_int_equal(compile(p), good);
	assert_int_equal(p->s->known, 0);
	assert_string_equal(list_of(p), list);
	reopen(p);
	assert_int_equal(compile(p), good);
	assert_string_equal(list_of(p), list);
	return known;
}

static void listed(void **state) {
	(void)state;
	static const char sources[] = "sources: {raw.t: {location: t, columns: {id: BIGINT, x: DOUBLE}}}\n";
	place p = place_new();
	project(&p);
	assert_int_equal(list_views(&p, true), 0);
	assert_int_equal(list_views(&p, true), 4);

	/* An edited file, and what reads it at any distance: c reads b, which reads a. */
	place_write(&p, "views/a.sql", "SELECT id, x * 2 AS y FROM raw.t ORDER BY id");
	assert_int_equal(list_views(&p, true), 1);
	assert_int_equal(list_views(&p, true), 4);
	place_write(&p, "views/c.sql", "CREATE MATERIALIZED VIEW c (k COMMENT 'key', total) AS SELECT id, z FROM b WHERE z < 8");
	assert_int_equal(list_views(&p, true), 2); /* b is opened too: c is compiled, and reads it */

	/* Another type goes on to its readers, which were not touched. */
	place_write(&p, "views/a.sql", "SELECT id, CAST(x AS BIGINT) AS y FROM raw.t");
	assert_int_equal(list_views(&p, true), 1);
	assert_int_equal(bv__session_view(p.s, BV_STR("main.b"))->artifact->schema.v[1].type->id, BV_T_INT64);

	/* The same text under another time is the same; the next time its times are known. */
	place_write(&p, "views/d.sql", "SELECT id FROM raw.t WHERE x > 1");
	assert_int_equal(list_views(&p, true), 3);
	assert_int_equal(list_views(&p, true), 4);

	/* A text of the same length. */
	place_write(&p, "views/d.sql", "SELECT id FROM raw.t WHERE x > 2");
	assert_int_equal(list_views(&p, true), 3);

	/* A view that warns is heard each time; one that is broken too. The others are not opened for them. */
	place_write(&p, "views/w.sql", "CREATE MATERIALIZED VIEW w AS SELECT random() AS r");
	assert_int_equal(list_views(&p, true), 0); /* a new name could be anybody's */
	assert_int_equal(list_views(&p, true), 4);
	assert_int_equal(p.d->items.n, 1);
	place_write(&p, "views/e.sql", "SELECT nothing FROM d");
	assert_int_equal(list_views(&p, false), 0);
	assert_int_equal(list_views(&p, false), 3);
	place_write(&p, "views/f.sql", "SELEC 1");
	assert_int_equal(list_views(&p, false), 3);

	/* A file that is gone, and a view that takes the name of a source. */
	bv__os_remove(bv__path_join(p.arena, p.dir, BV_STR("views/e.sql")).p);
	bv__os_remove(bv__path_join(p.arena, p.dir, BV_STR("views/f.sql")).p);
	assert_int_equal(list_views(&p, true), 0);
	assert_int_equal(list_views(&p, true), 4);
	place_write(&p, "belvedere.yaml", "name: t\n");
	place_write(&p, "views/raw/t.sql", "SELECT 1 AS id, 2.5 AS x, 3 AS w");
	assert_int_equal(list_views(&p, true), 0);
	assert_int_equal(list_views(&p, true), 5);
	bv__os_remove(bv__path_join(p.arena, p.dir, BV_STR("views/raw/t.sql")).p);
	place_write(&p, "belvedere.yaml", sources);
	assert_int_equal(list_views(&p, true), 0);
	assert_int_equal(list_views(&p, true), 4);

	/* A source with another type, then without the column. */
	place_write(&p, "belvedere.yaml", "sources: {raw.t: {location: t, columns: {id: BIGINT, x: FLOAT}}}\n");
	assert_int_equal(list_views(&p, true), 0);
	place_write(&p, "belvedere.yaml", "sources: {raw.t: {location: t, columns: {id: BIGINT, w: FLOAT}}}\n");
	assert_int_equal(list_views(&p, false), 0);

	/* A view that moves to another file, and two that change names. */
	place_write(&p, "belvedere.yaml", sources);
	place_write(&p, "views/d.sql", "CREATE VIEW x.d AS SELECT 1 AS n");
	place_write(&p, "views/d2.sql", "CREATE VIEW x.d2 AS SELECT 'b' AS n");
	assert_int_equal(list_views(&p, true), 0);
	assert_int_equal(list_views(&p, true), 5);
	place_write(&p, "views/d.sql", "CREATE VIEW x.d2 AS SELECT 1 AS n");
	place_write(&p, "views/d2.sql", "CREATE VIEW x.d AS SELECT 'b' AS n");
	assert_int_equal(list_views(&p, true), 0);
	assert_int_equal(list_views(&p, true), 5);
	place_free(&p);
}

/* Where names match without case, a list looks for a second one of that name too. */
static void listed_of_that_name(void **state) {
	(void)state;
	place p = place_new();
	place_write(&p, "belvedere.yaml", "dialect: duckdb\n");
	place_write(&p, "views/t.sql", "CREATE VIEW main.\"T\" AS SELECT 1 AS n");
	place_write(&p, "views/r.sql", "SELECT n FROM t");
	place_write(&p, "views/s.sql", "SELECT N FROM r");
	assert_int_equal(list_views(&p, true), 0);
	assert_int_equal(list_views(&p, true), 3);
	place_write(&p, "views/u.sql", "CREATE VIEW main.t AS SELECT 'x' AS n");
	assert_int_equal(list_views(&p, true), 0);
	assert_int_equal(view(&p, "main.s")->artifact->schema.v[0].type->id == BV_T_INT64, 0);
	assert_int_equal(list_views(&p, true), 1); /* where the name fits two, whoever reads it is compiled each time */
	place_free(&p);
}

/* More views than are kept whole; a chain deeper than any stack. */
static void many_views(void **state) {
	(void)state;
	place p = place_new();
	place_write(&p, "belvedere.yaml", "name: t\n");
	enum { N = 1500 };
	for (int i = 0; i < N; i++) {
		char name[32], text[96];
		snprintf(name, sizeof name, "views/v%04d.sql", N - i);
		snprintf(text, sizeof text, i ? "SELECT n + 1 AS n FROM v%04d" : "SELECT 1 AS n -- %d", i ? N - i + 1 : 0);
		place_write(&p, name, text);
	}
	for (int round = 0; round < 2; round++) {
		reopen(&p);
		if (!compile(&p)) {
			show_all(&p);
			fail();
		}
		assert_int_equal(cached(&p), round ? N : 0);
		bv_view *v = bv__session_view(p.s, BV_STR("main.v0700"));
		char key[65];
		memcpy(key, v->artifact->ast_fingerprint, 65);
		assert_true(bv__view_ready(p.s, v, p.d));
		assert_non_null(v->artifact->ast);
		assert_string_equal(v->artifact->ast_fingerprint, key);
	}
	place_free(&p);
}

/* ---- templates ---- */

static void set_variables(place *p, const char *mode, const char *variables) {
	place_write(p, "belvedere.yaml", bv__arena_printf(p->arena, "policy: {templates: %s}\nvariables: %s\n", mode, variables).p);
	reopen(p);
	if (!compile(p)) {
		show_all(p);
		fail();
	}
}

static const char *key_of(place *p, const char *name) {
	return bv__arena_strz(p->arena, view(p, name)->artifact->ast_fingerprint).p;
}

/* A variable that a view can read is part of what it was compiled from, others are not. */
static void variables(void **state) {
	(void)state;
	static const char *const modes[] = {"render", "placeholders"};
	for (int i = 0; i < 2; i++) {
		place p = place_new();
		place_write(&p, "views/a.sql", "SELECT ${n} AS n");
		place_write(&p, "views/b.sql", "SELECT n FROM a");
		place_write(&p, "views/c.sql", "SELECT 1 AS other");
		set_variables(&p, modes[i], "{n: 1, m: 1, other: 1}");
		const char *a = key_of(&p, "main.a"), *b = key_of(&p, "main.b"), *c = key_of(&p, "main.c");
		assert_int_equal(cached(&p), 0);
		set_variables(&p, modes[i], "{n: 1, m: 2, other: 1}");
		assert_int_equal(cached(&p), 3);
		set_variables(&p, modes[i], "{n: 2, m: 2, other: 1}");
		assert_int_equal(cached(&p), 2);
		assert_string_not_equal(key_of(&p, "main.a"), a);
		assert_string_equal(key_of(&p, "main.b"), b);
		set_variables(&p, modes[i], "{n: 1, other: 2}");
		assert_int_equal(cached(&p), 2); /* one row a file */
		assert_string_equal(key_of(&p, "main.a"), a);
		assert_string_equal(key_of(&p, "main.c"), c);
		/* Where templates are refused, variables are nobody's. */
		place_write(&p, "views/a.sql", "SELECT 1 AS n");
		set_variables(&p, "refuse", "{n: 1}");
		set_variables(&p, "refuse", "{n: 2}");
		assert_int_equal(cached(&p), 3);
		place_free(&p);
	}
}

/* Text of views/v.sql under a mode, and the start of what is said. */
static void wrong_templates(void **state) {
	(void)state;
	static const struct {
		const char *mode, *text, *says;
	} cases[] = {
		{"render", "CREATE VIEW v WITH (dialect = '${b}') AS SELECT 1 AS n", "BV3009 1:31-1:37 unknown dialect \"${b}\""},
		{"render", "SELECT ${strat} AS n", "BV1017 1:8-1:16 variable `strat` has no value | did you mean start?"},
		{"render", "CREATE VIEW v WITH (dialect = 'postgres') AS SELECT :'start' AS \xc3\xbc, :long, nope", "BV2002 1:75-1:79 "},
		{"render", "SELECT ${long},\n (${long} +", "BV1001 2:12-2:12 "},
		{"render", "SELECT (${long}\n +, 1", "BV1001 2:3-2:4 "},
		{"render", "SELECT 1 AS \"${long}\", ${two} FROM nowhere", "BV2001 1:36-1:43 "},
		{"render", "SELECT 1 AS n; SELECT ${long}", "BV3006 1:16-1:30 "},
		{"render", "SELECT CASE WHEN ${yes} THEN ${long}\n", "BV1001 2:1-2:1 expected WHEN, ELSE or END to close the CASE at line 1"},
		{"render", "SELECT 1 {{ a }} AS n", "BV4001 1:10-1:17 rendering a template needs the engine"},
		{"placeholders", "SELECT {{ nope }} AS n", "BV1011 1:8-1:18 variable `nope` has no value"},
		{"placeholders", "SELECT {{ n + 1 }} AS n", "BV1011 1:8-1:19 the placeholder is an expression"},
		{"placeholders", "SELECT {{ list }} AS n", "BV1011 1:8-1:18 variable `list` is a list, which is no value of SQL"},
		{"placeholders", "SELECT '{{ n }}' AS n", "BV1011 1:9-1:16 a template mark inside a string cannot be a placeholder"},
		{"placeholders", "SELECT 1 AS \"{{ n }}\"", "BV1011 1:14-1:21 a template mark inside a quoted name cannot be a placeholder"},
		{"placeholders", "SELECT 1 AS a{{ n }}", "BV1011 1:14-1:21 the template mark is a piece of what it touches"},
		{"placeholders", "SELECT 1 AS n FROM {{ n }}", "BV1001 1:20-1:27 expected a table"},
		{"placeholders", "{% if a %}SELECT 1 AS n{% endif %}", "BV1011 1:1-1:11 {% if %} is a statement, which cannot be a placeholder"},
		{"placeholders", "SELECT {{ n AS n", "BV1011 1:8-1:10 the template mark is not closed"},
	};
	for (size_t i = 0; i < BV_COUNT(cases); i++) {
		place p = place_new();
		place_write(&p, "belvedere.yaml", bv__arena_printf(p.arena, "defaults: {materialized: false}\npolicy: {templates: %s}\nvariables: {start: x, long: 123456789, b: duckdb, two: 2, yes: true, n: 1, list: [1]}\n",
			cases[i].mode).p);
		place_write(&p, "views/v.sql", cases[i].text);
		reopen(&p);
		assert_false(compile(&p));
		const char *got = said(&p, 0);
		if (strncmp(got, cases[i].says, strlen(cases[i].says)) != 0) {
			print_error("%s: %s\nwant %s\ngot  %s\n", cases[i].mode, cases[i].text, cases[i].says, got);
			fail();
		}
		place_free(&p);
	}
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(heads), cmocka_unit_test(wrong_files), cmocka_unit_test(same_names), cmocka_unit_test(foreign_text), cmocka_unit_test(unchanged_files),
		cmocka_unit_test(another_of_that_name), cmocka_unit_test(many_errors), cmocka_unit_test(cycles), cmocka_unit_test(listed), cmocka_unit_test(listed_of_that_name), cmocka_unit_test(many_views),
		cmocka_unit_test(variables), cmocka_unit_test(wrong_templates),
	};
	return cmocka_run_group_tests_name("views", tests, NULL, NULL);
}
