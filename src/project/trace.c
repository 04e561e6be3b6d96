/* What the lane does to a tree. In: the lane's calls at each rewrite and after each stage. Out: the same as data and as JSON. */
#include "project/project.h"

static bv_str sql_of(bv_arena *a, const bv_node *n, bool pretty) {
	bv_buf b = BV_BUF_INIT;
	bv_diagnostics *quiet = bv_diagnostics_new();
	bv_str out = {NULL, 0};
	if (quiet && bv__sql_generate(n, bv__datafusion, pretty, &b, quiet)) {
		out = bv__arena_str(a, bv__buf_view(&b));
	}
	if (!quiet || quiet->oom || b.failed) {
		bv__arena_fail(a);
	}
	bv_diagnostics_free(quiet);
	bv__buf_free(&b);
	return out;
}

static void on_rule(void *ctx, bv_rule rule, bv_span span, const bv_node *after) {
	bv_trace *t = ctx;
	bv_str text = after ? sql_of(t->a, after, false) : (bv_str){NULL, 0};
	(void)BV_PUSH(t->a, &t->now.events, ((bv_trace_event){rule, span, after && !text.p ? BV_STR("…") : text})); /* what DataFusion has no words for yet */
}

static void on_stage(void *ctx, const char *stage, const bv_node *tree) {
	bv_trace *t = ctx;
	t->now.name = stage;
	bv__fingerprint(tree, t->now.fingerprint);
	t->now.changed = strcmp(t->now.fingerprint, t->before) != 0;
	memcpy(t->before, t->now.fingerprint, sizeof t->before);
	if (t->texts) {
		bv_buf b = BV_BUF_INIT;
		bv__tree_print_typed(tree, bv__type_text, &b);
		t->now.tree = bv__arena_str(t->a, bv__buf_view(&b));
		if (b.failed) {
			bv__arena_fail(t->a);
		}
		bv__buf_free(&b);
		t->now.sql = sql_of(t->a, tree, true);
	}
	(void)BV_PUSH(t->a, &t->stages, t->now);
	t->now = (bv_trace_stage){0};
}

void bv__trace_into(bv_lane_context *cx, bv_trace *t, const bv_node *query) {
	bv__fingerprint(query, t->before);
	cx->trace = on_stage;
	cx->rule = on_rule;
	cx->trace_ctx = t;
}

void bv__trace_event_json(const bv_trace_event *e, bv_str text, bv_json *j) {
	bool known = e->span.end > e->span.start && e->span.end <= text.n;
	uint32_t at[4] = {0};
	if (known) {
		bv__source_position(text, e->span.start, &at[0], &at[1]);
		bv__source_position(text, e->span.end, &at[2], &at[3]);
	}
	static const char *const keys[] = {"line", "column", "end_line", "end_column"};
	bv__json_key(j, "rule");
	bv__json_z(j, bv__rules[e->rule].name);
	bv__json_key(j, "why");
	bv__json_z(j, bv__rules[e->rule].why);
	for (unsigned i = 0; i < 4; i++) {
		bv__json_key(j, keys[i]);
		if (known) {
			bv__json_int(j, at[i]);
		} else {
			bv__json_null(j);
		}
	}
	bv__json_key(j, "before");
	if (known) {
		bv__json_str(j, (bv_str){text.p + e->span.start, e->span.end - e->span.start});
	} else {
		bv__json_null(j);
	}
	bv__json_key(j, "after");
	if (e->after.p) {
		bv__json_str(j, e->after);
	} else {
		bv__json_null(j);
	}
}

void bv__trace_json(const bv_trace *t, bv_str text, bv_json *j) {
	bv__json_open(j, '[');
	for (uint32_t i = 0; i < t->stages.n; i++) {
		const bv_trace_stage *s = &t->stages.v[i];
		bv__json_open(j, '{');
		bv__json_key(j, "stage");
		bv__json_z(j, s->name);
		bv__json_key(j, "changed");
		bv__json_bool(j, s->changed);
		bv__json_key(j, "rules");
		bv__json_open(j, '[');
		for (uint32_t k = 0; k < s->events.n; k++) {
			bv__json_open(j, '{');
			bv__trace_event_json(&s->events.v[k], text, j);
			bv__json_close(j, '}');
		}
		bv__json_close(j, ']');
		bv__json_key(j, "tree");
		bv__json_str(j, s->tree);
		bv__json_key(j, "sql");
		if (s->sql.p) {
			bv__json_str(j, s->sql);
		} else {
			bv__json_null(j);
		}
		bv__json_close(j, '}');
	}
	bv__json_close(j, ']');
}
