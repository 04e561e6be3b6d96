/* hash: XXH3 for memory, SHA-256 for what leaves it. In: bytes. Out: hashes that are the same on every machine. */
#include "base/base.h"

#include <openssl/evp.h>
#include <pthread.h>
#include <xxhash.h>

uint64_t bv__hash64(const void *p, size_t n) { return XXH3_64bits(p, n); }

bv_hash128 bv__hash128(const void *p, size_t n) {
	XXH128_hash_t h = XXH3_128bits(p, n);
	return (bv_hash128){h.low64, h.high64};
}

/* Fetched once: the implicit fetch of every call costs more than hashing a small payload. */
static EVP_MD *sha256;
static void fetch_sha256(void) { sha256 = EVP_MD_fetch(NULL, "SHA256", NULL); }

void bv__sha256_hex(const void *p, size_t n, char out[65]) {
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	pthread_once(&once, fetch_sha256);
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned size = 0;
	/* Out of memory inside OpenSSL: the empty text, which equals no hash. */
	if (!EVP_Digest(p, n, digest, &size, sha256 ? sha256 : EVP_sha256(), NULL) || size != 32) {
		out[0] = 0;
		return;
	}
	for (unsigned i = 0; i < 32; i++) {
		out[2 * i] = "0123456789abcdef"[digest[i] >> 4];
		out[2 * i + 1] = "0123456789abcdef"[digest[i] & 15];
	}
	out[64] = 0;
}
