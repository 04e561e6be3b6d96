/* The engine's library. In: a name or a path. Out: its function table, once its size and ABI version fit. */
#include "engine/loader.h"

#if defined(__APPLE__)
#define LIBRARY "libbelvedere_datafusion.dylib"
#else
#define LIBRARY "libbelvedere_datafusion.so"
#endif

static const char variable[] = "BELVEDERE_ENGINE";

/* Every entry up to `baseline` belongs to ABI 1; that one and `lookup` are NULL in all but the baseline library. */
static bool complete(const bv_engine_api *t) {
	return t->describe && t->open && t->close && t->functions && t->probe && t->delta_state && t->catalog_open && t->catalog_close && t->dataset && t->table && t->view && t->drop && t->plan &&
		   t->plan_free && t->plan_text && t->execute && t->write && t->alter && t->scan_files && t->remove && t->render && t->memory && t->text_free && t->error_free;
}

static bool load(const char *path, const bv_engine_api **api, bv_diagnostics *d) {
	char why[512];
	if (!bv__os_exists(path)) {
		bv__diag(d, BV_E_ENGINE_MISSING, BV_NO_SPAN, "no engine library at %s", path);
		return false;
	}
	void *lib = bv__os_dlopen(path, why, sizeof why);
	if (!lib) {
		bv__diag(d, BV_E_ENGINE_ABI, BV_NO_SPAN, "the engine library cannot be loaded: %s", why);
		return false;
	}
	void *symbol = bv__os_dlsym(lib, BV_ENGINE_INIT_SYMBOL);
	if (!symbol) {
		bv__diag(d, BV_E_ENGINE_ABI, BV_NO_SPAN, "%s is no engine: it has no " BV_ENGINE_INIT_SYMBOL, path);
		return false;
	}
	bv_engine_init_fn init;
	memcpy(&init, &symbol, sizeof init); /* ISO C has no cast from an object to a function pointer */
	const bv_engine_api *t = init(BV_ENGINE_ABI);
	if (!t || t->abi != BV_ENGINE_ABI) {
		bv__diag(d, BV_E_ENGINE_ABI, BV_NO_SPAN, "%s does not serve version %u of the engine seam", path, BV_ENGINE_ABI);
		return false;
	}
	/* The table only grows, so a longer one fits; what lies past ours is not looked at. */
	if (t->size < sizeof *t) {
		bv__diag(d, BV_E_ENGINE_ABI, BV_NO_SPAN, "%s was built for an older Belvedere: its table has %u bytes of %zu", path, t->size, sizeof *t);
		return false;
	}
	if (!complete(t)) {
		bv__diag(d, BV_E_ENGINE_ABI, BV_NO_SPAN, "%s leaves entries of the engine seam empty", path);
		return false;
	}
	*api = t;
	return true;
}

bool bv__engine_load(const char *spec, const bv_engine_api **api, bv_diagnostics *d) {
	bool named = spec && strcmp(spec, "datafusion") == 0;
	bool search = !spec || named || strcmp(spec, "auto") == 0;
	const char *env = search ? bv__os_env(variable) : NULL;
	if (env && *env) {
		if (strcmp(env, "none") != 0) {
			return load(env, api, d);
		}
		if (named) {
			bv__diag(d, BV_E_ENGINE_MISSING, BV_NO_SPAN, "the engine is needed, and %s=none turns it off", variable);
			return false;
		}
		spec = "none";
		search = false;
	}
	if (!search && strcmp(spec, "none") == 0) {
		*api = NULL;
		return true;
	}
	if (!search) {
		return load(spec, api, d);
	}
	bv_arena *a = bv__arena_new();
	static const char here; /* any object of this library tells where it lies */
	bv_str dir;
	if (!a || !bv__os_library_dir(a, &here, &dir)) {
		bv__arena_free(a);
		return bv__nomem(d) == BV_OK;
	}
	bv_str path = bv__path_join(a, dir, BV_STR(LIBRARY));
	bool there = bv__os_exists(path.p), ok = true;
	if (there) {
		ok = load(path.p, api, d);
	} else if (named) {
		bv_diagnostic *e = bv__diag(d, BV_E_ENGINE_MISSING, BV_NO_SPAN, "no " LIBRARY " in " BV_STR_FMT, BV_STR_ARG(dir));
		bv__diag_hint(d, e, "`make engine` builds it; %s=path names one that lies elsewhere", variable);
		ok = false;
	} else {
		*api = NULL;
	}
	bv__arena_free(a);
	return ok;
}
