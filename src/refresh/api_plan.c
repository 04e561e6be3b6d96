/* The public calls that look and do not write: plan and graph. Each answers with JSON, also where some views are invalid. */
#include "refresh/refresh.h"

bv_status bv_project_plan(bv_session *s, const bv_run_options *options, char **json, bv_diagnostics *d) {
	bv_run_options o = BV_RUN_OPTIONS_INIT;
	if (!s || !d || (options && options->size < sizeof(size_t))) {
		return BV_MISUSE;
	}
	if (options) {
		memcpy(&o, options, options->size < sizeof o ? options->size : sizeof o);
	}
	bv_arena *a = bv__arena_new();
	if (!a) {
		return bv__nomem(d);
	}
	uint32_t errors = d->errors;
	bv_plan plan;
	bv_buf b = BV_BUF_INIT;
	bool ok = bv__plan_make(s, &o, a, &plan, d);
	if (ok) {
		bv__plan_json(&plan, &b);
	}
	bv__arena_free(a);
	if (!ok) {
		bv__buf_free(&b);
		return d->oom ? BV_NOMEM : s->cancel.flag ? BV_CANCELLED : BV_FAILED;
	}
	return bv__give_json(&b, json, d->errors == errors, d);
}

bv_status bv_project_graph(bv_session *s, const bv_selection *selection, char **json, bv_diagnostics *d) {
	static const bv_selection everything;
	if (!s || !d) {
		return BV_MISUSE;
	}
	selection = selection ? selection : &everything;
	bv_arena *a = bv__arena_new();
	if (!a) {
		return bv__nomem(d);
	}
	bv_graph graph = {0};
	bool valid = bv__session_compile_all(s, false, &graph, d), ok = graph.order != NULL;
	bool *chosen = BV_NEWN(a, bool, graph.n + 1);
	bv_str *select = BV_NEWN(a, bv_str, selection->nselect + 1), *exclude = BV_NEWN(a, bv_str, selection->nexclude + 1);
	if (bv__arena_failed(a)) {
		bv__arena_free(a);
		return bv__nomem(d);
	}
	for (size_t i = 0; i < selection->nselect; i++) {
		select[i] = bv__str(selection->select[i]);
	}
	for (size_t i = 0; i < selection->nexclude; i++) {
		exclude[i] = bv__str(selection->exclude[i]);
	}
	bv_buf b = BV_BUF_INIT;
	ok = ok && bv__graph_select(&graph, select, (uint32_t)selection->nselect, exclude, (uint32_t)selection->nexclude, chosen, d);
	ok = ok && bv__graph_print(&graph, chosen, "json", &b);
	bv__arena_free(a);
	if (!ok) {
		bool oom = b.failed || d->oom;
		bv__buf_free(&b);
		return oom ? bv__nomem(d) : BV_FAILED;
	}
	return bv__give_json(&b, json, valid, d);
}
