"""Every query of TPC-H: the view's table holds what DuckDB's own text of the query gives over the same files."""
import json
import os
import subprocess
import sys
import tempfile
import unittest

import pyarrow

import harness
import tpch_data

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "bench"))
import tpc  # noqa: E402

SCALE = os.environ.get("TPCH_SCALE") or "0.1"


class Statements(unittest.TestCase):
	def test_all_compile_without_an_engine(self):
		"""The 22 statements of TPC-H and the 99 of TPC-DS: no type is unknown."""
		with tempfile.TemporaryDirectory() as work:
			requests = []
			for label, folder, schema in tpc.texts(work):
				with open(schema, encoding="utf-8") as f:
					tables = json.load(f)
				for name in sorted(os.listdir(folder)):
					with open(os.path.join(folder, name), encoding="utf-8") as f:
						requests += [{"id": f"{label} {name} duckdb", "op": "compile", "sql": f.read(), "dialect": "duckdb", "schema": tables}]
			requests += [{**r, "id": r["id"].replace("duckdb", "datafusion"), "dialect": "datafusion"} for r in requests]
			done = subprocess.run([harness.BELVEDERE, "batch", "--engine", "none"], input="".join(json.dumps(r) + "\n" for r in requests), capture_output=True, text=True, check=True)
		answers = [json.loads(line) for line in done.stdout.splitlines()]
		self.assertEqual(len(answers), 242)
		for answer in answers:
			with self.subTest(answer["id"]):
				self.assertTrue(answer["ok"], answer.get("errors"))
				self.assertRegex(answer["ast_fingerprint"] or "", "^[0-9a-f]{64}$", answer.get("warnings"))


class Tpch(unittest.TestCase):
	@classmethod
	def setUpClass(cls):
		cls.project = harness.Project(tpch_data.project(os.path.join(tempfile.mkdtemp(dir=harness.SCRATCH), "tpch")))
		# Before anything is loaded, and without an engine: what the tree is may not depend on either.
		cls.compiled = cls.compile("--engine", "none")
		tpch_data.load(harness.BELVEDERE, cls.project.dir, SCALE)
		cls.summary = cls.project.run()

	@classmethod
	def compile(cls, *args):
		return {v["name"]: v for v in cls.project.call("compile", "--json", *args).json["views"]}

	def test_every_view_is_built(self):
		self.assertEqual({f"main.{q}" for q in tpch_data.QUERIES}, {n for n, v in self.summary.items() if v["status"] == "built"})

	def test_results(self):
		files = tpch_data.parquet(SCALE)
		with harness.duck("tpch") as connection:
			for table in tpch_data.TABLES:
				connection.execute(f"CREATE VIEW {table} AS SELECT * FROM read_parquet('{os.path.join(files, table)}.parquet')")
			for number, text in connection.execute("SELECT query_nr, query FROM tpch_queries()").fetchall():
				name = f"main.q{number:02}"
				with self.subTest(name):
					wanted = harness.rows(connection.execute(text).fetch_arrow_table())
					got = self.project.rows(name)
					self.assertIsNone(harness.difference(harness.rows(got), wanted, tolerance=1e-9))
					self.assertTrue(wanted, "a query without rows proves nothing")

	def test_columns_are_what_delta_holds(self):
		"""No unsigned number, no view type, no dictionary, and money stays decimal."""
		for query in tpch_data.QUERIES:
			for field in self.project.rows(f"main.{query}").schema:
				with self.subTest(query, column=field.name):
					self.assertFalse(pyarrow.types.is_unsigned_integer(field.type) or pyarrow.types.is_dictionary(field.type), field.type)
		self.assertTrue(pyarrow.types.is_decimal(self.project.rows("main.q01").schema.field("sum_charge").type))

	def test_types_are_known_and_the_same_without_an_engine(self):
		after = self.compile()
		self.assertEqual(set(self.compiled), set(after))
		for name, view in after.items():
			with self.subTest(name):
				self.assertRegex(view["ast_fingerprint"] or "", "^[0-9a-f]{64}$")
				self.assertEqual(self.compiled[name]["ast_fingerprint"], view["ast_fingerprint"])
				self.assertEqual(self.compiled[name]["policy_hash"], view["policy_hash"])

	def test_order_of_rows(self):
		"""The same texts as queries: a table has no order, a query's result does."""
		files = tpch_data.parquet(SCALE)
		with harness.duck("tpch") as connection:
			for table in tpch_data.TABLES:
				connection.execute(f"CREATE VIEW {table} AS SELECT * FROM read_parquet('{os.path.join(files, table)}.parquet')")
			texts = dict(connection.execute("SELECT query_nr, query FROM tpch_queries()").fetchall())
			for number in (2, 4, 12, 13, 16, 21):
				with self.subTest(number):
					wanted = connection.execute(texts[number]).fetchall()
					got = self.project.call("query", "--format", "json", "-f", self.project.path("views", f"q{number:02}.sql")).json["rows"]
					self.assertEqual([[str(v) for v in row] for row in wanted], [[str(v) for v in row] for row in got])

	def test_nothing_to_do_afterwards(self):
		self.assertEqual({"skip"}, {action for action, _ in self.project.plan().values()})


if __name__ == "__main__":
	unittest.main()
