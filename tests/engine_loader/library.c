/* Libraries that are no engine of ours, each in its own way. */
#include "engine/engine.h"

#define FITS 0
#define OTHER_ABI 1
#define SHORT_TABLE 2
#define NO_TABLE 3
#define HOLES 4
#define NO_SYMBOL 5

#if VARIANT == NO_SYMBOL
BV_API int unrelated(void);
int unrelated(void) { return 1; }
#else
static const char *describe(void) { return "{\"name\":\"test\",\"version\":\"1\"}"; }

/* Never called: the loader looks only whether an entry is there. */
#define THERE(f) t.f = (void *)(size_t)1

BV_API const bv_engine_api *bv_engine_init(uint32_t abi);
const bv_engine_api *bv_engine_init(uint32_t abi) {
	static struct {
		bv_engine_api t;
		void *later[4]; /* a newer table is longer */
	} table;
	bv_engine_api t = {.size = sizeof table, .abi = VARIANT == OTHER_ABI ? abi + 1 : abi, .describe = describe};
	if (VARIANT == NO_TABLE) {
		return NULL;
	}
	if (VARIANT == SHORT_TABLE) {
		t.size = sizeof t - sizeof(void *);
	}
	THERE(open), THERE(close), THERE(functions), THERE(probe), THERE(delta_state), THERE(catalog_open), THERE(catalog_close), THERE(dataset), THERE(table), THERE(view), THERE(drop);
	THERE(plan), THERE(plan_free), THERE(plan_text), THERE(execute), THERE(write), THERE(alter), THERE(scan_files), THERE(remove), THERE(render), THERE(memory), THERE(text_free);
	if (VARIANT != HOLES) {
		THERE(error_free);
	}
	table.t = t;
	return &table.t;
}
#endif
