/* Times lineage of governed trees over every .sql file of a folder, in one thread: value lineage of all columns (`lineage`), and uses with paths, roles and what
 * decides the rows (`uses`). In: FOLDER ROUNDS DIALECT SCHEMA. Out: {"files","bytes","columns","seconds":{step:[…]}}. A statement that does not compile is left out.
 * It is linked with the static library: the public calls make lineage together with the rest of an artifact. */
#include "texts.h"

#include "project/project.h"

static double lineage(const bv_node *const *trees)
{
	double from = now();
	for (size_t i = 0; i < ntexts; i++) {
		bv_arena *a = bv__arena_new();
		bv_lineage l = {0};
		check(a && bv__lineage(a, trees[i], NULL, NULL, &l), "lineage");
		bv__arena_free(a);
	}
	return now() - from;
}

static double uses(const bv_node *const *trees)
{
	double from = now();
	for (size_t i = 0; i < ntexts; i++) {
		bv_arena *a = bv__arena_new();
		bv_uses u = {0};
		check(a && bv__uses(a, trees[i], NULL, NULL, &u), "uses");
		bv__arena_free(a);
	}
	return now() - from;
}

int main(int argc, char **argv)
{
	bv_session_options so = BV_SESSION_OPTIONS_INIT;
	bv_compile_options o = BV_COMPILE_OPTIONS_INIT;
	bv_session *session;
	bv_schema *schema;
	so.engine = "none";
	size_t n, bytes = 0, kept = 0, columns = 0;
	if (argc != 5 || !read_texts(argv[1])) {
		fprintf(stderr, "usage: lineage FOLDER ROUNDS DIALECT SCHEMA\n");
		return 1;
	}
	o.dialect = dialect = argv[3];
	char *json = read_file(argv[4], &n);
	check(bv_session_open(&so, &session, NULL) == BV_OK && json && bv_schema_from_json(json, n, dialect, &schema, NULL) == BV_OK, "schema");
	o.schema = schema;
	const bv_node **trees = calloc(ntexts + 1, sizeof *trees);
	check(trees != NULL, "memory");
	for (size_t i = 0; i < ntexts; i++) {
		text t = texts[i];
		bv_artifact *a = NULL;
		if (bv_parse(t.p, t.n, dialect, NULL, &t.trees, &t.count, NULL) != BV_OK || bv_compile_policy(session, t.trees[0], &o, &a, NULL) != BV_OK)
			continue;
		trees[kept] = bv_artifact_tree(a)->root; /* lives as long as this program */
		texts[kept++] = t;
		bytes += t.n;
		bv_arena *arena = bv__arena_new();
		bv_uses u = {0};
		check(arena && bv__uses(arena, trees[kept - 1], NULL, NULL, &u), "uses");
		columns += u.n;
		bv__arena_free(arena);
	}
	ntexts = kept;
	size_t rounds = strtoul(argv[2], NULL, 10);
	double *times = calloc(2 * rounds + 1, sizeof *times);
	check(times != NULL, "memory");
	for (size_t r = 0; r < rounds; r++) {
		times[r] = lineage(trees);
		times[rounds + r] = uses(trees);
	}
	printf("{\"files\":%zu,\"bytes\":%zu,\"columns\":%zu,\"seconds\":{", ntexts, bytes, columns);
	print_times("lineage", times, rounds, true);
	print_times("uses", times + rounds, rounds, false);
	puts("}}");
	return 0;
}
