/* governed: which fields a governed tree may hold. In: a node; out: a field of it that is not empty and may not be there. */
#include "lane/lane_internal.h"

#include <pthread.h>

static const char *const allowed[BV_KIND_COUNT] = {
#define BV_GOVERNED(kind, fields) [BV_##kind] = fields,
#include "lane/governed.def"
#undef BV_GOVERNED
};

enum { FIELDS_MAX = 32 };
static uint32_t masks[BV_KIND_COUNT];
static pthread_once_t once = PTHREAD_ONCE_INIT;

static bool listed(const char *list, const char *name)
{
	size_t n = strlen(name);
	for (const char *at = list; (at = strstr(at, name)); at += n)
		if ((at == list || at[-1] == ' ') && (at[n] == ' ' || at[n] == 0))
			return true;
	return false;
}

static void make_masks(void)
{
	for (unsigned k = 0; k < BV_KIND_COUNT; k++)
		for (unsigned i = 0; allowed[k] && i < bv__nodes[k].nfields && i < FIELDS_MAX; i++)
			if (listed(allowed[k], bv__nodes[k].fields[i].name))
				masks[k] |= 1u << i;
}

static bool empty(const bv_node *n, const bv_field_desc *f)
{
	const void *at = (const char *)n + f->offset;
	switch (f->type) {
	case BV_F_CHILD:
		return !*(bv_node *const *)at;
	case BV_F_LIST:
		return !((const bv_list *)at)->n;
	case BV_F_NAME:
	case BV_F_TEXT:
		return !((const bv_str *)at)->n;
	case BV_F_PATH:
		return !((const bv_path *)at)->n;
	case BV_F_NAMES:
		return !((const bv_names *)at)->n;
	case BV_F_FLAG:
		return !*(const bool *)at;
	default:
		return !*(const uint8_t *)at;
	}
}

const bv_field_desc *bv__governed_fault(const bv_node *n)
{
	pthread_once(&once, make_masks);
	const bv_node_desc *d = &bv__nodes[n->kind];
	for (unsigned i = 0; i < d->nfields; i++)
		if (!(i < FIELDS_MAX && (masks[n->kind] >> i) & 1) && !empty(n, &d->fields[i]))
			return &d->fields[i];
	return NULL;
}
