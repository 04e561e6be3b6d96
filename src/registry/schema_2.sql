-- The registry, version 2: a hash of each output column. What was recorded before has none, so view files are compiled anew.
ALTER TABLE artifact ADD COLUMN columns TEXT NOT NULL DEFAULT '[]'; -- [{"name","hash"}, …]
DELETE FROM source;
