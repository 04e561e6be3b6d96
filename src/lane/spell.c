/* spell: one node for one construct, whatever it was written as. In: a bound tree, the names of whose outputs are fixed; out: the same with
 *
 *   make_array(a, b)            -> [a, b]                array_element(l, i)      -> l[i]
 *   named_struct('k', a, …)     -> {'k': a, …}           array_slice(l, a, b, s)  -> l[a:b:s]
 *   get_field(v, 'k')           -> v.k
 *   count(*), count()           -> count(1)
 *   date_part('Year', t)        -> date_part('YEAR', t)  date_trunc('Month', t)   -> date_trunc('month', t)
 *   a ~~ b, a !~~* b            -> a LIKE b, a NOT ILIKE b
 *   INTERVAL 1 DAY, '1 day'     -> INTERVAL '1' DAY, where the text is one whole number and one unit
 *   1E+03, 007, 1.50, .5        -> 1e3, 7, 1.5, 0.5
 *   FETCH FIRST n ROWS ONLY     -> LIMIT n
 *   OFFSET 0                    -> none
 *   frames                      -> none, where the frame is the one that is meant without
 *
 * The engine plans both sides of each row as the same call (Array, Struct, Index, … are lowered to these functions); parts of dates are read
 * without case. Preconditions: the function is the engine's own, keys are literals that are not empty, no call has clauses. */
#include "lane/lane_internal.h"

static bool is_name(const bv_ast_call *c, const bv_function *f, const char *name)
{
	return f && bv__str_is(f->name, name) && !c->distinct && !c->filter && !c->over && !c->order_by.n && !c->within_group.n && !c->nulls;
}

static bool key_text(const bv_node *n) { return n->kind == BV_STRING && BV_AS(string, n)->text.n; }

static bool plain_args(const bv_list *args)
{
	for (uint32_t i = 0; i < args->n; i++)
		if (args->v[i]->kind == BV_NAMED_ARG || args->v[i]->kind == BV_LAMBDA)
			return false;
	return true;
}

static bv_node *structure(bv_lane_state *st, bv_ast_call *c)
{
	if (!c->args.n || c->args.n % 2)
		return &c->head;
	for (uint32_t i = 0; i < c->args.n; i += 2)
		if (!key_text(c->args.v[i]))
			return &c->head;
	bv_ast_struct *s = BV_MAKE(st->arena, STRUCT, struct, c->head.span);
	bv_node_vec fields = {0};
	for (uint32_t i = 0; i < c->args.n; i += 2)
		(void)BV_PUSH(st->arena, &fields, bv__alias(st->arena, c->args.v[i + 1], BV_AS(string, c->args.v[i])->text));
	if (!s)
		return &c->head;
	s->fields = bv__list_done(fields);
	return &s->head;
}

static void case_of(bv_lane_state *st, bv_node *n, bool upper)
{
	if (n->kind != BV_STRING)
		return;
	bv_str t = BV_AS(string, n)->text;
	if (t.n > 2 && t.p[1] != '"' && t.p[1] != '\'' && (t.p[0] == '"' || t.p[0] == '\'') && t.p[t.n - 1] == t.p[0])
		t = (bv_str){t.p + 1, t.n - 2};
	char *out = bv__arena_alloc(st->arena, t.n + 1);
	if (!out)
		return;
	for (uint32_t i = 0; i < t.n; i++) {
		char c = t.p[i];
		out[i] = upper && c >= 'a' && c <= 'z' ? (char)(c - 32) : !upper && c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
	}
	BV_AS(string, n)->text = (bv_str){out, t.n};
}

bool bv__counts_rows(const bv_ast_call *c)
{
	if (c->name.n != 1 || !bv__str_is(c->name.v[0], "count") || c->distinct || c->args.n > 1)
		return false;
	const bv_ast_star *s = c->args.n && c->args.v[0]->kind == BV_STAR ? BV_AS(star, c->args.v[0]) : NULL;
	return c->args.n == 0 || (s && !s->qualifier.n && !s->exclude.n && !s->replace.n && !s->rename.n && !s->like.n);
}

static bv_node *call(bv_lane_state *st, bv_ast_call *c)
{
	if (bv__counts_rows(c)) {
		bv_node *one = bv__number(st->arena, c->args.n ? c->args.v[0]->span : c->head.span, 1);
		c->args = one ? bv__list_of(st->arena, &one, 1) : c->args;
	}
	const bv_function *f = bv__call_function(st, c);
	if (!f || c->name.n != 1 || !plain_args(&c->args))
		return &c->head;
	if (is_name(c, f, "make_array")) {
		bv_ast_array *a = BV_MAKE(st->arena, ARRAY, array, c->head.span);
		if (!a)
			return &c->head;
		a->items = c->args;
		return &a->head;
	}
	if (is_name(c, f, "named_struct"))
		return structure(st, c);
	if (is_name(c, f, "get_field") && c->args.n == 2 && key_text(c->args.v[1])) {
		bv_ast_field *x = BV_MAKE(st->arena, FIELD, field, c->head.span);
		if (!x)
			return &c->head;
		x->operand = c->args.v[0];
		x->name = BV_AS(string, c->args.v[1])->text;
		return &x->head;
	}
	if (is_name(c, f, "array_element") && c->args.n == 2) {
		bv_ast_index *x = BV_MAKE(st->arena, INDEX, index, c->head.span);
		if (!x)
			return &c->head;
		x->operand = c->args.v[0];
		x->index = c->args.v[1];
		return &x->head;
	}
	if (is_name(c, f, "array_slice") && (c->args.n == 3 || c->args.n == 4)) {
		bv_ast_slice *x = BV_MAKE(st->arena, SLICE, slice, c->head.span);
		if (!x)
			return &c->head;
		x->operand = c->args.v[0];
		x->low = c->args.v[1];
		x->high = c->args.v[2];
		x->step = c->args.n == 4 ? c->args.v[3] : NULL;
		return &x->head;
	}
	if ((is_name(c, f, "date_part") || is_name(c, f, "date_trunc")) && c->args.n)
		case_of(st, c->args.v[0], bv__str_is(f->name, "date_part"));
	return &c->head;
}

static bv_node *like_match(bv_lane_state *st, bv_ast_binary *b)
{
	if (b->op < BV_binary_op_like_match || b->op > BV_binary_op_not_ilike_match)
		return &b->head;
	bv_ast_like *l = BV_MAKE(st->arena, LIKE, like, b->head.span);
	if (!l)
		return &b->head;
	l->form = b->op == BV_binary_op_like_match || b->op == BV_binary_op_not_like_match ? BV_like_kind_like : BV_like_kind_ilike;
	l->negated = b->op >= BV_binary_op_not_like_match;
	l->operand = b->left;
	l->pattern = b->right;
	return &l->head;
}

/* '12 days' -> '12' and DAY. */
static void interval(bv_lane_state *st, bv_ast_interval *n)
{
	static const struct {
		const char *name;
		uint8_t unit;
	} units[] = {{"year", BV_interval_unit_year}, {"month", BV_interval_unit_month}, {"week", BV_interval_unit_week}, {"day", BV_interval_unit_day}, {"hour", BV_interval_unit_hour},
		{"minute", BV_interval_unit_minute}, {"second", BV_interval_unit_second}, {"millisecond", BV_interval_unit_millisecond}, {"microsecond", BV_interval_unit_microsecond},
		{"nanosecond", BV_interval_unit_nanosecond}};
	if (n->value->kind == BV_NUMBER && n->unit != BV_interval_unit_text) {
		n->value = bv__string(st->arena, n->value->span, BV_AS(number, n->value)->text);
		return;
	}
	if (n->value->kind != BV_STRING || n->unit != BV_interval_unit_text)
		return;
	bv_str t = BV_AS(string, n->value)->text;
	uint32_t i = t.n && t.p[0] == '-' ? 1 : 0, digits = i;
	while (i < t.n && t.p[i] >= '0' && t.p[i] <= '9')
		i++;
	uint32_t number = i;
	while (i < t.n && t.p[i] == ' ')
		i++;
	if (number == digits || i == number)
		return;
	bv_str unit = {t.p + i, t.n - i};
	for (unsigned k = 0; k < BV_COUNT(units); k++) {
		bv_str name = bv__str(units[k].name);
		bv_str singular = unit.n == name.n + 1 && (unit.p[name.n] == 's' || unit.p[name.n] == 'S') ? (bv_str){unit.p, name.n} : unit;
		if (!bv__str_ieq(singular, name))
			continue;
		n->value = bv__string(st->arena, n->value->span, (bv_str){t.p, number});
		n->unit = units[k].unit;
		return;
	}
}

static void number(bv_lane_state *st, bv_ast_number *n)
{
	bv_str t = n->text;
	bv_str whole = {t.p, 0}, rest = {"", 0}, power = {"", 0};
	uint32_t i = 0;
	bool point = false, exponent = false, minus = false;
	while (i < t.n && t.p[i] >= '0' && t.p[i] <= '9')
		i++;
	whole.n = i;
	if (i < t.n && t.p[i] == '.') {
		point = true;
		rest.p = t.p + ++i;
		while (i < t.n && t.p[i] >= '0' && t.p[i] <= '9')
			i++;
		rest.n = (uint32_t)(t.p + i - rest.p);
	}
	if (i < t.n && (t.p[i] == 'e' || t.p[i] == 'E')) {
		exponent = true;
		i++;
		if (i < t.n && (t.p[i] == '+' || t.p[i] == '-'))
			minus = t.p[i++] == '-';
		power.p = t.p + i;
		while (i < t.n && t.p[i] >= '0' && t.p[i] <= '9')
			i++;
		power.n = (uint32_t)(t.p + i - power.p);
	}
	if (i < t.n || (!whole.n && !rest.n) || (exponent && !power.n))
		return; /* hexadecimal, or what no number is */
	while (whole.n > 1 && whole.p[0] == '0')
		whole.p++, whole.n--;
	while (rest.n > 1 && rest.p[rest.n - 1] == '0')
		rest.n--;
	while (power.n > 1 && power.p[0] == '0')
		power.p++, power.n--;
	if (whole.n && !exponent && (!point || (rest.n && rest.p + rest.n == t.p + t.n))) {
		n->text = (bv_str){whole.p, (uint32_t)(t.p + t.n - whole.p)};
		return;
	}
	if (!whole.n)
		whole = BV_STR("0");
	if (point && !rest.n)
		rest = BV_STR("0");
	n->text = bv__arena_printf(st->arena, BV_STR_FMT "%s" BV_STR_FMT "%s" BV_STR_FMT, BV_STR_ARG(whole), point ? "." : "", BV_STR_ARG(rest), exponent ? minus ? "e-" : "e" : "", BV_STR_ARG(power));
}

static bool zero(const bv_node *n) { return n && n->kind == BV_NUMBER && bv__str_is(BV_AS(number, n)->text, "0"); }

static void window(bv_ast_window *w)
{
	const bv_ast_frame *f = (const bv_ast_frame *)w->frame;
	if (!f || f->exclude != BV_frame_exclude_no_others || f->start != BV_frame_bound_unbounded_preceding)
		return;
	if (w->order_by.n ? f->unit == BV_frame_unit_range && f->end == BV_frame_bound_current_row : f->unit != BV_frame_unit_groups && f->end == BV_frame_bound_unbounded_following)
		w->frame = NULL;
}

static bv_node *spell(void *ctx, bv_node *n)
{
	bv_lane_state *st = ctx;
	if (n->kind == BV_TYPE)
		return n;
	bv__lane_children(n, spell, ctx);
	switch (n->kind) {
	case BV_CALL: {
		bool counts = bv__counts_rows(BV_AS(call, n));
		const bv_list *args = &BV_AS(call, n)->args;
		const bv_node *part = args->n && args->v[0]->kind == BV_STRING ? args->v[0] : NULL;
		bv_str text = part ? BV_AS(string, part)->text : BV_STR("");
		bv_node *out = call(st, BV_AS(call, n));
		if (counts || out != n || (part && !bv__str_eq(BV_AS(string, part)->text, text)))
			bv__rule(st, counts ? BV_RULE_COUNT : BV_RULE_SPELLING, n->span, out);
		return out;
	}
	case BV_BINARY: {
		bv_node *out = like_match(st, BV_AS(binary, n));
		if (out != n)
			bv__rule(st, BV_RULE_SPELLING, n->span, out);
		return out;
	}
	case BV_INTERVAL: {
		const bv_node *value = BV_AS(interval, n)->value;
		interval(st, BV_AS(interval, n));
		if (BV_AS(interval, n)->value != value)
			bv__rule(st, BV_RULE_INTERVAL, n->span, n);
		return n;
	}
	case BV_NUMBER: {
		bv_str text = BV_AS(number, n)->text;
		number(st, BV_AS(number, n));
		if (!bv__str_eq(BV_AS(number, n)->text, text))
			bv__rule(st, BV_RULE_NUMBER, n->span, n);
		return n;
	}
	case BV_QUERY: {
		bv_ast_query *q = BV_AS(query, n);
		if (q->fetch) {
			q->fetch = false;
			bv__rule(st, BV_RULE_SPELLING, q->limit->span, n);
		}
		if (zero(q->offset)) {
			bv__rule(st, BV_RULE_OFFSET, q->offset->span, NULL);
			q->offset = NULL;
		}
		return n;
	}
	case BV_WINDOW: {
		const bv_node *frame = BV_AS(window, n)->frame;
		window(BV_AS(window, n));
		if (frame && !BV_AS(window, n)->frame)
			bv__rule(st, BV_RULE_FRAME, frame->span, NULL);
		return n;
	}
	default:
		return n;
	}
}

void bv__lane_spell(bv_lane_state *st) { st->tree = spell(st, st->tree); }
