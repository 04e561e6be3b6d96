"""The tables that the queries read: NULLs, duplicates, ties, an empty table, -0.0, NaN and infinities, text beyond ASCII, dates, decimals, lists and
structs. Each is written as one Parquet file, which DuckDB and the lane read (without statistics of floats, which leave NaN out); PostgreSQL gets the same rows as INSERTs."""
import datetime
import decimal
import math
import os

import pyarrow
import pyarrow.parquet

INT, BIGINT, DOUBLE, TEXT, BOOL, DATE = pyarrow.int32(), pyarrow.int64(), pyarrow.float64(), pyarrow.string(), pyarrow.bool_(), pyarrow.date32()
MONEY, TIMESTAMP = pyarrow.decimal128(10, 2), pyarrow.timestamp("us")
SQL = {INT: "INT", BIGINT: "BIGINT", pyarrow.int16(): "SMALLINT", DOUBLE: "DOUBLE PRECISION", pyarrow.float32(): "REAL", TEXT: "TEXT", BOOL: "BOOLEAN", DATE: "DATE", MONEY: "NUMERIC(10,2)", TIMESTAMP: "TIMESTAMP",
	pyarrow.list_(INT): "INT[]", pyarrow.list_(TEXT): "TEXT[]"}


def day(text):
	return datetime.date.fromisoformat(text)


def at(text):
	return datetime.datetime.fromisoformat(text)


def money(text):
	return decimal.Decimal(text)


NAN, INF = math.nan, math.inf
# name: columns, rows, and whether PostgreSQL has types for it
TABLES = {
	"t": ([("id", INT), ("a", INT), ("b", BIGINT), ("f", DOUBLE), ("m", MONEY), ("s", TEXT), ("d", DATE), ("ts", TIMESTAMP), ("ok", BOOL)], [
		(1, 7, 2, 1.5, money("1.25"), "apple", day("2024-01-31"), at("2024-01-31T10:20:30.123456"), True),
		(2, -7, 2, -0.0, money("2.50"), "Apple", day("2024-02-29"), at("2024-02-29T00:00:00"), False),
		(3, 7, -2, 2.5, money("-1.25"), "banana", day("2023-12-31"), at("2023-12-31T23:59:59"), None),
		(4, -7, -2, -2.5, money("0.00"), "Äpfel", day("1970-01-01"), at("1970-01-01T00:00:00"), True),
		(5, None, 3, None, None, None, None, None, None),
		(6, 0, None, 0.0, money("99999.99"), "", day("1969-07-20"), at("1969-07-20T20:17:40"), False),
		(7, 7, 2, 1.5, money("1.25"), "apple", day("2024-01-31"), at("2024-01-31T10:20:30.123456"), True),
		(8, 100, 5, 1e10, money("0.05"), "a%b_c", day("2000-02-29"), at("2000-02-29T12:00:00.5"), True),
		(9, 3, 0, 0.5, money("-99999.99"), " pad ", day("2024-12-30"), at("2024-12-30T06:07:08"), None),
		(10, 2, 1, -1.5, money("0.01"), "東京 tower", day("2021-01-03"), at("2021-01-03T01:02:03.004"), False),
	]),
	"u": ([("id", INT), ("k", INT), ("v", TEXT), ("w", INT)], [
		(1, 7, "x", 10), (2, 7, "y", None), (3, -7, "x", 30), (4, None, "z", 40), (5, 3, None, 50), (6, 42, "x", 60), (7, 7, "x", 10),
	]),
	"e": ([("id", INT), ("x", TEXT), ("n", BIGINT)], []),
	"p": ([("g", TEXT), ("day", DATE), ("n", INT), ("price", DOUBLE)], [
		("a", day("2024-01-01"), 1, 1.0), ("a", day("2024-01-02"), 2, None), ("a", day("2024-01-02"), 3, 2.0), ("a", day("2024-01-04"), None, 2.0), ("b", day("2024-01-01"), 5, 4.0),
		("b", day("2024-01-03"), 5, 0.25), (None, day("2024-01-05"), 7, 8.0), ("b", None, 8, 16.0),
	]),
	"fl": ([("id", INT), ("x", DOUBLE)], [(1, NAN), (2, INF), (3, -INF), (4, 0.0), (5, -0.0), (6, None), (7, 1.0), (8, NAN), (9, -1.0)]),
	"big": ([("id", INT), ("i", BIGINT), ("n", INT), ("sm", pyarrow.int16())], [(1, 9223372036854775807, 2147483647, 32767), (2, 1, 1, 1), (3, -9223372036854775808, -2147483648, -32768), (4, None, None, None)]),
	"na": ([("id", INT), ("l", pyarrow.list_(INT)), ("w", pyarrow.list_(TEXT))], [
		(1, [3, 1, 2], ["b", "a"]), (2, [], []), (3, None, None), (4, [5, None, 5], ["x", None, "ä"]), (5, [7], ["x"]),
	]),
	"Mixed": ([("Id", INT), ("aB", TEXT), ("select", INT)], [(1, "one", 10), (2, "two", None)]),
	"st": ([("id", INT), ("p", pyarrow.struct([("x", INT), ("y", TEXT)])), ("ll", pyarrow.list_(pyarrow.list_(INT))), ("ls", pyarrow.list_(pyarrow.struct([("q", INT)])))], [
		(1, {"x": 1, "y": "one"}, [[1, 2], [3]], [{"q": 1}, {"q": 2}]), (2, {"x": None, "y": "two"}, [[], None], []), (3, None, None, None),
	]),
}
ONLY_DUCKDB = {"st"}


def write(folder):
	"""{table: its Parquet file}"""
	files = {}
	for name, (columns, rows) in TABLES.items():
		schema = pyarrow.schema(columns)
		files[name] = os.path.join(folder, name + ".parquet")
		data = [pyarrow.array([r[i] for r in rows], type=field.type, from_pandas=False) for i, field in enumerate(schema)]
		pyarrow.parquet.write_table(pyarrow.Table.from_arrays(data, schema=schema), files[name], write_statistics=[f.name for f in schema if not pyarrow.types.is_floating(f.type) and not pyarrow.types.is_nested(f.type)])
	return files


def literal(value):
	if value is None:
		return "NULL"
	if isinstance(value, bool):
		return "TRUE" if value else "FALSE"
	if isinstance(value, float):
		return f"'{value!r}'::float8"
	if isinstance(value, list):
		return "ARRAY[" + ", ".join(literal(v) for v in value) + "]"
	if isinstance(value, (int, decimal.Decimal)):
		return str(value)
	return "'" + str(value).replace("'", "''") + "'"


def statements():
	"""PostgreSQL's CREATE TABLE and INSERT."""
	for name, (columns, rows) in TABLES.items():
		if name in ONLY_DUCKDB:
			continue
		columns = [(n, SQL[t]) for n, t in columns]
		yield f'CREATE TABLE "{name}" (' + ", ".join(f'"{n}" {t}' for n, t in columns) + ")"
		for row in rows:
			yield f'INSERT INTO "{name}" VALUES (' + ", ".join(f"({literal(v)})::{t}" for v, (_, t) in zip(row, columns)) + ")"
