/* types: text, nodes, Arrow's C interface with hostile producers, schemas, Delta's stored form, and the coercion table. */
#include "../unit/test.h"

#include "cases.h"

static bv_arena *a;
static int setup(void **state) {
	(void)state;
	a = bv__arena_new();
	return !a;
}
static int teardown(void **state) {
	(void)state;
	bv__arena_free(a);
	return 0;
}

#define assert_type(t, z) assert_str_(bv__type_str(a, t), z, __FILE__, __LINE__)
#define assert_equal(x, y) assert_equal_(x, y, __FILE__, __LINE__)
static void assert_equal_(const bv_type *x, const bv_type *y, const char *file, int line) {
	if (x && y && bv__type_equal(x, y)) return;
	print_error("%s is not %s\n", bv__type_str(a, x).p, bv__type_str(a, y).p);
	_fail(file, line);
}

/* ---- text ---- */

/* NULL where it is no type of DataFusion or Arrow. */
static const bv_type *sql(const char *text) {
	bv_diagnostics *d = bv_diagnostics_new();
	uint32_t file = bv__diag_source(d, BV_STR(""), bv__str(text));
	const bv_type *t = bv__type_parse(a, bv__str(text), bv__datafusion, file, d);
	if (!t) assert_int_not_equal(d->errors, 0); /* never refused without a word */
	bv_diagnostics_free(d);
	return t;
}

static void texts_come_back(void **state) {
	(void)state;
	for (size_t i = 0; i < BV_COUNT(case_types); i++) {
		const bv_type *t = type_of(a, case_types[i].text);
		assert_type(t, case_types[i].text);
	}
	static const char *const more[] = {
		"Struct()", "Struct(\"\": Int8)", "Struct(\"a \\\"quoted\\\" \\\\ name\": Int8)", "Struct(\"line\\nbreak\\ttab\\r\": Int8)", "Struct(\"\\0\": Int8)", "Struct(\"\\u{7}\": Int8)",
		"Struct(\"naïve 名\": Int8)", "Struct(\"\\u{200b}\": Int8)", "List(Int8, field: 'it's')", "FixedSizeList(0 x non-null Utf8)", "FixedSizeBinary(0)",
		"Timestamp(ns, \"Europe/Berlin\")", "Map(\"entries\": non-null Struct(\"key\": non-null Int8, \"value\": List(Int8)), sorted)", "Union(Dense, 5: (\"a\": Int8), 2: (\"b\": non-null Utf8))",
		"Union(Sparse)", "Dictionary(Int8, Dictionary(Int16, Utf8))", "LargeListView(Struct(\"x\": Interval(DayTime)))", "Decimal256(76, -128)",
	};
	for (size_t i = 0; i < BV_COUNT(more); i++) assert_type(sql(more[i]), more[i]);
}

static void sql_types(void **state) {
	(void)state;
	static const struct {
		const char *sql, *arrow;
	} rows[] = {
		{"BOOLEAN", "Boolean"}, {"TINYINT", "Int8"}, {"SMALLINT", "Int16"}, {"INT", "Int32"}, {"INTEGER", "Int32"}, {"BIGINT", "Int64"}, {"TINYINT UNSIGNED", "UInt8"},
		{"BIGINT UNSIGNED", "UInt64"}, {"FLOAT", "Float32"}, {"REAL", "Float32"}, {"DOUBLE", "Float64"}, {"DOUBLE PRECISION", "Float64"}, {"VARCHAR", "Utf8View"},
		{"VARCHAR(10)", "Utf8View"}, {"TEXT", "Utf8View"}, {"STRING", "Utf8View"}, {"BYTEA", "Binary"}, {"DATE", "Date32"}, {"TIME", "Time64(ns)"},
		{"TIMESTAMP", "Timestamp(ns)"}, {"TIMESTAMP(0)", "Timestamp(s)"}, {"TIMESTAMP(6)", "Timestamp(µs)"}, {"TIMESTAMP WITH TIME ZONE", "Timestamp(ns, \"UTC\")"},
		{"INTERVAL", "Interval(MonthDayNano)"}, {"DECIMAL", "Decimal128(38, 10)"}, {"DECIMAL(12)", "Decimal128(12, 0)"}, {"DECIMAL(12, 4)", "Decimal128(12, 4)"},
		{"NUMERIC(60, 4)", "Decimal256(60, 4)"}, {"BIGINT[]", "List(Int64)"}, {"ARRAY<VARCHAR>", "List(Utf8View)"}, {"INT[3]", "FixedSizeList(3 x Int32)"},
		{"STRUCT<a BIGINT, b ARRAY<VARCHAR>>", "Struct(\"a\": Int64, \"b\": List(Utf8View))"}, {"STRUCT<a BIGINT NOT NULL>", "Struct(\"a\": non-null Int64)"},
		{"MAP<VARCHAR, DOUBLE>", "Map(\"entries\": non-null Struct(\"key\": non-null Utf8View, \"value\": Float64), unsorted)"},
		{"Timestamp(Nanosecond, None)", "Timestamp(ns)"}, {"Timestamp(Microsecond, Some(\"UTC\"))", "Timestamp(µs, \"UTC\")"}, {"Time64(Nanosecond)", "Time64(ns)"},
		{" List( Int8 ) ", "List(Int8)"}, {"Timestamp(us)", "Timestamp(µs)"},
	};
	for (size_t i = 0; i < BV_COUNT(rows); i++) assert_type(sql(rows[i].sql), rows[i].arrow);
	static const char *const none[] = {
		"", "BIGINTT", "List(Int64", "List()", "List(Int64))", "Struct(\"a\" Int64)", "Struct(\"a: Int64)", "Decimal128(39, 0)",
		"Decimal128(0, 0)", "Decimal128(5, 6)", "Decimal32(10, 2)", "DECIMAL(77, 2)", "DECIMAL(3, 5)", "TIMESTAMP(4)", "Dictionary(Utf8, Utf8)", "Map(\"entries\": Int8, unsorted)",
		"FixedSizeList(-1 x Int8)", "FixedSizeBinary(99999999999)", "Union(Sparse, 1: (\"a\": Int8), 1: (\"b\": Int8))", "Time32(ns)", "Time64(s)",
		"RunEndEncoded(\"run_ends\": Int8, \"values\": Int8)", "Interval(", "Interval(Weeks)", "Timestamp(ns, \"\")",
	};
	for (size_t i = 0; i < BV_COUNT(none); i++)
		if (sql(none[i])) fail_msg("%s is a type: %s", none[i], bv__type_str(a, sql(none[i])).p);
}

static void deep_texts_end(void **state) {
	(void)state;
	bv_buf b = BV_BUF_INIT;
	for (unsigned i = 0; i < 100000; i++) bv__buf_z(&b, "List(");
	bv__buf_z(&b, "Int8");
	for (unsigned i = 0; i < 100000; i++) bv__buf_ch(&b, ')');
	bv_diagnostics *d = bv_diagnostics_new();
	assert_null(bv__type_parse(a, bv__buf_view(&b), bv__datafusion, 0, d));
	assert_int_not_equal(d->errors, 0);
	bv_diagnostics_free(d);
	bv__buf_free(&b);
}

/* ---- nodes ---- */

static void nodes_come_back(void **state) {
	(void)state;
	unsigned none = 0;
	for (size_t i = 0; i < BV_COUNT(case_types); i++) {
		const bv_type *t = type_of(a, case_types[i].text);
		bv_node *n = bv__type_to_node(a, BV_NO_SPAN, t);
		if (!n) {
			assert_true(t->id == BV_T_UNION || t->id == BV_T_RUN_END);
			none++;
			continue;
		}
		bv_diagnostics *d = bv_diagnostics_new();
		const bv_type *back = bv__type_from_node(a, n, d);
		assert_int_equal(d->errors, 0);
		assert_non_null(back);
		/* Names of elements, and NOT NULL, are no part of a node. */
		assert_true(bv__type_same_logical(back, t));
		if (!bv__str_ends(bv__str(case_types[i].text), "'element')") && !strstr(case_types[i].text, "key_value") && !strstr(case_types[i].text, "\"c\": non-null")) assert_equal(back, t);
		bv_buf payload = BV_BUF_INIT;
		bv__payload_write(n, &payload, NULL);
		assert_false(payload.failed);
		bv_node *again = bv__payload_read(a, bv__buf_view(&payload), 0, d);
		assert_non_null(again);
		assert_equal(bv__type_from_node(a, again, d), back);
		bv__buf_free(&payload);
		bv_diagnostics_free(d);
	}
	assert_int_equal(none, 3);
	assert_null(bv__type_to_node(a, BV_NO_SPAN, sql("Map(\"entries\": non-null Struct(\"key\": non-null Int8, \"value\": Int8), sorted)")));
}

static void children_of_a_cast_are_nullable(void **state) {
	(void)state;
	bv_diagnostics *d = bv_diagnostics_new();
	bv_node *n = bv__type_to_node(a, BV_NO_SPAN, sql("Struct(\"a\": non-null List(non-null Int8))"));
	assert_type(bv__type_from_node(a, n, d), "Struct(\"a\": List(Int8))");
	bv_diagnostics_free(d);
}

static void wrong_nodes(void **state) {
	(void)state;
	static const struct {
		const char *name, *precision, *scale;
	} rows[] = {{"list", "", ""}, {"map", "", ""}, {"dictionary", "", ""}, {"fixed_binary", "", ""}, {"fixed_binary", "x", ""}, {"fixed_binary", "-1", ""}, {"nothing", "", ""},
		{"decimal", "0", ""}, {"decimal", "99999999999999999999", ""}, {"decimal", "10", "11"}, {"decimal32", "10", "0"}, {"decimal64", "", ""}, {"timestamp", "4", ""}, {"time", "12", ""}, {"decimal", "-", ""}};
	for (size_t i = 0; i < BV_COUNT(rows); i++) {
		bv_ast_type *n = BV_MAKE(a, TYPE, type, BV_NO_SPAN);
		n->name = bv__str(rows[i].name);
		n->precision = bv__str(rows[i].precision);
		n->scale = bv__str(rows[i].scale);
		bv_diagnostics *d = bv_diagnostics_new();
		if (bv__type_from_node(a, &n->head, d)) fail_msg("%s(%s, %s) is a type", rows[i].name, rows[i].precision, rows[i].scale);
		assert_int_equal(d->errors, 1);
		assert_null(bv__type_from_node(a, NULL, d));
		bv_diagnostics_free(d);
	}
}

/* ---- Arrow ---- */

static void exported_types_come_back(void **state) {
	(void)state;
	bv_str pairs[] = {BV_STR("comment"), BV_STR("naïve"), BV_STR(""), BV_STR("")};
	bv_field fields[BV_COUNT(case_types)];
	for (size_t i = 0; i < BV_COUNT(case_types); i++)
		fields[i] = (bv_field){.name = bv__arena_printf(a, "column %zu", i), .type = type_of(a, case_types[i].text), .nullable = i % 2, .metadata = i % 3 ? pairs : NULL, .nmetadata = i % 3};
	bv_schema_t schema = {fields, BV_COUNT(fields)}, back;
	struct ArrowSchema s;
	assert_true(bv__schema_export(&schema, &s));
	assert_true(bv__schema_import(a, &s, &back));
	assert_int_equal(back.n, schema.n);
	for (uint32_t i = 0; i < back.n; i++) {
		assert_true(bv__str_eq(back.v[i].name, fields[i].name));
		assert_equal(back.v[i].type, fields[i].type);
		assert_int_equal(back.v[i].nullable, fields[i].nullable);
		assert_int_equal(back.v[i].nmetadata, fields[i].nmetadata);
		for (uint32_t k = 0; k < back.v[i].nmetadata * 2; k++) assert_true(bv__str_eq(back.v[i].metadata[k], pairs[k]));
	}
	/* A consumer may take a child away. */
	struct ArrowSchema moved = *s.children[60];
	s.children[60]->release = NULL;
	s.release(&s);
	assert_null(s.release);
	assert_equal(bv__type_import(a, &moved), fields[60].type);
	moved.release(&moved);
}

static void flags_come_back(void **state) {
	(void)state;
	bv_type map = *sql("Map(\"entries\": non-null Struct(\"key\": non-null Int8, \"value\": Int8), sorted)"), dictionary = *sql("Dictionary(Int8, Utf8)");
	dictionary.flag = true;
	const bv_field f[2] = {{.name = BV_STR("m"), .type = &map}, {.name = BV_STR("d"), .type = &dictionary}};
	bv_field s = {.name = BV_STR(""), .type = bv__type_struct(a, f, 2)}, back;
	struct ArrowSchema arrow;
	assert_true(bv__field_export(&s, &arrow));
	assert_int_equal(arrow.children[0]->flags, ARROW_FLAG_MAP_KEYS_SORTED);
	assert_int_equal(arrow.children[1]->flags, ARROW_FLAG_DICTIONARY_ORDERED);
	assert_true(bv__field_import(a, &arrow, &back));
	assert_true(back.type->children[0].type->flag && back.type->children[1].type->flag);
	arrow.release(&arrow);
}

static void not_exported(void **state) {
	(void)state;
	struct ArrowSchema s;
	bv_field unknown = {.name = BV_STR("a")}, zero = {.name = BV_STR("a\0b"), .type = bv__type(BV_T_INT8)};
	assert_false(bv__field_export(&unknown, &s));
	assert_false(bv__field_export(&zero, &s));
	bv_schema_t schema = {&unknown, 1};
	assert_false(bv__schema_export(&schema, &s));
}

/* A schema without anything to release. */
static struct ArrowSchema plain(const char *format) { return (struct ArrowSchema){.format = format, .name = "x", .flags = ARROW_FLAG_NULLABLE}; }

static void hostile_formats(void **state) {
	(void)state;
	static const char *const formats[] = {
		"", "?", "ll", "d:", "d:10", "d:10,", "d:,2", "d:10,2,", "d:10,2,100", "d:10,2,128,1", "d:39,2", "d:77,2,256", "d:10,2,32", "d:0,0", "d:10,11", "d:10,200", "d:99999999999999999999,1",
		"w:", "w:-1", "w:2147483648", "w:1x", "+w:1", "+w", "tsx:", "ts", "tss", "tsn", "ts:", "tdx", "+", "+x", "+ud:", "+us:0", "+ud:0,0", "+us:128", "+us:-1", "+us:a", "+l", "+L", "+vl", "+m", "+r",
		"tsn:\xff", "\xc3\x28",
	};
	for (size_t i = 0; i < BV_COUNT(formats); i++) {
		struct ArrowSchema s = plain(formats[i]);
		bool empty_union = bv__str_starts(bv__str(formats[i]), "+ud:") && !formats[i][4]; /* a union of nothing is one */
		if (!bv__type_import(a, &s) == empty_union) fail_msg("format \"%s\"", formats[i]);
	}
	char *longer = malloc(1 << 20);
	memset(longer, 'z', (1 << 20) - 1);
	longer[(1 << 20) - 1] = 0;
	struct ArrowSchema s = plain(longer);
	assert_null(bv__type_import(a, &s));
	s = plain("l");
	s.name = longer;
	bv_field f;
	assert_false(bv__field_import(a, &s, &f));
	s.name = "\xff";
	assert_false(bv__field_import(a, &s, &f));
	s.name = NULL;
	assert_true(bv__field_import(a, &s, &f));
	assert_str(f.name, "");
	assert_null(bv__type_import(a, NULL));
	s.format = NULL;
	assert_null(bv__type_import(a, &s));
	free(longer);
}

static void hostile_children(void **state) {
	(void)state;
	struct ArrowSchema child = plain("l"), none[1], *kids[3] = {&child, &child, NULL};
	struct ArrowSchema s = plain("+s");
	bv_schema_t schema;
	s.children = kids;
	s.n_children = 2;
	assert_true(bv__schema_import(a, &s, &schema));
	s.n_children = 3;
	assert_false(bv__schema_import(a, &s, &schema));
	s.n_children = -1;
	assert_false(bv__schema_import(a, &s, &schema));
	s.n_children = INT64_MAX;
	assert_false(bv__schema_import(a, &s, &schema));
	s.n_children = 1;
	s.children = NULL;
	assert_false(bv__schema_import(a, &s, &schema));
	assert_false(bv__schema_import(a, &child, &schema)); /* no struct */
	s = plain("+l");
	s.children = kids;
	s.n_children = 2;
	assert_null(bv__type_import(a, &s));
	s = plain("+m");
	s.children = kids;
	s.n_children = 1;
	assert_null(bv__type_import(a, &s));
	/* its own child */
	none[0] = plain("+l");
	struct ArrowSchema *self[] = {none};
	none[0].children = self;
	none[0].n_children = 1;
	assert_null(bv__type_import(a, none));
	/* its own dictionary */
	s = plain("l");
	s.dictionary = &s;
	assert_null(bv__type_import(a, &s));
	s = plain("u");
	s.dictionary = &child;
	assert_null(bv__type_import(a, &s));
}

/* Sixty structs, each twice the one below: 2^60 leaves. */
static void shared_children_end(void **state) {
	(void)state;
	struct ArrowSchema level[60], *kids[60][2];
	level[0] = plain("l");
	for (unsigned i = 1; i < 60; i++) {
		level[i] = plain("+s");
		kids[i][0] = kids[i][1] = &level[i - 1];
		level[i].children = kids[i];
		level[i].n_children = 2;
	}
	assert_null(bv__type_import(a, &level[59]));
	assert_non_null(bv__type_import(a, &level[10]));
	const bv_type *t = bv__type(BV_T_INT64), *u = bv__type(BV_T_INT64);
	for (unsigned i = 0; i < 60; i++) {
		const bv_field f[2] = {{.name = BV_STR("a"), .type = t}, {.name = BV_STR("b"), .type = t}};
		const bv_field g[2] = {{.name = BV_STR("b"), .type = u}, {.name = BV_STR("a"), .type = bv__type(BV_T_DATE32)}};
		t = bv__type_struct(a, f, 2);
		u = bv__type_struct(a, g, 2);
	}
	bv_buf b = BV_BUF_INIT;
	bv__type_text(t, &b);
	assert_true(b.failed);
	bv__buf_free(&b);
	assert_type(t, "a type too large to print");
	bv_arena *own = bv__arena_new();
	assert_null(bv__type_copy(own, t));
	bv__arena_free(own);
	struct ArrowSchema s;
	bv_field f = {.name = BV_STR("x"), .type = t};
	assert_false(bv__field_export(&f, &s));
	assert_true(bv__type_equal(t, t));
	(void)bv__type_can_cast(u, t); /* by name, then by position: ends */
}

static void deep_types_end(void **state) {
	(void)state;
	const bv_type *t = bv__type(BV_T_INT64), *u = bv__type(BV_T_INT64);
	for (unsigned i = 0; i < 100000; i++) {
		t = bv__type_list(a, t, true);
		u = bv__type_list(a, u, true);
	}
	bv_buf b = BV_BUF_INIT;
	bv__type_text(t, &b);
	assert_true(b.failed);
	bv__buf_free(&b);
	bool cast;
	struct ArrowSchema s;
	bv_field f = {.name = BV_STR("x"), .type = t};
	assert_false(bv__type_equal(t, u));
	assert_false(bv__type_same_logical(t, u));
	assert_null(bv__type_copy(a, t));
	assert_null(bv__type_to_node(a, BV_NO_SPAN, t));
	assert_null(bv__type_stored(a, t, &cast));
	assert_null(bv__type_scanned(a, t));
	assert_null(bv__type_union(a, t, u));
	assert_null(bv__type_values(a, t, u));
	assert_null(bv__type_comparison(a, t, u));
	assert_null(bv__type_binary(a, BV_binary_op_concat, t, bv__type(BV_T_INT64)));
	assert_false(bv__field_export(&f, &s));
}

static void metadata_has_bounds(void **state) {
	(void)state;
	int32_t words[8] = {-1};
	struct ArrowSchema s = plain("l");
	s.metadata = (const char *)words;
	bv_field f;
	assert_false(bv__field_import(a, &s, &f));
	words[0] = 1;
	words[1] = -4;
	assert_false(bv__field_import(a, &s, &f));
	words[1] = INT32_MAX;
	assert_false(bv__field_import(a, &s, &f));
	words[0] = INT32_MAX;
	words[1] = 0;
	assert_false(bv__field_import(a, &s, &f));
	/* a pair that is no text is left out, the next one stays */
	char bytes[] = "\2\0\0\0\1\0\0\0k\1\0\0\0\xff\1\0\0\0k\1\0\0\0v";
	s.metadata = bytes;
	assert_true(bv__field_import(a, &s, &f));
	assert_int_equal(f.nmetadata, 1);
	assert_str(f.metadata[1], "v");
	words[0] = 0;
	s.metadata = (const char *)words;
	assert_true(bv__field_import(a, &s, &f));
	assert_int_equal(f.nmetadata, 0);
}

/* Every allocation fails once: nothing crashes, nothing leaks, failure is said. */
static void memory_runs_out(void **state) {
	(void)state;
	bv_field fields[BV_COUNT(case_types)];
	for (size_t i = 0; i < BV_COUNT(case_types); i++) fields[i] = (bv_field){.name = BV_STR("a"), .type = type_of(a, case_types[i].text)};
	bv_schema_t schema = {fields, BV_COUNT(fields)};
	bool done = false;
	for (long n = 1; !done; n++) {
		struct ArrowSchema s = {0};
		bv__alloc_fail_at(n);
		done = bv__schema_export(&schema, &s);
		bv__alloc_fail_at(0);
		if (done) s.release(&s);
		else assert_null(s.release);
		assert_true(n < 100000);
	}
	struct ArrowSchema s;
	assert_true(bv__schema_export(&schema, &s));
	done = false;
	for (long n = 1; !done; n++) {
		bv__alloc_fail_at(n);
		bv_arena *own = bv__arena_new();
		bv_schema_t back;
		bv_buf json = BV_BUF_INIT;
		if (own && bv__schema_import(own, &s, &back)) {
			bv__schema_json(&back, &json);
			bv_schema_t again;
			done = !json.failed && bv__schema_from_json(own, bv__buf_view(&json), &again);
			for (uint32_t i = 0; done && i < back.n; i++) (void)bv__type_stored(own, back.v[i].type, NULL), (void)bv__type_copy(own, back.v[i].type), (void)bv__type_to_node(own, BV_NO_SPAN, back.v[i].type);
			for (size_t i = 0; done && i < BV_COUNT(case_rules); i++) (void)derived(own, i, back.v[n % back.n].type, back.v[n * 7 % back.n].type);
			done = done && !bv__arena_failed(own);
		}
		bv__alloc_fail_at(0);
		bv__buf_free(&json);
		bv__arena_free(own);
		assert_true(n < 100000);
	}
	s.release(&s);
}

/* ---- comparing ---- */

static void logical_sameness(void **state) {
	(void)state;
	static const struct {
		const char *x, *y;
		bool same;
	} rows[] = {
		{"Utf8", "Utf8View", true}, {"Utf8", "LargeUtf8", true}, {"Dictionary(Int32, Utf8)", "Utf8View", true}, {"Dictionary(UInt16, Utf8)", "Dictionary(Int8, LargeUtf8)", true},
		{"Binary", "BinaryView", true}, {"Utf8", "Binary", false}, {"Dictionary(Int32, Int64)", "Int64", false}, {"List(Utf8)", "List(non-null Utf8View, field: 'element')", true},
		{"List(Utf8)", "LargeList(Utf8)", false}, {"Struct(\"a\": Utf8)", "Struct(\"a\": non-null Utf8View)", true}, {"Struct(\"a\": Utf8)", "Struct(\"b\": Utf8)", false},
		{"Map(\"entries\": non-null Struct(\"key\": non-null Utf8, \"value\": Int64), unsorted)", "Map(\"key_value\": non-null Struct(\"k\": non-null Utf8View, \"v\": non-null Int64), unsorted)", true},
		{"Timestamp(µs)", "Timestamp(ns)", false}, {"Timestamp(µs)", "Timestamp(µs, \"UTC\")", false}, {"Decimal128(10, 2)", "Decimal128(10, 3)", false}, {"Int32", "Int64", false},
		{"FixedSizeBinary(3)", "FixedSizeBinary(4)", false}, {"FixedSizeList(2 x Int8)", "FixedSizeList(3 x Int8)", false},
	};
	for (size_t i = 0; i < BV_COUNT(rows); i++) {
		const bv_type *x = sql(rows[i].x), *y = sql(rows[i].y);
		if (bv__type_same_logical(x, y) != rows[i].same || bv__type_same_logical(y, x) != rows[i].same) fail_msg("%s and %s", rows[i].x, rows[i].y);
		assert_false(bv__type_equal(x, y));
		assert_equal(bv__type_copy(a, x), x);
	}
	assert_false(bv__type_equal(NULL, NULL));
	assert_false(bv__type_equal(sql("List(Int8)"), sql("List(non-null Int8)")));
	assert_false(bv__type_equal(sql("List(Int8)"), sql("List(Int8, field: 'element')")));
}

static void singletons(void **state) {
	(void)state;
	for (int i = BV_T_NULL; i <= BV_T_RUN_END; i++) {
		const bv_type *t = bv__type((bv_type_id)i);
		if (t) assert_int_equal(t->id, i);
	}
	assert_null(bv__type(BV_T_LIST));
	assert_null(bv__type(BV_T_DECIMAL128));
	assert_null(bv__type(BV_T_TIMESTAMP));
	assert_null(bv__type((bv_type_id)999));
	assert_type(bv__type_map(a, bv__type(BV_T_UTF8), bv__type(BV_T_INT8)), "Map(\"entries\": non-null Struct(\"key\": non-null Utf8, \"value\": Int8), unsorted)");
	assert_type(bv__type_decimal(a, 39, 2), "Decimal256(39, 2)");
	assert_type(bv__type_time(a, BV_UNIT_MS), "Time32(ms)");
	assert_null(bv__type_list(a, NULL, true));
	assert_type(NULL, "unknown");
}

/* ---- schemas ---- */

static void schemas(void **state) {
	(void)state;
	bv_field f[] = {{.name = BV_STR("a"), .type = bv__type(BV_T_INT64), .nullable = true}, {.name = BV_STR("A"), .type = sql("List(Utf8View)")},
		{.name = BV_STR("quote\"d"), .type = sql("Struct(\"x \\\"y\\\"\": Timestamp(µs, \"UTC\"))")}, {.name = BV_STR("unknown"), .nullable = true}};
	bv_schema_t s = {f, 4}, back;
	bv_buf b = BV_BUF_INIT;
	bv__schema_json(&s, &b);
	assert_str(bv__buf_view(&b), "[{\"name\":\"a\",\"type\":\"Int64\",\"nullable\":true},{\"name\":\"A\",\"type\":\"List(Utf8View)\",\"nullable\":false},"
								 "{\"name\":\"quote\\\"d\",\"type\":\"Struct(\\\"x \\\\\\\"y\\\\\\\"\\\": Timestamp(µs, \\\"UTC\\\"))\",\"nullable\":false},"
								 "{\"name\":\"unknown\",\"type\":null,\"nullable\":true}]");
	assert_true(bv__schema_from_json(a, bv__buf_view(&b), &back));
	assert_int_equal(back.n, 4);
	for (uint32_t i = 0; i < 3; i++) {
		assert_true(bv__str_eq(back.v[i].name, f[i].name));
		assert_equal(back.v[i].type, f[i].type);
		assert_int_equal(back.v[i].nullable, f[i].nullable);
	}
	assert_null(back.v[3].type);
	static const char *const wrong[] = {"", "{}", "[", "[1]", "[{}]", "[{\"name\":1,\"type\":\"Int8\",\"nullable\":true}]", "[{\"name\":\"a\",\"type\":\"Int9\",\"nullable\":true}]",
		"[{\"name\":\"a\",\"type\":\"Int8\"}]", "[{\"name\":\"a\",\"type\":\"Int8\",\"nullable\":1}]", "[{\"name\":\"a\",\"nullable\":true}]"};
	for (size_t i = 0; i < BV_COUNT(wrong); i++) assert_false(bv__schema_from_json(a, bv__str(wrong[i]), &back));
	bv__buf_free(&b);

	uint32_t n;
	assert_ptr_equal(bv__schema_find(&s, BV_STR("A"), true, &n), &f[1]); /* exact first */
	assert_int_equal(n, 1);
	assert_null(bv__schema_find(&s, BV_STR("UNKNOWN"), false, &n));
	assert_int_equal(n, 0);
	assert_ptr_equal(bv__schema_find(&s, BV_STR("UNKNOWN"), true, NULL), &f[3]);
	bv_field twice[] = {f[0], f[1], f[0]};
	bv_schema_t t = {twice, 3};
	assert_ptr_equal(bv__schema_find(&t, BV_STR("a"), false, &n), &twice[0]);
	assert_int_equal(n, 2);
	twice[2].name = BV_STR("b");
	twice[0].name = BV_STR("X");
	twice[1].name = BV_STR("x");
	twice[2].name = BV_STR("y");
	assert_non_null(bv__schema_find(&t, BV_STR("Y"), true, &n));
	assert_int_equal(n, 1);

	bv_field g[] = {f[0], f[1]};
	bv_schema_t two = {f, 2}, other = {g, 2};
	g[0].nullable = false;
	g[1].type = sql("List(LargeUtf8, field: 'element')");
	assert_true(bv__schema_same_logical(&two, &other));
	g[1].name = BV_STR("c");
	assert_false(bv__schema_same_logical(&two, &other));
	assert_false(bv__schema_same_logical(&two, &s));
}

/* ---- Delta ---- */

static void stored_and_scanned(void **state) {
	(void)state;
	static const struct {
		const char *query, *stored; /* NULL: cannot be stored */
		bool cast;
		const char *scanned; /* NULL: as stored */
	} rows[] = {
		{"Boolean", "Boolean", false, NULL}, {"Int8", "Int8", false, NULL}, {"Int64", "Int64", false, NULL}, {"UInt8", "Int16", true, NULL}, {"UInt16", "Int32", true, NULL},
		{"UInt32", "Int64", true, NULL}, {"UInt64", "Int64", true, NULL}, {"Float16", "Float32", true, NULL}, {"Float64", "Float64", false, NULL},
		{"Decimal32(5, 2)", "Decimal128(5, 2)", true, NULL}, {"Decimal128(38, 10)", "Decimal128(38, 10)", false, NULL}, {"Decimal128(4, -3)", "Decimal128(7, 0)", true, NULL},
		{"Decimal128(37, -3)", NULL, false, NULL}, {"Decimal256(50, 2)", NULL, false, NULL}, {"Utf8", "Utf8", false, "Utf8View"}, {"Utf8View", "Utf8", false, "Utf8View"},
		{"LargeUtf8", "Utf8", false, "Utf8View"}, {"Dictionary(Int32, Utf8View)", "Utf8", false, "Utf8View"}, {"Dictionary(Int32, Int64)", "Int64", true, NULL},
		{"BinaryView", "Binary", false, "BinaryView"}, {"FixedSizeBinary(16)", "Binary", true, "BinaryView"}, {"Date32", "Date32", false, NULL}, {"Date64", "Date32", true, NULL},
		{"Timestamp(ns)", "Timestamp(µs)", true, NULL}, {"Timestamp(µs)", "Timestamp(µs)", false, NULL}, {"Timestamp(µs, \"UTC\")", "Timestamp(µs, \"UTC\")", false, NULL},
		{"Timestamp(µs, \"+00:00\")", "Timestamp(µs, \"UTC\")", true, NULL}, {"Timestamp(µs, \"+02:00\")", NULL, false, NULL}, {"Time32(s)", NULL, false, NULL},
		{"Time64(ns)", NULL, false, NULL}, {"Duration(s)", NULL, false, NULL}, {"Interval(MonthDayNano)", NULL, false, NULL}, {"Null", NULL, false, NULL},
		{"Union(Sparse, 0: (\"a\": Int8))", NULL, false, NULL}, {"RunEndEncoded(\"run_ends\": non-null Int32, \"values\": Int64)", NULL, false, NULL},
		{"List(Utf8View)", "List(Utf8, field: 'element')", false, "List(Utf8View, field: 'element')"},
		{"List(non-null Int64)", "List(non-null Int64, field: 'element')", false, NULL},
		/* a cast forgets what may not be NULL */
		{"List(non-null UInt8)", "List(Int16, field: 'element')", true, NULL}, {"LargeList(non-null Int8)", "List(Int8, field: 'element')", true, NULL},
		{"FixedSizeList(3 x Float32)", "List(Float32, field: 'element')", true, NULL}, {"List(Null)", NULL, false, NULL},
		{"Struct(\"a\": non-null Utf8View, \"b\": Timestamp(ns))", "Struct(\"a\": Utf8, \"b\": Timestamp(µs))", true, "Struct(\"a\": Utf8View, \"b\": Timestamp(µs))"},
		{"Struct(\"a\": non-null Int8)", "Struct(\"a\": non-null Int8)", false, NULL}, {"Struct(\"a\": Int8, \"A\": Int8)", NULL, false, NULL}, {"Struct()", NULL, false, NULL},
		{"Map(\"entries\": non-null Struct(\"key\": non-null Utf8View, \"value\": Utf8View), unsorted)", "Map(\"key_value\": non-null Struct(\"key\": non-null Utf8, \"value\": Utf8), unsorted)",
			false, NULL}, /* a scan leaves the strings of maps alone */
		{"Map(\"entries\": non-null Struct(\"keys\": non-null Utf8, \"values\": non-null UInt8), unsorted)", "Map(\"key_value\": non-null Struct(\"key\": non-null Utf8, \"value\": Int16), unsorted)",
			true, NULL},
	};
	for (size_t i = 0; i < BV_COUNT(rows); i++) {
		bool cast = false;
		const bv_type *t = sql(rows[i].query), *s = bv__type_stored(a, t, &cast);
		if (!rows[i].stored) {
			if (s) fail_msg("%s is stored as %s", rows[i].query, bv__type_str(a, s).p);
			continue;
		}
		assert_type(s, rows[i].stored);
		if (cast != rows[i].cast) fail_msg("%s: cast", rows[i].query);
		const bv_type *scanned = bv__type_scanned(a, s);
		assert_type(scanned, rows[i].scanned ? rows[i].scanned : rows[i].stored);
		/* What was read can be stored again as it was. */
		assert_equal(bv__type_stored(a, scanned, &cast), s);
		assert_false(cast);
		/* A cast that is needed can be made. */
		if (rows[i].cast) {
			assert_true(bv__type_can_cast(t, s));
			bv_diagnostics *d = bv_diagnostics_new();
			assert_true(bv__type_same_logical(bv__type_from_node(a, bv__type_to_node(a, BV_NO_SPAN, s), d), s));
			bv_diagnostics_free(d);
		}
	}
}

/* ---- coercion ---- */

static size_t case_of(bv_str s) {
	for (size_t i = 0; i < BV_COUNT(case_types); i++)
		if (bv__str_is(s, case_types[i].text)) return i;
	fail_msg("not among the types: %.*s", (int)s.n, s.p);
	return 0;
}

static bool cut(bv_str *rest, const char *at, bv_str *out) {
	const char *p = rest->n ? memmem(rest->p, rest->n, at, strlen(at)) : NULL;
	*out = bv__strn(rest->p, p ? (size_t)(p - rest->p) : rest->n);
	*rest = p ? bv__strn(p + strlen(at), rest->n - out->n - strlen(at)) : bv__strn(rest->p + rest->n, 0);
	return p != NULL;
}

static void coercion_table(void **state) {
	(void)state;
	static const char *expected[BV_COUNT(case_rules)][BV_COUNT(case_types)][BV_COUNT(case_types)];
	const char *source = getenv("BELVEDERE_SOURCE");
	bv_str path = bv__arena_printf(a, "%s/tests/types/coercion.txt", source ? source : "."), rest, line;
	int err;
	assert_true(bv__os_read_file(a, path.p, 1 << 20, &rest, &err));
	size_t rule = BV_COUNT(case_rules), rows = 0;
	while (rest.n) {
		cut(&rest, "\n", &line);
		if (!line.n || line.p[0] == '#') continue;
		if (bv__str_starts(line, "rule: ")) {
			bv_str name = bv__strn(line.p + 6, line.n - 6);
			for (rule = 0; rule < BV_COUNT(case_rules) && !bv__str_is(name, case_rules[rule].name); rule++) continue;
			continue;
		}
		bv_str l, r;
		assert_true(rule < BV_COUNT(case_rules));
		assert_true(cut(&line, " ; ", &l) && cut(&line, " ; ", &r));
		expected[rule][case_of(l)][case_of(r)] = bv__arena_str(a, line).p;
		rows++;
	}
	assert_true(rows > 1000);
	unsigned wrong = 0;
	for (rule = 0; rule < BV_COUNT(case_rules); rule++)
		for (size_t l = 0; l < BV_COUNT(case_types); l++)
			for (size_t r = 0; r < BV_COUNT(case_types); r++) {
				const bv_type *t = derived(a, rule, type_of(a, case_types[l].text), type_of(a, case_types[r].text));
				if (!case_types[l].daily || !case_types[r].daily) continue;
				const char *want = expected[rule][l][r] ? expected[rule][l][r] : "-";
				bv_str is = t ? bv__type_str(a, t) : BV_STR("-");
				if (bv__str_is(is, want)) continue;
				print_error("%s ; %s ; %s: %s, not %s\n", case_rules[rule].name, case_types[l].text, case_types[r].text, is.p, want);
				wrong++;
			}
	assert_int_equal(wrong, 0);
}

static void unknown_operands(void **state) {
	(void)state;
	const bv_type *t = bv__type(BV_T_INT64);
	for (size_t i = 0; i < BV_COUNT(case_rules); i++) {
		assert_null(derived(a, i, NULL, t));
		assert_null(derived(a, i, t, NULL));
	}
	/* no operators of the engine: the lane says what they mean */
	assert_null(bv__type_binary(a, BV_binary_op_integer_divide, t, t));
	assert_null(bv__type_binary(a, BV_binary_op_true_divide, t, t));
	assert_null(bv__type_binary(a, BV_binary_op_arrow, t, t));
	assert_null(bv__type_binary(a, BV_binary_op_count, t, t));
}

static void literals(void **state) {
	(void)state;
	static const struct {
		const char *text;
		int id; /* -1: none */
	} rows[] = {{"0", BV_T_INT64}, {"9223372036854775807", BV_T_INT64}, {"9223372036854775808", BV_T_UINT64}, {"18446744073709551615", BV_T_UINT64}, {"18446744073709551616", BV_T_FLOAT64},
		{"99999999999999999999999999999999999999999", BV_T_FLOAT64}, {"-9223372036854775808", BV_T_INT64}, {"-9223372036854775809", BV_T_FLOAT64}, {"1_000", BV_T_INT64}, {"1.5", BV_T_FLOAT64},
		{"1.", BV_T_FLOAT64}, {".5", BV_T_FLOAT64}, {"1e10", BV_T_FLOAT64}, {"1E-3", BV_T_FLOAT64}, {"000000000000000000000000001", BV_T_INT64}, {"", -1}, {"-", -1}, {".", -1}, {"1e", -1},
		{"1e+", -1}, {"e5", -1}, {"1.2.3", -1}, {"0x1f", -1}, {"abc", -1}};
	for (size_t i = 0; i < BV_COUNT(rows); i++) {
		const bv_type *t = bv__type_number(bv__str(rows[i].text));
		if ((t ? t->id : -1) != rows[i].id) fail_msg("%s", rows[i].text);
	}
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
int main(void) {
	const struct CMUnitTest tests[] = {
		T(texts_come_back), T(sql_types), T(deep_texts_end), T(nodes_come_back), T(children_of_a_cast_are_nullable), T(wrong_nodes), T(exported_types_come_back), T(flags_come_back),
		T(not_exported), T(hostile_formats), T(hostile_children), T(shared_children_end), T(deep_types_end), T(metadata_has_bounds), T(memory_runs_out), T(logical_sameness),
		T(singletons), T(schemas), T(stored_and_scanned), T(coercion_table), T(unknown_operands), T(literals),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
