//! Payload JSON (see src/ast/ast.h) → nodes in memory. Comes in: the flat array of elements. Goes out: one node an element, with its children in order.

use std::collections::HashSet;

use serde_json::{Map, Value};

use crate::error::{Error, Result};

/// As in src/ast/ast.h; the reader there has the same limits.
const VERSION: u64 = 1;
const DEPTH: usize = 2000;

macro_rules! kinds {
	($($kind:ident $name:literal $fields:literal,)*) => {
		/// Every kind that a governed tree may hold: those of src/ast/nodes.def that say so.
		#[derive(Clone, Copy, PartialEq, Eq, Debug)]
		pub enum Kind { $($kind),* }

		impl Kind {
			fn from_name(name: &str) -> Option<Kind> {
				match name { $($name => Some(Kind::$kind),)* _ => None }
			}

			pub fn name(self) -> &'static str {
				match self { $(Kind::$kind => $name),* }
			}

			/// The fields that lower.rs and types.rs read: a payload with another one is refused, never run without it.
			fn takes(self, field: &str) -> bool {
				let fields = match self { $(Kind::$kind => $fields),* };
				fields.split(' ').any(|f| f == field)
			}
		}
	};
}

kinds! {
	Query "query" "recursive ctes body order_by order_by_all limit offset",
	Cte "cte" "name columns query",
	Select "select" "distinct projections from where group_by having",
	SetOperation "set_operation" "op all left right",
	Values "values" "rows",
	Row "row" "items",
	Alias "alias" "operand name",
	OrderItem "order_item" "operand descending nulls",
	Grouping "grouping" "form sets",
	Table "table" "path alias",
	Derived "derived" "lateral query alias columns",
	Join "join" "type left right on",
	TableFunction "table_function" "lateral name args alias columns",
	Unnest "unnest" "args alias columns",
	Null "null" "",
	Boolean "boolean" "value",
	Number "number" "text",
	String "string" "text",
	BinaryLiteral "binary_literal" "hex",
	Interval "interval" "value unit",
	Column "column" "path",
	Field "field" "operand name",
	Index "index" "operand index",
	Slice "slice" "operand low high step",
	Unary "unary" "op operand",
	Binary "binary" "op left right",
	And "and" "terms",
	Or "or" "terms",
	Is "is" "test negated operand",
	Between "between" "negated operand low high",
	InList "in_list" "negated operand items",
	InQuery "in_query" "negated operand query",
	Exists "exists" "negated query",
	ScalarQuery "scalar_query" "query",
	Quantified "quantified" "op quantifier left right",
	Like "like" "form negated operand pattern escape",
	Case "case" "operand whens otherwise",
	When "when" "condition result",
	Cast "cast" "form operand type",
	AtTimeZone "at_time_zone" "operand zone",
	Call "call" "name distinct args order_by within_group filter nulls over entry",
	NamedArg "named_arg" "name value",
	Lambda "lambda" "params body",
	Window "window" "partition_by order_by frame",
	Frame "frame" "unit start start_offset end end_offset",
	Array "array" "items",
	Struct "struct" "fields",
	Map "map" "keys items",
	Type "type" "name precision scale zone fields",
	TypeField "type_field" "name type",
}

struct Element {
	kind: Kind,
	fields: Map<String, Value>,
	children: Vec<(String, usize)>,
}

pub struct Payload {
	elements: Vec<Element>,
	/// This element reads as NULL; 0: none. How query.rs finds the element that stands in the way of a plan.
	pub mask: usize,
}

/// One element of a payload; `at` is its place in the array.
#[derive(Clone, Copy)]
pub struct Node<'a> {
	payload: &'a Payload,
	pub at: usize,
}

impl Payload {
	pub fn read(json: &[u8]) -> Result<Payload> {
		let bad = |at: usize, why: &str| Error::new("invalid_data", format!("payload element {at}: {why}")).at(at);
		let refused = |kind: Kind, field: &str, at: usize| Error::unsupported(format!("{field} of {} is not supported by the engine", kind.name())).at(at);
		let items: Vec<Map<String, Value>> = serde_json::from_slice(json).map_err(|e| Error::new("invalid_data", format!("not a payload: {e}")))?;
		match items.first().and_then(|h| h.get("version")).and_then(Value::as_u64) {
			Some(VERSION) => {}
			Some(other) => return Err(bad(0, &format!("format version {other} is not known"))),
			None => return Err(bad(0, "the header has no version")),
		}
		if items.len() < 2 {
			return Err(bad(0, "the tree is empty"));
		}
		let mut elements: Vec<Element> = Vec::with_capacity(items.len());
		let mut depths = vec![0usize; items.len()];
		elements.push(Element { kind: Kind::Null, fields: Map::new(), children: vec![] });
		for (at, mut fields) in items.into_iter().enumerate().skip(1) {
			let name = fields.remove("kind").and_then(|k| k.as_str().map(str::to_string)).ok_or_else(|| bad(at, "no kind"))?;
			let kind = Kind::from_name(&name).ok_or_else(|| bad(at, &format!("{name} does not occur in a governed tree")))?;
			let parent = fields.remove("in").and_then(|v| v.as_u64()).unwrap_or(0) as usize;
			let role = fields.remove("as").and_then(|v| v.as_str().map(str::to_string));
			if at > 1 {
				if parent == 0 || parent >= at {
					return Err(bad(at, "its parent does not come before it"));
				}
				depths[at] = depths[parent] + 1;
				if depths[at] > DEPTH {
					return Err(bad(at, "nested too deeply"));
				}
				let role = role.ok_or_else(|| bad(at, "no role in its parent"))?;
				let above: Kind = elements[parent].kind;
				if !above.takes(&role) {
					return Err(refused(above, &role, parent));
				}
				elements[parent].children.push((role, at));
			}
			if let Some(field) = fields.keys().find(|f| !kind.takes(f)) {
				return Err(refused(kind, field, at));
			}
			elements.push(Element { kind, fields, children: vec![] });
		}
		Ok(Payload { elements, mask: 0 })
	}

	pub fn len(&self) -> usize {
		self.elements.len()
	}

	pub fn root(&self) -> Node<'_> {
		Node { payload: self, at: 1 }
	}
}

impl<'a> Node<'a> {
	fn element(self) -> &'a Element {
		&self.payload.elements[self.at]
	}

	pub fn kind(self) -> Kind {
		if self.at == self.payload.mask { Kind::Null } else { self.element().kind }
	}

	pub fn at(self, at: usize) -> Node<'a> {
		Node { at, ..self }
	}

	/// What the columns `relation.name` in it are called, but for those in queries.
	pub fn columns(self, out: &mut HashSet<&'a str>) {
		if self.kind() == Kind::Column && self.names("path").len() == 2 {
			out.insert(self.names("path")[1]);
		}
		for (_, at) in &self.element().children {
			let child = self.at(*at);
			if child.kind() != Kind::Query {
				child.columns(out);
			}
		}
	}

	/// The expressions nearest below this node.
	pub fn expressions(self, out: &mut Vec<usize>) {
		use Kind::*;
		for (_, at) in &self.element().children {
			let child = self.at(*at);
			match child.element().kind {
				Query | Cte | Select | SetOperation | Values | Row | Alias | OrderItem | Grouping | Table | Derived | Join | TableFunction | Unnest | When | NamedArg | Lambda
				| Window | Frame | Type | TypeField => child.expressions(out),
				_ => out.push(*at),
			}
		}
	}

	/// An error that points at this node.
	pub fn error(self, class: &'static str, message: impl Into<String>) -> Error {
		Error::new(class, message).at(self.at)
	}

	pub fn unsupported(self, what: &str) -> Error {
		self.error("unsupported", format!("{what} is not supported by the engine"))
	}

	fn missing(self, field: &str) -> Error {
		self.error("invalid_data", format!("payload element {}: {} without {field}", self.at, self.kind().name()))
	}

	pub fn list(self, role: &'a str) -> impl Iterator<Item = Node<'a>> + 'a {
		self.element().children.iter().filter(move |(name, _)| name == role).map(move |(_, at)| self.at(*at))
	}

	pub fn child(self, role: &'a str) -> Option<Node<'a>> {
		self.list(role).next()
	}

	pub fn need(self, role: &'a str) -> Result<Node<'a>> {
		self.child(role).ok_or_else(|| self.missing(role))
	}

	pub fn text(self, field: &str) -> Option<&'a str> {
		self.element().fields.get(field).and_then(Value::as_str)
	}

	pub fn need_text(self, field: &str) -> Result<&'a str> {
		self.text(field).ok_or_else(|| self.missing(field))
	}

	pub fn flag(self, field: &str) -> bool {
		self.element().fields.get(field).and_then(Value::as_bool).unwrap_or(false)
	}

	/// A path or a list of names; empty where the field is absent.
	pub fn names(self, field: &str) -> Vec<&'a str> {
		let items = self.element().fields.get(field).and_then(Value::as_array);
		items.map(|v| v.iter().filter_map(Value::as_str).collect()).unwrap_or_default()
	}
}
