"""examples/embed.c builds against an installed copy, found by pkg-config, and prints what DuckDB computes."""
import os
import subprocess
import unittest

import harness


class Embed(unittest.TestCase):
	def test_embed(self):
		prefix = os.path.join(harness.SCRATCH, "installed")
		env = {**os.environ, "PKG_CONFIG_PATH": os.path.join(prefix, "lib", "pkgconfig"), "LD_LIBRARY_PATH": os.path.join(prefix, "lib"),
			"BELVEDERE_ENGINE": os.environ.get("BELVEDERE_ENGINE") or os.path.join(harness.ROOT, "build", "libbelvedere_datafusion.so")}
		done = subprocess.run(["make", "-s", "install-core", f"PREFIX={prefix}"], cwd=harness.ROOT, capture_output=True, text=True)
		self.assertEqual(0, done.returncode, done.stdout + done.stderr)
		flags = subprocess.run(["pkg-config", "--cflags", "--libs", "belvedere"], capture_output=True, text=True, check=True, env=env).stdout.split()
		self.assertIn("-lbelvedere", flags)
		program = os.path.join(harness.SCRATCH, "embed")
		subprocess.run(["cc", "-std=c99", "-Wall", "-Wextra", "-Wpedantic", "-Werror", os.path.join(harness.ROOT, "examples", "embed.c"), "-o", program, *flags],
			check=True, env=env)
		project = harness.built()
		done = subprocess.run([program, project.dir], capture_output=True, text=True, env=env)
		self.assertEqual(0, done.returncode, done.stdout + done.stderr)
		got = [line.split("\t") for line in done.stdout.splitlines()]
		with harness.duck() as connection:
			wanted = connection.execute(f"""
				WITH alliances(carrier, alliance) AS (VALUES ('AA', 'oneworld'), ('UA', 'Star Alliance'), ('US', 'Star Alliance'), ('DL', 'SkyTeam'))
				SELECT alliance, count(*), sum(distance)::BIGINT FROM read_csv('{harness.CSV}/flights.csv', nullstr = 'NA', sample_size = -1) JOIN alliances USING (carrier)
				WHERE dep_time IS NOT NULL GROUP BY alliance ORDER BY 2 DESC LIMIT 3""").fetchall()
		self.assertEqual([["alliance", "flights", "miles"], *([str(v) for v in row] for row in wanted)], got)

	def test_headers_stand_alone(self):
		for compiler, standard, language in (("cc", "-std=c99", "c"), ("c++", "-std=c++11", "c++")):
			done = subprocess.run([compiler, standard, "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-fsyntax-only", "-x", language, os.path.join(harness.ROOT, "include", "belvedere", "belvedere.h")],
				capture_output=True, text=True)
			self.assertEqual(0, done.returncode, done.stderr)


if __name__ == "__main__":
	unittest.main()
