//! Fitted values: `data/calibration/*.toml`, apart from sourced ones.

use crate::diagnostics::{Diagnostic, Diagnostics};
use crate::source::{Place, Source};
use crate::tree::{self, Node, Table, Value};
use exoderm_units::Unit;
use std::collections::BTreeMap;

/// A fitted value.
#[derive(Clone, Debug, PartialEq)]
pub struct Fitted {
    /// Key, cited as `@cal.KEY`.
    pub key: String,
    /// Value in `unit`.
    pub value: f64,
    /// Unit.
    pub unit: Unit,
    /// Range in `unit` that was searched.
    pub range: Option<(f64, f64)>,
    /// What it was fitted to.
    pub target: String,
    /// Loss that was left.
    pub loss: Option<f64>,
    /// Seed of the fit.
    pub seed: Option<i64>,
    /// Hash of the scenario it was fitted in; empty if it was not fitted.
    pub hash: String,
    /// Remarks.
    pub note: String,
}

/// Fitted values by key.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Calibration {
    rows: BTreeMap<String, Fitted>,
}

const KEYS: &[&str] = &["key", "value", "unit", "range", "target", "loss", "seed", "hash", "note"];

impl Calibration {
    /// Reads `[[fitted]]` rows.
    ///
    /// # Errors
    /// Every mistake of the text: syntax, unknown or missing keys, units, numbers, a key twice.
    pub fn parse(name: &str, text: &str) -> Result<Self, Diagnostics> {
        let source = Source::new(name, text);
        let root = tree::parse(&source)?;
        let mut out = Self::default();
        let mut bad = Diagnostics::default();
        for entry in root.iter() {
            let rows = entry.node.list().filter(|_| entry.key == "fitted");
            let Some(rows) = rows else {
                bad.push(
                    Diagnostic::new("unknown-key", &entry.key_place, format!("unknown key `{}`", entry.key))
                        .help("a calibration file holds [[fitted]] rows"),
                );
                continue;
            };
            for row in rows {
                match read_row(row) {
                    Ok(f) if out.rows.contains_key(&f.key) => bad.push(
                        Diagnostic::new("duplicate", &row.place, format!("`{}` is fitted twice", f.key))
                            .help("remove one of the two rows"),
                    ),
                    Ok(f) => {
                        out.rows.insert(f.key.clone(), f);
                    }
                    Err(d) => bad.push(*d),
                }
            }
        }
        if bad.is_empty() { Ok(out) } else { Err(bad) }
    }

    /// The value of a key.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Fitted> {
        self.rows.get(key)
    }

    /// All values, in the order of their keys.
    pub fn iter(&self) -> impl Iterator<Item = &Fitted> {
        self.rows.values()
    }

    /// Adds values; a key that is there already is replaced.
    pub fn extend(&mut self, other: Self) {
        self.rows.extend(other.rows);
    }

    /// Changes a value (in its own unit), as a fit does. False if there is no such key.
    pub fn set(&mut self, key: &str, value: f64) -> bool {
        self.rows.get_mut(key).map(|f| f.value = value).is_some()
    }
}

fn finite(node: &Node) -> Option<f64> {
    match node.value {
        Value::Number(x) if x.is_finite() => Some(x),
        Value::Integer(i) => Some(i as f64),
        _ => None,
    }
}

fn wrong(place: &Place, message: String) -> Box<Diagnostic> {
    Box::new(
        Diagnostic::new("calibration", place, message).help(format!("keys of a row: {}", KEYS.join(", "))),
    )
}

fn read_row(row: &Node) -> Result<Fitted, Box<Diagnostic>> {
    let empty = Table::default();
    let table = row.table().unwrap_or(&empty);
    if let Some(e) = table.iter().find(|e| !KEYS.contains(&e.key.as_str())) {
        let mut d = wrong(&e.key_place, format!("unknown key `{}`", e.key));
        d.nearest = exoderm_units::nearest(&e.key, KEYS.iter().copied()).map(str::to_owned);
        return Err(d);
    }
    let need = |key: &str| {
        table.get(key).map(|e| &e.node).ok_or_else(|| wrong(&row.place, format!("a row without `{key}`")))
    };
    let text = |key: &str| -> Result<String, Box<Diagnostic>> {
        let node = need(key)?;
        node.text().map(str::to_owned).ok_or_else(|| wrong(&node.place, format!("`{key}` takes a text")))
    };
    let number =
        |node: &Node| finite(node).ok_or_else(|| wrong(&node.place, "expected a finite number".to_owned()));
    let unit_text = text("unit")?;
    let unit = Unit::parse(&unit_text).map_err(|e| wrong(&row.place, e.to_string()))?;
    let value = number(need("value")?)?;
    let range = match table.get("range").map(|e| &e.node) {
        None => None,
        Some(node) => match node.list() {
            Some([low, high]) => Some((number(low)?, number(high)?)),
            _ => return Err(wrong(&node.place, "`range` takes two numbers".to_owned())),
        },
    };
    if range.is_some_and(|(low, high)| low > value || value > high) {
        return Err(wrong(&row.place, format!("the value {value} is outside its range")));
    }
    let optional = |key: &str| if table.has(key) { text(key) } else { Ok(String::new()) };
    Ok(Fitted {
        key: text("key")?,
        value,
        unit,
        range,
        target: text("target")?,
        loss: table.get("loss").map(|e| number(&e.node)).transpose()?,
        seed: table
            .get("seed")
            .and_then(|e| if let Value::Integer(i) = e.node.value { Some(i) } else { None }),
        hash: optional("hash")?,
        note: optional("note")?,
    })
}
