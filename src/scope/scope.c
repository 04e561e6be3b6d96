/* scope: lookups of relations, columns and CTEs by name. In: scopes that qualify builds; out: what a name means, how often. */
#include "scope/scope.h"

static bool name_matches(bv_str have, bv_str want, bool insensitive)
{
	return insensitive ? bv__str_ieq(have, want) : bv__str_eq(have, want);
}

bool bv__relation_index(bv_arena *a, bv_relation *r)
{
	bv__map_init(&r->by_name, a);
	r->next = BV_NEWN(a, uint32_t, r->n + 1);
	if (!r->next)
		return false;
	/* From the back, so that every chain runs in column order. */
	for (uint32_t i = r->n; i-- > 0;) {
		bv_str key = bv__arena_lower(a, r->names[i]);
		r->next[i] = (uint32_t)(uintptr_t)bv__map_get(&r->by_name, key);
		if (!bv__map_put(&r->by_name, key, (void *)(uintptr_t)(i + 1)))
			return false;
	}
	return true;
}

/* Lower-cases into a small buffer; longer names are compared one by one instead. */
static uint32_t chain(const bv_relation *r, bv_str name)
{
	char low[128];
	if (name.n > sizeof low) {
		for (uint32_t i = 0; i < r->n; i++)
			if (bv__str_ieq(r->names[i], name))
				return i + 1;
		return 0;
	}
	for (uint32_t i = 0; i < name.n; i++) {
		char c = name.p[i];
		low[i] = c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
	}
	return (uint32_t)(uintptr_t)bv__map_get(&r->by_name, (bv_str){low, name.n});
}

unsigned bv__relation_column(const bv_relation *r, bv_str name, bool insensitive, uint32_t *col)
{
	uint32_t first = chain(r, name);
	unsigned n = 0;
	for (uint32_t i = first; i; i = r->next[i - 1])
		if (bv__str_eq(r->names[i - 1], name) && n++ == 0)
			*col = i - 1;
	if (n || !insensitive)
		return n;
	for (uint32_t i = first; i; i = r->next[i - 1])
		if (n++ == 0)
			*col = i - 1;
	return n;
}

bool bv__scope_add(bv_arena *a, bv_scope *s, bv_relation *r)
{
	bool ok = BV_PUSH(a, &s->relations, r);
	r->first = s->base + s->visible.n;
	for (uint32_t i = 0; i < r->n; i++) {
		ok = BV_PUSH(a, &s->star, r->first + i) && ok;
		ok = BV_PUSH(a, &s->visible, ((bv_visible){.name = r->names[i], .rel = r, .col = i})) && ok;
	}
	return ok;
}

unsigned bv__scope_column(const bv_scope *s, bv_str name, bool insensitive, bv_visible **at)
{
	/* Two rounds: an exact match anywhere in the scope wins over one without case. */
	for (int round = 0; round < (insensitive ? 2 : 1); round++) {
		unsigned n = 0;
		for (uint32_t i = 0; i < s->relations.n; i++) {
			const bv_relation *r = s->relations.v[i];
			for (uint32_t c = chain(r, name); c; c = r->next[c - 1]) {
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
