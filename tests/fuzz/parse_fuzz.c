/* parse_fuzz: the first byte picks the dialect, the rest is SQL. Either it is refused with a diagnostic, or each tree has a payload that
 * reads back to the same payload. */
#include "belvedere/belvedere.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
	static const char *const dialects[] = {"datafusion", "postgres", "duckdb", "spark", "databricks", "snowflake", "bigquery", "trino", "generic"};
	if (size == 0) return 0;
	const char *dialect = dialects[data[0] % (sizeof dialects / sizeof *dialects)];
	bv_diagnostics *d = bv_diagnostics_new();
	if (!d) abort();
	bv_tree **trees = NULL;
	size_t n = 0;
	bv_status s = bv_parse((const char *)data + 1, size - 1, dialect, "input.sql", &trees, &n, d);
	if (s == BV_OK ? bv_diagnostics_errors(d) > 0 : bv_diagnostics_errors(d) == 0) abort();
	for (size_t i = 0; s == BV_OK && i < n; i++) {
		char *payload = bv_tree_payload(trees[i]);
		if (!payload) continue;
		bv_tree *back = NULL;
		if (bv_tree_from_payload(payload, strlen(payload), &back, d) != BV_OK) abort();
		char *again = bv_tree_payload(back);
		if (!again || strcmp(payload, again) != 0) abort();
		bv_text_free(bv_tree_sql(trees[i], dialect, true, d));
		bv_text_free(again);
		bv_text_free(payload);
		bv_tree_free(back);
	}
	if (s == BV_OK) bv_trees_free(trees, n);
	char *text = bv_diagnostics_text(d, false);
	if (!text) abort();
	bv_text_free(text);
	bv_diagnostics_free(d);
	return 0;
}
