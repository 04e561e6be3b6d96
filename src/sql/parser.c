/* The parser's frame: tokens in, statements out; nodes, lists, depth, error messages and recovery. The grammar is in parser_*.c. */
#include <ctype.h>

#include "sql/mark.h"
#include "sql/parser.h"

/* ---- nodes and lists ---- */

bv_node *bv__p_make(bv_parser *p, bv_kind kind, const bv_token *from)
{
	bv_node *n = p->nodes < BV_NODES_MAX ? bv__node_new(p->arena, kind, bv__p_token_span(p, from)) : NULL;
	if (!n)
		return bv__p_make_slow(p, kind, from);
	p->nodes++;
	return n;
}

/* Where a node could not be made, or may not. */
bv_node *bv__p_make_slow(bv_parser *p, bv_kind kind, const bv_token *from)
{
	if (++p->nodes > BV_NODES_MAX && !p->panic)
		bv__p_fail(p, BV_E_SIZE, bv__p_token_span(p, from), "the text has more than %u nodes", BV_NODES_MAX);
	bv_node *n = bv__node_new(p->arena, kind, bv__p_token_span(p, from));
	if (n)
		return n;
	p->oom = true;
	p->panic = true;
	p->t = p->end;
	memset(p->spare, 0, sizeof p->spare);
	n = (bv_node *)p->spare;
	n->kind = (uint16_t)kind;
	return n;
}

#define BV_NODE(K, k, governed, doc) _Static_assert(sizeof(bv_ast_##k) <= 1024, "the spare node is too small");
#include "ast/nodes.def"

bv_list bv__p_items(bv_parser *p, uint32_t mark)
{
	bv_list l = {NULL, 0};
	if (p->stack.n > mark)
		l = bv__list_of(p->arena, p->stack.v + mark, p->stack.n - mark);
	p->stack.n = mark;
	return l;
}

bv_path bv__p_names_from(bv_parser *p, uint32_t mark)
{
	bv_path path = {NULL, 0, 0};
	if (p->names.n > mark)
		path = bv__path_of(p->arena, p->names.v + mark, p->names.n - mark);
	p->names.n = mark;
	return path;
}

/* ---- depth ---- */

bool bv__p_too_deep(bv_parser *p)
{
	bv__p_fail(p, BV_E_DEPTH, bv__p_token_span(p, p->t), "nested more than %d levels deep", BV_DEPTH_MAX);
	return false;
}

/* ---- errors ---- */

bv_diagnostic *bv__p_fail(bv_parser *p, bv_code code, bv_span span, const char *fmt, ...)
{
	if (p->panic)
		return NULL;
	va_list ap;
	va_start(ap, fmt);
	char text[512];
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	/* A cut must not split a character. */
	text[bv__utf8_invalid(text, strlen(text))] = 0;
	p->panic = true;
	p->bad = p->t;
	bool bad_token = p->t->kind == BV_TK_BAD;
	p->t = p->end;
	p->errors++;
	p->fatal |= code == BV_E_DEPTH || code == BV_E_SIZE; /* what follows would only say it again */
	if (bad_token && code == BV_E_SYNTAX) /* the lexer has said it */
		return NULL;
	return bv__diag(p->d, code, span, "%s", text);
}

/* How a message names a token: `FORM`, 'text', end of text. */
static const char *found(const bv_parser *p, const bv_token *t, char *buf, size_t size)
{
	if (t->kind == BV_TK_END)
		return "end of text";
	uint32_t n = t->end - t->start;
	bool cut = n > 40;
	if (cut)
		for (n = 40; n > 0 && ((uint8_t)p->text[t->start + n] & 0xC0) == 0x80; n--)
			;
	if (t->kind == BV_TK_STRING)
		snprintf(buf, size, "string %.*s%s", (int)n, p->text + t->start, cut ? "…" : "");
	else
		snprintf(buf, size, "`%.*s%s`", (int)n, p->text + t->start, cut ? "…" : "");
	for (char *c = buf; *c; c++)
		if (*c == '\n' || *c == '\r' || *c == '\t')
			*c = ' ';
	return buf;
}

/* Words that a misspelt word at a clause's place may have meant. */
static const char *const clause_words[] = {"SELECT", "FROM", "WHERE", "GROUP", "ORDER", "HAVING", "LIMIT", "UNION", "JOIN", "VALUES", "WITH", "OFFSET", "QUALIFY",
										   "INTERSECT", "EXCEPT", "CREATE", "BETWEEN", "DISTINCT", "WINDOW", "USING", "PARTITION", "CROSS", "INNER"};

static bool may_be_misspelt(const bv_token *t) { return t->kind == BV_TK_NAME && !t->keyword && t->end - t->start >= 3 && t->end - t->start <= 14; }

static void nearer(bv_str word, bv_str candidate, unsigned *best, bv_str *meant)
{
	unsigned d = bv__str_distance(word, candidate, *best);
	if (d < *best) {
		*best = d;
		*meant = candidate;
	}
}

/* A word of a clause, or one of those in capitals that are wanted here. */
static bool misspelt(const bv_parser *p, const bv_token *t, const char *wanted, bv_str *meant)
{
	if (!may_be_misspelt(t))
		return false;
	bv_str word = bv__p_token_str(p, t);
	unsigned best = word.n > 4 ? 3 : 2;
	for (unsigned i = 0; i < BV_COUNT(clause_words); i++)
		nearer(word, bv__str(clause_words[i]), &best, meant);
	for (const char *w = wanted; *w;) {
		uint32_t n = 0;
		while (w[n] >= 'A' && w[n] <= 'Z')
			n++;
		if (n >= 3)
			nearer(word, (bv_str){w, n}, &best, meant);
		w += n ? n : 1;
	}
	return meant->n > 0;
}

/* May what ends with this token have an alias? Then a misspelt keyword behind it was read as one. */
static bool ends_operand(const bv_token *t)
{
	switch ((bv_token_kind)t->kind) {
	case BV_TK_QUOTED: case BV_TK_STRING: case BV_TK_NUMBER: case BV_TK_RPAREN: case BV_TK_RBRACKET: case BV_TK_STAR: return true;
	case BV_TK_NAME: return !(bv__keyword_flags[t->keyword] & (BV_KW_N | BV_KW_C | BV_KW_H)) || t->keyword == BV_K_END;
	default: return false;
	}
}

/* A keyword where a name is wanted was meant as a name if what follows is what follows a name. */
static bool meant_as_name(const char *wanted, const bv_token *t)
{
	if (t->kind != BV_TK_NAME || !(bv__keyword_flags[t->keyword] & BV_KW_N) || t->keyword == BV_K_END)
		return false;
	if (!strstr(wanted, "name") && !strstr(wanted, "expression") && !strstr(wanted, "table") && !strstr(wanted, "alias"))
		return false;
	switch ((bv_token_kind)t[1].kind) {
	case BV_TK_END: case BV_TK_COMMA: case BV_TK_RPAREN: case BV_TK_SEMICOLON: case BV_TK_DOT: case BV_TK_EQ: case BV_TK_CAST: return true;
	case BV_TK_NAME: return bv__keyword_flags[t[1].keyword] & BV_KW_H;
	default: return false;
	}
}

/* What the token that does not fit says about the cause. */
static void hint(bv_parser *p, bv_diagnostic *e, const bv_token *t, const char *wanted)
{
	bv_str meant = {"", 0};
	const bv_token *before = t > p->first ? t - 1 : p->end;
	if (misspelt(p, t, wanted, &meant) || misspelt(p, before, "", &meant)) {
		bv__diag_hint(p->d, e, "did you mean " BV_STR_FMT "?", BV_STR_ARG(meant));
		return;
	}
	if (p->placeholders && t->kind == BV_TK_PARAM && (p->text[t->start] == '{' || p->text[t->start + 1] == '{')) {
		bv__diag_hint(p->d, e, "a placeholder stands for a value; policy.templates = render writes any text");
		return;
	}
	const bv_foreign *f = bv__p_foreign(p, t);
	if (f) {
		bv__diag_hint(p->d, e, "%s is %s syntax; read it with `dialect: %s`", f->what, f->title, f->dialect);
		return;
	}
	bool closes = t->kind == BV_TK_RPAREN || t->kind == BV_TK_END || t->kind == BV_TK_SEMICOLON || (t->kind == BV_TK_NAME && (bv__keyword_flags[t->keyword] & BV_KW_N));
	if (before->kind == BV_TK_COMMA && (t->kind == BV_TK_COMMA || closes))
		bv__diag_hint(p->d, e, t->kind == BV_TK_COMMA ? "there is one `,` too many" : "nothing follows the `,` before it");
	else if (t->kind == BV_TK_COMMA && before->kind == BV_TK_NAME && (bv__keyword_flags[before->keyword] & BV_KW_N))
		bv__diag_hint(p->d, e, "something is missing before the `,`");
	else if (t->kind == BV_TK_RPAREN && before->kind == BV_TK_LPAREN && before > p->first && before[-1].keyword == BV_K_IN)
		bv__diag_hint(p->d, e, "a list has at least one value");
	else if (t->kind == BV_TK_LBRACKET && strstr(wanted, "table"))
		bv__diag_hint(p->d, e, "brackets quote names in SQL Server; here it is %c", p->dialect->double_quote == BV_QUOTE_NAME ? '"' : '`');
	else if (t->kind == BV_TK_NAME && strstr(wanted, "end of the statement") && (t->keyword == BV_K_SELECT || t->keyword == BV_K_WITH || t->keyword == BV_K_CREATE || t->keyword == BV_K_VALUES))
		bv__diag_hint(p->d, e, "between two statements stands a `;`");
	else if (t->kind == BV_TK_RPAREN)
		bv__diag_hint(p->d, e, "there may be one `)` too many, or something missing before it");
	else if (meant_as_name(wanted, t))
		bv__diag_hint(p->d, e, "%s is a keyword; as a name it needs quotes", bv__keyword_names[t->keyword]);
}

void bv__p_expected(bv_parser *p, const char *what)
{
	if (p->panic)
		return;
	const bv_token *t = p->t;
	char buf[128];
	bv_str meant = {"", 0};
	if (t > p->first + 1 && t->kind != BV_TK_BAD && may_be_misspelt(t - 1) && ends_operand(t - 2) && !misspelt(p, t, what, &meant) && misspelt(p, t - 1, "", &meant))
		t--; /* SELECT a FORM t: the wrong word was read as an alias, and the next one is not to blame */
	bv_diagnostic *e = bv__p_fail(p, BV_E_SYNTAX, bv__p_token_span(p, t), "expected %s, found %s", what, found(p, t, buf, sizeof buf));
	if (e)
		hint(p, e, t, what);
}

void bv__p_refuse(bv_parser *p, const bv_token *from, const char *construct)
{
	bv_span s = bv__p_since(p, from);
	bv__p_fail(p, BV_E_NOT_SUPPORTED, s, "%s is not supported", construct);
}

void bv__p_expect(bv_parser *p, bv_token_kind kind)
{
	if (bv__p_accept(p, kind))
		return;
	char what[16];
	snprintf(what, sizeof what, "`%s`", bv__token_texts[kind]);
	bv__p_expected(p, what);
}

void bv__p_position(const bv_parser *p, uint32_t offset, uint32_t *line, uint32_t *column)
{
	if (p->origin)
		bv__source_position(p->origin->source, bv__origin_span(p->origin, offset, offset).start, line, column);
	else
		bv__source_position((bv_str){p->text, p->end->start}, offset, line, column);
}

void bv__p_expect_close(bv_parser *p, bv_token_kind kind, const bv_token *open)
{
	if (bv__p_accept(p, kind) || p->panic)
		return;
	uint32_t line, column, here, column_here;
	bv__p_position(p, open->start, &line, &column);
	bv__p_position(p, p->t->start, &here, &column_here);
	char what[64];
	const char *more = kind == BV_TK_RPAREN || kind == BV_TK_RBRACKET ? "`,` or " : "";
	if (line == here)
		snprintf(what, sizeof what, "%s`%s` to close the one at column %u", more, bv__token_texts[kind], column);
	else
		snprintf(what, sizeof what, "%s`%s` to close the one at line %u", more, bv__token_texts[kind], line);
	const bv_token *t = p->t;
	char buf[128];
	bv_diagnostic *e = bv__p_fail(p, BV_E_SYNTAX, bv__p_token_span(p, t), "expected %s, found %s", what, found(p, t, buf, sizeof buf));
	if (!e)
		return;
	hint(p, e, t, what);
	bv__diag_note(p->d, e, bv__p_token_span(p, open), "this `%s` is open", bv__token_texts[open->kind]);
}

void bv__p_expect_kw(bv_parser *p, bv_keyword k)
{
	if (!bv__p_accept_kw(p, k))
		bv__p_expected(p, bv__keyword_names[k]);
}

/* ---- constructs of other dialects ---- */

/* What to look for at the token that does not fit, or right before it: a keyword (and the one that follows it), or a kind of token. */
static const bv_foreign foreign[] = {
	{BV_D_SPARKS | BV_D_GENERIC, BV_K_LATERAL, BV_K_VIEW, 0, "LATERAL VIEW", "Spark", "spark"},
	{BV_D_SPARKS | BV_D_LENIENT, BV_K_DISTRIBUTE, BV_K_BY, 0, "DISTRIBUTE BY", "Spark", "spark"},
	{BV_D_SPARKS, BV_K_CLUSTER, BV_K_BY, 0, "CLUSTER BY", "Spark", "spark"},
	{BV_D_SPARKS | BV_D_LENIENT, BV_K_SORT, BV_K_BY, 0, "SORT BY", "Spark", "spark"},
	{BV_D_DUCKDB, BV_K_POSITIONAL, BV_K_JOIN, 0, "POSITIONAL JOIN", "DuckDB", "duckdb"},
	{BV_D_SNOWFLAKE, BV_K_MATCH_CONDITION, 0, 0, "MATCH_CONDITION", "Snowflake", "snowflake"},
	{BV_D_SNOWFLAKE | BV_D_DATABRICKS | BV_D_GENERIC, 0, 0, BV_TK_COLON, "the path `a:b`", "Snowflake", "snowflake"},
	{BV_D_BIGQUERY | BV_D_GENERIC, 0, 0, BV_TK_AT, "the parameter `@name`", "BigQuery", "bigquery"},
	{BV_D_POSTGRES, BV_K_OPERATOR, 0, 0, "OPERATOR()", "PostgreSQL", "postgres"},
	{BV_D_DUCKDB | BV_D_SNOWFLAKE | BV_D_DATABRICKS, BV_K_ASOF, BV_K_JOIN, 0, "ASOF JOIN", "DuckDB", "duckdb"},
};

const bv_foreign *bv__p_foreign(const bv_parser *p, const bv_token *t)
{
	for (unsigned i = 0; i < BV_COUNT(foreign); i++) {
		const bv_foreign *f = &foreign[i];
		if (f->dialects & p->dialect->bit)
			continue;
		if (f->keyword ? t->keyword == f->keyword && (!f->second || t[t->kind != BV_TK_END].keyword == f->second) : t->kind == f->token)
			return f;
	}
	return NULL;
}

/* ---- recovery ---- */

static bool starts_clause(bv_keyword k)
{
	switch (k) {
	case BV_K_FROM: case BV_K_WHERE: case BV_K_GROUP: case BV_K_HAVING: case BV_K_QUALIFY: case BV_K_WINDOW: case BV_K_ORDER: case BV_K_LIMIT:
	case BV_K_UNION: case BV_K_INTERSECT: case BV_K_EXCEPT:
		return true;
	default:
		return false;
	}
}

bool bv__p_recover_clause(bv_parser *p, const bv_token *from)
{
	if (!p->panic || p->oom || p->fatal || p->errors >= BV_ERRORS_MAX || !p->bad || p->bad < from)
		return false;
	int open = 0;
	for (const bv_token *t = from; t < p->end && t->kind != BV_TK_SEMICOLON; t++) {
		/* Queries inside queries could each look at the whole rest. */
		if (p->looked++ > 4 * (size_t)(p->end - p->first) + 1000)
			return false;
		if (t->kind == BV_TK_LPAREN || t->kind == BV_TK_LBRACKET || t->kind == BV_TK_LBRACE)
			open++;
		else if (t->kind == BV_TK_RPAREN || t->kind == BV_TK_RBRACKET || t->kind == BV_TK_RBRACE) {
			if (--open < 0)
				return false; /* the end of this query; the next one out recovers */
		} else if (t >= p->bad && t > from && starts_clause(t->keyword) && (open == 0 || t == p->bad)) {
			if (t->keyword == BV_K_FROM && t > p->first && t[-1].keyword == BV_K_DISTINCT)
				continue;
			if (t == p->bad && (t[1].kind == BV_TK_END || t[1].kind == BV_TK_SEMICOLON))
				return false; /* nothing follows it: it stood for a name */
			p->t = t;
			p->panic = false;
			return true;
		}
	}
	return false;
}

/* ---- entry points ---- */

bv_str bv__sql_text(bv_arena *a, bv_str text)
{
	char *copy = bv__arena_alloc(a, (size_t)text.n + 32);
	if (!copy)
		return BV_STR("");
	memcpy(copy, text.p, text.n);
	return (bv_str){copy, text.n};
}

/* A parser over a text. `ready`: it lies in the arena with zeros behind it; else it is copied there, since names in the tree point into it. */
static bool begin(bv_parser *p, bv_arena *a, bv_arena *scratch, bv_str text, bool ready, uint32_t file, const bv_dialect *dialect, const bv_reading *how, bv_comments *comments, bv_diagnostics *d)
{
	memset(p, 0, offsetof(bv_parser, spare));
	p->arena = a;
	p->scratch = scratch;
	p->d = d;
	p->dialect = dialect ? dialect : bv__datafusion;
	p->file = file;
	p->origin = how ? how->origin : NULL;
	p->placeholders = how && how->placeholders;
	size_t valid = bv__utf8_invalid(text.p, text.n);
	if (valid < text.n) {
		bv__diag(d, BV_E_UTF8, (bv_span){file, (uint32_t)valid, (uint32_t)valid + 1}, "byte 0x%02X is not valid UTF-8 here", (unsigned)(uint8_t)text.p[valid]);
		return false;
	}
	/* Nowhere, not in a string and not in a comment: texts are C strings to many who get them. */
	const char *nul = memchr(text.p, 0, text.n);
	if (nul) {
		uint32_t at = (uint32_t)(nul - text.p);
		bv_diagnostic *e = bv__diag(d, BV_E_TOKEN, (bv_span){file, at, at + 1}, "NUL byte");
		bv__diag_hint(d, e, "SQL is text; is the file UTF-16, or cut short?");
		return false;
	}
	if (!ready)
		text = bv__sql_text(a, text);
	if (bv__arena_failed(a))
		return false;
	p->text = text.p;
	bv_tokens tokens;
	if (!bv__lex(scratch, text, file, p->dialect, p->placeholders, &tokens, d))
		p->errors++;
	if (!tokens.v || bv__arena_failed(scratch))
		return false;
	p->first = p->t = tokens.v;
	p->end = tokens.v + tokens.n;
	for (uint32_t i = 0; comments && i < tokens.comments.n; i++)
		p->oom |= !BV_PUSH(a, comments, tokens.comments.v[i]);
	return true;
}

static bool finish(bv_parser *p)
{
	if (p->oom || bv__arena_failed(p->arena) || bv__arena_failed(p->scratch)) {
		bv__nomem(p->d);
		return false;
	}
	return p->errors == 0;
}

/* What may follow a statement that ends here. */
static const char *after_statement(const bv_parser *p, const bv_node *n)
{
	if (n->kind == BV_CREATE_VIEW)
		n = BV_AS(create_view, n)->query;
	if (!n || n->kind != BV_QUERY)
		return "the end of the statement";
	const bv_ast_query *q = BV_AS(query, n);
	bool bracket = p->t > p->first && p->t[-1].kind == BV_TK_RPAREN;
	if (q->limit || q->offset)
		return "the end of the statement";
	if (q->order_by.n || q->order_by_all)
		return "`,`, LIMIT or the end of the statement";
	n = q->body;
	while (n && n->kind == BV_SET_OPERATION)
		n = BV_AS(set_operation, n)->right;
	if (!n || n->kind != BV_SELECT || bracket)
		return bracket ? "an operator, a clause or the end of the statement" : "UNION, ORDER BY, LIMIT or the end of the statement";
	const bv_ast_select *x = BV_AS(select, n);
	if (x->qualify || x->windows.n)
		return "ORDER BY, LIMIT or the end of the statement";
	if (x->having)
		return "an operator, QUALIFY, ORDER BY, LIMIT or the end of the statement";
	if (x->group_by.n || x->group_by_all)
		return "`,`, HAVING, ORDER BY, LIMIT or the end of the statement";
	if (x->where)
		return "an operator, GROUP BY, ORDER BY, LIMIT or the end of the statement";
	if (x->from.n)
		return "a join, WHERE, GROUP BY, ORDER BY, LIMIT or the end of the statement";
	return "`,`, FROM or the end of the statement";
}

/* A clause behind one that it should stand before. */
static bool misplaced(bv_parser *p)
{
	bv_keyword k = (bv_keyword)p->t->keyword;
	bv_diagnostic *e;
	switch (k) {
	case BV_K_FROM: case BV_K_WHERE: case BV_K_GROUP: case BV_K_HAVING: case BV_K_WINDOW: case BV_K_QUALIFY: case BV_K_ORDER: case BV_K_LIMIT:
		e = bv__p_fail(p, BV_E_SYNTAX, bv__p_token_span(p, p->t), "%s%s is out of place", bv__keyword_names[k], k == BV_K_GROUP || k == BV_K_ORDER ? " BY" : "");
		if (e)
			bv__diag_hint(p->d, e, "the order is SELECT, FROM, WHERE, GROUP BY, HAVING, WINDOW, QUALIFY, ORDER BY, LIMIT, each once");
		return true;
	case BV_K_JOIN: case BV_K_LEFT: case BV_K_RIGHT: case BV_K_FULL: case BV_K_INNER: case BV_K_CROSS: case BV_K_NATURAL:
		e = bv__p_fail(p, BV_E_SYNTAX, bv__p_token_span(p, p->t), "%s is out of place", bv__keyword_names[k]);
		if (e)
			bv__diag_hint(p->d, e, "joins belong to FROM, before WHERE");
		return true;
	default:
		return false;
	}
}

static bool parse(bv_arena *a, bv_str text, bool ready, uint32_t file, const bv_dialect *dialect, const bv_reading *how, bv_list *statements, bv_comments *comments, bv_diagnostics *d)
{	bv_arena *scratch BV_AUTO(bv__arena_freep) = bv__arena_new();
	if (!scratch)
		return bv__nomem(d), false;
	bv_parser parser, *p = &parser;
	if (!begin(p, a, scratch, text, ready, file, dialect, how, comments, d)) {
		if (bv__arena_failed(a) || bv__arena_failed(scratch))
			bv__nomem(d);
		return false;
	}
	while (p->t < p->end && !p->oom) {
		if (bv__p_accept(p, BV_TK_SEMICOLON))
			continue;
		const bv_token *from = p->t;
		uint32_t errors = p->errors;
		p->depth = p->peak = 0;
		bv_node *n = bv__p_statement(p);
		if (!p->panic && errors == p->errors && !bv__p_at(p, BV_TK_SEMICOLON) && p->t < p->end && !misplaced(p))
			bv__p_expected(p, after_statement(p, n));
		if (errors == p->errors && !p->panic) {
			bv__p_item(p, n);
			continue;
		}
		/* On to the next statement; one that lost its `;` is seen by the keyword at the beginning of a line. */
		p->panic = false;
		p->stack.n = p->errors ? 0 : p->stack.n;
		if (p->errors >= BV_ERRORS_MAX || p->fatal)
			break;
		const bv_token *t = p->bad && p->bad > from ? p->bad : from + 1;
		while (t < p->end && t->kind != BV_TK_SEMICOLON)
			t++;
		p->t = t;
	}
	if (!finish(p))
		return false;
	*statements = bv__p_items(p, 0);
	return finish(p);
}

enum { PROBE_MAX = 1 << 16 };

/* A text that this dialect cannot read: can another one read the whole of it? Then the first error that has no better hint says so. */
static void read_elsewhere(bv_str text, const bv_dialect *dialect, const bv_reading *how, bv_diagnostics *d, uint32_t from)
{
	bv_diagnostic *e = NULL;
	for (uint32_t i = from; d && !e && i < d->items.n; i++)
		if (d->items.v[i].code == BV_E_SYNTAX || d->items.v[i].code == BV_E_TOKEN)
			e = &d->items.v[i];
	if (!e || e->hint.n || text.n > PROBE_MAX)
		return;
	const bv_dialect *found[8];
	unsigned n = 0;
	uint32_t seen = dialect->bit | BV_D_GENERIC;
	for (unsigned i = 0; i < bv__ndialects && n < BV_COUNT(found); i++) {
		const bv_dialect *other = &bv__dialects[i];
		bv_list l = {NULL, 0};
		if (other->bit & seen)
			continue;
		bv_arena *a = bv__arena_new();
		if (a && parse(a, text, false, 0, other, how, &l, NULL, NULL)) {
			found[n++] = other;
			seen |= other->bit & BV_D_SPARKS ? BV_D_SPARKS : 0;
		}
		bv__arena_free(a);
	}
	if (!n)
		return;
	bv_buf names = BV_BUF_INIT;
	for (unsigned i = 0; i < n; i++) {
		if (i)
			bv__buf_z(&names, i + 1 < n ? ", " : " and ");
		bv__buf_z(&names, found[i]->title);
	}
	bv__diag_hint(d, e, n == 1 ? "this is %s syntax; read it with `dialect: %s`" : "this is syntax of %s; read it with `dialect: %s`", names.p, found[0]->name);
	bv__buf_free(&names);
}

/* ---- texts that were made from other ones ---- */

/* The file of spans in a made text, until they point into its source. */
#define MADE UINT32_MAX

/* Once: what is shared is met again. */
static void to_source(bv_span *s, const bv_origin *o)
{
	if (s->file == MADE)
		*s = bv__origin_span(o, s->start, s->end);
}

static bv_walk node_to_source(bv_node *n, bv_node *parent, void *ctx)
{
	(void)parent;
	to_source(&n->span, ctx);
	return BV_WALK_CONTINUE;
}

static bool parse_or_say(bv_arena *a, bv_str text, bool ready, uint32_t file, const bv_dialect *dialect, const bv_reading *how, bv_list *statements, bv_comments *comments, bv_diagnostics *d)
{
	uint32_t from = d ? d->items.n : 0;
	const bv_origin *o = how ? how->origin : NULL;
	bool ok = parse(a, text, ready, o ? MADE : file, dialect, how, statements, comments, d);
	for (uint32_t i = from; o && d && i < d->items.n; i++) {
		bv_diagnostic *e = &d->items.v[i];
		to_source(&e->span, o);
		for (uint32_t k = 0; k < e->notes.n; k++)
			to_source(&e->notes.v[k].span, o);
	}
	for (uint32_t i = 0; ok && o && i < statements->n; i++)
		bv__walk(statements->v[i], node_to_source, (void *)(uintptr_t)o);
	if (!ok)
		read_elsewhere(text, dialect ? dialect : bv__datafusion, how, d, from);
	return ok;
}

bool bv__sql_parse(bv_arena *a, bv_str text, uint32_t file, const bv_dialect *dialect, bv_list *statements, bv_diagnostics *d)
{
	return parse_or_say(a, text, false, file, dialect, NULL, statements, NULL, d);
}

bool bv__sql_parse_text(bv_arena *a, bv_str text, uint32_t file, const bv_dialect *dialect, bv_list *statements, bv_diagnostics *d)
{
	return parse_or_say(a, text, true, file, dialect, NULL, statements, NULL, d);
}

bool bv__sql_parse_made(bv_arena *a, bv_str text, uint32_t file, const bv_dialect *dialect, const bv_reading *how, bv_list *statements, bv_diagnostics *d)
{
	return parse_or_say(a, text, false, file, dialect, how, statements, NULL, d);
}

bool bv__sql_parse_comments(bv_arena *a, bv_str text, uint32_t file, const bv_dialect *dialect, bv_list *statements, bv_comments *comments, bv_diagnostics *d)
{
	return parse_or_say(a, text, false, file, dialect, NULL, statements, comments, d);
}

typedef bv_node *(*rule)(bv_parser *p);

/* One construct that must be the whole text. */
static bv_node *whole(bv_arena *a, bv_str text, uint32_t file, const bv_dialect *dialect, rule fn, const char *what, bv_diagnostics *d)
{
	bv_arena *scratch BV_AUTO(bv__arena_freep) = bv__arena_new();
	if (!scratch)
		return bv__nomem(d), NULL;
	bv_parser parser, *p = &parser;
	if (!begin(p, a, scratch, text, false, file, dialect, NULL, NULL, d)) {
		if (bv__arena_failed(a) || bv__arena_failed(scratch))
			bv__nomem(d);
		return NULL;
	}
	bv_node *n = fn(p);
	if (!p->panic && p->t < p->end)
		bv__p_expected(p, what);
	return finish(p) ? n : NULL;
}

static bv_node *arrow_type_rule(bv_parser *p)
{
	p->arrow_types = true;
	return bv__p_type_or_arrow(p);
}

bv_node *bv__sql_parse_type(bv_arena *a, bv_str text, uint32_t file, const bv_dialect *dialect, bv_diagnostics *d)
{
	return whole(a, text, file, dialect, arrow_type_rule, "the end of the type", d);
}

/* A struct type node carries the list out. */
static bv_node *columns_rule(bv_parser *p)
{
	bv_ast_type *n = BV_NODE_NEW(p, TYPE, type, p->t);
	uint32_t m = bv__p_mark(p);
	p->arrow_types = true;
	do {
		const bv_token *from = p->t;
		bv_ast_type_field *f = BV_NODE_NEW(p, TYPE_FIELD, type_field, from);
		f->name = bv__p_name(p, "a column name");
		f->type = bv__p_type_or_arrow(p);
		f->head.nullable = 1;
		if (bv__p_accept_kw2(p, BV_K_NOT, BV_K_NULL))
			f->head.nullable = 0;
		else
			bv__p_accept_kw(p, BV_K_NULL);
		bv__p_item(p, BV_NODE_DONE(p, f, from));
	} while (bv__p_accept(p, BV_TK_COMMA));
	n->fields = bv__p_items(p, m);
	return &n->head;
}

bool bv__sql_parse_columns(bv_arena *a, bv_str text, uint32_t file, const bv_dialect *dialect, bv_list *out, bv_diagnostics *d)
{
	bv_node *n = whole(a, text, file, dialect, columns_rule, "`,` or the end of the columns", d);
	if (!n)
		return false;
	*out = BV_AS(type, n)->fields;
	return true;
}

static bv_node *name_rule(bv_parser *p)
{
	bv_ast_table *n = BV_NODE_NEW(p, TABLE, table, p->t);
	n->path = bv__p_path(p, "a name", 3);
	return &n->head;
}

bool bv__sql_parse_name(bv_arena *a, bv_str text, uint32_t file, const bv_dialect *dialect, bv_path *out, bv_diagnostics *d)
{
	bv_node *n = whole(a, text, file, dialect, name_rule, "`.` or the end of the name", d);
	if (!n)
		return false;
	*out = BV_AS(table, n)->path;
	return true;
}
