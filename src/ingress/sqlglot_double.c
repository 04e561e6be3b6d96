/* What SQLGlot takes an expression's type for, without a schema. Its generator asks in two places, and what it prints there depends on the answer: a division
 * makes its left side a double unless a side is a cast to a fractional type (sg_is_real), and round(x, n) casts x to DECIMAL where it takes
 * x for a DOUBLE (sg_is_double). Columns and functions that SQLGlot does not know have no type, and what is made of them has none. */
#include "ingress/sqlglot.h"

/* In the order in which numbers are widened. A parameterised type (DECIMAL(10, 2)) stays what it is. */
typedef enum rough { UNKNOWN, NULLS, INTEGER, DECIMAL, FLOAT, DOUBLE, FIXED_DECIMAL, OTHER } rough;

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
	} names[] = {{"DOUBLE", DOUBLE}, {"FLOAT", FLOAT}, {"DECIMAL", DECIMAL}, {"BIGDECIMAL", DECIMAL}, {"BIGINT", INTEGER}, {"INT", INTEGER}, {"SMALLINT", INTEGER}, {"TINYINT", INTEGER}, {"NULL", NULLS}, {"UNKNOWN", UNKNOWN}};
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
	return b != OTHER && a != OTHER && b > a ? b : a;
}

static rough type_of(const sg_element *e, unsigned depth);

/* The common type of the arguments in `keys`; literals count after the rest. */
static rough of_args(const sg_element *e, const char *keys, unsigned depth)
{
	rough literal = UNKNOWN, plain = UNKNOWN;
	bool any_literal = false, any_plain = false;
	while (*keys) {
		size_t n = strcspn(keys, " ");
		for (const sg_element *c = e->first; c; c = c->next) {
			if (c->key.n != n || memcmp(c->key.p, keys, n) != 0 || c->kind == SG_NULL || c->kind == SG_FALSE)
				continue;
			rough t = type_of(c, depth);
			if (t == UNKNOWN)
				return UNKNOWN;
			if (sg_is(c, "Literal")) {
				literal = any_literal ? wider(literal, t) : t;
				any_literal = true;
			} else {
				plain = any_plain ? wider(plain, t) : t;
				any_plain = true;
			}
		}
		keys += n + (keys[n] == ' ');
	}
	return any_literal && any_plain ? wider(plain, literal) : any_literal ? literal : plain;
}

static rough literal(const sg_element *e)
{
	const sg_element *text = child(e, "this"), *string = child(e, "is_string");
	if (!text || (string && string->kind == SG_TRUE))
		return OTHER;
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
	{"Add", "this expression"}, {"Sub", "this expression"}, {"Mul", "this expression"}, {"Mod", "this expression"}, {"IntDiv", "this expression"},
	{"BitwiseAnd", "this expression"}, {"BitwiseOr", "this expression"}, {"BitwiseXor", "this expression"},
};
/* Classes whose value is an integer, a text, a truth value …: never a DOUBLE, but known. */
static const char *const integers[] = {"ApproxDistinct", "ArraySize", "CountIf", "Count", "DenseRank", "Ntile", "Rank", "RowNumber", "Ascii", "BitLength", "Levenshtein", "Length", "StrPosition", "Unicode", "Day", "Month", "Year", "Extract"};
static const char *const others[] = {"Boolean", "And", "Or", "Not", "EQ", "NEQ", "LT", "LTE", "GT", "GTE", "Is", "In", "Between", "Like", "ILike", "Exists", "Concat", "ConcatWs", "DPipe", "GroupConcat", "Lower", "Upper", "Substring", "Trim", "Repeat",
	"Replace", "Reverse", "Left", "Right", "Pad", "CurrentDate", "CurrentTimestamp", "Interval", "Contains", "EndsWith", "StartsWith", "IsNan", "LogicalAnd", "LogicalOr"};

/* The branches of CASE; its ELSE, where there is one. */
static rough of_case(const sg_element *e, unsigned depth)
{
	rough t = UNKNOWN;
	bool any = false;
	for (const sg_element *c = e->first; c; c = c->next) {
		bool branch = bv__str_is(c->key, "ifs");
		const sg_element *x = branch ? child(c, "true") : bv__str_is(c->key, "default") ? c : NULL;
		if (!x || x->kind == SG_NULL)
			continue;
		rough one = type_of(x, depth);
		if (one == UNKNOWN)
			return UNKNOWN;
		t = any ? wider(t, one) : one;
		any = true;
	}
	return t;
}

static rough of_div(const sg_element *e, unsigned depth)
{
	const sg_element *l = child(e, "this"), *r = child(e, "expression"), *typed = child(e, "typed");
	rough a = l ? type_of(l, depth) : UNKNOWN, b = r ? type_of(r, depth) : UNKNOWN;
	if (typed && typed->kind == SG_TRUE && a == INTEGER && b == INTEGER)
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
		return t == INTEGER || t == FLOAT || t == OTHER ? DOUBLE : t;
	}
	for (unsigned i = 0; i < BV_COUNT(classes); i++)
		if (sg_is(e, classes[i].cls)) {
			if (!classes[i].args)
				return DOUBLE;
			rough t = of_args(e, classes[i].args, depth);
			return t == FLOAT && sg_is(e, "Sum") ? DOUBLE : t;
		}
	for (unsigned i = 0; i < BV_COUNT(integers); i++)
		if (sg_is(e, integers[i]))
			return INTEGER;
	for (unsigned i = 0; i < BV_COUNT(others); i++)
		if (sg_is(e, others[i]))
			return OTHER;
	return UNKNOWN;
}

bool sg_is_double(const sg_element *e) { return (e->type.n ? by_name(e->type) : type_of(e, BV_DEPTH_MAX)) == DOUBLE; }
