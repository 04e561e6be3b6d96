/* What a host adds to a session: views from trees (the only way to register one), tables of its own, datasets at a location. */
#include <jansson.h>
#include <stdlib.h>

#include "project/project.h"

/* ---- views ---- */

static bv_walk move_span(bv_node *n, bv_node *parent, void *ctx) {
	(void)parent;
	n->span.file = n->span.file ? *(const uint32_t *)ctx : 0;
	return BV_WALK_CONTINUE;
}

/* Whoever reads `name`, at any distance, is compiled again when it is next needed. */
static void invalidate_readers(bv_session *s, bv_str name) {
	bv_arena *a = bv__arena_new();
	BV_VEC(bv_str) todo = {0};
	bool ok = a && BV_PUSH(a, &todo, name);
	for (uint32_t at = 0; ok && at < todo.n; at++) {
		for (uint32_t i = 0; i < s->views.n; i++) {
			bv_view *v = s->views.v[i];
			for (uint32_t k = 0; v->state == BV_VIEW_COMPILED && k < v->graph.nreads; k++) {
				if (bv__str_eq(v->graph.reads[k], todo.v[at])) {
					v->state = BV_VIEW_NEW;
					ok = BV_PUSH(a, &todo, v->name);
				}
			}
		}
	}
	bv__arena_free(a);
}

/* Takes a view out again (its compile failed), or puts back the one that it replaced. */
static void withdraw(bv_session *s, bv_view *v, bv_view *known) {
	uint32_t n = 0;
	for (uint32_t i = 0; i < s->views.n; i++) {
		if (s->views.v[i] != v) {
			s->views.v[n++] = s->views.v[i];
		} else if (known) {
			s->views.v[n++] = known;
		}
	}
	s->views.n = n;
	(void)!bv__map_put(&s->view_by_name, v->name, known); /* the key is there: nothing is allocated */
	if (known && s->retired.n && s->retired.v[s->retired.n - 1] == known) {
		s->retired.n--;
	}
	(void)!BV_PUSH(s->arena, &s->retired, v); /* its name is a key of the map */
}

bv_status bv_view_create(bv_session *s, const char *name, const bv_tree *tree, const bv_view_options *options, bv_diagnostics *d) {
	bv_view_options o = BV_VIEW_OPTIONS_INIT;
	if (!s || !tree || (options && options->size < sizeof(size_t))) {
		return BV_MISUSE;
	}
	if (options) {
		memcpy(&o, options, options->size < sizeof o ? options->size : sizeof o);
	}
	const bv_dialect *dialect = o.dialect ? bv__dialect(bv__str(o.dialect)) : tree->dialect;
	if (!dialect) {
		bv__diag(d, BV_E_DIALECT, BV_NO_SPAN, "unknown dialect \"%s\"", o.dialect);
		return BV_FAILED;
	}
	bv_arena *a = bv__arena_new();
	bv_view *v = a ? BV_NEW(a, bv_view) : NULL;
	if (!v) {
		bv__arena_free(a);
		return bv__nomem(d);
	}
	pthread_mutex_lock(&s->lock);
	(void)bv__project_load_views(s, false, d);
	v->arena = a;
	v->file = BV_STR("");
	v->dialect = dialect;
	v->materialized = o.materialized;
	v->source = bv__diag_source(s->sources, tree->source.name, tree->source.text);
	bv_node *root = bv__tree_copy(a, tree->root);
	bv_diagnostics *local = bv__diag_session(s);
	bool ok = root && local && !bv__arena_failed(a);
	bool oom = !ok;
	if (ok) {
		(void)bv__walk(root, move_span, &v->source);
		ok = bv__view_from_tree(s, root, bv__str(name), v, local);
	}
	bv_view *known = ok ? bv__session_view(s, v->name) : NULL;
	ok = ok && bv__view_add(s, v, o.overwrite, local);
	bool added = ok;
	if (ok) {
		ok = bv__session_compile(s, v, local);
		if (ok) {
			invalidate_readers(s, v->name);
		} else {
			withdraw(s, v, known);
		}
	}
	if (local) {
		bv__diag_forward(local, d);
	}
	if (!added) {
		bv__arena_free(a);
	}
	pthread_mutex_unlock(&s->lock);
	return ok ? BV_OK : oom ? bv__nomem(d) : BV_FAILED;
}

void bv__dataset_changed(bv_session *s, bv_str name) {
	bv_dataset *ds = bv__map_get(&s->dataset_by_name, name);
	if (ds && !ds->declared && !ds->host) {
		ds->schema_known = false;
		invalidate_readers(s, name);
	}
}

/* ---- tables ---- */

/* Puts a dataset into the catalogue; one of the same name gives way, but not a view or a source of the project. */
static bool add_dataset(bv_session *s, bv_dataset *ds, bv_diagnostics *d) {
	if (bv__session_view(s, ds->name)) {
		bv__diag(d, BV_E_VIEW_DUPLICATE, BV_NO_SPAN, "table " BV_STR_FMT " has the name of a view", BV_STR_ARG(ds->name));
		return false;
	}
	bv_dataset *known = bv__map_get(&s->dataset_by_name, ds->name);
	if (known && known->host && known->host->drop) {
		known->host->drop(known->host->ctx);
	}
	if (known) {
		*known = *ds;
		invalidate_readers(s, ds->name);
		return true;
	}
	if (!BV_PUSH(s->arena, &s->datasets, ds) || !bv__map_put(&s->dataset_by_name, ds->name, ds)) {
		(void)bv__nomem(d);
		return false;
	}
	return true;
}

static bool dataset_name(bv_session *s, bv_str name, bv_dataset *ds, bv_diagnostics *d) {
	bv_path path;
	if (!bv__exact_path(s->arena, name, &path)) {
		bv__diag(d, BV_E_VIEW_NAME, BV_NO_SPAN, "\"" BV_STR_FMT "\" is not a table's name: one to three parts", BV_STR_ARG(name));
		return false;
	}
	ds->path = bv__full_path(s->arena, &path);
	ds->name = bv__full_name(s->arena, &path);
	ds->options_json = BV_STR("{}");
	return true;
}

bv_status bv_table_register(bv_session *s, const char *name, const bv_table_source *source, bv_diagnostics *d) {
	if (!s || !name || !source || source->size < sizeof *source || !source->schema || !source->open || !source->version) {
		return BV_MISUSE;
	}
	pthread_mutex_lock(&s->lock);
	bv_dataset *ds = BV_NEW(s->arena, bv_dataset);
	bv_table_source *host = BV_NEW(s->arena, bv_table_source);
	bool ok = ds && host && dataset_name(s, bv__str(name), ds, d);
	if (ok && !bv__schema_import(s->arena, source->schema, &ds->schema)) {
		bv__diag(d, BV_E_SCHEMA_TYPE, BV_NO_SPAN, "table " BV_STR_FMT ": its Arrow schema cannot be read", BV_STR_ARG(ds->name));
		ok = false;
	}
	if (ok) {
		*host = *source;
		host->schema = NULL; /* the caller's; ds->schema is the copy */
		host->version = bv__arena_strz(s->arena, source->version).p;
		ds->host = host;
		ds->format = BV_STR("host");
		ds->location = BV_STR("");
		ds->schema_known = true;
		ok = add_dataset(s, ds, d);
	}
	bool oom = bv__arena_failed(s->arena);
	pthread_mutex_unlock(&s->lock);
	return ok && !oom ? BV_OK : oom ? bv__nomem(d) : BV_FAILED;
}

bv_str bv__json_text(bv_arena *a, const json_t *v) {
	return json_is_string(v) ? bv__arena_str(a, bv__strn(json_string_value(v), json_string_length(v))) : BV_STR("");
}

/* Queries of this session read the table as it is now, until it is registered again. */
static bool put_in_catalogue(bv_session *s, bv_dataset *ds, bv_diagnostics *d) {
	bv_buf request = BV_BUF_INIT;
	bv_engine_error err = {0};
	bv__dataset_request(ds, -1, &request);
	bool ok = s->api->dataset(s->catalog, request.p, NULL, NULL, &err) == 0;
	bv__buf_free(&request);
	if (!ok) {
		bv__engine_diag(s, d, &err, BV_E_DATASET, NULL, ds->name.p);
		s->api->error_free(&err);
	}
	/* add_dataset may have copied it over one of the same name. */
	((bv_dataset *)bv__map_get(&s->dataset_by_name, ds->name))->registered = ok;
	return ok;
}

bv_status bv_dataset_register(bv_session *s, const char *request_json, char **schema_json, bv_diagnostics *d) {
	if (!s || !request_json) {
		return BV_MISUSE;
	}
	if (!bv__engine_there(s, "a table can only be registered with an engine", d)) {
		return BV_FAILED;
	}
	json_error_t err;
	json_t *o = json_loads(request_json, JSON_REJECT_DUPLICATES, &err);
	if (!json_is_object(o)) {
		bv__diag(d, BV_E_USAGE, BV_NO_SPAN, "register: %s", o ? "an object is expected" : err.text);
		json_decref(o);
		return BV_FAILED;
	}
	static const char *const formats[] = {"delta", "parquet", "csv", "json"};
	pthread_mutex_lock(&s->lock);
	bv_dataset *ds = BV_NEW(s->arena, bv_dataset);
	bv_str name = bv__json_text(s->arena, json_object_get(o, "name")), location = bv__json_text(s->arena, json_object_get(o, "location")), format = bv__json_text(s->arena, json_object_get(o, "format"));
	bool ok = ds != NULL, known = false;
	if (ok && (name.n == 0 || location.n == 0)) {
		bv__diag(d, BV_E_USAGE, BV_NO_SPAN, "register: \"%s\" is missing", name.n == 0 ? "name" : "location");
		ok = false;
	}
	format = format.n ? format : BV_STR("delta");
	for (size_t i = 0; i < BV_COUNT(formats); i++) {
		known |= bv__str_is(format, formats[i]);
	}
	if (ok && !known) {
		bv__diag(d, BV_E_USAGE, BV_NO_SPAN, "register: unknown format \"" BV_STR_FMT "\": delta, parquet, csv, json", BV_STR_ARG(format));
		ok = false;
	}
	ok = ok && dataset_name(s, name, ds, d);
	if (ok) {
		const json_t *options = json_object_get(o, "options");
		char *text = json_is_object(options) ? json_dumps(options, JSON_COMPACT) : NULL;
		ds->options_json = text ? bv__arena_strz(s->arena, text) : BV_STR("{}");
		free(text);
		ds->format = format;
		bv_str root = s->project.root;
		if (root.n == 0) {
			(void)!bv__os_cwd(s->arena, &root);
		}
		ds->location = bv__path_join(s->arena, root, location);
		ok = bv__dataset_open(s, ds, d, BV_NO_SPAN) && add_dataset(s, ds, d) && put_in_catalogue(s, ds, d);
	}
	if (ok && schema_json) {
		bv_buf b = BV_BUF_INIT;
		bv__schema_json(&ds->schema, &b);
		*schema_json = bv__buf_detach(&b);
		ok = *schema_json != NULL;
	}
	bool oom = !ds || bv__arena_failed(s->arena);
	pthread_mutex_unlock(&s->lock);
	json_decref(o);
	return ok && !oom ? BV_OK : oom ? bv__nomem(d) : BV_FAILED;
}
