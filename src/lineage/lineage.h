/* lineage: where the columns of a governed query come from, what decides its rows, and a hash of each column.
 *
 * Three answers, from the least to the most:
 *
 *   value lineage   the columns of stored tables that an output's expression is made of (bv__lineage). Every column inside it counts; a nested field is its
 *                   top-level column; what only decides rows does not count.
 *   uses            the same with the path into nested columns and with roles, and what decides the rows (bv__uses).
 *   hashes          one text for each output that is the same exactly as long as the column is (bv__column_hashes). */
#ifndef BV_LINEAGE_H
#define BV_LINEAGE_H

#include "ast/ast.h"

/* Names a table as the reader knows it (the key in `schema`); NULL: its dotted path. */
typedef bv_str (*bv_table_key)(void *ctx, const bv_path *path);

/* ---- value lineage ---- */

typedef struct bv_source_column {
	bv_str table; /* the catalogue's full name, dotted; or the key given by the lookup */
	bv_str column;
} bv_source_column;
typedef struct bv_column_lineage {
	bv_str output;
	bv_source_column *v; /* sorted, unique */
	uint32_t n;
} bv_column_lineage;
typedef struct bv_lineage {
	bv_column_lineage *v; /* by output name, first appearance; equal names share one entry with the union */
	uint32_t n;
} bv_lineage;

/* Of a governed query. False when out of memory. */
BV_NODISCARD bool bv__lineage(bv_arena *a, const bv_node *query, bv_table_key key, void *ctx, bv_lineage *out);
void bv__lineage_json(const bv_lineage *l, bv_buf *out);

/* ---- uses ---- */

/* What a column does for an output, or for the rows. A column may have several roles, also on one way: what a window that a filter asks for is
 * partitioned by has `filter` and `window`. */
enum {
	BV_ROLE_PROJECTION = 1, /* it is part of the value */
	BV_ROLE_FILTER = 2,     /* WHERE, HAVING, FILTER, LIMIT */
	BV_ROLE_JOIN = 4,       /* ON, INTERSECT, EXCEPT; lists whose elements become rows */
	BV_ROLE_GROUP = 8,      /* GROUP BY, DISTINCT, UNION without ALL */
	BV_ROLE_ORDER = 16,     /* ORDER BY with LIMIT, of a window, in an aggregate */
	BV_ROLE_WINDOW = 32,    /* PARTITION BY and ORDER BY of a window, its frame */
	BV_ROLE_ALL = 63,
};
extern const char *const bv__role_names[6]; /* by bit */

typedef struct bv_use {
	bv_str table, column;
	bv_str path; /* `a.b`, `[].u`; a field's name in quotes where it is no plain word; empty: the column itself */
	unsigned roles;
} bv_use;
typedef struct bv_column_uses {
	bv_str output;
	bv_use *v; /* sorted by table, column, path; unique */
	uint32_t n;
} bv_column_uses;
typedef struct bv_uses {
	bv_column_uses *v; /* one an output, in order */
	uint32_t n;
	bv_column_uses rows; /* what decides the rows of the query, whichever columns are looked at */
} bv_uses;

BV_NODISCARD bool bv__uses(bv_arena *a, const bv_node *query, bv_table_key key, void *ctx, bv_uses *out);
/* [{"table","column","path","roles":[…]},…] */
void bv__uses_json(const bv_column_uses *u, bv_json *j);

/* ---- hashes ---- */

typedef struct bv_column_hash {
	bv_str output;
	char hash[65];
} bv_column_hash;

/* The hash of an output is SHA-256 over the words "belvedere column 1", what decides the rows, and the output's expression. In both each column is
 * put as what it is: one of a stored table as that table's place in FROM and its name; one of a CTE, a derived table or a set operation as that relation's
 * place and the expression behind the column, in the same way. So it hangs on nothing else:
 *
 *   no names          of outputs (its own too), of relations, of CTEs; a CTE and a derived table of the same query are one
 *   no other columns  of the select list, of CTEs, of derived tables, nor the order of columns
 *
 * A table or view that is read counts by its name. What decides the rows: FROM (tables, joins, ON, lists that are unnested), WHERE, GROUP BY, HAVING, whether there is an aggregate without GROUP BY, all columns
 * of DISTINCT and of set operations other than UNION ALL, ORDER BY of inner queries and wherever there is LIMIT or OFFSET, these themselves. The ORDER BY
 * of the whole query without a LIMIT decides nothing. Keys of GROUP BY and columns of DISTINCT count as a set.
 *
 * Two columns of one hash have equal values in equal rows; equal ones that are written in different forms may have two. A function's hash stands in each
 * call of it. A relation that is read several times is looked at once, so all hashes together cost what the tree does. In memory the parts are XXH3 of 128 bits.
 * A recursive CTE's columns are told apart by what start and step make of them, followed over four steps; where that is not enough, by their places.
 *
 * aggregate says of a call without OVER whether it is one. *out: one an output, in order. False when out of memory. */
BV_NODISCARD bool bv__column_hashes(bv_arena *a, const bv_node *query, bool (*aggregate)(void *ctx, const bv_ast_call *c), void *ctx, bv_column_hash **out, uint32_t *n);

#endif
