/* Compiling. In: views of a session, or a tree of the caller's. Out: artifacts, through the one lane; those of views are recorded, together with
 * the probes that they needed, in one transaction a call. A view that another one reads is compiled first: by order where that is known, and
 * by recursion from the lane's lookup where it is not (a CTE may hide a name), which is also where a cycle shows. */
#include <stdlib.h>

#include "project/project.h"

/* Compiles inside compiles. Order keeps this at one; only cycles come near it. */
#define NESTED_MAX 64

/* ---- the lane's view of a session ---- */

static bv_lookup lane_table(void *ctx, bv_arena *a, const bv_path *path, bv_table_info *out, bv_diagnostics *d, bv_span span) {
	return bv__session_lookup(ctx, a, path, out, d, span);
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
static void storage_hash(bv_view *v) {
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

static void warn_volatile(const bv_view *v, bv_diagnostics *d) {
	const bv_view_artifact *art = v->artifact;
	if (art->nvolatile == 0 || v->refresh_always) {
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

static bool fill_graph(bv_view *v) {
	const bv_view_artifact *art = v->artifact;
	v->graph = (bv_graph_input){.name = v->name, .kind = v->materialized ? BV_GRAPH_MATERIALIZED : BV_GRAPH_VIEW, .file = v->file, .tags = v->tags, .ntags = v->ntags,
		.span = v->span};
	if (art) {
		v->graph.reads = BV_NEWN(v->arena, bv_str, art->ninputs + 1);
		for (uint32_t i = 0; v->graph.reads && i < art->ninputs; i++) {
			v->graph.reads[i] = art->inputs[i].name;
		}
		v->graph.nreads = v->graph.reads ? art->ninputs : 0;
	}
	return !bv__arena_failed(v->arena);
}

/* ---- one view ---- */

/* A view that is being compiled is asked for again: the chain of readers back to it is the cycle. */
static void report_cycle(bv_session *s, const bv_view *v, bv_diagnostics *d) {
	bv_buf b = BV_BUF_INIT;
	BV_VEC(const bv_view *) chain = {0};
	for (const bv_view *at = s->current; at; at = at->reader) {
		if (!BV_PUSH(d->arena, &chain, at) || at == v) {
			break;
		}
	}
	for (uint32_t i = chain.n; i-- > 0;) {
		bv__buf_printf(&b, BV_STR_FMT " -> ", BV_STR_ARG(chain.v[i]->name));
	}
	bv__buf_str(&b, v->name);
	bv_diagnostic *e = bv__diag(d, BV_E_CYCLE, s->current ? s->current->span : v->span, "views form a cycle: %s", b.p);
	for (uint32_t i = chain.n; i-- > 0;) {
		if (chain.v[i] != s->current) {
			bv__diag_note(d, e, chain.v[i]->span, BV_STR_FMT " is on the way", BV_STR_ARG(chain.v[i]->name));
		}
	}
	bv__diag_hint(d, e, "a view cannot read itself; let one of them read a source instead");
	bv__buf_free(&b);
}

static bool compile_one(bv_session *s, bv_view *v, bv_diagnostics *d) {
	if (v->state == BV_VIEW_COMPILING) {
		report_cycle(s, v, d);
		return false;
	}
	if (s->depth >= NESTED_MAX) {
		bv__diag(d, BV_E_CYCLE, v->span, "views form a cycle of more than %d views through " BV_STR_FMT, NESTED_MAX, BV_STR_ARG(v->name));
		return false;
	}
	bv_diagnostics *local = bv__diag_session(s);
	if (!local) {
		(void)bv__nomem(d);
		return false;
	}
	double start = bv__os_monotonic();
	if (v->artifact) {
		/* Compiled before, and something that it reads was replaced since. Readers' trees may share nodes with the old artifact. */
		bv_view *old = BV_NEW(s->arena, bv_view);
		if (!old || !BV_PUSH(s->arena, &s->retired, old)) {
			bv_diagnostics_free(local);
			(void)bv__nomem(d);
			return false;
		}
		old->artifact = v->artifact;
		old->draft = v->draft;
		v->artifact = v->draft = NULL;
	}
	v->state = BV_VIEW_COMPILING;
	v->reader = s->current;
	s->current = v;
	s->depth++;
	bv_lane_context cx = bv__session_lane(s, v->dialect);
	bool ok = compile_named(&cx, v->query, &v->columns, v->span, &v->artifact, &v->draft, local);
	s->depth--;
	s->current = v->reader;
	v->reader = NULL;
	if (ok) {
		v->artifact->name = bv__arena_str(v->artifact->arena, v->name);
		if (v->materialized) {
			ok = check_partitions(v, local);
			ok &= bv__contract_derive(v->artifact->arena, v->artifact, &v->contract, v->span, local);
			if (ok) {
				warn_volatile(v, local);
			}
		}
	}
	storage_hash(v);
	ok = fill_graph(v) && ok && BV_PUSH(s->arena, &s->fresh, v);
	v->seconds = bv__os_monotonic() - start;
	v->state = ok ? BV_VIEW_COMPILED : BV_VIEW_INVALID;
	if (!ok) {
		v->failed_in = s->calls;
		bv__artifact_free(v->artifact);
		bv__artifact_free(v->draft);
		v->artifact = v->draft = NULL;
		v->graph.nreads = 0;
	}
	bv__diag_forward(local, d);
	return ok;
}

/* ---- order ---- */

typedef struct finder {
	bv_session *s;
	bv_arena *a;
	BV_VEC(bv_view *) found;
} finder;

static bv_walk find_views(bv_node *n, bv_node *parent, void *ctx) {
	(void)parent;
	finder *f = ctx;
	if (n->kind == BV_TABLE) {
		const bv_path *p = &BV_AS(table, n)->path;
		if (p->n >= 1 && p->n <= 3) {
			bv_path full = bv__full_path(f->a, p);
			bv_view *v = bv__map_get(&f->s->view_by_name, bv__full_name(f->a, &full));
			for (uint32_t i = 0; !v && full.insensitive && i < f->s->views.n; i++) {
				const bv_path *stored = &f->s->views.v[i]->path;
				bool same = stored->n == full.n;
				for (uint32_t k = 0; same && k < full.n; k++) {
					same = bv__str_ieq(stored->v[k], full.v[k]);
				}
				v = same ? f->s->views.v[i] : NULL;
			}
			if (v && !BV_PUSH(f->a, &f->found, v)) {
				return BV_WALK_STOP;
			}
		}
	}
	return BV_WALK_CONTINUE;
}

typedef struct step {
	bv_view *view;
	bv_view **reads;
	uint32_t n, at;
} step;

/* Depth first over what the trees name, without recursion: a chain of ten thousand views costs no stack. What this misses (a name matched
 * without case) or gets wrong (a CTE of a view's name) is put right by the lane's own lookup. */
static bool compile_after_reads(bv_session *s, bv_view *root, bv_diagnostics *d) {
	bv_arena *a = bv__arena_new();
	BV_VEC(step) stack = {0};
	bv_map on_stack;
	bool ok = a != NULL;
	if (a) {
		bv__map_init(&on_stack, a);
		ok = BV_PUSH(a, &stack, ((step){.view = root})) && bv__map_put(&on_stack, root->name, root);
	}
	bool result = true;
	while (ok && stack.n) {
		step *top = &stack.v[stack.n - 1];
		if (!top->reads) {
			finder f = {.s = s, .a = a};
			ok = bv__walk((bv_node *)(uintptr_t)top->view->query, find_views, &f);
			static bv_view *none[1];
			top->reads = f.found.n ? f.found.v : none;
			top->n = f.found.n;
			continue;
		}
		if (top->at < top->n) {
			bv_view *next = top->reads[top->at++];
			if (next->state == BV_VIEW_NEW && !bv__map_has(&on_stack, next->name)) {
				ok = BV_PUSH(a, &stack, ((step){.view = next})) && bv__map_put(&on_stack, next->name, next);
			}
			continue;
		}
		bv_view *v = top->view;
		stack.n--;
		if (v->state == BV_VIEW_NEW) {
			bool compiled = compile_one(s, v, d);
			result = v == root ? compiled : result;
		}
	}
	bv__arena_free(a);
	if (!ok) {
		(void)bv__nomem(d);
		return false;
	}
	return result && root->state == BV_VIEW_COMPILED;
}

/* ---- recording ---- */

static bool record_fresh(bv_session *s, bv_diagnostics *d) {
	bool ok = true;
	if (s->registry && s->fresh.n) {
		bv_buf probes = BV_BUF_INIT;
		bv__functions_new_probes(s->functions, &probes);
		ok = bv__registry_begin(s->registry, d);
		if (ok) {
			bool put = true;
			for (uint32_t i = 0; put && i < s->fresh.n; i++) {
				bv_view *v = s->fresh.v[i];
				if (v->state != BV_VIEW_COMPILED) {
					continue;
				}
				bv_buf stored = BV_BUF_INIT;
				if (v->materialized) {
					bv__schema_json(&v->contract.stored, &stored);
				}
				put = bv__registry_put_artifact(s->registry, v->artifact, v->materialized, v->location.p ? v->location : BV_STR(""), bv__buf_view(&stored),
					bv__str(v->storage_hash), d);
				bv__buf_free(&stored);
			}
			put = put && (probes.n == 0 || bv__registry_put_probes(s->registry, bv__buf_view(&probes), d));
			ok = bv__registry_commit(s->registry, d) && put;
		}
		bv__buf_free(&probes);
	}
	s->fresh.n = 0;
	return ok;
}

bool bv__session_compile(bv_session *s, bv_view *v, bv_diagnostics *d) {
	pthread_mutex_lock(&s->lock);
	bool outermost = s->depth == 0, ok = false;
	if (outermost) {
		s->calls++;
	}
	if (v->state == BV_VIEW_INVALID && v->failed_in != s->calls) {
		v->state = BV_VIEW_NEW; /* a new call wants to hear what is wrong */
	}
	if (v->state == BV_VIEW_COMPILED) {
		ok = true;
	} else if (v->state != BV_VIEW_INVALID) {
		ok = outermost ? compile_after_reads(s, v, d) : compile_one(s, v, d);
	}
	if (outermost) {
		ok = record_fresh(s, d) && ok;
	}
	pthread_mutex_unlock(&s->lock);
	return ok;
}

bool bv__session_compile_all(bv_session *s, bv_graph *graph, bv_diagnostics *d) {
	pthread_mutex_lock(&s->lock);
	bool ok = bv__project_load_views(s, d);
	s->calls++;
	for (uint32_t i = 0; i < s->views.n; i++) {
		if (s->views.v[i]->state == BV_VIEW_INVALID) {
			s->views.v[i]->state = BV_VIEW_NEW;
		}
	}
	for (uint32_t i = 0; i < s->views.n; i++) {
		bv_view *v = s->views.v[i];
		if (v->state == BV_VIEW_NEW) {
			(void)compile_after_reads(s, v, d);
		}
		ok &= v->state == BV_VIEW_COMPILED;
	}
	ok &= record_fresh(s, d);
	if (graph) {
		uint32_t n = 0;
		bv_graph_input *in = BV_NEWN(s->arena, bv_graph_input, s->views.n + s->datasets.n + 1);
		for (uint32_t i = 0; in && i < s->views.n; i++) {
			in[n++] = s->views.v[i]->graph;
		}
		for (uint32_t i = 0; in && i < s->datasets.n; i++) {
			const bv_dataset *ds = s->datasets.v[i];
			in[n++] = (bv_graph_input){.name = ds->name, .kind = BV_GRAPH_SOURCE, .file = BV_STR(""), .span = ds->span};
		}
		if (!in) {
			(void)bv__nomem(d);
			ok = false;
		} else {
			bv_diagnostics *local = bv__diag_session(s);
			ok = local && bv__graph_build(s->arena, in, n, graph, local) && ok;
			bv__diag_forward(local, d);
		}
	}
	pthread_mutex_unlock(&s->lock);
	return ok;
}
