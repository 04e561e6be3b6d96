/* SELECT TRANSFORM (…) USING 'command': rows that a program is given and rows that it prints. */
#include "sql/parser.h"

/* transform ( … ) and what makes it no call: USING 'command', ROW FORMAT or a writer of records. Only tokens are looked at. */
bool bv__p_at_script(const bv_parser *p)
{
	const bv_token *t = p->t + 1;
	if (!bv__p_at_kw(p, BV_K_TRANSFORM) || t->kind != BV_TK_LPAREN)
		return false;
	unsigned depth = 0;
	for (; t->kind != BV_TK_END && t->kind != BV_TK_SEMICOLON; t++)
		if (t->kind == BV_TK_LPAREN)
			depth++;
		else if (t->kind == BV_TK_RPAREN && --depth == 0)
			break;
	if (t->kind != BV_TK_RPAREN)
		return false;
	t++;
	return (t->keyword == BV_K_USING && t[1].kind == BV_TK_STRING) || (t->keyword == BV_K_ROW && t[1].keyword == BV_K_FORMAT) || bv__str_ieq(bv__p_token_str(p, t), BV_STR("recordwriter"));
}

static bool accept_word(bv_parser *p, const char *word)
{
	bool here = bv__p_at(p, BV_TK_NAME) && bv__str_ieq(bv__p_token_str(p, p->t), bv__str(word));
	p->t += here;
	return here;
}

static void expect_word(bv_parser *p, const char *word)
{
	if (!accept_word(p, word))
		bv__p_expected(p, word);
}

static void add_option(bv_parser *p, const bv_token *from, const char *name, bv_node *value)
{
	bv_ast_option *o = BV_NODE_NEW(p, OPTION, option, from);
	o->name = bv__str(name);
	o->value = value;
	bv__p_item(p, BV_NODE_DONE(p, o, from));
}

static bv_node *text(bv_parser *p, const char *what)
{
	const bv_token *t = p->t;
	return bv__p_string_node(p, t, bv__p_string_expected(p, what));
}

/* 'name' = 'value', … in parentheses */
static bv_node *properties(bv_parser *p)
{
	const bv_token *open = p->t;
	bv_ast_row *row = BV_NODE_NEW(p, ROW, row, open);
	uint32_t m = bv__p_mark(p);
	bv__p_expect(p, BV_TK_LPAREN);
	do {
		const bv_token *t = p->t;
		bv_ast_option *o = BV_NODE_NEW(p, OPTION, option, t);
		o->name = bv__p_string_expected(p, "a property");
		bv__p_expect(p, BV_TK_EQ);
		o->value = text(p, "its value");
		bv__p_item(p, BV_NODE_DONE(p, o, t));
	} while (bv__p_accept(p, BV_TK_COMMA));
	row->items = bv__p_items(p, m);
	bv__p_expect_close(p, BV_TK_RPAREN, open);
	return BV_NODE_DONE(p, row, open);
}

/* [ROW FORMAT SERDE 'class' [WITH SERDEPROPERTIES (…)] | ROW FORMAT DELIMITED {FIELDS TERMINATED BY …}] [RECORDWRITER|RECORDREADER 'class'] */
static bv_list row_format(bv_parser *p, const char *handler)
{
	static const struct {
		const char *words[2], *name;
	} parts[] = {{{"FIELDS"}, "fields"}, {{"ESCAPED"}, "escaped"}, {{"COLLECTION", "ITEMS"}, "collection items"}, {{"MAP", "KEYS"}, "map keys"}, {{"LINES"}, "lines"}};
	uint32_t m = bv__p_mark(p);
	if (bv__p_accept_kw2(p, BV_K_ROW, BV_K_FORMAT)) {
		const bv_token *from = p->t;
		if (accept_word(p, "SERDE")) {
			add_option(p, from, "serde", text(p, "the name of a class"));
			const bv_token *with = p->t;
			if (bv__p_accept_kw(p, BV_K_WITH)) {
				expect_word(p, "SERDEPROPERTIES");
				add_option(p, with, "serdeproperties", properties(p));
			}
		} else {
			expect_word(p, "DELIMITED");
			for (bool more = true; more && !p->panic;) {
				more = false;
				const bv_token *t = p->t;
				if (bv__p_at_kw(p, BV_K_NULL) && bv__str_ieq(bv__p_token_str(p, &p->t[1]), BV_STR("defined"))) {
					p->t += 2;
					bv__p_expect_kw(p, BV_K_AS);
					add_option(p, t, "null", text(p, "a string"));
					more = true;
				}
				for (unsigned i = 0; i < BV_COUNT(parts) && !more; i++) {
					if (!accept_word(p, parts[i].words[0]))
						continue;
					if (parts[i].words[1])
						expect_word(p, parts[i].words[1]);
					if (i != 1)
						expect_word(p, "TERMINATED");
					bv__p_expect_kw(p, BV_K_BY);
					add_option(p, t, parts[i].name, text(p, "a string"));
					more = true;
				}
			}
		}
	}
	const bv_token *from = p->t;
	if (accept_word(p, handler))
		add_option(p, from, "record handler", text(p, "the name of a class"));
	return bv__p_items(p, m);
}

/* name [type], … */
static bv_list columns(bv_parser *p)
{
	uint32_t m = bv__p_mark(p);
	do {
		const bv_token *from = p->t;
		bv_ast_script_column *c = BV_NODE_NEW(p, SCRIPT_COLUMN, script_column, from);
		c->name = bv__p_name(p, "a column name");
		if (bv__p_at(p, BV_TK_NAME) && !(bv__keyword_flags[p->t->keyword] & (BV_KW_N | BV_KW_C)))
			c->type = bv__p_type_read(p);
		bv__p_item(p, BV_NODE_DONE(p, c, from));
	} while (bv__p_accept(p, BV_TK_COMMA));
	return bv__p_items(p, m);
}

/* TRANSFORM ( [ALL|DISTINCT] arguments ) [format] USING 'command' [AS [(] columns [)]] [format] */
bv_node *bv__p_script(bv_parser *p)
{
	const bv_token *from = p->t, *open = from + 1;
	bv_ast_script *n = BV_NODE_NEW(p, SCRIPT, script, from);
	p->t += 2;
	bv__p_enter(p, 1);
	n->distinct = bv__p_accept_kw(p, BV_K_DISTINCT);
	if (!n->distinct)
		bv__p_accept_kw(p, BV_K_ALL);
	uint32_t m = bv__p_mark(p);
	do
		bv__p_item(p, bv__p_projection(p));
	while (bv__p_accept(p, BV_TK_COMMA));
	n->args = bv__p_items(p, m);
	bv__p_leave(p, 1);
	bv__p_expect_close(p, BV_TK_RPAREN, open);
	n->written = row_format(p, "RECORDWRITER");
	bv__p_expect_kw(p, BV_K_USING);
	n->command = bv__p_string_expected(p, "a command");
	if (bv__p_accept_kw(p, BV_K_AS)) {
		const bv_token *paren = p->t;
		bool closed = bv__p_accept(p, BV_TK_LPAREN);
		n->columns = columns(p);
		if (closed)
			bv__p_expect_close(p, BV_TK_RPAREN, paren);
	}
	n->read = row_format(p, "RECORDREADER");
	return BV_NODE_DONE(p, n, from);
}
