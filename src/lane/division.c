/* division: `/` that keeps the fraction and DIV as the engine's own division. In: a typed operator and the read dialect; out: the same meaning
 * over explicit casts. What the engine cannot compute exactly is refused: decimals by other rules, and a divisor of zero where that is an error
 * and the engine gives infinity. */
#include "lane/lane_internal.h"

/* A number that is written out and not zero. */
static bool is_nonzero(const bv_node *n)
{
	if (n->kind == BV_UNARY)
		n = BV_AS(unary, n)->operand;
	return bv__is_divisor(n);
}

/* Such a number, also as a float; or NULLIF(x, 0). */
static bool never_zero(const bv_lane_state *st, const bv_node *n)
{
	if (n->kind == BV_CAST && n->type && bv__type_is_float(n->type))
		n = BV_AS(cast, n)->operand;
	if (n->kind == BV_CALL) {
		const bv_ast_call *c = BV_AS(call, n);
		const bv_function *f = bv__call_function(st, c);
		return f && bv__str_is(f->name, "nullif") && c->args.n == 2 && c->args.v[1]->kind == BV_NUMBER && !is_nonzero(c->args.v[1]);
	}
	return is_nonzero(n);
}

static bv_node *null_where_zero(bv_lane_state *st, bv_node *n)
{
	bv_ast_call *c = BV_MAKE(st->arena, CALL, call, n->span);
	bv_node *zero = bv__number(st->arena, n->span, 0);
	if (!c || !zero)
		return n;
	zero->type = bv__type(BV_T_INT64);
	bv_node *args[2] = {n, bv__cast_to(st, zero, n->type)};
	bv_str name = BV_STR("nullif");
	c->name = bv__path_of(st->arena, &name, 1);
	c->args = bv__list_of(st->arena, args, 2);
	c->head.type = n->type;
	c->head.nullable = true;
	return &c->head;
}

static bool refused(bv_lane_state *st, const bv_node *n, const char *what, const char *hint)
{
	bv_diagnostic *e = bv__diag(st->d, BV_E_NOT_SUPPORTED, n->span, "%s", what);
	bv__diag_hint(st->d, e, "%s", hint);
	return false;
}

/* 7 DIV 2, 7 // 2: the quotient of whole numbers, cut towards zero as the engine cuts. */
static bool whole(bv_lane_state *st, bv_ast_binary *b, unsigned means)
{
	b->op = BV_binary_op_divide;
	if (b->left->type->id == BV_T_NULL || b->right->type->id == BV_T_NULL)
		return true;
	if (!bv__type_is_integer(b->left->type) || !bv__type_is_integer(b->right->type))
		return refused(st, &b->head, "division to a whole number needs whole numbers", "cast both sides to an integer type, or use `/` with trunc or floor");
	if (means & BV_DIVISION_BIGINT) {
		b->left = bv__cast_to(st, b->left, bv__type(BV_T_INT64));
		b->right = bv__cast_to(st, b->right, bv__type(BV_T_INT64));
	}
	if ((means & BV_DIVISION_ZERO_NULL) && !never_zero(st, b->right))
		b->right = null_where_zero(st, b->right);
	return true;
}

/* 7 / 2 where that is 3.5. */
static bool fraction(bv_lane_state *st, bv_ast_binary *b, unsigned means)
{
	const bv_type *l = b->left->type, *r = b->right->type;
	bool floats = bv__type_is_float(l) || bv__type_is_float(r), decimals = bv__type_is_decimal(l) || bv__type_is_decimal(r);
	b->op = BV_binary_op_divide;
	if (!bv__type_is_numeric(l) || !bv__type_is_numeric(r))
		return true; /* NULL, intervals, and what the engine refuses itself */
	if (!floats && ((means & BV_DIVISION_DECIMAL) || (decimals && (means & BV_DIVISION_KEEPS_DECIMALS))))
		return refused(st, &b->head, "this dialect divides to a decimal by rules that the engine does not have", "cast one side to DOUBLE for a float");
	if ((means & BV_DIVISION_ZERO_ERROR) && !never_zero(st, b->right))
		return refused(st, b->right, "dividing by zero is an error in this dialect, and infinity in the engine", "write NULLIF(divisor, 0), which gives NULL there");
	if ((means & BV_DIVISION_KEEPS_FLOAT) && l->id == BV_T_FLOAT32 && r->id == BV_T_FLOAT32)
		return true;
	if ((means & BV_DIVISION_KEEPS_FLOAT) && (l->id == BV_T_FLOAT32 || r->id == BV_T_FLOAT32) && l->id != BV_T_FLOAT64 && r->id != BV_T_FLOAT64) {
		b->left = bv__cast_to(st, b->left, bv__type(BV_T_FLOAT32));
		b->right = bv__cast_to(st, b->right, bv__type(BV_T_FLOAT32));
		return true;
	}
	b->left = bv__cast_to(st, b->left, bv__type(BV_T_FLOAT64));
	b->right = bv__cast_to(st, b->right, bv__type(BV_T_FLOAT64));
	return true;
}

bool bv__engine_division(bv_lane_state *st, bv_ast_binary *b)
{
	unsigned means = bv__dialect_division(st->cx->dialect);
	if (b->op != BV_binary_op_integer_divide && b->op != BV_binary_op_true_divide)
		return true;
	bool ok = b->op == BV_binary_op_integer_divide ? whole(st, b, means) : fraction(st, b, means);
	if (ok)
		bv__rule(st, BV_RULE_DIVISION, b->head.span, &b->head);
	return ok;
}
