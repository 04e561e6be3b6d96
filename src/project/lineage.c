/* Columns through the graph of views. In: the name of a view or source, or of one column of it. Out: JSON with every column that it comes from, down to
 * the sources, or with every column that comes from it.
 *
 * What decides the rows of a view has a place of its own beside the columns, its `rows` (column null): filters, joins and groups lead to it, and the rows
 * of a view hang on the rows of each table that it reads. Breadth first, so each place is found at its least number of steps. */
#include "project/project.h"

/* ---- tables ---- */

typedef BV_VEC(uint32_t) numbers;

typedef struct table {
	bv_str name;
	const char *kind;
	bool view;
	bv_str *columns;
	uint32_t ncolumns;
	bv_uses uses;         /* of a view */
	bv_map outputs;       /* name -> numbers * of outputs */
	bv_map users;         /* use_name() of a column -> numbers * of outputs that use it; the number of outputs stands for the rows */
	const bv_str *reads;  /* full names */
	uint32_t nreads;
} table;

typedef struct place {
	table *table;
	bv_str column;
	bool rows;
	uint32_t steps;
	bool more; /* it goes on, but not within the depth that was asked for */
} place;

typedef struct edge {
	uint32_t from, to; /* places: data goes from one to the other */
	bv_str path;
	unsigned roles;    /* 0: the rows */
} edge;

typedef struct tracer {
	bv_session *s;
	bv_arena *a;
	bv_diagnostics *d;
	bool downstream;
	int64_t depth;  /* < 0: all */
	bv_graph graph; /* downstream */
	bv_map tables;  /* name -> table * */
	bv_map index;   /* table and column -> place + 1 */
	BV_VEC(place) places;
	BV_VEC(edge) edges;
	bool failed; /* diagnosed */
} tracer;

static bv_str use_key(void *ctx, const bv_path *path) {
	return bv__full_name(ctx, path);
}

static bool add_number(bv_arena *a, bv_map *m, bv_str key, uint32_t i) {
	numbers *list = bv__map_get(m, key);
	if (!list) {
		list = BV_NEW(a, numbers);
		if (!list || !bv__map_put(m, key, list)) {
			return false;
		}
	}
	return (list->n && list->v[list->n - 1] == i) || BV_PUSH(a, list, i);
}

static bv_str use_name(bv_arena *a, bv_str table_name, bv_str column) {
	return bv__arena_printf(a, "%u:" BV_STR_FMT BV_STR_FMT, table_name.n, BV_STR_ARG(table_name), BV_STR_ARG(column));
}

static const bv_column_uses *uses_at(const table *x, uint32_t i) {
	return i < x->uses.n ? &x->uses.v[i] : &x->uses.rows;
}

/* Finds outputs by name, and by what they use. */
static bool index_uses(bv_arena *a, table *x) {
	bv__map_init(&x->outputs, a);
	bv__map_init(&x->users, a);
	bool ok = true;
	for (uint32_t i = 0; ok && i <= x->uses.n; i++) {
		const bv_column_uses *u = uses_at(x, i);
		ok = i == x->uses.n || add_number(a, &x->outputs, u->output, i);
		for (uint32_t k = 0; ok && k < u->n; k++) {
			ok = add_number(a, &x->users, use_name(a, u->v[k].table, u->v[k].column), i);
		}
	}
	return ok;
}

static bool add_view(tracer *t, bv_view *v, table *out) {
	if (!bv__view_ready(t->s, v, t->d)) {
		return false;
	}
	const bv_view_artifact *art = v->artifact;
	*out = (table){.name = v->name, .kind = v->materialized ? "materialized" : "view", .view = true, .reads = v->graph.reads, .nreads = v->graph.nreads, .ncolumns = art->schema.n};
	out->columns = BV_NEWN(t->a, bv_str, out->ncolumns + 1);
	for (uint32_t i = 0; out->columns && i < out->ncolumns; i++) {
		out->columns[i] = art->schema.v[i].name;
	}
	if (!out->columns || !bv__uses(t->a, art->ast, use_key, t->a, &out->uses) || !index_uses(t->a, out)) {
		(void)bv__nomem(t->d);
		return false;
	}
	return true;
}

static bool add_source(tracer *t, const bv_path *path, table *out) {
	const bv_dataset *ds = bv__session_dataset(t->s, path, t->d, BV_NO_SPAN);
	if (!ds) {
		return false;
	}
	*out = (table){.name = ds->name, .kind = "source", .ncolumns = ds->schema.n, .columns = BV_NEWN(t->a, bv_str, ds->schema.n + 1)};
	for (uint32_t i = 0; out->columns && i < out->ncolumns; i++) {
		out->columns[i] = ds->schema.v[i].name;
	}
	return out->columns != NULL;
}

/* NULL: there is none, or it cannot be compiled or opened, which was diagnosed. */
static table *find_table(tracer *t, bv_str text) {
	bv_path path;
	if (!bv__exact_path(t->a, text, &path)) {
		return NULL;
	}
	bv_str name = bv__full_name(t->a, &path);
	table *known = bv__map_get(&t->tables, name);
	if (known) {
		return known;
	}
	bv_view *v = bv__session_view(t->s, name);
	size_t errors = bv_diagnostics_errors(t->d);
	known = BV_NEW(t->a, table);
	bool ok = known && (v ? add_view(t, v, known) : add_source(t, &path, known));
	t->failed = t->failed || bv_diagnostics_errors(t->d) > errors || bv__arena_failed(t->a);
	return ok && bv__map_put(&t->tables, name, known) ? known : NULL;
}

/* Of a name that a compiled view reads: it is there, so it can only be memory that lacks. */
static table *known_table(tracer *t, bv_str name) {
	table *x = find_table(t, name);
	if (!x && !t->failed) {
		(void)bv__nomem(t->d);
		t->failed = true;
	}
	return x;
}

static bool has_column(const table *x, bv_str column) {
	for (uint32_t i = 0; i < x->ncolumns; i++) {
		if (bv__str_eq(x->columns[i], column)) {
			return true;
		}
	}
	return false;
}

/* ---- names ---- */

/* `a.b."c.d"` -> `a.b` and `c.d`. False: it has one part. */
static bool split_column(bv_arena *a, bv_str text, bv_str *head, bv_str *column) {
	uint32_t dot = text.n;
	bool quoted = false;
	for (uint32_t i = 0; i < text.n; i++) {
		quoted ^= text.p[i] == '"';
		dot = text.p[i] == '.' && !quoted ? i : dot;
	}
	if (dot == 0 || dot + 1 >= text.n) {
		return false;
	}
	*head = (bv_str){text.p, dot};
	bv_str last = {text.p + dot + 1, text.n - dot - 1};
	if (last.p[0] != '"') {
		*column = last;
		return true;
	}
	char *out = bv__arena_alloc(a, last.n + 1);
	uint32_t n = 0;
	for (uint32_t i = 1; out && i + 1 < last.n; i++) {
		i += last.p[i] == '"' && last.p[i + 1] == '"' && i + 2 < last.n;
		out[n++] = last.p[i];
	}
	*column = (bv_str){out ? out : "", n};
	return last.n > 1 && last.p[last.n - 1] == '"';
}

/* A table's name and, as one name, all that stands behind it: the column that it is there. */
static bool dotted_column(tracer *t, bv_str name, bv_str *head, bv_str *rest) {
	for (uint32_t i = 1; i + 1 < name.n; i++) {
		if (name.p[i] != '.') {
			continue;
		}
		*head = (bv_str){name.p, i};
		*rest = (bv_str){name.p + i + 1, name.n - i - 1};
		const table *x = find_table(t, *head);
		if (x && has_column(x, *rest)) {
			return true;
		}
	}
	return false;
}

static void no_such_table(tracer *t, bv_str name) {
	bv_str table_name, rest;
	bool dotted = dotted_column(t, name, &table_name, &rest);
	bv_diagnostic *e = bv__diag(t->d, BV_E_TABLE_UNKNOWN, BV_NO_SPAN, "no view and no source is named " BV_STR_FMT, BV_STR_ARG(name));
	if (dotted) {
		bv__diag_hint(t->d, e, "did you mean " BV_STR_FMT ".\"" BV_STR_FMT "\"?", BV_STR_ARG(table_name), BV_STR_ARG(rest));
		return;
	}
	bv_str near = bv__session_nearest(t->s, t->a, name), head, column;
	if (near.n == 0 && split_column(t->a, name, &head, &column)) {
		near = bv__session_nearest(t->s, t->a, head);
		if (near.n) {
			bv__diag_hint(t->d, e, "did you mean a column of " BV_STR_FMT "?", BV_STR_ARG(near));
			return;
		}
	}
	if (near.n) {
		bv__diag_hint(t->d, e, "did you mean " BV_STR_FMT "?", BV_STR_ARG(near));
	}
	(void)bv__session_unsaid(t->s, t->d); /* it may be in one of the files that could not be read */
}

static void no_such_column(tracer *t, const table *x, bv_str column) {
	bv_diagnostic *e = bv__diag(t->d, BV_E_COLUMN_UNKNOWN, BV_NO_SPAN, BV_STR_FMT " has no column " BV_STR_FMT, BV_STR_ARG(x->name), BV_STR_ARG(column));
	bv_str near = bv__did_you_mean(column, x->columns, x->ncolumns);
	if (near.n) {
		bv__diag_hint(t->d, e, "did you mean " BV_STR_FMT "?", BV_STR_ARG(near));
	} else {
		bv__diag_hint(t->d, e, "`belvedere show` lists its columns; a name with a dot stands in quotes");
	}
}

/* The whole text is a table's name, or else what stands before its last part is. */
static table *find_start(tracer *t, bv_str text, bv_str *column, bool *whole) {
	table *x = find_table(t, text);
	bv_str head;
	*whole = true;
	if (x || t->failed) {
		return x;
	}
	if (split_column(t->a, text, &head, column)) {
		*whole = false;
		x = find_table(t, head);
	}
	if (!x && !t->failed) {
		no_such_table(t, text);
	} else if (x && !has_column(x, *column)) {
		no_such_column(t, x, *column);
		return NULL;
	}
	return x;
}

/* ---- tracing ---- */

static uint32_t add_place(tracer *t, table *x, bv_str column, bool rows, uint32_t steps) {
	bv_str key = bv__arena_printf(t->a, "%u:" BV_STR_FMT "%c" BV_STR_FMT, x->name.n, BV_STR_ARG(x->name), rows ? '*' : '.', BV_STR_ARG(column));
	uintptr_t at = (uintptr_t)bv__map_get(&t->index, key);
	if (!at && BV_PUSH(t->a, &t->places, ((place){x, column, rows, steps, false}))) {
		at = t->places.n;
		(void)bv__map_put(&t->index, key, (void *)at);
	}
	return (uint32_t)at - 1;
}

/* Another place that the one at hand leads to. */
static void lead(tracer *t, uint32_t at, table *x, bv_str column, bool rows, bv_str path, unsigned roles) {
	uint32_t steps = t->places.v[at].steps + 1;
	if (t->depth >= 0 && steps > t->depth) {
		t->places.v[at].more = true;
		return;
	}
	uint32_t to = add_place(t, x, column, rows, steps);
	(void)BV_PUSH(t->a, &t->edges, (t->downstream ? (edge){at, to, path, roles} : (edge){to, at, path, roles}));
}

static void up_uses(tracer *t, uint32_t at, const bv_column_uses *u) {
	for (uint32_t i = 0; i < u->n && !t->failed; i++) {
		table *x = known_table(t, u->v[i].table);
		if (x) {
			lead(t, at, x, u->v[i].column, false, u->v[i].path, u->v[i].roles);
		}
	}
}

static void go_up(tracer *t, uint32_t at) {
	const place p = t->places.v[at];
	if (!p.rows) {
		const numbers *outputs = p.table->view ? bv__map_get(&p.table->outputs, p.column) : NULL;
		for (uint32_t i = 0; outputs && i < outputs->n; i++) {
			up_uses(t, at, &p.table->uses.v[outputs->v[i]]);
		}
		return;
	}
	up_uses(t, at, &p.table->uses.rows);
	for (uint32_t i = 0; i < p.table->nreads && !t->failed; i++) {
		table *x = known_table(t, p.table->reads[i]);
		if (x) {
			lead(t, at, x, BV_STR(""), true, BV_STR(""), 0);
		}
	}
}

static void go_down(tracer *t, uint32_t at) {
	const place p = t->places.v[at];
	uintptr_t node = (uintptr_t)bv__map_get(&t->graph.by_name, p.table->name);
	for (uint32_t i = 0; node && i < t->graph.v[node - 1].children.n; i++) {
		const bv_view *v = bv__session_view(t->s, t->graph.v[t->graph.v[node - 1].children.v[i]].name);
		if (!v || v->state != BV_VIEW_COMPILED) {
			continue; /* what is wrong with it has been said */
		}
		table *reader = known_table(t, v->name);
		if (!reader) {
			return;
		}
		if (p.rows) {
			lead(t, at, reader, BV_STR(""), true, BV_STR(""), 0);
			continue;
		}
		const numbers *users = bv__map_get(&reader->users, use_name(t->a, p.table->name, p.column));
		for (uint32_t k = 0; users && k < users->n; k++) {
			const bv_column_uses *u = uses_at(reader, users->v[k]);
			bool rows = u == &reader->uses.rows;
			for (uint32_t m = 0; m < u->n; m++) {
				if (bv__str_eq(u->v[m].table, p.table->name) && bv__str_eq(u->v[m].column, p.column)) {
					lead(t, at, reader, rows ? BV_STR("") : u->output, rows, u->v[m].path, u->v[m].roles);
				}
			}
		}
	}
}

static void trace(tracer *t, table *start, bv_str column, bool whole) {
	for (uint32_t i = 0; whole && i < start->ncolumns; i++) {
		(void)add_place(t, start, start->columns[i], false, 0);
	}
	if (!whole) {
		(void)add_place(t, start, column, false, 0);
	}
	/* The rows of a view decide which values of a column there are. */
	uint32_t starts = t->places.n;
	if (whole || (!t->downstream && start->view)) {
		uint32_t rows = add_place(t, start, BV_STR(""), true, 0);
		for (uint32_t i = 0; !t->downstream && start->view && i < starts; i++) {
			(void)BV_PUSH(t->a, &t->edges, ((edge){rows, i, BV_STR(""), 0}));
		}
	}
	for (uint32_t i = 0; i < t->places.n && !t->failed && !bv__cancelled(t->s); i++) {
		if (t->downstream) {
			go_down(t, i);
		} else {
			go_up(t, i);
		}
	}
}

/* ---- the answer ---- */

static void write_place(const place *p, bv_json *j) {
	bv__json_open(j, '[');
	bv__json_str(j, p->table->name);
	if (p->rows) {
		bv__json_null(j);
	} else {
		bv__json_str(j, p->column);
	}
	bv__json_close(j, ']');
}

static void write_answer(const tracer *t, const table *start, bv_str column, bool whole, bv_buf *b) {
	bv_json j = bv__json(b);
	bv__json_open(&j, '{');
	bv__json_key(&j, "name");
	bv__json_str(&j, start->name);
	bv__json_key(&j, "column");
	if (whole) {
		bv__json_null(&j);
	} else {
		bv__json_str(&j, column);
	}
	bv__json_key(&j, "direction");
	bv__json_z(&j, t->downstream ? "downstream" : "upstream");
	bv__json_key(&j, "nodes");
	bv__json_open(&j, '[');
	for (uint32_t i = 0; i < t->places.n; i++) {
		const place *p = &t->places.v[i];
		bv__json_open(&j, '{');
		bv__json_key(&j, "table");
		bv__json_str(&j, p->table->name);
		bv__json_key(&j, "column");
		if (p->rows) {
			bv__json_null(&j);
		} else {
			bv__json_str(&j, p->column);
		}
		bv__json_key(&j, "kind");
		bv__json_z(&j, p->table->kind);
		bv__json_key(&j, "steps");
		bv__json_int(&j, p->steps);
		bv__json_key(&j, "more");
		bv__json_bool(&j, p->more);
		bv__json_close(&j, '}');
	}
	bv__json_close(&j, ']');
	bv__json_key(&j, "edges");
	bv__json_open(&j, '[');
	for (uint32_t i = 0; i < t->edges.n; i++) {
		const edge *e = &t->edges.v[i];
		bv__json_open(&j, '{');
		bv__json_key(&j, "from");
		write_place(&t->places.v[e->from], &j);
		bv__json_key(&j, "path");
		bv__json_str(&j, e->path);
		bv__json_key(&j, "to");
		write_place(&t->places.v[e->to], &j);
		bv__json_key(&j, "roles");
		bv__json_open(&j, '[');
		if (!e->roles) {
			bv__json_z(&j, "rows");
		}
		for (unsigned k = 0; k < BV_COUNT(bv__role_names); k++) {
			if (e->roles >> k & 1) {
				bv__json_z(&j, bv__role_names[k]);
			}
		}
		bv__json_close(&j, ']');
		bv__json_close(&j, '}');
	}
	bv__json_close(&j, ']');
	bv__json_close(&j, '}');
}

bv_status bv_project_lineage(bv_session *s, const char *name, const bv_lineage_options *options, char **json, bv_diagnostics *d) {
	bv_lineage_options o = BV_LINEAGE_OPTIONS_INIT;
	if (!s || !name || !d || (options && options->size < sizeof(size_t))) {
		return BV_MISUSE;
	}
	if (options) {
		memcpy(&o, options, options->size < sizeof o ? options->size : sizeof o);
	}
	bv_arena *a = bv__arena_new();
	if (!a) {
		return bv__nomem(d);
	}
	pthread_mutex_lock(&s->lock);
	tracer t = {.s = s, .a = a, .d = d, .downstream = o.downstream, .depth = o.depth};
	bv__map_init(&t.tables, a);
	bv__map_init(&t.index, a);
	bool valid = true;
	if (o.downstream) {
		valid = bv__session_compile_all(s, false, &t.graph, d);
	} else {
		bv__session_load_views(s, d);
	}
	bv_str column = BV_STR(""), text = bv__arena_strz(a, name);
	bool whole = true;
	table *start = find_start(&t, text, &column, &whole);
	bv_buf b = BV_BUF_INIT;
	if (start) {
		trace(&t, start, column, whole);
		write_answer(&t, start, column, whole, &b);
	}
	bool cancelled = bv__cancelled(s), oom = bv__arena_failed(a) || d->oom;
	bool ok = start && !t.failed && !oom && !cancelled;
	pthread_mutex_unlock(&s->lock);
	bv__arena_free(a);
	bv_status status = ok ? bv__give_json(&b, json, valid, d) : oom ? bv__nomem(d) : cancelled ? BV_CANCELLED : BV_FAILED;
	if (!ok) {
		bv__buf_free(&b);
	}
	return status;
}
