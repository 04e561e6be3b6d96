/* Graphs. In: small ones written as "name kind reads…", and large made ones. Out: their order, cycles, what selectors choose, their pictures. */
#include "../unit/test.h"

#include "graph/graph.h"

typedef struct drawing {
	bv_arena *arena;
	bv_diagnostics *d;
	bv_graph_input *in;
	uint32_t n;
	bv_graph g;
	bool built;
} drawing;

/* "v m a b t:daily f:views/v.sql; a s": kinds are s(ource), v(iew), m(aterialised); words are reads, tags, the file. */
static drawing draw(const char *text) {
	drawing x = {.arena = bv__arena_new(), .d = bv_diagnostics_new()};
	assert_non_null(x.arena);
	assert_non_null(x.d);
	x.in = BV_NEWN(x.arena, bv_graph_input, 32);
	for (const char *p = text; *p;) {
		const char *end = strchr(p, ';');
		end = end ? end : p + strlen(p);
		bv_graph_input *in = &x.in[x.n++];
		in->reads = BV_NEWN(x.arena, bv_str, 16);
		in->tags = BV_NEWN(x.arena, bv_str, 16);
		in->file = BV_STR("");
		in->span = (bv_span){0, x.n, x.n + 1};
		for (uint32_t word = 0; p < end; word++) {
			while (p < end && *p == ' ') {
				p++;
			}
			const char *stop = p;
			while (stop < end && *stop != ' ') {
				stop++;
			}
			bv_str s = {p, (uint32_t)(stop - p)};
			if (word == 0) {
				in->name = s;
			} else if (word == 1) {
				in->kind = *p == 's' ? BV_GRAPH_SOURCE : *p == 'm' ? BV_GRAPH_MATERIALIZED : BV_GRAPH_VIEW;
			} else if (bv__str_starts(s, "t:")) {
				in->tags[in->ntags++] = (bv_str){s.p + 2, s.n - 2};
			} else if (bv__str_starts(s, "f:")) {
				in->file = (bv_str){s.p + 2, s.n - 2};
			} else if (s.n) {
				in->reads[in->nreads++] = s;
			}
			p = stop;
		}
		p = *end ? end + 1 : end;
	}
	x.built = bv__graph_build(x.arena, x.in, x.n, &x.g, x.d);
	return x;
}

static void erase(drawing *x) {
	bv_diagnostics_free(x->d);
	bv__arena_free(x->arena);
}

static const char *order(drawing *x) {
	bv_buf b = BV_BUF_INIT;
	for (uint32_t i = 0; i < x->g.n; i++) {
		bv__buf_printf(&b, "%s" BV_STR_FMT, i ? " " : "", BV_STR_ARG(x->g.v[x->g.order[i]].name));
	}
	const char *s = bv__arena_str(x->arena, bv__buf_view(&b)).p;
	bv__buf_free(&b);
	return s;
}

static void orders(void **state) {
	(void)state;
	static const struct {
		const char *graph, *order;
	} cases[] = {
		{"", ""},
		{"b s;a s", "a b"},
		{"main.a v main.z;main.z s;main.b v", "main.b main.z main.a"},
		/* Of the ready ones the smallest, not level by level: d is free as soon as c is done, and comes before x. */
		{"c s;x s;d v c;y v x d", "c d x y"},
		{"a v b c;b v d;c v d;d s", "d b c a"},
		/* Names that are not in the graph are left out; a name that is read twice is one edge. */
		{"a v b b nowhere.x;b s", "b a"},
		{"a.b s;a v;a.a v a.b", "a a.b a.a"},
	};
	for (size_t i = 0; i < BV_COUNT(cases); i++) {
		drawing x = draw(cases[i].graph);
		assert_true(x.built);
		assert_string_equal(order(&x), cases[i].order);
		erase(&x);
	}
	drawing x = draw("a v b b c;b s;c v b;b v a");
	assert_true(x.built); /* the second b is none: the first meaning of a name counts */
	assert_int_equal(x.g.n, 3);
	assert_int_equal(x.g.v[0].parents.n, 2);
	assert_int_equal(x.g.v[1].children.n, 2);
	assert_int_equal(x.g.v[1].kind, BV_GRAPH_SOURCE);
	erase(&x);
}

static void cycles(void **state) {
	(void)state;
	static const struct {
		const char *graph, *said[3];
	} cases[] = {
		{"a v a", {"views form a cycle: a -> a"}},
		{"a v b;b v c;c v a", {"views form a cycle: a -> b -> c -> a"}},
		/* What is only behind a cycle is not on it; the shortest way round is told; each component is told once. */
		{"a v b;b v c d;c v b;d v c;z v a", {"views form a cycle: b -> c -> b"}},
		{"m v n;n v m;a v b m;b v a;s s", {"views form a cycle: a -> b -> a", "views form a cycle: m -> n -> m"}},
		{"a v b;b v a x;x v y;y v x b", {"views form a cycle: a -> b -> a"}},
	};
	for (size_t i = 0; i < BV_COUNT(cases); i++) {
		drawing x = draw(cases[i].graph);
		assert_false(x.built);
		uint32_t n = 0;
		while (n < 3 && cases[i].said[n]) {
			n++;
		}
		assert_int_equal(x.d->items.n, n);
		for (uint32_t k = 0; k < n; k++) {
			assert_int_equal(x.d->items.v[k].code, BV_E_CYCLE);
			assert_str(x.d->items.v[k].message, cases[i].said[k]);
		}
		erase(&x);
	}
	drawing x = draw("a v b;b v c;c v a");
	assert_int_equal(x.d->items.v[0].span.start, 1);
	assert_int_equal(x.d->items.v[0].notes.n, 2);
	assert_str(x.d->items.v[0].notes.v[0].text, "b is on the way");
	assert_int_equal(x.d->items.v[0].notes.v[1].span.start, 3);
	erase(&x);
}

/* The order is the one that a plain reference finds, whatever the input's order; a chain and a wide graph of 10,000 views are quick. */
static uint32_t next_random(uint32_t *seed) {
	*seed = *seed * 1664525u + 1013904223u;
	return *seed >> 8;
}

static void same_as_reference(void **state) {
	(void)state;
	for (uint32_t round = 0; round < 50; round++) {
		bv_arena *a = bv__arena_new();
		bv_diagnostics *d = bv_diagnostics_new();
		uint32_t seed = round + 1, n = 40;
		bv_graph_input *in = BV_NEWN(a, bv_graph_input, n);
		for (uint32_t i = 0; i < n; i++) {
			/* Names in no order of the edges. */
			in[i].name = bv__arena_printf(a, "v%02u", i * 17 % n);
			in[i].reads = BV_NEWN(a, bv_str, 4);
			for (uint32_t k = next_random(&seed) % 4; i && k; k--) {
				in[i].reads[in[i].nreads++] = in[next_random(&seed) % i].name;
			}
		}
		for (uint32_t i = n; i-- > 1;) {
			uint32_t k = next_random(&seed) % (i + 1);
			bv_graph_input swap = in[i];
			in[i] = in[k];
			in[k] = swap;
		}
		bv_graph g;
		assert_true(bv__graph_build(a, in, n, &g, d));
		assert_int_equal(g.n, n);
		bool *done = BV_NEWN(a, bool, n);
		for (uint32_t at = 0; at < n; at++) {
			uint32_t smallest = n;
			for (uint32_t i = 0; i < n && smallest == n; i++) {
				bool ready = !done[i];
				for (uint32_t k = 0; k < g.v[i].parents.n; k++) {
					ready = ready && done[g.v[i].parents.v[k]];
				}
				smallest = ready ? i : smallest;
			}
			assert_int_equal(g.order[at], smallest);
			done[smallest] = true;
		}
		bv_diagnostics_free(d);
		bv__arena_free(a);
	}
}

static void large(void **state) {
	(void)state;
	for (uint32_t shape = 0; shape < 3; shape++) {
		bv_arena *a = bv__arena_new();
		bv_diagnostics *d = bv_diagnostics_new();
		uint32_t n = 10000;
		bv_graph_input *in = BV_NEWN(a, bv_graph_input, n);
		for (uint32_t i = 0; i < n; i++) {
			in[i] = (bv_graph_input){.name = bv__arena_printf(a, "main.v%05u", i), .kind = BV_GRAPH_VIEW, .file = BV_STR(""), .reads = BV_NEWN(a, bv_str, 10)};
			for (uint32_t k = 1; k <= 10 && shape == 1 && k <= i; k++) {
				in[i].reads[in[i].nreads++] = in[i / (k + 1)].name; /* wide: the first node has thousands of children */
			}
			if (shape != 1 && i) {
				in[i].reads[in[i].nreads++] = in[i - 1].name;
			}
		}
		if (shape == 2) {
			in[0].reads[in[0].nreads++] = in[n - 1].name; /* one ring */
		}
		bv_graph g;
		double start = bv__os_monotonic();
		bool built = bv__graph_build(a, in, n, &g, d);
		assert_true(bv__os_monotonic() - start < 2); /* quadratic ways take longer even on a slow machine */
		assert_int_equal(built, shape != 2);
		if (built) {
			for (uint32_t i = 0; i < n; i++) {
				assert_int_equal(g.order[i], i);
			}
			bool *chosen = BV_NEWN(a, bool, n);
			bv_str select = BV_STR("v00042+1");
			assert_true(bv__graph_select(&g, &select, 1, NULL, 0, chosen, d));
			assert_true(chosen[42] && (shape != 0 || (chosen[43] && !chosen[44])));
		} else {
			assert_int_equal(d->items.n, 1);
		}
		bv_diagnostics_free(d);
		bv__arena_free(a);
	}
}

/* Allocation number n fails, for each n: out of memory is said, nothing crashes. */
static void out_of_memory(void **state) {
	(void)state;
	bv_graph_input in[3] = {{.name = BV_STR("main.a"), .reads = (bv_str[]){BV_STR("main.b")}, .nreads = 1}, {.name = BV_STR("main.b"), .reads = (bv_str[]){BV_STR("main.c")}, .nreads = 1},
		{.name = BV_STR("main.c")}};
	bool done = false;
	for (long n = 1; !done; n++) {
		assert_true(n < 1000);
		bv_diagnostics *d = bv_diagnostics_new();
		bv__alloc_fail_at(n);
		bv_arena *a = bv__arena_new();
		bv_graph g;
		bool chosen[3];
		bv_str select = BV_STR("+a");
		bool ok = a && bv__graph_build(a, in, 3, &g, d) && bv__graph_select(&g, &select, 1, NULL, 0, chosen, d);
		bv__alloc_fail_at(0);
		assert_true(ok || !a || d->oom);
		done = ok;
		bv__arena_free(a);
		bv_diagnostics_free(d);
	}
}

static const char project[] = "raw.flights s;raw.planes s;staging.flights m raw.flights t:staging t:daily f:views/staging/flights.sql;"
							  "staging.planes v raw.planes t:staging f:views/staging/planes.sql;main.joined m staging.flights staging.planes t:daily f:views/joined.sql;"
							  "main.top v main.joined f:views/reports/top.sql;main.\"a.b\" v main.top f:views/reports/deep/ab.sql;main.2x v f:views/2x.sql";

/* What selectors choose, in the order of names; "!" and the message where they are refused. */
static const char *choose(drawing *x, const char *select, const char *exclude) {
	bv_str s = bv__str(select), e = bv__str(exclude);
	bool chosen[32];
	bv_diagnostics_clear(x->d);
	bv_buf b = BV_BUF_INIT;
	if (bv__graph_select(&x->g, &s, select ? 1 : 0, &e, exclude ? 1 : 0, chosen, x->d)) {
		for (uint32_t i = 0; i < x->g.n; i++) {
			if (chosen[i]) {
				bv__buf_printf(&b, "%s" BV_STR_FMT, b.n ? " " : "", BV_STR_ARG(x->g.v[i].name));
			}
		}
	} else {
		for (uint32_t i = 0; i < x->d->items.n; i++) {
			const bv_diagnostic *item = &x->d->items.v[i];
			assert_int_equal(item->code, BV_E_SELECTOR);
			bv__buf_printf(&b, "!" BV_STR_FMT "|" BV_STR_FMT, BV_STR_ARG(item->message), BV_STR_ARG(item->hint));
		}
	}
	const char *out = bv__arena_str(x->arena, bv__buf_view(&b)).p;
	bv__buf_free(&b);
	return out;
}

#define ALL "main.\"a.b\" main.2x main.joined main.top raw.flights raw.planes staging.flights staging.planes"

static void selectors(void **state) {
	(void)state;
	static const struct {
		const char *select, *exclude, *chosen;
	} cases[] = {
		{NULL, NULL, ALL},
		{"*", NULL, ALL},
		{"top", NULL, "main.top"},
		{"main.top", NULL, "main.top"},
		{"+top", NULL, "main.joined main.top raw.flights raw.planes staging.flights staging.planes"},
		{"1+top", NULL, "main.joined main.top"},
		{"2+top", NULL, "main.joined main.top staging.flights staging.planes"},
		{"0+top", NULL, "main.top"},
		{"staging.flights+", NULL, "main.\"a.b\" main.joined main.top staging.flights"},
		{"staging.flights+1", NULL, "main.joined staging.flights"},
		{"1+joined+1", NULL, "main.joined main.top staging.flights staging.planes"},
		{"+joined+", NULL, "main.\"a.b\" main.joined main.top raw.flights raw.planes staging.flights staging.planes"},
		{"raw.planes+", NULL, "main.\"a.b\" main.joined main.top raw.planes staging.planes"},
		{"staging.*", NULL, "staging.flights staging.planes"},
		{"*.fl*s", NULL, "raw.flights staging.flights"},
		{"t*", NULL, "main.top"},
		{"2x", NULL, "main.2x"},
		{"\"a.b\"", NULL, "main.\"a.b\""},
		{"\"main\".\"a.b\"", NULL, "main.\"a.b\""},
		{"+\"joined\",main.*", NULL, "main.joined"},
		{"1+\"a.b\"", NULL, "main.\"a.b\" main.top"},
		{"tag:daily", NULL, "main.joined staging.flights"},
		{"tag:daily+1", NULL, "main.joined main.top staging.flights"},
		{"tag:d*", NULL, "main.joined staging.flights"},
		{"tag:daily,tag:staging", NULL, "staging.flights"},
		{"tag:daily,+top", NULL, "main.joined staging.flights"},
		{"path:views/reports", NULL, "main.\"a.b\" main.top"},
		{"path:views/reports/", NULL, "main.\"a.b\" main.top"},
		{"path:./views/reports/top.sql", NULL, "main.top"},
		{"path:views/*/*.sql", NULL, "main.\"a.b\" main.top staging.flights staging.planes"},
		{"path:*/deep", NULL, "main.\"a.b\""},
		{"path:views", NULL, "main.\"a.b\" main.2x main.joined main.top staging.flights staging.planes"},
		{"top joined", NULL, "main.joined main.top"},
		{"  top\tjoined ", NULL, "main.joined main.top"},
		{"tag:daily 2x,*", NULL, "main.2x main.joined staging.flights"},
		{"+top", "raw.*", "main.joined main.top staging.flights staging.planes"},
		{NULL, "top+", "main.2x main.joined raw.flights raw.planes staging.flights staging.planes"},
		{"top", "top", ""},
		{"topp", NULL, "!selector \"topp\" matches nothing|did you mean main.top?"},
		{"top", "joned", "!selector \"joned\" matches nothing|did you mean main.joined?"},
		{"tag:dayly", NULL, "!selector \"tag:dayly\" matches nothing|did you mean tag:daily?"},
		{"views/joined.sqll/x/y/z", NULL, "!selector \"views/joined.sqll/x/y/z\" matches nothing|files are selected with path:views/joined.sqll/x/y/z"},
		{"tag:daily,2x", NULL, "!selector \"tag:daily,2x\" matches nothing|each part matches something, but no node is in all of them; without the comma they unite"},
		{"@top", NULL, "!selector \"@top\": @ is not supported|x+ takes what depends on x, +x what x depends on"},
		{"config:x", NULL, "!selector \"config:x\": unknown method|there are tag:x and path:views/x; a name that holds a colon goes into double quotes"},
		{"+", NULL, "!selector \"+\": nothing is named|x, +x, x+, 2+x, x+1, tag:x, path:views/x"},
		{"top,", NULL, "!selector \"\": nothing is named|x, +x, x+, 2+x, x+1, tag:x, path:views/x"},
		{"tag:", NULL, "!selector \"tag:\": nothing is named|x, +x, x+, 2+x, x+1, tag:x, path:views/x"},
		{"top+joined", NULL, "!selector \"top+joined\": a plus stands before or after a name|2+x, x+1; a name that holds a plus goes into double quotes"},
		{"1234567890+top", NULL, "!selector \"1234567890+top\": a plus stands before or after a name|2+x, x+1; a name that holds a plus goes into double quotes"},
		{"", NULL, "!a selector is empty|x, +x, x+, 2+x, x+1, tag:x, path:views/x"},
	};
	drawing x = draw(project);
	assert_true(x.built);
	for (size_t i = 0; i < BV_COUNT(cases); i++) {
		const char *got = choose(&x, cases[i].select, cases[i].exclude);
		if (strcmp(got, cases[i].chosen) != 0) {
			print_error("%s / %s:\n", cases[i].select ? cases[i].select : "-", cases[i].exclude ? cases[i].exclude : "-");
		}
		assert_string_equal(got, cases[i].chosen);
	}
	/* What is refused leaves the result alone. */
	bool chosen[32] = {true};
	bv_str none = BV_STR("nothing.like.it");
	assert_false(bv__graph_select(&x.g, &none, 1, NULL, 0, chosen, x.d));
	assert_true(chosen[0] && !chosen[1]);
	erase(&x);
}

static void pictures(void **state) {
	(void)state;
	drawing x = draw("raw.a s;b v raw.a f:views/b.sql;c\"d m b raw.a t:x");
	assert_true(x.built);
	static const struct {
		const char *format, *all, *some;
	} cases[] = {
		{"text", "raw.a (source)\nb (view) <- raw.a\nc\"d (materialized) <- b, raw.a\n", "raw.a (source)\nc\"d (materialized) <- raw.a\n"},
		{"dot",
			"digraph belvedere {\n\trankdir=LR;\n\tnode [fontname=\"sans-serif\"];\n\t\"b\" [shape=ellipse];\n\t\"c\\\"d\" [shape=box];\n\t\"raw.a\" [shape=cylinder];\n"
			"\t\"b\" -> \"c\\\"d\";\n\t\"raw.a\" -> \"b\";\n\t\"raw.a\" -> \"c\\\"d\";\n}\n",
			"digraph belvedere {\n\trankdir=LR;\n\tnode [fontname=\"sans-serif\"];\n\t\"c\\\"d\" [shape=box];\n\t\"raw.a\" [shape=cylinder];\n\t\"raw.a\" -> \"c\\\"d\";\n}\n"},
		{"mermaid", "flowchart LR\n\tn0([\"b\"])\n\tn1[\"c#quot;d\"]\n\tn2[(\"raw.a\")]\n\tn0 --> n1\n\tn2 --> n0\n\tn2 --> n1\n",
			"flowchart LR\n\tn1[\"c#quot;d\"]\n\tn2[(\"raw.a\")]\n\tn2 --> n1\n"},
		{"json",
			"{\"nodes\":[{\"name\":\"b\",\"kind\":\"view\",\"materialized\":false,\"file\":\"views/b.sql\",\"tags\":[]},"
			"{\"name\":\"c\\\"d\",\"kind\":\"view\",\"materialized\":true,\"file\":null,\"tags\":[\"x\"]},"
			"{\"name\":\"raw.a\",\"kind\":\"source\",\"materialized\":false,\"file\":null,\"tags\":[]}],"
			"\"edges\":[[\"b\",\"c\\\"d\"],[\"raw.a\",\"b\"],[\"raw.a\",\"c\\\"d\"]],\"order\":[\"raw.a\",\"b\",\"c\\\"d\"]}",
			"{\"nodes\":[{\"name\":\"c\\\"d\",\"kind\":\"view\",\"materialized\":true,\"file\":null,\"tags\":[\"x\"]},"
			"{\"name\":\"raw.a\",\"kind\":\"source\",\"materialized\":false,\"file\":null,\"tags\":[]}],\"edges\":[[\"raw.a\",\"c\\\"d\"]],\"order\":[\"raw.a\",\"c\\\"d\"]}"},
	};
	const bool some[] = {false, true, true};
	for (size_t i = 0; i < BV_COUNT(cases); i++) {
		bv_buf b = BV_BUF_INIT;
		assert_true(bv__graph_print(&x.g, NULL, cases[i].format, &b));
		assert_string_equal(b.p, cases[i].all);
		bv__buf_truncate(&b, 0);
		assert_true(bv__graph_print(&x.g, some, cases[i].format, &b));
		assert_string_equal(b.p, cases[i].some);
		bv__buf_free(&b);
	}
	bv_buf b = BV_BUF_INIT;
	assert_false(bv__graph_print(&x.g, NULL, "svg", &b));
	assert_int_equal(b.n, 0);
	bv__buf_free(&b);
	erase(&x);
}

int main(void) {
	const struct CMUnitTest tests[] = {cmocka_unit_test(orders), cmocka_unit_test(cycles), cmocka_unit_test(same_as_reference), cmocka_unit_test(large),
		cmocka_unit_test(out_of_memory), cmocka_unit_test(selectors), cmocka_unit_test(pictures)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
