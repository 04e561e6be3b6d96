/* Times the lane over every .sql file of a folder, through the public API, in one thread: a compile through each stage and all stages before it, and the
 * whole way from text to fingerprint. In: FOLDER ROUNDS DIALECT SCHEMA (a JSON file, as bv_schema_from_json takes it). Out: {"files","bytes","refused",
 * "seconds":{step:[…]}}: "parse", the stages' names (each with what comes before it), "artifact" (all, with payload, fingerprint and lineage). A
 * statement that is refused is left out and counted. Files are read before the clock starts. */
#include "texts.h"

static bv_session *session;
static bv_schema *schema;

static bool compile(const bv_tree *tree, const char *stage)
{
	bv_compile_options o = BV_COMPILE_OPTIONS_INIT;
	o.dialect = dialect;
	o.schema = schema;
	o.last_stage = stage;
	bv_artifact *a = NULL;
	bool ok = bv_compile_policy(session, tree, &o, &a, NULL) == BV_OK && (stage || (bv_artifact_payload(a) && bv_artifact_fingerprint(a) && bv_artifact_lineage(a)));
	bv_artifact_free(a);
	return ok;
}

/* stage: NULL: all; the trees are parsed anew where the text is what counts. */
static double run(const char *stage)
{
	double from = now();
	for (size_t i = 0; i < ntexts; i++)
		check(compile(texts[i].trees[0], stage), "compile");
	return now() - from;
}

static double whole(void)
{
	double from = now();
	for (size_t i = 0; i < ntexts; i++) {
		bv_tree **trees;
		size_t n;
		check(bv_parse(texts[i].p, texts[i].n, dialect, NULL, &trees, &n, NULL) == BV_OK, "parse");
		check(compile(trees[0], NULL), "compile");
		bv_trees_free(trees, n);
	}
	return now() - from;
}

int main(int argc, char **argv)
{
	bv_session_options so = BV_SESSION_OPTIONS_INIT;
	so.engine = "none";
	size_t n;
	if (argc != 5 || !read_texts(argv[1])) {
		fprintf(stderr, "usage: lane FOLDER ROUNDS DIALECT SCHEMA\n");
		return 1;
	}
	dialect = argv[3];
	char *json = read_file(argv[4], &n);
	check(bv_session_open(&so, &session, NULL) == BV_OK && json && bv_schema_from_json(json, n, dialect, &schema, NULL) == BV_OK, "schema");
	size_t bytes = 0, refused = 0, kept = 0;
	for (size_t i = 0; i < ntexts; i++) {
		text t = texts[i];
		if (bv_parse(t.p, t.n, dialect, NULL, &t.trees, &t.count, NULL) != BV_OK || !compile(t.trees[0], NULL)) {
			refused++;
			continue;
		}
		bytes += t.n;
		texts[kept++] = t;
	}
	ntexts = kept;
	const char *const *stages = bv_stages();
	size_t nstages = 0;
	while (stages[nstages])
		nstages++;
	size_t rounds = strtoul(argv[2], NULL, 10), steps = nstages + 3;
	double *times = calloc(rounds * steps, sizeof *times);
	check(times != NULL, "memory");
	for (size_t r = 0; r < rounds; r++) {
		times[r] = parse();
		for (size_t s = 0; s < nstages; s++)
			times[(s + 1) * rounds + r] = run(stages[s]);
		times[(nstages + 1) * rounds + r] = run(NULL);
		times[(nstages + 2) * rounds + r] = whole();
	}
	printf("{\"files\":%zu,\"bytes\":%zu,\"refused\":%zu,\"seconds\":{", ntexts, bytes, refused);
	for (size_t s = 0; s < steps; s++) {
		print_times(s == 0 ? "parse" : s <= nstages ? stages[s - 1] : s == nstages + 1 ? "artifact" : "text to artifact", times + s * rounds, rounds, s == 0);
	}
	puts("}}");
	return 0;
}
