/* DataType as a type node. */
#include "ingress/sqlglot.h"

typedef enum shape { PLAIN, LENGTH, DECIMAL, TIME, TIMESTAMP, ZONED, LIST, STRUCT, MAP } shape;

static const struct sg_type {
	const char *name, *tree;
	uint8_t shape;
} types[] = {
#define SG_TYPE(name, tree, shape) {name, tree, shape},
#include "ingress/sqlglot_types.def"
#undef SG_TYPE
};

static const struct sg_type *find(bv_str name)
{
	for (unsigned i = 0; i < BV_COUNT(types); i++)
		if (bv__str_is(name, types[i].name))
			return &types[i];
	return NULL;
}

static bv_ast_type *make(sg_reader *r, const sg_element *e, const char *name)
{
	bv_ast_type *n = BV_MAKE(r->a, TYPE, type, sg_span(r, e));
	if (n)
		n->name = bv__str(name);
	return n;
}

/* The whole numbers of DataTypeParam(Literal) arguments; how many there are, -1: there is a diagnostic. */
static int parameters(sg_reader *r, sg_element *e, uint32_t limit, uint32_t *out, int most)
{
	int n = 0;
	for (sg_element *p = sg_items(e, "expressions"); p; p = sg_next(p)) {
		sg_element *v = p;
		if (sg_is(p, "DataTypeParam") && (!(v = sg_need(r, p, "this")) || !sg_done(r, p)))
			return -1;
		if (sg_is(v, "Literal")) {
			sg_element *text = sg_need(r, v, "this");
			sg_ignore(v, "is_string");
			if (!text || !sg_done(r, v))
				return -1;
			v = text;
		}
		uint64_t x = 0;
		bool whole = v->kind != SG_NODE && v->text.n > 0 && v->text.n < 10;
		for (uint32_t i = 0; whole && i < v->text.n; i++) {
			whole = v->text.p[i] >= '0' && v->text.p[i] <= '9';
			x = x * 10 + (uint64_t)(v->text.p[i] - '0');
		}
		if (!whole || x > limit || n == most) {
			sg_wrong(r, e, BV_E_TYPE_NAME, "the parameters of the type do not fit it");
			return -1;
		}
		out[n++] = (uint32_t)x;
	}
	return n;
}

static bool decimal(sg_reader *r, sg_element *e, bv_ast_type *t)
{
	uint32_t p[2] = {38, 10};
	int n = parameters(r, e, 76, p, 2);
	if (n < 0)
		return false;
	if (n == 1)
		p[1] = 0;
	if (p[0] == 0 || p[1] > p[0])
		return sg_wrong(r, e, BV_E_TYPE_NAME, "a decimal has 1 to 76 digits and no more behind the point than in all");
	if (p[0] > 38)
		t->name = BV_STR("decimal256");
	t->precision = bv__arena_printf(r->a, "%u", p[0]);
	t->scale = bv__arena_printf(r->a, "%u", p[1]);
	return true;
}

static bool fractional_digits(sg_reader *r, sg_element *e, bv_ast_type *t)
{
	uint32_t digits = 9;
	if (parameters(r, e, 9, &digits, 1) < 0)
		return false;
	if (digits % 3)
		return sg_wrong(r, e, BV_E_TYPE_NAME, "a time or timestamp has 0, 3, 6 or 9 fractional digits");
	if (digits != 9)
		t->precision = bv__arena_printf(r->a, "%u", digits);
	return true;
}

static bv_node *field(sg_reader *r, const sg_element *at, bv_str name, bv_node *type, bool nullable)
{
	bv_ast_type_field *f = BV_MAKE(r->a, TYPE_FIELD, type_field, sg_span(r, at));
	if (!f)
		return NULL;
	f->name = name;
	f->type = type;
	f->head.nullable = nullable;
	return &f->head;
}

/* Child types: `count` of them, 0: any number, named where they are ColumnDef. A map's key is never NULL. */
static bool children(sg_reader *r, sg_element *e, bv_ast_type *t, unsigned count)
{
	bv_node_vec v = {0};
	for (sg_element *c = sg_items(e, "expressions"); c; c = sg_next(c)) {
		bv_str name = BV_STR("");
		sg_element *type = c;
		if (count == 0 && sg_is(c, "ColumnDef")) {
			sg_element *id = sg_need(r, c, "this");
			type = id ? sg_need(r, c, "kind") : NULL;
			name = type ? sg_name(r, id) : name;
			if (!name.n || !sg_done(r, c))
				return false;
		}
		bv_node *n = sg_type(r, type), *f = n ? field(r, c, name, n, !(count == 2 && v.n == 0)) : NULL;
		if (!f || !BV_PUSH(r->a, &v, f))
			return false;
	}
	if (count ? v.n != count : v.n == 0)
		return sg_wrong(r, e, BV_E_TYPE_NAME, "the type does not say what it holds");
	t->fields = bv__list_done(v);
	return true;
}

bv_node *sg_type(sg_reader *r, sg_element *e)
{
	if (!sg_is(e, "DataType")) {
		sg_wrong(r, e, BV_E_FOREIGN, "a type is wanted here");
		return NULL;
	}
	if (r->depth >= BV_DEPTH_MAX) {
		sg_wrong(r, e, BV_E_DEPTH, "nested more than %d deep", BV_DEPTH_MAX);
		return NULL;
	}
	sg_element *name = sg_need(r, e, "this");
	if (!name)
		return NULL;
	const struct sg_type *t = bv__str_is(name->name, "DataType.Type") ? find(name->text) : NULL;
	if (!t) {
		sg_wrong(r, e, BV_E_TYPE_NAME, "`" BV_STR_FMT "` is no type of DataFusion", BV_STR_ARG(name->kind == SG_NODE ? name->name : name->text));
		return NULL;
	}
	bv_ast_type *n = make(r, e, t->tree);
	if (!n)
		return NULL;
	sg_ignore(e, "nested nullable");
	r->depth++;
	bool ok = true;
	uint32_t length;
	switch ((shape)t->shape) {
	case PLAIN: break;
	case LENGTH: ok = parameters(r, e, UINT32_MAX, &length, 1) >= 0; break;
	case DECIMAL: ok = decimal(r, e, n); break;
	case ZONED: n->zone = BV_STR("UTC"); /* fall through */
	case TIME:
	case TIMESTAMP: ok = fractional_digits(r, e, n); break;
	case LIST: ok = children(r, e, n, 1); break;
	case STRUCT: ok = children(r, e, n, 0); break;
	case MAP: ok = children(r, e, n, 2); break;
	}
	r->depth--;
	return ok && sg_done(r, e) ? &n->head : NULL;
}

bv_node *sg_make_cast(sg_reader *r, const sg_element *at, bv_node *operand, const char *type)
{
	bv_ast_cast *n = BV_MAKE(r->a, CAST, cast, sg_span(r, at));
	bv_ast_type *t = make(r, at, type);
	if (!n || !t || !operand)
		return NULL;
	if (bv__str_is(t->name, "decimal")) {
		t->precision = BV_STR("38");
		t->scale = BV_STR("10");
	}
	n->operand = operand;
	n->type = &t->head;
	return &n->head;
}
