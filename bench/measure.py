"""The measurements: TPC-H through Belvedere against DataFusion alone; synthetic projects; reading SQL beside other parsers. Writes docs/benchmarks.md.

    measure.py [--scale SF] [--pairs N] [--views N] [--only tpch|project|parse|sql|lane|lineage|scale] [--output FILE]

What counts are the ratios: both sides of each run in turn, on the same machine, in the same minutes."""
import argparse
import json
import math
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path[:0] = [os.path.join(ROOT, "tests", "tpch"), os.path.join(ROOT, "bench")]
import generate  # noqa: E402
import tpc  # noqa: E402
import tpch_data  # noqa: E402

BELVEDERE = os.path.join(ROOT, "build", "belvedere")
PEERS = [os.path.join(tpch_data.CACHE, "venv-bench", "bin", "python"), "-B", os.path.join(ROOT, "bench", "peers.py")]
BASELINE = os.path.join(ROOT, "build", "libbelvedere_datafusion_baseline.so")
CHILD = """
import os, subprocess, sys, time
start = time.perf_counter()
child = subprocess.Popen(sys.argv[1:], stdout=subprocess.DEVNULL)
_, status, usage = os.wait4(child.pid, 0)
print(time.perf_counter() - start, usage.ru_maxrss * 1024)
sys.exit(os.waitstatus_to_exitcode(status) != 0)
"""


def say(text):
	print(text, file=sys.stderr, flush=True)


def timed(*command):
	"""Wall seconds and peak memory of one process."""
	done = subprocess.run([sys.executable, "-c", CHILD, *command], capture_output=True, text=True)
	if done.returncode:
		sys.exit(f"bench: {' '.join(command)} failed\n{done.stderr}")
	seconds, peak = done.stdout.split()
	return float(seconds), int(peak)


# ---- TPC-H ----

class Batch:
	"""One process of `belvedere batch` with the baseline library: both sides run in it, over the same tables of the same session."""

	def __init__(self):
		self.process = subprocess.Popen([BELVEDERE, "batch", "--engine", "datafusion"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
			env={**os.environ, "BELVEDERE_ENGINE": BASELINE}, bufsize=1)

	def ask(self, request):
		self.process.stdin.write(json.dumps(request) + "\n")
		self.process.stdin.flush()
		answer = json.loads(self.process.stdout.readline())
		if not answer["ok"]:
			sys.exit(f"bench: {request} failed: {answer['errors']}")
		return answer

	def close(self):
		self.process.stdin.close()
		self.process.wait()


def query_text(name):
	"""The text of a query; query 15 with its view as a CTE, so that both sides get one statement."""
	def read(n):
		with open(os.path.join(ROOT, "tests", "tpch", "views", n + ".sql"), encoding="utf-8") as f:
			return f.read()
	text = read(name)
	if name == "q15":
		head, _, query = read("revenue").partition(" AS\n")
		columns = head[head.index("("):]
		text = f"WITH revenue {columns} AS ({query}) {text[text.index('SELECT'):]}"
	return text


def tpch(scale, pairs):
	directory = tpch_data.project(os.path.join(tpch_data.CACHE, f"tpch-project-{scale}"))
	tpch_data.load(BELVEDERE, directory, scale)
	batch = Batch()
	for table in tpch_data.TABLES:
		batch.ask({"op": "register", "name": table, "format": "delta", "location": os.path.join(directory, "warehouse", "main", table)})
	rows = []
	for name in tpch_data.QUERIES:
		text = query_text(name)
		requests = {"belvedere": {"op": "query", "sql": text}, "datafusion": {"op": "baseline", "sql": text}}
		answers = {side: batch.ask(r) for side, r in requests.items()}  # warm, and the same result
		if len(answers["belvedere"]["rows"]) != len(answers["datafusion"]["rows"]):
			sys.exit(f"bench: {name}: the two sides differ")
		times = {"belvedere": [], "datafusion": []}
		for i in range(pairs):
			for side in sorted(requests, reverse=i % 2 == 1):
				start = time.perf_counter()
				batch.ask(requests[side])
				times[side].append(time.perf_counter() - start)
		medians = {side: statistics.median(t) for side, t in times.items()}
		rows.append((name, medians["belvedere"], medians["datafusion"], medians["belvedere"] / medians["datafusion"]))
		say(f"{name}  {medians['belvedere'] * 1000:8.1f} ms  {medians['datafusion'] * 1000:8.1f} ms  {rows[-1][3]:.3f}")
	batch.close()
	mean = math.exp(statistics.fmean(math.log(r[3]) for r in rows))
	say(f"geometric mean {mean:.3f}")
	out = ["## TPC-H", "",
		f"Scale factor {scale}, Delta tables, {pairs} alternating pairs a query in one process; medians. On one side the text goes through Belvedere (parse, policy lane, "
		"payload over the seam, logical plan), on the other through DataFusion's own parser and planner in the same session; execution is DataFusion's on both.", "",
		f"**Geometric mean of the ratios: {mean:.3f}**", "", "| query | Belvedere ms | DataFusion ms | ratio |", "|---|---:|---:|---:|"]
	out += [f"| {n} | {a * 1000:.1f} | {b * 1000:.1f} | {q:.3f} |" for n, a, b, q in rows]
	return out


# ---- synthetic projects ----

def project(views):
	work = tempfile.mkdtemp(prefix="belvedere-bench-")
	try:
		names, size = generate.generate(work, views)
		call = [BELVEDERE, "--project", work, "--quiet"]
		out = ["## A project of many views", "", f"{views:,} synthetic views of {size / len(names) / 1000:.1f} KB on average in ten layers, up to three inputs each (`bench/generate.py`). "
			"Wall time and peak memory of the whole process.", "", "| | seconds | of cold | peak MB |", "|---|---:|---:|---:|"]

		def forget():
			shutil.rmtree(os.path.join(work, ".belvedere"), ignore_errors=True)

		def edit(i):
			path = os.path.join(work, "views", *names[len(names) // 2].split(".")) + ".sql"
			with open(path, encoding="utf-8") as f:
				text = f.read()
			with open(path, "w", encoding="utf-8") as f:
				f.write(text.replace("FROM base AS b\nWHERE ", f"FROM base AS b\nWHERE b.id <> {i} AND ", 1))

		def row(label, command, before=lambda i: None, rounds=5):
			samples = []
			for i in range(rounds):
				before(i)
				samples.append(timed(*command))
			seconds, peak = statistics.median(s for s, _ in samples), max(p for _, p in samples)
			row.cold = row.cold or seconds
			out.append(f"| {label} | {seconds:.3f} | {seconds / row.cold:.2f} | {peak / 1e6:.0f} |")
			say(f"{label:40} {seconds:.3f} s  {peak / 1e6:.0f} MB")
		row.cold = None
		none = ["compile", "--engine", "none"]
		row("compile, nothing known", [*call, *none], lambda i: forget())
		row("compile again, nothing changed", [*call, *none])
		row("compile after an edit of one view", [*call, *none], edit)
		row("start of the program (`version`)", [BELVEDERE, "version"])
		rows = os.path.join(work, "rows.csv")
		with open(rows, "w", encoding="utf-8") as f:
			f.write("id,day,region,amount,quantity,label\n")
			f.writelines(f"{i},2020-01-{i % 28 + 1:02},{generate.REGIONS[i % 6]},{i * 37 % 5000}.50,{i % 60},label {i}\n" for i in range(200))
		for i in range(20):
			subprocess.run([*call, "load", f"raw.t{i:02}", rows, "--schema", "id BIGINT, day DATE, region VARCHAR, amount DECIMAL(15, 2), quantity INT, label VARCHAR"], check=True)
		row("run: every view built (200 rows a source)", [*call, "run"], rounds=1)
		row("run again: nothing to do", [*call, "run"])
		row("plan: nothing to do", [*call, "plan"])
		return out
	finally:
		shutil.rmtree(work, ignore_errors=True)


# ---- cost against size ----

SIZES = (1000, 2500, 5000, 10000)


def chart(title, x, y, sizes, *lines):
	"""A plot that a page of Markdown shows."""
	top = max(v for line in lines for v in line)
	out = ["```mermaid", "xychart-beta", f'\ttitle "{title}"', f'\tx-axis "{x}" [{", ".join(map(str, sizes))}]', f'\ty-axis "{y}" 0 --> {top * 1.1:.3g}']
	return out + [f"\tline [{', '.join(f'{v:.4g}' for v in line)}]" for line in lines] + ["```", ""]


def scale(sizes):
	"""Projects of several sizes, compiled cold on two threads with types, lineage and registry; sqlparser-rs reading the same files twice on one; one edited
	file beside `git status`."""
	cold, peak, peer = [], [], []
	theirs = sqlparser()
	for views in sizes:
		work = tempfile.mkdtemp(prefix="belvedere-bench-")
		try:
			names, _ = generate.generate(work, views)
			with open(os.path.join(work, "belvedere.yaml"), "a", encoding="utf-8") as f:
				f.write("engine: {threads: 2}\n")
			call = [BELVEDERE, "--project", work, "--quiet", "compile", "--engine", "none"]
			mine, read = [], []
			for _ in range(3):
				shutil.rmtree(os.path.join(work, ".belvedere"), ignore_errors=True)
				mine.append(timed(*call))
				read.append(2 * statistics.median(asked(theirs, os.path.join(work, "views"), "1")["seconds"]))
			cold.append(statistics.median(t for t, _ in mine))
			peak.append(max(m for _, m in mine) / 1e6)
			peer.append(statistics.median(read))
			say(f"{views} views: {cold[-1]:.2f} s, {peak[-1]:.0f} MB; sqlparser-rs twice {peer[-1]:.2f} s")
			if views != sizes[-1]:
				continue
			path = os.path.join(work, "views", *names[len(names) // 2].split(".")) + ".sql"
			git = ["git", "-C", work, "-c", "user.name=bench", "-c", "user.email=bench"]
			for command in (["init", "-q"], ["add", "-A"], ["commit", "-qm", "all"], ["status"]):
				subprocess.run([*git, *command], check=True, stdout=subprocess.DEVNULL)
			edit, status = [], []
			for i in range(9):
				with open(path, "a", encoding="utf-8") as f:
					f.write(f"-- {i}\n")
				status.append(timed(*git, "status")[0])
				edit.append(timed(*call)[0])
		finally:
			shutil.rmtree(work, ignore_errors=True)
	edit, status = statistics.median(edit), statistics.median(status)
	say(f"{sizes[-1]} views, one edited: {edit * 1000:.0f} ms; git status {status * 1000:.0f} ms")
	out = ["## Cost against size", "", "Projects compiled cold on two threads, with types, lineage and registry; sqlparser-rs parsing the same files twice on one thread. Medians of three.", "",
		"| views | seconds | of the smallest | peak MB | sqlparser-rs twice | ratio |", "|---:|---:|---:|---:|---:|---:|"]
	out += [f"| {n:,} | {c:.2f} | {c / cold[0]:.1f} | {p:.0f} | {q:.2f} | {c / q:.2f} |" for n, c, p, q in zip(sizes, cold, peak, peer)]
	out += ["", f"One edited file among {sizes[-1]:,}: {edit * 1000:.0f} ms; `git status` in the same folder {status * 1000:.0f} ms: **{edit / status:.1f} times**.", ""]
	return out + chart("Compiled cold (first line) and parsed twice by sqlparser-rs (second)", "views", "seconds", sizes, cold, peer) + shapes()


def shapes():
	"""The lane over statements of one shape that grow."""
	makers = {
		"columns": ((500, 1000, 2000), lambda n: "SELECT " + ", ".join(f"a + {i} AS c{i}" for i in range(n)) + " FROM x"),
		"joins": ((125, 250, 500), lambda n: "SELECT x0.a FROM x AS x0" + "".join(f" JOIN x AS x{i} ON x{i}.a = x{i - 1}.a" for i in range(1, n))),
		"terms of OR": ((1250, 2500, 5000), lambda n: "SELECT a FROM x WHERE " + " OR ".join(f"a = {i} AND b = {i}" for i in range(n))),
		"CTEs": ((75, 150, 300), lambda n: "WITH c0 AS (SELECT a, b FROM x)" + "".join(f", c{i} AS (SELECT p.a, q.b + 1 AS b FROM c{i - 1} AS p JOIN c{i - 1} AS q ON p.a = q.a)"
			for i in range(1, n)) + f" SELECT a, b FROM c{n - 1}"),
		"nested subqueries": ((50, 100, 200), lambda n: "SELECT a, b FROM (" * n + "SELECT a, b FROM x" + "".join(f") AS s{i} WHERE a > {i}" for i in range(n))),
	}
	ours, lines = compiled("lane.c"), {}
	work = tempfile.mkdtemp(prefix="belvedere-bench-")
	try:
		schema = os.path.join(work, "schema.json")
		with open(schema, "w", encoding="utf-8") as f:
			json.dump({"x": {"a": "BIGINT", "b": "BIGINT"}}, f)
		for what, (counts, make) in makers.items():
			lines[what] = []
			for n in counts:
				folder = tempfile.mkdtemp(dir=work)
				with open(os.path.join(folder, "one.sql"), "w", encoding="utf-8") as f:
					f.write(make(n))
				a = asked(ours, folder, "9", "datafusion", schema)
				lines[what].append(statistics.median(a["seconds"]["text to artifact"]) * 1000 if a["files"] else math.nan)
	finally:
		shutil.rmtree(work, ignore_errors=True)
	out = ["From text to artifact, statements of one shape in three sizes, each twice the one before.", "", "| shape | sizes | ms | twice the size takes |", "|---|---|---|---|"]
	for what, times in lines.items():
		say(f"{what}: {', '.join(f'{t:.1f}' for t in times)} ms")
		out.append(f"| {what} | {', '.join(f'{n:,}' for n in makers[what][0])} | {', '.join(f'{t:.1f}' for t in times)} | {', '.join(f'{b / a:.1f}' for a, b in zip(times, times[1:]))} times |")
	return out + [""] + chart("From text to artifact, relative to the smallest: " + ", ".join(lines), "size, smallest = 1", "time, smallest = 1", (1, 2, 4), *([t / v[0] for t in v] for v in lines.values()))


# ---- programs that read SQL ----

def compiled(source, *libraries):
	program = os.path.join(tempfile.mkdtemp(prefix="belvedere-bench-"), "program")
	subprocess.run(["cc", "-O2", "-D_GNU_SOURCE", "-I", os.path.join(ROOT, "include"), os.path.join(ROOT, "bench", source), "-o", program, "-L", os.path.join(ROOT, "build"),
		"-lbelvedere", *libraries, "-Wl,-rpath," + os.path.join(ROOT, "build")], check=True)
	return program


def compiled_inside(source):
	"""The same with the static library, for what the public calls do not do by itself."""
	program = os.path.join(tempfile.mkdtemp(prefix="belvedere-bench-"), "program")
	libraries = ["-lcrypto", "-lxxhash", "-lutf8proc", "-ljansson", "-lfyaml", "-lsqlite3", "-lpthread", "-ldl", "-lm"]
	subprocess.run(["cc", "-O2", "-std=gnu17", "-D_GNU_SOURCE", "-I", os.path.join(ROOT, "include"), "-I", os.path.join(ROOT, "src"), os.path.join(ROOT, "bench", source), "-o", program,
		os.path.join(ROOT, "build", "meson", "libbelvedere_core.a"), *libraries], check=True)
	return program


def sqlparser():
	"""The peer in Rust, built."""
	target = os.path.join(tpch_data.CACHE, "cargo-bench")
	subprocess.run(["cargo", "build", "--locked", "--release", "--quiet", "--manifest-path", os.path.join(ROOT, "bench", "sqlparser", "Cargo.toml"), "--target-dir", target], check=True)
	return os.path.join(target, "release", "sqlparser-bench")


def asked(*command):
	done = subprocess.run(command, capture_output=True, text=True)
	if done.returncode:
		say(f"bench: {os.path.basename(command[0])} {command[1]}: {(done.stderr.strip().splitlines() or ['failed'])[-1]}")
		return None
	return json.loads(done.stdout)


# ---- reading SQL ----

def parse(views):
	work = tempfile.mkdtemp(prefix="belvedere-bench-")
	try:
		_, size = generate.generate(work, views)
		ours, theirs, views_dir = compiled("sql.c", "-lcrypto"), sqlparser(), os.path.join(work, "views")
		times = {"Belvedere": [], "sqlparser-rs": []}
		for _ in range(5):
			times["Belvedere"] += asked(ours, views_dir, "3", "generic")["seconds"]["parse"]
			times["sqlparser-rs"] += asked(theirs, views_dir, "3")["seconds"]
		medians = {side: statistics.median(t) for side, t in times.items()}
		ratio = medians["Belvedere"] / medians["sqlparser-rs"]
		out = ["## Reading SQL", "", f"The same {views:,} files ({size / 1e6:.1f} MB) parsed in one thread, alternating, medians of {len(times['Belvedere'])} rounds. sqlparser-rs 0.62 is what DataFusion reads SQL with.", "",
			f"**Ratio of the times: {ratio:.2f}**", "", "| | ms | MB/s |", "|---|---:|---:|"]
		out += [f"| {side} | {s * 1000:.1f} | {size / s / 1e6:.1f} |" for side, s in medians.items()]
		say(f"parse: {ratio:.2f} of sqlparser-rs")
		return out
	finally:
		shutil.rmtree(work, ignore_errors=True)


# ---- the front end: text to fingerprint ----

def growing(work):
	"""Statements of one shape in two sizes: what the larger one costs for each byte."""
	shapes = {
		("a union of SELECTs", 90, 900): lambda n: " UNION ALL ".join(f"SELECT a{i}, b + {i} AS c FROM t{i} WHERE d = '{i}'" for i in range(n)),
		("items of a list", 10_000, 100_000): lambda n: "SELECT a FROM t WHERE b IN (" + ", ".join(map(str, range(n))) + ")",
		("terms of AND", 5_000, 50_000): lambda n: "SELECT a FROM t WHERE " + " AND ".join(f"c{i} = {i}" for i in range(n)),
		("columns", 10_000, 100_000): lambda n: "SELECT " + ", ".join(f"a{i} + 1 AS b{i}" for i in range(n)) + " FROM t",
	}
	for (label, *sizes), make in shapes.items():
		folders = []
		for n in sizes:
			folder = tempfile.mkdtemp(dir=work)
			with open(os.path.join(folder, "one.sql"), "w", encoding="utf-8") as f:
				f.write(make(n))
			folders.append(folder)
		yield f"{sizes[0]:,} and {sizes[1]:,} {label}", folders
	# 1 MB and 10 MB in one statement: columns again, by size.
	folders = []
	for size in (1_000_000, 10_000_000):
		folder = tempfile.mkdtemp(dir=work)
		with open(os.path.join(folder, "one.sql"), "w", encoding="utf-8") as f:
			f.write("SELECT " + ", ".join(f"a{i % 1000:03} + {i % 10} AS b{i % 1000:03}" for i in range(size // 18)) + " FROM t")
		folders.append(folder)
	yield "1 MB and 10 MB of columns", folders


def sql():
	work = tempfile.mkdtemp(prefix="belvedere-bench-")
	try:
		ours, theirs = compiled("sql.c", "-lcrypto"), sqlparser()
		peers = {"libpg_query, to JSON": ("pg_json", 3), "libpg_query, to its tree (protobuf)": ("pg_tree", 3), "sqlparser-rs 0.62": (None, 3), "polyglot-sql": ("polyglot", 1), "sqlglot[c]": ("sqlglot", 1)}
		steps = {"parse": "parse", "payload": "payload, written", "read": "read a payload", "fingerprint": "fingerprint, payload kept", "sha256": "OpenSSL's SHA-256 of the payloads", "text": "text", "pretty": "pretty text"}
		out = ["## The front end", "", "One thread, in one process each; the sides alternate, medians. MB/s are of SQL text. A peer that cannot read a statement is timed without it.", ""]
		for label, folder, _ in tpc.texts(work):
			own, other = {}, {}
			for _ in range(7):
				answer = asked(ours, folder, "9", "duckdb")
				for step, seconds in answer["seconds"].items():
					own.setdefault(step, []).extend(seconds)
				for name, (peer, rounds) in peers.items():
					command = [theirs, folder, str(rounds)] if peer is None else [*PEERS, peer, folder, str(rounds)]
					said = asked(*command)
					if said and said["files"]:
						other.setdefault(name, (said, []))[1].extend(said["seconds"])
			size = answer["bytes"]
			speed = {step: size / statistics.median(seconds) / 1e6 for step, seconds in own.items()}
			out += [f"### {label}", "", f"{answer['files']} statements, {size / 1000:.0f} KB; {answer['tree_bytes'] / size:.1f} bytes of tree and {answer['payload_bytes'] / size:.1f} bytes of payload for one of SQL.", "",
				"| | statements | MB/s | Belvedere's parse is so many times faster |", "|---|---:|---:|---:|", f"| **Belvedere, parse** | {answer['files']} | {speed['parse']:.1f} | |"]
			for name, (said, seconds) in other.items():
				rate = said["bytes"] / statistics.median(seconds) / 1e6
				out.append(f"| {name} | {said['files']} | {rate:.1f} | {speed['parse'] / rate:.1f} |")
				say(f"{label}: parse {speed['parse'] / rate:.1f} times {name}")
			out += ["", "| step | MB/s | time, parse = 1 |", "|---|---:|---:|"]
			out += [f"| {steps[step]} | {rate:.1f} | {speed['parse'] / rate:.2f} |" for step, rate in speed.items()]
			out.append("")
		out += ["### Growing statements", "", "| shape | bytes | MB/s | bytes | MB/s |", "|---|---:|---:|---:|---:|"]
		for label, folders in growing(work):
			cells = []
			for folder in folders:
				answer = asked(ours, folder, "5", "datafusion")
				cells += [f"{answer['bytes']:,}", f"{answer['bytes'] / statistics.median(answer['seconds']['parse']) / 1e6:.0f}"]
			out.append(f"| {label} | " + " | ".join(cells) + " |")
		return out
	finally:
		shutil.rmtree(work, ignore_errors=True)


# ---- the lane ----

def lane():
	work = tempfile.mkdtemp(prefix="belvedere-bench-")
	try:
		ours = compiled("lane.c")
		out = ["## The lane", "", "One thread; text to governed tree with types, payload, fingerprint and lineage, without an engine; beside sqlglot[c]'s qualify, annotate_types, canonicalize, normalize "
			"and serde. The sides alternate, medians; each over the statements that it can do. Times are for 1 KB of SQL.", ""]
		for label, folder, schema in tpc.texts(work):
			own, stages = {}, {}
			for _ in range(5):
				a = asked(ours, folder, "5", "duckdb", schema)
				for step, seconds in a["seconds"].items():
					own.setdefault(step, []).extend(seconds)
				b = asked(*PEERS, "stages", folder, "1", schema)
				for step, seconds in b["seconds"].items():
					stages.setdefault(step, []).extend(seconds)
			def us(seconds, said):
				return statistics.median(seconds) / said["bytes"] * 1e9
			mine = {step: us(seconds, a) for step, seconds in own.items()}
			theirs = {step: us(seconds, b) for step, seconds in stages.items()}
			names = list(mine)
			out += [f"### {label}", "", f"Belvedere {a['files']} statements, sqlglot {b['files']}.", "", "| Belvedere | µs | | sqlglot[c] | µs |", "|---|---:|---|---|---:|"]
			left, before = [(names[0], mine[names[0]])], 0.0
			for step in names[1:-1]:
				left.append((step, max(mine[step] - before, 0.0)))
				before = mine[step]
			right = list(theirs.items())
			for i in range(max(len(left), len(right))):
				l, r = left[i] if i < len(left) else ("", None), right[i] if i < len(right) else ("", None)
				out.append(f"| {l[0]} | {'' if l[1] is None else f'{l[1]:.1f}'} | | {r[0]} | {'' if r[1] is None else f'{r[1]:.0f}'} |")
			total, other = mine[names[-1]], sum(theirs.values())
			out += [f"| **text to artifact** | {total:.1f} | | **all** | {other:.0f} |", "",
				f"**Belvedere takes 1/{other / total:.0f} of sqlglot's time**, with lineage, which sqlglot's stages leave out.", ""]
			say(f"{label}: the lane takes 1/{other / total:.0f} of sqlglot's time")
		return out
	finally:
		shutil.rmtree(work, ignore_errors=True)


# ---- lineage ----

def chains(work):
	"""Chains of CTEs: each hands on all columns of the one before, or adds a column of a table to a sum."""
	schema = os.path.join(work, "chains.json")
	with open(schema, "w", encoding="utf-8") as f:
		json.dump({"big": {f"c{i}": "BIGINT" for i in range(2000)}}, f)

	def handed_on(ctes, columns):
		names = ", ".join(f"c{i}" for i in range(columns))
		return "WITH " + ", ".join(f"w{k} AS (SELECT {names} FROM {f'w{k - 1}' if k else 'big'})" for k in range(ctes)) + f" SELECT {names} FROM w{ctes - 1}"

	def summed(ctes):
		return "WITH w0 AS (SELECT c0 AS a FROM big)" + "".join(f", w{k} AS (SELECT w{k - 1}.a + big.c{k} AS a FROM w{k - 1}, big)" for k in range(1, ctes)) + f" SELECT a FROM w{ctes - 1}"

	for label, text in (("2,000 columns through 30 CTEs", handed_on(30, 2000)), ("2,000 columns through 300 CTEs", handed_on(300, 2000)), ("a sum of 100 columns in 100 CTEs", summed(100)),
		("a sum of 400 columns in 400 CTEs", summed(400))):
		folder = tempfile.mkdtemp(dir=work)
		with open(os.path.join(folder, "one.sql"), "w", encoding="utf-8") as f:
			f.write(text)
		yield label, folder, schema


def lineage():
	work = tempfile.mkdtemp(prefix="belvedere-bench-")
	try:
		ours = compiled_inside("lineage.c")
		out = ["## Lineage", "", "Lineage of all output columns of trees that are qualified already; each side over the statements that it can do, times for 1 KB of SQL. *uses*: with paths into nested columns, "
			"roles, and what decides the rows.", "", "| | columns | Belvedere µs | uses µs | sqlglot[c] µs | times |", "|---|---:|---:|---:|---:|---:|"]
		for label, folder, schema in tpc.texts(work):
			a = asked(ours, folder, "9", "duckdb", schema)
			b = asked(*PEERS, "lineage", folder, "2", schema)
			values, uses = (statistics.median(a["seconds"][step]) / a["bytes"] * 1e9 for step in ("lineage", "uses"))
			other = statistics.median(b["seconds"]) / b["bytes"] * 1e9
			out.append(f"| {label} | {a['columns']:,} | {values:.2f} | {uses:.2f} | {other:,.0f} | **{other / values:,.0f}** |")
			say(f"{label}: lineage {other / values:,.0f} times sqlglot")
		out += ["", "| chains | bytes | lineage ms | uses ms |", "|---|---:|---:|---:|"]
		for label, folder, schema in chains(work):
			a = asked(ours, folder, "5", "datafusion", schema)
			out.append(f"| {label} | {a['bytes']:,} | {statistics.median(a['seconds']['lineage']) * 1000:.2f} | {statistics.median(a['seconds']['uses']) * 1000:.2f} |")
		return out
	finally:
		shutil.rmtree(work, ignore_errors=True)


def main():
	arguments = argparse.ArgumentParser(prog="bench", description=__doc__.splitlines()[0])
	arguments.add_argument("--scale", default="1")
	arguments.add_argument("--pairs", type=int, default=9)
	arguments.add_argument("--views", type=int, default=1000)
	arguments.add_argument("--only", choices=["tpch", "project", "parse", "sql", "lane", "lineage", "scale"])
	arguments.add_argument("--output", default=os.path.join(ROOT, "docs", "benchmarks.md"))
	o = arguments.parse_args()
	parts = {"tpch": lambda: tpch(o.scale, o.pairs), "project": lambda: project(o.views), "parse": lambda: parse(o.views), "sql": sql, "lane": lane, "lineage": lineage, "scale": lambda: scale(SIZES)}
	done = {name: part() for name, part in parts.items() if o.only in (None, name)}
	page = ["# Benchmarks", "", "Written by `make bench`. Absolute times are those of one machine "
		f"({os.cpu_count()} cores, {os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES') / 2**30:.0f} GB, {platform.system()} {platform.machine()}); compare the ratios.", ""]
	text = "\n".join(page + [line for part in done.values() for line in [*part, ""]]).rstrip() + "\n"
	if o.only:
		print(text)
	else:
		with open(o.output, "w", encoding="utf-8") as f:
			f.write(text)
		say(f"bench: {os.path.relpath(o.output)} is written")


main()
