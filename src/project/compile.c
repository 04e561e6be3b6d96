/* One tree through the lane. In: a view of the session, or a tree of the caller's. Out: its artifact, under the output names of its column
 * list, and for a materialised view its contract. Which views are compiled before it is order.c's. */
#include <stdlib.h>

#include "project/project.h"

/* ---- the lane's view of a session ---- */

static bv_lookup lane_table(void *ctx, bv_arena *a, const bv_path *path, bv_table_info *out, bv_diagnostics *d, bv_span span) {
	return bv__session_lookup(ctx, a, path, out, d, span);
}

/* What is wrong with a view that is read is kept with that view, so the lane's diagnostics do not tell that a lookup failed. */
typedef struct view_lookup {
	bv_session *s;
	bool *unready; /* NULL: not in parallel */
	bool failed;
} view_lookup;

static bv_lookup view_table(void *ctx, bv_arena *a, const bv_path *path, bv_table_info *out, bv_diagnostics *d, bv_span span) {
	view_lookup *look = ctx;
	bv_lookup found = look->unready ? bv__session_lookup_ready(look->s, a, path, out, d, span, look->unready) : bv__session_lookup(look->s, a, path, out, d, span);
	look->failed |= found == BV_LOOKUP_FAILED;
	return found;
}

static void list_names(const bv_session *s, bv_arena *a, bv_str **names, uint32_t *n) {
	bv_str *v = BV_NEWN(a, bv_str, s->views.n + s->datasets.n + 1);
	uint32_t count = 0;
	for (uint32_t i = 0; v && i < s->views.n; i++) {
		v[count++] = s->views.v[i]->name;
	}
	for (uint32_t i = 0; v && i < s->datasets.n; i++) {
		v[count++] = s->datasets.v[i]->name;
	}
	*names = v;
	*n = count;
}

static void lane_candidates(void *ctx, bv_arena *a, bv_str **names, uint32_t *n) {
	list_names(ctx, a, names, n);
}

static void view_candidates(void *ctx, bv_arena *a, bv_str **names, uint32_t *n) {
	list_names(((const view_lookup *)ctx)->s, a, names, n);
}

bv_lane_context bv__session_lane(bv_session *s, const bv_dialect *dialect) {
	return (bv_lane_context){.dialect = dialect, .functions = s->functions, .policy = s->project.policy, .variables = s->project.variables_json, .table = lane_table, .candidates = lane_candidates, .ctx = s};
}

bv_str bv__session_nearest(const bv_session *s, bv_arena *a, bv_str text) {
	bv_str *names = NULL;
	uint32_t n = 0;
	bv_path path;
	list_names(s, a, &names, &n);
	return names ? bv__did_you_mean(bv__exact_path(a, text, &path) ? bv__full_name(a, &path) : text, names, n) : BV_STR("");
}

bool bv__compile_root(const bv_lane_context *cx, const bv_node *root, bv_view_artifact **out, bv_diagnostics *d) {
	if (root->kind == BV_QUERY) {
		return bv__lane_run(cx, root, out, d);
	}
	if (root->kind != BV_CREATE_VIEW) {
		bv__diag(d, BV_E_STATEMENT, root->span, "only a query or a view definition goes through the lane");
		return false;
	}
	const bv_ast_create_view *c = BV_AS(create_view, root);
	bv_arena *a = bv__arena_new();
	bv_names names = {a ? BV_NEWN(a, bv_str, c->columns.n + 1) : NULL, c->columns.n, 0};
	if (!names.v) {
		bv__arena_free(a);
		(void)bv__nomem(d);
		return false;
	}
	for (uint32_t i = 0; i < names.n; i++) {
		names.v[i] = BV_AS(view_column, c->columns.v[i])->name;
	}
	bv_lane_context named = *cx;
	named.output_names = names.n ? &names : NULL;
	bool ok = bv__lane_run(&named, c->query, out, d);
	bv__arena_free(a);
	return ok;
}

bool bv__session_compile_tree(bv_session *s, const bv_tree *tree, const char *policy, bv_view_artifact **out, bv_diagnostics *d) {
	bv_diagnostics *local = bv__diag_tree(tree);
	bv_arena *scratch = bv__arena_new();
	if (!local || !scratch) {
		bv_diagnostics_free(local);
		bv__arena_free(scratch);
		(void)bv__nomem(d);
		return false;
	}
	pthread_mutex_lock(&s->lock);
	bv_lane_context cx = bv__session_lane(s, tree->dialect);
	const bv_node *root = tree->root->kind == BV_CREATE_VIEW ? BV_AS(create_view, tree->root)->query : tree->root;
	bool ok = bv__policy_read(scratch, policy, &cx.policy, &cx.variables, local) && bv__compile_root(&cx, root, out, local);
	pthread_mutex_unlock(&s->lock);
	bv__arena_free(scratch);
	bv__diag_forward(local, d);
	return ok;
}

/* ---- storage ---- */

/* What says how a view is stored and described, and nothing of what it is: comments, partitioning, properties. */
void bv__view_storage(bv_view *v) {
	bv_buf b = BV_BUF_INIT;
	bv_json j = bv__json(&b);
	bv__json_open(&j, '{');
	bv__json_key(&j, "comment");
	bv__json_str(&j, v->comment);
	bv__json_key(&j, "column_comments");
	bv__json_open(&j, '{');
	for (uint32_t i = 0; i < v->columns.n; i++) {
		if (v->column_comments[i].n) {
			bv__json_key_str(&j, v->columns.v[i]);
			bv__json_str(&j, v->column_comments[i]);
		}
	}
	bv__json_close(&j, '}');
	bv__json_key(&j, "partition_by");
	bv__json_open(&j, '[');
	for (uint32_t i = 0; i < v->partition_by.n; i++) {
		bv__json_str(&j, v->partition_by.v[i]);
	}
	bv__json_close(&j, ']');
	bv__json_key(&j, "properties");
	bv__json_open(&j, '{');
	for (uint32_t i = 0; i < v->nproperties; i++) {
		bv__json_key_str(&j, v->properties[2 * i]);
		bv__json_str(&j, v->properties[2 * i + 1]);
	}
	bv__json_close(&j, '}');
	bv__json_close(&j, '}');
	bv__sha256_hex(b.p, b.n, v->storage_hash);
	bv__buf_free(&b);
}

static bool check_partitions(const bv_view *v, bv_diagnostics *d) {
	const bv_schema_t *s = &v->artifact->schema;
	bool ok = true;
	for (uint32_t i = 0; i < v->partition_by.n; i++) {
		bv_str name = v->partition_by.v[i];
		const bv_field *f = NULL;
		for (uint32_t k = 0; k < s->n; k++) {
			f = bv__str_eq(s->v[k].name, name) ? &s->v[k] : f;
		}
		if (!f) {
			bv_diagnostic *e = bv__diag(d, BV_E_PARTITION_COLUMN, v->span, "partition_by names " BV_STR_FMT ", which is no column of " BV_STR_FMT, BV_STR_ARG(name), BV_STR_ARG(v->name));
			bv_str *names = BV_NEWN(d->arena, bv_str, s->n + 1);
			for (uint32_t k = 0; names && k < s->n; k++) {
				names[k] = s->v[k].name;
			}
			bv_str near = names ? bv__did_you_mean(name, names, s->n) : BV_STR("");
			if (near.n) {
				bv__diag_hint(d, e, "did you mean " BV_STR_FMT "?", BV_STR_ARG(near));
			}
			ok = false;
		} else if (f->type && f->type->nchildren && f->type->id != BV_T_DICTIONARY) {
			bv__diag(d, BV_E_PARTITION_COLUMN, v->span, "column " BV_STR_FMT " is nested: a table cannot be partitioned by it", BV_STR_ARG(name));
			ok = false;
		}
	}
	if (ok && s->n && v->partition_by.n == s->n) {
		bv__diag(d, BV_E_PARTITION_COLUMN, v->span, "partition_by names every column; at least one must be left");
		ok = false;
	}
	return ok;
}

void bv__view_warn(const bv_view *v, bv_diagnostics *d) {
	const bv_view_artifact *art = v->artifact;
	if (!v->materialized || art->nvolatile == 0 || v->refresh_always) {
		return;
	}
	bv_buf b = BV_BUF_INIT;
	for (uint32_t i = 0; i < art->nvolatile; i++) {
		bv__buf_printf(&b, "%s" BV_STR_FMT "()", i ? ", " : "", BV_STR_ARG(art->volatile_functions[i]));
	}
	bv_diagnostic *w = bv__warn(d, BV_E_VOLATILE, v->span, "view " BV_STR_FMT " is materialised and calls %s: evaluated when it is refreshed", BV_STR_ARG(v->name), b.p);
	bv__diag_hint(d, w, "WITH (refresh = 'always') rebuilds it on every run");
	bv__buf_free(&b);
}

bool bv__view_graph(bv_view *v) {
	const bv_view_artifact *art = v->artifact;
	v->graph = (bv_graph_input){.name = v->name, .kind = v->materialized ? BV_GRAPH_MATERIALIZED : BV_GRAPH_VIEW, .file = v->file, .tags = v->tags, .ntags = v->ntags,
		.span = v->span};
	if (art) {
		v->graph.reads = BV_NEWN(v->arena, bv_str, art->ninputs + 1);
		for (uint32_t i = 0; v->graph.reads && i < art->ninputs; i++) {
			v->graph.reads[i] = bv__full_name(v->arena, &art->inputs[i].path);
		}
		v->graph.nreads = v->graph.reads ? art->ninputs : 0;
	}
	return !bv__arena_failed(v->arena);
}

/* ---- one view ---- */

bool bv__view_lane(bv_session *s, bv_view *v, bool *unready, bv_diagnostics *d) {
	if (!bv__view_parse(s, v, d)) {
		return false;
	}
	view_lookup look = {s, unready, false};
	bv_lane_context cx = bv__session_lane(s, v->dialect);
	cx.table = view_table;
	cx.candidates = unready ? NULL : view_candidates; /* what fails in parallel is compiled again, to be told in full */
	cx.ctx = &look;
	cx.output_names = v->columns.n ? &v->columns : NULL;
	if (!bv__lane_run(&cx, v->query, &v->artifact, d) || look.failed) {
		return false;
	}
	v->artifact->name = bv__arena_str(v->artifact->arena, v->name);
	return !v->materialized || (check_partitions(v, d) & bv__contract_derive(v->artifact->arena, v->artifact, &v->contract, v->span, d));
}
