/* normalise: predicates in conjunctive normal form. In: a canonical tree; out: WHERE, HAVING and ON as an AND of ORs. Precondition: the whole
 * predicate is total (total.c), so that neither the order nor the number of evaluations can matter; the laws used (De Morgan, distribution,
 * NOT of a comparison) hold in three-valued logic. What holds a subquery is not distributed, for that would write it twice. Past
 * policy.max_distance clauses the predicate stays, and that is reported. */
#include "lane/lane_internal.h"

static bv_node *make(bv_lane_state *st, bv_kind kind, bv_node **terms, uint32_t n, bv_span span)
{
	if (n == 1)
		return terms[0];
	bv_node *a = bv__node_new(st->arena, kind, span);
	if (!a)
		return terms[0];
	BV_AS(and, a)->terms = bv__list_of(st->arena, terms, n);
	a->type = bv__type(BV_T_BOOL);
	for (uint32_t i = 0; i < n; i++)
		a->nullable = a->nullable || terms[i]->nullable;
	return a;
}

/* Terms that nothing was changed in are in their order: canonicalise has seen to it, unless names have changed since. */
static bool ordered(const bv_lane_state *st) { return !st->subqueries || !st->renamed; }

/* Negation at the leaves only. NaN: DataFusion orders floats totally, so NOT (a < b) is a >= b for it too. */
static bv_node *nnf(bv_lane_state *st, bv_node *n, bool negate)
{
	switch (n->kind) {
	case BV_AND:
	case BV_OR: {
		bv_list *l = &BV_AS(and, n)->terms;
		bv_node **terms = BV_NEWN(st->arena, bv_node *, l->n);
		if (!terms)
			return n;
		bool same = !negate;
		for (uint32_t i = 0; i < l->n; i++) {
			terms[i] = nnf(st, l->v[i], negate);
			same = same && terms[i] == l->v[i];
		}
		if (same && ordered(st))
			return n;
		bv_node *out = make(st, negate == (n->kind == BV_AND) ? BV_OR : BV_AND, terms, l->n, n->span);
		bv__canonical_terms(st, &out);
		return out;
	}
	case BV_UNARY:
		if (BV_AS(unary, n)->op == BV_unary_op_not)
			return nnf(st, BV_AS(unary, n)->operand, !negate);
		return n;
	case BV_BINARY:
		if (negate)
			BV_AS(binary, n)->op = (uint8_t)bv__negated_op(BV_AS(binary, n)->op);
		return n;
	case BV_LIKE:
		if (negate)
			BV_AS(like, n)->negated = !BV_AS(like, n)->negated;
		return n;
	case BV_BETWEEN:
		if (negate)
			BV_AS(between, n)->negated = !BV_AS(between, n)->negated;
		return n;
	case BV_EXISTS:
		if (negate)
			BV_AS(exists, n)->negated = !BV_AS(exists, n)->negated;
		return n;
	case BV_IN_QUERY:
		if (negate)
			BV_AS(in_query, n)->negated = !BV_AS(in_query, n)->negated;
		return n;
	case BV_IS:
		if (negate)
			BV_AS(is, n)->negated = !BV_AS(is, n)->negated;
		return n;
	case BV_IN_LIST:
		if (negate)
			BV_AS(in_list, n)->negated = !BV_AS(in_list, n)->negated;
		return n;
	case BV_BOOLEAN:
		if (negate)
			BV_AS(boolean, n)->value = !BV_AS(boolean, n)->value;
		return n;
	default: /* a column, a call, a CASE */
		return !negate || n->kind == BV_NULL_LITERAL ? n : bv__not(st, n);
	}
}

/* Clauses that the CNF would have, capped. */
static uint64_t clauses(const bv_node *n, uint64_t cap)
{
	if (n->kind == BV_AND) {
		uint64_t sum = 0;
		for (uint32_t i = 0; i < BV_AS(and, n)->terms.n && sum <= cap; i++)
			sum += clauses(BV_AS(and, n)->terms.v[i], cap);
		return sum;
	}
	if (n->kind == BV_OR) {
		uint64_t product = 1;
		for (uint32_t i = 0; i < BV_AS(or, n)->terms.n && product <= cap; i++)
			product *= clauses(BV_AS(or, n)->terms.v[i], cap);
		return product;
	}
	return 1;
}

static bool is_cnf(const bv_node *n)
{
	if (n->kind == BV_OR) {
		for (uint32_t i = 0; i < BV_AS(or, n)->terms.n; i++)
			if (BV_AS(or, n)->terms.v[i]->kind == BV_AND)
				return false;
	} else if (n->kind == BV_AND) {
		for (uint32_t i = 0; i < BV_AS(and, n)->terms.n; i++)
			if (!is_cnf(BV_AS(and, n)->terms.v[i]))
				return false;
	}
	return true;
}

static bv_node *cnf(bv_lane_state *st, bv_node *n)
{
	if (n->kind == BV_AND) {
		bv_list *l = &BV_AS(and, n)->terms;
		bool same = ordered(st);
		for (uint32_t i = 0; i < l->n; i++) {
			bv_node *t = cnf(st, l->v[i]);
			same = same && t == l->v[i];
			l->v[i] = t;
		}
		if (!same)
			bv__canonical_terms(st, &n);
		return n;
	}
	if (n->kind != BV_OR || is_cnf(n))
		return n;
	/* The product of the terms' clauses. */
	bv_node_vec product = {0};
	bv_list *l = &BV_AS(or, n)->terms;
	for (uint32_t i = 0; i < l->n; i++) {
		bv_node *t = cnf(st, l->v[i]);
		bv_list one = {&t, 1};
		bv_list *parts = t->kind == BV_AND ? &BV_AS(and, t)->terms : &one;
		if (i == 0) {
			for (uint32_t k = 0; k < parts->n; k++)
				(void)BV_PUSH(st->arena, &product, parts->v[k]);
			continue;
		}
		bv_node_vec next = {0};
		for (uint32_t p = 0; p < product.n; p++)
			for (uint32_t k = 0; k < parts->n; k++) {
				bv_node *pair[2] = {bv__tree_share(st->arena, product.v[p]), bv__tree_share(st->arena, parts->v[k])};
				bv_node *o = make(st, BV_OR, pair, 2, n->span);
				bv__canonical_terms(st, &o);
				(void)BV_PUSH(st->arena, &next, o);
			}
		product = next;
	}
	bv_node *out = make(st, BV_AND, product.v, product.n, n->span);
	if (out->kind == BV_AND)
		bv__canonical_terms(st, &out);
	return out;
}

/* An AND of ORs of what is neither, without NOT. */
static bool is_normal(const bv_node *n)
{
	bv_list one = {(bv_node *[]){(bv_node *)(uintptr_t)n}, 1}, *terms = n->kind == BV_AND ? &BV_AS(and, n)->terms : &one;
	for (uint32_t i = 0; i < terms->n; i++) {
		bv_list single = {&terms->v[i], 1}, *parts = terms->v[i]->kind == BV_OR ? &BV_AS(or, terms->v[i])->terms : &single;
		for (uint32_t k = 0; k < parts->n; k++)
			if (parts->v[k]->kind == BV_AND || parts->v[k]->kind == BV_OR || parts->v[k]->kind == BV_UNARY)
				return false;
	}
	return true;
}

/* Nothing is to be done, or nothing may be. */
static bool settled(bv_lane_state *st, const bv_node *n) { return (ordered(st) && is_normal(n)) || !bv__is_pure_predicate(st, n); }

static bv_node *predicate(bv_lane_state *st, bv_node *n)
{
	n = nnf(st, n, false);
	if (n->kind == BV_AND && bv__has_subquery(st, n)) {
		/* A subquery is not written twice; the terms without one have a normal form of their own. */
		bv_list *l = &BV_AS(and, n)->terms;
		for (uint32_t i = 0; i < l->n; i++)
			if (!bv__has_subquery(st, l->v[i]) && !settled(st, l->v[i]))
				l->v[i] = predicate(st, l->v[i]);
		bv__canonical_terms(st, &n);
		return n;
	}
	if (is_cnf(n) || bv__has_subquery(st, n))
		return n;
	uint32_t limit = st->cx->policy.max_distance;
	if (clauses(n, limit) > limit) {
		bv__warn(st->d, BV_E_CNF_LIMIT, n->span, "the predicate stays as it is: its normal form has more than %u clauses", limit);
		return n;
	}
	return cnf(st, n);
}

typedef struct normal_ctx {
	bv_lane_state *st;
	bool changed; /* perhaps */
} normal_ctx;

/* With its line in the trace. */
static bv_node *traced(normal_ctx *cx, bv_node *n)
{
	bv_lane_state *st = cx->st;
	if (settled(st, n))
		return n;
	cx->changed = true;
	const bv_node *was = st->cx->rule ? bv__tree_share(st->arena, n) : NULL;
	bv_span span = n->span;
	n = predicate(st, n);
	if (was && !bv__tree_equal(was, n))
		bv__rule(st, BV_RULE_NORMAL_FORM, span, n);
	return n;
}

static bv_walk visit(bv_node *n, bv_node *parent, void *ctx)
{
	(void)parent;
	normal_ctx *cx = ctx;
	if (n->kind == BV_SELECT) {
		bv_ast_select *s = BV_AS(select, n);
		if (s->where)
			s->where = traced(cx, s->where);
		if (s->having)
			s->having = traced(cx, s->having);
	} else if (n->kind == BV_JOIN && BV_AS(join, n)->on) {
		BV_AS(join, n)->on = traced(cx, BV_AS(join, n)->on);
	}
	return bv__relations_below(cx->st, n) ? BV_WALK_CONTINUE : BV_WALK_PRUNE;
}

bool bv__lane_normalise(bv_lane_state *st)
{
	normal_ctx cx = {.st = st};
	bv__walk(st->tree, visit, &cx);
	if (cx.changed)
		bv__lane_rename_moved(st);
	return !bv__arena_failed(st->arena);
}
