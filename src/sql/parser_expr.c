/* Expressions: one Pratt loop over the dialect's table of strengths, and what stands at the beginning of an expression. */
#include "sql/mark.h"
#include "sql/parser.h"

/* ---- infix: tests ---- */

/* JSON [VALUE|OBJECT|ARRAY|SCALAR] [WITH|WITHOUT UNIQUE [KEYS]] behind IS [NOT] */
static bv_node *is_json(bv_parser *p, bv_ast_is *n, const bv_token *from)
{
	static const struct {
		uint16_t word;
		uint8_t test;
	} forms[] = {{BV_K_VALUE, BV_is_test_json}, {BV_K_OBJECT, BV_is_test_json_object}, {BV_K_ARRAY, BV_is_test_json_array}, {BV_K_SCALAR, BV_is_test_json_scalar}};
	p->t++;
	n->test = BV_is_test_json;
	for (unsigned i = 0; i < BV_COUNT(forms); i++)
		if (bv__p_accept_kw(p, (bv_keyword)forms[i].word)) {
			n->test = forms[i].test;
			break;
		}
	if (bv__p_at_kw(p, BV_K_WITH) && bv__p_next_kw(p, 1, BV_K_UNIQUE)) {
		n->unique_keys = true;
		p->t += 2;
		bv__p_accept_kw(p, BV_K_KEYS);
	} else if (bv__p_accept_kw2(p, BV_K_WITHOUT, BV_K_UNIQUE))
		bv__p_accept_kw(p, BV_K_KEYS);
	return BV_NODE_DONE(p, n, from);
}

/* A test that is a call: under a NOT where it was written negated. */
static bv_node *not_where(bv_parser *p, const bv_token *from, bool negated, bv_node *call)
{
	if (!negated || !bv__p_deeper(p))
		return call;
	bv_ast_unary *n = BV_NODE_NEW(p, UNARY, unary, from);
	n->op = BV_unary_op_not;
	n->operand = call;
	return BV_NODE_DONE(p, n, from);
}

static bv_node *is_test(bv_parser *p, const bv_token *from, bv_node *left)
{
	bool negated = bv__p_accept_kw(p, BV_K_NOT);
	if (bv__p_accept_kw2(p, BV_K_DISTINCT, BV_K_FROM)) {
		bv_ast_binary *n = BV_NODE_NEW(p, BINARY, binary, from);
		n->op = negated ? BV_binary_op_is_not_distinct_from : BV_binary_op_is_distinct_from;
		n->left = left;
		n->right = p->dialect->syntax & BV_SYN_LOOSE_DISTINCT_FROM ? bv__p_expr(p) : bv__p_expr_above(p, p->dialect->prec[BV_L_IS]);
		return BV_NODE_DONE(p, n, from);
	}
	bv_ast_is *n = BV_NODE_NEW(p, IS, is, from);
	n->negated = negated;
	n->operand = left;
	switch (p->t->keyword) {
	case BV_K_NULL: n->test = BV_is_test_null; break;
	case BV_K_TRUE: n->test = BV_is_test_true; break;
	case BV_K_FALSE: n->test = BV_is_test_false; break;
	case BV_K_UNKNOWN: n->test = BV_is_test_unknown; break;
	case BV_K_JSON: return is_json(p, n, from);
	case BV_K_DOCUMENT: n->test = BV_is_test_document; break;
	case BV_K_NFC: case BV_K_NFD: case BV_K_NFKC: case BV_K_NFKD: case BV_K_NORMALIZED: {
		/* x IS NFC NORMALIZED is a function in PostgreSQL's own tree too. */
		const bv_token *form = p->t;
		bv_node *args[] = {left, NULL};
		if (form->keyword != BV_K_NORMALIZED) {
			args[1] = bv__p_string_node(p, form, bv__arena_upper(p->arena, bv__p_token_str(p, form)));
			p->t++;
		}
		bv__p_expect_kw(p, BV_K_NORMALIZED);
		bv_node *call = bv__p_call_named(p, from, "is_normalized", args, args[1] ? 2 : 1);
		return not_where(p, from, negated, call);
	}
	default:
		bv__p_expected(p, negated ? "NULL, TRUE, FALSE, UNKNOWN or DISTINCT FROM" : "NULL, NOT, TRUE, FALSE, UNKNOWN or DISTINCT FROM");
		return &n->head;
	}
	bv__p_advance(p);
	return BV_NODE_DONE(p, n, from);
}

static bv_node *is_null(bv_parser *p, const bv_token *from, bv_node *left, bool negated)
{
	bv_ast_is *n = BV_NODE_NEW(p, IS, is, from);
	n->negated = negated;
	n->operand = left;
	return BV_NODE_DONE(p, n, from);
}

/* [NOT] IN ( query | list ) */
static bv_node *in_test(bv_parser *p, const bv_token *from, bv_node *left, bool negated)
{
	if (bv__p_at_kw(p, BV_K_UNNEST) && p->t[1].kind == BV_TK_LPAREN) {
		const bv_token *open = p->t + 1;
		bv_ast_quantified *q = BV_NODE_NEW(p, QUANTIFIED, quantified, from);
		p->t += 2;
		q->op = negated ? BV_binary_op_ne : BV_binary_op_eq;
		q->quantifier = negated ? BV_quantifier_all : BV_quantifier_any;
		q->left = left;
		q->right = bv__p_expr(p);
		bv__p_expect_close(p, BV_TK_RPAREN, open);
		return BV_NODE_DONE(p, q, from);
	}
	const bv_token *open = p->t;
	if (!bv__p_at(p, BV_TK_LPAREN)) {
		if (p->dialect->syntax & BV_SYN_IN_LIST_VALUE) {
			/* x IN list: an element is x. Not = ANY(list), which is NULL where an element is. */
			bv_node *args[] = {bv__p_expr_above(p, 254), left}; /* no operator may stand in the list */
			return not_where(p, from, negated, bv__p_call_named(p, from, "list_contains", args, 2));
		}
		bv__p_expected(p, "a list or a query in parentheses");
		return left;
	}
	p->t++;
	if (bv__p_at_query(p)) {
		bv_ast_in_query *n = BV_NODE_NEW(p, IN_QUERY, in_query, from);
		n->negated = negated;
		n->operand = left;
		n->query = bv__p_query(p);
		bv__p_expect_close(p, BV_TK_RPAREN, open);
		return BV_NODE_DONE(p, n, from);
	}
	bv_ast_in_list *n = BV_NODE_NEW(p, IN_LIST, in_list, from);
	n->negated = negated;
	n->operand = left;
	uint32_t m = bv__p_mark(p);
	bv_node *only = bv__p_expr(p);
	/* IN ((SELECT …) UNION …): a query whose first word is a parenthesis. */
	if (only->kind == BV_SCALAR_QUERY && (bv__p_at_query_rest(p) || (bv__p_at(p, BV_TK_RPAREN) && (p->dialect->bit & BV_D_IN_PARENS)))) {
		bv_ast_in_query *q = BV_NODE_NEW(p, IN_QUERY, in_query, from);
		q->negated = negated;
		q->operand = left;
		q->query = bv__p_query_rest(p, BV_AS(scalar_query, only)->query);
		bv__p_expect_close(p, BV_TK_RPAREN, open);
		return BV_NODE_DONE(p, q, from);
	}
	bv__p_item(p, only);
	while (bv__p_accept(p, BV_TK_COMMA) && !(bv__p_at(p, BV_TK_RPAREN) && (p->dialect->syntax & BV_SYN_TRAILING_COMMA)))
		bv__p_item(p, bv__p_expr(p));
	n->items = bv__p_items(p, m);
	bv__p_expect_close(p, BV_TK_RPAREN, open);
	return BV_NODE_DONE(p, n, from);
}

static bv_node *between(bv_parser *p, const bv_token *from, bv_node *left, bool negated)
{
	unsigned strength = p->dialect->prec[BV_L_BETWEEN];
	bv_ast_between *n = BV_NODE_NEW(p, BETWEEN, between, from);
	n->negated = negated;
	n->operand = left;
	n->symmetric = bv__p_accept_kw(p, BV_K_SYMMETRIC);
	if (!n->symmetric)
		bv__p_accept_kw(p, BV_K_ASYMMETRIC);
	n->low = bv__p_expr_above(p, strength);
	bv__p_expect_kw(p, BV_K_AND);
	n->high = bv__p_expr_above(p, strength);
	return BV_NODE_DONE(p, n, from);
}

/* ESCAPE 'c'; ESCAPE '', where that may be asked for, is *none: nothing escapes */
static bv_str escape_clause(bv_parser *p, bool *none)
{
	if (!bv__p_accept_kw(p, BV_K_ESCAPE)) {
		if (none)
			*none = false;
		return (bv_str){"", 0};
	}
	const bv_token *t = p->t;
	bv_str s = bv__p_string_expected(p, "the escape character as a string");
	if ((p->dialect->bit & BV_D_POSTGRES) && bv__p_accept(p, BV_TK_CAST))
		(void)bv__p_type_read(p); /* ESCAPE '$'::bytea: the character of a pattern of bytes */
	if (!p->panic && (s.n == 0 || bv__utf8_count(s.p, s.n) != 1) && !(s.n == 0 && none))
		bv__p_fail(p, BV_E_SYNTAX, bv__p_token_span(p, t), "ESCAPE takes a string of one character");
	else if (!p->panic && bv__p_at(p, BV_TK_CAST)) /* a cast of the character, not of what LIKE gives */
		bv__p_fail(p, BV_E_SYNTAX, bv__p_token_span(p, p->t), "ESCAPE takes a string of one character, without a cast");
	if (none)
		*none = s.n == 0;
	return s;
}

/* ANY|ALL|SOME (pattern, …), (query) or a list's value, behind LIKE */
static bv_node *like_list(bv_parser *p, const bv_token *from, bv_node *left, unsigned form, bool negated)
{
	bv_ast_like_list *n = BV_NODE_NEW(p, LIKE_LIST, like_list, from);
	n->form = (uint8_t)form;
	n->quantifier = bv__p_at_kw(p, BV_K_ALL) ? BV_quantifier_all : BV_quantifier_any;
	n->negated = negated;
	n->operand = left;
	const bv_token *open = ++p->t;
	p->t++;
	if (bv__p_at_kw(p, BV_K_UNNEST) && p->t[1].kind == BV_TK_LPAREN) {
		const bv_token *inner = ++p->t;
		p->t++;
		n->source = bv__p_expr(p);
		bv__p_expect_close(p, BV_TK_RPAREN, inner);
	} else if (bv__p_at_query(p))
		n->source = bv__p_query(p);
	else {
		n->patterns = bv__p_exprs(p);
		/* ANY(list): in PostgreSQL and DuckDB the elements of one list. */
		if (n->patterns.n == 1 && (p->dialect->bit & (BV_D_POSTGRES | BV_D_DUCKDB))) {
			n->source = n->patterns.v[0];
			n->patterns = (bv_list){NULL, 0};
		}
	}
	bv__p_expect_close(p, BV_TK_RPAREN, open);
	n->escape = escape_clause(p, NULL);
	return BV_NODE_DONE(p, n, from);
}

/* A literal pattern with each backslash doubled: the tree's patterns escape with it. */
static void plain_backslashes(bv_parser *p, bv_node *pattern)
{
	if (pattern->kind != BV_STRING || !memchr(BV_AS(string, pattern)->text.p, '\\', BV_AS(string, pattern)->text.n))
		return;
	bv_str s = BV_AS(string, pattern)->text;
	char *out = bv__arena_alloc(p->arena, (size_t)s.n * 2);
	uint32_t n = 0;
	for (uint32_t i = 0; out && i < s.n; i++) {
		out[n++] = s.p[i];
		if (s.p[i] == '\\')
			out[n++] = s.p[i];
	}
	if (out)
		BV_AS(string, pattern)->text = (bv_str){out, n};
}

static bv_node *like(bv_parser *p, const bv_token *from, bv_node *left, unsigned form, bool negated, unsigned strength)
{
	bv_ast_like *n = BV_NODE_NEW(p, LIKE, like, from);
	n->form = (uint8_t)form;
	n->negated = negated;
	n->operand = left;
	if ((bv__p_at_kw(p, BV_K_ANY) || bv__p_at_kw(p, BV_K_ALL) || bv__p_at_kw(p, BV_K_SOME)) && p->t[1].kind == BV_TK_LPAREN) {
		return like_list(p, from, left, form, negated);
	}
	n->pattern = bv__p_expr_above(p, strength);
	bool none = false;
	n->escape = escape_clause(p, (p->dialect->bit & BV_D_POSTGRES) && n->pattern->kind == BV_STRING ? &none : NULL);
	if (none)
		plain_backslashes(p, n->pattern);
	if (form != BV_like_kind_similar && (p->dialect->syntax & BV_SYN_LIKE_PLAIN) && n->pattern->kind == BV_STRING) {
		if (!n->escape.n)
			plain_backslashes(p, n->pattern);
		else if (bv__str_is(n->escape, "\\"))
			n->escape = (bv_str){"", 0}; /* as in the tree */
	}
	return BV_NODE_DONE(p, n, from);
}

/* left op ANY|ALL|SOME (query or list) */
static bv_node *quantified(bv_parser *p, const bv_token *from, bv_node *left, unsigned op)
{
	bv_ast_quantified *n = BV_NODE_NEW(p, QUANTIFIED, quantified, from);
	n->op = (uint8_t)op;
	n->quantifier = bv__p_at_kw(p, BV_K_ALL) ? BV_quantifier_all : BV_quantifier_any;
	n->left = left;
	p->t++;
	const bv_token *open = p->t;
	bv__p_expect(p, BV_TK_LPAREN);
	if (bv__p_at_query(p))
		n->right = bv__p_query(p);
	else {
		n->right = bv__p_expr(p);
		if (n->right->kind == BV_SCALAR_QUERY)
			n->right = bv__p_at_query_rest(p) ? bv__p_query_rest(p, BV_AS(scalar_query, n->right)->query) : BV_AS(scalar_query, n->right)->query;
	}
	bv__p_expect_close(p, BV_TK_RPAREN, open);
	return BV_NODE_DONE(p, n, from);
}

/* ---- infix: AND and OR ---- */

static void add_term(bv_parser *p, bv_node *n, bv_kind kind)
{
	if (n->kind != (uint16_t)kind) {
		bv__p_item(p, n);
		return;
	}
	const bv_list *l = kind == BV_AND ? &BV_AS(and, n)->terms : &BV_AS(or, n)->terms;
	for (uint32_t i = 0; i < l->n; i++)
		bv__p_item(p, l->v[i]);
}

/* left AND right {AND right}: one flat node, whatever the parentheses. */
static bv_node *connective(bv_parser *p, const bv_token *from, bv_node *left, bv_keyword word, bv_kind kind, unsigned strength)
{
	bv_node *n = bv__p_make(p, kind, from);
	uint32_t m = bv__p_mark(p);
	add_term(p, left, kind);
	while (bv__p_accept_kw(p, word))
		add_term(p, bv__p_expr_above(p, strength), kind);
	bv_list l = bv__p_items(p, m);
	if (kind == BV_AND)
		BV_AS(and, n)->terms = l;
	else
		BV_AS(or, n)->terms = l;
	n->span = bv__p_since(p, from);
	return n;
}

/* ---- postfix ---- */

/* BigQuery's [OFFSET(n)] counts from 0, [ORDINAL(n)] from 1; SAFE_ says what becomes of an index that is not there, which is NULL here. */
static void counted_index(bv_ast_index *n)
{
	const bv_ast_call *c = n->index->kind == BV_CALL ? BV_AS(call, n->index) : NULL;
	if (!c || c->name.n != 1 || c->args.n != 1)
		return;
	bool offset = bv__str_ieq(c->name.v[0], BV_STR("offset")) || bv__str_ieq(c->name.v[0], BV_STR("safe_offset"));
	if (!offset && !bv__str_ieq(c->name.v[0], BV_STR("ordinal")) && !bv__str_ieq(c->name.v[0], BV_STR("safe_ordinal")))
		return;
	n->from_zero = offset;
	n->index = c->args.v[0];
}

/* [index], [low:high] */
static bv_node *subscript(bv_parser *p, const bv_token *from, bv_node *operand)
{
	const bv_token *open = p->t;
	/* Where `:` is an operator too, a bound stops in front of it. */
	unsigned colon = (p->dialect->syntax & BV_SYN_COLON_PATH) || (p->dialect->bit & BV_D_LENIENT) ? p->dialect->prec[BV_L_COLON] : 0;
	p->t++;
	bv_node *low = NULL;
	if (!bv__p_at(p, BV_TK_COLON)) {
		low = bv__p_expr_above(p, colon);
		if (!bv__p_at(p, BV_TK_COLON)) {
			bv_ast_index *n = BV_NODE_NEW(p, INDEX, index, from);
			n->operand = operand;
			/* A text is the key of a map or the name of a field. */
			n->from_zero = (p->dialect->syntax & BV_SYN_FROM_ZERO) && low->kind != BV_STRING;
			n->index = low;
			if (p->dialect->bit & BV_D_BIGQUERY)
				counted_index(n);
			bv__p_expect_close(p, BV_TK_RBRACKET, open);
			return BV_NODE_DONE(p, n, from);
		}
	}
	bv_ast_slice *n = BV_NODE_NEW(p, SLICE, slice, from);
	n->operand = operand;
	n->low = low;
	bv__p_expect(p, BV_TK_COLON);
	if (bv__p_at(p, BV_TK_MINUS) && p->t[1].kind == BV_TK_COLON)
		p->t++; /* [a:-:step]: to the end */
	else if (!bv__p_at(p, BV_TK_RBRACKET) && !bv__p_at(p, BV_TK_COLON))
		n->high = bv__p_expr_above(p, colon);
	if (bv__p_accept(p, BV_TK_COLON) && !bv__p_at(p, BV_TK_RBRACKET))
		n->step = bv__p_expr_above(p, colon);
	bv__p_expect_close(p, BV_TK_RBRACKET, open);
	return BV_NODE_DONE(p, n, from);
}

/* x.f(y) is f(x, y) */
static void prepend_argument(bv_parser *p, bv_ast_call *c, bv_node *first)
{
	uint32_t m = bv__p_mark(p);
	bv__p_item(p, first);
	for (uint32_t i = 0; i < c->args.n; i++)
		bv__p_item(p, c->args.v[i]);
	c->args = bv__p_items(p, m);
}

/* {[index] | .field} */
static bv_node *accessors(bv_parser *p, const bv_token *from, bv_node *n)
{
	for (;;) {
		if (bv__p_at(p, BV_TK_LBRACKET)) {
			if (!bv__p_deeper(p))
				return n;
			n = subscript(p, from, n);
		} else if (bv__p_at(p, BV_TK_DOT) && (p->t[1].kind == BV_TK_NAME || p->t[1].kind == BV_TK_QUOTED)) {
			if (!bv__p_deeper(p))
				return n;
			bv_ast_field *f = BV_NODE_NEW(p, FIELD, field, from);
			p->t++;
			f->operand = n;
			f->name = bv__p_name_of(p, p->t);
			p->t++;
			n = BV_NODE_DONE(p, f, from);
			if (bv__p_at(p, BV_TK_LPAREN)) {
				if (!(p->dialect->syntax & BV_SYN_METHODS)) {
					bv__p_refuse(p, p->t - 1, "a call behind a value, value.f(…),");
					return n;
				}
				bv_str name = f->name;
				n = bv__p_call(p, p->t - 1, bv__path_of(p->arena, &name, 1));
				prepend_argument(p, BV_AS(call, n), f->operand);
				n->span.start = f->operand->span.start;
			}
		} else
			return n;
	}
}

/* ---- primary ---- */

bv_node *bv__p_string_node(bv_parser *p, const bv_token *from, bv_str text)
{
	bv_ast_string *n = BV_NODE_NEW(p, STRING, string, from);
	n->text = text;
	return BV_NODE_DONE(p, n, from);
}

bv_node *bv__p_number_node(bv_parser *p, const bv_token *from, const char *text)
{
	bv_ast_number *n = BV_NODE_NEW(p, NUMBER, number, from);
	n->text = bv__arena_strz(p->arena, text);
	return BV_NODE_DONE(p, n, from);
}

bv_node *bv__p_cast_node(bv_parser *p, const bv_token *from, bv_node *operand, bv_node *type, bool try_cast)
{
	bv_ast_cast *n = BV_NODE_NEW(p, CAST, cast, from);
	bv_str length = type->kind == BV_TYPE && bv__str_is(BV_AS(type, type)->name, "string") ? BV_AS(type, type)->precision : (bv_str){"", 0};
	n->form = try_cast ? BV_cast_kind_try_cast : BV_cast_kind_cast;
	n->operand = operand;
	n->type = type;
	bv_node *cast = BV_NODE_DONE(p, n, from);
	if (!length.n)
		return cast;
	/* A cast to VARCHAR(n) cuts: left(CAST(x AS VARCHAR), n). */
	BV_AS(type, type)->precision = (bv_str){"", 0};
	bv_ast_number *digits = BV_NODE_NEW(p, NUMBER, number, from);
	digits->text = length;
	bv__p_deeper(p);
	bv_node *args[] = {cast, BV_NODE_DONE(p, digits, from)};
	return bv__p_call_named(p, from, "left", args, 2);
}

/* A decimal literal in a dialect where 1.50 is DECIMAL(3, 2): said by a cast of its digits, exact for any width. */
bv_node *bv__p_decimal_literal(bv_parser *p, const bv_token *from, bv_str digits)
{
	uint32_t point = digits.n, n = 0, scale = 0, leading = 0;
	bool seen = false;
	for (uint32_t i = 0; i < digits.n; i++) {
		if (digits.p[i] == '.')
			point = i;
		else {
			n++;
			if (!seen && digits.p[i] == '0')
				leading++;
			else
				seen = true;
			if (i > point)
				scale++;
		}
	}
	uint32_t precision = n - leading;
	if (precision < scale)
		precision = scale;
	if (precision == 0)
		precision = 1;
	if (precision > (p->dialect->bit & BV_D_DUCKDB ? 38 : 76))
		return NULL;
	bv_node *type = bv__p_type_make(p, from, precision > 38 ? "decimal256" : "decimal");
	bv__p_type_with_two_args(p, BV_AS(type, type), precision, scale);
	return bv__p_cast_node(p, from, bv__p_string_node(p, from, digits), type, false);
}

/* 1.5e2 as 150, 15e-1 as 1.5; empty where that has more than 76 digits. In PostgreSQL such a number is exact. */
static bv_str without_exponent(bv_parser *p, bv_str s)
{
	char digits[80], out[168];
	int n = 0, point = -1, e = 0, k = 0;
	uint32_t i = 0;
	for (; i < s.n && (s.p[i] | 0x20) != 'e'; i++)
		if (s.p[i] == '.')
			point = n;
		else if (n < 76)
			digits[n++] = s.p[i];
		else
			return (bv_str){"", 0};
	if (point < 0)
		point = n;
	bool negative = i + 1 < s.n && s.p[i + 1] == '-';
	for (i++; i < s.n; i++)
		if (s.p[i] >= '0' && s.p[i] <= '9' && e < 1000)
			e = e * 10 + (s.p[i] - '0');
	point += negative ? -e : e;
	if (point > 76 || n - point > 76)
		return (bv_str){"", 0};
	for (int j = point < 0 ? point : 0; j < n || j < point; j++) {
		if (j == point)
			out[k++] = '.';
		out[k++] = j < 0 || j >= n ? '0' : digits[j];
	}
	return bv__arena_str(p->arena, (bv_str){out, (uint32_t)k});
}

/* Digits as they are but without `_`; 0x… as decimal digits; a suffix or the dialect may make it a cast. */
static bv_node *number(bv_parser *p)
{
	const bv_token *from = p->t;
	bv_str s = bv__p_token_str(p, from);
	bv_ast_number *n = BV_NODE_NEW(p, NUMBER, number, from);
	s.n -= from->trail;
	p->t++;
	unsigned bits = s.n > 2 && s.p[0] == '0' ? ((s.p[1] | 0x20) == 'x' ? 4 : (s.p[1] | 0x20) == 'o' ? 3 : (s.p[1] | 0x20) == 'b' && from->trail == 0 ? 1 : 0) : 0;
	if (bits) {
		uint64_t v = 0;
		for (uint32_t i = 2; i < s.n; i++) {
			char c = s.p[i];
			if (c == '_')
				continue;
			if (v >> (64 - bits)) {
				bv__p_fail(p, BV_E_TOKEN, bv__p_token_span(p, from), "the number does not fit 64 bits");
				return &n->head;
			}
			v = (v << bits) + (uint64_t)(c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
		}
		n->text = bv__arena_printf(p->arena, "%llu", (unsigned long long)v);
		bv_node *wide = v > INT64_MAX && (p->dialect->bit & (BV_D_POSTGRES | BV_D_DUCKDB)) ? bv__p_decimal_literal(p, from, n->text) : NULL;
		return wide ? wide : &n->head;
	}
	if (memchr(s.p, '_', s.n)) {
		char *out = bv__arena_alloc(p->arena, s.n);
		uint32_t k = 0;
		for (uint32_t i = 0; out && i < s.n; i++)
			if (s.p[i] != '_')
				out[k++] = s.p[i];
		s = out ? (bv_str){out, k} : (bv_str){"0", 1};
	}
	n->text = s;
	if (from->trail) {
		switch (p->text[from->end - 1] | 0x20) {
		case 'l': return bv__p_cast_node(p, from, &n->head, bv__p_type_make(p, from, "int64"), false);
		case 's': return bv__p_cast_node(p, from, &n->head, bv__p_type_make(p, from, "int16"), false);
		case 'y': return bv__p_cast_node(p, from, &n->head, bv__p_type_make(p, from, "int8"), false);
		case 'f': return bv__p_cast_node(p, from, &n->head, bv__p_type_make(p, from, "float32"), false);
		case 'd':
			if ((p->text[from->end - 2] | 0x20) != 'b')
				return bv__p_cast_node(p, from, &n->head, bv__p_type_make(p, from, "float64"), false);
			break;
		default: break;
		}
	}
	bool exponent = memchr(s.p, 'e', s.n) || memchr(s.p, 'E', s.n);
	if (exponent && (p->dialect->bit & BV_D_POSTGRES)) {
		bv_str plain = without_exponent(p, s);
		bv_node *d = plain.n ? bv__p_decimal_literal(p, from, plain) : NULL;
		if (d)
			return d;
		return bv__p_cast_node(p, from, bv__p_string_node(p, from, s), bv__p_foreign_type(p, from, BV_STR("numeric")), false); /* of more digits than the engine's */
	}
	bool point = memchr(s.p, '.', s.n), whole = !point && !exponent && s.n >= 19 && (s.n > 19 || memcmp(s.p, "9223372036854775807", 19) > 0);
	if ((p->dialect->syntax & BV_SYN_DECIMAL_LITERAL) && !exponent && (point || from->trail || (whole && (p->dialect->bit & (BV_D_POSTGRES | BV_D_DUCKDB))))) {
		bv_node *d = bv__p_decimal_literal(p, from, s);
		if (d)
			return d;
		if (p->dialect->bit & BV_D_POSTGRES)
			return bv__p_cast_node(p, from, bv__p_string_node(p, from, s), bv__p_foreign_type(p, from, BV_STR("numeric")), false);
		/* In DuckDB it is a DOUBLE then. */
		if (!(p->dialect->bit & BV_D_DUCKDB))
			bv__p_fail(p, BV_E_TOKEN, bv__p_token_span(p, from), "a decimal has at most 76 digits");
	}
	return &n->head;
}

static bv_node *binary_literal(bv_parser *p)
{
	const bv_token *t = p->t;
	bv_ast_binary_literal *n = BV_NODE_NEW(p, BINARY_LITERAL, binary_literal, t);
	bv_str s = bv__p_token_str(p, t);
	p->t++;
	if ((t->flags & BV_TF_BITS) && (p->dialect->bit & BV_D_DUCKDB)) /* X'1F' is the text x1F there */
		return bv__p_string_node(p, t, bv__arena_printf(p->arena, "%c" BV_STR_FMT, s.p[0] | 0x20, BV_STR_ARG(bv__p_string_text(p, t))));
	if (t->flags & BV_TF_BITS) {
		/* b0101 and x1f as the text of a string of bits. */
		bv_str digits = {s.p + t->lead, s.n - t->lead - t->trail};
		while (bv__p_at(p, BV_TK_STRING) && (p->dialect->lex & BV_LEX_JOIN_STRINGS)) {
			digits = bv__arena_printf(p->arena, BV_STR_FMT BV_STR_FMT, BV_STR_ARG(digits), BV_STR_ARG(bv__p_string_text(p, p->t)));
			p->t++;
		}
		bv_ast_type *type = BV_AS(type, bv__p_type_make(p, t, "foreign"));
		bv_str name = BV_STR("bit");
		type->foreign = bv__path_of(p->arena, &name, 1);
		for (uint32_t i = 0; i < digits.n; i++)
			if ((s.p[0] | 0x20) == 'b' ? digits.p[i] != '0' && digits.p[i] != '1' : !memchr("0123456789abcdefABCDEF", digits.p[i], 22)) {
				bv__p_fail(p, BV_E_TOKEN, bv__p_token_span(p, t), (s.p[0] | 0x20) == 'b' ? "a string of bits holds 0 and 1 only" : "a string of bits holds hex digits only behind X");
				break;
			}
		bv_str text = bv__arena_printf(p->arena, "%c" BV_STR_FMT, s.p[0] | 0x20, BV_STR_ARG(bv__arena_lower(p->arena, digits)));
		return bv__p_cast_node(p, t, bv__p_string_node(p, t, text), &type->head, false);
	}
	if (t->flags & BV_TF_TEXT_BYTES) {
		bv_str raw = bv__p_string_text(p, t);
		char *hex = bv__arena_alloc(p->arena, (size_t)raw.n * 2 + 1);
		if (hex)
			for (uint32_t i = 0; i < raw.n; i++) {
				hex[2 * i] = "0123456789abcdef"[(uint8_t)raw.p[i] >> 4];
				hex[2 * i + 1] = "0123456789abcdef"[(uint8_t)raw.p[i] & 15];
			}
		n->hex = hex ? (bv_str){hex, raw.n * 2} : (bv_str){"", 0};
		return &n->head;
	}
	s.p += t->lead;
	s.n -= (uint32_t)t->lead + t->trail;
	char *close = p->dialect->bit & BV_D_TRINO ? bv__arena_alloc(p->arena, s.n) : NULL; /* digits stand apart there */
	if (close) {
		uint32_t m = 0;
		for (uint32_t i = 0; i < s.n; i++)
			if (s.p[i] > ' ')
				close[m++] = s.p[i];
		s = (bv_str){close, m};
	}
	for (uint32_t i = 0; i < s.n; i++)
		if (!((s.p[i] >= '0' && s.p[i] <= '9') || ((s.p[i] | 0x20) >= 'a' && (s.p[i] | 0x20) <= 'f'))) {
			bv__p_fail(p, BV_E_TOKEN, bv__p_token_span(p, t), "a binary literal holds hex digits only");
			return &n->head;
		}
	n->hex = bv__arena_lower(p->arena, s);
	if (s.n % 2) {
		/* DataFusion takes a first digit without its partner as a byte of its own. */
		if (!(p->dialect->bit & (BV_D_LENIENT | BV_D_SPARKS)))
			bv__p_fail(p, BV_E_TOKEN, bv__p_token_span(p, t), "a binary literal holds an even number of hex digits");
		n->hex = bv__arena_printf(p->arena, "0" BV_STR_FMT, BV_STR_ARG(n->hex));
	}
	return &n->head;
}

/* LAMBDA x, y : body. NULL: the word is a name. */
static bv_node *lambda_word(bv_parser *p)
{
	const bv_token *from = p->t, *t = from + 1;
	bool paren = t->kind == BV_TK_LPAREN;
	t += paren;
	while (bv__p_token_is_name(t) && t[1].kind == BV_TK_COMMA)
		t += 2;
	if (!bv__p_token_is_name(t) || t[1 + paren].kind != BV_TK_COLON || (paren && t[1].kind != BV_TK_RPAREN))
		return NULL;
	bv_ast_lambda *n = BV_NODE_NEW(p, LAMBDA, lambda, from);
	p->t++;
	if (paren)
		n->params = bv__p_names_parenthesised(p, "a parameter");
	else
		n->params = bv__p_names(p, "a parameter");
	bv__p_expect(p, BV_TK_COLON);
	bv__p_enter(p, 1);
	n->body = bv__p_expr(p);
	bv__p_leave(p, 1);
	return BV_NODE_DONE(p, n, from);
}

/* x INT -> body, (x INT, y VARIANT) -> body. NULL: no parameter has a type. */
static bv_node *typed_lambda(bv_parser *p)
{
	const bv_token *from = p->t, *t = from;
	bool paren = t->kind == BV_TK_LPAREN;
	t += paren;
	if (!bv__p_token_is_name(t) || t[1].kind != BV_TK_NAME || (t[1].keyword && (bv__keyword_flags[t[1].keyword] & (BV_KW_N | BV_KW_C))))
		return NULL;
	unsigned depth = paren, n = 0;
	for (t += 1; n < 64 && t->kind != BV_TK_END && t->kind != BV_TK_ARROW && t->kind != BV_TK_SEMICOLON && !(depth == 0 && (t->kind == BV_TK_COMMA || t->kind == BV_TK_RPAREN)); t++, n++)
		depth += t->kind == BV_TK_LPAREN ? 1u : t->kind == BV_TK_RPAREN ? -1u : 0u;
	if (t->kind != BV_TK_ARROW || depth)
		return NULL;
	bv_ast_lambda *l = BV_NODE_NEW(p, LAMBDA, lambda, from);
	uint32_t m = bv__p_mark(p), mark = p->names.n;
	p->t += paren;
	do {
		const bv_token *f = p->t;
		bv_ast_type_field *x = BV_NODE_NEW(p, TYPE_FIELD, type_field, f);
		bv_str name = bv__p_name(p, "a parameter");
		p->oom |= !BV_PUSH(p->scratch, &p->names, name);
		x->name = name;
		x->type = bv__p_type_read(p);
		bv__p_item(p, BV_NODE_DONE(p, x, f));
	} while (paren && bv__p_accept(p, BV_TK_COMMA));
	l->types = bv__p_items(p, m);
	bv_path made = bv__p_names_from(p, mark);
	l->params = (bv_names){made.v, made.n, made.n < 32 ? (1u << made.n) - 1 : UINT32_MAX};
	if (paren)
		bv__p_expect_close(p, BV_TK_RPAREN, from);
	bv__p_expect(p, BV_TK_ARROW);
	bv__p_enter(p, 1);
	l->body = bv__p_expr(p);
	bv__p_leave(p, 1);
	return BV_NODE_DONE(p, l, from);
}

/* x -> body, (x, y) -> body as an argument. The cursor is at the parameters; NULL: it is no lambda. */
static bv_node *lambda_at(bv_parser *p)
{
	const bv_token *t = p->t, *from = t;
	bool always = p->dialect->syntax & BV_SYN_ARROW_LAMBDA;
	if (t->keyword == BV_K_LAMBDA && (p->dialect->syntax & BV_SYN_LAMBDA_WORD))
		return lambda_word(p);
	bv_node *typed = p->dialect->bit & BV_D_SNOWFLAKE ? typed_lambda(p) : NULL;
	if (typed)
		return typed;
	if (t->kind == BV_TK_LPAREN) {
		for (t++; bv__p_token_is_name(t) && t[1].kind == BV_TK_COMMA; t += 2)
			;
		if (!bv__p_token_is_name(t) || t[1].kind != BV_TK_RPAREN || t[2].kind != BV_TK_ARROW)
			return NULL;
	} else {
		if (!bv__p_token_is_name(t) || t[1].kind != BV_TK_ARROW)
			return NULL;
		/* j -> 'key' reads a JSON value where there is such an operator. */
		if (!always && (t[2].kind == BV_TK_STRING || t[2].kind == BV_TK_NUMBER))
			return NULL;
	}
	bv_ast_lambda *n = BV_NODE_NEW(p, LAMBDA, lambda, from);
	if (bv__p_at(p, BV_TK_LPAREN))
		n->params = bv__p_names_parenthesised(p, "a parameter");
	else {
		bv_path one = bv__p_path(p, "a parameter", 1);
		n->params = (bv_names){one.v, one.n, one.insensitive};
	}
	bv__p_expect(p, BV_TK_ARROW);
	n->body = bv__p_expr(p);
	return BV_NODE_DONE(p, n, from);
}

/* The same anywhere else: a lambda is no value. NULL: it is no lambda. */
static bv_node *stray_lambda(bv_parser *p)
{
	const bv_token *from = p->t;
	bv_node *l = lambda_at(p);
	if (!l)
		return NULL;
	bv__p_fail(p, BV_E_SYNTAX, bv__p_since(p, from), "a lambda stands only as an argument of a call");
	return bv__p_make(p, BV_NULL_LITERAL, from);
}


static bv_node *row_item(bv_parser *p)
{
	const bv_token *from = p->t;
	if (!(p->dialect->bit & BV_D_POSTGRES) || !bv__p_at_qualified_star(p))
		return bv__p_expr(p);
	bv_path q = bv__p_path(p, "a relation", 3);
	p->t += 2;
	return bv__p_star(p, from, q);
}

/* expression | relation.*, … of a row */
bv_list bv__p_row_items(bv_parser *p)
{
	uint32_t m = bv__p_mark(p);
	do {
		if (bv__p_mark(p) > m && bv__p_at(p, BV_TK_RPAREN))
			break; /* a comma at the end */
		bv__p_item(p, row_item(p));
	} while (bv__p_accept(p, BV_TK_COMMA));
	return bv__p_items(p, m);
}

/* (x AS a, y): a struct in Spark, where a field of a row may have a name; `first` is read. */
static bv_node *named_row(bv_parser *p, const bv_token *open, bv_node *first)
{
	bv_ast_struct *n = BV_NODE_NEW(p, STRUCT, struct, open);
	uint32_t m = bv__p_mark(p);
	bv__p_item(p, first);
	while (bv__p_accept(p, BV_TK_COMMA)) {
		const bv_token *from = p->t;
		bv__p_item(p, bv__p_named_field(p, bv__p_expr(p), from));
	}
	n->fields = bv__p_items(p, m);
	if (n->fields.n < 2)
		bv__p_expected(p, "`,` and another field");
	bv__p_expect_close(p, BV_TK_RPAREN, open);
	return BV_NODE_DONE(p, n, open);
}

/* ( query ), ( expression ), ( row ) */
static bv_node *parenthesised(bv_parser *p)
{
	const bv_token *open = p->t;
	if (p->dialect->syntax & BV_SYN_ARROW_LAMBDA) {
		bv_node *l = stray_lambda(p);
		if (l)
			return l;
	}
	p->t++;
	if (bv__p_at_query(p)) {
		bv_ast_scalar_query *n = BV_NODE_NEW(p, SCALAR_QUERY, scalar_query, open);
		n->query = bv__p_query(p);
		bv__p_expect_close(p, BV_TK_RPAREN, open);
		return BV_NODE_DONE(p, n, open);
	}
	if (bv__p_at(p, BV_TK_RPAREN)) {
		bv_ast_row *r = BV_NODE_NEW(p, ROW, row, open);
		p->t++;
		return BV_NODE_DONE(p, r, open);
	}
	bv_node *n = row_item(p);
	if (n->kind == BV_STAR && !bv__p_at(p, BV_TK_COMMA)) { /* (t.*) is that row itself */
		bv_ast_row *r = BV_NODE_NEW(p, ROW, row, open);
		r->items = bv__list_of(p->arena, &n, 1);
		bv__p_expect_close(p, BV_TK_RPAREN, open);
		return BV_NODE_DONE(p, r, open);
	}
	if (n->kind == BV_SCALAR_QUERY && bv__p_at_query_rest(p)) {
		/* ((SELECT …) UNION …) */
		bv_ast_scalar_query *q = BV_NODE_NEW(p, SCALAR_QUERY, scalar_query, open);
		q->query = bv__p_query_rest(p, BV_AS(scalar_query, n)->query);
		bv__p_expect_close(p, BV_TK_RPAREN, open);
		return BV_NODE_DONE(p, q, open);
	}
	if ((p->dialect->bit & BV_D_SPARKS) && (bv__p_at_kw(p, BV_K_AS) || bv__p_at_name(p))) {
		bv_node *field = bv__p_named_field(p, n, open + 1);
		if (field != n)
			return named_row(p, open, field);
	}
	if (bv__p_at(p, BV_TK_COMMA)) {
		bv_ast_row *r = BV_NODE_NEW(p, ROW, row, open);
		uint32_t m = bv__p_mark(p);
		bool named = false;
		bv__p_item(p, n);
		while (bv__p_accept(p, BV_TK_COMMA) && !bv__p_at(p, BV_TK_RPAREN)) {
			const bv_token *from = p->t;
			bv_node *x = row_item(p), *field = p->dialect->bit & BV_D_SPARKS ? bv__p_named_field(p, x, from) : x;
			named |= field != x;
			bv__p_item(p, field);
		}
		r->items = bv__p_items(p, m);
		if (named) {
			bv_ast_struct *fields = BV_NODE_NEW(p, STRUCT, struct, open);
			fields->fields = r->items;
			bv__p_expect_close(p, BV_TK_RPAREN, open);
			return BV_NODE_DONE(p, fields, open);
		}
		bv__p_expect_close(p, BV_TK_RPAREN, open);
		return BV_NODE_DONE(p, r, open);
	}
	bv__p_expect_close(p, BV_TK_RPAREN, open);
	return n;
}

static bv_node *lambda_of(bv_parser *p, const bv_token *from, bv_names params, bv_node *body)
{
	bv_ast_lambda *n = BV_NODE_NEW(p, LAMBDA, lambda, from);
	n->params = params;
	n->body = body;
	return BV_NODE_DONE(p, n, from);
}

/* [ body FOR x [, i] IN list [IF condition] ] is list_transform(list_filter(list, x -> condition), x -> body) */
static bv_node *comprehension(bv_parser *p, const bv_token *from, const bv_token *open, bv_node *body)
{
	p->t++;
	bv_names params = bv__p_names(p, "the name of an element");
	bv__p_expect_kw(p, BV_K_IN);
	/* In COLUMNS([c FOR c IN *]) the names of all columns */
	const bv_token *t = p->t;
	unsigned paren = bv__p_at(p, BV_TK_LPAREN) && p->t[1].kind == BV_TK_STAR && p->t[2].kind == BV_TK_RPAREN;
	bv_node *list;
	if (paren || bv__p_at(p, BV_TK_STAR)) {
		p->t += 1 + paren;
		list = bv__p_star(p, t, (bv_path){NULL, 0, 0});
		p->t += paren;
	} else
		list = bv__p_expr(p);
	if (bv__p_accept_kw(p, BV_K_IF)) {
		bv_node *args[] = {list, lambda_of(p, from, params, bv__p_expr(p))};
		list = bv__p_call_named(p, from, "list_filter", args, 2);
	}
	bv_node *args[] = {list, lambda_of(p, from, params, body)};
	for (unsigned i = 0; i < 4; i++)
		bv__p_deeper(p);
	bv__p_expect_close(p, BV_TK_RBRACKET, open);
	return bv__p_call_named(p, from, "list_transform", args, 2);
}

/* [ a, b ] behind the optional word ARRAY */
static bv_node *array_literal(bv_parser *p, const bv_token *from)
{
	const bv_token *open = p->t;
	bv_ast_array *n = BV_NODE_NEW(p, ARRAY, array, from);
	uint32_t m = bv__p_mark(p);
	p->t++;
	if (!bv__p_at(p, BV_TK_RBRACKET))
		do {
			if (bv__p_at(p, BV_TK_RBRACKET))
				break;
			bv__p_item(p, bv__p_expr(p));
		} while (bv__p_accept(p, BV_TK_COMMA));
	n->items = bv__p_items(p, m);
	if (bv__p_at_kw(p, BV_K_FOR) && n->items.n == 1) {
		if (p->dialect->syntax & BV_SYN_COMPREHENSION)
			return comprehension(p, from, open, n->items.v[0]);
		bv__p_refuse(p, open, "a list comprehension");
		return &n->head;
	}
	bv__p_expect_close(p, BV_TK_RBRACKET, open);
	return BV_NODE_DONE(p, n, from);
}

/* { 'a': x, b: y } */
static bv_node *brace_struct(bv_parser *p)
{
	const bv_token *open = p->t;
	if (open[1].kind == BV_TK_NAME && bv__str_ieq(bv__p_token_str(p, &open[1]), BV_STR("fn")) && open[2].kind == BV_TK_NAME && (p->dialect->bit & BV_D_SNOWFLAKE)) {
		/* {fn f(x)} is f(x) */
		p->t += 2;
		bv_node *x = bv__p_expr(p);
		bv__p_expect_close(p, BV_TK_RBRACE, open);
		return x;
	}
	bv_ast_struct *n = BV_NODE_NEW(p, STRUCT, struct, open);
	uint32_t m = bv__p_mark(p);
	p->t++;
	if (!bv__p_at(p, BV_TK_RBRACE))
		do {
			const bv_token *from = p->t;
			if (bv__p_at(p, BV_TK_STAR) || (bv__p_token_is_name(from) && from[1].kind == BV_TK_DOT && from[2].kind == BV_TK_STAR)) {
				bv_path q = {NULL, 0, 0};
				if (!bv__p_at(p, BV_TK_STAR)) {
					q = bv__p_path(p, "a relation", 1);
					bv__p_expect(p, BV_TK_DOT);
				}
				bv__p_expect(p, BV_TK_STAR);
				bv__p_item(p, bv__p_star(p, from, q));
				continue;
			}
			bv_ast_alias *f = BV_NODE_NEW(p, ALIAS, alias, from);
			f->name = bv__p_field_key(p);
			bv__p_expect(p, BV_TK_COLON);
			f->operand = bv__p_expr(p);
			bv__p_item(p, BV_NODE_DONE(p, f, from));
		} while (bv__p_accept(p, BV_TK_COMMA) && !bv__p_at(p, BV_TK_RBRACE));
	n->fields = bv__p_items(p, m);
	bv__p_expect_close(p, BV_TK_RBRACE, open);
	return BV_NODE_DONE(p, n, open);
}

static bv_node *unary(bv_parser *p, bv_unary_op op, unsigned strength)
{
	const bv_token *from = p->t;
	bv_ast_unary *n = BV_NODE_NEW(p, UNARY, unary, from);
	n->op = (uint8_t)op;
	p->t++;
	n->operand = bv__p_expr_above(p, strength);
	return BV_NODE_DONE(p, n, from);
}

/* :'name' and :"name" of psql: the value of a variable as a string, as a name. */
static bool psql_mark(const bv_parser *p, const bv_token *from, bv_token_kind kind)
{
	if (!p->placeholders || !(p->dialect->bit & BV_D_POSTGRES) || from[1].kind != kind || from[1].start != from->end || from[1].lead != 1)
		return false;
	for (uint32_t i = from[1].start + 1; i + 1 < from[1].end; i++) {
		char c = p->text[i];
		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || (unsigned char)c >= 0x80))
			return false;
	}
	return from[1].end - from[1].start > 2;
}

bool bv__names_parameter(bv_str name)
{
	for (uint32_t i = 0; i < name.n; i++) {
		char c = name.p[i];
		if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (unsigned char)c >= 0x80))
			return false;
	}
	return name.n > 0;
}

/* Behind a colon: a name, or the number of a parameter. */
static bool names_parameter(const bv_parser *p, const bv_token *t)
{
	if (t->kind != BV_TK_NAME && t->kind != BV_TK_NUMBER)
		return false;
	for (uint32_t i = t->start; t->kind == BV_TK_NUMBER && i < t->end; i++)
		if (p->text[i] < '0' || p->text[i] > '9')
			return false;
	return bv__names_parameter(bv__p_token_str(p, t));
}

/* $1, ?, :name, :'name'; where templates are placeholders: {{ expression }}, ${name}. Of a variable its name, else all that stands there. */
static bv_node *parameter(bv_parser *p)
{
	const bv_token *from = p->t;
	bv_ast_parameter *n = BV_NODE_NEW(p, PARAMETER, parameter, from);
	bv_mark m;
	if (bv__p_accept(p, BV_TK_QUESTION))
		n->name = bv__arena_printf(p->arena, "%u", ++p->parameters);
	else if (p->placeholders && bv__mark_at((bv_str){p->text, from->end}, from->start, true, &m) == BV_MARK_FOUND) {
		bv__mark_variable((bv_str){p->text, from->end}, &m, &n->name);
		p->t++;
	} else if (bv__p_accept(p, BV_TK_COLON)) {
		/* :'name' keeps its colon: it is no expression that is a string. */
		bool string = p->t->kind == BV_TK_STRING;
		n->name = string ? (bv_str){p->text + from->start, p->t->end - from->start} : bv__p_token_str(p, p->t);
		p->t++;
	} else {
		bv_str s = bv__p_token_str(p, p->t);
		n->name = s.n > 2 && s.p[1] == '"' ? (bv_str){s.p + 2, s.n - 3} : (bv_str){s.p + 1, s.n - 1};
		p->t++;
		if (!bv__names_parameter(n->name))
			bv__p_fail(p, BV_E_SYNTAX, bv__p_since(p, from), "a parameter's name is letters, digits and `_`");
	}
	return BV_NODE_DONE(p, n, from);
}

/* model!method: the name of the model and, last, that of the method */
bv_path bv__p_method_path(bv_parser *p, const bv_path *model, const bv_token *method)
{
	uint32_t mark = p->names.n;
	for (uint32_t i = 0; i < model->n; i++)
		p->oom |= !BV_PUSH(p->scratch, &p->names, model->v[i]);
	p->oom |= !BV_PUSH(p->scratch, &p->names, bv__arena_lower(p->arena, bv__p_name_of(p, method)));
	return bv__p_names_from(p, mark);
}

/* (+) behind a column */
static bool at_outer_mark(const bv_parser *p)
{
	return bv__p_at(p, BV_TK_LPAREN) && p->t[1].kind == BV_TK_PLUS && p->t[2].kind == BV_TK_RPAREN && (p->dialect->bit & BV_D_SNOWFLAKE);
}

/* A column, or the name of a function and its call. */
static bv_node *name_or_call(bv_parser *p)
{
	const bv_token *from = p->t;
	if ((p->dialect->lex & BV_LEX_DASH_NAME) && from->kind == BV_TK_NAME && p->text[from->start] >= '0' && p->text[from->start] <= '9') {
		bv__p_fail(p, BV_E_TOKEN, bv__p_token_span(p, from), "malformed number"); /* a piece of a dashed name, which only tables have */
		return bv__p_make(p, BV_NULL_LITERAL, from);
	}
	/* A lone word is by far the most frequent. */
	bv_path path = bv__p_path(p, "an expression", 1000);
	if (bv__p_at(p, BV_TK_LPAREN) && !at_outer_mark(p))
		return bv__p_call(p, from, path);
	if (bv__p_at(p, BV_TK_DOT) && p->t[1].kind == BV_TK_STAR && (p->dialect->bit & BV_D_POSTGRES) && path.n) {
		/* t.* inside an expression: the row of its columns */
		bv_ast_row *row = BV_NODE_NEW(p, ROW, row, from);
		p->t += 2;
		bv_node *star = bv__p_star(p, from, path);
		row->items = bv__list_of(p->arena, &star, 1);
		bv__p_deeper(p);
		return BV_NODE_DONE(p, row, from);
	}
	if ((p->dialect->bit & BV_D_SNOWFLAKE) && bv__p_at(p, BV_TK_BANG) && p->t[1].kind == BV_TK_NAME && p->t[2].kind == BV_TK_LPAREN) {
		/* model!method(…): a call whose name ends in the method */
		bv_path name = bv__p_method_path(p, &path, &p->t[1]);
		p->t += 2;
		bv_node *call = bv__p_call(p, from, name);
		BV_AS(call, call)->method = true;
		return call;
	}
	if (bv__p_at(p, BV_TK_DOT) && p->t[1].kind == BV_TK_PARAM && (p->dialect->bit & BV_D_SNOWFLAKE)) {
		/* t.$1: a column by its place, which the name says */
		bv_str place = bv__p_token_str(p, &p->t[1]);
		uint32_t mark = p->names.n;
		for (uint32_t i = 0; i < path.n; i++)
			(void)BV_PUSH(p->scratch, &p->names, path.v[i]);
		(void)BV_PUSH(p->scratch, &p->names, place);
		uint32_t insensitive = path.insensitive;
		path = bv__p_names_from(p, mark);
		path.insensitive = insensitive;
		p->t += 2;
	}
	bv_ast_column *n = BV_NODE_NEW(p, COLUMN, column, from);
	n->path = path;
	bv_node *column = BV_NODE_DONE(p, n, from);
	if (!at_outer_mark(p))
		return column;
	bv_ast_outer_mark *mark = BV_NODE_NEW(p, OUTER_MARK, outer_mark, from);
	p->t += 3;
	bv__p_deeper(p);
	mark->operand = column;
	return BV_NODE_DONE(p, mark, from);
}

/* An operator that users may define, before its operand. Those that have a function of their own are that. */
static bv_node *prefix_operator(bv_parser *p)
{
	static const struct {
		const char *operator, *function;
	} known[] = {{"@", "abs"}, {"|/", "sqrt"}, {"||/", "cbrt"}};
	const bv_token *from = p->t;
	bv_str s = bv__p_token_str(p, from);
	if (!(p->dialect->lex & BV_LEX_OPERATORS)) {
		bv__p_expected(p, "an expression");
		return bv__p_make(p, BV_NULL_LITERAL, from);
	}
	p->t++;
	bv_node *operand = bv__p_expr_above(p, p->dialect->prec[BV_L_OTHER]);
	for (unsigned i = 0; i < BV_COUNT(known); i++)
		if (bv__str_is(s, known[i].operator))
			return bv__p_call_named(p, from, known[i].function, &operand, 1);
	bv_ast_operator *n = BV_NODE_NEW(p, OPERATOR, operator, from);
	n->name = bv__path_of(p->arena, &s, 1);
	n->right = operand;
	return BV_NODE_DONE(p, n, from);
}

static bv_node *primary(bv_parser *p)
{
	const bv_token *from = p->t;
	const uint8_t *prec = p->dialect->prec;
	switch ((bv_token_kind)from->kind) {
	case BV_TK_NAME: {
		if (from->keyword == BV_K_LAMBDA && (p->dialect->syntax & BV_SYN_LAMBDA_WORD)) {
			bv_node *l = stray_lambda(p);
			if (l)
				return l;
		}
		if (from->keyword) {
			bv_node *n = bv__p_primary_keyword(p);
			if (n)
				return n;
			if (bv__keyword_flags[from->keyword] & BV_KW_N && !(from->keyword == BV_K_END && !p->cases) && !(from[1].kind == BV_TK_LPAREN && !(bv__keyword_flags[from->keyword] & BV_KW_H))) {
				bv__p_expected(p, "an expression");
				return bv__p_make(p, BV_NULL_LITERAL, from);
			}
		}
		if (from[1].kind == BV_TK_STRING || from[1].kind == BV_TK_LPAREN || from[1].kind == BV_TK_NAME || from[1].kind == BV_TK_LT) {
			bv_node *n = bv__p_typed_literal(p);
			if (!n && from[1].kind == BV_TK_LPAREN)
				n = bv__p_extract_like(p);
			if (n)
				return n;
		}
		if ((p->dialect->syntax & BV_SYN_ARROW_LAMBDA) && from[1].kind == BV_TK_ARROW) {
			bv_node *l = stray_lambda(p);
			if (l)
				return l;
		}
		return name_or_call(p);
	}
	case BV_TK_QUOTED:
		return name_or_call(p);
	case BV_TK_STRING:
		return bv__p_string_node(p, from, bv__p_string_expected(p, "a string"));
	case BV_TK_NUMBER:
		return number(p);
	case BV_TK_BINARY:
		return binary_literal(p);
	case BV_TK_LPAREN:
		return parenthesised(p);
	case BV_TK_LBRACKET:
		return array_literal(p, from);
	case BV_TK_LBRACE:
		return brace_struct(p);
	case BV_TK_MINUS:
		return unary(p, BV_unary_op_negate, prec[BV_L_UNARY]);
	case BV_TK_PLUS:
		return unary(p, BV_unary_op_plus, prec[BV_L_UNARY]);
	case BV_TK_TILDE:
		return unary(p, BV_unary_op_bit_not, prec[BV_L_BIT_NOT]);
	case BV_TK_BANG:
		return unary(p, BV_unary_op_not, prec[BV_L_UNARY]);
	case BV_TK_AT_AT:
		if ((p->dialect->bit & BV_D_BIGQUERY) && bv__p_token_is_name(from + 1)) {
			/* @@x.y: a variable of the system, a parameter whose name begins with @ */
			bv_ast_parameter *n = BV_NODE_NEW(p, PARAMETER, parameter, from);
			p->t++;
			(void)bv__p_path(p, "a variable", 8);
			n->name = (bv_str){p->text + from->start + 1, p->t[-1].end - from->start - 1};
			return BV_NODE_DONE(p, n, from);
		}
		/* fall through */
	case BV_TK_AT:
	case BV_TK_HASH:
	case BV_TK_QUESTION_PIPE:
	case BV_TK_OPERATOR:
		return prefix_operator(p);
	case BV_TK_STAR:
		/* *COLUMNS(…) is unpack(COLUMNS(…)) */
		if (from[1].keyword == BV_K_COLUMNS && from[2].kind == BV_TK_LPAREN && (p->dialect->bit & BV_D_DUCKDB)) {
			p->t++;
			bv_node *arg = name_or_call(p);
			return bv__p_call_named(p, from, "unpack", &arg, 1);
		}
		break;
	case BV_TK_PARAM:
	case BV_TK_QUESTION:
		return parameter(p);
	case BV_TK_COLON:
		if (names_parameter(p, from + 1) || psql_mark(p, from, BV_TK_STRING))
			return parameter(p);
		if (psql_mark(p, from, BV_TK_QUOTED)) {
			bv_diagnostic *e = bv__p_fail(p, BV_E_PLACEHOLDER, (bv_span){p->file, from->start, from[1].end}, "a quoted name cannot be a placeholder");
			if (e)
				bv__diag_hint(p->d, e, "a placeholder stands for a value; policy.templates = render writes any text");
		}
		break;
	default:
		break;
	}
	bv__p_expected(p, "an expression");
	return bv__p_make(p, BV_NULL_LITERAL, from);
}

/* ---- the loop ---- */

/* Level of the word at the cursor as an infix operator. */
static bv_level word_level(const bv_parser *p)
{
	switch (p->t->keyword) {
	case BV_K_OR: return BV_L_OR;
	case BV_K_AND: return BV_L_AND;
	case BV_K_IS: return BV_L_IS;
	case BV_K_ISNULL: case BV_K_NOTNULL:
		return p->dialect->bit & (BV_D_POSTGRES | BV_D_DUCKDB | BV_D_GENERIC) ? BV_L_IS : BV_L_NONE;
	case BV_K_IN: case BV_K_BETWEEN: return BV_L_BETWEEN;
	case BV_K_LIKE: case BV_K_ILIKE: case BV_K_SIMILAR: case BV_K_RLIKE: case BV_K_REGEXP: case BV_K_GLOB:
		if (p->t->keyword == BV_K_SIMILAR && p->t[1].keyword != BV_K_TO)
			return BV_L_NONE;
		/* DuckDB and PostgreSQL have operators for it, and other names. */
		if ((p->t->keyword == BV_K_RLIKE || p->t->keyword == BV_K_REGEXP) && (p->dialect->bit & (BV_D_POSTGRES | BV_D_DUCKDB)))
			return BV_L_NONE;
		return BV_L_LIKE;
	case BV_K_NOT:
		switch (p->t[1].keyword) {
		case BV_K_IN: case BV_K_BETWEEN: return BV_L_BETWEEN;
		case BV_K_LIKE: case BV_K_ILIKE: case BV_K_SIMILAR: case BV_K_RLIKE: case BV_K_REGEXP: case BV_K_GLOB: return BV_L_LIKE;
		case BV_K_NULL: return p->dialect->bit & (BV_D_DUCKDB | BV_D_LENIENT) ? BV_L_IS : BV_L_NONE;
		default: return BV_L_NONE;
		}
	case BV_K_AT: return p->t[1].keyword == BV_K_TIME || (p->t[1].keyword == BV_K_LOCAL && (p->dialect->bit & BV_D_POSTGRES)) ? BV_L_AT_ZONE : BV_L_NONE;
	case BV_K_COLLATE: return BV_L_COLLATE;
	case BV_K_DIV: return p->dialect->bit & (BV_D_SPARKS | BV_D_LENIENT) && p->t[1].kind != BV_TK_COMMA ? BV_L_MULTIPLY : BV_L_NONE;
	case BV_K_XOR: return p->dialect->bit & BV_D_LENIENT ? BV_L_XOR : BV_L_NONE;
	case BV_K_OPERATOR: return p->dialect->bit & (BV_D_POSTGRES | BV_D_DUCKDB | BV_D_GENERIC) && p->t[1].kind == BV_TK_LPAREN ? BV_L_OTHER : BV_L_NONE;
	case BV_K_OVERLAPS: return p->dialect->bit & (BV_D_POSTGRES | BV_D_LENIENT) ? BV_L_BETWEEN : BV_L_NONE;
	default: return BV_L_NONE;
	}
}

/* left op right. Where no operator is a power, it is the function. */
static bv_node *binary(bv_parser *p, const bv_token *from, bv_node *left, bv_binary_op op, unsigned strength)
{
	bv_node *right = bv__p_expr_above(p, strength);
	if (op == BV_binary_op_power && !(p->dialect->syntax & BV_SYN_CARET_POWER)) {
		bv_node *args[] = {left, right};
		return bv__p_call_named(p, from, "power", args, 2);
	}
	bv_ast_binary *n = BV_NODE_NEW(p, BINARY, binary, from);
	n->op = (uint8_t)op;
	n->left = left;
	n->right = right;
	return BV_NODE_DONE(p, n, from);
}

static bv_node *named_operator(bv_parser *p, const bv_token *from, bv_node *left, bv_path name, unsigned strength)
{
	bv_ast_operator *n = BV_NODE_NEW(p, OPERATOR, operator, from);
	n->name = name;
	n->left = left;
	if ((bv__p_at_kw(p, BV_K_ANY) || bv__p_at_kw(p, BV_K_ALL) || bv__p_at_kw(p, BV_K_SOME)) && p->t[1].kind == BV_TK_LPAREN)
		bv__p_refuse(p, p->t, "ANY or ALL behind an operator of PostgreSQL's own");
	n->right = bv__p_expr_above(p, strength);
	return BV_NODE_DONE(p, n, from);
}

/* OPERATOR ( [schema.] operator ) right; one of pg_catalog is the operator itself. */
static bv_node *operator_call(bv_parser *p, const bv_token *from, bv_node *left, unsigned strength)
{
	const bv_token *open = p->t;
	bv_str parts[2];
	uint32_t n = 0;
	bv__p_expect(p, BV_TK_LPAREN);
	if (bv__p_token_is_name(p->t) && p->t[1].kind == BV_TK_DOT) {
		parts[n++] = bv__p_name(p, "a schema");
		p->t++;
	}
	const bv_token *t = p->t;
	if (p->panic || t->kind == BV_TK_RPAREN || t->kind == BV_TK_NAME || t[1].kind != BV_TK_RPAREN) {
		bv__p_expected(p, "an operator");
		return left;
	}
	p->t++;
	bv__p_expect_close(p, BV_TK_RPAREN, open);
	uint8_t op = bv__infix[t->kind].op;
	if (bv__infix[t->kind].level && op < BV_binary_op_count && (n == 0 || bv__str_is(parts[0], "pg_catalog")))
		return binary(p, from, left, t->kind == BV_TK_CARET ? BV_binary_op_power : (bv_binary_op)op, strength);
	parts[n++] = bv__p_token_str(p, t);
	return named_operator(p, from, left, bv__path_of(p->arena, parts, n), strength);
}

/* a.b["c"][0] behind `value:` */
static bv_node *json_path(bv_parser *p, const bv_token *from, bv_node *operand)
{
	bv_ast_json_path *n = BV_NODE_NEW(p, JSON_PATH, json_path, from);
	n->operand = operand;
	uint32_t m = bv__p_mark(p);
	bool key = true;
	for (;;) {
		const bv_token *t = p->t;
		if (bv__p_at(p, BV_TK_LBRACKET)) {
			p->t++;
			if (bv__p_accept(p, BV_TK_STAR))
				bv__p_item(p, bv__p_make(p, BV_NULL_LITERAL, t)); /* [*]: every element */
			else
				bv__p_item(p, bv__p_expr(p));
			bv__p_expect_close(p, BV_TK_RBRACKET, t);
		} else if (key && (t->kind == BV_TK_NAME || t->kind == BV_TK_QUOTED)) {
			/* Snowflake's keys match exactly; those of Databricks only in brackets. */
			if (p->dialect->bit & BV_D_SPARKS) {
				bv_str name = bv__p_name_of(p, t);
				bv_ast_column *c = BV_NODE_NEW(p, COLUMN, column, t);
				c->path = bv__path_of(p->arena, &name, 1);
				c->path.insensitive = 1;
				p->t++;
				bv__p_item(p, BV_NODE_DONE(p, c, t));
			} else {
				bv_str name = bv__p_name_of(p, t);
				p->t++;
				bv__p_item(p, bv__p_string_node(p, t, name));
			}
		} else {
			bv__p_expected(p, "a key or an index");
			break;
		}
		key = bv__p_at(p, BV_TK_DOT) || bv__p_at(p, BV_TK_COLON);
		if (key)
			p->t++;
		else if (!bv__p_at(p, BV_TK_LBRACKET))
			break;
	}
	n->steps = bv__p_items(p, m);
	return BV_NODE_DONE(p, n, from);
}

/* What the word at the cursor makes of `left`. */
static bv_node *word_infix(bv_parser *p, const bv_token *from, bv_node *left, bv_level level, unsigned strength)
{
	bool negated = false;
	if (bv__p_at_kw(p, BV_K_NOT)) {
		negated = true;
		p->t++;
	}
	bv_keyword word = (bv_keyword)p->t->keyword;
	if (word == BV_K_AND)
		return connective(p, from, left, BV_K_AND, BV_AND, strength);
	if (word == BV_K_OR)
		return connective(p, from, left, BV_K_OR, BV_OR, strength);
	p->t++;
	switch (word) {
	case BV_K_IS: return is_test(p, from, left);
	case BV_K_ISNULL: return is_null(p, from, left, false);
	case BV_K_NULL:
	case BV_K_NOTNULL: return is_null(p, from, left, true);
	case BV_K_IN: return in_test(p, from, left, negated);
	case BV_K_BETWEEN: return between(p, from, left, negated);
	case BV_K_LIKE: return like(p, from, left, BV_like_kind_like, negated, p->dialect->prec[BV_L_LIKE]);
	case BV_K_ILIKE: return like(p, from, left, BV_like_kind_ilike, negated, p->dialect->prec[BV_L_LIKE]);
	case BV_K_SIMILAR:
		bv__p_expect_kw(p, BV_K_TO);
		return like(p, from, left, BV_like_kind_similar, negated, p->dialect->prec[BV_L_LIKE]);
	case BV_K_RLIKE:
	case BV_K_REGEXP:
	case BV_K_DIV:
	case BV_K_XOR: {
		bv_ast_binary *n = BV_NODE_NEW(p, BINARY, binary, from);
		n->op = word == BV_K_DIV ? BV_binary_op_integer_divide : word == BV_K_XOR ? BV_binary_op_bit_xor
				: negated ? BV_binary_op_not_regex_match : BV_binary_op_regex_match;
		n->left = left;
		n->right = bv__p_expr_above(p, strength);
		return BV_NODE_DONE(p, n, from);
	}
	case BV_K_AT: {
		bv_ast_at_time_zone *n = BV_NODE_NEW(p, AT_TIME_ZONE, at_time_zone, from);
		n->operand = left;
		if (bv__p_at_kw(p, BV_K_LOCAL)) {
			/* The session's zone, which is UTC. */
			n->zone = bv__p_string_node(p, p->t, BV_STR("UTC"));
			p->t++;
			return BV_NODE_DONE(p, n, from);
		}
		p->t++;
		bv__p_expect_kw(p, BV_K_ZONE);
		n->zone = bv__p_expr_above(p, strength);
		return BV_NODE_DONE(p, n, from);
	}
	case BV_K_COLLATE: {
		bv_ast_collate *n = BV_NODE_NEW(p, COLLATE, collate, from);
		n->operand = left;
		if (bv__p_at(p, BV_TK_STRING)) {
			bv_str name = bv__p_string_expected(p, "a collation");
			n->collation = bv__path_of(p->arena, &name, 1);
		} else
			n->collation = bv__p_path(p, "a collation", 3);
		return BV_NODE_DONE(p, n, from);
	}
	case BV_K_OPERATOR: return operator_call(p, from, left, strength);
	case BV_K_GLOB: {
		bv_node *args[] = {left, bv__p_expr_above(p, strength)}, *call = bv__p_call_named(p, from, "glob", args, 2);
		return not_where(p, from, negated, call);
	}
	case BV_K_OVERLAPS: {
		/* (a, b) OVERLAPS (c, d) is overlaps(a, b, c, d) */
		bv_node *right = bv__p_expr_above(p, strength);
		if (!p->panic && (left->kind != BV_ROW || right->kind != BV_ROW || BV_AS(row, left)->items.n != 2 || BV_AS(row, right)->items.n != 2)) {
			bv__p_fail(p, BV_E_SYNTAX, bv__p_since(p, from), "OVERLAPS compares two pairs: (start, end) OVERLAPS (start, end)");
			return left;
		}
		bv_node *args[4] = {NULL};
		for (unsigned i = 0; i < 4 && !p->panic; i++)
			args[i] = BV_AS(row, i < 2 ? left : right)->items.v[i % 2];
		return bv__p_call_named(p, from, "overlaps", args, p->panic ? 0 : 4);
	}
	default:
		bv__p_refuse(p, p->t - 1, bv__keyword_names[word]);
		(void)level;
		return left;
	}
}

static bv_binary_op dialect_op(const bv_parser *p, const bv_token *t, uint8_t op)
{
	if (op == BV_binary_op_divide && (p->dialect->syntax & BV_SYN_TRUE_DIVISION))
		return BV_binary_op_true_divide;
	if (t->kind == BV_TK_CARET && (p->dialect->syntax & BV_SYN_CARET_POWER))
		return BV_binary_op_power;
	return (bv_binary_op)op;
}

/* Level of the token at the cursor as an infix operator in this dialect. */
static bv_level token_level(const bv_parser *p)
{
	bv_level level = (bv_level)bv__infix[p->t->kind].level;
	switch (p->t->kind) {
	case BV_TK_CARET:
		return p->dialect->syntax & BV_SYN_CARET_POWER ? BV_L_POWER : level;
	case BV_TK_QUESTION:
		if ((p->dialect->bit & BV_D_DATABRICKS) && p->t[1].kind == BV_TK_CAST && p->t[1].start == p->t->end)
			return BV_L_CAST;
		return p->dialect->syntax & BV_SYN_QUESTION_OPERATOR ? level : BV_L_NONE;
	case BV_TK_TILDE_STAR:
	case BV_TK_BANG_TILDE_STAR:
		return p->dialect->bit & BV_D_DUCKDB ? BV_L_NONE : p->dialect->bit & BV_D_POSTGRES ? BV_L_OTHER : level;
	case BV_TK_TILDE: case BV_TK_BANG_TILDE: case BV_TK_TILDE_TILDE: case BV_TK_TILDE_TILDE_STAR: case BV_TK_BANG_TILDE_TILDE: case BV_TK_BANG_TILDE_TILDE_STAR:
		return p->dialect->bit & (BV_D_POSTGRES | BV_D_DUCKDB) ? BV_L_OTHER : level; /* operators as any other */
	case BV_TK_HASH:
		return p->dialect->bit & (BV_D_POSTGRES | BV_D_LENIENT) ? level : BV_L_NONE;
	case BV_TK_SLASH_SLASH:
		return p->dialect->bit & (BV_D_DUCKDB | BV_D_LENIENT) ? level : BV_L_NONE;
	case BV_TK_AT:
		return p->dialect->bit & BV_D_POSTGRES ? BV_L_OTHER : BV_L_NONE;
	case BV_TK_BANG: /* DuckDB's factorial stands behind its operand; Spark has !< and !> */
		return p->dialect->bit & BV_D_DUCKDB ? BV_L_OTHER : (p->dialect->bit & BV_D_SPARKS) && (p->t[1].kind == BV_TK_LT || p->t[1].kind == BV_TK_GT) && p->t[1].start == p->t->end ? BV_L_COMPARE : BV_L_NONE;
	case BV_TK_COLON:
		return (p->dialect->syntax & BV_SYN_COLON_PATH) && (p->t[1].kind == BV_TK_NAME || p->t[1].kind == BV_TK_QUOTED || p->t[1].kind == BV_TK_LBRACKET) ? level
																																				 : BV_L_NONE;
	default:
		return level;
	}
}

/* ~~ and its like, which DataFusion plans and names as operators of their own; elsewhere they are spellings of LIKE. */
static bv_node *like_match(bv_parser *p, const bv_token *from, bv_node *left, unsigned op, unsigned strength)
{
	bool negated = op == BV_OP_NOT_LIKE || op == BV_OP_NOT_ILIKE, ilike = op == BV_OP_ILIKE || op == BV_OP_NOT_ILIKE;
	bool list = (bv__p_at_kw(p, BV_K_ANY) || bv__p_at_kw(p, BV_K_ALL) || bv__p_at_kw(p, BV_K_SOME)) && p->t[1].kind == BV_TK_LPAREN;
	if (list || !(p->dialect->bit & BV_D_LENIENT))
		return like(p, from, left, ilike ? BV_like_kind_ilike : BV_like_kind_like, negated, strength);
	static const uint8_t ops[2][2] = {{BV_binary_op_like_match, BV_binary_op_ilike_match}, {BV_binary_op_not_like_match, BV_binary_op_not_ilike_match}};
	bv_ast_binary *n = BV_NODE_NEW(p, BINARY, binary, from);
	n->op = ops[negated][ilike];
	n->left = left;
	n->right = bv__p_expr_above(p, strength);
	return BV_NODE_DONE(p, n, from);
}

static bv_node *token_infix(bv_parser *p, const bv_token *from, bv_node *left, unsigned strength)
{
	const bv_token *t = p->t;
	uint8_t op = bv__infix[t->kind].op;
	p->t++;
	if (t->kind == BV_TK_BANG) {
		if (p->dialect->bit & BV_D_DUCKDB)
			return bv__p_call_named(p, from, "factorial", &left, 1);
		op = bv__p_at(p, BV_TK_LT) ? BV_binary_op_ge : BV_binary_op_le;
		p->t++;
	} else if (t->kind == BV_TK_SHIFT_RIGHT && bv__p_at(p, BV_TK_GT) && p->t->start == t->end && (p->dialect->bit & BV_D_SPARKS)) {
		p->t++;
		bv_node *args[] = {left, bv__p_expr_above(p, strength)};
		return bv__p_call_named(p, from, "shiftrightunsigned", args, 2);
	} else if (t->kind == BV_TK_QUESTION && bv__p_at(p, BV_TK_CAST) && (p->dialect->bit & BV_D_DATABRICKS)) {
		p->t++;
		return accessors(p, from, bv__p_cast_node(p, from, left, bv__p_type_read(p), true));
	}
	switch (op) {
	case BV_OP_CAST:
		return accessors(p, from, bv__p_cast_node(p, from, left, bv__p_type_read(p), false));
	case BV_OP_LIKE:
	case BV_OP_NOT_LIKE:
	case BV_OP_ILIKE:
	case BV_OP_NOT_ILIKE: return like_match(p, from, left, op, strength);
	case BV_OP_COLON:
		return json_path(p, from, left);
	case BV_OP_NAMED: {
		bv_str name = bv__p_token_str(p, t);
		return named_operator(p, from, left, bv__path_of(p->arena, &name, 1), strength);
	}
	case BV_OP_STARTS_WITH: {
		bv_node *args[] = {left, bv__p_expr_above(p, strength)};
		return bv__p_call_named(p, from, "starts_with", args, 2);
	}
	case BV_OP_OVERLAP: {
		bv_node *args[] = {left, bv__p_expr_above(p, strength)};
		return bv__p_call_named(p, from, "array_has_any", args, 2);
	}
	default:
		break;
	}
	/* DuckDB's `~` wants the whole text to match. */
	if ((op == BV_binary_op_regex_match || op == BV_binary_op_not_regex_match) && (p->dialect->bit & BV_D_DUCKDB)) {
		bv_node *args[] = {left, bv__p_expr_above(p, strength)}, *call = bv__p_call_named(p, from, "regexp_full_match", args, 2);
		return not_where(p, from, op == BV_binary_op_not_regex_match, call);
	}
	bv_binary_op meant = dialect_op(p, t, op);
	if ((bv__p_at_kw(p, BV_K_ANY) || bv__p_at_kw(p, BV_K_ALL) || bv__p_at_kw(p, BV_K_SOME)) && p->t[1].kind == BV_TK_LPAREN)
		return quantified(p, from, left, meant);
	return binary(p, from, left, meant, strength);
}

bv_node *bv__p_expr_above(bv_parser *p, unsigned strength)
{
	uint32_t outer_peak = p->peak;
	const bv_token *from = p->t;
	if (!bv__p_enter(p, 1)) {
		bv__p_leave(p, 1);
		return bv__p_make(p, BV_NULL_LITERAL, from);
	}
	p->peak = p->depth;
	bv_node *n = primary(p);
	if (bv__p_at(p, BV_TK_LBRACKET) || bv__p_at(p, BV_TK_DOT))
		n = accessors(p, from, n);
	for (;;) {
		bool word = p->t->kind == BV_TK_NAME;
		bv_level level = word ? (p->t->keyword ? word_level(p) : BV_L_NONE) : token_level(p);
		unsigned next = p->dialect->prec[level];
		if (level == BV_L_NONE || next <= strength)
			break;
		if (!bv__p_deeper(p))
			break;
		n = word ? word_infix(p, from, n, level, next) : token_infix(p, from, n, next);
	}
	bv__p_leave(p, 1);
	if (p->peak < outer_peak)
		p->peak = outer_peak;
	return n;
}

bv_node *bv__p_expr(bv_parser *p) { return bv__p_expr_above(p, 0); }

bv_list bv__p_exprs(bv_parser *p)
{
	uint32_t m = bv__p_mark(p);
	do
		bv__p_item(p, bv__p_expr(p));
	while (bv__p_accept(p, BV_TK_COMMA));
	return bv__p_items(p, m);
}

bv_node *bv__p_lambda(bv_parser *p) { return lambda_at(p); }
bv_node *bv__p_lambda_or_expr(bv_parser *p)
{
	bv_node *l = p->t->kind == BV_TK_LPAREN || p->t[1].kind == BV_TK_ARROW || p->t->keyword == BV_K_LAMBDA ? lambda_at(p) : NULL;
	return l ? l : bv__p_expr(p);
}
bv_node *bv__p_array(bv_parser *p, const bv_token *from) { return array_literal(p, from); }
