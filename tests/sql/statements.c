/* sql_statements DIALECT [WRITE]: reads statements, each ended by a NUL byte, and answers one line of JSON for each:
 * {"ok":true,"kind":…,"sql":"…"} with the text generated in WRITE (else in DIALECT), {"ok":false,"code":…,"message":"…"} where it does not
 * parse, and {"ok":true,"kind":…,"broken":"…","sql":"…","message":…} where one of the identities does not hold. tests/conformance judges the answers. */
#include <stdlib.h>

#include "sql/sql.h"

static const char *check(const bv_node *n, const bv_dialect *dialect, bv_arena *a, bv_diagnostics *d, bv_buf *sql)
{
	bv_buf payload = BV_BUF_INIT, again = BV_BUF_INIT, pretty = BV_BUF_INIT;
	const char *broken = NULL;
	bv_list l;
	bv__payload_write(n, &payload, NULL);
	bv_node *back = bv__payload_read(a, bv__buf_view(&payload), 0, d);
	if (back)
		bv__payload_write(back, &again, NULL);
	if (!back || !bv__str_eq(bv__buf_view(&payload), bv__buf_view(&again)))
		broken = "payload";
	else if (!bv__sql_generate(n, dialect, false, sql, d))
		broken = "generate";
	else if (!bv__sql_parse(a, bv__buf_view(sql), bv__diag_source(d, BV_STR("g"), bv__buf_view(sql)), dialect, &l, d) || l.n != 1 || !bv__tree_equal(l.v[0], n))
		broken = "compact";
	else if (!bv__sql_generate(n, dialect, true, &pretty, d) || !bv__sql_parse(a, bv__buf_view(&pretty), bv__diag_source(d, BV_STR("p"), bv__buf_view(&pretty)), dialect, &l, d) ||
			 l.n != 1 || !bv__tree_equal(l.v[0], n))
		broken = "pretty";
	bv__buf_free(&payload);
	bv__buf_free(&again);
	bv__buf_free(&pretty);
	return broken;
}

static void answer(bv_str text, const bv_dialect *dialect, const bv_dialect *write)
{
	bv_arena *a = bv__arena_new();
	bv_diagnostics *d = bv_diagnostics_new();
	bv_list l = {NULL, 0};
	bv_buf out = BV_BUF_INIT, sql = BV_BUF_INIT;
	bv_json j = bv__json(&out);
	bool ok = bv__sql_parse(a, text, bv__diag_source(d, BV_STR("s"), text), dialect, &l, d);
	const char *broken = !ok || l.n == 1 ? NULL : "not one statement";
	if (ok && !broken && bv__dialect_writes(write))
		broken = check(l.v[0], write, a, d, &sql);
	bv__json_open(&j, '{');
	bv__json_key(&j, "ok");
	bv__json_bool(&j, ok);
	if (ok) {
		bv__json_key(&j, "kind");
		bv__json_z(&j, l.n ? bv__nodes[l.v[0]->kind].name : "");
		bv__json_key(&j, "sql");
		bv__json_str(&j, bv__buf_view(&sql));
	}
	if (broken) {
		bv__json_key(&j, "broken");
		bv__json_z(&j, broken);
	}
	if (!ok || broken) {
		bv__json_key(&j, "code");
		bv__json_int(&j, d->items.n ? (int)d->items.v[0].code : 0);
		bv__json_key(&j, "message");
		bv__json_str(&j, d->items.n ? d->items.v[0].message : BV_STR(""));
	}
	bv__json_close(&j, '}');
	puts(out.p);
	bv__buf_free(&out);
	bv__buf_free(&sql);
	bv_diagnostics_free(d);
	bv__arena_free(a);
}

int main(int argc, char **argv)
{
	const bv_dialect *dialect = bv__dialect(bv__str(argc > 1 ? argv[1] : "")), *write = argc > 2 ? bv__dialect(bv__str(argv[2])) : dialect;
	if (!dialect || !write)
		return 64;
	size_t n = 0, cap = 1 << 20, k;
	char *text = malloc(cap);
	while (text && (k = fread(text + n, 1, cap - n, stdin)) > 0)
		if ((n += k) == cap)
			text = realloc(text, cap *= 2);
	if (!text)
		return 1;
	for (size_t i = 0; i < n;) {
		const char *q = memchr(text + i, 0, n - i);
		size_t end = q ? (size_t)(q - text) : n;
		answer(bv__strn(text + i, end - i), dialect, write);
		i = end + 1;
	}
	free(text);
	return 0;
}
