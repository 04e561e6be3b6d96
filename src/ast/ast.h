/* ast: what a tree is. Nodes live in an arena; a published tree is immutable and may be read by any thread; passes share
 * unchanged subtrees. Every algorithm here is generic over nodes.def. */
#ifndef BV_AST_H
#define BV_AST_H

#include "base/base.h"

/* ---- generated types ---- */

typedef enum bv_kind {
	BV_KIND_NONE = 0,
#define BV_NODE(K, k, governed, doc) BV_##K,
#include "ast/nodes.def"
	BV_KIND_COUNT
} bv_kind;

/* BV_join_type_left, BV_binary_op_add, … */
#define BV_V(e, v) BV_##e##_##v,
#define BV_ENUM(e, values) typedef enum bv_##e { values BV_##e##_count } bv_##e;
#include "ast/nodes.def"

typedef struct bv_type bv_type; /* types/types.h; the tree only carries it */
bool bv__type_is_fraction(const bv_type *t); /* of that room: a float or a decimal? What `/` is written as hangs on it */

/* The head of every node. `type` is annotation, never payload: NULL until annotate has run (or unknown). */
typedef struct bv_node {
	uint16_t kind;
	uint8_t nullable; /* annotation: may be NULL */
	uint8_t mark;     /* free for the pass that runs */
	bv_span span;
	const bv_type *type;
} bv_node;

typedef struct bv_list {
	bv_node **v;
	uint32_t n;
} bv_list;

/* A dotted name. Bit i of `insensitive`: part i was unquoted in a dialect that matches without case. Governed: always 0. */
typedef struct bv_path {
	bv_str *v;
	uint32_t n;
	uint32_t insensitive;
} bv_path;

typedef struct bv_names {
	bv_str *v;
	uint32_t n;
	uint32_t insensitive; /* as in bv_path, for the first 32 */
} bv_names;

/* bv_ast_select, bv_ast_join, …: `bv_ast_select *s = (bv_ast_select *)node;` */
#define BV_NODE(K, k, governed, doc) typedef struct bv_ast_##k { bv_node head;
#define BV_CHILD(k, f, need, doc) bv_node *f;
#define BV_LIST(k, f, need, doc) bv_list f;
#define BV_NAME(k, f, need, doc) bv_str f;
#define BV_TEXT(k, f, need, doc) bv_str f;
#define BV_PATH(k, f, need, doc) bv_path f;
#define BV_NAMES(k, f, need, doc) bv_names f;
#define BV_FLAG(k, f, doc) bool f;
#define BV_ENUMF(k, f, e, doc) uint8_t f;
#define BV_END(k) } bv_ast_##k;
#include "ast/nodes.def"

/* ---- the field table ---- */

typedef enum bv_field_type { BV_F_CHILD, BV_F_LIST, BV_F_NAME, BV_F_TEXT, BV_F_PATH, BV_F_NAMES, BV_F_FLAG, BV_F_ENUM } bv_field_type;

/* Room of a piece of a payload: the writer copies all of it and goes on behind the part that counts. */
enum { BV_PIECE = 32 };

typedef struct bv_field_desc {
	const char *name; /* also the wire name */
	uint8_t type;     /* bv_field_type */
	bool required;
	uint16_t offset;
	const char *const *values; /* enums: wire names */
	uint8_t nvalues;
	const char *doc;
	uint8_t key_n;
	char key[BV_PIECE]; /* `,"name":` */
} bv_field_desc;

typedef struct bv_node_desc {
	const char *name; /* wire name */
	const char *doc;
	uint16_t size;
	bool governed;
	uint8_t nfields;
	uint8_t open_n;
	const bv_field_desc *fields;
	char open[BV_PIECE]; /* `,{"kind":"name"` */
} bv_node_desc;

extern const bv_node_desc bv__nodes[BV_KIND_COUNT];
/* The same without what holds no nodes, for what only goes from node to node: the end has no offset. */
typedef struct bv_kid {
	uint16_t offset;
	bool list; /* a bv_list, else a bv_node * */
} bv_kid;
extern const bv_kid *const bv__kids[BV_KIND_COUNT];
bv_kind bv__kind_by_name(bv_str name); /* BV_KIND_NONE when unknown */
const char *bv__enum_name(bv_kind kind, const char *field, unsigned value);
/* The shapes of shapes.def: may a node of kind `child` stand in this field (by its place in the kind's table)? */
bool bv__field_takes(bv_kind kind, unsigned field, bv_kind child);
/* What it takes, for messages: "an expression". */
const char *bv__field_wants(bv_kind kind, unsigned field);

/* ---- making ---- */

/* Zeroed node of the kind, NULL when out of memory (the arena remembers). */
bv_node *bv__node_new(bv_arena *a, bv_kind kind, bv_span span);
/* `bv_ast_select *s = BV_MAKE(a, SELECT, select, span);` */
#define BV_MAKE(a, K, k, span) ((bv_ast_##k *)bv__node_new((a), BV_##K, (span)))
#define BV_AS(k, node) ((bv_ast_##k *)(node))
/* A growing list; copy the result into a field with bv__list_done. */
typedef BV_VEC(bv_node *) bv_node_vec;
static inline bv_list bv__list_done(bv_node_vec v) { return (bv_list){v.v, v.n}; }
bv_list bv__list_of(bv_arena *a, bv_node **v, uint32_t n); /* copies the pointers */
bv_path bv__path_of(bv_arena *a, const bv_str *parts, uint32_t n);
bv_node *bv__column(bv_arena *a, bv_span span, bv_str relation, bv_str name); /* governed form; relation may be empty: one part */
bv_node *bv__string(bv_arena *a, bv_span span, bv_str text);
bv_node *bv__number(bv_arena *a, bv_span span, int64_t v);
bv_node *bv__call(bv_arena *a, bv_span span, const char *name, bv_node **args, uint32_t n);
bv_node *bv__alias(bv_arena *a, bv_node *operand, bv_str name);
/* AND of the non-NULL of a and b; flattens. NULL when both are NULL. */
bv_node *bv__and(bv_arena *a, bv_node *x, bv_node *y);

/* ---- generic algorithms ----
 * The parser, the payload reader and the builder keep trees within BV_DEPTH_MAX and BV_NODES_MAX; a pass may deepen one. The algorithms
 * here stop at four times the depth, whatever they are given: walk says false, copy and map fail the arena, the writer fails its buffer,
 * equal says false. */

#define BV_DEPTH_MAX 2000
#define BV_NODES_MAX 8000000u

typedef enum bv_walk { BV_WALK_CONTINUE, BV_WALK_PRUNE, BV_WALK_STOP } bv_walk;
typedef bv_walk (*bv_visit)(bv_node *node, bv_node *parent, void *ctx);
/* Pre-order, fields in table order. Returns false when the visitor stopped. */
bool bv__walk(bv_node *root, bv_visit visit, void *ctx);
/* Children only, one level. */
bool bv__children(bv_node *node, bv_visit visit, void *ctx);

/* Bottom-up rewrite: fn gets a node whose children are done (a copy where one of them changed) and returns it or another
 * node in its place; never NULL. Unchanged subtrees are shared. `enter` (may be NULL) says PRUNE to leave a subtree as it is. */
typedef bv_node *(*bv_rewrite)(bv_arena *a, bv_node *node, void *ctx);
bv_node *bv__map_tree(bv_arena *a, bv_node *root, bv_visit enter, bv_rewrite fn, void *ctx);
/* Copy of one node (fields shallow). */
bv_node *bv__node_copy(bv_arena *a, const bv_node *node);
/* Deep copy: nodes, names and texts; annotations and spans kept. */
bv_node *bv__tree_copy(bv_arena *a, const bv_node *root);
/* The same, with a call for each node of the copy before it has its children; names and texts are not yet copied then. */
bv_node *bv__tree_copy_each(bv_arena *a, const bv_node *root, void (*each)(bv_node *copy, void *ctx), void *ctx);
/* The same, but for the bytes of names and texts: for copies that live no longer than the original. */
bv_node *bv__tree_share(bv_arena *a, const bv_node *root);
/* Payload equality: spans and annotations do not count. */
bool bv__tree_equal(const bv_node *a, const bv_node *b);
bv_hash128 bv__tree_hash(const bv_node *root);
uint32_t bv__tree_count(const bv_node *root); /* nodes */
/* Within both budgets: what every maker of trees asks before it publishes one. Gives up as soon as it knows. */
bool bv__tree_within(const bv_node *root);

/* ---- payload ---- */

#define BV_PAYLOAD_VERSION 1
/* Canonical JSON: [{"version":1},{"kind":…},{"kind":…,"in":1,"as":"body"},…]; element 0 is the header, the root is element 1, `in` is the
 * parent's element. Pre-order, fields in table order, lists in order; each element's own keys: kind, in, as, then the node's scalar fields.
 * spans (may be NULL) gets one bv_span an element, [0] none. */
void bv__payload_write(const bv_node *root, bv_buf *out, bv_buf *spans);
/* Reads one; every element's span is its byte range in `json` as file `file`. NULL with diagnostics when it is not a payload. */
BV_NODISCARD bv_node *bv__payload_read(bv_arena *a, bv_str json, uint32_t file, bv_diagnostics *d);
/* SHA-256 of the payload bytes; the empty text when out of memory or past the depth. */
void bv__fingerprint(const bv_node *root, char out[65]);
/* Indented tree for people: one node a line. types: nullability of typed nodes too. */
void bv__tree_print(const bv_node *root, bool types, bv_buf *out);
/* The same with the text of each type, by the room that knows types (bv__type_text). */
void bv__tree_print_typed(const bv_node *root, void (*type_text)(const bv_type *, bv_buf *), bv_buf *out);

#endif
