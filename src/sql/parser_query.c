/* Queries: WITH, set operations, SELECT blocks, VALUES, ordering and limits. */
#include "sql/parser.h"

bool bv__p_at_query(const bv_parser *p)
{
	switch (p->t->keyword) {
	case BV_K_SELECT: case BV_K_WITH:
		return true;
	case BV_K_VALUES: return p->t[1].kind == BV_TK_LPAREN || p->t[1].keyword == BV_K_ROW;
	case BV_K_FROM: return p->dialect->syntax & BV_SYN_FROM_FIRST;
	case BV_K_TABLE: return bv__p_token_is_name(&p->t[1]) && p->t[1].keyword != BV_K_AS;
	default: return false;
	}
}

bool bv__p_at_query_rest(const bv_parser *p)
{
	switch (p->t->keyword) {
	case BV_K_UNION: case BV_K_INTERSECT: case BV_K_EXCEPT: case BV_K_MINUS: case BV_K_ORDER: case BV_K_LIMIT: case BV_K_OFFSET: case BV_K_FETCH:
		return true;
	default: return false;
	}
}

/* ---- stars and projections ---- */

/* (name, …) or one name */
static bv_names some_names(bv_parser *p)
{
	if (bv__p_at(p, BV_TK_LPAREN))
		return bv__p_names_parenthesised(p, "a column name");
	bv_path one = bv__p_path(p, "a column name", 1);
	return (bv_names){one.v, one.n, one.insensitive};
}

/* expression AS name, … of REPLACE; column AS name, … of RENAME */
static bv_list star_aliases(bv_parser *p, bool columns)
{
	const bv_token *open = p->t;
	bool paren = bv__p_accept(p, BV_TK_LPAREN);
	uint32_t m = bv__p_mark(p);
	do {
		const bv_token *from = p->t;
		bv_ast_alias *a = BV_NODE_NEW(p, ALIAS, alias, from);
		if (columns) {
			bv_ast_column *c = BV_NODE_NEW(p, COLUMN, column, from);
			c->path = bv__p_path(p, "a column name", 3);
			a->operand = BV_NODE_DONE(p, c, from);
		} else
			a->operand = bv__p_expr(p);
		if (!columns && !bv__p_at_kw(p, BV_K_AS))
			a->name = bv__p_at_name(p) ? bv__p_name(p, "a column name") : (bv__p_expect_kw(p, BV_K_AS), (bv_str){"", 0});
		else {
			bv__p_expect_kw(p, BV_K_AS);
			a->name = bv__p_name(p, "a column name");
		}
		bv__p_item(p, BV_NODE_DONE(p, a, from));
	} while (paren && bv__p_accept(p, BV_TK_COMMA));
	bv_list l = bv__p_items(p, m);
	if (paren)
		bv__p_expect_close(p, BV_TK_RPAREN, open);
	return l;
}

/* Behind `*`: [EXCLUDE|EXCEPT (…)] [REPLACE (…)] [RENAME (…)] */
bv_node *bv__p_star(bv_parser *p, const bv_token *from, bv_path qualifier)
{
	bv_ast_star *n = BV_NODE_NEW(p, STAR, star, from);
	n->qualifier = qualifier;
	for (;;) {
		if (bv__p_at_kw(p, BV_K_EXCLUDE) || (bv__p_at_kw(p, BV_K_EXCEPT) && p->t[1].kind == BV_TK_LPAREN && p->t[2].keyword != BV_K_SELECT && p->t[2].kind != BV_TK_LPAREN &&
											 p->t[2].keyword != BV_K_VALUES && p->t[2].keyword != BV_K_WITH && p->t[2].keyword != BV_K_FROM)) {
			p->t++;
			n->exclude = some_names(p);
		} else if (bv__p_at_kw(p, BV_K_REPLACE) && p->t[1].kind != BV_TK_COMMA) {
			p->t++;
			n->replace = star_aliases(p, false);
		} else if (bv__p_at_kw(p, BV_K_RENAME)) {
			p->t++;
			n->rename = star_aliases(p, true);
		} else if ((bv__p_at_kw(p, BV_K_ILIKE) || bv__p_at_kw(p, BV_K_LIKE)) && p->t[1].kind == BV_TK_STRING) {
			n->ilike = bv__p_at_kw(p, BV_K_ILIKE);
			p->t++;
			n->like = bv__p_string_expected(p, "a pattern");
		} else
			break;
	}
	return BV_NODE_DONE(p, n, from);
}

/* * | relation.* | expression [[AS] alias] | alias: expression */
bv_node *bv__p_projection(bv_parser *p)
{
	const bv_token *from = p->t;
	if (bv__p_accept(p, BV_TK_STAR))
		return bv__p_star(p, from, (bv_path){NULL, 0, 0});
	if (bv__p_token_is_name(from) && from[1].kind == BV_TK_DOT) {
		const bv_token *s = from;
		while (s[1].kind == BV_TK_DOT && (s[2].kind == BV_TK_NAME || s[2].kind == BV_TK_QUOTED))
			s += 2;
		if (s[1].kind == BV_TK_DOT && s[2].kind == BV_TK_STAR) {
			bv_path q = bv__p_path(p, "a relation", 3);
			bv__p_expect(p, BV_TK_DOT);
			bv__p_expect(p, BV_TK_STAR);
			return bv__p_star(p, from, q);
		}
	}
	bv_str name;
	if ((p->dialect->bit & (BV_D_DUCKDB | BV_D_GENERIC)) && bv__p_token_is_name(from) && from[1].kind == BV_TK_COLON) {
		name = bv__p_name(p, "an alias");
		p->t++;
		bv_ast_alias *a = BV_NODE_NEW(p, ALIAS, alias, from);
		bv__p_enter(p, 1);
		a->operand = bv__p_expr(p);
		bv__p_leave(p, 1);
		a->name = name;
		return BV_NODE_DONE(p, a, from);
	}
	/* The alias deepens its own expression, not those before it in the list. */
	uint32_t outer_peak = p->peak;
	p->peak = p->depth;
	bv_node *x = bv__p_expr(p);
	bool aliased = bv__p_column_alias(p, &name);
	if (aliased && bv__p_at(p, BV_TK_LPAREN) && p->t[-1].keyword == BV_K_AS)
		bv__p_refuse(p, p->t, "several aliases of one expression");
	bool fits = !aliased || bv__p_deeper(p);
	if (p->peak < outer_peak)
		p->peak = outer_peak;
	if (!aliased || !fits)
		return x;
	bv_ast_alias *a = BV_NODE_NEW(p, ALIAS, alias, from);
	a->operand = x;
	a->name = name;
	return BV_NODE_DONE(p, a, from);
}

/* ---- grouping ---- */

/* (a, b), a or () as a set of a grouping */
static bv_node *grouping_set(bv_parser *p)
{
	const bv_token *from = p->t;
	bv_ast_row *r = BV_NODE_NEW(p, ROW, row, from);
	bv_node *x = bv__p_expr(p);
	if (x->kind == BV_ROW && from->kind == BV_TK_LPAREN)
		return x;
	r->items = bv__list_of(p->arena, &x, 1);
	return BV_NODE_DONE(p, r, from);
}

static bv_node *grouping(bv_parser *p, bv_grouping_kind form)
{
	const bv_token *from = p->t;
	bv_ast_grouping *n = BV_NODE_NEW(p, GROUPING, grouping, from);
	n->form = (uint8_t)form;
	p->t += form == BV_grouping_kind_sets ? 2 : 1;
	const bv_token *open = p->t;
	bv__p_expect(p, BV_TK_LPAREN);
	uint32_t m = bv__p_mark(p);
	bv__p_enter(p, 2);
	do {
		/* A set may itself be ROLLUP or CUBE. */
		if (form == BV_grouping_kind_sets && p->t[1].kind == BV_TK_LPAREN && (bv__p_at_kw(p, BV_K_ROLLUP) || bv__p_at_kw(p, BV_K_CUBE)))
			bv__p_item(p, grouping(p, bv__p_at_kw(p, BV_K_ROLLUP) ? BV_grouping_kind_rollup : BV_grouping_kind_cube));
		else
			bv__p_item(p, grouping_set(p));
	} while (bv__p_accept(p, BV_TK_COMMA));
	bv__p_leave(p, 2);
	n->sets = bv__p_items(p, m);
	bv__p_expect_close(p, BV_TK_RPAREN, open);
	return BV_NODE_DONE(p, n, from);
}

static bv_node *group_item(bv_parser *p)
{
	if (p->t[1].kind == BV_TK_LPAREN) {
		if (bv__p_at_kw(p, BV_K_ROLLUP))
			return grouping(p, BV_grouping_kind_rollup);
		if (bv__p_at_kw(p, BV_K_CUBE))
			return grouping(p, BV_grouping_kind_cube);
	}
	if (bv__p_at_kw(p, BV_K_GROUPING) && bv__p_next_kw(p, 1, BV_K_SETS))
		return grouping(p, BV_grouping_kind_sets);
	return bv__p_expr(p);
}

static void group_by(bv_parser *p, bv_ast_select *s)
{
	const bv_token *from = p->t;
	bv_keyword after = (bv_keyword)p->t[1].keyword;
	if (bv__p_at_kw(p, BV_K_ALL) && (p->t[1].kind != BV_TK_NAME || bv__keyword_flags[after] & BV_KW_C)) {
		s->group_by_all = true;
		p->t++;
		return;
	}
	if (bv__p_accept_kw(p, BV_K_DISTINCT))
		bv__p_refuse(p, p->t - 1, "GROUP BY DISTINCT");
	uint32_t m = bv__p_mark(p);
	do {
		if (bv__p_at(p, BV_TK_LPAREN) && p->t[1].kind == BV_TK_RPAREN) {
			/* GROUP BY (): one group of everything. */
			const bv_token *t = p->t;
			bv_ast_grouping *g = BV_NODE_NEW(p, GROUPING, grouping, t);
			bv_node *r = bv__p_make(p, BV_ROW, t);
			p->t += 2;
			g->sets = bv__list_of(p->arena, &r, 1);
			bv__p_item(p, BV_NODE_DONE(p, g, t));
		} else
			bv__p_item(p, group_item(p));
	} while (bv__p_accept(p, BV_TK_COMMA));
	s->group_by = bv__p_items(p, m);
	/* GROUP BY a, b WITH ROLLUP */
	if (bv__p_at_kw(p, BV_K_WITH) && (bv__p_next_kw(p, 1, BV_K_ROLLUP) || bv__p_next_kw(p, 1, BV_K_CUBE))) {
		bv_ast_grouping *g = BV_NODE_NEW(p, GROUPING, grouping, from);
		g->form = bv__p_next_kw(p, 1, BV_K_ROLLUP) ? BV_grouping_kind_rollup : BV_grouping_kind_cube;
		p->t += 2;
		m = bv__p_mark(p);
		for (uint32_t i = 0; i < s->group_by.n; i++) {
			bv_ast_row *r = BV_NODE_NEW(p, ROW, row, from);
			r->head.span = s->group_by.v[i]->span;
			r->items = bv__list_of(p->arena, &s->group_by.v[i], 1);
			bv__p_item(p, &r->head);
		}
		g->sets = bv__p_items(p, m);
		bv_node *one = BV_NODE_DONE(p, g, from);
		s->group_by = bv__list_of(p->arena, &one, 1);
	}
}

/* ---- SELECT ---- */

/* WINDOW name AS (…), … */
static void windows(bv_parser *p, bv_ast_select *s)
{
	uint32_t m = bv__p_mark(p);
	do {
		const bv_token *from = p->t;
		bv_ast_named_window *w = BV_NODE_NEW(p, NAMED_WINDOW, named_window, from);
		w->name = bv__p_name(p, "the name of a window");
		bv__p_expect_kw(p, BV_K_AS);
		w->window = bv__p_window_spec(p);
		bv__p_item(p, BV_NODE_DONE(p, w, from));
	} while (bv__p_accept(p, BV_TK_COMMA));
	s->windows = bv__p_items(p, m);
}

/* FROM … WHERE … GROUP BY … HAVING … WINDOW … QUALIFY, with recovery from one clause to the next. */
static void select_clauses(bv_parser *p, bv_ast_select *s, const bv_token *from)
{
	static const uint16_t order[] = {BV_K_FROM, BV_K_WHERE, BV_K_GROUP, BV_K_HAVING, BV_K_WINDOW, BV_K_QUALIFY};
	unsigned stage = 0;
	for (;;) {
		if (p->panic && !bv__p_recover_clause(p, from))
			return;
		unsigned k = 0;
		while (k < BV_COUNT(order) && order[k] != p->t->keyword)
			k++;
		if (k == BV_COUNT(order)) {
			if (bv__p_at_kw(p, BV_K_INTO))
				bv__p_refuse(p, p->t, "SELECT … INTO");
			if (p->t[1].keyword == BV_K_BY && (bv__p_at_kw(p, BV_K_CLUSTER) || bv__p_at_kw(p, BV_K_DISTRIBUTE) || bv__p_at_kw(p, BV_K_SORT))) {
				char what[32];
				snprintf(what, sizeof what, "%s BY", bv__keyword_names[p->t->keyword]);
				bv__p_refuse(p, p->t, what);
			}
			if (bv__p_at_kw(p, BV_K_PREWHERE) || (bv__p_at_kw(p, BV_K_CONNECT) && bv__p_next_kw(p, 1, BV_K_BY)) || (bv__p_at_kw(p, BV_K_START) && bv__p_next_kw(p, 1, BV_K_WITH))) {
				bv__p_refuse(p, p->t, bv__p_at_kw(p, BV_K_PREWHERE) ? "PREWHERE" : "CONNECT BY");
			}
			return;
		}
		/* WINDOW and QUALIFY come in either order. */
		if (k < stage && !(k == 4 && stage == 5)) {
			bv_diagnostic *e = bv__p_fail(p, BV_E_SYNTAX, bv__p_token_span(p, p->t), "%s is out of place", bv__keyword_names[order[k]]);
			if (e)
				bv__diag_hint(p->d, e, k == stage - 1 && stage <= 5 && k != 0 ? "there is one already" : "the order is SELECT, FROM, WHERE, GROUP BY, HAVING, WINDOW, QUALIFY, ORDER BY, LIMIT");
			if (p->errors >= BV_ERRORS_MAX)
				return;
			const bv_token *bad = p->bad;
			p->bad = bad + 1;
			if (!bv__p_recover_clause(p, bad))
				return;
			continue;
		}
		from = p->t;
		p->t++;
		bv__p_enter(p, 1);
		switch (order[k]) {
		case BV_K_FROM:
			s->from = bv__p_from_items(p);
			break;
		case BV_K_WHERE:
			s->where = bv__p_expr(p);
			break;
		case BV_K_GROUP:
			bv__p_expect_kw(p, BV_K_BY);
			group_by(p, s);
			break;
		case BV_K_HAVING:
			s->having = bv__p_expr(p);
			break;
		case BV_K_WINDOW:
			windows(p, s);
			break;
		default:
			s->qualify = bv__p_expr(p);
			break;
		}
		bv__p_leave(p, 1);
		stage = k + 1;
	}
}

/* [ALL | DISTINCT [ON (…)]] [TOP n] projections */
void bv__p_select_list(bv_parser *p, bv_ast_select *s)
{
	if (bv__p_accept_kw(p, BV_K_DISTINCT)) {
		if (bv__p_at_kw(p, BV_K_ON) && p->t[1].kind == BV_TK_LPAREN) {
			const bv_token *open = ++p->t;
			p->t++;
			s->distinct_on = bv__p_exprs(p);
			bv__p_expect_close(p, BV_TK_RPAREN, open);
		} else
			s->distinct = true;
	} else if (bv__p_at_kw(p, BV_K_ALL) && p->t[1].kind != BV_TK_COMMA && p->t[1].keyword != BV_K_FROM)
		p->t++;
	if (bv__p_at_kw(p, BV_K_TOP) && (p->t[1].kind == BV_TK_NUMBER || p->t[1].kind == BV_TK_LPAREN)) {
		p->t++;
		p->top = bv__p_expr_above(p, BV_L_COUNT + 100);
	}
	if (bv__p_at_kw(p, BV_K_AS) && (bv__p_next_kw(p, 1, BV_K_STRUCT) || bv__p_next_kw(p, 1, BV_K_VALUE)))
		bv__p_refuse(p, p->t, "SELECT AS STRUCT and SELECT AS VALUE");
	uint32_t m = bv__p_mark(p);
	/* SELECT FROM t has no columns in PostgreSQL and DataFusion. */
	if (!(bv__p_at_kw(p, BV_K_FROM) && (p->dialect->bit & (BV_D_POSTGRES | BV_D_LENIENT))))
		do {
			if ((p->dialect->syntax & BV_SYN_TRAILING_COMMA) && bv__p_mark(p) > m && (bv__p_at_kw(p, BV_K_FROM) || bv__p_at(p, BV_TK_END) || bv__p_at(p, BV_TK_RPAREN) || bv__p_at(p, BV_TK_SEMICOLON)))
				break;
			bv__p_item(p, bv__p_projection(p));
		} while (bv__p_accept(p, BV_TK_COMMA));
	s->projections = bv__p_items(p, m);
	if (p->panic)
		return;
	/* What follows must be a clause or the end; said here, where the comma that is missing can be named. */
	switch (p->t->kind) {
	case BV_TK_END: case BV_TK_SEMICOLON: case BV_TK_RPAREN: case BV_TK_RBRACKET: case BV_TK_PIPE_GT:
		return;
	case BV_TK_NAME:
		if (bv__keyword_flags[p->t->keyword] & (BV_KW_C | BV_KW_N | BV_KW_T))
			return;
		/* fall through */
	default:
		bv__p_expected(p, "`,`, FROM or the end of the select list");
	}
}

static bv_node *select_block(bv_parser *p)
{
	const bv_token *from = p->t;
	bv_ast_select *s = BV_NODE_NEW(p, SELECT, select, from);
	p->t++;
	bv__p_enter(p, 1);
	bv__p_select_list(p, s);
	bv__p_leave(p, 1);
	select_clauses(p, s, from);
	return BV_NODE_DONE(p, s, from);
}

/* FROM t [SELECT …] … */
static bv_node *from_first(bv_parser *p)
{
	const bv_token *from = p->t;
	bv_ast_select *s = BV_NODE_NEW(p, SELECT, select, from);
	p->t++;
	bv__p_enter(p, 1);
	s->from = bv__p_from_items(p);
	if (bv__p_accept_kw(p, BV_K_SELECT))
		bv__p_select_list(p, s);
	else {
		bv_node *star = bv__p_make(p, BV_STAR, from);
		s->projections = bv__list_of(p->arena, &star, 1);
	}
	bv__p_leave(p, 1);
	if (bv__p_at_kw(p, BV_K_FROM))
		bv__p_expected(p, "a clause or the end of the query");
	select_clauses(p, s, from);
	return BV_NODE_DONE(p, s, from);
}

/* VALUES (…), (…) */
bv_node *bv__p_values(bv_parser *p)
{
	const bv_token *from = p->t;
	bv_ast_values *n = BV_NODE_NEW(p, VALUES, values, from);
	uint32_t m = bv__p_mark(p);
	p->t++;
	bv__p_enter(p, 1);
	do {
		const bv_token *open = p->t;
		if (bv__p_mark(p) > m && (bv__p_at(p, BV_TK_RPAREN) || bv__p_at(p, BV_TK_END)))
			break; /* a comma at the end */
		bv_ast_row *r = BV_NODE_NEW(p, ROW, row, open);
		bv__p_accept_kw(p, BV_K_ROW);
		const bv_token *paren = p->t;
		if (!bv__p_at(p, BV_TK_LPAREN) && (p->dialect->bit & (BV_D_SPARKS | BV_D_TRINO | BV_D_DUCKDB))) {
			/* VALUES 1, 2: rows of one column. */
			bv_node *x = bv__p_expr(p);
			r->items = bv__list_of(p->arena, &x, 1);
			bv__p_item(p, BV_NODE_DONE(p, r, open));
			continue;
		}
		bv__p_expect(p, BV_TK_LPAREN);
		if (!bv__p_at(p, BV_TK_RPAREN)) {
			uint32_t k = bv__p_mark(p);
			do
				bv__p_item(p, bv__p_expr(p));
			while (bv__p_accept(p, BV_TK_COMMA) && !bv__p_at(p, BV_TK_RPAREN));
			r->items = bv__p_items(p, k);
		}
		bv__p_expect_close(p, BV_TK_RPAREN, paren);
		bv__p_item(p, BV_NODE_DONE(p, r, open));
	} while (bv__p_accept(p, BV_TK_COMMA));
	bv__p_leave(p, 1);
	n->rows = bv__p_items(p, m);
	return BV_NODE_DONE(p, n, from);
}

/* TABLE name is SELECT * FROM name */
static bv_node *table_query(bv_parser *p)
{
	const bv_token *from = p->t;
	bv_ast_select *s = BV_NODE_NEW(p, SELECT, select, from);
	p->t++;
	const bv_token *name = p->t;
	bv_ast_table *t = BV_NODE_NEW(p, TABLE, table, name);
	t->path = bv__p_path(p, "a table", 3);
	bv_node *star = bv__p_make(p, BV_STAR, from), *table = BV_NODE_DONE(p, t, name);
	s->projections = bv__list_of(p->arena, &star, 1);
	s->from = bv__list_of(p->arena, &table, 1);
	return BV_NODE_DONE(p, s, from);
}

/* ---- bodies ---- */

/* A query that says nothing but its body is its body. */
bv_node *bv__p_unwrapped(bv_node *n)
{
	if (n->kind != BV_QUERY)
		return n;
	const bv_ast_query *q = BV_AS(query, n);
	return q->ctes.n || q->order_by.n || q->order_by_all || q->limit || q->offset ? n : q->body;
}

static bv_node *operand(bv_parser *p)
{
	switch (p->t->keyword) {
	case BV_K_SELECT: return select_block(p);
	case BV_K_VALUES: return bv__p_values(p);
	case BV_K_TABLE: return table_query(p);
	case BV_K_FROM:
		if (p->dialect->syntax & BV_SYN_FROM_FIRST)
			return from_first(p);
		break;
	default: break;
	}
	const bv_token *open = p->t;
	if (bv__p_accept(p, BV_TK_LPAREN)) {
		bv_node *q = bv__p_query(p);
		bv__p_expect_close(p, BV_TK_RPAREN, open);
		return bv__p_unwrapped(q);
	}
	bv__p_expected(p, "SELECT, VALUES, WITH or `(`");
	return bv__p_make(p, BV_VALUES, open);
}

/* left UNION|EXCEPT|INTERSECT [ALL|DISTINCT] [BY NAME] right …; INTERSECT binds tighter. `left` may have been read already. */
static bv_node *set_operations(bv_parser *p, const bv_token *from, bv_node *left, unsigned strength)
{
	uint32_t outer_peak = p->peak;
	bv__p_enter(p, 1);
	p->peak = left ? outer_peak : p->depth;
	bv_node *n = left ? left : operand(p);
	for (;;) {
		if (p->panic && !bv__p_recover_clause(p, from))
			break;
		unsigned binds = bv__p_at_kw(p, BV_K_INTERSECT) ? 2 : bv__p_at_kw(p, BV_K_UNION) || bv__p_at_kw(p, BV_K_EXCEPT) || bv__p_at_kw(p, BV_K_MINUS) ? 1 : 0;
		if (binds <= strength)
			break;
		if (!bv__p_deeper(p))
			break;
		bv_ast_set_operation *s = BV_NODE_NEW(p, SET_OPERATION, set_operation, from);
		s->op = binds == 2 ? BV_set_kind_intersect : bv__p_at_kw(p, BV_K_UNION) ? BV_set_kind_union : BV_set_kind_except;
		p->t++;
		if (bv__p_accept_kw(p, BV_K_ALL))
			s->all = true;
		else
			bv__p_accept_kw(p, BV_K_DISTINCT);
		if (bv__p_at_kw(p, BV_K_BY) && p->t[1].keyword == BV_K_NAME) {
			p->t += 2;
			s->by_name = true;
		}
		s->left = n;
		bv_node *top = p->top;
		p->top = NULL;
		s->right = set_operations(p, p->t, NULL, binds);
		if (top || p->top)
			bv__p_refuse(p, p->t, "TOP inside a set operation");
		n = BV_NODE_DONE(p, s, from);
	}
	bv__p_leave(p, 1);
	if (p->peak < outer_peak)
		p->peak = outer_peak;
	return n;
}

/* name [(columns)] AS [[NOT] MATERIALIZED] (query) */
static bv_node *cte(bv_parser *p)
{
	const bv_token *from = p->t;
	bv_ast_cte *c = BV_NODE_NEW(p, CTE, cte, from);
	c->name = bv__p_name(p, "the name of a CTE");
	if (bv__p_at(p, BV_TK_LPAREN))
		c->columns = bv__p_names_parenthesised(p, "a column name");
	if (bv__p_at_kw(p, BV_K_USING) && bv__p_next_kw(p, 1, BV_K_KEY))
		bv__p_refuse(p, p->t, "WITH RECURSIVE … USING KEY");
	bv__p_expect_kw(p, BV_K_AS);
	/* A hint to the planner; it changes no result. */
	if (bv__p_at_kw(p, BV_K_NOT) && bv__p_next_kw(p, 1, BV_K_MATERIALIZED))
		p->t++;
	bv__p_accept_kw(p, BV_K_MATERIALIZED);
	const bv_token *open = p->t;
	if (!bv__p_accept(p, BV_TK_LPAREN))
		bv__p_expected(p, "the query of the CTE in parentheses");
	bv__p_enter(p, 1);
	c->query = bv__p_query(p);
	bv__p_leave(p, 1);
	bv__p_expect_close(p, BV_TK_RPAREN, open);
	return BV_NODE_DONE(p, c, from);
}

/* LIMIT n [OFFSET m], LIMIT m, n, OFFSET m [ROWS], FETCH FIRST [n] ROWS ONLY, in any order */
static void limits(bv_parser *p, bv_ast_query *q)
{
	for (;;) {
		const bv_token *t = p->t;
		if (bv__p_at_kw(p, BV_K_LIMIT) && !q->limit) {
			p->t++;
			if (bv__p_accept_kw(p, BV_K_ALL) || (bv__p_at_kw(p, BV_K_NULL) && p->t[1].kind != BV_TK_COMMA && (p->t++, true)))
				continue;
			q->limit = bv__p_expr(p);
			if (bv__p_at(p, BV_TK_COMMA) && !q->offset) {
				p->t++;
				q->offset = q->limit;
				q->limit = bv__p_expr(p);
			}
			if (bv__p_at(p, BV_TK_PERCENT) || bv__p_at_kw(p, BV_K_PERCENT))
				bv__p_refuse(p, t, "LIMIT with a percentage");
			if (bv__p_at_kw(p, BV_K_BY))
				bv__p_refuse(p, t, "LIMIT … BY");
		} else if (bv__p_at_kw(p, BV_K_OFFSET) && !q->offset) {
			p->t++;
			q->offset = bv__p_expr(p);
			if (!bv__p_accept_kw(p, BV_K_ROW))
				bv__p_accept_kw(p, BV_K_ROWS);
		} else if (bv__p_at_kw(p, BV_K_FETCH) && !q->limit) {
			p->t++;
			if (!bv__p_accept_kw(p, BV_K_FIRST))
				bv__p_expect_kw(p, BV_K_NEXT);
			if (bv__p_at_kw(p, BV_K_ROW) || bv__p_at_kw(p, BV_K_ROWS))
				q->limit = bv__p_number_node(p, t, "1");
			else
				q->limit = bv__p_expr_above(p, 100);
			if (bv__p_at_kw(p, BV_K_PERCENT))
				bv__p_refuse(p, t, "FETCH … PERCENT");
			if (!bv__p_accept_kw(p, BV_K_ROW))
				bv__p_expect_kw(p, BV_K_ROWS);
			if (bv__p_at_kw(p, BV_K_WITH) && bv__p_next_kw(p, 1, BV_K_TIES))
				bv__p_refuse(p, t, "FETCH … WITH TIES");
			bv__p_expect_kw(p, BV_K_ONLY);
		} else
			return;
	}
}

/* ORDER BY …, limits: what follows a body. */
static void query_tail(bv_parser *p, bv_ast_query *q, const bv_token *from)
{
	if (p->panic)
		bv__p_recover_clause(p, from);
	bv__p_enter(p, 1);
	if (bv__p_accept_kw2(p, BV_K_ORDER, BV_K_BY)) {
		bv_keyword after = (bv_keyword)p->t[1].keyword;
		if (bv__p_at_kw(p, BV_K_ALL) && (p->t[1].kind != BV_TK_NAME || after == BV_K_LIMIT || after == BV_K_OFFSET || after == BV_K_FETCH || after == BV_K_DESC || after == BV_K_ASC || after == BV_K_NULLS)) {
			p->t++;
			q->order_by_all = true;
			bv__p_accept_kw(p, BV_K_ASC);
			if (bv__p_at_kw(p, BV_K_DESC) || bv__p_at_kw(p, BV_K_NULLS))
				bv__p_refuse(p, p->t, "ORDER BY ALL with a direction");
		} else
			q->order_by = bv__p_order_items(p);
		if (p->panic)
			bv__p_recover_clause(p, from);
	} else if (bv__p_at_kw(p, BV_K_ORDER)) {
		p->t++;
		bv__p_expect_kw(p, BV_K_BY);
	}
	limits(p, q);
	if (bv__p_at_kw(p, BV_K_FOR) && (bv__p_next_kw(p, 1, BV_K_UPDATE) || bv__p_next_kw(p, 1, BV_K_SHARE)))
		bv__p_refuse(p, p->t, "FOR UPDATE");
	bv__p_leave(p, 1);
}

static bv_node *finish_query(bv_parser *p, bv_ast_query *q, const bv_token *from)
{
	query_tail(p, q, from);
	if (p->top) {
		if (q->limit)
			bv__p_refuse(p, from, "TOP together with LIMIT");
		q->limit = p->top;
		p->top = NULL;
	}
	q->head.span = bv__p_since(p, from);
	/* ((SELECT …)): the inner query is the query. */
	if (q->body->kind == BV_QUERY && bv__p_unwrapped(&q->head) == q->body)
		return q->body;
	return &q->head;
}

bv_node *bv__p_query(bv_parser *p)
{
	const bv_token *from = p->t;
	bv_node *outer_top = p->top;
	p->top = NULL;
	bv_ast_query *q = BV_NODE_NEW(p, QUERY, query, from);
	if (!bv__p_enter(p, 2)) {
		bv__p_leave(p, 2);
		q->body = bv__p_make(p, BV_VALUES, from);
		return &q->head;
	}
	if (bv__p_accept_kw(p, BV_K_WITH)) {
		q->recursive = bv__p_accept_kw(p, BV_K_RECURSIVE);
		uint32_t m = bv__p_mark(p);
		do {
			if ((p->dialect->syntax & BV_SYN_TRAILING_COMMA) && bv__p_at_kw(p, BV_K_SELECT) && bv__p_mark(p) > m)
				break;
			bv__p_item(p, cte(p));
		} while (bv__p_accept(p, BV_TK_COMMA));
		q->ctes = bv__p_items(p, m);
		switch (p->t->keyword) {
		case BV_K_INSERT: case BV_K_UPDATE: case BV_K_DELETE: case BV_K_MERGE:
			bv__p_fail(p, BV_E_STATEMENT, bv__p_token_span(p, p->t), "%s is not supported", bv__keyword_names[p->t->keyword]);
			break;
		default: break;
		}
	}
	q->body = set_operations(p, p->t, NULL, 0);
	bv_node *n = bv__p_pipes(p, finish_query(p, q, from));
	bv__p_leave(p, 2);
	p->top = outer_top;
	return n;
}

bv_node *bv__p_query_rest(bv_parser *p, bv_node *left)
{
	const bv_token *from = p->t;
	bv_ast_query *q = BV_NODE_NEW(p, QUERY, query, from);
	bv__p_enter(p, 2);
	bv__p_deeper(p);
	q->body = set_operations(p, from, bv__p_unwrapped(left), 0);
	if (q->body->kind == BV_SET_OPERATION)
		q->body->span.start = left->span.start;
	bv_node *n = finish_query(p, q, from);
	n->span.start = left->span.start;
	n = bv__p_pipes(p, n);
	bv__p_leave(p, 2);
	return n;
}
