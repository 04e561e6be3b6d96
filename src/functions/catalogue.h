/* catalogue: what functions.c and probes.c share: the loaded snapshot and its memo. For this room only. */
#ifndef BV_FUNCTIONS_CATALOGUE_H
#define BV_FUNCTIONS_CATALOGUE_H

#include <pthread.h>

#include "functions/functions.h"

/* One probed call. What its line answers, and `type`, are read when they are first asked for. */
typedef struct bv_probe_memo {
	bv_str line; /* canonical JSON, as it is kept; empty: only for this process */
	uint32_t answer; /* where the line's answer begins, while it is not read */
	bv_str type_text;
	const bv_type *type;
	bv_str error;
	bool nullable;
	bool unreadable; /* the text names no type */
	bool passing;    /* not to be kept: its type has no exact text, or the error says nothing about the function */
} bv_probe_memo;

struct bv_functions_t {
	bv_arena *arena; /* written under `lock` only */
	bv_str text;     /* the snapshot */
	_Atomic bool read; /* the fields up to `hash` are made from it; until then only its hash is known */
	BV_VEC(bv_function) all; /* sorted by kind, name */
	bv_map by_name[BV_FN_KIND_COUNT]; /* lower-case name or alias -> bv_function * */
	BV_VEC(bv_str) names;             /* of all kinds, aliases too, sorted, each once */
	char hash[65];
	bool probes_read;     /* the kept probes are in `memo` */
	BV_VEC(bv_str) given; /* lines that are not in `memo` yet */
	const bv_engine_api *api; /* NULL: from the kept copy */
	bv_engine *engine;
	pthread_mutex_t lock;
	bv_map memo;           /* key -> bv_probe_memo * */
	BV_VEC(bv_str) fresh;  /* lines of probes made since load */
};

/* Embedded by tools/embed.py. */
extern const char bv__functions_snapshot[];
extern const unsigned bv__functions_snapshot_size;
extern const char bv__functions_probes[];
extern const unsigned bv__functions_probes_size;

/* The wire name of a kind, as in the snapshot and the engine's `probe`. */
extern const char *const bv__function_kinds[BV_FN_KIND_COUNT];

#endif
