//! The function snapshot (its shape: src/functions/functions.h) and the probe that asks one function for its return type.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use arrow::datatypes::{DataType, Field, FieldRef, Schema};
use datafusion::common::ScalarValue;
use datafusion::execution::session_state::SessionState;
use datafusion::logical_expr::type_coercion::functions::{fields_with_udf, value_fields_with_higher_order_udf};
use datafusion::logical_expr::{
	Documentation, HigherOrderReturnFieldArgs, HigherOrderTypeSignature, HigherOrderUDF, LambdaParametersProgress, ReturnFieldArgs, Signature, ValueOrLambda, Volatility,
};
use datafusion::logical_expr::function::WindowUDFFieldArgs;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::error::{Error, Result};

#[derive(Serialize)]
struct Docs<'a> {
	description: &'a str,
	syntax: &'a str,
	example: Option<&'a str>,
	arguments: Vec<(&'a str, &'a str)>,
}

#[derive(Serialize)]
struct Entry<'a> {
	name: &'a str,
	aliases: Vec<&'a str>,
	kind: &'static str,
	signatures: Vec<String>,
	parameters: Vec<String>,
	volatility: &'static str,
	null_handling: &'static str,
	r#async: bool,
	documentation: Option<Docs<'a>>,
	hash: String,
}

impl<'a> Entry<'a> {
	fn new(kind: &'static str, name: &'a str, aliases: &'a [String], signatures: Vec<String>, volatility: Volatility, null_handling: &'static str) -> Self {
		let mut aliases: Vec<_> = aliases.iter().map(String::as_str).collect();
		aliases.sort_unstable();
		let volatility = match volatility {
			Volatility::Immutable => "immutable",
			Volatility::Stable => "stable",
			Volatility::Volatile => "volatile",
		};
		// What a function means to a tree that calls it: not its text, nor the engine's version.
		let canonical = serde_json::to_string(&(name, kind, &aliases, &signatures, volatility, null_handling)).unwrap_or_default();
		let hash = hex(&Sha256::digest(canonical.as_bytes()));
		Entry { name, aliases, kind, signatures, parameters: vec![], volatility, null_handling, r#async: false, documentation: None, hash }
	}

	fn documented(mut self, signature: Option<&Signature>, d: Option<&'a Documentation>) -> Self {
		self.parameters = match (signature.and_then(|s| s.parameter_names.clone()), d) {
			(Some(names), _) => names,
			(None, d) => d.iter().flat_map(|d| d.arguments.iter().flatten()).map(|(n, _)| n.clone()).collect(),
		};
		self.documentation = d.map(|d| Docs {
			description: d.description.trim(),
			syntax: d.syntax_example.trim(),
			example: d.sql_example.as_deref().map(str::trim),
			arguments: d.arguments.iter().flatten().map(|(n, t)| (n.as_str(), t.trim())).collect(),
		});
		self
	}
}

pub fn hex(bytes: &[u8]) -> String {
	bytes.iter().map(|b| format!("{b:02x}")).collect()
}

fn signatures(name: &str, s: &Signature) -> Vec<String> {
	s.type_signature.to_string_repr_with_names(s.parameter_names.as_deref()).into_iter().map(|args| format!("{name}({args})")).collect()
}

fn lambda_signature(name: &str, s: &HigherOrderTypeSignature) -> String {
	let args = match s {
		HigherOrderTypeSignature::UserDefined => "UserDefined".to_string(),
		HigherOrderTypeSignature::VariadicAny => "Any, .., Any".to_string(),
		HigherOrderTypeSignature::Any(n) => vec!["Any"; *n].join(", "),
		HigherOrderTypeSignature::Exact(args) => {
			let args = args.iter().map(|a| if matches!(a, ValueOrLambda::Lambda(_)) { "Lambda" } else { "Any" });
			args.collect::<Vec<_>>().join(", ")
		}
	};
	format!("{name}({args})")
}

/// One entry a function, under its canonical name: the registries hold one more for each alias.
fn by_name<'a, T: ?Sized>(all: &'a HashMap<String, Arc<T>>, name: impl Fn(&T) -> &str) -> BTreeMap<&'a str, &'a Arc<T>> {
	all.iter().filter(|(key, f)| name(f) == key.as_str()).map(|(key, f)| (key.as_str(), f)).collect()
}

/// Canonical: sorted, one function a line, the same bytes for the same engine.
pub fn snapshot(state: &SessionState) -> Result<String> {
	let mut entries = vec![];
	for (name, f) in by_name(state.scalar_functions(), |f| f.name()) {
		let (s, nulls) = (f.signature(), if f.is_strict() { "propagate" } else { "custom" });
		let mut entry = Entry::new("scalar", name, f.aliases(), signatures(name, s), s.volatility, nulls).documented(Some(s), f.documentation());
		entry.r#async = f.as_async().is_some();
		entries.push(entry);
	}
	for (name, f) in by_name(state.aggregate_functions(), |f| f.name()) {
		let (s, nulls) = (f.signature(), if f.supports_null_handling_clause() { "clause" } else { "custom" });
		entries.push(Entry::new("aggregate", name, f.aliases(), signatures(name, s), s.volatility, nulls).documented(Some(s), f.documentation()));
	}
	for (name, f) in by_name(state.window_functions(), |f| f.name()) {
		let s = f.signature();
		entries.push(Entry::new("window", name, f.aliases(), signatures(name, s), s.volatility, "custom").documented(Some(s), f.documentation()));
	}
	for name in state.table_functions().keys().collect::<BTreeSet<_>>() {
		entries.push(Entry::new("table", name, &[], vec![], Volatility::Immutable, "custom"));
	}
	for (name, f) in by_name(state.higher_order_functions(), |f| f.name()) {
		let (s, signature) = (f.signature(), lambda_signature(name, &f.signature().type_signature));
		entries.push(Entry::new("higher_order", name, f.aliases(), vec![signature], s.volatility, "custom").documented(None, f.documentation()));
	}
	let entries = entries.iter().map(serde_json::to_string).collect::<std::result::Result<Vec<_>, _>>()?;
	Ok(format!("{{\"engine\":\"datafusion\",\"version\":\"{}\",\"functions\":[\n{}\n]}}\n", datafusion::DATAFUSION_VERSION, entries.join(",\n")))
}

/* ---- probe ---- */

/// A child of the argument struct with this metadata key stands for a lambda: its type is that of the lambda's body, Null while that is not known.
const LAMBDA: &str = "lambda";

#[derive(Deserialize)]
struct Constant {
	value: Option<String>,
}

pub struct Probed {
	pub out: FieldRef,
	pub coerced: Schema,
}

fn constants(json: &str, fields: &[FieldRef]) -> Result<Vec<Option<ScalarValue>>> {
	let given: Vec<Option<Constant>> = if json.is_empty() { vec![] } else { serde_json::from_str(json)? };
	let scalar = |(i, field): (usize, &FieldRef)| match given.get(i).and_then(Option::as_ref) {
		None => Ok(None),
		Some(Constant { value: None }) => Ok(Some(ScalarValue::try_from(field.data_type())?)),
		// Constants of nested types have no text; they count as not constant.
		Some(Constant { value: Some(_) }) if field.data_type().is_nested() => Ok(None),
		Some(Constant { value: Some(text) }) => Ok(Some(ScalarValue::try_from_string(text.clone(), field.data_type())?)),
	};
	fields.iter().enumerate().map(scalar).collect()
}

pub fn probe(state: &SessionState, kind: &str, name: &str, args: &Schema, constants_json: &str) -> Result<Probed> {
	let unknown = || Error::new("not_found", format!("there is no {kind} function {name}"));
	let fields: Vec<FieldRef> = args.fields().iter().cloned().collect();
	let done = |out: FieldRef, coerced: Vec<FieldRef>| Ok(Probed { out, coerced: Schema::new(coerced) });
	match kind {
		"scalar" => {
			let f = state.scalar_functions().get(name).ok_or_else(unknown)?;
			let coerced = fields_with_udf(&fields, f.as_ref())?;
			let scalars = constants(constants_json, &fields)?;
			let scalars = scalars.into_iter().zip(&coerced).map(|(s, to)| s.map(|s| s.cast_to(to.data_type())).transpose());
			let scalars = scalars.collect::<std::result::Result<Vec<_>, _>>()?;
			let borrowed: Vec<_> = scalars.iter().map(Option::as_ref).collect();
			done(f.return_field_from_args(ReturnFieldArgs { arg_fields: &coerced, scalar_arguments: &borrowed })?, coerced)
		}
		"aggregate" | "window" => {
			if let Some(f) = state.window_functions().get(name).filter(|_| kind == "window") {
				let coerced = fields_with_udf(&fields, f.as_ref())?;
				return done(f.field(WindowUDFFieldArgs::new(&coerced, name))?, coerced);
			}
			let f = state.aggregate_functions().get(name).ok_or_else(unknown)?;
			let coerced = fields_with_udf(&fields, f.as_ref())?;
			done(f.return_field(&coerced)?, coerced)
		}
		"higher_order" => higher_order(state.higher_order_functions().get(name).ok_or_else(unknown)?, &fields, constants_json),
		_ => Err(Error::request(format!("function kind {kind}"))),
	}
}

/// `coerced` holds, for a lambda, a struct of its parameters.
fn higher_order(f: &HigherOrderUDF, fields: &[FieldRef], constants_json: &str) -> Result<Probed> {
	let given: Vec<_> = fields
		.iter()
		.map(|f| if f.metadata().contains_key(LAMBDA) { ValueOrLambda::Lambda(f.clone()) } else { ValueOrLambda::Value(f.clone()) })
		.collect();
	let arguments = value_fields_with_higher_order_udf(&given, f)?;
	let bodies: Vec<_> = arguments
		.iter()
		.map(|a| match a {
			ValueOrLambda::Value(v) => ValueOrLambda::Value(v.clone()),
			ValueOrLambda::Lambda(body) => ValueOrLambda::Lambda((!body.data_type().is_null()).then(|| body.clone())),
		})
		.collect();
	let mut step = 0;
	let parameters: Vec<Vec<FieldRef>> = loop {
		match f.lambda_parameters(step, &bodies)? {
			LambdaParametersProgress::Complete(all) => break all,
			// Without the bodies' types no step can say more than the first.
			LambdaParametersProgress::Partial(some) if step > 0 => break some.into_iter().map(Option::unwrap_or_default).collect(),
			LambdaParametersProgress::Partial(_) => step += 1,
		}
	};
	let mut parameters = parameters.into_iter();
	let mut known = true;
	let coerced = arguments.iter().map(|a| match a {
		ValueOrLambda::Value(v) => v.clone(),
		ValueOrLambda::Lambda(body) => {
			known &= !body.data_type().is_null();
			Arc::new(Field::new(body.name(), DataType::Struct(parameters.next().unwrap_or_default().into()), false))
		}
	});
	let coerced: Vec<FieldRef> = coerced.collect();
	if !known {
		return Ok(Probed { out: Arc::new(Field::new(f.name(), DataType::Null, true)), coerced: Schema::new(coerced) });
	}
	let scalars = constants(constants_json, fields)?;
	let borrowed: Vec<_> = scalars.iter().map(Option::as_ref).collect();
	let out = f.return_field_from_args(HigherOrderReturnFieldArgs { arg_fields: &arguments, scalar_arguments: &borrowed })?;
	Ok(Probed { out, coerced: Schema::new(coerced) })
}
