/* Expressions: names, literals, operators, predicates, CASE, casts. In: an element. Out: an expression as our parser makes it of SQLGlot's text.
 *
 * Where SQLGlot's text would lose the parentheses that its tree implies, the tree counts. */
#include "ingress/sqlglot.h"

/* ---- makers ---- */

bv_node *sg_make_call(sg_reader *r, const sg_element *at, const char *name, bv_node **args, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++)
		if (!args[i])
			return NULL;
	return bv__call(r->a, sg_span(r, at), name, args, n);
}

bv_node *sg_make_binary(sg_reader *r, const sg_element *at, bv_binary_op op, bv_node *left, bv_node *right)
{
	bv_ast_binary *n = left && right ? BV_MAKE(r->a, BINARY, binary, sg_span(r, at)) : NULL;
	if (!n)
		return NULL;
	n->op = (uint8_t)op;
	n->left = left;
	n->right = right;
	return &n->head;
}

bv_node *sg_make_unary(sg_reader *r, const sg_element *at, bv_unary_op op, bv_node *operand)
{
	bv_ast_unary *n = operand ? BV_MAKE(r->a, UNARY, unary, sg_span(r, at)) : NULL;
	if (!n)
		return NULL;
	n->op = (uint8_t)op;
	n->operand = operand;
	return &n->head;
}

bv_node *sg_make_string(sg_reader *r, const sg_element *at, bv_str text) { return bv__string(r->a, sg_span(r, at), text); }

bv_node *sg_make_number(sg_reader *r, const sg_element *at, const char *text)
{
	bv_ast_number *n = BV_MAKE(r->a, NUMBER, number, sg_span(r, at));
	if (!n)
		return NULL;
	n->text = bv__arena_strz(r->a, text);
	return &n->head;
}

bv_node *sg_make_null(sg_reader *r, const sg_element *at) { return bv__node_new(r->a, BV_NULL_LITERAL, sg_span(r, at)); }

bv_node *sg_make_is_null(sg_reader *r, const sg_element *at, bv_node *operand, bool negated)
{
	bv_ast_is *n = operand ? BV_MAKE(r->a, IS, is, sg_span(r, at)) : NULL;
	if (!n)
		return NULL;
	n->negated = negated;
	n->operand = operand;
	return &n->head;
}

static bool add_term(sg_reader *r, bv_node_vec *v, bv_kind kind, bv_node *n)
{
	if (!n)
		return false;
	if (n->kind != (uint16_t)kind)
		return BV_PUSH(r->a, v, n);
	const bv_list *l = kind == BV_AND ? &BV_AS(and, n)->terms : &BV_AS(or, n)->terms;
	for (uint32_t i = 0; i < l->n; i++)
		if (!BV_PUSH(r->a, v, l->v[i]))
			return false;
	return true;
}

static bv_node *connective(sg_reader *r, const sg_element *at, bv_kind kind, bv_node_vec terms)
{
	bv_node *n = bv__node_new(r->a, kind, sg_span(r, at));
	if (!n)
		return NULL;
	*(kind == BV_AND ? &BV_AS(and, n)->terms : &BV_AS(or, n)->terms) = bv__list_done(terms);
	return n;
}

bv_node *sg_make_and(sg_reader *r, const sg_element *at, bv_kind kind, bv_node *left, bv_node *right)
{
	bv_node_vec v = {0};
	return add_term(r, &v, kind, left) && add_term(r, &v, kind, right) ? connective(r, at, kind, v) : NULL;
}

bv_node *sg_make_case(sg_reader *r, const sg_element *at, bv_node *condition, bv_node *result, bv_node *otherwise)
{
	bv_ast_case *n = condition && result ? BV_MAKE(r->a, CASE, case, sg_span(r, at)) : NULL;
	bv_ast_when *w = n ? BV_MAKE(r->a, WHEN, when, sg_span(r, at)) : NULL;
	if (!w)
		return NULL;
	w->condition = condition;
	w->result = result;
	bv_node *one = &w->head;
	n->whens = bv__list_of(r->a, &one, 1);
	n->otherwise = otherwise;
	return &n->head;
}

/* ---- any expression ---- */

bv_node *sg_any(sg_reader *r, sg_element *e)
{
	e = sg_bare(r, e);
	if (!e)
		return NULL;
	if (e->kind != SG_NODE) {
		sg_wrong(r, e, BV_E_FOREIGN, "a plain value where an expression is wanted, as \"" BV_STR_FMT "\"", BV_STR_ARG(e->key));
		return NULL;
	}
	if (!e->row) {
		sg_wrong(r, e, BV_E_FOREIGN, "there is no reading of this class");
		return NULL;
	}
	if (++r->depth > BV_DEPTH_MAX) {
		r->depth--;
		sg_wrong(r, e, BV_E_DEPTH, "nested more than %d deep", BV_DEPTH_MAX);
		return NULL;
	}
	bv_node *n = e->row->read(r, e);
	r->depth--;
	if (!n || r->failed)
		return NULL;
	sg_ignore(e, e->row->ignore);
	return sg_done(r, e) ? n : NULL;
}

bv_node *sg_expr(sg_reader *r, sg_element *e)
{
	bv_node *n = sg_any(r, e);
	if (n && (n->kind == BV_STAR || n->kind == BV_LAMBDA || n->kind == BV_NAMED_ARG)) {
		sg_wrong(r, e, BV_E_FOREIGN, "%s stands only among the arguments of a call", n->kind == BV_STAR ? "a star" : n->kind == BV_LAMBDA ? "a lambda" : "a named argument");
		return NULL;
	}
	return n;
}

bv_node *sg_expr_of(sg_reader *r, sg_element *e, const char *key)
{
	sg_element *c = sg_need(r, e, key);
	return c ? sg_expr(r, c) : NULL;
}

bool sg_exprs(sg_reader *r, sg_element *e, const char *key, bv_node_vec *out)
{
	for (sg_element *c = sg_items(e, key); c; c = sg_next(c)) {
		bv_node *n = sg_expr(r, c);
		if (!n || !BV_PUSH(r->a, out, n))
			return false;
	}
	return true;
}

bv_node *sg_read_subquery(sg_reader *r, sg_element *e)
{
	bv_ast_scalar_query *n = BV_MAKE(r->a, SCALAR_QUERY, scalar_query, sg_span(r, e));
	return n && (n->query = sg_query(r, e)) ? &n->head : NULL;
}

/* ---- names ---- */

/* * with EXCEPT, REPLACE, RENAME */
bv_node *sg_star(sg_reader *r, sg_element *e)
{
	bv_ast_star *n = BV_MAKE(r->a, STAR, star, sg_span(r, e));
	if (!n)
		return NULL;
	n->exclude = sg_names(r, e, "except_");
	bv_node_vec replace = {0}, rename = {0};
	for (sg_element *c = sg_items(e, "replace"); c; c = sg_next(c)) {
		bv_node *x = sg_projection(r, c);
		if (x && x->kind != BV_ALIAS) {
			sg_wrong(r, c, BV_E_FOREIGN, "REPLACE takes expressions with a name");
			return NULL;
		}
		if (!x || !BV_PUSH(r->a, &replace, x))
			return NULL;
	}
	for (sg_element *c = sg_items(e, "rename"); c; c = sg_next(c)) {
		bv_node *x = sg_projection(r, c);
		if (x && x->kind != BV_ALIAS) {
			sg_wrong(r, c, BV_E_FOREIGN, "RENAME takes columns with a new name");
			return NULL;
		}
		if (!x || !BV_PUSH(r->a, &rename, x))
			return NULL;
	}
	n->replace = bv__list_done(replace);
	n->rename = bv__list_done(rename);
	return r->failed ? NULL : &n->head;
}

/* [[catalog.]db.]table. before a column or a star */
static bool qualifier(sg_reader *r, sg_element *e, bv_str *parts, uint32_t *n)
{
	static const char *const keys[] = {"catalog", "db", "table"};
	for (unsigned i = 0; i < BV_COUNT(keys); i++) {
		sg_element *c = sg_arg(e, keys[i]);
		if (!c)
			continue;
		parts[*n] = sg_name(r, c);
		if (!parts[(*n)++].n)
			return false;
	}
	return true;
}

bv_node *sg_read_column(sg_reader *r, sg_element *e)
{
	bv_str parts[4];
	uint32_t n = 0;
	sg_element *name = sg_need(r, e, "this");
	if (!name || !qualifier(r, e, parts, &n))
		return NULL;
	if (sg_is(name, "Star")) {
		bv_node *star = sg_star(r, name);
		if (!star || !sg_done(r, name))
			return NULL;
		if (n)
			BV_AS(star, star)->qualifier = bv__path_of(r->a, parts, n);
		return star;
	}
	parts[n] = sg_name(r, name);
	if (!parts[n++].n)
		return NULL;
	bv_ast_column *c = BV_MAKE(r->a, COLUMN, column, sg_span(r, e));
	if (!c)
		return NULL;
	c->path = bv__path_of(r->a, parts, n);
	return &c->head;
}

/* A bare name is a column. */
bv_node *sg_read_identifier(sg_reader *r, sg_element *e)
{
	bv_str name = sg_name(r, e);
	bv_ast_column *c = name.n ? BV_MAKE(r->a, COLUMN, column, sg_span(r, e)) : NULL;
	if (!c)
		return NULL;
	c->path = bv__path_of(r->a, &name, 1);
	return &c->head;
}

/* value.field; a.b of a bare column is one more part of its path, as in the text. schema.f(x) is a call. */
bv_node *sg_read_dot(sg_reader *r, sg_element *e)
{
	sg_element *left = sg_need(r, e, "this"), *right = sg_need(r, e, "expression");
	if (!left || !right)
		return NULL;
	bool bare = sg_is(left, "Column") || sg_is(left, "Identifier") || sg_is(left, "Dot");
	bv_node *operand = sg_expr(r, left);
	if (!operand)
		return NULL;
	bool path = bare && operand->kind == BV_COLUMN;
	if (path && right->kind == SG_NODE && right->row && !sg_is(right, "Identifier")) {
		bv_node *n = sg_expr(r, right);
		if (!n)
			return NULL;
		if (n->kind != BV_CALL) {
			sg_wrong(r, right, BV_E_FOREIGN, "what stands behind the dot is neither a name nor a call");
			return NULL;
		}
		const bv_path *before = &BV_AS(column, operand)->path;
		bv_ast_call *call = BV_AS(call, n);
		bv_str *parts = BV_NEWN(r->a, bv_str, before->n + call->name.n);
		if (!parts)
			return NULL;
		memcpy(parts, before->v, before->n * sizeof *parts);
		memcpy(parts + before->n, call->name.v, call->name.n * sizeof *parts);
		call->name = (bv_path){parts, before->n + call->name.n, 0};
		return n;
	}
	bv_str name = sg_name(r, right);
	if (!name.n)
		return NULL;
	if (path) {
		const bv_path *before = &BV_AS(column, operand)->path;
		bv_ast_column *c = BV_MAKE(r->a, COLUMN, column, sg_span(r, e));
		bv_str *parts = BV_NEWN(r->a, bv_str, before->n + 1);
		if (!c || !parts)
			return NULL;
		memcpy(parts, before->v, before->n * sizeof *parts);
		parts[before->n] = name;
		c->path = (bv_path){parts, before->n + 1, 0};
		return &c->head;
	}
	bv_ast_field *f = BV_MAKE(r->a, FIELD, field, sg_span(r, e));
	if (!f)
		return NULL;
	f->operand = operand;
	f->name = name;
	return &f->head;
}

/* Digits of a whole number, with or without a sign, plus `by`; empty: they do not fit 62 bits. */
static bv_str shifted(sg_reader *r, bv_str digits, bool negative, int by)
{
	int64_t v = 0;
	for (uint32_t i = 0; i < digits.n; i++) {
		if (digits.p[i] < '0' || digits.p[i] > '9' || v > (INT64_MAX >> 5))
			return BV_STR("");
		v = v * 10 + (digits.p[i] - '0');
	}
	v = (negative ? -v : v) + by;
	return bv__arena_printf(r->a, "%lld", (long long)v);
}

static bv_node *signed_number(sg_reader *r, const sg_element *at, bv_str text)
{
	if (text.n && text.p[0] == '-')
		return sg_make_unary(r, at, BV_unary_op_negate, sg_make_number(r, at, bv__arena_printf(r->a, BV_STR_FMT, (int)text.n - 1, text.p + 1).p));
	return sg_make_number(r, at, bv__arena_str(r->a, text).p);
}

/* A whole number literal, perhaps negated: its digits. */
static bool whole(sg_element *e, bv_str *digits, bool *negative)
{
	*negative = sg_is(e, "Neg");
	if (*negative)
		for (e = e->first; e && !bv__str_is(e->key, "this"); e = e->next)
			;
	if (!sg_is(e, "Literal"))
		return false;
	bool text = false;
	for (sg_element *c = e->first; c; c = c->next)
		if (bv__str_is(c->key, "this"))
			*digits = c->text;
		else if (bv__str_is(c->key, "is_string"))
			text = c->kind == SG_TRUE;
	for (uint32_t i = 0; i < digits->n; i++)
		if (digits->p[i] < '0' || digits->p[i] > '9')
			return false;
	return !text && digits->n > 0;
}

/* value[index], value[low:high:step]. SQLGlot counts from 0 unless `offset` says otherwise, DataFusion from 1: a whole number is moved; another index stays. */
bv_node *sg_read_bracket(sg_reader *r, sg_element *e)
{
	bv_node *operand = sg_expr_of(r, e, "this");
	sg_element *index = sg_items(e, "expressions"), *offset = sg_arg(e, "offset");
	if (!operand)
		return NULL;
	if (!index || sg_next(index)) {
		sg_wrong(r, e, BV_E_FOREIGN, "one index is wanted");
		return NULL;
	}
	int by = offset && bv__str_is(offset->text, "1") ? 0 : 1;
	if (offset && by && !bv__str_is(offset->text, "0")) {
		sg_wrong(r, e, BV_E_FOREIGN, "indexes are counted from 0 or 1");
		return NULL;
	}
	if (sg_is(index, "Slice")) {
		bv_ast_slice *s = BV_MAKE(r->a, SLICE, slice, sg_span(r, e));
		sg_element *low = sg_arg(index, "this"), *high = sg_arg(index, "expression"), *step = sg_arg(index, "step");
		if (!s)
			return NULL;
		s->operand = operand;
		if ((low && !(s->low = sg_expr(r, low))) || (high && !(s->high = sg_expr(r, high))) || (step && !(s->step = sg_expr(r, step))) || !sg_done(r, index))
			return NULL;
		return &s->head;
	}
	bv_ast_index *n = BV_MAKE(r->a, INDEX, index, sg_span(r, e));
	if (!n)
		return NULL;
	bv_str digits = BV_STR("");
	bool negative;
	n->operand = operand;
	n->index = sg_expr(r, index);
	if (n->index && by && whole(index, &digits, &negative)) {
		bv_str moved = shifted(r, digits, negative, by);
		if (!moved.n) {
			sg_wrong(r, index, BV_E_FOREIGN, "the index is too large");
			return NULL;
		}
		n->index = signed_number(r, index, moved);
	}
	return n->index ? &n->head : NULL;
}

/* ---- literals ---- */

/* digits [. digits] [e [+-] digits], with digits on one side of the point at least */
static bool is_number(bv_str s)
{
	uint32_t i = 0, digits = 0;
	for (; i < s.n && s.p[i] >= '0' && s.p[i] <= '9'; i++)
		digits++;
	if (i < s.n && s.p[i] == '.')
		for (i++; i < s.n && s.p[i] >= '0' && s.p[i] <= '9'; i++)
			digits++;
	if (!digits)
		return false;
	if (i < s.n && (s.p[i] | 0x20) == 'e') {
		i++;
		if (i < s.n && (s.p[i] == '+' || s.p[i] == '-'))
			i++;
		if (i == s.n)
			return false;
		while (i < s.n && s.p[i] >= '0' && s.p[i] <= '9')
			i++;
	}
	return i == s.n;
}

bv_node *sg_read_literal(sg_reader *r, sg_element *e)
{
	sg_element *text = sg_need(r, e, "this");
	bool string = sg_arg(e, "is_string") != NULL;
	if (!text)
		return NULL;
	if (text->kind != SG_STRING && text->kind != SG_NUMBER) {
		sg_wrong(r, e, BV_E_FOREIGN, "a literal is a text");
		return NULL;
	}
	if (string)
		return sg_make_string(r, e, text->text);
	bool negative = text->text.n && text->text.p[0] == '-';
	bv_str digits = negative ? bv__strn(text->text.p + 1, text->text.n - 1) : text->text;
	if (!is_number(digits)) {
		sg_wrong(r, e, BV_E_FOREIGN, "`" BV_STR_FMT "` is no number", BV_STR_ARG(text->text));
		return NULL;
	}
	bv_ast_number *n = BV_MAKE(r->a, NUMBER, number, sg_span(r, e));
	if (!n)
		return NULL;
	n->text = digits;
	return negative ? sg_make_unary(r, e, BV_unary_op_negate, &n->head) : &n->head;
}

/* N'…', r'…': a string */
bv_node *sg_read_text(sg_reader *r, sg_element *e)
{
	sg_element *text = sg_need(r, e, "this");
	if (!text)
		return NULL;
	if (text->kind != SG_STRING) {
		sg_wrong(r, e, BV_E_FOREIGN, "a literal is a text");
		return NULL;
	}
	return sg_make_string(r, e, text->text);
}

bv_node *sg_read_hex(sg_reader *r, sg_element *e)
{
	bv_ast_binary_literal *n = BV_MAKE(r->a, BINARY_LITERAL, binary_literal, sg_span(r, e));
	sg_element *hex = sg_arg(e, "this");
	if (!n)
		return NULL;
	bv_str s = hex ? hex->text : BV_STR("");
	bool ok = s.n % 2 == 0 && (!hex || hex->kind == SG_STRING);
	for (uint32_t i = 0; i < s.n; i++)
		ok = ok && ((s.p[i] >= '0' && s.p[i] <= '9') || ((s.p[i] | 0x20) >= 'a' && (s.p[i] | 0x20) <= 'f'));
	if (!ok) {
		sg_wrong(r, e, BV_E_FOREIGN, "a binary literal holds an even number of hex digits");
		return NULL;
	}
	n->hex = s.n ? bv__arena_lower(r->a, s) : s;
	return &n->head;
}

bv_node *sg_read_boolean(sg_reader *r, sg_element *e)
{
	bv_ast_boolean *n = BV_MAKE(r->a, BOOLEAN, boolean, sg_span(r, e));
	if (!n)
		return NULL;
	n->value = sg_arg(e, "this") != NULL;
	return &n->head;
}

bv_node *sg_read_null(sg_reader *r, sg_element *e) { return sg_make_null(r, e); }

/* INTERVAL '3 DAYS': SQLGlot's PostgreSQL writes value and unit as one string, and quarters as months. */
bv_node *sg_read_interval(sg_reader *r, sg_element *e)
{
	sg_element *value = sg_need(r, e, "this");
	bv_str unit = sg_word(r, e, "unit");
	bv_ast_interval *n = BV_MAKE(r->a, INTERVAL, interval, sg_span(r, e));
	if (!value || !n || r->failed)
		return NULL;
	if (!sg_is(value, "Literal")) {
		sg_wrong(r, e, BV_E_FOREIGN, "the length of an interval is a literal; multiply an interval of one unit");
		return NULL;
	}
	bv_str text = sg_word(r, e, "this");
	if (r->failed)
		return NULL;
	if (unit.n >= 7 && bv__str_ieq(bv__strn(unit.p, 7), BV_STR("quarter"))) {
		bool negative = text.n && text.p[0] == '-';
		bv_str digits = negative ? bv__strn(text.p + 1, text.n - 1) : text;
		int64_t quarters = 0;
		bool fits = digits.n > 0 && digits.n < 16;
		for (uint32_t i = 0; i < digits.n && fits; i++) {
			fits = digits.p[i] >= '0' && digits.p[i] <= '9';
			quarters = quarters * 10 + (digits.p[i] - '0');
		}
		if (!fits) {
			sg_wrong(r, e, BV_E_FOREIGN, "an interval of quarters needs a whole number");
			return NULL;
		}
		text = bv__arena_printf(r->a, "%lld MONTH", (long long)(negative ? -quarters : quarters) * 3);
	} else if (unit.n) {
		text = bv__arena_printf(r->a, BV_STR_FMT " " BV_STR_FMT, BV_STR_ARG(text), BV_STR_ARG(unit));
	}
	n->value = sg_make_string(r, value, text);
	return n->value ? &n->head : NULL;
}

bv_node *sg_read_parameter(sg_reader *r, sg_element *e)
{
	bv_ast_parameter *n = BV_MAKE(r->a, PARAMETER, parameter, sg_span(r, e));
	if (!n)
		return NULL;
	n->name = sg_word(r, e, "this");
	return &n->head;
}

/* (a, b); (a) is a */
bv_node *sg_read_tuple(sg_reader *r, sg_element *e)
{
	bv_ast_row *n = BV_MAKE(r->a, ROW, row, sg_span(r, e));
	bv_node_vec v = {0};
	if (!n || !sg_exprs(r, e, "expressions", &v))
		return NULL;
	if (v.n == 1)
		return v.v[0];
	n->items = bv__list_done(v);
	return &n->head;
}

/* ---- operators ---- */

static bool is_all_of_list(sg_reader *r, sg_element *e)
{
	if (!sg_is(e, "Anonymous") || !bv__str_ieq(sg_word(r, e, "this"), BV_STR("all")))
		return false;
	sg_element *list = sg_items(e, "expressions");
	return list && !sg_next(list);
}

bv_node *sg_read_binary(sg_reader *r, sg_element *e)
{
	bv_node *left = sg_expr_of(r, e, "this");
	sg_element *right = left ? sg_need(r, e, "expression") : NULL;
	if (!right)
		return NULL;
	/* left op ANY (query or list); SQLGlot has ALL (list) for a call of a function of that name. */
	bool list = is_all_of_list(r, right), any = sg_is(right, "Any"), all = sg_is(right, "All") || list;
	if (!any && !all)
		return sg_make_binary(r, e, (bv_binary_op)e->row->op, left, sg_expr(r, right));
	bv_ast_quantified *q = BV_MAKE(r->a, QUANTIFIED, quantified, sg_span(r, e));
	sg_element *set = !q ? NULL : list ? sg_items(right, "expressions") : sg_need(r, right, "this");
	set = set ? sg_bare(r, set) : NULL;
	if (!set)
		return NULL;
	q->op = e->row->op;
	q->quantifier = all ? BV_quantifier_all : BV_quantifier_any;
	q->left = left;
	q->right = sg_is_query(set) ? sg_query(r, set) : sg_expr(r, set);
	return q->right && sg_done(r, right) ? &q->head : NULL;
}

/* a / b. Unless the tree says that it divides by type, SQLGlot's PostgreSQL makes the left side a double; `safe` gives NULL for a divisor of 0. */
bv_node *sg_read_div(sg_reader *r, sg_element *e)
{
	sg_element *left = sg_need(r, e, "this"), *right = sg_need(r, e, "expression");
	if (!left || !right)
		return NULL;
	bool typed = sg_arg(e, "typed") != NULL, safe = sg_arg(e, "safe") != NULL;
	bool cast = !typed && !sg_is_real(left) && !sg_is_real(right);
	bv_node *l = sg_expr(r, left), *n = sg_expr(r, right);
	if (safe)
		n = sg_make_call(r, right, "nullif", (bv_node *[]){n, sg_make_number(r, right, "0")}, 2);
	if (cast)
		l = sg_make_cast(r, left, l, "float64");
	return sg_make_binary(r, e, BV_binary_op_divide, l, n);
}

bv_node *sg_read_unary(sg_reader *r, sg_element *e)
{
	return sg_make_unary(r, e, sg_is(e, "Neg") ? BV_unary_op_negate : BV_unary_op_bit_not, sg_expr_of(r, e, "this"));
}

/* NOT x; NOT EXISTS (…) without parentheses between is one node. */
bv_node *sg_read_not(sg_reader *r, sg_element *e)
{
	sg_element *operand = sg_need(r, e, "this");
	if (!operand)
		return NULL;
	bv_node *n = sg_expr(r, operand);
	if (n && sg_is(operand, "Exists")) {
		BV_AS(exists, n)->negated = true;
		return n;
	}
	return sg_make_unary(r, e, BV_unary_op_not, n);
}

/* a AND b AND c …: the left side is walked, not recursed into, so that long chains are no depth. */
bv_node *sg_read_connective(sg_reader *r, sg_element *e)
{
	bv_kind kind = sg_is(e, "And") ? BV_AND : BV_OR;
	const char *cls = kind == BV_AND ? "And" : "Or";
	BV_VEC(sg_element *) rights = {0};
	sg_element *at = e;
	while (sg_is(at, cls)) {
		sg_element *left = sg_need(r, at, "this"), *right = sg_need(r, at, "expression");
		if (!left || !right || !BV_PUSH(r->a, &rights, right) || (at != e && !sg_done(r, at)))
			return NULL;
		at = sg_bare(r, left);
	}
	bv_node_vec terms = {0};
	if (!at || !add_term(r, &terms, kind, sg_expr(r, at)))
		return NULL;
	while (rights.n)
		if (!add_term(r, &terms, kind, sg_expr(r, rights.v[--rights.n])))
			return NULL;
	return connective(r, e, kind, terms);
}

/* a XOR b is (a AND NOT b) OR (NOT a AND b); the operands are shared, not copied. */
bv_node *sg_read_xor(sg_reader *r, sg_element *e)
{
	bv_node *a = sg_expr_of(r, e, "this"), *b = a ? sg_expr_of(r, e, "expression") : NULL;
	return sg_make_and(r, e, BV_OR, sg_make_and(r, e, BV_AND, a, sg_make_unary(r, e, BV_unary_op_not, b)),
					   sg_make_and(r, e, BV_AND, sg_make_unary(r, e, BV_unary_op_not, a), b));
}

/* x IS [NOT] NULL|TRUE|FALSE */
bv_node *sg_read_is(sg_reader *r, sg_element *e)
{
	sg_element *right = sg_need(r, e, "expression");
	bool negated = sg_arg(e, "negate") != NULL;
	bv_ast_is *n = right ? BV_MAKE(r->a, IS, is, sg_span(r, e)) : NULL;
	if (!n)
		return NULL;
	if (sg_is(right, "Not")) {
		sg_element *inner = sg_need(r, right, "this");
		if (!inner || !sg_done(r, right))
			return NULL;
		negated = !negated;
		right = inner;
	}
	bv_node *test = sg_expr(r, right);
	if (!test)
		return NULL;
	if (test->kind == BV_NULL_LITERAL) {
		n->test = BV_is_test_null;
	} else if (test->kind == BV_BOOLEAN) {
		n->test = BV_AS(boolean, test)->value ? BV_is_test_true : BV_is_test_false;
	} else {
		sg_wrong(r, right, BV_E_FOREIGN, "IS tests for NULL, TRUE or FALSE");
		return NULL;
	}
	n->negated = negated;
	n->operand = sg_expr_of(r, e, "this");
	return n->operand ? &n->head : NULL;
}

bv_node *sg_read_between(sg_reader *r, sg_element *e)
{
	bv_ast_between *n = BV_MAKE(r->a, BETWEEN, between, sg_span(r, e));
	return n && (n->operand = sg_expr_of(r, e, "this")) && (n->low = sg_expr_of(r, e, "low")) && (n->high = sg_expr_of(r, e, "high")) ? &n->head : NULL;
}

/* x IN (a, b), x IN (query) */
bv_node *sg_read_in(sg_reader *r, sg_element *e)
{
	bv_node *operand = sg_expr_of(r, e, "this");
	sg_element *query = operand ? sg_arg(e, "query") : NULL, *first = sg_items(e, "expressions");
	if (!operand)
		return NULL;
	if (!query && first && !sg_next(first) && sg_is_query(first) && !sg_is(first, "Subquery"))
		query = first;
	sg_element *list = sg_arg(e, "unnest");
	if (list && !query && !first) {
		/* x IN UNNEST(list) is x IN (SELECT unnest(list)) */
		bv_ast_in_query *n = BV_MAKE(r->a, IN_QUERY, in_query, sg_span(r, e));
		bv_ast_query *q = n ? BV_MAKE(r->a, QUERY, query, sg_span(r, e)) : NULL;
		bv_ast_select *s = q ? BV_MAKE(r->a, SELECT, select, sg_span(r, e)) : NULL;
		bv_node *x = s ? sg_expr(r, list) : NULL;
		if (!x)
			return NULL;
		s->projections = bv__list_of(r->a, &x, 1);
		q->body = &s->head;
		n->operand = operand;
		n->query = &q->head;
		return &n->head;
	}
	if (query) {
		bv_ast_in_query *n = BV_MAKE(r->a, IN_QUERY, in_query, sg_span(r, e));
		query = sg_bare(r, query);
		if (!n || !query)
			return NULL;
		if (!sg_is_query(query)) {
			sg_wrong(r, query, BV_E_FOREIGN, "a query is wanted here");
			return NULL;
		}
		n->operand = operand;
		n->query = sg_query(r, query);
		return n->query ? &n->head : NULL;
	}
	bv_ast_in_list *n = BV_MAKE(r->a, IN_LIST, in_list, sg_span(r, e));
	bv_node_vec v = {0};
	if (!n || !sg_exprs(r, e, "expressions", &v))
		return NULL;
	if (!v.n) {
		if (sg_done(r, e))
			sg_wrong(r, e, BV_E_FOREIGN, "IN has neither a list nor a query");
		return NULL;
	}
	n->operand = operand;
	n->items = bv__list_done(v);
	return &n->head;
}

static bv_node *one_like(sg_reader *r, sg_element *e, bool negated, bv_node *operand, bv_node *pattern)
{
	bv_ast_like *n = operand && pattern ? BV_MAKE(r->a, LIKE, like, sg_span(r, e)) : NULL;
	if (!n)
		return NULL;
	n->form = sg_is(e, "Like") ? BV_like_kind_like : sg_is(e, "ILike") ? BV_like_kind_ilike : BV_like_kind_similar;
	n->negated = negated;
	n->operand = operand;
	n->pattern = pattern;
	return &n->head;
}

/* x LIKE y; x LIKE ANY (y, z) is x LIKE y OR x LIKE z */
bv_node *sg_read_like(sg_reader *r, sg_element *e)
{
	bool negated = sg_arg(e, "negate") != NULL;
	bv_node *operand = sg_expr_of(r, e, "this");
	sg_element *pattern = operand ? sg_need(r, e, "expression") : NULL;
	if (!pattern)
		return NULL;
	bool all = sg_is(pattern, "All");
	if ((!all && !sg_is(pattern, "Any")) || sg_is(e, "SimilarTo"))
		return one_like(r, e, negated, operand, sg_expr(r, pattern));
	sg_element *set = sg_need(r, pattern, "this");
	set = set ? sg_bare(r, set) : NULL;
	bv_node_vec patterns = {0}, terms = {0};
	if (!set || (sg_is(set, "Tuple") ? !sg_exprs(r, set, "expressions", &patterns) || !sg_done(r, set) : !BV_PUSH(r->a, &patterns, sg_expr(r, set))) || !sg_done(r, pattern))
		return NULL;
	for (uint32_t i = 0; i < patterns.n; i++)
		if (!add_term(r, &terms, all ? BV_AND : BV_OR, one_like(r, e, negated, operand, patterns.v[i])))
			return NULL;
	if (terms.n == 0) {
		sg_wrong(r, e, BV_E_FOREIGN, "LIKE has no pattern");
		return NULL;
	}
	return terms.n == 1 ? terms.v[0] : connective(r, e, all ? BV_AND : BV_OR, terms);
}

/* (x LIKE y) ESCAPE 'c' */
bv_node *sg_read_escape(sg_reader *r, sg_element *e)
{
	bv_node *n = sg_expr_of(r, e, "this"), *c = n ? sg_expr_of(r, e, "expression") : NULL;
	if (!c)
		return NULL;
	bv_str s = c->kind == BV_STRING ? BV_AS(string, c)->text : BV_STR("");
	if (n->kind != BV_LIKE || bv__utf8_count(s.p, s.n) != 1) {
		sg_wrong(r, e, BV_E_FOREIGN, "ESCAPE takes a LIKE and a string of one character");
		return NULL;
	}
	BV_AS(like, n)->escape = s;
	return n;
}

/* x ~ y, x ~* y where the flags say i */
bv_node *sg_read_regexp_like(sg_reader *r, sg_element *e)
{
	bv_str flags = sg_word(r, e, "flag");
	bool insensitive = false;
	for (uint32_t i = 0; i < flags.n; i++) {
		if (flags.p[i] != 'i' && flags.p[i] != 'c') {
			sg_wrong(r, e, BV_E_FOREIGN, "the flags of a regular expression can be i and c");
			return NULL;
		}
		insensitive = flags.p[i] == 'i';
	}
	sg_ignore(e, "full_match");
	bv_node *left = r->failed ? NULL : sg_expr_of(r, e, "this");
	return left ? sg_make_binary(r, e, insensitive ? BV_binary_op_regex_match_i : BV_binary_op_regex_match, left, sg_expr_of(r, e, "expression")) : NULL;
}

bv_node *sg_read_exists(sg_reader *r, sg_element *e)
{
	bv_ast_exists *n = BV_MAKE(r->a, EXISTS, exists, sg_span(r, e));
	sg_element *query = n ? sg_need(r, e, "this") : NULL;
	if (!query || !(query = sg_bare(r, query)))
		return NULL;
	if (!sg_is_query(query)) {
		sg_wrong(r, query, BV_E_FOREIGN, "a query is wanted here");
		return NULL;
	}
	n->query = sg_query(r, query);
	return n->query ? &n->head : NULL;
}

bv_node *sg_read_at_time_zone(sg_reader *r, sg_element *e)
{
	bv_ast_at_time_zone *n = BV_MAKE(r->a, AT_TIME_ZONE, at_time_zone, sg_span(r, e));
	return n && (n->operand = sg_expr_of(r, e, "this")) && (n->zone = sg_expr_of(r, e, "zone")) ? &n->head : NULL;
}

/* ---- CASE, casts ---- */

static bv_node *when(sg_reader *r, sg_element *e)
{
	bv_ast_when *w = BV_MAKE(r->a, WHEN, when, sg_span(r, e));
	if (!sg_is(e, "If")) {
		sg_wrong(r, e, BV_E_FOREIGN, "a branch of CASE is an If");
		return NULL;
	}
	return w && (w->condition = sg_expr_of(r, e, "this")) && (w->result = sg_expr_of(r, e, "true")) && sg_done(r, e) ? &w->head : NULL;
}

bv_node *sg_read_case(sg_reader *r, sg_element *e)
{
	bv_ast_case *n = BV_MAKE(r->a, CASE, case, sg_span(r, e));
	sg_element *operand = sg_arg(e, "this"), *otherwise = sg_arg(e, "default");
	if (!n || (operand && !(n->operand = sg_expr(r, operand))))
		return NULL;
	bv_node_vec whens = {0};
	for (sg_element *c = sg_items(e, "ifs"); c; c = sg_next(c)) {
		bv_node *w = when(r, c);
		if (!w || !BV_PUSH(r->a, &whens, w))
			return NULL;
	}
	if (!whens.n) {
		sg_wrong(r, e, BV_E_FOREIGN, "CASE has no branch");
		return NULL;
	}
	n->whens = bv__list_done(whens);
	if (otherwise && !(n->otherwise = sg_expr(r, otherwise)))
		return NULL;
	return &n->head;
}

bv_node *sg_read_if(sg_reader *r, sg_element *e)
{
	sg_element *otherwise = sg_arg(e, "false");
	bv_node *condition = sg_expr_of(r, e, "this"), *result = condition ? sg_expr_of(r, e, "true") : NULL;
	bv_node *last = result && otherwise ? sg_expr(r, otherwise) : NULL;
	return otherwise && !last ? NULL : sg_make_case(r, e, condition, result, last);
}

/* NVL2(x, a, b) is CASE WHEN NOT x IS NULL THEN a ELSE b END */
bv_node *sg_read_nvl2(sg_reader *r, sg_element *e)
{
	sg_element *otherwise = sg_arg(e, "false");
	bv_node *x = sg_expr_of(r, e, "this"), *result = x ? sg_expr_of(r, e, "true") : NULL;
	bv_node *last = result && otherwise ? sg_expr(r, otherwise) : NULL;
	if (otherwise && !last)
		return NULL;
	return sg_make_case(r, e, sg_make_unary(r, e, BV_unary_op_not, sg_make_is_null(r, e, x, false)), result, last);
}

/* CAST and TRY_CAST. SQLGlot's PostgreSQL prints a CAST for both; what Ibis means is kept. */
bv_node *sg_read_cast(sg_reader *r, sg_element *e)
{
	bv_ast_cast *n = BV_MAKE(r->a, CAST, cast, sg_span(r, e));
	sg_element *to = n ? sg_need(r, e, "to") : NULL;
	if (!to)
		return NULL;
	n->form = sg_is(e, "TryCast") ? BV_cast_kind_try_cast : BV_cast_kind_cast;
	return (n->operand = sg_expr_of(r, e, "this")) && (n->type = sg_type(r, to)) ? &n->head : NULL;
}

/* ---- nested values ---- */

/* make_array(a, b); ARRAY(query) */
bv_node *sg_read_array(sg_reader *r, sg_element *e)
{
	sg_element *first = sg_items(e, "expressions");
	if (first && !sg_next(first) && sg_is_query(first) && !sg_is(first, "Subquery")) {
		bv_ast_array_query *n = BV_MAKE(r->a, ARRAY_QUERY, array_query, sg_span(r, e));
		return n && (n->query = sg_query(r, first)) ? &n->head : NULL;
	}
	bv_node_vec v = {0};
	return sg_exprs(r, e, "expressions", &v) ? sg_make_call(r, e, "make_array", v.v, v.n) : NULL;
}

/* STRUCT(x AS a, y): fields are PropertyEQ(name, value), Alias or plain */
bv_node *sg_read_struct(sg_reader *r, sg_element *e)
{
	bv_ast_struct *n = BV_MAKE(r->a, STRUCT, struct, sg_span(r, e));
	bv_node_vec v = {0};
	for (sg_element *c = sg_items(e, "expressions"); n && c; c = sg_next(c)) {
		bv_node *f;
		if (sg_is(c, "PropertyEQ")) {
			bv_ast_alias *a = BV_MAKE(r->a, ALIAS, alias, sg_span(r, c));
			sg_element *name = sg_need(r, c, "this");
			if (!a || !name || !(a->operand = sg_expr_of(r, c, "expression")))
				return NULL;
			a->name = sg_is(name, "Literal") ? sg_word(r, c, "this") : sg_name(r, name);
			if (!a->name.n && !r->failed)
				sg_wrong(r, c, BV_E_FOREIGN, "a field needs a name");
			if (!a->name.n || !sg_done(r, c))
				return NULL;
			f = &a->head;
		} else {
			f = sg_projection(r, c);
			if (f && f->kind == BV_STAR) {
				sg_wrong(r, c, BV_E_FOREIGN, "a star is no field");
				return NULL;
			}
		}
		if (!f || !BV_PUSH(r->a, &v, f))
			return NULL;
	}
	if (!n)
		return NULL;
	n->fields = bv__list_done(v);
	return &n->head;
}

/* (a, b) -> body */
bv_node *sg_read_lambda(sg_reader *r, sg_element *e)
{
	bv_ast_lambda *n = BV_MAKE(r->a, LAMBDA, lambda, sg_span(r, e));
	if (!n)
		return NULL;
	n->params = sg_names(r, e, "expressions");
	if (!n->params.n && !r->failed)
		sg_wrong(r, e, BV_E_FOREIGN, "a lambda needs a parameter");
	if (r->failed || !(n->body = sg_expr_of(r, e, "this")))
		return NULL;
	return &n->head;
}

/* name => value */
bv_node *sg_read_named_arg(sg_reader *r, sg_element *e)
{
	bv_ast_named_arg *n = BV_MAKE(r->a, NAMED_ARG, named_arg, sg_span(r, e));
	sg_element *name = sg_need(r, e, "this");
	if (!n || !name)
		return NULL;
	n->name = sg_is(name, "Var") ? bv__arena_lower(r->a, sg_word(r, e, "this")) : sg_name(r, name);
	if (!n->name.n && !r->failed)
		sg_wrong(r, e, BV_E_FOREIGN, "the argument needs a name");
	return n->name.n && (n->value = sg_expr_of(r, e, "expression")) ? &n->head : NULL;
}
