//! Tables as Parquet files.
//!
//! Values return with the same bits, NaN payloads included. A field's metadata carry `unit` and `description`, and
//! for a text column its values in order (`exoderm.values`, a JSON list): Parquet keeps neither the order of a
//! dictionary nor values that no row uses. The file's metadata carry the table's name (`exoderm.table`) and
//! what the caller adds.
//!
//! Floating-point columns are byte-stream-split before compression, which suits them better than a dictionary.

use std::collections::HashMap;
use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use arrow_array::types::UInt32Type;
use arrow_array::{
    Array, ArrayRef, BooleanArray, DictionaryArray, Float32Array, Float64Array, Int64Array, RecordBatch,
    StringArray, UInt8Array, UInt32Array,
};
use arrow_schema::{DataType, Field, Schema};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::arrow::{ArrowWriter, ProjectionMask};
use parquet::basic::{Compression, Encoding};
use parquet::errors::ParquetError;
use parquet::file::metadata::KeyValue;
use parquet::file::properties::WriterProperties;
use parquet::schema::types::ColumnPath;

use crate::atomic::write_atomic_with;
use crate::error::{Error, Result, find_io};
use crate::table::{Column, ColumnData, Table};

const TABLE_KEY: &str = "exoderm.table";
const VALUES_KEY: &str = "exoderm.values";
const UNIT_KEY: &str = "unit";
const DESCRIPTION_KEY: &str = "description";
/// Rows converted at a time; bounds the copy that the conversion makes.
const BATCH: usize = 1 << 16;

/// Writes a table, complete or not at all (see [`crate::atomic`]), with `metadata` for the file.
///
/// # Errors
/// [`Error::Invalid`] for a table that [`Table::check`] refuses; [`Error::Io`] with the path.
pub fn write_parquet(path: impl AsRef<Path>, table: &Table, metadata: &[(String, String)]) -> Result<()> {
    write_pieces(path.as_ref(), table, metadata, std::iter::once(Ok(table)))
}

/// Writes tables of one form one after the other into one file. `form` gives the columns, and every text column's
/// values, which those of each piece must equal.
pub(crate) fn write_pieces<T: std::borrow::Borrow<Table>>(
    path: &Path,
    form: &Table,
    metadata: &[(String, String)],
    pieces: impl Iterator<Item = Result<T>>,
) -> Result<()> {
    form.check()?;
    let failed = |e: ParquetError| match find_io(&e) {
        Some(io) => Error::io(path, "write", io),
        None => Error::format(path, e.to_string()),
    };
    let schema = Arc::new(schema(form)?);
    let properties = properties(form, metadata);
    write_atomic_with(path, |out| {
        let mut writer = ArrowWriter::try_new(out, schema.clone(), Some(properties)).map_err(failed)?;
        for piece in pieces {
            let piece = piece?;
            let piece = piece.borrow();
            form.same_form(piece)?;
            piece.check()?;
            for start in (0..piece.rows()).step_by(BATCH) {
                let end = piece.rows().min(start + BATCH);
                let arrays =
                    piece.columns.iter().map(|c| to_arrow(&c.data, start, end)).collect::<Result<_>>()?;
                let batch = RecordBatch::try_new(schema.clone(), arrays)
                    .map_err(|e| Error::Invalid(format!("table `{}`: {e}", form.name)))?;
                writer.write(&batch).map_err(failed)?;
            }
        }
        writer.close().map_err(failed)?;
        Ok(())
    })
}

fn properties(form: &Table, metadata: &[(String, String)]) -> WriterProperties {
    let mut pairs = vec![KeyValue::new(TABLE_KEY.to_owned(), form.name.clone())];
    pairs.extend(metadata.iter().map(|(k, v)| KeyValue::new(k.clone(), v.clone())));
    let mut properties = WriterProperties::builder()
        .set_compression(Compression::ZSTD(Default::default()))
        .set_key_value_metadata(Some(pairs));
    for column in &form.columns {
        if matches!(column.data, ColumnData::F64(_) | ColumnData::F32(_)) {
            // One path element: a dot in a name is part of the name.
            let path = ColumnPath::new(vec![column.name.clone()]);
            properties = properties
                .set_column_dictionary_enabled(path.clone(), false)
                .set_column_encoding(path, Encoding::BYTE_STREAM_SPLIT);
        }
    }
    properties.build()
}

fn schema(form: &Table) -> Result<Schema> {
    let mut fields = Vec::new();
    for column in &form.columns {
        let mut notes = HashMap::from([(UNIT_KEY.to_owned(), column.unit.clone())]);
        if !column.description.is_empty() {
            notes.insert(DESCRIPTION_KEY.to_owned(), column.description.clone());
        }
        let data_type = match &column.data {
            ColumnData::F64(_) => DataType::Float64,
            ColumnData::F32(_) => DataType::Float32,
            ColumnData::I64(_) => DataType::Int64,
            ColumnData::U32(_) => DataType::UInt32,
            ColumnData::U8(_) => DataType::UInt8,
            ColumnData::Bool(_) => DataType::Boolean,
            ColumnData::Text { values, .. } => {
                let list = serde_json::to_string(values)
                    .map_err(|e| Error::Invalid(format!("column `{}`: {e}", column.name)))?;
                notes.insert(VALUES_KEY.to_owned(), list);
                text_type()
            }
        };
        fields.push(Field::new(&column.name, data_type, false).with_metadata(notes));
    }
    Ok(Schema::new(fields))
}

fn text_type() -> DataType {
    DataType::Dictionary(Box::new(DataType::UInt32), Box::new(DataType::Utf8))
}

fn to_arrow(data: &ColumnData, start: usize, end: usize) -> Result<ArrayRef> {
    Ok(match data {
        ColumnData::F64(v) => Arc::new(Float64Array::from(v[start..end].to_vec())),
        ColumnData::F32(v) => Arc::new(Float32Array::from(v[start..end].to_vec())),
        ColumnData::I64(v) => Arc::new(Int64Array::from(v[start..end].to_vec())),
        ColumnData::U32(v) => Arc::new(UInt32Array::from(v[start..end].to_vec())),
        ColumnData::U8(v) => Arc::new(UInt8Array::from(v[start..end].to_vec())),
        ColumnData::Bool(v) => Arc::new(BooleanArray::from(v[start..end].to_vec())),
        ColumnData::Text { codes, values } => {
            let keys = UInt32Array::from(codes[start..end].to_vec());
            let values = Arc::new(StringArray::from_iter_values(values));
            let array = DictionaryArray::<UInt32Type>::try_new(keys, values);
            Arc::new(array.map_err(|e| Error::Invalid(e.to_string()))?)
        }
    })
}

/// Reads a table, bit for bit as it was written. Files of other programs are read too if their columns are of the
/// types of [`ColumnData`] (or plain texts) and have no missing values.
///
/// # Errors
/// [`Error::Io`] with the path; [`Error::Format`] if it is not such a Parquet file, [`Error::Corrupt`] if its
/// content can't be decoded.
pub fn read_parquet(path: impl AsRef<Path>) -> Result<Table> {
    let path = path.as_ref();
    let (builder, mut table) = open(path)?;
    let damaged = |what: &str, e: &dyn std::fmt::Display| Error::corrupt(path, what, e.to_string());
    let reader = builder.build().map_err(|e| damaged("footer", &e))?;
    for batch in reader {
        let batch = batch.map_err(|e| match find_io(&e) {
            Some(io) => Error::io(path, "read", io),
            None => damaged("rows", &e),
        })?;
        for (column, array) in table.columns.iter_mut().zip(batch.columns()) {
            if array.null_count() > 0 {
                return Err(Error::format(path, format!("column `{}` has missing values", column.name)));
            }
            from_arrow(&mut column.data, array.as_ref()).ok_or_else(|| {
                Error::corrupt(path, &column.name, format!("unexpected type {}", array.data_type()))
            })?;
        }
    }
    table.check().map_err(|e| damaged("rows", &e))?;
    Ok(table)
}

/// Some columns of the rows at which the number in column `key` is one of `wanted`, bit for bit: for tables of which a
/// part is needed, read without the rest in memory.
///
/// # Errors
/// As [`read_parquet`]; [`Error::Format`] if a column is not there, or `key` holds no `f64`.
pub fn read_rows(path: impl AsRef<Path>, columns: &[&str], key: &str, wanted: &[f64]) -> Result<Table> {
    let path = path.as_ref();
    let (builder, form) = open(path)?;
    let damaged = |what: &str, e: &dyn std::fmt::Display| Error::corrupt(path, what, e.to_string());
    for name in columns.iter().chain([&key]) {
        if form.column(name).is_none() {
            return Err(Error::format(path, format!("it has no column `{name}`")));
        }
    }
    let read = |c: &Column| c.name == key || columns.contains(&c.name.as_str());
    let places: Vec<usize> = (0..form.columns.len()).filter(|&k| read(&form.columns[k])).collect();
    let mask = ProjectionMask::roots(builder.parquet_schema(), places.iter().copied());
    let mut table = Table::new(form.name);
    table.columns = form.columns.into_iter().filter(read).collect();
    let at = table.columns.iter().position(|c| c.name == key).unwrap_or(0);
    let reader = builder.with_projection(mask).build().map_err(|e| damaged("footer", &e))?;
    for batch in reader {
        let batch = batch.map_err(|e| damaged("rows", &e))?;
        let Some(keys) = batch.column(at).as_any().downcast_ref::<Float64Array>() else {
            return Err(Error::format(path, format!("column `{key}` holds no numbers")));
        };
        let keep: Vec<bool> = keys.values().iter().map(|k| wanted.contains(k)).collect();
        if !keep.contains(&true) {
            continue;
        }
        for (column, array) in table.columns.iter_mut().zip(batch.columns()) {
            let before = column.data.len();
            from_arrow(&mut column.data, array.as_ref()).ok_or_else(|| {
                Error::corrupt(path, &column.name, format!("unexpected type {}", array.data_type()))
            })?;
            column.data.retain_from(before, &keep);
        }
    }
    table.check().map_err(|e| damaged("rows", &e))?;
    Ok(table)
}

/// The file's own metadata as given to [`write_parquet`].
///
/// # Errors
/// As [`read_parquet`].
pub fn read_parquet_metadata(path: impl AsRef<Path>) -> Result<Vec<(String, String)>> {
    let (builder, _) = open(path.as_ref())?;
    let pairs = builder.metadata().file_metadata().key_value_metadata();
    let ours = |k: &str| k != TABLE_KEY && k != parquet::arrow::ARROW_SCHEMA_META_KEY;
    let pairs = pairs.into_iter().flatten().filter(|p| ours(&p.key));
    Ok(pairs.map(|p| (p.key.clone(), p.value.clone().unwrap_or_default())).collect())
}

/// The columns without their rows, and the number of rows.
pub(crate) fn read_form(path: &Path) -> Result<(Table, u64)> {
    let (builder, table) = open(path)?;
    let rows = builder.metadata().file_metadata().num_rows();
    let rows = u64::try_from(rows).map_err(|_| Error::corrupt(path, "footer", "negative number of rows"))?;
    Ok((table, rows))
}

fn open(path: &Path) -> Result<(ParquetRecordBatchReaderBuilder<File>, Table)> {
    let file = File::open(path).map_err(|e| Error::io(path, "read", e))?;
    let builder = ParquetRecordBatchReaderBuilder::try_new(file).map_err(|e| match find_io(&e) {
        Some(io) => Error::io(path, "read", io),
        None => Error::format(path, format!("it is no complete Parquet file: {e}")),
    })?;
    let pairs = builder.metadata().file_metadata().key_value_metadata();
    let name = pairs.into_iter().flatten().find(|p| p.key == TABLE_KEY).and_then(|p| p.value.clone());
    let mut table = Table::new(name.unwrap_or_default());
    for field in builder.schema().fields() {
        let note = |key: &str| field.metadata().get(key).cloned().unwrap_or_default();
        let data = match field.data_type() {
            DataType::Float64 => ColumnData::F64(Vec::new()),
            DataType::Float32 => ColumnData::F32(Vec::new()),
            DataType::Int64 => ColumnData::I64(Vec::new()),
            DataType::UInt32 => ColumnData::U32(Vec::new()),
            DataType::UInt8 => ColumnData::U8(Vec::new()),
            DataType::Boolean => ColumnData::Bool(Vec::new()),
            t if *t == text_type() || *t == DataType::Utf8 => {
                let values = match field.metadata().get(VALUES_KEY) {
                    None => Vec::new(),
                    Some(list) => serde_json::from_str(list)
                        .map_err(|e| Error::corrupt(path, field.name(), format!("list of values: {e}")))?,
                };
                ColumnData::Text { codes: Vec::new(), values }
            }
            other => {
                return Err(Error::format(path, format!("column `{}` has type {other}", field.name())));
            }
        };
        table.columns.push(Column {
            name: field.name().clone(),
            unit: note(UNIT_KEY),
            description: note(DESCRIPTION_KEY),
            data,
        });
    }
    Ok((builder, table))
}

/// Adds an array's rows to a column; `None` if the types differ.
fn from_arrow(data: &mut ColumnData, array: &dyn Array) -> Option<()> {
    let array = array.as_any();
    match data {
        ColumnData::F64(v) => v.extend_from_slice(array.downcast_ref::<Float64Array>()?.values()),
        ColumnData::F32(v) => v.extend_from_slice(array.downcast_ref::<Float32Array>()?.values()),
        ColumnData::I64(v) => v.extend_from_slice(array.downcast_ref::<Int64Array>()?.values()),
        ColumnData::U32(v) => v.extend_from_slice(array.downcast_ref::<UInt32Array>()?.values()),
        ColumnData::U8(v) => v.extend_from_slice(array.downcast_ref::<UInt8Array>()?.values()),
        ColumnData::Bool(v) => v.extend(array.downcast_ref::<BooleanArray>()?.values()),
        ColumnData::Text { codes, values } => {
            if let Some(texts) = array.downcast_ref::<StringArray>() {
                let rows: Vec<String> = texts.iter().flatten().map(str::to_owned).collect();
                let ColumnData::Text { codes: more, values: new } = ColumnData::text(&rows) else {
                    return None;
                };
                let map = crate::table::merge_values(values, &new);
                codes.extend(more.iter().map(|&c| map[c as usize]));
            } else {
                let texts = array.downcast_ref::<DictionaryArray<UInt32Type>>()?;
                let list = texts.values().as_any().downcast_ref::<StringArray>()?;
                let list: Vec<String> = list.iter().map(|v| v.unwrap_or_default().to_owned()).collect();
                let map = crate::table::merge_values(values, &list);
                for key in texts.keys().values() {
                    codes.push(*map.get(*key as usize)?);
                }
            }
        }
    }
    Some(())
}
