/* What the files of the parser share: tokens, the parser's state, and its entry points. Private to this room.
 *
 * Errors: the first error of a region is reported, then the parser *panics*: its cursor moves to the END token, so that every rule runs out
 * by itself and no rule checks for failure. A recovery point (a clause, a statement) moves the cursor on behind the bad region and clears the
 * panic. Rules therefore always return a node, never NULL; what they return in a panic is thrown away, because a parse with errors has no result. */
#ifndef BV_SQL_PARSER_H
#define BV_SQL_PARSER_H

#include "sql/dialect.h"

/* flags */
enum {
	BV_TF_UPPER = 1,     /* name: has ASCII capitals */
	BV_TF_DOUBLED = 2,   /* quoted: the quote occurs doubled inside */
	BV_TF_BACKSLASH = 4, /* string: backslash escapes count */
	BV_TF_UNICODE = 8,   /* string: U&'\0041' */
	BV_TF_TEXT_BYTES = 16, /* binary: the content is text, not hex digits */
	BV_TF_BITS = 32      /* binary: a string of bits */
};

typedef struct bv_token {
	uint32_t start, end;
	uint16_t keyword;  /* bv_keyword, of unquoted names */
	uint8_t kind;      /* bv_token_kind */
	uint8_t flags;
	uint8_t lead, trail; /* bytes before and after the content of quoted tokens */
} bv_token;

/* A comment as it was written, without the line's end. The parser steps over comments; only the formatter looks at them. */
typedef struct bv_comment {
	uint32_t start, end;
	bool line;            /* to the end of its line */
	bool own, last, many; /* the formatter's: alone on its line or lines; last on its line; of several lines */
} bv_comment;
typedef BV_VEC(bv_comment) bv_comments;

typedef struct bv_tokens {
	bv_token *v; /* four END tokens close it, so that looking ahead needs no check */
	uint32_t n;  /* without those */
	bv_comments comments;
} bv_tokens;

/* `text` must have 32 readable zero bytes behind it. False when there were errors; the tokens are usable all the same. */
bool bv__lex(bv_arena *scratch, bv_str text, uint32_t file, const bv_dialect *dialect, bool placeholders, bv_tokens *out, bv_diagnostics *d);

/* bv__sql_parse that also gives the comments, in the arena of the trees. */
BV_NODISCARD bool bv__sql_parse_comments(bv_arena *a, bv_str text, uint32_t file, const bv_dialect *dialect, bv_list *statements, bv_comments *comments, bv_diagnostics *d);

#define BV_ERRORS_MAX 40

typedef struct bv_parser {
	bv_arena *arena;   /* the result */
	bv_arena *scratch; /* gone when the parse is */
	bv_diagnostics *d;
	const bv_dialect *dialect;
	const char *text;
	uint32_t file;
	const bv_origin *origin; /* of the text, where it was made from another one; else NULL */
	bool placeholders;   /* template marks are parameters */
	const bv_token *t;   /* cursor */
	const bv_token *first, *end; /* all tokens; end: the first END */
	const bv_token *bad; /* where the panic began */
	bool panic;
	unsigned cases;      /* CASE … END that are open */
	bool arrow_types;    /* Arrow's names are types too: schemas, not SQL */
	bool typed_array;    /* the type of ARRAY<…>[…] is read: brackets behind it are the value's */
	bool split_angle;    /* one `>` of the `>>` at the cursor is used */
	bool oom;
	bool fatal;          /* an error after which nothing is read on */
	size_t looked;       /* tokens that recovery has looked at */
	uint32_t depth, peak; /* levels of the tree above the cursor; deepest level of the expression so far */
	uint32_t nodes;
	uint32_t errors;
	uint32_t parameters; /* `?` counted */
	uint32_t operands;   /* right operands of set operations that are open in this query */
	bv_node *pending;    /* first relation of a join that was read in parentheses */
	bv_node *top;        /* SELECT TOP n of the block that was just read */
	BV_VEC(bv_node *) stack; /* items of the lists that are open */
	BV_VEC(bv_str) names;
	_Alignas(16) char spare[1024]; /* the node that is handed out when memory has run out */
} bv_parser;

/* ---- parser.c ---- */

static inline bool bv__p_at(const bv_parser *p, bv_token_kind kind) { return p->t->kind == kind; }
static inline bool bv__p_at_kw(const bv_parser *p, bv_keyword k) { return p->t->keyword == k; }
static inline bool bv__p_next_kw(const bv_parser *p, unsigned i, bv_keyword k) { return p->t[i].keyword == k; } /* i at most 3 */
static inline void bv__p_advance(bv_parser *p)
{
	if (p->t < p->end)
		p->t++;
}
static inline bool bv__p_accept(bv_parser *p, bv_token_kind kind)
{
	if (p->t->kind != kind)
		return false;
	bv__p_advance(p);
	return true;
}
static inline bool bv__p_accept_kw(bv_parser *p, bv_keyword k)
{
	if (p->t->keyword != k)
		return false;
	bv__p_advance(p);
	return true;
}
/* All or nothing. */
static inline bool bv__p_accept_kw2(bv_parser *p, bv_keyword k, bv_keyword l)
{
	if (p->t->keyword != k || p->t[1].keyword != l)
		return false;
	p->t += 2;
	return true;
}
static inline bv_span bv__p_token_span(const bv_parser *p, const bv_token *t) { return (bv_span){p->file, t->start, t->end}; }
/* From `from` to the last token read. */
static inline bv_span bv__p_since(const bv_parser *p, const bv_token *from)
{
	uint32_t end = p->t > p->first ? p->t[-1].end : from->end;
	return (bv_span){p->file, from->start, end > from->start ? end : from->end};
}
static inline bv_str bv__p_token_str(const bv_parser *p, const bv_token *t) { return (bv_str){p->text + t->start, t->end - t->start}; }

/* A new node that begins at `from`; never NULL. */
bv_node *bv__p_make(bv_parser *p, bv_kind kind, const bv_token *from);
/* One maker a kind, so that size and empty texts are known where it is called. */
#define BV_NODE_NEW(p, K, k, from) bv__p_new_##k((p), (from))
bv_node *bv__p_make_slow(bv_parser *p, bv_kind kind, const bv_token *from);
#define BV_NODE(K, k, governed, doc)                                                    \
	static inline bv_ast_##k *bv__p_new_##k(bv_parser *p, const bv_token *from)         \
	{                                                                                   \
		bv_ast_##k *n = p->nodes < BV_NODES_MAX ? BV_NEW(p->arena, bv_ast_##k) : NULL;  \
		if (!n)                                                                         \
			return (bv_ast_##k *)bv__p_make_slow(p, BV_##K, from);                      \
		p->nodes++;                                                                     \
		n->head.kind = BV_##K;                                                          \
		n->head.span = bv__p_token_span(p, from);
#define BV_NAME(k, f, need, doc) n->f.p = "";
#define BV_TEXT(k, f, need, doc) n->f.p = "";
#define BV_END(k)  \
	return n;      \
	}
#include "ast/nodes.def"
/* Sets the end of the node to the last token read. */
#define BV_NODE_DONE(p, n, from) ((n)->head.span = bv__p_since((p), (from)), &(n)->head)

/* Lists: `uint32_t m = bv__p_mark(p); bv__p_item(p, node); … list = bv__p_items(p, m);` */
static inline uint32_t bv__p_mark(const bv_parser *p) { return p->stack.n; }
static inline void bv__p_item(bv_parser *p, bv_node *n)
{
	if (!BV_PUSH(p->scratch, &p->stack, n))
		p->oom = true;
}
bv_list bv__p_items(bv_parser *p, uint32_t mark);
bv_path bv__p_names_from(bv_parser *p, uint32_t mark); /* what was pushed on `names` since its n was mark */

/* Line and column of a byte of the text, in what a person wrote: for messages that name them. */
void bv__p_position(const bv_parser *p, uint32_t offset, uint32_t *line, uint32_t *column);
/* Reports "expected WHAT, found …" at the cursor and panics; silent in a panic. */
void bv__p_expected(bv_parser *p, const char *what);
/* Reports at a place and panics. NULL when it stays silent. */
bv_diagnostic *bv__p_fail(bv_parser *p, bv_code code, bv_span span, const char *fmt, ...) BV_PRINTF(4, 5);
/* "… is not supported": recognised, and refused by name. */
void bv__p_refuse(bv_parser *p, const bv_token *from, const char *construct);
void bv__p_expect(bv_parser *p, bv_token_kind kind);
/* The bracket that closes `open`; the message says where that is. */
void bv__p_expect_close(bv_parser *p, bv_token_kind kind, const bv_token *open);
void bv__p_expect_kw(bv_parser *p, bv_keyword k);
/* A construct of another dialect, by its first token: for the hint of an error. */
typedef struct bv_foreign {
	uint32_t dialects; /* that have it */
	uint16_t keyword, second, token;
	const char *what, *title, *dialect;
} bv_foreign;
const bv_foreign *bv__p_foreign(const bv_parser *p, const bv_token *t);
bool bv__p_too_deep(bv_parser *p); /* reports it; false */
/* Depth: a rule that makes a level of the tree enters and leaves. False: too deep (reported). */
static inline bool bv__p_enter(bv_parser *p, unsigned levels)
{
	p->depth += levels;
	if (p->depth > p->peak)
		p->peak = p->depth;
	return p->depth < BV_DEPTH_MAX - 8 ? true : bv__p_too_deep(p);
}
static inline void bv__p_leave(bv_parser *p, unsigned levels) { p->depth -= levels; }
/* A chain that binds to the left (a + b + c, joins, unions): what was read since `peak` was taken gets one level deeper. */
static inline bool bv__p_deeper(bv_parser *p) { return ++p->peak < BV_DEPTH_MAX - 8 ? true : bv__p_too_deep(p); }

/* ---- names and literals (parser_name.c) ---- */

/* A quoted name or a word that is no hard keyword. */
static inline bool bv__p_token_is_name(const bv_token *t)
{
	return t->kind == BV_TK_QUOTED || (t->kind == BV_TK_NAME && !(bv__keyword_flags[t->keyword] & BV_KW_H));
}
static inline bool bv__p_at_name(const bv_parser *p) { return bv__p_token_is_name(p->t); }
bv_str bv__p_field_key(bv_parser *p); /* name or string, as written */
bv_str bv__p_name(bv_parser *p, const char *what); /* reads one identifier; *what* for the message */
bv_str bv__p_name_of(bv_parser *p, const bv_token *t);
bool bv__p_name_insensitive(const bv_parser *p, const bv_token *t);
bv_path bv__p_path(bv_parser *p, const char *what, uint32_t max);
bv_names bv__p_names(bv_parser *p, const char *what); /* a, b */
bv_names bv__p_names_parenthesised(bv_parser *p, const char *what);
bv_str bv__p_string_text(bv_parser *p, const bv_token *t);
bv_str bv__p_string_expected(bv_parser *p, const char *what); /* reads a string literal (adjacent ones joined where the dialect does) */
/* [AS] alias of an expression; false: there is none. */
bool bv__p_column_alias(bv_parser *p, bv_str *out);
/* [AS] alias [(columns)] of a relation. */
void bv__p_relation_alias(bv_parser *p, bv_str *alias, bv_names *columns);

/* ---- expressions (parser_expr.c, parser_call.c) ---- */

bv_node *bv__p_expr(bv_parser *p);
bv_node *bv__p_expr_above(bv_parser *p, unsigned strength); /* takes in operators that bind tighter than `strength` */
bv_list bv__p_exprs(bv_parser *p);                            /* one or more, comma-separated */
bv_node *bv__p_primary_keyword(bv_parser *p);                /* an expression that its keyword introduces; NULL: the word is a plain name here */
bv_node *bv__p_call(bv_parser *p, const bv_token *from, bv_path name);  /* at `(` */
bv_node *bv__p_call_named(bv_parser *p, const bv_token *from, const char *name, bv_node **args, uint32_t n);
bv_node *bv__p_window_spec(bv_parser *p);
bv_node *bv__p_string_node(bv_parser *p, const bv_token *from, bv_str text);
bv_node *bv__p_number_node(bv_parser *p, const bv_token *from, const char *text);
bv_node *bv__p_cast_node(bv_parser *p, const bv_token *from, bv_node *operand, bv_node *type, bool try_cast);
bv_node *bv__p_lambda(bv_parser *p);                           /* x -> y as an argument; NULL: it is none */
bv_node *bv__p_extract_like(bv_parser *p); /* NULL: none is here */
bv_node *bv__p_lambda_or_expr(bv_parser *p);
bv_node *bv__p_array(bv_parser *p, const bv_token *from);      /* at `[` */
bv_node *bv__p_interval_at(bv_parser *p);                     /* an interval whose keyword is missing */
bv_node *bv__p_order_item(bv_parser *p);
void bv__p_order_direction(bv_parser *p, bv_ast_order_item *n); /* behind the expression */
bv_list bv__p_order_items(bv_parser *p);
bv_node *bv__p_struct_field(bv_parser *p);
bv_node *bv__p_star(bv_parser *p, const bv_token *from, bv_path qualifier); /* behind the `*` */

/* ---- types (parser_type.c) ---- */

bv_node *bv__p_type_read(bv_parser *p);
bv_node *bv__p_type_or_arrow(bv_parser *p); /* also Arrow's way of writing: List(Int64), Timestamp(µs, "UTC") */
/* A type that a string literal follows (DATE '…')? NULL: it is none, the cursor stays. */
bv_node *bv__p_typed_literal(bv_parser *p);
void bv__p_type_hint(bv_parser *p, bv_diagnostic *e, bv_str word);
bv_node *bv__p_type_make(bv_parser *p, const bv_token *from, const char *name);
void bv__p_type_of_length(bv_parser *p, const bv_token *from, bv_ast_type *n);
bv_node *bv__p_foreign_type(bv_parser *p, const bv_token *from, bv_str name);
bool bv__p_type_with_two_args(bv_parser *p, bv_ast_type *type, uint32_t a, uint32_t b);

/* ---- statements (parser_create.c) ---- */

bv_node *bv__p_create_function(bv_parser *p, const bv_token *from, bool or_replace, bool temporary); /* at FUNCTION */
bv_node *bv__p_create_external_table(bv_parser *p, const bv_token *from, bool or_replace, bool unbounded); /* at EXTERNAL */

/* ---- queries (parser_query.c, parser_relation.c) ---- */

bool bv__p_at_query(const bv_parser *p);  /* SELECT, WITH, VALUES, FROM, TABLE */
bool bv__p_at_values(const bv_parser *p); /* VALUES and a row */
bv_node *bv__p_query(bv_parser *p);       /* always a query node, parentheses of the whole resolved */
bv_node *bv__p_query_rest(bv_parser *p, bv_node *left); /* the cursor is behind a parenthesised query that more may follow */
bv_node *bv__p_values(bv_parser *p);                  /* at VALUES */
bool bv__p_at_query_rest(const bv_parser *p);
bv_node *bv__p_inline_function(bv_parser *p); /* FUNCTION … of WITH (parser_routine.c) */
bv_list bv__p_from_items(bv_parser *p);
bv_node *bv__p_projection(bv_parser *p); /* one item of a select list */
void bv__p_select_list(bv_parser *p, bv_ast_select *s); /* behind the SELECT */
bv_node *bv__p_named_field(bv_parser *p, bv_node *x, const bv_token *from);
bool bv__p_at_qualified_star(const bv_parser *p); /* name.* and the end of an item */
bv_list bv__p_row_items(bv_parser *p); /* of a row: expressions, relation.* */
bool bv__p_at_script(const bv_parser *p); /* TRANSFORM (…) USING, parser_script.c */
bv_node *bv__p_script(bv_parser *p);
bv_node *bv__p_group_item(bv_parser *p); /* of GROUP BY: an expression or sets */
bv_path bv__p_method_path(bv_parser *p, const bv_path *model, const bv_token *method);
bv_node *bv__p_decimal_literal(bv_parser *p, const bv_token *from, bv_str digits); /* NULL: of more digits than there are decimals */
bv_node *bv__p_changes(bv_parser *p); /* CHANGES (…) AT (…) */
bool bv__p_is_identifier(const bv_parser *p, const bv_path *name, const bv_list *args); /* IDENTIFIER(value), behind which arguments stand: a function that the value names */
bv_list bv__p_result_columns(bv_parser *p); /* behind COLUMNS of JSON_TABLE and XMLTABLE */
bv_node *bv__p_operand(bv_parser *p); /* of a set operation: a block, VALUES, TABLE t or a query in parentheses */
void bv__p_windows(bv_parser *p, bv_ast_select *s); /* [WINDOW name AS (…), …] */
void bv__p_distribution(bv_parser *p, bv_ast_query *q); /* [CLUSTER BY …] [DISTRIBUTE BY …] [SORT BY …] */
bv_node *bv__p_unwrapped(bv_node *query); /* the body of a query that says nothing else */
bv_node *bv__p_joins(bv_parser *p, bv_node *left); /* what is joined to a relation that was read already */
bool bv__names_parameter(bv_str name);                 /* $name may stand for it: letters, digits and _, not empty */
bv_node *bv__p_relation(bv_parser *p);                /* one item of FROM, its joins included */
bv_node *bv__p_aliased(bv_parser *p, const bv_token *from, bv_node *relation, bv_str alias, bv_names columns); /* (SELECT * FROM relation) AS alias */

/* ---- behind a relation (parser_suffix.c) ---- */

bv_node *bv__p_suffixes(bv_parser *p, const bv_token *from, bv_node *n); /* TABLESAMPLE, PIVOT, UNPIVOT, MATCH_RECOGNIZE */
bv_node *bv__p_travel(bv_parser *p);
bv_node *bv__p_sample(bv_parser *p, const bv_token *from, bv_node *input); /* behind TABLESAMPLE */
bv_node *bv__p_pivot_statement(bv_parser *p);
bv_names bv__p_some_names(bv_parser *p, const char *what); /* (a, b) or a */
/* Moves on behind the bad region that began in a clause at `from`; false: nothing to recover (no panic, or no clause follows). */
bool bv__p_recover_clause(bv_parser *p, const bv_token *from);

/* ---- statements (parser_statement.c) ---- */

bv_node *bv__p_statement(bv_parser *p);

/* ---- pipes (parser_pipe.c) ---- */

bv_node *bv__p_pipes(bv_parser *p, bv_node *query); /* {|> operator} behind a query */

#endif
