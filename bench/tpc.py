"""The statements of TPC-H and TPC-DS, as DuckDB's extensions print them, and the schemas of their tables."""
import json
import os

NAMES = {"tpcds": "TPC-DS", "tpch": "TPC-H"}


def texts(work):
	"""For each of the two: its label, a new folder of `work` with a file for each statement, a JSON file with the columns' types by table."""
	import duckdb
	import duckdb_ext
	for name, label in NAMES.items():
		with duckdb.connect() as connection:
			connection.execute(f"SET extension_directory = '{os.path.join(list(duckdb_ext.__path__)[0], 'extensions')}'; SET autoinstall_known_extensions = false; LOAD {name}")
			folder, tables = os.path.join(work, name), {}
			os.mkdir(folder)
			for number, text in connection.execute(f"FROM {name}_queries()").fetchall():
				with open(os.path.join(folder, f"q{number:02}.sql"), "w", encoding="utf-8") as f:
					f.write(text)
			connection.execute("CALL dsdgen(sf = 0)" if name == "tpcds" else "CALL dbgen(sf = 0)")
			for table, column, type in connection.execute("SELECT table_name, column_name, data_type FROM information_schema.columns ORDER BY ALL").fetchall():
				tables.setdefault(table, {})[column] = type
			schema = os.path.join(work, name + ".json")
			with open(schema, "w", encoding="utf-8") as f:
				json.dump(tables, f)
			yield label, folder, schema
