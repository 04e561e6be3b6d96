/* sanitise: refuses what may not enter the lane. In: a tree as read; out: the same tree, or diagnostics. Templates were found on the text
 * before it was parsed (ingress); what is left here are parameters. */
#include "lane/lane_internal.h"

static bv_walk visit(bv_node *n, bv_node *parent, void *ctx)
{
	(void)parent;
	bv_lane_state *st = ctx;
	if (n->kind == BV_PARAMETER) {
		bv_diagnostic *e = bv__diag(st->d, BV_E_PLACEHOLDER, n->span, "parameter `" BV_STR_FMT "` has no value", BV_STR_ARG(BV_AS(parameter, n)->name));
		bv__diag_hint(st->d, e, "a view has no parameters: write the value");
	} else if (n->kind == BV_CREATE_VIEW) {
		bv__diag(st->d, BV_E_INTERNAL, n->span, "a statement entered the lane where a query is needed");
	}
	return BV_WALK_CONTINUE;
}

bool bv__lane_sanitise(bv_lane_state *st)
{
	uint32_t before = st->d->errors;
	bv__walk(st->tree, visit, st);
	return st->d->errors == before;
}
