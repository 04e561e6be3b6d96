/* What the commands share: the command table, options, output, Arrow printing. The CLI stands on the public API (belvedere.h) and
 * jansson alone, so it proves that the API is enough. One thread, but for the progress callback of `run`. */
#ifndef CLI_H
#define CLI_H

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "belvedere/belvedere.h"

enum { EXIT_FINE = 0, EXIT_FAILED = 1, EXIT_CHANGES = 2, EXIT_REFUSED = 3, EXIT_USAGE = 64, EXIT_INTERRUPTED = 130 };
#define CLI_GO_ON (-1) /* what a step returns where the command is not at its end yet */
#define CLI_S(n) ((n) == 1 ? "" : "s") /* of a plural */
#define CLI_COUNT(a) (sizeof(a) / sizeof((a)[0]))

typedef struct cli cli;

typedef struct command {
	const char *name;
	const char *args; /* positional arguments as `help` shows them */
	const char *doc;  /* one line */
	const char *help; /* more lines, or NULL */
	int (*run)(cli *c, int argc, char **argv);
} command;

struct cli {
	const char *project, *engine;
	bool json, quiet;
	int verbose;
	const command *command;
	bv_session *session;
	bv_diagnostics *d;
};

/* ---- main.c ---- */
extern const command cli_commands[];
const command *cli_command(const char *name);

/* ---- session.c: opening, diagnostics, exit codes ---- */
typedef enum cli_project { CLI_PROJECT_NEEDED, CLI_PROJECT_OPTIONAL } cli_project;
/* Opens c->session. CLI_GO_ON, or an exit code after the diagnostics were printed. */
int cli_open(cli *c, cli_project need);
void cli_close(cli *c);
/* Ends a command: diagnostics to stderr; with --json the object (or {"errors":[…]}) to stdout. The exit code of the status. json may be NULL. */
int cli_finish(cli *c, bv_status status, const char *json);
/* Prints and clears what has piled up. */
void cli_diagnostics(cli *c);
/* An error of the command line itself: message to stderr (and {"errors"} with --json), EXIT_FAILED or EXIT_USAGE. */
int cli_fail(cli *c, int exit_code, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
/* A diagnostic of its own, with its code: EXIT_FAILED. */
int cli_error(cli *c, const char *code, const char *message);
bool cli_cancelled(void);
double cli_seconds(void); /* monotonic */
/* Reads a file, or standard input for "-". NULL after a message. Transfers (free). */
char *cli_read(cli *c, const char *path, size_t *n);
/* Exactly one statement of a text. CLI_GO_ON, or an exit code after the diagnostics were printed. */
int cli_parse_one(cli *c, const char *sql, size_t n, const char *dialect, const char *file, bv_tree **out);

/* ---- options.c ---- */
typedef enum option_kind { OPTION_FLAG, OPTION_TEXT, OPTION_INT, OPTION_MANY } option_kind;
typedef struct texts {
	const char **v;
	size_t n;
} texts;
typedef struct option {
	const char *name; /* without dashes */
	char letter;      /* 0: none */
	option_kind kind;
	void *out;        /* bool, const char *, int64_t or texts */
	const char *arg;  /* name of its value in help */
	const char *doc;
} option;
#define OPTIONS_END {NULL, 0, OPTION_FLAG, NULL, NULL, NULL}
/* Reads argv[1…] by the table and the common options; min..max positional arguments go to args. CLI_GO_ON, or an exit code: wrong usage, or
 * --help, which prints the command's page. */
int cli_options(cli *c, int argc, char **argv, const option *table, texts *args, size_t min, size_t max);
/* One common option at argv[*i]; moves *i past it. 1: taken, 2: --help, 0: not one, -1: its value is missing. */
int cli_common_option(cli *c, int argc, char **argv, int *i);
void cli_common_help(FILE *f);
void texts_add(texts *t, const char *s);
/* Selectors may also stand in one text with blanks between them. */
void selection_of(const texts *select, const texts *exclude, bv_selection *out);
/* The nearest of the names, or NULL. next(i) gives the i-th, NULL at the end. */
const char *cli_nearest(const char *name, const char *(*next)(const void *ctx, size_t i), const void *ctx);

/* ---- text.c: a growing text, JSON, tables, colour ---- */
typedef struct text {
	char *p; /* NUL-terminated once anything was added */
	size_t n, cap;
} text;
void *cli_alloc(void *old, size_t n); /* ends the process where there is no memory */
void text_add(text *t, const void *p, size_t n);
void text_z(text *t, const char *z);
void text_ch(text *t, char c);
void text_f(text *t, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void text_json(text *t, const char *p, size_t n); /* a JSON string */
void text_json_z(text *t, const char *z);         /* null for NULL */
void text_clear(text *t);
void text_free(text *t);
const char *text_get(const text *t); /* never NULL */

bool color_on(FILE *f); /* a terminal, and NO_COLOR is not set */
typedef enum paint { PAINT_NONE, PAINT_RED, PAINT_GREEN, PAINT_YELLOW, PAINT_BLUE, PAINT_DIM, PAINT_BOLD } paint;
void put_painted(FILE *f, paint how, const char *z);

typedef struct grid grid; /* a table for people */
grid *grid_new(size_t columns, const char *const *heads); /* heads may be NULL */
void grid_cell(grid *t, const char *z, paint how);        /* copies; row by row */
void grid_cell_right(grid *t, const char *z);
void grid_print(grid *t, FILE *f);
void grid_free(grid *t);
size_t text_width(const char *p, size_t n); /* columns on a terminal, taking each code point as one */

const char *jtext(const json_t *o, const char *key); /* "" where it is missing or no text */
json_int_t jint(const json_t *o, const char *key, json_int_t otherwise);
double jreal(const json_t *o, const char *key);
bool jtrue(const json_t *o, const char *key);
json_t *jread(const char *json); /* what the library gave; NULL for NULL */

/* ---- arrow_text.c, zone.c ---- */
/* One value as a cast to VARCHAR prints it, nested ones as JSON; false: it is NULL (nothing was added). */
bool arrow_text(text *out, const struct ArrowSchema *s, const struct ArrowArray *a, int64_t row);
void arrow_json(text *out, const struct ArrowSchema *s, const struct ArrowArray *a, int64_t row);
void arrow_schema_json(text *out, const struct ArrowSchema *s); /* [{"name","type","nullable"}] */
/* What could not be printed since the last call, or NULL: an unknown type or time zone. */
const char *arrow_problem(void);
void arrow_problem_set(const char *fmt, const char *what);
void float_text(text *out, double v, bool single);
/* Offset from UTC of a zone ("UTC", "+02:00", "Europe/Berlin") at a moment; false: no such zone. */
bool zone_offset(const char *zone, int64_t utc, int32_t *offset);

/* ---- arrow_rows.c: whole streams ---- */
typedef enum rows_format { ROWS_TABLE, ROWS_CSV, ROWS_JSON, ROWS_ARROW } rows_format;
/* Pulls the stream to its end and releases it. JSON: adds `"schema":[…],"rows":[[…]]` to *json; the others write to stdout. False: why in *err. */
bool arrow_rows(struct ArrowArrayStream *in, rows_format format, text *json, text *err);
/* The diagnostic code of what went wrong with a stream; *message is the text after the class that it begins with. */
const char *rows_error(const text *err, const char **message);

/* ---- arrow_ipc.c: the same in the Arrow IPC stream format ---- */
bool arrow_ipc(struct ArrowArrayStream *in, FILE *out, text *err);

/* ---- unified.c ---- */
/* What turns one text into the other, with three lines around each change, as diff -u. */
void unified_diff(text *out, const char *name, const char *old, size_t old_n, const char *new_text, size_t new_n);

/* ---- commands ---- */
int cmd_batch(cli *c, int argc, char **argv);
int cmd_check(cli *c, int argc, char **argv);
int cmd_compile(cli *c, int argc, char **argv);
int cmd_explain(cli *c, int argc, char **argv);
int cmd_format(cli *c, int argc, char **argv);
int cmd_functions(cli *c, int argc, char **argv);
int cmd_graph(cli *c, int argc, char **argv);
int cmd_help(cli *c, int argc, char **argv);
int cmd_init(cli *c, int argc, char **argv);
int cmd_lineage(cli *c, int argc, char **argv);
int cmd_load(cli *c, int argc, char **argv);
int cmd_plan(cli *c, int argc, char **argv);
int cmd_query(cli *c, int argc, char **argv);
int cmd_run(cli *c, int argc, char **argv);
int cmd_show(cli *c, int argc, char **argv);
int cmd_version(cli *c, int argc, char **argv);
/* fingerprints.c, for compile: one rewrite of the lane (stage: NULL where that is said already); --explain-fingerprint. */
void cli_print_rule(const json_t *rule, const char *stage);
int cli_explain_fingerprint(cli *c, const texts *names, const texts *policy, const char *dialect);
int cli_plan(cli *c, bv_run_options *o, bool check); /* cmd_plan.c; also for run --dry-run */

#endif
