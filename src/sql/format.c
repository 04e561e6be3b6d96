/* Formatting: a text in, the same statements with the same comments in the house layout out.
 *
 * The parser steps over comments; they stay in a list by place, beside the tree. The generator asks at each piece which of them belong there.
 * What came out is read again: it must hold the same trees and the same comments, and formatting it again must change nothing. */
#include "sql/generate.h"

/* ---- places ---- */

static bool blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == '\v'; }

/* Are the lines of a comment, or of a run of them, nothing but comments? Does the line end behind it, other comments aside? Has it several lines? */
static void place(bv_comments *comments, bv_str text)
{
	for (uint32_t i = 0; i < comments->n; i++) {
		bv_comment *c = &comments->v[i];
		while (c->line && blank(text.p[c->end - 1]))
			c->end--;
		c->many = memchr(text.p + c->start, '\n', c->end - c->start) != NULL;
		uint32_t k = c->start;
		while (k > 0 && text.p[k - 1] != '\n' && blank(text.p[k - 1]))
			k--;
		c->own = k == 0 || text.p[k - 1] == '\n' || (i && comments->v[i - 1].end == k && comments->v[i - 1].own);
	}
	for (uint32_t i = comments->n; i-- > 0;) {
		bv_comment *c = &comments->v[i];
		uint32_t k = c->end;
		while (k < text.n && text.p[k] != '\n' && blank(text.p[k]))
			k++;
		c->last = k == text.n || text.p[k] == '\n' || (i + 1 < comments->n && comments->v[i + 1].start == k && comments->v[i + 1].last);
		c->own = c->own && c->last;
	}
}

/* May it stand between two tokens of a line? */
static bool is_inline(const bv_comment *c) { return !c->line && !c->many && !c->own; }

/* The first place at or behind `at` that is neither blank nor comment. */
static uint32_t next_token(const bv_gen *g, uint32_t at)
{
	uint32_t low = 0, high = g->nall;
	while (low < high) {
		uint32_t mid = (low + high) / 2;
		if (g->all[mid].start < at)
			low = mid + 1;
		else
			high = mid;
	}
	for (;; low++) {
		while (at < g->source.n && blank(g->source.p[at]))
			at++;
		if (low == g->nall || g->all[low].start != at)
			return at;
		at = g->all[low].end;
	}
}

/* ---- writing ---- */

bool bv__g_fresh(const bv_gen *g)
{
	for (size_t i = g->line; i < g->out->n; i++)
		if (g->out->p[i] != '\t')
			return false;
	return true;
}

/* How much is written, without blanks at the end. */
static size_t written(const bv_gen *g)
{
	size_t n = g->out->n;
	while (n && blank(g->out->p[n - 1]))
		n--;
	return n;
}

/* As it was written, if this dialect has such comments. */
static void put_text(bv_gen *g, bv_str s)
{
	uint32_t mark = s.p[0] == '#' ? 1 : s.p[0] == '/' && s.p[1] == '/' ? 2 : 0;
	if (mark) {
		bv__buf_z(g->out, "--");
		bv__buf_add(g->out, s.p + mark, s.n - mark);
		return;
	}
	/* Where comments nest in one of the two dialects only, what opens or closes one inside is taken apart. */
	bool apart = ((g->dialect->lex ^ g->read->lex) & BV_LEX_NESTED_COMMENT) && s.p[0] == '/';
	for (uint32_t i = 0; i < s.n; i++) {
		bv__buf_ch(g->out, s.p[i]);
		if (apart && i > 1 && i + 3 < s.n && ((s.p[i] == '/' && s.p[i + 1] == '*') || (s.p[i] == '*' && s.p[i + 1] == '/')))
			bv__buf_ch(g->out, ' ');
	}
}

static void put(bv_gen *g)
{
	const bv_comment *c = g->comments;
	size_t n = written(g);
	if (n != g->comment_end)
		g->code_end = n;
	put_text(g, (bv_str){g->source.p + c->start, c->end - c->start});
	g->comment_end = g->out->n;
	g->comment_line = c->line;
	for (uint32_t i = c->end; c->many && i > c->start; i--)
		if (g->source.p[i - 1] == '\n') {
			g->line = g->out->n - (c->end - i);
			break;
		}
	g->comments++;
	g->ncomments--;
}

/* Behind what is on the line, or on a line of its own. */
static void put_behind(bv_gen *g)
{
	const bv_comment *c = g->comments;
	if (c->own && !bv__g_fresh(g))
		bv__g_break(g);
	else if (!bv__g_fresh(g) && g->out->n && g->out->p[g->out->n - 1] != ' ')
		bv__buf_ch(g->out, ' ');
	put(g);
	if (c->line || c->own)
		bv__g_break(g);
}

bool bv__g_needs_lines(const bv_gen *g, uint32_t end)
{
	for (uint32_t i = 0; i < g->ncomments && g->comments[i].start < end; i++)
		if (!is_inline(&g->comments[i]))
			return true;
	return false;
}

void bv__g_lead_at(bv_gen *g, uint32_t at)
{
	while (g->ncomments && g->comments[0].start < at) {
		const bv_comment *c = g->comments;
		if (!g->pretty || (g->flat && !is_inline(c)))
			return;
		/* `-` and a comment would run together. */
		char before = g->out->n ? g->out->p[g->out->n - 1] : '\n';
		if (c->own && !bv__g_fresh(g))
			bv__g_break(g);
		else if (!blank(before) && before != '(')
			bv__buf_ch(g->out, ' ');
		put(g);
		if (is_inline(c))
			bv__buf_ch(g->out, ' ');
		else
			bv__g_break(g);
	}
}

/* How many brackets stand right before `at`. */
static unsigned brackets_before(const bv_gen *g, uint32_t at)
{
	unsigned n = 0;
	for (; at > 0 && (blank(g->source.p[at - 1]) || g->source.p[at - 1] == '('); at--)
		n += g->source.p[at - 1] == '(';
	return n;
}

void bv__g_trail_at(bv_gen *g, const bv_node *n, unsigned brackets, bool comma)
{
	uint32_t at = n->span.end;
	unsigned own = 0;
	bool counted = false;
	while (g->ncomments) {
		const bv_comment *c = g->comments;
		if (!g->pretty || (g->flat && !is_inline(c)))
			return;
		if (c->start < n->span.end) {
			put_behind(g); /* inside it, and no place was found there */
			continue;
		}
		if (comma ? !c->last || c->own : !is_inline(c) || c->last)
			return;
		for (; at < c->start; at++) {
			char ch = g->source.p[at];
			if (ch == ' ' || ch == '\t' || (ch == ',' && comma))
				continue;
			uint32_t close = at;
			while (close < c->start && blank(g->source.p[close]))
				close++;
			if (close == c->start || g->source.p[close] != ')')
				return;
			at = close;
			if (!counted) {
				own = brackets_before(g, n->span.start);
				own = own > brackets ? own - brackets : 0;
				counted = true;
			}
			if (own-- == 0)
				return; /* it closes what is around the item */
		}
		at = c->end;
		put_behind(g);
	}
}

void bv__g_rest_at(bv_gen *g, uint32_t end)
{
	uint32_t to = next_token(g, end);
	while (g->ncomments && g->comments[0].start < to) {
		if (!g->pretty || (g->flat && !is_inline(g->comments)))
			return;
		put_behind(g);
	}
}

/* ---- a whole text ---- */

/* A blank line between `from` and `to`? */
static bool gap(bv_str text, uint32_t from, uint32_t to)
{
	unsigned lines = 0;
	for (uint32_t i = from; i < to; i++)
		lines += text.p[i] == '\n';
	return lines > 1;
}

static void end_line(bv_gen *g)
{
	while (g->out->n && (g->out->p[g->out->n - 1] == ' ' || g->out->p[g->out->n - 1] == '\t' || g->out->p[g->out->n - 1] == '\n'))
		bv__buf_truncate(g->out, g->out->n - 1);
	if (g->out->n)
		bv__buf_ch(g->out, '\n');
	g->line = g->out->n;
}

/* Comments between statements: those before `to`, what was written before ended at *from. */
static void between(bv_gen *g, uint32_t *from, uint32_t to)
{
	while (g->ncomments && g->comments[0].start < to) {
		const bv_comment *c = g->comments;
		bool ended = written(g) == g->comment_end && g->comment_line;
		if (!c->own && !ended && g->out->n && !gap(g->source, *from, c->start) && !memchr(g->source.p + *from, '\n', c->start - *from)) {
			bv__buf_truncate(g->out, g->out->n - 1);
			bv__buf_ch(g->out, ' ');
		} else if (g->out->n && gap(g->source, *from, c->start))
			bv__buf_ch(g->out, '\n');
		put(g);
		*from = c->end;
		bv__buf_ch(g->out, '\n');
		g->line = g->out->n;
	}
}

static bool write_all(bv_gen *g, const bv_list *statements)
{
	uint32_t from = 0;
	for (uint32_t i = 0; i < statements->n && !g->failed; i++) {
		const bv_node *n = statements->v[i];
		uint32_t before = from;
		between(g, &from, n->span.start);
		if (g->out->n && (gap(g->source, from, n->span.start) || (i && from == before)))
			bv__buf_ch(g->out, '\n');
		g->line = g->out->n;
		g->indent = 0;
		bv__g_any(g, n);
		uint32_t end = next_token(g, n->span.end);
		/* Brackets around the whole statement say nothing. */
		while (end < g->source.n && g->source.p[end] == ')')
			end = next_token(g, end + 1);
		bool closed = end < g->source.n && g->source.p[end] == ';';
		/* Comments that stand before the `;` come behind it. */
		while (g->ncomments && g->comments[0].start < end)
			put_behind(g);
		bv__buf_truncate(g->out, written(g));
		if (closed && !g->out->failed) {
			size_t at = g->out->n == g->comment_end ? g->code_end : g->out->n;
			bv__buf_ch(g->out, ';');
			memmove(g->out->p + at + 1, g->out->p + at, g->out->n - 1 - at);
			g->out->p[at] = ';';
			g->comment_end += at < g->comment_end;
		}
		end_line(g);
		from = closed ? end + 1 : g->comments > g->all && g->comments[-1].start > n->span.end ? g->comments[-1].end : n->span.end;
	}
	between(g, &from, g->source.n);
	end_line(g);
	return !g->failed && !g->out->failed;
}

static bool same(const bv_list *x, const bv_list *y, const bv_comments *c, bv_str s, const bv_comments *d, bv_str t)
{
	if (x->n != y->n || c->n != d->n)
		return false;
	for (uint32_t i = 0; i < x->n; i++)
		if (!bv__tree_equal(x->v[i], y->v[i]))
			return false;
	for (uint32_t i = 0; i < c->n; i++)
		if (!bv__str_eq((bv_str){s.p + c->v[i].start, c->v[i].end - c->v[i].start}, (bv_str){t.p + d->v[i].start, d->v[i].end - d->v[i].start}))
			return false;
	return true;
}

typedef struct version {
	bv_arena *arena;
	bv_str text;
	bv_list statements;
	bv_comments comments;
} version;

static bool read_version(version *v, bv_str text, uint32_t file, const bv_dialect *dialect, bv_diagnostics *d)
{
	*v = (version){.arena = bv__arena_new(), .text = text};
	if (!v->arena)
		return bv__nomem(d), false;
	if (!bv__sql_parse_comments(v->arena, text, file, dialect, &v->statements, &v->comments, d))
		return false;
	place(&v->comments, text);
	return true;
}

enum { PASSES = 8 };

bool bv__sql_format(bv_str text, uint32_t file, const bv_dialect *dialect, bv_buf *out, bv_diagnostics *d)
{
	version first, now;
	bv_diagnostics *quiet = bv_diagnostics_new();
	if (!quiet)
		return bv__nomem(d), false;
	bool ok = read_version(&first, text, file, dialect, d), settled = false, broken = false;
	if (ok && !dialect->writes) {
		bv_diagnostic *e = bv__diag(d, BV_E_NOT_SUPPORTED, BV_NO_SPAN, "%s SQL can be read, but not written, so it cannot be formatted", dialect->title);
		bv__diag_hint(d, e, "dialects that are written: datafusion, postgres, duckdb, spark");
		ok = false;
	}
	now = first;
	bv_buf texts[2] = {BV_BUF_INIT, BV_BUF_INIT};
	for (unsigned pass = 0; ok && !settled && !broken && pass < PASSES; pass++) {
		bv_buf *to = &texts[pass % 2];
		bv__buf_truncate(to, 0);
		bv_gen g = {.out = to, .dialect = dialect, .read = dialect, .d = pass ? quiet : d, .pretty = true, .comments = now.comments.v, .ncomments = now.comments.n,
					.all = now.comments.v, .nall = now.comments.n, .source = now.text};
		ok = write_all(&g, &now.statements);
		if (to->failed)
			bv__nomem(d);
		broken = pass && !ok && !to->failed;
		if (!ok)
			break;
		settled = pass > 0 && bv__str_eq(bv__buf_view(to), now.text);
		if (settled)
			break;
		if (pass)
			bv__arena_free(now.arena);
		broken = !read_version(&now, bv__buf_view(to), 0, dialect, quiet) || !same(&first.statements, &now.statements, &first.comments, text, &now.comments, now.text);
	}
	if (ok && settled)
		bv__buf_str(out, now.text);
	else if (ok || broken) {
		/* Better the text as it is than one that may say something else. */
		bv__diag(d, BV_E_INTERNAL, BV_NO_SPAN, broken ? "the formatted text would not say the same, so nothing was changed" : "the layout does not settle, so nothing was changed");
		ok = false;
	}
	if (now.arena != first.arena)
		bv__arena_free(now.arena);
	bv__arena_free(first.arena);
	bv__buf_free(&texts[0]);
	bv__buf_free(&texts[1]);
	bv_diagnostics_free(quiet);
	return ok && !out->failed;
}

bool bv__sql_pretty(const bv_node *root, bv_str text, const bv_dialect *read, const bv_dialect *write, bv_buf *out, bv_diagnostics *d)
{
	bv_arena *scratch BV_AUTO(bv__arena_freep) = bv__arena_new();
	if (!scratch)
		return bv__nomem(d), false;
	if (!write->writes || root->span.end > text.n)
		return bv__sql_generate(root, write, true, out, d);
	bv_tokens tokens;
	(void)bv__lex(scratch, text, root->span.file, read, false, &tokens, NULL);
	bv_comments all = tokens.comments;
	place(&all, text);
	/* Those inside, the lines of them right above, and what follows before the next token. */
	uint32_t from = 0, to;
	while (from < all.n && all.v[from].start < root->span.start)
		from++;
	for (uint32_t next = root->span.start; from > 0 && all.v[from - 1].own; next = all.v[--from].start) {
		uint32_t at = all.v[from - 1].end;
		while (at < next && blank(text.p[at]))
			at++;
		if (at != next)
			break;
	}
	bv_gen g = {.out = out, .dialect = write, .read = read, .d = d, .pretty = true, .line = out->n, .all = all.v, .nall = all.n, .source = text};
	uint32_t end = next_token(&g, root->span.end);
	for (to = from; to < all.n && all.v[to].start < end; to++)
		;
	g.comments = all.v ? all.v + from : NULL;
	g.ncomments = to - from;
	bv__g_lead(&g, root);
	bv__g_any(&g, root);
	while (g.ncomments)
		put_behind(&g);
	bv__buf_truncate(out, written(&g));
	if (out->failed)
		return bv__nomem(d), false;
	return !g.failed;
}
