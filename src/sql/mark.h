/* Template marks: {{ … }}, {% … %}, {# … #}, {% raw %} … {% endraw %} and ${ … }. What one is and where it ends is Jinja's own rule (a `}}` inside a
 * string or a bracket of the expression ends nothing); nothing here depends on a dialect. */
#ifndef BV_SQL_MARK_H
#define BV_SQL_MARK_H

#include "base/base.h"

typedef enum bv_mark_kind {
	BV_MARK_VALUE,   /* {{ expression }} */
	BV_MARK_BLOCK,   /* {% statement %} */
	BV_MARK_COMMENT, /* {# text #} */
	BV_MARK_RAW,     /* {% raw %} text {% endraw %} */
	BV_MARK_NAME,    /* ${ name } */
} bv_mark_kind;

typedef struct bv_mark {
	bv_mark_kind kind;
	uint32_t start, end;   /* the whole mark */
	uint32_t from, to;     /* what it says: without brackets, signs and blanks; of a raw mark the text that it gives */
	bool trims_left, trims_right; /* {%- and -%}: the blanks before and behind it are not in the output */
} bv_mark;

typedef enum bv_mark_found { BV_MARK_NONE, BV_MARK_FOUND, BV_MARK_OPEN /* it begins here and does not end */ } bv_mark_found;
/* The mark that begins at `at`. names: ${ … } counts. */
bv_mark_found bv__mark_at(bv_str text, uint32_t at, bool names, bv_mark *out);
/* The next mark of Jinja's from `at` on. */
bv_mark_found bv__mark_next(bv_str text, uint32_t at, bv_mark *out);

/* Words of an expression or a statement, from *at to `end`; false: no more. */
typedef struct bv_mark_word {
	bv_str text; /* of a string: what stands between the quotes, as written */
	char kind;   /* w name, s string, n number, else the character itself */
} bv_mark_word;
bool bv__mark_word(bv_str text, uint32_t *at, uint32_t end, bv_mark_word *out);
/* The variable that a mark reads, if that is all that it says: {{ name }}, {{ var('name') }}, ${name}, of a plain name; false: it says something else, and *name is that. */
bool bv__mark_variable(bv_str text, const bv_mark *m, bv_str *name);
/* Blanks by Unicode, as Jinja strips them. */
uint32_t bv__blanks_after(bv_str text, uint32_t from, uint32_t to);  /* first byte in [from, to) that is none, or `to` */
uint32_t bv__blanks_before(bv_str text, uint32_t from, uint32_t to); /* end of what is left of [from, to) */

#endif
