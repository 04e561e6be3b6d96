/* View files. In: views/ **.sql of the project, or a tree given through the API. Out: bv_view entries of the session, not compiled yet. A bad
 * file is reported and the others are read all the same; nothing here depends on the order in which the files were made. */
#include <stdlib.h>

#include "project/project.h"

#define VIEW_FILE_MAX (16u << 20)
#define VIEWS_N (sizeof "views/" - 1)

/* ---- the dialect option, before the text is parsed ---- */

typedef struct word {
	bv_span span;
	bv_str text; /* of a string: without quotes */
	char kind;   /* w word, s string, p punctuation, e end */
} word;

/* The next word of a view file's head; comments are stepped over. Knows only what the words before AS can hold. */
static word next_word(bv_str t, uint32_t *at) {
	uint32_t i = *at;
	for (;;) {
		while (i < t.n && (t.p[i] == ' ' || t.p[i] == '\t' || t.p[i] == '\n' || t.p[i] == '\r')) {
			i++;
		}
		if (i + 1 < t.n && t.p[i] == '-' && t.p[i + 1] == '-') {
			while (i < t.n && t.p[i] != '\n') {
				i++;
			}
		} else if (i + 1 < t.n && t.p[i] == '/' && t.p[i + 1] == '*') {
			for (i += 2; i + 1 < t.n && !(t.p[i] == '*' && t.p[i + 1] == '/'); i++) {
			}
			i = i + 2 < t.n ? i + 2 : t.n;
		} else {
			break;
		}
	}
	uint32_t start = i;
	word w = {.kind = 'e'};
	if (i < t.n) {
		char c = t.p[i];
		if (c == '\'' || c == '"' || c == '`') {
			for (i++; i < t.n; i++) {
				if (t.p[i] == c) {
					if (i + 1 < t.n && t.p[i + 1] == c) {
						i++;
					} else {
						break;
					}
				}
			}
			w.kind = c == '\'' ? 's' : 'q';
			w.text = (bv_str){t.p + start + 1, (i < t.n ? i : t.n) - start - 1};
			i = i < t.n ? i + 1 : t.n;
		} else if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (unsigned char)c >= 0x80) {
			while (i < t.n && ((t.p[i] >= 'a' && t.p[i] <= 'z') || (t.p[i] >= 'A' && t.p[i] <= 'Z') || (t.p[i] >= '0' && t.p[i] <= '9') || t.p[i] == '_' ||
				(unsigned char)t.p[i] >= 0x80)) {
				i++;
			}
			w.kind = 'w';
			w.text = (bv_str){t.p + start, i - start};
		} else {
			i++;
			w.kind = 'p';
			w.text = (bv_str){t.p + start, 1};
		}
	}
	w.span = (bv_span){0, start, i};
	*at = i;
	return w;
}

static bool is_word(const word *w, const char *z) {
	return w->kind == 'w' && bv__str_ieq(w->text, bv__str(z));
}

/* The value of `dialect = '…'` in the WITH of a CREATE VIEW: it decides how the rest is read, so it is looked for first. */
static bool find_dialect(bv_str text, word *value) {
	uint32_t at = 0;
	word w = next_word(text, &at);
	if (!is_word(&w, "create")) {
		return false;
	}
	unsigned depth = 0;
	bool with = false;
	while (w.kind != 'e') {
		w = next_word(text, &at);
		if (w.kind == 'p') {
			depth += w.text.p[0] == '(';
			depth -= w.text.p[0] == ')' && depth;
			with = with && depth > 0;
		} else if (depth == 0 && is_word(&w, "as")) {
			return false;
		} else if (depth == 0 && is_word(&w, "with")) {
			uint32_t ahead = at;
			word open = next_word(text, &ahead);
			if (open.kind == 'p' && open.text.p[0] == '(') {
				with = true;
				depth = 1;
				at = ahead;
			}
		} else if (with && depth == 1 && is_word(&w, "dialect")) {
			uint32_t ahead = at;
			word equals = next_word(text, &ahead), v = next_word(text, &ahead);
			if (equals.kind == 'p' && equals.text.p[0] == '=' && v.kind == 's') {
				*value = v;
				return true;
			}
		}
	}
	return false;
}

/* ---- options ---- */

static const bv_str option_names[] = {{"dialect", 7}, {"tags", 4}, {"partition_by", 12}, {"refresh", 7}, {"properties", 10}};

BV_PRINTF(3, 4) static bool wrong_option(bv_diagnostics *d, bv_span span, const char *fmt, ...) {
	va_list ap;
	va_start(ap, fmt);
	char text[512];
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	bv__diag(d, BV_E_VIEW_OPTION, span, "%s", text);
	return false;
}

/* A string, or a row or array of strings. */
static bool option_texts(bv_arena *a, const bv_ast_option *o, bv_str **out, uint32_t *n, bv_diagnostics *d) {
	const bv_node *one[1] = {o->value};
	bv_node *const *items = (bv_node *const *)one;
	uint32_t count = 1;
	if (o->value->kind == BV_ROW) {
		items = BV_AS(row, o->value)->items.v;
		count = BV_AS(row, o->value)->items.n;
	} else if (o->value->kind == BV_ARRAY) {
		items = BV_AS(array, o->value)->items.v;
		count = BV_AS(array, o->value)->items.n;
	}
	bv_str *v = BV_NEWN(a, bv_str, count + 1);
	for (uint32_t i = 0; v && i < count; i++) {
		if (items[i]->kind != BV_STRING || BV_AS(string, items[i])->text.n == 0) {
			return wrong_option(d, items[i]->span, BV_STR_FMT " takes a text or a list of texts: ('a', 'b')", BV_STR_ARG(o->name));
		}
		v[i] = BV_AS(string, items[i])->text;
		for (uint32_t k = 0; k < i; k++) {
			if (bv__str_eq(v[k], v[i])) {
				return wrong_option(d, items[i]->span, BV_STR_FMT " names '" BV_STR_FMT "' twice", BV_STR_ARG(o->name), BV_STR_ARG(v[i]));
			}
		}
	}
	if (!v) {
		(void)bv__nomem(d);
		return false;
	}
	*out = v;
	*n = count;
	return true;
}

static int pair_cmp(const void *x, const void *y, void *ctx) {
	(void)ctx;
	return bv__str_cmp(*(const bv_str *)x, *(const bv_str *)y);
}

static bool option_properties(bv_arena *a, const bv_ast_option *o, bv_view *v, bv_diagnostics *d) {
	const bv_node *one[1] = {o->value};
	bv_node *const *items = (bv_node *const *)one;
	uint32_t count = 1;
	if (o->value->kind == BV_ROW) {
		items = BV_AS(row, o->value)->items.v;
		count = BV_AS(row, o->value)->items.n;
	}
	bv_str *pairs = BV_NEWN(a, bv_str, 2 * (size_t)count + 2);
	for (uint32_t i = 0; pairs && i < count; i++) {
		const bv_ast_option *p = BV_AS(option, items[i]);
		if (p->head.kind != BV_OPTION) {
			return wrong_option(d, items[i]->span, "properties takes pairs: ('key' = 'value')");
		}
		bv_str value;
		switch (p->value->kind) {
		case BV_STRING: value = BV_AS(string, p->value)->text; break;
		case BV_NUMBER: value = BV_AS(number, p->value)->text; break;
		case BV_BOOLEAN: value = BV_AS(boolean, p->value)->value ? BV_STR("true") : BV_STR("false"); break;
		default: return wrong_option(d, p->value->span, "the value of a property is a text");
		}
		if (bv__str_starts(p->name, "belvedere.") || bv__str_is(p->name, "delta.enableChangeDataFeed")) {
			return wrong_option(d, p->head.span, "property '" BV_STR_FMT "' is Belvedere's own", BV_STR_ARG(p->name));
		}
		for (uint32_t k = 0; k < i; k++) {
			if (bv__str_eq(pairs[2 * k], p->name)) {
				return wrong_option(d, p->head.span, "property '" BV_STR_FMT "' is given twice", BV_STR_ARG(p->name));
			}
		}
		pairs[2 * i] = p->name;
		pairs[2 * i + 1] = value;
	}
	if (!pairs || !bv__sort(pairs, count, 2 * sizeof *pairs, pair_cmp, NULL)) {
		(void)bv__nomem(d);
		return false;
	}
	v->properties = pairs;
	v->nproperties = count;
	return true;
}

static bool read_option(bv_arena *a, const bv_ast_option *o, bv_view *v, bv_diagnostics *d) {
	bv_str one = o->value->kind == BV_STRING ? BV_AS(string, o->value)->text : (bv_str){NULL, 0};
	if (bv__str_is(o->name, "dialect")) {
		/* Names that exist were found before the text was read; what is left here is a value that names none. */
		if (!one.p || one.n == 0 || !bv__dialect(one)) {
			return wrong_option(d, o->value->span, "dialect takes one of datafusion, postgres, duckdb, spark, databricks, snowflake, bigquery, trino, generic");
		}
		v->dialect = bv__dialect(one);
		return true;
	}
	if (bv__str_is(o->name, "tags")) {
		bv_str *tags;
		uint32_t n;
		if (!option_texts(a, o, &tags, &n, d)) {
			return false;
		}
		BV_VEC(bv_str) all = {0};
		bool ok = true;
		for (uint32_t i = 0; i < v->ntags; i++) {
			ok = ok && BV_PUSH(a, &all, v->tags[i]);
		}
		for (uint32_t i = 0; i < n; i++) {
			bool known = false;
			for (uint32_t k = 0; k < v->ntags; k++) {
				known |= bv__str_eq(v->tags[k], tags[i]);
			}
			ok = ok && (known || BV_PUSH(a, &all, tags[i]));
		}
		if (!ok || !bv__sort(all.v, all.n, sizeof *all.v, bv__str_cmp_v, NULL)) {
			(void)bv__nomem(d);
			return false;
		}
		v->tags = all.v;
		v->ntags = all.n;
		return true;
	}
	if (bv__str_is(o->name, "partition_by")) {
		bv_str *columns;
		uint32_t n;
		if (!option_texts(a, o, &columns, &n, d)) {
			return false;
		}
		v->partition_by = (bv_names){columns, n, 0};
		return true;
	}
	if (bv__str_is(o->name, "refresh")) {
		if (!one.p || (!bv__str_is(one, "auto") && !bv__str_is(one, "always"))) {
			return wrong_option(d, o->value->span, "refresh takes 'auto' or 'always'");
		}
		v->refresh_always = bv__str_is(one, "always");
		return true;
	}
	if (bv__str_is(o->name, "properties")) {
		return option_properties(a, o, v, d);
	}
	bv_diagnostic *e = bv__diag(d, BV_E_VIEW_OPTION, o->head.span, "a view has no option \"" BV_STR_FMT "\"", BV_STR_ARG(o->name));
	bv_str near = bv__did_you_mean(o->name, option_names, BV_COUNT(option_names));
	if (near.n) {
		bv__diag_hint(d, e, "did you mean \"" BV_STR_FMT "\"?", BV_STR_ARG(near));
	} else {
		bv__diag_hint(d, e, "options: dialect, tags, partition_by, refresh, properties");
	}
	return false;
}

/* ---- one view ---- */

/* What a view's tree says of it: name, columns, options. `out` comes with arena, source and the defaults filled in; name: its dotted name
 * where the tree is a bare query (or another one is wanted). Everything that is wrong is reported, not only the first. */
bool bv__view_from_tree(bv_session *s, const bv_node *root, bv_str name, bv_view *out, bv_diagnostics *d) {
	bv_arena *a = out->arena;
	bool ok = true;
	out->tags = s->project.tags;
	out->ntags = s->project.ntags;
	out->comment = BV_STR("");
	out->span = root->span;
	bv_path path = {0};
	if (root->kind == BV_CREATE_VIEW) {
		const bv_ast_create_view *c = BV_AS(create_view, root);
		out->materialized = c->materialized;
		out->comment = c->comment.p ? c->comment : BV_STR("");
		out->query = c->query;
		path = c->name;
		out->columns.n = c->columns.n;
		out->columns.v = BV_NEWN(a, bv_str, c->columns.n + 1);
		out->column_comments = BV_NEWN(a, bv_str, c->columns.n + 1);
		if (!out->columns.v || !out->column_comments) {
			(void)bv__nomem(d);
			return false;
		}
		for (uint32_t i = 0; i < c->columns.n; i++) {
			const bv_ast_view_column *column = BV_AS(view_column, c->columns.v[i]);
			out->columns.v[i] = column->name;
			out->column_comments[i] = column->comment.p ? column->comment : BV_STR("");
			for (uint32_t k = 0; k < i; k++) {
				if (bv__str_eq(out->columns.v[k], column->name)) {
					bv__diag(d, BV_E_NAME_DUPLICATE, column->head.span, "column " BV_STR_FMT " is named twice", BV_STR_ARG(column->name));
					ok = false;
				}
			}
		}
		const bv_ast_option *first = NULL;
		for (uint32_t i = 0; i < c->options.n; i++) {
			const bv_ast_option *o = BV_AS(option, c->options.v[i]);
			for (uint32_t k = 0; k < i; k++) {
				if (bv__str_eq(BV_AS(option, c->options.v[k])->name, o->name)) {
					ok = wrong_option(d, o->head.span, "option " BV_STR_FMT " is given twice", BV_STR_ARG(o->name));
				}
			}
			ok &= read_option(a, o, out, d);
			bool storage = bv__str_is(o->name, "partition_by") || bv__str_is(o->name, "refresh") || bv__str_is(o->name, "properties");
			first = first ? first : storage ? o : NULL;
		}
		if (first && !out->materialized) {
			bv_diagnostic *w = bv__warn(d, BV_E_VIEW_OPTION, first->head.span, "option " BV_STR_FMT " means nothing for a view that is not materialised", BV_STR_ARG(first->name));
			bv__diag_hint(d, w, "CREATE MATERIALIZED VIEW");
		}
	} else if (root->kind == BV_QUERY) {
		out->query = root;
	} else {
		bv__diag(d, BV_E_VIEW_FILE, root->span, "a view is CREATE [MATERIALIZED] VIEW … AS query, or a bare query");
		return false;
	}
	if (name.n) {
		if (!bv__exact_path(a, name, &path)) {
			bv_diagnostic *e = bv__diag(d, BV_E_VIEW_NAME, out->span, "\"" BV_STR_FMT "\" is not a view's name: one to three parts, each fit to be a folder's name", BV_STR_ARG(name));
			bv__diag_hint(d, e, "write the name: CREATE VIEW name AS …");
			return false;
		}
	} else if (path.n == 0) {
		bv__diag(d, BV_E_VIEW_NAME, out->span, "the view has no name");
		return false;
	}
	for (uint32_t i = 0; i < path.n; i++) {
		bv_str part = path.v[i];
		if (path.n > 3 || part.n == 0 || memchr(part.p, '/', part.n) || memchr(part.p, '\\', part.n) || memchr(part.p, 0, part.n) || bv__str_is(part, ".") || bv__str_is(part, "..")) {
			bv_diagnostic *e = bv__diag(d, BV_E_VIEW_NAME, out->span, "the view's name does not fit: one to three parts, each fit to be a folder's name");
			bv__diag_hint(d, e, "a table lies in a folder for each part of its name");
			return false;
		}
	}
	path.insensitive = 0;
	out->path = bv__full_path(a, &path);
	out->name = bv__full_name(a, &path);
	if (out->materialized) {
		out->location = bv__view_location(a, s, &out->path);
	}
	return ok;
}

static int by_view_name(const void *x, const void *y, void *ctx) {
	(void)ctx;
	return bv__str_cmp((*(bv_view *const *)x)->name, (*(bv_view *const *)y)->name);
}

/* Adds a view to the session; its place by name is the caller's to keep. With overwrite it replaces one of that name. */
static bool add_view(bv_session *s, bv_view *v, bool overwrite, bv_diagnostics *d) {
	bv_view *known = bv__map_get(&s->view_by_name, v->name);
	const bv_dataset *source = bv__map_get(&s->dataset_by_name, v->name);
	if ((known && !overwrite) || source) {
		bv_diagnostic *e = source ? bv__diag(d, BV_E_VIEW_DUPLICATE, v->span, "view " BV_STR_FMT " has the name of a source", BV_STR_ARG(v->name))
			: bv__diag(d, BV_E_VIEW_DUPLICATE, v->span, "view " BV_STR_FMT " is defined twice", BV_STR_ARG(v->name));
		bv__diag_note(d, e, source ? source->span : known->span, "first defined here");
		return false;
	}
	bool ok = true;
	if (known) {
		for (uint32_t i = 0; i < s->views.n; i++) {
			s->views.v[i] = s->views.v[i] == known ? v : s->views.v[i];
		}
		ok = BV_PUSH(s->arena, &s->retired, known);
	} else {
		bv_str lower = bv__arena_lower(s->arena, v->name);
		ok = BV_PUSH(s->arena, &s->views, v) && bv__map_put(bv__map_has(&s->view_by_lower, lower) ? &s->lower_twice : &s->view_by_lower, lower, v);
	}
	ok = ok && bv__map_put(&s->view_by_name, v->name, v);
	if (!ok) {
		(void)bv__nomem(d);
	}
	return ok;
}

bool bv__view_add(bv_session *s, bv_view *v, bool overwrite, bv_diagnostics *d) {
	if (!add_view(s, v, overwrite, d)) {
		return false;
	}
	if (!bv__sort(s->views.v, s->views.n, sizeof *s->views.v, by_view_name, NULL)) {
		(void)bv__nomem(d);
		return false;
	}
	return true;
}

void bv__view_free(bv_view *v) {
	if (v) {
		bv__artifact_free(v->artifact);
		bv_diagnostics_free(v->said);
		bv__arena_free(v->tree);
		bv__arena_free(v->arena);
	}
}

/* x for views/x.sql, a.x for views/a/x.sql. */
static bv_str name_of_file(bv_arena *a, bv_str file) {
	const uint32_t suffix = sizeof ".sql" - 1;
	bv_str t = bv__arena_str(a, (bv_str){file.p + VIEWS_N, file.n - VIEWS_N - suffix});
	char *p = (char *)(uintptr_t)t.p;
	for (uint32_t i = 0; i < t.n; i++) {
		if (p[i] == '/') {
			p[i] = '.';
		}
	}
	return t;
}

/* ---- files ---- */

bool bv__text_dialect(bv_str text, uint32_t source, const bv_dialect **dialect, bv_diagnostics *d) {
	word option;
	if (find_dialect(text, &option)) {
		option.span.file = source;
		*dialect = option.text.n ? bv__dialect(option.text) : NULL;
		if (!*dialect) {
			return wrong_option(d, option.span, "unknown dialect \"" BV_STR_FMT "\": datafusion, postgres, duckdb, spark, databricks, snowflake, bigquery, trino, generic",
				BV_STR_ARG(option.text));
		}
	}
	return true;
}

/* The statements of a view file's text, in the dialect that it names. False: diagnosed. */
static bool parse_text(bv_session *s, bv_arena *a, bv_str text, uint32_t source, const bv_dialect **dialect, bv_list *statements, bv_diagnostics *d) {
	*dialect = s->project.dialect;
	bv_templates how = bv__session_templates(s);
	return bv__text_parse(a, text, source, true, dialect, &how, statements, d);
}

bool bv__view_parse(bv_session *s, bv_view *v, bv_diagnostics *d) {
	if (v->query) {
		return true;
	}
	bv_list statements = {0};
	const bv_dialect *dialect;
	bv_arena *a = bv__arena_new();
	if (!a) {
		(void)bv__nomem(d);
		return false;
	}
	/* Its head was read before, so the text is one view. */
	if (!parse_text(s, a, s->sources->sources.v[v->source].text, v->source, &dialect, &statements, d) || statements.n != 1) {
		bv__arena_free(a);
		return false;
	}
	const bv_node *root = statements.v[0];
	v->tree = a;
	v->query = root->kind == BV_CREATE_VIEW ? BV_AS(create_view, root)->query : root;
	return true;
}

typedef struct view_file {
	bv_view *view;
	bv_diagnostics *said;
	bool ok;
} view_file;

typedef struct reading {
	bv_session *s;
	view_file *files;
} reading;

static void hash_text(bv_session *s, bv_str text, bv_view *v) {
	if (bv__str_is(s->project.policy.templates, "refuse")) {
		bv__sha256_hex(text.p, text.n, v->text_hash);
		return;
	}
	bv_buf b = BV_BUF_INIT;
	bv__buf_str(&b, text);
	bv__variables_used(v->arena, s->project.variables_json, text, &b);
	bv__sha256_hex(b.p, b.n, v->text_hash);
	if (b.failed) {
		v->text_hash[0] = '\0'; /* equal to none */
	}
	bv__buf_free(&b);
}

/* The file's text becomes a source of the session. */
static bool open_text(bv_session *s, bv_view *v, bv_diagnostics *d) {
	bv_arena *scratch = bv__arena_new();
	if (!scratch) {
		(void)bv__nomem(d);
		return false;
	}
	bv_str path = bv__path_join(scratch, s->project.root, v->file), text;
	int err = 0;
	bool ok = bv__os_read_file(scratch, path.p, VIEW_FILE_MAX, &text, &err);
	if (!ok) {
		bv__diag(d, BV_E_FILE, BV_NO_SPAN, BV_STR_FMT ": cannot be read: %s", BV_STR_ARG(v->file), strerror(err));
	} else {
		v->source = bv__diag_source(s->sources, bv__path_join(scratch, s->shown, v->file), text);
		hash_text(s, text, v);
	}
	bv__arena_free(scratch);
	return ok;
}

static bv_view *open_file(bv_session *s, const bv_os_file *file, const bv_source_row *row, bv_diagnostics *d) {
	bv_arena *a = bv__arena_new();
	bv_view *v = a ? BV_NEW(a, bv_view) : NULL;
	if (!v) {
		bv__arena_free(a);
		(void)bv__nomem(d);
		return NULL;
	}
	v->arena = a;
	v->file = bv__path_join(a, BV_STR("views"), file->path);
	v->stamp = file->stamp;
	v->kept = row;
	if (!open_text(s, v, d)) {
		bv__view_free(v);
		return NULL;
	}
	return v;
}

typedef struct naming {
	bv_view *view;
	BV_VEC(bv_path) found;
	bool ok;
} naming;

static bv_walk keep_name(bv_node *n, bv_node *parent, void *ctx) {
	(void)parent;
	naming *x = ctx;
	if (n->kind == BV_TABLE) {
		const bv_path *from = &BV_AS(table, n)->path;
		bv_path path = bv__path_of(x->view->arena, from->v, from->n);
		path.insensitive = from->insensitive;
		for (uint32_t i = 0; path.v && i < path.n; i++) {
			path.v[i] = bv__arena_str(x->view->arena, path.v[i]);
		}
		x->ok = x->ok && path.v && BV_PUSH(x->view->arena, &x->found, path);
	}
	return BV_WALK_CONTINUE;
}

/* Of many files the trees would be most of the memory: what is kept is which tables each one names, for the order. */
static bool keep_names(bv_view *v, const bv_node *query) {
	naming x = {.view = v, .ok = true};
	x.ok = BV_PUSH(v->arena, &x.found, ((bv_path){0})); /* never NULL, also where nothing is read */
	x.found.n = 0;
	(void)bv__walk((bv_node *)(uintptr_t)query, keep_name, &x);
	v->names = x.found.v;
	v->nnames = x.found.n;
	return x.ok;
}

/* The view's head: from the registry where it knows this very text, else by parsing it. */
static bool view_head(bv_session *s, bv_view *v, bv_diagnostics *said) {
	const bv_source_row *row = v->kept;
	bv_compiled_row compiled;
	if (row && row->seen.n && bv__str_is(row->text_hash, v->text_hash) && bv__registry_get_compiled(s->registry, v->arena, v->file, &compiled) &&
		bv__head_read(s, v, compiled.head)) {
		v->row = row;
		v->head = compiled.head;
		return true;
	}
	v->row = NULL;
	bv_arena *a = bv__arena_new();
	bv_list statements = {0};
	bv_view read = {.arena = a, .source = v->source, .materialized = s->project.materialized};
	bv_str text = s->sources->sources.v[v->source].text;
	bool ok = a && parse_text(s, a, text, v->source, &read.dialect, &statements, said);
	if (ok && statements.n != 1) {
		bv_span span = statements.n ? statements.v[1]->span : (bv_span){v->source, 0, 0};
		bv_diagnostic *e = bv__diag(said, BV_E_VIEW_FILE, span, statements.n ? "a view file holds one statement, this is the second" : "the file holds no statement");
		bv__diag_hint(said, e, "one view a file");
		ok = false;
	}
	bv_buf head = BV_BUF_INIT;
	if (ok) {
		const bv_node *root = statements.v[0];
		ok = bv__view_from_tree(s, root, root->kind == BV_CREATE_VIEW ? BV_STR("") : name_of_file(a, v->file), &read, said);
	}
	if (ok) {
		bv__head_write(&read, &head);
		bv_str kept = bv__arena_str(v->arena, bv__buf_view(&head));
		ok = !head.failed && bv__head_read(s, v, kept);
		v->head = said->items.n ? BV_STR("") : kept; /* a warning is to be heard the next time too */
		if (!ok) {
			(void)bv__nomem(said);
		}
	}
	bv__buf_free(&head);
	if (ok && !s->lean) {
		v->tree = a;
		v->query = read.query;
	} else {
		ok = ok && keep_names(v, read.query);
		bv__arena_free(a);
	}
	return ok;
}

static void read_head(void *ctx, uint32_t i) {
	const reading *r = ctx;
	view_file *f = &r->files[i];
	f->ok = f->view && f->said && view_head(r->s, f->view, f->said);
}

bool bv__view_open(bv_session *s, bv_view *v, bv_diagnostics *d) {
	if (v->state != BV_VIEW_KNOWN) {
		return true;
	}
	v->arena = v->arena ? v->arena : bv__arena_new();
	if (!v->arena || !open_text(s, v, d)) {
		return v->arena ? false : bv__nomem(d) == BV_OK;
	}
	/* A file that changed since it was listed is another one than the list says: the next call will see it. */
	bool same = bv__str_is(v->row->text_hash, v->text_hash);
	bv_str name = v->name;
	bv_diagnostics *said = bv__diag_session(s);
	bool ok = said && view_head(s, v, said);
	if (said) {
		bv__diag_forward(said, d);
	}
	if (ok && (!same || !bv__str_eq(name, v->name))) {
		bv__diag(d, BV_E_FILE, BV_NO_SPAN, BV_STR_FMT ": changed while it was read", BV_STR_ARG(v->file));
		ok = false;
	}
	v->state = ok ? BV_VIEW_NEW : BV_VIEW_INVALID;
	s->known--;
	return ok;
}

/* Opens what a list of views does not need and another call does. */
static bool open_known(bv_session *s, bv_diagnostics *d) {
	bool ok = true;
	for (uint32_t i = 0; s->known && i < s->views.n; i++) {
		ok &= bv__view_open(s, s->views.v[i], d);
	}
	return ok;
}

/* Where a file may be a template, a file is as it was only with the variables that were. Which of them it reads is seen in its text. */
static void stamp_variables(bv_session *s, bv_os_file *files, uint32_t n) {
	if (bv__str_is(s->project.policy.templates, "refuse")) {
		return;
	}
	bv_hash128 h = bv__hash128(s->project.variables_json.p, s->project.variables_json.n);
	for (uint32_t i = 0; i < n; i++) {
		if (files[i].stamp.n) {
			files[i].stamp = bv__arena_printf(s->arena, BV_STR_FMT " %016llx%016llx", BV_STR_ARG(files[i].stamp), (unsigned long long)h.hi, (unsigned long long)h.lo);
		}
	}
}

/* The registry's row of a file; files come sorted, as the rows are. What the rows have before it is gone: its rows are dropped with the next recording. */
static const bv_source_row *row_of(bv_session *s, uint32_t *at, const bv_os_file *file, bool *ok) {
	for (; *at < s->nrows; ++*at) {
		const bv_source_row *row = &s->rows[*at];
		bv_str below = {row->file.p + VIEWS_N, row->file.n - VIEWS_N};
		int c = file ? bv__str_cmp(below, file->path) : -1;
		if (c >= 0) {
			*at += c == 0;
			return c == 0 ? row : NULL;
		}
		*ok = *ok && BV_PUSH(s->arena, &s->gone, row->file);
	}
	return NULL;
}

/* What is there and what is known of it, at once: each is half of the time. */
typedef struct beginning {
	bv_session *s;
	bv_str dir;
	bv_diagnostics *d; /* of the rows */
	bv_os_file *names;
	uint32_t n;
	int err;
	bool list, listed, known;
} beginning;

static void begin(void *ctx, uint32_t i) {
	beginning *b = ctx;
	if (i == 0) {
		b->listed = bv__os_list_files(b->s->arena, b->dir.p, ".sql", &b->names, &b->n, &b->err);
	} else {
		b->known = bv__cache_open(b->s, b->list, b->d);
	}
}

/* What holds is found while the functions are read that what does not hold will ask for. */
typedef struct settling {
	bv_session *s;
	bv_diagnostics *d;
	bool same_names, ok;
} settling;

static void settle(void *ctx, uint32_t i) {
	settling *t = ctx;
	if (i == 0) {
		t->ok = bv__cache_settle(t->s, t->same_names, t->d);
	} else {
		bv__functions_need(t->s->functions);
	}
}

static bool read_views(bv_session *s, bv_str dir, bool list, bv_diagnostics *d) {
	if (!bv__os_is_dir(dir.p)) {
		return true;
	}
	beginning b = {.s = s, .dir = dir, .d = d, .list = list};
	bv__parallel(s, 2, 1, begin, &b);
	bv_os_file *names = b.names;
	uint32_t n = b.n;
	if (!b.listed) {
		bv__diag(d, BV_E_FILE, BV_NO_SPAN, BV_STR_FMT ": cannot be read: %s", BV_STR_ARG(dir), strerror(b.err));
		return false;
	}
	view_file *files = BV_NEWN(s->arena, view_file, n + 1);
	if (!files || !b.known) {
		return false;
	}
	stamp_variables(s, names, n);
	bool ok = true, room = true;
	uint32_t listed = 0, next = 0;
	bool same_names = true;
	for (uint32_t i = 0; i < n; i++) {
		const bv_source_row *row = row_of(s, &next, &names[i], &room);
		if (list && row && names[i].stamp.n && bv__str_eq(row->stamp, names[i].stamp)) {
			files[i].view = bv__cache_list(s, row);
			listed += files[i].view != NULL;
		}
		if (!files[i].view) {
			files[i].view = open_file(s, &names[i], row, d);
			ok &= files[i].view != NULL;
			same_names &= files[i].view || !row;
		}
	}
	(void)row_of(s, &next, NULL, &room);
	view_file *opened = BV_NEWN(s->arena, view_file, n - listed + 1);
	uint32_t nopened = 0;
	for (uint32_t i = 0; opened && i < n; i++) {
		if (files[i].view && files[i].view->state != BV_VIEW_KNOWN) {
			opened[nopened++] = (view_file){.view = files[i].view, .said = bv__diag_session(s)};
		}
	}
	s->lean = n > BV_WHOLE_VIEWS_MAX;
	reading r = {s, opened};
	bv__parallel(s, nopened, VIEWS_A_THREAD, read_head, &r);
	uint32_t at = 0;
	same_names = same_names && s->gone.n == 0;
	for (uint32_t i = 0; i < n; i++) {
		bv_view *v = files[i].view;
		if (!v) {
			continue;
		}
		view_file *f = v->state == BV_VIEW_KNOWN ? NULL : &opened[at++];
		bool good = (!f || (f->ok && f->said)) && add_view(s, v, false, f ? f->said : d);
		same_names = same_names && (good ? v->kept && bv__str_eq(v->kept->view, v->name) : !v->kept);
		s->known += good && !f;
		if (f && f->said) {
			bv__diag_forward(f->said, d);
		} else if (f) {
			(void)bv__nomem(d);
		}
		if (!good) {
			bv__view_free(v);
			ok = false;
		}
	}
	if (!room || !bv__sort(s->views.v, s->views.n, sizeof *s->views.v, by_view_name, NULL)) {
		(void)bv__nomem(d);
		return false;
	}
	settling t = {.s = s, .d = d, .same_names = same_names, .ok = true};
	if (s->known) {
		bv__parallel(s, nopened ? 2 : 1, 1, settle, &t);
	}
	return t.ok && ok;
}

bool bv__project_load_views(bv_session *s, bool list, bv_diagnostics *d) {
	if (s->loaded || s->project.root.n == 0) {
		if (s->unsaid) {
			bv__diag_forward(s->unsaid, d);
			s->unsaid = NULL;
		}
		return (list || open_known(s, d)) && !s->views_bad;
	}
	s->loaded = true;
	bool ok = read_views(s, bv__path_join(s->arena, s->project.root, BV_STR("views")), list, d);
	bv_str dir = bv__path_join(s->arena, s->project.root, BV_STR("functions")), *files = NULL;
	uint32_t n = 0;
	int err = 0;
	if (bv__os_is_dir(dir.p) && bv__os_list(s->arena, dir.p, ".sql", &files, &n, &err)) {
		for (uint32_t i = 0; i < n; i++) {
			bv__diag(d, BV_E_NOT_SUPPORTED, BV_NO_SPAN, "functions/" BV_STR_FMT ": functions of a project are not supported yet", BV_STR_ARG(files[i]));
			ok = false;
		}
	}
	s->views_bad = !ok;
	return ok;
}
