/* The operating system: files that are whole or absent, folders in one order, locks that die with their process. */
#include "test.h"

#include <errno.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static char dir[64];
static bv_arena *a;

static const char *at(const char *name) { return bv__arena_printf(a, "%s/%s", dir, name).p; }

static int setup(void **state) {
	(void)state;
	memcpy(dir, "/tmp/belvedere-os-XXXXXX", 25);
	a = bv__arena_new();
	return a && mkdtemp(dir) ? 0 : -1;
}

static int teardown(void **state) {
	(void)state;
	int err = 0;
	bv_str *files;
	uint32_t n;
	if (bv__os_list(a, dir, "", &files, &n, &err))
		for (uint32_t i = 0; i < n; i++) unlink(at(files[i].p));
	static const char *const folders[] = {"v/b/c", "v/b", "v", "x/y/z", "x/y", "x"};
	unlink(at("v/loop"));
	unlink(at("v/dangling.sql"));
	for (size_t i = 0; i < BV_COUNT(folders); i++) rmdir(at(folders[i]));
	int left = rmdir(dir); /* nothing else was left behind, no temporary file either */
	bv__arena_free(a);
	return left;
}

static void files(void **state) {
	(void)state;
	int err = 0;
	bv_str s;
	assert_false(bv__os_read_file(a, at("none"), 100, &s, &err));
	assert_int_equal(err, ENOENT);
	assert_true(bv__os_write_file(at("f"), BV_STR("hello"), &err));
	assert_true(bv__os_write_file(at("f"), BV_STR("hello again"), &err));
	assert_true(bv__os_append_file(at("f"), BV_STR("!"), &err));
	assert_true(bv__os_read_file(a, at("f"), 12, &s, &err));
	assert_str(s, "hello again!");
	assert_int_equal(s.p[s.n], 0);
	assert_false(bv__os_read_file(a, at("f"), 11, &s, &err));
	assert_int_equal(err, EFBIG);
	assert_false(bv__os_read_file(a, dir, 100, &s, &err));
	assert_int_equal(err, EISDIR);
	assert_false(bv__os_write_file(at("no/such"), BV_STR("x"), &err));
	assert_int_equal(err, ENOENT);
	assert_true(bv__os_write_file(at("empty"), BV_STR(""), &err));
	assert_true(bv__os_read_file(a, at("empty"), 0, &s, &err));
	assert_int_equal(s.n, 0);
	assert_true(bv__os_read_file(a, "/proc/self/stat", 1 << 20, &s, &err)); /* says 0 bytes, has more */
	assert_true(s.n > 0);
	chmod(at("f"), 0600);
	assert_true(bv__os_write_file(at("f"), BV_STR("x"), &err));
	struct stat st;
	assert_int_equal(stat(at("f"), &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_true(bv__os_exists(at("f")));
	assert_true(bv__os_remove(at("f")));
	assert_false(bv__os_exists(at("f")));
	assert_false(bv__os_remove(at("f")));
}

static void folders(void **state) {
	(void)state;
	int err = 0;
	assert_true(bv__os_mkdirs(at("x/y/z"), &err));
	assert_true(bv__os_mkdirs(at("x/y/z/"), &err));
	assert_true(bv__os_is_dir(at("x/y/z")));
	assert_true(bv__os_write_file(at("x/file"), BV_STR(""), &err));
	assert_false(bv__os_mkdirs(at("x/file/below"), &err));
	assert_true(err == ENOTDIR || err == EEXIST);
	assert_false(bv__os_mkdirs("", &err));
}

static void listing(void **state) {
	(void)state;
	int err = 0;
	assert_true(bv__os_mkdirs(at("v/b/c"), &err));
	static const char *const names[] = {"v/z.sql", "v/b/c/q.sql", "v/a.sql", "v/b/a.sql", "v/skip.txt", "v/b.sql", "v/B.sql"};
	for (size_t i = 0; i < BV_COUNT(names); i++) assert_true(bv__os_write_file(at(names[i]), BV_STR("x"), &err));
	assert_int_equal(symlink(".", at("v/loop")), 0); /* never followed */
	assert_int_equal(symlink("nowhere", at("v/dangling.sql")), 0);
	bv_str *list;
	uint32_t n;
	assert_true(bv__os_list(a, at("v"), ".sql", &list, &n, &err));
	static const char *const want[] = {"B.sql", "a.sql", "b.sql", "b/a.sql", "b/c/q.sql", "z.sql"};
	assert_int_equal(n, BV_COUNT(want));
	for (uint32_t i = 0; i < n; i++) assert_str(list[i], want[i]);
	assert_false(bv__os_list(a, at("absent"), ".sql", &list, &n, &err));
	assert_int_equal(err, ENOENT);
}

static void paths(void **state) {
	(void)state;
	assert_str(bv__path_join(a, BV_STR("a"), BV_STR("b")), "a/b");
	assert_str(bv__path_join(a, BV_STR("a/"), BV_STR("b")), "a/b");
	assert_str(bv__path_join(a, BV_STR("a"), BV_STR("/b")), "/b");
	assert_str(bv__path_join(a, BV_STR("a"), BV_STR("s3://b/c")), "s3://b/c");
	assert_str(bv__path_join(a, BV_STR("a"), BV_STR("x/y://z")), "a/x/y://z");
	assert_str(bv__path_join(a, BV_STR("s3://b"), BV_STR("c")), "s3://b/c");
	assert_str(bv__path_join(a, BV_STR(""), BV_STR("c")), "c");
	assert_str(bv__path_join(a, BV_STR("a"), BV_STR("")), "a");
	bv_str cwd, real;
	int err = 0;
	assert_true(bv__os_cwd(a, &cwd));
	assert_true(bv__os_realpath(a, ".", &real, &err));
	assert_true(bv__str_eq(cwd, real));
	assert_false(bv__os_realpath(a, at("absent"), &real, &err));
	assert_int_equal(err, ENOENT);
	assert_true(bv__os_library_dir(a, (const void *)(uintptr_t)&bv_version, &real));
	assert_true(real.p[0] == '/' && real.p[real.n - 1] != '/');
	char why[200];
	assert_null(bv__os_dlopen(at("absent.so"), why, sizeof why));
	assert_non_null(strstr(why, "absent.so"));
}

static void locks(void **state) {
	(void)state;
	int err = 0;
	bv_str holder;
	int fd = bv__os_lock(a, at("lock"), BV_STR("first, pid 1"), &holder, &err);
	assert_true(fd >= 0);
	assert_int_equal(bv__os_lock(a, at("lock"), BV_STR("second"), &holder, &err), -1);
	assert_str(holder, "first, pid 1");
	bv__os_unlock(fd);
	assert_int_equal(bv__os_lock(a, at("none/lock"), BV_STR("x"), &holder, &err), -2);
	assert_int_equal(err, ENOENT);
	/* A process that is killed lets go. */
	int ready[2];
	assert_int_equal(pipe(ready), 0);
	pid_t child = fork();
	if (child == 0) {
		if (bv__os_lock(a, at("lock"), BV_STR("child"), &holder, &err) < 0) _exit(1);
		if (write(ready[1], "x", 1) != 1) _exit(1);
		pause();
	}
	close(ready[1]);
	char c;
	assert_int_equal(read(ready[0], &c, 1), 1);
	close(ready[0]);
	assert_int_equal(bv__os_lock(a, at("lock"), BV_STR("me"), &holder, &err), -1);
	assert_str(holder, "child");
	kill(child, SIGKILL);
	assert_int_equal(waitpid(child, NULL, 0), child);
	fd = bv__os_lock(a, at("lock"), BV_STR("me"), &holder, &err);
	assert_true(fd >= 0);
	bv__os_unlock(fd);
}

static void clocks(void **state) {
	(void)state;
	double t = bv__os_monotonic();
	assert_true(bv__os_monotonic() >= t);
	bv__os_sleep(0.002);
	assert_true(bv__os_monotonic() >= t + 0.002);
	assert_true(bv__os_now_us() > 1600000000000000);
	assert_true(bv__os_cpus() >= 1);
	assert_int_equal(bv__os_pid(), getpid());
	assert_null(bv__os_env("BELVEDERE_IS_NOT_SET"));
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(files), cmocka_unit_test(folders), cmocka_unit_test(listing), cmocka_unit_test(paths), cmocka_unit_test(locks), cmocka_unit_test(clocks),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
