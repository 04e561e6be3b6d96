/* CREATE FUNCTION and CREATE EXTERNAL TABLE. Comes in: the cursor behind CREATE and what stands between it and the kind of object. */
#include "sql/parser.h"

/* ---- CREATE FUNCTION ---- */

/* Does a type begin here that one word does not end? */
static bool type_goes_on(const bv_token *t)
{
	switch (t[1].kind) {
	case BV_TK_LPAREN: case BV_TK_LT: case BV_TK_LBRACKET:
		return true;
	case BV_TK_NAME:
		return t[1].keyword == BV_K_PRECISION || t[1].keyword == BV_K_VARYING || t[1].keyword == BV_K_UNSIGNED || t[1].keyword == BV_K_WITH || t[1].keyword == BV_K_WITHOUT;
	default:
		return false;
	}
}

/* [name] [type] [DEFAULT value] */
static bv_node *function_parameter(bv_parser *p)
{
	const bv_token *from = p->t;
	bv_ast_function_parameter *n = BV_NODE_NEW(p, FUNCTION_PARAMETER, function_parameter, from);
	bool named = from[1].kind == BV_TK_NAME || from[1].kind == BV_TK_QUOTED, fallback = from[1].keyword == BV_K_DEFAULT || from[1].kind == BV_TK_ASSIGN || from[1].kind == BV_TK_EQ;
	bool type = from->kind == BV_TK_NAME && !(p->dialect->bit & (BV_D_DUCKDB | BV_D_BIGQUERY)) && bv__type_name(p->dialect, bv__p_token_str(p, from));
	if (type && (!named || fallback || type_goes_on(from)))
		n->type = bv__p_type_read(p);
	else {
		n->name = bv__p_name(p, "a parameter");
		if (named && !fallback)
			n->type = bv__p_type_read(p);
	}
	if (bv__p_accept_kw(p, BV_K_DEFAULT) || bv__p_accept(p, BV_TK_ASSIGN) || bv__p_accept(p, BV_TK_EQ))
		n->fallback = bv__p_expr(p);
	return BV_NODE_DONE(p, n, from);
}

/* What may stand between the parameters and the body, in any order: RETURNS type, LANGUAGE SQL, IMMUTABLE | STABLE | VOLATILE. */
static void function_clauses(bv_parser *p, bv_ast_create_function *f)
{
	for (;;) {
		const bv_token *t = p->t;
		if (bv__p_accept_kw(p, BV_K_RETURNS)) {
			if (f->returns)
				bv__p_fail(p, BV_E_SYNTAX, bv__p_token_span(p, t), "RETURNS is given twice");
			if (bv__p_at_kw(p, BV_K_TABLE))
				bv__p_refuse(p, t, "RETURNS TABLE");
			f->returns = bv__p_type_read(p);
		} else if (bv__p_accept_kw(p, BV_K_LANGUAGE)) {
			bv_str language = bv__p_name(p, "a language");
			if (!p->panic && !bv__str_ieq(language, BV_STR("sql")))
				bv__p_refuse(p, t, "a function in another language than SQL");
		} else if (bv__p_accept_kw(p, BV_K_IMMUTABLE) || bv__p_accept_kw(p, BV_K_DETERMINISTIC))
			f->volatility = BV_function_volatility_immutable;
		else if (bv__p_accept_kw(p, BV_K_STABLE))
			f->volatility = BV_function_volatility_stable;
		else if (bv__p_accept_kw(p, BV_K_VOLATILE))
			f->volatility = BV_function_volatility_volatile;
		else if (bv__p_at_kw(p, BV_K_NOT) && bv__p_next_kw(p, 1, BV_K_DETERMINISTIC)) {
			p->t += 2;
			f->volatility = BV_function_volatility_volatile;
		} else
			return;
	}
}

/* CREATE [OR REPLACE] [TEMPORARY] FUNCTION|MACRO [IF NOT EXISTS] name ([parameters]) clauses RETURN expression | AS expression | AS TABLE query */
bv_node *bv__p_create_function(bv_parser *p, const bv_token *from, bool or_replace, bool temporary)
{
	bv_ast_create_function *f = BV_NODE_NEW(p, CREATE_FUNCTION, create_function, from);
	f->or_replace = or_replace;
	f->temporary = temporary;
	p->t++;
	if (bv__p_at_kw(p, BV_K_IF) && bv__p_next_kw(p, 1, BV_K_NOT) && bv__p_next_kw(p, 2, BV_K_EXISTS)) {
		p->t += 3;
		f->if_not_exists = true;
	}
	f->name = bv__p_path(p, "the name of the function", 3);
	const bv_token *open = p->t;
	bv__p_enter(p, 1);
	bv__p_expect(p, BV_TK_LPAREN);
	uint32_t m = bv__p_mark(p);
	if (!p->panic && !bv__p_at(p, BV_TK_RPAREN))
		do
			bv__p_item(p, function_parameter(p));
		while (bv__p_accept(p, BV_TK_COMMA));
	f->parameters = bv__p_items(p, m);
	bv__p_expect_close(p, BV_TK_RPAREN, open);
	function_clauses(p, f);
	const bv_token *word = p->t;
	if (bv__p_accept_kw(p, BV_K_AS)) {
		if (bv__p_at(p, BV_TK_STRING))
			bv__p_refuse(p, word, "a function whose body is a text");
		if (bv__p_at_kw(p, BV_K_TABLE) && !bv__p_next_kw(p, 1, BV_K_AS)) {
			p->t++;
			f->body = bv__p_query(p);
		}
	} else if (!bv__p_accept_kw(p, BV_K_RETURN))
		bv__p_expected(p, "RETURNS, RETURN or AS");
	if (!f->body)
		f->body = bv__p_at_query(p) ? bv__p_query(p) : bv__p_expr(p);
	function_clauses(p, f);
	bv__p_leave(p, 1);
	return BV_NODE_DONE(p, f, from);
}

/* ---- CREATE EXTERNAL TABLE ---- */

/* [CONSTRAINT name] PRIMARY KEY (columns) | UNIQUE (columns); NULL: a column comes */
static bv_node *table_key(bv_parser *p)
{
	const bv_token *from = p->t, *t = from;
	if (t->keyword == BV_K_CONSTRAINT && bv__p_token_is_name(&t[1]) && t[2].kind == BV_TK_NAME)
		t += 2;
	bool primary = t->keyword == BV_K_PRIMARY && t[1].keyword == BV_K_KEY;
	if (!primary && !(t->keyword == BV_K_UNIQUE && t[1].kind == BV_TK_LPAREN)) {
		if ((t->keyword == BV_K_CHECK && t[1].kind == BV_TK_LPAREN) || (t->keyword == BV_K_FOREIGN && t[1].keyword == BV_K_KEY))
			bv__p_refuse(p, from, t->keyword == BV_K_CHECK ? "CHECK" : "FOREIGN KEY");
		return NULL;
	}
	bv_ast_table_key *n = BV_NODE_NEW(p, TABLE_KEY, table_key, from);
	if (t > from) {
		p->t++;
		n->name = bv__p_name(p, "the name of the constraint");
	}
	n->primary = primary;
	p->t += primary ? 2 : 1;
	n->columns = bv__p_names_parenthesised(p, "a column name");
	return BV_NODE_DONE(p, n, from);
}

/* name type {NOT NULL | NULL | UNIQUE | PRIMARY KEY | DEFAULT value | COMMENT '…'} */
static bv_node *column_definition(bv_parser *p)
{
	const bv_token *from = p->t;
	bv_ast_column_definition *n = BV_NODE_NEW(p, COLUMN_DEFINITION, column_definition, from);
	n->name = bv__p_name(p, "a column name");
	n->type = bv__p_type_read(p);
	for (;;) {
		const bv_token *t = p->t;
		if (bv__p_accept_kw2(p, BV_K_NOT, BV_K_NULL))
			n->not_null = true;
		else if (bv__p_accept_kw2(p, BV_K_PRIMARY, BV_K_KEY))
			n->primary_key = true;
		else if (bv__p_accept_kw(p, BV_K_UNIQUE))
			n->unique = true;
		else if (bv__p_accept_kw(p, BV_K_DEFAULT))
			n->fallback = bv__p_expr_above(p, p->dialect->prec[BV_L_NOT]);
		else if (bv__p_accept_kw(p, BV_K_COMMENT))
			n->comment = bv__p_string_expected(p, "the comment as a string");
		else if (bv__p_at_kw(p, BV_K_REFERENCES) || bv__p_at_kw(p, BV_K_CHECK) || bv__p_at_kw(p, BV_K_CONSTRAINT))
			bv__p_refuse(p, t, bv__keyword_names[t->keyword]);
		else if (!bv__p_accept_kw(p, BV_K_NULL))
			return BV_NODE_DONE(p, n, from);
	}
}

/* (column, …, key, …) */
static void columns(bv_parser *p, bv_node_vec *cols, bv_node_vec *keys)
{
	const bv_token *open = p->t;
	p->t++;
	bv__p_enter(p, 1);
	if (!bv__p_at(p, BV_TK_RPAREN))
		do {
			if (bv__p_at(p, BV_TK_RPAREN))
				break;
			bv_node *n = keys ? table_key(p) : NULL;
			if (!BV_PUSH(p->arena, n ? keys : cols, n ? n : column_definition(p)))
				p->oom = true;
		} while (bv__p_accept(p, BV_TK_COMMA));
	bv__p_leave(p, 1);
	bv__p_expect_close(p, BV_TK_RPAREN, open);
}

/* PARTITIONED BY (name, …) or (name type, …), which are columns too */
static void partitions(bv_parser *p, bv_ast_create_external_table *t, bv_node_vec *cols)
{
	const bv_token *open = p->t;
	if (bv__p_at(p, BV_TK_LPAREN) && open[1].kind != BV_TK_RPAREN && open[2].kind != BV_TK_COMMA && open[2].kind != BV_TK_RPAREN) {
		uint32_t first = cols->n;
		columns(p, cols, NULL);
		bv_str *names = BV_NEWN(p->scratch, bv_str, cols->n - first + 1);
		for (uint32_t i = first; names && i < cols->n; i++)
			names[i - first] = BV_AS(column_definition, cols->v[i])->name;
		bv_path made = names ? bv__path_of(p->arena, names, cols->n - first) : (bv_path){NULL, 0, 0};
		t->partitioned_by = (bv_names){made.v, made.n, 0};
	} else
		t->partitioned_by = bv__p_names_parenthesised(p, "a column name");
}

/* 'key' value, …: the value a word, a string or a number */
static bv_list options(bv_parser *p)
{
	const bv_token *open = p->t;
	uint32_t m = bv__p_mark(p);
	bv__p_expect(p, BV_TK_LPAREN);
	bv__p_enter(p, 2);
	do {
		const bv_token *from = p->t;
		if (bv__p_at(p, BV_TK_RPAREN) && bv__p_mark(p) > m)
			break;
		bv_ast_option *o = BV_NODE_NEW(p, OPTION, option, from);
		o->name = bv__p_at(p, BV_TK_STRING) ? bv__p_string_expected(p, "an option") : bv__p_name(p, "an option");
		while (from->kind != BV_TK_STRING && bv__p_accept(p, BV_TK_DOT)) {
			bv_str more = bv__p_name(p, "an option");
			o->name = bv__arena_printf(p->arena, BV_STR_FMT "." BV_STR_FMT, BV_STR_ARG(o->name), BV_STR_ARG(more));
		}
		const bv_token *v = p->t;
		if (v->kind == BV_TK_STRING)
			o->value = bv__p_string_node(p, v, bv__p_string_expected(p, "a value"));
		else if (v->kind == BV_TK_NUMBER)
			o->value = bv__p_expr_above(p, 254);
		else if (v->kind == BV_TK_NAME || v->kind == BV_TK_QUOTED) {
			p->t++;
			o->value = bv__p_string_node(p, v, v->kind == BV_TK_QUOTED ? bv__p_name_of(p, v) : bv__p_token_str(p, v));
		} else {
			bv__p_expected(p, "a word, a string or a number");
			o->value = bv__p_make(p, BV_NULL_LITERAL, v);
		}
		bv__p_item(p, BV_NODE_DONE(p, o, from));
	} while (bv__p_accept(p, BV_TK_COMMA));
	bv__p_leave(p, 2);
	bv_list l = bv__p_items(p, m);
	bv__p_expect_close(p, BV_TK_RPAREN, open);
	return l;
}

/* '…' or ('…', …) */
static bv_list locations(bv_parser *p)
{
	const bv_token *open = p->t;
	uint32_t m = bv__p_mark(p);
	bool several = bv__p_accept(p, BV_TK_LPAREN);
	do {
		const bv_token *from = p->t;
		if (several && bv__p_mark(p) > m && bv__p_at(p, BV_TK_RPAREN))
			break;
		bv__p_item(p, bv__p_string_node(p, from, bv__p_string_expected(p, "a path as a string")));
	} while (several && bv__p_accept(p, BV_TK_COMMA));
	if (several)
		bv__p_expect_close(p, BV_TK_RPAREN, open);
	return bv__p_items(p, m);
}

static void twice(bv_parser *p, const bv_token *t, bool given, const char *what)
{
	if (given)
		bv__p_fail(p, BV_E_SYNTAX, bv__p_token_span(p, t), "%s is given twice", what);
}

/* CREATE [OR REPLACE] [UNBOUNDED] EXTERNAL [TEMPORARY] TABLE [IF NOT EXISTS] name [(columns)] clauses; the cursor is at EXTERNAL */
bv_node *bv__p_create_external_table(bv_parser *p, const bv_token *from, bool or_replace, bool unbounded)
{
	bv_ast_create_external_table *n = BV_NODE_NEW(p, CREATE_EXTERNAL_TABLE, create_external_table, from);
	bv_node_vec cols = {NULL, 0, 0}, keys = {NULL, 0, 0};
	n->or_replace = or_replace;
	n->unbounded = unbounded;
	p->t++;
	n->temporary = bv__p_accept_kw(p, BV_K_TEMP) || bv__p_accept_kw(p, BV_K_TEMPORARY);
	bv__p_expect_kw(p, BV_K_TABLE);
	if (bv__p_at_kw(p, BV_K_IF) && bv__p_next_kw(p, 1, BV_K_NOT) && bv__p_next_kw(p, 2, BV_K_EXISTS)) {
		if (or_replace)
			bv__p_fail(p, BV_E_SYNTAX, bv__p_token_span(p, p->t), "IF NOT EXISTS cannot stand with OR REPLACE");
		p->t += 3;
		n->if_not_exists = true;
	}
	n->name = bv__p_path(p, "the name of the table", 3);
	if (bv__p_at(p, BV_TK_LPAREN))
		columns(p, &cols, &keys);
	bool stored = false, located = false, partitioned = false;
	uint32_t m = bv__p_mark(p);
	while (!p->panic) {
		const bv_token *t = p->t;
		if (bv__p_accept_kw(p, BV_K_STORED)) {
			twice(p, t, stored, "STORED AS");
			stored = true;
			bv__p_expect_kw(p, BV_K_AS);
			n->format = bv__arena_upper(p->arena, bv__p_name(p, "a format such as PARQUET"));
		} else if (bv__p_accept_kw(p, BV_K_LOCATION)) {
			twice(p, t, located, "LOCATION");
			located = true;
			n->locations = locations(p);
		} else if (bv__p_accept_kw(p, BV_K_PARTITIONED)) {
			twice(p, t, partitioned, "PARTITIONED BY");
			partitioned = true;
			bv__p_expect_kw(p, BV_K_BY);
			partitions(p, n, &cols);
		} else if (bv__p_accept_kw2(p, BV_K_WITH, BV_K_ORDER)) {
			const bv_token *open = p->t;
			bv_ast_ordering *o = BV_NODE_NEW(p, ORDERING, ordering, t);
			bv__p_enter(p, 1);
			bv__p_expect(p, BV_TK_LPAREN);
			o->items = bv__p_order_items(p);
			bv__p_leave(p, 1);
			bv__p_expect_close(p, BV_TK_RPAREN, open);
			bv__p_item(p, BV_NODE_DONE(p, o, t));
		} else if (bv__p_accept_kw(p, BV_K_OPTIONS)) {
			twice(p, t, n->options.n, "OPTIONS");
			n->options = options(p);
		} else
			break;
	}
	n->orders = bv__p_items(p, m);
	n->columns = bv__list_done(cols);
	n->constraints = bv__list_done(keys);
	if (!p->panic && (!stored || !located)) {
		/* What stands there instead is of another engine or misspelled. */
		if (!bv__p_at(p, BV_TK_END) && !bv__p_at(p, BV_TK_SEMICOLON))
			bv__p_expected(p, "STORED AS, LOCATION, PARTITIONED BY, WITH ORDER or OPTIONS");
		else
			bv__p_fail(p, BV_E_SYNTAX, bv__p_since(p, from), "CREATE EXTERNAL TABLE needs %s", stored ? "LOCATION" : "STORED AS");
	}
	return BV_NODE_DONE(p, n, from);
}
