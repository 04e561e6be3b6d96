/* The loader: what each name means, and what each library that does not fit is refused with. In: the folder of the libraries that library.c makes. */
#include "../unit/test.h"

#include <unistd.h>

#include "engine/loader.h"

static const char *folder;
static char path[4096];
static bv_diagnostics *d;
static const bv_engine_api *const untouched = (const bv_engine_api *)&folder;
static const bv_engine_api *api;

static const char *library(const char *name) {
	snprintf(path, sizeof path, "%s/libloader_%s.so", folder, name);
	return path;
}

static bool load(const char *spec) {
	bv_diagnostics_clear(d);
	api = untouched;
	return bv__engine_load(spec, &api, d);
}

static void refused(const char *spec, bv_code code, const char *why) {
	assert_false(load(spec));
	assert_ptr_equal(api, untouched);
	assert_int_equal(d->items.n, 1);
	assert_int_equal(d->items.v[0].code, code);
	if (!strstr(d->items.v[0].message.p, why)) {
		print_error("\"%s\" does not say \"%s\"\n", d->items.v[0].message.p, why);
		fail();
	}
}

static int setup(void **state) {
	(void)state;
	d = bv_diagnostics_new();
	unsetenv("BELVEDERE_ENGINE");
	return d ? 0 : -1;
}

static int teardown(void **state) {
	(void)state;
	bv_diagnostics_free(d);
	unsetenv("BELVEDERE_ENGINE");
	return 0;
}

static void test_paths(void **state) {
	(void)state;
	assert_true(load(library("fits")));
	assert_string_equal(api->describe(), "{\"name\":\"test\",\"version\":\"1\"}");
	const bv_engine_api *first = api;
	assert_true(load(library("fits")));
	assert_ptr_equal(api, first); /* loaded once */
	refused("/no/such/library.so", BV_E_ENGINE_MISSING, "/no/such/library.so");
	refused("", BV_E_ENGINE_MISSING, "no engine library");
}

static void test_wrong_libraries(void **state) {
	(void)state;
	refused(library("other_abi"), BV_E_ENGINE_ABI, "version 1 of the engine seam");
	refused(library("no_table"), BV_E_ENGINE_ABI, "version 1 of the engine seam");
	refused(library("short"), BV_E_ENGINE_ABI, "older Belvedere");
	refused(library("holes"), BV_E_ENGINE_ABI, "empty");
	refused(library("no_symbol"), BV_E_ENGINE_ABI, "bv_engine_init");
	refused("/dev/null", BV_E_ENGINE_ABI, "cannot be loaded");
}

static void test_names(void **state) {
	(void)state;
	assert_true(load("none"));
	assert_null(api);
	/* No engine lies beside this program. */
	assert_true(load("auto"));
	assert_null(api);
	assert_true(load(NULL));
	assert_null(api);
	refused("datafusion", BV_E_ENGINE_MISSING, "libbelvedere_datafusion");
	assert_true(d->items.v[0].hint.n > 0);
}

static void test_environment(void **state) {
	(void)state;
	setenv("BELVEDERE_ENGINE", library("fits"), 1);
	static const char *const searching[] = {NULL, "auto", "datafusion"};
	for (size_t i = 0; i < BV_COUNT(searching); i++) {
		assert_true(load(searching[i]));
		assert_non_null(api);
	}
	assert_true(load("none")); /* what was asked for counts more */
	assert_null(api);
	refused(library("short"), BV_E_ENGINE_ABI, "older");
	setenv("BELVEDERE_ENGINE", "", 1);
	assert_true(load("auto"));
	assert_null(api);
	setenv("BELVEDERE_ENGINE", "none", 1);
	assert_true(load("auto"));
	assert_null(api);
	refused("datafusion", BV_E_ENGINE_MISSING, "turns it off");
	setenv("BELVEDERE_ENGINE", "/no/such/library.so", 1);
	refused("auto", BV_E_ENGINE_MISSING, "/no/such/library.so"); /* a wrong path is never taken for "no engine" */
}

int main(int argc, char **argv) {
	if (argc != 2) {
		return 2;
	}
	folder = argv[1];
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_paths, setup, teardown),
		cmocka_unit_test_setup_teardown(test_wrong_libraries, setup, teardown),
		cmocka_unit_test_setup_teardown(test_names, setup, teardown),
		cmocka_unit_test_setup_teardown(test_environment, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
