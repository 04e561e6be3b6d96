/* The public calls about a whole project that need no refresh: init, compile, show, check, functions. Each answers with JSON. */
#include <errno.h>
#include <stdlib.h>

#include "project/project.h"

bv_status bv__give_json(bv_buf *b, char **json, bool ok, bv_diagnostics *d) {
	char *text = bv__buf_detach(b);
	if (!text) {
		return bv__nomem(d);
	}
	if (json) {
		*json = text;
	} else {
		bv_text_free(text);
	}
	return ok ? BV_OK : BV_FAILED;
}

/* ---- init ---- */

static bool write_new(bv_arena *a, bv_str dir, const char *name, const char *text, bv_diagnostics *d) {
	bv_str path = bv__path_join(a, dir, bv__str(name));
	int err = 0;
	if (!bv__os_exists(path.p) && !bv__os_write_file(path.p, bv__str(text), &err)) {
		bv__diag(d, BV_E_FILE, BV_NO_SPAN, BV_STR_FMT ": cannot be written: %s", BV_STR_ARG(path), strerror(err));
		return false;
	}
	return true;
}

bv_status bv_project_init(const char *directory, const char *name, bv_diagnostics *d) {
	if (!directory) {
		return BV_MISUSE;
	}
	bv_arena *a = bv__arena_new();
	if (!a) {
		return bv__nomem(d);
	}
	bv_str dir = bv__arena_strz(a, directory), real = dir, yaml = bv__path_join(a, dir, BV_STR("belvedere.yaml"));
	bv_str views = bv__path_join(a, dir, BV_STR("views"));
	int err = 0;
	bool ok = true;
	if (bv__os_exists(yaml.p)) {
		bv_diagnostic *e = bv__diag(d, BV_E_FILE, BV_NO_SPAN, BV_STR_FMT " exists already", BV_STR_ARG(yaml));
		bv__diag_hint(d, e, "the directory is a project; `belvedere run` runs it");
		ok = false;
	} else if (!bv__os_mkdirs(views.p, &err)) {
		bv__diag(d, BV_E_FILE, BV_NO_SPAN, BV_STR_FMT ": cannot be made: %s", BV_STR_ARG(views), strerror(err));
		ok = false;
	}
	if (ok) {
		bv_str title = bv__str(name);
		if (title.n == 0 && bv__os_realpath(a, directory, &real, &err)) {
			uint32_t n = real.n;
			while (n > 0 && real.p[n - 1] != '/') {
				n--;
			}
			title = (bv_str){real.p + n, real.n - n};
		}
		bv_buf b = BV_BUF_INIT;
		bv__buf_z(&b, "name: ");
		bv__json_string(&b, title.n ? title : BV_STR("project")); /* a JSON string is a YAML one */
		bv__buf_z(&b, "\nwarehouse: warehouse\ndialect: datafusion\n"
			"# sources:\n#   raw.events: {location: ../events}\n"
			"defaults:\n  materialized: true\n");
		bool first = ok;
		ok = write_new(a, dir, ".gitignore", ".belvedere/\nwarehouse/\n", d) &&
			write_new(a, views, "hello.sql", "-- A view needs no source: this one is a table of one row.\nCREATE MATERIALIZED VIEW hello\nCOMMENT 'The first view of the project'\n"
				"AS\nSELECT\n\t1 AS n,\n\t'hello' AS greeting\n", d) &&
			write_new(a, views, "hello_again.sql", "-- A view that reads another one: the order is found from the queries.\nSELECT\n\tn + 1 AS n,\n\tgreeting || ' again' AS greeting\nFROM hello\n", d) &&
			first && write_new(a, dir, "belvedere.yaml", b.p, d); /* last: it makes the directory a project */
		bv__buf_free(&b);
	}
	bool oom = bv__arena_failed(a);
	bv__arena_free(a);
	return oom ? bv__nomem(d) : ok ? BV_OK : BV_FAILED;
}

/* ---- compile ---- */

static bool to_strs(bv_arena *a, const char *const *v, size_t n, bv_str **out) {
	*out = BV_NEWN(a, bv_str, n + 1);
	for (size_t i = 0; *out && i < n; i++) {
		(*out)[i] = bv__str(v[i]);
	}
	return *out != NULL;
}

static void list_view(const bv_view *v, bool valid, bool unchanged, bv_json *j) {
	bool known = v->state == BV_VIEW_KNOWN;
	bv_str fingerprint = known ? v->row->ast_fingerprint : valid ? bv__str(v->artifact->ast_fingerprint) : BV_STR("");
	bv_str policy = known ? v->row->policy_hash : valid ? bv__str(v->artifact->policy_hash) : BV_STR("");
	bv__json_open(j, '{');
	bv__json_key(j, "name");
	bv__json_str(j, v->name);
	bv__json_key(j, "file");
	bv__json_z(j, v->file.n ? v->file.p : NULL);
	bv__json_key(j, "materialized");
	bv__json_bool(j, v->materialized);
	bv__json_key(j, "valid");
	bv__json_bool(j, valid);
	bv__json_key(j, "unchanged");
	bv__json_bool(j, unchanged);
	bv__json_key(j, "ast_fingerprint");
	bv__json_z(j, fingerprint.n ? fingerprint.p : NULL);
	bv__json_key(j, "policy_hash");
	bv__json_z(j, policy.n ? policy.p : NULL);
	bv__json_key(j, "columns");
	if (valid) {
		bv__json_int(j, known ? v->ncolumns : v->artifact->schema.n);
	} else {
		bv__json_null(j);
	}
	bv__json_key(j, "seconds");
	bv__json_double(j, v->seconds);
	bv__json_close(j, '}');
}

/* Which nodes of the graph are selected; NULL with a diagnostic. */
static bool *select_nodes(bv_arena *a, const bv_selection *selection, const bv_graph *graph, bv_diagnostics *d) {
	bv_str *select = NULL, *exclude = NULL;
	bool *chosen = BV_NEWN(a, bool, graph->n + 1);
	bool ok = chosen && to_strs(a, selection->select, selection->nselect, &select) && to_strs(a, selection->exclude, selection->nexclude, &exclude);
	if (!ok) {
		(void)bv__nomem(d);
		return NULL;
	}
	return bv__graph_select(graph, select, (uint32_t)selection->nselect, exclude, (uint32_t)selection->nexclude, chosen, d) ? chosen : NULL;
}

bv_status bv_project_compile(bv_session *s, const bv_project_compile_options *options, char **json, bv_diagnostics *d) {
	bv_project_compile_options o = BV_PROJECT_COMPILE_OPTIONS_INIT;
	if (!s || (options && options->size < sizeof(size_t))) {
		return BV_MISUSE;
	}
	if (options) {
		memcpy(&o, options, options->size < sizeof o ? options->size : sizeof o);
	}
	bv_arena *a = bv__arena_new();
	if (!a) {
		return bv__nomem(d);
	}
	bv_graph graph = {0};
	bool some = o.selection.nselect || o.selection.nexclude;
	bool ok = bv__session_compile_all(s, true, some ? &graph : NULL, d);
	const bool *chosen = some ? select_nodes(a, &o.selection, &graph, d) : NULL;
	if (some && !chosen) {
		bv__arena_free(a);
		return BV_FAILED; /* a selector that fits nothing lists nothing */
	}
	bv_buf b = BV_BUF_INIT;
	bv_json j = bv__json(&b);
	uint32_t compiled = 0, unchanged = 0, invalid = 0;
	bv__json_open(&j, '{');
	bv__json_key(&j, "views");
	bv__json_open(&j, '[');
	for (uint32_t i = 0; i < s->views.n; i++) {
		const bv_view *v = s->views.v[i];
		uintptr_t at = some ? (uintptr_t)bv__map_get(&graph.by_name, v->name) : 0;
		if (some && (!at || !chosen[at - 1])) {
			continue;
		}
		bool known = v->state == BV_VIEW_KNOWN, valid = known || v->state == BV_VIEW_COMPILED, same = known || v->cached;
		compiled += valid;
		unchanged += same;
		invalid += !valid;
		if (!same || !o.changes) {
			list_view(v, valid, same, &j);
		}
	}
	bv__json_close(&j, ']');
	bv__json_key(&j, "compiled");
	bv__json_int(&j, compiled);
	bv__json_key(&j, "unchanged");
	bv__json_int(&j, unchanged);
	bv__json_key(&j, "invalid");
	bv__json_int(&j, invalid);
	bv__json_close(&j, '}');
	bv__arena_free(a);
	return bv__give_json(&b, json, ok, d);
}

/* ---- show ---- */

static void raw(bv_json *j, const char *key, bv_buf *b) {
	bv__json_key(j, key);
	bv__json_raw(j, bv__buf_view(b));
	j->out->failed |= b->failed;
	bv__buf_free(b);
}

static void texts(bv_json *j, const char *key, const bv_str *v, uint32_t n) {
	bv__json_key(j, key);
	bv__json_open(j, '[');
	for (uint32_t i = 0; i < n; i++) {
		bv__json_str(j, v[i]);
	}
	bv__json_close(j, ']');
}

static void show_dataset(const bv_dataset *ds, bv_json *j) {
	bv_buf schema = BV_BUF_INIT;
	bv__json_key(j, "name");
	bv__json_str(j, ds->name);
	bv__json_key(j, "kind");
	bv__json_z(j, "source");
	bv__json_key(j, "format");
	bv__json_str(j, ds->format);
	bv__json_key(j, "location");
	bv__json_str(j, ds->location);
	bv__schema_json(&ds->schema, &schema);
	raw(j, "schema", &schema);
}

static void show_view(bv_session *s, const bv_view *v, bv_json *j, bv_diagnostics *d) {
	const bv_view_artifact *art = v->artifact;
	bv_arena *a = v->arena;
	bv__json_key(j, "name");
	bv__json_str(j, v->name);
	bv__json_key(j, "kind");
	bv__json_z(j, "view");
	bv__json_key(j, "file");
	bv__json_z(j, v->file.n ? v->file.p : NULL);
	bv__json_key(j, "dialect");
	bv__json_z(j, bv__dialect_name(v->dialect));
	bv__json_key(j, "materialized");
	bv__json_bool(j, v->materialized);
	bv__json_key(j, "refresh");
	bv__json_z(j, v->refresh_always ? "always" : "auto");
	bv__json_key(j, "comment");
	bv__json_str(j, v->comment);
	texts(j, "tags", v->tags, v->ntags);
	texts(j, "partition_by", v->partition_by.v, v->partition_by.n);
	bv__json_key(j, "location");
	bv__json_z(j, v->materialized ? v->location.p : NULL);
	bv__json_key(j, "storage_hash");
	bv__json_z(j, v->storage_hash);
	bv_buf b = BV_BUF_INIT;
	bv__artifact_json(art, &b);
	raw(j, "artifact", &b);
	texts(j, "reads", v->graph.reads, v->graph.nreads);
	bv__tree_print(art->ast, true, &b);
	bv__json_key(j, "tree");
	bv__json_str(j, bv__buf_view(&b));
	bv__buf_free(&b);
	bv_diagnostics *local = bv__diag_session(s);
	bv__json_key(j, "sql");
	if (local && bv__sql_generate(art->ast, bv__datafusion, true, &b, local)) {
		bv__json_str(j, bv__buf_view(&b));
	} else {
		bv__json_null(j);
	}
	bv__buf_free(&b);
	if (local) {
		bv__diag_forward(local, d);
	}
	bv__schema_json(&art->schema, &b);
	raw(j, "schema", &b);
	bv__lineage_json(&art->lineage, &b);
	raw(j, "lineage", &b);
	bv__json_key(j, "stored_schema");
	if (v->materialized) {
		bv__schema_json(&v->contract.stored, &b);
		bv__json_raw(j, bv__buf_view(&b));
		bv__buf_free(&b);
		bv__contract_json(&v->contract, art, &b);
		raw(j, "contract", &b);
	} else {
		bv__json_null(j);
		bv__json_key(j, "contract");
		bv__json_null(j);
	}
	bv_certificate c;
	bv__json_key(j, "certificate");
	if (s->registry && bv__registry_get_certificate(s->registry, a, v->name, &c, d)) {
		bv__certificate_json(&c, &b);
		bv__json_raw(j, bv__buf_view(&b));
		bv__buf_free(&b);
	} else {
		bv__json_null(j);
	}
}

bv_status bv_project_show(bv_session *s, const char *name, char **json, bv_diagnostics *d) {
	if (!s || !name) {
		return BV_MISUSE;
	}
	bv_arena *a = bv__arena_new();
	if (!a) {
		return bv__nomem(d);
	}
	pthread_mutex_lock(&s->lock);
	bv_buf b = BV_BUF_INIT;
	bv_json j = bv__json(&b);
	bv_path path;
	bool ok = false;
	s->unsaid = s->loaded ? s->unsaid : bv_diagnostics_new();
	if (!s->loaded) {
		(void)bv__project_load_views(s, false, s->unsaid);
	}
	bool named = bv__exact_path(a, bv__str(name), &path);
	bv_str full = named ? bv__full_name(a, &path) : BV_STR("");
	bv_view *v = bv__session_view(s, full);
	bv__json_open(&j, '{');
	if (v) {
		ok = bv__view_ready(s, v, d);
		if (ok) {
			show_view(s, v, &j, d);
		}
	} else {
		size_t errors = bv_diagnostics_errors(d);
		const bv_dataset *ds = named ? bv__session_dataset(s, &path, d, BV_NO_SPAN) : NULL;
		ok = ds != NULL;
		if (ds) {
			show_dataset(ds, &j);
		} else if (bv_diagnostics_errors(d) == errors) {
			bv_diagnostic *e = bv__diag(d, BV_E_TABLE_UNKNOWN, BV_NO_SPAN, "no view and no source is named %s", name);
			bv_str near = bv__session_nearest(s, a, bv__str(name));
			if (near.n) {
				bv__diag_hint(d, e, "did you mean " BV_STR_FMT "?", BV_STR_ARG(near));
			}
			if (s->unsaid) {
				bv__diag_forward(s->unsaid, d); /* it may be in one of the files that could not be read */
				s->unsaid = NULL;
			}
		}
	}
	bv__json_close(&j, '}');
	pthread_mutex_unlock(&s->lock);
	bv__arena_free(a);
	if (!ok) {
		bv__buf_free(&b);
		return BV_FAILED;
	}
	return bv__give_json(&b, json, true, d);
}

/* ---- functions ---- */

bv_status bv_functions(bv_session *s, const char *name, char **json, bv_diagnostics *d) {
	if (!s) {
		return BV_MISUSE;
	}
	bv_buf b = BV_BUF_INIT;
	bv_json j = bv__json(&b);
	bv__json_open(&j, '{');
	bv__json_key(&j, "hash");
	bv__json_str(&j, bv__functions_hash(s->functions));
	bv__json_key(&j, "from_engine");
	bv__json_bool(&j, s->engine != NULL);
	bv__json_key(&j, "functions");
	bv__json_open(&j, '[');
	bool found = name == NULL;
	if (name) {
		for (int kind = 0; kind < BV_FN_KIND_COUNT; kind++) {
			const bv_function *f = bv__functions_find(s->functions, bv__str(name), kind);
			if (f) {
				bv__json_raw(&j, f->json);
				found = true;
			}
		}
	} else {
		for (uint32_t i = 0; i < bv__functions_count(s->functions); i++) {
			bv__json_raw(&j, bv__functions_at(s->functions, i)->json);
		}
	}
	bv__json_close(&j, ']');
	bv__json_close(&j, '}');
	if (!found) {
		bv_diagnostic *e = bv__diag(d, BV_E_FUNCTION_UNKNOWN, BV_NO_SPAN, "the engine has no function %s", name);
		bv_str near = bv__functions_nearest(s->functions, bv__str(name));
		if (near.n) {
			bv__diag_hint(d, e, "did you mean " BV_STR_FMT "?", BV_STR_ARG(near));
		}
		bv__buf_free(&b);
		return BV_FAILED;
	}
	return bv__give_json(&b, json, true, d);
}
