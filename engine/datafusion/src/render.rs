//! Templates: text and variables in, text out. Nothing is loaded from files or the network, and a name without a value is an error.
//!
//! The text may call `__belvedere_at(n, …)` anywhere: it writes nothing. For n > 0 it is noted how much was written when it was called, so that the caller knows
//! where the output of a piece of the template lies. Each call is a step, and steps are bounded; so are the output and each value that a call is given.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::io;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use minijinja::value::{Rest, Value, ValueKind};
use minijinja::{AutoEscape, Environment, Error as Fault, ErrorKind, Output, State, UndefinedBehavior, escape_formatter, filters, functions};
use serde_json::json;

use crate::error::{Error, Result};

const STEPS: usize = 1_000_000;
const BYTES: usize = 32 << 20;
/// Elements of lists and maps that are looked at and of ranges that are made, and how deep they nest.
const LOOKS: usize = 10_000_000;
const DEPTH: usize = 100;
/// Macros call each other, and expressions nest, on a stack of their own.
const STACK: usize = 64 << 20;
/// What no count has stopped by then.
const TIME: Duration = Duration::from_secs(60);

/// What was written so far.
#[derive(Default)]
struct Written {
	text: Vec<u8>,
	places: Vec<(u32, usize)>,
	steps: usize,
	looks: usize,
	full: bool,
}

#[derive(Clone, Default)]
struct Page(Arc<Mutex<Written>>);

impl Page {
	fn with<T>(&self, f: impl FnOnce(&mut Written) -> T) -> T {
		f(&mut self.0.lock().unwrap_or_else(|poisoned| poisoned.into_inner()))
	}
}

impl io::Write for Page {
	fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
		self.with(|w| {
			w.full |= w.text.len() + bytes.len() > BYTES;
			if w.full {
				return Err(io::Error::other("full"));
			}
			w.text.extend_from_slice(bytes);
			Ok(bytes.len())
		})
	}

	fn flush(&mut self) -> io::Result<()> {
		Ok(())
	}
}

/// A text that refuses to grow past the bound.
#[derive(Default)]
struct Bounded(String);

impl std::fmt::Write for Bounded {
	fn write_str(&mut self, text: &str) -> std::fmt::Result {
		if self.0.len() + text.len() > BYTES {
			return Err(std::fmt::Error);
		}
		self.0.push_str(text);
		Ok(())
	}
}

fn fault(message: impl Into<Cow<'static, str>>) -> Fault {
	Fault::new(ErrorKind::InvalidOperation, message)
}

fn too_large() -> Fault {
	fault(format!("a value is larger than {} MiB", BYTES >> 20))
}

fn look(page: &Page, elements: usize) -> std::result::Result<(), Fault> {
	let looks = page.with(|w| {
		w.looks = w.looks.saturating_add(elements);
		w.looks
	});
	if looks > LOOKS { Err(fault(format!("the template looks at more than {LOOKS} elements"))) } else { Ok(()) }
}

/// A value that grew past the bounds: its texts, or its nesting, which would be walked by recursion. One that holds itself is as deep as any.
fn bounded(value: &Value, depth: usize, page: &Page) -> std::result::Result<(), Fault> {
	if value.as_str().is_some_and(|s| s.len() > BYTES) {
		return Err(too_large());
	}
	let kind = value.kind();
	if !matches!(kind, ValueKind::Seq | ValueKind::Map | ValueKind::Iterable) {
		return Ok(());
	}
	if depth > DEPTH {
		return Err(fault(format!("a value nests more than {DEPTH} deep")));
	}
	for item in value.try_iter()? {
		look(page, 1)?;
		bounded(&item, depth + 1, page)?;
		if kind == ValueKind::Map {
			bounded(&value.get_item(&item)?, depth + 1, page)?;
		}
	}
	Ok(())
}

/// Values are written as they are; lists and maps, whose text may be far larger than they, within the bound.
fn format(out: &mut Output, state: &State, value: &Value, page: &Page) -> std::result::Result<(), Fault> {
	bounded(value, 0, page)?;
	if value.as_str().is_none() && value.as_object().is_some() {
		let mut text = Bounded::default();
		write!(text, "{value}").map_err(|_| too_large())?;
	}
	escape_formatter(out, state, value)
}

fn identifier(name: &str) -> std::result::Result<String, Fault> {
	let plain = !name.is_empty() && !name.starts_with(|c: char| c.is_ascii_digit()) && name.chars().all(|c| c == '_' || c.is_ascii_alphanumeric());
	if plain { Ok(name.to_string()) } else { Err(fault(format!("{name:?} is no plain name"))) }
}

/// dbt's name of a model; one of another package is not here.
fn reference(name: String, more: Rest<Value>) -> std::result::Result<String, Fault> {
	if more.is_empty() { identifier(&name) } else { Err(fault("ref takes the name of one view")) }
}

fn source(schema: String, table: String) -> std::result::Result<String, Fault> {
	Ok(format!("{}.{}", identifier(&schema)?, identifier(&table)?))
}

/// The filters whose output may be far larger than what they are given, and how large it would be.
fn growing() -> [(&'static str, Value, fn(&[Value]) -> usize); 6] {
	[
		("replace", Value::from_function(filters::replace), replaced),
		("join", Value::from_function(filters::join), joined),
		("indent", Value::from_function(filters::indent), indented),
		("batch", Value::from_function(filters::batch), filled),
		("slice", Value::from_function(filters::slice), filled),
		("format", Value::from_function(filters::format), formatted),
	]
}

fn length(value: Option<&Value>) -> usize {
	value.and_then(Value::as_str).map_or(64, str::len)
}

fn replaced(args: &[Value]) -> usize {
	let text = args.first().and_then(Value::as_str).unwrap_or_default();
	let times = args.get(1).and_then(Value::as_str).map_or(0, |from| text.matches(from).count());
	times.saturating_mul(length(args.get(2))).saturating_add(text.len())
}

fn joined(args: &[Value]) -> usize {
	let between = args.get(1).map_or(0, |value| length(Some(value)));
	let Some(items) = args.first().and_then(|list| list.try_iter().ok()) else { return 0 };
	items.scan(0usize, |sum, item| {
		*sum = sum.saturating_add(length(Some(&item))).saturating_add(between);
		Some(*sum)
	})
	.find(|sum| *sum > BYTES)
	.unwrap_or(0)
}

/// The numbers among the arguments, also those with names.
fn largest(args: &[Value]) -> usize {
	let named = args.iter().filter_map(|value| value.get_attr("width").ok());
	args.iter().cloned().chain(named).filter_map(|value| value.as_i64()).max().map_or(0, |n| usize::try_from(n).unwrap_or(0))
}

fn indented(args: &[Value]) -> usize {
	let text = args.first().and_then(Value::as_str).unwrap_or_default();
	(text.matches('\n').count() + 1).saturating_mul(largest(args)).saturating_add(text.len())
}

fn filled(args: &[Value]) -> usize {
	largest(args).saturating_mul(64)
}

/// A width is a number in the text; one given as an argument (%*d) is not looked for and so not allowed.
fn formatted(args: &[Value]) -> usize {
	let text = args.first().and_then(Value::as_str).unwrap_or_default();
	let digits = text.split(|c: char| !c.is_ascii_digit()).map(str::len).max().unwrap_or(0);
	if digits > 4 || text.contains("%*") { usize::MAX } else { args.iter().map(|value| length(Some(value))).fold(0, usize::saturating_add) }
}

/// Python's methods that templates use, by the filters that do the same.
fn method(state: &State, value: &Value, name: &str, args: &[Value]) -> std::result::Result<Value, Fault> {
	let with = |filter: &str, args: &[Value]| state.apply_filter(filter, &[std::slice::from_ref(value), args].concat());
	match (value.kind(), name, args) {
		(ValueKind::String, "upper" | "lower" | "title" | "capitalize" | "split" | "replace", _) => with(name, args),
		(ValueKind::String, "strip", _) => with("trim", args),
		(ValueKind::String, "startswith", [_]) => state.perform_test("startingwith", &[value.clone(), args[0].clone()]).map(Value::from),
		(ValueKind::String, "endswith", [_]) => state.perform_test("endingwith", &[value.clone(), args[0].clone()]).map(Value::from),
		(ValueKind::String, "join", [list]) => state.apply_filter("join", &[list.clone(), value.clone()]),
		(ValueKind::Map, "items", []) => with("items", args),
		(ValueKind::Map, "keys", []) => with("list", args),
		(ValueKind::Map, "values", []) => value.try_iter()?.map(|key| value.get_item(&key)).collect(),
		(ValueKind::Map, "get", [key, otherwise @ ..]) if otherwise.len() < 2 => {
			let found = value.get_item(key)?;
			Ok(if found.is_undefined() { otherwise.first().cloned().unwrap_or(Value::from(())) } else { found })
		}
		_ => Err(Fault::from(ErrorKind::UnknownMethod)),
	}
}

fn environment(page: &Page, variables: &Value) -> Environment<'static> {
	let mut env = Environment::new();
	env.set_undefined_behavior(UndefinedBehavior::Strict);
	env.set_keep_trailing_newline(true);
	env.set_auto_escape_callback(|_| AutoEscape::None);
	let written = page.clone();
	env.set_formatter(move |out, state, value| format(out, state, value, &written));
	env.set_unknown_method_callback(method);
	env.remove_global("debug"); // it would show what no mark names
	for (name, inner, size) in growing() {
		env.add_filter(name, move |state: &State, args: Rest<Value>| if size(&args) > BYTES { Err(too_large()) } else { inner.call(state, &args) });
	}
	env.add_function("ref", reference);
	env.add_function("source", source);
	let known = variables.clone();
	env.add_function("var", move |name: String, fallback: Option<Value>| {
		known.get_attr(&name).ok().filter(|value| !value.is_undefined()).or(fallback).ok_or_else(|| Fault::new(ErrorKind::UndefinedError, format!("variable `{name}` has no value")))
	});
	let (made, range) = (page.clone(), Value::from_function(functions::range));
	env.add_function("range", move |state: &State, args: Rest<Value>| {
		let list = range.call(state, &args)?;
		look(&made, list.len().unwrap_or(0)).map(|()| list)
	});
	let (page, end) = (page.clone(), Instant::now() + TIME);
	env.add_function("__belvedere_at", move |n: u32, values: Rest<Value>| {
		values.iter().try_for_each(|value| bounded(value, 0, &page))?;
		page.with(|w| {
			w.steps += 1;
			if n > 0 {
				w.places.push((n, w.text.len()));
			}
			match w.steps {
				n if n > STEPS => Err(fault(format!("the template takes more than {STEPS} steps"))),
				_ if Instant::now() > end => Err(fault(format!("the template takes longer than {} s", TIME.as_secs()))),
				_ => Ok(""),
			}
		})
	});
	env
}

fn explain(error: &Fault, page: &Page) -> Error {
	let detail = error.detail().unwrap_or_default();
	let message = match error.kind() {
		ErrorKind::WriteFailure if page.with(|w| w.full) => format!("the rendered text is larger than {} MiB", BYTES >> 20),
		ErrorKind::UndefinedError if detail.is_empty() => "something in this mark has no value".to_string(),
		ErrorKind::InvalidOperation | ErrorKind::UndefinedError if !detail.is_empty() => detail.to_string(),
		kind if detail.is_empty() => kind.to_string(),
		kind => format!("{kind}: {detail}"),
	};
	let missing = matches!(error.kind(), ErrorKind::UndefinedError | ErrorKind::UnknownFunction | ErrorKind::UnknownFilter | ErrorKind::UnknownTest | ErrorKind::UnknownMethod);
	let out = Error::new(if missing { "not_found" } else { "plan" }, message);
	// The template engine counts lines in 16 bits and stops there.
	match error.line() {
		Some(line) if line < usize::from(u16::MAX) => out.at(line),
		_ => out,
	}
}

pub fn render(template: &str, variables: serde_json::Value) -> Result<String> {
	std::thread::scope(|scope| {
		let worker = std::thread::Builder::new().stack_size(STACK).spawn_scoped(scope, || rendered(template, variables));
		let worker = worker.map_err(|e| Error::new("resources", format!("no thread for a template: {e}")))?;
		worker.join().unwrap_or_else(|_| Err(Error::new("internal", "the template language failed")))
	})
}

fn rendered(template: &str, variables: serde_json::Value) -> Result<String> {
	let page = Page::default();
	let variables = Value::from_serialize(variables);
	let env = environment(&page, &variables);
	let compiled = env.template_from_str(template).map_err(|e| explain(&e, &page))?;
	compiled.render_captured_to(variables, page.clone()).map_err(|e| explain(&e, &page))?;
	page.with(|w| {
		let text = String::from_utf8(std::mem::take(&mut w.text)).map_err(|_| Error::new("internal", "a template gave a text that is no UTF-8"))?;
		Ok(json!({"text": text, "places": w.places}).to_string())
	})
}
