/* Templates: where marks count and where they are plain text; what the renderer gets and what is made of its answer; values in the places of names. */
#include "project_test.h"
#include "sql/mark.h"

static const struct {
	const char *dialect, *sql;
	bool everywhere;
	const char *mark; /* NULL: none */
} cases[] = {
	{"datafusion", "select {{ x }} from t", false, "{{ x }}"},
	{"datafusion", "select '{{ x }}' from t", false, NULL},
	{"datafusion", "select '{{ x }}' from t", true, "{{ x }}"},
	{"datafusion", "select \"{{ x }}\" -- {{ y }}\n/* {% z %} */ from t", false, NULL},
	{"datafusion", "select 1 -- {{ y }}", true, "{{ y }}"},
	{"datafusion", "select a /* {% if %} */", true, "{% if %}"},
	{"datafusion", "{% if x %} select 1 {% endif %}", false, "{% if x %}"},
	{"datafusion", "{# note #} select 1", false, "{# note #}"},
	{"datafusion", "select ${day}", false, "${day}"},
	{"datafusion", "select {'a': 1}, [1, 2], x[1:2]", false, NULL},
	{"postgres", "select '{{1,2}}'::int[], a[1:n], $1", false, NULL},
	{"postgres", "select a[x:y], b::text, 'a:b' where c = :c", false, ":c"},
	{"postgres", "select $x${{ y }}$x$, E'\\'{{ z }}'", false, NULL},
	{"postgres", "select /* /* */ {{ x }} */ 1", false, NULL},
	{"spark", "select `{{a}}`, '\\'{{b}}'", false, NULL},
	{"spark", "select '\\\\' {{b}}", false, "{{b}}"},
	{"bigquery", "select 1 # {{ c }}", false, NULL},
	{"duckdb", "select :c, {'a': {'b': 1}}", false, NULL},
	{"datafusion", "select '{{ open", false, NULL},
	{"datafusion", "{{", false, "{{"},
	{"datafusion", "", true, NULL},
};

static void marks(void **state) {
	(void)state;
	unsigned bad = 0;
	for (size_t i = 0; i < BV_COUNT(cases); i++) {
		bv_span at = {0, 0, 0};
		bool found = bv__ingress_find_template(bv__str(cases[i].sql), bv__dialect(bv__str(cases[i].dialect)), cases[i].everywhere, &at);
		bv_str mark = {cases[i].sql + at.start, at.end - at.start};
		if (found != (cases[i].mark != NULL) || (found && !bv__str_is(mark, cases[i].mark))) {
			print_error("%s: %s\nwant %s\ngot  %.*s\n", cases[i].dialect, cases[i].sql, cases[i].mark ? cases[i].mark : "none", found ? (int)mark.n : 4, found ? mark.p : "none");
			bad++;
		}
	}
	assert_int_equal(bad, 0);
}

/* Every prefix of every case ends, inside the text. */
static void prefixes(void **state) {
	(void)state;
	for (size_t i = 0; i < BV_COUNT(cases); i++) {
		for (uint32_t n = 0; n <= strlen(cases[i].sql); n++) {
			bv_span at = {0, 0, 0};
			if (bv__ingress_find_template((bv_str){cases[i].sql, n}, bv__dialect(bv__str(cases[i].dialect)), true, &at)) {
				assert_true(at.start < at.end && at.end <= n);
			}
		}
	}
}


/* ---- one mark ---- */

static const struct {
	const char *text;
	bv_mark_found found;
	const char *whole, *says;
	bool left, right;
	const char *variable; /* NULL: it is none */
} single[] = {
	{"{{ a }} b", BV_MARK_FOUND, "{{ a }}", "a", false, false, "a"},
	{"{{- a -}} b", BV_MARK_FOUND, "{{- a -}}", "a", true, true, "a"},
	{"{{+a+}}", BV_MARK_FOUND, "{{+a+}}", "a", false, false, "a"},
	{"{{ '}}' ~ \"a\\\"}}\" }}x", BV_MARK_FOUND, "{{ '}}' ~ \"a\\\"}}\" }}", "'}}' ~ \"a\\\"}}\"", false, false, NULL},
	{"{{ {'a': {'b': 1}} }}", BV_MARK_FOUND, "{{ {'a': {'b': 1}} }}", "{'a': {'b': 1}}", false, false, NULL},
	{"{{ var('a') }}", BV_MARK_FOUND, "{{ var('a') }}", "var('a')", false, false, "a"},
	{"{{var( \"a\" )}}", BV_MARK_FOUND, "{{var( \"a\" )}}", "var( \"a\" )", false, false, "a"},
	{"{{ var('a b') }}", BV_MARK_FOUND, "{{ var('a b') }}", "var('a b')", false, false, NULL},
	{"{{ var('a', 1) }}", BV_MARK_FOUND, "{{ var('a', 1) }}", "var('a', 1)", false, false, NULL},
	{"{{ a.b }}", BV_MARK_FOUND, "{{ a.b }}", "a.b", false, false, NULL},
	{"{{}}", BV_MARK_FOUND, "{{}}", "", false, false, NULL},
	{"{{ a )}} b }}", BV_MARK_OPEN, "{{ a )}} b }}", NULL, false, false, NULL},
	{"{{ a", BV_MARK_OPEN, "{{ a", NULL, false, false, NULL},
	{"{{ 'a }}", BV_MARK_OPEN, "{{ 'a }}", NULL, false, false, NULL},
	{"{% if a %}b", BV_MARK_FOUND, "{% if a %}", "if a", false, false, NULL},
	{"{%- if '%}' -%}b", BV_MARK_FOUND, "{%- if '%}' -%}", "if '%}'", true, true, NULL},
	{"{# a }} #}b", BV_MARK_FOUND, "{# a }} #}", NULL, false, false, NULL},
	{"{#- a -#}b", BV_MARK_FOUND, "{#- a -#}", NULL, true, true, NULL},
	{"{# a", BV_MARK_OPEN, "{# a", NULL, false, false, NULL},
	{"{% raw %} {{ a }} {% endraw %}b", BV_MARK_FOUND, "{% raw %} {{ a }} {% endraw %}", " {{ a }} ", false, false, NULL},
	{"{%- raw -%} {{ a }} {%- endraw -%}b", BV_MARK_FOUND, "{%- raw -%} {{ a }} {%- endraw -%}", "{{ a }}", true, true, NULL},
	{"{%raw%}{% endfor %}{%endraw%}", BV_MARK_FOUND, "{%raw%}{% endfor %}{%endraw%}", "{% endfor %}", false, false, NULL},
	{"{% raw %} {% endraw", BV_MARK_OPEN, "{% raw %} {% endraw", NULL, false, false, NULL},
	{"${ a }b", BV_MARK_FOUND, "${ a }", "a", false, false, "a"},
	{"${a b}", BV_MARK_FOUND, "${a b}", "a b", false, false, NULL},
	{"${a", BV_MARK_OPEN, "${a", NULL, false, false, NULL},
	{"{ {", BV_MARK_NONE, NULL, NULL, false, false, NULL},
	{"$a", BV_MARK_NONE, NULL, NULL, false, false, NULL},
};

static void one_mark(void **state) {
	(void)state;
	for (size_t i = 0; i < BV_COUNT(single); i++) {
		bv_str text = bv__str(single[i].text), name;
		bv_mark m;
		bv_mark_found found = bv__mark_at(text, 0, true, &m);
		if (found != single[i].found) {
			print_error("%s: %d\n", single[i].text, found);
			fail();
		}
		if (found == BV_MARK_NONE) {
			continue;
		}
		assert_str(((bv_str){text.p + m.start, m.end - m.start}), single[i].whole);
		if (found == BV_MARK_FOUND) {
			if (single[i].says) {
				assert_str(((bv_str){text.p + m.from, m.to - m.from}), single[i].says);
			}
			assert_true(m.trims_left == single[i].left && m.trims_right == single[i].right);
			bool variable = (m.kind == BV_MARK_VALUE || m.kind == BV_MARK_NAME) && bv__mark_variable(text, &m, &name);
			assert_true(variable == (single[i].variable != NULL));
			if (variable) {
				assert_str(name, single[i].variable);
			}
		}
	}
}

/* ---- rendering, with an answer that the test gives ---- */

typedef struct stub {
	const char *wants;  /* the text that the renderer gets; NULL: any */
	const char *answer; /* NULL: it fails, with what follows */
	const char *why;
	uint32_t line;
	bool missing;
	unsigned calls;
} stub;

static bool stub_render(void *ctx, bv_arena *a, bv_str text, bv_str variables, bv_rendering *out) {
	stub *s = ctx;
	(void)a;
	(void)variables;
	s->calls++;
	if (s->wants) {
		assert_str(text, s->wants);
	}
	if (s->answer) {
		out->answer = bv__str(s->answer);
		return true;
	}
	*out = (bv_rendering){.why = bv__str(s->why), .line = s->line, .missing = s->missing};
	return false;
}

#define A "__belvedere_at"

/* What the renderer gets: a call before each piece, blanks that a mark trims gone. */
static const struct {
	const char *template, *marked;
} marked[] = {
	{"a {{ b }} c", "{{" A "(1)}}a {{\n" A "(2)}}{{ b }}{{" A "(3)}} c"},
	{"a {{- b -}}  c", "{{" A "(1)}}a{{\n" A "(2)}}{{- b -}}{{" A "(3)}}c"},
	{"{%- if x -%} \xc2\xa0 a {% endif %}", "{{\n" A "(0)}}{%- if x -%}{{" A "(1)}}a {{\n" A "(0)}}{% endif %}"},
	{"{# c #}a", "{{\n" A "(0)}}{# c #}{{" A "(1)}}a"},
	{"{% raw -%} a{% endraw %}", "{{\n" A "(1)}}{% raw -%} a{% endraw %}"},
	{"{% for k, v in m %}{{ v }}{% endfor %}", "{{\n" A "(0)}}{% for k, v in m %}{{" A "(0, k, v)}}{{\n" A "(1)}}{{ v }}{{\n" A "(0)}}{% endfor %}"},
	{"{% for c in l recursive %}a{{ c }}{% endfor %}", "{{\n" A "(1)}}{% for c in l recursive %}{{" A "(0, c)}}a{{\n" A "(0)}}{{ c }}{{\n" A "(0)}}{% endfor %}"},
	{"{% set a = 1 %}{% set (b, n.c) = 1, 2 %}", "{{\n" A "(0)}}{% set a = 1 %}{{" A "(0, a)}}{{\n" A "(0)}}{% set (b, n.c) = 1, 2 %}{{" A "(0, b, n.c)}}"},
	{"{% set a %}b{{ c }}{% endset %}d", "{{\n" A "(0)}}{% set a %}b{{\n" A "(0)}}{{ c }}{{\n" A "(0)}}{% endset %}{{" A "(1)}}d"},
	{"{% set a | f(b=1) %}{% endset %}", "{{\n" A "(0)}}{% set a | f(b=1) %}{{\n" A "(0)}}{% endset %}"},
	{"{% macro m(a, b=(c, d)) %}{{ a }}{% endmacro %}", "{{\n" A "(0)}}{% macro m(a, b=(c, d)) %}{{" A "(0, a, b)}}{{\n" A "(0)}}{{ a }}{{\n" A "(0)}}{% endmacro %}"},
	{"{% with a = 1, b = [c] %}{% endwith %}", "{{\n" A "(0)}}{% with a = 1, b = [c] %}{{" A "(0, a, b)}}{{\n" A "(0)}}{% endwith %}"},
	{"{% filter f %}a{% filter g %}b{% endfilter %}{% endfilter %}c",
		"{{\n" A "(1)}}{% filter f %}a{{\n" A "(0)}}{% filter g %}b{{\n" A "(0)}}{% endfilter %}{{\n" A "(0)}}{% endfilter %}{{" A "(2)}}c"},
	{"{% call m() %}a{% endcall %}", "{{\n" A "(1)}}{% call m() %}a{{\n" A "(0)}}{% endcall %}"},
};

static bv_templates stub_templates(stub *s, const char *variables) {
	return (bv_templates){.mode = BV_STR("render"), .variables = bv__str(variables), .render = stub_render, .ctx = s};
}

static void markup(void **state) {
	(void)state;
	for (size_t i = 0; i < BV_COUNT(marked); i++) {
		bv_arena *a = bv__arena_new();
		bv_diagnostics *d = bv_diagnostics_new();
		stub s = {marked[i].marked, "{\"places\":[],\"text\":\"x\"}", "", 0, false, 0};
		bv_templates how = stub_templates(&s, "{}");
		bv_origin o;
		assert_true(bv__ingress_render(a, bv__str(marked[i].template), 1, &how, &o, d));
		assert_int_equal(s.calls, 1);
		bv_diagnostics_free(d);
		bv__arena_free(a);
	}
}

/* Bytes of the rendered text and where they come from. */
static void answers(void **state) {
	(void)state;
	static const char template[] = "ab {% for c in l %}c{{ d }},{% endfor %} ef";
	static const char answer[] = "{\"places\":[[1,0],[2,3],[3,4],[4,7],[2,8],[3,9],[4,12],[5,13]],\"text\":\"ab cXYZ,cUVW, ef\"}";
	static const struct {
		uint32_t start, end;
		const char *source;
	} spans[] = {{0, 2, "ab"}, {1, 2, "b"}, {3, 4, "c"}, {5, 6, "{{ d }}"}, {4, 7, "{{ d }}"}, {3, 7, "c{{ d }}"}, {3, 8, "c{{ d }},"}, {9, 10, "{{ d }}"}, {0, 5, "ab {% for c in l %}c{{ d }}"},
		{7, 9, ","} /* the end was written before the beginning */, {14, 16, "ef"}, {0, 16, template}, {16, 16, ""}, {8, 13, "c{{ d }},"}};
	bv_arena *a = bv__arena_new();
	bv_diagnostics *d = bv_diagnostics_new();
	stub s = {NULL, answer, "", 0, false, 0};
	bv_templates how = stub_templates(&s, "{}");
	bv_origin o;
	assert_true(bv__ingress_render(a, bv__str(template), 7, &how, &o, d));
	assert_str(o.text, "ab cXYZ,cUVW, ef");
	for (size_t i = 0; i < BV_COUNT(spans); i++) {
		bv_span at = bv__origin_span(&o, spans[i].start, spans[i].end);
		assert_int_equal(at.file, 7);
		assert_str(((bv_str){template + at.start, at.end - at.start}), spans[i].source);
	}
	bv_diagnostics_free(d);
	bv__arena_free(a);
}

/* What is refused before the engine is asked, what it says, and answers that are none. */
static void refusals(void **state) {
	(void)state;
	static const struct {
		const char *template;
		stub s;
		const char *says;
	} wrong[] = {
		{"a {{ b", {0}, "BV1017 1:3-1:5 the template mark is not closed"},
		{"{% raw %}{{ b", {0}, "BV1017 1:1-1:3 the raw block is not closed"},
		{"{% if a %}b", {0}, "BV1017 1:1-1:11 {% if %} is not closed"},
		{"{% endif %}b", {0}, "BV1017 1:1-1:12 {% endif %} closes nothing"},
		{"{% for a in b %}{% endif %}", {0}, "BV1017 1:17-1:28 {% endif %} where {% endfor %} is wanted"},
		{"{% include 'a' %}", {0}, "BV1017 1:1-1:18 there is no {% include %} here | a template is one text: no file is read"},
		{"{% snapshot a %}", {0}, "BV1017 1:1-1:17 there is no {% snapshot %} here | that is dbt's; a view file holds one view"},
		{"{{ __belvedere_at(1) }}", {0}, "BV1017 1:1-1:24 names that begin with __belvedere are not a template's | take another name"},
		{"a\n\xc3\xbc {{ b }}", {NULL, NULL, "no", 3, false, 0}, "BV1017 2:3-2:10 no"},
		{"{{ a }}{{ b }}", {NULL, NULL, "no", 3, false, 0}, "BV1017 1:8-1:15 no"},
		{"{{ a }}{{ b }}", {NULL, NULL, "no", 2, false, 0}, "BV1017 1:1-1:8 no"},
		{"{{ a }}{{ b }}", {NULL, NULL, "no", 0, false, 0}, "BV1017 1:1-1:1 no"},
		{"{% if a %}{% endif %}", {NULL, NULL, "no", 3, false, 0}, "BV1017 1:1-1:11 no"}, /* of the end: the block */
		{"{{ strat }}", {NULL, NULL, "no", 2, true, 0}, "BV1017 1:1-1:12 variable `strat` has no value | did you mean start?"},
		{"{{ var('x') }}", {NULL, NULL, "no", 2, true, 0}, "BV1017 1:1-1:15 variable `x` has no value | give it one below variables: in belvedere.yaml"},
		{"{{ a + b }}", {NULL, NULL, "no", 2, true, 0}, "BV1017 1:1-1:12 no"},
		{"{{ config(a=1) }}", {NULL, NULL, "no", 2, true, 0}, "BV1017 1:1-1:18 there is no `config` here | options of a view"},
		{"{{ start + this }}", {NULL, NULL, "no", 2, true, 0}, "BV1017 1:1-1:19 there is no `this` here"},
		{"{{ l.append(1) }}", {NULL, NULL, "no", 2, true, 0}, "BV1017 1:1-1:18 there is no `append` here | a list does not change"},
		{"{{ schema + q }}", {NULL, NULL, "no", 2, true, 0}, "BV1017 1:1-1:17 no"}, /* a variable of that name */
		{"{{ a }}", {NULL, "", "", 0, false, 0}, "BV9001 "},
		{"{{ a }}", {NULL, "{\"places\":[[9,0]],\"text\":\"\"}", "", 0, false, 0}, "BV9001 "},
		{"{{ a }}", {NULL, "{\"places\":[[1,5]],\"text\":\"\"}", "", 0, false, 0}, "BV9001 "},
		{"a{{ a }}", {NULL, "{\"places\":[[1,3],[2,1]],\"text\":\"abcd\"}", "", 0, false, 0}, "BV9001 "},
		{"{{ a }}", {NULL, "{\"places\":[[1", "", 0, false, 0}, "BV9001 "},
	};
	for (size_t i = 0; i < BV_COUNT(wrong); i++) {
		bv_arena *a = bv__arena_new();
		bv_diagnostics *d = bv_diagnostics_new();
		stub s = wrong[i].s;
		bool asked = s.answer || s.why;
		bv_templates how = stub_templates(&s, "{\"start\":1,\"schema\":\"s\"}");
		bv_origin o;
		uint32_t file = bv__diag_source(d, BV_STR("x"), bv__str(wrong[i].template));
		assert_false(bv__ingress_render(a, bv__str(wrong[i].template), file, &how, &o, d));
		assert_int_equal(s.calls, asked);
		place p = {.arena = a, .d = d};
		const char *line = said(&p, 0);
		if (strncmp(line, wrong[i].says, strlen(wrong[i].says)) != 0) {
			print_error("%s\nwant %s\ngot  %s\n", wrong[i].template, wrong[i].says, line);
			fail();
		}
		bv_diagnostics_free(d);
		bv__arena_free(a);
	}
}

/* What nests deeper than the template language counts never reaches it. */
static void depth(void **state) {
	(void)state;
	static const struct {
		const char *before, *again, *after;
		unsigned most; /* so often it may be said */
	} cases_of_depth[] = {
		{"{{ ", "-", "1 }}", 500}, {"{{ 1", " + 1", " }}", 500}, {"{{ a", " | f", " }}", 500}, {"{{ a", ".b", " }}", 500}, {"{{ a", "[1]", " }}", 500}, {"{{ ", "not ", "a }}", 500},
		{"{{ 1", " if a else 1", " }}", 250}, {"{{ [1", ", a.b", "] }}", 0}, {"{% set a = f(1", ", b | c", ") %}", 0}, {"{% if a %}", "{% elif a %}", "{% endif %}", 500},
		{"{% if a %}", "{# - #}", "{% endif %}", 0},
	};
	for (size_t i = 0; i < BV_COUNT(cases_of_depth); i++) {
		for (unsigned more = 0; more < 2; more++) {
			bv_arena *a = bv__arena_new();
			bv_diagnostics *d = bv_diagnostics_new();
			stub s = {NULL, "{\"places\":[],\"text\":\"\"}", "", 0, false, 0};
			bv_templates how = stub_templates(&s, "{}");
			bv_buf text = BV_BUF_INIT;
			bv_origin o;
			bv__buf_z(&text, cases_of_depth[i].before);
			unsigned most = cases_of_depth[i].most;
			for (unsigned k = 0; k < (more ? 20000 : most); k++) {
				bv__buf_z(&text, cases_of_depth[i].again);
			}
			bv__buf_z(&text, cases_of_depth[i].after);
			bool ok = bv__ingress_render(a, bv__buf_view(&text), 1, &how, &o, d);
			if (ok != (!more || most == 0)) {
				print_error("%s %u %d\n", cases_of_depth[i].again, more, ok);
				fail();
			}
			bv__buf_free(&text);
			bv_diagnostics_free(d);
			bv__arena_free(a);
		}
	}
}

/* No engine: a text without Jinja's marks needs none. */
static void without_engine(void **state) {
	(void)state;
	bv_arena *a = bv__arena_new();
	bv_diagnostics *d = bv_diagnostics_new();
	bv_templates how = {.mode = BV_STR("render"), .variables = BV_STR("{}")};
	bv_origin o;
	assert_true(bv__ingress_render(a, BV_STR("SELECT { } # %"), 1, &how, &o, d));
	assert_int_equal(o.pieces.n, 0);
	assert_true(bv__ingress_render(a, BV_STR("SELECT {{ a }} \xff"), 1, &how, &o, d)); /* the parser's to refuse */
	assert_false(bv__ingress_render(a, BV_STR("SELECT {{ a }}"), 1, &how, &o, d));
	assert_int_equal(d->items.v[0].code, BV_E_ENGINE_MISSING);
	assert_int_equal(d->items.v[0].span.start, 7);
	bv_diagnostics_free(d);
	bv__arena_free(a);
}

/* ---- values in the places of names ---- */

static const char values[] = "{\"a\":\"it's\",\"b\":-5,\"c\":true,\"d\":null,\"e\":[1],\"f\":{},\"g\":\"x\\\"y${a}:a\",\"h\":\"\",\"i\":1.50}";

static const struct {
	const char *dialect, *text, *filled; /* NULL: refused, with `says` */
	const char *says;
} fills[] = {
	{"datafusion", "SELECT ${a}, '${ b }', \"${c}\" -- ${d}\n/* ${i} */", "SELECT it's, '-5', \"true\" -- NULL\n/* 1.50 */", NULL},
	{"datafusion", "SELECT :a, a::int, ${g}", "SELECT :a, a::int, x\"y${a}:a", NULL},
	{"postgres", "SELECT :a, :'a', :\"a\", :\"g\", :b::int, x[:b], ':a', E'\\':a', $q$:a$q$ -- :a\n/* :a */", "SELECT it's, 'it''s', \"it's\", \"x\"\"y${a}:a\", -5::int, x[:b], ':a', E'\\':a', $q$:a$q$ -- :a\n/* :a */", NULL},
	{"postgres", "SELECT :'b', ':''a', a:=b, : a, :'no name', $q${a}$q$", "SELECT '-5', ':''a', a:=b, : a, :'no name', $q${a}$q$", NULL},
	{"duckdb", "SELECT {{ ${b} }}", "SELECT {{ -5 }}", NULL},
	{"datafusion", "SELECT 1", "SELECT 1", NULL},
	{"datafusion", "SELECT ${e}", NULL, "BV1017 1:8-1:12 variable `e` is a list, which has no text | a template of {{ }} and {% %} can write its items"},
	{"datafusion", "SELECT ${f}", NULL, "BV1017 1:8-1:12 variable `f` is a map"},
	{"datafusion", "SELECT '\xc3\xbc', ${bb}", NULL, "BV1017 1:13-1:18 variable `bb` has no value | did you mean b?"},
	{"datafusion", "SELECT ${a + 1}", NULL, "BV1017 1:8-1:16 ${…} holds the name of a variable | {{ … }} holds an expression"},
	{"datafusion", "SELECT ${}", NULL, "BV1017 1:8-1:11 ${…} holds the name of a variable"},
	{"datafusion", "SELECT ${a", NULL, "BV1017 1:8-1:10 the template mark is not closed"},
	{"postgres", "SELECT :\"h\"", NULL, "BV1017 1:8-1:12 variable `h` is empty, and a name cannot be"},
	{"postgres", "SELECT :zz", NULL, "BV1017 1:8-1:11 variable `zz` has no value"},
};

static void filling(void **state) {
	(void)state;
	for (size_t i = 0; i < BV_COUNT(fills); i++) {
		bv_arena *a = bv__arena_new();
		bv_diagnostics *d = bv_diagnostics_new();
		bv_templates how = {.mode = BV_STR("render"), .variables = BV_STR(values)};
		bv_str text = bv__str(fills[i].text);
		bv_origin o = {.text = text, .source = text, .file = bv__diag_source(d, BV_STR("x"), text)};
		bool ok = bv__ingress_fill(a, &o, bv__dialect(bv__str(fills[i].dialect)), &how, d);
		if (fills[i].filled) {
			assert_true(ok);
			assert_str(o.text, fills[i].filled);
		} else {
			assert_false(ok);
			place p = {.arena = a, .d = d};
		const char *line = said(&p, 0);
			if (strncmp(line, fills[i].says, strlen(fills[i].says)) != 0) {
				print_error("%s\nwant %s\ngot  %s\n", fills[i].text, fills[i].says, line);
				fail();
			}
			}
		bv_diagnostics_free(d);
		bv__arena_free(a);
	}
}

/* Filling what was rendered: each byte still knows the template. */
static void both(void **state) {
	(void)state;
	static const char template[] = "\xc3\xbc{{ p }}${a} ${b}z";
	bv_arena *a = bv__arena_new();
	bv_diagnostics *d = bv_diagnostics_new();
	stub s = {NULL, "{\"places\":[[1,0],[2,2],[3,4]],\"text\":\"\xc3\xbc" "<>${a} ${b}z\"}", "", 0, false, 0};
	bv_templates how = stub_templates(&s, "{\"a\":\"AAAA\",\"b\":1}");
	bv_origin o;
	assert_true(bv__ingress_render(a, bv__str(template), 1, &how, &o, d));
	assert_true(bv__ingress_fill(a, &o, bv__datafusion, &how, d));
	assert_str(o.text, "\xc3\xbc<>AAAA 1z");
	static const char *const from[] = {"\xc3", "\xbc", "{{ p }}", "{{ p }}", "${a}", "${a}", "${a}", "${a}", " ", "${b}", "z"};
	for (uint32_t i = 0; i < BV_COUNT(from); i++) {
		bv_span at = bv__origin_span(&o, i, i + 1);
		assert_str(((bv_str){template + at.start, at.end - at.start}), from[i]);
	}
	bv_diagnostics_free(d);
	bv__arena_free(a);
}

/* A mark that a mark wrote, or had a part in, is nobody's. */
static void written_marks(void **state) {
	(void)state;
	static const struct {
		const char *template, *answer, *says;
	} made[] = {
		{"{{ p }}", "{\"places\":[[1,0]],\"text\":\"'${a}'\"}", "BV1017 1:1-1:8 this writes ${a}, and what a template writes is not looked at again | in macros and blocks write {{ name }}"},
		{"{{ p }}{a}", "{\"places\":[[1,0],[2,1]],\"text\":\"${a}\"}", "BV1017 1:1-1:11 this writes ${a}"},
		{"${{ p }}", "{\"places\":[[1,0],[2,1]],\"text\":\"${a}\"}", "BV1017 1:1-1:9 this writes ${a}"},
		{"x {{ p }}", "{\"places\":[[1,0],[2,2]],\"text\":\"x :a\"}", "BV1017 1:3-1:10 this writes :a"},
	};
	for (size_t i = 0; i < BV_COUNT(made); i++) {
		bv_arena *a = bv__arena_new();
		bv_diagnostics *d = bv_diagnostics_new();
		stub s = {NULL, made[i].answer, "", 0, false, 0};
		bv_templates how = stub_templates(&s, "{\"a\":1}");
		bv_origin o;
		uint32_t file = bv__diag_source(d, BV_STR("x"), bv__str(made[i].template));
		assert_true(bv__ingress_render(a, bv__str(made[i].template), file, &how, &o, d));
		assert_false(bv__ingress_fill(a, &o, bv__dialect(BV_STR("postgres")), &how, d));
		place p = {.arena = a, .d = d};
		const char *line = said(&p, 0);
		if (strncmp(line, made[i].says, strlen(made[i].says)) != 0) {
			print_error("%s\nwant %s\ngot  %s\n", made[i].template, made[i].says, line);
			fail();
		}
		bv_diagnostics_free(d);
		bv__arena_free(a);
	}
}

/* Each allocation may fail: then that is said, and nothing is lost. */
static void out_of_memory(void **state) {
	(void)state;
	static const char template[] = "a {% for c in l %}{{ c }}${a}{% endfor %} :b";
	static const char answer[] = "{\"places\":[[1,0],[2,2],[3,3]],\"text\":\"a 1${a} :b\"}";
	for (long n = 1;; n++) {
		bv_arena *a = bv__arena_new();
		bv_diagnostics *d = bv_diagnostics_new();
		stub s = {NULL, answer, "", 0, false, 0};
		bv_templates how = stub_templates(&s, "{\"a\":\"AAAA\",\"b\":1}");
		bv_origin o;
		bv_buf used = BV_BUF_INIT;
		bv__alloc_fail_at(n);
		bool ok = bv__ingress_render(a, bv__str(template), 1, &how, &o, d) && bv__ingress_fill(a, &o, bv__dialect(BV_STR("postgres")), &how, d);
		bv__variables_used(a, how.variables, bv__str(template), &used);
		bv__alloc_fail_at(0);
		assert_true(ok == (bv_diagnostics_errors(d) == 0));
		bool done = ok && !used.failed && !bv__arena_failed(a);
		bv__buf_free(&used);
		bv_diagnostics_free(d);
		bv__arena_free(a);
		if (done && n > 8) {
			break;
		}
	}
}

/* Which variables a text can read. */
static void used(void **state) {
	(void)state;
	static const struct {
		const char *text, *used;
	} texts[] = {
		{"SELECT {{ a }}", "\n\"a\":1"},
		{"SELECT {{ ab }} a_b ba", ""}, {"SELECT a, b FROM a", ""}, {"SELECT x[1:a], {% if b %}", "\n\"a\":1\n\"b\":\"a\""}, {"SELECT :'b' {# a", "\n\"a\":1\n\"b\":\"a\""},
		{"${b}:a", "\n\"a\":1\n\"b\":\"a\""},
		{"{{ var('b') }} {{ var( \"a\" , 1) }}", "\n\"a\":1\n\"b\":\"a\""},
		{"{{ var('b' ~ x) }}", "\n\"a\":1\n\"b\":\"a\"\n\"c d\":[1]"},
		{"{{ var(x) }}", "\n\"a\":1\n\"b\":\"a\"\n\"c d\":[1]"},
		{"{% set v = var %}", "\n\"a\":1\n\"b\":\"a\"\n\"c d\":[1]"},
		{"{{ var('\\x61') }}", "\n\"a\":1\n\"b\":\"a\"\n\"c d\":[1]"},
		{"{{ variable }} myvar", ""},
		{"{{ var('c d') }}", "\n\"c d\":[1]"},
	};
	bv_arena *a = bv__arena_new();
	for (size_t i = 0; i < BV_COUNT(texts); i++) {
		bv_buf b = BV_BUF_INIT;
		bv__variables_used(a, BV_STR("{\"a\":1,\"b\":\"a\",\"c d\":[1]}"), bv__str(texts[i].text), &b);
		assert_str(bv__buf_view(&b), texts[i].used);
		bv__buf_free(&b);
	}
	bv__arena_free(a);
}

int main(void) {
	const struct CMUnitTest tests[] = {cmocka_unit_test(marks), cmocka_unit_test(prefixes), cmocka_unit_test(one_mark), cmocka_unit_test(markup), cmocka_unit_test(answers),
		cmocka_unit_test(refusals), cmocka_unit_test(depth), cmocka_unit_test(without_engine), cmocka_unit_test(filling), cmocka_unit_test(both), cmocka_unit_test(written_marks), cmocka_unit_test(out_of_memory), cmocka_unit_test(used)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
