/* The plan. In: a session, a selection. Out: for each materialised view, in topological order, whether it is built, skipped or blocked, and why; one
 * pinned version of everything that is read; orphans. Nothing is written but the registry, which learns certificates that it lacked. */
#include "refresh/plan.h"

/* ---- views that do not compile ---- */

typedef struct tables {
	bv_arena *a;
	BV_VEC(bv_str) names;
} tables;

static bv_walk find_tables(bv_node *n, bv_node *parent, void *ctx) {
	(void)parent;
	tables *t = ctx;
	if (n->kind == BV_TABLE && BV_AS(table, n)->path.n <= 3) {
		bv_path full = bv__full_path(t->a, &BV_AS(table, n)->path);
		if (!BV_PUSH(t->a, &t->names, bv__full_name(t->a, &full))) {
			return BV_WALK_STOP;
		}
	}
	return BV_WALK_CONTINUE;
}

/* What an invalid view's query names, as far as it can be told without its artifact. */
static void names_in(bv_planner *p, bv_view *v, tables *out) {
	*out = (tables){.a = p->a};
	bv_diagnostics *quiet = v->query ? NULL : bv_diagnostics_new();
	if (!v->query && quiet) {
		(void)!bv__view_parse(p->s, v, quiet); /* what is wrong with it has been said */
	}
	bv_diagnostics_free(quiet);
	if (v->query) {
		(void)bv__walk((bv_node *)(uintptr_t)v->query, find_tables, out);
	}
}

/* First error of each source text: what an invalid view's reason quotes. */
static void first_errors(bv_planner *p, const bv_diagnostics *said, bv_map *out) {
	bv__map_init(out, p->a);
	for (uint32_t i = 0; i < said->items.n; i++) {
		const bv_diagnostic *e = &said->items.v[i];
		bv_str source = e->span.file < said->sources.n ? said->sources.v[e->span.file].name : BV_STR("");
		if (e->severity == BV_SEVERITY_ERROR && source.n && !bv__map_has(out, source)) {
			bv_str *text = BV_NEW(p->a, bv_str);
			if (text) {
				*text = bv__arena_printf(p->a, "BV%04u " BV_STR_FMT, (unsigned)e->code, BV_STR_ARG(e->message));
				(void)!bv__map_put(out, bv__arena_str(p->a, source), text);
			}
		}
	}
}

/* Compiled, and no type in it is unknown. */
static bool is_whole(const bv_view *v) {
	return v->state == BV_VIEW_COMPILED && v->artifact->ast_fingerprint[0] != '\0';
}

/* Its own error, or else the invalid view that it reads. */
static bv_reason invalid_reason(bv_planner *p, bv_view *v, const bv_map *errors) {
	const bv_str *error = v->source < p->s->sources->sources.n ? bv__map_get(errors, p->s->sources->sources.v[v->source].name) : NULL;
	if (error) {
		return (bv_reason){"invalid", *error};
	}
	tables t;
	names_in(p, v, &t);
	for (uint32_t i = 0; i < t.names.n; i++) {
		const bv_view *read = bv__session_view(p->s, t.names.v[i]);
		if (read && read != v && !is_whole(read)) {
			return (bv_reason){"upstream_blocked", read->name};
		}
	}
	return (bv_reason){"invalid", v->state == BV_VIEW_COMPILED ? BV_STR("a type in it is unknown") : BV_STR("")};
}

/* ---- what a view really reads ---- */

static int by_number(const void *x, const void *y, void *ctx) {
	(void)ctx;
	uint32_t a = *(const uint32_t *)x, b = *(const uint32_t *)y;
	return a < b ? -1 : a > b;
}

/* Walks up through plain views to the tables below them. seen[i] == mark: visited for this view. Numbers of nodes are in the order of names. */
static bool find_reads(bv_planner *p, uint32_t at, uint32_t *seen, uint32_t mark, uint32_t *stack) {
	bv_plan_node *node = &p->nodes[at];
	uint32_t n = 0;
	bool ok = true;
	stack[n++] = at;
	while (ok && n) {
		const bv_graph_node *g = &p->plan->graph.v[stack[--n]];
		for (uint32_t k = 0; ok && k < g->parents.n; k++) {
			uint32_t i = g->parents.v[k];
			const bv_view *v = p->nodes[i].view;
			if (seen[i] == mark) {
				continue;
			}
			seen[i] = mark;
			if (v && !v->materialized) {
				stack[n++] = i;
				ok = BV_PUSH(p->a, &node->plain, bv__arena_printf(p->a, BV_STR_FMT "=%s", BV_STR_ARG(v->name), v->artifact ? v->artifact->ast_fingerprint : ""));
			} else if (v || p->nodes[i].dataset) {
				p->nodes[i].needed = p->nodes[i].read = true;
				ok = BV_PUSH(p->a, &node->reads, i);
			}
		}
	}
	return ok && bv__sort(node->reads.v, node->reads.n, sizeof *node->reads.v, by_number, NULL) &&
		bv__sort(node->plain.v, node->plain.n, sizeof *node->plain.v, bv__str_cmp_v, NULL);
}

static bool make_nodes(bv_planner *p, const bool *chosen, const bv_map *errors) {
	const bv_graph *g = &p->plan->graph;
	uint32_t count = 0, mark = 0;
	for (uint32_t i = 0; i < g->n; i++) {
		bv_view *v = bv__session_view(p->s, g->v[i].name);
		p->nodes[i].view = v;
		p->nodes[i].dataset = v ? NULL : bv__map_get(&p->s->dataset_by_name, g->v[i].name);
		count += v && v->materialized;
	}
	/* Plans are pointed at, so their vector never grows. */
	p->plan->views.v = BV_NEWN(p->a, bv_view_plan, count + 1);
	uint32_t *seen = BV_NEWN(p->a, uint32_t, g->n + 1), *stack = BV_NEWN(p->a, uint32_t, g->n + 1);
	bool ok = !bv__arena_failed(p->a);
	for (uint32_t k = 0; ok && k < g->n; k++) {
		uint32_t i = g->order[k];
		bv_plan_node *node = &p->nodes[i];
		if (!node->view || !node->view->materialized) {
			continue;
		}
		bv_view_plan *out = &p->plan->views.v[p->plan->views.n++];
		p->plan->views.cap = p->plan->views.n;
		*out = (bv_view_plan){.view = node->view, .selected = chosen[i], .version = -1, .data_version = -1, .refresh = 1, .table_id = BV_STR("")};
		node->plan = out;
		node->selected = chosen[i];
		ok = bv__map_put(&p->plan->view_by_name, node->view->name, out);
		if (node->view->artifact) {
			memcpy(out->ast_fingerprint, node->view->artifact->ast_fingerprint, sizeof out->ast_fingerprint);
		}
		if (!is_whole(node->view)) {
			out->action = BV_ACTION_BLOCKED;
			ok = ok && BV_PUSH(p->a, &out->reasons, invalid_reason(p, node->view, errors));
		} else if (node->view->location.n == 0) {
			out->action = BV_ACTION_BLOCKED;
			ok = ok && BV_PUSH(p->a, &out->reasons, ((bv_reason){"invalid", BV_STR("there is no warehouse to keep its table in")}));
		} else if (node->selected) {
			node->needed = true;
			ok = ok && find_reads(p, i, seen, ++mark, stack);
		}
	}
	return ok;
}

/* ---- facts ---- */

/* Errors about sources stand where belvedere.yaml names them, or else where the first view that reads them does. */
static void report(bv_planner *p, uint32_t i, const bv_facts *f) {
	bv_span span = f->view ? f->view->span : f->dataset->span;
	for (uint32_t k = 0; f->dataset && !span.file && k < p->plan->graph.n; k++) {
		const bv_plan_node *reader = &p->nodes[p->plan->graph.order[k]];
		for (uint32_t m = 0; !span.file && m < reader->reads.n; m++) {
			span = reader->reads.v[m] == i ? reader->view->span : span;
		}
	}
	bv_str name = f->view ? f->view->name : f->dataset->name;
	bv_diagnostic *e = bv__diag(p->d, f->cancelled ? BV_E_CANCELLED : BV_E_DATASET, span, "%s " BV_STR_FMT ": " BV_STR_FMT, f->view ? "the table of view" : "source",
		BV_STR_ARG(name), BV_STR_ARG(f->error));
	if (f->hint.n) {
		bv__diag_hint(p->d, e, BV_STR_FMT, BV_STR_ARG(f->hint));
	}
}

static bool ask_facts(bv_planner *p) {
	const bv_graph *g = &p->plan->graph;
	bv_facts *facts = BV_NEWN(p->a, bv_facts, g->n + 1);
	uint32_t n = 0;
	for (uint32_t i = 0; facts && i < g->n; i++) {
		bv_plan_node *node = &p->nodes[i];
		bool target = node->plan && node->plan->action != BV_ACTION_BLOCKED;
		if (node->needed && (target || node->dataset)) {
			facts[n] = (bv_facts){.dataset = node->dataset, .view = node->view};
			node->facts = &facts[n++];
		}
	}
	if (!facts || !bv__facts_ask(p->s, p->a, facts, n)) {
		(void)bv__nomem(p->d);
		return false;
	}
	bool go_on = true;
	for (uint32_t i = 0; go_on && i < g->n; i++) {
		const bv_facts *f = p->nodes[i].facts;
		if (f && f->failed) {
			report(p, i, f);
			go_on = !f->cancelled;
		}
	}
	return go_on;
}

/* After the decisions: a view that is built first has no version yet. */
static bool make_pins(bv_planner *p) {
	const bv_graph *g = &p->plan->graph;
	p->plan->pins.v = BV_NEWN(p->a, bv_pin, g->n + 1);
	bool ok = p->plan->pins.v != NULL;
	for (uint32_t i = 0; ok && i < g->n; i++) {
		const bv_plan_node *node = &p->nodes[i];
		if (!node->read || !node->facts || node->facts->failed) {
			continue;
		}
		const bv_facts *f = node->facts;
		bool first = node->plan && node->plan->selected && node->plan->action == BV_ACTION_BUILD && !node->plan->keeps_data;
		bv_pin *pin = &p->plan->pins.v[p->plan->pins.n++];
		p->plan->pins.cap = p->plan->pins.n;
		*pin = (bv_pin){.name = g->v[i].name, .dataset = node->dataset, .view = node->view, .exists = f->exists, .table_id = f->table_id,
			.version = first ? BV_STR("") : f->version_text, .read = f->version};
		ok = bv__map_put(&p->plan->pin_by_name, pin->name, pin);
	}
	return ok;
}

/* ---- orphans ---- */

static bool add_readers(bv_planner *p, const bv_map *by_name) {
	bool ok = true;
	for (uint32_t i = 0; ok && i < p->s->views.n; i++) {
		bv_view *v = p->s->views.v[i];
		if (v->state != BV_VIEW_INVALID) {
			continue; /* what is gone cannot be read by a view that compiles */
		}
		tables t;
		names_in(p, v, &t);
		for (uint32_t k = 0; ok && k < t.names.n; k++) {
			bv_orphan *o = bv__map_get(by_name, t.names.v[k]);
			if (o && (o->nreaders == 0 || !bv__str_eq(o->readers[o->nreaders - 1], v->name))) {
				bv_str *more = BV_NEWN(p->a, bv_str, o->nreaders + 1);
				ok = more != NULL;
				if (ok) {
					if (o->nreaders) {
						memcpy(more, o->readers, o->nreaders * sizeof *more);
					}
					more[o->nreaders++] = v->name;
					o->readers = more;
				}
			}
		}
	}
	return ok;
}

/* Where the table of a recorded view lies, or lay. */
static bv_str recorded_place(bv_planner *p, const bv_recorded_view *r) {
	bv_path path;
	if (r->location.n || !r->certified || p->s->project.warehouse.n == 0 || !bv__exact_path(p->a, r->name, &path)) {
		return r->location.n ? bv__path_join(p->a, p->s->project.root, r->location) : r->location;
	}
	return bv__view_location(p->a, p->s, &path);
}

/* Recorded views that are gone, and those that are plain now but have a table. A table that is not there, or not ours, is nobody's orphan. */
static bool find_orphans(bv_planner *p) {
	bv_recorded_view *recorded = NULL;
	uint32_t n = 0;
	if (!p->s->registry || p->s->views_bad) {
		return true; /* a view whose file cannot be read is not gone */
	}
	if (!bv__registry_recorded(p->s->registry, p->a, &recorded, &n, p->d)) {
		return false;
	}
	bv_map by_name;
	bv__map_init(&by_name, p->a);
	BV_VEC(bv_orphan *) candidates = {0};
	BV_VEC(bv_facts) facts = {0};
	bool ok = true;
	for (uint32_t i = 0; ok && i < n; i++) {
		const bv_view *v = bv__session_view(p->s, recorded[i].name);
		bv_str place = recorded_place(p, &recorded[i]);
		if (v && (v->materialized || !recorded[i].certified)) {
			continue;
		}
		bv_orphan *o = BV_NEW(p->a, bv_orphan);
		bv_view *stand_in = BV_NEW(p->a, bv_view);
		if (!o || !stand_in) {
			return false;
		}
		*o = (bv_orphan){.name = recorded[i].name, .location = place};
		stand_in->name = o->name;
		stand_in->location = place;
		ok = BV_PUSH(p->a, &candidates, o) && bv__map_put(&by_name, o->name, o) && (place.n == 0 || BV_PUSH(p->a, &facts, ((bv_facts){.view = stand_in})));
	}
	if (!ok || candidates.n == 0) {
		return ok;
	}
	ok = bv__facts_ask(p->s, p->a, facts.v, facts.n) && add_readers(p, &by_name);
	for (uint32_t i = 0, k = 0; ok && i < candidates.n; i++) {
		bv_orphan *o = candidates.v[i];
		if (o->location.n) {
			const bv_facts *f = &facts.v[k++];
			bool ours = !f->failed && f->exists && bv__str_is(f->kind, "view") && (!f->has_certificate || bv__str_eq(f->certificate.view, o->name));
			o->location = ours ? o->location : BV_STR("");
		}
		const bv_view *v = bv__session_view(p->s, o->name);
		if (o->location.n || (o->nreaders && !v)) {
			ok = BV_PUSH(p->a, &p->plan->orphans, *o);
		}
	}
	return ok;
}

/* ---- the plan ---- */

/* The registry is a cache: where it cannot be written now, the plan is the same and the next one tries again. */
static void keep_certificates(bv_planner *p) {
	bv_diagnostics *quiet = p->keep.n && p->s->registry ? bv_diagnostics_new() : NULL;
	if (!quiet) {
		return;
	}
	bool ok = bv__registry_begin(p->s->registry, quiet);
	if (ok) {
		for (uint32_t i = 0; ok && i < p->keep.n; i++) {
			ok = bv__registry_put_certificate(p->s->registry, &p->keep.v[i], quiet);
		}
		ok = bv__registry_commit(p->s->registry, quiet) && ok;
	}
	bv__session_log(p->s, ok ? 0 : 2, "%u certificates %s", p->keep.n, ok ? "recovered or re-keyed" : "could not be recorded");
	bv_diagnostics_free(quiet);
}

/* The views that a query reads, and all that they read. */
static bool select_reads(bv_planner *p, bool *chosen) {
	const bv_graph *g = &p->plan->graph;
	uint32_t *stack = BV_NEWN(p->a, uint32_t, g->n + 1), n = 0;
	for (uint32_t i = 0; stack && i < p->nreads; i++) {
		uintptr_t at = (uintptr_t)bv__map_get(&g->by_name, p->reads[i]->name);
		if (at) {
			p->nodes[at - 1].read = true; /* its table, by the query */
		}
		if (at && !chosen[at - 1]) {
			chosen[at - 1] = true;
			stack[n++] = (uint32_t)at - 1;
		}
	}
	while (n) {
		const bv_graph_node *node = &g->v[stack[--n]];
		for (uint32_t k = 0; k < node->parents.n; k++) {
			if (!chosen[node->parents.v[k]]) {
				chosen[node->parents.v[k]] = true;
				stack[n++] = node->parents.v[k];
			}
		}
	}
	if (!stack) {
		(void)bv__nomem(p->d);
	}
	return stack != NULL;
}

static bool select_views(bv_planner *p, bool *chosen) {
	if (p->reads) {
		return select_reads(p, chosen);
	}
	const bv_selection *in = &p->o->selection;
	bv_str *select = BV_NEWN(p->a, bv_str, in->nselect + 1), *exclude = BV_NEWN(p->a, bv_str, in->nexclude + 1);
	if (!select || !exclude) {
		(void)bv__nomem(p->d);
		return false;
	}
	for (size_t i = 0; i < in->nselect; i++) {
		select[i] = bv__str(in->select[i]);
	}
	for (size_t i = 0; i < in->nexclude; i++) {
		exclude[i] = bv__str(in->exclude[i]);
	}
	return bv__graph_select(&p->plan->graph, select, (uint32_t)in->nselect, exclude, (uint32_t)in->nexclude, chosen, p->d);
}

static bool plan_compiled(bv_planner *p, const bv_diagnostics *said) {
	const bv_graph *g = &p->plan->graph;
	bool *chosen = BV_NEWN(p->a, bool, g->n + 1);
	p->nodes = BV_NEWN(p->a, bv_plan_node, g->n + 1);
	bv__map_init(&p->plan->view_by_name, p->a);
	bv__map_init(&p->plan->pin_by_name, p->a);
	if (!chosen || !p->nodes) {
		(void)bv__nomem(p->d);
		return false;
	}
	if (!select_views(p, chosen)) {
		return false;
	}
	bv_map errors;
	first_errors(p, said, &errors);
	bool ok = make_nodes(p, chosen, &errors);
	if (ok && !ask_facts(p)) {
		return false;
	}
	for (uint32_t i = 0; ok && i < g->n; i++) {
		bv_plan_node *node = &p->nodes[g->order[i]];
		if (node->plan) {
			bv__plan_decide(p, node);
		}
	}
	ok = ok && make_pins(p) && (p->reads || find_orphans(p));
	if (!ok || bv__arena_failed(p->a)) {
		if (p->d->errors == 0) {
			(void)bv__nomem(p->d);
		}
		return false;
	}
	keep_certificates(p);
	return true;
}

static bool plan_make(bv_planner p, bv_plan *out, bv_diagnostics *d) {
	bv_session *s = p.s;
	if (!bv__engine_there(s, "what is stale can only be told with an engine, which reads the tables' logs", d)) {
		return false;
	}
	bv_plan plan = {.arena = p.a};
	bv_diagnostics *said = bv_diagnostics_new(), *local = NULL;
	if (!said) {
		(void)bv__nomem(d);
		return false;
	}
	pthread_mutex_lock(&s->lock);
	/* What is wrong with other files is still to be said to whom it concerns, and a query is not. */
	bv_diagnostics *unsaid = p.reads ? s->unsaid : NULL;
	s->unsaid = p.reads ? NULL : s->unsaid;
	(void)bv__session_compile_all(s, false, &plan.graph, said); /* invalid views are blocked, the others go on */
	local = bv__diag_session(s);
	bool ok = local && plan.graph.order;
	if (!local) {
		(void)bv__nomem(d);
	}
	if (ok) {
		p.plan = &plan;
		p.d = local;
		p.engine = bv__engine_text(s, p.a);
		ok = plan_compiled(&p, said);
	}
	bv__diag_forward(said, d);
	if (local) {
		bv__diag_forward(local, d);
	}
	s->unsaid = unsaid ? unsaid : s->unsaid;
	pthread_mutex_unlock(&s->lock);
	if (ok) {
		*out = plan;
	}
	return ok;
}

bool bv__plan_make(bv_session *s, const bv_run_options *o, bv_arena *a, bv_plan *out, bv_diagnostics *d) {
	return plan_make((bv_planner){.s = s, .o = o, .a = a}, out, d);
}

bool bv__plan_reads(bv_session *s, bv_view *const *views, uint32_t n, bv_arena *a, bv_plan *out, bv_diagnostics *d) {
	static const bv_run_options none = BV_RUN_OPTIONS_INIT;
	return plan_make((bv_planner){.s = s, .o = &none, .reads = views, .nreads = n, .a = a}, out, d);
}

void bv__reasons_json(const bv_reason *v, uint32_t n, bv_json *j) {
	bv__json_key(j, "reasons");
	bv__json_open(j, '[');
	for (uint32_t i = 0; i < n; i++) {
		bv__json_open(j, '{');
		bv__json_key(j, "code");
		bv__json_z(j, v[i].code);
		bv__json_key(j, "detail");
		bv__json_str(j, v[i].detail);
		bv__json_close(j, '}');
	}
	bv__json_close(j, ']');
}

void bv__plan_json(const bv_plan *p, bv_buf *out) {
	static const char *const actions[] = {[BV_ACTION_SKIP] = "skip", [BV_ACTION_BUILD] = "build", [BV_ACTION_BLOCKED] = "blocked"};
	bv_json j = bv__json(out);
	bv__json_open(&j, '{');
	bv__json_key(&j, "views");
	bv__json_open(&j, '[');
	for (uint32_t i = 0; i < p->views.n; i++) {
		const bv_view_plan *v = &p->views.v[i];
		if (!v->selected) {
			continue;
		}
		bv__json_open(&j, '{');
		bv__json_key(&j, "name");
		bv__json_str(&j, v->view->name);
		bv__json_key(&j, "action");
		bv__json_z(&j, actions[v->action]);
		bv__reasons_json(v->reasons.v, v->reasons.n, &j);
		bv__json_close(&j, '}');
	}
	bv__json_close(&j, ']');
	bv__json_key(&j, "orphans");
	bv__json_open(&j, '[');
	for (uint32_t i = 0; i < p->orphans.n; i++) {
		const bv_orphan *o = &p->orphans.v[i];
		bv__json_open(&j, '{');
		bv__json_key(&j, "name");
		bv__json_str(&j, o->name);
		bv__json_key(&j, "location");
		if (o->location.n) {
			bv__json_str(&j, o->location);
		} else {
			bv__json_null(&j);
		}
		bv__json_key(&j, "readers");
		bv__json_open(&j, '[');
		for (uint32_t k = 0; k < o->nreaders; k++) {
			bv__json_str(&j, o->readers[k]);
		}
		bv__json_close(&j, ']');
		bv__json_close(&j, '}');
	}
	bv__json_close(&j, ']');
	bv__json_close(&j, '}');
}
