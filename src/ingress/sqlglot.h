/* What the files of the SQLGlot reader share. An element is one object of the flat list that sqlglot.serde.dump gives: a node with a class, or a plain value; it
 * hangs below its parent under the name of an argument. A reader asks an element for its arguments one by one; what it did not ask for
 * is refused by sg_done, so that nothing is left out unseen. */
#ifndef BV_INGRESS_SQLGLOT_H
#define BV_INGRESS_SQLGLOT_H

#include "ingress/ingress.h"

typedef enum sg_kind { SG_NODE, SG_STRING, SG_NUMBER, SG_TRUE, SG_FALSE, SG_NULL } sg_kind;

struct sg_row;

typedef struct sg_element {
	struct sg_element *parent, *first, *last, *next;
	const struct sg_row *row; /* of its class; NULL: a value, or a class that is not known */
	bv_str name;              /* of its class, without the module */
	bv_str key;               /* the parent's argument */
	bv_str text;              /* a value's text; of DataType.Type the type's name */
	bv_str type;              /* the DataType.Type that SQLGlot annotated, if it did */
	uint32_t index;           /* its place in the list */
	uint32_t from, to;        /* its bytes */
	uint8_t kind;             /* sg_kind */
	bool listed;              /* an item of a list */
	bool read;
} sg_element;

typedef struct sg_reader {
	bv_arena *a;
	bv_diagnostics *d;
	bv_str json;
	uint32_t file;
	unsigned depth;
	bool failed;
	uint32_t made_up; /* aliases that were made up */
	bv_map classes;   /* class name -> sg_row */
} sg_reader;

/* ---- the list (sqlglot_list.c) ---- */

/* The whole list; NULL with a diagnostic. */
sg_element *sg_list(sg_reader *r);

/* ---- asking an element (sqlglot.c) ---- */

/* Says what is wrong with an element; always false. */
bool sg_wrong(sg_reader *r, const sg_element *e, bv_code code, const char *fmt, ...) BV_PRINTF(4, 5);
/* The argument, NULL where there is none, or where it is None, False or an empty list. Marks it as read. */
sg_element *sg_arg(sg_element *e, const char *key);
sg_element *sg_need(sg_reader *r, sg_element *e, const char *key); /* says so where there is none */
/* The first item of a list argument; sg_next gives the others. Each is marked as read. */
sg_element *sg_items(sg_element *e, const char *key);
sg_element *sg_next(sg_element *item);
/* Is the argument there and False? Where that is not the same as absent. */
bool sg_said_false(sg_element *e, const char *key);
/* An argument that is said but carries no meaning here: `keys` separated by spaces. */
void sg_ignore(sg_element *e, const char *keys);
/* Refuses what was not asked for. False: something was. */
bool sg_done(sg_reader *r, sg_element *e);
bool sg_is(const sg_element *e, const char *cls);
/* The text of an argument that is a text, a Var, an Identifier or a Literal; empty where there is none. */
bv_str sg_word(sg_reader *r, sg_element *e, const char *key);
/* Behind the parentheses: Paren(Paren(x)) is x. */
sg_element *sg_bare(sg_reader *r, sg_element *e);
bv_span sg_span(const sg_reader *r, const sg_element *e);
/* An identifier as the tree stores it: folded unless quoted. */
bv_str sg_name(sg_reader *r, sg_element *e);
bv_names sg_names(sg_reader *r, sg_element *e, const char *key);

/* ---- the table of classes (sqlglot_classes.def) ---- */

typedef bv_node *(*sg_read)(sg_reader *r, sg_element *e);

typedef struct sg_row {
	const char *cls;
	sg_read read;
	const char *name;   /* calls: of the function */
	const char *args;   /* calls: the arguments in the order of the function's */
	const char *ignore; /* arguments without meaning for the engine */
	uint8_t op;         /* operators: bv_binary_op */
} sg_row;

#define SG_BINARY(cls, op, ignore)
#define SG_CALL(cls, name, args, ignore)
#define SG_FORM(cls, reader, ignore) bv_node *reader(sg_reader *r, sg_element *e);
#include "ingress/sqlglot_classes.def"
#undef SG_BINARY
#undef SG_CALL
#undef SG_FORM
bv_node *sg_read_binary(sg_reader *r, sg_element *e);
bv_node *sg_read_call(sg_reader *r, sg_element *e);

/* ---- reading. NULL or false: there is a diagnostic, or memory is out ---- */

bv_node *sg_expr(sg_reader *r, sg_element *e); /* any expression; a query is a scalar subquery */
bv_node *sg_any(sg_reader *r, sg_element *e);  /* that, or a star, lambda or named argument: what a call takes */
bv_node *sg_expr_of(sg_reader *r, sg_element *e, const char *key); /* a required argument */
bool sg_exprs(sg_reader *r, sg_element *e, const char *key, bv_node_vec *out);
bv_node *sg_projection(sg_reader *r, sg_element *e);
bv_node *sg_type(sg_reader *r, sg_element *e);
bool sg_is_query(const sg_element *e);
bv_node *sg_query(sg_reader *r, sg_element *e); /* a query node */
bv_node *sg_relation(sg_reader *r, sg_element *e);
bool sg_joins(sg_reader *r, sg_element *e, bv_node_vec *from); /* the joins of e onto the last of `from` */
bool sg_order(sg_reader *r, sg_element *order, bv_list *out);   /* of an Order */
bool sg_alias(sg_reader *r, sg_element *e, bv_str *alias, bv_names *columns); /* the argument "alias" of e */
bv_node *sg_window(sg_reader *r, sg_element *e); /* a Window's specification */
/* Does SQLGlot take the value for a DOUBLE, or for one of the types with a fraction? */
bool sg_is_double(const sg_element *e);
bool sg_is_real(const sg_element *e);

/* Makers; the span is that of `at`. They take NULL for a node and then give NULL. */
bv_node *sg_make_call(sg_reader *r, const sg_element *at, const char *name, bv_node **args, uint32_t n);
bv_node *sg_make_binary(sg_reader *r, const sg_element *at, bv_binary_op op, bv_node *left, bv_node *right);
bv_node *sg_make_unary(sg_reader *r, const sg_element *at, bv_unary_op op, bv_node *operand);
bv_node *sg_make_cast(sg_reader *r, const sg_element *at, bv_node *operand, const char *type);
bv_node *sg_make_string(sg_reader *r, const sg_element *at, bv_str text);
bv_node *sg_make_number(sg_reader *r, const sg_element *at, const char *text);
bv_node *sg_make_null(sg_reader *r, const sg_element *at);
bv_node *sg_make_is_null(sg_reader *r, const sg_element *at, bv_node *operand, bool negated);
bv_node *sg_make_and(sg_reader *r, const sg_element *at, bv_kind kind, bv_node *left, bv_node *right); /* AND or OR, flat */
/* CASE WHEN condition THEN result [ELSE otherwise] END; otherwise may be NULL. */
bv_node *sg_make_case(sg_reader *r, const sg_element *at, bv_node *condition, bv_node *result, bv_node *otherwise);

#endif
