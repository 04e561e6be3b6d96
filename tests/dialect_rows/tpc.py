"""The queries of TPC-H and TPC-DS, as DuckDB's extensions print them, over tables that they make: the same three comparisons as rows.py."""
import os

import duckdb

import engines

SCALES = {"tpch": 0.01, "tpcds": 0.01}


def tables(folder, benchmark):
	"""{table: its Parquet file}"""
	with duckdb.connect() as connection:
		engines.load(connection, benchmark)
		connection.execute(f"CALL {'dbgen' if benchmark == 'tpch' else 'dsdgen'}(sf = {SCALES[benchmark]})")
		files = {}
		for (name,) in connection.execute("SELECT table_name FROM duckdb_tables() ORDER BY 1").fetchall():
			files[name] = os.path.join(folder, f"{name}.parquet")
			connection.execute(f"COPY {name} TO '{files[name]}' (FORMAT parquet)")
		return files


def queries(benchmark):
	with duckdb.connect() as connection:
		engines.load(connection, benchmark)
		return [(number, text.strip().rstrip(";")) for number, text in connection.execute(f"SELECT query_nr, query FROM {benchmark}_queries() ORDER BY 1").fetchall()]
