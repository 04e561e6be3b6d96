/* Why two queries do or do not share a fingerprint. In: two sides, each a view of the project or a tree. Out: JSON. Equal: after which stage of the lane
 * the two trees are one, and the rewrites that only one side needed for that. Different: where the governed trees part, as deep in them as that can be said,
 * with the place in each text; and what differs of the policies.
 *
 * Relations of the two trees are paired first, SELECT by SELECT, and the second tree is named like the first: a relation more does not make a difference of every
 * column behind it. */
#include "project/project.h"

#define DIFFERENCES_MAX 20

typedef struct side {
	bv_str name;
	bv_source source;
	const bv_node *query; /* as read */
	bv_policy policy;
	bv_str variables;
	bv_trace trace;
	bv_view_artifact *artifact;
} side;

/* ---- compiling ---- */

static bool run_side(bv_lane_context *cx, bv_arena *a, const bv_node *query, side *out, bv_diagnostics *d) {
	out->query = query;
	out->trace = (bv_trace){.a = a};
	cx->policy = out->policy;
	cx->variables = out->variables;
	bv__trace_into(cx, &out->trace, query);
	return bv__lane_run(cx, query, &out->artifact, d);
}

static bool compile_view(bv_session *s, bv_arena *a, const bv_explain_side *in, side *out, bv_diagnostics *d) {
	bv_path path;
	bool named = bv__exact_path(a, bv__str(in->view), &path);
	bv__session_load_views(s, d);
	bv_view *v = named ? bv__session_view(s, bv__full_name(a, &path)) : NULL;
	if (!v) {
		if (named && bv__map_has(&s->dataset_by_name, bv__full_name(a, &path))) {
			bv__diag(d, BV_E_TABLE_UNKNOWN, BV_NO_SPAN, "%s is a source: only queries have a fingerprint", in->view);
			return false;
		}
		bv_diagnostic *e = bv__diag(d, BV_E_TABLE_UNKNOWN, BV_NO_SPAN, "no view is named %s", in->view);
		bv_str near = bv__session_nearest(s, a, bv__str(in->view));
		if (near.n) {
			bv__diag_hint(d, e, "did you mean " BV_STR_FMT "?", BV_STR_ARG(near));
		}
		(void)bv__session_unsaid(s, d);
		return false;
	}
	if (!bv__view_ready(s, v, d)) {
		return false;
	}
	bv_diagnostics *local = bv__diag_session(s);
	if (!local) {
		(void)bv__nomem(d);
		return false;
	}
	bv_lane_context cx = bv__session_lane(s, v->dialect);
	cx.output_names = v->columns.n ? &v->columns : NULL;
	out->name = v->name;
	bool ok = bv__view_parse(s, v, local);
	out->source = s->sources->sources.v[v->source];
	ok = ok && run_side(&cx, a, v->query, out, local);
	bv__diag_forward(local, d);
	return ok;
}

static bool compile_tree(bv_session *s, bv_arena *a, const bv_explain_side *in, side *out, bv_diagnostics *d) {
	const bv_node *root = in->tree->root;
	const bv_ast_create_view *c = root->kind == BV_CREATE_VIEW ? BV_AS(create_view, root) : NULL;
	bv_diagnostics *local = bv__diag_tree(in->tree);
	bv_names names = {BV_NEWN(a, bv_str, (c ? c->columns.n : 0) + 1), c ? c->columns.n : 0, 0};
	if (!local || !names.v) {
		bv_diagnostics_free(local);
		(void)bv__nomem(d);
		return false;
	}
	for (uint32_t i = 0; i < names.n; i++) {
		names.v[i] = BV_AS(view_column, c->columns.v[i])->name;
	}
	out->source = in->tree->users ? in->tree->source : (bv_source){BV_STR(""), BV_STR("")};
	out->name = in->tree->source.name;
	bv_lane_context cx = bv__session_lane(s, in->tree->dialect);
	cx.output_names = names.n ? &names : NULL;
	bool ok = c || root->kind == BV_QUERY;
	if (!ok) {
		bv__diag(local, BV_E_STATEMENT, root->span, "only a query or a view definition has a fingerprint");
	}
	ok = ok && run_side(&cx, a, c ? c->query : root, out, local);
	bv__diag_forward(local, d);
	return ok;
}

/* ---- pairing relations ---- */

typedef struct pairing {
	bv_arena *a;
	bv_map to;    /* alias of the second tree -> bv_str *, that of the first */
	bv_map taken; /* aliases of the first tree that have a partner */
} pairing;

typedef BV_VEC(const bv_node *) node_vec;

static void leaves(pairing *p, const bv_node *r, node_vec *out, node_vec *conditions) {
	if (r->kind != BV_JOIN) {
		(void)BV_PUSH(p->a, out, r);
		return;
	}
	leaves(p, BV_AS(join, r)->left, out, conditions);
	leaves(p, BV_AS(join, r)->right, out, conditions);
	if (BV_AS(join, r)->on) {
		(void)BV_PUSH(p->a, conditions, BV_AS(join, r)->on);
	}
}

static bv_str alias_of(const bv_node *n) {
	switch (n->kind) {
	case BV_TABLE: return BV_AS(table, n)->alias;
	case BV_DERIVED: return BV_AS(derived, n)->alias;
	case BV_UNNEST: return BV_AS(unnest, n)->alias;
	case BV_TABLE_FUNCTION: return BV_AS(table_function, n)->alias;
	default: return BV_STR("");
	}
}

static bool may_pair(const bv_node *x, const bv_node *y) {
	if (x->kind != y->kind) {
		return false;
	}
	if (x->kind != BV_TABLE) {
		return true;
	}
	const bv_path *p = &BV_AS(table, x)->path, *q = &BV_AS(table, y)->path;
	bool same = p->n == q->n;
	for (uint32_t i = 0; i < p->n && same; i++) {
		same = bv__str_eq(p->v[i], q->v[i]);
	}
	return same;
}

static void pair_nodes(pairing *p, const bv_node *x, const bv_node *y, unsigned depth);

typedef struct children_ctx {
	pairing *p;
	node_vec v;
} children_ctx;

static bv_walk add_child(bv_node *n, bv_node *parent, void *ctx) {
	(void)parent;
	children_ctx *c = ctx;
	(void)BV_PUSH(c->p->a, &c->v, n);
	return BV_WALK_CONTINUE;
}

static void pair_relation(pairing *p, const bv_node *x, const bv_node *y, unsigned depth) {
	bv_str from = alias_of(y), to = alias_of(x);
	bv_str *name = BV_NEW(p->a, bv_str);
	if (!name || bv__map_has(&p->to, from) || bv__map_has(&p->taken, to)) {
		return;
	}
	*name = to;
	(void)bv__map_put(&p->to, from, name);
	(void)bv__map_put(&p->taken, to, name);
	if (x->kind == BV_DERIVED) {
		pair_nodes(p, BV_AS(derived, x)->query, BV_AS(derived, y)->query, depth + 1);
	}
}

/* Of two FROMs: each relation with the next one of the other side that it may be. */
static void pair_from(pairing *p, const bv_list *x, const bv_list *y, unsigned depth) {
	node_vec xs = {0}, ys = {0}, xon = {0}, yon = {0};
	for (uint32_t i = 0; i < x->n; i++) {
		leaves(p, x->v[i], &xs, &xon);
	}
	for (uint32_t i = 0; i < y->n; i++) {
		leaves(p, y->v[i], &ys, &yon);
	}
	for (uint32_t i = 0, at = 0; i < xs.n; i++) {
		uint32_t k = at;
		while (k < ys.n && !may_pair(xs.v[i], ys.v[k])) {
			k++;
		}
		if (k < ys.n) {
			pair_relation(p, xs.v[i], ys.v[k], depth);
			at = k + 1;
		}
	}
	for (uint32_t i = 0; i < xon.n && i < yon.n; i++) {
		pair_nodes(p, xon.v[i], yon.v[i], depth + 1);
	}
}

static void pair_nodes(pairing *p, const bv_node *x, const bv_node *y, unsigned depth) {
	if (x->kind != y->kind || depth > BV_DEPTH_MAX) {
		return;
	}
	children_ctx xs = {.p = p}, ys = {.p = p};
	if (x->kind == BV_SELECT) {
		pair_from(p, &BV_AS(select, x)->from, &BV_AS(select, y)->from, depth);
	}
	bv__children((bv_node *)(uintptr_t)x, add_child, &xs);
	bv__children((bv_node *)(uintptr_t)y, add_child, &ys);
	for (uint32_t i = 0, k = 0; i < xs.v.n && k < ys.v.n; i++, k++) {
		while (k + 1 < ys.v.n && xs.v.v[i]->kind != ys.v.v[k]->kind && ys.v.n - k > xs.v.n - i) {
			k++;
		}
		bv_kind kind = xs.v.v[i]->kind;
		if (kind != BV_JOIN && kind != BV_TABLE && kind != BV_DERIVED) { /* those of FROM are paired */
			pair_nodes(p, xs.v.v[i], ys.v.v[k], depth + 1);
		}
	}
}

static bv_walk rename_relation(bv_node *n, bv_node *parent, void *ctx) {
	(void)parent;
	pairing *p = ctx;
	bv_str *alias = n->kind == BV_TABLE ? &BV_AS(table, n)->alias : n->kind == BV_DERIVED ? &BV_AS(derived, n)->alias : n->kind == BV_UNNEST ? &BV_AS(unnest, n)->alias :
		n->kind == BV_TABLE_FUNCTION ? &BV_AS(table_function, n)->alias : n->kind == BV_COLUMN && BV_AS(column, n)->path.n == 2 ? &BV_AS(column, n)->path.v[0] : NULL;
	if (!alias) {
		return BV_WALK_CONTINUE;
	}
	const bv_str *name = bv__map_get(&p->to, *alias);
	if (name) {
		*alias = *name;
	} else if (bv__map_has(&p->taken, *alias)) {
		*alias = bv__arena_printf(p->a, BV_STR_FMT "b", BV_STR_ARG(*alias)); /* it is no partner of the one that has this name */
	}
	return BV_WALK_CONTINUE;
}

/* The second tree under the first one's names. */
static bv_node *alike(bv_arena *a, const bv_node *x, const bv_node *y) {
	pairing p = {.a = a};
	bv__map_init(&p.to, a);
	bv__map_init(&p.taken, a);
	pair_nodes(&p, x, y, 0);
	bv_node *copy = bv__tree_copy(a, y);
	if (copy) {
		bv__walk(copy, rename_relation, &p);
	}
	return copy;
}

/* ---- differences ---- */

typedef struct difference {
	bv_str path;
	const bv_node *a, *b; /* NULL: only the other side has it */
	bv_str note;
} difference;

typedef struct differ {
	bv_arena *a;
	BV_VEC(difference) found;
	bool failed; /* out of memory elsewhere than in the arena */
} differ;

/* A hash of nothing is one that there was no memory for. */
static bv_hash128 hash_of(differ *d, const bv_node *n) {
	bv_hash128 h = bv__tree_hash(n);
	d->failed = d->failed || (h.lo == 0 && h.hi == 0);
	return h;
}

static void report(differ *d, bv_str path, const bv_node *x, const bv_node *y, bv_str note) {
	(void)BV_PUSH(d->a, &d->found, ((difference){path, x, y, note}));
}

static bool same_texts(const bv_str *x, uint32_t xn, const bv_str *y, uint32_t yn) {
	bool same = xn == yn;
	for (uint32_t i = 0; i < xn && same; i++) {
		same = bv__str_eq(x[i], y[i]);
	}
	return same;
}

/* The first field of its own, no child, in which two nodes of a kind differ. */
static const bv_field_desc *other_field(const bv_node *x, const bv_node *y) {
	const bv_node_desc *nd = &bv__nodes[x->kind];
	for (unsigned i = 0; i < nd->nfields; i++) {
		const bv_field_desc *f = &nd->fields[i];
		const void *p = (const char *)x + f->offset, *q = (const char *)y + f->offset;
		bool same = true;
		switch ((bv_field_type)f->type) {
		case BV_F_CHILD:
		case BV_F_LIST: break;
		case BV_F_NAME:
		case BV_F_TEXT: same = bv__str_eq(*(const bv_str *)p, *(const bv_str *)q); break;
		case BV_F_PATH: same = same_texts(((const bv_path *)p)->v, ((const bv_path *)p)->n, ((const bv_path *)q)->v, ((const bv_path *)q)->n); break;
		case BV_F_NAMES: same = same_texts(((const bv_names *)p)->v, ((const bv_names *)p)->n, ((const bv_names *)q)->v, ((const bv_names *)q)->n); break;
		case BV_F_FLAG:
		case BV_F_ENUM: same = *(const uint8_t *)p == *(const uint8_t *)q; break;
		}
		if (!same) {
			return f;
		}
	}
	return NULL;
}

static bv_str sub_path(differ *d, bv_str path, const char *field) {
	return path.n ? bv__arena_printf(d->a, BV_STR_FMT ".%s", BV_STR_ARG(path), field) : bv__arena_strz(d->a, field);
}

static void compare(differ *d, const bv_node *x, const bv_node *y, bv_str path, unsigned depth);

static bool same_alias(const bv_node *x, const bv_node *y) {
	return x->kind == BV_ALIAS && y->kind == BV_ALIAS && bv__str_eq(BV_AS(alias, x)->name, BV_AS(alias, y)->name);
}

#define PAIRS_MAX 4000000u /* of items that are compared with each other; longer lists are taken as they stand */

static bool partners(const bv_node *x, bv_hash128 hx, const bv_node *y, bv_hash128 hy, int round) {
	switch (round) {
	case 0: return hx.lo == hy.lo && hx.hi == hy.hi;
	case 1: return same_alias(x, y);
	case 2: return x->kind == y->kind;
	default: return true;
	}
}

/* Items that are equal are partners, wherever they stand; then outputs of one name, then those of one kind; what is left, in order. */
static void compare_lists(differ *d, const bv_list *x, const bv_list *y, bv_str path, unsigned depth) {
	uint32_t *partner = BV_NEWN(d->a, uint32_t, x->n + 1); /* + 1 */
	bool *used = BV_NEWN(d->a, bool, y->n + 1);
	bv_hash128 *hashes = BV_NEWN(d->a, bv_hash128, y->n + 1), *mine = BV_NEWN(d->a, bv_hash128, x->n + 1);
	if (!partner || !used || !hashes || !mine) {
		return;
	}
	for (uint32_t i = 0; i < x->n; i++) {
		mine[i] = hash_of(d, x->v[i]);
	}
	for (uint32_t k = 0; k < y->n; k++) {
		hashes[k] = hash_of(d, y->v[k]);
	}
	bool long_lists = (uint64_t)x->n * y->n > PAIRS_MAX;
	for (uint32_t i = 0; long_lists && i < x->n && i < y->n; i++) {
		partner[i] = i + 1;
		used[i] = true;
	}
	for (int round = 0; round < 4 && !long_lists; round++) {
		for (uint32_t i = 0, from = 0; i < x->n; i++) {
			const bv_hash128 h = mine[i];
			for (uint32_t n = 0; n < y->n && !partner[i]; n++) {
				uint32_t k = (from + n) % y->n;
				if (!used[k] && partners(x->v[i], h, y->v[k], hashes[k], round)) {
					used[k] = true;
					partner[i] = k + 1;
					from = k + 1;
				}
			}
		}
	}
	uint32_t before = d->found.n;
	bool moved = false;
	for (uint32_t i = 0, last = 0; i < x->n; i++) {
		bv_str at = bv__arena_printf(d->a, BV_STR_FMT "[%u]", BV_STR_ARG(path), i);
		if (!partner[i]) {
			report(d, at, x->v[i], NULL, BV_STR(""));
			continue;
		}
		moved = moved || partner[i] < last;
		last = partner[i];
		compare(d, x->v[i], y->v[partner[i] - 1], at, depth + 1);
	}
	for (uint32_t k = 0; k < y->n; k++) {
		if (!used[k]) {
			report(d, bv__arena_printf(d->a, BV_STR_FMT "[%u]", BV_STR_ARG(path), k), NULL, y->v[k], BV_STR(""));
		}
	}
	if (moved && d->found.n == before) {
		for (uint32_t i = 0; i < x->n; i++) {
			if (partner[i] != i + 1) {
				report(d, bv__arena_printf(d->a, BV_STR_FMT "[%u]", BV_STR_ARG(path), i), x->v[i], y->v[i], BV_STR("another order"));
				break;
			}
		}
	}
}

static void compare(differ *d, const bv_node *x, const bv_node *y, bv_str path, unsigned depth) {
	if (bv__tree_equal(x, y) || depth > BV_DEPTH_MAX) {
		return;
	}
	const bv_field_desc *own = x->kind == y->kind ? other_field(x, y) : NULL;
	if (x->kind != y->kind) {
		report(d, path, x, y, BV_STR(""));
		return;
	}
	if (own) {
		bool entry = strcmp(own->name, "entry") == 0, name = x->kind == BV_ALIAS;
		report(d, path, x, y, entry ? BV_STR("the function is another one") : name ? BV_STR("another output name") : BV_STR(""));
		if (!name && !entry) {
			return;
		}
	}
	const bv_node_desc *nd = &bv__nodes[x->kind];
	for (unsigned i = 0; i < nd->nfields; i++) {
		const bv_field_desc *f = &nd->fields[i];
		const void *p = (const char *)x + f->offset, *q = (const char *)y + f->offset;
		bv_str at = sub_path(d, path, f->name);
		if (f->type == BV_F_LIST) {
			compare_lists(d, p, q, at, depth);
		} else if (f->type == BV_F_CHILD) {
			const bv_node *c = *(bv_node *const *)p, *e = *(bv_node *const *)q;
			if (c && e) {
				compare(d, c, e, at, depth + 1);
			} else if (c || e) {
				report(d, at, c, e, BV_STR(""));
			}
		}
	}
}

/* ---- the answer ---- */

static void write_node(const side *s, const bv_node *n, bv_json *j) {
	if (!n) {
		bv__json_null(j);
		return;
	}
	bv_buf sql = BV_BUF_INIT;
	bv_diagnostics *quiet = bv_diagnostics_new();
	bv_span span = n->span;
	bv_str text = s->source.text;
	bool known = span.end > span.start && span.end <= text.n;
	uint32_t at[4] = {0}, begin = span.start, end = span.start;
	bv__json_open(j, '{');
	bv__json_key(j, "kind");
	bv__json_z(j, bv__nodes[n->kind].name);
	bv__json_key(j, "sql");
	if (quiet && bv__sql_generate(n, bv__datafusion, false, &sql, quiet)) {
		bv__json_str(j, bv__buf_view(&sql));
	} else {
		bv__json_null(j);
	}
	bv__json_key(j, "file");
	bv__json_z(j, s->source.name.n ? s->source.name.p : NULL);
	if (known) {
		bv__source_position(text, span.start, &at[0], &at[1]);
		bv__source_position(text, span.end, &at[2], &at[3]);
		while (begin > 0 && text.p[begin - 1] != '\n') {
			begin--;
		}
		while (end < text.n && text.p[end] != '\n') {
			end++;
		}
		end -= end > begin && text.p[end - 1] == '\r';
	}
	static const char *const keys[] = {"line", "column", "end_line", "end_column"};
	for (unsigned i = 0; i < 4; i++) {
		bv__json_key(j, keys[i]);
		if (known) {
			bv__json_int(j, at[i]);
		} else {
			bv__json_null(j);
		}
	}
	bv__json_key(j, "source_line");
	if (known) {
		bv__json_str(j, (bv_str){text.p + begin, end - begin});
	} else {
		bv__json_null(j);
	}
	bv__json_close(j, '}');
	j->out->failed |= sql.failed || !quiet || quiet->oom;
	bv_diagnostics_free(quiet);
	bv__buf_free(&sql);
}

static void write_side(const side *s, bv_json *j) {
	bv__json_open(j, '{');
	bv__json_key(j, "name");
	bv__json_str(j, s->name);
	bv__json_key(j, "file");
	bv__json_z(j, s->source.name.n ? s->source.name.p : NULL);
	bv__json_key(j, "ast_fingerprint");
	bv__json_z(j, s->artifact->ast_fingerprint[0] ? s->artifact->ast_fingerprint : NULL);
	bv__json_key(j, "policy_hash");
	bv__json_z(j, s->artifact->policy_hash);
	bv__json_close(j, '}');
}

/* How many of the first stages it takes until the trees are one for good: 0, where they are as read. UINT32_MAX: they never are. */
static uint32_t stages_needed(const side *a, const side *b) {
	uint32_t n = a->trace.stages.n < b->trace.stages.n ? a->trace.stages.n : b->trace.stages.n, equal = n;
	while (equal > 0 && strcmp(a->trace.stages.v[equal - 1].fingerprint, b->trace.stages.v[equal - 1].fingerprint) == 0) {
		equal--;
	}
	return equal == n ? UINT32_MAX : equal == 0 && bv__tree_equal(a->query, b->query) ? 0 : equal + 1;
}

/* Equal but for white space and ASCII case: what is as good as equal, to point at what is not. */
static bool same_words(bv_str x, bv_str y) {
	uint32_t i = 0, k = 0;
	for (;;) {
		while (i < x.n && (x.p[i] == ' ' || x.p[i] == '\t' || x.p[i] == '\n' || x.p[i] == '\r')) {
			i++;
		}
		while (k < y.n && (y.p[k] == ' ' || y.p[k] == '\t' || y.p[k] == '\n' || y.p[k] == '\r')) {
			k++;
		}
		if (i == x.n || k == y.n) {
			return i == x.n && k == y.n;
		}
		if (!bv__str_ieq((bv_str){x.p + i++, 1}, (bv_str){y.p + k++, 1})) {
			return false;
		}
	}
}

static bv_str before_of(const side *s, const bv_trace_event *e) {
	bool known = e->span.end > e->span.start && e->span.end <= s->source.text.n;
	return known ? (bv_str){s->source.text.p + e->span.start, e->span.end - e->span.start} : BV_STR("");
}

/* Rewrites that name whole queries and all that is in them. */
static bool names_query(bv_rule r) {
	return r == BV_RULE_CTE || r == BV_RULE_INNER_NAMES || r == BV_RULE_RELATION;
}

/* Did both sides rewrite the same to the same? What stands inside a query has its own events, unless `whole`. */
static bool same_event(const side *a, const bv_trace_event *x, const side *b, const bv_trace_event *y, bool whole) {
	if (x->rule != y->rule || (x->after.p != NULL) != (y->after.p != NULL) || (x->after.p && !bv__str_eq(x->after, y->after))) {
		return false;
	}
	bv_str before = before_of(a, x);
	bool query = names_query(x->rule) && (before.n > 80 || memchr(before.p, '(', before.n) || x->rule == BV_RULE_INNER_NAMES);
	return (query && !whole) || same_words(before, before_of(b, y));
}

/* The rewrites of one side that the other did not do. */
static uint32_t write_rules(const side *s, const side *other, const char *which, uint32_t stages, bool whole, bv_arena *a, bv_json *j) {
	uint32_t n = 0;
	for (uint32_t i = 0; i < stages; i++) {
		const bv_trace_stage *mine = &s->trace.stages.v[i], *theirs = &other->trace.stages.v[i];
		bool *used = BV_NEWN(a, bool, theirs->events.n + 1);
		for (uint32_t k = 0; used && k < mine->events.n; k++) {
			const bv_trace_event *e = &mine->events.v[k];
			uint32_t m = 0;
			while (m < theirs->events.n && (used[m] || !same_event(s, e, other, &theirs->events.v[m], whole))) {
				m++;
			}
			if (m < theirs->events.n) {
				used[m] = true;
				continue;
			}
			n++;
			bv__json_open(j, '{');
			bv__json_key(j, "side");
			bv__json_z(j, which);
			bv__json_key(j, "stage");
			bv__json_z(j, mine->name);
			bv__trace_event_json(e, s->source.text, j);
			bv__json_close(j, '}');
		}
	}
	return n;
}

static void write_policy(const side *a, const side *b, bv_json *j) {
	bv__json_open(j, '[');
	if (a->policy.max_distance != b->policy.max_distance) {
		bv__json_open(j, '{');
		bv__json_key(j, "option");
		bv__json_z(j, "max_distance");
		bv__json_key(j, "a");
		bv__json_int(j, a->policy.max_distance);
		bv__json_key(j, "b");
		bv__json_int(j, b->policy.max_distance);
		bv__json_close(j, '}');
	}
	if (!bv__str_eq(a->policy.templates, b->policy.templates)) {
		bv__json_open(j, '{');
		bv__json_key(j, "option");
		bv__json_z(j, "templates");
		bv__json_key(j, "a");
		bv__json_str(j, a->policy.templates);
		bv__json_key(j, "b");
		bv__json_str(j, b->policy.templates);
		bv__json_close(j, '}');
	}
	bv__json_close(j, ']');
}

static void write_answer(const side *a, const side *b, bv_arena *arena, bv_buf *out) {
	bool equal = bv__str_eq(a->artifact->payload, b->artifact->payload);
	bool provisional = !a->artifact->ast_fingerprint[0] || !b->artifact->ast_fingerprint[0];
	uint32_t stages = equal ? stages_needed(a, b) : UINT32_MAX;
	bv_json j = bv__json(out);
	bv__json_open(&j, '{');
	bv__json_key(&j, "equal");
	bv__json_bool(&j, equal);
	bv__json_key(&j, "provisional");
	bv__json_bool(&j, provisional);
	bv__json_key(&j, "a");
	write_side(a, &j);
	bv__json_key(&j, "b");
	write_side(b, &j);
	bv__json_key(&j, "policy");
	write_policy(a, b, &j);
	bv__json_key(&j, "equal_after");
	bv__json_z(&j, !equal ? NULL : stages == 0 ? "read" : stages <= a->trace.stages.n ? a->trace.stages.v[stages - 1].name : NULL);
	bv__json_key(&j, "rules");
	bv__json_open(&j, '[');
	/* Where no rewrite is told that stands for itself, the names inside queries are what differs. */
	uint32_t told = 0;
	for (int whole = 0; whole < 2 && equal && stages <= a->trace.stages.n && !told; whole++) {
		told += write_rules(a, b, "a", stages, whole, arena, &j);
		told += write_rules(b, a, "b", stages, whole, arena, &j);
	}
	bv__json_close(&j, ']');
	differ d = {.a = arena};
	const bv_node *other = equal ? NULL : alike(arena, a->artifact->ast, b->artifact->ast);
	if (other) {
		compare(&d, a->artifact->ast, other, BV_STR(""), 0);
	}
	bv__json_key(&j, "differences");
	bv__json_open(&j, '[');
	for (uint32_t i = 0; i < d.found.n && i < DIFFERENCES_MAX; i++) {
		const difference *x = &d.found.v[i];
		bv__json_open(&j, '{');
		bv__json_key(&j, "path");
		bv__json_str(&j, x->path);
		bv__json_key(&j, "note");
		if (x->note.n) {
			bv__json_str(&j, x->note);
		} else {
			bv__json_null(&j);
		}
		bv__json_key(&j, "a");
		write_node(a, x->a, &j);
		bv__json_key(&j, "b");
		write_node(b, x->b, &j);
		bv__json_close(&j, '}');
	}
	bv__json_close(&j, ']');
	out->failed |= d.failed;
	bv__json_key(&j, "more");
	bv__json_int(&j, d.found.n > DIFFERENCES_MAX ? d.found.n - DIFFERENCES_MAX : 0);
	bv__json_close(&j, '}');
}

bv_status bv_explain_fingerprint(bv_session *s, const bv_explain_side *a, const bv_explain_side *b, char **json, bv_diagnostics *d) {
	const bv_explain_side *in[2] = {a, b};
	for (int i = 0; i < 2; i++) {
		if (!s || !d || !in[i] || in[i]->size < sizeof *in[i] || !in[i]->view == !in[i]->tree) {
			return BV_MISUSE;
		}
	}
	bv_arena *arena = bv__arena_new();
	if (!arena) {
		return bv__nomem(d);
	}
	side sides[2] = {0};
	bool ok = true;
	pthread_mutex_lock(&s->lock);
	for (int i = 0; i < 2; i++) {
		const char *policy = in[i]->policy;
		sides[i].policy = s->project.policy;
		sides[i].variables = s->project.variables_json;
		if (policy && (i == 0 || !in[0]->policy || strcmp(policy, in[0]->policy) != 0)) { /* what is wrong is said once */
			ok = bv__policy_read(arena, policy, &sides[i].policy, &sides[i].variables, d) && ok;
		} else if (policy) {
			sides[i].policy = sides[0].policy;
			sides[i].variables = sides[0].variables;
		}
	}
	bool policies = ok;
	for (int i = 0; policies && i < 2; i++) {
		ok = (in[i]->view ? compile_view(s, arena, in[i], &sides[i], d) : compile_tree(s, arena, in[i], &sides[i], d)) && ok;
	}
	bv_buf b_out = BV_BUF_INIT;
	if (ok) {
		write_answer(&sides[0], &sides[1], arena, &b_out);
	}
	pthread_mutex_unlock(&s->lock);
	bool oom = bv__arena_failed(arena) || d->oom;
	bv__artifact_free(sides[0].artifact);
	bv__artifact_free(sides[1].artifact);
	bv__arena_free(arena);
	if (!ok || oom) {
		bv__buf_free(&b_out);
		return oom ? bv__nomem(d) : BV_FAILED;
	}
	return bv__give_json(&b_out, json, true, d);
}
