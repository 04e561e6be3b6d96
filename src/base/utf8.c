/* utf8: validity, code points, terminal columns. In: bytes. Out: counts. Surrogates and overlong forms are invalid, as in Unicode. */
#include "base/base.h"

#include <utf8proc.h>

size_t bv__utf8_one(const char *p, size_t n) {
	const unsigned char *s = (const unsigned char *)p;
	if (n == 0) return 0;
	unsigned c = s[0];
	if (c < 0x80) return 1;
	if (c < 0xC2) return 0;
	if (c < 0xE0) return n >= 2 && (s[1] & 0xC0) == 0x80 ? 2 : 0;
	if (n < 3 || (s[1] & 0xC0) != 0x80 || (s[2] & 0xC0) != 0x80) return 0;
	if (c < 0xF0) return (c == 0xE0 && s[1] < 0xA0) || (c == 0xED && s[1] > 0x9F) ? 0 : 3;
	if (c > 0xF4 || n < 4 || (s[3] & 0xC0) != 0x80) return 0;
	return (c == 0xF0 && s[1] < 0x90) || (c == 0xF4 && s[1] > 0x8F) ? 0 : 4;
}

size_t bv__utf8_invalid(const char *p, size_t n) {
	size_t i = 0;
	while (i < n) {
		uint64_t word;
		if (i + 8 <= n && (memcpy(&word, p + i, 8), (word & 0x8080808080808080u) == 0)) {
			i += 8;
			continue;
		}
		size_t one = bv__utf8_one(p + i, n - i);
		if (!one) return i;
		i += one;
	}
	return n;
}

size_t bv__utf8_count(const char *p, size_t n) {
	size_t count = 0;
	for (size_t i = 0; i < n; i++) count += ((unsigned char)p[i] & 0xC0) != 0x80;
	return count;
}

unsigned bv__utf8_columns(const char *p, size_t n) {
	unsigned columns = 0;
	for (size_t i = 0; i < n;) {
		utf8proc_int32_t c;
		utf8proc_ssize_t used = utf8proc_iterate((const utf8proc_uint8_t *)p + i, (utf8proc_ssize_t)(n - i), &c);
		if (used <= 0) { /* invalid: shown as one replacement character */
			columns++;
			i++;
			continue;
		}
		int w = utf8proc_charwidth(c);
		columns += w > 0 ? (unsigned)w : 0;
		i += (size_t)used;
	}
	return columns;
}
