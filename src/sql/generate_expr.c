/* Expressions to text. In: an expression and how tight its surroundings bind. Out: its text with the parentheses that the parser needs. */
#include "sql/generate.h"

void bv__g_expr0(bv_gen *g, const bv_node *n) { bv__g_expr(g, n, 0, 0); }

/* ---- operators ---- */

static const struct {
	const char *text;
	uint8_t level;
} binary_ops[BV_binary_op_count] = {
	[BV_binary_op_add] = {"+", BV_L_ADD}, [BV_binary_op_subtract] = {"-", BV_L_ADD}, [BV_binary_op_multiply] = {"*", BV_L_MULTIPLY},
	[BV_binary_op_divide] = {"/", BV_L_MULTIPLY}, [BV_binary_op_modulo] = {"%", BV_L_MULTIPLY}, [BV_binary_op_integer_divide] = {"DIV", BV_L_MULTIPLY},
	[BV_binary_op_power] = {"^", BV_L_POWER}, [BV_binary_op_concat] = {"||", BV_L_CONCAT}, [BV_binary_op_eq] = {"=", BV_L_COMPARE},
	[BV_binary_op_ne] = {"<>", BV_L_COMPARE}, [BV_binary_op_lt] = {"<", BV_L_COMPARE}, [BV_binary_op_le] = {"<=", BV_L_COMPARE},
	[BV_binary_op_gt] = {">", BV_L_COMPARE}, [BV_binary_op_ge] = {">=", BV_L_COMPARE}, [BV_binary_op_is_distinct_from] = {"IS DISTINCT FROM", BV_L_IS},
	[BV_binary_op_is_not_distinct_from] = {"IS NOT DISTINCT FROM", BV_L_IS}, [BV_binary_op_bit_and] = {"&", BV_L_BIT_AND},
	[BV_binary_op_bit_or] = {"|", BV_L_BIT_OR}, [BV_binary_op_bit_xor] = {"^", BV_L_CARET}, [BV_binary_op_shift_left] = {"<<", BV_L_SHIFT},
	[BV_binary_op_shift_right] = {">>", BV_L_SHIFT}, [BV_binary_op_regex_match] = {"~", BV_L_COMPARE}, [BV_binary_op_regex_match_i] = {"~*", BV_L_COMPARE},
	[BV_binary_op_not_regex_match] = {"!~", BV_L_COMPARE}, [BV_binary_op_not_regex_match_i] = {"!~*", BV_L_COMPARE},
	[BV_binary_op_contains] = {"@>", BV_L_OTHER}, [BV_binary_op_contained_by] = {"<@", BV_L_OTHER}, [BV_binary_op_arrow] = {"->", BV_L_ARROW},
	[BV_binary_op_long_arrow] = {"->>", BV_L_OTHER}, [BV_binary_op_hash_arrow] = {"#>", BV_L_OTHER}, [BV_binary_op_hash_long_arrow] = {"#>>", BV_L_OTHER},
	[BV_binary_op_hash_minus] = {"#-", BV_L_OTHER}, [BV_binary_op_at_at] = {"@@", BV_L_OTHER}, [BV_binary_op_at_question] = {"@?", BV_L_OTHER},
	[BV_binary_op_question] = {"?", BV_L_OTHER}, [BV_binary_op_question_and] = {"?&", BV_L_OTHER}, [BV_binary_op_question_pipe] = {"?|", BV_L_OTHER},
	[BV_binary_op_true_divide] = {"/", BV_L_MULTIPLY},
	[BV_binary_op_like_match] = {"~~", BV_L_COMPARE}, [BV_binary_op_ilike_match] = {"~~*", BV_L_COMPARE}, [BV_binary_op_not_like_match] = {"!~~", BV_L_COMPARE},
	[BV_binary_op_not_ilike_match] = {"!~~*", BV_L_COMPARE},
};

/* ~~ is an operator of its own in DataFusion, another spelling of LIKE elsewhere; DuckDB's takes no escapes, and so is written LIKE. */
static bool is_like_match(unsigned op) { return op >= BV_binary_op_like_match && op <= BV_binary_op_not_ilike_match; }

static const bv_node *as_like(const bv_gen *g, const bv_node *n, bv_ast_like *like)
{
	if (n->kind != BV_BINARY || !is_like_match(BV_AS(binary, n)->op) || (g->dialect->bit & (BV_D_LENIENT | BV_D_POSTGRES)))
		return n;
	const bv_ast_binary *b = BV_AS(binary, n);
	*like = (bv_ast_like){.head = *n, .operand = b->left, .pattern = b->right, .escape = {"", 0}};
	like->head.kind = BV_LIKE;
	like->form = b->op == BV_binary_op_like_match || b->op == BV_binary_op_not_like_match ? BV_like_kind_like : BV_like_kind_ilike;
	like->negated = b->op >= BV_binary_op_not_like_match;
	return &like->head;
}

/* Does the value certainly have a fraction? Then `/` means the same in every dialect. */
static bool fractional(const bv_node *n)
{
	if (n->type)
		return bv__type_is_fraction(n->type);
	switch (n->kind) {
	case BV_NUMBER: {
		bv_str t = BV_AS(number, n)->text;
		return memchr(t.p, '.', t.n) || memchr(t.p, 'e', t.n) || memchr(t.p, 'E', t.n);
	}
	case BV_CAST: {
		bv_str t = BV_AS(type, BV_AS(cast, n)->type)->name;
		return bv__str_starts(t, "float") || bv__str_starts(t, "decimal");
	}
	case BV_UNARY: return fractional(BV_AS(unary, n)->operand);
	case BV_BINARY: {
		const bv_ast_binary *b = BV_AS(binary, n);
		return b->op == BV_binary_op_true_divide || (b->op <= BV_binary_op_modulo && (fractional(b->left) || fractional(b->right)));
	}
	default: return false;
	}
}

/* The operator as this dialect writes it: its text, or NULL where it takes another form (`call` is then the function that means it). */
static const char *op_text(const bv_gen *g, const bv_ast_binary *b, uint8_t *level, const char **call)
{
	uint32_t bit = g->dialect->bit;
	*level = binary_ops[b->op].level;
	*call = NULL;
	switch ((bv_binary_op)b->op) {
	case BV_binary_op_divide:
		if (!(g->dialect->syntax & BV_SYN_TRUE_DIVISION) || fractional(b->left) || fractional(b->right))
			return "/";
		return bit == BV_D_DUCKDB ? "//" : "DIV";
	case BV_binary_op_integer_divide:
		if (bit == BV_D_POSTGRES)
			return *call = "div", NULL;
		return bit == BV_D_DUCKDB ? "//" : "DIV";
	case BV_binary_op_power:
		if (g->dialect->syntax & BV_SYN_CARET_POWER)
			return "^";
		return *call = "power", NULL;
	case BV_binary_op_bit_xor:
		if (bit == BV_D_POSTGRES)
			return "#";
		if (bit == BV_D_DUCKDB)
			return *call = "xor", NULL;
		if (bit & BV_D_LENIENT) {
			/* `^` is a power in the PostgreSQL dialect that a session of DataFusion may be set to; the word is the same in all. */
			*level = BV_L_XOR;
			return "XOR";
		}
		return "^";
	case BV_binary_op_regex_match:
	case BV_binary_op_not_regex_match:
		if (bit == BV_D_DUCKDB)
			return *call = "regexp_matches", NULL;
		if (bit == BV_D_POSTGRES)
			*level = BV_L_OTHER;
		if (bit & BV_D_SPARKS) {
			*level = BV_L_LIKE;
			return b->op == BV_binary_op_regex_match ? "RLIKE" : "NOT RLIKE";
		}
		break;
	case BV_binary_op_regex_match_i:
	case BV_binary_op_not_regex_match_i:
	case BV_binary_op_like_match:
	case BV_binary_op_ilike_match:
	case BV_binary_op_not_like_match:
	case BV_binary_op_not_ilike_match:
		if (bit == BV_D_POSTGRES)
			*level = BV_L_OTHER;
		break;
	case BV_binary_op_true_divide:
		return g->dialect->syntax & BV_SYN_TRUE_DIVISION ? "/" : NULL;
	default: break;
	}
	return binary_ops[b->op].text;
}

static bool has_op(const bv_gen *g, unsigned op)
{
	uint32_t bit = g->dialect->bit;
	if (op == BV_binary_op_regex_match_i || op == BV_binary_op_not_regex_match_i)
		return !(bit & (BV_D_SPARKS | BV_D_DUCKDB));
	if (op < BV_binary_op_contains || op >= BV_binary_op_true_divide)
		return true;
	if (op == BV_binary_op_question && !(g->dialect->syntax & BV_SYN_QUESTION_OPERATOR))
		return false; /* a parameter there */
	if (bit & BV_D_SPARKS)
		return false;
	return bit != BV_D_DUCKDB || op <= BV_binary_op_long_arrow;
}

/* How a node binds: `self` must be more than what stands to its left demands; an operator on its right that is stronger than `open` would be
 * taken into its last operand. */
static void binding(const bv_gen *g, const bv_node *n, unsigned *self, unsigned *open)
{
	const uint8_t *prec = g->dialect->prec;
	*self = *open = BV_TIGHT;
	switch (n->kind) {
	case BV_OR: *self = *open = prec[BV_L_OR]; break;
	case BV_AND: *self = *open = prec[BV_L_AND]; break;
	case BV_IS: *self = *open = prec[BV_L_IS]; break;
	case BV_BETWEEN:
	case BV_IN_LIST:
	case BV_IN_QUERY: *self = *open = prec[BV_L_BETWEEN]; break;
	case BV_LIKE: *self = *open = prec[BV_L_LIKE]; break;
	case BV_AT_TIME_ZONE: *self = *open = prec[BV_L_AT_ZONE]; break;
	case BV_COLLATE: *self = *open = prec[BV_L_COLLATE]; break;
	case BV_LIKE_LIST: *self = *open = prec[BV_L_LIKE]; break;
	case BV_JSON_PATH: *self = *open = prec[BV_L_COLON]; break;
	case BV_OPERATOR:
		*open = prec[BV_L_OTHER];
		*self = BV_AS(operator, n)->left ? *open : BV_TIGHT;
		break;
	case BV_QUANTIFIED: *self = *open = prec[binary_ops[BV_AS(quantified, n)->op].level]; break;
	case BV_BINARY: {
		uint8_t level;
		const char *call;
		if (op_text(g, BV_AS(binary, n), &level, &call))
			*self = *open = prec[level];
		else if (!call) /* CAST(left AS DOUBLE) / right */
			*self = *open = prec[BV_L_MULTIPLY];
		if (level == BV_L_IS && (g->dialect->syntax & BV_SYN_LOOSE_DISTINCT_FROM))
			*open = 0;
		break;
	}
	case BV_UNARY:
		switch ((bv_unary_op)BV_AS(unary, n)->op) {
		case BV_unary_op_not: *self = *open = prec[BV_L_NOT]; break;
		case BV_unary_op_bit_not: *open = prec[BV_L_BIT_NOT]; break;
		default: *open = prec[BV_L_UNARY]; break;
		}
		break;
	case BV_EXISTS:
		if (BV_AS(exists, n)->negated)
			*self = prec[BV_L_NOT];
		break;
	case BV_INTERVAL:
		if (BV_AS(interval, n)->unit == BV_interval_unit_text && BV_AS(interval, n)->value->kind != BV_STRING)
			*open = prec[BV_L_MULTIPLY];
		break;
	case BV_LAMBDA: *self = 1, *open = 0; break;
	default: break;
	}
}

/* What the operand on the left of an operator has to bind as: in PostgreSQL and DuckDB a comparison, IS, BETWEEN, IN or LIKE takes no other of its strength. */
static unsigned left_of(const bv_gen *g, unsigned level)
{
	bool alone = (g->dialect->bit & (BV_D_POSTGRES | BV_D_DUCKDB)) && (level == BV_L_COMPARE || level == BV_L_IS || level == BV_L_BETWEEN || level == BV_L_LIKE);
	return g->dialect->prec[level] + alone;
}

/* May `[…]` or `.field` follow as it is? */
static bool is_atom(const bv_node *n, bool field)
{
	switch (n->kind) {
	case BV_COLUMN:
	case BV_NUMBER:
	case BV_PARAMETER: return !field;
	case BV_CALL: case BV_INDEX: case BV_SLICE: case BV_FIELD: case BV_ARRAY: case BV_STRUCT: case BV_MAP: case BV_ROW: case BV_SCALAR_QUERY: case BV_STRING: case BV_CASE:
		return true;
	case BV_CAST: return true;
	default: return false;
	}
}

static void operand_atom(bv_gen *g, const bv_node *n, bool field)
{
	/* PostgreSQL's subscripts stand behind columns and parentheses only, its fields behind parentheses. */
	if (is_atom(n, field) && (field ? g->dialect->bit != BV_D_POSTGRES || n->kind == BV_FIELD : g->dialect->bit != BV_D_POSTGRES || n->kind == BV_COLUMN || n->kind == BV_PARAMETER || n->kind == BV_INDEX || n->kind == BV_SLICE || n->kind == BV_SCALAR_QUERY)) {
		bv__g_expr(g, n, 0, BV_TIGHT);
		return;
	}
	bv__buf_ch(g->out, '(');
	bv__g_expr0(g, n);
	bv__buf_ch(g->out, ')');
}

/* ---- lists and calls ---- */

void bv__g_args(bv_gen *g, const bv_list *l)
{
	bv__buf_ch(g->out, '(');
	bv__g_list(g, l, bv__g_any, ")");
}

/* Words that begin an expression of their own when `(` follows: as the name of a plain function they need quotes. */
static bool is_special(bv_keyword k)
{
	switch (k) {
	case BV_K_CAST: case BV_K_TRY_CAST: case BV_K_SAFE_CAST: case BV_K_EXISTS: case BV_K_EXTRACT: case BV_K_SUBSTRING: case BV_K_TRIM: case BV_K_ARRAY: case BV_K_STRUCT:
	case BV_K_ROW: case BV_K_MAP: case BV_K_INTERVAL: case BV_K_CASE: case BV_K_NOT: case BV_K_NULL: case BV_K_TRUE: case BV_K_FALSE: case BV_K_CURRENT_TIMESTAMP:
	case BV_K_ALL: case BV_K_ANY: case BV_K_SOME: case BV_K_DISTINCT: case BV_K_OVERLAY: case BV_K_TOP: case BV_K_INTO:
		return true;
	default:
		return bv__keyword_flags[k] & BV_KW_H;
	}
}

void bv__g_function_name(bv_gen *g, const bv_path *name, bool relation)
{
	for (uint32_t i = 0; i < name->n; i++) {
		bv_keyword k = bv__keyword(name->v[i]);
		if (i)
			bv__buf_ch(g->out, '.');
		/* Where CURRENT_TIMESTAMP is not now(), it is a function like others. */
		bool special = is_special(k) && !(k == BV_K_CURRENT_TIMESTAMP && (g->dialect->bit & BV_D_LENIENT));
		bool plain = k ? !(name->n == 1 && (special || (relation && (bv__keyword_flags[k] & BV_KW_Q)))) : bv__g_is_plain_name(g->dialect, name->v[i], g->dialect->syntax & BV_SYN_FOLD);
		for (uint32_t c = 0; k && c < name->v[i].n; c++)
			if (name->v[i].p[c] >= 'A' && name->v[i].p[c] <= 'Z')
				plain = false;
		if (plain)
			bv__buf_str(g->out, name->v[i]);
		else if (k) {
			char q = g->dialect->double_quote == BV_QUOTE_NAME ? '"' : '`';
			bv__buf_printf(g->out, "%c" BV_STR_FMT "%c", q, BV_STR_ARG(name->v[i]), q);
		} else
			bv__g_name(g, name->v[i], false);
	}
}

static void frame_bound(bv_gen *g, unsigned b, const bv_node *offset)
{
	static const char *const words[] = {"CURRENT ROW", "UNBOUNDED PRECEDING", "UNBOUNDED FOLLOWING", " PRECEDING", " FOLLOWING"};
	if (offset)
		bv__g_expr(g, offset, g->dialect->prec[BV_L_AND], 0);
	bv__g_z(g, words[b]);
}

static void partition_key(bv_gen *g, const bv_node *n) { bv__g_expr0(g, bv__g_under_zero(g, n)); }

/* Parts of a window on one line, or one a line. */
static void window_parts(bv_gen *g, const bv_node *n)
{
	static const char *const units[] = {"RANGE", "ROWS", "GROUPS"};
	static const char *const excludes[] = {"", " EXCLUDE CURRENT ROW", " EXCLUDE GROUP", " EXCLUDE TIES"};
	const bv_ast_window *w = BV_AS(window, n);
	bool more = w->base.n > 0;
	if (more)
		bv__g_name(g, w->base, false);
	if (w->partition_by.n) {
		if (more)
			bv__g_break(g);
		bv__g_clause_items(g, "PARTITION BY ", &w->partition_by, partition_key);
		more = true;
	}
	if (w->order_by.n) {
		if (more)
			bv__g_break(g);
		bv__g_order_by(g, &w->order_by);
		more = true;
	}
	if (w->frame) {
		const bv_ast_frame *f = BV_AS(frame, w->frame);
		if (more)
			bv__g_break(g);
		bv__g_z(g, units[f->unit]);
		bv__g_z(g, " BETWEEN ");
		frame_bound(g, f->start, f->start_offset);
		bv__g_z(g, " AND ");
		frame_bound(g, f->end, f->end_offset);
		bv__g_z(g, excludes[f->exclude]);
	}
}

void bv__g_window(bv_gen *g, const bv_node *n)
{
	const bv_ast_window *w = BV_AS(window, n);
	if (w->base.n && !w->partition_by.n && !w->order_by.n && !w->frame) {
		bv__g_name(g, w->base, false);
		return;
	}
	bv__buf_ch(g->out, '(');
	if (!bv__g_fits(g, n, window_parts, BV_WIDTH - 1)) {
		g->indent++;
		bv__g_break(g);
		window_parts(g, n);
		if (g->ncomments && n->span.end)
			bv__g_trail(g, n, 0);
		g->indent--;
		bv__g_break(g);
	}
	bv__buf_ch(g->out, ')');
}

/* EXTRACT keeps the case of its field: in capitals it is written as EXTRACT, in small letters as the function. */
static bool is_field(bv_str s)
{
	static const char *const fields[] = {"YEAR", "QUARTER", "MONTH", "WEEK", "DAY", "HOUR", "MINUTE", "SECOND", "DOW", "DOY", "EPOCH"};
	for (unsigned i = 0; i < BV_COUNT(fields); i++)
		if (bv__str_is(s, fields[i]))
			return true;
	return false;
}

/* Only capital letters. */
static bool is_word(bv_str s)
{
	for (uint32_t i = 0; i < s.n; i++)
		if (s.p[i] < 'A' || s.p[i] > 'Z')
			return false;
	return s.n > 0;
}

/* Letters, and all of them capitals. */
static bool in_capitals(bv_str s)
{
	bool letter = false;
	for (uint32_t i = 0; i < s.n; i++) {
		if (s.p[i] >= 'a' && s.p[i] <= 'z')
			return false;
		letter = letter || (s.p[i] >= 'A' && s.p[i] <= 'Z');
	}
	return letter;
}

static void extract(bv_gen *g, const bv_ast_call *c)
{
	bv_str field = BV_AS(string, c->args.v[0])->text;
	bv__g_z(g, "EXTRACT(");
	if (is_word(field))
		bv__buf_str(g->out, field);
	else
		bv__g_string(g, field);
	bv__g_z(g, " FROM ");
	bv__g_expr0(g, c->args.v[1]);
	bv__buf_ch(g->out, ')');
}

/* A star stands in plain calls only. */
static bool of_star(const bv_ast_call *c) { return c->args.n && c->args.v[0]->kind == BV_STAR; }

/* ---- calls of the engine's own functions ---- */

static const struct {
	uint32_t dialects;
	const char *name;
	int args;
	const char *text;
} written_calls[] = {
#define BV_WRITTEN(dialects, name, args, text) {dialects, name, args, text},
#include "sql/written_calls.def"
#undef BV_WRITTEN
};

/* Formats of dates, as the engine has them: chrono's. */
static const struct {
	const char *chrono, *postgres, *duckdb;
} formats[] = {{"%Y", "YYYY", "%Y"}, {"%H", "HH24", "%H"}, {"%I", "HH12", "%I"}, {"%m", "MM", "%m"}, {"%M", "MI", "%M"}, {"%S", "SS", "%S"}, {"%j", "DDD", "%j"}, {"%d", "DD", "%d"}, {"%G", "IYYY", "%G"},
	{"%V", "IW", "%V"}, {"%3f", "MS", "%g"}, {"%6f", "US", "%f"}, {"%b", "Mon", "%b"}, {"%a", "Dy", "%a"}, {"%B", "FMMonth", "%B"}, {"%A", "FMDay", "%A"}, {"%p", "AM", "%p"}, {"%y", "YY", "%y"},
	{"%U", NULL, "%U"}, {"%W", NULL, "%W"}, {"%u", NULL, "%u"}, {"%w", NULL, "%w"}, {"%-m", "FMMM", "%-m"}, {"%-d", "FMDD", "%-d"}, {"%%", "%", "%%"}};

static void date_format(bv_gen *g, const bv_node *format)
{
	bool postgres = g->dialect->bit == BV_D_POSTGRES;
	bv_buf b = BV_BUF_INIT;
	bool ok = format->kind == BV_STRING;
	bv_str f = ok ? BV_AS(string, format)->text : (bv_str){"", 0};
	for (uint32_t i = 0; i < f.n && ok;) {
		unsigned k = 0;
		for (; k < BV_COUNT(formats); k++) {
			size_t n = strlen(formats[k].chrono);
			if (n <= f.n - i && memcmp(f.p + i, formats[k].chrono, n) == 0)
				break;
		}
		const char *word = k == BV_COUNT(formats) ? NULL : postgres ? formats[k].postgres : formats[k].duckdb;
		char c = f.p[i];
		bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '"' || c == '\\';
		if (k == BV_COUNT(formats)) {
			ok = c != '%' && !(postgres && letter);
			bv__buf_ch(&b, c);
			i++;
		} else {
			ok = word != NULL;
			bv__buf_z(&b, word ? word : "");
			i += (uint32_t)strlen(formats[k].chrono);
		}
	}
	if (ok)
		bv__g_string(g, bv__buf_view(&b));
	else
		bv__g_refuse(g, format, "this format of a date");
	bv__buf_free(&b);
}

static bool clauseless(const bv_ast_call *c) { return !c->distinct && !c->order_by.n && !c->within_group.n && !c->filter && !c->nulls && !c->over; }

static void template(bv_gen *g, const bv_ast_call *c, const char *text)
{
	for (; *text && !bv__g_stop(g); text++) {
		uint32_t i = text[0] == '$' || text[0] == '#' ? (uint32_t)(text[1] - '1') : UINT32_MAX;
		if (i >= c->args.n) {
			bv__buf_ch(g->out, *text);
			continue;
		}
		if (*text == '$')
			bv__g_expr0(g, c->args.v[i]);
		else
			bv__g_expr(g, c->args.v[i], BV_TIGHT - 1, BV_TIGHT);
		text++;
	}
}

static bool is_call_of(const bv_node *n, const char *name) { return n->kind == BV_CALL && BV_AS(call, n)->entry.n && bv__str_is(BV_AS(call, n)->name.v[0], name); }
static bool is_text(const bv_node *n, const char *text) { return n->kind == BV_STRING && bv__str_is(BV_AS(string, n)->text, text); }

/* A call of the engine's as this dialect says it; true: written. *name: what it is called where the rest is the same. */
static bool written_call(bv_gen *g, const bv_ast_call *c, bv_str *name)
{
	uint32_t bit = g->dialect->bit;
	if (c->name.n != 1 || !(bit & (BV_D_DUCKDB | BV_D_POSTGRES)))
		return false;
	bool duckdb = bit == BV_D_DUCKDB;
	if (bv__str_is(*name, "unnest") && !duckdb && c->args.n == 1 && is_call_of(c->args.v[0], "generate_series")) {
		bv__g_expr0(g, c->args.v[0]); /* rows by itself there */
		return true;
	}
	if (!c->entry.n)
		return false;
	if (bv__str_is(*name, "to_char") && c->args.n == 2 && clauseless(c)) {
		bv__g_z(g, duckdb ? "strftime(" : "to_char(");
		bv__g_expr0(g, c->args.v[0]);
		bv__g_z(g, ", ");
		date_format(g, c->args.v[1]);
		bv__buf_ch(g->out, ')');
		return true;
	}
	if (duckdb && bv__str_is(*name, "encode") && c->args.n == 2 && is_text(c->args.v[1], "hex")) {
		bool sha = is_call_of(c->args.v[0], "sha256"); /* a text there */
		bv__g_z(g, sha ? "" : "lower(hex(");
		bv__g_expr0(g, c->args.v[0]);
		bv__g_z(g, sha ? "" : "))");
		return true;
	}
	if (duckdb && !c->over && (bv__str_is(*name, "first_value") || bv__str_is(*name, "last_value"))) {
		*name = bv__str(name->p[0] == 'f' ? "first" : "last");
		return false;
	}
	/* One NaN for any: all are one there. */
	if ((duckdb || bit == BV_D_POSTGRES) && bv__str_is(*name, "nanvl") && c->args.n == 2 && c->args.v[1]->kind == BV_CAST && is_text(BV_AS(cast, c->args.v[1])->operand, "NaN")) {
		template(g, c, "#1");
		return true;
	}
	for (unsigned i = 0; i < BV_COUNT(written_calls) && !of_star(c); i++) {
		if (!(written_calls[i].dialects & bit) || !bv__str_is(*name, written_calls[i].name) || (written_calls[i].args >= 0 && (uint32_t)written_calls[i].args != c->args.n))
			continue;
		if (!strchr(written_calls[i].text, '(')) {
			*name = bv__str(written_calls[i].text);
			return false;
		}
		if (!clauseless(c))
			bv__g_refuse(g, &c->head, written_calls[i].name);
		template(g, c, written_calls[i].text);
		return true;
	}
	return false;
}

/* Calls that this dialect has under another name or only in a syntax of its own; true: written. */
static bool special_call(bv_gen *g, const bv_ast_call *c, bv_str name)
{
	uint32_t bit = g->dialect->bit;
	bool plain = !c->distinct && !c->order_by.n && !c->variadic && !c->limit && !c->clauses.n;
	if (!plain || of_star(c))
		return false;
	if (bv__str_is(name, "overlay") && (c->args.n == 3 || c->args.n == 4)) { /* with others it needs quotes */
		bv__g_z(g, "overlay");
		bv__g_args(g, &c->args);
		return true;
	}
	if (bv__str_is(name, "btrim") && ((c->args.n == 1 && g->pretty) || bit == BV_D_DUCKDB)) {
		bv__g_z(g, "trim");
		bv__g_args(g, &c->args);
		return true;
	}
	if (bv__str_is(name, "glob") && bit == BV_D_DUCKDB && c->args.n == 2 && !c->over && !c->filter) {
		const uint8_t like = g->dialect->prec[BV_L_LIKE];
		bv__buf_ch(g->out, '(');
		bv__g_expr(g, c->args.v[0], like, like);
		bv__g_z(g, " GLOB ");
		bv__g_expr(g, c->args.v[1], like, 0);
		bv__buf_ch(g->out, ')');
		return true;
	}
	if (bv__str_is(name, "array_has_any") && bit == BV_D_POSTGRES && c->args.n == 2 && !c->over && !c->filter) {
		template(g, c, "(#1 && #2)");
		return true;
	}
	if (bit == BV_D_POSTGRES && bv__str_is(name, "date_part") && c->args.n == 2 && c->args.v[0]->kind == BV_STRING && in_capitals(BV_AS(string, c->args.v[0])->text)) {
		extract(g, c); /* date_part gives a float there, EXTRACT a decimal */
		return true;
	}
	if (g->pretty && bv__str_is(name, "date_part") && c->args.n == 2 && c->args.v[0]->kind == BV_STRING && is_field(BV_AS(string, c->args.v[0])->text)) {
		extract(g, c);
		return true;
	}
	if (bit == BV_D_POSTGRES && bv__str_is(name, "substr") && c->args.n > 1 && c->args.v[1]->kind != BV_STRING && clauseless(c)) { /* which also cuts bytes and strings of bits */
		bv__g_z(g, "substring");
		bv__g_args(g, &c->args);
		return true;
	}
	if (bit == BV_D_POSTGRES && bv__str_is(name, "substring_similar") && c->args.n == 3) {
		template(g, c, "substring(#1 SIMILAR #2 ESCAPE $3)");
		return true;
	}
	if (bv__str_is(name, "strpos") && (bit & (BV_D_SPARKS | BV_D_POSTGRES)) && c->args.n == 2 && clauseless(c)) {
		bv__g_z(g, "position(");
		bv__g_expr(g, c->args.v[1], g->dialect->prec[BV_L_BETWEEN], g->dialect->prec[BV_L_BETWEEN]);
		bv__g_z(g, " IN ");
		bv__g_expr0(g, c->args.v[0]);
		bv__buf_ch(g->out, ')');
		return true;
	}
	if (c->args.n == 0 && (bit == BV_D_POSTGRES || bit == BV_D_DUCKDB)) {
		static const char *const bare[] = {"current_date", "current_time", "current_timestamp", "localtime", "localtimestamp", "current_user", "session_user", "user", "current_catalog", "current_role"};
		for (unsigned i = 0; i < BV_COUNT(bare); i++)
			if (bv__str_is(name, bare[i])) {
				bv__g_z(g, bare[i]);
				return true;
			}
	}
	if (c->args.n == 1 && bit == BV_D_POSTGRES) { /* with their digits: no ordinary calls */
		static const char *const digits[] = {"current_time", "current_timestamp", "localtime", "localtimestamp"};
		for (unsigned i = 0; i < BV_COUNT(digits); i++)
			if (bv__str_is(name, digits[i])) {
				bv__g_z(g, digits[i]);
				bv__g_args(g, &c->args);
				return true;
			}
	}
	return false;
}

static void flat_args(bv_gen *g, const bv_node *n)
{
	const bv_list *l = &BV_AS(call, n)->args;
	for (uint32_t i = 0; i < l->n && !bv__g_stop(g); i++) {
		if (i)
			bv__g_z(g, ", ");
		bv__g_any(g, l->v[i]);
	}
}

/* name, value pairs, one a line where they do not fit on one */
static void paired_args(bv_gen *g, const bv_node *n)
{
	const bv_list *l = &BV_AS(call, n)->args;
	bv__buf_ch(g->out, '(');
	if (!bv__g_fits(g, n, flat_args, BV_WIDTH - 1)) {
		g->indent++;
		for (uint32_t i = 0; i < l->n && !bv__g_stop(g); i++) {
			if (i % 2 == 0)
				bv__g_break(g);
			else
				bv__buf_ch(g->out, ' ');
			bv__g_lead(g, l->v[i]);
			bv__g_piece(g, l->v[i], bv__g_any);
			if (i + 1 < l->n)
				bv__buf_ch(g->out, ',');
			bv__g_trail(g, l->v[i], i ? 0 : 1);
		}
		bv__g_rest(g, l->v[l->n - 1]);
		g->indent--;
		bv__g_break(g);
	}
	bv__buf_ch(g->out, ')');
}

void bv__g_upper(bv_gen *g, bv_str s)
{
	for (uint32_t i = 0; i < s.n; i++)
		bv__buf_ch(g->out, s.p[i] >= 'a' && s.p[i] <= 'z' ? (char)(s.p[i] - 0x20) : s.p[i]);
}

static void clause_value(bv_gen *g, const bv_node *n)
{
	if (n->kind == BV_TYPE)
		bv__g_type(g, n);
	else
		bv__g_any(g, n);
}

/* RETURNING TEXT, ABSENT ON NULL, PASSING x AS y */
static void clause(bv_gen *g, const bv_ast_clause *c)
{
	static const char counted[] = " with count", uncounted[] = " without count";
	bv_str word = c->word, tail = {"", 0};
	/* ON OVERFLOW TRUNCATE 'x' WITH COUNT: the value stands inside the words. */
	if (c->values.n && word.n > sizeof uncounted) {
		const char *const tails[] = {counted, uncounted};
		for (unsigned i = 0; i < 2; i++) {
			size_t k = strlen(tails[i]);
			if (memcmp(word.p + word.n - k, tails[i], k) == 0) {
				tail = bv__str(tails[i]);
				word.n -= (uint32_t)k;
			}
		}
	}
	static const char *const others[] = {"model", "sequence", "metrics", "dimensions", "facts", "where", "copartition", "columns", "path", "exists path"}; /* of dialects that are only read */
	static const char *const postgres[] = {"document", "content", "as", "indent", "no indent", "version", "version no value", "standalone yes", "standalone no", "standalone no value", "not null", "exists"};
	for (unsigned i = 0; i < BV_COUNT(others); i++)
		if (bv__str_is(word, others[i]))
			bv__g_refuse(g, &c->head, "this clause inside a call");
	for (unsigned i = 0; i < BV_COUNT(postgres) && !(g->dialect->bit & (BV_D_POSTGRES | BV_D_GENERIC)); i++)
		if (bv__str_is(word, postgres[i]))
			bv__g_refuse(g, &c->head, "this clause inside a call");
	bv__g_upper(g, word);
	if (c->values.n)
		bv__buf_ch(g->out, ' ');
	for (uint32_t i = 0; i < c->values.n && !bv__g_stop(g); i++) {
		if (i)
			bv__g_z(g, ", ");
		clause_value(g, c->values.v[i]);
	}
	bv__g_upper(g, tail);
}

/* FORMAT JSON [ENCODING …], which stands behind an argument */
static bool is_argument_format(const bv_ast_clause *x)
{
	return bv__str_starts(x->word, "format json ") && x->word.n > 3 && memcmp(x->word.p + x->word.n - 3, " of", 3) == 0;
}

/* What stands behind the i-th argument of FORMAT JSON; empty: nothing does. */
static bv_str said_format(const bv_ast_call *c, uint32_t i)
{
	char place[16];
	snprintf(place, sizeof place, "%u", i + 1);
	for (uint32_t k = 0; k < c->clauses.n; k++) {
		const bv_ast_clause *x = BV_AS(clause, c->clauses.v[k]);
		if (is_argument_format(x) && x->values.n == 1 && x->values.v[0]->kind == BV_NUMBER && bv__str_is(BV_AS(number, x->values.v[0])->text, place))
			return (bv_str){x->word.p, x->word.n - 3};
	}
	return (bv_str){"", 0};
}

/* XMLELEMENT(NAME foo, …) */
static bool is_named(const bv_ast_call *c)
{
	if (!c->clauses.n || !bv__str_is(BV_AS(clause, c->clauses.v[0])->word, "name"))
		return false;
	const bv_list *l = &BV_AS(clause, c->clauses.v[0])->values;
	return l->n == 1 && l->v[0]->kind == BV_STRING;
}

static void null_treatment(bv_gen *g, const bv_ast_call *c) { bv__g_z(g, c->nulls == BV_null_treatment_ignore ? " IGNORE NULLS" : " RESPECT NULLS"); }

/* [DISTINCT] arguments ORDER BY … clauses */
static void ordered_args(bv_gen *g, const bv_node *n)
{
	const bv_ast_call *c = BV_AS(call, n);
	if (c->distinct)
		bv__g_z(g, "DISTINCT ");
	if (is_named(c)) {
		bv__g_z(g, "NAME ");
		bv__g_name(g, BV_AS(string, BV_AS(clause, c->clauses.v[0])->values.v[0])->text, false);
		bv__g_z(g, c->args.n ? ", " : "");
	}
	for (uint32_t i = 0; i < c->args.n && !bv__g_stop(g); i++) {
		if (c->variadic && i + 1 == c->args.n)
			bv__g_z(g, "VARIADIC ");
		bv__g_piece(g, c->args.v[i], bv__g_any);
		bv_str format = said_format(c, i);
		if (format.n)
			bv__buf_ch(g->out, ' ');
		bv__g_upper(g, format);
		if (i + 1 < c->args.n) {
			bv__buf_ch(g->out, ',');
			bv__g_break(g);
		}
	}
	if (c->order_by.n) {
		if (c->args.n)
			bv__g_break(g);
		bv__g_order_by(g, &c->order_by);
	}
	for (uint32_t i = 0; i < c->clauses.n && !bv__g_stop(g); i++) {
		const bv_ast_clause *x = BV_AS(clause, c->clauses.v[i]);
		if (is_argument_format(x) || (i == 0 && is_named(c)))
			continue; /* written already */
		if (bv__str_starts(x->word, "version") || bv__str_starts(x->word, "standalone"))
			bv__buf_ch(g->out, ',');
		if (c->args.n || i)
			bv__g_break(g);
		clause(g, x);
	}
	if (c->limit) {
		bv__g_z(g, " LIMIT ");
		bv__g_expr0(g, c->limit);
	}
	if (c->nulls && g->dialect->bit == BV_D_DUCKDB)
		null_treatment(g, c);
}

static void filter(bv_gen *g, const bv_node *n)
{
	bv__g_z(g, " FILTER (WHERE ");
	bv__g_expr0(g, n);
	bv__buf_ch(g->out, ')');
}

static void call(bv_gen *g, const bv_ast_call *c)
{
	if (c->method)
		bv__g_refuse(g, &c->head, "model!method(…)");
	if (c->variadic && g->dialect->bit != BV_D_POSTGRES)
		bv__g_refuse(g, &c->head, "VARIADIC");
	if (c->from_last)
		bv__g_refuse(g, &c->head, "FROM LAST");
	if (c->limit && (g->dialect->bit & (BV_D_POSTGRES | BV_D_DUCKDB | BV_D_SPARKS)))
		bv__g_refuse(g, &c->head, "LIMIT inside a call");
	if (c->clauses.n && (g->dialect->bit & BV_D_DATAFUSION))
		bv__g_refuse(g, &c->head, "a clause inside a call");
	if (c->function)
		bv__g_refuse(g, &c->head, "a function that a value names");
	if (c->name.n == 1 && bv__str_is(c->name.v[0], "with"))
		bv__g_refuse(g, &c->head, "WITH (…) as an expression");
	bv_str own = c->name.v[0];
	if (written_call(g, c, &own))
		return;
	if (!(c->name.n == 1 && special_call(g, c, own))) {
		bv__g_function_name(g, c->name.n == 1 ? &(bv_path){&own, 1, 0} : &c->name, false);
		if (!c->distinct && !c->order_by.n && c->args.n && c->args.n % 2 == 0 && c->name.n == 1 && bv__str_is(c->name.v[0], "named_struct"))
			paired_args(g, &c->head);
		else if (!c->distinct && !c->order_by.n && !c->variadic && !c->limit && !c->clauses.n && !(c->nulls && g->dialect->bit == BV_D_DUCKDB))
			bv__g_args(g, &c->args);
		else {
			bv__buf_ch(g->out, '(');
			if (!bv__g_fits(g, &c->head, ordered_args, BV_WIDTH - 1)) {
				g->indent++;
				bv__g_break(g);
				ordered_args(g, &c->head);
				g->indent--;
				bv__g_break(g);
			}
			bv__buf_ch(g->out, ')');
		}
	}
	if (c->within_group.n) {
		bv__g_z(g, " WITHIN GROUP (");
		bv__g_order_by(g, &c->within_group);
		bv__buf_ch(g->out, ')');
	}
	if (c->filter && !bv__g_fits(g, c->filter, filter, BV_WIDTH)) {
		g->indent++;
		bv__g_break(g);
		bv__g_z(g, "FILTER (WHERE ");
		bv__g_expr0(g, c->filter);
		bv__buf_ch(g->out, ')');
		g->indent--;
	}
	if (c->nulls) {
		if (g->dialect->bit == BV_D_POSTGRES)
			bv__g_refuse(g, &c->head, "IGNORE NULLS");
		if (g->dialect->bit != BV_D_DUCKDB) /* there among the arguments */
			null_treatment(g, c);
	}
	if (c->over) {
		bv__g_z(g, " OVER ");
		bv__g_window(g, c->over);
	}
}

/* ---- literals ---- */

/* CAST('1.50' AS DECIMAL(3, 2)) is how the tree says 1.50 where that is a decimal: then it is written so again. */
static bool decimal_literal(const bv_gen *g, const bv_ast_cast *c)
{
	if (!(g->dialect->syntax & BV_SYN_DECIMAL_LITERAL) || c->form != BV_cast_kind_cast || c->operand->kind != BV_STRING)
		return false;
	const bv_ast_type *t = BV_AS(type, c->type);
	if (!bv__str_is(t->name, "decimal") && !bv__str_is(t->name, "decimal256"))
		return false;
	bv_str s = BV_AS(string, c->operand)->text;
	uint32_t digits = 0, leading = 0, scale = 0, points = 0;
	for (uint32_t i = 0; i < s.n; i++) {
		if (s.p[i] == '.') {
			points++;
			continue;
		}
		if (s.p[i] < '0' || s.p[i] > '9')
			return false;
		digits++;
		leading += leading + 1 == digits && s.p[i] == '0';
		scale += points;
	}
	bool large = digits > 19 || (digits == 19 && memcmp(s.p, "9223372036854775807", 19) > 0);
	if (digits == 0 || (points != 1 && !(points == 0 && large && (g->dialect->bit & (BV_D_POSTGRES | BV_D_DUCKDB)))))
		return false; /* without a point it would be an integer */
	uint32_t precision = digits - leading;
	if (precision < scale)
		precision = scale;
	if (precision == 0)
		precision = 1;
	char p[16], q[16];
	snprintf(p, sizeof p, "%u", precision);
	snprintf(q, sizeof q, "%u", scale);
	return bv__str_is(t->precision, p) && bv__str_is(t->scale, q) && bv__str_is(t->name, precision > 38 ? "decimal256" : "decimal") && (precision <= 38 || g->dialect->bit != BV_D_DUCKDB);
}

static void number(bv_gen *g, bv_str text)
{
	bool whole = !memchr(text.p, '.', text.n) && !memchr(text.p, 'e', text.n) && !memchr(text.p, 'E', text.n);
	bool exponent = !whole && (memchr(text.p, 'e', text.n) || memchr(text.p, 'E', text.n));
	if (whole || !(g->dialect->syntax & BV_SYN_DECIMAL_LITERAL) || (exponent && g->dialect->bit != BV_D_POSTGRES))
		bv__buf_str(g->out, text);
	else if (g->dialect->bit == BV_D_POSTGRES) /* every number with a point or an exponent is a numeric there */
		bv__buf_printf(g->out, "CAST('" BV_STR_FMT "' AS DOUBLE PRECISION)", BV_STR_ARG(text));
	else
		bv__buf_printf(g->out, BV_STR_FMT "e0", BV_STR_ARG(text));
}

/* $name; what is no plain name is a template's expression, {{ … }}. */
static void parameter(bv_gen *g, bv_str name)
{
	bv__buf_printf(g->out, bv__names_parameter(name) ? "$" BV_STR_FMT : "{{ " BV_STR_FMT " }}", BV_STR_ARG(name));
}

static void interval(bv_gen *g, const bv_ast_interval *n)
{
	static const char *const units[] = {"", " YEAR", " QUARTER", " MONTH", " WEEK", " DAY", " HOUR", " MINUTE", " SECOND", " MILLISECOND", " MICROSECOND", " NANOSECOND", " DECADE", " CENTURY", " MILLENNIUM"};
	const bv_node *v = n->value;
	bool foreign = n->unit == BV_interval_unit_week || (n->unit >= BV_interval_unit_millisecond && n->unit != BV_interval_unit_nanosecond);
	if (foreign && n->head.type && g->dialect->bit == BV_D_POSTGRES && !n->last && (v->kind == BV_NUMBER || v->kind == BV_STRING)) {
		/* These units, which the lane takes out of the text, stand only inside it there. */
		static const char *const words[] = {[BV_interval_unit_week] = "week", [BV_interval_unit_millisecond] = "millisecond", [BV_interval_unit_microsecond] = "microsecond", [BV_interval_unit_decade] = "decade",
			[BV_interval_unit_century] = "century", [BV_interval_unit_millennium] = "millennium"};
		bv_str count = v->kind == BV_NUMBER ? BV_AS(number, v)->text : BV_AS(string, v)->text;
		bv_buf text = BV_BUF_INIT;
		bv__buf_printf(&text, BV_STR_FMT " %s", BV_STR_ARG(count), words[n->unit]);
		bv__g_z(g, "INTERVAL ");
		bv__g_string(g, bv__buf_view(&text));
		bv__buf_free(&text);
		return;
	}
	bv__g_z(g, "INTERVAL");
	if (n->precision.n && !n->unit) {
		if (g->dialect->bit != BV_D_POSTGRES)
			bv__g_refuse(g, &n->head, "INTERVAL(n) 'text'");
		bv__buf_printf(g->out, "(" BV_STR_FMT ")", BV_STR_ARG(n->precision));
	}
	bv__buf_ch(g->out, ' ');
	if (v->kind == BV_NUMBER && g->dialect->bit == BV_D_POSTGRES)
		bv__g_string(g, BV_AS(number, v)->text);
	else if (v->kind == BV_NUMBER)
		bv__buf_str(g->out, BV_AS(number, v)->text);
	else if (v->kind == BV_STRING || v->kind == BV_PARAMETER)
		bv__g_expr0(g, v);
	else if (v->kind == BV_UNARY && BV_AS(unary, v)->op == BV_unary_op_negate && BV_AS(unary, v)->operand->kind == BV_NUMBER && g->dialect->bit == BV_D_POSTGRES)
		bv__buf_printf(g->out, "'-" BV_STR_FMT "'", BV_STR_ARG(BV_AS(number, BV_AS(unary, v)->operand)->text));
	else {
		if (g->dialect->bit == BV_D_POSTGRES)
			bv__g_refuse(g, v, "an interval of a value that is no text");
		bv__buf_ch(g->out, '(');
		bv__g_expr0(g, v);
		bv__buf_ch(g->out, ')');
	}
	bv__g_z(g, units[n->unit]);
	if (n->last) {
		bv__g_z(g, " TO");
		bv__g_z(g, units[n->last]);
	}
	if (n->precision.n && n->unit)
		bv__buf_printf(g->out, "(" BV_STR_FMT ")", BV_STR_ARG(n->precision));
}

/* 1.5D, which is a cast of a number that is no decimal: with an exponent instead it would be another number. */
static bool suffixed(bv_gen *g, const bv_ast_cast *c)
{
	if (!(g->dialect->lex & BV_LEX_TYPE_SUFFIX) || c->operand->kind != BV_NUMBER || c->form != BV_cast_kind_cast || c->format || c->fallback)
		return false;
	bv_str text = BV_AS(number, c->operand)->text, type = BV_AS(type, c->type)->name;
	bool wide = bv__str_is(type, "float64");
	if (!memchr(text.p, '.', text.n) || memchr(text.p, 'e', text.n) || memchr(text.p, 'E', text.n) || !(wide || bv__str_is(type, "float32")))
		return false;
	bv__buf_printf(g->out, BV_STR_FMT "%s", BV_STR_ARG(text), wide ? "D" : "F");
	return true;
}

/* B'01' and X'1f': a cast to BIT would cut it to one bit. */
static bool bits_literal(bv_gen *g, const bv_ast_cast *c)
{
	const bv_ast_type *t = BV_AS(type, c->type);
	if (g->dialect->bit != BV_D_POSTGRES || c->operand->kind != BV_STRING || c->form != BV_cast_kind_cast || t->foreign.n != 1 || !bv__str_is(t->foreign.v[0], "bit") || t->args.n)
		return false;
	bv_str s = BV_AS(string, c->operand)->text;
	if (!s.n || (s.p[0] != 'b' && s.p[0] != 'x'))
		return false;
	bv__buf_printf(g->out, "%c", s.p[0] == 'b' ? 'B' : 'X');
	bv__g_string(g, (bv_str){s.p + 1, s.n - 1});
	return true;
}

static void cast(bv_gen *g, const bv_ast_cast *c)
{
	if (suffixed(g, c))
		return;
	if (decimal_literal(g, c)) {
		bv__buf_str(g->out, BV_AS(string, c->operand)->text);
		return;
	}
	if (bits_literal(g, c))
		return;
	if (c->operand->kind == BV_STRING && c->form == BV_cast_kind_cast && !c->format && !c->fallback && bv__str_is(BV_AS(type, c->type)->name, "date")) {
		bv__g_z(g, "DATE ");
		bv__g_expr0(g, c->operand);
		return;
	}
	if (!bv__g_type_in_sql(g, c->type)) {
		/* A type that only Arrow has a name for. */
		if (g->dialect->bit != BV_D_DATAFUSION || bv__g_type_is_foreign(c->type)) {
			bv_str name = BV_AS(type, c->type)->foreign.n ? BV_AS(type, c->type)->foreign.v[BV_AS(type, c->type)->foreign.n - 1] : BV_AS(type, c->type)->name;
			char what[64];
			snprintf(what, sizeof what, "the type %.*s", (int)(name.n > 40 ? 40 : name.n), name.p);
			bv__g_refuse(g, c->type, what);
			return;
		}
		bv__g_z(g, c->form == BV_cast_kind_try_cast ? "arrow_try_cast(" : "arrow_cast(");
		bv__g_expr0(g, c->operand);
		bv_buf text = BV_BUF_INIT, *out = g->out;
		g->out = &text;
		bv__g_type_arrow(g, c->type);
		g->out = out;
		bv__g_z(g, ", ");
		bv__g_string(g, bv__buf_view(&text));
		bv__buf_free(&text);
		bv__buf_ch(g->out, ')');
		return;
	}
	if (c->form == BV_cast_kind_try_cast && g->dialect->bit == BV_D_POSTGRES)
		bv__g_refuse(g, &c->head, "TRY_CAST");
	bv__g_z(g, c->form == BV_cast_kind_try_cast ? "TRY_CAST(" : "CAST(");
	bv__g_expr0(g, c->operand);
	bv__g_z(g, " AS ");
	bv__g_type(g, c->type);
	if (c->rename_fields || c->add_fields)
		bv__g_refuse(g, &c->head, "RENAME FIELDS and ADD FIELDS of a cast");
	if ((c->format || c->fallback) && !(g->dialect->bit & BV_D_LENIENT))
		bv__g_refuse(g, &c->head, "CAST … FORMAT or DEFAULT");
	if (c->fallback) {
		bv__g_z(g, " DEFAULT ");
		bv__g_expr0(g, c->fallback);
		bv__g_z(g, " ON CONVERSION ERROR");
	}
	if (c->format) {
		bv__g_z(g, " FORMAT ");
		bv__g_expr(g, c->format, g->dialect->prec[BV_L_AT_ZONE], 0);
	}
	if (c->zone) {
		bv__g_z(g, " AT TIME ZONE ");
		bv__g_expr0(g, c->zone);
	}
	bv__buf_ch(g->out, ')');
}

/* ---- nested values ---- */

static void struct_field(bv_gen *g, const bv_node *n)
{
	if (n->kind != BV_ALIAS) {
		bv__g_any(g, n);
		return;
	}
	const bv_ast_alias *a = BV_AS(alias, n);
	if (g->dialect->bit & BV_D_SPARKS) {
		bv__g_expr0(g, a->operand);
		bv__g_z(g, " AS ");
		bv__g_name(g, a->name, false);
		return;
	}
	bv__g_string(g, a->name);
	bv__g_z(g, ": ");
	bv__g_expr0(g, a->operand);
}

static void struct_as(bv_gen *g, const bv_node *n)
{
	bv__g_any(g, n->kind == BV_ALIAS ? BV_AS(alias, n)->operand : n);
	if (n->kind == BV_ALIAS) {
		bv__g_z(g, " AS ");
		bv__g_name(g, BV_AS(alias, n)->name, false);
	}
}

static void structure(bv_gen *g, const bv_ast_struct *s)
{
	bool named = s->fields.n > 0;
	for (uint32_t i = 0; i < s->fields.n; i++)
		named = named && (s->fields.v[i]->kind == BV_ALIAS || s->fields.v[i]->kind == BV_STAR);
	if (g->dialect->bit == BV_D_POSTGRES)
		bv__g_refuse(g, &s->head, "a struct");
	bool call_form = (g->dialect->bit & BV_D_SPARKS) || !named;
	if (call_form && g->dialect->bit == BV_D_DUCKDB && s->fields.n)
		bv__g_refuse(g, &s->head, "a struct whose fields have no names");
	if (call_form && s->fields.n) {
		bv__g_z(g, "STRUCT(");
		bv__g_list(g, &s->fields, struct_as, ")");
	} else {
		bv__buf_ch(g->out, '{');
		bv__g_list(g, &s->fields, struct_field, "}");
	}
}

static void map(bv_gen *g, const bv_ast_map *m)
{
	bool spark = g->dialect->bit & BV_D_SPARKS;
	if (g->dialect->bit == BV_D_POSTGRES)
		bv__g_refuse(g, &m->head, "a map");
	bv__g_z(g, spark ? "map(" : "MAP {");
	for (uint32_t i = 0; i < m->keys.n && i < m->items.n && !bv__g_stop(g); i++) {
		if (i)
			bv__g_z(g, ", ");
		bv__g_expr(g, m->keys.v[i], g->dialect->prec[BV_L_COLON], g->dialect->prec[BV_L_COLON]);
		bv__g_z(g, spark ? ", " : ": ");
		bv__g_expr0(g, m->items.v[i]);
	}
	bv__buf_ch(g->out, spark ? ')' : '}');
}

static void array(bv_gen *g, const bv_ast_array *a)
{
	bool spark = g->dialect->bit & BV_D_SPARKS;
	bv__g_z(g, spark ? "array(" : g->dialect->bit == BV_D_POSTGRES ? "ARRAY[" : "[");
	bv__g_list(g, &a->items, bv__g_expr0, spark ? ")" : "]");
}

/* ---- the rest ---- */

/* A pattern in a dialect where a backslash escapes only by ESCAPE. *plain: the text without the second of two backslashes, where no other escapes.
 * True: a backslash escapes. */
static bool escapes(const bv_node *pattern, bv_buf *plain)
{
	if (pattern->kind != BV_STRING)
		return false;
	bv_str s = BV_AS(string, pattern)->text;
	for (uint32_t i = 0; i < s.n; i++) {
		if (s.p[i] == '\\' && !(i + 1 < s.n && s.p[i + 1] == '\\'))
			return true;
		bv__buf_ch(plain, s.p[i]);
		i += s.p[i] == '\\';
	}
	return false;
}

/* x of replace(x, '\', '\\'), which the lane makes where backslashes are plain. */
static const bv_node *plain_pattern(const bv_node *pattern)
{
	if (pattern->kind != BV_CALL || !BV_AS(call, pattern)->entry.n || !bv__str_is(BV_AS(call, pattern)->name.v[0], "replace") || BV_AS(call, pattern)->args.n != 3)
		return pattern;
	const bv_list *args = &BV_AS(call, pattern)->args;
	return args->v[1]->kind == BV_STRING && bv__str_is(BV_AS(string, args->v[1])->text, "\\") && args->v[2]->kind == BV_STRING && bv__str_is(BV_AS(string, args->v[2])->text, "\\\\") ? args->v[0] : pattern;
}

static void enclosed(bv_gen *g, const bv_node *n);

static void connective(bv_gen *g, const bv_list *l, const char *word, unsigned strength, unsigned min, unsigned follow)
{
	bool deeper = !g->flat && !g->aligned, or = *word == 'O';
	if (!g->flat)
		g->aligned = false;
	if (deeper)
		g->indent++;
	for (uint32_t i = 0; i < l->n && !bv__g_stop(g); i++) {
		if (i) {
			bv__g_break(g);
			bv__g_lead(g, l->v[i]);
			bv__g_z(g, word);
		}
		/* People need not know which of the two binds tighter. */
		if (or && g->pretty && l->v[i]->kind == BV_AND)
			enclosed(g, l->v[i]);
		else
			bv__g_expr(g, l->v[i], i ? strength : min, i + 1 < l->n ? strength : follow);
		if (i + 1 < l->n)
			bv__g_trail(g, l->v[i], 0);
	}
	if (deeper)
		g->indent--;
}

static void when(bv_gen *g, const bv_node *n)
{
	bv__g_z(g, "WHEN ");
	bv__g_expr0(g, BV_AS(when, n)->condition);
	bv__g_z(g, " THEN ");
	bv__g_expr0(g, BV_AS(when, n)->result);
}

static void case_(bv_gen *g, const bv_ast_case *c)
{
	const bv_node *last = NULL;
	bv__g_z(g, "CASE");
	if (c->operand) {
		bv__buf_ch(g->out, ' ');
		bv__g_expr0(g, c->operand);
	}
	if (!g->flat)
		g->indent++;
	for (uint32_t i = 0; i < c->whens.n && !bv__g_stop(g); i++) {
		last = c->whens.v[i];
		bv__g_break(g);
		bv__g_lead(g, last);
		bv__g_piece(g, last, when);
		bv__g_trail(g, last, 0);
	}
	if (c->otherwise) {
		last = c->otherwise;
		bv__g_break(g);
		bv__g_lead(g, last);
		bv__g_z(g, "ELSE ");
		bv__g_expr0(g, last);
		bv__g_trail(g, last, 0);
	}
	if (last)
		bv__g_rest(g, last);
	if (!g->flat)
		g->indent--;
	bv__g_break(g);
	bv__g_z(g, "END");
}

static bool breaks(unsigned level) { return level == BV_L_ADD || level == BV_L_MULTIPLY || level == BV_L_CONCAT; }

static void binary(bv_gen *g, const bv_ast_binary *b, unsigned min, unsigned follow)
{
	uint8_t level;
	const char *fn, *text = op_text(g, b, &level, &fn);
	unsigned strength = g->dialect->prec[level];
	if (!has_op(g, b->op)) {
		char what[40];
		snprintf(what, sizeof what, "the operator %s", binary_ops[b->op].text);
		bv__g_refuse(g, &b->head, what);
		return;
	}
	if (fn) {
		if (b->op == BV_binary_op_not_regex_match)
			bv__g_z(g, "NOT ");
		bv__g_z(g, fn);
		bv__buf_ch(g->out, '(');
		bv__g_expr0(g, b->left);
		bv__g_z(g, ", ");
		bv__g_expr0(g, b->right);
		bv__buf_ch(g->out, ')');
		return;
	}
	/* A chain that does not fit: each operator begins a line, one level in from where the chain began. */
	bool lines = g->pretty && !g->flat && breaks(level), chain = g->chain;
	if (lines && !chain)
		g->indent++;
	if (!g->flat)
		g->chain = lines && b->left->kind == BV_BINARY && binary_ops[BV_AS(binary, b->left)->op].level == level;
	if (text)
		bv__g_expr(g, b->left, min, left_of(g, level));
	else {
		bv__g_z(g, "CAST(");
		bv__g_expr0(g, b->left);
		bv__g_z(g, " AS DOUBLE PRECISION)");
		text = "/";
	}
	if (g->ncomments)
		bv__g_trail_at(g, b->left, 0, false);
	if (!g->flat)
		g->chain = false;
	if (lines)
		bv__g_break(g);
	else
		bv__buf_ch(g->out, ' ');
	bv__g_z(g, text);
	bv__buf_ch(g->out, ' ');
	bv__g_expr(g, b->right, strength, follow);
	if (lines && !chain)
		g->indent--;
}

/* What the text of an operator's expression begins with, as far as it has no parentheses. */
static const bv_node *leftmost(const bv_node *n)
{
	for (;;)
		switch (n->kind) {
		case BV_BINARY: n = BV_AS(binary, n)->left; break;
		case BV_IS: n = BV_AS(is, n)->operand; break;
		case BV_BETWEEN: n = BV_AS(between, n)->operand; break;
		case BV_IN_LIST: n = BV_AS(in_list, n)->operand; break;
		case BV_IN_QUERY: n = BV_AS(in_query, n)->operand; break;
		case BV_LIKE: n = BV_AS(like, n)->operand; break;
		case BV_QUANTIFIED: n = BV_AS(quantified, n)->left; break;
		default: return n;
		}
}

static void unary(bv_gen *g, const bv_ast_unary *u, unsigned follow)
{
	static const char *const words[] = {"-", "NOT ", "+", "~"};
	static const uint8_t levels[] = {BV_L_UNARY, BV_L_NOT, BV_L_UNARY, BV_L_BIT_NOT};
	/* `--` would begin a comment, and operators run together. */
	char last = g->out->n ? g->out->p[g->out->n - 1] : ' ';
	if (u->op != BV_unary_op_not && (last == '-' || last == '+' || last == '~'))
		bv__buf_ch(g->out, ' ');
	bv__g_z(g, words[u->op]);
	/* NOT (EXISTS …) is not NOT EXISTS: the tree tells them apart. NOT EXISTS … = x is (NOT EXISTS …) = x in DataFusion. */
	const bv_node *first = g->dialect->bit & BV_D_LENIENT ? leftmost(u->operand) : u->operand;
	if (u->op == BV_unary_op_not && first->kind == BV_EXISTS && !BV_AS(exists, first)->negated) {
		bv__buf_ch(g->out, '(');
		bv__g_expr0(g, u->operand);
		bv__buf_ch(g->out, ')');
	} else
		bv__g_expr(g, u->operand, g->dialect->prec[levels[u->op]], follow);
}

static void items(bv_gen *g, const bv_list *l)
{
	bv__buf_ch(g->out, '(');
	bv__g_list(g, l, bv__g_expr0, ")");
}

/* relation.* among the items of a row, which only PostgreSQL has */
void bv__g_check_row(bv_gen *g, const bv_list *items)
{
	for (uint32_t i = 0; i < items->n && g->dialect->bit != BV_D_POSTGRES; i++)
		if (items->v[i]->kind == BV_STAR)
			bv__g_refuse(g, items->v[i], "a star inside a row");
}

static void row(bv_gen *g, const bv_ast_row *r)
{
	bv__g_check_row(g, &r->items);
	if (g->dialect->syntax & BV_SYN_ROW_CALL && r->items.n < 2)
		bv__g_z(g, "ROW");
	bv__buf_ch(g->out, '(');
	bv__g_list(g, &r->items, bv__g_any, r->items.n == 1 && !(g->dialect->syntax & BV_SYN_ROW_CALL) ? ",)" : ")");
}

static void bare(bv_gen *g, const bv_node *n, unsigned min, unsigned follow)
{
	static const char *const likes[] = {" LIKE ", " ILIKE ", " SIMILAR TO "};
	static const char *const tests[] = {"NULL", "TRUE", "FALSE", "UNKNOWN", "JSON", "JSON OBJECT", "JSON ARRAY", "JSON SCALAR", "DOCUMENT"};
	const uint8_t *prec = g->dialect->prec;
	switch (n->kind) {
	case BV_NULL_LITERAL: bv__g_z(g, "NULL"); break;
	case BV_BOOLEAN: bv__g_z(g, BV_AS(boolean, n)->value ? "TRUE" : "FALSE"); break;
	case BV_NUMBER: number(g, BV_AS(number, n)->text); break;
	case BV_STRING: bv__g_string(g, BV_AS(string, n)->text); break;
	case BV_BINARY_LITERAL: {
		bv_str hex = BV_AS(binary_literal, n)->hex;
		if (g->dialect->bit == BV_D_POSTGRES)
			bv__buf_printf(g->out, "CAST('\\x" BV_STR_FMT "' AS BYTEA)", BV_STR_ARG(hex));
		else if (g->dialect->bit == BV_D_DUCKDB) { /* X'…' is a text there */
			bv__g_z(g, "CAST('");
			for (uint32_t i = 0; i + 1 < hex.n; i += 2)
				bv__buf_printf(g->out, "\\x%.2s", hex.p + i);
			bv__g_z(g, "' AS BLOB)");
		} else
			bv__buf_printf(g->out, "X'" BV_STR_FMT "'", BV_STR_ARG(hex));
		break;
	}
	case BV_INTERVAL: interval(g, BV_AS(interval, n)); break;
	case BV_PARAMETER:
		if (BV_AS(parameter, n)->name.n && BV_AS(parameter, n)->name.p[0] == '@')
			bv__g_refuse(g, n, "a variable of the system");
		parameter(g, BV_AS(parameter, n)->name);
		break;
	case BV_COLUMN: bv__g_path(g, &BV_AS(column, n)->path); break;
	case BV_FIELD:
		operand_atom(g, BV_AS(field, n)->operand, true);
		bv__buf_ch(g->out, '.');
		bv__g_name(g, BV_AS(field, n)->name, false);
		break;
	case BV_INDEX:
		if (g->dialect->bit == BV_D_DUCKDB && is_call_of(BV_AS(index, n)->operand, "regexp_match") && BV_AS(call, BV_AS(index, n)->operand)->args.n == 2) {
			bv_ast_call groups = *BV_AS(call, BV_AS(index, n)->operand);
			bv_node *args[] = {groups.args.v[0], groups.args.v[1], BV_AS(index, n)->index};
			groups.args = (bv_list){args, 3};
			template(g, &groups, "CASE WHEN regexp_matches($1, $2) THEN regexp_extract($1, $2, $3) END");
			break;
		}
		if (BV_AS(index, n)->from_zero && !(g->dialect->syntax & BV_SYN_FROM_ZERO))
			bv__g_refuse(g, n, "an index that counts from 0");
		if (!BV_AS(index, n)->from_zero && (g->dialect->syntax & BV_SYN_FROM_ZERO) && BV_AS(index, n)->index->kind != BV_STRING) {
			bv__g_z(g, "element_at("); /* counts from 1 there */
			bv__g_expr0(g, BV_AS(index, n)->operand);
			bv__g_z(g, ", ");
			bv__g_expr0(g, BV_AS(index, n)->index);
			bv__buf_ch(g->out, ')');
			break;
		}
		operand_atom(g, BV_AS(index, n)->operand, false);
		bv__buf_ch(g->out, '[');
		bv__g_expr(g, BV_AS(index, n)->index, prec[BV_L_COLON], prec[BV_L_COLON]);
		bv__buf_ch(g->out, ']');
		break;
	case BV_SLICE: {
		const bv_ast_slice *s = BV_AS(slice, n);
		/* Where `:` is no operator and no bound ends at it, a bound needs no parentheses. */
		unsigned colon = (g->dialect->syntax & BV_SYN_COLON_PATH) || (g->dialect->bit & BV_D_LENIENT) ? prec[BV_L_COLON] : 0;
		operand_atom(g, s->operand, false);
		bv__buf_ch(g->out, '[');
		if (s->low)
			bv__g_expr(g, s->low, colon, colon);
		bv__buf_ch(g->out, ':');
		if (s->high)
			bv__g_expr(g, s->high, colon, colon);
		if (s->step) {
			bv__g_z(g, s->high ? ":" : g->dialect->bit == BV_D_DUCKDB ? "-:" : " :");
			bv__g_expr(g, s->step, colon, colon);
		}
		bv__buf_ch(g->out, ']');
		break;
	}
	case BV_UNARY: unary(g, BV_AS(unary, n), follow); break;
	case BV_BINARY: binary(g, BV_AS(binary, n), min, follow); break;
	case BV_AND: connective(g, &BV_AS(and, n)->terms, "AND ", prec[BV_L_AND], min, follow); break;
	case BV_OR: connective(g, &BV_AS(or, n)->terms, "OR ", prec[BV_L_OR], min, follow); break;
	case BV_IS:
		bv__g_expr(g, BV_AS(is, n)->operand, min, left_of(g, BV_L_IS));
		bv__g_z(g, BV_AS(is, n)->negated ? " IS NOT " : " IS ");
		bv__g_z(g, tests[BV_AS(is, n)->test]);
		if (BV_AS(is, n)->unique_keys)
			bv__g_z(g, " WITH UNIQUE KEYS");
		break;
	case BV_BETWEEN: {
		const bv_ast_between *b = BV_AS(between, n);
		bv__g_expr(g, b->operand, min, left_of(g, BV_L_BETWEEN));
		bv__g_z(g, b->negated ? " NOT BETWEEN " : " BETWEEN ");
		if (b->symmetric)
			bv__g_z(g, "SYMMETRIC ");
		bv__g_expr(g, b->low, prec[BV_L_BETWEEN], prec[BV_L_AND]);
		bv__g_z(g, " AND ");
		bv__g_expr(g, b->high, prec[BV_L_BETWEEN], follow);
		break;
	}
	case BV_IN_LIST: {
		const bv_ast_in_list *x = BV_AS(in_list, n);
		if (x->items.n == 1 && x->items.v[0]->kind == BV_SCALAR_QUERY && (g->dialect->bit & BV_D_IN_PARENS)) {
			/* Written as a list it would be read as all rows of the query. */
			bv__g_z(g, "(");
			bv__g_expr(g, x->operand, 0, left_of(g, BV_L_COMPARE));
			bv__g_z(g, x->negated ? " <> " : " = ");
			bv__g_expr(g, x->items.v[0], prec[BV_L_COMPARE], 0);
			bv__g_z(g, ")");
			break;
		}
		bv__g_expr(g, x->operand, min, left_of(g, BV_L_BETWEEN));
		bv__g_z(g, x->negated ? " NOT IN " : " IN ");
		items(g, &x->items);
		break;
	}
	case BV_IN_QUERY: {
		const bv_ast_in_query *x = BV_AS(in_query, n);
		bv__g_expr(g, x->operand, min, left_of(g, BV_L_BETWEEN));
		bv__g_z(g, x->negated ? " NOT IN " : " IN ");
		bv__g_query_parens(g, x->query);
		break;
	}
	case BV_EXISTS:
		bv__g_z(g, BV_AS(exists, n)->negated ? "NOT EXISTS " : "EXISTS ");
		bv__g_query_parens(g, BV_AS(exists, n)->query);
		break;
	case BV_SCALAR_QUERY: bv__g_query_parens(g, BV_AS(scalar_query, n)->query); break;
	case BV_ARRAY_QUERY:
		bv__g_z(g, "ARRAY");
		bv__g_query_parens(g, BV_AS(array_query, n)->query);
		break;
	case BV_QUANTIFIED: {
		const bv_ast_quantified *q = BV_AS(quantified, n);
		if (g->dialect->bit & BV_D_SPARKS)
			bv__g_refuse(g, n, "a comparison with ANY or ALL");
		bv__g_expr(g, q->left, min, left_of(g, binary_ops[q->op].level));
		bv__buf_printf(g->out, " %s %s ", binary_ops[q->op].text, q->quantifier == BV_quantifier_any ? "ANY" : "ALL");
		if (q->right->kind == BV_QUERY)
			bv__g_query_parens(g, q->right);
		else {
			bv__buf_ch(g->out, '(');
			bv__g_expr0(g, q->right);
			bv__buf_ch(g->out, ')');
		}
		break;
	}
	case BV_LIKE: {
		const bv_ast_like *l = BV_AS(like, n);
		if (l->form == BV_like_kind_similar && (g->dialect->bit & BV_D_SPARKS))
			bv__g_refuse(g, n, "SIMILAR TO");
		bv__g_expr(g, l->operand, min, left_of(g, BV_L_LIKE));
		if (l->negated)
			bv__g_z(g, " NOT");
		bv__g_z(g, likes[l->form]);
		bv_str escape = l->escape;
		bv_buf plain = BV_BUF_INIT;
		bool own = !escape.n && l->form != BV_like_kind_similar && (g->dialect->syntax & BV_SYN_LIKE_PLAIN);
		if (own && escapes(l->pattern, &plain))
			escape = BV_STR("\\");
		if (own && !escape.n && l->pattern->kind == BV_STRING)
			bv__g_string(g, bv__buf_view(&plain));
		else
			bv__g_expr(g, own ? plain_pattern(l->pattern) : l->pattern, prec[BV_L_LIKE], escape.n ? 0 : follow);
		bv__buf_free(&plain);
		if (escape.n) {
			bv__g_z(g, " ESCAPE ");
			bv__g_string(g, escape);
		}
		break;
	}
	case BV_LIKE_LIST: {
		const bv_ast_like_list *l = BV_AS(like_list, n);
		bool lists = g->dialect->bit & (BV_D_POSTGRES | BV_D_DUCKDB);
		if (l->patterns.n && lists)
			bv__g_refuse(g, n, "LIKE ANY or ALL over several patterns");
		bv__g_expr(g, l->operand, min, left_of(g, BV_L_LIKE));
		if (l->negated)
			bv__g_z(g, " NOT");
		bv__g_z(g, likes[l->form]);
		bv__g_z(g, l->quantifier == BV_quantifier_any ? "ANY " : "ALL ");
		if (!l->source)
			items(g, &l->patterns);
		else if (l->source->kind == BV_QUERY)
			bv__g_query_parens(g, l->source);
		else {
			bv__g_z(g, lists ? "(" : "(UNNEST(");
			bv__g_expr0(g, l->source);
			bv__g_z(g, lists ? ")" : "))");
		}
		if (l->escape.n) {
			bv__g_z(g, " ESCAPE ");
			bv__g_string(g, l->escape);
		}
		break;
	}
	case BV_OPERATOR: {
		const bv_ast_operator *o = BV_AS(operator, n);
		bv_str op = o->name.v[o->name.n - 1];
		/* DuckDB has no OPERATOR(schema.op). */
		if (!(g->dialect->lex & BV_LEX_OPERATORS) || ((o->name.n > 1 || bv__str_is(op, "@")) && g->dialect->bit == BV_D_DUCKDB)) {
			bv__g_refuse(g, n, "an operator of PostgreSQL or DuckDB");
			break;
		}
		if (o->left) {
			bv__g_expr(g, o->left, min, prec[BV_L_OTHER]);
			bv__buf_ch(g->out, ' ');
		} else if (g->out->n && strchr("-+~", g->out->p[g->out->n - 1])) /* the sign before it would be a part of it */
			bv__buf_ch(g->out, ' ');
		if (o->name.n > 1) {
			bv__g_z(g, "OPERATOR(");
			bv__g_name(g, o->name.v[0], false);
			bv__buf_printf(g->out, "." BV_STR_FMT ")", BV_STR_ARG(op));
		} else
			bv__buf_str(g->out, op);
		bv__buf_ch(g->out, ' ');
		bv__g_expr(g, o->right, prec[BV_L_OTHER], follow);
		break;
	}
	case BV_COLLATE:
		bv__g_expr(g, BV_AS(collate, n)->operand, min, prec[BV_L_COLLATE]);
		bv__g_z(g, " COLLATE ");
		bv__g_path(g, &BV_AS(collate, n)->collation);
		break;
	case BV_JSON_PATH: {
		const bv_ast_json_path *x = BV_AS(json_path, n);
		if (!(g->dialect->syntax & BV_SYN_COLON_PATH)) {
			bv__g_refuse(g, n, "the path `value:a.b`");
			break;
		}
		/* `a: b` gives b the name a where a select list may begin so. */
		bool name = g->dialect->bit == BV_D_GENERIC && x->operand->kind == BV_COLUMN && BV_AS(column, x->operand)->path.n == 1;
		if (name)
			bv__buf_ch(g->out, '(');
		bv__g_expr(g, x->operand, name ? 0 : min, prec[BV_L_COLON]);
		if (name)
			bv__buf_ch(g->out, ')');
		bv__buf_ch(g->out, ':');
		for (uint32_t i = 0; i < x->steps.n && !bv__g_stop(g); i++) {
			const bv_node *s = x->steps.v[i];
			bool loose = s->kind == BV_COLUMN && BV_AS(column, s)->path.n == 1, key = s->kind == BV_STRING || loose;
			if (i && key)
				bv__buf_ch(g->out, '.');
			if (key)
				bv__g_name(g, loose ? BV_AS(column, s)->path.v[0] : BV_AS(string, s)->text, loose);
			else {
				bv__buf_ch(g->out, '[');
				if (s->kind == BV_NULL_LITERAL)
					bv__buf_ch(g->out, '*');
				else
					bv__g_expr0(g, s);
				bv__buf_ch(g->out, ']');
			}
		}
		break;
	}
	case BV_PAIR: {
		const bv_node *key = BV_AS(pair, n)->key;
		if (key->kind == BV_CALL && BV_AS(call, key)->name.n == 1 && bv__str_ieq(BV_AS(call, key)->name.v[0], BV_STR("key"))) /* not the word KEY and brackets */
			bv__g_z(g, "KEY ");
		bv__g_expr0(g, key);
		bv__g_z(g, " VALUE ");
		bv__g_expr0(g, BV_AS(pair, n)->value);
		break;
	}
	case BV_CASE: case_(g, BV_AS(case, n)); break;
	case BV_CAST: cast(g, BV_AS(cast, n)); break;
	case BV_AT_TIME_ZONE:
		bv__g_expr(g, BV_AS(at_time_zone, n)->operand, min, prec[BV_L_AT_ZONE]);
		bv__g_z(g, " AT TIME ZONE ");
		bv__g_expr(g, BV_AS(at_time_zone, n)->zone, prec[BV_L_AT_ZONE], follow);
		break;
	case BV_CALL: call(g, BV_AS(call, n)); break;
	case BV_NAMED_ARG:
		bv__g_name(g, BV_AS(named_arg, n)->name, false);
		bv__g_z(g, g->dialect->bit == BV_D_DUCKDB ? " := " : " => ");
		bv__g_any(g, BV_AS(named_arg, n)->value);
		break;
	case BV_LAMBDA: {
		const bv_ast_lambda *l = BV_AS(lambda, n);
		bool literal = l->body->kind == BV_STRING || l->body->kind == BV_NUMBER;
		if (l->params.n == 1 && !literal)
			bv__g_name(g, l->params.v[0], l->params.insensitive & 1);
		else
			bv__g_names(g, &l->params);
		bv__g_z(g, " -> ");
		bv__g_expr0(g, l->body);
		break;
	}
	case BV_WINDOW: bv__g_window(g, n); break;
	case BV_ARRAY: array(g, BV_AS(array, n)); break;
	case BV_STRUCT: structure(g, BV_AS(struct, n)); break;
	case BV_MAP: map(g, BV_AS(map, n)); break;
	case BV_ROW: row(g, BV_AS(row, n)); break;
	default: bv__g_refuse(g, n, bv__nodes[n->kind].name);
	}
}

/* The width that a piece of several lines may take on one line; 0: it does not break by itself. */
static unsigned best_width(const bv_node *n)
{
	switch (n->kind) {
	case BV_AND: case BV_OR: case BV_CASE: return BV_SHORT;
	case BV_BINARY: return BV_WIDTH;
	default: return 0;
	}
}

/* On one line if that is read well, else as it breaks. */
static void laid_out(bv_gen *g, const bv_node *n, unsigned min, unsigned follow)
{
	unsigned width = g->pretty && !g->flat ? best_width(n) : 0;
	bv_attempt a;
	/* Where a sum or a concatenation breaks, it breaks at each of its operators. */
	if (g->chain && n->kind == BV_BINARY && binary_ops[BV_AS(binary, n)->op].level != BV_L_MULTIPLY)
		width = 0;
	if (width && bv__g_attempt(g, &a, n->span.end, width)) {
		bare(g, n, min, follow);
		if (bv__g_attempt_end(g, &a))
			return;
	}
	bare(g, n, min, follow);
}

/* ( n ); a condition of several lines stands between its brackets. */
static void enclosed(bv_gen *g, const bv_node *n)
{
	bv_attempt a;
	bv__buf_ch(g->out, '(');
	if ((n->kind == BV_AND || n->kind == BV_OR) && g->pretty && !g->flat) {
		bool fits = bv__g_attempt(g, &a, n->span.end, BV_SHORT);
		if (fits) {
			bare(g, n, 0, 0);
			fits = bv__g_attempt_end(g, &a);
		}
		if (!fits) {
			const bv_list *l = n->kind == BV_AND ? &BV_AS(and, n)->terms : &BV_AS(or, n)->terms;
			g->indent++;
			bv__g_break(g);
			bv__g_lead(g, n);
			g->aligned = true;
			bare(g, n, 0, 0);
			bv__g_trail(g, l->v[l->n - 1], 0);
			bv__g_rest(g, n);
			g->indent--;
			bv__g_break(g);
		}
	} else
		laid_out(g, n, 0, 0);
	bv__buf_ch(g->out, ')');
}

/* x -> y among arguments is a lambda; the operator needs parentheses there, unless its right side is a key. */
static bool like_lambda(const bv_node *n)
{
	if (n->kind != BV_BINARY || BV_AS(binary, n)->op != BV_binary_op_arrow)
		return false;
	const bv_node *left = BV_AS(binary, n)->left, *right = BV_AS(binary, n)->right;
	return left->kind == BV_COLUMN && BV_AS(column, left)->path.n == 1 && right->kind != BV_STRING && right->kind != BV_NUMBER;
}

void bv__g_expr(bv_gen *g, const bv_node *n, unsigned min, unsigned follow)
{
	if (bv__g_stop(g))
		return;
	if (++g->depth > 4 * BV_DEPTH_MAX) {
		bv__g_refuse(g, n, "a tree this deep");
		g->depth--;
		return;
	}
	unsigned self, open;
	bv_ast_like like;
	n = as_like(g, n, &like);
	binding(g, n, &self, &open);
	bv__g_lead(g, n);
	/* A prefix operator may stand where only its operand would be too weak; NOT keeps parentheses there, as every dialect reads them. */
	if (self <= min || open < follow || like_lambda(n))
		enclosed(g, n);
	else
		laid_out(g, n, min, follow);
	g->depth--;
}
