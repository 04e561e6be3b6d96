/* format_fuzz: the first byte picks the dialect, the rest is SQL. Either it is refused with a diagnostic that is none of our own defects, or it is
 * formatted, what came out is its own format, and it holds the same trees. */
#include "belvedere/belvedere.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void same_trees(const char *a, size_t n, const char *b, const char *dialect, bv_diagnostics *d)
{
	bv_tree **x = NULL, **y = NULL;
	size_t nx = 0, ny = 0;
	if (bv_parse(a, n, dialect, NULL, &x, &nx, d) != BV_OK || bv_parse(b, strlen(b), dialect, NULL, &y, &ny, d) != BV_OK || nx != ny)
		abort();
	for (size_t i = 0; i < nx; i++) {
		char *p = bv_tree_payload(x[i]), *q = bv_tree_payload(y[i]);
		if (!p || !q || strcmp(p, q) != 0)
			abort();
		bv_text_free(p);
		bv_text_free(q);
	}
	bv_trees_free(x, nx);
	bv_trees_free(y, ny);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const dialects[] = {"datafusion", "postgres", "duckdb", "spark", "generic"};
	if (size == 0)
		return 0;
	const char *dialect = dialects[data[0] % (sizeof dialects / sizeof *dialects)], *text = (const char *)data + 1;
	bv_diagnostics *d = bv_diagnostics_new();
	char *once = NULL, *twice = NULL;
	if (!d)
		abort();
	if (bv_format(NULL, text, size - 1, dialect, "input.sql", &once, d) == BV_OK) {
		if (bv_format(NULL, once, strlen(once), dialect, NULL, &twice, d) != BV_OK || strcmp(once, twice) != 0)
			abort();
		/* A text that names its own dialect is read in that one. */
		if (!strstr(once, "dialect"))
			same_trees(text, size - 1, once, dialect, d);
	} else {
		char *list = bv_diagnostics_json(d, "error");
		if (!list || strcmp(list, "[]") == 0 || strstr(list, "\"code\":\"BV9001\""))
			abort();
		bv_text_free(list);
	}
	bv_text_free(once);
	bv_text_free(twice);
	bv_diagnostics_free(d);
	return 0;
}
