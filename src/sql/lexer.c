/* The lexer: text to an array of tokens, by a table of character classes. One pass, no allocation but the array; names and strings are
 * resolved only when the parser asks for their value. Bad input gives a diagnostic and a BAD token, and lexing goes on where that can work. */
#include "sql/mark.h"
#include "sql/parser.h"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

typedef enum char_class {
	C_BAD, C_END, C_SPACE, C_NAME, C_DIGIT, C_QUOTE, C_DOUBLE_QUOTE, C_BACKTICK, C_LBRACKET, C_SINGLE, C_MINUS, C_SLASH, C_DOT, C_COLON, C_EQ, C_LT,
	C_GT, C_BANG, C_PIPE, C_AMP, C_STAR, C_CARET, C_TILDE, C_HASH, C_AT, C_QUESTION, C_DOLLAR
} char_class;

/* The letters that may begin a prefixed string are names too; the name rule looks at the quote behind them. */
static const uint8_t classes[256] = {
	[0] = C_END,
	['\t'] = C_SPACE, ['\n'] = C_SPACE, ['\r'] = C_SPACE, ['\f'] = C_SPACE, ['\v'] = C_SPACE, [' '] = C_SPACE,
	['A' ... 'Z'] = C_NAME, ['a' ... 'z'] = C_NAME, ['_'] = C_NAME, [0x80 ... 0xFF] = C_NAME,
	['0' ... '9'] = C_DIGIT,
	['\''] = C_QUOTE, ['"'] = C_DOUBLE_QUOTE, ['`'] = C_BACKTICK, ['['] = C_LBRACKET,
	['('] = C_SINGLE, [')'] = C_SINGLE, [']'] = C_SINGLE, ['{'] = C_SINGLE, ['}'] = C_SINGLE, [','] = C_SINGLE, [';'] = C_SINGLE,
	['+'] = C_SINGLE, ['%'] = C_SINGLE, ['\\'] = C_SINGLE,
	['-'] = C_MINUS, ['/'] = C_SLASH, ['.'] = C_DOT, [':'] = C_COLON, ['='] = C_EQ, ['<'] = C_LT, ['>'] = C_GT, ['!'] = C_BANG, ['|'] = C_PIPE,
	['&'] = C_AMP, ['*'] = C_STAR, ['^'] = C_CARET, ['~'] = C_TILDE, ['#'] = C_HASH, ['@'] = C_AT, ['?'] = C_QUESTION, ['$'] = C_DOLLAR,
};

static const uint8_t singles[128] = {
	['('] = BV_TK_LPAREN, [')'] = BV_TK_RPAREN, [']'] = BV_TK_RBRACKET, ['{'] = BV_TK_LBRACE, ['}'] = BV_TK_RBRACE, [','] = BV_TK_COMMA,
	[';'] = BV_TK_SEMICOLON, ['+'] = BV_TK_PLUS, ['%'] = BV_TK_PERCENT, ['\\'] = BV_TK_BACKSLASH,
};

/* Bit 0: goes on in a name; bit 1: a digit; bit 2: a hex digit; bit 3: an ASCII capital. */
static const uint8_t marks[256] = {
	['A' ... 'F'] = 1 | 4 | 8, ['G' ... 'Z'] = 1 | 8, ['a' ... 'f'] = 1 | 4, ['g' ... 'z'] = 1, ['_'] = 1, ['$'] = 1, [0x80 ... 0xFF] = 1,
	['0' ... '9'] = 1 | 2 | 4,
};

/* ---- runs of one class ----
 * Their lengths are what a branch predictor cannot know, so sixteen bytes are looked at at once where that can be. The text is followed by
 * zeros, so reading on is safe and every run ends. */

#ifdef __SSE2__
static inline __m128i load(const char *p)
{
	__m128i c;
	memcpy(&c, p, sizeof c);
	return c;
}

/* low ≤ c ≤ high, both ASCII; bytes from 0x80 are negative and outside. */
static inline __m128i within(__m128i c, char low, char high)
{
	return _mm_and_si128(_mm_cmpgt_epi8(c, _mm_set1_epi8((char)(low - 1))), _mm_cmpgt_epi8(_mm_set1_epi8((char)(high + 1)), c));
}
#endif

/* End of the name that begins at p; has it ASCII capitals? */
static inline const char *name_end(const char *p, bool *upper)
{
	*upper = false;
#ifdef __SSE2__
	for (;; p += 16) {
		__m128i c = load(p), capitals = within(c, 'A', 'Z');
		__m128i others = _mm_or_si128(_mm_or_si128(within(c, 'a', 'z'), within(c, '0', '9')),
									  _mm_or_si128(_mm_cmpeq_epi8(c, _mm_set1_epi8('_')), _mm_cmpeq_epi8(c, _mm_set1_epi8('$'))));
		unsigned big = (unsigned)_mm_movemask_epi8(capitals), all = big | (unsigned)_mm_movemask_epi8(others) | (unsigned)_mm_movemask_epi8(c);
		if (all == 0xFFFF) {
			*upper |= big != 0;
			continue;
		}
		unsigned n = (unsigned)__builtin_ctz(~all);
		*upper |= (big & ((1u << n) - 1)) != 0;
		return p + n;
	}
#else
	uint8_t seen = 0, m;
	for (; (m = marks[(uint8_t)*p]) & 1; p++)
		seen |= m;
	*upper = seen & 8;
	return p;
#endif
}

static inline const char *blanks_end(const char *p)
{
	while (classes[(uint8_t)*p] == C_SPACE) {
		p++;
#ifdef __SSE2__
		/* One blank is the rule; more are an indentation. */
		if (classes[(uint8_t)*p] != C_SPACE)
			return p;
		for (unsigned all = 0xFFFF; all == 0xFFFF;) {
			__m128i c = load(p);
			all = (unsigned)_mm_movemask_epi8(_mm_or_si128(_mm_cmpeq_epi8(c, _mm_set1_epi8(' ')), within(c, '\t', '\r')));
			p += all == 0xFFFF ? 16 : __builtin_ctz(~all);
		}
#endif
	}
	return p;
}

typedef struct lexer {
	bv_arena *scratch;
	bv_diagnostics *d;
	const bv_dialect *dialect;
	const char *text, *end;
	uint32_t file;
	bool ok;
	bool placeholders; /* template marks are parameters */
	BV_VEC(bv_token) tokens;
	bv_comments comments;
} lexer;

/* Before each token there is room for the few that one step makes. */
enum { STEP = 8 };

static bool grow(lexer *l)
{
	uint32_t n = l->tokens.n, cap = l->tokens.cap;
	bv_token *v = BV_NEWN(l->scratch, bv_token, (size_t)cap * 2);
	if (!v)
		return false;
	memcpy(v, l->tokens.v, n * sizeof *v);
	l->tokens.v = v;
	l->tokens.cap = cap * 2;
	return true;
}

static inline void emit(lexer *l, bv_token t) { l->tokens.v[l->tokens.n++] = t; }

static bv_diagnostic *fail_as(lexer *l, bv_code code, const char *at, size_t n, const char *message)
{
	uint32_t start = (uint32_t)(at - l->text);
	l->ok = false;
	return bv__diag(l->d, code, (bv_span){l->file, start, start + (uint32_t)n}, "%s", message);
}

static bv_diagnostic *fail(lexer *l, const char *at, size_t n, const char *message) { return fail_as(l, BV_E_TOKEN, at, n, message); }

/* End of a quoted run that began at p (content's first byte), or NULL. A doubled quote stays inside. */
static const char *quoted_end(const lexer *l, const char *p, char quote, bool backslash, uint8_t *flags)
{
	const char *q = NULL;
	for (;;) {
		if (!q || q < p)
			q = p <= l->end ? memchr(p, quote, (size_t)(l->end - p)) : NULL;
		if (!q)
			return NULL;
		if (backslash) {
			const char *b = memchr(p, '\\', (size_t)(q - p));
			if (b) {
				*flags |= BV_TF_BACKSLASH;
				p = b + 2;
				continue;
			}
		}
		if (q[1] != quote)
			return q;
		*flags |= BV_TF_DOUBLED;
		p = q + 2;
	}
}

/* A string whose content begins at `body`; returns what follows it. */
static const char *string(lexer *l, const char *start, const char *body, uint8_t kind, bool backslash, bool raw, uint8_t flags)
{
	char quote = body[-1];
	bool triple = (l->dialect->lex & BV_LEX_TRIPLE) && body[0] == quote && body[1] == quote;
	bv_token t = {.kind = kind, .flags = flags, .start = (uint32_t)(start - l->text)};
	const char *q;
	if (triple) {
		body += 2;
		q = body;
		for (; q && !(q[0] == quote && q[1] == quote && q[2] == quote); q++) {
			if (q >= l->end) {
				q = NULL;
				break;
			}
			if (*q == '\\') {
				if (!raw)
					t.flags |= BV_TF_BACKSLASH;
				q++;
			}
		}
		t.trail = 3;
	} else if (raw) {
		q = memchr(body, quote, (size_t)(l->end - body));
		/* BigQuery: a quote behind a backslash is part of a raw string, as both are. */
		while (q && q > body && q[-1] == '\\' && (l->dialect->lex & BV_LEX_TRIPLE)) {
			size_t k = 1;
			while (q - k > body && q[-1 - (ptrdiff_t)k] == '\\')
				k++;
			if (k % 2 == 0)
				break;
			q = memchr(q + 1, quote, (size_t)(l->end - q - 1));
		}
		t.trail = 1;
	} else {
		q = quoted_end(l, body, quote, backslash, &t.flags);
		t.trail = 1;
	}
	t.lead = (uint8_t)(body - start);
	if (!q) {
		bv_diagnostic *e = fail(l, start, t.lead, "unterminated string");
		/* 'it's': a string, a word at its end, and then this quote. */
		const bv_token *word = l->tokens.n >= 2 ? &l->tokens.v[l->tokens.n - 1] : NULL;
		if (word && word->kind == BV_TK_NAME && word->end == t.start && word[-1].kind == BV_TK_STRING && word[-1].end == word->start)
			bv__diag_hint(l->d, e, "a quote inside a string is doubled: '…''…'");
		else
			bv__diag_hint(l->d, e, "it begins here and the text ends without the closing %c", quote);
		t.kind = BV_TK_BAD;
		t.end = (uint32_t)(l->end - l->text);
		emit(l, t);
		return l->end;
	}
	q += t.trail;
	t.end = (uint32_t)(q - l->text);
	emit(l, t);
	return q;
}

static const char *quoted_name(lexer *l, const char *start, char close)
{
	bv_token t = {.kind = BV_TK_QUOTED, .lead = 1, .trail = 1, .start = (uint32_t)(start - l->text)};
	bool escapes = (l->dialect->lex & BV_LEX_TRIPLE) && close == '`'; /* BigQuery's names have the escapes of its strings */
	const char *q = quoted_end(l, start + 1, close, escapes, &t.flags);
	if (!q) {
		bv_diagnostic *e = fail(l, start, 1, "unterminated quoted name");
		bv__diag_hint(l->d, e, "it begins here and the text ends without the closing %c", close);
		t.kind = BV_TK_BAD;
		q = l->end - 1;
	} else if (q == start + 1) {
		bv_diagnostic *e = fail(l, start, 2, "a quoted name cannot be empty");
		bv__diag_hint(l->d, e, "an empty string is written ''");
		t.kind = BV_TK_BAD;
	}
	t.end = (uint32_t)(q + 1 - l->text);
	emit(l, t);
	return q + 1;
}

/* $tag$ … $tag$; NULL: it is no dollar-quoted string. */
static const char *dollar_string(lexer *l, const char *start)
{
	const char *p = start + 1;
	while ((marks[(uint8_t)*p] & 1) && *p != '$')
		p++;
	if (*p != '$' || (start[1] != '$' && (marks[(uint8_t)start[1]] & 2)) || p - start > 62)
		return NULL;
	size_t tag = (size_t)(p + 1 - start);
	for (const char *q = p + 1; (q = memchr(q, '$', (size_t)(l->end - q))) != NULL; q++)
		if ((size_t)(l->end - q) >= tag && memcmp(q, start, tag) == 0) {
			bv_token t = {.kind = BV_TK_STRING, .lead = (uint8_t)tag, .trail = (uint8_t)tag, .start = (uint32_t)(start - l->text),
						  .end = (uint32_t)(q + tag - l->text)};
			emit(l, t);
			return q + tag;
		}
	bv_diagnostic *e = fail(l, start, tag, "unterminated string");
	bv__diag_hint(l->d, e, "it begins here and the text ends without the closing " BV_STR_FMT, (int)tag, start);
	bv_token t = {.kind = BV_TK_BAD, .start = (uint32_t)(start - l->text), .end = (uint32_t)(l->end - l->text)};
	emit(l, t);
	return l->end;
}

/* digits [. digits] [e[+-]digits] [suffix], 0x…; in most dialects `_` between digits. A number that begins with its point comes here too. */
static const char *number(lexer *l, const char *start)
{
	const char *p = start;
	/* In DataFusion 1_000 is 1 AS _000, which nobody means: a malformed number. */
	char underscore = l->dialect->bit & BV_D_DATAFUSION ? 0 : '_';
	bv_token t = {.kind = BV_TK_NUMBER, .start = (uint32_t)(start - l->text)};
	unsigned radix = *p == '0' && (l->dialect->lex & BV_LEX_RADIX_NUMBER) ? ((p[1] | 0x20) == 'b' ? 2 : (p[1] | 0x20) == 'o' ? 8 : 0) : 0;
	if (radix && p[2 + (p[2] == '_')] >= '0' && p[2 + (p[2] == '_')] < (char)('0' + radix)) {
		p += 2;
		while ((*p >= '0' && *p < (char)('0' + radix)) || *p == '_')
			p++;
	} else if (*p == '0' && (p[1] == 'x' || p[1] == 'X') && (marks[(uint8_t)p[2]] & 4) && !(l->dialect->lex & BV_LEX_NUMBER_ENDS)) {
		p += 2;
		while ((marks[(uint8_t)*p] & 4) || *p == '_')
			p++;
		if (!(l->dialect->lex & BV_LEX_HEX_NUMBER)) {
			t.kind = BV_TK_BINARY;
			t.lead = 2;
		}
	} else {
		while ((marks[(uint8_t)*p] & 2) || (*p == underscore && (marks[(uint8_t)p[1]] & 2)))
			p++;
		if (*p == '.' && p[1] != '.') {
			p++;
			while ((marks[(uint8_t)*p] & 2) || (*p == underscore && p[-1] != '.' && (marks[(uint8_t)p[1]] & 2)))
				p++;
		}
		if ((*p == 'e' || *p == 'E') && ((marks[(uint8_t)p[1]] & 2) || ((p[1] == '+' || p[1] == '-') && (marks[(uint8_t)p[2]] & 2)))) {
			p += 2;
			while ((marks[(uint8_t)*p] & 2) || (*p == '_' && (marks[(uint8_t)p[1]] & 2)))
				p++;
		}
		if ((l->dialect->lex & BV_LEX_TYPE_SUFFIX) && (marks[(uint8_t)*p] & 1)) {
			uint8_t c = (uint8_t)(*p | 0x20);
			size_t digits = (size_t)(p - start);
			bool whole = !memchr(start, '.', digits) && !memchr(start, 'e', digits) && !memchr(start, 'E', digits);
			unsigned n = (c == 'b' && (p[1] | 0x20) == 'd') ? 2 : ((whole && (c == 'l' || c == 's' || c == 'y')) || c == 'd' || c == 'f') ? 1 : 0;
			if (n && !(marks[(uint8_t)p[n]] & 1)) {
				p += n;
				t.trail = (uint8_t)n;
			}
		}
	}
	/* my-0.t, my-1a.t: a piece of a dashed name, as far as its point */
	if ((l->dialect->lex & BV_LEX_DASH_NAME) && (marks[(uint8_t)*p] & 1) && l->tokens.n > 1 && l->tokens.v[l->tokens.n - 1].kind == BV_TK_MINUS && l->tokens.v[l->tokens.n - 1].end == t.start &&
		l->tokens.v[l->tokens.n - 2].end == t.start - 1 && (l->tokens.v[l->tokens.n - 2].kind == BV_TK_NAME || l->tokens.v[l->tokens.n - 2].kind == BV_TK_NUMBER)) {
		p = start;
		while (marks[(uint8_t)*p] & 1)
			p++;
		t.kind = BV_TK_NAME;
		t.flags = BV_TF_UPPER;
	}
	if (t.kind != BV_TK_NAME && (marks[(uint8_t)*p] & 1) && !(l->dialect->lex & BV_LEX_NUMBER_ENDS)) {
		if ((l->dialect->lex & BV_LEX_DIGIT_NAME) && !memchr(start, '.', (size_t)(p - start))) {
			while (marks[(uint8_t)*p] & 1)
				p++;
			t.kind = BV_TK_NAME;
			t.flags = BV_TF_UPPER;
		} else {
			while (marks[(uint8_t)*p] & 1)
				p++;
			bv_diagnostic *e = fail(l, start, (size_t)(p - start), "malformed number");
			bv__diag_hint(l->d, e, "a name that begins with a digit needs quotes");
			t.kind = BV_TK_BAD;
		}
	}
	t.end = (uint32_t)(p - l->text);
	emit(l, t);
	return p;
}

/* U&"name" [UESCAPE 'c']: one token, whose trail holds the escape */
static const char *unicode_name(lexer *l, const char *start, const char *quote)
{
	bv_token t = {.kind = BV_TK_QUOTED, .lead = 3, .trail = 1, .flags = BV_TF_UNICODE, .start = (uint32_t)(start - l->text)};
	const char *q = quoted_end(l, quote + 1, '"', false, &t.flags);
	if (!q || q == quote + 1)
		return quoted_name(l, quote, '"'); /* which says what is wrong */
	const char *end = q + 1, *u = blanks_end(end);
	if (strncasecmp(u, "uescape", 7) == 0) {
		u = blanks_end(u + 7);
		if (u[0] == '\'' && u[1] && u[2] == '\'' && u + 3 - q < 256) {
			end = u + 3;
			t.trail = (uint8_t)(end - q);
		}
	}
	t.end = (uint32_t)(end - l->text);
	emit(l, t);
	return end;
}

/* A string whose prefix of n letters begins at `start`, or NULL. */
static const char *prefixed_string(lexer *l, const char *start, const char *p, uint32_t n)
{
	uint32_t lex = l->dialect->lex;
	uint8_t c = (uint8_t)(*start | 0x20);
	if (*p == '\'' || (*p == '"' && l->dialect->double_quote == BV_QUOTE_STRING)) {
		if (n == 1) {
			if ((c == 'x' || c == 'b') && (lex & BV_LEX_BITS) && *p == '\'')
				return string(l, start, p + 1, BV_TK_BINARY, false, false, BV_TF_BITS);
			if (c == 'x')
				return string(l, start, p + 1, BV_TK_BINARY, false, false, 0);
			if (c == 'e' && (lex & BV_LEX_E_STRING))
				return string(l, start, p + 1, BV_TK_STRING, true, false, 0);
			if (c == 'r' && (lex & BV_LEX_RAW_STRING))
				return string(l, start, p + 1, BV_TK_STRING, false, true, 0);
			if (c == 'b' && (lex & BV_LEX_BYTES))
				return string(l, start, p + 1, BV_TK_BINARY, true, false, BV_TF_TEXT_BYTES);
			if (c == 'n')
				return string(l, start, p + 1, BV_TK_STRING, lex & BV_LEX_BACKSLASH, false, 0);
		} else if ((lex & BV_LEX_BYTES) && ((c == 'r' && (start[1] | 0x20) == 'b') || (c == 'b' && (start[1] | 0x20) == 'r')))
			return string(l, start, p + 1, BV_TK_BINARY, false, true, BV_TF_TEXT_BYTES);
	}
	if (n == 1 && *p == '&' && p[1] == '"' && c == 'u' && (l->dialect->bit & BV_D_POSTGRES))
		return unicode_name(l, start, p + 1);
	if (n == 1 && *p == '&' && p[1] == '\'' && c == 'u' && (lex & BV_LEX_UNICODE_STRING))
		return string(l, start, p + 2, BV_TK_STRING, false, false, BV_TF_UNICODE);
	return NULL;
}

/* A name, a keyword, or a string with a prefix. */
static inline const char *name(lexer *l, const char *start)
{
	bool upper;
	const char *p = name_end(start, &upper);
	uint32_t n = (uint32_t)(p - start), at = (uint32_t)(start - l->text);
	if (n <= 2 && (*p == '\'' || *p == '"' || *p == '&')) {
		const char *q = prefixed_string(l, start, p, n);
		if (q)
			return q;
	}
	emit(l, (bv_token){.kind = BV_TK_NAME, .start = at, .end = at + n, .flags = upper ? BV_TF_UPPER : 0, .keyword = (uint16_t)bv__keyword_at(start, n)});
	return p;
}

static const char *comment(lexer *l, const char *start, const char *end, bool line)
{
	bv_comment c = {.start = (uint32_t)(start - l->text), .end = (uint32_t)(end - l->text), .line = line};
	BV_PUSH(l->scratch, &l->comments, c);
	return end;
}

static const char *line_comment(lexer *l, const char *p)
{
	const char *q = memchr(p, '\n', (size_t)(l->end - p));
	return comment(l, p, q ? q : l->end, true);
}

static const char *block_comment(lexer *l, const char *start)
{
	unsigned depth = 1;
	for (const char *p = start + 2; p < l->end; p++) {
		if (p[0] == '*' && p[1] == '/') {
			p++;
			if (--depth == 0)
				return comment(l, start, p + 1, false);
		} else if (p[0] == '/' && p[1] == '*' && (l->dialect->lex & BV_LEX_NESTED_COMMENT)) {
			p++;
			depth++;
		}
	}
	bv_diagnostic *e = fail(l, start, 2, "unterminated comment");
	bv__diag_hint(l->d, e, "it begins here and the text ends without the closing */");
	return l->end;
}

/* Operators of more than one character: the longest that fits, by first character. */
static bv_token_kind operator_at(const char *p, unsigned *n)
{
#define OP(k, len) (*n = (len), BV_TK_##k)
	switch (p[0]) {
	case '-':
		return p[1] == '>' ? (p[2] == '>' ? OP(LONG_ARROW, 3) : OP(ARROW, 2)) : OP(MINUS, 1);
	case '/':
		return p[1] == '/' ? OP(SLASH_SLASH, 2) : OP(SLASH, 1);
	case ':':
		return p[1] == ':' ? OP(CAST, 2) : p[1] == '=' ? OP(ASSIGN, 2) : OP(COLON, 1);
	case '=':
		return p[1] == '>' ? OP(FAT_ARROW, 2) : p[1] == '=' ? OP(EQ, 2) : OP(EQ, 1);
	case '<':
		return p[1] == '=' ? (p[2] == '>' ? OP(SPACESHIP, 3) : OP(LE, 2))
			   : p[1] == '>' ? OP(NE, 2)
			   : p[1] == '<' ? OP(SHIFT_LEFT, 2)
			   : p[1] == '@' ? OP(CONTAINED, 2)
							 : OP(LT, 1);
	case '>':
		return p[1] == '=' ? OP(GE, 2) : p[1] == '>' ? OP(SHIFT_RIGHT, 2) : OP(GT, 1);
	case '!':
		if (p[1] == '=')
			return OP(NE, 2);
		if (p[1] == '~')
			return p[2] == '~' ? (p[3] == '*' ? OP(BANG_TILDE_TILDE_STAR, 4) : OP(BANG_TILDE_TILDE, 3)) : p[2] == '*' ? OP(BANG_TILDE_STAR, 3) : OP(BANG_TILDE, 2);
		return OP(BANG, 1);
	case '|':
		return p[1] == '|' ? OP(CONCAT, 2) : p[1] == '>' ? OP(PIPE_GT, 2) : OP(PIPE, 1);
	case '&':
		return p[1] == '&' ? OP(AMP_AMP, 2) : OP(AMP, 1);
	case '*':
		return p[1] == '*' ? OP(STAR_STAR, 2) : OP(STAR, 1);
	case '^':
		return p[1] == '@' ? OP(CARET_AT, 2) : OP(CARET, 1);
	case '~':
		return p[1] == '~' ? (p[2] == '*' ? OP(TILDE_TILDE_STAR, 3) : OP(TILDE_TILDE, 2)) : p[1] == '*' ? OP(TILDE_STAR, 2) : OP(TILDE, 1);
	case '#':
		return p[1] == '>' ? (p[2] == '>' ? OP(HASH_LONG_ARROW, 3) : OP(HASH_ARROW, 2)) : p[1] == '-' ? OP(HASH_MINUS, 2) : OP(HASH, 1);
	case '@':
		return p[1] == '>' ? OP(CONTAINS, 2) : p[1] == '@' ? OP(AT_AT, 2) : p[1] == '?' ? OP(AT_QUESTION, 2) : OP(AT, 1);
	case '?':
		return p[1] == '&' ? OP(QUESTION_AND, 2) : p[1] == '|' && p[2] != '|' ? OP(QUESTION_PIPE, 2) : OP(QUESTION, 1);
	default:
		return OP(BAD, 1);
	}
#undef OP
}

/* How long the operator is that begins at p, where users may define them: as many operator characters as there are, but a sign at the end
 * belongs to what follows unless a character is among them that no plain operator has. */
static unsigned operator_run(const char *p)
{
	unsigned n = 0;
	bool special = false;
	for (; p[n] && strchr("+-*/<>=~!@#%^&|`?", p[n]); n++) {
		if ((p[n] == '-' && p[n + 1] == '-') || (p[n] == '/' && p[n + 1] == '*'))
			break;
		special = special || strchr("~!@#%^&|`?", p[n]);
	}
	while (n > 1 && !special && (p[n - 1] == '+' || p[n - 1] == '-'))
		n--;
	return n;
}

static inline void push(lexer *l, bv_token_kind kind, const char *start, unsigned n)
{
	uint32_t at = (uint32_t)(start - l->text);
	emit(l, (bv_token){.kind = (uint8_t)kind, .start = at, .end = at + n});
}

/* ---- placeholders ---- */

/* The template mark at p as a token; returns what follows it. NULL: none is here. */
static const char *placeholder(lexer *l, const char *p)
{
	bv_mark m;
	bv_str text = {l->text, (uint32_t)(l->end - l->text)}, name;
	bv_mark_found found = bv__mark_at(text, (uint32_t)(p - l->text), true, &m);
	if (found == BV_MARK_NONE)
		return NULL;
	bool plain = found == BV_MARK_FOUND && m.to > m.from && (m.kind == BV_MARK_VALUE || (m.kind == BV_MARK_NAME && bv__mark_variable(text, &m, &name)));
	const char *end = l->text + m.end;
	if (found == BV_MARK_FOUND && m.kind == BV_MARK_COMMENT)
		return end;
	if (found == BV_MARK_OPEN)
		fail_as(l, BV_E_PLACEHOLDER, p, 2, "the template mark is not closed");
	else if (plain)
		push(l, BV_TK_PARAM, p, m.end - m.start);
	else if (m.kind == BV_MARK_VALUE)
		fail_as(l, BV_E_PLACEHOLDER, p, m.end - m.start, "the template mark is empty");
	else if (m.kind == BV_MARK_NAME)
		fail_as(l, BV_E_PLACEHOLDER, p, m.end - m.start, "${…} holds the name of a variable");
	else {
		bv_mark_word w = {BV_STR("raw"), 'w'};
		uint32_t at = m.from;
		if (m.kind == BV_MARK_BLOCK)
			bv__mark_word(text, &at, m.to, &w);
		char what[96];
		snprintf(what, sizeof what, "{%% %.*s %%} is a statement, which cannot be a placeholder", (int)(w.text.n < 32 ? w.text.n : 32), w.text.p);
		what[bv__utf8_invalid(what, strlen(what))] = 0;
		bv_diagnostic *e = fail_as(l, BV_E_PLACEHOLDER, p, m.kind == BV_MARK_RAW ? m.from - m.start : m.end - m.start, what);
		bv__diag_hint(l->d, e, "policy.templates = render writes templates out");
	}
	if (!plain)
		push(l, BV_TK_BAD, p, m.end - m.start);
	return end;
}

/* May a placeholder stand right beside this token? Where it touches a piece of a name or a literal, it is a piece of that. */
static bool keeps_apart(const bv_token *t)
{
	switch ((bv_token_kind)t->kind) {
	case BV_TK_NAME: case BV_TK_QUOTED: case BV_TK_STRING: case BV_TK_BINARY: case BV_TK_NUMBER: case BV_TK_PARAM: case BV_TK_DOT: return false;
	default: return true;
	}
}

/* What a placeholder cannot be: part of a string or a name. */
static void check_placeholders(lexer *l, bv_tokens *tokens)
{
	bv_str text = {l->text, (uint32_t)(l->end - l->text)};
	for (uint32_t i = 0; i < tokens->n; i++) {
		bv_token *t = &tokens->v[i], *before = i ? t - 1 : NULL, *after = t + 1;
		if (t->kind == BV_TK_PARAM && (text.p[t->start] == '{' || text.p[t->start + 1] == '{')) {
			if ((before && before->end == t->start && !keeps_apart(before)) || (after->start == t->end && after->kind != BV_TK_END && !keeps_apart(after))) {
				bv_diagnostic *e = fail_as(l, BV_E_PLACEHOLDER, l->text + t->start, t->end - t->start, "the template mark is a piece of what it touches; a placeholder is a whole value");
				bv__diag_hint(l->d, e, "policy.templates = render writes any text; blanks set a value apart");
				t->kind = BV_TK_BAD; /* the parser has no more to say of it */
			}
		} else if (t->kind == BV_TK_STRING || t->kind == BV_TK_QUOTED || t->kind == BV_TK_BINARY) {
			bv_mark m;
			for (uint32_t at = t->start + t->lead; at + 1 < t->end; at++) {
				if ((text.p[at] != '{' && text.p[at] != '$') || bv__mark_at((bv_str){text.p, t->end - t->trail}, at, true, &m) == BV_MARK_NONE)
					continue;
				bv_diagnostic *e = fail_as(l, BV_E_PLACEHOLDER, l->text + at, m.end - m.start, t->kind == BV_TK_QUOTED ? "a template mark inside a quoted name cannot be a placeholder" : "a template mark inside a string cannot be a placeholder");
				bv__diag_hint(l->d, e, t->kind == BV_TK_QUOTED ? "policy.templates = render writes any text" : "put the pieces together with ||, or use policy.templates = render");
				break;
			}
		}
	}
}

bool bv__lex(bv_arena *scratch, bv_str text, uint32_t file, const bv_dialect *dialect, bool placeholders, bv_tokens *out, bv_diagnostics *d)
{
	lexer lex = {.scratch = scratch, .d = d, .dialect = dialect, .text = text.p, .end = text.p + text.n, .file = file, .ok = true, .placeholders = placeholders}, *l = &lex;
	bv__keywords();
	/* Room for a token of five bytes; in a large text of two, since pages that are not touched cost nothing. */
	l->tokens.cap = text.n / (text.n > 1 << 20 ? 2 : 5) + 64;
	l->tokens.v = BV_NEWN(scratch, bv_token, l->tokens.cap);
	if (!l->tokens.v) {
		*out = (bv_tokens){0};
		return false;
	}
	const char *p = text.p;
	uint32_t rules = dialect->lex, bad = 0;
	if (text.n >= 3 && memcmp(p, "\xEF\xBB\xBF", 3) == 0)
		p += 3;
	for (;;) {
		unsigned n = 1;
		bv_token_kind kind;
		p = blanks_end(p);
		if (l->tokens.cap - l->tokens.n < STEP && !grow(l)) {
			*out = (bv_tokens){0};
			return false;
		}
		switch ((char_class)classes[(uint8_t)*p]) {
		case C_NAME:
			if (p[0] == '\xC2' && p[1] == '\xA0') { /* no-break space */
				p += 2;
				continue;
			}
			p = name(l, p);
			continue;
		case C_DIGIT:
			p = number(l, p);
			continue;
		case C_SINGLE:
			if (*p == '{' && l->placeholders) {
				const char *q = placeholder(l, p);
				if (q) {
					p = q;
					continue;
				}
			}
			if ((rules & BV_LEX_OPERATORS) && (*p == '+' || *p == '%') && (n = operator_run(p)) > 1) {
				push(l, BV_TK_OPERATOR, p, n);
				p += n;
				continue;
			}
			push(l, singles[(uint8_t)*p], p, 1);
			p++;
			continue;
		case C_LBRACKET:
			if (dialect->bracket == BV_QUOTE_NAME)
				p = quoted_name(l, p, ']');
			else
				push(l, BV_TK_LBRACKET, p++, 1);
			continue;
		case C_QUOTE:
			p = string(l, p, p + 1, BV_TK_STRING, rules & BV_LEX_BACKSLASH, false, 0);
			continue;
		case C_DOUBLE_QUOTE:
			p = dialect->double_quote == BV_QUOTE_STRING ? string(l, p, p + 1, BV_TK_STRING, rules & BV_LEX_BACKSLASH, false, 0) : quoted_name(l, p, '"');
			continue;
		case C_BACKTICK:
			if (dialect->backtick == BV_QUOTE_NAME) {
				p = quoted_name(l, p, '`');
				continue;
			}
			{
				/* One error for the whole name. */
				const char *q = memchr(p + 1, '`', (size_t)(l->end - p - 1 < 128 ? l->end - p - 1 : 128));
				n = q && !memchr(p, '\n', (size_t)(q - p)) ? (unsigned)(q + 1 - p) : 1;
				if (bad++ < BV_ERRORS_MAX) {
					char what[64];
					snprintf(what, sizeof what, "backticks quote no name in %s SQL", dialect->title);
					bv_diagnostic *e = fail(l, p, n, what);
					bv__diag_hint(d, e, "%s quotes names with \"", dialect->title);
				}
				push(l, BV_TK_BAD, p, n);
				p += n;
				continue;
			}
		case C_MINUS:
			if (p[1] == '-') {
				p = line_comment(l, p);
				continue;
			}
			break;
		case C_SLASH:
			if (p[1] == '*') {
				p = block_comment(l, p);
				continue;
			}
			if (p[1] == '/' && (rules & BV_LEX_SLASH_COMMENT)) {
				p = line_comment(l, p);
				continue;
			}
			break;
		case C_DOT:
			/* After a name or `)` it is a field access: t.1 has no meaning, 1..2 neither. */
			if ((marks[(uint8_t)p[1]] & 2) && !(l->tokens.n && l->tokens.v[l->tokens.n - 1].end == (uint32_t)(p - l->text) &&
												(l->tokens.v[l->tokens.n - 1].kind == BV_TK_NAME || l->tokens.v[l->tokens.n - 1].kind == BV_TK_QUOTED))) {
				p = number(l, p);
				continue;
			}
			push(l, BV_TK_DOT, p++, 1);
			if ((rules & BV_LEX_DIGIT_FIELD) && (marks[(uint8_t)*p] & 2) && l->tokens.n > 1) {
				uint8_t before = l->tokens.v[l->tokens.n - 2].kind;
				if (before == BV_TK_NAME || before == BV_TK_QUOTED || before == BV_TK_RBRACKET || before == BV_TK_RPAREN) {
					for (n = 0; marks[(uint8_t)p[n]] & 1; n++)
						;
					push(l, BV_TK_NAME, p, n);
					l->tokens.v[l->tokens.n - 1].flags = BV_TF_UPPER;
					p += n;
				}
			}
			continue;
		case C_HASH:
			if (rules & BV_LEX_HASH_COMMENT) {
				p = line_comment(l, p);
				continue;
			}
			break;
		case C_AT:
			if ((rules & BV_LEX_AT_PARAM) && (marks[(uint8_t)p[1]] & 1)) {
				n = 1;
				while (marks[(uint8_t)p[n]] & 1)
					n++;
				push(l, BV_TK_PARAM, p, n);
				p += n;
				continue;
			}
			break;
		case C_DOLLAR: {
			if (p[1] == '{' && l->placeholders) {
				p = placeholder(l, p);
				continue;
			}
			const char *q = (rules & BV_LEX_DOLLAR_STRING) ? dollar_string(l, p) : NULL;
			if (q) {
				p = q;
				continue;
			}
			if (p[1] == '"' && (rules & BV_LEX_DOLLAR_STRING) && dialect->double_quote == BV_QUOTE_NAME) {
				/* $"name" */
				for (n = 2; p + n < l->end && (p[n] != '"' || p[n + 1] == '"'); n += p[n] == '"' ? 2 : 1)
					;
				if (p + n < l->end) {
					push(l, BV_TK_PARAM, p, n + 1);
					p += n + 1;
					continue;
				}
				n = 1;
			}
			while (marks[(uint8_t)p[n]] & 1)
				n++;
			if (n == 1 && (rules & BV_LEX_DOLLAR)) {
				push(l, BV_TK_DOLLAR, p++, 1);
				continue;
			}
			if (n == 1)
				goto unreadable;
			push(l, BV_TK_PARAM, p, n);
			p += n;
			continue;
		}
		case C_END:
			if (p >= l->end) {
				for (unsigned i = 0; i < 4; i++)
					push(l, BV_TK_END, l->end, 0);
				out->v = l->tokens.v;
				out->n = l->tokens.n >= 4 ? l->tokens.n - 4 : 0;
				out->comments = l->comments;
				if (l->placeholders)
					check_placeholders(l, out);
				return l->ok && !bv__arena_failed(scratch);
			}
			goto unreadable;
		case C_BAD:
			goto unreadable;
		default:
			break;
		}
		kind = operator_at(p, &n);
		if (rules & BV_LEX_OPERATORS) {
			unsigned run = operator_run(p);
			if (run > n) {
				kind = BV_TK_OPERATOR;
				n = run;
			}
		}
		push(l, kind, p, n);
		p += n;
		continue;
	unreadable:
		if (bad++ < BV_ERRORS_MAX) {
			char what[64];
			if ((uint8_t)*p < 0x20 || *p == 0x7F)
				snprintf(what, sizeof what, *p ? "character with code %u" : "NUL byte", (unsigned)(uint8_t)*p);
			else
				snprintf(what, sizeof what, "character `%c` starts nothing in %s SQL", *p, dialect->title);
			fail(l, p, 1, what);
		}
		/* A run of them is one token: ten million NUL bytes are no ten million tokens. */
		while (p + n < l->end && p[n] == *p)
			n++;
		push(l, BV_TK_BAD, p, n);
		p += n;
	}
}
