"""The same input gives the same bytes, whatever the machine does: threads, folders, order of files, engine or none."""
import os
import shutil
import unittest

import harness
from harness import STORED, VIEWS

KEYS = ("ast_fingerprint", "policy_hash", "storage_hash", "columns")


def compiled(project, *args):
	return {v["name"]: {k: v.get(k) for k in KEYS} for v in project.call("compile", "--json", *args).json["views"]}


def shown(project, *args):
	"""Everything that is kept of every view."""
	return {name: project.call("show", name, "--json", *args).json["artifact"] for name in sorted(VIEWS)}


class Determinism(unittest.TestCase):
	@classmethod
	def setUpClass(cls):
		cls.project = harness.loaded()
		cls.keys = compiled(cls.project)
		cls.artifacts = shown(cls.project)

	def test_all_is_there(self):
		self.assertEqual(VIEWS, set(self.keys))
		for name, keys in self.keys.items():
			self.assertRegex(keys["ast_fingerprint"] or "", "^[0-9a-f]{64}$", name)

	def test_again(self):
		self.assertEqual(self.keys, compiled(self.project))
		self.assertEqual(self.artifacts, shown(self.project))

	def test_without_engine(self):
		self.assertEqual(self.keys, compiled(self.project, "--engine", "none"))
		self.assertEqual(self.artifacts, shown(self.project, "--engine", "none"))

	def test_nothing_loaded_and_no_engine(self):
		self.assertEqual(self.keys, compiled(harness.sources_of_example(), "--engine", "none"))

	def test_other_folder_and_order_of_files(self):
		other = os.path.join(harness.SCRATCH, "a much longer path with spaces", "ünïcode", "flights")
		os.makedirs(other)
		shutil.copy(self.project.path("belvedere.yaml"), other)
		files = sorted((os.path.join(f, n) for f, _, names in os.walk(self.project.path("views")) for n in names), reverse=True)
		for path in files:
			target = os.path.join(other, os.path.relpath(path, self.project.dir))
			os.makedirs(os.path.dirname(target), exist_ok=True)
			shutil.copy(path, target)
		shutil.copytree(self.project.path("warehouse"), os.path.join(other, "warehouse"))
		moved = harness.Project(other)
		self.assertEqual(self.keys, compiled(moved))
		self.assertEqual(self.artifacts, shown(moved))

	def test_environment(self):
		for env in ({"LC_ALL": "tr_TR.UTF-8", "LANG": "tr_TR.UTF-8"}, {"TZ": "Asia/Kathmandu"}):
			got = {v["name"]: {k: v.get(k) for k in KEYS} for v in self.project.call("compile", "--json", env=env).json["views"]}
			self.assertEqual(self.keys, got, env)

	def test_fingerprint_is_sha256_of_the_payload(self):
		import hashlib
		import json
		payload = self.project.call("show", "core.flights", "--payload").out.strip()
		self.assertEqual(self.keys["core.flights"]["ast_fingerprint"], hashlib.sha256(payload.encode()).hexdigest())
		self.assertEqual(payload, json.dumps(json.loads(payload), ensure_ascii=False, separators=(",", ":")))

	def test_threads_give_the_same_tables(self):
		tables = []
		for threads in (1, 2):
			project = harness.loaded()
			project.file("belvedere.yaml", project.file("belvedere.yaml") + f"\nengine:\n  threads: {threads}\n")
			self.assertEqual(self.keys, compiled(project))
			project.run()
			tables.append({name: project.rows(name) for name in sorted(STORED)})
		for name in sorted(STORED):
			self.assertIsNone(harness.same_table(*(t[name] for t in tables)), name)


if __name__ == "__main__":
	unittest.main()
