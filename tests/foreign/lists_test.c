/* The lists of lists.txt, and what no data file can say: long chains, deep trees, memory that runs out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdlib.h>

#include "ingress/ingress.h"

static const char *path;

typedef struct reading {
	bv_arena *a;
	bv_diagnostics *d;
	bv_node *tree;
} reading;

static reading read_list(bv_str json) {
	reading x = {.a = bv__arena_new(), .d = bv_diagnostics_new()};
	assert_non_null(x.a);
	assert_non_null(x.d);
	x.tree = bv__sqlglot_read(x.a, json, bv__diag_source(x.d, BV_STR("list"), json), x.d);
	assert_true((x.tree == NULL) == (bv_diagnostics_errors(x.d) > 0));
	return x;
}

static void done(reading *x) {
	bv_diagnostics_free(x->d);
	bv__arena_free(x->a);
}

static bv_str line_of(bv_str text, uint32_t *at) {
	uint32_t from = *at;
	while (*at < text.n && text.p[*at] != '\n') ++*at;
	bv_str line = {text.p + from, *at - from};
	if (*at < text.n) ++*at;
	return line;
}

/* One line per error, as the file has it; or the text, a line's end as \n. */
static void outcome(const reading *x, bv_buf *out) {
	bv_buf sql = BV_BUF_INIT;
	for (uint32_t i = 0; i < x->d->items.n; i++) {
		const bv_diagnostic *e = &x->d->items.v[i];
		bv__buf_printf(out, "!! BV%04d %u-%u " BV_STR_FMT "\n", (int)e->code, e->span.start, e->span.end, BV_STR_ARG(e->message));
	}
	if (!x->tree) return;
	assert_true(bv__sql_generate(x->tree, bv__datafusion, false, &sql, x->d));
	bv__buf_z(out, "=> ");
	for (size_t i = 0; i < sql.n; i++) {
		if (sql.p[i] == '\n') bv__buf_z(out, "\\n");
		else bv__buf_ch(out, sql.p[i]);
		if (sql.p[i] == '\\') bv__buf_ch(out, '\\');
	}
	bv__buf_ch(out, '\n');
	bv__buf_free(&sql);
}

static void lists(void **state) {
	(void)state;
	bv_arena *a = bv__arena_new();
	bv_str text;
	int err = 0;
	assert_true(bv__os_read_file(a, path, 1u << 20, &text, &err));
	unsigned cases = 0, wrong = 0;
	for (uint32_t at = 0; at < text.n;) {
		bv_str list = line_of(text, &at);
		if (list.n && list.p[0] == '#') continue;
		bv_buf expected = BV_BUF_INIT, got = BV_BUF_INIT;
		while (at + 2 < text.n && (memcmp(text.p + at, "!! ", 3) == 0 || memcmp(text.p + at, "=> ", 3) == 0)) {
			bv__buf_str(&expected, line_of(text, &at));
			bv__buf_ch(&expected, '\n');
		}
		if (!expected.n) continue;
		reading x = read_list(list);
		outcome(&x, &got);
		cases++;
		if (!bv__str_eq(bv__buf_view(&expected), bv__buf_view(&got))) {
			fprintf(stderr, "%.*s\nexpected %sgot      %s\n", (int)list.n, list.p, expected.p, got.p);
			wrong++;
		}
		done(&x);
		bv__buf_free(&expected);
		bv__buf_free(&got);
	}
	assert_true(cases > 30);
	assert_int_equal(wrong, 0);
	bv__arena_free(a);
}

/* cls(cls(… leaf …)), each under "this" of the one before; with_right: each has an expression too. */
static bv_str chain(bv_buf *b, const char *cls, unsigned n, bool with_right) {
	bv__buf_z(b, "[{\"c\":\"Select\"},{\"i\":0,\"k\":\"expressions\",\"a\":true,\"c\":\"");
	unsigned parent = 1, next = 2;
	for (unsigned i = 0; i < n; i++) {
		bv__buf_printf(b, "%s\"}", cls);
		if (with_right) {
			bv__buf_printf(b, ",{\"i\":%u,\"k\":\"expression\",\"c\":\"Null\"}", parent);
			next++;
		}
		bv__buf_printf(b, ",{\"i\":%u,\"k\":\"this\",\"c\":\"", parent);
		parent = next++;
	}
	bv__buf_z(b, "Null\"}]");
	return bv__buf_view(b);
}

/* Long chains of AND and parentheses are no depth; what is deep is refused, whatever its class. */
static void deep_and_long(void **state) {
	(void)state;
	static const struct {
		const char *cls;
		unsigned n;
		bool right, read;
	} cases[] = {{"And", 100000, true, true}, {"Or", 100000, true, true}, {"Paren", 100000, false, true}, {"Add", 900, true, true}, {"Add", 100000, true, false}, {"Not", 100000, false, false},
		{"Xor", 400, true, false}, {"Filter", 100000, true, false}, {"Count", 100000, false, false}, {"Distinct", 100000, false, false}, {"Order", 100000, false, false}, {"IgnoreNulls", 100000, false, false},
		{"Subquery", 100000, false, false}, {"Dot", 100000, true, false}, {"Exists", 100000, false, false}, {"Round", 100000, false, false}, {"Tuple", 100000, false, false}, {"StrPosition", 100000, false, false}};
	for (unsigned i = 0; i < BV_COUNT(cases); i++) {
		bv_buf b = BV_BUF_INIT;
		reading x = read_list(chain(&b, cases[i].cls, cases[i].n, cases[i].right));
		if ((x.tree != NULL) != cases[i].read) fail_msg("%s, %u", cases[i].cls, cases[i].n);
		done(&x);
		bv__buf_free(&b);
	}
	/* Lists in lists, as tuples are written. */
	bv_buf b = BV_BUF_INIT;
	for (int i = 0; i < 100000; i++) bv__buf_z(&b, "[{\"c\":\"Select\"},{\"i\":0,\"k\":\"expressions\",\"v\":[");
	reading x = read_list(bv__buf_view(&b));
	assert_null(x.tree);
	done(&x);
	bv__buf_free(&b);
}

/* Each allocation fails once: "out of memory" and no tree, or the tree. */
static void memory_runs_out(void **state) {
	(void)state;
	bv_buf json = BV_BUF_INIT;
	bv_str text = chain(&json, "Add", 5, true);
	long n = 1;
	for (bool ok = false; !ok; n++) {
		assert_true(n < 500);
		bv_diagnostics *d = bv_diagnostics_new();
		bv__alloc_fail_at(n);
		bv_arena *a = bv__arena_new();
		bv_node *r = a ? bv__sqlglot_read(a, text, 0, d) : NULL;
		ok = r != NULL;
		bv__alloc_fail_at(0);
		if (a && !r) assert_true(bv_diagnostics_errors(d) > 0 && d->oom);
		bv_diagnostics_free(d);
		bv__arena_free(a);
	}
	assert_true(n > 3);
	bv__buf_free(&json);
}

int main(int argc, char **argv) {
	path = argc > 1 ? argv[1] : "lists.txt";
	const struct CMUnitTest tests[] = {cmocka_unit_test(lists), cmocka_unit_test(deep_and_long), cmocka_unit_test(memory_runs_out)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
