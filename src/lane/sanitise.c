/* sanitise: refuses what may not enter the lane. In: a tree as read; out: the same tree, or diagnostics. Templates were found on the text
 * before it was parsed (ingress); what is left here are parameters, and what
 * only other engines can do. */
#include "lane/lane_internal.h"

/* Kinds that only other engines have: read, kept in the tree as what they mean, and not run. */
static bool is_foreign(unsigned kind)
{
	switch ((bv_kind)kind) {
	case BV_TRAVEL: case BV_ROWS_FROM: case BV_STAGE: case BV_SAMPLE: case BV_MATCH_RECOGNIZE: case BV_JSON_PATH: case BV_OPERATOR: case BV_COLLATE:
	case BV_LIKE_LIST: case BV_PAIR: case BV_ALIASES: case BV_INLINE_FUNCTION:
		return true;
	default:
		return false;
	}
}

/* What a node of a kind that the lane knows says and only other engines can do; NULL: nothing. */
static const char *foreign_part(const bv_node *n)
{
	switch (n->kind) {
	case BV_QUERY: {
		const bv_ast_query *q = BV_AS(query, n);
		return q->with_ties				 ? "FETCH FIRST … WITH TIES"
			   : q->limit_percent		 ? "a limit that is a share of the rows"
			   : q->distribute_by.n		 ? "DISTRIBUTE BY"
			   : q->sort_by.n			 ? "SORT BY"
			   : q->functions.n			 ? "WITH FUNCTION"
			   : q->all_descending || q->all_nulls ? "a direction of ORDER BY ALL"
										 : NULL;
	}
	case BV_CTE: return BV_AS(cte, n)->key.n ? "WITH RECURSIVE … USING KEY" : NULL;
	case BV_SELECT: return BV_AS(select, n)->result ? "SELECT AS STRUCT or AS VALUE" : NULL;
	case BV_SET_OPERATION: return BV_AS(set_operation, n)->side || BV_AS(set_operation, n)->by_columns.n ? "BY NAME over some of the columns" : NULL;
	case BV_STAR: return BV_AS(star, n)->operand ? "the star of a value, (x).*," : NULL;
	case BV_ORDER_ITEM: return BV_AS(order_item, n)->using.n ? "ORDER BY … USING" : NULL;
	case BV_TABLE: return BV_AS(table, n)->travel ? "time travel on a table" : BV_AS(table, n)->only ? "ONLY" : NULL;
	case BV_TABLE_FUNCTION: return BV_AS(table_function, n)->types.n ? "a column list with types behind a table function" : NULL;
	case BV_JOIN: return BV_AS(join, n)->type == BV_join_type_positional ? "POSITIONAL JOIN" : BV_AS(join, n)->type == BV_join_type_asof_left ? "ASOF JOIN" : NULL;
	case BV_INTERVAL: {
		const bv_ast_interval *i = BV_AS(interval, n);
		return i->last ? "an interval over two units (YEAR TO MONTH)" : i->precision.n ? "the precision of an interval's unit" : i->unit > BV_interval_unit_nanosecond ? "an interval in decades, centuries or millennia" : NULL;
	}
	case BV_BETWEEN: return BV_AS(between, n)->symmetric ? "BETWEEN SYMMETRIC" : NULL;
	case BV_IS: return BV_AS(is, n)->test > BV_is_test_unknown ? "IS JSON or IS DOCUMENT" : NULL;
	case BV_CAST: return BV_AS(cast, n)->format || BV_AS(cast, n)->zone ? "CAST … FORMAT" : BV_AS(cast, n)->fallback ? "CAST … DEFAULT" : NULL;
	case BV_CALL: {
		const bv_ast_call *c = BV_AS(call, n);
		return c->method ? "model!method(…)" : c->variadic ? "VARIADIC" : c->limit ? "LIMIT inside a call" : c->clauses.n ? "a clause inside a call that only other engines know" : NULL;
	}
	case BV_STRUCT:
		for (uint32_t i = 0; i < BV_AS(struct, n)->fields.n; i++)
			if (BV_AS(struct, n)->fields.v[i]->kind == BV_STAR)
				return "a star inside a struct";
		return NULL;
	default: return NULL;
	}
}

static void foreign_type(bv_lane_state *st, const bv_ast_type *t)
{
	static const char *const common[] = {"bigint", "integer", "varchar", "double", "decimal", "boolean", "timestamp", "date", "smallint", "tinyint", "float", "interval", "struct", "array"};
	bv_str candidates[BV_COUNT(common)], name = t->foreign.v[t->foreign.n - 1];
	bv_diagnostic *e = bv__diag(st->d, BV_E_NOT_SUPPORTED, t->head.span, "the engine has no type `" BV_STR_FMT "`", BV_STR_ARG(bv__dotted(st->arena, &t->foreign)));
	for (unsigned i = 0; i < BV_COUNT(common); i++)
		candidates[i] = bv__str(common[i]);
	bv_str near = bv__did_you_mean(name, candidates, BV_COUNT(common));
	if (near.n)
		bv__diag_hint(st->d, e, "did you mean " BV_STR_FMT "?", BV_STR_ARG(bv__arena_upper(st->arena, near)));
}

static bv_walk visit(bv_node *n, bv_node *parent, void *ctx)
{
	(void)parent;
	bv_lane_state *st = ctx;
	if (is_foreign(n->kind)) {
		bv__diag(st->d, BV_E_NOT_SUPPORTED, n->span, "%s is read, but cannot be run yet", bv__nodes[n->kind].doc);
		return BV_WALK_PRUNE;
	}
	if (n->kind == BV_TYPE && BV_AS(type, n)->foreign.n) {
		foreign_type(st, BV_AS(type, n));
		return BV_WALK_PRUNE;
	}
	const char *part = foreign_part(n);
	if (part) {
		bv__diag(st->d, BV_E_NOT_SUPPORTED, n->span, "%s is read, but cannot be run yet", part);
		return BV_WALK_PRUNE;
	}
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
