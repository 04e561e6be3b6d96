/* Certificates as JSON. In: what a refresh proved. Out: canonical JSON, the same for the registry and for the Delta commit; and back. */
#include <jansson.h>
#include <stdlib.h>

#include "registry/registry.h"

static void put_list(bv_json *j, const char *key, const bv_str *v, uint32_t n) {
	bv__json_key(j, key);
	bv__json_open(j, '[');
	for (uint32_t i = 0; i < n; i++) {
		bv__json_str(j, v[i]);
	}
	bv__json_close(j, ']');
}

void bv__certificate_json(const bv_certificate *c, bv_buf *out) {
	bv_json j = bv__json(out);
	bv__json_open(&j, '{');
	bv__json_key(&j, "view");
	bv__json_str(&j, c->view);
	bv__json_key(&j, "ast_fingerprint");
	bv__json_str(&j, c->ast_fingerprint);
	bv__json_key(&j, "policy_hash");
	bv__json_str(&j, c->policy_hash);
	bv__json_key(&j, "storage_hash");
	bv__json_str(&j, c->storage_hash);
	bv__json_key(&j, "inputs");
	bv__json_open(&j, '[');
	for (uint32_t i = 0; i < c->ninputs; i++) {
		bv__json_open(&j, '{');
		bv__json_key(&j, "name");
		bv__json_str(&j, c->inputs[i].name);
		bv__json_key(&j, "table_id");
		bv__json_str(&j, c->inputs[i].table_id);
		bv__json_key(&j, "version");
		bv__json_str(&j, c->inputs[i].version);
		bv__json_close(&j, '}');
	}
	bv__json_close(&j, ']');
	put_list(&j, "plain", c->plain, c->nplain);
	put_list(&j, "volatile", c->volatile_functions, c->nvolatile);
	bv__json_key(&j, "strategy");
	bv__json_str(&j, c->strategy);
	bv__json_key(&j, "rows_in");
	bv__json_int(&j, c->rows_in);
	bv__json_key(&j, "rows_out");
	bv__json_int(&j, c->rows_out);
	bv__json_key(&j, "output_version");
	bv__json_int(&j, c->output_version);
	bv__json_key(&j, "refresh");
	bv__json_int(&j, c->refresh);
	bv__json_key(&j, "engine");
	bv__json_str(&j, c->engine);
	bv__json_key(&j, "contract");
	if (c->contract.n) {
		bv__json_raw(&j, c->contract);
	} else {
		bv__json_null(&j);
	}
	bv__json_close(&j, '}');
}

static bool get_text(bv_arena *a, const json_t *o, const char *key, bv_str *out) {
	const json_t *v = json_object_get(o, key);
	if (!json_is_string(v)) {
		return false;
	}
	*out = bv__arena_str(a, (bv_str){json_string_value(v), (uint32_t)json_string_length(v)});
	return true;
}

static bool get_int(const json_t *o, const char *key, int64_t *out) {
	const json_t *v = json_object_get(o, key);
	if (!json_is_integer(v)) {
		return false;
	}
	*out = json_integer_value(v);
	return true;
}

static bool get_list(bv_arena *a, const json_t *o, const char *key, bv_str **out, uint32_t *count) {
	const json_t *v = json_object_get(o, key);
	if (!json_is_array(v)) {
		return false;
	}
	size_t n = json_array_size(v);
	bv_str *items = BV_NEWN(a, bv_str, n + 1);
	if (!items) {
		return false;
	}
	for (size_t i = 0; i < n; i++) {
		const json_t *item = json_array_get(v, i);
		if (!json_is_string(item)) {
			return false;
		}
		items[i] = bv__arena_str(a, (bv_str){json_string_value(item), (uint32_t)json_string_length(item)});
	}
	*out = items;
	*count = (uint32_t)n;
	return true;
}

/* A certificate comes from a Delta log, so from anywhere: each field is checked, and one that is missing or of another kind makes the
 * whole certificate none. `output_version` is not known before the commit that carries the certificate, so there it is absent or -1. */
static bool read_certificate(bv_arena *a, const json_t *o, bv_certificate *c) {
	if (!json_is_object(o) || !get_text(a, o, "view", &c->view) || !get_text(a, o, "ast_fingerprint", &c->ast_fingerprint) ||
		!get_text(a, o, "policy_hash", &c->policy_hash) || !get_text(a, o, "storage_hash", &c->storage_hash) ||
		!get_text(a, o, "strategy", &c->strategy) || !get_text(a, o, "engine", &c->engine) || !get_int(o, "refresh", &c->refresh) ||
		!get_list(a, o, "plain", &c->plain, &c->nplain) || !get_list(a, o, "volatile", &c->volatile_functions, &c->nvolatile)) {
		return false;
	}
	if (!get_int(o, "rows_in", &c->rows_in)) {
		c->rows_in = -1;
	}
	if (!get_int(o, "rows_out", &c->rows_out)) {
		c->rows_out = -1;
	}
	if (!get_int(o, "output_version", &c->output_version)) {
		c->output_version = -1;
	}
	const json_t *inputs = json_object_get(o, "inputs");
	if (!json_is_array(inputs)) {
		return false;
	}
	c->ninputs = (uint32_t)json_array_size(inputs);
	c->inputs = BV_NEWN(a, bv_certificate_input, c->ninputs + 1);
	if (!c->inputs) {
		return false;
	}
	for (uint32_t i = 0; i < c->ninputs; i++) {
		const json_t *in = json_array_get(inputs, i);
		bv_certificate_input *to = &c->inputs[i];
		if (!json_is_object(in) || !get_text(a, in, "name", &to->name) || !get_text(a, in, "table_id", &to->table_id) ||
			!get_text(a, in, "version", &to->version)) {
			return false;
		}
	}
	c->contract = BV_STR("");
	const json_t *contract = json_object_get(o, "contract");
	if (contract && !json_is_null(contract)) {
		char *text = json_dumps(contract, JSON_COMPACT | JSON_ENCODE_ANY);
		if (!text) {
			return false;
		}
		c->contract = bv__arena_strz(a, text);
		free(text);
	}
	return !bv__arena_failed(a);
}

bool bv__certificate_from_json(bv_arena *a, bv_str json, bv_certificate *out) {
	json_error_t err;
	json_t *o = json_loadb(json.p, json.n, 0, &err);
	if (!o) {
		return false;
	}
	bv_certificate c = {0};
	bool ok = read_certificate(a, o, &c);
	json_decref(o);
	if (ok) {
		*out = c;
	}
	return ok;
}
