/* SQLGlot's trees as ours. In: the flat list of sqlglot.serde.dump for a query, as JSON. Out: the tree that our parser gives for the SQL text that
 * SQLGlot's generator for DataFusion (the dialect of Ibis' backend) prints of it, or a diagnostic that names the element, its class and the argument.
 *
 * The way: sqlglot_list.c makes elements of the list, sqlglot_query.c and sqlglot_relation.c read queries, sqlglot_expr.c expressions, sqlglot_call.c
 * calls, sqlglot_type.c types. Classes and functions are rows of sqlglot_classes.def, types of sqlglot_types.def. Here: what all of them ask of an element. */
#include "ingress/sqlglot.h"

bv_span sg_span(const sg_reader *r, const sg_element *e) { return (bv_span){r->file, e->from, e->to}; }

bool sg_wrong(sg_reader *r, const sg_element *e, bv_code code, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	bv_str what = bv__arena_vprintf(r->a, fmt, ap);
	va_end(ap);
	r->failed = true;
	if (e->name.n)
		bv__diag(r->d, code, sg_span(r, e), "element %u (" BV_STR_FMT "): " BV_STR_FMT, e->index, BV_STR_ARG(e->name), BV_STR_ARG(what));
	else
		bv__diag(r->d, code, sg_span(r, e), "element %u: " BV_STR_FMT, e->index, BV_STR_ARG(what));
	return false;
}

bool sg_is(const sg_element *e, const char *cls) { return e && e->kind == SG_NODE && bv__str_is(e->name, cls); }

/* What SQLGlot's own code takes for absent. */
static bool says_nothing(const sg_element *e) { return e->kind == SG_FALSE || e->kind == SG_NULL; }

/* Old releases of 30 name some arguments without the underscore that keeps Python's keywords apart. */
static bool has_key(const sg_element *e, const char *key)
{
	size_t n = strlen(key);
	return bv__str_is(e->key, key) || (key[n - 1] == '_' && e->key.n == n - 1 && memcmp(e->key.p, key, n - 1) == 0);
}

sg_element *sg_arg(sg_element *e, const char *key)
{
	sg_element *found = NULL;
	for (sg_element *c = e->first; c; c = c->next)
		if (has_key(c, key)) {
			c->read = true;
			if (!found && !says_nothing(c))
				found = c;
			else if (!says_nothing(c))
				c->read = false; /* a second one is refused by sg_done */
		}
	return found;
}

sg_element *sg_need(sg_reader *r, sg_element *e, const char *key)
{
	sg_element *c = sg_arg(e, key);
	if (!c)
		sg_wrong(r, e, BV_E_FOREIGN, "the argument \"%s\" is missing", key);
	return c;
}

static sg_element *item_from(sg_element *c, const char *key)
{
	while (c && !(has_key(c, key) && !says_nothing(c)))
		c = c->next;
	if (c)
		c->read = true;
	return c;
}

sg_element *sg_items(sg_element *e, const char *key) { return item_from(e->first, key); }

sg_element *sg_next(sg_element *item)
{
	sg_element *c = item->next;
	while (c && !(bv__str_eq(c->key, item->key) && !says_nothing(c)))
		c = c->next;
	if (c)
		c->read = true;
	return c;
}

bool sg_said_false(sg_element *e, const char *key)
{
	for (sg_element *c = e->first; c; c = c->next)
		if (has_key(c, key) && c->kind == SG_FALSE)
			return true;
	return false;
}

void sg_ignore(sg_element *e, const char *keys)
{
	while (keys && *keys) {
		size_t n = strcspn(keys, " ");
		for (sg_element *c = e->first; c; c = c->next)
			if (c->key.n == n && memcmp(c->key.p, keys, n) == 0)
				c->read = true;
		keys += n + strspn(keys + n, " ");
	}
}

bool sg_done(sg_reader *r, sg_element *e)
{
	for (sg_element *c = e->first; c; c = c->next)
		if (!c->read && !says_nothing(c))
			return sg_wrong(r, e, BV_E_FOREIGN, "the argument \"" BV_STR_FMT "\"%s" BV_STR_FMT " has no reading here", BV_STR_ARG(c->key),
							c->kind == SG_NODE ? ", " : c->text.n && c->text.n < 60 ? " = " : "", BV_STR_ARG(c->kind == SG_NODE ? c->name : c->text.n < 60 ? c->text : BV_STR("")));
	return true;
}

bv_str sg_word(sg_reader *r, sg_element *e, const char *key)
{
	sg_element *c = sg_arg(e, key);
	while (c && c->kind == SG_NODE && (sg_is(c, "Var") || sg_is(c, "Identifier") || sg_is(c, "Literal"))) {
		sg_ignore(c, "quoted is_string");
		sg_element *inner = sg_arg(c, "this");
		if (!sg_done(r, c))
			return BV_STR("");
		c = inner;
	}
	if (!c)
		return BV_STR("");
	if (c->kind == SG_NODE) {
		sg_wrong(r, e, BV_E_FOREIGN, "the argument \"%s\" is no word but " BV_STR_FMT, key, BV_STR_ARG(c->name));
		return BV_STR("");
	}
	return c->text;
}

sg_element *sg_bare(sg_reader *r, sg_element *e)
{
	while (sg_is(e, "Paren")) {
		sg_element *inner = sg_need(r, e, "this");
		if (!inner || !sg_done(r, e))
			return NULL;
		e = inner;
	}
	return e;
}

/* ---- names ---- */

bv_str sg_name(sg_reader *r, sg_element *e)
{
	bv_str none = BV_STR("");
	if (e->kind == SG_STRING && !e->name.n) {
		/* A text where an Identifier is usual is printed as it is, and so folded. */
		if (!e->text.n) {
			sg_wrong(r, e, BV_E_FOREIGN, "a name cannot be empty");
			return none;
		}
		return bv__arena_lower(r->a, e->text);
	}
	if (!sg_is(e, "Identifier")) {
		sg_wrong(r, e, BV_E_FOREIGN, "a name is wanted here");
		return none;
	}
	sg_element *text = sg_need(r, e, "this"), *quoted = sg_arg(e, "quoted");
	sg_ignore(e, "global_ temporary");
	if (!text || !sg_done(r, e))
		return none;
	if (text->kind != SG_STRING) {
		sg_wrong(r, e, BV_E_FOREIGN, "a name is a text");
		return none;
	}
	if (!text->text.n) {
		sg_wrong(r, e, BV_E_FOREIGN, "a name cannot be empty");
		return none;
	}
	/* SQLGlot quotes what begins with a digit. */
	bool digit = text->text.p[0] >= '0' && text->text.p[0] <= '9';
	return quoted || digit ? text->text : bv__arena_lower(r->a, text->text);
}

bv_names sg_names(sg_reader *r, sg_element *e, const char *key)
{
	BV_VEC(bv_str) v = {0};
	for (sg_element *c = sg_items(e, key); c && !r->failed; c = sg_next(c)) {
		sg_element *name = c;
		/* A column that stands for its name: USING, EXCLUDE. */
		if (sg_is(c, "Column")) {
			name = sg_need(r, c, "this");
			if (!name || !sg_done(r, c))
				break;
		} else if (sg_is(c, "ColumnDef")) {
			name = sg_need(r, c, "this");
			if (!name || !sg_done(r, c))
				break;
		}
		bv_str s = sg_name(r, name);
		if (s.n && !BV_PUSH(r->a, &v, s))
			bv__nomem(r->d);
	}
	return (bv_names){v.v, v.n, 0};
}

/* ---- the whole ---- */

static const sg_row rows[] = {
#define SG_BINARY(cls, op, ignore) {#cls, sg_read_binary, NULL, NULL, ignore, BV_binary_op_##op},
#define SG_CALL(cls, name, args, ignore) {#cls, sg_read_call, name, args, ignore, 0},
#define SG_FORM(cls, reader, ignore) {#cls, reader, NULL, NULL, ignore, 0},
#include "ingress/sqlglot_classes.def"
#undef SG_BINARY
#undef SG_CALL
#undef SG_FORM
};

bv_node *bv__sqlglot_read(bv_arena *a, bv_str json, uint32_t file, bv_diagnostics *d)
{
	sg_reader r = {.a = a, .d = d, .json = json, .file = file};
	bv__map_init(&r.classes, a);
	for (unsigned i = 0; i < BV_COUNT(rows); i++)
		if (!bv__map_put(&r.classes, bv__str(rows[i].cls), (void *)(uintptr_t)&rows[i])) {
			bv__nomem(d);
			return NULL;
		}
	sg_element *root = sg_list(&r);
	bv_node *tree = root ? sg_query(&r, root) : NULL;
	if (bv__arena_failed(a)) {
		bv__nomem(d);
		return NULL;
	}
	if (!tree || r.failed)
		return NULL;
	if (!bv__tree_within(tree)) {
		sg_wrong(&r, root, BV_E_DEPTH, "the tree is nested more than %d deep or has more than %u nodes", BV_DEPTH_MAX, BV_NODES_MAX);
		return NULL;
	}
	return tree;
}
