/* Types as text: Arrow's own way of writing them, both ways, as the engine's arrow_typeof prints it. Field metadata is no part of it.
 *
 *   Int64, Timestamp(µs, "UTC"), Decimal128(10, 2), List(non-null Int64, field: 'element'), FixedSizeList(3 x Int64), Struct("a": Int64, "b": non-null Utf8),
 *   Map("entries": non-null Struct("key": non-null Utf8, "value": Int64), unsorted), Dictionary(Int32, Utf8), Union(Dense, 0: ("a": Int32)) */
#include "types/internal.h"

#include <utf8proc.h>

static const char *const plain_names[] = {
	[BV_T_NULL] = "Null", [BV_T_BOOL] = "Boolean", [BV_T_INT8] = "Int8", [BV_T_INT16] = "Int16", [BV_T_INT32] = "Int32", [BV_T_INT64] = "Int64",
	[BV_T_UINT8] = "UInt8", [BV_T_UINT16] = "UInt16", [BV_T_UINT32] = "UInt32", [BV_T_UINT64] = "UInt64", [BV_T_FLOAT16] = "Float16",
	[BV_T_FLOAT32] = "Float32", [BV_T_FLOAT64] = "Float64", [BV_T_UTF8] = "Utf8", [BV_T_LARGE_UTF8] = "LargeUtf8", [BV_T_UTF8_VIEW] = "Utf8View",
	[BV_T_BINARY] = "Binary", [BV_T_LARGE_BINARY] = "LargeBinary", [BV_T_BINARY_VIEW] = "BinaryView", [BV_T_DATE32] = "Date32", [BV_T_DATE64] = "Date64",
	[BV_T_INTERVAL_YEAR_MONTH] = "Interval(YearMonth)", [BV_T_INTERVAL_DAY_TIME] = "Interval(DayTime)",
	[BV_T_INTERVAL_MONTH_DAY_NANO] = "Interval(MonthDayNano)",
};
static const char *const shape_names[] = {
	[BV_T_DECIMAL32] = "Decimal32", [BV_T_DECIMAL64] = "Decimal64", [BV_T_DECIMAL128] = "Decimal128", [BV_T_DECIMAL256] = "Decimal256",
	[BV_T_FIXED_BINARY] = "FixedSizeBinary", [BV_T_TIME32] = "Time32", [BV_T_TIME64] = "Time64", [BV_T_TIMESTAMP] = "Timestamp", [BV_T_DURATION] = "Duration",
	[BV_T_LIST] = "List", [BV_T_LARGE_LIST] = "LargeList", [BV_T_FIXED_LIST] = "FixedSizeList", [BV_T_LIST_VIEW] = "ListView",
	[BV_T_LARGE_LIST_VIEW] = "LargeListView", [BV_T_STRUCT] = "Struct", [BV_T_MAP] = "Map", [BV_T_DICTIONARY] = "Dictionary", [BV_T_UNION] = "Union",
	[BV_T_RUN_END] = "RunEndEncoded",
};
static const char *const units[] = {"s", "ms", "µs", "ns"};

/* ---- writing ---- */

/* Rust's {:?} of a string. */
static void quoted(bv_buf *b, bv_str s) {
	bv__buf_ch(b, '"');
	for (uint32_t i = 0; i < s.n;) {
		size_t n = bv__utf8_one(s.p + i, s.n - i);
		utf8proc_int32_t c = 0xFFFD;
		if (n) utf8proc_iterate((const utf8proc_uint8_t *)s.p + i, (utf8proc_ssize_t)n, &c);
		else n = 1;
		utf8proc_category_t k = utf8proc_category(c);
		if (c == '"' || c == '\\') bv__buf_printf(b, "\\%c", (char)c);
		else if (c == 0) bv__buf_z(b, "\\0");
		else if (c == '\t') bv__buf_z(b, "\\t");
		else if (c == '\n') bv__buf_z(b, "\\n");
		else if (c == '\r') bv__buf_z(b, "\\r");
		else if (c != ' ' && (k == UTF8PROC_CATEGORY_CC || k == UTF8PROC_CATEGORY_CF || k == UTF8PROC_CATEGORY_CS || k == UTF8PROC_CATEGORY_CO ||
							  k == UTF8PROC_CATEGORY_CN || k == UTF8PROC_CATEGORY_ZL || k == UTF8PROC_CATEGORY_ZP || k == UTF8PROC_CATEGORY_ZS))
			bv__buf_printf(b, "\\u{%x}", (unsigned)c);
		else bv__buf_add(b, s.p + i, n);
		i += (uint32_t)n;
	}
	bv__buf_ch(b, '"');
}

static void text(const bv_type *t, bv_buf *b, unsigned depth, size_t limit);

static void field_text(const bv_field *f, bv_buf *b, unsigned depth, size_t limit) {
	quoted(b, f->name);
	bv__buf_z(b, f->nullable ? ": " : ": non-null ");
	text(f->type, b, depth + 1, limit);
}

static void text(const bv_type *t, bv_buf *b, unsigned depth, size_t limit) {
	/* An unfinished text is no text: whoever reads the buffer sees that it failed. */
	if (!t || depth > BV_TYPE_DEPTH || b->n > limit) {
		b->failed = true;
		return;
	}
	if (!bv__type_is_parametric(t->id)) {
		bv__buf_z(b, plain_names[t->id]);
		return;
	}
	bv__buf_z(b, shape_names[t->id]);
	bv__buf_ch(b, '(');
	switch (t->id) {
	case BV_T_DECIMAL32:
	case BV_T_DECIMAL64:
	case BV_T_DECIMAL128:
	case BV_T_DECIMAL256:
		bv__buf_int(b, t->precision);
		bv__buf_z(b, ", ");
		bv__buf_int(b, t->scale);
		break;
	case BV_T_FIXED_BINARY:
		bv__buf_int(b, t->size);
		break;
	case BV_T_TIMESTAMP:
		bv__buf_z(b, units[t->unit & 3]);
		if (t->zone.n) {
			bv__buf_z(b, ", ");
			quoted(b, t->zone);
		}
		break;
	case BV_T_TIME32:
	case BV_T_TIME64:
	case BV_T_DURATION:
		bv__buf_z(b, units[t->unit & 3]);
		break;
	case BV_T_LIST:
	case BV_T_LARGE_LIST:
	case BV_T_FIXED_LIST:
	case BV_T_LIST_VIEW:
	case BV_T_LARGE_LIST_VIEW: {
		const bv_field *f = &t->children[0];
		if (t->id == BV_T_FIXED_LIST) bv__buf_printf(b, "%d x ", t->size);
		if (!f->nullable) bv__buf_z(b, "non-null ");
		text(f->type, b, depth + 1, limit);
		if (!bv__str_is(f->name, "item")) {
			bv__buf_z(b, ", field: '");
			bv__buf_str(b, f->name);
			bv__buf_ch(b, '\'');
		}
		break;
	}
	case BV_T_DICTIONARY:
		text(t->children[0].type, b, depth + 1, limit);
		bv__buf_z(b, ", ");
		text(t->children[1].type, b, depth + 1, limit);
		break;
	default:
		if (t->id == BV_T_UNION) bv__buf_z(b, t->flag ? "Dense" : "Sparse");
		for (uint32_t i = 0; i < t->nchildren && !b->failed; i++) {
			if (i || t->id == BV_T_UNION) bv__buf_z(b, ", ");
			if (t->id == BV_T_UNION) bv__buf_printf(b, "%d: (", t->ids ? t->ids[i] : (int)i);
			field_text(&t->children[i], b, depth, limit);
			if (t->id == BV_T_UNION) bv__buf_ch(b, ')');
		}
		if (t->id == BV_T_MAP) bv__buf_z(b, t->flag ? ", sorted" : ", unsorted");
	}
	bv__buf_ch(b, ')');
}

void bv__type_text(const bv_type *t, bv_buf *out) { text(t, out, 0, out->n + BV_TYPE_TEXT); }

bv_str bv__type_str(bv_arena *a, const bv_type *t) {
	bv_buf b = BV_BUF_INIT;
	bv__type_text(t, &b);
	bv_str s = !t ? BV_STR("unknown") : b.failed ? BV_STR("a type too large to print") : bv__arena_str(a, bv__buf_view(&b));
	bv__buf_free(&b);
	return s;
}

/* ---- reading ---- */

typedef struct reader {
	bv_arena *a;
	const char *p, *end;
	unsigned depth;
} reader;

static void space(reader *r) {
	while (r->p < r->end && *r->p == ' ') r->p++;
}

static bool take(reader *r, const char *z) {
	space(r);
	size_t n = strlen(z);
	if ((size_t)(r->end - r->p) < n || memcmp(r->p, z, n) != 0) return false;
	r->p += n;
	return true;
}

static bool number(reader *r, long min, long max, long *out) {
	space(r);
	bool minus = r->p < r->end && *r->p == '-';
	const char *from = r->p += minus;
	long v = 0;
	while (r->p < r->end && *r->p >= '0' && *r->p <= '9' && r->p - from < 11) v = v * 10 + (*r->p++ - '0');
	if (r->p == from) return false;
	*out = minus ? -v : v;
	return *out >= min && *out <= max;
}

static bool quoted_text(reader *r, bv_str *out) {
	if (!take(r, "\"")) return false;
	bv_buf b = BV_BUF_INIT;
	bool ok = false;
	while (r->p < r->end) {
		char c = *r->p++;
		if (c == '"') {
			ok = true;
			break;
		}
		if (c != '\\') {
			bv__buf_ch(&b, c);
			continue;
		}
		c = r->p < r->end ? *r->p++ : 0;
		if (c == 'u' && take(r, "{")) {
			uint32_t v = 0;
			unsigned digits = 0;
			for (; r->p < r->end && *r->p != '}' && digits < 7; r->p++, digits++) {
				char h = *r->p;
				if (!((h >= '0' && h <= '9') || (h >= 'a' && h <= 'f'))) break;
				v = v * 16 + (uint32_t)(h <= '9' ? h - '0' : h - 'a' + 10);
			}
			utf8proc_uint8_t bytes[4];
			if (!digits || !take(r, "}") || !utf8proc_codepoint_valid((utf8proc_int32_t)v)) break;
			bv__buf_add(&b, bytes, (size_t)utf8proc_encode_char((utf8proc_int32_t)v, bytes));
			continue;
		}
		const char *plain = c ? strchr("\"\"\\\\''t\tn\nr\r", c) : NULL;
		if (c == '0') bv__buf_ch(&b, 0);
		else if (plain && strchr("\"\\'tnr", c)) bv__buf_ch(&b, plain[1]);
		else break;
	}
	ok = ok && !b.failed && bv__utf8_invalid(b.p, b.n) == b.n;
	if (ok) *out = bv__arena_str(r->a, bv__buf_view(&b));
	bv__buf_free(&b);
	return ok;
}

static const bv_type *type(reader *r);

static bool field(reader *r, bv_field *f) {
	if (!quoted_text(r, &f->name) || !take(r, ":")) return false;
	f->nullable = !take(r, "non-null ");
	f->type = type(r);
	return f->type != NULL;
}

/* s, ms, µs, us, ns, or Rust's long names */
static bool unit(reader *r, uint8_t *out) {
	static const struct {
		const char *name;
		uint8_t unit;
	} names[] = {{"Second", BV_UNIT_S}, {"Millisecond", BV_UNIT_MS}, {"Microsecond", BV_UNIT_US}, {"Nanosecond", BV_UNIT_NS}, {"ms", BV_UNIT_MS},
		{"µs", BV_UNIT_US}, {"us", BV_UNIT_US}, {"ns", BV_UNIT_NS}, {"s", BV_UNIT_S}};
	for (unsigned i = 0; i < BV_COUNT(names); i++)
		if (take(r, names[i].name)) {
			*out = names[i].unit;
			return true;
		}
	return false;
}

/* [non-null] type [, field: 'name'] */
static bool element(reader *r, bv_field *f) {
	f->nullable = !take(r, "non-null ");
	f->type = type(r);
	f->name = BV_STR("item");
	if (!f->type) return false;
	if (!take(r, ",")) return true;
	if (!take(r, "field:") || !take(r, "'")) return false;
	/* The name is written as it is: it ends at the quote before the closing parenthesis. */
	const char *from = r->p;
	while (r->end - r->p >= 2 && !(r->p[0] == '\'' && r->p[1] == ')')) r->p++;
	if (r->end - r->p < 2) return false;
	f->name = bv__arena_str(r->a, bv__strn(from, (size_t)(r->p - from)));
	r->p++;
	return true;
}

/* Fields up to the closing parenthesis, which stays. union: id: (field). */
static bool fields(reader *r, bv_type *t, bool after_comma) {
	BV_VEC(bv_field) v = {0};
	BV_VEC(int8_t) ids = {0};
	for (;;) {
		space(r);
		if (r->p >= r->end) return false;
		if (*r->p == ')' && !v.n) break;
		if ((after_comma || v.n) && !take(r, ",")) break;
		bv_field f = {0};
		if (t->id == BV_T_UNION) {
			long id;
			if (!number(r, 0, 127, &id) || !take(r, ":") || !take(r, "(")) return false;
			for (uint32_t i = 0; i < ids.n; i++)
				if (ids.v[i] == id) return false;
			if (!BV_PUSH(r->a, &ids, (int8_t)id)) return false;
		}
		if (!field(r, &f) || (t->id == BV_T_UNION && !take(r, ")")) || !BV_PUSH(r->a, &v, f)) return false;
	}
	t->children = v.v;
	t->nchildren = v.n;
	t->ids = ids.v;
	return true;
}

static const bv_type *shaped(reader *r, bv_type t) {
	long n, scale;
	bv_field f = {0};
	switch (t.id) {
	case BV_T_DECIMAL32:
	case BV_T_DECIMAL64:
	case BV_T_DECIMAL128:
	case BV_T_DECIMAL256:
		if (!number(r, 1, bv__decimal_digits(t.id), &n) || !take(r, ",") || !number(r, -128, n, &scale)) return NULL;
		t.precision = (uint8_t)n;
		t.scale = (int8_t)scale;
		break;
	case BV_T_FIXED_BINARY:
		if (!number(r, 0, INT32_MAX, &n)) return NULL;
		t.size = (int32_t)n;
		break;
	case BV_T_TIMESTAMP:
		if (!unit(r, &t.unit)) return NULL;
		if (take(r, ",") && !take(r, "None")) {
			bool some = take(r, "Some(");
			if (!quoted_text(r, &t.zone) || !t.zone.n || (some && !take(r, ")"))) return NULL;
		}
		break;
	case BV_T_TIME32:
	case BV_T_TIME64:
		if (!unit(r, &t.unit) || (t.id == BV_T_TIME32) != (t.unit <= BV_UNIT_MS)) return NULL;
		break;
	case BV_T_DURATION:
		if (!unit(r, &t.unit)) return NULL;
		break;
	case BV_T_FIXED_LIST:
		if (!number(r, 0, INT32_MAX, &n) || !take(r, "x ")) return NULL;
		t.size = (int32_t)n;
		return element(r, &f) ? bv__type_make1(r->a, t, f) : NULL;
	case BV_T_LIST:
	case BV_T_LARGE_LIST:
	case BV_T_LIST_VIEW:
	case BV_T_LARGE_LIST_VIEW:
		return element(r, &f) ? bv__type_make1(r->a, t, f) : NULL;
	case BV_T_DICTIONARY: {
		const bv_type *key = type(r), *value = key && take(r, ",") ? type(r) : NULL;
		return value && bv__type_is_integer(key) ? bv__type_dictionary(r->a, key, value) : NULL;
	}
	case BV_T_MAP:
		if (!field(r, &f) || f.type->id != BV_T_STRUCT || f.type->nchildren != 2 || !take(r, ",")) return NULL;
		t.flag = take(r, "sorted");
		return t.flag || take(r, "unsorted") ? bv__type_make1(r->a, t, f) : NULL;
	case BV_T_UNION:
		t.flag = take(r, "Dense");
		if ((!t.flag && !take(r, "Sparse")) || !fields(r, &t, true)) return NULL;
		break;
	default:
		if (!fields(r, &t, false)) return NULL;
		if (t.id == BV_T_RUN_END && (t.nchildren != 2 || (t.children[0].type->id < BV_T_INT16 || t.children[0].type->id > BV_T_INT64))) return NULL;
	}
	return bv__type_make(r->a, t);
}

static const bv_type *type(reader *r) {
	space(r);
	if (r->depth >= BV_DEPTH_MAX) return NULL;
	const char *from = r->p;
	while (r->p < r->end && ((*r->p >= 'A' && *r->p <= 'Z') || (*r->p >= 'a' && *r->p <= 'z') || (*r->p >= '0' && *r->p <= '9'))) r->p++;
	bv_str word = bv__strn(from, (size_t)(r->p - from));
	if (bv__str_is(word, "Interval")) {
		/* The unit belongs to the name. */
		while (r->p < r->end && r->p[-1] != ')') r->p++;
		word = bv__strn(from, (size_t)(r->p - from));
	}
	for (unsigned i = 0; i < BV_COUNT(plain_names); i++)
		if (plain_names[i] && bv__str_is(word, plain_names[i])) return bv__type((bv_type_id)i);
	for (unsigned i = 0; i < BV_COUNT(shape_names); i++)
		if (shape_names[i] && bv__str_is(word, shape_names[i])) {
			if (!take(r, "(")) return NULL;
			r->depth++;
			const bv_type *t = shaped(r, (bv_type){.id = (uint8_t)i});
			r->depth--;
			return t && take(r, ")") ? t : NULL;
		}
	return NULL;
}

const bv_type *bv__type_read_arrow(bv_arena *a, bv_str s) {
	reader r = {a, s.p, s.p + s.n, 0};
	const bv_type *t = type(&r);
	space(&r);
	return t && r.p == r.end && !bv__arena_failed(a) ? t : NULL;
}
