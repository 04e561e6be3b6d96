/* lane: the one way from a tree to something that can be registered, diffed or run. The stages are a visible array (bv__lane_stages);
 * each is a pure function over the tree. After the last one the verifier proves what a governed tree promises. */
#ifndef BV_LANE_H
#define BV_LANE_H

#include "artifact/artifact.h"
#include "functions/functions.h"
#include "scope/scope.h"

/* A table as the catalogue knows it. */
typedef struct bv_table_info {
	bv_path path;       /* full stored name, as a governed tree holds it */
	bv_str key;         /* as the schema source spells it: for lineage */
	bv_schema_t schema; /* as a scan returns it */
	bool types_known;
	const bv_column_index *index; /* of the schema's names, where the source keeps one; else NULL */
} bv_table_info;

typedef enum bv_lookup { BV_FOUND, BV_NOT_FOUND, BV_LOOKUP_AMBIGUOUS, BV_LOOKUP_FAILED /* diagnosed already */ } bv_lookup;

/* rules.def: a rewrite that a stage did. */
typedef enum bv_rule {
#define BV_RULE(name, title, why) BV_RULE_##name,
#include "lane/rules.def"
#undef BV_RULE
	BV_RULE_COUNT_ALL
} bv_rule;
typedef struct bv_rule_desc {
	const char *name, *why;
} bv_rule_desc;
extern const bv_rule_desc bv__rules[BV_RULE_COUNT_ALL];

typedef struct bv_policy {
	uint32_t max_distance; /* CNF budget: clauses */
	bv_str templates;      /* refuse, placeholders, render */
	const char *hash;      /* bv__policy_hash of these, where it is at hand; whoever changes one sets it to NULL */
} bv_policy;
#define BV_POLICY_INIT ((bv_policy){128, {"refuse", 6}, NULL})

/* What the session injects. Everything is borrowed for the call. */
typedef struct bv_lane_context {
	const bv_dialect *dialect;     /* read dialect */
	bv_functions_t *functions;
	bv_policy policy;
	bv_str variables;              /* JSON object: under the policy `placeholders`, what parameters mean */
	const char *last_stage;        /* NULL: all */
	bool no_columns;               /* the artifact needs no hashes of its columns */
	const bv_names *output_names;  /* the view's column list; NULL: the query's own names */
	bv_str view;                   /* dotted full name for the artifact; empty for a bare query */
	/* Finds a table; out lives as long as the arena, or is the source's own and lives as long as the lane runs. */
	bv_lookup (*table)(void *ctx, bv_arena *a, const bv_path *path, bv_table_info *out, bv_diagnostics *d, bv_span span);
	/* Full names near this one, for "did you mean". */
	void (*candidates)(void *ctx, bv_arena *a, bv_str **names, uint32_t *n);
	void *ctx;
	/* After each stage; may be NULL. */
	void (*trace)(void *ctx, const char *stage, const bv_node *tree);
	/* At each rewrite, in a stage; may be NULL. span: what was rewritten, as the text has it; after: what stands there now, NULL where nothing does. It is
	 * read at once: the stage goes on with it. */
	void (*rule)(void *ctx, bv_rule rule, bv_span span, const bv_node *after);
	void *trace_ctx;
} bv_lane_context;

typedef struct bv_lane_state bv_lane_state; /* lane/lane_internal.h */
typedef struct bv_lane_stage {
	const char *name;
	uint32_t version; /* rises only when its output can change */
	bool (*run)(bv_lane_state *);
	const char *doc;
} bv_lane_stage;
extern const bv_lane_stage bv__lane_stages[];
extern const uint32_t bv__lane_stage_count;

/* Runs a query (not create_view) through the lane. The artifact owns its memory (bv__artifact_free). False: diagnosed. */
BV_NODISCARD bool bv__lane_run(const bv_lane_context *cx, const bv_node *query, bv_view_artifact **out, bv_diagnostics *d);
/* SHA-256 of the profile's canonical JSON; never depends on last_stage. The empty text when out of memory. */
void bv__policy_hash(const bv_policy *p, char out[65]);
/* A table's name as one text: dotted, with quotes around parts that hold a dot or a quote, so that two different paths never have one name. */
bv_str bv__table_key(bv_arena *a, const bv_path *path);
/* The verifier alone: true when `tree` is a governed tree; reports an internal error naming `stage` otherwise. */
bool bv__lane_verify(const bv_node *tree, const char *stage, bool typed, bv_diagnostics *d);

#endif
