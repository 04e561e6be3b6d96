/* belvedere init: writes a project that runs. */
#include "cli.h"

#include <unistd.h>

int cmd_init(cli *c, int argc, char **argv)
{
	texts args = {0};
	const char *name = NULL;
	const option table[] = {{"name", 0, OPTION_TEXT, &name, "NAME", "the project's name (default: the directory's)"}, OPTIONS_END};
	int rc = cli_options(c, argc, argv, table, &args, 0, 1);
	if (rc != CLI_GO_ON)
		return rc;
	const char *dir = args.n ? args.v[0] : c->project ? c->project : ".";
	bv_status st = bv_project_init(dir, name, c->d);
	text json = {0};
	text_z(&json, "{\"project\":");
	text_json_z(&json, dir);
	text_ch(&json, '}');
	if (st == BV_OK && !c->json && !c->quiet) {
		printf("A project is in %s. Next:\n", strcmp(dir, ".") == 0 ? "this folder" : dir);
		if (strcmp(dir, ".") != 0)
			printf("  cd %s\n", dir);
		printf("  belvedere run\n  belvedere graph\n");
	}
	rc = cli_finish(c, st, st == BV_OK ? json.p : NULL);
	text_free(&json);
	return rc;
}
