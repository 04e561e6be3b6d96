/* arrow_rows: prints a whole stream. In: an ArrowArrayStream; out: a table or CSV on stdout, or JSON rows in a text. The stream is pulled batch by
 * batch; a table looks at its first rows to find how wide its columns are and streams the rest. */
#include "cli.h"

#define LOOK_AHEAD 10000 /* rows that fix the widths of a table */

typedef struct printer {
	struct ArrowSchema schema;
	rows_format format;
	text *json;
	text line;
	int64_t rows;
	/* table: cells kept until the widths are known */
	text cells;
	size_t *ends, nends, cap; /* end of each cell in `cells` */
	size_t *wide;
	bool widths_known;
} printer;

static size_t columns(const printer *p) { return (size_t)p->schema.n_children; }

static bool is_number(const struct ArrowSchema *s)
{
	return !s->dictionary && strchr("cCsSiIlLefgd", s->format[0]) != NULL;
}

/* ---- CSV ---- */

static void csv_cell(text *out, const char *p, size_t n)
{
	bool quote = n == 0;
	for (size_t i = 0; i < n && !quote; i++)
		quote = strchr(",\"\r\n", p[i]) != NULL && p[i];
	if (!quote) {
		text_add(out, p, n);
		return;
	}
	text_ch(out, '"');
	for (size_t i = 0; i < n; i++) {
		if (p[i] == '"')
			text_ch(out, '"');
		text_ch(out, p[i]);
	}
	text_ch(out, '"');
}

static void csv_row(printer *p, const struct ArrowArray *a, int64_t row)
{
	text cell = {0};
	text_clear(&p->line);
	for (size_t i = 0; i < columns(p); i++) {
		if (i)
			text_ch(&p->line, ',');
		text_clear(&cell);
		if (arrow_text(&cell, p->schema.children[i], a->children[i], row))
			csv_cell(&p->line, text_get(&cell), cell.n);
	}
	text_ch(&p->line, '\n');
	fwrite(p->line.p, 1, p->line.n, stdout);
	text_free(&cell);
}

static void csv_head(printer *p)
{
	for (size_t i = 0; i < columns(p); i++) {
		const char *name = p->schema.children[i]->name ? p->schema.children[i]->name : "";
		if (i)
			text_ch(&p->line, ',');
		csv_cell(&p->line, name, strlen(name));
	}
	text_ch(&p->line, '\n');
	fwrite(p->line.p, 1, p->line.n, stdout);
}

/* ---- tables ---- */

/* One cell: no line breaks, NULL written out. */
static void table_text(printer *p, const struct ArrowArray *a, size_t i, int64_t row)
{
	text v = {0};
	if (!arrow_text(&v, p->schema.children[i], a->children[i], row))
		text_z(&v, "NULL");
	for (size_t k = 0; k < v.n; k++) {
		unsigned char c = (unsigned char)v.p[k];
		if (c >= 0x20 && c != 0x7f)
			text_ch(&p->cells, (char)c);
		else if (c == '\n')
			text_z(&p->cells, "\\n");
		else
			text_f(&p->cells, "\\x%02x", c);
	}
	text_free(&v);
}

static void put_cell(printer *p, size_t i, const char *z, size_t n, bool right)
{
	size_t w = text_width(z, n), pad = w < p->wide[i] ? p->wide[i] - w : 0;
	bool last = i + 1 == columns(p);
	printf("%s%*s%.*s%*s", i ? "  " : "", right ? (int)pad : 0, "", (int)n, z, right || last ? 0 : (int)pad, "");
	if (last)
		putchar('\n');
}

static void flush_cells(printer *p)
{
	size_t from = 0;
	for (size_t k = 0; k < p->nends; k++) {
		size_t i = k % columns(p);
		put_cell(p, i, text_get(&p->cells) + from, p->ends[k] - from, is_number(p->schema.children[i]));
		from = p->ends[k];
	}
	p->nends = 0;
	text_clear(&p->cells);
}

static void know_widths(printer *p)
{
	size_t from = 0;
	for (size_t i = 0; i < columns(p); i++)
		p->wide[i] = text_width(p->schema.children[i]->name, strlen(p->schema.children[i]->name));
	for (size_t k = 0; k < p->nends; k++) {
		size_t w = text_width(text_get(&p->cells) + from, p->ends[k] - from);
		if (w > p->wide[k % columns(p)])
			p->wide[k % columns(p)] = w;
		from = p->ends[k];
	}
	bool color = color_on(stdout);
	for (size_t i = 0; i < columns(p); i++) {
		if (color)
			fputs("\033[1m", stdout);
		put_cell(p, i, p->schema.children[i]->name, strlen(p->schema.children[i]->name), is_number(p->schema.children[i]));
		if (color)
			fputs("\033[0m", stdout);
	}
	for (size_t i = 0; i < columns(p); i++) {
		printf("%s", i ? "  " : "");
		for (size_t k = 0; k < p->wide[i]; k++)
			putchar('-');
	}
	if (columns(p))
		putchar('\n');
	p->widths_known = true;
}

static void table_row(printer *p, const struct ArrowArray *a, int64_t row)
{
	for (size_t i = 0; i < columns(p); i++) {
		table_text(p, a, i, row);
		if (p->nends == p->cap) {
			p->cap = p->cap ? p->cap * 2 : 256;
			p->ends = cli_alloc(p->ends, p->cap * sizeof *p->ends);
		}
		p->ends[p->nends++] = p->cells.n;
	}
	if (!p->widths_known && p->rows >= LOOK_AHEAD)
		know_widths(p);
	if (p->widths_known)
		flush_cells(p);
}

static void table_end(printer *p)
{
	if (!p->widths_known)
		know_widths(p);
	flush_cells(p);
	printf("(%lld row%s)\n", (long long)p->rows, p->rows == 1 ? "" : "s");
}

/* ---- the stream ---- */

static void print_row(printer *p, const struct ArrowArray *batch, int64_t row)
{
	int64_t at = row + batch->offset; /* of the struct: its children count from there */
	p->rows++;
	if (p->format == ROWS_CSV) {
		csv_row(p, batch, at);
	} else if (p->format == ROWS_TABLE) {
		table_row(p, batch, at);
	} else {
		text_z(p->json, p->rows > 1 ? ",[" : "[");
		for (size_t i = 0; i < columns(p); i++) {
			if (i)
				text_ch(p->json, ',');
			arrow_json(p->json, p->schema.children[i], batch->children[i], at);
		}
		text_ch(p->json, ']');
	}
}

static bool fail(struct ArrowArrayStream *in, text *err)
{
	const char *why = in->get_last_error(in);
	text_z(err, why && *why ? why : "the stream ended early");
	return false;
}

const char *rows_error(const text *err, const char **message)
{
	static const struct {
		const char *class, *code;
	} classes[] = {{"execution: ", "BV4005"}, {"resources: ", "BV4006"}, {"cancelled: ", "BV4007"}};
	*message = text_get(err);
	for (size_t i = 0; i < CLI_COUNT(classes); i++) {
		size_t n = strlen(classes[i].class);
		if (strncmp(*message, classes[i].class, n) == 0) {
			*message += n;
			return classes[i].code;
		}
	}
	return "BV4005";
}

static bool pull(struct ArrowArrayStream *in, printer *p, text *err)
{
	for (;;) {
		struct ArrowArray batch = {0};
		if (in->get_next(in, &batch) != 0)
			return fail(in, err);
		if (!batch.release)
			return true;
		for (int64_t row = 0; row < batch.length; row++)
			print_row(p, &batch, row);
		batch.release(&batch);
		const char *problem = arrow_problem();
		if (problem) {
			text_z(err, problem);
			return false;
		}
		if (cli_cancelled()) {
			text_z(err, "interrupted");
			return false;
		}
	}
}

bool arrow_rows(struct ArrowArrayStream *in, rows_format format, text *json, text *err)
{
	printer p = {.format = format, .json = json};
	bool ok = in->get_schema(in, &p.schema) == 0 || fail(in, err);
	if (ok) {
		p.wide = cli_alloc(NULL, columns(&p) * sizeof *p.wide);
		if (format == ROWS_CSV)
			csv_head(&p);
		if (format == ROWS_JSON) {
			text_z(json, "\"schema\":");
			arrow_schema_json(json, &p.schema);
			text_z(json, ",\"rows\":[");
		}
		ok = pull(in, &p, err);
		if (format == ROWS_JSON)
			text_ch(json, ']');
		if (ok && format == ROWS_TABLE)
			table_end(&p);
		p.schema.release(&p.schema);
	}
	in->release(in);
	text_free(&p.line);
	text_free(&p.cells);
	free(p.ends);
	free(p.wide);
	fflush(stdout);
	return ok;
}
