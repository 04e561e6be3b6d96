/* Calls and what looks like one: CASE, CAST, EXTRACT and their like, intervals, windows, ordering. */
#include "sql/parser.h"

bv_node *bv__p_call_named(bv_parser *p, const bv_token *from, const char *name, bv_node **args, uint32_t n)
{
	bv_ast_call *c = BV_NODE_NEW(p, CALL, call, from);
	bv_str part = bv__str(name);
	c->name = bv__path_of(p->arena, &part, 1);
	c->args = bv__list_of(p->arena, args, n);
	return BV_NODE_DONE(p, c, from);
}

/* ---- ordering ---- */

/* expression [ASC|DESC] [NULLS FIRST|LAST]; what is stored is what differs from DataFusion's default. */
bv_node *bv__p_order_item(bv_parser *p)
{
	const bv_token *from = p->t;
	bv_ast_order_item *n = BV_NODE_NEW(p, ORDER_ITEM, order_item, from);
	if (bv__p_at(p, BV_TK_STAR) && (p->dialect->bit & BV_D_DUCKDB) && p->t[1].keyword != BV_K_COLUMNS) {
		p->t++;
		n->operand = bv__p_star(p, from, (bv_path){NULL, 0, 0}); /* by every column of FROM */
	} else
		n->operand = bv__p_expr(p);
	bv__p_order_direction(p, n);
	return BV_NODE_DONE(p, n, from);
}

/* [ASC|DESC|USING operator] [NULLS FIRST|LAST] */
void bv__p_order_direction(bv_parser *p, bv_ast_order_item *n)
{
	if (bv__p_accept_kw(p, BV_K_DESC))
		n->descending = true;
	else if (!bv__p_accept_kw(p, BV_K_ASC) && (p->dialect->bit & BV_D_POSTGRES) && bv__p_accept_kw(p, BV_K_USING)) {
		/* USING < and USING > are ASC and DESC. */
		if (bv__p_at(p, BV_TK_GT))
			n->descending = true;
		else if (bv__p_at_kw(p, BV_K_OPERATOR) && p->t[1].kind == BV_TK_LPAREN && bv__str_is(bv__p_token_str(p, p->t + 2), "pg_catalog") && p->t[3].kind == BV_TK_DOT && p->t[4].kind != BV_TK_END &&
				 p->t[5].kind == BV_TK_RPAREN) {
			/* OPERATOR(pg_catalog.<) is <. */
			n->descending = p->t[4].kind == BV_TK_GT;
			if (p->t[4].kind != BV_TK_LT && p->t[4].kind != BV_TK_GT)
				n->using = bv__p_token_str(p, &p->t[4]);
			p->t += 5;
		} else if (!bv__p_at(p, BV_TK_LT))
			n->using = bv__p_token_str(p, p->t);
		if (p->t->kind == BV_TK_NAME || (p->t->kind == BV_TK_RPAREN && p->t[-1].kind == BV_TK_NAME) || p->t->kind == BV_TK_COMMA)
			bv__p_expected(p, "an operator");
		bv__p_advance(p);
	}
	bool first;
	if (bv__p_accept_kw(p, BV_K_NULLS)) {
		first = bv__p_accept_kw(p, BV_K_FIRST);
		if (!first && !bv__p_accept_kw(p, BV_K_LAST))
			bv__p_expected(p, "FIRST or LAST");
	} else
		switch ((bv_null_order)p->dialect->nulls) {
		case BV_NULLS_SMALLEST: first = !n->descending; break;
		case BV_NULLS_LAST: first = false; break;
		default: first = n->descending; break;
		}
	if (first != n->descending)
		n->nulls = first ? BV_nulls_first : BV_nulls_last;
}

bv_list bv__p_order_items(bv_parser *p)
{
	uint32_t m = bv__p_mark(p);
	bv__p_enter(p, 1);
	do
		bv__p_item(p, bv__p_order_item(p));
	while (bv__p_accept(p, BV_TK_COMMA));
	bv__p_leave(p, 1);
	return bv__p_items(p, m);
}

/* ---- windows ---- */

/* UNBOUNDED PRECEDING | CURRENT ROW | expression PRECEDING|FOLLOWING */
static uint8_t frame_bound(bv_parser *p, bv_node **offset)
{
	if (bv__p_accept_kw(p, BV_K_UNBOUNDED)) {
		if (bv__p_accept_kw(p, BV_K_PRECEDING))
			return BV_frame_bound_unbounded_preceding;
		if (!bv__p_accept_kw(p, BV_K_FOLLOWING))
			bv__p_expected(p, "PRECEDING or FOLLOWING");
		return BV_frame_bound_unbounded_following;
	}
	if (bv__p_accept_kw2(p, BV_K_CURRENT, BV_K_ROW))
		return BV_frame_bound_current_row;
	/* DataFusion reads a string as an interval here: '1' DAY PRECEDING. */
	if (bv__p_at(p, BV_TK_STRING) && (p->dialect->bit & BV_D_LENIENT))
		*offset = bv__p_interval_at(p);
	else /* above the strength of BETWEEN's AND */
		*offset = bv__p_expr_above(p, p->dialect->prec[BV_L_AND]);
	if (bv__p_accept_kw(p, BV_K_PRECEDING))
		return BV_frame_bound_preceding;
	if (!bv__p_accept_kw(p, BV_K_FOLLOWING))
		bv__p_expected(p, "PRECEDING or FOLLOWING");
	return BV_frame_bound_following;
}

/* ROWS|RANGE|GROUPS bound | BETWEEN bound AND bound [EXCLUDE …] */
static bv_node *frame(bv_parser *p)
{
	const bv_token *from = p->t;
	bv_ast_frame *n = BV_NODE_NEW(p, FRAME, frame, from);
	n->unit = bv__p_at_kw(p, BV_K_ROWS) ? BV_frame_unit_rows : bv__p_at_kw(p, BV_K_GROUPS) ? BV_frame_unit_groups : BV_frame_unit_range;
	p->t++;
	if (bv__p_accept_kw(p, BV_K_BETWEEN)) {
		n->start = frame_bound(p, &n->start_offset);
		bv__p_expect_kw(p, BV_K_AND);
		n->end = frame_bound(p, &n->end_offset);
	} else {
		n->start = frame_bound(p, &n->start_offset);
		n->end = BV_frame_bound_current_row;
	}
	if (bv__p_accept_kw(p, BV_K_EXCLUDE)) {
		if (bv__p_accept_kw(p, BV_K_NO))
			bv__p_expect_kw(p, BV_K_OTHERS);
		else if (bv__p_accept_kw(p, BV_K_GROUP))
			n->exclude = BV_frame_exclude_group;
		else if (bv__p_accept_kw(p, BV_K_TIES))
			n->exclude = BV_frame_exclude_ties;
		else if (bv__p_accept_kw2(p, BV_K_CURRENT, BV_K_ROW))
			n->exclude = BV_frame_exclude_current_row;
		else
			bv__p_expected(p, "CURRENT ROW, GROUP, TIES or NO OTHERS");
	}
	return BV_NODE_DONE(p, n, from);
}

/* ( [name] [PARTITION BY …] [ORDER BY …] [frame] ) or a window's name */
bv_node *bv__p_window_spec(bv_parser *p)
{
	const bv_token *from = p->t;
	bv_ast_window *n = BV_NODE_NEW(p, WINDOW, window, from);
	if (!bv__p_at(p, BV_TK_LPAREN)) {
		if ((bv__p_at_kw(p, BV_K_PARTITION) || bv__p_at_kw(p, BV_K_ORDER)) && bv__p_next_kw(p, 1, BV_K_BY))
			bv__p_expected(p, "`(` or the name of a window");
		n->base = bv__p_name(p, "`(` or the name of a window");
		return BV_NODE_DONE(p, n, from);
	}
	p->t++;
	bv__p_enter(p, 2);
	bv_keyword k = (bv_keyword)p->t->keyword;
	if (p->t->kind == BV_TK_QUOTED || (p->t->kind == BV_TK_NAME && k != BV_K_PARTITION && k != BV_K_ORDER && k != BV_K_ROWS && k != BV_K_RANGE && k != BV_K_GROUPS &&
									   k != BV_K_DISTRIBUTE && k != BV_K_SORT))
		n->base = bv__p_name(p, "the name of a window");
	if (bv__p_accept_kw2(p, BV_K_PARTITION, BV_K_BY) || ((p->dialect->bit & BV_D_SPARKS) && bv__p_accept_kw2(p, BV_K_DISTRIBUTE, BV_K_BY)))
		n->partition_by = bv__p_exprs(p);
	if (bv__p_accept_kw2(p, BV_K_ORDER, BV_K_BY) || ((p->dialect->bit & BV_D_SPARKS) && bv__p_accept_kw2(p, BV_K_SORT, BV_K_BY)))
		n->order_by = bv__p_order_items(p);
	if (bv__p_at_kw(p, BV_K_ROWS) || bv__p_at_kw(p, BV_K_RANGE) || bv__p_at_kw(p, BV_K_GROUPS))
		n->frame = frame(p);
	bv__p_leave(p, 2);
	if (!bv__p_at(p, BV_TK_RPAREN) && !n->partition_by.n && !n->order_by.n && !n->frame)
		bv__p_expected(p, "PARTITION BY, ORDER BY, ROWS, RANGE, GROUPS or `)`");
	bv__p_expect_close(p, BV_TK_RPAREN, from);
	return BV_NODE_DONE(p, n, from);
}

/* ---- ordinary calls ---- */

/* [AS alias [(columns)]] [WITH SINGLE PARTITION | PARTITION BY …] [KEEP|PRUNE WHEN EMPTY] [ORDER BY …] behind TABLE(…); NULL: nothing of it is here. */
static bv_node *table_argument(bv_parser *p, const bv_token *from, bv_node *table)
{
	if (!(p->dialect->bit & (BV_D_SPARKS | BV_D_TRINO | BV_D_SNOWFLAKE | BV_D_GENERIC)) || p->panic || bv__p_at(p, BV_TK_RPAREN) || bv__p_at(p, BV_TK_COMMA))
		return NULL;
	bv_ast_table_argument *n = BV_NODE_NEW(p, TABLE_ARGUMENT, table_argument, from);
	n->operand = table;
	bv__p_enter(p, 1);
	if (bv__p_at_kw(p, BV_K_AS) || p->t->kind == BV_TK_QUOTED || (p->t->kind == BV_TK_NAME && !p->t->keyword))
		bv__p_relation_alias(p, &n->alias, &n->columns);
	if (bv__p_at_kw(p, BV_K_WITH) && bv__p_next_kw(p, 1, BV_K_SINGLE)) {
		p->t += 2;
		bv__p_expect_kw(p, BV_K_PARTITION);
		n->single = true;
	} else if (bv__p_accept_kw2(p, BV_K_PARTITION, BV_K_BY) || ((p->dialect->bit & BV_D_SPARKS) && bv__p_accept_kw2(p, BV_K_DISTRIBUTE, BV_K_BY))) {
		const bv_token *open = p->t;
		bool paren = bv__p_accept(p, BV_TK_LPAREN);
		if (paren && bv__p_at(p, BV_TK_RPAREN))
			n->single = true; /* PARTITION BY (): all rows are one */
		else if (paren) { /* brackets of the list, or of its first expression */
			p->t--;
			paren = false;
			uint32_t m = bv__p_mark(p);
			bv_node *x = bv__p_expr(p);
			if (x->kind == BV_ROW && p->t[-1].kind == BV_TK_RPAREN && !bv__p_at(p, BV_TK_COMMA))
				n->partition_by = BV_AS(row, x)->items;
			else {
				bv__p_item(p, x);
				while (bv__p_at(p, BV_TK_COMMA) && !(p->t[1].kind == BV_TK_NAME && (p->t[2].kind == BV_TK_FAT_ARROW || p->t[1].keyword == BV_K_TABLE)) && bv__p_accept(p, BV_TK_COMMA))
					bv__p_item(p, bv__p_expr(p));
				n->partition_by = bv__p_items(p, m);
			}
		} else {
			bv_node *x = bv__p_expr(p); /* a comma goes on with the next argument */
			n->partition_by = bv__list_of(p->arena, &x, 1);
		}
		if (paren)
			bv__p_expect_close(p, BV_TK_RPAREN, open);
	}
	bool keep = bv__p_at_kw(p, BV_K_KEEP);
	if ((keep || bv__p_at_kw(p, BV_K_PRUNE)) && bv__p_next_kw(p, 1, BV_K_WHEN)) {
		p->t += 2;
		bv__p_expect_kw(p, BV_K_EMPTY);
		n->empty = keep ? BV_when_empty_keep : BV_when_empty_prune;
	}
	if (bv__p_accept_kw2(p, BV_K_ORDER, BV_K_BY) || ((p->dialect->bit & BV_D_SPARKS) && bv__p_accept_kw2(p, BV_K_SORT, BV_K_BY))) {
		const bv_token *open = p->t;
		bool paren = bv__p_accept(p, BV_TK_LPAREN);
		bv_node *one = paren ? NULL : bv__p_order_item(p); /* a comma goes on with the next argument */
		n->order_by = paren ? bv__p_order_items(p) : bv__list_of(p->arena, &one, 1);
		if (paren)
			bv__p_expect_close(p, BV_TK_RPAREN, open);
	}
	bv__p_leave(p, 1);
	if (!n->alias.n && !n->single && !n->partition_by.n && !n->order_by.n && !n->empty)
		return NULL;
	return BV_NODE_DONE(p, n, from);
}

/* Does VALUE stand behind the parenthesis that closes the one at t? Only tokens are looked at. */
static bool value_follows(const bv_token *t)
{
	unsigned depth = 0;
	for (unsigned i = 0; i < 256 && t->kind != BV_TK_END; i++, t++)
		if (t->kind == BV_TK_LPAREN)
			depth++;
		else if (t->kind == BV_TK_RPAREN && --depth == 0)
			return t[1].keyword == BV_K_VALUE;
	return false;
}

/* expression | name => expression | name := expression | lambda | * | relation.* */
static bv_node *argument(bv_parser *p)
{
	const bv_token *t = p->t;
	if (t->kind == BV_TK_STAR && !(t[1].keyword == BV_K_COLUMNS && t[2].kind == BV_TK_LPAREN)) {
		p->t++;
		return bv__p_star(p, t, (bv_path){NULL, 0, 0});
	}
	if (bv__p_token_is_name(t) || (t->kind == BV_TK_NAME && t[1].kind == BV_TK_FAT_ARROW)) {
		if (t[1].kind == BV_TK_FAT_ARROW || t[1].kind == BV_TK_ASSIGN) {
			bv_ast_named_arg *n = BV_NODE_NEW(p, NAMED_ARG, named_arg, t);
			n->name = bv__p_name_of(p, t);
			p->t += 2;
			bv__p_enter(p, 1);
			if (bv__p_at_query(p)) {
				bv_ast_scalar_query *q = BV_NODE_NEW(p, SCALAR_QUERY, scalar_query, p->t);
				const bv_token *v = p->t;
				q->query = bv__p_query(p);
				n->value = BV_NODE_DONE(p, q, v);
			} else {
				const bv_token *v = p->t;
				n->value = bv__p_lambda_or_expr(p);
				bv_node *handed = v->keyword == BV_K_TABLE ? table_argument(p, v, n->value) : NULL;
				n->value = handed ? handed : n->value;
			}
			bv__p_leave(p, 1);
			return BV_NODE_DONE(p, n, t);
		}
		const bv_token *s = t;
		while (s[1].kind == BV_TK_DOT && (s[2].kind == BV_TK_NAME || s[2].kind == BV_TK_QUOTED))
			s += 2;
		if (s[1].kind == BV_TK_DOT && s[2].kind == BV_TK_STAR) {
			bv_path q = bv__p_path(p, "a relation", 3);
			p->t += 2;
			return bv__p_star(p, t, q);
		}
	}
	if (t->kind == BV_TK_LPAREN || t[1].kind == BV_TK_ARROW || t->keyword == BV_K_LAMBDA || ((p->dialect->bit & BV_D_SNOWFLAKE) && t[1].kind == BV_TK_NAME)) {
		bv_node *l = bv__p_lambda(p);
		if (l)
			return l;
	}
	if (bv__p_at_query(p)) {
		bv_ast_scalar_query *n = BV_NODE_NEW(p, SCALAR_QUERY, scalar_query, t);
		n->query = bv__p_query(p);
		return BV_NODE_DONE(p, n, t);
	}
	/* KEY k VALUE v of the JSON functions */
	if (t->keyword == BV_K_KEY && t[1].kind == BV_TK_LPAREN && value_follows(t + 1))
		p->t++;
	else if (t->keyword == BV_K_KEY && t[1].kind != BV_TK_COMMA && t[1].kind != BV_TK_RPAREN && t[1].kind != BV_TK_DOT && t[1].kind != BV_TK_LPAREN && !bv__infix[t[1].kind].level && (t[1].keyword != BV_K_VALUE || (t[2].keyword == BV_K_VALUE && t[3].kind != BV_TK_COMMA && t[3].kind != BV_TK_RPAREN)))
		p->t++;
	bv_node *x = bv__p_expr(p);
	if (t->keyword == BV_K_TABLE) {
		bv_node *handed = table_argument(p, t, x);
		if (handed)
			return handed;
	}
	bool colon = bv__p_at(p, BV_TK_COLON);
	if (colon || bv__p_at_kw(p, BV_K_VALUE)) {
		bv_ast_pair *n = BV_NODE_NEW(p, PAIR, pair, t);
		p->t++;
		n->key = x;
		bv__p_enter(p, 1);
		n->value = bv__p_expr(p);
		bv__p_leave(p, 1);
		return BV_NODE_DONE(p, n, t);
	}
	if (bv__p_at_kw(p, BV_K_AS) && p->t[1].kind != BV_TK_END) {
		/* f(x AS name): XMLFOREST, the structs of some dialects */
		bv_ast_alias *a = BV_NODE_NEW(p, ALIAS, alias, t);
		p->t++;
		bv__p_deeper(p);
		a->operand = x;
		a->name = bv__p_name(p, "a name");
		return BV_NODE_DONE(p, a, t);
	}
	return x;
}

/* ---- clauses inside a call ---- */

/* Words that begin a clause, and what stands behind them: a type, expressions, DEFAULT's value before ON, nothing. */
typedef enum clause_value { CLAUSE_WORDS, CLAUSE_TYPE, CLAUSE_EXPR, CLAUSE_ALIASES, CLAUSE_PROJECTIONS, CLAUSE_COLUMNS, CLAUSE_NAMES } clause_value;
static const struct {
	uint16_t words[4];
	uint8_t value;
	uint32_t dialects; /* 0: all */
} call_clauses[] = {
	{{BV_K_RETURNING}, CLAUSE_TYPE},
	{{BV_K_FORMAT, BV_K_JSON}, CLAUSE_WORDS},
	{{BV_K_PASSING}, CLAUSE_ALIASES},
	{{BV_K_HAVING, BV_K_MAX}, CLAUSE_EXPR},
	{{BV_K_HAVING, BV_K_MIN}, CLAUSE_EXPR},
	{{BV_K_SEPARATOR}, CLAUSE_EXPR},
	{{BV_K_DEFAULT}, CLAUSE_EXPR},
	{{BV_K_NULL, BV_K_ON}, CLAUSE_WORDS},
	{{BV_K_ABSENT, BV_K_ON}, CLAUSE_WORDS},
	{{BV_K_ERROR, BV_K_ON}, CLAUSE_WORDS},
	{{BV_K_EMPTY}, CLAUSE_WORDS},
	{{BV_K_TRUE, BV_K_ON}, CLAUSE_WORDS},
	{{BV_K_FALSE, BV_K_ON}, CLAUSE_WORDS},
	{{BV_K_UNKNOWN, BV_K_ON}, CLAUSE_WORDS},
	{{BV_K_ON}, CLAUSE_WORDS},
	{{BV_K_WITH}, CLAUSE_WORDS},
	{{BV_K_WITHOUT}, CLAUSE_WORDS},
	{{BV_K_KEEP}, CLAUSE_WORDS},
	{{BV_K_OMIT}, CLAUSE_WORDS},
	{{BV_K_PATH}, CLAUSE_EXPR},
	{{BV_K_EXISTS, BV_K_PATH}, CLAUSE_EXPR},
	{{BV_K_EXISTS}, CLAUSE_WORDS, BV_D_POSTGRES | BV_D_GENERIC},
	{{BV_K_NOT, BV_K_NULL}, CLAUSE_WORDS, BV_D_POSTGRES | BV_D_GENERIC},
	{{BV_K_COLUMNS}, CLAUSE_COLUMNS},
	{{BV_K_METRICS}, CLAUSE_PROJECTIONS, BV_D_SNOWFLAKE | BV_D_GENERIC},
	{{BV_K_DIMENSIONS}, CLAUSE_PROJECTIONS, BV_D_SNOWFLAKE | BV_D_GENERIC},
	{{BV_K_FACTS}, CLAUSE_PROJECTIONS, BV_D_SNOWFLAKE | BV_D_GENERIC},
	{{BV_K_WHERE}, CLAUSE_EXPR, BV_D_SNOWFLAKE | BV_D_GENERIC},
	{{BV_K_COPARTITION}, CLAUSE_NAMES, BV_D_TRINO | BV_D_GENERIC},
};
/* Those that a clause of words goes on with. */
static bool clause_word(bv_keyword k)
{
	switch (k) {
	case BV_K_ON: case BV_K_NULL: case BV_K_ERROR: case BV_K_EMPTY: case BV_K_OVERFLOW: case BV_K_UNIQUE: case BV_K_KEYS: case BV_K_ARRAY: case BV_K_OBJECT: case BV_K_WRAPPER:
	case BV_K_CONDITIONAL: case BV_K_UNCONDITIONAL: case BV_K_QUOTES: case BV_K_SCALAR: case BV_K_STRING: case BV_K_TRUNCATE: case BV_K_WITH: case BV_K_WITHOUT: case BV_K_JSON:
	case BV_K_TIES: case BV_K_TIMEZONE: case BV_K_ENCODING: case BV_K_UTF8: case BV_K_UTF16: case BV_K_UTF32:
		return true;
	default:
		return false;
	}
}

static bv_list joined_lists(bv_parser *p, bv_list x, bv_list y)
{
	if (!x.n || !y.n)
		return x.n ? x : y;
	uint32_t m = bv__p_mark(p);
	for (uint32_t i = 0; i < x.n + y.n; i++)
		bv__p_item(p, i < x.n ? x.v[i] : y.v[i - x.n]);
	return bv__p_items(p, m);
}

static bv_list clauses(bv_parser *p);

/* A column of COLUMNS: name type [FORMAT JSON] [PATH x] [DEFAULT x ON EMPTY] … | name FOR ORDINALITY | NESTED [PATH] x [AS name] COLUMNS (…) */
static bv_node *result_column(bv_parser *p)
{
	const bv_token *from = p->t;
	bv_ast_result_column *n = BV_NODE_NEW(p, RESULT_COLUMN, result_column, from);
	if (!bv__p_enter(p, 1)) {
		bv__p_leave(p, 1);
		return &n->head;
	}
	if (bv__p_at_kw(p, BV_K_NESTED) && (p->t[1].kind == BV_TK_STRING || p->t[1].keyword == BV_K_PATH)) {
		bv_ast_clause *path = BV_NODE_NEW(p, CLAUSE, clause, ++p->t);
		const bv_token *t = p->t;
		bv__p_accept_kw(p, BV_K_PATH);
		bv_node *value = bv__p_expr(p), *one;
		path->word = BV_STR("path");
		path->values = bv__list_of(p->arena, &value, 1);
		one = BV_NODE_DONE(p, path, t);
		n->clauses = bv__list_of(p->arena, &one, 1);
		if (bv__p_accept_kw(p, BV_K_AS))
			n->name = bv__p_name(p, "a name");
		bv__p_expect_kw(p, BV_K_COLUMNS);
		n->columns = bv__p_result_columns(p);
	} else {
		n->name = bv__p_name(p, "a column name");
		if (bv__p_at_kw(p, BV_K_FOR) && bv__p_next_kw(p, 1, BV_K_ORDINALITY))
			p->t += 2;
		else {
			n->type = bv__p_type_read(p);
			n->clauses = clauses(p);
		}
	}
	bv__p_leave(p, 1);
	return BV_NODE_DONE(p, n, from);
}

/* column, … behind COLUMNS, in parentheses or without them */
bv_list bv__p_result_columns(bv_parser *p)
{
	const bv_token *open = p->t;
	bool paren = bv__p_accept(p, BV_TK_LPAREN);
	uint32_t m = bv__p_mark(p);
	do
		bv__p_item(p, result_column(p));
	while (bv__p_accept(p, BV_TK_COMMA));
	if (paren)
		bv__p_expect_close(p, BV_TK_RPAREN, open);
	return bv__p_items(p, m);
}

/* [BY REF|VALUE], which says what is so anyway */
static void by_way(bv_parser *p)
{
	if (bv__p_accept_kw(p, BV_K_BY) && bv__p_at(p, BV_TK_NAME))
		p->t++;
}

/* [BY way] expression [AS name], … [BY way] */
static bv_list passed(bv_parser *p)
{
	uint32_t m = bv__p_mark(p);
	by_way(p);
	do {
		const bv_token *t = p->t;
		bv_node *e = bv__p_expr(p);
		if (bv__p_at_kw(p, BV_K_FORMAT) && bv__p_next_kw(p, 1, BV_K_JSON) && !p->panic) {
			bv__p_refuse(p, p->t, "FORMAT JSON behind PASSING");
			break;
		}
		if (bv__p_accept_kw(p, BV_K_AS)) {
			bv_ast_alias *a = BV_NODE_NEW(p, ALIAS, alias, t);
			bv__p_deeper(p);
			a->operand = e;
			a->name = bv__p_name(p, "a name");
			e = BV_NODE_DONE(p, a, t);
		}
		bv__p_item(p, e);
	} while (bv__p_accept(p, BV_TK_COMMA));
	if (p->dialect->bit & BV_D_POSTGRES)
		by_way(p);
	return bv__p_items(p, m);
}

/* expression [[AS] name] or a star, … */
static bv_list clause_projections(bv_parser *p)
{
	uint32_t m = bv__p_mark(p);
	do {
		const bv_token *from = p->t, *s = from;
		bool star = bv__p_token_is_name(s);
		while (star && s[1].kind == BV_TK_DOT && (s[2].kind == BV_TK_NAME || s[2].kind == BV_TK_QUOTED))
			s += 2;
		if (star && s[1].kind == BV_TK_DOT && s[2].kind == BV_TK_STAR) {
			bv_path q = bv__p_path(p, "a relation", 3);
			p->t += 2;
			bv__p_item(p, bv__p_star(p, from, q));
			continue;
		}
		bv_node *x = bv__p_expr(p);
		bool next = bv__p_at_kw(p, BV_K_METRICS) || bv__p_at_kw(p, BV_K_DIMENSIONS) || bv__p_at_kw(p, BV_K_FACTS);
		bv_str name;
		if (!next && bv__p_column_alias(p, &name)) {
			bv_ast_alias *a = BV_NODE_NEW(p, ALIAS, alias, from);
			bv__p_deeper(p);
			a->operand = x;
			a->name = name;
			x = BV_NODE_DONE(p, a, from);
		}
		bv__p_item(p, x);
	} while (bv__p_accept(p, BV_TK_COMMA));
	return bv__p_items(p, m);
}

/* {RETURNING type | ABSENT ON NULL | WITH UNIQUE KEYS | PASSING x AS y, … | HAVING MAX x | DEFAULT x ON ERROR | …} */
static bv_list clauses(bv_parser *p)
{
	uint32_t m = bv__p_mark(p);
	while (bv__p_at(p, BV_TK_NAME) && p->t->keyword) {
		unsigned i = 0, n = 0;
		for (; i < BV_COUNT(call_clauses); i++) {
			for (n = 0; n < 4 && call_clauses[i].words[n] && p->t[n].keyword == call_clauses[i].words[n]; n++)
				;
			if (n && (n == 4 || !call_clauses[i].words[n]) && (!call_clauses[i].dialects || (call_clauses[i].dialects & p->dialect->bit)))
				break;
		}
		if (i == BV_COUNT(call_clauses))
			break;
		const bv_token *from = p->t;
		bv_ast_clause *x = BV_NODE_NEW(p, CLAUSE, clause, from);
		p->t += n;
		if (call_clauses[i].value == CLAUSE_WORDS)
			while (bv__p_at(p, BV_TK_NAME) && clause_word((bv_keyword)p->t->keyword))
				p->t++;
		bv_buf words = BV_BUF_INIT;
		for (const bv_token *t = from; t < p->t; t++) {
			if (t > from)
				bv__buf_ch(&words, ' ');
			for (const char *z = bv__keyword_names[t->keyword]; *z; z++)
				bv__buf_ch(&words, (char)(*z | (*z >= 'A' && *z <= 'Z' ? 0x20 : 0)));
		}
		x->word = bv__arena_str(p->arena, bv__buf_view(&words));
		bv__buf_free(&words);
		bv_node *value = NULL;
		bv__p_enter(p, 1);
		switch ((clause_value)call_clauses[i].value) {
		case CLAUSE_TYPE:
			value = bv__p_type_read(p);
			break;
		case CLAUSE_EXPR:
			value = bv__p_expr(p);
			break;
		case CLAUSE_WORDS:
			/* ON OVERFLOW TRUNCATE 'x' WITH COUNT */
			if (bv__p_at(p, BV_TK_STRING))
				value = bv__p_string_node(p, p->t, bv__p_string_expected(p, "a string"));
			{
				/* WITH may be among the words already. */
				bool said = p->t[-1].keyword == BV_K_WITH || p->t[-1].keyword == BV_K_WITHOUT;
				const bv_token *count = said ? p->t : p->t + 1;
				if ((said || bv__p_at_kw(p, BV_K_WITH) || bv__p_at_kw(p, BV_K_WITHOUT)) && bv__str_ieq(bv__p_token_str(p, count), BV_STR("count"))) {
					x->word = said ? bv__arena_printf(p->arena, BV_STR_FMT " count", BV_STR_ARG(x->word))
								   : bv__arena_printf(p->arena, BV_STR_FMT " %s count", BV_STR_ARG(x->word), bv__p_at_kw(p, BV_K_WITH) ? "with" : "without");
					p->t = count + 1;
				}
			}
			break;
		case CLAUSE_ALIASES:
			x->values = passed(p);
			break;
		case CLAUSE_PROJECTIONS:
			x->values = clause_projections(p);
			break;
		case CLAUSE_COLUMNS:
			x->values = bv__p_result_columns(p);
			break;
		case CLAUSE_NAMES: {
			const bv_token *open = p->t;
			bv__p_expect(p, BV_TK_LPAREN);
			x->values = bv__p_exprs(p);
			bv__p_expect_close(p, BV_TK_RPAREN, open);
			break;
		}
		}
		bv__p_leave(p, 1);
		if (value)
			x->values = bv__list_of(p->arena, &value, 1);
		bv__p_item(p, BV_NODE_DONE(p, x, from));
	}
	return bv__p_items(p, m);
}

static uint8_t null_treatment(bv_parser *p, uint8_t before)
{
	if (bv__p_accept_kw2(p, BV_K_IGNORE, BV_K_NULLS))
		return BV_null_treatment_ignore;
	if (bv__p_accept_kw2(p, BV_K_RESPECT, BV_K_NULLS))
		return BV_null_treatment_respect;
	return before;
}

/* What may follow the arguments: WITHIN GROUP, FILTER, IGNORE NULLS, OVER. */
static void call_tail(bv_parser *p, bv_ast_call *c)
{
	if (bv__p_at_kw(p, BV_K_WITHIN) && bv__p_next_kw(p, 1, BV_K_GROUP)) {
		p->t += 2;
		const bv_token *open = p->t;
		bv__p_expect(p, BV_TK_LPAREN);
		bv__p_expect_kw(p, BV_K_ORDER);
		bv__p_expect_kw(p, BV_K_BY);
		c->within_group = bv__p_order_items(p);
		bv__p_expect_close(p, BV_TK_RPAREN, open);
	}
	if (bv__p_at_kw(p, BV_K_FILTER) && p->t[1].kind == BV_TK_LPAREN) {
		const bv_token *open = ++p->t;
		p->t++;
		bv__p_accept_kw(p, BV_K_WHERE);
		c->filter = bv__p_expr(p);
		bv__p_expect_close(p, BV_TK_RPAREN, open);
	}
	c->nulls = null_treatment(p, c->nulls);
	if (bv__p_at_kw(p, BV_K_FROM) && bv__p_next_kw(p, 1, BV_K_FIRST) && (bv__p_next_kw(p, 2, BV_K_OVER) || bv__p_next_kw(p, 2, BV_K_IGNORE) || bv__p_next_kw(p, 2, BV_K_RESPECT))) {
		p->t += 2; /* the usual direction */
		c->nulls = null_treatment(p, c->nulls);
	}
	if (bv__p_at_kw(p, BV_K_FROM) && bv__p_next_kw(p, 1, BV_K_LAST) && (bv__p_next_kw(p, 2, BV_K_OVER) || bv__p_next_kw(p, 2, BV_K_IGNORE) || bv__p_next_kw(p, 2, BV_K_RESPECT))) {
		if (p->dialect->bit & (BV_D_SNOWFLAKE | BV_D_GENERIC)) {
			p->t += 2;
			c->from_last = true;
			c->nulls = null_treatment(p, c->nulls);
		} else
			bv__p_refuse(p, p->t, "FROM LAST");
	}
	if (bv__p_at_kw(p, BV_K_OVER) && (p->t[1].kind == BV_TK_LPAREN || bv__p_token_is_name(&p->t[1]))) {
		p->t++;
		c->over = bv__p_window_spec(p);
	}
}

/* array(a, b) and map(k, v, …) are what Spark has for a list and a map written out. */
static bv_node *spark_literal(bv_parser *p, bv_ast_call *c, bv_node *n)
{
	bool list = c->name.n == 1 && bv__str_ieq(c->name.v[0], BV_STR("array")), map = c->name.n == 1 && bv__str_ieq(c->name.v[0], BV_STR("map")) && c->args.n % 2 == 0;
	if ((!list && !map) || c->distinct || c->order_by.n || c->within_group.n || c->filter || c->nulls || c->over || c->limit || c->clauses.n || c->variadic)
		return n;
	for (uint32_t i = 0; i < c->args.n; i++)
		if (c->args.v[i]->kind == BV_NAMED_ARG || c->args.v[i]->kind == BV_STAR || c->args.v[i]->kind == BV_LAMBDA || c->args.v[i]->kind == BV_QUERY)
			return n;
	if (list) {
		bv_ast_array *a = BV_MAKE(p->arena, ARRAY, array, n->span);
		if (a)
			a->items = c->args;
		return a ? &a->head : n;
	}
	bv_ast_map *m = BV_MAKE(p->arena, MAP, map, n->span);
	bv_node_vec keys = {0}, items = {0};
	bool ok = m != NULL;
	for (uint32_t i = 0; ok && i < c->args.n; i++)
		ok = BV_PUSH(p->arena, i % 2 ? &items : &keys, c->args.v[i]);
	if (!ok)
		return n;
	m->keys = bv__list_done(keys);
	m->items = bv__list_done(items);
	return &m->head;
}

static void add_clause(bv_parser *p, bv_ast_call *c, const bv_token *from, const char *word, bv_node *value)
{
	bv_ast_clause *x = BV_NODE_NEW(p, CLAUSE, clause, from);
	x->word = bv__str(word);
	if (value)
		x->values = bv__list_of(p->arena, &value, 1);
	bv_node *one = BV_NODE_DONE(p, x, from);
	c->clauses = c->clauses.n ? joined_lists(p, c->clauses, (bv_list){&one, 1}) : bv__list_of(p->arena, &one, 1);
}

/* DOCUMENT|CONTENT x [AS type] [[NO] INDENT] of XMLPARSE and XMLSERIALIZE; false: the word is a name. */
static bool xml_text(bv_parser *p, bv_ast_call *c)
{
	const bv_token *from = p->t;
	bv_str name = c->name.v[c->name.n - 1];
	if (!(p->dialect->bit & (BV_D_POSTGRES | BV_D_GENERIC)) || (!bv__str_is(name, "xmlparse") && !bv__str_is(name, "xmlserialize")))
		return false;
	p->t++;
	bv__p_enter(p, 1);
	add_clause(p, c, from, from->keyword == BV_K_DOCUMENT ? "document" : "content", bv__p_expr(p));
	bv__p_leave(p, 1);
	const bv_token *as = p->t;
	if (bv__p_accept_kw(p, BV_K_AS))
		add_clause(p, c, as, "as", bv__p_type_read(p));
	const bv_token *indent = p->t;
	if (bv__p_accept_kw(p, BV_K_INDENT))
		add_clause(p, c, indent, "indent", NULL);
	else if (bv__p_accept_kw2(p, BV_K_NO, BV_K_INDENT))
		add_clause(p, c, indent, "no indent", NULL);
	return true;
}

/* VERSION x | VERSION NO VALUE | STANDALONE YES|NO|NO VALUE, an argument of XMLROOT */
static void xml_declaration(bv_parser *p, bv_ast_call *c)
{
	const bv_token *from = p->t;
	bool version = bv__p_at_kw(p, BV_K_VERSION);
	p->t++;
	if (bv__p_accept_kw2(p, BV_K_NO, BV_K_VALUE))
		add_clause(p, c, from, version ? "version no value" : "standalone no value", NULL);
	else if (version)
		add_clause(p, c, from, "version", bv__p_expr(p));
	else if (bv__p_accept_kw(p, BV_K_NO))
		add_clause(p, c, from, "standalone no", NULL);
	else if (bv__str_ieq(bv__p_token_str(p, p->t), BV_STR("yes"))) {
		p->t++;
		add_clause(p, c, from, "standalone yes", NULL);
	} else
		bv__p_expected(p, "YES, NO or NO VALUE");
}

/* MODEL a.b, SEQUENCE a.b as the first argument: what is called so; NULL: the word is a name. */
static bv_node *named_object(bv_parser *p)
{
	const bv_token *from = p->t;
	if (!(p->dialect->bit & (BV_D_BIGQUERY | BV_D_GENERIC)) || (p->t[1].kind != BV_TK_NAME && p->t[1].kind != BV_TK_QUOTED) || (bv__keyword_flags[p->t[1].keyword] & BV_KW_N))
		return NULL;
	bv_ast_clause *x = BV_NODE_NEW(p, CLAUSE, clause, from);
	bv_ast_column *name = BV_NODE_NEW(p, COLUMN, column, ++p->t);
	const bv_token *t = p->t;
	x->word = from->keyword == BV_K_MODEL ? BV_STR("model") : BV_STR("sequence");
	name->path = bv__p_path(p, "a name", 8);
	bv_node *value = BV_NODE_DONE(p, name, t);
	x->values = bv__list_of(p->arena, &value, 1);
	return BV_NODE_DONE(p, x, from);
}

/* name ( [DISTINCT|ALL] arguments [ORDER BY …] [IGNORE NULLS] ) tail */
bv_node *bv__p_call(bv_parser *p, const bv_token *from, bv_path name)
{
	const bv_token *open = p->t;
	bv_ast_call *c = BV_NODE_NEW(p, CALL, call, from);
	/* Function names match without case everywhere, so the tree has them in lower case; a quoted one is as written. */
	const bv_token *t = from;
	for (uint32_t i = 0; i < name.n; i++, t += 2)
		if (t->kind == BV_TK_NAME && !(p->dialect->syntax & BV_SYN_FOLD))
			name.v[i] = bv__arena_lower(p->arena, name.v[i]);
	name.insensitive = 0;
	c->name = name;
	p->t++;
	if (!bv__p_at(p, BV_TK_RPAREN)) {
		if (bv__p_accept_kw(p, BV_K_DISTINCT)) {
			c->distinct = true;
			if (bv__p_at(p, BV_TK_RPAREN))
				bv__p_expected(p, "an expression");
		}
		else if (bv__p_at_kw(p, BV_K_ALL) && p->t[1].kind != BV_TK_RPAREN && p->t[1].kind != BV_TK_COMMA)
			p->t++;
		uint32_t m = bv__p_mark(p);
		if ((bv__p_at_kw(p, BV_K_DOCUMENT) || bv__p_at_kw(p, BV_K_CONTENT)) && xml_text(p, c))
			goto closed;
		if (bv__p_at_kw(p, BV_K_MODEL) || bv__p_at_kw(p, BV_K_SEQUENCE)) {
			bv_node *named = named_object(p);
			if (named) {
				c->clauses = bv__list_of(p->arena, &named, 1);
				if (!bv__p_accept(p, BV_TK_COMMA))
					goto closed;
			}
		}
		if (bv__p_at_kw(p, BV_K_NAME) && (p->t[1].kind == BV_TK_NAME || p->t[1].kind == BV_TK_QUOTED) && (p->t[2].kind == BV_TK_COMMA || p->t[2].kind == BV_TK_RPAREN) &&
			bv__str_starts(name.v[name.n - 1], "xml")) {
			/* XMLELEMENT(NAME foo, …) */
			bv_ast_clause *x = BV_NODE_NEW(p, CLAUSE, clause, p->t);
			bv_node *value = bv__p_string_node(p, &p->t[1], bv__p_name_of(p, &p->t[1])), *one = &x->head;
			x->word = BV_STR("name");
			x->values = bv__list_of(p->arena, &value, 1);
			c->clauses = bv__list_of(p->arena, &one, 1);
			p->t += 2;
			if (!bv__p_accept(p, BV_TK_COMMA))
				goto closed;
		}
		do {
			if (bv__p_at(p, BV_TK_RPAREN) && (p->dialect->syntax & BV_SYN_TRAILING_COMMA))
				break;
			if (bv__p_at_kw(p, BV_K_VARIADIC) && (p->dialect->bit & BV_D_POSTGRES)) {
				p->t++;
				c->variadic = true;
			}
			/* JSON_OBJECT(RETURNING TEXT), RANK(ORDER BY x): no arguments. */
			if (bv__p_mark(p) == m && ((bv__p_at_kw(p, BV_K_ORDER) && bv__p_next_kw(p, 1, BV_K_BY)) || (bv__p_at_kw(p, BV_K_RETURNING) && p->t[1].kind == BV_TK_NAME) || (bv__p_at_kw(p, BV_K_NULL) && bv__p_next_kw(p, 1, BV_K_ON)) ||
									   (bv__p_at_kw(p, BV_K_ABSENT) && bv__p_next_kw(p, 1, BV_K_ON))))
				break;
			if (bv__p_mark(p) > m && (bv__p_at_kw(p, BV_K_VERSION) || bv__p_at_kw(p, BV_K_STANDALONE)) && bv__str_is(name.v[name.n - 1], "xmlroot")) {
				xml_declaration(p, c);
				continue;
			}
			bv__p_item(p, argument(p));
			if (bv__p_at_kw(p, BV_K_FORMAT) && bv__p_next_kw(p, 1, BV_K_JSON)) {
				/* This argument is text that is JSON: a clause that names it by its place. */
				bv_ast_clause *x = BV_NODE_NEW(p, CLAUSE, clause, p->t);
				bv_ast_number *place = BV_NODE_NEW(p, NUMBER, number, p->t);
				bv_node *value = &place->head, *one = &x->head;
				place->text = bv__arena_printf(p->arena, "%u", bv__p_mark(p) - m);
				x->word = BV_STR("format json of");
				x->values = bv__list_of(p->arena, &value, 1);
				p->t += 2;
				if (bv__p_accept_kw(p, BV_K_ENCODING)) {
					x->word = bv__arena_printf(p->arena, "format json encoding " BV_STR_FMT " of", BV_STR_ARG(bv__arena_lower(p->arena, bv__p_token_str(p, p->t))));
					if (!bv__p_accept_kw(p, BV_K_UTF8) && !bv__p_accept_kw(p, BV_K_UTF16) && !bv__p_accept_kw(p, BV_K_UTF32))
						bv__p_expected(p, "UTF8, UTF16 or UTF32");
				}
				if (!c->clauses.n)
					c->clauses = bv__list_of(p->arena, &one, 1);
				else
					c->clauses = joined_lists(p, c->clauses, (bv_list){&one, 1});
			}
		} while (bv__p_accept(p, BV_TK_COMMA));
		c->args = bv__p_items(p, m);
		c->nulls = null_treatment(p, c->nulls);
		if (bv__p_accept_kw2(p, BV_K_ORDER, BV_K_BY))
			c->order_by = bv__p_order_items(p);
		c->nulls = null_treatment(p, c->nulls);
		if (!(p->dialect->bit & BV_D_DATAFUSION)) {
			c->clauses = joined_lists(p, c->clauses, clauses(p));
			if (bv__p_accept_kw2(p, BV_K_ORDER, BV_K_BY))
				c->order_by = bv__p_order_items(p);
			c->nulls = null_treatment(p, c->nulls);
			c->clauses = joined_lists(p, c->clauses, clauses(p));
		}
		if (bv__p_accept_kw(p, BV_K_LIMIT))
			c->limit = bv__p_expr(p);
		if (bv__p_at_kw(p, BV_K_SEPARATOR))
			bv__p_refuse(p, p->t, "SEPARATOR inside a call");
		if (bv__p_at_kw(p, BV_K_HAVING))
			bv__p_refuse(p, p->t, "HAVING inside a call");
	}
closed:
	bv__p_expect_close(p, BV_TK_RPAREN, open);
	/* A field in capitals says EXTRACT, which gives a decimal; date_part gives a float. */
	if ((p->dialect->bit & BV_D_POSTGRES) && name.n == 1 && bv__str_is(name.v[0], "date_part") && c->args.n && c->args.v[0]->kind == BV_STRING)
		BV_AS(string, c->args.v[0])->text = bv__arena_lower(p->arena, BV_AS(string, c->args.v[0])->text);
	if (bv__p_at(p, BV_TK_LPAREN) && bv__p_is_identifier(p, &c->name, &c->args) && from->kind == BV_TK_NAME) {
		bv_node *function = c->args.v[0];
		bv_path same = bv__path_of(p->arena, c->name.v, 1);
		if (!bv__p_deeper(p))
			return &c->head;
		bv_node *n = bv__p_call(p, from, same);
		if (n->kind == BV_CALL)
			BV_AS(call, n)->function = function;
		return n;
	}
	call_tail(p, c);
	bv_node *n = BV_NODE_DONE(p, c, from);
	return p->dialect->bit & BV_D_SPARKS ? spark_literal(p, c, n) : n;
}

bool bv__p_is_identifier(const bv_parser *p, const bv_path *name, const bv_list *args)
{
	return (p->dialect->bit & (BV_D_SPARKS | BV_D_SNOWFLAKE)) && name->n == 1 && bv__str_ieq(name->v[0], BV_STR("identifier")) && args->n == 1;
}

/* ---- calls with a syntax of their own ---- */

/* The standard's spelling of a call as a call: name(args). */
static bv_node *made_call(bv_parser *p, const bv_token *from, const char *name, bv_node **args, uint32_t n)
{
	bv_node *c = bv__p_call_named(p, from, name, args, n);
	call_tail(p, BV_AS(call, c));
	c->span = bv__p_since(p, from);
	return c;
}

/* Fields that DataFusion's parser knows as words; others it keeps as they are written, also in the name of the output. */
static bool is_field_word(bv_str upper)
{
	static const char *const words[] = {"YEAR", "YEARS", "MONTH", "MONTHS", "WEEK", "WEEKS", "DAY", "DAYS", "DAYOFWEEK", "DAYOFYEAR", "DATE", "DATETIME", "HOUR", "HOURS", "MINUTE", "MINUTES",
		"SECOND", "SECONDS", "CENTURY", "DECADE", "DOY", "DOW", "EPOCH", "ISODOW", "ISOYEAR", "ISOWEEK", "JULIAN", "MICROSECOND", "MICROSECONDS", "MILLENIUM", "MILLENNIUM", "MILLISECOND",
		"MILLISECONDS", "NANOSECOND", "NANOSECONDS", "QUARTER", "TIME", "TIMEZONE", "TIMEZONE_ABBR", "TIMEZONE_HOUR", "TIMEZONE_MINUTE", "TIMEZONE_REGION"};
	for (unsigned i = 0; i < BV_COUNT(words); i++)
		if (bv__str_is(upper, words[i]))
			return true;
	return false;
}

/* EXTRACT(field FROM x) is date_part('FIELD', x), a field with its own first day of the week as WEEK(MONDAY) */
static bv_node *extract(bv_parser *p)
{
	const bv_token *from = p->t, *open = p->t + 1;
	p->t += 2;
	bv_node *args[2];
	const bv_token *f = p->t;
	bool datafusion = p->dialect->bit & BV_D_DATAFUSION;
	/* DataFusion takes a field in quotes with its quotes, also into the name of the output. */
	if ((f->kind == BV_TK_STRING || f->kind == BV_TK_QUOTED) && datafusion) {
		char quote = f->kind == BV_TK_STRING ? '\'' : '"';
		bv_str s = f->kind == BV_TK_STRING ? bv__p_string_expected(p, "a field") : bv__p_name_of(p, f);
		p->t += f->kind == BV_TK_QUOTED;
		args[0] = bv__p_string_node(p, f, bv__arena_printf(p->arena, "%c" BV_STR_FMT "%c", quote, BV_STR_ARG(s), quote));
	} else if (f->kind == BV_TK_STRING) {
		bv_str s = bv__p_string_expected(p, "a field");
		args[0] = bv__p_string_node(p, f, p->dialect->bit & BV_D_POSTGRES ? bv__arena_upper(p->arena, s) : s);
	} else if (f->kind == BV_TK_NAME || f->kind == BV_TK_QUOTED) {
		bv_str s = bv__arena_upper(p->arena, bv__p_name_of(p, f));
		if (datafusion && !is_field_word(s))
			s = bv__p_token_str(p, f);
		p->t++;
		if (bv__p_at(p, BV_TK_LPAREN) && p->t[1].kind == BV_TK_NAME && p->t[2].kind == BV_TK_RPAREN) {
			s = bv__arena_printf(p->arena, BV_STR_FMT "(" BV_STR_FMT ")", BV_STR_ARG(s), BV_STR_ARG(bv__arena_upper(p->arena, bv__p_token_str(p, p->t + 1))));
			p->t += 3;
		}
		args[0] = bv__p_string_node(p, f, s);
	} else {
		bv__p_expected(p, "a field such as YEAR");
		return bv__p_make(p, BV_NULL_LITERAL, from);
	}
	if (!bv__p_accept(p, BV_TK_COMMA))
		bv__p_expect_kw(p, BV_K_FROM);
	args[1] = bv__p_expr(p);
	bv__p_expect_close(p, BV_TK_RPAREN, open);
	return made_call(p, from, "date_part", args, 2);
}

/* SUBSTRING(x FROM a FOR b), SUBSTRING(x, a, b) are substr(x, a, b) */
static bv_node *substring(bv_parser *p)
{
	const bv_token *from = p->t, *open = p->t + 1;
	p->t += 2;
	bv_node *args[3];
	uint32_t n = 1;
	args[0] = bv__p_expr(p);
	bool begin = bv__p_accept_kw(p, BV_K_FROM) || bv__p_accept(p, BV_TK_COMMA);
	if (begin)
		args[n++] = bv__p_expr(p);
	if (bv__p_accept_kw(p, BV_K_FOR) || (begin && bv__p_accept(p, BV_TK_COMMA))) {
		if (!begin)
			args[n++] = bv__p_number_node(p, open, "1");
		args[n++] = bv__p_expr(p);
		/* FOR may stand before FROM. */
		if (!begin && bv__p_accept_kw(p, BV_K_FROM))
			args[1] = bv__p_expr(p);
	}
	const char *name = "substr";
	if (!begin && n == 1 && bv__p_accept_kw(p, BV_K_SIMILAR)) {
		/* SUBSTRING(x SIMILAR pattern ESCAPE c): PostgreSQL's own function of three arguments */
		args[n++] = bv__p_expr(p);
		bv__p_expect_kw(p, BV_K_ESCAPE);
		args[n++] = bv__p_expr(p);
		name = "substring_similar";
	}
	/* With a text behind FROM it is PostgreSQL's search of a pattern. */
	if ((p->dialect->bit & BV_D_POSTGRES) && n > 1 && args[1]->kind == BV_STRING)
		name = "substring";
	bv__p_expect_close(p, BV_TK_RPAREN, open);
	return made_call(p, from, name, args, n);
}

/* TRIM([BOTH|LEADING|TRAILING] [characters] FROM x), TRIM(x [, characters]) */
static bv_node *trim(bv_parser *p)
{
	const bv_token *from = p->t, *open = p->t + 1;
	p->t += 2;
	const char *name = "btrim";
	bool side = true;
	if (bv__p_accept_kw(p, BV_K_LEADING))
		name = "ltrim";
	else if (bv__p_accept_kw(p, BV_K_TRAILING))
		name = "rtrim";
	else
		side = bv__p_accept_kw(p, BV_K_BOTH);
	bv_node *args[2];
	uint32_t n = 1;
	if (side && bv__p_accept_kw(p, BV_K_FROM))
		args[0] = bv__p_expr(p);
	else {
		args[0] = bv__p_expr(p);
		if (bv__p_accept_kw(p, BV_K_FROM)) {
			args[1] = args[0];
			args[0] = bv__p_expr(p);
			n = 2;
		}
	}
	if (n == 1 && bv__p_accept(p, BV_TK_COMMA)) {
		args[1] = bv__p_expr(p);
		n = 2;
	}
	bv__p_expect_close(p, BV_TK_RPAREN, open);
	return made_call(p, from, name, args, n);
}

/* POSITION(a IN b) is strpos(b, a) */
static bv_node *position(bv_parser *p)
{
	const bv_token *from = p->t, *open = p->t + 1;
	p->t += 2;
	bv_node *args[2];
	args[1] = bv__p_expr_above(p, p->dialect->prec[BV_L_BETWEEN]);
	if (bv__p_accept_kw(p, BV_K_IN)) {
		args[0] = bv__p_expr(p);
		bv__p_expect_close(p, BV_TK_RPAREN, open);
		return made_call(p, from, "strpos", args, 2);
	}
	/* position(a, b): an ordinary function. */
	uint32_t m = bv__p_mark(p);
	bv__p_item(p, args[1]);
	while (bv__p_accept(p, BV_TK_COMMA))
		bv__p_item(p, bv__p_expr(p));
	bv_list list = bv__p_items(p, m);
	bv__p_expect_close(p, BV_TK_RPAREN, open);
	return made_call(p, from, "position", list.v, list.n);
}

/* OVERLAY(x PLACING y FROM a [FOR b]) is overlay(x, y, a, b) */
static bv_node *overlay(bv_parser *p)
{
	const bv_token *from = p->t, *open = p->t + 1;
	p->t += 2;
	bv_node *args[4];
	uint32_t n = 3;
	args[0] = bv__p_expr(p);
	if (!bv__p_accept(p, BV_TK_COMMA))
		bv__p_expect_kw(p, BV_K_PLACING);
	args[1] = bv__p_expr(p);
	if (!bv__p_accept(p, BV_TK_COMMA))
		bv__p_expect_kw(p, BV_K_FROM);
	args[2] = bv__p_expr(p);
	if (bv__p_accept_kw(p, BV_K_FOR) || bv__p_accept(p, BV_TK_COMMA)) {
		args[3] = bv__p_expr(p);
		n = 4;
	}
	bv__p_expect_close(p, BV_TK_RPAREN, open);
	return made_call(p, from, "overlay", args, n);
}

/* CEIL(x [TO field]) */
static bv_node *ceil_floor(bv_parser *p)
{
	const bv_token *from = p->t;
	bv_str name = bv__p_at_kw(p, BV_K_CEIL) ? BV_STR("ceil") : BV_STR("floor");
	const bv_token *open = ++p->t;
	/* FLOOR(x TO DAY) is date_trunc('DAY', x). */
	const bv_token *t = open + 1;
	for (unsigned depth = 0; t < p->end && !(depth == 0 && (t->kind == BV_TK_RPAREN || t->kind == BV_TK_COMMA || t->kind == BV_TK_SEMICOLON)); t++)
		depth += t->kind == BV_TK_LPAREN ? 1u : t->kind == BV_TK_RPAREN ? -1u : 0u;
	if (t < p->end && t->kind == BV_TK_RPAREN && t[-1].kind == BV_TK_NAME && t[-2].keyword == BV_K_TO && bv__str_is(name, "floor") && !(p->dialect->bit & BV_D_DATAFUSION)) {
		bv_node *args[2];
		p->t++;
		args[1] = bv__p_expr(p);
		bv__p_expect_kw(p, BV_K_TO);
		args[0] = bv__p_string_node(p, p->t, bv__arena_upper(p->arena, bv__p_token_str(p, p->t)));
		bv__p_advance(p);
		bv__p_expect_close(p, BV_TK_RPAREN, open);
		return made_call(p, from, "date_trunc", args, 2);
	}
	bv_node *n = bv__p_call(p, from, bv__path_of(p->arena, &name, 1));
	return n;
}

/* CURRENT_DATE, CURRENT_TIMESTAMP …, with or without parentheses */
static bv_node *niladic(bv_parser *p)
{
	static const struct {
		uint16_t keyword;
		const char *name;
	} names[] = {
		{BV_K_CURRENT_DATE, "current_date"}, {BV_K_CURRENT_TIME, "current_time"}, {BV_K_CURRENT_TIMESTAMP, "now"}, {BV_K_LOCALTIME, "localtime"},
		{BV_K_LOCALTIMESTAMP, "localtimestamp"}, {BV_K_CURRENT_USER, "current_user"}, {BV_K_SESSION_USER, "session_user"}, {BV_K_USER, "user"},
		{BV_K_CURRENT_CATALOG, "current_catalog"}, {BV_K_CURRENT_SCHEMA, "current_schema"}, {BV_K_CURRENT_ROLE, "current_role"},
	};
	const bv_token *from = p->t;
	const char *name = "now";
	for (unsigned i = 0; i < BV_COUNT(names); i++)
		if (names[i].keyword == from->keyword)
			name = names[i].name;
	/* DataFusion calls an output after it. */
	if (from->keyword == BV_K_CURRENT_TIMESTAMP && (p->dialect->bit & BV_D_LENIENT))
		name = "current_timestamp";
	p->t++;
	if (bv__p_at(p, BV_TK_LPAREN)) {
		bv_str s = bv__str(from->keyword == BV_K_CURRENT_TIMESTAMP && p->t[1].kind != BV_TK_RPAREN ? "current_timestamp" : name); /* now takes no digits */
		return bv__p_call(p, from, bv__path_of(p->arena, &s, 1));
	}
	return bv__p_call_named(p, from, name, NULL, 0);
}

/* CAST(x AS type), TRY_CAST, SAFE_CAST */
static bv_node *cast(bv_parser *p)
{
	const bv_token *from = p->t, *open = p->t + 1;
	bool try_cast = !bv__p_at_kw(p, BV_K_CAST);
	p->t += 2;
	bv_node *operand = bv__p_expr(p);
	bv__p_expect_kw(p, BV_K_AS);
	bv_node *type = bv__p_type_read(p), *format = NULL, *zone = NULL, *fallback = NULL;
	bv_path collation = {NULL, 0, 0};
	if (bv__p_accept_kw(p, BV_K_COLLATE))
		collation = bv__p_path(p, "a collation", 3);
	if (bv__p_accept_kw(p, BV_K_DEFAULT)) {
		fallback = bv__p_expr(p);
		bv__p_expect_kw(p, BV_K_ON);
		bv__p_expect_kw(p, BV_K_CONVERSION);
		bv__p_expect_kw(p, BV_K_ERROR);
		bv__p_accept(p, BV_TK_COMMA);
	}
	if (bv__p_accept_kw(p, BV_K_FORMAT)) {
		format = bv__p_expr_above(p, p->dialect->prec[BV_L_AT_ZONE]);
		if (bv__p_at_kw(p, BV_K_AT) && bv__p_next_kw(p, 1, BV_K_TIME)) {
			p->t += 2;
			bv__p_expect_kw(p, BV_K_ZONE);
			zone = bv__p_expr(p);
		}
	}
	bool rename = false, add = false;
	while ((p->dialect->bit & BV_D_SNOWFLAKE) && p->t[1].keyword == BV_K_FIELDS && (bv__p_at_kw(p, BV_K_RENAME) || bv__str_ieq(bv__p_token_str(p, p->t), BV_STR("add")))) {
		rename |= bv__p_at_kw(p, BV_K_RENAME);
		add |= !bv__p_at_kw(p, BV_K_RENAME);
		p->t += 2;
		if (bv__p_at(p, BV_TK_COMMA) && p->t[2].keyword == BV_K_FIELDS)
			p->t++;
	}
	bv__p_expect_close(p, BV_TK_RPAREN, open);
	bv_node *n = bv__p_cast_node(p, from, operand, type, try_cast);
	if (n->kind == BV_CAST) { /* no VARCHAR(n) that cuts, which has none of these */
		BV_AS(cast, n)->rename_fields = rename;
		BV_AS(cast, n)->add_fields = add;
		BV_AS(cast, n)->format = format;
		BV_AS(cast, n)->zone = zone;
		BV_AS(cast, n)->fallback = fallback;
	}
	if (!collation.n)
		return n;
	bv_ast_collate *c = BV_NODE_NEW(p, COLLATE, collate, from);
	bv__p_deeper(p);
	c->operand = n;
	c->collation = collation;
	return BV_NODE_DONE(p, c, from);
}

/* CASE [x] WHEN … THEN … [ELSE …] END */
static bv_node *case_(bv_parser *p)
{
	const bv_token *from = p->t;
	bv_ast_case *n = BV_NODE_NEW(p, CASE, case, from);
	p->t++;
	p->cases++;
	bv__p_enter(p, 1);
	if (!bv__p_at_kw(p, BV_K_WHEN))
		n->operand = bv__p_expr(p);
	uint32_t m = bv__p_mark(p);
	do {
		const bv_token *w = p->t;
		bv_ast_when *when = BV_NODE_NEW(p, WHEN, when, w);
		bv__p_expect_kw(p, BV_K_WHEN);
		when->condition = bv__p_expr(p);
		bv__p_expect_kw(p, BV_K_THEN);
		when->result = bv__p_expr(p);
		bv__p_item(p, BV_NODE_DONE(p, when, w));
	} while (bv__p_at_kw(p, BV_K_WHEN));
	n->whens = bv__p_items(p, m);
	if (bv__p_accept_kw(p, BV_K_ELSE))
		n->otherwise = bv__p_expr(p);
	if (!bv__p_accept_kw(p, BV_K_END) && !p->panic) {
		uint32_t line, column;
		bv__p_position(p, from->start, &line, &column);
		char what[96];
		snprintf(what, sizeof what, "%s to close the CASE at line %u", n->otherwise ? "END" : "WHEN, ELSE or END", line);
		bv__p_expected(p, what);
	}
	p->cases--;
	bv__p_leave(p, 1);
	return BV_NODE_DONE(p, n, from);
}

static int interval_unit(bv_str s)
{
	static const struct {
		const char *name;
		uint8_t unit;
	} units[] = {{"year", BV_interval_unit_year}, {"quarter", BV_interval_unit_quarter}, {"month", BV_interval_unit_month}, {"week", BV_interval_unit_week},
				 {"day", BV_interval_unit_day}, {"hour", BV_interval_unit_hour}, {"minute", BV_interval_unit_minute}, {"second", BV_interval_unit_second},
				 {"millisecond", BV_interval_unit_millisecond}, {"microsecond", BV_interval_unit_microsecond}, {"nanosecond", BV_interval_unit_nanosecond}, {"decade", BV_interval_unit_decade}, {"century", BV_interval_unit_century},
				 {"millennium", BV_interval_unit_millennium}};
	if (bv__str_ieq(s, BV_STR("centuries")))
		return BV_interval_unit_century;
	if (bv__str_ieq(s, BV_STR("millennia")) || bv__str_ieq(s, BV_STR("millenniums")))
		return BV_interval_unit_millennium;
	if (s.n > 3 && (s.p[s.n - 1] | 0x20) == 's')
		s.n--;
	for (unsigned i = 0; i < BV_COUNT(units); i++)
		if (bv__str_ieq(s, bv__str(units[i].name)))
			return units[i].unit;
	return -1;
}

/* value [unit] behind INTERVAL */
static bv_node *interval_value(bv_parser *p, const bv_token *from)
{
	const bv_token *v = p->t;
	bv_ast_interval *n = BV_NODE_NEW(p, INTERVAL, interval, from);
	bv__p_enter(p, 1);
	if (v->kind == BV_TK_STRING)
		n->value = bv__p_string_node(p, v, bv__p_string_expected(p, "a string"));
	else if (v->kind == BV_TK_NUMBER && !((p->dialect->bit & BV_D_BIGQUERY) && bv__infix[v[1].kind].level)) {
		bv_ast_number *num = BV_NODE_NEW(p, NUMBER, number, v);
		num->text = bv__p_token_str(p, v);
		p->t++;
		n->value = &num->head;
	} else /* BigQuery takes a whole expression */
		n->value = bv__p_expr_above(p, p->dialect->bit & BV_D_BIGQUERY ? 0 : p->dialect->prec[BV_L_MULTIPLY]);
	bv__p_leave(p, 1);
	if (bv__p_at(p, BV_TK_NAME)) {
		int unit = interval_unit(bv__p_token_str(p, p->t));
		if (unit >= 0) {
			n->unit = (uint8_t)unit;
			p->t++;
			if (bv__p_at_kw(p, BV_K_TO) && p->t[1].kind == BV_TK_NAME && (unit = interval_unit(bv__p_token_str(p, &p->t[1]))) >= 0) {
				n->last = (uint8_t)unit;
				p->t += 2;
			}
			if (bv__p_at(p, BV_TK_LPAREN) && p->t[1].kind == BV_TK_NUMBER && p->t[2].kind == BV_TK_RPAREN) {
				n->precision = bv__p_token_str(p, &p->t[1]);
				p->t += 3;
			}
		}
	}
	bv_node *sum = BV_NODE_DONE(p, n, from);
	/* INTERVAL '5' HOURS '30' MINUTES is a sum, and so is INTERVAL 5 HOURS - 30 MINUTES. */
	for (;;) {
		const bv_token *signed_from = p->t;
		bool minus = bv__p_at(p, BV_TK_MINUS), sign = minus || bv__p_at(p, BV_TK_PLUS);
		const bv_token *t = p->t + sign;
		if (!(p->dialect->bit & BV_D_SPARKS) || !n->unit || (t->kind != BV_TK_STRING && t->kind != BV_TK_NUMBER) || t[1].kind != BV_TK_NAME || interval_unit(bv__p_token_str(p, &t[1])) < 0)
			break;
		p->t = t;
		bv_ast_interval *more = BV_NODE_NEW(p, INTERVAL, interval, t);
		if (t->kind == BV_TK_STRING)
			more->value = bv__p_string_node(p, t, bv__p_string_text(p, t));
		else {
			bv_ast_number *num = BV_NODE_NEW(p, NUMBER, number, t);
			num->text = bv__p_token_str(p, t);
			more->value = &num->head;
		}
		more->unit = (uint8_t)interval_unit(bv__p_token_str(p, &p->t[1]));
		p->t += 2;
		bv_ast_binary *b = BV_NODE_NEW(p, BINARY, binary, from);
		if (!bv__p_deeper(p))
			break;
		b->op = minus ? BV_binary_op_subtract : BV_binary_op_add;
		b->left = sum;
		b->right = BV_NODE_DONE(p, more, t);
		b->right->span.start = signed_from->start;
		sum = BV_NODE_DONE(p, b, from);
	}
	return sum;
}

bv_node *bv__p_interval_at(bv_parser *p) { return interval_value(p, p->t); }

/* Is there a name, a path or a call, and a unit behind it: INTERVAL t.days DAY, INTERVAL f(x) HOUR? Only tokens are looked at. */
static bool unit_follows(const bv_token *t)
{
	if (t->kind == BV_TK_PARAM || t->kind == BV_TK_QUESTION)
		return true;
	if (!bv__p_token_is_name(t) || (t->keyword && !(t[1].kind == BV_TK_LPAREN) && (bv__keyword_flags[t->keyword] & (BV_KW_N | BV_KW_C))))
		return false;
	while (t[1].kind == BV_TK_DOT && (t[2].kind == BV_TK_NAME || t[2].kind == BV_TK_QUOTED))
		t += 2;
	t++;
	if (t->kind == BV_TK_LPAREN) {
		unsigned depth = 0;
		for (unsigned i = 0; i < 256 && t->kind != BV_TK_END; i++, t++)
			if (t->kind == BV_TK_LPAREN)
				depth++;
			else if (t->kind == BV_TK_RPAREN && --depth == 0) {
				t++;
				break;
			}
	}
	switch (t->keyword) {
	case BV_K_YEAR: case BV_K_YEARS: case BV_K_QUARTER: case BV_K_QUARTERS: case BV_K_MONTH: case BV_K_MONTHS: case BV_K_WEEK: case BV_K_WEEKS: case BV_K_DAY: case BV_K_DAYS: case BV_K_HOUR:
	case BV_K_HOURS: case BV_K_MINUTE: case BV_K_MINUTES: case BV_K_SECOND: case BV_K_SECONDS: case BV_K_MILLISECOND: case BV_K_MILLISECONDS: case BV_K_MICROSECOND: case BV_K_MICROSECONDS:
		return t->kind == BV_TK_NAME;
	default:
		return false;
	}
}

/* INTERVAL value [unit [TO unit]]; NULL: the word is a name here */
static bv_node *interval(bv_parser *p)
{
	const bv_token *from = p->t, *v = from + 1;
	if (v->kind == BV_TK_LPAREN && v[1].kind == BV_TK_NUMBER && v[2].kind == BV_TK_RPAREN && v[3].kind == BV_TK_STRING && (p->dialect->bit & BV_D_POSTGRES)) {
		/* INTERVAL(2) '1 day' */
		bv_ast_interval *n = BV_NODE_NEW(p, INTERVAL, interval, from);
		n->precision = bv__p_token_str(p, &v[1]);
		p->t += 4;
		n->value = bv__p_string_node(p, p->t, bv__p_string_expected(p, "a string"));
		return BV_NODE_DONE(p, n, from);
	}
	bool sign = v->kind == BV_TK_MINUS || (v->kind == BV_TK_PLUS && (p->dialect->bit & BV_D_SPARKS));
	bool negative = sign && (v[1].kind == BV_TK_NUMBER || v[1].kind == BV_TK_STRING || unit_follows(v + 1));
	if (v->kind != BV_TK_STRING && v->kind != BV_TK_NUMBER && v->kind != BV_TK_PARAM && !negative &&
		!unit_follows(v) &&
		!((v->kind == BV_TK_LPAREN && !(p->dialect->bit & BV_D_POSTGRES)) || (bv__p_token_is_name(v) && !(bv__keyword_flags[v->keyword] & (BV_KW_N | BV_KW_C)) && v[1].kind == BV_TK_NAME && interval_unit(bv__p_token_str(p, v + 1)) >= 0)))
		return NULL;
	p->t++;
	if (bv__p_at(p, BV_TK_PLUS))
		p->t++; /* INTERVAL +'1' DAY */
	return interval_value(p, from);
}

/* x, or x [AS] a where a name follows it: a field of a struct */
bv_node *bv__p_named_field(bv_parser *p, bv_node *x, const bv_token *from)
{
	bool bare = (p->dialect->bit & BV_D_SPARKS) && bv__p_at_name(p) && !(p->t->kind == BV_TK_NAME && (bv__keyword_flags[p->t->keyword] & (BV_KW_N | BV_KW_C)));
	if (!bv__p_accept_kw(p, BV_K_AS) && !bare)
		return x;
	bv_ast_alias *a = BV_NODE_NEW(p, ALIAS, alias, from);
	bv__p_deeper(p);
	a->operand = x;
	a->name = bv__p_field_key(p);
	return BV_NODE_DONE(p, a, from);
}

bool bv__p_at_qualified_star(const bv_parser *p)
{
	const bv_token *s = p->t;
	if (!bv__p_token_is_name(s))
		return false;
	while (s[1].kind == BV_TK_DOT && (s[2].kind == BV_TK_NAME || s[2].kind == BV_TK_QUOTED))
		s += 2;
	return s[1].kind == BV_TK_DOT && s[2].kind == BV_TK_STAR && (s[3].kind == BV_TK_COMMA || s[3].kind == BV_TK_RPAREN);
}

/* x [AS a], … of STRUCT( */
static bv_node *struct_call(bv_parser *p, const bv_token *from)
{
	const bv_token *open = p->t;
	bv_ast_struct *n = BV_NODE_NEW(p, STRUCT, struct, from);
	uint32_t m = bv__p_mark(p);
	p->t++;
	bv__p_enter(p, 1);
	if (!bv__p_at(p, BV_TK_RPAREN))
		do {
			const bv_token *f = p->t;
			if (bv__p_accept(p, BV_TK_STAR)) {
				bv__p_item(p, bv__p_star(p, f, (bv_path){NULL, 0, 0}));
				continue;
			}
			if (bv__p_at_qualified_star(p)) {
				bv_path q = bv__p_path(p, "a relation", 3);
				p->t += 2;
				bv__p_item(p, bv__p_star(p, f, q));
				continue;
			}
			bv__p_item(p, bv__p_named_field(p, bv__p_expr(p), f));
		} while (bv__p_accept(p, BV_TK_COMMA));
	bv__p_leave(p, 1);
	n->fields = bv__p_items(p, m);
	bv__p_expect_close(p, BV_TK_RPAREN, open);
	return BV_NODE_DONE(p, n, from);
}

/* MAP { key: value, … } */
static bv_node *map_literal(bv_parser *p)
{
	const bv_token *from = p->t, *open = from + 1;
	bv_ast_map *n = BV_NODE_NEW(p, MAP, map, from);
	p->t += 2;
	BV_VEC(bv_node *) values = {NULL, 0, 0};
	uint32_t m = bv__p_mark(p);
	if (!bv__p_at(p, BV_TK_RBRACE))
		do {
			bv__p_item(p, bv__p_expr_above(p, p->dialect->prec[BV_L_COLON]));
			bv__p_expect(p, BV_TK_COLON);
			bv_node *v = bv__p_expr(p);
			if (!BV_PUSH(p->scratch, &values, v))
				p->oom = true;
		} while (bv__p_accept(p, BV_TK_COMMA) && !bv__p_at(p, BV_TK_RBRACE));
	n->keys = bv__p_items(p, m);
	n->items = bv__list_of(p->arena, values.v, values.n);
	bv__p_expect_close(p, BV_TK_RBRACE, open);
	return BV_NODE_DONE(p, n, from);
}

/* [NOT] EXISTS ( query ) */
static bv_node *exists(bv_parser *p, const bv_token *from, bool negated)
{
	bv_ast_exists *n = BV_NODE_NEW(p, EXISTS, exists, from);
	n->negated = negated;
	p->t++;
	const bv_token *open = p->t;
	bv__p_expect(p, BV_TK_LPAREN);
	if (!p->panic && !bv__p_at_query(p) && !bv__p_at(p, BV_TK_LPAREN))
		bv__p_expected(p, "a query");
	bv__p_enter(p, 1);
	n->query = bv__p_query(p);
	bv__p_leave(p, 1);
	bv__p_expect_close(p, BV_TK_RPAREN, open);
	return BV_NODE_DONE(p, n, from);
}

static bv_node *not_(bv_parser *p)
{
	const bv_token *from = p->t;
	p->t++;
	bool tests = bv__p_at_kw(p, BV_K_EXISTS) && p->t[1].kind == BV_TK_LPAREN;
	if (tests && (p->dialect->bit & BV_D_LENIENT)) /* in DataFusion NOT EXISTS (…) = x compares what NOT EXISTS is */
		return exists(p, from, true);
	bv_ast_unary *n = BV_NODE_NEW(p, UNARY, unary, from);
	n->op = BV_unary_op_not;
	n->operand = bv__p_expr_above(p, p->dialect->prec[BV_L_NOT]);
	if (tests && n->operand->kind == BV_EXISTS && n->operand->span.start == from[1].start && !BV_AS(exists, n->operand)->negated) {
		BV_AS(exists, n->operand)->negated = true;
		n->operand->span.start = from->start;
		return n->operand;
	}
	return BV_NODE_DONE(p, n, from);
}

/* ARRAY ( query ) */
static bv_node *array_query(bv_parser *p)
{
	const bv_token *from = p->t, *open = from + 1;
	bv_ast_array_query *n = BV_NODE_NEW(p, ARRAY_QUERY, array_query, from);
	p->t += 2;
	n->query = bv__p_query(p);
	bv__p_expect_close(p, BV_TK_RPAREN, open);
	return BV_NODE_DONE(p, n, from);
}

static bool starts_query(const bv_token *t)
{
	while (t->kind == BV_TK_LPAREN)
		t++;
	return t->keyword == BV_K_SELECT || t->keyword == BV_K_WITH || t->keyword == BV_K_VALUES || t->keyword == BV_K_FROM;
}

/* (a => …) or (x, a => …): a plain call with named arguments. */
static bool names_arguments(const bv_token *t)
{
	/* Not further than any sensible call, so that nested calls stay linear. */
	const bv_token *limit = t + 256;
	for (unsigned depth = 0; t < limit && t->kind != BV_TK_END && t->kind != BV_TK_SEMICOLON; t++) {
		if (t->kind == BV_TK_LPAREN)
			depth++;
		else if (t->kind == BV_TK_RPAREN && depth-- == 0)
			return false;
		else if (depth == 0 && t->kind == BV_TK_FAT_ARROW)
			return true;
	}
	return false;
}

/* DATE_PART(field FROM x), as Snowflake also writes it */
static bool is_date_part_from(const bv_parser *p, const bv_token *t)
{
	return (p->dialect->bit & BV_D_SNOWFLAKE) && bv__str_ieq(bv__p_token_str(p, t), BV_STR("date_part")) && t[1].kind == BV_TK_LPAREN &&
		   (t[2].kind == BV_TK_NAME || t[2].kind == BV_TK_STRING) && t[3].keyword == BV_K_FROM;
}

bv_node *bv__p_extract_like(bv_parser *p) { return is_date_part_from(p, p->t) ? extract(p) : NULL; }

/* WITH (a AS x, b AS y, z): z, in which a and b are these values; a call whose arguments but the last have names */
static bv_node *with_expression(bv_parser *p)
{
	const bv_token *from = p->t, *open = from + 1;
	bv_ast_call *c = BV_NODE_NEW(p, CALL, call, from);
	bv_str name = BV_STR("with");
	c->name = bv__path_of(p->arena, &name, 1);
	p->t += 2;
	uint32_t m = bv__p_mark(p);
	while (bv__p_token_is_name(p->t) && bv__p_next_kw(p, 1, BV_K_AS)) {
		const bv_token *t = p->t;
		bv_ast_alias *a = BV_NODE_NEW(p, ALIAS, alias, t);
		a->name = bv__p_name(p, "a name");
		p->t++;
		a->operand = bv__p_expr(p);
		bv__p_item(p, BV_NODE_DONE(p, a, t));
		bv__p_expect(p, BV_TK_COMMA);
	}
	bv__p_item(p, bv__p_expr(p));
	c->args = bv__p_items(p, m);
	bv__p_expect_close(p, BV_TK_RPAREN, open);
	return BV_NODE_DONE(p, c, from);
}

/* PRIOR x, CONNECT_BY_ROOT x, FINAL last(x): calls of that name. NULL: the word is a name. */
static bv_node *prefix_call(bv_parser *p, uint32_t dialects, const char *name)
{
	const bv_token *from = p->t, *t = from + 1;
	bool value = t->kind == BV_TK_QUOTED || (t->kind == BV_TK_NAME && !(bv__keyword_flags[t->keyword] & (BV_KW_N | BV_KW_C))) || (t->kind == BV_TK_LPAREN && from->keyword == BV_K_PRIOR);
	if (!(p->dialect->bit & dialects) || !value)
		return NULL;
	p->t++;
	bv_node *operand = bv__p_expr_above(p, p->dialect->prec[BV_L_UNARY]);
	return bv__p_call_named(p, from, name, &operand, 1);
}

bv_node *bv__p_primary_keyword(bv_parser *p)
{
	const bv_token *from = p->t;
	bool paren = from[1].kind == BV_TK_LPAREN;
	switch ((bv_keyword)from->keyword) {
	case BV_K_NULL:
		p->t++;
		return bv__p_make(p, BV_NULL_LITERAL, from);
	case BV_K_TRUE:
	case BV_K_FALSE: {
		bv_ast_boolean *n = BV_NODE_NEW(p, BOOLEAN, boolean, from);
		n->value = from->keyword == BV_K_TRUE;
		p->t++;
		return &n->head;
	}
	case BV_K_NOT: return not_(p);
	case BV_K_WITH: return paren && (p->dialect->bit & BV_D_BIGQUERY) ? with_expression(p) : NULL;
	case BV_K_COLLATION:
		if (from[1].keyword == BV_K_FOR && from[2].kind == BV_TK_LPAREN && (p->dialect->bit & BV_D_POSTGRES)) {
			p->t += 2;
			bv_str name = BV_STR("pg_collation_for");
			return bv__p_call(p, from, bv__path_of(p->arena, &name, 1));
		}
		return NULL;
	case BV_K_PRIOR: return prefix_call(p, BV_D_SNOWFLAKE, "prior");
	case BV_K_FINAL:
	case BV_K_RUNNING: return from[1].kind == BV_TK_NAME && from[2].kind == BV_TK_LPAREN ? prefix_call(p, BV_D_TRINO | BV_D_SNOWFLAKE, from->keyword == BV_K_FINAL ? "final" : "running") : NULL;
	case BV_K_CONNECT_BY_ROOT: return prefix_call(p, BV_D_SNOWFLAKE, "connect_by_root");
	case BV_K_CASE: return case_(p);
	case BV_K_CAST:
	case BV_K_TRY_CAST:
	case BV_K_SAFE_CAST: return paren ? cast(p) : NULL;
	case BV_K_EXISTS: return paren && (starts_query(from + 2) || !(p->dialect->bit & BV_D_SPARKS)) ? exists(p, from, false) : NULL;
	case BV_K_EXTRACT: return paren ? extract(p) : NULL;
	case BV_K_SUBSTRING:
	case BV_K_SUBSTR: return paren && !names_arguments(from + 2) ? substring(p) : NULL;
	case BV_K_TRIM: return paren ? trim(p) : NULL;
	case BV_K_POSITION: return paren ? position(p) : NULL;
	case BV_K_OVERLAY: return paren ? overlay(p) : NULL;
	case BV_K_CEIL:
	case BV_K_FLOOR: return paren ? ceil_floor(p) : NULL;
	case BV_K_INTERVAL: return interval(p);
	case BV_K_CURRENT_DATE:
	case BV_K_CURRENT_TIME:
	case BV_K_CURRENT_TIMESTAMP:
	case BV_K_LOCALTIME:
	case BV_K_LOCALTIMESTAMP:
		return from[1].kind == BV_TK_DOT ? NULL : niladic(p);
	case BV_K_CURRENT_USER:
	case BV_K_SESSION_USER:
	case BV_K_USER:
	case BV_K_CURRENT_CATALOG:
	case BV_K_CURRENT_SCHEMA:
	case BV_K_CURRENT_ROLE:
		/* DataFusion has no such functions: there the bare word is a column. */
		return from[1].kind == BV_TK_DOT || !(paren || p->dialect->bit & (BV_D_POSTGRES | BV_D_GENERIC)) ? NULL : niladic(p);
	case BV_K_ARRAY:
		if (from[1].kind == BV_TK_LBRACKET) {
			p->t++;
			return bv__p_array(p, from);
		}
		if (from[1].kind == BV_TK_LT) {
			p->typed_array = true;
			bv_node *type = bv__p_type_read(p);
			p->typed_array = false;
			if (bv__p_at(p, BV_TK_LBRACKET)) {
				bv_node *items = bv__p_array(p, p->t);
				return bv__p_cast_node(p, from, items, type, false);
			}
			bv__p_expected(p, "`[`");
			return type;
		}
		/* In Spark array((SELECT 1), 2) is a list of values. */
		return paren && starts_query(from + 2) && !((p->dialect->bit & BV_D_SPARKS) && from[2].kind == BV_TK_LPAREN) ? array_query(p) : NULL;
	case BV_K_STRUCT:
		if (paren && (p->dialect->syntax & BV_SYN_STRUCT_CALL)) {
			p->t++;
			return struct_call(p, from);
		}
		if (from[1].kind == BV_TK_LT) {
			bv_node *type = bv__p_type_read(p);
			if (!bv__p_at(p, BV_TK_LPAREN)) {
				bv__p_expected(p, "`(`");
				return type;
			}
			bv_node *value = struct_call(p, p->t);
			return bv__p_cast_node(p, from, value, type, false);
		}
		return NULL;
	case BV_K_ROW:
		if (paren && (p->dialect->syntax & BV_SYN_ROW_CALL)) {
			bv_ast_row *n = BV_NODE_NEW(p, ROW, row, from);
			const bv_token *open = ++p->t;
			p->t++;
			if (!bv__p_at(p, BV_TK_RPAREN))
				n->items = bv__p_row_items(p);
			bv__p_expect_close(p, BV_TK_RPAREN, open);
			return BV_NODE_DONE(p, n, from);
		}
		return NULL;
	case BV_K_MAP: return from[1].kind == BV_TK_LBRACE ? map_literal(p) : NULL;
	default: return NULL;
	}
}
