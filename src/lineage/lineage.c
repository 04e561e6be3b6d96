/* lineage: value lineage of a governed query, bottom-up. In: a tree whose columns are [alias, name] with aliases unique in the whole tree;
 * out: for each output the columns of stored tables that its expression is made of, through CTEs, derived tables and set operations. */
#include "lineage/lineage.h"

typedef BV_VEC(bv_source_column) sources;

typedef struct columns {
	bv_str *names;
	sources *v;
	uint32_t n;
	bv_map by_name; /* -> index + 1 */
} columns;

typedef struct lineage_ctx {
	bv_arena *a;
	bv_table_key key;
	void *ctx;
	bv_map relations; /* alias -> columns *, or table below */
	bv_map tables;    /* alias -> bv_str * key of a stored table */
	bv_map ctes;
} lineage_ctx;

static int by_source(const void *a, const void *b, void *ctx)
{
	(void)ctx;
	const bv_source_column *x = a, *y = b;
	int c = bv__str_cmp(x->table, y->table);
	return c ? c : bv__str_cmp(x->column, y->column);
}

static void sort_unique(sources *s)
{
	if (s->n < 2 || !bv__sort(s->v, s->n, sizeof *s->v, by_source, NULL))
		return;
	uint32_t n = 1;
	for (uint32_t i = 1; i < s->n; i++)
		if (by_source(&s->v[i], &s->v[n - 1], NULL))
			s->v[n++] = s->v[i];
	s->n = n;
}

static void add_all(lineage_ctx *cx, sources *to, const sources *from)
{
	for (uint32_t i = 0; i < from->n; i++)
		(void)BV_PUSH(cx->a, to, from->v[i]);
}

static columns *new_columns(lineage_ctx *cx, uint32_t n)
{
	columns *c = BV_NEW(cx->a, columns);
	if (!c)
		return NULL;
	c->names = BV_NEWN(cx->a, bv_str, n + 1);
	c->v = BV_NEWN(cx->a, sources, n + 1);
	c->n = n;
	return c->names && c->v ? c : NULL;
}

static void index_columns(lineage_ctx *cx, columns *c)
{
	bv__map_init(&c->by_name, cx->a);
	for (uint32_t i = 0; i < c->n; i++)
		if (!bv__map_has(&c->by_name, c->names[i]))
			bv__map_put(&c->by_name, c->names[i], (void *)(uintptr_t)(i + 1));
}

static columns *of_query(lineage_ctx *cx, const bv_ast_query *q);

typedef struct collect_ctx {
	lineage_ctx *cx;
	sources *out;
} collect_ctx;

static bv_walk collect(bv_node *n, bv_node *parent, void *ctx)
{
	(void)parent;
	collect_ctx *c = ctx;
	if (n->kind == BV_QUERY) {
		const columns *sub = of_query(c->cx, BV_AS(query, n));
		for (uint32_t i = 0; sub && i < sub->n; i++)
			add_all(c->cx, c->out, &sub->v[i]);
		return BV_WALK_PRUNE;
	}
	if (n->kind != BV_COLUMN || BV_AS(column, n)->path.n < 2)
		return BV_WALK_CONTINUE;
	const bv_path *p = &BV_AS(column, n)->path;
	const bv_str *table = bv__map_get(&c->cx->tables, p->v[0]);
	if (table) {
		(void)BV_PUSH(c->cx->a, c->out, ((bv_source_column){*table, p->v[1]}));
		return BV_WALK_CONTINUE;
	}
	const columns *r = bv__map_get(&c->cx->relations, p->v[0]);
	uintptr_t at = r ? (uintptr_t)bv__map_get(&r->by_name, p->v[1]) : 0;
	if (at)
		add_all(c->cx, c->out, &r->v[at - 1]);
	return BV_WALK_CONTINUE;
}

static void of_expr(lineage_ctx *cx, const bv_node *e, sources *out)
{
	collect_ctx c = {cx, out};
	bv__walk((bv_node *)e, collect, &c);
	sort_unique(out);
}

static void of_relation(lineage_ctx *cx, const bv_node *r)
{
	switch (r->kind) {
	case BV_TABLE: {
		const bv_ast_table *t = BV_AS(table, r);
		columns *w = t->path.n == 1 ? bv__map_get(&cx->ctes, t->path.v[0]) : NULL;
		if (w) {
			bv__map_put(&cx->relations, t->alias, w);
			return;
		}
		bv_str *key = BV_NEW(cx->a, bv_str);
		if (!key)
			return;
		*key = cx->key(cx->ctx, &t->path);
		bv__map_put(&cx->tables, t->alias, key);
		return;
	}
	case BV_DERIVED: {
		columns *c = of_query(cx, BV_AS(query, BV_AS(derived, r)->query));
		if (c)
			bv__map_put(&cx->relations, BV_AS(derived, r)->alias, c);
		return;
	}
	case BV_JOIN:
		of_relation(cx, BV_AS(join, r)->left);
		of_relation(cx, BV_AS(join, r)->right);
		return;
	case BV_UNNEST: {
		const bv_ast_unnest *u = BV_AS(unnest, r);
		columns *c = new_columns(cx, u->columns.n);
		if (!c)
			return;
		for (uint32_t i = 0; i < c->n; i++) {
			c->names[i] = u->columns.v[i];
			if (i < u->args.n)
				of_expr(cx, u->args.v[i], &c->v[i]);
		}
		index_columns(cx, c);
		bv__map_put(&cx->relations, u->alias, c);
		return;
	}
	default: /* a table function's rows come from no table */
		return;
	}
}

static columns *of_body(lineage_ctx *cx, const bv_node *b)
{
	switch (b->kind) {
	case BV_SELECT: {
		const bv_ast_select *s = BV_AS(select, b);
		for (uint32_t i = 0; i < s->from.n; i++)
			of_relation(cx, s->from.v[i]);
		columns *c = new_columns(cx, s->projections.n);
		if (!c)
			return NULL;
		for (uint32_t i = 0; i < c->n; i++) {
			const bv_ast_alias *p = BV_AS(alias, s->projections.v[i]);
			c->names[i] = p->name;
			of_expr(cx, p->operand, &c->v[i]);
		}
		index_columns(cx, c);
		return c;
	}
	case BV_SET_OPERATION: {
		columns *l = of_body(cx, BV_AS(set_operation, b)->left), *r = of_body(cx, BV_AS(set_operation, b)->right);
		columns *c = l ? new_columns(cx, l->n) : NULL;
		for (uint32_t i = 0; c && i < c->n; i++) {
			c->names[i] = l->names[i];
			add_all(cx, &c->v[i], &l->v[i]);
			if (r && i < r->n)
				add_all(cx, &c->v[i], &r->v[i]);
			sort_unique(&c->v[i]);
		}
		if (c)
			index_columns(cx, c);
		return c;
	}
	case BV_VALUES: {
		const bv_list *rows = &BV_AS(values, b)->rows;
		columns *c = new_columns(cx, rows->n ? BV_AS(row, rows->v[0])->items.n : 0);
		if (!c)
			return NULL;
		for (uint32_t i = 0; i < c->n; i++)
			c->names[i] = bv__arena_printf(cx->a, "column%u", i + 1);
		index_columns(cx, c);
		return c;
	}
	case BV_QUERY:
		return of_query(cx, BV_AS(query, b));
	default:
		return NULL;
	}
}

static columns *of_query(lineage_ctx *cx, const bv_ast_query *q)
{
	for (uint32_t i = 0; i < q->ctes.n; i++) {
		const bv_ast_cte *c = BV_AS(cte, q->ctes.v[i]);
		const bv_ast_query *cq = BV_AS(query, c->query);
		columns *w = NULL;
		if (q->recursive && cq->body->kind == BV_SET_OPERATION) {
			w = of_body(cx, BV_AS(set_operation, cq->body)->left);
			/* A step can carry one column into another: repeat until nothing is new, at most once a column. */
			for (uint32_t round = 0; w && round <= w->n; round++) {
				bv__map_put(&cx->ctes, c->name, w);
				columns *step = of_body(cx, BV_AS(set_operation, cq->body)->right);
				bool grew = false;
				for (uint32_t k = 0; step && k < w->n && k < step->n; k++) {
					uint32_t before = w->v[k].n;
					sources both = {0};
					add_all(cx, &both, &w->v[k]);
					add_all(cx, &both, &step->v[k]);
					sort_unique(&both);
					w->v[k] = both;
					grew = grew || both.n != before;
				}
				if (!grew)
					break;
			}
		} else {
			w = of_query(cx, cq);
		}
		if (w)
			bv__map_put(&cx->ctes, c->name, w);
	}
	return of_body(cx, q->body);
}

static bv_str dotted(lineage_ctx *cx, const bv_path *p)
{
	bv_buf b = BV_BUF_INIT;
	for (uint32_t i = 0; i < p->n; i++) {
		if (i)
			bv__buf_ch(&b, '.');
		bv__buf_str(&b, p->v[i]);
	}
	bv_str out = bv__arena_str(cx->a, bv__buf_view(&b));
	bv__buf_free(&b);
	return out;
}

static bv_str own_key(void *ctx, const bv_path *path) { return dotted(ctx, path); }

bool bv__lineage(bv_arena *a, const bv_node *query, bv_table_key key, void *ctx, bv_lineage *out)
{
	lineage_ctx cx = {.a = a, .key = key, .ctx = ctx};
	if (!key) {
		cx.key = own_key;
		cx.ctx = &cx;
	}
	bv__map_init(&cx.relations, a);
	bv__map_init(&cx.tables, a);
	bv__map_init(&cx.ctes, a);
	const columns *c = of_query(&cx, BV_AS(query, query));
	if (!c)
		return false;
	bv_map seen;
	bv__map_init(&seen, a);
	out->v = BV_NEWN(a, bv_column_lineage, c->n + 1);
	sources *lists = BV_NEWN(a, sources, c->n + 1);
	if (!out->v || !lists)
		return false;
	out->n = 0;
	for (uint32_t i = 0; i < c->n; i++) {
		uintptr_t at = (uintptr_t)bv__map_get(&seen, c->names[i]);
		if (!at) {
			at = ++out->n;
			bv__map_put(&seen, c->names[i], (void *)at);
			out->v[at - 1].output = c->names[i];
		}
		add_all(&cx, &lists[at - 1], &c->v[i]);
		sort_unique(&lists[at - 1]);
	}
	for (uint32_t i = 0; i < out->n; i++) {
		out->v[i].v = lists[i].v;
		out->v[i].n = lists[i].n;
	}
	return !bv__arena_failed(a);
}

void bv__lineage_json(const bv_lineage *l, bv_buf *out)
{
	bv_json j = bv__json(out);
	bv__json_open(&j, '{');
	for (uint32_t i = 0; i < l->n; i++) {
		bv__json_key_str(&j, l->v[i].output);
		bv__json_open(&j, '[');
		for (uint32_t k = 0; k < l->v[i].n; k++) {
			bv__json_open(&j, '[');
			bv__json_str(&j, l->v[i].v[k].table);
			bv__json_str(&j, l->v[i].v[k].column);
			bv__json_close(&j, ']');
		}
		bv__json_close(&j, ']');
	}
	bv__json_close(&j, '}');
}
