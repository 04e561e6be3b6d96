//! Types: type nodes of a payload → Arrow types. A type travels through the statement as a custom SQL type that holds the Arrow type, so that every type is
//! exact, also those for which SQL has no name.

use std::str::FromStr;
use std::sync::Arc;

use arrow::datatypes::{DataType, Field, FieldRef, Fields, IntervalUnit, TimeUnit};
use datafusion::common::DataFusionError;
use datafusion::logical_expr::planner::TypePlanner;
use datafusion::sql::sqlparser::ast::{CastKind, DataType as SqlType, Expr, Ident, ObjectName, ObjectNamePart};

use crate::error::Result;
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

/// A cast to the custom type that holds an Arrow type.
pub fn cast(kind: CastKind, expr: Expr, to: &DataType) -> Result<Expr> {
	let name = ObjectName(vec![ObjectNamePart::Identifier(Ident::with_quote('"', MARK))]);
	let data_type = SqlType::Custom(name, vec![serde_json::to_string(to)?]);
	Ok(Expr::Cast { kind, expr: Box::new(expr), data_type, array: false, format: None })
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
		"decimal" | "decimal32" | "decimal64" | "decimal256" => decimal(node, name)?,
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
		"duration" => DataType::Duration(unit(node)?),
		"interval" => DataType::Interval(IntervalUnit::MonthDayNano),
		"interval_year_month" => DataType::Interval(IntervalUnit::YearMonth),
		"interval_day_time" => DataType::Interval(IntervalUnit::DayTime),
		"list" => DataType::List(element(node)?),
		"large_list" => DataType::LargeList(element(node)?),
		"list_view" => DataType::ListView(element(node)?),
		"large_list_view" => DataType::LargeListView(element(node)?),
		"fixed_list" => DataType::FixedSizeList(element(node)?, number(node, "precision", None)?),
		"fixed_binary" => DataType::FixedSizeBinary(number(node, "precision", None)?),
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
		"dictionary" => DataType::Dictionary(Box::new(arrow_type(only_field(node, 0, 2)?)?), Box::new(arrow_type(only_field(node, 1, 2)?)?)),
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

fn element(node: Node) -> Result<FieldRef> {
	Ok(Arc::new(Field::new_list_field(arrow_type(only_field(node, 0, 1)?)?, true)))
}

fn number<T: FromStr>(node: Node, field: &str, default: Option<T>) -> Result<T> {
	let wrong = || node.error("invalid_data", format!("{field} of the type {}", node.text("name").unwrap_or_default()));
	match (node.text(field), default) {
		(None, Some(default)) => Ok(default),
		(text, _) => text.and_then(|t| t.parse().ok()).ok_or_else(wrong),
	}
}

fn unit(node: Node) -> Result<TimeUnit> {
	match number(node, "precision", Some(9u8))? {
		0 => Ok(TimeUnit::Second),
		3 => Ok(TimeUnit::Millisecond),
		6 => Ok(TimeUnit::Microsecond),
		9 => Ok(TimeUnit::Nanosecond),
		other => Err(node.error("unsupported", format!("precision {other} of a time or timestamp; there are 0, 3, 6 and 9"))),
	}
}

fn decimal(node: Node, name: &str) -> Result<DataType> {
	let precision: u8 = number(node, "precision", Some(38))?;
	let scale: i8 = number(node, "scale", Some(if node.text("precision").is_some() { 0 } else { 10 }))?;
	let (most, wide): (u8, fn(u8, i8) -> DataType) = match name {
		"decimal32" => (9, DataType::Decimal32),
		"decimal64" => (18, DataType::Decimal64),
		"decimal256" => (76, DataType::Decimal256),
		_ if precision > 38 => (76, DataType::Decimal256),
		_ => (38, DataType::Decimal128),
	};
	if precision == 0 || precision > most || i16::from(scale) > i16::from(precision) {
		return Err(node.error("plan", format!("{name}({precision}, {scale}) is out of range")));
	}
	Ok(wide(precision, scale))
}
