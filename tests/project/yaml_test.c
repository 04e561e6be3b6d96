/* belvedere.yaml: what it says reaches the session, and every error has its place. */
#include "project_test.h"

static void everything(void **state) {
	(void)state;
	place p = place_new();
	setenv("BV_TEST_REGION", "eu-west-1", 1);
	unsetenv("BV_TEST_UNSET");
	place_write(&p, "belvedere.yaml",
		"# all keys\n"
		"name: flights\n"
		"warehouse: wh/${BV_TEST_UNSET:-dev}\n"
		"dialect: duckdb\n"
		"sources:\n"
		"  raw.events: {location: ../events, columns: {id: BIGINT NOT NULL, at: TIMESTAMP, tags: 'VARCHAR[]'}}\n"
		"  \"people\":\n"
		"    location: s3://bucket/people.csv\n"
		"    format: csv\n"
		"    columns: {name: {type: VARCHAR, nullable: false}}\n"
		"    options: {header: true, delimiter: ';', skip: 2}\n"
		"storage: {\"s3://bucket\": {aws_region: \"${BV_TEST_REGION}\"}}\n"
		"defaults: {materialized: false, tags: [a, b]}\n"
		"engine: {memory: 1.5GiB, threads: 2, spill: /tmp/spill}\n"
		"policy: {max_distance: 64, templates: refuse}\n"
		"variables: {start: 2024-01-01, n: 3, on: true, less: -7, price: 1.50, quoted: '3', zero: -0, code: 007, none: , list: [a, 1, {b: [x]}], map: {k: \"v\"}}\n");
	if (place_open(&p) != BV_OK) {
		show_all(&p);
		fail();
	}
	const bv_project *x = &p.s->project;
	assert_str(x->name, "flights");
	assert_true(bv__str_ends(x->warehouse, "/wh/dev"));
	assert_string_equal(bv__dialect_name(x->dialect), "duckdb");
	assert_false(x->materialized);
	assert_int_equal(x->ntags, 2);
	assert_str(x->tags[1], "b");
	assert_int_equal(x->memory, 1610612736);
	assert_int_equal(x->threads, 2);
	assert_str(x->spill, "/tmp/spill");
	assert_int_equal(x->policy.max_distance, 64);
	assert_str(x->storage_json, "{\"s3://bucket\":{\"aws_region\":\"eu-west-1\"}}");
	assert_str(x->variables_json, "{\"start\":\"2024-01-01\",\"n\":3,\"on\":true,\"less\":-7,\"price\":\"1.50\",\"quoted\":\"3\",\"zero\":\"-0\",\"code\":\"007\",\"none\":null,"
		"\"list\":[\"a\",1,{\"b\":[\"x\"]}],\"map\":{\"k\":\"v\"}}");
	assert_int_equal(p.s->datasets.n, 2);
	const bv_dataset *events = p.s->datasets.v[0], *people = p.s->datasets.v[1];
	assert_str(events->name, "raw.events");
	assert_str(events->format, "delta");
	assert_true(bv__str_ends(events->location, "/../events"));
	assert_int_equal(events->schema.n, 3);
	assert_false(events->schema.v[0].nullable);
	/* As a Delta scan gives it: microseconds. */
	assert_int_equal(events->schema.v[1].type->id, BV_T_TIMESTAMP);
	assert_int_equal(events->schema.v[1].type->unit, BV_UNIT_US);
	assert_str(people->name, "main.people");
	assert_str(people->location, "s3://bucket/people.csv");
	assert_str(people->options_json, "{\"header\":true,\"delimiter\":\";\",\"skip\":2}");
	assert_false(people->schema.v[0].nullable);
	place_free(&p);
}

/* Text of belvedere.yaml, and the start of what is said first. */
static const struct {
	const char *text, *want;
} errors[] = {
	{"name: x\nwarehuose: y\n", "BV3003 2:1-2:10 belvedere.yaml has no key \"warehuose\" | did you mean \"warehouse\"?"},
	{"engine: {memroy: 1GB}\n", "BV3003 1:10-1:16 engine has no key \"memroy\" | did you mean \"memory\"?"},
	{"zzzzzzzz: 1\n", "BV3003 1:1-1:9 belvedere.yaml has no key \"zzzzzzzz\" | keys: name, warehouse,"},
	{"engine: {memory: lots}\n", "BV3004 1:18-1:22 a size of at least 1 MiB is expected"},
	{"engine: {memory: 2XB}\n", "BV3004 1:18-1:21 a size"},
	{"engine: {threads: 0}\n", "BV3004 1:19-1:20 a whole number from 1 to 4096 is expected"},
	{"engine: 7\n", "BV3004 1:9-1:10 engine must be a map"},
	{"dialect: postgers\n", "BV3004 1:10-1:18 unknown dialect \"postgers\" | did you mean \"postgres\"?"},
	{"defaults: {materialized: yes}\n", "BV3004 1:26-1:29 true or false is expected"},
	{"variables: {a: \"b\\0\"}\n", "BV3004 1:17-1:20 a text has no NUL byte"},
	{"variables: [a]\n", "BV3004 1:12-1:13 variables must be a map of keys and values"},
	{"variables: {a: [[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]}\n", "BV3004 1:31-1:32 the value of a variable is nested too deeply"},
	{"policy: {templates: maybe}\n", "BV3004 1:21-1:26 refuse, placeholders or render is expected"},
	{"policy: {max_distance: -1}\n", "BV3004 1:24-1:26 a whole number"},
	{"sources: {a: {format: delta}}\n", "BV3004 1:11-1:12 source main.a has no location"},
	{"sources: {a: {location: x, format: xlsx}}\n", "BV3004 1:36-1:40 unknown format \"xlsx\""},
	{"sources: {a.b.c.d: {location: x}}\n", "BV3004 1:11-1:18 \"a.b.c.d\" is not a name"},
	{"sources: {../a: {location: x}}\n", "BV3004 1:11-1:15 \"../a\" is not a name"},
	{"sources: {a: {location: x}, main.a: {location: y}}\n", "BV3004 1:29-1:35 source main.a is given twice"},
	{"sources:\n  a:\n    location: x\n    columns: {id: BIGNIT}\n", "BV3004 4:19-4:25 \"BIGNIT\" is not a type"},
	{"sources: {a: {location: x, columns: {i: INTERVAL}}}\n", "BV3004 1:41-1:49 a Delta table has no columns of type INTERVAL"},
	{"sources: {a: {location: x, columns: {i: {nullable: true}}}}\n", "BV3004 1:38-1:39 column i has no type"},
	{"storage: {bucket: {a: b}}\n", "BV3004 1:11-1:17 \"bucket\" is not a URL"},
	{"name: a\nname: b\n", "BV3002 2:1-2:5 key name is given twice"},
	{"name: ${BV_TEST_UNSET}\n", "BV3005 1:7-1:23 variable BV_TEST_UNSET is not set"},
	{"name: \"é ${BV_TEST_UNSET}\"\n", "BV3005 1:10-1:26 variable BV_TEST_UNSET is not set"},
	{"warehouse: a/${HOME}/${BV_TEST_UNSET}\n", "BV3005 1:22-1:38 variable BV_TEST_UNSET is not set"},
	{"name: ${1x}\n", "BV3004 1:7-1:12 \"1x\" is not the name of a variable"},
	{"name: ${x\n", "BV3004 1:7-1:9 ${ without }"},
	{"a: [1\nb: }\n", "BV3002 2:4-2:5 not valid YAML"},
	{"name: x\n---\nname: y\n", "BV3002 2:1-2:4 the file holds more than one document"},
	{"name: &a x\n", "BV3002 1:10-1:11 anchors, aliases and tags"},
	{"name: \xff\n", "BV1003 1:7-"},
	{"- a\n- b\n", "BV3004 1:1-1:2 belvedere.yaml must be a map"},
	{"name: [a]\n", "BV3004 1:7-1:8 a text is expected"},
};

static void places(void **state) {
	(void)state;
	unsetenv("BV_TEST_UNSET");
	unsigned bad = 0;
	for (size_t i = 0; i < BV_COUNT(errors); i++) {
		place p = place_new();
		place_write(&p, "belvedere.yaml", errors[i].text);
		bv_status status = place_open(&p);
		const char *got = p.d->items.n ? said(&p, 0) : "nothing";
		if (status != BV_FAILED || strncmp(got, errors[i].want, strlen(errors[i].want)) != 0) {
			print_error("%swant %s\ngot  %s\n\n", errors[i].text, errors[i].want, got);
			bad++;
		}
		place_free(&p);
	}
	assert_int_equal(bad, 0);
}

static void all_at_once(void **state) {
	(void)state;
	place p = place_new();
	place_write(&p, "belvedere.yaml", "nmae: x\nengine: {threads: a, memory: b}\nsources: {a: {locaton: x}}\n");
	assert_int_equal(place_open(&p), BV_FAILED);
	assert_int_equal(p.d->items.n, 4);
	place_free(&p);
}

static void empty_is_fine(void **state) {
	(void)state;
	place p = place_new();
	place_write(&p, "belvedere.yaml", "# nothing yet\nsources:\n");
	assert_int_equal(place_open(&p), BV_OK);
	assert_true(p.s->project.materialized);
	assert_true(bv__str_ends(p.s->project.warehouse, "/warehouse"));
	place_free(&p);
}

static void missing(void **state) {
	(void)state;
	place p = place_new();
	assert_int_equal(place_open(&p), BV_FAILED);
	assert_int_equal(p.d->items.v[0].code, BV_E_PROJECT_MISSING);
	place_free(&p);
}

int main(void) {
	const struct CMUnitTest tests[] = {cmocka_unit_test(everything), cmocka_unit_test(places), cmocka_unit_test(all_at_once), cmocka_unit_test(empty_is_fine),
		cmocka_unit_test(missing)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
