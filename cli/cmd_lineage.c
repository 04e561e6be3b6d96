/* belvedere lineage: where columns come from, or what comes from them, as trees through the graph of views. */
#include "cli.h"

typedef struct lineage {
	const json_t *nodes, *edges;
	bool up;
	bool *shown;   /* nodes whose own tree has been printed */
	size_t *first; /* of each node, and one more: its part of `way`, the edges that lead on from it */
	size_t *way, *to; /* edge, and where it leads */
} lineage;

static bool is_rows(const json_t *node) { return json_is_null(json_object_get(node, "column")); }

/* A name that `lineage` reads again: in quotes where it has a dot or a quote. */
static void put_name(text *t, const char *name)
{
	if (!strpbrk(name, ".\"")) {
		text_z(t, name);
		return;
	}
	text_ch(t, '"');
	for (; *name; name++) {
		if (*name == '"')
			text_ch(t, '"');
		text_ch(t, *name);
	}
	text_ch(t, '"');
}

static void put_node(text *t, const json_t *node, const char *path)
{
	if (is_rows(node)) {
		text_f(t, "rows of %s", jtext(node, "table"));
		return;
	}
	text_f(t, "%s.", jtext(node, "table"));
	put_name(t, jtext(node, "column"));
	if (*path && *path != '[')
		text_ch(t, '.');
	text_z(t, path);
}

static size_t node_index(const json_t *index, const json_t *pair)
{
	char *key = json_dumps(pair, JSON_COMPACT);
	const json_t *at = key ? json_object_get(index, key) : NULL;
	free(key);
	return (size_t)json_integer_value(at);
}

static void print_roles(const json_t *roles)
{
	text t = {0};
	size_t i;
	const json_t *r;
	json_array_foreach(roles, i, r)
		text_f(&t, "%s%s", i ? ", " : "", json_string_value(r));
	if (t.n && strcmp(t.p, "rows") != 0) {
		fputs("  ", stdout);
		put_painted(stdout, PAINT_BLUE, t.p);
	}
	text_free(&t);
}

static void print_below(lineage *l, size_t node, text *indent)
{
	bool before = l->shown[node];
	const json_t *at = json_array_get(l->nodes, node);
	if (before && l->first[node] < l->first[node + 1])
		put_painted(stdout, PAINT_DIM, "  (above)");
	else if (jtrue(at, "more"))
		put_painted(stdout, PAINT_DIM, "  …");
	puts("");
	if (before)
		return;
	l->shown[node] = true;
	for (size_t i = l->first[node]; i < l->first[node + 1]; i++) {
		const json_t *edge = json_array_get(l->edges, l->way[i]), *other = json_array_get(l->nodes, l->to[i]);
		bool last = i + 1 == l->first[node + 1];
		text line = {0};
		put_node(&line, other, l->up ? jtext(edge, "path") : "");
		printf("%s%s%s", text_get(indent), last ? "└─ " : "├─ ", line.p);
		print_roles(json_object_get(edge, "roles"));
		if (strcmp(jtext(other, "kind"), "source") == 0)
			put_painted(stdout, PAINT_DIM, "  source");
		size_t kept = indent->n;
		text_z(indent, last ? "   " : "│  ");
		print_below(l, l->to[i], indent);
		indent->n = kept;
		indent->p[kept] = 0;
		text_free(&line);
	}
}

/* Edges by the node that they lead on from. The rows of the view that was asked for stand below its columns, once, so not below each. */
static void link_nodes(lineage *l)
{
	size_t n = json_array_size(l->nodes), m = json_array_size(l->edges), i;
	const json_t *node, *edge;
	json_t *index = json_object();
	json_array_foreach(l->nodes, i, node) {
		json_t *pair = json_pack("[sO]", jtext(node, "table"), json_object_get(node, "column"));
		char *key = pair ? json_dumps(pair, JSON_COMPACT) : NULL;
		if (key)
			json_object_set_new(index, key, json_integer((json_int_t)i));
		free(key);
		json_decref(pair);
	}
	size_t *here = cli_alloc(NULL, (m + 1) * sizeof *here), *there = cli_alloc(NULL, (m + 1) * sizeof *there);
	l->first = cli_alloc(NULL, (n + 2) * sizeof *l->first);
	l->way = cli_alloc(NULL, (m + 1) * sizeof *l->way);
	l->to = cli_alloc(NULL, (m + 1) * sizeof *l->to);
	memset(l->first, 0, (n + 2) * sizeof *l->first);
	json_array_foreach(l->edges, i, edge) {
		size_t from = node_index(index, json_object_get(edge, "from")), to = node_index(index, json_object_get(edge, "to"));
		here[i] = l->up ? to : from;
		there[i] = l->up ? from : to;
		const json_t *a = json_array_get(l->nodes, here[i]), *b = json_array_get(l->nodes, there[i]);
		if (is_rows(b) && strcmp(jtext(a, "table"), jtext(b, "table")) == 0)
			here[i] = n; /* nobody's */
		l->first[here[i] + 1]++;
	}
	for (i = 0; i <= n; i++)
		l->first[i + 1] += l->first[i];
	size_t *at = cli_alloc(NULL, (n + 1) * sizeof *at);
	memcpy(at, l->first, (n + 1) * sizeof *at);
	for (i = 0; i < m; i++) {
		l->way[at[here[i]]] = i;
		l->to[at[here[i]]++] = there[i];
	}
	json_decref(index);
	free(here);
	free(there);
	free(at);
}

static void print_trees(const json_t *answer)
{
	lineage l = {.nodes = json_object_get(answer, "nodes"), .edges = json_object_get(answer, "edges"), .up = strcmp(jtext(answer, "direction"), "upstream") == 0};
	size_t n = json_array_size(l.nodes), i;
	const json_t *node;
	l.shown = cli_alloc(NULL, n + 1);
	memset(l.shown, 0, n + 1);
	link_nodes(&l);
	json_array_foreach(l.nodes, i, node) {
		text line = {0}, indent = {0};
		bool leaf = l.first[i] == l.first[i + 1] && !jtrue(node, "more");
		if (jint(node, "steps", 0) != 0 || (is_rows(node) && leaf))
			continue;
		text_add(&indent, "", 0);
		put_node(&line, node, "");
		put_painted(stdout, PAINT_BOLD, line.p);
		if (leaf)
			put_painted(stdout, PAINT_DIM, !l.up ? "  (nothing reads it)" : strcmp(jtext(node, "kind"), "source") == 0 ? "  source" : "  (no column)");
		print_below(&l, i, &indent);
		text_free(&line);
		text_free(&indent);
	}
	free(l.shown);
	free(l.first);
	free(l.way);
	free(l.to);
}

int cmd_lineage(cli *c, int argc, char **argv)
{
	texts args = {0};
	bv_lineage_options o = BV_LINEAGE_OPTIONS_INIT;
	const option table[] = {
		{"downstream", 0, OPTION_FLAG, &o.downstream, NULL, "what comes from it, instead of what it comes from"},
		{"depth", 0, OPTION_INT, &o.depth, "N", "so many steps from view to view (default: all)"},
		OPTIONS_END,
	};
	int rc = cli_options(c, argc, argv, table, &args, 1, 1);
	if (rc == CLI_GO_ON)
		rc = cli_open(c, CLI_PROJECT_NEEDED);
	if (rc != CLI_GO_ON)
		return rc;
	char *json = NULL;
	bv_status st = bv_project_lineage(c->session, args.v[0], &o, &json, c->d);
	json_t *answer = jread(json);
	if (answer && !c->json)
		print_trees(answer);
	fflush(stdout);
	rc = cli_finish(c, st, json);
	json_decref(answer);
	bv_text_free(json);
	return rc;
}
