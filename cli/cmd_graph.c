/* belvedere graph: the derived graph as text, dot, mermaid or JSON. */
#include "cli.h"

static const char *shape(const json_t *node)
{
	const char *kind = jtext(node, "kind");
	if (strcmp(kind, "view") == 0 && jtrue(node, "materialized"))
		return "materialized";
	return kind;
}

static const json_t *node_named(const json_t *nodes, const char *name)
{
	size_t i;
	const json_t *n;
	json_array_foreach(nodes, i, n)
		if (strcmp(jtext(n, "name"), name) == 0)
			return n;
	return NULL;
}

/* One line a node in topological order: what it is and what it reads. */
static void print_text(const json_t *graph)
{
	static const char *const heads[] = {"node", "kind", "reads"};
	const json_t *nodes = json_object_get(graph, "nodes"), *name, *e;
	grid *g = grid_new(3, heads);
	size_t i, k;
	json_array_foreach(json_object_get(graph, "order"), i, name) {
		const char *z = json_string_value(name);
		const json_t *node = z ? node_named(nodes, z) : NULL;
		text reads = {0};
		if (!node)
			continue;
		json_array_foreach(json_object_get(graph, "edges"), k, e) {
			const char *from = json_string_value(json_array_get(e, 0)), *to = json_string_value(json_array_get(e, 1));
			if (from && to && strcmp(to, z) == 0)
				text_f(&reads, "%s%s", reads.n ? ", " : "", from);
		}
		grid_cell(g, z, PAINT_NONE);
		grid_cell(g, shape(node), strcmp(shape(node), "materialized") == 0 ? PAINT_GREEN : strcmp(shape(node), "view") == 0 ? PAINT_NONE : PAINT_DIM);
		grid_cell(g, text_get(&reads), PAINT_NONE);
		text_free(&reads);
	}
	grid_print(g, stdout);
	grid_free(g);
}

static void print_dot(const json_t *graph)
{
	const json_t *n, *e;
	size_t i;
	text t = {0};
	text_z(&t, "digraph belvedere {\n\trankdir=LR;\n\tnode [fontname=\"sans-serif\"];\n");
	json_array_foreach(json_object_get(graph, "nodes"), i, n) {
		const char *kind = shape(n);
		text_ch(&t, '\t');
		text_json_z(&t, jtext(n, "name"));
		text_f(&t, " [shape=%s];\n", strcmp(kind, "source") == 0 ? "cylinder" : strcmp(kind, "materialized") == 0 ? "box" : strcmp(kind, "view") == 0 ? "ellipse" : "plain");
	}
	json_array_foreach(json_object_get(graph, "edges"), i, e) {
		text_ch(&t, '\t');
		text_json_z(&t, json_string_value(json_array_get(e, 0)));
		text_z(&t, " -> ");
		text_json_z(&t, json_string_value(json_array_get(e, 1)));
		text_z(&t, ";\n");
	}
	printf("%s}\n", t.p);
	text_free(&t);
}

static void print_mermaid(const json_t *graph)
{
	const json_t *nodes = json_object_get(graph, "nodes"), *n, *e;
	size_t i, k;
	puts("flowchart LR");
	json_array_foreach(nodes, i, n) {
		const char *kind = shape(n);
		bool source = strcmp(kind, "source") == 0, built = strcmp(kind, "materialized") == 0;
		printf("\tn%zu%s\"", i, source ? "[(" : built ? "[" : "([");
		for (const char *p = jtext(n, "name"); *p; p++) {
			if (*p == '"')
				fputs("#quot;", stdout);
			else
				putchar(*p);
		}
		printf("\"%s\n", source ? ")]" : built ? "]" : "])");
	}
	json_array_foreach(json_object_get(graph, "edges"), i, e) {
		size_t from = 0, to = 0;
		json_array_foreach(nodes, k, n) {
			from = strcmp(jtext(n, "name"), json_string_value(json_array_get(e, 0))) == 0 ? k : from;
			to = strcmp(jtext(n, "name"), json_string_value(json_array_get(e, 1))) == 0 ? k : to;
		}
		printf("\tn%zu --> n%zu\n", from, to);
	}
}

int cmd_graph(cli *c, int argc, char **argv)
{
	texts args = {0}, select = {0}, exclude = {0};
	const char *format = "text";
	const option table[] = {
		{"select", 's', OPTION_MANY, &select, "SELECTOR", "only these nodes"},
		{"exclude", 'x', OPTION_MANY, &exclude, "SELECTOR", "not these nodes"},
		{"format", 0, OPTION_TEXT, &format, "FORMAT", "text, dot, mermaid or json"},
		OPTIONS_END,
	};
	static const struct {
		const char *name;
		void (*print)(const json_t *);
	} formats[] = {{"text", print_text}, {"dot", print_dot}, {"mermaid", print_mermaid}, {"json", NULL}};
	int rc = cli_options(c, argc, argv, table, &args, 0, 0);
	if (rc != CLI_GO_ON)
		return rc;
	size_t k = 0;
	while (k < CLI_COUNT(formats) && strcmp(formats[k].name, format) != 0)
		k++;
	if (k == CLI_COUNT(formats))
		return cli_fail(c, EXIT_USAGE, "unknown format '%s'; there are text, dot, mermaid and json", format);
	rc = cli_open(c, CLI_PROJECT_NEEDED);
	if (rc != CLI_GO_ON)
		return rc;
	bv_selection selection = {0};
	selection_of(&select, &exclude, &selection);
	char *json = NULL;
	bv_status st = bv_project_graph(c->session, &selection, &json, c->d);
	json_t *graph = jread(json);
	c->json |= !formats[k].print;
	if (graph && !c->json)
		formats[k].print(graph);
	fflush(stdout);
	rc = cli_finish(c, st, json);
	json_decref(graph);
	bv_text_free(json);
	return rc;
}
