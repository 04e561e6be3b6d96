/* What the files of the generator share. Private to this room. */
#ifndef BV_SQL_GENERATE_H
#define BV_SQL_GENERATE_H

#include "sql/parser.h"

/* A comment of the text that is formatted. */
typedef struct bv_comment {
	uint32_t start, end;
	bool line; /* -- or #, to the end of its line */
} bv_comment;

typedef struct bv_gen {
	bv_buf *out;
	const bv_dialect *dialect;
	bv_diagnostics *d;
	bool pretty;
	bool failed;     /* the dialect cannot say it: reported */
	bool over;       /* the attempt to write on one line went past its limit */
	unsigned flat;   /* > 0: no line breaks */
	unsigned indent;
	unsigned depth;
	size_t line;     /* where the line that is being written begins in `out` */
	size_t limit;    /* of the attempt */
	const bv_comment *comments; /* not yet written, in order */
	uint32_t ncomments;
	bv_str source; /* the text that they are from */
} bv_gen;

enum { BV_WIDTH = 100, BV_TAB = 4 };
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
/* Writes with `fn` on one line if that fits; false: nothing is written. */
typedef void (*bv_gen_fn)(bv_gen *g, const bv_node *n);
bool bv__g_fits(bv_gen *g, const bv_node *n, bv_gen_fn fn);
void bv__g_lead(bv_gen *g, uint32_t at);  /* comments before `at` */
void bv__g_trail(bv_gen *g, uint32_t at); /* comments on the line of `at` */
/* Items with commas, on one line or one a line, and what closes them. */
void bv__g_list(bv_gen *g, const bv_list *l, bv_gen_fn fn, const char *close);
bool bv__g_is_plain_name(const bv_dialect *d, bv_str name, bool fold);
void bv__g_query_parens(bv_gen *g, const bv_node *query); /* (query) */
void bv__g_any(bv_gen *g, const bv_node *n);               /* a node of any kind */
void bv__g_order(bv_gen *g, const bv_list *l);

/* ---- generate_expr.c, generate_type.c ---- */

/* An expression where an operator must bind tighter than `min` and the next operator on its right has strength `follow`. */
void bv__g_expr(bv_gen *g, const bv_node *n, unsigned min, unsigned follow);
void bv__g_expr0(bv_gen *g, const bv_node *n);
void bv__g_args(bv_gen *g, const bv_list *l);
void bv__g_function_name(bv_gen *g, const bv_path *name);
void bv__g_window(bv_gen *g, const bv_node *n);
void bv__g_type(bv_gen *g, const bv_node *n);
bool bv__g_type_in_sql(const bv_gen *g, const bv_node *n); /* has the dialect a name for it? */
void bv__g_type_arrow(bv_gen *g, const bv_node *n);        /* Arrow's way of writing it */

#endif
