/* template_fuzz: bytes as a template. What the renderer gets is the template with calls between its pieces, and blanks gone at most; an answer of any
 * places, and values filled in, leave each byte of the text with a place inside the template. The first byte picks the dialect. */
#include "ingress/ingress.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char variables[] = "{\"a\":\"x${a}\",\"b\":1,\"c\":null,\"d\":[1],\"e\":\"\"}";

typedef struct rendering {
	bv_str template;
	unsigned bits;
} rendering;

static bool blank(char c) {
	return c == ' ' || (c >= '\t' && c <= '\r') || (unsigned char)c >= 0x80; /* a blank of Unicode has more than one byte */
}

/* Where the next byte stands that is no blank and in no call. */
static const char *next(const char *p, bool calls) {
	for (;;) {
		if (calls && (strncmp(p, "{{__belvedere_at(", 17) == 0 || strncmp(p, "{{\n__belvedere_at(", 18) == 0)) {
			p = strstr(p, ")}}");
			if (!p)
				abort();
			p += 3;
		} else if (*p && blank(*p)) {
			p++;
		} else {
			return p;
		}
	}
}

static bool render(void *ctx, bv_arena *a, bv_str text, bv_str given, bv_rendering *out) {
	const rendering *r = ctx;
	if (strcmp(given.p, variables) != 0 || text.p[text.n] != 0)
		abort();
	const char *p = text.p, *q = bv__arena_str(a, r->template).p;
	for (p = next(p, true), q = next(q, false); *p || *q; p = next(p + 1, true), q = next(q + 1, false))
		if (*p != *q)
			abort();
	if (r->bits % 4 == 0) {
		*out = (bv_rendering){.why = BV_STR("no"), .line = r->bits, .missing = r->bits % 8 == 0};
		return false;
	}
	/* The template itself stands for what it renders to; its places are some of those that were asked for. */
	bv_buf b = BV_BUF_INIT;
	bv_json j = bv__json(&b);
	bv__json_open(&j, '{');
	bv__json_key(&j, "places");
	bv__json_open(&j, '[');
	uint32_t at = 0;
	for (const char *call = text.p; (call = strstr(call, "__belvedere_at(")) != NULL; call += 15) {
		long n = strtol(call + 15, NULL, 10);
		if (n > 0) {
			bv__json_open(&j, '[');
			bv__json_int(&j, n);
			bv__json_int(&j, at);
			bv__json_close(&j, ']');
			at += at + r->bits % 5 <= r->template.n ? r->bits % 5 : 0;
		}
	}
	bv__json_close(&j, ']');
	bv__json_key(&j, "text");
	bv__json_str(&j, r->template);
	bv__json_close(&j, '}');
	out->answer = bv__arena_str(a, bv__buf_view(&b));
	bv__buf_free(&b);
	return true;
}

static void check(const bv_origin *o) {
	for (uint32_t i = 0; i <= o->text.n; i++) {
		bv_span s = bv__origin_span(o, i, i + (i < o->text.n));
		if (s.start > s.end || s.end > o->source.n || s.file != o->file)
			abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
	static const char *const dialects[] = {"datafusion", "postgres", "duckdb", "spark", "databricks", "snowflake", "bigquery", "trino", "generic"};
	/* In a comment or a raw block a template may say what only the library says elsewhere: the renderer above does not tell them apart. */
	if (size == 0 || memmem(data, size, "__belvedere_at(", 15))
		return 0;
	bv_arena *a = bv__arena_new();
	bv_diagnostics *d = bv_diagnostics_new();
	if (!a || !d)
		abort();
	const bv_dialect *dialect = bv__dialect(bv__str(dialects[data[0] % (sizeof dialects / sizeof *dialects)]));
	bv_str text = bv__arena_str(a, (bv_str){(const char *)data + 1, (uint32_t)(size - 1)});
	uint32_t file = bv__diag_source(d, BV_STR("input.sql"), text);
	rendering r = {text, data[0] / 9u + (unsigned)size};
	bv_templates how = {.mode = BV_STR("render"), .variables = BV_STR(variables), .render = render, .ctx = &r};
	bv_origin o;
	bool ok = bv__ingress_render(a, text, file, &how, &o, d);
	if (ok)
		check(&o);
	bool filled = ok && bv__ingress_fill(a, &o, dialect, &how, d);
	if (ok)
		check(&o);
	if (filled == (bv_diagnostics_errors(d) > 0))
		abort();
	bv_buf used = BV_BUF_INIT;
	bv__variables_used(a, how.variables, text, &used);
	bv__buf_free(&used);
	char *said = bv_diagnostics_text(d, false);
	if (!said)
		abort();
	bv_text_free(said);
	bv_diagnostics_free(d);
	bv__arena_free(a);
	return 0;
}
