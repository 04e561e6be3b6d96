/* load. In: files and a table's name. Out: a Delta table below the warehouse, written with one commit. Files become the columns that --schema gives, or
 * that the table has, or that they hold themselves, in types that Delta has; a value that does not fit fails the load and nothing is written. */
#include <jansson.h>

#include "project/delta_state.h"
#include "refresh/refresh.h"

typedef struct load_request {
	bv_str table;
	bv_str *files;
	uint32_t nfiles;
	bv_str mode; /* create, append, overwrite */
	bv_str schema, delimiter, null;
	bool has_schema, has_delimiter, has_null, header;
	bv_str format, compression;
} load_request;

typedef struct loader {
	bv_session *s;
	bv_arena *a;
	load_request r;
	bv_path path;
	bv_str name, location;
	bool given_delimiter; /* else the suffix says it */
	bool exists;
	int64_t version;
	bool has_wanted;
	bv_schema_t wanted; /* what the files are read as */
	bv_diagnostics *d;
} loader;

/* ---- the request ---- */

static bool usage(bv_diagnostics *d, const char *what, const char *key) {
	bv__diag(d, BV_E_USAGE, BV_NO_SPAN, "load: %s%s%s%s", key ? "\"" : "", key ? key : "", key ? "\" " : "", what);
	return false;
}

static bool known_keys(loader *l, json_t *o) {
	static const struct {
		const char *key, *expected;
		bool boolean, list, needed;
	} keys[] = {{"table", "is a name", false, false, true}, {"files", "is a list of names", false, true, true}, {"mode", "is create, append or overwrite", false, false, false},
		{"schema", "is a text", false, false, false}, {"delimiter", "is a text", false, false, false}, {"null", "is a text", false, false, false},
		{"header", "is true or false", true, false, false}};
	const char *key;
	json_t *v;
	json_object_foreach(o, key, v) {
		size_t i = 0;
		while (i < BV_COUNT(keys) && strcmp(keys[i].key, key) != 0) {
			i++;
		}
		if (i == BV_COUNT(keys)) {
			return usage(l->d, "is not known; there are table, files, mode, schema, delimiter, null and header", key);
		}
		bool fits = keys[i].boolean ? json_is_boolean(v) : keys[i].list ? json_is_array(v) && json_array_size(v) > 0 : json_is_string(v);
		for (size_t k = 0; fits && keys[i].list && k < json_array_size(v); k++) {
			fits = json_string_length(json_array_get(v, k)) > 0;
		}
		if (!fits) {
			return usage(l->d, keys[i].expected, key);
		}
	}
	for (size_t i = 0; i < BV_COUNT(keys); i++) {
		if (keys[i].needed && !json_object_get(o, keys[i].key)) {
			return usage(l->d, "is missing", keys[i].key);
		}
	}
	return true;
}

static bool read_request(loader *l, const char *json) {
	json_error_t err;
	json_t *o = json_loads(json, JSON_REJECT_DUPLICATES, &err);
	const json_t *files = json_object_get(o, "files");
	load_request *r = &l->r;
	bool ok = json_is_object(o) ? known_keys(l, o) : usage(l->d, o ? "an object is expected" : err.text, NULL);
	r->table = bv__json_text(l->a, json_object_get(o, "table"));
	r->mode = json_object_get(o, "mode") ? bv__json_text(l->a, json_object_get(o, "mode")) : BV_STR("create");
	r->has_schema = json_object_get(o, "schema") != NULL;
	r->schema = bv__json_text(l->a, json_object_get(o, "schema"));
	r->has_delimiter = json_object_get(o, "delimiter") != NULL;
	r->delimiter = bv__json_text(l->a, json_object_get(o, "delimiter"));
	r->has_null = json_object_get(o, "null") != NULL;
	r->null = bv__json_text(l->a, json_object_get(o, "null"));
	r->header = !json_is_false(json_object_get(o, "header"));
	r->nfiles = (uint32_t)json_array_size(files);
	r->files = BV_NEWN(l->a, bv_str, r->nfiles + 1);
	for (uint32_t i = 0; r->files && i < r->nfiles; i++) {
		r->files[i] = bv__json_text(l->a, json_array_get(files, i));
	}
	json_decref(o);
	ok = ok && !bv__arena_failed(l->a);
	ok = ok && (bv__str_is(r->mode, "create") || bv__str_is(r->mode, "append") || bv__str_is(r->mode, "overwrite") || usage(l->d, "is create, append or overwrite", "mode"));
	if (ok && r->has_delimiter && (r->delimiter.n != 1 || strchr("\r\n\"", r->delimiter.p[0]))) {
		bv_diagnostic *e = bv__diag(l->d, BV_E_USAGE, BV_NO_SPAN, "load: a delimiter is one byte, and neither a quote nor the end of a line");
		bv__diag_hint(l->d, e, "a tab in the shell is $'\\t'; files that end in .tsv are separated by tabs anyway");
		ok = false;
	}
	return ok;
}

/* ---- the files ---- */

/* What a suffix says. */
typedef struct suffix_kind {
	const char *suffix, *format;
	char delimiter; /* of CSV */
} suffix_kind;

static bv_str without(bv_str s, const char *suffix) {
	return bv__str_ends(s, suffix) ? (bv_str){s.p, s.n - (uint32_t)strlen(suffix)} : s;
}

/* compression: what the engine calls it; "": none. */
static const suffix_kind *kind_of(bv_arena *a, bv_str file, const char **compression) {
	static const suffix_kind known[] = {{".csv", "csv", ','}, {".tsv", "csv", '\t'}, {".json", "json", 0}, {".jsonl", "json", 0}, {".ndjson", "json", 0}, {".parquet", "parquet", 0}};
	bv_str lower = bv__arena_lower(a, file);
	*compression = bv__str_ends(lower, ".gz") ? "gz" : bv__str_ends(lower, ".zst") ? "zst" : "";
	bv_str name = **compression == 'g' ? without(lower, ".gz") : without(lower, ".zst");
	for (size_t i = 0; i < BV_COUNT(known); i++) {
		if (bv__str_ends(name, known[i].suffix)) {
			return &known[i];
		}
	}
	return NULL;
}

/* One load reads one format: of several files the first one says which, and the others must be like it. */
static bool same_kind(loader *l, uint32_t i, const suffix_kind *k, const char *compression) {
	bv_str first = l->r.files[0], file = l->r.files[i];
	if (!bv__str_is(l->r.format, k->format)) {
		bv__diag(l->d, BV_E_USAGE, BV_NO_SPAN, "load: " BV_STR_FMT " is " BV_STR_FMT ", but " BV_STR_FMT " is %s: one load reads one format", BV_STR_ARG(first), BV_STR_ARG(l->r.format),
			BV_STR_ARG(file), k->format);
		return false;
	}
	if (!l->given_delimiter && l->r.has_delimiter && l->r.delimiter.p[0] != k->delimiter) {
		bv_diagnostic *e = bv__diag(l->d, BV_E_USAGE, BV_NO_SPAN, "load: " BV_STR_FMT " and " BV_STR_FMT " are not separated by the same character", BV_STR_ARG(first), BV_STR_ARG(file));
		bv__diag_hint(l->d, e, "--delimiter says by which, for all of them");
		return false;
	}
	if (!bv__str_is(l->r.compression, compression)) {
		bv__diag(l->d, BV_E_USAGE, BV_NO_SPAN, "load: " BV_STR_FMT " and " BV_STR_FMT " are not compressed in the same way: one load reads one compression", BV_STR_ARG(first),
			BV_STR_ARG(file));
		return false;
	}
	return true;
}

static bool resolve_files(loader *l) {
	load_request *r = &l->r;
	bv_str cwd;
	if (!bv__os_cwd(l->a, &cwd)) {
		(void)bv__nomem(l->d);
		return false;
	}
	l->given_delimiter = r->has_delimiter;
	for (uint32_t i = 0; i < r->nfiles; i++) {
		const char *compression;
		const suffix_kind *k = kind_of(l->a, r->files[i], &compression);
		if (!k || (*compression && strcmp(k->format, "parquet") == 0)) {
			bv_diagnostic *e = bv__diag(l->d, BV_E_USAGE, BV_NO_SPAN, k ? "load: " BV_STR_FMT ": a Parquet file is compressed inside, not as a whole"
				: "load: the suffix of " BV_STR_FMT " says no format", BV_STR_ARG(r->files[i]));
			bv__diag_hint(l->d, e, ".csv, .tsv, .json, .jsonl or .ndjson, each also with .gz or .zst, or .parquet");
			return false;
		}
		if (i == 0) {
			r->format = bv__str(k->format);
			r->compression = bv__str(compression);
			if (k->delimiter && !r->has_delimiter) {
				r->delimiter = bv__arena_str(l->a, (bv_str){&k->delimiter, 1});
				r->has_delimiter = true;
			}
		}
		if (!same_kind(l, i, k, compression)) {
			return false;
		}
	}
	if (!bv__str_is(r->format, "csv") && (r->has_delimiter || r->has_null || !r->header)) {
		return usage(l->d, "is for CSV files only", r->has_delimiter ? "delimiter" : r->has_null ? "null" : "header");
	}
	for (uint32_t i = 0; i < r->nfiles; i++) {
		r->files[i] = bv__path_join(l->a, cwd, r->files[i]);
	}
	return true;
}

/* ---- columns ---- */

/* "name TYPE [NOT NULL], …" as DataFusion reads it: an unquoted name folds. */
static bool read_schema(loader *l) {
	uint32_t file = bv__diag_source(l->d, BV_STR("--schema"), l->r.schema);
	bv_list columns;
	if (!bv__sql_parse_columns(l->a, l->r.schema, file, bv__datafusion, &columns, l->d)) {
		return false;
	}
	bv_schema_t s = {BV_NEWN(l->a, bv_field, columns.n + 1), columns.n};
	bool ok = s.v != NULL;
	for (uint32_t i = 0; s.v && i < columns.n; i++) {
		const bv_ast_type_field *f = BV_AS(type_field, columns.v[i]);
		s.v[i] = (bv_field){.name = f->name, .type = bv__type_from_node(l->a, f->type, l->d), .nullable = f->head.nullable};
		ok &= s.v[i].type != NULL;
		for (uint32_t k = 0; k < i; k++) {
			if (bv__str_ieq(s.v[k].name, f->name)) {
				bv__diag(l->d, BV_E_OUTPUT_NAME, f->head.span, "two columns are named \"" BV_STR_FMT "\" (a Delta table does not tell case apart)", BV_STR_ARG(f->name));
				ok = false;
				break;
			}
		}
	}
	l->wanted = s;
	l->has_wanted = ok;
	return ok;
}

/* A type as the files are read into it. Times below a microsecond stay: the write refuses the ones that would lose digits. */
static bool finer_than_us(const bv_type *t) {
	bool finer = t->id == BV_T_TIMESTAMP && t->unit == BV_UNIT_NS;
	for (uint32_t i = 0; i < t->nchildren; i++) {
		finer |= finer_than_us(t->children[i].type);
	}
	return finer;
}

/* *changed: some column has a type that Delta lacks, and gets the one that holds its values. */
static bool storable(loader *l, const bv_schema_t *from, bool *changed) {
	bv_schema_t to = {BV_NEWN(l->a, bv_field, from->n + 1), from->n};
	bool ok = to.v != NULL;
	for (uint32_t i = 0; to.v && i < from->n; i++) {
		bv_str name = from->v[i].name;
		bool cast = false;
		to.v[i] = from->v[i];
		const bv_type *stored = from->v[i].type ? bv__type_stored(l->a, from->v[i].type, &cast) : NULL;
		if (!bv__contract_name_fits(name)) {
			bv_diagnostic *e = bv__diag(l->d, BV_E_OUTPUT_NAME, BV_NO_SPAN, "column %u is named \"" BV_STR_FMT "\", which a Delta table cannot hold", i + 1, BV_STR_ARG(name));
			bv__diag_hint(l->d, e, "a name is without spaces and without any of ,;{}()=%s", bv__str_is(l->r.format, "csv") && !l->r.has_schema
				? "; --no-header with --schema names the columns of a file without a line of names" : "");
			ok = false;
		} else if (!stored && !bv__arena_failed(l->a)) {
			bv_str text = from->v[i].type ? bv__type_str(l->a, from->v[i].type) : BV_STR("unknown");
			bv_diagnostic *e = bv__diag(l->d, BV_E_STORED_TYPE, BV_NO_SPAN, "column " BV_STR_FMT " has type " BV_STR_FMT ", which a Delta table cannot hold", BV_STR_ARG(name), BV_STR_ARG(text));
			bv__diag_hint(l->d, e, "--schema says as which type it is read");
			ok = false;
		} else if (cast && stored && !finer_than_us(from->v[i].type)) {
			to.v[i].type = stored;
			*changed = true;
		}
	}
	if (bv__arena_failed(l->a)) {
		(void)bv__nomem(l->d);
		return false;
	}
	if (ok) {
		l->wanted = to;
	}
	return ok;
}

/* What a reader of the table sees of these columns. */
static bool seen(loader *l, bv_schema_t *s) {
	for (uint32_t i = 0; i < s->n; i++) {
		bool cast;
		const bv_type *stored = bv__type_stored(l->a, s->v[i].type, &cast);
		s->v[i].type = stored ? bv__type_scanned(l->a, stored) : NULL;
	}
	return !bv__arena_failed(l->a);
}

/* ---- the table ---- */

static bool name_table(loader *l) {
	bv_session *s = l->s;
	bv_path path;
	if (!bv__exact_path(l->a, l->r.table, &path)) {
		bv_diagnostic *e = bv__diag(l->d, BV_E_VIEW_NAME, BV_NO_SPAN, "\"" BV_STR_FMT "\" is not a table's name", BV_STR_ARG(l->r.table));
		bv__diag_hint(l->d, e, "one to three parts: raw.events");
		return false;
	}
	l->path = bv__full_path(l->a, &path);
	l->name = bv__full_name(l->a, &path);
	bv__session_load_views(s, l->d);
	if (bv__session_view(s, l->name)) {
		bv__diag(l->d, BV_E_VIEW_DUPLICATE, BV_NO_SPAN, BV_STR_FMT " is a view of this project: nothing can be loaded into it", BV_STR_ARG(l->name));
		return false;
	}
	if (s->project.warehouse.n == 0) {
		bv__diag(l->d, BV_E_PROJECT_MISSING, BV_NO_SPAN, "there is no warehouse to load into");
		return false;
	}
	l->location = bv__view_location(l->a, s, &l->path);
	const bv_dataset *known = bv__map_get(&s->dataset_by_name, l->name);
	if (known && !bv__str_eq(known->location, l->location)) {
		bv_diagnostics *local = bv__diag_session(s); /* the source's place is in belvedere.yaml */
		if (!local) {
			(void)bv__nomem(l->d);
			return false;
		}
		bv_diagnostic *e = bv__diag(local, BV_E_VIEW_DUPLICATE, known->span, BV_STR_FMT " is a source of this project that lies elsewhere: what is loaded would never be read",
			BV_STR_ARG(l->name));
		bv__diag_hint(local, e, "give the loaded table another name, or take the source away");
		bv__diag_forward(local, l->d);
		return false;
	}
	return true;
}

/* What the table is now, where there is one; its columns say how the files are read. */
static bool read_table(loader *l, const bv_delta_state *state) {
	json_t *o = json_loadb(state->facts.p, state->facts.n, 0, NULL);
	bool ok = json_is_object(o), create = bv__str_is(l->r.mode, "create"), ignored = false;
	if (!ok) {
		bv__diag(l->d, BV_E_DATASET, BV_NO_SPAN, BV_STR_FMT ": the engine's answer about it cannot be read", BV_STR_ARG(l->location));
	}
	l->exists = json_is_true(json_object_get(o, "exists"));
	l->version = l->exists ? (int64_t)json_integer_value(json_object_get(o, "version")) : -1;
	bv_str kind = bv__json_text(l->a, json_object_get(json_object_get(o, "properties"), "belvedere.kind"));
	json_decref(o);
	if (l->exists && !bv__str_is(kind, "source")) {
		bv__diag(l->d, BV_E_FOREIGN_TABLE, BV_NO_SPAN, BV_STR_FMT " holds %s: `load` writes tables that it made itself", BV_STR_ARG(l->location),
			kind.n ? "the table of a view" : "a table that Belvedere did not make");
		ok = false;
	} else if (l->exists && create) {
		bv_diagnostic *e = bv__diag(l->d, BV_E_DATASET_EXISTS, BV_NO_SPAN, "table " BV_STR_FMT " exists, at version %lld", BV_STR_ARG(l->name), (long long)l->version);
		bv__diag_hint(l->d, e, "--append adds the rows, --overwrite replaces those that are there");
		ok = false;
	} else if (l->exists && !l->r.has_schema) {
		bv_schema_t has;
		ok = state->schema.n && bv__schema_from_json(l->a, bv__buf_view(&state->schema), &has);
		if (!ok) {
			bv__diag(l->d, BV_E_DATASET, BV_NO_SPAN, BV_STR_FMT ": its schema cannot be read", BV_STR_ARG(l->location));
		}
		l->has_wanted = ok = ok && storable(l, &has, &ignored);
	}
	return ok;
}

static bool find_table(loader *l) {
	bv_delta_state state;
	bv_engine_error err = {0};
	int rc = bv__delta_ask(l->s, l->location, false, &state, &err);
	bool ok = false;
	if (state.oom) {
		(void)bv__nomem(l->d);
	} else if (rc != 0) {
		bv__engine_diag(l->s, l->d, &err, BV_E_DATASET, NULL, l->name.p);
	} else {
		ok = read_table(l, &state);
	}
	if (rc != 0) {
		l->s->api->error_free(&err);
	}
	bv__delta_state_free(&state);
	return ok;
}

/* ---- reading and writing ---- */

static void scan_request(const loader *l, bv_buf *out) {
	bv_json j = bv__json(out);
	bv__json_open(&j, '{');
	bv__json_key(&j, "files");
	bv__json_open(&j, '[');
	for (uint32_t i = 0; i < l->r.nfiles; i++) {
		bv__json_str(&j, l->r.files[i]);
	}
	bv__json_close(&j, ']');
	bv__json_key(&j, "format");
	bv__json_str(&j, l->r.format);
	bv__json_key(&j, "options");
	bv__json_open(&j, '{');
	bv__json_key(&j, "header");
	bv__json_bool(&j, l->r.header);
	if (l->r.has_delimiter) {
		bv__json_key(&j, "delimiter");
		bv__json_str(&j, l->r.delimiter);
	}
	if (l->r.has_null) {
		bv__json_key(&j, "null");
		bv__json_str(&j, l->r.null);
	}
	if (l->r.compression.n) {
		bv__json_key(&j, "compression");
		bv__json_str(&j, l->r.compression);
	}
	bv__json_close(&j, '}');
	bv__json_close(&j, '}');
}

static bool scan(loader *l, const bv_schema_t *wanted, bv_engine_plan **plan, bv_schema_t *schema) {
	bv_session *s = l->s;
	bv_buf request = BV_BUF_INIT;
	struct ArrowSchema want = {0}, arrow = {0};
	bv_engine_error err = {0};
	scan_request(l, &request);
	bool ok = !request.failed && (!wanted || bv__schema_export(wanted, &want));
	if (!ok) {
		(void)bv__nomem(l->d);
	} else if (s->api->scan_files(s->catalog, request.p, wanted ? &want : NULL, plan, &arrow, &err) != 0) {
		bv__engine_diag(s, l->d, &err, BV_E_LOAD_DATA, NULL, "the files cannot be read");
		s->api->error_free(&err);
		ok = false;
	} else if (!arrow.release || !bv__schema_import(l->a, &arrow, schema)) {
		bv__diag(l->d, BV_E_LOAD_DATA, BV_NO_SPAN, "the columns of the files cannot be read");
		ok = false;
	}
	if (want.release) {
		want.release(&want);
	}
	if (arrow.release) {
		arrow.release(&arrow);
	}
	bv__buf_free(&request);
	return ok;
}

static bool plan_rows(loader *l, bv_engine_plan **plan, bv_schema_t *schema) {
	bool changed = false;
	if (!scan(l, l->has_wanted ? &l->wanted : NULL, plan, schema)) {
		return false;
	}
	if (!storable(l, schema, &changed)) {
		return false;
	}
	if (!changed) {
		return true;
	}
	l->s->api->plan_free(*plan);
	*plan = NULL;
	return scan(l, &l->wanted, plan, schema);
}

static void write_request(const loader *l, bv_buf *out) {
	bv_json j = bv__json(out);
	bv__json_open(&j, '{');
	bv__json_key(&j, "location");
	bv__json_str(&j, l->location);
	bv__json_key(&j, "mode");
	bv__json_str(&j, !l->exists ? BV_STR("create") : l->r.mode);
	bv__json_key(&j, "expected_version");
	if (l->exists) {
		bv__json_int(&j, l->version);
	} else {
		bv__json_null(&j);
		bv__json_key(&j, "properties");
		bv__json_open(&j, '{');
		bv__json_key(&j, "belvedere.kind");
		bv__json_z(&j, "source");
		bv__json_close(&j, '}');
	}
	bv__json_close(&j, '}');
}

static bool write_rows(loader *l, bv_engine_plan *plan, int64_t *rows, int64_t *version) {
	bv_session *s = l->s;
	bv_buf request = BV_BUF_INIT;
	bv_engine_text answer = {0};
	bv_engine_error err = {0};
	write_request(l, &request);
	bool oom = request.failed, ok = !oom && s->api->write(plan, request.p, &s->cancel, NULL, NULL, &answer, &err) == 0;
	bv__buf_free(&request);
	if (oom) {
		(void)bv__nomem(l->d);
		return false;
	}
	if (!ok) {
		bv__engine_diag(s, l->d, &err, BV_E_LOAD_DATA, NULL, l->name.p);
		s->api->error_free(&err);
		return false;
	}
	json_t *o = answer.p ? json_loadb(answer.p, answer.n, 0, NULL) : NULL;
	*rows = (int64_t)json_integer_value(json_object_get(o, "rows"));
	*version = (int64_t)json_integer_value(json_object_get(o, "version"));
	json_decref(o);
	s->api->text_free(&answer);
	return true;
}

static void result_json(loader *l, const bv_schema_t *schema, int64_t rows, int64_t version, bv_buf *out) {
	bv_buf columns = BV_BUF_INIT;
	bv__schema_json(schema, &columns);
	bv_json j = bv__json(out);
	bv__json_open(&j, '{');
	bv__json_key(&j, "table");
	bv__json_str(&j, l->name);
	bv__json_key(&j, "rows");
	bv__json_int(&j, rows);
	bv__json_key(&j, "version");
	bv__json_int(&j, version);
	bv__json_key(&j, "schema");
	bv__json_raw(&j, bv__buf_view(&columns));
	bv__json_close(&j, '}');
	out->failed |= columns.failed;
	bv__buf_free(&columns);
}

/* Only what looks at the session holds its lock: others go on while files are read and written. */
static bool load(loader *l, const char *request_json, bv_buf *out) {
	bv_session *s = l->s;
	bv_engine_plan *plan = NULL;
	bv_schema_t schema = {0};
	int64_t rows = 0, version = 0;
	bool ok = read_request(l, request_json) && resolve_files(l) && (!l->r.has_schema || read_schema(l));
	if (ok) {
		pthread_mutex_lock(&s->lock);
		ok = name_table(l) && find_table(l);
		pthread_mutex_unlock(&s->lock);
	}
	ok = ok && plan_rows(l, &plan, &schema) && write_rows(l, plan, &rows, &version);
	if (plan) {
		s->api->plan_free(plan);
	}
	if (ok) {
		pthread_mutex_lock(&s->lock);
		bv__dataset_changed(s, l->name);
		pthread_mutex_unlock(&s->lock);
		ok = seen(l, &schema);
		result_json(l, &schema, rows, version, out);
	}
	return ok;
}

bv_status bv_load(bv_session *s, const char *request_json, char **json, bv_diagnostics *d) {
	if (!s || !request_json || !d) {
		return BV_MISUSE;
	}
	if (!bv__engine_there(s, "files can only be loaded with an engine", d)) {
		return BV_FAILED;
	}
	loader l = {.s = s, .a = bv__arena_new(), .d = d};
	if (!l.a) {
		return bv__nomem(d);
	}
	bv_buf b = BV_BUF_INIT;
	bool ok = load(&l, request_json, &b), oom = d->oom || bv__arena_failed(l.a) || b.failed;
	bv__arena_free(l.a);
	if (ok && json && !oom) {
		*json = bv__buf_detach(&b);
		oom = !*json;
	}
	bv__buf_free(&b);
	return oom ? bv__nomem(d) : ok ? BV_OK : bv__cancelled(s) ? BV_CANCELLED : BV_FAILED;
}
