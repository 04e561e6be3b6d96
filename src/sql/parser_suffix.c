/* What may stand behind a relation: time travel, TABLESAMPLE, PIVOT, UNPIVOT, MATCH_RECOGNIZE; and DuckDB's statements PIVOT and UNPIVOT. */
#include "sql/parser.h"

/* ---- what they have in common ---- */

/* What stands behind a relation begins where that does. */
static bv_node *behind(bv_parser *p, bv_node *n, const bv_node *input)
{
	n->span = bv__p_since(p, p->t - 1);
	n->span.start = input->span.start;
	return n;
}

/* ) [[AS] alias [(columns)]] */
static bv_node *closed(bv_parser *p, bv_node *n, const bv_token *open, const bv_node *input, bv_str *alias, bv_names *columns)
{
	bv__p_leave(p, 2);
	bv__p_expect_close(p, BV_TK_RPAREN, open);
	bv__p_relation_alias(p, alias, columns);
	bv__p_deeper(p);
	return behind(p, n, input);
}

/* ---- time travel ---- */

static bv_node *travel(bv_parser *p, const bv_token *from, bv_travel_kind form, bool before)
{
	bv_ast_travel *n = BV_NODE_NEW(p, TRAVEL, travel, from);
	n->form = (uint8_t)form;
	n->before = before;
	bv__p_enter(p, 1);
	/* Above AND and the comparisons, so that ON and WHERE are left alone. */
	n->value = bv__p_expr_above(p, p->dialect->prec[BV_L_AND]);
	bv__p_leave(p, 1);
	return BV_NODE_DONE(p, n, from);
}

/* FOR SYSTEM_TIME AS OF x, [FOR] VERSION|TIMESTAMP AS OF x, AT|BEFORE (TIMESTAMP|VERSION|OFFSET|STATEMENT|STREAM => x); NULL: none. */
bv_node *bv__p_travel(bv_parser *p)
{
	static const struct {
		uint16_t word;
		uint8_t form;
	} forms[] = {{BV_K_TIMESTAMP, BV_travel_kind_timestamp}, {BV_K_VERSION, BV_travel_kind_version}, {BV_K_OFFSET, BV_travel_kind_offset},
				 {BV_K_STATEMENT, BV_travel_kind_statement}, {BV_K_STREAM, BV_travel_kind_stream}};
	const bv_token *from = p->t, *t = from;
	if (t->keyword == BV_K_FOR)
		t++;
	bool system = t > from && (t->keyword == BV_K_SYSTEM_TIME || (t->keyword == BV_K_SYSTEM && t[1].keyword == BV_K_TIME));
	const bv_token *as = system && t->keyword == BV_K_SYSTEM ? t + 2 : t + 1;
	if ((system || t->keyword == BV_K_VERSION || t->keyword == BV_K_TIMESTAMP) && as->keyword == BV_K_AS && as[1].keyword == BV_K_OF) {
		bool version = t->keyword == BV_K_VERSION;
		p->t = as + 2;
		return travel(p, from, version ? BV_travel_kind_version : BV_travel_kind_timestamp, false);
	}
	if (system) {
		bv__p_refuse(p, from, "FOR SYSTEM_TIME over a range");
		return NULL;
	}
	/* t@v12, t@20190101000000000 of Delta tables */
	if ((p->dialect->bit & BV_D_SPARKS) && from->kind == BV_TK_AT && from > p->first && from->start == from[-1].end && from[1].start == from->end && (from[1].kind == BV_TK_NAME || from[1].kind == BV_TK_NUMBER)) {
		bv_str s = bv__p_token_str(p, &from[1]);
		bool version = (s.p[0] | 0x20) == 'v';
		bv_ast_travel *n = BV_NODE_NEW(p, TRAVEL, travel, from);
		s = version ? (bv_str){s.p + 1, s.n - 1} : s;
		bool digits = s.n > 0;
		for (uint32_t i = 0; i < s.n; i++)
			digits &= s.p[i] >= '0' && s.p[i] <= '9';
		if (!digits)
			return NULL;
		n->form = version ? BV_travel_kind_version : BV_travel_kind_timestamp;
		n->value = version ? bv__p_number_node(p, &from[1], bv__arena_printf(p->arena, BV_STR_FMT, BV_STR_ARG(s)).p) : bv__p_string_node(p, &from[1], s);
		p->t += 2;
		return BV_NODE_DONE(p, n, from);
	}
	if ((from->keyword != BV_K_AT && from->keyword != BV_K_BEFORE && from->keyword != BV_K_END) || from[1].kind != BV_TK_LPAREN || (from[3].kind != BV_TK_FAT_ARROW))
		return NULL;
	for (unsigned i = 0; i < BV_COUNT(forms); i++)
		if (from[2].keyword == forms[i].word) {
			p->t = from + 4;
			bv_node *n = travel(p, from, (bv_travel_kind)forms[i].form, from->keyword == BV_K_BEFORE);
			bv__p_expect_close(p, BV_TK_RPAREN, from + 1);
			n->span = bv__p_since(p, from);
			return n;
		}
	p->t = from + 2;
	bv__p_expected(p, "TIMESTAMP, VERSION, OFFSET, STATEMENT or STREAM");
	return NULL;
}

/* CHANGES (INFORMATION => DEFAULT|APPEND_ONLY) AT|BEFORE (…) [END (…)] */
bv_node *bv__p_changes(bv_parser *p)
{
	const bv_token *from = p->t, *open = from + 1;
	bv_ast_changes *n = BV_NODE_NEW(p, CHANGES, changes, from);
	p->t += 4;
	n->append_only = bv__str_ieq(bv__p_token_str(p, p->t), BV_STR("append_only"));
	if (!bv__str_ieq(bv__p_token_str(p, &from[2]), BV_STR("information")) || (!n->append_only && !bv__p_at_kw(p, BV_K_DEFAULT)))
		bv__p_expected(p, "INFORMATION => DEFAULT or INFORMATION => APPEND_ONLY");
	bv__p_advance(p);
	bv__p_expect_close(p, BV_TK_RPAREN, open);
	n->from = bv__p_travel(p);
	if (!n->from) {
		bv__p_expected(p, "AT (…) or BEFORE (…)");
		return NULL;
	}
	if (bv__p_at_kw(p, BV_K_END) && p->t[1].kind == BV_TK_LPAREN) {
		n->to = bv__p_travel(p);
		if (!n->to)
			bv__p_expected(p, "END (…)");
	}
	return BV_NODE_DONE(p, n, from);
}

/* ---- samples ---- */

static bool sample_method(bv_parser *p, bv_ast_sample *n)
{
	static const struct {
		uint16_t word;
		uint8_t method;
	} methods[] = {{BV_K_BERNOULLI, BV_sample_method_bernoulli}, {BV_K_ROW, BV_sample_method_bernoulli}, {BV_K_SYSTEM, BV_sample_method_system},
				   {BV_K_BLOCK, BV_sample_method_system}, {BV_K_RESERVOIR, BV_sample_method_reservoir}};
	for (unsigned i = 0; i < BV_COUNT(methods); i++)
		if (bv__p_accept_kw(p, (bv_keyword)methods[i].word)) {
			n->method = methods[i].method;
			return true;
		}
	return false;
}

/* size [PERCENT|%|ROWS] | BUCKET x OUT OF y [ON expression] */
static void sample_size(bv_parser *p, bv_ast_sample *n)
{
	bv__p_enter(p, 1);
	n->unit = p->dialect->bit & BV_D_DUCKDB ? BV_sample_unit_rows : BV_sample_unit_percent;
	if (bv__p_accept_kw(p, BV_K_BUCKET)) {
		n->unit = BV_sample_unit_buckets;
		n->size = bv__p_expr(p);
		bv__p_expect_kw(p, BV_K_OUT);
		bv__p_expect_kw(p, BV_K_OF);
		n->buckets = bv__p_expr(p);
		if (bv__p_accept_kw(p, BV_K_ON))
			n->bucket_on = bv__p_expr(p);
	} else if (p->t->kind == BV_TK_NAME && p->t[1].kind == BV_TK_RPAREN && p->text[p->t->start] >= '0' && p->text[p->t->start] <= '9') {
		/* 100M: bytes */
		n->unit = BV_sample_unit_bytes;
		n->size = bv__p_string_node(p, p->t, bv__p_token_str(p, p->t));
		p->t++;
	} else {
		n->size = bv__p_expr_above(p, p->t->kind == BV_TK_NUMBER && p->t[1].kind == BV_TK_PERCENT ? p->dialect->prec[BV_L_MULTIPLY] : 0);
		if (bv__p_accept(p, BV_TK_PERCENT) || bv__p_accept_kw(p, BV_K_PERCENT))
			n->unit = BV_sample_unit_percent;
		else if (bv__p_accept_kw(p, BV_K_ROWS) || bv__p_accept_kw(p, BV_K_ROW))
			n->unit = BV_sample_unit_rows;
	}
	bv__p_leave(p, 1);
}

/* [method] ( size ) [REPEATABLE|SEED (n)]; DuckDB also: size [( method [, seed] )] without parentheses. At the word behind TABLESAMPLE. */
bv_node *bv__p_sample(bv_parser *p, const bv_token *from, bv_node *input)
{
	bv_ast_sample *n = BV_NODE_NEW(p, SAMPLE, sample, from);
	n->input = input;
	sample_method(p, n);
	const bv_token *open = p->t;
	if (bv__p_accept(p, BV_TK_LPAREN)) {
		sample_size(p, n);
		bv__p_expect_close(p, BV_TK_RPAREN, open);
	} else if (p->dialect->bit & BV_D_DUCKDB) {
		sample_size(p, n);
		const bv_token *paren = p->t;
		if (bv__p_accept(p, BV_TK_LPAREN)) {
			if (!sample_method(p, n))
				bv__p_expected(p, "BERNOULLI, SYSTEM or RESERVOIR");
			if (bv__p_accept(p, BV_TK_COMMA))
				n->seed = bv__p_expr(p);
			bv__p_expect_close(p, BV_TK_RPAREN, paren);
		}
	} else
		bv__p_expected(p, "`(`");
	if ((bv__p_at_kw(p, BV_K_REPEATABLE) || bv__p_at_kw(p, BV_K_SEED)) && p->t[1].kind == BV_TK_LPAREN) {
		open = ++p->t;
		p->t++;
		n->seed = bv__p_expr(p);
		bv__p_expect_close(p, BV_TK_RPAREN, open);
	}
	bv__p_deeper(p);
	if (!n->size)
		n->size = bv__p_make(p, BV_NULL_LITERAL, from);
	return behind(p, &n->head, input);
}

/* ---- PIVOT ---- */

/* expression [[AS] name], … */
static bv_list aliased_list(bv_parser *p, bv_keyword stop)
{
	uint32_t m = bv__p_mark(p);
	do {
		const bv_token *from = p->t;
		if (bv__p_mark(p) > m && (bv__p_at(p, BV_TK_RPAREN) || (stop && bv__p_at_kw(p, stop))))
			break;
		bv_node *x = bv__p_expr(p);
		bv_str name;
		if (!(stop && bv__p_at_kw(p, stop)) && !bv__p_at_kw(p, BV_K_GROUP) && !bv__p_at_kw(p, BV_K_DEFAULT)) {
			if (bv__p_at_kw(p, BV_K_AS) && p->t[1].kind == BV_TK_NUMBER) {
				name = bv__p_token_str(p, &p->t[1]);
				p->t += 2;
			} else if (!bv__p_column_alias(p, &name))
				goto plain;
			bv_ast_alias *a = BV_NODE_NEW(p, ALIAS, alias, from);
			bv__p_deeper(p);
			a->operand = x;
			a->name = name;
			x = BV_NODE_DONE(p, a, from);
		}
	plain:
		bv__p_item(p, x);
	} while (bv__p_accept(p, BV_TK_COMMA));
	return bv__p_items(p, m);
}

/* ( values ), ( ANY [ORDER BY …] ), ( query ) or, in DuckDB, the name of an enum, behind IN */
static void pivot_values(bv_parser *p, bv_ast_pivot_column *c)
{
	const bv_token *open = p->t;
	if (!bv__p_at(p, BV_TK_LPAREN) && (p->dialect->bit & BV_D_DUCKDB)) {
		bv_ast_select *s = BV_NODE_NEW(p, SELECT, select, open);
		bv_ast_query *q = BV_NODE_NEW(p, QUERY, query, open);
		bv_ast_column *name = BV_NODE_NEW(p, COLUMN, column, open);
		name->path = bv__p_path(p, "`(` or the name of an enum", 3);
		bv_ast_cast *null = BV_AS(cast, bv__p_cast_node(p, open, bv__p_make(p, BV_NULL_LITERAL, open), bv__p_type_make(p, open, "foreign"), false));
		BV_AS(type, null->type)->foreign = name->path;
		bv_node *arg = &null->head, *range = bv__p_call_named(p, open, "enum_range", &arg, 1), *unnest = bv__p_call_named(p, open, "unnest", &range, 1);
		s->projections = bv__list_of(p->arena, &unnest, 1);
		q->body = &s->head;
		c->query = BV_NODE_DONE(p, q, open);
		return;
	}
	bv__p_expect(p, BV_TK_LPAREN);
	if (bv__p_at_query(p))
		c->query = bv__p_query(p);
	else if (bv__p_at_kw(p, BV_K_ANY) && (p->t[1].kind == BV_TK_RPAREN || p->t[1].keyword == BV_K_ORDER)) {
		p->t++;
		if (bv__p_accept_kw2(p, BV_K_ORDER, BV_K_BY))
			c->order_by = bv__p_order_items(p);
	} else
		c->values = aliased_list(p, BV_K_NONE);
	bv__p_expect_close(p, BV_TK_RPAREN, open);
}

/* column | (column, …) IN … */
static bv_node *pivot_column(bv_parser *p)
{
	const bv_token *from = p->t;
	bv_ast_pivot_column *c = BV_NODE_NEW(p, PIVOT_COLUMN, pivot_column, from);
	c->operand = bv__p_expr_above(p, p->dialect->prec[BV_L_BETWEEN]);
	if (bv__p_accept_kw(p, BV_K_IN))
		pivot_values(p, c);
	return BV_NODE_DONE(p, c, from);
}

/* PIVOT ( aggregates FOR column IN (…) [column IN (…)] [GROUP BY …] [DEFAULT ON NULL (…)] ) [alias] */
static bv_node *pivot(bv_parser *p, bv_node *input)
{
	const bv_token *from = p->t, *open = ++p->t;
	bv_ast_pivot *n = BV_NODE_NEW(p, PIVOT, pivot, from);
	n->input = input;
	bv__p_expect(p, BV_TK_LPAREN);
	bv__p_enter(p, 2);
	n->aggregates = aliased_list(p, BV_K_FOR);
	bv__p_expect_kw(p, BV_K_FOR);
	uint32_t m = bv__p_mark(p);
	do {
		bv_node *c = pivot_column(p);
		if (!p->panic && p->t[-1].kind != BV_TK_RPAREN && !(p->dialect->bit & BV_D_DUCKDB))
			bv__p_expected(p, "IN");
		bv__p_item(p, c);
		bv__p_accept_kw(p, BV_K_FOR);
	} while (!p->panic && !bv__p_at(p, BV_TK_RPAREN) && !bv__p_at_kw(p, BV_K_GROUP) && !bv__p_at_kw(p, BV_K_DEFAULT));
	n->on = bv__p_items(p, m);
	if (bv__p_accept_kw2(p, BV_K_GROUP, BV_K_BY)) {
		n->grouped = true;
		n->group_by = bv__p_exprs(p);
	}
	if (bv__p_accept_kw(p, BV_K_DEFAULT)) {
		bv__p_expect_kw(p, BV_K_ON);
		bv__p_expect_kw(p, BV_K_NULL);
		n->fallback = bv__p_expr(p);
	}
	return closed(p, &n->head, open, input, &n->alias, &n->columns);
}

/* column, (columns), * or COLUMNS(…), [AS alias] */
static bv_list unpivot_columns(bv_parser *p)
{
	uint32_t m = bv__p_mark(p);
	do {
		if (bv__p_mark(p) > m && (p->dialect->syntax & BV_SYN_TRAILING_COMMA) && (bv__p_at(p, BV_TK_RPAREN) || bv__p_at_kw(p, BV_K_INTO)))
			break;
		const bv_token *from = p->t;
		if (bv__p_accept(p, BV_TK_STAR)) {
			bv__p_item(p, bv__p_star(p, from, (bv_path){NULL, 0, 0}));
			continue;
		}
		bv_node *x = bv__p_expr(p);
		if (x->kind == BV_STAR) { /* has no name of its own */
			bv__p_item(p, x);
			continue;
		}
		if (bv__p_at_kw(p, BV_K_AS)) {
			bv_ast_alias *a = BV_NODE_NEW(p, ALIAS, alias, from);
			a->operand = x;
			if (p->t[1].kind == BV_TK_NUMBER) {
				a->name = bv__p_token_str(p, &p->t[1]);
				p->t += 2;
			} else
				bv__p_column_alias(p, &a->name);
			x = BV_NODE_DONE(p, a, from);
		} else if ((p->dialect->bit & (BV_D_SPARKS | BV_D_SNOWFLAKE)) && bv__p_at_name(p) && p->t->keyword != BV_K_INTO) {
			bv_ast_alias *a = BV_NODE_NEW(p, ALIAS, alias, from);
			a->operand = x;
			bv__p_column_alias(p, &a->name);
			x = BV_NODE_DONE(p, a, from);
		}
		bv__p_item(p, x);
	} while (bv__p_accept(p, BV_TK_COMMA));
	return bv__p_items(p, m);
}

static bool include_nulls(bv_parser *p)
{
	if (bv__p_accept_kw2(p, BV_K_INCLUDE, BV_K_NULLS))
		return true;
	bv__p_accept_kw2(p, BV_K_EXCLUDE, BV_K_NULLS);
	return false;
}

/* UNPIVOT [INCLUDE|EXCLUDE NULLS] ( value FOR name IN (columns) ) [alias] */
static bv_node *unpivot(bv_parser *p, bv_node *input)
{
	const bv_token *from = p->t++;
	bv_ast_unpivot *n = BV_NODE_NEW(p, UNPIVOT, unpivot, from);
	n->input = input;
	n->include_nulls = include_nulls(p);
	const bv_token *open = p->t;
	bv__p_expect(p, BV_TK_LPAREN);
	bv__p_enter(p, 2);
	n->values = bv__p_some_names(p, "the column of the values");
	bv__p_expect_kw(p, BV_K_FOR);
	n->name = bv__p_name(p, "the column of the names");
	bv__p_expect_kw(p, BV_K_IN);
	const bv_token *list = p->t;
	bv__p_expect(p, BV_TK_LPAREN);
	n->columns = unpivot_columns(p);
	bv__p_expect_close(p, BV_TK_RPAREN, list);
	return closed(p, &n->head, open, input, &n->alias, &n->column_aliases);
}

/* PIVOT relation [ON column [IN (…)], …] [USING aggregates] [GROUP BY …], UNPIVOT relation ON columns [INTO NAME n VALUE v]: as SELECT * of it. */
bv_node *bv__p_pivot_statement(bv_parser *p)
{
	const bv_token *from = p->t;
	bool is_pivot = bv__p_at_kw(p, BV_K_PIVOT) || bv__p_at_kw(p, BV_K_PIVOT_WIDER);
	bv_node *done;
	p->t++;
	bv__p_enter(p, 2);
	bv_node *input = bv__p_relation(p);
	if (is_pivot) {
		bv_ast_pivot *n = BV_NODE_NEW(p, PIVOT, pivot, from);
		n->input = input;
		uint32_t m = bv__p_mark(p);
		if (bv__p_accept_kw(p, BV_K_ON))
			do
				bv__p_item(p, pivot_column(p));
			while (bv__p_accept(p, BV_TK_COMMA));
		n->on = bv__p_items(p, m);
		if (bv__p_accept_kw(p, BV_K_USING))
			n->aggregates = aliased_list(p, BV_K_GROUP);
		if (bv__p_accept_kw2(p, BV_K_GROUP, BV_K_BY)) {
			n->grouped = true;
			n->group_by = bv__p_exprs(p);
		}
		if (!n->on.n && !n->aggregates.n && !n->grouped)
			bv__p_expected(p, "ON");
		done = BV_NODE_DONE(p, n, from);
	} else {
		bv_ast_unpivot *n = BV_NODE_NEW(p, UNPIVOT, unpivot, from);
		n->input = input;
		n->include_nulls = include_nulls(p);
		bv__p_expect_kw(p, BV_K_ON);
		n->columns = unpivot_columns(p);
		n->name = BV_STR("name");
		bv_str value = BV_STR("value");
		bv_path one = bv__path_of(p->arena, &value, 1);
		n->values = (bv_names){one.v, 1, 1};
		if (bv__p_accept_kw(p, BV_K_INTO)) {
			bv__p_expect_kw(p, BV_K_NAME);
			n->name = bv__p_name(p, "the column of the names");
			bv__p_expect_kw(p, BV_K_VALUE);
			n->values = bv__p_names(p, "the column of the values");
		}
		done = BV_NODE_DONE(p, n, from);
	}
	bv__p_leave(p, 2);
	bv_ast_select *s = BV_NODE_NEW(p, SELECT, select, from);
	bv_node *star = bv__p_make(p, BV_STAR, from);
	s->projections = bv__list_of(p->arena, &star, 1);
	s->from = bv__list_of(p->arena, &done, 1);
	return BV_NODE_DONE(p, s, from);
}

/* ---- MATCH_RECOGNIZE ---- */

static bv_node *pattern(bv_parser *p);

/* ( pattern ), PERMUTE (…), {- pattern -}, ^, $, or a variable; then * + ? {n, m} and ? */
static bv_node *pattern_term(bv_parser *p)
{
	const bv_token *from = p->t;
	bv_ast_pattern *n = BV_NODE_NEW(p, PATTERN, pattern, from);
	if (!bv__p_enter(p, 1)) {
		bv__p_leave(p, 1);
		return &n->head;
	}
	if (bv__p_accept(p, BV_TK_LPAREN)) {
		bv_node *inner = bv__p_at(p, BV_TK_RPAREN) ? NULL : pattern(p);
		bv__p_expect_close(p, BV_TK_RPAREN, from);
		bool bare = inner && !BV_AS(pattern, inner)->least.n && !BV_AS(pattern, inner)->most.n;
		bool repeated = bv__p_at(p, BV_TK_STAR) || bv__p_at(p, BV_TK_PLUS) || bv__p_at(p, BV_TK_QUESTION) || bv__p_at(p, BV_TK_LBRACE);
		if (bare || (inner && !repeated))
			n = BV_AS(pattern, inner);
		else {
			n->form = BV_pattern_form_sequence;
			n->items = bv__list_of(p->arena, &inner, inner ? 1 : 0);
		}
	} else if (bv__p_at_kw(p, BV_K_PERMUTE) && p->t[1].kind == BV_TK_LPAREN) {
		const bv_token *open = ++p->t;
		uint32_t m = bv__p_mark(p);
		n->form = BV_pattern_form_permute;
		p->t++;
		do
			bv__p_item(p, pattern(p));
		while (bv__p_accept(p, BV_TK_COMMA));
		n->items = bv__p_items(p, m);
		bv__p_expect_close(p, BV_TK_RPAREN, open);
	} else if (bv__p_at(p, BV_TK_LBRACE) && p->t[1].kind == BV_TK_MINUS) {
		p->t += 2;
		n->form = BV_pattern_form_exclude;
		bv_node *inner = pattern(p);
		n->items = bv__list_of(p->arena, &inner, 1);
		bv__p_expect(p, BV_TK_MINUS);
		bv__p_expect_close(p, BV_TK_RBRACE, from);
	} else if (bv__p_accept(p, BV_TK_CARET))
		n->form = BV_pattern_form_start;
	else if (bv__p_accept(p, BV_TK_DOLLAR))
		n->form = BV_pattern_form_end;
	else
		n->variable = bv__p_name(p, "a variable of the pattern");
	bv__p_leave(p, 1);
	if (bv__p_at(p, BV_TK_STAR) || bv__p_at(p, BV_TK_PLUS) || bv__p_at(p, BV_TK_QUESTION)) {
		n->least = bv__p_at(p, BV_TK_PLUS) ? BV_STR("1") : BV_STR("0");
		n->most = bv__p_at(p, BV_TK_QUESTION) ? BV_STR("1") : BV_STR("*");
		p->t++;
		n->reluctant = bv__p_accept(p, BV_TK_QUESTION);
	} else if (bv__p_at(p, BV_TK_LBRACE) && (p->t[1].kind == BV_TK_NUMBER || p->t[1].kind == BV_TK_COMMA)) {
		const bv_token *open = p->t++;
		n->least = BV_STR("0");
		if (bv__p_at(p, BV_TK_NUMBER)) {
			n->least = bv__p_token_str(p, p->t);
			p->t++;
		}
		n->most = n->least;
		if (bv__p_accept(p, BV_TK_COMMA)) {
			n->most = BV_STR("*");
			if (bv__p_at(p, BV_TK_NUMBER)) {
				n->most = bv__p_token_str(p, p->t);
				p->t++;
			}
		}
		bv__p_expect_close(p, BV_TK_RBRACE, open);
		n->reluctant = bv__p_accept(p, BV_TK_QUESTION);
	}
	return BV_NODE_DONE(p, n, from);
}

static bv_node *pattern_sequence(bv_parser *p)
{
	const bv_token *from = p->t;
	uint32_t m = bv__p_mark(p);
	do {
		bv_node *term = pattern_term(p);
		const bv_ast_pattern *x = BV_AS(pattern, term);
		bool inner = x->form == BV_pattern_form_sequence && x->items.n && !x->least.n && !x->most.n; /* (a b) c is a b c */
		for (uint32_t i = 0; i < (inner ? x->items.n : 1); i++)
			bv__p_item(p, inner ? x->items.v[i] : term);
	} while (!p->panic && !bv__p_at(p, BV_TK_RPAREN) && !bv__p_at(p, BV_TK_PIPE) && !bv__p_at(p, BV_TK_COMMA) && !bv__p_at(p, BV_TK_MINUS));
	bv_list l = bv__p_items(p, m);
	if (l.n == 1)
		return l.v[0];
	bv_ast_pattern *n = BV_NODE_NEW(p, PATTERN, pattern, from);
	n->form = BV_pattern_form_sequence;
	n->items = l;
	return BV_NODE_DONE(p, n, from);
}

/* sequence {| sequence} */
static bv_node *pattern(bv_parser *p)
{
	const bv_token *from = p->t;
	uint32_t m = bv__p_mark(p);
	bv__p_enter(p, 1);
	do
		bv__p_item(p, pattern_sequence(p));
	while (bv__p_accept(p, BV_TK_PIPE));
	bv__p_leave(p, 1);
	bv_list l = bv__p_items(p, m);
	if (l.n == 1)
		return l.v[0];
	bv_ast_pattern *n = BV_NODE_NEW(p, PATTERN, pattern, from);
	n->form = BV_pattern_form_choice;
	n->items = l;
	return BV_NODE_DONE(p, n, from);
}

/* name AS condition, … */
static bv_list defines(bv_parser *p)
{
	uint32_t m = bv__p_mark(p);
	do {
		const bv_token *from = p->t;
		bv_ast_alias *a = BV_NODE_NEW(p, ALIAS, alias, from);
		a->name = bv__p_name(p, "a variable of the pattern");
		bv__p_expect_kw(p, BV_K_AS);
		a->operand = bv__p_expr(p);
		bv__p_item(p, BV_NODE_DONE(p, a, from));
	} while (bv__p_accept(p, BV_TK_COMMA));
	return bv__p_items(p, m);
}

/* [FINAL|RUNNING] expression AS name, …; FINAL and RUNNING are calls, as FIRST and LAST are */
static bv_list measures(bv_parser *p)
{
	uint32_t m = bv__p_mark(p);
	do {
		const bv_token *from = p->t;
		bv_ast_alias *a = BV_NODE_NEW(p, ALIAS, alias, from);
		const char *when = NULL;
		if ((bv__p_at_kw(p, BV_K_FINAL) || bv__p_at_kw(p, BV_K_RUNNING)) && p->t[1].kind == BV_TK_NAME) {
			when = bv__p_at_kw(p, BV_K_FINAL) ? "final" : "running";
			p->t++;
		}
		a->operand = bv__p_expr(p);
		if (when)
			a->operand = bv__p_call_named(p, from, when, &a->operand, 1);
		bv__p_expect_kw(p, BV_K_AS);
		a->name = bv__p_name(p, "a name");
		bv__p_item(p, BV_NODE_DONE(p, a, from));
	} while (bv__p_accept(p, BV_TK_COMMA));
	return bv__p_items(p, m);
}

/* MATCH_RECOGNIZE ( [PARTITION BY …] [ORDER BY …] [MEASURES …] [… PER MATCH] [AFTER MATCH SKIP …] PATTERN (…) [SUBSET …] DEFINE … ) [alias] */
static bv_node *match_recognize(bv_parser *p, bv_node *input)
{
	const bv_token *from = p->t, *open = ++p->t;
	bv_ast_match_recognize *n = BV_NODE_NEW(p, MATCH_RECOGNIZE, match_recognize, from);
	n->input = input;
	bv__p_expect(p, BV_TK_LPAREN);
	bv__p_enter(p, 2);
	if (bv__p_accept_kw2(p, BV_K_PARTITION, BV_K_BY))
		n->partition_by = bv__p_exprs(p);
	if (bv__p_accept_kw2(p, BV_K_ORDER, BV_K_BY))
		n->order_by = bv__p_order_items(p);
	if (bv__p_accept_kw(p, BV_K_MEASURES))
		n->measures = measures(p);
	if (bv__p_accept_kw(p, BV_K_ONE) || bv__p_at_kw(p, BV_K_ALL)) {
		bool all = bv__p_accept_kw(p, BV_K_ALL);
		n->rows = all ? BV_match_rows_all : BV_match_rows_one;
		bv__p_expect_kw(p, all ? BV_K_ROWS : BV_K_ROW);
		bv__p_expect_kw(p, BV_K_PER);
		bv__p_expect_kw(p, BV_K_MATCH);
		if (bv__p_accept_kw(p, BV_K_SHOW)) {
			bv__p_expect_kw(p, BV_K_EMPTY);
			bv__p_expect_kw(p, BV_K_MATCHES);
			n->rows = BV_match_rows_all_show_empty;
		} else if (bv__p_accept_kw(p, BV_K_OMIT)) {
			bv__p_expect_kw(p, BV_K_EMPTY);
			bv__p_expect_kw(p, BV_K_MATCHES);
			n->rows = BV_match_rows_all_omit_empty;
		} else if (bv__p_accept_kw(p, BV_K_WITH)) {
			bv__p_expect_kw(p, BV_K_UNMATCHED);
			bv__p_expect_kw(p, BV_K_ROWS);
			n->rows = BV_match_rows_all_unmatched;
		}
	}
	if (bv__p_accept_kw(p, BV_K_AFTER)) {
		bv__p_expect_kw(p, BV_K_MATCH);
		bv__p_expect_kw(p, BV_K_SKIP);
		if (bv__p_accept_kw(p, BV_K_PAST)) {
			bv__p_expect_kw(p, BV_K_LAST);
			bv__p_expect_kw(p, BV_K_ROW);
		} else if (bv__p_accept_kw(p, BV_K_TO)) {
			if (bv__p_accept_kw2(p, BV_K_NEXT, BV_K_ROW))
				n->skip = BV_match_skip_to_next_row;
			else {
				n->skip = bv__p_accept_kw(p, BV_K_FIRST) ? BV_match_skip_to_first : BV_match_skip_to_last;
				if (n->skip == BV_match_skip_to_last)
					bv__p_accept_kw(p, BV_K_LAST);
				n->skip_to = bv__p_name(p, "a variable of the pattern");
			}
		}
	}
	if (bv__p_accept_kw(p, BV_K_INITIAL) && !bv__p_at_kw(p, BV_K_PATTERN))
		bv__p_expected(p, "PATTERN");
	bv__p_expect_kw(p, BV_K_PATTERN);
	const bv_token *paren = p->t;
	bv__p_expect(p, BV_TK_LPAREN);
	n->pattern = pattern(p);
	bv__p_expect_close(p, BV_TK_RPAREN, paren);
	if (bv__p_accept_kw(p, BV_K_SUBSET)) {
		uint32_t m = bv__p_mark(p);
		do {
			const bv_token *s = p->t;
			bv_ast_alias *a = BV_NODE_NEW(p, ALIAS, alias, s);
			a->name = bv__p_name(p, "a name");
			bv__p_expect(p, BV_TK_EQ);
			a->operand = bv__p_expr(p);
			bv__p_item(p, BV_NODE_DONE(p, a, s));
		} while (bv__p_accept(p, BV_TK_COMMA));
		n->subsets = bv__p_items(p, m);
	}
	if (bv__p_accept_kw(p, BV_K_DEFINE))
		n->defines = defines(p);
	return closed(p, &n->head, open, input, &n->alias, &n->columns);
}

/* ---- all of them ---- */

/* The alias that stands behind a sample belongs to what is sampled. */
static bv_node *alias_of_sample(bv_parser *p, const bv_token *from, bv_node *sample)
{
	bv_str alias;
	bv_names columns = {NULL, 0, 0};
	bv__p_relation_alias(p, &alias, &columns);
	if (!alias.n)
		return sample;
	bv_ast_sample *s = BV_AS(sample, sample);
	bv_str *at = s->input->kind == BV_TABLE			  ? &BV_AS(table, s->input)->alias
				 : s->input->kind == BV_DERIVED		  ? &BV_AS(derived, s->input)->alias
				 : s->input->kind == BV_TABLE_FUNCTION ? &BV_AS(table_function, s->input)->alias
													  : NULL;
	if (at && !at->n && !columns.n)
		*at = alias;
	else
		s->input = bv__p_aliased(p, from, s->input, alias, columns);
	sample->span = bv__p_since(p, from);
	return sample;
}

bv_node *bv__p_suffixes(bv_parser *p, const bv_token *from, bv_node *n)
{
	for (;;) {
		const bv_token *t = p->t;
		switch (t->keyword) {
		case BV_K_TABLESAMPLE:
			p->t++;
			n = alias_of_sample(p, from, bv__p_sample(p, t, n));
			continue;
		case BV_K_SAMPLE:
			if (!(p->dialect->bit & (BV_D_SNOWFLAKE | BV_D_GENERIC)))
				return n;
			p->t++;
			n = alias_of_sample(p, from, bv__p_sample(p, t, n));
			continue;
		case BV_K_PIVOT:
			if (t[1].kind != BV_TK_LPAREN)
				return n;
			n = pivot(p, n);
			continue;
		case BV_K_UNPIVOT:
			if (t[1].kind != BV_TK_LPAREN && t[1].keyword != BV_K_INCLUDE && t[1].keyword != BV_K_EXCLUDE)
				return n;
			n = unpivot(p, n);
			continue;
		case BV_K_MATCH_RECOGNIZE:
			if (t[1].kind != BV_TK_LPAREN)
				return n;
			n = match_recognize(p, n);
			continue;
		default:
			return n;
		}
	}
}
