/* qualify, rows of lists: UNNEST and table functions in FROM. In: such a relation as read, and the join that it is the right side of; out:
 *
 *   of nothing to its left   UNNEST(list, …) stays a relation of its own.
 *   of columns to its left   left JOIN UNNEST(list)  ->  (SELECT left.*, unnest(list) FROM left): the engine has no lateral UNNEST, but unnests
 *                            in a SELECT list. Lists of one UNNEST are walked in step there too, the shorter ones filled up with NULL; a row
 *                            whose lists are all NULL or empty goes away, as it does in an inner join.
 *   LEFT JOIN … ON TRUE      one more list of one element is walked in step, so that every row of the left stays. Any other ON is refused: it
 *                            would have to say which rows of the left it leaves without a partner.
 *   WITH ORDINALITY          generate_series(1, length of the longest list) walked in step; WITH OFFSET, posexplode, flatten.index: from 0. The list
 *                            is read twice, so it may neither be volatile nor hold a subquery.
 *   explode, posexplode      of Spark, and their _outer forms: UNNEST, of lists only. LATERAL VIEW is such a join.
 *   flatten(input => list)   of Snowflake: UNNEST whose columns are index and value. The others (seq, key, path, this) are not there, so `*` is
 *                            refused. outer => TRUE as LEFT JOIN.
 *   FROM t, t.list           of BigQuery: UNNEST(t.list).
 *   generate_series, range   of columns to the left: UNNEST of the scalar function of that name.
 *
 * Refused: lists of columns further out (a query around this one, or a relation outside the join's own left side), RIGHT, FULL, SEMI and
 * ANTI joins of such lists. */
#include "lane/qualify.h"

typedef struct rows {
	bv_node *at;
	const char *what;
	bv_list args; /* bound lists */
	bv_str alias, display;
	bv_names columns;
	bv_str only;      /* name of the one column of a table function */
	bv_str call;      /* the scalar function that makes its list; empty: the arguments are the lists */
	enum { NO_PLACE, FROM_ONE, FROM_ZERO } place;
	bv_str place_name;
	bool place_first; /* that column stands before the others */
	bool outer;       /* a row stays where its lists are empty */
	bool partial;     /* it has more columns in its dialect */
	bool uses_left;
} rows;

bool bv__is_rows(const bv_node *n) { return n->kind == BV_UNNEST || n->kind == BV_TABLE_FUNCTION; }

/* ---- what the arguments use ---- */

typedef struct use_ctx {
	bv_lane_state *st;
	const bv_scope *scope;
	uint32_t r0; /* the join's own left side begins here */
	bv_map own;  /* aliases that subqueries of the argument define */
	bool left, outside, subquery;
} use_ctx;

static bv_walk visit_own(bv_node *n, bv_node *parent, void *ctx)
{
	(void)parent;
	use_ctx *u = ctx;
	u->subquery = u->subquery || bv__is_query(n);
	const bv_str *alias = bv__relation_alias(n);
	if (alias)
		bv__map_put(&u->own, *alias, u);
	return BV_WALK_CONTINUE;
}

static bv_walk visit_use(bv_node *n, bv_node *parent, void *ctx)
{
	(void)parent;
	use_ctx *u = ctx;
	if (n->kind != BV_COLUMN || BV_AS(column, n)->path.n < 2)
		return BV_WALK_CONTINUE;
	bv_str alias = BV_AS(column, n)->path.v[0];
	if (bv__map_has(&u->own, alias))
		return BV_WALK_CONTINUE;
	for (uint32_t i = u->r0; i < u->scope->relations.n; i++)
		if (bv__str_eq(u->scope->relations.v[i]->governed, alias)) {
			u->left = true;
			return BV_WALK_CONTINUE;
		}
	u->outside = true;
	return BV_WALK_CONTINUE;
}

static bool check_uses(bv_lane_state *st, const bv_scope *s, uint32_t r0, rows *r)
{
	use_ctx u = {.st = st, .scope = s, .r0 = r0};
	bv__map_init(&u.own, st->arena);
	for (uint32_t i = 0; i < r->args.n; i++)
		bv__walk(r->args.v[i], visit_own, &u);
	for (uint32_t i = 0; i < r->args.n; i++)
		bv__walk(r->args.v[i], visit_use, &u);
	r->uses_left = u.left;
	if (u.outside) {
		bv_diagnostic *e = bv__diag(st->d, BV_E_NOT_SUPPORTED, r->at->span, "%s in FROM cannot use columns of a query or join around its own", r->what);
		bv__diag_hint(st->d, e, "join it directly to the relation that has the list");
		return false;
	}
	bool twice = r->place && u.subquery;
	for (uint32_t i = 0; i < r->args.n && r->place && !twice; i++)
		twice = bv__is_volatile(st, r->args.v[i]);
	if (twice) {
		bv_diagnostic *e = bv__diag(st->d, BV_E_NOT_SUPPORTED, r->at->span, "the places in a list that is volatile or comes from a subquery are not supported");
		bv__diag_hint(st->d, e, "compute the list in a CTE first");
		return false;
	}
	return true;
}

/* ---- reading ---- */

static bool read_unnest(bv_lane_state *st, bv_scope *s, bv_ast_unnest *u, rows *r)
{
	*r = (rows){.at = &u->head, .what = "UNNEST", .alias = u->alias, .display = u->alias, .columns = u->columns, .place = u->ordinality ? FROM_ONE : NO_PLACE, .place_name = BV_STR("ordinality")};
	if (u->offset.n) {
		r->place = FROM_ZERO;
		r->place_name = u->offset;
	}
	for (uint32_t i = 0; i < u->args.n; i++)
		u->args.v[i] = bv__bind_expr(st, s, u->args.v[i]);
	r->args = u->args;
	return true;
}

static bool is_spark(const bv_lane_state *st)
{
	const char *d = bv__dialect_name(st->cx->dialect);
	return strcmp(d, "spark") == 0 || strcmp(d, "databricks") == 0 || strcmp(d, "generic") == 0;
}

/* explode and its like, where the dialect has them. */
static bool read_explode(bv_lane_state *st, bv_scope *s, bv_ast_table_function *f, rows *r)
{
	bv_str name = f->name.v[f->name.n - 1];
	bool outer = name.n > 6 && bv__str_ieq((bv_str){name.p + name.n - 6, 6}, BV_STR("_outer"));
	bv_str base = {name.p, name.n - (outer ? 6 : 0)};
	bool places = bv__str_ieq(base, BV_STR("posexplode"));
	if (!is_spark(st) || f->name.n != 1 || f->args.n != 1 || f->ordinality || !(places || bv__str_ieq(base, BV_STR("explode"))))
		return false;
	f->args.v[0] = bv__bind_expr(st, s, f->args.v[0]);
	*r = (rows){.at = &f->head, .what = "explode", .alias = f->alias, .display = f->alias, .columns = f->columns, .args = f->args, .only = BV_STR("col"), .place = places ? FROM_ZERO : NO_PLACE,
		.place_name = BV_STR("pos"), .place_first = true, .outer = outer};
	return true;
}

/* flatten(input => list [, outer => TRUE]) */
static bool read_flatten(bv_lane_state *st, bv_scope *s, bv_ast_table_function *f, rows *r)
{
	const char *d = bv__dialect_name(st->cx->dialect);
	if ((strcmp(d, "snowflake") != 0 && strcmp(d, "generic") != 0) || f->name.n != 1 || !bv__str_ieq(f->name.v[0], BV_STR("flatten")))
		return false;
	*r = (rows){.at = &f->head, .what = "flatten", .alias = f->alias, .display = f->alias, .columns = f->columns, .only = BV_STR("value"), .place = FROM_ZERO, .place_name = BV_STR("index"),
		.place_first = true, .partial = true};
	for (uint32_t i = 0; i < f->args.n; i++) {
		bv_node *a = f->args.v[i], *v = a->kind == BV_NAMED_ARG ? BV_AS(named_arg, a)->value : a;
		if (a->kind != BV_NAMED_ARG ? i == 0 : bv__str_ieq(BV_AS(named_arg, a)->name, BV_STR("input"))) {
			v = bv__bind_expr(st, s, v);
			r->args = bv__list_of(st->arena, &v, 1);
		} else if (a->kind == BV_NAMED_ARG && bv__str_ieq(BV_AS(named_arg, a)->name, BV_STR("outer")) && v->kind == BV_BOOLEAN) {
			r->outer = BV_AS(boolean, v)->value;
		} else {
			bv__diag(st->d, BV_E_NOT_SUPPORTED, a->span, "flatten takes `input` and `outer` here: path, mode and recursive are of semi-structured values");
		}
	}
	if (!r->args.n)
		bv__diag(st->d, BV_E_NOT_SUPPORTED, f->head.span, "flatten needs its `input`");
	return true;
}

static bool read_function(bv_lane_state *st, bv_scope *s, bv_ast_table_function *f, rows *r)
{
	bv_str name = f->name.v[f->name.n - 1];
	if (read_explode(st, s, f, r) || read_flatten(st, s, f, r))
		return true;
	const bv_function *fn = f->name.n == 1 ? bv__functions_find(st->cx->functions, name, BV_FN_TABLE) : NULL;
	if (!fn) {
		bv_diagnostic *e = bv__diag(st->d, BV_E_FUNCTION_UNKNOWN, f->head.span, "there is no table function `" BV_STR_FMT "`", BV_STR_ARG(name));
		bv_str near = bv__functions_nearest(st->cx->functions, name);
		if (near.n && !bv__str_ieq(near, name))
			bv__diag_hint(st->d, e, "did you mean `" BV_STR_FMT "`?", BV_STR_ARG(near));
		return false;
	}
	/* What a table function returns is known of these alone; the engine says it of others only when they run. */
	if (!bv__str_is(fn->name, "generate_series") && !bv__str_is(fn->name, "range")) {
		bv__diag(st->d, BV_E_NOT_SUPPORTED, f->head.span, "table function `" BV_STR_FMT "` is not supported in a view", BV_STR_ARG(fn->name));
		return false;
	}
	for (uint32_t i = 0; i < f->args.n; i++)
		f->args.v[i] = bv__bind_expr(st, s, f->args.v[i]);
	f->name = bv__path_of(st->arena, &fn->name, 1);
	f->lateral = false;
	*r = (rows){.at = &f->head, .what = "a table function", .alias = f->alias.n ? f->alias : fn->name, .columns = f->columns, .place = f->ordinality ? FROM_ONE : NO_PLACE,
		.place_name = BV_STR("ordinality"), .args = f->args, .only = BV_STR("value"), .call = fn->name};
	r->display = r->alias;
	/* The column is called as the function is; in PostgreSQL as the relation, if that has a name. */
	const char *d = bv__dialect_name(st->cx->dialect);
	if (strcmp(d, "duckdb") == 0)
		r->only = fn->name;
	else if (strcmp(d, "postgres") == 0)
		r->only = r->alias;
	return true;
}

static bool read_rows(bv_lane_state *st, bv_scope *s, uint32_t r0, bv_node *n, rows *r)
{
	uint32_t before = st->d->errors;
	bool ok = n->kind == BV_UNNEST ? read_unnest(st, s, BV_AS(unnest, n), r) : read_function(st, s, BV_AS(table_function, n), r);
	return ok && st->d->errors == before && check_uses(st, s, r0, r);
}

/* The relation that the query sees: its lists, and their place where that was asked for. */
static bv_relation *visible(bv_lane_state *st, const rows *r)
{
	uint32_t lists = r->only.n ? 1 : r->args.n, n = lists + (r->place != NO_PLACE);
	bv_relation *v = BV_NEW(st->arena, bv_relation);
	if (!v)
		return NULL;
	*v = (bv_relation){.alias = r->alias, .display = r->display, .explicit_alias = true, .partial = r->partial, .n = n, .names = BV_NEWN(st->arena, bv_str, n + 1), .actual = BV_NEWN(st->arena, bv_str, n + 1)};
	if (!v->names || !v->actual)
		return NULL;
	const char *d = bv__dialect_name(st->cx->dialect);
	bool duckdb = strcmp(d, "duckdb") == 0 && lists == 1 && !r->only.n, alias_is_column = r->alias.n && lists == 1 && strcmp(d, "datafusion") != 0 && !duckdb && !r->only.n;
	uint32_t first = r->place && r->place_first ? 1 : 0;
	for (uint32_t i = 0; i < n; i++) {
		v->actual[i] = bv__positional_name(st, i);
		if (i < first || i >= lists + first)
			v->names[i] = r->place_name;
		else if (r->only.n)
			v->names[i] = r->only;
		else
			v->names[i] = duckdb ? BV_STR("unnest") : alias_is_column ? r->alias : bv__arena_printf(st->arena, "UNNEST(" BV_STR_FMT ")", BV_STR_ARG(bv__output_name(st, r->args.v[i - first])));
	}
	return bv__rename_columns(st, v, &r->columns, r->at->span) ? v : NULL;
}

/* ---- relations in a derived table ---- */

/* The columns of a merged expression, renamed as their relations are. */
typedef struct move_ctx {
	bv_scope *scope;
	uint32_t r0;
	bv_str alias;
	const uint32_t *first; /* place of each relation's first column in the derived table */
	bv_lane_state *st;
} move_ctx;

static bv_walk visit_move(bv_node *n, bv_node *parent, void *ctx)
{
	(void)parent;
	move_ctx *m = ctx;
	if (n->kind != BV_COLUMN || BV_AS(column, n)->path.n != 2)
		return BV_WALK_CONTINUE;
	bv_str *path = BV_AS(column, n)->path.v;
	for (uint32_t i = m->r0; i < m->scope->relations.n; i++) {
		const bv_relation *r = m->scope->relations.v[i];
		if (!bv__str_eq(r->governed, path[0]))
			continue;
		for (uint32_t k = 0; k < r->n; k++)
			if (bv__str_eq(r->actual[k], path[1])) {
				path[0] = m->alias;
				path[1] = bv__positional_name(m->st, m->first[i - m->r0] + k);
				return BV_WALK_CONTINUE;
			}
	}
	return BV_WALK_CONTINUE;
}

/* (SELECT every column of the relations from r0 on, extra… FROM from WHERE where). The relations now live in it: what is bound later sees
 * its columns. `added` (may be NULL) is the relation of the first added->n extra columns; it is not in the scope yet. */
static bv_node *derive(bv_lane_state *st, bv_scope *s, uint32_t r0, bv_node *from, bv_node *where, bv_relation *added, bv_node **extra, uint32_t nextra, bv_span span)
{
	uint32_t nrel = s->relations.n - r0, own = 0;
	uint32_t *first = BV_NEWN(st->arena, uint32_t, nrel + 1);
	if (!first)
		return NULL;
	for (uint32_t i = 0; i < nrel; i++) {
		first[i] = own;
		own += s->relations.v[r0 + i]->n;
	}
	uint32_t n = own + nextra;
	bv_ast_select *in = BV_MAKE(st->arena, SELECT, select, span);
	bv_ast_query *q = BV_MAKE(st->arena, QUERY, query, span);
	bv_ast_derived *d = BV_MAKE(st->arena, DERIVED, derived, span);
	bv_relation *all = BV_NEW(st->arena, bv_relation);
	bv_node **projections = BV_NEWN(st->arena, bv_node *, n + 1);
	if (!in || !q || !d || !all || !projections)
		return NULL;
	*all = (bv_relation){.n = n, .names = BV_NEWN(st->arena, bv_str, n + 1), .actual = BV_NEWN(st->arena, bv_str, n + 1), .displays = BV_NEWN(st->arena, bv_str, n + 1)};
	if (!all->names || !all->actual || !all->displays)
		return NULL;
	bv__new_alias(st, all);
	for (uint32_t i = 0, at = 0; i < nrel; i++) {
		const bv_relation *r = s->relations.v[r0 + i];
		for (uint32_t k = 0; k < r->n; k++, at++) {
			all->actual[at] = bv__positional_name(st, at);
			all->names[at] = r->names[k];
			all->displays[at] = r->display;
			projections[at] = bv__alias(st->arena, bv__column(st->arena, span, r->governed, r->actual[k]), all->actual[at]);
		}
	}
	for (uint32_t i = 0; i < nextra; i++) {
		all->actual[own + i] = bv__positional_name(st, own + i);
		all->names[own + i] = added && i < added->n ? added->names[i] : all->actual[own + i];
		all->displays[own + i] = added ? added->display : (bv_str){"", 0};
		projections[own + i] = bv__alias(st->arena, extra[i], all->actual[own + i]);
	}
	in->projections = (bv_list){projections, n};
	if (from)
		in->from = bv__list_of(st->arena, &from, 1);
	in->where = where;
	q->body = &in->head;
	d->query = &q->head;
	d->alias = all->governed;
	/* What USING and FULL merged, then the relations themselves. */
	move_ctx m = {s, r0, all->governed, first, st};
	for (uint32_t i = 0; i < s->visible.n; i++)
		if (s->visible.v[i].merged)
			bv__walk((bv_node *)s->visible.v[i].merged, visit_move, &m);
	for (uint32_t i = 0; i <= nrel; i++) {
		bv_relation *r = i < nrel ? s->relations.v[r0 + i] : added;
		if (!r)
			continue;
		r->governed = all->governed;
		bv_str *actual = BV_NEWN(st->arena, bv_str, r->n + 1); /* a table's names and actual names may be one array */
		if (!actual)
			return NULL;
		for (uint32_t k = 0; k < r->n; k++)
			actual[k] = bv__positional_name(st, (i < nrel ? first[i] : own) + k);
		r->actual = actual;
	}
	return bv__arena_failed(st->arena) ? NULL : &d->head;
}

/* ---- the rule ---- */

static bv_node *as_call(bv_lane_state *st, const char *name, bv_node *arg)
{
	return bv__call(st->arena, arg->span, name, &arg, 1);
}

/* CAST(coalesce(array_length(list), 0) AS BIGINT), the greatest of them for several lists. */
static bv_node *longest(bv_lane_state *st, const bv_list *lists, bv_span span)
{
	bv_node **lengths = BV_NEWN(st->arena, bv_node *, lists->n + 1);
	if (!lengths)
		return NULL;
	for (uint32_t i = 0; i < lists->n; i++) {
		bv_node *args[2] = {as_call(st, "array_length", bv__tree_share(st->arena, lists->v[i])), bv__number(st->arena, span, 0)};
		bv_ast_cast *c = BV_MAKE(st->arena, CAST, cast, span);
		if (!args[0] || !args[1] || !c)
			return NULL;
		bv_ast_cast *in = BV_MAKE(st->arena, CAST, cast, span);
		if (!in)
			return NULL;
		in->operand = args[0];
		in->type = bv__type_to_node(st->arena, span, bv__type(BV_T_INT64));
		args[0] = &in->head;
		lengths[i] = bv__call(st->arena, span, "coalesce", args, 2);
	}
	return lists->n == 1 ? lengths[0] : bv__call(st->arena, span, "greatest", lengths, lists->n);
}

static bv_node *unnested(bv_lane_state *st, bv_scope *s, uint32_t r0, bv_node *left, bool keep, const rows *r, bv_relation *v)
{
	bv_span span = r->at->span;
	bv_list lists = r->args;
	if (r->call.n) { /* a table function: the scalar one of that name makes the list */
		bv_node *list = bv__call(st->arena, span, bv__str_is(r->call, "range") ? "range" : "generate_series", r->args.v, r->args.n);
		lists = bv__list_of(st->arena, &list, 1);
	}
	bv_node *place = NULL;
	if (r->place) {
		bv_node *bounds[2] = {bv__number(st->arena, span, r->place == FROM_ONE), longest(st, &lists, span)};
		if (!bounds[1])
			return NULL;
		place = as_call(st, "unnest", bv__call(st->arena, span, r->place == FROM_ONE ? "generate_series" : "range", bounds, 2));
	}
	bv_node_vec extra = {0};
	if (place && r->place_first)
		(void)BV_PUSH(st->arena, &extra, place);
	for (uint32_t i = 0; i < lists.n; i++)
		(void)BV_PUSH(st->arena, &extra, as_call(st, "unnest", lists.v[i]));
	if (place && !r->place_first)
		(void)BV_PUSH(st->arena, &extra, place);
	if (keep) {
		bv_node *one = bv__number(st->arena, span, 1);
		bv_ast_array *a = BV_MAKE(st->arena, ARRAY, array, span);
		if (!a)
			return NULL;
		a->items = bv__list_of(st->arena, &one, 1);
		(void)BV_PUSH(st->arena, &extra, as_call(st, "unnest", &a->head));
	}
	bv__rule_list(st, BV_RULE_ROWS, span, extra.v, extra.n);
	return derive(st, s, r0, left, NULL, v, extra.v, extra.n, span);
}

/* Nothing to its left is used and no places are asked for: a relation of its own. */
static bv_node *plain(bv_lane_state *st, const rows *r, bv_relation *v)
{
	bv__new_alias(st, v);
	if (r->at->kind == BV_UNNEST) {
		bv_ast_unnest *u = BV_AS(unnest, r->at);
		u->alias = v->governed;
		u->columns = (bv_names){v->actual, v->n, 0};
	} else {
		bv_ast_table_function *f = BV_AS(table_function, r->at);
		f->alias = v->governed;
		f->columns = (bv_names){v->actual, v->n, 0};
	}
	return r->at;
}

/* A relation of its own: as it is where the engine has it, else in a SELECT list. */
static bv_node *alone(bv_lane_state *st, bv_scope *s, rows *r, bv_relation *v)
{
	bool engine = !r->place && !r->outer && (r->at->kind == BV_UNNEST || r->call.n);
	return engine ? plain(st, r, v) : unnested(st, s, s->relations.n, NULL, r->outer, r, v);
}

bv_node *bv__bind_rows(bv_lane_state *st, bv_scope *s, bv_node *n)
{
	rows r;
	if (!read_rows(st, s, s->relations.n, n, &r))
		return NULL;
	bv_relation *v = visible(st, &r);
	if (!v)
		return NULL;
	bv_node *out = alone(st, s, &r, v);
	return out && bv__add_relation(st, s, v, n->span) ? out : NULL;
}

static bool is_true(const bv_node *n)
{
	return !n || (n->kind == BV_BOOLEAN && BV_AS(boolean, n)->value);
}

bv_node *bv__join_rows(bv_lane_state *st, bv_scope *s, bv_ast_join *j, uint32_t r0, bool *whole)
{
	rows r;
	*whole = false;
	if (!read_rows(st, s, r0, j->right, &r))
		return NULL;
	bv_relation *v = visible(st, &r);
	if (!v)
		return NULL;
	if (!r.uses_left) {
		bv_node *out = alone(st, s, &r, v);
		return out && bv__add_relation(st, s, v, r.at->span) ? out : NULL;
	}
	bool inner = j->type == BV_join_type_inner || j->type == BV_join_type_cross, left = j->type == BV_join_type_left;
	const char *why = !inner && !left ? "only INNER, CROSS and LEFT joins" : j->natural || j->using.n ? "ON, not USING or NATURAL" : left && !is_true(j->on) ? "LEFT JOIN with ON TRUE" : NULL;
	if (why) {
		bv_diagnostic *e = bv__diag(st->d, BV_E_NOT_SUPPORTED, j->head.span, "%s of a column of the left side takes %s", r.what, why);
		if (left)
			bv__diag_hint(st->d, e, "filter the list before it is unnested: array_filter(list, v -> …)");
		return NULL;
	}
	*whole = true;
	bv_node *out = unnested(st, s, r0, j->left, left || r.outer, &r, v);
	if (!out || !bv__add_relation(st, s, v, r.at->span))
		return NULL;
	if (left || is_true(j->on))
		return out;
	/* The condition of an inner join is a filter over it. */
	bv_node *on = bv__bind_expr(st, s, j->on);
	return derive(st, s, r0, out, on, NULL, NULL, 0, j->head.span);
}
