//! Numbers of a data file, each with its range and its source.
//!
//! A number is `"@key"`, a row of the ledger with the row's range, or a table `{ value, range = [low, high], what }`
//! whose parts are references or literals with a unit. A literal is an assumption.

use exoderm_ledger::{Ledger, Part, Reference};
use exoderm_units::{Dimension, Quantity, Unit, UnitError};
use toml::{Table, Value};

/// A number with its range and source.
#[derive(Clone, Debug, PartialEq)]
pub struct Stated {
    /// Where it stands in the file ("cell.clearance").
    pub name: String,
    /// What it is.
    pub what: String,
    /// The value (internal unit).
    pub value: f64,
    /// Low and high end (internal unit); the value twice where no range is known.
    pub range: [f64; 2],
    /// Unit for people.
    pub unit: Unit,
    /// The ledger's key; `None` for an assumption.
    pub key: Option<String>,
    /// Citation of the key's source, "assumed" without one.
    pub source: String,
    /// How well the source was read, in the ledger's word; "assumption" for a literal.
    pub read: String,
    /// Tier of the evidence, 0 (assumption) to 5.
    pub tier: u8,
}

impl Stated {
    /// A number that the user gave.
    pub fn given(name: &str, what: &str, quantity: Quantity, unit: Unit) -> Self {
        Self {
            name: name.to_owned(),
            what: what.to_owned(),
            value: quantity.value,
            range: [quantity.value; 2],
            unit,
            key: None,
            source: "given".to_owned(),
            read: "given".to_owned(),
            tier: 0,
        }
    }

    /// The value in the unit for people.
    pub fn shown(&self) -> f64 {
        self.unit.from_internal(self.value)
    }
}

/// One part of a number: a reference or a literal.
struct Piece {
    quantity: Quantity,
    unit: Unit,
    key: Option<String>,
}

fn part(text: &str, ledger: &Ledger) -> Result<Piece, String> {
    if Reference::is_reference(text) {
        let reference = Reference::parse(text).map_err(|e| e.to_string())?;
        let row = reference.parameter(ledger).map_err(|e| e.to_string())?;
        let unit = row.unit.unit().cloned().unwrap_or_else(|| Unit::internal(Dimension::NONE));
        let quantity = reference.resolve(ledger).map_err(|e| e.to_string())?;
        return Ok(Piece { quantity, unit, key: Some(reference.key) });
    }
    let quantity = Quantity::parse(text).map_err(|e| e.to_string())?;
    let unit = text.trim().split_once(char::is_whitespace).map_or("", |(_, unit)| unit);
    Ok(Piece { quantity, unit: unit_of(unit).map_err(|e| e.to_string())?, key: None })
}

/// A unit, or none for an empty text.
fn unit_of(text: &str) -> Result<Unit, UnitError> {
    if text.trim().is_empty() { Ok(Unit::internal(Dimension::NONE)) } else { Unit::parse(text) }
}

/// Reads `table.key`, which must have the dimension of `like` (a unit such as "um^3/min/cell").
///
/// # Errors
/// A sentence that names the number and what is wrong with it.
pub fn number(ledger: &Ledger, path: &str, table: &Table, key: &str, like: &str) -> Result<Stated, String> {
    optional(ledger, path, table, key, like)?.ok_or_else(|| format!("`{path}.{key}` is missing"))
}

/// As [`number`], where it may be missing.
///
/// # Errors
/// As [`number`].
pub fn optional(
    ledger: &Ledger,
    path: &str,
    table: &Table,
    key: &str,
    like: &str,
) -> Result<Option<Stated>, String> {
    let name = format!("{path}.{key}");
    let Some(node) = table.get(key) else { return Ok(None) };
    read(ledger, &name, node, like).map(Some).map_err(|e| format!("`{name}`: {e}"))
}

fn read(ledger: &Ledger, name: &str, node: &Value, like: &str) -> Result<Stated, String> {
    let like = unit_of(like).map_err(|e| e.to_string())?;
    let text =
        |v: &Value| v.as_str().map(str::to_owned).ok_or("a text such as \"@key\" or \"4 um\" is needed");
    let (value, range, what) = match node {
        Value::Table(t) => {
            let value = text(t.get("value").ok_or("`value` is missing")?)?;
            let range = match t.get("range").map(|r| r.as_array().map(Vec::as_slice)) {
                None => None,
                Some(Some([low, high])) => Some([text(low)?, text(high)?]),
                Some(_) => return Err("`range` needs a low and a high end".to_owned()),
            };
            (value, range, t.get("what").map(text).transpose()?)
        }
        other => (text(other)?, None, None),
    };
    let main = part(&value, ledger)?;
    like.check(main.quantity.dimension).map_err(|e| e.to_string())?;
    let row = main.key.as_deref().and_then(|k| ledger.get(k));
    let range = match (&range, row) {
        (Some([low, high]), _) => {
            let (low, high) = (part(low, ledger)?, part(high, ledger)?);
            for end in [&low, &high] {
                like.check(end.quantity.dimension).map_err(|e| e.to_string())?;
            }
            [low.quantity.value, high.quantity.value]
        }
        (None, Some(row)) => {
            let end = |part: Part| row.quantity(part).map_or(main.quantity.value, |q| q.value);
            [end(Part::Low), end(Part::High)]
        }
        (None, None) => [main.quantity.value; 2],
    };
    if !(range[0] <= main.quantity.value && main.quantity.value <= range[1]) {
        return Err(format!("{value} lies outside its range"));
    }
    let citation = row.and_then(|r| r.source.as_ref()).and_then(|id| ledger.source(id));
    Ok(Stated {
        name: name.to_owned(),
        what: what.or_else(|| row.map(|r| r.what.clone())).unwrap_or_default(),
        value: main.quantity.value,
        range,
        unit: main.unit,
        source: citation.map_or_else(|| "assumed".to_owned(), |s| s.citation.clone()),
        read: row.map_or_else(|| "assumption".to_owned(), |r| r.read.as_str().to_owned()),
        tier: row.map_or(0, exoderm_ledger::Parameter::tier),
        key: main.key,
    })
}

/// A text of a table.
///
/// # Errors
/// If it is missing or no text.
pub fn text(path: &str, table: &Table, key: &str) -> Result<String, String> {
    table
        .get(key)
        .and_then(Value::as_str)
        .map(str::to_owned)
        .ok_or_else(|| format!("`{path}.{key}` must be a text"))
}

/// A list of texts; empty if it is missing.
///
/// # Errors
/// If it is something else.
pub fn texts(path: &str, table: &Table, key: &str) -> Result<Vec<String>, String> {
    let Some(node) = table.get(key) else { return Ok(Vec::new()) };
    node.as_array()
        .and_then(|list| list.iter().map(|v| v.as_str().map(str::to_owned)).collect())
        .ok_or_else(|| format!("`{path}.{key}` must be a list of texts"))
}

/// A table within a table.
///
/// # Errors
/// If it is missing or no table.
pub fn table<'t>(table: &'t Table, key: &str) -> Result<&'t Table, String> {
    table.get(key).and_then(Value::as_table).ok_or_else(|| format!("`[{key}]` is missing"))
}

/// Every table `[section.NAME]`, read in the order of the file.
///
/// # Errors
/// As [`table`], an entry that is no table, and what `read` says.
pub fn each<T>(
    root: &Table,
    section: &str,
    read: impl Fn(&str, &Table) -> Result<T, String>,
) -> Result<Vec<T>, String> {
    table(root, section)?
        .iter()
        .map(|(name, t)| {
            let t = t.as_table().ok_or_else(|| format!("`[{section}.{name}]` must be a table"))?;
            read(name, t)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn get(text: &str, like: &str) -> Result<Stated, String> {
        let table: Table = text.parse().unwrap();
        number(Ledger::builtin(), "t", &table, "x", like)
    }

    #[test]
    fn references_literals_and_ranges() {
        let x = get("x = \"@k_int\"", "1/min").unwrap();
        assert_eq!((x.shown(), x.key.as_deref(), x.tier), (0.5, Some("k_int"), 0));
        assert!((x.range[0] * 60.0 - 0.1).abs() < 1e-12 && (x.range[1] * 60.0 - 2.0).abs() < 1e-12);
        let x = get(
            "x = { value = \"2 mm\", range = [\"1 mm\", \"@mn_height.high*2\"], what = \"depth\" }",
            "um",
        )
        .unwrap();
        assert_eq!((x.value, x.range, x.what.as_str(), x.key), (2000.0, [1000.0, 3000.0], "depth", None));
        assert_eq!((x.source.as_str(), x.read.as_str()), ("assumed", "assumption"));
        assert_eq!(get("x = \"0.3\"", "").unwrap().range, [0.3, 0.3]);
    }

    #[test]
    fn mistakes_name_the_number() {
        for (text, like, part) in [
            ("y = 1", "um", "`t.x` is missing"),
            ("x = 1", "um", "a text such as"),
            ("x = \"@k_itn\"", "1/min", "k_int"),
            ("x = \"@k_int\"", "um", "`t.x`"),
            ("x = { value = \"5 um\", range = [\"1 um\", \"2 um\"] }", "um", "outside"),
            ("x = { value = \"5 um\", range = [\"1 um\"] }", "um", "low and a high"),
        ] {
            let e = get(text, like).unwrap_err();
            assert!(e.contains(part), "{text}: {e}");
        }
    }
}
