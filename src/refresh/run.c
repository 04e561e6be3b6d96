/* run. */
#include "refresh/refresh.h"

bv_status bv_project_run(bv_session *s, const bv_run_options *options, char **json, bv_diagnostics *d) {
	(void)s; (void)options; (void)json;
	bv__diag(d, BV_E_NOT_SUPPORTED, BV_NO_SPAN, "run");
	return BV_FAILED;
}
