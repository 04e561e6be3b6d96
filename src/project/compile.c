/* One tree through the lane. In: a view of the session, or a tree of the caller's. Out: its artifact, under the output names of its column
 * list, and for a materialised view its contract. Which views are compiled before it is order.c's. */
#include <stdlib.h>

#include "project/project.h"

/* ---- the lane's view of a session ---- */

static bv_lookup lane_table(void *ctx, bv_arena *a, const bv_path *path, bv_table_info *out, bv_diagnostics *d, bv_span span) {
	return bv__session_lookup(ctx, a, path, out, d, span);
}

typedef struct lookup_ctx {
	bv_session *s;
	bool *unready;
} lookup_ctx;

static bv_lookup lane_table_ready(void *ctx, bv_arena *a, const bv_path *path, bv_table_info *out, bv_diagnostics *d, bv_span span) {
	const lookup_ctx *look = ctx;
	return bv__session_lookup_ready(look->s, a, path, out, d, span, look->unready);
}

static void lane_candidates(void *ctx, bv_arena *a, bv_str **names, uint32_t *n) {
	const bv_session *s = ctx;
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

bv_lane_context bv__session_lane(bv_session *s, const bv_dialect *dialect) {
	return (bv_lane_context){.dialect = dialect, .functions = s->functions, .policy = s->project.policy, .table = lane_table, .candidates = lane_candidates, .ctx = s};
}

/* ---- output names from a column list ---- */

/* The SELECT whose projections name the columns of a governed query; NULL for VALUES. */
static const bv_ast_select *naming_select(const bv_node *n) {
	for (unsigned depth = 0; depth < BV_DEPTH_MAX; depth++) {
		if (n->kind == BV_QUERY) {
			n = BV_AS(query, n)->body;
		} else if (n->kind == BV_SET_OPERATION) {
			n = BV_AS(set_operation, n)->left;
		} else {
			break;
		}
	}
	return n->kind == BV_SELECT ? BV_AS(select, n) : NULL;
}

typedef struct renaming {
	const bv_ast_select *select;
	const bv_str *names;
} renaming;

static bv_node *rename_key(bv_arena *a, bv_node *n, void *ctx) {
	const renaming *r = ctx;
	if (n->kind != BV_COLUMN || BV_AS(column, n)->path.n != 1) {
		return n;
	}
	for (uint32_t i = 0; i < r->select->projections.n; i++) {
		if (bv__str_eq(BV_AS(alias, r->select->projections.v[i])->name, BV_AS(column, n)->path.v[0])) {
			bv_ast_column *c = BV_AS(column, bv__node_copy(a, n));
			if (c) {
				c->path = bv__path_of(a, &r->names[i], 1);
			}
			return c ? &c->head : n;
		}
	}
	return n;
}

/* Copies the way down to the naming SELECT; ORDER BY on that way refers to output names, so it follows. */
static bv_node *rename_down(bv_arena *a, const bv_node *n, renaming *r) {
	bv_node *copy = bv__node_copy(a, n);
	if (!copy) {
		return NULL;
	}
	if (n->kind == BV_QUERY) {
		bv_ast_query *q = BV_AS(query, copy);
		q->body = rename_down(a, q->body, r);
		q->order_by = bv__list_of(a, q->order_by.v, q->order_by.n);
		for (uint32_t i = 0; i < q->order_by.n; i++) {
			q->order_by.v[i] = bv__map_tree(a, q->order_by.v[i], NULL, rename_key, r);
		}
	} else if (n->kind == BV_SET_OPERATION) {
		BV_AS(set_operation, copy)->left = rename_down(a, BV_AS(set_operation, copy)->left, r);
	} else {
		bv_ast_select *s = BV_AS(select, copy);
		s->projections = bv__list_of(a, s->projections.v, s->projections.n);
		for (uint32_t i = 0; i < s->projections.n; i++) {
			bv_ast_alias *alias = BV_AS(alias, bv__node_copy(a, s->projections.v[i]));
			if (!alias) {
				return NULL;
			}
			alias->name = r->names[i];
			s->projections.v[i] = &alias->head;
		}
	}
	return copy;
}

/* SELECT q.column1 AS a, … FROM (query) AS q: for a query that names its columns nowhere. */
static bv_node *rename_around(bv_arena *a, const bv_node *query, const bv_schema_t *schema, const bv_str *names) {
	bv_ast_query *outer = BV_MAKE(a, QUERY, query, query->span);
	bv_ast_select *select = BV_MAKE(a, SELECT, select, query->span);
	bv_ast_derived *derived = BV_MAKE(a, DERIVED, derived, query->span);
	bv_node_vec items = {0};
	bool ok = outer && select && derived;
	for (uint32_t i = 0; ok && i < schema->n; i++) {
		ok = BV_PUSH(a, &items, bv__alias(a, bv__column(a, query->span, BV_STR("q"), schema->v[i].name), names[i]));
	}
	if (!ok) {
		return NULL;
	}
	derived->query = (bv_node *)(uintptr_t)query;
	derived->alias = BV_STR("q");
	bv_node *from = &derived->head;
	select->projections = bv__list_done(items);
	select->from = bv__list_of(a, &from, 1);
	outer->body = &select->head;
	return &outer->head;
}

/* Runs the lane over `query`; where output names are given, the governed tree takes them and goes through the lane again, so that a view with
 * a column list has the fingerprint of the same query with AS. */
static bool compile_named(const bv_lane_context *cx, const bv_node *query, const bv_names *names, bv_span list, bv_view_artifact **out, bv_view_artifact **draft,
	bv_diagnostics *d) {
	bv_view_artifact *first = NULL, *second = NULL;
	if (!bv__lane_run(cx, query, &first, d)) {
		return false;
	}
	*draft = NULL;
	if (names->n == 0 || !first->has_lineage) {
		*out = first;
		return true;
	}
	const bv_ast_select *select = naming_select(first->ast);
	uint32_t n = select ? select->projections.n : first->schema.n;
	if (!select && !first->has_schema) {
		*out = first;
		return true;
	}
	if (n != names->n) {
		bv__diag(d, BV_E_VIEW_COLUMNS, list, "the column list names %u columns, the query gives %u", names->n, n);
		bv__artifact_free(first);
		return false;
	}
	renaming r = {select, names->v};
	bv_node *renamed = select ? rename_down(first->arena, first->ast, &r) : rename_around(first->arena, first->ast, &first->schema, names->v);
	bv_lane_context again = *cx;
	again.dialect = bv__datafusion; /* a governed tree means what DataFusion means */
	if (!renamed || bv__arena_failed(first->arena) || !bv__lane_run(&again, renamed, &second, d)) {
		if (!renamed || bv__arena_failed(first->arena)) {
			(void)bv__nomem(d);
		}
		bv__artifact_free(first);
		return false;
	}
	*out = second;
	*draft = first;
	return true;
}

bool bv__compile_root(const bv_lane_context *cx, const bv_node *root, bv_view_artifact **out, bv_view_artifact **draft, bv_diagnostics *d) {
	*draft = NULL;
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
	bool ok = compile_named(cx, c->query, &names, c->columns.n ? c->columns.v[0]->span : root->span, out, draft, d);
	bv__arena_free(a);
	return ok;
}

bool bv__session_compile_tree(bv_session *s, const bv_tree *tree, bv_view_artifact **out, bv_diagnostics *d) {
	bv_diagnostics *local = bv__diag_tree(tree);
	if (!local) {
		(void)bv__nomem(d);
		return false;
	}
	pthread_mutex_lock(&s->lock);
	bv_lane_context cx = bv__session_lane(s, tree->dialect);
	const bv_node *root = tree->root->kind == BV_CREATE_VIEW ? BV_AS(create_view, tree->root)->query : tree->root;
	bv_view_artifact *draft = NULL;
	bool ok = bv__compile_root(&cx, root, out, &draft, local);
	pthread_mutex_unlock(&s->lock);
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
	lookup_ctx look = {s, unready};
	bv_lane_context cx = bv__session_lane(s, v->dialect);
	cx.table = unready ? lane_table_ready : lane_table;
	cx.ctx = unready ? (void *)&look : s;
	cx.candidates = unready ? NULL : lane_candidates; /* what fails here is compiled again, to be told in full */
	if (!compile_named(&cx, v->query, &v->columns, v->span, &v->artifact, &v->draft, d)) {
		return false;
	}
	v->artifact->name = bv__arena_str(v->artifact->arena, v->name);
	return !v->materialized || (check_partitions(v, d) & bv__contract_derive(v->artifact->arena, v->artifact, &v->contract, v->span, d));
}
