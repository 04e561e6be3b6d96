/* CREATE FUNCTION and CREATE EXTERNAL TABLE to text. */
#include "sql/generate.h"

static void parameter(bv_gen *g, const bv_node *n)
{
	const bv_ast_function_parameter *f = BV_AS(function_parameter, n);
	bool duckdb = g->dialect->bit == BV_D_DUCKDB;
	if (f->name.n)
		bv__g_name(g, f->name, false);
	else if (duckdb)
		bv__g_refuse(g, n, "a parameter without a name");
	if (f->type) {
		if (f->name.n)
			bv__buf_ch(g->out, ' ');
		bv__g_type(g, f->type);
	} else if (!duckdb)
		bv__g_refuse(g, n, "a parameter without a type");
	if (f->fallback) {
		bv__g_z(g, duckdb ? " := " : " DEFAULT ");
		bv__g_expr0(g, f->fallback);
	}
}

void bv__g_create_function(bv_gen *g, const bv_node *n)
{
	static const char *const volatilities[] = {"", "IMMUTABLE", "STABLE", "VOLATILE"};
	const bv_ast_create_function *f = BV_AS(create_function, n);
	uint32_t bit = g->dialect->bit;
	bool query = f->body->kind == BV_QUERY;
	bv__g_z(g, f->or_replace ? "CREATE OR REPLACE " : "CREATE ");
	if (f->temporary) {
		if (bit == BV_D_POSTGRES)
			bv__g_refuse(g, n, "CREATE TEMPORARY FUNCTION");
		bv__g_z(g, "TEMPORARY ");
	}
	bv__g_z(g, bit == BV_D_DUCKDB ? "MACRO " : "FUNCTION ");
	if (f->if_not_exists) {
		if (bit == BV_D_POSTGRES)
			bv__g_refuse(g, n, "CREATE FUNCTION IF NOT EXISTS");
		bv__g_z(g, "IF NOT EXISTS ");
	}
	bv__g_function_name(g, &f->name, false);
	bv__buf_ch(g->out, '(');
	bv__g_list(g, &f->parameters, parameter, ")");
	if (f->returns) {
		if (bit == BV_D_DUCKDB)
			bv__g_refuse(g, f->returns, "RETURNS");
		bv__g_break(g);
		bv__g_z(g, "RETURNS ");
		bv__g_type(g, f->returns);
	}
	if (bit == BV_D_POSTGRES) {
		bv__g_break(g);
		bv__g_z(g, "LANGUAGE SQL");
	}
	if (f->volatility) {
		if (bit & (BV_D_DUCKDB | BV_D_SPARKS))
			bv__g_refuse(g, n, volatilities[f->volatility]);
		bv__g_break(g);
		bv__g_z(g, volatilities[f->volatility]);
	}
	if (query && bit == BV_D_POSTGRES)
		bv__g_refuse(g, n, "a function that gives rows");
	bv__g_break(g);
	bv__g_z(g, bit == BV_D_DUCKDB ? query ? "AS TABLE " : "AS " : "RETURN ");
	bv__g_any(g, f->body);
}

static void column(bv_gen *g, const bv_node *n)
{
	const bv_ast_column_definition *c = BV_AS(column_definition, n);
	bv__g_name(g, c->name, false);
	bv__buf_ch(g->out, ' ');
	if (!bv__g_type_in_sql(g, c->type))
		bv__g_refuse(g, c->type, "a column of a type that only Arrow has a name for");
	bv__g_type(g, c->type);
	if (c->not_null)
		bv__g_z(g, " NOT NULL");
	if (c->unique)
		bv__g_z(g, " UNIQUE");
	if (c->primary_key)
		bv__g_z(g, " PRIMARY KEY");
	if (c->fallback) {
		bv__g_z(g, " DEFAULT ");
		bv__g_expr(g, c->fallback, g->dialect->prec[BV_L_NOT], 0);
	}
	if (c->comment.n) {
		bv__g_z(g, " COMMENT ");
		bv__g_string(g, c->comment);
	}
}

static void key(bv_gen *g, const bv_node *n)
{
	const bv_ast_table_key *k = BV_AS(table_key, n);
	if (k->name.n) {
		bv__g_z(g, "CONSTRAINT ");
		bv__g_name(g, k->name, false);
		bv__buf_ch(g->out, ' ');
	}
	bv__g_z(g, k->primary ? "PRIMARY KEY " : "UNIQUE ");
	bv__g_names(g, &k->columns);
}

static void column_or_key(bv_gen *g, const bv_node *n)
{
	if (n->kind == BV_TABLE_KEY)
		key(g, n);
	else
		column(g, n);
}

static void option(bv_gen *g, const bv_node *n)
{
	const bv_ast_option *o = BV_AS(option, n);
	bv__g_string(g, o->name);
	bv__buf_ch(g->out, ' ');
	bv__g_any(g, o->value);
}

void bv__g_create_external_table(bv_gen *g, const bv_node *n)
{
	const bv_ast_create_external_table *t = BV_AS(create_external_table, n);
	if (!(g->dialect->bit & BV_D_LENIENT))
		bv__g_refuse(g, n, "CREATE EXTERNAL TABLE");
	bv__g_z(g, t->or_replace ? "CREATE OR REPLACE " : "CREATE ");
	bv__g_z(g, t->unbounded ? "UNBOUNDED EXTERNAL " : "EXTERNAL ");
	bv__g_z(g, t->temporary ? "TEMPORARY TABLE " : "TABLE ");
	if (t->if_not_exists)
		bv__g_z(g, "IF NOT EXISTS ");
	bv__g_path(g, &t->name);
	if (t->columns.n || t->constraints.n) {
		bv_node_vec both = {NULL, 0, 0};
		bv_arena *a = bv__arena_new();
		bool room = a != NULL;
		for (uint32_t i = 0; room && i < t->columns.n; i++)
			room = BV_PUSH(a, &both, t->columns.v[i]);
		for (uint32_t i = 0; room && i < t->constraints.n; i++)
			room = BV_PUSH(a, &both, t->constraints.v[i]);
		bv_list list = bv__list_done(both);
		bv__g_z(g, " (");
		bv__g_list(g, &list, column_or_key, ")");
		if (!room)
			g->out->failed = true;
		bv__arena_free(a);
	}
	bv__g_break(g);
	bv__g_z(g, "STORED AS ");
	bv__g_name(g, t->format, true);
	if (t->partitioned_by.n) {
		bv__g_break(g);
		bv__g_z(g, "PARTITIONED BY ");
		bv__g_names(g, &t->partitioned_by);
	}
	for (uint32_t i = 0; i < t->orders.n && !bv__g_stop(g); i++) {
		bv__g_break(g);
		bv__g_any(g, t->orders.v[i]);
	}
	bv__g_break(g);
	bv__g_z(g, "LOCATION ");
	if (t->locations.n == 1)
		bv__g_any(g, t->locations.v[0]);
	else {
		bv__buf_ch(g->out, '(');
		bv__g_list(g, &t->locations, bv__g_any, ")");
	}
	if (t->options.n) {
		bv__g_break(g);
		bv__g_z(g, "OPTIONS (");
		bv__g_list(g, &t->options, option, ")");
	}
}

/* Their parts, for messages and for tests. */
void bv__g_create_part(bv_gen *g, const bv_node *n)
{
	switch (n->kind) {
	case BV_FUNCTION_PARAMETER: parameter(g, n); break;
	case BV_COLUMN_DEFINITION: column(g, n); break;
	case BV_TABLE_KEY: key(g, n); break;
	default:
		bv__g_z(g, "WITH ORDER (");
		bv__g_list(g, &BV_AS(ordering, n)->items, bv__g_any, ")");
	}
}
