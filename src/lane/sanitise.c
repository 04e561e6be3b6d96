/* sanitise: refuses what may not enter the lane. In: a tree as read; out: the same tree, or diagnostics. Templates were refused or rendered on the text
 * before it was parsed (ingress); what is left here are parameters, and what only other engines can do. Under the policy `placeholders` a parameter that
 * names a variable becomes the literal of its value: a typed one, whatever its text; what has no value is refused. */
#include "ingress/ingress.h"
#include "lane/lane_internal.h"

/* Kinds that only other engines have: read, kept in the tree as what they mean, and not run. */
static bool is_foreign(unsigned kind)
{
	switch ((bv_kind)kind) {
	case BV_TRAVEL: case BV_ROWS_FROM: case BV_STAGE: case BV_SAMPLE: case BV_MATCH_RECOGNIZE: case BV_JSON_PATH: case BV_OPERATOR: case BV_COLLATE:
	case BV_LIKE_LIST: case BV_PAIR: case BV_ALIASES: case BV_INLINE_FUNCTION: case BV_TABLE_ARGUMENT: case BV_DESCRIPTION: case BV_SCRIPT: case BV_OUTER_MARK:
		return true;
	default:
		return false;
	}
}

/* What a node of a kind that the lane knows says and only other engines can do; NULL: nothing. */
static const char *foreign_part(const bv_node *n)
{
	switch (n->kind) {
	case BV_QUERY: {
		const bv_ast_query *q = BV_AS(query, n);
		return q->with_ties				 ? "FETCH FIRST … WITH TIES"
			   : q->limit_percent		 ? "a limit that is a share of the rows"
			   : q->distribute_by.n		 ? "DISTRIBUTE BY"
			   : q->sort_by.n			 ? "SORT BY"
			   : q->functions.n			 ? "WITH FUNCTION"
			   : q->locks.n				 ? BV_AS(lock, q->locks.v[0])->strength >= BV_lock_strength_share ? "FOR SHARE" : "FOR UPDATE"
			   : q->all_descending || q->all_nulls ? "a direction of ORDER BY ALL"
										 : NULL;
	}
	case BV_CTE: {
		const bv_ast_cte *c = BV_AS(cte, n);
		return c->key.n ? "WITH RECURSIVE … USING KEY" : c->max_recursion ? "MAX RECURSION LEVEL" : c->search ? "SEARCH of a recursive CTE" : c->cycle ? "CYCLE of a recursive CTE" : NULL;
	}
	case BV_SELECT: {
		const bv_ast_select *s = BV_AS(select, n);
		return s->result ? "SELECT AS STRUCT or AS VALUE" : s->connect_by || s->start_with ? "CONNECT BY" : s->group_distinct ? "GROUP BY DISTINCT" : NULL;
	}
	case BV_SET_OPERATION: return BV_AS(set_operation, n)->side || BV_AS(set_operation, n)->by_columns.n ? "BY NAME over some of the columns" : NULL;
	case BV_STAR: {
		const bv_ast_star *s = BV_AS(star, n);
		return s->operand ? "the star of a value, (x).*," : s->names.n ? "names for the columns of a star" : s->exclude_paths.n ? "EXCLUDE of a name with a qualifier" : s->match ? "GLOB or SIMILAR TO behind a star" : NULL;
	}
	case BV_ORDER_ITEM: return BV_AS(order_item, n)->operand->kind == BV_STAR ? "a star in ORDER BY" : BV_AS(order_item, n)->using.n ? "ORDER BY … USING" : NULL;
	case BV_TABLE: return BV_AS(table, n)->changes ? "CHANGES" : BV_AS(table, n)->travel ? "time travel on a table" : BV_AS(table, n)->options.n ? "a table WITH options" : BV_AS(table, n)->only ? "ONLY" : BV_AS(table, n)->stream ? "STREAM" : NULL;
	case BV_TABLE_FUNCTION: {
		const bv_ast_table_function *f = BV_AS(table_function, n);
		return f->types.n ? "a column list with types behind a table function" : f->clauses.n ? "a clause inside a table function" : f->function ? "a function that a value names" : f->variadic ? "VARIADIC" : f->method ? "model!method(…)" : f->stream ? "STREAM" : NULL;
	}
	case BV_JOIN: {
		const bv_ast_join *j = BV_AS(join, n);
		return j->type == BV_join_type_positional ? "POSITIONAL JOIN" : j->type >= BV_join_type_asof_left ? "ASOF JOIN" : j->using_alias.n ? "an alias of USING" : NULL;
	}
	case BV_ROW:
		for (uint32_t i = 0; i < BV_AS(row, n)->items.n; i++)
			if (BV_AS(row, n)->items.v[i]->kind == BV_STAR)
				return "a star inside a row";
		return NULL;
	case BV_INTERVAL: {
		const bv_ast_interval *i = BV_AS(interval, n);
		return i->last ? "an interval over two units (YEAR TO MONTH)" : i->precision.n ? "the precision of an interval's unit" : i->unit > BV_interval_unit_nanosecond ? "an interval in decades, centuries or millennia" : NULL;
	}
	case BV_BETWEEN: return BV_AS(between, n)->symmetric ? "BETWEEN SYMMETRIC" : NULL;
	case BV_IS: return BV_AS(is, n)->test > BV_is_test_unknown ? "IS JSON or IS DOCUMENT" : NULL;
	case BV_CAST: return BV_AS(cast, n)->format || BV_AS(cast, n)->zone ? "CAST … FORMAT" : BV_AS(cast, n)->fallback ? "CAST … DEFAULT" : BV_AS(cast, n)->rename_fields || BV_AS(cast, n)->add_fields ? "RENAME FIELDS and ADD FIELDS of a cast" : NULL;
	case BV_CALL: {
		const bv_ast_call *c = BV_AS(call, n);
		return c->method ? "model!method(…)" : c->variadic ? "VARIADIC" : c->limit ? "LIMIT inside a call" : c->from_last ? "FROM LAST" : c->function ? "a function that a value names" : c->clauses.n ? "a clause inside a call that only other engines know" : NULL;
	}
	case BV_STRUCT:
		for (uint32_t i = 0; i < BV_AS(struct, n)->fields.n; i++)
			if (BV_AS(struct, n)->fields.v[i]->kind == BV_STAR)
				return "a star inside a struct";
		return NULL;
	default: return NULL;
	}
}

static void foreign_type(bv_lane_state *st, const bv_ast_type *t)
{
	static const char *const common[] = {"bigint", "integer", "varchar", "double", "decimal", "boolean", "timestamp", "date", "smallint", "tinyint", "float", "interval", "struct", "array"};
	bv_str candidates[BV_COUNT(common)], name = t->foreign.v[t->foreign.n - 1];
	bv_diagnostic *e = bv__diag(st->d, BV_E_NOT_SUPPORTED, t->head.span, "the engine has no type `" BV_STR_FMT "`", BV_STR_ARG(bv__dotted(st->arena, &t->foreign)));
	for (unsigned i = 0; i < BV_COUNT(common); i++)
		candidates[i] = bv__str(common[i]);
	bv_str near = bv__did_you_mean(name, candidates, BV_COUNT(common));
	if (near.n)
		bv__diag_hint(st->d, e, "did you mean " BV_STR_FMT "?", BV_STR_ARG(bv__arena_upper(st->arena, near)));
}

/* ---- placeholders ---- */

/* :'name' is the value as a string. */
static bool quoted_name(bv_str *name)
{
	bool quoted = name->n > 3 && name->p[0] == ':' && name->p[1] == '\'' && name->p[name->n - 1] == '\'';
	if (quoted)
		*name = (bv_str){name->p + 2, name->n - 3};
	return quoted;
}

static bool plain_name(bv_str name)
{
	for (uint32_t i = 0; i < name.n; i++) {
		char c = name.p[i];
		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (unsigned char)c >= 0x80 || (c >= '0' && c <= '9')))
			return false;
	}
	return name.n > 0;
}

static void no_value(bv_lane_state *st, const bv_ast_parameter *p)
{
	bv_diagnostic *e;
	bv_str name = p->name, text;
	bv_json_kind kind;
	bool bound = bv__str_is(st->cx->policy.templates, "placeholders");
	(void)quoted_name(&name);
	if (!bound) {
		e = bv__diag(st->d, BV_E_PLACEHOLDER, p->head.span, "parameter `" BV_STR_FMT "` has no value", BV_STR_ARG(p->name));
		bv__diag_hint(st->d, e, "a view has no parameters: write the value");
	} else if (!plain_name(name)) {
		e = bv__diag(st->d, BV_E_PLACEHOLDER, p->head.span, "the placeholder is an expression; only {{ name }} and {{ var('name') }} have values");
		bv__diag_hint(st->d, e, "policy.templates = render computes expressions");
	} else if (!bv__variable(st->arena, st->cx->variables, name, &kind, &text)) {
		bv__variable_missing(st->arena, st->cx->variables, name, BV_E_PLACEHOLDER, p->head.span, st->d);
	} else if (kind == BV_JSON_NUMBER) {
		e = bv__diag(st->d, BV_E_PLACEHOLDER, p->head.span, "variable `" BV_STR_FMT "` is %.*s: as a number it has more than one type", BV_STR_ARG(name), (int)(text.n < 40 ? text.n : 40), text.p);
		bv__diag_hint(st->d, e, "give it as a text and cast the placeholder: CAST({{ " BV_STR_FMT " }} AS DECIMAL(10, 2))", BV_STR_ARG(name));
	} else {
		bv__diag(st->d, BV_E_PLACEHOLDER, p->head.span, "variable `" BV_STR_FMT "` is a %s, which is no value of SQL", BV_STR_ARG(name), kind == BV_JSON_ARRAY ? "list" : "map");
	}
}

/* The literal of a whole number. */
static bv_node *whole_number(bv_arena *a, bv_span span, bv_str text)
{
	bool negative = text.n > 1 && text.p[0] == '-';
	bv_ast_number *n = BV_MAKE(a, NUMBER, number, span);
	if (n)
		n->text = negative ? (bv_str){text.p + 1, text.n - 1} : text;
	bv_ast_unary *u = n && negative ? BV_MAKE(a, UNARY, unary, span) : NULL;
	if (!u)
		return negative ? NULL : (bv_node *)n;
	u->op = BV_unary_op_negate;
	u->operand = &n->head;
	return &u->head;
}

/* The value of a parameter; NULL: it has none, which is said later. */
static bv_node *value_of(bv_lane_state *st, const bv_ast_parameter *p)
{
	bv_str name = p->name, text;
	bv_json_kind kind;
	bool quoted = quoted_name(&name);
	if (!plain_name(name) || !bv__variable(st->arena, st->cx->variables, name, &kind, &text))
		return NULL;
	bool whole = kind == BV_JSON_NUMBER && !memchr(text.p, '.', text.n) && !memchr(text.p, 'e', text.n) && !memchr(text.p, 'E', text.n);
	text = bv__arena_str(st->arena, text);
	if (kind == BV_JSON_STRING || (quoted && kind != BV_JSON_OBJECT && kind != BV_JSON_ARRAY && kind != BV_JSON_NULL))
		return bv__string(st->arena, p->head.span, text);
	if (kind == BV_JSON_TRUE || kind == BV_JSON_FALSE) {
		bv_ast_boolean *b = BV_MAKE(st->arena, BOOLEAN, boolean, p->head.span);
		if (b)
			b->value = kind == BV_JSON_TRUE;
		return (bv_node *)b;
	}
	return kind == BV_JSON_NULL ? bv__node_new(st->arena, BV_NULL_LITERAL, p->head.span) : whole ? whole_number(st->arena, p->head.span, text) : NULL;
}

static bv_node *bind(bv_arena *a, bv_node *n, void *ctx)
{
	(void)a;
	bv_node *value = n->kind == BV_PARAMETER ? value_of(ctx, BV_AS(parameter, n)) : NULL;
	if (value)
		bv__rule(ctx, BV_RULE_PLACEHOLDER, n->span, value);
	return value ? value : n;
}

static bv_walk visit(bv_node *n, bv_node *parent, void *ctx)
{
	bv_lane_state *st = ctx;
	n->mark = 0; /* of the pass that made the tree */
	if (is_foreign(n->kind)) {
		bv__diag(st->d, BV_E_NOT_SUPPORTED, n->span, "%s is read, but cannot be run yet", bv__nodes[n->kind].doc);
		return BV_WALK_PRUNE;
	}
	if (n->kind == BV_TYPE && BV_AS(type, n)->foreign.n) {
		if (parent && parent->kind == BV_CAST && bv__is_numeric(BV_AS(type, n)) && bv__has_meanings(st)) /* meaning.c gives it digits */
			return BV_WALK_PRUNE;
		foreign_type(st, BV_AS(type, n));
		return BV_WALK_PRUNE;
	}
	const char *part = foreign_part(n);
	if (part) {
		bv__diag(st->d, BV_E_NOT_SUPPORTED, n->span, "%s is read, but cannot be run yet", part);
		return BV_WALK_PRUNE;
	}
	if (n->kind == BV_PARAMETER) {
		no_value(st, BV_AS(parameter, n));
	} else if (n->kind == BV_CREATE_VIEW) {
		bv__diag(st->d, BV_E_INTERNAL, n->span, "a statement entered the lane where a query is needed");
	}
	return BV_WALK_CONTINUE;
}

bool bv__lane_sanitise(bv_lane_state *st)
{
	uint32_t before = st->d->errors;
	if (bv__str_is(st->cx->policy.templates, "placeholders"))
		st->tree = bv__map_tree(st->arena, st->tree, NULL, bind, st);
	bv__walk(st->tree, visit, st);
	return st->d->errors == before;
}
