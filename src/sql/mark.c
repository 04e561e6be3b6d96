/* Template marks, see mark.h. In: a text and a place. Out: the mark there, what it says, its words. */
#include "sql/mark.h"

static char peek(bv_str t, uint32_t at)
{
	return at < t.n ? t.p[at] : '\0';
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f';
}

static bool is_name(char c, bool first)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (!first && c >= '0' && c <= '9');
}

static bool is_sign(char c)
{
	return c == '-' || c == '+';
}

/* Bytes of the blank (White_Space of Unicode) at p; 0: there is none. */
static uint32_t blank_size(const char *p, uint32_t n)
{
	unsigned char c = n ? (unsigned char)p[0] : 'x', d = n > 1 ? (unsigned char)p[1] : 0, e = n > 2 ? (unsigned char)p[2] : 0;
	if (c == ' ' || (c >= '\t' && c <= '\r'))
		return 1;
	if (c == 0xC2 && (d == 0x85 || d == 0xA0))
		return 2;
	if (c == 0xE1 && d == 0x9A && e == 0x80)
		return 3;
	if (c == 0xE2 && d == 0x80 && ((e >= 0x80 && e <= 0x8A) || e == 0xA8 || e == 0xA9 || e == 0xAF))
		return 3;
	return (c == 0xE2 && d == 0x81 && e == 0x9F) || (c == 0xE3 && d == 0x80 && e == 0x80) ? 3 : 0;
}

uint32_t bv__blanks_after(bv_str text, uint32_t from, uint32_t to)
{
	for (uint32_t n; from < to && (n = blank_size(text.p + from, to - from)) != 0; from += n)
		;
	return from;
}

uint32_t bv__blanks_before(bv_str text, uint32_t from, uint32_t to)
{
	while (to > from) {
		uint32_t one = to - 1;
		while (one > from && ((unsigned char)text.p[one] & 0xC0) == 0x80)
			one--;
		if (blank_size(text.p + one, to - one) != to - one)
			break;
		to = one;
	}
	return to;
}

/* Behind the string that begins at `at`; the text's end where it has none. */
static uint32_t string_end(bv_str t, uint32_t at, uint32_t end)
{
	char quote = t.p[at++];
	for (; at < end; at++) {
		if (t.p[at] == '\\')
			at++;
		else if (t.p[at] == quote)
			return at + 1;
	}
	return end;
}

/* {% raw %} or {% endraw %} whose sign and words begin at `at`: behind its end, and whether it trims what follows. */
static bool basic_tag(bv_str t, uint32_t at, const char *name, bool sign, uint32_t *end, bool *trims)
{
	uint32_t n = (uint32_t)strlen(name);
	if (sign && is_sign(peek(t, at)))
		at++;
	while (is_blank(peek(t, at)))
		at++;
	if (t.n - at < n || memcmp(t.p + at, name, n) != 0)
		return false;
	at += n;
	while (is_blank(peek(t, at)))
		at++;
	*trims = peek(t, at) == '-';
	at += is_sign(peek(t, at));
	*end = at + 2;
	return peek(t, at) == '%' && peek(t, at + 1) == '}';
}

static bv_mark_found raw_mark(bv_str t, uint32_t body, bool trims_body, bv_mark *m)
{
	m->kind = BV_MARK_RAW;
	for (uint32_t i = body; i + 1 < t.n; i++) {
		if (t.p[i] != '{' || t.p[i + 1] != '%' || !basic_tag(t, i + 2, "endraw", true, &m->end, &m->trims_right))
			continue;
		m->from = trims_body ? bv__blanks_after(t, body, i) : body;
		m->to = peek(t, i + 2) == '-' ? bv__blanks_before(t, m->from, i) : i;
		return BV_MARK_FOUND;
	}
	m->end = t.n;
	return BV_MARK_OPEN;
}

static bv_mark_found comment_mark(bv_str t, uint32_t body, bv_mark *m)
{
	for (uint32_t i = body; i + 1 < t.n; i++) {
		if (t.p[i] != '#' || t.p[i + 1] != '}')
			continue;
		m->to = i;
		m->end = i + 2;
		m->trims_right = i > body && t.p[i - 1] == '-';
		return BV_MARK_FOUND;
	}
	m->end = t.n;
	return BV_MARK_OPEN;
}

bv_mark_found bv__mark_at(bv_str t, uint32_t at, bool names, bv_mark *m)
{
	char first = peek(t, at), second = peek(t, at + 1), close;
	if (first == '$' && second == '{' && names) {
		const char *end = memchr(t.p + at, '}', t.n - at);
		uint32_t stop = end ? (uint32_t)(end - t.p) : t.n;
		uint32_t from = bv__blanks_after(t, at + 2, stop);
		*m = (bv_mark){BV_MARK_NAME, at, end ? stop + 1 : stop, from, bv__blanks_before(t, from, stop), false, false};
		return end ? BV_MARK_FOUND : BV_MARK_OPEN;
	}
	if (first != '{' || (second != '{' && second != '%' && second != '#'))
		return BV_MARK_NONE;
	uint32_t body = at + 2 + is_sign(peek(t, at + 2)), raw;
	bool trims;
	*m = (bv_mark){second == '{' ? BV_MARK_VALUE : BV_MARK_BLOCK, at, t.n, body, t.n, peek(t, at + 2) == '-', false};
	if (second == '#') {
		m->kind = BV_MARK_COMMENT;
		return comment_mark(t, body, m);
	}
	if (second == '%' && basic_tag(t, body, "raw", false, &raw, &trims))
		return raw_mark(t, raw, trims, m);
	close = second == '{' ? '}' : '%';
	int open = 0;
	m->from = bv__blanks_after(t, body, t.n);
	for (uint32_t i = body; i < t.n; i++) {
		char c = t.p[i];
		uint32_t end = i + (is_sign(c) ? 1 : 0);
		if (open == 0 && peek(t, end) == close && peek(t, end + 1) == '}') {
			m->trims_right = c == '-';
			m->from = m->from < i ? m->from : i;
			m->to = bv__blanks_before(t, m->from, i);
			m->end = end + 2;
			return BV_MARK_FOUND;
		}
		open += (c == '(' || c == '[' || c == '{') - (c == ')' || c == ']' || c == '}');
		if (c == '\'' || c == '"')
			i = string_end(t, i, t.n) - 1;
	}
	return BV_MARK_OPEN;
}

bv_mark_found bv__mark_next(bv_str t, uint32_t at, bv_mark *m)
{
	for (const char *p; at < t.n && (p = memchr(t.p + at, '{', t.n - at)) != NULL; at++) {
		at = (uint32_t)(p - t.p);
		bv_mark_found found = bv__mark_at(t, at, false, m);
		if (found != BV_MARK_NONE)
			return found;
	}
	return BV_MARK_NONE;
}

bool bv__mark_word(bv_str t, uint32_t *at, uint32_t end, bv_mark_word *out)
{
	uint32_t i = *at;
	while (i < end && is_blank(t.p[i]))
		i++;
	if (i >= end)
		return false;
	uint32_t start = i;
	char c = t.p[i];
	if (c == '\'' || c == '"') {
		i = string_end(t, i, end);
		bool closed = i - start >= 2 && t.p[i - 1] == c;
		*out = (bv_mark_word){{t.p + start + 1, i - start - 1 - closed}, 's'};
	} else if (is_name(c, true)) {
		while (i < end && is_name(t.p[i], false))
			i++;
		*out = (bv_mark_word){{t.p + start, i - start}, 'w'};
	} else if (c >= '0' && c <= '9') {
		while (i < end && (is_name(t.p[i], false) || t.p[i] == '.'))
			i++;
		*out = (bv_mark_word){{t.p + start, i - start}, 'n'};
	} else {
		*out = (bv_mark_word){{t.p + start, 1}, c};
		i++;
	}
	*at = i;
	return true;
}

bool bv__mark_variable(bv_str t, const bv_mark *m, bv_str *name)
{
	*name = (bv_str){t.p + m->from, m->to - m->from};
	uint32_t at = m->from;
	bv_mark_word w[4];
	unsigned n = 0;
	while (n < BV_COUNT(w) && bv__mark_word(t, &at, m->to, &w[n]))
		n++;
	bool all = at >= m->to;
	if (all && n == 1 && w[0].kind == 'w')
		return true;
	if (!all || n != 4 || m->kind != BV_MARK_VALUE || w[0].kind != 'w' || !bv__str_is(w[0].text, "var") || w[1].kind != '(' || w[2].kind != 's' || w[3].kind != ')')
		return false;
	for (uint32_t i = 0; i < w[2].text.n; i++)
		if (!is_name(w[2].text.p[i], i == 0))
			return false;
	if (w[2].text.n)
		*name = w[2].text;
	return w[2].text.n > 0;
}
