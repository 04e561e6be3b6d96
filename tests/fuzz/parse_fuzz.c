/* parse_fuzz: the first byte picks the dialect (from 128 on: with template marks as placeholders), the rest is SQL. Either it is refused with a diagnostic, or each tree has a payload that reads
 * back to the same payload, and a text in its own dialect, on one line and on many, that reads back to the same payload; in every dialect that it can be
 * written in, the text reads, and what it reads as comes back from its own text. */
#include "belvedere/belvedere.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bv_session *session;

static bv_status parse(bool placeholders, const char *sql, size_t n, const char *dialect, const char *file, bv_tree ***trees, size_t *count, bv_diagnostics *d)
{
	bv_session_options none = BV_SESSION_OPTIONS_INIT;
	bv_parse_options o = BV_PARSE_OPTIONS_INIT;
	none.engine = "none";
	o.dialect = dialect;
	o.file = file;
	o.policy = "{\"templates\":\"placeholders\"}";
	if (!placeholders)
		return bv_parse(sql, n, dialect, file, trees, count, d);
	if (!session && bv_session_open(&none, &session, d) != BV_OK)
		abort();
	return bv_session_parse(session, sql, n, &o, trees, count, d);
}

static void payload_comes_back(const char *payload, bv_diagnostics *d)
{
	bv_tree *back = NULL;
	if (bv_tree_from_payload(payload, strlen(payload), &back, d) != BV_OK)
		abort();
	char *again = bv_tree_payload(back);
	if (!again || strcmp(payload, again) != 0)
		abort();
	bv_text_free(again);
	bv_tree_free(back);
}

/* The tree that the text of `tree` in this dialect gives; NULL: it cannot be written there. */
static bv_tree *through_text(const bv_tree *tree, bool placeholders, const char *dialect, bool pretty)
{
	bv_diagnostics *d = bv_diagnostics_new();
	if (!d)
		abort();
	char *sql = bv_tree_sql(tree, dialect, pretty, d);
	bv_tree **trees = NULL, *out = NULL;
	size_t n = 0;
	if (sql) {
		if (parse(placeholders, sql, strlen(sql), dialect, "generated.sql", &trees, &n, d) == BV_OK) {
			if (n != 1)
				abort();
			out = trees[0];
			bv_trees_free(trees, 0);
		} else {
			/* Another dialect may need brackets where this one needs none, and those have a depth. */
			char *errors = bv_diagnostics_json(d, "error");
			if (!errors || !strstr(errors, "\"BV1004\""))
				abort();
			bv_text_free(errors);
		}
	} else if (!bv_diagnostics_errors(d))
		abort();
	bv_text_free(sql);
	bv_diagnostics_free(d);
	return out;
}

static void same(const bv_tree *a, const bv_tree *b)
{
	char *p = bv_tree_payload(a), *q = bv_tree_payload(b);
	if (!p || !q || strcmp(p, q) != 0)
		abort();
	bv_text_free(p);
	bv_text_free(q);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const dialects[] = {"datafusion", "postgres", "duckdb", "spark", "databricks", "snowflake", "bigquery", "trino", "generic"};
	static const char *const written[] = {"datafusion", "postgres", "duckdb", "spark"};
	if (size == 0)
		return 0;
	const char *dialect = dialects[data[0] % (sizeof dialects / sizeof *dialects)];
	bv_diagnostics *d = bv_diagnostics_new();
	if (!d)
		abort();
	bv_tree **trees = NULL;
	size_t n = 0;
	bool placeholders = data[0] >= 128;
	bv_status s = parse(placeholders, (const char *)data + 1, size - 1, dialect, "input.sql", &trees, &n, d);
	if (s == BV_OK ? bv_diagnostics_errors(d) > 0 : bv_diagnostics_errors(d) == 0)
		abort();
	for (size_t i = 0; s == BV_OK && i < n; i++) {
		char *payload = bv_tree_payload(trees[i]);
		if (!payload)
			continue; /* too deep */
		payload_comes_back(payload, d);
		bv_text_free(payload);
		for (size_t w = 0; w < sizeof written / sizeof *written; w++)
			for (int pretty = 0; pretty < 2; pretty++) {
				bv_tree *there = through_text(trees[i], placeholders, written[w], pretty), *back = there ? through_text(there, placeholders, written[w], pretty) : NULL;
				if (there && strcmp(written[w], dialect) == 0)
					same(trees[i], there);
				if (back)
					same(there, back);
				bv_tree_free(there);
				bv_tree_free(back);
			}
	}
	if (s == BV_OK)
		bv_trees_free(trees, n);
	char *text = bv_diagnostics_text(d, false);
	if (!text)
		abort();
	bv_text_free(text);
	bv_diagnostics_free(d);
	return 0;
}
