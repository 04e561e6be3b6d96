/* belvedere run: refreshes what is stale, with progress: a live line on a terminal, a line a view elsewhere. */
#include "cli.h"

#include <unistd.h>

typedef struct progress {
	const cli *c;
	bool live;
	bool line; /* an unfinished live line stands on the terminal */
} progress;

static void wipe(progress *p)
{
	if (p->line)
		fputs("\r\033[K", stderr);
	p->line = false;
}

static void print_finished(const json_t *e)
{
	const char *status = jtext(e, "status");
	bool built = strcmp(status, "built") == 0, bad = strcmp(status, "failed") == 0 || strcmp(status, "blocked") == 0;
	put_painted(stderr, built ? PAINT_GREEN : bad ? PAINT_RED : PAINT_DIM, status);
	fprintf(stderr, "%*s  %s", (int)(strlen(status) < 7 ? 7 - strlen(status) : 0), "", jtext(e, "name"));
	if (built) {
		if (strcmp(jtext(e, "strategy"), "metadata") == 0)
			fputs("  metadata", stderr);
		else if (jint(e, "rows_out", -1) >= 0)
			fprintf(stderr, "  %lld row%s", (long long)jint(e, "rows_out", -1), CLI_S(jint(e, "rows_out", -1)));
		fprintf(stderr, "  %.2f s", jreal(e, "seconds"));
	}
	fputc('\n', stderr);
}

/* Called from any thread of the run, one at a time. */
static void on_progress(void *ctx, const char *json)
{
	progress *p = ctx;
	if (p->c->json) {
		puts(json);
		fflush(stdout);
		return;
	}
	json_t *e = jread(json);
	const char *event = jtext(e, "event");
	if (strcmp(event, "finished") == 0) {
		wipe(p);
		if (strcmp(jtext(e, "status"), "skipped") != 0 || p->c->verbose)
			print_finished(e);
	} else if (p->live) {
		wipe(p);
		fprintf(stderr, "building %s", jtext(e, "name"));
		if (jint(e, "rows", 0) > 0)
			fprintf(stderr, "  %lld row%s", (long long)jint(e, "rows", 0), CLI_S(jint(e, "rows", 0)));
		fflush(stderr);
		p->line = true;
	}
	json_decref(e);
}

/* whole: nothing went wrong; else the errors above say more than the views that are left. */
static void summary(const json_t *result, double seconds, bool whole, bool quiet)
{
	size_t i, built = 0, skipped = 0, failed = 0, blocked = 0;
	const json_t *v, *pruned = json_object_get(result, "pruned");
	json_array_foreach(json_object_get(result, "views"), i, v) {
		const char *s = jtext(v, "status");
		built += strcmp(s, "built") == 0;
		skipped += strcmp(s, "skipped") == 0;
		failed += strcmp(s, "failed") == 0;
		blocked += strcmp(s, "blocked") == 0;
	}
	if (quiet && !failed && !blocked)
		return;
	json_array_foreach(pruned, i, v)
		printf("removed %s\n", json_is_string(v) ? json_string_value(v) : jtext(v, "name"));
	if (whole && !built && !failed && !blocked && json_array_size(pruned) == 0) {
		printf("nothing to do: %zu view%s up to date\n", skipped, skipped == 1 ? " is" : "s are");
		return;
	}
	printf("%zu built, %zu skipped, %zu failed", built, skipped, failed);
	if (blocked)
		printf(", %zu blocked", blocked);
	if (json_array_size(pruned))
		printf(", %zu removed", json_array_size(pruned));
	printf(" in %.1f s\n", seconds);
}

int cmd_run(cli *c, int argc, char **argv)
{
	texts args = {0}, select = {0}, exclude = {0};
	bv_run_options o = BV_RUN_OPTIONS_INIT;
	bool dry = false;
	const option table[] = {
		{"select", 's', OPTION_MANY, &select, "SELECTOR", "only these views"},
		{"exclude", 'x', OPTION_MANY, &exclude, "SELECTOR", "not these views"},
		{"full-refresh", 0, OPTION_FLAG, &o.full_refresh, NULL, "rebuild also what is up to date, or was changed by somebody else"},
		{"allow-breaking", 0, OPTION_FLAG, &o.allow_breaking, NULL, "let changes through that break a view's readers"},
		{"fail-fast", 0, OPTION_FLAG, &o.fail_fast, NULL, "stop at the first view that fails"},
		{"prune", 0, OPTION_FLAG, &o.prune, NULL, "remove the tables of views that are gone"},
		{"wait", 0, OPTION_FLAG, &o.wait, NULL, "wait for another run to end"},
		{"dry-run", 0, OPTION_FLAG, &dry, NULL, "print the plan"},
		OPTIONS_END,
	};
	int rc = cli_options(c, argc, argv, table, &args, 0, 0);
	if (rc == CLI_GO_ON)
		rc = cli_open(c, CLI_PROJECT_NEEDED);
	if (rc != CLI_GO_ON)
		return rc;
	selection_of(&select, &exclude, &o.selection);
	if (dry)
		return cli_plan(c, &o, false);
	progress p = {.c = c, .live = isatty(STDERR_FILENO) && !c->quiet};
	if (!c->quiet) {
		o.progress = on_progress;
		o.progress_ctx = &p;
	}
	char *json = NULL;
	double from = cli_seconds();
	bv_status st = bv_project_run(c->session, &o, &json, c->d);
	json_t *result = jread(json);
	wipe(&p);
	if (!c->json)
		cli_diagnostics(c); /* first what went wrong, last the summary */
	if (result && !c->json)
		summary(result, cli_seconds() - from, st == BV_OK, c->quiet);
	rc = cli_finish(c, st, json);
	json_decref(result);
	bv_text_free(json);
	return rc;
}
