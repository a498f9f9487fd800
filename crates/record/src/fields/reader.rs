//! Reading a recording of fields.

use std::path::Path;
use std::sync::Arc;

use zarrs::array::Array;
use zarrs::group::Group;
use zarrs::storage::StoreKey;

use super::metadata::{ARRAY, ArrayNotes, GroupNotes, KEY, VERSION};
use super::store::AtomicStore;
use super::{FieldName, FieldsSpec};
use crate::digest::digest_f32;
use crate::error::{Error, Result};

/// A recording of fields, opened for reading. It shows the time points that were complete when it was opened.
#[derive(Debug)]
pub struct FieldsReader {
    store: Arc<AtomicStore>,
    array: Array<AtomicStore>,
    spec: FieldsSpec,
    notes: ArrayNotes,
}

impl FieldsReader {
    /// Opens a recording made by [`FieldsWriter`](super::FieldsWriter).
    ///
    /// # Errors
    /// [`Error::Io`] with the path; [`Error::Format`] if it is none of ours, [`Error::Version`] if it is of another
    /// version, [`Error::Corrupt`] if its parts contradict each other.
    pub fn open(dir: impl AsRef<Path>) -> Result<Self> {
        let dir = dir.as_ref();
        let file = dir.join("zarr.json");
        std::fs::metadata(&file).map_err(|e| Error::io(&file, "read", e))?;
        let store = Arc::new(AtomicStore::new(dir));
        let failed = |e: &dyn std::fmt::Display| store.error(|| Error::format(dir, e.to_string()));

        let group = Group::open(store.clone(), "/").map_err(|e| failed(&e))?;
        let notes = group.attributes().get(KEY);
        let notes = notes.ok_or_else(|| Error::format(dir, "it was not recorded by Exoderm"))?;
        let version = notes.get("version").and_then(serde_json::Value::as_u64).unwrap_or(0);
        if version != u64::from(VERSION) {
            let found = u32::try_from(version).unwrap_or(u32::MAX);
            return Err(Error::Version { path: dir.to_path_buf(), found, supported: VERSION });
        }
        let damaged = |what: String| Error::corrupt(dir, "zarr.json", what);
        let notes: GroupNotes = serde_json::from_value(notes.clone()).map_err(|e| damaged(e.to_string()))?;
        let spec = notes.spec;
        spec.check().map_err(|e| damaged(e.to_string()))?;

        let array = Array::open(store.clone(), &format!("/{ARRAY}")).map_err(|e| failed(&e))?;
        let damaged = |what: &str| Error::corrupt(dir, format!("{ARRAY}/zarr.json"), what);
        let notes = array.attributes().get(KEY).ok_or_else(|| damaged("no times"))?;
        let notes: ArrayNotes = serde_json::from_value(notes.clone()).map_err(|e| damaged(&e.to_string()))?;
        let (count, channels) = (notes.times_min.len(), spec.fields.len());
        let [nz, ny, nx] = spec.shape;
        let shape = [count, channels, nz, ny, nx].map(|n| n as u64);
        if array.shape() != shape || notes.nx.len() != count || notes.range.len() != channels {
            return Err(damaged("shape, times and fields contradict each other"));
        }
        if notes.nx.iter().any(|&n| n == 0 || n > nx) {
            return Err(damaged("a width that the mesh never had"));
        }
        let chunk = array.chunk_grid().chunk_shape(&[0; 5]);
        let whole = [1, 1, nz as u64, ny as u64, nx as u64];
        if count > 0 && !matches!(&chunk, Ok(Some(s)) if s.iter().map(|n| n.get()).eq(whole)) {
            return Err(damaged("a chunk is not one field at one time"));
        }
        Ok(Self { store, array, spec, notes })
    }

    /// What was to be recorded; its times are the planned ones.
    pub fn spec(&self) -> &FieldsSpec {
        &self.spec
    }

    /// The fields with their units.
    pub fn fields(&self) -> &[FieldName] {
        &self.spec.fields
    }

    /// The fields' names.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.spec.fields.iter().map(|f| f.name.as_str())
    }

    /// The unit of a field; none if there is no such field.
    pub fn unit(&self, name: &str) -> Option<&str> {
        self.spec.fields.iter().find(|f| f.name == name).map(|f| f.unit.as_str())
    }

    /// The number of time points recorded.
    pub fn len(&self) -> usize {
        self.notes.times_min.len()
    }

    /// Whether no time point was recorded.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The times recorded, in min.
    pub fn times(&self) -> &[f64] {
        &self.notes.times_min
    }

    /// The width of the mesh at each time, in voxels.
    pub fn widths(&self) -> &[usize] {
        &self.notes.nx
    }

    /// A field at a time, as nz × ny × nx values of the full initial mesh with x running fastest; NaN where the mesh
    /// had become narrower.
    ///
    /// # Errors
    /// [`Error::Invalid`] if there is no such field or time; [`Error::Corrupt`] if the chunk is missing or damaged;
    /// [`Error::Io`] with the path.
    pub fn read(&self, t_index: usize, name: &str) -> Result<Vec<f32>> {
        let Some(channel) = self.names().position(|n| n == name) else {
            let names = self.names().collect::<Vec<_>>().join(", ");
            return Err(Error::Invalid(format!("there is no field `{name}`; the fields are {names}")));
        };
        if t_index >= self.len() {
            return Err(Error::Invalid(format!("there is no time point {t_index} of {}", self.len())));
        }
        let chunk = [t_index as u64, channel as u64, 0, 0, 0];
        let key: StoreKey = self.array.chunk_key(&chunk);
        let damaged = |what: String| {
            let section = format!("{name} at {} min", self.notes.times_min[t_index]);
            Error::corrupt(&self.store.path(&key), section, what)
        };
        let values: Option<Vec<f32>> = self
            .array
            .retrieve_chunk_if_exists(&chunk)
            .map_err(|e| self.store.error(|| damaged(e.to_string())))?;
        let values = values.ok_or_else(|| damaged("the file is missing".to_owned()))?;
        if values.len() != self.spec.voxels() {
            return Err(damaged(format!("{} values, expected {}", values.len(), self.spec.voxels())));
        }
        Ok(values)
    }

    /// Name and digest of each field: over its digests at all times, see [`crate::digest`].
    ///
    /// # Errors
    /// As [`FieldsReader::read`].
    pub fn digests(&self) -> Result<Vec<(String, String)>> {
        let mut digests = Vec::new();
        for name in self.names() {
            let mut all = String::new();
            for t in 0..self.len() {
                all.push_str(&digest_f32(&self.read(t, name)?));
            }
            digests.push((name.to_owned(), format!("{:032x}", xxhash_rust::xxh3::xxh3_128(all.as_bytes()))));
        }
        Ok(digests)
    }

    pub(super) fn into_parts(self) -> (Arc<AtomicStore>, Array<AtomicStore>, ArrayNotes) {
        (self.store, self.array, self.notes)
    }
}
