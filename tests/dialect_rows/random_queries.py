"""Queries made at random, the same for a seed: expressions of every type inside each other over table t, conditions, aggregates, keys of groups."""
import random

COLUMNS = {"int": ["a", "id", "b"], "float": ["f"], "decimal": ["m"], "text": ["s"], "bool": ["ok"], "date": ["d"], "timestamp": ["ts"]}
NUMBERS = ["int", "float", "decimal"]
LITERALS = {
	"int": ["0", "1", "2", "-3", "7", "NULL::int"], "float": ["1.5::float8", "-0.5::float8", "2.0::float8", "0.0::float8", "1e3::float8"], "decimal": ["1.5", "0.25", "-2.75", "10.0", "0.1"],
	"text": ["'a'", "'apple'", "''", "'P'", "'a%b'", "'é'", "' x '"], "bool": ["TRUE", "FALSE", "NULL::boolean"], "date": ["DATE '2024-02-29'", "DATE '1999-12-31'"],
	"timestamp": ["TIMESTAMP '2024-02-29 13:14:15.678'", "TIMESTAMP '1999-12-31 23:59:59'"],
}
# By type: forms in which {type} is an expression of it, {same} of this type, {number} of any number, {any} of any type, {any'} of the same one again.
FORMS = {
	"int": ["({same} + {same})", "({same} - {same})", "({same} * {same})", "({same} % {same})", "abs({same})", "-({same})", "CAST({number} AS INT)", "CAST({number} AS BIGINT)", "length({text})",
		"strpos({text}, {text})", "ascii({text})", "CAST({bool} AS INT)", "({date} - {date})", "({same} & {same})", "({same} | {same})"],
	"float": ["({same} + {number})", "({same} - {number})", "({same} * {number})", "({same} / {number})", "round({same})", "floor({same})", "ceil({same})", "abs({same})", "CAST({number} AS float8)",
		"sqrt(abs({same}))", "trunc({same})", "power({same}, 2)", "-({same})"],
	"decimal": ["({same} + {int})", "({same} - {same})", "(0.25 * {int})", "round({same}, 1)", "round({same})", "abs({same})", "CAST({number} AS NUMERIC(12, 2))", "floor({same})", "ceil({same})", "-({same})"],
	"text": ["({same} || {same})", "upper({same})", "lower({same})", "substr({same}, {int})", "substr({same}, -1, 3)", "left({same}, -1)", "right({same}, 2)", "replace({same}, {same}, {same})", "trim({same})",
		"lpad({same}, 5, '*')", "rpad({same}, 3, 'xy')", "reverse({same})", "concat({same}, {date}, {same})", "CAST({int} AS VARCHAR)", "CAST({timestamp} AS VARCHAR)", "CAST({bool} AS VARCHAR)", "CAST({float} AS VARCHAR)",
		"split_part({same}, 'p', -1)", "translate({same}, 'ap', 'xy')", "regexp_replace({same}, '[a-e]+', '_')", "concat_ws('-', {same}, {same})", "({same} || {timestamp})"],
	"bool": ["({any} = {any'})", "({any} < {any'})", "({any} IS DISTINCT FROM {any'})", "({number} >= {number})", "({same} AND {same})", "({same} OR {same})", "NOT ({same})", "({any} IS NULL)", "({text} LIKE '%p_')",
		"({text} ILIKE 'A%')", "({number} BETWEEN {number} AND {number})", "({any} IN ({any'}, {any'}))", "({any} NOT IN ({any'}, {any'}))", "starts_with({text}, {text})", "({same} IS NOT TRUE)", "({date} < {timestamp})",
		"({text} ~ '[a-c]p')"],
	"date": ["({same} + {int})", "({same} - 30)", "CAST({timestamp} AS DATE)", "CAST(date_trunc('month', {timestamp}) AS DATE)"],
	"timestamp": ["({same} + INTERVAL '2 months')", "({date} - INTERVAL '90 minutes')", "CAST({date} AS TIMESTAMP)", "date_trunc('hour', {same})", "({same} + {int} * INTERVAL '1 hour')"],
}
OWN = {
	"duckdb": {
		"int": ["({same} // {same})", "year({date})", "date_diff('day', {date}, {date})", "date_diff('month', {date}, {timestamp})", "dayofweek({date})", "xor({same}, {same})", "sign({number})", "strlen({text})"],
		"float": ["({int} / {number})::DOUBLE"], "text": ["strftime({timestamp}, '%Y-%m-%d %H:%M')", "regexp_extract({same}, '[a-z]+')", "({same})[1]", "({same})[2:3]", "monthname({date})"],
		"date": ["last_day({same})", "date_trunc('week', {same})"],
	},
	"postgres": {
		"int": ["({same} / {same})", "CAST(EXTRACT(YEAR FROM {date}) AS INT)", "div({same}, {same})::int", "({same} # {same})", "octet_length({text})"], "float": ["sign({same})"],
		"decimal": ["({same} / {int})", "({same} / {same})", "EXTRACT(SECOND FROM {timestamp})", "EXTRACT(EPOCH FROM {timestamp})"],
		"text": ["to_char({timestamp}, 'YYYY-MM-DD HH24:MI')", "initcap({same})", "to_char({date}, 'DD.MM.YYYY')", "left({same}::varchar(3), 2)"],
	},
}
ANY = ["CASE WHEN {bool} THEN {same} ELSE {same} END", "coalesce({same}, {same})", "nullif({same}, {same})", "greatest({same}, {same})", "least({same}, {same})"]
AGGREGATES = ["count({0})", "min({0})", "max({0})", "count(DISTINCT {0})"]
SUMS = ["sum({0})", "sum({0}) FILTER (WHERE ok)", "max({0}) - min({0})", "sum({0}) * 2"]


class Maker:
	def __init__(self, dialect, seed):
		self.random, self.own = random.Random(seed), OWN[dialect]

	def expression(self, kind, depth):
		choose = self.random.choice
		if depth <= 0 or self.random.random() < 0.15:
			return choose(COLUMNS[kind]) if self.random.random() < 0.65 else choose(LITERALS[kind])
		form = choose(FORMS[kind] + self.own.get(kind, []) + [f for f in ANY if kind != "bool" or f[0] not in "gl"])
		any_kind, out = choose(list(COLUMNS)), []
		for part in form.replace("}", "{").split("{"):
			wanted = {"same": kind, "number": None, "any": any_kind, "any'": any_kind}.get(part, part)
			if len(out) % 2:
				part = self.expression(wanted or choose(NUMBERS), depth - 1)
			out.append(part)
		return "".join(out)

	def aggregate(self):
		kind = self.random.choice(["int", "decimal", "text", "date"])
		return self.random.choice(AGGREGATES + (SUMS if kind in NUMBERS else [])).format(self.expression(kind, 1))

	def query(self):
		form = self.random.random()
		if form < 0.7:
			return f"SELECT id, {self.expression(self.random.choice(list(COLUMNS)), 3)} FROM t ORDER BY id"
		if form < 0.8:
			return f"SELECT id FROM t WHERE {self.expression('bool', 3)} ORDER BY id"
		if form < 0.9:
			return f"SELECT {self.aggregate()}, {self.aggregate()} FROM t"
		if form < 0.95:
			return f"SELECT b, {self.aggregate()} FROM t GROUP BY b ORDER BY b"
		return f"SELECT {self.expression(self.random.choice(list(COLUMNS)), 1)} AS k, count(*) FROM t GROUP BY 1 ORDER BY 1, 2"


def queries(dialect, seed, n):
	maker = Maker(dialect, seed)
	return [maker.query() for _ in range(n)]
