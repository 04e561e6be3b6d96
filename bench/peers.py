"""One peer over every .sql file of a folder: peers.py PEER FOLDER ROUNDS prints {"files","bytes","seconds":[…]}. Files are read before the clock starts; what
the peer cannot read is left out of its files and bytes. Peers: pg_json, pg_tree (libpg_query through pglast), sqlglot, polyglot."""
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


def main():
	peer, folder, rounds = sys.argv[1], sys.argv[2], int(sys.argv[3])
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
		start = time.perf_counter()
		for text in texts:
			read(text)
		seconds.append(time.perf_counter() - start)
	print(json.dumps({"files": len(texts), "bytes": sum(len(t.encode()) for t in texts), "seconds": seconds}))


main()
