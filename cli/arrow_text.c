/* arrow_text: values of Arrow C arrays as text and as JSON. Text is what a cast to VARCHAR gives in the engine; JSON has numbers for integers and
 * finite floats, text for the rest of the scalars, arrays for lists, objects for structs, arrays of pairs for maps. In: schema and array of a
 * column and a row; out: bytes at the end of a text. Nothing is copied. */
#include "cli.h"

#include <math.h>

typedef struct ArrowSchema schema;
typedef struct ArrowArray array;

static char problem[256];
static bool problem_is_set;

void arrow_problem_set(const char *fmt, const char *what)
{
	if (!problem_is_set)
		snprintf(problem, sizeof problem, fmt, what);
	problem_is_set = true;
}

const char *arrow_problem(void)
{
	bool was = problem_is_set;
	problem_is_set = false;
	return was ? problem : NULL;
}

/* ---- floats: the shortest digits that read back as the same value ---- */

static bool reads_back(const char *digits, double v, bool single) { return single ? strtof(digits, NULL) == (float)v : strtod(digits, NULL) == v; }

void float_text(text *out, double v, bool single)
{
	char b[40];
	int exponent;
	if (isnan(v) || isinf(v)) {
		text_z(out, isnan(v) ? "NaN" : v < 0 ? "-Infinity" : "Infinity");
		return;
	}
	if (v == 0) {
		text_z(out, signbit(v) ? "-0.0" : "0.0");
		return;
	}
	/* What has few digits reads back from 15 (6) of them already and only has zeros at the end; not so below the normal numbers. */
	bool tiny = fabs(v) < (single ? 1.1754943508222875e-38 : 2.2250738585072014e-308);
	for (int p = tiny ? 1 : single ? 6 : 15; p <= 17; p++) {
		snprintf(b, sizeof b, "%.*e", p - 1, v);
		if (reads_back(b, v, single))
			break;
		/* Below a power of two values lie closer: the next digit up may read back where the nearest does not. */
		char up[40];
		memcpy(up, b, sizeof up);
		char *last = strchr(up, 'e') - 1;
		if (p > 1 && *last < '9' && fabs(frexp(v, &exponent)) == 0.5) {
			++*last;
			if (reads_back(up, v, single)) {
				memcpy(b, up, sizeof b);
				break;
			}
		}
	}
	char *e = strchr(b, 'e'), digits[24];
	exponent = (int)strtol(e + 1, NULL, 10);
	size_t n = 0;
	for (const char *p = b; p < e; p++)
		if (*p >= '0' && *p <= '9')
			digits[n++] = *p;
	while (n > 1 && digits[n - 1] == '0')
		n--;
	int point = exponent + 1, most = single ? 13 : 16, least = single ? -6 : -5;
	if (v < 0)
		text_ch(out, '-');
	if (point > most || point <= least) {
		text_add(out, digits, 1);
		if (n > 1) {
			text_ch(out, '.');
			text_add(out, digits + 1, n - 1);
		}
		text_f(out, "e%d", exponent);
	} else if (point <= 0) {
		text_z(out, "0.");
		for (int i = point; i < 0; i++)
			text_ch(out, '0');
		text_add(out, digits, n);
	} else {
		for (int i = 0; i < point; i++)
			text_ch(out, i < (int)n ? digits[i] : '0');
		text_ch(out, '.');
		if ((int)n > point)
			text_add(out, digits + point, n - (size_t)point);
		else
			text_ch(out, '0');
	}
}

static double half(uint16_t h)
{
	int e = h >> 10 & 31, m = h & 1023;
	double v = e == 31 ? (m ? (double)NAN : (double)INFINITY) : e ? ldexp(1024 + m, e - 25) : ldexp(m, -24);
	return h & 0x8000 ? -v : v;
}

/* ---- whole numbers of any width, decimals ---- */

static void decimal_text(text *out, const unsigned char *p, size_t bytes, int scale)
{
	uint32_t limb[8] = {0};
	size_t n = bytes / 4;
	memcpy(limb, p, bytes);
	bool negative = limb[n - 1] >> 31;
	if (negative) {
		uint64_t carry = 1;
		for (size_t i = 0; i < n; i++) {
			carry += (uint32_t)~limb[i];
			limb[i] = (uint32_t)carry;
			carry >>= 32;
		}
	}
	char digits[100], *d = digits + sizeof digits;
	do {
		uint64_t rest = 0;
		for (size_t i = n; i-- > 0;) {
			rest = rest << 32 | limb[i];
			limb[i] = (uint32_t)(rest / 1000000000u);
			rest %= 1000000000u;
		}
		while (n && !limb[n - 1])
			n--;
		for (int i = 0; i < 9; i++, rest /= 10)
			*--d = (char)('0' + rest % 10);
	} while (n);
	while (d < digits + sizeof digits - 1 && *d == '0')
		d++;
	int have = (int)(digits + sizeof digits - d);
	if (negative)
		text_ch(out, '-');
	if (scale <= 0) {
		text_add(out, d, (size_t)have);
		for (int i = scale; i < 0; i++)
			text_ch(out, '0');
		return;
	}
	if (have <= scale) {
		text_z(out, "0.");
		for (int i = have; i < scale; i++)
			text_ch(out, '0');
		text_add(out, d, (size_t)have);
		return;
	}
	text_add(out, d, (size_t)(have - scale));
	text_ch(out, '.');
	text_add(out, d + have - scale, (size_t)scale);
}

/* ---- dates and times ---- */

static int64_t floor_div(int64_t a, int64_t b) { return a / b - (a % b != 0 && (a < 0) != (b < 0)); }

static void date_text(text *out, int64_t days)
{
	/* Days to civil date in eras of 400 years. */
	int64_t z = days + 719468, era = floor_div(z, 146097), doe = z - era * 146097;
	int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365, doy = doe - (365 * yoe + yoe / 4 - yoe / 100), mp = (5 * doy + 2) / 153;
	int64_t day = doy - (153 * mp + 2) / 5 + 1, month = mp < 10 ? mp + 3 : mp - 9, year = yoe + era * 400 + (month <= 2);
	if (year >= 0 && year <= 9999)
		text_f(out, "%04d-%02d-%02d", (int)year, (int)month, (int)day);
	else
		text_f(out, "%+05lld-%02d-%02d", (long long)year, (int)month, (int)day);
}

static void time_text(text *out, int64_t seconds, int64_t nanos)
{
	text_f(out, "%02d:%02d:%02d", (int)(seconds / 3600), (int)(seconds / 60 % 60), (int)(seconds % 60));
	if (nanos == 0)
		return;
	if (nanos % 1000000 == 0)
		text_f(out, ".%03d", (int)(nanos / 1000000));
	else if (nanos % 1000 == 0)
		text_f(out, ".%06d", (int)(nanos / 1000));
	else
		text_f(out, ".%09d", (int)nanos);
}

static int64_t per_second(char unit) { return unit == 's' ? 1 : unit == 'm' ? 1000 : unit == 'u' ? 1000000 : 1000000000; }

static void timestamp_text(text *out, int64_t v, char unit, const char *zone)
{
	int64_t per = per_second(unit), seconds = floor_div(v, per), nanos = (v - seconds * per) * (1000000000 / per);
	int32_t offset = 0;
	if (*zone && !zone_offset(zone, seconds, &offset))
		arrow_problem_set("the time zone '%s' is not in this system's zone database", zone);
	int64_t local = seconds + offset, days = floor_div(local, 86400);
	date_text(out, days);
	text_ch(out, 'T');
	time_text(out, local - days * 86400, nanos);
	if (!*zone)
		return;
	int minutes = ((offset < 0 ? -offset : offset) + 30) / 60;
	if (offset == 0)
		text_ch(out, 'Z');
	else
		text_f(out, "%c%02d:%02d", offset < 0 ? '-' : '+', minutes / 60, minutes % 60);
}

static void duration_text(text *out, int64_t v, char unit)
{
	int64_t per = per_second(unit), seconds = v / per, part = v % per, minutes = seconds / 60, hours = minutes / 60, days = hours / 24;
	seconds -= minutes * 60;
	minutes -= hours * 60;
	hours -= days * 24;
	text_f(out, "%lld days %lld hours %lld mins ", (long long)days, (long long)hours, (long long)minutes);
	if (per == 1)
		text_f(out, "%lld secs", (long long)seconds);
	else
		text_f(out, "%s%lld.%0*lld secs", part < 0 ? "-" : "", part < 0 ? llabs(seconds) : (long long)seconds, unit == 'm' ? 3 : unit == 'u' ? 6 : 9, llabs(part));
}

/* hours, minutes and seconds of an interval; each part only where it is not zero. */
static void clock_text(text *out, const char *prefix, int64_t v, int64_t per, int digits)
{
	int64_t seconds = v / per, minutes = seconds / 60, hours = minutes / 60, part = v % per;
	seconds -= minutes * 60;
	minutes -= hours * 60;
	if (hours) {
		text_f(out, "%s%lld hours", prefix, (long long)hours);
		prefix = " ";
	}
	if (minutes) {
		text_f(out, "%s%lld mins", prefix, (long long)minutes);
		prefix = " ";
	}
	if (seconds || part)
		text_f(out, "%s%s%lld.%0*lld secs", prefix, seconds < 0 || part < 0 ? "-" : "", llabs(seconds), digits, llabs(part));
}

static void interval_text(text *out, char form, const unsigned char *p)
{
	int32_t months = 0, days = 0, millis = 0;
	int64_t nanos = 0;
	if (form == 'M') {
		memcpy(&months, p, 4);
		int64_t years = floor_div(months, 12);
		text_f(out, "%lld years %lld mons", (long long)years, (long long)(months - years * 12));
		return;
	}
	if (form == 'D') {
		memcpy(&days, p, 4);
		memcpy(&millis, p + 4, 4);
	} else {
		memcpy(&months, p, 4);
		memcpy(&days, p + 4, 4);
		memcpy(&nanos, p + 8, 8);
	}
	if (!months && !days && !millis && !nanos) {
		text_z(out, "0 secs");
		return;
	}
	if (months)
		text_f(out, "%d mons", months);
	if (days)
		text_f(out, "%s%d days", months ? " " : "", days);
	const char *prefix = months || days ? " " : "";
	if (millis)
		clock_text(out, prefix, millis, 1000, 3);
	if (nanos)
		clock_text(out, prefix, nanos, 1000000000, 9);
}

/* ---- arrays ---- */

static bool is_null(const schema *s, const array *a, int64_t row)
{
	char k = s->format[0];
	if (k == 'n')
		return true;
	if (s->dictionary == NULL && k == '+' && (s->format[1] == 'u' || s->format[1] == 'r'))
		return false;
	const unsigned char *valid = a->null_count == 0 || a->n_buffers == 0 ? NULL : a->buffers[0];
	int64_t i = row + a->offset;
	return valid && !(valid[i / 8] >> (i % 8) & 1);
}

static int64_t int_at(const void *p, int64_t i, char k)
{
	switch (k) {
	case 'c': return ((const int8_t *)p)[i];
	case 'C': return ((const uint8_t *)p)[i];
	case 's': return ((const int16_t *)p)[i];
	case 'S': return ((const uint16_t *)p)[i];
	case 'i': return ((const int32_t *)p)[i];
	case 'I': return ((const uint32_t *)p)[i];
	default: return ((const int64_t *)p)[i];
	}
}

/* Bytes of a value of a string or binary array. */
static const char *bytes_at(const schema *s, const array *a, int64_t i, size_t *n)
{
	const char *f = s->format;
	if (f[0] == 'w') {
		*n = (size_t)strtoll(f + 2, NULL, 10);
		return (const char *)a->buffers[1] + (size_t)i * *n;
	}
	if (f[0] == 'v') {
		const char *view = (const char *)a->buffers[1] + i * 16;
		int32_t length, buffer, offset;
		memcpy(&length, view, 4);
		memcpy(&buffer, view + 8, 4);
		memcpy(&offset, view + 12, 4);
		*n = (size_t)length;
		return length <= 12 ? view + 4 : (const char *)a->buffers[2 + buffer] + offset;
	}
	bool large = f[0] == 'U' || f[0] == 'Z';
	int64_t from = int_at(a->buffers[1], i, large ? 'l' : 'i'), to = int_at(a->buffers[1], i + 1, large ? 'l' : 'i');
	*n = (size_t)(to - from);
	return *n ? (const char *)a->buffers[2] + from : "";
}

/* The physical row of a run-end encoded array: the first run that ends behind it. */
static int64_t run_at(const schema *s, const array *a, int64_t row)
{
	const array *ends = a->children[0];
	int64_t lo = 0, hi = ends->length, i = row + a->offset;
	while (lo < hi) {
		int64_t mid = (lo + hi) / 2;
		if (int_at(ends->buffers[1], mid + ends->offset, s->children[0]->format[0]) <= i)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

static int union_child(const schema *s, const array *a, int64_t row, int64_t *at)
{
	int64_t i = row + a->offset;
	bool dense = s->format[2] == 'd';
	int id = ((const int8_t *)a->buffers[0])[i];
	*at = dense ? ((const int32_t *)a->buffers[1])[i] : i;
	int k = 0;
	for (const char *p = s->format + 4; *p; p = *p == ',' ? p + 1 : p, k++) {
		char *end;
		if (strtol(p, &end, 10) == id || end == p)
			return end == p ? -1 : k;
		p = end;
	}
	return -1;
}

/* First and last row of a list's items in its child. */
static void list_range(const schema *s, const array *a, int64_t i, int64_t *from, int64_t *to)
{
	const char *f = s->format;
	if (f[1] == 'w') {
		int64_t n = strtoll(f + 3, NULL, 10);
		*from = i * n;
		*to = *from + n;
	} else if (f[1] == 'v') {
		char k = f[2] == 'L' ? 'l' : 'i';
		*from = int_at(a->buffers[1], i, k);
		*to = *from + int_at(a->buffers[2], i, k);
	} else {
		char k = f[1] == 'L' ? 'l' : 'i';
		*from = int_at(a->buffers[1], i, k);
		*to = int_at(a->buffers[1], i + 1, k);
	}
}

static void nested_json(text *out, const schema *s, const array *a, int64_t row)
{
	int64_t i = row + a->offset, from = 0, to = 0;
	switch (s->format[1]) {
	case 's':
		text_ch(out, '{');
		for (int64_t k = 0; k < s->n_children; k++) {
			if (k)
				text_ch(out, ',');
			text_json_z(out, s->children[k]->name ? s->children[k]->name : "");
			text_ch(out, ':');
			arrow_json(out, s->children[k], a->children[k], i);
		}
		text_ch(out, '}');
		break;
	case 'm':
		list_range(s, a, i, &from, &to);
		text_ch(out, '[');
		for (int64_t k = from; k < to; k++) {
			const schema *es = s->children[0];
			const array *ea = a->children[0];
			text_z(out, k > from ? ",[" : "[");
			arrow_json(out, es->children[0], ea->children[0], k + ea->offset);
			text_ch(out, ',');
			arrow_json(out, es->children[1], ea->children[1], k + ea->offset);
			text_ch(out, ']');
		}
		text_ch(out, ']');
		break;
	case 'u': {
		int64_t at;
		int k = union_child(s, a, row, &at);
		if (k < 0 || k >= s->n_children)
			arrow_problem_set("an array's union has a type that its schema does not name (%s)", s->format);
		else
			arrow_json(out, s->children[k], a->children[k], at);
		break;
	}
	case 'r': arrow_json(out, s->children[1], a->children[1], run_at(s, a, row)); break;
	case 'l': case 'L': case 'v': case 'w':
		list_range(s, a, i, &from, &to);
		text_ch(out, '[');
		for (int64_t k = from; k < to; k++) {
			if (k > from)
				text_ch(out, ',');
			arrow_json(out, s->children[0], a->children[0], k);
		}
		text_ch(out, ']');
		break;
	default: arrow_problem_set("values of the Arrow type '%s' cannot be printed", s->format);
	}
}

static void temporal_text(text *out, const char *f, const void *v, int64_t i)
{
	int64_t per = per_second(f[2]);
	switch (f[1]) {
	case 'd':
		if (f[2] == 'D')
			date_text(out, ((const int32_t *)v)[i]);
		else
			timestamp_text(out, ((const int64_t *)v)[i], 'm', "");
		break;
	case 't': {
		int64_t t = int_at(v, i, f[2] == 's' || f[2] == 'm' ? 'i' : 'l');
		time_text(out, t / per, t % per * (1000000000 / per));
		break;
	}
	case 's': timestamp_text(out, ((const int64_t *)v)[i], f[2], f + 4); break;
	case 'D': duration_text(out, ((const int64_t *)v)[i], f[2]); break;
	default: interval_text(out, f[2], (const unsigned char *)v + i * (f[2] == 'M' ? 4 : f[2] == 'D' ? 8 : 16));
	}
}

static void scalar_text(text *out, const schema *s, const array *a, int64_t i)
{
	const char *f = s->format;
	const void *v = a->n_buffers > 1 ? a->buffers[1] : NULL;
	size_t n;
	switch (f[0]) {
	case 'b': text_z(out, ((const unsigned char *)v)[i / 8] >> (i % 8) & 1 ? "true" : "false"); break;
	case 'c': case 'C': case 's': case 'S': case 'i': case 'I': case 'l': text_f(out, "%lld", (long long)int_at(v, i, f[0])); break;
	case 'L': text_f(out, "%llu", (unsigned long long)((const uint64_t *)v)[i]); break;
	case 'e': float_text(out, half(((const uint16_t *)v)[i]), true); break;
	case 'f': float_text(out, (double)((const float *)v)[i], true); break;
	case 'g': float_text(out, ((const double *)v)[i], false); break;
	case 'd': {
		int precision = 0, scale = 0, bits = 128;
		if (sscanf(f, "d:%d,%d,%d", &precision, &scale, &bits) < 2 || (bits != 32 && bits != 64 && bits != 128 && bits != 256))
			arrow_problem_set("values of the Arrow type '%s' cannot be printed", f);
		else
			decimal_text(out, (const unsigned char *)v + i * (bits / 8), (size_t)bits / 8, scale);
		break;
	}
	case 't': temporal_text(out, f, v, i); break;
	case 'u': case 'U': {
		const char *p = bytes_at(s, a, i, &n);
		text_add(out, p, n);
		break;
	}
	case 'z': case 'Z': case 'w': case 'v': {
		const char *p = bytes_at(s, a, i, &n);
		if (f[0] == 'v' && f[1] == 'u') {
			text_add(out, p, n);
			break;
		}
		for (size_t k = 0; k < n; k++)
			text_f(out, "%02x", (unsigned char)p[k]);
		break;
	}
	default: arrow_problem_set("values of the Arrow type '%s' cannot be printed", f);
	}
}

bool arrow_text(text *out, const schema *s, const array *a, int64_t row)
{
	if (is_null(s, a, row))
		return false;
	if (s->dictionary)
		return arrow_text(out, s->dictionary, a->dictionary, int_at(a->buffers[1], row + a->offset, s->format[0]));
	if (s->format[0] == '+' && s->format[1] == 'r')
		return arrow_text(out, s->children[1], a->children[1], run_at(s, a, row));
	if (s->format[0] == '+')
		nested_json(out, s, a, row);
	else
		scalar_text(out, s, a, row + a->offset);
	return true;
}

void arrow_json(text *out, const schema *s, const array *a, int64_t row)
{
	if (is_null(s, a, row)) {
		text_z(out, "null");
		return;
	}
	if (s->dictionary) {
		arrow_json(out, s->dictionary, a->dictionary, int_at(a->buffers[1], row + a->offset, s->format[0]));
		return;
	}
	char k = s->format[0];
	if (k == '+') {
		nested_json(out, s, a, row);
	} else if (strchr("bcCsSiIlL", k)) {
		scalar_text(out, s, a, row + a->offset);
	} else if (k == 'u' || k == 'U' || (k == 'v' && s->format[1] == 'u')) {
		size_t n;
		const char *p = bytes_at(s, a, row + a->offset, &n);
		text_json(out, p, n);
	} else {
		/* Only NaN and the infinities have letters other than e in them. */
		size_t at = out->n;
		text_ch(out, '"');
		scalar_text(out, s, a, row + a->offset);
		if (strchr("efg", k) && !strpbrk(out->p + at, "NI")) {
			memmove(out->p + at, out->p + at + 1, out->n - at);
			out->n--;
		} else {
			text_ch(out, '"');
		}
	}
}

void arrow_schema_json(text *out, const schema *s)
{
	text_ch(out, '[');
	for (int64_t i = 0; i < s->n_children; i++) {
		const schema *c = s->children[i];
		char *type = bv_arrow_type_text(c);
		text_z(out, i ? ",{\"name\":" : "{\"name\":");
		text_json_z(out, c->name ? c->name : "");
		text_z(out, ",\"type\":");
		text_json_z(out, type);
		text_f(out, ",\"nullable\":%s}", c->flags & ARROW_FLAG_NULLABLE ? "true" : "false");
		bv_text_free(type);
	}
	text_ch(out, ']');
}
