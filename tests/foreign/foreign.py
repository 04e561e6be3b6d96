"""What the tests of foreign trees share: SQLGlot's list of a tree, Belvedere in one process, Ibis' DataFusion with the tables of the cases."""
import json
import os
import pathlib
import subprocess

import ibis
import pyarrow as pa
import sqlglot.expressions as exp
from sqlglot.serde import dump

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
BUILD = pathlib.Path(os.environ.get("BELVEDERE_BUILD", ROOT / "build"))


def without_tuples(tree):
    """Ibis leaves tuples where SQLGlot has lists; SQLGlot's dump then holds them as they are, which JSON cannot."""
    for node in list(tree.walk()):
        for key, value in node.args.items():
            if isinstance(value, tuple):
                node.args[key] = list(value)
                for i, item in enumerate(value):
                    if isinstance(item, exp.Expression):
                        item.parent, item.arg_key, item.index = node, key, i
    return tree


def listed(tree):
    return json.loads(json.dumps(dump(tree), default=dump_item))


def dump_item(value):
    """For json.dumps(dump(tree), default=dump_item): a tuple's items one by one."""
    return dump(value)


class Batch:
    def __init__(self):
        self.p = subprocess.Popen([str(BUILD / "belvedere"), "batch", "--engine", "none"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8")

    def ask(self, **request):
        self.p.stdin.write(json.dumps(request) + "\n")
        self.p.stdin.flush()
        line = self.p.stdout.readline()
        if not line:
            raise SystemExit(f"belvedere batch ended on {str(request)[:2000]}")
        return json.loads(line)

    def close(self):
        self.p.stdin.close()
        self.p.wait()
        self.p.stdout.close()

    def parse(self, sql, dialect="datafusion"):
        return self.ask(op="parse", sql=sql, dialect=dialect)

    def read(self, items):
        return self.ask(op="parse", sqlglot=items)


def errors(answer):
    return "; ".join(e["message"] for e in answer["errors"])


def listing(name):
    """`key: value` lines of a file here."""
    lines = (HERE / name).read_text(encoding="utf-8").splitlines()
    return dict(line.split(": ", 1) for line in lines if line.strip() and not line.startswith("#"))


def assert_same(test, text, ours, sql):
    """Payloads, with the first elements that differ."""
    if text == ours:
        return
    for i, (a, b) in enumerate(zip(text, ours)):
        if a != b:
            test.fail(f"{sql}\nelement {i}: of the text {text[i - 1 : i + 2]}\n        of the tree {ours[i - 1 : i + 2]}")
    test.fail(f"{sql}\n{len(text)} elements of the text, {len(ours)} of the tree")


def connect(tables):
    con = ibis.datafusion.connect()
    for name, table in tables.items():
        batches = table.to_batches() or [pa.RecordBatch.from_pylist([], schema=table.schema)]
        con.con.register_record_batches(name, [batches])
    return con


def rows(con, sql, ordered):
    """Column names and rows as texts: NaN is equal to NaN, -0.0 is not 0.0. Without an order, sorted."""
    table = con.con.sql(sql).to_arrow_table()
    # Names may repeat; a row's values do not.
    plain = table.rename_columns([f"c{i}" for i in range(table.num_columns)])
    values = [tuple(repr(v) for v in row.values()) for row in plain.to_pylist()]
    return table.schema.names, values if ordered else sorted(values)
