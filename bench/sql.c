/* Times each step from text to fingerprint over every .sql file of a folder, through the public API, in one thread: parse, payload write, payload
 * read, fingerprint of a tree whose payload is known, text, pretty text; and OpenSSL's SHA-256 over the same payloads, as the measure of the fingerprint.
 * In: FOLDER ROUNDS DIALECT. Out: {"files","bytes","payload_bytes","tree_bytes","seconds":{step:[…]}}. Files are read before the clock starts. */
#include "texts.h"

#include <malloc.h>
#include <openssl/sha.h>

/* ---- steps: once over all texts; the seconds that count ---- */

/* Of fresh trees: a tree keeps its payload. */
static double payload(void)
{
	double seconds = 0;
	for (size_t i = 0; i < ntexts; i++) {
		bv_tree **trees;
		size_t n;
		check(bv_parse(texts[i].p, texts[i].n, dialect, NULL, &trees, &n, NULL) == BV_OK, "parse");
		double from = now();
		for (size_t k = 0; k < n; k++)
			bv_text_free(bv_tree_payload(trees[k]));
		seconds += now() - from;
		bv_trees_free(trees, n);
	}
	return seconds;
}

static double read_payload(void)
{
	double from = now();
	for (size_t i = 0; i < ntexts; i++) {
		bv_tree *tree;
		check(bv_tree_from_payload(texts[i].payload, texts[i].payload_n, &tree, NULL) == BV_OK, "reading a payload");
		bv_tree_free(tree);
	}
	return now() - from;
}

static double fingerprint(void)
{
	double from = now();
	char hex[65];
	for (size_t i = 0; i < ntexts; i++)
		bv_tree_fingerprint(texts[i].trees[0], hex);
	return now() - from;
}

static double sha256(void)
{
	double from = now();
	unsigned char hash[SHA256_DIGEST_LENGTH];
	for (size_t i = 0; i < ntexts; i++)
		SHA256((const unsigned char *)texts[i].payload, texts[i].payload_n, hash);
	return now() - from;
}

static double compact(void)
{
	double from = now();
	for (size_t i = 0; i < ntexts; i++)
		bv_text_free(bv_tree_sql(texts[i].trees[0], dialect, false, NULL));
	return now() - from;
}

static double pretty(void)
{
	double from = now();
	for (size_t i = 0; i < ntexts; i++)
		bv_text_free(bv_tree_sql(texts[i].trees[0], dialect, true, NULL));
	return now() - from;
}

static const struct {
	const char *name;
	double (*run)(void);
} steps[] = {{"parse", parse}, {"payload", payload}, {"read", read_payload}, {"fingerprint", fingerprint}, {"sha256", sha256}, {"text", compact}, {"pretty", pretty}};

int main(int argc, char **argv)
{
	if (argc != 4 || !read_texts(argv[1])) {
		fprintf(stderr, "usage: sql FOLDER ROUNDS DIALECT\n");
		return 1;
	}
	dialect = argv[3];
	size_t bytes = 0, payload_bytes = 0, before = mallinfo2().uordblks;
	for (size_t i = 0; i < ntexts; i++) {
		bytes += texts[i].n;
		check(bv_parse(texts[i].p, texts[i].n, dialect, NULL, &texts[i].trees, &texts[i].count, NULL) == BV_OK && texts[i].count > 0, "parse");
	}
	size_t tree_bytes = mallinfo2().uordblks - before;
	for (size_t i = 0; i < ntexts; i++) {
		texts[i].payload = bv_tree_payload(texts[i].trees[0]);
		check(texts[i].payload != NULL, "payload");
		texts[i].payload_n = strlen(texts[i].payload);
		payload_bytes += texts[i].payload_n;
	}
	printf("{\"files\":%zu,\"bytes\":%zu,\"payload_bytes\":%zu,\"tree_bytes\":%zu,\"seconds\":{", ntexts, bytes, payload_bytes, tree_bytes);
	int rounds = (int)strtol(argv[2], NULL, 10);
	double *times = calloc((size_t)rounds * (sizeof steps / sizeof *steps), sizeof *times);
	check(times != NULL, "memory");
	/* Every step in each round, so that a change of the machine's pace meets all of them. */
	for (int r = 0; r < rounds; r++)
		for (size_t s = 0; s < sizeof steps / sizeof *steps; s++)
			times[s * (size_t)rounds + (size_t)r] = steps[s].run();
	for (size_t s = 0; s < sizeof steps / sizeof *steps; s++)
		print_times(steps[s].name, times + s * (size_t)rounds, (size_t)rounds, s == 0);
	puts("}}");
	return 0;
}
