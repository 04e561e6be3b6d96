/* A YAML document as a small tree with exact places. In: the text of a file. Out: nodes in an arena. */
#ifndef BV_YAML_TREE_H
#define BV_YAML_TREE_H

#include "base/base.h"

typedef enum bv_yaml_kind { BV_YAML_NULL, BV_YAML_SCALAR, BV_YAML_LIST, BV_YAML_MAP } bv_yaml_kind;

typedef struct bv_yaml {
	bv_yaml_kind kind;
	bool plain;     /* a scalar without quotes: may be a number, true, false, null */
	bv_span span;   /* of a map or list: its first character */
	bv_str text;    /* scalar */
	struct bv_yaml **keys; /* map: scalars, distinct */
	struct bv_yaml **v;    /* map: values; list: items */
	uint32_t n;
} bv_yaml;

/* One document; an empty text is an empty map. NULL: diagnosed (broken YAML, a key twice, anchors and tags, more than one document). */
BV_NODISCARD bv_yaml *bv__yaml_read(bv_arena *a, bv_str text, uint32_t file, bv_diagnostics *d);

#endif
