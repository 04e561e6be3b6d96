/* Tables for a compile without a project. In: {"t":{"c":"BIGINT","d":{"type":"DATE","nullable":false}},"db.t":{…}}. Out: what the lane's lookup asks.
 * Keys are identifiers in the request's dialect: those that fold fold what is unquoted, elsewhere they stay as written. */
#include "project/schema.h"

#include <jansson.h>

/* Splits a dotted key; quotes as the dialect writes them. A column's key is one part whatever is in it. */
static bool key_path(bv_arena *a, bv_str key, const bv_dialect *dialect, bool dotted, bv_path *out) {
	bool folds = bv__dialect_folds(dialect);
	bv_str name = bv__str(bv__dialect_name(dialect));
	bool backticks = bv__str_is(name, "spark") || bv__str_is(name, "databricks") || bv__str_is(name, "bigquery") || bv__str_is(name, "generic");
	bv_str *parts = BV_NEWN(a, bv_str, 3);
	uint32_t n = 0, at = 0;
	while (parts) {
		bv_buf b = BV_BUF_INIT;
		char quote = at < key.n && (key.p[at] == '"' || (key.p[at] == '`' && backticks)) ? key.p[at] : '\0';
		const char *close = quote ? memchr(key.p + at + 1, quote, key.n - at - 1) : NULL;
		bv_str part;
		if (close) {
			for (at++; at < key.n; at++) {
				if (key.p[at] == quote) {
					if (at + 1 < key.n && key.p[at + 1] == quote) {
						at++;
					} else {
						break;
					}
				}
				bv__buf_ch(&b, key.p[at]);
			}
			at++;
			part = bv__arena_str(a, bv__buf_view(&b));
		} else {
			for (; at < key.n && !(dotted && key.p[at] == '.'); at++) {
				bv__buf_ch(&b, key.p[at]);
			}
			part = folds ? bv__arena_lower(a, bv__buf_view(&b)) : bv__arena_str(a, bv__buf_view(&b));
		}
		bv__buf_free(&b);
		if (n == 3 || part.n == 0 || (at < key.n && (!dotted || key.p[at] != '.'))) {
			return false;
		}
		parts[n++] = part;
		if (at++ >= key.n) {
			*out = (bv_path){parts, n, 0};
			return true;
		}
	}
	return false;
}

static bool read_column(bv_schema *s, bv_str table, bv_str key, const json_t *value, const bv_dialect *dialect, bv_field *out, bv_diagnostics *d) {
	bool nullable = true;
	const json_t *type = value;
	if (json_is_object(value)) {
		type = json_object_get(value, "type");
		const json_t *n = json_object_get(value, "nullable");
		if (n && !json_is_boolean(n)) {
			bv__diag(d, BV_E_SCHEMA_TYPE, BV_NO_SPAN, "schema: " BV_STR_FMT "." BV_STR_FMT ": \"nullable\" must be true or false", BV_STR_ARG(table), BV_STR_ARG(key));
			return false;
		}
		nullable = !json_is_false(n);
	}
	if (!json_is_string(type)) {
		bv__diag(d, BV_E_SCHEMA_TYPE, BV_NO_SPAN, "schema: " BV_STR_FMT "." BV_STR_FMT ": a type's name, or {\"type\",\"nullable\"}, is expected", BV_STR_ARG(table), BV_STR_ARG(key));
		return false;
	}
	bv_str text = bv__arena_str(s->arena, (bv_str){json_string_value(type), (uint32_t)json_string_length(type)});
	bv_diagnostics *inner = bv_diagnostics_new();
	if (!inner) {
		(void)bv__nomem(d);
		return false;
	}
	const bv_type *t = bv__type_parse(s->arena, text, bv__datafusion, bv__diag_source(inner, BV_STR(""), text), inner);
	if (!t) {
		bv_diagnostic *e = bv__diag(d, BV_E_SCHEMA_TYPE, BV_NO_SPAN, "schema: " BV_STR_FMT "." BV_STR_FMT ": \"" BV_STR_FMT "\" is not a type", BV_STR_ARG(table), BV_STR_ARG(key),
			BV_STR_ARG(text));
		if (inner->items.n) {
			bv__diag_hint(d, e, BV_STR_FMT, BV_STR_ARG(inner->items.v[0].message));
		}
	}
	bv_diagnostics_free(inner);
	bv_path path;
	bv_str name = key_path(s->arena, key, dialect, false, &path) ? path.v[0] : key;
	*out = (bv_field){name, t, nullable, NULL, 0};
	return t != NULL;
}

static bool read_table(bv_schema *s, bv_str key, const json_t *columns, const bv_dialect *dialect, bv_diagnostics *d) {
	bv_schema_table t = {.key = key};
	bv_path path;
	if (!key_path(s->arena, key, dialect, true, &path)) {
		bv__diag(d, BV_E_SCHEMA_TYPE, BV_NO_SPAN, "schema: \"" BV_STR_FMT "\" is not a table name of one to three parts", BV_STR_ARG(key));
		return false;
	}
	t.path = bv__full_path(s->arena, &path);
	if (!json_is_object(columns)) {
		bv__diag(d, BV_E_SCHEMA_TYPE, BV_NO_SPAN, "schema: " BV_STR_FMT ": a map of columns and types is expected", BV_STR_ARG(key));
		return false;
	}
	t.schema = (bv_schema_t){BV_NEWN(s->arena, bv_field, json_object_size(columns) + 1), 0};
	t.columns = BV_NEWN(s->arena, bv_str, json_object_size(columns) + 1);
	bool ok = t.schema.v && t.columns;
	const char *name;
	const json_t *value;
	json_object_foreach((json_t *)(uintptr_t)columns, name, value) {
		if (ok) {
			t.columns[t.schema.n] = bv__arena_strz(s->arena, name);
			ok = read_column(s, key, t.columns[t.schema.n], value, dialect, &t.schema.v[t.schema.n], d);
			t.schema.n++;
		}
	}
	for (uint32_t i = 0; i < s->tables.n; i++) {
		const bv_path *p = &s->tables.v[i].path;
		bool same = p->n == t.path.n;
		for (uint32_t k = 0; same && k < p->n; k++) {
			same = bv__str_eq(p->v[k], t.path.v[k]);
		}
		if (same) {
			bv__diag(d, BV_E_SCHEMA_TYPE, BV_NO_SPAN, "schema: \"" BV_STR_FMT "\" and \"" BV_STR_FMT "\" name the same table", BV_STR_ARG(s->tables.v[i].key), BV_STR_ARG(key));
			ok = false;
		}
	}
	t.index = ok ? bv__column_index(s->arena, &t.schema.v->name, sizeof *t.schema.v, t.schema.n) : NULL;
	if (ok && (!t.index || !BV_PUSH(s->arena, &s->tables, t))) {
		(void)bv__nomem(d);
		ok = false;
	}
	return ok;
}

static bv_str spelling_key(bv_arena *a, bv_str key, bv_str column) {
	return bv__arena_printf(a, "%u:" BV_STR_FMT BV_STR_FMT, key.n, BV_STR_ARG(key), BV_STR_ARG(column));
}

static void note_spellings(bv_schema *s) {
	bv__map_init(&s->spelled, s->arena);
	for (uint32_t i = 0; i < s->tables.n; i++) {
		const bv_schema_table *t = &s->tables.v[i];
		for (uint32_t k = 0; k < t->schema.n; k++) {
			if (!bv__str_eq(t->columns[k], t->schema.v[k].name)) {
				(void)bv__map_put(&s->spelled, spelling_key(s->arena, t->key, t->schema.v[k].name), &t->columns[k]);
			}
		}
	}
}

bv_status bv_schema_from_json(const char *json, size_t n, const char *dialect_name, bv_schema **out, bv_diagnostics *d) {
	if (!json || !out) {
		return BV_MISUSE;
	}
	const bv_dialect *dialect = bv__dialect(bv__str(dialect_name));
	if (!dialect) {
		bv__diag(d, BV_E_DIALECT, BV_NO_SPAN, "unknown dialect \"%s\"", dialect_name);
		return BV_FAILED;
	}
	bv_arena *a = bv__arena_new();
	bv_schema *s = a ? BV_NEW(a, bv_schema) : NULL;
	if (!s) {
		bv__arena_free(a);
		return bv__nomem(d);
	}
	s->arena = a;
	json_error_t err;
	json_t *root = json_loadb(json, n, JSON_REJECT_DUPLICATES, &err);
	bool ok = json_is_object(root);
	if (!ok) {
		bv__diag(d, BV_E_SCHEMA_TYPE, BV_NO_SPAN, "schema: %s", root ? "a map of tables is expected" : err.text);
	}
	const char *key;
	json_t *value;
	if (ok) {
		json_object_foreach(root, key, value) {
			ok &= read_table(s, bv__arena_strz(a, key), value, dialect, d);
		}
	}
	json_decref(root);
	note_spellings(s);
	if (!ok || bv__arena_failed(a)) {
		bool oom = ok;
		bv__arena_free(a);
		return oom ? bv__nomem(d) : BV_FAILED;
	}
	*out = s;
	return BV_OK;
}

void bv_schema_free(bv_schema *s) {
	if (s) {
		bv__arena_free(s->arena);
	}
}

static bool matches(const bv_path *stored, const bv_path *asked, uint32_t insensitive) {
	/* From the end: what comes first is one for most tables. */
	bool same = stored->n == asked->n;
	for (uint32_t i = stored->n; same && i-- > 0;) {
		same = insensitive >> i & 1 ? bv__str_ieq(stored->v[i], asked->v[i]) : bv__str_eq(stored->v[i], asked->v[i]);
	}
	return same;
}

bv_lookup bv__schema_lookup(void *ctx, bv_arena *a, const bv_path *path, bv_table_info *out, bv_diagnostics *d, bv_span span) {
	const bv_schema *s = ctx;
	bv_path full = bv__full_path(a, path);
	const bv_schema_table *found = NULL, *other = NULL;
	const uint32_t rounds[] = {0, full.insensitive};
	for (int round = 0; round < 2 && !found; round++) {
		for (uint32_t i = 0; i < s->tables.n; i++) {
			if (matches(&s->tables.v[i].path, &full, rounds[round])) {
				other = found;
				found = &s->tables.v[i];
				if (other) {
					break;
				}
			}
		}
	}
	if (!found) {
		for (uint32_t i = 0; i < s->tables.n; i++) {
			if (matches(&s->tables.v[i].path, &full, ~0u)) {
				bv_diagnostic *e = bv__diag(d, BV_E_TABLE_UNKNOWN, span, "unknown table " BV_STR_FMT "; one differs only in case", BV_STR_ARG(bv__full_name(a, path)));
				bv__diag_hint(d, e, "quote it: \"" BV_STR_FMT "\"", BV_STR_ARG(s->tables.v[i].key));
				return BV_LOOKUP_FAILED;
			}
		}
		return BV_NOT_FOUND;
	}
	if (other) {
		bv_diagnostic *e = bv__diag(d, BV_E_TABLE_UNKNOWN, span, "table name fits more than one table: they differ only in case");
		bv__diag_hint(d, e, "quote the one that is meant: \"" BV_STR_FMT "\", \"" BV_STR_FMT "\"", BV_STR_ARG(other->key), BV_STR_ARG(found->key));
		return BV_LOOKUP_FAILED;
	}
	*out = (bv_table_info){.path = bv__full_path(a, &found->path), .key = found->key, .schema = found->schema, .types_known = true, .index = found->index};
	return BV_FOUND;
}

void bv__schema_candidates(void *ctx, bv_arena *a, bv_str **names, uint32_t *n) {
	const bv_schema *s = ctx;
	*names = BV_NEWN(a, bv_str, s->tables.n + 1);
	*n = *names ? s->tables.n : 0;
	for (uint32_t i = 0; i < *n; i++) {
		(*names)[i] = bv__full_name(a, &s->tables.v[i].path);
	}
}

static int by_source(const void *x, const void *y, void *ctx) {
	(void)ctx;
	const bv_source_column *a = x, *b = y;
	int c = bv__str_cmp(a->table, b->table);
	return c ? c : bv__str_cmp(a->column, b->column);
}

bv_str bv__schema_table_key(const bv_schema *s, const bv_path *path) {
	for (uint32_t i = 0; i < s->tables.n; i++) {
		if (matches(&s->tables.v[i].path, path, 0)) {
			return s->tables.v[i].key;
		}
	}
	return BV_STR("");
}

bv_str bv__schema_spelling(const bv_schema *s, bv_str key, bv_str column) {
	bv_arena *a = s->spelled.n ? bv__arena_new() : NULL;
	const bv_str *spelled = a ? bv__map_get(&s->spelled, spelling_key(a, key, column)) : NULL;
	bv__arena_free(a);
	return spelled ? *spelled : column;
}

bool bv__schema_spell(const bv_schema *s, bv_arena *a, bv_lineage *l) {
	bool ok = true;
	for (uint32_t i = 0; ok && s->spelled.n && i < l->n; i++) {
		bv_column_lineage *c = &l->v[i];
		bv_source_column *v = BV_NEWN(a, bv_source_column, c->n + 1);
		for (uint32_t k = 0; v && k < c->n; k++) {
			v[k] = (bv_source_column){c->v[k].table, bv__arena_str(a, bv__schema_spelling(s, c->v[k].table, c->v[k].column))};
		}
		ok = v && bv__sort(v, c->n, sizeof *v, by_source, NULL);
		c->v = v;
	}
	return ok;
}
