/* test: what the tests of the rooms share: cmocka in its order of includes, and comparing texts. */
#ifndef BV_TEST_H
#define BV_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>

#include "ast/ast.h"

#define assert_str(s, z) assert_str_(s, z, __FILE__, __LINE__)
static inline void assert_str_(bv_str s, const char *z, const char *file, int line) {
	if (bv__str_is(s, z)) return;
	print_error("\"%.*s\" != \"%s\"\n", (int)s.n, s.p, z);
	_fail(file, line);
}

#endif
