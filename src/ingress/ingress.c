/* Template marks. In: the text of a statement, its dialect, the template mode. Out: the first mark, or a refusal that points at it. The scan
 * knows just enough of a dialect's lexical rules to step over strings, quoted names and comments; it reads no SQL. */
#include "ingress/ingress.h"

typedef struct scan {
	bv_str text;
	uint32_t at;
	bool everywhere;
	bool backticks;     /* `x` quotes a name */
	bool backslash;     /* '\'' is an escaped quote */
	bool double_string; /* "x" is a string with backslash escapes */
	bool dollar;        /* $tag$ … $tag$ is a string */
	bool hash_comment;  /* # to the end of the line */
	bool nested;        /* block comments nest */
	bool variables;     /* :name is a mark */
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

/* {{ … }}, {% … %}, {# … #}, ${ … }: up to and with its end where there is one on the way. */
static bool brace_mark(const scan *s, bv_span *where) {
	char c = peek(s, 0), next = peek(s, 1);
	const char *end;
	if (c == '{' && next == '{') {
		end = "}}";
	} else if (c == '{' && next == '%') {
		end = "%}";
	} else if (c == '{' && next == '#') {
		end = "#}";
	} else if (c == '$' && next == '{') {
		end = "}";
	} else {
		return false;
	}
	size_t n = strlen(end);
	uint32_t stop = s->at + 2;
	for (uint32_t i = stop; i + n <= s->text.n; i++) {
		if (memcmp(s->text.p + i, end, n) == 0) {
			stop = i + (uint32_t)n;
			break;
		}
	}
	*where = (bv_span){0, s->at, stop};
	return true;
}

/* Steps over a run that ends at `quote`, doubled quotes and (where they escape) backslashes inside. True: a mark was met and it counts. */
static bool quoted(scan *s, char quote, bool backslash, bv_span *where) {
	for (s->at++; s->at < s->text.n; s->at++) {
		char c = peek(s, 0);
		if (s->everywhere && brace_mark(s, where)) {
			return true;
		}
		if (backslash && c == '\\') {
			s->at++;
		} else if (c == quote) {
			if (peek(s, 1) != quote) {
				s->at++;
				return false;
			}
			s->at++;
		}
	}
	return false;
}

static bool line_comment(scan *s, bv_span *where) {
	for (; s->at < s->text.n && peek(s, 0) != '\n'; s->at++) {
		if (s->everywhere && brace_mark(s, where)) {
			return true;
		}
	}
	return false;
}

static bool block_comment(scan *s, bv_span *where) {
	unsigned depth = 1;
	for (s->at += 2; s->at < s->text.n && depth; s->at++) {
		if (s->everywhere && brace_mark(s, where)) {
			return true;
		}
		if (peek(s, 0) == '*' && peek(s, 1) == '/') {
			depth--;
			s->at++;
		} else if (s->nested && peek(s, 0) == '/' && peek(s, 1) == '*') {
			depth++;
			s->at++;
		}
	}
	return false;
}

/* $tag$ … $tag$ at the place, or nothing of the kind: then one byte is stepped over. */
static bool dollar_string(scan *s, bv_span *where) {
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
	for (s->at += n; s->at < s->text.n; s->at++) {
		if (s->at + n <= s->text.n && memcmp(s->text.p + s->at, tag, n) == 0) {
			s->at += n;
			return false;
		}
		if (s->everywhere && brace_mark(s, where)) {
			return true;
		}
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

bool bv__ingress_find_template(bv_str text, const bv_dialect *dialect, bool everywhere, bv_span *where) {
	bv_str name = bv__str(bv__dialect_name(dialect));
	bool spark = bv__str_is(name, "spark") || bv__str_is(name, "databricks"), bigquery = bv__str_is(name, "bigquery");
	bool postgres = bv__str_is(name, "postgres"), duckdb = bv__str_is(name, "duckdb"), snowflake = bv__str_is(name, "snowflake");
	bool generic = bv__str_is(name, "generic");
	scan s = {
		.text = text,
		.everywhere = everywhere,
		.backticks = spark || bigquery || generic,
		.backslash = spark || bigquery || snowflake,
		.double_string = spark || bigquery,
		.dollar = postgres || duckdb || snowflake || generic,
		.hash_comment = bigquery,
		.nested = postgres || duckdb || generic || bv__str_is(name, "datafusion"),
		.variables = postgres,
	};
	if (!suspicious(text, s.variables)) {
		return false;
	}
	unsigned brackets = 0;
	bool word = false; /* the byte before belongs to a name or number: a quote after E is an escape string only where E stands alone */
	while (s.at < text.n) {
		char c = peek(&s, 0), next = peek(&s, 1);
		if (brace_mark(&s, where)) {
			return true;
		}
		bool escape = (c == 'e' || c == 'E') && next == '\'' && !word;
		word = name_part(c);
		if (escape && (postgres || duckdb || generic || bv__str_is(name, "datafusion"))) {
			s.at++;
			if (quoted(&s, '\'', true, where)) {
				return true;
			}
		} else if (c == '\'') {
			if (quoted(&s, c, s.backslash, where)) {
				return true;
			}
		} else if (c == '"') {
			if (quoted(&s, c, s.double_string, where)) {
				return true;
			}
		} else if (c == '`' && s.backticks) {
			if (quoted(&s, c, false, where)) {
				return true;
			}
		} else if ((c == '-' && next == '-') || (c == '#' && s.hash_comment)) {
			if (line_comment(&s, where)) {
				return true;
			}
		} else if (c == '/' && next == '*') {
			if (block_comment(&s, where)) {
				return true;
			}
		} else if (c == '$' && s.dollar) {
			if (dollar_string(&s, where)) {
				return true;
			}
		} else if (c == ':' && next == ':') {
			s.at += 2; /* a cast */
		} else if (c == ':' && s.variables && brackets == 0 && (name_start(next) || next == '\'' || next == '"')) {
			uint32_t n = 1;
			if (name_start(next)) {
				while (name_part(peek(&s, n))) {
					n++;
				}
			}
			*where = (bv_span){0, s.at, s.at + n};
			return true;
		} else {
			brackets += c == '[';
			brackets -= c == ']' && brackets;
			s.at++;
		}
	}
	return false;
}

bool bv__ingress_check_text(bv_str text, uint32_t file, const bv_dialect *dialect, bv_str mode, bv_diagnostics *d) {
	bool refuse = bv__str_is(mode, "refuse");
	bv_span where;
	if (!bv__ingress_find_template(text, dialect, !refuse, &where)) {
		return true;
	}
	where.file = file;
	bv_str mark = {text.p + where.start, where.end - where.start};
	if (mark.n > 40) {
		mark.n = 2;
	}
	if (refuse) {
		bv_diagnostic *e = bv__diag(d, BV_E_TEMPLATE, where, "template mark " BV_STR_FMT " in SQL, and the policy refuses templates", BV_STR_ARG(mark));
		bv__diag_hint(d, e, "write the value itself, or quote the text if it is meant as it stands");
	} else {
		bv_diagnostic *e = bv__diag(d, BV_E_NOT_SUPPORTED, where, "template mark " BV_STR_FMT ": policy.templates = " BV_STR_FMT " is not supported yet",
			BV_STR_ARG(mark), BV_STR_ARG(mode));
		bv__diag_hint(d, e, "write the value itself");
	}
	return false;
}
