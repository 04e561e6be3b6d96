/* Smoke test of an engine library through src/engine/engine.h: everything that the rooms above ask of it, on tables made here.
 *
 *   gcc -std=gnu17 -Wall -Wextra -Isrc -Iinclude tests/engine/engine_smoke.c -o build/engine_smoke -ldl -lpthread
 *   build/engine_smoke build/libbelvedere_datafusion.so /some/empty/folder
 *
 * The folder keeps the tables, so that another Delta client can look at them. Exits 1 when a check failed. */
#include <dlfcn.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "engine/engine.h"

static const bv_engine_api *api;
static bv_engine *engine;
static int failures, checks;
static char folder[512];

#define CHECK(cond, ...) do { checks++; if (!(cond)) { failures++; printf("FAILED line %d: %s", __LINE__, #cond); printf(" " __VA_ARGS__); putchar('\n'); } } while (0)
#define OK(call) do { bv_engine_error e_ = {.element = -1}; int rc_ = (call); checks++; if (rc_) { failures++; printf("FAILED line %d: %s: [%s] %s (element %ld)\n", __LINE__, #call, e_.cls, e_.message, (long)e_.element); api->error_free(&e_); } } while (0)
#define FAILS(call, want) do { bv_engine_error e_ = {.element = -1}; int rc_ = (call); checks++; if (!rc_ || strcmp(e_.cls, want)) { failures++; printf("FAILED line %d: %s: wanted %s, got %s: %s\n", __LINE__, #call, want, rc_ ? e_.cls : "success", rc_ ? e_.message : ""); } last_element = e_.element; if (rc_) api->error_free(&e_); } while (0)
static int64_t last_element;

static double now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* ---- payloads ---- */

static char payload[65536];
static int elements;

static void begin(void)
{
	strcpy(payload, "[{\"version\":1}");
	elements = 1;
}

/* fields: the node's own, each with a leading comma, ' for ". */
static int put(int in, const char *as, const char *kind, const char *fields, ...)
{
	char *p = payload + strlen(payload);
	p += sprintf(p, ",{'kind':'%s'", kind);
	if (in)
		p += sprintf(p, ",'in':%d,'as':'%s'", in, as);
	va_list ap;
	va_start(ap, fields);
	char *from = p;
	p += vsprintf(p, fields, ap);
	va_end(ap);
	(void)from;
	strcpy(p, "}");
	return elements++;
}

static const char *end(void)
{
	strcat(payload, "]");
	for (char *p = payload; *p; p++)
		if (*p == '\'')
			*p = '"';
	return payload;
}

static int column(int in, const char *as, const char *rel, const char *name)
{
	return put(in, as, "column", ",'path':['%s','%s']", rel, name);
}

static int projection(int select, const char *name)
{
	return put(select, "projections", "alias", ",'name':'%s'", name);
}

/* SELECT id, grp, v FROM main.numbers AS n [ORDER BY v] */
static void plain_query(int sorted)
{
	begin();
	int q = put(0, "", "query", "");
	int s = put(q, "body", "select", "");
	column(projection(s, "id"), "operand", "n", "id");
	column(projection(s, "grp"), "operand", "n", "grp");
	column(projection(s, "v"), "operand", "n", "v");
	put(s, "from", "table", ",'path':['main','numbers'],'alias':'n'");
	if (sorted)
		put(put(q, "order_by", "order_item", ",'descending':true"), "operand", "column", ",'path':['v']");
	end();
}

/* ---- a host table: rows (i, 'g<i mod 7>', i * 37 mod 1000003) made as they are pulled ---- */

#define BATCH 8192

struct host { int64_t rows; int opened, dropped; };
struct stream { struct host *host; int64_t at; };
struct columns { int64_t *id; int32_t *offsets; char *text; double *v; };

static void release_schema(struct ArrowSchema *s)
{
	for (int64_t i = 0; i < s->n_children; i++) {
		s->children[i]->release(s->children[i]);
		free(s->children[i]);
	}
	free(s->children);
	s->release = NULL;
}

static void make_schema(struct ArrowSchema *s)
{
	static const char *const names[] = {"id", "grp", "v"}, *const formats[] = {"l", "u", "g"};
	*s = (struct ArrowSchema){.format = "+s", .name = "", .n_children = 3, .release = release_schema};
	s->children = calloc(3, sizeof *s->children);
	for (int i = 0; i < 3; i++) {
		s->children[i] = malloc(sizeof(struct ArrowSchema));
		*s->children[i] = (struct ArrowSchema){.format = formats[i], .name = names[i], .flags = i ? 2 : 0, .release = release_schema};
	}
}

static void release_child(struct ArrowArray *a) { free(a->buffers); a->release = NULL; }

static void release_array(struct ArrowArray *a)
{
	struct columns *c = a->private_data;
	free(c->id); free(c->offsets); free(c->text); free(c->v); free(c);
	for (int i = 0; i < 3; i++) {
		if (a->children[i]->release)
			a->children[i]->release(a->children[i]);
		free(a->children[i]);
	}
	free(a->children);
	free(a->buffers);
	a->release = NULL;
}

static int stream_schema(struct ArrowArrayStream *s, struct ArrowSchema *out) { (void)s; make_schema(out); return 0; }
static const char *stream_error(struct ArrowArrayStream *s) { (void)s; return NULL; }
static void stream_release(struct ArrowArrayStream *s) { free(s->private_data); s->release = NULL; }

static int stream_next(struct ArrowArrayStream *s, struct ArrowArray *out)
{
	struct stream *st = s->private_data;
	int64_t n = st->host->rows - st->at;
	n = n > BATCH ? BATCH : n;
	if (n <= 0) {
		*out = (struct ArrowArray){0};
		return 0;
	}
	struct columns *c = malloc(sizeof *c);
	c->id = aligned_alloc(64, BATCH * 8);
	c->v = aligned_alloc(64, BATCH * 8);
	c->offsets = aligned_alloc(64, BATCH * 8);
	c->text = aligned_alloc(64, BATCH * 2);
	c->offsets[0] = 0;
	for (int64_t i = 0; i < n; i++) {
		int64_t id = st->at + i;
		c->id[i] = id;
		c->v[i] = (double)(id * 37 % 1000003);
		c->text[2 * i] = 'g';
		c->text[2 * i + 1] = (char)('0' + id % 7);
		c->offsets[i + 1] = (int32_t)(2 * i + 2);
	}
	st->at += n;
	*out = (struct ArrowArray){.length = n, .n_buffers = 1, .n_children = 3, .release = release_array, .private_data = c};
	out->buffers = calloc(1, sizeof(void *));
	out->children = calloc(3, sizeof(void *));
	for (int i = 0; i < 3; i++) {
		struct ArrowArray *k = out->children[i] = malloc(sizeof *k);
		*k = (struct ArrowArray){.length = n, .n_buffers = i == 1 ? 3 : 2, .release = release_child};
		k->buffers = calloc(3, sizeof(void *));
		k->buffers[1] = i == 0 ? (void *)c->id : i == 1 ? (void *)c->offsets : (void *)c->v;
		k->buffers[2] = i == 1 ? c->text : NULL;
	}
	return 0;
}

static int host_open(void *ctx, struct ArrowArrayStream *out)
{
	struct stream *st = malloc(sizeof *st);
	*st = (struct stream){.host = ctx};
	__atomic_add_fetch(&st->host->opened, 1, __ATOMIC_RELAXED);
	*out = (struct ArrowArrayStream){.get_schema = stream_schema, .get_next = stream_next, .get_last_error = stream_error, .release = stream_release, .private_data = st};
	return 0;
}

static void host_drop(void *ctx) { __atomic_add_fetch(&((struct host *)ctx)->dropped, 1, __ATOMIC_RELAXED); }

/* ---- helpers ---- */

/* Runs the payload; *first gets the first value of the first column when it is int64. Returns rows, -1 on failure. */
static int64_t run(bv_engine_catalog *cat, bv_engine_cancel *cancel, int64_t *first)
{
	bv_engine_error e = {.element = -1};
	bv_engine_plan *plan;
	struct ArrowArrayStream s;
	if (api->plan(cat, payload, strlen(payload), "{\"plain\":true}", &plan, NULL, &e)) {
		printf("plan: [%s] %s (element %ld)\n", e.cls, e.message, (long)e.element);
		api->error_free(&e);
		return -1;
	}
	if (api->execute(plan, cancel, &s, &e)) {
		printf("execute: [%s] %s\n", e.cls, e.message);
		api->error_free(&e);
		api->plan_free(plan);
		return -1;
	}
	int64_t rows = 0;
	for (;;) {
		struct ArrowArray a;
		if (s.get_next(&s, &a)) {
			const char *why = s.get_last_error(&s);
			if (!cancel || !cancel->flag)
				printf("stream: %s\n", why);
			rows = -1;
			break;
		}
		if (!a.release)
			break;
		if (first && rows == 0 && a.length > 0 && a.n_children > 0)
			*first = ((const int64_t *)a.children[0]->buffers[1])[a.children[0]->offset];
		rows += a.length;
		a.release(&a);
	}
	s.release(&s);
	api->plan_free(plan);
	return rows;
}

static int64_t number_in(const char *json, const char *key)
{
	char want[64];
	snprintf(want, sizeof want, "\"%s\":", key);
	const char *p = json ? strstr(json, want) : NULL;
	return p ? strtoll(p + strlen(want), NULL, 10) : -1;
}

/* Writes the payload; request gets the location and the rest. */
static int write_table(bv_engine_catalog *cat, const char *name, const char *mode, const char *expected, const char *more, bv_engine_cancel *cancel, char *answer, bv_engine_error *e)
{
	bv_engine_plan *plan;
	bv_engine_text out = {0};
	char request[4096];
	snprintf(request, sizeof request, "{\"location\":\"%s/%s\",\"mode\":\"%s\",\"expected_version\":%s%s}", folder, name, mode, expected, more);
	int rc = api->plan(cat, payload, strlen(payload), "{}", &plan, NULL, e);
	if (rc)
		return rc;
	rc = api->write(plan, request, cancel, NULL, NULL, &out, e);
	if (!rc && answer)
		snprintf(answer, 1024, "%s", out.p);
	api->text_free(&out);
	api->plan_free(plan);
	return rc;
}

static void *set_flag(void *arg)
{
	usleep(200000);
	((bv_engine_cancel *)arg)->flag = 1;
	return NULL;
}

static int files_below(const char *name)
{
	char cmd[1024];
	snprintf(cmd, sizeof cmd, "find %s/%s -type f 2>/dev/null | wc -l", folder, name);
	FILE *f = popen(cmd, "r");
	int n = -1;
	if (f && fscanf(f, "%d", &n) != 1)
		n = -1;
	if (f)
		pclose(f);
	return n;
}

/* ---- the checks ---- */

static void functions_and_probes(void)
{
	bv_engine_text a = {0}, b = {0};
	OK(api->functions(engine, &a, &e_));
	OK(api->functions(engine, &b, &e_));
	CHECK(a.n == b.n && a.n > 100000 && !memcmp(a.p, b.p, a.n));
	api->text_free(&a);
	api->text_free(&b);

	struct ArrowSchema text = {.format = "u", .name = "a", .flags = 2}, number = {.format = "l", .name = "b"}, *kids[] = {&text, &number};
	struct ArrowSchema args = {.format = "+s", .name = "", .n_children = 2, .children = kids}, out = {0}, coerced = {0};
	OK(api->probe(engine, "scalar", "substr", &args, "[null,{\"value\":\"2\"}]", &out, &coerced, &e_));
	CHECK(out.format && !strcmp(out.format, "u"), "%s", out.format ? out.format : "");
	CHECK(coerced.n_children == 2);
	if (out.release) out.release(&out);
	if (coerced.release) coerced.release(&coerced);
	args.n_children = 1;
	kids[0] = &number;
	OK(api->probe(engine, "aggregate", "sum", &args, "[]", &out, NULL, &e_));
	CHECK(!strcmp(out.format, "l") && out.flags & 2);
	out.release(&out);
	OK(api->probe(engine, "window", "lead", &args, "[]", &out, NULL, &e_));
	out.release(&out);
	struct ArrowSchema item = {.format = "l", .name = "item", .flags = 2}, *items[] = {&item}, list = {.format = "+l", .name = "l", .n_children = 1, .children = items};
	/* a lambda: metadata {"lambda": ""} in Arrow's encoding */
	static const char meta[] = {1, 0, 0, 0, 6, 0, 0, 0, 'l', 'a', 'm', 'b', 'd', 'a', 0, 0, 0, 0};
	struct ArrowSchema lambda = {.format = "l", .name = "f", .flags = 2, .metadata = meta}, *two[] = {&list, &lambda};
	struct ArrowSchema higher = {.format = "+s", .name = "", .n_children = 2, .children = two};
	OK(api->probe(engine, "higher_order", "array_transform", &higher, "[]", &out, &coerced, &e_));
	CHECK(!strcmp(out.format, "+l") && !strcmp(coerced.children[1]->format, "+s") && coerced.children[1]->n_children >= 1);
	out.release(&out);
	coerced.release(&coerced);
	FAILS(api->probe(engine, "scalar", "no_such_function", &args, "[]", &out, NULL, &e_), "not_found");
}

static void delta_tables(bv_engine_catalog *cat)
{
	char answer[1024] = "", request[2048];
	bv_engine_text text = {0};
	const char *settings = ",\"app\":\"main.events\",\"app_version\":1,\"properties\":{\"delta.enableChangeDataFeed\":\"true\",\"belvedere.kind\":\"view\"},\"comment\":\"all events\","
		"\"column_comments\":{\"id\":\"the key\"},\"column_nullable\":{\"id\":false},\"metadata\":{\"belvedere\":{\"key\":\"k1\"}}";
	plain_query(0);
	OK(write_table(cat, "events", "create", "null", settings, NULL, answer, &e_));
	CHECK(number_in(answer, "version") == 0 && number_in(answer, "rows") == 1000000, "%s", answer);
	FAILS(write_table(cat, "events", "create", "null", "", NULL, NULL, &e_), "conflict");
	int files = files_below("events");

	snprintf(request, sizeof request, "{\"location\":\"%s/events\",\"certificates\":true,\"apps\":[\"main.events\"]}", folder);
	struct ArrowSchema schema = {0};
	OK(api->delta_state(engine, request, &text, &schema, &e_));
	CHECK(number_in(text.p, "data_version") == 0 && number_in(text.p, "certificate_version") == 0 && number_in(text.p, "main.events") == 1 && number_in(text.p, "rows") == 1000000, "%s", text.p);
	CHECK(schema.n_children == 3 && !(schema.children[0]->flags & 2));
	schema.release(&schema);
	api->text_free(&text);

	/* overwrite: a fifth of the rows; then wrong versions */
	begin();
	int q = put(0, "", "query", "");
	int s = put(q, "body", "select", "");
	column(projection(s, "id"), "operand", "n", "id");
	column(projection(s, "grp"), "operand", "n", "grp");
	column(projection(s, "v"), "operand", "n", "v");
	put(s, "from", "table", ",'path':['main','numbers'],'alias':'n'");
	int lt = put(s, "where", "binary", ",'op':'lt'");
	column(lt, "left", "n", "id");
	put(lt, "right", "number", ",'text':'200000'");
	end();
	OK(write_table(cat, "events", "overwrite", "0", settings, NULL, answer, &e_));
	CHECK(number_in(answer, "version") == 1 && number_in(answer, "rows") == 200000, "%s", answer);
	files = files_below("events");
	FAILS(write_table(cat, "events", "overwrite", "0", settings, NULL, answer, &e_), "conflict");
	FAILS(write_table(cat, "events", "append", "7", "", NULL, answer, &e_), "conflict");
	CHECK(files == files_below("events"));
	OK(write_table(cat, "events", "append", "1", "", NULL, answer, &e_));
	CHECK(number_in(answer, "version") == 2);
	snprintf(request, sizeof request, "{\"location\":\"%s/events\",\"expected_version\":2,\"properties\":{\"delta.enableChangeDataFeed\":\"true\",\"belvedere.kind\":\"source\"},\"column_comments\":{\"v\":\"a value\"},"
		"\"metadata\":{\"belvedere\":{\"key\":\"k2\"}}}", folder);
	OK(api->alter(engine, request, &text, &e_));
	CHECK(number_in(text.p, "version") == 3, "%s", text.p);
	api->text_free(&text);
	snprintf(request, sizeof request, "{\"location\":\"%s/events\",\"certificates\":true}", folder);
	OK(api->delta_state(engine, request, &text, NULL, &e_));
	CHECK(number_in(text.p, "version") == 3 && number_in(text.p, "data_version") == 2 && number_in(text.p, "certificate_version") == 3 && number_in(text.p, "rows") == 400000, "%s", text.p);
	api->text_free(&text);

	snprintf(request, sizeof request, "{\"name\":[\"raw\",\"events\"],\"format\":\"delta\",\"location\":\"%s/events\",\"version\":1}", folder);
	OK(api->dataset(cat, request, &schema, &text, &e_));
	CHECK(schema.n_children == 3 && number_in(text.p, "version") == 1, "%s", text.p);
	schema.release(&schema);
	api->text_free(&text);
	FAILS(api->dataset(cat, "{\"name\":[\"x\"],\"format\":\"delta\",\"location\":\"/nowhere/at/all\"}", NULL, NULL, &e_), "not_found");

	/* partitioned */
	plain_query(0);
	OK(write_table(cat, "parts", "create", "null", ",\"partition_by\":[\"grp\"],\"properties\":{\"delta.enableChangeDataFeed\":\"true\"}", NULL, answer, &e_));
	CHECK(number_in(answer, "files") >= 7, "%s", answer);
	OK(write_table(cat, "gone", "create", "null", "", NULL, answer, &e_));
	snprintf(request, sizeof request, "{\"location\":\"%s/gone\"}", folder);
	OK(api->remove(engine, request, &e_));
	FAILS(api->remove(engine, request, &e_), "not_found");
	OK(api->delta_state(engine, request, &text, NULL, &e_));
	CHECK(!strcmp(text.p, "{\"exists\":false}"));
	api->text_free(&text);
}

static void queries(bv_engine_catalog *cat)
{
	int64_t first = -1;
	/* count(1), max(v) by group over a join of a view and the Delta table at version 1 */
	begin();
	int q = put(0, "", "query", "");
	int s = put(q, "body", "select", "");
	column(projection(s, "id"), "operand", "n", "id");
	column(projection(s, "grp"), "operand", "n", "grp");
	put(s, "from", "table", ",'path':['main','numbers'],'alias':'n'");
	end();
	struct ArrowSchema schema = {0};
	OK(api->view(cat, "[\"main\",\"keys\"]", payload, strlen(payload), &schema, &e_));
	CHECK(schema.n_children == 2);
	schema.release(&schema);

	begin();
	q = put(0, "", "query", "");
	s = put(q, "body", "select", "");
	int c = put(projection(s, "n"), "operand", "call", ",'name':['count'],'entry':'00'");
	put(c, "args", "number", ",'text':'1'");
	column(projection(s, "grp"), "operand", "k", "grp");
	int j = put(s, "from", "join", "");
	put(j, "left", "table", ",'path':['main','keys'],'alias':'k'");
	put(j, "right", "table", ",'path':['raw','events'],'alias':'e'");
	int eq = put(j, "on", "binary", ",'op':'eq'");
	column(eq, "left", "k", "id");
	column(eq, "right", "e", "id");
	column(s, "group_by", "k", "grp");
	put(put(q, "order_by", "order_item", ""), "operand", "column", ",'path':['grp']");
	end();
	CHECK(run(cat, NULL, &first) == 7 && first == 28572, "%ld", (long)first);

	/* CTE, window, nested values, case, cast, in_list, between, is, and of many terms, quantified, exists */
	begin();
	q = put(0, "", "query", "");
	int cte = put(q, "ctes", "cte", ",'name':'small'");
	int cq = put(cte, "query", "query", "");
	int cs = put(cq, "body", "select", "");
	column(projection(cs, "id"), "operand", "n", "id");
	column(projection(cs, "grp"), "operand", "n", "grp");
	put(cs, "from", "table", ",'path':['main','numbers'],'alias':'n'");
	int and = put(cs, "where", "and", "");
	for (int i = 0; i < 40; i++) {
		int b = put(and, "terms", "binary", ",'op':'lt'");
		column(b, "left", "n", "id");
		put(b, "right", "number", ",'text':'%d'", 1000 + i);
	}
	s = put(q, "body", "select", "");
	int w = put(projection(s, "rank"), "operand", "call", ",'name':['sum']");
	column(w, "args", "small", "id");
	int over = put(w, "over", "window", "");
	column(over, "partition_by", "small", "grp");
	column(put(over, "order_by", "order_item", ",'descending':true,'nulls':'last'"), "operand", "small", "id");
	int fr = put(over, "frame", "frame", ",'unit':'rows','start':'preceding'");
	put(fr, "start_offset", "number", ",'text':'2'");
	int st = put(projection(s, "pair"), "operand", "struct", "");
	column(put(st, "fields", "alias", ",'name':'a'"), "operand", "small", "id");
	int arr = put(put(st, "fields", "alias", ",'name':'b'"), "operand", "array", "");
	put(arr, "items", "string", ",'text':'x'");
	column(arr, "items", "small", "grp");
	int field = put(projection(s, "f"), "operand", "field", ",'name':'a'");
	int st2 = put(field, "operand", "struct", "");
	column(put(st2, "fields", "alias", ",'name':'a'"), "operand", "small", "id");
	int cs2 = put(projection(s, "c"), "operand", "case", "");
	int when = put(cs2, "whens", "when", "");
	int in = put(when, "condition", "in_list", ",'negated':true");
	column(in, "operand", "small", "grp");
	put(in, "items", "string", ",'text':'g1'");
	int cast = put(when, "result", "cast", "");
	column(cast, "operand", "small", "id");
	put(cast, "type", "type", ",'name':'decimal','precision':'12','scale':'2'");
	int ts = put(projection(s, "t"), "operand", "cast", "");
	put(ts, "operand", "string", ",'text':'2024-02-29'");
	put(ts, "type", "type", ",'name':'timestamp','precision':'6','zone':'UTC'");
	int add = put(projection(s, "later"), "operand", "binary", "");
	int day = put(add, "left", "cast", "");
	put(day, "operand", "string", ",'text':'2024-01-31'");
	put(day, "type", "type", ",'name':'date'");
	put(put(add, "right", "interval", ",'unit':'month'"), "value", "string", ",'text':'1'");
	int map = put(projection(s, "m"), "operand", "map", "");
	put(map, "keys", "string", ",'text':'k'");
	column(map, "items", "small", "id");
	int lam = put(projection(s, "l"), "operand", "call", ",'name':['array_transform']");
	int la = put(lam, "args", "array", "");
	column(la, "items", "small", "id");
	int body = put(put(lam, "args", "lambda", ",'params':['x']"), "body", "binary", ",'op':'multiply'");
	put(body, "left", "column", ",'path':['x']");
	put(body, "right", "number", ",'text':'10'");
	put(s, "from", "table", ",'path':['small'],'alias':'small'");
	int ex = put(s, "where", "exists", "");
	int eq2 = put(ex, "query", "query", "");
	int es = put(eq2, "body", "select", "");
	put(projection(es, "one"), "operand", "number", ",'text':'1'");
	put(es, "from", "table", ",'path':['raw','events'],'alias':'e'");
	int ew = put(es, "where", "binary", ",'op':'eq'");
	column(ew, "left", "e", "id");
	column(ew, "right", "small", "id");
	put(put(q, "order_by", "order_item", ",'descending':true"), "operand", "column", ",'path':['rank']");
	put(q, "limit", "number", ",'text':'5'");
	end();
	CHECK(run(cat, NULL, &first) == 5 && first == 2976, "%ld", (long)first);

	bv_engine_plan *plan;
	bv_engine_text text = {0};
	OK(api->plan(cat, payload, strlen(payload), "{}", &plan, &schema, &e_));
	CHECK(schema.n_children == 8);
	for (int i = 0; i < schema.n_children; i++)
		printf("  %s: %s\n", schema.children[i]->name, schema.children[i]->format);
	schema.release(&schema);
	OK(api->plan_text(plan, &text, &e_));
	CHECK(text.n > 100 && strstr(text.p, "WindowAggr"));
	api->text_free(&text);
	api->plan_free(plan);

	/* union of values and a table function, unnest, right side of a set operation */
	begin();
	q = put(0, "", "query", "");
	int so = put(q, "body", "set_operation", ",'all':true");
	s = put(so, "left", "select", "");
	column(projection(s, "x"), "operand", "r", "value");
	int tf = put(s, "from", "table_function", ",'name':['generate_series'],'alias':'r'");
	put(tf, "args", "number", ",'text':'1'");
	put(tf, "args", "number", ",'text':'10'");
	s = put(so, "right", "select", "");
	column(projection(s, "x"), "operand", "u", "x");
	int un = put(s, "from", "unnest", ",'alias':'u','columns':['x']");
	int ua = put(un, "args", "array", "");
	put(ua, "items", "number", ",'text':'7'");
	put(ua, "items", "number", ",'text':'8'");
	end();
	CHECK(run(cat, NULL, &first) == 12);

	/* errors point at elements */
	begin();
	q = put(0, "", "query", "");
	s = put(q, "body", "select", "");
	int wrong = column(projection(s, "x"), "operand", "n", "no_such_column");
	put(s, "from", "table", ",'path':['main','numbers'],'alias':'n'");
	end();
	FAILS(api->plan(cat, payload, strlen(payload), "{}", &plan, NULL, &e_), "plan");
	CHECK(last_element == wrong, "%ld %d", (long)last_element, wrong);
	begin();
	q = put(0, "", "query", "");
	s = put(q, "body", "select", "");
	int div = put(projection(s, "x"), "operand", "binary", ",'op':'integer_divide'");
	put(div, "left", "number", ",'text':'7'");
	put(div, "right", "number", ",'text':'2'");
	end();
	FAILS(api->plan(cat, payload, strlen(payload), "{}", &plan, NULL, &e_), "unsupported");
	CHECK(last_element == div);
	FAILS(api->plan(cat, "[{\"version\":1},{\"kind\":\"star\"}]", 33, "{}", &plan, NULL, &e_), "invalid_data");
	FAILS(api->plan(cat, "nonsense", 8, "{}", &plan, NULL, &e_), "invalid_data");
}

static void cross_join(void)
{
	begin();
	int q = put(0, "", "query", "");
	int s = put(q, "body", "select", "");
	int sum = put(projection(s, "s"), "operand", "call", ",'name':['sum']");
	int mul = put(sum, "args", "binary", ",'op':'multiply'");
	column(mul, "left", "a", "v");
	column(mul, "right", "b", "v");
	int j = put(s, "from", "join", ",'type':'cross'");
	put(j, "left", "table", ",'path':['main','numbers'],'alias':'a'");
	put(j, "right", "table", ",'path':['main','numbers'],'alias':'b'");
	end();
}

static void cancelling(bv_engine_catalog *cat)
{
	bv_engine_cancel cancel = {0};
	pthread_t t;
	cross_join();
	double start = now();
	pthread_create(&t, NULL, set_flag, &cancel);
	CHECK(run(cat, &cancel, NULL) == -1);
	CHECK(now() - start < 1.0, "%.2f s", now() - start);
	pthread_join(t, NULL);

	cancel.flag = 0;
	begin();
	int q = put(0, "", "query", "");
	int s = put(q, "body", "select", "");
	column(projection(s, "id"), "operand", "a", "id");
	column(projection(s, "other"), "operand", "b", "id");
	int j = put(s, "from", "join", ",'type':'cross'");
	put(j, "left", "table", ",'path':['main','numbers'],'alias':'a'");
	put(j, "right", "table", ",'path':['main','numbers'],'alias':'b'");
	end();
	start = now();
	pthread_create(&t, NULL, set_flag, &cancel);
	FAILS(write_table(cat, "cancelled", "create", "null", "", &cancel, NULL, &e_), "cancelled");
	CHECK(now() - start < 2.0, "%.2f s", now() - start);
	pthread_join(t, NULL);
	CHECK(files_below("cancelled") == 0);
	char path[1024];
	snprintf(path, sizeof path, "%s/cancelled", folder);
	CHECK(access(path, F_OK) != 0);
}

static void templates(void)
{
	bv_engine_text text = {0};
	OK(api->render(engine, "SELECT {{ a }}{% for x in l %}, {{ x }}{% endfor %}\n", "{\"a\":\"'q'\",\"l\":[1,2]}", &text, &e_));
	CHECK(!strcmp(text.p, "{\"places\":[],\"text\":\"SELECT 'q', 1, 2\\n\"}"), "%s", text.p);
	api->text_free(&text);
	OK(api->render(engine, "{{__belvedere_at(1)}}\xc3\xa9{% for x in l %}{{__belvedere_at(2, x)}}{{ x }}{{__belvedere_at(0)}}{% endfor %}", "{\"l\":[1,2]}", &text, &e_));
	CHECK(!strcmp(text.p, "{\"places\":[[1,0],[2,2],[2,3]],\"text\":\"\xc3\xa9" "12\"}"), "%s", text.p);
	api->text_free(&text);
	/* An error knows its line; what cannot be done within bounds is one. */
	static const struct {
		const char *template, *cls;
		int64_t line;
	} wrong[] = {
		{"a\n{{ missing }}", "not_found", 2}, {"{{ var('x') }}", "not_found", 1}, {"\n{{ f() }}", "not_found", 2}, {"{{ debug() }}", "not_found", 1}, {"{{ 1 | f }}", "not_found", 1},
		{"{% include 'etc' %}", "plan", 1}, {"\n\n{{ 1 + }}", "plan", 3}, {"{{ ref('a', 'b') }}", "plan", 1}, {"{{ ref('a b') }}", "plan", 1}, {"{{ source('a', '1') }}", "plan", 1},
		{"{% for i in range(100000) %}{% for k in range(100000) %}\n{{ __belvedere_at(0) }}{% endfor %}{% endfor %}", "plan", 2},
		{"{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}", "plan", 1}, {"{% for i in range(100000) %}{{ 'x' * 1000 }}{% endfor %}", "plan", -1},
		{"{% set a = 'x' * 90000000 %}\n{{ __belvedere_at(0, a) }}", "plan", 2}, {"{% set a = 'x' * 90000000 %}\n{{ a }}", "plan", 2},
		{"{{ ('x' * 1000000) | replace('x', 'x' * 1000000) }}", "plan", 1}, {"{{ range(100000) | join('x' * 10000) }}", "plan", 1}, {"{{ '%99999d' | format(1) }}", "plan", 1},
		{"{{ '%*d' | format(9, 1) }}", "plan", 1}, {"{{ [1] | batch(99999999, 0) | list }}", "plan", 1}, {"{{ [1] | slice(99999999) | list }}", "plan", 1}, {"{{ 'a' | indent(99999999, true) }}", "plan", 1},
		{"{{ 'a' | indent(width=99999999, first=true) }}", "plan", 1}, {"{% for i in range(9999) %}{{ range(100000) | sum }}{% endfor %}", "plan", 1},
		{"{% set ns = namespace(l=[]) %}{% for i in range(9999) %}{% set ns.l = [ns.l] %}\n{{ __belvedere_at(0, ns.l) }}{% endfor %}", "plan", 2},
		{"{{ 'a'.nosuch() }}", "not_found", 1}, {"{{ [1].append(2) }}", "not_found", 1}, {"{{ {}.get() }}", "not_found", 1}, {"{{ ('x' * 1000000).replace('x', 'x' * 1000000) }}", "plan", 1},
		{"{% set ns = namespace() %}{% set ns.a = ns %}\n{{ __belvedere_at(0, ns) }}", "plan", 2}, {"{% set ns = namespace() %}{% set ns.a = ns %}\n{{ ns }}", "plan", 2},
		{"{% set l = [1] %}{% for i in range(9999) %}\n{{ __belvedere_at(0, range(9999)) }}{% endfor %}", "plan", 2},
	};
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		bv_engine_error e = {.element = -1};
		CHECK(api->render(engine, wrong[i].template, "{}", &text, &e) != 0, "%s", wrong[i].template);
		CHECK(!strcmp(e.cls, wrong[i].cls) && e.element == wrong[i].line, "%s: %s, line %ld: %s", wrong[i].template, e.cls, (long)e.element, e.message);
		api->error_free(&e);
	}
	OK(api->render(engine, "{{ 'aB'.upper() }} {{ 'aB'.lower() }} {{ ' a '.strip() }} {{ 'a-b'.split('-')[1] }} {{ 'aa'.replace('a', 'b') }} {{ ','.join(l) }} {{ 'ab'.startswith('a') }} "
		"{{ 'ab'.endswith('a') }} {% for k, v in m.items() %}{{ k }}{{ v }}{% endfor %} {{ m.keys() | join('+') }} {{ m.values() | join('+') }} {{ m.get('q', 9) }} {{ m.get('k') }}",
		"{\"l\":[1,2],\"m\":{\"k\":1,\"n\":2}}", &text, &e_));
	CHECK(!strcmp(text.p, "{\"places\":[],\"text\":\"AB ab a b bb 1,2 True False k1n2 k+n 1+2 9 1\"}"), "%s", text.p);
	api->text_free(&text);
	OK(api->render(engine, "{{ var('x', 1) }} {{ var('l')[0] }} {{ ref('a') }} {{ source('a', 'b') }} {{ '%05d' | format(7) }} {{ l | join('-') }} {{ 'aa' | replace('a', 'b') }}",
		"{\"l\":[1,2]}", &text, &e_));
	CHECK(!strcmp(text.p, "{\"places\":[],\"text\":\"1 1 a a.b 00007 1-2 bb\"}"), "%s", text.p);
	api->text_free(&text);
}

static void input_files(bv_engine_catalog *cat)
{
	char path[1024], request[2048];
	snprintf(path, sizeof path, "%s/input.csv", folder);
	FILE *f = fopen(path, "w");
	fputs("id;when;name\n1;2024-01-01;a\n2;NA;\"b;c\"\nNA;2024-01-03;d\n", f);
	fclose(f);
	snprintf(request, sizeof request, "{\"files\":[\"%s\"],\"format\":\"csv\",\"options\":{\"delimiter\":\";\",\"null\":\"NA\"}}", path);
	bv_engine_plan *plan;
	struct ArrowSchema schema = {0};
	OK(api->scan_files(cat, request, NULL, &plan, &schema, &e_));
	CHECK(schema.n_children == 3 && !strcmp(schema.children[0]->format, "l") && !strcmp(schema.children[1]->format, "tdD"), "%s %s", schema.children[0]->format, schema.children[1]->format);
	schema.release(&schema);
	char where[2048];
	bv_engine_text out = {0};
	snprintf(where, sizeof where, "{\"location\":\"%s/loaded\",\"mode\":\"create\",\"expected_version\":null}", folder);
	OK(api->write(plan, where, NULL, NULL, NULL, &out, &e_));
	CHECK(number_in(out.p, "rows") == 3, "%s", out.p);
	api->text_free(&out);
	api->plan_free(plan);
	snprintf(request, sizeof request, "{\"name\":[\"main\",\"csv\"],\"format\":\"csv\",\"location\":\"%s\",\"options\":{\"delimiter\":\";\",\"null\":\"NA\"}}", path);
	OK(api->dataset(cat, request, NULL, &out, &e_));
	CHECK(strstr(out.p, "\"files\":1"), "%s", out.p);
	api->text_free(&out);
}

/* A sort of five million rows in a pool that holds a fraction of them. */
static void little_memory(void)
{
	bv_engine *small;
	char options[1024], answer[1024];
	snprintf(options, sizeof options, "{\"memory\":67108864,\"threads\":2,\"spill\":\"%s/spill\"}", folder);
	OK(api->open(options, &small, &e_));
	bv_engine_catalog *cat;
	OK(api->catalog_open(small, &cat, &e_));
	struct host host = {.rows = 5000000};
	struct ArrowSchema schema;
	make_schema(&schema);
	OK(api->table(cat, "[\"main\",\"numbers\"]", &schema, host_open, host_drop, &host, &e_));
	schema.release(&schema);
	plain_query(1);
	OK(write_table(cat, "sorted", "create", "null", "", NULL, answer, &e_));
	CHECK(number_in(answer, "rows") == 5000000, "%s", answer);
	bv_engine_text text = {0};
	OK(api->memory(small, &text, &e_));
	CHECK(number_in(text.p, "spilled") > 0 && number_in(text.p, "peak") <= 67108864, "%s", text.p);
	printf("  little memory: %s\n", text.p);
	api->text_free(&text);
	api->catalog_close(cat);
	api->close(small);
	usleep(200000);
	CHECK(host.dropped == 1);
}

int main(int argc, char **argv)
{
	if (argc != 3)
		return fprintf(stderr, "usage: engine_smoke LIBRARY FOLDER\n"), 64;
	void *lib = dlopen(argv[1], RTLD_NOW);
	if (!lib)
		return fprintf(stderr, "%s\n", dlerror()), 1;
	snprintf(folder, sizeof folder, "%s", argv[2]);
	bv_engine_init_fn init;
	*(void **)&init = dlsym(lib, BV_ENGINE_INIT_SYMBOL);
	CHECK(init(999) == NULL);
	api = init(BV_ENGINE_ABI);
	CHECK(api && api->size == sizeof *api && api->abi == BV_ENGINE_ABI);
	if (failures)
		return 1;
	puts(api->describe());
	bv_engine_error bad = {0};
	CHECK(api->open("{nonsense", &engine, &bad) && bad.message);
	api->error_free(&bad);
	OK(api->open("{\"memory\":536870912,\"threads\":2}", &engine, &e_));
	functions_and_probes();
	bv_engine_catalog *cat;
	OK(api->catalog_open(engine, &cat, &e_));
	struct host host = {.rows = 1000000};
	struct ArrowSchema schema;
	make_schema(&schema);
	OK(api->table(cat, "[\"main\",\"numbers\"]", &schema, host_open, host_drop, &host, &e_));
	schema.release(&schema);
	delta_tables(cat);
	queries(cat);
	templates();
	input_files(cat);
	cancelling(cat);
	OK(api->drop(cat, "[\"main\",\"csv\"]", &e_));
	FAILS(api->drop(cat, "[\"main\",\"csv\"]", &e_), "not_found");
	api->catalog_close(cat);
	double start = now();
	api->close(engine);
	CHECK(now() - start < 0.5);
	little_memory();
	printf("%d checks, %d failed\n", checks, failures);
	return failures > 0;
}
