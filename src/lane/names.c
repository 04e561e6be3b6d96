/* names: the output name of an expression without AS, as DataFusion 55 makes it, so that a query keeps the names that its users know. In: a bound
 * expression; out: a name with the relations as the query calls them.
 *
 * DataFusion has two ways of writing an expression: as the name of a column (Expr::schema_name), and for display, which stands inside such names: in the
 * arguments of a function that was called by an alias, in FILTER and in the ORDER BY of a call. Display writes casts, and parentheses where needed. */
#include <math.h>
#include <stdlib.h>

#include "lane/lane_internal.h"

bv_str bv__visible_name(const bv_relation *r, bv_str actual)
{
	if (r->names == r->actual)
		return actual;
	for (uint32_t i = 0; i < r->n; i++)
		if (bv__str_eq(r->actual[i], actual))
			return r->names[i];
	return actual;
}

bv_str bv__display_of(const bv_relation *r, bv_str actual)
{
	for (uint32_t i = 0; r->displays && i < r->n; i++)
		if (bv__str_eq(r->actual[i], actual))
			return r->displays[i];
	return r->display;
}

typedef struct out {
	bv_lane_state *st;
	bv_buf *b;
	bool display;
} out;

static void put(out *o, const bv_node *n);

static void text(out *o, const char *s) { bv__buf_z(o->b, s); }

static void displayed(out *o, const bv_node *n)
{
	out d = {o->st, o->b, true};
	put(&d, n);
}

static void list(out *o, const bv_list *l, const char *sep)
{
	for (uint32_t i = 0; i < l->n; i++) {
		if (i)
			text(o, sep);
		put(o, l->v[i]);
	}
}

static void order(out *o, const bv_list *l)
{
	for (uint32_t i = 0; i < l->n; i++) {
		const bv_ast_order_item *x = BV_AS(order_item, l->v[i]);
		if (i)
			text(o, ", ");
		displayed(o, x->operand);
		text(o, x->descending ? " DESC" : " ASC");
		bool first = x->nulls == BV_nulls_default ? x->descending : x->nulls == BV_nulls_first;
		text(o, first ? " NULLS FIRST" : " NULLS LAST");
	}
}

/* ---- literals ---- */

/* The shortest digits that read back as the same value, never with an exponent: Rust's way. */
static void real(bv_buf *b, double v)
{
	char digits[40];
	if (isinf(v)) {
		bv__buf_z(b, v < 0 ? "-inf" : "inf");
		return;
	}
	for (int precision = 0; precision < 18; precision++) {
		snprintf(digits, sizeof digits, "%.*e", precision, v);
		if (strtod(digits, NULL) == v)
			break;
	}
	char *e = strchr(digits, 'e');
	int power = e ? (int)strtol(e + 1, NULL, 10) : 0, n = 0;
	char mantissa[24];
	const char *p = digits;
	if (*p == '-') {
		bv__buf_ch(b, '-');
		p++;
	}
	for (; *p && *p != 'e' && n < (int)sizeof mantissa; p++)
		if (*p != '.')
			mantissa[n++] = *p;
	while (n > 1 && mantissa[n - 1] == '0')
		n--;
	if (power < 0) {
		bv__buf_z(b, "0.");
		for (int i = -1; i > power; i--)
			bv__buf_ch(b, '0');
		bv__buf_add(b, mantissa, (size_t)n);
		return;
	}
	for (int i = 0; i <= power || i < n; i++) {
		if (i == power + 1)
			bv__buf_ch(b, '.');
		bv__buf_ch(b, i < n ? mantissa[i] : '0');
	}
}

static void number(out *o, const bv_ast_number *n, bool negative)
{
	bv_buf digits = BV_BUF_INIT;
	if (negative)
		bv__buf_ch(&digits, '-');
	for (uint32_t i = 0; i < n->text.n; i++)
		if (n->text.p[i] != '_')
			bv__buf_ch(&digits, n->text.p[i]);
	bv_str t = bv__arena_str(o->st->arena, bv__buf_view(&digits));
	if (digits.failed)
		bv__lane_nomem(o->st);
	bv__buf_free(&digits);
	const bv_type *type = bv__type_number(t);
	if (!type || type->id == BV_T_FLOAT64) {
		text(o, "Float64(");
		real(o->b, strtod(t.p ? t.p : "", NULL));
	} else {
		text(o, type->id == BV_T_UINT64 ? "UInt64(" : "Int64(");
		uint32_t i = 0;
		if (negative && t.n > 1) {
			i = 1;
			while (i + 1 < t.n && t.p[i] == '0')
				i++;
			if (t.p[i] != '0')
				bv__buf_ch(o->b, '-');
		} else {
			while (i + 1 < t.n && t.p[i] == '0')
				i++;
		}
		bv__buf_add(o->b, t.p + i, t.n - i);
	}
	bv__buf_ch(o->b, ')');
}

static void string(out *o, bv_str s) { bv__buf_printf(o->b, "Utf8(\"" BV_STR_FMT "\")", BV_STR_ARG(s)); }

static void interval_value(out *o, const bv_interval_value *v)
{
	bv__buf_printf(o->b, "IntervalMonthDayNano { months: %d, days: %d, nanoseconds: %lld }", v->months, v->days, (long long)v->nanos);
}

static void interval(out *o, const bv_ast_interval *n, bool negative)
{
	bv_interval_value v;
	const bv_node *x = n->value;
	if (x->kind == BV_BINARY && (BV_AS(binary, x)->op == BV_binary_op_add || BV_AS(binary, x)->op == BV_binary_op_subtract)) {
		bv_ast_interval half = *n;
		half.value = BV_AS(binary, x)->left;
		interval(o, &half, negative);
		text(o, BV_AS(binary, x)->op == BV_binary_op_add ? " + " : " - ");
		half.value = BV_AS(binary, x)->right;
		interval(o, &half, false);
		return;
	}
	if (bv__interval_of(o->st->arena, n, negative, &v)) {
		text(o, "IntervalMonthDayNano(\"");
		interval_value(o, &v);
		text(o, "\")");
		return;
	}
	text(o, "IntervalMonthDayNano(");
	put(o, n->value);
	bv__buf_ch(o->b, ')');
}

static void binary_literal(out *o, bv_str hex)
{
	text(o, "Binary(\"");
	uint32_t i = 0;
	for (uint32_t at = 0; at < hex.n; i++) {
		char pair[3] = {0};
		uint32_t take = at == 0 && hex.n % 2 ? 1 : 2;
		memcpy(pair, hex.p + at, take);
		at += take;
		bv__buf_printf(o->b, "%s%lu", i ? "," : "", strtoul(pair, NULL, 16));
	}
	text(o, "\")");
}

static bool is_literal(const bv_node *n) { return n->kind == BV_NUMBER || n->kind == BV_STRING || n->kind == BV_BOOLEAN || n->kind == BV_NULL_LITERAL; }

/* ---- calls ---- */

/* DataFusion counts rows and groups as numbers, also where they are written as texts, which it reads as intervals without a unit. False: it is none. */
static bool counted(out *o, const bv_node *offset)
{
	if (offset->kind == BV_INTERVAL && !BV_AS(interval, offset)->unit && BV_AS(interval, offset)->value->kind == BV_STRING)
		offset = BV_AS(interval, offset)->value;
	bv_str digits = offset->kind == BV_NUMBER ? BV_AS(number, offset)->text : offset->kind == BV_STRING ? BV_AS(string, offset)->text : BV_STR("");
	uint32_t i = 0;
	while (i + 1 < digits.n && digits.p[i] == '0')
		i++;
	digits.p += i;
	digits.n -= i;
	for (i = 0; i < digits.n; i++)
		if (digits.p[i] < '0' || digits.p[i] > '9')
			return false;
	bv__buf_str(o->b, digits);
	return digits.n > 0;
}

static void bound(out *o, const bv_ast_frame *f, bool end)
{
	const bv_node *offset = end ? f->end_offset : f->start_offset;
	bv_interval_value v;
	switch (end ? f->end : f->start) {
	case BV_frame_bound_current_row:
		text(o, "CURRENT ROW");
		break;
	case BV_frame_bound_unbounded_preceding:
		text(o, "UNBOUNDED PRECEDING");
		break;
	case BV_frame_bound_unbounded_following:
		text(o, "UNBOUNDED FOLLOWING");
		break;
	default:
		if (offset && f->unit != BV_frame_unit_range && counted(o, offset))
			;
		else if (offset && offset->kind == BV_NUMBER)
			bv__buf_str(o->b, BV_AS(number, offset)->text);
		else if (offset && offset->kind == BV_STRING)
			bv__buf_str(o->b, BV_AS(string, offset)->text);
		else if (offset && offset->kind == BV_INTERVAL && f->unit == BV_frame_unit_range && bv__interval_of(o->st->arena, BV_AS(interval, offset), false, &v))
			interval_value(o, &v);
		else if (offset)
			put(o, offset);
		text(o, (end ? f->end : f->start) == BV_frame_bound_preceding ? " PRECEDING" : " FOLLOWING");
		break;
	}
}

static void window(out *o, const bv_ast_window *w)
{
	static const char *const units[] = {"RANGE", "ROWS", "GROUPS"};
	bool any = false;
	for (uint32_t i = 0; i < w->partition_by.n; i++) {
		const bv_node *p = w->partition_by.v[i];
		if (is_literal(p))
			continue; /* a constant makes no partitions */
		text(o, any ? ", " : " PARTITION BY [");
		put(o, p);
		any = true;
	}
	if (any)
		bv__buf_ch(o->b, ']');
	if (w->order_by.n) {
		text(o, " ORDER BY [");
		order(o, &w->order_by);
		bv__buf_ch(o->b, ']');
	}
	const bv_ast_frame *f = (const bv_ast_frame *)w->frame;
	if (!f) {
		text(o, w->order_by.n ? " RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW" : " ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING");
		return;
	}
	bv__buf_printf(o->b, " %s BETWEEN ", units[f->unit]);
	bound(o, f, false);
	text(o, " AND ");
	bound(o, f, true);
}

static bool is_one_of(bv_str name, const char *const *them, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		if (bv__str_is(name, them[i]))
			return true;
	return false;
}

/* Aggregates whose ORDER BY is WITHIN GROUP. */
static bool is_ordered_set(bv_str name)
{
	static const char *const have[] = {"percentile_cont", "approx_percentile_cont", "approx_percentile_cont_with_weight"};
	return is_one_of(name, have, BV_COUNT(have));
}

static void arguments(out *o, const bv_ast_call *c, const char *sep)
{
	if (c->args.n == 1 && c->args.v[0]->kind == BV_STAR)
		bv__buf_ch(o->b, '*');
	else
		list(o, &c->args, sep);
}

static void call(out *o, const bv_ast_call *c)
{
	bv_str name = c->name.v[c->name.n - 1];
	const bv_function *fn = bv__call_function(o->st, c);
	bv_str canonical = fn ? fn->name : name;
	bool set = fn && is_ordered_set(fn->name);
	const bv_list *sorts = set && c->within_group.n ? &c->within_group : &c->order_by;
	/* fn(x, p ORDER BY x) is fn(p) WITHIN GROUP (ORDER BY x). */
	bv_list args = c->args;
	if (set && !c->within_group.n && c->order_by.n && args.n >= 2) {
		args.v++;
		args.n--;
	}
	if (!fn && bv__str_is(name, "unnest") && args.n == 1) {
		text(o, "UNNEST(");
		put(o, args.v[0]);
		bv__buf_ch(o->b, ')');
		return;
	}
	if (fn && !o->display && !c->over && (bv__str_is(fn->name, "get_field") || bv__str_is(fn->name, "array_element") || bv__str_is(fn->name, "array_slice")) &&
		args.n >= 2 && bv__str_ieq(name, fn->name)) {
		bool field = bv__str_is(fn->name, "get_field");
		put(o, args.v[0]);
		for (uint32_t i = 1; i < args.n; i++) {
			text(o, i == 1 ? "[" : field ? "][" : ":");
			if (field && args.v[i]->kind == BV_STRING)
				bv__buf_str(o->b, BV_AS(string, args.v[i])->text);
			else
				put(o, args.v[i]);
		}
		bv__buf_ch(o->b, ']');
		return;
	}
	bool aliased = fn && !bv__str_ieq(name, fn->name);
	if (aliased && !o->display) {
		bv__buf_printf(o->b, BV_STR_FMT "(", BV_STR_ARG(name));
		if (set && sorts->n) {
			displayed(o, BV_AS(order_item, sorts->v[0])->operand);
			text(o, args.n ? "," : "");
		}
		out d = {o->st, o->b, true};
		list(&d, &args, ",");
		bv__buf_ch(o->b, ')');
		return;
	}
	bv__buf_str(o->b, canonical);
	bv__buf_ch(o->b, '(');
	if (c->distinct)
		text(o, "DISTINCT ");
	if (o->display && set && sorts->n) {
		put(o, BV_AS(order_item, sorts->v[0])->operand);
		text(o, args.n ? ", " : "");
	}
	bv_ast_call shown = *c;
	shown.args = args;
	arguments(o, &shown, o->display || (c->over && fn && fn->kind == BV_FN_AGGREGATE) ? ", " : ",");
	bv__buf_ch(o->b, ')');
	if (c->nulls)
		text(o, c->nulls == BV_null_treatment_ignore ? " IGNORE NULLS" : " RESPECT NULLS");
	if (c->filter) {
		text(o, " FILTER (WHERE ");
		displayed(o, c->filter);
		bv__buf_ch(o->b, ')');
	}
	if (sorts->n) {
		text(o, set && !o->display ? " WITHIN GROUP [" : " ORDER BY [");
		order(o, sorts);
		bv__buf_ch(o->b, ']');
	}
	if (c->over)
		window(o, BV_AS(window, c->over));
	if (aliased) {
		text(o, " AS ");
		out plain = {o->st, o->b, false};
		call(&plain, c);
	}
}

/* ---- operators ---- */

static const struct {
	const char *text;
	unsigned precedence; /* in display */
} operators[] = {
	[BV_binary_op_add] = {"+", 40}, [BV_binary_op_subtract] = {"-", 40}, [BV_binary_op_multiply] = {"*", 45}, [BV_binary_op_divide] = {"/", 45},
	[BV_binary_op_modulo] = {"%", 45}, [BV_binary_op_integer_divide] = {"DIV", 30}, [BV_binary_op_power] = {"^", 30}, [BV_binary_op_concat] = {"||", 30},
	[BV_binary_op_eq] = {"=", 15}, [BV_binary_op_ne] = {"!=", 15}, [BV_binary_op_lt] = {"<", 20}, [BV_binary_op_le] = {"<=", 15}, [BV_binary_op_gt] = {">", 20},
	[BV_binary_op_ge] = {">=", 15}, [BV_binary_op_is_distinct_from] = {"IS DISTINCT FROM", 30}, [BV_binary_op_is_not_distinct_from] = {"IS NOT DISTINCT FROM", 30},
	[BV_binary_op_bit_and] = {"&", 30}, [BV_binary_op_bit_or] = {"|", 30}, [BV_binary_op_bit_xor] = {"BIT_XOR", 30}, [BV_binary_op_shift_left] = {"<<", 30},
	[BV_binary_op_shift_right] = {">>", 30}, [BV_binary_op_regex_match] = {"~", 30}, [BV_binary_op_regex_match_i] = {"~*", 30},
	[BV_binary_op_not_regex_match] = {"!~", 30}, [BV_binary_op_not_regex_match_i] = {"!~*", 30}, [BV_binary_op_contains] = {"@>", 30},
	[BV_binary_op_contained_by] = {"<@", 30}, [BV_binary_op_arrow] = {"->", 30}, [BV_binary_op_long_arrow] = {"->>", 30}, [BV_binary_op_hash_arrow] = {"#>", 30},
	[BV_binary_op_hash_long_arrow] = {"#>>", 30}, [BV_binary_op_hash_minus] = {"#-", 30}, [BV_binary_op_at_at] = {"@@", 30}, [BV_binary_op_at_question] = {"@?", 30},
	[BV_binary_op_question] = {"?", 30}, [BV_binary_op_question_and] = {"?&", 30}, [BV_binary_op_question_pipe] = {"?|", 30}, [BV_binary_op_true_divide] = {"/", 45},
	[BV_binary_op_like_match] = {"~~", 30}, [BV_binary_op_ilike_match] = {"~~*", 30}, [BV_binary_op_not_like_match] = {"!~~", 30},
	[BV_binary_op_not_ilike_match] = {"!~~*", 30},
};

/* What is known of a type before types are: of columns of tables, and of what is written as a list or map. */
static const bv_type *known_type(out *o, const bv_node *n)
{
	if (n->kind == BV_CAST) {
		bv_diagnostics *quiet = bv_diagnostics_new();
		const bv_type *t = quiet ? bv__type_from_node(o->st->arena, BV_AS(cast, n)->type, quiet) : NULL;
		bv_diagnostics_free(quiet);
		return t;
	}
	const bv_ast_column *c = n->kind == BV_COLUMN ? BV_AS(column, n) : NULL;
	const bv_relation *r = c && c->path.n == 2 ? bv__map_get(&o->st->relations, c->path.v[0]) : NULL;
	const bv_table_info *info = r && r->table.n ? bv__map_get(&o->st->tables, bv__dotted(o->st->arena, &r->table)) : NULL;
	for (uint32_t i = 0; info && i < info->schema.n; i++)
		if (bv__str_eq(info->schema.v[i].name, c->path.v[1]))
			return info->schema.v[i].type;
	return NULL;
}

static bool is_call_of(out *o, const bv_node *n, const char *name)
{
	const bv_function *fn = n->kind == BV_CALL ? bv__call_function(o->st, BV_AS(call, n)) : NULL;
	return fn && bv__str_is(fn->name, name);
}

static bool is_list(const bv_type *t)
{
	return t->id == BV_T_LIST || t->id == BV_T_LARGE_LIST || t->id == BV_T_FIXED_LIST || t->id == BV_T_LIST_VIEW || t->id == BV_T_LARGE_LIST_VIEW;
}

static unsigned dimensions(out *o, const bv_node *n)
{
	const bv_list *items = n->kind == BV_ARRAY ? &BV_AS(array, n)->items : is_call_of(o, n, "make_array") ? &BV_AS(call, n)->args : NULL;
	if (items)
		return 1 + (items->n ? dimensions(o, items->v[0]) : 0);
	if (n->kind == BV_BINARY && BV_AS(binary, n)->op == BV_binary_op_concat) {
		unsigned l = dimensions(o, BV_AS(binary, n)->left), r = dimensions(o, BV_AS(binary, n)->right);
		return l > r ? l : r;
	}
	unsigned d = 0;
	for (const bv_type *t = known_type(o, n); t && is_list(t); t = t->children[0].type)
		d++;
	return d;
}

/* The functions that operators on lists are; NULL: an operator. */
static const char *list_function(out *o, const bv_ast_binary *x)
{
	if (x->op != BV_binary_op_concat && x->op != BV_binary_op_contains && x->op != BV_binary_op_contained_by)
		return NULL;
	unsigned l = dimensions(o, x->left), r = dimensions(o, x->right);
	if (x->op != BV_binary_op_concat)
		return l && r ? "array_has_all" : NULL;
	return !l && !r ? NULL : l == r ? "array_concat" : l > r ? "array_append" : "array_prepend";
}

static unsigned precedence(const bv_node *n)
{
	return n->kind == BV_AND ? 10 : n->kind == BV_OR ? 5 : n->kind == BV_BINARY ? operators[BV_AS(binary, n)->op].precedence : 99;
}

static void operand(out *o, const bv_node *n, unsigned outer)
{
	bool open = o->display && precedence(n) < outer;
	if (open)
		bv__buf_ch(o->b, '(');
	put(o, n);
	if (open)
		bv__buf_ch(o->b, ')');
}

static void terms(out *o, const bv_list *l, const char *op, unsigned outer)
{
	for (uint32_t i = 0; i < l->n; i++) {
		if (i)
			text(o, op);
		operand(o, l->v[i], outer);
	}
}

/* x op ANY (list), x op ALL (list): the calls that DataFusion's planner writes for them. */
static void of_list(out *o, const char *function, const bv_node *l)
{
	text(o, function);
	bv__buf_ch(o->b, '(');
	put(o, l);
	bv__buf_ch(o->b, ')');
}

static void bounded(out *o, const char *function, const bv_node *l, const char *op, const bv_node *x)
{
	of_list(o, function, l);
	text(o, op);
	put(o, x);
}

static void quantified(out *o, const bv_ast_quantified *q)
{
	static const char *const named[] = {[BV_binary_op_eq] = "=", [BV_binary_op_ne] = "!=", [BV_binary_op_lt] = "<", [BV_binary_op_le] = "<=",
		[BV_binary_op_gt] = ">", [BV_binary_op_ge] = ">="};
	bool all = q->quantifier == BV_quantifier_all;
	const bv_node *x = q->left, *l = q->right;
	if (l->kind == BV_QUERY) {
		put(o, x);
		bv__buf_printf(o->b, " %s %s", operators[q->op].text, all ? "ALL" : "ANY");
		return;
	}
	if (q->op >= BV_COUNT(named) || !named[q->op])
		return;
	if (!all && q->op == BV_binary_op_eq) {
		text(o, "array_has(");
		put(o, l);
		text(o, o->display ? ", " : ",");
		put(o, x);
		bv__buf_ch(o->b, ')');
		return;
	}
	text(o, "CASE WHEN ");
	if (!all) {
		bool low = q->op == BV_binary_op_gt || q->op == BV_binary_op_ge;
		of_list(o, low ? "array_min" : "array_max", l);
		text(o, " IS NOT NULL THEN ");
		switch (q->op) {
		case BV_binary_op_ne:
			bounded(o, "array_min", l, " != ", x);
			text(o, " OR ");
			bounded(o, "array_max", l, " != ", x);
			break;
		case BV_binary_op_gt: bounded(o, "array_min", l, " < ", x); break;
		case BV_binary_op_ge: bounded(o, "array_min", l, " <= ", x); break;
		case BV_binary_op_lt: bounded(o, "array_max", l, " > ", x); break;
		default: bounded(o, "array_max", l, " >= ", x); break;
		}
		text(o, " WHEN ");
		put(o, l);
		text(o, " IS NOT NULL THEN Boolean(false) ELSE Boolean(NULL) END");
		return;
	}
	put(o, l);
	text(o, " IS NULL THEN Boolean(NULL) WHEN ");
	of_list(o, "cardinality", l);
	text(o, " = UInt64(0) THEN Boolean(true) WHEN ");
	put(o, x);
	text(o, " IS NULL THEN Boolean(NULL) WHEN ");
	if (q->op == BV_binary_op_ne) {
		text(o, "array_has(");
		put(o, l);
		text(o, o->display ? ", " : ",");
		put(o, x);
		bv__buf_ch(o->b, ')');
	} else if (q->op == BV_binary_op_eq) {
		text(o, "NOT ");
		bounded(o, "array_min", l, " = ", x);
		text(o, " AND ");
		bounded(o, "array_max", l, " = ", x);
	} else {
		text(o, "NOT ");
		put(o, x);
		bv__buf_printf(o->b, " %s ", named[q->op]);
		of_list(o, q->op == BV_binary_op_gt || q->op == BV_binary_op_ge ? "array_max" : "array_min", l);
	}
	text(o, " THEN Boolean(false) WHEN array_position(");
	put(o, l);
	text(o, o->display ? ", NULL, Int64(1)" : ",NULL,Int64(1)");
	text(o, ") IS NOT NULL THEN Boolean(NULL) ELSE Boolean(true) END");
}

static void made_array(out *o, const bv_list *items)
{
	text(o, "make_array(");
	list(o, items, o->display ? ", " : ",");
	bv__buf_ch(o->b, ')');
}

/* array_agg(x)[i] is nth_value(x, i). */
static const bv_ast_call *is_array_agg(out *o, const bv_node *n)
{
	const bv_function *fn = n->kind == BV_CALL ? bv__call_function(o->st, BV_AS(call, n)) : NULL;
	return fn && bv__str_is(fn->name, "array_agg") && !BV_AS(call, n)->over && bv__str_ieq(BV_AS(call, n)->name.v[BV_AS(call, n)->name.n - 1], fn->name) ? BV_AS(call, n) : NULL;
}

static void index_of(out *o, const bv_ast_index *x)
{
	const bv_ast_call *agg = is_array_agg(o, x->operand);
	if (agg && x->index->kind != BV_STRING) {
		bv_ast_call as = *agg;
		bv_str name = BV_STR("nth_value");
		bv_node **args = BV_NEWN(o->st->arena, bv_node *, agg->args.n + 1);
		if (!args)
			return;
		if (agg->args.n)
			memcpy(args, agg->args.v, sizeof *args * agg->args.n);
		args[agg->args.n] = x->index;
		as.name = (bv_path){&name, 1, 0};
		as.args = (bv_list){args, agg->args.n + 1};
		call(o, &as);
		return;
	}
	if (o->display) {
		text(o, x->index->kind == BV_STRING ? "get_field(" : "array_element(");
		put(o, x->operand);
		text(o, ", ");
		put(o, x->index);
		bv__buf_ch(o->b, ')');
		return;
	}
	put(o, x->operand);
	bv__buf_ch(o->b, '[');
	const bv_type *t = known_type(o, x->operand);
	bool of_map = x->operand->kind == BV_MAP || is_call_of(o, x->operand, "map") || (t && t->id == BV_T_MAP);
	const bv_node *i = x->index, *digits = i->kind == BV_UNARY && BV_AS(unary, i)->op == BV_unary_op_negate ? BV_AS(unary, i)->operand : i;
	if (i->kind == BV_STRING)
		bv__buf_str(o->b, BV_AS(string, i)->text);
	else if (of_map && digits->kind == BV_NUMBER) /* a key is shown bare */
		bv__buf_printf(o->b, "%s" BV_STR_FMT, digits == i ? "" : "-", BV_STR_ARG(BV_AS(number, digits)->text));
	else if (of_map && i->kind == BV_BOOLEAN)
		text(o, BV_AS(boolean, i)->value ? "true" : "false");
	else
		put(o, i);
	bv__buf_ch(o->b, ']');
}

static void slice(out *o, const bv_ast_slice *x)
{
	if (o->display)
		text(o, "array_slice(");
	put(o, x->operand);
	text(o, o->display ? ", " : "[");
	if (x->low)
		put(o, x->low);
	text(o, o->display ? ", " : ":");
	if (x->high)
		put(o, x->high);
	text(o, o->display ? ", " : ":");
	if (x->step)
		put(o, x->step);
	else
		text(o, "Int64(1)");
	bv__buf_ch(o->b, o->display ? ')' : ']');
}

static void cast(out *o, const bv_ast_cast *c)
{
	bv_diagnostics *quiet = o->display ? bv_diagnostics_new() : NULL;
	const bv_type *t = quiet ? bv__type_from_node(o->st->arena, c->type, quiet) : NULL;
	bv_diagnostics_free(quiet);
	if (t)
		text(o, c->form == BV_cast_kind_try_cast ? "TRY_CAST(" : "CAST(");
	put(o, c->operand);
	if (t)
		bv__buf_printf(o->b, " AS " BV_STR_FMT ")", BV_STR_ARG(bv__type_str(o->st->arena, t)));
}

static void put(out *o, const bv_node *n)
{
	bv_lane_state *st = o->st;
	bv_buf *b = o->b;
	switch (n->kind) {
	case BV_COLUMN: {
		const bv_ast_column *c = BV_AS(column, n);
		if (c->path.n < 2) {
			bv__buf_str(b, c->path.v[0]);
			break;
		}
		const bv_relation *r = bv__map_get(&st->relations, c->path.v[0]);
		bv_str display = r ? bv__display_of(r, c->path.v[1]) : (bv_str){"", 0};
		if (display.n) {
			bv__buf_str(b, display);
			bv__buf_ch(b, '.');
		}
		bv__buf_str(b, r ? bv__visible_name(r, c->path.v[1]) : c->path.v[1]);
		break;
	}
	case BV_ALIAS:
		put(o, BV_AS(alias, n)->operand);
		break;
	case BV_NUMBER:
		number(o, BV_AS(number, n), false);
		break;
	case BV_STRING:
		string(o, BV_AS(string, n)->text);
		break;
	case BV_BINARY_LITERAL:
		binary_literal(o, BV_AS(binary_literal, n)->hex);
		break;
	case BV_BOOLEAN:
		bv__buf_printf(b, "Boolean(%s)", BV_AS(boolean, n)->value ? "true" : "false");
		break;
	case BV_NULL_LITERAL:
		bv__buf_z(b, "NULL");
		break;
	case BV_CAST:
		cast(o, BV_AS(cast, n));
		break;
	case BV_FIELD:
		if (o->display)
			text(o, "get_field(");
		put(o, BV_AS(field, n)->operand);
		if (o->display) {
			text(o, ", ");
			string(o, BV_AS(field, n)->name);
			bv__buf_ch(b, ')');
		} else {
			bv__buf_printf(b, "[" BV_STR_FMT "]", BV_STR_ARG(BV_AS(field, n)->name));
		}
		break;
	case BV_INDEX:
		index_of(o, BV_AS(index, n));
		break;
	case BV_SLICE:
		slice(o, BV_AS(slice, n));
		break;
	case BV_QUANTIFIED:
		quantified(o, BV_AS(quantified, n));
		break;
	case BV_MAP:
		text(o, "map(");
		made_array(o, &BV_AS(map, n)->keys);
		text(o, o->display ? ", " : ",");
		made_array(o, &BV_AS(map, n)->items);
		bv__buf_ch(b, ')');
		break;
	case BV_UNARY: {
		const bv_ast_unary *u = BV_AS(unary, n);
		if (u->op == BV_unary_op_negate && u->operand->kind == BV_NUMBER) {
			number(o, BV_AS(number, u->operand), true);
			break;
		}
		if (u->op == BV_unary_op_negate && u->operand->kind == BV_INTERVAL) {
			interval(o, BV_AS(interval, u->operand), true);
			break;
		}
		bv__buf_z(b, u->op == BV_unary_op_negate ? "(- " : u->op == BV_unary_op_not ? "NOT " : u->op == BV_unary_op_bit_not ? "~" : "");
		put(o, u->operand);
		if (u->op == BV_unary_op_negate)
			bv__buf_ch(b, ')');
		break;
	}
	case BV_BINARY: {
		const bv_ast_binary *x = BV_AS(binary, n);
		unsigned outer = operators[x->op].precedence;
		const char *function = list_function(o, x);
		if (function) {
			bool swapped = x->op == BV_binary_op_contained_by;
			bv__buf_printf(b, "%s(", function);
			put(o, swapped ? x->right : x->left);
			text(o, o->display ? ", " : ",");
			put(o, swapped ? x->left : x->right);
			bv__buf_ch(b, ')');
			break;
		}
		operand(o, x->left, outer);
		bv__buf_printf(b, " %s ", operators[x->op].text);
		operand(o, x->right, outer);
		break;
	}
	case BV_AND:
		terms(o, &BV_AS(and, n)->terms, " AND ", 10);
		break;
	case BV_OR:
		terms(o, &BV_AS(or, n)->terms, " OR ", 5);
		break;
	case BV_IS: {
		static const char *const tests[] = {"NULL", "TRUE", "FALSE", "UNKNOWN"};
		const bv_ast_is *i = BV_AS(is, n);
		put(o, i->operand);
		bv__buf_printf(b, " IS %s%s", i->negated ? "NOT " : "", tests[i->test]);
		break;
	}
	case BV_BETWEEN: {
		const bv_ast_between *t = BV_AS(between, n);
		put(o, t->operand);
		bv__buf_z(b, t->negated ? " NOT BETWEEN " : " BETWEEN ");
		put(o, t->low);
		bv__buf_z(b, " AND ");
		put(o, t->high);
		break;
	}
	case BV_IN_LIST: {
		const bv_ast_in_list *l = BV_AS(in_list, n);
		put(o, l->operand);
		bv__buf_printf(b, "%s%s", l->negated ? " NOT IN " : " IN ", o->display ? "([" : "");
		list(o, &l->items, ", ");
		text(o, o->display ? "])" : "");
		break;
	}
	case BV_LIKE: {
		const bv_ast_like *l = BV_AS(like, n);
		put(o, l->operand);
		bv__buf_printf(b, " %s%s ", l->negated ? "NOT " : "", l->form == BV_like_kind_ilike ? "ILIKE" : l->form == BV_like_kind_like ? "LIKE" : "SIMILAR TO");
		put(o, l->pattern);
		if (l->escape.n)
			bv__buf_printf(b, " %s '" BV_STR_FMT "'", o->display ? "ESCAPE" : "CHAR", BV_STR_ARG(l->escape));
		break;
	}
	case BV_CASE: {
		const bv_ast_case *c = BV_AS(case, n);
		bv__buf_z(b, "CASE ");
		if (c->operand) {
			put(o, c->operand);
			bv__buf_ch(b, ' ');
		}
		for (uint32_t i = 0; i < c->whens.n; i++) {
			bv__buf_z(b, "WHEN ");
			put(o, BV_AS(when, c->whens.v[i])->condition);
			bv__buf_z(b, " THEN ");
			put(o, BV_AS(when, c->whens.v[i])->result);
			bv__buf_ch(b, ' ');
		}
		if (c->otherwise) {
			bv__buf_z(b, "ELSE ");
			put(o, c->otherwise);
			bv__buf_ch(b, ' ');
		}
		bv__buf_z(b, "END");
		break;
	}
	case BV_EXISTS:
		bv__buf_z(b, BV_AS(exists, n)->negated ? "NOT EXISTS" : "EXISTS");
		break;
	case BV_IN_QUERY:
		bv__buf_z(b, BV_AS(in_query, n)->negated ? "NOT IN" : "IN");
		break;
	case BV_SCALAR_QUERY: {
		const bv_node *query = BV_AS(scalar_query, n)->query;
		const bv_str *name = bv__map_get(&st->column_names, (bv_str){(const char *)&query, sizeof query});
		if (name) {
			bv__buf_str(b, *name);
			break;
		}
		const bv_node *body = BV_AS(query, BV_AS(scalar_query, n)->query)->body;
		while (body && body->kind == BV_SET_OPERATION)
			body = BV_AS(set_operation, body)->left;
		if (body && body->kind == BV_SELECT && BV_AS(select, body)->projections.n)
			put(o, BV_AS(select, body)->projections.v[0]);
		else
			bv__buf_z(b, "column1");
		break;
	}
	case BV_CALL:
		call(o, BV_AS(call, n));
		break;
	case BV_ARRAY:
		made_array(o, &BV_AS(array, n)->items);
		break;
	case BV_STRUCT: {
		const bv_list *f = &BV_AS(struct, n)->fields;
		bool named = false; /* then the other fields are called by their place */
		for (uint32_t i = 0; i < f->n; i++)
			named |= f->v[i]->kind == BV_ALIAS;
		bv__buf_z(b, named ? "named_struct(" : "struct(");
		for (uint32_t i = 0; i < f->n; i++) {
			if (i)
				text(o, o->display ? ", " : ",");
			if (named) {
				string(o, f->v[i]->kind == BV_ALIAS ? BV_AS(alias, f->v[i])->name : bv__arena_numbered(o->st->arena, 'c', i));
				text(o, o->display ? ", " : ",");
			}
			put(o, f->v[i]);
		}
		bv__buf_ch(b, ')');
		break;
	}
	case BV_NAMED_ARG:
		put(o, BV_AS(named_arg, n)->value);
		break;
	case BV_INTERVAL:
		interval(o, BV_AS(interval, n), false);
		break;
	case BV_AT_TIME_ZONE:
		put(o, BV_AS(at_time_zone, n)->operand);
		break;
	case BV_LAMBDA: {
		const bv_ast_lambda *l = BV_AS(lambda, n);
		bv__buf_ch(b, '(');
		for (uint32_t i = 0; i < l->params.n; i++) {
			if (i)
				bv__buf_z(b, ", ");
			bv__buf_str(b, l->params.v[i]);
		}
		bv__buf_z(b, ") -> ");
		put(o, l->body);
		break;
	}
	case BV_ROW:
		bv__buf_z(b, "struct(");
		list(o, &BV_AS(row, n)->items, o->display ? ", " : ",");
		bv__buf_ch(b, ')');
		break;
	default:
		/* The name of what it is: DataFusion has no better one for these. */
		bv__buf_z(b, bv__nodes[n->kind].name);
		break;
	}
}

const bv_node *bv__under_plus(const bv_node *n)
{
	while (n->kind == BV_UNARY && BV_AS(unary, n)->op == BV_unary_op_plus)
		n = BV_AS(unary, n)->operand;
	return n;
}

bv_str bv__output_name(bv_lane_state *st, const bv_node *bound_expr)
{
	bv_buf b = BV_BUF_INIT;
	put(&(out){st, &b, false}, bound_expr);
	bv_str name = bv__arena_str(st->arena, bv__buf_view(&b));
	if (b.failed)
		bv__lane_nomem(st);
	bv__buf_free(&b);
	return name;
}
