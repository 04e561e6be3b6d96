/* driver: a fuzz target as a plain program. In: files and folders. Out: the target has seen each of them, in order of name, and each of
 * them cut short and with a byte changed at 64 places. */
#include "base/base.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void one(const char *p, size_t n) {
	/* No byte to spare behind it: the sanitizer build sees a read past the end. */
	uint8_t *copy = malloc(n ? n : 1);
	if (!copy) abort();
	memcpy(copy, p, n);
	LLVMFuzzerTestOneInput(copy, n);
	for (size_t i = 0; i < 64 && n > 0; i++) {
		size_t at = n * i / 64;
		uint8_t *cut = malloc(at ? at : 1);
		if (!cut) abort();
		memcpy(cut, copy, at);
		LLVMFuzzerTestOneInput(cut, at);
		free(cut);
		uint8_t old = copy[at];
		copy[at] = (uint8_t)(i * 37 + 1);
		LLVMFuzzerTestOneInput(copy, n);
		copy[at] = old;
	}
	free(copy);
}

int main(int argc, char **argv) {
	bv_arena *a = bv__arena_new();
	unsigned count = 0;
	for (int i = 1; a && i < argc; i++) {
		bv_str *names, text;
		uint32_t n;
		int err = 0;
		if (!bv__os_list(a, argv[i], "", &names, &n, &err)) {
			fprintf(stderr, "%s: %s\n", argv[i], strerror(err));
			return 1;
		}
		for (uint32_t k = 0; k < n; k++, count++) {
			bv_str path = bv__path_join(a, bv__str(argv[i]), names[k]);
			if (!bv__os_read_file(a, path.p, 1u << 24, &text, &err)) {
				fprintf(stderr, "%s: %s\n", path.p, strerror(err));
				return 1;
			}
			one(text.p, text.n);
		}
	}
	bv__arena_free(a);
	printf("%u inputs\n", count);
	return count ? 0 : 1; /* an empty corpus proves nothing */
}
