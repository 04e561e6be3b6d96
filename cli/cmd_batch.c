/* belvedere batch: JSON Lines in, JSON Lines out: one answer a request, in the same order, each flushed. One process for any number of requests; a
 * bad one never stops it. */
#include "cli.h"

#include <stdarg.h>

/* Requests that follow each other mostly bring the same schema: it is read once. */
typedef struct last_schema {
	json_t *json;
	char *dialect; /* NULL: the usual one */
	bv_schema *schema;
} last_schema;

typedef struct batch {
	cli *c;
	last_schema *last;
	const json_t *request;
	text problem; /* the one error object that the CLI itself found */
} batch;

/* ---- errors of the request itself ---- */

static bool refuse(batch *b, const char *code, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
static bool refuse(batch *b, const char *code, const char *fmt, ...)
{
	char message[1024];
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(message, sizeof message, fmt, ap);
	va_end(ap);
	text_clear(&b->problem);
	text_f(&b->problem, "{\"code\":\"%s\",\"severity\":\"error\",\"message\":", code);
	text_json_z(&b->problem, message);
	text_z(&b->problem, ",\"hint\":null,\"file\":null,\"line\":null,\"column\":null,\"end_line\":null,\"end_column\":null,\"notes\":[]}");
	return false;
}

/* The field as text; NULL where it is missing and may be. */
static bool take_text(batch *b, const json_t *in, const char *key, bool required, const char **out, size_t *n)
{
	const json_t *v = json_object_get(in, key);
	*out = NULL;
	if (!v || json_is_null(v))
		return required ? refuse(b, "BV3015", "the field \"%s\" is missing", key) : true;
	if (!json_is_string(v))
		return refuse(b, "BV3015", "the field \"%s\" must be a text", key);
	*out = json_string_value(v);
	if (n)
		*n = json_string_length(v);
	return true;
}

/* The field as JSON text; NULL where it is missing and may be. Transfers (free). */
static bool take_json(batch *b, const char *key, bool array, bool required, char **out)
{
	const json_t *v = json_object_get(b->request, key);
	*out = NULL;
	if (!v || json_is_null(v))
		return required ? refuse(b, "BV3015", "the field \"%s\" is missing", key) : true;
	if (array ? !json_is_array(v) : !json_is_object(v))
		return refuse(b, "BV3015", "the field \"%s\" must be %s", key, array ? "an array" : "an object");
	*out = json_dumps(v, JSON_COMPACT);
	return *out || refuse(b, "BV9002", "out of memory");
}

/* ---- parse, roundtrip ---- */

static void add_key(text *out, const char *key) { text_f(out, "%s\"%s\":", out->n ? "," : "", key); }

/* A text of the library; false where it has none (then there are diagnostics). */
static bool add_owned(text *out, const char *key, char *json, bool quote)
{
	if (!json)
		return false;
	add_key(out, key);
	if (quote)
		text_json_z(out, json);
	else
		text_z(out, json);
	bv_text_free(json);
	return true;
}

static void add_fingerprint(text *out, const bv_tree *t)
{
	char hex[65];
	bv_tree_fingerprint(t, hex);
	add_key(out, "fingerprint");
	text_json_z(out, hex);
}

/* "options": what is the policy's goes into *policy (NULL: nothing), the others into *write and *columns. */
static bool take_options(batch *b, const char **write, bool *columns, char **policy)
{
	const json_t *o = json_object_get(b->request, "options"), *v;
	const char *key;
	*write = "datafusion";
	*policy = NULL;
	if (!o || json_is_null(o))
		return true;
	if (!json_is_object(o))
		return refuse(b, "BV3015", "the field \"options\" must be an object");
	json_t *p = json_object();
	bool ok = true;
	json_object_foreach((json_t *)o, key, v) {
		if (strcmp(key, "write") == 0 && json_is_string(v))
			*write = json_string_value(v);
		else if (strcmp(key, "columns") == 0 && json_is_boolean(v))
			*columns = json_is_true(v);
		else if ((strcmp(key, "templates") == 0 && json_is_string(v)) || (strcmp(key, "max_distance") == 0 && json_is_integer(v)) ||
			(strcmp(key, "variables") == 0 && json_is_object(v)))
			json_object_set(p, key, (json_t *)v);
		else if (ok)
			ok = refuse(b, "BV3015", "the option \"%s\" is unknown or has a wrong value; options are write, columns, templates, variables and max_distance", key);
	}
	if (ok && json_object_size(p))
		*policy = json_dumps(p, JSON_COMPACT | JSON_REAL_PRECISION(17));
	json_decref(p);
	return ok;
}

static bool parse_text(batch *b, const char *sql, size_t n, const char *dialect, const char *policy, bv_tree ***trees, size_t *count)
{
	bv_parse_options o = BV_PARSE_OPTIONS_INIT;
	o.dialect = dialect ? dialect : "datafusion";
	o.policy = policy;
	return bv_session_parse(b->c->session, sql, n, &o, trees, count, b->c->d) == BV_OK;
}

/* A tree that the request holds as JSON: a payload, or SQLGlot's list. */
static bool read_tree(batch *b, const char *key, bv_tree **out)
{
	char *json;
	if (!take_json(b, key, true, true, &json))
		return false;
	bv_status (*read)(const char *, size_t, bv_tree **, bv_diagnostics *) = strcmp(key, "sqlglot") == 0 ? bv_tree_from_sqlglot : bv_tree_from_payload;
	bool ok = read(json, strlen(json), out, b->c->d) == BV_OK;
	free(json);
	return ok;
}

static bool add_statement(batch *b, const bv_tree *t, const char *write, text *out)
{
	text one = {0};
	add_key(&one, "kind");
	text_json_z(&one, bv_tree_kind(t));
	bool ok = add_owned(&one, "payload", bv_tree_payload(t), false);
	/* What nobody asked to write may be a tree that DataFusion has no text for. */
	if (write)
		ok &= add_owned(&one, "sql", bv_tree_sql(t, write, false, b->c->d), true);
	else if (!add_owned(&one, "sql", bv_tree_sql(t, "datafusion", false, NULL), true)) {
		add_key(&one, "sql");
		text_z(&one, "null");
	}
	add_fingerprint(&one, t);
	text_ch(out, '{');
	text_add(out, text_get(&one), one.n);
	text_ch(out, '}');
	text_free(&one);
	return ok;
}

static bool op_parse(batch *b, text *out)
{
	const char *sql = NULL, *dialect = NULL, *write = NULL, *wanted = NULL;
	char *policy = NULL;
	size_t n = 0, count = 0;
	bool foreign = json_object_get(b->request, "sqlglot") != NULL, columns = false;
	bool ok = take_text(b, b->request, "sql", !foreign, &sql, &n) && take_text(b, b->request, "dialect", false, &dialect, NULL) && take_options(b, &wanted, &columns, &policy) &&
		take_text(b, b->request, "write", false, &write, NULL);
	if (ok && foreign && sql)
		ok = refuse(b, "BV3015", "give \"sql\" or \"sqlglot\", not both");
	text_z(out, "\"statements\":[");
	if (!ok) {
		free(policy);
		return false;
	}
	if (foreign) {
		bv_tree *t = NULL;
		ok = read_tree(b, "sqlglot", &t) && add_statement(b, t, write, out);
		bv_tree_free(t);
	} else {
		bv_tree **trees = NULL;
		ok = parse_text(b, sql, n, dialect, policy, &trees, &count);
		for (size_t i = 0; ok && i < count; i++) {
			text_z(out, i ? "," : "");
			ok = add_statement(b, trees[i], write, out);
		}
		bv_trees_free(trees, count);
	}
	text_ch(out, ']');
	free(policy);
	return ok;
}

static bool op_roundtrip(batch *b, text *out)
{
	bv_tree *t = NULL;
	if (!read_tree(b, "payload", &t))
		return false;
	bool ok = add_owned(out, "payload", bv_tree_payload(t), false);
	add_fingerprint(out, t);
	bv_tree_free(t);
	return ok;
}

/* ---- compile ---- */

static bool one_statement(batch *b, const char *sql, size_t n, const char *dialect, const char *policy, bv_tree **out)
{
	bv_tree **trees = NULL;
	size_t count = 0;
	if (!parse_text(b, sql, n, dialect, policy, &trees, &count))
		return false;
	if (count != 1) {
		bv_trees_free(trees, count);
		return refuse(b, "BV1006", "exactly one statement is wanted, the text holds %zu", count);
	}
	*out = trees[0];
	bv_trees_free(trees, 0);
	return true;
}

/* The last of the named stages, by the lane's order. */
static bool last_stage(batch *b, const char **out)
{
	const json_t *v = json_object_get(b->request, "stages"), *one;
	size_t i, last = 0;
	*out = NULL;
	if (!v || json_is_null(v))
		return true;
	if (!json_is_array(v) || json_array_size(v) == 0)
		return refuse(b, "BV3015", "the field \"stages\" must be an array of stage names");
	const char *const *all = bv_stages();
	json_array_foreach(v, i, one) {
		size_t k = 0;
		while (all[k] && strcmp(all[k], json_is_string(one) ? json_string_value(one) : "") != 0)
			k++;
		if (!all[k])
			return refuse(b, "BV3015", "the lane has no stage \"%s\"", json_is_string(one) ? json_string_value(one) : "?");
		last = k > last ? k : last;
	}
	*out = all[last];
	return true;
}

static void add_part(text *out, const char *key, const char *json, bool quote)
{
	add_key(out, key);
	if (quote)
		text_json_z(out, json);
	else
		text_z(out, json ? json : "null");
}

static bool add_artifact(batch *b, const bv_artifact *a, const char *write, bool columns, text *out)
{
	if (!add_owned(out, "sql", bv_tree_sql(bv_artifact_tree(a), write, false, b->c->d), true))
		return false;
	add_part(out, "payload", bv_artifact_payload(a), false);
	add_part(out, "ast_fingerprint", bv_artifact_fingerprint(a), true);
	add_part(out, "policy_hash", bv_artifact_policy_hash(a), true);
	add_part(out, "schema", bv_artifact_schema(a), false);
	add_part(out, "lineage", bv_artifact_lineage(a), false);
	add_part(out, "required_udfs", bv_artifact_functions(a), false);
	if (columns)
		add_part(out, "columns", bv_artifact_columns(a), false);
	return true;
}

/* Equal with the order of keys, which is the order of columns. */
static bool same_json(json_t *a, json_t *b)
{
	if (!json_is_object(a) || !json_is_object(b))
		return json_equal(a, b);
	void *i = json_object_iter(a), *k = json_object_iter(b);
	for (; i && k; i = json_object_iter_next(a, i), k = json_object_iter_next(b, k))
		if (strcmp(json_object_iter_key(i), json_object_iter_key(k)) != 0 || !same_json(json_object_iter_value(i), json_object_iter_value(k)))
			return false;
	return !i && !k;
}

static void forget_schema(last_schema *l)
{
	json_decref(l->json);
	free(l->dialect);
	bv_schema_free(l->schema);
	*l = (last_schema){0};
}

/* The request's schema, which stays with the batch; NULL where there is none. */
static bool take_schema(batch *b, const char *dialect, const bv_schema **out)
{
	last_schema *l = b->last;
	json_t *v = json_object_get(b->request, "schema");
	char *json;
	*out = NULL;
	if (l->json && v && strcmp(dialect ? dialect : "", l->dialect ? l->dialect : "") == 0 && same_json(v, l->json)) {
		*out = l->schema;
		return true;
	}
	if (!take_json(b, "schema", false, false, &json))
		return false;
	if (!json)
		return true;
	forget_schema(l);
	bool ok = bv_schema_from_json(json, strlen(json), dialect, &l->schema, b->c->d) == BV_OK;
	free(json);
	*out = l->schema;
	/* What there is to say of it is said each time. */
	if (ok && bv_diagnostics_count(b->c->d) == 0 && (!dialect || (l->dialect = strdup(dialect))))
		l->json = json_incref(v);
	return ok;
}

static bool op_compile(batch *b, text *out)
{
	const char *sql = NULL, *dialect = NULL, *write = NULL;
	size_t n = 0;
	char *policy = NULL;
	bv_tree *tree = NULL;
	bv_artifact *artifact = NULL;
	bv_compile_options o = BV_COMPILE_OPTIONS_INIT;
	bool ok = take_text(b, b->request, "sql", false, &sql, &n) && take_text(b, b->request, "dialect", false, &dialect, NULL) && last_stage(b, &o.last_stage) &&
		take_options(b, &write, &o.columns, &policy);
	bool payload = json_object_get(b->request, "payload") != NULL, foreign = json_object_get(b->request, "sqlglot") != NULL;
	int given = (ok && sql) + payload + foreign;
	if (ok && given != 1)
		ok = given ? refuse(b, "BV3015", "give \"sql\", \"payload\" or \"sqlglot\", only one of them") : refuse(b, "BV3015", "the field \"sql\" (or \"payload\") is missing");
	ok = ok && take_schema(b, dialect, &o.schema);
	if (ok)
		ok = sql ? one_statement(b, sql, n, dialect, policy, &tree) : read_tree(b, foreign ? "sqlglot" : "payload", &tree);
	o.dialect = dialect;
	o.policy = policy;
	if (ok)
		ok = bv_compile_policy(b->c->session, tree, &o, &artifact, b->c->d) == BV_OK && add_artifact(b, artifact, write, o.columns, out);
	bv_artifact_free(artifact);
	bv_tree_free(tree);
	free(policy);
	return ok;
}

/* ---- with an engine ---- */

static bool op_register(batch *b, text *out)
{
	const char *name, *format, *location;
	char *options, *schema = NULL;
	if (!take_text(b, b->request, "name", true, &name, NULL) || !take_text(b, b->request, "format", true, &format, NULL) ||
		!take_text(b, b->request, "location", true, &location, NULL) || !take_json(b, "options", false, false, &options))
		return false;
	text t = {0};
	text_z(&t, "{\"name\":");
	text_json_z(&t, name);
	text_z(&t, ",\"format\":");
	text_json_z(&t, format);
	text_z(&t, ",\"location\":");
	text_json_z(&t, location);
	text_f(&t, ",\"options\":%s}", options ? options : "{}");
	bool ok = bv_dataset_register(b->c->session, t.p, &schema, b->c->d) == BV_OK && add_owned(out, "schema", schema, false);
	text_free(&t);
	free(options);
	return ok;
}

static bool rows(batch *b, struct ArrowArrayStream *stream, text *out)
{
	text err = {0};
	bool ok = arrow_rows(stream, ROWS_JSON, out, &err);
	const char *message, *code = rows_error(&err, &message);
	if (!ok)
		refuse(b, code, "%s", message);
	text_free(&err);
	return ok;
}

static bool op_query(batch *b, text *out)
{
	const char *sql = NULL, *dialect = NULL, *write = NULL;
	char *policy = NULL;
	size_t n = 0;
	bv_tree *tree = NULL;
	bool columns = false;
	bool ok = take_text(b, b->request, "sql", true, &sql, &n) && take_text(b, b->request, "dialect", false, &dialect, NULL) && take_options(b, &write, &columns, &policy) &&
		one_statement(b, sql, n, dialect, policy, &tree);
	bv_query_options o = BV_QUERY_OPTIONS_INIT;
	o.dialect = dialect;
	o.arrow_native = true;
	o.policy = policy;
	struct ArrowArrayStream stream = {0};
	ok = ok && bv_query(b->c->session, tree, &o, &stream, b->c->d) == BV_OK && rows(b, &stream, out);
	bv_tree_free(tree);
	free(policy);
	return ok;
}

static bool op_baseline(batch *b, text *out)
{
	const char *sql;
	struct ArrowArrayStream stream = {0};
	return take_text(b, b->request, "sql", true, &sql, NULL) && bv_query_baseline(b->c->session, sql, &stream, b->c->d) == BV_OK && rows(b, &stream, out);
}

static bool op_diff(batch *b, text *out)
{
	(void)out;
	return refuse(b, "BV1007", "\"diff\" is not there yet");
}

static const struct {
	const char *name;
	bool (*run)(batch *, text *out);
} ops[] = {{"parse", op_parse}, {"roundtrip", op_roundtrip}, {"compile", op_compile}, {"register", op_register}, {"query", op_query}, {"baseline", op_baseline}, {"diff", op_diff}};

static bool dispatch(batch *b, text *out)
{
	const char *op;
	if (!json_is_object(b->request))
		return refuse(b, "BV3015", "a request is a JSON object");
	if (!take_text(b, b->request, "op", true, &op, NULL))
		return false;
	for (size_t i = 0; i < CLI_COUNT(ops); i++)
		if (strcmp(ops[i].name, op) == 0)
			return ops[i].run(b, out);
	return refuse(b, "BV3015", "unknown op \"%s\"; there are parse, roundtrip, compile, diff, register, query and baseline", op);
}

/* One line in, one line out. */
static void answer(cli *c, last_schema *last, const char *line, size_t n)
{
	batch b = {.c = c, .last = last};
	json_error_t why;
	text out = {0};
	json_t *request = json_loadb(line, n, JSON_DECODE_ANY | JSON_ALLOW_NUL, &why);
	b.request = request;
	bool ok = request ? dispatch(&b, &out) : refuse(&b, "BV3015", "the line is no JSON: %s", why.text);
	const json_t *id = json_object_get(request, "id");
	char *id_text = id ? json_dumps(id, JSON_ENCODE_ANY | JSON_COMPACT) : NULL;
	printf("{\"id\":%s,\"ok\":%s", id_text ? id_text : "null", ok ? "true" : "false");
	if (ok) {
		putchar(',');
		fwrite(text_get(&out), 1, out.n, stdout);
	} else {
		char *errors = bv_diagnostics_errors(c->d) ? bv_diagnostics_json(c->d, "error") : NULL;
		if (!errors && !b.problem.n)
			refuse(&b, "BV9002", "out of memory");
		if (errors)
			printf(",\"errors\":%s", errors);
		else
			printf(",\"errors\":[%s]", b.problem.p);
		bv_text_free(errors);
	}
	if (bv_diagnostics_count(c->d) > bv_diagnostics_errors(c->d)) {
		char *warnings = bv_diagnostics_json(c->d, "warning");
		printf(",\"warnings\":%s", warnings ? warnings : "[]");
		bv_text_free(warnings);
	}
	puts("}");
	fflush(stdout);
	bv_diagnostics_clear(c->d);
	free(id_text);
	json_decref(request);
	text_free(&out);
	text_free(&b.problem);
}

int cmd_batch(cli *c, int argc, char **argv)
{
	texts args = {0};
	const option table[] = {OPTIONS_END};
	int rc = cli_options(c, argc, argv, table, &args, 0, 0);
	if (rc == CLI_GO_ON)
		rc = cli_open(c, CLI_PROJECT_OPTIONAL);
	if (rc != CLI_GO_ON)
		return rc;
	cli_diagnostics(c);
	last_schema last = {0};
	char *line = NULL;
	size_t cap = 0;
	ssize_t n;
	while (!cli_cancelled() && (n = getline(&line, &cap, stdin)) >= 0)
		answer(c, &last, line, (size_t)n);
	forget_schema(&last);
	free(line);
	return cli_cancelled() ? EXIT_INTERRUPTED : EXIT_FINE;
}
