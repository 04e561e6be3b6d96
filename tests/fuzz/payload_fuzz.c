/* payload_fuzz: bytes as a payload. Either they are refused with a diagnostic, or the tree is written, read and written to the same bytes. */
#include "ast/ast.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
	bv_arena *a = bv__arena_new();
	bv_diagnostics *d = bv_diagnostics_new();
	if (!a || !d) abort();
	bv_str json = bv__strn((const char *)data, size);
	uint32_t file = bv__diag_source(d, BV_STR("input"), json);
	bv_node *tree = bv__payload_read(a, json, file, d);
	if ((tree == NULL) != (bv_diagnostics_errors(d) > 0)) abort();
	bv_buf b = BV_BUF_INIT, again = BV_BUF_INIT;
	if (tree) {
		bv__payload_write(tree, &b, NULL);
		bv_node *back = bv__payload_read(a, bv__buf_view(&b), 0, d);
		if (!back || !bv__tree_equal(tree, back) || bv_diagnostics_count(d)) abort();
		bv__payload_write(back, &again, NULL);
		if (!bv__str_eq(bv__buf_view(&b), bv__buf_view(&again))) abort();
		bv__tree_print(tree, true, &again);
	}
	char *text = bv_diagnostics_text(d, true), *list = bv_diagnostics_json(d, NULL);
	if (!text || !list || bv__utf8_invalid(text, strlen(text)) != strlen(text)) abort();
	bv_text_free(text);
	bv_text_free(list);
	bv__buf_free(&b);
	bv__buf_free(&again);
	bv_diagnostics_free(d);
	bv__arena_free(a);
	return 0;
}
