/* qualify, names: what each name in an expression means. In: an expression as read and the scope that it stands in; out: columns as
 * [governed alias, stored name], fields as field nodes, aliases replaced by what they stand for. Every name that means nothing, or more
 * than one thing, is reported. */
#include "lane/qualify.h"

static bool is_dialect(const bv_lane_state *st, const char *const *names, unsigned n)
{
	const char *d = bv__dialect_name(st->cx->dialect);
	for (unsigned i = 0; i < n; i++)
		if (strcmp(d, names[i]) == 0)
			return true;
	return false;
}

bool bv__lateral_aliases(const bv_lane_state *st)
{
	static const char *const have[] = {"duckdb", "spark", "databricks", "snowflake", "generic"};
	return is_dialect(st, have, BV_COUNT(have));
}

bool bv__where_aliases(const bv_lane_state *st)
{
	static const char *const have[] = {"duckdb", "snowflake", "generic"};
	return is_dialect(st, have, BV_COUNT(have));
}

bool bv__group_aliases(const bv_lane_state *st)
{
	static const char *const none[] = {"trino"};
	return !is_dialect(st, none, BV_COUNT(none));
}

bool bv__having_aliases(const bv_lane_state *st)
{
	static const char *const none[] = {"postgres", "trino"};
	return !is_dialect(st, none, BV_COUNT(none));
}

bool bv__merged_first(const bv_lane_state *st)
{
	static const char *const have[] = {"postgres", "spark", "databricks", "snowflake", "bigquery", "trino"};
	return is_dialect(st, have, BV_COUNT(have));
}

bool bv__merged_by_name(const bv_lane_state *st)
{
	static const char *const have[] = {"datafusion"};
	return is_dialect(st, have, BV_COUNT(have));
}

bool bv__order_alias_inside(const bv_lane_state *st)
{
	static const char *const not_inside[] = {"postgres", "duckdb"};
	return !is_dialect(st, not_inside, BV_COUNT(not_inside));
}

bv_str bv__positional_name(bv_lane_state *st, uint32_t i)
{
	return bv__arena_numbered(st->arena, 'c', i + 1);
}

bv_str bv__new_alias(bv_lane_state *st, bv_relation *r)
{
	r->governed = bv__arena_numbered(st->arena, 't', ++st->aliases);
	bv__map_put(&st->relations, r->governed, r);
	return r->governed;
}

/* Relations of subqueries in a copy get aliases of their own. */
typedef struct fresh_ctx {
	bv_lane_state *st;
	bv_map names; /* old alias -> bv_str * */
} fresh_ctx;

static bv_walk visit_fresh(bv_node *n, bv_node *parent, void *ctx)
{
	(void)parent;
	fresh_ctx *f = ctx;
	bv_str *alias = bv__relation_alias(n);
	bv_relation *r = alias ? bv__map_get(&f->st->relations, *alias) : NULL, *own = r ? BV_NEW(f->st->arena, bv_relation) : NULL;
	if (own) {
		*own = *r;
		bv__new_alias(f->st, own);
		bv__map_put(&f->names, *alias, &own->governed);
	}
	return BV_WALK_CONTINUE;
}

bv_node *bv__copy_expr(bv_lane_state *st, const bv_node *e)
{
	bv_node *copy = bv__tree_share(st->arena, e);
	if (!copy || !bv__has_subquery(st, copy))
		return copy;
	fresh_ctx f = {.st = st};
	bv__map_init(&f.names, st->arena);
	bv__walk(copy, visit_fresh, &f);
	bv__rename_relations(copy, &f.names);
	return copy;
}

bv_node *bv__visible_expr(bv_lane_state *st, const bv_visible *v, bv_span span)
{
	if (v->merged)
		return bv__tree_share(st->arena, v->merged);
	return bv__column(st->arena, span, v->rel->governed, v->rel->actual[v->col]);
}

/* Wraps the rest of a dotted name into field accesses. */
static bv_node *fields(bv_lane_state *st, bv_node *of, const bv_path *p, uint32_t from, bv_span span)
{
	for (uint32_t i = from; of && i < p->n; i++) {
		bv_ast_field *f = BV_MAKE(st->arena, FIELD, field, span);
		if (!f)
			return of;
		f->operand = of;
		f->name = p->v[i];
		of = &f->head;
	}
	if (of && from < p->n)
		bv__rule(st, BV_RULE_STRUCT_FIELD, span, of);
	return of;
}

/* Outputs of this name that mean different things. */
static unsigned find_output(bv_lane_state *st, const bv_scope *s, bv_str name, bool insensitive, const bv_output **out)
{
	for (int round = 0; round < (insensitive ? 2 : 1); round++) {
		unsigned n = 0;
		for (uint32_t i = 0; i < s->noutputs; i++) {
			const bv_output *o = &s->outputs[i];
			if (!(round ? bv__str_ieq(o->name, name) : bv__str_eq(o->name, name)))
				continue;
			if (n && o->expr && (*out)->expr && bv__same_expr(st, o->expr, (*out)->expr))
				continue;
			if (n++ == 0)
				*out = o;
		}
		if (n)
			return n;
	}
	return 0;
}

/* A copy of what an alias stands for. Aliases of aliases can double at each step: what they write out has a budget. */
static bv_node *written_out(bv_lane_state *st, const bv_node *e, bv_span span)
{
	if (st->copied > BV_NODES_MAX)
		return bv__node_new(st->arena, BV_NULL_LITERAL, span); /* reported already */
	st->copied += bv__tree_count(e);
	if (st->copied > BV_NODES_MAX) {
		bv_diagnostic *d = bv__diag(st->d, BV_E_SIZE, span, "the query grows past %u nodes when its aliases are written out", BV_NODES_MAX);
		bv__diag_hint(st->d, d, "compute the expression once in a CTE");
		return bv__node_new(st->arena, BV_NULL_LITERAL, span);
	}
	return bv__copy_expr(st, e);
}

static bv_node *output_expr(bv_lane_state *st, const bv_scope *s, const bv_output *o, bv_span span)
{
	if (!s->output_refs && o->expr) {
		bv__rule(st, BV_RULE_ALIAS, span, o->expr);
		return written_out(st, o->expr, span);
	}
	/* A whole query may give two columns one name: then the name says nothing, the expression does. */
	if (o->expr)
		for (uint32_t i = 0; i < s->noutputs; i++)
			if (&s->outputs[i] != o && bv__str_eq(s->outputs[i].actual, o->actual))
				return bv__copy_expr(st, o->expr);
	return bv__column(st->arena, span, (bv_str){"", 0}, o->actual);
}

static bv_node *ambiguous(bv_lane_state *st, bv_node *at, bv_str name, const bv_scope *s)
{
	bv_diagnostic *e = bv__diag(st->d, BV_E_COLUMN_AMBIGUOUS, at->span, "column `" BV_STR_FMT "` is ambiguous", BV_STR_ARG(name));
	bv_buf b = BV_BUF_INIT;
	unsigned n = 0;
	for (uint32_t i = 0; i < s->relations.n && n < 4; i++) {
		uint32_t col;
		const bv_relation *r = s->relations.v[i];
		if (r->alias.n && bv__relation_column(r, name, true, &col))
			bv__buf_printf(&b, "%s`" BV_STR_FMT "." BV_STR_FMT "`", n++ ? ", " : "", BV_STR_ARG(r->alias), BV_STR_ARG(r->names[col]));
	}
	if (n > 1)
		bv__diag_hint(st->d, e, "it could be %s", b.p);
	bv__buf_free(&b);
	return at;
}

/* Looks in one scope. NULL: nothing of this name here. */
static bv_node *find_here(bv_lane_state *st, bv_scope *s, bv_ast_column *c)
{
	const bv_path *p = &c->path;
	bv_span span = c->head.span;
	if (s->params) {
		for (uint32_t i = 0; i < s->params->n; i++)
			if (bv__str_eq(s->params->v[i], p->v[0]) || ((p->insensitive & 1) && bv__str_ieq(s->params->v[i], p->v[0])))
				return fields(st, bv__column(st->arena, span, (bv_str){"", 0}, s->params->v[i]), p, 1, span);
		return NULL;
	}
	const bv_output *o = NULL;
	bool insensitive = p->insensitive & 1;
	if (s->alias_mode == BV_ALIAS_BEFORE_COLUMNS && p->n >= 1) {
		unsigned n = find_output(st, s, p->v[0], insensitive, &o);
		if (n > 1)
			return ambiguous(st, &c->head, p->v[0], s);
		if (n == 1 && (p->n == 1 || !s->relations.n))
			return fields(st, output_expr(st, s, o, span), p, 1, span);
	}
	/* relation.column before column.field */
	if (p->n >= 2) {
		for (uint32_t parts = p->n - 1; parts >= 1; parts--) {
			bv_relation *r = NULL;
			if (parts == 1) {
				unsigned n = bv__scope_relation(s, p->v[0], insensitive, &r);
				if (n > 1)
					return ambiguous(st, &c->head, p->v[0], s);
				if (!n)
					continue;
			} else if (parts <= 3) {
				r = bv__scope_relation_path(s, p->v, parts, p->insensitive);
			}
			if (!r)
				continue;
			uint32_t col = 0;
			unsigned n = bv__relation_column(r, p->v[parts], (p->insensitive >> parts) & 1, &col);
			if (n > 1)
				return ambiguous(st, &c->head, p->v[parts], s);
			if (n == 1)
				return fields(st, bv__column(st->arena, span, r->governed, r->actual[col]), p, parts + 1, span);
		}
	}
	bv_visible *v = NULL;
	unsigned n = bv__scope_column(s, p->v[0], insensitive, &v);
	if (n > 1)
		return ambiguous(st, &c->head, p->v[0], s);
	if (n == 1)
		return fields(st, bv__visible_expr(st, v, span), p, 1, span);
	if (s->alias_mode == BV_ALIAS_AFTER_COLUMNS) {
		n = find_output(st, s, p->v[0], insensitive, &o);
		if (n > 1)
			return ambiguous(st, &c->head, p->v[0], s);
		if (n == 1)
			return fields(st, output_expr(st, s, o, span), p, 1, span);
	}
	return NULL;
}

/* Other spellings of a name that was not found: for a name that folding made lower case, the one that differs in case only. */
static void unknown_column(bv_lane_state *st, bv_scope *s, bv_ast_column *c)
{
	for (const bv_scope *x = s; x; x = x->parent)
		if (x->broken)
			return;
	const bv_path *p = &c->path;
	bv_str name = p->v[p->n - 1];
	bv_relation *r = NULL;
	if (p->n >= 2) {
		for (const bv_scope *x = s; x && !r; x = x->parent)
			if (!bv__scope_relation(x, p->v[0], p->insensitive & 1, &r) && p->n > 2)
				r = bv__scope_relation_path(x, p->v, p->n - 1, p->insensitive);
	}
	bv_str *names = NULL;
	uint32_t n = 0;
	bv_diagnostic *e;
	if (r) {
		name = p->v[p->n > 2 && r->table.n >= 2 && !bv__str_ieq(r->alias, p->v[0]) ? p->n - 1 : 1];
		names = r->names;
		n = r->n;
		e = bv__diag(st->d, BV_E_COLUMN_UNKNOWN, c->head.span, "`" BV_STR_FMT "` has no column `" BV_STR_FMT "`", BV_STR_ARG(r->alias), BV_STR_ARG(name));
	} else if (p->n >= 2) {
		bv_str first = p->v[0];
		e = bv__diag(st->d, BV_E_COLUMN_UNKNOWN, c->head.span, "there is no relation or column `" BV_STR_FMT "` here", BV_STR_ARG(first));
		BV_VEC(bv_str) all = {0};
		for (const bv_scope *x = s; x; x = x->parent)
			for (uint32_t i = 0; i < x->relations.n; i++)
				if (x->relations.v[i]->alias.n)
					(void)BV_PUSH(st->arena, &all, x->relations.v[i]->alias);
		bv_str near = bv__did_you_mean(first, all.v, all.n);
		if (near.n)
			bv__diag_hint(st->d, e, "did you mean `" BV_STR_FMT "`?", BV_STR_ARG(near));
		return;
	} else {
		bv__scope_names(s, st->arena, &names, &n);
		e = bv__diag(st->d, BV_E_COLUMN_UNKNOWN, c->head.span, "there is no column `" BV_STR_FMT "` here", BV_STR_ARG(name));
	}
	for (uint32_t i = 0; i < n; i++)
		if (bv__str_ieq(names[i], name) && !bv__str_eq(names[i], name)) {
			bv__diag_hint(st->d, e, "only case differs: write \"" BV_STR_FMT "\"", BV_STR_ARG(names[i]));
			return;
		}
	bv_str near = bv__did_you_mean(name, names, n);
	if (near.n)
		bv__diag_hint(st->d, e, "did you mean `" BV_STR_FMT "`?", BV_STR_ARG(near));
	else if (n && n <= 8) {
		bv_buf b = BV_BUF_INIT;
		for (uint32_t i = 0; i < n; i++)
			bv__buf_printf(&b, "%s`" BV_STR_FMT "`", i ? ", " : "", BV_STR_ARG(names[i]));
		bv__diag_hint(st->d, e, "there are %s", b.p);
		bv__buf_free(&b);
	}
}

static bv_node *bind_column(bv_lane_state *st, bv_scope *s, bv_ast_column *c)
{
	bool outside = false;
	for (bv_scope *x = s; x; x = x->parent) {
		bv_node *n = find_here(st, x, c);
		if (n) {
			if (outside) {
				bv_diagnostic *e = bv__diag(st->d, BV_E_CORRELATED, c->head.span, "a CTE cannot use `" BV_STR_FMT "` of the query around it", BV_STR_ARG(c->path.v[c->path.n - 1]));
				bv__diag_hint(st->d, e, "write the CTE's query as a subquery where it is used");
				return &c->head;
			}
			return n;
		}
		outside = outside || x->barrier;
	}
	unknown_column(st, s, c);
	return &c->head;
}

typedef struct bind_ctx {
	bv_lane_state *st;
	bv_scope *scope;
} bind_ctx;

static bv_node *bind_child(void *ctx, bv_node *child)
{
	bind_ctx *cx = ctx;
	return bv__bind_expr(cx->st, cx->scope, child);
}

static void bind_subquery(bv_lane_state *st, bv_scope *s, bv_node *q, const char *one)
{
	bv_bound out = {0};
	uint32_t before = st->d->errors;
	bv__bind_query(st, BV_AS(query, q), s, false, &out);
	if (one && st->d->errors == before && out.n != 1)
		bv__diag(st->d, BV_E_SET_COLUMNS, q->span, "%s needs a subquery of one column, this one has %u", one, out.n);
}

/* Its output has a positional name from here on; the name that it had is a part of names that are made of it. */
static void bind_scalar(bv_lane_state *st, bv_scope *s, bv_node *q)
{
	bv_bound out = {0};
	uint32_t before = st->d->errors;
	bv__bind_query(st, BV_AS(query, q), s, false, &out);
	if (st->d->errors == before && out.n != 1)
		bv__diag(st->d, BV_E_SET_COLUMNS, q->span, "a value needs a subquery of one column, this one has %u", out.n);
	bv_str *name = out.n ? BV_NEW(st->arena, bv_str) : NULL;
	if (name) {
		*name = out.names[0];
		bv__map_put(&st->column_names, bv__arena_str(st->arena, (bv_str){(const char *)&q, sizeof q}), name);
	}
}

/* The place of a parameter in the snapshot's entry, UINT32_MAX where the function has none of that name. */
static uint32_t parameter(const bv_function *f, bv_str name)
{
	static const char key[] = "\"parameters\":[";
	const char *p = memmem(f->json.p, f->json.n, key, sizeof key - 1), *end = f->json.p + f->json.n;
	uint32_t at = 0;
	for (p = p ? p + sizeof key - 1 : end; p < end && *p == '"'; at++) {
		const char *from = ++p;
		while (p < end && *p != '"')
			p++;
		if (bv__str_ieq((bv_str){from, (uint32_t)(p - from)}, name))
			return at;
		p += p + 1 < end && p[1] == ',' ? 2 : 1;
	}
	return UINT32_MAX;
}

/* f(b => 2, a => 1) -> f(1, 2). Left as it is where a place would be empty or taken twice: the engine says what is wrong. */
static void place_arguments(bv_lane_state *st, bv_ast_call *c)
{
	const bv_function *f = bv__call_function(st, c);
	bv_node **args = f && c->args.n ? BV_NEWN(st->arena, bv_node *, c->args.n) : NULL;
	bool any = false;
	for (uint32_t i = 0; args && i < c->args.n; i++) {
		bv_node *a = c->args.v[i];
		uint32_t at = i;
		if (a->kind == BV_NAMED_ARG) {
			any = true;
			at = parameter(f, BV_AS(named_arg, a)->name);
			a = BV_AS(named_arg, a)->value;
		} else if (any) {
			return;
		}
		if (at >= c->args.n || args[at])
			return;
		args[at] = a;
	}
	if (any)
		c->args.v = args;
}

/* strftime, of DuckDB: to_char once the types are known. */
static bool is_format(const bv_lane_state *st, const bv_ast_call *c)
{
	return c->args.n == 2 && bv__str_ieq(c->name.v[0], BV_STR("strftime")) && strcmp(bv__dialect_name(st->cx->dialect), "duckdb") == 0;
}

/* False: there is none, and that is said. */
static bool check_function(bv_lane_state *st, bv_ast_call *c)
{
	bv_str name = c->name.v[c->name.n - 1];
	if (c->name.n == 1) {
		const bv_function *f = bv__call_function(st, c);
		if (f || (!(c->head.mark & BV_MARK_ENGINE) && bv__has_meaning(st, c)) || is_format(st, c))
			return true;
		if (bv__calls_unnest(c) && !c->over)
			return true; /* a planner's form, not a function: validate says where it may stand */
		if (c->over && bv__functions_find(st->cx->functions, name, -1)) {
			bv__diag(st->d, BV_E_AGGREGATE, c->head.span, "`" BV_STR_FMT "` is no window or aggregate function: it takes no OVER", BV_STR_ARG(name));
			return false;
		}
		if (bv__functions_find(st->cx->functions, name, BV_FN_TABLE)) {
			bv_diagnostic *e = bv__diag(st->d, BV_E_FUNCTION_UNKNOWN, c->head.span, "`" BV_STR_FMT "` gives rows", BV_STR_ARG(name));
			bv__diag_hint(st->d, e, "use it in FROM");
			return false;
		}
	}
	bv_str full = bv__dotted(st->arena, &c->name);
	bv_diagnostic *e = bv__diag(st->d, BV_E_FUNCTION_UNKNOWN, c->head.span, "there is no function `" BV_STR_FMT "`", BV_STR_ARG(full));
	bv_str near = bv__functions_nearest(st->cx->functions, name);
	if (near.n)
		bv__diag_hint(st->d, e, "did you mean `" BV_STR_FMT "`?", BV_STR_ARG(near));
	return false;
}

/* make_map(k, v, k, v, …) is a form of the engine's planner: MAP {k: v, …}. */
static bool is_make_map(const bv_lane_state *st, const bv_ast_call *c)
{
	return c->name.n == 1 && bv__str_ieq(c->name.v[0], BV_STR("make_map")) && c->args.n % 2 == 0 && !c->over && !c->filter && !c->distinct && !c->order_by.n && !bv__functions_find(st->cx->functions, c->name.v[0], -1);
}

static bv_node *make_map(bv_lane_state *st, bv_ast_call *c)
{
	bv_ast_map *m = BV_MAKE(st->arena, MAP, map, c->head.span);
	bv_node_vec keys = {0}, items = {0};
	for (uint32_t i = 0; i < c->args.n; i++)
		(void)(i % 2 ? BV_PUSH(st->arena, &items, c->args.v[i]) : BV_PUSH(st->arena, &keys, c->args.v[i]));
	if (!m)
		return &c->head;
	m->keys = bv__list_done(keys);
	m->items = bv__list_done(items);
	return &m->head;
}

/* x.f(y), of DuckDB: f(x, y) where x is a column. */
static void as_function(bv_lane_state *st, bv_ast_call *c)
{
	if (c->name.n != 2 || strcmp(bv__dialect_name(st->cx->dialect), "duckdb") != 0)
		return;
	bv_ast_column *x = BV_MAKE(st->arena, COLUMN, column, c->head.span);
	bv_node_vec args = {0};
	if (!x)
		return;
	x->path = bv__path_of(st->arena, &c->name.v[0], 1);
	x->path.insensitive = 1;
	(void)BV_PUSH(st->arena, &args, &x->head);
	for (uint32_t i = 0; i < c->args.n; i++)
		(void)BV_PUSH(st->arena, &args, c->args.v[i]);
	c->args = bv__list_done(args);
	c->name = bv__path_of(st->arena, &c->name.v[1], 1);
}

bv_node *bv__bind_expr(bv_lane_state *st, bv_scope *s, bv_node *e)
{
	bind_ctx cx = {st, s};
	bool known;
	switch (e->kind) {
	case BV_COLUMN:
		return bind_column(st, s, BV_AS(column, e));
	case BV_SCALAR_QUERY:
		bind_scalar(st, s, BV_AS(scalar_query, e)->query);
		return e;
	case BV_EXISTS:
		bind_subquery(st, s, BV_AS(exists, e)->query, NULL);
		return e;
	case BV_CAST: { /* 1.5e300::float8 and x::numeric::numeric(9, 2): between the two casts nothing is rounded */
		bv_ast_cast *c = BV_AS(cast, e), *inner = c->operand->kind == BV_CAST ? BV_AS(cast, c->operand) : NULL;
		bv_str to = BV_AS(type, c->type)->name;
		if (inner && bv__is_numeric(BV_AS(type, inner->type)) && (bv__str_is(to, "decimal") || (inner->operand->kind == BV_STRING && bv__str_is(to, "float64"))))
			c->operand = inner->operand;
		bv__lane_children(e, bind_child, &cx);
		return e;
	}
	case BV_IN_QUERY: {
		bv_ast_in_query *q = BV_AS(in_query, e);
		q->operand = bv__bind_expr(st, s, q->operand);
		bind_subquery(st, s, q->query, q->operand->kind == BV_ROW ? NULL : "IN");
		return e;
	}
	case BV_QUANTIFIED: {
		bv_ast_quantified *q = BV_AS(quantified, e);
		q->left = bv__bind_expr(st, s, q->left);
		if (q->right->kind == BV_QUERY)
			bind_subquery(st, s, q->right, "ANY and ALL");
		else
			q->right = bv__bind_expr(st, s, q->right);
		return e;
	}
	case BV_LAMBDA: {
		bv_ast_lambda *l = BV_AS(lambda, e);
		l->params.insensitive = 0;
		bv_scope in = {.parent = s, .params = &l->params};
		l->body = bv__bind_expr(st, &in, l->body);
		return e;
	}
	case BV_CALL:
		{
			as_function(st, BV_AS(call, e));
			bv_node *meant = bv__meant_by_name(st, BV_AS(call, e));
			if (meant) {
				bv__rule(st, BV_RULE_MEANING, e->span, meant);
				return bv__bind_expr(st, s, meant);
			}
		}
		if (is_make_map(st, BV_AS(call, e)))
			return bv__bind_expr(st, s, make_map(st, BV_AS(call, e)));
		known = check_function(st, BV_AS(call, e));
		place_arguments(st, BV_AS(call, e));
		/* Inside an aggregate the engine reads a bare number as a column of the input; nobody else does. */
		for (uint32_t i = 0; i < BV_AS(call, e)->order_by.n; i++)
			if (BV_AS(order_item, BV_AS(call, e)->order_by.v[i])->operand->kind == BV_NUMBER)
				bv__diag(st->d, BV_E_NOT_SUPPORTED, BV_AS(call, e)->order_by.v[i]->span, "ORDER BY a number inside a function is not supported: it orders nothing, or by a position that is not the caller's");
		/* The star counts rows: it has no columns. Of a function that is not there it is not known what it would be. */
		if (bv__counts_rows(BV_AS(call, e)) || (!known && BV_AS(call, e)->args.n == 1 && BV_AS(call, e)->args.v[0]->kind == BV_STAR)) {
			bv_list star = BV_AS(call, e)->args;
			BV_AS(call, e)->args = (bv_list){0};
			bv__lane_children(e, bind_child, &cx);
			BV_AS(call, e)->args = star;
			return e;
		}
		bv__lane_children(e, bind_child, &cx);
		return e;
	case BV_TYPE:
		return e;
	case BV_STAR:
		bv__diag(st->d, BV_E_NOT_SUPPORTED, e->span, "`*` may stand here only as the whole list of SELECT or in count(*)");
		return e;
	case BV_QUERY:
		bv__diag(st->d, BV_E_NOT_SUPPORTED, e->span, "a query cannot stand here");
		return e;
	default:
		if (!bv__nodes[e->kind].governed) {
			bv__diag(st->d, BV_E_NOT_SUPPORTED, e->span, "%s is read, but cannot be run yet", bv__nodes[e->kind].doc);
			return e;
		}
		bv__lane_children(e, bind_child, &cx);
		return e;
	}
}
