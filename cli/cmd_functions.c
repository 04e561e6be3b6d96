/* belvedere functions: the function snapshot, or one function with its documentation. */
#include "cli.h"

static void print_list(const json_t *functions)
{
	static const char *const heads[] = {"function", "kind", "signature"};
	grid *g = grid_new(3, heads);
	size_t i;
	const json_t *f;
	json_array_foreach(functions, i, f) {
		const char *signature = json_string_value(json_array_get(json_object_get(f, "signatures"), 0));
		grid_cell(g, jtext(f, "name"), PAINT_NONE);
		grid_cell(g, jtext(f, "kind"), PAINT_DIM);
		grid_cell(g, signature ? signature : "", PAINT_NONE);
	}
	grid_print(g, stdout);
	grid_free(g);
	printf("%zu functions\n", json_array_size(functions));
}

static void print_texts(const char *head, const json_t *list)
{
	size_t i;
	const json_t *s;
	if (json_array_size(list) == 0)
		return;
	printf("%s\n", head);
	json_array_foreach(list, i, s)
		printf("  %s\n", json_is_string(s) ? json_string_value(s) : "");
}

static void print_one(const json_t *f)
{
	const json_t *doc = json_object_get(f, "documentation"), *argument;
	size_t i;
	put_painted(stdout, PAINT_BOLD, jtext(f, "name"));
	printf("  %s, %s\n", jtext(f, "kind"), jtext(f, "volatility"));
	if (*jtext(doc, "description"))
		printf("%s\n", jtext(doc, "description"));
	print_texts("Also called:", json_object_get(f, "aliases"));
	print_texts("Signatures:", json_object_get(f, "signatures"));
	if (json_array_size(json_object_get(doc, "arguments")))
		puts("Arguments:");
	json_array_foreach(json_object_get(doc, "arguments"), i, argument)
		printf("  %s: %s\n", json_string_value(json_array_get(argument, 0)), json_string_value(json_array_get(argument, 1)));
	if (*jtext(doc, "example"))
		printf("Example:\n%s\n", jtext(doc, "example"));
}

int cmd_functions(cli *c, int argc, char **argv)
{
	texts args = {0};
	const option table[] = {OPTIONS_END};
	int rc = cli_options(c, argc, argv, table, &args, 0, 1);
	if (rc == CLI_GO_ON)
		rc = cli_open(c, CLI_PROJECT_OPTIONAL);
	if (rc != CLI_GO_ON)
		return rc;
	char *json = NULL;
	bv_status st = bv_functions(c->session, args.n ? args.v[0] : NULL, &json, c->d);
	json_t *all = jread(json);
	/* One name may stand for more than one kind of function; then there is a list of them. */
	const json_t *list = json_is_array(all) ? all : json_object_get(all, "functions");
	if (all && !c->json && args.n) {
		size_t i;
		const json_t *f;
		if (!list)
			print_one(all);
		json_array_foreach(list, i, f)
			print_one(f);
	} else if (all && !c->json) {
		print_list(list);
	}
	fflush(stdout);
	rc = cli_finish(c, st, json);
	json_decref(all);
	bv_text_free(json);
	return rc;
}
