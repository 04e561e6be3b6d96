/* Reads YAML through libfyaml's events into a small tree. libfyaml checks the grammar; places, duplicate keys and what a configuration file
 * has no use for (anchors, aliases, tags, several documents) are ours. */
#include "project/yaml_tree.h"

#include <libfyaml.h>
#include <stdlib.h>

#define YAML_DEPTH 32

typedef struct reader {
	bv_arena *a;
	bv_str text;
	uint32_t file;
	bv_diagnostics *d;
	struct fy_parser *parser;
} reader;

static bv_span span_of(const reader *r, struct fy_event *e) {
	const struct fy_mark *start = fy_event_start_mark(e), *end = fy_event_end_mark(e);
	if (!start) {
		return (bv_span){r->file, 0, 0};
	}
	uint32_t from = start->input_pos < r->text.n ? (uint32_t)start->input_pos : r->text.n;
	uint32_t to = end && end->input_pos <= r->text.n ? (uint32_t)end->input_pos : from;
	return (bv_span){r->file, from, to < from ? from : to};
}

static bv_yaml *node(reader *r, bv_yaml_kind kind, bv_span span) {
	bv_yaml *y = BV_NEW(r->a, bv_yaml);
	if (!y) {
		(void)bv__nomem(r->d);
		return NULL;
	}
	y->kind = kind;
	y->span = span;
	y->text = BV_STR("");
	return y;
}

static void *refuse(reader *r, bv_span span, const char *what) {
	bv_diagnostic *e = bv__diag(r->d, BV_E_YAML, span, "%s", what);
	bv__diag_hint(r->d, e, "write the value where it is needed");
	return NULL;
}

static bv_yaml *read_value(reader *r, struct fy_event *e, unsigned depth);

/* Reads items or pairs up to the closing event. */
static bv_yaml *read_collection(reader *r, bv_yaml_kind kind, bv_span span, unsigned depth) {
	bv_yaml *y = node(r, kind, span);
	BV_VEC(bv_yaml *) keys = {0};
	BV_VEC(bv_yaml *) items = {0};
	while (y) {
		struct fy_event *e = fy_parser_parse(r->parser);
		if (!e) {
			return NULL; /* the stream's error is reported at the end */
		}
		if (e->type == FYET_MAPPING_END || e->type == FYET_SEQUENCE_END) {
			fy_parser_event_free(r->parser, e);
			break;
		}
		bv_yaml *item = read_value(r, e, depth);
		if (!item) {
			return NULL;
		}
		if (kind == BV_YAML_LIST || keys.n > items.n) {
			if (!BV_PUSH(r->a, &items, item)) {
				(void)bv__nomem(r->d);
				return NULL;
			}
			continue;
		}
		if (item->kind != BV_YAML_SCALAR) {
			bv__diag(r->d, BV_E_YAML, item->span, "a key must be a plain or quoted text");
			return NULL;
		}
		for (uint32_t i = 0; i < keys.n; i++) {
			if (bv__str_eq(keys.v[i]->text, item->text)) {
				bv_diagnostic *at = bv__diag(r->d, BV_E_YAML, item->span, "key " BV_STR_FMT " is given twice", BV_STR_ARG(item->text));
				bv__diag_note(r->d, at, keys.v[i]->span, "first given here");
				return NULL;
			}
		}
		if (!BV_PUSH(r->a, &keys, item)) {
			(void)bv__nomem(r->d);
			return NULL;
		}
	}
	if (y) {
		y->keys = keys.v;
		y->v = items.v;
		y->n = items.n;
	}
	return y;
}

static bool is_null(bv_str t) {
	return t.n == 0 || bv__str_is(t, "~") || bv__str_is(t, "null") || bv__str_is(t, "Null") || bv__str_is(t, "NULL");
}

/* Consumes the event. */
static bv_yaml *read_value(reader *r, struct fy_event *e, unsigned depth) {
	bv_span span = span_of(r, e);
	struct fy_token *anchor = NULL, *tag = NULL;
	enum fy_event_type type = e->type;
	bv_yaml *y = NULL;
	if (type == FYET_SCALAR) {
		anchor = e->scalar.anchor;
		tag = e->scalar.tag;
		size_t n = 0;
		const char *t = e->scalar.value ? fy_token_get_text(e->scalar.value, &n) : NULL;
		y = node(r, BV_YAML_SCALAR, span);
		if (y) {
			y->text = bv__arena_str(r->a, (bv_str){t ? t : "", t ? (uint32_t)n : 0});
			y->plain = !e->scalar.value || fy_token_scalar_style(e->scalar.value) == FYSS_PLAIN;
			if (y->plain && is_null(y->text)) {
				y->kind = BV_YAML_NULL;
			}
		}
	} else if (type == FYET_MAPPING_START) {
		span.end += span.end == span.start && span.end < r->text.n; /* block style has no bracket to show */
		anchor = e->mapping_start.anchor;
		tag = e->mapping_start.tag;
	} else if (type == FYET_SEQUENCE_START) {
		span.end += span.end == span.start && span.end < r->text.n;
		anchor = e->sequence_start.anchor;
		tag = e->sequence_start.tag;
	}
	bool plain_value = !anchor && !tag;
	fy_parser_event_free(r->parser, e);
	if (type == FYET_ALIAS || !plain_value) {
		return refuse(r, span, "anchors, aliases and tags are not used in this file");
	}
	if (type == FYET_SCALAR) {
		return y;
	}
	if (depth >= YAML_DEPTH) {
		bv__diag(r->d, BV_E_YAML, span, "nested too deeply");
		return NULL;
	}
	return read_collection(r, type == FYET_MAPPING_START ? BV_YAML_MAP : BV_YAML_LIST, span, depth + 1);
}

static bv_yaml *read_stream(reader *r) {
	bv_yaml *root = NULL;
	unsigned documents = 0;
	struct fy_event *e;
	while ((e = fy_parser_parse(r->parser))) {
		switch (e->type) {
		case FYET_DOCUMENT_START:
			if (documents++) {
				bv__diag(r->d, BV_E_YAML, span_of(r, e), "the file holds more than one document");
				fy_parser_event_free(r->parser, e);
				return NULL;
			}
			fy_parser_event_free(r->parser, e);
			break;
		case FYET_SCALAR:
		case FYET_ALIAS:
		case FYET_MAPPING_START:
		case FYET_SEQUENCE_START:
			root = read_value(r, e, 0);
			if (!root) {
				return NULL;
			}
			break;
		default:
			fy_parser_event_free(r->parser, e);
		}
	}
	return root ? root : node(r, BV_YAML_MAP, (bv_span){r->file, 0, 0});
}

/* Byte offset of line:column, both from 1, columns in code points. */
static uint32_t offset_of(bv_str text, int line, int column) {
	uint32_t at = 0;
	for (int i = 1; i < line && at < text.n; at++) {
		i += text.p[at] == '\n';
	}
	for (int i = 1; i < column && at < text.n && text.p[at] != '\n'; i++) {
		at++;
		while (at < text.n && ((unsigned char)text.p[at] & 0xc0) == 0x80) {
			at++;
		}
	}
	return at;
}

bv_yaml *bv__yaml_read(bv_arena *a, bv_str text, uint32_t file, bv_diagnostics *d) {
	size_t bad = bv__utf8_invalid(text.p, text.n);
	if (bad < text.n) {
		bv__diag(d, BV_E_UTF8, (bv_span){file, (uint32_t)bad, (uint32_t)bad + 1}, "the file is not valid UTF-8");
		return NULL;
	}
	struct fy_diag_cfg diag_cfg;
	fy_diag_cfg_default(&diag_cfg);
	struct fy_diag *diag = fy_diag_create(&diag_cfg);
	if (!diag) {
		(void)bv__nomem(d);
		return NULL;
	}
	fy_diag_set_collect_errors(diag, true);
	struct fy_parse_cfg cfg = {.flags = FYPCF_QUIET, .diag = diag};
	reader r = {.a = a, .text = text, .file = file, .d = d, .parser = fy_parser_create(&cfg)};
	bv_yaml *root = NULL;
	uint32_t before = d->errors;
	if (!r.parser || fy_parser_set_string(r.parser, text.p, text.n) != 0) {
		(void)bv__nomem(d);
	} else {
		root = read_stream(&r);
		if (fy_parser_get_stream_error(r.parser)) {
			root = NULL;
		}
	}
	if (!root && d->errors == before && !d->oom) {
		void *at = NULL;
		const struct fy_diag_error *e = fy_diag_errors_iterate(diag, &at);
		uint32_t where = e ? offset_of(text, e->line, e->column) : 0;
		bv__diag(d, BV_E_YAML, (bv_span){file, where, where < text.n ? where + 1 : where}, "not valid YAML: %s", e && e->msg ? e->msg : "cannot be read");
	}
	if (r.parser) {
		fy_parser_destroy(r.parser);
	}
	fy_diag_destroy(diag);
	return root;
}
