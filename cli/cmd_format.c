/* belvedere format: SQL files in the house layout, in place; or what that would change. In: files, folders, standard input. Out: the files. */
#include "cli.h"

#include <errno.h>
#include <ftw.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct formatting {
	cli *c;
	const char *dialect;
	bool check, diff;
	text json;
	size_t files, changed, failed;
} formatting;

/* The file is the old one or the new one, never a part; a link stays one, and so does the mode. */
static bool replace_file(const char *path, const char *p, size_t n)
{
	char *real = realpath(path, NULL);
	struct stat st;
	text temporary = {0};
	int fd = -1;
	bool ok = real && stat(real, &st) == 0;
	if (ok) {
		text_f(&temporary, "%s.XXXXXX", real);
		fd = mkstemp(temporary.p);
		ok = fd >= 0 && fchmod(fd, st.st_mode & 07777) == 0;
	}
	for (size_t done = 0; ok && done < n;) {
		ssize_t k = write(fd, p + done, n - done);
		if (k < 0 && errno != EINTR)
			ok = false;
		else if (k > 0)
			done += (size_t)k;
	}
	ok = ok && fsync(fd) == 0;
	if (fd >= 0)
		ok = close(fd) == 0 && ok;
	ok = ok && rename(temporary.p, real) == 0;
	int why = errno;
	if (!ok && fd >= 0)
		unlink(temporary.p);
	text_free(&temporary);
	free(real);
	errno = why;
	return ok;
}

static void one(formatting *f, const char *path)
{
	cli *c = f->c;
	bool in = strcmp(path, "-") == 0, ok = false, changed = false;
	size_t n = 0;
	char *old = cli_read(c, path, &n), *made = NULL;
	if (old) {
		bv_status st = bv_format(c->session, old, n, f->dialect, in ? NULL : path, &made, c->d);
		ok = st == BV_OK;
		changed = ok && (strlen(made) != n || memcmp(made, old, n) != 0);
	}
	if (ok && f->diff && changed) {
		text t = {0};
		unified_diff(&t, in ? "-" : path, old, n, made, strlen(made));
		if (!c->json)
			fwrite(t.p, 1, t.n, stdout);
		text_free(&t);
	} else if (ok && f->check && changed) {
		if (!c->json)
			puts(in ? "-" : path);
	} else if (ok && in && !f->check && !f->diff) {
		if (!c->json)
			fwrite(made, 1, strlen(made), stdout);
	} else if (ok && changed && !f->check && !f->diff) {
		ok = replace_file(path, made, strlen(made));
		if (!ok)
			cli_fail(c, EXIT_FAILED, "cannot write %s: %s", path, strerror(errno));
		else if (!c->json && !c->quiet)
			printf("formatted %s\n", path);
	}
	text_z(&f->json, f->files ? ",{\"file\":" : "{\"file\":");
	text_json_z(&f->json, in ? NULL : path);
	text_f(&f->json, ",\"changed\":%s", ok ? changed ? "true" : "false" : "null");
	if (in && ok && !f->check && !f->diff) {
		text_z(&f->json, ",\"sql\":");
		text_json_z(&f->json, made);
	}
	if (!ok) {
		char *errors = bv_diagnostics_json(c->d, "error");
		text_f(&f->json, ",\"errors\":%s", errors ? errors : "[]");
		bv_text_free(errors);
	}
	text_ch(&f->json, '}');
	fflush(stdout);
	cli_diagnostics(c);
	f->files++;
	f->changed += changed;
	f->failed += !ok;
	bv_text_free(made);
	free(old);
}

/* ---- the files of a folder, in the order of their names ---- */

static texts found; /* nftw has no argument for it */

static int visit(const char *path, const struct stat *st, int type, struct FTW *at)
{
	(void)st, (void)at;
	size_t n = strlen(path);
	if (type == FTW_F && n > 4 && strcmp(path + n - 4, ".sql") == 0) {
		char *copy = cli_alloc(NULL, n + 1);
		memcpy(copy, path, n + 1);
		texts_add(&found, copy);
	}
	return 0;
}

static int by_bytes(const void *a, const void *b) { return strcmp(*(const char *const *)a, *(const char *const *)b); }

static void path(formatting *f, const char *name)
{
	struct stat st;
	if (strcmp(name, "-") == 0 || stat(name, &st) != 0 || !S_ISDIR(st.st_mode)) {
		one(f, name);
		return;
	}
	found = (texts){0};
	if (nftw(name, visit, 16, FTW_PHYS) != 0) {
		cli_fail(f->c, EXIT_FAILED, "cannot read %s: %s", name, strerror(errno));
		f->failed++;
	}
	if (found.n)
		qsort(found.v, found.n, sizeof *found.v, by_bytes);
	for (size_t i = 0; i < found.n && !cli_cancelled(); i++) {
		one(f, found.v[i]);
		free((char *)(uintptr_t)found.v[i]);
	}
	free(found.v);
}

/* views/ of the project. Transfers (free); NULL: there is no project. */
static char *project_views(cli *c)
{
	char *info = bv_session_info(c->session);
	json_t *o = jread(info);
	const char *root = jtext(json_object_get(o, "project"), "root");
	text t = {0};
	char here[4096];
	size_t n = getcwd(here, sizeof here) ? strlen(here) : 0;
	if (n && strncmp(root, here, n) == 0 && (root[n] == 0 || root[n] == '/'))
		text_f(&t, "%s%sviews", root + n + (root[n] == '/'), root[n] ? "/" : ""); /* as people would name it */
	else if (*root)
		text_f(&t, "%s/views", root);
	json_decref(o);
	bv_text_free(info);
	return t.p;
}

int cmd_format(cli *c, int argc, char **argv)
{
	texts args = {0};
	formatting f = {.c = c};
	const option table[] = {
		{"check", 0, OPTION_FLAG, &f.check, NULL, "write nothing; list the files that would change, exit code 1 if there are any"},
		{"diff", 0, OPTION_FLAG, &f.diff, NULL, "write nothing; print what would change"},
		{"dialect", 0, OPTION_TEXT, &f.dialect, "NAME", "the dialect of files that name none (default: the project's, else datafusion)"},
		OPTIONS_END,
	};
	int rc = cli_options(c, argc, argv, table, &args, 0, SIZE_MAX);
	if (rc != CLI_GO_ON)
		return rc;
	if (!c->engine)
		c->engine = "none"; /* nobody asks it */
	rc = cli_open(c, args.n ? CLI_PROJECT_OPTIONAL : CLI_PROJECT_NEEDED);
	if (rc != CLI_GO_ON)
		return rc;
	text_z(&f.json, "{\"files\":[");
	if (args.n == 0) {
		char *views = project_views(c);
		if (views)
			path(&f, views);
		free(views);
	}
	for (size_t i = 0; i < args.n && !cli_cancelled(); i++)
		path(&f, args.v[i]);
	text_z(&f.json, "]}");
	bool in = args.n == 1 && strcmp(args.v[0], "-") == 0;
	if (c->json)
		puts(f.json.p);
	fflush(stdout);
	if (!c->json && !c->quiet && !in)
		fprintf(stderr, "%zu file%s: %zu %s, %zu laid out already, %zu in error\n", f.files, f.files == 1 ? "" : "s", f.changed,
			f.check || f.diff ? "would change" : "formatted", f.files - f.changed - f.failed, f.failed);
	text_free(&f.json);
	return cli_cancelled() ? EXIT_INTERRUPTED : f.failed || (f.check && f.changed) ? EXIT_FAILED : EXIT_FINE;
}
