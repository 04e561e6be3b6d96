/* Comparison of stored schemas, field by field, nested ones by their path. In: what a table holds and what it would hold. Out: changes, each
 * with whether it breaks readers: a new column and a column that promises NOT NULL from now on do not; everything else does. */
#include "contract/contract.h"

typedef struct diff {
	bv_arena *a;
	BV_VEC(bv_contract_change) v;
	bool ok;
} diff;

static void add(diff *x, bv_str column, const char *kind, bv_str before, bv_str after, bool breaking) {
	x->ok &= BV_PUSH(x->a, &x->v, ((bv_contract_change){column, bv__str(kind), before, after, breaking}));
}

static bv_str child_path(diff *x, bv_str path, bv_str name) {
	return path.n ? bv__arena_printf(x->a, BV_STR_FMT "." BV_STR_FMT, BV_STR_ARG(path), BV_STR_ARG(name)) : name;
}

static bv_str field_text(diff *x, const bv_field *f) {
	bv_str t = f->type ? bv__type_str(x->a, f->type) : BV_STR("unknown");
	return f->nullable ? t : bv__arena_printf(x->a, BV_STR_FMT " NOT NULL", BV_STR_ARG(t));
}

static bool is_list(const bv_type *t) {
	return t->id == BV_T_LIST || t->id == BV_T_LARGE_LIST || t->id == BV_T_FIXED_LIST || t->id == BV_T_LIST_VIEW || t->id == BV_T_LARGE_LIST_VIEW;
}

static const bv_field *find(const bv_field *v, uint32_t n, bv_str name, uint32_t *at) {
	for (uint32_t i = 0; i < n; i++) {
		if (bv__str_eq(v[i].name, name)) {
			*at = i;
			return &v[i];
		}
	}
	return NULL;
}

static void compare_field(diff *x, bv_str path, const bv_field *before, const bv_field *after, unsigned depth);

static void compare_fields(diff *x, bv_str path, const bv_field *before, uint32_t nbefore, const bv_field *after, uint32_t nafter, unsigned depth) {
	if (depth > BV_DEPTH_MAX) {
		return;
	}
	uint32_t at = 0, last = 0;
	bool moved = false, first = true;
	for (uint32_t i = 0; i < nbefore; i++) {
		bv_str name = child_path(x, path, before[i].name);
		const bv_field *f = find(after, nafter, before[i].name, &at);
		if (!f) {
			add(x, name, "removed", field_text(x, &before[i]), BV_STR(""), true);
			continue;
		}
		if (!first && at < last && !moved) {
			moved = true; /* one change says it: which columns are where is in the schemas */
			add(x, name, "order", bv__arena_printf(x->a, "%u", i + 1), bv__arena_printf(x->a, "%u", at + 1), true);
		}
		first = false;
		last = at;
		compare_field(x, name, &before[i], f, depth + 1);
	}
	for (uint32_t i = 0; i < nafter; i++) {
		if (!find(before, nbefore, after[i].name, &at)) {
			add(x, child_path(x, path, after[i].name), "added", BV_STR(""), field_text(x, &after[i]), false);
		}
	}
}

static void compare_field(diff *x, bv_str path, const bv_field *before, const bv_field *after, unsigned depth) {
	const bv_type *b = before->type, *f = after->type;
	if (!b || !f) {
		if (b != f) {
			add(x, path, "type", field_text(x, before), field_text(x, after), true);
		}
		return;
	}
	if (b->id == BV_T_STRUCT && f->id == BV_T_STRUCT) {
		compare_fields(x, path, b->children, b->nchildren, f->children, f->nchildren, depth);
	} else if (is_list(b) && is_list(f) && b->nchildren == 1 && f->nchildren == 1) {
		compare_field(x, child_path(x, path, BV_STR("element")), &b->children[0], &f->children[0], depth + 1);
	} else if (b->id == BV_T_MAP && f->id == BV_T_MAP && b->nchildren == 1 && f->nchildren == 1 && b->children[0].type->nchildren == 2 &&
		f->children[0].type->nchildren == 2) {
		const bv_field *bk = b->children[0].type->children, *fk = f->children[0].type->children;
		compare_field(x, child_path(x, path, BV_STR("key")), &bk[0], &fk[0], depth + 1);
		compare_field(x, child_path(x, path, BV_STR("value")), &bk[1], &fk[1], depth + 1);
	} else if (!bv__type_same_logical(b, f)) {
		add(x, path, "type", field_text(x, before), field_text(x, after), true);
		return;
	}
	if (before->nullable != after->nullable) {
		add(x, path, "nullability", before->nullable ? BV_STR("NULL") : BV_STR("NOT NULL"), after->nullable ? BV_STR("NULL") : BV_STR("NOT NULL"), after->nullable);
	}
}

bool bv__contract_diff(bv_arena *a, const bv_schema_t *before, const bv_schema_t *after, bv_contract_change **out, uint32_t *n) {
	diff x = {.a = a, .ok = true};
	compare_fields(&x, BV_STR(""), before->v, before->n, after->v, after->n, 0);
	if (!x.ok || bv__arena_failed(a)) {
		return false;
	}
	*out = x.v.v;
	*n = x.v.n;
	return true;
}
