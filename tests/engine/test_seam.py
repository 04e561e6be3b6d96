"""The engine through its seam: every kind of a governed tree runs, errors know their place, what is written reads right in another Delta client."""
import ctypes
import datetime
import decimal
import gzip
import json
import os
import shutil
import tempfile
import threading
import time
import unittest

import deltalake
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet

import seam
from seam import Failed, cast, col, element_of, fn, lay, named, node, num, op, query, select, table, text

ENGINE = seam.Engine(memory=512 << 20, threads=2)
ROWS = pa.table({
	"id": pa.array(range(5000), pa.int64()),
	"s": [f"s{i % 7}" for i in range(5000)],
	"v": [float(i) if i % 3 else None for i in range(5000)],
	"l": [[i, i + 1] for i in range(5000)],
	"st": [{"a": i, "b": f"b{i}"} for i in range(5000)],
	"d": [datetime.date(2024, 1, 1 + i % 28) for i in range(5000)],
	"ts": pa.array([datetime.datetime(2024, 1, 1, i % 24, tzinfo=datetime.timezone.utc) for i in range(5000)], pa.timestamp("us", tz="UTC")),
})


class Case(unittest.TestCase):
	def setUp(self):
		self.dir = tempfile.mkdtemp(prefix="belvedere-engine-")
		self.addCleanup(shutil.rmtree, self.dir, True)
		self.catalog = seam.Catalog(ENGINE)
		self.addCleanup(self.catalog.close)
		self.catalog.table("main.t", ROWS)

	def at(self, name):
		return os.path.join(self.dir, name)

	def files(self, name):
		return sorted(os.path.join(at, f) for at, _, files in os.walk(self.at(name)) for f in files)

	def fails(self, cls, call, *args, **more):
		with self.assertRaises(Failed) as caught:
			call(*args, **more)
		self.assertEqual(caught.exception.cls, cls, str(caught.exception))
		return caught.exception

	def value(self, expression, from_=None):
		rows = self.catalog.query(query({"x": expression}, from_, limit=num(1)))
		return rows.column(0)[0].as_py() if rows.num_rows else None

	def one(self, tree):
		return self.catalog.query(tree).to_pylist()


class Kinds(Case):
	"""Each kind of nodes.def that a governed tree may hold."""

	def test_literals(self):
		for expression, wanted in [
			(node("null"), None), (node("boolean", value=True), True), (node("boolean"), False), (num(7), 7), (num("1.5"), 1.5), (num("2e3"), 2000.0), (text("it's"), "it's"),
			(text(""), ""), (node("binary_literal", hex="00ff"), b"\x00\xff"), (node("array", items=[num(1), num(2)]), [1, 2]),
			(node("struct", fields=[named(num(1), "a"), named(text("x"), "B c")]), {"a": 1, "B c": "x"}), (node("struct", fields=[num(1)]), {"c0": 1}),
			(node("map", keys=[text("k")], items=[num(1)]), [("k", 1)]),
		]:
			self.assertEqual(self.value(expression), wanted)

	def test_operators(self):
		for name, left, right, wanted in [
			("add", 7, 2, 9), ("subtract", 7, 2, 5), ("multiply", 7, 2, 14), ("divide", 7, 2, 3), ("modulo", 7, 2, 1), ("eq", 7, 2, False), ("ne", 7, 2, True), ("lt", 7, 2, False),
			("le", 7, 7, True), ("gt", 7, 2, True), ("ge", 2, 7, False), ("is_distinct_from", 1, 1, False), ("is_not_distinct_from", 1, 1, True), ("bit_and", 6, 3, 2),
			("bit_or", 6, 3, 7), ("bit_xor", 6, 3, 5), ("shift_left", 1, 3, 8), ("shift_right", 8, 3, 1),
		]:
			self.assertEqual(self.value(op(name, num(left), num(right))), wanted, name)
		for name, left, right, wanted in [("concat", "a", "b", "ab"), ("regex_match", "abc", "^a", True), ("regex_match_i", "abc", "^A", True), ("not_regex_match", "abc", "^a", False),
				("not_regex_match_i", "abc", "^A", False)]:
			self.assertEqual(self.value(op(name, text(left), text(right))), wanted, name)
		lists = node("array", items=[num(1), num(2)]), node("array", items=[num(1)])
		self.assertIs(self.value(op("contains", *lists)), True)
		self.assertIs(self.value(op("contained_by", *lists)), False)
		for name in ["integer_divide", "arrow", "long_arrow", "true_divide", "hash_arrow", "at_at", "question"]:
			tree = lay(query({"x": op(name, num(1), num(2))}))
			self.assertEqual(self.fails("unsupported", self.catalog.plan, tree).element, element_of(tree, kind="binary"))
		self.assertEqual(self.value(node("unary", operand=num(3))), -3)
		self.assertEqual(self.value(node("unary", op="plus", operand=num(3))), 3)
		self.assertIs(self.value(node("unary", op="not", operand=node("boolean", value=True))), False)
		self.assertIs(self.value(node("and", terms=[node("boolean", value=True)] * 100 + [node("boolean")])), False)
		self.assertIs(self.value(node("or", terms=[node("boolean")] * 100 + [node("boolean", value=True)])), True)

	def test_predicates(self):
		three = num(3)
		for expression, wanted in [
			(node("is", operand=node("null")), True), (node("is", operand=num(1), negated=True), True), (node("is", test="true", operand=node("null")), False),
			(node("is", test="false", operand=node("boolean")), True), (node("is", test="unknown", operand=node("null"), negated=True), False),
			(node("between", operand=three, low=num(1), high=num(3)), True), (node("between", operand=three, low=num(1), high=num(3), negated=True), False),
			(node("in_list", operand=three, items=[num(1), three]), True), (node("in_list", operand=three, items=[num(1)], negated=True), True),
			(node("like", operand=text("a%c"), pattern=text("a!%_!"), escape="!"), False), (node("like", operand=text("a%c"), pattern=text("a!%_"), escape="!"), True),
			(node("like", operand=text("abc"), pattern=text("a!%c"), escape="!"), False), (node("like", operand=text("a\\b"), pattern=text("a\\_"), escape="!"), True), (node("like", form="ilike", operand=text("ABC"), pattern=text("a%")), True),
			(node("like", operand=text("abc"), pattern=text("b%"), negated=True), True), (node("like", form="similar", operand=text("abc"), pattern=text("a(b|c)*")), True),
			(node("case", whens=[node("when", condition=op("eq", three, num(3)), result=text("y"))], otherwise=text("n")), "y"),
			(node("case", operand=three, whens=[node("when", condition=num(1), result=text("y"))]), None),
		]:
			self.assertIs(self.value(expression), wanted) if isinstance(wanted, bool) else self.assertEqual(self.value(expression), wanted)

	def test_casts_and_types(self):
		self.assertEqual(self.value(cast(text("12.345"), "decimal", precision="12", scale="2")), decimal.Decimal("12.35"))
		self.assertIsNone(self.value(node("cast", form="try_cast", operand=text("x"), type=node("type", name="int64"))))
		self.assertEqual(self.value(cast(text("2024-02-29"), "date")), datetime.date(2024, 2, 29))
		self.assertEqual(self.value(cast(text("2024-02-29T01:02:03.000004"), "timestamp", precision="6")), datetime.datetime(2024, 2, 29, 1, 2, 3, 4))
		self.assertEqual(self.value(cast(text("2024-02-29T01:02:03"), "timestamp", precision="6", zone="UTC")), datetime.datetime(2024, 2, 29, 1, 2, 3, tzinfo=datetime.timezone.utc))
		element = lambda name: node("type_field", type=node("type", name=name))
		listed = self.catalog.query(query({"x": node("cast", operand=node("array", items=[num(1)]), type=node("type", name="list", fields=[element("int16")]))}))
		self.assertEqual(listed.schema.field(0).type, pa.list_(pa.int16()))
		struct = node("type", name="struct", fields=[node("type_field", name="A", type=node("type", name="string")), node("type_field", name="b", type=node("type", name="float32"))])
		self.assertEqual(self.value(node("cast", operand=node("struct", fields=[named(num(1), "A"), named(num(2), "b")]), type=struct)), {"A": "1", "b": 2.0})
		for name, more, wanted in [
			("boolean", {}, pa.bool_()), ("int8", {}, pa.int8()), ("uint64", {}, pa.uint64()), ("float32", {}, pa.float32()), ("binary", {}, pa.binary()), ("date64", {}, pa.date64()),
			("time", {"precision": "6"}, pa.time64("us")), ("time", {"precision": "0"}, pa.time32("s")), ("timestamp", {"precision": "3"}, pa.timestamp("ms")),
			("timestamp", {}, pa.timestamp("ns")), ("decimal", {"precision": "40", "scale": "3"}, pa.decimal256(40, 3)), ("interval", {}, pa.month_day_nano_interval()),
			("duration", {"precision": "3"}, pa.duration("ms")), ("large_utf8", {}, pa.string()),
		]:
			self.assertEqual(self.catalog.plan(query({"x": cast(node("null"), name, **more)}), plain=True).schema.field(0).type, wanted, name)
		tree = lay(query({"x": cast(num(1), "decimal", precision="99")}))
		self.assertEqual(self.fails("plan", self.catalog.plan, tree).element, element_of(tree, kind="type"))
		tree = lay(query({"x": cast(num(1), "geography")}))
		self.assertEqual(self.fails("unsupported", self.catalog.plan, tree).element, element_of(tree, kind="type"))

	def test_time(self):
		day = cast(text("2024-01-31"), "date")
		for unit, count, wanted in [("year", 1, "2025-01-31"), ("quarter", 1, "2024-04-30"), ("month", 1, "2024-02-29"), ("week", 1, "2024-02-07"), ("day", 2, "2024-02-02")]:
			self.assertEqual(self.value(op("add", day, node("interval", unit=unit, value=text(str(count))))), datetime.date.fromisoformat(wanted), unit)
		moment = cast(text("2024-01-31T00:00:00"), "timestamp", precision="9")
		for unit, micro in [("hour", 3600e6), ("minute", 60e6), ("second", 1e6), ("millisecond", 1e3), ("microsecond", 1)]:
			got = self.value(cast(op("add", moment, node("interval", unit=unit, value=text("1"))), "timestamp", precision="6"))
			self.assertEqual(got, datetime.datetime(2024, 1, 31) + datetime.timedelta(microseconds=micro), unit)
		self.assertEqual(self.value(op("subtract", day, node("interval", value=text("1 month 2 days")))), datetime.date(2023, 12, 29))
		zone = node("at_time_zone", operand=cast(text("2024-07-01T12:00:00"), "timestamp", precision="6"), zone=text("Europe/Berlin"))
		self.assertEqual(str(self.catalog.plan(query({"x": zone})).schema.field(0).type), "timestamp[ns, tz=Europe/Berlin]")

	def test_nested(self):
		t = table("main.t", "t")
		self.assertEqual(self.value(node("field", operand=col("t", "st"), name="b"), t), "b0")
		self.assertEqual(self.value(node("index", operand=col("t", "l"), index=num(2)), t), 1)
		self.assertEqual(self.value(node("slice", operand=node("array", items=[num(i) for i in range(6)]), low=num(2), high=num(6), step=num(2))), [1, 3, 5])
		self.assertEqual(self.value(node("index", operand=node("map", keys=[text("k")], items=[num(5)]), index=text("k"))), 5)
		times = node("lambda", params=["x"], body=op("multiply", col("x"), num(10)))
		self.assertEqual(self.value(fn("array_transform", col("t", "l"), times), t), [0, 10])

	def test_queries(self):
		t = table("main.t", "t")
		small = op("lt", col("t", "id"), num(3))
		self.assertEqual(self.one(query({"id": col("t", "id")}, t, where=small, order_by=[col("id")])), [{"id": 0}, {"id": 1}, {"id": 2}])
		paged = node("query", body=select({"id": col("t", "id")}, t), order_by=[node("order_item", operand=col("id"), descending=True)], limit=num(2), offset=num(1))
		self.assertEqual(self.one(paged), [{"id": 4998}, {"id": 4997}])
		nulls = node("query", body=select({"v": col("t", "v")}, t, where=small), order_by=[node("order_item", operand=col("v"), nulls="first")])
		self.assertEqual([r["v"] for r in self.one(nulls)], [None, 1.0, 2.0])
		self.assertEqual(len(self.one(query({"s": col("t", "s")}, t, distinct=True))), 7)
		grouped = query({"s": col("t", "s"), "n": fn("count", num(1))}, t, group_by=[col("t", "s")], having=op("eq", col("t", "s"), text("s1")))
		self.assertEqual(self.one(grouped), [{"s": "s1", "n": 715}])
		for form, rows in [("rollup", 8), ("cube", 8), (None, 7)]:
			keys = node("grouping", **({"form": form} if form else {}), sets=[node("row", items=[col("t", "s")])])
			self.assertEqual(len(self.one(query({"s": col("t", "s"), "n": fn("count", num(1))}, t, group_by=[keys]))), rows)
		cte = node("cte", name="c", columns=["k"], query=query({"id": col("t", "id")}, t, where=small))
		self.assertEqual(self.one(query({"n": fn("sum", col("c", "k"))}, table("c", "c"), ctes=[cte])), [{"n": 3}])
		step = select({"n": op("add", col("r", "n"), num(1))}, table("r", "r"), where=op("lt", col("r", "n"), num(5)))
		counting = node("cte", name="r", query=node("query", body=node("set_operation", all=True, left=select({"n": num(1)}), right=step)))
		self.assertEqual(self.one(node("query", recursive=True, ctes=[counting], body=select({"s": fn("sum", col("r", "n"))}, table("r", "r")))), [{"s": 15}])
		self.fails("unsupported", self.catalog.plan, query({"n": num(1)}, ctes=[node("cte", name="a.b", query=query({"x": num(1)}))]))
		rows = node("values", rows=[node("row", items=[num(1), text("a")]), node("row", items=[num(2), text("b")])])
		derived = node("derived", query=node("query", body=rows), alias="d", columns=["n", "w"])
		self.assertEqual(self.one(query({"w": col("d", "w")}, derived, where=op("eq", col("d", "n"), num(2)))), [{"w": "b"}])
		left, right = select({"x": num(1)}), select({"x": num(1)})
		for kind, every, count in [("union", False, 1), ("union", True, 2), ("intersect", False, 1), ("except", False, 0), ("intersect", True, 1), ("except", True, 0)]:
			both = node("set_operation", **({} if kind == "union" else {"op": kind}), all=every, left=left, right=right)
			self.assertEqual(len(self.one(node("query", body=both))), count, (kind, every))

	def test_joins(self):
		pairs = lambda name, numbers: node("derived", alias=name, query=node("query", body=node("values", rows=[node("row", items=[num(n)]) for n in numbers])), columns=["k"])
		on = op("eq", col("a", "k"), col("b", "k"))
		for kind, count in [("inner", 1), ("left", 2), ("right", 2), ("full", 3), ("left_semi", 1), ("left_anti", 1), ("right_semi", 1), ("right_anti", 1)]:
			joined = node("join", **({} if kind == "inner" else {"type": kind}), left=pairs("a", [1, 2]), right=pairs("b", [2, 3]), on=on)
			self.assertEqual(self.one(query({"n": fn("count", num(1))}, joined)), [{"n": count}], kind)
		cross = node("join", type="cross", left=pairs("a", [1, 2]), right=pairs("b", [2, 3]))
		self.assertEqual(self.one(query({"n": fn("count", num(1))}, cross)), [{"n": 4}])
		chain = pairs("a", [1, 2])
		for i in range(6):
			chain = node("join", left=chain, right=pairs(f"b{i}", [1, 2]), on=op("eq", col("a", "k"), col(f"b{i}", "k")))
		self.assertEqual(self.one(query({"n": fn("count", num(1))}, chain)), [{"n": 2}])
		lateral = node("derived", lateral=True, alias="l", query=query({"id": col("t", "id")}, table("main.t", "t"), where=op("eq", col("t", "id"), col("a", "k"))))
		self.assertEqual(self.one(query({"s": fn("sum", col("l", "id"))}, node("join", type="cross", left=pairs("a", [1, 2]), right=lateral))), [{"s": 3}])
		self.fails("unsupported", self.catalog.plan, query({"n": num(1)}, node("join", type="asof", left=pairs("a", [1]), right=pairs("b", [1]), on=on)))

	def test_subqueries(self):
		t, u = table("main.t", "t"), table("main.t", "u")
		inner = query({"id": col("u", "id")}, u, where=op("lt", col("u", "id"), num(3)))
		count = lambda where: self.one(query({"n": fn("count", num(1))}, t, where=where))[0]["n"]
		self.assertEqual(count(node("in_query", operand=col("t", "id"), query=inner)), 3)
		self.assertEqual(count(node("in_query", operand=col("t", "id"), query=inner, negated=True)), 4997)
		correlated = query({"one": num(1)}, u, where=node("and", terms=[op("eq", col("u", "id"), col("t", "id")), op("lt", col("u", "id"), num(4))]))
		self.assertEqual(count(node("exists", query=correlated)), 4)
		self.assertEqual(count(node("exists", query=correlated, negated=True)), 4996)
		largest = node("scalar_query", query=query({"m": fn("max", col("u", "id"))}, u))
		self.assertEqual(count(op("eq", col("t", "id"), largest)), 1)
		self.assertEqual(count(node("quantified", op="eq", left=col("t", "id"), right=inner)), 3)
		self.assertEqual(count(node("quantified", op="gt", quantifier="all", left=col("t", "id"), right=inner)), 4997)

	def test_calls(self):
		t = table("main.t", "t")
		self.assertEqual(self.value(fn("count", col("t", "s"), distinct=True), t), 7)
		self.assertEqual(self.value(fn("count", num(1), filter=op("lt", col("t", "id"), num(9))), t), 9)
		ordered = fn("array_agg", col("t", "id"), order_by=[node("order_item", operand=col("t", "id"), descending=True)], filter=op("lt", col("t", "id"), num(3)))
		self.assertEqual(self.value(ordered, t), [2, 1, 0])
		self.assertEqual(self.value(fn("percentile_cont", num("0.5"), within_group=[node("order_item", operand=col("t", "id"))]), t), 2499.5)
		by_id = [node("order_item", operand=col("t", "id"))]
		frame = node("frame", unit="rows", start="preceding", start_offset=num(1), end="current_row")
		running = fn("sum", col("t", "id"), over=node("window", order_by=by_id, frame=frame))
		self.assertEqual([r["x"] for r in self.one(query({"x": running}, t, order_by=[col("x")], limit=num(3)))], [0, 1, 3])
		last = fn("last_value", col("t", "v"), nulls="ignore", over=node("window", order_by=by_id))
		self.assertEqual([r["x"] for r in self.one(query({"i": col("t", "id"), "x": last}, t, order_by=[col("i")], limit=num(4)))], [None, 1.0, 2.0, 2.0])
		ranked = fn("row_number", over=node("window", partition_by=[col("t", "s")], order_by=by_id))
		self.assertEqual(self.one(query({"n": fn("max", col("d", "r"))}, node("derived", alias="d", query=query({"r": ranked}, t)))), [{"n": 715}])
		tree = lay(query({"x": fn("sum", col("t", "id"), over=node("window", order_by=by_id, frame=node("frame", unit="rows", start="unbounded_preceding", exclude="ties")))}, t))
		self.assertEqual(self.fails("unsupported", self.catalog.plan, tree).element, element_of(tree, kind="frame"))

	def test_relations_of_functions(self):
		series = node("table_function", name=["generate_series"], args=[num(1), num(4)], alias="g", columns=["n"])
		self.assertEqual(self.one(query({"s": fn("sum", col("g", "n"))}, series)), [{"s": 10}])
		items = node("unnest", args=[node("array", items=[num(7), num(8)])], alias="u", columns=["x"])
		self.assertEqual([r["x"] for r in self.one(query({"x": col("u", "x")}, items))], [7, 8])
		self.assertEqual(self.one(query({"n": fn("count", num(1))}, node("derived", alias="d", query=query({"x": fn("unnest", col("t", "l"))}, table("main.t", "t"))))), [{"n": 10000}])
		self.fails("unsupported", self.catalog.plan, query({"x": num(1)}, node("unnest", args=[node("array", items=[num(7)])], alias="u", ordinality=True)))


class Planning(Case):
	def test_numbers_are_no_ordinals(self):
		t = table("main.t", "t")
		self.assertEqual(self.one(query({"n": fn("count", num(1))}, t, group_by=[num(1)])), [{"n": 5000}])
		self.assertEqual(self.one(query({"n": fn("count", num(1))}, t, where=op("lt", col("t", "id"), num(0)), group_by=[node("unary", operand=num(7))])), [])
		self.assertEqual(len(self.one(query({"s": col("t", "s"), "n": fn("count", num(1))}, t, group_by=[num(2), col("t", "s")]))), 7)
		self.assertEqual(len(self.one(query({"id": col("t", "id")}, t, order_by=[num(99)], limit=num(5)))), 5)
		both = node("set_operation", all=True, left=select({"x": num(2)}), right=select({"x": num(1)}))
		self.assertEqual(len(self.one(node("query", body=both, order_by=[node("order_item", operand=num(5))]))), 2)

	def test_repeated_names(self):
		twice = query([("a", col("t", "id")), ("a", col("t", "s")), ("b", num(1)), ("a", num(2))], table("main.t", "t"), limit=num(1))
		rows = self.catalog.query(twice)
		self.assertEqual(rows.column_names, ["a", "a", "b", "a"])
		self.assertEqual([c[0].as_py() for c in rows.columns], [0, "s0", 1, 2])
		both = node("query", body=node("set_operation", all=True, left=select([("a", num(1)), ("a", num(2))]), right=select([("x", num(3)), ("y", num(4))])))
		self.assertEqual(self.catalog.query(both).column_names, ["a", "a"])
		inner = query({"b": col("d", "b")}, node("derived", alias="d", query=twice))
		self.assertEqual(self.one(inner), [{"b": 1}])
		self.assertIn("two columns are called a", self.fails("plan", self.catalog.view, "main.twice", twice).message)
		self.assertIn("two columns are called a", self.fails("plan", self.catalog.plan(twice).write, self.at("twice")).message)
		self.assertEqual(self.files("twice"), [])

	def test_errors_know_their_element(self):
		t = table("main.t", "t")
		wrong = node("array", items=[num(1)])
		for tree, wanted in [
			(query({"a": col("t", "id"), "b": col("t", "idd")}, t), {"path": ["t", "idd"]}),
			(query({"a": col("u", "id")}, table("main.u", "u")), {"kind": "table"}),
			(query({"a": fn("upper", fn("nosuch", num(1)))}, t), {"name": ["nosuch"]}),
			(query({"a": fn("concat", text("x"), fn("date_trunc", num(1), num(2)))}, t), {"name": ["date_trunc"]}),
			(query({"a": num(1)}, t, where=node("and", terms=[op("eq", col("t", "id"), num(1)), op("eq", fn("sqrt", wrong), num(1))])), {"kind": "array"}),
			(query({"a": fn("sum", col("t", "s"))}, t), {"name": ["sum"]}),
			(query({"x": num(1)}, node("join", left=t, right=table("main.t", "u"), on=op("eq", fn("abs", wrong), num(1)))), {"kind": "array"}),
		]:
			payload = lay(tree)
			self.assertEqual(self.fails("plan", self.catalog.plan, payload).element, element_of(payload, **wanted), wanted)
		hint = self.fails("plan", self.catalog.plan, lay(query({"b": col("t", "idd")}, t))).hint
		self.assertIn("t.id", hint)

	def test_bad_payloads(self):
		for payload in [b"", b"[]", b"{}", b"nonsense", b'[{"version":99},{"kind":"query"}]', b'[{"version":1}]', b'[{"version":1},{"kind":"star"}]', b'[{"version":1},{"kind":"query"}]',
				b'[{"version":1},{"kind":"query"},{"kind":"select","in":7,"as":"body"}]', b'[{"version":1},{"kind":"query"},{"kind":"select","in":1}]',
				b'[{"version":1},{"kind":"number","text":"1"}]', b"[" * 100000, b'[{"version":1},{"kind":"query"},{"kind":"number","in":1,"as":"body","text":"1"}]', b'\xff\xfe']:
			self.fails("invalid_data", self.catalog.plan, payload)
		elements = json.loads(lay(query({"x": node("unary")})))
		while len(elements) < 1500:
			elements.append({"kind": "unary", "in": len(elements) - 1, "as": "operand"})
		self.fails("invalid_data", self.catalog.plan, json.dumps(elements).encode())
		for field in ["qualify", "distinct_on", "windows", "group_by_all"]:
			self.fails("unsupported", self.catalog.plan, query({"x": num(1)}, **{field: num(1)}))

	def test_large_statements(self):
		terms = [op("eq", col("t", "id"), num(i)) for i in range(20000)]
		self.assertEqual(self.one(query({"n": fn("count", num(1))}, table("main.t", "t"), where=node("or", terms=terms))), [{"n": 5000}])
		total = num(1)
		for _ in range(450):
			total = op("add", total, num(1))
		self.assertEqual(self.value(total), 451)

	def test_views(self):
		schema = self.catalog.view("main.v", query({"id": col("t", "id"), "s": col("t", "s")}, table("main.t", "t")))
		self.assertEqual(schema.names, ["id", "s"])
		both = node("set_operation", all=True, left=select({"x": cast(num(1), "int32")}), right=select({"x": num("1.5")}))
		schema = self.catalog.view("main.mixed", node("query", body=both))
		self.assertEqual(schema.field(0).type, pa.float64())
		self.catalog.view("a.b.v2", query({"n": fn("count", num(1))}, table("main.v", "v")))
		self.assertEqual(self.one(query({"n": col("w", "n")}, table("a.b.v2", "w"))), [{"n": 5000}])
		self.assertEqual(self.one(query({"s": fn("sum", col("m", "x"))}, table("main.mixed", "m"))), [{"s": 2.5}])
		self.catalog.view("main.v", query({"id": num(1)}))
		self.assertEqual(self.one(query({"n": fn("count", num(1))}, table("main.v", "v"))), [{"n": 1}])
		self.catalog.drop("main.v")
		self.fails("not_found", self.catalog.drop, "main.v")
		self.fails("plan", self.catalog.plan, query({"n": num(1)}, table("main.v", "v")))

	def test_plan_text_and_plain_types(self):
		q = query({"s": col("t", "s"), "n": fn("count", num(1))}, table("main.t", "t"), group_by=[col("t", "s")])
		plan = self.catalog.plan(q)
		self.assertIn("AggregateExec", plan.text())
		self.assertIn("Aggregate:", plan.text())
		plan.free()
		view = cast(text("x"), "string")
		self.assertEqual(self.catalog.plan(query({"x": view})).schema.field(0).type, pa.string_view())
		self.assertEqual(self.catalog.query(query({"x": view, "l": node("array", items=[view])})).schema.types, [pa.string(), pa.list_(pa.string())])

	def test_catalogues_are_separate(self):
		other = seam.Catalog(ENGINE)
		self.addCleanup(other.close)
		self.fails("plan", other.plan, query({"n": num(1)}, table("main.t", "t")))


class Functions(Case):
	def test_snapshot_is_the_kept_one(self):
		made = ENGINE.text("functions")
		with open(os.path.join(seam.ROOT, "src", "functions", "snapshot.json"), encoding="utf-8") as kept:
			self.assertEqual(made, kept.read(), "src/functions/snapshot.json is not what the engine gives")
		describe = ctypes.CFUNCTYPE(ctypes.c_char_p)(seam.api.describe)()
		self.assertEqual(json.loads(describe)["version"], json.loads(made)["version"])

	def test_probes_are_what_plans_give(self):
		"""A probe's type and nullability are those of the planned call."""
		t = table("main.t", "t")
		types = {f.name: f for f in ROWS.schema}
		given = lambda *names: [types[n] if isinstance(n, str) else pa.field("c", pa.int64(), False) for n in names]
		over = node("window", order_by=[node("order_item", operand=col("t", "id"))])
		for kind, name, args, more in [
			("scalar", "abs", ["v"], {}), ("scalar", "concat", ["s", "s"], {}), ("scalar", "coalesce", ["v", "v"], {}), ("scalar", "substr", ["s", 2], {}), ("scalar", "array_length", ["l"], {}),
			("scalar", "length", ["s"], {}), ("aggregate", "count", ["id"], {}), ("aggregate", "sum", ["v"], {}), ("aggregate", "avg", ["id"], {}), ("aggregate", "min", ["s"], {}),
			("aggregate", "array_agg", ["id"], {}), ("aggregate", "stddev", ["v"], {}), ("window", "row_number", [], {"over": over}), ("window", "lag", ["v"], {"over": over}),
			("window", "first_value", ["s"], {"over": over}), ("window", "sum", ["id"], {"over": over}), ("window", "ntile", [2], {"over": over}), ("window", "percent_rank", [], {"over": over}),
		]:
			got = ENGINE.probe(kind, name, given(*args), [(str(a),) if isinstance(a, int) else None for a in args])
			call = fn(name, *[col("t", a) if isinstance(a, str) else num(a) for a in args], **more)
			field = self.catalog.plan(query({"x": call}, t)).schema.field(0)
			self.assertEqual((got.type, got.nullable), (field.type, field.nullable), name)

	def test_probe_with_constants(self):
		arrow_cast = ENGINE.probe("scalar", "arrow_cast", [pa.field("a", pa.int64()), pa.field("b", pa.string(), False)], [None, ("Int16",)])
		self.assertEqual(arrow_cast.type, pa.int16())
		struct = ENGINE.probe("scalar", "named_struct", [pa.field("a", pa.string(), False), pa.field("b", pa.int64())], [("k",), None])
		self.assertEqual(struct.type.field(0).name, "k")
		self.fails("plan", ENGINE.probe, "scalar", "arrow_cast", [pa.field("a", pa.int64()), pa.field("b", pa.string(), False)], [None, ("Nonsense",)])
		self.fails("plan", ENGINE.probe, "scalar", "abs", [pa.field("a", pa.string())] * 2)
		self.fails("not_found", ENGINE.probe, "scalar", "nosuch", [])
		body = pa.field("f", pa.string(), metadata={"lambda": ""})
		self.assertEqual(ENGINE.probe("higher_order", "array_transform", [pa.field("l", pa.list_(pa.int64())), body]).type.value_type, pa.string())

	def test_render(self):
		answer = json.loads(ENGINE.text("render", b"{% for x in l %}{{ __belvedere_at(7) }}{{ x }};{% endfor %}{{ m.k }}\n", seam.js({"l": [1, "\u00e9"], "m": {"k": "'"}})))
		self.assertEqual(answer, {"text": "1;\u00e9;'\n", "places": [[7, 0], [7, 2]]})
		self.fails("not_found", ENGINE.text, "render", b"{{ missing }}", b"{}")
		for bad in [b"{% include 'x' %}", b"{{ 1 + }}", b"{% for x in range(1000000000) %}{% endfor %}"]:
			self.fails("plan", ENGINE.text, "render", bad, b"{}")


class Data(Case):
	def test_host_tables(self):
		gone, opened = [], []
		catalog = seam.Catalog(ENGINE)

		def source():
			opened.append(1)
			return ROWS.to_reader(max_chunksize=100)
		catalog.table("main.h", source, gone)
		q = query({"n": fn("count", num(1)), "s": fn("sum", col("h", "id"))}, table("main.h", "h"))
		for _ in range(2):
			self.assertEqual(catalog.query(q).to_pylist(), [{"n": 5000, "s": 12497500}])
		self.assertEqual(catalog.query(query({"id": col("h", "id")}, table("main.h", "h"), limit=num(3))).num_rows, 3)
		self.assertEqual(len(opened), 4)  # one of them for the schema
		catalog.table("main.bad", lambda: (_ for _ in ()).throw(ValueError) if gone else ROWS.to_reader())
		plan = catalog.plan(q)
		catalog.drop("main.h")
		self.assertEqual(gone, [])
		plan.free()
		self.eventually(lambda: gone == ["main.h"])
		with self.assertRaises(pa.ArrowInvalid) as caught:
			catalog.query(query({"id": col("b", "id")}, table("main.bad", "b")))
		self.assertTrue(str(caught.exception).startswith("execution: "), str(caught.exception))
		catalog.close()
		self.fails("internal", self.catalog.table, "a.b.c.d", ROWS, gone)
		self.assertEqual(gone, ["main.h"])

	def eventually(self, what):
		end = time.time() + 5
		while not what() and time.time() < end:
			time.sleep(0.01)
		self.assertTrue(what())

	def test_file_datasets(self):
		small = ROWS.select(["id", "s", "v"]).slice(0, 100)
		pa.parquet.write_table(small, self.at("a.parquet"))
		os.mkdir(self.at("many"))
		for i in range(3):
			pa.parquet.write_table(small, self.at(f"many/{i}.parquet"))
		pa.csv.write_csv(small, self.at("a.csv"))
		with gzip.open(self.at("a.json.gz"), "wt", encoding="utf-8") as out:
			out.writelines(json.dumps(row) + "\n" for row in small.to_pylist())
		for name, format, location, rows in [("p", "parquet", "a.parquet", 100), ("m", "parquet", "many", 300), ("c", "csv", "a.csv", 100), ("j", "json", "a.json.gz", 100)]:
			schema, info = self.catalog.dataset("raw." + name, format=format, location=self.at(location))
			self.assertEqual(schema.names, ["id", "s", "v"])
			self.assertEqual(info["files"], 3 if name == "m" else 1)
			self.assertEqual(self.one(query({"n": fn("count", num(1)), "s": fn("sum", col("x", "id"))}, table("raw." + name, "x"))), [{"n": rows, "s": 4950 * rows // 100}], name)
			again = self.catalog.dataset("raw." + name, format=format, location=self.at(location))[1]
			self.assertEqual(again, info)
		before = self.catalog.dataset("raw.m", format="parquet", location=self.at("many"))[1]["version"]
		pa.parquet.write_table(small, self.at("many/3.parquet"))
		self.assertNotEqual(self.catalog.dataset("raw.m", format="parquet", location=self.at("many"))[1]["version"], before)
		self.fails("not_found", self.catalog.dataset, "raw.x", format="parquet", location=self.at("nowhere.parquet"))
		self.fails("unsupported", self.catalog.dataset, "raw.x", format="xml", location=self.at("a.csv"))
		with open(self.at("torn.parquet"), "wb") as out:
			out.write(b"PAR1 this is no parquet file")
		self.fails("invalid_data", self.catalog.dataset, "raw.x", format="parquet", location=self.at("torn.parquet"))

	def test_scans_of_input_files(self):
		with open(self.at("a.csv"), "w", encoding="utf-8") as out:
			out.write('id|when|name|amount\n1|2024-01-01|"a\nb"|1.50\n2|NA||NA\nNA|2024-01-03|"c|d"|2\n')
		plan = self.catalog.scan([self.at("a.csv")], "csv", delimiter="|", null="NA")
		self.assertEqual(plan.rows().to_pydict()["name"], ["a\nb", None, "c|d"])
		wanted = pa.schema([("amount", pa.decimal128(10, 2)), ("id", pa.int32()), ("when", pa.date32())])
		rows = self.catalog.scan([self.at("a.csv")], "csv", wanted, delimiter="|", null="NA").rows()
		self.assertEqual(rows.schema.types, wanted.types)
		self.assertEqual(rows.to_pylist()[0], {"amount": decimal.Decimal("1.50"), "id": 1, "when": datetime.date(2024, 1, 1)})
		with open(self.at("b.csv"), "w", encoding="utf-8") as out:
			out.write("1,x\n2,y\n")
		rows = self.catalog.scan([self.at("b.csv")], "csv", pa.schema([("n", pa.int64()), ("w", pa.string())]), header=False).rows()
		self.assertEqual(rows.to_pylist(), [{"n": 1, "w": "x"}, {"n": 2, "w": "y"}])
		self.assertIn("no column zzz", self.fails("invalid_data", self.catalog.scan, [self.at("a.csv")], "csv", pa.schema([("zzz", pa.int64())]), delimiter="|").message)
		self.fails("invalid_data", self.catalog.scan, [self.at("b.csv")], "csv", pa.schema([("n", pa.int64())]), header=False)
		with self.assertRaises(pa.ArrowInvalid):
			self.catalog.scan([self.at("a.csv")], "csv", pa.schema([("name", pa.int64())]), delimiter="|").rows()
		with open(self.at("c.json"), "w", encoding="utf-8") as out:
			out.write('{"a":1,"b":{"c":[1,2]}}\n{"a":null}\n')
		self.assertEqual(self.catalog.scan([self.at("c.json")], "json").rows().to_pylist(), [{"a": 1, "b": {"c": [1, 2]}}, {"a": None, "b": None}])
		pa.parquet.write_table(ROWS, self.at("r.parquet"))
		pa.parquet.write_table(ROWS, self.at("s.parquet"))
		self.assertEqual(self.catalog.scan([self.at("r.parquet"), self.at("s.parquet")], "parquet").rows().num_rows, 10000)
		self.fails("not_found", self.catalog.scan, [self.at("nowhere.csv")], "csv")

	def test_back_pressure_and_cancelling(self):
		made = []

		def endless():
			def batches():
				for i in range(100000):
					made.append(i)
					yield pa.record_batch({"id": pa.array(range(1000), pa.int64())})
			return pa.RecordBatchReader.from_batches(pa.schema([("id", pa.int64())]), batches())
		self.catalog.table("main.e", endless)
		reader = self.catalog.plan(query({"id": col("e", "id")}, table("main.e", "e"))).stream()
		reader.read_next_batch()
		time.sleep(0.3)
		self.assertLess(len(made), 200)
		reader.close()
		flag = ctypes.c_int32(0)
		pairs = node("join", type="cross", left=table("main.e", "e"), right=table("main.e", "f"))
		stream = self.catalog.plan(query({"m": fn("max", op("add", col("e", "id"), col("f", "id")))}, pairs)).stream(flag)
		threading.Timer(0.2, lambda: setattr(flag, "value", 1)).start()
		start = time.time()
		with self.assertRaises(pa.ArrowInvalid) as caught:
			stream.read_next_batch()
		self.assertTrue(str(caught.exception).startswith("cancelled: "), str(caught.exception))
		self.assertLess(time.time() - start, 1.0)

	def test_memory(self):
		facts = json.loads(ENGINE.text("memory"))
		self.assertEqual(set(facts), {"peak", "reserved", "spilled"})
		self.fails("plan", seam.Engine, settings={"datafusion.no.such": "1"})
		tuned = seam.Engine(settings={"datafusion.execution.batch_size": "10"}, threads=1)
		catalog = seam.Catalog(tuned)
		catalog.table("main.t", ROWS)
		plan = catalog.plan(query({"id": col("t", "id")}, table("main.t", "t"), where=op("lt", col("t", "id"), num(100))))
		self.assertEqual(sum(b.num_rows for b in plan.stream()), 100)
		plan.free()
		catalog.close()
		tuned.close()


class Delta(Case):
	ALL = {name: col("t", name) for name in ROWS.column_names}

	def write(self, name, mode="create", expected=None, projections=None, where=None, **more):
		tree = query(projections or self.ALL, table("main.t", "t"), **({"where": where} if where else {}))
		plan = self.catalog.plan(tree)
		try:
			return plan.write(self.at(name), mode, expected, **more)
		finally:
			plan.free()

	def log(self, name, version):
		with open(self.at(f"{name}/_delta_log/{version:020}.json"), encoding="utf-8") as lines:
			actions = [json.loads(line) for line in lines]
		return {kind: [a[kind] for a in actions if kind in a] for kind in {k for a in actions for k in a}}

	def test_create(self):
		told = []
		progress = seam.PROGRESS(lambda _, rows, size: told.append((rows, size)))
		answer = self.write("a", app="main.a", app_version=3, properties={"belvedere.kind": "view", "delta.logRetentionDuration": "interval 365 days", "owner": "x"}, comment="all of it",
			column_comments={"id": "the key"}, column_nullable={"id": False}, metadata={"belvedere": {"key": "k", "n": 1}}, progress=progress)
		self.assertEqual((answer["version"], answer["rows"]), (0, 5000))
		got = deltalake.DeltaTable(self.at("a"))
		self.assertEqual(str(got.metadata().id), answer["id"])
		self.assertEqual(got.metadata().description, "all of it")
		self.assertEqual(got.metadata().configuration["delta.enableChangeDataFeed"], "true")
		self.assertEqual(got.metadata().configuration["owner"], "x")
		self.assertEqual(got.protocol().min_writer_version, 4)
		self.assertEqual(len(got.file_uris()), answer["files"])
		fields = {f["name"]: f for f in json.loads(got.schema().to_json())["fields"]}
		self.assertEqual(fields["id"], {"name": "id", "type": "long", "nullable": False, "metadata": {"comment": "the key"}})
		self.assertEqual([f["type"] for n, f in fields.items() if n in "svdts"], ["string", "double", "date", "timestamp"])
		rows = got.to_pyarrow_table().sort_by("id")
		for name in ROWS.column_names:
			self.assertEqual(rows[name].to_pylist(), ROWS[name].to_pylist(), name)
		log = self.log("a", 0)
		self.assertEqual(log["txn"][0]["appId"], "main.a")
		self.assertEqual(log["txn"][0]["version"], 3)
		self.assertEqual(log["commitInfo"][0]["belvedere"], {"key": "k", "n": 1})
		self.assertEqual(set(json.loads(log["add"][0]["stats"])["minValues"]) >= {"id", "s", "d", "ts"}, True)
		self.assertEqual(deltalake.DeltaTable(self.at("a")).load_cdf(starting_version=0).read_all().num_rows, 5000)

	def test_overwrite_and_append(self):
		first = self.write("a", app="main.a", app_version=1, comment="one", properties={"owner": "x"})
		second = self.write("a", "overwrite", 0, {"id": col("t", "id"), "n": num(1)}, op("lt", col("t", "id"), num(10)), app="main.a", app_version=2, comment="two", properties={"owner": "y"})
		self.assertEqual((second["version"], second["rows"], second["id"]), (1, 10, first["id"]))
		self.assertEqual(len([f for f in os.listdir(self.at("a/_delta_log")) if f.endswith(".json")]), 2)
		got = deltalake.DeltaTable(self.at("a"))
		self.assertEqual([f.name for f in got.schema().fields], ["id", "n"])
		self.assertEqual(got.metadata().description, "two")
		self.assertEqual({k: v for k, v in got.metadata().configuration.items() if not k.startswith("belvedere.")}, {"owner": "y", "delta.enableChangeDataFeed": "true"})
		self.assertEqual(got.to_pyarrow_table().sort_by("id")["id"].to_pylist(), list(range(10)))
		third = self.write("a", "append", 1, {"n": num(2), "id": col("t", "id")}, op("eq", col("t", "id"), num(77)))
		self.assertEqual(third["version"], 2)
		got.update_incremental()
		self.assertEqual(got.to_pyarrow_table().sort_by("id").to_pylist()[-1], {"id": 77, "n": 2})
		self.fails("invalid_data", self.write, "a", "append", 2, {"id": col("t", "id")})
		self.fails("invalid_data", self.write, "a", "append", 2, {"id": col("t", "id"), "n": num(1), "m": num(1)})
		state = ENGINE.state(self.at("a"), apps=["main.a"])
		self.assertEqual((state["version"], state["rows"], state["txn"]["main.a"]), (2, 11, 2))
		empty = self.write("a", "overwrite", 2, {"id": col("t", "id")}, op("lt", col("t", "id"), num(0)))
		self.assertEqual((empty["rows"], empty["files"]), (0, 0))
		self.assertEqual(deltalake.DeltaTable(self.at("a")).to_pyarrow_table().num_rows, 0)

	def test_versions_and_conflicts(self):
		self.write("a")
		files = self.files("a")
		for mode, expected in [("create", None), ("overwrite", None), ("overwrite", 3), ("append", 3), ("create", 0)]:
			self.fails("conflict", self.write, "a", mode, expected)
		self.fails("conflict", self.write, "b", "overwrite", 4)
		self.fails("conflict", ENGINE.alter, self.at("a"), expected_version=5, comment="x")
		self.assertEqual(self.files("a"), files)
		self.assertFalse(os.path.exists(self.at("b")))
		results = []

		def writer(i):
			try:
				results.append(self.write("a", "overwrite", 0, {"n": num(i), "id": col("t", "id")}, app="x", app_version=i)["version"])
			except Failed as error:
				results.append(error.cls)
		threads = [threading.Thread(target=writer, args=(i,)) for i in range(6)]
		[t.start() for t in threads]
		[t.join() for t in threads]
		self.assertEqual(sorted(map(str, results)), ["1"] + ["conflict"] * 5)
		got = deltalake.DeltaTable(self.at("a"))
		self.assertEqual(len(set(got.to_pyarrow_table()["n"].to_pylist())), 1)
		kept = {os.path.basename(f) for f in self.files("a") if f.endswith(".parquet")}
		self.assertEqual(kept - {os.path.basename(f) for f in got.file_uris()}, {os.path.basename(f) for f in files if f.endswith(".parquet")})

	def test_creating_at_once(self):
		results = []

		def writer(i):
			try:
				results.append(self.write("a", app_version=i, app="x")["version"])
			except Failed as error:
				results.append(error.cls)
		threads = [threading.Thread(target=writer, args=(i,)) for i in range(6)]
		[t.start() for t in threads]
		[t.join() for t in threads]
		self.assertEqual(sorted(map(str, results)), ["0"] + ["conflict"] * 5)
		self.assertEqual(deltalake.DeltaTable(self.at("a")).to_pyarrow_table().num_rows, 5000)

	def test_foreign_tables(self):
		deltalake.write_deltalake(self.at("f"), ROWS.select(["id"]))
		for mode, expected in [("create", None), ("overwrite", 0), ("append", 0)]:
			self.fails("foreign", self.write, "f", mode, expected, {"id": col("t", "id")})
		self.fails("foreign", ENGINE.alter, self.at("f"), comment="mine")
		self.fails("foreign", ENGINE.remove, self.at("f"))
		self.assertEqual(deltalake.DeltaTable(self.at("f")).version(), 0)
		self.fails("not_found", ENGINE.remove, self.at("nowhere"))
		os.mkdir(self.at("plain"))
		self.fails("not_found", ENGINE.remove, self.at("plain"))
		self.assertTrue(os.path.isdir(self.at("plain")))
		self.write("mine")
		ENGINE.remove(self.at("mine"))
		self.assertFalse(os.path.exists(self.at("mine")))

	def test_failures_leave_nothing(self):
		bad = cast(node("case", whens=[node("when", condition=op("eq", col("t", "id"), num(4999)), result=text("x"))], otherwise=text("1")), "int64")
		self.fails("execution", self.write, "a", projections={"id": col("t", "id"), "bad": bad})
		self.assertFalse(os.path.exists(self.at("a")))
		self.fails("execution", self.write, "p", projections={"s": col("t", "s"), "bad": bad}, partition_by=["s"])
		self.assertFalse(os.path.exists(self.at("p")))
		self.fails("invalid_data", self.write, "a", projections={"v": col("t", "v")}, column_nullable={"v": False})
		self.assertFalse(os.path.exists(self.at("a")))
		self.write("a")
		files = self.files("a")
		self.fails("execution", self.write, "a", "overwrite", 0, projections={"bad": bad})
		flag = ctypes.c_int32(0)
		pairs = node("join", type="cross", left=table("main.t", "t"), right=table("main.t", "u"))
		plan = self.catalog.plan(query({"a": col("t", "id"), "b": col("u", "id"), "s": col("u", "s")}, pairs))
		for partition_by in [[], ["s"]]:
			flag.value = 0
			timer = threading.Timer(0.5, lambda: setattr(flag, "value", 1))
			timer.start()
			start = time.time()
			self.fails("cancelled", plan.write, self.at("a"), "overwrite", 0, cancel=flag, partition_by=partition_by)
			self.assertLess(time.time() - start, 2.5)
		self.assertEqual(self.files("a"), files)
		os.chmod(self.at("a"), 0o555)
		self.addCleanup(os.chmod, self.at("a"), 0o755)
		if os.geteuid():
			self.fails("io", self.write, "a", "overwrite", 0)

	def test_partitions(self):
		key = node("case", operand=op("modulo", col("t", "id"), num(4)), whens=[node("when", condition=num(0), result=node("null")), node("when", condition=num(1), result=text("a b/c=d%é")),
			node("when", condition=num(2), result=text("z"))], otherwise=text("Z"))
		answer = self.write("p", projections={"k": key, "d": col("t", "d"), "id": col("t", "id")}, partition_by=["k", "d"])
		got = deltalake.DeltaTable(self.at("p"))
		self.assertEqual(got.metadata().partition_columns, ["k", "d"])
		self.assertEqual(answer["files"], len(got.file_uris()))
		rows = got.to_pyarrow_table().sort_by("id")
		self.assertEqual(rows["k"].to_pylist()[:4], [None, "a b/c=d%é", "z", "Z"])
		self.assertEqual(rows["d"].to_pylist(), ROWS["d"].to_pylist())
		schema, _ = self.catalog.dataset("main.p", format="delta", location=self.at("p"))
		self.assertEqual(self.one(query({"n": fn("count", num(1))}, table("main.p", "p"), where=op("eq", col("p", "k"), text("a b/c=d%é")))), [{"n": 1250}])
		self.assertEqual(self.one(query({"n": fn("count", num(1))}, table("main.p", "p"), where=node("is", operand=col("p", "k")))), [{"n": 1250}])
		self.write("p", "append", 0, projections={"id": col("t", "id"), "k": text("new"), "d": col("t", "d")})
		self.assertEqual(deltalake.DeltaTable(self.at("p")).to_pyarrow_table().num_rows, 10000)
		repartitioned = self.write("p", "overwrite", 1, projections={"k": text("k"), "id": col("t", "id")}, partition_by=[], data_change=False)
		self.assertEqual(deltalake.DeltaTable(self.at("p")).metadata().partition_columns, [])
		self.assertEqual(repartitioned["version"], 2)
		self.fails("plan", self.write, "q", partition_by=["nosuch"])
		self.fails("plan", self.write, "q", projections={"id": col("t", "id")}, partition_by=["id"])

	def test_types(self):
		values = {
			"ntz": cast(text("2024-01-01T01:02:03.123456"), "timestamp", precision="6"), "utc": cast(text("2024-01-01T01:02:03"), "timestamp", precision="6", zone="UTC"),
			"dec": cast(text("1.25"), "decimal", precision="30", scale="5"), "bin": node("binary_literal", hex="00ff"), "i8": cast(num(1), "int8"), "f32": cast(num(1), "float32"),
			"m": node("map", keys=[text("k")], items=[num(1)]), "deep": node("array", items=[node("struct", fields=[named(node("array", items=[text("x")]), "l")])]),
			"large": cast(text("x"), "large_utf8"), "milli": cast(text("2024-01-01T01:02:03.004"), "timestamp", precision="3"),
			"nano": cast(text("2024-01-01T01:02:03.000005"), "timestamp", precision="9"),
		}
		self.write("a", projections=values, where=op("eq", col("t", "id"), num(1)))
		got = deltalake.DeltaTable(self.at("a"))
		self.assertEqual((got.protocol().min_reader_version, got.protocol().min_writer_version), (3, 7))
		self.assertLessEqual({"timestampNtz", "changeDataFeed"}, set(got.protocol().writer_features))
		types = {f["name"]: f["type"] for f in json.loads(got.schema().to_json())["fields"]}
		self.assertEqual({k: types[k] for k in ["ntz", "utc", "dec", "bin", "i8", "f32", "large", "milli", "nano"]}, {"ntz": "timestamp_ntz", "utc": "timestamp", "dec": "decimal(30,5)",
			"bin": "binary", "i8": "byte", "f32": "float", "large": "string", "milli": "timestamp_ntz", "nano": "timestamp_ntz"})
		row = got.to_pyarrow_table().to_pylist()[0]
		self.assertEqual(row["deep"], [{"l": ["x"]}])
		self.assertEqual(row["nano"], datetime.datetime(2024, 1, 1, 1, 2, 3, 5))
		schema, _ = self.catalog.dataset("main.a", format="delta", location=self.at("a"))
		self.assertEqual(self.catalog.query(query({n: col("a", n) for n in values}, table("main.a", "a"))).to_pylist()[0]["m"], [("k", 1)])
		lossy = {"nano": cast(text("2024-01-01T01:02:03.000005001"), "timestamp", precision="9")}
		self.assertIn("nano", self.fails("invalid_data", self.write, "b", projections=lossy).message)
		for name, more in [("uint64", {}), ("time", {"precision": "6"}), ("interval", {}), ("decimal", {"precision": "50", "scale": "1"}), ("float16", {}), ("date64", {}),
				("timestamp", {"precision": "6", "zone": "Europe/Berlin"}), ("duration", {"precision": "6"})]:
			self.assertIn("odd", self.fails("unsupported", self.write, "b", projections={"odd": cast(node("null"), name, **more)}).message, name)
		self.fails("unsupported", self.write, "b", projections={"odd": node("null")})
		self.assertFalse(os.path.exists(self.at("b")))
		self.write("ntz")
		self.write("ntz", "overwrite", 0, projections={"x": values["ntz"]})
		self.assertEqual(deltalake.DeltaTable(self.at("ntz")).protocol().min_reader_version, 3)
		self.assertEqual(deltalake.DeltaTable(self.at("ntz")).to_pyarrow_table().num_rows, 5000)

	def test_properties(self):
		for name in ["delta.columnMapping.mode", "delta.appendOnly", "delta.constraints.c", "delta.enableDeletionVectors", "delta.enableRowTracking"]:
			self.fails("unsupported", self.write, "a", properties={name: "true"})
		self.write("a", properties={"delta.enableChangeDataFeed": "false", "delta.checkpointInterval": "2"})
		self.assertEqual(deltalake.DeltaTable(self.at("a")).metadata().configuration["delta.enableChangeDataFeed"], "false")
		for version in range(4):
			self.write("a", "append", version)
		self.assertTrue(os.path.exists(self.at("a/_delta_log/_last_checkpoint")))
		deltalake.DeltaTable(self.at("a")).alter.add_constraint({"c": "id >= 0"})
		self.fails("unsupported", self.write, "a", "append", 5)

	def test_alter(self):
		self.write("a", properties={"owner": "x"}, comment="old", column_comments={"id": "one", "s": "two"})
		answer = ENGINE.alter(self.at("a"), expected_version=0, properties={"owner": "y", "delta.enableChangeDataFeed": "true"}, comment="", column_comments={"id": "", "v": "three"},
			metadata={"belvedere": {"k": 1}}, app="x", app_version=9)
		self.assertEqual(answer["version"], 1)
		got = deltalake.DeltaTable(self.at("a"))
		self.assertEqual(got.metadata().configuration["owner"], "y")
		self.assertFalse(got.metadata().description)
		self.assertEqual({f["name"]: f["metadata"] for f in json.loads(got.schema().to_json())["fields"] if f["metadata"]}, {"s": {"comment": "two"}, "v": {"comment": "three"}})
		log = self.log("a", 1)
		self.assertEqual((log["commitInfo"][0]["belvedere"], log["txn"][0]["version"]), ({"k": 1}, 9))
		state = ENGINE.state(self.at("a"), certificates=True)
		self.assertEqual((state["data_version"], state["certificate_version"], state["rows"]), (0, 1, 5000))
		self.fails("not_found", ENGINE.alter, self.at("nowhere"), comment="x")

	def test_state(self):
		self.assertEqual(ENGINE.state(self.at("nowhere")), {"exists": False})
		self.write("a", app="main.a", app_version=1, metadata={"belvedere": {"n": 0}})
		for version in range(3):
			self.write("a", "append", version, app="main.a", app_version=version + 2, metadata={"belvedere": {"n": version + 1}})
		state = ENGINE.state(self.at("a"), certificates=True)
		self.assertEqual((state["version"], state["data_version"], state["certificate"], state["certificate_version"], state["txn"]["main.a"]), (3, 3, {"n": 3}, 3, 4))
		self.assertEqual([c["certificate"] for c in state["last_certificates"]][0], {"n": 3})
		self.assertEqual((state["rows"], state["partition_columns"]), (20000, []))
		self.assertEqual(ENGINE.state(self.at("a"), version=1)["rows"], 10000)
		self.fails("not_found", ENGINE.state, self.at("a"), version=9)
		other = deltalake.DeltaTable(self.at("a"))
		other.optimize.compact()
		other.vacuum(retention_hours=0, dry_run=False, enforce_retention_duration=False)
		other.alter.set_table_properties({"x.y": "z"}, raise_if_not_exists=False)
		state = ENGINE.state(self.at("a"), certificates=True)
		self.assertGreater(state["version"], 3)
		self.assertEqual((state["data_version"], state["certificate"], state["rows"]), (3, {"n": 3}, 20000))
		deltalake.write_deltalake(self.at("a"), ROWS.slice(0, 1).cast(ROWS.schema), mode="append")
		version = deltalake.DeltaTable(self.at("a")).version()
		state = ENGINE.state(self.at("a"), certificates=True)
		self.assertEqual((state["data_version"], state["certificate_version"]), (version, 3))
		other = deltalake.DeltaTable(self.at("a"))
		other.optimize.compact()
		other.create_checkpoint()
		newest = other.version()
		for old in range(newest):
			os.remove(self.at(f"a/_delta_log/{old:020}.json"))
		state = ENGINE.state(self.at("a"), certificates=True)
		self.assertEqual((state["version"], state["data_version"], state["certificate"], state["rows"]), (newest, newest, None, 20001))
		with open(self.at(f"a/_delta_log/{newest:020}.json"), "w", encoding="utf-8") as out:
			out.write("{torn")
		self.fails("invalid_data", ENGINE.state, self.at("a"))

	def test_reading_other_clients_tables(self):
		deltalake.write_deltalake(self.at("f"), ROWS, partition_by=["s"])
		deltalake.write_deltalake(self.at("f"), ROWS, mode="append")
		schema, info = self.catalog.dataset("raw.f", format="delta", location=self.at("f"))
		self.assertEqual((info["version"], info["rows"]), (1, 10000))
		self.assertEqual(sorted(schema.names), sorted(ROWS.column_names))
		self.catalog.dataset("raw.old", format="delta", location=self.at("f"), version=0)
		both = node("join", left=table("raw.f", "f"), right=table("raw.old", "o"), on=op("eq", col("f", "id"), col("o", "id")))
		self.assertEqual(self.one(query({"n": fn("count", num(1))}, both)), [{"n": 10000}])
		deltalake.DeltaTable(self.at("f")).delete("id < 4000")
		self.assertEqual(self.one(query({"n": fn("count", num(1))}, table("raw.f", "f"))), [{"n": 10000}])
		self.catalog.dataset("raw.f", format="delta", location=self.at("f"))
		self.assertEqual(self.one(query({"n": fn("count", num(1))}, table("raw.f", "f"))), [{"n": 2000}])
		self.fails("not_found", self.catalog.dataset, "raw.x", format="delta", location=self.at("nowhere"))
		self.fails("not_found", self.catalog.dataset, "raw.x", format="delta", location=self.at("f"), version=99)
		os.remove(deltalake.DeltaTable(self.at("f")).file_uris()[0].replace("file://", ""))
		with self.assertRaises(pa.ArrowInvalid) as caught:
			self.catalog.query(query({"n": fn("sum", col("f", "v"))}, table("raw.f", "f")))
		self.assertTrue(str(caught.exception).startswith("not_found: "), str(caught.exception))

	def test_reading_itself_while_writing(self):
		self.write("a")
		self.catalog.dataset("main.a", format="delta", location=self.at("a"))
		plan = self.catalog.plan(query({n: col("a", n) for n in ROWS.column_names}, table("main.a", "a"), where=op("lt", col("a", "id"), num(10))))
		self.assertEqual(plan.write(self.at("a"), "overwrite", 0)["rows"], 10)

	def test_results_larger_than_memory(self):
		engine = seam.Engine(memory=48 << 20, threads=2, spill=self.at("spill"))
		catalog = seam.Catalog(engine)
		catalog.table("main.t", ROWS)
		pairs = node("join", type="cross", left=table("main.t", "t"), right=node("table_function", name=["generate_series"], args=[num(1), num(600)], alias="g", columns=["n"]))
		wide = query({"id": col("t", "id"), "n": col("g", "n"), "k": fn("concat", col("t", "s"), cast(op("multiply", col("t", "id"), col("g", "n")), "string"))}, pairs)
		keys = query({"k": col("d", "k"), "c": fn("count", num(1)), "m": fn("max", col("d", "id"))}, node("derived", alias="d", query=wide), group_by=[col("d", "k")])
		self.assertEqual(catalog.plan(wide).write(self.at("wide"))["rows"], 3000000)
		self.assertEqual(catalog.plan(wide).write(self.at("wide"), "overwrite", 0)["rows"], 3000000)
		self.assertGreater(catalog.plan(keys).write(self.at("keys"))["rows"], 1000000)
		facts = json.loads(engine.text("memory"))
		self.assertLessEqual(facts["peak"], 48 << 20)
		self.assertGreater(facts["spilled"], 0)
		self.assertEqual(len(deltalake.DeltaTable(self.at("wide")).file_uris()) <= 4, True)
		catalog.close()
		engine.close()


if __name__ == "__main__":
	unittest.main()
