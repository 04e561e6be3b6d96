/* The memo of return types. In: a function with argument types, nullability and constants. Out: what the call returns, from the memo or else
 * from the engine, which is asked once. Kept as JSON lines:
 *   {"function":"sum","kind":"aggregate","hash":"…","args":[["Int64",true]],"constants":[],"type":"Int64","nullable":true}
 * and {…,"error":"why the engine refuses the arguments"}. All of a line before the result is the key. */
#include "functions/catalogue.h"

/* Engines give no more types than a memo of this many bytes describes; it bounds what a hostile line can cost. */
#define LINE_MAX_BYTES (1u << 20)

static void write_key_head(bv_json *j, bv_str name, const char *kind, bv_str hash) {
	bv__json_open(j, '{');
	bv__json_key(j, "function");
	bv__json_str(j, name);
	bv__json_key(j, "kind");
	bv__json_z(j, kind);
	bv__json_key(j, "hash");
	bv__json_str(j, hash);
	bv__json_key(j, "args");
	bv__json_open(j, '[');
}

static void write_arg(bv_json *j, bv_str type, bool nullable) {
	bv__json_open(j, '[');
	bv__json_str(j, type);
	bv__json_bool(j, nullable);
	bv__json_close(j, ']');
}

/* The engine's `constants` and the key's are the same text; trailing arguments that are not constant are left out. */
static void write_constants(bv_json *j, const bv_str *constants, uint32_t n) {
	while (n > 0 && (!constants || !constants[n - 1].p)) {
		n--;
	}
	bv__json_open(j, '[');
	for (uint32_t i = 0; i < n; i++) {
		if (!constants[i].p) {
			bv__json_null(j);
			continue;
		}
		bv__json_open(j, '{');
		bv__json_key(j, "value");
		bv__json_str(j, constants[i]);
		bv__json_close(j, '}');
	}
	bv__json_close(j, ']');
}

static void write_key(bv_json *j, const bv_function *f, const bv_field *args, uint32_t nargs, const bv_str *constants) {
	bv_buf type = BV_BUF_INIT;
	write_key_head(j, f->name, bv__function_kinds[f->kind], f->hash);
	for (uint32_t i = 0; i < nargs; i++) {
		bv__buf_truncate(&type, 0);
		bv__type_text(args[i].type, &type);
		j->out->failed |= type.failed;
		write_arg(j, bv__buf_view(&type), args[i].nullable);
	}
	bv__json_close(j, ']');
	bv__json_key(j, "constants");
	write_constants(j, constants, nargs);
	bv__buf_free(&type);
}

/* What follows the key in a line. */
static void write_result(bv_json *j, const bv_probe_memo *m) {
	if (m->error.p) {
		bv__json_key(j, "error");
		bv__json_str(j, m->error);
	} else {
		bv__json_key(j, "type");
		bv__json_str(j, m->type_text);
		bv__json_key(j, "nullable");
		bv__json_bool(j, m->nullable);
	}
	bv__json_close(j, '}');
}

static void read_answer(bv_functions_t *fs, bv_probe_memo *m);

/* The result of a memo entry; false where its text names no type (a line of a newer version). Under the lock. */
static bool give(bv_functions_t *fs, bv_probe_memo *m, bv_probe_result *out) {
	if (m->answer) {
		read_answer(fs, m);
	}
	if (!m->error.p && !m->type && !m->unreadable) {
		bv_diagnostics *d = bv_diagnostics_new();
		m->type = d ? bv__type_parse(fs->arena, m->type_text, bv__datafusion, 0, d) : NULL;
		m->unreadable = !m->type;
		bv_diagnostics_free(d);
	}
	if (m->unreadable) {
		return false;
	}
	*out = (bv_probe_result){.type = m->type, .nullable = m->nullable, .error = m->error.p ? m->error : BV_STR("")};
	return true;
}

/* ---- the engine ---- */

/* False: the engine cannot say, now or ever. *m lies in `scratch`. */
static bool ask(bv_functions_t *fs, bv_arena *scratch, const bv_function *f, const bv_field *args, uint32_t nargs, const bv_str *constants, bv_probe_memo *m) {
	/* What a call returns hangs on types and nullability, so that is all it is told: names by place, no metadata. */
	bv_field *bare = BV_NEWN(scratch, bv_field, nargs + 1);
	if (!bare) {
		return false;
	}
	for (uint32_t i = 0; i < nargs; i++) {
		bare[i] = (bv_field){.name = bv__arena_printf(scratch, "a%u", i), .type = args[i].type, .nullable = args[i].nullable};
	}
	struct ArrowSchema in = {0}, out = {0};
	if (!bv__schema_export(&(bv_schema_t){bare, nargs}, &in)) {
		return false;
	}
	bv_buf consts = BV_BUF_INIT;
	bv_json j = bv__json(&consts);
	write_constants(&j, constants, nargs);
	bv_engine_error err = {0};
	bool known = false;
	if (consts.failed) {
		known = false;
	} else if (fs->api->probe(fs->engine, bv__function_kinds[f->kind], f->name.p, &in, consts.p, &out, NULL, &err) == 0) {
		bv_field field;
		if (bv__field_import(scratch, &out, &field)) {
			bv_diagnostics *d = bv_diagnostics_new();
			m->type = field.type;
			m->nullable = field.nullable;
			m->type_text = bv__type_str(scratch, field.type);
			/* Only what the text says exactly may be read back from it. */
			const bv_type *back = d ? bv__type_parse(scratch, m->type_text, bv__datafusion, 0, d) : NULL;
			m->passing = !back || !bv__type_equal(back, field.type);
			bv_diagnostics_free(d);
			known = true;
		}
		if (out.release) {
			out.release(&out);
		}
	} else {
		/* Refused arguments are a fact about the function; a fault of the engine is one about this engine, and being out of memory is none. */
		bool refused = strcmp(err.cls, "plan") == 0 || strcmp(err.cls, "unsupported") == 0;
		known = refused || strcmp(err.cls, "internal") == 0 || strcmp(err.cls, "invalid_data") == 0;
		m->passing = !refused;
		m->error = bv__arena_strz(scratch, err.message ? err.message : "it does not say why");
		fs->api->error_free(&err);
	}
	in.release(&in);
	bv__buf_free(&consts);
	return known && !bv__arena_failed(scratch);
}

/* Under the lock: what another thread has found meanwhile stays. */
static bv_probe_memo *keep(bv_functions_t *fs, bv_str key, const bv_probe_memo *found) {
	bv_probe_memo *m = bv__map_get(&fs->memo, key);
	if (m && !m->unreadable) {
		return m;
	}
	m = BV_NEW(fs->arena, bv_probe_memo);
	bv_str own = bv__arena_str(fs->arena, key);
	if (!m || !own.p) {
		return NULL;
	}
	m->nullable = found->nullable;
	m->type = found->type ? bv__type_copy(fs->arena, found->type) : NULL;
	m->error = found->error.p ? bv__arena_str(fs->arena, found->error) : (bv_str){NULL, 0};
	m->type_text = found->type_text.p ? bv__arena_str(fs->arena, found->type_text) : (bv_str){NULL, 0};
	if (!found->passing) {
		bv_buf line = BV_BUF_INIT;
		bv_json j = bv__json(&line);
		bv__buf_str(&line, key);
		j.comma[0] = 1;
		j.comma[j.depth = 1] = 1;
		write_result(&j, m);
		m->line = line.failed ? BV_STR("") : bv__arena_str(fs->arena, bv__buf_view(&line));
		bv__buf_free(&line);
	}
	return bv__map_put(&fs->memo, own, m) && (!m->line.n || BV_PUSH(fs->arena, &fs->fresh, m->line)) ? m : NULL;
}

/* ---- lines ---- */

void bv__functions_new_probes(bv_functions_t *fs, bv_buf *out) {
	pthread_mutex_lock(&fs->lock);
	/* The order in which threads asked is not told. */
	if (bv__sort(fs->fresh.v, fs->fresh.n, sizeof *fs->fresh.v, bv__str_cmp_v, NULL)) {
		for (uint32_t i = 0; i < fs->fresh.n; i++) {
			bv__buf_str(out, fs->fresh.v[i]);
			bv__buf_ch(out, '\n');
		}
	} else {
		out->failed = true;
	}
	pthread_mutex_unlock(&fs->lock);
}

/* Where a line's key ends, and what it answers begins: `],"type":` or `],"error":`, which no text in JSON can hold. 0: it is no line of ours. */
static uint32_t key_end(bv_str line) {
	static const char *const answers[] = {",\"type\":", ",\"error\":"};
	for (const char *p = line.p, *end = line.p + line.n; (p = memchr(p, ']', (size_t)(end - p))) != NULL; p++) {
		for (size_t i = 0; i < BV_COUNT(answers); i++) {
			size_t n = strlen(answers[i]);
			if ((size_t)(end - p) > n && memcmp(p + 1, answers[i], n) == 0) {
				return (uint32_t)(p + 1 - line.p);
			}
		}
	}
	return 0;
}

/* The answer is read when somebody asks for it; a function that has changed since has another hash, and so another key. */
static void add_line(bv_functions_t *fs, bv_str line) {
	uint32_t n = line.n <= LINE_MAX_BYTES ? key_end(line) : 0;
	bv_str key = {line.p, n};
	bv_probe_memo *m = n && !bv__map_has(&fs->memo, key) ? BV_NEW(fs->arena, bv_probe_memo) : NULL;
	if (m) {
		m->line = line;
		m->answer = n;
		(void)!bv__map_put(&fs->memo, key, m); /* the arena remembers */
	}
}

/* {key,"type":text,"nullable":flag} or {key,"error":text} */
static void read_answer(bv_functions_t *fs, bv_probe_memo *m) {
	bv_json_in in = {.arena = fs->arena, .p = m->line.p + m->answer + 1, .end = m->line.p + m->line.n};
	bv_str what = {NULL, 0}, text = {NULL, 0}, flag = {NULL, 0};
	m->answer = 0;
	bool ok = bv__json_read_string(&in, &what) && bv__json_expect(&in, ':') && bv__json_read_string(&in, &text);
	if (ok && bv__str_is(what, "type")) {
		ok = bv__json_expect(&in, ',') && bv__json_read_string(&in, &flag) && bv__str_is(flag, "nullable") && bv__json_expect(&in, ':');
		m->nullable = ok && bv__json_peek(&in) == BV_JSON_TRUE;
		ok = ok && bv__json_read_word(&in, m->nullable ? "true" : "false");
		m->type_text = bv__arena_str(fs->arena, text);
	} else if (ok) {
		m->error = bv__arena_str(fs->arena, text);
	}
	m->unreadable = !(ok && bv__json_expect(&in, '}') && bv__json_peek(&in) == BV_JSON_END);
}

static void add_lines(bv_functions_t *fs, bv_str lines) {
	for (uint32_t at = 0; at < lines.n;) {
		const char *nl = memchr(lines.p + at, '\n', lines.n - at);
		uint32_t end = nl ? (uint32_t)(nl - lines.p) : lines.n;
		if (end > at) {
			add_line(fs, (bv_str){lines.p + at, end - at});
		}
		at = end + 1;
	}
}

/* Under the lock. Lines are read when somebody asks; the kept ones go first. */
static void need_probes(bv_functions_t *fs) {
	if (!fs->probes_read) {
		fs->probes_read = true;
		add_lines(fs, (bv_str){bv__functions_probes, bv__functions_probes_size});
	}
	for (uint32_t i = 0; i < fs->given.n; i++) {
		add_lines(fs, fs->given.v[i]);
	}
	fs->given.n = 0;
}

/* What is given replaces nothing. */
void bv__functions_add_probes(bv_functions_t *fs, bv_str lines) {
	pthread_mutex_lock(&fs->lock);
	if (lines.n) {
		(void)!BV_PUSH(fs->arena, &fs->given, bv__arena_str(fs->arena, lines)); /* the arena remembers */
	}
	pthread_mutex_unlock(&fs->lock);
}

/* ---- asking ---- */

bool bv__functions_probe(bv_functions_t *fs, const bv_function *f, const bv_field *args, uint32_t nargs, const bv_str *constants, bv_probe_result *out) {
	bv_buf key = BV_BUF_INIT;
	bv_json j = bv__json(&key);
	write_key(&j, f, args, nargs, constants);
	bv__functions_need(fs);
	bool known = false, ok = !key.failed;
	if (ok) {
		pthread_mutex_lock(&fs->lock);
		need_probes(fs);
		bv_probe_memo *m = bv__map_get(&fs->memo, bv__buf_view(&key));
		known = m && give(fs, m, out);
		pthread_mutex_unlock(&fs->lock);
	}
	bv_arena *scratch = ok && !known && fs->api ? bv__arena_new() : NULL;
	out->oom = !ok || (!known && fs->api && !scratch);
	bv_probe_memo found = {0};
	/* Not under the lock: threads may ask for different calls at once. */
	if (scratch && ask(fs, scratch, f, args, nargs, constants, &found)) {
		pthread_mutex_lock(&fs->lock);
		bv_probe_memo *m = keep(fs, bv__buf_view(&key), &found);
		known = m && give(fs, m, out);
		pthread_mutex_unlock(&fs->lock);
	}
	bv__arena_free(scratch);
	bv__buf_free(&key);
	return known;
}
