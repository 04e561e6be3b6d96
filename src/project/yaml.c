/* belvedere.yaml. In: its text. Out: session->project and the declared datasets. Every key is a row of a table; what is not in the table is
 * refused at its place, as is a value that does not fit. ${VAR} and ${VAR:-default} expand in values, never in keys. */
#include <stdlib.h>

#include "project/project.h"
#include "project/yaml_tree.h"

/* Levels of lists and maps in a variable. */
enum { VALUE_DEPTH = 16 };

typedef struct reader {
	bv_session *s;
	bv_diagnostics *d;
	bv_str file_text;
	uint32_t file;
	bool ok;
	void *at; /* what the keys of the present section fill in */
} reader;

typedef struct key_rule {
	const char *name;
	void (*read)(reader *r, bv_yaml *v);
} key_rule;

BV_PRINTF(3, 4) static bv_diagnostic *wrong(reader *r, const bv_yaml *v, const char *fmt, ...) {
	va_list ap;
	va_start(ap, fmt);
	char text[512];
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	r->ok = false;
	return bv__diag(r->d, BV_E_YAML_VALUE, v->span, "%s", text);
}

/* ---- ${VAR} ---- */

/* The place in the file of the n-th "${" of a scalar: its raw text may hold quotes and escapes, the marks keep their order. */
static bv_span mark_span(const reader *r, const bv_yaml *v, uint32_t nth, uint32_t length) {
	for (uint32_t i = v->span.start; i + 1 < v->span.end && i + 1 < r->file_text.n; i++) {
		if (r->file_text.p[i] == '$' && r->file_text.p[i + 1] == '{' && nth-- == 0) {
			uint32_t end = i + length;
			return (bv_span){r->file, i, end < v->span.end ? end : v->span.end};
		}
	}
	return v->span;
}

static bool variable_name(bv_str s) {
	for (uint32_t i = 0; i < s.n; i++) {
		char c = s.p[i];
		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (i && c >= '0' && c <= '9'))) {
			return false;
		}
	}
	return s.n > 0;
}

/* Expands a scalar once; the result of a variable is not looked at again. False: diagnosed. */
static bool expand(reader *r, bv_yaml *v) {
	bv_str t = v->text;
	bv_buf out = BV_BUF_INIT;
	uint32_t marks = 0;
	bool ok = true;
	for (uint32_t i = 0; ok && i < t.n; i++) {
		if (t.p[i] != '$' || i + 1 >= t.n || t.p[i + 1] != '{') {
			bv__buf_ch(&out, t.p[i]);
			continue;
		}
		const char *close = memchr(t.p + i, '}', t.n - i);
		if (!close) {
			bv__diag(r->d, BV_E_YAML_VALUE, mark_span(r, v, marks, 2), "${ without }");
			ok = false;
			break;
		}
		bv_str body = {t.p + i + 2, (uint32_t)(close - (t.p + i + 2))};
		uint32_t length = body.n + 3;
		bv_str name = body, fallback = {NULL, 0};
		for (uint32_t k = 0; k + 1 < body.n; k++) {
			if (body.p[k] == ':' && body.p[k + 1] == '-') {
				name.n = k;
				fallback = (bv_str){body.p + k + 2, body.n - k - 2};
				break;
			}
		}
		bv_span at = mark_span(r, v, marks++, length);
		if (!variable_name(name)) {
			bv_diagnostic *e = bv__diag(r->d, BV_E_YAML_VALUE, at, "\"" BV_STR_FMT "\" is not the name of a variable", BV_STR_ARG(name));
			bv__diag_hint(r->d, e, "${NAME} or ${NAME:-default}");
			ok = false;
			break;
		}
		bv_str z = bv__arena_str(r->s->arena, name);
		const char *value = bv__os_env(z.p);
		if (value && (value[0] || !fallback.p)) {
			if (bv__utf8_invalid(value, strlen(value)) < strlen(value)) {
				bv__diag(r->d, BV_E_YAML_VALUE, at, "the value of " BV_STR_FMT " is not valid UTF-8", BV_STR_ARG(name));
				ok = false;
			}
			bv__buf_z(&out, value);
		} else if (fallback.p) {
			bv__buf_str(&out, fallback);
		} else {
			bv_diagnostic *e = bv__diag(r->d, BV_E_VARIABLE_UNSET, at, "variable " BV_STR_FMT " is not set", BV_STR_ARG(name));
			bv__diag_hint(r->d, e, "set it in the environment, or give a default: ${" BV_STR_FMT ":-…}", BV_STR_ARG(name));
			ok = false;
		}
		i += length - 1;
	}
	if (marks && ok) {
		v->text = bv__arena_str(r->s->arena, bv__buf_view(&out));
	}
	bv__buf_free(&out);
	r->ok &= ok;
	return ok;
}

static void expand_all(reader *r, bv_yaml *v) {
	if (v->kind == BV_YAML_SCALAR) {
		(void)expand(r, v);
	}
	for (uint32_t i = 0; i < v->n; i++) {
		expand_all(r, v->v[i]);
	}
}

/* ---- scalars ---- */

static bool is_true(bv_str t) {
	return bv__str_is(t, "true") || bv__str_is(t, "True") || bv__str_is(t, "TRUE");
}

static bool is_false(bv_str t) {
	return bv__str_is(t, "false") || bv__str_is(t, "False") || bv__str_is(t, "FALSE");
}

static bool text_of(reader *r, bv_yaml *v, bv_str *out) {
	if (v->kind != BV_YAML_SCALAR || v->text.n == 0 || memchr(v->text.p, 0, v->text.n)) {
		wrong(r, v, "a text is expected");
		return false;
	}
	*out = v->text;
	return true;
}

static bool bool_of(reader *r, const bv_yaml *v, bool *out) {
	if (v->kind == BV_YAML_SCALAR && v->plain && (is_true(v->text) || is_false(v->text))) {
		*out = is_true(v->text);
		return true;
	}
	wrong(r, v, "true or false is expected");
	return false;
}

/* Decimal digits only; false when there is anything else or the value is past `max`. */
static bool digits(bv_str t, uint64_t max, uint64_t *out) {
	uint64_t n = 0;
	for (uint32_t i = 0; i < t.n; i++) {
		if (t.p[i] < '0' || t.p[i] > '9' || n > (max - (uint64_t)(t.p[i] - '0')) / 10) {
			return false;
		}
		n = n * 10 + (uint64_t)(t.p[i] - '0');
	}
	*out = n;
	return t.n > 0;
}

static bool number_of(reader *r, const bv_yaml *v, uint64_t min, uint64_t max, uint64_t *out) {
	uint64_t n = 0;
	if (v->kind != BV_YAML_SCALAR || !digits(v->text, max, &n) || n < min) {
		wrong(r, v, "a whole number from %llu to %llu is expected", (unsigned long long)min, (unsigned long long)max);
		return false;
	}
	*out = n;
	return true;
}

/* 2GB, 512 MB, 1.5GiB, 1048576. Powers of 1000, with an i of 1024. */
static bool size_of(bv_str t, uint64_t *out) {
	static const struct {
		const char *unit;
		uint64_t factor;
	} units[] = {{"", 1}, {"B", 1}, {"KB", 1000}, {"MB", 1000000}, {"GB", 1000000000}, {"TB", 1000000000000}, {"KiB", 1ull << 10}, {"MiB", 1ull << 20},
		{"GiB", 1ull << 30}, {"TiB", 1ull << 40}, {"K", 1000}, {"M", 1000000}, {"G", 1000000000}, {"T", 1000000000000}};
	uint32_t at = 0;
	uint64_t value = 0, scale = 1;
	bool point = false, any = false;
	for (; at < t.n && ((t.p[at] >= '0' && t.p[at] <= '9') || (t.p[at] == '.' && !point)); at++) {
		if (t.p[at] == '.') {
			point = true;
			continue;
		}
		if (value > 1000000000000000ull || scale > 1000) {
			return false;
		}
		value = value * 10 + (uint64_t)(t.p[at] - '0');
		scale = point ? scale * 10 : 1;
		any = true;
	}
	while (at < t.n && t.p[at] == ' ') {
		at++;
	}
	bv_str unit = {t.p + at, t.n - at};
	for (size_t i = 0; any && i < BV_COUNT(units); i++) {
		if (bv__str_ieq(unit, bv__str(units[i].unit))) {
			if (value && units[i].factor > (1ull << 60) / value) {
				return false;
			}
			*out = value * units[i].factor / scale;
			return true;
		}
	}
	return false;
}

/* ---- sections ---- */

/* Reads a map by its rules; an absent value (nothing after the colon) leaves the defaults. */
static void section(reader *r, const bv_yaml *v, const char *what, const key_rule *rules, uint32_t n) {
	if (v->kind == BV_YAML_NULL) {
		return;
	}
	if (v->kind != BV_YAML_MAP) {
		wrong(r, v, "%s must be a map of keys and values", what);
		return;
	}
	for (uint32_t i = 0; i < v->n; i++) {
		const key_rule *rule = NULL;
		bv_str names[16];
		for (uint32_t k = 0; k < n; k++) {
			names[k] = bv__str(rules[k].name);
			if (bv__str_eq(names[k], v->keys[i]->text)) {
				rule = &rules[k];
			}
		}
		if (rule) {
			rule->read(r, v->v[i]);
			continue;
		}
		r->ok = false;
		bv_diagnostic *e = bv__diag(r->d, BV_E_YAML_KEY, v->keys[i]->span, "%s has no key \"" BV_STR_FMT "\"", what, BV_STR_ARG(v->keys[i]->text));
		bv_str near = bv__did_you_mean(v->keys[i]->text, names, n);
		if (near.n) {
			bv__diag_hint(r->d, e, "did you mean \"" BV_STR_FMT "\"?", BV_STR_ARG(near));
		} else {
			bv_buf b = BV_BUF_INIT;
			for (uint32_t k = 0; k < n; k++) {
				bv__buf_printf(&b, "%s%s", k ? ", " : "", rules[k].name);
			}
			bv__diag_hint(r->d, e, "keys: %s", b.p);
			bv__buf_free(&b);
		}
	}
}

/* Scalars of a map as a JSON object. typed: unquoted numbers, booleans and null keep their kind; otherwise all are texts. */
static bv_str object_of(reader *r, const bv_yaml *v, const char *what, bool typed) {
	if (v->kind == BV_YAML_NULL) {
		return BV_STR("{}");
	}
	if (v->kind != BV_YAML_MAP) {
		wrong(r, v, "%s must be a map of keys and values", what);
		return BV_STR("{}");
	}
	bv_buf b = BV_BUF_INIT;
	bv_json j = bv__json(&b);
	bv__json_open(&j, '{');
	for (uint32_t i = 0; i < v->n; i++) {
		const bv_yaml *x = v->v[i];
		uint64_t n;
		bv__json_key_str(&j, v->keys[i]->text);
		if (x->kind == BV_YAML_NULL) {
			bv__json_null(&j);
		} else if (x->kind != BV_YAML_SCALAR) {
			wrong(r, x, "%s: the value of \"" BV_STR_FMT "\" must be a single value", what, BV_STR_ARG(v->keys[i]->text));
			bv__json_null(&j);
		} else if (typed && x->plain && (is_true(x->text) || is_false(x->text))) {
			bv__json_bool(&j, is_true(x->text));
		} else if (typed && x->plain && digits(x->text, INT64_MAX, &n) && (x->text.p[0] != '0' || x->text.n == 1)) {
			bv__json_int(&j, (int64_t)n);
		} else {
			bv__json_str(&j, x->text);
		}
	}
	bv__json_close(&j, '}');
	bv_str s = bv__arena_str(r->s->arena, bv__buf_view(&b));
	bv__buf_free(&b);
	return s;
}

/* A variable's value as JSON: whole numbers, the truth values and null keep their kind where they are not quoted, all else that is single is a text as it is
 * written (2024-01-01, 1.50); lists and maps of values. */
static void put_value(reader *r, const bv_yaml *v, bv_json *j, unsigned depth) {
	uint64_t n;
	if (v->kind == BV_YAML_NULL) {
		bv__json_null(j);
	} else if (v->kind != BV_YAML_SCALAR && depth == 0) {
		wrong(r, v, "the value of a variable is nested too deeply");
		bv__json_null(j);
	} else if (v->kind == BV_YAML_LIST) {
		bv__json_open(j, '[');
		for (uint32_t i = 0; i < v->n; i++) {
			put_value(r, v->v[i], j, depth - 1);
		}
		bv__json_close(j, ']');
	} else if (v->kind == BV_YAML_MAP) {
		bv__json_open(j, '{');
		for (uint32_t i = 0; i < v->n; i++) {
			bv__json_key_str(j, v->keys[i]->text);
			put_value(r, v->v[i], j, depth - 1);
		}
		bv__json_close(j, '}');
	} else if (v->plain && (is_true(v->text) || is_false(v->text))) {
		bv__json_bool(j, is_true(v->text));
	} else if (memchr(v->text.p, 0, v->text.n)) {
		wrong(r, v, "a text has no NUL byte");
		bv__json_null(j);
	} else {
		bool minus = v->text.n > 1 && v->text.p[0] == '-';
		bv_str whole = {v->text.p + minus, v->text.n - minus};
		if (v->plain && whole.n && digits(whole, INT64_MAX, &n) && (whole.p[0] != '0' || whole.n == 1) && !(minus && n == 0)) {
			bv__json_int(j, minus ? -(int64_t)n : (int64_t)n);
		} else {
			bv__json_str(j, v->text);
		}
	}
}

/* A list of texts; one text stands for a list of it. */
static void texts_of(reader *r, bv_yaml *v, bv_str **out, uint32_t *n) {
	bv_yaml *one[1] = {v};
	bv_yaml **items = one;
	uint32_t count = 1;
	if (v->kind == BV_YAML_NULL) {
		return;
	}
	if (v->kind == BV_YAML_LIST) {
		items = v->v;
		count = v->n;
	}
	bv_str *t = BV_NEWN(r->s->arena, bv_str, count + 1);
	for (uint32_t i = 0; t && i < count; i++) {
		if (!text_of(r, items[i], &t[i])) {
			return;
		}
	}
	*out = t;
	*n = t ? count : 0;
}

static void read_name(reader *r, bv_yaml *v) {
	(void)text_of(r, v, &r->s->project.name);
}

static void read_warehouse(reader *r, bv_yaml *v) {
	bv_str t;
	if (text_of(r, v, &t)) {
		r->s->project.warehouse = bv__path_join(r->s->arena, r->s->project.root, t);
	}
}

static void read_dialect(reader *r, bv_yaml *v) {
	static const bv_str names[] = {{"datafusion", 10}, {"postgres", 8}, {"duckdb", 6}, {"spark", 5}, {"databricks", 10}, {"snowflake", 9}, {"bigquery", 8}, {"trino", 5},
		{"generic", 7}};
	bv_str t;
	if (!text_of(r, v, &t)) {
		return;
	}
	const bv_dialect *dialect = bv__dialect(t);
	if (dialect) {
		r->s->project.dialect = dialect;
		return;
	}
	bv_diagnostic *e = wrong(r, v, "unknown dialect \"" BV_STR_FMT "\"", BV_STR_ARG(t));
	bv_str near = bv__did_you_mean(t, names, BV_COUNT(names));
	if (near.n) {
		bv__diag_hint(r->d, e, "did you mean \"" BV_STR_FMT "\"?", BV_STR_ARG(near));
	} else {
		bv__diag_hint(r->d, e, "dialects: datafusion, postgres, duckdb, spark, databricks, snowflake, bigquery, trino, generic");
	}
}

/* ---- sources ---- */

typedef struct source_at {
	bv_dataset *ds;
	bv_yaml *columns; /* read last: the format decides what a scan of a type gives */
} source_at;

static void read_location(reader *r, bv_yaml *v) {
	bv_dataset *ds = ((source_at *)r->at)->ds;
	bv_str t;
	if (text_of(r, v, &t)) {
		ds->location = bv__path_join(r->s->arena, r->s->project.root, t);
	}
}

static void read_format(reader *r, bv_yaml *v) {
	static const bv_str formats[] = {{"delta", 5}, {"parquet", 7}, {"csv", 3}, {"json", 4}};
	bv_dataset *ds = ((source_at *)r->at)->ds;
	bv_str t;
	if (!text_of(r, v, &t)) {
		return;
	}
	for (size_t i = 0; i < BV_COUNT(formats); i++) {
		if (bv__str_eq(formats[i], t)) {
			ds->format = formats[i];
			return;
		}
	}
	bv_diagnostic *e = wrong(r, v, "unknown format \"" BV_STR_FMT "\"", BV_STR_ARG(t));
	bv__diag_hint(r->d, e, "formats: delta, parquet, csv, json");
}

static void read_columns(reader *r, bv_yaml *v) {
	((source_at *)r->at)->columns = v;
}

static void read_options(reader *r, bv_yaml *v) {
	((source_at *)r->at)->ds->options_json = object_of(r, v, "options", true);
}

static void read_column_type(reader *r, bv_yaml *v) {
	bv_yaml **to = r->at;
	to[0] = v;
}

static void read_column_nullable(reader *r, bv_yaml *v) {
	bv_yaml **to = r->at;
	to[1] = v;
}

/* The type of a declared column: as a scan of the dataset's format gives it, so that a tree compiled here is the engine's. */
static const bv_type *column_type(reader *r, const bv_dataset *ds, const bv_yaml *v, bv_str text) {
	bv_diagnostics *inner = bv_diagnostics_new();
	if (!inner) {
		(void)bv__nomem(r->d);
		return NULL;
	}
	uint32_t file = bv__diag_source(inner, BV_STR(""), text);
	const bv_type *t = bv__type_parse(r->s->arena, text, bv__datafusion, file, inner);
	if (!t) {
		bv_diagnostic *e = wrong(r, v, "\"" BV_STR_FMT "\" is not a type", BV_STR_ARG(text));
		bv__diag_hint(r->d, e, "SQL types of DataFusion (BIGINT, VARCHAR, DOUBLE, TIMESTAMP, DECIMAL(10, 2), BIGINT[]), or Arrow's names (Int64, Utf8)");
	} else if (bv__str_is(ds->format, "delta")) {
		bool cast = false;
		const bv_type *stored = bv__type_stored(r->s->arena, t, &cast);
		if (!stored) {
			wrong(r, v, "a Delta table has no columns of type " BV_STR_FMT, BV_STR_ARG(text));
		}
		t = stored ? bv__type_scanned(r->s->arena, stored) : NULL;
	}
	bv_diagnostics_free(inner);
	return t;
}

static void declare_columns(reader *r, bv_dataset *ds, const bv_yaml *v) {
	static const key_rule keys[] = {{"type", read_column_type}, {"nullable", read_column_nullable}};
	if (v->kind != BV_YAML_MAP || v->n == 0) {
		wrong(r, v, "columns must be a map of column names and types");
		return;
	}
	bv_schema_t schema = {BV_NEWN(r->s->arena, bv_field, v->n), v->n};
	for (uint32_t i = 0; schema.v && i < v->n; i++) {
		bv_yaml *parts[2] = {v->v[i], NULL};
		bool nullable = true;
		if (v->v[i]->kind == BV_YAML_MAP) {
			parts[0] = NULL;
			r->at = parts;
			section(r, v->v[i], "a column", keys, BV_COUNT(keys));
			if (!parts[0]) {
				wrong(r, v->keys[i], "column " BV_STR_FMT " has no type", BV_STR_ARG(v->keys[i]->text));
				return;
			}
			if (parts[1] && !bool_of(r, parts[1], &nullable)) {
				return;
			}
		}
		bv_str text;
		if (!text_of(r, parts[0], &text)) {
			return;
		}
		static const char not_null[] = " not null";
		uint32_t tail = sizeof not_null - 1;
		if (text.n > tail && bv__str_ieq((bv_str){text.p + text.n - tail, tail}, (bv_str){not_null, tail})) {
			nullable = false;
			text.n -= tail;
		}
		const bv_type *t = column_type(r, ds, parts[0], text);
		if (!t) {
			return;
		}
		schema.v[i] = (bv_field){v->keys[i]->text, t, nullable, NULL, 0};
	}
	if (schema.v) {
		ds->schema = schema;
		ds->declared = true;
	}
}

static void read_sources(reader *r, bv_yaml *v) {
	static const key_rule keys[] = {{"location", read_location}, {"format", read_format}, {"columns", read_columns}, {"options", read_options}};
	if (v->kind == BV_YAML_NULL) {
		return;
	}
	if (v->kind != BV_YAML_MAP) {
		wrong(r, v, "sources must be a map of names and sources");
		return;
	}
	bv_session *s = r->s;
	for (uint32_t i = 0; i < v->n; i++) {
		bv_dataset *ds = BV_NEW(s->arena, bv_dataset);
		if (!ds) {
			(void)bv__nomem(r->d);
			r->ok = false;
			return;
		}
		ds->span = v->keys[i]->span;
		ds->format = BV_STR("delta");
		ds->options_json = BV_STR("{}");
		if (!bv__exact_path(s->arena, v->keys[i]->text, &ds->path)) {
			bv_diagnostic *e = wrong(r, v->keys[i], "\"" BV_STR_FMT "\" is not a name of one to three parts", BV_STR_ARG(v->keys[i]->text));
			bv__diag_hint(r->d, e, "a name such as raw.events");
			continue;
		}
		ds->name = bv__full_name(s->arena, &ds->path);
		if (bv__map_has(&s->dataset_by_name, ds->name)) {
			wrong(r, v->keys[i], "source " BV_STR_FMT " is given twice", BV_STR_ARG(ds->name));
			continue;
		}
		source_at at = {ds, NULL};
		r->at = &at;
		bool was_ok = r->ok;
		r->ok = true;
		section(r, v->v[i], "a source", keys, BV_COUNT(keys));
		if (r->ok && !ds->location.p) {
			wrong(r, v->keys[i], "source " BV_STR_FMT " has no location", BV_STR_ARG(ds->name));
		}
		if (r->ok && at.columns && at.columns->kind != BV_YAML_NULL) {
			declare_columns(r, ds, at.columns);
		}
		if (r->ok && (!BV_PUSH(s->arena, &s->datasets, ds) || !bv__map_put(&s->dataset_by_name, ds->name, ds))) {
			(void)bv__nomem(r->d);
			r->ok = false;
		}
		r->ok &= was_ok;
	}
}

/* ---- the other sections ---- */

static void read_storage(reader *r, bv_yaml *v) {
	if (v->kind == BV_YAML_NULL) {
		return;
	}
	if (v->kind != BV_YAML_MAP) {
		wrong(r, v, "storage must be a map of URLs and options");
		return;
	}
	bv_buf b = BV_BUF_INIT;
	bv_json j = bv__json(&b);
	bv__json_open(&j, '{');
	for (uint32_t i = 0; i < v->n; i++) {
		bv_str url = v->keys[i]->text;
		bool scheme = false;
		for (uint32_t k = 0; k + 3 < url.n; k++) {
			scheme |= memcmp(url.p + k, "://", 3) == 0;
		}
		if (!scheme) {
			wrong(r, v->keys[i], "\"" BV_STR_FMT "\" is not a URL such as s3://bucket", BV_STR_ARG(url));
		}
		bv__json_key_str(&j, url);
		bv__json_raw(&j, object_of(r, v->v[i], "storage options", false));
	}
	bv__json_close(&j, '}');
	r->s->project.storage_json = bv__arena_str(r->s->arena, bv__buf_view(&b));
	bv__buf_free(&b);
}

static void read_materialized(reader *r, bv_yaml *v) {
	(void)bool_of(r, v, &r->s->project.materialized);
}

static void read_tags(reader *r, bv_yaml *v) {
	texts_of(r, v, &r->s->project.tags, &r->s->project.ntags);
}

static void read_defaults(reader *r, bv_yaml *v) {
	static const key_rule keys[] = {{"materialized", read_materialized}, {"tags", read_tags}};
	section(r, v, "defaults", keys, BV_COUNT(keys));
}

static void read_memory(reader *r, bv_yaml *v) {
	uint64_t n = 0;
	if (v->kind != BV_YAML_SCALAR || !size_of(v->text, &n) || n < 1u << 20) {
		bv_diagnostic *e = wrong(r, v, "a size of at least 1 MiB is expected");
		bv__diag_hint(r->d, e, "such as 512MB, 2GB or 1.5GiB");
		return;
	}
	r->s->project.memory = n;
}

static void read_threads(reader *r, bv_yaml *v) {
	uint64_t n;
	if (number_of(r, v, 1, 4096, &n)) {
		r->s->project.threads = (uint32_t)n;
	}
}

static void read_spill(reader *r, bv_yaml *v) {
	bv_str t;
	if (text_of(r, v, &t)) {
		r->s->project.spill = bv__path_join(r->s->arena, r->s->project.root, t);
	}
}

static void read_engine(reader *r, bv_yaml *v) {
	static const key_rule keys[] = {{"memory", read_memory}, {"threads", read_threads}, {"spill", read_spill}};
	section(r, v, "engine", keys, BV_COUNT(keys));
}

static void read_max_distance(reader *r, bv_yaml *v) {
	uint64_t n;
	if (number_of(r, v, 0, 1000000, &n)) {
		r->s->project.policy.max_distance = (uint32_t)n;
	}
}

static void read_templates(reader *r, bv_yaml *v) {
	bv_str t;
	if (!text_of(r, v, &t)) {
		return;
	}
	if (!bv__str_is(t, "refuse") && !bv__str_is(t, "placeholders") && !bv__str_is(t, "render")) {
		wrong(r, v, "refuse, placeholders or render is expected");
		return;
	}
	r->s->project.policy.templates = t;
}

static void read_policy(reader *r, bv_yaml *v) {
	static const key_rule keys[] = {{"max_distance", read_max_distance}, {"templates", read_templates}};
	section(r, v, "policy", keys, BV_COUNT(keys));
}

static void read_variables(reader *r, bv_yaml *v) {
	if (v->kind == BV_YAML_NULL) {
		return;
	}
	if (v->kind != BV_YAML_MAP) {
		wrong(r, v, "variables must be a map of keys and values");
		return;
	}
	bv_buf b = BV_BUF_INIT;
	bv_json j = bv__json(&b);
	put_value(r, v, &j, VALUE_DEPTH);
	r->s->project.variables_json = bv__arena_str(r->s->arena, bv__buf_view(&b));
	bv__buf_free(&b);
}

bool bv__project_read_yaml(bv_session *s, bv_diagnostics *d) {
	static const key_rule keys[] = {{"name", read_name}, {"warehouse", read_warehouse}, {"dialect", read_dialect}, {"sources", read_sources},
		{"storage", read_storage}, {"defaults", read_defaults}, {"engine", read_engine}, {"policy", read_policy}, {"variables", read_variables}};
	bv_str path = bv__path_join(s->arena, s->project.root, BV_STR("belvedere.yaml"));
	bv_str text;
	int err = 0;
	if (!bv__os_read_file(s->arena, path.p, 16u << 20, &text, &err)) {
		bv__diag(d, BV_E_FILE, BV_NO_SPAN, BV_STR_FMT ": cannot be read: %s", BV_STR_ARG(path), strerror(err));
		return false;
	}
	bv_str shown = bv__path_join(s->arena, s->shown, BV_STR("belvedere.yaml"));
	uint32_t file = bv__diag_source(s->sources, shown, text);
	bv_diagnostics *local = bv__diag_session(s);
	if (!local) {
		return bv__nomem(d) == BV_OK;
	}
	reader r = {.s = s, .d = local, .file_text = text, .file = file, .ok = true};
	s->project.warehouse = bv__path_join(s->arena, s->project.root, BV_STR("warehouse"));
	bv_yaml *root = bv__yaml_read(s->arena, text, file, local);
	if (root) {
		expand_all(&r, root);
	}
	if (root && r.ok) {
		section(&r, root, "belvedere.yaml", keys, BV_COUNT(keys));
	}
	bool ok = root && r.ok && !bv__arena_failed(s->arena);
	bv__diag_forward(local, d);
	return ok;
}
