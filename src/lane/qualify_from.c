/* qualify, relations: FROM. In: a relation as read; out: the relation with a governed alias, its columns in the scope, and these rules done:
 *
 *   USING, NATURAL   -> ON with =. The columns of one name become one: the left one of inner and left joins, the right one of right joins,
 *                       COALESCE(left, right) of full joins, so that a chain compares with the value that SELECT * shows.
 *   RIGHT            -> LEFT with the sides exchanged; RIGHT SEMI and RIGHT ANTI likewise. Exact: what SELECT * gives is decided before.
 *   t(a, b)          -> the columns' own names.
 * ON sees the relations of its own join only. */
#include "lane/qualify.h"

static bv_relation *new_relation(bv_lane_state *st, bv_str alias, uint32_t n)
{
	bv_relation *r = BV_NEW(st->arena, bv_relation);
	if (!r)
		return NULL;
	r->alias = alias;
	r->display = alias;
	r->n = n;
	r->names = BV_NEWN(st->arena, bv_str, n + 1);
	r->actual = BV_NEWN(st->arena, bv_str, n + 1);
	return r->names && r->actual ? r : NULL;
}

/* Names that the query gives by t(a, b): the first ones. */
bool bv__rename_columns(bv_lane_state *st, bv_relation *r, const bv_names *columns, bv_span span)
{
	if (columns->n > r->n) {
		bv__diag(st->d, BV_E_SET_COLUMNS, span, "`" BV_STR_FMT "` has %u columns, but %u names are given", BV_STR_ARG(r->alias), r->n, columns->n);
		return false;
	}
	for (uint32_t i = 0; i < columns->n; i++)
		r->names[i] = columns->v[i];
	return true;
}

/* Tables, CTEs and derived tables: DataFusion wants a name for each column, others take the first ones. */
static bool rename_all(bv_lane_state *st, bv_relation *r, const bv_names *columns, bv_span span)
{
	if (columns->n && columns->n < r->n && strcmp(bv__dialect_name(st->cx->dialect), "datafusion") == 0) {
		bv_diagnostic *e = bv__diag(st->d, BV_E_SET_COLUMNS, span, "`" BV_STR_FMT "` has %u columns, but only %u names are given", BV_STR_ARG(r->alias), r->n, columns->n);
		bv__diag_hint(st->d, e, "name each column");
		return false;
	}
	return bv__rename_columns(st, r, columns, span);
}

static bool same_relation_name(const bv_relation *a, const bv_relation *b)
{
	if (!a->alias.n || !bv__str_eq(a->alias, b->alias))
		return false;
	/* s.t and r.t may stand beside each other: their full names tell them apart. */
	if (!a->explicit_alias && !b->explicit_alias && a->table.n && b->table.n) {
		if (a->table.n != b->table.n)
			return false;
		for (uint32_t i = 0; i < a->table.n; i++)
			if (!bv__str_eq(a->table.v[i], b->table.v[i]))
				return false;
	}
	return true;
}

bool bv__add_relation(bv_lane_state *st, bv_scope *s, bv_relation *r, bv_span span)
{
	for (uint32_t i = 0; i < s->relations.n; i++)
		if (same_relation_name(s->relations.v[i], r)) {
			bv_diagnostic *e = bv__diag(st->d, BV_E_NAME_DUPLICATE, span, "two relations of this FROM are called `" BV_STR_FMT "`", BV_STR_ARG(r->alias));
			bv__diag_hint(st->d, e, "give one of them another name with AS");
			s->broken = true;
			return false;
		}
	if (!r->index && !(r->index = bv__column_index(st->arena, r->names, sizeof *r->names, r->n)))
		return false;
	return bv__scope_add(st->arena, s, r);
}

static bv_node *bind_cte_reference(bv_lane_state *st, bv_scope *s, bv_ast_table *t, bv_cte_binding *b)
{
	if (b->unknown)
		return NULL;
	bv_relation *r = new_relation(st, t->alias.n ? t->alias : b->name, b->n);
	if (!r)
		return NULL;
	r->explicit_alias = true;
	for (uint32_t i = 0; i < b->n; i++) {
		r->names[i] = b->names[i];
		r->actual[i] = b->actual[i];
	}
	if (!rename_all(st, r, &t->columns, t->head.span) || !bv__add_relation(st, s, r, t->head.span))
		return NULL;
	t->path = bv__path_of(st->arena, &b->governed, 1);
	t->alias = bv__new_alias(st, r);
	t->columns = (bv_names){0};
	bv__rule(st, BV_RULE_RELATION, t->head.span, &t->head);
	return &t->head;
}

static void unknown_table(bv_lane_state *st, bv_scope *s, bv_ast_table *t)
{
	bv_str name = bv__dotted(st->arena, &t->path);
	bv_diagnostic *e = bv__diag(st->d, BV_E_TABLE_UNKNOWN, t->head.span, "there is no table or view `" BV_STR_FMT "`", BV_STR_ARG(name));
	BV_VEC(bv_str) all = {0};
	bv_str *names = NULL;
	uint32_t n = 0;
	if (st->cx->candidates)
		st->cx->candidates(st->cx->ctx, st->arena, &names, &n);
	for (uint32_t i = 0; i < n; i++) {
		(void)BV_PUSH(st->arena, &all, names[i]);
		if (bv__str_starts(names[i], "main.")) /* as people write it */
			(void)BV_PUSH(st->arena, &all, ((bv_str){names[i].p + 5, names[i].n - 5}));
	}
	for (const bv_scope *x = s; x; x = x->parent)
		for (uint32_t i = 0; i < x->ctes.n; i++)
			(void)BV_PUSH(st->arena, &all, x->ctes.v[i]->name);
	for (uint32_t i = 0; i < all.n; i++)
		if (bv__str_ieq(all.v[i], name) && !bv__str_eq(all.v[i], name)) {
			bv__diag_hint(st->d, e, "only case differs: write it as \"" BV_STR_FMT "\"", BV_STR_ARG(all.v[i]));
			return;
		}
	bv_str near = bv__did_you_mean(name, all.v, all.n);
	if (near.n)
		bv__diag_hint(st->d, e, "did you mean `" BV_STR_FMT "`?", BV_STR_ARG(near));
}

static bv_node *bind_table(bv_lane_state *st, bv_scope *s, bv_ast_table *t)
{
	if (t->path.n == 1) {
		bv_cte_binding *b = bv__scope_cte(s, t->path.v[0], t->path.insensitive & 1);
		if (b)
			return bind_cte_reference(st, s, t, b);
	}
	bv_table_info *info = BV_NEW(st->arena, bv_table_info);
	if (!info)
		return NULL;
	switch (st->cx->table(st->cx->ctx, st->arena, &t->path, info, st->d, t->head.span)) {
	case BV_FOUND:
		break;
	case BV_NOT_FOUND:
		unknown_table(st, s, t);
		return NULL;
	case BV_LOOKUP_AMBIGUOUS: {
		bv_str name = bv__dotted(st->arena, &t->path);
		bv_diagnostic *e = bv__diag(st->d, BV_E_TABLE_UNKNOWN, t->head.span, "more than one table fits `" BV_STR_FMT "` when case is ignored", BV_STR_ARG(name));
		bv__diag_hint(st->d, e, "quote the name with its exact case");
		return NULL;
	}
	default:
		return NULL;
	}
	bv_relation *r = new_relation(st, t->alias.n ? t->alias : t->path.v[t->path.n - 1], info->schema.n);
	if (!r)
		return NULL;
	r->explicit_alias = t->alias.n > 0;
	r->display = t->alias.n ? t->alias : bv__dotted(st->arena, &t->path);
	r->table = info->path;
	for (uint32_t i = 0; i < r->n; i++)
		r->names[i] = r->actual[i] = info->schema.v[i].name;
	if (!t->columns.n)
		r->index = info->index;
	if (!rename_all(st, r, &t->columns, t->head.span) || !bv__add_relation(st, s, r, t->head.span))
		return NULL;
	bv_str full = bv__table_key(st->arena, &info->path);
	if (!bv__map_has(&st->tables, full))
		bv__map_put(&st->tables, full, info);
	t->path = bv__path_of(st->arena, info->path.v, info->path.n);
	t->alias = bv__new_alias(st, r);
	t->columns = (bv_names){0};
	bv__rule(st, BV_RULE_RELATION, t->head.span, &t->head);
	return &t->head;
}

void bv__unlike_names(bv_lane_state *st, bv_str *names, uint32_t n)
{
	if (strcmp(bv__dialect_name(st->cx->dialect), "datafusion") != 0 || n < 2)
		return;
	bv_map seen; /* name -> how many of that name were given another */
	bv__map_init(&seen, st->arena);
	for (uint32_t i = 0; i < n; i++) {
		uint32_t *count = bv__map_get(&seen, names[i]);
		bv_str name = names[i];
		while (count && bv__map_has(&seen, name))
			name = bv__arena_printf(st->arena, BV_STR_FMT ":%u", BV_STR_ARG(names[i]), ++*count);
		names[i] = name;
		if (!(count = BV_NEW(st->arena, uint32_t)) || !bv__map_put(&seen, name, count))
			return;
	}
}

static bv_node *bind_derived(bv_lane_state *st, bv_scope *s, bv_ast_derived *d)
{
	bv_bound out = {0};
	uint32_t before = st->d->errors;
	bv__bind_query(st, BV_AS(query, d->query), d->lateral ? s : s->parent, false, &out);
	if (st->d->errors != before)
		return NULL;
	bv_relation *r = new_relation(st, d->alias, out.n);
	if (!r)
		return NULL;
	r->explicit_alias = true;
	if (!d->alias.n)
		r->displays = out.displays;
	for (uint32_t i = 0; i < out.n; i++) {
		r->names[i] = out.names[i];
		r->actual[i] = out.actual[i];
	}
	if (d->alias.n && !d->columns.n)
		bv__unlike_names(st, r->names, r->n);
	if (!rename_all(st, r, &d->columns, d->head.span) || !bv__add_relation(st, s, r, d->head.span))
		return NULL;
	d->alias = bv__new_alias(st, r);
	d->columns = (bv_names){0};
	bv__rule(st, BV_RULE_RELATION, d->head.span, &d->head);
	return &d->head;
}

/* ---- joins ---- */

/* One column of one side of a join, by name: its place in `visible`, or UINT32_MAX with a diagnostic. */
static uint32_t using_side(bv_lane_state *st, const bv_scope *side, uint32_t from, bv_str name, bool insensitive, bv_span span, const char *which)
{
	bv_visible *v = NULL;
	unsigned n = bv__scope_column(side, name, insensitive, &v);
	if (n == 1)
		return from + (uint32_t)(v - side->visible.v);
	if (n > 1)
		bv__diag(st->d, BV_E_COLUMN_AMBIGUOUS, span, "column `" BV_STR_FMT "` of USING is in more than one relation on the %s", BV_STR_ARG(name), which);
	else {
		bv_diagnostic *e = bv__diag(st->d, BV_E_COLUMN_UNKNOWN, span, "the %s side of the join has no column `" BV_STR_FMT "`", which, BV_STR_ARG(name));
		bv_str *names;
		uint32_t count;
		bv_scope alone = *side;
		alone.parent = NULL;
		bv__scope_names(&alone, st->arena, &names, &count);
		bv_str near = bv__did_you_mean(name, names, count);
		if (near.n)
			bv__diag_hint(st->d, e, "did you mean `" BV_STR_FMT "`?", BV_STR_ARG(near));
	}
	return UINT32_MAX;
}

/* The part of a FROM from relation r0, column v0 up to r1, v1. */
static bv_scope part(const bv_scope *s, uint32_t r0, uint32_t v0, uint32_t r1, uint32_t v1)
{
	bv_scope p = {.parent = s->parent, .base = s->base + v0, .broken = s->broken};
	p.relations.v = s->relations.v + r0;
	p.relations.n = p.relations.cap = r1 - r0;
	p.visible.v = s->visible.v + v0;
	p.visible.n = p.visible.cap = v1 - v0;
	return p;
}

/* In the order of SELECT *, puts column `l` where column `r` stands; `r` is merged away. */
static void move_star(bv_scope *s, uint32_t from, uint32_t l, uint32_t r)
{
	uint32_t to = s->star.n;
	for (uint32_t i = from; i < s->star.n; i++)
		if (s->star.v[i] == r)
			to = i;
	for (uint32_t i = from; i < to && to < s->star.n; i++)
		if (s->star.v[i] == l) {
			memmove(&s->star.v[i], &s->star.v[i + 1], sizeof *s->star.v * (to - i));
			s->star.v[to] = l;
			return;
		}
}

static bv_node *bind_join(bv_lane_state *st, bv_scope *s, bv_ast_join *j)
{
	if (j->type > BV_join_type_right_anti) {
		bv__diag(st->d, BV_E_NOT_SUPPORTED, j->head.span, "%s JOIN is not supported: the engine has none", j->type == BV_join_type_asof ? "ASOF" : bv__enum_name(BV_JOIN, "type", j->type));
		return NULL;
	}
	bool semi = j->type >= BV_join_type_left_semi && j->type <= BV_join_type_right_anti;
	bool turned = j->type == BV_join_type_right_semi || j->type == BV_join_type_right_anti;
	if (turned) {
		bv_node *x = j->left;
		j->left = j->right;
		j->right = x;
		j->type = j->type == BV_join_type_right_semi ? BV_join_type_left_semi : BV_join_type_left_anti;
	}
	uint32_t r0 = s->relations.n, v0 = s->visible.n, x0 = s->star.n;
	bv_node *left = bv__bind_relation(st, s, j->left);
	uint32_t r1 = s->relations.n, v1 = s->visible.n, x1 = s->star.n;
	bool whole = false;
	j->left = left;
	bv_node *right = left && bv__is_rows(j->right) ? bv__join_rows(st, s, j, r0, &whole) : bv__bind_relation(st, s, j->right);
	if (!left || !right)
		return NULL;
	if (whole)
		return right;
	j->left = left;
	j->right = right;
	uint32_t r2 = s->relations.n, v2 = s->visible.n;
	bv_scope ls = part(s, r0, v0, r1, v1), rs = part(s, r1, v1, r2, v2), both = part(s, r0, v0, r2, v2);

	bv_names using = j->using;
	if (j->natural) {
		BV_VEC(bv_str) common = {0};
		for (uint32_t i = x0; i < x1; i++) {
			const bv_visible *v = &s->visible.v[s->star.v[i] - s->base];
			bv_visible *other = NULL;
			bool insensitive = !bv__dialect_folds(st->cx->dialect);
			if (!v->hidden && bv__scope_column(&rs, v->name, insensitive, &other))
				(void)BV_PUSH(st->arena, &common, v->name);
		}
		using = (bv_names){common.v, common.n, bv__dialect_folds(st->cx->dialect) ? 0 : UINT32_MAX};
		if (!using.n && j->type == BV_join_type_inner)
			j->type = BV_join_type_cross;
		else if (!using.n)
			j->on = bv__node_new(st->arena, BV_BOOLEAN, j->head.span), BV_AS(boolean, j->on)->value = true;
	}
	if (using.n) {
		BV_VEC(uint32_t) merged = {0};
		for (uint32_t i = 0; i < using.n; i++) {
			bool insensitive = i < 32 && ((using.insensitive >> i) & 1);
			uint32_t l = using_side(st, &ls, v0, using.v[i], insensitive, j->head.span, "left");
			uint32_t r = using_side(st, &rs, v1, using.v[i], insensitive, j->head.span, "right");
			if (l == UINT32_MAX || r == UINT32_MAX) {
				s->broken = true;
				continue;
			}
			bv_visible *lv = &s->visible.v[l], *rv = &s->visible.v[r];
			bv_ast_binary *eq = BV_MAKE(st->arena, BINARY, binary, j->head.span);
			if (!eq)
				return NULL;
			eq->op = BV_binary_op_eq;
			eq->left = bv__visible_expr(st, lv, j->head.span);
			eq->right = bv__visible_expr(st, rv, j->head.span);
			j->on = bv__and(st->arena, j->on, &eq->head);
			if (j->type == BV_join_type_right) {
				lv->merged = bv__visible_expr(st, rv, j->head.span);
			} else if (j->type == BV_join_type_full) {
				bv_node *args[2] = {bv__visible_expr(st, lv, j->head.span), bv__visible_expr(st, rv, j->head.span)};
				lv->merged = bv__call(st->arena, j->head.span, "coalesce", args, 2);
			}
			rv->hidden = true;
			(void)BV_PUSH(st->arena, &merged, s->base + l);
			/* DataFusion shows the merged column in the place of the relation whose name sorts first. */
			if (bv__merged_by_name(st) && bv__str_cmp(rv->rel->display, lv->rel->display) < 0)
				move_star(s, x0, s->base + l, s->base + r);
		}
		if (bv__merged_first(st)) {
			/* The merged columns first, the others in their order. */
			BV_VEC(uint32_t) order = {0};
			for (uint32_t i = 0; i < merged.n; i++)
				(void)BV_PUSH(st->arena, &order, merged.v[i]);
			for (uint32_t i = x0; i < s->star.n; i++) {
				bool first = false;
				for (uint32_t k = 0; k < merged.n && !first; k++)
					first = merged.v[k] == s->star.v[i];
				if (!first)
					(void)BV_PUSH(st->arena, &order, s->star.v[i]);
			}
			if (order.n == s->star.n - x0)
				memcpy(s->star.v + x0, order.v, sizeof *order.v * order.n);
		}
	} else if (j->on && !j->natural) {
		j->on = bv__bind_expr(st, &both, j->on);
	}
	if (j->natural || j->using.n)
		bv__rule(st, j->natural ? BV_RULE_NATURAL : BV_RULE_USING, j->head.span, j->on);
	j->natural = false;
	j->using = (bv_names){0};
	if (j->type == BV_join_type_cross && j->on)
		j->type = BV_join_type_inner;
	if (j->type == BV_join_type_inner && !j->on)
		j->type = BV_join_type_cross;
	if (j->type != BV_join_type_cross && !j->on) {
		bv__diag(st->d, BV_E_SYNTAX, j->head.span, "this join needs ON or USING");
		return NULL;
	}
	if (j->type == BV_join_type_right) {
		bv_node *x = j->left;
		j->left = j->right;
		j->right = x;
		j->type = BV_join_type_left;
		turned = true;
	}
	if (turned)
		bv__rule(st, BV_RULE_RIGHT, j->head.span, &j->head);
	if (semi) {
		/* What the right side has is seen by ON alone. */
		s->relations.n = r1;
		s->visible.n = v1;
		s->star.n = x1;
	}
	return &j->head;
}

bv_node *bv__bind_relation(bv_lane_state *st, bv_scope *s, bv_node *relation)
{
	bv_node *out = NULL;
	switch (relation->kind) {
	case BV_TABLE:
		out = bind_table(st, s, BV_AS(table, relation));
		break;
	case BV_DERIVED:
		out = bind_derived(st, s, BV_AS(derived, relation));
		break;
	case BV_JOIN:
		out = bind_join(st, s, BV_AS(join, relation));
		break;
	case BV_UNNEST:
	case BV_TABLE_FUNCTION:
		out = bv__bind_rows(st, s, relation);
		break;
	case BV_PIVOT:
	case BV_UNPIVOT:
		out = bv__bind_pivot(st, s, relation);
		break;
	default:
		bv__diag(st->d, BV_E_NOT_SUPPORTED, relation->span, "%s is read, but cannot be run yet", bv__nodes[relation->kind].doc);
		break;
	}
	if (!out)
		s->broken = true;
	return out;
}
