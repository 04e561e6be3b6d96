/* The registry file: what goes in comes out, a transaction is all or nothing, a file that cannot be used is named. */
#include "project_test.h"

#include <sqlite3.h>

static const char *path_of(place *p) {
	return bv__path_join(p->arena, p->dir, BV_STR("registry.db")).p;
}

static bv_certificate sample(bv_certificate_input *inputs, bv_str *plain, bv_str *vol) {
	inputs[0] = (bv_certificate_input){BV_STR("raw.events"), BV_STR("0a1b"), BV_STR("12")};
	inputs[1] = (bv_certificate_input){BV_STR("raw.\"é\""), BV_STR("file:/x"), BV_STR("abc")};
	plain[0] = BV_STR("main.p=ff00");
	vol[0] = BV_STR("now");
	return (bv_certificate){.view = BV_STR("main.v"), .ast_fingerprint = BV_STR("f1"), .policy_hash = BV_STR("p1"), .storage_hash = BV_STR("s1"), .inputs = inputs,
		.ninputs = 2, .plain = plain, .nplain = 1, .volatile_functions = vol, .nvolatile = 1, .strategy = BV_STR("full"), .rows_in = -1, .rows_out = 7,
		.output_version = 3, .refresh = 4, .engine = BV_STR("datafusion 55.2.0"), .contract = BV_STR("[{\"name\":\"a\",\"type\":\"Int64\",\"nullable\":true}]")};
}

static void certificates(void **state) {
	(void)state;
	place p = place_new();
	bv_certificate_input inputs[2];
	bv_str plain[1], vol[1];
	bv_certificate c = sample(inputs, plain, vol), back;
	bv_buf first = BV_BUF_INIT, second = BV_BUF_INIT;
	bv__certificate_json(&c, &first);
	assert_true(bv__certificate_from_json(p.arena, bv__buf_view(&first), &back));
	bv__certificate_json(&back, &second);
	assert_string_equal(first.p, second.p);
	assert_int_equal(back.refresh, 4);
	assert_str(back.inputs[1].name, "raw.\"é\"");
	bv_registry *r = bv__registry_open(path_of(&p), p.d);
	assert_non_null(r);
	assert_false(bv__registry_get_certificate(r, p.arena, BV_STR("main.v"), &back, p.d));
	assert_true(bv__registry_put_certificate(r, &c, p.d));
	c.refresh = 5;
	c.rows_out = 8;
	assert_true(bv__registry_put_certificate(r, &c, p.d));
	assert_true(bv__registry_get_certificate(r, p.arena, BV_STR("main.v"), &back, p.d));
	assert_int_equal(back.rows_out, 8);
	assert_true(bv__registry_forget(r, BV_STR("main.v"), p.d));
	assert_false(bv__registry_get_certificate(r, p.arena, BV_STR("main.v"), &back, p.d));
	bv__registry_close(r);
	/* From a Delta log anything may come. */
	static const char *const broken[] = {"", "[]", "{}", "null", "{\"view\":1}", "{\"view\":\"x\"", "{\"view\":\"x\",\"inputs\":[1]}"};
	for (size_t i = 0; i < BV_COUNT(broken); i++) {
		assert_false(bv__certificate_from_json(p.arena, bv__str(broken[i]), &back));
	}
	for (size_t n = 0; n < first.n; n++) {
		assert_false(bv__certificate_from_json(p.arena, (bv_str){first.p, (uint32_t)n}, &back));
	}
	bv__buf_free(&first);
	bv__buf_free(&second);
	place_free(&p);
}

static void schemas_and_probes(void **state) {
	(void)state;
	place p = place_new();
	bv_registry *r = bv__registry_open(path_of(&p), p.d);
	bv_str location, schema, lines;
	assert_false(bv__registry_get_schema(r, p.arena, BV_STR("raw.t"), &location, &schema));
	assert_true(bv__registry_put_schema(r, BV_STR("raw.t"), BV_STR("/a"), BV_STR("[]"), p.d));
	assert_true(bv__registry_put_schema(r, BV_STR("raw.t"), BV_STR("/b"), BV_STR("[1]"), p.d));
	assert_true(bv__registry_put_probes(r, BV_STR("{\"b\":1}\n{\"a\":1}\n{\"b\":1}\n"), p.d));
	bv__registry_close(r);
	r = bv__registry_open(path_of(&p), p.d);
	assert_true(bv__registry_get_schema(r, p.arena, BV_STR("raw.t"), &location, &schema));
	assert_str(location, "/b");
	assert_str(schema, "[1]");
	assert_true(bv__registry_get_probes(r, p.arena, &lines));
	assert_str(lines, "{\"a\":1}\n{\"b\":1}\n");
	bv__registry_close(r);
	place_free(&p);
}

static void transaction(void **state) {
	(void)state;
	place p = place_new();
	bv_registry *r = bv__registry_open(path_of(&p), p.d), *other = bv__registry_open(path_of(&p), p.d);
	bv_str location, schema;
	assert_true(bv__registry_begin(r, p.d));
	assert_true(bv__registry_put_schema(r, BV_STR("raw.t"), BV_STR("/a"), BV_STR("[]"), p.d));
	/* A reader waits for nobody and sees what was committed. */
	assert_false(bv__registry_get_schema(other, p.arena, BV_STR("raw.t"), &location, &schema));
	assert_true(bv__registry_commit(r, p.d));
	assert_true(bv__registry_get_schema(other, p.arena, BV_STR("raw.t"), &location, &schema));
	bv__registry_close(other);
	bv__registry_close(r);
	assert_int_equal(p.d->items.n, 0);
	place_free(&p);
}

static void damaged(void **state) {
	(void)state;
	place p = place_new();
	place_write(&p, "registry.db", "this is no database, and it is long enough that nobody could take it for an empty one; "
		"a file of SQLite starts with its name and a format number, this one does not. ................................................................");
	assert_null(bv__registry_open(path_of(&p), p.d));
	assert_int_equal(p.d->items.n, 1);
	assert_int_equal(p.d->items.v[0].code, BV_E_REGISTRY);
	assert_non_null(strstr(p.d->items.v[0].hint.p, "remove the file"));
	place_free(&p);
}

static void run_sql(place *p, const char *sql) {
	sqlite3 *db = NULL;
	assert_int_equal(sqlite3_open(path_of(p), &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

static void cut_short(void **state) {
	(void)state;
	place p = place_new();
	bv_registry *r = bv__registry_open(path_of(&p), p.d);
	for (int i = 0; i < 200; i++) {
		bv_str name = bv__arena_printf(p.arena, "raw.t%d", i);
		assert_true(bv__registry_put_schema(r, name, BV_STR("/a/place/that/is/long/enough/to/fill/pages"), BV_STR("[]"), p.d));
	}
	bv__registry_close(r);
	run_sql(&p, "PRAGMA wal_checkpoint(TRUNCATE)"); /* else its log has all of it */
	assert_int_equal(truncate(path_of(&p), 8192), 0);
	/* Found when it is opened or when it is read: an error either way, and no crash. */
	r = bv__registry_open(path_of(&p), p.d);
	if (r) {
		bv_recorded_view *v;
		uint32_t n;
		for (int i = 0; i < 200 && p.d->errors == 0; i++) {
			(void)!bv__registry_put_schema(r, bv__arena_printf(p.arena, "raw.x%d", i), BV_STR("/b"), BV_STR("[]"), p.d);
		}
		(void)!bv__registry_recorded(r, p.arena, &v, &n, p.d);
		bv__registry_close(r);
	}
	assert_true(p.d->errors > 0);
	assert_int_equal(p.d->items.v[0].code, BV_E_REGISTRY);
	place_free(&p);
}

static void newer(void **state) {
	(void)state;
	place p = place_new();
	bv__registry_close(bv__registry_open(path_of(&p), p.d));
	run_sql(&p, "PRAGMA user_version = 99");
	assert_null(bv__registry_open(path_of(&p), p.d));
	assert_int_equal(p.d->items.v[0].code, BV_E_REGISTRY);
	assert_non_null(strstr(p.d->items.v[0].message.p, "newer"));
	place_free(&p);
}

/* A file of version 1: artifacts without hashes of columns. They stay, view files are compiled anew, and then the hashes are there. */
static void older(void **state) {
	(void)state;
	place p = place_new();
	bv_column_hash hash = {BV_STR("a"), "c0ffee"};
	bv_view_artifact v = {.name = BV_STR("main.v"), .payload = BV_STR("[]"), .ast_fingerprint = "f1", .policy_hash = "p1", .has_schema = true, .has_lineage = true, .columns = &hash, .ncolumns = 1};
	bv_source_row row = {.file = BV_STR("v.sql"), .view = BV_STR("main.v"), .ast_fingerprint = BV_STR("f1"), .policy_hash = BV_STR("p1"), .text_hash = BV_STR("t"), .setting = BV_STR("s"),
		.seen = BV_STR("5ee7"), .brief = BV_STR("[]"), .inputs = BV_STR("[]")}, *rows = NULL;
	bv_compiled_row compiled = {.head = BV_STR("{}"), .schema = BV_STR("[]"), .body = BV_STR("{\"x\":1}")}, again;
	uint32_t n = 9;
	bv_str json;
	bv_registry *r = bv__registry_open(path_of(&p), p.d);
	assert_true(bv__registry_put_artifact(r, &v, false, BV_STR(""), BV_STR(""), BV_STR(""), p.d));
	assert_true(bv__registry_put_source(r, &row, &compiled, p.d));
	assert_true(bv__registry_sources(r, p.arena, BV_STR("s"), &rows, &n, p.d));
	assert_int_equal(n, 1);
	assert_true(bv__registry_get_compiled(r, p.arena, BV_STR("v.sql"), &again));
	assert_string_equal(again.body.p, "{\"x\":1}");
	bv__registry_close(r);
	run_sql(&p, "ALTER TABLE artifact DROP COLUMN columns; DROP TABLE compiled; DROP TABLE source; CREATE TABLE source (file TEXT); PRAGMA user_version = 1");
	r = bv__registry_open(path_of(&p), p.d);
	assert_non_null(r);
	assert_true(bv__registry_sources(r, p.arena, BV_STR("s"), &rows, &n, p.d));
	assert_int_equal(n, 0);
	assert_true(bv__registry_get_artifact_json(r, p.arena, BV_STR("main.v"), &json, p.d));
	assert_non_null(strstr(json.p, "\"inputs\":[],\"columns\":[]}"));
	assert_true(bv__registry_put_artifact(r, &v, false, BV_STR(""), BV_STR(""), BV_STR(""), p.d));
	assert_true(bv__registry_get_artifact_json(r, p.arena, BV_STR("main.v"), &json, p.d));
	assert_non_null(strstr(json.p, "\"columns\":[{\"name\":\"a\",\"hash\":\"c0ffee\"}]}"));
	bv__registry_close(r);
	assert_int_equal(p.d->items.n, 0);
	place_free(&p);
}

int main(void) {
	const struct CMUnitTest tests[] = {cmocka_unit_test(certificates), cmocka_unit_test(schemas_and_probes), cmocka_unit_test(transaction), cmocka_unit_test(damaged),
		cmocka_unit_test(cut_short), cmocka_unit_test(newer), cmocka_unit_test(older)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
