/* flow: builds the graph bottom-up, and walks it. See flow.h for what it is; what each construct adds to it stands beside its case. */
#include "lineage/flow.h"

#define FLAT_MAX 32u      /* columns that a set may hold written out */
#define STEP_DEPTH_MAX 64 /* choices inside choices that a path is followed through; past it, it ends */

typedef struct flow_set {
	BV_VEC(flow_edge) edges;
} flow_set;

typedef struct flow_relation {
	flow_table *table; /* or */
	flow_columns *columns;
} flow_relation;

typedef struct flow_lambda {
	const struct flow_lambda *outer;
	const bv_names *params;
	uint32_t node;
} flow_lambda;

static void *as_value(uint32_t v) { return (void *)(uintptr_t)v; }
static uint32_t as_node(const void *v) { return (uint32_t)(uintptr_t)v; }

/* ---- nodes ---- */

static uint32_t new_node(flow *f, flow_node n)
{
	return BV_PUSH(f->a, &f->nodes, n) ? f->nodes.n - 1 : FLOW_NOTHING;
}

static uint32_t step_id(flow *f, bv_str name)
{
	uint32_t id = as_node(bv__map_get(&f->step_ids, name));
	if (!id && BV_PUSH(f->a, &f->steps, name)) {
		id = f->steps.n - 1;
		bv__map_put(&f->step_ids, name, as_value(id));
	}
	return id;
}

static uint32_t column_node(flow *f, flow_table *t, bv_str column)
{
	uint32_t at = as_node(bv__map_get(&t->columns, column));
	if (!at) {
		at = new_node(f, (flow_node){.table = t, .column = column});
		bv__map_put(&t->columns, column, as_value(at));
	}
	return at;
}

static void add(flow *f, flow_set *s, uint32_t node, uint32_t how, uint32_t step)
{
	if (node != FLOW_NOTHING)
		(void)BV_PUSH(f->a, &s->edges, ((flow_edge){node, how, step}));
}

static int by_edge(const void *a, const void *b, void *ctx)
{
	(void)ctx;
	const flow_edge *x = a, *y = b;
	if (x->node != y->node)
		return x->node < y->node ? -1 : 1;
	if (x->how != y->how)
		return x->how < y->how ? -1 : 1;
	return x->step < y->step ? -1 : x->step > y->step;
}

/* Sorted, each once: few by insertion, many sorted before. */
static void sort_edges(flow *f, flow_edge *v, uint32_t *n)
{
	if (*n > FLAT_MAX && !bv__sort(v, *n, sizeof *v, by_edge, NULL))
		f->failed = true;
	uint32_t kept = 0;
	for (uint32_t i = 0; i < *n; i++) {
		uint32_t k = kept;
		const flow_edge e = v[i];
		while (k && by_edge(&v[k - 1], &e, NULL) > 0)
			k--;
		if (k && !by_edge(&v[k - 1], &e, NULL))
			continue;
		memmove(&v[k + 1], &v[k], (kept - k) * sizeof *v);
		v[k] = e;
		kept++;
	}
	*n = kept;
}

static bool spreads(const flow *f, const flow_edge *e) { return !e->step && f->nodes.v[e->node].flat; }

/* Sets of columns are written out in the set around them, where they are few. */
static void spread(flow *f, flow_set *s)
{
	uint32_t total = 0;
	bool any = false;
	for (uint32_t i = 0; i < s->edges.n; i++) {
		bool inside = spreads(f, &s->edges.v[i]);
		any = any || inside;
		total += inside ? f->nodes.v[s->edges.v[i].node].n : 1;
	}
	if (!any || total > FLAT_MAX)
		return;
	flow_set out = {0};
	for (uint32_t i = 0; i < s->edges.n; i++) {
		const flow_edge e = s->edges.v[i];
		if (!spreads(f, &e)) {
			add(f, &out, e.node, e.how, e.step);
			continue;
		}
		const flow_node *in = &f->nodes.v[e.node];
		for (uint32_t k = 0; k < in->n; k++) {
			uint32_t how = (e.how | in->v[k].how) & ~(uint32_t)FLOW_SAME;
			add(f, &out, in->v[k].node, how | (e.how & in->v[k].how & FLOW_SAME), 0);
		}
	}
	*s = out;
}

static uint32_t set_node(flow *f, flow_set *s)
{
	if (s->edges.n == 1 && s->edges.v[0].how == FLOW_SAME && !s->edges.v[0].step)
		return s->edges.v[0].node;
	spread(f, s);
	if (!s->edges.n)
		return FLOW_NOTHING;
	sort_edges(f, s->edges.v, &s->edges.n);
	if (s->edges.n == 1 && s->edges.v[0].how == FLOW_SAME && !s->edges.v[0].step)
		return s->edges.v[0].node;
	bv_str bytes = {(const char *)s->edges.v, (uint32_t)(s->edges.n * sizeof *s->edges.v)};
	uint32_t at = as_node(bv__map_get(&f->sets, bytes));
	if (at)
		return at;
	flow_node n = {.v = s->edges.v, .n = s->edges.n, .flat = s->edges.n <= FLAT_MAX};
	for (uint32_t i = 0; i < n.n && n.flat; i++)
		n.flat = f->nodes.v[n.v[i].node].table && !n.v[i].step;
	at = new_node(f, n);
	bv__map_put(&f->sets, bytes, as_value(at));
	return at;
}

/* The part of a value that a step leads to: of a stored column a longer path, of a struct or list that the query makes the part that was put in, of a
 * choice a choice of parts. Of all else it is the value itself: what made it made each part of it. A struct that has no such field stands beside one that has,
 * and gives its fields by position: then it may be any. */
static uint32_t project(flow *f, uint32_t node, uint32_t step, unsigned depth)
{
	if (node == FLOW_NOTHING || depth > STEP_DEPTH_MAX)
		return node;
	const flow_node n = f->nodes.v[node];
	bool parts = n.table != NULL, named = false;
	for (uint32_t i = 0; i < n.n; i++) {
		parts = parts || n.v[i].step || (n.v[i].how & FLOW_SAME);
		named = named || n.v[i].step == step;
	}
	if (!parts)
		return node;
	const uint32_t pair[2] = {node, step};
	uint32_t at = as_node(bv__map_get(&f->projected, (bv_str){(const char *)pair, sizeof pair}));
	if (at)
		return at;
	if (n.table) {
		if (!BV_PUSH(f->a, &f->paths, ((flow_path){n.path, step})))
			return node;
		at = new_node(f, (flow_node){.table = n.table, .column = n.column, .path = f->paths.n - 1});
	} else {
		flow_set s = {0};
		for (uint32_t i = 0; i < n.n; i++) {
			const flow_edge e = n.v[i];
			if (e.step)
				add(f, &s, e.node, e.how | (e.step == step ? FLOW_SAME : named ? FLOW_BESIDE : 0), 0);
			else if (e.how & FLOW_SAME)
				add(f, &s, project(f, e.node, step, depth + 1), e.how, 0);
			else
				add(f, &s, e.node, e.how, 0);
		}
		at = set_node(f, &s);
	}
	uint32_t *key = BV_NEWN(f->a, uint32_t, 2);
	if (key) {
		memcpy(key, pair, sizeof pair);
		bv__map_put(&f->projected, (bv_str){(const char *)key, sizeof pair}, as_value(at));
	}
	return at;
}

/* ---- columns by name ---- */

static flow_columns *new_columns(flow *f, uint32_t n)
{
	flow_columns *c = BV_NEW(f->a, flow_columns);
	bv_str *names = BV_NEWN(f->a, bv_str, n + 1);
	if (!c || !names)
		return NULL;
	c->names = names;
	c->nodes = BV_NEWN(f->a, uint32_t, n + 1);
	c->n = n;
	return c->nodes ? c : NULL;
}

static void set_name(flow_columns *c, uint32_t i, bv_str name) { ((bv_str *)(uintptr_t)c->names)[i] = name; }

/* Index + 1. */
static uint32_t find_column(flow *f, flow_columns *c, bv_str name)
{
	uint32_t place = bv__place_in_name(c->names, c->n, name);
	if (place)
		return place;
	if (!c->indexed) {
		bv__map_init(&c->by_name, f->a);
		for (uint32_t i = 0; i < c->n; i++)
			if (!bv__map_has(&c->by_name, c->names[i]))
				bv__map_put(&c->by_name, c->names[i], as_value(i + 1));
		c->indexed = true;
	}
	return as_node(bv__map_get(&c->by_name, name));
}

/* ---- expressions ---- */

static flow_columns *of_query(flow *f, const bv_ast_query *q);
static void gather(flow *f, const bv_node *n, uint32_t how, flow_set *out);

static void gather_list(flow *f, const bv_list *l, uint32_t how, flow_set *out)
{
	for (uint32_t i = 0; i < l->n; i++)
		gather(f, l->v[i], how, out);
}

/* The node of a column, of a lambda's parameter, or, in ORDER BY, of an output. */
static uint32_t column_of(flow *f, const bv_path *p)
{
	if (p->n == 1) {
		for (const flow_lambda *l = f->lambdas; l; l = l->outer)
			for (uint32_t i = 0; i < l->params->n; i++)
				if (bv__str_eq(l->params->v[i], p->v[0]))
					return l->node;
		uint32_t at = f->outputs ? find_column(f, f->outputs, p->v[0]) : 0;
		return at ? f->outputs->nodes[at - 1] : FLOW_NOTHING;
	}
	const flow_relation *r = bv__map_get(&f->relations, p->v[0]);
	if (!r)
		return FLOW_NOTHING;
	if (r->table)
		return column_node(f, r->table, p->v[1]);
	uint32_t at = find_column(f, r->columns, p->v[1]);
	return at ? r->columns->nodes[at - 1] : FLOW_NOTHING;
}

static uint32_t value_of(flow *f, const bv_node *n)
{
	if (n->kind == BV_COLUMN)
		return column_of(f, &BV_AS(column, n)->path);
	flow_set s = {0};
	gather(f, n, FLOW_SAME, &s);
	return set_node(f, &s);
}

static void gather_query(flow *f, const bv_node *q, uint32_t how, flow_set *out)
{
	flow_columns *outputs = f->outputs;
	struct flow_set *unnested = f->unnested;
	f->outputs = NULL;
	const flow_columns *c = of_query(f, BV_AS(query, q));
	f->outputs = outputs;
	f->unnested = unnested;
	for (uint32_t i = 0; c && i < c->n; i++)
		add(f, out, c->nodes[i], how, 0);
	if (c)
		add(f, out, c->rows, (how & ~(uint32_t)FLOW_SAME) | FLOW_ROWS, 0);
}

/* How many of its first arguments a function's value may be. */
static uint32_t choices(const bv_ast_call *c)
{
	static const struct {
		const char *name;
		uint32_t n;
	} functions[] = {{"coalesce", UINT32_MAX}, {"nvl", 2}, {"nullif", 1}, {"first_value", 1}, {"last_value", 1}, {"nth_value", 1}, {"lag", 1}, {"lead", 1}};
	for (unsigned i = 0; i < BV_COUNT(functions); i++)
		if (bv__str_is(c->name.v[c->name.n - 1], functions[i].name))
			return functions[i].n;
	return 0;
}

bool bv__is_unnest(const bv_node *n)
{
	if (n->kind != BV_CALL)
		return false;
	bv_str name = BV_AS(call, n)->name.v[BV_AS(call, n)->name.n - 1];
	return bv__str_ieq(name, BV_STR("unnest")) || bv__str_ieq(name, BV_STR("unnest_outer"));
}

static void gather_call(flow *f, const bv_ast_call *c, uint32_t how, flow_set *out)
{
	uint32_t inside = how & ~(uint32_t)FLOW_SAME;
	if (bv__is_unnest(&c->head) && c->args.n) {
		uint32_t list = value_of(f, c->args.v[0]);
		add(f, out, project(f, list, FLOW_ELEMENT, 0), how, 0);
		if (f->unnested)
			add(f, f->unnested, list, BV_ROLE_JOIN, 0);
		return;
	}
	uint32_t same = (how & FLOW_SAME) ? choices(c) : 0;
	for (uint32_t i = 0; i < c->args.n; i++) {
		const bv_node *arg = c->args.v[i];
		if (arg->kind != BV_LAMBDA) {
			gather(f, arg, i < same ? how : inside, out);
			continue;
		}
		/* Its parameters are elements of the list before it. */
		const flow_lambda l = {f->lambdas, &BV_AS(lambda, arg)->params, i ? project(f, value_of(f, c->args.v[0]), FLOW_ELEMENT, 0) : FLOW_NOTHING};
		f->lambdas = &l;
		gather(f, BV_AS(lambda, arg)->body, inside, out);
		f->lambdas = l.outer;
	}
	gather_list(f, &c->order_by, inside | BV_ROLE_ORDER, out);
	gather_list(f, &c->within_group, inside, out); /* the values that it is about */
	if (c->filter)
		gather(f, c->filter, inside | BV_ROLE_FILTER, out);
	if (!c->over)
		return;
	const bv_ast_window *w = BV_AS(window, c->over);
	gather_list(f, &w->partition_by, inside | BV_ROLE_WINDOW, out);
	gather_list(f, &w->order_by, inside | BV_ROLE_WINDOW | BV_ROLE_ORDER, out);
	if (w->frame)
		gather(f, w->frame, inside | BV_ROLE_WINDOW, out);
}

typedef struct gather_ctx {
	flow *f;
	uint32_t how;
	flow_set *out;
} gather_ctx;

static bv_walk gather_child(bv_node *n, bv_node *parent, void *ctx)
{
	(void)parent;
	gather_ctx *g = ctx;
	gather(g->f, n, g->how, g->out);
	return BV_WALK_CONTINUE;
}

static void gather(flow *f, const bv_node *n, uint32_t how, flow_set *out)
{
	uint32_t inside = how & ~(uint32_t)FLOW_SAME;
	switch (n->kind) {
	case BV_COLUMN:
		add(f, out, column_of(f, &BV_AS(column, n)->path), how, 0);
		return;
	case BV_FIELD:
		add(f, out, project(f, value_of(f, BV_AS(field, n)->operand), step_id(f, BV_AS(field, n)->name), 0), how, 0);
		return;
	case BV_INDEX: {
		const bv_ast_index *x = BV_AS(index, n);
		add(f, out, project(f, value_of(f, x->operand), FLOW_ELEMENT, 0), how, 0);
		gather(f, x->index, inside, out);
		return;
	}
	case BV_SLICE: { /* a list of the same elements */
		const bv_ast_slice *s = BV_AS(slice, n);
		gather(f, s->operand, how, out);
		const bv_node *bounds[3] = {s->low, s->high, s->step};
		for (unsigned i = 0; i < 3; i++)
			if (bounds[i])
				gather(f, bounds[i], inside, out);
		return;
	}
	case BV_STRUCT: {
		flow_set fields = {0};
		for (uint32_t i = 0; i < BV_AS(struct, n)->fields.n; i++) {
			const bv_node *x = BV_AS(struct, n)->fields.v[i];
			if (x->kind == BV_ALIAS && (how & FLOW_SAME))
				add(f, &fields, value_of(f, BV_AS(alias, x)->operand), 0, step_id(f, BV_AS(alias, x)->name));
			else
				gather(f, x, 0, &fields);
		}
		add(f, out, set_node(f, &fields), how, 0); /* a node of its own: which fields are one struct's matters */
		return;
	}
	case BV_ARRAY:
		for (uint32_t i = 0; i < BV_AS(array, n)->items.n; i++) {
			const bv_node *x = BV_AS(array, n)->items.v[i];
			if (how & FLOW_SAME)
				add(f, out, value_of(f, x), inside, FLOW_ELEMENT);
			else
				gather(f, x, inside, out);
		}
		return;
	case BV_CASE: {
		const bv_ast_case *c = BV_AS(case, n);
		if (c->operand)
			gather(f, c->operand, inside, out);
		for (uint32_t i = 0; i < c->whens.n; i++) {
			gather(f, BV_AS(when, c->whens.v[i])->condition, inside, out);
			gather(f, BV_AS(when, c->whens.v[i])->result, how, out);
		}
		if (c->otherwise)
			gather(f, c->otherwise, how, out);
		return;
	}
	case BV_CALL:
		gather_call(f, BV_AS(call, n), how, out);
		return;
	case BV_QUERY:
		gather_query(f, n, inside, out);
		return;
	case BV_SCALAR_QUERY:
		gather_query(f, BV_AS(scalar_query, n)->query, how, out);
		return;
	default: {
		gather_ctx g = {f, inside, out};
		bv__children((bv_node *)(uintptr_t)n, gather_child, &g);
	}
	}
}

/* ---- relations ---- */

static void put_relation(flow *f, bv_str alias, flow_table *t, flow_columns *c)
{
	flow_relation *r = BV_NEW(f->a, flow_relation);
	if (!r || (!t && !c))
		return;
	*r = (flow_relation){t, c};
	bv__map_put(&f->relations, alias, r);
}

/* Lists that become rows: each column is made of elements; the lists' lengths say how many rows there are. */
static void of_rows(flow *f, const bv_list *args, const bv_names *names, bv_str alias, bool elements, flow_set *rows)
{
	flow_columns *c = new_columns(f, names->n);
	for (uint32_t i = 0; c && i < c->n; i++) {
		set_name(c, i, names->v[i]);
		flow_set s = {0};
		if (!elements)
			gather_list(f, args, 0, &s);
		c->nodes[i] = !elements ? set_node(f, &s) : i < args->n ? project(f, value_of(f, args->v[i]), FLOW_ELEMENT, 0) : FLOW_NOTHING;
	}
	put_relation(f, alias, NULL, c);
	if (f->with_rows)
		gather_list(f, args, BV_ROLE_JOIN, rows);
}

static void of_relation(flow *f, const bv_node *r, flow_set *rows)
{
	switch (r->kind) {
	case BV_TABLE: {
		const bv_ast_table *t = BV_AS(table, r);
		flow_columns *c = t->path.n == 1 ? bv__map_get(&f->ctes, t->path.v[0]) : NULL;
		if (c) {
			add(f, rows, c->rows, 0, 0);
			put_relation(f, t->alias, NULL, c);
			return;
		}
		bv_str key = f->key(f->ctx, &t->path);
		flow_table *known = bv__map_get(&f->tables, key);
		if (!known && (known = BV_NEW(f->a, flow_table))) {
			known->key = key;
			bv__map_init(&known->columns, f->a);
			bv__map_put(&f->tables, key, known);
		}
		put_relation(f, t->alias, known, NULL);
		return;
	}
	case BV_DERIVED: {
		flow_columns *c = of_query(f, BV_AS(query, BV_AS(derived, r)->query));
		if (c)
			add(f, rows, c->rows, 0, 0);
		put_relation(f, BV_AS(derived, r)->alias, NULL, c);
		return;
	}
	case BV_JOIN:
		of_relation(f, BV_AS(join, r)->left, rows);
		of_relation(f, BV_AS(join, r)->right, rows);
		if (f->with_rows && BV_AS(join, r)->on)
			gather(f, BV_AS(join, r)->on, BV_ROLE_JOIN, rows);
		return;
	case BV_UNNEST:
		of_rows(f, &BV_AS(unnest, r)->args, &BV_AS(unnest, r)->columns, BV_AS(unnest, r)->alias, true, rows);
		return;
	case BV_TABLE_FUNCTION:
		of_rows(f, &BV_AS(table_function, r)->args, &BV_AS(table_function, r)->columns, BV_AS(table_function, r)->alias, false, rows);
		return;
	default:
		return;
	}
}

/* ---- bodies ---- */

static flow_columns *of_select(flow *f, const bv_ast_select *s)
{
	flow_set rows = {0};
	for (uint32_t i = 0; i < s->from.n; i++)
		of_relation(f, s->from.v[i], &rows);
	flow_columns *c = new_columns(f, s->projections.n);
	if (!c)
		return NULL;
	f->unnested = f->with_rows ? &rows : NULL;
	for (uint32_t i = 0; i < c->n; i++) {
		const bv_ast_alias *p = BV_AS(alias, s->projections.v[i]);
		set_name(c, i, p->name);
		c->nodes[i] = value_of(f, p->operand);
	}
	f->unnested = NULL;
	if (!f->with_rows)
		return c;
	if (s->where)
		gather(f, s->where, BV_ROLE_FILTER, &rows);
	gather_list(f, &s->group_by, BV_ROLE_GROUP, &rows);
	if (s->having)
		gather(f, s->having, BV_ROLE_FILTER, &rows);
	for (uint32_t i = 0; s->distinct && i < c->n; i++)
		add(f, &rows, c->nodes[i], BV_ROLE_GROUP, 0);
	c->rows = set_node(f, &rows);
	return c;
}

static flow_columns *of_body(flow *f, const bv_node *b);

/* UNION groups by its columns, unless it keeps duplicates; INTERSECT and EXCEPT join by them. */
static uint32_t set_role(const bv_ast_set_operation *o)
{
	return o->op != BV_set_kind_union ? BV_ROLE_JOIN : o->all ? 0 : BV_ROLE_GROUP;
}

static uint32_t set_rows(flow *f, const bv_ast_set_operation *o, const flow_columns *l, const flow_columns *r)
{
	if (!f->with_rows)
		return FLOW_NOTHING;
	flow_set rows = {0};
	const flow_columns *sides[2] = {l, r};
	for (unsigned k = 0; k < 2; k++) {
		if (!sides[k])
			continue;
		add(f, &rows, sides[k]->rows, 0, 0);
		for (uint32_t i = 0; set_role(o) && i < sides[k]->n; i++)
			add(f, &rows, sides[k]->nodes[i], set_role(o), 0);
	}
	return set_node(f, &rows);
}

static flow_columns *of_set_operation(flow *f, const bv_ast_set_operation *o)
{
	const flow_columns *l = of_body(f, o->left), *r = of_body(f, o->right);
	flow_columns *c = l ? new_columns(f, l->n) : NULL;
	for (uint32_t i = 0; c && i < c->n; i++) {
		flow_set s = {0};
		set_name(c, i, l->names[i]);
		add(f, &s, l->nodes[i], FLOW_SAME, 0);
		if (r && i < r->n)
			add(f, &s, r->nodes[i], o->op == BV_set_kind_except ? BV_ROLE_JOIN : FLOW_SAME, 0);
		c->nodes[i] = set_node(f, &s);
	}
	if (c)
		c->rows = set_rows(f, o, l, r);
	return c;
}

static flow_columns *of_values(flow *f, const bv_list *rows)
{
	flow_columns *c = new_columns(f, rows->n ? BV_AS(row, rows->v[0])->items.n : 0);
	for (uint32_t i = 0; c && i < c->n; i++) {
		flow_set s = {0};
		for (uint32_t k = 0; k < rows->n; k++)
			if (i < BV_AS(row, rows->v[k])->items.n)
				gather(f, BV_AS(row, rows->v[k])->items.v[i], FLOW_SAME, &s);
		set_name(c, i, bv__arena_printf(f->a, "column%u", i + 1));
		c->nodes[i] = set_node(f, &s);
	}
	return c;
}

static flow_columns *of_body(flow *f, const bv_node *b)
{
	switch (b->kind) {
	case BV_SELECT:
		return of_select(f, BV_AS(select, b));
	case BV_SET_OPERATION:
		return of_set_operation(f, BV_AS(set_operation, b));
	case BV_VALUES:
		return of_values(f, &BV_AS(values, b)->rows);
	case BV_QUERY:
		return of_query(f, BV_AS(query, b));
	default:
		return NULL;
	}
}

/* ---- queries ---- */

typedef struct mention_ctx {
	bv_str name;
	bool found;
} mention_ctx;

static bv_walk visit_mention(bv_node *n, bv_node *parent, void *ctx)
{
	(void)parent;
	mention_ctx *m = ctx;
	m->found = n->kind == BV_TABLE && BV_AS(table, n)->path.n == 1 && bv__str_eq(BV_AS(table, n)->path.v[0], m->name);
	return m->found ? BV_WALK_STOP : BV_WALK_CONTINUE;
}

bool bv__reads_itself(const bv_ast_cte *c)
{
	const bv_node *body = BV_AS(query, c->query)->body;
	mention_ctx m = {c->name, false};
	if (body->kind == BV_SET_OPERATION)
		bv__walk(BV_AS(set_operation, body)->right, visit_mention, &m);
	return m.found;
}

/* What is in a set before its edges are known: the one place where the graph has cycles. */
static void close_set(flow *f, uint32_t node, flow_set *s)
{
	if (node == FLOW_NOTHING)
		return;
	sort_edges(f, s->edges.v, &s->edges.n);
	f->nodes.v[node].v = s->edges.v;
	f->nodes.v[node].n = s->edges.n;
}

/* A recursive CTE's columns are sets of what the start and the step give, and the step reads these sets. */
static flow_columns *of_recursive(flow *f, const bv_ast_cte *cte)
{
	const bv_ast_set_operation *o = BV_AS(set_operation, BV_AS(query, cte->query)->body);
	const flow_columns *start = of_body(f, o->left);
	flow_columns *c = start ? new_columns(f, start->n) : NULL;
	if (!c)
		return NULL;
	for (uint32_t i = 0; i < c->n; i++) {
		set_name(c, i, start->names[i]);
		c->nodes[i] = new_node(f, (flow_node){0});
	}
	c->rows = f->with_rows ? new_node(f, (flow_node){0}) : FLOW_NOTHING;
	bv__map_put(&f->ctes, cte->name, c);
	const flow_columns *step = of_body(f, o->right);
	for (uint32_t i = 0; i < c->n; i++) {
		flow_set s = {0};
		add(f, &s, start->nodes[i], 0, 0);
		if (step && i < step->n)
			add(f, &s, step->nodes[i], 0, 0);
		close_set(f, c->nodes[i], &s);
	}
	flow_set rows = {0};
	add(f, &rows, set_rows(f, o, start, step), 0, 0);
	close_set(f, c->rows, &rows);
	return c;
}

static flow_columns *of_query(flow *f, const bv_ast_query *q)
{
	for (uint32_t i = 0; i < q->ctes.n; i++) {
		const bv_ast_cte *c = BV_AS(cte, q->ctes.v[i]);
		flow_columns *w = q->recursive && bv__reads_itself(c) ? of_recursive(f, c) : of_query(f, BV_AS(query, c->query));
		if (w)
			bv__map_put(&f->ctes, c->name, w);
	}
	flow_columns *c = of_body(f, q->body);
	if (!c || !f->with_rows || (!q->limit && !q->offset))
		return c;
	flow_set rows = {0};
	flow_columns *outer = f->outputs;
	add(f, &rows, c->rows, 0, 0);
	f->outputs = c;
	gather_list(f, &q->order_by, BV_ROLE_ORDER, &rows);
	f->outputs = outer;
	if (q->limit)
		gather(f, q->limit, BV_ROLE_FILTER, &rows);
	if (q->offset)
		gather(f, q->offset, BV_ROLE_FILTER, &rows);
	c->rows = set_node(f, &rows);
	return c;
}

static void init(flow *f)
{
	bv_map *maps[] = {&f->relations, &f->ctes, &f->tables, &f->sets, &f->projected, &f->step_ids};
	for (unsigned i = 0; i < BV_COUNT(maps); i++)
		bv__map_init(maps[i], f->a);
	(void)BV_PUSH(f->a, &f->nodes, ((flow_node){0}));      /* FLOW_NOTHING */
	(void)BV_PUSH(f->a, &f->paths, ((flow_path){0}));      /* the column itself */
	(void)BV_PUSH(f->a, &f->steps, BV_STR(""));            /* no step */
	(void)BV_PUSH(f->a, &f->steps, BV_STR("[]"));          /* FLOW_ELEMENT */
}

const flow_columns *bv__flow_query(flow *f, const bv_node *query)
{
	init(f);
	const flow_columns *c = of_query(f, BV_AS(query, query));
	return f->failed || bv__arena_failed(f->a) ? NULL : c;
}

/* ---- walking ---- */

static void reach(flow *f, uint32_t at, uint16_t any, bool free)
{
	flow_node *n = &f->nodes.v[at];
	if (n->visit != f->visits) {
		n->visit = f->visits;
		n->any = 0;
		n->free = n->waiting = false;
	} else if ((n->any | any) == n->any && n->free >= free) {
		return; /* nothing new: so also a cycle ends */
	}
	n->any |= any;
	n->free = n->free || free;
	if (!n->waiting)
		n->waiting = BV_PUSH(f->a, &f->queue, at);
}

void bv__flow_sources(flow *f, uint32_t node, bool detailed, flow_sources *out)
{
	if (node == FLOW_NOTHING)
		return;
	const uint32_t roles = BV_ROLE_ALL, skip = detailed ? FLOW_BESIDE : FLOW_ROWS;
	BV_VEC(uint32_t) found = {0};
	f->visits++;
	f->queue.n = 0;
	reach(f, node, 0, true);
	for (uint32_t i = 0; i < f->queue.n; i++) {
		flow_node *n = &f->nodes.v[f->queue.v[i]];
		n->waiting = false;
		if (n->table)
			(void)BV_PUSH(f->a, &found, f->queue.v[i]);
		for (uint32_t k = 0; k < n->n; k++) {
			uint16_t how = n->v[k].how & roles;
			uint16_t any = (uint16_t)((n->any ? n->any | how : 0) | (n->free ? how : 0));
			if (!(n->v[k].how & skip))
				reach(f, n->v[k].node, any, n->free && !how);
		}
	}
	for (uint32_t i = 0; i < found.n; i++) {
		flow_node *n = &f->nodes.v[found.v[i]];
		if (n->visit != f->visits)
			continue;
		(void)BV_PUSH(f->a, out, ((flow_source){found.v[i], (uint16_t)(n->any | (n->free ? BV_ROLE_PROJECTION : 0))}));
		n->visit--; /* told once */
	}
}
