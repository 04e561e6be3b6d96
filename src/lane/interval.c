/* interval: what the text of an interval means, by Arrow's rules (parse_interval_month_day_nano). In: '1 year 2 days', '1.5', '-3'; out: months, days and
 * nanoseconds. Amounts without a unit are seconds; a fraction goes to the next smaller of the three, as Arrow divides it. */
#include "lane/lane_internal.h"

#define DIGITS 15 /* of a fraction */
#define SCALE 1000000000000000LL

enum { CENTURY, DECADE, YEAR, MONTH, WEEK, DAY, HOUR, MINUTE, SECOND, MILLISECOND, MICROSECOND, NANOSECOND };

static const char *const unit_names[][8] = {
	[CENTURY] = {"c", "cent", "cents", "century", "centuries"}, [DECADE] = {"dec", "decs", "decade", "decades"}, [YEAR] = {"y", "yr", "yrs", "year", "years"},
	[MONTH] = {"mon", "mons", "month", "months"}, [WEEK] = {"w", "week", "weeks"}, [DAY] = {"d", "day", "days"}, [HOUR] = {"h", "hr", "hrs", "hour", "hours"},
	[MINUTE] = {"m", "min", "mins", "minute", "minutes"}, [SECOND] = {"s", "sec", "secs", "second", "seconds"},
	[MILLISECOND] = {"ms", "msec", "msecs", "msecond", "mseconds", "millisecond", "milliseconds"},
	[MICROSECOND] = {"us", "usec", "usecs", "usecond", "useconds", "microsecond", "microseconds"}, [NANOSECOND] = {"nanosecond", "nanoseconds"},
};

/* How an amount n with the fraction f (in 1/SCALE) counts: into which part, n times what, and f times `by` divided by `over`. */
static const struct {
	enum { MONTHS, DAYS, NANOS } whole, part;
	int64_t times, by, over;
} units[] = {
	[CENTURY] = {MONTHS, MONTHS, 1200, 12, 10000000000000LL},
	[DECADE] = {MONTHS, MONTHS, 120, 12, 100000000000000LL},
	[YEAR] = {MONTHS, MONTHS, 12, 12, SCALE},
	[MONTH] = {MONTHS, DAYS, 1, 3, 100000000000000LL},
	[WEEK] = {DAYS, NANOS, 7, 7 * 24 * 36, 10000},
	[DAY] = {DAYS, NANOS, 1, 24 * 36, 10000},
	[HOUR] = {NANOS, NANOS, 3600000000000LL, 36, 10000},
	[MINUTE] = {NANOS, NANOS, 60000000000LL, 6, 100000},
	[SECOND] = {NANOS, NANOS, 1000000000LL, 1, 1000000},
	[MILLISECOND] = {NANOS, NANOS, 1000000LL, 1, 1000000000LL},
	[MICROSECOND] = {NANOS, NANOS, 1000, 1, 1000000000000LL},
	[NANOSECOND] = {NANOS, NANOS, 1, 1, SCALE},
};

static int unit_of(bv_str word)
{
	for (unsigned u = 0; u < BV_COUNT(unit_names); u++)
		for (unsigned i = 0; i < BV_COUNT(unit_names[u]) && unit_names[u][i]; i++)
			if (bv__str_ieq(word, bv__str(unit_names[u][i])))
				return (int)u;
	return -1;
}

/* Digits with a sign, as Rust reads an i64. */
static bool whole_number(bv_str s, int64_t *out)
{
	uint32_t i = s.n && (s.p[0] == '-' || s.p[0] == '+');
	bool minus = i && s.p[0] == '-';
	int64_t v = 0;
	if (i == s.n)
		return false;
	for (; i < s.n; i++) {
		int d = s.p[i] - '0';
		if (d < 0 || d > 9 || __builtin_mul_overflow(v, 10, &v) || __builtin_sub_overflow(v, d, &v))
			return false;
	}
	*out = v;
	return minus || !__builtin_sub_overflow(0, v, out);
}

static bool amount(bv_str s, int64_t *n, int64_t *fraction)
{
	const char *point = memchr(s.p, '.', s.n);
	*fraction = 0;
	if (!point)
		return whole_number(s, n);
	bv_str head = {s.p, (uint32_t)(point - s.p)}, tail = {point + 1, s.n - head.n - 1};
	bool minus = head.n && head.p[0] == '-';
	*n = 0;
	if (head.n > minus && !whole_number(head, n))
		return false;
	if (!tail.n || tail.n > DIGITS || tail.p[0] == '-' || !whole_number(tail, fraction))
		return false;
	for (uint32_t i = tail.n; i < DIGITS; i++)
		*fraction *= 10;
	if (minus || *n < 0)
		*fraction = -*fraction;
	return true;
}

static bool add(bv_interval_value *out, int unit, int64_t n, int64_t fraction)
{
	int64_t parts[3] = {out->months, out->days, out->nanos}, whole, part;
	if (__builtin_mul_overflow(n, units[unit].times, &whole) || __builtin_mul_overflow(fraction, units[unit].by, &part))
		return false;
	part /= units[unit].over;
	if (__builtin_add_overflow(parts[units[unit].whole], whole, &parts[units[unit].whole]) || __builtin_add_overflow(parts[units[unit].part], part, &parts[units[unit].part]))
		return false;
	if (parts[MONTHS] != (int32_t)parts[MONTHS] || parts[DAYS] != (int32_t)parts[DAYS])
		return false;
	*out = (bv_interval_value){(int32_t)parts[MONTHS], (int32_t)parts[DAYS], parts[NANOS]};
	return true;
}

static bool word(bv_str text, uint32_t *at, bv_str *out)
{
	if (*at > text.n)
		return false;
	uint32_t from = *at;
	while (*at < text.n && text.p[*at] != ' ' && (text.p[*at] < '\t' || text.p[*at] > '\r'))
		++*at;
	*out = (bv_str){text.p + from, *at - from};
	++*at;
	return true;
}

bool bv__interval_parse(bv_str text, bv_interval_value *out)
{
	uint32_t at = 0, seen = 0;
	bv_str s, name;
	*out = (bv_interval_value){0, 0, 0};
	while (word(text, &at, &s)) {
		uint32_t digits = 0;
		while (digits < s.n && ((s.p[digits] >= '0' && s.p[digits] <= '9') || s.p[digits] == '.' || s.p[digits] == '-'))
			digits++;
		bool named = true, last = false;
		if (digits < s.n) {
			name = (bv_str){s.p + digits, s.n - digits};
			s.n = digits;
		} else if (!word(text, &at, &name)) {
			named = false;
			last = true;
		}
		int unit = named ? unit_of(name) : SECOND;
		int64_t n, fraction;
		if (unit < 0 || seen & 1u << unit || !amount(s, &n, &fraction) || !add(out, unit, n, fraction))
			return false;
		seen |= 1u << unit;
		if (last)
			break;
	}
	return true;
}

static const char *const written[] = {[BV_interval_unit_text] = "", [BV_interval_unit_year] = "year", [BV_interval_unit_quarter] = "quarter", [BV_interval_unit_month] = "month",
	[BV_interval_unit_week] = "week", [BV_interval_unit_day] = "day", [BV_interval_unit_hour] = "hour", [BV_interval_unit_minute] = "minute", [BV_interval_unit_second] = "second",
	[BV_interval_unit_millisecond] = "millisecond", [BV_interval_unit_microsecond] = "microsecond", [BV_interval_unit_nanosecond] = "nanosecond"};

static bv_str join(bv_arena *a, const char *sign, bv_str text, unsigned unit)
{
	return unit == BV_interval_unit_text ? bv__arena_printf(a, "%s" BV_STR_FMT, sign, BV_STR_ARG(text))
										 : bv__arena_printf(a, "%s" BV_STR_FMT " %s", sign, BV_STR_ARG(text), written[unit]);
}

bool bv__interval_of(bv_arena *a, const bv_ast_interval *n, bool negative, bv_interval_value *out)
{
	const bv_node *v = n->value;
	while (v->kind == BV_UNARY && BV_AS(unary, v)->op == BV_unary_op_negate) {
		negative = !negative;
		v = BV_AS(unary, v)->operand;
	}
	if (v->kind != BV_STRING && v->kind != BV_NUMBER)
		return false;
	return bv__interval_parse(join(a, negative ? "-" : "", v->kind == BV_STRING ? BV_AS(string, v)->text : BV_AS(number, v)->text, n->unit), out);
}
