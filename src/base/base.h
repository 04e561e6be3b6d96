/* base: what every room stands on. Knows no SQL.
 *
 * Memory: an arena owns everything that is allocated from it; nothing in it is freed by hand. Allocation failure is sticky
 * (bv__arena_failed): build freely, check once at the end. Only handles need release (BV_AUTO). */
#ifndef BV_BASE_H
#define BV_BASE_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "belvedere/belvedere.h"

#define BV_NODISCARD __attribute__((warn_unused_result))
#define BV_PRINTF(f, a) __attribute__((format(printf, f, a)))
#define BV_AUTO(cleanup_fn) __attribute__((cleanup(cleanup_fn)))
#define BV_COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* ---- strings --------------------------------------------------------------------------------------------------- */

/* A borrowed run of bytes, UTF-8 where it is text; never NULL once made (an empty string points at ""). */
typedef struct bv_str {
	const char *p;
	uint32_t n;
} bv_str;

/* Of a text that cannot be larger: bv__strn(p, n). */
static inline bv_str bv__strn(const char *p, size_t n) { return (bv_str){p, (uint32_t)n}; }
#define BV_STR(lit) ((bv_str){(lit), (uint32_t)(sizeof(lit) - 1)})
#define BV_STR_FMT "%.*s"
#define BV_STR_ARG(s) (int)(s).n, (s).p

/* A macro's value as a literal. */
#define BV_TEXT_OF_(x) #x
#define BV_TEXT_OF(x) BV_TEXT_OF_(x)

static inline bv_str bv__str(const char *z) { return z ? (bv_str){z, (uint32_t)strlen(z)} : (bv_str){"", 0}; }
static inline bool bv__str_eq(bv_str a, bv_str b) { return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0); }
static inline bool bv__str_is(bv_str a, const char *z) { return a.n == strlen(z) && memcmp(a.p, z, a.n) == 0; }
/* By bytes: the only order that output may depend on. */
int bv__str_cmp(bv_str a, bv_str b);
/* ASCII case only, as SQL keywords and unquoted names need it. */
bool bv__str_ieq(bv_str a, bv_str b);
bool bv__str_starts(bv_str s, const char *prefix);
bool bv__str_ends(bv_str s, const char *suffix);
/* Edit distance (Damerau-Levenshtein, ASCII case ignored), for "did you mean"; stops counting past `limit`. */
unsigned bv__str_distance(bv_str a, bv_str b, unsigned limit);

/* ---- arena ------------------------------------------------------------------------------------------------------ */

/* Only bv__arena_alloc looks inside: [next, zeroed) of the block at hand is zero and free. */
typedef struct bv_arena {
	char *next, *zeroed, *end;
	struct bv_block *blocks; /* where allocations come from; full and oversized ones follow */
	size_t next_size, used;  /* used: of what is not in the block at hand */
	bool failed;
} bv_arena;
bv_arena *bv__arena_new(void); /* NULL when out of memory */
void bv__arena_free(bv_arena *a);
void bv__arena_freep(bv_arena **a);
void *bv__arena_more(bv_arena *a, size_t n); /* bv__arena_alloc where the zeroed bytes do not suffice */
/* Zeroed, 16-byte aligned; NULL when out of memory (and the arena remembers). */
static inline void *bv__arena_alloc(bv_arena *a, size_t n)
{
	size_t left = (size_t)(a->zeroed - a->next), k = n ? (n + 15) & ~(size_t)15 : 16;
	if (n > left || k > left)
		return bv__arena_more(a, n);
	void *p = a->next;
	a->next += k;
	return p;
}
bool bv__arena_failed(const bv_arena *a);
void bv__arena_fail(bv_arena *a); /* says what the caller cannot say otherwise: too deep, out of memory elsewhere */
/* Bytes handed out so far: what budgets count. */
size_t bv__arena_used(const bv_arena *a);
bv_str bv__arena_str(bv_arena *a, bv_str s); /* copies, NUL-terminated */
bv_str bv__arena_strz(bv_arena *a, const char *z);
bv_str bv__arena_printf(bv_arena *a, const char *fmt, ...) BV_PRINTF(2, 3);
bv_str bv__arena_numbered(bv_arena *a, char letter, uint32_t n); /* t1 */
bv_str bv__arena_lower(bv_arena *a, bv_str s); /* ASCII */
bv_str bv__arena_upper(bv_arena *a, bv_str s);
#define BV_NEW(arena, type) ((type *)bv__arena_alloc((arena), sizeof(type)))
#define BV_NEWN(arena, type, n) ((type *)bv__arena_alloc((arena), sizeof(type) * (size_t)(n)))
bv_str bv__arena_vprintf(bv_arena *a, const char *fmt, va_list ap);
/* The heap below arenas and buffers; elsewhere use those. */
void *bv__heap_alloc(size_t n);
void *bv__heap_realloc(void *p, size_t n);
void bv__heap_free(void *p);
/* Tests: the n-th allocation from now on fails (0: none). Process-wide, never set outside tests. */
void bv__alloc_fail_at(long n);

/* ---- buffer: a growing string on the heap --------------------------------------------------------------------- */

typedef struct bv_buf {
	char *p; /* always NUL-terminated, never NULL: empty buffers point at a static byte */
	size_t n, cap;
	bool failed;
} bv_buf;
extern char bv__buf_empty[1];
#define BV_BUF_INIT ((bv_buf){bv__buf_empty, 0, 0, false})
void bv__buf_free(bv_buf *b);
void bv__buf_reserve(bv_buf *b, size_t more);
void bv__buf_add(bv_buf *b, const void *p, size_t n);
void bv__buf_str(bv_buf *b, bv_str s);
void bv__buf_z(bv_buf *b, const char *z);
void bv__buf_ch(bv_buf *b, char c);
void bv__buf_int(bv_buf *b, int64_t v);
void bv__buf_printf(bv_buf *b, const char *fmt, ...) BV_PRINTF(2, 3);
void bv__buf_truncate(bv_buf *b, size_t n);
static inline bv_str bv__buf_view(const bv_buf *b) { return (bv_str){b->p, (uint32_t)b->n}; }
/* Transfers: malloc'ed NUL-terminated text (free()), the buffer is empty again; NULL when it had failed. */
char *bv__buf_detach(bv_buf *b);

/* ---- vectors and maps in an arena -------------------------------------------------------------------------------- */

/* Typed vector: `BV_VEC(bv_str) names = {0}; *bv__push(arena, &names) = s;`. Grows by doubling inside the arena. */
#define BV_VEC(type)   \
	struct {           \
		type *v;       \
		uint32_t n, cap; \
	}
void *bv__vec_grow(bv_arena *a, void *old, uint32_t *cap, uint32_t n, size_t size);
void *bv__vec_room(bv_arena *a, void *old, uint32_t *cap, uint32_t n, uint32_t more, size_t size);
/* Room for `more` items behind the last; false when out of memory. */
#define BV_ROOM(arena, vec, more)                                                                                                      \
	((vec)->cap - (vec)->n >= (more) ||                                                                                                \
		((vec)->v = bv__vec_room((arena), (vec)->v, &(vec)->cap, (vec)->n, (more), sizeof *(vec)->v), (vec)->cap - (vec)->n >= (more)))
/* Evaluates to false when out of memory. */
#define BV_PUSH(arena, vec, item)                                                                                   \
	(((vec)->n < (vec)->cap ||                                                                                      \
	  ((vec)->v = bv__vec_grow((arena), (vec)->v, &(vec)->cap, (vec)->n, sizeof *(vec)->v), (vec)->n < (vec)->cap)) \
		 ? ((vec)->v[(vec)->n++] = (item), true)                                                                    \
		 : false)

/* String -> pointer, open addressing over XXH3. Iterate with BV_MAP_EACH or over v[0..n) (insertion order). Keys are borrowed. */
typedef struct bv_map_entry {
	bv_str key;
	void *value;
	uint64_t hash;
} bv_map_entry;
typedef struct bv_map {
	bv_arena *arena;
	bv_map_entry *v; /* insertion order */
	uint32_t *slots; /* index + 1, 0 = free */
	uint32_t n, cap, nslots;
} bv_map;
#define BV_MAP_EACH(m, e) for (bv_map_entry *e = (m)->v; e && e < (m)->v + (m)->n; e++)
void bv__map_init(bv_map *m, bv_arena *a);
void *bv__map_get(const bv_map *m, bv_str key); /* NULL when absent */
void *bv__map_get_hashed(const bv_map *m, bv_str key, uint64_t hash); /* bv__hash64 of the key: one for many maps */
bool bv__map_has(const bv_map *m, bv_str key);
bool bv__map_put(bv_map *m, bv_str key, void *value); /* replaces; false when out of memory */

typedef int (*bv_compare)(const void *a, const void *b, void *ctx);
/* Stable merge sort: equal items keep their order, on every libc. */
bool bv__sort(void *v, size_t n, size_t size, bv_compare cmp, void *ctx);
int bv__str_cmp_v(const void *a, const void *b, void *ctx); /* bv_compare over bv_str */

/* ---- hashes -------------------------------------------------------------------------------------------------------- */

typedef struct bv_hash128 {
	uint64_t lo, hi;
} bv_hash128;
uint64_t bv__hash64(const void *p, size_t n);
bv_hash128 bv__hash128(const void *p, size_t n);
/* SHA-256 as 64 lower-case hex digits and a NUL; the empty text when OpenSSL is out of memory. */
void bv__sha256_hex(const void *p, size_t n, char out[65]);

/* ---- UTF-8 ------------------------------------------------------------------------------------------------------- */

/* Bytes of the code point at p, 0: not valid. */
size_t bv__utf8_one(const char *p, size_t n);
/* Offset of the first byte that is not valid UTF-8, or n. */
size_t bv__utf8_invalid(const char *p, size_t n);
size_t bv__utf8_count(const char *p, size_t n);   /* code points of valid text */
unsigned bv__utf8_columns(const char *p, size_t n); /* terminal columns (utf8proc) */

/* ---- canonical JSON writer: no whitespace, ensure_ascii=False, as Python's json.dumps with separators (',',':') ---- */

void bv__json_string(bv_buf *b, bv_str s);
/* Writer with commas kept by itself. Depth at most 64. */
typedef struct bv_json {
	bv_buf *out;
	uint8_t comma[64];
	unsigned depth;
} bv_json;
static inline bv_json bv__json(bv_buf *out) { return (bv_json){.out = out}; }
void bv__json_open(bv_json *j, char bracket); /* '{' or '[' */
void bv__json_close(bv_json *j, char bracket);
void bv__json_key(bv_json *j, const char *key);
void bv__json_key_str(bv_json *j, bv_str key);
void bv__json_str(bv_json *j, bv_str s);
void bv__json_z(bv_json *j, const char *z); /* NULL gives null */
void bv__json_int(bv_json *j, int64_t v);
void bv__json_bool(bv_json *j, bool v);
void bv__json_null(bv_json *j);
void bv__json_raw(bv_json *j, bv_str s); /* s is JSON already */
void bv__json_double(bv_json *j, double v);

/* ---- JSON reader: pulls one value after the other out of valid UTF-8 -------------------------------------------------- */

typedef struct bv_json_in {
	bv_arena *arena; /* for texts with escapes; others point into the JSON */
	const char *p, *end;
	const char *wrong; /* what is wrong at p; NULL: nothing yet */
	bool oom;
} bv_json_in;
typedef enum bv_json_kind { BV_JSON_END, BV_JSON_OBJECT, BV_JSON_ARRAY, BV_JSON_STRING, BV_JSON_NUMBER, BV_JSON_TRUE, BV_JSON_FALSE, BV_JSON_NULL, BV_JSON_OTHER } bv_json_kind;
bv_json_kind bv__json_peek(bv_json_in *in); /* of the value or bracket that comes next; skips white space */
bool bv__json_take(bv_json_in *in, char c);  /* takes it if it comes next */
bool bv__json_expect(bv_json_in *in, char c);
bool bv__json_read_string(bv_json_in *in, bv_str *out);
bool bv__json_read_number(bv_json_in *in, bv_str *out); /* as written */
bool bv__json_read_word(bv_json_in *in, const char *word);
bool bv__json_skip(bv_json_in *in, unsigned depth); /* any value that nests at most so deep */

/* ---- diagnostics ------------------------------------------------------------------------------------------------- */

/* A place in a source text: bytes [start, end) of file `file` (index into the sources); file 0 is "unknown". */
typedef struct bv_span {
	uint32_t file, start, end;
} bv_span;
#define BV_NO_SPAN ((bv_span){0, 0, 0})

typedef struct bv_source {
	bv_str name; /* path as the user knows it, or "" for text without a file */
	bv_str text;
} bv_source;

typedef enum bv_severity { BV_SEVERITY_ERROR, BV_SEVERITY_WARNING, BV_SEVERITY_NOTE } bv_severity;

/* Codes: BV_E_<name>, one row each in errors.def, with the text of its `explain` page. */
typedef enum bv_code {
#define BV_ERROR_CODE(number, name, title, page) BV_E_##name = number,
#include "base/errors.def"
#undef BV_ERROR_CODE
} bv_code;

typedef struct bv_note {
	bv_span span;
	bv_str text;
} bv_note;

typedef struct bv_diagnostic {
	bv_code code;
	bv_severity severity;
	bv_span span;
	bv_str message;
	bv_str hint; /* empty: none */
	BV_VEC(bv_note) notes;
} bv_diagnostic;

/* Owns its texts, and copies of the sources that its spans point into. One thread at a time. */
struct bv_diagnostics {
	bv_arena *arena;
	BV_VEC(bv_diagnostic) items;
	BV_VEC(bv_source) sources; /* [0] is the unknown source */
	uint32_t errors;
	bool oom;
	bv_map by_hash; /* 128-bit hash of name and text -> index into sources */
};
/* Adds a source text (copies it once) and returns its file index. A text already there (same name, same bytes) keeps its index. */
uint32_t bv__diag_source(bv_diagnostics *d, bv_str name, bv_str text);
/* Adds a diagnostic and returns it, so that a hint or a note can follow; never NULL (a static spare when out of memory). */
bv_diagnostic *bv__diag(bv_diagnostics *d, bv_code code, bv_span span, const char *fmt, ...) BV_PRINTF(4, 5);
bv_diagnostic *bv__warn(bv_diagnostics *d, bv_code code, bv_span span, const char *fmt, ...) BV_PRINTF(4, 5);
void bv__diag_hint(bv_diagnostics *d, bv_diagnostic *at, const char *fmt, ...) BV_PRINTF(3, 4);
void bv__diag_note(bv_diagnostics *d, bv_diagnostic *at, bv_span span, const char *fmt, ...) BV_PRINTF(4, 5);
/* Appends all of `from`, with its sources, to `to`. */
void bv__diag_merge(bv_diagnostics *to, const bv_diagnostics *from);
/* "did you mean": the nearest of `candidates` to `name`, or an empty string. */
bv_str bv__did_you_mean(bv_str name, const bv_str *candidates, uint32_t n);
/* Line and column from 1, columns in code points. */
void bv__source_position(bv_str text, uint32_t offset, uint32_t *line, uint32_t *column);
/* The one call for "out of memory": marks d and returns BV_NOMEM. */
bv_status bv__nomem(bv_diagnostics *d);

/* ---- a text that was made from another one, and where each byte of it comes from ---- */

/* From byte `at` of the made text on, to the next piece: bytes [start, end) of the source, copied as they are, or something that stands for them. */
typedef struct bv_piece {
	uint32_t at, start, end;
	bool copied;
} bv_piece;
typedef struct bv_origin {
	bv_str text;   /* made */
	bv_str source; /* what a person wrote */
	uint32_t file; /* of the source */
	BV_VEC(bv_piece) pieces; /* ascending, the first at 0; none: the text is the source */
} bv_origin;
bool bv__origin_add(bv_arena *a, bv_origin *o, uint32_t at, uint32_t start, uint32_t end, bool copied); /* false when out of memory */
/* Were these bytes of the text copied as they stand in the source, all of one piece? */
bool bv__origin_copied(const bv_origin *o, uint32_t start, uint32_t end);
/* The place in the source of bytes [start, end) of the text. */
bv_span bv__origin_span(const bv_origin *o, uint32_t start, uint32_t end);

/* ---- os.c: the only place with system calls -------------------------------------------------------------------------- */

/* Reads a whole file. Refuses more than `limit` bytes. Text lies in the arena, NUL-terminated. */
BV_NODISCARD bool bv__os_read_file(bv_arena *a, const char *path, size_t limit, bv_str *out, int *err);
/* Writes to a temporary name beside it, syncs, renames: the file is the old one or the new one, never a part. */
BV_NODISCARD bool bv__os_write_file(const char *path, bv_str text, int *err);
BV_NODISCARD bool bv__os_append_file(const char *path, bv_str text, int *err);
BV_NODISCARD bool bv__os_mkdirs(const char *path, int *err);
bool bv__os_exists(const char *path);
bool bv__os_is_dir(const char *path);
bool bv__os_remove(const char *path);
/* All files below dir whose name ends in `suffix`, as paths relative to dir with '/', sorted by bytes; follows no links to folders. */
typedef struct bv_os_file {
	bv_str path;
	bv_str stamp; /* the same as long as the file's bytes are; empty: that cannot be told yet */
} bv_os_file;
BV_NODISCARD bool bv__os_list_files(bv_arena *a, const char *dir, const char *suffix, bv_os_file **out, uint32_t *n, int *err);
BV_NODISCARD bool bv__os_list(bv_arena *a, const char *dir, const char *suffix, bv_str **out, uint32_t *n, int *err);
BV_NODISCARD bool bv__os_realpath(bv_arena *a, const char *path, bv_str *out, int *err);
BV_NODISCARD bool bv__os_cwd(bv_arena *a, bv_str *out);
const char *bv__os_env(const char *name); /* NULL when unset */
double bv__os_monotonic(void);             /* seconds */
int64_t bv__os_now_us(void);               /* microseconds since 1970, UTC */
unsigned bv__os_cpus(void);
/* Zeroed memory from the system, in large pages where it has them; costs nothing before it is touched. NULL: there is none. */
void *bv__os_pages(size_t n);
void bv__os_pages_free(void *p, size_t n);
int64_t bv__os_pid(void);
/* Directory of the shared object that holds `symbol`. */
BV_NODISCARD bool bv__os_library_dir(bv_arena *a, const void *symbol, bv_str *out);
void *bv__os_dlopen(const char *path, char *err, size_t errlen);
void *bv__os_dlsym(void *lib, const char *name);
/* Not longer than this many seconds; a signal ends it early. */
void bv__os_sleep(double seconds);
/* An exclusive lock on a file, gone with the process; the file holds `holder` for others to read. Never waits. Returns a descriptor >= 0, or -1: busy
 * (then *busy_holder is what the file says) or -2: errno in *err. */
int bv__os_lock(bv_arena *a, const char *path, bv_str holder, bv_str *busy_holder, int *err);
void bv__os_unlock(int fd);
/* Joins with one '/'; an absolute `name` or one with a scheme ("s3://") stays as it is. */
bv_str bv__path_join(bv_arena *a, bv_str dir, bv_str name);

#endif
