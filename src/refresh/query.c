/* Queries. */
#include "refresh/refresh.h"

bv_status bv_query(bv_session *s, const bv_tree *tree, const bv_query_options *options, struct ArrowArrayStream *out, bv_diagnostics *d) {
	(void)s; (void)tree; (void)options; (void)out;
	bv__diag(d, BV_E_NOT_SUPPORTED, BV_NO_SPAN, "queries");
	return BV_FAILED;
}
bv_status bv_query_view(bv_session *s, const char *name, const bv_query_options *options, struct ArrowArrayStream *out, bv_diagnostics *d) {
	(void)s; (void)name; (void)options; (void)out;
	bv__diag(d, BV_E_NOT_SUPPORTED, BV_NO_SPAN, "queries");
	return BV_FAILED;
}
bv_status bv_query_baseline(bv_session *s, const char *sql, struct ArrowArrayStream *out, bv_diagnostics *d) {
	(void)s; (void)sql; (void)out;
	bv__diag(d, BV_E_NOT_SUPPORTED, BV_NO_SPAN, "queries");
	return BV_FAILED;
}
