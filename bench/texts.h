/* What the programs here share: the .sql files of a folder, the clock, a check, and the parse of all texts. */
#ifndef BENCH_TEXTS_H
#define BENCH_TEXTS_H

#include <belvedere/belvedere.h>

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

typedef struct text {
	char *p, *payload;
	size_t n, payload_n, count;
	bv_tree **trees;
} text;

static text *texts;
static size_t ntexts;
static const char *dialect;

static inline char *read_file(const char *path, size_t *n)
{
	FILE *f = fopen(path, "rb");
	char *p = NULL;
	if (f && fseek(f, 0, SEEK_END) == 0) {
		*n = (size_t)ftell(f);
		rewind(f);
		p = malloc(*n + 1);
		if (p && fread(p, 1, *n, f) != *n) {
			free(p);
			p = NULL;
		}
	}
	if (f)
		fclose(f);
	return p;
}

static inline int visit(const char *path, const struct stat *st, int type, struct FTW *at)
{
	(void)at;
	(void)st;
	size_t k = strlen(path);
	if (type != FTW_F || k < 4 || strcmp(path + k - 4, ".sql") != 0)
		return 0;
	text t = {0};
	text *more = realloc(texts, (ntexts + 1) * sizeof *texts);
	t.p = read_file(path, &t.n);
	if (!more || !t.p)
		return 1;
	texts = more;
	texts[ntexts++] = t;
	return 0;
}

static inline bool read_texts(const char *folder) { return nftw(folder, visit, 16, FTW_PHYS) == 0; }

static inline double now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static inline void check(bool ok, const char *what)
{
	if (ok)
		return;
	fprintf(stderr, "bench: %s failed\n", what);
	exit(1);
}

/* Once over all texts; the seconds. */
static inline double parse(void)
{
	double from = now();
	for (size_t i = 0; i < ntexts; i++) {
		bv_tree **trees;
		size_t n;
		check(bv_parse(texts[i].p, texts[i].n, dialect, NULL, &trees, &n, NULL) == BV_OK, "parse");
		bv_trees_free(trees, n);
	}
	return now() - from;
}

static inline void print_times(const char *step, const double *times, size_t n, bool first)
{
	printf("%s\"%s\":[", first ? "" : ",", step);
	for (size_t i = 0; i < n; i++)
		printf("%s%.7f", i ? "," : "", times[i]);
	putchar(']');
}

#endif
