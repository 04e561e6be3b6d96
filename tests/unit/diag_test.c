/* Diagnostics: the list, its JSON, its text, the pages. */
#include "test.h"

static void check_text(const bv_diagnostics *d, const char *want) {
	char *t = bv_diagnostics_text(d, false);
	assert_string_equal(t, want);
	bv_text_free(t);
}

static void text_with_caret(void **state) {
	(void)state;
	bv_diagnostics *d = bv_diagnostics_new();
	bv_str sql = BV_STR("select a,\n       prcie\nfrom t");
	uint32_t f = bv__diag_source(d, BV_STR("views/x.sql"), sql);
	bv_diagnostic *x = bv__diag(d, BV_E_COLUMN_UNKNOWN, (bv_span){f, 17, 22}, "unknown column \"%s\"", "prcie");
	bv__diag_hint(d, x, "did you mean \"price\"?");
	bv__diag_note(d, x, (bv_span){f, 28, 29}, "t is this");
	bv__diag_note(d, x, BV_NO_SPAN, "and more");
	check_text(d,
		"error[BV2002]: unknown column \"prcie\"\n"
		" --> views/x.sql:2:8\n"
		"  |\n"
		"2 |        prcie\n"
		"  |        ^^^^^\n"
		"  = help: did you mean \"price\"?\n"
		"  = note: t is this\n"
		" --> views/x.sql:3:6\n"
		"  |\n"
		"3 | from t\n"
		"  |      ^\n"
		"  = note: and more\n");
	assert_int_equal(bv_diagnostics_errors(d), 1);
	bv__warn(d, BV_E_VOLATILE, BV_NO_SPAN, "now()");
	assert_int_equal(bv_diagnostics_errors(d), 1);
	assert_int_equal(bv_diagnostics_count(d), 2);
	char *c = bv_diagnostics_text(d, true);
	assert_non_null(strstr(c, "\x1b[1;31merror[BV2002]\x1b[0m"));
	assert_non_null(strstr(c, "\x1b[1;33mwarning[BV2012]\x1b[0m"));
	bv_text_free(c);
	bv_diagnostics_clear(d);
	check_text(d, "");
	bv_diagnostics_free(d);
}

/* The caret stands under the code point, whatever it is made of, and nothing of the source reaches the terminal as a command. */
static void carets_and_widths(void **state) {
	(void)state;
	static const struct {
		const char *sql;
		uint32_t start, end;
		const char *line, *caret;
	} cases[] = {
		{"\ta b", 3, 4, "    a b", "      ^"},
		{"a\tb c", 2, 3, "a   b c", "    ^"},
		{"'äöü' x", 9, 10, "'äöü' x", "      ^"},
		{"'漢字' x", 9, 10, "'漢字' x", "       ^"},
		{"'漢字' x", 1, 7, "'漢字' x", " ^^^^"},
		{"select", 6, 6, "select", "      ^"},
		{"a\r\nb", 0, 1, "a", "^"},
		{"x \x1b[31m y", 8, 9, "x \xEF\xBF\xBD[31m y", "        ^"},
		{"ab\ncd", 0, 5, "ab", "^^"},
		{"", 0, 0, "", "^"},
		{"a", 90, 95, "a", " ^"},
		{"a\xFF" "b", 2, 3, "a\xEF\xBF\xBD" "b", "  ^"},
	};
	for (size_t i = 0; i < BV_COUNT(cases); i++) {
		bv_diagnostics *d = bv_diagnostics_new();
		uint32_t f = bv__diag_source(d, BV_STR(""), bv__str(cases[i].sql));
		bv__diag(d, BV_E_SYNTAX, (bv_span){f, cases[i].start, cases[i].end}, "m");
		bv_buf want = BV_BUF_INIT;
		bv__buf_printf(&want, "  |\n1 | %s\n  | %s\n", cases[i].line, cases[i].caret);
		char *t = bv_diagnostics_text(d, false);
		if (!strstr(t, want.p)) fail_msg("case %zu:\n%swanted:\n%s", i, t, want.p);
		assert_non_null(strstr(t, " --> <text>:1:"));
		bv_text_free(t);
		bv__buf_free(&want);
		bv_diagnostics_free(d);
	}
}

static void long_lines_are_cut(void **state) {
	(void)state;
	bv_buf b = BV_BUF_INIT;
	for (int i = 0; i < 5000; i++) bv__buf_z(&b, "ä");
	bv__buf_z(&b, "!");
	for (int i = 0; i < 5000; i++) bv__buf_z(&b, "ö");
	bv_diagnostics *d = bv_diagnostics_new();
	uint32_t f = bv__diag_source(d, BV_STR("x"), bv__buf_view(&b));
	bv__diag(d, BV_E_SYNTAX, (bv_span){f, 10000, 10001}, "m");
	char *t = bv_diagnostics_text(d, false);
	assert_true(strlen(t) < 1000);
	assert_int_equal(bv__utf8_invalid(t, strlen(t)), strlen(t));
	assert_non_null(strstr(t, "x:1:5001"));
	const char *line = strstr(t, "1 | …") + 4, *at = strchr(line, '!'), *caret = strrchr(t, '|') + 2;
	assert_int_equal(bv__utf8_columns(line, (size_t)(at - line)), strcspn(caret, "^"));
	bv_text_free(t);
	bv_diagnostics_free(d);
	bv__buf_free(&b);
}

static void messages_are_safe(void **state) {
	(void)state;
	bv_diagnostics *d = bv_diagnostics_new();
	bv__diag(d, BV_E_ENGINE, BV_NO_SPAN, "one\ntwo\x1b[0m\xC2\x9B");
	check_text(d, "error[BV4003]: one\n  two\xEF\xBF\xBD[0m\xEF\xBF\xBD\n");
	bv_diagnostics_free(d);
}

static void json(void **state) {
	(void)state;
	bv_diagnostics *d = bv_diagnostics_new();
	uint32_t f = bv__diag_source(d, BV_STR("a.sql"), BV_STR("ä\nß x"));
	bv_diagnostic *x = bv__diag(d, BV_E_SYNTAX, (bv_span){f, 6, 7}, "m\"");
	bv__diag_note(d, x, BV_NO_SPAN, "n");
	bv__warn(d, BV_E_STALE, BV_NO_SPAN, "w");
	char *j = bv_diagnostics_json(d, NULL);
	const char *error = "{\"code\":\"BV1001\",\"severity\":\"error\",\"message\":\"m\\\"\",\"hint\":null,\"file\":\"a.sql\",\"line\":2,\"column\":3,\"end_line\":2,\"end_column\":4,\"notes\":["
						"{\"message\":\"n\",\"file\":null,\"line\":null,\"column\":null,\"end_line\":null,\"end_column\":null}]}";
	const char *warning = "{\"code\":\"BV5006\",\"severity\":\"warning\",\"message\":\"w\",\"hint\":null,\"file\":null,\"line\":null,\"column\":null,\"end_line\":null,\"end_column\":null,\"notes\":[]}";
	bv_buf want = BV_BUF_INIT;
	bv__buf_printf(&want, "[%s,%s]", error, warning);
	assert_string_equal(j, want.p);
	bv_text_free(j);
	j = bv_diagnostics_json(d, "warning");
	bv__buf_truncate(&want, 0);
	bv__buf_printf(&want, "[%s]", warning);
	assert_string_equal(j, want.p);
	bv_text_free(j);
	bv__buf_free(&want);
	bv_diagnostics_free(d);
}

static void sources_are_kept_once(void **state) {
	(void)state;
	bv_diagnostics *d = bv_diagnostics_new(), *e = bv_diagnostics_new();
	char text[] = "select";
	uint32_t a = bv__diag_source(d, BV_STR("a"), bv__str(text)), b = bv__diag_source(d, BV_STR("b"), bv__str(text));
	assert_int_not_equal(a, b);
	assert_int_not_equal(a, 0);
	assert_int_equal(bv__diag_source(d, BV_STR("a"), BV_STR("select")), a);
	bv__diag(d, BV_E_SYNTAX, (bv_span){b, 0, 6}, "one");
	bv__warn(d, BV_E_STALE, (bv_span){a, 0, 1}, "two");
	text[0] = 'S'; /* it was copied */
	assert_str(d->sources.v[a].text, "select");
	bv__diag_source(e, BV_STR("z"), BV_STR("other"));
	bv__diag_merge(e, d);
	bv__diag_merge(e, d);
	bv_diagnostics_free(d);
	assert_int_equal(bv_diagnostics_count(e), 4);
	assert_int_equal(bv_diagnostics_errors(e), 2);
	assert_str(e->sources.v[e->items.v[0].span.file].name, "b");
	assert_int_equal(e->items.v[0].span.file, e->items.v[2].span.file);
	assert_int_equal(e->items.v[1].severity, BV_SEVERITY_WARNING);
	bv_diagnostics_free(e);
}

/* Said to nobody, or without memory: dropped, never a crash. */
static void nobody_listens(void **state) {
	(void)state;
	bv_diagnostic *x = bv__diag(NULL, BV_E_SYNTAX, BV_NO_SPAN, "m");
	assert_non_null(x);
	bv__diag_hint(NULL, x, "h");
	bv__diag_note(NULL, x, BV_NO_SPAN, "n");
	assert_int_equal(bv__diag_source(NULL, BV_STR("a"), BV_STR("b")), 0);
	assert_int_equal(bv_diagnostics_count(NULL), 0);
	bv_diagnostics *d = bv_diagnostics_new();
	assert_int_equal(bv__nomem(d), BV_NOMEM);
	assert_int_equal(bv_diagnostics_errors(d), 1);
	check_text(d, "error[BV9002]: out of memory\n");
	bv_diagnostics_free(d);
}

static void pages(void **state) {
	(void)state;
	char *p = bv_explain("BV1001"), *q = bv_explain("1001");
	assert_non_null(strstr(p, "BV1001: syntax error\n\nThe text is not"));
	assert_string_equal(p, q);
	bv_text_free(p);
	bv_text_free(q);
	assert_null(bv_explain("BV0000"));
	assert_null(bv_explain(""));
	assert_null(bv_explain("BV10011"));
	assert_null(bv_explain("BVBV1001"));
	assert_null(bv_explain(NULL));
	assert_string_equal(bv_version(), "0.1.0");
	/* Every code has a page with words in it, and no number is given twice. */
	static const int numbers[] = {
#define BV_ERROR_CODE(number, name, title, page) number,
#include "base/errors.def"
#undef BV_ERROR_CODE
	};
	for (size_t i = 0; i < BV_COUNT(numbers); i++) {
		char code[8];
		snprintf(code, sizeof code, "%d", numbers[i]);
		p = bv_explain(code);
		assert_non_null(p);
		assert_true(strlen(p) > 30);
		bv_text_free(p);
		for (size_t k = 0; k < i; k++) assert_int_not_equal(numbers[i], numbers[k]);
	}
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_with_caret), cmocka_unit_test(carets_and_widths), cmocka_unit_test(long_lines_are_cut), cmocka_unit_test(messages_are_safe),
		cmocka_unit_test(json), cmocka_unit_test(sources_are_kept_once), cmocka_unit_test(nobody_listens), cmocka_unit_test(pages),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
