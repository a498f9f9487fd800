//! Tables: named columns of equal length, each with a unit.

use crate::error::{Error, Result};

/// A column's values.
#[derive(Clone, Debug, PartialEq)]
pub enum ColumnData {
    /// 64-bit floating point.
    F64(Vec<f64>),
    /// 32-bit floating point.
    F32(Vec<f32>),
    /// Signed 64-bit integers.
    I64(Vec<i64>),
    /// Unsigned 32-bit integers.
    U32(Vec<u32>),
    /// Unsigned 8-bit integers.
    U8(Vec<u8>),
    /// Truth values.
    Bool(Vec<bool>),
    /// Texts by number: `values[codes[row]]`. The values must differ from each other.
    Text {
        /// One per row.
        codes: Vec<u32>,
        /// The different texts; more than are used may be given.
        values: Vec<String>,
    },
}

/// Runs `$body` with `$v` bound to the rows' vector, whatever its type.
macro_rules! with_rows {
    ($data:expr, $v:ident => $body:expr) => {
        match $data {
            ColumnData::F64($v) => $body,
            ColumnData::F32($v) => $body,
            ColumnData::I64($v) => $body,
            ColumnData::U32($v) => $body,
            ColumnData::U8($v) => $body,
            ColumnData::Bool($v) => $body,
            ColumnData::Text { codes: $v, .. } => $body,
        }
    };
}

impl ColumnData {
    /// A text column with its values in order of first appearance.
    pub fn text<S: AsRef<str>>(rows: impl IntoIterator<Item = S>) -> Self {
        let mut values: Vec<String> = Vec::new();
        let mut known = std::collections::BTreeMap::new();
        let codes = rows
            .into_iter()
            .map(|row| {
                let row = row.as_ref();
                *known.entry(row.to_owned()).or_insert_with(|| {
                    values.push(row.to_owned());
                    (values.len() - 1) as u32
                })
            })
            .collect();
        Self::Text { codes, values }
    }

    /// The number of rows.
    pub fn len(&self) -> usize {
        with_rows!(self, v => v.len())
    }

    /// Whether there are no rows.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The type's name, for messages.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::F64(_) => "f64",
            Self::F32(_) => "f32",
            Self::I64(_) => "i64",
            Self::U32(_) => "u32",
            Self::U8(_) => "u8",
            Self::Bool(_) => "bool",
            Self::Text { .. } => "text",
        }
    }

    /// Equality bit by bit: a NaN equals itself, and 0 differs from -0. Texts are compared with their codes.
    pub fn same_bits(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::F64(a), Self::F64(b)) => a.iter().map(|x| x.to_bits()).eq(b.iter().map(|x| x.to_bits())),
            (Self::F32(a), Self::F32(b)) => a.iter().map(|x| x.to_bits()).eq(b.iter().map(|x| x.to_bits())),
            (a, b) => a == b,
        }
    }

    /// No rows, of the same type; a text column keeps its values.
    pub(crate) fn empty_like(&self) -> Self {
        match self {
            Self::Text { values, .. } => Self::Text { codes: Vec::new(), values: values.clone() },
            Self::F64(_) => Self::F64(Vec::new()),
            Self::F32(_) => Self::F32(Vec::new()),
            Self::I64(_) => Self::I64(Vec::new()),
            Self::U32(_) => Self::U32(Vec::new()),
            Self::U8(_) => Self::U8(Vec::new()),
            Self::Bool(_) => Self::Bool(Vec::new()),
        }
    }

    pub(crate) fn truncate(&mut self, rows: usize) {
        with_rows!(self, v => v.truncate(rows));
    }

    /// Of the rows from `first` on keeps those marked.
    pub(crate) fn retain_from(&mut self, first: usize, keep: &[bool]) {
        with_rows!(self, v => {
            let mut end = first;
            for (k, _) in keep.iter().enumerate().filter(|(_, keep)| **keep) {
                v.swap(end, first + k);
                end += 1;
            }
            v.truncate(end);
        });
    }

    /// Adds the rows of `other`; `None` if the types differ or a text code has no value.
    fn append(&mut self, other: &Self) -> Option<()> {
        match (self, other) {
            (Self::F64(a), Self::F64(b)) => a.extend(b),
            (Self::F32(a), Self::F32(b)) => a.extend(b),
            (Self::I64(a), Self::I64(b)) => a.extend(b),
            (Self::U32(a), Self::U32(b)) => a.extend(b),
            (Self::U8(a), Self::U8(b)) => a.extend(b),
            (Self::Bool(a), Self::Bool(b)) => a.extend(b),
            (Self::Text { codes, values }, Self::Text { codes: more, values: their_values }) => {
                if values == their_values {
                    codes.extend(more);
                } else {
                    let map = merge_values(values, their_values);
                    let start = codes.len();
                    for code in more {
                        match map.get(*code as usize) {
                            Some(new) => codes.push(*new),
                            None => {
                                codes.truncate(start);
                                return None;
                            }
                        }
                    }
                }
            }
            _ => return None,
        }
        Some(())
    }
}

/// Adds to `values` what it lacks of `more`; returns the code in `values` of each of `more`.
pub(crate) fn merge_values(values: &mut Vec<String>, more: &[String]) -> Vec<u32> {
    let mut known: std::collections::BTreeMap<String, u32> =
        values.iter().enumerate().map(|(i, v)| (v.clone(), i as u32)).collect();
    more.iter()
        .map(|v| {
            *known.entry(v.clone()).or_insert_with(|| {
                values.push(v.clone());
                (values.len() - 1) as u32
            })
        })
        .collect()
}

/// A named column.
#[derive(Clone, Debug, PartialEq)]
pub struct Column {
    /// Its name, unique in the table.
    pub name: String,
    /// The unit of its values (`"um"`, `"min"`); `"1"` for a pure number, empty where a unit makes no sense.
    pub unit: String,
    /// What it holds, in a sentence; may be empty.
    pub description: String,
    /// The values.
    pub data: ColumnData,
}

impl Column {
    /// A column without a description.
    pub fn new(name: impl Into<String>, unit: impl Into<String>, data: ColumnData) -> Self {
        Self { name: name.into(), unit: unit.into(), description: String::new(), data }
    }

    /// The same with a description.
    #[must_use]
    pub fn describe(mut self, description: impl Into<String>) -> Self {
        self.description = description.into();
        self
    }
}

/// A table.
#[derive(Clone, Debug, PartialEq)]
pub struct Table {
    /// Its name.
    pub name: String,
    /// Its columns, of equal length.
    pub columns: Vec<Column>,
}

impl Table {
    /// A table without columns.
    pub fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), columns: Vec::new() }
    }

    /// The same with a column more.
    #[must_use]
    pub fn with(mut self, column: Column) -> Self {
        self.columns.push(column);
        self
    }

    /// The number of rows.
    pub fn rows(&self) -> usize {
        self.columns.first().map_or(0, |c| c.data.len())
    }

    /// The column of that name.
    pub fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|c| c.name == name)
    }

    /// Equality bit by bit, see [`ColumnData::same_bits`].
    pub fn same_bits(&self, other: &Self) -> bool {
        self.same_form(other).is_ok()
            && self.columns.iter().zip(&other.columns).all(|(a, b)| a.data.same_bits(&b.data))
    }

    /// Adds the rows of a table of the same form. Texts are matched by value, not by code.
    ///
    /// # Errors
    /// [`Error::Invalid`] if names, units or types of the columns differ, or `other` is invalid; nothing is
    /// added then.
    pub fn append(&mut self, other: &Self) -> Result<()> {
        self.same_form(other)?;
        other.check()?;
        for (a, b) in self.columns.iter_mut().zip(&other.columns) {
            a.data.append(&b.data).ok_or_else(|| Error::Invalid(format!("column `{}`", a.name)))?;
        }
        Ok(())
    }

    /// Whether the columns fit together: at least one, unique names, equal lengths, text codes within their values,
    /// text values that differ.
    ///
    /// # Errors
    /// [`Error::Invalid`] with the column and what is wrong with it.
    pub fn check(&self) -> Result<()> {
        let bad = |what: String| Err(Error::Invalid(format!("table `{}`: {what}", self.name)));
        if self.columns.is_empty() {
            return bad("it has no columns".to_owned());
        }
        for (i, column) in self.columns.iter().enumerate() {
            let name = &column.name;
            if self.columns[..i].iter().any(|c| c.name == *name) {
                return bad(format!("two columns are called `{name}`"));
            }
            let (rows, expected) = (column.data.len(), self.rows());
            if rows != expected {
                return bad(format!("column `{name}` has {rows} rows, the first column has {expected}"));
            }
            if let ColumnData::Text { codes, values } = &column.data {
                if let Some(code) = codes.iter().find(|&&c| c as usize >= values.len()) {
                    return bad(format!("column `{name}` has code {code}, but only {} values", values.len()));
                }
                let mut sorted: Vec<_> = values.iter().collect();
                sorted.sort();
                if let Some(pair) = sorted.windows(2).find(|p| p[0] == p[1]) {
                    return bad(format!("column `{name}` has the value `{}` twice", pair[0]));
                }
            }
        }
        Ok(())
    }

    /// No rows, the same columns.
    pub(crate) fn empty_like(&self) -> Self {
        let columns = self.columns.iter().map(|c| Column { data: c.data.empty_like(), ..c.clone() });
        Self { name: self.name.clone(), columns: columns.collect() }
    }

    pub(crate) fn truncate(&mut self, rows: usize) {
        self.columns.iter_mut().for_each(|c| c.data.truncate(rows));
    }

    /// Whether names, units and types are equal, column by column.
    pub(crate) fn same_form(&self, other: &Self) -> Result<()> {
        let form = |t: &Self| -> Vec<String> {
            t.columns.iter().map(|c| format!("{} [{}] {}", c.name, c.unit, c.data.kind())).collect()
        };
        let (a, b) = (form(self), form(other));
        if a == b {
            return Ok(());
        }
        Err(Error::Invalid(format!(
            "table `{}` has the columns {}; expected {}",
            self.name,
            b.join(", "),
            a.join(", ")
        )))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(kinds: &[&str]) -> Table {
        let id = ColumnData::U32((0..kinds.len() as u32).collect());
        Table::new("cells").with(Column::new("id", "", id)).with(Column::new(
            "kind",
            "",
            ColumnData::text(kinds),
        ))
    }

    #[test]
    fn appending_matches_texts_by_value() {
        let mut a = table(&["keratinocyte", "fibroblast"]);
        a.append(&table(&["fibroblast", "mast", "keratinocyte"])).unwrap();
        let ColumnData::Text { codes, values } = &a.columns[1].data else { unreachable!() };
        assert_eq!(codes, &[0, 1, 1, 2, 0]);
        assert_eq!(values, &["keratinocyte", "fibroblast", "mast"]);
    }

    #[test]
    fn what_does_not_fit_is_refused_and_changes_nothing() {
        let good = table(&["a"]);
        let mut short = good.clone();
        short.columns[0].data = ColumnData::U32(vec![]);
        let mut twice = good.clone();
        twice.columns[1].name = "id".into();
        let mut code = good.clone();
        code.columns[1].data = ColumnData::Text { codes: vec![1], values: vec!["a".into()] };
        let mut values = good.clone();
        values.columns[1].data = ColumnData::Text { codes: vec![0], values: vec!["a".into(), "a".into()] };
        for (bad, text) in [
            (&short, "rows"),
            (&twice, "two columns are called `id`"),
            (&code, "code 1"),
            (&values, "twice"),
            (&Table::new("none"), "no columns"),
        ] {
            let message = bad.check().unwrap_err().to_string();
            assert!(message.contains(text), "{message}");
            let mut t = good.clone();
            assert!(t.append(bad).is_err());
            assert_eq!(t, good);
        }
        let mut unit = good.clone();
        unit.columns[0].unit = "um".into();
        assert!(good.clone().append(&unit).unwrap_err().to_string().contains("id [um] u32"));
    }

    #[test]
    fn same_bits_sees_what_equality_does_not() {
        let nan = ColumnData::F64(vec![f64::NAN]);
        assert!(nan != nan.clone() && nan.same_bits(&nan.clone()));
        assert!(!nan.same_bits(&ColumnData::F64(vec![f64::from_bits(f64::NAN.to_bits() ^ 1)])));
        assert!(!ColumnData::F32(vec![0.0]).same_bits(&ColumnData::F32(vec![-0.0])));
        assert!(!nan.same_bits(&ColumnData::F64(vec![])));
    }
}
