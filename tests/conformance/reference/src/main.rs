//! DataFusion's reading of SQL, for comparison. JSON Lines in, JSON Lines out:
//!
//!   {"op":"read","sql":S,"dialect":D}         the query's text, an EXPLAIN around it taken off; null: it is no query
//!       → {"ok":true,"query":S | null,"dialect":D}    dialect: "generic" where that gives the same tree as the one that was asked for
//!   {"op":"compare","a":S,"b":S,"dialect":D}  by: the normalisations that changed a or b; path: the first place where they still differ
//!       → {"ok":true,"equal":true,"by":[N]} | {"ok":true,"equal":false,"path":P,"a":…,"b":…}
//!   {"op":"normalisations"}
//!       → {"ok":true,"names":[N]}
//!
//! compare takes "without": a normalisation to leave out. What DataFusion's parser does not accept answers {"ok":false,"error":…}. DataFusion's
//! parser is sqlparser's with a few statements of its own; of those only EXPLAIN stands before a query, so sqlparser alone is the measure.
mod normalise;
mod tree;

use serde_json::{Value, json};
use sqlparser::ast::Statement;
use sqlparser::dialect::dialect_from_str;
use sqlparser::keywords::Keyword;
use sqlparser::parser::{Parser, ParserError};
use sqlparser::tokenizer::{Location, Token, Tokenizer};
use std::io::{BufRead, Write};

/// DataFusion's default for `datafusion.sql_parser.recursion_limit`.
const RECURSION_LIMIT: usize = 50;

fn failed(what: impl std::fmt::Display) -> ParserError {
    ParserError::ParserError(what.to_string())
}

fn offset(sql: &str, at: Location) -> usize {
    let line: usize = sql.split_inclusive('\n').take(at.line as usize - 1).map(str::len).sum();
    line + sql[line..].chars().take(at.column as usize - 1).map(char::len_utf8).sum::<usize>()
}

fn starts_query(token: &Token) -> bool {
    match token {
        Token::LParen => true,
        Token::Word(w) => matches!(w.keyword, Keyword::SELECT | Keyword::WITH | Keyword::VALUES | Keyword::FROM),
        _ => false,
    }
}

/// The one query of the text and where it begins; None where the statement is of another kind (which is then not parsed).
fn query(sql: &str, dialect: &str) -> Result<Option<(Statement, usize)>, ParserError> {
    let dialect = dialect_from_str(dialect).ok_or_else(|| failed(format!("no dialect {dialect}")))?;
    let tokens = Tokenizer::new(dialect.as_ref(), sql).tokenize_with_location()?;
    let mut parser = Parser::new(dialect.as_ref()).with_tokens_with_locations(tokens).with_recursion_limit(RECURSION_LIMIT);
    while parser.consume_token(&Token::SemiColon) {}
    while parser.parse_keyword(Keyword::EXPLAIN) {
        let options = dialect.supports_explain_with_utility_options() && parser.peek_token() == Token::LParen;
        if options && !starts_query(&parser.peek_nth_token(1).token) {
            parser.parse_utility_options()?;
            continue;
        }
        let _ = parser.parse_keyword(Keyword::ANALYZE);
        let _ = parser.parse_keyword(Keyword::VERBOSE);
        if parser.parse_keyword(Keyword::FORMAT) {
            parser.next_token();
        }
    }
    let first = parser.peek_token();
    if !starts_query(&first.token) {
        return Ok(None);
    }
    let statement = parser.parse_statement()?;
    while parser.consume_token(&Token::SemiColon) {}
    let rest = parser.peek_token();
    if rest != Token::EOF {
        return Err(failed(format!("expected the end of the statement, found {rest}")));
    }
    Ok(Some((statement, offset(sql, first.span.start))))
}

fn tree_of(sql: &str, dialect: &str) -> Result<tree::Tree, ParserError> {
    let (statement, _) = query(sql, dialect)?.ok_or_else(|| failed("not a query"))?;
    Ok(tree::read(&format!("{statement:?}")))
}

fn compare(a: &str, b: &str, dialect: &str, without: Option<&str>) -> Result<Value, ParserError> {
    let mut a = tree_of(a, dialect)?;
    let mut b = tree_of(b, dialect).map_err(|e| failed(format!("the second text: {e}")))?;
    let mut by = Vec::new();
    if a != b {
        for n in normalise::ALL.iter().filter(|n| without != Some(n.name)) {
            if n.apply(&mut a) | n.apply(&mut b) {
                by.push(n.name);
            }
        }
    }
    let mut path = String::new();
    Ok(match tree::difference(&mut path, &a, &b) {
        None => json!({"ok": true, "equal": true, "by": by}),
        Some((x, y)) => json!({"ok": true, "equal": false, "path": path, "a": x.to_string(), "b": y.to_string()}),
    })
}

fn answer(line: &str) -> Result<Value, ParserError> {
    let request: Value = serde_json::from_str(line).map_err(failed)?;
    let text = |key: &str| request[key].as_str().ok_or_else(|| failed(format!("no {key}")));
    let dialect = request["dialect"].as_str().unwrap_or("generic");
    match text("op")? {
        "read" => {
            let sql = text("sql")?;
            let Some((statement, at)) = query(sql, dialect)? else {
                return Ok(json!({"ok": true, "query": null, "dialect": dialect}));
            };
            let plain = dialect == "generic" || matches!(query(sql, "generic"), Ok(Some((s, _))) if s == statement);
            Ok(json!({"ok": true, "query": &sql[at..], "dialect": if plain { "generic" } else { dialect }}))
        }
        "compare" => compare(text("a")?, text("b")?, dialect, request["without"].as_str()),
        "normalisations" => Ok(json!({"ok": true, "names": normalise::ALL.iter().map(|n| n.name).collect::<Vec<_>>()})),
        op => Err(failed(format!("no op {op}"))),
    }
}

fn main() -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    for line in std::io::stdin().lock().lines() {
        let reply = answer(&line?).unwrap_or_else(|e| json!({"ok": false, "error": e.to_string()}));
        out.write_all(format!("{reply}\n").as_bytes())?;
        out.flush()?;
    }
    Ok(())
}
