//! Payload → DataFusion's syntax tree (sqlparser AST), node by node. No text is written or parsed. The element of each node becomes the line of its span, so
//! that a planning error says which element it is about.

use std::collections::HashSet;

use arrow::datatypes::DataType;
use datafusion::sql::parser::Statement;
use datafusion::sql::sqlparser::ast::helpers::attached_token::AttachedToken;
use datafusion::sql::sqlparser::ast::{self as sql, CastKind, Expr, Ident, ObjectName, ObjectNamePart, Query, SetExpr, TableFactor, Value};
use datafusion::sql::sqlparser::tokenizer::{Location, Span};

use crate::error::Result;
use crate::payload::{Kind, Node, Payload};
use crate::types;

pub fn statement(payload: &Payload) -> Result<Statement> {
	let root = payload.root();
	let query = match root.kind() {
		Kind::Query => query(root)?,
		Kind::Select | Kind::SetOperation | Kind::Values => bare_query(set_expr(root)?),
		_ => return Err(root.error("invalid_data", format!("{} is not a query", root.kind().name()))),
	};
	Ok(Statement::Statement(Box::new(sql::Statement::Query(Box::new(query)))))
}

fn span(node: Node) -> Span {
	let at = Location { line: node.at as u64 + 1, column: 1 };
	Span::new(at, at)
}

/// Names are exact: always quoted.
fn ident(node: Node, name: &str) -> Ident {
	Ident::with_quote_and_span('"', span(node), name)
}

fn idents(node: Node, field: &str) -> Vec<Ident> {
	node.names(field).into_iter().map(|name| ident(node, name)).collect()
}

fn object_name(node: Node, field: &str) -> ObjectName {
	ObjectName(idents(node, field).into_iter().map(ObjectNamePart::Identifier).collect())
}

fn value(node: Node, value: Value) -> Expr {
	Expr::Value(value.with_span(span(node)))
}

fn string(node: Node, text: &str) -> Expr {
	value(node, Value::SingleQuotedString(text.to_string()))
}

/// Follows a name that stood in the list before.
pub const REPEATED: &str = "\u{1}repeated";

/* ---- queries ---- */

fn bare_query(body: SetExpr) -> Query {
	let body = Box::new(body);
	Query { with: None, body, order_by: None, limit_clause: None, fetch: None, locks: vec![], for_clause: None, settings: None, format_clause: None, pipe_operators: vec![] }
}

/// Outputs under other columns' names. ORDER BY may name a column of the input, `t.c`, beside an output c that is another expression. DataFusion cannot
/// tell the two apart, so the output has a mark after its name until the query is done.
/// In a subquery of an expression every column counts: DataFusion pulls conditions on the outer query up through the output, and nobody asks for its name.
fn covered(node: Node, inside: bool) -> Result<HashSet<String>> {
	let body = node.need("body")?;
	let mut used = HashSet::new();
	if body.kind() == Kind::Select {
		node.list("order_by").for_each(|item| item.columns(&mut used));
		if inside {
			body.columns(&mut used);
		}
	}
	let mut out = HashSet::new();
	for item in body.list("projections").filter(|item| !used.is_empty() && item.kind() == Kind::Alias) {
		let (name, operand) = (item.need_text("name")?, item.need("operand")?);
		let itself = operand.kind() == Kind::Column && operand.names("path").len() == 2 && operand.names("path")[1] == name;
		if used.contains(name) && !itself {
			out.insert(name.to_string());
		}
	}
	Ok(out)
}

/// The names of a query that has marked outputs, for a relation to give back; else none.
fn given_back(node: Node) -> Result<Vec<Ident>> {
	let query = node.need("query")?;
	if query.kind() != Kind::Query || covered(query, false)?.is_empty() {
		return Ok(vec![]);
	}
	query.need("body")?.list("projections").map(|item| Ok(ident(item, item.need_text("name")?))).collect()
}

fn query(node: Node) -> Result<Query> {
	query_with(node, covered(node, false)?)
}

fn query_with(node: Node, covered: HashSet<String>) -> Result<Query> {
	let body = node.need("body")?;
	let mut out = bare_query(if body.kind() == Kind::Select { SetExpr::Select(Box::new(select(body, &covered)?)) } else { set_expr(body)? });
	let ctes = node.list("ctes").map(cte).collect::<Result<Vec<_>>>()?;
	if !ctes.is_empty() {
		out.with = Some(sql::With { with_token: AttachedToken::empty(), recursive: node.flag("recursive"), cte_tables: ctes });
	}
	if node.flag("order_by_all") {
		let kind = sql::OrderByKind::All(sql::OrderByOptions::default());
		out.order_by = Some(sql::OrderBy { kind, interpolate: None });
	}
	let mut keys = order_items(node, "order_by")?;
	for key in &mut keys {
		if let Expr::Identifier(name) = &mut key.expr && covered.contains(&name.value) {
			name.value += REPEATED;
		}
	}
	if !keys.is_empty() {
		out.order_by = Some(sql::OrderBy { kind: sql::OrderByKind::Expressions(keys), interpolate: None });
	}
	let limit = optional(node, "limit")?;
	let offset = optional(node, "offset")?.map(|value| sql::Offset { value, rows: sql::OffsetRows::None });
	if limit.is_some() || offset.is_some() {
		out.limit_clause = Some(sql::LimitClause::LimitOffset { limit, offset, limit_by: vec![] });
	}
	Ok(out)
}

fn cte(node: Node) -> Result<sql::Cte> {
	// DataFusion keeps tables and CTEs by their dotted names.
	if node.need_text("name")?.contains('.') {
		return Err(node.unsupported("a dot in the name of a CTE"));
	}
	let alias = relation_alias(node, node.need_text("name")?)?;
	Ok(sql::Cte { alias, query: subquery(node)?, from: None, materialized: None, closing_paren_token: AttachedToken::empty() })
}

fn set_expr(node: Node) -> Result<SetExpr> {
	Ok(match node.kind() {
		Kind::Select => SetExpr::Select(Box::new(select(node, &HashSet::new())?)),
		Kind::Query => SetExpr::Query(Box::new(query(node)?)),
		Kind::Values => SetExpr::Values(sql::Values {
			explicit_row: false,
			value_keyword: false,
			rows: node.list("rows").map(|row| Ok(sql::Parens::with_empty_span(exprs(row, "items")?))).collect::<Result<_>>()?,
		}),
		Kind::SetOperation => SetExpr::SetOperation {
			op: match node.text("op").unwrap_or("union") {
				"union" => sql::SetOperator::Union,
				"intersect" => sql::SetOperator::Intersect,
				"except" => sql::SetOperator::Except,
				other => return Err(node.unsupported(other)),
			},
			set_quantifier: if node.flag("all") { sql::SetQuantifier::All } else { sql::SetQuantifier::None },
			left: Box::new(set_expr(node.need("left")?)?),
			right: Box::new(set_expr(node.need("right")?)?),
		},
		_ => return Err(node.error("invalid_data", format!("{} is not a query", node.kind().name()))),
	})
}

fn select(node: Node, covered: &HashSet<String>) -> Result<sql::Select> {
	let mut seen = HashSet::new();
	let projection = node.list("projections").enumerate().map(|(i, item)| {
		if item.kind() != Kind::Alias {
			return Ok(sql::SelectItem::UnnamedExpr(expr(item)?));
		}
		// DataFusion wants each name once; query.rs takes the mark off again.
		let name = item.need_text("name")?;
		let alias = match (seen.insert(name), covered.contains(name)) {
			(true, false) => ident(item, name),
			(true, true) => ident(item, &format!("{name}{REPEATED}")),
			_ => ident(item, &format!("{name}{REPEATED}{i}")),
		};
		Ok(sql::SelectItem::ExprWithAlias { expr: expr(item.need("operand")?)?, alias })
	});
	#[rustfmt::skip]
	let select = sql::Select {
		distinct: node.flag("distinct").then_some(sql::Distinct::Distinct),
		projection: projection.collect::<Result<_>>()?,
		from: node.list("from").map(relation).collect::<Result<_>>()?,
		selection: optional(node, "where")?,
		group_by: sql::GroupByExpr::Expressions(node.list("group_by").map(group_key).collect::<Result<_>>()?, vec![]),
		having: optional(node, "having")?,
		select_token: AttachedToken::empty(), flavor: sql::SelectFlavor::Standard, optimizer_hints: vec![], select_modifiers: None, top: None,
		top_before_distinct: false, exclude: None, into: None, lateral_views: vec![], prewhere: None, connect_by: vec![], cluster_by: vec![],
		distribute_by: vec![], sort_by: vec![], named_window: vec![], qualify: None, window_before_qualify: false, value_table_mode: None,
	};
	Ok(select)
}

fn order_items<'a>(node: Node<'a>, field: &'a str) -> Result<Vec<sql::OrderByExpr>> {
	let items = node.list(field).map(|item| {
		let nulls_first = match item.text("nulls").unwrap_or("default") {
			"first" => Some(true),
			"last" => Some(false),
			_ => None,
		};
		let options = sql::OrderByOptions { asc: Some(!item.flag("descending")), nulls_first };
		// A number by itself would be an ordinal.
		let key = match expr(item.need("operand")?)? {
			key @ Expr::Value(_) => Expr::Nested(Box::new(key)),
			key => key,
		};
		Ok(sql::OrderByExpr { expr: key, options, with_fill: None })
	});
	items.collect()
}

/// A whole number by itself would be an ordinal; a cast to the type that it has makes it a constant.
fn group_key(node: Node) -> Result<Expr> {
	let key = expr(node)?;
	let mut inner = &key;
	while let Expr::UnaryOp { expr, .. } = inner {
		inner = expr;
	}
	Ok(match inner {
		Expr::Value(sql::ValueWithSpan { value: Value::Number(n, _), .. }) if n.parse::<i64>().is_ok() => types::cast(CastKind::Cast, key, &DataType::Int64)?,
		_ => key,
	})
}

/* ---- relations ---- */

fn table_alias(node: Node, name: &str) -> sql::TableAlias {
	let columns = idents(node, "columns").into_iter().map(|name| sql::TableAliasColumnDef { name, data_type: None }).collect();
	sql::TableAlias { explicit: true, name: ident(node, name), columns, at: None }
}

/// Of a derived table or CTE.
fn relation_alias(node: Node, name: &str) -> Result<sql::TableAlias> {
	let mut alias = table_alias(node, name);
	if alias.columns.is_empty() {
		alias.columns = given_back(node)?.into_iter().map(|name| sql::TableAliasColumnDef { name, data_type: None }).collect();
	}
	Ok(alias)
}

fn optional_alias(node: Node) -> Option<sql::TableAlias> {
	node.text("alias").map(|name| table_alias(node, name))
}

/// A chain of joins leans to the left: its links become one list, so that a long chain is no deep tree.
fn relation(node: Node) -> Result<sql::TableWithJoins> {
	let mut links = vec![];
	let mut first = node;
	while first.kind() == Kind::Join {
		links.push(first);
		first = first.need("left")?;
	}
	let joins = links.into_iter().rev().map(|link| {
		let on = match link.child("on") {
			Some(on) => sql::JoinConstraint::On(expr(on)?),
			None => sql::JoinConstraint::None,
		};
		let join_operator = match link.text("type").unwrap_or("inner") {
			"inner" if link.child("on").is_some() => sql::JoinOperator::Inner(on),
			"inner" | "cross" => sql::JoinOperator::CrossJoin(on),
			"left" => sql::JoinOperator::LeftOuter(on),
			"right" => sql::JoinOperator::RightOuter(on),
			"full" => sql::JoinOperator::FullOuter(on),
			"left_semi" => sql::JoinOperator::LeftSemi(on),
			"right_semi" => sql::JoinOperator::RightSemi(on),
			"left_anti" => sql::JoinOperator::LeftAnti(on),
			"right_anti" => sql::JoinOperator::RightAnti(on),
			other => return Err(link.unsupported(&format!("{other} join"))),
		};
		Ok(sql::Join { relation: factor(link.need("right")?)?, global: false, join_operator })
	});
	let joins = joins.collect::<Result<Vec<_>>>()?;
	Ok(sql::TableWithJoins { relation: factor(first)?, joins })
}

fn factor(node: Node) -> Result<TableFactor> {
	Ok(match node.kind() {
		Kind::Table => {
			let (name, alias) = (object_name(node, "path"), optional_alias(node));
			let (with_hints, partitions, index_hints) = (vec![], vec![], vec![]);
			TableFactor::Table { name, alias, args: None, with_hints, version: None, with_ordinality: false, partitions, json_path: None, sample: None, index_hints }
		}
		Kind::Derived => {
			let alias = node.text("alias").map(|name| relation_alias(node, name)).transpose()?;
			TableFactor::Derived { lateral: node.flag("lateral"), subquery: subquery(node)?, alias, sample: None }
		}
		Kind::Join => TableFactor::NestedJoin { table_with_joins: Box::new(relation(node)?), alias: None },
		Kind::TableFunction => {
			let (name, args, alias) = (object_name(node, "name"), arguments(node)?, optional_alias(node));
			TableFactor::Function { lateral: node.flag("lateral"), name, args, with_ordinality: false, alias }
		}
		Kind::Unnest => {
			let (alias, array_exprs) = (optional_alias(node), exprs(node, "args")?);
			TableFactor::UNNEST { alias, array_exprs, with_offset: false, with_offset_alias: None, with_ordinality: false }
		}
		_ => return Err(node.error("invalid_data", format!("{} is not a relation", node.kind().name()))),
	})
}

/* ---- expressions ---- */

fn exprs<'a>(node: Node<'a>, field: &'a str) -> Result<Vec<Expr>> {
	node.list(field).map(expr).collect()
}

fn optional<'a>(node: Node<'a>, field: &'a str) -> Result<Option<Expr>> {
	node.child(field).map(expr).transpose()
}

fn boxed<'a>(node: Node<'a>, field: &'a str) -> Result<Box<Expr>> {
	Ok(Box::new(expr(node.need(field)?)?))
}

fn subquery(node: Node) -> Result<Box<Query>> {
	Ok(Box::new(query(node.need("query")?)?))
}

/// Of an expression.
fn inner_query(node: Node) -> Result<Box<Query>> {
	Ok(Box::new(query_with(node, covered(node, true)?)?))
}

fn expr(node: Node) -> Result<Expr> {
	Ok(match node.kind() {
		Kind::Null => value(node, Value::Null),
		Kind::Boolean => value(node, Value::Boolean(node.flag("value"))),
		Kind::Number => value(node, Value::Number(node.need_text("text")?.to_string(), false)),
		Kind::String => string(node, node.text("text").unwrap_or_default()),
		Kind::BinaryLiteral => value(node, Value::HexStringLiteral(node.text("hex").unwrap_or_default().to_string())),
		Kind::Interval => interval(node)?,
		Kind::Column => {
			let mut path = idents(node, "path");
			if path.len() == 1 { Expr::Identifier(path.remove(0)) } else { Expr::CompoundIdentifier(path) }
		}
		Kind::Field => subscript(node, sql::Subscript::Index { index: string(node, node.need_text("name")?) })?,
		Kind::Index => subscript(node, sql::Subscript::Index { index: expr(node.need("index")?)? })?,
		Kind::Slice => {
			let (lower_bound, upper_bound, stride) = (optional(node, "low")?, optional(node, "high")?, optional(node, "step")?);
			subscript(node, sql::Subscript::Slice { lower_bound, upper_bound, stride })?
		}
		Kind::Unary => {
			let op = match node.text("op").unwrap_or("negate") {
				"negate" => sql::UnaryOperator::Minus,
				"not" => sql::UnaryOperator::Not,
				"plus" => sql::UnaryOperator::Plus,
				other => return Err(node.unsupported(&format!("the operator {other}"))),
			};
			Expr::UnaryOp { op, expr: boxed(node, "operand")? }
		}
		Kind::Binary => binary(node)?,
		Kind::And => balanced(exprs(node, "terms")?, &sql::BinaryOperator::And),
		Kind::Or => balanced(exprs(node, "terms")?, &sql::BinaryOperator::Or),
		Kind::Is => {
			let operand = boxed(node, "operand")?;
			match (node.text("test").unwrap_or("null"), node.flag("negated")) {
				("null", false) => Expr::IsNull(operand),
				("null", true) => Expr::IsNotNull(operand),
				("true", false) => Expr::IsTrue(operand),
				("true", true) => Expr::IsNotTrue(operand),
				("false", false) => Expr::IsFalse(operand),
				("false", true) => Expr::IsNotFalse(operand),
				("unknown", false) => Expr::IsUnknown(operand),
				("unknown", true) => Expr::IsNotUnknown(operand),
				(other, _) => return Err(node.unsupported(&format!("the test {other}"))),
			}
		}
		Kind::Between => Expr::Between { expr: boxed(node, "operand")?, negated: node.flag("negated"), low: boxed(node, "low")?, high: boxed(node, "high")? },
		Kind::InList => Expr::InList { expr: boxed(node, "operand")?, list: exprs(node, "items")?, negated: node.flag("negated") },
		Kind::InQuery => Expr::InSubquery { expr: boxed(node, "operand")?, subquery: inner_query(node.need("query")?)?, negated: node.flag("negated") },
		Kind::Exists => Expr::Exists { subquery: inner_query(node.need("query")?)?, negated: node.flag("negated") },
		Kind::ScalarQuery => Expr::Subquery(inner_query(node.need("query")?)?),
		Kind::Query => Expr::Subquery(inner_query(node)?),
		Kind::Quantified => {
			let (left, right, compare_op) = (boxed(node, "left")?, boxed(node, "right")?, operator(node)?);
			if node.text("quantifier") == Some("all") {
				Expr::AllOp { left, compare_op, right }
			} else {
				Expr::AnyOp { left, compare_op, right, is_some: false }
			}
		}
		Kind::Like => {
			let (negated, expr, pattern) = (node.flag("negated"), boxed(node, "operand")?, Box::new(pattern(node)?));
			match node.text("form").unwrap_or("like") {
				"ilike" => Expr::ILike { negated, any: false, expr, pattern, escape_char: None },
				"similar" => Expr::SimilarTo { negated, expr, pattern, escape_char: None },
				_ => Expr::Like { negated, any: false, expr, pattern, escape_char: None },
			}
		}
		Kind::Case => {
			let whens = node.list("whens").map(|when| Ok(sql::CaseWhen { condition: expr(when.need("condition")?)?, result: expr(when.need("result")?)? }));
			let (operand, else_result) = (optional(node, "operand")?.map(Box::new), optional(node, "otherwise")?.map(Box::new));
			let conditions = whens.collect::<Result<_>>()?;
			Expr::Case { case_token: AttachedToken::empty(), end_token: AttachedToken::empty(), operand, conditions, else_result }
		}
		Kind::Cast => {
			let kind = if node.text("form") == Some("try_cast") { CastKind::TryCast } else { CastKind::Cast };
			types::cast(kind, expr(node.need("operand")?)?, &types::arrow_type(node.need("type")?)?)?
		}
		Kind::AtTimeZone => Expr::AtTimeZone { timestamp: boxed(node, "operand")?, time_zone: boxed(node, "zone")? },
		Kind::Call => call(node)?,
		Kind::Lambda => {
			let params = idents(node, "params").into_iter().map(|name| sql::LambdaFunctionParameter { name, data_type: None });
			Expr::Lambda(sql::LambdaFunction { params: sql::OneOrManyWithParens::Many(params.collect()), body: boxed(node, "body")?, syntax: sql::LambdaSyntax::Arrow })
		}
		Kind::Grouping => {
			let sets = node.list("sets").map(|set| if set.kind() == Kind::Row { exprs(set, "items") } else { Ok(vec![expr(set)?]) });
			let sets = sets.collect::<Result<Vec<_>>>()?;
			match node.text("form").unwrap_or("sets") {
				"rollup" => Expr::Rollup(sets),
				"cube" => Expr::Cube(sets),
				_ => Expr::GroupingSets(sets),
			}
		}
		Kind::Row => Expr::Tuple(exprs(node, "items")?),
		Kind::Array => function(node, "make_array", exprs(node, "items")?),
		Kind::Struct => {
			let mut args = vec![];
			for (i, field) in node.list("fields").enumerate() {
				let (name, operand) = match field.kind() {
					Kind::Alias => (field.need_text("name")?.to_string(), field.need("operand")?),
					_ => (format!("c{i}"), field),
				};
				args.push(string(field, &name));
				args.push(expr(operand)?);
			}
			function(node, "named_struct", args)
		}
		Kind::Map => {
			let keys = function(node, "make_array", exprs(node, "keys")?);
			let items = function(node, "make_array", exprs(node, "items")?);
			function(node, "map", vec![keys, items])
		}
		Kind::Alias | Kind::Cte | Kind::Select | Kind::SetOperation | Kind::Values | Kind::OrderItem | Kind::Table | Kind::Derived | Kind::Join | Kind::TableFunction
		| Kind::Unnest | Kind::When | Kind::NamedArg | Kind::Window | Kind::Frame | Kind::Type | Kind::TypeField => return Err(node.error("invalid_data", format!("{} is not an expression", node.kind().name()))),
	})
}

/// The engine's only escape is the backslash; a pattern that is written out can say the same with it.
fn pattern(node: Node) -> Result<Expr> {
	let given = node.need("pattern")?;
	let escape = match node.text("escape") {
		None | Some("\\") => return expr(given),
		Some(_) if given.kind() != Kind::String || node.text("form") == Some("similar") => return Err(node.unsupported("ESCAPE of a pattern that is no literal of LIKE")),
		Some(text) => text.chars().next(),
	};
	let (mut out, mut letters) = (String::new(), given.text("text").unwrap_or_default().chars());
	while let Some(letter) = letters.next() {
		let (letter, literal) = if Some(letter) == escape { (letters.next().unwrap_or(letter), true) } else { (letter, letter == '\\') };
		if literal && matches!(letter, '%' | '_' | '\\') {
			out.push('\\');
		}
		out.push(letter);
	}
	Ok(string(given, &out))
}

fn subscript(node: Node, subscript: sql::Subscript) -> Result<Expr> {
	Ok(Expr::CompoundFieldAccess { root: boxed(node, "operand")?, access_chain: vec![sql::AccessExpr::Subscript(subscript)] })
}

/// Fifty thousand terms make a tree sixteen levels deep.
fn balanced(mut terms: Vec<Expr>, op: &sql::BinaryOperator) -> Expr {
	if terms.len() <= 1 {
		return terms.pop().unwrap_or(Expr::Value(Value::Boolean(*op == sql::BinaryOperator::And).with_empty_span()));
	}
	let right = terms.split_off(terms.len() / 2);
	Expr::BinaryOp { left: Box::new(balanced(terms, op)), op: op.clone(), right: Box::new(balanced(right, op)) }
}

fn operator(node: Node) -> Result<sql::BinaryOperator> {
	use sql::BinaryOperator as Op;
	Ok(match node.text("op").unwrap_or("add") {
		"add" => Op::Plus,
		"subtract" => Op::Minus,
		"multiply" => Op::Multiply,
		"divide" => Op::Divide,
		"modulo" => Op::Modulo,
		"power" => Op::PGExp,
		"concat" => Op::StringConcat,
		"eq" => Op::Eq,
		"ne" => Op::NotEq,
		"lt" => Op::Lt,
		"le" => Op::LtEq,
		"gt" => Op::Gt,
		"ge" => Op::GtEq,
		"bit_and" => Op::BitwiseAnd,
		"bit_or" => Op::BitwiseOr,
		"bit_xor" => Op::BitwiseXor,
		"shift_left" => Op::PGBitwiseShiftLeft,
		"shift_right" => Op::PGBitwiseShiftRight,
		"regex_match" => Op::PGRegexMatch,
		"regex_match_i" => Op::PGRegexIMatch,
		"not_regex_match" => Op::PGRegexNotMatch,
		"not_regex_match_i" => Op::PGRegexNotIMatch,
		"contains" => Op::AtArrow,
		"contained_by" => Op::ArrowAt,
		// integer_divide, arrow and long_arrow have no meaning in DataFusion: the lane makes them explicit.
		other => return Err(node.unsupported(&format!("the operator {other}"))),
	})
}

/// A long chain of one operator leans to the left; it is built from its first operand on, not by recursion.
fn binary(node: Node) -> Result<Expr> {
	let mut links = vec![node];
	let mut first = node.need("left")?;
	while first.kind() == Kind::Binary {
		links.push(first);
		first = first.need("left")?;
	}
	let mut out = expr(first)?;
	for link in links.into_iter().rev() {
		let (left, right) = (Box::new(out), boxed(link, "right")?);
		out = match link.text("op") {
			Some("is_distinct_from") => Expr::IsDistinctFrom(left, right),
			Some("is_not_distinct_from") => Expr::IsNotDistinctFrom(left, right),
			_ => Expr::BinaryOp { left, op: operator(link)?, right },
		};
	}
	Ok(out)
}

fn interval(node: Node) -> Result<Expr> {
	use sql::DateTimeField as F;
	let mut value = boxed(node, "value")?;
	let leading_field = match node.text("unit").unwrap_or("text") {
		"text" => None,
		"year" => Some(F::Year),
		"quarter" => {
			let Expr::Value(sql::ValueWithSpan { value: Value::Number(n, _) | Value::SingleQuotedString(n), .. }) = value.as_ref() else {
				return Err(node.unsupported("an interval of quarters that is no literal"));
			};
			let quarters: i64 = n.trim().parse().map_err(|_| node.unsupported("a fraction of a quarter"))?;
			value = Box::new(string(node, &(quarters * 3).to_string()));
			Some(F::Month)
		}
		"month" => Some(F::Month),
		"week" => Some(F::Week(None)),
		"day" => Some(F::Day),
		"hour" => Some(F::Hour),
		"minute" => Some(F::Minute),
		"second" => Some(F::Second),
		"millisecond" => Some(F::Millisecond),
		"microsecond" => Some(F::Microsecond),
		"nanosecond" => Some(F::Nanosecond),
		other => return Err(node.unsupported(&format!("the interval unit {other}"))),
	};
	Ok(Expr::Interval(sql::Interval { value, leading_field, leading_precision: None, last_field: None, fractional_seconds_precision: None }))
}

/* ---- calls ---- */

fn unnamed(arg: Expr) -> sql::FunctionArg {
	sql::FunctionArg::Unnamed(sql::FunctionArgExpr::Expr(arg))
}

fn bare_call(name: ObjectName, args: Vec<sql::FunctionArg>) -> sql::Function {
	let args = sql::FunctionArguments::List(sql::FunctionArgumentList { duplicate_treatment: None, args, clauses: vec![] });
	let parameters = sql::FunctionArguments::None;
	sql::Function { name, uses_odbc_syntax: false, parameters, args, filter: None, null_treatment: None, over: None, within_group: vec![] }
}

/// A call of an engine function that stands for syntax.
fn function(node: Node, name: &str, args: Vec<Expr>) -> Expr {
	let name = ObjectName(vec![ObjectNamePart::Identifier(ident(node, name))]);
	Expr::Function(bare_call(name, args.into_iter().map(unnamed).collect()))
}

fn arguments(node: Node) -> Result<Vec<sql::FunctionArg>> {
	let args = node.list("args").map(|arg| {
		Ok(match arg.kind() {
			Kind::NamedArg => sql::FunctionArg::Named {
				name: ident(arg, arg.need_text("name")?),
				arg: sql::FunctionArgExpr::Expr(expr(arg.need("value")?)?),
				operator: sql::FunctionArgOperator::RightArrow,
			},
			_ => unnamed(expr(arg)?),
		})
	});
	args.collect()
}

fn call(node: Node) -> Result<Expr> {
	let mut out = bare_call(object_name(node, "name"), arguments(node)?);
	if let sql::FunctionArguments::List(list) = &mut out.args {
		list.duplicate_treatment = node.flag("distinct").then_some(sql::DuplicateTreatment::Distinct);
		let order_by = order_items(node, "order_by")?;
		list.clauses = if order_by.is_empty() { vec![] } else { vec![sql::FunctionArgumentClause::OrderBy(order_by)] };
	}
	out.filter = optional(node, "filter")?.map(Box::new);
	out.null_treatment = match node.text("nulls").unwrap_or("default") {
		"ignore" => Some(sql::NullTreatment::IgnoreNulls),
		"respect" => Some(sql::NullTreatment::RespectNulls),
		_ => None,
	};
	out.over = node.child("over").map(window).transpose()?;
	out.within_group = order_items(node, "within_group")?;
	Ok(Expr::Function(out))
}

fn window(node: Node) -> Result<sql::WindowType> {
	Ok(sql::WindowType::WindowSpec(sql::WindowSpec {
		window_name: None,
		partition_by: exprs(node, "partition_by")?,
		order_by: order_items(node, "order_by")?,
		window_frame: node.child("frame").map(frame).transpose()?,
	}))
}

fn frame(node: Node) -> Result<sql::WindowFrame> {
	use sql::WindowFrameBound as Bound;
	let bound = |field: &'static str, offset: &'static str| {
		let offset = optional(node, offset)?.map(Box::new);
		Ok(match node.text(field).unwrap_or("current_row") {
			"unbounded_preceding" => Bound::Preceding(None),
			"unbounded_following" => Bound::Following(None),
			"preceding" if offset.is_some() => Bound::Preceding(offset),
			"following" if offset.is_some() => Bound::Following(offset),
			"current_row" => Bound::CurrentRow,
			other => return Err(node.error("invalid_data", format!("a window frame of {other} without an offset"))),
		})
	};
	let units = match node.text("unit").unwrap_or("range") {
		"rows" => sql::WindowFrameUnits::Rows,
		"groups" => sql::WindowFrameUnits::Groups,
		_ => sql::WindowFrameUnits::Range,
	};
	Ok(sql::WindowFrame { units, start_bound: bound("start", "start_offset")?, end_bound: Some(bound("end", "end_offset")?) })
}
