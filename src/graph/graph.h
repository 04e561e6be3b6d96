/* graph: the DAG of datasets, views and functions, derived from artifacts' inputs; order, selectors. */
#ifndef BV_GRAPH_H
#define BV_GRAPH_H

#include "base/base.h"

typedef enum bv_graph_kind { BV_GRAPH_SOURCE, BV_GRAPH_VIEW, BV_GRAPH_MATERIALIZED, BV_GRAPH_FUNCTION } bv_graph_kind;
typedef struct bv_graph_node {
	bv_str name;
	bv_graph_kind kind;
	bv_str file;             /* path relative to the project, or empty */
	bv_str *tags;
	uint32_t ntags;
	BV_VEC(uint32_t) parents;  /* indices, sorted by name */
	BV_VEC(uint32_t) children;
} bv_graph_node;
typedef struct bv_graph {
	bv_arena *arena;
	bv_graph_node *v; /* sorted by name */
	uint32_t n;
	uint32_t *order;  /* lexicographic topological order: of the ready nodes always the smallest name */
	bv_map by_name;   /* name -> index + 1 */
} bv_graph;

typedef struct bv_graph_input {
	bv_str name;
	bv_graph_kind kind;
	bv_str file;
	bv_str *tags;
	uint32_t ntags;
	bv_str *reads; /* names of nodes; unknown ones are left out */
	uint32_t nreads;
	bv_span span;  /* for the cycle diagnostic */
} bv_graph_input;
/* Cycles are reported with their path; then false. */
BV_NODISCARD bool bv__graph_build(bv_arena *a, const bv_graph_input *v, uint32_t n, bv_graph *out, bv_diagnostics *d);
/* Selectors (dbt's): x, +x, x+, +x+, 2+x, x+1, @ is not supported; tag:t, path:views/p; * within a pattern; a comma intersects, several unite.
 * One-part names mean main.<it>, * alone is every node, a folder of path: means all below it. chosen[i] for node i. A selector that matches nothing
 * is an error. */
BV_NODISCARD bool bv__graph_select(const bv_graph *g, const bv_str *select, uint32_t nselect, const bv_str *exclude, uint32_t nexclude, bool *chosen, bv_diagnostics *d);
/* chosen: NULL is all. format: text, dot, mermaid, json; false: another one, or out of memory. */
BV_NODISCARD bool bv__graph_print(const bv_graph *g, const bool *chosen, const char *format, bv_buf *out);

#endif
