/* The payload: what is written is read back as the same tree and the same bytes; what is not a payload is refused by name. */
#include "test.h"

#define HEAD "[{\"version\":1}"

static bv_node *read_text(bv_arena *a, const char *text, bv_diagnostics *d) {
	uint32_t f = bv__diag_source(d, BV_STR("p"), bv__str(text));
	return bv__payload_read(a, bv__str(text), f, d);
}

/* Reads, writes, and compares the bytes with `want`. */
static void check_canonical(const char *text, const char *want) {
	bv_arena *a = bv__arena_new();
	bv_diagnostics *d = bv_diagnostics_new();
	bv_node *n = read_text(a, text, d);
	if (!n) {
		char *t = bv_diagnostics_text(d, false);
		print_error("%s", t);
		bv_text_free(t);
	}
	assert_non_null(n);
	assert_int_equal(bv_diagnostics_count(d), 0);
	bv_buf b = BV_BUF_INIT;
	bv__payload_write(n, &b, NULL);
	assert_string_equal(b.p, want);
	char h[65], g[65];
	bv__fingerprint(n, h);
	bv__sha256_hex(want, strlen(want), g);
	assert_string_equal(h, g);
	bv_node *c = bv__tree_copy(a, n);
	assert_true(bv__tree_equal(n, c));
	bv__buf_free(&b);
	bv_diagnostics_free(d);
	bv__arena_free(a);
}

static void check_error(const char *text, bv_code code, const char *message) {
	bv_arena *a = bv__arena_new();
	bv_diagnostics *d = bv_diagnostics_new();
	assert_null(read_text(a, text, d));
	assert_int_equal(bv_diagnostics_errors(d), 1);
	assert_int_equal(d->items.v[0].code, code);
	if (!bv__str_eq(d->items.v[0].message, bv__str(message))) fail_msg("\n%s\ngives  %s\nwanted %s", text, d->items.v[0].message.p, message);
	bv_span s = d->items.v[0].span;
	assert_true(s.start <= s.end && s.end <= strlen(text));
	bv_diagnostics_free(d);
	bv__arena_free(a);
}

static void canonical(void **state) {
	(void)state;
	static const char *const same[] = {
		HEAD ",{\"kind\":\"null\"}]",
		HEAD ",{\"kind\":\"string\"}]",
		HEAD ",{\"kind\":\"string\",\"text\":\"a\\\"\\\\\\n\\u0001/ä😀\x7f\"}]",
		HEAD ",{\"kind\":\"boolean\",\"value\":true}]",
		HEAD ",{\"kind\":\"column\",\"path\":[\"T\",\"a\"],\"path_insensitive\":3}]",
		HEAD ",{\"kind\":\"column\",\"path\":[\"\"]}]",
		HEAD ",{\"kind\":\"field\",\"name\":\"\"},{\"kind\":\"null\",\"in\":1,\"as\":\"operand\"}]", /* required: written also when empty */
		HEAD ",{\"kind\":\"query\"},{\"kind\":\"select\",\"in\":1,\"as\":\"body\",\"distinct\":true},{\"kind\":\"alias\",\"in\":2,\"as\":\"projections\",\"name\":\"x\"},"
			 "{\"kind\":\"column\",\"in\":3,\"as\":\"operand\",\"path\":[\"a\"]},{\"kind\":\"alias\",\"in\":2,\"as\":\"projections\",\"name\":\"y\"},{\"kind\":\"null\",\"in\":5,\"as\":\"operand\"},"
			 "{\"kind\":\"table\",\"in\":2,\"as\":\"from\",\"path\":[\"t\"],\"alias\":\"u\",\"columns\":[\"p\",\"q\"],\"columns_insensitive\":2},{\"kind\":\"order_item\",\"in\":1,\"as\":\"order_by\","
			 "\"descending\":true,\"nulls\":\"last\"},{\"kind\":\"column\",\"in\":8,\"as\":\"operand\",\"path\":[\"x\"]}]",
		HEAD ",{\"kind\":\"binary\",\"op\":\"long_arrow\"},{\"kind\":\"number\",\"in\":1,\"as\":\"left\",\"text\":\"1e5\"},{\"kind\":\"null\",\"in\":1,\"as\":\"right\"}]",
	};
	for (size_t i = 0; i < BV_COUNT(same); i++) check_canonical(same[i], same[i]);
	/* White space and escapes are free; the bytes that come out are not. */
	check_canonical(" [ {\"version\" : 1 } ,\n\t{ \"kind\":\"string\" , \"text\" : \"\\u0041\\/\\ud83d\\ude00\\u00e4\\u20ac\\u0000\" } ] \r\n", HEAD ",{\"kind\":\"string\",\"text\":\"A/😀ä€\\u0000\"}]");
}

static void refused(void **state) {
	(void)state;
	static const struct {
		const char *text, *message;
	} cases[] = {
		{"", "element 0: the text ends where '[' is expected"},
		{"{}", "element 0: expected '['"},
		{"[", "element 0: the text ends where '{' is expected"},
		{"[]", "element 0: expected '{'"},
		{"[{}]", "element 0: expected a string"},
		{"[{\"v\":1}]", "element 0: the header is {\"version\":1}"},
		{"[{\"version\":2}]", "element 0: version 2 is not known; this library reads 1"},
		{"[{\"version\":01}]", "element 0: expected an integer that is not negative"},
		{"[{\"version\":1.0}]", "element 0: expected an integer that is not negative"},
		{"[{\"version\":-1}]", "element 0: expected an integer that is not negative"},
		{"[{\"version\":99999999999}]", "element 0: an integer is too large"},
		{"[{\"version\":1,\"x\":1}]", "element 0: expected '}'"},
		{HEAD "]", "element 0: there is no root element"},
		{HEAD, "element 0: the text ends where ']' is expected"},
		{HEAD ",]", "element 1: expected '{'"},
		{HEAD ",{\"kind\":\"null\"}", "element 1: the text ends where ']' is expected"},
		{HEAD ",{\"kind\":\"null\"}] x", "element 1: there is more text after the payload"},
		{HEAD ",{\"kind\":\"null\"},]", "element 2: expected '{'"},
		{HEAD ",{\"type\":\"null\"}]", "element 1: the first key is \"kind\""},
		{HEAD ",{\"kind\":\"nil\"}]", "element 1: there is no kind \"nil\""},
		{HEAD ",{\"kind\":null}]", "element 1: expected a string"},
		{HEAD ",{\"kind\":\"null\"", "element 1 (null): the text ends where '}' is expected"},
		{HEAD ",{\"kind\":\"null\",\"x\":1}]", "element 1 (null): there is no field \"x\" here"},
		{HEAD ",{\"kind\":\"null\",\"in\":0,\"as\":\"x\"}]", "element 1 (null): there is no field \"in\" here"},
		{HEAD ",{\"kind\":\"null\"},{\"kind\":\"null\"}]", "element 2 (null): the second key is \"in\": only the root has no parent"},
		{HEAD ",{\"kind\":\"query\"},{\"kind\":\"null\",\"in\":1}]", "element 2 (null): the third key is \"as\""},
		{HEAD ",{\"kind\":\"query\"},{\"kind\":\"null\",\"in\":7,\"as\":\"body\"}]", "element 2 (null): \"in\" is 7, which is no parent of the element before"},
		{HEAD ",{\"kind\":\"query\"},{\"kind\":\"null\",\"in\":0,\"as\":\"body\"}]", "element 2 (null): \"in\" is 0, which is no parent of the element before"},
		{HEAD ",{\"kind\":\"query\"},{\"kind\":\"null\",\"in\":2,\"as\":\"body\"}]", "element 2 (null): \"in\" is 2, which is no parent of the element before"},
		{HEAD ",{\"kind\":\"query\"},{\"kind\":\"select\",\"in\":1,\"as\":\"bodies\"}]", "element 2 (select): \"as\" is \"bodies\", which query has not"},
		{HEAD ",{\"kind\":\"query\"},{\"kind\":\"select\",\"in\":1,\"as\":\"recursive\"}]", "element 2 (select): \"as\" is \"recursive\", which query has not"},
		{HEAD ",{\"kind\":\"query\"},{\"kind\":\"null\",\"in\":1,\"as\":\"body\"}]", "element 2 (null): \"body\" of query takes a select, set_operation, values or query"},
		{HEAD ",{\"kind\":\"query\"},{\"kind\":\"select\",\"in\":1,\"as\":\"body\"},{\"kind\":\"select\",\"in\":1,\"as\":\"body\"}]", "element 3 (select): \"body\" of element 1 is given twice"},
		{HEAD ",{\"kind\":\"query\"},{\"kind\":\"null\",\"in\":1,\"as\":\"limit\"},{\"kind\":\"select\",\"in\":1,\"as\":\"body\"}]", "element 3 (select): \"body\" comes after \"limit\" of the same parent"},
		{HEAD ",{\"kind\":\"query\"}]", "element 1 (query): \"body\" is missing"},
		{HEAD ",{\"kind\":\"and\"}]", "element 1 (and): \"terms\" is missing"},
		{HEAD ",{\"kind\":\"and\"},{\"kind\":\"unary\",\"in\":1,\"as\":\"terms\"},{\"kind\":\"null\",\"in\":1,\"as\":\"terms\"}]", "element 2 (unary): \"operand\" is missing"},
		/* An element whose parent is closed already: pre-order only. */
		{HEAD ",{\"kind\":\"and\"},{\"kind\":\"unary\",\"in\":1,\"as\":\"terms\"},{\"kind\":\"null\",\"in\":2,\"as\":\"operand\"},{\"kind\":\"null\",\"in\":1,\"as\":\"terms\"},{\"kind\":\"null\",\"in\":2,\"as\":\"operand\"}]",
			"element 5 (null): \"in\" is 2, which is no parent of the element before"},
		{HEAD ",{\"kind\":\"column\"}]", "element 1 (column): \"path\" is missing"},
		{HEAD ",{\"kind\":\"column\",\"path\":[]}]", "element 1 (column): \"path\" is empty; leave it out"},
		{HEAD ",{\"kind\":\"column\",\"path\":[\"a\",]}]", "element 1 (column): expected a string"},
		{HEAD ",{\"kind\":\"column\",\"path\":\"a\"}]", "element 1 (column): expected '['"},
		{HEAD ",{\"kind\":\"column\",\"path\":[1]}]", "element 1 (column): expected a string"},
		{HEAD ",{\"kind\":\"column\",\"path\":[\"a\"],\"path\":[\"a\"]}]", "element 1 (column): \"path\" is given twice or out of order"},
		{HEAD ",{\"kind\":\"column\",\"path\":[\"a\"],\"path_insensitive\":0}]", "element 1 (column): \"path_insensitive\" is 0; leave it out"},
		{HEAD ",{\"kind\":\"column\",\"path\":[\"a\"],\"path_insensitive\":2}]", "element 1 (column): \"path_insensitive\" marks more parts than there are"},
		{HEAD ",{\"kind\":\"column\",\"path_insensitive\":1}]", "element 1 (column): there is no field \"path_insensitive\" here"},
		{HEAD ",{\"kind\":\"boolean\",\"value\":false}]", "element 1 (boolean): \"value\" can only be true; leave it out otherwise"},
		{HEAD ",{\"kind\":\"string\",\"text\":\"\"}]", "element 1 (string): \"text\" is empty; leave it out"},
		{HEAD ",{\"kind\":\"number\",\"text\":1}]", "element 1 (number): expected a string"},
		{HEAD ",{\"kind\":\"unary\",\"op\":\"negate\"}]", "element 1 (unary): \"op\" has its default \"negate\"; leave it out"},
		{HEAD ",{\"kind\":\"unary\",\"op\":\"minus\"}]", "element 1 (unary): \"op\" cannot be \"minus\""},
		{HEAD ",{\"kind\":\"unary\",\"operand\":1}]", "element 1 (unary): \"operand\" is given by elements of its own, not by a value"},
		{HEAD ",{\"kind\":\"type\",\"scale\":\"2\"}]", "element 1 (type): \"name\" is missing"},
		{HEAD ",{\"kind\":\"type\",\"name\":\"decimal\",\"scale\":\"2\",\"precision\":\"5\"}]", "element 1 (type): \"precision\" is given twice or out of order"},
		{HEAD ",{\"kind\":\"string\",\"text\":\"a\nb\"}]", "element 1 (string): a string has a control character that is not escaped"},
		{HEAD ",{\"kind\":\"string\",\"text\":\"a", "element 1 (string): a string does not end"},
		{HEAD ",{\"kind\":\"string\",\"text\":\"a\\", "element 1 (string): a string does not end"},
		{HEAD ",{\"kind\":\"string\",\"text\":\"\\x\"}]", "element 1 (string): a string has the unknown escape \\x"},
		{HEAD ",{\"kind\":\"string\",\"text\":\"\\u12\"}]", "element 1 (string): \\u needs four hex digits"},
		{HEAD ",{\"kind\":\"string\",\"text\":\"\\ud800\"}]", "element 1 (string): a string has half a surrogate pair"},
		{HEAD ",{\"kind\":\"string\",\"text\":\"\\ud800\\u0041\"}]", "element 1 (string): a string has half a surrogate pair"},
		{HEAD ",{\"kind\":\"string\",\"text\":\"\\udc00\"}]", "element 1 (string): a string has half a surrogate pair"},
		/* Shapes: nothing behind the reader needs to ask. */
		{HEAD ",{\"kind\":\"and\"},{\"kind\":\"query\",\"in\":1,\"as\":\"terms\"}]", "element 2 (query): \"terms\" of and takes an expression"},
		{HEAD ",{\"kind\":\"case\"},{\"kind\":\"null\",\"in\":1,\"as\":\"whens\"}]", "element 2 (null): \"whens\" of case takes a when"},
		{HEAD ",{\"kind\":\"cast\"},{\"kind\":\"null\",\"in\":1,\"as\":\"operand\"},{\"kind\":\"null\",\"in\":1,\"as\":\"type\"}]", "element 3 (null): \"type\" of cast takes a type"},
		{HEAD ",{\"kind\":\"join\"},{\"kind\":\"null\",\"in\":1,\"as\":\"left\"}]", "element 2 (null): \"left\" of join takes a relation"},
	};
	for (size_t i = 0; i < BV_COUNT(cases); i++) check_error(cases[i].text, BV_E_PAYLOAD, cases[i].message);
	check_error(HEAD ",{\"kind\":\"string\",\"text\":\"\xFF\"}]", BV_E_UTF8, "element 0: the payload is not valid UTF-8");
}

/* Any prefix, and any byte changed: an answer, never a crash. */
static void damaged(void **state) {
	(void)state;
	static const char text[] = HEAD ",{\"kind\":\"query\"},{\"kind\":\"select\",\"in\":1,\"as\":\"body\"},{\"kind\":\"star\",\"in\":2,\"as\":\"projections\",\"qualifier\":[\"t\"],\"qualifier_insensitive\":1},"
								   "{\"kind\":\"string\",\"in\":2,\"as\":\"where\",\"text\":\"\\ud83d\\ude00\\n\"}]";
	for (size_t n = 0; n < sizeof text - 1; n++) {
		for (int change = 0; change < 6; change++) {
			/* The copy has no byte to spare: the sanitizer build sees a read past the end. */
			size_t len = change == 0 ? n : sizeof text - 1;
			char *copy = malloc(len ? len : 1);
			memcpy(copy, text, len);
			if (change) copy[n] = "\0{\"\\9"[change - 1];
			bv_arena *a = bv__arena_new();
			bv_diagnostics *d = bv_diagnostics_new();
			bv_node *r = bv__payload_read(a, bv__strn(copy, len), 0, d);
			assert_int_equal(r == NULL, bv_diagnostics_errors(d) > 0);
			if (change == 0) assert_null(r);
			bv_diagnostics_free(d);
			bv__arena_free(a);
			free(copy);
		}
	}
}

/* A node of every kind with every scalar field set, and children where they are required. */
static bv_node *full(bv_arena *a, unsigned kind, unsigned depth) {
	bv_node *n = bv__node_new(a, (bv_kind)kind, BV_NO_SPAN);
	const bv_node_desc *d = &bv__nodes[kind];
	for (unsigned i = 0; i < d->nfields; i++) {
		const bv_field_desc *f = &d->fields[i];
		void *p = (char *)n + f->offset;
		bv_str two[2] = {BV_STR("a b"), BV_STR("ü\"")};
		switch ((bv_field_type)f->type) {
		case BV_F_CHILD:
		case BV_F_LIST: {
			if (!f->required && depth > 2) break;
			unsigned child = 0;
			/* A leaf where one fits; a type always ends. */
			static const uint16_t first[] = {BV_NULL_LITERAL, BV_TABLE, BV_TYPE, BV_VALUES, BV_ROW};
			for (unsigned k = 0; k < BV_COUNT(first) && !child; k++)
				if (bv__field_takes((bv_kind)kind, i, (bv_kind)first[k])) child = first[k];
			for (unsigned k = 1; k < BV_KIND_COUNT && !child; k++)
				if (bv__field_takes((bv_kind)kind, i, (bv_kind)k)) child = k;
			assert_true(child > 0);
			if (child == BV_TYPE && !f->required) break;
			bv_node *c[2] = {full(a, child, depth + 1), full(a, child, depth + 1)};
			if (f->type == BV_F_CHILD) *(bv_node **)p = c[0];
			else *(bv_list *)p = bv__list_of(a, c, 2);
			break;
		}
		case BV_F_NAME:
		case BV_F_TEXT: *(bv_str *)p = BV_STR("te\"xt"); break;
		case BV_F_PATH: {
			bv_path x = bv__path_of(a, two, 2);
			x.insensitive = 2;
			*(bv_path *)p = x;
			break;
		}
		case BV_F_NAMES: {
			bv_path x = bv__path_of(a, two, 2);
			*(bv_names *)p = (bv_names){x.v, x.n, 1};
			break;
		}
		case BV_F_FLAG: *(bool *)p = true; break;
		case BV_F_ENUM: *(uint8_t *)p = (uint8_t)(f->nvalues - 1); break;
		}
	}
	return n;
}

static void every_kind_comes_back(void **state) {
	(void)state;
	for (unsigned k = 1; k < BV_KIND_COUNT; k++) {
		for (unsigned depth = 0; depth < 5; depth += 4) {
			bv_arena *a = bv__arena_new();
			bv_node *n = full(a, k, depth);
			bv_buf b = BV_BUF_INIT, spans = BV_BUF_INIT, again = BV_BUF_INIT;
			bv__payload_write(n, &b, &spans);
			assert_false(b.failed);
			assert_int_equal(spans.n, (bv__tree_count(n) + 1) * sizeof(bv_span));
			bv_diagnostics *d = bv_diagnostics_new();
			bv_node *r = bv__payload_read(a, bv__buf_view(&b), 0, d);
			if (!r) fail_msg("%s: %s", b.p, d->items.v[0].message.p);
			assert_true(bv__tree_equal(n, r));
			bv_hash128 x = bv__tree_hash(n), y = bv__tree_hash(r);
			assert_memory_equal(&x, &y, sizeof x);
			bv__payload_write(r, &again, NULL);
			assert_string_equal(b.p, again.p);
			/* The reader says where each element stands. */
			assert_memory_equal(b.p + r->span.start, "{\"kind\":\"", 9);
			assert_int_equal(b.p[r->span.end - 1], '}');
			bv__buf_free(&b);
			bv__buf_free(&spans);
			bv__buf_free(&again);
			bv_diagnostics_free(d);
			bv__arena_free(a);
		}
	}
}

static void deep_and_long(void **state) {
	(void)state;
	bv_arena *a = bv__arena_new();
	bv_buf b = BV_BUF_INIT;
	for (unsigned depth = BV_DEPTH_MAX; depth <= BV_DEPTH_MAX + 1; depth++) {
		bv__buf_z(&b, HEAD ",{\"kind\":\"unary\"}");
		for (unsigned i = 2; i < depth; i++) bv__buf_printf(&b, ",{\"kind\":\"unary\",\"in\":%u,\"as\":\"operand\"}", i - 1);
		bv__buf_printf(&b, ",{\"kind\":\"null\",\"in\":%u,\"as\":\"operand\"}]", depth - 1);
		bv_diagnostics *d = bv_diagnostics_new();
		bv_node *n = bv__payload_read(a, bv__buf_view(&b), 0, d);
		if (depth == BV_DEPTH_MAX) {
			assert_non_null(n);
			assert_true(bv__tree_within(n));
		} else {
			assert_null(n);
			assert_int_equal(d->items.v[0].code, BV_E_DEPTH);
			assert_str(d->items.v[0].message, "element 2001 (null): nested more than 2000 deep");
		}
		bv_diagnostics_free(d);
		bv__buf_truncate(&b, 0);
	}
	/* A list of 200,000, in a moment. */
	bv__buf_z(&b, HEAD ",{\"kind\":\"array\"}");
	for (unsigned i = 0; i < 200000; i++) bv__buf_z(&b, ",{\"kind\":\"number\",\"in\":1,\"as\":\"items\",\"text\":\"1\"}");
	bv__buf_ch(&b, ']');
	bv_diagnostics *d = bv_diagnostics_new();
	bv_node *n = bv__payload_read(a, bv__buf_view(&b), 0, d);
	assert_non_null(n);
	assert_int_equal(BV_AS(array, n)->items.n, 200000);
	bv_buf again = BV_BUF_INIT;
	bv__payload_write(n, &again, NULL);
	assert_int_equal(again.n, b.n);
	assert_memory_equal(again.p, b.p, b.n);
	bv_diagnostics_free(d);
	bv__buf_free(&again);
	bv__buf_free(&b);
	bv__arena_free(a);
}

/* Each allocation fails once, in reading and in writing: "out of memory" and no tree, or the tree. */
static void memory_runs_out(void **state) {
	(void)state;
	static const char text[] = HEAD ",{\"kind\":\"query\"},{\"kind\":\"select\",\"in\":1,\"as\":\"body\"},{\"kind\":\"column\",\"in\":2,\"as\":\"projections\",\"path\":[\"a\\n\",\"b\"]}]";
	long n = 1;
	for (bool done = false; !done; n++) {
		assert_true(n < 100);
		bv_diagnostics *d = bv_diagnostics_new();
		bv__alloc_fail_at(n);
		bv_arena *a = bv__arena_new();
		bv_node *r = a ? bv__payload_read(a, BV_STR(text), 0, d) : NULL;
		bv_buf b = BV_BUF_INIT;
		if (r) bv__payload_write(r, &b, NULL);
		done = r && !b.failed;
		bv__alloc_fail_at(0);
		if (a && !r) assert_true(bv_diagnostics_errors(d) > 0 && d->items.n == 0);
		if (done) assert_string_equal(b.p, text);
		bv__buf_free(&b);
		bv_diagnostics_free(d);
		bv__arena_free(a);
	}
	assert_true(n > 3);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(canonical), cmocka_unit_test(refused), cmocka_unit_test(damaged), cmocka_unit_test(every_kind_comes_back), cmocka_unit_test(deep_and_long), cmocka_unit_test(memory_runs_out),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
