//! Types: type nodes of a payload → Arrow types. A type travels through the statement as a custom SQL type that holds the Arrow type, so that every type is
//! exact, also those for which SQL has no name.

use std::sync::Arc;

use arrow::datatypes::{DataType, Field, FieldRef, Fields, IntervalUnit, TimeUnit};
use datafusion::common::DataFusionError;
use datafusion::logical_expr::planner::TypePlanner;
use datafusion::sql::sqlparser::ast::{DataType as SqlType, Ident, ObjectName, ObjectNamePart};

use crate::error::{Error, Result};
use crate::payload::Node;

/// The name that marks such a custom type; no user can write it.
const MARK: &str = "\u{1}arrow";

/// Gives a marked custom type back as the Arrow type that it holds.
#[derive(Debug)]
pub struct ArrowTypes;

impl TypePlanner for ArrowTypes {
	fn plan_type_field(&self, sql: &SqlType) -> std::result::Result<Option<FieldRef>, DataFusionError> {
		let SqlType::Custom(ObjectName(name), held) = sql else { return Ok(None) };
		match (&name[..], &held[..]) {
			([ObjectNamePart::Identifier(ident)], [json]) if ident.value == MARK => {
				let data_type: DataType = serde_json::from_str(json).map_err(|e| DataFusionError::Internal(e.to_string()))?;
				Ok(Some(Arc::new(Field::new("", data_type, true))))
			}
			_ => Ok(None),
		}
	}
}

/// The custom type for a type node.
pub fn sql_type(node: Node) -> Result<SqlType> {
	let json = serde_json::to_string(&arrow_type(node)?)?;
	Ok(SqlType::Custom(ObjectName(vec![ObjectNamePart::Identifier(Ident::with_quote('"', MARK))]), vec![json]))
}

pub fn arrow_type(node: Node) -> Result<DataType> {
	let name = node.need_text("name")?;
	Ok(match name {
		"boolean" => DataType::Boolean,
		"int8" => DataType::Int8,
		"int16" => DataType::Int16,
		"int32" => DataType::Int32,
		"int64" => DataType::Int64,
		"uint8" => DataType::UInt8,
		"uint16" => DataType::UInt16,
		"uint32" => DataType::UInt32,
		"uint64" => DataType::UInt64,
		"float16" => DataType::Float16,
		"float32" => DataType::Float32,
		"float64" => DataType::Float64,
		"decimal" => decimal(node)?,
		"string" | "utf8_view" => DataType::Utf8View,
		"utf8" => DataType::Utf8,
		"large_utf8" => DataType::LargeUtf8,
		"binary" => DataType::Binary,
		"large_binary" => DataType::LargeBinary,
		"binary_view" => DataType::BinaryView,
		"date" => DataType::Date32,
		"date64" => DataType::Date64,
		"time" => match unit(node)? {
			unit @ (TimeUnit::Second | TimeUnit::Millisecond) => DataType::Time32(unit),
			unit => DataType::Time64(unit),
		},
		"timestamp" => DataType::Timestamp(unit(node)?, node.text("zone").map(Into::into)),
		"interval" => DataType::Interval(IntervalUnit::MonthDayNano),
		"list" => DataType::List(Arc::new(Field::new_list_field(arrow_type(only_field(node, 0, 1)?)?, true))),
		"struct" => {
			let fields = node.list("fields").enumerate().map(|(i, f)| {
				let name = f.text("name").map_or_else(|| format!("c{i}"), str::to_string);
				Ok(Field::new(name, arrow_type(f.need("type")?)?, true))
			});
			DataType::Struct(fields.collect::<Result<Fields>>()?)
		}
		"map" => {
			let key = Field::new("key", arrow_type(only_field(node, 0, 2)?)?, false);
			let value = Field::new("value", arrow_type(only_field(node, 1, 2)?)?, true);
			DataType::Map(Arc::new(Field::new("entries", DataType::Struct(vec![key, value].into()), false)), false)
		}
		"null" => DataType::Null,
		other => return Err(node.error("unsupported", format!("the engine has no type {other}"))),
	})
}

/// The i-th of exactly n child types.
fn only_field<'a>(node: Node<'a>, i: usize, n: usize) -> Result<Node<'a>> {
	let fields: Vec<_> = node.list("fields").collect();
	if fields.len() != n {
		return Err(node.error("invalid_data", format!("a {} type has {n} child types, not {}", node.text("name").unwrap_or_default(), fields.len())));
	}
	fields[i].need("type")
}

fn number(node: Node, field: &str, default: u8) -> Result<u8> {
	match node.text(field) {
		None => Ok(default),
		Some(text) => text.parse().map_err(|_| node.error("invalid_data", format!("{field} {text} of a type"))),
	}
}

fn unit(node: Node) -> Result<TimeUnit> {
	match number(node, "precision", 9)? {
		0 => Ok(TimeUnit::Second),
		3 => Ok(TimeUnit::Millisecond),
		6 => Ok(TimeUnit::Microsecond),
		9 => Ok(TimeUnit::Nanosecond),
		other => Err(node.error("unsupported", format!("precision {other} of a time or timestamp; there are 0, 3, 6 and 9"))),
	}
}

fn decimal(node: Node) -> Result<DataType> {
	let precision = number(node, "precision", 38)?;
	let scale = number(node, "scale", if node.text("precision").is_some() { 0 } else { 10 })?;
	match precision {
		1..=38 if scale <= precision => Ok(DataType::Decimal128(precision, scale as i8)),
		39..=76 if scale <= precision => Ok(DataType::Decimal256(precision, scale as i8)),
		_ => Err(Error::new("plan", format!("decimal({precision}, {scale}) is out of range")).at(node.at)),
	}
}
