"""SQL that SQLGlot reads: its tree is ours of the text that SQLGlot generates. queries.txt here, TPC-H, and the queries of other tests."""
import logging
import re
import sys
import unittest

import sqlglot
import sqlglot.expressions as exp
from ibis.backends.sql.dialects import DataFusion

import foreign

logging.disable(logging.CRITICAL)  # SQLGlot logs what it cannot say in PostgreSQL.


def marked():
    """(dialect, query, mark) of queries.txt"""
    out = []
    for line in (foreign.HERE / "queries.txt").read_text(encoding="utf-8").splitlines():
        if line.startswith(("!! ", "~ ")):
            out[-1][2] = line
        elif line.strip() and not line.startswith("#"):
            dialect, query = line[1:].split(" ", 1) if line.startswith("@") else (None, line)
            out.append([dialect, query, None])
    return out


def others():
    for path in sorted((foreign.ROOT / "tests/tpch/views").glob("*.sql")):
        text = path.read_text(encoding="utf-8")
        yield re.split(r"\bAS\b", text, maxsplit=1)[1] if re.match(r"\s*(--[^\n]*\n\s*)*CREATE", text) else text
    for name in ("proof/queries.txt", "lane/equal.txt", "lane/forms.txt"):
        for line in (foreign.ROOT / "tests" / name).read_text(encoding="utf-8").splitlines():
            if line.strip() and not line.startswith(("#", "==", "!=", "=>", "!!", "@")):
                yield line


class QueriesTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.batch = foreign.Batch()

    @classmethod
    def tearDownClass(cls):
        cls.batch.close()

    def both(self, tree):
        """What the tree is here, and what its text is."""
        sql = tree.sql(dialect=DataFusion)
        return sql, self.batch.read(foreign.listed(tree)), self.batch.parse(sql)

    def test_marked(self):
        for dialect, query, mark in marked():
            with self.subTest(query):
                sql, ours, text = self.both(sqlglot.parse_one(query, read=dialect or DataFusion))
                if mark and mark.startswith("!! "):
                    self.assertEqual(mark, "read" if ours["ok"] else "!! " + foreign.errors(ours))
                    continue
                self.assertTrue(ours["ok"], f"{sql}: {foreign.errors(ours) if not ours['ok'] else ''}")
                if mark:
                    self.assertFalse(text["ok"] and text["statements"][0]["payload"] == ours["statements"][0]["payload"], "it does not differ")
                    continue
                self.assertTrue(text["ok"], f"{sql}: {foreign.errors(text) if not text['ok'] else ''}")
                foreign.assert_same(self, text["statements"][0]["payload"], ours["statements"][0]["payload"], sql)

    def test_others(self):
        compared = 0
        for query in others():
            try:
                tree = sqlglot.parse_one(query, read=DataFusion)
            except sqlglot.errors.ParseError:
                continue
            # What SQLGlot's PostgreSQL cannot say: differences.txt.
            if tree.find(exp.Qualify, exp.TryCast) or any(s.find(exp.Kwarg) for s in tree.find_all(exp.Substring)):
                continue
            # SQLGlot takes ALL (list) for a function.
            if any(f.name.upper() == "ALL" for f in tree.find_all(exp.Anonymous)):
                continue
            with self.subTest(query):
                sql, ours, text = self.both(tree)
                if not text["ok"]:
                    continue  # What is no SQL of DataFusion before SQLGlot is none behind it.
                self.assertTrue(ours["ok"], f"{sql}: {foreign.errors(ours) if not ours['ok'] else ''}")
                foreign.assert_same(self, text["statements"][0]["payload"], ours["statements"][0]["payload"], sql)
                compared += 1
        self.assertGreater(compared, 500)
