/* Contracts. In: a compiled view. Out: the schema of its query, of its Delta table, and of a scan of that table, and the query with the
 * checked casts that lead from the first to the second. A value that the table could not hold makes the refresh fail; nothing is rounded. */
#include "contract/contract.h"

/* ---- deriving ---- */

/* The projection that makes output column i, for the place of a diagnostic; of a set operation the left one names the columns. */
static bv_span column_span(const bv_node *query, uint32_t i, bv_span otherwise) {
	for (unsigned depth = 0; query && depth < BV_DEPTH_MAX; depth++) {
		switch (query->kind) {
		case BV_QUERY:
			query = BV_AS(query, query)->body;
			break;
		case BV_SET_OPERATION:
			query = BV_AS(set_operation, query)->left;
			break;
		case BV_SELECT: {
			const bv_list *p = &BV_AS(select, query)->projections;
			return i < p->n && p->v[i]->span.file ? p->v[i]->span : otherwise;
		}
		default:
			return otherwise;
		}
	}
	return otherwise;
}

bool bv__contract_name_fits(bv_str name) {
	for (uint32_t i = 0; i < name.n; i++) {
		if (memchr(" ,;{}()\n\t=", name.p[i], 10)) {
			return false;
		}
	}
	return name.n > 0;
}

/* The first name inside a type that a table cannot hold; empty p: none. */
static bv_str bad_child(const bv_type *t, unsigned depth) {
	for (uint32_t i = 0; i < t->nchildren && depth < BV_DEPTH_MAX; i++) {
		if (t->id == BV_T_STRUCT && !bv__contract_name_fits(t->children[i].name)) {
			return t->children[i].name;
		}
		bv_str bad = bad_child(t->children[i].type, depth + 1);
		if (bad.p) {
			return bad;
		}
	}
	return (bv_str){NULL, 0};
}

static bool check_name(const bv_schema_t *s, uint32_t i, bv_span span, bv_diagnostics *d) {
	bv_str name = s->v[i].name;
	if (!bv__contract_name_fits(name)) {
		bv_diagnostic *e = bv__diag(d, BV_E_OUTPUT_NAME, span, "output column %u is named \"" BV_STR_FMT "\", which a Delta table cannot hold", i + 1, BV_STR_ARG(name));
		bv__diag_hint(d, e, "give it a name with AS");
		return false;
	}
	bv_str bad = s->v[i].type ? bad_child(s->v[i].type, 0) : (bv_str){NULL, 0};
	if (bad.p) {
		bv_diagnostic *e = bv__diag(d, BV_E_OUTPUT_NAME, span, "column \"" BV_STR_FMT "\" has a field named \"" BV_STR_FMT "\", which a Delta table cannot hold",
			BV_STR_ARG(name), BV_STR_ARG(bad));
		bv__diag_hint(d, e, "name the field without spaces and without any of ,;{}()=");
		return false;
	}
	for (uint32_t k = 0; k < i; k++) {
		/* Delta compares column names without case. */
		if (bv__str_ieq(s->v[k].name, name)) {
			bv_diagnostic *e = bv__diag(d, BV_E_OUTPUT_NAME, span, bv__str_eq(s->v[k].name, name)
				? "two output columns are named \"" BV_STR_FMT "\"" : "output column \"" BV_STR_FMT "\" differs from another one only in case",
				BV_STR_ARG(name));
			bv__diag_hint(d, e, "give one of them another name with AS");
			return false;
		}
	}
	return true;
}

/* Output columns that the query's ORDER BY starts with, as JSON: a key that is no output column ends the promise. An artifact without its
 * tree promises nothing here: whoever cut it down kept the text. */
static bv_str order_keys(bv_arena *a, const bv_node *query) {
	bv_buf b = BV_BUF_INIT;
	bv_json j = bv__json(&b);
	bv__json_open(&j, '[');
	if (query && query->kind == BV_QUERY) {
		const bv_list *keys = &BV_AS(query, query)->order_by;
		for (uint32_t i = 0; i < keys->n; i++) {
			const bv_ast_order_item *item = BV_AS(order_item, keys->v[i]);
			const bv_ast_column *c = BV_AS(column, item->operand);
			if (c->head.kind != BV_COLUMN || c->path.n != 1) {
				break;
			}
			bool last = item->nulls == BV_nulls_last || (item->nulls == BV_nulls_default && !item->descending);
			bv__json_open(&j, '{');
			bv__json_key(&j, "column");
			bv__json_str(&j, c->path.v[0]);
			bv__json_key(&j, "descending");
			bv__json_bool(&j, item->descending);
			bv__json_key(&j, "nulls");
			bv__json_z(&j, last ? "last" : "first");
			bv__json_close(&j, '}');
		}
	}
	bv__json_close(&j, ']');
	bv_str s = bv__arena_str(a, bv__buf_view(&b));
	bv__buf_free(&b);
	return s;
}

static bv_str function_names(bv_arena *a, const bv_view_artifact *v) {
	bv_buf b = BV_BUF_INIT;
	bv_json j = bv__json(&b);
	bv__json_open(&j, '[');
	for (uint32_t i = 0; i < v->nfunctions; i++) {
		bv__json_str(&j, v->functions[i]);
	}
	bv__json_close(&j, ']');
	bv_str s = bv__arena_str(a, bv__buf_view(&b));
	bv__buf_free(&b);
	return s;
}

bool bv__contract_derive(bv_arena *a, const bv_view_artifact *artifact, bv_contract *out, bv_span span, bv_diagnostics *d) {
	const bv_schema_t *q = &artifact->schema;
	bv_contract c = {.query = *q, .stored = {BV_NEWN(a, bv_field, q->n + 1), q->n}, .scanned = {BV_NEWN(a, bv_field, q->n + 1), q->n}};
	c.metadata = BV_NEWN(a, bv_str, 4);
	if (!c.stored.v || !c.scanned.v || !c.metadata) {
		(void)bv__nomem(d);
		return false;
	}
	bool ok = true;
	for (uint32_t i = 0; i < q->n; i++) {
		const bv_field *f = &q->v[i];
		bv_span at = column_span(artifact->ast, i, span);
		ok &= check_name(q, i, at, d);
		/* An unknown type stays unknown: such a view is provisional, never recorded and never built. */
		const bv_type *stored = NULL, *scanned = NULL;
		if (f->type) {
			bool cast = false;
			stored = bv__type_stored(a, f->type, &cast);
			if (!stored) {
				bv_str text = bv__type_str(a, f->type);
				bv_diagnostic *e = bv__diag(d, BV_E_STORED_TYPE, at, "column \"" BV_STR_FMT "\" has type " BV_STR_FMT ", which a Delta table cannot hold",
					BV_STR_ARG(f->name), BV_STR_ARG(text));
				bv__diag_hint(d, e, "cast the column to a type that can be stored, or make the view a plain one");
				ok = false;
				continue;
			}
			scanned = bv__type_scanned(a, stored);
			c.cast |= cast;
		}
		c.stored.v[i] = (bv_field){f->name, stored, f->nullable, f->metadata, f->nmetadata};
		c.scanned.v[i] = (bv_field){f->name, scanned, f->nullable, NULL, 0};
	}
	c.metadata[0] = BV_STR("belvedere.functions");
	c.metadata[1] = function_names(a, artifact);
	c.metadata[2] = BV_STR("belvedere.order_by");
	c.metadata[3] = order_keys(a, artifact->ast);
	c.nmetadata = 2;
	if (bv__arena_failed(a)) {
		(void)bv__nomem(d);
		return false;
	}
	if (ok) {
		*out = c;
	}
	return ok;
}

/* ---- the stored query ---- */

/* Casts towards the table that would drop digits in silence: nanoseconds to microseconds, and dates counted in milliseconds. */
static bool loses_digits(const bv_type *t, unsigned depth) {
	if ((t->id == BV_T_TIMESTAMP && t->unit == BV_UNIT_NS) || t->id == BV_T_DATE64) {
		return true;
	}
	for (uint32_t i = 0; i < t->nchildren && depth < BV_DEPTH_MAX; i++) {
		if (loses_digits(t->children[i].type, depth + 1)) {
			return true;
		}
	}
	return false;
}

static bv_node *typed(bv_node *n, const bv_type *t, bool nullable) {
	if (n) {
		n->type = t;
		n->nullable = nullable;
	}
	return n;
}

static bv_node *cast(bv_arena *a, bv_span span, bv_node *operand, const bv_type *t, bool nullable) {
	bv_ast_cast *c = BV_MAKE(a, CAST, cast, span);
	if (!c) {
		return NULL;
	}
	c->operand = operand;
	c->type = bv__type_to_node(a, span, t);
	return typed(&c->head, t, nullable);
}

static bv_node *binary(bv_arena *a, bv_span span, bv_binary_op op, bv_node *l, bv_node *r, const bv_type *t) {
	bv_ast_binary *b = BV_MAKE(a, BINARY, binary, span);
	if (!b) {
		return NULL;
	}
	b->op = (uint8_t)op;
	b->left = l;
	b->right = r;
	return typed(&b->head, t, false);
}

static bv_node *when(bv_arena *a, bv_span span, bv_node *condition, bv_node *result) {
	bv_ast_when *w = BV_MAKE(a, WHEN, when, span);
	if (!w) {
		return NULL;
	}
	w->condition = condition;
	w->result = result;
	return &w->head;
}

static bv_node *source_column(bv_arena *a, bv_span span, const bv_field *f) {
	return typed(bv__column(a, span, BV_STR("q"), f->name), f->type, f->nullable);
}

/* CASE WHEN CAST(CAST(x AS stored) AS query) IS NOT DISTINCT FROM x THEN CAST(x AS stored)
 *      WHEN CAST('what is wrong' AS boolean) THEN CAST(x AS stored) ELSE CAST(x AS stored) END
 * The second condition is reached only by a value that does not survive, and fails with the text. It takes the value in, so that no
 * optimiser can evaluate it beforehand. ELSE keeps the column's nullability. */
static bv_node *checked_cast(bv_arena *a, bv_span span, const bv_field *from, const bv_field *to) {
	const bv_type *boolean = bv__type(BV_T_BOOL), *utf8 = bv__type(BV_T_UTF8);
	bv_node *back = cast(a, span, cast(a, span, source_column(a, span, from), to->type, from->nullable), from->type, from->nullable);
	bv_node *same = binary(a, span, BV_binary_op_is_not_distinct_from, back, source_column(a, span, from), boolean);
	bv_str text = bv__arena_printf(a, "column " BV_STR_FMT " cannot be stored: a timestamp has a remainder below a microsecond; use date_trunc('microsecond', …)",
		BV_STR_ARG(from->name));
	bv_node *message = typed(bv__string(a, span, text), utf8, false);
	if (from->type->nchildren == 0) {
		bv_node *value = cast(a, span, source_column(a, span, from), utf8, from->nullable);
		message = binary(a, span, BV_binary_op_concat, typed(bv__string(a, span, bv__arena_printf(a, BV_STR_FMT ": ", BV_STR_ARG(text))), utf8, false), value, utf8);
	} else {
		bv_ast_is *is = BV_MAKE(a, IS, is, span);
		bv_ast_case *c = BV_MAKE(a, CASE, case, span);
		if (!is || !c) {
			return NULL;
		}
		is->negated = true;
		is->operand = source_column(a, span, from);
		bv_node *w = when(a, span, typed(&is->head, boolean, false), message);
		c->whens = bv__list_of(a, &w, 1);
		message = typed(&c->head, utf8, true);
	}
	if (!message) {
		return NULL;
	}
	bv_ast_case *c = BV_MAKE(a, CASE, case, span);
	bv_node *whens[2] = {when(a, span, same, cast(a, span, source_column(a, span, from), to->type, from->nullable)),
		when(a, span, cast(a, span, message, boolean, true), cast(a, span, source_column(a, span, from), to->type, from->nullable))};
	if (!c) {
		return NULL;
	}
	c->whens = bv__list_of(a, whens, 2);
	c->otherwise = cast(a, span, source_column(a, span, from), to->type, from->nullable);
	return typed(&c->head, to->type, from->nullable);
}

/* ORDER BY of the query as keys of the outer one: only where every key is an output column. The casts keep the order. */
static bool liftable(const bv_list *keys) {
	for (uint32_t i = 0; i < keys->n; i++) {
		const bv_node *operand = BV_AS(order_item, keys->v[i])->operand;
		if (operand->kind != BV_COLUMN || BV_AS(column, operand)->path.n != 1) {
			return false;
		}
	}
	return true;
}

/* One projection over the query: each column as the table holds it, and then, where `scanned`, as a scan of the table gives it. */
static const bv_node *projected(bv_arena *a, const bv_node *query, const bv_contract *c, bool scanned) {
	bv_span span = query->span;
	bv_node_vec projections = {0};
	for (uint32_t i = 0; i < c->query.n; i++) {
		const bv_field *from = &c->query.v[i], *to = &c->stored.v[i];
		bv_span at = column_span(query, i, span);
		bool need = false;
		(void)bv__type_stored(a, from->type, &need);
		bv_node *e = !need ? source_column(a, at, from)
			: loses_digits(from->type, 0) ? checked_cast(a, at, from, to)
			: cast(a, at, source_column(a, at, from), to->type, from->nullable);
		if (e && scanned && !bv__type_equal(e->type, c->scanned.v[i].type)) {
			e = cast(a, at, e, c->scanned.v[i].type, from->nullable);
		}
		bv_node *alias = e ? bv__alias(a, e, to->name) : NULL;
		if (!alias || !BV_PUSH(a, &projections, typed(alias, e->type, e->nullable))) {
			return NULL;
		}
	}
	bv_ast_query *inner = BV_AS(query, query);
	bv_ast_query *outer = BV_MAKE(a, QUERY, query, span);
	bv_ast_select *select = BV_MAKE(a, SELECT, select, span);
	bv_ast_derived *derived = BV_MAKE(a, DERIVED, derived, span);
	if (!outer || !select || !derived) {
		return NULL;
	}
	if (inner->order_by.n && liftable(&inner->order_by)) {
		outer->order_by = inner->order_by;
		if (!inner->limit && !inner->offset) {
			inner = BV_AS(query, bv__node_copy(a, query));
			if (!inner) {
				return NULL;
			}
			inner->order_by = (bv_list){0};
		}
	}
	derived->query = &inner->head;
	derived->alias = BV_STR("q");
	bv_node *from = &derived->head;
	select->projections = bv__list_done(projections);
	select->from = bv__list_of(a, &from, 1);
	outer->body = &select->head;
	return bv__arena_failed(a) ? NULL : &outer->head;
}

const bv_node *bv__contract_stored_query(bv_arena *a, const bv_node *query, const bv_contract *c) {
	return c->cast ? projected(a, query, c, false) : query;
}

const bv_node *bv__contract_scanned_query(bv_arena *a, const bv_node *query, const bv_contract *c) {
	bool same = true;
	for (uint32_t i = 0; same && i < c->query.n; i++) {
		same = bv__type_equal(c->query.v[i].type, c->scanned.v[i].type);
	}
	return same ? query : projected(a, query, c, true);
}

/* ---- out ---- */

bool bv__contract_export(bv_arena *a, const bv_contract *c, struct ArrowSchema *out) {
	const bv_type *t = bv__type_struct(a, c->stored.v, c->stored.n);
	bv_field f = {BV_STR(""), t, false, c->metadata, c->nmetadata};
	return t && bv__field_export(&f, out);
}

void bv__contract_json(const bv_contract *c, const bv_view_artifact *artifact, bv_buf *out) {
	bv_json j = bv__json(out);
	bv__json_open(&j, '{');
	const struct {
		const char *name;
		const bv_schema_t *schema;
	} schemas[] = {{"query", &c->query}, {"stored", &c->stored}, {"scanned", &c->scanned}};
	for (size_t i = 0; i < BV_COUNT(schemas); i++) {
		bv_buf b = BV_BUF_INIT;
		bv__schema_json(schemas[i].schema, &b);
		bv__json_key(&j, schemas[i].name);
		bv__json_raw(&j, bv__buf_view(&b));
		out->failed |= b.failed;
		bv__buf_free(&b);
	}
	bv__json_key(&j, "cast");
	bv__json_bool(&j, c->cast);
	bv__json_key(&j, "metadata");
	bv__json_open(&j, '{');
	for (uint32_t i = 0; i < c->nmetadata; i++) {
		bv__json_key_str(&j, c->metadata[2 * i]);
		bv__json_raw(&j, c->metadata[2 * i + 1]);
	}
	bv__json_close(&j, '}');
	bv__json_key(&j, "ast_fingerprint");
	bv__json_z(&j, artifact && artifact->ast_fingerprint[0] ? artifact->ast_fingerprint : NULL);
	bv__json_key(&j, "policy_hash");
	bv__json_z(&j, artifact && artifact->policy_hash[0] ? artifact->policy_hash : NULL);
	bv__json_close(&j, '}');
}
