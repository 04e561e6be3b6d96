/* meaning: what calls, casts, operators and orders mean that DuckDB or PostgreSQL write otherwise than the engine. In: a node as read whose children are
 * bound (calls by name: before that) or typed; out: the same meaning in the engine's words, or the node itself, or a diagnostic. Calls are rows of
 * meanings.def; what hangs on types beyond a call is below. What is made here is marked, so that it is never asked again.
 *
 *   casts       to a whole number from a float    -> to the nearest, of two to the even one
 *               to a whole number from a decimal  -> round(x) first
 *               to text, also by || and concat    -> the dialect's text of timestamps and floats
 *   round, ceil of decimals                       -> casts to as many digits
 *   date ± INTERVAL                               -> a timestamp
 *   date - date                                   -> days, by the seconds of both
 *   count * INTERVAL, INTERVAL (count) unit       -> the interval of a text
 *   decimal / decimal, of PostgreSQL              -> a decimal with 16 digits behind the point
 *   float / x, of DuckDB                          -> one NaN
 *   a decimal beside a float                      -> a float, also in CASE, IN, coalesce
 *   ORDER BY, PARTITION BY, DISTINCT, IN, CASE of a float -> x + 0.0: 0.0 and -0.0 are one value
 *   LIKE, of DuckDB                               -> a backslash is no escape
 *   ~, SIMILAR TO                                 -> the engine's regular expressions
 *   x = ANY(list)                                 -> NULL where an element is NULL and none is x
 *   (a, b) < (c, d), (a, b) IN (…), of PostgreSQL -> their parts
 *   AT TIME ZONE                                  -> an instant in UTC, or a time without a zone
 *
 * Preconditions: an operand that is written twice is not volatile. */
#include <pthread.h>
#include <regex.h>
#include <stdlib.h>

#include "lane/lane_internal.h"

enum { D = 1, P = 2, S = 4, N = 8, B = 16, T = 32, OTHERS = S | N | B | T };

static const struct {
	unsigned dialects;
	const char *name, *args, *meaning;
} meanings[] = {
#define BV_MEANING(dialects, name, args, meaning) {dialects, name, args, meaning},
#include "lane/meanings.def"
#include "lane/other_meanings.def"
#undef BV_MEANING
};

/* The rows of a name, in their order: by the hash of its letters. An entry is a row's index + 1. */
enum { SLOTS = 1024 };
static uint16_t first_rows[SLOTS], next_rows[BV_COUNT(meanings)];
static pthread_once_t rows_once = PTHREAD_ONCE_INIT;

static unsigned slot(bv_str name)
{
	unsigned h = name.n;
	for (uint32_t i = 0; i < name.n; i++)
		h = h * 31 + (name.p[i] | 32);
	return h % SLOTS;
}

static void make_rows(void)
{
	for (unsigned i = BV_COUNT(meanings); i-- > 0;) {
		uint16_t *first = &first_rows[slot(bv__str(meanings[i].name))];
		next_rows[i] = *first;
		*first = (uint16_t)(i + 1);
	}
}

/* The first row from `at` (an entry) that is this name's in the dialect; 0: there is none. */
static unsigned row_from(unsigned at, unsigned dialect, bv_str name)
{
	while (at && !((meanings[at - 1].dialects & dialect) && bv__str_ieq(name, bv__str(meanings[at - 1].name))))
		at = next_rows[at - 1];
	return at;
}

static unsigned first_row(unsigned dialect, bv_str name)
{
	pthread_once(&rows_once, make_rows);
	return row_from(first_rows[slot(name)], dialect, name);
}

static unsigned next_row(unsigned at, unsigned dialect, bv_str name) { return row_from(next_rows[at - 1], dialect, name); }

static unsigned read_dialect(const bv_lane_state *st)
{
	static const struct {
		const char *name;
		unsigned letter;
	} letters[] = {{"duckdb", D}, {"postgres", P}, {"spark", S}, {"databricks", S}, {"snowflake", N}, {"bigquery", B}, {"trino", T}};
	const char *name = bv__dialect_name(st->cx->dialect);
	for (unsigned i = 0; i < BV_COUNT(letters); i++)
		if (strcmp(name, letters[i].name) == 0)
			return letters[i].letter;
	return 0;
}

/* Of casts, operators and types: those dialects whose engines there is something to compare with. */
bool bv__has_meanings(const bv_lane_state *st) { return (read_dialect(st) & (D | P)) != 0; }

static bv_node *refused(bv_lane_state *st, bv_node *n, const char *what, const char *hint)
{
	bv_diagnostic *e = bv__diag(st->d, BV_E_NOT_SUPPORTED, n->span, "%s", what);
	if (hint)
		bv__diag_hint(st->d, e, "%s", hint);
	return n;
}

/* ---- templates ---- */

typedef struct say_ctx {
	bv_lane_state *st;
	bv_node *const *args;
	uint32_t n;
	bv_span span;
	uint32_t *used; /* how often each argument was put in */
	bool engine;    /* mark what is made */
} say_ctx;

static bv_node *put_in(void *ctx, bv_node *n)
{
	say_ctx *s = ctx;
	if (n->kind == BV_PARAMETER) {
		uint32_t i = (uint32_t)strtoul(BV_AS(parameter, n)->name.p, NULL, 10) - 1;
		if (i >= s->n)
			return n;
		return s->used[i]++ ? bv__copy_expr(s->st, s->args[i]) : s->args[i];
	}
	n->span = s->span;
	if (s->engine)
		n->mark |= BV_MARK_ENGINE;
	/* f($0): all of them */
	bv_list *all = n->kind == BV_CALL && BV_AS(call, n)->args.n == 1 && BV_AS(call, n)->args.v[0]->kind == BV_PARAMETER ? &BV_AS(call, n)->args : NULL;
	if (all && bv__str_is(BV_AS(parameter, all->v[0])->name, "0")) {
		*all = bv__list_of(s->st->arena, (bv_node **)(uintptr_t)s->args, s->n);
		return n;
	}
	bv__lane_children(n, put_in, s);
	return n;
}

/* The expression of a template with arguments in the places of $1, $2, …; NULL: an argument that is needed twice is volatile. */
static bv_node *say(bv_lane_state *st, bv_span span, const char *text, bv_node *const *args, uint32_t n)
{
	bool engine = *text != '~';
	bv_str sql = bv__sql_text(st->arena, bv__arena_printf(st->arena, "SELECT %s", text + !engine));
	bv_list statements = {0};
	uint32_t *used = BV_NEWN(st->arena, uint32_t, n + 1);
	if (!used || !sql.p || !bv__sql_parse_text(st->arena, sql, 0, bv__datafusion, &statements, st->d) || !statements.n)
		return NULL;
	memset(used, 0, sizeof *used * (n + 1));
	bv_node *item = BV_AS(select, BV_AS(query, statements.v[0])->body)->projections.v[0];
	say_ctx s = {st, args, n, span, used, engine};
	item = put_in(&s, item->kind == BV_ALIAS ? BV_AS(alias, item)->operand : item);
	for (uint32_t i = 0; i < n; i++)
		if (used[i] > 1 && bv__is_volatile(st, args[i])) {
			bv_diagnostic *e = bv__diag(st->d, BV_E_NOT_SUPPORTED, args[i]->span, "what is volatile cannot stand here: the engine needs it twice");
			bv__diag_hint(st->d, e, "give it a name in a CTE");
			break;
		}
	return item;
}

#define SAY(st, n, text, ...) say(st, (n)->span, text, (bv_node *[]){NULL, ##__VA_ARGS__} + 1, BV_COUNT(((bv_node *[]){NULL, ##__VA_ARGS__})) - 1)

/* ---- classes ---- */

static const bv_node *written(const bv_node *n)
{
	while (n->kind == BV_CAST && n->type && BV_AS(cast, n)->operand->kind == BV_STRING && bv__type_is_string(n->type))
		n = BV_AS(cast, n)->operand;
	return n;
}

static bool whole_text(const bv_node *n)
{
	bv_str t = BV_AS(number, n)->text;
	for (uint32_t i = 0; i < t.n; i++)
		if (t.p[i] < '0' || t.p[i] > '9')
			return false;
	return t.n > 0;
}

static bool is_int32(const bv_node *n)
{
	if (n->kind == BV_UNARY && BV_AS(unary, n)->op == BV_unary_op_negate)
		n = BV_AS(unary, n)->operand;
	if (n->kind == BV_NUMBER)
		return BV_AS(number, n)->text.n < 10;
	switch (n->type->id) {
	case BV_T_INT8: case BV_T_INT16: case BV_T_INT32: case BV_T_UINT8: case BV_T_UINT16:
		return true;
	default:
		return false;
	}
}

/* Does PostgreSQL read the pattern as the engine does? No alternatives where the longest would win, no lazy repetition, no escape of its own. */
static bool same_regex(bv_str p)
{
	if (p.n >= 3 && memcmp(p.p, "***", 3) == 0)
		return false;
	for (uint32_t i = 0; i < p.n; i++) {
		char c = p.p[i], next = i + 1 < p.n ? p.p[i + 1] : 0;
		if (c == '|' || ((c == '*' || c == '+' || c == '?' || c == '}') && next == '?') || (c == '(' && next == '?' && !(i + 2 < p.n && p.p[i + 2] == ':')))
			return false;
		if (c == '[' && (next == '[' || next == ':'))
			return false;
		if (c == '\\') {
			bool letter = (next >= 'a' && next <= 'z') || (next >= 'A' && next <= 'Z') || (next >= '0' && next <= '9') || next == '<' || next == '>';
			if (!next || (letter && !strchr("dswDSWntr", next)))
				return false;
			i++;
		}
	}
	return true;
}

/* Does the pattern match no empty text? Yes, if a character of it stands outside of parentheses and is not repeated from zero on. */
static bool never_empty(bv_str p)
{
	unsigned depth = 0;
	for (uint32_t i = 0; i < p.n; i++) {
		char c = p.p[i];
		if (c == '(' || c == ')') {
			depth = c == '(' ? depth + 1 : depth - (depth > 0);
			continue;
		}
		if (c == '[') {
			i += i + 1 < p.n && p.p[i + 1] == '^' ? 2 : 1;
			const char *end = i + 1 < p.n ? memchr(p.p + i + 1, ']', p.n - i - 1) : NULL;
			if (!end)
				return false;
			i = (uint32_t)(end - p.p);
		} else if (c == '\\') {
			i++;
		} else if (strchr("^$*+?{}", c)) {
			if (c == '{')
				while (i + 1 < p.n && p.p[i] != '}')
					i++;
			continue;
		}
		char next = i + 1 < p.n ? p.p[i + 1] : 0;
		if (!depth && next != '*' && next != '?' && next != '{')
			return true;
	}
	return false;
}

/* Parts of a date that everybody counts alike. */
#define ALIKE "year|quarter|month|day|hour|minute"

/* One of `a|b|c`, in any case. */
static bool one_of(bv_str word, const char *from, const char *end)
{
	while (from < end) {
		const char *bar = memchr(from, '|', (size_t)(end - from));
		const char *to = bar ? bar : end;
		if (bv__str_ieq(word, (bv_str){from, (uint32_t)(to - from)}))
			return true;
		from = to + 1;
	}
	return false;
}

static bool is_list(const bv_type *t) { return t->id == BV_T_LIST || t->id == BV_T_LARGE_LIST || t->id == BV_T_FIXED_LIST || t->id == BV_T_LIST_VIEW || t->id == BV_T_LARGE_LIST_VIEW; }
static bool is_interval(const bv_type *t) { return t->id == BV_T_INTERVAL_YEAR_MONTH || t->id == BV_T_INTERVAL_DAY_TIME || t->id == BV_T_INTERVAL_MONTH_DAY_NANO || t->id == BV_T_DURATION; }
static bool is_date(const bv_type *t) { return t->id == BV_T_DATE32 || t->id == BV_T_DATE64; }
static bool is_moment(const bv_type *t) { return is_date(t) || t->id == BV_T_TIMESTAMP; }

static bool fits(const bv_node *arg, const char *c, size_t n)
{
#define IS(word) (n == sizeof word - 1 && memcmp(c, word, n) == 0)
	const bv_node *w = written(arg);
	if (*c == '\'')
		return w->kind == BV_STRING && one_of(BV_AS(string, w)->text, c + 1, c + n - 1);
	if (IS("nat"))
		return arg->kind == BV_NUMBER && whole_text(arg);
	if (IS("neg"))
		return arg->kind == BV_UNARY && BV_AS(unary, arg)->op == BV_unary_op_negate && BV_AS(unary, arg)->operand->kind == BV_NUMBER && whole_text(BV_AS(unary, arg)->operand);
	if (IS("word"))
		return w->kind == BV_STRING && BV_AS(string, w)->text.n;
	if (IS("regex"))
		return w->kind == BV_STRING && same_regex(BV_AS(string, w)->text);
	if (IS("solid"))
		return w->kind == BV_STRING && same_regex(BV_AS(string, w)->text) && never_empty(BV_AS(string, w)->text);
	if (IS("*"))
		return true;
	const bv_type *t = arg->type;
	if (!t || t->id == BV_T_NULL)
		return t != NULL;
	if (IS("bool"))
		return t->id == BV_T_BOOL;
	if (IS("int"))
		return bv__type_is_integer(t);
	if (IS("int32"))
		return bv__type_is_integer(t) && is_int32(arg);
	if (IS("int64"))
		return bv__type_is_integer(t) && !is_int32(arg);
	if (IS("float"))
		return bv__type_is_float(t);
	if (IS("real"))
		return t->id == BV_T_FLOAT32;
	if (IS("decimal"))
		return bv__type_is_decimal(t);
	if (IS("number"))
		return bv__type_is_numeric(t);
	if (IS("text"))
		return bv__type_is_string(t);
	if (IS("date"))
		return is_date(t);
	if (IS("timestamp"))
		return t->id == BV_T_TIMESTAMP && !t->zone.n;
	if (IS("tz"))
		return t->id == BV_T_TIMESTAMP && t->zone.n;
	if (IS("moment"))
		return is_moment(t);
	if (IS("time"))
		return t->id == BV_T_TIME32 || t->id == BV_T_TIME64;
	if (IS("interval"))
		return is_interval(t);
	if (IS("fine"))
		return bv__type_is_integer(t) || (bv__type_is_decimal(t) && t->scale <= 13);
	if (IS("floats"))
		return is_list(t) && bv__type_is_float(t->children[0].type);
	if (IS("reals"))
		return is_list(t) && t->children[0].type->id == BV_T_FLOAT32;
	if (IS("list"))
		return is_list(t);
	return false;
#undef IS
}

enum { NAMES = 1, TYPES = 2 };

/* Does the row have as many arguments, and which stage knows? 0: not as many. */
static unsigned row_stage(const char *args, uint32_t n)
{
	uint32_t count = 0;
	unsigned stage = NAMES;
	while (*args) {
		const char *comma = strchr(args, ',');
		size_t len = comma ? (size_t)(comma - args) : strlen(args);
		if (len == 3 && memcmp(args, "...", 3) == 0)
			return n >= count ? stage : 0;
		count++;
		if (len != 1 || *args != '*')
			stage = TYPES;
		args += len + (comma ? 1 : 0);
		while (*args == ' ')
			args++;
	}
	return count == n ? stage : 0;
}

static bool row_fits(const char *args, const bv_list *given)
{
	for (uint32_t i = 0; *args && *args != '.'; i++) {
		const char *comma = *args == '\'' ? strchr(strchr(args + 1, '\''), ',') : strchr(args, ',');
		size_t len = comma ? (size_t)(comma - args) : strlen(args);
		if (!fits(given->v[i], args, len))
			return false;
		args += len + (comma ? 1 : 0);
		while (*args == ' ')
			args++;
	}
	return true;
}

/* DISTINCT, ORDER BY, FILTER and OVER of the call go to the aggregate or window that the template holds. */
typedef struct carry_ctx {
	bv_lane_state *st;
	const bv_ast_call *from;
	bool done;
} carry_ctx;

static bv_walk carry(bv_node *n, bv_node *parent, void *ctx)
{
	(void)parent;
	carry_ctx *k = ctx;
	if (n->kind != BV_CALL || !(n->mark & BV_MARK_ENGINE))
		return n->mark & BV_MARK_ENGINE ? BV_WALK_CONTINUE : BV_WALK_PRUNE;
	bv_ast_call *c = BV_AS(call, n);
	bv_str name = c->name.v[0];
	if (!bv__functions_find(k->st->cx->functions, name, BV_FN_AGGREGATE) && !bv__functions_find(k->st->cx->functions, name, BV_FN_WINDOW))
		return BV_WALK_CONTINUE;
	bv_ast_call *copy = k->done ? (bv_ast_call *)bv__copy_expr(k->st, &k->from->head) : NULL;
	if (copy)
		k->from = copy; /* the clauses once more */
	c->distinct = k->from->distinct;
	if (k->from->order_by.n && c->order_by.n)
		(void)refused(k->st, n, "this aggregate has an order of its own", "leave ORDER BY out of the call");
	else if (k->from->order_by.n)
		c->order_by = k->from->order_by;
	if (k->from->within_group.n)
		c->within_group = k->from->within_group;
	if (c->filter && k->from->filter) {
		bv_node *both = bv__node_new(k->st->arena, BV_AND, n->span), *terms[] = {k->from->filter, c->filter};
		if (both) {
			BV_AS(and, both)->terms = bv__list_of(k->st->arena, terms, 2);
			both->mark = BV_MARK_ENGINE;
			c->filter = both;
		}
	} else if (k->from->filter) {
		c->filter = k->from->filter;
	}
	c->nulls = k->from->nulls;
	c->over = k->from->over;
	k->done = true;
	return BV_WALK_PRUNE;
}

static bool has_clauses(const bv_ast_call *c) { return c->distinct || c->order_by.n || c->within_group.n || c->filter || c->nulls || c->over; }

static bv_node *engine_call(bv_lane_state *st, bv_ast_call *c, const char *meaning)
{
	if (*meaning == '=')
		return &c->head;
	if (*meaning == '!') {
		bv_str name = c->name.v[0];
		bv_diagnostic *e = bv__diag(st->d, BV_E_NOT_SUPPORTED, c->head.span, "`" BV_STR_FMT "` of these arguments means something else in the engine", BV_STR_ARG(name));
		bv__diag_hint(st->d, e, "%s", meaning + 1);
		return &c->head;
	}
	bv_node *out = say(st, c->head.span, meaning, c->args.v, c->args.n);
	if (!out)
		return &c->head;
	if (*meaning == '~' && out->kind == BV_CALL && has_clauses(c)) {
		bv_ast_call *k = BV_AS(call, out);
		k->distinct = c->distinct, k->order_by = c->order_by, k->within_group = c->within_group, k->filter = c->filter, k->nulls = c->nulls, k->over = c->over;
		return out;
	}
	if (has_clauses(c)) {
		carry_ctx k = {st, c, false};
		bv__walk(out, carry, &k);
		if (!k.done)
			return refused(st, &c->head, "this function takes no DISTINCT, ORDER BY, FILTER or OVER", NULL);
	}
	return out;
}

/* A function of the engine that another dialect calls, and no row tells of. */
static void not_compared(bv_lane_state *st, const bv_ast_call *c)
{
	bv_str name = c->name.v[0];
	const bv_node *first = c->args.n ? c->args.v[0] : NULL, *second = c->args.n > 1 ? c->args.v[1] : NULL;
	if (bv__str_ieq(name, BV_STR("date_part")) && first && first->kind == BV_STRING && one_of(BV_AS(string, first)->text, ALIKE, ALIKE + sizeof ALIKE - 1))
		return;
	if (bv__str_ieq(name, BV_STR("substr")) || bv__str_ieq(name, BV_STR("substring"))) {
		if (second && second->kind == BV_NUMBER && !bv__str_is(BV_AS(number, second)->text, "0"))
			return;
		(void)refused(st, (bv_node *)(uintptr_t)&c->head, "a start below 1 counts from the end there, and from before the first character in the engine", "write the start as a number, or read the query with dialect: datafusion");
		return;
	}
	if (!bv__call_function(st, c))
		return;
	bv_diagnostic *w = bv__warn(st->d, BV_E_NOT_COMPARED, c->head.span, "`" BV_STR_FMT "` means here what it means in the engine: nobody compared it with %s", BV_STR_ARG(name), bv__dialect_title(st->cx->dialect));
	bv__diag_hint(st->d, w, "check it, and read the query with dialect: datafusion");
}

bv_node *bv__meant_by_name(bv_lane_state *st, bv_ast_call *c)
{
	unsigned dialect = read_dialect(st);
	if (!dialect || c->name.n != 1 || c->head.mark & BV_MARK_ENGINE)
		return NULL;
	/* EXTRACT has its field in capitals; date_part gives a float. */
	bv_str part = dialect == P && c->args.n == 2 && bv__str_ieq(c->name.v[0], BV_STR("date_part")) && c->args.v[0]->kind == BV_STRING ? BV_AS(string, c->args.v[0])->text : (bv_str){"", 0};
	if (part.n && part.p[0] >= 'a' && part.p[0] <= 'z')
		return SAY(st, &c->head, "~CAST(date_part($1, $2) AS DOUBLE)", bv__string(st->arena, c->args.v[0]->span, bv__arena_upper(st->arena, part)), c->args.v[1]);
	/* round(x::numeric, 2): the cast rounds to as many digits itself. */
	if (dialect == P && c->args.n == 2 && bv__str_ieq(c->name.v[0], BV_STR("round")) && !has_clauses(c) && c->args.v[0]->kind == BV_CAST && bv__is_numeric(BV_AS(type, BV_AS(cast, c->args.v[0])->type)) &&
		c->args.v[1]->kind == BV_NUMBER && whole_text(c->args.v[1]) && BV_AS(number, c->args.v[1])->text.n < 3 && strtol(BV_AS(number, c->args.v[1])->text.p, NULL, 10) <= 30)
		return say(st, c->head.span, bv__arena_printf(st->arena, "~CAST($1 AS DECIMAL(38, " BV_STR_FMT "))", BV_STR_ARG(BV_AS(number, c->args.v[1])->text)).p, &BV_AS(cast, c->args.v[0])->operand, 1);
	for (uint32_t i = 0; i < c->args.n; i++)
		if (c->args.v[i]->kind == BV_NAMED_ARG || c->args.v[i]->kind == BV_STAR)
			return NULL;
	for (unsigned at = first_row(dialect, c->name.v[0]); at; at = next_row(at, dialect, c->name.v[0])) {
		unsigned stage = row_stage(meanings[at - 1].args, c->args.n);
		if (stage == TYPES)
			return NULL;
		if (stage != NAMES)
			continue;
		c->head.mark |= BV_MARK_ENGINE;
		bv_node *n = engine_call(st, c, meanings[at - 1].meaning);
		return n == &c->head ? NULL : n;
	}
	if (dialect & OTHERS)
		not_compared(st, c);
	return NULL;
}

bool bv__has_meaning(const bv_lane_state *st, const bv_ast_call *c)
{
	unsigned dialect = read_dialect(st);
	for (unsigned at = dialect && c->name.n == 1 && !c->over ? first_row(dialect, c->name.v[0]) : 0; at; at = next_row(at, dialect, c->name.v[0]))
		if (row_stage(meanings[at - 1].args, c->args.n))
			return true;
	return false;
}

/* ---- text ---- */

/* Has a decimal of PostgreSQL's as many digits behind the point as its type says? Each value of a quotient has its own number of them, and so has what is
 * chosen among decimals of several types. */
static bool has_its_scale(const bv_node *n)
{
	const bv_type *t = n->type;
	if (!t || !bv__type_is_decimal(t))
		return true;
	switch (n->kind) {
	case BV_COLUMN:
		return t->precision != 38 || t->scale != 16; /* a quotient's */
	case BV_CAST:
		return !(t->precision == 38 && t->scale == 16 && n->mark & BV_MARK_ENGINE);
	case BV_UNARY:
		return has_its_scale(BV_AS(unary, n)->operand);
	case BV_BINARY:
		return BV_AS(binary, n)->op <= BV_binary_op_multiply && has_its_scale(BV_AS(binary, n)->left) && has_its_scale(BV_AS(binary, n)->right);
	case BV_CALL: {
		const bv_ast_call *c = BV_AS(call, n);
		bv_str name = c->name.v[0];
		if (bv__str_is(name, "round") || bv__str_is(name, "trunc"))
			return true;
		if (!bv__str_is(name, "abs") && !bv__str_is(name, "sum") && !bv__str_is(name, "min") && !bv__str_is(name, "max"))
			return false;
		return c->args.n == 1 && has_its_scale(c->args.v[0]);
	}
	default:
		return false;
	}
}

/* PostgreSQL writes no fraction of zero, and an exponent of at least two digits, with its sign, from 1e15 on and below 1e-4. */
#define POSTGRES_FLOAT "replace(regexp_replace(regexp_replace(regexp_replace(replace(regexp_replace(regexp_replace(regexp_replace(CAST($1 AS VARCHAR), '\\.0$', ''), '^(-?)([0-9])([0-9]{15})$', '${1}${2}.${3}e15'), " \
					   "'^(-?)0\\.0000([1-9])([0-9]*)$', '${1}${2}.${3}e-5'), '.e-5', 'e-5'), '\\.?0*e', 'e'), 'e([0-9])', 'e+${1}'), 'e([+-])([0-9])$', 'e${1}0${2}'), 'inf', 'Infinity')"

/* The value as the dialect writes it into a text. `cast`: by CAST, not by ||, concat or the like. */
static bv_node *as_text(bv_lane_state *st, bv_node *n, bool cast)
{
	const bv_type *t = n->type;
	bool postgres = read_dialect(st) == P;
	if (postgres && !has_its_scale(n))
		return refused(st, n, "in PostgreSQL each value of this decimal has digits of its own behind the point", "round it to the digits that the text is to have");
	if (!t || t->id == BV_T_NULL || bv__type_is_string(t) || bv__type_is_integer(t) || bv__type_is_decimal(t) || is_date(t) || t->id == BV_T_DICTIONARY)
		return n;
	if (t->id == BV_T_BOOL)
		return postgres && !cast ? SAY(st, n, "CASE WHEN $1 THEN 't' WHEN NOT $1 THEN 'f' END", n) : n;
	if (t->id == BV_T_TIMESTAMP && !t->zone.n)
		return SAY(st, n, "regexp_replace(replace(CAST(CAST($1 AS TIMESTAMP(6)) AS VARCHAR), 'T', ' '), '(\\.[0-9]*?)0+$', '\\1')", n);
	if (t->id == BV_T_FLOAT64 && postgres)
		return SAY(st, n, POSTGRES_FLOAT, n);
	if (t->id == BV_T_FLOAT64)
		return SAY(st, n, "replace(regexp_replace(regexp_replace(replace(regexp_replace(CAST($1 AS VARCHAR), '^(-?)0\\.0000([1-9])([0-9]*)$', '${1}${2}.${3}e-5'), '.e-5', 'e-5'), 'e([0-9])', 'e+\\1'), 'e([+-])([0-9])$', 'e${1}0${2}'), 'NaN', 'nan')", n);
	return refused(st, n, bv__type_is_float(t) ? "the text of a float is another in the engine" : "the text of such a value is another in the engine",
		bv__type_is_float(t) ? "cast it to a decimal first, or round it" : "make the text of its parts");
}

/* ---- casts ---- */

static const char nearest_small[] = "CAST($1 AS DOUBLE) + 6755399441055744.0 - 6755399441055744.0";
static const char nearest[] = "CASE WHEN abs(CAST($1 AS DOUBLE)) >= 4503599627370496 THEN CAST($1 AS DOUBLE) WHEN $1 < 0 THEN CAST($1 AS DOUBLE) - 4503599627370496.0 + 4503599627370496.0 "
							  "ELSE CAST($1 AS DOUBLE) + 4503599627370496.0 - 4503599627370496.0 END";

/* Does a cast change the value of an element otherwise than the engine's? */
static bool casts_apart(const bv_type *from, const bv_type *to)
{
	if (is_list(from) && is_list(to))
		return casts_apart(from->children[0].type, to->children[0].type);
	if (from->id == BV_T_STRUCT && to->id == BV_T_STRUCT) {
		for (uint32_t i = 0; i < from->nchildren && i < to->nchildren; i++)
			if (casts_apart(from->children[i].type, to->children[i].type))
				return true;
		return false;
	}
	return (bv__type_is_integer(to) && (bv__type_is_float(from) || bv__type_is_decimal(from))) || (bv__type_is_string(to) && !bv__type_is_string(from) && !bv__type_is_integer(from));
}

enum { BOOL = 1, INT = 2, FLOAT = 4, DECIMAL = 8, TEXT = 16, BINARY = 32, DATE = 64, TIME = 128, MOMENT = 256, INTERVAL = 512, LIST = 1024, STRUCT = 2048, MAP = 4096, NUMBER = INT | FLOAT | DECIMAL };

static unsigned class_of(const bv_type *t)
{
	return t->id == BV_T_BOOL ? BOOL : bv__type_is_integer(t) ? INT : bv__type_is_float(t) ? FLOAT : bv__type_is_decimal(t) ? DECIMAL : bv__type_is_string(t) ? TEXT : is_date(t) ? DATE : is_interval(t) ? INTERVAL : is_list(t) ? LIST :
		   t->id == BV_T_TIME32 || t->id == BV_T_TIME64 ? TIME : t->id == BV_T_TIMESTAMP ? MOMENT : t->id == BV_T_STRUCT ? STRUCT : t->id == BV_T_MAP ? MAP : t->id == BV_T_BINARY || t->id == BV_T_BINARY_VIEW || t->id == BV_T_LARGE_BINARY ? BINARY : 0;
}

/* Do columns of these types, one below the other, become other values than in the engine? Texts become numbers in PostgreSQL, and what they stand for there in DuckDB's floats. */
bool bv__columns_apart(const bv_lane_state *st, const bv_type *a, const bv_type *b)
{
	unsigned x = class_of(a), y = class_of(b), both = x | y;
	bool postgres = read_dialect(st) == P;
	if (x != y && both & TEXT)
		return (both & ~(unsigned)TEXT & (postgres ? NUMBER | BOOL | TIME | INTERVAL : FLOAT | DATE | TIME | MOMENT | INTERVAL | BOOL)) != 0;
	return x != y && both == (DATE | MOMENT) && (a->zone.n || b->zone.n);
}

/* What a cast of these may become: the engine also makes dates of numbers, and a list of one of anything. */
static bool castable(const bv_type *from, const bv_type *to, bool postgres)
{
	static const struct {
		unsigned from, duckdb, postgres;
	} rows[] = {{BOOL, BOOL | NUMBER, BOOL | INT}, {INT, BOOL | NUMBER, BOOL | NUMBER}, {FLOAT | DECIMAL, BOOL | NUMBER, NUMBER}, {TEXT, ~(LIST | STRUCT | MAP), ~(LIST | STRUCT | MAP)}, {BINARY, BINARY, BINARY}, {DATE, DATE | MOMENT, DATE | MOMENT},
		{TIME, TIME, TIME}, {MOMENT, DATE | TIME | MOMENT, DATE | TIME | MOMENT}, {INTERVAL, INTERVAL, INTERVAL}, {LIST, LIST, LIST}, {STRUCT, STRUCT, STRUCT}, {MAP, MAP, MAP}};
	unsigned x = class_of(from), y = class_of(to);
	for (unsigned i = 0; x && y && y != TEXT && i < BV_COUNT(rows); i++)
		if (rows[i].from & x)
			return (postgres ? rows[i].postgres : rows[i].duckdb) & y;
	return true;
}

bool bv__is_numeric(const bv_ast_type *t) { return t->foreign.n == 1 && bv__str_is(t->foreign.v[0], "numeric") && !t->args.n; }

/* NUMERIC of PostgreSQL without digits: each value keeps its own. */
static bv_node *numeric(bv_lane_state *st, bv_ast_cast *c)
{
	bv_node *x = c->operand;
	const bv_node *w = written(x);
	if (x->type && (x->type->id == BV_T_NULL || x->kind == BV_NULL_LITERAL))
		return SAY(st, &c->head, "CAST(NULL AS DECIMAL(1, 0))");
	if (x->type && bv__type_is_decimal(x->type))
		return x;
	if (x->type && bv__type_is_integer(x->type))
		return SAY(st, &c->head, "CAST($1 AS DECIMAL(20, 0))", x);
	if (w->kind == BV_STRING) {
		bv_str s = BV_AS(string, w)->text;
		uint32_t i = s.n && (s.p[0] == '-' || s.p[0] == '+'), digits = 0, scale = 0;
		bool point = false;
		for (; i < s.n && ((s.p[i] >= '0' && s.p[i] <= '9') || (s.p[i] == '.' && !point)); i++) {
			point = point || s.p[i] == '.';
			digits += s.p[i] != '.';
			scale += point && s.p[i] != '.';
		}
		if (i == s.n && digits && digits <= 38)
			return say(st, c->head.span, bv__arena_printf(st->arena, "CAST($1 AS DECIMAL(%u, %u))", digits, scale).p, &x, 1);
	}
	return refused(st, &c->head, "NUMERIC without digits keeps as many as each value has", "write NUMERIC(p, s), or round(x::numeric, digits)");
}

/* INTERVAL '1': without its unit a number is of seconds, to the engine of months. */
static bool ends_in_number(bv_str s)
{
	while (s.n && s.p[s.n - 1] == ' ')
		s.n--;
	uint32_t i = s.n;
	while (i && ((s.p[i - 1] >= '0' && s.p[i - 1] <= '9') || s.p[i - 1] == '.'))
		i--;
	return i < s.n && (!i || s.p[i - 1] == ' ' || s.p[i - 1] == '-' || s.p[i - 1] == '+');
}

/* Has a unit a fraction that counts otherwise there? Of a week, month or year; of a unit behind the text (INTERVAL '1.5' DAY is one day); below a microsecond. */
static bool divided_interval(bv_lane_state *st, const bv_node *v, unsigned unit)
{
	bv_str s = v->kind == BV_STRING ? BV_AS(string, v)->text : v->kind == BV_NUMBER ? BV_AS(number, v)->text : (bv_str){"", 0};
	bool point = false;
	uint32_t digits = 0, kept = 6;
	const char *at = memchr(s.n ? s.p : "", '.', s.n);
	if (unit == BV_interval_unit_text && ends_in_number(s))
		return true;
	if (!at)
		return false;
	if (unit != BV_interval_unit_text)
		return (unit != BV_interval_unit_second && unit != BV_interval_unit_millisecond) || (uint32_t)(s.p + s.n - at - 1) > (unit == BV_interval_unit_second ? 6 : 3);
	s = bv__arena_lower(st->arena, s);
	for (uint32_t i = 0; i < s.n; i++) {
		if (s.p[i] >= 'a' && s.p[i] <= 'z') {
			bool small = s.p[i] == 'd' || s.p[i] == 'h' || s.p[i] == 's' || s.p[i] == 'u' || (s.p[i] == 'm' && i + 2 < s.n && (memcmp(s.p + i, "min", 3) == 0 || memcmp(s.p + i, "mil", 3) == 0 || memcmp(s.p + i, "mic", 3) == 0 || memcmp(s.p + i, "ms", 2) == 0));
			bool decade = s.n - i >= 3 && memcmp(s.p + i, "dec", 3) == 0;
			kept = s.p[i] == 'u' || (i + 2 < s.n && memcmp(s.p + i, "mic", 3) == 0) ? 0 : i + 1 < s.n && s.p[i] == 'm' && (s.p[i + 1] == 's' || memcmp(s.p + i, "mil", 3) == 0) ? 3 : 6;
			if (point && (!small || decade || digits > kept))
				return true;
			point = false;
			while (i + 1 < s.n && s.p[i + 1] >= 'a' && s.p[i + 1] <= 'z')
				i++;
		} else if (s.p[i] == '.') {
			point = true;
			digits = 0;
		} else {
			digits++;
		}
	}
	return point && digits > 6;
}

/* A type's name in the engine's SQL. */
static bv_str name_of(bv_lane_state *st, const bv_type *t)
{
	static const int digits[] = {[BV_UNIT_S] = 0, [BV_UNIT_MS] = 3, [BV_UNIT_US] = 6, [BV_UNIT_NS] = 9};
	switch (t->id) {
	case BV_T_INT8: return BV_STR("TINYINT");
	case BV_T_INT16: return BV_STR("SMALLINT");
	case BV_T_INT32: return BV_STR("INT");
	case BV_T_INT64: return BV_STR("BIGINT");
	case BV_T_UINT8: return BV_STR("UTINYINT");
	case BV_T_UINT16: return BV_STR("USMALLINT");
	case BV_T_UINT32: return BV_STR("UINTEGER");
	case BV_T_UINT64: return BV_STR("UBIGINT");
	case BV_T_FLOAT32: return BV_STR("REAL");
	case BV_T_FLOAT64: return BV_STR("DOUBLE");
	case BV_T_DATE32: return BV_STR("DATE");
	case BV_T_TIME32: case BV_T_TIME64: return bv__arena_printf(st->arena, "TIME(%d)", digits[t->unit]);
	case BV_T_TIMESTAMP: return bv__arena_printf(st->arena, "TIMESTAMP(%d)%s", digits[t->unit], t->zone.n ? " WITH TIME ZONE" : "");
	default: return bv__type_is_decimal(t) ? bv__arena_printf(st->arena, "DECIMAL(%d, %d)", t->precision, t->scale) : (bv_str){"", 0};
	}
}

/* TRY_CAST of a text: what everybody reads alike is read, what cannot be meant is NULL, and what only one of both reads is an error: '!' is no value. */
static bv_node *try_text(bv_lane_state *st, bv_ast_cast *c, const bv_type *to)
{
#define SPACE "[ \t\r\n]*"
	static const struct {
		unsigned to;
		const char *alike, *read, *maybe;
	} rows[] = {
		{INT, "^ *[+-]?[0-9]+(\\.[0-9]+)? *$", "CAST(round(TRY_CAST(trim($1) AS DECIMAL(38, 10))) AS DECIMAL(38, 0))", "^" SPACE "[-+]?[0-9._]+([eE][-+]?[0-9._]*)?" SPACE "$|^" SPACE "[-+]?0[xXbBoO]"},
		{FLOAT, "^ *[+-]?[0-9]+(\\.[0-9]+)?([eE][+-]?[0-9]+)? *$", "trim($1)", "^" SPACE "[-+]?([0-9._]+([eE][-+]?[0-9._]*)?|[iI][nN][fF].*|[nN][aA][nN])" SPACE "$"},
		{DECIMAL, "^ *[+-]?[0-9]+(\\.[0-9]+)? *$", "trim($1)", "^" SPACE "[-+]?[0-9._]+([eE][-+]?[0-9._]*)?" SPACE "$"},
		{DATE, "^ *[0-9]{4}-[0-9]{2}-[0-9]{2} *$", "trim($1)", "^" SPACE "[-+]?([0-9]+[^0-9]|[iI][nN][fF]|[eE][pP][oO])"},
		{MOMENT, "^[0-9]{4}-[0-9]{2}-[0-9]{2}([ T]([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\\.[0-9]{1,6})?)?$", "$1", "^" SPACE "[-+]?([0-9]+[^0-9]|[iI][nN][fF]|[eE][pP][oO])"},
		{TIME, "^([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\\.[0-9]{1,6})?$", "$1", "^" SPACE "[-+]?([0-9]|[iI][nN][fF]|[eE][pP][oO])"},
	};
	bv_str type = name_of(st, to);
	if (class_of(to) == BOOL)
		return SAY(st, &c->head, "CASE WHEN lower($1) IN ('true', 't', '1', 'yes', 'y') THEN TRUE WHEN lower($1) IN ('false', 'f', '0', 'no', 'n') THEN FALSE END", c->operand);
	for (unsigned i = 0; type.n && i < BV_COUNT(rows); i++) {
		if (rows[i].to != class_of(to))
			continue;
		if (c->operand->kind != BV_STRING)
			return say(st, c->head.span, bv__arena_printf(st->arena, "CASE WHEN regexp_like($1, '%s') THEN TRY_CAST(%s AS " BV_STR_FMT ") WHEN regexp_like($1, '%s') THEN CAST('!' || $1 AS " BV_STR_FMT ") END",
				rows[i].alike, rows[i].read, BV_STR_ARG(type), rows[i].maybe, BV_STR_ARG(type)).p, &c->operand, 1);
		/* A text that is written out is looked at here: the engine would compute all the branches at once. */
		regex_t alike, maybe;
		const char *text = bv__arena_printf(st->arena, BV_STR_FMT, BV_STR_ARG(BV_AS(string, c->operand)->text)).p;
		if (!text || regcomp(&alike, rows[i].alike, REG_EXTENDED | REG_NOSUB))
			return &c->head;
		bool plain = regexec(&alike, text, 0, NULL, 0) == 0, odd = regcomp(&maybe, rows[i].maybe, REG_EXTENDED | REG_NOSUB) != 0;
		regfree(&alike);
		if (!odd) {
			odd = regexec(&maybe, text, 0, NULL, 0) == 0;
			regfree(&maybe);
		}
		if (plain)
			return say(st, c->head.span, bv__arena_printf(st->arena, "TRY_CAST(%s AS " BV_STR_FMT ")", rows[i].read, BV_STR_ARG(type)).p, &c->operand, 1);
		if (!odd)
			return say(st, c->head.span, bv__arena_printf(st->arena, "CAST(NULL AS " BV_STR_FMT ")", BV_STR_ARG(type)).p, NULL, 0);
		break;
	}
#undef SPACE
	return refused(st, &c->head, "which texts can be read as such a value is another matter in the engine", "use CAST");
}

static bv_node *cast(bv_lane_state *st, bv_ast_cast *c)
{
	if (bv__is_numeric(BV_AS(type, c->type)))
		return numeric(st, c);
	const bv_type *from = c->operand->type, *to = bv__type_from_node(st->arena, c->type, st->d);
	unsigned dialect = read_dialect(st);
	bv_node *x = c->operand;
	if (!from || !to || from->id == BV_T_NULL)
		return &c->head;
	if (bv__type_is_string(from) && c->form == BV_cast_kind_try_cast && !bv__type_is_string(to) && !bv__type_is_integer(to) && castable(from, to, dialect == P))
		return try_text(st, c, to);
	if (!castable(from, to, dialect == P))
		return refused(st, &c->head, bv__type_is_string(from) ? "the engine does not read the text of such a type" : "this dialect has no such cast", bv__type_is_string(from) ? "write it as ARRAY[…] in PostgreSQL, and […] or {…} in DuckDB" : NULL);
	if (bv__type_is_integer(to)) {
		if (bv__type_is_float(from))
			c->operand = to->id == BV_T_INT64 || to->id == BV_T_UINT64 ? SAY(st, &c->head, nearest, x) : SAY(st, &c->head, nearest_small, x);
		else if (bv__type_is_decimal(from))
			c->operand = SAY(st, &c->head, "round($1)", x);
		else if (bv__type_is_string(from) && c->form == BV_cast_kind_try_cast)
			return try_text(st, c, to);
		return &c->head;
	}
	if (bv__type_is_string(to)) {
		bv_node *text = as_text(st, x, true);
		c->operand = text ? text : x;
		return &c->head;
	}
	if (bv__type_is_decimal(to) && bv__type_is_decimal(from) && to->scale < from->scale && to->scale >= 0) { /* compared with a constant the engine forgets that it rounds */
		c->operand = say(st, c->head.span, bv__arena_printf(st->arena, "CAST(round($1, %d) AS DECIMAL(38, %d))", to->scale, to->scale).p, &x, 1);
		return &c->head;
	}
	if (bv__type_is_decimal(to) && from->id == BV_T_FLOAT32 && dialect == D)
		return refused(st, &c->head, "DuckDB computes the digits of a FLOAT in single precision", "cast it to DOUBLE first");
	if (bv__type_is_decimal(to) && bv__type_is_float(from) && dialect == P) { /* PostgreSQL goes by the shortest decimal */
		c->operand = SAY(st, &c->head, "CAST($1 AS VARCHAR)", x);
		return &c->head;
	}
	if ((to->id == BV_T_BINARY || to->id == BV_T_BINARY_VIEW || to->id == BV_T_LARGE_BINARY) && bv__type_is_string(from) &&
		(x->kind != BV_STRING || memchr(BV_AS(string, x)->text.p, '\\', BV_AS(string, x)->text.n)))
		return refused(st, &c->head, "a backslash in a text that becomes binary is an escape in this dialect", "write the bytes as X'…'");
	if (to->id == BV_T_TIMESTAMP && !to->zone.n && bv__type_is_string(from) && x->kind != BV_STRING) /* a zone in the text is passed over */
		c->operand = SAY(st, &c->head, "regexp_replace($1, '(:[0-9][0-9.]*) *([-+][0-9:]+|Z)$', '\\1')", x);
	if (to->id == BV_T_TIMESTAMP && !to->zone.n && x->kind == BV_STRING) {
		bv_str s = BV_AS(string, x)->text;
		for (uint32_t i = 11; i < s.n; i++)
			if (s.p[i] == '+' || s.p[i] == '-' || (s.p[i] | 0x20) == 'z' || s.p[i] == '/')
				return refused(st, &c->head, "the zone in this text is passed over in this dialect, not in the engine", "leave it out, or use TIMESTAMP WITH TIME ZONE");
	}
	if ((to->id == BV_T_TIMESTAMP || to->id == BV_T_TIME64) && dialect == P && x->kind == BV_STRING) {
		bv_str s = BV_AS(string, x)->text;
		const char *point = memchr(s.p, '.', s.n);
		uint32_t digits = 0;
		while (point && ++digits < s.n && point + digits < s.p + s.n && point[digits] >= '0' && point[digits] <= '9')
			;
		if (digits > 7)
			return refused(st, &c->head, "PostgreSQL rounds to microseconds", "write at most six digits of a second");
	}
	if (is_interval(to) && bv__type_is_string(from)) {
		if (x->kind != BV_STRING || divided_interval(st, x, BV_interval_unit_text))
			return refused(st, &c->head, "the text of an interval may mean another one in the engine", "write INTERVAL '…', of whole numbers of its units");
	}
	bool clock = to->id == BV_T_TIMESTAMP || to->id == BV_T_TIME32 || to->id == BV_T_TIME64;
	const char *dot = x->kind == BV_STRING ? memchr(BV_AS(string, x)->text.p, '.', BV_AS(string, x)->text.n) : NULL;
	bool short_text = x->kind == BV_STRING && (!dot || BV_AS(string, x)->text.p + BV_AS(string, x)->text.n - dot - 1 <= (to->unit == BV_UNIT_S ? 0 : 3));
	if (clock && !short_text && to->unit < BV_UNIT_US && !is_date(from) && !(from->id == to->id && from->unit <= to->unit))
		return refused(st, &c->head, "this dialect rounds to these digits of a second, the engine cuts", "use date_trunc, which cuts in both");
	if (to->id == BV_T_BOOL && bv__type_is_numeric(from) && dialect == P && !is_int32(x))
		return refused(st, &c->head, "PostgreSQL casts only INTEGER to BOOLEAN", "compare with 0");
	if (casts_apart(from, to))
		return refused(st, &c->head, "this cast changes the elements otherwise than the engine does", "cast each element");
	return &c->head;
}

/* ---- operators ---- */

static bv_node *zero_is_one(bv_lane_state *st, bv_node *n)
{
	if (!n->type || !bv__type_is_float(n->type))
		return n;
	if (n->type->id == BV_T_FLOAT64 && n->kind == BV_BINARY && BV_AS(binary, n)->op <= BV_binary_op_multiply) /* of infinities it may be a NaN below all numbers */
		return SAY(st, n, "nanvl($1 + 0.0, CAST('NaN' AS DOUBLE))", n);
	return n->type->id == BV_T_FLOAT32 ? SAY(st, n, "$1 + CAST(0 AS REAL)", n) : SAY(st, n, "$1 + 0.0", n);
}

/* The digits of a literal as spell.c writes numbers: one zero before the point, one behind it. */
static bv_str plain_digits(bv_lane_state *st, bv_str s)
{
	while (s.n > 2 && s.p[0] == '0' && s.p[1] == '0')
		s.p++, s.n--;
	if (s.n > 2 && s.p[0] == '0' && s.p[1] != '.')
		s.p++, s.n--;
	while (s.n > 2 && s.p[s.n - 1] == '0' && s.p[s.n - 2] != '.')
		s.n--;
	return bv__arena_printf(st->arena, "%s" BV_STR_FMT "%s", s.p[0] == '.' ? "0" : "", BV_STR_ARG(s), s.p[s.n - 1] == '.' ? "0" : "");
}

/* Beside a float a decimal becomes one; the engine would make a decimal of both. */
static void as_floats_of(bv_lane_state *st, bv_node **const *slots, uint32_t n, bool compared)
{
	bool floats = false, wide = compared && read_dialect(st) == P; /* what PostgreSQL compares with a REAL are two DOUBLEs */
	for (uint32_t i = 0; i < n; i++)
		if (*slots[i] && (*slots[i])->type && bv__type_is_float((*slots[i])->type)) {
			floats = true;
			wide = wide || (*slots[i])->type->id == BV_T_FLOAT64;
		}
	for (uint32_t i = 0; floats && i < n; i++)
		if (*slots[i] && (*slots[i])->type && bv__type_is_decimal((*slots[i])->type)) {
			const bv_node *digits = (*slots[i])->kind == BV_CAST ? BV_AS(cast, *slots[i])->operand : NULL;
			bool literal = digits && digits->kind == BV_STRING && memchr(BV_AS(string, digits)->text.p, '.', BV_AS(string, digits)->text.n);
			bv_ast_number *number = literal ? BV_MAKE(st->arena, NUMBER, number, (*slots[i])->span) : NULL;
			if (number) {
				number->text = plain_digits(st, BV_AS(string, digits)->text);
				number->head.mark = BV_MARK_ENGINE;
			}
			bv_node *x = number ? &number->head : SAY(st, *slots[i], "CAST($1 AS DOUBLE)", *slots[i]);
			x = x && !wide ? SAY(st, x, "CAST($1 AS REAL)", x) : x;
			*slots[i] = x ? x : *slots[i];
		}
}

static void as_floats(bv_lane_state *st, bv_node **const *slots, uint32_t n) { as_floats_of(st, slots, n, true); }

static void list_as_floats(bv_lane_state *st, bv_list *l, bv_node **first, bool compared)
{
	bv_node ***slots = BV_NEWN(st->arena, bv_node **, l->n + 1);
	if (!slots)
		return;
	for (uint32_t i = 0; i < l->n; i++)
		slots[i] = &l->v[i];
	if (first)
		slots[l->n] = first;
	as_floats_of(st, slots, l->n + (first ? 1 : 0), compared);
}

static void case_as_floats(bv_lane_state *st, bv_ast_case *c)
{
	bv_node ***results = BV_NEWN(st->arena, bv_node **, c->whens.n + 1), ***values = BV_NEWN(st->arena, bv_node **, c->whens.n + 1);
	if (!results || !values)
		return;
	for (uint32_t i = 0; i < c->whens.n; i++) {
		results[i] = &BV_AS(when, c->whens.v[i])->result;
		values[i] = &BV_AS(when, c->whens.v[i])->condition;
	}
	results[c->whens.n] = &c->otherwise;
	bool text = false, other = false, date = false, instant = false;
	for (uint32_t i = 0; i <= c->whens.n; i++) {
		const bv_type *t = *results[i] ? (*results[i])->type : NULL;
		text = text || (t && bv__type_is_string(t) && written(*results[i])->kind == BV_STRING);
		other = other || (t && class_of(t) & (BOOL | NUMBER | TIME));
		date = date || (t && is_date(t));
		instant = instant || (t && t->id == BV_T_TIMESTAMP && t->zone.n);
	}
	if (text && other)
		(void)refused(st, &c->head, "a text that stands beside other values becomes one of them in this dialect, in the engine all become texts", "cast the text");
	if (date && instant)
		(void)refused(st, &c->head, "a date beside timestamps with a zone gets one in this dialect, in the engine none has one", "cast the date");
	as_floats_of(st, results, c->whens.n + 1, false);
	values[c->whens.n] = &c->operand;
	if (!c->operand)
		return;
	as_floats(st, values, c->whens.n + 1);
	for (uint32_t i = 0; i <= c->whens.n; i++) /* CASE tells -0.0 from 0.0 */
		*values[i] = zero_is_one(st, *values[i]);
}

static const char quotient[] = "CAST(CAST($1 AS DECIMAL(38, 13)) / $2 AS DECIMAL(38, 16))";

static bv_node *decimal_quotient(bv_lane_state *st, bv_ast_binary *b)
{
	bv_node *right = bv__type_is_integer(b->right->type) ? SAY(st, &b->head, "CAST($1 AS DECIMAL(20, 0))", b->right) : b->right;
	if (bv__type_is_decimal(b->left->type) && b->left->type->scale > 13)
		return SAY(st, &b->head, "$1 / $2", b->left, right);
	return SAY(st, &b->head, quotient, b->left, right);
}

/* Rows compare by their first parts that differ; NULL where that is not known. */
static bv_node *row_order(bv_lane_state *st, bv_ast_binary *b)
{
	bv_ast_row *l = BV_AS(row, b->left), *r = BV_AS(row, b->right);
	if (read_dialect(st) == D)
		return refused(st, &b->head, "DuckDB orders rows as structs, NULL behind all else", "compare the parts");
	if (l->items.n != r->items.n)
		return &b->head;
	bool less = b->op == BV_binary_op_lt || b->op == BV_binary_op_le;
	bv_node *out = NULL;
	for (uint32_t i = l->items.n; i-- > 0;) {
		bv_node *x = l->items.v[i], *y = r->items.v[i];
		if (!out)
			out = b->op == BV_binary_op_le ? SAY(st, &b->head, "$1 <= $2", x, y) : b->op == BV_binary_op_ge ? SAY(st, &b->head, "$1 >= $2", x, y) :
				  less ? SAY(st, &b->head, "$1 < $2", x, y) : SAY(st, &b->head, "$1 > $2", x, y);
		else
			out = less ? SAY(st, &b->head, "$1 < $2 OR ($1 = $2 AND $3)", x, y, out) : SAY(st, &b->head, "$1 > $2 OR ($1 = $2 AND $3)", x, y, out);
		if (!out)
			return &b->head;
	}
	return out;
}

/* Rows are equal by their parts, in PostgreSQL. */
static bv_node *row_equal(bv_lane_state *st, bv_ast_binary *b)
{
	bv_ast_row *l = BV_AS(row, b->left), *r = BV_AS(row, b->right);
	bv_node *out = NULL;
	for (uint32_t i = 0; l->items.n == r->items.n && i < l->items.n; i++) {
		bv_node *x = l->items.v[i], *y = r->items.v[i];
		if (b->op == BV_binary_op_eq)
			out = out ? SAY(st, &b->head, "$3 AND $1 = $2", x, y, out) : SAY(st, &b->head, "$1 = $2", x, y);
		else
			out = out ? SAY(st, &b->head, "$3 OR $1 <> $2", x, y, out) : SAY(st, &b->head, "$1 <> $2", x, y);
	}
	return out ? out : &b->head;
}

/* (SELECT 1 … WHERE …): no row is NULL, but the engine only looks at the column, which cannot be. */
static bool hides_null(bv_lane_state *st, const bv_node *n)
{
	if (n->kind != BV_SCALAR_QUERY || BV_AS(scalar_query, n)->query->kind != BV_QUERY)
		return false;
	const bv_ast_query *q = BV_AS(query, BV_AS(scalar_query, n)->query);
	const bv_ast_select *s = q->body->kind == BV_SELECT ? BV_AS(select, q->body) : NULL;
	if (!s || s->projections.n != 1)
		return false;
	const bv_node *e = s->projections.v[0]->kind == BV_ALIAS ? BV_AS(alias, s->projections.v[0])->operand : s->projections.v[0];
	bool one = !q->limit && !q->offset && !s->having && !s->group_by.n && (bv__has_aggregate(st, e) || (!s->from.n && !s->where));
	return e->type && !e->nullable && !one;
}

static void refuse_hidden_null(bv_lane_state *st, bv_node *n)
{
	if (hides_null(st, n))
		(void)refused(st, n, "this subquery is NULL where it has no row, which the engine does not see here", "use EXISTS, or an aggregate like max");
}

/* ROW(a, b) IS NULL: each of its parts is; IS NOT NULL: none of them is. */
static bv_node *row_is(bv_lane_state *st, bv_ast_is *n)
{
	refuse_hidden_null(st, n->operand);
	if (read_dialect(st) != P || n->test != BV_is_test_null || n->operand->kind != BV_ROW)
		return &n->head;
	const bv_list *items = &BV_AS(row, n->operand)->items;
	bv_node *out = NULL;
	for (uint32_t i = 0; i < items->n; i++) {
		bv_node *one = n->negated ? SAY(st, &n->head, "$1 IS NOT NULL", items->v[i]) : SAY(st, &n->head, "$1 IS NULL", items->v[i]);
		out = out ? SAY(st, &n->head, "$1 AND $2", out, one) : one;
	}
	return out ? out : &n->head;
}

/* A pattern of PostgreSQL's in the engine's words; NULL: refused. */
static bv_node *pattern(bv_lane_state *st, bv_node *p)
{
	const bv_node *w = written(p);
	if (w->kind != BV_STRING)
		return refused(st, p, "a pattern that is computed may be another in the engine's regular expressions", "write the pattern out, or use LIKE"), NULL;
	bv_str text = BV_AS(string, w)->text;
	/* Whether something matches does not hang on which alternative is the longer. */
	char *plain = bv__arena_alloc(st->arena, text.n + 1);
	for (uint32_t i = 0; plain && i < text.n; i++)
		plain[i] = text.p[i] == '|' ? ')' : text.p[i];
	if (!plain || !same_regex((bv_str){plain, text.n}))
		return refused(st, p, "this pattern may mean something else in the engine's regular expressions", "lazy repetition, back references and escapes of PostgreSQL's own are not the engine's"), NULL;
	return bv__string(st->arena, p->span, bv__arena_printf(st->arena, "(?s)" BV_STR_FMT, BV_STR_ARG(text)));
}

/* A whole number of intervals of one unit: by the text of it. */
static bv_node *of_unit(bv_lane_state *st, bv_node *at, bv_node *count, int64_t factor, const char *unit)
{
	return say(st, at->span, bv__arena_printf(st->arena, "CAST(CAST(CAST($1 AS BIGINT) * %lld AS VARCHAR) || ' %s' AS INTERVAL)", (long long)factor, unit).p, &count, 1);
}

/* count * INTERVAL '…' */
static bv_node *times(bv_lane_state *st, bv_node *n, const bv_ast_interval *interval, bv_node *count)
{
	bv_interval_value v;
	if (!bv__interval_of(st->arena, interval, false, &v) || (v.months != 0) + (v.days != 0) + (v.nanos != 0) != 1 || v.nanos % 1000)
		return refused(st, n, "only an interval of one unit, written out, can be multiplied", "multiply each part");
	if (v.months)
		return of_unit(st, n, count, v.months, "months");
	return v.days ? of_unit(st, n, count, v.days, "days") : of_unit(st, n, count, v.nanos / 1000, "microseconds");
}

static bool several_units(bv_lane_state *st, const bv_ast_interval *interval)
{
	bv_interval_value v;
	return !bv__interval_of(st->arena, interval, false, &v) || (v.months != 0) + (v.days != 0) + (v.nanos != 0) > 1;
}

/* INTERVAL (count) DAY */
static bv_node *counted(bv_lane_state *st, bv_ast_interval *n)
{
	static const struct {
		uint8_t unit;
		int64_t factor;
		const char *name;
	} units[] = {{BV_interval_unit_year, 12, "months"}, {BV_interval_unit_quarter, 3, "months"}, {BV_interval_unit_month, 1, "months"}, {BV_interval_unit_week, 7, "days"}, {BV_interval_unit_day, 1, "days"},
		{BV_interval_unit_hour, 3600000000, "microseconds"}, {BV_interval_unit_minute, 60000000, "microseconds"}, {BV_interval_unit_second, 1000000, "microseconds"},
		{BV_interval_unit_millisecond, 1000, "microseconds"}, {BV_interval_unit_microsecond, 1, "microseconds"}};
	if (n->value->kind == BV_STRING || n->value->kind == BV_NUMBER || !n->value->type || !bv__type_is_integer(n->value->type))
		return &n->head;
	for (unsigned i = 0; i < BV_COUNT(units); i++)
		if (units[i].unit == n->unit)
			return of_unit(st, &n->head, n->value, units[i].factor, units[i].name);
	return &n->head;
}

/* Slices: a bound that is left out; of a text, in DuckDB. */
static bv_node *slice(bv_lane_state *st, bv_ast_slice *s)
{
	const bv_type *t = s->operand->type;
	if (!t || s->step)
		return &s->head;
	if (bv__type_is_string(t)) {
		bool low = !s->low || fits(s->low, "nat", 3), high = s->high && fits(s->high, "nat", 3);
		if (read_dialect(st) != D)
			return &s->head;
		if (!s->low && high)
			return SAY(st, &s->head, "left($1, $2)", s->operand, s->high);
		if (low && high)
			return SAY(st, &s->head, "substr($1, greatest($2, 1), greatest($3 - greatest($2, 1) + 1, 0))", s->operand, s->low, s->high);
		if (low && s->low && !s->high)
			return SAY(st, &s->head, "substr($1, $2)", s->operand, s->low);
		if (!s->high && s->low && fits(s->low, "neg", 3))
			return SAY(st, &s->head, "right($1, - $2)", s->operand, s->low);
		return refused(st, &s->head, "a slice of a text needs bounds that are written out", "use substr");
	}
	if (!is_list(t))
		return &s->head;
	bool postgres = read_dialect(st) == P; /* there a place below the first is none from the end */
	if (!s->low && (s->low = bv__number(st->arena, s->head.span, 1)))
		s->low->type = NULL;
	else if (postgres && s->low && !fits(s->low, "nat", 3))
		s->low = SAY(st, s->low, "greatest($1, 1)", s->low);
	if (!s->high)
		s->high = SAY(st, &s->head, "2147483647");
	else if (postgres && !fits(s->high, "nat", 3))
		s->high = SAY(st, s->high, "greatest($1, 0)", s->high);
	return &s->head;
}

/* The n-th character of a text, from the end where n is negative; of a list in PostgreSQL, where nothing is there. */
static bv_node *place(bv_lane_state *st, bv_ast_index *x)
{
	if (read_dialect(st) == P && x->operand->type && is_list(x->operand->type) && !fits(x->index, "nat", 3)) /* the engine counts from the end */
		return SAY(st, &x->head, "CASE WHEN $2 >= 1 THEN $1[$2] END", x->operand, x->index);
	if (read_dialect(st) != D || !x->operand->type || !bv__type_is_string(x->operand->type) || !x->index->type || !bv__type_is_integer(x->index->type))
		return &x->head;
	if (fits(x->index, "nat", 3))
		return SAY(st, &x->head, "CASE WHEN $1 IS NULL THEN NULL WHEN $2 >= 1 THEN substr($1, $2, 1) ELSE '' END", x->operand, x->index);
	return SAY(st, &x->head, "CASE WHEN $1 IS NULL OR $2 IS NULL THEN NULL WHEN $2 >= 1 THEN substr($1, $2, 1) WHEN $2 < 0 AND character_length($1) + $2 >= 0 THEN substr($1, character_length($1) + $2 + 1, 1) ELSE '' END", x->operand, x->index);
}

static bv_node *binary(bv_lane_state *st, bv_ast_binary *b)
{
	const bv_type *l = b->left->type, *r = b->right->type;
	unsigned dialect = read_dialect(st);
	bool comparison = b->op >= BV_binary_op_eq && b->op <= BV_binary_op_ge;
	if (comparison && b->left->kind == BV_ROW && b->right->kind == BV_ROW && (dialect == P || (b->op != BV_binary_op_eq && b->op != BV_binary_op_ne)))
		return b->op == BV_binary_op_eq || b->op == BV_binary_op_ne ? row_equal(st, b) : row_order(st, b);
	if (!l || !r)
		return &b->head;
	if (comparison || b->op == BV_binary_op_is_distinct_from || b->op == BV_binary_op_is_not_distinct_from || b->op == BV_binary_op_modulo)
		as_floats(st, (bv_node **[]){&b->left, &b->right}, 2);
	if (dialect == P && b->op <= BV_binary_op_divide && bv__type_is_numeric(l) && bv__type_is_numeric(r) && (l->id == BV_T_FLOAT32) != (r->id == BV_T_FLOAT32)) {
		/* REAL beside another number is computed in double precision. */
		bv_node **real = l->id == BV_T_FLOAT32 ? &b->left : &b->right, *x = SAY(st, *real, "CAST($1 AS DOUBLE)", *real);
		*real = x ? x : *real;
	}
	switch (b->op) {
	case BV_binary_op_add:
	case BV_binary_op_subtract:
		if (is_date(l) && is_interval(r))
			return b->op == BV_binary_op_add ? SAY(st, &b->head, "CAST($1 AS TIMESTAMP(6)) + $2", b->left, b->right) : SAY(st, &b->head, "CAST($1 AS TIMESTAMP(6)) - $2", b->left, b->right);
		if (is_date(l) && is_date(r) && b->op == BV_binary_op_subtract) /* the engine's difference is a duration to some of its operators */
			return dialect == P ? SAY(st, &b->head, "CAST((date_part('EPOCH', $1) - date_part('EPOCH', $2)) / 86400 AS INT)", b->left, b->right)
								: SAY(st, &b->head, "CAST((date_part('EPOCH', $1) - date_part('EPOCH', $2)) / 86400 AS BIGINT)", b->left, b->right);
		if (is_interval(l) && is_date(r) && b->op == BV_binary_op_add)
			return SAY(st, &b->head, "$1 + CAST($2 AS TIMESTAMP(6))", b->left, b->right);
		return &b->head;
	case BV_binary_op_multiply:
		if (b->left->kind == BV_INTERVAL && bv__type_is_integer(r))
			return times(st, &b->head, BV_AS(interval, b->left), b->right);
		if (b->right->kind == BV_INTERVAL && bv__type_is_integer(l))
			return times(st, &b->head, BV_AS(interval, b->right), b->left);
		return &b->head;
	case BV_binary_op_modulo:
		if (dialect == D && bv__type_is_numeric(l) && bv__type_is_numeric(r) && !bv__type_is_float(l) && !bv__type_is_float(r) && !bv__is_divisor(b->right)) {
			bv_node *divisor = SAY(st, b->right, "nullif($1, 0)", b->right);
			b->right = divisor ? divisor : b->right;
		}
		return &b->head;
	case BV_binary_op_true_divide: {
		/* 0.0 / 0.0 is a NaN below all numbers on some machines; here it is above them. */
		bool zero = dialect == D && bv__type_is_numeric(l) && bv__type_is_numeric(r) && !bv__is_divisor(b->right);
		bool small = (l->id == BV_T_FLOAT32 || r->id == BV_T_FLOAT32) && l->id != BV_T_FLOAT64 && r->id != BV_T_FLOAT64;
		b->head.mark |= BV_MARK_ENGINE;
		return !zero ? &b->head : small ? SAY(st, &b->head, "nanvl($1, CAST('NaN' AS REAL))", &b->head) : SAY(st, &b->head, "nanvl($1, CAST('NaN' AS DOUBLE))", &b->head);
	}
	case BV_binary_op_divide:
		if (dialect == P && bv__type_is_numeric(l) && bv__type_is_numeric(r) && (bv__type_is_decimal(l) || bv__type_is_decimal(r)) && !bv__type_is_float(l) && !bv__type_is_float(r))
			return decimal_quotient(st, b);
		return &b->head;
	case BV_binary_op_power:
		if (dialect == P && bv__type_is_numeric(l) && bv__type_is_numeric(r) && (bv__type_is_decimal(l) || bv__type_is_decimal(r)) && !bv__type_is_float(l) && !bv__type_is_float(r))
			return refused(st, &b->head, "PostgreSQL computes the power of a decimal to as many digits as it needs", "cast to DOUBLE PRECISION");
		return &b->head;
	case BV_binary_op_contains:
	case BV_binary_op_contained_by: {
		if (!is_list(l) || !is_list(r))
			return &b->head;
		bv_node *whole = b->op == BV_binary_op_contains ? b->left : b->right, *part = b->op == BV_binary_op_contains ? b->right : b->left;
		return dialect == P ? SAY(st, &b->head, "CASE WHEN $1 IS NOT NULL AND $2 IS NOT NULL THEN array_has_all($1, $2) AND array_position($2, NULL) IS NULL END", whole, part)
							: SAY(st, &b->head, "CASE WHEN $1 IS NOT NULL AND $2 IS NOT NULL THEN array_has_all($1, array_compact($2)) END", whole, part);
	}
	case BV_binary_op_concat: {
		if ((is_list(l) && r->id == BV_T_NULL) || (is_list(r) && l->id == BV_T_NULL))
			return refused(st, &b->head, "a list beside NULL: DuckDB gives NULL, the engine appends it", "use list_append");
		if (dialect == D && is_list(l) != is_list(r))
			return refused(st, &b->head, "DuckDB joins no element to a list by ||", "use list_append or list_prepend");
		if (dialect == D && is_list(l) && is_list(r))
			return SAY(st, &b->head, "CASE WHEN $1 IS NOT NULL AND $2 IS NOT NULL THEN $1 || $2 END", b->left, b->right);
		if (is_list(l) || is_list(r) || l->id == BV_T_BINARY || r->id == BV_T_BINARY)
			return &b->head;
		bv_node *x = as_text(st, b->left, dialect == P), *y = as_text(st, b->right, dialect == P);
		b->left = x ? x : b->left;
		b->right = y ? y : b->right;
		return &b->head;
	}
	case BV_binary_op_regex_match:
	case BV_binary_op_regex_match_i:
	case BV_binary_op_not_regex_match:
	case BV_binary_op_not_regex_match_i: {
		bv_node *p = dialect == P ? pattern(st, b->right) : NULL;
		b->right = p ? p : b->right;
		return &b->head;
	}
	default:
		break;
	}
	if (b->op == BV_binary_op_bit_xor && bv__tree_equal(b->left, b->right)) /* the engine takes it for 0, also where x is NULL */
		return SAY(st, &b->head, "CASE WHEN $1 IS NOT NULL THEN 0 END", b->left);
	if (comparison && b->op != BV_binary_op_eq && b->op != BV_binary_op_ne && is_list(l) && is_list(r))
		return refused(st, &b->head, "in an order of lists a NULL element is the greatest there, and the least in the engine", "compare the elements");
	if (comparison && is_interval(l) && is_interval(r))
		return refused(st, &b->head, "a month counts as 30 days and a day as 24 hours where intervals are compared in this dialect", "compare timestamps");
	return &b->head;
}

/* ---- patterns ---- */

/* % and _ of SIMILAR TO; the rest is a regular expression. Empty: it holds what only regular expressions of one side know. */
static bv_str similar(bv_lane_state *st, bv_str p)
{
	bv_buf b = BV_BUF_INIT;
	bool ok = true;
	bv__buf_z(&b, "(?s)^(?:");
	for (uint32_t i = 0; i < p.n; i++) {
		char c = p.p[i];
		if (c == '%')
			bv__buf_z(&b, ".*");
		else if (c == '_')
			bv__buf_ch(&b, '.');
		else if (c == '.' || c == '^' || c == '$')
			bv__buf_printf(&b, "\\%c", c);
		else if (c == '\\' || c == '[')
			ok = false;
		else
			bv__buf_ch(&b, c);
	}
	bv__buf_z(&b, ")$");
	bv_str out = ok ? bv__arena_str(st->arena, bv__buf_view(&b)) : (bv_str){"", 0};
	bv__buf_free(&b);
	return out;
}

static bv_node *like(bv_lane_state *st, bv_ast_like *l)
{
	unsigned dialect = read_dialect(st);
	if (l->form == BV_like_kind_similar) {
		const bv_node *w = written(l->pattern);
		bv_node *p = l->pattern;
		if (dialect == P) {
			bv_str text = w->kind == BV_STRING && !l->escape.n ? similar(st, BV_AS(string, w)->text) : (bv_str){"", 0};
			if (!text.n)
				return refused(st, &l->head, "this pattern of SIMILAR TO cannot be said in the engine's regular expressions", "use LIKE, or ~ with a regular expression");
			p = bv__string(st->arena, l->pattern->span, text);
		} else {
			p = SAY(st, l->pattern, "'^(?:' || $1 || ')$'", l->pattern);
		}
		return l->negated ? SAY(st, &l->head, "NOT regexp_like($1, $2)", l->operand, p) : SAY(st, &l->head, "regexp_like($1, $2)", l->operand, p);
	}
	if (dialect == D && !l->escape.n && written(l->pattern)->kind != BV_STRING) {
		bv_node *p = SAY(st, l->pattern, "replace($1, '\\', '\\\\')", l->pattern);
		l->pattern = p ? p : l->pattern;
	}
	return &l->head;
}

/* ---- calls ---- */

/* What a part of a format is in chrono's words, and in to_char's of PostgreSQL. */
static const struct {
	const char *chrono, *postgres;
} formats[] = {{"%Y", "YYYY"}, {"%H", "HH24"}, {"%I", "HH12"}, {"%m", "MM"}, {"%M", "MI"}, {"%S", "SS"}, {"%j", "DDD"}, {"%d", "DD"}, {"%G", "IYYY"}, {"%V", "IW"}, {"%3f", "MS"}, {"%6f", "US"},
	{"%b", "Mon"}, {"%a", "Dy"}, {"%B", "FMMonth"}, {"%A", "FMDay"}, {"%p", "AM"}, {"%p", "PM"}, {"%y", "YY"}, {"%I", "HH"}};

static bv_str postgres_format(bv_lane_state *st, bv_str f)
{
	bv_buf b = BV_BUF_INIT;
	bool ok = true;
	for (uint32_t i = 0; i < f.n && ok;) {
		if (f.n - i >= 4 && memcmp(f.p + i, "SSSS", 4) == 0) { /* seconds of the day */
			ok = false;
			break;
		}
		unsigned k = 0;
		for (; k < BV_COUNT(formats); k++) {
			size_t n = strlen(formats[k].postgres);
			if (n <= f.n - i && memcmp(f.p + i, formats[k].postgres, n) == 0)
				break;
		}
		if (k < BV_COUNT(formats)) {
			bv__buf_z(&b, formats[k].chrono);
			i += (uint32_t)strlen(formats[k].postgres);
			continue;
		}
		char c = f.p[i++];
		ok = !((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '"' || c == '\\' || (unsigned char)c >= 128);
		if (c == '%')
			bv__buf_ch(&b, '%');
		bv__buf_ch(&b, c);
	}
	bv_str out = ok ? bv__arena_str(st->arena, bv__buf_view(&b)) : (bv_str){NULL, 0};
	bv__buf_free(&b);
	return out;
}

/* DuckDB's formats are chrono's, but for fractions of a second and what hangs on the place. */
static bv_str duckdb_format(bv_lane_state *st, bv_str f)
{
	bv_buf b = BV_BUF_INIT;
	bool ok = true;
	for (uint32_t i = 0; i < f.n && ok; i++) {
		bv__buf_ch(&b, f.p[i]);
		if (f.p[i] != '%')
			continue;
		bool bare = i + 1 < f.n && f.p[i + 1] == '-';
		if (bare)
			bv__buf_ch(&b, f.p[++i]);
		char c = ++i < f.n ? f.p[i] : 0;
		if (c == 'f' || c == 'g')
			bv__buf_ch(&b, c == 'f' ? '6' : '3');
		bv__buf_ch(&b, c == 'g' ? 'f' : c);
		ok = c && strchr(bare ? "mdHIMSj" : "YmdHMSyjbBaApI%UWuwVGfg", c);
	}
	bv_str out = ok ? bv__arena_str(st->arena, bv__buf_view(&b)) : (bv_str){NULL, 0};
	bv__buf_free(&b);
	return out;
}

static bv_node *formatted(bv_lane_state *st, bv_ast_call *c, bv_node *moment, bv_node *format)
{
	const bv_node *w = written(format);
	if (!moment->type || !is_moment(moment->type))
		return refused(st, &c->head, "only dates and timestamps have formats here", "cast a number to a decimal, and that to text");
	bv_str text = w->kind != BV_STRING ? (bv_str){NULL, 0} : read_dialect(st) == P ? postgres_format(st, BV_AS(string, w)->text) : duckdb_format(st, BV_AS(string, w)->text);
	if (!text.p)
		return refused(st, format, "this format cannot be said in the engine's words", "write it out, of the parts YYYY, MM, DD, HH24, MI, SS in PostgreSQL and %Y, %m, %d, %H, %M, %S in DuckDB");
	bv_node *f = bv__string(st->arena, format->span, text);
	return is_date(moment->type) ? SAY(st, &c->head, "to_char(CAST($1 AS TIMESTAMP(6)), $2)", moment, f) : SAY(st, &c->head, "to_char($1, $2)", moment, f);
}

/* EXTRACT gives a decimal, date_part a float, seconds with their fraction. */
static bv_node *part_of_date(bv_lane_state *st, bv_ast_call *c)
{
	const bv_node *w = written(c->args.v[0]);
	bv_node *x = c->args.v[1];
	bool decimal = w->kind == BV_STRING && BV_AS(string, w)->text.n && BV_AS(string, w)->text.p[0] >= 'A' && BV_AS(string, w)->text.p[0] <= 'Z';
	bv_str part = w->kind == BV_STRING ? BV_AS(string, w)->text : BV_STR("");
#define ANY(words) one_of(part, words, words + sizeof words - 1)
	if (!x->type || x->type->id == BV_T_NULL)
		return &c->head;
	bool fraction = ANY("second|seconds|millisecond|milliseconds|microsecond|microseconds|epoch");
	const bv_ast_binary *minus = x->kind == BV_BINARY && BV_AS(binary, x)->op == BV_binary_op_subtract ? BV_AS(binary, x) : NULL;
	if (minus && ANY("epoch") && minus->left->type && minus->right->type && minus->left->type->id == BV_T_TIMESTAMP && minus->right->type->id == BV_T_TIMESTAMP)
		return SAY(st, &c->head, "CAST(date_part('EPOCH', $1) AS DECIMAL(20, 6)) - CAST(date_part('EPOCH', $2) AS DECIMAL(20, 6))", minus->left, minus->right);
	if (x->type->id == BV_T_DURATION && !ANY("day|days"))
		return refused(st, &c->head, "of a difference of timestamps the engine counts the whole in this part", "take EPOCH, and divide");
	if (is_interval(x->type) && (fraction || !ANY("year|years|month|months|day|days|hour|hours|minute|minutes")))
		return refused(st, &c->head, "the engine cuts the fraction off this part of an interval", "take the parts of the two moments, then their difference");
	if (ANY("second|seconds"))
		return decimal ? SAY(st, &c->head, "CAST(date_part('MICROSECOND', $1) AS DECIMAL(12, 0)) * CAST('0.000001' AS DECIMAL(7, 6))", x) : SAY(st, &c->head, "CAST(date_part('MICROSECOND', $1) AS DOUBLE) / 1000000", x);
	if (ANY("millisecond|milliseconds"))
		return decimal ? SAY(st, &c->head, "CAST(date_part('MICROSECOND', $1) AS DECIMAL(12, 0)) * CAST('0.001' AS DECIMAL(4, 3))", x) : SAY(st, &c->head, "CAST(date_part('MICROSECOND', $1) AS DOUBLE) / 1000", x);
	if (ANY("microsecond|microseconds"))
		return decimal ? SAY(st, &c->head, "CAST(date_part('MICROSECOND', $1) AS DECIMAL(12, 0))", x) : SAY(st, &c->head, "CAST(date_part('MICROSECOND', $1) AS DOUBLE)", x);
	if (ANY("epoch"))
		return decimal ? SAY(st, &c->head, "CAST(date_part('EPOCH', $1) AS DECIMAL(20, 6))", x) : SAY(st, &c->head, "CAST(date_part('EPOCH', $1) AS DOUBLE)", x);
	if (ANY("isodow"))
		return decimal ? SAY(st, &c->head, "CAST(date_part('DOW', $1 - INTERVAL '1 day') + 1 AS DECIMAL(10, 0))", x) : SAY(st, &c->head, "CAST(date_part('DOW', $1 - INTERVAL '1 day') + 1 AS DOUBLE)", x);
	if (!ANY("year|years|month|months|day|days|quarter|quarters|week|weeks|dow|doy|isoyear|hour|hours|minute|minutes"))
		return refused(st, &c->head, "the engine does not know this part of a date", "compute it of YEAR, MONTH and DAY");
	return decimal ? SAY(st, &c->head, "CAST(date_part($1, $2) AS DECIMAL(10, 0))", c->args.v[0], x) : SAY(st, &c->head, "CAST(date_part($1, $2) AS DOUBLE)", c->args.v[0], x);
#undef ANY
}

/* An aggregate of distinct values that keeps them: PostgreSQL sorts to find them, and has them in that order. */
static void in_its_order(bv_lane_state *st, bv_ast_call *c)
{
	bv_str name = c->name.v[0];
	if (!c->distinct || c->order_by.n || !c->args.n || !(bv__str_ieq(name, BV_STR("array_agg")) || bv__str_ieq(name, BV_STR("string_agg"))) || bv__is_volatile(st, c->args.v[0]))
		return;
	bv_ast_order_item *o = BV_MAKE(st->arena, ORDER_ITEM, order_item, c->head.span);
	if (!o)
		return;
	o->operand = bv__copy_expr(st, c->args.v[0]);
	c->order_by = bv__list_of(st->arena, &(bv_node *){&o->head}, 1);
}

/* Does the common type of both hold values that the first does not? */
static bool is_narrower(const bv_type *value, const bv_type *other)
{
	unsigned x = class_of(value), y = class_of(other);
	if (x == DECIMAL && y == DECIMAL)
		return other->scale > value->scale;
	return (x == INT && (y == FLOAT || y == DECIMAL)) || (x == DECIMAL && y == FLOAT) || (value->id == BV_T_FLOAT32 && other->id == BV_T_FLOAT64) || (x == DATE && y == MOMENT);
}

static bv_node *call(bv_lane_state *st, bv_ast_call *c)
{
	unsigned dialect = read_dialect(st);
	if (c->name.n != 1)
		return &c->head;
	bv_str name = c->name.v[0];
	if ((bv__str_ieq(name, BV_STR("concat")) || bv__str_ieq(name, BV_STR("concat_ws"))) && !has_clauses(c)) {
		for (uint32_t i = 0; i < c->args.n; i++)
			if (c->args.v[i]->type && is_list(c->args.v[i]->type))
				return refused(st, &c->head, dialect == D ? "of lists this function makes one list, the engine a text" : "the text of such a value is another in the engine", "use list_concat, or array_to_string");
		for (uint32_t i = 0; i < c->args.n; i++) {
			bv_node *x = as_text(st, c->args.v[i], false);
			c->args.v[i] = x ? x : c->args.v[i];
		}
		return &c->head;
	}
	if (c->args.n == 1 && !has_clauses(c) && c->args.v[0]->type && bv__type_is_decimal(c->args.v[0]->type) &&
		(bv__str_ieq(name, BV_STR("ceil")) || bv__str_ieq(name, BV_STR("floor")) || bv__str_ieq(name, BV_STR("round")) || bv__str_ieq(name, BV_STR("trunc")))) {
		/* A decimal without digits behind the point, of any width. */
		const bv_type *t = c->args.v[0]->type;
		int scale = t->scale > 0 ? t->scale : 0, digits = t->precision - scale + 1;
		return say(st, c->head.span, bv__arena_printf(st->arena, "CAST(" BV_STR_FMT "(CAST($1 AS DECIMAL(%d, %d))) AS DECIMAL(%d, 0))", BV_STR_ARG(bv__arena_lower(st->arena, name)),
			t->precision < 38 ? t->precision + 1 : 38, scale, digits > 38 ? 38 : digits).p, c->args.v, 1);
	}
	if (c->args.n == 2 && !has_clauses(c) && bv__str_ieq(name, BV_STR("round")) && c->args.v[0]->type && bv__type_is_decimal(c->args.v[0]->type) && c->args.v[0]->type->scale >= 0 && fits(c->args.v[1], "nat", 3) &&
		BV_AS(number, c->args.v[1])->text.n < 3) {
		/* The cast has a type that the engine keeps to; alone it would be taken off where it is compared with a constant, though it rounds. */
		const bv_type *t = c->args.v[0]->type;
		int digits = (int)strtol(BV_AS(number, c->args.v[1])->text.p, NULL, 10), wide = t->precision - t->scale + digits + 2;
		if (digits <= 38 && wide <= 38)
			return say(st, c->head.span, bv__arena_printf(st->arena, "CAST(round($1, %d) AS DECIMAL(%d, %d))", digits, wide, digits).p, c->args.v, 1);
	}
	for (uint32_t i = 0; c->distinct && i < c->args.n; i++)
		c->args.v[i] = zero_is_one(st, c->args.v[i]);
	if (dialect == P)
		in_its_order(st, c);
	if (dialect == P && c->within_group.n == 1 && bv__str_ieq(name, BV_STR("percentile_cont"))) {
		bv_node **x = &BV_AS(order_item, c->within_group.v[0])->operand, *wide = (*x)->type && (*x)->type->id == BV_T_FLOAT32 ? SAY(st, *x, "CAST($1 AS DOUBLE)", *x) : NULL;
		*x = wide ? wide : *x;
	}
	for (uint32_t i = 0; i < c->args.n && (bv__str_ieq(name, BV_STR("greatest")) || bv__str_ieq(name, BV_STR("least"))); i++)
		if (c->args.v[i]->type && (is_list(c->args.v[i]->type) || is_interval(c->args.v[i]->type)))
			return refused(st, &c->head, "lists and intervals have another order in this dialect than in the engine", "compare their elements, or timestamps");
	for (uint32_t i = 0; i < c->args.n && bv__str_ieq(name, BV_STR("coalesce")); i++)
		refuse_hidden_null(st, c->args.v[i]);
	if (bv__str_ieq(name, BV_STR("greatest")) || bv__str_ieq(name, BV_STR("least")) || bv__str_ieq(name, BV_STR("coalesce")))
		for (uint32_t i = 1; i < c->args.n; i++)
			if (c->args.v[0]->type && c->args.v[i]->type && class_of(c->args.v[0]->type) != TEXT && class_of(c->args.v[i]->type) != TEXT && bv__columns_apart(st, c->args.v[0]->type, c->args.v[i]->type))
				return refused(st, &c->head, "a date beside timestamps with a zone gets one in this dialect, in the engine none has one", "cast the date");
	if (c->over && c->args.n > 1 && (bv__str_ieq(name, BV_STR("lag")) || bv__str_ieq(name, BV_STR("lead"))) && c->args.v[1]->kind == BV_NULL_LITERAL)
		return refused(st, &c->head, "an offset of NULL is one of 1 in the engine", "write the offset");
	if (c->over && c->args.n == 3 && (bv__str_ieq(name, BV_STR("lag")) || bv__str_ieq(name, BV_STR("lead"))) && c->args.v[0]->type && c->args.v[2]->type && is_narrower(c->args.v[0]->type, c->args.v[2]->type))
		return refused(st, &c->head, "this default does not fit the value's type, and the engine casts it", "cast the value and the default to one type");
	if (bv__str_ieq(name, BV_STR("nullif")) && c->args.n == 2 && c->args.v[0]->type && c->args.v[1]->type && class_of(c->args.v[0]->type) != class_of(c->args.v[1]->type) && c->args.v[1]->type->id != BV_T_NULL &&
		(dialect == D || is_moment(c->args.v[0]->type))) { /* of the first one's type, whatever both are compared as */
		bv_node *x = c->args.v[0], *kept = bv__copy_expr(st, x);
		if (bv__type_is_string(x->type) || bv__is_volatile(st, x))
			return refused(st, &c->head, "the engine makes a value of the second one's type of this", "cast the second one");
		list_as_floats(st, &c->args, NULL, true);
		return SAY(st, &c->head, "CASE WHEN $1 = $2 THEN NULL ELSE $3 END", c->args.v[0], c->args.v[1], kept);
	}
	if (bv__str_ieq(name, BV_STR("coalesce")) || bv__str_ieq(name, BV_STR("nullif")) || bv__str_ieq(name, BV_STR("greatest")) || bv__str_ieq(name, BV_STR("least")))
		list_as_floats(st, &c->args, NULL, bv__str_ieq(name, BV_STR("nullif")));
	/* nullif tells -0.0 from 0.0 */
	if (bv__str_ieq(name, BV_STR("nullif")) && c->args.n == 2 && c->args.v[0]->type && bv__type_is_float(c->args.v[0]->type))
		return SAY(st, &c->head, "CASE WHEN $1 = $2 THEN NULL ELSE $1 END", c->args.v[0], c->args.v[1]);
	if (c->args.n == 2 && ((dialect == P && bv__str_ieq(name, BV_STR("to_char"))) || (dialect == D && bv__str_ieq(name, BV_STR("strftime")))))
		return bv__type_is_string(c->args.v[0]->type ? c->args.v[0]->type : bv__type(BV_T_NULL)) && dialect == D ? formatted(st, c, c->args.v[1], c->args.v[0]) : formatted(st, c, c->args.v[0], c->args.v[1]);
	if (dialect == P && c->args.n == 2 && bv__str_ieq(name, BV_STR("date_part")))
		return part_of_date(st, c);
	bool known = false;
	for (uint32_t i = 0; i < c->args.n; i++)
		if (!c->args.v[i]->type && bv__has_meaning(st, c)) { /* without an engine: not known yet */
			st->unknown_types = true;
			return &c->head;
		}
	for (unsigned at = first_row(dialect, name); at; at = next_row(at, dialect, name)) {
		if (!row_stage(meanings[at - 1].args, c->args.n))
			continue;
		known = true;
		if (row_fits(meanings[at - 1].args, &c->args))
			return engine_call(st, c, meanings[at - 1].meaning);
	}
	if (!known)
		return &c->head;
	bv_diagnostic *e = bv__diag(st->d, BV_E_NOT_SUPPORTED, c->head.span, "`" BV_STR_FMT "` of these arguments is not known to mean the same in the engine", BV_STR_ARG(name));
	bv__diag_hint(st->d, e, "cast the arguments to what the function takes, or write constants where it wants them");
	return &c->head;
}

static bv_node *quantified(bv_lane_state *st, bv_ast_quantified *q)
{
	bool any = q->quantifier == BV_quantifier_any && q->op == BV_binary_op_eq, none = q->quantifier == BV_quantifier_all && q->op == BV_binary_op_ne;
	if (q->right->kind == BV_QUERY || !q->right->type || !is_list(q->right->type))
		return &q->head;
	if (!any && !none)
		return refused(st, &q->head, "only = ANY and <> ALL of a list can be said exactly", "compare with UNNEST of the list in a subquery");
	bv_node *found = read_dialect(st) == P
		? SAY(st, &q->head, "CASE WHEN array_length($2) = 0 THEN FALSE WHEN array_has($2, $1) THEN TRUE WHEN $1 IS NOT NULL AND array_position($2, NULL) IS NULL THEN array_has($2, $1) END", q->left, q->right)
		: SAY(st, &q->head, "CASE WHEN $2 IS NULL OR array_length($2) = 0 THEN FALSE WHEN array_has($2, $1) THEN TRUE WHEN $1 IS NOT NULL AND array_position($2, NULL) IS NULL THEN coalesce(array_has($2, $1), FALSE) END", q->left, q->right);
	return none && found ? SAY(st, &q->head, "NOT $1", found) : found ? found : &q->head;
}

/* A moment without a zone is one of the zone, which becomes an instant; an instant becomes the zone's own time. */
static bv_node *at_time_zone(bv_lane_state *st, bv_ast_at_time_zone *z)
{
	const bv_type *t = z->operand->type;
	if (!t || !(is_date(t) || t->id == BV_T_TIMESTAMP) || z->zone->kind != BV_STRING)
		return &z->head;
	bool date = is_date(t), instant = date ? read_dialect(st) == P : t->zone.n > 0; /* a date is its midnight: in PostgreSQL one in UTC, in DuckDB one of the zone */
	bv_ast_at_time_zone *own = BV_MAKE(st->arena, AT_TIME_ZONE, at_time_zone, z->head.span);
	if (!own)
		return &z->head;
	own->operand = !date ? z->operand : instant ? SAY(st, z->operand, "CAST(CAST($1 AS TIMESTAMP(6)) AS TIMESTAMP(6) WITH TIME ZONE)", z->operand) : SAY(st, z->operand, "CAST($1 AS TIMESTAMP(6))", z->operand);
	own->zone = z->zone;
	own->head.mark = BV_MARK_ENGINE;
	return instant ? SAY(st, &z->head, "CAST(to_local_time($1) AS TIMESTAMP(6))", &own->head) : SAY(st, &z->head, "CAST($1 AS TIMESTAMP(6) WITH TIME ZONE)", &own->head);
}

/* IN tells -0.0 from 0.0, unless all it looks for is written out and is not zero. */
static void one_zero_in(bv_lane_state *st, bv_ast_in_list *l)
{
	bool zero = false;
	for (uint32_t i = 0; i < l->items.n; i++) {
		const bv_node *x = l->items.v[i]->kind == BV_UNARY ? BV_AS(unary, l->items.v[i])->operand : l->items.v[i];
		zero = zero || x->kind != BV_NUMBER || !strpbrk(bv__arena_printf(st->arena, BV_STR_FMT, BV_STR_ARG(BV_AS(number, x)->text)).p, "123456789");
	}
	if (!zero)
		return;
	l->operand = zero_is_one(st, l->operand);
	for (uint32_t i = 0; i < l->items.n; i++)
		l->items.v[i] = zero_is_one(st, l->items.v[i]);
}

static bool bit_operator(const bv_node *n)
{
	unsigned op = n->kind == BV_BINARY ? BV_AS(binary, n)->op : BV_binary_op_count;
	return op == BV_binary_op_bit_and || op == BV_binary_op_bit_or || op == BV_binary_op_bit_xor || op == BV_binary_op_shift_left || op == BV_binary_op_shift_right;
}

/* (a, b) IN ((1, 2), …), of PostgreSQL: equal parts, NULL where one is not known. */
static bv_node *row_in(bv_lane_state *st, bv_ast_in_list *l)
{
	if (read_dialect(st) != P || l->operand->kind != BV_ROW)
		return &l->head;
	bv_ast_row *row = BV_AS(row, l->operand);
	bv_node *out = NULL;
	for (uint32_t i = 0; i < l->items.n; i++) {
		if (l->items.v[i]->kind != BV_ROW || BV_AS(row, l->items.v[i])->items.n != row->items.n)
			return &l->head;
		bv_node *all = NULL;
		for (uint32_t k = 0; k < row->items.n; k++) {
			bv_node *x = i ? bv__copy_expr(st, row->items.v[k]) : row->items.v[k], *y = BV_AS(row, l->items.v[i])->items.v[k];
			all = all ? SAY(st, &l->head, "$3 AND $1 = $2", x, y, all) : SAY(st, &l->head, "$1 = $2", x, y);
		}
		out = out ? SAY(st, &l->head, "$1 OR $2", out, all) : all;
	}
	return out && l->negated ? SAY(st, &l->head, "NOT ($1)", out) : out ? out : &l->head;
}

static bv_node *meant(bv_lane_state *st, bv_node *n)
{
	bv_node *out = n;
	switch (n->kind) {
	case BV_CALL:
		out = call(st, BV_AS(call, n));
		break;
	case BV_CAST:
		out = cast(st, BV_AS(cast, n));
		break;
	case BV_BINARY:
		out = binary(st, BV_AS(binary, n));
		break;
	case BV_LIKE:
		out = like(st, BV_AS(like, n));
		break;
	case BV_AT_TIME_ZONE:
		out = at_time_zone(st, BV_AS(at_time_zone, n));
		break;
	case BV_UNARY:
		if (BV_AS(unary, n)->op == BV_unary_op_negate && bit_operator(BV_AS(unary, n)->operand)) /* the engine takes this minus for ~ */
			out = SAY(st, n, "0 - $1", BV_AS(unary, n)->operand);
		else if (BV_AS(unary, n)->op == BV_unary_op_negate && BV_AS(unary, n)->operand->kind == BV_INTERVAL && several_units(st, BV_AS(interval, BV_AS(unary, n)->operand))) /* the engine negates the first alone */
			out = SAY(st, n, "INTERVAL '0 days' - $1", BV_AS(unary, n)->operand);
		else if (BV_AS(unary, n)->op == BV_unary_op_negate && BV_AS(unary, n)->operand->kind == BV_COLUMN && BV_AS(unary, n)->operand->type && BV_AS(unary, n)->operand->type->id == BV_T_FLOAT64) /* the engine has a NaN below all else, too */
			out = SAY(st, n, "nanvl(- $1, CAST('NaN' AS DOUBLE))", BV_AS(unary, n)->operand);
		else if (BV_AS(unary, n)->op == BV_unary_op_bit_not && BV_AS(unary, n)->operand->type && bv__type_is_integer(BV_AS(unary, n)->operand->type))
			out = SAY(st, n, "- $1 - 1", BV_AS(unary, n)->operand);
		break;
	case BV_IS:
		out = row_is(st, BV_AS(is, n));
		break;
	case BV_INTERVAL:
		out = divided_interval(st, BV_AS(interval, n)->value, BV_AS(interval, n)->unit) ? refused(st, n, "such a number of an interval counts otherwise in the engine", "write whole numbers of smaller units, each with its unit") : counted(st, BV_AS(interval, n));
		break;
	case BV_SLICE:
		out = slice(st, BV_AS(slice, n));
		break;
	case BV_INDEX:
		out = place(st, BV_AS(index, n));
		break;
	case BV_BETWEEN:
		as_floats(st, (bv_node **[]){&BV_AS(between, n)->operand, &BV_AS(between, n)->low, &BV_AS(between, n)->high}, 3);
		break;
	case BV_CASE:
		case_as_floats(st, BV_AS(case, n));
		break;
	case BV_IN_LIST:
		list_as_floats(st, &BV_AS(in_list, n)->items, &BV_AS(in_list, n)->operand, false);
		one_zero_in(st, BV_AS(in_list, n));
		out = row_in(st, BV_AS(in_list, n));
		break;
	case BV_NUMBER:
		if (BV_AS(number, n)->text.n > 20 && whole_text(n))
			refused(st, n, "this number has more digits than the engine's types", "write it with a point, or as a text that is cast");
		break;
	case BV_QUANTIFIED:
		out = quantified(st, BV_AS(quantified, n));
		break;
	case BV_ORDER_ITEM:
		BV_AS(order_item, n)->operand = zero_is_one(st, BV_AS(order_item, n)->operand);
		break;
	case BV_WINDOW:
		for (uint32_t i = 0; i < BV_AS(window, n)->partition_by.n; i++)
			BV_AS(window, n)->partition_by.v[i] = zero_is_one(st, BV_AS(window, n)->partition_by.v[i]);
		break;
	default:
		break;
	}
	return out ? out : n;
}

/* With its line in the trace: some of what it does is done in place. */
bv_node *bv__meant(bv_lane_state *st, bv_node *n)
{
	const bv_node *was = st->cx->rule ? bv__tree_share(st->arena, n) : NULL;
	bv_span span = n->span;
	n = meant(st, n);
	if (was && !bv__tree_equal(was, n))
		bv__rule(st, BV_RULE_MEANING, span, n);
	return n;
}
