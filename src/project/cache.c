/* What the registry knows of view files, so that an unchanged one is neither parsed nor compiled. In: a file's text, the setting (dialect, policy,
 * functions, variables, defaults) and the schemas that readers see. Out: the artifact as it was recorded, without its tree. A row is used only
 * where all of that is as it was; whatever is not sure is compiled again. */
#include <jansson.h>
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
	char policy[65];
	bv__policy_hash(&s->project.policy, policy);
	bv__json_open(&j, '[');
	bv__json_z(&j, bv_version());
	bv__json_z(&j, bv__dialect_name(s->project.dialect));
	bv__json_z(&j, policy);
	bv__json_str(&j, s->project.policy.templates);
	bv__json_str(&j, bv__functions_hash(s->functions));
	bv__json_raw(&j, s->project.variables_json);
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

bool bv__cache_open(bv_session *s, bv_diagnostics *d) {
	bv__map_init(&s->rows, s->arena);
	hash_setting(s);
	bv_source_row *rows = NULL;
	uint32_t n = 0;
	if (!s->registry || !s->setting[0]) {
		return true;
	}
	if (!bv__registry_sources(s->registry, s->arena, bv__str(s->setting), &rows, &n, d)) {
		return false;
	}
	for (uint32_t i = 0; i < n; i++) {
		if (!bv__map_put(&s->rows, rows[i].file, &rows[i])) {
			(void)bv__nomem(d);
			return false;
		}
	}
	return true;
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
		return v->state == BV_VIEW_COMPILED && out[0];
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

bool bv__cache_put(bv_session *s, bv_view *v, bv_diagnostics *d) {
	const bv_view_artifact *art = v->artifact;
	if (!s->registry || !s->setting[0] || v->head.n == 0 || art->ast_fingerprint[0] == '\0') {
		return true;
	}
	bv_arena *a = bv__arena_new();
	bv_buf b = BV_BUF_INIT, schema = BV_BUF_INIT, inputs = BV_BUF_INIT;
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
	bool ok = true;
	if (keep && !b.failed && !schema.failed && !inputs.failed) {
		bv_source_row row = {.file = v->file, .view = v->name, .ast_fingerprint = bv__str(art->ast_fingerprint), .policy_hash = bv__str(art->policy_hash),
			.text_hash = bv__str(v->text_hash), .setting = bv__str(s->setting), .head = v->head,
			.inputs = bv__buf_view(&inputs), .schema = bv__buf_view(&schema), .body = bv__buf_view(&b)};
		ok = bv__registry_put_source(s->registry, &row, d);
	}
	bv__buf_free(&inputs);
	bv__buf_free(&schema);
	bv__buf_free(&b);
	bv__arena_free(a);
	return ok;
}

/* Element 0 is the schema's hash, the others are the parts of the name. */
static bool input_of(bv_arena *a, const json_t *input, bv_path *path) {
	uint32_t n = (uint32_t)json_array_size(input);
	bool ok = n >= 2 && n <= 4;
	bv_str parts[3] = {{NULL, 0}};
	for (uint32_t i = 1; ok && i < n; i++) {
		parts[i - 1] = text_of(a, json_array_get(input, i), &ok);
	}
	if (ok) {
		*path = bv__path_of(a, parts, n - 1);
	}
	return ok && path->v;
}

bool bv__cache_reads(bv_arena *a, const bv_view *v, bv_path **out, uint32_t *n) {
	json_t *inputs = json_loadb(v->row->inputs.p, v->row->inputs.n, JSON_ALLOW_NUL, NULL);
	*n = (uint32_t)json_array_size(inputs);
	*out = BV_NEWN(a, bv_path, *n + 1);
	bool ok = json_is_array(inputs) && *out;
	for (uint32_t i = 0; ok && i < *n; i++) {
		ok = input_of(a, json_array_get(inputs, i), &(*out)[i]);
	}
	json_decref(inputs);
	return ok;
}

/* Is every input what it was? Where names match without case, no second one may have come. */
static bool inputs_hold(bv_session *s, const bv_view *v, const json_t *inputs, bv_view_artifact *art) {
	bv_arena *a = art->arena;
	art->ninputs = (uint32_t)json_array_size(inputs);
	art->inputs = BV_NEWN(a, bv_input, art->ninputs + 1);
	bool ok = art->inputs != NULL;
	for (uint32_t i = 0; ok && i < art->ninputs; i++) {
		const json_t *input = json_array_get(inputs, i);
		bv_input *in = &art->inputs[i];
		const char *was = json_string_value(json_array_get(input, 0));
		char is[33];
		ok = was && input_of(a, input, &in->path);
		if (!ok) {
			break;
		}
		in->name = bv__full_name(a, &in->path);
		bv_diagnostics *quiet = NULL;
		if (!bv__session_view(s, in->name)) {
			/* A source is opened here, as a lookup would do; what is wrong with it is said when the view is compiled for it. */
			quiet = bv_diagnostics_new();
			bool unready = false;
			bv_table_info info = {0};
			ok = quiet && bv__session_lookup_ready(s, a, &in->path, &info, quiet, BV_NO_SPAN, &unready) == BV_FOUND;
		}
		pthread_mutex_lock(&s->work);
		ok = ok && input_hash(s, &in->path, a, is) && strcmp(is, was) == 0 && (bv__dialect_folds(v->dialect) || bv__session_same_name(s, in->name) == 1);
		pthread_mutex_unlock(&s->work);
		bv_diagnostics_free(quiet);
	}
	return ok;
}

bool bv__cache_restore(bv_session *s, bv_view *v) {
	json_t *inputs = json_loadb(v->row->inputs.p, v->row->inputs.n, JSON_ALLOW_NUL, NULL);
	json_t *o = json_loadb(v->row->body.p, v->row->body.n, JSON_ALLOW_NUL, NULL);
	bv_arena *a = o && json_is_array(inputs) ? bv__arena_new() : NULL;
	bv_view_artifact *art = a ? BV_NEW(a, bv_view_artifact) : NULL;
	bool ok = art != NULL;
	if (ok) {
		art->arena = a;
		art->name = bv__arena_str(a, v->name);
		art->payload = BV_STR("");
		ok = inputs_hold(s, v, inputs, art);
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
		ok = ok && bv__schema_from_json(a, v->row->schema, &art->schema);
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
	json_decref(inputs);
	json_decref(o);
	if (!ok || bv__arena_failed(a)) {
		bv__arena_free(a);
		return false;
	}
	v->artifact = art;
	v->cached = true;
	return true;
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
