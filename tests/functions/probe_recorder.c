/* An engine before another: passes every call on and writes down each probe, for tools/keep_probes. In: $BELVEDERE_RECORD_ENGINE, the library of
 * the other, and $BELVEDERE_RECORD, a file. Out: a line in it for each answer of `probe`, as in src/functions/probes.json but for the entry's hash.
 * The hashes of the snapshot that it gives are other ones, so that no kept probe fits and each is asked for. */
#include "base/base.h"
#include "engine/loader.h"
#include "types/types.h"

static const bv_engine_api *other;

static int functions(bv_engine *e, bv_engine_text *out, bv_engine_error *err) {
	int rc = other->functions(e, out, err);
	static const char mark[] = "\"hash\":\"";
	for (char *p = rc == 0 ? out->p : NULL; p && (p = strstr(p, mark));) {
		p += sizeof mark - 1;
		*p = *p == '0' ? '1' : '0';
	}
	return rc;
}

static void write_type(bv_json *j, const bv_type *t) {
	bv_buf text = BV_BUF_INIT;
	bv__type_text(t, &text);
	j->out->failed |= text.failed;
	bv__json_str(j, bv__buf_view(&text));
	bv__buf_free(&text);
}

/* False: an answer that cannot be kept, as its type has no exact text. */
static bool write_line(bv_arena *a, bv_buf *line, const char *kind, const char *name, const struct ArrowSchema *args, const char *constants, const struct ArrowSchema *answer, const bv_engine_error *err) {
	bv_schema_t in;
	if (!bv__schema_import(a, args, &in)) {
		return false;
	}
	bv_json j = bv__json(line);
	bv__json_open(&j, '{');
	bv__json_key(&j, "function");
	bv__json_z(&j, name);
	bv__json_key(&j, "kind");
	bv__json_z(&j, kind);
	bv__json_key(&j, "args");
	bv__json_open(&j, '[');
	for (uint32_t i = 0; i < in.n; i++) {
		bv__json_open(&j, '[');
		write_type(&j, in.v[i].type);
		bv__json_bool(&j, in.v[i].nullable);
		bv__json_close(&j, ']');
	}
	bv__json_close(&j, ']');
	bv__json_key(&j, "constants");
	bv__json_raw(&j, bv__str(constants));
	if (err) {
		bv__json_key(&j, "error");
		bv__json_z(&j, err->message);
	} else {
		bv_field f;
		bv_diagnostics *d = bv_diagnostics_new();
		bool ok = d && bv__field_import(a, answer, &f);
		const bv_type *back = ok ? bv__type_parse(a, bv__type_str(a, f.type), bv__datafusion, 0, d) : NULL;
		bv_diagnostics_free(d);
		if (!back || !bv__type_equal(back, f.type)) {
			return false;
		}
		bv__json_key(&j, "type");
		write_type(&j, f.type);
		bv__json_key(&j, "nullable");
		bv__json_bool(&j, f.nullable);
	}
	bv__json_close(&j, '}');
	bv__buf_ch(line, '\n');
	return !line->failed;
}

static int probe(bv_engine *e, const char *kind, const char *name, const struct ArrowSchema *args, const char *constants, struct ArrowSchema *out, struct ArrowSchema *coerced, bv_engine_error *err) {
	int rc = other->probe(e, kind, name, args, constants, out, coerced, err);
	const char *path = bv__os_env("BELVEDERE_RECORD");
	bv_arena *a = bv__arena_new();
	bv_buf line = BV_BUF_INIT;
	int failed = 0;
	bool fact = rc == 0 || strcmp(err->cls, "plan") == 0 || strcmp(err->cls, "unsupported") == 0;
	if (path && a && fact && write_line(a, &line, kind, name, args, constants, out, rc == 0 ? NULL : err)) {
		(void)!bv__os_append_file(path, bv__buf_view(&line), &failed);
	}
	bv__buf_free(&line);
	bv__arena_free(a);
	return rc;
}

BV_API const bv_engine_api *bv_engine_init(uint32_t abi);
const bv_engine_api *bv_engine_init(uint32_t abi) {
	static bv_engine_api table;
	bv_diagnostics *d = bv_diagnostics_new();
	const char *path = bv__os_env("BELVEDERE_RECORD_ENGINE");
	bool ok = d && abi == BV_ENGINE_ABI && path && bv__engine_load(path, &other, d);
	bv_diagnostics_free(d);
	if (!ok) {
		return NULL;
	}
	table = *other;
	table.size = sizeof table;
	table.functions = functions;
	table.probe = probe;
	return &table;
}
