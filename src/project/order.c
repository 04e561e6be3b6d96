/* Compiling many views. In: the views of a session. Out: their artifacts, each either restored from the registry or made by the lane, and
 * recorded in one transaction a call; what is to be said of them, in the order of their names, whatever the number of threads.
 *
 * First in parallel, by order of reading, as far as the trees tell it: a view that fails there, or meets one that is not compiled yet (a CTE may
 * hide a name, case may differ, there may be a cycle), is left to the second pass. That one goes view by view, and the lane's own lookup compiles
 * what it finds missing, by recursion; that is also where a cycle shows. */
#include <stdatomic.h>
#include <stdlib.h>

#include "project/project.h"

/* Compiles inside compiles. Order keeps this at one; only cycles come near it. */
#define NESTED_MAX 64
#define THREADS_MAX 64
#define BATCH 256

/* ---- threads ---- */

typedef struct crew {
	void (*fn)(void *ctx, uint32_t i);
	void *ctx;
	uint32_t n;
	_Atomic uint32_t next;
} crew;

static void *work(void *arg) {
	crew *c = arg;
	for (;;) {
		uint32_t i = atomic_fetch_add(&c->next, 1);
		if (i >= c->n) {
			return NULL;
		}
		c->fn(c->ctx, i);
	}
}

void bv__parallel(const bv_session *s, uint32_t n, uint32_t grain, void (*fn)(void *ctx, uint32_t i), void *ctx) {
	crew c = {.fn = fn, .ctx = ctx, .n = n};
	unsigned threads = s->project.threads ? s->project.threads : bv__os_cpus();
	threads = threads > THREADS_MAX ? THREADS_MAX : threads;
	uint32_t worth = n / grain + (n % grain != 0);
	threads = threads > worth ? worth : threads;
	pthread_t more[THREADS_MAX];
	unsigned started = 0;
	pthread_attr_t attr;
	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, (size_t)64 << 20); /* address space; the depth budget is made for more than the default */
	for (unsigned i = 1; i < threads && pthread_create(&more[started], &attr, work, &c) == 0; i++) {
		started++;
	}
	pthread_attr_destroy(&attr);
	work(&c);
	for (unsigned i = 0; i < started; i++) {
		pthread_join(more[i], NULL);
	}
}

/* ---- what a view reads ---- */

typedef struct finder {
	const bv_session *s;
	bv_arena *a;
	BV_VEC(bv_view *) found;
	bool ok;
} finder;

static void find_one(finder *f, const bv_path *path) {
	if (path->n < 1 || path->n > 3) {
		return;
	}
	bv_path full = bv__full_path(f->a, path);
	bv_str name = bv__full_name(f->a, &full);
	bv_view *v = bv__session_view(f->s, name);
	if (!v && full.insensitive) {
		v = bv__map_get(&f->s->view_by_lower, bv__arena_lower(f->a, name));
	}
	f->ok = f->ok && (!v || BV_PUSH(f->a, &f->found, v));
}

static bv_walk find_views(bv_node *n, bv_node *parent, void *ctx) {
	(void)parent;
	if (n->kind == BV_TABLE) {
		find_one(ctx, &BV_AS(table, n)->path);
	}
	return BV_WALK_CONTINUE;
}

/* The views that this one reads, as far as its tree or its row tells. */
static bool reads_of(bv_session *s, bv_arena *a, bv_view *v, bv_view ***out, uint32_t *n) {
	finder f = {.s = s, .a = a, .ok = true};
	bv_row_input *inputs;
	uint32_t count;
	if (v->query) {
		(void)bv__walk((bv_node *)(uintptr_t)v->query, find_views, &f);
	} else if (v->artifact) {
		for (uint32_t i = 0; i < v->artifact->ninputs; i++) {
			find_one(&f, &v->artifact->inputs[i].path);
		}
	} else if (v->names) {
		for (uint32_t i = 0; i < v->nnames; i++) {
			find_one(&f, &v->names[i]);
		}
	} else if (v->row && bv__row_inputs(a, v->row, &inputs, &count)) {
		for (uint32_t i = 0; i < count; i++) {
			find_one(&f, &inputs[i].path);
		}
	} else {
		v->row = NULL;
		bv_diagnostics *quiet = bv_diagnostics_new();
		if (quiet && bv__view_parse(s, v, quiet)) {
			(void)bv__walk((bv_node *)(uintptr_t)v->query, find_views, &f);
		}
		bv_diagnostics_free(quiet);
	}
	*out = f.found.v;
	*n = f.found.n;
	return f.ok && !bv__arena_failed(a);
}

/* ---- one view ---- */

/* A view that is being compiled is asked for again: the chain of readers back to it is the cycle. */
static void report_cycle(bv_session *s, const bv_view *v, bv_diagnostics *d) {
	bv_buf b = BV_BUF_INIT;
	BV_VEC(const bv_view *) chain = {0};
	for (const bv_view *at = s->current; at; at = at->reader) {
		if (!BV_PUSH(d->arena, &chain, at) || at == v) {
			break;
		}
	}
	/* Told from the smallest name on, whichever view the compile began with; the array runs against the reading. */
	uint32_t first = 0;
	for (uint32_t i = 1; i < chain.n; i++) {
		first = bv__str_cmp(chain.v[i]->name, chain.v[first]->name) < 0 ? i : first;
	}
	for (uint32_t i = 0; i < chain.n; i++) {
		bv__buf_printf(&b, BV_STR_FMT " -> ", BV_STR_ARG(chain.v[(first + chain.n - i) % chain.n]->name));
	}
	const bv_view *at = chain.n ? chain.v[first] : v;
	bv__buf_str(&b, at->name);
	bv_diagnostic *e = bv__diag(d, BV_E_CYCLE, at->span, "views form a cycle: %s", b.p);
	for (uint32_t i = 1; i < chain.n; i++) {
		const bv_view *on = chain.v[(first + chain.n - i) % chain.n];
		bv__diag_note(d, e, on->span, BV_STR_FMT " is on the way", BV_STR_ARG(on->name));
	}
	bv__diag_hint(d, e, "a view cannot read itself; let one of them read a source instead");
	bv__buf_free(&b);
}

static void drop_artifact(bv_view *v) {
	bv__artifact_free(v->artifact);
	v->artifact = NULL;
	v->cached = v->lean = false;
	v->graph.nreads = 0;
}

/* An artifact from before, where something that the view reads was replaced since: readers' trees may share nodes with it. */
static bool retire(bv_session *s, bv_view *v) {
	if (!v->artifact) {
		return true;
	}
	bv_view *old = BV_NEW(s->arena, bv_view);
	if (!old || !BV_PUSH(s->arena, &s->retired, old)) {
		return false;
	}
	old->artifact = v->artifact;
	v->artifact = NULL;
	v->cached = v->lean = false;
	return true;
}

/* A compiled view becomes one of the session. */
static bool accept(bv_session *s, bv_view *v) {
	bv__view_storage(v);
	bv__view_seen(v);
	v->state = BV_VIEW_COMPILED;
	return bv__view_graph(v) && BV_PUSH(s->arena, &s->fresh, v);
}

/* Keeps what was said until the outermost call ends; frees what is empty. */
static void keep_said(bv_session *s, bv_view *v, bv_diagnostics *said, bv_diagnostics *d) {
	if (said->items.n == 0 && !said->oom) {
		bv_diagnostics_free(said);
	} else if (v->said) {
		bv__diag_forward(said, v->said);
	} else if (!BV_PUSH(s->arena, &s->spoken, v)) {
		bv__diag_forward(said, d);
	} else {
		v->said = said;
	}
}

static int by_name(const void *x, const void *y, void *ctx) {
	(void)ctx;
	return bv__str_cmp((*(bv_view *const *)x)->name, (*(bv_view *const *)y)->name);
}

static void say(bv_session *s, bv_diagnostics *d) {
	(void)!bv__sort(s->spoken.v, s->spoken.n, sizeof *s->spoken.v, by_name, NULL);
	for (uint32_t i = 0; i < s->spoken.n; i++) {
		bv__diag_forward(s->spoken.v[i]->said, d);
		s->spoken.v[i]->said = NULL;
	}
	s->spoken.n = 0;
}

/* whole: with its tree, so not from the registry. */
static bool compile_one(bv_session *s, bv_view *v, bool whole, bv_diagnostics *d) {
	if (v->state == BV_VIEW_COMPILING) {
		report_cycle(s, v, d);
		return false;
	}
	if (s->depth >= NESTED_MAX) {
		bv__diag(d, BV_E_CYCLE, v->span, "views form a cycle of more than %d views through " BV_STR_FMT, NESTED_MAX, BV_STR_ARG(v->name));
		return false;
	}
	bv_diagnostics *said = bv__diag_session(s);
	if (!said || !retire(s, v)) {
		bv_diagnostics_free(said);
		(void)bv__nomem(d);
		return false;
	}
	double start = bv__os_monotonic();
	v->state = BV_VIEW_COMPILING;
	v->reader = s->current;
	s->current = v;
	s->depth++;
	bool ok = !whole && v->row && bv__cache_restore(s, v);
	if (!ok) {
		v->row = NULL;
		ok = bv__view_lane(s, v, NULL, said);
	}
	s->depth--;
	s->current = v->reader;
	v->reader = NULL;
	ok = ok && accept(s, v);
	v->seconds = bv__os_monotonic() - start;
	if (!ok) {
		v->state = BV_VIEW_INVALID;
		v->failed_in = s->calls;
		drop_artifact(v);
		if (!bv__view_graph(v)) {
			(void)bv__nomem(d);
		}
	}
	keep_said(s, v, said, d);
	return ok;
}

/* ---- second pass: view by view ---- */

typedef struct step {
	bv_view *view;
	bv_view **reads;
	uint32_t n, at;
	bool looked;
} step;

/* Depth first over what the trees name, without recursion: a chain of ten thousand views costs no stack. */
static bool compile_after_reads(bv_session *s, bv_view *root, bool whole, bv_diagnostics *d) {
	bv_arena *a = bv__arena_new();
	BV_VEC(step) stack = {0};
	bv_map on_stack;
	bool ok = a != NULL;
	if (a) {
		bv__map_init(&on_stack, a);
		ok = BV_PUSH(a, &stack, ((step){.view = root})) && bv__map_put(&on_stack, root->name, root);
	}
	while (ok && stack.n) {
		step *top = &stack.v[stack.n - 1];
		if (!top->looked) {
			top->looked = true;
			ok = reads_of(s, a, top->view, &top->reads, &top->n);
			continue;
		}
		if (top->at < top->n) {
			bv_view *next = top->reads[top->at++];
			if (next->state == BV_VIEW_NEW && !bv__map_has(&on_stack, next->name)) {
				ok = BV_PUSH(a, &stack, ((step){.view = next})) && bv__map_put(&on_stack, next->name, next);
			}
			continue;
		}
		bv_view *v = top->view;
		stack.n--;
		if (v->state == BV_VIEW_NEW) {
			(void)compile_one(s, v, whole && v == root, d);
		}
	}
	bv__arena_free(a);
	if (!ok) {
		(void)bv__nomem(d);
		return false;
	}
	return root->state == BV_VIEW_COMPILED;
}

/* ---- recording ---- */

/* The file has another stamp, though the text is the same. */
static bool restamped(const bv_view *v) {
	return v->cached && v->row && v->stamp.n && !bv__str_eq(v->stamp, v->row->stamp);
}

/* Records what was compiled since the last time; trees of many views are let go. */
static bool record_fresh(bv_session *s, bv_diagnostics *d) {
	bool ok = true, shrink = s->views.n > BV_WHOLE_VIEWS_MAX;
	uint32_t made = s->gone.n;
	for (uint32_t i = 0; i < s->fresh.n; i++) {
		made += !s->fresh.v[i]->cached || restamped(s->fresh.v[i]);
	}
	if (s->registry && made) {
		bv_buf probes = BV_BUF_INIT;
		bv__functions_new_probes(s->functions, &probes);
		ok = bv__registry_begin(s->registry, d);
		if (ok) {
			bool put = true;
			while (put && s->gone.n) {
				put = bv__registry_drop_source(s->registry, s->gone.v[--s->gone.n], d);
			}
			for (uint32_t i = 0; put && i < s->fresh.n; i++) {
				bv_view *v = s->fresh.v[i];
				if (restamped(v)) {
					put = bv__registry_put_stamp(s->registry, v->file, v->stamp, d);
				}
				if (v->state != BV_VIEW_COMPILED || v->cached) {
					continue;
				}
				bv_buf stored = BV_BUF_INIT;
				if (v->materialized) {
					bv__schema_json(&v->contract.stored, &stored);
				}
				put = bv__registry_put_artifact(s->registry, v->artifact, v->materialized, v->location.p ? bv__kept_location(s, v->location) : BV_STR(""), bv__buf_view(&stored),
					bv__str(v->storage_hash), d);
				bv__buf_free(&stored);
				put = put && bv__cache_put(s, v, d);
			}
			put = put && (probes.n == 0 || bv__registry_put_probes(s->registry, bv__buf_view(&probes), d));
			ok = bv__registry_commit(s->registry, d) && put;
		}
		bv__buf_free(&probes);
	}
	for (uint32_t i = 0; i < s->fresh.n; i++) {
		bv_view *v = s->fresh.v[i];
		if (v->state != BV_VIEW_COMPILED) {
			continue;
		}
		if (v->artifact->nvolatile) {
			bv_diagnostics *said = bv__diag_session(s);
			if (said) {
				bv__view_warn(v, said);
				keep_said(s, v, said, d);
			}
		}
		if (shrink && ok && s->registry && !v->cached && !v->lean && v->head.n && v->artifact->ast_fingerprint[0] && !bv__view_shrink(v)) {
			ok = bv__nomem(d) == BV_OK;
		}
	}
	s->fresh.n = 0;
	return ok;
}

/* ---- first pass: in parallel ---- */

typedef struct job {
	bv_view *view;
	bv_diagnostics *said;
	uint32_t waits;     /* reads that are not compiled yet */
	uint32_t *readers;  /* jobs */
	uint32_t nreaders, at;
	bool ok, listed;
} job;

typedef struct pass {
	bv_session *s;
	job *jobs;
	const uint32_t *ready;
} pass;

static void do_job(void *ctx, uint32_t i) {
	pass *p = ctx;
	job *j = &p->jobs[p->ready[i]];
	bv_view *v = j->view;
	double start = bv__os_monotonic();
	bool unready = false;
	j->ok = v->row && bv__cache_restore(p->s, v);
	if (!j->ok && j->said) {
		v->row = NULL;
		j->ok = bv__view_lane(p->s, v, &unready, j->said) && !unready;
	}
	v->seconds = bv__os_monotonic() - start;
}

/* Who reads whom, among the jobs; false: out of memory. */
static bool link_jobs(bv_session *s, bv_arena *a, job *jobs, uint32_t n, bv_map *index) {
	bool ok = true;
	uint32_t **reads = BV_NEWN(a, uint32_t *, n + 1);
	uint32_t *counts = BV_NEWN(a, uint32_t, n + 1);
	for (uint32_t i = 0; ok && reads && counts && i < n; i++) {
		bv_view **found;
		uint32_t nfound, kept = 0;
		ok = reads_of(s, a, jobs[i].view, &found, &nfound);
		reads[i] = BV_NEWN(a, uint32_t, nfound + 1);
		for (uint32_t k = 0; ok && reads[i] && k < nfound; k++) {
			uintptr_t at = (uintptr_t)bv__map_get(index, found[k]->name);
			bool twice = false;
			for (uint32_t m = 0; at && m < kept; m++) {
				twice |= reads[i][m] == at - 1;
			}
			if (at && !twice) {
				reads[i][kept++] = (uint32_t)at - 1;
				jobs[at - 1].nreaders++;
			}
		}
		counts[i] = jobs[i].waits = kept;
	}
	for (uint32_t i = 0; ok && i < n; i++) {
		jobs[i].readers = BV_NEWN(a, uint32_t, jobs[i].nreaders + 1);
		ok = jobs[i].readers != NULL;
	}
	for (uint32_t i = 0; ok && i < n; i++) {
		for (uint32_t k = 0; k < counts[i]; k++) {
			job *read = &jobs[reads[i][k]];
			read->readers[read->at++] = i;
		}
	}
	return ok && !bv__arena_failed(a);
}

static bool compile_parallel(bv_session *s, bv_diagnostics *d) {
	bv_arena *a = bv__arena_new();
	bv_map index;
	uint32_t n = 0;
	job *jobs = a ? BV_NEWN(a, job, s->views.n + 1) : NULL;
	uint32_t *ready = a ? BV_NEWN(a, uint32_t, s->views.n + 1) : NULL;
	bool ok = jobs && ready, recorded = true;
	if (a) {
		bv__map_init(&index, a);
	}
	for (uint32_t i = 0; ok && i < s->views.n; i++) {
		bv_view *v = s->views.v[i];
		if (v->state == BV_VIEW_NEW) {
			jobs[n].view = v;
			ok = retire(s, v) && bv__map_put(&index, v->name, (void *)(uintptr_t)(++n));
		}
	}
	ok = ok && link_jobs(s, a, jobs, n, &index);
	uint32_t from = 0, to = 0;
	for (uint32_t i = 0; ok && i < n; i++) {
		if (jobs[i].waits == 0) {
			ready[to++] = i;
		}
	}
	pass p = {s, jobs, ready};
	while (ok && from < to) {
		uint32_t count = to - from < BATCH ? to - from : BATCH;
		p.ready = ready + from;
		for (uint32_t i = 0; i < count; i++) {
			jobs[p.ready[i]].said = bv__diag_session(s);
		}
		bv__parallel(s, count, VIEWS_A_THREAD, do_job, &p);
		for (uint32_t i = 0; i < count; i++) {
			job *j = &jobs[p.ready[i]];
			bv_view *v = j->view;
			if (j->ok && accept(s, v)) {
				if (j->said) {
					keep_said(s, v, j->said, d);
				}
				for (uint32_t k = 0; k < j->nreaders; k++) {
					if (--jobs[j->readers[k]].waits == 0) {
						ready[to++] = j->readers[k];
					}
				}
			} else {
				drop_artifact(v);
				bv_diagnostics_free(j->said);
			}
			j->said = NULL;
		}
		from += count;
		recorded &= record_fresh(s, d);
	}
	bv__arena_free(a);
	if (!ok) {
		(void)bv__nomem(d);
	}
	return ok && recorded;
}

/* ---- the calls ---- */

bool bv__session_compile(bv_session *s, bv_view *v, bv_diagnostics *d) {
	pthread_mutex_lock(&s->lock);
	bool outermost = s->depth == 0, ok = false;
	if (outermost) {
		s->calls++;
	}
	if (v->state == BV_VIEW_INVALID && v->failed_in != s->calls) {
		v->state = BV_VIEW_NEW; /* a new call wants to hear what is wrong */
	}
	if (v->state == BV_VIEW_COMPILED) {
		ok = true;
	} else if (v->state != BV_VIEW_INVALID && bv__view_open(s, v, d)) {
		ok = outermost ? compile_after_reads(s, v, false, d) : compile_one(s, v, false, d);
	}
	if (outermost) {
		ok = record_fresh(s, d) && ok;
		say(s, d);
	}
	pthread_mutex_unlock(&s->lock);
	return ok;
}

bool bv__view_ready(bv_session *s, bv_view *v, bv_diagnostics *d) {
	pthread_mutex_lock(&s->lock);
	bool ok = bv__session_compile(s, v, d);
	if (ok && !v->artifact->ast && !bv__cache_whole(s, v)) {
		s->calls++;
		/* What it reads is as it was when it was compiled or restored, so it is the same artifact again, and there is nothing new to say. */
		bv_diagnostics *quiet = bv_diagnostics_new();
		v->state = BV_VIEW_NEW;
		v->lean = false;
		ok = quiet && compile_after_reads(s, v, true, quiet);
		if (ok) {
			s->fresh.n = 0;
			say(s, quiet);
		} else {
			say(s, d);
		}
		bv_diagnostics_free(quiet);
	}
	pthread_mutex_unlock(&s->lock);
	return ok;
}

/* What is compiled reads views that are only known so far: the lane will want their schemas. */
static bool open_reads(bv_session *s, bv_diagnostics *d) {
	bv_arena *a = bv__arena_new();
	bool ok = a || bv__nomem(d) == BV_OK;
	for (uint32_t i = 0; ok && s->known && i < s->views.n; i++) {
		bv_view **reads;
		uint32_t n = 0;
		if (s->views.v[i]->state == BV_VIEW_NEW && !s->views.v[i]->row) {
			ok = reads_of(s, a, s->views.v[i], &reads, &n) || bv__nomem(d) == BV_OK;
		}
		for (uint32_t k = 0; ok && k < n; k++) {
			ok = bv__view_open(s, reads[k], d);
		}
	}
	bv__arena_free(a);
	return ok;
}

/* The names of views that will be compiled again the next time: nobody has to read their files to know that names mean what they meant. */
static bool record_names(bv_session *s, bv_diagnostics *d) {
	bool ok = true;
	for (uint32_t i = 0; ok && i < s->views.n; i++) {
		ok = s->views.v[i]->state != BV_VIEW_INVALID || bv__cache_put_name(s, s->views.v[i], d);
	}
	return ok;
}

bool bv__session_compile_all(bv_session *s, bool list, bv_graph *graph, bv_diagnostics *d) {
	pthread_mutex_lock(&s->lock);
	s->listing = list;
	bool ok = bv__project_load_views(s, list, d);
	s->calls++;
	for (uint32_t i = 0; i < s->views.n; i++) {
		if (s->views.v[i]->state == BV_VIEW_INVALID) {
			s->views.v[i]->state = BV_VIEW_NEW;
		}
	}
	ok &= open_reads(s, d);
	ok &= compile_parallel(s, d);
	for (uint32_t i = 0; i < s->views.n; i++) {
		bv_view *v = s->views.v[i];
		if (v->state == BV_VIEW_NEW) {
			(void)compile_after_reads(s, v, false, d);
		}
		ok &= v->state == BV_VIEW_COMPILED || v->state == BV_VIEW_KNOWN;
	}
	ok &= record_fresh(s, d);
	ok &= record_names(s, d);
	s->listing = false;
	say(s, d);
	if (graph) {
		uint32_t n = 0;
		bv_graph_input *in = BV_NEWN(s->arena, bv_graph_input, s->views.n + s->datasets.n + 1);
		for (uint32_t i = 0; in && i < s->views.n; i++) {
			in[n++] = s->views.v[i]->graph;
		}
		for (uint32_t i = 0; in && i < s->datasets.n; i++) {
			const bv_dataset *ds = s->datasets.v[i];
			in[n++] = (bv_graph_input){.name = ds->name, .kind = BV_GRAPH_SOURCE, .file = BV_STR(""), .span = ds->span};
		}
		if (!in) {
			(void)bv__nomem(d);
			ok = false;
		} else {
			bv_diagnostics *local = bv__diag_session(s);
			ok = local && bv__graph_build(s->arena, in, n, graph, local) && ok;
			if (local) {
				bv__diag_forward(local, d);
			} else {
				(void)bv__nomem(d);
			}
		}
	}
	pthread_mutex_unlock(&s->lock);
	return ok;
}
