/* diag: what went wrong, where, and what to do about it. In: codes, spans, printf texts. Out: a list for machines (JSON) and for people
 * (the source line with a caret). Every function here takes a NULL list: what is said to nobody is dropped. */
#include "base/base.h"

#include <stdlib.h>
#include <utf8proc.h>

static const struct {
	bv_code code;
	const char *title, *page;
} codes[] = {
#define BV_ERROR_CODE(number, name, title, page) {number, title, page},
#include "base/errors.def"
#undef BV_ERROR_CODE
};

#define BV_TEXT_OF(x) BV_TEXT_OF_(x)
#define BV_TEXT_OF_(x) #x
const char *bv_version(void) { return BV_TEXT_OF(BV_VERSION_MAJOR) "." BV_TEXT_OF(BV_VERSION_MINOR) "." BV_TEXT_OF(BV_VERSION_PATCH); }

/* ---- the list ---- */

bv_diagnostics *bv_diagnostics_new(void) {
	bv_diagnostics *d = bv__heap_alloc(sizeof *d);
	if (!d) return NULL;
	memset(d, 0, sizeof *d);
	d->arena = bv__arena_new();
	if (!d->arena) {
		bv__heap_free(d);
		return NULL;
	}
	bv__map_init(&d->by_hash, d->arena);
	return d;
}

void bv_diagnostics_free(bv_diagnostics *d) {
	if (!d) return;
	bv__arena_free(d->arena);
	bv__heap_free(d);
}

void bv_diagnostics_clear(bv_diagnostics *d) {
	if (!d) return;
	bv_arena *fresh = bv__arena_new();
	if (fresh) {
		bv__arena_free(d->arena);
	} else {
		fresh = d->arena; /* keeps its memory, and still forgets */
	}
	memset(d, 0, sizeof *d);
	d->arena = fresh;
	bv__map_init(&d->by_hash, fresh);
}

size_t bv_diagnostics_count(const bv_diagnostics *d) { return d ? d->items.n + (d->oom ? 1u : 0u) : 0; }
size_t bv_diagnostics_errors(const bv_diagnostics *d) { return d ? d->errors + (d->oom ? 1u : 0u) : 0; }

bv_status bv__nomem(bv_diagnostics *d) {
	if (d) d->oom = true;
	return BV_NOMEM;
}

uint32_t bv__diag_source(bv_diagnostics *d, bv_str name, bv_str text) {
	if (!d) return 0;
	bv_hash128 keys[2] = {bv__hash128(name.p, name.n), bv__hash128(text.p, text.n)};
	bv_str key = {(const char *)keys, sizeof keys};
	uintptr_t known = (uintptr_t)bv__map_get(&d->by_hash, key);
	if (known && bv__str_eq(d->sources.v[known].name, name) && bv__str_eq(d->sources.v[known].text, text)) return (uint32_t)known;
	if (d->sources.n == 0) {
		bv_source unknown = {BV_STR(""), BV_STR("")};
		if (!BV_PUSH(d->arena, &d->sources, unknown)) goto oom;
	}
	bv_source s = {bv__arena_str(d->arena, name), bv__arena_str(d->arena, text)};
	bv_str kept = bv__arena_str(d->arena, key);
	if (s.name.n != name.n || s.text.n != text.n || kept.n != key.n || !BV_PUSH(d->arena, &d->sources, s)) goto oom;
	if (!known && !bv__map_put(&d->by_hash, kept, (void *)(uintptr_t)(d->sources.n - 1))) goto oom;
	return d->sources.n - 1;
oom:
	d->oom = true;
	return 0;
}

/* Where hints and notes of what could not be kept go. */
static _Thread_local bv_diagnostic spare;

static bv_diagnostic *add(bv_diagnostics *d, bv_severity severity, bv_code code, bv_span span, const char *fmt, va_list ap) {
	spare = (bv_diagnostic){.message = BV_STR(""), .hint = BV_STR("")};
	if (!d) return &spare;
	bv_diagnostic item = {.code = code, .severity = severity, .span = span, .hint = BV_STR("")};
	item.message = bv__arena_vprintf(d->arena, fmt, ap);
	if (!BV_PUSH(d->arena, &d->items, item)) {
		d->oom = true;
		return &spare;
	}
	if (severity == BV_SEVERITY_ERROR) d->errors++;
	return &d->items.v[d->items.n - 1];
}

bv_diagnostic *bv__diag(bv_diagnostics *d, bv_code code, bv_span span, const char *fmt, ...) {
	va_list ap;
	va_start(ap, fmt);
	bv_diagnostic *r = add(d, BV_SEVERITY_ERROR, code, span, fmt, ap);
	va_end(ap);
	return r;
}

bv_diagnostic *bv__warn(bv_diagnostics *d, bv_code code, bv_span span, const char *fmt, ...) {
	va_list ap;
	va_start(ap, fmt);
	bv_diagnostic *r = add(d, BV_SEVERITY_WARNING, code, span, fmt, ap);
	va_end(ap);
	return r;
}

void bv__diag_hint(bv_diagnostics *d, bv_diagnostic *at, const char *fmt, ...) {
	if (!d || !at) return;
	va_list ap;
	va_start(ap, fmt);
	at->hint = bv__arena_vprintf(d->arena, fmt, ap);
	va_end(ap);
}

void bv__diag_note(bv_diagnostics *d, bv_diagnostic *at, bv_span span, const char *fmt, ...) {
	if (!d || !at || at == &spare) return;
	va_list ap;
	va_start(ap, fmt);
	bv_note note = {span, bv__arena_vprintf(d->arena, fmt, ap)};
	va_end(ap);
	if (!BV_PUSH(d->arena, &at->notes, note)) d->oom = true;
}

static bv_span move_span(bv_diagnostics *to, const bv_diagnostics *from, bv_span s) {
	if (s.file == 0 || s.file >= from->sources.n) return BV_NO_SPAN;
	s.file = bv__diag_source(to, from->sources.v[s.file].name, from->sources.v[s.file].text);
	return s;
}

/* Is it what one of those before it says, of the same place? What a template's loop makes is said once a turn. */
static bool said_before(const bv_diagnostics *d, uint32_t i) {
	enum { NEAR = 256 };
	const bv_diagnostic *x = &d->items.v[i];
	for (uint32_t k = i > NEAR ? i - NEAR : 0; x->span.file && k < i; k++) {
		const bv_diagnostic *y = &d->items.v[k];
		if (y->code == x->code && y->span.file == x->span.file && y->span.start == x->span.start && y->span.end == x->span.end && bv__str_eq(y->message, x->message)) return true;
	}
	return false;
}

void bv__diag_merge(bv_diagnostics *to, const bv_diagnostics *from) {
	if (!to || !from || to == from) return;
	to->oom |= from->oom;
	for (uint32_t i = 0; i < from->items.n; i++) {
		const bv_diagnostic *f = &from->items.v[i];
		if (said_before(from, i)) continue;
		bv_span span = move_span(to, from, f->span);
		bv_diagnostic *t = f->severity == BV_SEVERITY_ERROR ? bv__diag(to, f->code, span, BV_STR_FMT, BV_STR_ARG(f->message))
															: bv__warn(to, f->code, span, BV_STR_FMT, BV_STR_ARG(f->message));
		if (f->hint.n) bv__diag_hint(to, t, BV_STR_FMT, BV_STR_ARG(f->hint));
		for (uint32_t k = 0; k < f->notes.n; k++)
			bv__diag_note(to, t, move_span(to, from, f->notes.v[k].span), BV_STR_FMT, BV_STR_ARG(f->notes.v[k].text));
	}
}

/* ---- places ---- */

void bv__source_position(bv_str text, uint32_t offset, uint32_t *line, uint32_t *column) {
	if (offset > text.n) offset = text.n;
	uint32_t at = 0, count = 1;
	for (const char *p; (p = memchr(text.p + at, '\n', offset - at)) != NULL; count++) at = (uint32_t)(p - text.p) + 1;
	*line = count;
	*column = (uint32_t)bv__utf8_count(text.p + at, offset - at) + 1;
}

static const bv_source *source_of(const bv_diagnostics *d, bv_span s) { return s.file && s.file < d->sources.n ? &d->sources.v[s.file] : NULL; }

/* ---- for machines ---- */

static const char *severity_name(bv_severity s) { return s == BV_SEVERITY_ERROR ? "error" : s == BV_SEVERITY_WARNING ? "warning" : "note"; }

static void json_place(const bv_diagnostics *d, bv_span span, bv_json *j) {
	const bv_source *src = source_of(d, span);
	bv__json_key(j, "file");
	if (src && src->name.n) bv__json_str(j, src->name);
	else bv__json_null(j);
	uint32_t v[4];
	if (src) {
		bv__source_position(src->text, span.start, &v[0], &v[1]);
		bv__source_position(src->text, span.end < span.start ? span.start : span.end, &v[2], &v[3]);
	}
	static const char *const keys[] = {"line", "column", "end_line", "end_column"};
	for (unsigned i = 0; i < 4; i++) {
		bv__json_key(j, keys[i]);
		if (src) bv__json_int(j, v[i]);
		else bv__json_null(j);
	}
}

static void json_one(const bv_diagnostics *d, const bv_diagnostic *x, bv_json *j) {
	char code[16];
	snprintf(code, sizeof code, "BV%04d", (int)x->code);
	bv__json_open(j, '{');
	bv__json_key(j, "code");
	bv__json_z(j, code);
	bv__json_key(j, "severity");
	bv__json_z(j, severity_name(x->severity));
	bv__json_key(j, "message");
	bv__json_str(j, x->message);
	bv__json_key(j, "hint");
	if (x->hint.n) bv__json_str(j, x->hint);
	else bv__json_null(j);
	json_place(d, x->span, j);
	bv__json_key(j, "notes");
	bv__json_open(j, '[');
	for (uint32_t i = 0; i < x->notes.n; i++) {
		bv__json_open(j, '{');
		bv__json_key(j, "message");
		bv__json_str(j, x->notes.v[i].text);
		json_place(d, x->notes.v[i].span, j);
		bv__json_close(j, '}');
	}
	bv__json_close(j, ']');
	bv__json_close(j, '}');
}

static const bv_diagnostic no_memory = {.code = BV_E_NOMEM, .severity = BV_SEVERITY_ERROR, .message = {"out of memory", 13}, .hint = {"", 0}};

char *bv_diagnostics_json(const bv_diagnostics *d, const char *severity) {
	bv_buf b = BV_BUF_INIT;
	bv_json j = bv__json(&b);
	bv__json_open(&j, '[');
	for (uint32_t i = 0; d && i < d->items.n; i++)
		if (!severity || strcmp(severity, severity_name(d->items.v[i].severity)) == 0) json_one(d, &d->items.v[i], &j);
	if (d && d->oom && (!severity || strcmp(severity, "error") == 0)) json_one(d, &no_memory, &j);
	bv__json_close(&j, ']');
	return bv__buf_detach(&b);
}

/* ---- for people ---- */

enum { TAB = 4, WIDTH = 160 };

/* Text without anything that a terminal would obey; newlines stay, and the lines after the first are indented. */
static void put_safe(bv_buf *b, bv_str s, const char *indent) {
	for (uint32_t i = 0; i < s.n;) {
		size_t one = bv__utf8_one(s.p + i, s.n - i);
		unsigned char c = (unsigned char)s.p[i];
		if (c == '\n') {
			bv__buf_ch(b, '\n');
			bv__buf_z(b, indent);
		} else if (!one || c < 32 || c == 127 || (one == 2 && c == 0xC2 && (unsigned char)s.p[i + 1] < 0xA0)) {
			bv__buf_z(b, c == '\t' ? " " : "\xEF\xBF\xBD");
		} else {
			bv__buf_add(b, s.p + i, one);
		}
		i += (uint32_t)(one ? one : 1);
	}
}

typedef struct paint {
	const char *bold, *off, *error, *warning, *note, *frame;
} paint;
static const paint plain = {"", "", "", "", "", ""};
static const paint colored = {"\x1b[1m", "\x1b[0m", "\x1b[1;31m", "\x1b[1;33m", "\x1b[1;36m", "\x1b[34m"};

/* Columns that the code point at p takes at terminal column `at`; what it is shown as goes to b (may be NULL). */
static unsigned put_cell(bv_buf *b, const char *p, size_t one, unsigned at) {
	unsigned char c = (unsigned char)*p;
	if (c == '\t') {
		unsigned w = TAB - at % TAB;
		for (unsigned i = 0; b && i < w; i++) bv__buf_ch(b, ' ');
		return w;
	}
	bv_str s = {p, (uint32_t)(one ? one : 1)};
	if (b) put_safe(b, s, "");
	return !one || c < 32 || c == 127 ? 1 : bv__utf8_columns(p, one);
}

/* " --> file:line:column", the line, and carets under the span (to the end of its first line). */
static void put_place(const bv_diagnostics *d, bv_span span, const char *caret_color, const paint *c, bv_buf *b) {
	const bv_source *src = source_of(d, span);
	if (!src) return;
	bv_str t = src->text;
	uint32_t start = span.start > t.n ? t.n : span.start, end = span.end > t.n ? t.n : span.end;
	if (end < start) end = start;
	uint32_t line, column;
	bv__source_position(t, start, &line, &column);
	char number[16];
	int gutter = snprintf(number, sizeof number, "%u", line);
	bv__buf_printf(b, "%*s%s-->%s ", gutter, "", c->frame, c->off);
	put_safe(b, src->name.n ? src->name : BV_STR("<text>"), "");
	bv__buf_printf(b, ":%u:%u\n", line, column);

	uint32_t from = start, to = start;
	while (from > 0 && t.p[from - 1] != '\n') from--;
	while (to < t.n && t.p[to] != '\n') to++;
	if (to > from && t.p[to - 1] == '\r') to--;
	if (start > to) start = to;
	if (end > to) end = to;
	/* A very long line is shown around the caret only; both cuts lie between code points. */
	bool cut_left = false, cut_right = false;
	if (start - from > WIDTH / 2 && to - from > WIDTH) {
		from = start - WIDTH / 2;
		while (from < start && ((unsigned char)t.p[from] & 0xC0) == 0x80) from++;
		cut_left = true;
	}
	if (to - from > WIDTH) {
		to = from + WIDTH;
		while (to > start && ((unsigned char)t.p[to] & 0xC0) == 0x80) to--;
		if (end > to) end = to;
		cut_right = true;
	}

	bv__buf_printf(b, "%*s %s|%s\n%s%s |%s ", gutter, "", c->frame, c->off, c->frame, number, c->off);
	unsigned at = 0, first = 0, last = 0;
	if (cut_left) {
		bv__buf_z(b, "…");
		at = 1;
	}
	for (uint32_t i = from; i < to;) {
		size_t one = bv__utf8_one(t.p + i, to - i);
		if (i <= start) first = at;
		at += put_cell(b, t.p + i, one, at);
		i += (uint32_t)(one ? one : 1);
		if (i <= end) last = at;
	}
	if (start >= to) first = at;
	if (cut_right) bv__buf_z(b, "…");
	bv__buf_printf(b, "\n%*s %s|%s ", gutter, "", c->frame, c->off);
	for (unsigned i = 0; i < first; i++) bv__buf_ch(b, ' ');
	bv__buf_z(b, caret_color);
	bv__buf_ch(b, '^');
	for (unsigned i = first + 1; i < last; i++) bv__buf_ch(b, '^');
	bv__buf_z(b, c->off);
	bv__buf_ch(b, '\n');
}

static void put_one(const bv_diagnostics *d, const bv_diagnostic *x, const paint *c, bv_buf *b) {
	const char *color = x->severity == BV_SEVERITY_ERROR ? c->error : x->severity == BV_SEVERITY_WARNING ? c->warning : c->note;
	bv__buf_printf(b, "%s%s[BV%04d]%s%s: ", color, severity_name(x->severity), (int)x->code, c->off, c->bold);
	put_safe(b, x->message, "  ");
	bv__buf_printf(b, "%s\n", c->off);
	put_place(d, x->span, color, c, b);
	if (x->hint.n) {
		bv__buf_printf(b, "  %s= help:%s ", c->note, c->off);
		put_safe(b, x->hint, "    ");
		bv__buf_ch(b, '\n');
	}
	for (uint32_t i = 0; i < x->notes.n; i++) {
		bv__buf_printf(b, "  %s= note:%s ", c->note, c->off);
		put_safe(b, x->notes.v[i].text, "    ");
		bv__buf_ch(b, '\n');
		put_place(d, x->notes.v[i].span, c->note, c, b);
	}
}

char *bv_diagnostics_text(const bv_diagnostics *d, bool color) {
	const paint *c = color ? &colored : &plain;
	bv_buf b = BV_BUF_INIT;
	for (uint32_t i = 0; d && i < d->items.n; i++) {
		if (b.n) bv__buf_ch(&b, '\n');
		put_one(d, &d->items.v[i], c, &b);
	}
	if (d && d->oom) {
		if (b.n) bv__buf_ch(&b, '\n');
		put_one(d, &no_memory, c, &b);
	}
	return bv__buf_detach(&b);
}

char *bv_explain(const char *code) {
	if (!code) return NULL;
	if ((code[0] == 'B' || code[0] == 'b') && (code[1] == 'V' || code[1] == 'v')) code += 2;
	if (strlen(code) != 4 || strspn(code, "0123456789") != 4) return NULL;
	long number = strtol(code, NULL, 10);
	for (size_t i = 0; i < BV_COUNT(codes); i++) {
		if ((long)codes[i].code != number) continue;
		bv_buf b = BV_BUF_INIT;
		bv__buf_printf(&b, "BV%04ld: %s\n\n%s\n", number, codes[i].title, codes[i].page);
		return bv__buf_detach(&b);
	}
	return NULL;
}
