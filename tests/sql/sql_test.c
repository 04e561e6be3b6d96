/* sql_test: reads the case files of this folder and compares. Comes in: files of cases; goes out: what differs, and a last line with the count.
 *
 *   == title | dialect
 *   SQL
 *   -> sql | sql DIALECT | pretty | tree | payload | format | error
 *   what is expected
 *
 * Whatever a case asks for, each statement that parses must also keep its payload through write and read, and its tree through generate and
 * parse, compact and pretty, in its own dialect where that is written; and the text is formatted as it is and with comments of every kind between
 * its tokens: none may be lost, and formatting again changes nothing. With BV_UPDATE=1 the files are rewritten with what came out. */
#include <stdlib.h>

#include "sql/parser.h"

typedef struct run {
	unsigned passed, failed;
	bool update;
	const char *path;
} run;

static void complain(run *r, bv_str title, const char *what, bv_str want, bv_str got)
{
	r->failed++;
	fprintf(stderr, "%s: %.*s: %s\n--- expected\n%.*s\n--- got\n%.*s\n", r->path, BV_STR_ARG(title), what, BV_STR_ARG(want), BV_STR_ARG(got));
}

static bv_str trimmed(bv_str s)
{
	while (s.n && (s.p[s.n - 1] == '\n' || s.p[s.n - 1] == ' '))
		s.n--;
	while (s.n && (*s.p == '\n' || *s.p == ' '))
		s.p++, s.n--;
	return s;
}

/* BV1001 1:8-1:12 message, its hint, its notes. */
static void put_errors(bv_buf *out, const bv_diagnostics *d, bv_str text)
{
	for (uint32_t i = 0; i < d->items.n; i++) {
		const bv_diagnostic *e = &d->items.v[i];
		uint32_t line, column, line2, column2;
		bv__source_position(text, e->span.start, &line, &column);
		bv__source_position(text, e->span.end, &line2, &column2);
		bv__buf_printf(out, "BV%d %u:%u-%u:%u " BV_STR_FMT "\n", (int)e->code, line, column, line2, column2, BV_STR_ARG(e->message));
		if (e->hint.n)
			bv__buf_printf(out, "  hint: " BV_STR_FMT "\n", BV_STR_ARG(e->hint));
		for (uint32_t k = 0; k < e->notes.n; k++) {
			bv__source_position(text, e->notes.v[k].span.start, &line, &column);
			bv__buf_printf(out, "  note %u:%u: " BV_STR_FMT "\n", line, column, BV_STR_ARG(e->notes.v[k].text));
		}
	}
}

/* The identities of one statement. */
static void identities(run *r, bv_str title, const bv_node *n, const bv_dialect *dialect, bool written)
{
	bv_arena *a = bv__arena_new();
	bv_diagnostics *d = bv_diagnostics_new();
	bv_buf payload = BV_BUF_INIT, again = BV_BUF_INIT;
	bv__payload_write(n, &payload, NULL);
	bv_node *back = bv__payload_read(a, bv__buf_view(&payload), 0, d);
	if (back)
		bv__payload_write(back, &again, NULL);
	if (!back || !bv__str_eq(bv__buf_view(&payload), bv__buf_view(&again)))
		complain(r, title, "payload read(write) is not the identity", bv__buf_view(&payload), bv__buf_view(&again));
	for (int pretty = 0; written && pretty < 2; pretty++) {
		bv_buf sql = BV_BUF_INIT;
		bv_list l = {NULL, 0};
		bool ok = bv__sql_generate(n, dialect, pretty, &sql, d) && bv__sql_parse(a, bv__buf_view(&sql), bv__diag_source(d, BV_STR("generated"), bv__buf_view(&sql)), dialect, &l, d);
		if (!ok || l.n != 1 || !bv__tree_equal(n, l.v[0])) {
			bv_buf x = BV_BUF_INIT;
			put_errors(&x, d, bv__buf_view(&sql));
			if (ok && l.n == 1)
				bv__tree_print(l.v[0], false, &x);
			complain(r, title, pretty ? "pretty text gives another tree" : "generated text gives another tree", bv__buf_view(&sql), bv__buf_view(&x));
			bv__buf_free(&x);
		}
		bv__buf_free(&sql);
	}
	bv__buf_free(&payload);
	bv__buf_free(&again);
	bv_diagnostics_free(d);
	bv__arena_free(a);
}

static void formats(run *r, bv_str title, bv_str text, const bv_dialect *dialect)
{
	bv_diagnostics *d = bv_diagnostics_new();
	bv_buf once = BV_BUF_INIT, twice = BV_BUF_INIT;
	uint32_t file = bv__diag_source(d, BV_STR("text"), text);
	bool ok = bv__sql_format(text, file, dialect, &once, d) && bv__sql_format(bv__buf_view(&once), bv__diag_source(d, BV_STR("formatted"), bv__buf_view(&once)), dialect, &twice, d);
	if (!ok || !bv__str_eq(bv__buf_view(&once), bv__buf_view(&twice))) {
		bv_buf x = BV_BUF_INIT;
		put_errors(&x, d, text);
		bv__buf_str(&x, bv__buf_view(&twice));
		complain(r, title, "formatting", ok ? bv__buf_view(&once) : text, bv__buf_view(&x));
		bv__buf_free(&x);
	}
	bv__buf_free(&once);
	bv__buf_free(&twice);
	bv_diagnostics_free(d);
}

/* The text with a comment between any two tokens: all of one kind, or each of the next kind, or only every fifth. */
static void commented(run *r, bv_str title, bv_str text, const bv_dialect *dialect)
{
	static const char *const kinds[] = {" /* %u */ ", " -- %u\n", "\n-- %u\n", "\n\n\t/* %u\n  of two lines */\n", "/*%u*/"};
	bv_arena *a = bv__arena_new();
	bv_diagnostics *d = bv_diagnostics_new();
	char *copy = bv__arena_alloc(a, (size_t)text.n + 32);
	memcpy(copy, text.p, text.n);
	bv_tokens tokens;
	if (!bv__lex(a, (bv_str){copy, text.n}, 0, dialect, false, &tokens, d))
		tokens.n = 0;
	for (unsigned way = 0; tokens.n && way < 2 * BV_COUNT(kinds); way++) {
		bv_buf b = BV_BUF_INIT;
		uint32_t from = 0;
		for (uint32_t i = 0; i < tokens.n; i++) {
			bv__buf_add(&b, text.p + from, tokens.v[i].end - from);
			from = tokens.v[i].end;
			if (way >= BV_COUNT(kinds) && (i + way) % 5)
				continue;
			unsigned kind = way < BV_COUNT(kinds) ? way : i / 5 % (unsigned)BV_COUNT(kinds);
			char c[64];
			snprintf(c, sizeof c, kinds[kind], i);
			bv__buf_z(&b, c);
		}
		bv__buf_add(&b, text.p + from, text.n - from);
		bv_list l;
		if (bv__sql_parse(a, bv__buf_view(&b), 0, dialect, &l, d))
			formats(r, title, bv__buf_view(&b), dialect);
		bv__buf_free(&b);
	}
	bv_diagnostics_free(d);
	bv__arena_free(a);
}

/* One expectation: what came out is added to `out`. */
static void outcome(bv_buf *out, bv_str what, bv_list statements, bool parsed, const bv_dialect *own, bv_diagnostics *d, bv_str text)
{
	if (bv__str_is(what, "error") || !parsed) {
		put_errors(out, d, text);
		return;
	}
	if (bv__str_is(what, "format")) {
		bv_diagnostics *e = bv_diagnostics_new();
		if (!bv__sql_format(text, bv__diag_source(e, BV_STR("case"), text), own, out, e))
			put_errors(out, e, text);
		bv_diagnostics_free(e);
		return;
	}
	for (uint32_t i = 0; i < statements.n; i++) {
		const bv_node *n = statements.v[i];
		if (i)
			bv__buf_ch(out, '\n');
		if (bv__str_is(what, "tree"))
			bv__tree_print(n, false, out);
		else if (bv__str_is(what, "payload"))
			bv__payload_write(n, out, NULL);
		else {
			bool pretty = bv__str_starts(what, "pretty");
			const char *space = memchr(what.p, ' ', what.n);
			const bv_dialect *w = space ? bv__dialect(bv__strn(space + 1, (size_t)(what.p + what.n - space - 1))) : own;
			bv_diagnostics *e = bv_diagnostics_new();
			size_t before = out->n;
			if (!bv__sql_generate(n, w, pretty, out, e)) {
				bv__buf_truncate(out, before);
				put_errors(out, e, text);
			}
			bv_diagnostics_free(e);
		}
	}
}

/* The line that ends at the next newline. */
static bv_str line_at(bv_str s, size_t i)
{
	const char *q = memchr(s.p + i, '\n', s.n - i);
	return bv__strn(s.p + i, q ? (size_t)(q - s.p) - i : s.n - i);
}

static bool is_mark(bv_str line) { return bv__str_starts(line, "== ") || bv__str_starts(line, "-> "); }

/* Up to the next mark. */
static bv_str block(bv_str s, size_t *i)
{
	size_t start = *i;
	while (*i < s.n) {
		bv_str l = line_at(s, *i);
		if (is_mark(l))
			break;
		*i += l.n + 1;
	}
	if (*i > s.n)
		*i = s.n;
	return trimmed(bv__strn(s.p + start, *i - start));
}

static void file(run *r, bv_str s, bv_buf *updated)
{
	size_t i = 0;
	bv_str head = block(s, &i);
	if (head.n)
		bv__buf_printf(updated, BV_STR_FMT "\n\n", BV_STR_ARG(head));
	while (i < s.n) {
		bv_str mark = line_at(s, i);
		bv_str title = bv__strn(mark.p + 3, mark.n - 3), name = BV_STR("datafusion");
		const char *bar = memchr(title.p, '|', title.n);
		if (bar) {
			name = trimmed(bv__strn(bar + 1, (size_t)(title.p + title.n - bar - 1)));
			title.n = (uint32_t)(bar - title.p);
			title = trimmed(title);
		}
		i += mark.n + 1;
		bv_str sql = block(s, &i);
		bv__buf_printf(updated, BV_STR_FMT "\n" BV_STR_FMT "\n", BV_STR_ARG(mark), BV_STR_ARG(sql));
		const bv_dialect *dialect = bv__dialect(name);
		if (!dialect) {
			complain(r, title, "no such dialect", name, BV_STR(""));
			return;
		}
		bv_arena *a = bv__arena_new();
		bv_diagnostics *d = bv_diagnostics_new();
		bv_list statements = {NULL, 0};
		bool parsed = bv__sql_parse(a, sql, bv__diag_source(d, BV_STR("case"), sql), dialect, &statements, d);
		unsigned before = r->failed;
		bv_buf probe = BV_BUF_INIT;
		bv_diagnostics *quiet = bv_diagnostics_new();
		for (uint32_t k = 0; parsed && k < statements.n; k++) {
			bool written = bv__sql_generate(statements.v[k], dialect, false, &probe, quiet);
			identities(r, title, statements.v[k], dialect, written);
			if (written && k + 1 == statements.n && !bv_diagnostics_count(quiet)) {
				formats(r, title, sql, dialect);
				commented(r, title, sql, dialect);
			}
		}
		bv_diagnostics_free(quiet);
		bv__buf_free(&probe);
		while (i < s.n && bv__str_starts(line_at(s, i), "-> ")) {
			bv_str arrow = line_at(s, i), what = trimmed(bv__strn(arrow.p + 3, arrow.n - 3));
			i += arrow.n + 1;
			bv_str want = block(s, &i);
			bv_buf got = BV_BUF_INIT;
			outcome(&got, what, statements, parsed, dialect, d, sql);
			bv_str g = trimmed(bv__buf_view(&got));
			if (!r->update && !bv__str_eq(want, g)) {
				bv_buf label = BV_BUF_INIT;
				bv__buf_str(&label, what);
				complain(r, title, label.p, want, g);
				bv__buf_free(&label);
			}
			bv__buf_printf(updated, BV_STR_FMT "\n", BV_STR_ARG(arrow));
			bv__buf_str(updated, g);
			bv__buf_ch(updated, '\n');
			bv__buf_free(&got);
		}
		bv__buf_ch(updated, '\n');
		if (r->failed == before)
			r->passed++;
		bv_diagnostics_free(d);
		bv__arena_free(a);
	}
}

int main(int argc, char **argv)
{
	run r = {.update = getenv("BV_UPDATE") != NULL};
	for (int k = 1; k < argc; k++) {
		bv_arena *a = bv__arena_new();
		bv_str s;
		int err = 0;
		r.path = argv[k];
		if (!bv__os_read_file(a, argv[k], 1u << 24, &s, &err)) {
			fprintf(stderr, "%s: cannot be read\n", argv[k]);
			return 1;
		}
		bv_buf updated = BV_BUF_INIT;
		file(&r, s, &updated);
		bv_str u = trimmed(bv__buf_view(&updated));
		if (r.update) {
			bv__buf_truncate(&updated, (size_t)(u.p - updated.p) + u.n);
			bv__buf_ch(&updated, '\n');
			if (!bv__os_write_file(argv[k], bv__buf_view(&updated), &err))
				return 1;
		}
		bv__buf_free(&updated);
		bv__arena_free(a);
	}
	printf("%u passed, %u failed\n", r.passed, r.failed);
	return r.failed || !r.passed;
}
