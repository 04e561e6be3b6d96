/* lane: runs the stages in their order over a private copy of a tree, has the verifier prove the result, and bundles what is known of it.
 * In: a query as read and a context of callbacks; out: an artifact, or diagnostics. */
#include "lane/lane_internal.h"

const bv_lane_stage bv__lane_stages[] = {
	{"sanitise", 1, bv__lane_sanitise, "gives placeholders their values; refuses parameters and what only other engines can do"},
	{"transforms", 1, bv__lane_transforms, "syntactic rules: named windows, comma joins, parentheses"},
	{"qualify", 1, bv__lane_qualify, "binds names, expands stars; CTEs, USING, NATURAL, QUALIFY, DISTINCT ON, ordinals, aliases"},
	{"validate", 1, bv__lane_validate, "misplaced aggregates and windows, ungrouped columns, kinds that cannot be run"},
	{"annotate", 1, bv__lane_annotate, "type and nullability of every expression"},
	{"canonicalise", 1, bv__lane_canonicalise, "one spelling for one meaning"},
	{"normalise", 1, bv__lane_normalise, "predicates in conjunctive normal form, within policy.max_distance"},
};
const uint32_t bv__lane_stage_count = BV_COUNT(bv__lane_stages);

#define LANE_VERSION 1

void bv__policy_hash(const bv_policy *p, char out[65])
{
	bv_buf b = BV_BUF_INIT;
	bv_json j = bv__json(&b);
	bv__json_open(&j, '{');
	bv__json_key(&j, "lane");
	bv__json_int(&j, LANE_VERSION);
	bv__json_key(&j, "stages");
	bv__json_open(&j, '[');
	for (uint32_t i = 0; i < bv__lane_stage_count; i++) {
		bv__json_open(&j, '[');
		bv__json_z(&j, bv__lane_stages[i].name);
		bv__json_int(&j, bv__lane_stages[i].version);
		bv__json_close(&j, ']');
	}
	bv__json_close(&j, ']');
	bv__json_key(&j, "options");
	bv__json_open(&j, '{');
	bv__json_key(&j, "max_distance");
	bv__json_int(&j, p->max_distance);
	bv__json_key(&j, "templates");
	bv__json_str(&j, p->templates);
	bv__json_key(&j, "time_zone");
	bv__json_z(&j, "UTC");
	bv__json_close(&j, '}');
	bv__json_close(&j, '}');
	bv__sha256_hex(b.p, b.n, out);
	if (b.failed)
		out[0] = 0;
	bv__buf_free(&b);
}

/* ---- the bundle ---- */

typedef struct gather {
	bv_lane_state *st;
	bv_arena *arena;  /* the artifact's */
	bv_map functions; /* name -> const bv_function * */
	bv_map inputs;    /* table key -> bv_path * of the kept tree */
} gather;

/* What the kept tree calls and reads; its types come to lie where it does. */
static void visit(bv_node *n, void *ctx)
{
	gather *g = ctx;
	n->type = n->type ? bv__type_copy(g->arena, n->type) : NULL;
	if (n->kind == BV_CALL) {
		const bv_function *f = bv__call_function(g->st, BV_AS(call, n));
		if (f)
			bv__map_put(&g->functions, f->name, (void *)f);
	} else if (n->kind == BV_TABLE_FUNCTION) {
		const bv_path *p = &BV_AS(table_function, n)->name;
		const bv_function *f = bv__functions_find(g->st->cx->functions, p->v[p->n - 1], BV_FN_TABLE);
		if (f)
			bv__map_put(&g->functions, f->name, (void *)f);
	} else if (n->kind == BV_TABLE && BV_AS(table, n)->path.n > 1) {
		bv_path *p = &BV_AS(table, n)->path;
		bv__map_put(&g->inputs, bv__table_key(g->st->arena, p), p);
	}
}

static int by_name(const void *a, const void *b, void *ctx)
{
	(void)ctx;
	return bv__str_cmp(((const bv_map_entry *)a)->key, ((const bv_map_entry *)b)->key);
}

static bv_str table_key(void *ctx, const bv_path *path)
{
	bv_lane_state *st = ctx;
	bv_str name = bv__table_key(st->arena, path);
	const bv_table_info *t = bv__map_get(&st->tables, name);
	return t && t->key.n ? t->key : name;
}

/* What is found with the scratch arena is copied into the artifact's, which holds nothing else. */
static bool keep_lineage(const bv_lineage *from, bv_arena *a, bv_lineage *to)
{
	to->v = BV_NEWN(a, bv_column_lineage, from->n + 1);
	to->n = to->v ? from->n : 0;
	for (uint32_t i = 0; i < to->n; i++) {
		bv_column_lineage *l = &to->v[i];
		l->output = bv__arena_str(a, from->v[i].output);
		l->v = BV_NEWN(a, bv_source_column, from->v[i].n + 1);
		l->n = l->v ? from->v[i].n : 0;
		for (uint32_t k = 0; k < l->n; k++)
			l->v[k] = (bv_source_column){bv__arena_str(a, from->v[i].v[k].table), bv__arena_str(a, from->v[i].v[k].column)};
	}
	return to->v != NULL;
}

static bool is_aggregate(void *ctx, const bv_ast_call *c)
{
	const bv_function *f = bv__call_function(ctx, c);
	return f && f->kind == BV_FN_AGGREGATE;
}

static bool keep_columns(bv_lane_state *st, bv_view_artifact *a)
{
	if (!bv__column_hashes(st->arena, a->ast, is_aggregate, st, &a->columns, &a->ncolumns))
		return false;
	bv_column_hash *kept = BV_NEWN(a->arena, bv_column_hash, a->ncolumns + 1);
	for (uint32_t i = 0; kept && i < a->ncolumns; i++) {
		kept[i] = a->columns[i];
		kept[i].output = bv__arena_str(a->arena, kept[i].output);
	}
	a->columns = kept;
	return kept != NULL;
}

static bool keep_facts(bv_lane_state *st, bv_view_artifact *a, const gather *g)
{
	bv_map_entry *f = g->functions.v, *in = g->inputs.v;
	if (!bv__sort(f, g->functions.n, sizeof *f, by_name, NULL) || !bv__sort(in, g->inputs.n, sizeof *in, by_name, NULL))
		return false;
	a->functions = BV_NEWN(a->arena, bv_str, g->functions.n + 1);
	a->function_hashes = BV_NEWN(a->arena, bv_str, g->functions.n + 1);
	a->volatile_functions = BV_NEWN(a->arena, bv_str, g->functions.n + 1);
	a->inputs = BV_NEWN(a->arena, bv_input, g->inputs.n + 1);
	if (bv__arena_failed(a->arena))
		return false;
	for (uint32_t i = 0; i < g->functions.n; i++) {
		const bv_function *fn = f[i].value;
		bv_str name = bv__arena_str(a->arena, fn->name);
		a->functions[a->nfunctions] = name;
		a->function_hashes[a->nfunctions++] = bv__arena_str(a->arena, fn->hash);
		if (fn->volatility != BV_IMMUTABLE)
			a->volatile_functions[a->nvolatile++] = name;
	}
	for (uint32_t i = 0; i < g->inputs.n; i++)
		a->inputs[a->ninputs++] = (bv_input){bv__arena_str(a->arena, in[i].key), *(bv_path *)in[i].value};
	bv_lineage lineage = {0};
	a->has_lineage = bv__lineage(st->arena, a->ast, table_key, st, &lineage) && keep_lineage(&lineage, a->arena, &a->lineage);
	return a->has_lineage;
}

static bool keep_schema(bv_arena *arena, const bv_schema_t *from, bv_schema_t *to)
{
	to->v = BV_NEWN(arena, bv_field, from->n + 1);
	to->n = to->v ? from->n : 0;
	for (uint32_t i = 0; i < to->n; i++)
		to->v[i] = (bv_field){.name = bv__arena_str(arena, from->v[i].name), .type = from->v[i].type ? bv__type_copy(arena, from->v[i].type) : NULL, .nullable = from->v[i].nullable};
	return to->v != NULL;
}

static bool keep_payload(bv_view_artifact *a)
{
	bv_buf payload = BV_BUF_INIT, spans = BV_BUF_INIT;
	bv__payload_write(a->ast, &payload, &spans);
	bool ok = !payload.failed && !spans.failed;
	if (ok) {
		a->payload = bv__arena_str(a->arena, bv__buf_view(&payload));
		a->nspans = (uint32_t)(spans.n / sizeof(bv_span));
		a->spans = BV_NEWN(a->arena, bv_span, a->nspans + 1);
		if (a->spans && spans.n)
			memcpy(a->spans, spans.p, spans.n);
	}
	bv__buf_free(&payload);
	bv__buf_free(&spans);
	return ok;
}

static bool make_artifact(bv_lane_state *st, uint32_t ran, bv_view_artifact **out)
{
	bv_arena *arena = bv__arena_new();
	bv_view_artifact *a = arena ? BV_NEW(arena, bv_view_artifact) : NULL;
	if (!a) {
		bv__arena_free(arena);
		return false;
	}
	a->arena = arena;
	a->name = bv__arena_str(arena, st->cx->view);
	gather g = {.st = st, .arena = arena};
	bv__map_init(&g.functions, st->arena);
	bv__map_init(&g.inputs, st->arena);
	a->ast = bv__tree_copy_each(arena, st->tree, visit, &g);
	bool ok = a->ast && keep_payload(a);
	if (ok && ran == bv__lane_stage_count && !st->unknown_types)
		bv__sha256_hex(a->payload.p, a->payload.n, a->ast_fingerprint);
	if (st->cx->policy.hash)
		memcpy(a->policy_hash, st->cx->policy.hash, sizeof a->policy_hash);
	else
		bv__policy_hash(&st->cx->policy, a->policy_hash);
	ok = ok && a->policy_hash[0];
	if (ok && ran >= 3)
		ok = keep_facts(st, a, &g);
	if (ok && a->ast_fingerprint[0] && !st->cx->no_columns)
		ok = keep_columns(st, a);
	if (ok && ran >= 5)
		ok = a->has_schema = keep_schema(arena, &st->schema, &a->schema);
	if (!ok || bv__arena_failed(arena)) {
		bv__arena_free(arena);
		return false;
	}
	*out = a;
	return true;
}

bool bv__lane_run(const bv_lane_context *cx, const bv_node *query, bv_view_artifact **out, bv_diagnostics *d)
{
	bv_arena *arena = bv__arena_new();
	if (!arena) {
		(void)bv__nomem(d);
		return false;
	}
	bv_lane_state st = {.cx = cx, .arena = arena, .d = d, .key = BV_BUF_INIT};
	bv__map_init(&st.tables, arena);
	bv__map_init(&st.relations, arena);
	bv__map_init(&st.column_names, arena);
	st.tree = bv__tree_share(arena, query);
	bool ok = st.tree != NULL;
	uint32_t ran = 0;
	while (ok && ran < bv__lane_stage_count) {
		const bv_lane_stage *s = &bv__lane_stages[ran++];
		ok = s->run(&st);
		if (ok && cx->trace && !bv__arena_failed(arena)) /* else the tree is not whole */
			cx->trace(cx->trace_ctx, s->name, st.tree);
		if (cx->last_stage && strcmp(cx->last_stage, s->name) == 0)
			break;
	}
	if (ok && ran == bv__lane_stage_count)
		ok = bv__lane_verify(st.tree, bv__lane_stages[ran - 1].name, !st.unknown_types, d);
	if (ok && !bv__tree_within(st.tree)) {
		bv__diag(d, BV_E_SIZE, query->span, "the query grows past the limits when its stars and aliases are written out");
		ok = false;
	}
	bool failed = st.key.failed || bv__arena_failed(arena) || (ok && !make_artifact(&st, ran, out));
	bv__buf_free(&st.key);
	bv__arena_free(arena);
	if (failed)
		(void)bv__nomem(d);
	return ok && !failed;
}
