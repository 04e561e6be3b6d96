/* Statements: queries, CREATE VIEW and the other forms of CREATE that are read, and all others, which are recognised by their leading keywords and refused. */
#include "sql/parser.h"

/* ---- CREATE VIEW ---- */

/* string, number, boolean, (values or name = value, …) of an option */
static bv_node *option_value(bv_parser *p);

/* name = value; the name may be a word, a quoted name, a string, or words with dots */
static bv_node *option(bv_parser *p)
{
	const bv_token *from = p->t;
	bv_ast_option *o = BV_NODE_NEW(p, OPTION, option, from);
	if (bv__p_at(p, BV_TK_STRING))
		o->name = bv__p_string_expected(p, "an option");
	else {
		o->name = bv__p_name(p, "an option");
		while (bv__p_at(p, BV_TK_DOT)) {
			p->t++;
			bv_str more = bv__p_name(p, "an option");
			o->name = bv__arena_printf(p->arena, BV_STR_FMT "." BV_STR_FMT, BV_STR_ARG(o->name), BV_STR_ARG(more));
		}
	}
	bv__p_expect(p, BV_TK_EQ);
	o->value = option_value(p);
	return BV_NODE_DONE(p, o, from);
}

static bv_node *option_value(bv_parser *p)
{
	const bv_token *from = p->t;
	if (!bv__p_at(p, BV_TK_LPAREN) && !bv__p_at(p, BV_TK_LBRACKET)) {
		if (bv__p_at(p, BV_TK_STRING))
			return bv__p_string_node(p, from, bv__p_string_expected(p, "a value"));
		if (bv__p_at(p, BV_TK_NUMBER) || bv__p_at_kw(p, BV_K_TRUE) || bv__p_at_kw(p, BV_K_FALSE))
			return bv__p_expr_above(p, 100);
		bv__p_expected(p, "a string, a number, TRUE, FALSE or a list in parentheses");
		return bv__p_make(p, BV_NULL_LITERAL, from);
	}
	bv_token_kind close = bv__p_at(p, BV_TK_LPAREN) ? BV_TK_RPAREN : BV_TK_RBRACKET;
	bv_ast_row *r = BV_NODE_NEW(p, ROW, row, from);
	uint32_t m = bv__p_mark(p);
	p->t++;
	if (!bv__p_enter(p, 1)) {
		bv__p_leave(p, 1);
		return &r->head;
	}
	if (!bv__p_at(p, close))
		do {
			if (bv__p_at(p, close))
				break;
			bool pair = (p->t->kind == BV_TK_STRING || bv__p_at_name(p)) && (p->t[1].kind == BV_TK_EQ || p->t[1].kind == BV_TK_DOT);
			bv__p_item(p, pair ? option(p) : option_value(p));
		} while (bv__p_accept(p, BV_TK_COMMA));
	bv__p_leave(p, 1);
	r->items = bv__p_items(p, m);
	bv__p_expect_close(p, close, from);
	return BV_NODE_DONE(p, r, from);
}

/* (name [COMMENT '…'], …) */
static bv_list view_columns(bv_parser *p)
{
	const bv_token *open = p->t;
	uint32_t m = bv__p_mark(p);
	p->t++;
	do {
		const bv_token *from = p->t;
		bv_ast_view_column *c = BV_NODE_NEW(p, VIEW_COLUMN, view_column, from);
		c->name = bv__p_name(p, "a column name");
		if (bv__p_accept_kw(p, BV_K_COMMENT))
			c->comment = bv__p_string_expected(p, "the comment as a string");
		else if (!p->panic && !bv__p_at(p, BV_TK_COMMA) && !bv__p_at(p, BV_TK_RPAREN)) {
			const bv_token *t = p->t;
			bv_diagnostic *e = bv__p_fail(p, BV_E_SYNTAX, bv__p_token_span(p, t), "expected COMMENT, `,` or `)` in the columns of a view");
			if (e)
				bv__diag_hint(p->d, e, "a view's columns take their types from the query");
		}
		bv__p_item(p, BV_NODE_DONE(p, c, from));
	} while (bv__p_accept(p, BV_TK_COMMA));
	bv_list l = bv__p_items(p, m);
	bv__p_expect_close(p, BV_TK_RPAREN, open);
	return l;
}

/* CREATE [OR REPLACE] [MATERIALIZED] VIEW name [(columns)] [COMMENT '…'] [WITH (options)] AS query */
static bv_node *create_view(bv_parser *p, const bv_token *from, bool or_replace)
{
	bv_ast_create_view *v = BV_NODE_NEW(p, CREATE_VIEW, create_view, from);
	v->or_replace = or_replace;
	v->materialized = bv__p_accept_kw(p, BV_K_MATERIALIZED);
	p->t++;
	if (bv__p_at_kw(p, BV_K_IF) && bv__p_next_kw(p, 1, BV_K_NOT))
		bv__p_refuse(p, p->t, "CREATE VIEW IF NOT EXISTS");
	v->name = bv__p_path(p, "the name of the view", 3);
	if (bv__p_at(p, BV_TK_LPAREN))
		v->columns = view_columns(p);
	for (;;) {
		const bv_token *t = p->t;
		if (bv__p_accept_kw(p, BV_K_COMMENT)) {
			if (v->comment.n)
				bv__p_fail(p, BV_E_SYNTAX, bv__p_token_span(p, t), "COMMENT is given twice");
			bv__p_accept(p, BV_TK_EQ);
			v->comment = bv__p_string_expected(p, "the comment as a string");
		} else if ((bv__p_at_kw(p, BV_K_WITH) || bv__p_at_kw(p, BV_K_OPTIONS)) && p->t[1].kind == BV_TK_LPAREN) {
			if (v->options.n)
				bv__p_fail(p, BV_E_SYNTAX, bv__p_token_span(p, t), "WITH is given twice");
			bv__p_advance(p);
			const bv_token *open = p->t;
			bv__p_advance(p);
			uint32_t m = bv__p_mark(p);
			bv__p_enter(p, 1);
			if (!bv__p_at(p, BV_TK_RPAREN))
				do
					bv__p_item(p, option(p));
				while (bv__p_accept(p, BV_TK_COMMA));
			bv__p_leave(p, 1);
			v->options = bv__p_items(p, m);
			bv__p_expect_close(p, BV_TK_RPAREN, open);
		} else
			break;
	}
	if (!p->panic && !bv__p_at_kw(p, BV_K_AS))
		bv__p_expected(p, v->columns.n || v->comment.n || v->options.n ? "COMMENT, WITH or AS" : "`(`, COMMENT, WITH or AS");
	bv__p_accept_kw(p, BV_K_AS);
	if (!p->panic && !bv__p_at_query(p) && !bv__p_at(p, BV_TK_LPAREN))
		bv__p_expected(p, "a query");
	bv__p_enter(p, 1);
	v->query = bv__p_query(p);
	bv__p_leave(p, 1);
	return BV_NODE_DONE(p, v, from);
}

/* ---- refused ---- */

/* Words between CREATE, ALTER or DROP and the kind of object that say nothing about the kind. */
static bool is_modifier(bv_keyword k)
{
	switch (k) {
	case BV_K_OR: case BV_K_REPLACE: case BV_K_TEMP: case BV_K_TEMPORARY: case BV_K_TRANSIENT: case BV_K_VOLATILE: case BV_K_UNBOUNDED: case BV_K_GLOBAL: case BV_K_LOCAL:
	case BV_K_RECURSIVE:
		return true;
	default:
		return false;
	}
}

/* How many leading words name the statement; 0: it is none that is known. */
static unsigned statement_words(const bv_token *t, uint16_t words[4])
{
	unsigned n = 0;
	words[n++] = t->keyword;
	switch ((bv_keyword)t->keyword) {
	case BV_K_CREATE: case BV_K_ALTER: case BV_K_DROP:
		t++;
		while (t->kind == BV_TK_NAME && is_modifier((bv_keyword)t->keyword))
			t++;
		while (t->kind == BV_TK_NAME && t->keyword && n < 4 &&
			   (t->keyword == BV_K_EXTERNAL || t->keyword == BV_K_UNIQUE || t->keyword == BV_K_VIRTUAL || t->keyword == BV_K_AGGREGATE || t->keyword == BV_K_MATERIALIZED ||
				is_modifier((bv_keyword)t->keyword))) {
			if (!is_modifier((bv_keyword)t->keyword))
				words[n++] = t->keyword;
			t++;
		}
		if (t->kind == BV_TK_NAME && t->keyword && n < 4)
			words[n++] = t->keyword;
		return n;
	case BV_K_INSERT:
		if (t[1].keyword == BV_K_INTO || t[1].keyword == BV_K_OVERWRITE)
			words[n++] = t[1].keyword;
		return n;
	case BV_K_DELETE:
		if (t[1].keyword == BV_K_FROM)
			words[n++] = BV_K_FROM;
		return n;
	case BV_K_MERGE:
		if (t[1].keyword == BV_K_INTO)
			words[n++] = BV_K_INTO;
		return n;
	case BV_K_SHOW: case BV_K_TRUNCATE: case BV_K_CACHE: case BV_K_REFRESH: case BV_K_MSCK: case BV_K_EXPORT: case BV_K_IMPORT: case BV_K_COMMENT: case BV_K_USE: case BV_K_LOCK:
		if (t[1].kind == BV_TK_NAME && t[1].keyword && t[1].keyword != BV_K_IF)
			words[n++] = t[1].keyword;
		return n;
	case BV_K_EXPLAIN:
		if (t[1].keyword == BV_K_ANALYZE)
			words[n++] = BV_K_ANALYZE;
		return n;
	case BV_K_DESC: case BV_K_DESCRIBE: case BV_K_UPDATE: case BV_K_COPY: case BV_K_SET: case BV_K_RESET: case BV_K_BEGIN: case BV_K_START: case BV_K_COMMIT: case BV_K_ROLLBACK:
	case BV_K_SAVEPOINT: case BV_K_RELEASE: case BV_K_GRANT: case BV_K_REVOKE: case BV_K_CALL: case BV_K_EXEC: case BV_K_EXECUTE: case BV_K_PREPARE: case BV_K_DEALLOCATE: case BV_K_DECLARE:
	case BV_K_CLOSE: case BV_K_FETCH: case BV_K_VACUUM: case BV_K_ANALYZE: case BV_K_OPTIMIZE: case BV_K_PRAGMA: case BV_K_ATTACH: case BV_K_DETACH: case BV_K_INSTALL:
	case BV_K_LOAD: case BV_K_UNLOAD: case BV_K_PUT: case BV_K_KILL: case BV_K_LISTEN: case BV_K_NOTIFY: case BV_K_UNLISTEN: case BV_K_DISCARD: case BV_K_CHECKPOINT: case BV_K_CLUSTER:
	case BV_K_REINDEX: case BV_K_REPAIR: case BV_K_RESTORE: case BV_K_RENAME: case BV_K_SUMMARIZE: case BV_K_UNCACHE: case BV_K_UNSET: case BV_K_UNLOCK: case BV_K_UPSERT:
	case BV_K_REPLACE: case BV_K_ABORT: case BV_K_DO: case BV_K_PIVOT: case BV_K_UNPIVOT: case BV_K_END: case BV_K_IF: case BV_K_FORCE:
		return n;
	default:
		return 0;
	}
}

static void refuse(bv_parser *p, const bv_token *from, const uint16_t *words, unsigned n)
{
	bv_buf text = BV_BUF_INIT;
	for (unsigned i = 0; i < n; i++) {
		if (i)
			bv__buf_ch(&text, ' ');
		bv__buf_z(&text, bv__keyword_names[words[i]]);
	}
	const bv_token *last = from;
	for (const bv_token *t = from; t < p->end && t < from + 8; t++)
		if (t->keyword == words[n - 1]) {
			last = t;
			break;
		}
	bv_span span = {p->file, from->start, last->end};
	bv_diagnostic *e = bv__p_fail(p, BV_E_STATEMENT, span, "%s is not supported", text.p);
	bv__buf_free(&text);
	if (!e)
		return;
	static const struct {
		uint16_t word;
		const char *hint;
	} hints[] = {
		{BV_K_EXPLAIN, "`belvedere compile --file FILE --trace` shows what becomes of a query"},
		{BV_K_SHOW, "`belvedere graph` lists views and tables, `belvedere functions` the functions"},
		{BV_K_DESCRIBE, "`belvedere show NAME` describes a view"},
		{BV_K_DESC, "`belvedere show NAME` describes a view"},
		{BV_K_DROP, "a view is dropped by deleting its file; `belvedere run --prune` then removes its table"},
		{BV_K_ALTER, "change the view's file; `belvedere plan` says what follows from it"},
		{BV_K_COPY, "`belvedere load` reads files into tables, `belvedere query --format csv` writes rows"},
		{BV_K_SET, "settings are in belvedere.yaml"},
		{BV_K_USE, "a name is written in full: schema.table"},
		{BV_K_TRUNCATE, "what a table holds follows from its view"},
		{BV_K_REFRESH, "`belvedere run` refreshes what is stale"},
		{BV_K_OPTIMIZE, "Belvedere leaves the files of a table as they were written"},
	};
	for (unsigned i = 0; i < BV_COUNT(hints); i++)
		if (hints[i].word == words[0])
			bv__diag_hint(p->d, e, "%s", hints[i].hint);
	if (words[0] == BV_K_CREATE && words[n - 1] == BV_K_SCHEMA)
		bv__diag_hint(p->d, e, "a schema comes with its first view: CREATE VIEW schema.name AS …");
	else if (words[0] == BV_K_CREATE && n > 1 && words[n - 1] == BV_K_TABLE)
		bv__diag_hint(p->d, e, "CREATE MATERIALIZED VIEW … AS keeps a query's rows in a table; `belvedere load` loads files");
	else if (words[0] == BV_K_INSERT || words[0] == BV_K_UPDATE || words[0] == BV_K_DELETE || words[0] == BV_K_MERGE)
		bv__diag_hint(p->d, e, "what a table holds follows from its view; `belvedere load` loads files");
}

bv_node *bv__p_statement(bv_parser *p)
{
	const bv_token *from = p->t;
	if (bv__p_at_query(p) || bv__p_at(p, BV_TK_LPAREN) || bv__p_at_kw(p, BV_K_FROM) || bv__p_at_kw(p, BV_K_VALUES))
		return bv__p_query(p);
	if (bv__p_at_kw(p, BV_K_CREATE)) {
		const bv_token *t = from + 1;
		bool replace = t->keyword == BV_K_OR && t[1].keyword == BV_K_REPLACE;
		if (replace)
			t += 2;
		if (t->keyword == BV_K_VIEW || (t->keyword == BV_K_MATERIALIZED && t[1].keyword == BV_K_VIEW)) {
			p->t = t;
			return create_view(p, from, replace);
		}
		bool temporary = t->keyword == BV_K_TEMP || t->keyword == BV_K_TEMPORARY, unbounded = t->keyword == BV_K_UNBOUNDED;
		const bv_token *object = t + (temporary || unbounded);
		if ((object->keyword == BV_K_FUNCTION || object->keyword == BV_K_MACRO) && !unbounded) {
			p->t = object;
			return bv__p_create_function(p, from, replace, temporary);
		}
		if (object->keyword == BV_K_EXTERNAL && !temporary && (p->dialect->bit & BV_D_LENIENT)) {
			p->t = object;
			return bv__p_create_external_table(p, from, replace, unbounded);
		}
		if (is_modifier((bv_keyword)t->keyword) && t[1].keyword == BV_K_VIEW) {
			bv__p_fail(p, BV_E_STATEMENT, (bv_span){p->file, from->start, t[1].end}, "CREATE %s VIEW is not supported", bv__keyword_names[t->keyword]);
			return bv__p_make(p, BV_VALUES, from);
		}
	}
	if (bv__p_at_kw(p, BV_K_CREATE)) {
		/* CREATE VEIW, CREATE MATERIALISED VIEW */
		const bv_token *t = from + 1;
		while (t->kind == BV_TK_NAME && is_modifier((bv_keyword)t->keyword))
			t++;
		bv_str word = t->kind == BV_TK_NAME && !t->keyword ? bv__p_token_str(p, t) : (bv_str){"", 0};
		if (bv__str_distance(word, BV_STR("VIEW"), 3) < 3 || bv__str_distance(word, BV_STR("MATERIALIZED"), 3) < 3) {
			p->t = t;
			bv__p_expected(p, "VIEW or MATERIALIZED VIEW");
			return bv__p_make(p, BV_VALUES, from);
		}
	}
	uint16_t words[4];
	unsigned n = from->kind == BV_TK_NAME && from->keyword ? statement_words(from, words) : 0;
	if (n)
		refuse(p, from, words, n);
	else
		bv__p_expected(p, "a query or CREATE VIEW");
	return bv__p_make(p, BV_VALUES, from);
}
