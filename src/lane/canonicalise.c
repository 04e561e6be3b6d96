/* canonicalise: one tree for one meaning. In: a typed tree; out: the same query in one spelling:
 *
 *   functions       canonical name, with the hash of the snapshot entry; calls that syntax has a node for become that node
 *   redundant casts CAST(x AS its own type) -> x. Precondition: the types are equal to the last child. A key of GROUP BY stays no bare number.
 *                   In comparisons, also casts of texts to other types of text, and of integer literals to types that hold them.
 *   BETWEEN         -> low <= x AND x <= high (negated: OR). Precondition: all three are total (total.c), for x is read twice and AND
 *                   short-circuits, and the two comparisons cast x as BETWEEN does.
 *   IN (x)          -> =, NOT IN (x) -> <>. IN lists sorted, duplicates dropped. Precondition: total.
 *   = ANY (query)   -> IN, <> ALL (query) -> NOT IN. No preconditions.
 *   NOT             goes into comparisons, IS, IN, LIKE, BETWEEN, EXISTS, ANY and ALL of queries, AND, OR; NOT NOT x -> x. No preconditions: the same
 *                   operands are evaluated in the same order, and the laws hold for NULL, and for NaN, which DataFusion orders.
 *   IS NULL         x IS [NOT] DISTINCT FROM NULL, x IS [NOT] UNKNOWN -> x IS [NOT] NULL. No preconditions.
 *   truth           p = TRUE, p <> FALSE -> p; p = FALSE, p <> TRUE -> NOT p. No preconditions.
 *   moments         a text in a comparison with a date or timestamp -> a cast of it to that type, and so a timestamp written out of other digits. Precondition: the
 *                   text is a day or a whole second, which is one value in all of them.
 *   operands        of comparisons, + and * of numbers: columns first (of + and *: sums and products), literals last, else by their bytes; a
 *                   comparison is turned round. Both operands are always evaluated, so the only precondition is that neither is volatile. Of date + interval
 *                   the date comes first.
 *   AND, OR         flat; TRUE of AND and FALSE of OR dropped; terms in order of their bytes, equal ones once. Precondition: all are total. A term that is not stays
 *                   where it is, and those before and behind it are ordered apart.
 *   CASE            CASE x WHEN v -> stays; ELSE NULL -> no ELSE.
 *   x * 0           of decimals -> 0, with the type of the 0. Precondition: x is not NULL, and no aggregate, window or subquery; the engine does the same, whatever x is.
 *   constants       a comparison of two integers or two texts -> TRUE or FALSE; WHERE TRUE -> none
 *   fields          v['k'] of a struct -> v.k
 *   sum(decimal)    gets FILTER (WHERE TRUE) beside an aggregate over DISTINCT
 *   EXISTS          SELECT list -> 1. Precondition: no aggregates, which make a row of an empty table, and no unnest, which drops rows.
 *   ORDER BY        an expression that is an output -> that output
 *   ON TRUE         of an inner join -> CROSS JOIN
 *   CROSS JOIN      x CROSS JOIN (y CROSS JOIN z) -> (x CROSS JOIN y) CROSS JOIN z
 *   QUALIFY         what its filter alone reads of its derived table: each once, in the order of its bytes
 *   names           relations t1, t2, … and CTEs w1, w2, … in pre-order; of inner outputs: letters.c. */
#include "lane/lane_internal.h"

typedef struct canon_ctx {
	bv_lane_state *st;
} canon_ctx;

/* ---- order ---- */

typedef struct local_ctx {
	bv_lane_state *st;
	bv_map names;
	uint32_t n;
} local_ctx;

static bv_walk number_local(bv_node *n, bv_node *parent, void *ctx)
{
	(void)parent;
	local_ctx *l = ctx;
	bv_str *alias = bv__relation_alias(n), *name = alias ? BV_NEW(l->st->arena, bv_str) : NULL;
	if (name) {
		*name = bv__arena_numbered(l->st->arena, 's', ++l->n);
		bv__map_put(&l->names, *alias, name);
	}
	return BV_WALK_CONTINUE;
}

/* The bytes that an expression is ordered by. Relations inside it are counted from 1, for their real numbers depend on what stands before it. */
static bv_str order_key(bv_lane_state *st, const bv_node *n)
{
	if (bv__has_subquery(st, n)) {
		bv_node *copy = bv__tree_share(st->arena, n);
		if (!copy)
			return (bv_str){"", 0};
		local_ctx l = {.st = st};
		bv__map_init(&l.names, st->arena);
		bv__walk(copy, number_local, &l);
		bv__rename_relations(copy, &l.names);
		n = copy;
	}
	bv__buf_truncate(&st->key, 0);
	bv__payload_write(n, &st->key, NULL);
	if (st->key.failed)
		bv__lane_nomem(st);
	return bv__arena_str(st->arena, bv__buf_view(&st->key));
}

bool bv__same_expr(bv_lane_state *st, const bv_node *a, const bv_node *b)
{
	if (a->kind != b->kind)
		return false;
	return bv__has_subquery(st, a) ? bv__has_subquery(st, b) && bv__str_eq(order_key(st, a), order_key(st, b)) : bv__tree_equal(a, b);
}

static bool is_digit(char c) { return c >= '0' && c <= '9'; }

static uint32_t common_prefix(bv_str a, bv_str b)
{
	uint32_t i = 0, n = a.n < b.n ? a.n : b.n;
	uint64_t x, y;
	for (; i + sizeof x <= n; i += sizeof x) {
		memcpy(&x, a.p + i, sizeof x);
		memcpy(&y, b.p + i, sizeof y);
		if (x != y)
			break;
	}
	while (i < n && a.p[i] == b.p[i])
		i++;
	return i;
}

/* Bytes, but runs of digits as numbers: t9 before t10, so that the order does not hang on how many relations stand before. */
static int key_cmp(bv_str a, bv_str b)
{
	/* What both begin with says nothing, down to the number that the first difference is in. */
	uint32_t i = common_prefix(a, b);
	while (i && is_digit(a.p[i - 1]))
		i--;
	uint32_t k = i;
	while (i < a.n && k < b.n) {
		if (is_digit(a.p[i]) && is_digit(b.p[k])) {
			uint32_t ai = i, bk = k;
			while (ai < a.n && is_digit(a.p[ai]))
				ai++;
			while (bk < b.n && is_digit(b.p[bk]))
				bk++;
			int c = ai - i != bk - k ? (ai - i < bk - k ? -1 : 1) : memcmp(a.p + i, b.p + k, ai - i);
			if (c)
				return c;
			i = ai;
			k = bk;
			continue;
		}
		if (a.p[i] != b.p[k])
			return (unsigned char)a.p[i] < (unsigned char)b.p[k] ? -1 : 1;
		i++;
		k++;
	}
	return i < a.n ? 1 : k < b.n ? -1 : 0;
}

static bool plain_part(bv_str s)
{
	for (uint32_t i = 0; i < s.n; i++)
		if (!is_digit(s.p[i]) && !(s.p[i] >= 'a' && s.p[i] <= 'z') && !(s.p[i] >= 'A' && s.p[i] <= 'Z') && s.p[i] != '_')
			return false;
	return true;
}

/* The order of two expressions' keys. Of columns, which are most, it is that of the parts of their names, unless a character in them comes before the
 * quote behind a name, or is written otherwise. */
static int expr_cmp(bv_lane_state *st, const bv_node *a, const bv_node *b)
{
	if (a->kind == BV_COLUMN && b->kind == BV_COLUMN && BV_AS(column, a)->path.n == BV_AS(column, b)->path.n) {
		const bv_path *x = &BV_AS(column, a)->path, *y = &BV_AS(column, b)->path;
		bool plain = true;
		int c = 0;
		for (uint32_t i = 0; plain && !c && i < x->n; i++) {
			plain = plain_part(x->v[i]) && plain_part(y->v[i]);
			c = key_cmp(x->v[i], y->v[i]);
		}
		if (plain)
			return c;
	}
	return key_cmp(order_key(st, a), order_key(st, b));
}

typedef struct keyed {
	bv_str key; /* empty where no other node of the list has its kind */
	bv_node *node;
} keyed;

static int by_key(const void *a, const void *b, void *ctx)
{
	(void)ctx;
	const keyed *x = a, *y = b;
	if (x->node->kind != y->node->kind)
		return strcmp(bv__nodes[x->node->kind].name, bv__nodes[y->node->kind].name);
	return key_cmp(x->key, y->key);
}

static void sort_unique(bv_lane_state *st, bv_list *l)
{
	keyed *v = BV_NEWN(st->arena, keyed, l->n + 1);
	if (!v)
		return;
	uint32_t kinds[BV_KIND_COUNT] = {0};
	for (uint32_t i = 0; i < l->n; i++)
		kinds[l->v[i]->kind]++;
	for (uint32_t i = 0; i < l->n; i++)
		v[i] = (keyed){kinds[l->v[i]->kind] > 1 ? order_key(st, l->v[i]) : (bv_str){"", 0}, l->v[i]};
	if (!bv__sort(v, l->n, sizeof *v, by_key, NULL)) {
		bv__lane_nomem(st);
		return;
	}
	uint32_t n = 0;
	for (uint32_t i = 0; i < l->n; i++)
		if (!i || v[i].node->kind != v[i - 1].node->kind || !bv__str_eq(v[i].key, v[i - 1].key))
			l->v[n++] = v[i].node;
	l->n = n;
}

/* What stands before a term that may fail decides whether it is evaluated, but not in what order: so each run of total terms is a set. */
static void sort_runs(bv_lane_state *st, bv_list *l)
{
	uint32_t n = 0;
	for (uint32_t i = 0; i < l->n;) {
		bv_list run = {l->v + i, 0};
		while (i + run.n < l->n && bv__is_pure_predicate(st, run.v[run.n]))
			run.n++;
		i += run.n;
		if (run.n > 1)
			sort_unique(st, &run);
		for (uint32_t k = 0; k < run.n; k++)
			l->v[n++] = run.v[k];
		if (i < l->n)
			l->v[n++] = l->v[i++];
	}
	l->n = n;
}

/* TRUE of AND, FALSE of OR; one stays where nothing else does. */
static void drop_neutral(bool is_and, bv_list *l)
{
	uint32_t n = 0;
	for (uint32_t i = 0; i < l->n; i++)
		if (l->v[i]->kind != BV_BOOLEAN || BV_AS(boolean, l->v[i])->value != is_and || (i + 1 == l->n && !n))
			l->v[n++] = l->v[i];
	l->n = n;
}

/* The one term that is left of a condition, which is a Boolean also where that is a bare NULL. */
static bv_node *only_term(bv_lane_state *st, bv_node *n)
{
	bv_ast_cast *c = n->type && n->type->id == BV_T_NULL ? BV_MAKE(st->arena, CAST, cast, n->span) : NULL;
	if (!c)
		return n;
	c->operand = n;
	c->type = bv__type_to_node(st->arena, n->span, bv__type(BV_T_BOOL));
	c->head.type = bv__type(BV_T_BOOL);
	c->head.nullable = true;
	return &c->head;
}

static void set_terms(bv_lane_state *st, bv_node **node)
{
	bv_node *n = *node;
	bv_ast_and *a = BV_AS(and, n); /* and, or: one layout */
	bv_node_vec flat = {0};
	for (uint32_t i = 0; i < a->terms.n; i++) {
		bv_node *t = a->terms.v[i];
		if (t->kind != n->kind) {
			(void)BV_PUSH(st->arena, &flat, t);
			continue;
		}
		for (uint32_t k = 0; k < BV_AS(and, t)->terms.n; k++)
			(void)BV_PUSH(st->arena, &flat, BV_AS(and, t)->terms.v[k]);
	}
	a->terms = bv__list_done(flat);
	drop_neutral(n->kind == BV_AND, &a->terms);
	if (a->terms.n == 1) {
		*node = only_term(st, a->terms.v[0]);
		return;
	}
	sort_runs(st, &a->terms);
	if (a->terms.n == 1)
		*node = only_term(st, a->terms.v[0]);
}

void bv__canonical_terms(bv_lane_state *st, bv_node **node)
{
	bv_node *n = *node;
	bv_ast_and *a = BV_AS(and, n);
	const bv_list was = a->terms;
	set_terms(st, node);
	bool same = *node == n && a->terms.n == was.n;
	for (uint32_t i = 0; i < was.n && same; i++)
		same = a->terms.v[i] == was.v[i];
	if (!same)
		bv__rule(st, BV_RULE_TERMS, n->span, *node);
}

/* ---- operators ---- */

static int turned(unsigned op)
{
	switch (op) {
	case BV_binary_op_eq:
	case BV_binary_op_ne:
	case BV_binary_op_is_distinct_from:
	case BV_binary_op_is_not_distinct_from:
	case BV_binary_op_add:
	case BV_binary_op_multiply:
		return (int)op;
	case BV_binary_op_lt:
		return BV_binary_op_gt;
	case BV_binary_op_le:
		return BV_binary_op_ge;
	case BV_binary_op_gt:
		return BV_binary_op_lt;
	case BV_binary_op_ge:
		return BV_binary_op_le;
	default:
		return -1;
	}
}

int bv__negated_op(unsigned op)
{
	switch (op) {
	case BV_binary_op_eq:
		return BV_binary_op_ne;
	case BV_binary_op_ne:
		return BV_binary_op_eq;
	case BV_binary_op_lt:
		return BV_binary_op_ge;
	case BV_binary_op_ge:
		return BV_binary_op_lt;
	case BV_binary_op_gt:
		return BV_binary_op_le;
	case BV_binary_op_le:
		return BV_binary_op_gt;
	case BV_binary_op_is_distinct_from:
		return BV_binary_op_is_not_distinct_from;
	case BV_binary_op_is_not_distinct_from:
		return BV_binary_op_is_distinct_from;
	default:
		return -1;
	}
}

static bv_node *comparison(bv_lane_state *st, unsigned op, bv_node *left, bv_node *right, bv_span span)
{
	bv_ast_binary *b = BV_MAKE(st->arena, BINARY, binary, span);
	if (!b)
		return NULL;
	b->op = (uint8_t)op;
	b->left = left;
	b->right = right;
	b->head.type = bv__type(BV_T_BOOL);
	b->head.nullable = left->nullable || right->nullable;
	return &b->head;
}

static bool is_literal(const bv_node *n)
{
	if (n->kind == BV_UNARY)
		n = BV_AS(unary, n)->operand;
	return n->kind == BV_NUMBER || n->kind == BV_STRING || n->kind == BV_BOOLEAN || n->kind == BV_NULL_LITERAL;
}

/* Sums and products lean to the left, so that a long one stays a chain. */
static int rank(const bv_lane_state *st, const bv_node *n, unsigned op)
{
	if (op == BV_binary_op_add || op == BV_binary_op_multiply)
		return n->kind == BV_BINARY ? 0 : n->kind == BV_COLUMN ? 1 : is_literal(n) ? 3 : 2;
	return n->kind == BV_COLUMN ? 0 : is_literal(n) ? 3 : bv__has_subquery(st, n) ? 2 : 1;
}

static bool is_interval(const bv_type *t) { return t->id >= BV_T_INTERVAL_YEAR_MONTH && t->id <= BV_T_INTERVAL_MONTH_DAY_NANO; }

static bool is_moment(const bv_type *t) { return t->id == BV_T_DATE32 || t->id == BV_T_DATE64 || t->id == BV_T_TIMESTAMP; }

static void order_operands(bv_lane_state *st, bv_ast_binary *b)
{
	int back = turned(b->op);
	if (back < 0)
		return;
	const bv_type *lt = b->left->type, *rt = b->right->type;
	bool date_last = b->op == BV_binary_op_add && lt && rt && is_interval(lt) && is_moment(rt);
	if ((b->op == BV_binary_op_add || b->op == BV_binary_op_multiply) && !date_last && (!lt || !rt || !bv__type_is_numeric(lt) || !bv__type_is_numeric(rt)))
		return;
	int l = date_last ? 1 : rank(st, b->left, b->op), r = date_last ? 0 : rank(st, b->right, b->op);
	if (l < r)
		return;
	if (l == r && l && bv__has_subquery(st, b->left) && bv__has_subquery(st, b->right))
		return; /* two subqueries stay: their relations are numbered in the order in which they stand */
	int order = l == r ? expr_cmp(st, b->left, b->right) : 1;
	/* Of x >= x and x <= x it is the second. */
	if (order < 0 || (!order && b->op != BV_binary_op_gt && b->op != BV_binary_op_ge))
		return;
	if (bv__is_volatile(st, &b->head))
		return;
	bv_node *x = b->left;
	b->left = b->right;
	b->right = x;
	b->op = (uint8_t)back;
	bv__rule(st, BV_RULE_OPERANDS, b->head.span, &b->head);
}

/* x IS NOT DISTINCT FROM NULL is x IS NULL. NULL: it is another comparison. */
static bv_node *distinct_from_null(bv_lane_state *st, const bv_ast_binary *b)
{
	bool is = b->op == BV_binary_op_is_not_distinct_from;
	if ((!is && b->op != BV_binary_op_is_distinct_from) || (b->left->kind != BV_NULL_LITERAL && b->right->kind != BV_NULL_LITERAL))
		return NULL;
	bv_ast_is *n = BV_MAKE(st->arena, IS, is, b->head.span);
	if (!n)
		return NULL;
	n->operand = b->right->kind == BV_NULL_LITERAL ? b->left : b->right;
	n->negated = !is;
	n->head.type = bv__type(BV_T_BOOL);
	bv__rule(st, BV_RULE_IS_NULL, b->head.span, &n->head);
	return &n->head;
}

static bool plain_number(const bv_node *n)
{
	if (n->kind != BV_NUMBER)
		return false;
	bv_str t = BV_AS(number, n)->text;
	for (uint32_t i = 0; i < t.n; i++)
		if (t.p[i] < '0' || t.p[i] > '9')
			return false;
	return true;
}

/* NULL: it is none, or an aggregate, a window or a subquery stands in it, which says more than its value. */
static bv_node *product_with_zero(bv_lane_state *st, const bv_ast_binary *b)
{
	if (b->op != BV_binary_op_multiply || !b->head.type || b->head.type->id != BV_T_DECIMAL128)
		return NULL;
	const bv_node *side = bv__deciding_zero(b), *other = side == b->right ? b->left : b->right;
	if (!side || bv__has_aggregate(st, other) || bv__has_window(other) || bv__has_subquery(st, other))
		return NULL;
	bv_node *zero = bv__number(st->arena, side->span, 0);
	if (!zero)
		return NULL;
	zero->type = bv__type(BV_T_INT64);
	return bv__cast_to(st, zero, b->head.type);
}

/* 1 = 1, 'a' < 'b': exact, for both are of one type. NULL: not both literals. */
static bv_node *folded(bv_lane_state *st, const bv_ast_binary *b)
{
	int c;
	if (plain_number(b->left) && plain_number(b->right)) {
		bv_str l = BV_AS(number, b->left)->text, r = BV_AS(number, b->right)->text; /* without leading zeros */
		c = l.n != r.n ? (l.n < r.n ? -1 : 1) : memcmp(l.p, r.p, l.n);
	} else if (b->left->kind == BV_STRING && b->right->kind == BV_STRING) {
		c = bv__str_cmp(BV_AS(string, b->left)->text, BV_AS(string, b->right)->text);
	} else {
		return NULL;
	}
	bool v;
	switch (b->op) {
	case BV_binary_op_eq:
	case BV_binary_op_is_not_distinct_from:
		v = c == 0;
		break;
	case BV_binary_op_ne:
	case BV_binary_op_is_distinct_from:
		v = c != 0;
		break;
	case BV_binary_op_lt:
		v = c < 0;
		break;
	case BV_binary_op_le:
		v = c <= 0;
		break;
	case BV_binary_op_gt:
		v = c > 0;
		break;
	case BV_binary_op_ge:
		v = c >= 0;
		break;
	default:
		return NULL;
	}
	bv_ast_boolean *out = BV_MAKE(st->arena, BOOLEAN, boolean, b->head.span);
	if (!out)
		return NULL;
	out->value = v;
	out->head.type = bv__type(BV_T_BOOL);
	return &out->head;
}

static bool is_comparison(unsigned op) { return bv__negated_op(op) >= 0; }

/* What a side of a comparison is with what that comparison makes of it: a text beside a date is a date, and which of several types of texts or
 * of integers a value has does not count. */
static bv_node *compared(bv_lane_state *st, bv_node *n, const bv_type *other)
{
	if (!n->type || !other)
		return n;
	bool date = other->id == BV_T_DATE32, timestamp = other->id == BV_T_TIMESTAMP;
	bool dated = n->kind == BV_CAST && n->type->id == BV_T_TIMESTAMP && timestamp && BV_AS(cast, n)->operand->kind == BV_STRING && bv__str_eq(n->type->zone, other->zone);
	bv_node *text = dated ? BV_AS(cast, n)->operand : n;
	if ((date || timestamp) && text->kind == BV_STRING && bv__is_moment_text(BV_AS(string, text)->text, timestamp) && !bv__type_equal(n->type, other)) {
		bv_node *c = bv__cast_to(st, text, other);
		bv__rule(st, BV_RULE_MOMENT, n->span, c);
		return c;
	}
	if (n->kind != BV_CAST)
		return n;
	bv_node *in = BV_AS(cast, n)->operand;
	bool texts = in->type && bv__type_is_string(in->type) && bv__type_is_string(n->type);
	bool integer = plain_number(in) && bv__type_is_integer(n->type) && bv__type_is_numeric(other) && bv__is_total(st, n);
	if (!texts && !integer)
		return n;
	bv__rule(st, BV_RULE_CAST, n->span, in);
	return in;
}

static void compare(bv_lane_state *st, bv_ast_binary *b)
{
	b->left = compared(st, b->left, b->right->type);
	b->right = compared(st, b->right, b->left->type);
}

static bv_node *between(bv_lane_state *st, bv_ast_between *b)
{
	b->low = compared(st, b->low, b->operand->type);
	b->high = compared(st, b->high, b->operand->type);
	if (!bv__is_total(st, &b->head) || bv__has_subquery(st, b->operand) || !bv__same_comparison(st, b))
		return &b->head;
	bv_node *low = comparison(st, b->negated ? BV_binary_op_lt : BV_binary_op_ge, b->operand, b->low, b->head.span);
	bv_node *high = comparison(st, b->negated ? BV_binary_op_gt : BV_binary_op_le, bv__tree_share(st->arena, b->operand), b->high, b->head.span);
	bv_node *n = bv__node_new(st->arena, b->negated ? BV_OR : BV_AND, b->head.span);
	if (!low || !high || !n)
		return &b->head;
	bv_node *terms[2] = {low, high};
	for (int i = 0; i < 2; i++) {
		bv_node *constant = folded(st, BV_AS(binary, terms[i]));
		if (constant)
			terms[i] = constant;
		else
			order_operands(st, BV_AS(binary, terms[i]));
	}
	BV_AS(and, n)->terms = bv__list_of(st->arena, terms, 2);
	n->type = bv__type(BV_T_BOOL);
	n->nullable = b->head.nullable;
	bv__rule(st, BV_RULE_BETWEEN, b->head.span, n);
	bv__canonical_terms(st, &n);
	return n;
}

static bv_node *in_list(bv_lane_state *st, bv_ast_in_list *l)
{
	for (uint32_t i = 0; i < l->items.n; i++)
		l->items.v[i] = compared(st, l->items.v[i], l->operand->type);
	if (!bv__is_total(st, &l->head))
		return &l->head;
	const bv_list was = st->cx->rule ? bv__list_of(st->arena, l->items.v, l->items.n) : (bv_list){NULL, 0};
	sort_unique(st, &l->items);
	bool same = !was.v || l->items.n == was.n;
	for (uint32_t i = 0; i < was.n && same; i++)
		same = l->items.v[i] == was.v[i];
	if (!same && l->items.n > 1)
		bv__rule(st, BV_RULE_IN_LIST, l->head.span, &l->head);
	if (l->items.n != 1)
		return &l->head;
	bv_node *n = comparison(st, l->negated ? BV_binary_op_ne : BV_binary_op_eq, l->operand, l->items.v[0], l->head.span);
	bv_node *constant = n ? folded(st, BV_AS(binary, n)) : NULL;
	if (!n)
		return &l->head;
	bv__rule(st, BV_RULE_IN_LIST, l->head.span, constant ? constant : n);
	if (constant)
		return constant;
	order_operands(st, BV_AS(binary, n));
	return n;
}

static bv_node *negated(bv_lane_state *st, bv_node *n);

static bv_node *opposite(bv_lane_state *st, bv_node *n)
{
	bv_node *out = negated(st, n);
	return out ? out : bv__not(st, n);
}

/* De Morgan: each term is evaluated when it was before, for one that is TRUE decides an OR as one that is FALSE decides an AND. */
static bv_node *negated_terms(bv_lane_state *st, const bv_node *n)
{
	const bv_list *terms = &BV_AS(and, n)->terms;
	for (uint32_t i = 0; i < terms->n; i++)
		if (!terms->v[i]->type || terms->v[i]->type->id != BV_T_BOOL)
			return NULL;
	bv_node *out = bv__node_new(st->arena, n->kind == BV_AND ? BV_OR : BV_AND, n->span);
	if (!out)
		return NULL;
	out->type = n->type;
	out->nullable = n->nullable;
	BV_AS(and, out)->terms = bv__list_of(st->arena, terms->v, terms->n);
	for (uint32_t i = 0; i < terms->n; i++)
		BV_AS(and, out)->terms.v[i] = opposite(st, terms->v[i]);
	bv__canonical_terms(st, &out);
	return out;
}

/* What NOT of it is without NOT; NULL: it stays. */
static bv_node *negated(bv_lane_state *st, bv_node *n)
{
	switch (n->kind) {
	case BV_AND:
	case BV_OR:
		return negated_terms(st, n);
	case BV_QUANTIFIED: {
		bv_ast_quantified *q = BV_AS(quantified, n);
		if (q->right->kind != BV_QUERY || !is_comparison(q->op))
			return NULL;
		q->op = (uint8_t)bv__negated_op(q->op);
		q->quantifier = q->quantifier == BV_quantifier_all ? BV_quantifier_any : BV_quantifier_all;
		return n;
	}
	case BV_BINARY: {
		int op = bv__negated_op(BV_AS(binary, n)->op);
		if (op < 0)
			return NULL;
		BV_AS(binary, n)->op = (uint8_t)op;
		order_operands(st, BV_AS(binary, n));
		return n;
	}
	case BV_IS:
		BV_AS(is, n)->negated = !BV_AS(is, n)->negated;
		return n;
	case BV_IN_LIST:
		BV_AS(in_list, n)->negated = !BV_AS(in_list, n)->negated;
		return n;
	case BV_IN_QUERY:
		BV_AS(in_query, n)->negated = !BV_AS(in_query, n)->negated;
		return n;
	case BV_LIKE:
		BV_AS(like, n)->negated = !BV_AS(like, n)->negated;
		return n;
	case BV_BETWEEN:
		BV_AS(between, n)->negated = !BV_AS(between, n)->negated;
		return between(st, BV_AS(between, n));
	case BV_EXISTS:
		BV_AS(exists, n)->negated = !BV_AS(exists, n)->negated;
		return n;
	case BV_UNARY: {
		bv_node *in = BV_AS(unary, n)->operand;
		return BV_AS(unary, n)->op == BV_unary_op_not && in->type && in->type->id == BV_T_BOOL ? in : NULL;
	}
	case BV_BOOLEAN:
		BV_AS(boolean, n)->value = !BV_AS(boolean, n)->value;
		return n;
	default:
		return NULL;
	}
}

/* = ANY (query) is IN, <> ALL (query) is NOT IN. */
static bv_node *quantified(bv_lane_state *st, bv_ast_quantified *q)
{
	bool negated = q->op == BV_binary_op_ne && q->quantifier == BV_quantifier_all;
	if (q->right->kind != BV_QUERY || !(negated || (q->op == BV_binary_op_eq && q->quantifier == BV_quantifier_any)))
		return &q->head;
	bv_ast_in_query *in = BV_MAKE(st->arena, IN_QUERY, in_query, q->head.span);
	if (!in)
		return &q->head;
	in->operand = q->left;
	in->query = q->right;
	in->negated = negated;
	in->head.type = q->head.type;
	in->head.nullable = q->head.nullable;
	bv__rule(st, BV_RULE_QUANTIFIED, q->head.span, &in->head);
	return &in->head;
}

/* A truth value = TRUE is itself, = FALSE its opposite. */
static bv_node *compared_with_truth(bv_lane_state *st, bv_ast_binary *b)
{
	bv_node *literal = b->right->kind == BV_BOOLEAN ? b->right : b->left, *other = literal == b->right ? b->left : b->right;
	if ((b->op != BV_binary_op_eq && b->op != BV_binary_op_ne) || literal->kind != BV_BOOLEAN || !other->type || other->type->id != BV_T_BOOL)
		return NULL;
	bv_node *n = BV_AS(boolean, literal)->value == (b->op == BV_binary_op_eq) ? other : opposite(st, other);
	bv__rule(st, BV_RULE_TRUTH, b->head.span, n);
	return n;
}

/* A joined with (B joined with C), each row with each, is (A joined with B) joined with C. */
static void lean_left(bv_ast_join *j)
{
	while (j->type == BV_join_type_cross && j->right->kind == BV_JOIN && BV_AS(join, j->right)->type == BV_join_type_cross) {
		bv_ast_join *r = BV_AS(join, j->right);
		bv_node *last = r->right;
		r->right = r->left;
		r->left = j->left;
		lean_left(r);
		j->left = &r->head;
		j->right = last;
	}
}

/* A bare number would be a position. */
static bv_node *no_position(bv_lane_state *st, bv_node *n)
{
	if (!plain_number(n))
		return n;
	bv_ast_cast *c = BV_MAKE(st->arena, CAST, cast, n->span);
	if (!c)
		return n;
	c->operand = n;
	c->type = bv__type_to_node(st->arena, n->span, n->type ? n->type : bv__type_number(BV_AS(number, n)->text));
	c->head.type = n->type;
	return &c->head;
}

static void exists_list(bv_lane_state *st, bv_ast_query *q)
{
	if (q->body->kind != BV_SELECT)
		return;
	bv_ast_select *s = BV_AS(select, q->body);
	for (uint32_t i = 0; i < s->projections.n; i++) {
		bv_node *e = BV_AS(alias, s->projections.v[i])->operand;
		if (bv__has_aggregate(st, e) || bv__has_unnest(st, e))
			return;
	}
	bv_node *one = bv__number(st->arena, s->head.span, 1);
	if (!one)
		return;
	one->type = bv__type(BV_T_INT64);
	bv_node *p = bv__alias(st->arena, one, s->projections.n ? BV_AS(alias, s->projections.v[0])->name : BV_STR("c1"));
	if (!p)
		return;
	p->type = one->type;
	/* With OFFSET the number of distinct rows counts. */
	if (q->offset && s->distinct)
		return;
	bool same = s->projections.n == 1 && BV_AS(alias, s->projections.v[0])->operand->kind == BV_NUMBER && !s->distinct && !q->order_by.n;
	s->projections = bv__list_of(st->arena, &p, 1);
	s->distinct = false;
	q->order_by = (bv_list){0}; /* the number of rows is all that counts */
	if (!same)
		bv__rule(st, BV_RULE_EXISTS, q->head.span, &q->head);
}

/* Beside an aggregate over DISTINCT the engine makes a sum of sums, whose decimal is the wider; not where a sum has a FILTER. */
typedef struct sums_ctx {
	bv_lane_state *st;
	bool distinct, mark;
} sums_ctx;

static bv_walk visit_sum(bv_node *n, bv_node *parent, void *ctx)
{
	(void)parent;
	sums_ctx *s = ctx;
	if (bv__is_query(n))
		return BV_WALK_PRUNE;
	if (n->kind != BV_CALL || BV_AS(call, n)->over)
		return BV_WALK_CONTINUE;
	bv_ast_call *c = BV_AS(call, n);
	s->distinct = s->distinct || c->distinct;
	if (!s->mark || c->distinct || c->filter || !bv__str_is(c->name.v[0], "sum") || !n->type || !bv__type_is_decimal(n->type))
		return BV_WALK_CONTINUE;
	bv_ast_boolean *all = BV_MAKE(s->st->arena, BOOLEAN, boolean, n->span);
	if (all) {
		all->value = true;
		all->head.type = bv__type(BV_T_BOOL);
		c->filter = &all->head;
	}
	return BV_WALK_CONTINUE;
}

static void plain_sums(bv_lane_state *st, bv_ast_select *select)
{
	sums_ctx s = {.st = st};
	for (int round = 0; round < 2; round++, s.mark = s.distinct) {
		for (uint32_t i = 0; i < select->projections.n; i++)
			bv__walk(select->projections.v[i], visit_sum, &s);
		if (select->having)
			bv__walk(select->having, visit_sum, &s);
	}
}

/* ---- what QUALIFY computes ---- */

/* The columns that QUALIFY put into its derived table are read by the filter outside alone: one that another column computes too goes, the others stand
 * in the order of their bytes. */
typedef struct parts_ctx {
	bv_str *from, *to; /* names */
	uint32_t n;
	bool changed;
} parts_ctx;

static bv_walk rename_part(bv_node *n, bv_node *parent, void *ctx)
{
	(void)parent;
	parts_ctx *p = ctx;
	if (n->kind != BV_COLUMN || BV_AS(column, n)->path.n != 2)
		return BV_WALK_CONTINUE;
	bv_str *name = &BV_AS(column, n)->path.v[1];
	for (uint32_t i = 0; i < p->n; i++)
		if (bv__str_eq(*name, p->from[i])) {
			p->changed = p->changed || !bv__str_eq(*name, p->to[i]);
			*name = p->to[i];
			break;
		}
	return BV_WALK_CONTINUE;
}

static uint32_t same_before(bv_lane_state *st, const bv_list *l, uint32_t at)
{
	for (uint32_t i = 0; i < at; i++)
		if (bv__same_expr(st, BV_AS(alias, l->v[i])->operand, BV_AS(alias, l->v[at])->operand))
			return i;
	return at;
}

static bool order_parts(bv_lane_state *st, bv_ast_select *s)
{
	const bv_node *q = s->from.n == 1 && s->from.v[0]->kind == BV_DERIVED ? BV_AS(derived, s->from.v[0])->query : NULL;
	if (!q || !s->where || BV_AS(query, q)->body->kind != BV_SELECT)
		return false;
	bv_list *l = &BV_AS(select, BV_AS(query, q)->body)->projections;
	uint32_t first = l->n;
	while (first && (l->v[first - 1]->mark & BV_MARK_PART))
		first--;
	uint32_t n = l->n - first, left = 0;
	parts_ctx p = {.from = BV_NEWN(st->arena, bv_str, n + 1), .to = BV_NEWN(st->arena, bv_str, n + 1), .n = n};
	keyed *v = BV_NEWN(st->arena, keyed, n + 1);
	bv_str *places = BV_NEWN(st->arena, bv_str, n + 1);
	if (!n || !p.from || !p.to || !v || !places)
		return false;
	for (uint32_t i = 0; i < n; i++) {
		bv_ast_alias *a = BV_AS(alias, l->v[first + i]);
		a->head.mark &= (uint8_t)~BV_MARK_PART;
		p.from[i] = places[i] = a->name;
	}
	for (uint32_t i = 0; i < n; i++) {
		uint32_t same = same_before(st, l, first + i);
		p.to[i] = BV_AS(alias, l->v[same])->name;
		if (same == first + i)
			v[left++] = (keyed){order_key(st, BV_AS(alias, l->v[same])->operand), l->v[same]};
	}
	if (!bv__sort(v, left, sizeof *v, by_key, NULL)) {
		bv__lane_nomem(st);
		return false;
	}
	bv_str *was = BV_NEWN(st->arena, bv_str, left + 1);
	if (!was)
		return false;
	for (uint32_t i = 0; i < left; i++)
		was[i] = BV_AS(alias, v[i].node)->name;
	for (uint32_t i = 0; i < n; i++)
		for (uint32_t k = 0; k < left; k++)
			if (bv__str_eq(p.to[i], was[k])) {
				p.to[i] = places[k];
				break;
			}
	for (uint32_t i = 0; i < left; i++) {
		l->v[first + i] = v[i].node;
		BV_AS(alias, v[i].node)->name = places[i];
	}
	l->n = first + left;
	bv__walk(s->where, rename_part, &p);
	return p.changed;
}

static bv_node *canon(void *ctx, bv_node *n)
{
	canon_ctx *cx = ctx;
	bv_lane_state *st = cx->st;
	if (n->kind == BV_TYPE)
		return n;
	if (n->kind == BV_EXISTS)
		exists_list(st, BV_AS(query, BV_AS(exists, n)->query));
	bv__lane_children(n, canon, cx);
	switch (n->kind) {
	case BV_CALL: {
		bv_ast_call *c = BV_AS(call, n);
		const bv_function *f = bv__call_function(st, c);
		bv_str name = f ? f->name : bv__str_ieq(c->name.v[0], BV_STR("unnest_outer")) ? BV_STR("unnest_outer") : BV_STR("unnest");
		bool other = !bv__str_eq(c->name.v[c->name.n - 1], name);
		c->name = bv__path_of(st->arena, &name, 1);
		if (other)
			bv__rule(st, BV_RULE_FUNCTION, n->span, n);
		c->entry = f ? f->hash : (bv_str){"", 0};
		return n;
	}
	case BV_CAST: {
		bv_ast_cast *c = BV_AS(cast, n);
		if (!n->type || !c->operand->type || !bv__type_equal(n->type, c->operand->type))
			return n;
		bv__rule(st, BV_RULE_CAST, n->span, c->operand);
		return c->operand;
	}
	case BV_SELECT: {
		plain_sums(st, BV_AS(select, n));
		if (order_parts(st, BV_AS(select, n)))
			BV_AS(select, n)->where = canon(cx, BV_AS(select, n)->where);
		bv_node *where = BV_AS(select, n)->where;
		if (where && where->kind == BV_BOOLEAN && BV_AS(boolean, where)->value) {
			bv__rule(st, BV_RULE_WHERE_TRUE, where->span, NULL);
			BV_AS(select, n)->where = NULL;
		}
		bv_list *g = &BV_AS(select, n)->group_by;
		for (uint32_t i = 0; i < g->n; i++)
			g->v[i] = no_position(st, g->v[i]);
		return n;
	}
	case BV_ORDER_ITEM:
		BV_AS(order_item, n)->operand = no_position(st, BV_AS(order_item, n)->operand);
		return n;
	case BV_BINARY: {
		if (is_comparison(BV_AS(binary, n)->op))
			compare(st, BV_AS(binary, n));
		bv_node *constant = folded(st, BV_AS(binary, n));
		if (constant) {
			bv__rule(st, BV_RULE_CONSTANT, n->span, constant);
			return constant;
		}
		bv_node *zero = product_with_zero(st, BV_AS(binary, n));
		if (zero) {
			bv__rule(st, BV_RULE_PRODUCT, n->span, zero);
			return zero;
		}
		bv_node *truth = compared_with_truth(st, BV_AS(binary, n));
		if (truth)
			return truth;
		bv_node *is = distinct_from_null(st, BV_AS(binary, n));
		if (is)
			return is;
		order_operands(st, BV_AS(binary, n));
		return n;
	}
	case BV_INDEX: {
		bv_ast_index *x = BV_AS(index, n);
		const bv_type *t = x->operand->type;
		if (!t || t->id != BV_T_STRUCT || x->index->kind != BV_STRING)
			return n;
		bv_ast_field *f = BV_MAKE(st->arena, FIELD, field, n->span);
		if (!f)
			return n;
		f->operand = x->operand;
		f->name = BV_AS(string, x->index)->text;
		f->head.type = n->type;
		f->head.nullable = n->nullable;
		bv__rule(st, BV_RULE_STRUCT_FIELD, n->span, &f->head);
		return &f->head;
	}
	case BV_BETWEEN:
		return between(st, BV_AS(between, n));
	case BV_UNARY: {
		bv_ast_unary *u = BV_AS(unary, n);
		bv_node *in = u->op == BV_unary_op_not ? negated(st, u->operand) : NULL;
		if (u->op == BV_unary_op_plus && u->operand->type && bv__type_is_numeric(u->operand->type))
			in = u->operand;
		if (in)
			bv__rule(st, u->op == BV_unary_op_not ? BV_RULE_NOT : BV_RULE_PLUS, n->span, in);
		return in ? in : n;
	}
	case BV_AND:
	case BV_OR:
		bv__canonical_terms(st, &n);
		return n;
	case BV_IN_LIST:
		return in_list(st, BV_AS(in_list, n));
	case BV_QUANTIFIED:
		return quantified(st, BV_AS(quantified, n));
	case BV_IS:
		if (BV_AS(is, n)->test == BV_is_test_unknown) {
			BV_AS(is, n)->test = BV_is_test_null;
			bv__rule(st, BV_RULE_IS_NULL, n->span, n);
		}
		return n;
	case BV_CASE: {
		bv_ast_case *c = BV_AS(case, n);
		if (c->otherwise && c->otherwise->kind == BV_NULL_LITERAL) {
			bv__rule(st, BV_RULE_CASE, c->otherwise->span, NULL);
			c->otherwise = NULL;
		}
		return n;
	}
	case BV_JOIN: {
		bv_ast_join *j = BV_AS(join, n);
		if (j->type == BV_join_type_inner && j->on && j->on->kind == BV_BOOLEAN && BV_AS(boolean, j->on)->value) {
			bv__rule(st, BV_RULE_CROSS, j->on->span, NULL);
			j->on = NULL;
			j->type = BV_join_type_cross;
		}
		lean_left(j);
		return n;
	}
	default:
		return n;
	}
}

/* ---- names ---- */

typedef struct rename_ctx {
	bv_lane_state *st;
	bv_map names; /* old -> bv_str * */
	uint32_t n;
	bool changed;
} rename_ctx;

static bv_walk number_relation(bv_node *n, bv_node *parent, void *ctx)
{
	(void)parent;
	rename_ctx *r = ctx;
	bv_str *alias = bv__relation_alias(n);
	if (alias && !bv__map_has(&r->names, *alias)) {
		bv_str *name = BV_NEW(r->st->arena, bv_str);
		if (name) {
			*name = bv__arena_numbered(r->st->arena, 't', ++r->n);
			bv__map_put(&r->names, *alias, name);
			r->changed = r->changed || !bv__str_eq(*name, *alias);
		}
	}
	return bv__relations_below(r->st, n) ? BV_WALK_CONTINUE : BV_WALK_PRUNE;
}

static bv_walk rename_cte(bv_node *n, bv_node *parent, void *ctx)
{
	(void)parent;
	rename_ctx *r = ctx;
	bv_str *at = n->kind == BV_CTE ? &BV_AS(cte, n)->name : n->kind == BV_TABLE && BV_AS(table, n)->path.n == 1 ? &BV_AS(table, n)->path.v[0] : NULL;
	if (at) {
		const bv_str *name = bv__map_get(&r->names, *at);
		if (name)
			*at = *name;
	}
	return bv__relations_below(r->st, n) ? BV_WALK_CONTINUE : BV_WALK_PRUNE;
}

/* The engine compares expressions with their subqueries' aliases: what is grouped by and what is selected must be one text. So a key with a
 * subquery, and whatever else of its SELECT equals it, becomes a copy of the first such expression. */
typedef struct unify_ctx {
	bv_lane_state *st;
	const bv_node *key;
	bv_node *first;
} unify_ctx;

static bv_node *unify(void *ctx, bv_node *n)
{
	unify_ctx *u = ctx;
	if (bv__is_query(n))
		return n;
	if (n->kind == u->key->kind && bv__same_expr(u->st, n, u->key)) {
		if (!u->first)
			u->first = n;
		return n == u->first ? n : bv__tree_share(u->st->arena, u->first);
	}
	bv__lane_children(n, unify, ctx);
	return n;
}

static bv_walk unify_select(bv_node *n, bv_node *parent, void *ctx)
{
	(void)parent;
	bv_lane_state *st = ctx;
	if (n->kind != BV_SELECT)
		return BV_WALK_CONTINUE;
	bv_ast_select *s = BV_AS(select, n);
	for (uint32_t i = 0; i < s->group_by.n; i++) {
		if (s->group_by.v[i]->kind == BV_GROUPING || !bv__has_subquery(st, s->group_by.v[i]))
			continue;
		unify_ctx u = {st, s->group_by.v[i], NULL};
		for (uint32_t k = 0; k < s->projections.n; k++)
			s->projections.v[k] = unify(&u, s->projections.v[k]);
		if (s->having)
			s->having = unify(&u, s->having);
		if (u.first)
			s->group_by.v[i] = bv__tree_share(st->arena, u.first);
	}
	return BV_WALK_CONTINUE;
}

void bv__lane_rename(bv_lane_state *st)
{
	st->renamed = bv__lane_letters(st);
	if (st->subqueries)
		bv__walk(st->tree, unify_select, st);
	rename_ctx r = {.st = st};
	bv__map_init(&r.names, st->arena);
	bv__walk(st->tree, number_relation, &r);
	if (r.changed)
		bv__rename_relations(st->tree, &r.names);
	rename_ctx w = {.st = st};
	bv__map_init(&w.names, st->arena);
	const bv_list *ctes = &BV_AS(query, st->tree)->ctes;
	for (uint32_t i = 0; i < ctes->n; i++) {
		bv_str *name = BV_NEW(st->arena, bv_str);
		if (!name)
			return;
		*name = bv__arena_numbered(st->arena, 'w', i + 1);
		bv__map_put(&w.names, BV_AS(cte, ctes->v[i])->name, name);
		w.changed = w.changed || !bv__str_eq(*name, BV_AS(cte, ctes->v[i])->name);
	}
	if (w.changed)
		bv__walk(st->tree, rename_cte, &w);
	st->renamed = st->renamed || r.changed || w.changed;
}

void bv__lane_rename_moved(bv_lane_state *st)
{
	if (st->subqueries)
		bv__lane_rename(st);
}

static uint32_t named(const bv_list *outputs, bv_str name)
{
	uint32_t n = 0;
	for (uint32_t i = 0; i < outputs->n; i++)
		n += bv__str_eq(BV_AS(alias, outputs->v[i])->name, name);
	return n;
}

/* What is ordered by and became one of the outputs, as casts went, is that output: so has qualify what is one from the start. */
static bv_walk order_by_outputs(bv_node *n, bv_node *parent, void *ctx)
{
	(void)parent;
	bv_lane_state *st = ctx;
	bv_ast_query *q = n->kind == BV_QUERY ? BV_AS(query, n) : NULL;
	bv_walk further = bv__relations_below(st, n) ? BV_WALK_CONTINUE : BV_WALK_PRUNE;
	if (!q || q->body->kind != BV_SELECT)
		return further;
	const bv_list *outputs = &BV_AS(select, q->body)->projections;
	for (uint32_t i = 0; i < q->order_by.n; i++) {
		bv_ast_order_item *o = BV_AS(order_item, q->order_by.v[i]);
		if (o->operand->kind == BV_COLUMN && BV_AS(column, o->operand)->path.n == 1)
			continue;
		for (uint32_t k = 0; k < outputs->n; k++) {
			const bv_ast_alias *a = BV_AS(alias, outputs->v[k]);
			if (!bv__same_expr(st, a->operand, o->operand) || bv__is_volatile(st, o->operand) || named(outputs, a->name) > 1)
				continue;
			bv_node *c = bv__column(st->arena, o->operand->span, (bv_str){"", 0}, a->name);
			if (!c)
				break;
			c->type = o->operand->type;
			c->nullable = o->operand->nullable;
			bv__rule(st, BV_RULE_ALIAS, o->operand->span, c);
			o->operand = c;
			break;
		}
	}
	return further;
}

bool bv__lane_canonicalise(bv_lane_state *st)
{
	canon_ctx cx = {st};
	/* First the names: the order of operands looks at them. */
	bv__lane_rename(st);
	st->tree = canon(&cx, st->tree);
	bv__walk(st->tree, order_by_outputs, st);
	bv__lane_rename_moved(st);
	return !bv__arena_failed(st->arena);
}
