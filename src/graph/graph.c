/* The graph. In: what each dataset and view is called and reads. Out: nodes sorted by name, edges both ways, and the one order in which of all
 * ready nodes the smallest name comes first. Nothing recurses, and building costs (nodes + edges) * log(nodes). */
#include "graph/graph.h"

/* ---- nodes and edges ---- */

static int by_input_name(const void *x, const void *y, void *ctx) {
	(void)ctx;
	return bv__str_cmp((*(const bv_graph_input *const *)x)->name, (*(const bv_graph_input *const *)y)->name);
}

static int by_index(const void *x, const void *y, void *ctx) {
	(void)ctx;
	uint32_t a = *(const uint32_t *)x, b = *(const uint32_t *)y;
	return a < b ? -1 : a > b;
}

/* Parents of node `i`: sorted, each once, names that are no node left out. Indices are in the order of names. */
static bool add_parents(bv_graph *g, uint32_t i, const bv_graph_input *in) {
	bv_graph_node *node = &g->v[i];
	bool ok = true;
	for (uint32_t k = 0; ok && k < in->nreads; k++) {
		uintptr_t at = (uintptr_t)bv__map_get(&g->by_name, in->reads[k]);
		ok = at == 0 || BV_PUSH(g->arena, &node->parents, (uint32_t)(at - 1));
	}
	ok = ok && bv__sort(node->parents.v, node->parents.n, sizeof *node->parents.v, by_index, NULL);
	uint32_t n = 0;
	for (uint32_t k = 0; ok && k < node->parents.n; k++) {
		if (n == 0 || node->parents.v[n - 1] != node->parents.v[k]) {
			node->parents.v[n++] = node->parents.v[k];
		}
	}
	node->parents.n = n;
	return ok;
}

/* ---- order ---- */

typedef struct heap {
	uint32_t *v;
	uint32_t n;
} heap;

static void heap_push(heap *h, uint32_t item) {
	uint32_t i = h->n++;
	for (; i && h->v[(i - 1) / 2] > item; i = (i - 1) / 2) {
		h->v[i] = h->v[(i - 1) / 2];
	}
	h->v[i] = item;
}

static uint32_t heap_pop(heap *h) {
	uint32_t top = h->v[0], last = h->v[--h->n], i = 0;
	for (uint32_t child; (child = 2 * i + 1) < h->n; i = child) {
		child += child + 1 < h->n && h->v[child + 1] < h->v[child];
		if (h->v[child] >= last) {
			break;
		}
		h->v[i] = h->v[child];
	}
	h->v[i] = last;
	return top;
}

/* Fills g->order; returns how many nodes it holds: fewer than there are where some are on a cycle or behind one. */
static uint32_t sort_nodes(bv_graph *g, uint32_t *waiting, heap *ready) {
	uint32_t n = 0;
	for (uint32_t i = 0; i < g->n; i++) {
		waiting[i] = g->v[i].parents.n;
		if (waiting[i] == 0) {
			heap_push(ready, i);
		}
	}
	while (ready->n) {
		uint32_t i = heap_pop(ready);
		g->order[n++] = i;
		for (uint32_t k = 0; k < g->v[i].children.n; k++) {
			uint32_t child = g->v[i].children.v[k];
			if (--waiting[child] == 0) {
				heap_push(ready, child);
			}
		}
	}
	return n;
}

/* ---- cycles ---- */

typedef struct frame {
	uint32_t node, next;
} frame;

typedef struct components {
	const bv_graph *g;
	const uint32_t *waiting; /* 0: the node is in the order, so on no cycle */
	uint32_t *number, *low;  /* of the visit, from 1 */
	uint32_t *of;            /* component, from 1 */
	uint32_t *stack, nstack;
	frame *frames;
	uint32_t nframes, visits, n;
} components;

static void enter(components *c, uint32_t i) {
	c->number[i] = c->low[i] = ++c->visits;
	c->stack[c->nstack++] = i;
	c->frames[c->nframes++] = (frame){i, 0};
}

/* Tarjan's strongly connected components over the nodes that got no place in the order, along parents, with a stack of its own. */
static void find_components(components *c) {
	for (uint32_t root = 0; root < c->g->n; root++) {
		if (c->waiting[root] == 0 || c->number[root]) {
			continue;
		}
		enter(c, root);
		while (c->nframes) {
			frame *f = &c->frames[c->nframes - 1];
			const bv_graph_node *node = &c->g->v[f->node];
			if (f->next < node->parents.n) {
				uint32_t p = node->parents.v[f->next++];
				if (c->waiting[p] == 0) {
					continue;
				}
				if (!c->number[p]) {
					enter(c, p);
				} else if (!c->of[p] && c->number[p] < c->low[f->node]) {
					c->low[f->node] = c->number[p];
				}
				continue;
			}
			uint32_t done = f->node;
			c->nframes--;
			if (c->nframes && c->low[done] < c->low[c->frames[c->nframes - 1].node]) {
				c->low[c->frames[c->nframes - 1].node] = c->low[done];
			}
			if (c->low[done] == c->number[done]) {
				uint32_t top;
				c->n++;
				do {
					top = c->stack[--c->nstack];
					c->of[top] = c->n;
				} while (top != done);
			}
		}
	}
}

/* The shortest way from `start` through its parents back to it, inside its component: breadth first, so always the same one. `from` and
 * `queue` have room for each node; from[i] is where i was reached from, + 1. False: there is none. */
static bool find_path(const components *c, uint32_t start, uint32_t *from, uint32_t *queue, uint32_t *last) {
	memset(from, 0, c->g->n * sizeof *from);
	uint32_t head = 0, tail = 0;
	queue[tail++] = start;
	while (head < tail) {
		uint32_t at = queue[head++];
		const bv_graph_node *node = &c->g->v[at];
		for (uint32_t k = 0; k < node->parents.n; k++) {
			uint32_t p = node->parents.v[k];
			if (p == start) {
				*last = at;
				return true;
			}
			if (c->waiting[p] && c->of[p] == c->of[start] && !from[p]) {
				from[p] = at + 1;
				queue[tail++] = p;
			}
		}
	}
	return false;
}

static void report_cycle(const bv_graph *g, const bv_graph_input *const *in, uint32_t start, const uint32_t *from, uint32_t last, uint32_t *path, bv_diagnostics *d) {
	uint32_t n = 0;
	for (uint32_t at = last; at != start; at = from[at] - 1) {
		path[n++] = at; /* backwards */
	}
	bv_buf b = BV_BUF_INIT;
	bv__buf_printf(&b, BV_STR_FMT " -> ", BV_STR_ARG(g->v[start].name));
	for (uint32_t i = n; i-- > 0;) {
		bv__buf_printf(&b, BV_STR_FMT " -> ", BV_STR_ARG(g->v[path[i]].name));
	}
	bv__buf_str(&b, g->v[start].name);
	bv_diagnostic *e = bv__diag(d, BV_E_CYCLE, in[start]->span, "views form a cycle: %s", b.p);
	for (uint32_t i = n; i-- > 0;) {
		bv__diag_note(d, e, in[path[i]]->span, BV_STR_FMT " is on the way", BV_STR_ARG(g->v[path[i]].name));
	}
	bv__diag_hint(d, e, "a view cannot read itself; let one of them read a source instead");
	bv__buf_free(&b);
}

/* One diagnostic a component, at its smallest name. */
static bool report_cycles(bv_graph *g, const bv_graph_input *const *in, const uint32_t *waiting, bv_diagnostics *d) {
	bv_arena *a = bv__arena_new();
	components c = {.g = g, .waiting = waiting};
	if (a) {
		c.number = BV_NEWN(a, uint32_t, g->n);
		c.low = BV_NEWN(a, uint32_t, g->n);
		c.of = BV_NEWN(a, uint32_t, g->n);
		c.stack = BV_NEWN(a, uint32_t, g->n);
		c.frames = BV_NEWN(a, frame, g->n);
	}
	uint32_t *from = a ? BV_NEWN(a, uint32_t, g->n) : NULL, *queue = a ? BV_NEWN(a, uint32_t, g->n) : NULL;
	bool ok = a && !bv__arena_failed(a);
	if (ok) {
		find_components(&c);
		bool *said = BV_NEWN(a, bool, c.n + 1);
		ok = said != NULL;
		for (uint32_t i = 0, last = 0; ok && i < g->n; i++) {
			if (waiting[i] && !said[c.of[i]] && find_path(&c, i, from, queue, &last)) {
				said[c.of[i]] = true;
				report_cycle(g, in, i, from, last, queue, d);
			}
		}
	}
	bv__arena_free(a);
	return ok;
}

/* ---- building ---- */

bool bv__graph_build(bv_arena *a, const bv_graph_input *v, uint32_t n, bv_graph *out, bv_diagnostics *d) {
	bv_graph g = {.arena = a, .v = BV_NEWN(a, bv_graph_node, n + 1), .order = BV_NEWN(a, uint32_t, n + 1)};
	const bv_graph_input **in = BV_NEWN(a, const bv_graph_input *, n + 1);
	uint32_t *waiting = BV_NEWN(a, uint32_t, n + 1);
	heap ready = {BV_NEWN(a, uint32_t, n + 1), 0};
	bv__map_init(&g.by_name, a);
	bool ok = !bv__arena_failed(a);
	for (uint32_t i = 0; ok && i < n; i++) {
		in[i] = &v[i];
	}
	ok = ok && bv__sort(in, n, sizeof *in, by_input_name, NULL);
	for (uint32_t i = 0; ok && i < n; i++) {
		const bv_graph_input *x = in[i];
		if (g.n && bv__str_eq(g.v[g.n - 1].name, x->name)) {
			continue; /* a name means one thing, the first given; whoever made a second one has been told */
		}
		g.v[g.n] = (bv_graph_node){.name = x->name, .kind = x->kind, .file = x->file.p ? x->file : BV_STR(""), .tags = x->tags, .ntags = x->ntags};
		in[g.n++] = x;
		ok = bv__map_put(&g.by_name, x->name, (void *)(uintptr_t)g.n);
	}
	for (uint32_t i = 0; ok && i < g.n; i++) {
		ok = add_parents(&g, i, in[i]);
		for (uint32_t k = 0; ok && k < g.v[i].parents.n; k++) {
			ok = BV_PUSH(a, &g.v[g.v[i].parents.v[k]].children, i); /* ascending, as i does */
		}
	}
	if (!ok) {
		(void)bv__nomem(d);
		return false;
	}
	if (sort_nodes(&g, waiting, &ready) < g.n) {
		if (!report_cycles(&g, in, waiting, d)) {
			(void)bv__nomem(d);
		}
		return false;
	}
	*out = g;
	return true;
}
