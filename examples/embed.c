/* Belvedere in a C program: opens a project, gives it a table of the program's own, adds a view that is built without SQL, and reads its rows.
 *
 *     cc embed.c -o embed $(pkg-config --cflags --libs belvedere)
 *     ./embed flights            (a copy of examples/flights after `belvedere run`)
 *
 * In: the project's directory. Out: the three airline alliances with the most flights from New York, tab-separated. */
#include <belvedere/belvedere.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- the program's own table, as an Arrow stream: two columns of text, one batch ---- */

static const char *const carriers[] = {"AA", "UA", "US", "DL"};
static const char *const alliances[] = {"oneworld", "Star Alliance", "Star Alliance", "SkyTeam"};
#define ROWS 4

/* Our arrays are small and have one owner: one malloc each, freed with the array. */
static void release_array(struct ArrowArray *a)
{
	int64_t i;
	for (i = 0; i < a->n_children; i++) {
		if (a->children[i]->release)
			a->children[i]->release(a->children[i]);
		free(a->children[i]);
	}
	free(a->children);
	for (i = 1; i < a->n_buffers; i++) /* the first is the validity map: none, no value is NULL */
		free((void *)a->buffers[i]);
	free((void *)a->buffers);
	a->release = NULL;
}

static int make_texts(const char *const *values, struct ArrowArray *out)
{
	size_t i, n = 0;
	for (i = 0; i < ROWS; i++)
		n += strlen(values[i]);
	int32_t *offsets = malloc((ROWS + 1) * sizeof *offsets);
	char *bytes = malloc(n);
	const void **buffers = calloc(3, sizeof *buffers);
	if (!offsets || !bytes || !buffers) {
		free(offsets);
		free(bytes);
		free((void *)buffers);
		return ENOMEM;
	}
	offsets[0] = 0;
	for (i = 0; i < ROWS; i++) {
		size_t k = strlen(values[i]);
		memcpy(bytes + offsets[i], values[i], k);
		offsets[i + 1] = offsets[i] + (int32_t)k;
	}
	buffers[1] = offsets;
	buffers[2] = bytes;
	memset(out, 0, sizeof *out);
	out->length = ROWS;
	out->n_buffers = 3;
	out->buffers = buffers;
	out->release = release_array;
	return 0;
}

static int make_batch(struct ArrowArray *out)
{
	const char *const *columns[] = {carriers, alliances};
	int i;
	memset(out, 0, sizeof *out);
	out->buffers = calloc(1, sizeof *out->buffers);
	out->children = calloc(2, sizeof *out->children);
	out->length = ROWS;
	out->n_buffers = 1;
	out->release = release_array;
	if (!out->buffers || !out->children) {
		release_array(out);
		return ENOMEM;
	}
	for (i = 0; i < 2; i++) {
		out->children[i] = calloc(1, sizeof **out->children);
		if (!out->children[i] || make_texts(columns[i], out->children[i]) != 0) {
			out->n_children = i + (out->children[i] != NULL);
			release_array(out);
			return ENOMEM;
		}
		out->n_children = i + 1;
	}
	return 0;
}

/* The columns' descriptions live as long as the program, so there is nothing to free; releasing one only marks it. Every schema that is handed
 * out has children of its own, because its consumer marks those too. */
static void release_column(struct ArrowSchema *s)
{
	s->release = NULL;
}

static void release_schema(struct ArrowSchema *s)
{
	int64_t i;
	for (i = 0; i < s->n_children; i++) {
		if (s->children[i]->release)
			s->children[i]->release(s->children[i]);
		free(s->children[i]);
	}
	free(s->children);
	s->release = NULL;
}

static int make_schema(struct ArrowSchema *out)
{
	static const char *const names[] = {"carrier", "alliance"};
	int i;
	memset(out, 0, sizeof *out);
	out->format = "+s";
	out->name = "";
	out->release = release_schema;
	out->children = calloc(2, sizeof *out->children);
	for (i = 0; out->children && i < 2; i++) {
		struct ArrowSchema *c = out->children[i] = calloc(1, sizeof *c);
		if (!c)
			break;
		c->format = "u";
		c->name = names[i];
		c->release = release_column;
		out->n_children = i + 1;
	}
	if (out->n_children == 2)
		return 0;
	release_schema(out);
	return ENOMEM;
}

static int stream_schema(struct ArrowArrayStream *s, struct ArrowSchema *out)
{
	(void)s;
	return make_schema(out);
}

/* private_data points at the number of batches that are left. */
static int stream_next(struct ArrowArrayStream *s, struct ArrowArray *out)
{
	int *left = s->private_data;
	if (*left == 0) {
		memset(out, 0, sizeof *out); /* the end: an array without release */
		return 0;
	}
	*left -= 1;
	return make_batch(out);
}

static const char *stream_error(struct ArrowArrayStream *s)
{
	(void)s;
	return "out of memory";
}

static void stream_release(struct ArrowArrayStream *s)
{
	free(s->private_data);
	s->release = NULL;
}

/* Called for every scan, from any thread: each gets a stream of its own. */
static int open_alliances(void *ctx, struct ArrowArrayStream *out)
{
	int *left = malloc(sizeof *left);
	(void)ctx;
	if (!left)
		return ENOMEM;
	*left = 1;
	memset(out, 0, sizeof *out);
	out->get_schema = stream_schema;
	out->get_next = stream_next;
	out->get_last_error = stream_error;
	out->release = stream_release;
	out->private_data = left;
	return 0;
}

/* ---- a view, built as a tree ---- */

/* SELECT alliance, count(1) AS flights, sum(distance_mi) AS miles FROM core.flights f JOIN own.alliances a ON f.carrier_code = a.carrier
 * WHERE NOT f.cancelled GROUP BY alliance ORDER BY flights DESC LIMIT 3 */
static bv_status build_view(bv_tree **out, bv_diagnostics *d)
{
	bv_builder *b = bv_builder_new();
	bv_rel *r = bv_rel_join(b, bv_rel_table(b, "core.flights", "f"), bv_rel_table(b, "own.alliances", "a"), "inner",
		bv_expr_binary(b, "=", bv_expr_column(b, "f", "carrier_code"), bv_expr_column(b, "a", "carrier")));
	r = bv_rel_filter(b, r, bv_expr_not(b, bv_expr_column(b, "f", "cancelled")));
	bv_expr *one = bv_expr_int(b, 1), *distance = bv_expr_column(b, "f", "distance_mi");
	bv_expr *keys[] = {bv_expr_column(b, "a", "alliance")};
	bv_expr *values[] = {bv_expr_call(b, "count", &one, 1), bv_expr_call(b, "sum", &distance, 1)};
	const char *const key_names[] = {"alliance"}, *const value_names[] = {"flights", "miles"};
	r = bv_rel_aggregate(b, r, keys, key_names, 1, values, value_names, 2);
	bv_expr *order[] = {bv_expr_column(b, NULL, "flights")};
	const bool descending[] = {true};
	r = bv_rel_limit(b, bv_rel_order(b, r, order, descending, 1), 3, 0);
	/* Whatever went wrong above is said here: calls after a failed one do nothing. */
	bv_status st = bv_builder_finish(b, r, out, d);
	bv_builder_free(b);
	return st;
}

/* ---- reading the result ---- */

static int print_rows(struct ArrowArrayStream *s)
{
	struct ArrowSchema names;
	struct ArrowArray batch;
	int64_t i, k;
	if (s->get_schema(s, &names) != 0)
		return -1;
	for (k = 0; k < names.n_children; k++)
		printf("%s%s", k ? "\t" : "", names.children[k]->name);
	putchar('\n');
	for (;;) {
		if (s->get_next(s, &batch) != 0) {
			names.release(&names);
			return -1;
		}
		if (!batch.release)
			break;
		for (i = 0; i < batch.length; i++) {
			for (k = 0; k < batch.n_children; k++) {
				const struct ArrowArray *a = batch.children[k];
				int64_t at = batch.offset + a->offset + i;
				if (k)
					putchar('\t');
				if (strcmp(names.children[k]->format, "u") == 0) {
					const int32_t *offsets = a->buffers[1];
					printf("%.*s", (int)(offsets[at + 1] - offsets[at]), (const char *)a->buffers[2] + offsets[at]);
				} else if (strcmp(names.children[k]->format, "l") == 0) {
					printf("%lld", (long long)((const int64_t *)a->buffers[1])[at]);
				} else {
					printf("(%s)", names.children[k]->format);
				}
			}
			putchar('\n');
		}
		batch.release(&batch);
	}
	names.release(&names);
	return 0;
}

int main(int argc, char **argv)
{
	bv_diagnostics *d = bv_diagnostics_new();
	bv_session *session = NULL;
	bv_session_options options = BV_SESSION_OPTIONS_INIT;
	struct ArrowSchema schema;
	bv_table_source own = {sizeof own, &schema, "1", open_alliances, NULL, NULL};
	bv_view_options view = BV_VIEW_OPTIONS_INIT;
	bv_query_options query = BV_QUERY_OPTIONS_INIT;
	struct ArrowArrayStream rows = {0};
	bv_tree *tree = NULL;
	if (argc != 2) {
		fprintf(stderr, "usage: embed PROJECT\n");
		return 64;
	}
	options.project = argv[1];
	bv_status st = bv_session_open(&options, &session, d);
	if (st == BV_OK && make_schema(&schema) == 0) {
		st = bv_table_register(session, "own.alliances", &own, d); /* copies the schema */
		schema.release(&schema);
	}
	if (st == BV_OK)
		st = build_view(&tree, d);
	if (st == BV_OK)
		st = bv_view_create(session, "own.by_alliance", tree, &view, d);
	if (st == BV_OK)
		st = bv_query_view(session, "own.by_alliance", &query, &rows, d);
	if (st == BV_OK) {
		if (print_rows(&rows) != 0) {
			fprintf(stderr, "%s\n", rows.get_last_error(&rows));
			st = BV_FAILED;
		}
		rows.release(&rows);
	}
	if (bv_diagnostics_count(d) > 0) {
		char *text = bv_diagnostics_text(d, false);
		fputs(text ? text : "out of memory\n", stderr);
		bv_text_free(text);
	}
	bv_tree_free(tree);
	bv_session_close(session);
	bv_diagnostics_free(d);
	return st == BV_OK ? 0 : 1;
}
