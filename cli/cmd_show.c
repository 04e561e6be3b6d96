/* belvedere show: one view and its parts. */
#include "cli.h"

static void print_json(const json_t *v)
{
	char *z = v ? json_dumps(v, JSON_INDENT(2) | JSON_ENCODE_ANY) : NULL;
	puts(z ? z : "null");
	free(z);
}

static void print_schema(const json_t *schema)
{
	static const char *const heads[] = {"column", "type", "null"};
	grid *g = grid_new(3, heads);
	size_t i;
	const json_t *f;
	json_array_foreach(schema, i, f) {
		grid_cell(g, jtext(f, "name"), PAINT_NONE);
		grid_cell(g, *jtext(f, "type") ? jtext(f, "type") : "unknown", PAINT_NONE);
		grid_cell(g, jtrue(f, "nullable") ? "yes" : "no", PAINT_DIM);
	}
	grid_print(g, stdout);
	grid_free(g);
}

static void print_lineage(const json_t *lineage)
{
	static const char *const heads[] = {"column", "from"};
	grid *g = grid_new(2, heads);
	const char *column;
	const json_t *sources, *s;
	json_object_foreach((json_t *)lineage, column, sources) {
		text t = {0};
		size_t i;
		json_array_foreach(sources, i, s)
			text_f(&t, "%s%s.%s", i ? ", " : "", json_string_value(json_array_get(s, 0)), json_string_value(json_array_get(s, 1)));
		grid_cell(g, column, PAINT_NONE);
		grid_cell(g, t.n ? t.p : "(no column)", t.n ? PAINT_NONE : PAINT_DIM);
		text_free(&t);
	}
	grid_print(g, stdout);
	grid_free(g);
}

static void print_certificate(const json_t *certificate)
{
	if (json_is_object(certificate))
		print_json(certificate);
	else
		puts("never built");
}

static void line(const char *key, const char *value)
{
	if (*value)
		printf("%-14s %s\n", key, value);
}

static void print_all(const json_t *v)
{
	const json_t *artifact = json_object_get(v, "artifact"), *certificate = json_object_get(v, "certificate");
	put_painted(stdout, PAINT_BOLD, jtext(v, "name"));
	puts("");
	line("file", jtext(v, "file"));
	line("kind", strcmp(jtext(v, "kind"), "source") == 0 ? "source" : jtrue(v, "materialized") ? "materialized view" : "view");
	line("format", jtext(v, "format"));
	line("location", jtext(v, "location"));
	line("fingerprint", jtext(artifact, "ast_fingerprint"));
	line("policy", jtext(artifact, "policy_hash"));
	if (json_is_object(certificate))
		printf("%-14s version %lld, %lld row%s\n", "last built", (long long)jint(certificate, "output_version", -1), (long long)jint(certificate, "rows_out", -1), CLI_S(jint(certificate, "rows_out", -1)));
	else if (jtrue(v, "materialized"))
		line("last built", "never");
	puts("");
	print_schema(json_object_get(v, "schema"));
	if (*jtext(v, "sql"))
		printf("\n%s\n", jtext(v, "sql"));
}

int cmd_show(cli *c, int argc, char **argv)
{
	texts args = {0};
	bool artifact = false, payload = false, tree = false, sql = false, schema = false, lineage = false, certificate = false, contract = false;
	const option table[] = {
		{"artifact", 0, OPTION_FLAG, &artifact, NULL, "everything that is recorded of it, as JSON"},
		{"payload", 0, OPTION_FLAG, &payload, NULL, "the governed tree's canonical JSON"},
		{"tree", 0, OPTION_FLAG, &tree, NULL, "the governed tree, indented"},
		{"sql", 0, OPTION_FLAG, &sql, NULL, "the governed tree as SQL"},
		{"schema", 0, OPTION_FLAG, &schema, NULL, "columns, types, nullability"},
		{"lineage", 0, OPTION_FLAG, &lineage, NULL, "which columns each column is made of"},
		{"contract", 0, OPTION_FLAG, &contract, NULL, "query schema and stored schema"},
		{"certificate", 0, OPTION_FLAG, &certificate, NULL, "what the last refresh read and wrote"},
		OPTIONS_END,
	};
	int rc = cli_options(c, argc, argv, table, &args, 1, 1);
	if (rc == CLI_GO_ON && artifact + payload + tree + sql + schema + lineage + certificate + contract > 1)
		rc = cli_fail(c, EXIT_USAGE, "one part at a time");
	if (rc == CLI_GO_ON)
		rc = cli_open(c, CLI_PROJECT_NEEDED);
	if (rc != CLI_GO_ON)
		return rc;
	char *json = NULL;
	bv_status st = bv_project_show(c->session, args.v[0], &json, c->d);
	json_t *v = jread(json);
	bool wants_view = artifact || payload || tree || sql || lineage || certificate || contract;
	if (v && wants_view && strcmp(jtext(v, "kind"), "source") == 0) {
		rc = cli_fail(c, EXIT_FAILED, "%s is a source: it has a schema and nothing else", jtext(v, "name"));
		json_decref(v);
		bv_text_free(json);
		return rc;
	}
	if (v && !c->json) {
		const json_t *a = json_object_get(v, "artifact");
		if (artifact)
			print_json(a);
		else if (payload) {
			char *z = json_dumps(json_object_get(a, "payload"), JSON_COMPACT);
			puts(z ? z : "null");
			free(z);
		} else if (tree)
			puts(jtext(v, "tree"));
		else if (sql)
			puts(jtext(v, "sql"));
		else if (schema)
			print_schema(json_object_get(v, "schema"));
		else if (lineage)
			print_lineage(json_object_get(v, "lineage"));
		else if (contract)
			print_json(json_object_get(v, "contract"));
		else if (certificate)
			print_certificate(json_object_get(v, "certificate"));
		else
			print_all(v);
	}
	fflush(stdout);
	rc = cli_finish(c, st, json);
	json_decref(v);
	bv_text_free(json);
	return rc;
}
