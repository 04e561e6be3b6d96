/* Shared by the lane's stages. The lane owns a private copy of the tree in which every node occurs once, so that stages may annotate and
 * rename in place; what they return is the same for the same input. */
#ifndef BV_LANE_INTERNAL_H
#define BV_LANE_INTERNAL_H

#include "lane/lane.h"
#include "scope/scope.h"

struct bv_lane_state {
	const bv_lane_context *cx;
	bv_arena *arena;
	bv_diagnostics *d;
	bv_node *tree; /* a query */
	uint32_t aliases;  /* governed relation aliases handed out */
	uint32_t hoisted;  /* governed CTE names handed out */
	uint64_t copied;   /* nodes of aliases written out */
	BV_VEC(bv_node *) ctes; /* governed, in order of definition */
	BV_VEC(bv_cte_binding *) bindings; /* of ctes, same order */
	bool recursive;
	bool typed;       /* annotate has been there */
	bool subqueries;  /* some expression holds one: annotate's word */
	bool renamed;     /* bv__lane_rename found names to change when it last ran */
	bv_buf key;       /* what an expression is ordered by, while it is written */
	bv_map tables;    /* bv__table_key -> bv_table_info * */
	bv_map relations; /* governed alias -> bv_relation * */
	bv_map column_names; /* a scalar subquery's query (its address) -> bv_str *, what its column is called */
	BV_VEC(bv_str) output_names; /* of the whole query, visible */
	bool dialect_means; /* the read dialect has meanings of its own */
	bool unknown_types;
	bv_schema_t schema;
};

/* What a stage could not allocate elsewhere than in the arena: the arena remembers, and the lane says so. */
static inline void bv__lane_nomem(const bv_lane_state *st) { bv__arena_fail(st->arena); }

/* ---- the trace ---- */
static inline void bv__rule(const bv_lane_state *st, bv_rule rule, bv_span span, const bv_node *after)
{
	if (st->cx->rule)
		st->cx->rule(st->cx->trace_ctx, rule, span, after);
}
/* The same where several expressions stand there now. */
void bv__rule_list(bv_lane_state *st, bv_rule rule, bv_span span, bv_node *const *after, uint32_t n);

/* ---- util.c ---- */
/* Replaces every direct child c of `node` (in place) by fn(ctx, c). False as soon as fn returns NULL. */
typedef bv_node *(*bv_child_fn)(void *ctx, bv_node *child);
bool bv__lane_children(bv_node *node, bv_child_fn fn, void *ctx);
bool bv__is_query(const bv_node *n);
/* An aggregate call (no OVER) somewhere below, not inside subqueries. */
bool bv__has_aggregate(const bv_lane_state *st, const bv_node *n);
const bv_node *bv__deciding_zero(const bv_ast_binary *b); /* of a product: the side that is 0 where the other one is not NULL; NULL: none */
bv_node *bv__not(bv_lane_state *st, bv_node *n);          /* NOT n, typed; n itself when out of memory, which the arena remembers */
bool bv__has_window(const bv_node *n);
bool bv__has_subquery(const bv_lane_state *st, const bv_node *n);
/* Whether a relation may stand below: not in an expression, where none of the whole tree holds a subquery. */
bool bv__relations_below(const bv_lane_state *st, const bv_node *n);
const bv_function *bv__call_function(const bv_lane_state *st, const bv_ast_call *c);
/* A call of a volatile function somewhere below, subqueries too. */
bool bv__is_volatile(const bv_lane_state *st, const bv_node *n);
/* Where a relation keeps its alias; NULL for joins and what is no relation. */
bv_str *bv__relation_alias(bv_node *n);
/* The typed expression as another type: a typed cast, or itself. */
bv_node *bv__cast_to(bv_lane_state *st, bv_node *n, const bv_type *t);
/* The mark of a window that DISTINCT ON became: qualify's word to annotate, which alone knows the types of the keys. PART: of an alias, a column that
 * QUALIFY put into its derived table, which only the filter outside reads. */
enum { BV_MARK_DISTINCT_ON = 1, BV_MARK_ENGINE = 2 /* in the engine's words */, BV_MARK_TYPED = 4, BV_MARK_TOTAL = 8, BV_MARK_NOT_TOTAL = 16, BV_MARK_PART = 32 };
/* meaning.c: what the read dialect means by a node, in the engine's words. Has it meanings of its own? A call before its names are bound (NULL: itself), with the
 * question whether one comes later; a node whose children are typed. */
bool bv__columns_apart(const bv_lane_state *st, const bv_type *a, const bv_type *b); /* meaning.c */
bool bv__has_meanings(const bv_lane_state *st);
bv_node *bv__meant_by_name(bv_lane_state *st, bv_ast_call *c);
bool bv__has_meaning(const bv_lane_state *st, const bv_ast_call *c);
bv_node *bv__meant(bv_lane_state *st, bv_node *n);
bool bv__is_numeric(const bv_ast_type *t); /* NUMERIC of PostgreSQL without digits */
/* qualify_name.c: a copy of an expression, the relations of whose subqueries have aliases of their own. */
bv_node *bv__copy_expr(bv_lane_state *st, const bv_node *e);
/* Gives relations below n, and the columns that name them, other aliases: old -> bv_str *. */
void bv__rename_relations(bv_node *n, bv_map *names);
/* total.c: can be evaluated anywhere and any number of times unseen; the same of a condition. */
bool bv__is_total(bv_lane_state *st, const bv_node *n);
bool bv__is_pure_predicate(bv_lane_state *st, const bv_node *n);
/* YYYY-MM-DD, for a timestamp within 1700 and 2200 and also with HH:MM:SS. */
bool bv__is_moment_text(bv_str t, bool timestamp);
/* A literal number other than zero. */
bool bv__is_divisor(const bv_node *n);
/* division.c: DIV and the `/` that keeps the fraction become the engine's division, once both sides are typed. False: refused. */
bool bv__engine_division(bv_lane_state *st, bv_ast_binary *b);
/* Two comparisons with the bounds apart come to what BETWEEN does, which brings all three to one type. */
bool bv__same_comparison(bv_lane_state *st, const bv_ast_between *b);
/* Flattens an AND or OR in place; where it is pure, sorts its terms and drops equal ones. */
void bv__canonical_terms(bv_lane_state *st, bv_node **node);
/* canonicalise.c: the operator that NOT makes of a comparison, or -1. */
int bv__negated_op(unsigned op);
/* governed.c: a field that is not empty and that a governed tree may not hold; NULL: none. */
const bv_field_desc *bv__governed_fault(const bv_node *n);
/* Equal up to the aliases of relations in subqueries. */
bool bv__same_expr(bv_lane_state *st, const bv_node *a, const bv_node *b);
/* Relations t1, t2, … and CTEs w1, w2, … in pre-order. */
void bv__lane_rename(bv_lane_state *st);
/* Once more, where terms may have changed places that hold relations. */
void bv__lane_rename_moved(bv_lane_state *st);
/* transforms.c: parentheses around what has lost its clauses (its CTEs, to the top). */
void bv__lane_unwrap(bv_lane_state *st);
/* spell.c: one node for one construct. */
/* count(*) and count(): they count rows. */
bool bv__counts_rows(const bv_ast_call *c);
void bv__lane_spell(bv_lane_state *st);
/* letters.c: the names of inner outputs. */
/* Whether any name changed. */
bool bv__lane_letters(bv_lane_state *st);
bool bv__calls_unnest(const bv_ast_call *c);
/* A call of unnest, which is no function, somewhere below. */
bool bv__has_unnest(const bv_lane_state *st, const bv_node *n);
bv_str bv__dotted(bv_arena *a, const bv_path *p);
/* interval.c: the value of a text, and of an interval whose value is a literal (negative: under a minus). False: it has none. */
typedef struct bv_interval_value {
	int32_t months, days;
	int64_t nanos;
} bv_interval_value;
bool bv__interval_parse(bv_str text, bv_interval_value *out);
bool bv__interval_of(bv_arena *a, const bv_ast_interval *n, bool negative, bv_interval_value *out);
/* names.c: output name of a bound expression without AS, as DataFusion makes it. */
bv_str bv__output_name(bv_lane_state *st, const bv_node *bound);
/* What DataFusion writes before a column of it. */
bv_str bv__display_of(const bv_relation *r, bv_str actual);
/* What stands below unary plus, which the engine drops. */
const bv_node *bv__under_plus(const bv_node *n);
/* The name that the query sees for a governed column. */
bv_str bv__visible_name(const bv_relation *r, bv_str actual);

/* ---- the stages ---- */
bool bv__lane_sanitise(bv_lane_state *st);
bool bv__lane_transforms(bv_lane_state *st);
bool bv__lane_qualify(bv_lane_state *st);
bool bv__lane_validate(bv_lane_state *st);
bool bv__lane_annotate(bv_lane_state *st);
bool bv__lane_canonicalise(bv_lane_state *st);
bool bv__lane_normalise(bv_lane_state *st);

#endif
