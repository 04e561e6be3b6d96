/* governed: which fields a governed tree may hold. In: a node; out: a field of it that is not empty and may not be there. */
#include "lane/lane_internal.h"

#include <pthread.h>

static const char *const allowed[BV_KIND_COUNT] = {
#define BV_GOVERNED(kind, fields) [BV_##kind] = fields,
#include "lane/governed.def"
#undef BV_GOVERNED
};

enum { FIELDS_MAX = 32 };
static const bv_field_desc *barred[BV_KIND_COUNT][FIELDS_MAX + 1]; /* NULL behind the last */
static pthread_once_t once = PTHREAD_ONCE_INIT;

static bool listed(const char *list, const char *name)
{
	size_t n = strlen(name);
	for (const char *at = list; (at = strstr(at, name)); at += n)
		if ((at == list || at[-1] == ' ') && (at[n] == ' ' || at[n] == 0))
			return true;
	return false;
}

static void make_barred(void)
{
	for (unsigned k = 0; k < BV_KIND_COUNT; k++)
		for (unsigned i = 0, n = 0; i < bv__nodes[k].nfields && n < FIELDS_MAX; i++)
			if (!allowed[k] || !listed(allowed[k], bv__nodes[k].fields[i].name))
				barred[k][n++] = &bv__nodes[k].fields[i];
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
	pthread_once(&once, make_barred);
	const bv_field_desc *const *f = barred[n->kind];
	while (*f && empty(n, *f))
		f++;
	return *f;
}
