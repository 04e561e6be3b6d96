/* compile --explain-fingerprint: why two queries do or do not share a fingerprint. In: two names of views or files; out: what the library says of them, for
 * people: the rewrites that made two texts one tree, or where the trees part, in both texts. */
#include "cli.h"

/* One rewrite: its place, its name and reason, and what became of what. */
void cli_print_rule(const json_t *r, const char *stage)
{
	text place = {0};
	if (jint(r, "line", 0))
		text_f(&place, "%lld:%lld", (long long)jint(r, "line", 0), (long long)jint(r, "column", 0));
	printf("  %-7s ", text_get(&place));
	put_painted(stdout, PAINT_BOLD, jtext(r, "rule"));
	if (stage)
		printf(" (%s)", stage);
	printf(": %s\n", jtext(r, "why"));
	static const char *const keys[] = {"before", "after"};
	for (int k = 0; k < 2; k++) {
		const char *z = json_string_value(json_object_get(r, keys[k]));
		text line = {0};
		for (; z && *z; z++) { /* on one line */
			bool blank = *z == ' ' || *z == '\t' || *z == '\n' || *z == '\r';
			if (!blank || (line.n && line.p[line.n - 1] != ' '))
				text_ch(&line, blank ? ' ' : *z);
		}
		if (z)
			printf("          %c %s\n", k ? '+' : '-', text_get(&line));
		text_free(&line);
	}
	text_free(&place);
}

static void print_fragment(const json_t *n, const char *name)
{
	if (!json_is_object(n)) {
		printf("  %s: nothing there\n", name);
		return;
	}
	const char *line = jtext(n, "source_line");
	size_t column = (size_t)jint(n, "column", 1), width = 1;
	printf("  %s: %s\n", name, *jtext(n, "sql") ? jtext(n, "sql") : jtext(n, "kind"));
	if (!jint(n, "line", 0))
		return;
	printf("   --> %s:%lld:%zu\n    | ", *jtext(n, "file") ? jtext(n, "file") : "-", (long long)jint(n, "line", 0), column);
	size_t at = 0, start = strlen(line);
	for (const char *p = line; *p; p++) { /* tabs as one blank, so that the mark stands below */
		at += ((unsigned char)*p & 0xc0) != 0x80;
		if (at == column && ((unsigned char)*p & 0xc0) != 0x80)
			start = (size_t)(p - line);
		putchar(*p == '\t' ? ' ' : *p);
	}
	size_t before = text_width(line, start), rest = text_width(line + start, strlen(line + start));
	if (jint(n, "end_line", 0) == jint(n, "line", 0) && (size_t)jint(n, "end_column", 0) > column)
		width = (size_t)jint(n, "end_column", 0) - column;
	else if (rest)
		width = rest; /* it goes on */
	printf("\n    | %*s", (int)before, "");
	for (size_t i = 0; i < width; i++)
		putchar('^');
	puts("");
}

static void print_explanation(const json_t *v)
{
	const json_t *a = json_object_get(v, "a"), *b = json_object_get(v, "b"), *r;
	const json_t *sides[2] = {a, b};
	bool equal = jtrue(v, "equal"), provisional = jtrue(v, "provisional"), policy = strcmp(jtext(a, "policy_hash"), jtext(b, "policy_hash")) != 0;
	size_t i;
	put_painted(stdout, equal ? PAINT_GREEN : PAINT_YELLOW, equal ? "equal" : "different");
	printf(": %s and %s %s%s\n", jtext(a, "name"), jtext(b, "name"), !equal ? "do not share a fingerprint" : provisional ? "have one tree" : "share a fingerprint", equal && policy ? ", under two policies" : "");
	for (i = 0; i < 2; i++)
		printf("  %c: %s, fingerprint %.12s, policy %.12s\n", "ab"[i], jtext(sides[i], "name"), *jtext(sides[i], "ast_fingerprint") ? jtext(sides[i], "ast_fingerprint") : "unknown",
			jtext(sides[i], "policy_hash"));
	if (provisional)
		puts("A type is unknown without the engine: there is no fingerprint yet.");
	json_array_foreach(json_object_get(v, "policy"), i, r) {
		char *x = json_dumps(json_object_get(r, "a"), JSON_ENCODE_ANY), *y = json_dumps(json_object_get(r, "b"), JSON_ENCODE_ANY);
		printf("The policies differ: %s is %s in a and %s in b.\n", jtext(r, "option"), x ? x : "", y ? y : "");
		free(x);
		free(y);
	}
	if (equal && strcmp(jtext(v, "equal_after"), "read") == 0)
		puts("\nThey are equal as read: layout, comments and case of keywords are no part of a tree.");
	else if (equal)
		printf("\nThey are equal after the stage %s, by these rewrites:\n", jtext(v, "equal_after"));
	const char *last = "";
	json_array_foreach(json_object_get(v, "rules"), i, r) {
		const json_t *s = strcmp(jtext(r, "side"), "a") == 0 ? a : b;
		if (strcmp(last, jtext(r, "side")) != 0)
			printf("%s: %s\n", jtext(r, "side"), *jtext(s, "file") ? jtext(s, "file") : jtext(s, "name"));
		last = jtext(r, "side");
		cli_print_rule(r, jtext(r, "stage"));
	}
	json_array_foreach(json_object_get(v, "differences"), i, r) {
		printf("\n%s%s%s\n", jtext(r, "path"), *jtext(r, "note") ? ": " : "", jtext(r, "note"));
		print_fragment(json_object_get(r, "a"), "a");
		print_fragment(json_object_get(r, "b"), "b");
	}
	if (jint(v, "more", 0))
		printf("\n%lld more\n", (long long)jint(v, "more", 0));
}

/* A view's name, else a file or standard input. */
static bool is_view(cli *c, const char *name)
{
	char *json = NULL;
	bv_diagnostics *quiet = bv_diagnostics_new();
	bool view = quiet && bv_project_show(c->session, name, &json, quiet) == BV_OK;
	json_t *v = jread(json);
	view = view && strcmp(jtext(v, "kind"), "view") == 0;
	json_decref(v);
	bv_text_free(json);
	bv_diagnostics_free(quiet);
	return view;
}

static int take_side(cli *c, const char *name, const char *dialect, bv_explain_side *side, bv_tree **tree)
{
	FILE *f = strcmp(name, "-") == 0 ? NULL : fopen(name, "rb");
	char byte;
	bool file = strcmp(name, "-") == 0 || (f && fread(&byte, 1, 1, f) == 1); /* a folder cannot be read */
	if (f)
		fclose(f);
	size_t k = strlen(name);
	bool path = strchr(name, '/') || (k > 4 && strcmp(name + k - 4, ".sql") == 0);
	if ((!file && !path) || is_view(c, name)) {
		side->view = name; /* what is wrong with it is told by the library */
		return CLI_GO_ON;
	}
	size_t n;
	char *sql = cli_read(c, name, &n);
	int rc = sql ? cli_parse_one(c, sql, n, dialect, name, tree) : EXIT_FAILED;
	free(sql);
	side->tree = *tree;
	return rc;
}

int cli_explain_fingerprint(cli *c, const texts *names, const texts *policy, const char *dialect)
{
	bv_explain_side sides[2] = {BV_EXPLAIN_SIDE_INIT, BV_EXPLAIN_SIDE_INIT};
	bv_tree *trees[2] = {NULL, NULL};
	int rc = CLI_GO_ON;
	for (size_t i = 0; i < 2 && rc == CLI_GO_ON; i++) {
		rc = take_side(c, names->v[i], dialect, &sides[i], &trees[i]);
		sides[i].policy = policy->n ? policy->v[i < policy->n ? i : 0] : NULL;
	}
	if (rc == CLI_GO_ON) {
		char *json = NULL;
		bv_status st = bv_explain_fingerprint(c->session, &sides[0], &sides[1], &json, c->d);
		json_t *v = jread(json);
		if (v && !c->json)
			print_explanation(v);
		fflush(stdout);
		rc = cli_finish(c, st, json);
		json_decref(v);
		bv_text_free(json);
	}
	bv_tree_free(trees[0]);
	bv_tree_free(trees[1]);
	return rc;
}
