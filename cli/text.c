/* text: a growing text, JSON texts, tables for people, colour. In: pieces; out: bytes on a stream. Memory that cannot be had ends the process:
 * a command line tool has nothing better to do. */
#include "cli.h"

#include <stdarg.h>
#include <unistd.h>

void *cli_alloc(void *old, size_t n)
{
	void *p = realloc(old, n ? n : 1);
	if (!p) {
		fputs("belvedere: out of memory\n", stderr);
		_exit(EXIT_FAILED);
	}
	return p;
}

void text_add(text *t, const void *p, size_t n)
{
	if (t->n + n + 1 > t->cap) {
		t->cap = (t->n + n + 1) * 2;
		t->p = cli_alloc(t->p, t->cap);
	}
	if (n)
		memcpy(t->p + t->n, p, n);
	t->n += n;
	t->p[t->n] = 0;
}

void text_z(text *t, const char *z) { text_add(t, z, strlen(z)); }
void text_ch(text *t, char c) { text_add(t, &c, 1); }
const char *text_get(const text *t) { return t->p ? t->p : ""; }

void text_f(text *t, const char *fmt, ...)
{
	va_list ap, again;
	va_start(ap, fmt);
	va_copy(again, ap);
	int n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (n > 0) {
		char *p = cli_alloc(NULL, (size_t)n + 1);
		vsnprintf(p, (size_t)n + 1, fmt, again);
		text_add(t, p, (size_t)n);
		free(p);
	}
	va_end(again);
}

void text_clear(text *t)
{
	t->n = 0;
	if (t->p)
		t->p[0] = 0;
}

void text_free(text *t)
{
	free(t->p);
	*t = (text){0};
}

/* Bytes of the code point at p, 0 where there is none: what is cut or foreign must not break a line of JSON. */
static size_t code_point(const char *p, size_t n)
{
	const unsigned char *s = (const unsigned char *)p;
	size_t k = s[0] < 0x80 ? 1 : s[0] >= 0xc2 && s[0] < 0xe0 ? 2 : (s[0] & 0xf0) == 0xe0 ? 3 : s[0] >= 0xf0 && s[0] < 0xf5 ? 4 : 0;
	if (k > n || (k == 3 && ((s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xed && s[1] > 0x9f))) || (k == 4 && ((s[0] == 0xf0 && s[1] < 0x90) || (s[0] == 0xf4 && s[1] > 0x8f))))
		return 0;
	for (size_t i = 1; i < k; i++)
		if ((s[i] & 0xc0) != 0x80)
			return 0;
	return k;
}

void text_json(text *t, const char *p, size_t n)
{
	text_ch(t, '"');
	size_t from = 0;
	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)p[i];
		if (c >= 0x80) {
			size_t k = code_point(p + i, n - i);
			if (!k) {
				text_add(t, p + from, i - from);
				text_z(t, "\xef\xbf\xbd");
				from = i + 1;
			} else {
				i += k - 1;
			}
			continue;
		}
		if (c >= 0x20 && c != '"' && c != '\\')
			continue;
		text_add(t, p + from, i - from);
		from = i + 1;
		switch (c) {
		case '"': text_z(t, "\\\""); break;
		case '\\': text_z(t, "\\\\"); break;
		case '\n': text_z(t, "\\n"); break;
		case '\r': text_z(t, "\\r"); break;
		case '\t': text_z(t, "\\t"); break;
		case '\b': text_z(t, "\\b"); break;
		case '\f': text_z(t, "\\f"); break;
		default: text_f(t, "\\u%04x", c);
		}
	}
	text_add(t, p + from, n - from);
	text_ch(t, '"');
}

void text_json_z(text *t, const char *z)
{
	if (z)
		text_json(t, z, strlen(z));
	else
		text_z(t, "null");
}

bool color_on(FILE *f)
{
	const char *no = getenv("NO_COLOR"), *term = getenv("TERM");
	return isatty(fileno(f)) && !(no && *no) && !(term && strcmp(term, "dumb") == 0);
}

void put_painted(FILE *f, paint how, const char *z)
{
	static const char *const codes[] = {"", "31", "32", "33", "34", "2", "1"};
	if (how != PAINT_NONE && color_on(f))
		fprintf(f, "\033[%sm%s\033[0m", codes[how], z);
	else
		fputs(z, f);
}

size_t text_width(const char *p, size_t n)
{
	size_t w = 0;
	for (size_t i = 0; i < n; i++)
		w += ((unsigned char)p[i] & 0xc0) != 0x80;
	return w;
}

/* ---- tables: columns as wide as their widest cell, two blanks between them ---- */

typedef struct cell {
	char *p;
	paint how;
	bool right;
} cell;

struct grid {
	size_t columns, n, cap;
	cell *v;
};

static void add_cell(grid *t, const char *z, paint how, bool right)
{
	if (t->n == t->cap) {
		t->cap = t->cap ? t->cap * 2 : 64;
		t->v = cli_alloc(t->v, t->cap * sizeof *t->v);
	}
	size_t n = strlen(z) + 1;
	char *p = cli_alloc(NULL, n);
	memcpy(p, z, n);
	t->v[t->n++] = (cell){p, how, right};
}

grid *grid_new(size_t columns, const char *const *heads)
{
	grid *t = cli_alloc(NULL, sizeof *t);
	*t = (grid){.columns = columns};
	for (size_t i = 0; heads && i < columns; i++)
		add_cell(t, heads[i], PAINT_DIM, false);
	return t;
}

void grid_cell(grid *t, const char *z, paint how) { add_cell(t, z, how, false); }
void grid_cell_right(grid *t, const char *z) { add_cell(t, z, PAINT_NONE, true); }

void grid_print(grid *t, FILE *f)
{
	size_t *wide = cli_alloc(NULL, t->columns * sizeof *wide);
	memset(wide, 0, t->columns * sizeof *wide);
	for (size_t i = 0; i < t->n; i++) {
		size_t w = text_width(t->v[i].p, strlen(t->v[i].p));
		if (w > wide[i % t->columns])
			wide[i % t->columns] = w;
	}
	for (size_t i = 0; i < t->n; i++) {
		size_t col = i % t->columns, w = text_width(t->v[i].p, strlen(t->v[i].p));
		int pad = (int)(wide[col] - w);
		if (t->v[i].right)
			fprintf(f, "%*s", pad, "");
		put_painted(f, t->v[i].how, t->v[i].p);
		if (col + 1 == t->columns) {
			fputc('\n', f);
			continue;
		}
		/* Nothing but empty cells to the end of the line: no blanks at its end. */
		bool rest = false;
		for (size_t k = i + 1; k < t->n && k % t->columns != 0; k++)
			rest |= t->v[k].p[0] != 0;
		if (rest)
			fprintf(f, "%*s", (t->v[i].right ? 0 : pad) + 2, "");
	}
	free(wide);
}

void grid_free(grid *t)
{
	for (size_t i = 0; i < t->n; i++)
		free(t->v[i].p);
	free(t->v);
	free(t);
}

/* ---- what the library gives as JSON ---- */

const char *jtext(const json_t *o, const char *key)
{
	const char *s = json_string_value(json_object_get(o, key));
	return s ? s : "";
}

json_int_t jint(const json_t *o, const char *key, json_int_t otherwise)
{
	const json_t *v = json_object_get(o, key);
	return json_is_integer(v) ? json_integer_value(v) : otherwise;
}

double jreal(const json_t *o, const char *key) { return json_number_value(json_object_get(o, key)); }
bool jtrue(const json_t *o, const char *key) { return json_is_true(json_object_get(o, key)); }
json_t *jread(const char *json) { return json ? json_loads(json, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL) : NULL; }
