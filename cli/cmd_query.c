/* belvedere query: one query through the lane, its rows as a table, CSV, JSON or Arrow. */
#include "cli.h"

#include <unistd.h>

static int print_rows(cli *c, struct ArrowArrayStream *stream, rows_format format)
{
	text err = {0}, json = {0};
	text_ch(&json, '{');
	bool ok = format == ROWS_ARROW ? arrow_ipc(stream, stdout, &err) : arrow_rows(stream, format, &json, &err);
	text_ch(&json, '}');
	int rc = EXIT_FINE;
	const char *message, *code = rows_error(&err, &message);
	if (!ok)
		rc = cli_cancelled() ? EXIT_INTERRUPTED : cli_error(c, code, message);
	else if (format == ROWS_JSON)
		puts(json.p);
	text_free(&err);
	text_free(&json);
	return rc;
}

static int run_query(cli *c, const char *view, const char *sql, size_t n, const char *file, const bv_query_options *o, rows_format format)
{
	struct ArrowArrayStream stream = {0};
	bv_tree *tree = NULL;
	bv_status st;
	if (view) {
		st = bv_query_view(c->session, view, o, &stream, c->d);
	} else {
		int rc = cli_parse_one(c, sql, n, o->dialect, file, &tree);
		if (rc != CLI_GO_ON)
			return rc;
		st = bv_query(c->session, tree, o, &stream, c->d);
	}
	if (st != BV_OK) {
		bv_tree_free(tree);
		return cli_finish(c, st, NULL);
	}
	cli_diagnostics(c); /* a stale view is read as it is, with a warning */
	int rc = print_rows(c, &stream, format);
	bv_tree_free(tree);
	return rc;
}

/* The dialect of the project where the command line names none. Transfers (free). */
static char *project_dialect(cli *c)
{
	char *info = bv_session_info(c->session), *out = NULL;
	json_t *o = jread(info);
	const char *name = jtext(json_object_get(o, "project"), "dialect");
	if (*name) {
		out = cli_alloc(NULL, strlen(name) + 1);
		memcpy(out, name, strlen(name) + 1);
	}
	json_decref(o);
	bv_text_free(info);
	return out;
}

int cmd_query(cli *c, int argc, char **argv)
{
	texts args = {0};
	const char *file = NULL, *view = NULL, *format_name = "table";
	bv_query_options o = BV_QUERY_OPTIONS_INIT;
	const option table[] = {
		{"file", 'f', OPTION_TEXT, &file, "FILE", "read the query from a file"},
		{"view", 0, OPTION_TEXT, &view, "NAME", "read a view of the project"},
		{"limit", 'n', OPTION_INT, &o.limit, "N", "at most so many rows"},
		{"fresh", 0, OPTION_FLAG, &o.fresh, NULL, "compute what is stale or was never built, without writing it"},
		{"format", 0, OPTION_TEXT, &format_name, "FORMAT", "table, csv, json, or arrow: the IPC stream format"},
		{"dialect", 0, OPTION_TEXT, &o.dialect, "NAME", "the dialect of the query (default: the project's)"},
		OPTIONS_END,
	};
	int rc = cli_options(c, argc, argv, table, &args, 0, 1);
	if (rc != CLI_GO_ON)
		return rc;
	if ((args.n > 0) + (file != NULL) + (view != NULL) != 1)
		return cli_fail(c, EXIT_USAGE, "give one of SQL, --file and --view");
	static const char *const formats[] = {[ROWS_TABLE] = "table", [ROWS_CSV] = "csv", [ROWS_JSON] = "json", [ROWS_ARROW] = "arrow"};
	size_t format = 0;
	while (format < CLI_COUNT(formats) && strcmp(formats[format], format_name) != 0)
		format++;
	if (format == CLI_COUNT(formats))
		return cli_fail(c, EXIT_USAGE, "unknown format '%s'; there are table, csv, json and arrow", format_name);
	if (format == ROWS_ARROW && isatty(STDOUT_FILENO))
		return cli_fail(c, EXIT_FAILED, "Arrow's stream format is not for a terminal; send it into a file or a pipe");
	format = c->json ? ROWS_JSON : format;
	size_t n = 0;
	if (args.n && strcmp(args.v[0], "-") == 0)
		file = "-";
	char *text_of_file = file ? cli_read(c, file, &n) : NULL;
	if (file && !text_of_file)
		return EXIT_FAILED;
	rc = cli_open(c, CLI_PROJECT_OPTIONAL);
	if (rc == CLI_GO_ON) {
		char *dialect = o.dialect ? NULL : project_dialect(c);
		if (dialect)
			o.dialect = dialect;
		o.arrow_native = format != ROWS_ARROW; /* in a stream of its own no dictionaries and views */
		const char *sql = text_of_file ? text_of_file : args.n ? args.v[0] : NULL;
		rc = run_query(c, view, sql, text_of_file ? n : sql ? strlen(sql) : 0, file && strcmp(file, "-") != 0 ? file : NULL, &o, (rows_format)format);
		free(dialect);
	}
	free(text_of_file);
	return rc;
}
