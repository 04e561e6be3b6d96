/* Types: SQL's names by dialect, and Arrow's own way of writing them. Comes in: tokens. Goes out: type nodes with the tree's names (type_names.def). */
#include "sql/parser.h"

bv_node *bv__p_type_make(bv_parser *p, const bv_token *from, const char *name)
{
	bv_ast_type *n = BV_NODE_NEW(p, TYPE, type, from);
	n->name = bv__str(name);
	return &n->head;
}

static bv_str small_number(bv_parser *p, uint32_t v)
{
	char text[10];
	unsigned n = sizeof text;
	do
		text[--n] = (char)('0' + v % 10);
	while (v /= 10);
	return bv__arena_str(p->arena, (bv_str){text + n, (uint32_t)sizeof text - n});
}

bool bv__p_type_with_two_args(bv_parser *p, bv_ast_type *type, uint32_t a, uint32_t b)
{
	type->precision = small_number(p, a);
	type->scale = small_number(p, b);
	return true;
}

/* An integer in a type's arguments. */
static uint32_t integer(bv_parser *p, uint32_t max, const char *what)
{
	const bv_token *t = p->t;
	if (t->kind != BV_TK_NUMBER) {
		bv__p_expected(p, what);
		return 0;
	}
	uint64_t v = 0; /* one digit past max overflows 32 bits */
	for (uint32_t i = t->start; i < t->end; i++) {
		char c = p->text[i];
		if (c < '0' || c > '9' || v > max) {
			bv__p_expected(p, what);
			return 0;
		}
		v = v * 10 + (uint64_t)(c - '0');
	}
	if (v > max) {
		bv__p_fail(p, BV_E_TYPE_NAME, bv__p_token_span(p, t), "%s is at most %u", what, max);
		return 0;
	}
	p->t++;
	return (uint32_t)v;
}

static bv_node *type_field(bv_parser *p, const bv_token *from, bv_str name, bv_node *type, bool nullable)
{
	bv_ast_type_field *f = BV_NODE_NEW(p, TYPE_FIELD, type_field, from);
	f->name = name;
	f->type = type;
	f->head.nullable = nullable;
	return BV_NODE_DONE(p, f, from);
}

/* `>` that closes; a `>>` gives one of its two. */
static void close_angle(bv_parser *p, const bv_token *open)
{
	if (bv__p_at(p, BV_TK_SHIFT_RIGHT) && !p->split_angle) {
		p->split_angle = true;
		return;
	}
	if (bv__p_at(p, BV_TK_SHIFT_RIGHT)) {
		p->split_angle = false;
		p->t++;
		return;
	}
	if (!bv__p_accept(p, BV_TK_GT) && !p->panic) {
		bv__p_expect_close(p, BV_TK_GT, open);
	}
}

/* name [:] type, for struct fields; `typed` also admits a bare type. */
static bv_node *struct_field(bv_parser *p)
{
	const bv_token *from = p->t;
	bv_str name = {"", 0};
	bool bare = p->t[1].kind == BV_TK_COMMA || p->t[1].kind == BV_TK_GT || p->t[1].kind == BV_TK_RPAREN || p->t[1].kind == BV_TK_LT || p->t[1].kind == BV_TK_SHIFT_RIGHT ||
				p->t[1].kind == BV_TK_LPAREN || p->t[1].kind == BV_TK_LBRACKET || p->t[1].keyword == BV_K_WITH || p->t[1].keyword == BV_K_WITHOUT || (bv__p_at_kw(p, BV_K_DOUBLE) && bv__p_next_kw(p, 1, BV_K_PRECISION));
	if (!bare) {
		name = bv__p_name(p, "a field name");
		bv__p_accept(p, BV_TK_COLON);
	}
	bv_node *type = bv__p_type_or_arrow(p);
	bool nullable = true;
	if (bv__p_accept_kw2(p, BV_K_NOT, BV_K_NULL))
		nullable = false;
	if (bv__p_accept_kw(p, BV_K_COMMENT))
		bv__p_string_expected(p, "a comment");
	return type_field(p, from, name, type, nullable);
}

static void struct_fields(bv_parser *p, bv_ast_type *n)
{
	const bv_token *open = p->t;
	bool angle = bv__p_at(p, BV_TK_LT);
	if (!angle && !bv__p_at(p, BV_TK_LPAREN)) {
		bv__p_expected(p, "`<` or `(`");
		return;
	}
	p->t++;
	uint32_t m = bv__p_mark(p);
	if (!bv__p_at(p, BV_TK_GT) && !bv__p_at(p, BV_TK_RPAREN))
		do
			bv__p_item(p, struct_field(p));
		while (bv__p_accept(p, BV_TK_COMMA));
	n->fields = bv__p_items(p, m);
	if (angle)
		close_angle(p, open);
	else
		bv__p_expect_close(p, BV_TK_RPAREN, open);
}

/* <t>, <k, v>, (t), (k, v) */
static void element_types(bv_parser *p, bv_ast_type *n, unsigned count)
{
	const bv_token *open = p->t;
	bool angle = bv__p_at(p, BV_TK_LT);
	if (!angle && !bv__p_at(p, BV_TK_LPAREN)) {
		bv__p_expected(p, "`<` or `(`");
		return;
	}
	p->t++;
	uint32_t m = bv__p_mark(p);
	for (unsigned i = 0; i < count; i++) {
		if (i)
			bv__p_expect(p, BV_TK_COMMA);
		const bv_token *from = p->t;
		bv_node *type = bv__p_type_or_arrow(p);
		/* A map's key is never NULL. */
		bv__p_item(p, type_field(p, from, (bv_str){"", 0}, type, !(count == 2 && i == 0)));
	}
	n->fields = bv__p_items(p, m);
	if (angle)
		close_angle(p, open);
	else
		bv__p_expect_close(p, BV_TK_RPAREN, open);
}

/* [WITH TIME ZONE | WITHOUT TIME ZONE]: 1, 0, or -1 when it does not say. */
static int with_zone(bv_parser *p)
{
	if (bv__p_at_kw(p, BV_K_WITH) && bv__p_next_kw(p, 1, BV_K_TIME) && bv__p_next_kw(p, 2, BV_K_ZONE)) {
		p->t += 3;
		return 1;
	}
	if (bv__p_at_kw(p, BV_K_WITH) && bv__p_next_kw(p, 1, BV_K_LOCAL) && bv__p_next_kw(p, 2, BV_K_TIME) && bv__p_next_kw(p, 3, BV_K_ZONE)) {
		p->t += 4;
		return 1;
	}
	if (bv__p_at_kw(p, BV_K_WITHOUT) && bv__p_next_kw(p, 1, BV_K_TIME) && bv__p_next_kw(p, 2, BV_K_ZONE)) {
		p->t += 3;
		return 0;
	}
	return -1;
}

/* Fractional digits; 9 is what the tree leaves out. */
static void set_digits(bv_parser *p, bv_ast_type *n, uint32_t digits)
{
	if (digits != 9)
		n->precision = bv__arena_printf(p->arena, "%u", digits);
}

static void foreign(bv_parser *p, bv_ast_type *n, bv_str name)
{
	n->name = BV_STR("foreign");
	n->precision = n->scale = n->zone = (bv_str){"", 0};
	n->fields = (bv_list){NULL, 0};
	n->foreign = bv__path_of(p->arena, &name, 1);
}

/* PostgreSQL's TIMESTAMP(1): digits that the engine's types do not have, and values are rounded to. */
static void rounded(bv_parser *p, bv_ast_type *n, const bv_token *from, uint32_t digits, const char *name)
{
	if (!(p->dialect->bit & BV_D_POSTGRES) || digits % 3 == 0)
		return;
	foreign(p, n, bv__str(name));
	n->args = bv__list_of(p->arena, &(bv_node *){bv__p_number_node(p, from, digits == 1 ? "1" : digits == 2 ? "2" : digits == 4 ? "4" : "5")}, 1);
}

/* Fractional digits: Trino counts picoseconds, which the engine's types do not; PostgreSQL takes 6 where more are asked for. */
static uint32_t fractional_digits(bv_parser *p)
{
	uint32_t n = integer(p, p->dialect->bit & BV_D_TRINO ? 12 : 9, "fractional digits");
	return (p->dialect->bit & BV_D_POSTGRES) && n > 6 ? 6 : n;
}

static void beyond(bv_parser *p, bv_ast_type *n, const bv_token *number, const char *name, uint32_t digits)
{
	foreign(p, n, bv__str(name));
	n->args = bv__list_of(p->arena, &(bv_node *){bv__p_number_node(p, number, bv__arena_printf(p->arena, "%u", digits).p)}, 1);
}

static void timestamp(bv_parser *p, bv_ast_type *n, const bv_token *from, bv_type_shape shape)
{
	uint32_t digits = p->dialect->timestamp_precision, wanted = 0;
	bv_str word = bv__p_token_str(p, from);
	if (word.n > 10 && word.p[9] == '_') { /* DuckDB's TIMESTAMP_S, _MS, _US, _NS */
		uint8_t c = (uint8_t)(word.p[10] | 0x20);
		if (word.n == 11 && c == 's')
			digits = 0;
		else if (word.n == 12)
			digits = c == 'm' ? 3 : c == 'u' ? 6 : c == 'n' && (word.p[11] | 0x20) == 's' ? 9 : digits;
	}
	const bv_token *open = p->t, *number = NULL;
	if (bv__p_accept(p, BV_TK_LPAREN)) {
		const bv_token *t = p->t;
		digits = wanted = fractional_digits(p);
		number = t;
		if (!p->panic && digits % 3) {
			if (p->dialect->bit & (BV_D_DATAFUSION | BV_D_GENERIC))
				bv__p_fail(p, BV_E_TYPE_NAME, bv__p_token_span(p, t), "a timestamp has 0, 3, 6 or 9 fractional digits");
			digits = (digits + 2) / 3 * 3;
		}
		bv__p_expect_close(p, BV_TK_RPAREN, open);
	}
	int zone = shape == BV_SHAPE_NTZ ? 0 : shape == BV_SHAPE_TIMESTAMP_TZ ? 1 : with_zone(p);
	if (wanted > 9) {
		beyond(p, n, number, zone == 1 ? "timestamptz" : "timestamp", wanted);
		return;
	}
	if (zone == 1)
		n->zone = BV_STR("UTC");
	set_digits(p, n, digits);
	rounded(p, n, from, wanted, zone == 1 ? "timestamptz" : "timestamp");
}

/* (argument, …) or <type> of a type that the engine does not have: fields where they are types, else expressions. */
static void foreign_arguments(bv_parser *p, bv_ast_type *n)
{
	const bv_token *open = p->t;
	/* Where users name types, `<` behind one compares. */
	bool angle = bv__p_at(p, BV_TK_LT) && !(p->dialect->syntax & BV_SYN_ANY_TYPE);
	if (!angle && !bv__p_at(p, BV_TK_LPAREN))
		return;
	p->t++;
	BV_VEC(bv_node *) fields = {NULL, 0, 0};
	uint32_t m = bv__p_mark(p);
	if (!bv__p_at(p, BV_TK_RPAREN))
		do {
			const bv_token *t = p->t;
			bool named = bv__p_token_is_name(t) && (t[1].kind == BV_TK_NAME || t[1].kind == BV_TK_QUOTED);
			if (angle || named || (t->kind == BV_TK_NAME && bv__type_name(p->dialect, bv__p_token_str(p, t)))) {
				bv_str name = {"", 0};
				if (named)
					name = bv__p_name(p, "a field name");
				bv_node *f = type_field(p, t, name, bv__p_type_read(p), true);
				if (bv__p_accept_kw2(p, BV_K_NOT, BV_K_NULL))
					f->nullable = 0;
				if (!BV_PUSH(p->scratch, &fields, f))
					p->oom = true;
			} else
				bv__p_item(p, bv__p_expr(p));
		} while (bv__p_accept(p, BV_TK_COMMA));
	n->args = bv__p_items(p, m);
	n->fields = bv__list_of(p->arena, fields.v, fields.n);
	if (angle)
		close_angle(p, open);
	else
		bv__p_expect_close(p, BV_TK_RPAREN, open);
}

/* VARCHAR(n) where no cast can cut: a type that only PostgreSQL has. */
bv_node *bv__p_foreign_type(bv_parser *p, const bv_token *from, bv_str name)
{
	bv_node *n = bv__p_type_make(p, from, "foreign");
	BV_AS(type, n)->foreign = bv__path_of(p->arena, &name, 1);
	return n;
}

void bv__p_type_of_length(bv_parser *p, const bv_token *from, bv_ast_type *n)
{
	if (!n->precision.n)
		return;
	bv_ast_number *length = BV_NODE_NEW(p, NUMBER, number, from);
	length->text = n->precision;
	bv_node *one = &length->head;
	foreign(p, n, BV_STR("varchar"));
	n->args = bv__list_of(p->arena, &one, 1);
}

static bool interval_word(const bv_token *t)
{
	switch (t->keyword) {
	case BV_K_YEAR: case BV_K_MONTH: case BV_K_DAY: case BV_K_HOUR: case BV_K_MINUTE: case BV_K_SECOND: return t->kind == BV_TK_NAME;
	default: return false;
	}
}

/* INTERVAL [first [TO last]] [(digits)] as a type: the units of Trino and Spark make two types, those of PostgreSQL cut the value. */
static void interval_type(bv_parser *p, bv_ast_type *n)
{
	const bv_token *from = p->t;
	bv_str words = {"", 0};
	bool months = false;
	if (interval_word(p->t)) {
		months = p->t->keyword == BV_K_YEAR || p->t->keyword == BV_K_MONTH;
		words = bv__arena_upper(p->arena, bv__p_token_str(p, p->t));
		p->t++;
		if (bv__p_at_kw(p, BV_K_TO) && interval_word(&p->t[1])) {
			words = bv__arena_printf(p->arena, BV_STR_FMT " TO " BV_STR_FMT, BV_STR_ARG(words), BV_STR_ARG(bv__arena_upper(p->arena, bv__p_token_str(p, &p->t[1]))));
			p->t += 2;
		}
	}
	bv_str digits = {"", 0};
	const bv_token *open = p->t;
	if (bv__p_at(p, BV_TK_LPAREN) && p->t[1].kind == BV_TK_NUMBER) {
		p->t++;
		digits = bv__arena_printf(p->arena, "%u", integer(p, 9, "fractional digits"));
		bv__p_expect_close(p, BV_TK_RPAREN, open);
	}
	if (words.n && (p->dialect->bit & (BV_D_SPARKS | BV_D_TRINO))) {
		n->name = months ? BV_STR("interval_year_month") : BV_STR("interval_day_time");
		return;
	}
	if (!words.n && !digits.n)
		return;
	foreign(p, n, BV_STR("interval"));
	n->precision = digits;
	if (words.n) {
		bv_node *s = bv__p_string_node(p, from, words);
		n->args = bv__list_of(p->arena, &s, 1);
	}
}

static void arguments(bv_parser *p, bv_ast_type *n, const bv_token *from, const bv_type_name *t)
{
	const bv_token *open = p->t;
	switch ((bv_type_shape)t->shape) {
	case BV_SHAPE_PLAIN:
		break;
	case BV_SHAPE_UINT:
		if (bv__p_at(p, BV_TK_LPAREN) && p->t[1].kind == BV_TK_NUMBER) {
			p->t++;
			integer(p, 255, "a width");
			bv__p_expect_close(p, BV_TK_RPAREN, open);
		}
		if (bv__p_accept_kw(p, BV_K_UNSIGNED))
			n->name = bv__arena_printf(p->arena, "u%s", t->tree);
		break;
	case BV_SHAPE_LENGTH: {
		bool varying = bv__p_accept_kw(p, BV_K_VARYING) || bv__str_ieq(bv__p_token_str(p, from), BV_STR("varchar"));
		bool cuts = (p->dialect->syntax & BV_SYN_CUTS_TEXT) && bv__str_is(n->name, "string");
		if (cuts && !varying && bv__str_ieq(bv__p_token_str(p, from), BV_STR("text")))
			cuts = false;
		open = p->t;
		if (cuts && !varying) { /* padded with blanks, which do not count in comparisons */
			foreign(p, n, BV_STR("bpchar"));
			n->args = bv__list_of(p->arena, &(bv_node *){bv__p_number_node(p, from, "1")}, 1);
			if (bv__p_at(p, BV_TK_LPAREN))
				foreign_arguments(p, n);
		} else if (bv__p_at(p, BV_TK_LPAREN)) {
			p->t++;
			if (p->t->kind == BV_TK_NAME && bv__str_ieq(bv__p_token_str(p, p->t), BV_STR("max")))
				p->t++;
			else if (!(bv__p_at(p, BV_TK_RPAREN) && (p->dialect->bit & BV_D_SNOWFLAKE))) {
				bv_str length = bv__p_token_str(p, p->t);
				integer(p, 2147483647u, "a length");
				if (cuts)
					n->precision = length; /* until the cast takes it */
			}
			bv__p_expect_close(p, BV_TK_RPAREN, open);
		}
		break;
	}
	case BV_SHAPE_FLOAT:
		if (bv__p_accept(p, BV_TK_LPAREN)) {
			uint32_t bits = integer(p, 53, "a number of bits");
			n->name = bits > 24 ? BV_STR("float64") : BV_STR("float32");
			/* DataFusion takes FLOAT(53) for a 32-bit float too. */
			if (p->dialect->bit & BV_D_DATAFUSION)
				n->name = BV_STR("float32");
			bv__p_expect_close(p, BV_TK_RPAREN, open);
		}
		break;
	case BV_SHAPE_DECIMAL: {
		if ((p->dialect->bit & BV_D_POSTGRES) && !bv__p_at(p, BV_TK_LPAREN)) { /* as many digits as each value has */
			foreign(p, n, BV_STR("numeric"));
			break;
		}
		uint32_t precision = p->dialect->decimal_precision, scale = p->dialect->decimal_scale;
		bool negative = false;
		if (bv__str_is(bv__str(t->tree), "decimal256"))
			precision = 76, scale = 38;
		if (bv__p_accept(p, BV_TK_LPAREN)) {
			precision = integer(p, 76, "a precision");
			bool comma = bv__p_accept(p, BV_TK_COMMA);
			negative = comma && (p->dialect->bit & (BV_D_LENIENT | BV_D_POSTGRES)) && bv__p_accept(p, BV_TK_MINUS);
			scale = comma ? integer(p, 76, "a scale") : 0;
			bv__p_expect_close(p, BV_TK_RPAREN, open);
			if (!p->panic && (precision == 0 || scale > precision))
				bv__p_fail(p, BV_E_TYPE_NAME, bv__p_since(p, from), "a decimal has 1 to 76 digits and no more behind the point than in all");
		}
		n->name = precision > 38 ? BV_STR("decimal256") : BV_STR("decimal");
		bv__p_type_with_two_args(p, n, precision, scale);
		if (negative && scale)
			n->scale = bv__arena_printf(p->arena, "-%u", scale);
		break;
	}
	case BV_SHAPE_TIME: {
		uint32_t digits = p->dialect->bit & BV_D_LENIENT ? 9 : p->dialect->timestamp_precision, wanted = 0;
		const bv_token *number = NULL;
		if (bv__p_accept(p, BV_TK_LPAREN)) {
			number = p->t;
			digits = wanted = fractional_digits(p);
			digits = (digits + 2) / 3 * 3;
			bv__p_expect_close(p, BV_TK_RPAREN, open);
		}
		if (with_zone(p) == 1) {
			foreign(p, n, BV_STR("timetz"));
			if (number)
				n->args = bv__list_of(p->arena, &(bv_node *){bv__p_number_node(p, number, bv__arena_printf(p->arena, "%u", wanted).p)}, 1);
		} else if (wanted > 9)
			beyond(p, n, number, "time", wanted);
		else {
			set_digits(p, n, digits);
			rounded(p, n, from, wanted, "time");
		}
		break;
	}
	case BV_SHAPE_TIMESTAMP:
	case BV_SHAPE_TIMESTAMP_TZ:
	case BV_SHAPE_NTZ:
		timestamp(p, n, from, (bv_type_shape)t->shape);
		break;
	case BV_SHAPE_LIST:
	case BV_SHAPE_STRUCT:
	case BV_SHAPE_MAP:
		if (!bv__p_at(p, BV_TK_LT) && !bv__p_at(p, BV_TK_LPAREN) && !(p->dialect->bit & BV_D_LENIENT))
			foreign(p, n, bv__str(t->sql)); /* Snowflake's ARRAY of anything, and names where others leave the parts out */
		else if (t->shape == BV_SHAPE_STRUCT)
			struct_fields(p, n);
		else
			element_types(p, n, t->shape == BV_SHAPE_MAP ? 2 : 1);
		break;
	case BV_SHAPE_INTERVAL:
		interval_type(p, n);
		break;
	case BV_SHAPE_FOREIGN:
		foreign(p, n, bv__str(t->sql));
		foreign_arguments(p, n);
		if (!n->args.n && (p->dialect->bit & BV_D_POSTGRES) && strcmp(t->sql, "bit") == 0) /* BIT alone is one bit; without a length it is the type of B'01' */
			n->args = bv__list_of(p->arena, &(bv_node *){bv__p_number_node(p, from, "1")}, 1);
		break;
	}
	/* Snowflake's integers are decimals. */
	if (t->shape == BV_SHAPE_PLAIN && bv__str_is(n->name, "decimal"))
		bv__p_type_with_two_args(p, n, 38, 0);
}

/* {[ ] | [n] | ARRAY} behind a type: lists of it. Closes the two levels that the type opened. */
static bv_node *list_suffix(bv_parser *p, const bv_token *from, bv_node *type)
{
	while ((!p->typed_array && bv__p_at(p, BV_TK_LBRACKET) && (p->t[1].kind == BV_TK_RBRACKET || (p->t[1].kind == BV_TK_NUMBER && p->t[2].kind == BV_TK_RBRACKET))) ||
		   (bv__p_at_kw(p, BV_K_ARRAY) && (p->dialect->bit & (BV_D_POSTGRES | BV_D_TRINO)))) {
		if (!bv__p_deeper(p))
			break;
		if (bv__str_is(BV_AS(type, type)->name, "string"))
			bv__p_type_of_length(p, from, BV_AS(type, type));
		bv_ast_type *list = BV_AS(type, bv__p_type_make(p, from, "list"));
		if (bv__p_accept_kw(p, BV_K_ARRAY) && !bv__p_at(p, BV_TK_LBRACKET))
			;
		else {
			p->t++;
			/* PostgreSQL ignores the length. */
			if (bv__p_at(p, BV_TK_NUMBER)) {
				if (!(p->dialect->bit & BV_D_POSTGRES)) {
					list->name = BV_STR("fixed_list");
					list->precision = bv__p_token_str(p, p->t);
				}
				p->t++;
			}
			bv__p_expect(p, BV_TK_RBRACKET);
		}
		bv_node *f = type_field(p, from, (bv_str){"", 0}, type, true);
		list->fields = bv__list_of(p->arena, &f, 1);
		type = BV_NODE_DONE(p, list, from);
	}
	bv__p_leave(p, 2);
	return type;
}

/* type {[ ]} */
bv_node *bv__p_type_read(bv_parser *p)
{
	const bv_token *from = p->t;
	if (from->kind != BV_TK_NAME && from->kind != BV_TK_QUOTED) {
		bv__p_expected(p, "a type");
		return bv__p_type_make(p, from, "null");
	}
	bv__p_enter(p, 2);
	/* pg_catalog.int4 is int4. */
	if ((p->dialect->syntax & BV_SYN_ANY_TYPE) && from[1].kind == BV_TK_DOT && bv__str_ieq(bv__p_token_str(p, from), BV_STR("pg_catalog"))) {
		p->t += 2;
		from = p->t;
	}
	bv_str word = from->kind == BV_TK_QUOTED ? bv__p_name_of(p, from) : bv__p_token_str(p, from);
	const bv_type_name *t = word.n ? bv__type_name(p->dialect, word) : NULL;
	if (from->kind == BV_TK_QUOTED && (p->dialect->syntax & BV_SYN_FOLD) && t && (!bv__str_is(word, t->sql) || bv__str_is(word, "char"))) /* "char" is PostgreSQL's own, of one byte */
		t = NULL;
	if ((!t || from[1].kind == BV_TK_DOT) && (p->dialect->syntax & BV_SYN_ANY_TYPE) && bv__p_token_is_name(from)) {
		bv_ast_type *n = BV_AS(type, bv__p_type_make(p, from, "foreign"));
		n->foreign = bv__p_path(p, "a type", 3);
		if (!(p->dialect->syntax & BV_SYN_FOLD))
			n->foreign.v[n->foreign.n ? n->foreign.n - 1 : 0] = from->kind == BV_TK_NAME && n->foreign.n == 1 ? bv__arena_lower(p->arena, n->foreign.v[0]) : n->foreign.v[n->foreign.n ? n->foreign.n - 1 : 0];
		n->foreign.insensitive = 0;
		foreign_arguments(p, n);
		return list_suffix(p, from, BV_NODE_DONE(p, n, from));
	}
	if (!t) {
		char what[64];
		snprintf(what, sizeof what, "%.*s", (int)(word.n > 40 ? 40 : word.n), word.p);
		bv_diagnostic *e = bv__p_fail(p, BV_E_TYPE_NAME, bv__p_token_span(p, from), "`" BV_STR_FMT "` is no type of %s", BV_STR_ARG(word), p->dialect->title);
		if (e)
			bv__p_type_hint(p, e, word);
		bv__p_leave(p, 2);
		return bv__p_type_make(p, from, "null");
	}
	bv_ast_type *n = BV_AS(type, bv__p_type_make(p, from, t->tree));
	p->t++;
	if (bv__str_ieq(word, BV_STR("double")) && bv__p_at_kw(p, BV_K_PRECISION))
		p->t++;
	arguments(p, n, from, t);
	return list_suffix(p, from, BV_NODE_DONE(p, n, from));
}

void bv__p_type_hint(bv_parser *p, bv_diagnostic *e, bv_str word)
{
	static const char *const common[] = {"BIGINT", "INTEGER", "VARCHAR", "DOUBLE", "DECIMAL", "BOOLEAN", "TIMESTAMP", "DATE", "SMALLINT", "TINYINT", "FLOAT", "INTERVAL", "STRUCT", "ARRAY"};
	bv_str candidates[BV_COUNT(common)];
	for (unsigned i = 0; i < BV_COUNT(common); i++)
		candidates[i] = bv__str(common[i]);
	bv_str near = bv__did_you_mean(word, candidates, BV_COUNT(common));
	if (near.n) {
		bv__diag_hint(p->d, e, "did you mean " BV_STR_FMT "?", BV_STR_ARG(near));
		return;
	}
	for (unsigned i = 0; i < bv__ndialects; i++)
		if (bv__dialects[i].bit != BV_D_GENERIC && bv__type_name(&bv__dialects[i], word)) {
			bv__diag_hint(p->d, e, "this is a type of %s; read it with `dialect: %s`", bv__dialects[i].title, bv__dialects[i].name);
			return;
		}
}

/* ---- typed literals ---- */

/* Does a string follow the type that begins at the cursor? Only tokens are looked at. */
static bool string_follows(const bv_token *t)
{
	t++;
	if (t->kind == BV_TK_LPAREN && t[1].kind == BV_TK_NUMBER) {
		if (t[2].kind == BV_TK_RPAREN)
			t += 3;
		else if (t[2].kind == BV_TK_COMMA && t[3].kind == BV_TK_NUMBER && t[4].kind == BV_TK_RPAREN)
			t += 5;
		else
			return false;
	}
	if (t->kind == BV_TK_LT && (t[1].kind == BV_TK_NAME && t[2].kind == BV_TK_GT))
		t += 3;
	if (t->keyword == BV_K_PRECISION || t->keyword == BV_K_VARYING || t->keyword == BV_K_UNSIGNED)
		t++;
	if ((t->keyword == BV_K_WITH || t->keyword == BV_K_WITHOUT) && t[1].keyword == BV_K_TIME && t[2].keyword == BV_K_ZONE)
		t += 3;
	return t->kind == BV_TK_STRING;
}

/* Trino's DECIMAL '-1.50' is the number -1.50, with the digits that it has. NULL: the text is no such number. */
static bv_node *decimal_text(bv_parser *p)
{
	const bv_token *from = p->t;
	bv_str s = bv__p_string_text(p, from + 1);
	bool negative = s.n && s.p[0] == '-';
	if (s.n && (s.p[0] == '-' || s.p[0] == '+'))
		s.p++, s.n--;
	unsigned points = 0, digits = 0;
	for (uint32_t i = 0; i < s.n; i++)
		if (s.p[i] == '.')
			points++;
		else if (s.p[i] >= '0' && s.p[i] <= '9')
			digits++;
		else
			return NULL;
	bv_node *n = digits && points < 2 ? bv__p_decimal_literal(p, from, s) : NULL;
	if (!n)
		return NULL;
	p->t += 2;
	n->span = bv__p_since(p, from);
	if (!negative)
		return n;
	bv_ast_unary *minus = BV_NODE_NEW(p, UNARY, unary, from);
	bv__p_deeper(p);
	minus->operand = n;
	return BV_NODE_DONE(p, minus, from);
}

bv_node *bv__p_typed_literal(bv_parser *p)
{
	const bv_token *from = p->t;
	if (!string_follows(from))
		return NULL;
	const bv_type_name *t = bv__type_name(p->dialect, bv__p_token_str(p, from));
	if ((p->dialect->bit & BV_D_TRINO) && t && t->shape == BV_SHAPE_DECIMAL && from[1].kind == BV_TK_STRING) {
		bv_node *n = decimal_text(p);
		if (n)
			return n;
	}
	/* Any name that a string follows is a type where users name types. */
	/* One letter is rather a prefix that the dialect does not have: r'…'. */
	bool users = !t && from->keyword == BV_K_NONE && from->end - from->start > 1 && from[1].kind == BV_TK_STRING && (p->dialect->syntax & BV_SYN_ANY_TYPE);
	if (!users && (!t || (t->shape >= BV_SHAPE_LIST && t->shape <= BV_SHAPE_INTERVAL)))
		return NULL;
	bv_node *type = bv__p_type_read(p);
	const bv_token *s = p->t;
	bv_str text = bv__p_string_expected(p, "a string");
	return bv__p_cast_node(p, from, bv__p_string_node(p, s, text), type, false);
}

/* ---- Arrow's own way of writing types ---- */

static const struct {
	const char *arrow, *tree;
} arrow_plain[] = {
	{"Null", "null"}, {"Boolean", "boolean"}, {"Int8", "int8"}, {"Int16", "int16"}, {"Int32", "int32"}, {"Int64", "int64"}, {"UInt8", "uint8"},
	{"UInt16", "uint16"}, {"UInt32", "uint32"}, {"UInt64", "uint64"}, {"Float16", "float16"}, {"Float32", "float32"}, {"Float64", "float64"},
	{"Utf8", "utf8"}, {"LargeUtf8", "large_utf8"}, {"Utf8View", "utf8_view"}, {"Binary", "binary"}, {"LargeBinary", "large_binary"},
	{"BinaryView", "binary_view"}, {"Date32", "date"}, {"Date64", "date64"},
};

/* s, ms, µs, us, ns, or the long names */
static int unit_digits(bv_str s)
{
	static const struct {
		const char *name;
		int digits;
	} units[] = {{"s", 0}, {"ms", 3}, {"us", 6}, {"µs", 6}, {"ns", 9}, {"Second", 0}, {"Millisecond", 3}, {"Microsecond", 6}, {"Nanosecond", 9}};
	for (unsigned i = 0; i < BV_COUNT(units); i++)
		if (bv__str_is(s, units[i].name))
			return units[i].digits;
	return -1;
}

static void arrow_unit(bv_parser *p, bv_ast_type *n)
{
	int digits = p->t->kind == BV_TK_NAME ? unit_digits(bv__p_token_str(p, p->t)) : -1;
	if (digits < 0) {
		bv__p_expected(p, "s, ms, µs or ns");
		return;
	}
	p->t++;
	set_digits(p, n, (uint32_t)digits);
}

/* The words `non-null`. */
static bool non_null(bv_parser *p)
{
	if (p->t->kind == BV_TK_NAME && bv__str_is(bv__p_token_str(p, p->t), "non") && p->t[1].kind == BV_TK_MINUS && p->t[2].keyword == BV_K_NULL) {
		p->t += 3;
		return true;
	}
	return false;
}

/* "name": [non-null] type */
static bv_node *arrow_field(bv_parser *p)
{
	const bv_token *from = p->t;
	bv_str name = {"", 0};
	if (from->kind == BV_TK_QUOTED || from->kind == BV_TK_STRING) {
		name = bv__p_name_of(p, from);
		p->t++;
	} else
		bv__p_expected(p, "a field name in quotes");
	bv__p_expect(p, BV_TK_COLON);
	bool nullable = !non_null(p);
	bv_node *type = bv__p_type_or_arrow(p);
	return type_field(p, from, name, type, nullable);
}

/* [non-null] type [, field: 'name'] */
static bv_node *arrow_element(bv_parser *p)
{
	const bv_token *from = p->t;
	bool nullable = !non_null(p);
	bv_node *type = bv__p_type_or_arrow(p);
	bv_str name = {"", 0};
	if (bv__p_at(p, BV_TK_COMMA) && p->t[1].kind == BV_TK_NAME && bv__str_is(bv__p_token_str(p, &p->t[1]), "field") && p->t[2].kind == BV_TK_COLON) {
		p->t += 3;
		name = bv__p_string_expected(p, "a field name");
	}
	return type_field(p, from, name, type, nullable);
}

bv_node *bv__p_type_or_arrow(bv_parser *p)
{
	const bv_token *from = p->t;
	if (!p->arrow_types || from->kind != BV_TK_NAME)
		return bv__p_type_read(p);
	bv_str w = bv__p_token_str(p, from);
	/* Arrow's names are exact: Int64 is Arrow's, int64 a dialect's. */
	if (w.n < 3 || w.p[0] < 'A' || w.p[0] > 'Z')
		return bv__p_type_read(p);
	bool paren = from[1].kind == BV_TK_LPAREN;
	if (!paren) {
		for (unsigned i = 0; i < BV_COUNT(arrow_plain); i++)
			if (bv__str_is(w, arrow_plain[i].arrow) && from[1].kind != BV_TK_LBRACKET) {
				/* A dialect's own spelling of the word goes first where it is one (BigQuery's Int64 is its INT64). */
				bv_node *n = bv__p_type_make(p, from, arrow_plain[i].tree);
				p->t++;
				return n;
			}
		return bv__p_type_read(p);
	}
	bv_ast_type *n = BV_AS(type, bv__p_type_make(p, from, "null"));
	bool done = true;
	bv__p_enter(p, 2);
	const bv_token *open = from + 1;
	const bv_token *second = from + 2;
	if (bv__str_is(w, "Timestamp") && second->kind == BV_TK_NAME) {
		p->t += 2;
		n->name = BV_STR("timestamp");
		arrow_unit(p, n);
		if (bv__p_accept(p, BV_TK_COMMA)) {
			bv_str word = bv__p_token_str(p, p->t);
			bool some = bv__str_is(word, "Some");
			if (bv__str_is(word, "None"))
				bv__p_advance(p);
			else {
				if (some)
					p->t += 2;
				if (bv__p_at(p, BV_TK_QUOTED) || bv__p_at(p, BV_TK_STRING)) {
					n->zone = bv__p_name_of(p, p->t);
					p->t++;
				} else
					bv__p_expected(p, "a time zone in quotes");
				if (some)
					bv__p_expect(p, BV_TK_RPAREN);
			}
		}
	} else if (bv__str_is(w, "Time32") || bv__str_is(w, "Time64")) {
		p->t += 2;
		n->name = BV_STR("time");
		if (bv__p_at(p, BV_TK_NAME) && unit_digits(bv__p_token_str(p, p->t)) >= 0 && (unit_digits(bv__p_token_str(p, p->t)) > 3) != bv__str_is(w, "Time64"))
			bv__p_expected(p, bv__str_is(w, "Time64") ? "µs or ns" : "s or ms");
		arrow_unit(p, n);
	} else if (bv__str_is(w, "Duration")) {
		p->t += 2;
		n->name = BV_STR("duration");
		arrow_unit(p, n);
	} else if (bv__str_is(w, "Interval")) {
		bv_str unit = bv__p_token_str(p, second);
		p->t += 2;
		n->name = bv__str_is(unit, "YearMonth") ? BV_STR("interval_year_month") : bv__str_is(unit, "DayTime") ? BV_STR("interval_day_time") : BV_STR("interval");
		if (bv__str_is(n->name, "interval") && !bv__str_is(unit, "MonthDayNano"))
			bv__p_expected(p, "YearMonth, DayTime or MonthDayNano");
		bv__p_advance(p);
	} else if (bv__str_is(w, "FixedSizeBinary")) {
		p->t += 2;
		n->name = BV_STR("fixed_binary");
		n->precision = bv__arena_printf(p->arena, "%u", integer(p, 2147483647u, "a length"));
	} else if (bv__str_is(w, "Decimal32") || bv__str_is(w, "Decimal64") || bv__str_is(w, "Decimal128") || bv__str_is(w, "Decimal256")) {
		p->t += 2;
		n->name = bv__str_is(w, "Decimal128") ? BV_STR("decimal") : bv__arena_lower(p->arena, w);
		uint32_t precision = integer(p, bv__str_is(w, "Decimal32") ? 9 : bv__str_is(w, "Decimal64") ? 18 : bv__str_is(w, "Decimal128") ? 38 : 76, "a precision");
		bv__p_expect(p, BV_TK_COMMA);
		bool negative = bv__p_accept(p, BV_TK_MINUS);
		uint32_t scale = integer(p, 76, "a scale");
		bv__p_type_with_two_args(p, n, precision, scale);
		if (negative && scale)
			n->scale = bv__arena_printf(p->arena, "-%u", scale);
	} else if (bv__str_is(w, "List") || bv__str_is(w, "LargeList") || bv__str_is(w, "ListView") || bv__str_is(w, "LargeListView")) {
		p->t += 2;
		n->name = bv__str_is(w, "List") ? BV_STR("list") : bv__str_is(w, "LargeList") ? BV_STR("large_list") : bv__str_is(w, "ListView") ? BV_STR("list_view") : BV_STR("large_list_view");
		bv_node *f = arrow_element(p);
		n->fields = bv__list_of(p->arena, &f, 1);
	} else if (bv__str_is(w, "FixedSizeList")) {
		p->t += 2;
		n->name = BV_STR("fixed_list");
		n->precision = bv__arena_printf(p->arena, "%u", integer(p, 2147483647u, "a length"));
		if (p->t->kind == BV_TK_NAME && bv__str_is(bv__p_token_str(p, p->t), "x"))
			p->t++;
		else
			bv__p_expect(p, BV_TK_COMMA);
		bv_node *f = arrow_element(p);
		n->fields = bv__list_of(p->arena, &f, 1);
	} else if (bv__str_is(w, "Struct") && (second->kind == BV_TK_QUOTED || second->kind == BV_TK_STRING || second->kind == BV_TK_RPAREN)) {
		p->t += 2;
		n->name = BV_STR("struct");
		uint32_t m = bv__p_mark(p);
		if (!bv__p_at(p, BV_TK_RPAREN))
			do
				bv__p_item(p, arrow_field(p));
			while (bv__p_accept(p, BV_TK_COMMA));
		n->fields = bv__p_items(p, m);
	} else if (bv__str_is(w, "Map") && (second->kind == BV_TK_QUOTED || second->kind == BV_TK_STRING)) {
		/* Map("entries": non-null Struct("key": non-null Utf8, "value": Int64), unsorted) */
		p->t += 2;
		n->name = BV_STR("map");
		bv_node *entries = BV_AS(type_field, arrow_field(p))->type;
		if (!p->panic && (entries->kind != BV_TYPE || !bv__str_is(BV_AS(type, entries)->name, "struct") || BV_AS(type, entries)->fields.n != 2))
			bv__p_fail(p, BV_E_TYPE_NAME, bv__p_since(p, from), "a map's entries are a struct of key and value");
		else if (!p->panic)
			n->fields = BV_AS(type, entries)->fields;
		if (bv__p_accept(p, BV_TK_COMMA)) {
			if (!p->panic && bv__str_is(bv__p_token_str(p, p->t), "sorted"))
				bv__p_refuse(p, p->t, "a map with sorted keys");
			bv__p_advance(p);
		}
	} else if (bv__str_is(w, "Dictionary")) {
		p->t += 2;
		n->name = BV_STR("dictionary");
		uint32_t m = bv__p_mark(p);
		bv__p_item(p, arrow_element(p));
		bv__p_expect(p, BV_TK_COMMA);
		bv__p_item(p, arrow_element(p));
		n->fields = bv__p_items(p, m);
	} else if (bv__str_is(w, "Union") || bv__str_is(w, "RunEndEncoded"))
		bv__p_refuse(p, from, bv__str_is(w, "Union") ? "the type Union" : "the type RunEndEncoded");
	else
		done = false;
	bv__p_leave(p, 2);
	if (!done)
		return bv__p_type_read(p);
	bv__p_expect_close(p, BV_TK_RPAREN, open);
	return BV_NODE_DONE(p, n, from);
}
