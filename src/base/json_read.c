/* json_read: JSON from anywhere, pulled value by value. In: bytes, valid UTF-8. Out: texts and the places where values begin and end; the first thing that is
 * wrong is kept as a text. Nothing recurses but skipping, and that to a given depth. */
#include "base/base.h"

static bool wrong(bv_json_in *in, const char *what) {
	if (!in->wrong) in->wrong = what;
	return false;
}

bv_json_kind bv__json_peek(bv_json_in *in) {
	while (in->p < in->end && (*in->p == ' ' || *in->p == '\n' || *in->p == '\t' || *in->p == '\r')) in->p++;
	if (in->p >= in->end) return BV_JSON_END;
	switch (*in->p) {
	case '{': return BV_JSON_OBJECT;
	case '[': return BV_JSON_ARRAY;
	case '"': return BV_JSON_STRING;
	case 't': return BV_JSON_TRUE;
	case 'f': return BV_JSON_FALSE;
	case 'n': return BV_JSON_NULL;
	default: return *in->p == '-' || (*in->p >= '0' && *in->p <= '9') ? BV_JSON_NUMBER : BV_JSON_OTHER;
	}
}

bool bv__json_take(bv_json_in *in, char c) {
	if (bv__json_peek(in) == BV_JSON_END || *in->p != c) return false;
	in->p++;
	return true;
}

bool bv__json_expect(bv_json_in *in, char c) {
	static const char *const missing[] = {"a `{` is missing", "a `}` is missing", "a `[` is missing", "a `]` is missing", "a `:` is missing", "a `,` is missing"};
	static const char chars[] = "{}[]:,";
	if (bv__json_take(in, c)) return true;
	if (in->p >= in->end) return wrong(in, "the text ends too early");
	const char *k = strchr(chars, c);
	return wrong(in, k ? missing[k - chars] : "a character is missing");
}

static bool hex4(bv_json_in *in, const char *end, unsigned *out) {
	unsigned v = 0;
	if (end - in->p < 4) return wrong(in, "\\u needs four hex digits");
	for (int i = 0; i < 4; i++) {
		char c = *in->p++, l = (char)(c | 0x20);
		if (c >= '0' && c <= '9') v = v << 4 | (unsigned)(c - '0');
		else if (l >= 'a' && l <= 'f') v = v << 4 | (unsigned)(l - 'a' + 10);
		else return wrong(in, "\\u needs four hex digits");
	}
	*out = v;
	return true;
}

static char *utf8(char *q, unsigned u) {
	if (u < 0x80) {
		*q++ = (char)u;
		return q;
	}
	unsigned more = u < 0x800 ? 1 : u < 0x10000 ? 2 : 3;
	static const unsigned char lead[] = {0, 0xC0, 0xE0, 0xF0};
	*q++ = (char)(lead[more] | u >> (6 * more));
	while (more--) *q++ = (char)(0x80 | (u >> (6 * more) & 63));
	return q;
}

/* The escapes of [in->p, end) decoded; a decoded text is never longer. */
static bool unescape(bv_json_in *in, const char *end, bv_str *out) {
	static const char names[] = "\"\\/bfnrt", chars[] = "\"\\/\b\f\n\r\t";
	char *text = bv__arena_alloc(in->arena, (size_t)(end - in->p) + 1), *q = text;
	if (!text) {
		in->oom = true;
		return false;
	}
	while (in->p < end) {
		char c = *in->p++;
		if (c != '\\') {
			*q++ = c;
			continue;
		}
		c = *in->p++;
		const char *known = c ? strchr(names, c) : NULL;
		unsigned u, low;
		if (known) {
			*q++ = chars[known - names];
			continue;
		}
		if (c != 'u') return wrong(in, "a string has an unknown escape");
		if (!hex4(in, end, &u)) return false;
		if (u >= 0xD800 && u < 0xE000) {
			bool pair = u < 0xDC00 && end - in->p >= 6 && in->p[0] == '\\' && in->p[1] == 'u';
			if (!pair) return wrong(in, "a string has half a surrogate pair");
			in->p += 2;
			if (!hex4(in, end, &low)) return false;
			if (low < 0xDC00 || low > 0xDFFF) return wrong(in, "a string has half a surrogate pair");
			u = 0x10000 + ((u - 0xD800) << 10) + (low - 0xDC00);
		}
		q = utf8(q, u);
	}
	*out = bv__strn(text, (size_t)(q - text));
	return true;
}

bool bv__json_read_string(bv_json_in *in, bv_str *out) {
	if (bv__json_peek(in) != BV_JSON_STRING) return wrong(in, "a string is wanted");
	const char *from = ++in->p;
	bool escapes = false;
	for (; in->p < in->end && *in->p != '"'; in->p++) {
		if ((unsigned char)*in->p < 32) return wrong(in, "a string has a control character that is not escaped");
		if (*in->p == '\\') {
			escapes = true;
			if (++in->p >= in->end) break;
		}
	}
	if (in->p >= in->end) return wrong(in, "a string does not end");
	const char *end = in->p;
	if (escapes) {
		in->p = from;
		if (!unescape(in, end, out)) return false;
	} else {
		*out = bv__strn(from, (size_t)(end - from));
	}
	in->p = end + 1;
	return true;
}

static bool digits(bv_json_in *in) {
	const char *from = in->p;
	while (in->p < in->end && *in->p >= '0' && *in->p <= '9') in->p++;
	return in->p > from || wrong(in, "a number lacks digits");
}

bool bv__json_read_number(bv_json_in *in, bv_str *out) {
	if (bv__json_peek(in) != BV_JSON_NUMBER) return wrong(in, "a number is wanted");
	const char *from = in->p;
	if (*in->p == '-') in->p++;
	const char *whole = in->p;
	if (!digits(in)) return false;
	if (*whole == '0' && in->p - whole > 1) return wrong(in, "a number begins with 0");
	if (in->p < in->end && *in->p == '.') {
		in->p++;
		if (!digits(in)) return false;
	}
	if (in->p < in->end && (*in->p | 0x20) == 'e') {
		in->p++;
		if (in->p < in->end && (*in->p == '+' || *in->p == '-')) in->p++;
		if (!digits(in)) return false;
	}
	*out = bv__strn(from, (size_t)(in->p - from));
	return true;
}

bool bv__json_read_word(bv_json_in *in, const char *word) {
	size_t n = strlen(word);
	bv__json_peek(in);
	if ((size_t)(in->end - in->p) < n || memcmp(in->p, word, n) != 0) return wrong(in, "true, false or null is wanted");
	in->p += n;
	return true;
}

bool bv__json_skip(bv_json_in *in, unsigned depth) {
	bv_str s;
	bv_json_kind kind = bv__json_peek(in);
	switch (kind) {
	case BV_JSON_STRING: return bv__json_read_string(in, &s);
	case BV_JSON_NUMBER: return bv__json_read_number(in, &s);
	case BV_JSON_TRUE: return bv__json_read_word(in, "true");
	case BV_JSON_FALSE: return bv__json_read_word(in, "false");
	case BV_JSON_NULL: return bv__json_read_word(in, "null");
	case BV_JSON_OBJECT:
	case BV_JSON_ARRAY: {
		char close = kind == BV_JSON_OBJECT ? '}' : ']';
		if (depth == 0) return wrong(in, "nested too deeply");
		in->p++;
		if (bv__json_take(in, close)) return true;
		do {
			if (kind == BV_JSON_OBJECT && (!bv__json_read_string(in, &s) || !bv__json_expect(in, ':'))) return false;
			if (!bv__json_skip(in, depth - 1)) return false;
		} while (bv__json_take(in, ','));
		return bv__json_expect(in, close);
	}
	case BV_JSON_END: return wrong(in, "the text ends too early");
	default: return wrong(in, "a value is wanted");
	}
}
