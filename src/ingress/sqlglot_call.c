/* Calls: the functions of sqlglot_classes.def and those with a reader of their own; aggregates with DISTINCT, ORDER BY, FILTER, WITHIN GROUP; windows. */
#include "ingress/sqlglot.h"

/* ---- arguments ---- */

/* One argument of a call. In an aggregate's argument SQLGlot hides DISTINCT (x), ORDER BY (x) and IGNORE NULLS (x): they go to the call. */
static bool add_arg(sg_reader *r, sg_element *a, bv_ast_call *c, bv_node_vec *out)
{
	for (;;) {
		sg_element *inner;
		if (sg_is(a, "Order") && (inner = sg_arg(a, "this"))) {
			if (c->order_by.n)
				return sg_wrong(r, a, BV_E_FOREIGN, "the call is ordered twice");
			if (!sg_order(r, a, &c->order_by) || !sg_done(r, a))
				return false;
		} else if (sg_is(a, "IgnoreNulls") || sg_is(a, "RespectNulls")) {
			c->nulls = sg_is(a, "IgnoreNulls") ? BV_null_treatment_ignore : BV_null_treatment_respect;
			if (!(inner = sg_need(r, a, "this")) || !sg_done(r, a))
				return false;
		} else {
			break;
		}
		a = inner;
	}
	if (sg_is(a, "Distinct") && !c->distinct) {
		c->distinct = true;
		for (sg_element *x = sg_items(a, "expressions"); x; x = sg_next(x))
			if (!add_arg(r, x, c, out))
				return false;
		return sg_done(r, a);
	}
	bv_node *n = sg_any(r, a);
	return n && BV_PUSH(r->a, out, n);
}

static bool add_args(sg_reader *r, sg_element *first, bv_ast_call *c, bv_node_vec *out)
{
	for (sg_element *a = first; a; a = sg_next(a))
		if (!add_arg(r, a, c, out))
			return false;
	return true;
}

static bv_ast_call *make(sg_reader *r, const sg_element *e, bv_str name)
{
	bv_ast_call *c = BV_MAKE(r->a, CALL, call, sg_span(r, e));
	if (c)
		c->name = bv__path_of(r->a, &name, 1);
	return c;
}

/* By the row of the class. */
bv_node *sg_read_call(sg_reader *r, sg_element *e)
{
	bv_ast_call *c = make(r, e, bv__str(e->row->name));
	bv_node_vec args = {0};
	for (const char *p = e->row->args; c && *p;) {
		size_t n = strcspn(p, " ");
		char key[32];
		snprintf(key, sizeof key, "%.*s", (int)n, p);
		p += n + (p[n] == ' ');
		if (key[0] == '=') {
			if (!BV_PUSH(r->a, &args, sg_make_string(r, e, bv__arena_strz(r->a, key + 1))))
				return NULL;
		} else if (key[0] == '@') {
			bv_str word = sg_word(r, e, key + 1);
			if (r->failed)
				return NULL;
			if (word.n && !BV_PUSH(r->a, &args, sg_make_string(r, e, bv__arena_upper(r->a, word))))
				return NULL;
		} else {
			if (!add_args(r, sg_items(e, key), c, &args))
				return NULL;
		}
	}
	if (!c)
		return NULL;
	if (sg_is(e, "NthValue") && sg_said_false(e, "from_first")) {
		sg_wrong(r, e, BV_E_FOREIGN, "FROM LAST is not supported");
		return NULL;
	}
	c->args = bv__list_done(args);
	return &c->head;
}

/* A function that SQLGlot knows by its name only. What our parser spells in another way has that name here too. */
bv_node *sg_read_anonymous(sg_reader *r, sg_element *e)
{
	static const struct {
		const char *text, *tree;
	} spelled[] = {{"substring", "substr"}, {"trim", "btrim"}, {"current_timestamp", "now"}};
	static const char *const words[] = {"array", "case", "cast", "exists", "extract", "interval", "not", "row", "struct", "try_cast"};
	sg_element *id = sg_arg(e, "this");
	bool quoted = sg_is(id, "Identifier");
	bv_str name = !id ? BV_STR("") : quoted ? sg_name(r, id) : bv__arena_lower(r->a, sg_word(r, e, "this"));
	if (r->failed)
		return NULL;
	BV_VEC(bv_str) parts = {0};
	bv_str part = {name.p, 0};
	for (uint32_t i = 0; i <= name.n; i++) {
		bool end = i == name.n || (!quoted && name.p[i] == '.');
		if (!end) {
			part.n++;
			if (quoted || name.p[i] == '_' || (name.p[i] >= 'a' && name.p[i] <= 'z') || (name.p[i] >= '0' && name.p[i] <= '9' && part.n > 1) || (name.p[i] & 0x80))
				continue;
		}
		if (!end || !part.n) {
			sg_wrong(r, e, BV_E_FOREIGN, "`" BV_STR_FMT "` is no name of a function", BV_STR_ARG(name));
			return NULL;
		}
		if (!BV_PUSH(r->a, &parts, part))
			return NULL;
		part = (bv_str){name.p + i + 1, 0};
	}
	bv_ast_call *c = make(r, e, name);
	bv_node_vec args = {0};
	if (!c)
		return NULL;
	c->name = (bv_path){parts.v, parts.n, 0};
	if (!quoted && parts.n == 1) {
		for (unsigned i = 0; i < BV_COUNT(spelled); i++)
			if (bv__str_is(name, spelled[i].text))
				parts.v[0] = bv__str(spelled[i].tree);
		for (unsigned i = 0; i < BV_COUNT(words); i++)
			if (bv__str_is(name, words[i])) {
				sg_wrong(r, e, BV_E_FOREIGN, "`" BV_STR_FMT "` is a word of the language and no function; SQLGlot has a class for it", BV_STR_ARG(name));
				return NULL;
			}
	}
	if (!add_args(r, sg_items(e, "expressions"), c, &args))
		return NULL;
	c->args = bv__list_done(args);
	return &c->head;
}

/* ---- what stands around a call ---- */

/* The call inside, through NOT: SQLGlot has Filter(Not(x)) for NOT x FILTER (…). */
static bv_ast_call *call_of(sg_reader *r, sg_element *e, bv_node *n)
{
	while (n && n->kind == BV_UNARY && BV_AS(unary, n)->op == BV_unary_op_not)
		n = BV_AS(unary, n)->operand;
	if (n && n->kind != BV_CALL)
		sg_wrong(r, e, BV_E_FOREIGN, "this stands around a call only");
	return n && n->kind == BV_CALL ? BV_AS(call, n) : NULL;
}

bv_node *sg_read_filter(sg_reader *r, sg_element *e)
{
	bv_node *n = sg_expr_of(r, e, "this");
	bv_ast_call *c = call_of(r, e, n);
	sg_element *where = c ? sg_need(r, e, "expression") : NULL;
	if (!where)
		return NULL;
	if (!sg_is(where, "Where") || c->filter) {
		sg_wrong(r, e, BV_E_FOREIGN, "FILTER takes one WHERE");
		return NULL;
	}
	c->filter = sg_expr_of(r, where, "this");
	return c->filter && sg_done(r, where) ? n : NULL;
}

bv_node *sg_read_within_group(sg_reader *r, sg_element *e)
{
	bv_node *n = sg_expr_of(r, e, "this");
	bv_ast_call *c = call_of(r, e, n);
	sg_element *order = c ? sg_need(r, e, "expression") : NULL;
	if (!order)
		return NULL;
	if (!sg_is(order, "Order") || c->within_group.n) {
		sg_wrong(r, e, BV_E_FOREIGN, "WITHIN GROUP takes one ORDER BY");
		return NULL;
	}
	return sg_order(r, order, &c->within_group) && sg_done(r, order) ? n : NULL;
}

bv_node *sg_read_null_treatment(sg_reader *r, sg_element *e)
{
	bv_node *n = sg_expr_of(r, e, "this");
	bv_ast_call *c = call_of(r, e, n);
	if (!c)
		return NULL;
	c->nulls = sg_is(e, "IgnoreNulls") ? BV_null_treatment_ignore : BV_null_treatment_respect;
	return n;
}

bv_node *sg_read_over(sg_reader *r, sg_element *e)
{
	bv_node *n = sg_expr_of(r, e, "this");
	bv_ast_call *c = call_of(r, e, n);
	if (!c)
		return NULL;
	bv_str over = sg_word(r, e, "over");
	if (over.n && !bv__str_ieq(over, BV_STR("OVER"))) {
		sg_wrong(r, e, BV_E_FOREIGN, "`" BV_STR_FMT "` is not supported", BV_STR_ARG(over));
		return NULL;
	}
	c->over = sg_window(r, e);
	return c->over ? n : NULL;
}

/* ---- ordering, windows ---- */

static bv_node *ordered(sg_reader *r, sg_element *e)
{
	bv_ast_order_item *n = BV_MAKE(r->a, ORDER_ITEM, order_item, sg_span(r, e));
	if (!n)
		return NULL;
	if (!sg_is(e, "Ordered")) {
		/* A bare expression: ascending, NULL last. */
		n->operand = sg_expr(r, e);
		return n->operand ? &n->head : NULL;
	}
	n->descending = sg_arg(e, "desc") != NULL;
	bool first = sg_arg(e, "nulls_first") != NULL;
	if (first != n->descending)
		n->nulls = first ? BV_nulls_first : BV_nulls_last;
	n->operand = sg_expr_of(r, e, "this");
	return n->operand && sg_done(r, e) ? &n->head : NULL;
}

bool sg_order(sg_reader *r, sg_element *order, bv_list *out)
{
	bv_node_vec v = {0};
	for (sg_element *c = sg_items(order, "expressions"); c; c = sg_next(c)) {
		bv_node *n = ordered(r, c);
		if (!n || !BV_PUSH(r->a, &v, n))
			return false;
	}
	if (!v.n)
		return sg_wrong(r, order, BV_E_FOREIGN, "ORDER BY has no expression");
	*out = bv__list_done(v);
	return true;
}

/* start or end of a frame: "UNBOUNDED", "CURRENT ROW" or an expression, with its side */
static bool bound(sg_reader *r, sg_element *spec, const char *key, const char *side_key, bool start, uint8_t *kind, bv_node **offset)
{
	sg_element *value = sg_arg(spec, key);
	bv_str side = sg_word(r, spec, side_key);
	bool preceding = bv__str_ieq(side, BV_STR("PRECEDING")), following = bv__str_ieq(side, BV_STR("FOLLOWING"));
	if (r->failed)
		return false;
	if (!value || (value->kind != SG_NODE && bv__str_ieq(value->text, BV_STR("CURRENT ROW")))) {
		*kind = BV_frame_bound_current_row;
		return (value || !start) && !side.n ? true : sg_wrong(r, spec, BV_E_FOREIGN, "the frame's \"%s\" is incomplete", key);
	}
	if (!preceding && !following)
		return sg_wrong(r, spec, BV_E_FOREIGN, "\"%s\" is PRECEDING or FOLLOWING", side_key);
	if (value->kind != SG_NODE && bv__str_ieq(value->text, BV_STR("UNBOUNDED"))) {
		*kind = preceding ? BV_frame_bound_unbounded_preceding : BV_frame_bound_unbounded_following;
		return true;
	}
	*kind = preceding ? BV_frame_bound_preceding : BV_frame_bound_following;
	*offset = sg_expr(r, value);
	if (*offset && (*offset)->kind == BV_STRING) {
		/* As DataFusion reads it: an interval without a unit. */
		bv_ast_interval *n = BV_MAKE(r->a, INTERVAL, interval, (*offset)->span);
		if (!n)
			return false;
		n->value = *offset;
		*offset = &n->head;
	}
	return *offset != NULL;
}

static bv_node *frame(sg_reader *r, sg_element *spec)
{
	bv_ast_frame *n = BV_MAKE(r->a, FRAME, frame, sg_span(r, spec));
	if (!n)
		return NULL;
	bv_str kind = sg_word(r, spec, "kind"), exclude = sg_word(r, spec, "exclude");
	static const struct {
		const char *word;
		uint8_t value;
	} units[] = {{"ROWS", BV_frame_unit_rows}, {"RANGE", BV_frame_unit_range}, {"GROUPS", BV_frame_unit_groups}},
	  excludes[] = {{"", BV_frame_exclude_no_others}, {"NO OTHERS", BV_frame_exclude_no_others}, {"CURRENT ROW", BV_frame_exclude_current_row}, {"GROUP", BV_frame_exclude_group}, {"TIES", BV_frame_exclude_ties}};
	unsigned u = 0, x = 0;
	while (u < BV_COUNT(units) && !bv__str_ieq(kind, bv__str(units[u].word)))
		u++;
	while (x < BV_COUNT(excludes) && !bv__str_ieq(exclude, bv__str(excludes[x].word)))
		x++;
	if (r->failed || u == BV_COUNT(units) || x == BV_COUNT(excludes)) {
		sg_wrong(r, spec, BV_E_FOREIGN, "the unit of a frame is ROWS, RANGE or GROUPS, its exclusion CURRENT ROW, GROUP, TIES or NO OTHERS");
		return NULL;
	}
	n->unit = units[u].value;
	n->exclude = excludes[x].value;
	sg_ignore(spec, "over");
	return bound(r, spec, "start", "start_side", true, &n->start, &n->start_offset) && bound(r, spec, "end", "end_side", false, &n->end, &n->end_offset) && sg_done(r, spec) ? &n->head : NULL;
}

bv_node *sg_window(sg_reader *r, sg_element *e)
{
	bv_ast_window *n = BV_MAKE(r->a, WINDOW, window, sg_span(r, e));
	bv_node_vec v = {0};
	sg_element *base = sg_arg(e, "alias"), *order = sg_arg(e, "order"), *spec = sg_arg(e, "spec");
	if (!n || (base && !(n->base = sg_name(r, base)).n) || !sg_exprs(r, e, "partition_by", &v))
		return NULL;
	n->partition_by = bv__list_done(v);
	if (order && (!sg_is(order, "Order") || !sg_order(r, order, &n->order_by) || !sg_done(r, order))) {
		if (!r->failed)
			sg_wrong(r, order, BV_E_FOREIGN, "an Order is wanted here");
		return NULL;
	}
	if (spec) {
		if (!sg_is(spec, "WindowSpec")) {
			sg_wrong(r, spec, BV_E_FOREIGN, "a WindowSpec is wanted here");
			return NULL;
		}
		if (!(n->frame = frame(r, spec)))
			return NULL;
	}
	return &n->head;
}

/* ---- aggregates with a reader of their own ---- */

/* count(x, y), count(*) */
bv_node *sg_read_count(sg_reader *r, sg_element *e)
{
	bv_ast_call *c = make(r, e, BV_STR("count"));
	bv_node_vec args = {0};
	if (!c)
		return NULL;
	if (!add_args(r, sg_items(e, "this"), c, &args))
		return NULL;
	if (!add_args(r, sg_items(e, "expressions"), c, &args))
		return NULL;
	c->args = bv__list_done(args);
	return &c->head;
}

/* count_if(x) is sum(CASE WHEN x THEN 1 ELSE 0 END) */
bv_node *sg_read_count_if(sg_reader *r, sg_element *e)
{
	bv_node *x = sg_expr_of(r, e, "this");
	x = sg_make_case(r, e, x, sg_make_number(r, e, "1"), sg_make_number(r, e, "0"));
	return sg_make_call(r, e, "sum", &x, 1);
}

/* MAX(x); MAX(x, y) is greatest(x, y) */
bv_node *sg_read_max(sg_reader *r, sg_element *e)
{
	bool max = sg_is(e, "Max"), several = sg_items(e, "expressions") != NULL;
	bv_ast_call *c = make(r, e, bv__str(several ? max ? "greatest" : "least" : max ? "max" : "min"));
	bv_node_vec args = {0};
	sg_element *x = c ? sg_need(r, e, "this") : NULL;
	if (!x || !add_arg(r, x, c, &args))
		return NULL;
	if (!add_args(r, sg_items(e, "expressions"), c, &args))
		return NULL;
	c->args = bv__list_done(args);
	return &c->head;
}

/* string_agg(x, separator [ORDER BY …]); the separator is ',' where it is not said */
bv_node *sg_read_group_concat(sg_reader *r, sg_element *e)
{
	bv_ast_call *c = make(r, e, BV_STR("string_agg"));
	bv_node_vec args = {0};
	sg_element *x = c ? sg_need(r, e, "this") : NULL, *separator = sg_arg(e, "separator");
	if (!x || !add_arg(r, x, c, &args) || !BV_PUSH(r->a, &args, separator ? sg_expr(r, separator) : sg_make_string(r, e, BV_STR(","))))
		return NULL;
	c->args = bv__list_done(args);
	return args.v[args.n - 1] ? &c->head : NULL;
}

/* percentile_cont(p) WITHIN GROUP (ORDER BY x): alone it has both, inside WithinGroup only p */
bv_node *sg_read_percentile(sg_reader *r, sg_element *e)
{
	bv_ast_call *c = make(r, e, bv__str(sg_is(e, "PercentileCont") ? "percentile_cont" : "percentile_disc"));
	sg_element *p = sg_arg(e, "expression");
	bv_node *x = c ? sg_expr_of(r, e, "this") : NULL;
	if (!x)
		return NULL;
	if (p) {
		bv_ast_order_item *o = BV_MAKE(r->a, ORDER_ITEM, order_item, sg_span(r, e));
		if (!o)
			return NULL;
		o->operand = x;
		bv_node *one = &o->head;
		c->within_group = bv__list_of(r->a, &one, 1);
		x = sg_expr(r, p);
	}
	c->args = bv__list_of(r->a, &x, 1);
	return x ? &c->head : NULL;
}

/* ---- text ---- */

/* CONCAT gives NULL for a NULL unless `coalesce` says otherwise: a || b */
bv_node *sg_read_concat(sg_reader *r, sg_element *e)
{
	bool coalesce = sg_arg(e, "coalesce") != NULL;
	bv_node_vec v = {0};
	if (!sg_exprs(r, e, "expressions", &v))
		return NULL;
	if (coalesce)
		return sg_make_call(r, e, "concat", v.v, v.n);
	if (!v.n) {
		sg_wrong(r, e, BV_E_FOREIGN, "nothing is concatenated");
		return NULL;
	}
	bv_node *n = v.v[0];
	for (uint32_t i = 1; i < v.n; i++)
		n = sg_make_binary(r, e, BV_binary_op_concat, n, v.v[i]);
	return n;
}

/* concat_ws(separator, a, b) leaves NULL out; where `coalesce` is not said, any NULL gives NULL */
bv_node *sg_read_concat_ws(sg_reader *r, sg_element *e)
{
	bool coalesce = sg_arg(e, "coalesce") != NULL;
	bv_node_vec v = {0};
	if (!sg_exprs(r, e, "expressions", &v))
		return NULL;
	bv_node *n = sg_make_call(r, e, "concat_ws", v.v, v.n), *any = NULL;
	if (coalesce || !v.n)
		return n;
	for (uint32_t i = 0; i < v.n; i++) {
		bv_node *null = sg_make_is_null(r, e, v.v[i], false);
		any = i ? sg_make_and(r, e, BV_OR, any, null) : null;
	}
	return sg_make_case(r, e, any, sg_make_null(r, e), n);
}

/* EXTRACT(YEAR FROM x) is date_part('YEAR', x) */
bv_node *sg_read_extract(sg_reader *r, sg_element *e)
{
	bv_str field = sg_word(r, e, "this");
	if (!field.n) {
		if (!r->failed)
			sg_wrong(r, e, BV_E_FOREIGN, "a field such as YEAR is wanted");
		return NULL;
	}
	return sg_make_call(r, e, "date_part", (bv_node *[]){sg_make_string(r, e, bv__arena_upper(r->a, field)), sg_expr_of(r, e, "expression")}, 2);
}

/* TRIM([LEADING|TRAILING|BOTH] [characters FROM] x) */
bv_node *sg_read_trim(sg_reader *r, sg_element *e)
{
	bv_str side = sg_word(r, e, "position");
	sg_element *characters = sg_arg(e, "expression");
	bool leading = bv__str_ieq(side, BV_STR("LEADING")), trailing = bv__str_ieq(side, BV_STR("TRAILING"));
	if (side.n && !leading && !trailing && !bv__str_ieq(side, BV_STR("BOTH"))) {
		sg_wrong(r, e, BV_E_FOREIGN, "a side of TRIM is LEADING, TRAILING or BOTH");
		return NULL;
	}
	bv_node *args[2] = {r->failed ? NULL : sg_expr_of(r, e, "this"), NULL};
	if (!args[0] || (characters && !(args[1] = sg_expr(r, characters))))
		return NULL;
	return sg_make_call(r, e, leading ? "ltrim" : trailing ? "rtrim" : "btrim", args, characters ? 2 : 1);
}

bv_node *sg_read_substring(sg_reader *r, sg_element *e)
{
	sg_element *start = sg_arg(e, "start"), *length = sg_arg(e, "length");
	bv_node *args[3] = {sg_expr_of(r, e, "this")};
	uint32_t n = 1;
	if (!args[0])
		return NULL;
	if (start || length)
		args[n++] = start ? sg_expr(r, start) : sg_make_number(r, e, "1");
	if (length && args[1])
		args[n++] = sg_expr(r, length);
	return sg_make_call(r, e, "substr", args, n);
}

/* strpos(x, y); from a position on: CASE WHEN strpos(substr(x, p), y) = 0 THEN 0 ELSE strpos(substr(x, p), y) + p - 1 END */
bv_node *sg_read_position(sg_reader *r, sg_element *e)
{
	sg_element *from = sg_arg(e, "position");
	bv_node *x = sg_expr_of(r, e, "this"), *y = x ? sg_expr_of(r, e, "substr") : NULL, *p = y && from ? sg_expr(r, from) : NULL;
	if (!y || (from && !p))
		return NULL;
	if (!from)
		return sg_make_call(r, e, "strpos", (bv_node *[]){x, y}, 2);
	bv_node *found = sg_make_call(r, e, "strpos", (bv_node *[]){sg_make_call(r, e, "substr", (bv_node *[]){x, p}, 2), y}, 2);
	bv_node *shifted = sg_make_binary(r, e, BV_binary_op_subtract, sg_make_binary(r, e, BV_binary_op_add, found, p), sg_make_number(r, e, "1"));
	return sg_make_case(r, e, sg_make_binary(r, e, BV_binary_op_eq, found, sg_make_number(r, e, "0")), sg_make_number(r, e, "0"), shifted);
}

bv_node *sg_read_pad(sg_reader *r, sg_element *e)
{
	bool left = sg_arg(e, "is_left") != NULL;
	sg_element *fill = sg_arg(e, "fill_pattern");
	bv_node *args[3] = {sg_expr_of(r, e, "this")};
	if (!args[0] || !(args[1] = sg_expr_of(r, e, "expression")) || (fill && !(args[2] = sg_expr(r, fill))))
		return NULL;
	return sg_make_call(r, e, left ? "lpad" : "rpad", args, fill ? 3 : 2);
}

/* regexp_replace(x, pattern, replacement [, flags]): all matches unless `single_replace` */
bv_node *sg_read_regexp_replace(sg_reader *r, sg_element *e)
{
	static const char *const keys[] = {"this", "expression", "replacement", "position", "occurrence"};
	bool single = sg_arg(e, "single_replace") != NULL;
	sg_element *flags = sg_arg(e, "modifiers"), *occurrence = sg_arg(e, "occurrence");
	bv_node *args[6];
	uint32_t n = 0;
	bool all = !single;
	for (unsigned i = 0; i < BV_COUNT(keys); i++) {
		sg_element *x = i < 2 ? sg_need(r, e, keys[i]) : sg_arg(e, keys[i]);
		if (!x && i < 2)
			return NULL;
		if (x && !(args[n++] = sg_expr(r, x)))
			return NULL;
	}
	if (occurrence) {
		bv_node *o = args[n - 1];
		all = all && o->kind == BV_NUMBER && bv__str_is(BV_AS(number, o)->text, "0");
	}
	bv_node *last = flags ? sg_expr(r, flags) : NULL;
	if (flags && !last)
		return NULL;
	if (all && (!last || last->kind == BV_STRING))
		last = sg_make_string(r, e, bv__arena_printf(r->a, BV_STR_FMT "g", BV_STR_ARG(last ? BV_AS(string, last)->text : BV_STR(""))));
	if (last)
		args[n++] = last;
	return sg_make_call(r, e, "regexp_replace", args, n);
}

/* encode(sha256(x), 'hex') */
bv_node *sg_read_sha2(sg_reader *r, sg_element *e)
{
	bv_str bits = sg_word(r, e, "length");
	static const char *const known[] = {"224", "256", "384", "512"};
	char name[16] = "sha256";
	bool ok = !bits.n;
	for (unsigned i = 0; i < BV_COUNT(known); i++)
		if (bv__str_is(bits, known[i])) {
			snprintf(name, sizeof name, "sha%s", known[i]);
			ok = true;
		}
	if (!ok && !r->failed)
		sg_wrong(r, e, BV_E_FOREIGN, "SHA2 has 224, 256, 384 or 512 bits");
	bv_node *x = r->failed ? NULL : sg_expr_of(r, e, "this");
	return sg_make_call(r, e, "encode", (bv_node *[]){sg_make_call(r, e, name, &x, 1), sg_make_string(r, e, BV_STR("hex"))}, 2);
}

/* ---- numbers ---- */

/* round(x, digits). SQLGlot's PostgreSQL casts what it takes for a DOUBLE to DECIMAL first. */
bv_node *sg_read_round(sg_reader *r, sg_element *e)
{
	sg_element *x = sg_need(r, e, "this"), *digits = sg_arg(e, "decimals");
	if (!x)
		return NULL;
	bool cast = digits && sg_is_double(x);
	bv_node *args[2] = {sg_expr(r, x), NULL};
	if (cast)
		args[0] = sg_make_cast(r, x, args[0], "decimal");
	if (!args[0] || (digits && !(args[1] = sg_expr(r, digits))))
		return NULL;
	return sg_make_call(r, e, "round", args, digits ? 2 : 1);
}

/* ---- lists ---- */

/* array_cat(a, array_cat(b, c)); where NULL propagates, a NULL among them gives NULL */
bv_node *sg_read_array_concat(sg_reader *r, sg_element *e)
{
	bool nulls = sg_arg(e, "null_propagation") != NULL;
	sg_element *first = sg_need(r, e, "this");
	bv_node_vec v = {0};
	bv_node *x = first ? sg_expr(r, first) : NULL;
	if (!x || !BV_PUSH(r->a, &v, x) || !sg_exprs(r, e, "expressions", &v))
		return NULL;
	bv_node *n = v.v[v.n - 1], *any = NULL;
	if (v.n == 1)
		return sg_make_call(r, e, "array_cat", (bv_node *[]){n, sg_make_call(r, e, "make_array", NULL, 0)}, 2);
	for (uint32_t i = v.n - 1; i-- > 0;)
		n = sg_make_call(r, e, "array_cat", (bv_node *[]){v.v[i], n}, 2);
	if (!nulls || sg_is(first, "Array"))
		return n;
	for (uint32_t i = 0; i < v.n; i++) {
		bv_node *null = sg_make_is_null(r, e, v.v[i], false);
		any = i ? sg_make_and(r, e, BV_OR, any, null) : null;
	}
	return sg_make_case(r, e, any, sg_make_null(r, e), n);
}

bv_node *sg_read_array_append(sg_reader *r, sg_element *e)
{
	bool prepend = sg_is(e, "ArrayPrepend"), nulls = sg_arg(e, "null_propagation") != NULL;
	bv_node *list = sg_expr_of(r, e, "this"), *x = list ? sg_expr_of(r, e, "expression") : NULL;
	bv_node *n = sg_make_call(r, e, prepend ? "array_prepend" : "array_append", (bv_node *[]){prepend ? x : list, prepend ? list : x}, 2);
	return nulls ? sg_make_case(r, e, sg_make_is_null(r, e, list, false), sg_make_null(r, e), n) : n;
}

/* ---- time ---- */

/* x + INTERVAL 'n UNIT' */
bv_node *sg_read_date_add(sg_reader *r, sg_element *e)
{
	bool subtract = e->name.n > 3 && bv__str_ends(e->name, "Sub");
	bv_node *x = sg_expr_of(r, e, "this"), *by = x ? sg_expr_of(r, e, "expression") : NULL;
	bv_str unit = sg_word(r, e, "unit");
	if (!by || r->failed)
		return NULL;
	if (by->kind != BV_INTERVAL) {
		bv_ast_interval *one = BV_MAKE(r->a, INTERVAL, interval, sg_span(r, e));
		bool negative = by->kind == BV_UNARY && BV_AS(unary, by)->op == BV_unary_op_negate && BV_AS(unary, by)->operand->kind == BV_NUMBER;
		const bv_node *literal = negative ? BV_AS(unary, by)->operand : by;
		bv_str count = literal->kind == BV_NUMBER ? BV_AS(number, literal)->text : literal->kind == BV_STRING ? BV_AS(string, literal)->text : BV_STR("1");
		bool is_literal = literal->kind == BV_NUMBER || literal->kind == BV_STRING;
		if (!one)
			return NULL;
		one->value = sg_make_string(r, e, bv__arena_printf(r->a, "%s" BV_STR_FMT " " BV_STR_FMT, negative ? "-" : "", BV_STR_ARG(count), BV_STR_ARG(unit.n ? unit : BV_STR("DAY"))));
		by = is_literal ? &one->head : sg_make_binary(r, e, BV_binary_op_multiply, &one->head, by);
	}
	return sg_make_binary(r, e, subtract ? BV_binary_op_subtract : BV_binary_op_add, x, by);
}
