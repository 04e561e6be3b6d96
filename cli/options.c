/* options: reads a command line by a small table. In: argv and the command's options; out: values in the caller's variables, or the exit
 * code of a wrong usage or of --help. `--name value`, `--name=value`, `-x value`, `--` ends the options, a lone `-` is an argument. */
#include "cli.h"

void texts_add(texts *t, const char *s)
{
	t->v = cli_alloc(t->v, (t->n + 1) * sizeof *t->v);
	t->v[t->n++] = s;
}

static void split(const texts *in, const char *const **v, size_t *n)
{
	texts out = {0};
	for (size_t i = 0; i < in->n; i++) {
		const char *p = in->v[i] + strspn(in->v[i], " \t\n");
		if (!*p) { /* of nothing everything would be taken: the library says what is missing */
			texts_add(&out, "");
			continue;
		}
		for (; *p; p += strspn(p, " \t\n")) {
			size_t k = 0;
			for (bool quoted = false; p[k] && (quoted || !strchr(" \t\n", p[k])); k++)
				quoted ^= p[k] == '"';
			char *one = cli_alloc(NULL, k + 1);
			memcpy(one, p, k);
			one[k] = 0;
			texts_add(&out, one);
			p += k;
		}
	}
	*v = out.v;
	*n = out.n;
}

void selection_of(const texts *select, const texts *exclude, bv_selection *out)
{
	split(select, &out->select, &out->nselect);
	split(exclude, &out->exclude, &out->nexclude);
}

/* Edit distance of short names, two letters that changed places counted once. */
static size_t distance(const char *a, const char *b)
{
	size_t rows[3][64], n = strlen(a), m = strlen(b);
	if (n > 60 || m > 60)
		return 99;
	for (size_t j = 0; j <= m; j++)
		rows[0][j] = j;
	for (size_t i = 1; i <= n; i++) {
		size_t *row = rows[i % 3], *before = rows[(i + 2) % 3], *earlier = rows[(i + 1) % 3];
		row[0] = i;
		for (size_t j = 1; j <= m; j++) {
			size_t best = before[j - 1] + (a[i - 1] != b[j - 1]);
			best = before[j] + 1 < best ? before[j] + 1 : best;
			best = row[j - 1] + 1 < best ? row[j - 1] + 1 : best;
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] && earlier[j - 2] + 1 < best)
				best = earlier[j - 2] + 1;
			row[j] = best;
		}
	}
	return rows[n % 3][m];
}

const char *cli_nearest(const char *name, const char *(*next)(const void *ctx, size_t i), const void *ctx)
{
	const char *best = NULL, *s;
	size_t limit = strlen(name) < 4 ? 1 : 2;
	for (size_t i = 0; (s = next(ctx, i)); i++) {
		size_t d = distance(name, s);
		if (d <= limit) {
			best = s;
			limit = d ? d - 1 : 0;
		}
	}
	return best;
}

/* ---- the common options: before or after the command's name ---- */

static const struct {
	const char *name;
	char letter;
	bool value;
	const char *help;
} common[] = {
	{"project", 0, true, "--project DIR       the project (default: here or in a directory above)"},
	{"engine", 0, true, "--engine NAME       datafusion, none or a path (default: datafusion where it is found)"},
	{"json", 0, false, "--json              one JSON object on the last line of stdout"},
	{"quiet", 'q', false, "-q, --quiet         errors only"},
	{"verbose", 'v', false, "-v, --verbose       say more; twice: everything"},
	{"help", 'h', false, "-h, --help          this page"},
};

void cli_common_help(FILE *f)
{
	for (size_t i = 0; i < CLI_COUNT(common); i++)
		fprintf(f, "  %s\n", common[i].help);
}

int cli_common_option(cli *c, int argc, char **argv, int *i)
{
	const char *a = argv[*i], *value = NULL;
	for (size_t k = 0; k < CLI_COUNT(common); k++) {
		size_t n = strlen(common[k].name);
		bool is_long = a[0] == '-' && a[1] == '-' && strncmp(a + 2, common[k].name, n) == 0 && (a[n + 2] == 0 || (common[k].value && a[n + 2] == '='));
		bool is_short = common[k].letter && a[0] == '-' && a[1] == common[k].letter && (a[2] == 0 || (a[1] == 'v' && strcmp(a, "-vv") == 0));
		if (!is_long && !is_short)
			continue;
		if (common[k].value) {
			value = a[n + 2] == '=' ? a + n + 3 : *i + 1 < argc ? argv[++*i] : NULL;
			if (!value)
				return -1;
		}
		switch (common[k].name[0]) {
		case 'p': c->project = value; break;
		case 'e': c->engine = value; break;
		case 'j': c->json = true; break;
		case 'q': c->quiet = true; break;
		case 'v': c->verbose += strcmp(a, "-vv") == 0 ? 2 : 1; break;
		default: return 2; /* help */
		}
		return 1;
	}
	return 0;
}

static const char *option_name(const void *ctx, size_t i)
{
	const option *table = ctx;
	size_t n = 0;
	while (table[n].name)
		n++;
	if (i < n)
		return table[i].name;
	return i - n < CLI_COUNT(common) ? common[i - n].name : NULL;
}

static int option_head(const option *o, char *out, size_t n)
{
	char letter[8] = "";
	if (o->letter)
		snprintf(letter, sizeof letter, "-%c, ", o->letter);
	return snprintf(out, n, "%s--%s%s%s", letter, o->name, o->arg ? " " : "", o->arg ? o->arg : "");
}

static int page(cli *c, const option *table)
{
	char head[64];
	printf("belvedere %s%s%s\n\n%s\n", c->command->name, c->command->args[0] ? " " : "", c->command->args, c->command->doc);
	if (c->command->help)
		printf("\n%s\n", c->command->help);
	if (table[0].name) {
		int wide = 19; /* as the common options */
		for (const option *o = table; o->name; o++) {
			int n = option_head(o, head, sizeof head);
			wide = n > wide ? n : wide;
		}
		printf("\nOptions:\n");
		for (const option *o = table; o->name; o++) {
			option_head(o, head, sizeof head);
			printf("  %-*s %s\n", wide, head, o->doc);
		}
	}
	printf("\nCommon options:\n");
	cli_common_help(stdout);
	return EXIT_FINE;
}

static int store(cli *c, const option *o, const char *value)
{
	char *end;
	switch (o->kind) {
	case OPTION_FLAG: *(bool *)o->out = true; break;
	case OPTION_TEXT: *(const char **)o->out = value; break;
	case OPTION_MANY: texts_add(o->out, value); break;
	case OPTION_INT:
		*(int64_t *)o->out = strtoll(value, &end, 10);
		if (!*value || *end || value[0] == '-')
			return cli_fail(c, EXIT_USAGE, "--%s takes a number, not '%s'", o->name, value);
	}
	return CLI_GO_ON;
}

static int one_option(cli *c, int argc, char **argv, int *i, const option *table)
{
	const char *a = argv[*i];
	int common_result = cli_common_option(c, argc, argv, i);
	if (common_result == 1)
		return CLI_GO_ON;
	if (common_result == 2)
		return page(c, table);
	if (common_result < 0)
		return cli_fail(c, EXIT_USAGE, "%s needs a value", a);
	for (const option *o = table; o->name; o++) {
		size_t n = strlen(o->name);
		const char *value = NULL;
		if (a[1] == '-' && strncmp(a + 2, o->name, n) == 0 && (a[n + 2] == 0 || a[n + 2] == '='))
			value = a[n + 2] == '=' ? a + n + 3 : NULL;
		else if (o->letter && a[1] == o->letter)
			value = a[2] ? a + 2 : NULL;
		else
			continue;
		if (o->kind == OPTION_FLAG)
			return value ? cli_fail(c, EXIT_USAGE, "--%s takes no value", o->name) : store(c, o, NULL);
		if (!value)
			value = *i + 1 < argc ? argv[++*i] : NULL;
		return value ? store(c, o, value) : cli_fail(c, EXIT_USAGE, "--%s needs %s", o->name, o->arg ? o->arg : "a value");
	}
	char name[64];
	snprintf(name, sizeof name, "%.*s", (int)strcspn(a + 1 + (a[1] == '-'), "="), a + 1 + (a[1] == '-'));
	const char *near = cli_nearest(name, option_name, table);
	if (near)
		return cli_fail(c, EXIT_USAGE, "unknown option %s; did you mean --%s?", a, near);
	return cli_fail(c, EXIT_USAGE, "unknown option %s", a);
}

/* A lone dash, or SQL that begins with a comment. */
static bool is_argument(const char *a) { return a[0] != '-' || a[1] == 0 || (a[1] == '-' && a[2] && strchr(" \t\n", a[2])); }

int cli_options(cli *c, int argc, char **argv, const option *table, texts *args, size_t min, size_t max)
{
	bool ended = false;
	for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++)
		c->json |= strcmp(argv[i], "--json") == 0; /* also for what is wrong before it */
	for (int i = 1; i < argc; i++) {
		if (ended || is_argument(argv[i])) {
			if (args->n == max)
				return cli_fail(c, EXIT_USAGE, "unexpected argument '%s'", argv[i]);
			texts_add(args, argv[i]);
		} else if (strcmp(argv[i], "--") == 0) {
			ended = true;
		} else {
			int rc = one_option(c, argc, argv, &i, table);
			if (rc != CLI_GO_ON)
				return rc;
		}
	}
	if (args->n < min)
		return cli_fail(c, EXIT_USAGE, "an argument is missing: belvedere %s %s", c->command->name, c->command->args);
	return CLI_GO_ON;
}
