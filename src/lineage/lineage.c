/* lineage: value lineage and uses, read off the graph of flow.c, and their JSON. In: a governed query; out: lists sorted by names. */
#include "lineage/flow.h"

const char *const bv__role_names[6] = {"projection", "filter", "join", "group", "order", "window"};

static bv_str own_key(void *ctx, const bv_path *p)
{
	bv_str out = p->n ? p->v[0] : BV_STR("");
	for (uint32_t i = 1; i < p->n; i++)
		out = bv__arena_printf(ctx, BV_STR_FMT "." BV_STR_FMT, BV_STR_ARG(out), BV_STR_ARG(p->v[i]));
	return out;
}

static flow make(bv_arena *a, bv_table_key key, void *ctx, bool rows)
{
	return (flow){.a = a, .key = key ? key : own_key, .ctx = key ? ctx : a, .with_rows = rows};
}

/* ---- value lineage ---- */

static int by_source(const void *a, const void *b, void *ctx)
{
	(void)ctx;
	const bv_source_column *x = a, *y = b;
	int c = bv__str_cmp(x->table, y->table);
	return c ? c : bv__str_cmp(x->column, y->column);
}

typedef BV_VEC(bv_source_column) sources;

static bool sort_unique(sources *s)
{
	if (!bv__sort(s->v, s->n, sizeof *s->v, by_source, NULL))
		return false;
	uint32_t n = s->n ? 1 : 0;
	for (uint32_t i = 1; i < s->n; i++)
		if (by_source(&s->v[i], &s->v[n - 1], NULL))
			s->v[n++] = s->v[i];
	s->n = n;
	return true;
}

static bool add_sources(flow *f, uint32_t node, sources *out)
{
	flow_sources found = {0};
	bv__flow_sources(f, node, false, &found);
	for (uint32_t i = 0; i < found.n; i++) {
		const flow_node *n = &f->nodes.v[found.v[i].node];
		(void)BV_PUSH(f->a, out, ((bv_source_column){n->table->key, n->column}));
	}
	return sort_unique(out);
}

bool bv__lineage(bv_arena *a, const bv_node *query, bv_table_key key, void *ctx, bv_lineage *out)
{
	flow f = make(a, key, ctx, false);
	const flow_columns *c = bv__flow_query(&f, query);
	bv_map seen;
	bv__map_init(&seen, a);
	out->v = c ? BV_NEWN(a, bv_column_lineage, c->n + 1) : NULL;
	sources *lists = c ? BV_NEWN(a, sources, c->n + 1) : NULL;
	if (!out->v || !lists)
		return false;
	out->n = 0;
	bool ok = true;
	for (uint32_t i = 0; i < c->n; i++) {
		uintptr_t at = (uintptr_t)bv__map_get(&seen, c->names[i]);
		if (!at) {
			at = ++out->n;
			bv__map_put(&seen, c->names[i], (void *)at);
			out->v[at - 1].output = c->names[i];
		}
		ok = add_sources(&f, c->nodes[i], &lists[at - 1]) && ok;
		out->v[at - 1].v = lists[at - 1].v;
		out->v[at - 1].n = lists[at - 1].n;
	}
	return ok && !f.failed && !bv__arena_failed(a);
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

/* ---- uses ---- */

static bool plain_word(bv_str s)
{
	bool plain = s.n > 0;
	for (uint32_t i = 0; i < s.n && plain; i++) {
		unsigned char c = (unsigned char)s.p[i];
		plain = c >= 0x80 || c == '_' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (i && c >= '0' && c <= '9');
	}
	return plain;
}

static void put_path(const flow *f, uint32_t path, bv_buf *b, unsigned depth)
{
	if (!path || depth > BV_DEPTH_MAX)
		return;
	const flow_path p = f->paths.v[path];
	put_path(f, p.parent, b, depth + 1);
	bv_str step = f->steps.v[p.step];
	if (p.step == FLOW_ELEMENT) {
		bv__buf_str(b, step);
		return;
	}
	if (b->n)
		bv__buf_ch(b, '.');
	if (plain_word(step)) {
		bv__buf_str(b, step);
		return;
	}
	bv__buf_ch(b, '"');
	for (uint32_t i = 0; i < step.n; i++) {
		if (step.p[i] == '"')
			bv__buf_ch(b, '"');
		bv__buf_ch(b, step.p[i]);
	}
	bv__buf_ch(b, '"');
}

static bv_str path_text(flow *f, uint32_t path)
{
	if (!path)
		return BV_STR("");
	bv_buf b = BV_BUF_INIT;
	put_path(f, path, &b, 0);
	bv_str out = bv__arena_str(f->a, bv__buf_view(&b));
	f->failed = f->failed || b.failed;
	bv__buf_free(&b);
	return out;
}

static int by_use(const void *a, const void *b, void *ctx)
{
	(void)ctx;
	const bv_use *x = a, *y = b;
	int c = bv__str_cmp(x->table, y->table);
	c = c ? c : bv__str_cmp(x->column, y->column);
	return c ? c : bv__str_cmp(x->path, y->path);
}

static bool uses_of(flow *f, uint32_t node, bv_column_uses *out)
{
	flow_sources found = {0};
	bv__flow_sources(f, node, true, &found);
	out->v = BV_NEWN(f->a, bv_use, found.n + 1);
	out->n = out->v ? found.n : 0;
	for (uint32_t i = 0; i < out->n; i++) {
		const flow_node *n = &f->nodes.v[found.v[i].node];
		out->v[i] = (bv_use){n->table->key, n->column, path_text(f, n->path), found.v[i].roles};
	}
	return out->v && bv__sort(out->v, out->n, sizeof *out->v, by_use, NULL);
}

bool bv__uses(bv_arena *a, const bv_node *query, bv_table_key key, void *ctx, bv_uses *out)
{
	flow f = make(a, key, ctx, true);
	const flow_columns *c = bv__flow_query(&f, query);
	out->v = c ? BV_NEWN(a, bv_column_uses, c->n + 1) : NULL;
	if (!out->v)
		return false;
	out->n = c->n;
	bool ok = uses_of(&f, c->rows, &out->rows);
	for (uint32_t i = 0; ok && i < c->n; i++) {
		out->v[i].output = c->names[i];
		ok = uses_of(&f, c->nodes[i], &out->v[i]);
	}
	return ok && !f.failed && !bv__arena_failed(a);
}

void bv__uses_json(const bv_column_uses *u, bv_json *j)
{
	bv__json_open(j, '[');
	for (uint32_t i = 0; i < u->n; i++) {
		bv__json_open(j, '{');
		bv__json_key(j, "table");
		bv__json_str(j, u->v[i].table);
		bv__json_key(j, "column");
		bv__json_str(j, u->v[i].column);
		bv__json_key(j, "path");
		bv__json_str(j, u->v[i].path);
		bv__json_key(j, "roles");
		bv__json_open(j, '[');
		for (unsigned k = 0; k < BV_COUNT(bv__role_names); k++)
			if (u->v[i].roles >> k & 1)
				bv__json_z(j, bv__role_names[k]);
		bv__json_close(j, ']');
		bv__json_close(j, '}');
	}
	bv__json_close(j, ']');
}
