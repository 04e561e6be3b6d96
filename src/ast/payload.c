/* payload: a tree as canonical JSON and back. In: a tree, or bytes from anywhere. Out: bytes that are the same on every machine; a tree, or
 * a diagnostic that names the element and what is wrong with it.
 *
 *   [{"version":1},{"kind":"query"},{"kind":"select","in":1,"as":"body","distinct":true},{"kind":"column","in":2,"as":"projections","path":["a"]}]
 *
 * An element's keys: kind, in (the parent's element), as (the parent's field), then its scalar fields in table order. What has its default
 * is left out: false, an enum's first value, an empty optional text. A dotted name or list of names is an array, followed where needed
 * by "<field>_insensitive", the mask of parts that match without case. The reader takes exactly what the writer gives, up to white space and the spelling of escapes: one tree, one payload. Both
 * are linear, and neither writes nor reads a tree deeper than BV_DEPTH_MAX. */
#include "ast/ast.h"

#ifdef BV_SELFCHECK
#include <stdlib.h>
#endif

static inline const void *field_at(const bv_node *n, const bv_field_desc *f) { return (const char *)n + f->offset; }

/* ---- writer ---- */

/* Pieces are copied whole, room and all (BV_PIECE): a copy of fixed size is a few instructions. What is written behind `n` is written over. */
typedef struct writer {
	char *p, *end; /* the cursor; end of the room */
	bv_buf *out, *spans;
	uint32_t next; /* element */
	bool failed;
} writer;

/* Room for `more` bytes at the cursor. */
static bool room(writer *w, size_t more) {
	if ((size_t)(w->end - w->p) >= more) return true;
	if (w->failed) return false;
	w->out->n = (size_t)(w->p - w->out->p);
	bv__buf_reserve(w->out, more);
	if (w->out->failed) {
		w->failed = true;
		return false;
	}
	w->p = w->out->p + w->out->n;
	w->end = w->out->p + w->out->cap - 1;
	return true;
}

static inline void piece(writer *w, const char *from, unsigned n) {
	memcpy(w->p, from, BV_PIECE);
	w->p += n;
}

static char *digits(char *p, uint32_t v) {
	char d[10];
	unsigned n = sizeof d;
	do d[--n] = (char)('0' + v % 10);
	while (v /= 10);
	memcpy(p, d + n, sizeof d - n);
	return p + (sizeof d - n);
}

/* Bytes that stand in a JSON string as they are. */
static const bool plain[256] = {[' ' ... '!'] = true, ['#' ... '['] = true, [']' ... '~'] = true, [0x7F] = true};

static void text(writer *w, bv_str s) {
	if (!room(w, (size_t)s.n + 2)) return;
	char *p = w->p;
	*p++ = '"';
	for (uint32_t i = 0; i < s.n; i++) {
		if (!plain[(uint8_t)s.p[i]]) {
			/* Escapes, and what is not ASCII: the long way. */
			w->out->n = (size_t)(w->p - w->out->p);
			bv__json_string(w->out, s);
			w->failed |= w->out->failed;
			w->p = w->out->p + w->out->n;
			w->end = w->failed ? w->p : w->out->p + w->out->cap - 1;
			return;
		}
		*p++ = s.p[i];
	}
	*p++ = '"';
	w->p = p;
}

static void texts(writer *w, const bv_field_desc *f, const bv_str *v, uint32_t n, uint32_t mask) {
	if (!room(w, 2 * BV_PIECE)) return;
	piece(w, f->key, f->key_n);
	*w->p++ = '[';
	for (uint32_t i = 0; i < n; i++) {
		text(w, v[i]);
		if (!room(w, 2 * BV_PIECE + 40)) return;
		*w->p++ = i + 1 < n ? ',' : ']';
	}
	if (!mask) return;
	piece(w, f->key, f->key_n - 2u); /* ,"name */
	memcpy(w->p, "_insensitive\":", 14);
	w->p = digits(w->p + 14, mask);
}

/* `in`: `,"in":N,"as":"` of the parent, BV_PIECE of room, in_n bytes. as: the parent's field; NULL: the root. */
static void write_node(writer *w, const bv_node *n, const char *in, unsigned in_n, const bv_field_desc *as, unsigned depth) {
	if (depth > BV_DEPTH_MAX || n->kind == BV_KIND_NONE || n->kind >= BV_KIND_COUNT) w->failed = true;
	if (w->failed) return;
	const bv_node_desc *d = &bv__nodes[n->kind];
	uint32_t element = w->next++;
	if (w->spans) bv__buf_add(w->spans, &n->span, sizeof n->span);
	if (!room(w, 4 * BV_PIECE)) return;
	piece(w, d->open, d->open_n);
	if (as) {
		piece(w, in, in_n);
		piece(w, as->key + 2, as->key_n - 3u); /* name" */
	}
	bool children = false;
	const bv_field_desc *end = d->fields + d->nfields;
	for (const bv_field_desc *f = d->fields; f < end; f++) {
		const void *p = field_at(n, f);
		switch ((bv_field_type)f->type) {
		case BV_F_CHILD:
		case BV_F_LIST: children = true; break;
		case BV_F_NAME:
		case BV_F_TEXT: {
			bv_str s = *(const bv_str *)p;
			if ((!s.n && !f->required) || !room(w, BV_PIECE)) break;
			piece(w, f->key, f->key_n);
			text(w, s);
			break;
		}
		case BV_F_PATH: {
			const bv_path *x = p;
			if (x->n) texts(w, f, x->v, x->n, x->insensitive);
			break;
		}
		case BV_F_NAMES: {
			const bv_names *x = p;
			if (x->n) texts(w, f, x->v, x->n, x->insensitive);
			break;
		}
		case BV_F_FLAG:
			if (!*(const bool *)p || !room(w, 2 * BV_PIECE)) break;
			piece(w, f->key, f->key_n);
			memcpy(w->p, "true", 4);
			w->p += 4;
			break;
		case BV_F_ENUM: {
			uint8_t v = *(const uint8_t *)p;
			if (!v) break;
			if (v >= f->nvalues) {
				w->failed = true;
				break;
			}
			if (!room(w, BV_PIECE)) break;
			piece(w, f->key, f->key_n);
			text(w, bv__str(f->values[v]));
			break;
		}
		}
	}
	if (!room(w, BV_PIECE)) return;
	*w->p++ = '}';
	if (!children) return;
	char own[BV_PIECE] = ",\"in\":", *q = digits(own + 6, element);
	memcpy(q, ",\"as\":\"", 7);
	unsigned own_n = (unsigned)(q + 7 - own);
	for (const bv_field_desc *f = d->fields; f < end; f++) {
		if (f->type == BV_F_CHILD) {
			const bv_node *c = *(bv_node *const *)field_at(n, f);
			if (c) write_node(w, c, own, own_n, f, depth + 1);
		} else if (f->type == BV_F_LIST) {
			const bv_list *l = field_at(n, f);
			for (uint32_t i = 0; i < l->n; i++) {
				if (l->v[i]) write_node(w, l->v[i], own, own_n, f, depth + 1);
				else w->failed = true;
			}
		}
	}
}

static void write_all(const bv_node *root, bv_buf *out, bv_buf *spans) {
	if (spans) bv__buf_add(spans, &BV_NO_SPAN, sizeof(bv_span));
	static const char head[] = "[{\"version\":" BV_TEXT_OF(BV_PAYLOAD_VERSION) "}";
	bv__buf_add(out, head, sizeof head - 1);
	if (out->failed) return;
	writer w = {.p = out->p + out->n, .end = out->p + out->cap - 1, .out = out, .spans = spans, .next = 1};
	write_node(&w, root, NULL, 0, NULL, 1);
	out->n = (size_t)(w.p - out->p);
	out->failed |= w.failed;
	if (out->cap) out->p[out->n] = 0;
	bv__buf_ch(out, ']');
}

#ifdef BV_SELFCHECK
/* The self-check build reads back, copies, hashes and compares every tree that is written anywhere: new nodes test themselves. */
static void self_check(const bv_node *root, bv_str payload) {
	bv_arena *a = bv__arena_new();
	bv_diagnostics *d = bv_diagnostics_new();
	if (a && d) {
		bv_node *back = bv__payload_read(a, payload, 0, d), *copy = bv__tree_copy(a, root);
		bv_buf again = BV_BUF_INIT;
		const char *wrong = NULL;
		bv_hash128 hash = bv__tree_hash(root), other = back ? bv__tree_hash(back) : hash;
		bool hashed = (hash.lo || hash.hi) && (other.lo || other.hi); /* a hash of nothing: out of memory */
		if (back) write_all(back, &again, NULL);
		if (d->oom || bv__arena_failed(a) || again.failed) wrong = NULL;
		else if (!back) wrong = d->items.n ? d->items.v[0].message.p : "cannot be read";
		else if (!bv__tree_equal(root, back) || !bv__tree_equal(root, copy)) wrong = "reads back or copies as another tree";
		else if (!bv__str_eq(bv__buf_view(&again), payload)) wrong = "is written differently the second time";
		else if (hashed && (hash.lo != other.lo || hash.hi != other.hi)) wrong = "hashes differently";
		if (wrong) {
			fprintf(stderr, "self-check: a payload %s\n%.*s\n", wrong, (int)payload.n, payload.p);
			abort();
		}
		bv__buf_free(&again);
	}
	bv__arena_free(a);
	bv_diagnostics_free(d);
}
#endif

void bv__payload_write(const bv_node *root, bv_buf *out, bv_buf *spans) {
	if (!root) {
		out->failed = true;
		return;
	}
#ifdef BV_SELFCHECK
	size_t from = out->n;
#endif
	write_all(root, out, spans);
#ifdef BV_SELFCHECK
	if (!out->failed) self_check(root, bv__strn(out->p + from, out->n - from));
#endif
}

void bv__fingerprint(const bv_node *root, char out[65]) {
	bv_buf b = BV_BUF_INIT;
	bv__payload_write(root, &b, NULL);
	if (b.failed) out[0] = 0;
	else bv__sha256_hex(b.p, b.n, out);
	bv__buf_free(&b);
}

/* ---- reader: JSON ---- */

/* A node whose children are still coming. */
typedef struct frame {
	bv_node *node;
	uint32_t element;
	int field; /* the field that the last child went into; -1: none yet */
	bv_node_vec items; /* of that field, if it is a list */
} frame;

typedef struct reader {
	bv_arena *a;
	bv_diagnostics *d;
	const char *p, *end, *from; /* from: start of the element */
	bv_str json;
	uint32_t file, element;
	bv_kind kind; /* of the element, NONE until it is known */
	BV_VEC(frame) path;
} reader;

static bool fail(reader *r, bv_code code, const char *fmt, ...) BV_PRINTF(3, 4);
static bool fail(reader *r, bv_code code, const char *fmt, ...) {
	bv_buf b = BV_BUF_INIT;
	bv__buf_printf(&b, "element %u", r->element);
	if (r->kind) bv__buf_printf(&b, " (%s)", bv__nodes[r->kind].name);
	bv__buf_z(&b, ": ");
	va_list ap;
	va_start(ap, fmt);
	bv_str what = bv__arena_vprintf(r->a, fmt, ap);
	va_end(ap);
	bv__buf_str(&b, what);
	bv_span span = {r->file, (uint32_t)(r->from - r->json.p), (uint32_t)(r->p - r->json.p)};
	bv__diag(r->d, code, span, "%s", b.p);
	bv__buf_free(&b);
	return false;
}
#define WRONG(r, ...) fail((r), BV_E_PAYLOAD, __VA_ARGS__)

static bool no_memory(reader *r) {
	bv__nomem(r->d);
	return false;
}

static void space(reader *r) {
	while (r->p < r->end && (*r->p == ' ' || *r->p == '\n' || *r->p == '\t' || *r->p == '\r')) r->p++;
}

/* Takes the character if it comes next. */
static bool take(reader *r, char c) {
	space(r);
	if (r->p >= r->end || *r->p != c) return false;
	r->p++;
	return true;
}

static bool expect(reader *r, char c) {
	if (take(r, c)) return true;
	return r->p < r->end ? WRONG(r, "expected '%c'", c) : WRONG(r, "the text ends where '%c' is expected", c);
}

static bool hex4(reader *r, unsigned *out) {
	if (r->end - r->p < 4) return WRONG(r, "\\u needs four hex digits");
	unsigned v = 0;
	for (int i = 0; i < 4; i++) {
		char c = r->p[i];
		unsigned digit = c >= '0' && c <= '9' ? (unsigned)(c - '0') : c >= 'a' && c <= 'f' ? (unsigned)(c - 'a' + 10) : c >= 'A' && c <= 'F' ? (unsigned)(c - 'A' + 10) : 16;
		if (digit > 15) return WRONG(r, "\\u needs four hex digits");
		v = v << 4 | digit;
	}
	r->p += 4;
	*out = v;
	return true;
}

/* Decodes the escapes of [from, to) into an arena text; the quotes are already found. */
static bool unescape(reader *r, const char *from, const char *to, bv_str *out) {
	char *text = bv__arena_alloc(r->a, (size_t)(to - from) + 1), *q = text;
	if (!text) return no_memory(r);
	const char *after = r->p;
	for (r->p = from; r->p < to;) {
		char c = *r->p++;
		if (c != '\\') {
			*q++ = c;
			continue;
		}
		static const char names[] = "\"\\/bfnrt", chars[] = "\"\\/\b\f\n\r\t";
		c = *r->p++;
		const char *known = c ? strchr(names, c) : NULL;
		if (known) {
			*q++ = chars[known - names];
			continue;
		}
		if (c != 'u') return WRONG(r, "a string has the unknown escape \\%c", c > 32 && c < 127 ? c : '?');
		unsigned u, low;
		if (!hex4(r, &u)) return false;
		if (u >= 0xDC00 && u < 0xE000) return WRONG(r, "a string has half a surrogate pair");
		if (u >= 0xD800 && u < 0xDC00) {
			if (to - r->p < 6 || r->p[0] != '\\' || r->p[1] != 'u') return WRONG(r, "a string has half a surrogate pair");
			r->p += 2;
			if (!hex4(r, &low)) return false;
			if (low < 0xDC00 || low > 0xDFFF) return WRONG(r, "a string has half a surrogate pair");
			u = 0x10000 + ((u - 0xD800) << 10) + (low - 0xDC00);
		}
		if (u < 0x80) {
			*q++ = (char)u;
		} else if (u < 0x800) {
			*q++ = (char)(0xC0 | u >> 6);
			*q++ = (char)(0x80 | (u & 63));
		} else if (u < 0x10000) {
			*q++ = (char)(0xE0 | u >> 12);
			*q++ = (char)(0x80 | (u >> 6 & 63));
			*q++ = (char)(0x80 | (u & 63));
		} else {
			*q++ = (char)(0xF0 | u >> 18);
			*q++ = (char)(0x80 | (u >> 12 & 63));
			*q++ = (char)(0x80 | (u >> 6 & 63));
			*q++ = (char)(0x80 | (u & 63));
		}
	}
	r->p = after;
	*out = bv__strn(text, (size_t)(q - text));
	return true;
}

/* A string. keep: copied into the arena; else it may point into the JSON and lives as long as that. */
static bool string(reader *r, bool keep, bv_str *out) {
	space(r);
	if (r->p >= r->end || *r->p != '"') return WRONG(r, "expected a string");
	const char *from = ++r->p;
	bool escapes = false;
	for (; r->p < r->end && *r->p != '"'; r->p++) {
		if ((unsigned char)*r->p < 32) return WRONG(r, "a string has a control character that is not escaped");
		if (*r->p == '\\') {
			escapes = true;
			if (++r->p >= r->end) break;
		}
	}
	if (r->p >= r->end) return WRONG(r, "a string does not end");
	const char *to = r->p++;
	if (escapes) return unescape(r, from, to, out);
	*out = bv__strn(from, (size_t)(to - from));
	if (keep && out->n) {
		*out = bv__arena_str(r->a, *out);
		if (!out->n) return no_memory(r);
	}
	if (!out->n) *out = BV_STR("");
	return true;
}

static bool integer(reader *r, uint32_t *out) {
	space(r);
	const char *from = r->p;
	uint64_t v = 0;
	for (; r->p < r->end && *r->p >= '0' && *r->p <= '9'; r->p++) {
		v = v * 10 + (uint64_t)(*r->p - '0');
		if (v > UINT32_MAX) return WRONG(r, "an integer is too large");
	}
	if (r->p == from || (*from == '0' && r->p - from > 1) || (r->p < r->end && (*r->p == '.' || *r->p == 'e' || *r->p == 'E')))
		return WRONG(r, "expected an integer that is not negative");
	*out = (uint32_t)v;
	return true;
}

/* ---- reader: elements ---- */

static bool names(reader *r, const bv_field_desc *f, bv_str **out, uint32_t *n) {
	BV_VEC(bv_str) v = {0};
	if (!expect(r, '[')) return false;
	do {
		bv_str s;
		if (v.n == 0 && take(r, ']')) return WRONG(r, "\"%s\" is empty; leave it out", f->name);
		if (!string(r, true, &s)) return false;
		if (!BV_PUSH(r->a, &v, s)) return no_memory(r);
	} while (take(r, ','));
	*out = v.v;
	*n = v.n;
	return expect(r, ']');
}

/* The mask that may follow a name: `"<field>_insensitive":n`. */
static bool mask(reader *r, const bv_field_desc *f, uint32_t n, uint32_t *out) {
	if (!integer(r, out)) return false;
	if (*out == 0) return WRONG(r, "\"%s_insensitive\" is 0; leave it out", f->name);
	if (n < 32 && *out >> n) return WRONG(r, "\"%s_insensitive\" marks more parts than there are", f->name);
	return true;
}

static bool scalar(reader *r, bv_node *node, const bv_field_desc *f) {
	void *at = (char *)node + f->offset;
	bv_str s;
	switch ((bv_field_type)f->type) {
	case BV_F_CHILD:
	case BV_F_LIST: return WRONG(r, "\"%s\" is given by elements of its own, not by a value", f->name);
	case BV_F_NAME:
	case BV_F_TEXT:
		if (!string(r, true, &s)) return false;
		if (!s.n && !f->required) return WRONG(r, "\"%s\" is empty; leave it out", f->name);
		*(bv_str *)at = s;
		return true;
	case BV_F_PATH: return names(r, f, &((bv_path *)at)->v, &((bv_path *)at)->n);
	case BV_F_NAMES: return names(r, f, &((bv_names *)at)->v, &((bv_names *)at)->n);
	case BV_F_FLAG:
		space(r);
		if (r->end - r->p >= 4 && memcmp(r->p, "true", 4) == 0) {
			r->p += 4;
			*(bool *)at = true;
			return true;
		}
		return WRONG(r, "\"%s\" can only be true; leave it out otherwise", f->name);
	case BV_F_ENUM:
		if (!string(r, false, &s)) return false;
		for (unsigned i = 0; i < f->nvalues; i++) {
			if (!bv__str_is(s, f->values[i])) continue;
			if (i == 0) return WRONG(r, "\"%s\" has its default \"%s\"; leave it out", f->name, f->values[0]);
			*(uint8_t *)at = (uint8_t)i;
			return true;
		}
		return WRONG(r, "\"%s\" cannot be \"" BV_STR_FMT "\"", f->name, BV_STR_ARG(s));
	}
	return false;
}

static bool is_child(const bv_field_desc *f) { return f->type == BV_F_CHILD || f->type == BV_F_LIST; }

/* The scalar fields, in table order, up to the closing brace. */
static bool scalars(reader *r, bv_node *node) {
	const bv_node_desc *d = &bv__nodes[r->kind];
	const bv_field_desc *next = d->fields, *end = d->fields + d->nfields, *masked = NULL;
	while (take(r, ',')) {
		bv_str key;
		if (!string(r, false, &key) || !expect(r, ':')) return false;
		if (masked && key.n > 12 && bv__str_ends(key, "_insensitive") && bv__str_is((bv_str){key.p, key.n - 12}, masked->name)) {
			void *at = (char *)node + masked->offset;
			bool path = masked->type == BV_F_PATH;
			uint32_t n = path ? ((bv_path *)at)->n : ((bv_names *)at)->n;
			if (!mask(r, masked, n, path ? &((bv_path *)at)->insensitive : &((bv_names *)at)->insensitive)) return false;
			masked = NULL;
			continue;
		}
		const bv_field_desc *f = next;
		while (f < end && !bv__str_is(key, f->name)) f++;
		if (f == end) {
			for (f = d->fields; f < next; f++)
				if (bv__str_is(key, f->name)) return WRONG(r, "\"%s\" is given twice or out of order", f->name);
			return WRONG(r, "there is no field \"" BV_STR_FMT "\" here", BV_STR_ARG(key));
		}
		for (; next < f; next++)
			if (next->required && !is_child(next)) return WRONG(r, "\"%s\" is missing", next->name);
		if (!scalar(r, node, f)) return false;
		masked = f->type == BV_F_PATH || f->type == BV_F_NAMES ? f : NULL;
		next = f + 1;
	}
	for (; next < end; next++)
		if (next->required && !is_child(next)) return WRONG(r, "\"%s\" is missing", next->name);
	return expect(r, '}');
}

/* The last frame has all of its children. */
static bool close_frame(reader *r) {
	frame *top = &r->path.v[r->path.n - 1];
	const bv_node_desc *d = &bv__nodes[top->node->kind];
	if (top->field >= 0 && d->fields[top->field].type == BV_F_LIST) *(bv_list *)((char *)top->node + d->fields[top->field].offset) = bv__list_done(top->items);
	for (const bv_field_desc *f = d->fields; f < d->fields + d->nfields; f++) {
		if (!f->required || !is_child(f)) continue;
		const void *at = field_at(top->node, f);
		if (f->type == BV_F_CHILD ? *(bv_node *const *)at != NULL : ((const bv_list *)at)->n > 0) continue;
		r->kind = (bv_kind)top->node->kind;
		r->element = top->element;
		r->from = r->json.p + top->node->span.start;
		r->p = r->json.p + top->node->span.end;
		return WRONG(r, "\"%s\" is missing", f->name);
	}
	r->path.n--;
	return true;
}

/* Hangs the node into field `as` of element `in`, which must be on the path from the root to the element before. */
static bool attach(reader *r, bv_node *node, uint32_t in, bv_str as) {
	uint32_t k = r->path.n;
	while (k > 0 && r->path.v[k - 1].element > in) k--;
	if (k == 0 || r->path.v[k - 1].element != in) return WRONG(r, "\"in\" is %u, which is no parent of the element before", in);
	bv_kind kind = r->kind;
	uint32_t element = r->element;
	const char *from = r->from, *at = r->p;
	while (r->path.n > k)
		if (!close_frame(r)) return false;
	r->kind = kind;
	r->element = element;
	r->from = from;
	r->p = at;
	frame *top = &r->path.v[k - 1];
	const bv_node_desc *d = &bv__nodes[top->node->kind];
	int field = 0;
	while (field < d->nfields && !bv__str_is(as, d->fields[field].name)) field++;
	if (field == d->nfields || !is_child(&d->fields[field])) return WRONG(r, "\"as\" is \"" BV_STR_FMT "\", which %s has not", BV_STR_ARG(as), d->name);
	const bv_field_desc *f = &d->fields[field];
	if (field < top->field) return WRONG(r, "\"%s\" comes after \"%s\" of the same parent", f->name, d->fields[top->field].name);
	if (!bv__field_takes((bv_kind)top->node->kind, (unsigned)field, kind))
		return WRONG(r, "\"%s\" of %s takes %s", f->name, d->name, bv__field_wants((bv_kind)top->node->kind, (unsigned)field));
	if (field != top->field) {
		if (top->field >= 0 && d->fields[top->field].type == BV_F_LIST) *(bv_list *)((char *)top->node + d->fields[top->field].offset) = bv__list_done(top->items);
		top->items = (bv_node_vec){0};
		top->field = field;
	} else if (f->type == BV_F_CHILD) {
		return WRONG(r, "\"%s\" of element %u is given twice", f->name, in);
	}
	if (f->type == BV_F_CHILD) *(bv_node **)((char *)top->node + f->offset) = node;
	else if (!BV_PUSH(r->a, &top->items, node)) return no_memory(r);
	return true;
}

/* One element; the first is the root. */
static bool element(reader *r, bv_node **root) {
	r->kind = BV_KIND_NONE;
	space(r);
	r->from = r->p;
	bv_str key, text;
	if (!expect(r, '{') || !string(r, false, &key)) return false;
	if (!bv__str_is(key, "kind")) return WRONG(r, "the first key is \"kind\"");
	if (!expect(r, ':') || !string(r, false, &text)) return false;
	bv_kind kind = bv__kind_by_name(text);
	if (!kind) return WRONG(r, "there is no kind \"" BV_STR_FMT "\"", BV_STR_ARG(text));
	r->kind = kind;
	uint32_t in = 0;
	if (r->element > 1) {
		if (!take(r, ',') || !string(r, false, &key) || !bv__str_is(key, "in")) return WRONG(r, "the second key is \"in\": only the root has no parent");
		if (!expect(r, ':') || !integer(r, &in)) return false;
		if (!take(r, ',') || !string(r, false, &key) || !bv__str_is(key, "as")) return WRONG(r, "the third key is \"as\"");
		if (!expect(r, ':') || !string(r, false, &text)) return false;
	}
	bv_node *node = bv__node_new(r->a, kind, BV_NO_SPAN);
	if (!node) return no_memory(r);
	if (!scalars(r, node)) return false;
	node->span = (bv_span){r->file, (uint32_t)(r->from - r->json.p), (uint32_t)(r->p - r->json.p)};
	if (r->element == 1) *root = node;
	else if (!attach(r, node, in, text)) return false;
	if (r->path.n >= BV_DEPTH_MAX) return fail(r, BV_E_DEPTH, "nested more than %d deep", BV_DEPTH_MAX);
	frame top = {.node = node, .element = r->element, .field = -1};
	return BV_PUSH(r->a, &r->path, top) || no_memory(r);
}

static bool header(reader *r) {
	bv_str key;
	uint32_t version;
	if (!expect(r, '{') || !string(r, false, &key)) return false;
	if (!bv__str_is(key, "version")) return WRONG(r, "the header is {\"version\":%d}", BV_PAYLOAD_VERSION);
	if (!expect(r, ':') || !integer(r, &version)) return false;
	if (version != BV_PAYLOAD_VERSION) return WRONG(r, "version %u is not known; this library reads %d", version, BV_PAYLOAD_VERSION);
	return expect(r, '}');
}

bv_node *bv__payload_read(bv_arena *a, bv_str json, uint32_t file, bv_diagnostics *d) {
	reader r = {.a = a, .d = d, .p = json.p, .end = json.p + json.n, .from = json.p, .json = json, .file = file};
	size_t invalid = bv__utf8_invalid(json.p, json.n);
	if (invalid < json.n) {
		r.from = json.p + invalid;
		r.p = r.from + 1;
		fail(&r, BV_E_UTF8, "the payload is not valid UTF-8");
		return NULL;
	}
	bv_node *root = NULL;
	if (!expect(&r, '[') || !header(&r)) return NULL;
	while (take(&r, ',')) {
		if (++r.element > BV_NODES_MAX) {
			fail(&r, BV_E_SIZE, "more than %u elements", BV_NODES_MAX);
			return NULL;
		}
		if (!element(&r, &root)) return NULL;
	}
	r.kind = BV_KIND_NONE;
	r.from = r.p;
	if (!expect(&r, ']')) return NULL;
	space(&r);
	if (r.p < r.end) {
		WRONG(&r, "there is more text after the payload");
		return NULL;
	}
	if (!root) {
		WRONG(&r, "there is no root element");
		return NULL;
	}
	while (r.path.n)
		if (!close_frame(&r)) return NULL;
	if (bv__arena_failed(a)) {
		no_memory(&r);
		return NULL;
	}
	return root;
}
