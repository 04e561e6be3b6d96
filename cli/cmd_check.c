/* belvedere check: is the project valid, does the engine load, do functions and schemas agree? */
#include "cli.h"

int cmd_check(cli *c, int argc, char **argv)
{
	texts args = {0};
	const option table[] = {OPTIONS_END};
	int rc = cli_options(c, argc, argv, table, &args, 0, 0);
	if (rc == CLI_GO_ON)
		rc = cli_open(c, CLI_PROJECT_NEEDED);
	if (rc != CLI_GO_ON)
		return rc;
	char *json = NULL;
	bv_status st = bv_project_check(c->session, &json, c->d);
	json_t *result = jread(json);
	const json_t *check;
	size_t i;
	bool good = true;
	grid *g = grid_new(3, NULL);
	json_array_foreach(json_object_get(result, "checks"), i, check) {
		bool ok = jtrue(check, "ok");
		good &= ok;
		grid_cell(g, ok ? "ok" : "no", ok ? PAINT_GREEN : PAINT_RED);
		grid_cell(g, jtext(check, "name"), PAINT_NONE);
		grid_cell(g, jtext(check, "detail"), PAINT_DIM);
	}
	if (!c->json && (!c->quiet || !good))
		grid_print(g, stdout);
	fflush(stdout);
	grid_free(g);
	rc = cli_finish(c, st, json);
	json_decref(result);
	bv_text_free(json);
	return rc == EXIT_FINE && !good ? EXIT_FAILED : rc;
}
