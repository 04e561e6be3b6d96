/* artifact: the bundle's memory and its JSON. In: an artifact that the lane filled; out: canonical JSON, null where a stage did not run. */
#include "artifact/artifact.h"

void bv__artifact_free(bv_view_artifact *a)
{
	if (a)
		bv__arena_free(a->arena); /* the artifact itself lies in it */
}

void bv__artifact_json(const bv_view_artifact *a, bv_buf *out)
{
	bv_json j = bv__json(out);
	bv__json_open(&j, '{');
	bv__json_key(&j, "name");
	bv__json_str(&j, a->name);
	bv__json_key(&j, "ast_fingerprint");
	bv__json_z(&j, a->ast_fingerprint[0] ? a->ast_fingerprint : NULL);
	bv__json_key(&j, "policy_hash");
	bv__json_z(&j, a->policy_hash);
	bv__json_key(&j, "payload");
	bv__json_raw(&j, a->payload);
	bv__json_key(&j, "schema");
	bv_buf part = BV_BUF_INIT;
	if (a->has_schema) {
		bv__schema_json(&a->schema, &part);
		bv__json_raw(&j, bv__buf_view(&part));
	} else {
		bv__json_null(&j);
	}
	bv__json_key(&j, "lineage");
	bv__buf_truncate(&part, 0);
	if (a->has_lineage) {
		bv__lineage_json(&a->lineage, &part);
		bv__json_raw(&j, bv__buf_view(&part));
	} else {
		bv__json_null(&j);
	}
	bv__buf_free(&part);
	bv__json_key(&j, "required_udfs");
	if (a->has_lineage) {
		bv__json_open(&j, '[');
		for (uint32_t i = 0; i < a->nfunctions; i++)
			bv__json_str(&j, a->functions[i]);
		bv__json_close(&j, ']');
	} else {
		bv__json_null(&j);
	}
	bv__json_key(&j, "inputs");
	bv__json_open(&j, '[');
	for (uint32_t i = 0; i < a->ninputs; i++)
		bv__json_str(&j, a->inputs[i].name);
	bv__json_close(&j, ']');
	bv__json_key(&j, "columns");
	bv__artifact_columns_json(a, &j);
	bv__json_close(&j, '}');
}

void bv__artifact_columns_json(const bv_view_artifact *a, bv_json *j)
{
	if (!a->ast_fingerprint[0]) {
		bv__json_null(j);
		return;
	}
	bv__json_open(j, '[');
	for (uint32_t i = 0; i < a->ncolumns; i++) {
		bv__json_open(j, '{');
		bv__json_key(j, "name");
		bv__json_str(j, a->columns[i].output);
		bv__json_key(j, "hash");
		bv__json_z(j, a->columns[i].hash);
		bv__json_close(j, '}');
	}
	bv__json_close(j, ']');
}
