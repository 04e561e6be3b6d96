/* The room `functions`: over the kept snapshot, and over an engine of two functions that counts how often it is asked. */
#include "../unit/test.h"

#include <pthread.h>

#include "functions/functions.h"

#define HASH_A "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define HASH_B "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
#define ENTRY(name, aliases, kind, hash) "{\"name\":\"" name "\",\"aliases\":[" aliases "],\"kind\":\"" kind "\",\"volatility\":\"immutable\",\"hash\":\"" hash "\"}"
#define SNAPSHOT(hash) "{\"engine\":\"test\",\"functions\":[" ENTRY("twice", "\"Double\"", "scalar", hash) "," ENTRY("best", "", "aggregate", HASH_B) "]}"

/* ---- an engine ---- */

static const char *snapshot;
static int asked, fail_as; /* 1: refused, 2: broken, 3: out of memory */
static char last_constants[64];

static char *text_of(const char *z) {
	char *p = malloc(strlen(z) + 1);
	assert_non_null(p);
	memcpy(p, z, strlen(z) + 1);
	return p;
}

static int engine_functions(bv_engine *e, bv_engine_text *out, bv_engine_error *err) {
	(void)e;
	if (!snapshot) {
		memcpy(err->cls, "internal", 9);
		err->message = text_of("nothing today");
		return 1;
	}
	out->p = text_of(snapshot);
	out->n = strlen(snapshot);
	return 0;
}

/* twice: the first argument's type, nullable as it is; Int32 where its constant is "small". */
static int engine_probe(bv_engine *e, const char *kind, const char *name, const struct ArrowSchema *args, const char *constants, struct ArrowSchema *out, struct ArrowSchema *coerced, bv_engine_error *err) {
	(void)e, (void)name, (void)coerced;
	__atomic_add_fetch(&asked, 1, __ATOMIC_SEQ_CST);
	if (fail_as) {
		const char *cls = fail_as == 1 ? "plan" : fail_as == 2 ? "internal" : "resources";
		memcpy(err->cls, cls, strlen(cls) + 1);
		err->message = text_of("no, not these");
		return 1;
	}
	snprintf(last_constants, sizeof last_constants, "%s", constants);
	bv_arena *a = bv__arena_new();
	bv_schema_t in;
	assert_true(bv__schema_import(a, args, &in));
	bv_field f = {.name = BV_STR("x"), .type = in.n ? in.v[0].type : bv__type(BV_T_INT64), .nullable = in.n ? in.v[0].nullable : false};
	if (strstr(constants, "small")) {
		f.type = bv__type(BV_T_INT32);
	}
	if (strcmp(kind, "window") == 0) {
		f.nullable = true;
	}
	assert_true(bv__field_export(&f, out));
	bv__arena_free(a);
	return 0;
}

static void engine_text_free(bv_engine_text *t) {
	free(t->p);
	*t = (bv_engine_text){0};
}

static void engine_error_free(bv_engine_error *e) {
	free(e->message);
	free(e->hint);
	*e = (bv_engine_error){.element = -1};
}

static const bv_engine_api engine = {.size = sizeof(bv_engine_api), .abi = BV_ENGINE_ABI, .functions = engine_functions, .probe = engine_probe, .text_free = engine_text_free, .error_free = engine_error_free};

static bv_functions_t *open_engine(const char *text) {
	bv_diagnostics *d = bv_diagnostics_new();
	snapshot = text;
	asked = fail_as = 0;
	bv_functions_t *fs = bv__functions_from_engine(&engine, NULL, d);
	assert_non_null(fs);
	assert_int_equal(d->items.n, 0);
	bv_diagnostics_free(d);
	return fs;
}

/* ---- the kept snapshot ---- */

static void test_kept(void **state) {
	(void)state;
	bv_diagnostics *d = bv_diagnostics_new();
	bv_functions_t *fs = bv__functions_kept(d);
	assert_non_null(fs);
	uint32_t n = bv__functions_count(fs);
	assert_true(n > 200);
	assert_null(bv__functions_at(fs, n));
	assert_int_equal(bv__functions_hash(fs).n, 64);
	for (uint32_t i = 0; i < n; i++) {
		const bv_function *f = bv__functions_at(fs, i), *before = i ? bv__functions_at(fs, i - 1) : NULL;
		assert_true(!before || before->kind < f->kind || (before->kind == f->kind && bv__str_cmp(before->name, f->name) < 0));
		assert_ptr_equal(bv__functions_find(fs, f->name, (int)f->kind), f);
		assert_int_equal(f->hash.n, 64);
		assert_int_equal(f->json.p[0], '{');
	}
	const bv_function *f = bv__functions_find(fs, BV_STR("SUBSTRING"), -1);
	assert_non_null(f);
	assert_str(f->name, "substr");
	assert_int_equal(f->kind, BV_FN_SCALAR);
	f = bv__functions_find(fs, BV_STR("first_value"), -1);
	assert_int_equal(f->kind, BV_FN_AGGREGATE);
	assert_int_equal(bv__functions_find(fs, BV_STR("First_Value"), BV_FN_WINDOW)->kind, BV_FN_WINDOW);
	assert_int_equal(bv__functions_find(fs, BV_STR("generate_series"), BV_FN_TABLE)->kind, BV_FN_TABLE);
	assert_int_equal(bv__functions_find(fs, BV_STR("random"), -1)->volatility, BV_VOLATILE);
	assert_int_equal(bv__functions_find(fs, BV_STR("now"), -1)->volatility, BV_STABLE);
	assert_int_equal(bv__functions_find(fs, BV_STR("abs"), -1)->volatility, BV_IMMUTABLE);
	assert_null(bv__functions_find(fs, BV_STR("abs"), BV_FN_AGGREGATE));
	assert_null(bv__functions_find(fs, BV_STR("abs"), BV_FN_KIND_COUNT));
	assert_null(bv__functions_find(fs, BV_STR("no_such_function"), -1));
	assert_null(bv__functions_find(fs, BV_STR(""), -1));
	char longer[4096];
	memset(longer, 'a', sizeof longer);
	assert_null(bv__functions_find(fs, (bv_str){longer, sizeof longer}, -1));
	assert_str(bv__functions_nearest(fs, BV_STR("substrng")), "substring");
	assert_str(bv__functions_nearest(fs, BV_STR("qqqqqqqqqqqq")), "");
	/* Without an engine, what is not kept is not known. */
	bv_field arg = {.name = BV_STR("a0"), .type = bv__type(BV_T_FLOAT16), .nullable = true};
	bv_probe_result r;
	assert_false(bv__functions_probe(fs, bv__functions_find(fs, BV_STR("regr_sxy"), -1), &arg, 1, NULL, &r));
	bv__functions_free(fs);
	bv_diagnostics_free(d);
}

static void test_out_of_memory(void **state) {
	(void)state;
	bool done = false;
	for (long n = 1; !done; n++) {
		bv_diagnostics *d = bv_diagnostics_new();
		bv__alloc_fail_at(n);
		bv_functions_t *fs = bv__functions_kept(d);
		bv__alloc_fail_at(0);
		assert_true(fs || d->oom);
		done = fs && !d->oom;
		bv__functions_free(fs);
		/* Read later: then no function is known, and nothing crashes. */
		fs = bv__functions_kept(d);
		bv__alloc_fail_at(n);
		uint32_t count = fs ? bv__functions_count(fs) : 0;
		bool found = fs && bv__functions_find(fs, BV_STR("substring"), -1);
		bv__alloc_fail_at(0);
		assert_true(found ? count > 200 : count == 0);
		done = done && found;
		bv__functions_free(fs);
		bv_diagnostics_free(d);
		assert_true(n < 100000);
	}
}

/* ---- snapshots of engines ---- */

static void test_wrong_snapshots(void **state) {
	(void)state;
	static const char *const wrong[] = {"", "nothing", "[]", "{}", "{\"functions\":1}", "{\"functions\":[1]}", "{\"functions\":[{}]}", NULL,
		"{\"functions\":[" ENTRY("", "", "scalar", HASH_A) "]}", "{\"functions\":[" ENTRY("f", "", "strange", HASH_A) "]}", "{\"functions\":[" ENTRY("f", "", "scalar", "aa") "]}",
		"{\"functions\":[" ENTRY("f", "1", "scalar", HASH_A) "]}", "{\"functions\":[" ENTRY("f", "", "scalar", HASH_A) "," ENTRY("F", "", "scalar", HASH_B) "]}"};
	for (size_t i = 0; i < BV_COUNT(wrong); i++) {
		bv_diagnostics *d = bv_diagnostics_new();
		snapshot = wrong[i];
		assert_null(bv__functions_from_engine(&engine, NULL, d));
		assert_int_equal(d->items.n, 1);
		assert_int_equal(d->items.v[0].code, BV_E_ENGINE);
		bv_diagnostics_free(d);
	}
}

static void test_names(void **state) {
	(void)state;
	/* An alias hides no function, of two functions the same alias is the first one's. */
	bv_functions_t *fs = open_engine("{\"functions\":[" ENTRY("a", "\"b\",\"c\"", "scalar", HASH_A) "," ENTRY("b", "\"c\"", "scalar", HASH_B) "," ENTRY("c", "", "table", HASH_B) "]}");
	assert_str(bv__functions_find(fs, BV_STR("b"), -1)->name, "b");
	assert_str(bv__functions_find(fs, BV_STR("C"), -1)->name, "a");
	assert_str(bv__functions_find(fs, BV_STR("c"), BV_FN_TABLE)->name, "c");
	bv__functions_free(fs);
}

/* ---- probes ---- */

static void test_asked_once(void **state) {
	(void)state;
	bv_functions_t *fs = open_engine(SNAPSHOT(HASH_A));
	const bv_function *f = bv__functions_find(fs, BV_STR("double"), -1);
	bv_field args[2] = {{.name = BV_STR("x"), .type = bv__type(BV_T_FLOAT64), .nullable = true}, {.name = BV_STR("y"), .type = bv__type(BV_T_UTF8)}};
	bv_str constants[2] = {{NULL, 0}, {NULL, 0}};
	bv_probe_result r;
	for (int i = 0; i < 3; i++) {
		args[0].name = i == 1 ? BV_STR("other") : BV_STR("x"); /* names do not count */
		assert_true(bv__functions_probe(fs, f, args, 2, i ? constants : NULL, &r));
		assert_int_equal(r.type->id, BV_T_FLOAT64);
		assert_true(r.nullable);
		assert_int_equal(asked, 1);
	}
	assert_string_equal(last_constants, "[]");
	args[0].nullable = false;
	assert_true(bv__functions_probe(fs, f, args, 2, NULL, &r));
	assert_false(r.nullable);
	assert_int_equal(asked, 2);
	constants[1] = BV_STR("small");
	assert_true(bv__functions_probe(fs, f, args, 2, constants, &r));
	assert_int_equal(r.type->id, BV_T_INT32);
	assert_string_equal(last_constants, "[null,{\"value\":\"small\"}]");
	assert_int_equal(asked, 3);
	constants[1] = BV_STR("");
	assert_true(bv__functions_probe(fs, f, args, 2, constants, &r));
	assert_int_equal(asked, 4); /* an empty constant is one */
	bv_function window = *bv__functions_find(fs, BV_STR("best"), -1);
	assert_true(bv__functions_probe(fs, &window, args, 1, NULL, &r));
	assert_false(r.nullable);
	window.kind = BV_FN_WINDOW;
	assert_true(bv__functions_probe(fs, &window, args, 1, NULL, &r));
	assert_true(r.nullable); /* an aggregate over a window is a call of its own */
	assert_int_equal(asked, 6);
	assert_true(bv__functions_probe(fs, f, NULL, 0, NULL, &r));
	assert_int_equal(r.type->id, BV_T_INT64);

	/* The lines, in the order of their bytes, answer without an engine. */
	bv_buf lines = BV_BUF_INIT;
	bv__functions_new_probes(fs, &lines);
	assert_false(lines.failed);
	assert_string_equal(lines.p,
		"{\"function\":\"best\",\"kind\":\"aggregate\",\"hash\":\"" HASH_B "\",\"args\":[[\"Float64\",false]],\"constants\":[],\"type\":\"Float64\",\"nullable\":false}\n"
		"{\"function\":\"best\",\"kind\":\"window\",\"hash\":\"" HASH_B "\",\"args\":[[\"Float64\",false]],\"constants\":[],\"type\":\"Float64\",\"nullable\":true}\n"
		"{\"function\":\"twice\",\"kind\":\"scalar\",\"hash\":\"" HASH_A "\",\"args\":[[\"Float64\",false],[\"Utf8\",false]],\"constants\":[],\"type\":\"Float64\",\"nullable\":false}\n"
		"{\"function\":\"twice\",\"kind\":\"scalar\",\"hash\":\"" HASH_A "\",\"args\":[[\"Float64\",false],[\"Utf8\",false]],\"constants\":[null,{\"value\":\"\"}],\"type\":\"Float64\",\"nullable\":false}\n"
		"{\"function\":\"twice\",\"kind\":\"scalar\",\"hash\":\"" HASH_A "\",\"args\":[[\"Float64\",false],[\"Utf8\",false]],\"constants\":[null,{\"value\":\"small\"}],\"type\":\"Int32\",\"nullable\":false}\n"
		"{\"function\":\"twice\",\"kind\":\"scalar\",\"hash\":\"" HASH_A "\",\"args\":[[\"Float64\",true],[\"Utf8\",false]],\"constants\":[],\"type\":\"Float64\",\"nullable\":true}\n"
		"{\"function\":\"twice\",\"kind\":\"scalar\",\"hash\":\"" HASH_A "\",\"args\":[],\"constants\":[],\"type\":\"Int64\",\"nullable\":false}\n");
	bv_functions_t *again = open_engine(SNAPSHOT(HASH_A));
	bv__functions_add_probes(again, bv__buf_view(&lines));
	f = bv__functions_find(again, BV_STR("twice"), -1);
	constants[1] = BV_STR("small");
	assert_true(bv__functions_probe(again, f, args, 2, constants, &r));
	assert_int_equal(r.type->id, BV_T_INT32);
	assert_false(r.nullable);
	assert_int_equal(asked, 0);
	bv_buf fresh = BV_BUF_INIT;
	bv__functions_new_probes(again, &fresh);
	assert_int_equal(fresh.n, 0); /* what was given is not new */
	bv__functions_free(again);

	/* Of a function that has changed they say nothing. */
	again = open_engine(SNAPSHOT(HASH_B));
	bv__functions_add_probes(again, bv__buf_view(&lines));
	assert_true(bv__functions_probe(again, bv__functions_find(again, BV_STR("twice"), -1), args, 2, constants, &r));
	assert_int_equal(asked, 1);
	bv__functions_free(again);
	bv__buf_free(&fresh);
	bv__buf_free(&lines);
	bv__functions_free(fs);
}

static void test_refusals(void **state) {
	(void)state;
	bv_functions_t *fs = open_engine(SNAPSHOT(HASH_A));
	const bv_function *f = bv__functions_find(fs, BV_STR("twice"), -1);
	bv_field arg = {.name = BV_STR("x"), .type = bv__type(BV_T_BOOL)};
	bv_probe_result r;
	fail_as = 3;
	assert_false(bv__functions_probe(fs, f, &arg, 1, NULL, &r));
	fail_as = 1;
	assert_true(bv__functions_probe(fs, f, &arg, 1, NULL, &r));
	assert_null(r.type);
	assert_str(r.error, "no, not these");
	assert_int_equal(asked, 2);
	fail_as = 2;
	assert_true(bv__functions_probe(fs, f, &arg, 1, NULL, &r));
	assert_int_equal(asked, 2); /* remembered */
	arg.nullable = true;
	assert_true(bv__functions_probe(fs, f, &arg, 1, NULL, &r));
	assert_null(r.type);
	bv_buf lines = BV_BUF_INIT;
	bv__functions_new_probes(fs, &lines);
	assert_string_equal(lines.p, "{\"function\":\"twice\",\"kind\":\"scalar\",\"hash\":\"" HASH_A "\",\"args\":[[\"Boolean\",false]],\"constants\":[],\"error\":\"no, not these\"}\n");
	bv__functions_free(fs);
	fs = open_engine(SNAPSHOT(HASH_A));
	bv__functions_add_probes(fs, bv__buf_view(&lines));
	arg.nullable = false;
	assert_true(bv__functions_probe(fs, bv__functions_find(fs, BV_STR("twice"), -1), &arg, 1, NULL, &r));
	assert_str(r.error, "no, not these");
	assert_int_equal(asked, 0);
	bv__buf_free(&lines);
	bv__functions_free(fs);
}

static void test_wrong_lines(void **state) {
	(void)state;
#define LINE(args, constants, result) "{\"function\":\"twice\",\"kind\":\"scalar\",\"hash\":\"" HASH_A "\",\"args\":" args ",\"constants\":" constants "," result "}\n"
	static const char *const wrong[] = {"\n\n", "x\n", "[]\n", "{}\n", "{\"function\":1}\n", LINE("1", "[]", "\"type\":\"Int8\""), LINE("[[1,2]]", "[]", "\"type\":\"Int8\""), LINE("[]", "[1]", "\"type\":\"Int8\""),
		LINE("[]", "[]", "\"other\":1"), LINE("[]", "[]", "\"type\":\"no such type\""), LINE("[]", "[]", "\"type\":1"), "{\"function\":\"twice\"", "\xff\n"};
	for (size_t i = 0; i < BV_COUNT(wrong); i++) {
		bv_functions_t *fs = open_engine(SNAPSHOT(HASH_A));
		bv__functions_add_probes(fs, bv__str(wrong[i]));
		bv_probe_result r;
		/* As if it were not there: the engine is asked. */
		assert_true(bv__functions_probe(fs, bv__functions_find(fs, BV_STR("twice"), -1), NULL, 0, NULL, &r));
		assert_int_equal(asked, 1);
		assert_int_equal(r.type->id, BV_T_INT64);
		bv__functions_free(fs);
	}
	/* Lines are as this library writes them: another spelling is another key, and nothing to anybody. */
	bv_functions_t *fs = open_engine(SNAPSHOT(HASH_A));
	bv__functions_add_probes(fs, BV_STR("{\"type\": \"Int8\", \"nullable\": true, \"constants\": [], \"args\": [], \"hash\": \"" HASH_A "\", \"kind\": \"scalar\", \"function\": \"twice\"}"));
	bv_probe_result r;
	assert_true(bv__functions_probe(fs, bv__functions_find(fs, BV_STR("twice"), -1), NULL, 0, NULL, &r));
	assert_int_equal(r.type->id, BV_T_INT64);
	assert_int_equal(asked, 1);
	bv__functions_free(fs);
}

static void *ask_all(void *ctx) {
	static const bv_type_id ids[] = {BV_T_INT8, BV_T_INT16, BV_T_INT32, BV_T_INT64, BV_T_FLOAT32, BV_T_FLOAT64, BV_T_UTF8, BV_T_BOOL};
	bv_functions_t *fs = ctx;
	const bv_function *f = bv__functions_find(fs, BV_STR("twice"), -1);
	for (int round = 0; round < 200; round++) {
		bv_field arg = {.name = BV_STR("x"), .type = bv__type(ids[round % 8]), .nullable = round % 3 == 0};
		bv_probe_result r;
		if (!bv__functions_probe(fs, f, &arg, 1, NULL, &r) || r.type->id != ids[round % 8] || r.nullable != arg.nullable) {
			return ctx;
		}
	}
	return NULL;
}

static void test_threads(void **state) {
	(void)state;
	bv_functions_t *fs = open_engine(SNAPSHOT(HASH_A));
	pthread_t t[8];
	for (int i = 0; i < 8; i++) {
		assert_int_equal(pthread_create(&t[i], NULL, ask_all, fs), 0);
	}
	for (int i = 0; i < 8; i++) {
		void *bad = NULL;
		pthread_join(t[i], &bad);
		assert_null(bad);
	}
	bv_buf lines = BV_BUF_INIT;
	bv__functions_new_probes(fs, &lines);
	int n = 0;
	for (size_t i = 0; i < lines.n; i++) {
		n += lines.p[i] == '\n';
	}
	assert_int_equal(n, 16);
	bv__buf_free(&lines);
	bv__functions_free(fs);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_kept), cmocka_unit_test(test_out_of_memory), cmocka_unit_test(test_wrong_snapshots), cmocka_unit_test(test_names), cmocka_unit_test(test_asked_once),
		cmocka_unit_test(test_refusals), cmocka_unit_test(test_wrong_lines), cmocka_unit_test(test_threads),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
