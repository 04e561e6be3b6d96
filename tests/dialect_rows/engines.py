"""DuckDB, a PostgreSQL of our own and the lane behind one face: ask(sql) gives (types, rows), every value as its class and a comparable value; Refused says
that the engine does not take the query, Failed that it ended while rows were computed."""
import decimal
import glob
import json
import os
import re
import shutil
import struct
import subprocess
import tempfile

import duckdb
import duckdb_ext
import pyarrow

import tables

BUILD = os.environ.get("BELVEDERE_BUILD") or os.path.join(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))), "build")


class Refused(Exception):
	pass


# ---- values ----

INTERVAL = re.compile(r"(-?[\d.]+) (year|mon|month|day|hour|min|sec|millisecond|week)s?")
CLOCK = re.compile(r"(-?)(\d+):(\d\d):(\d\d(?:\.\d+)?)$")
UNITS = {"year": (0, 12), "mon": (0, 1), "month": (0, 1), "day": (1, 1), "week": (1, 7), "hour": (2, 3600), "min": (2, 60), "sec": (2, 1)}


def interval(text):
	"""(months, days, seconds) of what any of the three prints."""
	parts = [decimal.Decimal(0)] * 3
	for number, unit in INTERVAL.findall(text):
		place, factor = UNITS[unit]
		parts[place] += decimal.Decimal(number) * factor
	clock = CLOCK.search(text)
	if clock:
		seconds = int(clock[2]) * 3600 + int(clock[3]) * 60 + decimal.Decimal(clock[4])
		parts[2] += -seconds if clock[1] else seconds
	return tuple(parts)


def moment(text):
	"""A timestamp, date or time as text without the zeros behind its fraction."""
	text = re.sub(r"(Z|\+00(:?00)?)$", "", text.replace("T", " "))
	return re.sub(r"(\.\d*?)0+$", r"\1", text).rstrip(".")


def value(kind, v):
	"""A value that can be compared across the engines."""
	if v is None or kind == "null":
		return None
	if isinstance(kind, tuple):
		if kind[0] == "list":
			return tuple(value(kind[1], x) for x in v)
		if kind[0] == "struct":
			items = v.values() if isinstance(v, dict) else v
			return tuple(value(k, x) for k, x in zip(kind[1], items))
		return tuple(sorted(((value(kind[1], k), value(kind[2], x)) for k, x in v), key=repr))
	if kind == "float":
		return float(v)
	if kind == "real": # one prints the shortest text of it, another its value as a double
		return struct.unpack("f", struct.pack("f", float(v)))[0]
	if kind == "number":
		try:
			return decimal.Decimal(str(v))
		except decimal.InvalidOperation:
			raise ValueError(f"no number: {v!r}") from None
	if kind == "bool":
		return v if isinstance(v, bool) else v == "t"
	if kind in ("timestamp", "timestamptz", "time"):
		return moment(str(v))
	if kind == "interval":
		return interval(v) if isinstance(v, str) else v
	if kind == "binary":
		return v.hex() if isinstance(v, bytes) else str(v).removeprefix("\\x")
	return str(v)


# ---- DuckDB ----

def arrow_kind(t):
	is_ = pyarrow.types
	if is_.is_null(t):
		return "null"
	if is_.is_integer(t) or is_.is_decimal(t):
		return "number"
	if is_.is_floating(t):
		return "float" if t.bit_width == 64 else "real"
	if is_.is_boolean(t):
		return "bool"
	if is_.is_string(t) or is_.is_large_string(t):
		return "text"
	if is_.is_date(t):
		return "date"
	if is_.is_timestamp(t):
		return "timestamptz" if t.tz else "timestamp"
	if is_.is_time(t):
		return "time"
	if is_.is_interval(t) or is_.is_duration(t):
		return "interval"
	if is_.is_map(t):
		return "map", arrow_kind(t.key_type), arrow_kind(t.item_type)
	if is_.is_list(t) or is_.is_large_list(t) or is_.is_fixed_size_list(t):
		return "list", arrow_kind(t.value_type)
	if is_.is_struct(t):
		return "struct", tuple(arrow_kind(t.field(i).type) for i in range(t.num_fields))
	return "binary"


def arrow_value(v):
	if isinstance(v, pyarrow.MonthDayNano):
		return decimal.Decimal(v.months), decimal.Decimal(v.days), decimal.Decimal(v.nanoseconds) / 1000000000
	return v


def unpacked(array):
	"""The values of an Arrow array; structs as tuples, for their fields may have one name."""
	t = array.type
	if pyarrow.types.is_struct(t):
		return [row if valid.as_py() else None for row, valid in zip(zip(*map(unpacked, array.flatten())), array.is_valid())]
	if pyarrow.types.is_map(t):
		return [None if x.values is None else [(k, v) for k, v in unpacked(x.values)] for x in array]
	if pyarrow.types.is_list(t) or pyarrow.types.is_large_list(t) or pyarrow.types.is_fixed_size_list(t):
		return [None if x.values is None else unpacked(x.values) for x in array]
	if arrow_kind(t) in ("date", "timestamp", "timestamptz", "time"): # Python has no dates beyond its own
		array = array.cast(pyarrow.string())
	return [arrow_value(v) for v in array.to_pylist()]


def load(connection, extension=None):
	"""Extensions of the Python package, and nothing from the network."""
	folder = os.path.join(list(duckdb_ext.__path__)[0], "extensions")
	connection.execute(f"SET extension_directory = '{folder}'; SET autoinstall_known_extensions = false; SET TimeZone = 'UTC'")
	if extension:
		connection.execute(f"LOAD {extension}")


class DuckDB:
	name = "duckdb"

	def __init__(self, files):
		self.connection = duckdb.connect()
		load(self.connection)
		for name, path in files.items():
			self.connection.execute(f"CREATE TABLE \"{name}\" AS SELECT * FROM read_parquet('{path}')")

	def ask(self, sql):
		try:
			table = self.connection.execute(sql).fetch_arrow_table()
		except (duckdb.Error, pyarrow.ArrowException) as e:
			raise Refused(str(e).splitlines()[0]) from None
		kinds = [arrow_kind(t) for t in table.schema.types]
		columns = [unpacked(c.combine_chunks()) for c in table.columns]
		return kinds, [tuple(value(k, v) for k, v in zip(kinds, row)) for row in zip(*columns)]

	def functions(self):
		return {name.lower() for (name,) in self.connection.execute("SELECT DISTINCT function_name FROM duckdb_functions()").fetchall()}

	def close(self):
		self.connection.close()


# ---- PostgreSQL ----

KINDS = {"smallint": "number", "integer": "number", "bigint": "number", "numeric": "number", "real": "real", "double precision": "float", "boolean": "bool", "text": "text",
	"character varying": "text", "character": "text", "bpchar": "text", "name": "text", '"char"': "text", "unknown": "null", "date": "date", "timestamp without time zone": "timestamp", "timestamp with time zone": "timestamptz",
	"time without time zone": "time", "interval": "interval", "bytea": "binary"}


def postgres_kind(text):
	if text.endswith("[]"):
		return "list", postgres_kind(text[:-2])
	return "interval" if text.startswith("interval") else KINDS.get(re.sub(r"\(.*?\)", "", text).strip(), "text")


def binaries():
	"""The folder with PostgreSQL's programs; None: there is none."""
	found = [os.path.dirname(os.path.realpath(p)) for p in [shutil.which("postgres")] if p] + sorted(glob.glob("/usr/lib/postgresql/*/bin"), reverse=True)
	return next((f for f in found if os.path.exists(os.path.join(f, "initdb")) and os.path.exists(os.path.join(f, "psql"))), None)


class Postgres:
	"""A server in a folder of its own, reached through a socket there; one psql that stays. The collation is C: text in the order of its bytes, as the engine's."""
	name = "postgres"

	def __init__(self):
		self.bin = binaries()
		self.folder = tempfile.mkdtemp(prefix="belvedere-postgres-")
		self.user = []
		self.psql = None
		if os.geteuid() == 0: # the server does not run as root
			self.user = ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups"]
			shutil.chown(self.folder, "postgres", "postgres")
		try:
			self.start()
		except BaseException:
			self.close()
			raise

	def call(self, program, *args):
		done = subprocess.run([*self.user, os.path.join(self.bin, program), *args], cwd=self.folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env={**os.environ, "LC_ALL": "C"})
		if done.returncode:
			raise RuntimeError(f"{program} failed:\n{done.stdout}")

	def start(self):
		data = os.path.join(self.folder, "data")
		self.call("initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync")
		options = f"-k {self.folder} -h '' -c fsync=off -c synchronous_commit=off -c full_page_writes=off -c timezone=UTC -c max_connections=5 -c autovacuum=off"
		self.call("pg_ctl", "-D", data, "-l", os.path.join(self.folder, "log"), "-w", "-t", "60", "-o", options, "start")
		self.psql = subprocess.Popen([*self.user, os.path.join(self.bin, "psql"), "-X", "-q", "-h", self.folder, "-U", "postgres", "-d", "postgres", "--no-align"], cwd=self.folder, stdin=subprocess.PIPE,
			stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, encoding="utf-8", env={**os.environ, "PGCLIENTENCODING": "UTF8"})
		self.say("\\set VERBOSITY terse\n\\pset null '\\\\N'\n\\pset format unaligned\n\\pset fieldsep '\\037'\n\\pset recordsep '\\036'\n\\pset footer off\n\\pset tuples_only on\n")
		out = self.say("CREATE SCHEMA main; SET search_path = main;\nSET statement_timeout = '20s';\nSET client_min_messages = error;\n" + ";\n".join(tables.statements()) + ";\n")
		if "ERROR" in out:
			raise RuntimeError(out)

	def say(self, text):
		"""What psql prints until it is through with the text."""
		self.psql.stdin.write(text + "\n\\echo <END>\n")
		self.psql.stdin.flush()
		lines = []
		for line in self.psql.stdout:
			if line.rstrip("\n").endswith("<END>"):
				lines.append(line.rstrip("\n")[:-5])
				return "".join(lines)
			lines.append(line)
		raise RuntimeError("psql ended: " + "".join(lines))

	def ask(self, sql):
		sql = sql.strip().rstrip(";")
		described = self.say(sql + "\n\\gdesc\n")
		error = re.search(r"^(?:psql:\S* )?(ERROR|FATAL):\s*(.*)", described, re.M)
		if error:
			raise Refused(error[2])
		kinds = [postgres_kind(r.split("\x1f")[1]) for r in described.strip("\n").split("\x1e") if "\x1f" in r]
		out = self.say(sql + "\n;\n")
		error = re.search(r"^(?:psql:\S* )?(ERROR|FATAL):\s*(.*)", out, re.M)
		if error:
			raise Refused(error[2])
		rows = [r.split("\x1f") for r in out.removesuffix("\n").split("\x1e")] if out else []
		return kinds, [tuple(self.cell(k, v) for k, v in zip(kinds, row)) for row in rows]

	def cell(self, kind, text):
		if text == "\\N":
			return None
		if isinstance(kind, tuple): # an array prints as {1,NULL,"a b"}
			return tuple(value(kind[1], None if x == "NULL" else x) for x in array(text))
		return value(kind, text)

	def functions(self):
		return {name.lower() for (name,) in self.ask("SELECT DISTINCT proname::text FROM pg_proc")[1]}

	def close(self):
		if self.psql:
			self.psql.stdin.close()
			self.psql.wait(timeout=10)
		if os.path.exists(os.path.join(self.folder, "data", "postmaster.pid")):
			subprocess.run([*self.user, os.path.join(self.bin, "pg_ctl"), "-D", os.path.join(self.folder, "data"), "-m", "immediate", "-w", "stop"], stdout=subprocess.DEVNULL, check=False, cwd=self.folder)
		shutil.rmtree(self.folder, ignore_errors=True)


def array(text):
	"""The elements that PostgreSQL's text of a one-dimensional array holds."""
	return [re.sub(r"\\(.)", r"\1", q) if q or not p else p for q, p in re.findall(r'(?:^\{|,)(?:"((?:[^"\\]|\\.)*)"|([^,{}"]*))', text)] if text != "{}" else []


# ---- the lane ----

def belvedere_kind(text):
	text = text.strip()
	for prefix, kind in (("Interval", "interval"), ("Int", "number"), ("UInt", "number"), ("Decimal", "number"), ("Float32", "real"), ("Float", "float"), ("Boolean", "bool"), ("Utf8", "text"), ("LargeUtf8", "text"), ("Date", "date"), ("Time32", "time"), ("Time64", "time"),
			("Duration", "interval"), ("Null", "null")):
		if text.startswith(prefix):
			return kind
	if text.startswith("Timestamp"):
		return "timestamptz" if '"' in text else "timestamp"
	if re.match(r"(Large|FixedSize)?List", text):
		inner = text[text.index("(") + 1:-1]
		inner = re.sub(r"^(non-null|field: '[^']*'|\d+ x) *", "", inner)
		return "list", belvedere_kind(inner.removeprefix("non-null "))
	if text.startswith("Struct("):
		return "struct", tuple(belvedere_kind(re.sub(r'^"(?:[^"]|"")*": (non-null )?', "", p)) for p in parts(text[7:-1]))
	if text.startswith("Map("):
		pair = re.search(r'Struct\((.*)\)', text)[1]
		return ("map", *belvedere_kind("Struct(" + pair + ")")[1])
	return "binary"


def parts(text):
	"""Split at the commas outside of parentheses."""
	out, depth, begin = [], 0, 0
	for i, c in enumerate(text):
		depth += c in "(<" 
		depth -= c in ")>"
		if c == "," and not depth:
			out.append(text[begin:i].strip())
			begin = i + 1
	return out + [text[begin:].strip()] if text else []


class Belvedere:
	def __init__(self, files):
		self.process = subprocess.Popen([os.path.join(BUILD, "belvedere"), "batch"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8")
		self.schemas = {}
		for name, path in files.items():
			answer = self.request(op="register", name=name if name.islower() else f'"{name}"', format="parquet", location=path)
			if not answer["ok"]:
				raise RuntimeError(answer)
			self.schemas[name] = {c["name"]: c["type"] for c in answer["schema"]}

	def request(self, **request):
		self.process.stdin.write(json.dumps(request) + "\n")
		self.process.stdin.flush()
		line = self.process.stdout.readline()
		if not line:
			raise RuntimeError(f"belvedere batch ended on {request}")
		return json.loads(line)

	def checked(self, **request):
		answer = self.request(**request)
		if not answer["ok"]:
			e = answer["errors"][0]
			raise Refused(f"{e['code']} {e['message']}" + (f" ({e['hint']})" if e.get("hint") else ""))
		return answer

	def written(self, sql, dialect):
		return self.checked(op="parse", sql=sql, dialect=dialect, write=dialect)["statements"][0]["sql"]

	def governed(self, sql, dialect):
		quoted = {n if n.islower() else f'"{n}"': {c if c.islower() and c != "select" else f'"{c}"': t for c, t in s.items()} for n, s in self.schemas.items()}
		return self.checked(op="compile", sql=sql, dialect=dialect, schema=quoted, options={"write": dialect})["sql"]

	def ask(self, sql, dialect):
		answer = self.checked(op="query", sql=sql, dialect=dialect)
		kinds = [belvedere_kind(c["type"]) for c in answer["schema"]]
		return kinds, [tuple(value(k, v) for k, v in zip(kinds, row)) for row in answer["rows"]]

	def close(self):
		self.process.stdin.close()
		self.process.wait(timeout=10)
