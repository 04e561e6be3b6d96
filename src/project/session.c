/* Sessions. In: a project directory and an engine's name. Out: a session with its catalogue, functions, registry and engine, and the way in which
 * diagnostics of its parts reach the caller. Views are read when they are first needed. */
#include <errno.h>

#include "engine/loader.h"
#include "project/project.h"

/* ---- diagnostics over sources that exist already ---- */

bv_diagnostics *bv__diag_session(bv_session *s) {
	bv_diagnostics *d = bv_diagnostics_new();
	if (d) {
		/* Borrowed: a full vector, so that one more source makes a copy first. */
		d->sources.v = s->sources->sources.v;
		d->sources.n = d->sources.cap = s->sources->sources.n;
	}
	return d;
}

bv_diagnostics *bv__diag_tree(const bv_tree *tree) {
	bv_diagnostics *d = bv_diagnostics_new();
	bv_source *v = d ? BV_NEWN(d->arena, bv_source, 2) : NULL;
	if (!v) {
		bv_diagnostics_free(d);
		return NULL;
	}
	v[0] = (bv_source){BV_STR(""), BV_STR("")};
	v[1] = tree->source;
	d->sources.v = v;
	d->sources.n = d->sources.cap = 2;
	return d;
}

void bv__diag_forward(bv_diagnostics *local, bv_diagnostics *to) {
	bv__diag_merge(to, local);
	bv_diagnostics_free(local);
}

static bv_code code_of_class(const char *cls, bv_code otherwise) {
	static const struct {
		const char *cls;
		bv_code code;
	} classes[] = {{"cancelled", BV_E_CANCELLED}, {"resources", BV_E_RESOURCES}, {"plan", BV_E_ENGINE_PLAN}, {"conflict", BV_E_CONFLICT}, {"foreign", BV_E_FOREIGN_TABLE},
		{"exists", BV_E_DATASET_EXISTS}};
	for (size_t i = 0; i < BV_COUNT(classes); i++) {
		if (strncmp(classes[i].cls, cls, sizeof ((bv_engine_error *)0)->cls) == 0) {
			return classes[i].code;
		}
	}
	return otherwise;
}

void bv__engine_diag(bv_session *s, bv_diagnostics *d, const bv_engine_error *e, bv_code code, const bv_view_artifact *a, const char *what) {
	bv_span span = BV_NO_SPAN;
	if (a && e->element > 0 && (uint64_t)e->element < a->nspans) {
		span = a->spans[e->element];
		/* A view's spans point into the session's sources, a bare query's into the caller's. */
		if (a->name.n && span.file && span.file < s->sources->sources.n) {
			const bv_source *source = &s->sources->sources.v[span.file];
			span.file = bv__diag_source(d, source->name, source->text);
		}
	}
	const char *message = e->message ? e->message : "the engine gives no reason";
	bv_diagnostic *at = what ? bv__diag(d, code_of_class(e->cls, code), span, "%s: %s", what, message) : bv__diag(d, code_of_class(e->cls, code), span, "%s", message);
	if (e->hint && e->hint[0]) {
		bv__diag_hint(d, at, "%s", e->hint);
	}
}

bool bv__engine_there(const bv_session *s, const char *why, bv_diagnostics *d) {
	if (!s->api) {
		bv_diagnostic *e = bv__diag(d, BV_E_ENGINE_MISSING, BV_NO_SPAN, "%s", why);
		bv__diag_hint(d, e, "libbelvedere_datafusion.so is looked for beside libbelvedere.so and at $BELVEDERE_ENGINE");
	}
	return s->api != NULL;
}

void bv__session_log(bv_session *s, int level, const char *fmt, ...) {
	if (!s->log) {
		return;
	}
	char line[1024];
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(line, sizeof line, fmt, ap);
	va_end(ap);
	s->log(s->log_ctx, level, line);
}

/* ---- opening ---- */

/* The directory at or above `start` that has belvedere.yaml. */
static bool find_root(bv_session *s, const char *start, bool upwards, bv_diagnostics *d) {
	bv_str at;
	int err = 0;
	if (!bv__os_realpath(s->arena, start, &at, &err)) {
		bv_diagnostic *e = bv__diag(d, BV_E_PROJECT_MISSING, BV_NO_SPAN, "%s: %s", start, strerror(err));
		bv__diag_hint(d, e, "--project DIR names the project's directory");
		return false;
	}
	bv_str first = at;
	for (;;) {
		bv_str file = bv__path_join(s->arena, at, BV_STR("belvedere.yaml"));
		if (bv__os_exists(file.p)) {
			s->project.root = at;
			return true;
		}
		uint32_t n = at.n;
		while (n > 0 && at.p[n - 1] != '/') {
			n--;
		}
		if (!upwards || n <= 1) {
			break;
		}
		at = bv__arena_str(s->arena, (bv_str){at.p, n - 1});
	}
	bv_diagnostic *e = bv__diag(d, BV_E_PROJECT_MISSING, BV_NO_SPAN, BV_STR_FMT "%s has no belvedere.yaml", BV_STR_ARG(first), upwards ? ", and no directory above it," : "");
	bv__diag_hint(d, e, "`belvedere init` writes a project");
	return false;
}

/* Names of project files as people should see them: relative to where they are, where the project lies there or below. */
static void choose_shown(bv_session *s) {
	bv_str cwd, real;
	int err = 0;
	s->shown = s->project.root;
	if (!bv__os_cwd(s->arena, &cwd) || !bv__os_realpath(s->arena, cwd.p, &real, &err)) {
		return;
	}
	bv_str root = s->project.root;
	if (bv__str_eq(root, real)) {
		s->shown = BV_STR("");
	} else if (root.n > real.n && memcmp(root.p, real.p, real.n) == 0 && root.p[real.n] == '/') {
		s->shown = bv__arena_str(s->arena, (bv_str){root.p + real.n + 1, root.n - real.n - 1});
	}
}

static bool open_engine(bv_session *s, const char *spec, bv_diagnostics *d) {
	if (!bv__engine_load(spec ? spec : "auto", &s->api, d)) {
		return false;
	}
	if (!s->api) {
		return true;
	}
	bv_buf b = BV_BUF_INIT;
	bv_json j = bv__json(&b);
	bv__json_open(&j, '{');
	if (s->project.memory) {
		bv__json_key(&j, "memory");
		bv__json_int(&j, (int64_t)s->project.memory);
	}
	if (s->project.threads) {
		bv__json_key(&j, "threads");
		bv__json_int(&j, s->project.threads);
	}
	if (s->project.spill.n) {
		bv__json_key(&j, "spill");
		bv__json_str(&j, s->project.spill);
	}
	bv__json_key(&j, "storage");
	bv__json_raw(&j, s->project.storage_json);
	bv__json_close(&j, '}');
	bv_engine_error err = {0};
	bool ok = s->api->open(b.p, &s->engine, &err) == 0 && s->api->catalog_open(s->engine, &s->catalog, &err) == 0;
	if (!ok) {
		bv__engine_diag(s, d, &err, BV_E_ENGINE, NULL, "the engine cannot be opened");
		s->api->error_free(&err);
	}
	bv__buf_free(&b);
	return ok;
}

static bool open_registry(bv_session *s, bv_diagnostics *d) {
	bv_str dir = bv__path_join(s->arena, s->project.root, BV_STR(".belvedere"));
	int err = 0;
	if (!bv__os_mkdirs(dir.p, &err)) {
		bv__diag(d, BV_E_FILE, BV_NO_SPAN, BV_STR_FMT ": cannot be made: %s", BV_STR_ARG(dir), strerror(err));
		return false;
	}
	bv_str path = bv__path_join(s->arena, dir, BV_STR("registry.db"));
	s->registry = bv__registry_open(path.p, d);
	return s->registry != NULL;
}

bv_status bv_session_open(const bv_session_options *options, bv_session **out, bv_diagnostics *d) {
	bv_session_options o = BV_SESSION_OPTIONS_INIT;
	if (!out || (options && options->size < sizeof(size_t))) {
		return BV_MISUSE;
	}
	if (options) {
		memcpy(&o, options, options->size < sizeof o ? options->size : sizeof o);
	}
	bv_session *s = bv__heap_alloc(sizeof *s);
	if (!s) {
		return bv__nomem(d);
	}
	memset(s, 0, sizeof *s);
	pthread_mutexattr_t attr;
	pthread_mutexattr_init(&attr);
	pthread_mutexattr_settype(&attr, PTHREAD_MUTEX_RECURSIVE);
	pthread_mutex_init(&s->lock, &attr);
	pthread_mutex_init(&s->work, NULL);
	pthread_mutexattr_destroy(&attr);
	s->arena = bv__arena_new();
	s->sources = bv_diagnostics_new();
	s->log = o.log;
	s->log_ctx = o.log_ctx;
	if (!s->arena || !s->sources) {
		bv_session_close(s);
		return bv__nomem(d);
	}
	bv__map_init(&s->view_by_name, s->arena);
	bv__map_init(&s->dataset_by_name, s->arena);
	bv__map_init(&s->view_by_lower, s->arena);
	bv__map_init(&s->lower_twice, s->arena);
	s->project = (bv_project){.root = BV_STR(""), .name = BV_STR(""), .warehouse = BV_STR(""), .dialect = bv__datafusion, .materialized = true, .spill = BV_STR(""),
		.storage_json = BV_STR("{}"), .variables_json = BV_STR("{}"), .policy = BV_POLICY_INIT};
	s->shown = BV_STR("");
	bool ok = true;
	if (o.project) {
		ok = find_root(s, o.project, o.search_upwards, d);
		if (ok) {
			choose_shown(s);
			uint32_t n = s->project.root.n;
			while (n > 0 && s->project.root.p[n - 1] != '/') {
				n--;
			}
			s->project.name = (bv_str){s->project.root.p + n, s->project.root.n - n};
			ok = bv__project_read_yaml(s, d);
		}
	}
	bv__policy_hash(&s->project.policy, s->policy_hash);
	s->project.policy.hash = s->policy_hash;
	ok = ok && open_engine(s, o.engine, d);
	if (ok) {
		s->functions = s->engine ? bv__functions_from_engine(s->api, s->engine, d) : bv__functions_kept(d);
		ok = s->functions != NULL;
	}
	if (ok && s->project.root.n) {
		ok = open_registry(s, d);
		bv_str probes;
		if (ok && bv__registry_get_probes(s->registry, s->arena, &probes) && probes.n) {
			bv__functions_add_probes(s->functions, probes);
		}
	}
	if (!ok || bv__arena_failed(s->arena)) {
		bool oom = ok;
		bv_session_close(s);
		return oom ? bv__nomem(d) : BV_FAILED;
	}
	*out = s;
	return BV_OK;
}

void bv_session_close(bv_session *s) {
	if (!s) {
		return;
	}
	for (uint32_t i = 0; i < s->views.n; i++) {
		bv__view_free(s->views.v[i]);
	}
	for (uint32_t i = 0; i < s->retired.n; i++) {
		bv__view_free(s->retired.v[i]);
	}
	/* The engine may still hold host tables: it goes first. */
	if (s->api && s->catalog) {
		s->api->catalog_close(s->catalog);
	}
	bv__functions_free(s->functions);
	if (s->api && s->engine) {
		s->api->close(s->engine);
	}
	for (uint32_t i = 0; i < s->datasets.n; i++) {
		const bv_table_source *host = s->datasets.v[i]->host;
		if (host && host->drop) {
			host->drop(host->ctx);
		}
	}
	bv__registry_close(s->registry);
	bv_diagnostics_free(s->unsaid);
	bv_diagnostics_free(s->sources);
	bv__arena_free(s->kept_rows);
	bv__arena_free(s->arena);
	pthread_mutex_destroy(&s->lock);
	pthread_mutex_destroy(&s->work);
	bv__heap_free(s);
}

void bv_session_cancel(bv_session *s) {
	if (s) {
		__atomic_store_n(&s->cancel.flag, 1, __ATOMIC_RELAXED);
	}
}

char *bv_session_info(bv_session *s) {
	bv_buf b = BV_BUF_INIT;
	bv_json j = bv__json(&b);
	bv__json_open(&j, '{');
	bv__json_key(&j, "version");
	bv__json_z(&j, bv_version());
	bv__json_key(&j, "project");
	if (s->project.root.n) {
		bv__json_open(&j, '{');
		bv__json_key(&j, "name");
		bv__json_str(&j, s->project.name);
		bv__json_key(&j, "root");
		bv__json_str(&j, s->project.root);
		bv__json_key(&j, "warehouse");
		bv__json_str(&j, s->project.warehouse);
		bv__json_key(&j, "dialect");
		bv__json_z(&j, bv__dialect_name(s->project.dialect));
		bv__json_close(&j, '}');
	} else {
		bv__json_null(&j);
	}
	bv__json_key(&j, "engine");
	if (s->api) {
		bv__json_raw(&j, bv__str(s->api->describe()));
	} else {
		bv__json_null(&j);
	}
	bv__json_key(&j, "snapshot");
	bv__json_open(&j, '{');
	bv__json_key(&j, "functions");
	bv__json_int(&j, bv__functions_count(s->functions));
	bv__json_key(&j, "hash");
	bv__json_str(&j, bv__functions_hash(s->functions));
	bv__json_close(&j, '}');
	bv__json_key(&j, "policy_hash");
	bv__json_z(&j, s->policy_hash);
	bv__json_close(&j, '}');
	return bv__buf_detach(&b);
}
