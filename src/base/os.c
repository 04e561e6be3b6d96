/* os: the only place with system calls: files, folders, locks, clocks, shared objects. In: paths. Out: bytes, or an errno. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* dladdr */
#endif
#include "base/base.h"

#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* ---- files ---- */

static bool read_all(bv_arena *a, int fd, size_t limit, bv_str *out, int *err) {
	struct stat st;
	if (fstat(fd, &st) != 0) {
		*err = errno;
		return false;
	}
	if (S_ISDIR(st.st_mode)) {
		*err = EISDIR;
		return false;
	}
	if (limit > UINT32_MAX - 1) limit = UINT32_MAX - 1;
	/* The size is a hint only: files below /proc and pipes say 0, and a file may grow meanwhile. */
	size_t cap = st.st_size > 0 && (uint64_t)st.st_size <= limit ? (size_t)st.st_size + 1 : 4096, n = 0;
	if (st.st_size > 0 && (uint64_t)st.st_size > limit) {
		*err = EFBIG;
		return false;
	}
	char *p = bv__arena_alloc(a, cap);
	for (;;) {
		if (!p) {
			*err = ENOMEM;
			return false;
		}
		ssize_t got = read(fd, p + n, cap - n);
		if (got < 0 && errno == EINTR) continue;
		if (got < 0) {
			*err = errno;
			return false;
		}
		if (got == 0) break;
		n += (size_t)got;
		if (n > limit) {
			*err = EFBIG;
			return false;
		}
		if (n == cap) {
			char *more = bv__arena_alloc(a, cap * 2);
			if (more) memcpy(more, p, n);
			p = more;
			cap *= 2;
		}
	}
	p[n] = 0; /* n < cap: a full buffer was doubled */
	*out = (bv_str){p, (uint32_t)n};
	return true;
}

bool bv__os_read_file(bv_arena *a, const char *path, size_t limit, bv_str *out, int *err) {
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0) {
		*err = errno;
		return false;
	}
	bool ok = read_all(a, fd, limit, out, err);
	close(fd);
	return ok;
}

static bool write_all(int fd, bv_str text) {
	for (size_t n = 0; n < text.n;) {
		ssize_t put = write(fd, text.p + n, text.n - n);
		if (put < 0 && errno == EINTR) continue;
		if (put < 0) return false;
		n += (size_t)put;
	}
	return true;
}

/* A rename is durable once its folder is. Some file systems cannot sync a folder; the file itself is safe there all the same. */
static void sync_folder(const char *path) {
	bv_arena *a = bv__arena_new();
	if (!a) return;
	const char *slash = strrchr(path, '/');
	bv_str dir = !slash ? BV_STR(".") : slash == path ? BV_STR("/") : bv__arena_str(a, bv__strn(path, (size_t)(slash - path)));
	int fd = dir.n ? open(dir.p, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
	if (fd >= 0) {
		fsync(fd);
		close(fd);
	}
	bv__arena_free(a);
}

bool bv__os_write_file(const char *path, bv_str text, int *err) {
	static atomic_uint counter;
	bv_buf name = BV_BUF_INIT;
	bv__buf_printf(&name, "%s.%ld.%u.tmp", path, (long)getpid(), atomic_fetch_add(&counter, 1));
	if (name.failed) {
		*err = ENOMEM;
		bv__buf_free(&name);
		return false;
	}
	/* An existing file keeps its mode. */
	struct stat st;
	bool had = stat(path, &st) == 0;
	int fd = open(name.p, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
	bool ok = fd >= 0 && write_all(fd, text) && (!had || fchmod(fd, st.st_mode & 07777) == 0) && fsync(fd) == 0;
	if (!ok) *err = errno;
	if (fd >= 0 && close(fd) != 0 && ok) {
		*err = errno;
		ok = false;
	}
	if (ok && rename(name.p, path) != 0) {
		*err = errno;
		ok = false;
	}
	if (ok) sync_folder(path);
	else if (fd >= 0) unlink(name.p);
	bv__buf_free(&name);
	return ok;
}

bool bv__os_append_file(const char *path, bv_str text, int *err) {
	int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
	bool ok = fd >= 0 && write_all(fd, text);
	if (!ok) *err = errno;
	if (fd >= 0) close(fd);
	return ok;
}

bool bv__os_mkdirs(const char *path, int *err) {
	bv_buf b = BV_BUF_INIT;
	bv__buf_z(&b, path);
	if (b.failed) {
		*err = ENOMEM;
		return false;
	}
	bool ok = b.n > 0;
	if (!ok) *err = ENOENT;
	for (size_t i = 1; ok && i <= b.n; i++) {
		if (b.p[i] != '/' && b.p[i] != 0) continue;
		char c = b.p[i];
		b.p[i] = 0;
		if (mkdir(b.p, 0777) != 0 && !bv__os_is_dir(b.p)) {
			*err = errno;
			ok = false;
		}
		b.p[i] = c;
	}
	bv__buf_free(&b);
	return ok;
}

bool bv__os_exists(const char *path) { return access(path, F_OK) == 0; }
bool bv__os_is_dir(const char *path) {
	struct stat st;
	return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}
bool bv__os_remove(const char *path) { return unlink(path) == 0; }

/* ---- folders ---- */

typedef BV_VEC(bv_str) str_vec;
typedef BV_VEC(bv_os_file) file_vec;

/* Size, times and number of a file; as long as they are the same, so is what it holds. Where it was changed so shortly ago that the clock of the file
 * system could show one more change under the same time, they tell nothing: empty. */
static bv_str stamp_of(bv_arena *a, const struct stat *st, int64_t now_us)
{
	const struct timespec t[] = {st->st_mtim, st->st_ctim};
	for (int i = 0; i < 2; i++) {
		int64_t us = (int64_t)t[i].tv_sec * 1000000 + t[i].tv_nsec / 1000;
		/* Clocks that tick in whole seconds, or in twos, show themselves by that. */
		if (us > now_us - (t[i].tv_nsec ? 20000 : 2000000)) return BV_STR("");
	}
	const uint64_t parts[] = {(uint64_t)st->st_size, (uint64_t)t[0].tv_sec, (uint64_t)t[0].tv_nsec, (uint64_t)t[1].tv_sec, (uint64_t)t[1].tv_nsec, (uint64_t)st->st_ino};
	char text[sizeof parts / sizeof *parts * 17], *p = text;
	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
		int shift = 60;
		while (shift && !(parts[i] >> shift)) shift -= 4;
		for (; shift >= 0; shift -= 4) *p++ = "0123456789abcdef"[parts[i] >> shift & 15];
		*p++ = ' ';
	}
	return bv__arena_str(a, (bv_str){text, (uint32_t)(p - text - 1)});
}

/* One folder: its files go to `files`, its folders to `todo`, both relative to the root. */
static bool list_one(bv_arena *a, bv_str root, bv_str rel, const char *suffix, int64_t now_us, file_vec *files, str_vec *todo, int *err) {
	bv_str full = rel.n ? bv__path_join(a, root, rel) : root;
	DIR *dir = opendir(full.p);
	if (!dir) {
		*err = errno;
		return false;
	}
	bool ok = true;
	for (struct dirent *e; ok && (errno = 0, e = readdir(dir)) != NULL;) {
		if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0) continue;
		struct stat st;
		if (fstatat(dirfd(dir), e->d_name, &st, AT_SYMLINK_NOFOLLOW) != 0) continue; /* gone meanwhile */
		bool link = S_ISLNK(st.st_mode);
		if (link && fstatat(dirfd(dir), e->d_name, &st, 0) != 0) continue;
		bool folder = S_ISDIR(st.st_mode);
		if (folder ? link : !S_ISREG(st.st_mode) || !bv__str_ends(bv__str(e->d_name), suffix)) continue;
		bv_str name = bv__path_join(a, rel, bv__str(e->d_name));
		ok = name.n && (folder ? BV_PUSH(a, todo, name) : BV_PUSH(a, files, ((bv_os_file){name, stamp_of(a, &st, now_us)})));
		if (!ok) *err = ENOMEM;
	}
	if (ok && errno) {
		*err = errno;
		ok = false;
	}
	closedir(dir);
	return ok;
}

static int by_path(const void *x, const void *y, void *ctx)
{
	(void)ctx;
	return bv__str_cmp(((const bv_os_file *)x)->path, ((const bv_os_file *)y)->path);
}

bool bv__os_list_files(bv_arena *a, const char *dir, const char *suffix, bv_os_file **out, uint32_t *n, int *err) {
	file_vec files = {0};
	str_vec todo = {0};
	int64_t now_us = bv__os_now_us();
	bv_str root = bv__arena_strz(a, dir), rel = BV_STR("");
	for (;;) {
		if (!list_one(a, root, rel, suffix, now_us, &files, &todo, err)) return false;
		if (todo.n == 0) break;
		rel = todo.v[--todo.n];
	}
	if (!bv__sort(files.v, files.n, sizeof *files.v, by_path, NULL)) {
		*err = ENOMEM;
		return false;
	}
	*out = files.v;
	*n = files.n;
	return true;
}

bool bv__os_list(bv_arena *a, const char *dir, const char *suffix, bv_str **out, uint32_t *n, int *err) {
	bv_os_file *files = NULL;
	if (!bv__os_list_files(a, dir, suffix, &files, n, err)) return false;
	bv_str *paths = BV_NEWN(a, bv_str, *n + 1);
	if (!paths) {
		*err = ENOMEM;
		return false;
	}
	for (uint32_t i = 0; i < *n; i++) paths[i] = files[i].path;
	*out = paths;
	return true;
}

bool bv__os_realpath(bv_arena *a, const char *path, bv_str *out, int *err) {
	char *p = realpath(path, NULL);
	if (!p) {
		*err = errno;
		return false;
	}
	*out = bv__arena_strz(a, p);
	free(p);
	if (!out->n) *err = ENOMEM;
	return out->n > 0;
}

bool bv__os_cwd(bv_arena *a, bv_str *out) {
	char *p = getcwd(NULL, 0);
	if (!p) return false;
	*out = bv__arena_strz(a, p);
	free(p);
	return out->n > 0;
}

bv_str bv__path_join(bv_arena *a, bv_str dir, bv_str name) {
	bool scheme = false;
	for (uint32_t i = 0; i + 2 < name.n && !scheme; i++) {
		if (memcmp(name.p + i, "://", 3) == 0) scheme = i > 0;
		else if (name.p[i] == '/') break;
	}
	if (dir.n == 0 || scheme || (name.n && name.p[0] == '/')) return bv__arena_str(a, name);
	bool slash = dir.p[dir.n - 1] != '/' && name.n;
	char *p = bv__arena_alloc(a, (size_t)dir.n + slash + name.n + 1);
	if (!p) return BV_STR("");
	memcpy(p, dir.p, dir.n);
	if (slash) p[dir.n] = '/';
	memcpy(p + dir.n + slash, name.p, name.n);
	return (bv_str){p, dir.n + slash + name.n};
}

/* ---- the process and its machine ---- */

const char *bv__os_env(const char *name) { return getenv(name); }

double bv__os_monotonic(void) {
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

void bv__os_sleep(double seconds) {
	struct timespec t = {(time_t)seconds, (long)((seconds - (double)(time_t)seconds) * 1e9)};
	(void)nanosleep(&t, NULL);
}

int64_t bv__os_now_us(void) {
	struct timespec t;
	clock_gettime(CLOCK_REALTIME, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

enum { LARGE_PAGE = 2 << 20 };

static size_t whole_pages(size_t n) { return (n + LARGE_PAGE - 1) & ~(size_t)(LARGE_PAGE - 1); }

void *bv__os_pages(size_t n) {
	n = whole_pages(n);
	/* One large page more than asked for, so that a part of it is aligned as they must be; the rest goes back. */
	char *p = mmap(NULL, n + LARGE_PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (p == MAP_FAILED) return NULL;
	size_t before = whole_pages((uintptr_t)p) - (uintptr_t)p;
	if (before) munmap(p, before);
	if (before < LARGE_PAGE) munmap(p + before + n, LARGE_PAGE - before);
#ifdef MADV_HUGEPAGE
	(void)madvise(p + before, n, MADV_HUGEPAGE); /* advice: where it is not taken, pages are small */
#endif
	return p + before;
}

void bv__os_pages_free(void *p, size_t n) { munmap(p, whole_pages(n)); }

unsigned bv__os_cpus(void) {
	long n = sysconf(_SC_NPROCESSORS_ONLN);
	return n > 0 ? (unsigned)n : 1;
}

int64_t bv__os_pid(void) { return getpid(); }

bool bv__os_library_dir(bv_arena *a, const void *symbol, bv_str *out) {
	Dl_info info;
	if (!dladdr(symbol, &info) || !info.dli_fname) return false;
	/* Resolved, so that a link to the program finds what lies beside the real file. */
	char *real = realpath(info.dli_fname, NULL);
	bv_str path = bv__str(real ? real : info.dli_fname);
	while (path.n > 0 && path.p[path.n - 1] != '/') path.n--;
	if (path.n > 1) path.n--;
	*out = bv__arena_str(a, path.n ? path : BV_STR("."));
	free(real);
	return out->n > 0;
}

void *bv__os_dlopen(const char *path, char *err, size_t errlen) {
	/* RTLD_NODELETE: an engine's threads may outlive its handle. */
	void *lib = dlopen(path, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
	const char *why = lib ? "" : dlerror();
	if (errlen) snprintf(err, errlen, "%s", why ? why : "unknown reason");
	return lib;
}

void *bv__os_dlsym(void *lib, const char *name) { return dlsym(lib, name); }

/* flock: it belongs to the open file, so it is gone when the process dies, and another open of this process does not drop it. */
int bv__os_lock(bv_arena *a, const char *path, bv_str holder, bv_str *busy_holder, int *err) {
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
	if (fd < 0) {
		*err = errno;
		return -2;
	}
	int rc;
	while ((rc = flock(fd, LOCK_EX | LOCK_NB)) != 0 && errno == EINTR) {
	}
	if (rc != 0) {
		int why = errno;
		bool busy = why == EWOULDBLOCK;
		int ignored;
		*busy_holder = BV_STR("");
		if (busy && !read_all(a, fd, 4096, busy_holder, &ignored)) *busy_holder = BV_STR("");
		close(fd);
		*err = why;
		return busy ? -1 : -2;
	}
	if (ftruncate(fd, 0) != 0 || !write_all(fd, holder)) {
		*err = errno;
		close(fd);
		return -2;
	}
	return fd;
}

void bv__os_unlock(int fd) {
	if (fd < 0) return;
	/* The name is taken out first: a reader never sees a holder that has let go. */
	if (ftruncate(fd, 0) == 0) flock(fd, LOCK_UN);
	close(fd);
}
