/* tree: making, walking, rewriting, copying and comparing trees. In: nodes of any kind. Out: nodes; each algorithm is one piece of code over
 * the field table. */
#include "ast/ast.h"

enum { DEPTH_LIMIT = 4 * BV_DEPTH_MAX };

static inline void *field_at(const bv_node *n, const bv_field_desc *f) { return (char *)(uintptr_t)n + f->offset; }
static inline bv_node **child_at(const bv_node *n, const bv_field_desc *f) { return field_at(n, f); }
static inline bv_list *list_at(const bv_node *n, const bv_field_desc *f) { return field_at(n, f); }
static inline bv_node **kid_at(const bv_node *n, const bv_kid *k) { return (bv_node **)((char *)(uintptr_t)n + k->offset); }
static inline bv_list *kids_at(const bv_node *n, const bv_kid *k) { return (bv_list *)((char *)(uintptr_t)n + k->offset); }
static inline const bv_kid *kids(const bv_node *n) { return bv__kids[n->kind < BV_KIND_COUNT ? n->kind : 0]; }
static inline const bv_node_desc *desc(const bv_node *n) { return &bv__nodes[n->kind < BV_KIND_COUNT ? n->kind : 0]; }

/* ---- making ---- */

/* A text is never NULL: one small function a kind gives the texts of a new node their empty value. */
#define BV_NODE(K, k, governed, doc) static void texts_##k(bv_ast_##k *n) { (void)n;
#define BV_NAME(k, f, need, doc) n->f.p = "";
#define BV_TEXT(k, f, need, doc) n->f.p = "";
#define BV_END(k) }
#include "ast/nodes.def"

bv_node *bv__node_new(bv_arena *a, bv_kind kind, bv_span span) {
	bv_node *n = bv__arena_alloc(a, bv__nodes[kind].size);
	if (!n) return NULL;
	n->kind = (uint16_t)kind;
	n->span = span;
	switch (kind) {
#define BV_NODE(K, k, governed, doc) case BV_##K: texts_##k((bv_ast_##k *)n); break;
#include "ast/nodes.def"
	default: break;
	}
	return n;
}

bv_list bv__list_of(bv_arena *a, bv_node **v, uint32_t n) {
	bv_node **copy = n ? BV_NEWN(a, bv_node *, n) : NULL;
	if (!copy) return (bv_list){NULL, 0};
	memcpy(copy, v, sizeof *v * n);
	return (bv_list){copy, n};
}

bv_path bv__path_of(bv_arena *a, const bv_str *parts, uint32_t n) {
	bv_str *copy = n ? BV_NEWN(a, bv_str, n) : NULL;
	if (!copy) return (bv_path){NULL, 0, 0};
	memcpy(copy, parts, sizeof *parts * n);
	return (bv_path){copy, n, 0};
}

bv_node *bv__column(bv_arena *a, bv_span span, bv_str relation, bv_str name) {
	bv_ast_column *c = BV_MAKE(a, COLUMN, column, span);
	if (!c) return NULL;
	bv_str parts[2] = {relation, name};
	c->path = relation.n ? bv__path_of(a, parts, 2) : bv__path_of(a, parts + 1, 1);
	return &c->head;
}

bv_node *bv__string(bv_arena *a, bv_span span, bv_str text) {
	bv_ast_string *s = BV_MAKE(a, STRING, string, span);
	if (s) s->text = text;
	return s ? &s->head : NULL;
}

bv_node *bv__number(bv_arena *a, bv_span span, int64_t v) {
	bv_ast_number *n = BV_MAKE(a, NUMBER, number, span);
	if (!n) return NULL;
	uint64_t magnitude = v < 0 ? 0 - (uint64_t)v : (uint64_t)v;
	char text[20], *p = text + sizeof text;
	do *--p = (char)('0' + magnitude % 10);
	while (magnitude /= 10);
	n->text = bv__arena_str(a, (bv_str){p, (uint32_t)(text + sizeof text - p)});
	if (v >= 0) return &n->head;
	/* A number literal has no sign: minus is an operator. */
	bv_ast_unary *u = BV_MAKE(a, UNARY, unary, span);
	if (!u) return NULL;
	u->op = BV_unary_op_negate;
	u->operand = &n->head;
	return &u->head;
}

bv_node *bv__call(bv_arena *a, bv_span span, const char *name, bv_node **args, uint32_t n) {
	bv_ast_call *c = BV_MAKE(a, CALL, call, span);
	if (!c) return NULL;
	bv_str part = bv__arena_strz(a, name);
	c->name = bv__path_of(a, &part, 1);
	c->args = bv__list_of(a, args, n);
	return &c->head;
}

bv_node *bv__alias(bv_arena *a, bv_node *operand, bv_str name) {
	bv_ast_alias *x = BV_MAKE(a, ALIAS, alias, operand ? operand->span : BV_NO_SPAN);
	if (!x) return NULL;
	x->operand = operand;
	x->name = name;
	return &x->head;
}

bv_node *bv__and(bv_arena *a, bv_node *x, bv_node *y) {
	if (!x || !y) return x ? x : y;
	bv_span span = x->span;
	if (y->span.file == span.file && y->span.end > span.end) span.end = y->span.end;
	bv_ast_and *r = BV_MAKE(a, AND, and, span);
	if (!r) return NULL;
	bv_list l = x->kind == BV_AND ? BV_AS(and, x)->terms : (bv_list){&x, 1}, m = y->kind == BV_AND ? BV_AS(and, y)->terms : (bv_list){&y, 1};
	bv_node **v = BV_NEWN(a, bv_node *, l.n + m.n);
	if (!v) return NULL;
	if (l.n) memcpy(v, l.v, sizeof *v * l.n);
	if (m.n) memcpy(v + l.n, m.v, sizeof *v * m.n);
	r->terms = (bv_list){v, l.n + m.n};
	return &r->head;
}

/* ---- walking ---- */

/* What is below a node; leaves are visited without a call of their own. */
static bool below(bv_node *n, bv_visit visit, void *ctx, unsigned depth);

static inline bool walk(bv_node *n, bv_node *parent, bv_visit visit, void *ctx, unsigned depth) {
	bv_walk w = visit(n, parent, ctx);
	if (w != BV_WALK_CONTINUE) return w == BV_WALK_PRUNE;
	return !kids(n)->offset || below(n, visit, ctx, depth);
}

static bool below(bv_node *n, bv_visit visit, void *ctx, unsigned depth) {
	if (depth >= DEPTH_LIMIT) return false;
	for (const bv_kid *k = kids(n); k->offset; k++) {
		if (!k->list) {
			bv_node *c = *kid_at(n, k);
			if (c && !walk(c, n, visit, ctx, depth + 1)) return false;
		} else {
			bv_list l = *kids_at(n, k);
			for (uint32_t i = 0; i < l.n; i++)
				if (l.v[i] && !walk(l.v[i], n, visit, ctx, depth + 1)) return false;
		}
	}
	return true;
}

bool bv__walk(bv_node *root, bv_visit visit, void *ctx) { return !root || walk(root, NULL, visit, ctx, 0); }

bool bv__children(bv_node *n, bv_visit visit, void *ctx) {
	for (const bv_kid *k = kids(n); k->offset; k++) {
		if (!k->list) {
			bv_node *c = *kid_at(n, k);
			if (c && visit(c, n, ctx) == BV_WALK_STOP) return false;
		} else {
			bv_list l = *kids_at(n, k);
			for (uint32_t i = 0; i < l.n; i++)
				if (l.v[i] && visit(l.v[i], n, ctx) == BV_WALK_STOP) return false;
		}
	}
	return true;
}

static bv_walk count(bv_node *n, bv_node *parent, void *ctx) {
	(void)n, (void)parent;
	++*(uint32_t *)ctx;
	return BV_WALK_CONTINUE;
}

uint32_t bv__tree_count(const bv_node *root) {
	uint32_t n = 0;
	bv__walk((bv_node *)(uintptr_t)root, count, &n);
	return n;
}

static bool within(const bv_node *n, uint32_t *left, unsigned depth) {
	if (depth > BV_DEPTH_MAX || *left == 0) return false;
	--*left;
	for (const bv_kid *k = kids(n); k->offset; k++) {
		if (!k->list) {
			const bv_node *c = *kid_at(n, k);
			if (c && !within(c, left, depth + 1)) return false;
		} else {
			bv_list l = *kids_at(n, k);
			for (uint32_t i = 0; i < l.n; i++)
				if (l.v[i] && !within(l.v[i], left, depth + 1)) return false;
		}
	}
	return true;
}

bool bv__tree_within(const bv_node *root) {
	uint32_t left = BV_NODES_MAX;
	return !root || within(root, &left, 1);
}

/* ---- copying and rewriting ---- */

bv_node *bv__node_copy(bv_arena *a, const bv_node *n) {
	bv_node *c = bv__arena_alloc(a, desc(n)->size);
	if (c) memcpy(c, n, desc(n)->size);
	return c;
}

typedef struct mapping {
	bv_arena *a;
	bv_visit enter;
	bv_rewrite fn;
	void *ctx;
	bool stopped;
} mapping;

static bv_node *map_node(mapping *m, bv_node *n, bv_node *parent, unsigned depth) {
	if (depth > DEPTH_LIMIT) {
		bv__arena_fail(m->a);
		return n;
	}
	if (m->stopped) return n;
	if (m->enter) {
		bv_walk w = m->enter(n, parent, m->ctx);
		if (w == BV_WALK_STOP) m->stopped = true;
		if (w != BV_WALK_CONTINUE) return n;
	}
	bv_node *copy = NULL;
	for (const bv_kid *k = kids(n); k->offset; k++) {
		if (!k->list) {
			bv_node *c = *kid_at(n, k), *r = c ? map_node(m, c, n, depth + 1) : NULL;
			if (r == c) continue;
			if (!copy && !(copy = bv__node_copy(m->a, n))) return n;
			*kid_at(copy, k) = r;
		} else {
			bv_list l = *kids_at(n, k);
			bv_node **v = NULL;
			for (uint32_t i = 0; i < l.n; i++) {
				bv_node *r = l.v[i] ? map_node(m, l.v[i], n, depth + 1) : NULL;
				if (!v && r != l.v[i]) {
					v = bv__list_of(m->a, l.v, l.n).v;
					if (!v) return n;
				}
				if (v) v[i] = r;
			}
			if (!v) continue;
			if (!copy && !(copy = bv__node_copy(m->a, n))) return n;
			kids_at(copy, k)->v = v;
		}
	}
	if (m->stopped) return copy ? copy : n;
	bv_node *done = m->fn(m->a, copy ? copy : n, m->ctx);
	return done ? done : copy ? copy : n; /* NULL only when out of memory, which the arena remembers */
}

bv_node *bv__map_tree(bv_arena *a, bv_node *root, bv_visit enter, bv_rewrite fn, void *ctx) {
	mapping m = {a, enter, fn, ctx, false};
	return root ? map_node(&m, root, NULL, 0) : NULL;
}

typedef struct copying {
	bv_arena *a;
	bool share; /* the copy's texts are the original's */
	void (*each)(bv_node *copy, void *ctx);
	void *ctx;
} copying;

static bv_str *copy_strs(const copying *c, const bv_str *v, uint32_t n) {
	bv_str *to = n ? BV_NEWN(c->a, bv_str, n) : NULL;
	for (uint32_t i = 0; to && i < n; i++) to[i] = c->share ? v[i] : bv__arena_str(c->a, v[i]);
	return to;
}

static bv_node *copy_tree(const copying *c, const bv_node *from, unsigned depth) {
	if (depth > DEPTH_LIMIT) {
		bv__arena_fail(c->a);
		return NULL;
	}
	bv_node *n = bv__node_copy(c->a, from);
	if (!n) return NULL;
	if (c->each) c->each(n, c->ctx);
	const bv_node_desc *d = desc(n);
	for (const bv_field_desc *f = d->fields, *end = f + d->nfields; f < end; f++) {
		switch ((bv_field_type)f->type) {
		case BV_F_CHILD: {
			bv_node **at = child_at(n, f);
			if (*at) *at = copy_tree(c, *at, depth + 1);
			break;
		}
		case BV_F_LIST: {
			bv_list *l = list_at(n, f);
			*l = bv__list_of(c->a, l->v, l->n);
			for (uint32_t i = 0; i < l->n; i++) l->v[i] = l->v[i] ? copy_tree(c, l->v[i], depth + 1) : NULL;
			break;
		}
		case BV_F_NAME:
		case BV_F_TEXT: {
			bv_str *s = field_at(n, f);
			if (!c->share) *s = bv__arena_str(c->a, *s);
			break;
		}
		case BV_F_PATH: {
			bv_path *p = field_at(n, f);
			p->v = copy_strs(c, p->v, p->n);
			if (!p->v) p->n = 0;
			break;
		}
		case BV_F_NAMES: {
			bv_names *p = field_at(n, f);
			p->v = copy_strs(c, p->v, p->n);
			if (!p->v) p->n = 0;
			break;
		}
		case BV_F_FLAG:
		case BV_F_ENUM: break;
		}
	}
	return n;
}

bv_node *bv__tree_copy(bv_arena *a, const bv_node *root) { return root ? copy_tree(&(copying){.a = a}, root, 0) : NULL; }
bv_node *bv__tree_copy_each(bv_arena *a, const bv_node *root, void (*each)(bv_node *copy, void *ctx), void *ctx) {
	return root ? copy_tree(&(copying){.a = a, .each = each, .ctx = ctx}, root, 0) : NULL;
}
bv_node *bv__tree_share(bv_arena *a, const bv_node *root) { return root ? copy_tree(&(copying){.a = a, .share = true}, root, 0) : NULL; }

/* ---- comparing ---- */

static bool same_strs(const bv_str *x, uint32_t xn, uint32_t xmask, const bv_str *y, uint32_t yn, uint32_t ymask) {
	if (xn != yn || xmask != ymask) return false;
	for (uint32_t i = 0; i < xn; i++)
		if (!bv__str_eq(x[i], y[i])) return false;
	return true;
}

static bool equal(const bv_node *x, const bv_node *y, unsigned depth) {
	if (x == y) return true; /* shared subtrees cost nothing */
	if (!x || !y || x->kind != y->kind || depth > DEPTH_LIMIT) return false;
	const bv_node_desc *d = desc(x);
	for (const bv_field_desc *f = d->fields, *end = f + d->nfields; f < end; f++) {
		const void *p = field_at(x, f), *q = field_at(y, f);
		switch ((bv_field_type)f->type) {
		case BV_F_CHILD:
			if (!equal(*child_at(x, f), *child_at(y, f), depth + 1)) return false;
			break;
		case BV_F_LIST: {
			const bv_list *l = p, *m = q;
			if (l->n != m->n) return false;
			for (uint32_t i = 0; i < l->n; i++)
				if (!equal(l->v[i], m->v[i], depth + 1)) return false;
			break;
		}
		case BV_F_NAME:
		case BV_F_TEXT:
			if (!bv__str_eq(*(const bv_str *)p, *(const bv_str *)q)) return false;
			break;
		case BV_F_PATH: {
			const bv_path *l = p, *m = q;
			if (!same_strs(l->v, l->n, l->insensitive, m->v, m->n, m->insensitive)) return false;
			break;
		}
		case BV_F_NAMES: {
			const bv_names *l = p, *m = q;
			if (!same_strs(l->v, l->n, l->insensitive, m->v, m->n, m->insensitive)) return false;
			break;
		}
		case BV_F_FLAG:
			if (*(const bool *)p != *(const bool *)q) return false;
			break;
		case BV_F_ENUM:
			if (*(const uint8_t *)p != *(const uint8_t *)q) return false;
			break;
		}
	}
	return true;
}

bool bv__tree_equal(const bv_node *a, const bv_node *b) { return equal(a, b, 0); }

/* What is hashed: an encoding in which every part says how long it is, so that two different trees never give the same bytes. */
static void put_int(bv_buf *b, uint32_t v) { bv__buf_add(b, &v, sizeof v); }

static void put_strs(bv_buf *b, const bv_str *v, uint32_t n, uint32_t mask) {
	put_int(b, n);
	put_int(b, mask);
	for (uint32_t i = 0; i < n; i++) {
		put_int(b, v[i].n);
		bv__buf_str(b, v[i]);
	}
}

static void encode(bv_buf *b, const bv_node *n, unsigned depth) {
	if (depth > DEPTH_LIMIT) {
		b->failed = true;
		return;
	}
	put_int(b, n ? n->kind : 0);
	if (!n) return;
	const bv_node_desc *d = desc(n);
	for (const bv_field_desc *f = d->fields, *end = f + d->nfields; f < end; f++) {
		const void *p = field_at(n, f);
		switch ((bv_field_type)f->type) {
		case BV_F_CHILD: encode(b, *child_at(n, f), depth + 1); break;
		case BV_F_LIST: {
			const bv_list *l = p;
			put_int(b, l->n);
			for (uint32_t i = 0; i < l->n; i++) encode(b, l->v[i], depth + 1);
			break;
		}
		case BV_F_NAME:
		case BV_F_TEXT: put_strs(b, p, 1, 0); break;
		case BV_F_PATH: put_strs(b, ((const bv_path *)p)->v, ((const bv_path *)p)->n, ((const bv_path *)p)->insensitive); break;
		case BV_F_NAMES: put_strs(b, ((const bv_names *)p)->v, ((const bv_names *)p)->n, ((const bv_names *)p)->insensitive); break;
		case BV_F_FLAG:
		case BV_F_ENUM: bv__buf_ch(b, (char)*(const uint8_t *)p); break;
		}
	}
}

bv_hash128 bv__tree_hash(const bv_node *root) {
	bv_buf b = BV_BUF_INIT;
	encode(&b, root, 0);
	bv_hash128 h = b.failed ? (bv_hash128){0, 0} : bv__hash128(b.p, b.n);
	bv__buf_free(&b);
	return h;
}
