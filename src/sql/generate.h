/* What the files of the generator share. Private to this room. */
#ifndef BV_SQL_GENERATE_H
#define BV_SQL_GENERATE_H

#include "sql/parser.h"

typedef struct bv_gen {
	bv_buf *out;
	const bv_dialect *dialect;
	const bv_dialect *read; /* of the comments' text */
	bv_diagnostics *d;
	bool pretty;
	bool failed;     /* the dialect cannot say it: reported */
	bool chain;      /* the left operand goes on with the chain of operators that is being broken */
	bool aligned;    /* the terms of the condition that follows begin where it begins */
	bool over;       /* the attempt to write on one line went past its limit */
	unsigned flat;   /* > 0: no line breaks */
	unsigned indent;
	unsigned depth;
	size_t line;     /* where the line that is being written begins in `out` */
	size_t limit;    /* of the attempt */
	const bv_comment *comments; /* of the text that is formatted: those not yet written, in order */
	uint32_t ncomments;
	const bv_comment *all; /* every one */
	uint32_t nall;
	size_t comment_end, code_end; /* in `out`: where the last comment ends, and what it stands behind */
	bool comment_line;            /* it was one to the end of its line */
	bv_str source; /* the text that they are from, and that all spans point into */
} bv_gen;

/* A line, and what is still read at a glance: a list of computed columns, a condition of several terms. */
enum { BV_WIDTH = 100, BV_SHORT = 72, BV_TAB = 4 };
/* Strengths beyond any operator's. */
enum { BV_TIGHT = 255 };

/* ---- generate.c ---- */

bool bv__g_stop(bv_gen *g); /* failed, out of room or too deep: write nothing more */
void bv__g_refuse(bv_gen *g, const bv_node *n, const char *what);
void bv__g_z(bv_gen *g, const char *z);
void bv__g_name(bv_gen *g, bv_str name, bool insensitive);
void bv__g_path(bv_gen *g, const bv_path *path);
void bv__g_names(bv_gen *g, const bv_names *names); /* (a, b) */
void bv__g_string(bv_gen *g, bv_str text);
void bv__g_break(bv_gen *g); /* a new line, or a space */
void bv__g_soft(bv_gen *g);  /* a new line, or nothing */
typedef struct bv_attempt {
	size_t n, line, comment_end, code_end;
	const bv_comment *comments;
	uint32_t ncomments;
} bv_attempt;
/* What is written from begin to end stays on the line. Begin is false where a comment before `at` takes lines; end where it did not fit (and is gone). */
bool bv__g_attempt(bv_gen *g, bv_attempt *a, uint32_t at, unsigned width);
bool bv__g_attempt_end(bv_gen *g, const bv_attempt *a);
/* Writes with `fn` on one line of at most `width` columns if that can be; false: nothing is written. */
typedef void (*bv_gen_fn)(bv_gen *g, const bv_node *n);
bool bv__g_fits(bv_gen *g, const bv_node *n, bv_gen_fn fn, unsigned width);
/* On one line, or broken where `fn` breaks. */
void bv__g_piece(bv_gen *g, const bv_node *n, bv_gen_fn fn);
/* Items with commas, on one line or one a line, and what closes them. */
void bv__g_list(bv_gen *g, const bv_list *l, bv_gen_fn fn, const char *close);
/* Behind `word`: the items on the line, or one a line below it. */
void bv__g_clause_items(bv_gen *g, const char *word, const bv_list *l, bv_gen_fn fn);
bool bv__g_is_plain_name(const bv_dialect *d, bv_str name, bool fold);
void bv__g_upper(bv_gen *g, bv_str s); /* ASCII letters as capitals */
void bv__g_check_row(bv_gen *g, const bv_list *items);
void bv__g_query_parens(bv_gen *g, const bv_node *query); /* (query) */
void bv__g_any(bv_gen *g, const bv_node *n);               /* a node of any kind */
const bv_node *bv__g_under_zero(const bv_gen *g, const bv_node *n); /* x of the lane's x + 0.0 */
void bv__g_order_by(bv_gen *g, const bv_list *l); /* ORDER BY items */

/* ---- format.c: comments ----
 * They are written in their order, each at the first place that fits: above the item that follows it, behind the item on whose line it stands,
 * before the bracket that closes. What begins a line comment ends the line at once, so no place can lose the text behind it. */

bool bv__g_needs_lines(const bv_gen *g, uint32_t end); /* is a comment before `end` to be written that takes a line? */
void bv__g_lead_at(bv_gen *g, uint32_t at);            /* comments before `at` */
/* What stands behind an item: before its comma (comma: false) and behind it. `brackets`: how many of those right before the item open its list. */
void bv__g_trail_at(bv_gen *g, const bv_node *n, unsigned brackets, bool comma);
void bv__g_rest_at(bv_gen *g, uint32_t end); /* comments between `end` and the next token: before a closing bracket */
bool bv__g_fresh(const bv_gen *g);                     /* nothing on the line yet */
static inline void bv__g_lead(bv_gen *g, const bv_node *n)
{
	if (g->ncomments)
		bv__g_lead_at(g, n->span.start);
}
static inline void bv__g_trail(bv_gen *g, const bv_node *n, unsigned brackets)
{
	if (g->ncomments) {
		bv__g_trail_at(g, n, brackets, false);
		bv__g_trail_at(g, n, brackets, true);
	}
}
static inline void bv__g_rest(bv_gen *g, const bv_node *n)
{
	if (g->ncomments)
		bv__g_rest_at(g, n->span.end);
}

/* ---- generate_expr.c, generate_type.c ---- */

/* An expression where an operator must bind tighter than `min` and the next operator on its right has strength `follow`. */
void bv__g_expr(bv_gen *g, const bv_node *n, unsigned min, unsigned follow);
void bv__g_expr0(bv_gen *g, const bv_node *n);
void bv__g_args(bv_gen *g, const bv_list *l);
void bv__g_function_name(bv_gen *g, const bv_path *name, bool relation);
void bv__g_window(bv_gen *g, const bv_node *n);
void bv__g_type(bv_gen *g, const bv_node *n);
bool bv__g_type_is_foreign(const bv_node *n);               /* only another dialect has it */
bool bv__g_type_in_sql(const bv_gen *g, const bv_node *n); /* has the dialect a name for it? */
void bv__g_type_arrow(bv_gen *g, const bv_node *n);        /* Arrow's way of writing it */

/* ---- generate_create.c ---- */

void bv__g_create_function(bv_gen *g, const bv_node *n);
void bv__g_create_external_table(bv_gen *g, const bv_node *n);
void bv__g_create_part(bv_gen *g, const bv_node *n); /* a parameter, a column, a key, an ordering */

#endif
