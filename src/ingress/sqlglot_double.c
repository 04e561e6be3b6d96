/* What SQLGlot takes an expression's type for, without a schema. Its generator asks in two places, and what it prints there depends on the answer: a division
 * makes its left side a double unless a side is a cast to a fractional type (sg_is_real), and round(x, n) casts x to DECIMAL where it takes
 * x for a DOUBLE (sg_is_double). Columns and functions that SQLGlot does not know have no type, and what is made of them has none. */
#include "ingress/sqlglot.h"

/* In the order in which numbers are widened. A parameterised type (DECIMAL(10, 2)) stays what it is. */
typedef enum rough { UNKNOWN, NULLS, INTEGER, DECIMAL, FLOAT, DOUBLE, FIXED_DECIMAL, TEXT, OTHER } rough;

static sg_element *child(const sg_element *e, const char *key)
{
	for (sg_element *c = e->first; c; c = c->next)
		if (bv__str_is(c->key, key))
			return c;
	return NULL;
}

/* The DataType.Type of a cast's target, or what SQLGlot annotated. */
static bv_str known(const sg_element *e)
{
	if (sg_is(e, "Cast") || sg_is(e, "TryCast")) {
		sg_element *to = child(e, "to"), *name = to ? child(to, "this") : NULL;
		if (name)
			return name->text;
	}
	return e->type;
}

static rough by_name(bv_str name)
{
	static const struct {
		const char *name;
		uint8_t type;
	} names[] = {{"DOUBLE", DOUBLE}, {"FLOAT", FLOAT}, {"DECIMAL", DECIMAL}, {"BIGDECIMAL", DECIMAL}, {"BIGINT", INTEGER}, {"INT", INTEGER}, {"SMALLINT", INTEGER}, {"TINYINT", INTEGER}, {"NULL", NULLS}, {"UNKNOWN", UNKNOWN},
		{"TEXT", TEXT}, {"NVARCHAR", TEXT}, {"VARCHAR", TEXT}, {"NCHAR", TEXT}, {"CHAR", TEXT}};
	for (unsigned i = 0; i < BV_COUNT(names); i++)
		if (bv__str_is(name, names[i].name))
			return (rough)names[i].type;
	return OTHER;
}

bool sg_is_real(const sg_element *e)
{
	rough t = by_name(known(e));
	return t == DOUBLE || t == FLOAT || t == DECIMAL;
}

static rough wider(rough a, rough b)
{
	if (a == FIXED_DECIMAL || b == FIXED_DECIMAL)
		return a == FIXED_DECIMAL ? a : b;
	if (a == UNKNOWN || b == UNKNOWN)
		return UNKNOWN;
	if (a == NULLS || b == NULLS)
		return a == NULLS ? b : a;
	return b < TEXT && a < TEXT && b > a ? b : a;
}

static rough type_of(const sg_element *e, unsigned depth);

/* A common type in the making: literals count after the rest. */
typedef struct common {
	rough literal, plain;
	bool any_literal, any_plain, unknown;
} common;

static void add(common *c, const sg_element *x, unsigned depth)
{
	rough t = type_of(x, depth);
	if (t == UNKNOWN) {
		c->unknown = true;
	} else if (sg_is(x, "Literal")) {
		c->literal = c->any_literal ? wider(c->literal, t) : t;
		c->any_literal = true;
	} else {
		c->plain = c->any_plain ? wider(c->plain, t) : t;
		c->any_plain = true;
	}
}

static rough result(const common *c)
{
	if (c->unknown)
		return UNKNOWN;
	return c->any_literal && c->any_plain ? wider(c->plain, c->literal) : c->any_literal ? c->literal : c->any_plain ? c->plain : UNKNOWN;
}

/* The common type of the arguments in `keys`. */
static rough of_args(const sg_element *e, const char *keys, unsigned depth)
{
	common all = {0};
	while (*keys) {
		size_t n = strcspn(keys, " ");
		for (const sg_element *c = e->first; c; c = c->next) {
			if (c->key.n == n && memcmp(c->key.p, keys, n) == 0 && c->kind != SG_NULL && c->kind != SG_FALSE)
				add(&all, c, depth);
		}
		keys += n + (keys[n] == ' ');
	}
	return result(&all);
}

static rough literal(const sg_element *e)
{
	const sg_element *text = child(e, "this"), *string = child(e, "is_string");
	if (!text || (string && string->kind == SG_TRUE))
		return TEXT;
	for (uint32_t i = 0; i < text->text.n; i++)
		if (text->text.p[i] < '0' || text->text.p[i] > '9')
			return DOUBLE;
	return INTEGER;
}

/* Classes whose value is a DOUBLE, has the type of some arguments, or of this after a rule of its own. */
static const struct {
	const char *cls, *args; /* NULL: DOUBLE */
} classes[] = {
	{"Asin", NULL}, {"Asinh", NULL}, {"Acos", NULL}, {"CovarPop", NULL}, {"CovarSamp", NULL}, {"Acosh", NULL}, {"Atan", NULL}, {"Atanh", NULL}, {"Avg", NULL}, {"Cbrt", NULL},
	{"Cos", NULL}, {"Cosh", NULL}, {"Cot", NULL}, {"Degrees", NULL}, {"Exp", NULL}, {"Ln", NULL}, {"Log", NULL}, {"Pi", NULL}, {"Pow", NULL}, {"PercentileCont", NULL},
	{"Radians", NULL}, {"Round", NULL}, {"Sin", NULL}, {"Sinh", NULL}, {"Sqrt", NULL}, {"Stddev", NULL}, {"StddevPop", NULL}, {"StddevSamp", NULL}, {"Rand", NULL},
	{"Tan", NULL}, {"Tanh", NULL}, {"CumeDist", NULL}, {"PercentRank", NULL}, {"Variance", NULL}, {"VariancePop", NULL},
	{"Abs", "this"}, {"AnyValue", "this"}, {"Filter", "this"}, {"FirstValue", "this"}, {"LastValue", "this"}, {"NthValue", "this"}, {"Order", "this"}, {"Window", "this"},
	{"WithinGroup", "this"}, {"Neg", "this"}, {"Paren", "this"}, {"Alias", "this"}, {"IgnoreNulls", "this"}, {"RespectNulls", "this"}, {"BitwiseNot", "this"},
	{"Coalesce", "this expressions"}, {"Greatest", "this expressions"}, {"Least", "this expressions"}, {"Max", "this expressions"}, {"Min", "this expressions"},
	{"If", "true false"}, {"Lag", "this default"}, {"Lead", "this default"}, {"Nullif", "this expression"}, {"Distinct", "expressions"}, {"Sum", "this"},
};
/* Classes whose value is an integer, a text, a truth value …: never a DOUBLE, but known. */
static const char *const integers[] = {"ApproxDistinct", "ArraySize", "CountIf", "Count", "DenseRank", "Ntile", "Rank", "RowNumber", "Ascii", "BitLength", "Levenshtein", "Length", "StrPosition", "Unicode", "Day", "Month", "Year", "Extract"};
static const char *const texts[] = {"Concat", "ConcatWs", "DPipe", "GroupConcat", "Lower", "Upper", "Substring", "Trim", "Repeat", "Replace", "Reverse", "Left", "Right", "Pad", "Translate", "SplitPart", "RegexpReplace", "Overlay"};
static const char *const others[] = {"Boolean", "And", "Or", "Not", "EQ", "NEQ", "LT", "LTE", "GT", "GTE", "Is", "In", "Between", "Like", "ILike", "Exists", "CurrentDate", "CurrentTimestamp", "Interval", "Contains", "EndsWith", "StartsWith", "IsNan", "LogicalAnd", "LogicalOr"};
static const char *const operators[] = {"Add", "Sub", "Mul", "Mod", "IntDiv", "BitwiseAnd", "BitwiseOr", "BitwiseXor"};

static bool one_of(const sg_element *e, const char *const *list, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		if (sg_is(e, list[i]))
			return true;
	return false;
}

/* The branches of CASE; its ELSE, where there is one. */
static rough of_case(const sg_element *e, unsigned depth)
{
	common all = {0};
	for (const sg_element *c = e->first; c; c = c->next) {
		bool branch = bv__str_is(c->key, "ifs");
		const sg_element *x = branch ? child(c, "true") : bv__str_is(c->key, "default") ? c : NULL;
		if (x && x->kind != SG_NULL)
			add(&all, x, depth);
	}
	return result(&all);
}

/* An infix operator of a text and a number: the number. */
static rough of_operator(const sg_element *e, unsigned depth)
{
	const sg_element *l = child(e, "this"), *r = child(e, "expression");
	rough a = l ? type_of(l, depth) : UNKNOWN, b = r ? type_of(r, depth) : UNKNOWN;
	if (a == TEXT && b >= INTEGER && b <= FIXED_DECIMAL)
		return b;
	if (b == TEXT && a >= INTEGER && a <= FIXED_DECIMAL)
		return a;
	return of_args(e, "this expression", depth);
}

/* SQLGlot writes the operand before it asks for its type, and so has the left side as the double that it made of it (sg_read_div). */
static rough of_div(const sg_element *e, unsigned depth)
{
	const sg_element *l = child(e, "this"), *r = child(e, "expression"), *typed = child(e, "typed");
	if (!l || !r)
		return UNKNOWN;
	bool by_type = typed && typed->kind == SG_TRUE;
	rough a = by_type || sg_is_real(l) || sg_is_real(r) ? type_of(l, depth) : DOUBLE, b = type_of(r, depth);
	a = a == FIXED_DECIMAL ? DECIMAL : a;
	b = b == FIXED_DECIMAL ? DECIMAL : b;
	if (by_type && a == INTEGER && b == INTEGER)
		return INTEGER;
	rough t = wider(a, b);
	return t == INTEGER || t == NULLS ? DOUBLE : t;
}

static rough type_of(const sg_element *e, unsigned depth)
{
	if (depth == 0 || e->kind != SG_NODE)
		return UNKNOWN;
	depth--;
	if (sg_is(e, "Cast") || sg_is(e, "TryCast")) {
		const sg_element *to = child(e, "to");
		rough t = by_name(known(e));
		return t == DECIMAL && to && child(to, "expressions") ? FIXED_DECIMAL : t;
	}
	if (sg_is(e, "Literal"))
		return literal(e);
	if (sg_is(e, "Null"))
		return NULLS;
	if (sg_is(e, "Case"))
		return of_case(e, depth);
	if (sg_is(e, "Div"))
		return of_div(e, depth);
	if (sg_is(e, "Ceil") || sg_is(e, "Floor") || sg_is(e, "Sign")) {
		rough t = of_args(e, "this", depth);
		return t == INTEGER || t == FLOAT || t == TEXT ? DOUBLE : t;
	}
	for (unsigned i = 0; i < BV_COUNT(classes); i++)
		if (sg_is(e, classes[i].cls)) {
			if (!classes[i].args)
				return DOUBLE;
			rough t = of_args(e, classes[i].args, depth);
			return t == FLOAT && sg_is(e, "Sum") ? DOUBLE : t;
		}
	if (one_of(e, operators, BV_COUNT(operators)))
		return of_operator(e, depth);
	return one_of(e, integers, BV_COUNT(integers)) ? INTEGER : one_of(e, texts, BV_COUNT(texts)) ? TEXT : one_of(e, others, BV_COUNT(others)) ? OTHER : UNKNOWN;
}

bool sg_is_double(const sg_element *e) { return (e->type.n ? by_name(e->type) : type_of(e, BV_DEPTH_MAX)) == DOUBLE; }
