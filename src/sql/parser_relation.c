/* Relations: what stands behind FROM and JOIN. */
#include "sql/parser.h"

static bv_node *joined(bv_parser *p);
static bv_node *factor(bv_parser *p);

/* ( arguments ) of a table function; what only the call of a value has is refused. */
static void table_args(bv_parser *p, bv_ast_table_function *n)
{
	const bv_token *open = p->t;
	bv_str none = BV_STR("f");
	bv_ast_call *c = BV_AS(call, bv__p_call(p, p->t - 1, bv__path_of(p->arena, &none, 1)));
	n->args = c->args;
	n->clauses = c->clauses;
	n->variadic = c->variadic;
	if (!p->panic && (c->distinct || c->order_by.n || c->within_group.n || c->filter || c->nulls || c->over || c->limit))
		bv__p_fail(p, BV_E_SYNTAX, bv__p_since(p, open), "%s does not belong to a function that gives rows",
				   c->distinct ? "DISTINCT" : c->order_by.n ? "ORDER BY" : c->within_group.n ? "WITHIN GROUP" : c->filter ? "FILTER" : c->over ? "OVER" : c->limit ? "LIMIT" : "IGNORE NULLS");
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
	table_args(p, n);
	if (bv__p_at(p, BV_TK_LPAREN) && bv__p_is_identifier(p, &n->name, &n->args)) {
		n->function = n->args.v[0];
		table_args(p, n);
	}
	if (bv__p_at_kw(p, BV_K_WITH) && bv__p_next_kw(p, 1, BV_K_ORDINALITY)) {
		p->t += 2;
		n->ordinality = true;
	}
	/* AS [alias] (column type, …) */
	const bv_token *paren = bv__p_at_kw(p, BV_K_AS) ? p->t + 1 : p->t;
	if (bv__p_token_is_name(paren))
		paren++;
	if (paren > p->t && paren->kind == BV_TK_LPAREN && bv__p_token_is_name(&paren[1]) && (paren[2].kind == BV_TK_NAME || paren[2].kind == BV_TK_QUOTED) && (p->dialect->bit & BV_D_POSTGRES)) {
		if (bv__p_at_kw(p, BV_K_AS))
			p->t++;
		if (!bv__p_at(p, BV_TK_LPAREN))
			n->alias = bv__p_name(p, "an alias");
		uint32_t m = bv__p_mark(p);
		p->t++;
		do {
			const bv_token *f = p->t;
			bv_ast_type_field *x = BV_NODE_NEW(p, TYPE_FIELD, type_field, f);
			x->name = bv__p_name(p, "a column name");
			x->type = bv__p_type_read(p);
			bv__p_item(p, BV_NODE_DONE(p, x, f));
		} while (bv__p_accept(p, BV_TK_COMMA));
		n->types = bv__p_items(p, m);
		bv__p_expect_close(p, BV_TK_RPAREN, paren);
	} else
		bv__p_relation_alias(p, &n->alias, &n->columns);
	return BV_NODE_DONE(p, n, from);
}

/* ROWS FROM ( f(…), … ) [WITH ORDINALITY] [alias] */
static bv_node *rows_from(bv_parser *p, const bv_token *from, bool lateral)
{
	bv_ast_rows_from *n = BV_NODE_NEW(p, ROWS_FROM, rows_from, from);
	const bv_token *open = p->t + 2;
	n->lateral = lateral;
	p->t += 3;
	uint32_t m = bv__p_mark(p);
	do {
		const bv_token *t = p->t;
		bv_path name = bv__p_path(p, "a table function", 3);
		if (!bv__p_at(p, BV_TK_LPAREN)) {
			bv__p_expected(p, "`(`");
			break;
		}
		bv__p_item(p, table_function(p, t, name, false));
	} while (bv__p_accept(p, BV_TK_COMMA));
	n->functions = bv__p_items(p, m);
	bv__p_expect_close(p, BV_TK_RPAREN, open);
	if (bv__p_accept_kw2(p, BV_K_WITH, BV_K_ORDINALITY))
		n->ordinality = true;
	bv__p_relation_alias(p, &n->alias, &n->columns);
	return BV_NODE_DONE(p, n, from);
}

/* @stage/path or '@stage/path' [(option => value, …)] [alias] */
static bv_node *stage(bv_parser *p)
{
	const bv_token *from = p->t;
	bv_ast_stage *n = BV_NODE_NEW(p, STAGE, stage, from);
	if (bv__p_at(p, BV_TK_STRING)) {
		bv_str s = bv__p_string_text(p, from);
		n->path = (bv_str){s.p + 1, s.n - 1};
		p->t++;
	} else {
		/* As far as no space, bracket or comma stands, quoted parts whole. */
		uint32_t end = from->start + 1;
		for (char quote = 0; end < p->end->start; end++) {
			char c = p->text[end];
			if (c == '"')
				quote = quote ? 0 : c;
			else if (!quote && strchr(" \t\r\n(),;", c))
				break;
		}
		n->path = (bv_str){p->text + from->start + 1, end - from->start - 1};
		if (n->path.n == 0)
			bv__p_expected(p, "the name of a stage");
		while (p->t < p->end && p->t->start < end)
			p->t++;
	}
	const bv_token *open = p->t;
	if (bv__p_at(p, BV_TK_LPAREN) && bv__p_token_is_name(&p->t[1]) && p->t[2].kind == BV_TK_FAT_ARROW) {
		uint32_t m = bv__p_mark(p);
		p->t++;
		do {
			const bv_token *t = p->t;
			bv_ast_named_arg *a = BV_NODE_NEW(p, NAMED_ARG, named_arg, t);
			a->name = bv__p_name(p, "an option");
			bv__p_expect(p, BV_TK_FAT_ARROW);
			a->value = bv__p_expr(p);
			bv__p_item(p, BV_NODE_DONE(p, a, t));
		} while (bv__p_accept(p, BV_TK_COMMA));
		n->options = bv__p_items(p, m);
		bv__p_expect_close(p, BV_TK_RPAREN, open);
	}
	bv__p_relation_alias(p, &n->alias, &n->columns);
	return BV_NODE_DONE(p, n, from);
}

/* [WITH OFFSET [AS name]] of UNNEST, and what its alias names */
static void unnest_offset(bv_parser *p, bv_ast_unnest *n)
{
	/* The alias of BigQuery's UNNEST names the element, not the relation. */
	if ((p->dialect->syntax & BV_SYN_UNNEST_IS_TABLE) && n->alias.n && !n->columns.n) {
		bv_path one = bv__path_of(p->arena, &n->alias, 1);
		n->columns = (bv_names){one.v, one.n, 1};
	}
	if (bv__p_accept_kw2(p, BV_K_WITH, BV_K_OFFSET)) {
		n->offset = BV_STR("offset");
		bool as = bv__p_accept_kw(p, BV_K_AS);
		if (as || (bv__p_at_name(p) && !(p->t->kind == BV_TK_NAME && (bv__keyword_flags[p->t->keyword] & (BV_KW_T | BV_KW_C | BV_KW_N)))))
			n->offset = bv__p_name(p, "the name of the offset");
	}
}

/* DIRECTORY(@stage): a function of the stage, which its argument names as a text */
static bv_node *directory(bv_parser *p, const bv_token *from, bv_path name)
{
	const bv_token *open = p->t++, *at = p->t;
	bv_ast_table_function *n = BV_NODE_NEW(p, TABLE_FUNCTION, table_function, from);
	bv_node *s = stage(p);
	name.v[0] = bv__arena_lower(p->arena, name.v[0]);
	name.insensitive = 0;
	n->name = name;
	bv_node *path = bv__p_string_node(p, at, bv__arena_printf(p->arena, "@" BV_STR_FMT, BV_STR_ARG(BV_AS(stage, s)->path)));
	n->args = bv__list_of(p->arena, &path, 1);
	bv__p_expect_close(p, BV_TK_RPAREN, open);
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
	unnest_offset(p, n);
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

/* [alias] behind a relation in parentheses: (t) AS a is t AS a. */
static bv_node *named(bv_parser *p, const bv_token *from, bv_node *n)
{
	bv_str alias;
	bv_names columns = {NULL, 0, 0};
	bv__p_relation_alias(p, &alias, &columns);
	if (alias.n && n->kind == BV_TABLE && !BV_AS(table, n)->alias.n && !BV_AS(table, n)->columns.n) {
		BV_AS(table, n)->alias = alias;
		BV_AS(table, n)->columns = columns;
		return BV_NODE_DONE(p, BV_AS(table, n), from);
	}
	if (n->kind == BV_DESCRIPTION && !BV_AS(description, n)->alias.n) {
		BV_AS(description, n)->alias = alias;
		BV_AS(description, n)->columns = columns;
		return BV_NODE_DONE(p, BV_AS(description, n), from);
	}
	return alias.n ? bv__p_aliased(p, from, n, alias, columns) : n;
}

/* DESCRIBE, SUMMARIZE or SHOW and what is described. */
static bool at_description(const bv_parser *p)
{
	const bv_token *t = p->t + 1;
	if (!(p->dialect->bit & BV_D_DUCKDB) || (!bv__p_at_kw(p, BV_K_DESCRIBE) && !bv__p_at_kw(p, BV_K_DESC) && !bv__p_at_kw(p, BV_K_SUMMARIZE) && !bv__p_at_kw(p, BV_K_SHOW)))
		return false;
	return t->kind == BV_TK_QUOTED || t->kind == BV_TK_STRING || (t->kind == BV_TK_NAME && t->keyword != BV_K_AS && !(bv__keyword_flags[t->keyword] & BV_KW_T)) || t->keyword == BV_K_SELECT ||
		   t->keyword == BV_K_FROM || t->keyword == BV_K_WITH || t->keyword == BV_K_VALUES || t->keyword == BV_K_TABLE;
}

/* DESCRIBE|SUMMARIZE|SHOW query or table, SHOW [ALL] TABLES */
static bv_node *description(bv_parser *p)
{
	const bv_token *from = p->t++;
	bv_ast_description *n = BV_NODE_NEW(p, DESCRIPTION, description, from);
	n->form = from->keyword == BV_K_SUMMARIZE ? BV_description_form_summarize : BV_description_form_describe;
	const bv_token *t = p->t;
	bool words = from->keyword == BV_K_SHOW && (bv__p_at_kw(p, BV_K_ALL) || bv__p_at_kw(p, BV_K_TABLES) || bv__p_at_kw(p, BV_K_DATABASES) || bv__p_at_kw(p, BV_K_SCHEMAS));
	if (words) {
		n->form = BV_description_form_show;
		while (bv__p_at(p, BV_TK_NAME))
			p->t++;
		n->what = bv__arena_lower(p->arena, (bv_str){p->text + t->start, p->t[-1].end - t->start});
	} else if (bv__p_at_query(p))
		n->query = bv__p_query(p);
	else {
		bv_ast_query *q = BV_NODE_NEW(p, QUERY, query, t);
		bv_ast_select *s = BV_NODE_NEW(p, SELECT, select, t);
		bv_node *star = bv__p_make(p, BV_STAR, t), *table = factor(p);
		s->projections = bv__list_of(p->arena, &star, 1);
		s->from = bv__list_of(p->arena, &table, 1);
		q->body = BV_NODE_DONE(p, s, t);
		n->query = BV_NODE_DONE(p, q, t);
	}
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
	else if (at_description(p))
		n = description(p);
	else if (bv__p_at(p, BV_TK_LPAREN)) {
		const bv_token *from = p->t;
		n = parenthesised(p, &inner);
		if (inner && bv__p_at_query_rest(p)) {
			inner = bv__p_query_rest(p, inner);
		} else if (inner && !bv__p_at(p, BV_TK_RPAREN)) {
			n = derived(p, from, inner, false);
			inner = NULL;
		} else if (n)
			n = named(p, from, n);
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

/* (a JOIN b) AS c is (SELECT * FROM a JOIN b) AS c */
bv_node *bv__p_aliased(bv_parser *p, const bv_token *from, bv_node *relation, bv_str alias, bv_names columns)
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

/* my-project.data.t: the dashes belong to the first part where nothing stands around them. No name: there are none. */
static bv_path dashed(bv_parser *p, const bv_token *name)
{
	bv_path none = {NULL, 0, 0};
	const bv_token *t = name;
	if (!(p->dialect->lex & BV_LEX_DASH_NAME) || t->kind != BV_TK_NAME)
		return none;
	while (t[1].kind == BV_TK_MINUS && t[1].start == t->end && (t[2].kind == BV_TK_NAME || t[2].kind == BV_TK_NUMBER) && t[2].start == t[1].end)
		t += 2;
	if (t == name)
		return none;
	bv_str first = {p->text + name->start, t->end - name->start};
	bool point = first.p[first.n - 1] == '.'; /* x-0.y: the number took the point */
	first.n -= point;
	p->t = t + 1;
	bv_path rest = {NULL, 0, 0};
	if (point || bv__p_accept(p, BV_TK_DOT))
		rest = bv__p_path(p, "a table", 7);
	bv_str parts[8] = {first};
	for (uint32_t i = 0; i < rest.n && i < 7; i++)
		parts[i + 1] = rest.v[i];
	bv_path made = bv__path_of(p->arena, parts, rest.n + 1);
	made.insensitive = 1 | rest.insensitive << 1;
	return made;
}

/* A table, a query, a function, or a relation in parentheses. */
static bv_node *unaliased_factor(bv_parser *p);

/* t.list [AS x] WITH OFFSET [AS n] is UNNEST(t.list) [AS x] WITH OFFSET [AS n]: the offset says that it is no table. */
static bv_node *array_path(bv_parser *p, const bv_token *from, bv_ast_table *t)
{
	bv_ast_unnest *n = BV_NODE_NEW(p, UNNEST, unnest, from);
	bv_ast_column *c = BV_NODE_NEW(p, COLUMN, column, from);
	c->path = t->path;
	c->head.span = t->head.span;
	bv_node *list = &c->head;
	n->args = bv__list_of(p->arena, &list, 1);
	n->alias = t->alias;
	unnest_offset(p, n);
	return BV_NODE_DONE(p, n, from);
}

/* WITH ('name' = value, …) behind a table: how its files are read */
static bv_list table_options(bv_parser *p)
{
	const bv_token *open = ++p->t;
	p->t++;
	uint32_t m = bv__p_mark(p);
	do {
		const bv_token *from = p->t;
		bv_ast_option *o = BV_NODE_NEW(p, OPTION, option, from);
		if (bv__p_at(p, BV_TK_STRING))
			o->name = bv__p_string_expected(p, "an option");
		else {
			bv_path dotted = bv__p_path(p, "an option", 8);
			for (uint32_t i = 0; i < dotted.n; i++)
				o->name = i ? bv__arena_printf(p->arena, BV_STR_FMT "." BV_STR_FMT, BV_STR_ARG(o->name), BV_STR_ARG(dotted.v[i])) : dotted.v[i];
		}
		bv__p_accept(p, BV_TK_EQ);
		o->value = bv__p_expr(p);
		bv__p_item(p, BV_NODE_DONE(p, o, from));
	} while (bv__p_accept(p, BV_TK_COMMA));
	bv__p_expect_close(p, BV_TK_RPAREN, open);
	return bv__p_items(p, m);
}

/* alias : relation, as DuckDB has it, is relation AS alias */
static bv_node *factor(bv_parser *p)
{
	const bv_token *from = p->t;
	if (!(p->dialect->bit & BV_D_DUCKDB) || !bv__p_token_is_name(from) || from[1].kind != BV_TK_COLON)
		return unaliased_factor(p);
	bv_str alias = bv__p_name(p, "an alias");
	p->t++;
	bv_node *n = unaliased_factor(p);
	bv_str *at = n->kind == BV_TABLE ? &BV_AS(table, n)->alias : n->kind == BV_DERIVED ? &BV_AS(derived, n)->alias : n->kind == BV_TABLE_FUNCTION ? &BV_AS(table_function, n)->alias
				 : n->kind == BV_UNNEST ? &BV_AS(unnest, n)->alias : NULL;
	if (at && at->n)
		bv__p_fail(p, BV_E_SYNTAX, bv__p_token_span(p, from), "the relation has an alias behind it already");
	if (!at)
		return bv__p_aliased(p, from, n, alias, (bv_names){NULL, 0, 0});
	*at = alias;
	n->span = bv__p_since(p, from);
	return n;
}

/* FROM substring(x FROM 2 FOR 3) and its like: what is a call is a function that gives a row */
static bv_node *spelled_function(bv_parser *p, const bv_token *from, bool lateral)
{
	bv_ast_table_function *n = BV_NODE_NEW(p, TABLE_FUNCTION, table_function, from);
	bv_node *x = bv__p_primary_keyword(p);
	if (p->panic || !x || x->kind != BV_CALL || BV_AS(call, x)->over || BV_AS(call, x)->filter) {
		bv__p_expected(p, "a table function");
		return &n->head;
	}
	n->lateral = lateral;
	n->name = BV_AS(call, x)->name;
	n->args = BV_AS(call, x)->args;
	bv__p_relation_alias(p, &n->alias, &n->columns);
	return BV_NODE_DONE(p, n, from);
}

static bv_node *unaliased_factor(bv_parser *p)
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
		return named(p, from, n);
	}
	if (bv__p_at_values(p)) {
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
		if (bv__p_at_query(p)) {
			/* TABLE(query) */
			bv_node *q = bv__p_query(p);
			bv__p_expect_close(p, BV_TK_RPAREN, open);
			return derived(p, from, q, lateral);
		}
		if ((bv__p_at(p, BV_TK_STRING) || bv__p_at(p, BV_TK_PARAM) || bv__p_at(p, BV_TK_QUESTION) || bv__p_at(p, BV_TK_COLON)) && (p->dialect->syntax & BV_SYN_STAGES)) {
			/* TABLE('name'): the table that a value names */
			bv_str f = BV_STR("table");
			bv_ast_table_function *n = BV_NODE_NEW(p, TABLE_FUNCTION, table_function, from);
			bv_node *value = bv__p_expr(p);
			n->name = bv__path_of(p->arena, &f, 1);
			n->args = bv__list_of(p->arena, &value, 1);
			bv__p_expect_close(p, BV_TK_RPAREN, open);
			bv__p_relation_alias(p, &n->alias, &n->columns);
			return BV_NODE_DONE(p, n, from);
		}
		bv_path path = bv__p_path(p, "a table function", 3);
		bool method = bv__p_at(p, BV_TK_BANG) && p->t[1].kind == BV_TK_NAME && p->t[2].kind == BV_TK_LPAREN && (p->dialect->bit & BV_D_SNOWFLAKE);
		if (method) {
			path = bv__p_method_path(p, &path, &p->t[1]);
			p->t += 2;
		}
		if (!bv__p_at(p, BV_TK_LPAREN))
			bv__p_expected(p, "`(`");
		bv_node *n = bv__p_make(p, BV_TABLE_FUNCTION, name);
		if (!p->panic) {
			n = table_function(p, name, path, false);
			bv__p_expect_close(p, BV_TK_RPAREN, open);
			bv_ast_table_function *f = BV_AS(table_function, n);
			f->lateral = lateral;
			f->method = method;
			if (!f->alias.n)
				bv__p_relation_alias(p, &f->alias, &f->columns);
			n->span = bv__p_since(p, from);
		}
		return n;
	}
	if (bv__p_at(p, BV_TK_STRING)) {
		/* A file by its name. */
		bv_str s = bv__p_string_text(p, p->t);
		if (s.n > 1 && s.p[0] == '@' && (p->dialect->syntax & BV_SYN_STAGES))
			return stage(p);
		bv_ast_table *t = BV_NODE_NEW(p, TABLE, table, from);
		if (s.n == 0)
			bv__p_expected(p, "a table");
		bv__p_advance(p);
		t->path = bv__path_of(p->arena, &s, 1);
		t->path.insensitive = (p->dialect->syntax & BV_SYN_QUOTED_INSENSITIVE) != 0; /* as its name in quotes */
		bv__p_relation_alias(p, &t->alias, &t->columns);
		return BV_NODE_DONE(p, t, from);
	}
	if (bv__p_at(p, BV_TK_AT) && (p->dialect->syntax & BV_SYN_STAGES))
		return stage(p);
	if (bv__p_at_kw(p, BV_K_ROWS) && bv__p_next_kw(p, 1, BV_K_FROM) && p->t[2].kind == BV_TK_LPAREN)
		return rows_from(p, from, lateral);
	if ((p->dialect->bit & BV_D_POSTGRES) && p->t[1].kind == BV_TK_LPAREN && (bv__p_at_kw(p, BV_K_SUBSTRING) || bv__p_at_kw(p, BV_K_OVERLAY) || bv__p_at_kw(p, BV_K_POSITION) || bv__p_at_kw(p, BV_K_TRIM) || bv__p_at_kw(p, BV_K_EXTRACT)))
		return spelled_function(p, from, lateral);
	bool only = (p->dialect->bit & (BV_D_POSTGRES | BV_D_DUCKDB)) && bv__p_accept_kw(p, BV_K_ONLY);
	const bv_token *open = p->t;
	if (only)
		bv__p_accept(p, BV_TK_LPAREN);
	bool keyword = p->t->kind == BV_TK_NAME && (bv__keyword_flags[p->t->keyword] & (BV_KW_N | BV_KW_H)) && p->t->keyword != BV_K_LEFT && p->t->keyword != BV_K_RIGHT;
	if (keyword) {
		bv__p_expected(p, "a table, a query in parentheses or a table function");
		return bv__p_make(p, BV_TABLE, from);
	}
	bool stream = (p->dialect->bit & BV_D_DATABRICKS) && bv__p_at_kw(p, BV_K_STREAM) &&
				  (p->t[1].kind == BV_TK_QUOTED || (p->t[1].kind == BV_TK_NAME && p->t[1].keyword != BV_K_AS && !(bv__keyword_flags[p->t[1].keyword] & (BV_KW_T | BV_KW_C | BV_KW_N))));
	p->t += stream;
	const bv_token *name = p->t;
	bv_path path = dashed(p, name);
	if (!path.n)
		path = bv__p_path(p, "a table, a query in parentheses or a table function", p->dialect->bit & BV_D_BIGQUERY ? 8 : 3);
	if (bv__p_at(p, BV_TK_LPAREN) && p->t[1].kind == BV_TK_AT && (p->dialect->syntax & BV_SYN_STAGES) && path.n == 1)
		return directory(p, from, path);
	if (bv__p_at(p, BV_TK_LPAREN) && !only) {
		bv_node *f = table_function(p, lateral ? from : name, path, lateral);
		BV_AS(table_function, f)->stream = stream;
		return f;
	}
	if (lateral)
		bv__p_expected(p, "`(`");
	bv_ast_table *t = BV_NODE_NEW(p, TABLE, table, from);
	t->path = path;
	t->only = only && (p->dialect->bit & BV_D_POSTGRES); /* DuckDB's tables have no children */
	t->stream = stream;
	if (only && open != p->t && open->kind == BV_TK_LPAREN)
		bv__p_expect_close(p, BV_TK_RPAREN, open);
	else if ((p->dialect->bit & BV_D_POSTGRES) && bv__p_at(p, BV_TK_STAR))
		p->t++; /* t *: with its children, as without the star */
	t->travel = bv__p_travel(p);
	if (bv__p_at_kw(p, BV_K_CHANGES) && p->t[1].kind == BV_TK_LPAREN && p->t[3].kind == BV_TK_FAT_ARROW)
		t->changes = bv__p_changes(p);
	if ((p->dialect->bit & BV_D_SPARKS) && bv__p_at_kw(p, BV_K_WITH) && p->t[1].kind == BV_TK_LPAREN)
		t->options = table_options(p);
	bv__p_relation_alias(p, &t->alias, &t->columns);
	if ((p->dialect->syntax & BV_SYN_UNNEST_IS_TABLE) && bv__p_at_kw(p, BV_K_WITH) && bv__p_next_kw(p, 1, BV_K_OFFSET))
		return array_path(p, from, t);
	if (!t->travel)
		t->travel = bv__p_travel(p);
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
	if (t->keyword == BV_K_POSITIONAL && t[1].keyword == BV_K_JOIN && (p->dialect->bit & (BV_D_DUCKDB | BV_D_GENERIC))) {
		j->type = BV_join_type_positional;
		p->t = t + 2;
		return true;
	}
	if (t->keyword == BV_K_ASOF && (t[1].keyword == BV_K_JOIN || t[1].keyword == BV_K_LEFT || t[1].keyword == BV_K_INNER ||
									((p->dialect->bit & BV_D_DUCKDB) && (t[1].keyword == BV_K_RIGHT || t[1].keyword == BV_K_FULL || t[1].keyword == BV_K_SEMI || t[1].keyword == BV_K_ANTI)))) {
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
	if (t->keyword == BV_K_DIRECTED && (p->dialect->bit & BV_D_SNOWFLAKE))
		t++; /* a hint for the order of joins */
	if (t->keyword != BV_K_JOIN) {
		if ((t->keyword == BV_K_UNION || t->keyword == BV_K_INTERSECT || t->keyword == BV_K_EXCEPT) && (p->dialect->syntax & BV_SYN_STRICT_BY_NAME))
			return false; /* LEFT UNION ALL BY NAME */
		if (t > p->t && !p->panic) {
			p->t = t;
			bv__p_expected(p, "JOIN");
		}
		return false;
	}
	if (t[1].keyword == BV_K_BY && t[2].kind == BV_TK_LPAREN && t[3].keyword == BV_K_TYPE && t[4].kind == BV_TK_NAME && (p->dialect->bit & BV_D_DUCKDB)) {
		/* JOIN BY (TYPE left) */
		static const struct {
			const char *word;
			uint8_t type;
		} types[] = {{"inner", BV_join_type_inner}, {"left", BV_join_type_left}, {"right", BV_join_type_right}, {"full", BV_join_type_full}, {"semi", BV_join_type_left_semi},
					 {"anti", BV_join_type_left_anti}, {"right_semi", BV_join_type_right_semi}, {"right_anti", BV_join_type_right_anti}};
		bv_str word = bv__p_token_str(p, &t[4]);
		if (word.n > 5 && bv__str_ieq((bv_str){word.p + word.n - 5, 5}, BV_STR("_join")))
			word.n -= 5;
		for (unsigned i = 0; i < BV_COUNT(types); i++)
			if (bv__str_ieq(word, bv__str(types[i].word))) {
				j->type = types[i].type;
				p->t = t + 5;
				bv__p_expect_close(p, BV_TK_RPAREN, &t[2]);
				return true;
			}
		p->t = t + 4;
		bv__p_refuse(p, p->t, "a join of this type");
		return true;
	}
	if (asof)
		switch (j->type) {
		case BV_join_type_right: j->type = BV_join_type_asof_right; break;
		case BV_join_type_full: j->type = BV_join_type_asof_full; break;
		case BV_join_type_left_semi: j->type = BV_join_type_asof_semi; break;
		case BV_join_type_left_anti: j->type = BV_join_type_asof_anti; break;
		default: j->type = j->type == BV_join_type_left || (p->dialect->bit & BV_D_SNOWFLAKE) ? BV_join_type_asof_left : BV_join_type_asof; break;
		}
	p->t = t + 1;
	return true;
}

/* [ON condition | USING (columns)] */
static void join_condition(bv_parser *p, bv_ast_join *j)
{
	/* ASOF JOIN … MATCH_CONDITION (a >= b) ON …: the comparison is part of the condition. */
	bv_node *match = NULL;
	if (bv__p_at_kw(p, BV_K_MATCH_CONDITION) && p->t[1].kind == BV_TK_LPAREN && (j->type == BV_join_type_asof || j->type == BV_join_type_asof_left)) {
		const bv_token *open = ++p->t;
		p->t++;
		match = bv__p_expr(p);
		bv__p_expect_close(p, BV_TK_RPAREN, open);
	}
	if (bv__p_accept_kw(p, BV_K_ON))
		j->on = bv__p_expr(p);
	else if (bv__p_at_kw(p, BV_K_USING) && p->t[1].kind == BV_TK_LPAREN) {
		p->t++;
		j->using = bv__p_names_parenthesised(p, "a column name");
		if ((p->dialect->bit & BV_D_POSTGRES) && bv__p_accept_kw(p, BV_K_AS))
			j->using_alias = bv__p_name(p, "an alias");
	}
	if (match) {
		bv__p_deeper(p);
		j->on = bv__and(p->arena, j->on, match);
	}
}

/* LATERAL VIEW [OUTER] f(…) alias [[AS] column, …] is a join with LATERAL f(…) AS alias (column, …) */
static bv_node *lateral_view(bv_parser *p, bv_node *left)
{
	const bv_token *from = p->t;
	p->t += 2;
	bv_ast_join *j = BV_NODE_NEW(p, JOIN, join, from);
	bool outer = bv__p_accept_kw(p, BV_K_OUTER);
	const bv_token *name = p->t;
	bv_ast_table_function *f = BV_NODE_NEW(p, TABLE_FUNCTION, table_function, name);
	f->lateral = true;
	f->name = bv__p_path(p, "a table function", 3);
	for (uint32_t i = 0; i < f->name.n; i++)
		f->name.v[i] = bv__arena_lower(p->arena, f->name.v[i]);
	f->name.insensitive = 0;
	if (bv__p_at(p, BV_TK_LPAREN))
		table_args(p, f);
	else
		bv__p_expected(p, "`(`");
	if (!bv__p_at_kw(p, BV_K_AS) && bv__p_at_name(p) && !(p->t->kind == BV_TK_NAME && (bv__keyword_flags[p->t->keyword] & BV_KW_T)))
		f->alias = bv__p_name(p, "an alias");
	bool as = bv__p_accept_kw(p, BV_K_AS);
	if (as || (f->alias.n && bv__p_at_name(p) && !(p->t->kind == BV_TK_NAME && (bv__keyword_flags[p->t->keyword] & BV_KW_T)))) {
		bool paren = bv__p_at(p, BV_TK_LPAREN);
		f->columns = paren ? bv__p_names_parenthesised(p, "a column name") : bv__p_names(p, "a column name");
	}
	if (!f->alias.n && f->columns.n)
		f->alias = BV_STR("AS"); /* as Spark has it, which reserves no word: LATERAL VIEW f(x) AS a is a relation called AS */
	j->type = outer ? BV_join_type_left : BV_join_type_cross;
	j->left = left;
	j->right = BV_NODE_DONE(p, f, name);
	if (outer) {
		bv_ast_boolean *yes = BV_NODE_NEW(p, BOOLEAN, boolean, from);
		yes->value = true;
		j->on = &yes->head;
	}
	return BV_NODE_DONE(p, j, from);
}

/* The right side of a join. Where the join has a condition, those that stand before the condition belong to this side: a JOIN b JOIN c ON … ON … */
static bv_node *join_right(bv_parser *p, bool conditional)
{
	const bv_token *from = p->t;
	if (!bv__p_enter(p, 1)) {
		bv__p_leave(p, 1);
		return bv__p_make(p, BV_TABLE, from);
	}
	bv_node *n = bv__p_suffixes(p, from, factor(p));
	while ((p->dialect->syntax & BV_SYN_NESTED_JOIN) && conditional && !p->panic &&
		   (bv__p_at_kw(p, BV_K_JOIN) || ((bv__p_at_kw(p, BV_K_LEFT) || bv__p_at_kw(p, BV_K_INNER) || bv__p_at_kw(p, BV_K_RIGHT) || bv__p_at_kw(p, BV_K_FULL)) &&
										  (bv__p_next_kw(p, 1, BV_K_JOIN) || bv__p_next_kw(p, 1, BV_K_OUTER))))) {
		bv_ast_join head = {0};
		if (!join_head(p, &head) || !bv__p_deeper(p))
			break;
		bv_ast_join *inner = BV_NODE_NEW(p, JOIN, join, from);
		inner->type = head.type;
		inner->left = n;
		inner->right = join_right(p, true);
		join_condition(p, inner);
		n = BV_NODE_DONE(p, inner, from);
	}
	bv__p_leave(p, 1);
	return n;
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
	n = bv__p_suffixes(p, from, n);
	for (;;) {
		if (bv__p_at_kw(p, BV_K_LATERAL) && bv__p_next_kw(p, 1, BV_K_VIEW)) {
			if (!(p->dialect->syntax & BV_SYN_LATERAL_VIEW)) {
				bv__p_expected(p, "a join, a clause or the end of the query");
				break;
			}
			if (!bv__p_deeper(p))
				break;
			n = bv__p_suffixes(p, from, lateral_view(p, n));
			n->span.start = start;
			continue;
		}
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
		j->right = join_right(p, j->type != BV_join_type_cross && !j->natural);
		join_condition(p, j);
		n = BV_NODE_DONE(p, j, from);
		n->span.start = start;
	}
	bv__p_leave(p, 1);
	if (p->peak < outer_peak)
		p->peak = outer_peak;
	return n;
}

bv_node *bv__p_relation(bv_parser *p) { return joined(p); }

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
