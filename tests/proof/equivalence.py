"""DataFusion's own test files through the lane and through DataFusion alone: the same rows, the same schema, the same failures.

Each file is one process. Its statements make tables by DataFusion alone; each of its queries runs on both sides, one partition each, over the same
tables, and is compiled once more from its own governed tree. What the files read and the crate does not carry is made (made_data.py)."""
import concurrent.futures
import importlib.util
import json
import os
import pathlib
import re
import select
import shutil
import subprocess
import sys
import tempfile

import made_data

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
BUILD = pathlib.Path(os.environ.get("BELVEDERE_BUILD", ROOT / "build"))
LIBRARY = pathlib.Path(os.environ.get("BELVEDERE_BASELINE", BUILD / "libbelvedere_datafusion_baseline.so"))
TIMEOUT = 120  # seconds for one answer

spec = importlib.util.spec_from_file_location("suite", ROOT / "tests/conformance/suite.py")
suite = importlib.util.module_from_spec(spec)
spec.loader.exec_module(suite)

# DataFusion's dialects that have one of ours, for texts that are none of DataFusion's usual one.
DIALECTS = {"spark": "spark", "databricks": "databricks", "duckdb": "duckdb", "postgres": "postgres", "postgresql": "postgres"}
BLANK = re.compile(r"(?:\s|;|--[^\n]*(?:\n|$)|/\*.*?\*/)*", re.S)
QUERY = re.compile(r"(?i)(select|with|values|from)\b|\(")
INTO = re.compile(r"(?is)select\b(?:(?!\bfrom\b).)*?\binto\b")
INSERTS = re.compile(r"(?is)with\b.*\binsert\s+into\b")
# Both sides have the same settings: one partition, the zone UTC, and texts that mean what they mean by default. What would change that is left out.
FIXED = re.compile(r"\s*(set|reset)\s+(datafusion\.execution\.(target_partitions|time_zone)|datafusion\.sql_parser\.(?!dialect)\w+|time\s*zone)\b", re.I)


def is_query(sql):
    at = BLANK.match(sql).end()
    return bool(QUERY.match(sql, at)) and not INTO.match(sql, at) and not INSERTS.match(sql, at)


class Ended(Exception):
    """The process is no more, or does not answer."""


class Batch:
    """belvedere batch over the baseline library, in a folder of its own that looks to the files as DataFusion's source tree does."""

    def __init__(self, folder, partitions=1):
        environment = dict(os.environ, BELVEDERE_ENGINE=str(LIBRARY))
        self.p = subprocess.Popen([str(BUILD / "belvedere"), "batch"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment, cwd=folder)
        self.ask("baseline", sql=f"SET datafusion.execution.target_partitions = {partitions}")

    def ask(self, op, **fields):
        try:
            self.p.stdin.write((json.dumps({"op": op, **fields}) + "\n").encode("utf-8", "surrogateescape"))
            self.p.stdin.flush()
        except BrokenPipeError:
            raise Ended("the process ended") from None
        ready, _, _ = select.select([self.p.stdout], [], [], TIMEOUT)
        if not ready:
            self.p.kill()
            raise Ended(f"no answer in {TIMEOUT} s")
        line = self.p.stdout.readline()
        if not line:
            raise Ended(f"the process ended ({self.p.wait()})")
        # Floats stay the text that they are: equal text is equal bits.
        return json.loads(line, parse_float=lambda text: "float " + text)

    def close(self):
        self.p.stdin.close()
        self.p.stdout.close()
        try:
            self.p.wait(20)
        except subprocess.TimeoutExpired:
            self.p.kill()
            self.p.wait()


class Outcome:
    """What became of one query."""

    def __init__(self, record):
        self.place, self.sql = record.place, record.sql
        self.status = None  # equal, failed (on both sides), refused, accepted (but DataFusion refuses it), rows, order, schema, ended
        self.detail = ""
        self.reason = ""    # of a refusal: code and message
        self.nullability = False  # the lane's differs from DataFusion's
        self.lane = None    # what compiling it once more did: None, or what is wrong
        self.fingerprint = None


def message(answer):
    e = answer["errors"][0]
    return f"{e['code']} {e['message']}"


def key(row):
    return json.dumps(row, sort_keys=True)


def order_keys(payload):
    """The outputs that the outermost ORDER BY names; None where it orders by more than outputs."""
    out = []
    for i, node in enumerate(payload):
        if node.get("in") == 1 and node.get("as") == "order_by":
            operand = next((n for n in payload[i + 1:] if n.get("in") == i and n.get("as") == "operand"), None)
            if not operand or operand["kind"] != "column" or len(operand["path"]) != 1:
                return None
            out.append(operand["path"][0])
    return out


def compare(out, ours, theirs, compiled):
    a, b = ours["rows"], theirs["rows"]
    schema = lambda s: [(f["name"], f["type"]) for f in s]
    if schema(ours["schema"]) != schema(theirs["schema"]):
        out.status, out.detail = "schema", f"ours   {schema(ours['schema'])}\n    theirs {schema(theirs['schema'])}"
        return
    if a != b:
        x, y = list(map(key, a)), list(map(key, b))
        if sorted(x) != sorted(y):
            more = sorted(set(x) - set(y))[:4], sorted(set(y) - set(x))[:4]
            out.status, out.detail = "rows", f"{len(a)} and {len(b)} rows\n    ours   {more[0]}\n    theirs {more[1]}"
            return
        names = order_keys(compiled["payload"]) if compiled else []
        if names is None:
            out.status, out.detail = "order", f"ours   {x[:5]}\n    theirs {y[:5]}"
            return
        at = [i for i, f in enumerate(ours["schema"]) if f["name"] in names]
        if [[r[i] for i in at] for r in a] != [[r[i] for i in at] for r in b]:
            out.status, out.detail = "order", f"by {names}\n    ours   {x[:5]}\n    theirs {y[:5]}"
            return
    out.status = "equal"
    if compiled:
        lane = [(f["name"], f["type"]) for f in compiled["schema"] or []]
        if lane != schema(theirs["schema"]):
            out.status, out.detail = "schema", f"lane   {lane}\n    theirs {schema(theirs['schema'])}"
        out.nullability = [f["nullable"] for f in compiled["schema"] or []] != [f["nullable"] for f in theirs["schema"]]
        if out.nullability:
            out.detail = "; ".join(f"{f['name']}: lane {f['nullable']}, DataFusion {g['nullable']}" for f, g in zip(compiled["schema"], theirs["schema"]) if f["nullable"] != g["nullable"])


def both(batch, record):
    out = Outcome(record)
    theirs = batch.ask("baseline", sql=record.sql)
    dialect = "datafusion"
    if record.dialect in DIALECTS and not batch.ask("parse", sql=record.sql)["ok"]:
        dialect = DIALECTS[record.dialect]
    ours = batch.ask("query", sql=record.sql, dialect=dialect)
    if not theirs["ok"]:
        out.status, out.reason = "accepted" if ours["ok"] else "failed", message(theirs)
        if ours["ok"]:
            out.detail = f"DataFusion: {message(theirs)}"
        return out
    compiled = batch.ask("compile", sql=record.sql, dialect=dialect)
    if not ours["ok"]:
        out.reason = message(ours)
        out.status = "refused"
        if ours["errors"][0]["code"] == "BV4008":
            out.status, out.detail = "schema", out.reason
        elif compiled["ok"]:  # the lane passed it, the engine does not plan or run it
            out.status, out.detail = "broken", out.reason + "\n    " + compiled["sql"][:600]
        return out
    if not compiled["ok"]:
        out.status, out.detail = "refused", "compile alone: " + message(compiled)
        return out
    compare(out, ours, theirs, compiled)
    out.fingerprint = compiled["ast_fingerprint"]
    again = batch.ask("compile", payload=compiled["payload"])
    if not again["ok"]:
        out.lane = "its governed tree does not compile: " + message(again)
    elif again["payload"] != compiled["payload"]:
        out.lane = f"lane(lane(t)) is another tree\n    once  {compiled['sql'][:500]}\n    twice {again['sql'][:500]}"
    elif not out.fingerprint:
        out.lane = "no fingerprint: " + "; ".join(w["message"] for w in compiled.get("warnings", []))[:300]
    return out


class Folder:
    """DataFusion's source tree as far as one test file sees it."""

    def __init__(self, name):
        self.temp = tempfile.TemporaryDirectory(prefix="proof.")
        self.at = pathlib.Path(self.temp.name, "datafusion/sqllogictest")
        stem = pathlib.PurePosixPath(name).stem.split(".")[0]
        (self.at / "test_files/scratch" / stem).mkdir(parents=True)
        data = suite.folder().parent / "data"
        if data.exists():
            shutil.copytree(data, self.at / "data")
        (pathlib.Path(self.temp.name) / "datafusion/core").mkdir()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.temp.cleanup()


def script(name):
    return list(suite.records(suite.folder() / name, name, follow=True))


def run_file(name, wanted=None):
    """The outcome of each query; wanted: run only the queries at these places."""
    out = []
    with Folder(name) as folder:
        batch = Batch(folder.at)
        try:
            for record in script(name):
                if FIXED.match(record.sql):
                    continue
                if is_query(record.sql):
                    if wanted is None or record.place in wanted:
                        try:
                            out.append(both(batch, record))
                        except Ended as why:
                            lost = Outcome(record)
                            lost.status, lost.detail = "ended", str(why)
                            out.append(lost)
                            raise
                else:
                    made_data.make(record.sql, folder.at)
                    batch.ask("baseline", sql=record.sql)
        except Ended as why:
            out.append(Outcome(suite.Record(f"{name}:end", "query", False, str(why), "generic")))
            out[-1].status, out[-1].detail = "ended", "what follows in this file did not run: " + str(why)
        finally:
            batch.close()
    return out


def bare(name, partitions, places):
    """What DataFusion alone gives for these queries: {place: answer}."""
    out = {}
    with Folder(name) as folder:
        batch = Batch(folder.at, partitions)
        try:
            for record in script(name):
                if FIXED.match(record.sql):
                    continue
                if not is_query(record.sql):
                    made_data.make(record.sql, folder.at)
                    batch.ask("baseline", sql=record.sql)
                elif record.place in places:
                    out[record.place] = batch.ask("baseline", sql=record.sql)
        except Ended:
            pass
        finally:
            batch.close()
    return out


def unstable(name, places):
    """Of these queries, those for which DataFusion differs from itself: {place: reason}."""
    runs = [(1, bare(name, 1, places)), (1, bare(name, 1, places)), (2, bare(name, 2, places)), (7, bare(name, 7, places))]
    out = {}
    first = runs[0][1]
    for n, run in runs[1:]:
        for place in places:
            a, b = first.get(place), run.get(place)
            if place in out or not a or not b or not a["ok"]:
                continue
            if not b["ok"] or sorted(map(key, a["rows"])) != sorted(map(key, b["rows"])):
                out[place] = "DataFusion alone gives other rows the second time" if n == 1 else f"DataFusion alone gives other rows over {n} partitions than over one"
    return out


def files():
    top = suite.folder()
    return sorted(p.relative_to(top).as_posix() for p in top.rglob("*.slt"))


def run_files(names, jobs=2, progress=False):
    out = {}
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        futures = {pool.submit(run_file, n): n for n in names}
        for i, done in enumerate(concurrent.futures.as_completed(futures)):
            out[futures[done]] = done.result()
            if progress:
                print(f"\r{i + 1} of {len(names)} files", end="", file=sys.stderr, flush=True)
    if progress:
        print(file=sys.stderr)
    return [o for n in names for o in out[n]]
