/* Template marks: where they count and where they are plain text. */
#include "project_test.h"

static const struct {
	const char *dialect, *sql;
	bool everywhere;
	const char *mark; /* NULL: none */
} cases[] = {
	{"datafusion", "select {{ x }} from t", false, "{{ x }}"},
	{"datafusion", "select '{{ x }}' from t", false, NULL},
	{"datafusion", "select '{{ x }}' from t", true, "{{ x }}"},
	{"datafusion", "select \"{{ x }}\" -- {{ y }}\n/* {% z %} */ from t", false, NULL},
	{"datafusion", "select 1 -- {{ y }}", true, "{{ y }}"},
	{"datafusion", "select a /* {% if %} */", true, "{% if %}"},
	{"datafusion", "{% if x %} select 1 {% endif %}", false, "{% if x %}"},
	{"datafusion", "{# note #} select 1", false, "{# note #}"},
	{"datafusion", "select ${day}", false, "${day}"},
	{"datafusion", "select {'a': 1}, [1, 2], x[1:2]", false, NULL},
	{"postgres", "select '{{1,2}}'::int[], a[1:n], $1", false, NULL},
	{"postgres", "select a[x:y], b::text, 'a:b' where c = :c", false, ":c"},
	{"postgres", "select $x${{ y }}$x$, E'\\'{{ z }}'", false, NULL},
	{"postgres", "select /* /* */ {{ x }} */ 1", false, NULL},
	{"spark", "select `{{a}}`, '\\'{{b}}'", false, NULL},
	{"spark", "select '\\\\' {{b}}", false, "{{b}}"},
	{"bigquery", "select 1 # {{ c }}", false, NULL},
	{"duckdb", "select :c, {'a': {'b': 1}}", false, NULL},
	{"datafusion", "select '{{ open", false, NULL},
	{"datafusion", "{{", false, "{{"},
	{"datafusion", "", true, NULL},
};

static void marks(void **state) {
	(void)state;
	unsigned bad = 0;
	for (size_t i = 0; i < BV_COUNT(cases); i++) {
		bv_span at = {0, 0, 0};
		bool found = bv__ingress_find_template(bv__str(cases[i].sql), bv__dialect(bv__str(cases[i].dialect)), cases[i].everywhere, &at);
		bv_str mark = {cases[i].sql + at.start, at.end - at.start};
		if (found != (cases[i].mark != NULL) || (found && !bv__str_is(mark, cases[i].mark))) {
			print_error("%s: %s\nwant %s\ngot  %.*s\n", cases[i].dialect, cases[i].sql, cases[i].mark ? cases[i].mark : "none", found ? (int)mark.n : 4, found ? mark.p : "none");
			bad++;
		}
	}
	assert_int_equal(bad, 0);
}

/* Every prefix of every case ends, inside the text. */
static void prefixes(void **state) {
	(void)state;
	for (size_t i = 0; i < BV_COUNT(cases); i++) {
		for (uint32_t n = 0; n <= strlen(cases[i].sql); n++) {
			bv_span at = {0, 0, 0};
			if (bv__ingress_find_template((bv_str){cases[i].sql, n}, bv__dialect(bv__str(cases[i].dialect)), true, &at)) {
				assert_true(at.start < at.end && at.end <= n);
			}
		}
	}
}

int main(void) {
	const struct CMUnitTest tests[] = {cmocka_unit_test(marks), cmocka_unit_test(prefixes)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
