/* zone: the offset of a time zone from UTC at a moment. In: a zone's name as Arrow holds it; out: seconds. Fixed offsets are read from the name;
 * named zones from the system's zone database (TZif files, $TZDIR or /usr/share/zoneinfo), with the rule in the file's last line for the
 * moments after its table. The process's own zone is never looked at. */
#include "cli.h"

#include <limits.h>

typedef struct zone {
	char name[64];
	unsigned char *file;
	size_t n;
	const unsigned char *times, *index, *types; /* of the second block: 64 bit */
	uint32_t ntimes, ntypes;
	char rule[128];
	bool ok;
} zone;

static int64_t be(const unsigned char *p, int n)
{
	uint64_t v = p[0] & 0x80 ? ~0ull : 0;
	for (int i = 0; i < n; i++)
		v = v << 8 | p[i];
	return (int64_t)v;
}

static bool fixed_offset(const char *z, int32_t *out)
{
	size_t n = strlen(z);
	if (strcmp(z, "UTC") == 0 || strcmp(z, "Z") == 0 || strcmp(z, "Etc/UTC") == 0) {
		*out = 0;
		return true;
	}
	if ((z[0] != '+' && z[0] != '-') || (n != 3 && n != 5 && !(n == 6 && z[3] == ':')))
		return false;
	const char *m = n == 3 ? "00" : z + n - 2;
	for (const char *p = z + 1; *p; p++)
		if ((*p < '0' || *p > '9') && !(n == 6 && p == z + 3))
			return false;
	*out = (((z[1] - '0') * 10 + z[2] - '0') * 60 + (m[0] - '0') * 10 + m[1] - '0') * 60;
	*out = z[0] == '-' ? -*out : *out;
	return true;
}

/* Sizes of a block's parts, from its header. Each count is checked against the file's size by the caller. */
static size_t block_size(const unsigned char *h, size_t time_size)
{
	size_t isut = (size_t)(uint32_t)be(h + 20, 4), isstd = (size_t)(uint32_t)be(h + 24, 4), leap = (size_t)(uint32_t)be(h + 28, 4);
	size_t times = (size_t)(uint32_t)be(h + 32, 4), types = (size_t)(uint32_t)be(h + 36, 4), chars = (size_t)(uint32_t)be(h + 40, 4);
	return times * time_size + times + types * 6 + chars + leap * (time_size + 4) + isstd + isut;
}

static bool load(zone *z)
{
	const char *dir = getenv("TZDIR");
	text path = {0};
	for (const char *p = z->name; *p; p++)
		if (!((*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z') || (*p >= '0' && *p <= '9') || (p != z->name && strchr("/_+-", *p))))
			return false;
	text_f(&path, "%s/%s", dir && *dir ? dir : "/usr/share/zoneinfo", z->name);
	FILE *f = fopen(path.p, "rb");
	text_free(&path);
	if (!f)
		return false;
	z->file = cli_alloc(NULL, 1 << 20);
	z->n = fread(z->file, 1, 1 << 20, f);
	fclose(f);
	if (z->n < 44 || memcmp(z->file, "TZif", 4) != 0 || z->file[4] < '2')
		return false;
	size_t skip = 44 + block_size(z->file, 4);
	if (skip + 44 > z->n || memcmp(z->file + skip, "TZif", 4) != 0)
		return false;
	const unsigned char *h = z->file + skip;
	size_t size = block_size(h, 8);
	if (size > z->n - skip - 44)
		return false;
	z->ntimes = (uint32_t)be(h + 32, 4);
	z->ntypes = (uint32_t)be(h + 36, 4);
	z->times = h + 44;
	z->index = z->times + (size_t)z->ntimes * 8;
	z->types = z->index + z->ntimes;
	const char *rule = (const char *)h + 44 + size, *end = (const char *)z->file + z->n;
	if (rule < end && *rule == '\n') {
		size_t k = 0;
		for (rule++; rule < end && *rule != '\n' && k + 1 < sizeof z->rule; rule++)
			z->rule[k++] = *rule;
	}
	return z->ntypes > 0;
}

/* ---- the rule of the last line: std offset [dst [offset] , start [/time] , end [/time]] ---- */

static const char *skip_name(const char *p)
{
	if (*p == '<')
		return (p = strchr(p, '>')) ? p + 1 : "";
	while ((*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z'))
		p++;
	return p;
}

static const char *read_time(const char *p, int64_t *out)
{
	int sign = *p == '-' ? -1 : 1;
	int64_t v = 0, unit = 3600;
	p += *p == '-' || *p == '+';
	for (; unit; unit /= 60) {
		int64_t k = 0;
		while (*p >= '0' && *p <= '9' && k < 1000)
			k = k * 10 + (*p++ - '0');
		v += k * unit;
		if (*p != ':')
			break;
		p++;
	}
	*out = sign * v;
	return p;
}

static bool leap(int64_t y) { return y % 4 == 0 && (y % 100 != 0 || y % 400 == 0); }

static int64_t days_to_year(int64_t y) /* from 1970-01-01 to y-01-01 */
{
	int64_t p = y - 1;
	return p * 365 + (p >= 0 ? p / 4 - p / 100 + p / 400 : -((-p + 3) / 4) + (-p + 99) / 100 - (-p + 399) / 400) - 719162;
}

/* Mm.w.d, Jn or n, each with /time: seconds of the year, in local time. */
static const char *read_date(const char *p, int64_t year, int64_t *out)
{
	static const int before[] = {0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334, 365};
	int64_t day = 0, at = 7200;
	if (*p == 'M') {
		int m = 0, w = 0, d = 0, used = 0;
		if (sscanf(p, "M%d.%d.%d%n", &m, &w, &d, &used) != 3 || m < 1 || m > 12 || w < 1 || w > 5 || d < 0 || d > 6)
			return NULL;
		p += used;
		int64_t first = before[m - 1] + (m > 2 && leap(year)), length = before[m] - before[m - 1] + (m == 2 && leap(year));
		int64_t weekday = ((days_to_year(year) + first + 4) % 7 + 7) % 7;
		day = (d - weekday + 7) % 7 + (w - 1) * 7;
		if (day >= length)
			day -= 7;
		day += first;
	} else {
		bool julian = *p == 'J';
		p += julian;
		char *end;
		day = strtol(p, &end, 10);
		if (end == p || day < 0 || day > 366)
			return NULL;
		p = end;
		if (julian)
			day += leap(year) && day >= 60 ? 0 : -1;
	}
	if (*p == '/')
		p = read_time(p + 1, &at);
	*out = day * 86400 + at;
	return p;
}

static bool rule_offset(const char *rule, int64_t utc, int32_t *out)
{
	int64_t std = 0, dst, start, end;
	const char *p = read_time(skip_name(rule), &std);
	std = -std;
	*out = (int32_t)std;
	if (!*p)
		return true;
	p = skip_name(p);
	dst = std + 3600;
	if (*p && *p != ',') {
		p = read_time(p, &dst);
		dst = -dst;
	}
	if (*p != ',')
		return false;
	int64_t local = utc + std, days = local / 86400 - (local % 86400 < 0), year = 1970 + days / 366 - 1;
	while (days_to_year(year + 1) <= days)
		year++;
	while (days_to_year(year) > days)
		year--;
	if (!(p = read_date(p + 1, year, &start)) || *p != ',' || !read_date(p + 1, year, &end))
		return false;
	int64_t base = days_to_year(year) * 86400;
	start += base - std;
	end += base - dst;
	bool in = start < end ? utc >= start && utc < end : utc >= start || utc < end;
	*out = (int32_t)(in ? dst : std);
	return true;
}

bool zone_offset(const char *name, int64_t utc, int32_t *offset)
{
	static zone z; /* the last one that was asked for: a column has one zone */
	if (fixed_offset(name, offset))
		return true;
	if (strlen(name) >= sizeof z.name)
		return false;
	if (strcmp(z.name, name) != 0) {
		free(z.file);
		z = (zone){0};
		memcpy(z.name, name, strlen(name) + 1);
		z.ok = load(&z);
	}
	if (!z.ok)
		return false;
	/* The last change at or before the moment; before the first: the first type. */
	uint32_t lo = 0, hi = z.ntimes;
	while (lo < hi) {
		uint32_t mid = (lo + hi) / 2;
		if (be(z.times + (size_t)mid * 8, 8) <= utc)
			lo = mid + 1;
		else
			hi = mid;
	}
	if (lo == z.ntimes && z.rule[0])
		return rule_offset(z.rule, utc, offset);
	uint32_t type = lo ? z.index[lo - 1] : 0;
	if (type >= z.ntypes)
		return false;
	*offset = (int32_t)be(z.types + (size_t)type * 6, 4);
	return true;
}
