/* scope: what each name can see. Scopes are made by qualify while it walks a query bottom-up and are kept per relation list. */
#ifndef BV_SCOPE_H
#define BV_SCOPE_H

#include "types/types.h"

/* One relation of a FROM: its alias and its columns. Types are NULL where they are not known. */
typedef struct bv_relation {
	bv_str alias;
	bool alias_insensitive;
	bv_str table;     /* the catalogue's key, as the schema source spells it; empty for derived relations */
	bv_schema_t schema;
	const bv_node *node;
	uint32_t merged;  /* number of columns that USING or NATURAL took out of the star */
} bv_relation;

typedef struct bv_scope {
	struct bv_scope *parent; /* outer query: correlation */
	BV_VEC(bv_relation *) relations;
	BV_VEC(struct bv_cte_binding *) ctes;
	bool barrier; /* names of the parent are not visible (a plain derived table) */
} bv_scope;

typedef struct bv_cte_binding {
	bv_str name;
	bool insensitive;
	bv_str governed; /* the name it has once at the top level */
	bv_schema_t schema;
} bv_cte_binding;

/* Looks a column up: relation may be empty. Returns the number of matches (0, 1, more: ambiguous) in the nearest scope that has any;
 * *rel and *col are the first; *depth how many scopes outside. insensitive: bit 0 relation part, bit 1 column part. */
unsigned bv__scope_column(const bv_scope *s, bv_str relation, bv_str name, unsigned insensitive, bv_relation **rel, uint32_t *col, unsigned *depth);
bv_relation *bv__scope_relation(const bv_scope *s, bv_str alias, bool insensitive, unsigned *depth);
const bv_cte_binding *bv__scope_cte(const bv_scope *s, bv_str name, bool insensitive);
/* All visible column names, for "did you mean". */
void bv__scope_names(const bv_scope *s, bv_arena *a, bv_str **names, uint32_t *n);

#endif
