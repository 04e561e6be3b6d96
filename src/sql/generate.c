/* The generator's frame: a tree in, its text in a dialect out; names, layout, comments, queries, relations and statements.
 *
 * Compact text is one line. Pretty text puts clauses on lines of their own and breaks what does not fit BV_WIDTH columns: each breakable piece
 * is first written flat and cut off where it grows too long, so the work is bounded by the width for each piece.
 *
 * Parentheses: an expression is written knowing how tight an operator must bind here and which operator follows; it takes parentheses exactly
 * where the parser (which reads by the same table) would otherwise read another tree. */
#include "sql/generate.h"

/* ---- state ---- */

bool bv__g_stop(bv_gen *g)
{
	if (g->flat && g->pretty && g->out->n > g->limit)
		g->over = true;
	return g->failed || g->over || g->out->failed;
}

void bv__g_refuse(bv_gen *g, const bv_node *n, const char *what)
{
	if (g->failed)
		return;
	g->failed = true;
	bv_diagnostic *e = bv__diag(g->d, BV_E_NOT_SUPPORTED, n ? n->span : BV_NO_SPAN, "%s cannot be written in %s", what, g->dialect->title);
	if (!g->dialect->writes)
		bv__diag_hint(g->d, e, "dialects to write: datafusion, postgres, duckdb, spark");
}

void bv__g_z(bv_gen *g, const char *z) { bv__buf_z(g->out, z); }

void bv__g_break(bv_gen *g)
{
	if (!g->pretty || g->flat) {
		bv__buf_ch(g->out, ' ');
		return;
	}
	size_t n = g->out->n;
	while (n > g->line && (g->out->p[n - 1] == ' ' || g->out->p[n - 1] == '\t'))
		n--;
	bv__buf_truncate(g->out, n);
	/* A comment may have begun the line already. */
	if (n > g->line) {
		bv__buf_ch(g->out, '\n');
		g->line = g->out->n;
	}
	for (unsigned i = 0; i < g->indent; i++)
		bv__buf_ch(g->out, '\t');
}

void bv__g_soft(bv_gen *g)
{
	if (g->pretty && !g->flat)
		bv__g_break(g);
}

/* ---- layout ---- */

bool bv__g_attempt(bv_gen *g, bv_attempt *a, uint32_t at, unsigned width)
{
	if (g->ncomments && bv__g_needs_lines(g, at))
		return false;
	*a = (bv_attempt){g->out->n, g->line, g->comment_end, g->code_end, g->comments, g->ncomments};
	size_t column = a->n - g->line + (size_t)g->indent * (BV_TAB - 1);
	g->limit = a->n + (column < width ? width - column : 0);
	g->flat = 1;
	return true;
}

bool bv__g_attempt_end(bv_gen *g, const bv_attempt *a)
{
	g->flat = 0;
	if (!g->over && g->out->n <= g->limit)
		return true;
	g->over = false;
	bv__buf_truncate(g->out, a->n);
	g->line = a->line;
	g->comment_end = a->comment_end;
	g->code_end = a->code_end;
	g->comments = a->comments;
	g->ncomments = a->ncomments;
	return false;
}

bool bv__g_fits(bv_gen *g, const bv_node *n, bv_gen_fn fn, unsigned width)
{
	bv_attempt a;
	if (!g->pretty || g->flat) {
		fn(g, n);
		return true;
	}
	if (!bv__g_attempt(g, &a, n->span.end, width))
		return false;
	fn(g, n);
	return bv__g_attempt_end(g, &a);
}

void bv__g_piece(bv_gen *g, const bv_node *n, bv_gen_fn fn)
{
	if (!bv__g_fits(g, n, fn, BV_WIDTH))
		fn(g, n);
}

/* `brackets`: how many right before the first item open the list. */
static void items_in(bv_gen *g, const bv_list *l, bv_gen_fn fn, unsigned brackets)
{
	for (uint32_t i = 0; i < l->n && !bv__g_stop(g); i++) {
		const bv_node *n = l->v[i];
		bv__g_lead(g, n);
		bv__g_piece(g, n, fn);
		if (g->ncomments)
			bv__g_trail_at(g, n, i ? 0 : brackets, false);
		if (i + 1 < l->n)
			bv__buf_ch(g->out, ',');
		if (g->ncomments)
			bv__g_trail_at(g, n, i ? 0 : brackets, true);
		if (i + 1 < l->n)
			bv__g_break(g);
	}
}

static void items(bv_gen *g, const bv_list *l, bv_gen_fn fn) { items_in(g, l, fn, 0); }

static bool list_fits(bv_gen *g, const bv_list *l, bv_gen_fn fn, unsigned width)
{
	bv_attempt a;
	if (!g->pretty || g->flat || !l->n) {
		items(g, l, fn);
		return true;
	}
	if (!bv__g_attempt(g, &a, l->v[l->n - 1]->span.end, width))
		return false;
	items(g, l, fn);
	return bv__g_attempt_end(g, &a);
}

static bool is_literal(const bv_node *n) { return n->kind == BV_NUMBER || n->kind == BV_STRING || n->kind == BV_NULL_LITERAL || n->kind == BV_BOOLEAN; }

/* A long list of literals fills its lines. */
static void filled(bv_gen *g, const bv_list *l, bv_gen_fn fn)
{
	for (uint32_t i = 0; i < l->n && !bv__g_stop(g); i++) {
		if (i) {
			bv__buf_ch(g->out, ' ');
			if (bv__g_fits(g, l->v[i], fn, BV_WIDTH - 1)) {
				if (i + 1 < l->n)
					bv__buf_ch(g->out, ',');
				continue;
			}
			bv__g_break(g);
		}
		fn(g, l->v[i]);
		if (i + 1 < l->n)
			bv__buf_ch(g->out, ',');
	}
}

void bv__g_list(bv_gen *g, const bv_list *l, bv_gen_fn fn, const char *close)
{
	if (!list_fits(g, l, fn, BV_WIDTH - 1)) {
		bool literals = !(g->ncomments && g->comments[0].start < l->v[l->n - 1]->span.end);
		for (uint32_t i = 0; literals && i < l->n; i++)
			literals = is_literal(l->v[i]);
		g->indent++;
		bv__g_break(g);
		if (literals)
			filled(g, l, fn);
		else
			items_in(g, l, fn, *close ? 1 : 0);
		if (*close)
			bv__g_rest(g, l->v[l->n - 1]);
		g->indent--;
		if (*close)
			bv__g_break(g);
	}
	bv__g_z(g, close);
}

/* ---- names and strings ---- */

bool bv__g_is_plain_name(const bv_dialect *d, bv_str name, bool fold)
{
	if (name.n == 0)
		return false;
	for (uint32_t i = 0; i < name.n; i++) {
		char c = name.p[i];
		bool lower = (c >= 'a' && c <= 'z') || c == '_', upper = c >= 'A' && c <= 'Z', digit = c >= '0' && c <= '9';
		if (!(lower || (upper && !fold) || (digit && i > 0)))
			return false;
	}
	(void)d;
	return !(bv__keyword_flags[bv__keyword(name)] & (BV_KW_Q | BV_KW_N | BV_KW_H));
}

static char name_quote(const bv_dialect *d) { return d->double_quote == BV_QUOTE_NAME ? '"' : '`'; }

static void put_name(bv_buf *out, bv_str name, bool insensitive, const bv_dialect *d)
{
	if (bv__g_is_plain_name(d, name, (d->syntax & BV_SYN_FOLD) && !insensitive)) {
		bv__buf_str(out, name);
		return;
	}
	char q = name_quote(d);
	bv__buf_ch(out, q);
	for (uint32_t i = 0; i < name.n; i++) {
		if (name.p[i] == q)
			bv__buf_ch(out, q);
		bv__buf_ch(out, name.p[i]);
	}
	bv__buf_ch(out, q);
}

/* Snowflake's and Trino's quoted names are exact, their unquoted ones are not: what is exact there is quoted. */
static bool quoted_is_exact(const bv_dialect *d) { return !(d->syntax & (BV_SYN_FOLD | BV_SYN_QUOTED_INSENSITIVE)); }

void bv__g_name(bv_gen *g, bv_str name, bool insensitive)
{
	if (name.n == 0)
		bv__g_refuse(g, NULL, "an empty name");
	put_name(g->out, name, insensitive, g->dialect);
}

static void put_exact(bv_buf *out, bv_str name, const bv_dialect *d)
{
	char q = name_quote(d);
	bv__buf_ch(out, q);
	for (uint32_t i = 0; i < name.n; i++) {
		if (name.p[i] == q)
			bv__buf_ch(out, q);
		bv__buf_ch(out, name.p[i]);
	}
	bv__buf_ch(out, q);
}

static void put_path(bv_buf *out, const bv_str *v, uint32_t n, uint32_t insensitive, const bv_dialect *d, const char *sep)
{
	for (uint32_t i = 0; i < n; i++) {
		bool loose = i < 32 && (insensitive >> i & 1);
		if (i)
			bv__buf_z(out, sep);
		if (!loose && quoted_is_exact(d))
			put_exact(out, v[i], d);
		else
			put_name(out, v[i], loose, d);
	}
}

void bv__g_path(bv_gen *g, const bv_path *path) { put_path(g->out, path->v, path->n, path->insensitive, g->dialect, "."); }

void bv__g_names(bv_gen *g, const bv_names *names)
{
	bv__buf_ch(g->out, '(');
	put_path(g->out, names->v, names->n, names->insensitive, g->dialect, ", ");
	bv__buf_ch(g->out, ')');
}

void bv__sql_name(bv_buf *out, bv_str name, const bv_dialect *dialect) { put_name(out, name, false, dialect); }
void bv__sql_path(bv_buf *out, const bv_path *path, const bv_dialect *dialect) { put_path(out, path->v, path->n, path->insensitive, dialect, "."); }

void bv__g_string(bv_gen *g, bv_str s)
{
	bool backslash = g->dialect->lex & BV_LEX_BACKSLASH;
	bv__buf_ch(g->out, '\'');
	for (uint32_t i = 0, from = 0; i <= s.n; i++) {
		if (i < s.n && s.p[i] != '\'' && !(backslash && s.p[i] == '\\'))
			continue;
		bv__buf_add(g->out, s.p + from, i - from);
		from = i;
		if (i < s.n)
			bv__buf_ch(g->out, backslash ? '\\' : s.p[i]);
	}
	bv__buf_ch(g->out, '\'');
}

/* ---- relations ---- */

static void relation(bv_gen *g, const bv_node *n);

static void alias(bv_gen *g, bv_str name, const bv_names *columns)
{
	if (name.n) {
		bv__g_z(g, " AS ");
		bv__g_name(g, name, false);
	}
	if (columns->n) {
		if (!name.n)
			bv__g_z(g, " AS ");
		bv__g_names(g, columns);
	}
}

/* ON condition: on the join's line, or below it. */
static void on(bv_gen *g, const bv_node *n)
{
	bv__g_z(g, " ON ");
	bv__g_expr0(g, n);
}

static void on_below(bv_gen *g, const bv_node *n)
{
	if (!(g->ncomments && bv__g_fresh(g)) && bv__g_fits(g, n, on, BV_WIDTH))
		return;
	g->indent++;
	bv__g_break(g);
	bv__g_lead(g, n);
	bv__g_z(g, "ON ");
	g->indent--;
	bv__g_expr0(g, n);
}

static void join(bv_gen *g, const bv_ast_join *j)
{
	static const char *const words[] = {"JOIN", "LEFT JOIN", "RIGHT JOIN", "FULL JOIN", "CROSS JOIN", "LEFT SEMI JOIN", "RIGHT SEMI JOIN", "LEFT ANTI JOIN",
										"RIGHT ANTI JOIN", "ASOF JOIN", "ASOF LEFT JOIN", "POSITIONAL JOIN", "ASOF RIGHT JOIN", "ASOF FULL JOIN", "ASOF SEMI JOIN", "ASOF ANTI JOIN"};
	bool asof = j->type == BV_join_type_asof || (j->type >= BV_join_type_asof_left && j->type != BV_join_type_positional);
	bool semi = j->type >= BV_join_type_left_semi && j->type <= BV_join_type_right_anti;
	if (semi && g->dialect->bit == BV_D_POSTGRES)
		bv__g_refuse(g, &j->head, "a semi or anti join");
	if (asof && ((g->dialect->bit & (BV_D_POSTGRES | BV_D_SPARKS)) || (j->type > BV_join_type_asof_left && g->dialect->bit != BV_D_DUCKDB)))
		bv__g_refuse(g, &j->head, "ASOF JOIN");
	if (j->using_alias.n && g->dialect->bit != BV_D_POSTGRES)
		bv__g_refuse(g, &j->head, "an alias of USING");
	if (j->type == BV_join_type_positional && !(g->dialect->bit & (BV_D_DUCKDB | BV_D_GENERIC)))
		bv__g_refuse(g, &j->head, "POSITIONAL JOIN");
	if (g->dialect->bit & (BV_D_DUCKDB | BV_D_SPARKS) && (j->type == BV_join_type_right_semi || j->type == BV_join_type_right_anti))
		bv__g_refuse(g, &j->head, "a RIGHT semi or anti join");
	const bv_ast_join *left = j->left->kind == BV_JOIN ? BV_AS(join, j->left) : NULL;
	/* Where a JOIN b JOIN c ON … nests to the right, a join without its condition keeps parentheses. */
	bool loose = left && (g->dialect->syntax & BV_SYN_NESTED_JOIN) && !left->on && !left->using.n && !left->natural && left->type != BV_join_type_cross;
	if (loose)
		bv__buf_ch(g->out, '(');
	relation(g, j->left);
	if (loose)
		bv__buf_ch(g->out, ')');
	bv__g_trail(g, j->left, 0);
	bv__g_break(g);
	bv__g_lead(g, j->right);
	if (j->natural)
		bv__g_z(g, "NATURAL ");
	if (g->dialect->bit == BV_D_DUCKDB && semi)
		bv__g_z(g, j->type == BV_join_type_left_semi ? "SEMI JOIN" : "ANTI JOIN");
	else
		bv__g_z(g, words[j->type]);
	bv__buf_ch(g->out, ' ');
	bool nested = j->right->kind == BV_JOIN;
	if (nested) {
		bv__buf_ch(g->out, '(');
		g->indent++;
		bv__g_soft(g);
	}
	relation(g, j->right);
	if (nested) {
		g->indent--;
		bv__g_soft(g);
		bv__buf_ch(g->out, ')');
	}
	bv__g_trail(g, j->right, 0);
	if (j->on)
		on_below(g, j->on);
	else if (j->using.n) {
		bv__g_z(g, " USING ");
		bv__g_names(g, &j->using);
		if (j->using_alias.n) {
			bv__g_z(g, " AS ");
			bv__g_name(g, j->using_alias, false);
		}
	}
	bv__g_trail(g, &j->head, 0);
}

/* FOR SYSTEM_TIME AS OF …, VERSION AS OF …, AT (… => …) behind a table's name */
static void travel(bv_gen *g, const bv_ast_travel *t)
{
	static const char *const words[] = {"TIMESTAMP", "VERSION", "OFFSET", "STATEMENT", "STREAM"};
	uint32_t bit = g->dialect->bit;
	bool simple = t->form <= BV_travel_kind_version && !t->before;
	if (bit == BV_D_POSTGRES || (!simple && !(bit & BV_D_LENIENT)))
		bv__g_refuse(g, &t->head, "time travel on a table");
	if (simple && bit != BV_D_DUCKDB) {
		bv__buf_printf(g->out, " %s AS OF ", words[t->form]);
		bv__g_expr(g, t->value, g->dialect->prec[BV_L_AND], g->dialect->prec[BV_L_AND]);
	} else {
		bv__buf_printf(g->out, " %s (%s => ", t->before ? "BEFORE" : "AT", words[t->form]);
		bv__g_expr0(g, t->value);
		bv__buf_ch(g->out, ')');
	}
}

static void sample(bv_gen *g, const bv_ast_sample *s)
{
	static const char *const methods[] = {"", "BERNOULLI ", "SYSTEM ", "RESERVOIR "};
	uint32_t bit = g->dialect->bit;
	const bv_node *in = s->input;
	/* Spark has the alias behind the sample. */
	const bv_ast_table *late = (bit & BV_D_SPARKS) && in->kind == BV_TABLE && !BV_AS(table, in)->columns.n ? BV_AS(table, in) : NULL;
	if (late) {
		bv__g_path(g, &late->path);
		if (late->travel)
			travel(g, BV_AS(travel, late->travel));
	} else if (in->kind == BV_JOIN) {
		bv__buf_ch(g->out, '(');
		relation(g, in);
		bv__buf_ch(g->out, ')');
	} else
		relation(g, in);
	if ((bit == BV_D_POSTGRES && (!s->method || s->unit != BV_sample_unit_percent)) || s->unit == BV_sample_unit_bytes ||
		(s->unit == BV_sample_unit_buckets && !(bit & (BV_D_SPARKS | BV_D_LENIENT))) || (bit == BV_D_DUCKDB && !s->method && (s->seed || s->size->kind != BV_NUMBER)))
		bv__g_refuse(g, &s->head, "a sample of this kind");
	bv__g_z(g, " TABLESAMPLE ");
	bv__g_z(g, methods[s->method]);
	bool bare = bit == BV_D_DUCKDB && !s->method;
	if (!bare)
		bv__buf_ch(g->out, '(');
	if (s->unit == BV_sample_unit_buckets)
		bv__g_z(g, "BUCKET ");
	bv__g_expr(g, s->size, bare ? g->dialect->prec[BV_L_MULTIPLY] : 0, bare ? g->dialect->prec[BV_L_MULTIPLY] : 0);
	if (s->buckets) {
		bv__g_z(g, " OUT OF ");
		bv__g_expr0(g, s->buckets);
	}
	if (s->bucket_on) {
		bv__g_z(g, " ON ");
		bv__g_expr0(g, s->bucket_on);
	}
	if (s->unit == BV_sample_unit_rows)
		bv__g_z(g, " ROWS");
	else if (s->unit == BV_sample_unit_percent && (bit & (BV_D_DUCKDB | BV_D_SPARKS)))
		bv__g_z(g, " PERCENT");
	if (!bare)
		bv__buf_ch(g->out, ')');
	if (s->seed) {
		bv__g_z(g, " REPEATABLE (");
		bv__g_expr0(g, s->seed);
		bv__buf_ch(g->out, ')');
	}
	if (late)
		alias(g, late->alias, &late->columns);
}

static void pivot_value(bv_gen *g, const bv_node *n)
{
	bv__g_expr0(g, n->kind == BV_ALIAS ? BV_AS(alias, n)->operand : n);
	if (n->kind == BV_ALIAS) {
		bv__g_z(g, " AS ");
		bv__g_name(g, BV_AS(alias, n)->name, false);
	}
}

static void pivot_values(bv_gen *g, const bv_ast_pivot_column *c)
{
	if (c->query) {
		bv__g_query_parens(g, c->query);
		return;
	}
	bv__buf_ch(g->out, '(');
	if (c->values.n)
		items(g, &c->values, pivot_value);
	else
		bv__g_z(g, "ANY");
	if (c->order_by.n) {
		bv__buf_ch(g->out, ' ');
		bv__g_order_by(g, &c->order_by);
	}
	bv__buf_ch(g->out, ')');
}

/* A relation before PIVOT and its like: a join takes parentheses. */
static void input(bv_gen *g, const bv_node *n)
{
	bool parens = n->kind == BV_JOIN;
	if (parens)
		bv__buf_ch(g->out, '(');
	relation(g, n);
	if (parens)
		bv__buf_ch(g->out, ')');
}

static void pivot(bv_gen *g, const bv_ast_pivot *p)
{
	if (g->dialect->bit == BV_D_POSTGRES || ((g->dialect->bit & BV_D_SPARKS) && (p->on.n > 1 || p->grouped || p->fallback)) || !p->aggregates.n)
		bv__g_refuse(g, &p->head, "this PIVOT");
	input(g, p->input);
	bv__g_z(g, " PIVOT (");
	items(g, &p->aggregates, pivot_value);
	bv__g_z(g, " FOR");
	for (uint32_t i = 0; i < p->on.n && !bv__g_stop(g); i++) {
		const bv_ast_pivot_column *c = BV_AS(pivot_column, p->on.v[i]);
		if (!c->values.n && !c->query && (g->dialect->bit & (BV_D_SPARKS | BV_D_DUCKDB)))
			bv__g_refuse(g, &p->head, "a PIVOT whose values are not said");
		bv__buf_ch(g->out, ' ');
		bv__g_expr(g, c->operand, g->dialect->prec[BV_L_BETWEEN], g->dialect->prec[BV_L_BETWEEN]);
		bv__g_z(g, " IN ");
		pivot_values(g, c);
	}
	if (p->grouped) {
		bv__g_z(g, " GROUP BY ");
		items(g, &p->group_by, bv__g_expr0);
	}
	if (!p->on.n)
		bv__g_refuse(g, &p->head, "a PIVOT without ON");
	if (p->fallback) {
		bv__g_z(g, " DEFAULT ON NULL (");
		bv__g_expr0(g, p->fallback);
		bv__buf_ch(g->out, ')');
	}
	bv__buf_ch(g->out, ')');
	alias(g, p->alias, &p->columns);
}

static void unpivot_column(bv_gen *g, const bv_node *n)
{
	bv__g_any(g, n->kind == BV_ALIAS ? BV_AS(alias, n)->operand : n);
	if (n->kind == BV_ALIAS) {
		bv__g_z(g, " AS ");
		bv__g_name(g, BV_AS(alias, n)->name, false);
	}
}

static void unpivot(bv_gen *g, const bv_ast_unpivot *u)
{
	if (g->dialect->bit == BV_D_POSTGRES)
		bv__g_refuse(g, &u->head, "UNPIVOT");
	input(g, u->input);
	bv__g_z(g, u->include_nulls ? " UNPIVOT INCLUDE NULLS (" : " UNPIVOT (");
	if (u->values.n == 1)
		bv__g_name(g, u->values.v[0], u->values.insensitive & 1);
	else
		bv__g_names(g, &u->values);
	bv__g_z(g, " FOR ");
	bv__g_name(g, u->name, false);
	bv__g_z(g, " IN (");
	items(g, &u->columns, unpivot_column);
	bv__g_z(g, "))");
	alias(g, u->alias, &u->column_aliases);
}

/* name, … without parentheses */
static void bare_names(bv_gen *g, const bv_names *names)
{
	for (uint32_t i = 0; i < names->n; i++) {
		if (i)
			bv__g_z(g, ", ");
		bv__g_name(g, names->v[i], i < 32 && (names->insensitive >> i & 1));
	}
}

/* DuckDB's statements: they say what the standard's form cannot, values that are not named. */
static bool pivot_statement(bv_gen *g, const bv_ast_select *s)
{
	if (g->dialect->bit != BV_D_DUCKDB || s->from.n != 1 || s->projections.n != 1 || s->projections.v[0]->kind != BV_STAR || s->where || s->group_by.n || s->group_by_all || s->having ||
		s->distinct || s->distinct_on.n || s->windows.n || s->qualify || s->result)
		return false;
	const bv_ast_star *star = BV_AS(star, s->projections.v[0]);
	if (star->qualifier.n || star->exclude.n || star->exclude_paths.n || star->replace.n || star->rename.n || star->like.n || star->operand)
		return false;
	if (s->from.v[0]->kind == BV_UNPIVOT) {
		const bv_ast_unpivot *u = BV_AS(unpivot, s->from.v[0]);
		if (u->alias.n || u->column_aliases.n || u->include_nulls || u->input->kind == BV_PIVOT || u->input->kind == BV_UNPIVOT)
			return false;
		bv__g_z(g, "UNPIVOT ");
		relation(g, u->input);
		bv__g_z(g, " ON ");
		items(g, &u->columns, unpivot_column);
		bv__g_z(g, " INTO NAME ");
		bv__g_name(g, u->name, false);
		bv__g_z(g, " VALUE ");
		bare_names(g, &u->values);
		return true;
	}
	if (s->from.v[0]->kind != BV_PIVOT)
		return false;
	const bv_ast_pivot *p = BV_AS(pivot, s->from.v[0]);
	if (p->alias.n || p->columns.n || p->fallback)
		return false;
	bv__g_z(g, "PIVOT ");
	relation(g, p->input);
	if (p->on.n)
		bv__g_z(g, " ON ");
	for (uint32_t i = 0; i < p->on.n && !bv__g_stop(g); i++) {
		const bv_ast_pivot_column *c = BV_AS(pivot_column, p->on.v[i]);
		if (i)
			bv__g_z(g, ", ");
		bv__g_expr(g, c->operand, g->dialect->prec[BV_L_BETWEEN], g->dialect->prec[BV_L_BETWEEN]);
		if (c->values.n || c->query || c->order_by.n) {
			bv__g_z(g, " IN ");
			pivot_values(g, c);
		}
	}
	if (p->aggregates.n) {
		bv__g_z(g, " USING ");
		items(g, &p->aggregates, pivot_value);
	}
	if (p->grouped) {
		bv__g_z(g, " GROUP BY ");
		items(g, &p->group_by, bv__g_expr0);
	}
	return true;
}

/* VALUES of a governed tree have columns called column1, column2, …, which DuckDB has to be told. */
static void engine_columns(bv_gen *g, const bv_ast_derived *t)
{
	const bv_node *body = t->query->kind == BV_QUERY ? BV_AS(query, t->query)->body : NULL;
	if (g->dialect->bit != BV_D_DUCKDB || t->columns.n || !body || body->kind != BV_VALUES || !BV_AS(values, body)->rows.n)
		return;
	const bv_list *row = &BV_AS(row, BV_AS(values, body)->rows.v[0])->items;
	if (!row->n || !row->v[0]->type) /* the tree as read: its own columns are meant */
		return;
	for (uint32_t i = 0; i < row->n; i++)
		bv__buf_printf(g->out, "%scolumn%u", i ? ", " : "(", i + 1);
	bv__buf_ch(g->out, ')');
}

static void description(bv_gen *g, const bv_ast_description *n)
{
	static const char *const words[] = {"(DESCRIBE ", "(SUMMARIZE ", "(SHOW "};
	if (g->dialect->bit != BV_D_DUCKDB)
		bv__g_refuse(g, &n->head, "a description as a relation");
	bv__g_z(g, words[n->form]);
	if (n->query)
		bv__g_any(g, n->query);
	bv__g_upper(g, n->what);
	bv__buf_ch(g->out, ')');
	alias(g, n->alias, &n->columns);
}

static void relation(bv_gen *g, const bv_node *n)
{
	if (bv__g_stop(g))
		return;
	switch (n->kind) {
	case BV_TABLE: {
		const bv_ast_table *t = BV_AS(table, n);
		if (t->only && g->dialect->bit != BV_D_POSTGRES)
			bv__g_refuse(g, n, "ONLY");
		if (t->only)
			bv__g_z(g, "ONLY ");
		bv__g_path(g, &t->path);
		if (t->path.n > 3 && g->dialect->bit != BV_D_BIGQUERY)
			bv__g_refuse(g, n, "a name of more than three parts");
		if (t->stream)
			bv__g_refuse(g, n, "STREAM");
		if (t->changes || t->options.n)
			bv__g_refuse(g, n, t->changes ? "CHANGES" : "a table WITH options");
		if (t->travel)
			travel(g, BV_AS(travel, t->travel));
		alias(g, t->alias, &t->columns);
		break;
	}
	case BV_DESCRIPTION: description(g, BV_AS(description, n)); break;
	case BV_SAMPLE: sample(g, BV_AS(sample, n)); break;
	case BV_PIVOT: pivot(g, BV_AS(pivot, n)); break;
	case BV_UNPIVOT: unpivot(g, BV_AS(unpivot, n)); break;
	case BV_ROWS_FROM: {
		const bv_ast_rows_from *t = BV_AS(rows_from, n);
		if (!(g->dialect->bit & (BV_D_POSTGRES | BV_D_GENERIC)))
			bv__g_refuse(g, n, "ROWS FROM");
		bv__g_z(g, t->lateral ? "LATERAL ROWS FROM (" : "ROWS FROM (");
		items(g, &t->functions, relation);
		bv__g_z(g, t->ordinality ? ") WITH ORDINALITY" : ")");
		alias(g, t->alias, &t->columns);
		break;
	}
	case BV_DERIVED: {
		const bv_ast_derived *t = BV_AS(derived, n);
		if (t->lateral)
			bv__g_z(g, "LATERAL ");
		bv__g_query_parens(g, t->query);
		alias(g, t->alias, &t->columns);
		engine_columns(g, t);
		break;
	}
	case BV_JOIN:
		if (++g->depth > 4 * BV_DEPTH_MAX)
			bv__g_refuse(g, n, "a tree this deep");
		else
			join(g, BV_AS(join, n));
		g->depth--;
		break;
	case BV_TABLE_FUNCTION: {
		const bv_ast_table_function *t = BV_AS(table_function, n);
		if (t->name.n == 1 && bv__str_is(t->name.v[0], "table") && !(g->dialect->syntax & BV_SYN_STAGES))
			bv__g_refuse(g, n, "a table that a value names");
		if (t->lateral)
			bv__g_z(g, "LATERAL ");
		if (t->name.n == 1 && bv__str_ieq(t->name.v[0], BV_STR("unnest"))) /* unquoted it is a node of its own here */
			put_exact(g->out, t->name.v[0], g->dialect);
		else
			bv__g_function_name(g, &t->name, true);
		if (t->method || t->stream)
			bv__g_refuse(g, n, t->stream ? "STREAM" : "model!method(…)");
		if (t->clauses.n || t->function)
			bv__g_refuse(g, n, t->function ? "a function that a value names" : "a clause inside a table function");
		if (t->variadic)
			bv__g_refuse(g, n, "VARIADIC");
		bv__g_args(g, &t->args);
		if (t->ordinality)
			bv__g_z(g, " WITH ORDINALITY");
		alias(g, t->alias, &t->columns);
		if (t->types.n) {
			if (g->dialect->bit != BV_D_POSTGRES)
				bv__g_refuse(g, n, "a column list with types");
			bv__g_z(g, t->alias.n ? " (" : " AS (");
			items(g, &t->types, bv__g_type);
			bv__buf_ch(g->out, ')');
		}
		break;
	}
	case BV_UNNEST: {
		const bv_ast_unnest *t = BV_AS(unnest, n);
		if (g->dialect->bit & BV_D_SPARKS)
			bv__g_refuse(g, n, "UNNEST as a relation");
		bv__g_z(g, "UNNEST");
		bv__g_args(g, &t->args);
		if (t->ordinality)
			bv__g_z(g, " WITH ORDINALITY");
		alias(g, t->alias, &t->columns);
		if (t->offset.n) {
			if (!(g->dialect->bit & BV_D_LENIENT))
				bv__g_refuse(g, n, "UNNEST … WITH OFFSET");
			bv__g_z(g, " WITH OFFSET");
			if (!bv__str_is(t->offset, "offset")) {
				bv__g_z(g, " AS ");
				bv__g_name(g, t->offset, false);
			}
		}
		break;
	}
	default:
		bv__g_refuse(g, n, bv__nodes[n->kind].name);
	}
}

/* ---- SELECT ---- */

static void projection(bv_gen *g, const bv_node *n)
{
	if (n->kind == BV_ALIAS) {
		bv__g_expr0(g, BV_AS(alias, n)->operand);
		bv__g_z(g, " AS ");
		bv__g_name(g, BV_AS(alias, n)->name, false);
	} else if (n->kind == BV_ALIASES) {
		if (!(g->dialect->bit & BV_D_SPARKS))
			bv__g_refuse(g, n, "several aliases of one expression");
		bv__g_expr0(g, BV_AS(aliases, n)->operand);
		bv__g_z(g, " AS ");
		bv__g_names(g, &BV_AS(aliases, n)->names);
	} else
		bv__g_any(g, n);
}

static void renaming(bv_gen *g, const bv_node *n) { projection(g, n); }

static void star(bv_gen *g, const bv_ast_star *s)
{
	if (s->qualifier.n) {
		bv__g_path(g, &s->qualifier);
		bv__buf_ch(g->out, '.');
	}
	if (s->operand) {
		bv__buf_ch(g->out, '(');
		bv__g_expr0(g, s->operand);
		bv__g_z(g, ").");
	}
	bv__buf_ch(g->out, '*');
	if (g->dialect->bit == BV_D_POSTGRES && (s->exclude.n || s->replace.n || s->rename.n || s->like.n))
		bv__g_refuse(g, &s->head, "EXCLUDE, REPLACE and RENAME of a star");
	if (g->dialect->bit == BV_D_SPARK && (s->replace.n || s->rename.n || s->like.n))
		bv__g_refuse(g, &s->head, "REPLACE and RENAME of a star");
	if (s->names.n)
		bv__g_refuse(g, &s->head, "names for the columns of a star");
	if (s->like.n) {
		static const char *const words[] = {"LIKE ", "ILIKE ", "GLOB ", "SIMILAR TO "};
		if ((s->match || s->not_like) && g->dialect->bit != BV_D_DUCKDB)
			bv__g_refuse(g, &s->head, "this pattern behind a star");
		bv__g_z(g, s->not_like ? " NOT " : " ");
		bv__g_z(g, words[s->ilike ? BV_star_match_ilike : (bv_star_match)s->match]);
		bv__g_string(g, s->like);
	}
	if (s->exclude.n || s->exclude_paths.n) {
		if (s->exclude_paths.n && !(g->dialect->bit & (BV_D_SPARKS | BV_D_DUCKDB)))
			bv__g_refuse(g, &s->head, "EXCLUDE of a name with a qualifier");
		bv__g_z(g, g->dialect->bit & (BV_D_SPARKS | BV_D_BIGQUERY) ? " EXCEPT (" : " EXCLUDE (");
		bare_names(g, &s->exclude);
		if (s->exclude.n && s->exclude_paths.n)
			bv__g_z(g, ", ");
		items(g, &s->exclude_paths, bv__g_any);
		bv__buf_ch(g->out, ')');
	}
	if (s->replace.n) {
		bv__g_z(g, " REPLACE (");
		items(g, &s->replace, renaming);
		bv__buf_ch(g->out, ')');
	}
	if (s->rename.n) {
		bv__g_z(g, " RENAME (");
		items(g, &s->rename, renaming);
		bv__buf_ch(g->out, ')');
	}
}

static void row_items(bv_gen *g, const bv_list *l)
{
	bv__buf_ch(g->out, '(');
	for (uint32_t i = 0; i < l->n && !bv__g_stop(g); i++) {
		if (i)
			bv__g_z(g, ", ");
		bv__g_any(g, l->v[i]);
	}
	bv__buf_ch(g->out, ')');
}

static void group_item(bv_gen *g, const bv_node *n)
{
	static const char *const words[] = {"GROUPING SETS (", "ROLLUP (", "CUBE ("};
	if (n->kind != BV_GROUPING) {
		/* A constant would be a place in the list there, or an error. */
		const bv_node *x = n;
		while (x->kind == BV_UNARY)
			x = BV_AS(unary, x)->operand;
		bool number = x != n && x->kind == BV_NUMBER, decimal = n->kind == BV_CAST && BV_AS(cast, n)->operand->kind == BV_STRING && n->type && bv__type_is_fraction(n->type);
		bool constant = n->type && (g->dialect->bit & (BV_D_POSTGRES | BV_D_DUCKDB)) && (number || decimal || n->kind == BV_BOOLEAN || n->kind == BV_STRING);
		bv__g_z(g, constant ? "CAST(" : "");
		bv__g_expr0(g, n);
		bv__g_z(g, !constant ? "" : n->kind == BV_BOOLEAN ? " AS BOOLEAN)" : n->kind == BV_STRING ? " AS TEXT)" : decimal ? " AS NUMERIC)" : bv__type_is_fraction(n->type) ? " AS DOUBLE PRECISION)" : " AS BIGINT)");
		return;
	}
	const bv_ast_grouping *x = BV_AS(grouping, n);
	bv__g_z(g, words[x->form]);
	for (uint32_t i = 0; i < x->sets.n && !bv__g_stop(g); i++) {
		const bv_node *s = x->sets.v[i];
		if (i)
			bv__g_z(g, ", ");
		if (s->kind != BV_ROW)
			group_item(g, s);
		else if (BV_AS(row, s)->items.n == 1 && BV_AS(row, s)->items.v[0]->kind != BV_ROW)
			bv__g_expr0(g, BV_AS(row, s)->items.v[0]);
		else
			row_items(g, &BV_AS(row, s)->items);
	}
	bv__buf_ch(g->out, ')');
}

static void named_window(bv_gen *g, const bv_node *n)
{
	bv__g_name(g, BV_AS(named_window, n)->name, false);
	bv__g_z(g, " AS ");
	bv__g_window(g, BV_AS(named_window, n)->window);
}

static void clause(bv_gen *g, const char *word, const bv_node *n)
{
	if (!n)
		return;
	bv__g_break(g);
	bv__g_lead(g, n);
	bv__g_z(g, word);
	bv__g_expr0(g, n);
	bv__g_trail(g, n, 0);
}

void bv__g_clause_items(bv_gen *g, const char *word, const bv_list *l, bv_gen_fn fn)
{
	bv__g_z(g, word);
	if (!list_fits(g, l, fn, BV_WIDTH)) {
		g->indent++;
		bv__g_break(g);
		items(g, l, fn);
		g->indent--;
	}
}

static void clause_list(bv_gen *g, const char *word, const bv_list *l, bv_gen_fn fn)
{
	if (!l->n)
		return;
	bv__g_break(g);
	bv__g_lead(g, l->v[0]);
	bv__g_clause_items(g, word, l, fn);
	bv__g_trail(g, l->v[l->n - 1], 0);
}

/* One column a line where one has an alias or they are many. */
static void projections(bv_gen *g, const bv_list *l)
{
	unsigned width = BV_WIDTH;
	for (uint32_t i = 0; width && i < l->n; i++)
		width = l->v[i]->kind == BV_ALIAS ? 0 : l->v[i]->kind != BV_COLUMN && l->v[i]->kind != BV_STAR ? BV_SHORT : width;
	/* Alone it stays beside its SELECT. */
	if (l->n == 1)
		width = BV_WIDTH;
	bv__buf_ch(g->out, ' ');
	if ((!width && g->pretty && !g->flat) || !list_fits(g, l, projection, width)) {
		g->indent++;
		bv__g_break(g);
		items(g, l, projection);
		g->indent--;
	}
	bv__g_trail(g, l->v[l->n - 1], 0);
}

static void select_block(bv_gen *g, const bv_ast_select *s)
{
	if (pivot_statement(g, s))
		return;
	bv__g_z(g, s->distinct ? "SELECT DISTINCT" : "SELECT");
	if (s->result) {
		if (g->dialect->bit != BV_D_GENERIC)
			bv__g_refuse(g, &s->head, "SELECT AS STRUCT or AS VALUE");
		bv__g_z(g, s->result == BV_select_result_struct ? " AS STRUCT" : " AS VALUE");
	}
	if (s->distinct_on.n) {
		if (g->dialect->bit & BV_D_SPARKS)
			bv__g_refuse(g, &s->head, "DISTINCT ON");
		bv__g_z(g, " DISTINCT ON ");
		row_items(g, &s->distinct_on);
	}
	if (s->projections.n)
		projections(g, &s->projections);
	else if (!(g->dialect->bit & BV_D_POSTGRES) && !((g->dialect->bit & BV_D_LENIENT) && s->from.n))
		bv__g_refuse(g, &s->head, "a SELECT without columns");
	if (s->from.n) {
		bv__g_break(g);
		bv__g_lead(g, s->from.v[0]);
		bv__g_z(g, "FROM ");
		if (s->from.n == 1)
			relation(g, s->from.v[0]);
		else if (!list_fits(g, &s->from, relation, BV_WIDTH)) {
			g->indent++;
			bv__g_break(g);
			items(g, &s->from, relation);
			g->indent--;
		}
		bv__g_trail(g, s->from.v[s->from.n - 1], 0);
	}
	clause(g, "WHERE ", s->where);
	if (s->connect_by || s->start_with)
		bv__g_refuse(g, &s->head, "CONNECT BY");
	if (s->group_distinct && g->dialect->bit != BV_D_POSTGRES)
		bv__g_refuse(g, &s->head, "GROUP BY DISTINCT");
	if (s->group_by_all) {
		if (g->dialect->bit == BV_D_POSTGRES)
			bv__g_refuse(g, &s->head, "GROUP BY ALL");
		bv__g_break(g);
		bv__g_z(g, "GROUP BY ALL");
	}
	clause_list(g, s->group_distinct ? "GROUP BY DISTINCT " : "GROUP BY ", &s->group_by, group_item);
	clause(g, "HAVING ", s->having);
	clause_list(g, "WINDOW ", &s->windows, named_window);
	if (s->qualify && g->dialect->bit == BV_D_POSTGRES)
		bv__g_refuse(g, s->qualify, "QUALIFY");
	clause(g, "QUALIFY ", s->qualify);
}

static void values_row(bv_gen *g, const bv_node *n)
{
	const bv_list *l = &BV_AS(row, n)->items;
	bv__g_check_row(g, l);
	/* Of a row or struct that stands alone Spark takes the fields for the columns. */
	bool spread = (g->dialect->bit & BV_D_SPARKS) && l->n == 1 && (l->v[0]->kind == BV_ROW || l->v[0]->kind == BV_STRUCT || (l->v[0]->kind == BV_CALL && bv__str_is(BV_AS(call, l->v[0])->name.v[0], "named_struct")));
	bv__g_z(g, spread ? "(STRUCT" : "");
	row_items(g, l);
	bv__g_z(g, spread ? ")" : "");
}

/* ---- queries ---- */

static unsigned set_strength(const bv_node *n)
{
	if (n->kind != BV_SET_OPERATION)
		return n->kind == BV_QUERY ? 0 : 3;
	return BV_AS(set_operation, n)->op == BV_set_kind_intersect ? 2 : 1;
}

/* A body; `weakest`: a set operation that binds less takes parentheses, as a whole query always does. */
static void body(bv_gen *g, const bv_node *n, unsigned weakest)
{
	static const char *const words[] = {"UNION", "INTERSECT", "EXCEPT"};
	if (bv__g_stop(g))
		return;
	if (++g->depth > 4 * BV_DEPTH_MAX) {
		bv__g_refuse(g, n, "a tree this deep");
		g->depth--;
		return;
	}
	unsigned strength = set_strength(n);
	if (strength < weakest) {
		bv__buf_ch(g->out, '(');
		g->indent++;
		bv__g_soft(g);
		bv__g_any(g, n);
		bv__g_rest(g, n);
		g->indent--;
		bv__g_soft(g);
		bv__buf_ch(g->out, ')');
	} else if (n->kind == BV_SELECT)
		select_block(g, BV_AS(select, n));
	else if (n->kind == BV_VALUES) {
		bv__g_z(g, "VALUES ");
		bv__g_list(g, &BV_AS(values, n)->rows, values_row, "");
	} else if (n->kind == BV_SET_OPERATION) {
		const bv_ast_set_operation *s = BV_AS(set_operation, n);
		body(g, s->left, strength);
		bv__g_break(g);
		bv__g_lead(g, s->right);
		bv__g_z(g, words[s->op]);
		if (s->all)
			bv__g_z(g, " ALL");
		if (s->by_name) {
			if ((g->dialect->bit & (BV_D_POSTGRES | BV_D_SPARKS)) || s->side || s->by_columns.n)
				bv__g_refuse(g, n, "this BY NAME");
			bv__g_z(g, " BY NAME");
		}
		bv__g_break(g);
		body(g, s->right, strength + 1);
	} else
		bv__g_refuse(g, n, bv__nodes[n->kind].name);
	g->depth--;
}

/* DESC, USING and NULLS, as far as the dialect needs them said */
static void direction(bv_gen *g, const bv_ast_order_item *o)
{
	if (o->using.n) {
		if (g->dialect->bit != BV_D_POSTGRES)
			bv__g_refuse(g, &o->head, "ORDER BY … USING");
		bv__buf_printf(g->out, " USING " BV_STR_FMT, BV_STR_ARG(o->using));
	}
	if (o->descending)
		bv__g_z(g, " DESC");
	bool first = o->nulls == BV_nulls_default ? o->descending : o->nulls == BV_nulls_first, usual;
	switch ((bv_null_order)g->dialect->nulls) {
	case BV_NULLS_SMALLEST: usual = !o->descending; break;
	case BV_NULLS_LAST: usual = false; break;
	default: usual = o->descending; break;
	}
	if (first != usual)
		bv__g_z(g, first ? " NULLS FIRST" : " NULLS LAST");
}

/* The lane orders floats by x + 0.0, for the engine tells -0.0 from 0.0; these dialects do not. */
const bv_node *bv__g_under_zero(const bv_gen *g, const bv_node *n)
{
	if (!(g->dialect->bit & (BV_D_DUCKDB | BV_D_POSTGRES)) || n->kind != BV_BINARY || !n->type || BV_AS(binary, n)->op != BV_binary_op_add)
		return n;
	const bv_node *zero = BV_AS(binary, n)->right;
	return zero->kind == BV_NUMBER && bv__str_is(BV_AS(number, zero)->text, "0.0") ? BV_AS(binary, n)->left : n;
}

static void order_item(bv_gen *g, const bv_node *n)
{
	bv__g_expr0(g, bv__g_under_zero(g, BV_AS(order_item, n)->operand));
	direction(g, BV_AS(order_item, n));
}

void bv__g_order_by(bv_gen *g, const bv_list *l) { bv__g_clause_items(g, "ORDER BY ", l, order_item); }

/* (query) on lines of its own */
static void query_below(bv_gen *g, const bv_node *n)
{
	bv__buf_ch(g->out, '(');
	if (g->pretty && !g->flat) {
		g->indent++;
		bv__g_break(g);
	}
	bv__g_lead(g, n);
	bv__g_any(g, n);
	bv__g_rest(g, n);
	if (g->pretty && !g->flat) {
		g->indent--;
		bv__g_break(g);
	}
	bv__buf_ch(g->out, ')');
}

static void cte(bv_gen *g, const bv_node *n)
{
	const bv_ast_cte *c = BV_AS(cte, n);
	bv__g_name(g, c->name, false);
	if (c->columns.n) {
		bv__buf_ch(g->out, ' ');
		bv__g_names(g, &c->columns);
	}
	if (c->max_recursion)
		bv__g_refuse(g, n, "MAX RECURSION LEVEL");
	if (c->key.n) {
		if (g->dialect->bit != BV_D_DUCKDB)
			bv__g_refuse(g, n, "USING KEY");
		bv__g_z(g, " USING KEY ");
		bv__g_names(g, &c->key);
	}
	bv__g_z(g, " AS ");
	query_below(g, c->query);
	if ((c->search || c->cycle) && g->dialect->bit != BV_D_POSTGRES)
		bv__g_refuse(g, n, c->search ? "SEARCH of a recursive CTE" : "CYCLE of a recursive CTE");
	if (c->search) {
		const bv_ast_cte_search *s = BV_AS(cte_search, c->search);
		bv__g_z(g, s->breadth ? " SEARCH BREADTH FIRST BY " : " SEARCH DEPTH FIRST BY ");
		bare_names(g, &s->by);
		bv__g_z(g, " SET ");
		bv__g_name(g, s->column, false);
	}
	if (c->cycle) {
		const bv_ast_cte_cycle *s = BV_AS(cte_cycle, c->cycle);
		bv__g_z(g, " CYCLE ");
		bare_names(g, &s->columns);
		bv__g_z(g, " SET ");
		bv__g_name(g, s->mark, false);
		if (s->value) {
			bv__g_z(g, " TO ");
			bv__g_expr0(g, s->value);
			bv__g_z(g, " DEFAULT ");
			bv__g_expr0(g, s->fallback);
		}
		bv__g_z(g, " USING ");
		bv__g_name(g, s->path, false);
	}
}

static void ctes(bv_gen *g, const bv_list *l)
{
	for (uint32_t i = 0; i < l->n && !bv__g_stop(g); i++) {
		bv__g_lead(g, l->v[i]);
		cte(g, l->v[i]);
		if (i + 1 < l->n)
			bv__buf_ch(g->out, ',');
		bv__g_trail(g, l->v[i], 0);
		bv__g_break(g);
	}
}

/* FETCH FIRST n [PERCENT] ROWS ONLY|WITH TIES where LIMIT does not say it */
static void fetch(bv_gen *g, const bv_ast_query *q)
{
	uint32_t bit = g->dialect->bit;
	if (q->limit_percent && !q->with_ties && bit == BV_D_DUCKDB) {
		bv__g_break(g);
		bv__g_z(g, "LIMIT ");
		bv__g_expr(g, q->limit, g->dialect->prec[BV_L_MULTIPLY], g->dialect->prec[BV_L_MULTIPLY]);
		bv__g_z(g, " PERCENT");
		return;
	}
	if ((bit & (BV_D_DUCKDB | BV_D_SPARKS)) || (q->limit_percent && bit == BV_D_POSTGRES))
		bv__g_refuse(g, &q->head, "this FETCH");
	bv__g_break(g);
	bv__g_z(g, "FETCH FIRST ");
	bv__g_expr(g, q->limit, 100, 0);
	bv__g_z(g, q->limit_percent ? " PERCENT ROWS " : " ROWS ");
	bv__g_z(g, q->with_ties ? "WITH TIES" : "ONLY");
}

static void lock(bv_gen *g, const bv_ast_lock *n)
{
	static const char *const strengths[] = {"FOR UPDATE", "FOR NO KEY UPDATE", "FOR SHARE", "FOR KEY SHARE"}, *const waits[] = {"", " NOWAIT", " SKIP LOCKED"};
	bv__g_break(g);
	bv__g_z(g, strengths[n->strength]);
	if (n->tables.n) {
		bv__g_z(g, " OF ");
		items(g, &n->tables, bv__g_any);
	}
	bv__g_z(g, waits[n->wait]);
}

static void query(bv_gen *g, const bv_ast_query *q)
{
	if (q->functions.n)
		bv__g_refuse(g, &q->head, "WITH FUNCTION");
	if (q->ctes.n) {
		bv__g_z(g, q->recursive ? "WITH RECURSIVE " : "WITH ");
		ctes(g, &q->ctes);
		bv__g_lead(g, q->body);
	}
	body(g, q->body, 1);
	if ((q->distribute_by.n || q->sort_by.n) && !(g->dialect->bit & (BV_D_SPARKS | BV_D_LENIENT)))
		bv__g_refuse(g, &q->head, "DISTRIBUTE BY and SORT BY");
	clause_list(g, "DISTRIBUTE BY ", &q->distribute_by, bv__g_expr0);
	clause_list(g, "SORT BY ", &q->sort_by, order_item);
	clause_list(g, "ORDER BY ", &q->order_by, order_item);
	if (q->order_by_all) {
		if (g->dialect->bit == BV_D_POSTGRES)
			bv__g_refuse(g, &q->head, "ORDER BY ALL");
		bv__g_break(g);
		bv__g_z(g, "ORDER BY ALL");
		direction(g, &(bv_ast_order_item){.descending = q->all_descending, .nulls = q->all_nulls});
	}
	bool fetched = q->limit && (q->with_ties || q->limit_percent || (q->fetch && (g->dialect->bit & BV_D_LENIENT)));
	if (fetched)
		clause(g, "OFFSET ", q->offset);
	if (fetched)
		fetch(g, q);
	else
		clause(g, "LIMIT ", q->limit);
	if (!fetched)
		clause(g, "OFFSET ", q->offset);
	if (q->locks.n && g->dialect->bit != BV_D_POSTGRES)
		bv__g_refuse(g, q->locks.v[0], "FOR UPDATE and FOR SHARE");
	for (uint32_t i = 0; i < q->locks.n && !bv__g_stop(g); i++)
		lock(g, BV_AS(lock, q->locks.v[i]));
}

static void parens(bv_gen *g, const bv_node *n)
{
	bv__buf_ch(g->out, '(');
	bv__g_any(g, n);
	bv__g_rest(g, n);
	bv__buf_ch(g->out, ')');
}

void bv__g_query_parens(bv_gen *g, const bv_node *n)
{
	/* Comments behind the query and before the bracket count too. */
	bool lines = BV_AS(query, n)->ctes.n > 0 && n->kind == BV_QUERY;
	if (lines && g->pretty && !g->flat) {
		query_below(g, n);
		return;
	}
	if (!bv__g_fits(g, n, parens, BV_SHORT))
		query_below(g, n);
}

/* ---- statements ---- */

static void view_column(bv_gen *g, const bv_node *n)
{
	bv__g_name(g, BV_AS(view_column, n)->name, false);
	if (BV_AS(view_column, n)->comment.n) {
		bv__g_z(g, " COMMENT ");
		bv__g_string(g, BV_AS(view_column, n)->comment);
	}
}

/* Columns with comments stand one a line. */
static void view_columns(bv_gen *g, const bv_list *l)
{
	bool commented = false;
	for (uint32_t i = 0; i < l->n; i++)
		commented |= BV_AS(view_column, l->v[i])->comment.n > 0;
	if (!commented || l->n == 1 || !g->pretty || g->flat) {
		bv__g_list(g, l, view_column, ")");
		return;
	}
	g->indent++;
	bv__g_break(g);
	items_in(g, l, view_column, 1);
	bv__g_rest(g, l->v[l->n - 1]);
	g->indent--;
	bv__g_break(g);
	bv__buf_ch(g->out, ')');
}

static void option(bv_gen *g, const bv_node *n)
{
	if (n->kind != BV_OPTION) {
		bv__g_any(g, n);
		return;
	}
	const bv_ast_option *o = BV_AS(option, n);
	if (bv__g_is_plain_name(g->dialect, o->name, g->dialect->syntax & BV_SYN_FOLD))
		bv__buf_str(g->out, o->name);
	else
		bv__g_string(g, o->name);
	bv__g_z(g, " = ");
	if (o->value->kind == BV_ROW) {
		bv__buf_ch(g->out, '(');
		bv__g_list(g, &BV_AS(row, o->value)->items, option, ")");
	} else
		bv__g_any(g, o->value);
}

static void create_view(bv_gen *g, const bv_ast_create_view *v)
{
	bv__g_z(g, v->or_replace ? "CREATE OR REPLACE " : "CREATE ");
	bv__g_z(g, v->materialized ? "MATERIALIZED VIEW " : "VIEW ");
	bv__g_path(g, &v->name);
	if (v->columns.n) {
		bv__g_z(g, " (");
		view_columns(g, &v->columns);
	}
	if (v->comment.n) {
		bv__g_break(g);
		bv__g_z(g, "COMMENT ");
		bv__g_string(g, v->comment);
	}
	if (v->options.n) {
		bv__g_break(g);
		bv__g_lead(g, v->options.v[0]);
		bv__g_z(g, "WITH (");
		bv__g_list(g, &v->options, option, ")");
	}
	bv__g_break(g);
	bv__g_lead(g, v->query);
	bv__g_z(g, "AS");
	bv__g_break(g);
	bv__g_any(g, v->query);
}

/* Parts of statements, for messages and for tests: any node can be written. */
void bv__g_any(bv_gen *g, const bv_node *n)
{
	if (bv__g_stop(g))
		return;
	if (++g->depth > 4 * BV_DEPTH_MAX) {
		bv__g_refuse(g, n, "a tree this deep");
		g->depth--;
		return;
	}
	switch (n->kind) {
	case BV_CREATE_VIEW: create_view(g, BV_AS(create_view, n)); break;
	case BV_CREATE_FUNCTION: bv__g_create_function(g, n); break;
	case BV_CREATE_EXTERNAL_TABLE: bv__g_create_external_table(g, n); break;
	case BV_FUNCTION_PARAMETER:
	case BV_COLUMN_DEFINITION:
	case BV_TABLE_KEY:
	case BV_ORDERING: bv__g_create_part(g, n); break;
	case BV_VIEW_COLUMN: view_column(g, n); break;
	case BV_OPTION: option(g, n); break;
	case BV_QUERY: query(g, BV_AS(query, n)); break;
	case BV_CTE: cte(g, n); break;
	case BV_SELECT:
	case BV_SET_OPERATION:
	case BV_VALUES: body(g, n, 0); break;
	case BV_ALIAS: projection(g, n); break;
	case BV_STAR: star(g, BV_AS(star, n)); break;
	case BV_ORDER_ITEM: order_item(g, n); break;
	case BV_GROUPING: group_item(g, n); break;
	case BV_NAMED_WINDOW: named_window(g, n); break;
	case BV_TABLE:
	case BV_DERIVED:
	case BV_JOIN:
	case BV_TABLE_FUNCTION:
	case BV_UNNEST:
	case BV_SAMPLE:
	case BV_PIVOT:
	case BV_UNPIVOT:
	case BV_STAGE:
	case BV_DESCRIPTION:
	case BV_MATCH_RECOGNIZE:
	case BV_ROWS_FROM: relation(g, n); break;
	case BV_ALIASES: projection(g, n); break;
	case BV_TYPE:
	case BV_TYPE_FIELD: bv__g_type(g, n); break;
	default: bv__g_expr(g, n, 0, 0); break;
	}
	g->depth--;
}

bool bv__sql_generate(const bv_node *root, const bv_dialect *dialect, bool pretty, bv_buf *out, bv_diagnostics *d)
{
	bv_gen g = {.out = out, .dialect = dialect ? dialect : bv__datafusion, .d = d, .pretty = pretty, .line = out->n};
	if (!g.dialect->writes)
		bv__g_refuse(&g, root, "a tree");
	else
		bv__g_any(&g, root);
	if (out->failed) {
		bv__nomem(d);
		return false;
	}
	return !g.failed;
}
