/* scope: lookups of relations, columns and CTEs by name. In: scopes that qualify builds; out: what a name means, how often. */
#include "scope/scope.h"

static bool name_matches(bv_str have, bv_str want, bool insensitive)
{
	return insensitive ? bv__str_ieq(have, want) : bv__str_eq(have, want);
}

static const bv_str *name_at(const bv_str *names, size_t stride, uint32_t i) { return (const bv_str *)((const char *)names + stride * i); }

const bv_column_index *bv__column_index(bv_arena *a, const bv_str *names, size_t stride, uint32_t n)
{
	bv_column_index *x = BV_NEW(a, bv_column_index);
	uint32_t *next = BV_NEWN(a, uint32_t, n + 1);
	if (!x || !next)
		return NULL;
	bv__map_init(&x->by_name, a);
	x->next = next;
	/* From the back, so that every chain runs in column order. */
	for (uint32_t i = n; i-- > 0;) {
		bv_str key = *name_at(names, stride, i);
		for (uint32_t k = 0; k < key.n; k++)
			if (key.p[k] >= 'A' && key.p[k] <= 'Z') {
				key = bv__arena_lower(a, key);
				break;
			}
		next[i] = (uint32_t)(uintptr_t)bv__map_get(&x->by_name, key);
		if (!bv__map_put(&x->by_name, key, (void *)(uintptr_t)(i + 1)))
			return NULL;
	}
	return x;
}

/* A name as the indexes have it. */
typedef struct wanted {
	char low[128]; /* longer names are compared one by one instead */
	bv_str key;
	uint64_t hash;
} wanted;

static void want(wanted *w, bv_str name)
{
	if (name.n > sizeof w->low)
		return;
	for (uint32_t i = 0; i < name.n; i++) {
		char c = name.p[i];
		w->low[i] = c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
	}
	w->key = (bv_str){w->low, name.n};
	w->hash = bv__hash64(w->low, name.n);
}

static uint32_t chain(const bv_column_index *x, const wanted *w, bv_str name, const bv_str *names, size_t stride, uint32_t n)
{
	if (name.n <= sizeof w->low)
		return (uint32_t)(uintptr_t)bv__map_get_hashed(&x->by_name, w->key, w->hash);
	for (uint32_t i = 0; i < n; i++)
		if (bv__str_ieq(*name_at(names, stride, i), name))
			return i + 1;
	return 0;
}

uint32_t bv__column_exact(const bv_column_index *x, const bv_str *names, size_t stride, uint32_t n, bv_str name)
{
	wanted w;
	want(&w, name);
	for (uint32_t i = chain(x, &w, name, names, stride, n); i; i = x->next[i - 1])
		if (bv__str_eq(*name_at(names, stride, i - 1), name))
			return i;
	return 0;
}

static uint32_t relation_chain(const bv_relation *r, const wanted *w, bv_str name) { return chain(r->index, w, name, r->names, sizeof *r->names, r->n); }

unsigned bv__relation_column(const bv_relation *r, bv_str name, bool insensitive, uint32_t *col)
{
	wanted w;
	want(&w, name);
	uint32_t first = relation_chain(r, &w, name);
	unsigned n = 0;
	for (uint32_t i = first; i; i = r->index->next[i - 1])
		if (bv__str_eq(r->names[i - 1], name) && n++ == 0)
			*col = i - 1;
	if (n || !insensitive)
		return n;
	for (uint32_t i = first; i; i = r->index->next[i - 1])
		if (n++ == 0)
			*col = i - 1;
	return n;
}

bool bv__scope_add(bv_arena *a, bv_scope *s, bv_relation *r)
{
	/* Whole or not at all: who finds a relation finds its columns. */
	if (!BV_ROOM(a, &s->star, r->n) || !BV_ROOM(a, &s->visible, r->n) || !BV_PUSH(a, &s->relations, r))
		return false;
	r->first = s->base + s->visible.n;
	for (uint32_t i = 0; i < r->n; i++) {
		s->star.v[s->star.n++] = r->first + i;
		s->visible.v[s->visible.n++] = (bv_visible){.name = r->names[i], .rel = r, .col = i};
	}
	return true;
}

unsigned bv__scope_column(const bv_scope *s, bv_str name, bool insensitive, bv_visible **at)
{
	wanted w;
	want(&w, name);
	/* Two rounds: an exact match anywhere in the scope wins over one without case. */
	for (int round = 0; round < (insensitive ? 2 : 1); round++) {
		unsigned n = 0;
		for (uint32_t i = 0; i < s->relations.n; i++) {
			const bv_relation *r = s->relations.v[i];
			for (uint32_t c = relation_chain(r, &w, name); c; c = r->index->next[c - 1]) {
				if (round == 0 && !bv__str_eq(r->names[c - 1], name))
					continue;
				bv_visible *v = &s->visible.v[r->first - s->base + c - 1];
				if (!v->hidden && n++ == 0)
					*at = v;
			}
		}
		if (n)
			return n;
	}
	return 0;
}

unsigned bv__scope_relation(const bv_scope *s, bv_str alias, bool insensitive, bv_relation **out)
{
	for (int round = 0; round < 2; round++) {
		unsigned n = 0;
		for (uint32_t i = 0; i < s->relations.n; i++) {
			bv_relation *r = s->relations.v[i];
			if (r->alias.n && name_matches(r->alias, alias, round == 1) && n++ == 0)
				*out = r;
		}
		if (n || !insensitive)
			return n;
	}
	return 0;
}

bv_relation *bv__scope_relation_path(const bv_scope *s, const bv_str *parts, uint32_t n, uint32_t insensitive)
{
	for (uint32_t i = 0; i < s->relations.n; i++) {
		bv_relation *r = s->relations.v[i];
		if (r->explicit_alias || r->table.n < n)
			continue;
		bool all = true;
		for (uint32_t k = 0; k < n && all; k++)
			all = name_matches(r->table.v[r->table.n - n + k], parts[k], (insensitive >> k) & 1);
		if (all)
			return r;
	}
	return NULL;
}

bv_cte_binding *bv__scope_cte(const bv_scope *s, bv_str name, bool insensitive)
{
	for (; s; s = s->parent)
		for (uint32_t i = s->ctes.n; i-- > 0;)
			if (name_matches(s->ctes.v[i]->name, name, insensitive || s->ctes.v[i]->insensitive))
				return s->ctes.v[i];
	return NULL;
}

void bv__scope_names(const bv_scope *s, bv_arena *a, bv_str **names, uint32_t *n)
{
	BV_VEC(bv_str) out = {0};
	for (; s; s = s->parent) {
		for (uint32_t i = 0; i < s->visible.n; i++)
			(void)BV_PUSH(a, &out, s->visible.v[i].name);
		for (uint32_t i = 0; i < s->noutputs && s->alias_mode != BV_ALIAS_NONE; i++)
			(void)BV_PUSH(a, &out, s->outputs[i].name);
	}
	*names = out.v;
	*n = out.n;
}
