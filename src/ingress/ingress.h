/* ingress: what comes from outside, before it is a tree: templated SQL, statement rules, trees of others. */
#ifndef BV_INGRESS_H
#define BV_INGRESS_H

#include "sql/sql.h"

/* Finds the first template mark of `text` ({{ }}, {% %}, {# #}, ${}, and :var in postgres) outside strings, quoted names and comments.
 * everywhere: marks count inside those too (a template mode is configured). False: none. */
bool bv__ingress_find_template(bv_str text, const bv_dialect *dialect, bool everywhere, bv_span *where);
/* Refuses a text with template marks under policy `refuse`. */
BV_NODISCARD bool bv__ingress_check_text(bv_str text, uint32_t file, const bv_dialect *dialect, bv_str mode, bv_diagnostics *d);
/* Reads a query of SQLGlot: the JSON of sqlglot.serde.dump (30.x), as the dialect of Ibis' DataFusion backend prints it. Nodes borrow from `json`; each has its
 * element's byte range as its span. NULL with diagnostics: what is not known is refused, never left out. */
BV_NODISCARD bv_node *bv__sqlglot_read(bv_arena *a, bv_str json, uint32_t file, bv_diagnostics *d);

#endif
