//! A TOML text as a tree in which every key and value remembers where it was written.
//!
//! Scenario and profile are different texts; after the merge a tree holds nodes of both, each with its own place.

use crate::diagnostics::{Diagnostic, Diagnostics};
use crate::source::{Place, Source};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use toml::de::{DeTable, DeValue};

/// Of the parser's messages, this many are looked at.
const MAX_PARSED: usize = 1000;
/// Brackets may be nested this deep; the format needs four.
const MAX_BRACKETS: usize = 8;
/// Tables may be nested this deep; the format needs five.
const MAX_DEPTH: usize = 24;

/// A value with its place.
#[derive(Clone, Debug)]
pub(crate) struct Node {
    pub(crate) place: Place,
    pub(crate) value: Value,
}

/// What a node holds.
#[derive(Clone, Debug)]
pub(crate) enum Value {
    Text(String),
    /// An integer or decimal number, as read.
    Number(f64),
    /// An integer that fits 64 bits.
    Integer(i64),
    Flag(bool),
    List(Vec<Node>),
    Table(Table),
    /// A date or time of TOML: the format has none.
    Date,
}

/// A table in the order in which its keys were written.
#[derive(Clone, Debug, Default)]
pub(crate) struct Table {
    entries: Vec<Entry>,
    index: BTreeMap<String, usize>,
}

/// A key with its value.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) key: String,
    pub(crate) key_place: Place,
    pub(crate) node: Node,
}

impl Table {
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Entry> {
        self.entries.iter()
    }

    pub(crate) fn get(&self, key: &str) -> Option<&Entry> {
        self.index.get(key).map(|&i| &self.entries[i])
    }

    pub(crate) fn get_mut(&mut self, key: &str) -> Option<&mut Entry> {
        self.index.get(key).map(|&i| &mut self.entries[i])
    }

    pub(crate) fn into_entries(self) -> impl Iterator<Item = Entry> {
        self.entries.into_iter()
    }

    pub(crate) fn has(&self, key: &str) -> bool {
        self.index.contains_key(key)
    }

    pub(crate) fn keys(&self) -> impl Iterator<Item = &str> {
        self.entries.iter().map(|e| e.key.as_str())
    }

    /// Adds at the end, or replaces in place.
    pub(crate) fn set(&mut self, entry: Entry) {
        if let Some(&i) = self.index.get(&entry.key) {
            self.entries[i] = entry;
        } else {
            self.index.insert(entry.key.clone(), self.entries.len());
            self.entries.push(entry);
        }
    }

    pub(crate) fn remove(&mut self, key: &str) {
        if let Some(at) = self.index.remove(key) {
            self.entries.remove(at);
            for i in self.index.values_mut().filter(|i| **i > at) {
                *i -= 1;
            }
        }
    }
}

impl Node {
    pub(crate) fn table(&self) -> Option<&Table> {
        if let Value::Table(t) = &self.value { Some(t) } else { None }
    }

    pub(crate) fn text(&self) -> Option<&str> {
        if let Value::Text(t) = &self.value { Some(t) } else { None }
    }

    pub(crate) fn list(&self) -> Option<&[Node]> {
        if let Value::List(l) = &self.value { Some(l) } else { None }
    }

    /// What it is, with its article, for messages.
    pub(crate) fn kind(&self) -> &'static str {
        match self.value {
            Value::Text(_) => "a text",
            Value::Number(_) | Value::Integer(_) => "a bare number",
            Value::Flag(_) => "true or false",
            Value::List(_) => "a list",
            Value::Table(_) => "a table",
            Value::Date => "a date",
        }
    }
}

/// Parses a text. All syntax mistakes are reported; there is a tree only if there are none.
pub(crate) fn parse(source: &Arc<Source>) -> Result<Table, Diagnostics> {
    parse_as(&source.text, source)
}

/// Parses a text whose offsets are those of another one.
pub(crate) fn parse_as(text: &str, source: &Arc<Source>) -> Result<Table, Diagnostics> {
    if let Some(at) = too_deep(text) {
        let place = Place { source: source.clone(), span: at..at + 1 };
        return Err(Diagnostics::one(
            Diagnostic::new("nesting", &place, format!("brackets are nested more than {MAX_BRACKETS} deep"))
                .help(
                    "a scenario needs four levels at most, as in `at = [[\"10 um\", \"10 um\", \"10 um\"]]`",
                ),
        ));
    }
    let (root, errors) = DeTable::parse_recoverable(text);
    let mut out = Diagnostics::default();
    let mut found: Vec<Diagnostic> =
        errors.iter().take(MAX_PARSED).map(|e| syntax_error(source, e.message(), e.span())).collect();
    found.sort_by_key(|d| d.span.start);
    let mut lines = BTreeSet::new();
    let mut doubled = BTreeSet::new();
    for d in found {
        // The first mistake of a line causes the others, and a table that stands twice brings its keys twice.
        let header = (1..=d.line).rev().find(|&l| source.line_text(l).trim_start().starts_with('['));
        let follows = d.code == "duplicate" && header.is_some_and(|h| h != d.line && doubled.contains(&h));
        if header == Some(d.line) && d.code == "duplicate" {
            doubled.insert(d.line);
        }
        if !follows && lines.insert(d.line) {
            out.push(d);
        }
    }
    if !out.is_empty() {
        out.sort(&[]);
        return Err(out);
    }
    convert_table(source, root.get_ref(), 0).map_err(|d| Diagnostics::one(*d))
}

fn syntax_error(source: &Arc<Source>, message: &str, span: Option<std::ops::Range<usize>>) -> Diagnostic {
    let end = source.text.len();
    let span = span.map_or(end..end, |s| s.start.min(end)..s.end.min(end));
    let place = Place { source: source.clone(), span };
    if message != "duplicate key" {
        return Diagnostic::new("syntax", &place, format!("not valid TOML: {message}"))
            .help("a scenario is a TOML file: `key = value` lines under `[section.name]` headers");
    }
    let key = place.text().to_owned();
    let line = source.line_text(place.line()).trim();
    let header = line.strip_prefix('[').and_then(|l| l.split(']').next());
    let what = match header.and_then(|h| h.split_once('.')) {
        Some((section, name)) if !name.contains('.') => format!("{} `{}`", section.trim(), name.trim()),
        _ if header.is_some() => format!("section `[{}]`", header.unwrap_or("").trim()),
        _ => format!("key `{key}`"),
    };
    Diagnostic::new("duplicate", &place, format!("{what} is defined twice"))
        .label("second definition")
        .help("within one file every name and key stands once: join the two or rename one")
}

fn convert_table(source: &Arc<Source>, table: &DeTable<'_>, depth: usize) -> Result<Table, Box<Diagnostic>> {
    // The parser keeps keys sorted by name; a scenario's order is the order of writing.
    let mut rows: Vec<_> = table.iter().collect();
    rows.sort_by_key(|(key, _)| key.span().start);
    let mut out = Table::default();
    for (key, value) in rows {
        let key_place = Place { source: source.clone(), span: key.span() };
        if depth >= MAX_DEPTH {
            return Err(Box::new(
                Diagnostic::new(
                    "nesting",
                    &key_place,
                    format!("tables are nested more than {MAX_DEPTH} deep"),
                )
                .help("a scenario needs five levels at most"),
            ));
        }
        let node = convert_value(source, value.get_ref(), value.span(), depth + 1)?;
        out.set(Entry { key: key.get_ref().to_string(), key_place, node });
    }
    Ok(out)
}

fn convert_value(
    source: &Arc<Source>,
    value: &DeValue<'_>,
    span: std::ops::Range<usize>,
    depth: usize,
) -> Result<Node, Box<Diagnostic>> {
    let place = Place { source: source.clone(), span };
    let value = match value {
        DeValue::String(s) => Value::Text(s.to_string()),
        DeValue::Integer(n) => match i64::from_str_radix(n.as_str(), n.radix()) {
            Ok(i) => Value::Integer(i),
            Err(_) => {
                return Err(Box::new(
                    Diagnostic::new("number", &place, "this whole number does not fit 64 bits")
                        .help("write it with an exponent, as in 1e20"),
                ));
            }
        },
        DeValue::Float(n) => match n.as_str().parse() {
            Ok(x) => Value::Number(x),
            Err(_) => {
                return Err(Box::new(
                    Diagnostic::new("number", &place, "this number cannot be read").help("as in 1.5e-3"),
                ));
            }
        },
        DeValue::Boolean(b) => Value::Flag(*b),
        DeValue::Datetime(_) => Value::Date,
        DeValue::Array(list) => {
            let nodes = list.iter().map(|v| convert_value(source, v.get_ref(), v.span(), depth + 1));
            Value::List(nodes.collect::<Result<_, _>>()?)
        }
        DeValue::Table(t) => Value::Table(convert_table(source, t, depth)?),
    };
    Ok(Node { place, value })
}

/// Offset of the first bracket that nests too deep. The parser builds its tree by recursion and a tree is dropped
/// by recursion, so depth is bounded before either, by a scan that knows strings and comments.
fn too_deep(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut depth = 0_usize;
    let mut i = 0;
    while i < bytes.len() {
        match bytes[i] {
            b'#' => i += bytes[i..].iter().position(|b| *b == b'\n').unwrap_or(bytes.len() - i),
            quote @ (b'"' | b'\'') => {
                i = skip_string(bytes, i, quote);
                continue;
            }
            b'[' | b'{' => {
                depth += 1;
                if depth > MAX_BRACKETS {
                    return Some(i);
                }
            }
            b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        i += 1;
    }
    None
}

/// Offset after the string that starts at `i`. A single-line string that is not closed ends with its line.
fn skip_string(bytes: &[u8], i: usize, quote: u8) -> usize {
    let long = bytes[i..].starts_with(&[quote, quote, quote]);
    let mut j = i + if long { 3 } else { 1 };
    while j < bytes.len() {
        match bytes[j] {
            b'\\' if quote == b'"' => j += 1,
            b'\n' if !long => return j,
            b if b == quote && !long => return j + 1,
            b if b == quote && bytes[j..].starts_with(&[quote, quote, quote]) => return j + 3,
            _ => {}
        }
        j += 1;
    }
    bytes.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(text: &str) -> Table {
        parse(&Source::new("t.toml", text)).unwrap()
    }

    #[test]
    fn tables_keep_the_order_of_writing() {
        let t = tree("z = 1\na = 2\n[m.b]\n[m.a]\nq.y = 1\nq.b = 2\n");
        assert_eq!(t.keys().collect::<Vec<_>>(), ["z", "a", "m"]);
        let m = t.get("m").unwrap().node.table().unwrap();
        assert_eq!(m.keys().collect::<Vec<_>>(), ["b", "a"]);
        let q = m.get("a").unwrap().node.table().unwrap().get("q").unwrap();
        assert_eq!(q.node.table().unwrap().keys().collect::<Vec<_>>(), ["y", "b"]);
    }

    #[test]
    fn removing_keeps_the_rest_reachable() {
        let mut t = tree("a = 1\nb = 2\nc = 3\n");
        t.remove("a");
        assert_eq!(t.get("c").unwrap().key, "c");
        assert_eq!(t.keys().collect::<Vec<_>>(), ["b", "c"]);
    }

    #[test]
    fn depth_is_an_error_and_never_a_stack_overflow() {
        for text in
            ["x = [".to_owned() + &"[".repeat(1_000_000), "x = ".to_owned() + &"{a=".repeat(1_000_000)]
        {
            assert_eq!(parse(&Source::new("t", &text)).unwrap_err().list[0].code, "nesting");
        }
        let dotted = format!("{} = 1\n", vec!["a"; 79].join("."));
        assert_eq!(parse(&Source::new("t", &dotted)).unwrap_err().list[0].code, "nesting");
        assert!(parse(&Source::new("t", &format!("{} = 1\n", vec!["a"; 100_000].join(".")))).is_err());
        // brackets inside strings and comments do not count
        tree(
            "a = '[[[[[[[[[[[[' # [[[[[[[[[[[[[[[[\nb = \"{{{{{{{{{{{{{\\\"\"\nc = '''\n[[[[[[[[[[[[[\n'''\n",
        );
    }
}
