-- The registry, version 1: what is known of views, refreshes and datasets. A cache: every row can be made again from the project
-- and from the Delta logs, so the file may be removed at any time. JSON columns hold canonical JSON as the library writes it.

-- One governed tree with what follows from it; content-addressed, so equal trees of several views share a row.
CREATE TABLE artifact (
	ast_fingerprint TEXT NOT NULL,
	policy_hash     TEXT NOT NULL,
	payload         TEXT NOT NULL,
	schema          TEXT NOT NULL, -- [{"name","type","nullable"}]
	lineage         TEXT NOT NULL, -- {column: [[table, column], …]}
	functions       TEXT NOT NULL, -- [[name, entry hash], …]
	inputs          TEXT NOT NULL, -- [name, …]
	PRIMARY KEY (ast_fingerprint, policy_hash)
) STRICT;

-- The newest registration of each view.
CREATE TABLE view (
	name            TEXT NOT NULL PRIMARY KEY,
	ast_fingerprint TEXT NOT NULL,
	policy_hash     TEXT NOT NULL,
	materialized    INTEGER NOT NULL CHECK (materialized IN (0, 1)),
	location        TEXT NOT NULL, -- '' where it is not materialised
	stored_schema   TEXT NOT NULL, -- '' where it is not materialised
	storage_hash    TEXT NOT NULL,
	spans           BLOB NOT NULL  -- start, end of each payload element in the source text, 32 bit little-endian
) STRICT, WITHOUT ROWID;

CREATE INDEX view_by_artifact ON view (ast_fingerprint, policy_hash);

-- What each view file was compiled to. A row holds while its text, the setting and the schemas of its inputs are the same.
CREATE TABLE source (
	file            TEXT NOT NULL PRIMARY KEY,
	view            TEXT NOT NULL,
	ast_fingerprint TEXT NOT NULL,
	policy_hash     TEXT NOT NULL,
	text_hash       TEXT NOT NULL,
	setting         TEXT NOT NULL,
	head            TEXT NOT NULL, -- name, columns, options
	inputs          TEXT NOT NULL, -- [[hash of its schema, part of its name, …], …]
	schema          TEXT NOT NULL, -- [{"name","type","nullable"}]
	body            TEXT NOT NULL  -- functions, order
) STRICT, WITHOUT ROWID;

-- What each refresh proved. The same text lies in the Delta commit that it made.
CREATE TABLE certificate (
	view    TEXT NOT NULL,
	refresh INTEGER NOT NULL,
	json    TEXT NOT NULL,
	PRIMARY KEY (view, refresh)
) STRICT, WITHOUT ROWID;

-- Last known schema of each dataset: what is compiled against where no engine is.
CREATE TABLE dataset (
	name     TEXT NOT NULL PRIMARY KEY,
	location TEXT NOT NULL,
	schema   TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- What a Delta table's log says, as the engine told it. It holds while the newest commit is the same file (its `head`, in the facts).
CREATE TABLE state (
	key    TEXT NOT NULL PRIMARY KEY, -- place, engine, what was asked
	facts  TEXT NOT NULL,             -- as the engine's delta_state gives them
	schema TEXT NOT NULL              -- [{"name","type","nullable"}], as a scan returns it
) STRICT, WITHOUT ROWID;

-- Return types that the engine was asked for, one JSON line each.
CREATE TABLE probe (
	line TEXT NOT NULL PRIMARY KEY
) STRICT, WITHOUT ROWID;
