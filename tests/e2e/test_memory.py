"""A result far larger than the memory limit is written, within the limit."""
import os
import subprocess
import sys
import unittest

import harness

LIMIT = 64 << 20
# A row in memory: 32 hex digits with their view, and two numbers: some 64 bytes.
ROW = 64
MEASURE = """
import resource, subprocess, sys
done = subprocess.run(sys.argv[1:], stdout=sys.stderr)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
sys.exit(done.returncode)
"""


def build(times):
	"""Runs a view of `times` the limit; peak memory of the process in bytes, and the project."""
	rows = times * LIMIT // ROW
	project = harness.small({"big.sql": f"""
		SELECT a.id * 4096 + b.value AS id, md5(CAST(a.id * 4096 + b.value AS VARCHAR)) AS text, (a.id * 7919 + b.value) % 100003 AS other
		FROM (SELECT unnest(range(0, {rows // 4096})) AS id) AS a
		CROSS JOIN (SELECT unnest(range(0, 4096)) AS value) AS b"""},
		yaml=f"name: small\nwarehouse: warehouse\nengine:\n  memory: {LIMIT >> 20}MB\n  threads: 2\n")
	done = subprocess.run([sys.executable, "-c", MEASURE, harness.BELVEDERE, "--project", project.dir, "run"], capture_output=True, text=True)
	assert done.returncode == 0, done.stderr
	return int(done.stdout) * 1024, project, rows // 4096 * 4096


class Memory(unittest.TestCase):
	def test_result_larger_than_memory(self):
		small, _, _ = build(3)
		large, project, rows = build(10)
		with harness.duck("delta") as connection:
			scan = f"delta_scan('{project.path('warehouse', 'main', 'big')}')"
			self.assertEqual((rows, rows), connection.execute(f"SELECT count(*), count(DISTINCT id) FROM {scan}").fetchone())
			self.assertEqual(0, connection.execute(f"SELECT count(*) FROM {scan} WHERE text <> md5(id::VARCHAR)").fetchone()[0])
		said = f"{small >> 20} MB for 3 x, {large >> 20} MB for 10 x a limit of {LIMIT >> 20} MB"
		self.assertLessEqual(large, 1.15 * small, said)
		self.assertLessEqual(large, LIMIT + (512 << 20), said)

	def test_sort_spills(self):
		project = harness.small({"sorted.sql": """
			SELECT row_number() OVER (ORDER BY md5(CAST(value AS VARCHAR))) AS place, value
			FROM (SELECT a.value * 2000 + b.value AS value FROM (SELECT unnest(range(0, 2000)) AS value) AS a CROSS JOIN (SELECT unnest(range(0, 2000)) AS value) AS b) AS n"""},
			yaml="name: small\nwarehouse: warehouse\nengine:\n  memory: 128MB\n  threads: 2\n  spill: spill\n")
		project.run()
		with harness.duck("delta") as connection:
			scan = f"delta_scan('{project.path('warehouse', 'main', 'sorted')}')"
			self.assertEqual((4_000_000, 1, 4_000_000), connection.execute(f"SELECT count(*), min(place), max(place) FROM {scan}").fetchone())
			self.assertEqual(0, connection.execute(f"SELECT count(*) FROM (SELECT md5(value::VARCHAR) AS h, lag(md5(value::VARCHAR)) OVER (ORDER BY place) AS p FROM {scan}) WHERE p > h").fetchone()[0])
		left = [f for _, _, files in os.walk(project.path("spill")) for f in files]
		self.assertEqual([], left, "spill files are removed")

	def test_too_little_memory_is_said(self):
		project = harness.small({"wide.sql": """
			SELECT array_agg(a.value * 2000 + b.value) AS everything
			FROM (SELECT unnest(range(0, 4000)) AS value) AS a CROSS JOIN (SELECT unnest(range(0, 4000)) AS value) AS b"""},
			yaml="name: small\nwarehouse: warehouse\nengine:\n  memory: 32MB\n  threads: 2\n")
		result = project.call("run", code=1)
		self.assertIn("BV4006", result.err)
		self.assertEqual({}, project.versions())


if __name__ == "__main__":
	unittest.main()
