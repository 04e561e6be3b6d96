/* Queries. In: a tree, or a view's name. Out: its rows as an Arrow stream. Plain views are expanded; a materialised one is read as it was last built, with
 * a warning where it is stale, or is computed from the current files where the caller wants it fresh. Nothing is written. */
#include "refresh/bind.h"

/* ---- the state of what is read ---- */

typedef struct reads {
	BV_VEC(bv_view *) views; /* materialised, each once, in the order in which they are met */
} reads;

/* Materialised views that the tree reads, through plain ones. */
static bool find_reads(bv_session *s, bv_arena *a, const bv_view_artifact *of, reads *out) {
	BV_VEC(const bv_view_artifact *) todo = {0};
	bv_map seen;
	bv__map_init(&seen, a);
	bool ok = BV_PUSH(a, &todo, of);
	for (uint32_t at = 0; ok && at < todo.n; at++) {
		for (uint32_t i = 0; ok && i < todo.v[at]->ninputs; i++) {
			bv_str name = todo.v[at]->inputs[i].name;
			bv_view *v = bv__session_view(s, name);
			if (!v || bv__map_has(&seen, name)) {
				continue;
			}
			ok = bv__map_put(&seen, name, v) && (v->materialized ? BV_PUSH(a, &out->views, v) : !v->artifact || BV_PUSH(a, &todo, v->artifact));
		}
	}
	return ok;
}

static bv_str first_reason(bv_arena *a, const bv_view_plan *p) {
	if (p->reasons.n == 0) {
		return BV_STR("");
	}
	const bv_reason *why = &p->reasons.v[0];
	return why->detail.n ? bv__arena_printf(a, "%s: " BV_STR_FMT, why->code, BV_STR_ARG(why->detail)) : bv__arena_strz(a, why->code);
}

/* A view whose table is read as it is. */
static bool check_built(bv_arena *a, const bv_view_plan *p, bv_diagnostics *d) {
	bv_str name = p->view->name, why = first_reason(a, p);
	if (p->foreign) {
		bv_diagnostic *e = bv__diag(d, BV_E_NOT_BUILT, BV_NO_SPAN, "view " BV_STR_FMT " was never built: " BV_STR_FMT, BV_STR_ARG(name), BV_STR_ARG(p->reasons.v[0].detail));
		bv__diag_hint(d, e, "--fresh computes it without writing");
		return false;
	}
	if (!p->exists && p->action == BV_ACTION_BLOCKED) {
		bv__diag(d, BV_E_DATASET, BV_NO_SPAN, "view " BV_STR_FMT " cannot be read (" BV_STR_FMT ")", BV_STR_ARG(name), BV_STR_ARG(why));
		return false;
	}
	if (!p->exists) {
		bv_diagnostic *e = bv__diag(d, BV_E_NOT_BUILT, BV_NO_SPAN, "view " BV_STR_FMT " was never built", BV_STR_ARG(name));
		bv__diag_hint(d, e, "`belvedere run` builds it; --fresh computes it without writing");
		return false;
	}
	if (p->action != BV_ACTION_SKIP && !p->keeps_data) {
		bv_diagnostic *w = bv__warn(d, BV_E_STALE, BV_NO_SPAN, "view " BV_STR_FMT " is stale and is read as it was last built (" BV_STR_FMT ")", BV_STR_ARG(name), BV_STR_ARG(why));
		bv__diag_hint(d, w, "`belvedere run` refreshes it; --fresh computes it without writing");
	}
	return true;
}

/* Each view that is read must have a table, or be one that can be computed. d: the session's sources. */
static bool check_reads(bv_arena *a, const reads *r, const bv_plan *plan, bool fresh, bv_diagnostics *d) {
	bool ok = true;
	for (uint32_t i = 0; i < r->views.n; i++) {
		const bv_view_plan *p = bv__map_get(&plan->view_by_name, r->views.v[i]->name);
		if (p && !fresh) {
			ok &= check_built(a, p, d);
		} else if (p && p->action == BV_ACTION_BLOCKED) {
			bv_str why = first_reason(a, p);
			bv__diag(d, BV_E_UPSTREAM, BV_NO_SPAN, "view " BV_STR_FMT " cannot be computed (" BV_STR_FMT ")", BV_STR_ARG(p->view->name), BV_STR_ARG(why));
			ok = false;
		}
	}
	return ok;
}

/* Where no plan can be made (a cycle among other views, say), tables can still be read as they are, but nothing can be computed. */
static bool plan_reads(bv_session *s, bv_arena *a, const reads *r, bool fresh, bv_plan *plan, bool *planned, bv_diagnostics *d) {
	bv_diagnostics *quiet = bv_diagnostics_new();
	*planned = quiet && bv__plan_reads(s, r->views.v, r->views.n, a, plan, quiet);
	bool ok = quiet && !quiet->oom && (*planned || (!fresh && !bv__cancelled(s)));
	if (!quiet) {
		(void)bv__nomem(d);
	} else if (!ok) {
		bv__diag_merge(d, quiet);
	}
	bv_diagnostics_free(quiet);
	return ok;
}

/* ---- limit ---- */

/* A count that is written out; -1: it is not, or it is larger than any. */
static int64_t count_of(const bv_node *n) {
	bv_str text = BV_AS(number, n)->text;
	int64_t out = 0;
	for (uint32_t i = 0; i < text.n; i++) {
		if (text.p[i] < '0' || text.p[i] > '9' || out > (INT64_MAX - 9) / 10) {
			return -1;
		}
		out = out * 10 + (text.p[i] - '0');
	}
	return text.n ? out : -1;
}

/* The query under a limit of its own. Its order stays that of its ORDER BY. */
static const bv_node *limited(bv_arena *a, const bv_node *root, int64_t limit, bv_diagnostics *d) {
	const bv_ast_query *own = BV_AS(query, root);
	if (limit < 0) {
		return root;
	}
	int64_t count = own->limit && own->limit->kind == BV_NUMBER ? count_of(own->limit) : -1;
	if (own->limit && count < 0) {
		bv_diagnostic *e = bv__diag(d, BV_E_NOT_SUPPORTED, own->limit->span, "a limit cannot be put on a query whose own LIMIT is an expression");
		bv__diag_hint(d, e, "write the limit into the query");
		return NULL;
	}
	if (own->limit && count <= limit) {
		return root;
	}
	bv_ast_query *q = BV_AS(query, bv__node_copy(a, root));
	bv_node *n = bv__number(a, root->span, limit);
	if (!q || !n) {
		(void)bv__nomem(d);
		return NULL;
	}
	n->type = bv__type(BV_T_INT64);
	q->limit = n;
	return &q->head;
}

/* ---- execution ---- */

static bool start(bv_session *s, bv_arena *a, const bv_view_artifact *art, const bv_query_options *o, struct ArrowArrayStream *out, bv_diagnostics *d) {
	const bv_node *root = limited(a, art->ast, o->limit, d);
	bv_buf payload = BV_BUF_INIT, spans = BV_BUF_INIT;
	bv_str text = art->payload;
	bv_view_artifact located = {.name = art->name, .spans = art->spans, .nspans = art->nspans};
	if (root && root != art->ast) {
		bv__payload_write(root, &payload, &spans);
		text = bv__buf_view(&payload);
		located.spans = (bv_span *)(void *)spans.p;
		located.nspans = (uint32_t)(spans.n / sizeof(bv_span));
	}
	bv_engine_plan *plan = NULL;
	struct ArrowSchema arrow = {0};
	bv_engine_error err = {0};
	bv_schema_t engine = {0};
	bool ok = root && !payload.failed && !spans.failed;
	if (root && !ok) {
		(void)bv__nomem(d);
	}
	int rc = ok ? s->api->plan(s->catalog, text.p, text.n, o->arrow_native ? "{}" : "{\"plain\":true}", &plan, &arrow, &err) : 0;
	if (ok && rc == 0 && art->has_schema) {
		ok = bv__engine_schema(a, &arrow, BV_STR("query"), BV_NO_SPAN, &art->schema, BV_PARITY_ROWS, &engine, d);
	}
	if (ok && rc == 0) {
		rc = s->api->execute(plan, &s->cancel, out, &err);
	}
	if (rc != 0) {
		bv__engine_diag(s, d, &err, plan ? BV_E_EXECUTION : BV_E_ENGINE_PLAN, &located, NULL);
		s->api->error_free(&err);
		ok = false;
	}
	if (arrow.release) {
		arrow.release(&arrow);
	}
	if (plan) {
		s->api->plan_free(plan);
	}
	bv__buf_free(&payload);
	bv__buf_free(&spans);
	return ok;
}

/* session_d: over the session's sources; d: where the artifact's spans point. */
static bool run_artifact(bv_session *s, const bv_view_artifact *art, const bv_query_options *o, struct ArrowArrayStream *out, bv_diagnostics *session_d, bv_diagnostics *d) {
	bv_arena *a = bv__arena_new();
	reads r = {0};
	bv_plan plan;
	bool planned = false;
	bool ok = a && find_reads(s, a, art, &r);
	if (ok && r.views.n) {
		ok = plan_reads(s, a, &r, o->fresh, &plan, &planned, d) && (!planned || check_reads(a, &r, &plan, o->fresh, session_d));
	} else if (!ok) {
		(void)bv__nomem(d);
	}
	if (ok) {
		bv_binder b;
		bv__binder_init(&b, s, s->catalog, a, planned ? &plan : NULL);
		b.fresh = o->fresh;
		ok = bv__bind_inputs(&b, art, session_d) && start(s, a, art, o, out, d);
	}
	bv__arena_free(a);
	return ok;
}

static bool options_of(const bv_query_options *options, bv_query_options *o) {
	*o = (bv_query_options)BV_QUERY_OPTIONS_INIT;
	if (options && options->size < sizeof(size_t)) {
		return false;
	}
	if (options) {
		memcpy(o, options, options->size < sizeof *o ? options->size : sizeof *o);
	}
	return true;
}

static bv_status status_of(const bv_session *s, const bv_diagnostics *d, bool ok) {
	return ok ? BV_OK : d->oom ? BV_NOMEM : bv__cancelled(s) ? BV_CANCELLED : BV_FAILED;
}

bv_status bv_query(bv_session *s, const bv_tree *tree, const bv_query_options *options, struct ArrowArrayStream *out, bv_diagnostics *d) {
	bv_query_options o;
	if (!s || !tree || !out || !d || !options_of(options, &o)) {
		return BV_MISUSE;
	}
	if (!bv__engine_there(s, "a query needs an engine to run it", d)) {
		return BV_FAILED;
	}
	bv_tree read = *tree;
	if (o.dialect) {
		read.dialect = bv__dialect(bv__str(o.dialect));
		if (!read.dialect) {
			bv__diag(d, BV_E_DIALECT, BV_NO_SPAN, "unknown dialect \"%s\"", o.dialect);
			return BV_FAILED;
		}
	}
	pthread_mutex_lock(&s->lock);
	bv_view_artifact *art = NULL;
	bool ok = bv__session_compile_tree(s, &read, o.policy, &art, d);
	bv_diagnostics *local = ok ? bv__diag_tree(&read) : NULL, *session_d = ok ? bv__diag_session(s) : NULL;
	if (local && session_d) {
		ok = run_artifact(s, art, &o, out, session_d, local);
	} else if (ok) {
		(void)bv__nomem(d);
		ok = false;
	}
	if (session_d) {
		bv__diag_forward(session_d, d);
	}
	if (local) {
		bv__diag_forward(local, d);
	}
	bv__artifact_free(art);
	pthread_mutex_unlock(&s->lock);
	return status_of(s, d, ok);
}

/* ---- a view by its name ---- */

static void unknown_view(bv_session *s, bv_arena *a, bv_str name, bv_diagnostics *d) {
	if (bv__session_unsaid(s, d)) {
		return; /* the name may be one of a file that cannot be read */
	}
	bv_diagnostic *e = bv__diag(d, BV_E_TABLE_UNKNOWN, BV_NO_SPAN, "no view is named " BV_STR_FMT, BV_STR_ARG(name));
	bv_str *names = BV_NEWN(a, bv_str, s->views.n + 1);
	for (uint32_t i = 0; names && i < s->views.n; i++) {
		names[i] = s->views.v[i]->name;
	}
	bv_str near = names ? bv__did_you_mean(name, names, s->views.n) : BV_STR("");
	if (near.n) {
		bv__diag_hint(d, e, "did you mean " BV_STR_FMT "?", BV_STR_ARG(near));
	}
}

/* SELECT its columns FROM it: what a query that names the view compiles to. */
static bv_tree *select_all(bv_session *s, bv_arena *a, bv_str text, bv_diagnostics *d) {
	bv_path path;
	bv_str name = text;
	bv__session_load_views(s, d);
	if (bv__exact_path(a, text, &path)) {
		bv_path full = bv__full_path(a, &path);
		name = bv__full_name(a, &full);
	}
	bv_view *v = bv__session_view(s, name);
	if (!v) {
		unknown_view(s, a, name, d);
		return NULL;
	}
	if (!bv__session_compile(s, v, d)) {
		return NULL;
	}
	const bv_schema_t *schema = v->materialized ? &v->contract.scanned : &v->artifact->schema;
	bv_expr **exprs = BV_NEWN(a, bv_expr *, schema->n + 1);
	const char **names = BV_NEWN(a, const char *, schema->n + 1);
	bv_builder *b = bv_builder_new();
	bv_rel *rel = b ? bv_rel_table(b, v->name.p, "v") : NULL;
	bv_tree *tree = NULL;
	for (uint32_t i = 0; b && exprs && names && i < schema->n; i++) {
		names[i] = bv__arena_str(a, schema->v[i].name).p;
		exprs[i] = bv_expr_column(b, "v", names[i]);
	}
	if (!b || bv__arena_failed(a)) {
		(void)bv__nomem(d);
	} else if (bv_builder_finish(b, bv_rel_project(b, rel, exprs, names, schema->n), &tree, d) != BV_OK) {
		tree = NULL;
	}
	bv_builder_free(b);
	return tree;
}

bv_status bv_query_view(bv_session *s, const char *name, const bv_query_options *options, struct ArrowArrayStream *out, bv_diagnostics *d) {
	bv_query_options o;
	if (!s || !name || !out || !d || !options_of(options, &o)) {
		return BV_MISUSE;
	}
	if (!bv__engine_there(s, "a query needs an engine to run it", d)) {
		return BV_FAILED;
	}
	o.dialect = NULL;
	bv_arena *a = bv__arena_new();
	if (!a) {
		return bv__nomem(d);
	}
	pthread_mutex_lock(&s->lock);
	bv_tree *tree = select_all(s, a, bv__str(name), d);
	bv_status st = tree ? bv_query(s, tree, &o, out, d) : status_of(s, d, false);
	bv_tree_free(tree);
	pthread_mutex_unlock(&s->lock);
	bv__arena_free(a);
	return st;
}

/* ---- the bare engine ---- */

bv_status bv_query_baseline(bv_session *s, const char *sql, struct ArrowArrayStream *out, bv_diagnostics *d) {
	if (!s || !sql || !out || !d) {
		return BV_MISUSE;
	}
	if (!bv__engine_there(s, "a query needs an engine to run it", d)) {
		return BV_FAILED;
	}
	if (!s->api->baseline) {
		bv_diagnostic *e = bv__diag(d, BV_E_NOT_SUPPORTED, BV_NO_SPAN, "this engine does not run SQL text by itself");
		bv__diag_hint(d, e, "`make baseline` builds the library that does; BELVEDERE_ENGINE names it");
		return BV_FAILED;
	}
	bv_engine_error err = {0};
	pthread_mutex_lock(&s->lock);
	bool ok = s->api->baseline(s->catalog, sql, &s->cancel, out, &err) == 0;
	if (!ok) {
		bv__engine_diag(s, d, &err, BV_E_EXECUTION, NULL, NULL);
		s->api->error_free(&err);
	}
	pthread_mutex_unlock(&s->lock);
	return status_of(s, d, ok);
}
