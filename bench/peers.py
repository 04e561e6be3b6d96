"""One peer over every .sql file of a folder: peers.py PEER FOLDER ROUNDS [SCHEMA] prints {"files","bytes","seconds":[…]}. Files are read before the clock starts;
what the peer cannot do is left out of its files and bytes. Peers: pg_json, pg_tree (libpg_query through pglast), sqlglot, polyglot; with a SCHEMA
(JSON, table: column: type) stages, sqlglot's optimizer and serde, whose "seconds" are by stage, and lineage, of all columns."""
import glob
import json
import os
import sys
import time


def reader(peer):
	if peer == "pg_json":
		import pglast.parser
		return pglast.parser.parse_sql_json
	if peer == "pg_tree":
		import pglast.parser
		return pglast.parser.parse_sql_protobuf
	if peer == "sqlglot":
		import sqlglot
		return lambda text: sqlglot.parse(text, read="duckdb")
	import polyglot_sql
	return lambda text: polyglot_sql.parse(text, dialect="duckdb")


STAGES = ["parse", "qualify", "annotate_types", "canonicalize", "normalize", "serde"]


def staged(schema):
	"""sqlglot on the way that Belvedere's lane goes; the seconds of each stage."""
	import sqlglot
	from sqlglot import serde
	from sqlglot.optimizer.annotate_types import annotate_types
	from sqlglot.optimizer.canonicalize import canonicalize
	from sqlglot.optimizer.normalize import normalize
	from sqlglot.optimizer.qualify import qualify
	steps = [lambda text: sqlglot.parse_one(text, read="duckdb"), lambda e: qualify(e, schema=schema, dialect="duckdb"), lambda e: annotate_types(e, schema=schema),
		canonicalize, normalize, lambda e: json.dumps(serde.dump(e))]

	def run(text):
		value, seconds = text, []
		for step in steps:
			start = time.perf_counter()
			value = step(value)
			seconds.append(time.perf_counter() - start)
		return seconds
	return run


def all_lineage(schema):
	"""Lineage of each output column, as a user of sqlglot asks for it: the scope is built once a statement."""
	import sqlglot
	from sqlglot.lineage import lineage
	from sqlglot.optimizer.qualify import qualify
	from sqlglot.optimizer.scope import build_scope

	def run(text):
		e = qualify(sqlglot.parse_one(text, read="duckdb"), schema=schema, dialect="duckdb", validate_qualify_columns=False, identify=False)
		scope = build_scope(e)
		start = time.perf_counter()
		for column in e.selects:
			lineage(column.alias_or_name, e, schema=schema, scope=scope, dialect="duckdb", copy=False)
		return [time.perf_counter() - start]
	return run


def main():
	peer, folder, rounds = sys.argv[1], sys.argv[2], int(sys.argv[3])
	if peer in ("stages", "lineage"):
		with open(sys.argv[4], encoding="utf-8") as f:
			schema = json.load(f)
		read = (staged if peer == "stages" else all_lineage)(schema)
	else:
		read = reader(peer)
	texts = []
	for path in sorted(glob.glob(os.path.join(folder, "**", "*.sql"), recursive=True)):
		with open(path, encoding="utf-8") as f:
			text = f.read()
		try:
			read(text)
			texts.append(text)
		except Exception:
			pass
	seconds = []
	for _ in range(rounds):
		if peer in ("stages", "lineage"):
			seconds.append([sum(s) for s in zip(*map(read, texts))])
			continue
		start = time.perf_counter()
		for text in texts:
			read(text)
		seconds.append(time.perf_counter() - start)
	if peer == "stages":
		seconds = {name: list(s) for name, s in zip(STAGES, zip(*seconds))}
	elif peer == "lineage":
		seconds = [s for s, in seconds]
	print(json.dumps({"files": len(texts), "bytes": sum(len(t.encode()) for t in texts), "seconds": seconds}))


main()
