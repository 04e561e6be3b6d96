/* main: the table of commands and the common options. In: argv; out: the exit code of the command. */
#include "cli.h"

#ifdef __GLIBC__
#include <malloc.h>
#endif

const command cli_commands[] = {
	{"init", "[DIR]", "Write a project that runs", NULL, cmd_init},
	{"load", "TABLE FILE...", "Load CSV, JSON or Parquet files into a Delta table", "Files may end in .gz or .zst. All files go in with one commit; an existing table needs --append or --overwrite.", cmd_load},
	{"compile", "[A B]", "Compile all views, or one text; say why two share a fingerprint or do not", NULL, cmd_compile},
	{"plan", "", "Say what a run would do, and why", "With --check the exit code tells: 0 nothing to do, 1 errors, 2 changes, 3 a refused contract change or a deleted view that still has readers.", cmd_plan},
	{"run", "", "Refresh what is stale", "Selectors: name, +name, name+, 2+name, name+1, tag:x, path:views/x; a comma intersects.", cmd_run},
	{"query", "[SQL | -]", "Run a query, through the lane", "A materialised view is read as it was last built; a plain one is expanded.", cmd_query},
	{"show", "VIEW", "Show one view: its parts, schema, lineage, certificate", NULL, cmd_show},
	{"graph", "", "Print the derived graph", NULL, cmd_graph},
	{"lineage", "VIEW[.COLUMN]", "Trace columns through the views, down to the sources", "Roles: projection (part of the value), filter, join, group, order, window. What decides the rows of a view stands below its columns. A name with a dot stands in quotes: 'marts.sales.\"net.euro\"'.", cmd_lineage},
	{"format", "[FILE... | -]", "Lay out SQL files as the house does, comments kept", "Without files: all views of the project. A folder stands for the .sql files in it. A file that cannot be read is diagnosed and left as it is.", cmd_format},
	{"functions", "[NAME]", "List the functions that the engine can run, or one with its documentation", NULL, cmd_functions},
	{"check", "", "Is the project valid, and does the engine fit?", NULL, cmd_check},
	{"explain", "CODE", "The page of a diagnostic code, such as BV2001", NULL, cmd_explain},
	{"batch", "", "Answer requests: JSON Lines in, JSON Lines out", NULL, cmd_batch},
	{"version", "", "Print the version", NULL, cmd_version},
	{"help", "[COMMAND]", "Print this page, or that of a command", NULL, cmd_help},
	{NULL, NULL, NULL, NULL, NULL},
};

const command *cli_command(const char *name)
{
	for (const command *k = cli_commands; k->name; k++)
		if (strcmp(k->name, name) == 0)
			return k;
	return NULL;
}

static const char *command_name(const void *ctx, size_t i)
{
	(void)ctx;
	return cli_commands[i].name;
}

static int dispatch(cli *c, int argc, char **argv)
{
	int i = 1;
	for (; i < argc && argv[i][0] == '-'; i++) {
		const char *a = argv[i];
		if (strcmp(a, "--version") == 0)
			return cmd_version(c, 1, argv);
		int taken = cli_common_option(c, argc, argv, &i);
		if (taken == 2)
			return cmd_help(c, 1, argv);
		if (taken <= 0)
			return cli_fail(c, EXIT_USAGE, taken ? "%s needs a value" : "unknown option %s", a);
	}
	if (i == argc) {
		cmd_help(c, 1, argv);
		return EXIT_USAGE;
	}
	c->command = cli_command(argv[i]);
	if (!c->command) {
		const char *near = cli_nearest(argv[i], command_name, NULL);
		return near ? cli_fail(c, EXIT_USAGE, "unknown command '%s'; did you mean '%s'?", argv[i], near) : cli_fail(c, EXIT_USAGE, "unknown command '%s'", argv[i]);
	}
	return c->command->run(c, argc - i, argv + i);
}

int main(int argc, char **argv)
{
#ifdef __GLIBC__
	/* Batches are large and live shortly. Each goes back to the system when it is freed; by default they would soon lie in heaps, which keep their holes. */
	mallopt(M_MMAP_THRESHOLD, 1 << 20);
	mallopt(M_TRIM_THRESHOLD, 1 << 20);
#endif
	cli c = {.d = bv_diagnostics_new()};
	if (!c.d) {
		fputs("belvedere: out of memory\n", stderr);
		return EXIT_FAILED;
	}
	int rc = dispatch(&c, argc, argv);
	cli_close(&c);
	bv_diagnostics_free(c.d);
	if (fflush(stdout) != 0 && rc == EXIT_FINE) {
		fputs("belvedere: cannot write to standard output\n", stderr);
		rc = EXIT_FAILED;
	}
	return rc;
}
