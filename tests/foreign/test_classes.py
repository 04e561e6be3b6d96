"""Each row of the tables against SQLGlot itself: an instance of the class, with columns as arguments, reads as the text that SQLGlot prints of it."""
import inspect
import re
import unittest

import sqlglot.expressions as exp
from ibis.backends.sql.dialects import DataFusion

import foreign

INGRESS = foreign.ROOT / "src/ingress"
LISTS = {"expressions", "ifs"}
WORDS = {"unit": exp.var("DAY")}
# Rows that SQLGlot prints in a way that DataFusion lacks; the row has what it means.
OTHER_TEXT = {
    "Uuid": "GEN_RANDOM_UUID() is PostgreSQL's; DataFusion has uuid()",
    "IntDiv": "DIV(a, b) is PostgreSQL's function; DataFusion has an operator",
    "ArrayAny": "an expression over the list's length and a subquery; DataFusion has array_any_match",
    "ArrayFilter": "a subquery over unnest; DataFusion has array_filter",
    "Transform": "TRANSFORM is no function of DataFusion; it has array_transform",
    "CurrentTime": "a call in the tree, with its parentheses or without",
}


def rows(kind, name="sqlglot_classes.def"):
    text = (INGRESS / name).read_text(encoding="utf-8")
    return [m.group(1) for m in re.finditer(rf"^SG_{kind}\((.*)\)$", text, re.M)]


def column(name):
    return exp.column(name.strip("_"), quoted=True)


class ClassesTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.batch = foreign.Batch()

    @classmethod
    def tearDownClass(cls):
        cls.batch.close()

    def check(self, expression):
        tree = exp.select(expression.as_("x", quoted=True)).from_(exp.table_("t", quoted=True))
        sql = tree.sql(dialect=DataFusion)
        ours, text = self.batch.read(foreign.listed(tree)), self.batch.parse(sql)
        self.assertTrue(ours["ok"], f"{sql}: {foreign.errors(ours) if not ours['ok'] else ''}")
        self.assertTrue(text["ok"], f"{sql}: {foreign.errors(text) if not text['ok'] else ''}")
        foreign.assert_same(self, text["statements"][0]["payload"], ours["statements"][0]["payload"], sql)

    def test_calls(self):
        """With all arguments, and with those alone that the class requires."""
        checked = 0
        for row in rows("CALL"):
            cls, _, args, _ = re.match(r'(\w+), "([^"]*)", "([^"]*)", "([^"]*)"', row).groups()
            kind = getattr(exp, cls)
            keys = [k.lstrip("@") for k in args.split() if not k.startswith("=")]
            for some in (keys, [k for k in keys if kind.arg_types.get(k)]):
                with self.subTest(cls, args=some):
                    for key in some:
                        self.assertIn(key, kind.arg_types, "the class has no such argument")
                    made = kind(**{k: WORDS[k].copy() if k in WORDS else [column("e1"), column("e2")] if k in LISTS else column(k) for k in some})
                    if cls in OTHER_TEXT:
                        self.assertTrue(self.batch.read(foreign.listed(exp.select(made)))["ok"])
                    else:
                        self.check(made)
                    checked += 1
        self.assertGreater(checked, 250)

    def test_what_is_a_double(self):
        """SQLGlot's round(x, n) casts what it takes for a DOUBLE, and a division what it does not take for a number with a fraction: the same on
        expressions at random."""
        random = __import__("random").Random(7)

        def number(depth):
            if depth == 0 or random.random() < 0.15:
                return random.choice([column("a"), exp.Literal.number(random.choice(["1", "2.5", "1e3"])), exp.null(), exp.cast(column("b"), random.choice(["double", "float", "int", "bigint", "decimal", "decimal(10, 2)", "text", "date"]))]).copy()
            one = lambda: number(depth - 1)  # noqa: E731
            kind = random.randrange(14)
            if kind == 0:
                return random.choice([exp.Add, exp.Sub, exp.Mul, exp.Mod])(this=exp.paren(one()), expression=exp.paren(one()))
            if kind == 1:
                return exp.Div(this=exp.paren(one()), expression=exp.paren(one()), typed=random.random() < 0.5)
            if kind == 2:
                return random.choice([exp.Sqrt, exp.Exp, exp.Ln, exp.Avg, exp.Sin, exp.Stddev, exp.Variance])(this=one())
            if kind == 3:
                return random.choice([exp.Abs, exp.Max, exp.Min, exp.Sum, exp.FirstValue, exp.AnyValue, exp.Neg])(this=exp.paren(one()))
            if kind == 4:
                return exp.Coalesce(this=one(), expressions=[one(), one()])
            if kind == 5:
                return random.choice([exp.Greatest, exp.Least])(this=one(), expressions=[one()])
            if kind == 6:
                return exp.Case(ifs=[exp.If(this=exp.true(), true=one()), exp.If(this=exp.false(), true=one())], default=one() if random.random() < 0.7 else None)
            if kind == 7:
                return exp.If(this=exp.true(), true=one(), false=one())
            if kind == 8:
                return random.choice([exp.Ceil, exp.Floor, exp.Sign])(this=one())
            if kind == 9:
                return exp.Nullif(this=one(), expression=one())
            if kind == 10:
                return exp.Window(this=exp.Avg(this=one()))
            if kind == 11:
                return exp.Filter(this=exp.Sum(this=one()), expression=exp.Where(this=exp.true()))
            if kind == 12:
                return random.choice([exp.Length, exp.Ascii, exp.Lower, exp.Upper, exp.Count])(this=column("s")) if random.random() < 0.8 else exp.func("unknown_function", one())
            return exp.Round(this=one(), decimals=exp.Literal.number(1))

        for _ in range(1500):
            made = exp.Round(this=number(random.randrange(1, 5)), decimals=exp.Literal.number(2))
            with self.subTest(made.sql()):
                self.check(made)

    def test_operators(self):
        for row in rows("BINARY"):
            cls = row.split(",")[0]
            with self.subTest(cls):
                made = getattr(exp, cls)(this=column("a"), expression=column("b"))
                if cls in OTHER_TEXT:
                    self.assertTrue(self.batch.read(foreign.listed(exp.select(made)))["ok"])
                else:
                    self.check(made)

    def test_types(self):
        made = {
            "DECIMAL": ["DECIMAL", "DECIMAL(12)", "DECIMAL(12, 3)", "DECIMAL(50, 3)"], "VARCHAR": ["VARCHAR", "VARCHAR(7)"], "TIMESTAMP": ["TIMESTAMP", "TIMESTAMP(6)"],
            "TIMESTAMPTZ": ["TIMESTAMPTZ", "TIMESTAMPTZ(3)"], "TIME": ["TIME", "TIME(6)"], "ARRAY": ["BIGINT[]", "TEXT[][]"],
        }
        for row in rows("TYPE", "sqlglot_types.def"):
            name = row.split(",")[0].strip('"')
            if name in ("STRUCT", "MAP", "UTINYINT", "UINT"):
                continue  # DataFusion's own dialect of SQLGlot cannot read or print these so that our parser takes them.
            for to in [exp.DataType.build(text, dialect="postgres") for text in made[name]] if name in made else [exp.DataType(this=exp.DType(name))]:
                with self.subTest(to.sql()):
                    self.check(exp.Cast(this=column("a"), to=to))
        nested = [
            exp.DataType(this=exp.DType.MAP, nested=True, expressions=[exp.DataType.build("text"), exp.DataType.build("bigint[]", dialect="postgres")]),
            exp.DataType(this=exp.DType.STRUCT, nested=True, expressions=[exp.ColumnDef(this=exp.to_identifier("A b", quoted=True), kind=exp.DataType.build("text")), exp.ColumnDef(this=exp.to_identifier("c"), kind=exp.DataType.build("int"))]),
        ]
        for to in nested:
            with self.subTest(to.sql()):
                self.check(exp.Cast(this=column("a"), to=to))

    def test_every_type_is_read_or_refused_by_name(self):
        known = {row.split(",")[0].strip('"') for row in rows("TYPE", "sqlglot_types.def")}
        for member in exp.DType:
            if member.value in known:
                continue
            answer = self.batch.read(foreign.listed(exp.select(exp.Cast(this=column("a"), to=exp.DataType(this=member)))))
            self.assertFalse(answer["ok"], member)
            self.assertIn(f"`{member.value}` is no type of DataFusion", foreign.errors(answer))

    def test_every_class_is_read_or_refused_by_name(self):
        """No class of SQLGlot ends in anything but a reading or a diagnostic."""
        known = {row.split(",")[0] for kind in ("CALL", "BINARY", "FORM") for row in rows(kind)}
        refused = 0
        for name, kind in inspect.getmembers(exp, inspect.isclass):
            if not issubclass(kind, exp.Expression) or name in known or name in ("Paren", "Alias"):
                continue
            items = foreign.listed(exp.select(column("a")))
            items += [{"i": 0, "k": "expressions", "a": True, "c": f"sqlglot.expressions.{name}"}]
            answer = self.batch.read(items)
            self.assertFalse(answer["ok"], name)
            self.assertIn(f"({name})", foreign.errors(answer))
            refused += 1
        self.assertGreater(refused, 500)
