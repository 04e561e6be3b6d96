//! A syntax tree as data: read from what `{:?}` prints, without spans and attached tokens, which say only where something stood.
use std::fmt;

#[derive(Clone, PartialEq, Debug)]
pub enum Tree {
    /// A struct, a variant, or a bare word: `Name`, `Name(a, b)`, `Name { field: a }`; fields of tuples have no name.
    Node(String, Vec<(String, Tree)>),
    List(Vec<Tree>),
    Text(String),
}

impl fmt::Display for Tree {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Tree::Text(s) => write!(f, "{s:?}"),
            Tree::List(items) => {
                f.write_str("[")?;
                for (i, x) in items.iter().enumerate() {
                    write!(f, "{}{x}", if i > 0 { ", " } else { "" })?;
                }
                f.write_str("]")
            }
            Tree::Node(name, fields) => {
                f.write_str(name)?;
                let quiet = |v: &Tree| matches!(v, Tree::Node(n, _) if n == "None" || n == "false") || matches!(v, Tree::List(l) if l.is_empty());
                if fields.is_empty() {
                    return Ok(());
                }
                f.write_str("(")?;
                let mut first = true;
                for (key, v) in fields.iter().filter(|(key, v)| key.is_empty() || !quiet(v)) {
                    write!(f, "{}{key}{}{v}", if first { "" } else { ", " }, if key.is_empty() { "" } else { ": " })?;
                    first = false;
                }
                f.write_str(")")
            }
        }
    }
}

struct Reader<'a> {
    text: &'a [u8],
    at: usize,
}

/// The tree that `text`, printed by a derived Debug, shows. Panics on anything else: it is never foreign.
pub fn read(text: &str) -> Tree {
    let mut r = Reader { text: text.as_bytes(), at: 0 };
    let tree = r.value();
    assert_eq!(r.at, text.len(), "{}", &text[r.at..]);
    tree
}

impl Reader<'_> {
    fn peek(&self) -> u8 {
        self.text.get(self.at).copied().unwrap_or(0)
    }

    fn space(&mut self) {
        while self.peek() == b' ' {
            self.at += 1;
        }
    }

    fn take(&mut self, c: u8) -> bool {
        self.space();
        let found = self.peek() == c;
        self.at += found as usize;
        found
    }

    fn quoted(&mut self, quote: u8) -> String {
        let mut out = Vec::new();
        self.at += 1;
        while self.peek() != quote {
            if self.peek() != b'\\' {
                out.push(self.peek());
                self.at += 1;
                continue;
            }
            let c = self.text[self.at + 1];
            self.at += 2;
            match c {
                b'n' => out.push(b'\n'),
                b'r' => out.push(b'\r'),
                b't' => out.push(b'\t'),
                b'0' => out.push(0),
                b'u' => {
                    let end = self.at + self.text[self.at..].iter().position(|&c| c == b'}').expect("a closing brace");
                    let digits = std::str::from_utf8(&self.text[self.at + 1..end]).expect("digits");
                    let c = u32::from_str_radix(digits, 16).ok().and_then(char::from_u32).expect("a code point");
                    out.extend(c.to_string().bytes());
                    self.at = end + 1;
                }
                other => out.push(other),
            }
        }
        self.at += 1;
        String::from_utf8(out).expect("UTF-8")
    }

    /// `Span(Location(1,2)..Location(1,4))` and other values that are dropped.
    fn skip_span(&mut self) {
        let mut depth = 0;
        loop {
            match self.peek() {
                b'(' => depth += 1,
                b')' => {
                    depth -= 1;
                    if depth == 0 {
                        self.at += 1;
                        return;
                    }
                }
                _ => {}
            }
            self.at += 1;
        }
    }

    fn fields(&mut self, close: u8, named: bool) -> Vec<(String, Tree)> {
        let mut out = Vec::new();
        while !self.take(close) {
            let mut key = String::new();
            if named {
                let start = self.at;
                while self.peek() != b':' {
                    self.at += 1;
                }
                key = String::from_utf8_lossy(&self.text[start..self.at]).into_owned();
                self.at += 1;
                self.space();
            }
            if self.text[self.at..].starts_with(b"Span(Location") {
                self.skip_span();
            } else {
                let v = self.value();
                let token = |v: &Tree| matches!(v, Tree::Node(n, _) if n == "TokenWithSpan");
                let attached = token(&v) || matches!(&v, Tree::Node(n, inner) if n == "Some" && inner.len() == 1 && token(&inner[0].1));
                if !attached {
                    out.push((key, v));
                }
            }
            self.take(b',');
        }
        out
    }

    fn value(&mut self) -> Tree {
        self.space();
        match self.peek() {
            b'"' => Tree::Text(self.quoted(b'"')),
            b'\'' => Tree::Text(self.quoted(b'\'')),
            b'[' => {
                self.at += 1;
                Tree::List(self.fields(b']', false).into_iter().map(|(_, v)| v).collect())
            }
            b'(' => {
                self.at += 1;
                Tree::Node(String::new(), self.fields(b')', false))
            }
            _ => {
                let start = self.at;
                while !matches!(self.peek(), 0 | b' ' | b',' | b'(' | b')' | b'[' | b']' | b'{' | b'}') {
                    self.at += 1;
                }
                let name = String::from_utf8_lossy(&self.text[start..self.at]).into_owned();
                if self.peek() == b'(' {
                    self.at += 1;
                    return Tree::Node(name, self.fields(b')', false));
                }
                if self.text[self.at..].starts_with(b" {") {
                    self.at += 2;
                    return Tree::Node(name, self.fields(b'}', true));
                }
                Tree::Node(name, Vec::new())
            }
        }
    }
}

/// The first place where two trees differ, and what stands there.
pub fn difference<'t>(path: &mut String, a: &'t Tree, b: &'t Tree) -> Option<(&'t Tree, &'t Tree)> {
    if a == b {
        return None;
    }
    let pairs: Vec<(String, &Tree, &Tree)> = match (a, b) {
        (Tree::List(x), Tree::List(y)) if x.len() == y.len() => x.iter().zip(y).enumerate().map(|(i, (x, y))| (format!("[{i}]"), x, y)).collect(),
        (Tree::Node(n, x), Tree::Node(m, y)) if n == m && x.len() == y.len() => {
            x.iter().zip(y).map(|((key, x), (_, y))| (if key.is_empty() { format!(".{n}") } else { format!(".{key}") }, x, y)).collect()
        }
        _ => return Some((a, b)),
    };
    for (step, x, y) in pairs {
        let n = path.len();
        path.push_str(&step);
        if let Some(found) = difference(path, x, y) {
            return Some(found);
        }
        path.truncate(n);
    }
    None
}

static NOTHING: Tree = Tree::Node(String::new(), Vec::new());

impl Tree {
    pub fn is(&self, name: &str) -> bool {
        matches!(self, Tree::Node(n, _) if n == name)
    }

    /// The only field of a node of this name.
    pub fn one(&self, name: &str) -> Option<&Tree> {
        match self {
            Tree::Node(n, fields) if n == name && fields.len() == 1 => Some(&fields[0].1),
            _ => None,
        }
    }

    /// A field; an empty node where there is none.
    pub fn get(&self, key: &str) -> &Tree {
        match self {
            Tree::Node(_, fields) => fields.iter().find(|(k, _)| k == key).map_or(&NOTHING, |(_, v)| v),
            _ => &NOTHING,
        }
    }

    pub fn get_mut(&mut self, key: &str) -> Option<&mut Tree> {
        match self {
            Tree::Node(_, fields) => fields.iter_mut().find(|(k, _)| k == key).map(|(_, v)| v),
            _ => None,
        }
    }

    /// Gives a field that is there another value; says whether it was another.
    pub fn set(&mut self, key: &str, value: Tree) -> bool {
        match self.get_mut(key) {
            Some(v) if *v != value => {
                *v = value;
                true
            }
            _ => false,
        }
    }

    /// The only item of a list.
    pub fn one_item(&self) -> Option<&Tree> {
        match self {
            Tree::List(items) if items.len() == 1 => items.first(),
            _ => None,
        }
    }

    pub fn one_item_mut(&mut self) -> Option<&mut Tree> {
        match self {
            Tree::List(items) if items.len() == 1 => items.first_mut(),
            _ => None,
        }
    }
}
