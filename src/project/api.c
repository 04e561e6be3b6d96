/* The public calls about trees and artifacts: text and payloads in, trees and what the lane makes of them out. */
#include <jansson.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "project/project.h"
#include "project/schema.h"

/* ---- trees ---- */

static const bv_dialect *find_dialect(const char *name, bv_diagnostics *d) {
	const bv_dialect *dialect = bv__dialect(bv__str(name));
	if (!dialect) {
		bv_diagnostic *e = bv__diag(d, BV_E_DIALECT, BV_NO_SPAN, "unknown dialect \"%s\"", name);
		bv__diag_hint(d, e, "dialects: datafusion, postgres, duckdb, spark, databricks, snowflake, bigquery, trino, generic");
	}
	return dialect;
}

static bv_tree *tree_new(bv_arena *a, const bv_node *root, const bv_dialect *dialect, bv_source source, _Atomic uint32_t *users) {
	bv_tree *t = BV_NEW(a, bv_tree);
	if (t) {
		*t = (bv_tree){.arena = a, .root = (bv_node *)(uintptr_t)root, .dialect = dialect, .source = source, .users = users};
	}
	return t;
}

/* :name is a parameter where the tree is all that is wanted; the lane refuses it. Braces never are anything but a template. */
static bool check_template(bv_str text, uint32_t file, const bv_dialect *dialect, bv_diagnostics *d) {
	bv_span where;
	return !bv__ingress_find_template(text, dialect, false, &where) || text.p[where.start] == ':' || bv__ingress_refuse(text, file, dialect, d);
}

/* how: NULL or the mode `refuse`: the text is no template. */
static bv_status parse(const char *sql, size_t n, const bv_dialect *dialect, const char *file, const bv_templates *how, bv_tree ***trees, size_t *count, bv_diagnostics *d) {
	bool template = how && !bv__str_is(how->mode, "refuse");
	if (n > UINT32_MAX / 2) {
		bv__diag(d, BV_E_SIZE, BV_NO_SPAN, "the text is larger than a statement may be");
		return BV_FAILED;
	}
	bv_arena *a = bv__arena_new();
	bv_tree source_tree = {.arena = a};
	if (!a) {
		return bv__nomem(d);
	}
	source_tree.source = (bv_source){bv__arena_strz(a, file ? file : ""), bv__sql_text(a, (bv_str){sql, (uint32_t)n})};
	bv_diagnostics *local = bv__arena_failed(a) ? NULL : bv__diag_tree(&source_tree);
	if (!local) {
		bv__arena_free(a);
		return bv__nomem(d);
	}
	bv_list statements = {0};
	bv_str text = source_tree.source.text;
	bool ok = template ? bv__text_parse(a, text, 1, false, &dialect, how, &statements, local)
		: check_template(text, 1, dialect, local) && bv__sql_parse_text(a, text, 1, dialect, &statements, local);
	bv__diag_forward(local, d);
	_Atomic uint32_t *users = BV_NEW(a, _Atomic uint32_t);
	bv_tree **v = bv__heap_alloc(sizeof *v * ((size_t)statements.n + 1));
	bool oom = !users || !v;
	for (uint32_t i = 0; ok && !oom && i < statements.n; i++) {
		v[i] = tree_new(a, statements.v[i], dialect, source_tree.source, users);
		oom = !v[i];
		if (v[i]) {
			v[i]->made = template;
		}
	}
	if (!ok || oom || bv__arena_failed(a)) {
		oom |= ok;
		bv__heap_free(v);
		bv__arena_free(a);
		return oom ? bv__nomem(d) : BV_FAILED;
	}
	atomic_store(users, statements.n);
	if (statements.n == 0) {
		bv__arena_free(a);
	}
	*trees = v;
	*count = statements.n;
	return BV_OK;
}

bv_status bv_parse(const char *sql, size_t n, const char *dialect_name, const char *file, bv_tree ***trees, size_t *count, bv_diagnostics *d) {
	if (!sql || !trees || !count) {
		return BV_MISUSE;
	}
	const bv_dialect *dialect = find_dialect(dialect_name, d);
	return dialect ? parse(sql, n, dialect, file, NULL, trees, count, d) : BV_FAILED;
}

bv_status bv_session_parse(bv_session *s, const char *sql, size_t n, const bv_parse_options *options, bv_tree ***trees, size_t *count, bv_diagnostics *d) {
	bv_parse_options o = BV_PARSE_OPTIONS_INIT;
	if (!s || !sql || !trees || !count || (options && options->size < sizeof(size_t))) {
		return BV_MISUSE;
	}
	if (options) {
		memcpy(&o, options, options->size < sizeof o ? options->size : sizeof o);
	}
	const bv_dialect *dialect = o.dialect ? find_dialect(o.dialect, d) : s->project.dialect;
	bv_arena *scratch = bv__arena_new();
	if (!dialect || !scratch) {
		bv__arena_free(scratch);
		return dialect ? bv__nomem(d) : BV_FAILED;
	}
	bv_templates how = bv__session_templates(s);
	bv_policy policy = s->project.policy;
	bv_status st = BV_FAILED;
	if (bv__policy_read(scratch, o.policy, &policy, &how.variables, d)) {
		how.mode = policy.templates;
		st = parse(sql, n, dialect, o.file, &how, trees, count, d);
	}
	bv__arena_free(scratch);
	return st;
}

/* The layout of a template is not that of one text. */
static bool check_format(const bv_session *s, bv_str text, const bv_dialect *dialect, bv_diagnostics *d) {
	bv_span where;
	if (!s || bv__str_is(s->project.policy.templates, "refuse")) {
		return check_template(text, 1, dialect, d);
	}
	if (!bv__ingress_find_template(text, dialect, false, &where) || text.p[where.start] == ':') {
		return true;
	}
	where.file = 1;
	bv__diag(d, BV_E_TEMPLATE, where, "a template is not formatted");
	return false;
}

bv_status bv_format(bv_session *s, const char *sql, size_t n, const char *dialect_name, const char *file, char **out, bv_diagnostics *d) {
	if (!sql || !out) {
		return BV_MISUSE;
	}
	const bv_dialect *dialect = dialect_name || !s ? find_dialect(dialect_name, d) : s->project.dialect ? s->project.dialect : bv__datafusion;
	if (!dialect) {
		return BV_FAILED;
	}
	if (n > UINT32_MAX / 8) {
		bv__diag(d, BV_E_SIZE, BV_NO_SPAN, "the text is larger than a statement may be");
		return BV_FAILED;
	}
	bv_arena *a = bv__arena_new();
	if (!a) {
		return bv__nomem(d);
	}
	bv_tree source = {.arena = a, .source = {bv__arena_strz(a, file ? file : ""), bv__arena_str(a, (bv_str){sql, (uint32_t)n})}};
	bv_str text = source.source.text;
	bv_diagnostics *local = bv__arena_failed(a) ? NULL : bv__diag_tree(&source);
	bv_buf b = BV_BUF_INIT;
	bool ok = local && bv__text_dialect(text, 1, &dialect, local) && check_format(s, text, dialect, local) && bv__sql_format(text, 1, dialect, &b, local);
	bool failed = local && !ok;
	if (local) {
		bv__diag_forward(local, d);
	}
	bv__arena_free(a);
	char *made = ok ? bv__buf_detach(&b) : NULL;
	if (!made) {
		bv__buf_free(&b);
		return failed ? BV_FAILED : bv__nomem(d);
	}
	*out = made;
	return BV_OK;
}

void bv__tree_forget(bv_tree *t) {
	bv__heap_free(atomic_exchange(&t->payload, NULL));
}

void bv_tree_free(bv_tree *t) {
	if (t) {
		bv__tree_forget(t);
	}
	if (t && (!t->users || atomic_fetch_sub(t->users, 1) == 1)) {
		bv__arena_free(t->arena);
	}
}

void bv_trees_free(bv_tree **trees, size_t count) {
	for (size_t i = 0; trees && i < count; i++) {
		bv_tree_free(trees[i]);
	}
	bv__heap_free(trees);
}

/* A tree from JSON by one of its readers; each node's span is its element's bytes. */
static bv_status tree_from_json(const char *json, size_t n, bv_tree **out, bv_diagnostics *d, bv_node *(*read)(bv_arena *, bv_str, uint32_t, bv_diagnostics *)) {
	if (!json || !out) {
		return BV_MISUSE;
	}
	if (n > UINT32_MAX / 2) {
		bv__diag(d, BV_E_SIZE, BV_NO_SPAN, "the tree is larger than a statement may be");
		return BV_FAILED;
	}
	bv_arena *a = bv__arena_new();
	if (!a) {
		return bv__nomem(d);
	}
	bv_tree source_tree = {.arena = a, .source = {BV_STR(""), bv__arena_str(a, (bv_str){json, (uint32_t)n})}};
	bv_diagnostics *local = bv__arena_failed(a) ? NULL : bv__diag_tree(&source_tree);
	bv_node *root = local ? read(a, source_tree.source.text, 1, local) : NULL;
	bv_tree *t = root ? tree_new(a, root, bv__datafusion, source_tree.source, NULL) : NULL;
	bool failed = local && !root;
	if (local) {
		bv__diag_forward(local, d);
	}
	if (!t || bv__arena_failed(a)) {
		bv__arena_free(a);
		return failed ? BV_FAILED : bv__nomem(d);
	}
	*out = t;
	return BV_OK;
}

bv_status bv_tree_from_payload(const char *json, size_t n, bv_tree **out, bv_diagnostics *d) {
	return tree_from_json(json, n, out, d, bv__payload_read);
}

bv_status bv_tree_from_sqlglot(const char *json, size_t n, bv_tree **out, bv_diagnostics *d) {
	return tree_from_json(json, n, out, d, bv__sqlglot_read);
}

const char *bv_tree_kind(const bv_tree *t) {
	return bv__nodes[t->root->kind].name;
}

/* The payload that the tree keeps; NULL: out of memory, or too deep. */
static const char *kept_payload(const bv_tree *t) {
	bv_tree *own = (bv_tree *)(uintptr_t)t;
	char *p = atomic_load(&own->payload);
	if (p) {
		return p;
	}
	bv_buf b = BV_BUF_INIT;
	bv__payload_write(t->root, &b, NULL);
	char *made = bv__buf_detach(&b), *none = NULL;
	if (made && !atomic_compare_exchange_strong(&own->payload, &none, made)) {
		bv__heap_free(made); /* another thread was first */
		return none;
	}
	return made;
}

char *bv_tree_payload(const bv_tree *t) {
	const char *p = kept_payload(t);
	size_t n = p ? strlen(p) + 1 : 0;
	char *copy = p ? bv__heap_alloc(n) : NULL;
	return copy ? memcpy(copy, p, n) : NULL;
}

void bv_tree_fingerprint(const bv_tree *t, char out[65]) {
	const char *p = kept_payload(t);
	out[0] = 0;
	if (p) {
		bv__sha256_hex(p, strlen(p), out);
	}
}

char *bv_tree_sql(const bv_tree *t, const char *dialect_name, bool pretty, bv_diagnostics *d) {
	const bv_dialect *dialect = find_dialect(dialect_name, d);
	bv_diagnostics *local = dialect ? bv__diag_tree(t) : NULL;
	if (!local) {
		return NULL;
	}
	bv_buf b = BV_BUF_INIT;
	/* A tree that shares its text was parsed from it, if that is no template. */
	bool ok = pretty && t->users && !t->made ? bv__sql_pretty(t->root, t->source.text, t->dialect, dialect, &b, local) : bv__sql_generate(t->root, dialect, pretty, &b, local);
	bv__diag_forward(local, d);
	if (!ok) {
		bv__buf_free(&b);
		return NULL;
	}
	return bv__buf_detach(&b);
}

char *bv_tree_text(const bv_tree *t) {
	bv_buf b = BV_BUF_INIT;
	bv__tree_print(t->root, false, &b);
	return bv__buf_detach(&b);
}

/* ---- artifacts ---- */

struct bv_artifact {
	bv_view_artifact *a;
	bv_tree tree;
	bv_buf schema, lineage, columns, functions, trace;
	bool traced, detailed;
};

void bv_artifact_free(bv_artifact *x) {
	if (!x) {
		return;
	}
	bv__buf_free(&x->schema);
	bv__buf_free(&x->lineage);
	bv__buf_free(&x->columns);
	bv__buf_free(&x->functions);
	bv__buf_free(&x->trace);
	bv__tree_forget(&x->tree);
	bv__artifact_free(x->a);
	bv__heap_free(x);
}

const char *bv_artifact_payload(const bv_artifact *x) {
	return x->a->payload.p;
}

const char *bv_artifact_fingerprint(const bv_artifact *x) {
	return x->a->ast_fingerprint[0] ? x->a->ast_fingerprint : NULL;
}

const char *bv_artifact_policy_hash(const bv_artifact *x) {
	return x->a->policy_hash[0] ? x->a->policy_hash : NULL;
}

const char *bv_artifact_schema(const bv_artifact *x) {
	return x->a->has_schema ? x->schema.p : NULL;
}

const char *bv_artifact_lineage(const bv_artifact *x) {
	return x->a->has_lineage ? x->lineage.p : NULL;
}

const char *bv_artifact_columns(const bv_artifact *x) {
	return x->detailed ? x->columns.p : NULL;
}

const char *bv_artifact_functions(const bv_artifact *x) {
	return x->a->has_lineage ? x->functions.p : NULL;
}

const char *bv_artifact_trace(const bv_artifact *x) {
	return x->traced ? x->trace.p : NULL;
}

const bv_tree *bv_artifact_tree(const bv_artifact *x) {
	return &x->tree;
}

static const char *stage_names[32];
static pthread_once_t stage_once = PTHREAD_ONCE_INIT;

static void fill_stages(void) {
	for (uint32_t i = 0; i < bv__lane_stage_count && i + 1 < BV_COUNT(stage_names); i++) {
		stage_names[i] = bv__lane_stages[i].name;
	}
}

const char *const *bv_stages(void) {
	pthread_once(&stage_once, fill_stages);
	return stage_names;
}

/* `write` is the batch request's own and says nothing here. */
bool bv__policy_read(bv_arena *a, const char *json, bv_policy *p, bv_str *variables, bv_diagnostics *d) {
	if (!json) {
		return true;
	}
	json_error_t err;
	json_t *root = json_loads(json, JSON_REJECT_DUPLICATES, &err);
	p->hash = NULL;
	bool ok = json_is_object(root);
	if (!ok) {
		bv__diag(d, BV_E_YAML_VALUE, BV_NO_SPAN, "policy: %s", root ? "a map of keys and values is expected" : err.text);
	}
	const char *key;
	json_t *value;
	if (ok) {
		json_object_foreach(root, key, value) {
			if (strcmp(key, "max_distance") == 0) {
				if (!json_is_integer(value) || json_integer_value(value) < 0 || json_integer_value(value) > 1000000) {
					bv__diag(d, BV_E_YAML_VALUE, BV_NO_SPAN, "policy: max_distance takes a whole number from 0 to 1000000");
					ok = false;
				} else {
					p->max_distance = (uint32_t)json_integer_value(value);
				}
			} else if (strcmp(key, "templates") == 0) {
				const char *t = json_string_value(value);
				if (!t || (strcmp(t, "refuse") && strcmp(t, "placeholders") && strcmp(t, "render"))) {
					bv__diag(d, BV_E_YAML_VALUE, BV_NO_SPAN, "policy: templates takes refuse, placeholders or render");
					ok = false;
				} else {
					p->templates = bv__arena_strz(a, t);
				}
			} else if (strcmp(key, "variables") == 0) {
				char *text = json_is_object(value) ? json_dumps(value, JSON_COMPACT | JSON_REAL_PRECISION(17)) : NULL;
				if (!text) {
					bv__diag(d, BV_E_YAML_VALUE, BV_NO_SPAN, "policy: variables takes a map of names and values");
					ok = false;
				} else {
					*variables = bv__arena_strz(a, text);
				}
				free(text);
			} else if (strcmp(key, "write") != 0) {
				bv__diag(d, BV_E_YAML_KEY, BV_NO_SPAN, "policy has no key \"%s\"", key);
				ok = false;
			}
		}
	}
	json_decref(root);
	return ok;
}

typedef struct uses_ctx {
	bv_arena *a;
	const bv_schema *schema; /* NULL: the session's names */
} uses_ctx;

static bv_str uses_key(void *ctx, const bv_path *path) {
	const uses_ctx *u = ctx;
	return u->schema ? bv__schema_table_key(u->schema, path) : bv__table_key(u->a, path);
}

static void spell_uses(const uses_ctx *cx, bv_column_uses *u) {
	for (uint32_t i = 0; cx->schema && i < u->n; i++) {
		u->v[i].column = bv__schema_spelling(cx->schema, u->v[i].table, u->v[i].column);
	}
}

static bool write_columns(const bv_view_artifact *a, const bv_schema *schema, bv_buf *out) {
	bv_arena *scratch = bv__arena_new();
	uses_ctx cx = {scratch, schema};
	bv_uses uses = {0};
	bool ok = scratch && bv__uses(scratch, a->ast, uses_key, &cx, &uses);
	bv_json j = bv__json(out);
	bv__json_open(&j, '{');
	bv__json_key(&j, "columns");
	bv__json_open(&j, '[');
	for (uint32_t i = 0; ok && i < uses.n; i++) {
		spell_uses(&cx, &uses.v[i]);
		bv__json_open(&j, '{');
		bv__json_key(&j, "name");
		bv__json_str(&j, uses.v[i].output);
		bv__json_key(&j, "hash");
		bv__json_z(&j, i < a->ncolumns ? a->columns[i].hash : NULL);
		bv__json_key(&j, "uses");
		bv__uses_json(&uses.v[i], &j);
		bv__json_close(&j, '}');
	}
	bv__json_close(&j, ']');
	bv__json_key(&j, "rows");
	spell_uses(&cx, &uses.rows);
	bv__uses_json(&uses.rows, &j);
	bv__json_close(&j, '}');
	bv__arena_free(scratch);
	return ok;
}

static bool stage_known(const char *name) {
	for (uint32_t i = 0; i < bv__lane_stage_count; i++) {
		if (strcmp(bv__lane_stages[i].name, name) == 0) {
			return true;
		}
	}
	return false;
}

bv_status bv_compile_policy(bv_session *s, const bv_tree *tree, const bv_compile_options *options, bv_artifact **out, bv_diagnostics *d) {
	bv_compile_options o = BV_COMPILE_OPTIONS_INIT;
	if (!s || !tree || !out || (options && options->size < sizeof(size_t))) {
		return BV_MISUSE;
	}
	if (options) {
		memcpy(&o, options, options->size < sizeof o ? options->size : sizeof o);
	}
	const bv_dialect *dialect = o.dialect ? find_dialect(o.dialect, d) : tree->dialect;
	if (!dialect) {
		return BV_FAILED;
	}
	if (o.last_stage && !stage_known(o.last_stage)) {
		bv__diag(d, BV_E_USAGE, BV_NO_SPAN, "the lane has no stage \"%s\"", o.last_stage);
		return BV_FAILED;
	}
	bv_arena *scratch = bv__arena_new();
	bv_diagnostics *local = bv__diag_tree(tree);
	bv_artifact *x = bv__heap_alloc(sizeof *x);
	if (!scratch || !local || !x) {
		bv__arena_free(scratch);
		bv_diagnostics_free(local);
		bv__heap_free(x);
		return bv__nomem(d);
	}
	*x = (bv_artifact){.schema = BV_BUF_INIT, .lineage = BV_BUF_INIT, .columns = BV_BUF_INIT, .functions = BV_BUF_INIT, .trace = BV_BUF_INIT, .traced = o.trace};
	bv_lane_context cx = bv__session_lane(s, dialect);
	cx.last_stage = o.last_stage;
	cx.no_columns = !o.columns;
	if (o.schema) {
		cx.table = bv__schema_lookup;
		cx.candidates = bv__schema_candidates;
		cx.ctx = (void *)(uintptr_t)o.schema;
	}
	bv_trace t = {.a = scratch, .texts = true};
	if (o.trace) {
		bv__trace_into(&cx, &t, tree->root->kind == BV_CREATE_VIEW ? BV_AS(create_view, tree->root)->query : tree->root);
	}
	bool ok = bv__policy_read(scratch, o.policy, &cx.policy, &cx.variables, local);
	ok = ok && bv__compile_root(&cx, tree->root, &x->a, local);
	if (ok && o.trace) {
		bv_json j = bv__json(&x->trace);
		bv__trace_json(&t, tree->users ? tree->source.text : BV_STR(""), &j);
		x->trace.failed |= bv__arena_failed(scratch);
	}
	if (ok) {
		bv_view_artifact *a = x->a;
		if (o.name) {
			a->name = bv__arena_strz(a->arena, o.name);
		}
		if (o.schema && a->has_lineage && !bv__schema_spell(o.schema, a->arena, &a->lineage)) {
			x->lineage.failed = true;
		}
		bv__schema_json(&a->schema, &x->schema);
		bv__lineage_json(&a->lineage, &x->lineage);
		x->detailed = o.columns && a->has_lineage;
		if (x->detailed && !write_columns(a, o.schema, &x->columns)) {
			x->columns.failed = true;
		}
		bv_json j = bv__json(&x->functions);
		bv__json_open(&j, '[');
		for (uint32_t i = 0; i < a->nfunctions; i++) {
			bv__json_str(&j, a->functions[i]);
		}
		bv__json_close(&j, ']');
		bv_source source = {bv__arena_str(a->arena, tree->source.name), bv__arena_str(a->arena, tree->source.text)};
		x->tree = (bv_tree){a->arena, (bv_node *)(uintptr_t)a->ast, bv__datafusion, source, NULL};
	}
	bv__diag_forward(local, d);
	bv__arena_free(scratch);
	bool oom = ok && (x->schema.failed || x->lineage.failed || x->columns.failed || x->functions.failed || x->trace.failed || bv__arena_failed(x->a->arena));
	if (!ok || oom) {
		bv_artifact_free(x);
		return oom ? bv__nomem(d) : BV_FAILED;
	}
	*out = x;
	return BV_OK;
}

/* ---- Arrow ---- */

char *bv_arrow_type_text(const struct ArrowSchema *schema) {
	bv_arena *a = schema ? bv__arena_new() : NULL;
	const bv_type *t = a ? bv__type_import(a, schema) : NULL;
	bv_buf b = BV_BUF_INIT;
	if (t) {
		bv__type_text(t, &b);
	}
	bv__arena_free(a);
	char *text = t ? bv__buf_detach(&b) : NULL;
	bv__buf_free(&b);
	return text;
}
