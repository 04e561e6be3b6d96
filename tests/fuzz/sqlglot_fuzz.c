/* sqlglot_fuzz: bytes as the list of sqlglot.serde.dump. Either they are refused with a diagnostic, or the tree is one that the payload reader takes: each kind
 * where it may stand, nothing missing. */
#include "ingress/ingress.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
	bv_arena *a = bv__arena_new();
	bv_diagnostics *d = bv_diagnostics_new();
	if (!a || !d) abort();
	bv_str json = bv__strn((const char *)data, size);
	uint32_t file = bv__diag_source(d, BV_STR("input"), json);
	bv_node *tree = bv__sqlglot_read(a, json, file, d);
	if ((tree == NULL) != (bv_diagnostics_errors(d) > 0)) abort();
	bv_buf b = BV_BUF_INIT, sql = BV_BUF_INIT;
	if (tree) {
		bv__payload_write(tree, &b, NULL);
		bv_node *back = bv__payload_read(a, bv__buf_view(&b), 0, d);
		if (!back || !bv__tree_equal(tree, back) || bv_diagnostics_count(d)) abort();
		if (!bv__sql_generate(tree, bv__datafusion, false, &sql, d) && !bv_diagnostics_errors(d)) abort();
	}
	char *text = bv_diagnostics_text(d, true);
	if (!text || bv__utf8_invalid(text, strlen(text)) != strlen(text)) abort();
	bv_text_free(text);
	bv__buf_free(&b);
	bv__buf_free(&sql);
	bv_diagnostics_free(d);
	bv__arena_free(a);
	return 0;
}
