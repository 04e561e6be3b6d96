/* What a run tells while it goes on. In: events. Out: JSON objects to the host's callback, and lines of .belvedere/runs/<id>.jsonl, of which the
 * newest fifty are kept. A log that cannot be written stops no run. */
#include <time.h>

#include "refresh/run.h"

#define KEPT_RUNS 50

const char *bv__run_status_name(bv_run_status s) {
	static const char *const names[] = {[BV_RUN_WAITING] = "skipped", [BV_RUN_RUNNING] = "failed", [BV_RUN_BUILT] = "built", [BV_RUN_SKIPPED] = "skipped",
		[BV_RUN_FAILED] = "failed", [BV_RUN_BLOCKED] = "blocked"};
	return names[s];
}

/* "20240229T120000.123456Z", which sorts as time does; for people with punctuation. */
static void now_text(char out[48], bool punctuated) {
	int64_t us = bv__os_now_us();
	time_t seconds = (time_t)(us / 1000000);
	struct tm t;
	char day[32];
	gmtime_r(&seconds, &t);
	strftime(day, sizeof day, punctuated ? "%Y-%m-%dT%H:%M:%S" : "%Y%m%dT%H%M%S", &t);
	snprintf(out, 48, "%s.%06dZ", day, (int)(us % 1000000));
}

static void prune(bv_arena *a, bv_str dir) {
	bv_str *files = NULL;
	uint32_t n = 0;
	int err = 0;
	if (!bv__os_list(a, dir.p, ".jsonl", &files, &n, &err)) {
		return;
	}
	for (uint32_t i = 0; i + KEPT_RUNS <= n; i++) {
		(void)bv__os_remove(bv__path_join(a, dir, files[i]).p);
	}
}

bool bv__run_log_open(bv_run_log *log, bv_session *s, const bv_run_options *o, bv_arena *a) {
	char now[48];
	now_text(now, false);
	*log = (bv_run_log){.s = s, .o = o, .path = BV_STR(""), .id = bv__arena_printf(a, "%s-%lld", now, (long long)bv__os_pid())};
	bv_str dir = bv__path_join(a, s->project.root, BV_STR(".belvedere/runs"));
	int err = 0;
	if (bv__os_mkdirs(dir.p, &err)) {
		prune(a, dir);
		log->path = bv__path_join(a, dir, bv__arena_printf(a, BV_STR_FMT ".jsonl", BV_STR_ARG(log->id)));
	} else {
		bv__session_log(s, 2, BV_STR_FMT ": %s: the run is not logged", BV_STR_ARG(dir), strerror(err));
	}
	return !bv__arena_failed(a) && pthread_mutex_init(&log->lock, NULL) == 0;
}

void bv__run_log_close(bv_run_log *log) {
	pthread_mutex_destroy(&log->lock);
}

static bv_json begin(bv_buf *b, const char *event) {
	bv_json j = bv__json(b);
	bv__json_open(&j, '{');
	bv__json_key(&j, "event");
	bv__json_z(&j, event);
	return j;
}

/* shown: the host hears of it; kept: the file does, with the time. */
static void tell(bv_run_log *log, bv_json *j, bool shown, bool kept) {
	bv_buf *b = j->out;
	size_t end = b->n;
	bv__json_close(j, '}');
	if (!b->failed && shown && log->o->progress) {
		pthread_mutex_lock(&log->lock);
		log->o->progress(log->o->progress_ctx, b->p);
		pthread_mutex_unlock(&log->lock);
	}
	if (kept) {
		char now[48];
		int err = 0;
		now_text(now, true);
		bv__buf_truncate(b, end);
		bv__buf_printf(b, ",\"at\":\"%s\"}\n", now);
		pthread_mutex_lock(&log->lock);
		if (!b->failed && log->path.n && !bv__os_append_file(log->path.p, bv__buf_view(b), &err)) {
			bv__session_log(log->s, 2, BV_STR_FMT ": %s", BV_STR_ARG(log->path), strerror(err));
			log->path.n = 0;
		}
		pthread_mutex_unlock(&log->lock);
	}
	bv__buf_free(b);
}

void bv__run_log_begin(bv_run_log *log, uint32_t builds) {
	bv_buf b = BV_BUF_INIT;
	bv_json j = begin(&b, "run_started");
	bv__json_key(&j, "id");
	bv__json_str(&j, log->id);
	bv__json_key(&j, "version");
	bv__json_z(&j, bv_version());
	bv__json_key(&j, "project");
	bv__json_str(&j, log->s->project.name);
	bv__json_key(&j, "builds");
	bv__json_int(&j, builds);
	bv__json_key(&j, "full_refresh");
	bv__json_bool(&j, log->o->full_refresh);
	tell(log, &j, false, true);
}

void bv__run_log_started(bv_run_log *log, const bv_run_view *v) {
	bv_buf b = BV_BUF_INIT;
	bv_json j = begin(&b, "started");
	bv__json_key(&j, "name");
	bv__json_str(&j, v->plan->view->name);
	tell(log, &j, true, true);
}

void bv__run_log_progress(bv_run_log *log, const bv_run_view *v, uint64_t rows, uint64_t bytes) {
	if (!log->o->progress) {
		return;
	}
	bv_buf b = BV_BUF_INIT;
	bv_json j = begin(&b, "progress");
	bv__json_key(&j, "name");
	bv__json_str(&j, v->plan->view->name);
	bv__json_key(&j, "rows");
	bv__json_int(&j, (int64_t)rows);
	bv__json_key(&j, "bytes");
	bv__json_int(&j, (int64_t)bytes);
	tell(log, &j, true, false);
}

static void put_count(bv_json *j, const char *key, int64_t n) {
	bv__json_key(j, key);
	if (n >= 0) {
		bv__json_int(j, n);
	} else {
		bv__json_null(j);
	}
}

void bv__run_view_json(const bv_run_view *v, bv_json *j) {
	bv__json_key(j, "name");
	bv__json_str(j, v->plan->view->name);
	bv__json_key(j, "status");
	bv__json_z(j, bv__run_status_name(v->status));
	bv__json_key(j, "strategy");
	bv__json_z(j, v->strategy);
	put_count(j, "rows_in", v->rows_in);
	put_count(j, "rows_out", v->rows_out);
	put_count(j, "output_version", v->output_version);
	bv__json_key(j, "seconds");
	bv__json_double(j, v->seconds);
	bv__json_key(j, "certificate");
	if (v->certificate.n) {
		bv__json_raw(j, v->certificate);
	} else {
		bv__json_null(j);
	}
	bv_reason failed = {"upstream_blocked", v->blocked_by};
	bool below = v->blocked_by.n > 0;
	bv__reasons_json(below ? &failed : v->plan->reasons.v, below ? 1 : v->plan->reasons.n, j);
}

void bv__run_log_finished(bv_run_log *log, const bv_run_view *v) {
	bv_buf b = BV_BUF_INIT;
	bv_json j = begin(&b, "finished");
	bv__run_view_json(v, &j);
	if (v->said) {
		char *said = bv_diagnostics_json(v->said, NULL);
		bv__json_key(&j, "diagnostics");
		bv__json_raw(&j, bv__str(said ? said : "[]"));
		bv_text_free(said);
	}
	tell(log, &j, true, true);
}

void bv__run_log_end(bv_run_log *log, const char *status, double seconds) {
	bv_buf b = BV_BUF_INIT;
	bv_json j = begin(&b, "run_finished");
	bv__json_key(&j, "id");
	bv__json_str(&j, log->id);
	bv__json_key(&j, "status");
	bv__json_z(&j, status);
	bv__json_key(&j, "seconds");
	bv__json_double(&j, seconds);
	tell(log, &j, false, true);
}
