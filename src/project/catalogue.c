/* What a name means in a session: views first, then datasets (declared, known, or lying in the warehouse). In: a path as a query spells it.
 * Out: the stored name and the schema that a reader sees. Datasets are opened when they are first needed. */
#include <jansson.h>
#include <stdlib.h>

#include "project/delta_state.h"

/* ---- names ---- */

static bool plain_part(bv_str part) {
	return part.n > 0 && !memchr(part.p, '/', part.n) && !memchr(part.p, '\\', part.n) && !memchr(part.p, 0, part.n) && !bv__str_is(part, ".") && !bv__str_is(part, "..");
}

bv_path bv__full_path(bv_arena *a, const bv_path *path) {
	bv_path out = {BV_NEWN(a, bv_str, 3), 0, 0};
	if (!out.v) {
		return out;
	}
	if (path->n == 1) {
		out.v[out.n++] = BV_STR("main");
		out.insensitive = path->insensitive << 1;
	} else {
		out.insensitive = path->insensitive;
	}
	for (uint32_t i = 0; i < path->n && out.n < 3; i++) {
		out.v[out.n++] = path->v[i];
	}
	return out;
}

bv_str bv__full_name(bv_arena *a, const bv_path *path) {
	bv_path full = bv__full_path(a, path);
	return bv__table_key(a, &full);
}

bool bv__exact_path(bv_arena *a, bv_str text, bv_path *out) {
	bv_str *parts = BV_NEWN(a, bv_str, 3);
	uint32_t n = 0, at = 0;
	if (!parts) {
		return false;
	}
	for (;; at++) {
		char *letters = bv__arena_alloc(a, text.n - at + 1);
		uint32_t len = 0;
		if (!letters) {
			return false;
		}
		if (at < text.n && text.p[at] == '"') {
			for (at++; at < text.n && (text.p[at] != '"' || (at + 1 < text.n && text.p[at + 1] == '"')); at++) {
				at += text.p[at] == '"';
				letters[len++] = text.p[at];
			}
			at++;
		} else {
			for (; at < text.n && text.p[at] != '.'; at++) {
				letters[len++] = text.p[at];
			}
		}
		bv_str part = {letters, len};
		if (n == 3 || !plain_part(part) || (at < text.n && text.p[at] != '.')) {
			return false;
		}
		parts[n++] = part;
		if (at >= text.n) {
			*out = (bv_path){parts, n, 0};
			return true;
		}
	}
}

bv_str bv__view_location(bv_arena *a, const bv_session *s, const bv_path *path) {
	bv_str at = s->project.warehouse;
	for (uint32_t i = 0; at.n && i < path->n; i++) { /* without a warehouse there is no place for a table */
		/* A part is a folder's name: "://" inside one is no scheme, so it is not joined as a path of its own. */
		bool slash = at.n && at.p[at.n - 1] == '/';
		at = bv__arena_printf(a, BV_STR_FMT "%s" BV_STR_FMT, BV_STR_ARG(at), slash ? "" : "/", BV_STR_ARG(path->v[i]));
	}
	return at;
}

bv_str bv__kept_location(const bv_session *s, bv_str location) {
	bv_str root = s->project.root;
	bool below = root.n && location.n > root.n + 1 && memcmp(location.p, root.p, root.n) == 0 && location.p[root.n] == '/';
	return below ? (bv_str){location.p + root.n + 1, location.n - root.n - 1} : location;
}

/* ---- schemas ---- */

bv_schema_t bv__schema_copy(bv_arena *a, const bv_schema_t *from) {
	bv_schema_t to = {BV_NEWN(a, bv_field, from->n + 1), from->n};
	if (!to.v) {
		to.n = 0;
	}
	for (uint32_t i = 0; i < to.n; i++) {
		const bv_field *f = &from->v[i];
		to.v[i] = (bv_field){bv__arena_str(a, f->name), f->type ? bv__type_copy(a, f->type) : NULL, f->nullable, NULL, 0};
	}
	return to;
}

static void report_drift(bv_session *s, const bv_dataset *ds, const bv_schema_t *actual, bv_diagnostics *d) {
	bv_diagnostic *e = bv__diag(d, BV_E_SOURCE_SCHEMA, ds->span, "source " BV_STR_FMT " does not have the columns that belvedere.yaml declares", BV_STR_ARG(ds->name));
	bv_arena *a = s->arena;
	for (uint32_t i = 0; i < ds->schema.n || i < actual->n; i++) {
		const bv_field *declared = i < ds->schema.n ? &ds->schema.v[i] : NULL, *is = i < actual->n ? &actual->v[i] : NULL;
		if (!is) {
			bv__diag_note(d, e, BV_NO_SPAN, "the table has no column " BV_STR_FMT, BV_STR_ARG(declared->name));
		} else if (!declared) {
			bv__diag_note(d, e, BV_NO_SPAN, "the table's column " BV_STR_FMT " is not declared", BV_STR_ARG(is->name));
		} else if (!bv__str_eq(is->name, declared->name)) {
			bv__diag_note(d, e, BV_NO_SPAN, "column %u is " BV_STR_FMT ", declared as " BV_STR_FMT, i + 1, BV_STR_ARG(is->name), BV_STR_ARG(declared->name));
		} else if (!is->type || !bv__type_same_logical(is->type, declared->type)) {
			bv_str x = is->type ? bv__type_str(a, is->type) : BV_STR("unknown"), y = bv__type_str(a, declared->type);
			bv__diag_note(d, e, BV_NO_SPAN, "column " BV_STR_FMT " is " BV_STR_FMT ", declared as " BV_STR_FMT, BV_STR_ARG(is->name), BV_STR_ARG(x), BV_STR_ARG(y));
		}
	}
	bv__diag_hint(d, e, "change the declared columns, or leave them out: the table itself is asked where an engine is");
}

/* ---- engine ---- */

void bv__path_json(const bv_path *path, bv_buf *out) {
	bv_json j = bv__json(out);
	bv__json_open(&j, '[');
	for (uint32_t i = 0; i < path->n; i++) {
		bv__json_str(&j, path->v[i]);
	}
	bv__json_close(&j, ']');
}

void bv__dataset_request(const bv_dataset *ds, int64_t version, bv_buf *out) {
	bv_json j = bv__json(out);
	bv__json_open(&j, '{');
	bv_buf name = BV_BUF_INIT;
	bv__path_json(&ds->path, &name);
	bv__json_key(&j, "name");
	bv__json_raw(&j, bv__buf_view(&name));
	out->failed |= name.failed;
	bv__buf_free(&name);
	bv__json_key(&j, "format");
	bv__json_str(&j, ds->format);
	bv__json_key(&j, "location");
	bv__json_str(&j, ds->location);
	if (version >= 0) {
		bv__json_key(&j, "version");
		bv__json_int(&j, version);
	}
	bv__json_key(&j, "options");
	bv__json_raw(&j, ds->options_json.n ? ds->options_json : BV_STR("{}"));
	bv__json_close(&j, '}');
}

/* Is there a Delta table at the location, what is its schema, and which kind does it say it is? */
static bool delta_schema(bv_session *s, bv_str location, bool *exists, bv_str *kind, bv_schema_t *schema, bv_diagnostics *d, bv_span span) {
	bv_delta_state state;
	bv_engine_error err = {0};
	int rc = bv__delta_ask(s, location, false, &state, &err);
	if (state.oom) {
		(void)bv__nomem(d);
		bv__delta_state_free(&state);
		return false;
	}
	if (rc != 0) {
		bv_diagnostic *e = bv__diag(d, BV_E_DATASET, span, BV_STR_FMT ": %s", BV_STR_ARG(location), err.message ? err.message : "cannot be read");
		if (err.hint) {
			bv__diag_hint(d, e, "%s", err.hint);
		}
		s->api->error_free(&err);
		bv__delta_state_free(&state);
		return false;
	}
	json_t *o = json_loadb(state.facts.p, state.facts.n, 0, NULL);
	*exists = json_is_true(json_object_get(o, "exists"));
	const char *value = json_string_value(json_object_get(json_object_get(o, "properties"), "belvedere.kind"));
	*kind = bv__arena_strz(s->arena, value ? value : "");
	json_decref(o);
	bool ok = !*exists || (state.schema.n && bv__schema_from_json(s->arena, bv__buf_view(&state.schema), schema));
	if (!ok) {
		bv__diag(d, BV_E_DATASET, span, BV_STR_FMT ": its schema cannot be read", BV_STR_ARG(location));
	} else {
		bv__delta_remember(s, &state, d);
	}
	bv__delta_state_free(&state);
	return ok;
}

static bool file_schema(bv_session *s, const bv_dataset *ds, bv_schema_t *schema, bv_diagnostics *d, bv_span span) {
	bv_buf request = BV_BUF_INIT;
	bv__dataset_request(ds, -1, &request);
	bv_engine_error err = {0};
	struct ArrowSchema arrow = {0};
	int rc = s->api->dataset(s->catalog, request.p, &arrow, NULL, &err);
	bv__buf_free(&request);
	if (rc != 0) {
		bv_diagnostic *e = bv__diag(d, BV_E_DATASET, span, BV_STR_FMT ": %s", BV_STR_ARG(ds->location), err.message ? err.message : "cannot be read");
		if (err.hint) {
			bv__diag_hint(d, e, "%s", err.hint);
		}
		s->api->error_free(&err);
		return false;
	}
	bool ok = arrow.release && bv__schema_import(s->arena, &arrow, schema);
	if (!ok) {
		bv__diag(d, BV_E_DATASET, span, BV_STR_FMT ": its schema cannot be read", BV_STR_ARG(ds->location));
	}
	if (arrow.release) {
		arrow.release(&arrow);
	}
	return ok;
}

static void remember(bv_session *s, const bv_dataset *ds, bv_diagnostics *d) {
	if (s->registry) {
		bv_buf b = BV_BUF_INIT;
		bv__schema_json(&ds->schema, &b);
		/* The cache failing is worth a diagnostic, not a failed lookup. */
		(void)!bv__registry_put_schema(s->registry, ds->name, bv__kept_location(s, ds->location), bv__buf_view(&b), d);
		bv__buf_free(&b);
	}
}

/* Last known schema of a dataset at this place. */
static bool recall(bv_session *s, bv_str name, bv_str location, bv_schema_t *schema) {
	bv_str where, json;
	return s->registry && bv__registry_get_schema(s->registry, s->arena, name, &where, &json) && bv__str_eq(where, bv__kept_location(s, location)) &&
		bv__schema_from_json(s->arena, json, schema);
}

bool bv__dataset_open(bv_session *s, bv_dataset *ds, bv_diagnostics *d, bv_span span) {
	if (ds->schema_known) {
		return true;
	}
	bv_span at = span.file ? span : ds->span;
	bv_schema_t actual = {0};
	bool exists = false;
	if (s->api && bv__str_is(ds->format, "delta")) {
		bv_str kind;
		if (!delta_schema(s, ds->location, &exists, &kind, &actual, d, at)) {
			return false;
		}
		if (!exists && !ds->declared) {
			bv_diagnostic *e = bv__diag(d, BV_E_DATASET, at, "source " BV_STR_FMT ": there is no Delta table at " BV_STR_FMT, BV_STR_ARG(ds->name), BV_STR_ARG(ds->location));
			bv__diag_hint(d, e, "the location comes from belvedere.yaml; a source in another format says `format:`");
			return false;
		}
	} else if (s->api && !ds->host) {
		/* Files that are not there yet are no error where the columns are declared: the run will say so. */
		bv_diagnostics *quiet = ds->declared ? bv_diagnostics_new() : NULL;
		exists = file_schema(s, ds, &actual, quiet ? quiet : d, at);
		bv_diagnostics_free(quiet);
		if (!exists && !ds->declared) {
			return false;
		}
	}
	if (exists) {
		/* belvedere.yaml holds names and types; nullability of a source is the engine's to say. */
		if (ds->declared && !bv__schema_same_logical(&ds->schema, &actual)) {
			report_drift(s, ds, &actual, d);
			return false;
		}
		ds->schema = actual;
		ds->schema_known = true;
		remember(s, ds, d);
		return true;
	}
	if (ds->declared) {
		ds->schema_known = true;
		return true;
	}
	if (recall(s, ds->name, ds->location, &ds->schema)) {
		ds->schema_known = true;
		return true;
	}
	bv_diagnostic *e = bv__diag(d, BV_E_DATASET, at, "the columns of source " BV_STR_FMT " are not known without the engine", BV_STR_ARG(ds->name));
	bv__diag_hint(d, e, "compile once with the engine, or declare the source's columns in belvedere.yaml");
	return false;
}

/* ---- the warehouse ---- */

static bv_dataset *add_dataset(bv_session *s, const bv_path *path, bv_str name, bv_str location, const bv_schema_t *schema) {
	bv_dataset *ds = BV_NEW(s->arena, bv_dataset);
	if (!ds) {
		return NULL;
	}
	*ds = (bv_dataset){.name = bv__arena_str(s->arena, name), .format = BV_STR("delta"), .location = location, .options_json = BV_STR("{}"), .schema = *schema,
		.schema_known = true};
	ds->path = bv__path_of(s->arena, path->v, path->n);
	for (uint32_t i = 0; i < ds->path.n; i++) {
		ds->path.v[i] = bv__arena_str(s->arena, path->v[i]);
	}
	if (!BV_PUSH(s->arena, &s->datasets, ds) || !bv__map_put(&s->dataset_by_name, ds->name, ds)) {
		return NULL;
	}
	return ds;
}

/* A table that `load` made lies at its name's place in the warehouse and says that it is a source. A target of a view that is gone also lies
 * there; it is nobody's input. */
static bv_dataset *discover(bv_session *s, const bv_path *full, bv_str name, bv_diagnostics *d, bv_span span) {
	for (uint32_t i = 0; i < full->n; i++) {
		if (!plain_part(full->v[i])) {
			return NULL;
		}
	}
	if (s->project.warehouse.n == 0) {
		return NULL;
	}
	bv_str location = bv__view_location(s->arena, s, full);
	bv_schema_t schema = {0};
	if (!s->api) {
		return recall(s, name, location, &schema) ? add_dataset(s, full, name, location, &schema) : NULL;
	}
	bool exists = false;
	bv_str kind;
	if (!delta_schema(s, location, &exists, &kind, &schema, d, span) || !exists || !bv__str_is(kind, "source")) {
		return NULL;
	}
	bv_dataset *ds = add_dataset(s, full, name, location, &schema);
	if (ds) {
		remember(s, ds, d);
	}
	return ds;
}

bv_view *bv__session_view(const bv_session *s, bv_str full_name) {
	return bv__map_get(&s->view_by_name, full_name);
}

bv_dataset *bv__session_dataset(bv_session *s, const bv_path *path, bv_diagnostics *d, bv_span span) {
	pthread_mutex_lock(&s->lock);
	bv_path full = bv__full_path(s->arena, path);
	bv_str name = bv__full_name(s->arena, &full);
	bv_dataset *ds = bv__map_get(&s->dataset_by_name, name);
	if (ds) {
		ds = bv__dataset_open(s, ds, d, span) ? ds : NULL;
	} else {
		ds = discover(s, &full, name, d, span);
	}
	pthread_mutex_unlock(&s->lock);
	return ds;
}

/* ---- lookup ---- */

/* Does a stored path answer to this one? Parts that fold are equal without case when their bit is set (or, for the hint, all are). */
static bool matches(const bv_path *stored, const bv_path *asked, uint32_t insensitive) {
	if (stored->n != asked->n) {
		return false;
	}
	for (uint32_t i = 0; i < stored->n; i++) {
		bool same = insensitive >> i & 1 ? bv__str_ieq(stored->v[i], asked->v[i]) : bv__str_eq(stored->v[i], asked->v[i]);
		if (!same) {
			return false;
		}
	}
	return true;
}

static uint32_t search(const bv_session *s, const bv_path *full, uint32_t insensitive, const bv_path **first, bv_arena *a, bv_buf *names) {
	uint32_t n = 0;
	bv_str lower = bv__arena_lower(a, bv__full_name(a, full));
	bool view = bv__map_has(&s->view_by_lower, lower); /* without a view of that name in any case there is no need to look at them all */
	for (uint32_t i = view ? 0 : s->views.n; i < s->views.n + s->datasets.n; i++) {
		const bv_path *p = i < s->views.n ? &s->views.v[i]->path : &s->datasets.v[i - s->views.n]->path;
		bv_path stored = bv__full_path(a, p);
		if (matches(&stored, full, insensitive)) {
			if (n++ == 0) {
				*first = p;
			}
			bv_str name = i < s->views.n ? s->views.v[i]->name : s->datasets.v[i - s->views.n]->name;
			bv__buf_printf(names, "%s" BV_STR_FMT, names->n ? ", " : "", BV_STR_ARG(name));
		}
	}
	return n;
}

/* unready: see bv__session_lookup_ready. */
static bv_lookup give_view(bv_session *s, bv_view *v, bv_arena *a, bv_table_info *out, bv_diagnostics *d, bool *unready) {
	if (v->state != BV_VIEW_COMPILED && unready) {
		*unready = true;
		return BV_LOOKUP_FAILED;
	}
	if (v->state != BV_VIEW_COMPILED && !bv__session_compile(s, v, d)) {
		return BV_LOOKUP_FAILED;
	}
	out->path = bv__full_path(a, &v->path);
	for (uint32_t i = 0; i < out->path.n; i++) {
		out->path.v[i] = bv__arena_str(a, out->path.v[i]);
	}
	out->key = bv__arena_str(a, v->name);
	/* A materialised view is read as a scan of its table gives it, also before it was ever built; a plain one as its query does. */
	out->schema = bv__schema_copy(a, v->materialized ? &v->contract.scanned : &v->artifact->schema);
	out->types_known = v->artifact->ast_fingerprint[0] != '\0';
	return BV_FOUND;
}

static bv_lookup give_dataset(bv_session *s, bv_dataset *ds, bv_arena *a, bv_table_info *out, bv_diagnostics *d, bv_span span) {
	if (!bv__dataset_open(s, ds, d, span)) {
		return BV_LOOKUP_FAILED;
	}
	out->path = bv__full_path(a, &ds->path);
	for (uint32_t i = 0; i < out->path.n; i++) {
		out->path.v[i] = bv__arena_str(a, out->path.v[i]);
	}
	out->key = bv__arena_str(a, ds->name);
	out->schema = bv__schema_copy(a, &ds->schema);
	out->types_known = true;
	return BV_FOUND;
}

static bv_lookup give(bv_session *s, bv_str name, bv_arena *a, bv_table_info *out, bv_diagnostics *d, bv_span span, bool *unready) {
	bv_view *v = bv__map_get(&s->view_by_name, name);
	if (v) {
		return give_view(s, v, a, out, d, unready);
	}
	bv_dataset *ds = bv__map_get(&s->dataset_by_name, name);
	return ds ? give_dataset(s, ds, a, out, d, span) : BV_NOT_FOUND;
}

/* A table that SQL text made in the engine's own catalogue: only the baseline library runs any. It may change at any time, so it is no dataset of the
 * session; the engine is asked each time. */
static bool made_in_engine(bv_session *s, bv_arena *a, const bv_path *full, bv_table_info *out) {
	if (!s->api || !s->api->baseline || !s->api->lookup) {
		return false;
	}
	bv_buf name = BV_BUF_INIT;
	bv_engine_error err = {0};
	struct ArrowSchema arrow = {0};
	bv__path_json(full, &name);
	bool found = s->api->lookup(s->catalog, name.p, &arrow, &err) == 0;
	bv__buf_free(&name);
	if (!found) {
		s->api->error_free(&err);
		return false;
	}
	found = arrow.release && bv__schema_import(a, &arrow, &out->schema);
	if (arrow.release) {
		arrow.release(&arrow);
	}
	out->path = bv__full_path(a, full);
	for (uint32_t i = 0; i < out->path.n; i++) {
		out->path.v[i] = bv__arena_str(a, out->path.v[i]);
	}
	out->key = bv__full_name(a, full);
	out->types_known = true;
	return found;
}

static bv_lookup lookup(bv_session *s, bv_arena *a, const bv_path *path, bv_table_info *out, bv_diagnostics *d, bv_span span, bool *unready) {
	if (path->n == 0 || path->n > 3) {
		return BV_NOT_FOUND;
	}
	bv_path full = bv__full_path(a, path);
	bv_str name = bv__full_name(a, &full);
	bv_lookup found = give(s, name, a, out, d, span, unready);
	if (found != BV_NOT_FOUND) {
		return found;
	}
	bv_buf names = BV_BUF_INIT;
	const bv_path *first = NULL;
	uint32_t n = full.insensitive ? search(s, &full, full.insensitive, &first, a, &names) : 0;
	if (n == 1) {
		found = give(s, bv__full_name(a, first), a, out, d, span, unready);
	} else if (n > 1) {
		bv_diagnostic *e = bv__diag(d, BV_E_TABLE_UNKNOWN, span, "table name " BV_STR_FMT " fits %u tables that differ only in case", BV_STR_ARG(name), n);
		bv__diag_hint(d, e, "quote the one that is meant: %s", names.p);
		found = BV_LOOKUP_FAILED;
	} else {
		uint32_t errors = d->errors;
		bv_dataset *ds = discover(s, &full, name, d, span);
		bool made = !ds && made_in_engine(s, a, &full, out);
		if (!ds && !made && full.insensitive && d->errors == errors) {
			bv_path lower = bv__full_path(a, path);
			for (uint32_t i = 0; i < lower.n; i++) {
				lower.v[i] = lower.insensitive >> i & 1 ? bv__arena_lower(a, lower.v[i]) : lower.v[i];
			}
			ds = discover(s, &lower, bv__full_name(a, &lower), d, span);
			made = !ds && made_in_engine(s, a, &lower, out);
		}
		if (ds) {
			found = give_dataset(s, ds, a, out, d, span);
		} else if (made) {
			found = BV_FOUND;
		} else if (d->errors != errors) {
			found = BV_LOOKUP_FAILED;
		} else if (bv__session_unsaid(s, d)) { /* the name may be one of theirs */
			found = BV_LOOKUP_FAILED;
		} else if (search(s, &full, ~0u, &first, a, &names) > 0) {
			bv_buf quoted = BV_BUF_INIT;
			bv__buf_ch(&quoted, '"');
			for (uint32_t i = path->n == 1 && first->n == 2 ? 1 : 0; i < first->n; i++) {
				bv__buf_printf(&quoted, "%s" BV_STR_FMT, quoted.n > 1 ? "\".\"" : "", BV_STR_ARG(first->v[i]));
			}
			bv__buf_ch(&quoted, '"');
			bv_diagnostic *e = bv__diag(d, BV_E_TABLE_UNKNOWN, span, "unknown table " BV_STR_FMT "; one differs only in case", BV_STR_ARG(name));
			bv__diag_hint(d, e, "quote it: %s", quoted.p);
			bv__buf_free(&quoted);
			found = BV_LOOKUP_FAILED;
		}
	}
	bv__buf_free(&names);
	return found;
}

void bv__session_load_views(bv_session *s, bv_diagnostics *d) {
	if ((s->loaded && (s->listing || !s->known)) || s->project.root.n == 0) {
		return;
	}
	bv_diagnostics *said = bv_diagnostics_new();
	if (!said) {
		(void)bv__nomem(d);
		return;
	}
	(void)bv__project_load_views(s, false, said);
	s->unsaid = said;
}

bool bv__session_unsaid(bv_session *s, bv_diagnostics *d) {
	if (!s->unsaid || !s->views_bad) {
		return false;
	}
	bv__diag_forward(s->unsaid, d);
	s->unsaid = NULL;
	return true;
}

bv_lookup bv__session_lookup(bv_session *s, bv_arena *a, const bv_path *path, bv_table_info *out, bv_diagnostics *d, bv_span span) {
	pthread_mutex_lock(&s->lock);
	bv__session_load_views(s, d);
	bv_lookup found = lookup(s, a, path, out, d, span, NULL);
	pthread_mutex_unlock(&s->lock);
	return found;
}

bv_lookup bv__session_lookup_ready(bv_session *s, bv_arena *a, const bv_path *path, bv_table_info *out, bv_diagnostics *d, bv_span span, bool *unready) {
	pthread_mutex_lock(&s->work);
	bv_lookup found = lookup(s, a, path, out, d, span, unready);
	pthread_mutex_unlock(&s->work);
	return found;
}

uint32_t bv__session_same_name(const bv_session *s, bv_str full_name) {
	bv_arena *a = bv__arena_new();
	if (!a) {
		return 0;
	}
	bv_str lower = bv__arena_lower(a, full_name);
	uint32_t n = bv__map_has(&s->view_by_lower, lower) + bv__map_has(&s->lower_twice, lower);
	for (uint32_t i = 0; i < s->datasets.n; i++) {
		n += bv__str_ieq(s->datasets.v[i]->name, full_name);
	}
	bv__arena_free(a);
	return n;
}
