/* belvedere plan: what a run would do, and why. */
#include "cli.h"

static bool has_reason(const json_t *view, const char *code)
{
	size_t i;
	const json_t *r;
	json_array_foreach(json_object_get(view, "reasons"), i, r)
		if (strcmp(jtext(r, "code"), code) == 0)
			return true;
	return false;
}

/* `plan --check`: the first that holds: 1 errors, 3 a refused contract change or a recorded view deleted that still has readers, 2 changes. A view
 * that is invalid because it reads a deleted one is the latter. */
static int check_code(const json_t *plan, bool failed)
{
	bool refused = false, changes = false, error = failed;
	size_t i, k;
	const json_t *v, *o, *reader;
	json_array_foreach(json_object_get(plan, "orphans"), i, o) {
		changes = true;
		refused |= json_array_size(json_object_get(o, "readers")) > 0;
	}
	json_array_foreach(json_object_get(plan, "views"), i, v) {
		const char *action = jtext(v, "action");
		bool of_deleted = false;
		json_array_foreach(json_object_get(plan, "orphans"), k, o) {
			size_t m;
			json_array_foreach(json_object_get(o, "readers"), m, reader)
				of_deleted |= json_is_string(reader) && strcmp(json_string_value(reader), jtext(v, "name")) == 0;
		}
		changes |= strcmp(action, "build") == 0;
		if (strcmp(action, "blocked") != 0)
			continue;
		refused |= has_reason(v, "contract_refused");
		error |= has_reason(v, "target_changed") || (has_reason(v, "invalid") && !of_deleted);
	}
	return error ? EXIT_FAILED : refused ? EXIT_REFUSED : changes ? EXIT_CHANGES : EXIT_FINE;
}

static void add_reasons(text *t, const json_t *view)
{
	size_t i;
	const json_t *r;
	json_array_foreach(json_object_get(view, "reasons"), i, r) {
		const char *detail = jtext(r, "detail");
		text_f(t, "%s%s%s%s", i ? "; " : "", jtext(r, "code"), *detail ? ": " : "", detail);
	}
}

/* whole: every view could be planned; else the errors say what is not in the plan. */
static void print_plan(const cli *c, const json_t *plan, bool whole)
{
	static const char *const heads[] = {"view", "action", "reason"};
	const json_t *views = json_object_get(plan, "views"), *v;
	size_t i, builds = 0, blocked = 0, skips = 0;
	grid *g = grid_new(3, heads);
	json_array_foreach(views, i, v) {
		const char *action = jtext(v, "action");
		bool build = strcmp(action, "build") == 0, block = strcmp(action, "blocked") == 0;
		text why = {0};
		builds += build;
		blocked += block;
		skips += !build && !block;
		add_reasons(&why, v);
		if (build || block || why.n || c->verbose) {
			grid_cell(g, jtext(v, "name"), PAINT_NONE);
			grid_cell(g, action, block ? PAINT_RED : build ? PAINT_GREEN : PAINT_DIM);
			grid_cell(g, text_get(&why), PAINT_NONE);
		}
		text_free(&why);
	}
	json_array_foreach(json_object_get(plan, "orphans"), i, v) {
		grid_cell(g, json_is_string(v) ? json_string_value(v) : jtext(v, "name"), PAINT_NONE);
		grid_cell(g, "orphan", PAINT_YELLOW);
		grid_cell(g, "no view of the project any more; `belvedere run --prune` removes its table", PAINT_NONE);
	}
	if (builds || blocked || c->verbose || json_array_size(json_object_get(plan, "orphans")))
		grid_print(g, stdout);
	grid_free(g);
	size_t orphans = json_array_size(json_object_get(plan, "orphans"));
	bool nothing = whole && !builds && !blocked && !orphans;
	if (nothing)
		printf("nothing to do: %zu view%s up to date\n", skips, skips == 1 ? " is" : "s are");
	else
		printf("%zu to build, %zu up to date, %zu blocked", builds, skips, blocked);
	if (orphans)
		printf(", %zu orphan%s", orphans, CLI_S(orphans));
	if (!nothing)
		putchar('\n');
}

int cli_plan(cli *c, bv_run_options *o, bool check)
{
	char *json = NULL;
	bv_status st = bv_project_plan(c->session, o, &json, c->d);
	json_t *plan = jread(json);
	if (plan && !c->json && !c->quiet)
		print_plan(c, plan, st == BV_OK);
	fflush(stdout);
	int rc = cli_finish(c, st, json);
	/* Invalid views fail the call but are in the plan, where check_code looks at them one by one. */
	if (check && (rc == EXIT_FINE || rc == EXIT_FAILED))
		rc = check_code(plan, !plan);
	json_decref(plan);
	bv_text_free(json);
	return rc;
}

int cmd_plan(cli *c, int argc, char **argv)
{
	texts args = {0}, select = {0}, exclude = {0};
	bv_run_options o = BV_RUN_OPTIONS_INIT;
	bool check = false;
	const option table[] = {
		{"select", 's', OPTION_MANY, &select, "SELECTOR", "only these views"},
		{"exclude", 'x', OPTION_MANY, &exclude, "SELECTOR", "not these views"},
		{"full-refresh", 0, OPTION_FLAG, &o.full_refresh, NULL, "rebuild also what is up to date"},
		{"check", 0, OPTION_FLAG, &check, NULL, "tell by the exit code"},
		OPTIONS_END,
	};
	int rc = cli_options(c, argc, argv, table, &args, 0, 0);
	if (rc == CLI_GO_ON)
		rc = cli_open(c, CLI_PROJECT_NEEDED);
	if (rc != CLI_GO_ON)
		return rc;
	selection_of(&select, &exclude, &o.selection);
	return cli_plan(c, &o, check);
}
