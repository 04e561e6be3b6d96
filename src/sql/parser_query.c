/* Queries: WITH, set operations, SELECT blocks, VALUES, ordering and limits. */
#include "sql/parser.h"

/* VALUES and a row. Spark and Trino need no parentheses around one of one column; in Spark, where the word may also name a table, what follows must be a value. */
bool bv__p_at_values(const bv_parser *p)
{
	const bv_token *t = p->t + 1;
	if (!bv__p_at_kw(p, BV_K_VALUES))
		return false;
	if (t->kind == BV_TK_LPAREN || t->keyword == BV_K_ROW)
		return true;
	if (!(p->dialect->bit & (BV_D_SPARKS | BV_D_TRINO)))
		return false;
	switch (t->kind) {
	case BV_TK_NUMBER: case BV_TK_STRING: case BV_TK_BINARY: case BV_TK_MINUS: case BV_TK_PLUS: case BV_TK_QUESTION:
		return true;
	case BV_TK_QUOTED:
		return p->dialect->bit & BV_D_TRINO;
	case BV_TK_NAME:
		if (t->keyword == BV_K_NULL || t->keyword == BV_K_TRUE || t->keyword == BV_K_FALSE || t->keyword == BV_K_CASE || t->keyword == BV_K_CAST || t[1].kind == BV_TK_STRING)
			return true;
		if (t->keyword == BV_K_INTERVAL && (t[1].kind == BV_TK_NUMBER || t[1].kind == BV_TK_MINUS))
			return true;
		if (p->dialect->bit & BV_D_TRINO)
			return !t->keyword || t->keyword == BV_K_NOT || !(bv__keyword_flags[t->keyword] & (BV_KW_N | BV_KW_C | BV_KW_T));
		/* VALUES f(x + 1): not a table with an alias and its columns, VALUES f(x, y) */
		return t[1].kind == BV_TK_LPAREN && !(bv__p_token_is_name(&t[2]) && (t[3].kind == BV_TK_COMMA || t[3].kind == BV_TK_RPAREN));
	default:
		return false;
	}
}

bool bv__p_at_query(const bv_parser *p)
{
	switch (p->t->keyword) {
	case BV_K_SELECT:
		return true;
	case BV_K_WITH: return p->t[1].kind != BV_TK_LPAREN || !(p->dialect->bit & BV_D_BIGQUERY);
	case BV_K_VALUES: return bv__p_at_values(p);
	case BV_K_FROM: return p->dialect->syntax & BV_SYN_FROM_FIRST;
	case BV_K_PIVOT: case BV_K_PIVOT_WIDER: case BV_K_UNPIVOT:
		return (p->dialect->bit & BV_D_DUCKDB) && (bv__p_token_is_name(&p->t[1]) || p->t[1].kind == BV_TK_LPAREN || p->t[1].kind == BV_TK_STRING || p->t[1].keyword == BV_K_FROM);
	case BV_K_TABLE: return bv__p_token_is_name(&p->t[1]) && p->t[1].keyword != BV_K_AS;
	default: return false;
	}
}

bool bv__p_at_query_rest(const bv_parser *p)
{
	switch (p->t->keyword) {
	case BV_K_UNION: case BV_K_INTERSECT: case BV_K_EXCEPT: case BV_K_MINUS: case BV_K_ORDER: case BV_K_LIMIT: case BV_K_OFFSET: case BV_K_FETCH:
		return true;
	default: return bv__p_at(p, BV_TK_PIPE_GT) && (p->dialect->bit & BV_D_PIPES);
	}
}

/* ---- stars and projections ---- */

/* (name, …) or one name */
bv_names bv__p_some_names(bv_parser *p, const char *what)
{
	if (bv__p_at(p, BV_TK_LPAREN))
		return bv__p_names_parenthesised(p, what);
	bv_path one = bv__p_path(p, what, 1);
	return (bv_names){one.v, one.n, one.insensitive};
}

/* expression AS name, … of REPLACE; column AS name, … of RENAME */
static bv_list star_aliases(bv_parser *p, bool columns)
{
	const bv_token *open = p->t;
	bool paren = bv__p_accept(p, BV_TK_LPAREN);
	uint32_t m = bv__p_mark(p);
	do {
		if (paren && bv__p_mark(p) > m && bv__p_at(p, BV_TK_RPAREN) && (p->dialect->syntax & BV_SYN_TRAILING_COMMA))
			break;
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

/* A word that stands behind EXCEPT where that is the set operation. */
static bool begins_operand(bv_keyword k)
{
	return k == BV_K_SELECT || k == BV_K_ALL || k == BV_K_DISTINCT || k == BV_K_VALUES || k == BV_K_WITH || k == BV_K_FROM || k == BV_K_TABLE || k == BV_K_BY;
}

/* [NOT] LIKE|ILIKE|GLOB|SIMILAR TO 'pattern', or an operator that means one of these; false: none of them is here. */
static bool star_pattern(bv_parser *p, bv_ast_star *n)
{
	const bv_token *t = p->t;
	bool negated = t->keyword == BV_K_NOT;
	t += negated;
	switch (t->keyword) {
	case BV_K_ILIKE: n->match = BV_star_match_ilike; break;
	case BV_K_LIKE: n->match = BV_star_match_like; break;
	case BV_K_GLOB: n->match = BV_star_match_glob; break;
	case BV_K_SIMILAR:
		if (t[1].keyword != BV_K_TO)
			return false;
		n->match = BV_star_match_similar;
		t++;
		break;
	default: {
		static const struct {
			const char *operator;
			uint8_t match;
			bool negated;
		} operators[] = {{"~~", BV_star_match_like, false}, {"!~~", BV_star_match_like, true}, {"~~*", BV_star_match_ilike, false}, {"!~~*", BV_star_match_ilike, true}, {"~~~", BV_star_match_glob, false}};
		unsigned i = 0;
		while (i < BV_COUNT(operators) && !bv__str_is(bv__p_token_str(p, t), operators[i].operator))
			i++;
		if (i == BV_COUNT(operators) || negated)
			return false;
		n->match = operators[i].match;
		negated = operators[i].negated;
		break;
	}
	}
	if (t[1].kind != BV_TK_STRING) {
		n->match = BV_star_match_like;
		return false;
	}
	p->t = t + 1;
	n->ilike = n->match == BV_star_match_ilike;
	if (n->match <= BV_star_match_ilike)
		n->match = BV_star_match_like; /* the flag says it */
	n->not_like = negated;
	n->like = bv__p_string_expected(p, "a pattern");
	return true;
}

/* (name, …) or one name of EXCLUDE; what has a qualifier, or lies inside a struct, is a column of exclude_paths. */
static void star_exclude(bv_parser *p, bv_ast_star *n)
{
	const bv_token *open = p->t;
	bool paren = bv__p_accept(p, BV_TK_LPAREN);
	uint32_t m = bv__p_mark(p), mark = p->names.n, insensitive = 0;
	do {
		if (paren && p->names.n + bv__p_mark(p) > mark + m && bv__p_at(p, BV_TK_RPAREN) && (p->dialect->syntax & BV_SYN_TRAILING_COMMA))
			break;
		const bv_token *from = p->t;
		bv_path path = bv__p_path(p, "a column name", 1000);
		if (path.n > 1) {
			bv_ast_column *c = BV_NODE_NEW(p, COLUMN, column, from);
			c->path = path;
			bv__p_item(p, BV_NODE_DONE(p, c, from));
		} else if (path.n) {
			if ((path.insensitive & 1) && p->names.n - mark < 32)
				insensitive |= 1u << (p->names.n - mark);
			p->oom |= !BV_PUSH(p->scratch, &p->names, path.v[0]);
		}
	} while (paren && bv__p_accept(p, BV_TK_COMMA));
	bv_path made = bv__p_names_from(p, mark);
	n->exclude = (bv_names){made.v, made.n, insensitive};
	n->exclude_paths = bv__p_items(p, m);
	if (paren)
		bv__p_expect_close(p, BV_TK_RPAREN, open);
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
			star_exclude(p, n);
		} else if (bv__p_at_kw(p, BV_K_EXCEPT) && (p->dialect->bit & BV_D_LENIENT) && bv__p_token_is_name(&p->t[1]) && !begins_operand((bv_keyword)p->t[1].keyword)) {
			p->t++;
			star_exclude(p, n);
		} else if (bv__p_at_kw(p, BV_K_REPLACE) && p->t[1].kind != BV_TK_COMMA) {
			p->t++;
			n->replace = star_aliases(p, false);
		} else if (bv__p_at_kw(p, BV_K_RENAME)) {
			p->t++;
			n->rename = star_aliases(p, true);
		} else if (!star_pattern(p, n))
			break;
	}
	return BV_NODE_DONE(p, n, from);
}

/* [AS (name, …)] behind the star of a row: its columns take these names. */
static void star_names(bv_parser *p, bv_ast_star *n)
{
	if (!(p->dialect->bit & BV_D_TRINO) || !bv__p_at_kw(p, BV_K_AS) || p->t[1].kind != BV_TK_LPAREN)
		return;
	p->t++;
	n->names = bv__p_names_parenthesised(p, "a column name");
	n->head.span.end = p->t[-1].end;
}

/* * | relation.* | expression [[AS] alias] | alias: expression */
bv_node *bv__p_projection(bv_parser *p)
{
	const bv_token *from = p->t;
	bool unpacked = from->kind == BV_TK_STAR && from[1].keyword == BV_K_COLUMNS && from[2].kind == BV_TK_LPAREN && (p->dialect->bit & BV_D_DUCKDB);
	if (!unpacked && bv__p_accept(p, BV_TK_STAR))
		return bv__p_star(p, from, (bv_path){NULL, 0, 0});
	if (bv__p_token_is_name(from) && from[1].kind == BV_TK_DOT) {
		const bv_token *s = from;
		while (s[1].kind == BV_TK_DOT && (s[2].kind == BV_TK_NAME || s[2].kind == BV_TK_QUOTED))
			s += 2;
		/* t.* > (1, 2) compares the row of its columns. */
		bool operand = (p->dialect->bit & BV_D_POSTGRES) && s[1].kind == BV_TK_DOT && s[2].kind == BV_TK_STAR && bv__infix[s[3].kind].level;
		if (!operand && s[1].kind == BV_TK_DOT && s[2].kind == BV_TK_STAR) {
			bv_path q = bv__p_path(p, "a relation", 3);
			bv__p_expect(p, BV_TK_DOT);
			bv__p_expect(p, BV_TK_STAR);
			bv_node *star = bv__p_star(p, from, q);
			star_names(p, BV_AS(star, star));
			return star;
		}
	}
	if ((p->dialect->bit & BV_D_SPARKS) && bv__p_at_script(p))
		return bv__p_script(p);
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
	if (bv__p_at(p, BV_TK_DOT) && p->t[1].kind == BV_TK_STAR) {
		/* (value).*: its fields */
		p->t += 2;
		bv__p_deeper(p);
		bv_node *star = bv__p_star(p, from, (bv_path){NULL, 0, 0});
		BV_AS(star, star)->operand = x;
		star_names(p, BV_AS(star, star));
		if (p->peak < outer_peak)
			p->peak = outer_peak;
		return star;
	}
	if (((bv__p_at_kw(p, BV_K_AS) && p->t[1].kind == BV_TK_LPAREN) || (bv__p_at(p, BV_TK_LPAREN) && !(x->kind == BV_CALL && bv__p_is_identifier(p, &BV_AS(call, x)->name, &BV_AS(call, x)->args)))) && (p->dialect->bit & BV_D_SPARKS)) {
		/* POSEXPLODE(x) [AS] (a, b) */
		bv_ast_aliases *a = BV_NODE_NEW(p, ALIASES, aliases, from);
		bv__p_accept_kw(p, BV_K_AS);
		bv__p_deeper(p);
		a->operand = x;
		a->names = bv__p_names_parenthesised(p, "an alias");
		if (p->peak < outer_peak)
			p->peak = outer_peak;
		return BV_NODE_DONE(p, a, from);
	}
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

static bv_node *grouping(bv_parser *p, bv_grouping_kind form);

/* GROUPING SETS, ROLLUP or CUBE inside of GROUPING SETS: the sets that it means are sets of the outer one. */
static void nested_sets(bv_parser *p, bv_grouping_kind form)
{
	enum { CUBE_MAX = 12 }; /* as in PostgreSQL: 4096 sets */
	if (!bv__p_enter(p, 1)) {
		bv__p_leave(p, 1);
		return;
	}
	const bv_ast_grouping *inner = BV_AS(grouping, grouping(p, form));
	const bv_list *sets = &inner->sets;
	bv__p_leave(p, 1);
	if (p->panic)
		return;
	if (form == BV_grouping_kind_cube && sets->n > CUBE_MAX) {
		bv__p_fail(p, BV_E_SYNTAX, inner->head.span, "CUBE inside of GROUPING SETS takes %d elements at most", CUBE_MAX);
		return;
	}
	uint32_t n = form == BV_grouping_kind_sets ? sets->n : form == BV_grouping_kind_rollup ? sets->n + 1 : 1u << sets->n;
	for (uint32_t i = 0; i < n; i++) {
		if (form == BV_grouping_kind_sets) {
			bv__p_item(p, sets->v[i]);
			continue;
		}
		bv_ast_row *row = BV_NODE_NEW(p, ROW, row, p->t);
		uint32_t m = bv__p_mark(p);
		for (uint32_t k = 0; k < sets->n; k++)
			if (form == BV_grouping_kind_rollup ? k < sets->n - i : !(i >> (sets->n - 1 - k) & 1))
				for (uint32_t j = 0; j < BV_AS(row, sets->v[k])->items.n; j++) {
					bv_node *copy = bv__tree_share(p->arena, BV_AS(row, sets->v[k])->items.v[j]);
					p->oom |= !copy;
					if (copy)
						bv__p_item(p, copy);
				}
		row->items = bv__p_items(p, m);
		row->head.span = inner->head.span;
		bv__p_item(p, &row->head);
	}
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
			nested_sets(p, bv__p_at_kw(p, BV_K_ROLLUP) ? BV_grouping_kind_rollup : BV_grouping_kind_cube);
		else if (form == BV_grouping_kind_sets && bv__p_at_kw(p, BV_K_GROUPING) && bv__p_next_kw(p, 1, BV_K_SETS))
			nested_sets(p, BV_grouping_kind_sets);
		else
			bv__p_item(p, grouping_set(p));
	} while (bv__p_accept(p, BV_TK_COMMA));
	bv__p_leave(p, 2);
	n->sets = bv__p_items(p, m);
	bv__p_expect_close(p, BV_TK_RPAREN, open);
	return BV_NODE_DONE(p, n, from);
}

bv_node *bv__p_group_item(bv_parser *p)
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

/* Behind a comma at the end of a list: a clause, or the end of the query. */
static bool ends_list(const bv_parser *p)
{
	switch (p->t->keyword) {
	case BV_K_FROM: case BV_K_WHERE: case BV_K_GROUP: case BV_K_HAVING: case BV_K_WINDOW: case BV_K_QUALIFY: case BV_K_ORDER: case BV_K_LIMIT: case BV_K_OFFSET: case BV_K_UNION: case BV_K_EXCEPT:
	case BV_K_INTERSECT:
		return true;
	default: return bv__p_at(p, BV_TK_END) || bv__p_at(p, BV_TK_RPAREN) || bv__p_at(p, BV_TK_SEMICOLON);
	}
}

static void group_by(bv_parser *p, bv_ast_select *s)
{
	const bv_token *from = p->t;
	bv_keyword after = (bv_keyword)p->t[1].keyword;
	bool quantified = p->dialect->bit & (BV_D_POSTGRES | BV_D_TRINO); /* where ALL and DISTINCT may stand before the list */
	if (bv__p_at_kw(p, BV_K_ALL) && (p->t[1].kind != BV_TK_NAME || bv__keyword_flags[after] & BV_KW_C) && !(quantified && p->t[1].kind == BV_TK_LPAREN)) {
		const bv_token *t = p->t++;
		if (!(p->dialect->bit & BV_D_SPARKS) || !bv__p_at(p, BV_TK_COMMA)) {
			s->group_by_all = true;
			return;
		}
		p->t = t; /* GROUP BY all, b: a column */
	}
	if (quantified && bv__p_accept_kw(p, BV_K_DISTINCT))
		s->group_distinct = true;
	else if (bv__p_at_kw(p, BV_K_DISTINCT))
		bv__p_refuse(p, p->t, "GROUP BY DISTINCT");
	else if (quantified)
		bv__p_accept_kw(p, BV_K_ALL);
	if ((p->dialect->bit & BV_D_TRINO) && bv__p_at(p, BV_TK_NAME) && bv__str_ieq(bv__p_token_str(p, p->t), BV_STR("auto")) && (p->t[1].kind != BV_TK_NAME || bv__keyword_flags[p->t[1].keyword] & BV_KW_C) &&
		p->t[1].kind != BV_TK_COMMA && p->t[1].kind != BV_TK_DOT && p->t[1].kind != BV_TK_LPAREN) {
		/* GROUP BY AUTO is what others call ALL: what is not aggregated. */
		p->t++;
		s->group_by_all = true;
		s->group_distinct = false;
		return;
	}
	uint32_t m = bv__p_mark(p);
	do {
		if ((p->dialect->syntax & BV_SYN_TRAILING_COMMA) && bv__p_mark(p) > m && ends_list(p))
			break;
		if (bv__p_at(p, BV_TK_LPAREN) && p->t[1].kind == BV_TK_RPAREN) {
			/* GROUP BY (): one group of everything. */
			const bv_token *t = p->t;
			bv_ast_grouping *g = BV_NODE_NEW(p, GROUPING, grouping, t);
			bv_node *r = bv__p_make(p, BV_ROW, t);
			p->t += 2;
			g->sets = bv__list_of(p->arena, &r, 1);
			bv__p_item(p, BV_NODE_DONE(p, g, t));
		} else
			bv__p_item(p, bv__p_group_item(p));
	} while (bv__p_accept(p, BV_TK_COMMA));
	s->group_by = bv__p_items(p, m);
	bool sets = false;
	for (uint32_t i = 0; i < s->group_by.n; i++)
		sets |= s->group_by.v[i]->kind == BV_GROUPING;
	s->group_distinct &= sets;
	/* GROUP BY a, b GROUPING SETS ((a, b), a): Spark names the columns first; the sets say it all. */
	if ((p->dialect->bit & BV_D_SPARKS) && bv__p_at_kw(p, BV_K_GROUPING) && bv__p_next_kw(p, 1, BV_K_SETS)) {
		bv_node *g = grouping(p, BV_grouping_kind_sets);
		s->group_by = bv__list_of(p->arena, &g, 1);
	}
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

/* [WINDOW name AS (…), …] */
void bv__p_windows(bv_parser *p, bv_ast_select *s)
{
	if (!bv__p_accept_kw(p, BV_K_WINDOW))
		return;
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

/* USING SAMPLE size: of all rows of FROM, wherever it stands. */
static void using_sample(bv_parser *p, bv_ast_select *s, const bv_token *from)
{
	p->t += 2;
	if (s->from.n == 0) {
		bv__p_expected(p, "a clause or the end of the query: there is no FROM to sample");
		return;
	}
	bv_node *input = s->from.v[0];
	for (uint32_t i = 1; i < s->from.n; i++) {
		bv_ast_join *j = BV_NODE_NEW(p, JOIN, join, from);
		j->type = BV_join_type_cross;
		j->left = input;
		j->right = s->from.v[i];
		bv__p_deeper(p);
		input = &j->head;
		input->span = (bv_span){p->file, j->left->span.start, j->right->span.end};
	}
	bv_node *sample = bv__p_sample(p, p->t, input);
	s->from = bv__list_of(p->arena, &sample, 1);
}

/* START WITH condition and CONNECT BY [NOCYCLE] condition, in either order; the cursor is at the first. */
static void connect_by(bv_parser *p, bv_ast_select *s)
{
	bv__p_enter(p, 1);
	for (;;) {
		if (bv__p_at_kw(p, BV_K_START) && bv__p_next_kw(p, 1, BV_K_WITH) && !s->start_with) {
			p->t += 2;
			s->start_with = bv__p_expr(p);
		} else if (bv__p_at_kw(p, BV_K_CONNECT) && bv__p_next_kw(p, 1, BV_K_BY) && !s->connect_by) {
			p->t += 2;
			if (bv__p_at(p, BV_TK_NAME) && bv__str_ieq(bv__p_token_str(p, p->t), BV_STR("nocycle")) && (p->t[1].kind == BV_TK_NAME || p->t[1].kind == BV_TK_QUOTED)) {
				p->t++;
				s->no_cycle = true;
			}
			s->connect_by = bv__p_expr(p);
		} else
			break;
	}
	bv__p_leave(p, 1);
	if (!s->connect_by && !p->panic)
		bv__p_expected(p, "CONNECT BY");
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
			if (p->t[-1].keyword == BV_K_INSERT && (bv__p_at_kw(p, BV_K_INTO) || bv__p_at_kw(p, BV_K_OVERWRITE))) /* FROM t INSERT INTO u SELECT … */
				bv__p_fail(p, BV_E_STATEMENT, bv__p_token_span(p, p->t - 1), "INSERT is not supported");
			else if (bv__p_at_kw(p, BV_K_INTO))
				bv__p_refuse(p, p->t, "SELECT … INTO");
			if (bv__p_at_kw(p, BV_K_USING) && bv__p_next_kw(p, 1, BV_K_SAMPLE) && (p->dialect->bit & BV_D_DUCKDB)) {
				using_sample(p, s, from);
				continue;
			}
			if (p->t[1].keyword == BV_K_BY && (((p->dialect->bit & BV_D_SPARKS) && bv__p_at_kw(p, BV_K_CLUSTER)) || ((p->dialect->bit & (BV_D_SPARKS | BV_D_LENIENT)) && (bv__p_at_kw(p, BV_K_DISTRIBUTE) || bv__p_at_kw(p, BV_K_SORT)))))
				return;
			if (p->t[1].keyword == BV_K_BY && (bv__p_at_kw(p, BV_K_CLUSTER) || bv__p_at_kw(p, BV_K_DISTRIBUTE) || bv__p_at_kw(p, BV_K_SORT))) {
				char what[32];
				snprintf(what, sizeof what, "%s BY", bv__keyword_names[p->t->keyword]);
				bv__p_refuse(p, p->t, what);
			}
			bool connect = (bv__p_at_kw(p, BV_K_CONNECT) && bv__p_next_kw(p, 1, BV_K_BY)) || (bv__p_at_kw(p, BV_K_START) && bv__p_next_kw(p, 1, BV_K_WITH));
			if (connect && (p->dialect->bit & BV_D_SNOWFLAKE)) {
				if (bv__p_at_kw(p, BV_K_START) ? s->start_with : s->connect_by)
					return; /* each once */
				connect_by(p, s);
				stage = stage < 2 ? 2 : stage;
				continue;
			}
			if (connect || bv__p_at_kw(p, BV_K_PREWHERE))
				bv__p_refuse(p, p->t, connect ? "CONNECT BY" : "PREWHERE");
			return;
		}
		/* WINDOW and QUALIFY come in either order. */
		if (k < stage && !(k == 4 && stage == 6 && !s->windows.n)) {
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
		p->t += order[k] != BV_K_WINDOW;
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
			bv__p_windows(p, s);
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
	if ((p->dialect->bit & BV_D_POSTGRES) && bv__p_at_kw(p, BV_K_INTO))
		bv__p_refuse(p, p->t, "SELECT … INTO");
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
		if (bv__p_at(p, BV_TK_NUMBER)) { /* and no more than that: TOP 5 [a] has the list as its first column */
			bv_str digits = bv__p_token_str(p, p->t);
			p->top = bv__p_number_node(p, p->t, bv__arena_printf(p->arena, BV_STR_FMT, BV_STR_ARG(digits)).p);
			p->t++;
		} else
			p->top = bv__p_expr_above(p, BV_L_COUNT + 100);
	}
	if (bv__p_at_kw(p, BV_K_AS) && (bv__p_next_kw(p, 1, BV_K_STRUCT) || bv__p_next_kw(p, 1, BV_K_VALUE)) && (p->dialect->bit & (BV_D_BIGQUERY | BV_D_GENERIC))) {
		s->result = bv__p_next_kw(p, 1, BV_K_STRUCT) ? BV_select_result_struct : BV_select_result_value;
		p->t += 2;
	}
	uint32_t m = bv__p_mark(p);
	/* SELECT FROM t has no columns in PostgreSQL and DataFusion. */
	bool none = (bv__p_at_kw(p, BV_K_FROM) && (p->dialect->bit & (BV_D_POSTGRES | BV_D_LENIENT))) ||
				((p->dialect->bit & BV_D_POSTGRES) && (bv__p_at(p, BV_TK_END) || bv__p_at(p, BV_TK_RPAREN) || bv__p_at(p, BV_TK_SEMICOLON) || bv__p_at_kw(p, BV_K_UNION) ||
													  bv__p_at_kw(p, BV_K_WHERE) || bv__p_at_kw(p, BV_K_EXCEPT) || bv__p_at_kw(p, BV_K_INTERSECT)));
	if (!none)
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
	bv_node *done = BV_NODE_DONE(p, s, from);
	bool more = bv__p_at_kw(p, BV_K_UNION) || bv__p_at_kw(p, BV_K_INTERSECT) || bv__p_at_kw(p, BV_K_EXCEPT) || bv__p_at_kw(p, BV_K_MINUS);
	if (!p->top || !(more || p->operands))
		return done;
	/* TOP n of one operand of a set operation: a query of its own. */
	bv_ast_query *q = BV_NODE_NEW(p, QUERY, query, from);
	q->body = done;
	q->limit = p->top;
	p->top = NULL;
	bv__p_deeper(p);
	return BV_NODE_DONE(p, q, from);
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
	else if (!(p->dialect->bit & BV_D_DATAFUSION) || bv__p_at(p, BV_TK_PIPE_GT) || bv__p_at_kw(p, BV_K_WHERE) || bv__p_at_kw(p, BV_K_GROUP)) {
		bv_node *star = bv__p_make(p, BV_STAR, from);
		s->projections = bv__list_of(p->arena, &star, 1);
	} /* FROM t alone has no columns in DataFusion, which reads no clause behind it either */
	bv__p_leave(p, 1);
	if (bv__p_at_kw(p, BV_K_FROM))
		bv__p_expected(p, "a clause or the end of the query");
	select_clauses(p, s, from);
	return BV_NODE_DONE(p, s, from);
}

/* A row of VALUES as a value of a dialect where it needs no parentheses. What is a row or, in Spark, a struct has its columns. */
static bv_node *bare_row(bv_parser *p)
{
	const bv_token *from = p->t;
	bv_ast_row *r = BV_NODE_NEW(p, ROW, row, from);
	bv_node *x = bv__p_expr(p);
	const bv_ast_call *c = BV_AS(call, x);
	if (x->kind == BV_ROW)
		return x;
	uint32_t m = bv__p_mark(p);
	if (x->kind == BV_STRUCT && (p->dialect->bit & BV_D_SPARKS))
		for (uint32_t i = 0; i < BV_AS(struct, x)->fields.n; i++) {
			bv_node *f = BV_AS(struct, x)->fields.v[i];
			bv__p_item(p, f->kind == BV_ALIAS ? BV_AS(alias, f)->operand : f);
		}
	else if (x->kind == BV_CALL && c->name.n == 1 && bv__str_is(c->name.v[0], "named_struct") && c->args.n && c->args.n % 2 == 0 && (p->dialect->bit & BV_D_SPARKS))
		for (uint32_t i = 1; i < c->args.n; i += 2)
			bv__p_item(p, c->args.v[i]);
	else
		bv__p_item(p, x);
	r->items = bv__p_items(p, m);
	return BV_NODE_DONE(p, r, from);
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
		if (p->dialect->bit & (BV_D_SPARKS | BV_D_TRINO)) {
			bv__p_item(p, bare_row(p));
			if (bv__p_at(p, BV_TK_COMMA) && p->t[1].keyword == BV_K_VALUES) {
				/* FROM VALUES 1, VALUES 2: the next relation */
				p->t++;
				bool more = bv__p_at_values(p);
				p->t--;
				if (more)
					break;
			}
			continue;
		}
		bv_ast_row *r = BV_NODE_NEW(p, ROW, row, open);
		bv__p_accept_kw(p, BV_K_ROW);
		const bv_token *paren = p->t;
		bv__p_expect(p, BV_TK_LPAREN);
		if (!bv__p_at(p, BV_TK_RPAREN)) {
			r->items = bv__p_row_items(p);
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
	t->only = (p->dialect->bit & BV_D_POSTGRES) && bv__p_accept_kw(p, BV_K_ONLY);
	const bv_token *open = p->t;
	bool paren = t->only && bv__p_accept(p, BV_TK_LPAREN);
	t->path = bv__p_path(p, "a table", 3);
	if (paren)
		bv__p_expect_close(p, BV_TK_RPAREN, open);
	else if (p->dialect->bit & (BV_D_POSTGRES | BV_D_DUCKDB))
		bv__p_accept(p, BV_TK_STAR);
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
	return q->ctes.n || q->functions.n || q->order_by.n || q->order_by_all || q->limit || q->offset || q->distribute_by.n || q->sort_by.n || q->locks.n ? n : q->body;
}

/* SELECT * FROM relation */
static bv_node *all_of(bv_parser *p, const bv_token *from, bv_node *relation)
{
	bv_ast_select *s = BV_NODE_NEW(p, SELECT, select, from);
	bv_node *star = bv__p_make(p, BV_STAR, from);
	bv__p_deeper(p);
	s->projections = bv__list_of(p->arena, &star, 1);
	s->from = bv__list_of(p->arena, &relation, 1);
	return BV_NODE_DONE(p, s, from);
}

/* VALUES … [[AS] alias (columns)]: with an alias, SELECT * of it */
static bv_node *aliased_values(bv_parser *p)
{
	const bv_token *from = p->t;
	bv_node *values = bv__p_values(p);
	if (!(p->dialect->bit & BV_D_SPARKS) || p->t->kind == BV_TK_END)
		return values;
	bv_str alias;
	bv_names columns = {NULL, 0, 0};
	bv__p_relation_alias(p, &alias, &columns);
	if (!alias.n)
		return values;
	bv_ast_query *q = BV_NODE_NEW(p, QUERY, query, from);
	bv_ast_derived *d = BV_NODE_NEW(p, DERIVED, derived, from);
	for (unsigned i = 0; i < 2; i++)
		bv__p_deeper(p);
	q->body = values;
	d->query = BV_NODE_DONE(p, q, from);
	d->alias = alias;
	d->columns = columns;
	return all_of(p, from, BV_NODE_DONE(p, d, from));
}

bv_node *bv__p_operand(bv_parser *p)
{
	switch (p->t->keyword) {
	case BV_K_SELECT: return select_block(p);
	case BV_K_VALUES: return aliased_values(p);
	case BV_K_TABLE: return table_query(p);
	case BV_K_PIVOT: case BV_K_PIVOT_WIDER: case BV_K_UNPIVOT:
		if (bv__p_at_query(p))
			return bv__p_pivot_statement(p);
		break;
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
		if (bv__p_at_kw(p, BV_K_AS) && (p->dialect->bit & BV_D_BIGQUERY)) {
			/* (query) AS x |> …: the rows of x */
			bv_ast_derived *d = BV_NODE_NEW(p, DERIVED, derived, open);
			d->query = q;
			bv__p_relation_alias(p, &d->alias, &d->columns);
			return all_of(p, open, BV_NODE_DONE(p, d, open));
		}
		return bv__p_unwrapped(q);
	}
	bv__p_expected(p, "SELECT, VALUES, WITH or `(`");
	return bv__p_make(p, BV_VALUES, open);
}

/* FULL|LEFT|INNER [OUTER] before a set operation by name; -1: nothing is said. */
static int by_name_side(bv_parser *p)
{
	if (!(p->dialect->syntax & BV_SYN_STRICT_BY_NAME))
		return -1;
	const bv_token *t = p->t;
	int side = t->keyword == BV_K_FULL ? BV_by_name_side_full : t->keyword == BV_K_LEFT ? BV_by_name_side_left : t->keyword == BV_K_INNER ? BV_by_name_side_inner : -1;
	if (side >= 0)
		t++;
	if (t->keyword == BV_K_OUTER) {
		side = side < 0 ? BV_by_name_side_full : side;
		t++;
	}
	if (side < 0 || (t->keyword != BV_K_UNION && t->keyword != BV_K_INTERSECT && t->keyword != BV_K_EXCEPT))
		return -1;
	p->t = t;
	return side;
}

/* left UNION|EXCEPT|INTERSECT [ALL|DISTINCT] [BY NAME] right …; INTERSECT binds tighter. `left` may have been read already. */
static bv_node *set_operations(bv_parser *p, const bv_token *from, bv_node *left, unsigned strength)
{
	uint32_t outer_peak = p->peak;
	bv__p_enter(p, 1);
	p->peak = left ? outer_peak : p->depth;
	bv_node *n = left ? left : bv__p_operand(p);
	for (;;) {
		if (p->panic && !bv__p_recover_clause(p, from))
			break;
		const bv_token *side_from = p->t;
		int side = by_name_side(p);
		unsigned binds = bv__p_at_kw(p, BV_K_INTERSECT) ? 2 : bv__p_at_kw(p, BV_K_UNION) || bv__p_at_kw(p, BV_K_EXCEPT) || bv__p_at_kw(p, BV_K_MINUS) ? 1 : 0;
		if (binds <= strength) {
			p->t = side_from;
			break;
		}
		if (!bv__p_deeper(p))
			break;
		bv_ast_set_operation *s = BV_NODE_NEW(p, SET_OPERATION, set_operation, from);
		s->op = binds == 2 ? BV_set_kind_intersect : bv__p_at_kw(p, BV_K_UNION) ? BV_set_kind_union : BV_set_kind_except;
		p->t++;
		if (bv__p_accept_kw(p, BV_K_ALL))
			s->all = true;
		else
			bv__p_accept_kw(p, BV_K_DISTINCT);
		bool strict = bv__p_at_kw(p, BV_K_STRICT) && bv__p_next_kw(p, 1, BV_K_CORRESPONDING);
		p->t += strict;
		if (bv__p_at_kw(p, BV_K_BY) && p->t[1].keyword == BV_K_NAME) {
			p->t += 2;
			s->by_name = true;
			s->side = side >= 0 ? (uint8_t)side : p->dialect->syntax & BV_SYN_STRICT_BY_NAME ? BV_by_name_side_strict : BV_by_name_side_full;
			if (bv__p_at_kw(p, BV_K_ON) && p->t[1].kind == BV_TK_LPAREN) {
				p->t++;
				s->by_columns = bv__p_names_parenthesised(p, "a column name");
			}
		} else if (((p->dialect->syntax & BV_SYN_STRICT_BY_NAME) || (p->dialect->bit & (BV_D_TRINO | BV_D_GENERIC))) && bv__p_accept_kw(p, BV_K_CORRESPONDING)) {
			/* The standard's CORRESPONDING is INNER … BY NAME; BigQuery's STRICT CORRESPONDING is BY NAME. */
			s->by_name = true;
			s->side = strict ? BV_by_name_side_strict : side >= 0 ? (uint8_t)side : BV_by_name_side_inner;
			if (bv__p_accept_kw(p, BV_K_BY))
				s->by_columns = bv__p_names_parenthesised(p, "a column name");
		} else if (side >= 0)
			bv__p_expected(p, "BY NAME");
		s->left = n;
		p->operands++;
		s->right = set_operations(p, p->t, NULL, binds);
		p->operands--;
		n = BV_NODE_DONE(p, s, from);
	}
	bv__p_leave(p, 1);
	if (p->peak < outer_peak)
		p->peak = outer_peak;
	return n;
}

/* SEARCH DEPTH|BREADTH FIRST BY columns SET column */
static bv_node *cte_search(bv_parser *p)
{
	const bv_token *from = p->t++;
	bv_ast_cte_search *n = BV_NODE_NEW(p, CTE_SEARCH, cte_search, from);
	n->breadth = bv__p_at_kw(p, BV_K_BREADTH);
	p->t++;
	bv__p_expect_kw(p, BV_K_FIRST);
	bv__p_expect_kw(p, BV_K_BY);
	n->by = bv__p_names(p, "a column name");
	bv__p_expect_kw(p, BV_K_SET);
	n->column = bv__p_name(p, "a column name");
	return BV_NODE_DONE(p, n, from);
}

/* CYCLE columns SET mark [TO value DEFAULT value] USING path */
static bv_node *cte_cycle(bv_parser *p)
{
	const bv_token *from = p->t++;
	bv_ast_cte_cycle *n = BV_NODE_NEW(p, CTE_CYCLE, cte_cycle, from);
	n->columns = bv__p_names(p, "a column name");
	bv__p_expect_kw(p, BV_K_SET);
	n->mark = bv__p_name(p, "a column name");
	if (bv__p_accept_kw(p, BV_K_TO)) {
		n->value = bv__p_expr(p);
		bv__p_expect_kw(p, BV_K_DEFAULT);
		n->fallback = bv__p_expr(p);
	}
	bv__p_expect_kw(p, BV_K_USING);
	n->path = bv__p_name(p, "a column name");
	return BV_NODE_DONE(p, n, from);
}

/* name [(columns)] AS [[NOT] MATERIALIZED] (query) */
static bv_node *cte(bv_parser *p)
{
	const bv_token *from = p->t;
	bv_ast_cte *c = BV_NODE_NEW(p, CTE, cte, from);
	c->name = bv__p_at(p, BV_TK_STRING) && (p->dialect->bit & BV_D_DUCKDB) ? bv__p_string_expected(p, "the name of a CTE") : bv__p_name(p, "the name of a CTE");
	bool sparks = p->dialect->bit & BV_D_SPARKS; /* where AS may be missing */
	if (bv__p_at(p, BV_TK_LPAREN) && !(sparks && (bv__p_next_kw(p, 1, BV_K_SELECT) || bv__p_next_kw(p, 1, BV_K_WITH) || bv__p_next_kw(p, 1, BV_K_FROM) || p->t[1].kind == BV_TK_LPAREN)))
		c->columns = bv__p_names_parenthesised(p, "a column name");
	if ((p->dialect->bit & BV_D_DATABRICKS) && bv__p_at_kw(p, BV_K_MAX) && bv__str_ieq(bv__p_token_str(p, &p->t[1]), BV_STR("recursion"))) {
		p->t += 2;
		if (!bv__str_ieq(bv__p_token_str(p, p->t), BV_STR("level")))
			bv__p_expected(p, "LEVEL");
		bv__p_advance(p);
		c->max_recursion = bv__p_expr(p);
	}
	if (bv__p_accept_kw2(p, BV_K_USING, BV_K_KEY))
		c->key = bv__p_names_parenthesised(p, "a column name");
	if (!bv__p_accept_kw(p, BV_K_AS) && !(sparks && bv__p_at(p, BV_TK_LPAREN)))
		bv__p_expect_kw(p, BV_K_AS);
	/* A hint to the planner; it changes no result. */
	if (bv__p_at_kw(p, BV_K_NOT) && bv__p_next_kw(p, 1, BV_K_MATERIALIZED))
		p->t++;
	bv__p_accept_kw(p, BV_K_MATERIALIZED);
	const bv_token *open = p->t;
	if (!bv__p_accept(p, BV_TK_LPAREN))
		bv__p_expected(p, "the query of the CTE in parentheses");
	bv__p_enter(p, 1);
	switch (p->t->keyword) {
	case BV_K_INSERT: case BV_K_UPDATE: case BV_K_DELETE: case BV_K_MERGE:
		bv__p_fail(p, BV_E_STATEMENT, bv__p_token_span(p, p->t), "%s is not supported", bv__keyword_names[p->t->keyword]);
		break;
	default: break;
	}
	c->query = bv__p_query(p);
	bv__p_leave(p, 1);
	bv__p_expect_close(p, BV_TK_RPAREN, open);
	bool search = bv__p_at_kw(p, BV_K_SEARCH) && (bv__p_next_kw(p, 1, BV_K_DEPTH) || bv__p_next_kw(p, 1, BV_K_BREADTH)), cycle = bv__p_at_kw(p, BV_K_CYCLE) && bv__p_token_is_name(&p->t[1]);
	if ((search || cycle) && !(p->dialect->bit & (BV_D_POSTGRES | BV_D_GENERIC)))
		bv__p_refuse(p, p->t, search ? "SEARCH of a recursive CTE" : "CYCLE of a recursive CTE");
	if (search)
		c->search = cte_search(p);
	if (bv__p_at_kw(p, BV_K_CYCLE) && bv__p_token_is_name(&p->t[1]))
		c->cycle = cte_cycle(p);
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
			if (p->t->kind == BV_TK_NUMBER && p->t[1].kind == BV_TK_PERCENT && (p->dialect->bit & BV_D_DUCKDB) &&
				(p->t[2].kind == BV_TK_END || p->t[2].kind == BV_TK_RPAREN || p->t[2].kind == BV_TK_SEMICOLON || p->t[2].keyword == BV_K_OFFSET)) {
				q->limit = bv__p_expr_above(p, p->dialect->prec[BV_L_MULTIPLY]);
				q->limit_percent = true;
				p->t++;
				continue;
			}
			q->limit = bv__p_expr(p);
			if ((p->dialect->bit & BV_D_DUCKDB) && bv__p_accept_kw(p, BV_K_PERCENT))
				q->limit_percent = true;
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
			if (!bv__p_accept_kw(p, BV_K_FIRST) && !bv__p_accept_kw(p, BV_K_NEXT) && !(p->dialect->bit & BV_D_SNOWFLAKE))
				bv__p_expect_kw(p, BV_K_NEXT);
			if (bv__p_at_kw(p, BV_K_ROW) || bv__p_at_kw(p, BV_K_ROWS))
				q->limit = bv__p_number_node(p, t, "1");
			else
				q->limit = bv__p_expr_above(p, 100);
			q->limit_percent = bv__p_accept_kw(p, BV_K_PERCENT);
			if (!bv__p_accept_kw(p, BV_K_ROW))
				bv__p_accept_kw(p, BV_K_ROWS);
			if (bv__p_accept_kw2(p, BV_K_WITH, BV_K_TIES))
				q->with_ties = true;
			else if (!bv__p_accept_kw(p, BV_K_ONLY) && !(p->dialect->bit & BV_D_SNOWFLAKE))
				bv__p_expected(p, "ONLY or WITH TIES");
			q->fetch = !q->with_ties && !q->limit_percent && (p->dialect->bit & BV_D_LENIENT);
		} else
			return;
	}
}

void bv__p_distribution(bv_parser *p, bv_ast_query *q)
{
	/* CLUSTER BY x is DISTRIBUTE BY x SORT BY x. */
	if ((p->dialect->bit & BV_D_SPARKS) && bv__p_accept_kw2(p, BV_K_CLUSTER, BV_K_BY)) {
		q->sort_by = bv__p_order_items(p);
		uint32_t m = bv__p_mark(p);
		for (uint32_t i = 0; i < q->sort_by.n; i++)
			bv__p_item(p, bv__tree_share(p->arena, BV_AS(order_item, q->sort_by.v[i])->operand));
		q->distribute_by = bv__p_items(p, m);
	}
	if (bv__p_accept_kw2(p, BV_K_DISTRIBUTE, BV_K_BY))
		q->distribute_by = bv__p_exprs(p);
	if (bv__p_accept_kw2(p, BV_K_SORT, BV_K_BY))
		q->sort_by = bv__p_order_items(p);
}

/* {FOR [NO KEY] UPDATE | [KEY] SHARE [OF table, …] [NOWAIT | SKIP LOCKED]}, before the limits too */
static void locks(bv_parser *p, bv_ast_query *q)
{
	bool known = p->dialect->bit & (BV_D_POSTGRES | BV_D_BIGQUERY | BV_D_GENERIC);
	uint32_t m = bv__p_mark(p);
	while (bv__p_at_kw(p, BV_K_FOR) && (bv__p_next_kw(p, 1, BV_K_UPDATE) || bv__p_next_kw(p, 1, BV_K_SHARE) || bv__p_next_kw(p, 1, BV_K_NO) || bv__p_next_kw(p, 1, BV_K_KEY))) {
		const bv_token *from = p->t;
		if (!known) {
			bv__p_refuse(p, from, bv__p_next_kw(p, 1, BV_K_SHARE) ? "FOR SHARE" : "FOR UPDATE");
			break;
		}
		bv_ast_lock *n = BV_NODE_NEW(p, LOCK, lock, from);
		p->t++;
		bool no = bv__p_accept_kw(p, BV_K_NO), key = bv__p_accept_kw(p, BV_K_KEY), share = !no && bv__p_accept_kw(p, BV_K_SHARE);
		if (no && !key)
			bv__p_expected(p, "KEY");
		if (!share)
			bv__p_expect_kw(p, key && !no ? BV_K_SHARE : BV_K_UPDATE);
		n->strength = share ? key ? BV_lock_strength_key_share : BV_lock_strength_share : no ? BV_lock_strength_no_key_update : BV_lock_strength_update;
		if (bv__p_accept_kw(p, BV_K_OF)) {
			uint32_t k = bv__p_mark(p);
			do {
				const bv_token *t = p->t;
				bv_ast_column *c = BV_NODE_NEW(p, COLUMN, column, t);
				c->path = bv__p_path(p, "a relation", 3);
				bv__p_item(p, BV_NODE_DONE(p, c, t));
			} while (bv__p_accept(p, BV_TK_COMMA));
			n->tables = bv__p_items(p, k);
		}
		if (bv__p_accept_kw(p, BV_K_NOWAIT))
			n->wait = BV_lock_wait_nowait;
		else if (bv__p_accept_kw2(p, BV_K_SKIP, BV_K_LOCKED))
			n->wait = BV_lock_wait_skip;
		bv__p_item(p, BV_NODE_DONE(p, n, from));
	}
	q->locks = bv__p_items(p, m);
	if (q->locks.n)
		limits(p, q);
}

/* ORDER BY …, limits: what follows a body. */
static void query_tail(bv_parser *p, bv_ast_query *q, const bv_token *from)
{
	if (p->panic)
		bv__p_recover_clause(p, from);
	bv__p_enter(p, 1);
	if (p->dialect->bit & (BV_D_SPARKS | BV_D_LENIENT))
		bv__p_distribution(p, q);
	if (bv__p_accept_kw2(p, BV_K_ORDER, BV_K_BY)) {
		bv_keyword after = (bv_keyword)p->t[1].keyword;
		if (bv__p_at_kw(p, BV_K_ALL) && (p->t[1].kind != BV_TK_NAME || after == BV_K_LIMIT || after == BV_K_OFFSET || after == BV_K_FETCH || after == BV_K_DESC || after == BV_K_ASC || after == BV_K_NULLS)) {
			p->t++;
			q->order_by_all = true;
			bv_ast_order_item all = {0};
			bv__p_order_direction(p, &all);
			q->all_descending = all.descending;
			q->all_nulls = all.nulls;
		} else
			q->order_by = bv__p_order_items(p);
		if (p->panic)
			bv__p_recover_clause(p, from);
	} else if (bv__p_at_kw(p, BV_K_ORDER)) {
		p->t++;
		bv__p_expect_kw(p, BV_K_BY);
	}
	limits(p, q);
	locks(p, q);
	bv__p_leave(p, 1);
}

/* (SELECT … LIMIT 3) OFFSET 1: PostgreSQL and DuckDB have one query of both, with the clauses of both, whichever stands inside. */
static bv_node *one_query(bv_parser *p, bv_ast_query *q, const bv_token *from)
{
	bv_ast_query *inner = BV_AS(query, q->body);
	bool order = q->order_by.n || q->order_by_all, inner_order = inner->order_by.n || inner->order_by_all;
	const char *twice = order && inner_order ? "ORDER BY" : q->limit && inner->limit ? "LIMIT" : q->offset && inner->offset ? "OFFSET" : q->ctes.n && inner->ctes.n ? "WITH" : NULL;
	if (twice) {
		bv_diagnostic *e = bv__p_fail(p, BV_E_SYNTAX, bv__p_since(p, from), "a second %s: what stands behind the parentheses belongs to the query inside", twice);
		if (e)
			bv__diag_hint(p->d, e, "write SELECT * FROM (…) AS q, and the clauses behind it");
		return q->body;
	}
	if (order) {
		inner->order_by = q->order_by;
		inner->order_by_all = q->order_by_all;
		inner->all_descending = q->all_descending;
		inner->all_nulls = q->all_nulls;
	}
	if (q->limit) {
		inner->limit = q->limit;
		inner->fetch = q->fetch;
		inner->with_ties = q->with_ties;
		inner->limit_percent = q->limit_percent;
	}
	if (q->offset)
		inner->offset = q->offset;
	if (q->ctes.n) {
		inner->ctes = q->ctes;
		inner->recursive = q->recursive;
	}
	inner->head.span = q->head.span;
	return q->body;
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
	if ((p->dialect->bit & (BV_D_POSTGRES | BV_D_DUCKDB)) && q->body->kind == BV_QUERY && (BV_AS(query, q->body)->limit || BV_AS(query, q->body)->offset) && !q->locks.n && !BV_AS(query, q->body)->locks.n)
		return one_query(p, q, from);
	return &q->head;
}

bv_node *bv__p_query(bv_parser *p)
{
	const bv_token *from = p->t;
	bv_node *outer_top = p->top;
	uint32_t outer_operands = p->operands;
	p->top = NULL;
	p->operands = 0;
	bv_ast_query *q = BV_NODE_NEW(p, QUERY, query, from);
	if (!bv__p_enter(p, 2)) {
		bv__p_leave(p, 2);
		q->body = bv__p_make(p, BV_VALUES, from);
		return &q->head;
	}
	if (bv__p_accept_kw(p, BV_K_WITH)) {
		if ((p->dialect->bit & BV_D_TRINO) && bv__p_at_kw(p, BV_K_FUNCTION) && bv__p_token_is_name(&p->t[1])) {
			uint32_t k = bv__p_mark(p);
			do
				bv__p_item(p, bv__p_inline_function(p));
			while (bv__p_accept(p, BV_TK_COMMA));
			q->functions = bv__p_items(p, k);
			if (!bv__p_accept_kw(p, BV_K_WITH))
				goto body;
		}
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
body:
	q->body = set_operations(p, p->t, NULL, 0);
	bv_node *n = bv__p_pipes(p, finish_query(p, q, from));
	bv__p_leave(p, 2);
	p->operands = outer_operands;
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
