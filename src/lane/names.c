/* names: the output name of an expression without AS, as DataFusion 55 makes it (Expr::schema_name), so that a query keeps the names that
 * its users know. In: a bound expression; out: a name with the relations as the query calls them. */
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

static bv_str display_of(const bv_relation *r, bv_str actual)
{
	for (uint32_t i = 0; r->displays && i < r->n; i++)
		if (bv__str_eq(r->actual[i], actual))
			return r->displays[i];
	return r->display;
}

static void put(bv_lane_state *st, const bv_node *n, bv_buf *b);

static void list(bv_lane_state *st, const bv_list *l, const char *sep, bv_buf *b)
{
	for (uint32_t i = 0; i < l->n; i++) {
		if (i)
			bv__buf_z(b, sep);
		put(st, l->v[i], b);
	}
}

static void order(bv_lane_state *st, const bv_list *l, const char *sep, bv_buf *b)
{
	for (uint32_t i = 0; i < l->n; i++) {
		const bv_ast_order_item *o = BV_AS(order_item, l->v[i]);
		if (i)
			bv__buf_z(b, sep);
		put(st, o->operand, b);
		bv__buf_z(b, o->descending ? " DESC" : " ASC");
		bool first = o->nulls == BV_nulls_default ? o->descending : o->nulls == BV_nulls_first;
		bv__buf_z(b, first ? " NULLS FIRST" : " NULLS LAST");
	}
}

static void bound(const bv_ast_frame *f, bool end, bv_buf *b, bv_lane_state *st)
{
	const bv_node *offset = end ? f->end_offset : f->start_offset;
	switch (end ? f->end : f->start) {
	case BV_frame_bound_current_row:
		bv__buf_z(b, "CURRENT ROW");
		break;
	case BV_frame_bound_unbounded_preceding:
		bv__buf_z(b, "UNBOUNDED PRECEDING");
		break;
	case BV_frame_bound_unbounded_following:
		bv__buf_z(b, "UNBOUNDED FOLLOWING");
		break;
	default:
		if (offset && offset->kind == BV_NUMBER)
			bv__buf_str(b, BV_AS(number, offset)->text);
		else if (offset)
			put(st, offset, b);
		bv__buf_z(b, (end ? f->end : f->start) == BV_frame_bound_preceding ? " PRECEDING" : " FOLLOWING");
		break;
	}
}

static void window(bv_lane_state *st, const bv_ast_window *w, bv_buf *b)
{
	static const char *const units[] = {"RANGE", "ROWS", "GROUPS"};
	if (w->partition_by.n) {
		bv__buf_z(b, " PARTITION BY [");
		list(st, &w->partition_by, ", ", b);
		bv__buf_ch(b, ']');
	}
	if (w->order_by.n) {
		bv__buf_z(b, " ORDER BY [");
		order(st, &w->order_by, ", ", b);
		bv__buf_ch(b, ']');
	}
	const bv_ast_frame *f = (const bv_ast_frame *)w->frame;
	if (!f) {
		bv__buf_z(b, w->order_by.n ? " RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW" : " ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING");
		return;
	}
	bv__buf_printf(b, " %s BETWEEN ", units[f->unit]);
	bound(f, false, b, st);
	bv__buf_z(b, " AND ");
	bound(f, true, b, st);
}

static void call(bv_lane_state *st, const bv_ast_call *c, bv_buf *b)
{
	bv_str name = c->name.v[c->name.n - 1];
	const bv_function *fn = bv__call_function(st, c);
	bv__buf_str(b, fn ? fn->name : name);
	bv__buf_ch(b, '(');
	if (c->distinct)
		bv__buf_z(b, "DISTINCT ");
	/* count(*) is read as count(1); DataFusion calls it count(*). */
	if (fn && bv__str_is(fn->name, "count") && c->args.n == 1 && c->args.v[0]->kind == BV_NUMBER && !c->distinct)
		bv__buf_ch(b, '*');
	else
		list(st, &c->args, ",", b);
	bv__buf_ch(b, ')');
	if (c->nulls)
		bv__buf_z(b, c->nulls == BV_null_treatment_ignore ? " IGNORE NULLS" : " RESPECT NULLS");
	if (c->filter) {
		bv__buf_z(b, " FILTER (WHERE ");
		put(st, c->filter, b);
		bv__buf_ch(b, ')');
	}
	if (c->within_group.n) {
		bv__buf_z(b, " WITHIN GROUP [");
		order(st, &c->within_group, ", ", b);
		bv__buf_ch(b, ']');
	}
	if (c->order_by.n) {
		bv__buf_z(b, " ORDER BY [");
		order(st, &c->order_by, ", ", b);
		bv__buf_ch(b, ']');
	}
	if (c->over)
		window(st, BV_AS(window, c->over), b);
}

static const char *const binary_text[] = {"+", "-", "*", "/", "%", "DIV", "^", "||", "=", "!=", "<", "<=", ">", ">=", "IS DISTINCT FROM",
	"IS NOT DISTINCT FROM", "&", "|", "BIT_XOR", "<<", ">>", "~", "~*", "!~", "!~*", "@>", "<@", "->", "->>", "#>", "#>>", "#-", "@@", "@?", "?", "?&", "?|", "/"};

static void joined(bv_lane_state *st, const bv_list *l, const char *op, bv_buf *b)
{
	list(st, l, op, b);
}

static void put(bv_lane_state *st, const bv_node *n, bv_buf *b)
{
	switch (n->kind) {
	case BV_COLUMN: {
		const bv_ast_column *c = BV_AS(column, n);
		if (c->path.n < 2) {
			bv__buf_str(b, c->path.v[0]);
			break;
		}
		const bv_relation *r = bv__map_get(&st->relations, c->path.v[0]);
		bv_str display = r ? display_of(r, c->path.v[1]) : (bv_str){"", 0};
		if (display.n) {
			bv__buf_str(b, display);
			bv__buf_ch(b, '.');
		}
		bv__buf_str(b, r ? bv__visible_name(r, c->path.v[1]) : c->path.v[1]);
		break;
	}
	case BV_ALIAS:
		put(st, BV_AS(alias, n)->operand, b);
		break;
	case BV_NUMBER: {
		bv_str t = BV_AS(number, n)->text;
		const bv_type *type = bv__type_number(t);
		bv__buf_printf(b, "%s(" BV_STR_FMT ")", !type || type->id == BV_T_FLOAT64 ? "Float64" : type->id == BV_T_UINT64 ? "UInt64" : "Int64", BV_STR_ARG(t));
		break;
	}
	case BV_STRING:
		bv__buf_printf(b, "Utf8(\"" BV_STR_FMT "\")", BV_STR_ARG(BV_AS(string, n)->text));
		break;
	case BV_BOOLEAN:
		bv__buf_printf(b, "Boolean(%s)", BV_AS(boolean, n)->value ? "true" : "false");
		break;
	case BV_NULL_LITERAL:
		bv__buf_z(b, "NULL");
		break;
	case BV_CAST:
		put(st, BV_AS(cast, n)->operand, b);
		break;
	case BV_FIELD:
		put(st, BV_AS(field, n)->operand, b);
		bv__buf_printf(b, "[" BV_STR_FMT "]", BV_STR_ARG(BV_AS(field, n)->name));
		break;
	case BV_INDEX: {
		const bv_node *i = BV_AS(index, n)->index;
		put(st, BV_AS(index, n)->operand, b);
		bv__buf_ch(b, '[');
		if (i->kind == BV_STRING)
			bv__buf_str(b, BV_AS(string, i)->text);
		else
			put(st, i, b);
		bv__buf_ch(b, ']');
		break;
	}
	case BV_UNARY: {
		const bv_ast_unary *u = BV_AS(unary, n);
		if (u->op == BV_unary_op_negate && u->operand->kind == BV_NUMBER) {
			bv_str t = BV_AS(number, u->operand)->text;
			const bv_type *type = bv__type_number(t);
			bv__buf_printf(b, "%s(-" BV_STR_FMT ")", !type || type->id == BV_T_FLOAT64 ? "Float64" : "Int64", BV_STR_ARG(t));
			break;
		}
		bv__buf_z(b, u->op == BV_unary_op_negate ? "(- " : u->op == BV_unary_op_not ? "NOT " : u->op == BV_unary_op_bit_not ? "~" : "");
		put(st, u->operand, b);
		if (u->op == BV_unary_op_negate)
			bv__buf_ch(b, ')');
		break;
	}
	case BV_BINARY: {
		const bv_ast_binary *x = BV_AS(binary, n);
		put(st, x->left, b);
		bv__buf_printf(b, " %s ", binary_text[x->op]);
		put(st, x->right, b);
		break;
	}
	case BV_AND:
		joined(st, &BV_AS(and, n)->terms, " AND ", b);
		break;
	case BV_OR:
		joined(st, &BV_AS(or, n)->terms, " OR ", b);
		break;
	case BV_IS: {
		static const char *const tests[] = {"NULL", "TRUE", "FALSE", "UNKNOWN"};
		const bv_ast_is *i = BV_AS(is, n);
		put(st, i->operand, b);
		bv__buf_printf(b, " IS %s%s", i->negated ? "NOT " : "", tests[i->test]);
		break;
	}
	case BV_BETWEEN: {
		const bv_ast_between *t = BV_AS(between, n);
		put(st, t->operand, b);
		bv__buf_z(b, t->negated ? " NOT BETWEEN " : " BETWEEN ");
		put(st, t->low, b);
		bv__buf_z(b, " AND ");
		put(st, t->high, b);
		break;
	}
	case BV_IN_LIST: {
		const bv_ast_in_list *l = BV_AS(in_list, n);
		put(st, l->operand, b);
		bv__buf_z(b, l->negated ? " NOT IN " : " IN ");
		list(st, &l->items, ", ", b);
		break;
	}
	case BV_LIKE: {
		const bv_ast_like *l = BV_AS(like, n);
		put(st, l->operand, b);
		bv__buf_printf(b, " %s%s ", l->negated ? "NOT " : "", l->form == BV_like_kind_ilike ? "ILIKE" : l->form == BV_like_kind_like ? "LIKE" : "SIMILAR TO");
		put(st, l->pattern, b);
		if (l->escape.n)
			bv__buf_printf(b, " CHAR '" BV_STR_FMT "'", BV_STR_ARG(l->escape));
		break;
	}
	case BV_CASE: {
		const bv_ast_case *c = BV_AS(case, n);
		bv__buf_z(b, "CASE ");
		if (c->operand) {
			put(st, c->operand, b);
			bv__buf_ch(b, ' ');
		}
		for (uint32_t i = 0; i < c->whens.n; i++) {
			bv__buf_z(b, "WHEN ");
			put(st, BV_AS(when, c->whens.v[i])->condition, b);
			bv__buf_z(b, " THEN ");
			put(st, BV_AS(when, c->whens.v[i])->result, b);
			bv__buf_ch(b, ' ');
		}
		if (c->otherwise) {
			bv__buf_z(b, "ELSE ");
			put(st, c->otherwise, b);
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
		const bv_node *body = BV_AS(query, BV_AS(scalar_query, n)->query)->body;
		while (body && body->kind == BV_SET_OPERATION)
			body = BV_AS(set_operation, body)->left;
		if (body && body->kind == BV_SELECT && BV_AS(select, body)->projections.n)
			put(st, BV_AS(select, body)->projections.v[0], b);
		else
			bv__buf_z(b, "column1");
		break;
	}
	case BV_CALL:
		call(st, BV_AS(call, n), b);
		break;
	case BV_ARRAY:
		bv__buf_z(b, "make_array(");
		list(st, &BV_AS(array, n)->items, ",", b);
		bv__buf_ch(b, ')');
		break;
	case BV_STRUCT: {
		const bv_list *f = &BV_AS(struct, n)->fields;
		bool named = f->n && f->v[0]->kind == BV_ALIAS;
		bv__buf_z(b, named ? "named_struct(" : "struct(");
		for (uint32_t i = 0; i < f->n; i++) {
			if (i)
				bv__buf_ch(b, ',');
			if (f->v[i]->kind == BV_ALIAS)
				bv__buf_printf(b, "Utf8(\"" BV_STR_FMT "\"),", BV_STR_ARG(BV_AS(alias, f->v[i])->name));
			put(st, f->v[i], b);
		}
		bv__buf_ch(b, ')');
		break;
	}
	case BV_NAMED_ARG:
		put(st, BV_AS(named_arg, n)->value, b);
		break;
	case BV_INTERVAL:
		bv__buf_z(b, "IntervalMonthDayNano(");
		put(st, BV_AS(interval, n)->value, b);
		bv__buf_ch(b, ')');
		break;
	case BV_AT_TIME_ZONE:
		put(st, BV_AS(at_time_zone, n)->operand, b);
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
		put(st, l->body, b);
		break;
	}
	case BV_ROW:
		bv__buf_z(b, "struct(");
		list(st, &BV_AS(row, n)->items, ",", b);
		bv__buf_ch(b, ')');
		break;
	default:
		/* The name of what it is: DataFusion has no better one for these. */
		bv__buf_z(b, bv__nodes[n->kind].name);
		break;
	}
}

bv_str bv__output_name(bv_lane_state *st, const bv_node *bound_expr)
{
	bv_buf b = BV_BUF_INIT;
	put(st, bound_expr, &b);
	bv_str out = bv__arena_str(st->arena, bv__buf_view(&b));
	bv__buf_free(&b);
	return out;
}
