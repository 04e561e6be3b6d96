/* load. */
#include "refresh/refresh.h"

bv_status bv_load(bv_session *s, const char *request_json, char **json, bv_diagnostics *d) {
	(void)s; (void)request_json; (void)json;
	bv__diag(d, BV_E_NOT_SUPPORTED, BV_NO_SPAN, "load");
	return BV_FAILED;
}
