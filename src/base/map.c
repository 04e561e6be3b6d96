/* map: vectors, string maps and sorting. In: arena, items. Out: containers whose order is insertion order, never hash order. */
#include "base/base.h"

void *bv__vec_room(bv_arena *a, void *old, uint32_t *cap, uint32_t n, uint32_t more, size_t size) {
	uint32_t want = *cap ? *cap : 8;
	while (want - n < more && want * 2 > want) want *= 2;
	if (want <= *cap) return old;
	void *p = bv__arena_alloc(a, (size_t)want * size);
	if (!p) return old; /* the capacity is unchanged: the push fails, the vector stays whole */
	if (n) memcpy(p, old, (size_t)n * size);
	*cap = want;
	return p;
}

void *bv__vec_grow(bv_arena *a, void *old, uint32_t *cap, uint32_t n, size_t size) { return bv__vec_room(a, old, cap, n, *cap - n + 1, size); }

void bv__map_init(bv_map *m, bv_arena *a) { *m = (bv_map){.arena = a}; }

/* The slot that holds the key, or the free one where it belongs. */
static uint32_t *find_slot(const bv_map *m, bv_str key, uint64_t hash) {
	uint32_t mask = m->nslots - 1;
	for (uint32_t i = (uint32_t)hash & mask;; i = (i + 1) & mask) {
		uint32_t *slot = &m->slots[i];
		if (!*slot) return slot;
		const bv_map_entry *e = &m->v[*slot - 1];
		if (e->hash == hash && bv__str_eq(e->key, key)) return slot;
	}
}

static bv_map_entry *find(const bv_map *m, bv_str key) {
	if (!m->n) return NULL;
	uint32_t *slot = find_slot(m, key, bv__hash64(key.p, key.n));
	return *slot ? &m->v[*slot - 1] : NULL;
}

void *bv__map_get(const bv_map *m, bv_str key) {
	bv_map_entry *e = find(m, key);
	return e ? e->value : NULL;
}

void *bv__map_get_hashed(const bv_map *m, bv_str key, uint64_t hash) {
	if (!m->n) return NULL;
	uint32_t *slot = find_slot(m, key, hash);
	return *slot ? m->v[*slot - 1].value : NULL;
}

bool bv__map_has(const bv_map *m, bv_str key) { return find(m, key) != NULL; }

/* Keeps at least half of the slots free. */
static bool grow(bv_map *m) {
	if (m->n >= UINT32_MAX / 4) return false;
	uint32_t nslots = m->nslots ? m->nslots * 2 : 16;
	uint32_t *slots = BV_NEWN(m->arena, uint32_t, nslots);
	if (!slots) return false;
	m->slots = slots;
	m->nslots = nslots;
	uint32_t mask = nslots - 1;
	for (uint32_t k = 0; k < m->n; k++) {
		uint32_t i = (uint32_t)m->v[k].hash & mask;
		while (slots[i]) i = (i + 1) & mask;
		slots[i] = k + 1;
	}
	return true;
}

bool bv__map_put(bv_map *m, bv_str key, void *value) {
	uint64_t hash = bv__hash64(key.p, key.n);
	if (m->n) {
		uint32_t *slot = find_slot(m, key, hash);
		if (*slot) {
			m->v[*slot - 1].value = value;
			return true;
		}
	}
	if ((m->n + 1) * 2 > m->nslots && !grow(m)) return false;
	if (m->n == m->cap) m->v = bv__vec_grow(m->arena, m->v, &m->cap, m->n, sizeof *m->v);
	if (m->n == m->cap) return false;
	uint32_t *slot = find_slot(m, key, hash);
	m->v[m->n++] = (bv_map_entry){key, value, hash};
	*slot = m->n;
	return true;
}

bool bv__sort(void *v, size_t n, size_t size, bv_compare cmp, void *ctx) {
	if (n < 2) return true;
	bool sorted = true;
	unsigned char *src = v;
	for (size_t i = 1; i < n && sorted; i++) sorted = cmp(src + (i - 1) * size, src + i * size, ctx) <= 0;
	if (sorted) return true;
	if (n > SIZE_MAX / size) return false;
	unsigned char *tmp = bv__heap_alloc(n * size), *dst = tmp;
	if (!tmp) return false;
	for (size_t width = 1; width < n; width *= 2) {
		for (size_t lo = 0; lo < n; lo += 2 * width) {
			size_t mid = lo + width < n ? lo + width : n, hi = mid + width < n ? mid + width : n;
			size_t i = lo, j = mid;
			for (size_t k = lo; k < hi; k++) {
				bool left = i < mid && (j >= hi || cmp(src + i * size, src + j * size, ctx) <= 0);
				memcpy(dst + k * size, src + (left ? i++ : j++) * size, size);
			}
		}
		unsigned char *swap = src;
		src = dst;
		dst = swap;
	}
	if (src != v) memcpy(v, src, n * size);
	bv__heap_free(tmp);
	return true;
}

int bv__str_cmp_v(const void *a, const void *b, void *ctx) {
	(void)ctx;
	return bv__str_cmp(*(const bv_str *)a, *(const bv_str *)b);
}
