/* A text becomes trees by the policy's template mode. In: the text, its dialect, the mode and the variables. Out: its statements, whose spans point into the
 * text as it was given, whatever was made of it on the way. */
#include "project/project.h"

/* The engine's renderer as ingress calls it. */
static bool render(void *ctx, bv_arena *a, bv_str text, bv_str variables, bv_rendering *out) {
	const bv_session *s = ctx;
	bv_engine_text made = {0};
	bv_engine_error err = {0};
	bool ok = s->api->render(s->engine, text.p, variables.p, &made, &err) == 0;
	if (ok) {
		out->answer = bv__arena_str(a, (bv_str){made.p, (uint32_t)made.n});
		s->api->text_free(&made);
	} else {
		out->why = bv__arena_strz(a, err.message ? err.message : "the engine gives no reason");
		out->line = err.element > 0 && err.element < UINT32_MAX ? (uint32_t)err.element : 0;
		out->missing = strncmp(err.cls, "not_found", sizeof err.cls) == 0;
		s->api->error_free(&err);
	}
	return ok;
}

bv_templates bv__session_templates(bv_session *s) {
	return (bv_templates){.mode = s->project.policy.templates, .variables = s->project.variables_json, .render = s->api ? render : NULL, .ctx = s};
}

/* The dialect that the rendered text names, said of the text that was written. */
static bool own_dialect(const bv_origin *o, const bv_dialect **dialect, bv_diagnostics *d) {
	uint32_t from = d->items.n;
	bool ok = bv__text_dialect(o->text, o->file, dialect, d);
	for (uint32_t i = from; i < d->items.n; i++) {
		d->items.v[i].span = bv__origin_span(o, d->items.v[i].span.start, d->items.v[i].span.end);
	}
	return ok;
}

bool bv__text_parse(bv_arena *a, bv_str text, uint32_t file, bool head, const bv_dialect **dialect, const bv_templates *how, bv_list *statements, bv_diagnostics *d) {
	bool placeholders = bv__str_is(how->mode, "placeholders");
	if (bv__str_is(how->mode, "render")) {
		bv_origin o;
		if (!bv__ingress_render(a, text, file, how, &o, d) || (head && !own_dialect(&o, dialect, d)) || !bv__ingress_fill(a, &o, *dialect, how, d)) {
			return false;
		}
		bv_reading made = {.origin = o.pieces.n ? &o : NULL};
		return bv__sql_parse_made(a, o.text, file, *dialect, &made, statements, d);
	}
	bv_reading reading = {.placeholders = placeholders};
	return (!head || bv__text_dialect(text, file, dialect, d)) && (placeholders || bv__ingress_refuse(text, file, *dialect, d)) &&
		bv__sql_parse_made(a, text, file, *dialect, &reading, statements, d);
}
