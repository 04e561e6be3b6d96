/* letters: the names of inner outputs. In: a bound tree in which the i-th output of every inner SELECT, and the i-th column of every UNNEST and
 * table function, is a letter and i; out: the same with the letters chosen, and everything that refers to them.
 *
 * The engine puts the outputs of a SELECT and the columns of its FROM side by side, where it orders by a column that is not selected and where it
 * moves a correlated condition out of a subquery; then two of one name are an error. So no relation's columns have the letter of the outputs
 * of the SELECT that reads it, nor one that the whole query's own names or a stored table's columns look like. The first letter that fits is
 * taken, from the outside in, which depends on the tree alone. */
#include "lane/lane_internal.h"

typedef struct letters_ctx {
	bv_lane_state *st;
	bv_map relations; /* governed alias -> letter */
	bv_map ctes;      /* governed name -> mask of letters that its readers have; then its letter */
	bv_map chosen;    /* CTEs whose letter is chosen */
	bool changed;     /* something has another letter than before */
} letters_ctx;

static bool positional(bv_str s)
{
	for (uint32_t i = 1; i < s.n; i++)
		if (s.p[i] < '0' || s.p[i] > '9')
			return false;
	return s.n > 1 && s.p[0] >= 'c' && s.p[0] <= 'z';
}

static uint32_t bit(char letter) { return 1u << (letter - 'c'); }

static char first_free(uint32_t used)
{
	char letter = 'c';
	while (letter < 'z' && (used & bit(letter)))
		letter++;
	return letter;
}

static bv_str with_letter(bv_arena *a, char letter, bv_str name, bool *changed)
{
	if (name.p[0] == letter)
		return name;
	*changed = true;
	bv_str out = bv__arena_str(a, name);
	if (out.n)
		((char *)(uintptr_t)out.p)[0] = letter;
	return out;
}

static void *as_value(uint32_t v) { return (void *)(uintptr_t)v; }
static uint32_t as_number(const void *v) { return (uint32_t)(uintptr_t)v; }

static void name_query(letters_ctx *cx, bv_ast_query *q, uint32_t used);
static void name_body(letters_ctx *cx, bv_node *body, uint32_t used, char *letter);
static void order_by(letters_ctx *cx, bv_ast_query *q, char letter);

/* What the relations of a FROM look like that keep their names: stored tables, and a CTE that reads itself. */
static uint32_t fixed_letters(letters_ctx *cx, const bv_node *r)
{
	uint32_t mask = 0;
	if (r->kind == BV_JOIN)
		return fixed_letters(cx, BV_AS(join, r)->left) | fixed_letters(cx, BV_AS(join, r)->right);
	if (r->kind != BV_TABLE)
		return 0;
	const bv_path *path = &BV_AS(table, r)->path;
	if (path->n == 1)
		return bv__map_has(&cx->chosen, path->v[0]) ? bit((char)as_number(bv__map_get(&cx->ctes, path->v[0]))) : 0;
	const bv_table_info *info = bv__map_get(&cx->st->tables, bv__dotted(cx->st->arena, path));
	for (uint32_t i = 0; info && i < info->schema.n; i++)
		if (positional(info->schema.v[i].name))
			mask |= bit(info->schema.v[i].name.p[0]);
	return mask;
}

static void name_columns(letters_ctx *cx, bv_str alias, const bv_names *columns, char letter)
{
	bv__map_put(&cx->relations, alias, as_value((uint32_t)letter));
	for (uint32_t i = 0; i < columns->n; i++)
		cx->changed = cx->changed || (positional(columns->v[i]) && columns->v[i].p[0] != letter);
}

/* `used`: the letters of the outputs of the SELECT that reads these relations. */
static void name_relation(letters_ctx *cx, bv_node *r, uint32_t used)
{
	switch (r->kind) {
	case BV_JOIN:
		name_relation(cx, BV_AS(join, r)->left, used);
		name_relation(cx, BV_AS(join, r)->right, used);
		break;
	case BV_TABLE: {
		const bv_ast_table *t = BV_AS(table, r);
		if (t->path.n != 1)
			break;
		if (!bv__map_has(&cx->chosen, t->path.v[0]))
			bv__map_put(&cx->ctes, t->path.v[0], as_value(as_number(bv__map_get(&cx->ctes, t->path.v[0])) | used));
		break;
	}
	case BV_DERIVED: {
		bv_ast_query *q = BV_AS(query, BV_AS(derived, r)->query);
		char letter = 0;
		name_body(cx, q->body, used, &letter);
		order_by(cx, q, letter);
		if (letter)
			bv__map_put(&cx->relations, BV_AS(derived, r)->alias, as_value((uint32_t)letter));
		break;
	}
	case BV_UNNEST:
		name_columns(cx, BV_AS(unnest, r)->alias, &BV_AS(unnest, r)->columns, first_free(used));
		break;
	case BV_TABLE_FUNCTION:
		name_columns(cx, BV_AS(table_function, r)->alias, &BV_AS(table_function, r)->columns, first_free(used));
		break;
	default:
		break;
	}
}

/* Subqueries in expressions, and of derived tables what they hold. */
static bv_walk visit_queries(bv_node *n, bv_node *parent, void *ctx)
{
	(void)parent;
	if (n->kind != BV_QUERY)
		return BV_WALK_CONTINUE;
	name_query(ctx, BV_AS(query, n), 0);
	return BV_WALK_PRUNE;
}

static void inner_queries(letters_ctx *cx, bv_node *n)
{
	if (cx->st->subqueries)
		bv__walk(n, visit_queries, cx);
}

static void conditions(letters_ctx *cx, bv_node *r)
{
	if (r->kind == BV_JOIN) {
		conditions(cx, BV_AS(join, r)->left);
		conditions(cx, BV_AS(join, r)->right);
		if (BV_AS(join, r)->on)
			inner_queries(cx, BV_AS(join, r)->on);
	} else if (r->kind == BV_UNNEST || r->kind == BV_TABLE_FUNCTION) {
		bv__children(r, visit_queries, cx);
	}
}

/* Gives a body's outputs a letter outside `used`; *letter stays 0 where they keep their names (VALUES). top: the names are the query's own. */
static void name_select(letters_ctx *cx, bv_ast_select *s, uint32_t used, bool top, char *letter)
{
	bv_arena *a = cx->st->arena;
	uint32_t outputs = 0;
	if (top) {
		for (uint32_t i = 0; i < s->projections.n; i++)
			if (positional(BV_AS(alias, s->projections.v[i])->name))
				outputs |= bit(BV_AS(alias, s->projections.v[i])->name.p[0]);
	} else {
		for (uint32_t i = 0; i < s->from.n; i++)
			used |= fixed_letters(cx, s->from.v[i]);
		*letter = first_free(used);
		outputs = bit(*letter);
		for (uint32_t i = 0; i < s->projections.n; i++) {
			bv_str *name = &BV_AS(alias, s->projections.v[i])->name, numbered = bv__arena_numbered(a, *letter, i + 1);
			cx->changed = cx->changed || !bv__str_eq(*name, numbered);
			*name = numbered;
		}
	}
	for (uint32_t i = 0; i < s->from.n; i++) {
		name_relation(cx, s->from.v[i], outputs);
		conditions(cx, s->from.v[i]);
	}
	for (uint32_t i = 0; i < s->projections.n; i++)
		inner_queries(cx, s->projections.v[i]);
	if (s->where)
		inner_queries(cx, s->where);
	for (uint32_t i = 0; i < s->group_by.n; i++)
		inner_queries(cx, s->group_by.v[i]);
	if (s->having)
		inner_queries(cx, s->having);
}

/* Names of outputs in ORDER BY: one part, outside lambdas. */
typedef struct order_ctx {
	letters_ctx *cx;
	char letter;
} order_ctx;

static bv_walk visit_order(bv_node *n, bv_node *parent, void *ctx)
{
	(void)parent;
	order_ctx *o = ctx;
	if (n->kind == BV_LAMBDA || n->kind == BV_QUERY)
		return BV_WALK_PRUNE;
	if (n->kind == BV_COLUMN && BV_AS(column, n)->path.n == 1 && positional(BV_AS(column, n)->path.v[0])) {
		bv_str *name = &BV_AS(column, n)->path.v[0];
		*name = with_letter(o->cx->st->arena, o->letter, *name, &o->cx->changed);
	}
	return BV_WALK_CONTINUE;
}

static void order_by(letters_ctx *cx, bv_ast_query *q, char letter)
{
	order_ctx o = {cx, letter};
	for (uint32_t i = 0; i < q->order_by.n; i++) {
		if (letter)
			bv__walk(q->order_by.v[i], visit_order, &o);
		inner_queries(cx, q->order_by.v[i]);
	}
	if (q->limit)
		inner_queries(cx, q->limit);
	if (q->offset)
		inner_queries(cx, q->offset);
}

static void name_any(letters_ctx *cx, bv_node *body, uint32_t used, bool top, char *letter)
{
	switch (body->kind) {
	case BV_SELECT:
		name_select(cx, BV_AS(select, body), used, top, letter);
		break;
	case BV_SET_OPERATION: {
		char right = 0;
		name_any(cx, BV_AS(set_operation, body)->left, used, top, letter);
		name_any(cx, BV_AS(set_operation, body)->right, used, false, &right);
		break;
	}
	case BV_QUERY:
		name_any(cx, BV_AS(query, body)->body, used, top, letter);
		order_by(cx, BV_AS(query, body), *letter);
		break;
	case BV_VALUES:
		bv__children(body, visit_queries, cx);
		for (uint32_t i = 0; i < BV_AS(values, body)->rows.n; i++)
			inner_queries(cx, BV_AS(values, body)->rows.v[i]);
		break;
	default:
		break;
	}
}

static void name_body(letters_ctx *cx, bv_node *body, uint32_t used, char *letter) { name_any(cx, body, used, false, letter); }

static void name_query(letters_ctx *cx, bv_ast_query *q, uint32_t used)
{
	char letter = 0;
	name_body(cx, q->body, used, &letter);
	order_by(cx, q, letter);
}

/* What refers to a relation's columns. */
static bv_walk visit_rename(bv_node *n, bv_node *parent, void *ctx)
{
	(void)parent;
	letters_ctx *cx = ctx;
	bv_names *columns = n->kind == BV_UNNEST ? &BV_AS(unnest, n)->columns : n->kind == BV_TABLE_FUNCTION ? &BV_AS(table_function, n)->columns : NULL;
	bv_str alias = columns ? *bv__relation_alias(n) : n->kind == BV_COLUMN && BV_AS(column, n)->path.n == 2 ? BV_AS(column, n)->path.v[0] : (bv_str){"", 0};
	char letter = alias.n ? (char)as_number(bv__map_get(&cx->relations, alias)) : 0;
	if (!letter)
		return BV_WALK_CONTINUE;
	bv_str *names = columns ? columns->v : &BV_AS(column, n)->path.v[1];
	for (uint32_t i = 0; i < (columns ? columns->n : 1); i++)
		if (positional(names[i]))
			names[i] = with_letter(cx->st->arena, letter, names[i], &cx->changed);
	return BV_WALK_CONTINUE;
}

/* A CTE's letter holds for the relations that read it. */
static bv_walk visit_readers(bv_node *n, bv_node *parent, void *ctx)
{
	(void)parent;
	letters_ctx *cx = ctx;
	if (n->kind == BV_TABLE && BV_AS(table, n)->path.n == 1 && bv__map_has(&cx->chosen, BV_AS(table, n)->path.v[0]))
		bv__map_put(&cx->relations, BV_AS(table, n)->alias, bv__map_get(&cx->ctes, BV_AS(table, n)->path.v[0]));
	return bv__relations_below(cx->st, n) ? BV_WALK_CONTINUE : BV_WALK_PRUNE;
}

bool bv__lane_letters(bv_lane_state *st)
{
	letters_ctx cx = {.st = st};
	bv__map_init(&cx.relations, st->arena);
	bv__map_init(&cx.ctes, st->arena);
	bv__map_init(&cx.chosen, st->arena);
	bv_ast_query *q = BV_AS(query, st->tree);
	char letter = 0;
	name_any(&cx, q->body, 0, true, &letter);
	order_by(&cx, q, 0);
	/* Those that read a CTE are named before it: the query, and the CTEs behind it. */
	for (uint32_t i = q->ctes.n; i-- > 0;) {
		bv_ast_cte *c = BV_AS(cte, q->ctes.v[i]);
		bv_ast_query *cq = BV_AS(query, c->query);
		uint32_t used = as_number(bv__map_get(&cx.ctes, c->name));
		bv_ast_set_operation *o = q->recursive && cq->body->kind == BV_SET_OPERATION ? BV_AS(set_operation, cq->body) : NULL;
		char own = 0, step = 0;
		name_body(&cx, o ? o->left : cq->body, used, &own);
		if (own) {
			bv__map_put(&cx.ctes, c->name, as_value((uint32_t)own));
			bv__map_put(&cx.chosen, c->name, &cx);
		}
		if (o)
			name_body(&cx, o->right, 0, &step);
		order_by(&cx, cq, own);
	}
	/* What refers to them agrees with them as they were. */
	if (cx.changed && cx.chosen.n)
		bv__walk(st->tree, visit_readers, &cx);
	if (cx.changed && cx.relations.n)
		bv__walk(st->tree, visit_rename, &cx);
	return cx.changed;
}
