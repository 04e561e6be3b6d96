/* What a Delta table is now: which one, at which version, who wrote it last, its columns. In: a location. Out: facts that the engine reads from the log, or
 * that the registry remembers, where the newest commit is still the file that it was: then one look into a folder stands for reading a log. */
#include "project/delta_state.h"

#include <jansson.h>

/* All that an answer hangs on, the log aside. */
static void write_key(const bv_session *s, bv_str location, bool certificates, bv_buf *out) {
	bv__buf_str(out, bv__kept_location(s, location));
	bv__buf_printf(out, "\n%s\n%s", s->api->describe(), certificates ? "certificates" : "");
}

/* The remembered facts' own `version` and `head` go along: the engine says whether they still hold. */
static void write_request(bv_str location, bool certificates, bv_str remembered, bv_buf *out) {
	bv_json j = bv__json(out);
	bv__json_open(&j, '{');
	bv__json_key(&j, "location");
	bv__json_str(&j, location);
	if (certificates) {
		bv__json_key(&j, "certificates");
		bv__json_bool(&j, true);
	}
	json_t *o = remembered.n ? json_loadb(remembered.p, remembered.n, 0, NULL) : NULL;
	const json_t *version = json_object_get(o, "version"), *head = json_object_get(o, "head");
	if (json_is_integer(version) && json_is_string(head)) {
		bv__json_key(&j, "known");
		bv__json_open(&j, '{');
		bv__json_key(&j, "version");
		bv__json_int(&j, (int64_t)json_integer_value(version));
		bv__json_key(&j, "head");
		bv__json_z(&j, json_string_value(head));
		bv__json_close(&j, '}');
	}
	json_decref(o);
	bv__json_close(&j, '}');
}

int bv__delta_ask(const bv_session *s, bv_str location, bool certificates, bv_delta_state *out, bv_engine_error *err) {
	bv_arena *a = bv__arena_new();
	bv_buf request = BV_BUF_INIT;
	bv_str facts = BV_STR(""), schema = BV_STR("");
	struct ArrowSchema arrow = {0};
	bv_engine_text text = {0};
	*out = (bv_delta_state){.key = BV_BUF_INIT, .facts = BV_BUF_INIT, .schema = BV_BUF_INIT};
	write_key(s, location, certificates, &out->key);
	bool known = a && s->registry && bv__registry_get_state(s->registry, a, bv__buf_view(&out->key), &facts, &schema);
	write_request(location, certificates, known ? facts : BV_STR(""), &request);
	out->oom = !a || out->key.failed || request.failed;
	int rc = out->oom ? 0 : s->api->delta_state(s->engine, request.p, &text, &arrow, err);
	if (!out->oom && rc == 0) {
		/* {"unchanged":true} is the whole answer where the remembered one holds. */
		json_t *o = text.p ? json_loadb(text.p, text.n, 0, NULL) : NULL;
		bool unchanged = known && json_is_true(json_object_get(o, "unchanged"));
		bv_schema_t columns;
		if (unchanged) {
			bv__buf_str(&out->facts, facts);
			bv__buf_str(&out->schema, schema);
		} else {
			bv__buf_add(&out->facts, text.p ? text.p : "", text.p ? text.n : 0);
			if (arrow.release && bv__schema_import(a, &arrow, &columns)) {
				bv__schema_json(&columns, &out->schema);
			}
			out->learnt = json_is_string(json_object_get(o, "head"));
		}
		json_decref(o);
		s->api->text_free(&text);
		out->oom = out->facts.failed || out->schema.failed || bv__arena_failed(a);
	}
	if (arrow.release) {
		arrow.release(&arrow);
	}
	bv__buf_free(&request);
	bv__arena_free(a);
	return rc;
}

void bv__delta_remember(bv_session *s, const bv_delta_state *v, bv_diagnostics *d) {
	if (s->registry && v->learnt && !v->oom && v->schema.n) {
		(void)!bv__registry_put_state(s->registry, bv__buf_view(&v->key), bv__buf_view(&v->facts), bv__buf_view(&v->schema), d);
	}
}

void bv__delta_state_free(bv_delta_state *v) {
	bv__buf_free(&v->key);
	bv__buf_free(&v->facts);
	bv__buf_free(&v->schema);
}
