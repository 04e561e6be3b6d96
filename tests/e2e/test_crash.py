"""kill -9 at random moments of a run, then run again: every table right, nothing written twice. Two runs at once. Ctrl-C."""
import os
import random
import signal
import subprocess
import time
import unittest

import harness
from harness import BELVEDERE, STORED

ROUNDS = int(os.environ.get("BELVEDERE_KILLS") or 16)


def start(project, *args):
	return subprocess.Popen([BELVEDERE, "--project", project.dir, "run", *args], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
		env={**os.environ, "NO_COLOR": "1"})


class Crash(unittest.TestCase):
	def setUp(self):
		self.reference = harness.built()

	def check(self, project, label):
		"""Same rows as an undisturbed run, one commit a refresh."""
		for name in sorted(STORED):
			with self.subTest(name, at=label):
				self.assertIsNone(harness.same_table(project.rows(name), self.reference.rows(name)))
				refreshes = [c["belvedere"]["refresh"] for c in project.commits(name) if "belvedere" in c]
				self.assertEqual(len(set(refreshes)), len(refreshes), "one refresh was committed twice")
				self.assertEqual(project.table(name).version() + 1, len(project.commits(name)))
				self.assertEqual(1, len(refreshes), "a view that stood was built again")

	def test_kill_and_run_again(self):
		project = harness.loaded()
		began = time.monotonic()
		project.run()
		whole = time.monotonic() - began
		seed = int(os.environ.get("BELVEDERE_SEED") or time.time())
		moments = random.Random(seed)
		killed_within = 0
		for i in range(ROUNDS):
			project = harness.loaded()
			at = moments.uniform(0.0, whole * 1.05)
			process = start(project)
			time.sleep(at)
			process.send_signal(signal.SIGKILL)
			process.communicate()
			label = f"{at:.3f} s of {whole:.3f}, seed {seed}, round {i}"
			done = len(project.versions())
			killed_within += 0 < done < len(STORED)
			# What was committed before the kill stays: none of it is built again.
			with self.subTest(at=label):
				rebuilt = project.built()
				self.assertEqual(len(STORED) - done, len(rebuilt))
			self.check(project, label)
			self.assertEqual(set(), project.to_build())
		self.assertGreater(killed_within, 0, "no kill came while views were being built")

	def test_killed_twice(self):
		project = harness.loaded()
		for at in (0.15, 0.3):
			process = start(project)
			time.sleep(at)
			process.kill()
			process.communicate()
		project.run()
		self.check(project, "two kills")

	def test_ctrl_c(self):
		project = harness.loaded()
		process = start(project)
		deadline = time.monotonic() + 60
		while not project.versions() and time.monotonic() < deadline:
			time.sleep(0.005)
		began = time.monotonic()
		process.send_signal(signal.SIGINT)
		out, err = process.communicate(timeout=60)
		self.assertLess(time.monotonic() - began, 3.0, "Ctrl-C stops at once")
		self.assertEqual(130, process.returncode, out + err)
		project.run()
		self.check(project, "Ctrl-C")

	def test_ctrl_c_of_a_query(self):
		process = subprocess.Popen([BELVEDERE, "--project", self.reference.dir, "query", "SELECT count(*) FROM core.flights a, core.flights b WHERE a.distance_mi + b.distance_mi < 0"],
			stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
		time.sleep(1.5)
		self.assertIsNone(process.poll(), "the query has to run for a while")
		began = time.monotonic()
		process.send_signal(signal.SIGINT)
		process.communicate(timeout=60)
		self.assertLess(time.monotonic() - began, 3.0)
		self.assertEqual(130, process.returncode)

	def test_two_runs_at_once(self):
		project = harness.loaded()
		first = start(project)
		deadline = time.monotonic() + 60
		while not project.versions() and time.monotonic() < deadline:
			time.sleep(0.005)
		first.send_signal(signal.SIGSTOP) # still at work, however fast the machine is
		try:
			second = project.call("run", code=1)
			self.assertIn("BV3012", second.err)
			self.assertIn(str(first.pid), second.err, "it says who holds the project")
			waiting = start(project, "--wait", "--json")
			time.sleep(0.3)
			self.assertIsNone(waiting.poll(), "--wait waits")
			project.call("plan") # readers never wait
		finally:
			first.send_signal(signal.SIGCONT)
		first.communicate(timeout=300)
		self.assertEqual(0, first.returncode)
		out, err = waiting.communicate(timeout=300)
		self.assertEqual(0, waiting.returncode, out + err)
		self.check(project, "two runs")


if __name__ == "__main__":
	unittest.main()
