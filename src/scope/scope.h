/* scope: what each name can see. Scopes are made by qualify while it walks a query bottom-up; a scope is one SELECT's FROM (or the part of
 * it that an ON sees), its parent is the query around it. Lookups are by hash, so wide tables and many joins stay linear. */
#ifndef BV_SCOPE_H
#define BV_SCOPE_H

#include "types/types.h"

/* Columns by name, without case and exactly; names that repeat form a chain in column order. May be shared by all who read a table. */
typedef struct bv_column_index {
	bv_map by_name; /* lower-case name -> first index + 1 */
	uint32_t *next; /* next index + 1 with the same lower-case name */
} bv_column_index;
/* Of n names, `stride` bytes apart; they are borrowed. NULL: out of memory. */
const bv_column_index *bv__column_index(bv_arena *a, const bv_str *names, size_t stride, uint32_t n);
/* The first column of exactly this name + 1; 0: there is none. names: those of the index. */
uint32_t bv__column_exact(const bv_column_index *x, const bv_str *names, size_t stride, uint32_t n, bv_str name);

/* One relation of a FROM. Visible names may be aliases (t(a, b)) or repeat; actual names are unique and what a governed tree uses. */
typedef struct bv_relation {
	bv_str alias;       /* as the query calls it; empty: it has no name of its own */
	bool insensitive;   /* the alias was written unquoted in a dialect that matches without case */
	bool partial;        /* it has more columns in its dialect: no star */
	bool explicit_alias; /* AS was written: then the table's own name is hidden */
	bv_path table;      /* full stored name of a table, n == 0 for others */
	bv_str governed;    /* the alias it has in the governed tree, unique in the whole tree */
	bv_str *names;      /* visible column names */
	bv_str *actual;
	uint32_t n;
	const bv_column_index *index; /* of `names` */
	uint32_t first; /* place of its first column among the visible columns of the whole FROM */
	bv_str display; /* what DataFusion puts before its columns in a derived output name */
	bv_str *displays; /* the same by column, where several relations of the query live in one derived table; else NULL */
} bv_relation;

/* One column of SELECT *, in star order. A column that USING or NATURAL merged away is hidden: only its relation's alias reaches it. */
typedef struct bv_visible {
	bv_str name;
	bv_relation *rel;
	uint32_t col;
	const bv_node *merged; /* the expression that stands for it (COALESCE of a full join), or NULL */
	bool hidden;
} bv_visible;

typedef struct bv_cte_binding {
	bv_str name;
	bool insensitive;
	bv_str governed; /* the name it has at the top level */
	bv_str *names, *actual;
	uint32_t n;
	bool unknown; /* it could not be bound, and that was reported */
} bv_cte_binding;

/* Output aliases that clauses after SELECT may use. */
typedef enum bv_alias_mode { BV_ALIAS_NONE, BV_ALIAS_AFTER_COLUMNS, BV_ALIAS_BEFORE_COLUMNS } bv_alias_mode;
typedef struct bv_output {
	bv_str name;   /* visible */
	bv_str actual; /* in the governed tree: unique but for a whole query's own outputs */
	bv_node *expr; /* bound; NULL: only its name can be used (the outputs of a set operation) */
	bv_str display; /* of the column that it is, where no alias hides it */
} bv_output;

typedef struct bv_scope {
	struct bv_scope *parent;
	BV_VEC(bv_relation *) relations;
	BV_VEC(bv_visible) visible;
	uint32_t base; /* visible.v[0] is this place of the whole FROM: an ON sees a part of it */
	BV_VEC(bv_cte_binding *) ctes;
	const bv_output *outputs;
	uint32_t noutputs;
	bv_alias_mode alias_mode;
	bool output_refs; /* an output alias becomes a reference to the output, not a copy of its expression */
	const bv_names *params; /* lambda parameters: a scope of its own */
	BV_VEC(uint32_t) star; /* places in `visible`, in the order of SELECT * */
	bool broken;  /* a relation could not be bound: names that are not found were reported by that */
	bool barrier; /* nothing above may be used: a CTE's own query */
} bv_scope;

/* Column of one relation: exact first, then (insensitive) without case. Returns the number of matches, *col the first. */
unsigned bv__relation_column(const bv_relation *r, bv_str name, bool insensitive, uint32_t *col);
/* Adds a relation and makes all its columns visible. */
bool bv__scope_add(bv_arena *a, bv_scope *s, bv_relation *r);
/* Visible column of this scope alone, unqualified. Returns the number of matches; *at the first. */
unsigned bv__scope_column(const bv_scope *s, bv_str name, bool insensitive, bv_visible **at);
/* Relation of this scope alone by alias; more than one match is ambiguous. */
unsigned bv__scope_relation(const bv_scope *s, bv_str alias, bool insensitive, bv_relation **out);
/* Relation of this scope alone by the table's qualified name (schema.table or catalog.schema.table). */
bv_relation *bv__scope_relation_path(const bv_scope *s, const bv_str *parts, uint32_t n, uint32_t insensitive);
/* Through all enclosing scopes. */
bv_cte_binding *bv__scope_cte(const bv_scope *s, bv_str name, bool insensitive);
/* All names that a column reference could mean here, for "did you mean". */
void bv__scope_names(const bv_scope *s, bv_arena *a, bv_str **names, uint32_t *n);

#endif
