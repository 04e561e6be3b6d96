/* session: opening the project, Ctrl-C, diagnostics to people and to --json, exit codes, reading statements. */
#include "cli.h"

#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <time.h>
#include <unistd.h>

static bv_session *volatile active;
static volatile sig_atomic_t interrupts;

/* The first Ctrl-C asks the session to stop, so that nothing half-written is left; the second one does not wait. */
static void on_interrupt(int signo)
{
	(void)signo;
	if (interrupts++ || !active)
		_exit(EXIT_INTERRUPTED);
	bv_session_cancel(active);
}

bool cli_cancelled(void) { return interrupts != 0; }

double cli_seconds(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void on_log(void *ctx, int level, const char *line)
{
	const cli *c = ctx;
	if (c->quiet || c->verbose < 2 - level)
		return;
	fprintf(stderr, "%s%s\n", level == 2 ? "warning: " : "", line);
}

/* Is there a belvedere.yaml here or above? Commands that can do without a project ask this first. */
static bool project_above(void)
{
	char dir[4096];
	if (!getcwd(dir, sizeof dir - 16))
		return false;
	for (;;) {
		size_t n = strlen(dir);
		memcpy(dir + n, "/belvedere.yaml", 16);
		if (access(dir, F_OK) == 0)
			return true;
		dir[n] = 0;
		char *slash = strrchr(dir, '/');
		if (!slash || n <= 1)
			return false;
		*slash = 0;
	}
}

int cli_open(cli *c, cli_project need)
{
	bv_session_options o = BV_SESSION_OPTIONS_INIT;
	o.engine = c->engine ? c->engine : "auto";
	if (c->project) {
		o.project = c->project;
	} else if (need == CLI_PROJECT_NEEDED || project_above()) {
		o.project = ".";
		o.search_upwards = true;
	}
	o.log = on_log;
	o.log_ctx = c;
	struct sigaction on = {.sa_handler = on_interrupt};
	sigemptyset(&on.sa_mask);
	sigaction(SIGINT, &on, NULL);
	sigaction(SIGTERM, &on, NULL);
	bv_session *s = NULL;
	bv_status st = bv_session_open(&o, &s, c->d);
	if (st != BV_OK)
		return cli_finish(c, st, NULL);
	c->session = s;
	active = s;
	return CLI_GO_ON;
}

void cli_close(cli *c)
{
	bv_session *s = c->session;
	active = NULL; /* before it goes: a signal may come now */
	c->session = NULL;
	bv_session_close(s);
}

void cli_diagnostics(cli *c)
{
	if (bv_diagnostics_count(c->d) == 0)
		return;
	if (!c->quiet || bv_diagnostics_errors(c->d)) {
		char *all = bv_diagnostics_text(c->d, color_on(stderr));
		if (all)
			fputs(all, stderr);
		bv_text_free(all);
	}
	bv_diagnostics_clear(c->d);
}

int cli_finish(cli *c, bv_status status, const char *json)
{
	if (c->json) {
		char *errors = json ? NULL : bv_diagnostics_json(c->d, "error");
		if (json)
			printf("%s\n", json);
		else if (status != BV_OK)
			printf("{\"errors\":%s}\n", errors ? errors : "[]");
		bv_text_free(errors);
		fflush(stdout);
	}
	if (status == BV_NOMEM)
		fputs("belvedere: out of memory\n", stderr);
	cli_diagnostics(c);
	if (status == BV_CANCELLED || (status != BV_OK && interrupts))
		return EXIT_INTERRUPTED;
	return status == BV_OK ? EXIT_FINE : EXIT_FAILED;
}

static void error_json(const cli *c, const char *code, const char *message)
{
	if (!c->json)
		return;
	text t = {0};
	text_f(&t, "{\"errors\":[{\"code\":\"%s\",\"severity\":\"error\",\"message\":", code);
	text_json_z(&t, message);
	text_z(&t, ",\"hint\":null,\"file\":null,\"line\":null,\"column\":null,\"end_line\":null,\"end_column\":null,\"notes\":[]}]}");
	puts(t.p);
	text_free(&t);
}

int cli_fail(cli *c, int exit_code, const char *fmt, ...)
{
	char message[1024];
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(message, sizeof message, fmt, ap);
	va_end(ap);
	put_painted(stderr, PAINT_RED, "error");
	fprintf(stderr, ": %s\n", message);
	if (exit_code == EXIT_USAGE)
		fprintf(stderr, "See `belvedere%s%s --help`.\n", c->command ? " " : "", c->command ? c->command->name : "");
	error_json(c, "BV3015", message);
	return exit_code;
}

int cli_error(cli *c, const char *code, const char *message)
{
	put_painted(stderr, PAINT_RED, "error");
	fprintf(stderr, "[%s]: %s\n", code, message);
	error_json(c, code, message);
	return EXIT_FAILED;
}

char *cli_read(cli *c, const char *path, size_t *n)
{
	bool in = strcmp(path, "-") == 0;
	FILE *f = in ? stdin : fopen(path, "rb");
	text t = {0};
	char block[65536];
	size_t k;
	while (f && (k = fread(block, 1, sizeof block, f)) > 0)
		text_add(&t, block, k);
	bool bad = !f || ferror(f);
	if (bad)
		cli_fail(c, EXIT_FAILED, "cannot read %s: %s", in ? "standard input" : path, strerror(errno));
	if (f && !in)
		fclose(f);
	if (bad) {
		text_free(&t);
		return NULL;
	}
	text_add(&t, "", 0);
	*n = t.n;
	return t.p;
}

int cli_parse_one(cli *c, const char *sql, size_t n, const char *dialect, const char *file, bv_tree **out)
{
	bv_tree **trees = NULL;
	size_t count = 0;
	bv_parse_options o = BV_PARSE_OPTIONS_INIT;
	o.dialect = dialect ? dialect : "datafusion";
	o.file = file;
	bv_status st = bv_session_parse(c->session, sql, n, &o, &trees, &count, c->d);
	if (st != BV_OK)
		return cli_finish(c, st, NULL);
	if (count != 1) {
		bv_trees_free(trees, count);
		return cli_fail(c, EXIT_FAILED, "exactly one statement is wanted, the text holds %zu", count);
	}
	*out = trees[0];
	bv_trees_free(trees, 0); /* the array alone */
	return CLI_GO_ON;
}
