"""Targets and their commits; what makes a view stale, and what does not."""
import os
import shutil
import subprocess
import sys
import time
import unittest

import deltalake
import pyarrow
import pyarrow.types

import expected
import harness
from harness import PLAIN, STORED

BELOW_CORE = {n for n in STORED if n.startswith("marts.")} | {"core.routes"}


class Targets(unittest.TestCase):
	@classmethod
	def setUpClass(cls):
		cls.project = harness.built()

	def test_rows_equal_duckdb(self):
		for name, wanted in expected.compute().items():
			with self.subTest(name):
				got = harness.rows(self.project.rows(name))
				self.assertTrue(wanted)
				self.assertIsNone(harness.difference(got, [tuple(r) for r in wanted], tolerance=1e-9))

	def test_every_stored_view_has_a_table_and_no_other(self):
		self.assertEqual(STORED, set(self.project.versions()))
		for name in PLAIN:
			self.assertFalse(os.path.exists(self.project.path("warehouse", *name.split("."))))

	def test_duckdb_reads_what_deltalake_reads(self):
		with harness.duck("delta") as connection:
			for name in sorted(STORED):
				with self.subTest(name):
					got = connection.execute(f"SELECT count(*) FROM delta_scan('{self.project.path('warehouse', *name.split('.'))}')").fetchone()[0]
					self.assertEqual(self.project.rows(name).num_rows, got)

	def test_column_types(self):
		"""Nothing that other clients stumble over: no unsigned numbers, no dictionaries, timestamps in UTC and in microseconds."""
		def check(t):
			self.assertFalse(pyarrow.types.is_unsigned_integer(t) or pyarrow.types.is_dictionary(t) or pyarrow.types.is_null(t), t)
			if pyarrow.types.is_timestamp(t):
				self.assertEqual(("us", "UTC"), (t.unit, t.tz))
			if pyarrow.types.is_nested(t):
				for i in range(t.num_fields):
					check(t.field(i).type)
		for name in sorted(STORED):
			for field in self.project.rows(name).schema:
				with self.subTest(name, column=field.name):
					check(field.type)
		routes = self.project.rows("marts.airline_network").schema.field("routes").type
		self.assertTrue(pyarrow.types.is_list(routes) and pyarrow.types.is_struct(routes.value_type), routes)
		self.assertEqual(["origin", "destination", "flights", "average_arrival_delay"], [f.name for f in routes.value_type])

	def test_change_feed_and_retention(self):
		for name in sorted(STORED):
			configuration = self.project.table(name).metadata().configuration
			self.assertEqual("true", configuration.get("delta.enableChangeDataFeed"), name)
			self.assertIn("delta.logRetentionDuration", configuration, name)

	def test_comments(self):
		table = self.project.table("marts.airline_punctuality")
		self.assertEqual("How punctual each airline is", table.metadata().description)
		fields = {f.name: f.metadata for f in table.schema().fields}
		self.assertEqual("Minutes", fields["average_arrival_delay"].get("comment"))

	def test_partitions(self):
		self.assertEqual(["flight_month"], self.project.table("core.flights").metadata().partition_columns)
		self.assertEqual([], self.project.table("core.routes").metadata().partition_columns)

	def test_certificates(self):
		compiled = {v["name"]: v for v in self.project.call("compile", "--json").json["views"]}
		for name in sorted(STORED):
			with self.subTest(name):
				commits = self.project.commits(name)
				self.assertEqual(1, len(commits), "one commit a refresh")
				certificate = self.project.certificate(name)
				self.assertEqual(name, certificate["view"])
				self.assertEqual(compiled[name]["ast_fingerprint"], certificate["ast_fingerprint"])
				self.assertEqual(compiled[name]["policy_hash"], certificate["policy_hash"])
				self.assertEqual(0, certificate["output_version"])
				self.assertEqual(self.project.rows(name).num_rows, certificate["rows_out"])
				for entry in certificate["inputs"]:
					self.assertEqual(self.table_id(entry["name"]), entry["table_id"], entry)
		inputs = {e["name"] for e in self.project.certificate("core.flights")["inputs"]}
		self.assertEqual({"staging.airlines", "staging.airports", "staging.flights", "staging.planes", "staging.weather"}, inputs)
		self.assertEqual({"core.flights"}, {e["name"] for e in self.project.certificate("marts.daily_delays")["inputs"]}, "through the plain view")

	def table_id(self, name):
		return str(self.project.table(name).metadata().id)


class Stale(unittest.TestCase):
	"""Each test gets a project that was built, changes one thing, and looks at exactly what that makes stale."""

	def setUp(self):
		self.project = harness.built()

	def unchanged(self, *args):
		before = self.project.versions()
		self.assertEqual(set(), self.project.to_build(*args))
		self.assertEqual(set(), self.project.built(*args))
		self.assertEqual(before, self.project.versions())

	def rebuilds(self, views, reasons, *args):
		"""plan names exactly these and why; run builds exactly these; then there is nothing to do."""
		plan = self.project.plan(*args)
		self.assertEqual(set(views), {n for n, (action, _) in plan.items() if action == "build"})
		for name, code in reasons.items():
			self.assertIn(code, plan[name][1], name)
		before = self.project.versions()
		self.assertEqual(set(views), self.project.built(*args))
		after = self.project.versions()
		self.assertEqual(set(views), {n for n in after if after[n] != before.get(n)})
		self.unchanged()

	def test_second_run_does_nothing_fast(self):
		self.unchanged()
		out = self.project.call("run").out
		self.assertIn("nothing to do", out)

		def best(call):
			times = []
			for _ in range(7):
				start = time.perf_counter()
				subprocess.run(call, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
				times.append(time.perf_counter() - start)
			return sorted(times)[len(times) // 2]
		tables = [self.project.path("warehouse", *n.split(".")) for n in sorted(STORED)]
		tables += [self.project.path("warehouse", "raw", t) for t in ("flights", "airlines", "airports", "planes", "weather")]
		ours = best([harness.BELVEDERE, "--project", self.project.dir, "run"])
		theirs = best([sys.executable, "-c", "import sys, deltalake\nfor t in sys.argv[1:]: deltalake.DeltaTable(t).version()", *tables])
		self.assertLessEqual(ours, theirs / 2, f"{ours * 1000:.0f} ms for nothing; Python opens the tables in {theirs * 1000:.0f} ms")

	def test_comment_and_formatting(self):
		path = "views/core/flights.sql"
		self.project.file(path, "-- another comment\n" + self.project.file(path).replace("LEFT JOIN", "left  join /* here */").replace("\t", "  "))
		self.unchanged()

	def test_cte_and_alias_names(self):
		self.project.replace("views/marts/busiest_routes.sql", "totals", "sums_of_routes")
		self.unchanged()

	def test_touched_files(self):
		for folder, _, files in os.walk(self.project.path("views")):
			for f in files:
				os.utime(os.path.join(folder, f))
		self.unchanged()

	def test_edit_of_a_leaf(self):
		self.project.replace("views/marts/fleet_age.sql", "aircraft_age < 5", "aircraft_age < 6")
		self.rebuilds({"marts.fleet_age"}, {"marts.fleet_age": "view_changed"})

	def test_edit_rebuilds_descendants(self):
		self.project.replace("views/core/routes.sql", "FROM core.flights", "FROM core.flights WHERE distance_mi > 100")
		self.rebuilds({"core.routes", "marts.busiest_routes", "marts.airline_network"},
			{"core.routes": "view_changed", "marts.busiest_routes": "upstream_stale", "marts.airline_network": "upstream_stale"})

	def test_edit_of_a_plain_view(self):
		self.project.replace("views/core/late_flights.sql", "arrival_delay > 15", "arrival_delay > 30")
		self.rebuilds({"marts.daily_delays"}, {"marts.daily_delays": "view_changed"})

	def test_new_commit_of_a_source(self):
		self.project.call("load", "raw.airlines", self.project.file("more.csv", "carrier,name\nZZ,Zeppelin Lines\n"), "--append")
		descendants = {"staging.airlines", "core.flights"} | BELOW_CORE
		self.rebuilds(descendants, {"staging.airlines": "input_moved", "core.flights": "upstream_stale"})
		self.assertIn(("ZZ", "Zeppelin Lines"), harness.rows(self.project.rows("staging.airlines")))

	def test_commit_of_another_client(self):
		path = self.project.path("warehouse", "raw", "airports")
		table = deltalake.DeltaTable(path)
		deltalake.write_deltalake(table, table.to_pyarrow_dataset().to_table().slice(0, 1), mode="append")
		plan = self.project.plan()
		self.assertEqual({"staging.airports", "core.flights"} | BELOW_CORE, {n for n, (action, _) in plan.items() if action == "build"})
		self.assertIn("input_moved", plan["staging.airports"][1])

	def test_optimize_and_vacuum_of_a_source(self):
		path = self.project.path("warehouse", "raw", "flights")
		table = deltalake.DeltaTable(path)
		first = table.version()
		for _ in range(2):
			deltalake.DeltaTable(path).optimize.compact(max_concurrent_tasks=1)
		deltalake.DeltaTable(path).optimize.z_order(["origin"])
		deltalake.DeltaTable(path).vacuum(retention_hours=0, dry_run=False, enforce_retention_duration=False)
		self.assertGreater(deltalake.DeltaTable(path).version(), first, "OPTIMIZE has to leave a commit, else this shows nothing")
		self.unchanged()

	def test_optimize_of_a_target(self):
		deltalake.DeltaTable(self.project.path("warehouse", "core", "flights")).optimize.z_order(["carrier_code"])
		self.unchanged_views()

	def unchanged_views(self):
		self.assertEqual(set(), self.project.to_build())
		self.assertEqual(set(), self.project.built())

	def test_registry_deleted(self):
		shutil.rmtree(self.project.path(".belvedere"))
		self.unchanged()

	def test_second_checkout_on_the_same_warehouse(self):
		other = harness.sources_of_example()
		other.replace("belvedere.yaml", "warehouse: warehouse\n", f"warehouse: {self.project.path('warehouse')}\n")
		other.file("belvedere.yaml", other.file("belvedere.yaml").replace("location: warehouse/", f"location: {self.project.path('warehouse')}/"))
		self.assertEqual(set(), other.to_build())
		self.assertEqual(set(), other.built())

	def test_copied_elsewhere(self):
		moved = self.project.clone()
		self.assertEqual(set(), moved.to_build())
		self.assertEqual(set(), moved.built())

	def test_select(self):
		self.project.replace("views/core/routes.sql", "FROM core.flights", "FROM core.flights WHERE distance_mi > 100")
		self.project.replace("views/marts/fleet_age.sql", "aircraft_age < 5", "aircraft_age < 6")
		self.assertEqual({"marts.fleet_age"}, self.project.built("--select", "marts.fleet_age"))
		self.assertEqual({"core.routes", "marts.airline_network"}, self.project.built("--select", "core.routes+", "--exclude", "marts.busiest_routes"))
		self.assertEqual({"marts.busiest_routes"}, self.project.built())

	def test_full_refresh(self):
		self.assertEqual({"marts.fleet_age"}, self.project.built("--full-refresh", "--select", "marts.fleet_age"))
		self.unchanged()

	def test_properties_and_comments_are_metadata_commits(self):
		before = self.project.certificate("core.flights")
		self.project.replace("views/core/flights.sql", "Departures with", "All departures with")
		self.project.replace("views/core/flights.sql", "partition_by = ('flight_month')", "partition_by = ('flight_month'), properties = ('owner' = 'ops')")
		files = set(self.project.table("core.flights").file_uris())
		plan = self.project.plan()
		self.assertEqual({"core.flights"}, {n for n, (action, _) in plan.items() if action == "build"})
		self.assertEqual({"storage_changed"}, plan["core.flights"][1])
		self.assertEqual({"core.flights"}, self.project.built())
		table = self.project.table("core.flights")
		self.assertEqual(files, set(table.file_uris()), "no data file was rewritten")
		self.assertTrue(table.metadata().description.startswith("All departures"))
		self.assertEqual("ops", table.metadata().configuration.get("owner"))
		self.assertNotEqual(before["storage_hash"], self.project.certificate("core.flights")["storage_hash"])
		self.unchanged()

	def test_new_partitioning_makes_no_reader_stale(self):
		self.project.replace("views/core/flights.sql", "partition_by = ('flight_month')", "partition_by = ('origin_code')")
		rows = harness.rows(self.project.rows("marts.fleet_age"))
		self.rebuilds({"core.flights"}, {"core.flights": "storage_changed"})
		self.assertEqual(["origin_code"], self.project.table("core.flights").metadata().partition_columns)
		self.assertEqual(rows, harness.rows(self.project.rows("marts.fleet_age")))

	def test_tags_and_refresh_option(self):
		self.project.replace("views/core/flights.sql", "'nightly'", "'hourly'")
		self.unchanged()
		self.project.replace("views/marts/fleet_age.sql", "WITH (tags = ('marts'))", "WITH (tags = ('marts'), refresh = 'always')")
		self.assertEqual(("build", {"always"}), self.project.plan()["marts.fleet_age"])
		for _ in range(2):
			self.assertEqual({"marts.fleet_age"}, self.project.built())

	def test_target_removed(self):
		shutil.rmtree(self.project.path("warehouse", "marts", "fleet_age"))
		self.rebuilds({"marts.fleet_age"}, {"marts.fleet_age": "target_missing"})

	def test_new_view(self):
		self.project.file("views/marts/tails.sql", "SELECT DISTINCT tail_number FROM core.flights WHERE tail_number IS NOT NULL")
		self.rebuilds({"marts.tails"}, {"marts.tails": "never_built"})
		self.assertEqual(4043, self.project.rows("marts.tails").num_rows)

	def test_orphans(self):
		os.remove(self.project.path("views", "marts", "fleet_age.sql"))
		plan = self.project.call("plan", "--json").json
		self.assertEqual(["marts.fleet_age"], [o if isinstance(o, str) else o["name"] for o in plan["orphans"]])
		self.unchanged()
		self.assertTrue(os.path.isdir(self.project.path("warehouse", "marts", "fleet_age")), "a run leaves an orphan alone")
		self.project.call("run", "--prune")
		self.assertFalse(os.path.exists(self.project.path("warehouse", "marts", "fleet_age", "_delta_log")))
		self.assertEqual([], self.project.call("plan", "--json").json["orphans"])

	def test_allow_breaking(self):
		self.project.replace("views/core/routes.sql", "min(distance_mi) AS distance_mi,", "CAST(min(distance_mi) AS VARCHAR) AS distance_mi,")
		plan = self.project.plan()
		self.assertEqual("blocked", plan["core.routes"][0])
		self.assertIn("contract_refused", plan["core.routes"][1])
		self.assertEqual("blocked", plan["marts.busiest_routes"][0])
		self.assertEqual(3, self.project.call("plan", "--check", code=None).code)
		before = self.project.versions()
		refused = self.project.call("run", code=1)
		self.assertIn("distance_mi", refused.err + refused.out, "the diff names the field")
		self.assertEqual(before, self.project.versions())
		built = self.project.built("--allow-breaking")
		self.assertIn("core.routes", built)
		self.assertTrue(pyarrow.types.is_string(self.project.rows("core.routes").schema.field("distance_mi").type))
		self.unchanged()

	def test_added_column_is_compatible(self):
		self.project.replace("views/core/routes.sql", "count(*) AS flights,", "count(*) AS flights,\n\tmax(distance_mi) AS longest_mi,")
		self.rebuilds({"core.routes", "marts.busiest_routes", "marts.airline_network"}, {"core.routes": "view_changed"})
		self.assertIn("longest_mi", self.project.rows("core.routes").column_names)

	def test_plan_check(self):
		self.assertEqual(0, self.project.call("plan", "--check", code=None).code)
		self.project.replace("views/marts/fleet_age.sql", "aircraft_age < 5", "aircraft_age < 6")
		self.assertEqual(2, self.project.call("plan", "--check", code=None).code)
		self.project.replace("views/marts/fleet_age.sql", "FROM core.flights", "FROM core.nowhere")
		self.assertEqual(1, self.project.call("plan", "--check", code=None).code)


class Queries(unittest.TestCase):
	@classmethod
	def setUpClass(cls):
		cls.project = harness.built()

	def json_rows(self, *args, **more):
		return self.project.call("query", "--format", "json", *args, **more).json["rows"]

	def test_of_a_materialised_view(self):
		self.assertEqual([[336776]], self.json_rows("SELECT sum(flights) FROM marts.airline_punctuality"))

	def test_of_a_plain_view(self):
		with harness.duck() as connection:
			wanted = connection.execute(f"SELECT count(*) FROM read_csv('{harness.CSV}/flights.csv', nullstr = 'NA', sample_size = -1) WHERE arr_delay > 15").fetchone()[0]
		self.assertEqual([[wanted]], self.json_rows("SELECT count(*) FROM core.late_flights"))

	def test_into_a_nested_column(self):
		rows = self.json_rows("SELECT airline, routes[1]['destination'] AS top FROM marts.airline_network ORDER BY airline")
		self.assertEqual(16, len(rows))
		self.assertIn(["Hawaiian Airlines Inc.", "HNL"], rows)

	def test_stale_fresh_and_limit(self):
		project = self.project.clone()
		project.replace("views/marts/fleet_age.sql", "count(*) AS aircraft", "-count(*) AS aircraft")
		stale = project.call("query", "--format", "json", "SELECT min(aircraft) FROM marts.fleet_age")
		self.assertGreater(stale.json["rows"][0][0], 0)
		self.assertIn("stale", stale.err)
		before = project.versions()
		fresh = project.call("query", "--fresh", "--format", "json", "SELECT min(aircraft) FROM marts.fleet_age").json["rows"]
		self.assertLess(fresh[0][0], 0)
		self.assertEqual(before, project.versions(), "--fresh writes nothing")
		self.assertEqual(3, len(project.call("query", "--view", "core.routes", "--limit", "3", "--format", "json").json["rows"]))

	def test_unbuilt(self):
		project = harness.loaded()
		self.assertIn("BV5005", project.call("query", "SELECT * FROM staging.airlines", code=1).err)
		self.assertEqual([[16]], project.call("query", "--fresh", "--format", "json", "SELECT count(*) FROM staging.airlines").json["rows"])
		self.assertEqual({}, project.versions())

	def test_arrow_stream(self):
		out = subprocess.run([harness.BELVEDERE, "--project", self.project.dir, "query", "--format", "arrow", "SELECT * FROM core.routes"], capture_output=True, check=True).stdout
		table = pyarrow.ipc.open_stream(out).read_all()
		self.assertIsNone(harness.difference(harness.rows(table), harness.rows(self.project.rows("core.routes"))))


if __name__ == "__main__":
	unittest.main()
