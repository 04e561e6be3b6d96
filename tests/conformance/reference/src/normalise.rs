//! Spellings of one construct that our tree does not keep apart, and DataFusion's syntax tree does. Each is a rewrite of one form to the other
//! that keeps every field; ../normalisations.txt has texts for each, which mean the same and differ without it.
use crate::tree::Tree;

pub struct Normalisation {
    pub name: &'static str,
    /// Rewrites one node in place whose children are done; says whether it did.
    rewrite: fn(&mut Tree) -> bool,
}

/// In this order.
pub const ALL: &[Normalisation] = &[
    Normalisation { name: "parentheses", rewrite: parentheses },
    Normalisation { name: "structs", rewrite: structs },
    Normalisation { name: "standard_calls", rewrite: standard_calls },
    Normalisation { name: "calls_without_parentheses", rewrite: calls_without_parentheses },
    Normalisation { name: "names", rewrite: names },
    Normalisation { name: "casts", rewrite: casts },
    Normalisation { name: "type_names", rewrite: type_names },
    Normalisation { name: "optional_words", rewrite: optional_words },
    Normalisation { name: "sort_defaults", rewrite: sort_defaults },
    Normalisation { name: "null_treatment", rewrite: null_treatment },
    Normalisation { name: "strings", rewrite: strings },
    Normalisation { name: "numbers", rewrite: numbers },
    Normalisation { name: "lists", rewrite: lists },
    Normalisation { name: "intervals", rewrite: intervals },
    Normalisation { name: "operators", rewrite: operators },
    Normalisation { name: "flat_conditions", rewrite: flat_conditions },
    Normalisation { name: "frame_end", rewrite: frame_end },
    Normalisation { name: "star_exclude", rewrite: star_exclude },
    Normalisation { name: "limits", rewrite: limits },
    Normalisation { name: "query_parentheses", rewrite: query_parentheses },
    Normalisation { name: "from_first", rewrite: from_first },
    Normalisation { name: "pipes", rewrite: pipes },
    Normalisation { name: "join_parentheses", rewrite: join_parentheses },
    Normalisation { name: "join_alias", rewrite: join_alias },
];

impl Normalisation {
    /// Bottom-up over the whole tree.
    pub fn apply(&self, tree: &mut Tree) -> bool {
        let mut changed = false;
        match tree {
            Tree::Text(_) => {}
            Tree::List(items) => items.iter_mut().for_each(|x| changed |= self.apply(x)),
            Tree::Node(_, fields) => fields.iter_mut().for_each(|(_, x)| changed |= self.apply(x)),
        }
        changed | (self.rewrite)(tree)
    }
}

/* ---- building ---- */

fn node(name: &str, fields: &[(&str, Tree)]) -> Tree {
    Tree::Node(name.into(), fields.iter().map(|(k, v)| (k.to_string(), v.clone())).collect())
}

fn tuple(name: &str, items: &[Tree]) -> Tree {
    Tree::Node(name.into(), items.iter().map(|v| (String::new(), v.clone())).collect())
}

fn word(name: &str) -> Tree {
    tuple(name, &[])
}

fn some(x: Tree) -> Tree {
    tuple("Some", &[x])
}

fn ident(name: &str) -> Tree {
    node("Ident", &[("value", Tree::Text(name.into())), ("quote_style", some(Tree::Text("\"".into())))])
}

fn literal(value: Tree) -> Tree {
    tuple("Value", &[node("ValueWithSpan", &[("value", value)])])
}

fn text(s: &str) -> Tree {
    literal(tuple("SingleQuotedString", &[Tree::Text(s.into())]))
}

fn argument(x: Tree) -> Tree {
    tuple("Unnamed", &[tuple("Expr", &[x])])
}

/// A plain call of a function.
fn call(name: &str, args: Vec<Tree>) -> Tree {
    let args = node(
        "FunctionArgumentList",
        &[("duplicate_treatment", word("None")), ("args", Tree::List(args.into_iter().map(argument).collect())), ("clauses", Tree::List(Vec::new()))],
    );
    let function = node(
        "Function",
        &[
            ("name", tuple("ObjectName", &[Tree::List(vec![tuple("Identifier", &[ident(name)])])])),
            ("uses_odbc_syntax", word("false")),
            ("parameters", word("None")),
            ("args", tuple("List", &[args])),
            ("filter", word("None")),
            ("null_treatment", word("None")),
            ("over", word("None")),
            ("within_group", Tree::List(Vec::new())),
        ],
    );
    tuple("Function", &[function])
}

fn replace(tree: &mut Tree, with: Tree) -> bool {
    *tree = with;
    true
}

/* ---- the rules ---- */

/// (x) is x.
fn parentheses(tree: &mut Tree) -> bool {
    match tree.one("Nested") {
        Some(inner) => {
            let inner = inner.clone();
            replace(tree, inner)
        }
        None => false,
    }
}

/// An unquoted name is the quoted one in lower case; `x` is "x".
fn names(tree: &mut Tree) -> bool {
    if !tree.is("Ident") {
        return false;
    }
    let quoted = !tree.get("quote_style").is("None");
    if let Some(Tree::Text(value)) = tree.get_mut("value").filter(|_| !quoted) {
        value.make_ascii_lowercase();
    }
    tree.set("quote_style", some(Tree::Text("\"".into())))
}

/// x::t and t 'x' are CAST(x AS t).
fn casts(tree: &mut Tree) -> bool {
    if tree.is("Cast") && tree.get("kind").is("DoubleColon") {
        return tree.set("kind", word("Cast"));
    }
    let Some(typed) = tree.one("TypedString").filter(|t| t.is("TypedString") && t.get("uses_odbc_syntax").is("false")) else {
        return false;
    };
    let cast = node(
        "Cast",
        &[
            ("kind", word("Cast")),
            ("expr", tuple("Value", &[typed.get("value").clone()])),
            ("data_type", typed.get("data_type").clone()),
            ("array", word("false")),
            ("format", word("None")),
        ],
    );
    replace(tree, cast)
}

/// Names of one Arrow type, by DataFusion's table of types; a length or width that the type does not have.
fn type_names(tree: &mut Tree) -> bool {
    const NAMES: &[(&str, &str)] = &[
        ("Bool", "Boolean"),
        ("Int2", "SmallInt"),
        ("Int", "Integer"),
        ("Int4", "Integer"),
        ("Int8", "BigInt"),
        ("Int2Unsigned", "SmallIntUnsigned"),
        ("IntUnsigned", "IntegerUnsigned"),
        ("Int4Unsigned", "IntegerUnsigned"),
        ("Int8Unsigned", "BigIntUnsigned"),
        ("Real", "Float"),
        ("Float4", "Float"),
        ("Float8", "DoublePrecision"),
        ("Char", "Text"),
        ("Varchar", "Text"),
        ("String", "Text"),
        ("Numeric", "Decimal"),
    ];
    const SIZED: &[&str] = &["TinyInt", "SmallInt", "Integer", "BigInt", "TinyIntUnsigned", "SmallIntUnsigned", "IntegerUnsigned", "BigIntUnsigned", "Text", "Float"];
    let before = tree.clone();
    if tree.is("Double") && tree.one("Double").is_some_and(|n| n.is("None")) {
        return replace(tree, word("DoublePrecision"));
    }
    if let Tree::Node(name, fields) = tree {
        let type_like = fields.len() <= 1 && !matches!(fields.first(), Some((key, _)) if !key.is_empty());
        if type_like && let Some((_, to)) = NAMES.iter().find(|(from, _)| from == name) {
            *name = to.to_string();
        }
        if type_like && SIZED.contains(&name.as_str()) {
            fields.clear();
        }
        if name == "Decimal" && fields.len() == 1 {
            /* DECIMAL is DECIMAL(38, 10), DECIMAL(p) is DECIMAL(p, 0). */
            let numbers = match &fields[0].1 {
                n if n.is("None") => Some((word("38"), word("10"))),
                n => n.one("Precision").map(|p| (p.clone(), word("0"))),
            };
            if let Some((p, s)) = numbers {
                fields[0].1 = tuple("PrecisionAndScale", &[p, s]);
            }
        }
        if (name == "Timestamp" || name == "Time") && fields.len() == 2 {
            if name == "Timestamp" && fields[0].1.one("Some").is_some_and(|n| n.is("9")) {
                fields[0].1 = word("None");
            }
            if fields[1].1.is("WithoutTimeZone") {
                fields[1].1 = word("None");
            }
            if fields[1].1.is("Tz") {
                fields[1].1 = word("WithTimeZone");
            }
        }
    }
    *tree != before
}

/// Words that may be left out or stand for another: AS, INNER, OUTER, ALL of SELECT, DISTINCT of UNION, ROW of VALUES, ROWS of OFFSET.
fn optional_words(tree: &mut Tree) -> bool {
    const JOINS: &[(&str, &str)] = &[("Inner", "Join"), ("LeftOuter", "Left"), ("RightOuter", "Right")];
    let mut changed = false;
    match tree {
        Tree::Node(name, fields) if fields.len() == 1 => {
            if let Some((_, to)) = JOINS.iter().find(|(from, _)| from == name) {
                *name = to.to_string();
                changed = true;
            }
        }
        _ => {}
    }
    if tree.is("TableAlias") {
        changed |= tree.set("explicit", word("true"));
    }
    for field in ["distinct", "duplicate_treatment"] {
        if tree.get(field).one("Some").is_some_and(|v| v.is("All")) {
            changed |= tree.set(field, word("None"));
        }
    }
    for (from, to) in [("Distinct", "None"), ("DistinctByName", "ByName")] {
        if tree.get("set_quantifier").is(from) {
            changed |= tree.set("set_quantifier", word(to));
        }
    }
    if tree.is("Values") {
        changed |= tree.set("explicit_row", word("false"));
    }
    changed
}

/// ASC, and NULLS LAST ascending and NULLS FIRST descending, are what an order is without them.
fn sort_defaults(tree: &mut Tree) -> bool {
    if !tree.is("OrderByOptions") {
        return false;
    }
    let mut changed = false;
    if tree.get("asc").one("Some").is_some_and(|v| v.is("true")) {
        changed |= tree.set("asc", word("None"));
    }
    let usual = if tree.get("asc").is("None") { "false" } else { "true" };
    if tree.get("nulls_first").one("Some").is_some_and(|v| v.is(usual)) {
        changed |= tree.set("nulls_first", word("None"));
    }
    changed
}

/// The standard's calls with words between their arguments are calls of a function.
fn standard_calls(tree: &mut Tree) -> bool {
    let Tree::Node(kind, _) = &*tree else { return false };
    let get = |key: &str| tree.get(key).clone();
    let optional = |key: &str| tree.get(key).one("Some").cloned();
    let plain = match kind.as_str() {
        "Extract" => {
            let custom = tree.get("field").one("Custom");
            let field = match custom.map(|i| (i.get("value"), i.get("quote_style"))) {
                Some((Tree::Text(field), quote)) if *quote == some(Tree::Text("'".into())) => format!("'{field}'"),
                Some((Tree::Text(field), quote)) if *quote == some(Tree::Text("\"".into())) => format!("\"{field}\""),
                Some((Tree::Text(field), _)) => field.clone(),
                _ => match tree.get("field") {
                    Tree::Node(unit, of) if unit == "Week" && of.first().is_some_and(|(_, day)| day.is("None")) => "WEEK".into(),
                    field => field.to_string().to_uppercase(),
                },
            };
            call("date_part", vec![text(&field), get("expr")])
        }
        "Ceil" | "Floor" if tree.get("field").one("DateTimeField").is_some_and(|f| f.is("NoDateTime")) => call(&kind.to_lowercase(), vec![get("expr")]),
        "Position" => call("strpos", vec![get("in"), get("expr")]),
        "Overlay" => {
            let args = [Some(get("expr")), Some(get("overlay_what")), Some(get("overlay_from")), optional("overlay_for")];
            call("overlay", args.into_iter().flatten().collect())
        }
        "Substring" => {
            let one = literal(node("Number", &[("", Tree::Text("1".into())), ("", word("false"))]));
            let (from, length) = (optional("substring_from"), optional("substring_for"));
            let from = if length.is_some() { from.or(Some(one)) } else { from };
            call("substr", [Some(get("expr")), from, length].into_iter().flatten().collect())
        }
        "Trim" => {
            let name = match tree.get("trim_where").one("Some") {
                Some(side) if side.is("Leading") => "ltrim",
                Some(side) if side.is("Trailing") => "rtrim",
                _ => "btrim",
            };
            let mut args = vec![get("expr")];
            args.extend(optional("trim_what"));
            if let Some(Tree::List(characters)) = optional("trim_characters") {
                args.extend(characters);
            }
            call(name, args)
        }
        _ => return false,
    };
    replace(tree, plain)
}

/// E'…' and $$…$$ are strings; X'AB' is X'ab', and a first digit without its partner is a byte of its own.
fn strings(tree: &mut Tree) -> bool {
    let with = match tree {
        Tree::Node(name, fields) if name == "HexStringLiteral" => {
            let Tree::Text(hex) = &mut fields[0].1 else { return false };
            let lower = format!("{}{}", if hex.len() % 2 == 1 { "0" } else { "" }, hex.to_ascii_lowercase());
            return if *hex == lower {
                false
            } else {
                *hex = lower;
                true
            };
        }
        Tree::Node(name, fields) if name == "EscapedStringLiteral" => fields[0].1.clone(),
        Tree::Node(name, fields) if name == "DollarQuotedString" && fields.len() == 1 => fields[0].1.get("value").clone(),
        _ => return false,
    };
    replace(tree, tuple("SingleQuotedString", &[with]))
}

/// 1_000 is 1000.
fn numbers(tree: &mut Tree) -> bool {
    match tree {
        Tree::Node(name, fields) if name == "Number" && fields.len() == 2 => match &mut fields[0].1 {
            Tree::Text(digits) if digits.contains('_') => {
                *digits = digits.replace('_', "");
                true
            }
            _ => false,
        },
        _ => false,
    }
}

/// ARRAY[x] is [x], and ARRAY<t> is t[].
fn lists(tree: &mut Tree) -> bool {
    if let Some(inner) = tree.one("AngleBracket") {
        let list = tuple("SquareBracket", &[inner.clone(), word("None")]);
        return replace(tree, list);
    }
    tree.is("Array") && tree.get("named").is("true") && tree.set("named", word("false"))
}

/// 5 YEARS are 5 YEAR.
fn intervals(tree: &mut Tree) -> bool {
    if !tree.is("Interval") {
        return false;
    }
    match tree.get_mut("leading_field") {
        Some(Tree::Node(_, fields)) if fields.len() == 1 => match &mut fields[0].1 {
            Tree::Node(unit, _) if unit.ends_with('s') => {
                unit.pop();
                true
            }
            _ => false,
        },
        _ => false,
    }
}

/// a <=> b is a IS NOT DISTINCT FROM b; a ^ b is a XOR b.
fn operators(tree: &mut Tree) -> bool {
    if !tree.is("BinaryOp") {
        return false;
    }
    if tree.get("op").is("BitwiseXor") {
        let word = node("BinaryOp", &[("left", tree.get("left").clone()), ("op", tuple("Xor", &[])), ("right", tree.get("right").clone())]);
        return replace(tree, word);
    }
    if !tree.get("op").is("Spaceship") {
        return false;
    }
    let test = tuple("IsNotDistinctFrom", &[tree.get("left").clone(), tree.get("right").clone()]);
    replace(tree, test)
}

/// a AND (b AND c) is (a AND b) AND c; so with OR.
fn flat_conditions(tree: &mut Tree) -> bool {
    let word = |t: &Tree| ["And", "Or"].into_iter().find(|op| t.is("BinaryOp") && t.get("op").is(op));
    let Some(op) = word(tree).filter(|op| word(tree.get("right")) == Some(op)) else { return false };
    let binary = |left: Tree, right: Tree| node("BinaryOp", &[("left", left), ("op", tuple(op, &[])), ("right", right)]);
    let right = tree.get("right");
    let mut left = binary(tree.get("left").clone(), right.get("left").clone());
    flat_conditions(&mut left);
    let flat = binary(left, right.get("right").clone());
    replace(tree, flat)
}

/// f(x IGNORE NULLS) is f(x) IGNORE NULLS.
fn null_treatment(tree: &mut Tree) -> bool {
    if !tree.is("Function") || !tree.get("null_treatment").is("None") {
        return false;
    }
    let clauses = tree.get_mut("args").and_then(|args| match args {
        Tree::Node(n, fields) if n == "List" => fields[0].1.get_mut("clauses"),
        _ => None,
    });
    let Some(Tree::List(clauses)) = clauses else { return false };
    let Some(i) = clauses.iter().position(|c| c.is("IgnoreOrRespectNulls")) else { return false };
    let how = clauses.remove(i).one("IgnoreOrRespectNulls").cloned().unwrap_or(word("None"));
    tree.set("null_treatment", some(how))
}

/// ROWS 3 PRECEDING is ROWS BETWEEN 3 PRECEDING AND CURRENT ROW.
fn frame_end(tree: &mut Tree) -> bool {
    tree.is("WindowFrame") && tree.get("end_bound").is("None") && tree.set("end_bound", some(word("CurrentRow")))
}

/// * EXCEPT (a, b) and * EXCLUDE a are * EXCLUDE (a, b) and * EXCLUDE (a).
fn star_exclude(tree: &mut Tree) -> bool {
    let name = |i: &Tree| tuple("ObjectName", &[Tree::List(vec![tuple("Identifier", &[i.clone()])])]);
    if let Some(single) = tree.one("Single").filter(|t| t.is("ObjectName")) {
        let several = tuple("Multiple", &[Tree::List(vec![single.clone()])]);
        return replace(tree, several);
    }
    if !tree.is("WildcardAdditionalOptions") || !tree.get("opt_exclude").is("None") {
        return false;
    }
    let Some(except) = tree.get("opt_except").one("Some") else { return false };
    let mut columns = vec![name(except.get("first_element"))];
    if let Tree::List(more) = except.get("additional_elements") {
        columns.extend(more.iter().map(name));
    }
    let exclude = some(tuple("Multiple", &[Tree::List(columns)]));
    tree.set("opt_exclude", exclude) | tree.set("opt_except", word("None"))
}

/// LIMIT m, n is LIMIT n OFFSET m; LIMIT NULL is no limit; the word behind OFFSET n says nothing.
fn limits(tree: &mut Tree) -> bool {
    if tree.is("OffsetCommaLimit") {
        let offset = node("Offset", &[("value", tree.get("offset").clone()), ("rows", word("None"))]);
        let both = [("limit", some(tree.get("limit").clone())), ("offset", some(offset)), ("limit_by", Tree::List(Vec::new()))];
        return replace(tree, node("LimitOffset", &both));
    }
    if tree.is("Offset") {
        return tree.set("rows", word("None"));
    }
    let mut changed = false;
    if tree.is("LimitOffset") && tree.get("limit").one("Some") == Some(&literal(word("Null"))) {
        changed = tree.set("limit", word("None"));
    }
    if tree.is("Query") {
        let nothing = node("LimitOffset", &[("limit", word("None")), ("offset", word("None")), ("limit_by", Tree::List(Vec::new()))]);
        if tree.get("limit_clause").one("Some") == Some(&nothing) {
            changed |= tree.set("limit_clause", word("None"));
        }
    }
    changed
}

/// A query in parentheses that has nothing but its body is its body, and one whose outer query has nothing else is that query.
fn query_parentheses(tree: &mut Tree) -> bool {
    let mut changed = false;
    for field in ["body", "left", "right"] {
        while let Some(inner) = tree.get(field).one("Query").filter(|q| q.is("Query")) {
            let Tree::Node(_, fields) = inner else { break };
            if !fields.iter().all(|(key, v)| key == "body" || says_nothing(v)) {
                break;
            }
            let body = inner.get("body").clone();
            changed |= tree.set(field, body);
        }
    }
    if let Tree::Node(name, fields) = tree
        && name == "Query"
        && fields.iter().all(|(key, v)| key == "body" || says_nothing(v))
        && let Some(inner) = tree.get("body").one("Query").cloned()
    {
        return replace(tree, inner);
    }
    changed
}

/// a, (b JOIN c) JOIN d: joins bind to the left, so the parentheses around the first of them say nothing.
fn join_parentheses(tree: &mut Tree) -> bool {
    if !tree.is("TableWithJoins") || !tree.get("relation").is("NestedJoin") || !tree.get("relation").get("alias").is("None") {
        return false;
    }
    let inner = tree.get("relation").get("table_with_joins").clone();
    let (Tree::List(mut joins), Tree::List(more)) = (inner.get("joins").clone(), tree.get("joins").clone()) else { return false };
    joins.extend(more);
    tree.set("relation", inner.get("relation").clone()) | tree.set("joins", Tree::List(joins))
}

/// (a JOIN b) AS c is (SELECT * FROM a JOIN b) AS c.
fn join_alias(tree: &mut Tree) -> bool {
    if !tree.is("Derived") || !tree.get("sample").is("None") || tree.get("lateral").is("true") {
        return false;
    }
    let Some(select) = tree.get("subquery").get("body").one("Select") else { return false };
    let (Tree::List(projection), Tree::List(from)) = (select.get("projection"), select.get("from")) else { return false };
    let nothing = |key: &str, t: &Tree| key == "body" || says_nothing(t);
    let plain = match (tree.get("subquery"), select) {
        (Tree::Node(_, query), Tree::Node(_, fields)) => {
            let allowed = |key: &str| ["projection", "from", "group_by", "top_before_distinct", "window_before_qualify", "flavor"].contains(&key);
            query.iter().all(|(k, v)| nothing(k, v)) && fields.iter().all(|(k, v)| allowed(k) || nothing(k, v))
        }
        _ => false,
    };
    let ungrouped = node("Expressions", &[("", Tree::List(Vec::new())), ("", Tree::List(Vec::new()))]);
    let star = projection.len() == 1 && projection[0].one("Wildcard").is_some_and(|w| matches!(w, Tree::Node(_, f) if f.iter().all(|(_, v)| v.is("None"))));
    let joined = from.len() == 1 && matches!(from[0].get("joins"), Tree::List(l) if !l.is_empty());
    if !plain || !star || !joined || *select.get("group_by") != ungrouped || tree.get("alias").is("None") {
        return false;
    }
    let nested = node("NestedJoin", &[("table_with_joins", from[0].clone()), ("alias", tree.get("alias").clone())]);
    replace(tree, nested)
}

/// STRUCT(x AS a) is {'a': x}; the name is taken as it is written.
fn structs(tree: &mut Tree) -> bool {
    if tree.is("DictionaryField") && tree.get("key").is("Ident") {
        let key = tree.get("key").get("value").clone();
        return tree.set("key", key);
    }
    if !tree.is("Struct") || *tree.get("fields") != Tree::List(Vec::new()) {
        return false;
    }
    let Tree::List(values) = tree.get("values") else { return false };
    if values.is_empty() || !values.iter().all(|v| v.is("Named")) {
        return false;
    }
    let fields = values.iter().map(|v| node("DictionaryField", &[("key", v.get("name").get("value").clone()), ("value", v.get("expr").clone())])).collect();
    replace(tree, tuple("Dictionary", &[Tree::List(fields)]))
}

/// CURRENT_TIMESTAMP is current_timestamp(), CURRENT_DATE current_date(); a word such as USER, which is no function of DataFusion's, is a column.
fn calls_without_parentheses(tree: &mut Tree) -> bool {
    let Some(function) = tree.one("Function").filter(|f| f.is("Function") && f.get("args").is("None")) else { return false };
    let Some(Tree::List(parts)) = function.get("name").one("ObjectName") else { return false };
    let idents: Vec<Tree> = parts.iter().filter_map(|p| p.one("Identifier").cloned()).collect();
    let Some(Tree::Text(first)) = idents.first().map(|i| i.get("value")) else { return false };
    let name = first.to_lowercase();
    let with = match (idents.len(), name.as_str()) {
        (1, "current_timestamp" | "current_date" | "current_time") => call(&name, Vec::new()),
        (1, _) => tuple("Identifier", &[idents[0].clone()]),
        _ => tuple("CompoundIdentifier", &[Tree::List(idents)]),
    };
    replace(tree, with)
}

/* ---- queries in another order ---- */

fn says_nothing(v: &Tree) -> bool {
    v.is("None") || v.is("false") || matches!(v, Tree::List(l) if l.is_empty())
}

fn plain_star() -> Tree {
    const OPTIONS: [&str; 6] = ["opt_ilike", "opt_exclude", "opt_except", "opt_replace", "opt_rename", "opt_alias"];
    let options: Vec<(&str, Tree)> = OPTIONS.iter().map(|key| (*key, word("None"))).collect();
    tuple("Wildcard", &[node("WildcardAdditionalOptions", &options)])
}

/// FROM t SELECT a is SELECT a FROM t; FROM t alone has no columns, as SELECT FROM t.
fn from_first(tree: &mut Tree) -> bool {
    let first = tree.get("flavor").is("FromFirst") || tree.get("flavor").is("FromFirstNoSelect");
    tree.is("Select") && first && tree.set("flavor", word("Standard"))
}

/// SELECT * FROM … [WHERE …] of a query that has nothing else: a pipe's next operator goes into it.
fn open_select(query: &Tree) -> Option<&Tree> {
    let select = query.get("body").one("Select")?;
    let alone = |key: &str| ["limit_clause", "order_by", "fetch"].contains(&key);
    let (Tree::Node(_, outer), Tree::Node(_, inner)) = (query, select) else { return None };
    let ungrouped = node("Expressions", &[("", Tree::List(Vec::new())), ("", Tree::List(Vec::new()))]);
    let free = |key: &str| ["projection", "from", "selection", "group_by", "flavor"].contains(&key);
    let open = outer.iter().all(|(k, v)| !alone(k) || says_nothing(v))
        && inner.iter().all(|(k, v)| free(k) || says_nothing(v))
        && *select.get("group_by") == ungrouped
        && *select.get("projection") == Tree::List(vec![plain_star()]);
    open.then_some(select)
}

fn bare_query(like: &Tree, body: Tree) -> Tree {
    let Tree::Node(name, fields) = like else { return body };
    let empty = |v: &Tree| if matches!(v, Tree::List(_)) { Tree::List(Vec::new()) } else { word("None") };
    Tree::Node(name.clone(), fields.iter().map(|(k, v)| (k.clone(), if k == "body" { body.clone() } else { empty(v) })).collect())
}

/// SELECT * FROM (query) [AS alias]
fn around(query: &Tree, alias: Tree) -> Tree {
    const LISTS: [&str; 10] =
        ["optimizer_hints", "projection", "from", "lateral_views", "connect_by", "cluster_by", "distribute_by", "sort_by", "named_window", "group_by"];
    const FIELDS: [&str; 23] = [
        "optimizer_hints", "distinct", "select_modifiers", "top", "top_before_distinct", "projection", "exclude", "into", "from", "lateral_views",
        "prewhere", "selection", "connect_by", "group_by", "cluster_by", "distribute_by", "sort_by", "having", "named_window", "qualify",
        "window_before_qualify", "value_table_mode", "flavor",
    ];
    let derived = node("Derived", &[("lateral", word("false")), ("subquery", query.clone()), ("alias", alias), ("sample", word("None"))]);
    let from = node("TableWithJoins", &[("relation", derived), ("joins", Tree::List(Vec::new()))]);
    let fields: Vec<(&str, Tree)> = FIELDS
        .iter()
        .map(|key| {
            let value = match *key {
                "projection" => Tree::List(vec![plain_star()]),
                "from" => Tree::List(vec![from.clone()]),
                "group_by" => node("Expressions", &[("", Tree::List(Vec::new())), ("", Tree::List(Vec::new()))]),
                "flavor" => word("Standard"),
                "top_before_distinct" | "window_before_qualify" => word("false"),
                list if LISTS.contains(&list) => Tree::List(Vec::new()),
                _ => word("None"),
            };
            (*key, value)
        })
        .collect();
    bare_query(query, tuple("Select", &[node("Select", &fields)]))
}

fn select_of(query: &mut Tree) -> &mut Tree {
    if open_select(query).is_none() {
        *query = around(query, word("None"));
    }
    select_mut(query)
}

fn select_mut(query: &mut Tree) -> &mut Tree {
    match query.get_mut("body") {
        Some(Tree::Node(_, fields)) => &mut fields[0].1,
        _ => unreachable!("a body"),
    }
}

fn table_alias(name: &Tree) -> Tree {
    let fields = [("explicit", word("true")), ("name", name.clone()), ("columns", Tree::List(Vec::new())), ("at", word("None"))];
    some(node("TableAlias", &fields))
}

/// An expression with an optional alias as an item of a select list.
fn item(e: &Tree) -> Tree {
    let e = e.get("expr");
    match e.get("alias").one("Some") {
        Some(alias) => node("ExprWithAlias", &[("expr", e.get("expr").clone()), ("alias", alias.clone())]),
        None => tuple("UnnamedExpr", &[e.get("expr").clone()]),
    }
}

/// q |> operator … is a query around q, or q itself where it is still SELECT * FROM ….
fn pipes(tree: &mut Tree) -> bool {
    let Tree::List(operators) = tree.get("pipe_operators").clone() else { return false };
    if !tree.is("Query") || operators.is_empty() {
        return false;
    }
    tree.set("pipe_operators", Tree::List(Vec::new()));
    for operator in &operators {
        let Tree::Node(name, _) = operator else { return true };
        match name.as_str() {
            "Where" => {
                let select = select_of(tree);
                let condition = match select.get("selection").one("Some") {
                    Some(before) => node("BinaryOp", &[("left", before.clone()), ("op", word("And")), ("right", operator.get("expr").clone())]),
                    None => operator.get("expr").clone(),
                };
                select.set("selection", some(condition));
            }
            "Select" => {
                select_of(tree).set("projection", operator.get("exprs").clone());
            }
            "Extend" => {
                let mut items = vec![plain_star()];
                if let Tree::List(more) = operator.get("exprs") {
                    items.extend(more.iter().cloned());
                }
                select_of(tree).set("projection", Tree::List(items));
            }
            "Aggregate" => {
                let list = |key: &str| if let Tree::List(l) = operator.get(key) { l.clone() } else { Vec::new() };
                let (keys, values) = (list("group_by_expr"), list("full_table_exprs"));
                let expressions = keys.iter().map(|k| k.get("expr").get("expr").clone()).collect();
                let select = select_of(tree);
                select.set("projection", Tree::List(keys.iter().chain(&values).map(item).collect()));
                select.set("group_by", node("Expressions", &[("", Tree::List(expressions)), ("", Tree::List(Vec::new()))]));
            }
            "OrderBy" => {
                if open_select(tree).is_none() {
                    *tree = around(tree, word("None"));
                }
                let kind = tuple("Expressions", &[operator.get("exprs").clone()]);
                tree.set("order_by", some(node("OrderBy", &[("kind", kind), ("interpolate", word("None"))])));
            }
            "Limit" => {
                if !tree.get("limit_clause").is("None") {
                    *tree = around(tree, word("None"));
                }
                let offset = operator.get("offset").one("Some").map(|v| some(node("Offset", &[("value", v.clone()), ("rows", word("None"))])));
                let both = [("limit", some(operator.get("expr").clone())), ("offset", offset.unwrap_or(word("None"))), ("limit_by", Tree::List(Vec::new()))];
                tree.set("limit_clause", some(node("LimitOffset", &both)));
            }
            "As" => {
                let alias = table_alias(operator.get("alias"));
                let lone = open_select(tree).is_some_and(|s| {
                    let from = s.get("from").one_item();
                    let table = from.is_some_and(|t| *t.get("joins") == Tree::List(Vec::new()) && t.get("relation").is("Table") && t.get("relation").get("alias").is("None"));
                    table && s.get("selection").is("None")
                });
                match lone {
                    true => {
                        let from = select_mut(tree).get_mut("from").and_then(Tree::one_item_mut).and_then(|t| t.get_mut("relation"));
                        from.map(|relation| relation.set("alias", alias));
                    }
                    false => *tree = around(tree, alias),
                }
            }
            "Union" | "Intersect" | "Except" => {
                let Tree::List(queries) = operator.get("queries") else { return true };
                for query in queries {
                    let bare = |q: &Tree| matches!(q, Tree::Node(_, f) if f.iter().all(|(k, v)| k == "body" || says_nothing(v)));
                    let side = |q: &Tree| if bare(q) { q.get("body").clone() } else { tuple("Query", &[q.clone()]) };
                    let quantifier = operator.get("set_quantifier").clone();
                    let fields = [("left", side(tree)), ("op", word(name)), ("set_quantifier", quantifier), ("right", side(query))];
                    *tree = bare_query(tree, node("SetOperation", &fields));
                }
            }
            "Join" => {
                let fits = open_select(tree).is_some_and(|s| s.get("selection").is("None") && s.get("from").one_item().is_some());
                if !fits {
                    *tree = around(tree, word("None"));
                }
                let joins = select_mut(tree).get_mut("from").and_then(Tree::one_item_mut).and_then(|t| t.get_mut("joins"));
                if let (Some(Tree::List(joins)), Some(join)) = (joins, operator.one("Join")) {
                    joins.push(join.clone());
                }
            }
            _ => {
                tree.set("pipe_operators", Tree::List(operators));
                return true;
            }
        }
    }
    true
}
