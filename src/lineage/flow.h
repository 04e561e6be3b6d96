/* flow: where the values of a governed query come from, as one graph that its columns share. In: a query whose columns are [alias, name] with
 * aliases unique in the whole tree; out: a node for each output, and one for what decides the rows.
 *
 * A node is a column of a stored table (with the path into it), or a set of edges to other nodes. Nodes are interned by their edges, a column that is
 * only handed on is the node of the column that it is, and a set of few columns is written out: so a chain of any number of CTEs costs no
 * more than its expressions, and nothing is copied from level to level. */
#ifndef BV_LINEAGE_FLOW_H
#define BV_LINEAGE_FLOW_H

#include "lineage/lineage.h"

/* What an edge says beside the roles. */
enum {
	FLOW_ROWS = 1 << 8,   /* decides the rows of a subquery: no part of its value */
	FLOW_BESIDE = 1 << 9, /* another field of the struct that a field was taken from: of its value only where fields are not told apart */
	FLOW_SAME = 1 << 10,  /* the value itself, or one of those that it is chosen from: a path into it goes on there */
};

typedef struct flow_edge {
	uint32_t node, how;
	uint32_t step; /* the field of the struct that this one is; FLOW_ELEMENT: an element of the list; 0: neither */
} flow_edge;

typedef struct flow_path {
	uint32_t parent, step;
} flow_path;

typedef struct flow_table {
	bv_str key;
	bv_map columns; /* -> node */
} flow_table;

typedef struct flow_node {
	const flow_table *table; /* NULL: a set */
	bv_str column;
	uint32_t path;
	const flow_edge *v;
	uint32_t n;
	bool flat; /* its edges all end at columns of tables */
	/* While a node is being resolved: */
	uint32_t visit;
	uint16_t any; /* roles on the ways to it that have some */
	bool free, waiting; /* free: there is a way without one */
} flow_node;

#define FLOW_NOTHING 0u /* the node of what has no source */
#define FLOW_ELEMENT 1u /* the step into a list or map */

typedef struct flow_columns {
	const bv_str *names;
	uint32_t *nodes;
	uint32_t n;
	bool indexed;
	bv_map by_name; /* -> index + 1; made when a name is not where its number says */
	uint32_t rows;  /* the node of what decides its rows */
} flow_columns;

typedef struct flow {
	bv_arena *a;
	bv_table_key key;
	void *ctx;
	bool failed;      /* out of memory elsewhere than in the arena */
	bool with_rows;   /* else `rows` is FLOW_NOTHING everywhere, and nothing that only decides rows is looked at */
	bv_map relations; /* alias -> flow_relation * */
	bv_map ctes;      /* name -> flow_columns * */
	bv_map tables;    /* key -> flow_table * */
	bv_map sets;      /* edges as bytes -> node */
	bv_map projected; /* node and step as bytes -> node */
	bv_map step_ids;  /* field name -> id */
	BV_VEC(bv_str) steps;
	BV_VEC(flow_path) paths;
	BV_VEC(flow_node) nodes;
	BV_VEC(uint32_t) queue;
	uint32_t visits;
	struct flow_set *unnested; /* of the SELECT at hand: the lists that its select list unnests */
	const struct flow_lambda *lambdas;
	flow_columns *outputs; /* of the query whose ORDER BY is at hand */
} flow;

/* NULL when out of memory. */
const flow_columns *bv__flow_query(flow *f, const bv_node *query);
typedef struct flow_source {
	uint32_t node; /* a column */
	uint16_t roles;
} flow_source;
typedef BV_VEC(flow_source) flow_sources;
/* The columns that a node goes back to, in no order, each once. detailed: fields are told apart, and what decides the rows of subqueries counts. */
void bv__flow_sources(flow *f, uint32_t node, bool detailed, flow_sources *out);

/* Inner outputs are a letter and their place: the place that a name says, if that column has the name; 0: look it up. */
static inline uint32_t bv__place_in_name(const bv_str *names, uint32_t n, bv_str name)
{
	uint32_t place = 0;
	for (uint32_t i = 1; i < name.n && i < 9 && name.p[i] >= '0' && name.p[i] <= '9'; i++)
		place = place * 10 + (uint32_t)(name.p[i] - '0');
	return place && place <= n && bv__str_eq(names[place - 1], name) ? place : 0;
}
/* unnest(list): no function, but rows for the elements. */
bool bv__is_unnest(const bv_node *n);
/* A CTE of a WITH RECURSIVE that is recursive. */
bool bv__reads_itself(const bv_ast_cte *c);

#endif
