/* json: the canonical writer. In: values in order. Out: JSON without whitespace, byte for byte what Python's
 * json.dumps(value, ensure_ascii=False, separators=(',', ':')) gives. Bytes that are no UTF-8 become U+FFFD, so that every output is valid. */
#include "base/base.h"

#include <math.h>
#include <stdlib.h>

/* 0: as it is; 1: \u00XX or a lead byte to look at; else the letter after the backslash. */
static const char escape[256] = {
	[0 ... 7] = 1, [11] = 1, [14 ... 31] = 1, ['\b'] = 'b', ['\t'] = 't', ['\n'] = 'n', ['\f'] = 'f', ['\r'] = 'r', ['"'] = '"', ['\\'] = '\\', [0x80 ... 0xFF] = 1,
};

void bv__json_string(bv_buf *b, bv_str s) {
	bv__buf_reserve(b, (size_t)s.n + 2);
	uint32_t from = 0, i = 0;
	while (i < s.n && !escape[(unsigned char)s.p[i]]) i++;
	if (i == s.n && !b->failed) {
		char *p = b->p + b->n;
		*p++ = '"';
		memcpy(p, s.p, s.n);
		memcpy(p + s.n, "\"", 2);
		b->n += (size_t)s.n + 2;
		return;
	}
	bv__buf_ch(b, '"');
	while (i < s.n) {
		unsigned char c = (unsigned char)s.p[i];
		char e = escape[c];
		if (!e) {
			i++;
			continue;
		}
		size_t one = c >= 0x80 ? bv__utf8_one(s.p + i, s.n - i) : 0;
		if (one) {
			i += (uint32_t)one;
			continue;
		}
		bv__buf_add(b, s.p + from, i - from);
		if (c >= 0x80) bv__buf_z(b, "\xEF\xBF\xBD");
		else if (e == 1) bv__buf_printf(b, "\\u%04x", c);
		else bv__buf_add(b, (char[]){'\\', e}, 2);
		from = ++i;
	}
	bv__buf_add(b, s.p + from, i - from);
	bv__buf_ch(b, '"');
}

static void value(bv_json *j) {
	if (j->comma[j->depth] == 1) bv__buf_ch(j->out, ',');
	j->comma[j->depth] = 1;
}

void bv__json_open(bv_json *j, char bracket) {
	value(j);
	bv__buf_ch(j->out, bracket);
	if (j->depth + 1 >= BV_COUNT(j->comma)) {
		j->out->failed = true; /* a caller that nests so deep is wrong; its output must not pass for JSON */
		return;
	}
	j->comma[++j->depth] = 0;
}

void bv__json_close(bv_json *j, char bracket) {
	bv__buf_ch(j->out, bracket == '{' || bracket == '}' ? '}' : ']');
	if (j->depth) j->depth--;
}

void bv__json_key_str(bv_json *j, bv_str key) {
	value(j);
	bv__json_string(j->out, key);
	bv__buf_ch(j->out, ':');
	j->comma[j->depth] = 2; /* the value follows without a comma */
}
void bv__json_key(bv_json *j, const char *key) { bv__json_key_str(j, bv__str(key)); }

void bv__json_str(bv_json *j, bv_str s) {
	value(j);
	bv__json_string(j->out, s);
}
void bv__json_z(bv_json *j, const char *z) {
	if (z) bv__json_str(j, bv__str(z));
	else bv__json_null(j);
}
void bv__json_int(bv_json *j, int64_t v) {
	value(j);
	bv__buf_int(j->out, v);
}
void bv__json_bool(bv_json *j, bool v) {
	value(j);
	bv__buf_z(j->out, v ? "true" : "false");
}
void bv__json_null(bv_json *j) {
	value(j);
	bv__buf_z(j->out, "null");
}
void bv__json_raw(bv_json *j, bv_str s) {
	value(j);
	bv__buf_str(j->out, s);
}

/* The shortest digits that read back as the same number, laid out as Python's repr. The digits are taken out of printf's text one
 * by one, so a locale's decimal point does no harm; what is no number becomes a string. */
void bv__json_double(bv_json *j, double v) {
	if (!isfinite(v)) {
		bv__json_z(j, isnan(v) ? "NaN" : v < 0 ? "-Infinity" : "Infinity");
		return;
	}
	char text[64], digits[24];
	for (int precision = 0; precision <= 16; precision++) {
		snprintf(text, sizeof text, "%.*e", precision, v);
		if (strtod(text, NULL) == v) break;
	}
	int n = 0, exponent = 0;
	for (const char *p = text; *p; p++) {
		if (*p == 'e') {
			exponent = (int)strtol(p + 1, NULL, 10);
			break;
		}
		if (*p >= '0' && *p <= '9') digits[n++] = *p;
	}
	bv_buf *b = j->out;
	value(j);
	if (signbit(v)) bv__buf_ch(b, '-');
	if (exponent < -4 || exponent > 15) {
		bv__buf_ch(b, digits[0]);
		if (n > 1) bv__buf_ch(b, '.');
		bv__buf_add(b, digits + 1, (size_t)n - 1);
		bv__buf_printf(b, "e%c%02d", exponent < 0 ? '-' : '+', exponent < 0 ? -exponent : exponent);
		return;
	}
	if (exponent < 0) {
		bv__buf_z(b, "0.");
		for (int i = exponent + 1; i < 0; i++) bv__buf_ch(b, '0');
		bv__buf_add(b, digits, (size_t)n);
		return;
	}
	for (int i = 0; i <= exponent; i++) bv__buf_ch(b, i < n ? digits[i] : '0');
	bv__buf_ch(b, '.');
	if (n > exponent + 1) bv__buf_add(b, digits + exponent + 1, (size_t)(n - exponent - 1));
	else bv__buf_ch(b, '0');
}
