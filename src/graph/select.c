/* Selectors, as dbt writes them. In: texts such as "+staging.flights, tag:daily+1" and a graph. Out: which nodes they mean. Texts of a list (and
 * words of one text) unite, a comma intersects, quotes keep a name with a comma, a plus or a space in one piece. */
#include "graph/graph.h"

#define FAR UINT32_MAX

typedef struct term {
	bv_str text;     /* as written, for messages */
	bv_str method;   /* empty: a name */
	bv_str pattern;
	uint32_t up, down; /* how far to ancestors and descendants; FAR: all */
} term;

/* ---- reading ---- */

static bool is_space(char c) {
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* Offset of the first of `what` outside quotes at or after `at`, or s.n; ' ' stands for any space. */
static uint32_t find_outside(bv_str s, uint32_t at, char what) {
	bool quoted = false;
	for (; at < s.n; at++) {
		quoted ^= s.p[at] == '"';
		if (!quoted && (what == ' ' ? is_space(s.p[at]) : s.p[at] == what)) {
			return at;
		}
	}
	return s.n;
}

static bv_str cut(bv_str s, uint32_t start, uint32_t end) {
	return (bv_str){s.p + start, end - start};
}

/* Digits, at most nine; an empty run is FAR. False: something else. */
static bool read_depth(bv_str s, uint32_t *out) {
	uint32_t n = 0;
	for (uint32_t i = 0; i < s.n; i++) {
		if (s.p[i] < '0' || s.p[i] > '9' || i == 9) {
			return false;
		}
		n = n * 10 + (uint32_t)(s.p[i] - '0');
	}
	*out = s.n ? n : FAR;
	return true;
}

static bool bad(const term *t, bv_diagnostics *d, const char *what, const char *hint) {
	bv_diagnostic *e = bv__diag(d, BV_E_SELECTOR, BV_NO_SPAN, "selector \"" BV_STR_FMT "\": %s", BV_STR_ARG(t->text), what);
	bv__diag_hint(d, e, "%s", hint);
	return false;
}

/* [depth] '+' pattern '+' [depth], where pattern may begin with a method and a colon. */
static bool read_term(bv_str text, term *out, bv_diagnostics *d) {
	term t = {.text = text, .method = BV_STR("")};
	bv_str s = text;
	if (s.n && s.p[0] == '@') {
		return bad(&t, d, "@ is not supported", "x+ takes what depends on x, +x what x depends on");
	}
	uint32_t plus = find_outside(s, 0, '+');
	if (plus < s.n && read_depth(cut(s, 0, plus), &t.up)) {
		s = cut(s, plus + 1, s.n);
	}
	for (plus = s.n; plus > 0 && s.p[plus - 1] >= '0' && s.p[plus - 1] <= '9'; plus--) {
	}
	if (plus > 0 && s.p[plus - 1] == '+' && read_depth(cut(s, plus, s.n), &t.down)) {
		s = cut(s, 0, plus - 1);
	}
	if (find_outside(s, 0, '+') < s.n) {
		return bad(&t, d, "a plus stands before or after a name", "2+x, x+1; a name that holds a plus goes into double quotes");
	}
	uint32_t colon = find_outside(s, 0, ':');
	if (colon < s.n) {
		t.method = cut(s, 0, colon);
		s = cut(s, colon + 1, s.n);
		if (!bv__str_is(t.method, "tag") && !bv__str_is(t.method, "path")) {
			return bad(&t, d, "unknown method", "there are tag:x and path:views/x; a name that holds a colon goes into double quotes");
		}
	}
	if (s.n == 0) {
		return bad(&t, d, "nothing is named", "x, +x, x+, 2+x, x+1, tag:x, path:views/x");
	}
	t.pattern = s;
	*out = t;
	return true;
}

/* ---- matching ---- */

/* '*' is any run of bytes, the rest is itself. Linear but for backing up to the last star. */
static bool glob(bv_str pattern, bv_str s) {
	uint32_t p = 0, i = 0, star = FAR, mark = 0;
	while (i < s.n) {
		if (p < pattern.n && pattern.p[p] == '*') {
			star = p++;
			mark = i;
		} else if (p < pattern.n && pattern.p[p] == s.p[i]) {
			p++;
			i++;
		} else if (star != FAR) {
			p = star + 1;
			i = ++mark;
		} else {
			return false;
		}
	}
	while (p < pattern.n && pattern.p[p] == '*') {
		p++;
	}
	return p == pattern.n;
}

/* A folder means all below it. */
static bool path_matches(bv_str pattern, bv_str file) {
	if (file.n == 0) {
		return false;
	}
	if (glob(pattern, file)) {
		return true;
	}
	for (uint32_t i = 1; i < file.n; i++) {
		if (file.p[i] == '/' && glob(pattern, cut(file, 0, i))) {
			return true;
		}
	}
	return false;
}

static bool tag_matches(bv_str pattern, const bv_graph_node *node) {
	for (uint32_t i = 0; i < node->ntags; i++) {
		if (glob(pattern, node->tags[i])) {
			return true;
		}
	}
	return false;
}

/* Quotes stay only around a part that a stored name has in quotes: one with a dot or a quote in it. */
static bv_str without_quotes(bv_arena *a, bv_str p) {
	char *out = bv__arena_alloc(a, p.n + 1);
	uint32_t n = 0;
	for (uint32_t at = 0, end; out && at < p.n; at = end) {
		end = p.p[at] == '.' ? at + 1 : find_outside(p, at, '.');
		bool needless = end - at > 2 && p.p[at] == '"' && p.p[end - 1] == '"' && !memchr(p.p + at + 1, '"', end - at - 2) && !memchr(p.p + at + 1, '.', end - at - 2);
		bv_str part = needless ? cut(p, at + 1, end - 1) : cut(p, at, end);
		memcpy(out + n, part.p, part.n);
		n += part.n;
	}
	return out ? (bv_str){out, n} : p;
}

/* The pattern as it is compared: names in full, paths without "./" and a slash at the end. */
static bv_str full_pattern(bv_arena *a, const term *t) {
	bv_str p = t->pattern;
	if (bv__str_is(t->method, "path")) {
		while (p.n > 2 && p.p[0] == '.' && p.p[1] == '/') {
			p = cut(p, 2, p.n);
		}
		while (p.n > 1 && p.p[p.n - 1] == '/') {
			p.n--;
		}
	} else if (t->method.n == 0) {
		bool full = find_outside(p, 0, '.') < p.n || bv__str_is(p, "*");
		p = without_quotes(a, p);
		p = full ? p : bv__arena_printf(a, "main." BV_STR_FMT, BV_STR_ARG(p));
	}
	return p;
}

/* ---- one selector ---- */

typedef struct work {
	const bv_graph *g;
	bv_arena *a;
	bv_diagnostics *d;
	uint32_t *queue, *depth; /* room for each node */
	bool *reached;
	bool incomplete; /* files of the project could not be read, and that was said */
} work;

/* Adds to `set` what lies within `limit` steps of it. */
static void spread(work *w, bool *set, const bool *from, uint32_t limit, bool up) {
	uint32_t head = 0, tail = 0;
	memset(w->reached, 0, w->g->n * sizeof *w->reached);
	for (uint32_t i = 0; i < w->g->n; i++) {
		if (from[i]) {
			w->reached[i] = true;
			w->depth[i] = 0;
			w->queue[tail++] = i;
		}
	}
	while (head < tail) {
		uint32_t at = w->queue[head++];
		const bv_graph_node *node = &w->g->v[at];
		const uint32_t *next = up ? node->parents.v : node->children.v;
		uint32_t n = up ? node->parents.n : node->children.n;
		set[at] = true;
		for (uint32_t k = 0; w->depth[at] < limit && k < n; k++) {
			if (!w->reached[next[k]]) {
				w->reached[next[k]] = true;
				w->depth[next[k]] = w->depth[at] + 1;
				w->queue[tail++] = next[k];
			}
		}
	}
}

static bool no_match(work *w, const term *t) {
	bv_diagnostic *e = bv__diag(w->d, BV_E_SELECTOR, BV_NO_SPAN, "selector \"" BV_STR_FMT "\" matches nothing", BV_STR_ARG(t->text));
	BV_VEC(bv_str) names = {0};
	bool by_tag = bv__str_is(t->method, "tag"), by_path = bv__str_is(t->method, "path");
	for (uint32_t i = 0; i < w->g->n; i++) {
		const bv_graph_node *node = &w->g->v[i];
		for (uint32_t k = 0; by_tag && k < node->ntags; k++) {
			(void)BV_PUSH(w->a, &names, node->tags[k]);
		}
		if (!by_tag && (!by_path || node->file.n)) {
			(void)BV_PUSH(w->a, &names, by_path ? node->file : node->name);
		}
	}
	bv_str near = bv__did_you_mean(full_pattern(w->a, t), names.v, names.n);
	if (bv__arena_failed(w->a) || bv__arena_failed(w->d->arena)) {
		(void)bv__nomem(w->d); /* what could not be allocated may have matched */
	} else if (w->incomplete) {
		bv__diag_hint(w->d, e, "what could not be read is not there to be selected");
	} else if (near.n) {
		bv__diag_hint(w->d, e, "did you mean %s" BV_STR_FMT "?", by_tag ? "tag:" : by_path ? "path:" : "", BV_STR_ARG(near));
	} else if (t->method.n == 0 && memchr(t->pattern.p, '/', t->pattern.n)) {
		bv__diag_hint(w->d, e, "files are selected with path:" BV_STR_FMT, BV_STR_ARG(t->pattern));
	}
	return false;
}

static bool select_term(work *w, const term *t, bool *set) {
	bool *own = BV_NEWN(w->a, bool, w->g->n + 1), any = false;
	bv_str pattern = full_pattern(w->a, t);
	for (uint32_t i = 0; own && i < w->g->n; i++) {
		const bv_graph_node *node = &w->g->v[i];
		own[i] = bv__str_is(t->method, "tag") ? tag_matches(pattern, node) : t->method.n ? path_matches(pattern, node->file) : glob(pattern, node->name);
		any |= own[i];
	}
	if (bv__arena_failed(w->a)) {
		(void)bv__nomem(w->d);
		return false;
	}
	if (!any) {
		return no_match(w, t);
	}
	spread(w, set, own, t->up, true);
	spread(w, set, own, t->down, false);
	return true;
}

/* One word: terms between commas, intersected. Adds what it means to `set`, or takes it away. */
static bool select_word(work *w, bv_str word, bool *set, bool take_away) {
	uint32_t n = w->g->n;
	bool *all = NULL, any = false;
	for (uint32_t at = 0; at <= word.n;) {
		uint32_t end = find_outside(word, at, ',');
		term t;
		bool *one = BV_NEWN(w->a, bool, n + 1);
		if (!one) {
			(void)bv__nomem(w->d);
			return false;
		}
		if (!read_term(cut(word, at, end), &t, w->d) || !select_term(w, &t, one)) {
			return false;
		}
		for (uint32_t i = 0; all && i < n; i++) {
			one[i] = one[i] && all[i];
		}
		all = one;
		at = end + 1;
	}
	for (uint32_t i = 0; i < n; i++) {
		if (all[i]) {
			any = true;
			set[i] = !take_away;
		}
	}
	if (!any) {
		bv_diagnostic *e = bv__diag(w->d, BV_E_SELECTOR, BV_NO_SPAN, "selector \"" BV_STR_FMT "\" matches nothing", BV_STR_ARG(word));
		bv__diag_hint(w->d, e, "each part matches something, but no node is in all of them; without the comma they unite");
	}
	return any;
}

/* All texts of a list are looked at, so that each bad one is reported. */
static bool select_list(work *w, const bv_str *v, uint32_t n, bool *set, bool take_away) {
	bool ok = true;
	for (uint32_t i = 0; i < n; i++) {
		bool empty = true;
		for (uint32_t at = 0; at < v[i].n;) {
			uint32_t end = find_outside(v[i], at, ' ');
			if (end > at) {
				empty = false;
				ok &= select_word(w, cut(v[i], at, end), set, take_away);
			}
			at = end + 1;
		}
		if (empty) {
			bv_diagnostic *e = bv__diag(w->d, BV_E_SELECTOR, BV_NO_SPAN, "a selector is empty");
			bv__diag_hint(w->d, e, "x, +x, x+, 2+x, x+1, tag:x, path:views/x");
			ok = false;
		}
	}
	return ok;
}

bool bv__graph_select(const bv_graph *g, const bv_str *select, uint32_t nselect, const bv_str *exclude, uint32_t nexclude, bool *chosen, bv_diagnostics *d) {
	bv_arena *a = bv__arena_new();
	work w = {.g = g, .a = a, .d = d, .incomplete = d->errors > 0};
	if (a) {
		w.queue = BV_NEWN(a, uint32_t, g->n + 1);
		w.depth = BV_NEWN(a, uint32_t, g->n + 1);
		w.reached = BV_NEWN(a, bool, g->n + 1);
	}
	bool *set = a ? BV_NEWN(a, bool, g->n + 1) : NULL;
	if (!a || bv__arena_failed(a)) {
		bv__arena_free(a);
		(void)bv__nomem(d);
		return false;
	}
	for (uint32_t i = 0; i < g->n; i++) {
		set[i] = nselect == 0;
	}
	bool ok = select_list(&w, select, nselect, set, false);
	ok &= select_list(&w, exclude, nexclude, set, true);
	if (ok && g->n) {
		memcpy(chosen, set, g->n * sizeof *chosen);
	}
	bv__arena_free(a);
	return ok;
}
