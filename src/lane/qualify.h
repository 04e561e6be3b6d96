/* qualify: what its files share. qualify.c binds queries, qualify_from.c relations and joins, qualify_rows.c UNNEST
 * and table functions, qualify_pivot.c PIVOT and UNPIVOT, qualify_name.c names and expressions. */
#ifndef BV_QUALIFY_H
#define BV_QUALIFY_H

#include "lane/lane_internal.h"

/* The outputs of a bound query, by place. */
typedef struct bv_bound {
	bv_str *names;  /* visible */
	bv_str *actual; /* in the governed tree */
	uint32_t n;
	bv_str *displays; /* the relation that DataFusion goes on to write before each: empty where it has a name of its own; NULL: everywhere */
} bv_bound;

/* Binds a query in place. top: its outputs are those of the whole query. */
void bv__bind_query(bv_lane_state *st, bv_ast_query *q, bv_scope *outer, bool top, bv_bound *out);
/* Binds an expression: returns what stands in its place, never NULL; what fails is diagnosed. */
bv_node *bv__bind_expr(bv_lane_state *st, bv_scope *s, bv_node *e);
/* Binds a relation, adds what it makes visible to `s`. NULL: diagnosed, and `s` is broken. */
bv_node *bv__bind_relation(bv_lane_state *st, bv_scope *s, bv_node *relation);
/* Names that the query gives by t(a, b): the first ones. False: diagnosed. */
bool bv__rename_columns(bv_lane_state *st, bv_relation *r, const bv_names *columns, bv_span span);
/* Columns of a query under an alias that share a name: in DataFusion the later ones are called a:1, a:2; in other dialects naming one is ambiguous. */
void bv__unlike_names(bv_lane_state *st, bv_str *names, uint32_t n);
/* Makes a relation visible; false where another one has its name. */
bool bv__add_relation(bv_lane_state *st, bv_scope *s, bv_relation *r, bv_span span);
/* UNNEST and table functions: as a relation of its own, or as the right side of a join whose left side, already bound, begins at relation r0.
 * *whole: what comes back stands for the whole join. NULL: diagnosed. */
bool bv__is_rows(const bv_node *n);
bv_node *bv__bind_rows(bv_lane_state *st, bv_scope *s, bv_node *n);
bv_node *bv__join_rows(bv_lane_state *st, bv_scope *s, bv_ast_join *j, uint32_t r0, bool *whole);
/* PIVOT and UNPIVOT. NULL: diagnosed. */
bv_node *bv__bind_pivot(bv_lane_state *st, bv_scope *s, bv_node *n);
/* A column of a relation as an expression of its own. */
bv_node *bv__visible_expr(bv_lane_state *st, const bv_visible *v, bv_span span);
/* A copy of a bound expression. */
bv_str bv__positional_name(bv_lane_state *st, uint32_t i); /* c1, c2, … for the outputs of inner queries; letters.c chooses the letters */
bv_str bv__new_alias(bv_lane_state *st, bv_relation *r);   /* t1, t2, …; registers the relation */
/* Dialect rules of names. */
bool bv__lateral_aliases(const bv_lane_state *st);   /* a projection may use the aliases before it */
bool bv__where_aliases(const bv_lane_state *st);     /* WHERE sees aliases, after columns */
bool bv__group_aliases(const bv_lane_state *st);     /* GROUP BY does */
bool bv__having_aliases(const bv_lane_state *st);    /* HAVING does */
bool bv__merged_first(const bv_lane_state *st);      /* SELECT * gives USING's columns first */
bool bv__merged_by_name(const bv_lane_state *st);    /* … or in the place of the relation whose name sorts first */
bool bv__order_alias_inside(const bv_lane_state *st); /* ORDER BY b + 1 sees the alias b before a column b */

#endif
