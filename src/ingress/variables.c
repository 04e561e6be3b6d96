/* Variables: a JSON object of a project or a request. In: a name. Out: its value as text, or what is to be said where it has none. */
#include "ingress/ingress.h"
#include "sql/mark.h"

enum { VALUE_DEPTH = 32 };

/* The value that comes next: texts unescaped, numbers as written, NULL and the truth values as SQL writes them. */
static bool value_of(bv_json_in *in, bv_json_kind *kind, bv_str *text) {
	const char *from = in->p;
	*kind = bv__json_peek(in);
	*text = BV_STR("");
	switch (*kind) {
	case BV_JSON_STRING: return bv__json_read_string(in, text);
	case BV_JSON_NUMBER: return bv__json_read_number(in, text);
	case BV_JSON_TRUE: *text = BV_STR("true"); return bv__json_read_word(in, "true");
	case BV_JSON_FALSE: *text = BV_STR("false"); return bv__json_read_word(in, "false");
	case BV_JSON_NULL: *text = BV_STR("NULL"); return bv__json_read_word(in, "null");
	default:
		if (!bv__json_skip(in, VALUE_DEPTH)) {
			return false;
		}
		*text = (bv_str){from, (uint32_t)(in->p - from)};
		return true;
	}
}

bool bv__variable(bv_arena *a, bv_str variables, bv_str name, bv_json_kind *kind, bv_str *text) {
	bv_json_in in = {.arena = a, .p = variables.p, .end = variables.p + variables.n};
	bv_str key;
	if (!bv__json_take(&in, '{') || bv__json_take(&in, '}')) {
		return false;
	}
	do {
		if (!bv__json_read_string(&in, &key) || !bv__json_expect(&in, ':') || !value_of(&in, kind, text)) {
			return false;
		}
		if (bv__str_eq(key, name)) {
			return true;
		}
	} while (bv__json_take(&in, ','));
	return false;
}

void bv__variable_missing(bv_arena *a, bv_str variables, bv_str name, bv_code code, bv_span span, bv_diagnostics *d) {
	bv_json_in in = {.arena = a, .p = variables.p, .end = variables.p + variables.n};
	BV_VEC(bv_str) names = {0};
	bv_str key, text;
	bv_json_kind kind;
	bool more = bv__json_take(&in, '{') && !bv__json_take(&in, '}');
	while (more) {
		more = bv__json_read_string(&in, &key) && bv__json_expect(&in, ':') && value_of(&in, &kind, &text) && BV_PUSH(a, &names, key) && bv__json_take(&in, ',');
	}
	bv_diagnostic *e = bv__diag(d, code, span, "variable `" BV_STR_FMT "` has no value", BV_STR_ARG(name));
	bv_str near = bv__did_you_mean(name, names.v, names.n);
	if (near.n) {
		bv__diag_hint(d, e, "did you mean " BV_STR_FMT "?", BV_STR_ARG(near));
	} else {
		bv__diag_hint(d, e, "give it one below variables: in belvedere.yaml");
	}
}

/* ---- what of them a text can read ---- */

static bool letter(char c, bool first) {
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (unsigned char)c >= 0x80 || (!first && c >= '0' && c <= '9');
}

/* Does the word stand in the text? */
static bool has_word(bv_str text, bv_str word) {
	for (const char *p = text.p, *end = text.p + text.n; word.n && (size_t)(end - p) >= word.n; p++) {
		p = memchr(p, word.p[0], (size_t)(end - p));
		if (!p || (size_t)(end - p) < word.n) {
			return false;
		}
		if (memcmp(p, word.p, word.n) == 0 && (p == text.p || !letter(p[-1], false)) && (p + word.n == end || !letter(p[word.n], false))) {
			return true;
		}
	}
	return false;
}

/* `var` that is not var('…'): the name of what it reads may be computed. */
static bool computes_name(bv_str text) {
	for (const char *p = text.p, *end = text.p + text.n; (p = memmem(p, (size_t)(end - p), "var", 3)) != NULL; p += 3) {
		if ((p > text.p && letter(p[-1], false)) || (p + 3 < end && letter(p[3], false))) {
			continue;
		}
		const char *q = p + 3;
		while (q < end && (*q == ' ' || *q == '\t' || *q == '\n' || *q == '\r')) {
			q++;
		}
		if (q >= end || *q != '(') {
			return true;
		}
		for (q++; q < end && (*q == ' ' || *q == '\t' || *q == '\n' || *q == '\r'); q++) {
		}
		char quote = q < end ? *q : 0;
		if (quote != '\'' && quote != '"') {
			return true;
		}
		for (q++; q < end && *q != quote; q++) {
			if (*q == '\\') {
				return true;
			}
		}
		for (q += q < end; q < end && (*q == ' ' || *q == '\t' || *q == '\n' || *q == '\r'); q++) {
		}
		if (q >= end || (*q != ')' && *q != ',')) {
			return true;
		}
	}
	return false;
}

/* What of a text is marks: of Jinja, ${ … }, and what may be a name behind a colon. */
static void marks_of(bv_str text, bv_buf *out) {
	for (uint32_t i = 0; i < text.n; i++) {
		bv_mark m;
		if ((text.p[i] == '{' || text.p[i] == '$') && bv__mark_at(text, i, true, &m) != BV_MARK_NONE) {
			bv__buf_add(out, text.p + m.start, m.end - m.start);
			bv__buf_ch(out, '\n');
			i = m.end - 1;
		} else if (text.p[i] == ':') {
			uint32_t end = i + 1;
			end += end < text.n && (text.p[end] == '\'' || text.p[end] == '"');
			while (end < text.n && letter(text.p[end], false)) {
				end++;
			}
			bv__buf_add(out, text.p + i, end - i);
			bv__buf_ch(out, '\n');
		}
	}
}

void bv__variables_used(bv_arena *a, bv_str variables, bv_str text, bv_buf *out) {
	bv_json_in in = {.arena = a, .p = variables.p, .end = variables.p + variables.n};
	bv_buf marks = BV_BUF_INIT;
	marks_of(text, &marks);
	bv_str said = bv__buf_view(&marks);
	bool all = computes_name(said);
	bool more = bv__json_take(&in, '{') && !bv__json_take(&in, '}');
	while (more) {
		const char *from = in.p;
		bv_str key, value;
		bv_json_kind kind;
		more = bv__json_read_string(&in, &key) && bv__json_expect(&in, ':') && value_of(&in, &kind, &value);
		if (more && (all || key.n == 0 || has_word(said, key))) {
			bv__buf_ch(out, '\n');
			bv__buf_add(out, from, (size_t)(in.p - from));
		}
		more = more && bv__json_take(&in, ',');
	}
	out->failed |= marks.failed;
	bv__buf_free(&marks);
}
