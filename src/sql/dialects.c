/* Dialects: the table of what differs, and the keyword table. Comes in: names. Goes out: rows that lexer, parser and generator read.
 * All of it is constant; the keyword hash is filled once, before its first use, and never changes after. */
#include <pthread.h>

#include "sql/dialect.h"

/* Strength of each level: OR AND NOT IS COMPARE LIKE BETWEEN OTHER ARROW BIT_OR CARET BIT_AND SHIFT XOR ADD MULTIPLY CONCAT POWER
 * AT_ZONE COLLATE UNARY BIT_NOT COLON CAST. An operand takes in what binds tighter than its operator; equal strength binds to the left. */
#define BV_PREC(or_, and_, not_, is_, compare, like, between, other, arrow, bit_or, caret, bit_and, shift, xor_, add, multiply, concat, power, zone, \
				collate, unary, bit_not, colon, cast)                                                                                          \
	{0, or_, and_, not_, is_, compare, like, between, other, arrow, bit_or, caret, bit_and, shift, xor_, add, multiply, concat, power, zone,   \
	 collate, unary, bit_not, colon, cast}

/* DataFusion reads with sqlparser's generic dialect: || binds as *, BETWEEN as =, and a unary minus looser than AT TIME ZONE. */
#define BV_PREC_DATAFUSION BV_PREC(5, 10, 15, 17, 20, 19, 20, 16, 16, 21, 22, 23, 22, 24, 30, 40, 40, 42, 41, 42, 40, 30, 21, 50)
#define BV_PREC_POSTGRES BV_PREC(5, 10, 15, 17, 20, 30, 30, 40, 40, 40, 40, 40, 40, 8, 50, 60, 40, 65, 70, 72, 80, 40, 90, 95)
#define BV_PREC_DUCKDB BV_PREC(5, 10, 15, 17, 20, 30, 30, 40, 3, 40, 40, 40, 40, 8, 50, 60, 40, 65, 70, 72, 80, 40, 90, 95)
#define BV_PREC_SPARK BV_PREC(5, 10, 15, 17, 20, 17, 17, 16, 2, 22, 24, 26, 28, 8, 30, 40, 30, 45, 60, 62, 50, 50, 90, 95)
#define BV_PREC_SNOWFLAKE BV_PREC(5, 10, 15, 17, 20, 18, 18, 16, 2, 22, 24, 26, 28, 8, 30, 40, 35, 45, 60, 62, 50, 50, 90, 95)
#define BV_PREC_BIGQUERY BV_PREC(5, 10, 15, 20, 20, 20, 20, 16, 2, 22, 24, 26, 28, 8, 30, 40, 40, 45, 60, 62, 50, 50, 90, 95)
#define BV_PREC_TRINO BV_PREC(5, 10, 15, 20, 20, 20, 20, 16, 2, 22, 24, 26, 28, 8, 30, 40, 25, 45, 60, 62, 50, 50, 90, 95)

const bv_dialect bv__dialects[] = {
	{.name = "datafusion", .title = "DataFusion", .bit = BV_D_DATAFUSION, .double_quote = BV_QUOTE_NAME, .backtick = BV_QUOTE_NAME,
	 .nulls = BV_NULLS_LARGEST, .writes = true,
	 .lex = BV_LEX_E_STRING | BV_LEX_DOLLAR_STRING | BV_LEX_UNICODE_STRING | BV_LEX_NESTED_COMMENT,
	 .syntax = BV_SYN_FOLD | BV_SYN_LOOSE_DISTINCT_FROM | BV_SYN_STRUCT_CALL | BV_SYN_TRAILING_COMMA | BV_SYN_FROM_FIRST,
	 .decimal_precision = 38, .decimal_scale = 10, .timestamp_precision = 9, .prec = BV_PREC_DATAFUSION},
	{.name = "postgres", .title = "PostgreSQL", .bit = BV_D_POSTGRES, .double_quote = BV_QUOTE_NAME,
	 .nulls = BV_NULLS_LARGEST, .writes = true,
	 .lex = BV_LEX_E_STRING | BV_LEX_DOLLAR_STRING | BV_LEX_UNICODE_STRING | BV_LEX_NESTED_COMMENT | BV_LEX_HEX_NUMBER | BV_LEX_JOIN_STRINGS |
			BV_LEX_OPERATORS | BV_LEX_BITS | BV_LEX_RADIX_NUMBER,
	 .syntax = BV_SYN_FOLD | BV_SYN_DECIMAL_LITERAL | BV_SYN_CARET_POWER | BV_SYN_ROW_CALL | BV_SYN_QUESTION_OPERATOR | BV_SYN_NESTED_JOIN |
			BV_SYN_ANY_TYPE | BV_SYN_CUTS_TEXT,
	 .decimal_precision = 38, .decimal_scale = 10, .timestamp_precision = 6, .prec = BV_PREC_POSTGRES},
	{.name = "duckdb", .title = "DuckDB", .bit = BV_D_DUCKDB, .double_quote = BV_QUOTE_NAME,
	 .nulls = BV_NULLS_LAST, .writes = true,
	 .lex = BV_LEX_E_STRING | BV_LEX_DOLLAR_STRING | BV_LEX_JOIN_STRINGS | BV_LEX_OPERATORS | BV_LEX_BITS | BV_LEX_NUMBER_ENDS,
	 .division = BV_DIVISION_ZERO_NULL | BV_DIVISION_KEEPS_FLOAT,
	 .syntax = BV_SYN_QUOTED_INSENSITIVE | BV_SYN_TRUE_DIVISION | BV_SYN_DECIMAL_LITERAL | BV_SYN_CARET_POWER | BV_SYN_ROW_CALL |
			BV_SYN_TRAILING_COMMA |
			   BV_SYN_FROM_FIRST | BV_SYN_NESTED_JOIN | BV_SYN_ANY_TYPE | BV_SYN_METHODS | BV_SYN_COMPREHENSION | BV_SYN_LAMBDA_WORD |
			BV_SYN_IN_LIST_VALUE | BV_SYN_LIKE_PLAIN,
	 .decimal_precision = 18, .decimal_scale = 3, .timestamp_precision = 6, .prec = BV_PREC_DUCKDB},
	{.name = "spark", .title = "Spark", .bit = BV_D_SPARK, .double_quote = BV_QUOTE_STRING, .backtick = BV_QUOTE_NAME,
	 .nulls = BV_NULLS_SMALLEST, .writes = true,
	 .lex = BV_LEX_BACKSLASH | BV_LEX_RAW_STRING | BV_LEX_NESTED_COMMENT | BV_LEX_DIGIT_NAME | BV_LEX_TYPE_SUFFIX | BV_LEX_JOIN_STRINGS,
	 .division = BV_DIVISION_ZERO_ERROR | BV_DIVISION_BIGINT | BV_DIVISION_KEEPS_DECIMALS,
	 .syntax = BV_SYN_FROM_ZERO | BV_SYN_QUOTED_INSENSITIVE | BV_SYN_TRUE_DIVISION | BV_SYN_DECIMAL_LITERAL | BV_SYN_STRUCT_CALL | BV_SYN_ARROW_LAMBDA |
			   BV_SYN_LATERAL_VIEW | BV_SYN_FROM_FIRST,
	 .decimal_precision = 10, .decimal_scale = 0, .timestamp_precision = 6, .prec = BV_PREC_SPARK},
	{.name = "databricks", .title = "Databricks", .bit = BV_D_DATABRICKS, .double_quote = BV_QUOTE_STRING, .backtick = BV_QUOTE_NAME,
	 .nulls = BV_NULLS_SMALLEST,
	 .lex = BV_LEX_BACKSLASH | BV_LEX_RAW_STRING | BV_LEX_NESTED_COMMENT | BV_LEX_DIGIT_NAME | BV_LEX_TYPE_SUFFIX | BV_LEX_JOIN_STRINGS,
	 .division = BV_DIVISION_ZERO_ERROR | BV_DIVISION_BIGINT | BV_DIVISION_KEEPS_DECIMALS,
	 .syntax = BV_SYN_FROM_ZERO | BV_SYN_QUOTED_INSENSITIVE | BV_SYN_TRUE_DIVISION | BV_SYN_DECIMAL_LITERAL | BV_SYN_STRUCT_CALL | BV_SYN_ARROW_LAMBDA |
			   BV_SYN_LATERAL_VIEW | BV_SYN_COLON_PATH | BV_SYN_FROM_FIRST,
	 .decimal_precision = 10, .decimal_scale = 0, .timestamp_precision = 6, .prec = BV_PREC_SPARK},
	{.name = "snowflake", .title = "Snowflake", .bit = BV_D_SNOWFLAKE, .double_quote = BV_QUOTE_NAME,
	 .nulls = BV_NULLS_LARGEST,
	 .lex = BV_LEX_BACKSLASH | BV_LEX_DOLLAR_STRING | BV_LEX_SLASH_COMMENT | BV_LEX_DOLLAR,
	 .division = BV_DIVISION_ZERO_ERROR | BV_DIVISION_KEEPS_DECIMALS | BV_DIVISION_DECIMAL,
	 .syntax = BV_SYN_FROM_ZERO | BV_SYN_TRUE_DIVISION | BV_SYN_DECIMAL_LITERAL | BV_SYN_ARROW_LAMBDA | BV_SYN_COLON_PATH | BV_SYN_TRAILING_COMMA | BV_SYN_STAGES | BV_SYN_NESTED_JOIN,
	 .decimal_precision = 38, .decimal_scale = 0, .timestamp_precision = 9, .prec = BV_PREC_SNOWFLAKE},
	{.name = "bigquery", .title = "BigQuery", .bit = BV_D_BIGQUERY, .double_quote = BV_QUOTE_STRING, .backtick = BV_QUOTE_NAME,
	 .nulls = BV_NULLS_SMALLEST,
	 .lex = BV_LEX_BACKSLASH | BV_LEX_RAW_STRING | BV_LEX_TRIPLE | BV_LEX_BYTES | BV_LEX_HASH_COMMENT | BV_LEX_HEX_NUMBER | BV_LEX_AT_PARAM |
			BV_LEX_DIGIT_FIELD | BV_LEX_DASH_NAME | BV_LEX_JOIN_STRINGS,
	 .division = BV_DIVISION_ZERO_ERROR | BV_DIVISION_KEEPS_DECIMALS,
	 .syntax = BV_SYN_FROM_ZERO | BV_SYN_QUOTED_INSENSITIVE | BV_SYN_TRUE_DIVISION | BV_SYN_STRUCT_CALL | BV_SYN_ARROW_LAMBDA | BV_SYN_TRAILING_COMMA |
			BV_SYN_FROM_FIRST |
			   BV_SYN_UNNEST_IS_TABLE | BV_SYN_STRICT_BY_NAME | BV_SYN_METHODS | BV_SYN_NESTED_JOIN,
	 .decimal_precision = 38, .decimal_scale = 9, .timestamp_precision = 6, .prec = BV_PREC_BIGQUERY},
	{.name = "trino", .title = "Trino", .bit = BV_D_TRINO, .double_quote = BV_QUOTE_NAME,
	 .nulls = BV_NULLS_LAST,
	 .lex = BV_LEX_UNICODE_STRING | BV_LEX_DOLLAR | BV_LEX_RADIX_NUMBER | BV_LEX_HEX_NUMBER,
	 .syntax = BV_SYN_QUOTED_INSENSITIVE | BV_SYN_DECIMAL_LITERAL | BV_SYN_ROW_CALL | BV_SYN_ARROW_LAMBDA | BV_SYN_NESTED_JOIN,
	 .decimal_precision = 38, .decimal_scale = 0, .timestamp_precision = 3, .prec = BV_PREC_TRINO},
	{.name = "generic", .title = "generic", .bit = BV_D_GENERIC, .double_quote = BV_QUOTE_NAME, .backtick = BV_QUOTE_NAME,
	 .nulls = BV_NULLS_LARGEST, .writes = true,
	 .lex = BV_LEX_E_STRING | BV_LEX_DOLLAR_STRING | BV_LEX_RAW_STRING | BV_LEX_UNICODE_STRING | BV_LEX_NESTED_COMMENT | BV_LEX_JOIN_STRINGS |
			BV_LEX_AT_PARAM,
	 .syntax = BV_SYN_QUOTED_INSENSITIVE | BV_SYN_STRUCT_CALL | BV_SYN_TRAILING_COMMA | BV_SYN_COLON_PATH | BV_SYN_LATERAL_VIEW | BV_SYN_FROM_FIRST,
	 .decimal_precision = 38, .decimal_scale = 10, .timestamp_precision = 9, .prec = BV_PREC_DATAFUSION},
};
const unsigned bv__ndialects = BV_COUNT(bv__dialects);
const bv_dialect *const bv__datafusion = &bv__dialects[0];

const bv_dialect *bv__dialect(bv_str name)
{
	if (name.n == 0)
		return bv__datafusion;
	for (unsigned i = 0; i < bv__ndialects; i++)
		if (bv__str_ieq(name, bv__str(bv__dialects[i].name)))
			return &bv__dialects[i];
	return NULL;
}

const char *bv__dialect_name(const bv_dialect *d) { return d->name; }
const char *bv__dialect_title(const bv_dialect *d) { return d->title; }
bool bv__dialect_writes(const bv_dialect *d) { return d->writes; }
unsigned bv__dialect_division(const bv_dialect *d) { return d->division; }
bool bv__dialect_folds(const bv_dialect *d) { return d->syntax & BV_SYN_FOLD; }

const bv_infix bv__infix[BV_TK_COUNT] = {
	[BV_TK_EQ] = {BV_L_COMPARE, BV_binary_op_eq},
	[BV_TK_NE] = {BV_L_COMPARE, BV_binary_op_ne},
	[BV_TK_LT] = {BV_L_COMPARE, BV_binary_op_lt},
	[BV_TK_LE] = {BV_L_COMPARE, BV_binary_op_le},
	[BV_TK_GT] = {BV_L_COMPARE, BV_binary_op_gt},
	[BV_TK_GE] = {BV_L_COMPARE, BV_binary_op_ge},
	[BV_TK_SPACESHIP] = {BV_L_COMPARE, BV_binary_op_is_not_distinct_from},
	[BV_TK_TILDE] = {BV_L_COMPARE, BV_binary_op_regex_match},
	[BV_TK_TILDE_STAR] = {BV_L_COMPARE, BV_binary_op_regex_match_i},
	[BV_TK_BANG_TILDE] = {BV_L_COMPARE, BV_binary_op_not_regex_match},
	[BV_TK_BANG_TILDE_STAR] = {BV_L_COMPARE, BV_binary_op_not_regex_match_i},
	[BV_TK_TILDE_TILDE] = {BV_L_COMPARE, BV_OP_LIKE},
	[BV_TK_TILDE_TILDE_STAR] = {BV_L_COMPARE, BV_OP_ILIKE},
	[BV_TK_BANG_TILDE_TILDE] = {BV_L_COMPARE, BV_OP_NOT_LIKE},
	[BV_TK_BANG_TILDE_TILDE_STAR] = {BV_L_COMPARE, BV_OP_NOT_ILIKE},
	[BV_TK_PLUS] = {BV_L_ADD, BV_binary_op_add},
	[BV_TK_MINUS] = {BV_L_ADD, BV_binary_op_subtract},
	[BV_TK_STAR] = {BV_L_MULTIPLY, BV_binary_op_multiply},
	[BV_TK_SLASH] = {BV_L_MULTIPLY, BV_binary_op_divide},
	[BV_TK_SLASH_SLASH] = {BV_L_MULTIPLY, BV_binary_op_integer_divide},
	[BV_TK_PERCENT] = {BV_L_MULTIPLY, BV_binary_op_modulo},
	[BV_TK_STAR_STAR] = {BV_L_POWER, BV_binary_op_power},
	[BV_TK_CONCAT] = {BV_L_CONCAT, BV_binary_op_concat},
	[BV_TK_PIPE] = {BV_L_BIT_OR, BV_binary_op_bit_or},
	[BV_TK_AMP] = {BV_L_BIT_AND, BV_binary_op_bit_and},
	[BV_TK_CARET] = {BV_L_CARET, BV_binary_op_bit_xor},
	[BV_TK_HASH] = {BV_L_CARET, BV_binary_op_bit_xor},
	[BV_TK_SHIFT_LEFT] = {BV_L_SHIFT, BV_binary_op_shift_left},
	[BV_TK_SHIFT_RIGHT] = {BV_L_SHIFT, BV_binary_op_shift_right},
	[BV_TK_CONTAINS] = {BV_L_OTHER, BV_binary_op_contains},
	[BV_TK_CONTAINED] = {BV_L_OTHER, BV_binary_op_contained_by},
	[BV_TK_ARROW] = {BV_L_ARROW, BV_binary_op_arrow},
	[BV_TK_LONG_ARROW] = {BV_L_OTHER, BV_binary_op_long_arrow},
	[BV_TK_HASH_ARROW] = {BV_L_OTHER, BV_binary_op_hash_arrow},
	[BV_TK_HASH_LONG_ARROW] = {BV_L_OTHER, BV_binary_op_hash_long_arrow},
	[BV_TK_HASH_MINUS] = {BV_L_OTHER, BV_binary_op_hash_minus},
	[BV_TK_AT_AT] = {BV_L_OTHER, BV_binary_op_at_at},
	[BV_TK_AT_QUESTION] = {BV_L_OTHER, BV_binary_op_at_question},
	[BV_TK_QUESTION] = {BV_L_OTHER, BV_binary_op_question},
	[BV_TK_QUESTION_AND] = {BV_L_OTHER, BV_binary_op_question_and},
	[BV_TK_QUESTION_PIPE] = {BV_L_OTHER, BV_binary_op_question_pipe},
	[BV_TK_CARET_AT] = {BV_L_OTHER, BV_OP_STARTS_WITH},
	[BV_TK_AMP_AMP] = {BV_L_OTHER, BV_OP_OVERLAP},
	[BV_TK_CAST] = {BV_L_CAST, BV_OP_CAST},
	[BV_TK_COLON] = {BV_L_COLON, BV_OP_COLON},
	[BV_TK_OPERATOR] = {BV_L_OTHER, BV_OP_NAMED},
	[BV_TK_AT] = {BV_L_NONE, BV_OP_NAMED},
};

/* ---- keywords ---- */

const uint8_t bv__keyword_flags[BV_K_COUNT] = {
	0,
#define BV_KEYWORD(name, flags) flags,
#include "sql/keywords.def"
#undef BV_KEYWORD
};
const char *const bv__keyword_names[BV_K_COUNT] = {
	"",
#define BV_KEYWORD(name, flags) #name,
#include "sql/keywords.def"
#undef BV_KEYWORD
};
const char *const bv__token_texts[BV_TK_COUNT] = {
#define BV_TOKEN(name, text) text,
#include "sql/tokens.def"
#undef BV_TOKEN
};

enum { KEYWORD_MAX = 24, SLOTS = 2048 };

/* A word as three machine words with bit 5 set in every byte: ASCII letters lose their case, and among the bytes of a name no two others
 * fall together below 0x80, so equal words are equal keywords. */
typedef struct folded {
	uint64_t w[3];
} folded;

/* By the first two letters: the lengths that keywords have. Most names fail here. */
static uint32_t lengths[32][32];
static uint16_t slots[SLOTS];
static folded keys[BV_K_COUNT];
static pthread_once_t keywords_once = PTHREAD_ONCE_INIT;

/* The bytes of a machine word of which the first n count. */
static inline uint64_t word_mask(uint32_t n) { return n >= 8 ? ~0ull : (1ull << (8 * n)) - 1; }

/* 24 bytes can be read at p. */
static inline folded fold(const char *p, uint32_t n)
{
	folded f;
	memcpy(f.w, p, sizeof f.w);
	const uint64_t small = 0x2020202020202020ull;
	f.w[0] = (f.w[0] | small) & word_mask(n);
	f.w[1] = n > 8 ? (f.w[1] | small) & word_mask(n - 8) : 0;
	f.w[2] = n > 16 ? (f.w[2] | small) & word_mask(n - 16) : 0;
	return f;
}

static uint32_t slot_of(folded f, uint32_t n)
{
	uint64_t h = (f.w[0] ^ (f.w[1] * 0x9E3779B97F4A7C15ull) ^ (f.w[2] + n)) * 0xD6E8FEB86659FD93ull;
	return (uint32_t)(h >> 53);
}

static void keywords_init(void)
{
	for (unsigned k = 1; k < BV_K_COUNT; k++) {
		uint32_t n = (uint32_t)strlen(bv__keyword_names[k]);
		char room[KEYWORD_MAX] = "";
		memcpy(room, bv__keyword_names[k], n);
		keys[k] = fold(room, n);
		uint32_t s = slot_of(keys[k], n);
		while (slots[s])
			s = (s + 1) % SLOTS;
		slots[s] = (uint16_t)k;
		lengths[room[0] & 31][room[1] & 31] |= 1u << n;
	}
}

void bv__keywords(void) { pthread_once(&keywords_once, keywords_init); }

bv_keyword bv__keyword_at(const char *p, uint32_t n)
{
	if (n > KEYWORD_MAX || n < 2 || !(lengths[p[0] & 31][p[1] & 31] >> n & 1))
		return BV_K_NONE;
	folded f = fold(p, n);
	for (uint32_t s = slot_of(f, n); slots[s]; s = (s + 1) % SLOTS) {
		const folded *k = &keys[slots[s]];
		if (k->w[0] == f.w[0] && k->w[1] == f.w[1] && k->w[2] == f.w[2])
			return (bv_keyword)slots[s];
	}
	return BV_K_NONE;
}

bv_keyword bv__keyword(bv_str word)
{
	char room[KEYWORD_MAX] = "";
	if (word.n > KEYWORD_MAX)
		return BV_K_NONE;
	bv__keywords();
	memcpy(room, word.p, word.n);
	return bv__keyword_at(room, word.n);
}

/* ---- types ---- */

static const bv_type_name type_names[] = {
#define BV_TYPE_NAME(dialects, sql, tree, shape) {dialects, sql, tree, shape},
#include "sql/type_names.def"
#undef BV_TYPE_NAME
};

const bv_type_name *bv__type_name(const bv_dialect *d, bv_str word)
{
	for (unsigned i = 0; i < BV_COUNT(type_names); i++)
		if ((type_names[i].dialects & d->bit) && (word.p[0] | 0x20) == type_names[i].sql[0] && bv__str_ieq(word, bv__str(type_names[i].sql)))
			return &type_names[i];
	return NULL;
}
