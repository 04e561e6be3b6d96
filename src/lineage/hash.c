/* hash: a hash of each output column; lineage.h says of what. In: a governed query; out: SHA-256 for each output.
 *
 * A query becomes two things: a digest of what decides its rows, and for each output a digest of the expression behind it. An expression is written as
 * bytes in which every part says how long it is; a column is written as the place of its relation, counted from the SELECT that it stands in (levels up,
 * place in FROM), and what the column is there: its name in a stored table, its digest in all else. Only what is not the default is written, under
 * the names of nodes.def, so that a new field or value changes no hash. */
#include "lineage/flow.h"

#define RECURSIVE_ROUNDS 4

typedef struct digests {
	bv_str *names;
	bv_hash128 *v;
	uint32_t n;
	bv_map by_name; /* -> index + 1 */
	bool indexed;
	bv_hash128 rows;
} digests;

typedef struct placed {
	uint32_t depth, place;
	digests *columns; /* NULL: a stored table */
} placed;

typedef struct params {
	const struct params *outer;
	const bv_names *names;
} params;

typedef struct hash_ctx {
	bv_arena *a;
	bool (*aggregate)(void *ctx, const bv_ast_call *c);
	void *ctx;
	uint32_t depth;  /* of the SELECT at hand */
	bv_map relations; /* alias -> placed * */
	bv_map ctes;      /* name -> digests * */
	const params *lambdas;
	const bv_ast_select *select; /* whose outputs ORDER BY may name; or */
	digests *outputs;
	bv_buf b;        /* what is being written; a part is closed by its digest and taken off again */
	bool failed;
} hash_ctx;

static digests *of_query(hash_ctx *h, const bv_ast_query *q, bool top);
static digests *of_body(hash_ctx *h, const bv_node *body, const bv_list *order_by);
static void put_node(hash_ctx *h, const bv_node *n);

/* ---- bytes ---- */

static void to_bytes(char *out, uint64_t v, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		out[i] = (char)(v >> (8 * i));
}

static void put_number(hash_ctx *h, uint32_t v)
{
	char bytes[4];
	to_bytes(bytes, v, 4);
	bv__buf_add(&h->b, bytes, sizeof bytes);
}

static void put_text(hash_ctx *h, bv_str s)
{
	put_number(h, s.n);
	bv__buf_str(&h->b, s);
}

static void put_word(hash_ctx *h, const char *z) { put_text(h, bv__str(z)); }

static void put_digest(hash_ctx *h, bv_hash128 d)
{
	char bytes[16];
	to_bytes(bytes, d.lo, 8);
	to_bytes(bytes + 8, d.hi, 8);
	bv__buf_add(&h->b, bytes, sizeof bytes);
}

static bv_hash128 done(hash_ctx *h, size_t from)
{
	bv_hash128 d = bv__hash128(h->b.p + from, h->b.n - from);
	bv__buf_truncate(&h->b, from);
	return d;
}

static bv_hash128 digest_of(hash_ctx *h, const bv_node *n)
{
	size_t from = h->b.n;
	put_node(h, n);
	return done(h, from);
}

static int by_digest(const void *a, const void *b, void *ctx)
{
	(void)ctx;
	const bv_hash128 *x = a, *y = b;
	if (x->hi != y->hi)
		return x->hi < y->hi ? -1 : 1;
	return x->lo < y->lo ? -1 : x->lo > y->lo;
}

typedef BV_VEC(bv_hash128) digest_vec;

static void put_set(hash_ctx *h, digest_vec *set)
{
	if (!bv__sort(set->v, set->n, sizeof *set->v, by_digest, NULL))
		h->failed = true;
	uint32_t n = 0;
	for (uint32_t i = 0; i < set->n; i++)
		if (!i || by_digest(&set->v[i], &set->v[n - 1], NULL))
			set->v[n++] = set->v[i];
	put_number(h, n);
	for (uint32_t i = 0; i < n; i++)
		put_digest(h, set->v[i]);
}

/* ---- columns ---- */

static digests *new_digests(hash_ctx *h, uint32_t n)
{
	digests *d = BV_NEW(h->a, digests);
	if (!d)
		return NULL;
	d->names = BV_NEWN(h->a, bv_str, n + 1);
	d->v = BV_NEWN(h->a, bv_hash128, n + 1);
	d->n = n;
	return d->names && d->v ? d : NULL;
}

static const bv_hash128 *find(hash_ctx *h, digests *d, bv_str name)
{
	uint32_t place = bv__place_in_name(d->names, d->n, name);
	if (place)
		return &d->v[place - 1];
	if (!d->indexed) {
		bv__map_init(&d->by_name, h->a);
		for (uint32_t i = 0; i < d->n; i++)
			if (!bv__map_has(&d->by_name, d->names[i]))
				bv__map_put(&d->by_name, d->names[i], (void *)(uintptr_t)(i + 1));
		d->indexed = true;
	}
	uintptr_t at = (uintptr_t)bv__map_get(&d->by_name, name);
	return at ? &d->v[at - 1] : NULL;
}

/* A name of one part: a lambda's parameter, or an output, which is put as what it is. */
static void put_output(hash_ctx *h, bv_str name)
{
	for (const params *p = h->lambdas; p; p = p->outer)
		for (uint32_t i = 0; i < p->names->n; i++)
			if (bv__str_eq(p->names->v[i], name)) {
				put_word(h, "lambda parameter");
				put_text(h, name);
				return;
			}
	const bv_ast_select *s = h->select;
	for (uint32_t i = 0; s && i < s->projections.n; i++)
		if (bv__str_eq(BV_AS(alias, s->projections.v[i])->name, name)) {
			h->select = NULL;
			put_node(h, BV_AS(alias, s->projections.v[i])->operand);
			h->select = s;
			return;
		}
	const bv_hash128 *d = h->outputs ? find(h, h->outputs, name) : NULL;
	put_word(h, d ? "output" : "name");
	if (d)
		put_digest(h, *d);
	else
		put_text(h, name);
}

static void put_column(hash_ctx *h, const bv_path *p)
{
	if (p->n == 1) {
		put_output(h, p->v[0]);
		return;
	}
	const placed *r = bv__map_get(&h->relations, p->v[0]);
	const bv_hash128 *d = r && r->columns ? find(h, r->columns, p->v[1]) : NULL;
	put_word(h, d ? "output of" : "column of");
	put_number(h, r ? h->depth - r->depth : UINT32_MAX);
	put_number(h, r ? r->place : UINT32_MAX);
	if (d)
		put_digest(h, *d);
	else
		put_text(h, p->v[1]);
}

/* ---- expressions ---- */

static void put_query(hash_ctx *h, const bv_ast_query *q)
{
	const bv_ast_select *select = h->select;
	digests *outputs = h->outputs;
	h->select = NULL;
	h->outputs = NULL;
	const digests *d = of_query(h, q, false);
	h->select = select;
	h->outputs = outputs;
	put_word(h, "query");
	if (!d)
		return;
	put_digest(h, d->rows);
	put_number(h, d->n);
	for (uint32_t i = 0; i < d->n; i++)
		put_digest(h, d->v[i]);
}

static void put_texts(hash_ctx *h, const bv_str *v, uint32_t n)
{
	put_number(h, n);
	for (uint32_t i = 0; i < n; i++)
		put_text(h, v[i]);
}

static void put_fields(hash_ctx *h, const bv_node *n)
{
	const bv_node_desc *d = &bv__nodes[n->kind];
	put_word(h, d->name);
	for (unsigned i = 0; i < d->nfields; i++) {
		const bv_field_desc *f = &d->fields[i];
		const void *at = (const char *)n + f->offset;
		switch ((bv_field_type)f->type) {
		case BV_F_CHILD: {
			const bv_node *c = *(bv_node *const *)at;
			if (!c)
				continue;
			put_word(h, f->name);
			put_node(h, c);
			break;
		}
		case BV_F_LIST: {
			const bv_list *l = at;
			if (!l->n)
				continue;
			put_word(h, f->name);
			put_number(h, l->n);
			for (uint32_t k = 0; k < l->n; k++)
				put_node(h, l->v[k]);
			break;
		}
		case BV_F_NAME:
		case BV_F_TEXT: {
			const bv_str *s = at;
			if (!s->n)
				continue;
			put_word(h, f->name);
			put_text(h, *s);
			break;
		}
		case BV_F_PATH: {
			const bv_path *p = at;
			if (!p->n)
				continue;
			put_word(h, f->name);
			put_texts(h, p->v, p->n);
			break;
		}
		case BV_F_NAMES: {
			const bv_names *p = at;
			if (!p->n)
				continue;
			put_word(h, f->name);
			put_texts(h, p->v, p->n);
			break;
		}
		case BV_F_FLAG:
			if (*(const bool *)at)
				put_word(h, f->name);
			break;
		case BV_F_ENUM: {
			uint8_t v = *(const uint8_t *)at;
			if (!v)
				continue;
			put_word(h, f->name);
			put_word(h, v < f->nvalues ? f->values[v] : "");
			break;
		}
		}
	}
	put_number(h, UINT32_MAX); /* its end: no text is so long */
}

static void put_node(hash_ctx *h, const bv_node *n)
{
	switch (n->kind) {
	case BV_COLUMN:
		put_column(h, &BV_AS(column, n)->path);
		return;
	case BV_QUERY:
		put_query(h, BV_AS(query, n));
		return;
	case BV_LAMBDA: {
		const params p = {h->lambdas, &BV_AS(lambda, n)->params};
		h->lambdas = &p;
		put_fields(h, n);
		h->lambdas = p.outer;
		return;
	}
	default:
		put_fields(h, n);
	}
}

/* ---- relations ---- */

static void place(hash_ctx *h, bv_str alias, uint32_t *places, digests *columns)
{
	placed *p = BV_NEW(h->a, placed);
	if (!p)
		return;
	*p = (placed){h->depth, (*places)++, columns};
	bv__map_put(&h->relations, alias, p);
}

/* Columns of lists that became rows: the lists stand in the rows, so their places say what they are. */
static digests *by_place(hash_ctx *h, const bv_names *names)
{
	digests *d = new_digests(h, names->n);
	for (uint32_t i = 0; d && i < d->n; i++) {
		d->names[i] = names->v[i];
		d->v[i] = (bv_hash128){i, 0};
	}
	return d;
}

static void put_relation(hash_ctx *h, const bv_node *r, uint32_t *places)
{
	switch (r->kind) {
	case BV_TABLE: {
		const bv_ast_table *t = BV_AS(table, r);
		digests *w = t->path.n == 1 ? bv__map_get(&h->ctes, t->path.v[0]) : NULL;
		place(h, t->alias, places, w);
		if (w) {
			put_word(h, "query");
			put_digest(h, w->rows);
		} else {
			put_word(h, "table");
			put_texts(h, t->path.v, t->path.n);
		}
		return;
	}
	case BV_DERIVED: {
		digests *d = of_query(h, BV_AS(query, BV_AS(derived, r)->query), false);
		place(h, BV_AS(derived, r)->alias, places, d);
		put_word(h, "query");
		if (d)
			put_digest(h, d->rows);
		return;
	}
	case BV_JOIN: {
		const bv_ast_join *j = BV_AS(join, r);
		put_word(h, "join");
		put_word(h, bv__enum_name(BV_JOIN, "type", j->type));
		put_relation(h, j->left, places);
		put_relation(h, j->right, places);
		put_word(h, j->on ? "on" : "");
		if (j->on)
			put_node(h, j->on);
		return;
	}
	case BV_UNNEST: {
		const bv_ast_unnest *u = BV_AS(unnest, r);
		put_word(h, "unnest");
		put_number(h, u->args.n);
		for (uint32_t i = 0; i < u->args.n; i++)
			put_node(h, u->args.v[i]);
		place(h, u->alias, places, by_place(h, &u->columns));
		return;
	}
	case BV_TABLE_FUNCTION: {
		const bv_ast_table_function *f = BV_AS(table_function, r);
		put_word(h, "function");
		put_texts(h, f->name.v, f->name.n);
		put_number(h, f->args.n);
		for (uint32_t i = 0; i < f->args.n; i++)
			put_node(h, f->args.v[i]);
		place(h, f->alias, places, by_place(h, &f->columns));
		return;
	}
	default:
		put_fields(h, r);
	}
}

/* ---- bodies ---- */

typedef struct look {
	hash_ctx *h;
	digest_vec *unnested;
	bool aggregate;
} look;

static bv_walk look_at(bv_node *n, bv_node *parent, void *ctx)
{
	(void)parent;
	look *l = ctx;
	if (n->kind == BV_QUERY)
		return BV_WALK_PRUNE;
	if (n->kind != BV_CALL)
		return BV_WALK_CONTINUE;
	if (bv__is_unnest(n) && l->unnested)
		(void)BV_PUSH(l->h->a, l->unnested, digest_of(l->h, n));
	l->aggregate = l->aggregate || (!BV_AS(call, n)->over && l->h->aggregate(l->h->ctx, BV_AS(call, n)));
	return BV_WALK_CONTINUE;
}

static void put_part(hash_ctx *h, const char *name, const bv_node *n)
{
	if (!n)
		return;
	put_word(h, name);
	put_node(h, n);
}

static void put_set_part(hash_ctx *h, const char *name, digest_vec *set)
{
	if (!set->n)
		return;
	put_word(h, name);
	put_set(h, set);
}

static digests *of_select(hash_ctx *h, const bv_ast_select *s, const bv_list *order_by)
{
	size_t from = h->b.n;
	uint32_t places = 0;
	digest_vec keys = {0}, unnested = {0}, distinct = {0};
	digests *d = new_digests(h, s->projections.n);
	if (!d)
		return NULL;
	h->depth++;
	put_word(h, "select");
	for (uint32_t i = 0; i < s->from.n; i++)
		put_relation(h, s->from.v[i], &places);
	look l = {h, &unnested, false};
	for (uint32_t i = 0; i < d->n; i++) {
		const bv_ast_alias *p = BV_AS(alias, s->projections.v[i]);
		d->names[i] = p->name;
		d->v[i] = digest_of(h, p->operand);
		if (p->operand->kind != BV_COLUMN)
			bv__walk(p->operand, look_at, &l);
		if (s->distinct)
			(void)BV_PUSH(h->a, &distinct, d->v[i]);
	}
	l.unnested = NULL;
	if (s->having)
		bv__walk(s->having, look_at, &l);
	for (uint32_t i = 0; order_by && i < order_by->n; i++)
		bv__walk(order_by->v[i], look_at, &l);
	for (uint32_t i = 0; i < s->group_by.n; i++)
		(void)BV_PUSH(h->a, &keys, digest_of(h, s->group_by.v[i]));
	put_part(h, "where", s->where);
	put_set_part(h, "group", &keys);
	if (l.aggregate && !keys.n)
		put_word(h, "aggregate");
	put_part(h, "having", s->having);
	put_set_part(h, "unnest", &unnested);
	put_set_part(h, "distinct", &distinct);
	h->depth--;
	d->rows = done(h, from);
	return d;
}

/* Both sides of a column, and all columns where they decide the rows. */
static digests *both(hash_ctx *h, const bv_ast_set_operation *o, const digests *l, const digests *r)
{
	digests *d = l && r ? new_digests(h, l->n) : NULL;
	if (!d)
		return NULL;
	size_t from = h->b.n;
	const char *op = bv__enum_name(BV_SET_OPERATION, "op", o->op);
	bool all = o->all && o->op == BV_set_kind_union;
	digest_vec columns = {0};
	for (uint32_t i = 0; i < d->n; i++) {
		put_word(h, op);
		put_digest(h, l->v[i]);
		if (i < r->n)
			put_digest(h, r->v[i]);
		d->names[i] = l->names[i];
		d->v[i] = done(h, from);
		if (!all)
			(void)BV_PUSH(h->a, &columns, d->v[i]);
	}
	put_word(h, op);
	put_word(h, o->all ? "all" : "");
	put_digest(h, l->rows);
	put_digest(h, r->rows);
	put_set_part(h, "columns", &columns);
	d->rows = done(h, from);
	return d;
}

static digests *of_values(hash_ctx *h, const bv_list *list)
{
	digests *d = new_digests(h, list->n ? BV_AS(row, list->v[0])->items.n : 0);
	if (!d)
		return NULL;
	size_t from = h->b.n;
	for (uint32_t i = 0; i < d->n; i++) {
		put_word(h, "values");
		for (uint32_t k = 0; k < list->n; k++)
			if (i < BV_AS(row, list->v[k])->items.n)
				put_node(h, BV_AS(row, list->v[k])->items.v[i]);
		d->names[i] = bv__arena_printf(h->a, "column%u", i + 1);
		d->v[i] = done(h, from);
	}
	put_word(h, "values");
	put_number(h, list->n);
	d->rows = done(h, from);
	return d;
}

static digests *of_body(hash_ctx *h, const bv_node *body, const bv_list *order_by)
{
	switch (body->kind) {
	case BV_SELECT:
		return of_select(h, BV_AS(select, body), order_by);
	case BV_SET_OPERATION: {
		const bv_ast_set_operation *o = BV_AS(set_operation, body);
		const digests *l = of_body(h, o->left, NULL), *r = of_body(h, o->right, NULL);
		return both(h, o, l, r);
	}
	case BV_VALUES:
		return of_values(h, &BV_AS(values, body)->rows);
	case BV_QUERY:
		return of_query(h, BV_AS(query, body), false);
	default:
		return NULL;
	}
}

/* ---- recursive CTEs ---- */

static uint32_t kinds(hash_ctx *h, const digests *d)
{
	digest_vec set = {0};
	for (uint32_t i = 0; i < d->n; i++)
		(void)BV_PUSH(h->a, &set, d->v[i]);
	if (!bv__sort(set.v, set.n, sizeof *set.v, by_digest, NULL))
		h->failed = true;
	uint32_t n = 0;
	for (uint32_t i = 0; i < set.n; i++)
		n += !i || by_digest(&set.v[i], &set.v[i - 1], NULL);
	return n;
}

/* In the step a column of the CTE is what is known of it so far, at first what the start makes of it; then what the step makes of it is added. As often
 * for every CTE, so that a column hangs on those alone that it is made of. Where the last round told no more columns apart, those that are still equal have
 * the same values in every row. */
static digests *of_recursive(hash_ctx *h, const bv_ast_cte *cte)
{
	const bv_ast_set_operation *o = BV_AS(set_operation, BV_AS(query, cte->query)->body);
	const digests *start = of_body(h, o->left, NULL);
	digests *known = start ? new_digests(h, start->n) : NULL;
	if (!known)
		return NULL;
	memcpy(known->names, start->names, start->n * sizeof *known->names);
	memcpy(known->v, start->v, start->n * sizeof *known->v);
	size_t from = h->b.n;
	put_word(h, "recursive");
	put_digest(h, start->rows);
	known->rows = done(h, from);
	bv__map_put(&h->ctes, cte->name, known);
	digests *out = NULL;
	uint32_t before = 0, after = 0;
	for (uint32_t round = 0; round < RECURSIVE_ROUNDS; round++) {
		out = both(h, o, known, of_body(h, o->right, NULL));
		if (!out)
			return NULL;
		memcpy(known->v, out->v, out->n * sizeof *known->v);
		before = after;
		after = kinds(h, out);
	}
	if (after == before)
		return out;
	for (uint32_t i = 0; i < known->n; i++) {
		put_word(h, "place");
		put_number(h, i);
		put_digest(h, start->v[i]);
		known->v[i] = done(h, from);
	}
	return both(h, o, known, of_body(h, o->right, NULL));
}

/* ---- queries ---- */

static digests *of_query(hash_ctx *h, const bv_ast_query *q, bool top)
{
	for (uint32_t i = 0; i < q->ctes.n; i++) {
		const bv_ast_cte *c = BV_AS(cte, q->ctes.v[i]);
		digests *w = q->recursive && bv__reads_itself(c) ? of_recursive(h, c) : of_query(h, BV_AS(query, c->query), false);
		if (w)
			bv__map_put(&h->ctes, c->name, w);
	}
	digests *d = of_body(h, q->body, &q->order_by);
	bool cut = q->limit || q->offset;
	if (!d || !(cut || (q->order_by.n && !top)))
		return d;
	size_t from = h->b.n;
	const bv_ast_select *select = h->select;
	digests *outputs = h->outputs;
	h->select = q->body->kind == BV_SELECT ? BV_AS(select, q->body) : NULL;
	h->outputs = d;
	h->depth++;
	put_word(h, "order");
	put_digest(h, d->rows);
	put_number(h, q->order_by.n);
	for (uint32_t i = 0; i < q->order_by.n; i++)
		put_node(h, q->order_by.v[i]);
	h->depth--;
	h->select = select;
	h->outputs = outputs;
	put_part(h, "limit", q->limit);
	put_part(h, "offset", q->offset);
	d->rows = done(h, from);
	return d;
}

bool bv__column_hashes(bv_arena *a, const bv_node *query, bool (*aggregate)(void *ctx, const bv_ast_call *c), void *ctx, bv_column_hash **out, uint32_t *n)
{
	hash_ctx h = {.a = a, .aggregate = aggregate, .ctx = ctx, .b = BV_BUF_INIT};
	bv__map_init(&h.relations, a);
	bv__map_init(&h.ctes, a);
	const digests *d = of_query(&h, BV_AS(query, query), true);
	bv_column_hash *v = d ? BV_NEWN(a, bv_column_hash, d->n + 1) : NULL;
	bool ok = v != NULL;
	for (uint32_t i = 0; ok && i < d->n; i++) {
		bv__buf_truncate(&h.b, 0);
		put_word(&h, "belvedere column 1");
		put_digest(&h, d->rows);
		put_digest(&h, d->v[i]);
		v[i].output = d->names[i];
		bv__sha256_hex(h.b.p, h.b.n, v[i].hash);
		ok = v[i].hash[0] != '\0';
	}
	ok = ok && !h.failed && !h.b.failed && !bv__arena_failed(a);
	bv__buf_free(&h.b);
	if (ok) {
		*out = v;
		*n = d->n;
	}
	return ok;
}
