/* sql: text <-> tree. A dialect is a table (dialects.c); lexer, parser and generator are one each, driven by it. */
#ifndef BV_SQL_H
#define BV_SQL_H

#include "ast/ast.h"

typedef struct bv_dialect bv_dialect; /* static, immutable; fields in sql/dialect.h for this room only */

/* NULL when unknown. NULL or empty name: datafusion. */
const bv_dialect *bv__dialect(bv_str name);
const char *bv__dialect_name(const bv_dialect *d);
const char *bv__dialect_title(const bv_dialect *d); /* as people write it */
extern const bv_dialect *const bv__datafusion;
bool bv__dialect_writes(const bv_dialect *d); /* can bv__sql_generate write it? */
/* Folds unquoted names to lower case and then matches exactly (datafusion, postgres)? Otherwise: matches exactly first, then without case. */
bool bv__dialect_folds(const bv_dialect *d);
/* What division means that is not the engine's: `/` that keeps the fraction gives a float of 64 bits, DIV the type of its operands, but for these. */
typedef enum bv_division {
	BV_DIVISION_ZERO_ERROR = 1,     /* `/` by zero is an error, not infinity */
	BV_DIVISION_ZERO_NULL = 2,      /* DIV by zero is NULL, not an error */
	BV_DIVISION_BIGINT = 4,         /* DIV gives a BIGINT */
	BV_DIVISION_KEEPS_FLOAT = 8,    /* of a float of 32 bits and what is none of 64 `/` gives one of 32 */
	BV_DIVISION_KEEPS_DECIMALS = 16,/* of decimals `/` gives a decimal */
	BV_DIVISION_DECIMAL = 32,       /* of whole numbers too */
} bv_division;
unsigned bv__dialect_division(const bv_dialect *d);

/* Reads all statements of `text` (file: index from bv__diag_source). Errors of all statements are reported in one pass; then false.
 * The parser resolves what a dialect means into the tree: names folded (or flagged insensitive), null ordering, spelling of types. */
BV_NODISCARD bool bv__sql_parse(bv_arena *a, bv_str text, uint32_t file, const bv_dialect *dialect, bv_list *statements, bv_diagnostics *d);
/* The same of a text that bv__sql_text made, without copying it again. */
BV_NODISCARD bool bv__sql_parse_text(bv_arena *a, bv_str text, uint32_t file, const bv_dialect *dialect, bv_list *statements, bv_diagnostics *d);
/* The same of a text that came about otherwise than by being written: then spans point into what was. */
typedef struct bv_reading {
	const bv_origin *origin; /* the text was made from another one; NULL: it was not */
	bool placeholders;       /* template marks ({{ … }}, ${ … }, in postgres :'…') are parameters */
} bv_reading;
BV_NODISCARD bool bv__sql_parse_made(bv_arena *a, bv_str text, uint32_t file, const bv_dialect *dialect, const bv_reading *how, bv_list *statements, bv_diagnostics *d);
bv_str bv__sql_text(bv_arena *a, bv_str text); /* a copy in the arena that the lexer can read as it is */
/* A type's text, as in "STRUCT<a BIGINT, b ARRAY<VARCHAR>>" or an Arrow name ("Int64"): a type node, or NULL. */
bv_node *bv__sql_parse_type(bv_arena *a, bv_str text, uint32_t file, const bv_dialect *dialect, bv_diagnostics *d);
/* A column list "a BIGINT, b VARCHAR NOT NULL": list of type_field; type_field.head.nullable says whether NULL is allowed. */
BV_NODISCARD bool bv__sql_parse_columns(bv_arena *a, bv_str text, uint32_t file, const bv_dialect *dialect, bv_list *out, bv_diagnostics *d);
/* A dotted name, quoted parts allowed, folded by the dialect: a path of one to three parts. */
BV_NODISCARD bool bv__sql_parse_name(bv_arena *a, bv_str text, uint32_t file, const bv_dialect *dialect, bv_path *out, bv_diagnostics *d);

/* Text of a tree in a dialect: compact (one line) or pretty. Any node may be the root. False with a diagnostic where the dialect cannot say it. */
BV_NODISCARD bool bv__sql_generate(const bv_node *root, const bv_dialect *dialect, bool pretty, bv_buf *out, bv_diagnostics *d);
/* The same, pretty, of a statement that was read from `text` (made by bv__sql_text) in the dialect `read`: with the comments that stand in and above it. */
BV_NODISCARD bool bv__sql_pretty(const bv_node *root, bv_str text, const bv_dialect *read, const bv_dialect *write, bv_buf *out, bv_diagnostics *d);
/* All statements of a text in the house layout, with its comments. False with diagnostics: it cannot be read, or the dialect is not written; or,
 * which would be a defect, the result would not read as the same trees. */
BV_NODISCARD bool bv__sql_format(bv_str text, uint32_t file, const bv_dialect *dialect, bv_buf *out, bv_diagnostics *d);
/* A name as the dialect writes it, quoted where needed; dotted for paths. For messages too. */
void bv__sql_name(bv_buf *out, bv_str name, const bv_dialect *dialect);
void bv__sql_path(bv_buf *out, const bv_path *path, const bv_dialect *dialect);

#endif
