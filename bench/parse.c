/* Parses every .sql file below a folder ROUNDS times through the public API and prints {"files","bytes","seconds":[…]}: what bench/sqlparser does
 * with sqlparser-rs. In: FOLDER ROUNDS. Files are read before the clock starts; trees are freed within it, as they are there. */
#include <belvedere/belvedere.h>

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static struct text {
	char *p;
	size_t n;
} *texts;
static size_t ntexts;

static int visit(const char *path, const struct stat *st, int type, struct FTW *at)
{
	(void)at;
	size_t k = strlen(path);
	if (type != FTW_F || k < 4 || strcmp(path + k - 4, ".sql") != 0)
		return 0;
	FILE *f = fopen(path, "rb");
	struct text t = {malloc((size_t)st->st_size + 1), (size_t)st->st_size};
	struct text *more = realloc(texts, (ntexts + 1) * sizeof *texts);
	if (!f || !t.p || !more || fread(t.p, 1, t.n, f) != t.n)
		return 1;
	fclose(f);
	texts = more;
	texts[ntexts++] = t;
	return 0;
}

static double now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

int main(int argc, char **argv)
{
	if (argc != 3 || nftw(argv[1], visit, 16, FTW_PHYS) != 0) {
		fprintf(stderr, "usage: parse FOLDER ROUNDS\n");
		return 1;
	}
	size_t bytes = 0;
	for (size_t i = 0; i < ntexts; i++)
		bytes += texts[i].n;
	printf("{\"files\":%zu,\"bytes\":%zu,\"seconds\":[", ntexts, bytes);
	for (int round = 0; round < atoi(argv[2]); round++) {
		double from = now();
		for (size_t i = 0; i < ntexts; i++) {
			bv_tree **trees;
			size_t n;
			if (bv_parse(texts[i].p, texts[i].n, "generic", NULL, &trees, &n, NULL) != BV_OK || n != 1) {
				fprintf(stderr, "parse: a file cannot be read\n");
				return 1;
			}
			bv_trees_free(trees, n);
		}
		printf("%s%.6f", round ? "," : "", now() - from);
	}
	puts("]}");
	return 0;
}
