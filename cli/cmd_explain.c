/* belvedere explain: the page of a diagnostic code. */
#include "cli.h"

int cmd_explain(cli *c, int argc, char **argv)
{
	texts args = {0};
	const option table[] = {OPTIONS_END};
	int rc = cli_options(c, argc, argv, table, &args, 1, 1);
	if (rc != CLI_GO_ON)
		return rc;
	char *page = bv_explain(args.v[0]);
	if (!page)
		return cli_fail(c, EXIT_FAILED, "there is no code '%s'; codes look like BV2001 and stand in every diagnostic", args.v[0]);
	size_t n = strlen(page);
	while (n && page[n - 1] == '\n')
		page[--n] = 0;
	if (c->json) {
		text json = {0};
		text_z(&json, "{\"code\":");
		text_json(&json, page, strcspn(page, ":"));
		text_z(&json, ",\"page\":");
		text_json_z(&json, page);
		text_ch(&json, '}');
		puts(json.p);
		text_free(&json);
	} else {
		puts(page);
	}
	bv_text_free(page);
	return EXIT_FINE;
}
