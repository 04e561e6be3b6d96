/* The catalogue of functions. In: the engine's snapshot, or the kept copy of it. Out: functions by name or alias, in the order of kind and
 * name, and a hash of the whole. */
#include "functions/catalogue.h"

const char *const bv__function_kinds[BV_FN_KIND_COUNT] = {"scalar", "aggregate", "window", "table", "higher_order"};
static const char *const volatilities[] = {"immutable", "stable", "volatile"};

/* Names longer than this are no function's. */
#define NAME_MAX_BYTES 128

static int by_kind_and_name(const void *x, const void *y, void *ctx) {
	const bv_function *a = x, *b = y;
	(void)ctx;
	return a->kind != b->kind ? (a->kind < b->kind ? -1 : 1) : bv__str_cmp(a->name, b->name);
}

static int index_of(bv_str text, const char *const *of, int n) {
	for (int i = 0; i < n; i++) {
		if (bv__str_eq(text, bv__str(of[i]))) {
			return i;
		}
	}
	return -1;
}

static bv_str kept_text(void) { return (bv_str){bv__functions_snapshot, bv__functions_snapshot_size}; }

/* An alias and the function that it is one of. */
typedef struct alias {
	bv_str name, of;
	bv_function_kind kind;
} alias;
typedef BV_VEC(alias) alias_vec;

/* What of an entry is read; its documentation is not. */
typedef enum entry_key { KEY_NAME, KEY_HASH, KEY_KIND, KEY_VOLATILITY, KEY_ALIASES, KEY_COUNT } entry_key;
static const char *const entry_keys[KEY_COUNT] = {"name", "hash", "kind", "volatility", "aliases"};
enum { ENTRY_DEPTH = 16 };

static bool read_aliases(bv_json_in *in, alias_vec *aliases) {
	if (!bv__json_expect(in, '[')) {
		return false;
	}
	if (bv__json_take(in, ']')) {
		return true;
	}
	do {
		alias a = {0};
		if (!bv__json_read_string(in, &a.name) || a.name.n == 0 || !BV_PUSH(in->arena, aliases, a)) {
			return false;
		}
	} while (bv__json_take(in, ','));
	return bv__json_expect(in, ']');
}

/* One entry of the snapshot, which stays where it is; false: it has not the shape that functions.h tells. */
static bool read_entry(bv_functions_t *fs, bv_json_in *in, alias_vec *aliases) {
	bv_str of[KEY_COUNT] = {0}, key;
	bool known[KEY_COUNT] = {false};
	uint32_t first = aliases->n;
	(void)bv__json_peek(in);
	const char *from = in->p;
	if (!bv__json_expect(in, '{')) {
		return false;
	}
	do {
		if (!bv__json_read_string(in, &key) || !bv__json_expect(in, ':')) {
			return false;
		}
		int k = index_of(key, entry_keys, KEY_COUNT);
		if (k >= 0 && known[k]) {
			return false;
		}
		if (k >= 0) {
			known[k] = true;
		}
		if (!(k < 0 ? bv__json_skip(in, ENTRY_DEPTH) : k == KEY_ALIASES ? read_aliases(in, aliases) : bv__json_read_string(in, &of[k]))) {
			return false;
		}
	} while (bv__json_take(in, ','));
	if (!bv__json_expect(in, '}')) {
		return false;
	}
	int kind = index_of(of[KEY_KIND], bv__function_kinds, BV_FN_KIND_COUNT), changes = index_of(of[KEY_VOLATILITY], volatilities, (int)BV_COUNT(volatilities));
	if (of[KEY_NAME].n == 0 || of[KEY_NAME].n > NAME_MAX_BYTES || of[KEY_HASH].n != 64 || kind < 0 || changes < 0 || !known[KEY_ALIASES]) {
		return false;
	}
	bv_function f = {.name = bv__arena_lower(fs->arena, of[KEY_NAME]), .kind = (bv_function_kind)kind, .volatility = (bv_volatility)changes,
		.hash = bv__arena_str(fs->arena, of[KEY_HASH]), .json = bv__strn(from, (size_t)(in->p - from))};
	for (uint32_t i = first; i < aliases->n; i++) {
		aliases->v[i].of = f.name;
		aliases->v[i].kind = f.kind;
	}
	return BV_PUSH(fs->arena, &fs->all, f);
}

static bool read_entries(bv_functions_t *fs, bv_json_in *in, alias_vec *aliases) {
	if (!bv__json_expect(in, '[')) {
		return false;
	}
	if (bv__json_take(in, ']')) {
		return true;
	}
	do {
		if (!read_entry(fs, in, aliases)) {
			return false;
		}
	} while (bv__json_take(in, ','));
	return bv__json_expect(in, ']');
}

/* The list `functions` among what else the snapshot says. */
static bool read_root(bv_functions_t *fs, bv_json_in *in, alias_vec *aliases) {
	bool listed = false;
	if (bv__utf8_invalid(in->p, (size_t)(in->end - in->p)) < (size_t)(in->end - in->p) || !bv__json_expect(in, '{')) {
		return false;
	}
	do {
		bv_str key;
		if (!bv__json_read_string(in, &key) || !bv__json_expect(in, ':')) {
			return false;
		}
		bool list = bv__str_eq(key, BV_STR("functions"));
		if ((list && listed) || !(list ? read_entries(fs, in, aliases) : bv__json_skip(in, ENTRY_DEPTH))) {
			return false;
		}
		listed |= list;
	} while (bv__json_take(in, ','));
	return bv__json_expect(in, '}') && bv__json_peek(in) == BV_JSON_END && listed;
}

static bool list_names(bv_functions_t *fs) {
	for (int kind = 0; kind < BV_FN_KIND_COUNT; kind++) {
		BV_MAP_EACH(&fs->by_name[kind], e) {
			if (!BV_PUSH(fs->arena, &fs->names, e->key)) {
				return false;
			}
		}
	}
	if (!bv__sort(fs->names.v, fs->names.n, sizeof *fs->names.v, bv__str_cmp_v, NULL)) {
		return false;
	}
	uint32_t kept = 0;
	for (uint32_t i = 0; i < fs->names.n; i++) {
		if (kept == 0 || !bv__str_eq(fs->names.v[kept - 1], fs->names.v[i])) {
			fs->names.v[kept++] = fs->names.v[i];
		}
	}
	fs->names.n = kept;
	return true;
}

/* Names before aliases: an alias never hides a function. */
static bool add_names(bv_functions_t *fs, const alias_vec *aliases) {
	for (uint32_t i = 0; i < fs->all.n; i++) {
		bv_function *f = &fs->all.v[i];
		if (bv__map_has(&fs->by_name[f->kind], f->name) || !bv__map_put(&fs->by_name[f->kind], f->name, f)) {
			return false;
		}
	}
	for (uint32_t i = 0; i < aliases->n; i++) {
		bv_map *names = &fs->by_name[aliases->v[i].kind];
		bv_str as = bv__arena_lower(fs->arena, aliases->v[i].name);
		if (!bv__map_has(names, as) && !bv__map_put(names, as, bv__map_get(names, aliases->v[i].of))) {
			return false;
		}
	}
	return true;
}

static bool read_snapshot(bv_functions_t *fs) {
	bv_arena *scratch = bv__arena_new();
	bv_json_in in = {.arena = scratch, .p = fs->text.p, .end = fs->text.p + fs->text.n};
	alias_vec aliases = {0};
	bool ok = scratch && read_root(fs, &in, &aliases) && bv__sort(fs->all.v, fs->all.n, sizeof *fs->all.v, by_kind_and_name, NULL) && add_names(fs, &aliases) && list_names(fs);
	if (!scratch || bv__arena_failed(scratch)) {
		bv__arena_fail(fs->arena); /* the caller asks this arena */
	}
	bv__arena_free(scratch);
	return ok;
}

void bv__functions_need(const bv_functions_t *cfs) {
	bv_functions_t *fs = (bv_functions_t *)cfs; /* what it means does not change */
	if (fs->read) {
		return;
	}
	pthread_mutex_lock(&fs->lock);
	if (!fs->read) {
		if (!read_snapshot(fs) || bv__arena_failed(fs->arena)) {
			fs->all.n = fs->names.n = 0; /* out of memory: no function is known */
			for (int kind = 0; kind < BV_FN_KIND_COUNT; kind++) {
				bv__map_init(&fs->by_name[kind], fs->arena);
			}
		}
		fs->read = true;
	}
	pthread_mutex_unlock(&fs->lock);
}

/* The kept copy is known to be well-formed, so it is read when it is first needed; an engine whose bytes are the same has nothing else to say. */
static bv_functions_t *make(bv_str snapshot, bool kept, bv_diagnostics *d) {
	bv_arena *arena = bv__arena_new();
	bv_functions_t *fs = arena ? BV_NEW(arena, bv_functions_t) : NULL;
	if (!fs) {
		bv__arena_free(arena);
		(void)bv__nomem(d);
		return NULL;
	}
	fs->arena = arena;
	pthread_mutex_init(&fs->lock, NULL);
	bv__map_init(&fs->memo, arena);
	for (int kind = 0; kind < BV_FN_KIND_COUNT; kind++) {
		bv__map_init(&fs->by_name[kind], arena);
	}
	bv__sha256_hex(snapshot.p, snapshot.n, fs->hash);
	kept = kept || bv__str_eq(snapshot, kept_text());
	fs->text = kept ? kept_text() : bv__arena_str(arena, snapshot);
	bool ok = kept || read_snapshot(fs);
	fs->read = !kept;
	if (bv__arena_failed(arena) || !fs->hash[0]) {
		(void)bv__nomem(d);
	} else if (ok) {
		return fs;
	} else {
		bv__diag(d, BV_E_ENGINE, BV_NO_SPAN, "the engine's function snapshot cannot be read");
	}
	bv__functions_free(fs);
	return NULL;
}

bv_functions_t *bv__functions_kept(bv_diagnostics *d) { return make(kept_text(), true, d); }

bv_functions_t *bv__functions_from_engine(const bv_engine_api *api, bv_engine *engine, bv_diagnostics *d) {
	bv_engine_text text = {0};
	bv_engine_error err = {0};
	if (api->functions(engine, &text, &err) != 0) {
		bv_diagnostic *e = bv__diag(d, BV_E_ENGINE, BV_NO_SPAN, "the engine gives no function snapshot: %s", err.message ? err.message : "it does not say why");
		if (err.hint) {
			bv__diag_hint(d, e, "%s", err.hint);
		}
		api->error_free(&err);
		return NULL;
	}
	bv_functions_t *fs = make(bv__strn(text.p ? text.p : "", text.p ? text.n : 0), false, d);
	api->text_free(&text);
	if (fs) {
		fs->api = api;
		fs->engine = engine;
	}
	return fs;
}

void bv__functions_free(bv_functions_t *fs) {
	if (fs) {
		pthread_mutex_destroy(&fs->lock);
		bv__arena_free(fs->arena);
	}
}

bv_str bv__functions_hash(const bv_functions_t *fs) { return bv__str(fs->hash); }

uint32_t bv__functions_count(const bv_functions_t *fs) {
	bv__functions_need(fs);
	return fs->all.n;
}

const bv_function *bv__functions_at(const bv_functions_t *fs, uint32_t i) {
	bv__functions_need(fs);
	return i < fs->all.n ? &fs->all.v[i] : NULL;
}

const bv_function *bv__functions_find(const bv_functions_t *fs, bv_str name, int kind) {
	static const bv_function_kind order[] = {BV_FN_SCALAR, BV_FN_AGGREGATE, BV_FN_WINDOW, BV_FN_HIGHER_ORDER, BV_FN_TABLE};
	char lower[NAME_MAX_BYTES];
	bv__functions_need(fs);
	if (name.n > sizeof lower) {
		return NULL;
	}
	for (uint32_t i = 0; i < name.n; i++) {
		lower[i] = (char)(name.p[i] >= 'A' && name.p[i] <= 'Z' ? name.p[i] + ('a' - 'A') : name.p[i]);
	}
	bv_str key = {lower, name.n};
	if (kind >= 0) {
		return kind < BV_FN_KIND_COUNT ? bv__map_get(&fs->by_name[kind], key) : NULL;
	}
	for (size_t i = 0; i < BV_COUNT(order); i++) {
		const bv_function *f = bv__map_get(&fs->by_name[order[i]], key);
		if (f) {
			return f;
		}
	}
	return NULL;
}

bv_str bv__functions_nearest(const bv_functions_t *fs, bv_str name) {
	bv__functions_need(fs);
	return bv__did_you_mean(name, fs->names.v, fs->names.n);
}
