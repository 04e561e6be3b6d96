"""The seam of src/engine/engine.h for Python: entries by name, data as pyarrow, payloads written as nested tuples."""
import ctypes
import json
import os

import pyarrow

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
LIBRARY = os.path.abspath(os.environ.get("BELVEDERE_ENGINE") or os.path.join(ROOT, "build", "libbelvedere_datafusion.so"))
P = ctypes.c_void_p
S = ctypes.c_char_p
SIZE = ctypes.c_size_t
# Arguments of each fallible entry, without the error; None: one that cannot fail.
ENTRIES = {
	"describe": None, "open": [S, P], "close": None, "functions": [P, P], "probe": [P, S, S, P, S, P, P], "delta_state": [P, S, P, P], "catalog_open": [P, P],
	"catalog_close": None, "dataset": [P, S, P, P], "table": [P, S, P, P, P, P], "view": [P, S, S, SIZE, P], "drop": [P, S], "plan": [P, S, SIZE, S, P, P],
	"plan_free": None, "plan_text": [P, P], "execute": [P, P, P], "write": [P, S, P, P, P, P], "alter": [P, S, P], "scan_files": [P, S, P, P, P], "remove": [P, S],
	"render": [P, S, S, P], "memory": [P, P], "text_free": None, "error_free": None, "baseline": [P, S, P, P], "lookup": [P, S, P],
}


class Text(ctypes.Structure):
	_fields_ = [("p", S), ("n", SIZE)]


class CError(ctypes.Structure):
	_fields_ = [("cls", ctypes.c_char * 24), ("message", S), ("hint", S), ("element", ctypes.c_int64)]


class Api(ctypes.Structure):
	_fields_ = [("size", ctypes.c_uint32), ("abi", ctypes.c_uint32), *((name, P) for name in ENTRIES)]


class Failed(Exception):
	def __init__(self, e):
		self.cls, self.message, self.element = e.cls.decode(), e.message.decode(), e.element
		self.hint = e.hint.decode() if e.hint else None
		super().__init__(f"[{self.cls}] {self.message} (element {self.element}; hint {self.hint})")


library = ctypes.CDLL(LIBRARY)
library.bv_engine_init.restype = ctypes.POINTER(Api)
api = library.bv_engine_init(1).contents
PROGRESS = ctypes.CFUNCTYPE(None, P, ctypes.c_uint64, ctypes.c_uint64)
OPEN = ctypes.CFUNCTYPE(ctypes.c_int, P, P)
DROP = ctypes.CFUNCTYPE(None, P)


def free(name, what):
	ctypes.CFUNCTYPE(None, P)(getattr(api, name))(what)


def call(name, *args):
	error = CError(element=-1)
	if ctypes.CFUNCTYPE(ctypes.c_int, *ENTRIES[name], P)(getattr(api, name))(*args, ctypes.byref(error)):
		try:
			raise Failed(error)
		finally:
			free("error_free", ctypes.byref(error))


def take(text):
	value = ctypes.string_at(text.p, text.n).decode() if text.p else None
	free("text_free", ctypes.byref(text))
	return value


def js(value):
	return json.dumps(value).encode()


class Block:
	"""Room for an Arrow C struct: a schema (72 bytes) or a stream (40)."""

	def __init__(self):
		self.memory = (ctypes.c_uint64 * 10)()
		self.at = ctypes.addressof(self.memory)

	def schema(self):
		return pyarrow.Schema._import_from_c(self.at)

	def reader(self):
		return pyarrow.RecordBatchReader._import_from_c(self.at)


class Engine:
	def __init__(self, **options):
		self.p = P()
		call("open", js(options), ctypes.byref(self.p))

	def close(self):
		free("close", self.p)

	def text(self, name, *args):
		out = Text()
		call(name, self.p, *args, ctypes.byref(out))
		return take(out)

	def state(self, location, **more):
		out = Text()
		call("delta_state", self.p, js({"location": location, **more}), ctypes.byref(out), None)
		return json.loads(take(out))

	def alter(self, location, **request):
		return json.loads(self.text("alter", js({"location": location, **request})))

	def remove(self, location):
		call("remove", self.p, js({"location": location}))

	def probe(self, kind, name, args, constants=()):
		given, out, coerced = Block(), Block(), Block()
		pyarrow.schema(args)._export_to_c(given.at)
		constants = [None if c is None else {"value": c[0]} for c in constants]
		call("probe", self.p, kind.encode(), name.encode(), given.at, js(constants), out.at, coerced.at)
		coerced.schema()
		return pyarrow.Field._import_from_c(out.at)


class Catalog:
	def __init__(self, engine):
		self.engine, self.p, self.kept = engine, P(), []
		call("catalog_open", engine.p, ctypes.byref(self.p))

	def close(self):
		free("catalog_close", self.p)

	def dataset(self, name, **request):
		schema, info = Block(), Text()
		call("dataset", self.p, js({"name": name.split("."), **request}), schema.at, ctypes.byref(info))
		return schema.schema(), json.loads(take(info))

	def table(self, name, data, dropped=None):
		"""A host table that is a pyarrow.Table, or a function that gives a RecordBatchReader."""
		@OPEN
		def opened(_, out):
			try:
				reader = data() if callable(data) else data.to_reader(max_chunksize=1000)
				reader._export_to_c(out)
				return 0
			except Exception:
				return 5
		gone = DROP(lambda _: None if dropped is None else dropped.append(name))
		schema = Block()
		(data().schema if callable(data) else data.schema)._export_to_c(schema.at)
		self.kept.append((opened, gone))
		call("table", self.p, js(name.split(".")), schema.at, ctypes.cast(opened, P), ctypes.cast(gone, P), None)

	def view(self, name, tree):
		schema, payload = Block(), lay(tree)
		call("view", self.p, js(name.split(".")), payload, len(payload), schema.at)
		return schema.schema()

	def drop(self, name):
		call("drop", self.p, js(name.split(".")))

	def plan(self, tree, **options):
		return Plan(self, tree if isinstance(tree, bytes) else lay(tree), options)

	def scan(self, files, format, wanted=None, **options):
		given = Block()
		if wanted is not None:
			wanted._export_to_c(given.at)
		return Plan(self, None, None, lambda plan, schema: call("scan_files", self.p, js({"files": files, "format": format, "options": options}),
			None if wanted is None else given.at, plan, schema))

	def query(self, tree, **options):
		"""Rows as a pyarrow.Table."""
		plan = self.plan(tree, **{"plain": True, **options})
		try:
			return plan.rows()
		finally:
			plan.free()


class Plan:
	def __init__(self, catalog, payload, options, make=None):
		self.p, schema = P(), Block()
		if make:
			make(ctypes.byref(self.p), schema.at)
		else:
			call("plan", catalog.p, payload, len(payload), js(options), ctypes.byref(self.p), schema.at)
		self.schema = schema.schema()

	def free(self):
		free("plan_free", self.p)

	def text(self):
		out = Text()
		call("plan_text", self.p, ctypes.byref(out))
		return take(out)

	def stream(self, cancel=None):
		out = Block()
		call("execute", self.p, None if cancel is None else ctypes.byref(cancel), out.at)
		return out.reader()

	def rows(self):
		table = self.stream().read_all()
		assert table.schema.equals(self.schema), f"{table.schema}\n{self.schema}"
		return table

	def write(self, location, mode="create", expected=None, cancel=None, progress=None, **request):
		out = Text()
		call("write", self.p, js({"location": location, "mode": mode, "expected_version": expected, **request}), None if cancel is None else ctypes.byref(cancel),
			ctypes.cast(progress, P) if progress else None, None, ctypes.byref(out))
		return json.loads(take(out))


# ---- payloads: (kind, {field: value}); a node or a list of nodes is a child, anything else a scalar ----

def lay(tree):
	elements = [{"version": 1}]

	def put(node, parent, role):
		kind, fields = node
		element = {"kind": kind}
		if parent:
			element.update({"in": parent, "as": role})
		at = len(elements)
		elements.append(element)
		for name, value in fields.items():
			children = value if isinstance(value, list) and value and isinstance(value[0], tuple) else [value] if isinstance(value, tuple) else None
			for child in children or []:
				put(child, at, name)
			if children is None and value not in (False, None, []):
				element[name] = value

	put(tree, 0, None)
	return json.dumps(elements, ensure_ascii=False).encode()


def element_of(payload, **wanted):
	"""The place of the only element with these fields."""
	found = [i for i, e in enumerate(json.loads(payload)) if all(e.get(k) == v for k, v in wanted.items())]
	assert len(found) == 1, found
	return found[0]


def node(kind, **fields):
	return kind, {k.rstrip("_"): v for k, v in fields.items()}


def col(*path):
	return node("column", path=list(path))


def num(n):
	return node("number", text=str(n))


def text(s):
	return node("string", text=s) if s else node("string")


def op(name, left, right):
	return node("binary", **({} if name == "add" else {"op": name}), left=left, right=right)


def fn(name, *args, **more):
	return node("call", name=[name], args=list(args), **more)


def cast(operand, name, **more):
	return node("cast", operand=operand, type=node("type", name=name, **more))


def named(value, name):
	return node("alias", operand=value, name=name)


def table(path, alias=None):
	return node("table", path=path.split("."), alias=alias)


def select(projections, from_=None, **more):
	"""projections: {name: expression} or [(name, expression)]."""
	items = projections.items() if isinstance(projections, dict) else projections
	return node("select", projections=[named(v, k) for k, v in items], from_=[from_] if from_ else [], **more)


def query(projections, from_=None, order_by=(), limit=None, ctes=(), **more):
	return node("query", ctes=list(ctes), body=select(projections, from_, **more), order_by=[node("order_item", operand=o) for o in order_by], limit=limit)
