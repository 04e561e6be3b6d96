/* registry: artifacts, certificates, schemas and memos at rest, in SQLite (.belvedere/registry.db; schema*.sql). A cache: all of it can be
 * rebuilt from the project and the Delta logs. Readers never wait for the writer (WAL). */
#ifndef BV_REGISTRY_H
#define BV_REGISTRY_H

#include "artifact/artifact.h"

/* What a refresh proves; also the `belvedere` entry of the Delta commit's metadata. */
typedef struct bv_certificate_input {
	bv_str name;       /* dataset as the view reads it (through plain views: the table below them) */
	bv_str table_id;   /* Delta table id, or "file:<location>" */
	bv_str version;    /* data version: decimal for Delta, hash for files, the host's text for host tables */
} bv_certificate_input;
typedef struct bv_certificate {
	bv_str view;
	bv_str ast_fingerprint, policy_hash, storage_hash;
	bv_certificate_input *inputs; /* sorted by name */
	uint32_t ninputs;
	bv_str *plain; /* keys "<name>=<ast_fingerprint>" of the plain views it read through, sorted */
	uint32_t nplain;
	bv_str *volatile_functions;
	uint32_t nvolatile;
	bv_str strategy;       /* "full" */
	int64_t rows_in, rows_out; /* -1: unknown */
	int64_t output_version;
	int64_t refresh;       /* counter of refreshes of this view: the txn version */
	bv_str engine;         /* "datafusion 55.2.0" */
	bv_str contract;       /* stored schema as JSON, for the next comparison */
} bv_certificate;
void bv__certificate_json(const bv_certificate *c, bv_buf *out);
BV_NODISCARD bool bv__certificate_from_json(bv_arena *a, bv_str json, bv_certificate *out);

typedef struct bv_registry bv_registry;
/* Opens or makes the file and migrates it. NULL with a diagnostic. One handle may be used by many threads (it has a lock). */
bv_registry *bv__registry_open(const char *path, bv_diagnostics *d);
void bv__registry_close(bv_registry *);
BV_NODISCARD bool bv__registry_begin(bv_registry *, bv_diagnostics *d);
BV_NODISCARD bool bv__registry_commit(bv_registry *, bv_diagnostics *d);
/* Artifacts, by name: the newest registration of the view. */
BV_NODISCARD bool bv__registry_put_artifact(bv_registry *, const bv_view_artifact *, bool materialized, bv_str location, bv_str stored_schema_json, bv_str storage_hash, bv_diagnostics *d);
bool bv__registry_get_artifact_json(bv_registry *, bv_arena *a, bv_str name, bv_str *json, bv_diagnostics *d);
/* What a view file's text was compiled to: found again by file and text. */
typedef struct bv_source_row {
	bv_str file;      /* relative to the project */
	bv_str view;      /* full name */
	bv_str ast_fingerprint, policy_hash;
	bv_str text_hash; /* SHA-256 of the text and of the variables that it can read */
	bv_str setting;   /* hash of what else its meaning hangs on: dialect, policy, functions, variables, defaults */
	bv_str stamp;     /* bv_os_file's, of a file with this text; empty: none */
	bv_str seen;      /* hash of the schema that readers see; empty: the name is all that is known */
	bv_str brief;     /* JSON: what a list of views says of it */
	bv_str inputs;    /* JSON: what it reads, with the hash of each one's schema */
} bv_source_row;
/* What restores the artifact: kept apart, read for single views. */
typedef struct bv_compiled_row {
	bv_str head;   /* JSON: what the file says beside the query */
	bv_str schema; /* JSON, as bv__schema_json */
	bv_str body;   /* JSON: functions, order */
} bv_compiled_row;
/* compiled may be NULL where only the name is known. */
BV_NODISCARD bool bv__registry_put_source(bv_registry *, const bv_source_row *, const bv_compiled_row *compiled, bv_diagnostics *d);
BV_NODISCARD bool bv__registry_put_stamp(bv_registry *, bv_str file, bv_str stamp, bv_diagnostics *d);
BV_NODISCARD bool bv__registry_drop_source(bv_registry *, bv_str file, bv_diagnostics *d);
/* All rows of this setting, sorted by file. Their views are recorded with those artifacts: whatever records or forgets a view drops the rows that
 * say otherwise. */
BV_NODISCARD bool bv__registry_sources(bv_registry *, bv_arena *a, bv_str setting, bv_source_row **out, uint32_t *n, bv_diagnostics *d);
bool bv__registry_get_compiled(bv_registry *, bv_arena *a, bv_str file, bv_compiled_row *out);
/* Certificates, newest first. */
BV_NODISCARD bool bv__registry_put_certificate(bv_registry *, const bv_certificate *, bv_diagnostics *d);
bool bv__registry_get_certificate(bv_registry *, bv_arena *a, bv_str view, bv_certificate *out, bv_diagnostics *d);
/* All views that were ever recorded and not forgotten, by name; for orphans. A view that became a plain one has no location any more, but still its
 * certificates. */
typedef struct bv_recorded_view {
	bv_str name, location; /* location: empty where it was last recorded as a plain one */
	bool certified;        /* some refresh made a table of it */
} bv_recorded_view;
BV_NODISCARD bool bv__registry_recorded(bv_registry *, bv_arena *a, bv_recorded_view **out, uint32_t *n, bv_diagnostics *d);
BV_NODISCARD bool bv__registry_forget(bv_registry *, bv_str view, bv_diagnostics *d);
/* Last known schema of a dataset (JSON as bv__schema_json), for compiling without an engine. */
BV_NODISCARD bool bv__registry_put_schema(bv_registry *, bv_str dataset, bv_str location, bv_str schema_json, bv_diagnostics *d);
bool bv__registry_get_schema(bv_registry *, bv_arena *a, bv_str dataset, bv_str *location, bv_str *schema_json);
/* What a Delta table's log said, by a key that names all that the answer hangs on but the log itself. */
BV_NODISCARD bool bv__registry_put_state(bv_registry *, bv_str key, bv_str facts, bv_str schema_json, bv_diagnostics *d);
bool bv__registry_get_state(bv_registry *, bv_arena *a, bv_str key, bv_str *facts, bv_str *schema_json);
/* Probe memo: JSON lines. */
BV_NODISCARD bool bv__registry_put_probes(bv_registry *, bv_str json_lines, bv_diagnostics *d);
bool bv__registry_get_probes(bv_registry *, bv_arena *a, bv_str *json_lines);

#endif
