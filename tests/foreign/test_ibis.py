"""Every operation of Ibis' DataFusion backend: the tree that Belvedere reads of SQLGlot's list is the one that it reads of SQLGlot's text, and
the text that it generates gives the rows of Ibis' own, on data with NULLs, NaN, -0 and duplicates and on none."""
import json
import unittest

import ibis
import ibis.expr.operations as ops
from ibis.backends.sql.compilers.base import ALL_OPERATIONS
from sqlglot.serde import dump

import foreign
import ibis_cases


def supported(compiler):
    """As Backend.has_operation says."""
    kind = type(compiler)
    for op in ALL_OPERATIONS:
        method = getattr(kind, f"visit_{op.__name__}", None)
        if op in kind.extra_supported_ops or (method is not None and method not in (kind.visit_Undefined, kind.visit_Unsupported)):
            yield op.__name__


class IbisTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        tables = ibis_cases.tables()
        cls.con = foreign.connect(tables)
        # The same names over no rows.
        cls.empty = foreign.connect({name: table.slice(0, 0) for name, table in tables.items()})
        cls.compiler = cls.con.compiler
        cls.batch = foreign.Batch()
        cls.seen = set()
        cls.cases = {}
        plain = type(cls.compiler).visit_node

        def visit(self, op, **kw):
            cls.seen.update(c.__name__ for c in type(op).__mro__)
            return plain(self, op, **kw)

        type(cls.compiler).visit_node = visit
        t, u = cls.con.table("t"), cls.con.table("u")
        for name, case in ibis_cases.CASES.items():
            expr = case(t, u)
            for op in expr.op().find(ops.Node):
                cls.seen.update(c.__name__ for c in type(op).__mro__)
            cls.con._run_pre_execute_hooks(expr)
            cls.empty._run_pre_execute_hooks(expr)
            tree = foreign.without_tuples(cls.compiler.to_sqlglot(expr))
            cls.cases[name] = (tree, tree.sql(dialect=cls.compiler.dialect), cls.batch.read(foreign.listed(tree)))
        type(cls.compiler).visit_node = plain

    @classmethod
    def tearDownClass(cls):
        cls.batch.close()

    def test_every_operation_has_a_case(self):
        unreachable = foreign.listing("unreachable.txt")
        missing = sorted(set(supported(self.compiler)) - self.seen - set(unreachable))
        self.assertEqual([], missing, "operations that the compiler supports, without a case in ibis_cases.py")
        self.assertEqual([], sorted(set(unreachable) & self.seen), "unreachable.txt names operations that have a case")

    def test_trees(self):
        differences, refused = foreign.listing("differences.txt"), foreign.listing("refused.txt")
        for name, (_, sql, answer) in self.cases.items():
            with self.subTest(name):
                if name in refused:
                    self.assertEqual(refused.pop(name), "read" if answer["ok"] else foreign.errors(answer))
                    continue
                self.assertTrue(answer["ok"], foreign.errors(answer) if not answer["ok"] else "")
                ours, text = answer["statements"][0], self.batch.parse(sql)
                same = text["ok"] and text["statements"][0]["payload"] == ours["payload"]
                if name in differences:
                    self.assertFalse(same, "differences.txt names it, and it does not differ")
                    del differences[name]
                    continue
                self.assertTrue(text["ok"], sql)
                foreign.assert_same(self, text["statements"][0]["payload"], ours["payload"], sql)
        self.assertEqual(({}, {}), (differences, refused), "differences.txt or refused.txt names what is no case")

    def test_rows(self):
        compared = 0
        for name, (tree, sql, answer) in self.cases.items():
            if not answer["ok"]:
                continue
            ordered = tree.args.get("order") is not None and "random" not in name
            for con in (self.con, self.empty):
                with self.subTest(name, empty=con is self.empty):
                    try:
                        theirs = foreign.rows(con, sql, ordered)
                    except BaseException:
                        continue  # The engine refuses Ibis' own text: there is nothing to compare with.
                    self.assertEqual(theirs, foreign.rows(con, answer["statements"][0]["sql"], ordered), f"{sql}\n{answer['statements'][0]['sql']}")
                    compared += 1
        # What the engine itself refuses is little; a change here is worth a look.
        self.assertGreater(compared, 2 * len(self.cases) - 40)

    def test_tuples_as_values(self):
        """Ibis leaves tuples in its trees: json.dumps(dump(tree), default=dump) writes their items one by one, which is read too."""
        for name in ("first_last", "collects", "ranks_by_group", "sums_over"):
            expr = ibis_cases.CASES[name](self.con.table("t"), self.con.table("u"))
            tree = self.compiler.to_sqlglot(expr)
            items = dump(tree)
            self.assertTrue(any(isinstance(i.get("v"), tuple) for i in items), f"{name} has no tuple")
            answer = self.batch.read(json.loads(json.dumps(items, default=dump)))
            self.assertEqual(self.cases[name][2]["statements"], answer.get("statements"), answer)

    def test_nothing_is_left_out_unread(self):
        """An argument that no reader asks for is refused, on each class in each place."""
        seen, refused = set(), 0
        lists = {name: foreign.listed(tree) for name, (tree, _, answer) in self.cases.items() if answer["ok"]}
        for name, items in sorted(lists.items(), key=lambda i: len(i[1])):
            for place, item in enumerate(items):
                key = (item.get("c"), item.get("k"), items[item["i"]].get("c") if "i" in item else None)
                if "c" not in item or item["c"] == "DataType.Type" or key in seen:
                    continue
                seen.add(key)
                got = self.batch.read(items + [{"i": place, "k": "unheard_of", "v": True}])
                self.assertFalse(got["ok"], f"{name}: {item} takes an argument that nobody reads")
                self.assertIn('"unheard_of"', foreign.errors(got))
                refused += 1
        self.assertGreater(refused, 500)
