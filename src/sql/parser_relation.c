/* Relations: what stands behind FROM and JOIN. */
#include "sql/parser.h"

static bv_node *joined(bv_parser *p);

/* ( arguments ) of a table function */
static bv_list table_args(bv_parser *p)
{
	bv_str none = BV_STR("f");
	bv_node *c = bv__p_call(p, p->t - 1, bv__path_of(p->arena, &none, 1));
	return BV_AS(call, c)->args;
}

static bv_node *table_function(bv_parser *p, const bv_token *from, bv_path name, bool lateral)
{
	bv_ast_table_function *n = BV_NODE_NEW(p, TABLE_FUNCTION, table_function, from);
	const bv_token *t = lateral ? from + 1 : from;
	for (uint32_t i = 0; i < name.n; i++, t += 2)
		if (t->kind == BV_TK_NAME && !(p->dialect->syntax & BV_SYN_FOLD))
			name.v[i] = bv__arena_lower(p->arena, name.v[i]);
	name.insensitive = 0;
	n->name = name;
	n->lateral = lateral;
	n->args = table_args(p);
	if (bv__p_at_kw(p, BV_K_WITH) && bv__p_next_kw(p, 1, BV_K_ORDINALITY)) {
		p->t += 2;
		n->ordinality = true;
	}
	bv__p_relation_alias(p, &n->alias, &n->columns);
	return BV_NODE_DONE(p, n, from);
}

/* UNNEST(list, …) [WITH ORDINALITY | WITH OFFSET [AS name]] [alias] */
static bv_node *unnest(bv_parser *p)
{
	const bv_token *from = p->t, *open = p->t + 1;
	bv_ast_unnest *n = BV_NODE_NEW(p, UNNEST, unnest, from);
	p->t += 2;
	bv__p_enter(p, 1);
	n->args = bv__p_exprs(p);
	bv__p_leave(p, 1);
	bv__p_expect_close(p, BV_TK_RPAREN, open);
	if (bv__p_at_kw(p, BV_K_WITH) && bv__p_next_kw(p, 1, BV_K_ORDINALITY)) {
		p->t += 2;
		n->ordinality = true;
	}
	bv__p_relation_alias(p, &n->alias, &n->columns);
	/* The alias of BigQuery's UNNEST names the element, not the relation. */
	if ((p->dialect->syntax & BV_SYN_UNNEST_IS_TABLE) && n->alias.n && !n->columns.n) {
		bv_path one = bv__path_of(p->arena, &n->alias, 1);
		n->columns = (bv_names){one.v, one.n, 1};
	}
	if (bv__p_at_kw(p, BV_K_WITH) && bv__p_next_kw(p, 1, BV_K_OFFSET))
		bv__p_refuse(p, p->t, "UNNEST WITH OFFSET");
	return BV_NODE_DONE(p, n, from);
}

static bv_node *derived(bv_parser *p, const bv_token *from, bv_node *query, bool lateral)
{
	bv_ast_derived *n = BV_NODE_NEW(p, DERIVED, derived, from);
	n->query = query;
	n->lateral = lateral;
	bv__p_relation_alias(p, &n->alias, &n->columns);
	return BV_NODE_DONE(p, n, from);
}

/* What stands in parentheses: a query (then *query is set and the result NULL until its alias is read) or a relation. */
static bv_node *parenthesised(bv_parser *p, bv_node **query)
{
	const bv_token *open = p->t;
	bv_node *n = NULL, *inner = NULL;
	*query = NULL;
	p->t++;
	if (!bv__p_enter(p, 1)) {
		bv__p_leave(p, 1);
		return bv__p_make(p, BV_TABLE, open);
	}
	if (bv__p_at_query(p))
		inner = bv__p_query(p);
	else if (bv__p_at(p, BV_TK_LPAREN)) {
		const bv_token *from = p->t;
		n = parenthesised(p, &inner);
		if (inner && bv__p_at_query_rest(p)) {
			inner = bv__p_query_rest(p, inner);
		} else if (inner && !bv__p_at(p, BV_TK_RPAREN)) {
			n = derived(p, from, inner, false);
			inner = NULL;
		}
		if (n) {
			p->pending = n;
			n = joined(p);
		}
	} else
		n = joined(p);
	bv__p_leave(p, 1);
	bv__p_expect_close(p, BV_TK_RPAREN, open);
	*query = inner;
	return n;
}

/* What may follow a table's name: time travel, PARTITION, hints. Recognised and refused. */
static void table_suffix(bv_parser *p)
{
	const bv_token *t = p->t;
	if (bv__p_at_kw(p, BV_K_FOR) && (bv__p_next_kw(p, 1, BV_K_SYSTEM_TIME) || bv__p_next_kw(p, 1, BV_K_TIMESTAMP) || bv__p_next_kw(p, 1, BV_K_VERSION)))
		bv__p_refuse(p, t, "time travel on a table");
	else if ((bv__p_at_kw(p, BV_K_VERSION) || bv__p_at_kw(p, BV_K_TIMESTAMP)) && bv__p_next_kw(p, 1, BV_K_AS) && bv__p_next_kw(p, 2, BV_K_OF))
		bv__p_refuse(p, t, "time travel on a table");
	else if ((bv__p_at_kw(p, BV_K_AT) || bv__p_at_kw(p, BV_K_BEFORE)) && t[1].kind == BV_TK_LPAREN)
		bv__p_refuse(p, t, "time travel on a table");
}

static void relation_suffix(bv_parser *p)
{
	const bv_token *t = p->t;
	switch (t->keyword) {
	case BV_K_TABLESAMPLE:
	case BV_K_SAMPLE:
		if (t->keyword == BV_K_TABLESAMPLE || t[1].kind == BV_TK_LPAREN)
			bv__p_refuse(p, t, bv__keyword_names[t->keyword]);
		break;
	case BV_K_USING:
		if (bv__p_next_kw(p, 1, BV_K_SAMPLE))
			bv__p_refuse(p, t, "USING SAMPLE");
		break;
	case BV_K_PIVOT:
	case BV_K_UNPIVOT:
	case BV_K_MATCH_RECOGNIZE:
		bv__p_refuse(p, t, bv__keyword_names[t->keyword]);
		break;
	case BV_K_LATERAL:
		if (bv__p_next_kw(p, 1, BV_K_VIEW)) {
			if (p->dialect->syntax & BV_SYN_LATERAL_VIEW)
				bv__p_refuse(p, t, "LATERAL VIEW");
			else
				bv__p_expected(p, "a join, a clause or the end of the query");
		}
		break;
	default:
		break;
	}
}

/* (a JOIN b) AS c is (SELECT * FROM a JOIN b) AS c */
static bv_node *aliased(bv_parser *p, const bv_token *from, bv_node *relation, bv_str alias, bv_names columns)
{
	bv_ast_select *s = BV_NODE_NEW(p, SELECT, select, from);
	bv_ast_query *q = BV_NODE_NEW(p, QUERY, query, from);
	bv_ast_derived *d = BV_NODE_NEW(p, DERIVED, derived, from);
	bv_node *star = bv__p_make(p, BV_STAR, from);
	for (unsigned i = 0; i < 3; i++)
		bv__p_deeper(p);
	s->head.span = q->head.span = star->span = relation->span;
	s->projections = bv__list_of(p->arena, &star, 1);
	s->from = bv__list_of(p->arena, &relation, 1);
	q->body = &s->head;
	d->query = &q->head;
	d->alias = alias;
	d->columns = columns;
	return BV_NODE_DONE(p, d, from);
}

/* A table, a query, a function, or a relation in parentheses. */
static bv_node *factor(bv_parser *p)
{
	const bv_token *from = p->t;
	bool lateral = false;
	if (bv__p_at_kw(p, BV_K_LATERAL) && (from[1].kind == BV_TK_LPAREN || bv__p_token_is_name(&from[1]))) {
		p->t++;
		lateral = true;
	}
	if (bv__p_at(p, BV_TK_LPAREN)) {
		bv_node *query, *n = parenthesised(p, &query);
		if (query)
			return derived(p, from, query, lateral);
		bv_str alias;
		bv_names columns = {NULL, 0, 0};
		bv__p_relation_alias(p, &alias, &columns);
		/* (t) AS a is t AS a. */
		if (alias.n && n->kind == BV_TABLE && !BV_AS(table, n)->alias.n && !BV_AS(table, n)->columns.n) {
			BV_AS(table, n)->alias = alias;
			BV_AS(table, n)->columns = columns;
			return BV_NODE_DONE(p, BV_AS(table, n), from);
		}
		return alias.n ? aliased(p, from, n, alias, columns) : n;
	}
	if (bv__p_at_kw(p, BV_K_VALUES) && from[1].kind == BV_TK_LPAREN) {
		bv_ast_query *q = BV_NODE_NEW(p, QUERY, query, p->t);
		const bv_token *v = p->t;
		q->body = bv__p_values(p);
		return derived(p, from, BV_NODE_DONE(p, q, v), lateral);
	}
	if (bv__p_at_kw(p, BV_K_UNNEST) && p->t[1].kind == BV_TK_LPAREN)
		return unnest(p);
	if (bv__p_at_kw(p, BV_K_TABLE) && p->t[1].kind == BV_TK_LPAREN) {
		/* TABLE(f(x)) is f(x). */
		const bv_token *open = ++p->t;
		p->t++;
		const bv_token *name = p->t;
		bv_path path = bv__p_path(p, "a table function", 3);
		if (!bv__p_at(p, BV_TK_LPAREN))
			bv__p_expected(p, "`(`");
		bv_node *n = bv__p_make(p, BV_TABLE_FUNCTION, name);
		if (!p->panic) {
			n = table_function(p, name, path, false);
			bv__p_expect_close(p, BV_TK_RPAREN, open);
			bv_ast_table_function *f = BV_AS(table_function, n);
			f->lateral = lateral;
			if (!f->alias.n)
				bv__p_relation_alias(p, &f->alias, &f->columns);
			n->span = bv__p_since(p, from);
		}
		return n;
	}
	if (bv__p_at(p, BV_TK_STRING)) {
		/* A file by its name. */
		bv_ast_table *t = BV_NODE_NEW(p, TABLE, table, from);
		bv_str s = bv__p_string_text(p, p->t);
		if (s.n == 0)
			bv__p_expected(p, "a table");
		bv__p_advance(p);
		t->path = bv__path_of(p->arena, &s, 1);
		t->path.insensitive = (p->dialect->syntax & BV_SYN_QUOTED_INSENSITIVE) != 0; /* as its name in quotes */
		bv__p_relation_alias(p, &t->alias, &t->columns);
		return BV_NODE_DONE(p, t, from);
	}
	if (bv__p_at_kw(p, BV_K_ONLY) && p->t[1].kind == BV_TK_LPAREN)
		bv__p_refuse(p, p->t, "ONLY");
	bool keyword = p->t->kind == BV_TK_NAME && (bv__keyword_flags[p->t->keyword] & (BV_KW_N | BV_KW_H)) && p->t->keyword != BV_K_LEFT && p->t->keyword != BV_K_RIGHT;
	if (keyword) {
		bv__p_expected(p, "a table, a query in parentheses or a table function");
		return bv__p_make(p, BV_TABLE, from);
	}
	const bv_token *name = p->t;
	bv_path path = bv__p_path(p, "a table, a query in parentheses or a table function", 3);
	if (bv__p_at(p, BV_TK_LPAREN))
		return table_function(p, lateral ? from : name, path, lateral);
	if (lateral)
		bv__p_expected(p, "`(`");
	bv_ast_table *t = BV_NODE_NEW(p, TABLE, table, from);
	t->path = path;
	table_suffix(p);
	bv__p_relation_alias(p, &t->alias, &t->columns);
	table_suffix(p);
	return BV_NODE_DONE(p, t, from);
}

/* [NATURAL] [INNER|LEFT|RIGHT|FULL|CROSS|SEMI|ANTI|ASOF …] JOIN; false: no join follows. */
static bool join_head(bv_parser *p, bv_ast_join *j)
{
	const bv_token *t = p->t;
	if (t->keyword == BV_K_NATURAL) {
		j->natural = true;
		t++;
	}
	bool asof = false;
	if (t->keyword == BV_K_ASOF && (t[1].keyword == BV_K_JOIN || t[1].keyword == BV_K_LEFT || t[1].keyword == BV_K_INNER)) {
		asof = true;
		t++;
	}
	switch (t->keyword) {
	case BV_K_INNER:
		t++;
		break;
	case BV_K_CROSS:
		j->type = BV_join_type_cross;
		t++;
		if (t->keyword == BV_K_APPLY) {
			bv__p_refuse(p, t - 1, "CROSS APPLY");
			return true;
		}
		break;
	case BV_K_OUTER:
		if (t[1].keyword == BV_K_APPLY)
			bv__p_refuse(p, t, "OUTER APPLY");
		return false;
	case BV_K_LEFT:
	case BV_K_RIGHT: {
		bool left = t->keyword == BV_K_LEFT;
		t++;
		if (t->keyword == BV_K_SEMI) {
			j->type = left ? BV_join_type_left_semi : BV_join_type_right_semi;
			t++;
		} else if (t->keyword == BV_K_ANTI) {
			j->type = left ? BV_join_type_left_anti : BV_join_type_right_anti;
			t++;
		} else {
			j->type = left ? BV_join_type_left : BV_join_type_right;
			if (t->keyword == BV_K_OUTER)
				t++;
		}
		break;
	}
	case BV_K_FULL:
		j->type = BV_join_type_full;
		t++;
		if (t->keyword == BV_K_OUTER)
			t++;
		break;
	case BV_K_SEMI:
		j->type = BV_join_type_left_semi;
		t++;
		break;
	case BV_K_ANTI:
		j->type = BV_join_type_left_anti;
		t++;
		break;
	case BV_K_POSITIONAL:
		if (t[1].keyword == BV_K_JOIN)
			bv__p_refuse(p, t, "POSITIONAL JOIN");
		return false;
	case BV_K_GLOBAL:
		return false;
	default:
		break;
	}
	if (t->keyword != BV_K_JOIN) {
		if (t > p->t && !p->panic) {
			p->t = t;
			bv__p_expected(p, "JOIN");
		}
		return false;
	}
	if (asof && j->type == BV_join_type_left) {
		bv__p_refuse(p, p->t, "ASOF LEFT JOIN");
		return true;
	}
	if (asof)
		j->type = BV_join_type_asof;
	p->t = t + 1;
	return true;
}

/* [ON condition | USING (columns)] */
static void join_condition(bv_parser *p, bv_ast_join *j)
{
	if (bv__p_at_kw(p, BV_K_MATCH_CONDITION))
		bv__p_refuse(p, p->t, "MATCH_CONDITION");
	if (bv__p_accept_kw(p, BV_K_ON))
		j->on = bv__p_expr(p);
	else if (bv__p_at_kw(p, BV_K_USING) && p->t[1].kind == BV_TK_LPAREN) {
		p->t++;
		j->using = bv__p_names_parenthesised(p, "a column name");
	}
}

/* relation {join relation}; p->pending, if set, is the first relation, read already. */
static bv_node *joined(bv_parser *p)
{
	const bv_token *from = p->t;
	uint32_t outer_peak = p->peak;
	bv_node *n = p->pending;
	uint32_t start = n ? n->span.start : from->start;
	if (!bv__p_enter(p, 1)) {
		bv__p_leave(p, 1);
		return bv__p_make(p, BV_TABLE, from);
	}
	if (!n)
		p->peak = p->depth;
	p->pending = NULL;
	if (!n)
		n = factor(p);
	for (;;) {
		relation_suffix(p);
		if (p->t->kind != BV_TK_NAME || !p->t->keyword)
			break;
		bv_ast_join head = {0};
		if (!join_head(p, &head))
			break;
		if (!bv__p_deeper(p))
			break;
		bv_ast_join *j = BV_NODE_NEW(p, JOIN, join, from);
		j->type = head.type;
		j->natural = head.natural;
		j->left = n;
		/* a JOIN b JOIN c ON … ON …: the inner join is the right side. */
		j->right = factor(p);
		if ((p->dialect->syntax & BV_SYN_NESTED_JOIN) && j->type != BV_join_type_cross && !j->natural)
			while (!p->panic && (bv__p_at_kw(p, BV_K_JOIN) || ((bv__p_at_kw(p, BV_K_LEFT) || bv__p_at_kw(p, BV_K_INNER) || bv__p_at_kw(p, BV_K_RIGHT) || bv__p_at_kw(p, BV_K_FULL)) &&
																(bv__p_next_kw(p, 1, BV_K_JOIN) || bv__p_next_kw(p, 1, BV_K_OUTER))))) {
				bv_ast_join inner_head = {0};
				if (!join_head(p, &inner_head) || !bv__p_deeper(p))
					break;
				bv_ast_join *inner = BV_NODE_NEW(p, JOIN, join, from);
				inner->type = inner_head.type;
				inner->left = j->right;
				inner->right = factor(p);
				join_condition(p, inner);
				j->right = BV_NODE_DONE(p, inner, from);
				j->right->span.start = inner->left->span.start;
			}
		join_condition(p, j);
		n = BV_NODE_DONE(p, j, from);
		n->span.start = start;
	}
	bv__p_leave(p, 1);
	if (p->peak < outer_peak)
		p->peak = outer_peak;
	return n;
}

bv_node *bv__p_joins(bv_parser *p, bv_node *left)
{
	p->pending = left;
	return joined(p);
}

bv_list bv__p_from_items(bv_parser *p)
{
	uint32_t m = bv__p_mark(p);
	do {
		if ((p->dialect->syntax & BV_SYN_TRAILING_COMMA) && bv__p_mark(p) > m &&
			(bv__p_at(p, BV_TK_END) || bv__p_at(p, BV_TK_RPAREN) || bv__p_at_kw(p, BV_K_WHERE) || bv__p_at_kw(p, BV_K_GROUP) || bv__p_at_kw(p, BV_K_ORDER)))
			break;
		bv__p_item(p, joined(p));
	} while (bv__p_accept(p, BV_TK_COMMA));
	return bv__p_items(p, m);
}
