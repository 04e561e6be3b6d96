/* belvedere compile: all views of the project through the lane; or one text, with the tree after each stage on request. */
#include "cli.h"

static void print_views(const cli *c, const json_t *result)
{
	static const char *const heads[] = {"view", "kind", "columns", "fingerprint", "file"};
	const json_t *views = json_object_get(result, "views"), *v;
	size_t i;
	grid *g = grid_new(5, heads);
	json_array_foreach(views, i, v) {
		char short_hash[13];
		snprintf(short_hash, sizeof short_hash, "%s", jtext(v, "ast_fingerprint"));
		const json_t *columns = json_object_get(v, "columns");
		text n = {0};
		text_f(&n, "%lld", json_is_array(columns) ? (long long)json_array_size(columns) : (long long)json_integer_value(columns));
		grid_cell(g, jtext(v, "name"), PAINT_NONE);
		grid_cell(g, jtrue(v, "materialized") ? "materialized" : "view", PAINT_NONE);
		grid_cell_right(g, columns && !json_is_null(columns) ? n.p : "-");
		/* A type that nobody without an engine knows: valid, but not to be recorded. */
		grid_cell(g, short_hash[0] ? short_hash : jtrue(v, "valid") ? "provisional" : "invalid", jtrue(v, "valid") ? PAINT_DIM : PAINT_RED);
		grid_cell(g, jtext(v, "file"), PAINT_NONE);
		text_free(&n);
	}
	if (!c->quiet) {
		long long good = jint(result, "compiled", 0), same = jint(result, "unchanged", 0), bad = jint(result, "invalid", 0);
		if (json_array_size(views))
			grid_print(g, stdout);
		printf("%lld of %lld views compiled", good, good + bad);
		if (same)
			printf(", %lld unchanged", same);
		putchar('\n');
	}
	grid_free(g);
}

static int compile_project(cli *c, bv_project_compile_options *o)
{
	char *json = NULL;
	/* For people: what is new. All of it with -v, or where a selection asks for it. */
	o->changes = !c->json && !c->verbose && !o->selection.nselect && !o->selection.nexclude;
	bv_status st = bv_project_compile(c->session, o, &json, c->d);
	json_t *result = jread(json);
	if (result && !c->json)
		print_views(c, result);
	fflush(stdout);
	int rc = cli_finish(c, st, json);
	json_decref(result);
	bv_text_free(json);
	return rc;
}

static void print_trace(const char *trace)
{
	json_t *stages = jread(trace);
	const json_t *s, *r;
	size_t i, k;
	json_array_foreach(stages, i, s) {
		put_painted(stdout, PAINT_BOLD, jtext(s, "stage"));
		puts(jtrue(s, "changed") ? "" : ": the tree stays as it is");
		json_array_foreach(json_object_get(s, "rules"), k, r)
			cli_print_rule(r, NULL);
		if (jtrue(s, "changed") && *jtext(s, "sql"))
			printf("\n%s\n", jtext(s, "sql"));
		/* Types are no part of the tree: annotate changes nothing else. */
		if (jtrue(s, "changed") || strcmp(jtext(s, "stage"), "annotate") == 0)
			printf("\n%s", jtext(s, "tree"));
		puts("");
	}
	json_decref(stages);
}

static char *artifact_json(const bv_artifact *a, const char *sql)
{
	text t = {0};
	const struct {
		const char *key, *value;
		bool quote;
	} parts[] = {{"sql", sql, true}, {"payload", bv_artifact_payload(a), false}, {"ast_fingerprint", bv_artifact_fingerprint(a), true},
		{"policy_hash", bv_artifact_policy_hash(a), true}, {"schema", bv_artifact_schema(a), false}, {"lineage", bv_artifact_lineage(a), false},
		{"required_udfs", bv_artifact_functions(a), false}, {"trace", bv_artifact_trace(a), false}};
	for (size_t i = 0; i < CLI_COUNT(parts); i++) {
		text_f(&t, "%s\"%s\":", i ? "," : "{", parts[i].key);
		if (parts[i].quote)
			text_json_z(&t, parts[i].value);
		else
			text_z(&t, parts[i].value ? parts[i].value : "null");
	}
	text_ch(&t, '}');
	return t.p;
}

static int compile_text(cli *c, const char *file, bv_compile_options *o, const char *write)
{
	size_t n;
	char *sql = cli_read(c, file, &n);
	bv_tree *tree = NULL;
	bv_artifact *a = NULL;
	if (!sql)
		return EXIT_FAILED;
	int rc = cli_parse_one(c, sql, n, o->dialect, file, &tree);
	if (rc == CLI_GO_ON) {
		char *out = NULL, *json = NULL;
		bv_status st = bv_compile_policy(c->session, tree, o, &a, c->d);
		if (st == BV_OK)
			st = (out = bv_tree_sql(bv_artifact_tree(a), write, true, c->d)) ? BV_OK : BV_FAILED;
		if (st == BV_OK && c->json)
			json = artifact_json(a, out);
		if (st == BV_OK && o->trace && !c->json)
			print_trace(bv_artifact_trace(a));
		else if (st == BV_OK && !c->json)
			puts(out);
		fflush(stdout);
		rc = cli_finish(c, st, json);
		free(json);
		bv_text_free(out);
	}
	bv_artifact_free(a);
	bv_tree_free(tree);
	free(sql);
	return rc;
}

int cmd_compile(cli *c, int argc, char **argv)
{
	texts args = {0}, select = {0}, exclude = {0}, policy = {0};
	bool fingerprints = false;
	const char *file = NULL, *write = "datafusion";
	bv_compile_options o = BV_COMPILE_OPTIONS_INIT;
	const option table[] = {
		{"select", 's', OPTION_MANY, &select, "SELECTOR", "only these views"},
		{"exclude", 'x', OPTION_MANY, &exclude, "SELECTOR", "not these views"},
		{"file", 'f', OPTION_TEXT, &file, "FILE", "compile this file (- is standard input) and print what the engine gets"},
		{"trace", 0, OPTION_FLAG, &o.trace, NULL, "with --file: what each stage and rule of the lane did to it, and why"},
		{"explain-fingerprint", 0, OPTION_FLAG, &fingerprints, NULL, "of A and B, views or files: why they do or do not share one"},
		{"policy", 0, OPTION_MANY, &policy, "JSON", "with --explain-fingerprint: the policy to compile under; twice: of A and of B"},
		{"dialect", 0, OPTION_TEXT, &o.dialect, "NAME", "with --file: the dialect it is written in"},
		{"write", 0, OPTION_TEXT, &write, "NAME", "with --file: the dialect to print"},
		OPTIONS_END,
	};
	int rc = cli_options(c, argc, argv, table, &args, 0, 2);
	if (rc == CLI_GO_ON && o.trace && !file)
		rc = cli_fail(c, EXIT_USAGE, "--trace needs --file");
	if (rc == CLI_GO_ON && fingerprints && (args.n != 2 || file))
		rc = cli_fail(c, EXIT_USAGE, "--explain-fingerprint takes two views or files");
	if (rc == CLI_GO_ON && !fingerprints && args.n)
		rc = cli_fail(c, EXIT_USAGE, "unexpected argument '%s'", args.v[0]);
	if (rc == CLI_GO_ON && policy.n && (!fingerprints || policy.n > 2))
		rc = cli_fail(c, EXIT_USAGE, "--policy goes with --explain-fingerprint, once or twice");
	if (rc == CLI_GO_ON && fingerprints && strcmp(args.v[0], "-") == 0 && strcmp(args.v[1], "-") == 0)
		rc = cli_fail(c, EXIT_USAGE, "standard input can be one of the two only");
	if (rc == CLI_GO_ON)
		rc = cli_open(c, file || fingerprints ? CLI_PROJECT_OPTIONAL : CLI_PROJECT_NEEDED);
	if (rc != CLI_GO_ON)
		return rc;
	if (fingerprints)
		return cli_explain_fingerprint(c, &args, &policy, o.dialect);
	if (file)
		return compile_text(c, file, &o, write);
	bv_project_compile_options po = BV_PROJECT_COMPILE_OPTIONS_INIT;
	selection_of(&select, &exclude, &po.selection);
	return compile_project(c, &po);
}
