/* Templates. In: a text with Jinja's marks, variables, the engine's renderer. Out: the rendered text, and for each byte of it the place in the template.
 *
 * What the engine renders is the template with calls of `__belvedere_at(n)` between its pieces: before each piece of plain text and before each mark. A call
 * gives the empty text, so the output is the template's own; the engine notes how much was written when it was made. Where piece n is plain text its
 * output is that text byte for byte; where it is a mark all of the output belongs to the mark. Inside bodies whose output is a value first (macros,
 * {% set %} … {% endset %}, {% filter %}, {% call %}, loops that call themselves) the number is 0 and nothing is noted: what comes of them belongs to
 * the mark, or the block, that writes it. As each mark has a call before it that begins a line, the line of an error names its mark; and as each turn of a
 * loop and each macro makes calls, counting them bounds what a template can do. Blanks that a mark trims are trimmed here, so that no call stands between. */
#include <stdlib.h>

#include "ingress/ingress.h"
#include "sql/mark.h"

#define AT "__belvedere_at"

enum { ELIFS_MAX = 500 };

typedef struct place {
	uint32_t start, end;
	bool copied;
} place;

typedef struct line_of {
	uint32_t line;
	bv_mark mark;
} line_of;

typedef struct open_block {
	bv_str word; /* for, if, … */
	bv_mark mark;
	uint32_t place; /* of the whole block, 0: none */
	bool value;     /* its output is a value first */
} open_block;

typedef struct template {
	bv_arena *a;
	bv_str text;
	uint32_t file;
	bv_diagnostics *d;
	bv_buf out;
	uint32_t line;
	BV_VEC(place) places;   /* n - 1 */
	BV_VEC(line_of) lines;
	BV_VEC(open_block) open;
	unsigned values; /* open blocks whose output is a value first */
	unsigned elifs;  /* each is a level */
	bool oom;
} template;

static bv_span mark_span(const template *t, const bv_mark *m) {
	return (bv_span){t->file, m->start, m->end};
}

static bv_str mark_text(const template *t, const bv_mark *m) {
	return (bv_str){t->text.p + m->start, m->end - m->start > 60 ? 2 : m->end - m->start};
}

static void put(template *t, bv_str s) {
	bv__buf_str(&t->out, s);
	for (const char *p = s.p, *end = s.p + s.n; p < end && (p = memchr(p, '\n', (size_t)(end - p))) != NULL; p++) {
		t->line++;
	}
}

/* The number of a piece, 0 where its output is not seen. */
static uint32_t number(template *t, uint32_t start, uint32_t end, bool copied) {
	if (t->values) {
		return 0;
	}
	place p = {start, end, copied};
	t->oom |= !BV_PUSH(t->a, &t->places, p);
	return t->places.n;
}

static void put_at(template *t, bool line, uint32_t n) {
	bv__buf_printf(&t->out, "{{%s" AT "(%u)}}", line ? "\n" : "", n);
	t->line += line;
}

static void literal(template *t, uint32_t start, uint32_t end) {
	if (start >= end) {
		return;
	}
	if (!t->values) {
		put_at(t, false, number(t, start, end, true));
	}
	put(t, (bv_str){t->text.p + start, end - start});
}

/* ---- statements ---- */

static const char *const blocks[] = {"for", "if", "with", "autoescape", "filter", "call", "macro", "set"};

/* Statements of templates of many files, of dbt, and of Jinja's extensions. */
static const struct {
	const char *word, *why;
} absent[] = {
	{"include", "a template is one text: no file is read"}, {"import", "a template is one text: no file is read"}, {"from", "a template is one text: no file is read"},
	{"extends", "a template is one text: no file is read"}, {"block", "a template is one text: no other one extends it"},
	{"snapshot", "that is dbt's; a view file holds one view"}, {"materialization", "that is dbt's; CREATE MATERIALIZED VIEW says how a view is kept"},
	{"test", "that is dbt's; a view file holds one view"}, {"docs", "that is dbt's; COMMENT describes a view and its columns"},
};

static bool refuse(template *t, const bv_mark *m, const char *hint, const char *fmt, ...) BV_PRINTF(4, 5);
static bool refuse(template *t, const bv_mark *m, const char *hint, const char *fmt, ...) {
	char text[256];
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	text[bv__utf8_invalid(text, strlen(text))] = 0; /* a cut must not split a character */
	bv_diagnostic *e = bv__diag(t->d, BV_E_RENDER, mark_span(t, m), "%s", text);
	if (hint) {
		bv__diag_hint(t->d, e, "%s", hint);
	}
	return false;
}

/* Is the word somewhere in the statement? */
static bool says(const template *t, const bv_mark *m, const char *word) {
	uint32_t at = m->from;
	for (bv_mark_word w; bv__mark_word(t->text, &at, m->to, &w);) {
		if (w.kind == 'w' && bv__str_is(w.text, word)) {
			return true;
		}
	}
	return false;
}

/* {% set x %} … {% endset %} has no `=` outside brackets; {% set x = … %} has. */
static bool assigns(const template *t, const bv_mark *m) {
	uint32_t at = m->from;
	int depth = 0;
	for (bv_mark_word w; bv__mark_word(t->text, &at, m->to, &w);) {
		depth += (w.kind == '(' || w.kind == '[' || w.kind == '{') - (w.kind == ')' || w.kind == ']' || w.kind == '}');
		if (depth == 0 && w.kind == '=') {
			return true;
		}
	}
	return false;
}

/* The names that a statement gives values to are looked at once they have them, so that none grows without bounds: a, b.c, ... */
static void put_bound(template *t, const bv_mark *m, bv_str word) {
	bool macro = bv__str_is(word, "macro"), with = bv__str_is(word, "with"), loop = bv__str_is(word, "for");
	uint32_t at = m->from;
	bv_mark_word w, before = {{NULL, 0}, 0}, ahead;
	int depth = 0;
	unsigned n = 0;
	bool inside = !macro && !with;
	(void)bv__mark_word(t->text, &at, m->to, &w); /* the statement's own word */
	bv_buf names = BV_BUF_INIT;
	while (bv__mark_word(t->text, &at, m->to, &w)) {
		depth += (w.kind == '(') - (w.kind == ')');
		uint32_t next = at;
		bool more = bv__mark_word(t->text, &next, m->to, &ahead);
		if (inside && ((loop && w.kind == 'w' && bv__str_is(w.text, "in")) || w.kind == '=')) {
			break;
		}
		bool name = w.kind == 'w';
		if (macro) {
			name = name && depth == 1 && (before.kind == '(' || before.kind == ',');
		} else if (with) {
			name = name && depth == 0 && more && ahead.kind == '=';
		}
		if (name) {
			bool part = inside && before.kind == '.';
			bv__buf_printf(&names, "%s" BV_STR_FMT, part ? "." : ", ", BV_STR_ARG(w.text));
			n++;
		}
		before = w;
	}
	if (n) {
		bv__buf_printf(&t->out, "{{" AT "(0" BV_STR_FMT ")}}", BV_STR_ARG(bv__buf_view(&names)));
	}
	t->oom |= names.failed;
	bv__buf_free(&names);
}

/* A statement's part in the nesting of blocks; of one that ends a block, *m becomes the one that began it. *block: the number of the whole block, where
 * that writes. False: refused. */
static bool statement(template *t, bv_mark *m, bv_str *word, uint32_t *block) {
	uint32_t at = m->from;
	bv_mark_word w = {{"", 0}, 0};
	*word = BV_STR("");
	*block = 0;
	if (!bv__mark_word(t->text, &at, m->to, &w) || w.kind != 'w') {
		return true; /* the engine says what is wrong with it */
	}
	*word = w.text;
	for (size_t i = 0; i < BV_COUNT(absent); i++) {
		if (bv__str_is(w.text, absent[i].word)) {
			return refuse(t, m, absent[i].why, "there is no {%% %s %%} here", absent[i].word);
		}
	}
	for (size_t i = 0; i < BV_COUNT(blocks); i++) {
		if (bv__str_is(w.text, blocks[i]) && !(bv__str_is(w.text, "set") && assigns(t, m))) {
			open_block b = {.word = w.text, .mark = *m};
			bool silent = bv__str_is(w.text, "macro") || bv__str_is(w.text, "set");
			b.value = silent || bv__str_is(w.text, "filter") || bv__str_is(w.text, "call") || (bv__str_is(w.text, "for") && says(t, m, "recursive"));
			if (b.value && !silent && !t->values) {
				b.place = *block = number(t, m->start, m->end, false);
			}
			t->values += b.value;
			t->oom |= !BV_PUSH(t->a, &t->open, b);
			return true;
		}
	}
	if (bv__str_is(w.text, "elif") && ++t->elifs > ELIFS_MAX) {
		return refuse(t, m, "a loop over a list may say the same", "more than %d {%% elif %%}", ELIFS_MAX);
	}
	if (w.text.n > 3 && memcmp(w.text.p, "end", 3) == 0) {
		bv_str what = {w.text.p + 3, w.text.n - 3};
		if (t->open.n == 0) {
			return refuse(t, m, NULL, BV_STR_FMT " closes nothing", BV_STR_ARG(mark_text(t, m)));
		}
		open_block b = t->open.v[--t->open.n];
		if (!bv__str_eq(b.word, what)) {
			bv_diagnostic *e = bv__diag(t->d, BV_E_RENDER, mark_span(t, m), BV_STR_FMT " where {%% end" BV_STR_FMT " %%} is wanted", BV_STR_ARG(mark_text(t, m)), BV_STR_ARG(b.word));
			bv__diag_note(t->d, e, mark_span(t, &b.mark), "this is open");
			return false;
		}
		t->values -= b.value;
		if (b.place) {
			t->places.v[b.place - 1].end = m->end;
		}
		*m = b.mark; /* what goes wrong here is the block's */
	}
	return true;
}

static bool is_operator(const bv_mark_word *w) {
	static const char *const words[] = {"not", "and", "or", "if", "else", "is", "in"};
	for (size_t i = 0; w->kind == 'w' && i < BV_COUNT(words); i++) {
		if (bv__str_is(w->text, words[i])) {
			return true;
		}
	}
	return w->kind != 'w' && w->kind != 's' && w->kind != 'n' && w->kind != ',' && w->kind != ':' && w->kind != ')' && w->kind != ']' && w->kind != '}';
}

/* A mark may hold no name of ours, and no expression that is so deep that the engine's template language, which does not count, runs out of stack: each operator
 * and bracket between two commas may be a level. */
static bool check_words(template *t, const bv_mark *m) {
	enum { LEVELS = 500, BRACKETS = 200 };
	unsigned deep[BRACKETS + 1] = {0}, open = 0;
	uint32_t at = m->from;
	for (bv_mark_word w; bv__mark_word(t->text, &at, m->to, &w);) {
		if (w.kind == 'w' && bv__str_starts(w.text, "__belvedere")) {
			return refuse(t, m, "take another name", "names that begin with __belvedere are not a template's");
		}
		deep[open] += is_operator(&w);
		if (w.kind == ',') {
			deep[open] = open ? deep[open - 1] : 0;
		} else if (w.kind == '(' || w.kind == '[' || w.kind == '{') {
			if (open == BRACKETS || deep[open] > LEVELS) {
				return refuse(t, m, "a {% set %} before it can hold a part", "the expression is too deep");
			}
			open++;
			deep[open] = deep[open - 1];
		} else if ((w.kind == ')' || w.kind == ']' || w.kind == '}') && open) {
			open--;
		}
		if (deep[open] > LEVELS) {
			return refuse(t, m, "a {% set %} before it can hold a part", "the expression is too deep");
		}
	}
	return true;
}

static bool put_mark(template *t, const bv_mark *m) {
	bv_str word = BV_STR("");
	uint32_t n = 0;
	bool plain = m->kind == BV_MARK_COMMENT || m->kind == BV_MARK_RAW;
	if (!plain && !check_words(t, m)) {
		return false;
	}
	unsigned values = t->values; /* around the mark: one that begins a block stands before it, one that ends it still inside */
	bv_mark named = *m;
	if (m->kind == BV_MARK_BLOCK && !statement(t, &named, &word, &n)) {
		return false;
	}
	if (m->kind == BV_MARK_VALUE) {
		n = number(t, m->start, m->end, false);
	} else if (m->kind == BV_MARK_RAW) {
		n = number(t, m->from, m->to, true);
	}
	put_at(t, true, values ? 0 : n);
	line_of here = {t->line, named};
	t->oom |= !BV_PUSH(t->a, &t->lines, here);
	put(t, (bv_str){t->text.p + m->start, m->end - m->start});
	bool binds = bv__str_is(word, "for") || bv__str_is(word, "macro") || bv__str_is(word, "with") || (bv__str_is(word, "set") && assigns(t, m));
	if (binds) {
		put_bound(t, m, word);
	}
	return true;
}

/* The template with its calls. False: refused. */
static bool mark_up(template *t) {
	uint32_t at = 0;
	bv_mark m;
	bool trims = false;
	for (bv_mark_found found; (found = bv__mark_next(t->text, at, &m)) != BV_MARK_NONE; at = m.end) {
		if (found == BV_MARK_OPEN) {
			bv_mark opening = {.start = m.start, .end = m.start + 2};
			return refuse(t, &opening, NULL, m.kind == BV_MARK_RAW ? "the raw block is not closed" : "the template mark is not closed");
		}
		uint32_t start = trims ? bv__blanks_after(t->text, at, m.start) : at;
		literal(t, start, m.trims_left ? bv__blanks_before(t->text, start, m.start) : m.start);
		if (!put_mark(t, &m)) {
			return false;
		}
		trims = m.trims_right;
	}
	literal(t, trims ? bv__blanks_after(t->text, at, t->text.n) : at, t->text.n);
	for (uint32_t i = 0; i < t->open.n; i++) {
		const open_block *b = &t->open.v[i];
		refuse(t, &b->mark, NULL, "{%% " BV_STR_FMT " %%} is not closed", BV_STR_ARG(b->word));
	}
	return t->open.n == 0;
}

/* ---- the engine's answer ---- */

/* Names that people bring from dbt or Python, and that say nothing here. */
static const struct {
	const char *name, *hint;
} elsewhere[] = {
	{"config", "options of a view stand in CREATE VIEW … WITH (…), those of all views in belvedere.yaml"},
	{"this", "a view is never read while it is made: write the query of the whole table"},
	{"is_incremental", "what is new is found out by Belvedere: write the query of the whole table"},
	{"env_var", "a variable in belvedere.yaml may be \"${NAME}\" of the environment"},
	{"run_query", "rendering reads no data"}, {"execute", "rendering reads no data"}, {"adapter", "rendering reads no data"}, {"statement", "rendering reads no data"},
	{"load_result", "rendering reads no data"}, {"graph", "the graph is derived from the views"}, {"model", "a view's name is its file's, or the one that it says"},
	{"return", "the text of a macro is its value"}, {"log", "rendering writes the text and nothing else"}, {"exceptions", "rendering writes the text and nothing else"},
	{"run_started_at", "a text is the same each time; now() is evaluated when a view is refreshed"}, {"invocation_id", "a text is the same each time"},
	{"modules", "filters and macros are all that there is"}, {"append", "a list does not change: {% set ns.list = ns.list + [x] %}"}, {"extend", "a list does not change: {% set ns.list = ns.list + more %}"},
	{"target", "give a variable"}, {"schema", "give a variable"}, {"database", "give a variable"}, {"dbt_utils", "macros of packages are not there: write the SQL"},
};

/* What a failed rendering says, at the mark whose line it names. */
static void explain(template *t, const bv_rendering *r, bv_str variables) {
	bv_mark m = {.start = 0, .end = 0};
	for (uint32_t i = 0; r->line && i < t->lines.n && t->lines.v[i].line <= r->line; i++) {
		m = t->lines.v[i].mark;
	}
	uint32_t at = m.from;
	bv_mark_word w;
	bv_str name;
	bv_json_kind kind;
	if (r->missing && m.end) {
		while (bv__mark_word(t->text, &at, m.to, &w)) {
			for (size_t i = 0; w.kind == 'w' && i < BV_COUNT(elsewhere); i++) {
				if (bv__str_is(w.text, elsewhere[i].name) && !bv__variable(t->a, variables, w.text, &kind, &name)) {
					(void)refuse(t, &m, elsewhere[i].hint, "there is no `%s` here", elsewhere[i].name);
					return;
				}
			}
		}
		if (m.kind == BV_MARK_VALUE && bv__mark_variable(t->text, &m, &name)) {
			bv__variable_missing(t->a, variables, name, BV_E_RENDER, mark_span(t, &m), t->d);
			return;
		}
	}
	(void)refuse(t, &m, bv__str_starts(r->why, "syntax error") ? "text that is no template stands between {% raw %} and {% endraw %}" : NULL, BV_STR_FMT, BV_STR_ARG(r->why));
}

/* {"places":[[n,offset],…],"text":"…"} */
static bool read_answer(template *t, bv_str answer, bv_origin *out) {
	bv_json_in in = {.arena = t->a, .p = answer.p, .end = answer.p + answer.n};
	bv_str key, n, offset;
	bool ok = bv__json_expect(&in, '{') && bv__json_read_string(&in, &key) && bv__str_is(key, "places") && bv__json_expect(&in, ':') && bv__json_expect(&in, '[');
	uint32_t last = 0;
	ok = ok && bv__origin_add(t->a, out, 0, 0, t->text.n, false);
	while (ok && !bv__json_take(&in, ']')) {
		ok = bv__json_expect(&in, '[') && bv__json_read_number(&in, &n) && bv__json_expect(&in, ',') && bv__json_read_number(&in, &offset) && bv__json_expect(&in, ']');
		unsigned long long k = ok ? strtoull(n.p, NULL, 10) : 0, at = ok ? strtoull(offset.p, NULL, 10) : 0;
		ok = ok && k >= 1 && k <= t->places.n && at >= last && at <= UINT32_MAX;
		if (ok) {
			const place *p = &t->places.v[k - 1];
			last = (uint32_t)at;
			ok = bv__origin_add(t->a, out, last, p->start, p->end, p->copied);
		}
		(void)bv__json_take(&in, ',');
	}
	ok = ok && bv__json_expect(&in, ',') && bv__json_read_string(&in, &key) && bv__str_is(key, "text") && bv__json_expect(&in, ':') && bv__json_read_string(&in, &out->text) &&
		last <= out->text.n;
	if (!ok) {
		bv__diag(t->d, BV_E_INTERNAL, (bv_span){t->file, 0, 0}, "the engine's answer to a template cannot be read");
	}
	return ok;
}

bool bv__ingress_render(bv_arena *a, bv_str text, uint32_t file, const bv_templates *how, bv_origin *out, bv_diagnostics *d) {
	*out = (bv_origin){.text = text, .source = text, .file = file};
	bv_mark first;
	/* A text that is no text is the parser's to refuse. */
	if (bv__mark_next(text, 0, &first) == BV_MARK_NONE || bv__utf8_invalid(text.p, text.n) < text.n || memchr(text.p, 0, text.n)) {
		return true;
	}
	template t = {.a = a, .text = text, .file = file, .d = d, .out = BV_BUF_INIT, .line = 1};
	bv_rendering r = {.why = BV_STR(""), .answer = BV_STR("")};
	bool ok = mark_up(&t);
	if (ok && !how->render) {
		bv_diagnostic *e = bv__diag(d, BV_E_ENGINE_MISSING, mark_span(&t, &first), "rendering a template needs the engine");
		bv__diag_hint(d, e, "libbelvedere_datafusion.so is looked for beside libbelvedere.so and at $BELVEDERE_ENGINE");
		ok = false;
	} else if (ok && !t.oom && !t.out.failed) {
		ok = how->render(how->ctx, a, bv__buf_view(&t.out), how->variables, &r);
		if (!ok) {
			explain(&t, &r, how->variables);
		}
		ok = ok && read_answer(&t, r.answer, out);
	}
	bool oom = t.oom || t.out.failed || bv__arena_failed(a);
	bv__buf_free(&t.out);
	if (oom) {
		(void)bv__nomem(d);
	}
	return ok && !oom;
}
