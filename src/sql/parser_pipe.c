/* Pipe syntax: FROM t |> WHERE … |> SELECT …. Each operator is what it would be as a query around the one before it; where that query is still
 * `SELECT * FROM …` the operator goes into it, so that the names of its relations stay in sight. There is no node for a pipe. */
#include "sql/parser.h"

static bool bare_star(const bv_node *n)
{
	const bv_ast_star *s = BV_AS(star, n);
	return n->kind == BV_STAR && !s->qualifier.n && !s->exclude.n && !s->exclude_paths.n && !s->replace.n && !s->rename.n && !s->like.n && !s->operand;
}

/* SELECT * FROM … [WHERE …] and nothing behind it; NULL: it is more than that. */
static bv_ast_select *open_select(const bv_ast_query *q)
{
	bv_ast_select *s = BV_AS(select, q->body);
	if (q->body->kind != BV_SELECT || q->order_by.n || q->order_by_all || q->limit || q->offset || q->locks.n)
		return NULL;
	bool plain = !s->distinct && !s->distinct_on.n && !s->group_by.n && !s->group_by_all && !s->having && !s->windows.n && !s->qualify && !s->connect_by && !s->start_with;
	return plain && s->from.n && s->projections.n == 1 && bare_star(s->projections.v[0]) ? s : NULL;
}

/* SELECT * FROM (q) [AS alias] in the place of q */
static bv_ast_select *around(bv_parser *p, bv_ast_query **q, bv_str alias, const bv_token *at)
{
	bv_ast_query *outer = BV_NODE_NEW(p, QUERY, query, at);
	bv_ast_select *s = BV_NODE_NEW(p, SELECT, select, at);
	bv_ast_derived *d = BV_NODE_NEW(p, DERIVED, derived, at);
	bv_node *star = bv__p_make(p, BV_STAR, at), *relation = &d->head;
	for (unsigned i = 0; i < 3; i++)
		bv__p_deeper(p);
	d->query = &(*q)->head;
	d->alias = alias;
	d->head.span = (*q)->head.span;
	s->projections = bv__list_of(p->arena, &star, 1);
	s->from = bv__list_of(p->arena, &relation, 1);
	outer->body = &s->head;
	outer->head.span = s->head.span = (*q)->head.span;
	*q = outer;
	return s;
}

/* The select that the next operator may go into. */
static bv_ast_select *opened(bv_parser *p, bv_ast_query **q, const bv_token *at)
{
	bv_ast_select *s = open_select(*q);
	return s ? s : around(p, q, (bv_str){"", 0}, at);
}

/* column = expression, … of SET; column, … of DROP; column [AS] name, … of RENAME: what the star is without */
static void star_operator(bv_parser *p, bv_ast_query **q, const bv_token *at)
{
	bv_keyword word = (bv_keyword)at->keyword;
	bv_ast_select *s = opened(p, q, at);
	bv_ast_star *star = BV_NODE_NEW(p, STAR, star, at);
	BV_VEC(bv_str) names = {NULL, 0, 0};
	uint32_t m = bv__p_mark(p), insensitive = 0;
	do {
		const bv_token *from = p->t;
		if (bv__p_name_insensitive(p, from) && names.n < 32)
			insensitive |= 1u << names.n;
		bv_path column = {NULL, 0, 0};
		if (word == BV_K_RENAME)
			column = bv__p_path(p, "a column name", 1);
		else if (!BV_PUSH(p->scratch, &names, bv__p_name(p, "a column name")))
			p->oom = true;
		if (word == BV_K_DROP)
			continue;
		bv_ast_alias *a = BV_NODE_NEW(p, ALIAS, alias, from);
		if (word == BV_K_SET) {
			bv__p_expect(p, BV_TK_EQ);
			a->operand = bv__p_expr(p);
			a->name = names.n ? names.v[names.n - 1] : (bv_str){"", 0};
		} else {
			bv_ast_column *c = BV_NODE_NEW(p, COLUMN, column, from);
			c->path = column;
			a->operand = BV_NODE_DONE(p, c, from);
			bv__p_accept_kw(p, BV_K_AS);
			a->name = bv__p_name(p, "the new name");
		}
		bv__p_item(p, BV_NODE_DONE(p, a, from));
	} while (bv__p_accept(p, BV_TK_COMMA));
	bv_list aliases = bv__p_items(p, m);
	if (word == BV_K_DROP) {
		bv_path made = bv__path_of(p->arena, names.v, names.n);
		star->exclude = (bv_names){made.v, made.n, insensitive};
	} else if (word == BV_K_SET)
		star->replace = aliases;
	else
		star->rename = aliases;
	bv_node *one = BV_NODE_DONE(p, star, at);
	s->projections = bv__list_of(p->arena, &one, 1);
}

static bool at_end(const bv_parser *p) { return bv__p_at(p, BV_TK_PIPE_GT) || bv__p_at(p, BV_TK_END) || bv__p_at(p, BV_TK_RPAREN) || bv__p_at(p, BV_TK_SEMICOLON); }

/* [ASC|DESC] [NULLS …] behind an item of AGGREGATE: the rows are ordered by it, by its name where it has one. */
static void item_order(bv_parser *p, const bv_node *item, bool always, bv_node_vec *order)
{
	if (!always && !bv__p_at_kw(p, BV_K_ASC) && !bv__p_at_kw(p, BV_K_DESC))
		return;
	const bv_token *from = p->t;
	bv_ast_order_item *o = BV_NODE_NEW(p, ORDER_ITEM, order_item, from);
	if (item->kind == BV_ALIAS) {
		bv_ast_column *c = BV_NODE_NEW(p, COLUMN, column, from);
		c->path = bv__path_of(p->arena, &BV_AS(alias, item)->name, 1);
		o->operand = &c->head;
	} else
		o->operand = bv__tree_share(p->arena, item);
	bv__p_order_direction(p, o);
	if (!o->operand || !BV_PUSH(p->arena, order, BV_NODE_DONE(p, o, from)))
		p->oom = true;
}

/* ROLLUP (, CUBE (, GROUPING SETS ( */
static bool at_sets(const bv_parser *p)
{
	return ((bv__p_at_kw(p, BV_K_ROLLUP) || bv__p_at_kw(p, BV_K_CUBE)) && p->t[1].kind == BV_TK_LPAREN) || (bv__p_at_kw(p, BV_K_GROUPING) && bv__p_next_kw(p, 1, BV_K_SETS));
}

/* The keys of grouping sets as outputs, each once. */
static void show_sets(bv_parser *p, const bv_ast_grouping *g, bv_node_vec *shown)
{
	for (uint32_t i = 0; i < g->sets.n; i++) {
		const bv_list *items = &BV_AS(row, g->sets.v[i])->items;
		for (uint32_t k = 0; k < items->n; k++) {
			bool seen = false;
			for (uint32_t j = 0; j < shown->n && !seen; j++)
				seen = bv__tree_equal(shown->v[j], items->v[k]);
			if (!seen && !BV_PUSH(p->arena, shown, bv__tree_copy(p->arena, items->v[k])))
				p->oom = true;
		}
	}
}

/* [aggregate [AS name] [order], …] [GROUP [AND ORDER] BY key [AS name] [order], …]: the keys come first, in the output and in the order */
static void aggregate(bv_parser *p, bv_ast_query **q, const bv_token *at)
{
	bv_node_vec order = {NULL, 0, 0}, key_order = {NULL, 0, 0};
	bv_ast_select *s = opened(p, q, at);
	uint32_t m = bv__p_mark(p);
	if (!bv__p_at_kw(p, BV_K_GROUP))
		do {
			if (bv__p_mark(p) > m && (at_end(p) || bv__p_at_kw(p, BV_K_GROUP)))
				break;
			bv_node *n = bv__p_projection(p);
			item_order(p, n, false, &order);
			bv__p_item(p, n);
		} while (bv__p_accept(p, BV_TK_COMMA));
	bv_list aggregates = bv__p_items(p, m);
	bv_node_vec shown = {NULL, 0, 0}, keys = {NULL, 0, 0};
	bool room = true;
	if (bv__p_accept_kw(p, BV_K_GROUP)) {
		bool ordered = bv__p_accept_kw(p, BV_K_AND);
		if (ordered)
			bv__p_expect_kw(p, BV_K_ORDER);
		bv__p_expect_kw(p, BV_K_BY);
		do {
			if (keys.n && at_end(p))
				break;
			if (bv__p_at(p, BV_TK_LPAREN) && p->t[1].kind == BV_TK_RPAREN) {
				/* GROUP BY (): one group of everything */
				const bv_token *t = p->t;
				bv_ast_grouping *g = BV_NODE_NEW(p, GROUPING, grouping, t);
				bv_node *none = bv__p_make(p, BV_ROW, t);
				p->t += 2;
				g->sets = bv__list_of(p->arena, &none, 1);
				room = room && BV_PUSH(p->arena, &keys, BV_NODE_DONE(p, g, t));
				continue;
			}
			if (at_sets(p)) {
				bv_node *sets = bv__p_group_item(p);
				room = room && BV_PUSH(p->arena, &keys, sets);
				if (!p->panic)
					show_sets(p, BV_AS(grouping, sets), &shown);
				continue;
			}
			bv_node *n = bv__p_projection(p);
			item_order(p, n, ordered, &key_order);
			bv_node *key = n->kind == BV_ALIAS ? BV_AS(alias, n)->operand : n;
			if (key->kind == BV_NUMBER) /* which GROUP BY would take for a place in the list */
				bv__p_refuse(p, at, "a number as a key of AGGREGATE");
			room = room && BV_PUSH(p->arena, &shown, n) && BV_PUSH(p->arena, &keys, bv__tree_share(p->arena, key));
		} while (bv__p_accept(p, BV_TK_COMMA));
	}
	for (uint32_t i = 0; i < aggregates.n; i++)
		room = room && BV_PUSH(p->arena, &shown, aggregates.v[i]);
	p->oom |= !room;
	for (uint32_t i = 0; i < order.n; i++)
		room = room && BV_PUSH(p->arena, &key_order, order.v[i]);
	p->oom |= !room;
	(*q)->order_by = bv__list_done(key_order);
	s->projections = bv__list_done(shown);
	s->group_by = bv__list_done(keys);
}

/* UNION|INTERSECT|EXCEPT ALL|DISTINCT [BY NAME] (query), … */
static void set_operator(bv_parser *p, bv_ast_query **q, const bv_token *at)
{
	bv_ast_set_operation head = {0};
	head.op = at->keyword == BV_K_INTERSECT ? BV_set_kind_intersect : at->keyword == BV_K_UNION ? BV_set_kind_union : BV_set_kind_except;
	head.all = bv__p_accept_kw(p, BV_K_ALL);
	if (!head.all)
		bv__p_accept_kw(p, BV_K_DISTINCT);
	head.by_name = bv__p_accept_kw2(p, BV_K_BY, BV_K_NAME);
	if (head.by_name && (p->dialect->syntax & BV_SYN_STRICT_BY_NAME))
		head.side = BV_by_name_side_strict;
	do {
		bv_node *right = bv__p_operand(p); /* in parentheses; in Spark also TABLE t, VALUES … */
		if (p->panic)
			return;
		bv_ast_query *outer = BV_NODE_NEW(p, QUERY, query, at);
		bv_ast_set_operation *s = BV_NODE_NEW(p, SET_OPERATION, set_operation, at);
		s->op = head.op;
		s->all = head.all;
		s->by_name = head.by_name;
		s->side = head.side;
		s->left = bv__p_unwrapped(&(*q)->head);
		s->right = right;
		outer->body = &s->head;
		for (unsigned i = 0; i < 2; i++)
			bv__p_deeper(p);
		s->head.span = outer->head.span = (bv_span){p->file, (*q)->head.span.start, right->span.end};
		*q = outer;
	} while (bv__p_accept(p, BV_TK_COMMA));
}

/* CALL f(x) [alias]: f((query), x) in FROM */
static void table_call(bv_parser *p, bv_ast_query **q, const bv_token *at)
{
	p->t++;
	bv_node *rows = bv__p_relation(p);
	if (p->panic)
		return;
	if (rows->kind != BV_TABLE_FUNCTION) {
		bv__p_fail(p, BV_E_SYNTAX, rows->span, "CALL takes a table function and its arguments");
		return;
	}
	bv_ast_scalar_query *input = BV_NODE_NEW(p, SCALAR_QUERY, scalar_query, at);
	bv_ast_table_function *f = BV_AS(table_function, rows);
	input->query = &(*q)->head;
	input->head.span = (*q)->head.span;
	uint32_t m = bv__p_mark(p);
	bv__p_item(p, &input->head);
	for (uint32_t i = 0; i < f->args.n; i++)
		bv__p_item(p, f->args.v[i]);
	f->args = bv__p_items(p, m);
	bv_ast_select *s = around(p, q, (bv_str){"", 0}, at);
	s->from = bv__list_of(p->arena, &rows, 1);
}

/* One operator; the cursor is behind its |>. */
static void pipe_operator(bv_parser *p, bv_ast_query **q)
{
	const bv_token *at = p->t;
	bv_ast_select *s = open_select(*q);
	switch (at->keyword) {
	case BV_K_SELECT:
		s = opened(p, q, at);
		p->t++;
		s->projections = (bv_list){NULL, 0};
		bv__p_select_list(p, s);
		bv__p_windows(p, s);
		return;
	case BV_K_EXTEND:
	case BV_K_WINDOW: { /* the same, for window functions */
		s = opened(p, q, at);
		p->t++;
		uint32_t m = bv__p_mark(p);
		bv__p_item(p, s->projections.v[0]);
		do {
			if (bv__p_mark(p) > m + 1 && at_end(p))
				break;
			bv__p_item(p, bv__p_projection(p));
		} while (bv__p_accept(p, BV_TK_COMMA));
		s->projections = bv__p_items(p, m);
		bv__p_windows(p, s);
		return;
	}
	case BV_K_SET: case BV_K_DROP: case BV_K_RENAME:
		p->t++;
		star_operator(p, q, at);
		return;
	case BV_K_AS: {
		p->t++;
		bv_str alias = bv__p_name(p, "an alias");
		bv_ast_table *t = s && !s->where && s->from.n == 1 ? BV_AS(table, s->from.v[0]) : NULL;
		if (t && t->head.kind == BV_TABLE && !t->alias.n)
			t->alias = alias;
		else
			around(p, q, alias, at);
		return;
	}
	case BV_K_WHERE:
		s = opened(p, q, at);
		p->t++;
		s->where = bv__and(p->arena, s->where, bv__p_expr(p));
		return;
	case BV_K_AGGREGATE:
		p->t++;
		aggregate(p, q, at);
		return;
	case BV_K_DISTINCT:
		s = opened(p, q, at);
		p->t++;
		s->distinct = true;
		return;
	case BV_K_ORDER:
		if (!s && ((*q)->body->kind != BV_SET_OPERATION || (*q)->order_by.n || (*q)->order_by_all || (*q)->limit || (*q)->offset))
			around(p, q, (bv_str){"", 0}, at);
		p->t++;
		bv__p_expect_kw(p, BV_K_BY);
		(*q)->order_by = bv__p_order_items(p);
		return;
	case BV_K_DISTRIBUTE: case BV_K_SORT: case BV_K_CLUSTER:
		if (!(p->dialect->bit & BV_D_SPARKS) || p->t[1].keyword != BV_K_BY)
			break;
		if (!s)
			around(p, q, (bv_str){"", 0}, at);
		bv__p_distribution(p, *q);
		return;
	case BV_K_OFFSET:
		if ((*q)->limit || (*q)->offset)
			around(p, q, (bv_str){"", 0}, at);
		p->t++;
		(*q)->offset = bv__p_expr(p);
		return;
	case BV_K_LIMIT:
		if ((*q)->limit || (*q)->offset)
			around(p, q, (bv_str){"", 0}, at);
		p->t++;
		(*q)->limit = bv__p_expr(p);
		if (bv__p_accept_kw(p, BV_K_OFFSET))
			(*q)->offset = bv__p_expr(p);
		return;
	case BV_K_UNION: case BV_K_INTERSECT: case BV_K_EXCEPT: case BV_K_MINUS:
		p->t++;
		set_operator(p, q, at);
		return;
	case BV_K_JOIN: case BV_K_INNER: case BV_K_LEFT: case BV_K_RIGHT: case BV_K_FULL: case BV_K_CROSS: case BV_K_NATURAL: case BV_K_SEMI: case BV_K_ANTI: case BV_K_LATERAL:
		if (!s || s->where || s->from.n != 1)
			s = around(p, q, (bv_str){"", 0}, at);
		s->from.v[0] = bv__p_joins(p, s->from.v[0]);
		return;
	case BV_K_TABLESAMPLE: case BV_K_PIVOT: case BV_K_UNPIVOT:
		if (!s || s->where || s->from.n != 1)
			s = around(p, q, (bv_str){"", 0}, at);
		s->from.v[0] = bv__p_suffixes(p, at, s->from.v[0]);
		return;
	case BV_K_CALL:
		table_call(p, q, at);
		return;
	case BV_K_WITH:
		bv__p_refuse(p, at, "|> WITH");
		return;
	default:
		break;
	}
	bv__p_expected(p, "SELECT, EXTEND, SET, DROP, RENAME, AS, WHERE, AGGREGATE, DISTINCT, ORDER BY, LIMIT, a set operation or a join");
}

/* query {|> operator} */
bv_node *bv__p_pipes(bv_parser *p, bv_node *query)
{
	if (!bv__p_at(p, BV_TK_PIPE_GT))
		return query;
	if (!(p->dialect->bit & BV_D_PIPES)) {
		bv__p_refuse(p, p->t, "pipe syntax (|>)");
		return query;
	}
	bv_ast_query *q = BV_AS(query, query);
	bv__p_enter(p, 3);
	while (!p->panic && bv__p_at(p, BV_TK_PIPE_GT)) {
		p->t++;
		pipe_operator(p, &q);
		q->head.span.end = p->t > p->first ? p->t[-1].end : q->head.span.end;
	}
	bv__p_leave(p, 3);
	return &q->head;
}
