/* Names, aliases and the values of string tokens: what a token means in its dialect. */
#include "sql/parser.h"

static bv_str unescaped(bv_parser *p, const bv_token *t, bv_str s, char quote, uint8_t flags);

/* ---- names ---- */

/* The content of a quoted token with doubled quotes made single. */
static bv_str undoubled(bv_parser *p, bv_str s, char quote)
{
	char *out = bv__arena_alloc(p->arena, (size_t)s.n + 1);
	if (!out)
		return (bv_str){"", 0};
	uint32_t n = 0;
	for (uint32_t i = 0; i < s.n; i++) {
		out[n++] = s.p[i];
		if (s.p[i] == quote && i + 1 < s.n && s.p[i + 1] == quote)
			i++;
	}
	return (bv_str){out, n};
}

bv_str bv__p_name_of(bv_parser *p, const bv_token *t)
{
	bv_str s = bv__p_token_str(p, t);
	if (t->kind == BV_TK_QUOTED) {
		s.p += t->lead;
		s.n -= (uint32_t)t->lead + t->trail;
		if (t->flags & (BV_TF_BACKSLASH | BV_TF_UNICODE))
			return unescaped(p, t, s, t->flags & BV_TF_UNICODE ? '"' : '`', t->flags);
		return t->flags & BV_TF_DOUBLED ? undoubled(p, s, s.p[-1] == '[' ? ']' : s.p[-1]) : s;
	}
	if (t->kind == BV_TK_STRING)
		return bv__p_string_text(p, t);
	return (p->dialect->syntax & BV_SYN_FOLD) && (t->flags & BV_TF_UPPER) ? bv__arena_lower(p->arena, s) : s;
}

bool bv__p_name_insensitive(const bv_parser *p, const bv_token *t)
{
	if (p->dialect->syntax & BV_SYN_FOLD)
		return false;
	return t->kind == BV_TK_NAME || (p->dialect->syntax & BV_SYN_QUOTED_INSENSITIVE);
}

/* The name of a struct's field where the struct is made: as it is written, folded in no dialect. */
bv_str bv__p_field_key(bv_parser *p)
{
	const bv_token *t = p->t;
	if (bv__p_at(p, BV_TK_STRING))
		return bv__p_string_expected(p, "a field name");
	if (!bv__p_at_name(p)) {
		bv__p_expected(p, "a field name");
		return (bv_str){"", 0};
	}
	p->t++;
	return t->kind == BV_TK_QUOTED ? bv__p_name_of(p, t) : bv__p_token_str(p, t);
}

bv_str bv__p_name(bv_parser *p, const char *what)
{
	if (!bv__p_at_name(p)) {
		bv__p_expected(p, what);
		return (bv_str){"", 0};
	}
	bv_str s = bv__p_name_of(p, p->t);
	p->t++;
	return s;
}

/* name {. name}; behind the dot any word is a name. */
bv_path bv__p_path(bv_parser *p, const char *what, uint32_t max)
{
	bv_path path = {NULL, 0, 0};
	const bv_token *from = p->t;
	uint32_t mark = p->names.n;
	if (!bv__p_at_name(p)) {
		bv__p_expected(p, what);
		return path;
	}
	/* Two of three names have one part. */
	if (from->kind == BV_TK_NAME && from[1].kind != BV_TK_DOT) {
		path.v = BV_NEW(p->arena, bv_str);
		if (path.v) {
			path.v[0] = bv__p_name_of(p, from);
			path.n = 1;
			path.insensitive = bv__p_name_insensitive(p, from);
		}
		p->t++;
		return path;
	}
	for (;;) {
		if (bv__p_name_insensitive(p, p->t) && p->names.n - mark < 32)
			path.insensitive |= 1u << (p->names.n - mark);
		bv_str s = bv__p_name_of(p, p->t);
		/* BigQuery quotes a whole path: `a.b.c`. */
		if (p->t->kind == BV_TK_QUOTED && (p->dialect->bit & BV_D_BIGQUERY) && memchr(s.p, '.', s.n)) {
			for (uint32_t i = 0, start = 0; i <= s.n; i++)
				if (i == s.n || s.p[i] == '.') {
					if (!BV_PUSH(p->scratch, &p->names, ((bv_str){s.p + start, i - start})))
						p->oom = true;
					start = i + 1;
				}
			path.insensitive = 0;
		} else if (!BV_PUSH(p->scratch, &p->names, s))
			p->oom = true;
		p->t++;
		if (!bv__p_at(p, BV_TK_DOT))
			break;
		if (p->t[1].kind == BV_TK_DOT && (p->t[2].kind == BV_TK_NAME || p->t[2].kind == BV_TK_QUOTED) && (p->dialect->bit & BV_D_SNOWFLAKE) && p->names.n == mark + 1) {
			/* db..t is db.PUBLIC.t */
			path.insensitive |= 2;
			p->oom |= !BV_PUSH(p->scratch, &p->names, BV_STR("PUBLIC"));
			p->t++;
		}
		if (p->t[1].kind != BV_TK_NAME && p->t[1].kind != BV_TK_QUOTED)
			break;
		p->t++;
	}
	uint32_t n = p->names.n - mark;
	if (n > max)
		bv__p_fail(p, BV_E_SYNTAX, bv__p_since(p, from), "a name has at most %u parts, this one has %u", max, n);
	bv_path made = bv__p_names_from(p, mark);
	made.insensitive = path.insensitive;
	return made;
}

/* name {, name} without parentheses */
bv_names bv__p_names(bv_parser *p, const char *what)
{
	bv_names names = {NULL, 0, 0};
	uint32_t mark = p->names.n;
	do {
		if (bv__p_name_insensitive(p, p->t) && p->names.n - mark < 32)
			names.insensitive |= 1u << (p->names.n - mark);
		bv_str s = bv__p_name(p, what);
		if (!BV_PUSH(p->scratch, &p->names, s))
			p->oom = true;
	} while (bv__p_accept(p, BV_TK_COMMA));
	bv_path made = bv__p_names_from(p, mark);
	names.v = made.v;
	names.n = made.n;
	return names;
}

/* ( name {, name} ) */
bv_names bv__p_names_parenthesised(bv_parser *p, const char *what)
{
	const bv_token *open = p->t;
	bv__p_expect(p, BV_TK_LPAREN);
	bv_names names = bv__p_names(p, what);
	bv__p_expect_close(p, BV_TK_RPAREN, open);
	return names;
}

/* [AS] name; without AS, a word that begins what may follow an expression is none. */
bool bv__p_column_alias(bv_parser *p, bv_str *out)
{
	const bv_token *t = p->t;
	if (bv__p_accept_kw(p, BV_K_AS)) {
		if (bv__p_at(p, BV_TK_STRING)) {
			*out = bv__p_string_text(p, p->t);
			p->t++;
			if (out->n == 0)
				bv__p_fail(p, BV_E_SYNTAX, bv__p_token_span(p, p->t - 1), "an alias cannot be empty");
		} else
			*out = bv__p_name(p, "an alias");
		return true;
	}
	if (t->keyword == BV_K_USING && t[1].keyword == BV_K_SAMPLE)
		return false;
	if (t->kind == BV_TK_QUOTED || (t->kind == BV_TK_NAME && !(bv__keyword_flags[t->keyword] & BV_KW_C))) {
		*out = bv__p_name_of(p, t);
		p->t++;
		return true;
	}
	return false;
}

/* Words that are an alias unless the next one makes them the beginning of something else. */
static bool begins_join(const bv_parser *p)
{
	switch (p->t->keyword) {
	case BV_K_ASOF:
		switch (p->t[1].keyword) {
		case BV_K_JOIN: case BV_K_LEFT: case BV_K_INNER: return true;
		case BV_K_RIGHT: case BV_K_FULL: case BV_K_SEMI: case BV_K_ANTI: return p->dialect->bit & BV_D_DUCKDB && (p->t[2].keyword == BV_K_JOIN || p->t[2].keyword == BV_K_OUTER);
		default: return false;
		}
	case BV_K_ANTI: case BV_K_SEMI: case BV_K_POSITIONAL: case BV_K_GLOBAL:
		return p->t[1].keyword == BV_K_JOIN || p->t[1].keyword == BV_K_LEFT;
	case BV_K_PIVOT: case BV_K_UNPIVOT: case BV_K_TABLESAMPLE: case BV_K_SAMPLE: case BV_K_MATCH_RECOGNIZE: case BV_K_MATCH_CONDITION:
		return true;
	case BV_K_LATERAL:
		return true;
	case BV_K_FOR: case BV_K_SET: case BV_K_PARTITION: case BV_K_START: case BV_K_CONNECT: case BV_K_QUALIFY: case BV_K_WINDOW:
		return true;
	default:
		return false;
	}
}

void bv__p_relation_alias(bv_parser *p, bv_str *alias, bv_names *columns)
{
	const bv_token *t = p->t;
	*alias = (bv_str){"", 0};
	if (bv__p_at_kw(p, BV_K_AS) && p->t[1].keyword != BV_K_OF) {
		p->t++;
		if (bv__p_at(p, BV_TK_STRING)) {
			*alias = bv__p_string_text(p, p->t);
			p->t++;
		} else if (bv__p_at(p, BV_TK_LPAREN) && (p->dialect->bit & BV_D_SPARKS) && columns)
			*alias = bv__p_token_str(p, t); /* Spark reserves no word: AS (a, b) is a relation called AS and its columns */
		else
			*alias = bv__p_name(p, "an alias");
	} else if (t->kind == BV_TK_QUOTED)
		*alias = bv__p_name(p, "an alias");
	else if (t->kind == BV_TK_NAME) {
		uint8_t flags = bv__keyword_flags[t->keyword];
		if ((flags & BV_KW_T) && ((flags & (BV_KW_N | BV_KW_C | BV_KW_Q)) || begins_join(p)))
			return;
		if ((t->keyword == BV_K_VERSION || t->keyword == BV_K_TIMESTAMP) && t[1].keyword == BV_K_AS && t[2].keyword == BV_K_OF)
			return;
		if ((t->keyword == BV_K_AT || t->keyword == BV_K_BEFORE) && t[1].kind == BV_TK_LPAREN && t[3].kind == BV_TK_FAT_ARROW)
			return;
		*alias = bv__p_name_of(p, t);
		p->t++;
	} else
		return;
	if (bv__p_at(p, BV_TK_LPAREN) && columns)
		*columns = bv__p_names_parenthesised(p, "a column name");
}

/* ---- strings ---- */

static int hex_digit(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* A code point as UTF-8; 0 when it is none. */
static unsigned utf8_put(char *out, uint32_t c)
{
	if (c == 0 || c > 0x10FFFF || (c >= 0xD800 && c < 0xE000))
		return 0;
	if (c < 0x80)
		return out[0] = (char)c, 1;
	if (c < 0x800)
		return out[0] = (char)(0xC0 | c >> 6), out[1] = (char)(0x80 | (c & 63)), 2;
	if (c < 0x10000)
		return out[0] = (char)(0xE0 | c >> 12), out[1] = (char)(0x80 | (c >> 6 & 63)), out[2] = (char)(0x80 | (c & 63)), 3;
	return out[0] = (char)(0xF0 | c >> 18), out[1] = (char)(0x80 | (c >> 12 & 63)), out[2] = (char)(0x80 | (c >> 6 & 63)), out[3] = (char)(0x80 | (c & 63)), 4;
}

/* Up to `max` hex digits at s[i…]; how many there were. */
static unsigned hex_run(bv_str s, uint32_t i, unsigned max, uint32_t *value)
{
	unsigned n = 0;
	*value = 0;
	while (n < max && i + n < s.n && hex_digit(s.p[i + n]) >= 0)
		*value = *value * 16 + (uint32_t)hex_digit(s.p[i + n++]);
	return n;
}

/* One backslash escape at s[i] (the byte behind the backslash); bytes read. *written = 0 marks an escape that cannot be. */
static uint32_t escape(const bv_parser *p, bv_str s, uint32_t i, bool bytes, char *out, unsigned *written)
{
	static const char from[] = "abfnrtv0Z", to[] = "\a\b\f\n\r\t\v\0\x1a";
	char c = s.p[i];
	uint32_t value;
	unsigned n;
	*written = 1;
	if (c == 'x' && (n = hex_run(s, i + 1, 2, &value)) > 0) {
		/* In PostgreSQL a byte, elsewhere a character. */
		if (value < 0x80 || bytes || (p->dialect->bit & (BV_D_POSTGRES | BV_D_DUCKDB | BV_D_DATAFUSION)))
			out[0] = (char)value;
		else
			*written = utf8_put(out, value);
		return 1 + n;
	}
	if ((c == 'u' || c == 'U') && (n = hex_run(s, i + 1, c == 'u' ? 4 : 8, &value)) > 0) {
		*written = utf8_put(out, value);
		return 1 + n;
	}
	if (c >= '0' && c <= '7') {
		value = 0;
		for (n = 0; n < 3 && i + n < s.n && s.p[i + n] >= '0' && s.p[i + n] <= '7'; n++)
			value = value * 8 + (uint32_t)(s.p[i + n] - '0');
		value &= 0xFF; /* as PostgreSQL has it */
		*written = value < 0x80 || bytes ? (out[0] = (char)value, 1u) : value < 0x100 ? utf8_put(out, value) : 0;
		return n;
	}
	for (unsigned k = 0; k < sizeof from - 1; k++)
		if (c == from[k] && !(c == 'Z' && !(p->dialect->bit & BV_D_SPARKS))) {
			out[0] = to[k];
			return 1;
		}
	/* Spark keeps the backslash before % and _, so that LIKE sees it. */
	if ((c == '%' || c == '_') && (p->dialect->bit & BV_D_SPARKS)) {
		out[0] = '\\';
		out[1] = c;
		*written = 2;
		return 1;
	}
	out[0] = c;
	return 1;
}

static bv_str unescaped(bv_parser *p, const bv_token *t, bv_str s, char quote, uint8_t flags)
{
	char *out = bv__arena_alloc(p->arena, (size_t)s.n * 2 + 8);
	if (!out)
		return (bv_str){"", 0};
	uint32_t n = 0;
	/* U&'…' UESCAPE 'c' */
	char mark = '\\';
	const bv_token *u = t + 1; /* behind the whole string, which may go on */
	while ((flags & BV_TF_UNICODE) && (p->dialect->lex & BV_LEX_JOIN_STRINGS) && u->kind == BV_TK_STRING)
		u++;
	if (t->kind == BV_TK_QUOTED) {
		if (t->trail > 1)
			mark = p->text[t->end - 2];
	} else if ((flags & BV_TF_UNICODE) && t < p->end && u->keyword == BV_K_UESCAPE && u[1].kind == BV_TK_STRING && u[1].end - u[1].start == 3)
		mark = p->text[u[1].start + 1];
	for (uint32_t i = 0; i < s.n;) {
		char c = s.p[i];
		if (c == '\\' && (flags & BV_TF_BACKSLASH) && i + 1 < s.n) {
			unsigned w;
			uint32_t used = escape(p, s, i + 1, t->kind == BV_TK_BINARY, out + n, &w);
			if (w == 0)
				bv__p_fail(p, BV_E_TOKEN, (bv_span){p->file, t->start + t->lead + i, t->start + t->lead + i + 1 + used}, "the escape is no character");
			n += w;
			i += 1 + used;
		} else if (c == mark && (flags & BV_TF_UNICODE) && i + 1 < s.n) {
			if (s.p[i + 1] == mark) {
				out[n++] = mark;
				i += 2;
				continue;
			}
			uint32_t value;
			bool six = s.p[i + 1] == '+';
			unsigned want = six ? 6 : 4, got = hex_run(s, i + 1 + six, want, &value), w;
			uint32_t low, behind = i + 1 + six + got;
			/* Two halves of a code point */
			if (got == want && value >= 0xD800 && value < 0xDC00 && behind + 5 <= s.n && s.p[behind] == mark && hex_run(s, behind + 1, 4, &low) == 4 && low >= 0xDC00 && low < 0xE000) {
				value = 0x10000 + ((value - 0xD800) << 10) + (low - 0xDC00);
				got += 5;
			}
			w = got >= want ? utf8_put(out + n, value) : 0;
			if (w == 0)
				bv__p_fail(p, BV_E_TOKEN, (bv_span){p->file, t->start + t->lead + i, t->start + t->lead + i + 1}, "the escape is no character: four hex digits, or + and six");
			n += w;
			i += 1 + six + got;
		} else {
			out[n++] = c;
			i += c == quote && i + 1 < s.n && s.p[i + 1] == quote && (flags & BV_TF_DOUBLED) ? 2 : 1;
		}
	}
	if (t->kind == BV_TK_STRING && (bv__utf8_invalid(out, n) < n || memchr(out, 0, n))) {
		bv__p_fail(p, BV_E_TOKEN, bv__p_token_span(p, t), "the escapes of this string do not make valid text");
		return (bv_str){"", 0};
	}
	return (bv_str){out, n};
}

static bv_str string_text(bv_parser *p, const bv_token *t, uint8_t flags)
{
	bv_str s = bv__p_token_str(p, t);
	if (s.n < (uint32_t)t->lead + t->trail)
		return (bv_str){"", 0};
	char quote = t->lead ? s.p[t->lead - 1] : '\'';
	s.p += t->lead;
	s.n -= (uint32_t)t->lead + t->trail;
	if (flags & (BV_TF_BACKSLASH | BV_TF_UNICODE))
		return unescaped(p, t, s, quote, flags);
	return flags & BV_TF_DOUBLED ? undoubled(p, s, quote) : s;
}

bv_str bv__p_string_text(bv_parser *p, const bv_token *t) { return string_text(p, t, t->flags); }

bv_str bv__p_string_expected(bv_parser *p, const char *what)
{
	if (!bv__p_at(p, BV_TK_STRING)) {
		bv__p_expected(p, what);
		return (bv_str){"", 0};
	}
	bv_str s = bv__p_string_text(p, p->t);
	bool unicode = p->t->flags & BV_TF_UNICODE;
	uint8_t same = p->dialect->lex & BV_LEX_E_STRING ? (uint8_t)((p->t->flags & BV_TF_UNICODE) | (p->t->lead == 2 && (p->text[p->t->start] | 0x20) == 'e' ? BV_TF_BACKSLASH : 0)) : 0; /* what escapes in E'…' and U&'…' does so wherever the string goes on */
	p->t++;
	if (unicode && bv__p_at_kw(p, BV_K_UESCAPE) && p->t[1].kind == BV_TK_STRING)
		p->t += 2;
	while (bv__p_at(p, BV_TK_STRING) && (p->dialect->lex & BV_LEX_JOIN_STRINGS)) {
		bv_str more = string_text(p, p->t, p->t->flags | same);
		char *joined = bv__arena_alloc(p->arena, (size_t)s.n + more.n + 1);
		if (!joined)
			break;
		memcpy(joined, s.p, s.n);
		memcpy(joined + s.n, more.p, more.n);
		s = (bv_str){joined, s.n + more.n};
		p->t++;
	}
	if (unicode && bv__p_at_kw(p, BV_K_UESCAPE) && p->t[1].kind == BV_TK_STRING)
		p->t += 2;
	return s;
}
