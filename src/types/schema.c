/* Schemas: as JSON both ways, compared, searched. */
#include "types/internal.h"

#include <jansson.h>

void bv__schema_json(const bv_schema_t *s, bv_buf *out) {
	bv_json j = bv__json(out);
	bv_buf text = BV_BUF_INIT;
	bv__json_open(&j, '[');
	for (uint32_t i = 0; i < s->n; i++) {
		const bv_field *f = &s->v[i];
		bv__json_open(&j, '{');
		bv__json_key(&j, "name");
		bv__json_str(&j, f->name);
		bv__json_key(&j, "type");
		if (f->type) {
			bv__buf_truncate(&text, 0);
			bv__type_text(f->type, &text);
			bv__json_str(&j, bv__buf_view(&text));
		} else {
			bv__json_null(&j); /* unknown without an engine */
		}
		bv__json_key(&j, "nullable");
		bv__json_bool(&j, f->nullable);
		bv__json_close(&j, '}');
	}
	bv__json_close(&j, ']');
	out->failed |= text.failed;
	bv__buf_free(&text);
}

static bool read_field(bv_arena *a, const json_t *o, bv_field *f) {
	const json_t *name = json_object_get(o, "name"), *type = json_object_get(o, "type"), *nullable = json_object_get(o, "nullable");
	if (!json_is_string(name) || (!json_is_string(type) && !json_is_null(type)) || !json_is_boolean(nullable)) return false;
	*f = (bv_field){.name = bv__arena_str(a, bv__strn(json_string_value(name), json_string_length(name))), .nullable = json_is_true(nullable)};
	if (json_is_null(type)) return true;
	f->type = bv__type_read_arrow(a, bv__strn(json_string_value(type), json_string_length(type)));
	return f->type != NULL;
}

bool bv__schema_from_json(bv_arena *a, bv_str json, bv_schema_t *out) {
	json_t *root = json_loadb(json.p, json.n, JSON_ALLOW_NUL, NULL);
	bool ok = json_is_array(root);
	bv_schema_t s = {0};
	if (ok) {
		s.v = BV_NEWN(a, bv_field, json_array_size(root));
		ok = s.v != NULL;
		for (size_t i = 0; ok && i < json_array_size(root); i++) ok = read_field(a, json_array_get(root, i), &s.v[s.n++]);
	}
	json_decref(root);
	if (!ok || bv__arena_failed(a)) return false;
	*out = s;
	return true;
}

bool bv__schema_same_logical(const bv_schema_t *a, const bv_schema_t *b) {
	if (a->n != b->n) return false;
	for (uint32_t i = 0; i < a->n; i++)
		if (!bv__str_eq(a->v[i].name, b->v[i].name) || !bv__type_same_logical(a->v[i].type, b->v[i].type)) return false;
	return true;
}

const bv_field *bv__schema_find(const bv_schema_t *s, bv_str name, bool insensitive, uint32_t *matches) {
	const bv_field *found = NULL;
	uint32_t n = 0;
	for (unsigned pass = 0; pass <= insensitive && !n; pass++)
		for (uint32_t i = 0; i < s->n; i++)
			if (pass ? bv__str_ieq(s->v[i].name, name) : bv__str_eq(s->v[i].name, name)) {
				if (!n++) found = &s->v[i];
			}
	if (matches) *matches = n;
	return found;
}
