/* driver: a fuzz target as a plain program. In: files and folders. Out: the target has seen each of them, in order of name, and each of them cut short and
 * with a byte changed at 64 places. A file of cases (tests/sql/cases/…, *.txt) stands for the SQL of its cases, each behind the byte of its dialect.
 *
 *   driver FOLDER …                   once
 *   driver --seconds N FOLDER …       and then mutations of them, chosen by a fixed sequence, until the time is over: what `make fuzz` does without libFuzzer
 *   driver --write TARGET FOLDER …    the inputs as files in TARGET: seeds for libFuzzer
 *
 * What a target dies of is kept in $BELVEDERE_FUZZ_KEEP. */
#include "base/base.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

typedef struct inputs {
	bv_arena *a;
	BV_VEC(bv_str) v;
} inputs;

/* The input that a target died of, for the eye and for the corpus. */
static const char *running;
static size_t running_n;

static void keep(int signo)
{
	const char *path = getenv("BELVEDERE_FUZZ_KEEP");
	int fd = path ? open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644) : -1;
	if (fd >= 0) {
		ssize_t n = write(fd, running, running_n);
		(void)n;
		close(fd);
	}
	signal(signo, SIG_DFL);
	raise(signo);
}

static void run(const char *p, size_t n)
{
	running = p;
	running_n = n;
	/* No byte to spare behind it: the sanitizer build sees a read past the end. */
	uint8_t *copy = malloc(n ? n : 1);
	if (!copy)
		abort();
	memcpy(copy, p, n);
	LLVMFuzzerTestOneInput(copy, n);
	free(copy);
}

static void near(bv_str s)
{
	char *copy = malloc((size_t)s.n + 1);
	if (!copy)
		abort();
	memcpy(copy, s.p, s.n);
	run(copy, s.n);
	for (size_t i = 0; i < 64 && s.n > 0; i++) {
		size_t at = (size_t)s.n * i / 64;
		run(copy, at);
		if (at == 0)
			continue; /* the dialect stays */
		char old = copy[at];
		copy[at] = (char)(i * 37 + 1);
		run(copy, s.n);
		copy[at] = old;
	}
	free(copy);
}

/* ---- case files ---- */

static uint8_t dialect_byte(bv_str name)
{
	static const char *const dialects[] = {"datafusion", "postgres", "duckdb", "spark", "databricks", "snowflake", "bigquery", "trino", "generic"};
	for (unsigned i = 0; i < BV_COUNT(dialects); i++)
		if (bv__str_is(name, dialects[i]))
			return (uint8_t)i;
	return 0;
}

static const char *line_end(const char *p, const char *end)
{
	const char *q = memchr(p, '\n', (size_t)(end - p));
	return q ? q : end;
}

/* == title | dialect, SQL, -> what, … */
static void split(inputs *in, bv_str s)
{
	const char *p = s.p, *end = s.p + s.n;
	while (p < end) {
		const char *q = line_end(p, end);
		if (q - p < 3 || memcmp(p, "== ", 3) != 0) {
			p = q < end ? q + 1 : end;
			continue;
		}
		const char *bar = memchr(p, '|', (size_t)(q - p));
		while (bar && bar + 1 < q && bar[1] == ' ')
			bar++;
		uint8_t dialect = bar ? dialect_byte((bv_str){bar + 1, (uint32_t)(q - bar - 1)}) : 0;
		const char *from = q < end ? q + 1 : end, *to = from;
		while (to < end && !(end - to >= 3 && (memcmp(to, "-> ", 3) == 0 || memcmp(to, "== ", 3) == 0))) {
			to = line_end(to, end);
			to += to < end;
		}
		char *copy = bv__arena_alloc(in->a, (size_t)(to - from) + 1);
		if (!copy)
			abort();
		copy[0] = (char)dialect;
		memcpy(copy + 1, from, (size_t)(to - from));
		bv_str one = {copy, (uint32_t)(to - from) + 1};
		if (!BV_PUSH(in->a, &in->v, one))
			abort();
		p = to;
	}
}

static void collect(inputs *in, const char *folder)
{
	bv_str *names, text;
	uint32_t n;
	int err = 0;
	if (!bv__os_list(in->a, folder, "", &names, &n, &err)) {
		fprintf(stderr, "%s: %s\n", folder, strerror(err));
		exit(1);
	}
	for (uint32_t k = 0; k < n; k++) {
		bv_str path = bv__path_join(in->a, bv__str(folder), names[k]);
		if (!bv__os_read_file(in->a, path.p, 1u << 24, &text, &err)) {
			fprintf(stderr, "%s: %s\n", path.p, strerror(err));
			exit(1);
		}
		if (bv__str_ends(names[k], ".txt"))
			split(in, text);
		else if (!BV_PUSH(in->a, &in->v, text))
			abort();
	}
}

/* ---- mutations ---- */

static uint64_t state = 88172645463325252ull;

static uint32_t below(uint32_t n)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return n ? (uint32_t)((state >> 11) % n) : 0;
}

/* One input with pieces of others in it, pieces gone, pieces twice, bytes changed. */
static void mutate(const inputs *in, bv_buf *b)
{
	bv_str s = in->v.v[below(in->v.n)];
	bv__buf_truncate(b, 0);
	bv__buf_add(b, s.p, s.n);
	for (uint32_t k = below(4) + 1; k > 0 && b->n > 1 && b->n < 8192; k--) {
		uint32_t at = 1 + below((uint32_t)b->n - 1), left = (uint32_t)b->n - at, len = 1 + below(left < 24 ? left : 24);
		if (len > left)
			len = left;
		bv_str other = in->v.v[below(in->v.n)];
		char tail[8192 + 1024];
		switch (below(4)) {
		case 0: b->p[at] = (char)below(256); break;
		case 1:
			memmove(b->p + at, b->p + at + len, left - len);
			bv__buf_truncate(b, b->n - len);
			break;
		default: {
			/* A piece of another input, or of this one. */
			uint32_t from = other.n > 1 ? 1 + below(other.n - 1) : 0, n = other.n - from < 40 ? other.n - from : 1 + below(40);
			if (left > sizeof tail)
				break;
			memcpy(tail, b->p + at, left);
			bv__buf_truncate(b, at);
			bv__buf_add(b, other.p + from, n);
			bv__buf_add(b, tail, left);
		}
		}
	}
}

int main(int argc, char **argv)
{
	inputs in = {.a = bv__arena_new()};
	signal(SIGABRT, keep);
	signal(SIGSEGV, keep);
	const char *write = NULL;
	double seconds = 0;
	int i = 1;
	for (; i + 1 < argc && argv[i][0] == '-'; i += 2) {
		if (strcmp(argv[i], "--seconds") == 0)
			seconds = strtod(argv[i + 1], NULL);
		else if (strcmp(argv[i], "--write") == 0)
			write = argv[i + 1];
	}
	for (; in.a && i < argc; i++)
		collect(&in, argv[i]);
	if (!in.v.n)
		return 1; /* an empty corpus proves nothing */
	if (write) {
		for (uint32_t k = 0; k < in.v.n; k++) {
			int err = 0;
			bv_str path = bv__arena_printf(in.a, "%s/seed%04u", write, k);
			if (!bv__os_write_file(path.p, in.v.v[k], &err))
				return 1;
		}
	} else
		for (uint32_t k = 0; k < in.v.n; k++)
			near(in.v.v[k]);
	unsigned long mutations = 0;
	bv_buf b = BV_BUF_INIT;
	for (double until = bv__os_monotonic() + seconds; seconds > 0 && bv__os_monotonic() < until; mutations++) {
		mutate(&in, &b);
		run(b.p, b.n);
	}
	bv__buf_free(&b);
	printf("%u inputs, %lu mutations\n", in.v.n, mutations);
	bv__arena_free(in.a);
	return 0;
}
