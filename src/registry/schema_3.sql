-- The registry, version 3: what every compile reads of view files is narrow, and apart from what restores single views. View files are compiled anew.
DROP TABLE source;

-- What each view file was compiled to. A row holds while its text, the setting and the schemas of its inputs are the same. This table is read
-- whole by every compile, so it is narrow; what is needed of single views lies in the next one.
CREATE TABLE source (
	file            TEXT NOT NULL PRIMARY KEY,
	view            TEXT NOT NULL,
	ast_fingerprint TEXT NOT NULL,
	policy_hash     TEXT NOT NULL,
	text_hash       TEXT NOT NULL,
	setting         TEXT NOT NULL,
	stamp           TEXT NOT NULL, -- size, times and number of the file when it had this text; '' where they do not tell
	seen            TEXT NOT NULL, -- hash of the schema that readers see; '': only the name is known, the file is compiled each time
	brief           TEXT NOT NULL, -- [materialised, names fold, a compile warns, columns, [tag, …]]
	inputs          TEXT NOT NULL  -- [[hash of its schema, part of its name, …], …]
) STRICT, WITHOUT ROWID;

CREATE INDEX source_by_view ON source (view);

CREATE TABLE compiled (
	file   TEXT NOT NULL PRIMARY KEY REFERENCES source (file) ON DELETE CASCADE,
	head   TEXT NOT NULL, -- name, columns, options
	schema TEXT NOT NULL, -- [{"name","type","nullable"}]
	body   TEXT NOT NULL  -- functions, order
) STRICT;
