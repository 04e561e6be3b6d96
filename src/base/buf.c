/* buf: a growing string on the heap. In: bytes. Out: one NUL-terminated run.
 *
 * Failure is sticky: a buffer that could not grow keeps what it has and ignores the rest; bv__buf_detach then gives NULL. */
#include "base/base.h"

char bv__buf_empty[1] = "";

void bv__buf_free(bv_buf *b) {
	if (b->p != bv__buf_empty) bv__heap_free(b->p);
	*b = BV_BUF_INIT;
}

void bv__buf_reserve(bv_buf *b, size_t more) {
	if (b->failed || b->cap - b->n > more) return;
	/* bv_str counts in 32 bits: no text is larger than that. */
	if (more >= UINT32_MAX - b->n - 1) {
		b->failed = true;
		return;
	}
	size_t need = b->n + more + 1, cap = b->cap ? b->cap : 64;
	while (cap < need) cap *= 2;
	char *p = bv__heap_realloc(b->p == bv__buf_empty ? NULL : b->p, cap);
	if (!p) {
		b->failed = true;
		return;
	}
	if (!b->cap) p[0] = 0;
	b->p = p;
	b->cap = cap;
}

void bv__buf_add(bv_buf *b, const void *p, size_t n) {
	if (n == 0) return;
	bv__buf_reserve(b, n);
	if (b->failed) return;
	memcpy(b->p + b->n, p, n);
	b->n += n;
	b->p[b->n] = 0;
}

void bv__buf_str(bv_buf *b, bv_str s) { bv__buf_add(b, s.p, s.n); }
void bv__buf_z(bv_buf *b, const char *z) { bv__buf_add(b, z, strlen(z)); }
void bv__buf_ch(bv_buf *b, char c) { bv__buf_add(b, &c, 1); }

void bv__buf_int(bv_buf *b, int64_t v) {
	char text[24], *p = text + sizeof text;
	uint64_t magnitude = v < 0 ? 0 - (uint64_t)v : (uint64_t)v;
	do *--p = (char)('0' + magnitude % 10);
	while (magnitude /= 10);
	if (v < 0) *--p = '-';
	bv__buf_add(b, p, (size_t)(text + sizeof text - p));
}

void bv__buf_printf(bv_buf *b, const char *fmt, ...) {
	va_list ap;
	va_start(ap, fmt);
	va_list again;
	va_copy(again, ap);
	int n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (n > 0) {
		bv__buf_reserve(b, (size_t)n);
		if (!b->failed) {
			vsnprintf(b->p + b->n, (size_t)n + 1, fmt, again);
			b->n += (size_t)n;
		}
	}
	va_end(again);
}

void bv__buf_truncate(bv_buf *b, size_t n) {
	if (n >= b->n) return;
	b->n = n;
	b->p[n] = 0;
}

char *bv__buf_detach(bv_buf *b) {
	bv__buf_reserve(b, 0); /* an empty text is malloc'ed too */
	char *p = b->failed ? NULL : b->p;
	if (p) *b = BV_BUF_INIT;
	else bv__buf_free(b);
	return p;
}

void bv_text_free(char *text) { bv__heap_free(text); }
