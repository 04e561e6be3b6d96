/* Marks in SQL text. In: a text, its dialect, the template mode. Out: a refusal that points at the first mark; or the text with the values of ${name} and,
 * in postgres, :name in their places. The scan knows just enough of a dialect's lexical rules to step over strings, quoted names and comments; it reads
 * no SQL. What Jinja renders is template.c's, placeholders are the parser's. */
#include "ingress/ingress.h"
#include "sql/mark.h"

typedef struct scan {
	bv_str text;
	uint32_t at;
	bool everywhere;
	bool braces;        /* Jinja's marks count */
	bool backticks;     /* `x` quotes a name */
	bool backslash;     /* '\'' is an escaped quote */
	bool double_string; /* "x" is a string with backslash escapes */
	bool dollar;        /* $tag$ … $tag$ is a string */
	bool hash_comment;  /* # to the end of the line */
	bool nested;        /* block comments nest */
	bool variables;     /* :name is a mark */
	bool (*each)(void *ctx, bv_span mark); /* true: enough */
	void *ctx;
} scan;

static char peek(const scan *s, uint32_t ahead) {
	uint32_t i = s->at + ahead;
	return i < s->text.n ? s->text.p[i] : '\0';
}

static bool name_start(char c) {
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (unsigned char)c >= 0x80;
}

static bool name_part(char c) {
	return name_start(c) || (c >= '0' && c <= '9');
}

typedef enum met_mark { MET_NONE, MET_STEPPED /* over a mark */, MET_ENOUGH } met_mark;

static met_mark tell(scan *s, uint32_t end) {
	bv_span where = {0, s->at, end};
	s->at = end;
	return s->each(s->ctx, where) ? MET_ENOUGH : MET_STEPPED;
}

/* A mark in brackets at the place. */
static met_mark bracket_mark(scan *s) {
	bv_mark m;
	bv_mark_found found = s->braces || peek(s, 0) == '$' ? bv__mark_at(s->text, s->at, true, &m) : BV_MARK_NONE;
	return found == BV_MARK_NONE ? MET_NONE : tell(s, found == BV_MARK_OPEN ? s->at + 2 : m.end);
}

/* The same in what is no code. */
static met_mark inner_mark(scan *s) {
	return s->everywhere ? bracket_mark(s) : MET_NONE;
}

/* Steps over a run that ends at `quote`, doubled quotes and (where they escape) backslashes inside. True: enough. */
static bool quoted(scan *s, char quote, bool backslash) {
	for (s->at++; s->at < s->text.n;) {
		char c = peek(s, 0);
		met_mark met = inner_mark(s);
		if (met != MET_NONE) {
			if (met == MET_ENOUGH) {
				return true;
			}
		} else if (backslash && c == '\\') {
			s->at += 2;
		} else if (c != quote) {
			s->at++;
		} else if (peek(s, 1) == quote) {
			s->at += 2;
		} else {
			s->at++;
			return false;
		}
	}
	return false;
}

static bool line_comment(scan *s) {
	while (s->at < s->text.n && peek(s, 0) != '\n') {
		met_mark met = inner_mark(s);
		if (met == MET_ENOUGH) {
			return true;
		}
		s->at += met == MET_NONE;
	}
	return false;
}

static bool block_comment(scan *s) {
	unsigned depth = 1;
	for (s->at += 2; s->at < s->text.n && depth;) {
		met_mark met = inner_mark(s);
		if (met == MET_ENOUGH) {
			return true;
		}
		if (met == MET_STEPPED) {
			continue;
		}
		bool closes = peek(s, 0) == '*' && peek(s, 1) == '/', opens = s->nested && peek(s, 0) == '/' && peek(s, 1) == '*';
		depth += opens;
		depth -= closes;
		s->at += closes || opens ? 2 : 1;
	}
	return false;
}

/* $tag$ … $tag$ at the place, or nothing of the kind: then one byte is stepped over. */
static bool dollar_string(scan *s) {
	uint32_t n = 1;
	while (name_part(peek(s, n))) {
		n++;
	}
	if (peek(s, n) != '$' || (n > 1 && peek(s, 1) >= '0' && peek(s, 1) <= '9')) {
		s->at++;
		return false;
	}
	n++;
	const char *tag = s->text.p + s->at;
	for (s->at += n; s->at < s->text.n;) {
		if (s->at + n <= s->text.n && memcmp(s->text.p + s->at, tag, n) == 0) {
			s->at += n;
			return false;
		}
		met_mark met = inner_mark(s);
		if (met == MET_ENOUGH) {
			return true;
		}
		s->at += met == MET_NONE;
	}
	return false;
}

/* Is there anything that looks like a mark, wherever it stands? Most texts hold nothing, and that is seen at the speed of memchr. */
static bool suspicious(bv_str text, bool variables) {
	const char *end = text.p + text.n;
	for (const char *p = text.p; p < end && (p = memchr(p, '{', (size_t)(end - p))); p++) {
		if ((p > text.p && p[-1] == '$') || (p + 1 < end && (p[1] == '{' || p[1] == '%' || p[1] == '#'))) {
			return true;
		}
	}
	for (const char *p = text.p; variables && p + 1 < end && (p = memchr(p, ':', (size_t)(end - p))); p++) {
		if (p + 1 < end && (name_start(p[1]) || p[1] == '\'' || p[1] == '"')) {
			return true;
		}
		p += p + 1 < end && p[1] == ':'; /* a cast */
	}
	return false;
}

/* Where the mark of psql that begins here ends: :name, :'name', :"name"; 0: it is none. */
static uint32_t psql_mark(const scan *s) {
	char quote = peek(s, 1);
	uint32_t n = quote == '\'' || quote == '"' ? 2 : 1;
	if (n == 1) {
		quote = 0;
	}
	uint32_t from = n;
	while (name_part(peek(s, n))) {
		n++;
	}
	if (n == from || (!quote && !name_start(peek(s, from))) || (quote && peek(s, n) != quote)) {
		return 0;
	}
	return s->at + n + (quote != 0);
}

static void scan_text(scan *s, const bv_dialect *dialect) {
	bv_str name = bv__str(bv__dialect_name(dialect));
	bool spark = bv__str_is(name, "spark") || bv__str_is(name, "databricks"), bigquery = bv__str_is(name, "bigquery");
	bool postgres = bv__str_is(name, "postgres"), duckdb = bv__str_is(name, "duckdb"), snowflake = bv__str_is(name, "snowflake");
	bool generic = bv__str_is(name, "generic"), datafusion = bv__str_is(name, "datafusion");
	s->backticks = spark || bigquery || generic;
	s->backslash = spark || bigquery || snowflake;
	s->double_string = spark || bigquery;
	s->dollar = postgres || duckdb || snowflake || generic;
	s->hash_comment = bigquery;
	s->nested = postgres || duckdb || generic || datafusion;
	s->variables = postgres;
	if (!suspicious(s->text, s->variables)) {
		return;
	}
	unsigned brackets = 0;
	bool word = false, enough = false; /* word: the byte before belongs to a name or number: a quote after E is an escape string only where E stands alone */
	while (s->at < s->text.n && !enough) {
		char c = peek(s, 0), next = peek(s, 1);
		met_mark met = bracket_mark(s);
		if (met != MET_NONE) {
			enough = met == MET_ENOUGH;
			word = false;
			continue;
		}
		bool escape = (c == 'e' || c == 'E') && next == '\'' && !word;
		word = name_part(c);
		uint32_t end;
		if (escape && (postgres || duckdb || generic || datafusion)) {
			s->at++;
			enough = quoted(s, '\'', true);
		} else if (c == '\'') {
			enough = quoted(s, c, s->backslash);
		} else if (c == '"') {
			enough = quoted(s, c, s->double_string);
		} else if (c == '`' && s->backticks) {
			enough = quoted(s, c, false);
		} else if ((c == '-' && next == '-') || (c == '#' && s->hash_comment)) {
			enough = line_comment(s);
		} else if (c == '/' && next == '*') {
			enough = block_comment(s);
		} else if (c == '$' && s->dollar) {
			enough = dollar_string(s);
		} else if (c == ':' && next == ':') {
			s->at += 2; /* a cast */
		} else if (c == ':' && s->variables && brackets == 0 && (end = psql_mark(s)) != 0) {
			enough = tell(s, end) == MET_ENOUGH;
		} else {
			brackets += c == '[';
			brackets -= c == ']' && brackets;
			s->at++;
		}
	}
}

static bool first_mark(void *ctx, bv_span mark) {
	*(bv_span *)ctx = mark;
	return true;
}

bool bv__ingress_find_template(bv_str text, const bv_dialect *dialect, bool everywhere, bv_span *where) {
	bv_span found = {0, 0, 0};
	scan s = {.text = text, .everywhere = everywhere, .braces = true, .each = first_mark, .ctx = &found};
	scan_text(&s, dialect);
	if (found.end) {
		*where = found;
	}
	return found.end != 0;
}

bool bv__ingress_refuse(bv_str text, uint32_t file, const bv_dialect *dialect, bv_diagnostics *d) {
	bv_span where;
	if (!bv__ingress_find_template(text, dialect, false, &where)) {
		return true;
	}
	where.file = file;
	bv_str mark = {text.p + where.start, where.end - where.start};
	if (mark.n > 40) {
		mark.n = 2;
	}
	bv_diagnostic *e = bv__diag(d, BV_E_TEMPLATE, where, "template mark " BV_STR_FMT " in SQL, and the policy refuses templates", BV_STR_ARG(mark));
	bv__diag_hint(d, e, "write the value itself, or quote the text if it is meant as it stands");
	return false;
}

/* ---- values in the places of ${name} and :name ---- */

typedef struct filling {
	bv_arena *a;
	const bv_origin *from;
	bv_origin *to;
	bv_str variables;
	bv_diagnostics *d;
	bv_buf out;
	uint32_t done; /* of the text */
	uint32_t piece; /* the last one that begins there or before */
	uint32_t marks;
	bool ok, oom;
} filling;

static void add_piece(filling *f, uint32_t start, uint32_t end, bool copied) {
	f->oom |= !bv__origin_add(f->a, f->to, (uint32_t)f->out.n, start, end, copied);
}

/* Text that stays as it is, with the pieces that it already has. */
static void keep(filling *f, uint32_t end) {
	bv_str text = f->from->text;
	if (f->from->pieces.n == 0) {
		add_piece(f, f->done, end, true);
	}
	for (const bv_piece *p; f->piece < f->from->pieces.n; f->piece++) {
		p = &f->from->pieces.v[f->piece];
		uint32_t stop = f->piece + 1 < f->from->pieces.n ? p[1].at : text.n, start = p->at > f->done ? p->at : f->done;
		if (start >= end) {
			break;
		}
		if (start < stop) {
			uint32_t at = (uint32_t)f->out.n + (start - f->done), skipped = p->copied ? start - p->at : 0;
			f->oom |= !bv__origin_add(f->a, f->to, at, skipped < p->end - p->start ? p->start + skipped : p->end, p->end, p->copied);
		}
		if (stop > end) {
			break;
		}
	}
	bv__buf_add(&f->out, text.p + f->done, end - f->done);
	f->done = end;
}

static void put_doubled(bv_buf *out, bv_str s, char quote) {
	bv__buf_ch(out, quote);
	for (uint32_t i = 0; i < s.n; i++) {
		bv__buf_ch(out, s.p[i]);
		if (s.p[i] == quote) {
			bv__buf_ch(out, quote);
		}
	}
	bv__buf_ch(out, quote);
}

static bool fill_mark(void *ctx, bv_span where) {
	filling *f = ctx;
	bv_str text = f->from->text;
	bv_span at = bv__origin_span(f->from, where.start, where.end);
	bv_mark m;
	char quote = 0;
	bv_str name;
	bv_mark_found found = BV_MARK_FOUND;
	bool good = true;
	f->marks++;
	if (text.p[where.start] == '$') {
		found = bv__mark_at(text, where.start, true, &m);
		good = found == BV_MARK_FOUND && bv__mark_variable(text, &m, &name);
	} else {
		quote = text.p[where.start + 1] == '\'' || text.p[where.start + 1] == '"' ? text.p[where.start + 1] : 0;
		name = (bv_str){text.p + where.start + (quote ? 2 : 1), where.end - where.start - (quote ? 3 : 1)};
	}
	keep(f, where.start);
	f->done = where.end;
	bv_json_kind kind = BV_JSON_NULL;
	bv_str value = {"", 0};
	/* What a template's marks wrote is not looked at again. */
	if (!bv__origin_copied(f->from, where.start, where.end)) {
		bv_diagnostic *e = bv__diag(f->d, BV_E_RENDER, at, "this writes " BV_STR_FMT ", and what a template writes is not looked at again", (int)(where.end - where.start < 40 ? where.end - where.start : 2),
			text.p + where.start);
		bv__diag_hint(f->d, e, "in macros and blocks write {{ name }}");
		f->ok = false;
	} else if (found == BV_MARK_OPEN) {
		bv__diag(f->d, BV_E_RENDER, at, "the template mark is not closed");
		f->ok = false;
	} else if (!good) {
		bv_diagnostic *e = bv__diag(f->d, BV_E_RENDER, at, "${…} holds the name of a variable");
		bv__diag_hint(f->d, e, "{{ … }} holds an expression");
		f->ok = false;
	} else if (!bv__variable(f->a, f->variables, name, &kind, &value)) {
		bv__variable_missing(f->a, f->variables, name, BV_E_RENDER, at, f->d);
		f->ok = false;
	} else if (kind == BV_JSON_OBJECT || kind == BV_JSON_ARRAY) {
		bv_diagnostic *e = bv__diag(f->d, BV_E_RENDER, at, "variable `" BV_STR_FMT "` is a %s, which has no text", BV_STR_ARG(name), kind == BV_JSON_ARRAY ? "list" : "map");
		bv__diag_hint(f->d, e, "a template of {{ }} and {%% %%} can write its items");
		f->ok = false;
	} else if (quote == '"' && value.n == 0) {
		bv__diag(f->d, BV_E_RENDER, at, "variable `" BV_STR_FMT "` is empty, and a name cannot be", BV_STR_ARG(name));
		f->ok = false;
	} else {
		add_piece(f, at.start, at.end, false);
		if (quote) {
			put_doubled(&f->out, value, quote);
		} else {
			bv__buf_str(&f->out, value);
		}
	}
	return false;
}

bool bv__ingress_fill(bv_arena *a, bv_origin *o, const bv_dialect *dialect, const bv_templates *how, bv_diagnostics *d) {
	bv_origin to = {.source = o->source, .file = o->file};
	filling f = {.a = a, .from = o, .to = &to, .variables = how->variables, .d = d, .out = BV_BUF_INIT, .ok = true};
	scan s = {.text = o->text, .everywhere = true, .each = fill_mark, .ctx = &f};
	scan_text(&s, dialect);
	if (f.marks) {
		keep(&f, o->text.n);
		to.text = bv__arena_str(a, bv__buf_view(&f.out));
		f.oom |= f.out.failed || bv__arena_failed(a);
		*o = to;
	}
	bv__buf_free(&f.out);
	if (f.oom) {
		(void)bv__nomem(d);
	}
	return f.ok && !f.oom;
}
