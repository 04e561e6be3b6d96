/* The catalogue of functions. In: the engine's snapshot, or the kept copy of it. Out: functions by name or alias, in the order of kind and
 * name, and a hash of the whole. */
#include <jansson.h>

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

static int index_of(const char *text, const char *const *of, int n) {
	for (int i = 0; text && i < n; i++) {
		if (strcmp(text, of[i]) == 0) {
			return i;
		}
	}
	return -1;
}

static bv_str kept_text(void) { return (bv_str){bv__functions_snapshot, bv__functions_snapshot_size}; }

/* One entry of the snapshot; false: it has not the shape that functions.h tells. */
static bool read_entry(bv_functions_t *fs, json_t *entry, bv_function *out) {
	json_t *name = json_object_get(entry, "name"), *hash = json_object_get(entry, "hash");
	int kind = index_of(json_string_value(json_object_get(entry, "kind")), bv__function_kinds, BV_FN_KIND_COUNT);
	int changes = index_of(json_string_value(json_object_get(entry, "volatility")), volatilities, (int)BV_COUNT(volatilities));
	if (!json_string_length(name) || json_string_length(name) > NAME_MAX_BYTES || json_string_length(hash) != 64 || kind < 0 || changes < 0 ||
		!json_is_array(json_object_get(entry, "aliases"))) {
		return false;
	}
	char *text = json_dumps(entry, JSON_COMPACT);
	*out = (bv_function){.name = bv__arena_lower(fs->arena, bv__str(json_string_value(name))), .kind = (bv_function_kind)kind, .volatility = (bv_volatility)changes,
		.hash = bv__arena_strz(fs->arena, json_string_value(hash)), .json = bv__arena_strz(fs->arena, text)};
	free(text);
	return text != NULL;
}

/* Names before aliases: an alias never hides a function. */
static bool add_aliases(bv_functions_t *fs, json_t *entries) {
	size_t i, k;
	json_t *entry, *alias;
	json_array_foreach(entries, i, entry) {
		bv_str name = bv__arena_lower(fs->arena, bv__str(json_string_value(json_object_get(entry, "name"))));
		bv_map *names = &fs->by_name[index_of(json_string_value(json_object_get(entry, "kind")), bv__function_kinds, BV_FN_KIND_COUNT)];
		json_array_foreach(json_object_get(entry, "aliases"), k, alias) {
			if (!json_string_length(alias)) {
				return false;
			}
			bv_str as = bv__arena_lower(fs->arena, bv__str(json_string_value(alias)));
			if (!bv__map_has(names, as) && !bv__map_put(names, as, bv__map_get(names, name))) {
				return false;
			}
		}
	}
	return true;
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

static bool read_snapshot(bv_functions_t *fs) {
	json_t *root = json_loadb(fs->text.p, fs->text.n, JSON_REJECT_DUPLICATES, NULL), *entries = json_object_get(root, "functions"), *entry;
	size_t i;
	bool ok = json_is_array(entries);
	if (ok) {
		fs->v = BV_NEWN(fs->arena, bv_function, json_array_size(entries) + 1);
		ok = fs->v != NULL;
	}
	if (ok) {
		json_array_foreach(entries, i, entry) {
			if (!read_entry(fs, entry, &fs->v[fs->n++])) {
				ok = false;
				break;
			}
		}
	}
	ok = ok && bv__sort(fs->v, fs->n, sizeof *fs->v, by_kind_and_name, NULL);
	for (uint32_t k = 0; ok && k < fs->n; k++) {
		bv_map *names = &fs->by_name[fs->v[k].kind];
		ok = !bv__map_has(names, fs->v[k].name) && bv__map_put(names, fs->v[k].name, &fs->v[k]);
	}
	ok = ok && add_aliases(fs, entries) && list_names(fs);
	json_decref(root);
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
			fs->n = fs->names.n = 0; /* out of memory: no function is known */
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
	fs->text = snapshot;
	kept = kept || bv__str_eq(snapshot, kept_text());
	bool ok = kept || read_snapshot(fs);
	fs->read = !kept;
	fs->text = kept ? kept_text() : BV_STR("");
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
	return fs->n;
}

const bv_function *bv__functions_at(const bv_functions_t *fs, uint32_t i) {
	bv__functions_need(fs);
	return i < fs->n ? &fs->v[i] : NULL;
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
