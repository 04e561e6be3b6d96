/* Pictures of a graph. In: a graph and which of its nodes are wanted. Out: text, dot, mermaid, JSON: nodes by name, edges by name of their ends,
 * so that the same graph is the same bytes. Edges between two wanted nodes only. */
#include "graph/graph.h"

static const char *kind_name(bv_graph_kind kind) {
	return kind == BV_GRAPH_SOURCE ? "source" : kind == BV_GRAPH_FUNCTION ? "function" : "view";
}

static bool wanted(const bool *chosen, uint32_t i) {
	return !chosen || chosen[i];
}

/* In topological order: name, kind, what it reads. */
static void print_text(const bv_graph *g, const bool *chosen, bv_buf *out) {
	for (uint32_t k = 0; k < g->n; k++) {
		uint32_t i = g->order[k], shown = 0;
		const bv_graph_node *node = &g->v[i];
		if (!wanted(chosen, i)) {
			continue;
		}
		bv__buf_printf(out, BV_STR_FMT " (%s)", BV_STR_ARG(node->name), node->kind == BV_GRAPH_MATERIALIZED ? "materialized" : kind_name(node->kind));
		for (uint32_t p = 0; p < node->parents.n; p++) {
			if (wanted(chosen, node->parents.v[p])) {
				bv__buf_printf(out, "%s" BV_STR_FMT, shown++ ? ", " : " <- ", BV_STR_ARG(g->v[node->parents.v[p]].name));
			}
		}
		bv__buf_ch(out, '\n');
	}
}

static void print_dot(const bv_graph *g, const bool *chosen, bv_buf *out) {
	static const char *const shapes[] = {[BV_GRAPH_SOURCE] = "cylinder", [BV_GRAPH_VIEW] = "ellipse", [BV_GRAPH_MATERIALIZED] = "box", [BV_GRAPH_FUNCTION] = "plain"};
	bv__buf_z(out, "digraph belvedere {\n\trankdir=LR;\n\tnode [fontname=\"sans-serif\"];\n");
	for (uint32_t i = 0; i < g->n; i++) {
		if (wanted(chosen, i)) {
			bv__buf_ch(out, '\t');
			bv__json_string(out, g->v[i].name); /* dot's quoted names escape quotes as JSON does */
			bv__buf_printf(out, " [shape=%s];\n", shapes[g->v[i].kind]);
		}
	}
	for (uint32_t i = 0; i < g->n; i++) {
		for (uint32_t k = 0; wanted(chosen, i) && k < g->v[i].children.n; k++) {
			if (wanted(chosen, g->v[i].children.v[k])) {
				bv__buf_ch(out, '\t');
				bv__json_string(out, g->v[i].name);
				bv__buf_z(out, " -> ");
				bv__json_string(out, g->v[g->v[i].children.v[k]].name);
				bv__buf_z(out, ";\n");
			}
		}
	}
	bv__buf_z(out, "}\n");
}

static void print_mermaid(const bv_graph *g, const bool *chosen, bv_buf *out) {
	static const char *const brackets[][2] = {[BV_GRAPH_SOURCE] = {"[(", ")]"}, [BV_GRAPH_VIEW] = {"([", "])"}, [BV_GRAPH_MATERIALIZED] = {"[", "]"}, [BV_GRAPH_FUNCTION] = {"{{", "}}"}};
	bv__buf_z(out, "flowchart LR\n");
	for (uint32_t i = 0; i < g->n; i++) {
		if (!wanted(chosen, i)) {
			continue;
		}
		bv__buf_printf(out, "\tn%u%s\"", i, brackets[g->v[i].kind][0]);
		for (uint32_t k = 0; k < g->v[i].name.n; k++) {
			if (g->v[i].name.p[k] == '"') {
				bv__buf_z(out, "#quot;");
			} else {
				bv__buf_ch(out, g->v[i].name.p[k]);
			}
		}
		bv__buf_printf(out, "\"%s\n", brackets[g->v[i].kind][1]);
	}
	for (uint32_t i = 0; i < g->n; i++) {
		for (uint32_t k = 0; wanted(chosen, i) && k < g->v[i].children.n; k++) {
			if (wanted(chosen, g->v[i].children.v[k])) {
				bv__buf_printf(out, "\tn%u --> n%u\n", i, g->v[i].children.v[k]);
			}
		}
	}
}

static void print_json(const bv_graph *g, const bool *chosen, bv_buf *out) {
	bv_json j = bv__json(out);
	bv__json_open(&j, '{');
	bv__json_key(&j, "nodes");
	bv__json_open(&j, '[');
	for (uint32_t i = 0; i < g->n; i++) {
		const bv_graph_node *node = &g->v[i];
		if (!wanted(chosen, i)) {
			continue;
		}
		bv__json_open(&j, '{');
		bv__json_key(&j, "name");
		bv__json_str(&j, node->name);
		bv__json_key(&j, "kind");
		bv__json_z(&j, kind_name(node->kind));
		bv__json_key(&j, "materialized");
		bv__json_bool(&j, node->kind == BV_GRAPH_MATERIALIZED);
		bv__json_key(&j, "file");
		if (node->file.n) {
			bv__json_str(&j, node->file);
		} else {
			bv__json_null(&j);
		}
		bv__json_key(&j, "tags");
		bv__json_open(&j, '[');
		for (uint32_t k = 0; k < node->ntags; k++) {
			bv__json_str(&j, node->tags[k]);
		}
		bv__json_close(&j, ']');
		bv__json_close(&j, '}');
	}
	bv__json_close(&j, ']');
	bv__json_key(&j, "edges");
	bv__json_open(&j, '[');
	for (uint32_t i = 0; i < g->n; i++) {
		for (uint32_t k = 0; wanted(chosen, i) && k < g->v[i].children.n; k++) {
			if (wanted(chosen, g->v[i].children.v[k])) {
				bv__json_open(&j, '[');
				bv__json_str(&j, g->v[i].name);
				bv__json_str(&j, g->v[g->v[i].children.v[k]].name);
				bv__json_close(&j, ']');
			}
		}
	}
	bv__json_close(&j, ']');
	bv__json_key(&j, "order");
	bv__json_open(&j, '[');
	for (uint32_t i = 0; i < g->n; i++) {
		if (wanted(chosen, g->order[i])) {
			bv__json_str(&j, g->v[g->order[i]].name);
		}
	}
	bv__json_close(&j, ']');
	bv__json_close(&j, '}');
}

bool bv__graph_print(const bv_graph *g, const bool *chosen, const char *format, bv_buf *out) {
	static const struct {
		const char *name;
		void (*print)(const bv_graph *, const bool *, bv_buf *);
	} formats[] = {{"text", print_text}, {"dot", print_dot}, {"mermaid", print_mermaid}, {"json", print_json}};
	for (size_t i = 0; i < BV_COUNT(formats); i++) {
		if (strcmp(formats[i].name, format) == 0) {
			formats[i].print(g, chosen, out);
			return !out->failed;
		}
	}
	return false;
}
