/* ingress: what comes from outside, before it is a tree: templated SQL, statement rules, trees of others. */
#ifndef BV_INGRESS_H
#define BV_INGRESS_H

#include "sql/sql.h"

/* ---- templates ---- */

/* What the engine says to a template: its answer (engine.h), or why there is none. */
typedef struct bv_rendering {
	bv_str answer;
	bv_str why;
	uint32_t line; /* of the text that it was given, 0: unknown */
	bool missing;  /* something has no value, or is not there */
} bv_rendering;

typedef struct bv_templates {
	bv_str mode;      /* refuse, placeholders, render */
	bv_str variables; /* JSON object */
	/* The engine's renderer; NULL: there is none. Called from any thread. */
	bool (*render)(void *ctx, bv_arena *a, bv_str text, bv_str variables, bv_rendering *out);
	void *ctx;
} bv_templates;

/* Finds the first template mark of `text` ({{ }}, {% %}, {# #}, ${}, and :var in postgres) outside strings, quoted names and comments.
 * everywhere: marks count inside those too (a template mode is configured). False: none. */
bool bv__ingress_find_template(bv_str text, const bv_dialect *dialect, bool everywhere, bv_span *where);
/* Policy `refuse`: refuses a text with template marks. */
BV_NODISCARD bool bv__ingress_refuse(bv_str text, uint32_t file, const bv_dialect *dialect, bv_diagnostics *d);
/* Policy `render`, first step: what Jinja makes of the text. A text without its marks is its own origin, and needs no engine. */
BV_NODISCARD bool bv__ingress_render(bv_arena *a, bv_str text, uint32_t file, const bv_templates *how, bv_origin *out, bv_diagnostics *d);
/* Second step: values in the places of ${name} and, in postgres, of :name, :'name' (a string) and :"name" (a quoted name) in the rendered text, where
 * they stand in the template itself: what its marks wrote is not looked at again, and a mark there is refused. Nor is a value. */
BV_NODISCARD bool bv__ingress_fill(bv_arena *a, bv_origin *o, const bv_dialect *dialect, const bv_templates *how, bv_diagnostics *d);

/* The value of a variable: a text, a number as written, true, false, NULL, or the JSON of a list or map. False: it has none. */
bool bv__variable(bv_arena *a, bv_str variables, bv_str name, bv_json_kind *kind, bv_str *text);
void bv__variable_missing(bv_arena *a, bv_str variables, bv_str name, bv_code code, bv_span span, bv_diagnostics *d);
/* Writes those variables, with their values, that a template can read: all whose name stands in one of its marks. The same text means the same with the same ones. */
void bv__variables_used(bv_arena *a, bv_str variables, bv_str text, bv_buf *out);

/* ---- trees of others ---- */

/* Reads a query of SQLGlot: the JSON of sqlglot.serde.dump (30.x), as the dialect of Ibis' DataFusion backend prints it. Nodes borrow from `json`; each has its
 * element's byte range as its span. NULL with diagnostics: what is not known is refused, never left out. */
BV_NODISCARD bv_node *bv__sqlglot_read(bv_arena *a, bv_str json, uint32_t file, bv_diagnostics *d);

#endif
