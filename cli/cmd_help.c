/* belvedere help, belvedere version. */
#include "cli.h"

int cmd_help(cli *c, int argc, char **argv)
{
	if (argc > 1 && argv[1][0] != '-') {
		char *page[] = {argv[1], "--help"};
		const command *k = cli_command(argv[1]);
		c->command = NULL;
		if (!k)
			return cli_fail(c, EXIT_USAGE, "unknown command '%s'", argv[1]);
		c->command = k;
		return k->run(c, 2, page);
	}
	printf("belvedere %s compiles and runs view pipelines over Delta Lake.\n\nbelvedere [options] COMMAND [arguments]\n\nCommands:\n", bv_version());
	for (const command *k = cli_commands; k->name; k++)
		printf("  %-10s %s\n", k->name, k->doc);
	printf("\nOptions:\n");
	cli_common_help(stdout);
	printf("  --version           print the version\n\n`belvedere help COMMAND` says more about each.\n");
	return EXIT_FINE;
}

int cmd_version(cli *c, int argc, char **argv)
{
	texts args = {0};
	const option table[] = {OPTIONS_END};
	int rc = cli_options(c, argc, argv, table, &args, 0, 0);
	if (rc != CLI_GO_ON)
		return rc;
	if (!c->json && !c->verbose) {
		printf("belvedere %s\n", bv_version());
		return EXIT_FINE;
	}
	rc = cli_open(c, CLI_PROJECT_OPTIONAL);
	if (rc != CLI_GO_ON)
		return rc;
	char *info = bv_session_info(c->session);
	if (!c->json)
		printf("belvedere %s\n%s\n", bv_version(), info ? info : "");
	rc = cli_finish(c, info ? BV_OK : BV_NOMEM, info);
	bv_text_free(info);
	return rc;
}
