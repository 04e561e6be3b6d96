/* The flat list of sqlglot.serde.dump as elements that hang below each other. In: JSON from anywhere. Out: the root, or a diagnostic that names the place
 * in the list. What a class means is not known here.
 *
 *   [{"c":"sqlglot.expressions.query.Select"},{"i":0,"k":"expressions","a":true,"c":"sqlglot.expressions.core.Column"},
 *    {"i":1,"k":"this","c":"sqlglot.expressions.core.Identifier"},{"i":2,"k":"this","v":"x"},{"i":2,"k":"quoted","v":false}]
 *
 * Keys of an object: i (the parent's place), k (the parent's argument), a (an item of a list), c (the class, "DataType.Type" for the name of a type),
 * v (a plain value, or that name), t (the annotated type, a list of its own), o (comments) and m (notes of SQLGlot's passes), which carry no meaning.
 *
 * An argument that Python holds as a tuple is dumped as one value; written with json.dumps(…, default=dump) it is an array of such lists. Its items
 * are taken like the items of a list. */
#include "ingress/sqlglot.h"

#define DEPTH 64  /* of JSON inside one object */
#define TUPLES 64 /* of lists inside each other */

typedef struct list {
	sg_reader *r;
	bv_json_in in;
	uint32_t count; /* elements, those of nested lists too */
} list;

/* The elements of one list, by their place. */
typedef BV_VEC(sg_element *) places;

static bool wrong(list *l, uint32_t index, const char *from, const char *fmt, ...) BV_PRINTF(4, 5);
static bool wrong(list *l, uint32_t index, const char *from, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	bv_str what = bv__arena_vprintf(l->r->a, fmt, ap);
	va_end(ap);
	sg_element e = {.index = index, .from = (uint32_t)(from - l->r->json.p), .to = (uint32_t)(l->in.p - l->r->json.p)};
	return sg_wrong(l->r, &e, BV_E_FOREIGN, BV_STR_FMT, BV_STR_ARG(what));
}

/* What the JSON reader found. */
static bool bad_json(list *l, uint32_t index)
{
	if (l->in.oom) {
		bv__nomem(l->r->d);
		return false;
	}
	return wrong(l, index, l->in.p, "%s", l->in.wrong ? l->in.wrong : "it is no JSON");
}

static bool place(list *l, uint32_t index, uint32_t limit, uint32_t *out)
{
	const char *from = l->in.p;
	bv_str s;
	uint64_t v = 0;
	if (!bv__json_read_number(&l->in, &s))
		return bad_json(l, index);
	for (uint32_t i = 0; i < s.n; i++) {
		v = s.p[i] >= '0' && s.p[i] <= '9' ? v * 10 + (uint64_t)(s.p[i] - '0') : UINT32_MAX;
		if (v >= limit)
			return wrong(l, index, from, "\"i\" names no element before it");
	}
	*out = (uint32_t)v;
	return true;
}

/* sqlglot.expressions.core.Column, Column: both are Column. A class of another package is not SQLGlot's. */
static bool class_name(list *l, uint32_t index, const char *from, bv_str full, bv_str *out)
{
	static const char package[] = "sqlglot.expressions.";
	*out = full;
	if (bv__str_is(full, "DataType.Type") || !memchr(full.p, '.', full.n))
		return true;
	if (full.n > sizeof package - 1 && memcmp(full.p, package, sizeof package - 1) == 0) {
		uint32_t k = full.n;
		while (full.p[k - 1] != '.')
			k--;
		*out = bv__strn(full.p + k, full.n - k);
		return true;
	}
	return wrong(l, index, from, "the class \"" BV_STR_FMT "\" is not one of sqlglot.expressions", BV_STR_ARG(full));
}

static void hang(sg_element *parent, sg_element *e)
{
	e->parent = parent;
	if (parent->last)
		parent->last->next = e;
	else
		parent->first = e;
	parent->last = e;
}

static bool read_list(list *l, uint32_t index, bool nested, unsigned depth, sg_element **root);

/* A plain value, into e. */
static bool scalar(list *l, uint32_t index, sg_element *e)
{
	bool ok;
	switch (bv__json_peek(&l->in)) {
	case BV_JSON_STRING:
		e->kind = SG_STRING;
		ok = bv__json_read_string(&l->in, &e->text);
		break;
	case BV_JSON_NUMBER:
		e->kind = SG_NUMBER;
		ok = bv__json_read_number(&l->in, &e->text);
		break;
	case BV_JSON_TRUE:
		e->kind = SG_TRUE;
		ok = bv__json_read_word(&l->in, "true");
		break;
	case BV_JSON_FALSE:
		e->kind = SG_FALSE;
		ok = bv__json_read_word(&l->in, "false");
		break;
	case BV_JSON_NULL:
		e->kind = SG_NULL;
		ok = bv__json_read_word(&l->in, "null");
		break;
	default: return wrong(l, index, l->in.p, "\"v\" is no plain value");
	}
	return ok || bad_json(l, index);
}

/* A tuple: [[…], …, "…"]. Its items hang below `holder` until the key and the parent are known. */
static bool tuple(list *l, uint32_t index, unsigned depth, sg_element *holder)
{
	l->in.p++;
	if (bv__json_take(&l->in, ']'))
		return true;
	do {
		sg_element *item = NULL;
		const char *from = l->in.p;
		if (bv__json_peek(&l->in) == BV_JSON_ARRAY) {
			if (depth == 0)
				return wrong(l, index, from, "tuples nested too deeply");
			if (!read_list(l, index, true, depth - 1, &item))
				return false;
		} else {
			item = BV_NEW(l->r->a, sg_element);
			if (!item) {
				bv__nomem(l->r->d);
				return false;
			}
			item->index = index;
			item->from = (uint32_t)(from - l->r->json.p);
			if (!scalar(l, index, item))
				return false;
			item->to = (uint32_t)(l->in.p - l->r->json.p);
		}
		item->listed = true;
		hang(holder, item);
	} while (bv__json_take(&l->in, ','));
	return bv__json_expect(&l->in, ']') || bad_json(l, index);
}

/* The annotated type: only its name is kept, of [{"c":"…DataType"},{"i":0,"k":"this","c":"DataType.Type","v":"DOUBLE"}]. */
static bool annotated(list *l, uint32_t index, unsigned depth, sg_element *e)
{
	sg_element *t = NULL;
	if (bv__json_peek(&l->in) != BV_JSON_ARRAY || depth == 0)
		return bv__json_skip(&l->in, DEPTH) || bad_json(l, index);
	if (!read_list(l, index, true, depth - 1, &t))
		return false;
	for (sg_element *c = t->first; c; c = c->next)
		if (bv__str_is(c->key, "this"))
			e->type = c->text;
	return true;
}

/* One object. index: its place in the outermost list, for messages. */
static bool object(list *l, places *all, uint32_t index, unsigned depth, sg_element **out)
{
	sg_element *e = BV_NEW(l->r->a, sg_element);
	if (!e) {
		bv__nomem(l->r->d);
		return false;
	}
	uint32_t self = all->n, in = 0;
	bool has_parent = false, has_class = false, has_value = false, type_name = false, is_tuple = false;
	sg_element holder = {0};
	bv_str key;
	bv__json_peek(&l->in);
	const char *from = l->in.p;
	e->index = index;
	e->from = (uint32_t)(from - l->r->json.p);
	if (!bv__json_expect(&l->in, '{'))
		return bad_json(l, index);
	if (!bv__json_take(&l->in, '}')) {
		do {
			if (!bv__json_read_string(&l->in, &key) || !bv__json_expect(&l->in, ':'))
				return bad_json(l, index);
			const char *at = l->in.p;
			bool ok = true;
			char k = key.n == 1 ? key.p[0] : 0;
			if (k == 'i') {
				ok = place(l, index, self, &in);
				has_parent = true;
			} else if (k == 'k') {
				ok = bv__json_read_string(&l->in, &e->key) || bad_json(l, index);
			} else if (k == 'a') {
				e->listed = bv__json_peek(&l->in) == BV_JSON_TRUE;
				ok = bv__json_read_word(&l->in, e->listed ? "true" : "false") || bad_json(l, index);
			} else if (k == 'c') {
				bv_str full;
				ok = (bv__json_read_string(&l->in, &full) || bad_json(l, index)) && class_name(l, index, at, full, &e->name);
				type_name = bv__str_is(e->name, "DataType.Type");
				has_class = true;
			} else if (k == 'v') {
				is_tuple = bv__json_peek(&l->in) == BV_JSON_ARRAY;
				ok = is_tuple ? tuple(l, index, depth, &holder) : scalar(l, index, e);
				has_value = true;
			} else if (k == 't') {
				ok = annotated(l, index, depth, e);
			} else if (k == 'o' || k == 'm') {
				ok = bv__json_skip(&l->in, DEPTH) || bad_json(l, index);
			} else {
				ok = wrong(l, index, at, "there is no key \"" BV_STR_FMT "\"", BV_STR_ARG(key));
			}
			if (!ok)
				return false;
		} while (bv__json_take(&l->in, ','));
		if (!bv__json_expect(&l->in, '}'))
			return bad_json(l, index);
	}
	e->to = (uint32_t)(l->in.p - l->r->json.p);
	if (has_class == has_value && !type_name)
		return wrong(l, index, from, "an element has a class (\"c\") or a value (\"v\")");
	if (type_name && (!has_value || e->kind != SG_STRING))
		return wrong(l, index, from, "DataType.Type has the name of a type as its value");
	if (has_parent != (self > 0) || (has_parent && !e->key.n))
		return wrong(l, index, from, self ? "every element but the first has \"i\" and \"k\"" : "the first element has no parent");
	if (has_class && !type_name) {
		e->kind = SG_NODE;
		e->row = bv__map_get(&l->r->classes, e->name);
	}
	if (self > 0) {
		sg_element *parent = all->v[in];
		if (parent->kind != SG_NODE)
			return wrong(l, index, from, "element %u is a plain value and has no arguments", in);
		if (!is_tuple)
			hang(parent, e);
		for (sg_element *item = holder.first, *next; item; item = next) {
			next = item->next;
			item->next = NULL;
			item->key = e->key;
			hang(parent, item);
		}
	}
	if (!BV_PUSH(l->r->a, all, e)) {
		bv__nomem(l->r->d);
		return false;
	}
	*out = e;
	return true;
}

/* [ object, … ]; the first is the root. nested: a list inside element `index`. */
static bool read_list(list *l, uint32_t index, bool nested, unsigned depth, sg_element **root)
{
	places all = {0};
	sg_element *e = NULL;
	if (!bv__json_expect(&l->in, '['))
		return bad_json(l, index);
	do {
		if (++l->count > BV_NODES_MAX) {
			sg_element here = {.index = index, .from = (uint32_t)(l->in.p - l->r->json.p), .to = (uint32_t)(l->in.p - l->r->json.p)};
			return sg_wrong(l->r, &here, BV_E_SIZE, "more than %u elements", BV_NODES_MAX);
		}
		if (!object(l, &all, nested ? index : all.n, depth, &e))
			return false;
		if (all.n == 1)
			*root = e;
	} while (bv__json_take(&l->in, ','));
	return bv__json_expect(&l->in, ']') || bad_json(l, nested ? index : all.n);
}

sg_element *sg_list(sg_reader *r)
{
	list l = {.r = r, .in = {.arena = r->a, .p = r->json.p, .end = r->json.p + r->json.n}};
	size_t invalid = bv__utf8_invalid(r->json.p, r->json.n);
	sg_element *root = NULL;
	if (invalid < r->json.n) {
		sg_element here = {.from = (uint32_t)invalid, .to = (uint32_t)invalid + 1};
		sg_wrong(r, &here, BV_E_UTF8, "the text is not valid UTF-8");
		return NULL;
	}
	if (!read_list(&l, 0, false, TUPLES, &root))
		return NULL;
	if (bv__json_peek(&l.in) != BV_JSON_END) {
		wrong(&l, 0, l.in.p, "there is more text behind the list");
		return NULL;
	}
	if (root->kind != SG_NODE) {
		wrong(&l, 0, r->json.p, "the first element is no expression");
		return NULL;
	}
	return root;
}
