/* belvedere load: files into a Delta table below the warehouse, with one commit. */
#include "cli.h"

int cmd_load(cli *c, int argc, char **argv)
{
	texts args = {0};
	bool append = false, overwrite = false, no_header = false;
	const char *schema = NULL, *delimiter = NULL, *null = NULL;
	const option table[] = {
		{"append", 0, OPTION_FLAG, &append, NULL, "add the rows to an existing table"},
		{"overwrite", 0, OPTION_FLAG, &overwrite, NULL, "replace the rows of an existing table"},
		{"schema", 0, OPTION_TEXT, &schema, "COLUMNS", "'a BIGINT, b VARCHAR' (default: what the files hold)"},
		{"delimiter", 0, OPTION_TEXT, &delimiter, "C", "CSV: between two values (default: a comma)"},
		{"null", 0, OPTION_TEXT, &null, "TEXT", "CSV: what stands for NULL (default: nothing)"},
		{"no-header", 0, OPTION_FLAG, &no_header, NULL, "CSV: the first line is data"},
		OPTIONS_END,
	};
	int rc = cli_options(c, argc, argv, table, &args, 2, (size_t)-1);
	if (rc != CLI_GO_ON)
		return rc;
	if (append && overwrite)
		return cli_fail(c, EXIT_USAGE, "--append and --overwrite exclude each other");
	rc = cli_open(c, CLI_PROJECT_NEEDED);
	if (rc != CLI_GO_ON)
		return rc;
	text request = {0};
	text_z(&request, "{\"table\":");
	text_json_z(&request, args.v[0]);
	for (size_t i = 1; i < args.n; i++) {
		text_z(&request, i == 1 ? ",\"files\":[" : ",");
		text_json_z(&request, args.v[i]);
	}
	text_f(&request, "],\"mode\":\"%s\",\"header\":%s", append ? "append" : overwrite ? "overwrite" : "create", no_header ? "false" : "true");
	const struct {
		const char *key, *value;
	} more[] = {{"schema", schema}, {"delimiter", delimiter}, {"null", null}};
	for (size_t i = 0; i < CLI_COUNT(more); i++) {
		if (!more[i].value)
			continue;
		text_f(&request, ",\"%s\":", more[i].key);
		text_json_z(&request, more[i].value);
	}
	text_ch(&request, '}');
	char *json = NULL;
	bv_status st = bv_load(c->session, request.p, &json, c->d);
	json_t *r = jread(json);
	if (st == BV_OK && !c->json && !c->quiet)
		printf("%s: %lld row%s, version %lld\n", jtext(r, "table"), (long long)jint(r, "rows", 0), CLI_S(jint(r, "rows", 0)), (long long)jint(r, "version", 0));
	rc = cli_finish(c, st, json);
	json_decref(r);
	bv_text_free(json);
	text_free(&request);
	return rc;
}
