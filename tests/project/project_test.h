/* What the tests of projects share: a project in a folder of its own, and a diagnostic as one comparable line. */
#ifndef BV_PROJECT_TEST_H
#define BV_PROJECT_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <unistd.h>

#include "project/project.h"

#define assert_str(s, z) assert_str_(s, z, __FILE__, __LINE__)
static inline void assert_str_(bv_str s, const char *z, const char *file, int line) {
	if (!bv__str_is(s, z)) {
		print_error("\"%.*s\" != \"%s\"\n", (int)s.n, s.p, z);
		_fail(file, line);
	}
}

typedef struct place {
	bv_arena *arena;
	bv_str dir;
	bv_diagnostics *d;
	bv_session *s;
} place;

static inline place place_new(void) {
	place p = {.arena = bv__arena_new(), .d = bv_diagnostics_new()};
	char name[] = "/tmp/belvedere-test-XXXXXX";
	assert_non_null(p.arena);
	assert_non_null(p.d);
	assert_non_null(mkdtemp(name));
	p.dir = bv__arena_strz(p.arena, name);
	return p;
}

static inline void place_write(place *p, const char *name, const char *text) {
	int err = 0;
	bv_str path = bv__path_join(p->arena, p->dir, bv__str(name));
	uint32_t n = path.n;
	while (path.p[n - 1] != '/') {
		n--;
	}
	assert_true(bv__os_mkdirs(bv__arena_str(p->arena, (bv_str){path.p, n - 1}).p, &err));
	assert_true(bv__os_write_file(path.p, bv__str(text), &err));
}

static inline bv_status place_open(place *p) {
	bv_session_options o = BV_SESSION_OPTIONS_INIT;
	o.project = p->dir.p;
	o.engine = "none";
	bv_session_close(p->s);
	p->s = NULL;
	return bv_session_open(&o, &p->s, p->d);
}

static inline void place_free(place *p) {
	bv_session_close(p->s);
	bv_diagnostics_free(p->d);
	bv_str *files = NULL;
	uint32_t n = 0;
	int err = 0;
	if (bv__os_list(p->arena, p->dir.p, "", &files, &n, &err)) {
		for (uint32_t i = 0; i < n; i++) {
			bv__os_remove(bv__path_join(p->arena, p->dir, files[i]).p);
		}
	}
	/* Folders, deepest first: the files' names hold them. */
	for (int round = 0; round < 8; round++) {
		for (uint32_t i = 0; i < n; i++) {
			bv_str at = bv__path_join(p->arena, p->dir, files[i]);
			for (uint32_t k = at.n; k > p->dir.n; k--) {
				if (at.p[k - 1] == '/') {
					(void)!rmdir(bv__arena_str(p->arena, (bv_str){at.p, k - 1}).p);
				}
			}
		}
	}
	rmdir(p->dir.p);
	bv__arena_free(p->arena);
}

/* "BV3003 2:1-2:4 message | hint" of the i-th diagnostic; "-" where it has no place. */
static inline const char *said(place *p, uint32_t i) {
	assert_true(i < p->d->items.n);
	const bv_diagnostic *x = &p->d->items.v[i];
	bv_str where = BV_STR("-");
	if (x->span.file) {
		bv_str text = p->d->sources.v[x->span.file].text;
		uint32_t l0, c0, l1, c1;
		bv__source_position(text, x->span.start, &l0, &c0);
		bv__source_position(text, x->span.end, &l1, &c1);
		where = bv__arena_printf(p->arena, "%u:%u-%u:%u", l0, c0, l1, c1);
	}
	return bv__arena_printf(p->arena, "BV%04u " BV_STR_FMT " " BV_STR_FMT "%s" BV_STR_FMT, (unsigned)x->code, BV_STR_ARG(where), BV_STR_ARG(x->message), x->hint.n ? " | " : "",
		BV_STR_ARG(x->hint)).p;
}

static inline void show_all(place *p) {
	for (uint32_t i = 0; i < p->d->items.n; i++) {
		print_error("%s\n", said(p, i));
	}
}

#endif
