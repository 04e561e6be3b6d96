/* str: comparing runs of bytes. In: two texts. Out: their order, sameness, distance. Never the locale's. */
#include "base/base.h"

static char lower(char c) { return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c; }

int bv__str_cmp(bv_str a, bv_str b) {
	uint32_t n = a.n < b.n ? a.n : b.n;
	int c = n ? memcmp(a.p, b.p, n) : 0;
	return c ? (c < 0 ? -1 : 1) : a.n < b.n ? -1 : a.n > b.n;
}

bool bv__str_ieq(bv_str a, bv_str b) {
	if (a.n != b.n) return false;
	for (uint32_t i = 0; i < a.n; i++)
		if (lower(a.p[i]) != lower(b.p[i])) return false;
	return true;
}

bool bv__str_starts(bv_str s, const char *prefix) {
	size_t n = strlen(prefix);
	return s.n >= n && memcmp(s.p, prefix, n) == 0;
}

bool bv__str_ends(bv_str s, const char *suffix) {
	size_t n = strlen(suffix);
	return s.n >= n && memcmp(s.p + s.n - n, suffix, n) == 0;
}

enum { DISTANCE_MAX = 128 };

unsigned bv__str_distance(bv_str a, bv_str b, unsigned limit) {
	if ((a.n > b.n ? a.n - b.n : b.n - a.n) > limit) return limit + 1;
	if (a.n >= DISTANCE_MAX || b.n >= DISTANCE_MAX) return bv__str_ieq(a, b) ? 0 : limit + 1;
	unsigned rows[3][DISTANCE_MAX + 1]; /* the last three rows: a swap of neighbours looks two back */
	for (unsigned j = 0; j <= b.n; j++) rows[0][j] = j;
	for (unsigned i = 1; i <= a.n; i++) {
		unsigned *row = rows[i % 3], *prev = rows[(i + 2) % 3], *prev2 = rows[(i + 1) % 3], best = i;
		row[0] = i;
		for (unsigned j = 1; j <= b.n; j++) {
			char x = lower(a.p[i - 1]), y = lower(b.p[j - 1]);
			unsigned d = prev[j - 1] + (x != y);
			if (prev[j] + 1 < d) d = prev[j] + 1;
			if (row[j - 1] + 1 < d) d = row[j - 1] + 1;
			if (i > 1 && j > 1 && x == lower(b.p[j - 2]) && y == lower(a.p[i - 2]) && prev2[j - 2] + 1 < d) d = prev2[j - 2] + 1;
			row[j] = d;
			if (d < best) best = d;
		}
		if (best > limit) return limit + 1;
	}
	unsigned d = rows[a.n % 3][b.n];
	return d > limit ? limit + 1 : d;
}

bv_str bv__did_you_mean(bv_str name, const bv_str *candidates, uint32_t n) {
	unsigned limit = name.n < 4 ? 1 : name.n < 6 ? 2 : 3;
	bv_str best = BV_STR("");
	for (uint32_t i = 0; i < n; i++) {
		unsigned d = bv__str_distance(name, candidates[i], limit);
		/* Everything replaced is no likeness. */
		if (d > limit || d >= name.n || candidates[i].n == 0) continue;
		if (best.n && d == limit && bv__str_cmp(best, candidates[i]) <= 0) continue;
		best = candidates[i];
		limit = d;
	}
	return best;
}
