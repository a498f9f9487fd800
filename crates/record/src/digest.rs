//! Digests, by which recordings are compared.
//!
//! Two runs are the same if every column and every field has the same digest, with the rows in the order of their
//! ids. File bytes are no measure: compression, row groups and metadata may change without any value changing, and
//! a digest per column names the culprit.
//!
//! A digest is the xxh3-128 of the values' little-endian bytes as 32 hexadecimal digits. Bits count: a NaN
//! equals only the same NaN, and 0 differs from -0.

use std::cmp::Ordering;

use xxhash_rust::xxh3::Xxh3;

use crate::error::{Error, Result};
use crate::table::{ColumnData, Table};

/// The digest of a column in the order of its rows.
///
/// Truth values are hashed as bytes 0 and 1. A text is hashed by value, as its length (u64) and its UTF-8 bytes, so
/// that the numbering of the values doesn't matter.
pub fn digest(data: &ColumnData) -> String {
    digest_rows(data, 0..data.len())
}

/// The digest of an array of `f64`.
pub fn digest_f64(values: &[f64]) -> String {
    hash(values.iter().map(|x| x.to_le_bytes()))
}

/// The digest of an array of `f32`.
pub fn digest_f32(values: &[f32]) -> String {
    hash(values.iter().map(|x| x.to_le_bytes()))
}

/// Name and digest of each column, with the rows sorted by the columns `keys` (the first key decides first): the
/// digest then doesn't depend on the order in which rows were written. Without keys the rows stay as they are.
///
/// # Errors
/// [`Error::Invalid`] if the table is invalid, has no such column, or has several rows of equal keys: their order,
/// hence the digest, would be left to chance.
pub fn digest_table(table: &Table, keys: &[&str]) -> Result<Vec<(String, String)>> {
    table.check()?;
    let bad = |what: String| Error::Invalid(format!("digest of table `{}`: {what}", table.name));
    let mut columns = Vec::new();
    for key in keys {
        let column = table.column(key).ok_or_else(|| bad(format!("it has no column `{key}`")))?;
        columns.push(&column.data);
    }
    let mut order: Vec<usize> = (0..table.rows()).collect();
    if !columns.is_empty() {
        let compare = |&a: &usize, &b: &usize| {
            columns.iter().map(|c| compare_rows(c, a, b)).find(|o| o.is_ne()).unwrap_or(Ordering::Equal)
        };
        order.sort_by(compare);
        if let Some(pair) = order.windows(2).find(|p| compare(&p[0], &p[1]).is_eq()) {
            let (a, b) = (pair[0], pair[1]);
            return Err(bad(format!("rows {a} and {b} have the same {}", keys.join(", "))));
        }
    }
    Ok(table.columns.iter().map(|c| (c.name.clone(), digest_rows(&c.data, order.iter().copied()))).collect())
}

fn digest_rows(data: &ColumnData, rows: impl Iterator<Item = usize>) -> String {
    match data {
        ColumnData::F64(v) => hash(rows.map(|i| v[i].to_le_bytes())),
        ColumnData::F32(v) => hash(rows.map(|i| v[i].to_le_bytes())),
        ColumnData::I64(v) => hash(rows.map(|i| v[i].to_le_bytes())),
        ColumnData::U32(v) => hash(rows.map(|i| v[i].to_le_bytes())),
        ColumnData::U8(v) => hash(rows.map(|i| [v[i]])),
        ColumnData::Bool(v) => hash(rows.map(|i| [u8::from(v[i])])),
        ColumnData::Text { codes, values } => {
            let mut hasher = Xxh3::new();
            for row in rows {
                // An invalid code has no text; `Table::check` is where it is reported.
                let text = values.get(codes[row] as usize).map_or("", String::as_str);
                hasher.update(&(text.len() as u64).to_le_bytes());
                hasher.update(text.as_bytes());
            }
            hex(&hasher)
        }
    }
}

/// Hashes in blocks: one call of the hasher per value costs several times as much.
fn hash<const N: usize>(values: impl Iterator<Item = [u8; N]>) -> String {
    let mut hasher = Xxh3::new();
    let mut block = Vec::with_capacity(8192);
    for value in values {
        block.extend_from_slice(&value);
        if block.len() >= 8192 {
            hasher.update(&block);
            block.clear();
        }
    }
    hasher.update(&block);
    hex(&hasher)
}

fn hex(hasher: &Xxh3) -> String {
    format!("{:032x}", hasher.digest128())
}

fn compare_rows(data: &ColumnData, a: usize, b: usize) -> Ordering {
    match data {
        ColumnData::F64(v) => v[a].total_cmp(&v[b]),
        ColumnData::F32(v) => v[a].total_cmp(&v[b]),
        ColumnData::I64(v) => v[a].cmp(&v[b]),
        ColumnData::U32(v) => v[a].cmp(&v[b]),
        ColumnData::U8(v) => v[a].cmp(&v[b]),
        ColumnData::Bool(v) => v[a].cmp(&v[b]),
        ColumnData::Text { codes, values } => values[codes[a] as usize].cmp(&values[codes[b] as usize]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::Column;
    use xxhash_rust::xxh3::xxh3_128;

    #[test]
    fn is_the_hash_of_the_little_endian_bytes() {
        // More than one block, and not a multiple of it.
        let values: Vec<f64> = (0..3001).map(|i| f64::from(i) * 0.1).collect();
        let bytes: Vec<u8> = values.iter().flat_map(|x| x.to_le_bytes()).collect();
        let expected = format!("{:032x}", xxh3_128(&bytes));
        assert_eq!(digest_f64(&values), expected);
        assert_eq!(digest(&ColumnData::F64(values)), expected);
        assert_eq!(digest(&ColumnData::U8(b"abc".to_vec())), format!("{:032x}", xxh3_128(b"abc")));
        // Known answer of the published algorithm for no input: the digests may not change between versions.
        assert_eq!(digest_f32(&[]), "99aa06d3014798d86001c324468d497f");
    }

    #[test]
    fn sees_single_bits_and_text_borders() {
        assert_ne!(digest_f64(&[0.0]), digest_f64(&[-0.0]));
        assert_eq!(digest_f64(&[f64::NAN]), digest_f64(&[f64::NAN]));
        assert_ne!(digest(&ColumnData::text(["ab", "c"])), digest(&ColumnData::text(["a", "bc"])));
        let renumbered = ColumnData::Text { codes: vec![1, 0], values: vec!["c".into(), "ab".into()] };
        assert_eq!(digest(&ColumnData::text(["ab", "c"])), digest(&renumbered));
    }

    #[test]
    fn id_order_makes_the_order_of_rows_irrelevant() {
        let table = |rows: &[(i64, u32, &str)]| {
            Table::new("t")
                .with(Column::new("time", "min", ColumnData::I64(rows.iter().map(|r| r.0).collect())))
                .with(Column::new("id", "", ColumnData::U32(rows.iter().map(|r| r.1).collect())))
                .with(Column::new("kind", "", ColumnData::text(rows.iter().map(|r| r.2))))
        };
        let a = table(&[(0, 1, "x"), (0, 2, "y"), (-6, 2, "y")]);
        let b = table(&[(-6, 2, "y"), (0, 2, "y"), (0, 1, "x")]);
        assert_eq!(digest_table(&a, &["time", "id"]).unwrap(), digest_table(&b, &["time", "id"]).unwrap());
        let (a, b) = (digest_table(&a, &[]).unwrap(), digest_table(&b, &[]).unwrap());
        assert!(a.iter().zip(&b).all(|(x, y)| x.0 == y.0 && x.1 != y.1));
    }

    #[test]
    fn equal_or_missing_keys_are_errors() {
        let t = Table::new("t").with(Column::new("id", "", ColumnData::U8(vec![3, 1, 3])));
        let message = digest_table(&t, &["id"]).unwrap_err().to_string();
        assert!(message.contains("rows 0 and 2"), "{message}");
        assert!(digest_table(&t, &["time"]).is_err());
    }
}
