/* Types to text: the dialect's name for a type of the tree, or Arrow's. */
#include "sql/generate.h"

/* Tree name to SQL name by dialect; NULL: it has none. Datafusion's column is also what its own parser reads back. */
static const struct {
	const char *tree, *datafusion, *postgres, *duckdb, *spark, *arrow;
} names[] = {
	{"null", NULL, NULL, NULL, "VOID", "Null"},
	{"boolean", "BOOLEAN", "BOOLEAN", "BOOLEAN", "BOOLEAN", "Boolean"},
	{"int8", "TINYINT", NULL, "TINYINT", "TINYINT", "Int8"},
	{"int16", "SMALLINT", "SMALLINT", "SMALLINT", "SMALLINT", "Int16"},
	{"int32", "INT", "INTEGER", "INTEGER", "INT", "Int32"},
	{"int64", "BIGINT", "BIGINT", "BIGINT", "BIGINT", "Int64"},
	{"uint8", "TINYINT UNSIGNED", NULL, "UTINYINT", NULL, "UInt8"},
	{"uint16", "SMALLINT UNSIGNED", NULL, "USMALLINT", NULL, "UInt16"},
	{"uint32", "INT UNSIGNED", NULL, "UINTEGER", NULL, "UInt32"},
	{"uint64", "BIGINT UNSIGNED", NULL, "UBIGINT", NULL, "UInt64"},
	{"float16", NULL, NULL, NULL, NULL, "Float16"},
	{"float32", "FLOAT", "REAL", "FLOAT", "FLOAT", "Float32"},
	{"float64", "DOUBLE", "DOUBLE PRECISION", "DOUBLE", "DOUBLE", "Float64"},
	{"string", "VARCHAR", "TEXT", "VARCHAR", "STRING", "Utf8View"},
	{"utf8", NULL, NULL, NULL, NULL, "Utf8"},
	{"large_utf8", NULL, NULL, NULL, NULL, "LargeUtf8"},
	{"utf8_view", NULL, NULL, NULL, NULL, "Utf8View"},
	{"binary", "BYTEA", "BYTEA", "BLOB", "BINARY", "Binary"},
	{"large_binary", NULL, NULL, NULL, NULL, "LargeBinary"},
	{"binary_view", NULL, NULL, NULL, NULL, "BinaryView"},
	{"date", "DATE", "DATE", "DATE", "DATE", "Date32"},
	{"date64", NULL, NULL, NULL, NULL, "Date64"},
	{"interval", "INTERVAL", "INTERVAL", "INTERVAL", "INTERVAL", "Interval(MonthDayNano)"},
	{"interval_year_month", NULL, NULL, NULL, NULL, "Interval(YearMonth)"},
	{"interval_day_time", NULL, NULL, NULL, NULL, "Interval(DayTime)"},
};

static const char *plain_name(const bv_gen *g, bv_str tree, const char **arrow)
{
	for (unsigned i = 0; i < BV_COUNT(names); i++)
		if (bv__str_is(tree, names[i].tree)) {
			if (arrow)
				*arrow = names[i].arrow;
			switch (g->dialect->bit) {
			case BV_D_POSTGRES: return names[i].postgres;
			case BV_D_DUCKDB: return names[i].duckdb;
			case BV_D_SPARK: return names[i].spark;
			default: return names[i].datafusion;
			}
		}
	if (arrow)
		*arrow = NULL;
	return NULL;
}

static unsigned digits(const bv_ast_type *t) { return t->precision.n == 1 ? (unsigned)(t->precision.p[0] - '0') : 9; }

static const bv_node *field_type(const bv_ast_type *t, uint32_t i) { return t->fields.n > i ? BV_AS(type_field, t->fields.v[i])->type : NULL; }

bool bv__g_type_in_sql(const bv_gen *g, const bv_node *n)
{
	const bv_ast_type *t = BV_AS(type, n);
	uint32_t bit = g->dialect->bit;
	for (uint32_t i = 0; i < t->fields.n; i++)
		if (!bv__g_type_in_sql(g, field_type(t, i)))
			return false;
	if (t->foreign.n) {
		if (bv__str_is(t->foreign.v[t->foreign.n - 1], "numeric")) /* elsewhere it has a number of digits */
			return bit == BV_D_POSTGRES;
		bv_str last = t->foreign.v[t->foreign.n - 1];
		if (t->args.n && t->args.v[0]->kind == BV_NUMBER && (bv__str_starts(last, "timestamp") || bv__str_starts(last, "timetz") || bv__str_is(last, "time"))) /* digits that only PostgreSQL rounds to, up to 6 */
			return bit == BV_D_POSTGRES && BV_AS(number, t->args.v[0])->text.n == 1;
		const bv_type_name *known = bv__type_name(g->dialect, t->foreign.v[t->foreign.n - 1]);
		return (g->dialect->syntax & BV_SYN_ANY_TYPE) || (known && known->shape == BV_SHAPE_FOREIGN);
	}
	if (bv__str_is(t->name, "decimal"))
		return t->scale.n && (t->scale.p[0] != '-' || bit == BV_D_DATAFUSION || bit == BV_D_POSTGRES);
	if (bv__str_is(t->name, "decimal256"))
		return bit == BV_D_DATAFUSION || bit == BV_D_POSTGRES;
	if (bv__str_is(t->name, "time"))
		return bit == BV_D_DATAFUSION || (bit != BV_D_SPARK && digits(t) <= 6);
	if (bv__str_is(t->name, "timestamp")) {
		unsigned p = digits(t);
		if (t->zone.n && !bv__str_is(t->zone, "UTC"))
			return false;
		if (bit == BV_D_DATAFUSION)
			return true;
		return bit == BV_D_DUCKDB ? !t->zone.n || p == 6 : bit == BV_D_SPARK ? p == 6 : p <= 6;
	}
	if (bv__str_is(t->name, "list"))
		return t->fields.n == 1;
	if (bv__str_is(t->name, "fixed_list"))
		return bit == BV_D_DUCKDB || bit == BV_D_DATAFUSION;
	if (bv__str_is(t->name, "struct"))
		return bit != BV_D_POSTGRES;
	if (bv__str_is(t->name, "map"))
		return bit != BV_D_POSTGRES && t->fields.n == 2;
	return plain_name(g, t->name, NULL) != NULL;
}

/* Does a type that the engine does not have stand anywhere in it? */
bool bv__g_type_is_foreign(const bv_node *n)
{
	const bv_ast_type *t = BV_AS(type, n);
	for (uint32_t i = 0; i < t->fields.n; i++)
		if (bv__g_type_is_foreign(field_type(t, i)))
			return true;
	return t->foreign.n > 0;
}

/* name(field type, argument, …) */
static void foreign(bv_gen *g, const bv_ast_type *t)
{
	if (t->foreign.n == 1 && bv__str_is(t->foreign.v[0], "interval")) {
		bv__g_z(g, "INTERVAL");
		if (t->args.n && t->args.v[0]->kind == BV_STRING)
			bv__buf_printf(g->out, " " BV_STR_FMT, BV_STR_ARG(BV_AS(string, t->args.v[0])->text));
		if (t->precision.n)
			bv__buf_printf(g->out, "(" BV_STR_FMT ")", BV_STR_ARG(t->precision));
		return;
	}
	if (t->foreign.n == 1 && bv__str_is(t->foreign.v[0], "char")) /* without quotes it is CHARACTER */
		bv__g_z(g, "\"char\"");
	else
		bv__g_path(g, &t->foreign);
	if (!t->fields.n && !t->args.n)
		return;
	bv__buf_ch(g->out, '(');
	for (uint32_t i = 0; i < t->fields.n && !bv__g_stop(g); i++) {
		if (i)
			bv__g_z(g, ", ");
		bv__g_type(g, t->fields.v[i]);
	}
	for (uint32_t i = 0; i < t->args.n && !bv__g_stop(g); i++) {
		if (i || t->fields.n)
			bv__g_z(g, ", ");
		bv__g_any(g, t->args.v[i]);
	}
	bv__buf_ch(g->out, ')');
}

static void unwritable(bv_gen *g, const bv_ast_type *t)
{
	char what[64];
	snprintf(what, sizeof what, "the type %.*s", (int)(t->name.n > 40 ? 40 : t->name.n), t->name.p);
	bv__g_refuse(g, &t->head, what);
}

static void timestamp(bv_gen *g, const bv_ast_type *t)
{
	unsigned p = digits(t), usual = g->dialect->timestamp_precision;
	switch (g->dialect->bit) {
	case BV_D_SPARK:
		bv__g_z(g, t->zone.n ? "TIMESTAMP" : "TIMESTAMP_NTZ");
		return;
	case BV_D_DUCKDB:
		bv__g_z(g, t->zone.n ? "TIMESTAMP WITH TIME ZONE" : p == 0 ? "TIMESTAMP_S" : p == 3 ? "TIMESTAMP_MS" : p == 6 ? "TIMESTAMP" : "TIMESTAMP_NS");
		return;
	default:
		bv__g_z(g, "TIMESTAMP");
		if (p != usual)
			bv__buf_printf(g->out, "(%u)", p);
		if (t->zone.n)
			bv__g_z(g, " WITH TIME ZONE");
	}
}

void bv__g_type(bv_gen *g, const bv_node *n)
{
	if (n->kind == BV_TYPE_FIELD) {
		const bv_ast_type_field *f = BV_AS(type_field, n);
		if (f->name.n) {
			bv__g_name(g, f->name, false);
			bv__g_z(g, g->dialect->bit == BV_D_SPARK ? ": " : " ");
		}
		bv__g_type(g, f->type);
		return;
	}
	const bv_ast_type *t = BV_AS(type, n);
	uint32_t bit = g->dialect->bit;
	if (bv__g_stop(g))
		return;
	if (!bv__g_type_in_sql(g, n)) {
		if (bit == BV_D_DATAFUSION && !bv__g_type_is_foreign(n))
			bv__g_type_arrow(g, n);
		else
			unwritable(g, t);
		return;
	}
	const char *plain = plain_name(g, t->name, NULL);
	if (t->foreign.n) {
		foreign(g, t);
	} else if (t->precision.n && bv__str_is(t->name, "string")) { /* where it cuts and is not the type of a cast: RETURNING VARCHAR(3) */
		if (bit != BV_D_POSTGRES)
			bv__g_refuse(g, n, "a text of so many characters");
		bv__buf_printf(g->out, "VARCHAR(" BV_STR_FMT ")", BV_STR_ARG(t->precision));
	} else if (plain) {
		bv__g_z(g, plain);
	} else if (bv__str_starts(t->name, "decimal")) {
		bv__buf_printf(g->out, "%s(" BV_STR_FMT ", " BV_STR_FMT ")", bit == BV_D_POSTGRES ? "NUMERIC" : "DECIMAL", BV_STR_ARG(t->precision), BV_STR_ARG(t->scale));
	} else if (bv__str_is(t->name, "time")) {
		unsigned usual = bit == BV_D_DATAFUSION ? 9 : g->dialect->timestamp_precision;
		bv__g_z(g, "TIME");
		if (digits(t) != usual)
			bv__buf_printf(g->out, "(%u)", digits(t));
	} else if (bv__str_is(t->name, "timestamp")) {
		timestamp(g, t);
	} else if (bv__str_is(t->name, "list") || bv__str_is(t->name, "fixed_list")) {
		if (bit == BV_D_SPARK) {
			bv__g_z(g, "ARRAY<");
			bv__g_type(g, field_type(t, 0));
			bv__buf_ch(g->out, '>');
		} else {
			bv__g_type(g, field_type(t, 0));
			bv__buf_printf(g->out, "[" BV_STR_FMT "]", BV_STR_ARG(t->precision));
		}
	} else if (bv__str_is(t->name, "struct")) {
		bool angle = bit != BV_D_DUCKDB;
		bv__g_z(g, angle ? "STRUCT<" : "STRUCT(");
		for (uint32_t i = 0; i < t->fields.n; i++) {
			if (i)
				bv__g_z(g, ", ");
			bv__g_type(g, t->fields.v[i]);
		}
		bv__buf_ch(g->out, angle ? '>' : ')');
	} else {
		bool angle = bit == BV_D_SPARK;
		bv__g_z(g, angle ? "MAP<" : "MAP(");
		bv__g_type(g, field_type(t, 0));
		bv__g_z(g, ", ");
		bv__g_type(g, field_type(t, 1));
		bv__buf_ch(g->out, angle ? '>' : ')');
	}
}

/* ---- Arrow's way ---- */

static const char *unit(const bv_ast_type *t)
{
	switch (digits(t)) {
	case 0: return "s";
	case 3: return "ms";
	case 6: return "µs";
	default: return "ns";
	}
}

static void arrow_child(bv_gen *g, const bv_node *n)
{
	const bv_ast_type_field *f = BV_AS(type_field, n);
	bv__g_type_arrow(g, f->type);
	if (f->name.n)
		bv__buf_printf(g->out, ", field: '" BV_STR_FMT "'", BV_STR_ARG(f->name));
}

void bv__g_type_arrow(bv_gen *g, const bv_node *n)
{
	static const struct {
		const char *tree, *arrow;
	} lists[] = {{"list", "List"}, {"large_list", "LargeList"}, {"list_view", "ListView"}, {"large_list_view", "LargeListView"}};
	const bv_ast_type *t = BV_AS(type, n);
	const char *arrow;
	plain_name(g, t->name, &arrow);
	if (arrow) {
		bv__g_z(g, arrow);
		return;
	}
	for (unsigned i = 0; i < BV_COUNT(lists); i++)
		if (bv__str_is(t->name, lists[i].tree) && t->fields.n == 1) {
			bv__g_z(g, lists[i].arrow);
			bv__buf_ch(g->out, '(');
			arrow_child(g, t->fields.v[0]);
			bv__buf_ch(g->out, ')');
			return;
		}
	if (bv__str_starts(t->name, "decimal")) {
		bv__buf_printf(g->out, "Decimal%s(" BV_STR_FMT ", " BV_STR_FMT ")", t->name.n > 7 ? t->name.p + 7 : "128", BV_STR_ARG(t->precision), BV_STR_ARG(t->scale));
	} else if (bv__str_is(t->name, "time")) {
		bv__buf_printf(g->out, "Time%s(%s)", digits(t) > 3 ? "64" : "32", unit(t));
	} else if (bv__str_is(t->name, "duration")) {
		bv__buf_printf(g->out, "Duration(%s)", unit(t));
	} else if (bv__str_is(t->name, "timestamp")) {
		bv__buf_printf(g->out, "Timestamp(%s", unit(t));
		if (t->zone.n)
			bv__buf_printf(g->out, ", \"" BV_STR_FMT "\"", BV_STR_ARG(t->zone));
		bv__buf_ch(g->out, ')');
	} else if (bv__str_is(t->name, "fixed_binary")) {
		bv__buf_printf(g->out, "FixedSizeBinary(" BV_STR_FMT ")", BV_STR_ARG(t->precision));
	} else if (bv__str_is(t->name, "fixed_list") && t->fields.n == 1) {
		bv__buf_printf(g->out, "FixedSizeList(" BV_STR_FMT " x ", BV_STR_ARG(t->precision));
		arrow_child(g, t->fields.v[0]);
		bv__buf_ch(g->out, ')');
	} else if (bv__str_is(t->name, "struct")) {
		bv__g_z(g, "Struct(");
		for (uint32_t i = 0; i < t->fields.n; i++) {
			const bv_ast_type_field *f = BV_AS(type_field, t->fields.v[i]);
			bv__buf_printf(g->out, "%s\"" BV_STR_FMT "\": ", i ? ", " : "", BV_STR_ARG(f->name));
			bv__g_type_arrow(g, f->type);
		}
		bv__buf_ch(g->out, ')');
	} else if (bv__str_is(t->name, "map") && t->fields.n == 2) {
		bv__g_z(g, "Map(\"entries\": non-null Struct(\"key\": non-null ");
		bv__g_type_arrow(g, field_type(t, 0));
		bv__g_z(g, ", \"value\": ");
		bv__g_type_arrow(g, field_type(t, 1));
		bv__g_z(g, "), unsorted)");
	} else if (bv__str_is(t->name, "dictionary") && t->fields.n == 2) {
		bv__g_z(g, "Dictionary(");
		bv__g_type_arrow(g, field_type(t, 0));
		bv__g_z(g, ", ");
		bv__g_type_arrow(g, field_type(t, 1));
		bv__buf_ch(g->out, ')');
	} else
		unwritable(g, t);
}
