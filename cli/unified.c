/* unified: the difference of two texts by lines. In: two texts. Out: hunks as `diff -u` prints them. */
#include "cli.h"

typedef struct line {
	const char *p;
	size_t n; /* with its newline */
} line;

static line *lines_of(const char *p, size_t n, size_t *count)
{
	line *v = NULL;
	size_t cap = 0;
	*count = 0;
	for (const char *end = p + n; p < end;) {
		const char *q = memchr(p, '\n', (size_t)(end - p));
		q = q ? q + 1 : end;
		if (*count == cap) {
			cap = cap ? cap * 2 : 64;
			v = cli_alloc(v, cap * sizeof *v);
		}
		v[(*count)++] = (line){p, (size_t)(q - p)};
		p = q;
	}
	return v;
}

static bool equal(const line *a, const line *b) { return a->n == b->n && memcmp(a->p, b->p, a->n) == 0; }

/* keep[i]: line i of the old text stays, as one longest common subsequence. Where the table would be too large, only what both begin and end
 * with stays: the diff is longer then, never wrong. */
enum { CELLS = 16 << 20 };

static void common(const line *a, size_t n, const line *b, size_t m, bool *keep_a, bool *keep_b)
{
	size_t head = 0, tail = 0;
	while (head < n && head < m && equal(&a[head], &b[head]))
		head++;
	while (tail < n - head && tail < m - head && equal(&a[n - 1 - tail], &b[m - 1 - tail]))
		tail++;
	for (size_t i = 0; i < n; i++)
		keep_a[i] = i < head || i >= n - tail;
	for (size_t j = 0; j < m; j++)
		keep_b[j] = j < head || j >= m - tail;
	size_t rows = n - head - tail, cols = m - head - tail;
	if (!rows || !cols || rows + 1 > CELLS / (cols + 1))
		return;
	a += head, b += head;
	unsigned *len = cli_alloc(NULL, (rows + 1) * (cols + 1) * sizeof *len);
#define LEN(i, j) len[(i) * (cols + 1) + (j)]
	for (size_t i = rows + 1; i-- > 0;)
		for (size_t j = cols + 1; j-- > 0;) {
			if (i == rows || j == cols)
				LEN(i, j) = 0;
			else if (equal(&a[i], &b[j]))
				LEN(i, j) = LEN(i + 1, j + 1) + 1;
			else
				LEN(i, j) = LEN(i + 1, j) >= LEN(i, j + 1) ? LEN(i + 1, j) : LEN(i, j + 1);
		}
	for (size_t i = 0, j = 0; i < rows && j < cols;) {
		if (equal(&a[i], &b[j])) {
			keep_a[head + i++] = true;
			keep_b[head + j++] = true;
		} else if (LEN(i + 1, j) >= LEN(i, j + 1))
			i++;
		else
			j++;
	}
#undef LEN
	free(len);
}

static void put(text *out, char mark, const line *l)
{
	text_ch(out, mark);
	text_add(out, l->p, l->n);
	if (!l->n || l->p[l->n - 1] != '\n')
		text_z(out, "\n\\ No newline at end of file\n");
}

/* A range as diff writes it: an empty one names the line before it. */
static void range(text *out, size_t from, size_t n)
{
	text_f(out, "%zu", n ? from + 1 : from);
	if (n != 1)
		text_f(out, ",%zu", n);
}

void unified_diff(text *out, const char *name, const char *old, size_t old_n, const char *new_text, size_t new_n)
{
	enum { AROUND = 3 };
	size_t n, m;
	line *a = lines_of(old, old_n, &n), *b = lines_of(new_text, new_n, &m);
	bool *keep_a = cli_alloc(NULL, n + 1), *keep_b = cli_alloc(NULL, m + 1);
	common(a, n, b, m, keep_a, keep_b);
	text_f(out, "--- %s\n+++ %s\n", name, name);
	for (size_t i = 0, j = 0; i < n || j < m;) {
		if (i < n && j < m && keep_a[i] && keep_b[j]) {
			i++, j++;
			continue;
		}
		/* A hunk: from three lines before this change to three behind the last one that is near. */
		size_t before = i < AROUND ? i : AROUND, i0 = i - before, j0 = j - before, quiet = 0;
		size_t x = i, y = j;
		while (x < n || y < m) {
			if (x < n && y < m && keep_a[x] && keep_b[y]) {
				if (++quiet > 2 * AROUND)
					break;
				x++, y++;
			} else {
				quiet = 0;
				if (x < n && !keep_a[x])
					x++;
				else
					y++;
			}
		}
		quiet = quiet > 2 * AROUND ? 2 * AROUND : quiet;
		size_t drop = quiet > AROUND ? quiet - AROUND : 0;
		x -= drop, y -= drop;
		text_z(out, "@@ -");
		range(out, i0, x - i0);
		text_z(out, " +");
		range(out, j0, y - j0);
		text_z(out, " @@\n");
		for (i = i0, j = j0; i < x || j < y;) {
			if (i < x && keep_a[i] && j < y && keep_b[j]) {
				put(out, ' ', &a[i]);
				i++, j++;
			} else if (i < x && !keep_a[i])
				put(out, '-', &a[i++]);
			else
				put(out, '+', &b[j++]);
		}
	}
	free(a);
	free(b);
	free(keep_a);
	free(keep_b);
}
