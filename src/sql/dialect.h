/* What a dialect is: one static table row each (dialects.c), read by the lexer, the parser and the generator. Only this room looks inside.
 * A new dialect is a row; a new difference between dialects is a field or flag here, never a comparison of names in the code. */
#ifndef BV_SQL_DIALECT_H
#define BV_SQL_DIALECT_H

#include "sql/sql.h"

typedef enum bv_token_kind {
#define BV_TOKEN(name, text) BV_TK_##name,
#include "sql/tokens.def"
#undef BV_TOKEN
	BV_TK_COUNT
} bv_token_kind;

typedef enum bv_keyword {
	BV_K_NONE = 0,
#define BV_KEYWORD(name, flags) BV_K_##name,
#include "sql/keywords.def"
#undef BV_KEYWORD
	BV_K_COUNT
} bv_keyword;

enum { BV_KW_N = 1, BV_KW_C = 2, BV_KW_T = 4, BV_KW_H = 8, BV_KW_Q = 16 };

/* Bits for sets of dialects, in the order of the table. */
enum {
	BV_D_DATAFUSION = 1, BV_D_POSTGRES = 2, BV_D_DUCKDB = 4, BV_D_SPARK = 8, BV_D_DATABRICKS = 16, BV_D_SNOWFLAKE = 32,
	BV_D_BIGQUERY = 64, BV_D_TRINO = 128, BV_D_GENERIC = 256,
	BV_D_SPARKS = BV_D_SPARK | BV_D_DATABRICKS,
	BV_D_LENIENT = BV_D_DATAFUSION | BV_D_GENERIC,
	BV_D_PIPES = BV_D_LENIENT | BV_D_BIGQUERY | BV_D_SPARKS, /* FROM t |> WHERE … */
	BV_D_IN_PARENS = BV_D_LENIENT | BV_D_POSTGRES | BV_D_DUCKDB, /* IN ((SELECT …)) is IN (SELECT …), not a list with one value */
	BV_D_ALL = 511
};

typedef enum bv_quote_use { BV_QUOTE_NONE, BV_QUOTE_NAME, BV_QUOTE_STRING } bv_quote_use;

/* Where NULL sorts when the order does not say: as the largest value (last ascending, first descending: DataFusion), as the smallest, or always last. */
typedef enum bv_null_order { BV_NULLS_LARGEST, BV_NULLS_SMALLEST, BV_NULLS_LAST } bv_null_order;

/* Lexical rules. */
enum {
	BV_LEX_BACKSLASH = 1 << 0,      /* '\n' in ordinary strings */
	BV_LEX_E_STRING = 1 << 1,       /* E'\n' */
	BV_LEX_DOLLAR_STRING = 1 << 2,  /* $$…$$, $tag$…$tag$ */
	BV_LEX_RAW_STRING = 1 << 3,     /* r'…' */
	BV_LEX_TRIPLE = 1 << 4,         /* '''…''' */
	BV_LEX_BYTES = 1 << 5,          /* b'…' is bytes */
	BV_LEX_UNICODE_STRING = 1 << 6, /* U&'…' */
	BV_LEX_HASH_COMMENT = 1 << 7,     /* # begins a comment */
	BV_LEX_SLASH_COMMENT = 1 << 8,  /* // to the end of the line */
	BV_LEX_NESTED_COMMENT = 1 << 9,   /* block comments nest */
	BV_LEX_DIGIT_NAME = 1 << 10,    /* 1a is a name */
	BV_LEX_TYPE_SUFFIX = 1 << 11,   /* 1L, 1S, 1Y, 1.5BD, 1D, 1F */
	BV_LEX_HEX_NUMBER = 1 << 12,    /* 0xFF is a number (otherwise binary) */
	BV_LEX_AT_PARAM = 1 << 13,      /* @name */
	BV_LEX_JOIN_STRINGS = 1 << 14,  /* 'a' 'b' is 'ab' */
	BV_LEX_OPERATORS = 1 << 15,     /* a run of operator characters is one operator */
	BV_LEX_BITS = 1 << 16,          /* B'01' and X'0f' are strings of bits */
	BV_LEX_RADIX_NUMBER = 1 << 17,  /* 0b01, 0o17 */
	BV_LEX_DOLLAR = 1 << 18,        /* a lone $, the end of a row pattern */
	BV_LEX_DIGIT_FIELD = 1 << 19,   /* t.1a: behind a dot a name may begin with digits */
	BV_LEX_DASH_NAME = 1 << 20,     /* my-project.t: a table's first part may hold dashes */
	BV_LEX_NUMBER_ENDS = 1 << 21    /* 1a is 1 and the name a, 0x1f is 0 and x1f */
};

/* Syntax that not every dialect has. */
enum {
	BV_SYN_FOLD = 1 << 0,              /* unquoted names are folded to lower case and match exactly */
	BV_SYN_QUOTED_INSENSITIVE = 1 << 1, /* quoted names match without case too */
	BV_SYN_TRUE_DIVISION = 1 << 2,     /* `/` of integers keeps the fraction */
	BV_SYN_DECIMAL_LITERAL = 1 << 3,   /* 1.5 is a decimal */
	BV_SYN_CARET_POWER = 1 << 4,       /* ^ is power, otherwise exclusive or */
	BV_SYN_LOOSE_DISTINCT_FROM = 1 << 5, /* the right side of IS DISTINCT FROM is a whole expression */
	BV_SYN_STRUCT_CALL = 1 << 6,       /* STRUCT(x AS a) */
	BV_SYN_ROW_CALL = 1 << 7,          /* ROW(a, b) */
	BV_SYN_ARROW_LAMBDA = 1 << 8,      /* x -> y is always a lambda */
	BV_SYN_TRAILING_COMMA = 1 << 9,    /* SELECT a, FROM t */
	BV_SYN_COLON_PATH = 1 << 10,       /* v:a.b */
	BV_SYN_QUESTION_OPERATOR = 1 << 11, /* ? is an operator, not a parameter */
	BV_SYN_LATERAL_VIEW = 1 << 12,      /* LATERAL VIEW f(x) t AS a */
	BV_SYN_NESTED_JOIN = 1 << 13,      /* a JOIN b JOIN c ON … ON … */
	BV_SYN_FROM_FIRST = 1 << 14,        /* FROM t SELECT a */
	BV_SYN_UNNEST_IS_TABLE = 1 << 15,  /* the alias of UNNEST names its column */
	BV_SYN_CONCAT_NULL = 1 << 16,      /* reserved meaning of || */
	BV_SYN_ANY_TYPE = 1 << 17,         /* users name types: an unknown one is theirs */
	BV_SYN_METHODS = 1 << 18,          /* x.f(y) is f(x, y) */
	BV_SYN_COMPREHENSION = 1 << 19,    /* [f(x) FOR x IN list IF p(x)] */
	BV_SYN_FROM_ZERO = 1 << 20,        /* x[0] is the first element of a list */
	BV_SYN_STAGES = 1 << 21,           /* FROM @stage/path */
	BV_SYN_LAMBDA_WORD = 1 << 22,      /* LAMBDA x : y */
	BV_SYN_IN_LIST_VALUE = 1 << 23,    /* x IN list */
	BV_SYN_CUTS_TEXT = 1 << 25,        /* a cast to VARCHAR(n) cuts, one to CHAR(n) pads */
	BV_SYN_LIKE_PLAIN = 1 << 26,       /* without ESCAPE a backslash in a pattern of LIKE is itself */
	BV_SYN_STRICT_BY_NAME = 1 << 24    /* UNION BY NAME wants the same columns on both sides */
};

/* Levels of binding; each dialect gives every level its strength. */
typedef enum bv_level {
	BV_L_NONE, BV_L_OR, BV_L_AND, BV_L_NOT, BV_L_IS, BV_L_COMPARE, BV_L_LIKE, BV_L_BETWEEN, BV_L_OTHER, BV_L_ARROW, BV_L_BIT_OR, BV_L_CARET,
	BV_L_BIT_AND, BV_L_SHIFT, BV_L_XOR, BV_L_ADD, BV_L_MULTIPLY, BV_L_CONCAT, BV_L_POWER, BV_L_AT_ZONE, BV_L_COLLATE, BV_L_UNARY, BV_L_BIT_NOT,
	BV_L_COLON, BV_L_CAST, BV_L_COUNT
} bv_level;

/* How an operator token binds and what it means. `op` is a bv_binary_op, or one of the specials. */
typedef struct bv_infix {
	uint8_t level;
	uint8_t op;
} bv_infix;
enum { BV_OP_LIKE = 200, BV_OP_NOT_LIKE, BV_OP_ILIKE, BV_OP_NOT_ILIKE, BV_OP_CAST, BV_OP_COLON, BV_OP_STARTS_WITH, BV_OP_OVERLAP, BV_OP_NAMED };
/* By token kind; level BV_L_NONE: no infix operator. `^`, `#` and `?` also depend on the syntax flags. */
extern const bv_infix bv__infix[BV_TK_COUNT];

struct bv_dialect {
	const char *name;
	const char *title; /* for messages */
	uint32_t bit;
	uint8_t double_quote, backtick, bracket; /* bv_quote_use */
	uint8_t nulls;                           /* bv_null_order */
	bool writes;                             /* the generator writes it */
	uint32_t lex;
	uint32_t syntax;
	unsigned division; /* bv_division */
	uint8_t decimal_precision, decimal_scale; /* of DECIMAL without arguments */
	uint8_t timestamp_precision;              /* of TIMESTAMP without arguments */
	uint8_t prec[BV_L_COUNT];
};

extern const bv_dialect bv__dialects[];
extern const unsigned bv__ndialects;

extern const uint8_t bv__keyword_flags[BV_K_COUNT];
extern const char *const bv__keyword_names[BV_K_COUNT];
extern const char *const bv__token_texts[BV_TK_COUNT];
/* Keyword of a word in any case, BV_K_NONE when it is none. */
bv_keyword bv__keyword(bv_str word);
/* The same where 24 bytes can be read at p, and bv__keywords was called before. */
bv_keyword bv__keyword_at(const char *p, uint32_t n);
void bv__keywords(void);

/* Type names (type_names.def). NULL when the dialect has no such type. */
typedef struct bv_type_name {
	uint32_t dialects;
	const char *sql;  /* lower case */
	const char *tree; /* node's type name */
	uint8_t shape;    /* bv_type_shape */
} bv_type_name;
typedef enum bv_type_shape {
	BV_SHAPE_PLAIN,       /* no arguments */
	BV_SHAPE_LENGTH,      /* (n) allowed, without meaning */
	BV_SHAPE_DECIMAL,     /* (p, s) */
	BV_SHAPE_FLOAT,       /* (bits) */
	BV_SHAPE_TIME,        /* (digits) [WITH|WITHOUT TIME ZONE] */
	BV_SHAPE_TIMESTAMP,   /* the same */
	BV_SHAPE_TIMESTAMP_TZ, /* (digits), always with a zone */
	BV_SHAPE_NTZ,         /* (digits), never with a zone */
	BV_SHAPE_LIST,        /* <t> or (t) */
	BV_SHAPE_STRUCT,
	BV_SHAPE_MAP,
	BV_SHAPE_INTERVAL,
	BV_SHAPE_UINT,        /* an integer that UNSIGNED may follow */
	BV_SHAPE_FOREIGN      /* the engine has no such type; arguments of any kind */
} bv_type_shape;
const bv_type_name *bv__type_name(const bv_dialect *d, bv_str word);

#endif
