/* Plans. In: a small project, tables as their logs would tell of them, and what happened to them since the last refresh. Out: each view's action and
 * its reasons; who is an orphan. */
#include "tables.h"

#define SOURCE "[{\"name\":\"k\",\"type\":\"Int64\",\"nullable\":true},{\"name\":\"s\",\"type\":\"Utf8View\",\"nullable\":true}]"

static void source(const char *where) {
	fake_table *t = table(where);
	*t = (fake_table){.place = where, .exists = true, .id = where, .version = 3, .data_version = 3, .schema = SOURCE, .certificate = BV_STR("")};
}

/* raw.a -> staging.a (table) -> main.p (plain) -> main.m (table) -> main.z (table); raw.b -> main.p. */
static place make(void) {
	place p = place_new();
	fake.n = 0;
	fake.engine = "{\"name\":\"fake\",\"version\":\"1\"}";
	source("data/a");
	source("data/b");
	place_write(&p, "belvedere.yaml", "name: t\nsources:\n  raw.a: {location: data/a}\n  raw.b: {location: data/b}\n");
	place_write(&p, "views/staging/a.sql", "SELECT k, s FROM raw.a");
	place_write(&p, "views/p.sql", "CREATE VIEW p AS SELECT a.k, b.s FROM staging.a AS a CROSS JOIN raw.b AS b");
	place_write(&p, "views/m.sql", "SELECT k, s FROM p");
	place_write(&p, "views/z.sql", "SELECT k, s FROM m");
	open_place(&p);
	return p;
}

static place make_built(void) {
	place p = make();
	bv_run_options o = BV_RUN_OPTIONS_INIT;
	assert_int_equal(refresh(&p, &o), 3);
	open_place(&p);
	return p;
}

#define assert_plan(p, o, text)                        \
	do {                                               \
		const char *plan_is = plan_text((p), (o));     \
		if (strcmp(plan_is, (text)) != 0) {            \
			show_all(p);                               \
		}                                              \
		assert_string_equal(plan_is, (text));          \
	} while (0)

#define NOTHING "staging.a skip\nmain.m skip\nmain.z skip"

static void first_and_second(void **state) {
	(void)state;
	place p = make();
	bv_run_options o = BV_RUN_OPTIONS_INIT;
	assert_plan(&p, &o, "staging.a build never_built()\nmain.m build never_built()\nmain.z build never_built()");
	assert_int_equal(p.d->items.n, 0);
	char *json = NULL;
	assert_int_equal(bv_project_plan(p.s, &o, &json, p.d), BV_OK);
	assert_string_equal(json, "{\"views\":[{\"name\":\"staging.a\",\"action\":\"build\",\"reasons\":[{\"code\":\"never_built\",\"detail\":\"\"}]},"
		"{\"name\":\"main.m\",\"action\":\"build\",\"reasons\":[{\"code\":\"never_built\",\"detail\":\"\"}]},"
		"{\"name\":\"main.z\",\"action\":\"build\",\"reasons\":[{\"code\":\"never_built\",\"detail\":\"\"}]}],\"orphans\":[]}");
	bv_text_free(json);
	assert_int_equal(refresh(&p, &o), 3);
	assert_plan(&p, &o, NOTHING);
	open_place(&p);
	assert_plan(&p, &o, NOTHING);
	assert_int_equal(refresh(&p, &o), 0);
	place_free(&p);
}

/* One version of each input, under its own name, through plain views; what is built first has none yet. */
static void pins(void **state) {
	(void)state;
	place p = make();
	bv_run_options o = BV_RUN_OPTIONS_INIT;
	bv_arena *a = bv__arena_new();
	bv_plan plan;
	table("data/b")->version = 7; /* files moved since the last change of data */
	assert_true(bv__plan_make(p.s, &o, a, &plan, p.d));
	const bv_view_plan *m = bv__map_get(&plan.view_by_name, BV_STR("main.m"));
	assert_int_equal(m->inputs.n, 2);
	assert_str(m->inputs.v[0].name, "raw.b");
	assert_str(m->inputs.v[0].table_id, "data/b");
	assert_str(m->inputs.v[0].version, "3");
	assert_str(m->inputs.v[1].name, "staging.a");
	assert_str(m->inputs.v[1].version, "");
	assert_int_equal(m->plain.n, 1);
	assert_true(bv__str_starts(m->plain.v[0], "main.p=") && m->plain.v[0].n == 7 + 64);
	assert_int_equal(m->refresh, 1);
	assert_false(m->exists || m->has_certificate);
	assert_int_equal(plan.pins.n, 4);
	static const char *const names[] = {"main.m", "raw.a", "raw.b", "staging.a"};
	for (uint32_t i = 0; i < 4; i++) {
		assert_str(plan.pins.v[i].name, names[i]);
		assert_ptr_equal(bv__map_get(&plan.pin_by_name, plan.pins.v[i].name), &plan.pins.v[i]);
	}
	assert_int_equal(plan.pins.v[2].read, 7);
	assert_str(plan.pins.v[2].version, "3");
	assert_true(plan.pins.v[2].exists && plan.pins.v[2].dataset && !plan.pins.v[2].view);
	assert_true(!plan.pins.v[3].exists && plan.pins.v[3].view && plan.pins.v[3].read == -1);
	bv__arena_free(a);
	a = bv__arena_new();
	refresh(&p, &o);
	assert_true(bv__plan_make(p.s, &o, a, &plan, p.d));
	m = bv__map_get(&plan.view_by_name, BV_STR("main.m"));
	assert_true(m->exists && m->has_certificate && m->version == 0 && m->data_version == 0 && m->refresh == 2);
	assert_int_equal(m->certificate.output_version, 0);
	assert_str(m->inputs.v[1].version, "0");
	bv__arena_free(a);
	place_free(&p);
}

/* What happens to files and tables between two runs, and what the plan makes of it. */
typedef struct change {
	const char *file, *text; /* NULL: removed */
	const char *file2, *text2;
} change;

static void edits(void **state) {
	(void)state;
	static const struct {
		change c;
		const char *plan;
	} cases[] = {
		{{"views/staging/a.sql", "-- a comment\nSELECT  k,\n\ts\nFROM raw.a"}, NOTHING},
		{{"views/staging/a.sql", "SELECT k, s FROM raw.a WHERE s IS NOT NULL"},
			"staging.a build view_changed(its query has changed)\nmain.m build upstream_stale(staging.a)\nmain.z build upstream_stale(main.m)"},
		{{"views/z.sql", "SELECT k, s FROM m WHERE s IS NULL"}, "staging.a skip\nmain.m skip\nmain.z build view_changed(its query has changed)"},
		/* A plain view hands its key on. */
		{{"views/p.sql", "CREATE VIEW p AS SELECT a.k, b.s FROM staging.a AS a CROSS JOIN raw.b AS b WHERE a.k IS NOT NULL"},
			"staging.a skip\nmain.m build view_changed(plain view main.p has changed)\nmain.z build upstream_stale(main.m)"},
		{{"views/m.sql", "SELECT k, s FROM q", "views/q.sql", "CREATE VIEW q AS SELECT k, s FROM p"},
			"staging.a skip\nmain.m build view_changed(its query has changed, plain view main.q is now read through)\nmain.z build upstream_stale(main.m)"},
		/* A table becomes a plain view: its readers' trees are the same, what they stand for is not. It keeps its table: an orphan. */
		{{"views/staging/a.sql", "CREATE VIEW staging.a AS SELECT k, s FROM raw.a"},
			"main.m build view_changed(plain view staging.a is now read through)\nmain.z build upstream_stale(main.m)\nstaging.a orphan table"},
		{{"views/p.sql", "CREATE MATERIALIZED VIEW p AS SELECT a.k, b.s FROM staging.a AS a CROSS JOIN raw.b AS b"},
			"staging.a skip\nmain.p build never_built()\nmain.m build view_changed(plain view main.p is no longer read through) upstream_stale(main.p)\n"
			"main.z build upstream_stale(main.m)"},
		/* How it is stored and described is no reader's matter. */
		{{"views/m.sql", "CREATE MATERIALIZED VIEW m COMMENT 'x' AS SELECT k, s FROM p"}, "staging.a skip\nmain.m build storage storage_changed(comments or properties)\nmain.z skip"},
		{{"views/m.sql", "CREATE MATERIALIZED VIEW m WITH (properties = ('x.y' = 'z')) AS SELECT k, s FROM p"},
			"staging.a skip\nmain.m build storage storage_changed(comments or properties)\nmain.z skip"},
		{{"views/m.sql", "CREATE MATERIALIZED VIEW m WITH (partition_by = ('s')) AS SELECT k, s FROM p"},
			"staging.a skip\nmain.m build layout storage_changed(another partitioning)\nmain.z skip"},
		{{"views/m.sql", "CREATE MATERIALIZED VIEW m WITH (tags = ('x')) AS SELECT k, s FROM p"}, NOTHING},
		{{"views/m.sql", "CREATE MATERIALIZED VIEW m COMMENT 'x' AS SELECT k, s FROM p WHERE k IS NULL"},
			"staging.a skip\nmain.m build view_changed(its query has changed) storage_changed(comments or properties)\nmain.z build upstream_stale(main.m)"},
		{{"views/m.sql", "CREATE MATERIALIZED VIEW m WITH (refresh = 'always') AS SELECT k, s FROM p"},
			"staging.a skip\nmain.m build always(refresh = 'always')\nmain.z build upstream_stale(main.m)"},
		/* Contracts: a new column is fine, what breaks readers is refused, and blocks those who read it. */
		{{"views/m.sql", "SELECT k, s, k AS k2 FROM p"},
			"staging.a skip\nmain.m build view_changed(its query has changed)\nmain.z build upstream_stale(main.m)"},
		{{"views/m.sql", "SELECT s, k FROM p"}, "staging.a skip\nmain.m blocked contract_refused(column s moves from place 2 to 1)\nmain.z blocked upstream_blocked(main.m)"},
		{{"views/z.sql", "SELECT k FROM m"}, "staging.a skip\nmain.m skip\nmain.z blocked contract_refused(column s is removed)"},
		{{"views/z.sql", "SELECT s AS k, s FROM m"}, "staging.a skip\nmain.m skip\nmain.z blocked contract_refused(column k was Int64, becomes Utf8)"},
		/* Invalid views and those that read them. */
		{{"views/m.sql", "SELECT nothing FROM p"}, NULL},
	};
	for (size_t i = 0; i < BV_COUNT(cases); i++) {
		place p = make_built();
		bv_run_options o = BV_RUN_OPTIONS_INIT;
		place_write(&p, cases[i].c.file, cases[i].c.text);
		if (cases[i].c.file2) {
			place_write(&p, cases[i].c.file2, cases[i].c.text2);
		}
		if (cases[i].plan) {
			const char *got = plan_text(&p, &o);
			if (strcmp(got, cases[i].plan) != 0) {
				print_error("%s\n", cases[i].c.text);
				show_all(&p);
			}
			assert_string_equal(got, cases[i].plan);
		} else {
			const char *got = plan_text(&p, &o);
			assert_non_null(strstr(got, "main.m blocked invalid(BV2002 "));
			assert_non_null(strstr(got, "main.z blocked upstream_blocked(main.m)"));
			assert_non_null(strstr(got, "staging.a skip"));
			char *json = NULL;
			assert_int_equal(bv_project_plan(p.s, &o, &json, p.d), BV_FAILED);
			assert_non_null(json); /* the plan is there all the same */
			bv_text_free(json);
		}
		/* What is planned is done once: the next plan has nothing to do, but for what is blocked or always built. */
		refresh(&p, &o);
		const char *after = plan_text(&p, &o);
		if (!strstr(after, "blocked") && !strstr(after, "always")) {
			assert_null(strstr(after, "build"));
		}
		place_free(&p);
	}
}

static void allowed(void **state) {
	(void)state;
	place p = make_built();
	bv_run_options o = BV_RUN_OPTIONS_INIT;
	place_write(&p, "views/z.sql", "SELECT k FROM m");
	o.allow_breaking = true;
	assert_plan(&p, &o, "staging.a skip\nmain.m skip\nmain.z build view_changed(its query has changed)");
	refresh(&p, &o);
	o.allow_breaking = false;
	assert_plan(&p, &o, NOTHING);
	place_free(&p);
}

static void tables_move(void **state) {
	(void)state;
	enum { REWRITTEN, APPENDED, OTHER, OPTIMIZED, GONE, UNREADABLE, NEW_COLUMN };
	static const struct {
		const char *place;
		int what;
		const char *plan;
	} cases[] = {
		{"data/a", REWRITTEN, NOTHING}, /* only files: the newest change of data is the same */
		{"data/a", APPENDED, "staging.a build input_moved(raw.a: version 3 -> 4)\nmain.m build upstream_stale(staging.a)\nmain.z build upstream_stale(main.m)"},
		{"data/b", APPENDED, "staging.a skip\nmain.m build input_moved(raw.b: version 3 -> 4)\nmain.z build upstream_stale(main.m)"},
		{"data/b", OTHER, "staging.a skip\nmain.m build input_moved(raw.b is another table)\nmain.z build upstream_stale(main.m)"},
		{"main/m", OPTIMIZED, NOTHING},
		{"main/m", APPENDED, "staging.a skip\nmain.m blocked target_changed(version 1 was written by another client; the last refresh wrote version 0)\nmain.z blocked upstream_blocked(main.m)"},
		{"staging/a", GONE, "staging.a build target_missing(there is no table at *)\nmain.m build upstream_stale(staging.a)\nmain.z build upstream_stale(main.m)"},
		{"main/m", UNREADABLE, "staging.a skip\nmain.m blocked invalid(its table: the log is broken)\nmain.z blocked upstream_blocked(main.m)"},
		{"data/b", UNREADABLE, "staging.a skip\nmain.m blocked invalid(source raw.b: the log is broken)\nmain.z blocked upstream_blocked(main.m)"},
		{"data/b", GONE, "staging.a skip\nmain.m blocked invalid(source raw.b: there is no Delta table at *)\nmain.z blocked upstream_blocked(main.m)"},
		{"data/b", NEW_COLUMN, "staging.a skip\nmain.m blocked invalid(source raw.b: its columns have changed since the views were compiled)\nmain.z blocked upstream_blocked(main.m)"},
	};
	for (size_t i = 0; i < BV_COUNT(cases); i++) {
		place p = make_built();
		bv_run_options o = BV_RUN_OPTIONS_INIT;
		assert_plan(&p, &o, NOTHING); /* compiled: what happens now, happens under an open session */
		fake_table *t = table(cases[i].place);
		bool error = false;
		switch (cases[i].what) {
		case REWRITTEN:
		case OPTIMIZED:
			t->version++;
			break;
		case APPENDED:
			t->data_version = ++t->version;
			break;
		case OTHER:
			t->id = "another";
			break;
		case GONE:
			t->exists = false;
			error = t->kind == NULL;
			break;
		case UNREADABLE:
			t->failure = "the log is broken";
			error = true;
			break;
		default:
			t->schema = "[{\"name\":\"k\",\"type\":\"Int64\",\"nullable\":true}]";
			error = true;
			break;
		}
		const char *got = plan_text(&p, &o), *want = cases[i].plan, *star = strchr(want, '*');
		if (star) {
			/* The place of a table is in a folder of the test's own. */
			assert_memory_equal(got, want, (size_t)(star - want));
			assert_true(bv__str_ends(bv__str(got), strchr(star, '\n')));
		} else {
			assert_string_equal(got, want);
		}
		assert_int_equal(p.d->errors, error ? 1 : 0);
		if (error) {
			assert_int_equal(p.d->items.v[0].code, BV_E_DATASET);
			assert_true(p.d->items.v[0].span.file > 0);
		}
		place_free(&p);
	}
}

static void forced(void **state) {
	(void)state;
	place p = make_built();
	bv_run_options o = BV_RUN_OPTIONS_INIT;
	o.full_refresh = true;
	assert_plan(&p, &o, "staging.a build forced(--full-refresh)\nmain.m build upstream_stale(staging.a) forced(--full-refresh)\nmain.z build upstream_stale(main.m) forced(--full-refresh)");
	/* What another client wrote is rebuilt only so; what Belvedere did not make, never. */
	table("main/z")->data_version = ++table("main/z")->version;
	assert_plan(&p, &o, "staging.a build forced(--full-refresh)\nmain.m build upstream_stale(staging.a) forced(--full-refresh)\nmain.z build upstream_stale(main.m) forced(--full-refresh)");
	table("main/z")->kind = NULL;
	table("main/z")->certificate = BV_STR("");
	assert_non_null(strstr(plan_text(&p, &o), "main.z blocked target_changed("));
	assert_non_null(strstr(plan_text(&p, &o), "a Delta table that Belvedere did not make as a view; it is never written)"));
	table("main/z")->kind = "source";
	assert_non_null(strstr(plan_text(&p, &o), "a loaded table that Belvedere did not make as a view; it is never written)"));
	table("main/z")->kind = "view";
	table("main/z")->certificate = table("main/m")->certificate;
	assert_non_null(strstr(plan_text(&p, &o), "holds the table of view main.m; it is never written)"));
	place_free(&p);
}

static bool remove_registry(place *p) {
	bv_session_close(p->s);
	p->s = NULL;
	bool ok = bv__os_remove(bv__path_join(p->arena, p->dir, BV_STR(".belvedere/registry.db")).p);
	bv__os_remove(bv__path_join(p->arena, p->dir, BV_STR(".belvedere/registry.db-wal")).p);
	bv__os_remove(bv__path_join(p->arena, p->dir, BV_STR(".belvedere/registry.db-shm")).p);
	open_place(p);
	return ok;
}

static void certificates(void **state) {
	(void)state;
	place p = make_built();
	bv_run_options o = BV_RUN_OPTIONS_INIT;
	bv_certificate c;
	/* A lost registry is rebuilt from the logs. */
	assert_true(remove_registry(&p));
	assert_false(bv__registry_get_certificate(p.s->registry, p.arena, BV_STR("main.m"), &c, p.d));
	assert_plan(&p, &o, NOTHING);
	assert_true(bv__registry_get_certificate(p.s->registry, p.arena, BV_STR("main.m"), &c, p.d));
	assert_int_equal(c.output_version, 0);
	assert_int_equal(c.refresh, 1);
	/* A log without it: the registry's word counts while nothing was written since … */
	table("main/m")->certificate = BV_STR("");
	assert_plan(&p, &o, NOTHING);
	/* … and not when the log says that something was, or nothing is known at all: the view is rebuilt, and that is said. */
	table("main/m")->data_version = table("main/m")->version = 9;
	const char *lost = "staging.a skip\nmain.m build never_built(the certificate of its last refresh has left the Delta log)\nmain.z build upstream_stale(main.m)";
	assert_plan(&p, &o, lost);
	assert_int_equal(p.d->items.n, 1);
	assert_int_equal(p.d->items.v[0].code, BV_E_CERTIFICATE_LOST);
	assert_int_equal(p.d->errors, 0);
	assert_true(remove_registry(&p));
	assert_plan(&p, &o, lost);
	/* A damaged one is none. */
	table("main/m")->certificate = BV_STR("{\"view\":\"main.m\"}");
	assert_plan(&p, &o, lost);
	refresh(&p, &o);
	assert_plan(&p, &o, NOTHING);
	place_free(&p);
}

/* A crash after the commit: the log is ahead of the registry. */
static void crashed(void **state) {
	(void)state;
	place p = make_built();
	bv_run_options o = BV_RUN_OPTIONS_INIT;
	bv_session_close(p.s);
	p.s = NULL;
	bv_str path = bv__path_join(p.arena, p.dir, BV_STR(".belvedere/registry.db")), before;
	int err = 0;
	assert_true(bv__os_read_file(p.arena, path.p, 1 << 24, &before, &err));
	table("data/a")->data_version = ++table("data/a")->version;
	open_place(&p);
	assert_int_equal(refresh(&p, &o), 3);
	bv_session_close(p.s);
	p.s = NULL;
	assert_true(bv__os_write_file(path.p, before, &err));
	open_place(&p);
	assert_plan(&p, &o, NOTHING);
	bv_certificate c;
	assert_true(bv__registry_get_certificate(p.s->registry, p.arena, BV_STR("main.z"), &c, p.d));
	assert_int_equal(c.refresh, 2);
	assert_int_equal(c.output_version, 1);
	place_free(&p);
}

static void policies(void **state) {
	(void)state;
	static const char yaml[] = "name: t\nsources:\n  raw.a: {location: data/a}\n  raw.b: {location: data/b}\npolicy: {max_distance: 64}\n";
	place p = make_built();
	bv_run_options o = BV_RUN_OPTIONS_INIT;
	bv_certificate before, after;
	assert_true(bv__registry_get_certificate(p.s->registry, p.arena, BV_STR("main.m"), &before, p.d));
	place_write(&p, "belvedere.yaml", yaml);
	open_place(&p);
	/* The same trees: new keys, no rebuild; from the logs, too. */
	assert_plan(&p, &o, NOTHING);
	assert_true(bv__registry_get_certificate(p.s->registry, p.arena, BV_STR("main.m"), &after, p.d));
	assert_true(bv__str_eq(before.ast_fingerprint, after.ast_fingerprint));
	assert_false(bv__str_eq(before.policy_hash, after.policy_hash));
	assert_int_equal(before.refresh, after.refresh);
	assert_true(remove_registry(&p));
	assert_plan(&p, &o, NOTHING);
	assert_plan(&p, &o, NOTHING);
	/* Another tree under another policy is the policy's doing. */
	place_write(&p, "belvedere.yaml", "name: t\nsources:\n  raw.a: {location: data/a}\n  raw.b: {location: data/b}\n");
	place_write(&p, "views/m.sql", "SELECT k, s FROM p WHERE k IS NULL");
	open_place(&p);
	assert_plan(&p, &o, "staging.a skip\nmain.m build policy_changed(its tree is another one under the new policy)\nmain.z build upstream_stale(main.m)");
	place_free(&p);
}

static void engines(void **state) {
	(void)state;
	place p = make_built();
	bv_run_options o = BV_RUN_OPTIONS_INIT;
	fake.engine = "{\"name\":\"fake\",\"version\":\"2\"}";
	assert_plan(&p, &o, "staging.a skip engine_changed(computed by fake 1)\nmain.m skip engine_changed(computed by fake 1)\nmain.z skip engine_changed(computed by fake 1)");
	p.s->api = NULL;
	assert_plan(&p, &o, "no plan");
	assert_int_equal(p.d->items.v[0].code, BV_E_ENGINE_MISSING);
	place_free(&p);
}

static void selections(void **state) {
	(void)state;
	place p = make();
	bv_run_options o = BV_RUN_OPTIONS_INIT;
	const char *z[] = {"z"}, *to_m[] = {"+m"}, *m[] = {"m"}, *nothing[] = {"nothing"};
	o.selection = (bv_selection){z, 1, NULL, 0};
	assert_plan(&p, &o, "main.z blocked upstream_blocked(main.m was never built and is not selected)");
	o.selection = (bv_selection){to_m, 1, NULL, 0};
	assert_plan(&p, &o, "staging.a build never_built()\nmain.m build never_built()");
	assert_int_equal(refresh(&p, &o), 2);
	o.selection = (bv_selection){z, 1, NULL, 0};
	assert_plan(&p, &o, "main.z build never_built()");
	assert_int_equal(refresh(&p, &o), 1);
	/* A stale parent that is not selected is read as it is. */
	table("data/b")->data_version = ++table("data/b")->version;
	open_place(&p);
	assert_plan(&p, &o, "main.z skip");
	o.selection = (bv_selection){NULL, 0, m, 1};
	assert_plan(&p, &o, "staging.a skip\nmain.z skip");
	o.selection = (bv_selection){m, 1, NULL, 0};
	assert_plan(&p, &o, "main.m build input_moved(raw.b: version 3 -> 4)");
	place_free(&p);
	/* But not when its table has other columns than the view that was compiled against. */
	p = make_built();
	place_write(&p, "views/m.sql", "SELECT k, s, k AS k2 FROM p");
	o.selection = (bv_selection){z, 1, NULL, 0};
	assert_plan(&p, &o, "main.z blocked upstream_blocked(main.m has other columns than its table and is not selected)");
	o.selection = (bv_selection){nothing, 1, NULL, 0};
	assert_plan(&p, &o, "no plan");
	assert_int_equal(p.d->items.v[0].code, BV_E_SELECTOR);
	place_free(&p);
}

static void orphans(void **state) {
	(void)state;
	place p = make_built();
	bv_run_options o = BV_RUN_OPTIONS_INIT;
	assert_true(bv__os_remove(bv__path_join(p.arena, p.dir, BV_STR("views/z.sql")).p));
	open_place(&p);
	assert_plan(&p, &o, "staging.a skip\nmain.m skip\nmain.z orphan table");
	assert_plan(&p, &o, "staging.a skip\nmain.m skip\nmain.z orphan table");
	table("main/z")->exists = false;
	assert_plan(&p, &o, "staging.a skip\nmain.m skip");
	table("main/z")->exists = true;
	table("main/z")->kind = NULL;
	assert_plan(&p, &o, "staging.a skip\nmain.m skip"); /* not ours */
	/* A view whose file cannot be read is not gone. */
	table("main/z")->kind = "view";
	place_write(&p, "views/z.sql", "SELECT FROM WHERE");
	open_place(&p);
	assert_plan(&p, &o, "staging.a skip\nmain.m skip");
	assert_true(p.d->errors > 0);
	place_free(&p);
	/* Gone, but read: a table, or a plain view. */
	p = make_built();
	assert_true(bv__os_remove(bv__path_join(p.arena, p.dir, BV_STR("views/staging/a.sql")).p));
	open_place(&p);
	const char *got = plan_text(&p, &o);
	assert_non_null(strstr(got, "staging.a orphan table main.p"));
	assert_non_null(strstr(got, "main.m blocked upstream_blocked(main.p)"));
	place_free(&p);
	p = make_built();
	assert_true(bv__os_remove(bv__path_join(p.arena, p.dir, BV_STR("views/p.sql")).p));
	open_place(&p);
	got = plan_text(&p, &o);
	assert_non_null(strstr(got, "main.p orphan gone main.m"));
	place_free(&p);
}

static int host_open(void *ctx, struct ArrowArrayStream *out) {
	(void)ctx;
	(void)out;
	return 5;
}

/* Files have a hash for a version, tables of the host their own text. */
static void other_inputs(void **state) {
	(void)state;
	for (int round = 0; round < 2; round++) {
		place p = place_new();
		bv_run_options o = BV_RUN_OPTIONS_INIT;
		fake.n = 0;
		fake.engine = "{\"name\":\"fake\",\"version\":\"1\"}";
		source("data/f");
		table("data/f")->exists = false;
		table("data/f")->files = "0123";
		place_write(&p, "belvedere.yaml", "name: t\nsources:\n  raw.f: {location: data/f, format: parquet}\n");
		place_write(&p, "views/v.sql", "SELECT f.k, h.s FROM raw.f AS f CROSS JOIN h");
		for (int session = 0; session < 2; session++) {
			open_place(&p);
			bv_arena *a = bv__arena_new();
			bv_schema_t schema;
			struct ArrowSchema arrow;
			assert_true(bv__schema_from_json(a, bv__str(SOURCE), &schema));
			assert_true(bv__schema_export(&schema, &arrow));
			bv_table_source host = {.size = sizeof host, .schema = &arrow, .version = session && round ? "v2" : "v1", .open = host_open};
			assert_int_equal(bv_table_register(p.s, "h", &host, p.d), BV_OK);
			arrow.release(&arrow);
			bv__arena_free(a);
			if (session == 0) {
				assert_plan(&p, &o, "main.v build never_built()");
				assert_int_equal(refresh(&p, &o), 1);
				assert_plan(&p, &o, "main.v skip");
			}
		}
		assert_plan(&p, &o, round ? "main.v build input_moved(main.h: version v1 -> v2)" : "main.v skip");
		table("data/f")->files = "4567";
		assert_plan(&p, &o, round ? "main.v build input_moved(main.h: version v1 -> v2) input_moved(raw.f: its files have changed)" : "main.v build input_moved(raw.f: its files have changed)");
		table("data/f")->files = NULL;
		assert_plan(&p, &o, "main.v blocked invalid(source raw.f: no file is there)");
		place_free(&p);
	}
}

/* A repartitioned or re-described table, or an empty result over an empty one: no new data, whatever the version. */
static void no_new_data(void **state) {
	(void)state;
	place p = make_built();
	bv_run_options o = BV_RUN_OPTIONS_INIT;
	fake_table *t = table("main/m");
	t->version = t->certificate_version = 4;
	assert_plan(&p, &o, NOTHING);
	assert_true(remove_registry(&p));
	assert_plan(&p, &o, NOTHING);
	place_free(&p);
}

static void graphs(void **state) {
	(void)state;
	place p = make();
	char *json = NULL;
	const char *select[] = {"+p"};
	bv_selection selection = {select, 1, NULL, 0};
	assert_int_equal(bv_project_graph(p.s, &selection, &json, p.d), BV_OK);
	assert_string_equal(json, "{\"nodes\":[{\"name\":\"main.p\",\"kind\":\"view\",\"materialized\":false,\"file\":\"views/p.sql\",\"tags\":[]},"
		"{\"name\":\"raw.a\",\"kind\":\"source\",\"materialized\":false,\"file\":null,\"tags\":[]},"
		"{\"name\":\"raw.b\",\"kind\":\"source\",\"materialized\":false,\"file\":null,\"tags\":[]},"
		"{\"name\":\"staging.a\",\"kind\":\"view\",\"materialized\":true,\"file\":\"views/staging/a.sql\",\"tags\":[]}],"
		"\"edges\":[[\"raw.a\",\"staging.a\"],[\"raw.b\",\"main.p\"],[\"staging.a\",\"main.p\"]],\"order\":[\"raw.a\",\"raw.b\",\"staging.a\",\"main.p\"]}");
	bv_text_free(json);
	json = NULL;
	select[0] = "nothing";
	assert_int_equal(bv_project_graph(p.s, &selection, &json, p.d), BV_FAILED);
	assert_null(json);
	assert_int_equal(bv_project_graph(NULL, NULL, &json, p.d), BV_MISUSE);
	place_free(&p);
}

int main(void) {
	const struct CMUnitTest tests[] = {cmocka_unit_test(first_and_second), cmocka_unit_test(pins), cmocka_unit_test(edits), cmocka_unit_test(allowed), cmocka_unit_test(tables_move),
		cmocka_unit_test(forced), cmocka_unit_test(certificates), cmocka_unit_test(crashed), cmocka_unit_test(policies), cmocka_unit_test(engines), cmocka_unit_test(selections),
		cmocka_unit_test(orphans), cmocka_unit_test(other_inputs), cmocka_unit_test(no_new_data), cmocka_unit_test(graphs)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
