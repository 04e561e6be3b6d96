/* arena: memory by lifetime. In: sizes. Out: zeroed, 16-byte aligned memory that lives until the arena is freed.
 *
 * Blocks double from 1 KiB to 32 MiB, so that a small statement costs one malloc and a large one few; the largest come from the system in
 * pages that are as large as it has them, because a megabyte of small pages costs as much as parsing into it. Failure is sticky: the caller
 * builds on and asks bv__arena_failed once. The heap functions here are the only ones of base that call malloc: the tests make
 * the n-th of them fail. */
#include "base/base.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

typedef struct bv_block {
	struct bv_block *next;
	size_t size;
	_Alignas(16) char data[];
} bv_block;

/* Bytes are zeroed as they come near, so that they are in the cache when they are used. */
enum { BLOCK_MIN = 1024 - sizeof(bv_block), BLOCK_MAX = (32 << 20) - sizeof(bv_block), ZEROED = 2048, LARGE = 1 << 17, PAGES = 2 << 20 };

static atomic_long fail_in; /* allocations left until the one that fails; 0: never */

void bv__alloc_fail_at(long n) { atomic_store(&fail_in, n); }

static bool injected(void) {
	if (atomic_load_explicit(&fail_in, memory_order_relaxed) <= 0) return false;
	return atomic_fetch_sub(&fail_in, 1) == 1;
}

void *bv__heap_alloc(size_t n) { return injected() ? NULL : malloc(n ? n : 1); }
/* Zeroed: what comes straight from the system is so already. */
static void *zeroed_alloc(size_t n)
{
	if (injected()) return NULL;
	return n >= PAGES ? bv__os_pages(n) : calloc(1, n);
}
void *bv__heap_realloc(void *p, size_t n) { return injected() ? NULL : realloc(p, n ? n : 1); }
void bv__heap_free(void *p) { free(p); }

/* ---- blocks that a thread keeps ----
 *
 * A compile takes the same few blocks as the one before it. Given back to the system, their pages would be cleared and mapped anew each time; so
 * a thread keeps up to KEPT_MAX bytes of them, by size. Not where a checker watches the heap: it would no longer see what is used after it was freed. */
#if defined BV_SELFCHECK || defined __SANITIZE_ADDRESS__
enum { KEPT_MAX = 0 };
#else
enum { KEPT_MAX = 1 << 20 };
#endif
enum { KEPT_SIZES = 10 }; /* BLOCK_MIN, doubled up to 9 times */

typedef struct kept_blocks {
	bv_block *v[KEPT_SIZES];
	size_t bytes;
	bool watched; /* they are freed when the thread ends */
} kept_blocks;

static _Thread_local kept_blocks kept;
static pthread_key_t kept_key;
static bool kept_key_made;

static void free_kept(void *blocks) {
	kept_blocks *k = blocks;
	for (unsigned i = 0; i < KEPT_SIZES; i++)
		for (bv_block *b = k->v[i], *next; b; b = next) {
			next = b->next;
			bv__heap_free(b);
		}
	*k = (kept_blocks){0};
}

static void make_kept_key(void) { kept_key_made = pthread_key_create(&kept_key, free_kept) == 0; }

/* Which of the kept sizes it is; KEPT_SIZES: none. */
static unsigned kept_size(size_t size) {
	size_t times = size / BLOCK_MIN;
	unsigned i = times ? (unsigned)__builtin_ctzll(times) : KEPT_SIZES;
	return i < KEPT_SIZES && (size_t)BLOCK_MIN << i == size ? i : KEPT_SIZES;
}

static bv_block *take_kept(size_t size) {
	unsigned i = KEPT_MAX ? kept_size(size) : KEPT_SIZES;
	bv_block *b = i < KEPT_SIZES ? kept.v[i] : NULL;
	if (b) {
		kept.v[i] = b->next;
		kept.bytes -= sizeof *b + size;
	}
	return b;
}

/* False: it is not kept. */
static bool keep(bv_block *b) {
	unsigned i = KEPT_MAX ? kept_size(b->size) : KEPT_SIZES;
	if (i == KEPT_SIZES || kept.bytes + sizeof *b + b->size > KEPT_MAX) return false;
	if (!kept.watched) {
		static pthread_once_t once = PTHREAD_ONCE_INIT;
		pthread_once(&once, make_kept_key);
		if (!kept_key_made || pthread_setspecific(kept_key, &kept) != 0) return false;
		kept.watched = true;
	}
	b->next = kept.v[i];
	kept.v[i] = b;
	kept.bytes += sizeof *b + b->size;
	return true;
}

/* ---- arenas ---- */

bv_arena *bv__arena_new(void) {
	bv_arena *a = bv__heap_alloc(sizeof *a);
	if (!a) return NULL;
	*a = (bv_arena){.next_size = BLOCK_MIN};
	return a;
}

void bv__arena_free(bv_arena *a) {
	if (!a) return;
	for (bv_block *b = a->blocks, *next; b; b = next) {
		next = b->next;
#ifdef BV_SELFCHECK
		memset(b->data, 0xDB, b->size); /* a stale pointer shows itself */
#endif
		size_t n = sizeof *b + b->size;
		if (n >= PAGES) bv__os_pages_free(b, n);
		else if (!keep(b)) bv__heap_free(b);
	}
	bv__heap_free(a);
}

void bv__arena_freep(bv_arena **a) {
	bv__arena_free(*a);
	*a = NULL;
}

/* A new block, or one that was kept, which holds what it held: *clear, where it is all zero. */
static bv_block *new_block(bv_arena *a, size_t size, bool *clear) {
	bv_block *b = take_kept(size);
	*clear = !b && size >= LARGE;
	if (b) return b;
	b = size >= LARGE ? zeroed_alloc(sizeof *b + size) : bv__heap_alloc(sizeof *b + size);
	if (!b) {
		a->failed = true;
		return NULL;
	}
	b->size = size;
	return b;
}

void *bv__arena_more(bv_arena *a, size_t n) {
	if (n > SIZE_MAX / 4) {
		a->failed = true;
		return NULL;
	}
	n = n ? (n + 15) & ~(size_t)15 : 16;
	if ((size_t)(a->end - a->next) < n) {
		if (n > a->next_size / 4) {
			/* Large: a block of its own behind the current one, which keeps its room. */
			bool clear;
			bv_block *own = new_block(a, n, &clear);
			if (!own) return NULL;
			bv_block **at = a->blocks ? &a->blocks->next : &a->blocks;
			own->next = *at;
			*at = own;
			a->used += n;
			return clear ? own->data : memset(own->data, 0, n);
		}
		bool clear;
		bv_block *b = new_block(a, a->next_size, &clear);
		if (!b) return NULL;
		if (a->blocks && a->end) a->used += (size_t)(a->next - a->blocks->data);
		b->next = a->blocks;
		a->blocks = b;
		a->next = b->data;
		a->end = b->data + b->size;
		a->zeroed = clear ? a->end : b->data;
		if (a->next_size < BLOCK_MAX) a->next_size = a->next_size * 2 > BLOCK_MAX ? BLOCK_MAX : a->next_size * 2;
	}
	if ((size_t)(a->zeroed - a->next) < n) {
		size_t more = n > ZEROED ? n : ZEROED, room = (size_t)(a->end - a->zeroed);
		more = more > room ? room : more;
		memset(a->zeroed, 0, more);
		a->zeroed += more;
	}
	void *p = a->next;
	a->next += n;
	return p;
}

bool bv__arena_failed(const bv_arena *a) { return a->failed; }
void bv__arena_fail(bv_arena *a) { a->failed = true; }
size_t bv__arena_used(const bv_arena *a) { return a->used + (a->end ? (size_t)(a->next - a->blocks->data) : 0); }

bv_str bv__arena_str(bv_arena *a, bv_str s) {
	if (s.n == 0) return BV_STR("");
	char *p = bv__arena_alloc(a, (size_t)s.n + 1);
	if (!p) return BV_STR("");
	memcpy(p, s.p, s.n);
	return (bv_str){p, s.n};
}

bv_str bv__arena_strz(bv_arena *a, const char *z) { return bv__arena_str(a, bv__str(z)); }

bv_str bv__arena_vprintf(bv_arena *a, const char *fmt, va_list ap) {
	va_list again;
	va_copy(again, ap);
	int n = vsnprintf(NULL, 0, fmt, again);
	va_end(again);
	if (n <= 0) return BV_STR("");
	char *p = bv__arena_alloc(a, (size_t)n + 1);
	if (!p) return BV_STR("");
	vsnprintf(p, (size_t)n + 1, fmt, ap);
	return (bv_str){p, (uint32_t)n};
}

bv_str bv__arena_printf(bv_arena *a, const char *fmt, ...) {
	va_list ap;
	va_start(ap, fmt);
	bv_str s = bv__arena_vprintf(a, fmt, ap);
	va_end(ap);
	return s;
}

bv_str bv__arena_numbered(bv_arena *a, char letter, uint32_t n) {
	char text[12], *p = text + sizeof text;
	do *--p = (char)('0' + n % 10);
	while (n /= 10);
	*--p = letter;
	return bv__arena_str(a, (bv_str){p, (uint32_t)(text + sizeof text - p)});
}

bv_str bv__arena_lower(bv_arena *a, bv_str s) {
	bv_str r = bv__arena_str(a, s);
	for (uint32_t i = 0; i < r.n; i++)
		if (r.p[i] >= 'A' && r.p[i] <= 'Z') ((char *)r.p)[i] = (char)(r.p[i] + 32);
	return r;
}

bv_str bv__arena_upper(bv_arena *a, bv_str s) {
	bv_str r = bv__arena_str(a, s);
	for (uint32_t i = 0; i < r.n; i++)
		if (r.p[i] >= 'a' && r.p[i] <= 'z') ((char *)r.p)[i] = (char)(r.p[i] - 32);
	return r;
}
