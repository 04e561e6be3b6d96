/* What is kept is what the engine says. In: the engine's library, the kept snapshot, the kept probes. Out: a line for each difference; with --write, instead,
 * the engine's snapshot on the standard output. */
#include <jansson.h>

#include "engine/loader.h"
#include "functions/functions.h"

static const bv_engine_api *api;
static bv_engine *engine;
static unsigned wrong;

static int stop(const char *why) {
	fprintf(stderr, "engine_check: %s\n", why);
	return 1;
}

static void compare_snapshots(const bv_functions_t *kept, const bv_functions_t *is) {
	for (uint32_t i = 0; i < bv__functions_count(kept); i++) {
		const bv_function *f = bv__functions_at(kept, i), *g = bv__functions_find(is, f->name, (int)f->kind);
		if (!g || !bv__str_eq(f->json, g->json)) {
			printf("%s: the engine %s\n", f->name.p, !g ? "does not have it" : "has another entry");
			wrong++;
		}
	}
	for (uint32_t i = 0; i < bv__functions_count(is); i++) {
		const bv_function *f = bv__functions_at(is, i);
		if (!bv__functions_find(kept, f->name, (int)f->kind)) {
			printf("%s: not in the kept snapshot\n", f->name.p);
			wrong++;
		}
	}
	if (!wrong && !bv__str_eq(bv__functions_hash(kept), bv__functions_hash(is))) {
		printf("the snapshots have the same functions and other bytes\n");
		wrong++;
	}
}

static const char *field_text(json_t *line, const char *key) {
	const char *z = json_string_value(json_object_get(line, key));
	return z ? z : "";
}

/* Asks the engine anew. */
static bool right(bv_arena *a, json_t *line, bv_diagnostics *d) {
	json_t *args = json_object_get(line, "args");
	bv_schema_t in = {BV_NEWN(a, bv_field, json_array_size(args) + 1), 0};
	for (size_t i = 0; in.v && i < json_array_size(args); i++) {
		json_t *arg = json_array_get(args, i);
		const char *text = json_string_value(json_array_get(arg, 0));
		const bv_type *t = text ? bv__type_parse(a, bv__str(text), bv__datafusion, 0, d) : NULL;
		if (!t) {
			return false;
		}
		in.v[in.n++] = (bv_field){.name = bv__arena_printf(a, "a%zu", i), .type = t, .nullable = json_is_true(json_array_get(arg, 1))};
	}
	struct ArrowSchema schema, out = {0};
	char *constants = json_dumps(json_object_get(line, "constants"), JSON_COMPACT);
	if (!in.v || !constants || !bv__schema_export(&in, &schema)) {
		free(constants);
		return false;
	}
	bv_engine_error err = {0};
	bool same = false;
	if (api->probe(engine, field_text(line, "kind"), field_text(line, "function"), &schema, constants, &out, NULL, &err) == 0) {
		bv_field f;
		same = json_object_get(line, "type") && bv__field_import(a, &out, &f) && bv__str_is(bv__type_str(a, f.type), field_text(line, "type")) &&
			   f.nullable == json_is_true(json_object_get(line, "nullable"));
		out.release(&out);
	} else {
		same = json_object_get(line, "error") && strcmp(err.message, field_text(line, "error")) == 0;
		api->error_free(&err);
	}
	schema.release(&schema);
	free(constants);
	return same;
}

int main(int argc, char **argv) {
	bool write = argc == 3 && strcmp(argv[2], "--write") == 0;
	if (argc != 3) {
		return stop("LIBRARY and the kept probes (or --write) are needed");
	}
	bv_diagnostics *d = bv_diagnostics_new();
	bv_arena *a = bv__arena_new();
	bv_engine_error err = {0};
	if (!bv__engine_load(argv[1], &api, d) || api->open("{}", &engine, &err) != 0) {
		return stop(d->errors ? d->items.v[0].message.p : err.message);
	}
	if (write) {
		bv_engine_text text = {0};
		if (api->functions(engine, &text, &err) != 0) {
			return stop(err.message);
		}
		fwrite(text.p, 1, text.n, stdout);
		api->text_free(&text);
		api->close(engine);
		return 0;
	}
	bv_functions_t *kept = bv__functions_kept(d), *is = bv__functions_from_engine(api, engine, d);
	bv_str probes;
	int failed = 0;
	if (!kept || !is || !bv__os_read_file(a, argv[2], 1u << 26, &probes, &failed)) {
		return stop("the snapshots or the probes cannot be read");
	}
	compare_snapshots(kept, is);
	unsigned lines = 0;
	for (uint32_t at = 0; at < probes.n; lines++) {
		const char *nl = memchr(probes.p + at, '\n', probes.n - at);
		uint32_t end = nl ? (uint32_t)(nl - probes.p) : probes.n;
		json_t *line = json_loadb(probes.p + at, end - at, 0, NULL);
		const bv_function *f = bv__functions_find(is, bv__str(field_text(line, "function")), -1);
		bool current = f != NULL && right(a, line, d);
		if (!current) {
			printf("the engine says otherwise: %.*s\n", (int)(end - at), probes.p + at);
			wrong++;
		}
		json_decref(line);
		at = end + 1;
	}
	printf("%u functions, %u probes, %u wrong\n", bv__functions_count(is), lines, wrong);
	bv__functions_free(kept);
	bv__functions_free(is);
	api->close(engine);
	bv__arena_free(a);
	bv_diagnostics_free(d);
	return wrong || !lines ? 1 : 0;
}
