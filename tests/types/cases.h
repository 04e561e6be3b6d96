/* cases: the types and rules that the coercion table is about, for the test that reads the table and for the program that writes it. */
#ifndef BV_TYPES_CASES_H
#define BV_TYPES_CASES_H

#include <stdlib.h>

#include "types/types.h"

/* Daily: pairs of these are in the table. The others are compared where an engine is there. */
static const struct {
	const char *text;
	bool daily;
} case_types[] = {
	{"Null", true}, {"Boolean", true}, {"Int8", false}, {"Int16", false}, {"Int32", true}, {"Int64", true}, {"UInt8", false}, {"UInt16", false}, {"UInt32", true},
	{"UInt64", true}, {"Float16", false}, {"Float32", false}, {"Float64", true}, {"Decimal32(5, 2)", false}, {"Decimal32(9, 9)", false}, {"Decimal64(12, 3)", false},
	{"Decimal64(18, 0)", false}, {"Decimal128(10, 2)", true}, {"Decimal128(15, 2)", false}, {"Decimal128(38, 10)", true}, {"Decimal128(38, 0)", false},
	{"Decimal128(38, 38)", false}, {"Decimal128(5, 5)", false}, {"Decimal128(4, -3)", false}, {"Decimal256(50, 5)", false}, {"Decimal256(76, 76)", false},
	{"Utf8", true}, {"LargeUtf8", false}, {"Utf8View", true}, {"Binary", true}, {"LargeBinary", false}, {"BinaryView", true}, {"FixedSizeBinary(4)", false},
	{"FixedSizeBinary(7)", false}, {"Date32", true}, {"Date64", false}, {"Time32(s)", false}, {"Time32(ms)", false}, {"Time64(µs)", false}, {"Time64(ns)", true},
	{"Timestamp(s)", false}, {"Timestamp(ms)", false}, {"Timestamp(µs)", true}, {"Timestamp(ns)", true}, {"Timestamp(µs, \"UTC\")", true},
	{"Timestamp(ns, \"+00:00\")", false}, {"Timestamp(ns, \"+02:00\")", false}, {"Timestamp(s, \"America/New_York\")", false}, {"Duration(s)", false},
	{"Duration(ms)", false}, {"Duration(µs)", true}, {"Duration(ns)", false}, {"Interval(YearMonth)", false}, {"Interval(DayTime)", false},
	{"Interval(MonthDayNano)", true}, {"List(Int64)", true}, {"List(non-null Int32, field: 'element')", false}, {"LargeList(Int64)", false},
	{"FixedSizeList(3 x Int64)", false}, {"FixedSizeList(1 x Int32)", false}, {"ListView(Int64)", false}, {"List(Utf8View)", true}, {"List(List(Int32))", false},
	{"Struct(\"a\": Int64, \"b\": Utf8View)", true}, {"Struct(\"b\": Utf8, \"a\": Int32)", false}, {"Struct(\"c\": non-null Int32, \"d\": Utf8)", false},
	{"Struct(\"a\": Int64)", false}, {"Map(\"entries\": non-null Struct(\"key\": non-null Utf8, \"value\": Int64), unsorted)", false},
	{"Map(\"key_value\": non-null Struct(\"key\": non-null Utf8View, \"value\": Int32), unsorted)", false}, {"Dictionary(Int32, Utf8)", true},
	{"Dictionary(UInt16, Utf8View)", false}, {"Dictionary(Int8, Int64)", false}, {"Dictionary(Int32, Decimal128(10, 2))", false},
	{"RunEndEncoded(\"run_ends\": non-null Int32, \"values\": Int64)", false}, {"RunEndEncoded(\"run_ends\": non-null Int32, \"values\": Utf8)", false},
	{"Union(Sparse, 0: (\"i\": Int32), 1: (\"s\": Utf8))", false},
};

/* like and @@ have a Boolean result wherever the operands have a common type. */
enum { RULE_BINARY, RULE_UNION, RULE_CASE, RULE_COALESCE, RULE_LIKE, RULE_REGEX };
static const struct {
	const char *name;
	int how;
	bv_binary_op op;
} case_rules[] = {
	{"+", RULE_BINARY, BV_binary_op_add}, {"-", RULE_BINARY, BV_binary_op_subtract}, {"*", RULE_BINARY, BV_binary_op_multiply}, {"/", RULE_BINARY, BV_binary_op_divide},
	{"%", RULE_BINARY, BV_binary_op_modulo}, {"=", RULE_BINARY, BV_binary_op_eq}, {"&", RULE_BINARY, BV_binary_op_bit_and}, {"||", RULE_BINARY, BV_binary_op_concat},
	{"~", RULE_BINARY, BV_binary_op_regex_match}, {"@>", RULE_BINARY, BV_binary_op_contains}, {"power", RULE_BINARY, BV_binary_op_power}, {"union", RULE_UNION, 0},
	{"case", RULE_CASE, 0}, {"coalesce", RULE_COALESCE, 0}, {"like", RULE_LIKE, 0}, {"similar", RULE_REGEX, 0},
};

/* What this library derives. */
static inline const bv_type *derived(bv_arena *a, size_t rule, const bv_type *l, const bv_type *r) {
	const bv_type *boolean = bv__type(BV_T_BOOL);
	switch (case_rules[rule].how) {
	case RULE_UNION:
		return bv__type_union(a, l, r);
	case RULE_CASE:
		return bv__type_case(a, l, r);
	case RULE_COALESCE:
		return bv__type_values(a, l, r);
	case RULE_LIKE:
		return bv__type_like(a, l, r) ? boolean : NULL;
	case RULE_REGEX:
		return bv__type_regex(a, l, r) ? boolean : NULL;
	default:
		return bv__type_binary(a, case_rules[rule].op, l, r);
	}
}

static inline const bv_type *type_of(bv_arena *a, const char *text) {
	bv_diagnostics *d = bv_diagnostics_new();
	const bv_type *t = bv__type_parse(a, bv__str(text), bv__datafusion, 0, d);
	bv_diagnostics_free(d);
	if (!t) {
		fprintf(stderr, "not a type: %s\n", text);
		abort();
	}
	return t;
}

#endif
