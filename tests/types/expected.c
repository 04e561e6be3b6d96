/* What an engine library really derives, rule by rule and pair by pair: for each a query over a table with a column of each type is planned.
 *
 *   expected LIBRARY --write >coercion.txt   the table of the daily types
 *   expected LIBRARY                         compares all types with what this library derives; 1 when one differs */
#include "cases.h"

#include <dlfcn.h>

#include "engine/engine.h"

static const bv_engine_api *api;
static bv_engine_catalog *catalog;
static bv_arena *a;

static void need(int rc, const char *what, bv_engine_error *e) {
	if (!rc) return;
	fprintf(stderr, "%s: [%s] %s\n", what, e->cls, e->message ? e->message : "");
	exit(2);
}

static int no_rows(void *ctx, struct ArrowArrayStream *s) {
	(void)ctx;
	(void)s;
	return 5; /* planning reads nothing */
}

static bv_node *column(size_t i) { return bv__column(a, BV_NO_SPAN, BV_STR("t"), bv__arena_printf(a, "c%zu", i)); }

static bv_node *select_of(bv_node *e) {
	bv_ast_select *s = BV_MAKE(a, SELECT, select, BV_NO_SPAN);
	bv_ast_table *t = BV_MAKE(a, TABLE, table, BV_NO_SPAN);
	const bv_str path[] = {BV_STR("main"), BV_STR("t")};
	t->path = bv__path_of(a, path, 2);
	t->alias = BV_STR("t");
	bv_node *from = &t->head, *item = bv__alias(a, e, BV_STR("x"));
	s->from = bv__list_of(a, &from, 1);
	s->projections = bv__list_of(a, &item, 1);
	return &s->head;
}

static bv_node *expression(size_t rule, bv_node *l, bv_node *r) {
	bv_node *args[] = {l, r};
	switch (case_rules[rule].how) {
	case RULE_CASE: {
		bv_ast_case *c = BV_MAKE(a, CASE, case, BV_NO_SPAN);
		bv_ast_when *w = BV_MAKE(a, WHEN, when, BV_NO_SPAN);
		w->condition = bv__column(a, BV_NO_SPAN, BV_STR("t"), BV_STR("flag"));
		w->result = r;
		bv_node *when = &w->head;
		c->whens = bv__list_of(a, &when, 1);
		c->otherwise = l; /* ELSE is what the others are fitted to */
		return &c->head;
	}
	case RULE_COALESCE:
		return bv__call(a, BV_NO_SPAN, "coalesce", args, 2);
	case RULE_LIKE:
	case RULE_REGEX: {
		bv_ast_like *k = BV_MAKE(a, LIKE, like, BV_NO_SPAN);
		k->form = case_rules[rule].how == RULE_LIKE ? BV_like_kind_like : BV_like_kind_similar;
		k->operand = l;
		k->pattern = r;
		return &k->head;
	}
	default: {
		bv_ast_binary *b = BV_MAKE(a, BINARY, binary, BV_NO_SPAN);
		b->op = case_rules[rule].op;
		b->left = l;
		b->right = r;
		return &b->head;
	}
	}
}

/* NULL: the engine refuses; *why is its reason, in the arena. */
static const bv_type *planned(size_t rule, size_t l, size_t r, bv_str *why) {
	bv_ast_query *q = BV_MAKE(a, QUERY, query, BV_NO_SPAN);
	if (case_rules[rule].how == RULE_UNION) {
		bv_ast_set_operation *s = BV_MAKE(a, SET_OPERATION, set_operation, BV_NO_SPAN);
		s->all = true;
		s->left = select_of(column(l));
		s->right = select_of(column(r));
		q->body = &s->head;
	} else {
		q->body = select_of(expression(rule, column(l), column(r)));
	}
	bv_buf b = BV_BUF_INIT;
	bv__payload_write(&q->head, &b, NULL);
	bv_engine_plan *p = NULL;
	struct ArrowSchema s = {0};
	bv_engine_error e = {.element = -1};
	const bv_type *t = NULL;
	if (api->plan(catalog, b.p, b.n, "{}", &p, &s, &e)) {
		*why = bv__arena_strz(a, e.message ? e.message : "");
		api->error_free(&e);
	} else {
		bv_schema_t schema;
		if (!bv__schema_import(a, &s, &schema)) {
			fprintf(stderr, "the engine's schema cannot be read\n");
			exit(2);
		}
		t = schema.v[0].type;
		s.release(&s);
		api->plan_free(p);
	}
	bv__buf_free(&b);
	return t;
}

int main(int argc, char **argv) {
	bool write = argc > 2 && bv__str_is(bv__str(argv[2]), "--write");
	void *lib = argc > 1 ? dlopen(argv[1], RTLD_NOW) : NULL;
	bv_engine_init_fn init = lib ? (bv_engine_init_fn)dlsym(lib, BV_ENGINE_INIT_SYMBOL) : NULL;
	api = init ? init(BV_ENGINE_ABI) : NULL;
	if (!api) {
		fprintf(stderr, "usage: expected LIBRARY [--write]\n%s\n", argc > 1 && !lib ? dlerror() : "");
		return 2;
	}
	bv_engine *engine;
	bv_engine_error e = {.element = -1};
	need(api->open("{}", &engine, &e), "open", &e);
	need(api->catalog_open(engine, &catalog, &e), "catalog", &e);
	bv_arena *keep = bv__arena_new();
	bv_field fields[BV_COUNT(case_types) + 1];
	for (size_t i = 0; i < BV_COUNT(case_types); i++)
		fields[i] = (bv_field){.name = bv__arena_printf(keep, "c%zu", i), .type = type_of(keep, case_types[i].text), .nullable = true};
	fields[BV_COUNT(case_types)] = (bv_field){.name = BV_STR("flag"), .type = bv__type(BV_T_BOOL), .nullable = true};
	bv_schema_t schema = {fields, BV_COUNT(fields)};
	struct ArrowSchema arrow;
	if (!bv__schema_export(&schema, &arrow)) return 2;
	need(api->table(catalog, "[\"main\",\"t\"]", &arrow, no_rows, NULL, NULL, &e), "table", &e);
	arrow.release(&arrow);
	if (write)
		printf("# Result types of operators and the common types of branches, as the engine derives them. Written by the program `expected`.\n"
			   "# rule: what comes after. Then left ; right ; result. Pairs of the types in daily use (cases.h) that are not here are refused.\n");
	size_t cases = 0, wrong = 0;
	for (size_t rule = 0; rule < BV_COUNT(case_rules); rule++) {
		if (write) printf("\nrule: %s\n", case_rules[rule].name);
		for (size_t l = 0; l < BV_COUNT(case_types); l++)
			for (size_t r = 0; r < BV_COUNT(case_types); r++) {
				if (write && !(case_types[l].daily && case_types[r].daily)) continue;
				a = bv__arena_new();
				bv_str why = BV_STR("");
				const bv_type *is = planned(rule, l, r, &why), *ours = derived(a, rule, fields[l].type, fields[r].type);
				bv_str t = is ? bv__type_str(a, is) : BV_STR("-");
				cases++;
				if (write && is) printf("%s ; %s ; " BV_STR_FMT "\n", case_types[l].text, case_types[r].text, BV_STR_ARG(t));
				if (!write && (is || ours) && !bv__type_equal(is, ours)) {
					bv_str o = ours ? bv__type_str(a, ours) : BV_STR("-");
					wrong++;
					if (why.n > 160) why.n = 160;
					printf("%s ; %s ; %s: the engine " BV_STR_FMT ", here " BV_STR_FMT "   " BV_STR_FMT "\n", case_rules[rule].name, case_types[l].text, case_types[r].text, BV_STR_ARG(t),
						BV_STR_ARG(o), BV_STR_ARG(why));
				}
				bv__arena_free(a);
			}
	}
	api->catalog_close(catalog);
	api->close(engine);
	bv__arena_free(keep);
	fprintf(stderr, "%zu cases, %zu differ\n", cases, wrong);
	return wrong != 0;
}
