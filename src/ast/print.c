/* print: a tree for people. In: a tree. Out: one node a line, indented by two, "field: kind" and its scalar fields:
 *
 *   query
 *     body: select distinct
 *       projections: alias name="n"
 *         operand: column path=t.a */
#include "ast/ast.h"

typedef struct printer {
	bv_buf *out;
	bool types;
	void (*type_text)(const bv_type *, bv_buf *);
} printer;

static void put_strs(bv_buf *b, const bv_field_desc *f, const bv_str *v, uint32_t n, uint32_t mask, const char *separator) {
	bv__buf_printf(b, " %s=", f->name);
	for (uint32_t i = 0; i < n; i++) {
		if (i) bv__buf_z(b, separator);
		bool plain = v[i].n > 0;
		for (uint32_t k = 0; k < v[i].n && plain; k++) {
			char c = v[i].p[k];
			plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (c >= '0' && c <= '9') || c == '$';
		}
		if (plain) bv__buf_str(b, v[i]);
		else bv__json_string(b, v[i]);
		if (i < 32 && mask >> i & 1) bv__buf_ch(b, '~'); /* matches without case */
	}
}

static void print_node(const printer *p, const bv_node *n, const char *as, unsigned depth) {
	bv_buf *b = p->out;
	if (depth > 4 * BV_DEPTH_MAX) b->failed = true;
	if (b->failed) return;
	const bv_node_desc *d = &bv__nodes[n->kind < BV_KIND_COUNT ? n->kind : 0];
	for (unsigned i = 0; i < depth; i++) bv__buf_z(b, "  ");
	if (as) bv__buf_printf(b, "%s: ", as);
	bv__buf_z(b, d->name);
	const bv_field_desc *end = d->fields + d->nfields;
	for (const bv_field_desc *f = d->fields; f < end; f++) {
		const void *at = (const char *)n + f->offset;
		switch ((bv_field_type)f->type) {
		case BV_F_CHILD:
		case BV_F_LIST: break;
		case BV_F_NAME:
		case BV_F_TEXT: {
			bv_str s = *(const bv_str *)at;
			if (!s.n && !f->required) break;
			bv__buf_printf(b, " %s=", f->name);
			bv__json_string(b, s);
			break;
		}
		case BV_F_PATH: {
			const bv_path *x = at;
			if (x->n) put_strs(b, f, x->v, x->n, x->insensitive, ".");
			break;
		}
		case BV_F_NAMES: {
			const bv_names *x = at;
			if (x->n) put_strs(b, f, x->v, x->n, x->insensitive, ",");
			break;
		}
		case BV_F_FLAG:
			if (*(const bool *)at) bv__buf_printf(b, " %s", f->name);
			break;
		case BV_F_ENUM:
			if (*(const uint8_t *)at || strcmp(f->name, "op") == 0) bv__buf_printf(b, " %s=%s", f->name, *(const uint8_t *)at < f->nvalues ? f->values[*(const uint8_t *)at] : "?");
			break;
		}
	}
	if (p->types && n->type) {
		if (p->type_text) {
			bv__buf_z(b, " :: ");
			p->type_text(n->type, b);
			if (!n->nullable) bv__buf_z(b, " not null");
		} else {
			bv__buf_z(b, n->nullable ? " :: nullable" : " :: not null");
		}
	}
	bv__buf_ch(b, '\n');
	for (const bv_field_desc *f = d->fields; f < end; f++) {
		const void *at = (const char *)n + f->offset;
		if (f->type == BV_F_CHILD) {
			const bv_node *c = *(bv_node *const *)at;
			if (c) print_node(p, c, f->name, depth + 1);
		} else if (f->type == BV_F_LIST) {
			const bv_list *l = at;
			for (uint32_t i = 0; i < l->n; i++)
				if (l->v[i]) print_node(p, l->v[i], f->name, depth + 1);
		}
	}
}

void bv__tree_print(const bv_node *root, bool types, bv_buf *out) {
	printer p = {out, types, NULL};
	if (root) print_node(&p, root, NULL, 0);
}

void bv__tree_print_typed(const bv_node *root, void (*type_text)(const bv_type *, bv_buf *), bv_buf *out) {
	printer p = {out, true, type_text};
	if (root) print_node(&p, root, NULL, 0);
}
