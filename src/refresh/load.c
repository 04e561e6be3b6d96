/* load. In: files and a table's name. Out: a Delta table below the warehouse, written with one commit. Files become the columns that --schema gives, or
 * that the table has, or that they hold themselves, in types that Delta has; a value that does not fit fails the load and nothing is written. */
#include <jansson.h>

#include "refresh/refresh.h"

typedef struct load_request {
	bv_str table;
	bv_str *files;
	uint32_t nfiles;
	bv_str mode; /* create, append, overwrite */
	bv_str schema, delimiter, null;
	bool has_delimiter, has_null, header;
	bv_str format;
} load_request;

typedef struct loader {
	bv_session *s;
	bv_arena *a;
	load_request r;
	bv_path path;
	bv_str name, location;
	bool exists;
	int64_t version;
	bool has_wanted;
	bv_schema_t wanted; /* what the files are read as */
	bv_diagnostics *d;
} loader;

/* ---- the request ---- */

static bv_str text_of(bv_arena *a, const json_t *v) {
	return json_is_string(v) ? bv__arena_str(a, bv__strn(json_string_value(v), json_string_length(v))) : BV_STR("");
}

static bool usage(bv_diagnostics *d, const char *what) {
	bv__diag(d, BV_E_USAGE, BV_NO_SPAN, "load: %s", what);
	return false;
}

static bool read_request(loader *l, const char *json) {
	json_error_t err;
	json_t *o = json_loads(json, JSON_REJECT_DUPLICATES, &err);
	const json_t *files = json_object_get(o, "files");
	load_request *r = &l->r;
	bool ok = json_is_object(o) || usage(l->d, o ? "an object is expected" : err.text);
	r->table = text_of(l->a, json_object_get(o, "table"));
	r->mode = text_of(l->a, json_object_get(o, "mode"));
	r->mode = r->mode.n ? r->mode : BV_STR("create");
	r->schema = text_of(l->a, json_object_get(o, "schema"));
	r->delimiter = text_of(l->a, json_object_get(o, "delimiter"));
	r->has_delimiter = json_is_string(json_object_get(o, "delimiter"));
	r->null = text_of(l->a, json_object_get(o, "null"));
	r->has_null = json_is_string(json_object_get(o, "null"));
	r->header = !json_is_false(json_object_get(o, "header"));
	r->nfiles = (uint32_t)json_array_size(files);
	r->files = BV_NEWN(l->a, bv_str, r->nfiles + 1);
	for (uint32_t i = 0; r->files && i < r->nfiles; i++) {
		r->files[i] = text_of(l->a, json_array_get(files, i));
	}
	ok = ok && (r->table.n || usage(l->d, "\"table\" is missing"));
	ok = ok && (r->nfiles || usage(l->d, "\"files\" is missing"));
	ok = ok && (bv__str_is(r->mode, "create") || bv__str_is(r->mode, "append") || bv__str_is(r->mode, "overwrite") || usage(l->d, "\"mode\" is create, append or overwrite"));
	json_decref(o);
	return ok && r->files;
}

static bv_str without(bv_str s, const char *suffix) {
	return bv__str_ends(s, suffix) ? (bv_str){s.p, s.n - (uint32_t)strlen(suffix)} : s;
}

static const char *format_of(bv_arena *a, bv_str file) {
	static const struct {
		const char *suffix, *format;
	} known[] = {{".csv", "csv"}, {".tsv", "csv"}, {".json", "json"}, {".jsonl", "json"}, {".ndjson", "json"}, {".parquet", "parquet"}};
	bv_str name = without(without(bv__arena_lower(a, file), ".gz"), ".zst");
	for (size_t i = 0; i < BV_COUNT(known); i++) {
		if (bv__str_ends(name, known[i].suffix)) {
			return known[i].format;
		}
	}
	return NULL;
}

static bool resolve_files(loader *l) {
	bv_str cwd;
	if (!bv__os_cwd(l->a, &cwd)) {
		(void)bv__nomem(l->d);
		return false;
	}
	const char *first = NULL;
	for (uint32_t i = 0; i < l->r.nfiles; i++) {
		bv_str file = l->r.files[i];
		const char *format = format_of(l->a, file);
		if (!format) {
			bv_diagnostic *e = bv__diag(l->d, BV_E_USAGE, BV_NO_SPAN, "load: the suffix of " BV_STR_FMT " says no format", BV_STR_ARG(file));
			bv__diag_hint(l->d, e, ".csv, .tsv, .json, .jsonl, .ndjson or .parquet, each also with .gz or .zst");
			return false;
		}
		if (first && strcmp(first, format) != 0) {
			bv__diag(l->d, BV_E_USAGE, BV_NO_SPAN, "load: " BV_STR_FMT " is %s, but " BV_STR_FMT " is %s: one load reads one format", BV_STR_ARG(l->r.files[0]), first, BV_STR_ARG(file), format);
			return false;
		}
		first = format;
		if (bv__str_ends(without(without(bv__arena_lower(l->a, file), ".gz"), ".zst"), ".tsv") && !l->r.has_delimiter) {
			l->r.delimiter = BV_STR("\t");
			l->r.has_delimiter = true;
		}
		l->r.files[i] = bv__path_join(l->a, cwd, file);
	}
	l->r.format = bv__str(first);
	return true;
}

/* ---- columns ---- */

/* Where the column that begins at `at` ends: a comma outside of brackets and quotes, or the end. */
static uint32_t column_end(bv_str s, uint32_t at) {
	unsigned depth = 0;
	char quote = '\0';
	for (; at < s.n; at++) {
		char c = s.p[at];
		if (quote) {
			quote = c == quote ? '\0' : quote;
		} else if (c == '"' || c == '\'' || c == '`') {
			quote = c;
		} else if (c == '(' || c == '<' || c == '[') {
			depth++;
		} else if (c == ')' || c == '>' || c == ']') {
			depth -= depth > 0;
		} else if (c == ',' && depth == 0) {
			break;
		}
	}
	return at;
}

static bv_str trimmed(bv_str s) {
	while (s.n && strchr(" \t\r\n", s.p[0])) {
		s.p++;
		s.n--;
	}
	while (s.n && strchr(" \t\r\n", s.p[s.n - 1])) {
		s.n--;
	}
	return s;
}

/* "name TYPE [NOT NULL]"; a quoted name is exact, another one folds. */
static bool read_column(loader *l, bv_str text, uint32_t file, uint32_t offset, bv_field *out) {
	bv_buf name = BV_BUF_INIT;
	uint32_t at = 0;
	if (text.n && text.p[0] == '"') {
		for (at = 1; at < text.n && (text.p[at] != '"' || (at + 1 < text.n && text.p[at + 1] == '"')); at++) {
			at += text.p[at] == '"';
			bv__buf_ch(&name, text.p[at]);
		}
		at += at < text.n;
		out->name = bv__arena_str(l->a, bv__buf_view(&name));
	} else {
		while (at < text.n && !strchr(" \t\r\n", text.p[at])) {
			at++;
		}
		out->name = bv__arena_lower(l->a, (bv_str){text.p, at});
	}
	bv__buf_free(&name);
	bv_str type = trimmed((bv_str){text.p + at, text.n - at});
	bv_str upper = bv__arena_upper(l->a, type);
	out->nullable = true;
	if (bv__str_ends(upper, " NULL")) {
		bv_str rest = trimmed((bv_str){upper.p, upper.n - 5});
		out->nullable = !bv__str_ends(rest, " NOT");
		type.n = out->nullable ? rest.n : trimmed((bv_str){rest.p, rest.n - 4}).n;
	}
	bv_span span = {file, offset, offset + text.n};
	if (out->name.n == 0 || type.n == 0) {
		bv_diagnostic *e = bv__diag(l->d, BV_E_SCHEMA_TYPE, span, "a column is its name and its type");
		bv__diag_hint(l->d, e, "'id BIGINT, name VARCHAR NOT NULL'");
		return false;
	}
	out->type = bv__type_parse(l->a, type, bv__datafusion, 0, l->d);
	return out->type != NULL;
}

static bool read_schema(loader *l) {
	bv_str s = l->r.schema;
	uint32_t file = bv__diag_source(l->d, BV_STR("--schema"), s);
	BV_VEC(bv_field) fields = {0};
	bool ok = true;
	for (uint32_t at = 0; at <= s.n; at++) {
		uint32_t end = column_end(s, at);
		bv_str raw = {s.p + at, end - at}, text = trimmed(raw);
		bv_field f = {0};
		ok &= read_column(l, text, file, text.n ? (uint32_t)(text.p - s.p) : at, &f);
		ok &= BV_PUSH(l->a, &fields, f);
		at = end;
	}
	l->wanted = (bv_schema_t){fields.v, fields.n};
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
		bool cast = false;
		to.v[i] = from->v[i];
		const bv_type *stored = from->v[i].type ? bv__type_stored(l->a, from->v[i].type, &cast) : NULL;
		if (!stored) {
			bv_str text = from->v[i].type ? bv__type_str(l->a, from->v[i].type) : BV_STR("unknown");
			bv_diagnostic *e = bv__diag(l->d, BV_E_STORED_TYPE, BV_NO_SPAN, "column " BV_STR_FMT " has type " BV_STR_FMT ", which a Delta table cannot hold", BV_STR_ARG(from->v[i].name),
				BV_STR_ARG(text));
			bv__diag_hint(l->d, e, "--schema says as which type it is read");
			ok = false;
		} else if (cast && !finer_than_us(from->v[i].type)) {
			to.v[i].type = stored;
			*changed = true;
		}
	}
	if (ok) {
		l->wanted = to;
	}
	return ok;
}

/* ---- the table ---- */

static bool find_table(loader *l) {
	bv_session *s = l->s;
	bv_path path;
	if (!bv__exact_path(l->a, l->r.table, &path)) {
		bv_diagnostic *e = bv__diag(l->d, BV_E_VIEW_NAME, BV_NO_SPAN, "\"" BV_STR_FMT "\" is not a table's name", BV_STR_ARG(l->r.table));
		bv__diag_hint(l->d, e, "one to three parts: raw.events");
		return false;
	}
	l->path = bv__full_path(l->a, &path);
	l->name = bv__full_name(l->a, &path);
	(void)bv__project_load_views(s, l->d);
	if (bv__session_view(s, l->name)) {
		bv__diag(l->d, BV_E_VIEW_DUPLICATE, BV_NO_SPAN, BV_STR_FMT " is a view of this project: nothing can be loaded into it", BV_STR_ARG(l->name));
		return false;
	}
	if (s->project.warehouse.n == 0) {
		bv__diag(l->d, BV_E_PROJECT_MISSING, BV_NO_SPAN, "there is no warehouse to load into");
		return false;
	}
	l->location = bv__view_location(l->a, s, &l->path);
	bv_buf request = BV_BUF_INIT;
	bv_json j = bv__json(&request);
	bv__json_open(&j, '{');
	bv__json_key(&j, "location");
	bv__json_str(&j, l->location);
	bv__json_close(&j, '}');
	bv_engine_text text = {0};
	bv_engine_error err = {0};
	struct ArrowSchema arrow = {0};
	bool ok = s->api->delta_state(s->engine, request.p, &text, &arrow, &err) == 0;
	bv__buf_free(&request);
	if (!ok) {
		bv__engine_diag(s, l->d, &err, BV_E_DATASET, NULL, l->name.p);
		s->api->error_free(&err);
		return false;
	}
	json_t *o = text.p ? json_loadb(text.p, text.n, 0, NULL) : NULL;
	l->exists = json_is_true(json_object_get(o, "exists"));
	l->version = l->exists ? (int64_t)json_integer_value(json_object_get(o, "version")) : -1;
	const char *kind = json_string_value(json_object_get(json_object_get(o, "properties"), "belvedere.kind"));
	bool create = bv__str_is(l->r.mode, "create");
	if (l->exists && (!kind || strcmp(kind, "source") != 0)) {
		bv__diag(l->d, BV_E_FOREIGN_TABLE, BV_NO_SPAN, BV_STR_FMT " holds %s: `load` writes tables that it made itself", BV_STR_ARG(l->location), kind ? "the table of a view" : "a table that Belvedere did not make");
		ok = false;
	} else if (l->exists && create) {
		bv_diagnostic *e = bv__diag(l->d, BV_E_DATASET_EXISTS, BV_NO_SPAN, "table " BV_STR_FMT " exists, at version %lld", BV_STR_ARG(l->name), (long long)l->version);
		bv__diag_hint(l->d, e, "--append adds the rows, --overwrite replaces those that are there");
		ok = false;
	} else if (l->exists && l->r.schema.n == 0 && arrow.release) {
		/* What is there says how the files are read. */
		bv_schema_t has;
		bool ignored = false;
		ok = bv__schema_import(l->a, &arrow, &has) && storable(l, &has, &ignored);
		l->has_wanted = ok;
	}
	json_decref(o);
	if (arrow.release) {
		arrow.release(&arrow);
	}
	s->api->text_free(&text);
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
	bv__json_close(&j, '}');
	bv__json_close(&j, '}');
}

static bool scan(loader *l, const bv_schema_t *wanted, bv_engine_plan **plan, bv_schema_t *schema) {
	bv_session *s = l->s;
	bv_buf request = BV_BUF_INIT;
	struct ArrowSchema want = {0}, arrow = {0};
	bv_engine_error err = {0};
	scan_request(l, &request);
	bool ok = !wanted || bv__schema_export(wanted, &want);
	if (!ok) {
		(void)bv__nomem(l->d);
	} else if (s->api->scan_files(s->catalog, request.p, wanted ? &want : NULL, plan, &arrow, &err) != 0) {
		bv__engine_diag(s, l->d, &err, BV_E_LOAD_DATA, NULL, "the files cannot be read");
		s->api->error_free(&err);
		ok = false;
	} else {
		ok = arrow.release && bv__schema_import(l->a, &arrow, schema);
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
	bool ok = s->api->write(plan, request.p, &s->cancel, NULL, NULL, &answer, &err) == 0;
	bv__buf_free(&request);
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

static bool load(loader *l, const char *request_json, bv_buf *out) {
	bv_engine_plan *plan = NULL;
	bv_schema_t schema = {0};
	int64_t rows = 0, version = 0;
	bool ok = read_request(l, request_json) && resolve_files(l) && (l->r.schema.n == 0 || read_schema(l)) && find_table(l) && plan_rows(l, &plan, &schema) &&
		write_rows(l, plan, &rows, &version);
	if (plan) {
		l->s->api->plan_free(plan);
	}
	if (!ok) {
		return false;
	}
	bv__dataset_changed(l->s, l->name);
	bv_buf columns = BV_BUF_INIT;
	bv__schema_json(&schema, &columns);
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
	return true;
}

bv_status bv_load(bv_session *s, const char *request_json, char **json, bv_diagnostics *d) {
	if (!s || !request_json || !d) {
		return BV_MISUSE;
	}
	if (!s->api) {
		bv_diagnostic *e = bv__diag(d, BV_E_ENGINE_MISSING, BV_NO_SPAN, "files can only be loaded with an engine");
		bv__diag_hint(d, e, "libbelvedere_datafusion.so is looked for beside libbelvedere.so and at $BELVEDERE_ENGINE");
		return BV_FAILED;
	}
	loader l = {.s = s, .a = bv__arena_new(), .d = d};
	if (!l.a) {
		return bv__nomem(d);
	}
	bv_buf b = BV_BUF_INIT;
	pthread_mutex_lock(&s->lock);
	bool ok = load(&l, request_json, &b);
	pthread_mutex_unlock(&s->lock);
	bool oom = d->oom || bv__arena_failed(l.a) || b.failed;
	bv__arena_free(l.a);
	if (ok && json && !oom) {
		*json = bv__buf_detach(&b);
		oom = !*json;
	}
	bv__buf_free(&b);
	return oom ? bv__nomem(d) : ok ? BV_OK : s->cancel.flag ? BV_CANCELLED : BV_FAILED;
}
