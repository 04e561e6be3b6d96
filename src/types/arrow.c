/* Arrow's C Data Interface. Comes in: schemas of any producer, also hostile ones. Goes out: types; and schemas that others release.
 *
 * What a producer says cannot be checked against the size of its memory, so every count and length has a bound: depth, nodes, bytes of a text. */
#include "types/internal.h"

enum { FORMAT_MAX = 4096, NAME_MAX_BYTES = 1 << 16, METADATA_MAX = 1 << 24, PAIRS_MAX = 1 << 16 };

/* ---- import ---- */

typedef struct import {
	bv_arena *a;
	uint32_t nodes; /* still allowed */
} import;

static const struct {
	const char *format;
	uint8_t id, unit;
} formats[] = {
	{"n", BV_T_NULL, 0}, {"b", BV_T_BOOL, 0}, {"c", BV_T_INT8, 0}, {"C", BV_T_UINT8, 0}, {"s", BV_T_INT16, 0}, {"S", BV_T_UINT16, 0}, {"i", BV_T_INT32, 0},
	{"I", BV_T_UINT32, 0}, {"l", BV_T_INT64, 0}, {"L", BV_T_UINT64, 0}, {"e", BV_T_FLOAT16, 0}, {"f", BV_T_FLOAT32, 0}, {"g", BV_T_FLOAT64, 0},
	{"z", BV_T_BINARY, 0}, {"Z", BV_T_LARGE_BINARY, 0}, {"vz", BV_T_BINARY_VIEW, 0}, {"u", BV_T_UTF8, 0}, {"U", BV_T_LARGE_UTF8, 0}, {"vu", BV_T_UTF8_VIEW, 0},
	{"tdD", BV_T_DATE32, 0}, {"tdm", BV_T_DATE64, 0}, {"tts", BV_T_TIME32, BV_UNIT_S}, {"ttm", BV_T_TIME32, BV_UNIT_MS}, {"ttu", BV_T_TIME64, BV_UNIT_US},
	{"ttn", BV_T_TIME64, BV_UNIT_NS}, {"tDs", BV_T_DURATION, BV_UNIT_S}, {"tDm", BV_T_DURATION, BV_UNIT_MS}, {"tDu", BV_T_DURATION, BV_UNIT_US},
	{"tDn", BV_T_DURATION, BV_UNIT_NS}, {"tiM", BV_T_INTERVAL_YEAR_MONTH, 0}, {"tiD", BV_T_INTERVAL_DAY_TIME, 0}, {"tin", BV_T_INTERVAL_MONTH_DAY_NANO, 0},
	{"+l", BV_T_LIST, 0}, {"+L", BV_T_LARGE_LIST, 0}, {"+vl", BV_T_LIST_VIEW, 0}, {"+vL", BV_T_LARGE_LIST_VIEW, 0}, {"+s", BV_T_STRUCT, 0}, {"+m", BV_T_MAP, 0},
	{"+r", BV_T_RUN_END, 0},
};
static const char unit_letters[] = "smun";

static bool text_of(const char *z, size_t max, bv_str *out) {
	if (!z) z = "";
	size_t n = strnlen(z, max + 1);
	*out = bv__strn(z, n);
	return n <= max && bv__utf8_invalid(z, n) == n;
}

/* The next integer of "12,-3,256"; moves past it and a comma. */
static bool integer(bv_str *s, long min, long max, long *out) {
	bool minus = s->n && s->p[0] == '-';
	uint32_t i = minus;
	long v = 0;
	while (i < s->n && i < 11 && s->p[i] >= '0' && s->p[i] <= '9') v = v * 10 + (s->p[i++] - '0');
	if (i == minus || (i < s->n && s->p[i] != ',')) return false;
	*out = minus ? -v : v;
	if (i < s->n && ++i == s->n) return false;
	*s = bv__strn(s->p + i, s->n - i);
	return *out >= min && *out <= max;
}

static int32_t metadata_int(const char **p) {
	int32_t v;
	memcpy(&v, *p, 4);
	*p += 4;
	return v;
}

/* Pairs that are no text say nothing to us and are left out. */
static bool metadata(import *x, const char *p, bv_field *f) {
	if (!p) return true;
	int32_t n = metadata_int(&p);
	if (n < 0 || n > PAIRS_MAX) return false;
	bv_str *m = n ? BV_NEWN(x->a, bv_str, (size_t)n * 2) : NULL;
	if (n && !m) return false;
	size_t total = 0;
	uint32_t kept = 0;
	for (int32_t i = 0; i < n; i++) {
		bv_str pair[2];
		bool ok = true;
		for (unsigned k = 0; k < 2; k++) {
			int32_t len = metadata_int(&p);
			if (len < 0 || (total += (size_t)len) > METADATA_MAX) return false;
			pair[k] = bv__strn(p, (size_t)len);
			ok = ok && bv__utf8_invalid(p, (size_t)len) == (size_t)len;
			p += len;
		}
		if (!ok) continue;
		m[kept * 2] = bv__arena_str(x->a, pair[0]);
		m[kept * 2 + 1] = bv__arena_str(x->a, pair[1]);
		kept++;
	}
	f->metadata = kept ? m : NULL;
	f->nmetadata = kept;
	return true;
}

static const bv_type *import_type(import *x, const struct ArrowSchema *s, unsigned depth);

static bool import_field(import *x, const struct ArrowSchema *s, bv_field *f, unsigned depth) {
	bv_str name;
	*f = (bv_field){0};
	if (!s || !text_of(s->name, NAME_MAX_BYTES, &name) || !metadata(x, s->metadata, f)) return false;
	f->name = bv__arena_str(x->a, name);
	f->nullable = (s->flags & ARROW_FLAG_NULLABLE) != 0;
	f->type = import_type(x, s, depth);
	return f->type != NULL;
}

/* All children; `want` < 0: any number. */
static bool children(import *x, const struct ArrowSchema *s, bv_type *t, int64_t want, unsigned depth) {
	int64_t n = s->n_children;
	if (n < 0 || n > x->nodes || (want >= 0 && n != want) || (n && !s->children)) return false;
	bv_field *f = BV_NEWN(x->a, bv_field, n);
	if (!f) return false;
	for (int64_t i = 0; i < n; i++)
		if (!import_field(x, s->children[i], &f[i], depth + 1)) return false;
	t->children = f;
	t->nchildren = (uint32_t)n;
	return true;
}

/* The formats with parameters: d:…, w:…, +w:…, ts…:…, +ud:…, +us:… */
static bool with_parameters(import *x, const struct ArrowSchema *s, bv_str format, bv_type *t, unsigned depth) {
	uint32_t colon = 0;
	while (colon < format.n && format.p[colon] != ':') colon++;
	if (colon == format.n) return false;
	bv_str head = bv__strn(format.p, colon), rest = bv__strn(format.p + colon + 1, format.n - colon - 1);
	long a, b, bits = 128;
	if (bv__str_is(head, "d")) {
		if (!integer(&rest, 1, 76, &a) || !integer(&rest, -128, 127, &b) || (rest.n && (!integer(&rest, 32, 256, &bits) || rest.n))) return false;
		t->id = bits == 32 ? BV_T_DECIMAL32 : bits == 64 ? BV_T_DECIMAL64 : bits == 128 ? BV_T_DECIMAL128 : BV_T_DECIMAL256;
		t->precision = (uint8_t)a;
		t->scale = (int8_t)b;
		return (bits == 32 || bits == 64 || bits == 128 || bits == 256) && a <= bv__decimal_digits(t->id) && b <= a;
	}
	if (bv__str_is(head, "w") || bv__str_is(head, "+w")) {
		if (!integer(&rest, 0, INT32_MAX, &a) || rest.n) return false;
		t->size = (int32_t)a;
		t->id = head.n == 1 ? BV_T_FIXED_BINARY : BV_T_FIXED_LIST;
		return head.n == 1 || children(x, s, t, 1, depth);
	}
	if (head.n == 3 && bv__str_starts(head, "ts")) {
		const char *u = strchr(unit_letters, head.p[2]);
		if (!u || !*u) return false;
		t->id = BV_T_TIMESTAMP;
		t->unit = (uint8_t)(u - unit_letters);
		t->zone = bv__arena_str(x->a, rest);
		return true;
	}
	if (bv__str_is(head, "+ud") || bv__str_is(head, "+us")) {
		t->id = BV_T_UNION;
		t->flag = head.p[2] == 'd';
		if (!children(x, s, t, -1, depth) || t->nchildren > 128) return false;
		int8_t *ids = BV_NEWN(x->a, int8_t, t->nchildren);
		bool seen[128] = {false};
		for (uint32_t i = 0; ids && i < t->nchildren; i++) {
			if (!integer(&rest, 0, 127, &a) || seen[a]) return false;
			seen[a] = true;
			ids[i] = (int8_t)a;
		}
		t->ids = ids;
		return ids && !rest.n;
	}
	return false;
}

static const bv_type *import_type(import *x, const struct ArrowSchema *s, unsigned depth) {
	bv_str format;
	if (!s || !s->format || depth > BV_DEPTH_MAX || !x->nodes || !text_of(s->format, FORMAT_MAX, &format)) return NULL;
	x->nodes--;
	bv_type t = {0};
	bool known = false;
	for (unsigned i = 0; i < BV_COUNT(formats) && !known; i++)
		if (bv__str_is(format, formats[i].format)) {
			known = true;
			t.id = formats[i].id;
			t.unit = formats[i].unit;
		}
	if (!known) {
		if (!with_parameters(x, s, format, &t, depth)) return NULL;
	} else if (t.id >= BV_T_LIST) {
		int64_t want = t.id == BV_T_STRUCT ? -1 : t.id == BV_T_RUN_END ? 2 : 1;
		if (!children(x, s, &t, want, depth)) return NULL;
		const bv_type *first = t.nchildren ? t.children[0].type : NULL;
		if (t.id == BV_T_MAP && (first->id != BV_T_STRUCT || first->nchildren != 2)) return NULL;
		if (t.id == BV_T_RUN_END && (first->id < BV_T_INT16 || first->id > BV_T_INT64)) return NULL;
		t.flag = t.id == BV_T_MAP && (s->flags & ARROW_FLAG_MAP_KEYS_SORTED);
	}
	const bv_type *out = bv__type((bv_type_id)t.id);
	if (!out) out = bv__type_make(x->a, t);
	if (!out || !s->dictionary) return out;
	const bv_type *value = bv__type_is_integer(out) ? import_type(x, s->dictionary, depth + 1) : NULL;
	const bv_type *d = value ? bv__type_dictionary(x->a, out, value) : NULL;
	if (d) ((bv_type *)d)->flag = (s->flags & ARROW_FLAG_DICTIONARY_ORDERED) != 0;
	return d;
}

const bv_type *bv__type_import(bv_arena *a, const struct ArrowSchema *s) {
	import x = {a, BV_TYPE_NODES};
	return import_type(&x, s, 0);
}

bool bv__field_import(bv_arena *a, const struct ArrowSchema *s, bv_field *out) {
	import x = {a, BV_TYPE_NODES};
	bv_field f;
	if (!import_field(&x, s, &f, 0) || bv__arena_failed(a)) return false;
	*out = f;
	return true;
}

bool bv__schema_import(bv_arena *a, const struct ArrowSchema *s, bv_schema_t *out) {
	const bv_type *t = bv__type_import(a, s);
	if (!t || t->id != BV_T_STRUCT || bv__arena_failed(a)) return false;
	*out = (bv_schema_t){(bv_field *)t->children, t->nchildren};
	return true;
}

/* ---- export ---- */

/* One block of the heap a schema: its children, the pointers to them, its texts. A consumer may have moved a child out; its release is NULL then. */
static void release(struct ArrowSchema *s) {
	for (int64_t i = 0; i < s->n_children; i++)
		if (s->children[i]->release) s->children[i]->release(s->children[i]);
	if (s->dictionary && s->dictionary->release) s->dictionary->release(s->dictionary);
	bv__heap_free(s->private_data);
	*s = (struct ArrowSchema){0};
}

static void format_of(const bv_type *t, bv_buf *b) {
	for (unsigned i = 0; i < BV_COUNT(formats); i++)
		if (formats[i].id == t->id && ((t->id != BV_T_TIME32 && t->id != BV_T_TIME64 && t->id != BV_T_DURATION) || formats[i].unit == t->unit)) {
			bv__buf_z(b, formats[i].format);
			return;
		}
	switch (t->id) {
	case BV_T_DECIMAL32:
	case BV_T_DECIMAL64:
	case BV_T_DECIMAL128:
	case BV_T_DECIMAL256:
		bv__buf_printf(b, "d:%u,%d", t->precision, t->scale);
		bv__buf_z(b, t->id == BV_T_DECIMAL32 ? ",32" : t->id == BV_T_DECIMAL64 ? ",64" : t->id == BV_T_DECIMAL256 ? ",256" : "");
		break;
	case BV_T_FIXED_BINARY:
	case BV_T_FIXED_LIST:
		bv__buf_printf(b, "%s:%d", t->id == BV_T_FIXED_LIST ? "+w" : "w", t->size);
		break;
	case BV_T_TIMESTAMP:
		bv__buf_printf(b, "ts%c:", unit_letters[t->unit & 3]);
		bv__buf_str(b, t->zone);
		break;
	case BV_T_DICTIONARY:
		format_of(t->children[0].type, b);
		break;
	case BV_T_UNION:
		bv__buf_z(b, t->flag ? "+ud:" : "+us:");
		for (uint32_t i = 0; i < t->nchildren; i++) bv__buf_printf(b, i ? ",%d" : "%d", t->ids ? t->ids[i] : (int)i);
		break;
	default:
		b->failed = true;
	}
}

static void metadata_bytes(const bv_field *f, bv_buf *b) {
	int32_t n = (int32_t)f->nmetadata;
	bv__buf_add(b, &n, 4);
	for (uint32_t i = 0; i < f->nmetadata * 2; i++) {
		int32_t len = (int32_t)f->metadata[i].n;
		bv__buf_add(b, &len, 4);
		bv__buf_str(b, f->metadata[i]);
	}
}

static bool export_field(const bv_field *f, struct ArrowSchema *out, unsigned depth, uint32_t *left) {
	const bv_type *t = f->type;
	if (!t || depth > BV_TYPE_DEPTH || !*left || (f->name.n && memchr(f->name.p, 0, f->name.n))) return false;
	--*left;
	bool dictionary = t->id == BV_T_DICTIONARY;
	uint32_t n = dictionary ? 0 : t->nchildren;
	bv_buf texts = BV_BUF_INIT;
	format_of(t, &texts);
	bv__buf_ch(&texts, 0);
	size_t name_at = texts.n;
	bv__buf_str(&texts, f->name);
	bv__buf_ch(&texts, 0);
	size_t metadata_at = texts.n;
	bool has_metadata = f->nmetadata && f->metadata;
	if (has_metadata) metadata_bytes(f, &texts);
	size_t kids = sizeof(struct ArrowSchema) * ((size_t)n + dictionary), pointers = sizeof(struct ArrowSchema *) * n;
	char *block = texts.failed ? NULL : bv__heap_alloc(kids + pointers + texts.n);
	if (!block) {
		bv__buf_free(&texts);
		return false;
	}
	memset(block, 0, kids + pointers);
	struct ArrowSchema *child = (struct ArrowSchema *)block, **list = (struct ArrowSchema **)(block + kids);
	char *text = block + kids + pointers;
	memcpy(text, texts.p, texts.n);
	bv__buf_free(&texts);
	struct ArrowSchema s = {.format = text, .name = text + name_at, .metadata = has_metadata ? text + metadata_at : NULL, .n_children = n, .children = n ? list : NULL,
		.dictionary = dictionary ? child : NULL, .release = release, .private_data = block};
	if (f->nullable) s.flags |= ARROW_FLAG_NULLABLE;
	if (dictionary && t->flag) s.flags |= ARROW_FLAG_DICTIONARY_ORDERED;
	if (t->id == BV_T_MAP && t->flag) s.flags |= ARROW_FLAG_MAP_KEYS_SORTED;
	bool ok = true;
	for (uint32_t i = 0; i < n; i++) {
		list[i] = &child[i];
		ok = ok && export_field(&t->children[i], &child[i], depth + 1, left);
	}
	if (dictionary) {
		bv_field value = {.name = BV_STR(""), .type = t->children[1].type, .nullable = true};
		ok = export_field(&value, child, depth + 1, left);
	}
	if (!ok) {
		release(&s);
		return false;
	}
	*out = s;
	return true;
}

bool bv__field_export(const bv_field *f, struct ArrowSchema *out) {
	uint32_t left = BV_TYPE_NODES;
	return export_field(f, out, 0, &left);
}

bool bv__schema_export(const bv_schema_t *s, struct ArrowSchema *out) {
	bv_type t = {.id = BV_T_STRUCT, .nchildren = s->n, .children = s->v};
	bv_field f = {.name = BV_STR(""), .type = &t, .nullable = false};
	return bv__field_export(&f, out);
}
