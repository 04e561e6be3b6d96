"""A query of another dialect keeps its meaning: rows.py [--update] [--only duckdb|postgres] [THEME …].

Each query of duckdb/*.sql and postgres/*.sql (one a line) runs in the engine whose dialect it is, over tables.py. The same rows, of the same kinds of types, must come of

  written   the text that the generator writes of the tree as read, in the same engine
  governed  the text that it writes of the governed tree, in the same engine
  lane      the query through the lane, in our engine

Rows are a list where the query ends in ORDER BY, else a bag. Floats are equal to the last bit, but below a line `-- ~`: sums of floats and functions of the C
library may differ there in the last digits (relative 1e-12).

The queries of TPC-H and TPC-DS are compared in the same way, in DuckDB. precedence.py: every two operators beside each other. random_queries.py: expressions
inside each other, by seeds. And each function that the engine
and DuckDB or PostgreSQL have a name for must be in meanings.def or in a query here: else nobody knows whether it means the same.

Each way may refuse a query instead, with a diagnostic. refused.txt lists those by way and message; one more, or one less, is an error: --update writes the file.
A query that the engine itself refuses, or that ends in an error there, says nothing of rows; that the lane gives some is listed too."""
import argparse
import decimal
import json
import math
import os
import pathlib
import re
import sys
import tempfile

sys.dont_write_bytecode = True
import engines
import precedence
import random_queries
import tables
import tpc

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
WAYS = ("written", "lane", "governed")


class Case:
	def __init__(self, dialect, theme, line, sql, loose):
		self.dialect, self.theme, self.line, self.sql, self.loose = dialect, theme, line, sql, loose

	@property
	def place(self):
		return f"{self.dialect}/{self.theme}.sql:{self.line}"


def corpus(dialects, themes):
	for dialect in dialects:
		for path in sorted((HERE / dialect).glob("*.sql")):
			if themes and path.stem not in themes:
				continue
			loose = False
			for i, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
				if line.startswith("-- ~"):
					loose = True
				elif line.strip() and not line.startswith("--"):
					yield Case(dialect, path.stem, i, line.strip(), loose)
					loose = False


def ordered(sql):
	"""Is the result in an order: is there an ORDER BY outside of parentheses?"""
	depth, text = 0, re.sub(r"'(?:[^']|'')*'", "''", sql)
	flat = []
	for c in text:
		depth += c in "(["
		depth -= c in ")]"
		if not depth:
			flat.append(c)
	return bool(re.search(r"\border\s+by\b", "".join(flat), re.I))


def number(x):
	return isinstance(x, (decimal.Decimal, float))


def same(x, y, loose):
	if isinstance(x, tuple) and isinstance(y, tuple):
		return len(x) == len(y) and all(same(a, b, loose) for a, b in zip(x, y))
	if number(x) and number(y):
		x, y = float(x) if isinstance(y, float) else x, float(y) if isinstance(x, float) else y
		if x != x or y != y:
			return x != x and y != y
		if x == y:
			return True # 0.0 and -0.0 too, as each of the engines says
		if isinstance(x, decimal.Decimal): # of a quotient of decimals there are 16 digits behind the point, whatever PostgreSQL has
			return loose and abs(x - y) <= max(abs(x) * decimal.Decimal("1e-12"), decimal.Decimal("1e-15"))
		return loose and math.isclose(x, y, rel_tol=1e-12)
	return type(x) is type(y) and x == y


def key(row):
	return tuple(repr(float(x)) if number(x) else repr(x) for x in row)


def same_kind(x, y):
	if "null" in (x, y):
		return True
	if isinstance(x, tuple) and isinstance(y, tuple) and x[0] == y[0]:
		a, b = (x[1], y[1]) if x[0] == "struct" else (x[1:], y[1:])
		return len(a) == len(b) and all(map(same_kind, a, b))
	return x == y


def shown(rows):
	def one(x):
		if isinstance(x, tuple):
			return "(" + ", ".join(map(one, x)) + ")"
		return "NULL" if x is None else repr(x) if isinstance(x, (float, str)) else str(x)
	return "; ".join(one(r) for r in rows[:12])


def difference(wanted, got, case):
	"""None, or what differs."""
	(wanted_kinds, wanted_rows), (kinds, rows) = wanted, got
	if len(kinds) != len(wanted_kinds):
		return f"{len(kinds)} columns, not {len(wanted_kinds)}"
	if not ordered(case.sql):
		wanted_rows, rows = sorted(wanted_rows, key=key), sorted(rows, key=key)
	if len(rows) != len(wanted_rows) or not all(same(a, b, case.loose) for a, b in zip(wanted_rows, rows)):
		bad = [i for i, (a, b) in enumerate(zip(wanted_rows, rows)) if not same(a, b, case.loose)]
		if bad and len(rows) == len(wanted_rows):
			wanted_rows, rows = [wanted_rows[i] for i in bad], [rows[i] for i in bad]
		return f"wanted {shown(wanted_rows)}\n      got    {shown(rows)}"
	# A column without a value has any type.
	empty = [all(r[i] is None for r in rows) for i in range(len(kinds))]
	if not all(e or same_kind(a, b) for e, a, b in zip(empty, wanted_kinds, kinds)):
		return f"types: wanted {wanted_kinds}, got {kinds}"
	return None


def shortened(message):
	return " ".join(message.split())[:200]


def check(case, engine, belvedere, refusals, wrong):
	try:
		wanted = engine.ask(case.sql)
	except engines.Refused as e:
		wanted, why = None, shortened(str(e))
	failed = False
	for way in WAYS:
		text = None
		try:
			if way == "lane":
				got = belvedere.ask(case.sql, case.dialect)
			else:
				text = (belvedere.written if way == "written" else belvedere.governed)(case.sql, case.dialect)
		except engines.Refused as e:
			failed = way == "lane"
			if wanted:
				refusals.append((way, shortened(str(e)), case))
			continue
		if not wanted:
			if way == "lane":
				refusals.append(("engine", why, case))
			continue
		if text is not None:
			try:
				got = engine.ask(text)
			except engines.Refused as e:
				if failed: # as the lane does, while rows are computed
					refusals.append((way, f"{case.dialect} says {shortened(str(e))}", case))
					continue
				wrong.append(f"{case.place} {way}: {case.sql}\n      text   {text}\n      {case.dialect} says {shortened(str(e))}")
				continue
		found = difference(wanted, got, case)
		if found:
			wrong.append(f"{case.place} {way}: {case.sql}\n" + (f"      text   {text}\n" if text else "") + f"      {found}")


def unknown(engine, belvedere_functions):
	"""Functions of one name in both, of which nothing is said."""
	text = " ".join(p.read_text(encoding="utf-8").lower() for p in sorted((HERE / engine.name).glob("*.sql")))
	rows = re.findall(r'^BV_MEANING\((.*?), "(\w+)"', (ROOT / "src/lane/meanings.def").read_text(encoding="utf-8"), re.M)
	known = {name for dialects, name in rows if engine.name[0].upper() in dialects.split(" | ")}
	for name in sorted(belvedere_functions & engine.functions()):
		if name not in known and not re.search(rf"\b{name}\s*\(", text):
			yield f"{engine.name} has a function {name}, as the engine has: say in meanings.def what it means, or show in a query that it means the same"


def unreadable(belvedere):
	"""Meanings that are no expression."""
	for name, meaning in re.findall(r'^BV_MEANING\(.*?, "(\w+)", ".*?", "((?:[^"\\]|\\.)*)"\)$', (ROOT / "src/lane/meanings.def").read_text(encoding="utf-8"), re.M):
		if meaning[0] not in "=!":
			try:
				belvedere.written("SELECT " + meaning.lstrip("~").replace("\\\\", "\\"), "datafusion")
			except engines.Refused as e:
				yield f"meanings.def, {name}: {meaning}\n      {e}"


def snapshot():
	functions = json.loads((ROOT / "src/functions/snapshot.json").read_text(encoding="utf-8"))["functions"]
	return {name.lower() for f in functions for name in [f["name"], *f.get("aliases", [])]}


def benchmarks(refusals, wrong):
	"""How many queries of TPC-H and TPC-DS were compared."""
	count = 0
	for name in tpc.SCALES:
		with tempfile.TemporaryDirectory(prefix="belvedere-rows-") as folder:
			files = tpc.tables(folder, name)
			engine, belvedere = engines.DuckDB(files), engines.Belvedere(files)
			try:
				for place, sql in tpc.queries(name):
					check(Case("duckdb", name, place, sql, True), engine, belvedere, refusals, wrong)
					count += 1
			finally:
				engine.close()
				belvedere.close()
	return count


def listed(refusals):
	out, heads = [], {}
	for way, message, case in refusals:
		heads.setdefault((way, message), []).append(f"{case.dialect}: {case.sql}")
	for (way, message), queries in sorted(heads.items()):
		out += ["", f"== {way}: {message}", *sorted(queries)]
	return out


def entries(lines):
	head = None
	for line in lines:
		if line.startswith("== "):
			head = line
		elif head and line:
			yield head, line


def main():
	parser = argparse.ArgumentParser()
	parser.add_argument("--update", action="store_true")
	parser.add_argument("--only", choices=("duckdb", "postgres"))
	parser.add_argument("--all", action="store_true", help="every pair of operators, not each fifth, and ten seeds")
	parser.add_argument("themes", nargs="*")
	options = parser.parse_args()
	dialects = [options.only] if options.only else ["duckdb", "postgres"]
	cases = list(corpus(dialects, options.themes))
	refusals, wrong, opened, pairs, made = [], [], {}, 0, 0
	if "postgres" in dialects and not engines.binaries():
		print("There is no PostgreSQL: apt-get install postgresql (tools/setup test does it where it may)")
		return 1
	with tempfile.TemporaryDirectory(prefix="belvedere-rows-") as folder:
		files = tables.write(folder)
		try:
			for dialect in dialects:
				opened[dialect] = engines.DuckDB(files) if dialect == "duckdb" else engines.Postgres()
			belvedere = opened["lane"] = engines.Belvedere(files)
			for case in cases:
				check(case, opened[case.dialect], belvedere, refusals, wrong)
			wrong += unreadable(belvedere)
			for dialect in dialects if not options.themes else []:
				wrong += unknown(opened[dialect], snapshot())
				for seed in range(10 if options.all else 1):
					for i, sql in enumerate(random_queries.queries(dialect, seed, 200)):
						random_case = Case(dialect, f"random, seed {seed}", i, sql, True)
						check(random_case, opened[dialect], belvedere, [], wrong) # a refusal is none of the list: the query says nothing then
						made += 1
				n, bad = precedence.check(opened[dialect], belvedere, 1 if options.all else 5)
				pairs += n
				wrong += bad
		finally:
			for engine in opened.values():
				engine.close()
	if not options.themes and "duckdb" in dialects:
		cases += [None] * benchmarks(refusals, wrong)
	path = HERE / "refused.txt"
	before = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
	head = before[:next((i for i, line in enumerate(before) if line.startswith("== ")), len(before))]
	asked = {f"{c.dialect}: {c.sql}" for c in cases if c}
	known = {e for e in entries(before) if e[1] in asked}
	found = set(entries(listed(refusals)))
	if options.update and not options.themes and not options.only:
		path.write_text("\n".join([*head, *listed(refusals)]).strip("\n") + "\n", encoding="utf-8")
	else:
		wrong += [f"refused now: {line}\n      {head}" for head, line in sorted(found - known)]
		wrong += [f"no longer refused, or for another reason: {line}\n      {head}" for head, line in sorted(known - found)]
	for w in wrong:
		print(w)
	print(f"{len(cases)} queries, {3 * len(cases) - len(refusals)} results compared, {len(refusals)} refused, {made} random ones, {pairs} pairs of operators, {len(wrong)} wrong")
	return 1 if wrong or not cases else 0


if __name__ == "__main__":
	sys.exit(main())
