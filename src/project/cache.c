/* What the registry knows of view files, so that an unchanged one is neither parsed nor compiled. In: a file's text with the variables that it can read, the
 * setting (dialect, policy, functions, defaults) and the schemas that readers see. Out: the artifact as it was recorded, without its tree. A row is used only
 * where all of that is as it was; whatever is not sure is compiled again. */
#include <jansson.h>
#include <stdlib.h>

#include "project/project.h"

/* ---- hashes ---- */

void bv__schema_hash(const bv_schema_t *schema, char out[33]) {
	bv_buf b = BV_BUF_INIT;
	bv__schema_json(schema, &b);
	bv_hash128 h = bv__hash128(b.p, b.n);
	snprintf(out, 33, "%016llx%016llx", (unsigned long long)h.hi, (unsigned long long)h.lo);
	if (b.failed) {
		out[0] = '\0'; /* equal to none */
	}
	bv__buf_free(&b);
}

void bv__view_seen(bv_view *v) {
	bv__schema_hash(v->materialized ? &v->contract.scanned : &v->artifact->schema, v->seen_hash);
}

/* All that the meaning of a view file hangs on, but its text and its inputs. */
static void hash_setting(bv_session *s) {
	bv_buf b = BV_BUF_INIT;
	bv_json j = bv__json(&b);
	bv__json_open(&j, '[');
	bv__json_z(&j, bv_version());
	bv__json_z(&j, bv__dialect_name(s->project.dialect));
	bv__json_z(&j, s->policy_hash);
	bv__json_str(&j, s->project.policy.templates);
	bv__json_str(&j, bv__functions_hash(s->functions));
	bv__json_bool(&j, s->project.materialized);
	bv__json_str(&j, s->project.warehouse);
	for (uint32_t i = 0; i < s->project.ntags; i++) {
		bv__json_str(&j, s->project.tags[i]);
	}
	bv__json_close(&j, ']');
	bv__sha256_hex(b.p, b.n, s->setting);
	if (b.failed) {
		s->setting[0] = '\0';
	}
	bv__buf_free(&b);
}

/* Here, because the rows are there before the list of files is. */
static bool read_reads(bv_session *s) {
	s->row_reads = BV_NEWN(s->kept_rows, bv_row_reads, s->nrows + 1);
	for (uint32_t i = 0; s->row_reads && i < s->nrows; i++) {
		bv_row_reads *r = &s->row_reads[i];
		r->believed = bv__row_inputs(s->kept_rows, &s->rows[i], &r->v, &r->n);
	}
	return !bv__arena_failed(s->kept_rows);
}

bool bv__cache_open(bv_session *s, bool list, bv_diagnostics *d) {
	hash_setting(s);
	s->kept_rows = bv__arena_new();
	if (!s->kept_rows) {
		(void)bv__nomem(d);
		return false;
	}
	if (!s->registry || !s->setting[0]) {
		return true;
	}
	if (!bv__registry_sources(s->registry, s->kept_rows, bv__str(s->setting), &s->rows, &s->nrows, d)) {
		return false;
	}
	return !list || read_reads(s) || bv__nomem(d) == BV_OK;
}

/* ---- heads ---- */

static void put_names(bv_json *j, const char *key, const bv_str *v, uint32_t n) {
	bv__json_key(j, key);
	bv__json_open(j, '[');
	for (uint32_t i = 0; i < n; i++) {
		bv__json_str(j, v[i]);
	}
	bv__json_close(j, ']');
}

void bv__head_write(const bv_view *v, bv_buf *out) {
	bv_json j = bv__json(out);
	bv__json_open(&j, '{');
	put_names(&j, "path", v->path.v, v->path.n);
	bv__json_key(&j, "dialect");
	bv__json_z(&j, bv__dialect_name(v->dialect));
	bv__json_key(&j, "materialized");
	bv__json_bool(&j, v->materialized);
	bv__json_key(&j, "always");
	bv__json_bool(&j, v->refresh_always);
	bv__json_key(&j, "comment");
	bv__json_str(&j, v->comment);
	put_names(&j, "columns", v->columns.v, v->columns.n);
	put_names(&j, "comments", v->column_comments, v->columns.n);
	put_names(&j, "partition_by", v->partition_by.v, v->partition_by.n);
	put_names(&j, "tags", v->tags, v->ntags);
	put_names(&j, "properties", v->properties, 2 * v->nproperties);
	bv__json_key(&j, "span");
	bv__json_open(&j, '[');
	bv__json_int(&j, v->span.start);
	bv__json_int(&j, v->span.end);
	bv__json_close(&j, ']');
	bv__json_close(&j, '}');
}

static bv_str text_of(bv_arena *a, const json_t *v, bool *ok) {
	if (!json_is_string(v)) {
		*ok = false;
		return BV_STR("");
	}
	return bv__arena_str(a, (bv_str){json_string_value(v), (uint32_t)json_string_length(v)});
}

static bv_str *texts_of(bv_arena *a, const json_t *list, uint32_t *n, bool *ok) {
	*n = (uint32_t)json_array_size(list);
	bv_str *v = BV_NEWN(a, bv_str, *n + 1);
	*ok = *ok && v && json_is_array(list);
	for (uint32_t i = 0; *ok && i < *n; i++) {
		v[i] = text_of(a, json_array_get(list, i), ok);
	}
	return v;
}

bool bv__head_read(const bv_session *s, bv_view *v, bv_str json) {
	bv_arena *a = v->arena;
	json_t *o = json_loadb(json.p, json.n, JSON_ALLOW_NUL, NULL);
	bool ok = json_is_object(o);
	uint32_t n = 0, comments = 0, pairs = 0;
	bv_path path = {.v = texts_of(a, json_object_get(o, "path"), &n, &ok)};
	path.n = n;
	bv_str dialect = text_of(a, json_object_get(o, "dialect"), &ok);
	v->dialect = dialect.n ? bv__dialect(dialect) : NULL;
	v->materialized = json_is_true(json_object_get(o, "materialized"));
	v->refresh_always = json_is_true(json_object_get(o, "always"));
	v->comment = text_of(a, json_object_get(o, "comment"), &ok);
	v->columns = (bv_names){.v = texts_of(a, json_object_get(o, "columns"), &n, &ok)};
	v->columns.n = n;
	v->column_comments = texts_of(a, json_object_get(o, "comments"), &comments, &ok);
	ok = ok && comments == n;
	v->partition_by = (bv_names){.v = texts_of(a, json_object_get(o, "partition_by"), &n, &ok)};
	v->partition_by.n = n;
	v->tags = texts_of(a, json_object_get(o, "tags"), &v->ntags, &ok);
	v->properties = texts_of(a, json_object_get(o, "properties"), &pairs, &ok);
	v->nproperties = pairs / 2;
	const json_t *span = json_object_get(o, "span");
	v->span = (bv_span){v->source, (uint32_t)json_integer_value(json_array_get(span, 0)), (uint32_t)json_integer_value(json_array_get(span, 1))};
	json_decref(o);
	ok = ok && v->dialect && path.n >= 1 && path.n <= 3;
	if (ok) {
		v->path = bv__full_path(a, &path);
		v->name = bv__full_name(a, &path);
		v->location = v->materialized ? bv__view_location(a, s, &v->path) : (bv_str){NULL, 0};
	}
	return ok && !bv__arena_failed(a);
}

/* ---- bodies ---- */

static bool type_has_metadata(const bv_type *t, unsigned depth) {
	for (uint32_t i = 0; t && i < t->nchildren && depth < BV_DEPTH_MAX; i++) {
		if (t->children[i].nmetadata || type_has_metadata(t->children[i].type, depth + 1)) {
			return true;
		}
	}
	return false;
}

/* Does the schema's text give this very schema again? */
static bool survives(bv_arena *a, const bv_schema_t *schema, bv_str json) {
	bv_schema_t again;
	if (!bv__schema_from_json(a, json, &again) || again.n != schema->n) {
		return false;
	}
	for (uint32_t i = 0; i < schema->n; i++) {
		const bv_field *x = &schema->v[i], *y = &again.v[i];
		if (!x->type || !y->type || x->nmetadata || type_has_metadata(x->type, 0) || x->nullable != y->nullable || !bv__str_eq(x->name, y->name) ||
			!bv__type_equal(x->type, y->type)) {
			return false;
		}
	}
	return true;
}

/* Schema of what an input's name means now, as readers see it; false: not known, or not compiled. */
static bool input_hash(const bv_session *s, const bv_path *path, bv_arena *a, char out[33]) {
	bv_str name = bv__full_name(a, path);
	const bv_view *v = bv__session_view(s, name);
	if (v) {
		memcpy(out, v->seen_hash, 33);
		return (v->state == BV_VIEW_COMPILED || v->state == BV_VIEW_KNOWN) && out[0];
	}
	const bv_dataset *ds = bv__map_get(&s->dataset_by_name, name);
	if (!ds || !ds->schema_known) {
		return false;
	}
	bv__schema_hash(&ds->schema, out);
	return out[0] != '\0';
}

static void put_path(bv_json *j, const bv_path *path) {
	for (uint32_t i = 0; i < path->n; i++) {
		bv__json_str(j, path->v[i]);
	}
}

/* [materialised, names fold, a compile warns, columns, [tag, …]] */
static void write_brief(const bv_view *v, bv_buf *out) {
	bv_json j = bv__json(out);
	bv__json_open(&j, '[');
	bv__json_bool(&j, v->materialized);
	bv__json_bool(&j, bv__dialect_folds(v->dialect));
	bv__json_bool(&j, v->artifact->nvolatile > 0);
	bv__json_int(&j, v->artifact->schema.n);
	bv__json_open(&j, '[');
	for (uint32_t i = 0; i < v->ntags; i++) {
		bv__json_str(&j, v->tags[i]);
	}
	bv__json_close(&j, ']');
	bv__json_close(&j, ']');
}

bool bv__cache_put(bv_session *s, bv_view *v, bv_diagnostics *d) {
	const bv_view_artifact *art = v->artifact;
	if (v->said || v->head.n == 0 || art->ast_fingerprint[0] == '\0') {
		return bv__cache_put_name(s, v, d); /* a warning is to be heard the next time too */
	}
	if (!s->setting[0] || !v->text_hash[0]) {
		return true;
	}
	bv_arena *a = bv__arena_new();
	bv_buf b = BV_BUF_INIT, schema = BV_BUF_INIT, inputs = BV_BUF_INIT, brief = BV_BUF_INIT;
	bv_json j = bv__json(&b);
	bv__schema_json(&art->schema, &schema);
	bool keep = a && survives(a, &art->schema, bv__buf_view(&schema));
	bv__json_open(&j, '{');
	put_names(&j, "functions", art->functions, art->nfunctions);
	if (art->function_hashes) {
		put_names(&j, "hashes", art->function_hashes, art->nfunctions);
	}
	put_names(&j, "volatile", art->volatile_functions, art->nvolatile);
	bv__json_key(&j, "order_by");
	bv__json_str(&j, v->materialized && v->contract.nmetadata == 2 ? v->contract.metadata[3] : BV_STR(""));
	bv__json_close(&j, '}');
	j = bv__json(&inputs);
	bv__json_open(&j, '[');
	for (uint32_t i = 0; keep && i < art->ninputs; i++) {
		char hash[33];
		keep = input_hash(s, &art->inputs[i].path, a, hash);
		bv__json_open(&j, '[');
		bv__json_z(&j, hash);
		put_path(&j, &art->inputs[i].path);
		bv__json_close(&j, ']');
	}
	bv__json_close(&j, ']');
	write_brief(v, &brief);
	bool ok = true;
	if (keep && !b.failed && !schema.failed && !inputs.failed && !brief.failed) {
		bv_source_row row = {.file = v->file, .view = v->name, .ast_fingerprint = bv__str(art->ast_fingerprint), .policy_hash = bv__str(art->policy_hash),
			.text_hash = bv__str(v->text_hash), .setting = bv__str(s->setting), .stamp = v->stamp, .seen = bv__str(v->seen_hash), .brief = bv__buf_view(&brief),
			.inputs = bv__buf_view(&inputs)};
		bv_compiled_row compiled = {.head = v->head, .schema = bv__buf_view(&schema), .body = bv__buf_view(&b)};
		ok = bv__registry_put_source(s->registry, &row, &compiled, d);
	} else {
		ok = bv__cache_put_name(s, v, d);
	}
	bv__buf_free(&brief);
	bv__buf_free(&inputs);
	bv__buf_free(&schema);
	bv__buf_free(&b);
	bv__arena_free(a);
	return ok;
}

bool bv__cache_put_name(bv_session *s, const bv_view *v, bv_diagnostics *d) {
	bool there = v->kept && bv__str_eq(v->kept->view, v->name); /* also one that no longer holds tells the name */
	if (!s->registry || !s->setting[0] || v->file.n == 0 || there) {
		return true;
	}
	bv_source_row row = {.file = v->file, .view = v->name, .text_hash = bv__str(v->text_hash), .setting = bv__str(s->setting), .brief = BV_STR("[]"), .inputs = BV_STR("[]")};
	return bv__registry_put_source(s->registry, &row, NULL, d);
}

/* An input: the hash of its schema, then the parts of its name. */
static bool row_input(bv_arena *a, bv_json_in *in, bv_row_input *out) {
	bv_str parts[3] = {{NULL, 0}};
	uint32_t n = 0;
	bool ok = bv__json_expect(in, '[') && bv__json_read_string(in, &out->seen);
	while (ok && bv__json_take(in, ',')) {
		ok = n < 3 && bv__json_read_string(in, &parts[n++]);
	}
	ok = ok && n && bv__json_expect(in, ']');
	if (ok) {
		out->path = bv__path_of(a, parts, n);
		out->name = bv__full_name(a, &out->path);
	}
	return ok && out->path.v;
}

bool bv__row_inputs(bv_arena *a, const bv_source_row *row, bv_row_input **out, uint32_t *n) {
	bv_json_in in = {.arena = a, .p = row->inputs.p, .end = row->inputs.p + row->inputs.n};
	BV_VEC(bv_row_input) v = {0};
	bool ok = bv__json_expect(&in, '[');
	if (ok && !bv__json_take(&in, ']')) {
		do {
			bv_row_input input = {0};
			ok = row_input(a, &in, &input) && BV_PUSH(a, &v, input);
		} while (ok && bv__json_take(&in, ','));
		ok = ok && bv__json_expect(&in, ']');
	}
	*out = v.v;
	*n = v.n;
	return ok;
}

/* Is every input what it was? Where names match without case, no second one may have come. */
static bool input_holds(bv_session *s, const bv_row_input *input, bool folds, bv_arena *a) {
	bv_str name = input->name;
	bv_diagnostics *quiet = NULL;
	bool ok = true;
	char is[33];
	if (!bv__session_view(s, name)) {
		/* A source is opened here, as a lookup would do; what is wrong with it is said when the view is compiled for it. */
		quiet = bv_diagnostics_new();
		bool unready = false;
		bv_table_info info = {0};
		ok = quiet && bv__session_lookup_ready(s, a, &input->path, &info, quiet, BV_NO_SPAN, &unready) == BV_FOUND;
	}
	pthread_mutex_lock(&s->work);
	ok = ok && input_hash(s, &input->path, a, is) && bv__str_is(input->seen, is) && (folds || bv__session_same_name(s, name) == 1);
	pthread_mutex_unlock(&s->work);
	bv_diagnostics_free(quiet);
	return ok;
}

static bool inputs_hold(bv_session *s, const bv_view *v, bv_view_artifact *art) {
	bv_arena *a = art->arena;
	bv_row_input *inputs;
	bool ok = bv__row_inputs(a, v->row, &inputs, &art->ninputs);
	art->inputs = BV_NEWN(a, bv_input, art->ninputs + 1);
	for (uint32_t i = 0; ok && art->inputs && i < art->ninputs; i++) {
		const bv_path *path = &inputs[i].path;
		bv_str parts[3];
		for (uint32_t k = 0; k < path->n; k++) {
			parts[k] = bv__arena_str(a, path->v[k]); /* the row's texts live shorter than the artifact */
		}
		art->inputs[i] = (bv_input){inputs[i].name, bv__path_of(a, parts, path->n)};
		ok = input_holds(s, &inputs[i], bv__dialect_folds(v->dialect), a);
	}
	return ok && art->inputs;
}

bool bv__cache_restore(bv_session *s, bv_view *v) {
	bv_arena *a = bv__arena_new(), *scratch = bv__arena_new();
	bv_view_artifact *art = a ? BV_NEW(a, bv_view_artifact) : NULL;
	bv_compiled_row row;
	json_t *o = NULL;
	bool ok = art && scratch && v->row->seen.n && bv__registry_get_compiled(s->registry, scratch, v->file, &row);
	if (ok) {
		o = json_loadb(row.body.p, row.body.n, JSON_ALLOW_NUL, NULL);
		art->arena = a;
		art->name = bv__arena_str(a, v->name);
		art->payload = BV_STR("");
		ok = o && inputs_hold(s, v, art);
	}
	if (ok) {
		uint32_t hashes = 0;
		bv_str order_by = text_of(a, json_object_get(o, "order_by"), &ok);
		art->functions = texts_of(a, json_object_get(o, "functions"), &art->nfunctions, &ok);
		if (json_object_get(o, "hashes")) {
			art->function_hashes = texts_of(a, json_object_get(o, "hashes"), &hashes, &ok);
			ok = ok && hashes == art->nfunctions;
		}
		art->volatile_functions = texts_of(a, json_object_get(o, "volatile"), &art->nvolatile, &ok);
		snprintf(art->ast_fingerprint, sizeof art->ast_fingerprint, BV_STR_FMT, BV_STR_ARG(v->row->ast_fingerprint));
		snprintf(art->policy_hash, sizeof art->policy_hash, BV_STR_FMT, BV_STR_ARG(v->row->policy_hash));
		ok = ok && bv__schema_from_json(a, row.schema, &art->schema);
		art->has_schema = ok;
		if (ok && v->materialized) {
			bv_diagnostics *quiet = bv_diagnostics_new();
			ok = quiet && bv__contract_derive(a, art, &v->contract, v->span, quiet);
			if (ok) {
				v->contract.metadata[3] = order_by;
			}
			bv_diagnostics_free(quiet);
		}
	}
	json_decref(o);
	bv__arena_free(scratch);
	if (!ok || bv__arena_failed(a)) {
		bv__arena_free(a);
		return false;
	}
	v->artifact = art;
	v->cached = true;
	return true;
}

static bv_str dotted_key(void *ctx, const bv_path *path) {
	return bv__full_name(ctx, path);
}

static bool columns_of(bv_arena *a, const json_t *list, bv_column_hash **out, uint32_t *n) {
	bool ok = json_is_array(list);
	*n = (uint32_t)json_array_size(list);
	*out = BV_NEWN(a, bv_column_hash, *n + 1);
	for (uint32_t i = 0; ok && *out && i < *n; i++) {
		const json_t *column = json_array_get(list, i);
		(*out)[i].output = text_of(a, json_object_get(column, "name"), &ok);
		bv_str hash = text_of(a, json_object_get(column, "hash"), &ok);
		snprintf((*out)[i].hash, sizeof (*out)[i].hash, BV_STR_FMT, BV_STR_ARG(hash));
	}
	return ok && *out;
}

bool bv__cache_whole(bv_session *s, bv_view *v) {
	bv_view_artifact *art = v->artifact;
	bv_str json;
	if (!v->cached || s->api || !bv__str_is(s->project.policy.templates, "render") || !bv__registry_get_artifact_json(s->registry, art->arena, v->name, &json, NULL)) {
		return false;
	}
	bv_diagnostics *quiet = bv_diagnostics_new();
	json_t *o = json_loadb(json.p, json.n, JSON_ALLOW_NUL, NULL);
	char *text = json_dumps(json_object_get(o, "payload"), JSON_COMPACT), hash[65] = "";
	if (text) {
		bv__sha256_hex(text, strlen(text), hash);
	}
	bool ok = quiet && text && strcmp(hash, art->ast_fingerprint) == 0;
	bv_str payload = ok ? bv__arena_strz(art->arena, text) : BV_STR("");
	const bv_node *tree = ok ? bv__payload_read(art->arena, payload, 0, quiet) : NULL;
	bv_lineage lineage = {0};
	bv_column_hash *columns = NULL;
	uint32_t ncolumns = 0;
	ok = tree && bv__lineage(art->arena, tree, dotted_key, art->arena, &lineage) && columns_of(art->arena, json_object_get(o, "columns"), &columns, &ncolumns) &&
		!bv__arena_failed(art->arena);
	if (ok) {
		art->columns = columns;
		art->ncolumns = ncolumns;
		art->ast = tree;
		art->payload = payload;
		art->lineage = lineage;
		art->has_lineage = true;
	}
	free(text);
	json_decref(o);
	bv_diagnostics_free(quiet);
	return ok;
}

/* ---- views that nobody opens ---- */

static bool read_flag(bv_json_in *in, bool *out) {
	*out = bv__json_peek(in) == BV_JSON_TRUE;
	return bv__json_read_word(in, *out ? "true" : "false");
}

static bool read_brief(bv_arena *a, bv_str brief, bv_view *v, bool *warns) {
	bv_json_in in = {.arena = a, .p = brief.p, .end = brief.p + brief.n};
	bool *const flags[] = {&v->materialized, &v->folds, warns};
	bv_str columns = {NULL, 0};
	BV_VEC(bv_str) tags = {0};
	bool ok = bv__json_expect(&in, '[');
	for (size_t i = 0; ok && i < BV_COUNT(flags); i++) {
		ok = read_flag(&in, flags[i]) && bv__json_expect(&in, ',');
	}
	ok = ok && bv__json_read_number(&in, &columns) && bv__json_expect(&in, ',') && bv__json_expect(&in, '[');
	if (ok && !bv__json_take(&in, ']')) {
		do {
			bv_str tag;
			ok = bv__json_read_string(&in, &tag) && BV_PUSH(a, &tags, tag);
		} while (ok && bv__json_take(&in, ','));
	}
	v->ncolumns = 0;
	for (uint32_t i = 0; i < columns.n; i++) {
		v->ncolumns = v->ncolumns * 10 + (uint32_t)(columns.p[i] - '0');
	}
	v->tags = tags.v;
	v->ntags = tags.n;
	return ok;
}

bv_view *bv__cache_list(bv_session *s, const bv_source_row *row) {
	bv_view *v = BV_NEW(s->arena, bv_view);
	bool warns;
	if (!v || !row->seen.n || row->seen.n >= sizeof v->seen_hash || !read_brief(s->arena, row->brief, v, &warns) || warns || !bv__exact_path(s->arena, row->view, &v->path)) {
		return NULL;
	}
	v->state = BV_VIEW_KNOWN;
	v->name = row->view;
	v->file = row->file;
	v->row = v->kept = row;
	v->stamp = row->stamp;
	memcpy(v->seen_hash, row->seen.p, row->seen.n);
	v->graph = (bv_graph_input){.name = v->name, .kind = v->materialized ? BV_GRAPH_MATERIALIZED : BV_GRAPH_VIEW, .file = v->file, .tags = v->tags, .ntags = v->ntags};
	return v;
}

typedef BV_VEC(bv_view *) view_vec;

/* What a listed view reads, for the graph; does it hold, as far as that can be seen without its inputs' own inputs? */
static bool listed_holds(bv_session *s, bv_arena *scratch, bv_view *v, bv_map *sources, bool *oom) {
	const bv_row_reads *reads = &s->row_reads[v->row - s->rows];
	if (!reads->believed) {
		return false;
	}
	const bv_row_input *inputs = reads->v;
	v->graph.reads = BV_NEWN(s->arena, bv_str, reads->n + 1);
	v->graph.nreads = v->graph.reads ? reads->n : 0;
	bool holds = true;
	for (uint32_t i = 0; i < v->graph.nreads; i++) {
		bv_str name = v->graph.reads[i] = inputs[i].name;
		bv_view *read = bv__session_view(s, name);
		if (read) {
			*oom |= !BV_PUSH(scratch, &read->readers, v);
			holds = holds && read->state == BV_VIEW_KNOWN && strlen(read->seen_hash) == inputs[i].seen.n && bv__str_is(inputs[i].seen, read->seen_hash) &&
				(v->folds || bv__session_same_name(s, name) == 1);
			continue;
		}
		/* Many views read one source: it is looked at once. */
		const bv_str *seen = bv__map_get(sources, name);
		if (!seen || !bv__str_eq(*seen, inputs[i].seen)) {
			bv_str *keep = BV_NEW(scratch, bv_str);
			holds = holds && keep && input_holds(s, &inputs[i], v->folds, scratch);
			if (holds) {
				*keep = inputs[i].seen;
				*oom |= !bv__map_put(sources, name, keep);
			}
		} else {
			holds = holds && (v->folds || bv__session_same_name(s, name) == 1);
		}
	}
	return holds;
}

bool bv__cache_settle(bv_session *s, bool same_names, bv_diagnostics *d) {
	bv_arena *a = bv__arena_new();
	if (!a) {
		(void)bv__nomem(d);
		return false;
	}
	bv_map sources;
	bv__map_init(&sources, a);
	view_vec open = {0};
	bool oom = false, ok = true;
	for (uint32_t i = 0; i < s->views.n; i++) {
		bv_view *v = s->views.v[i];
		bool holds = v->state == BV_VIEW_KNOWN && same_names && listed_holds(s, a, v, &sources, &oom);
		oom |= !holds && !BV_PUSH(a, &open, v);
	}
	/* Whoever reads a view that may have changed may have changed too. */
	for (uint32_t i = 0; i < open.n; i++) {
		bv_view *v = open.v[i];
		if (v->state == BV_VIEW_KNOWN) {
			ok &= bv__view_open(s, v, d);
		}
		for (uint32_t k = 0; k < v->readers.n; k++) {
			if (v->readers.v[k]->state == BV_VIEW_KNOWN) {
				ok &= bv__view_open(s, v->readers.v[k], d);
				oom |= !BV_PUSH(a, &open, v->readers.v[k]);
			}
		}
	}
	for (uint32_t i = 0; i < s->views.n; i++) {
		s->views.v[i]->readers.v = NULL; /* they lie in `a` */
		s->views.v[i]->readers.n = s->views.v[i]->readers.cap = 0;
	}
	bv__arena_free(a);
	if (oom) {
		(void)bv__nomem(d);
	}
	return ok && !oom;
}

/* ---- many views ---- */

static bv_str *copy_texts(bv_arena *a, const bv_str *v, uint32_t n) {
	bv_str *out = v ? BV_NEWN(a, bv_str, n + 1) : NULL;
	for (uint32_t i = 0; out && i < n; i++) {
		out[i] = bv__arena_str(a, v[i]);
	}
	return out;
}

bool bv__view_shrink(bv_view *v) {
	const bv_view_artifact *old = v->artifact;
	bv_arena *a = bv__arena_new();
	bv_view_artifact *art = a ? BV_NEW(a, bv_view_artifact) : NULL;
	if (!art) {
		bv__arena_free(a);
		return false;
	}
	art->arena = a;
	art->name = bv__arena_str(a, old->name);
	art->payload = BV_STR("");
	memcpy(art->ast_fingerprint, old->ast_fingerprint, sizeof art->ast_fingerprint);
	memcpy(art->policy_hash, old->policy_hash, sizeof art->policy_hash);
	art->has_schema = old->has_schema;
	art->schema = bv__schema_copy(a, &old->schema);
	for (uint32_t i = 0; i < art->schema.n; i++) {
		art->schema.v[i].metadata = copy_texts(a, old->schema.v[i].metadata, 2 * old->schema.v[i].nmetadata);
		art->schema.v[i].nmetadata = old->schema.v[i].nmetadata;
	}
	art->functions = copy_texts(a, old->functions, old->nfunctions);
	art->function_hashes = copy_texts(a, old->function_hashes, old->nfunctions);
	art->nfunctions = old->nfunctions;
	art->volatile_functions = copy_texts(a, old->volatile_functions, old->nvolatile);
	art->nvolatile = old->nvolatile;
	art->ninputs = old->ninputs;
	art->inputs = BV_NEWN(a, bv_input, old->ninputs + 1);
	for (uint32_t i = 0; art->inputs && i < old->ninputs; i++) {
		bv_str parts[3] = {{NULL, 0}};
		for (uint32_t k = 0; k < old->inputs[i].path.n && k < 3; k++) {
			parts[k] = bv__arena_str(a, old->inputs[i].path.v[k]);
		}
		art->inputs[i] = (bv_input){bv__arena_str(a, old->inputs[i].name), bv__path_of(a, parts, old->inputs[i].path.n)};
	}
	bool ok = art->inputs != NULL;
	bv_contract contract = {0};
	if (ok && v->materialized) {
		bv_diagnostics *quiet = bv_diagnostics_new();
		bv_str order_by = bv__arena_str(a, v->contract.metadata[3]);
		ok = quiet && bv__contract_derive(a, art, &contract, v->span, quiet);
		if (ok) {
			contract.metadata[3] = order_by;
		}
		bv_diagnostics_free(quiet);
	}
	if (!ok || bv__arena_failed(a)) {
		bv__arena_free(a);
		return false;
	}
	bv__artifact_free(v->artifact);
	bv__arena_free(v->tree);
	v->artifact = art;
	v->tree = NULL;
	v->query = NULL;
	v->contract = contract;
	v->lean = true;
	return bv__view_graph(v);
}
