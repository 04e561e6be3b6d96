//! Payload JSON (see src/ast/ast.h) → nodes in memory. Comes in: the flat array of elements. Goes out: one node an element, with its children in order.

use serde_json::{Map, Value};

use crate::error::{Error, Result};

/// As in src/ast/ast.h; the reader there has the same limits.
const VERSION: u64 = 1;
const DEPTH: usize = 1000;

macro_rules! kinds {
	($($kind:ident $name:literal),* $(,)?) => {
		/// Every kind that a governed tree may hold: those of src/ast/nodes.def that say so.
		#[derive(Clone, Copy, PartialEq, Eq, Debug)]
		pub enum Kind { $($kind),* }

		impl Kind {
			pub fn from_name(name: &str) -> Option<Kind> {
				match name { $($name => Some(Kind::$kind),)* _ => None }
			}

			pub fn name(self) -> &'static str {
				match self { $(Kind::$kind => $name),* }
			}
		}
	};
}

kinds! {
	Query "query", Cte "cte", Select "select", SetOperation "set_operation", Values "values", Row "row", Alias "alias", OrderItem "order_item",
	Grouping "grouping", Table "table", Derived "derived", Join "join", TableFunction "table_function", Unnest "unnest", Null "null",
	Boolean "boolean", Number "number", String "string", BinaryLiteral "binary_literal", Interval "interval", Column "column", Field "field",
	Index "index", Slice "slice", Unary "unary", Binary "binary", And "and", Or "or", Is "is", Between "between", InList "in_list",
	InQuery "in_query", Exists "exists", ScalarQuery "scalar_query", Quantified "quantified", Like "like", Case "case", When "when",
	Cast "cast", AtTimeZone "at_time_zone", Call "call", NamedArg "named_arg", Lambda "lambda", Window "window", Frame "frame",
	Array "array", Struct "struct", Map "map", Type "type", TypeField "type_field",
}

struct Element {
	kind: Kind,
	fields: Map<String, Value>,
	children: Vec<(String, usize)>,
}

pub struct Payload {
	elements: Vec<Element>,
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
				elements[parent].children.push((role.ok_or_else(|| bad(at, "no role in its parent"))?, at));
			}
			elements.push(Element { kind, fields, children: vec![] });
		}
		Ok(Payload { elements })
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
		self.element().kind
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
		let payload = self.payload;
		self.element().children.iter().filter(move |(name, _)| name == role).map(move |(_, at)| Node { payload, at: *at })
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
