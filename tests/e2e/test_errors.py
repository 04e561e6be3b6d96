"""Everything that goes wrong is said with its place, exits with 1, and loses nothing."""
import os
import resource
import shutil
import subprocess
import unittest

import deltalake
import pyarrow
import pyarrow.parquet

import harness

NUMBERS = "id,name\n1,one\n2,two\n3,three\n"


def project(**views):
	return harness.small({k.replace("__", "/") + ".sql": v for k, v in views.items()}, {"raw.numbers": NUMBERS})


class Views(unittest.TestCase):
	def refused(self, text, code, line, column, *words):
		p = project(good="SELECT id FROM raw.numbers", bad=text)
		for command in ("compile", "run"):
			result = p.call(command, code=1)
			with self.subTest(command, text=text):
				self.assertIn(code, result.err)
				self.assertEqual(("bad.sql", line, column), harness.place_of(result.err), result.err)
				self.assertIn("^", result.err, "a caret below the line")
				for word in words:
					self.assertIn(word, result.err)
		self.assertEqual({"main.good"}, set(p.versions()), "the others are built all the same")

	def test_syntax(self):
		self.refused("SELECT id\nFROM raw.numbers WHERE\n", "BV1001", 3, 1)

	def test_missing_table(self):
		self.refused("SELECT id\nFROM raw.nmbers", "BV2001", 2, 6, "raw.numbers")

	def test_missing_column(self):
		self.refused("SELECT\n\tidd\nFROM raw.numbers", "BV2002", 2, 2, "id")

	def test_type_error(self):
		self.refused("SELECT id,\n  name * true AS x\nFROM raw.numbers", "BV2006", 2, 3)

	def test_unknown_function(self):
		self.refused("SELECT uper(name) AS x FROM raw.numbers", "BV2005", 1, 8, "upper")

	def test_output_name(self):
		self.refused("SELECT count(*) FROM raw.numbers", "BV2011", 1, 8, "AS")

	def test_type_that_delta_cannot_store(self):
		self.refused("SELECT id, INTERVAL '1' DAY AS span FROM raw.numbers", "BV5007", 1, 12, "span")

	def test_two_errors_at_once(self):
		p = project(bad="SELECT idd, nme FROM raw.numbers", worse="SELECT 1 +")
		err = p.call("compile", code=1).err
		for word in ("idd", "nme", "worse.sql:1:"):
			self.assertIn(word, err)

	def test_cycle(self):
		p = project(a="SELECT id FROM main.b", b="SELECT id FROM main.c", c="SELECT id FROM main.a")
		err = p.call("compile", code=1).err
		self.assertIn("BV5001", err)
		for name in ("main.a", "main.b", "main.c"):
			self.assertIn(name, err)
		self.assertIsNotNone(harness.place_of(err))

	def test_defined_twice(self):
		p = project(a="SELECT id FROM raw.numbers", other="CREATE VIEW main.a AS SELECT 1 AS x")
		self.assertIn("BV3008", p.call("compile", code=1).err)

	def test_runtime_error_blocks_descendants_only(self):
		p = project(a="SELECT CAST(name AS INT) AS n FROM raw.numbers", b="SELECT n + 1 AS n FROM main.a", c="SELECT n FROM main.b", d="SELECT id FROM raw.numbers")
		result = p.call("run", "--json", code=1)
		status = {v["name"]: v["status"] for v in result.json["views"]}
		self.assertEqual({"main.a": "failed", "main.b": "blocked", "main.c": "blocked", "main.d": "built"}, status)
		self.assertEqual({"main.d"}, set(p.versions()))
		people = p.call("run", code=1)
		self.assertIn("1 failed, 2 blocked", people.out + people.err)
		p.replace("views/a.sql", "CAST(name AS INT)", "CAST(id AS INT)")
		self.assertEqual({"main.a", "main.b", "main.c"}, p.built())

	def test_failed_rebuild_keeps_the_old_table(self):
		p = project(a="SELECT id FROM raw.numbers")
		p.run()
		p.replace("views/a.sql", "SELECT id", "SELECT id / (id - 2) AS id")
		p.call("run", code=1)
		self.assertEqual([1, 2, 3], sorted(r[0] for r in harness.rows(p.rows("main.a"))))
		self.assertEqual({"main.a": 0}, p.versions())


class Yaml(unittest.TestCase):
	def refused(self, text, code, line=None, word="", env=None):
		p = project(a="SELECT id FROM raw.numbers")
		p.file("belvedere.yaml", text)
		result = p.call("plan", code=1, env=env)
		self.assertIn(code, result.err)
		self.assertIn(word, result.err)
		place = harness.place_of(result.err)
		self.assertEqual("belvedere.yaml", place[0])
		if line:
			self.assertEqual(line, place[1])

	def test_broken(self):
		self.refused("name: [small\nwarehouse: x\n", "BV3002")

	def test_unknown_key(self):
		self.refused("name: small\nwarehous: warehouse\n", "BV3003", 2, "warehouse")

	def test_wrong_value(self):
		self.refused("name: small\nwarehouse: warehouse\nengine:\n  threads: many\n", "BV3004", 4)

	def test_unset_variable(self):
		self.refused("name: small\nwarehouse: ${BELVEDERE_NOWHERE}\n", "BV3005", 2, "BELVEDERE_NOWHERE")

	def test_no_project(self):
		folder = os.path.join(harness.SCRATCH, "nothing")
		os.makedirs(folder, exist_ok=True)
		self.assertIn("BV3001", harness.Project(folder).call("plan", code=1).err)


class Tables(unittest.TestCase):
	def test_foreign_writer(self):
		p = project(a="SELECT id, name FROM raw.numbers", b="SELECT count(*) AS n FROM main.a")
		p.run()
		deltalake.write_deltalake(p.path("warehouse", "main", "a"), p.rows("main.a").slice(0, 1), mode="append")
		plan = p.plan()
		self.assertEqual("blocked", plan["main.a"][0])
		self.assertIn("target_changed", plan["main.a"][1])
		result = p.call("run", code=1)
		self.assertIn("BV5003", result.err)
		self.assertEqual(4, p.rows("main.a").num_rows, "what somebody else wrote is not overwritten silently")
		self.assertIn("main.a", p.built("--full-refresh", "--select", "main.a"))
		self.assertEqual(3, p.rows("main.a").num_rows)
		p.run()
		self.assertEqual([(3,)], harness.rows(p.rows("main.b")))

	def test_foreign_table_at_the_target(self):
		p = project(a="SELECT id FROM raw.numbers")
		deltalake.write_deltalake(p.path("warehouse", "main", "a"), pyarrow.table({"mine": [7]}))
		for args in ((), ("--full-refresh",)):
			self.assertIn("BV4014", p.call("run", *args, code=1).err)
		self.assertEqual([(7,)], harness.rows(p.rows("main.a")))

	def test_unreadable_log(self):
		p = project(a="SELECT id FROM raw.numbers", b="SELECT 1 AS x")
		log = p.path("warehouse", "raw", "numbers", "_delta_log", "00000000000000000000.json")
		with open(log, "w", encoding="utf-8") as f:
			f.write("{ this is no JSON\n")
		result = p.call("run", code=1)
		self.assertIn("BV4010", result.err)
		self.assertIn("raw.numbers", result.err)
		self.assertEqual({"main.b"}, set(p.versions()))

	def test_missing_source(self):
		p = project(a="SELECT id FROM raw.numbers")
		shutil.rmtree(p.path("warehouse", "raw"))
		result = p.call("run", code=1)
		self.assertRegex(result.err, "BV(2001|4010)")

	def test_source_changed_its_schema(self):
		p = project(a="SELECT id FROM raw.numbers")
		p.file("belvedere.yaml", "name: small\nwarehouse: warehouse\nsources:\n  raw.numbers:\n    location: warehouse/raw/numbers\n    columns: {id: VARCHAR, name: VARCHAR}\n")
		result = p.call("run", code=1)
		self.assertIn("BV3016", result.err)
		self.assertIn("id", result.err)

	def test_full_disk(self):
		"""A file-size limit stands for it: the write fails half-way, nothing is committed, the next run is right."""
		p = project(a="SELECT a.id * 1000000 + b.id AS x, name FROM raw.numbers AS a CROSS JOIN (SELECT unnest(range(0, 400000)) AS id) AS b")
		def limit():
			resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))
			import signal
			signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
		done = subprocess.run([harness.BELVEDERE, "--project", p.dir, "run"], capture_output=True, text=True, preexec_fn=limit, timeout=120)
		self.assertEqual(1, done.returncode, done.stdout + done.stderr)
		self.assertRegex(done.stderr, "BV(4005|4012|3011|3013)")
		self.assertEqual({}, p.versions())
		p.run()
		self.assertEqual(1_200_000, p.rows("main.a").num_rows)

	def test_load(self):
		p = project(a="SELECT id FROM raw.numbers")
		csv = p.file("again.csv", NUMBERS)
		self.assertIn("BV4011", p.call("load", "raw.numbers", csv, code=1).err)
		self.assertEqual(3, p.rows("raw.numbers").num_rows)
		p.call("load", "raw.numbers", csv, "--append")
		self.assertEqual(6, p.rows("raw.numbers").num_rows)
		p.call("load", "raw.numbers", csv, "--overwrite")
		self.assertEqual(3, p.rows("raw.numbers").num_rows)
		bad = p.file("bad.csv", "id,name\nx,y\n")
		self.assertIn("BV4015", p.call("load", "raw.bad", bad, "--schema", "id BIGINT, name VARCHAR", code=1).err)
		self.assertFalse(os.path.exists(p.path("warehouse", "raw", "bad", "_delta_log")))
		self.assertRegex(p.call("load", "raw.gone", p.path("gone.csv"), code=1).err, "gone.csv")

	def test_load_formats(self):
		import gzip
		p = project(a="SELECT id FROM raw.numbers")
		with gzip.open(p.path("n.csv.gz"), "wt") as f:
			f.write(NUMBERS)
		p.call("load", "raw.zipped", p.path("n.csv.gz"))
		p.call("load", "raw.bars", p.file("bars.csv", "1|one|-\n2|-|x\n"), "--no-header", "--delimiter", "|", "--null", "-", "--schema", "a BIGINT, b VARCHAR, c VARCHAR")
		pyarrow.parquet.write_table(pyarrow.table({"k": pyarrow.array([1, 2], pyarrow.uint32()), "t": ["a", None]}), p.path("n.parquet"))
		p.call("load", "raw.columns", p.path("n.parquet"))
		p.call("load", "raw.lines", p.file("n.json", '{"a": 1, "b": {"c": "x"}}\n{"a": 2, "b": {"c": null}}\n'))
		self.assertEqual(3, p.rows("raw.zipped").num_rows)
		self.assertEqual([(1, "one", None), (2, None, "x")], sorted(harness.rows(p.rows("raw.bars"))))
		self.assertEqual([(1, "a"), (2, None)], harness.rows(p.rows("raw.columns")))
		self.assertEqual([(1, {"c": "x"}), (2, {"c": None})], harness.rows(p.rows("raw.lines")))
		self.assertEqual("source", p.table("raw.bars").metadata().configuration.get("belvedere.kind"))

	def test_damaged_registry(self):
		p = project(a="SELECT id FROM raw.numbers")
		p.run()
		with open(p.path(".belvedere", "registry.db"), "wb") as f:
			f.write(b"this is no database" * 500)
		for suffix in ("-wal", "-shm"):
			if os.path.exists(p.path(".belvedere", "registry.db" + suffix)):
				os.remove(p.path(".belvedere", "registry.db" + suffix))
		self.assertIn("BV3013", p.call("run", code=1).err)
		shutil.rmtree(p.path(".belvedere"))
		self.assertEqual(set(), p.built())

	def test_checked_casts_lose_nothing(self):
		p = project(a="SELECT arrow_cast(id, 'UInt64') AS u, arrow_cast(id, 'UInt32') AS v FROM raw.numbers")
		p.run()
		self.assertEqual(["int64", "int64"], [str(f.type) for f in p.rows("main.a").schema])
		p.replace("views/a.sql", "arrow_cast(id, 'UInt64')", "arrow_cast(18446744073709551615, 'UInt64')")
		self.assertIn("u", p.call("run", code=1).err)
		self.assertEqual({"main.a": 0}, p.versions())


class WithoutEngine(unittest.TestCase):
	def test_example_compiles_and_graphs(self):
		p = harness.sources_of_example()
		views = p.call("compile", "--engine", "none", "--json").json["views"]
		self.assertEqual(harness.VIEWS, {v["name"] for v in views})
		self.assertTrue(all(v["ast_fingerprint"] for v in views))
		self.assertIn("core.late_flights", p.call("graph", "--engine", "none").out)
		self.assertIn("BV4001", p.call("run", "--engine", "none", code=1).err)


if __name__ == "__main__":
	unittest.main()
