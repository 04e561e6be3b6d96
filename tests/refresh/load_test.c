/* Loads. In: a request, files by their names (nobody reads them here), tables in memory. Out: what the engine is asked to read and to write, what is refused
 * and why. */
#include "work.h"

static place make(void) {
	work_reset();
	make_source("data/a", 10);
	place p = place_new();
	place_write(&p, "belvedere.yaml", "name: t\nsources:\n  raw.a: {location: data/a}\n");
	place_write(&p, "views/v.sql", "SELECT k FROM raw.a");
	work_open(&p);
	return p;
}

/* Loads; the answer's JSON, or NULL. */
static const char *load(place *p, const char *request_json, bv_status want) {
	char *json = NULL;
	bv_diagnostics_clear(p->d);
	forget_requests();
	bv_status st = bv_load(p->s, request_json, &json, p->d);
	if (st != want) {
		show_all(p);
		print_error("%s\n", request_json);
		assert_int_equal(st, want);
	}
	assert_true((st == BV_OK) == (json != NULL));
	assert_int_equal(work.plans, 0);
	const char *out = json ? bv__arena_strz(p->arena, json).p : NULL;
	bv_text_free(json);
	return out;
}

#define assert_refused(p, request_json, ...)              \
	do {                                                  \
		assert_null(load((p), (request_json), BV_FAILED)); \
		assert_diagnostics((p), __VA_ARGS__);             \
		assert_int_equal(requests("write"), 0);           \
	} while (0)

/* The i-th request of a kind, without the folders of this machine. */
static const char *asked(place *p, const char *op, uint32_t i) {
	const char *text = request(op, i);
	assert_non_null(text);
	char cwd[4096];
	assert_non_null(getcwd(cwd, sizeof cwd));
	const struct {
		const char *what, *with;
	} rows[] = {{p->dir.p, "DIR"}, {cwd, "CWD"}};
	for (size_t k = 0; k < BV_COUNT(rows); k++) {
		bv_buf b = BV_BUF_INIT;
		for (const char *at; (at = strstr(text, rows[k].what)); text = at + strlen(rows[k].what)) {
			bv__buf_add(&b, text, (size_t)(at - text));
			bv__buf_z(&b, rows[k].with);
		}
		bv__buf_z(&b, text);
		text = bv__arena_str(p->arena, bv__buf_view(&b)).p;
		bv__buf_free(&b);
	}
	return text;
}

/* ---- requests ---- */

static void usage(void **state) {
	(void)state;
	place p = make();
	static const struct {
		const char *request, *want;
	} cases[] = {
		{"", "BV3015 - load: "},
		{"{", "BV3015 - load: "},
		{"[]", "BV3015 - load: an object is expected"},
		{"{\"table\":\"t\",\"table\":\"u\",\"files\":[\"a.csv\"]}", "BV3015 - load: duplicate"},
		{"{}", "BV3015 - load: \"table\" is missing"},
		{"{\"table\":\"raw.t\"}", "BV3015 - load: \"files\" is missing"},
		{"{\"files\":[\"a.csv\"]}", "BV3015 - load: \"table\" is missing"},
		{"{\"table\":7,\"files\":[\"a.csv\"]}", "BV3015 - load: \"table\" is a name"},
		{"{\"table\":\"raw.t\",\"files\":\"a.csv\"}", "BV3015 - load: \"files\" is a list of names"},
		{"{\"table\":\"raw.t\",\"files\":[]}", "BV3015 - load: \"files\" is a list of names"},
		{"{\"table\":\"raw.t\",\"files\":[\"a.csv\",\"\"]}", "BV3015 - load: \"files\" is a list of names"},
		{"{\"table\":\"raw.t\",\"files\":[1]}", "BV3015 - load: \"files\" is a list of names"},
		{"{\"table\":\"raw.t\",\"files\":[\"a.csv\"],\"mode\":\"replace\"}", "BV3015 - load: \"mode\" is create, append or overwrite"},
		{"{\"table\":\"raw.t\",\"files\":[\"a.csv\"],\"mode\":\"\"}", "BV3015 - load: \"mode\" is create, append or overwrite"},
		{"{\"table\":\"raw.t\",\"files\":[\"a.csv\"],\"header\":\"no\"}", "BV3015 - load: \"header\" is true or false"},
		{"{\"table\":\"raw.t\",\"files\":[\"a.csv\"],\"schema\":{}}", "BV3015 - load: \"schema\" is a text"},
		{"{\"table\":\"raw.t\",\"files\":[\"a.csv\"],\"null\":null}", "BV3015 - load: \"null\" is a text"},
		{"{\"table\":\"raw.t\",\"files\":[\"a.csv\"],\"delimeter\":\";\"}", "BV3015 - load: \"delimeter\" is not known; there are table, files, mode"},
		{"{\"table\":\"raw.t\",\"files\":[\"a.csv\"],\"delimiter\":\"\"}", "BV3015 - load: a delimiter is one byte, and neither a quote nor the end of a line | a tab"},
		{"{\"table\":\"raw.t\",\"files\":[\"a.csv\"],\"delimiter\":\"||\"}", "BV3015 - load: a delimiter is one byte"},
		{"{\"table\":\"raw.t\",\"files\":[\"a.csv\"],\"delimiter\":\"\\\"\"}", "BV3015 - load: a delimiter is one byte"},
		{"{\"table\":\"raw.t\",\"files\":[\"a.csv\"],\"delimiter\":\"\\n\"}", "BV3015 - load: a delimiter is one byte"},
		{"{\"table\":\"raw.t\",\"files\":[\"a.csv\"],\"delimiter\":\"ä\"}", "BV3015 - load: a delimiter is one byte"},
		{"{\"table\":\"raw.t\",\"files\":[\"a.json\"],\"delimiter\":\";\"}", "BV3015 - load: \"delimiter\" is for CSV files only"},
		{"{\"table\":\"raw.t\",\"files\":[\"a.parquet\"],\"null\":\"-\"}", "BV3015 - load: \"null\" is for CSV files only"},
		{"{\"table\":\"raw.t\",\"files\":[\"a.json\"],\"header\":false}", "BV3015 - load: \"header\" is for CSV files only"},
		{"{\"table\":\"raw.t\",\"files\":[\"a.txt\"]}", "BV3015 - load: the suffix of a.txt says no format | .csv, .tsv, .json, .jsonl or .ndjson, each also with .gz or .zst, or .parquet"},
		{"{\"table\":\"raw.t\",\"files\":[\"a\"]}", "BV3015 - load: the suffix of a says no format"},
		{"{\"table\":\"raw.t\",\"files\":[\"a.gz\"]}", "BV3015 - load: the suffix of a.gz says no format"},
		{"{\"table\":\"raw.t\",\"files\":[\"a.csv.gz.zst\"]}", "BV3015 - load: the suffix of a.csv.gz.zst says no format"},
		{"{\"table\":\"raw.t\",\"files\":[\"a.csv.bz2\"]}", "BV3015 - load: the suffix of a.csv.bz2 says no format"},
		{"{\"table\":\"raw.t\",\"files\":[\"a.parquet.gz\"]}", "BV3015 - load: a.parquet.gz: a Parquet file is compressed inside, not as a whole"},
		{"{\"table\":\"raw.t\",\"files\":[\"a.csv\",\"b.json\"]}", "BV3015 - load: a.csv is csv, but b.json is json: one load reads one format"},
		{"{\"table\":\"raw.t\",\"files\":[\"a.csv\",\"b.tsv\"]}", "BV3015 - load: a.csv and b.tsv are not separated by the same character | --delimiter says by which, for all of them"},
		{"{\"table\":\"raw.t\",\"files\":[\"a.csv.gz\",\"b.csv\"]}", "BV3015 - load: a.csv.gz and b.csv are not compressed in the same way: one load reads one compression"},
		{"{\"table\":\"raw.t\",\"files\":[\"a.csv.gz\",\"b.csv.zst\"]}", "BV3015 - load: a.csv.gz and b.csv.zst are not compressed in the same way"},
		{"{\"table\":\"a.b.c.d\",\"files\":[\"a.csv\"]}", "BV3007 - \"a.b.c.d\" is not a table's name | one to three parts: raw.events"},
		{"{\"table\":\"\",\"files\":[\"a.csv\"]}", "BV3007 - \"\" is not a table's name"},
		{"{\"table\":\"raw...t\",\"files\":[\"a.csv\"]}", "BV3007 - "},
		{"{\"table\":\"raw./etc\",\"files\":[\"a.csv\"]}", "BV3007 - "},
		{"{\"table\":\"v\",\"files\":[\"a.csv\"]}", "BV3008 - main.v is a view of this project: nothing can be loaded into it"},
		{"{\"table\":\"raw.a\",\"files\":[\"a.csv\"]}", "BV3008 3:3-3:8 raw.a is a source of this project that lies elsewhere: what is loaded would never be read | give"},
	};
	for (size_t i = 0; i < BV_COUNT(cases); i++) {
		assert_refused(&p, cases[i].request, cases[i].want);
		assert_int_equal(requests("scan_files"), 0);
	}
	assert_int_equal(bv_load(NULL, "{}", NULL, p.d), BV_MISUSE);
	assert_int_equal(bv_load(p.s, NULL, NULL, p.d), BV_MISUSE);
	assert_int_equal(bv_load(p.s, "{}", NULL, NULL), BV_MISUSE);
	p.s->api = NULL;
	assert_refused(&p, "{\"table\":\"raw.t\",\"files\":[\"a.csv\"]}", "BV4001 - files can only be loaded with an engine");
	p.s->api = &work_api;
	work_close(&p);
}

static void formats(void **state) {
	(void)state;
	place p = make();
	static const struct {
		const char *files, *more, *want;
	} cases[] = {
		{"\"a.csv\"", "", "{\"files\":[\"CWD/a.csv\"],\"format\":\"csv\",\"options\":{\"header\":true,\"delimiter\":\",\"}}"},
		{"\"/x/A.CSV.GZ\",\"b.csv.gz\"", "", "{\"files\":[\"/x/A.CSV.GZ\",\"CWD/b.csv.gz\"],\"format\":\"csv\",\"options\":{\"header\":true,\"delimiter\":\",\",\"compression\":\"gz\"}}"},
		{"\"a.tsv.zst\"", "", "{\"files\":[\"CWD/a.tsv.zst\"],\"format\":\"csv\",\"options\":{\"header\":true,\"delimiter\":\"\\t\",\"compression\":\"zst\"}}"},
		{"\"a.csv\",\"b.tsv\"", ",\"delimiter\":\"|\",\"null\":\"-\",\"header\":false",
			"{\"files\":[\"CWD/a.csv\",\"CWD/b.tsv\"],\"format\":\"csv\",\"options\":{\"header\":false,\"delimiter\":\"|\",\"null\":\"-\"}}"},
		{"\"a.json\",\"b.jsonl\",\"c.ndjson\"", "", "{\"files\":[\"CWD/a.json\",\"CWD/b.jsonl\",\"CWD/c.ndjson\"],\"format\":\"json\",\"options\":{\"header\":true}}"},
		{"\"s3://bucket/a.json.gz\"", ",\"header\":true", "{\"files\":[\"s3://bucket/a.json.gz\"],\"format\":\"json\",\"options\":{\"header\":true,\"compression\":\"gz\"}}"},
		{"\"a.parquet\"", "", "{\"files\":[\"CWD/a.parquet\"],\"format\":\"parquet\",\"options\":{\"header\":true}}"},
	};
	for (size_t i = 0; i < BV_COUNT(cases); i++) {
		char text[512];
		snprintf(text, sizeof text, "{\"table\":\"raw.t%zu\",\"files\":[%s]%s}", i, cases[i].files, cases[i].more);
		load(&p, text, BV_OK);
		assert_int_equal(p.d->items.n, 0);
		assert_string_equal(asked(&p, "scan_files", 0), cases[i].want);
		assert_string_equal(request("wanted", 0), ""); /* as the files say */
		snprintf(text, sizeof text, "{\"location\":\"DIR/warehouse/raw/t%zu\",\"mode\":\"create\",\"expected_version\":null,\"properties\":{\"belvedere.kind\":\"source\"}}", i);
		assert_string_equal(asked(&p, "write", 0), text);
	}
	work_close(&p);
}

/* ---- schemas ---- */

static void schemas(void **state) {
	(void)state;
	place p = make();
	static const struct {
		const char *schema, *want;
	} cases[] = {
		{"id BIGINT, Name VARCHAR NOT NULL", "[{\"name\":\"id\",\"type\":\"Int64\",\"nullable\":true},{\"name\":\"name\",\"type\":\"Utf8View\",\"nullable\":false}]"},
		{"\\\"Odd\\\"\\\"Name\\\" INT NULL,\\n d DECIMAL(10, 2)\\tNOT\\nNULL", "[{\"name\":\"Odd\\\"Name\",\"type\":\"Int32\",\"nullable\":true},{\"name\":\"d\",\"type\":\"Decimal128(10, 2)\",\"nullable\":false}]"},
		{"s STRUCT<a BIGINT, b ARRAY<DOUBLE>>, m MAP<VARCHAR, DATE>", "[{\"name\":\"s\",\"type\":\"Struct("},
		{"t TIMESTAMP", "[{\"name\":\"t\",\"type\":\"Timestamp(ns)\",\"nullable\":true}]"}, /* the write refuses what would lose digits */
	};
	for (size_t i = 0; i < BV_COUNT(cases); i++) {
		char text[512];
		snprintf(text, sizeof text, "{\"table\":\"raw.t%zu\",\"files\":[\"a.csv\"],\"schema\":\"%s\"}", i, cases[i].schema);
		load(&p, text, BV_OK);
		assert_true(begins(request("wanted", 0), cases[i].want));
	}
	static const struct {
		const char *schema, *want;
	} bad[] = {
		{"", "BV1"},
		{"id", "BV1001 1:3-1:3 expected a type"},
		{"id BIGINT,", "BV1"},
		{"id BIGINT name VARCHAR", "BV1"},
		{"id BIGINT, n NOTYPE", "BV1"},
		{"id BIGINT, x DECIMAL(200, 2)", "BV"},
		{"id BIGINT, ID VARCHAR", "BV2011 1:12-1:22 two columns are named \"id\" (a Delta table does not tell case apart)"},
		{"id BIGINT NOT", "BV1"},
		{"\\\"id BIGINT", "BV1"},
	};
	for (size_t i = 0; i < BV_COUNT(bad); i++) {
		char text[512];
		snprintf(text, sizeof text, "{\"table\":\"raw.u\",\"files\":[\"a.csv\"],\"schema\":\"%s\"}", bad[i].schema);
		assert_null(load(&p, text, BV_FAILED));
		assert_true(p.d->items.n > 0);
		if (strncmp(said(&p, 0), bad[i].want, strlen(bad[i].want)) != 0) {
			print_error("%s: ", bad[i].schema);
			show_all(&p);
			fail();
		}
		/* It shows the place in the text. */
		assert_str(p.d->sources.v[p.d->items.v[0].span.file].name, "--schema");
		assert_int_equal(requests("scan_files"), 0);
	}
	work_close(&p);
}

/* What Delta has no type for is read as the type that holds its values; what it cannot hold at all is refused. */
static void stored_types(void **state) {
	(void)state;
	place p = make();
	work.file_schema = "[{\"name\":\"u\",\"type\":\"UInt32\",\"nullable\":true},{\"name\":\"t\",\"type\":\"Timestamp(ns)\",\"nullable\":true},{\"name\":\"s\",\"type\":\"LargeUtf8\",\"nullable\":true}]";
	const char *json = load(&p, "{\"table\":\"raw.t\",\"files\":[\"a.parquet\"]}", BV_OK);
	assert_int_equal(requests("scan_files"), 2);
	assert_string_equal(request("wanted", 0), "");
	assert_string_equal(request("wanted", 1), "[{\"name\":\"u\",\"type\":\"Int64\",\"nullable\":true},{\"name\":\"t\",\"type\":\"Timestamp(ns)\",\"nullable\":true},{\"name\":\"s\",\"type\":\"LargeUtf8\",\"nullable\":true}]");
	/* The answer tells what a reader of the table sees. */
	assert_string_equal(json, "{\"table\":\"raw.t\",\"rows\":7,\"version\":0,\"schema\":[{\"name\":\"u\",\"type\":\"Int64\",\"nullable\":true},"
		"{\"name\":\"t\",\"type\":\"Timestamp(µs)\",\"nullable\":true},{\"name\":\"s\",\"type\":\"Utf8View\",\"nullable\":true}]}");
	assert_non_null(strstr(json, made("raw/t")->schema));
	work.file_schema = "[{\"name\":\"i\",\"type\":\"Interval(MonthDayNano)\",\"nullable\":true},{\"name\":\"two words\",\"type\":\"Int64\",\"nullable\":true}]";
	assert_refused(&p, "{\"table\":\"raw.u\",\"files\":[\"a.csv\"]}", "BV5007 - column i has type Interval(MonthDayNano), which a Delta table cannot hold | --schema says",
		"BV2011 - column 2 is named \"two words\", which a Delta table cannot hold | a name is without spaces and without any of ,;{}()=; --no-header");
	work_close(&p);
}

/* ---- tables ---- */

static void modes(void **state) {
	(void)state;
	place p = make();
	assert_string_equal(load(&p, "{\"table\":\"t\",\"files\":[\"a.csv\"]}", BV_OK),
		"{\"table\":\"main.t\",\"rows\":7,\"version\":0,\"schema\":" SOURCE_COLUMNS "}");
	/* It is there from now on. */
	assert_refused(&p, "{\"table\":\"t\",\"files\":[\"a.csv\"]}", "BV4011 - table main.t exists, at version 0 | --append adds the rows, --overwrite replaces those that are there");
	/* The table says as what the files are read. */
	work.file_schema = "[{\"name\":\"other\",\"type\":\"Int64\",\"nullable\":true}]";
	load(&p, "{\"table\":\"t\",\"files\":[\"a.csv\"],\"mode\":\"append\"}", BV_OK);
	assert_int_equal(requests("scan_files"), 1);
	assert_string_equal(request("wanted", 0), SOURCE_COLUMNS);
	assert_string_equal(asked(&p, "write", 0), "{\"location\":\"DIR/warehouse/main/t\",\"mode\":\"append\",\"expected_version\":0}");
	/* Unless the request does. */
	load(&p, "{\"table\":\"t\",\"files\":[\"a.csv\"],\"mode\":\"overwrite\",\"schema\":\"x BIGINT\"}", BV_OK);
	assert_string_equal(request("wanted", 0), "[{\"name\":\"x\",\"type\":\"Int64\",\"nullable\":true}]");
	assert_string_equal(asked(&p, "write", 0), "{\"location\":\"DIR/warehouse/main/t\",\"mode\":\"overwrite\",\"expected_version\":1}");
	assert_string_equal(table("main/t")->kind, "source");
	/* Without a table both make one. */
	work.file_schema = SOURCE_COLUMNS;
	load(&p, "{\"table\":\"n1\",\"files\":[\"a.csv\"],\"mode\":\"append\"}", BV_OK);
	assert_non_null(strstr(request("write", 0), "\"mode\":\"create\",\"expected_version\":null"));
	/* Tables of others are not touched. */
	table("main/t")->kind = "view";
	assert_refused(&p, "{\"table\":\"t\",\"files\":[\"a.csv\"],\"mode\":\"overwrite\"}", "BV4014 - *holds the table of a view: `load` writes tables that it made itself");
	table("main/t")->kind = NULL;
	assert_refused(&p, "{\"table\":\"t\",\"files\":[\"a.csv\"],\"mode\":\"append\"}", "BV4014 - *holds a table that Belvedere did not make");
	table("main/t")->kind = "source";
	table("main/t")->failure = "the log is broken";
	assert_refused(&p, "{\"table\":\"t\",\"files\":[\"a.csv\"],\"mode\":\"append\"}", "BV4010 - main.t: the log is broken");
	table("main/t")->failure = NULL;
	/* A file of the project that is broken is no matter of a load. */
	place_write(&p, "views/bad.sql", "SELECT FROM WHERE");
	work_open(&p);
	load(&p, "{\"table\":\"n2\",\"files\":[\"a.csv\"]}", BV_OK);
	assert_int_equal(p.d->items.n, 0);
	work_close(&p);
}

/* Views that read the table see what was loaded. */
static void readers(void **state) {
	(void)state;
	place p = make();
	place_write(&p, "views/w.sql", "SELECT * FROM raw.t");
	work_open(&p);
	char *json = NULL;
	assert_int_equal(bv_project_run(p.s, NULL, NULL, p.d), BV_FAILED); /* there is no raw.t */
	load(&p, "{\"table\":\"raw.t\",\"files\":[\"a.csv\"]}", BV_OK);
	bv_diagnostics_clear(p.d);
	assert_int_equal(bv_project_run(p.s, NULL, &json, p.d), BV_OK);
	assert_non_null(strstr(json, "{\"name\":\"main.w\",\"status\":\"built\",\"strategy\":\"full\",\"rows_in\":7,"));
	bv_text_free(json);
	load(&p, "{\"table\":\"raw.t\",\"files\":[\"a.csv\"],\"mode\":\"overwrite\",\"schema\":\"k BIGINT, s VARCHAR, more DATE\"}", BV_OK);
	bv_diagnostics_clear(p.d);
	assert_int_equal(bv_project_run(p.s, NULL, &json, p.d), BV_OK);
	assert_non_null(strstr(json, "{\"name\":\"more\",\"type\":\"Date32\",\"nullable\":true}"));
	assert_non_null(strstr(json, "{\"name\":\"main.v\",\"status\":\"skipped\""));
	bv_text_free(json);
	work_close(&p);
}

static void failures(void **state) {
	(void)state;
	place p = make();
	static const struct {
		const char *op, *cls, *want;
	} cases[] = {
		{"scan_files", "not_found", "BV4015 - the files cannot be read: no"}, {"scan_files", "plan", "BV4004 - the files cannot be read: no"},
		{"write", "invalid_data", "BV4015 - raw.t: no"}, {"write", "conflict", "BV4013 - raw.t: no"}, {"write", "resources", "BV4006 - raw.t: no"},
		{"delta_state", "io", "BV4010 - raw.t: no"},
	};
	const char *request_json = "{\"table\":\"raw.t\",\"files\":[\"a.csv\"]}";
	for (size_t i = 0; i < BV_COUNT(cases); i++) {
		fail_next(cases[i].op, "", cases[i].cls, "no");
		assert_null(load(&p, request_json, BV_FAILED));
		assert_diagnostics(&p, cases[i].want);
	}
	/* Cancelled: nothing is written. */
	work.slow_ms = 3000;
	bv_session_cancel(p.s);
	assert_null(load(&p, request_json, BV_CANCELLED));
	assert_diagnostics(&p, "BV4007 - raw.t: cancelled");
	assert_null(made("raw/t"));
	work.slow_ms = 0;
	work_open(&p);
	load(&p, request_json, BV_OK);
	assert_non_null(made("raw/t"));
	work_close(&p);
}

static void exhausted(void **state) {
	(void)state;
	place p = make();
	work.file_schema = "[{\"name\":\"u\",\"type\":\"UInt32\",\"nullable\":true}]";
	uint32_t fine = 0, failed = 0;
	for (long n = 1; fine < 3 && n < 10000; n++) {
		char text[128], *json = NULL;
		snprintf(text, sizeof text, "{\"table\":\"raw.t\",\"files\":[\"a.csv\",\"b.csv\"],\"mode\":\"overwrite\"%s}", n % 2 ? ",\"schema\":\"u BIGINT\"" : "");
		bv_diagnostics_clear(p.d);
		forget_requests();
		bv__alloc_fail_at(n);
		bv_status st = bv_load(p.s, text, &json, p.d);
		bv__alloc_fail_at(0);
		fine += st == BV_OK;
		failed += st != BV_OK;
		assert_true((st == BV_OK) == (json != NULL));
		if (st != BV_OK && bv_diagnostics_errors(p.d) == 0) {
			fail_msg("allocation %ld: status %d, and nothing is said", n, st);
		}
		bv_text_free(json);
		assert_int_equal(work.plans, 0);
	}
	assert_true(failed > 10 && fine == 3);
	work_close(&p);
}

int main(void) {
	const struct CMUnitTest tests[] = {cmocka_unit_test(usage), cmocka_unit_test(formats), cmocka_unit_test(schemas), cmocka_unit_test(stored_types), cmocka_unit_test(modes),
		cmocka_unit_test(readers), cmocka_unit_test(failures), cmocka_unit_test(exhausted)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
