/* base: memory, texts, containers, hashes, UTF-8, JSON. */
#include "test.h"

#include <math.h>

/* ---- arena ---- */

static void arena_aligned_and_zeroed(void **state) {
	(void)state;
	bv_arena *a = bv__arena_new();
	size_t sum = 0;
	for (size_t n = 0; n < 3000; n += 7) {
		unsigned char *p = bv__arena_alloc(a, n);
		assert_non_null(p);
		assert_int_equal((uintptr_t)p % 16, 0);
		for (size_t i = 0; i < n; i++) assert_int_equal(p[i], 0);
		memset(p, 0xEE, n); /* whatever comes next must not see it */
		sum += n;
	}
	assert_true(bv__arena_used(a) >= sum);
	unsigned char *large = bv__arena_alloc(a, 10u << 20), *small = bv__arena_alloc(a, 8);
	assert_non_null(large);
	assert_int_equal(large[(10u << 20) - 1], 0);
	assert_non_null(small);
	assert_false(bv__arena_failed(a));
	assert_null(bv__arena_alloc(a, SIZE_MAX));
	assert_true(bv__arena_failed(a));
	bv__arena_freep(&a);
	assert_null(a);
	bv__arena_freep(&a);
}

static void arena_texts(void **state) {
	(void)state;
	bv_arena *a = bv__arena_new();
	bv_str s = bv__arena_str(a, BV_STR("abc"));
	assert_str(s, "abc");
	assert_int_equal(s.p[3], 0);
	assert_str(bv__arena_strz(a, NULL), "");
	assert_str(bv__arena_printf(a, "%s-%d", "x", 7), "x-7");
	assert_str(bv__arena_lower(a, BV_STR("ÄbC[Z@")), "Äbc[z@");
	assert_str(bv__arena_upper(a, BV_STR("äbC{z`")), "äBC{Z`");
	bv__arena_free(a);
}

/* Every allocation of a bit of everything fails once: no crash, the arena remembers, and nothing leaks (the sanitizer build sees). */
static bool everything(void) {
	bv_arena *a = bv__arena_new();
	if (!a) return false;
	BV_VEC(bv_str) v = {0};
	bv_map m;
	bv__map_init(&m, a);
	bool ok = true;
	for (int i = 0; i < 300; i++) {
		bv_str key = bv__arena_printf(a, "%d", (i * 7919) % 300);
		ok = BV_PUSH(a, &v, key) && ok;
		ok = bv__map_put(&m, key, (void *)1) && ok;
	}
	ok = bv__sort(v.v, v.n, sizeof *v.v, bv__str_cmp_v, NULL) && ok;
	bv_buf b = BV_BUF_INIT;
	for (uint32_t i = 0; i < v.n; i++) bv__buf_str(&b, v.v[i]);
	bv__buf_printf(&b, "%1000d", 1);
	char *text = bv__buf_detach(&b);
	bv_diagnostics *d = bv_diagnostics_new();
	if (d) {
		uint32_t f = bv__diag_source(d, BV_STR("f"), BV_STR("select 1"));
		bv_diagnostic *x = bv__diag(d, BV_E_SYNTAX, (bv_span){f, 0, 6}, "m %d", 1);
		bv__diag_hint(d, x, "h");
		bv__diag_note(d, x, (bv_span){f, 7, 8}, "n");
		bv_diagnostics *e = bv_diagnostics_new();
		bv__diag_merge(e, d);
		char *t = bv_diagnostics_text(d, true), *j = bv_diagnostics_json(d, NULL);
		ok = ok && t && j && e && !d->oom && !e->oom;
		bv_text_free(t);
		bv_text_free(j);
		bv_diagnostics_clear(d);
		assert_int_equal(bv_diagnostics_count(d), 0);
		bv_diagnostics_free(e);
	}
	ok = ok && d && text && !bv__arena_failed(a);
	bv_diagnostics_free(d);
	bv_text_free(text);
	bv__arena_free(a);
	return ok;
}

static void every_allocation_fails_once(void **state) {
	(void)state;
	long n = 1;
	for (;; n++) {
		bv__alloc_fail_at(n);
		bool ok = everything();
		bv__alloc_fail_at(0);
		if (ok) break;
		assert_true(n < 1000);
	}
	assert_true(n > 10); /* the loop did make some fail */
	assert_true(everything());
}

/* ---- buffer ---- */

static void buffer(void **state) {
	(void)state;
	bv_buf b = BV_BUF_INIT;
	assert_string_equal(b.p, "");
	bv__buf_str(&b, BV_STR(""));
	bv__buf_z(&b, "ab");
	bv__buf_ch(&b, 'c');
	bv__buf_printf(&b, "%05d", 42);
	assert_string_equal(b.p, "abc00042");
	bv__buf_truncate(&b, 3);
	bv__buf_truncate(&b, 9);
	assert_str(bv__buf_view(&b), "abc");
	for (int i = 0; i < 10000; i++) bv__buf_ch(&b, 'x');
	assert_int_equal(b.n, 10003);
	assert_int_equal(b.p[b.n], 0);
	char *p = bv__buf_detach(&b);
	assert_int_equal(strlen(p), 10003);
	bv_text_free(p);
	p = bv__buf_detach(&b); /* an empty one is a text too */
	assert_string_equal(p, "");
	bv_text_free(p);
	bv__buf_reserve(&b, (size_t)UINT32_MAX);
	assert_true(b.failed);
	bv__buf_z(&b, "ignored");
	assert_null(bv__buf_detach(&b));
	assert_false(b.failed);
	bv__buf_free(&b);
}

/* ---- strings ---- */

static void strings(void **state) {
	(void)state;
	assert_int_equal(bv__str_cmp(BV_STR("a"), BV_STR("ab")), -1);
	assert_int_equal(bv__str_cmp(BV_STR("b"), BV_STR("ab")), 1);
	assert_int_equal(bv__str_cmp(BV_STR("\xC3\xA4"), BV_STR("z")), 1); /* bytes, not the locale */
	assert_int_equal(bv__str_cmp(BV_STR(""), BV_STR("")), 0);
	assert_true(bv__str_ieq(BV_STR("SeLect"), BV_STR("sElecT")));
	assert_false(bv__str_ieq(BV_STR("a@"), BV_STR("a`"))); /* letters only */
	assert_true(bv__str_starts(BV_STR("abc"), "ab"));
	assert_false(bv__str_starts(BV_STR("a"), "ab"));
	assert_true(bv__str_ends(BV_STR("x.sql"), ".sql"));
	assert_false(bv__str_ends(BV_STR("sql"), ".sql"));
	assert_true(bv__str_eq(bv__str(NULL), BV_STR("")));
}

static void distances(void **state) {
	(void)state;
	assert_int_equal(bv__str_distance(BV_STR("kitten"), BV_STR("sitting"), 5), 3);
	assert_int_equal(bv__str_distance(BV_STR("ab"), BV_STR("ba"), 5), 1);
	assert_int_equal(bv__str_distance(BV_STR("ABC"), BV_STR("abc"), 5), 0);
	assert_int_equal(bv__str_distance(BV_STR(""), BV_STR("abc"), 5), 3);
	assert_int_equal(bv__str_distance(BV_STR("abcdef"), BV_STR("uvwxyz"), 2), 3);
	assert_int_equal(bv__str_distance(BV_STR("abcdefgh"), BV_STR("a"), 2), 3);
	bv_str c[] = {BV_STR("price"), BV_STR("quantity"), BV_STR("tail_num")};
	assert_str(bv__did_you_mean(BV_STR("prcie"), c, 3), "price");
	assert_str(bv__did_you_mean(BV_STR("tailnum"), c, 3), "tail_num");
	assert_str(bv__did_you_mean(BV_STR("zzz"), c, 3), "");
	bv_str tie[] = {BV_STR("abd"), BV_STR("abc")};
	assert_str(bv__did_you_mean(BV_STR("abx"), tie, 2), "abc"); /* by bytes, whatever the order */
	assert_str(bv__did_you_mean(BV_STR("x"), NULL, 0), "");
}

/* ---- containers ---- */

static void vectors(void **state) {
	(void)state;
	bv_arena *a = bv__arena_new();
	BV_VEC(int) v = {0};
	for (int i = 0; i < 100000; i++) assert_true(BV_PUSH(a, &v, i));
	assert_int_equal(v.n, 100000);
	for (int i = 0; i < 100000; i++) assert_int_equal(v.v[i], i);
	bv__arena_free(a);
}

static void maps(void **state) {
	(void)state;
	bv_arena *a = bv__arena_new();
	bv_map m;
	bv__map_init(&m, a);
	assert_null(bv__map_get(&m, BV_STR("x")));
	for (int i = 0; i < 20000; i++) assert_true(bv__map_put(&m, bv__arena_printf(a, "key%d", i), (void *)(uintptr_t)(i + 1)));
	assert_true(bv__map_put(&m, BV_STR("key7"), NULL)); /* replaces */
	assert_true(bv__map_put(&m, BV_STR(""), (void *)5));
	assert_int_equal(m.n, 20001);
	assert_true(bv__map_has(&m, BV_STR("key7")));
	assert_null(bv__map_get(&m, BV_STR("key7")));
	assert_false(bv__map_has(&m, BV_STR("key20000")));
	assert_int_equal((uintptr_t)bv__map_get(&m, BV_STR("")), 5);
	uint32_t i = 0;
	BV_MAP_EACH(&m, e) { /* insertion order */
		if (i < 20000) {
			char want[16];
			snprintf(want, sizeof want, "key%u", i);
			assert_str(e->key, want);
			if (i != 7) assert_int_equal((uintptr_t)bv__map_get(&m, e->key), i + 1);
		}
		i++;
	}
	assert_int_equal(i, 20001);
	bv__arena_free(a);
}

typedef struct pair {
	int key, order;
} pair;
static int by_key(const void *x, const void *y, void *ctx) {
	++*(long *)ctx;
	return ((const pair *)x)->key - ((const pair *)y)->key;
}

static void sorting_is_stable(void **state) {
	(void)state;
	for (unsigned n = 0; n < 300; n++) {
		pair *v = malloc(sizeof *v * (n + 1));
		uint32_t seed = n;
		for (unsigned i = 0; i < n; i++) v[i] = (pair){(int)((seed = seed * 1664525u + 1013904223u) >> 28), (int)i};
		long calls = 0;
		assert_true(bv__sort(v, n, sizeof *v, by_key, &calls));
		for (unsigned i = 1; i < n; i++) {
			assert_true(v[i - 1].key <= v[i].key);
			if (v[i - 1].key == v[i].key) assert_true(v[i - 1].order < v[i].order);
		}
		calls = 0;
		assert_true(bv__sort(v, n, sizeof *v, by_key, &calls));
		assert_true(calls <= (long)n); /* what is sorted costs one look */
		free(v);
	}
}

/* ---- hashes ---- */

static void hashes(void **state) {
	(void)state;
	char h[65];
	bv__sha256_hex("", 0, h);
	assert_string_equal(h, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
	bv__sha256_hex("abc", 3, h);
	assert_string_equal(h, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	assert_int_equal(bv__hash64("", 0), 0x2d06800538d394c2);
	bv_hash128 e = bv__hash128("", 0);
	assert_int_equal(e.hi, 0x99aa06d3014798d8);
	assert_int_equal(e.lo, 0x6001c324468d497f);
}

/* ---- UTF-8 ---- */

static void utf8(void **state) {
	(void)state;
	static const struct {
		const char *text;
		size_t n, invalid;
	} cases[] = {
		{"", 0, 0}, {"abcdefghij", 10, 10}, {"\xC3\xA4", 2, 2}, {"\xE2\x82\xAC", 3, 3}, {"\xF0\x9F\x98\x80", 4, 4},
		{"ab\x80", 3, 2}, {"\xC0\x80", 2, 0}, {"\xC1\xBF", 2, 0}, {"\xE0\x9F\xBF", 3, 0}, {"\xED\xA0\x80", 3, 0}, {"\xED\x9F\xBF", 3, 3},
		{"\xF0\x8F\xBF\xBF", 4, 0}, {"\xF4\x90\x80\x80", 4, 0}, {"\xF4\x8F\xBF\xBF", 4, 4}, {"\xF5\x80\x80\x80", 4, 0}, {"a\xE2\x82", 3, 1}, {"12345678\xFF", 9, 8},
	};
	for (size_t i = 0; i < BV_COUNT(cases); i++) assert_int_equal(bv__utf8_invalid(cases[i].text, cases[i].n), cases[i].invalid);
	assert_int_equal(bv__utf8_count("a\xC3\xA4\xE2\x82\xAC\xF0\x9F\x98\x80", 10), 4);
	assert_int_equal(bv__utf8_columns("a\xC3\xA4", 3), 2);
	assert_int_equal(bv__utf8_columns("\xE6\xBC\xA2", 3), 2); /* wide */
	assert_int_equal(bv__utf8_columns("e\xCC\x81", 3), 1);    /* combining */
	assert_int_equal(bv__utf8_columns("\xFF", 1), 1);
}

/* ---- JSON ---- */

static void check_string(bv_str in, const char *want) {
	bv_buf b = BV_BUF_INIT;
	bv__json_string(&b, in);
	assert_string_equal(b.p, want);
	bv__buf_free(&b);
}

static void json_strings(void **state) {
	(void)state;
	check_string(BV_STR(""), "\"\"");
	check_string(BV_STR("a\"b\\c/d"), "\"a\\\"b\\\\c/d\"");
	check_string(BV_STR("\b\f\n\r\t"), "\"\\b\\f\\n\\r\\t\"");
	check_string(BV_STR("\x01\x1f\x7f"), "\"\\u0001\\u001f\x7f\"");
	check_string((bv_str){"a\0b", 3}, "\"a\\u0000b\"");
	check_string(BV_STR("ä€😀"), "\"ä€😀\"");
	check_string(BV_STR("a\xFF" "b"), "\"a\xEF\xBF\xBD" "b\"");
}

static void json_writer(void **state) {
	(void)state;
	bv_buf b = BV_BUF_INIT;
	bv_json j = bv__json(&b);
	bv__json_open(&j, '{');
	bv__json_key(&j, "a");
	bv__json_open(&j, '[');
	bv__json_int(&j, INT64_MIN);
	bv__json_bool(&j, true);
	bv__json_null(&j);
	bv__json_z(&j, NULL);
	bv__json_close(&j, ']');
	bv__json_key_str(&j, BV_STR("b\n"));
	bv__json_open(&j, '{');
	bv__json_close(&j, '}');
	bv__json_key(&j, "c");
	bv__json_raw(&j, BV_STR("[1]"));
	bv__json_key(&j, "d");
	bv__json_str(&j, BV_STR("x"));
	bv__json_close(&j, '}');
	assert_string_equal(b.p, "{\"a\":[-9223372036854775808,true,null,null],\"b\\n\":{},\"c\":[1],\"d\":\"x\"}");
	assert_false(b.failed);
	bv__buf_free(&b);
	j = bv__json(&b);
	for (int i = 0; i < 64; i++) bv__json_open(&j, '[');
	assert_true(b.failed);
	bv__buf_free(&b);
}

static void json_doubles(void **state) {
	(void)state;
	static const struct {
		double v;
		const char *text;
	} cases[] = {
		{0, "0.0"}, {-0.0, "-0.0"}, {1, "1.0"}, {0.1, "0.1"}, {-2.5, "-2.5"}, {100, "100.0"}, {1e15, "1000000000000000.0"}, {1e16, "1e+16"}, {123456789012345680.0, "1.2345678901234568e+17"},
		{0.0001, "0.0001"}, {0.00001, "1e-05"}, {1.5e-7, "1.5e-07"}, {1e100, "1e+100"}, {5e-324, "5e-324"}, {1.7976931348623157e308, "1.7976931348623157e+308"}, {1.0 / 3, "0.3333333333333333"},
		{0.1 + 0.2, "0.30000000000000004"}, {NAN, "\"NaN\""}, {INFINITY, "\"Infinity\""}, {-INFINITY, "\"-Infinity\""},
	};
	for (size_t i = 0; i < BV_COUNT(cases); i++) {
		bv_buf b = BV_BUF_INIT;
		bv_json j = bv__json(&b);
		bv__json_double(&j, cases[i].v);
		assert_string_equal(b.p, cases[i].text);
		bv__buf_free(&b);
	}
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(arena_aligned_and_zeroed), cmocka_unit_test(arena_texts), cmocka_unit_test(every_allocation_fails_once), cmocka_unit_test(buffer),
		cmocka_unit_test(strings), cmocka_unit_test(distances), cmocka_unit_test(vectors), cmocka_unit_test(maps), cmocka_unit_test(sorting_is_stable),
		cmocka_unit_test(hashes), cmocka_unit_test(utf8), cmocka_unit_test(json_strings), cmocka_unit_test(json_writer), cmocka_unit_test(json_doubles),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
